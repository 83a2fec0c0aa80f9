"""The silhouette of a person in a drawing plane: limb by limb, the far ones first.

With a ``body`` the outline is that of the smooth mesh, else that of the capsules, their creases
filled. Either way a limb is one shape with pieces of it coloured by level, so that the drawing
reads as a person and not as a row of tubes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from immersive.findings import BodyCapsule, FigureMark
from immersive.report._outlines import PLAN, Plane

LIMBS: Final = ("right_leg", "left_leg", "right_arm", "left_arm", "head", "trunk")

_OF: Final = {
    "thigh": "leg", "shank": "leg", "foot": "leg", "upper_arm": "arm", "forearm": "arm", "hand": "arm",
}  # fmt: skip
_CREASE: Final = 0.03
"""Notches between capsules narrower than twice this are filled, metres."""


@dataclass(frozen=True, slots=True)
class Limb:
    """One limb, or trunk or head, in (u, v).

    Attributes:
        name: One of :data:`LIMBS`.
        outline: Its shapely region.
        pieces: Level → the region of the segments with that level; neutral ones are left out.
        far: Whether it lies beyond the trunk, as seen.
    """

    name: str
    outline: Any
    pieces: tuple[tuple[int, Any], ...]
    far: bool


def limb_of(segment: str) -> str:
    """``"right_forearm"`` → ``"right_arm"``; the clavicles, spine and neck are trunk."""
    side, _, rest = segment.partition("_")
    if rest in _OF:
        return f"{side}_{_OF[rest]}"
    return "head" if segment == "head" else "trunk"


def limbs(mark: FigureMark, plane: Plane, cell: float) -> list[Limb]:
    """All limbs of a figure, the farthest first.

    Args:
        mark: The figure.
        plane: The drawing plane.
        cell: Size of what the drawing shows, metres.
    """
    depth: dict[str, list[float]] = {}
    for capsule in mark.capsules:
        ends = [plane.point(capsule.start)[2], plane.point(capsule.end)[2]]
        depth.setdefault(limb_of(capsule.segment), []).append(sum(ends) / 2.0)
    middle = {name: sum(values) / len(values) for name, values in depth.items()}
    shapes = _capsule_shapes(mark.capsules, plane, cell)
    trunk = middle.get("trunk", 0.0)
    if plane is not PLAN and "head" in middle:
        # Seen level, head and neck are one with the trunk: no line across the throat.
        middle["head"] = trunk + 1e-6
    levels = {capsule.segment: capsule.level for capsule in mark.capsules}
    found = []
    for name in sorted(middle, key=lambda n: (-middle[n], n)):
        pieces = {seg: shape for seg, shape in shapes.items() if limb_of(seg) == name}
        found.append(_limb(name, pieces, levels, far=middle[name] > trunk + 0.05))
    return found


def _limb(name: str, pieces: dict[str, Any], levels: dict[str, int], *, far: bool) -> Limb:
    from shapely import intersection, union_all

    outline = union_all(list(pieces.values())).buffer(_CREASE).buffer(-_CREASE)
    colored = []
    for level in sorted({levels[seg] for seg in pieces} - {0}):
        # The filled notch belongs to the piece beside it.
        mine = union_all([shape.buffer(_CREASE / 3) for seg, shape in pieces.items() if levels[seg] == level])
        colored.append((level, intersection(mine, outline)))
    return Limb(name, outline, tuple(colored), far)


def _capsule_shapes(capsules: Sequence[BodyCapsule], plane: Plane, cell: float) -> dict[str, Any]:
    """Segment → silhouette of its capsules, each the hull of its two balls."""
    import shapely

    steps = np.linspace(0.0, 2.0 * np.pi, 28, endpoint=False)
    ring = np.stack([np.cos(steps), np.sin(steps)], axis=1)
    found: dict[str, list[Any]] = {}
    for capsule in capsules:
        a, b = (np.array(plane.point(p)[:2]) for p in (capsule.start, capsule.end))
        points = np.concatenate([a + capsule.start_radius * ring, b + capsule.end_radius * ring])
        found.setdefault(capsule.segment, []).append(shapely.convex_hull(shapely.multipoints(points)))
    return {seg: shapely.union_all(shapes).simplify(cell / 4) for seg, shapes in found.items()}
