"""How far apart two sets of placed meshes are, and how they stand to each other.

The library call behind ``immersive distance A B``. Distances are exact on the triangles; the
relation follows ``relation``; the penetration is a proven lower bound (see ``penetration``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.bodies import Body, Pack, Shapes, pack
from immersive.geometry.pairs import PairArray, box_gaps, distances
from immersive.geometry.relation import APART, CONTAINED, INTERSECTING, TOUCHING, Relation, relate
from immersive.geometry.tolerance import TOUCH

FloatArray = NDArray[np.float64]
Placed = tuple[FloatArray, NDArray[np.int32], FloatArray]
"""Vertices (V, 3), faces (F, 3), world_from_mesh (4, 4)."""


@dataclass(frozen=True, slots=True)
class Proximity:
    """Two sets of meshes, seen from each other. Metres, world frame.

    Attributes:
        distance: Of the solids: 0.0 when touching, intersecting or contained.
        signed_distance: ``distance`` when apart; minus the penetration when they overlap and it can
            be said; else 0.0.
        relation: ``"apart"``, ``"touching"``, ``"intersecting"`` or ``"contained"`` (one wholly in
            the other's material, surfaces apart).
        surface_gap: Smallest distance of the surfaces, whatever the relation.
        penetration: Lower bound on the translation that parts them, when they overlap.
        penetration_method: ``"exact"``, ``"surface point"``, ``"common point"``, ``"crossing"`` or None.
        separation: This translation parts the worst pair: an upper bound; None unless they overlap.
        separation_direction: Unit vector to move the first set's mesh along.
        inner: ``"a"`` or ``"b"`` when contained: the inner one; else None.
        witness_a, witness_b: Closest points of the surfaces (at an intersection: a common point).
        index_a, index_b: Which mesh of each set the witnesses lie on.
        open_a, open_b: True if a mesh of the set is not closed, so that it has no inside.
        decided: False if containment in an open mesh could not be excluded.
        notes: What a reader should know, in English.
    """

    distance: float
    signed_distance: float
    relation: str
    surface_gap: float
    penetration: float | None
    penetration_method: str | None
    separation: float | None
    separation_direction: tuple[float, float, float] | None
    inner: str | None
    witness_a: tuple[float, float, float]
    witness_b: tuple[float, float, float]
    index_a: int
    index_b: int
    open_a: bool
    open_b: bool
    decided: bool
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """All figures as JSON types."""
        return {
            "distance": self.distance,
            "signed_distance": self.signed_distance,
            "relation": self.relation,
            "surface_gap": self.surface_gap,
            "penetration": self.penetration,
            "penetration_method": self.penetration_method,
            "separation": self.separation,
            "separation_direction": _list(self.separation_direction),
            "inner": self.inner,
            "witness_a": _list(self.witness_a),
            "witness_b": _list(self.witness_b),
            "index_a": self.index_a,
            "index_b": self.index_b,
            "open_a": self.open_a,
            "open_b": self.open_b,
            "decided": self.decided,
            "notes": list(self.notes),
        }


def proximity(a: Sequence[Placed], b: Sequence[Placed], /, *, touch: float = TOUCH) -> Proximity:
    """Measure two sets of placed meshes against each other.

    Args:
        a, b: Vertices (V, 3), faces (F, 3) and world_from_mesh (4, 4) of each mesh.
        touch: Metres: gap up to which surfaces touch, and overlap up to which they do no more.

    Raises:
        ValueError: A set has no finite triangle, or ``touch`` is not positive.
    """
    if not touch > 0.0:
        raise ValueError(f"touch must be positive, not {touch!r}")
    shapes = Shapes()
    placed: list[Body] = []
    index: list[int] = []
    counts = []
    dropped = []
    for items in (a, b):
        start = len(placed)
        lost = 0
        for k, (vertices, faces, world_from_mesh) in enumerate(items):
            body = shapes.body(vertices, faces, world_from_mesh)
            lost += len(faces) if body is None else body.shape.dropped
            if body is not None:
                placed.append(body)
                index.append(k)
        counts.append(len(placed) - start)
        dropped.append(lost)
        if len(placed) == start:
            raise ValueError("a set of meshes has no finite triangle: there is nothing to measure to")
    both = pack(placed)
    first, second = np.meshgrid(np.arange(counts[0]), counts[0] + np.arange(counts[1]), indexing="ij")
    pairs = np.stack([first.ravel(), second.ravel()], axis=1)
    best, gap, points = _closest(both, pairs)
    worst, related, decided = _relation(both, pairs, touch)
    if worst is not None and related.kind != TOUCHING:
        # The witness of an overlap lies where the overlap is.
        best = worst

    def is_open(part: Sequence[Body]) -> bool:
        return any(not body.shape.shells.all_closed for body in part)

    open_a, open_b = is_open(placed[: counts[0]]), is_open(placed[counts[0] :])
    notes = [
        f"{lost} triangles of {name} have coordinates that are not finite and were left out"
        for name, lost in zip("ab", dropped, strict=True)
        if lost
    ]
    found = related.penetration
    overlap = related.kind in (INTERSECTING, CONTAINED)
    depth = found.depth if overlap and found is not None and found.depth > 0.0 else None
    if overlap and found is not None:
        own = distances(both, np.array([best]), np.inf, threads=1)
        point = found.crossing.point if found.crossing.count else None
        points = (own.point_a[0], own.point_b[0]) if point is None else (point, point)
        if found.doubtful:
            notes.append("only small triangles cross: the penetration may be far greater than stated")
    if not decided:
        notes.append("an open mesh has no inside: whether one contains the other cannot be said")
    apart = related.kind == APART
    return Proximity(
        distance=gap if apart else 0.0,
        signed_distance=gap if apart else -(depth or 0.0) if depth else 0.0,
        relation=related.kind,
        surface_gap=gap,
        penetration=depth,
        penetration_method=found.method if depth is not None and found is not None else None,
        separation=found.separation if overlap and found is not None else None,
        separation_direction=_point(found.direction) if overlap and found is not None else None,
        inner=related.inner or None,
        witness_a=_point(points[0]),
        witness_b=_point(points[1]),
        index_a=index[best[0]],
        index_b=index[best[1]],
        open_a=open_a,
        open_b=open_b,
        decided=decided,
        notes=tuple(notes),
    )


def _closest(both: Pack, pairs: PairArray) -> tuple[tuple[int, int], float, tuple[FloatArray, FloatArray]]:
    """The closest pair of bodies: near boxes first, each batch bounded by the best before it."""
    gaps = box_gaps(both.bounds, pairs)
    order = np.argsort(gaps, kind="stable")
    best, gap, points = (-1, -1), np.inf, (np.zeros(3), np.zeros(3))
    start, size = 0, 1
    while start < len(order) and gaps[order[start]] <= gap:
        batch = order[start : start + size]
        found = distances(both, pairs[batch], gap)
        k = int(np.argmin(found.distance))
        if found.distance[k] < gap:
            gap = float(found.distance[k])
            best = (int(found.pairs[k, 0]), int(found.pairs[k, 1]))
            points = (found.point_a[k], found.point_b[k])
        if gap == 0.0:
            break
        start, size = start + size, min(2 * size, 256)
    return best, gap, points


def _relation(both: Pack, pairs: PairArray, touch: float) -> tuple[tuple[int, int] | None, Relation, bool]:
    """(worst pair, what the two sets are to each other, whether containment could be decided)"""
    near = pairs[box_gaps(both.bounds, pairs) <= touch]
    found = distances(both, near, np.inf if len(near) == 1 else touch)
    related = []
    for k, (i, j) in enumerate(near):
        gap = float(found.distance[k])
        related.append(relate(both.bodies[i], both.bodies[j], gap, touch=touch))
    decided = not any(each.undecided for each in related)
    overlapping = [k for k, each in enumerate(related) if each.kind in (INTERSECTING, CONTAINED)]
    if not overlapping:
        touching = next((k for k, each in enumerate(related) if each.kind == TOUCHING), None)
        if touching is None:
            return None, Relation(APART), decided
        return (int(near[touching, 0]), int(near[touching, 1])), related[touching], decided

    def depth(k: int) -> float:
        each = related[k].penetration
        return each.depth if each is not None else 0.0

    worst = max(overlapping, key=lambda k: (depth(k), -k))
    pair = (int(near[worst, 0]), int(near[worst, 1]))
    for name, column in (("a", 0), ("b", 1)):
        contained = {int(near[k, column]) for k in overlapping if related[k].inner == name}
        through = {int(near[k, column]) for k in overlapping if related[k].inner != name}
        every = {int(i) for i in pairs[:, column]}
        if contained == every and not through:
            return pair, Relation(CONTAINED, name, related[worst].penetration), decided
    return pair, Relation(INTERSECTING, "", related[worst].penetration), decided


def _point(array: FloatArray) -> tuple[float, float, float]:
    return float(array[0]), float(array[1]), float(array[2])


def _list(point: tuple[float, float, float] | None) -> list[float] | None:
    return None if point is None else list(point)
