"""Which links of a URDF move together: one robot, a robot and a positioner, or a cell with its fence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from immersive.formats._base import Folder
from immersive.formats._kinematics import MOVABLE
from immersive.formats._xml import children, find, parse


@dataclass(frozen=True, slots=True)
class Mechanisms:
    """Joints of a robot file and what they move.

    Attributes:
        joints: Movable joint → kind: ``"revolute"``, ``"continuous"`` or ``"prismatic"``.
        chains: Link → first link of the mechanism it belongs to; links that nothing moves and that
            carry no movable joint (a fence, a stand) are absent.
    """

    joints: Mapping[str, str]
    chains: Mapping[str, str]


def mechanisms(folder: Folder, relative: str) -> Mechanisms | None:
    """The mechanisms of a URDF; None for a file of another kind.

    Raises:
        InputError: The file is no sound XML.
    """
    if not relative.lower().endswith(".urdf"):
        return None
    root = parse(folder.read(relative), relative)
    joints: dict[str, str] = {}
    above: dict[str, tuple[str, bool]] = {}
    for item in children(root, "joint"):
        kind = (item.get("type") or "").strip()
        ends = [find(item, end) for end in ("parent", "child")]
        parent, child = ((end.get("link") or "") if end is not None else "" for end in ends)
        above[child] = (parent, kind in MOVABLE)
        if kind in MOVABLE:
            joints[item.get("name") or ""] = kind
    chains: dict[str, str] = {}
    for link in above:
        top, seen = link, {link}
        first = ""
        # The highest movable joint on the way up: its parent link carries the mechanism.
        while top in above and above[top][0] not in seen:
            top, movable = above[top]
            seen.add(top)
            first = top if movable else first
        if first:
            chains[link] = chains[first] = first
    return Mechanisms(joints, chains)
