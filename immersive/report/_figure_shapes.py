"""The silhouette of a person in a drawing plane: limb by limb, the far ones first.

With a ``body`` the outline is that of the smooth mesh, else that of the capsules, their creases
filled. Either way a limb is one shape with pieces of it coloured by level, so that the drawing
reads as a person and not as a row of tubes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.findings import BodyCapsule, BodyPosture, FigureMark
from immersive.report._outlines import Plane

FloatArray = NDArray[np.float64]

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
        pieces: (level, region) of its segments, the farthest first, neutral ones too; empty if all are neutral.
        far: Whether it lies beyond the trunk, as seen.
    """

    name: str
    outline: Any
    pieces: tuple[tuple[int, Any], ...]
    far: bool


def limb_of(segment: str, *, level: bool = False) -> str:
    """``"right_forearm"`` → ``"right_arm"``; the clavicles, spine and neck are trunk.

    Seen level, head and trunk are one: no line across the throat.
    """
    side, _, rest = segment.partition("_")
    if rest in _OF:
        return f"{side}_{_OF[rest]}"
    return "head" if segment == "head" and not level else "trunk"


def limbs(mark: FigureMark, plane: Plane, cell: float) -> list[Limb]:
    """All limbs of a figure, the farthest first.

    Args:
        mark: The figure.
        plane: The drawing plane.
        cell: Size of what the drawing shows, metres.
    """
    level = plane.axes[2][2] == 0.0
    depth: dict[str, list[float]] = {}
    for capsule in mark.capsules:
        ends = [plane.point(capsule.start)[2], plane.point(capsule.end)[2]]
        depth.setdefault(limb_of(capsule.segment, level=level), []).append(sum(ends) / 2.0)
    middle = {name: sum(values) / len(values) for name, values in depth.items()}
    whole: dict[str, Any]
    if mark.body is None:
        shapes, whole = _capsule_shapes(mark.capsules, plane, cell), {}
    else:
        shapes, whole = _skin_shapes(mark, mark.body, plane, cell)
    trunk = middle.get("trunk", 0.0)
    found = []
    for name in sorted(middle, key=lambda n: (-middle[n], n)):
        pieces = {seg: shape for seg, shape in shapes.items() if limb_of(seg, level=level) == name}
        outline = whole.get(name) or _joined(list(pieces.values()))
        colored = _colored(mark.capsules, pieces, outline, plane)
        found.append(Limb(name, outline, colored, middle[name] > trunk + 0.05))
    return found


def _joined(shapes: Sequence[Any]) -> Any:
    from shapely import union_all

    return union_all(list(shapes)).buffer(_CREASE).buffer(-_CREASE)


def _colored(
    capsules: Sequence[BodyCapsule], pieces: dict[str, Any], outline: Any, plane: Plane
) -> tuple[tuple[int, Any], ...]:
    """The segments of a limb in painting order."""
    from shapely import intersection

    level = {c.segment: c.level for c in capsules if c.segment in pieces}
    # Methods score a trunk; the skin over the collar bones goes with it.
    for segment in level:
        if segment.endswith("_clavicle") and not level[segment]:
            level[segment] = level.get("thorax", 0)
    if not any(level.values()):
        return ()
    deep = {c.segment: plane.point(c.start)[2] + plane.point(c.end)[2] for c in capsules}
    ordered = sorted(level, key=lambda s: (-deep[s], s))
    return tuple((level[segment], intersection(pieces[segment], outline)) for segment in ordered)


@lru_cache(maxsize=64)
def _body(
    female: bool, dimensions: tuple[tuple[str, float], ...], links: tuple[float, ...], clothing: float
) -> Any:
    from immersive.human.body_mesh import body_mesh

    return body_mesh(dict(dimensions), links, female=female, clothing=clothing)


def _skin_shapes(
    mark: FigureMark, body: BodyPosture, plane: Plane, cell: float
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Segment → silhouette where levels ask for it, limb → silhouette, of the smooth skin."""
    from immersive.human._skin import SEGMENT_OF
    from immersive.human.body_mesh import posed
    from immersive.human.kinematics import figure
    from immersive.human.skeleton import SEGMENTS

    mesh = _body(body.female, body.dimensions, body.links, body.clothing)
    flat = posed(mesh, figure(body.links, body.angles, body.root)) @ plane.matrix[:2].T
    level = plane.axes[2][2] == 0.0
    limb = [limb_of(segment, level=level) for segment in SEGMENTS]
    leveled = {limb_of(capsule.segment, level=level) for capsule in mark.capsules if capsule.level}
    names = sorted(set(limb))
    share = np.zeros((len(flat), len(SEGMENTS)))
    for frame, segment in enumerate(SEGMENT_OF):
        share[:, segment] += mesh.weights[:, frame]
    whole = np.stack(
        [share[:, [i for i, one in enumerate(limb) if one == name]].sum(axis=1) for name in names], axis=1
    )
    limbs_ = {name: _owned(flat, mesh.faces, whole, i, cell) for i, name in enumerate(names)}
    segments = {
        segment: _owned(flat, mesh.faces, share, i, cell)
        for i, segment in enumerate(SEGMENTS)
        if limb[i] in leveled
    }
    return segments, limbs_


def _owned(flat: FloatArray, faces: NDArray[np.int32], share: FloatArray, index: int, cell: float) -> Any:
    """Silhouette of the skin that follows one owner more than any other; the border runs through the faces."""
    import shapely

    from immersive.geometry.silhouette import clip, masked_union

    lead = share[:, index] - np.delete(share, index, axis=1).max(axis=1)
    near = (lead[faces] >= 0.0).any(axis=1)
    seen = np.concatenate([flat, lead[:, None]], axis=1)[faces[near]]
    region = masked_union(clip(seen, 2, 0.0, math.inf)[:, :, :2], cell)
    # Where a limb is attached its skin has a hole: no part of the picture.
    return shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(region)])


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
