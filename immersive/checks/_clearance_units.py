"""Which parts belong together, so that they are not compared with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from immersive.scene.model import Part, Role, Scene

ROBOT = "robot"
"""Unit of robot parts that no group claims."""


@dataclass(frozen=True, eq=False, slots=True)
class Units:
    """The unit of each part.

    Attributes:
        label: Part id → name of its unit, as findings show it.
        kind: Part id → number; parts of equal number share the same units.
        overlaps: (N, 2) pairs of different numbers, ascending, that have a unit in common.
    """

    label: Mapping[str, str]
    kind: Mapping[str, int]
    overlaps: NDArray[np.int64]

    def share(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
        """True where the numbers ``a`` and ``b`` have a unit in common."""
        same = np.asarray(a == b, bool)
        if len(self.overlaps) == 0:
            return same
        count = len(self.kind) + 1
        known = self.overlaps[:, 0] * count + self.overlaps[:, 1]
        return same | np.isin(np.minimum(a, b) * count + np.maximum(a, b), known)

    @property
    def several(self) -> bool:
        """True if some two parts share no unit."""
        number = len(set(self.kind.values()))
        return len(self.overlaps) < number * (number - 1) // 2


def units(scene: Scene, parts: Sequence[Part], *, unit: str, named: Sequence[str]) -> Units:
    """Sort parts into units.

    A part belongs to its groups; without one, to its entry on the first level of the hierarchy where
    the scene's parts differ; robot parts without a group are one robot, since nothing says which
    links are neighbours.

    Args:
        scene: Decides the first level that differs.
        parts: The parts to sort.
        unit: ``"group"``, or ``"part"``: then each part is a unit of its own, and only parts of one
            robot share one.
        named: Selectors of the rule; a group that is named there gives the label.
    """
    level = _common_level(scene)
    wanted = [word.removeprefix("group:") for word in named if not word.startswith("!")]
    label: dict[str, str] = {}
    kind: dict[str, int] = {}
    known: dict[frozenset[str], int] = {}
    for part in parts:
        entry = entry_of(part, level)
        groups = part.groups or ((ROBOT,) if part.role == Role.ROBOT else (entry,))
        label[part.id] = next((word for word in wanted if word in groups), groups[0])
        members = frozenset(groups)
        if unit == "part":
            label[part.id] = part.id
            # The mark keeps a robot's name apart from part ids.
            robot = frozenset(f"\0{name}" for name in groups)
            members = robot if part.role == Role.ROBOT else frozenset({part.id})
        kind[part.id] = known.setdefault(members, len(known))
    holders: dict[str, list[int]] = {}
    for members, number in known.items():
        for name in members:
            holders.setdefault(name, []).append(number)
    overlaps = {pair for numbers in holders.values() for pair in combinations(sorted(numbers), 2)}
    return Units(label, kind, np.array(sorted(overlaps), np.int64).reshape(-1, 2))


def _common_level(scene: Scene) -> int:
    """Length of the path prefix that all parts share (each keeps at least its last word)."""
    paths = [part.path for part in scene if part.path]
    if not paths:
        return 0
    level = 0
    while all(len(path) > level + 1 for path in paths) and len({path[level] for path in paths}) == 1:
        level += 1
    return level


def entry_of(part: Part, level: int) -> str:
    """The part's ancestor (or itself) just below ``level``, by id: names may repeat, ids do not."""
    if len(part.path) <= level + 1:
        return part.id
    words = part.id.split("/")
    return "/".join(words[: level + 1]) if len(words) == len(part.path) else "/".join(part.path[: level + 1])
