"""Spheres, segments and oriented boxes against a scene of placed meshes: exact distances with witness points.

A sphere and a segment are capsules: one without length, one without radius. Their negative distances mean what
``capsules`` says: how far the centre (the nearest point of the segment) is from the surface, less the radius; in a
closed body, minus the way to its surface, less the radius.

A box is measured as the closed mesh that it is, by the engine that measures parts against each other, so that it
may also lie inside a part, or a part inside it. What overlaps it is told with ``penetration``: a translation of at
least that length is needed to part the two (a proven lower bound, see there), and one of ``separation`` does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.errors import UsageError
from immersive.geometry import shapes
from immersive.geometry.bodies import Body, Shapes, pack
from immersive.geometry.capsules import CapsuleDistances, capsule_distances, capsule_rows
from immersive.geometry.pairs import PairDistances, distances
from immersive.geometry.points import points_to_scene
from immersive.geometry.relation import APART, CONTAINED, INTERSECTING, TOUCHING, Relation, relate
from immersive.geometry.surroundings import Surroundings
from immersive.geometry.tolerance import TOUCH

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BoxDistance:
    """What one oriented box is nearest to; metres, world.

    Attributes:
        distance: Of the solids: 0.0 when touching, intersecting or contained; ``inf`` beyond the limit.
        relation: ``"apart"``, ``"touching"``, ``"intersecting"`` or ``"contained"``, to ``body``.
        inner: When contained: ``"box"`` or ``"body"``, the one inside the other; else ``""``.
        body: Number of the nearest body, or of the one that overlaps the box deepest; −1: none.
        box_point, point: Nearest points of the two surfaces; where they cross, a point common to both; NaN
            without a body.
        penetration: Lower bound on the translation that parts box and body; 0.0 unless they overlap.
        separation: This much along ``direction``, a unit vector for the box, parts them; 0.0 unless they overlap.
        direction: See there; NaN unless they overlap.
        overlapping: Numbers of all bodies that intersect or contain the box, or lie in it; ascending.
        undecided: Numbers of bodies that may lie around the box, but are open and have no inside; ascending.
    """

    distance: float
    relation: str
    inner: str
    body: int
    box_point: FloatArray
    point: FloatArray
    penetration: float
    separation: float
    direction: FloatArray
    overlapping: tuple[int, ...]
    undecided: tuple[int, ...]


def spheres_to_scene(
    scene: Surroundings, centers: ArrayLike, radii: ArrayLike, /, *, limit: float = np.inf
) -> CapsuleDistances:
    """The nearest body of each of K spheres: centres (K, 3), radii (K,) or one, metres.

    ``axis_point`` of the result is the centre.
    """
    rows = capsule_rows(centers, centers, radii, radii)
    return capsule_distances(scene, rows, limit=limit)


def segments_to_scene(
    scene: Surroundings, starts: ArrayLike, ends: ArrayLike, /, *, limit: float = np.inf
) -> CapsuleDistances:
    """The nearest body of each of K segments (K, 3) to (K, 3), metres; 0 where one goes through a surface."""
    return capsule_distances(scene, capsule_rows(starts, ends, 0.0, 0.0), limit=limit)


def boxes_to_scene(
    scene: Surroundings,
    sizes: ArrayLike,
    world_from_boxes: ArrayLike,
    /,
    *,
    limit: float = np.inf,
    skip: Sequence[int] = (),
    threads: int | None = None,
) -> tuple[BoxDistance, ...]:
    """The nearest body of each of N oriented boxes, and what overlaps it.

    Args:
        scene: The meshes.
        sizes: (N, 3) or (3,) edge lengths, metres, each greater than 0.
        world_from_boxes: (N, 4, 4) or (4, 4) rigid placements of the boxes' middles.
        limit: Metres: nothing farther is found.
        skip: Numbers of bodies that do not count.
        threads: Default: all cores this process may use; the result does not depend on it.

    Raises:
        UsageError: A size that is not positive or a placement that is not a rigid motion.
    """
    places = np.asarray(world_from_boxes, np.float64).reshape(-1, 4, 4)
    edges = np.broadcast_to(np.asarray(sizes, np.float64), (len(places), 3))
    if not (np.isfinite(edges).all() and (edges > 0.0).all()):
        raise UsageError("a box has three finite edge lengths greater than 0")
    turns = places[:, :3, :3]
    rigid = np.abs(turns @ turns.transpose(0, 2, 1) - np.eye(3)).max(initial=0.0) < 1e-9
    if not (np.isfinite(places).all() and rigid):
        raise UsageError("a box is placed by a rigid motion: rotation and finite translation")
    if not limit >= 0.0:
        raise UsageError(f"the limit is a distance of at least 0, not {limit!r}")
    known = Shapes()
    made: dict[bytes, shapes.Shape] = {}
    bodies: list[Body] = []
    for size, place in zip(edges, places, strict=True):
        solid = made.setdefault(size.tobytes(), shapes.box((float(size[0]), float(size[1]), float(size[2]))))
        body = known.body(solid.vertices, solid.faces, place)
        assert body is not None
        bodies.append(body)
    if not bodies:
        return ()
    counts = np.ones(scene.pack.size, bool)
    counts[list(skip)] = False
    gaps = _world_gaps(bodies, edges, scene.pack.bounds)
    gaps[:, ~counts] = np.inf
    # The middle's distance to a surface is no less than the box's.
    if counts.all():
        reach = points_to_scene(scene, places[:, :3, 3], signed=False, threads=threads).distance
    else:
        reach = np.full(len(bodies), np.inf)
    reach = np.minimum(reach, limit)
    overlap = gaps <= TOUCH
    wanted = overlap | (gaps <= reach[:, None] * (1.0 + 1e-12))
    wanted[:, ~counts] = False
    used = np.flatnonzero(wanted.any(axis=0))
    if len(used) == 0:
        return tuple(_nothing() for _ in bodies)
    both = pack([*(scene.pack.bodies[k] for k in used), *bodies])
    which, column = np.nonzero(wanted[:, used])
    pairs = np.stack([column, which + len(used)], axis=1)
    met = overlap[:, used][which, column]
    found = distances(both, pairs, np.where(met, np.inf, reach[which]), threads=threads)
    results = []
    for n, box in enumerate(bodies):
        own = [int(k) for k in np.flatnonzero(which == n)]
        numbers = {k: int(used[column[k]]) for k in own}
        related = {
            k: relate(box, scene.pack.bodies[numbers[k]], float(found.distance[k]), touch=TOUCH)
            for k in own
            if met[k]
        }
        results.append(_judged(own, numbers, related, found, limit))
    return tuple(results)


def _world_gaps(bodies: Sequence[Body], edges: FloatArray, bounds: FloatArray) -> FloatArray:
    """(N, B) distances of the boxes' world boxes to those of the bodies (B, 6)."""
    half = np.stack([np.abs(body.rotation) @ size for body, size in zip(bodies, edges, strict=True)]) * 0.5
    middle = np.stack([body.origin for body in bodies])
    low = bounds[None, :, :3] - (middle + half)[:, None]
    high = (middle - half)[:, None] - bounds[None, :, 3:]
    apart = np.maximum(np.maximum(low, high), 0.0)
    gaps: FloatArray = np.sqrt(np.einsum("nbi,nbi->nb", apart, apart))
    return gaps


def _judged(
    own: list[int],
    numbers: dict[int, int],
    related: dict[int, Relation],
    found: PairDistances,
    limit: float,
) -> BoxDistance:
    """What a box's pairs with the bodies near it come to."""
    undecided = tuple(sorted(numbers[k] for k, each in related.items() if each.undecided))
    deep = [k for k, each in related.items() if each.kind in (INTERSECTING, CONTAINED)]
    if deep:
        worst = max(deep, key=lambda k: (_depth(related[k]), -k))
        each, through = related[worst], related[worst].penetration
        crossing = through.crossing if through is not None else None
        common = crossing.point if crossing is not None and crossing.count else None
        return BoxDistance(
            0.0,
            each.kind,
            {"a": "box", "b": "body", "": ""}[each.inner],
            numbers[worst],
            found.point_b[worst] if common is None else common,
            found.point_a[worst] if common is None else common,
            _depth(each),
            through.separation if through is not None else np.nan,
            through.direction if through is not None else np.full(3, np.nan),
            tuple(sorted(numbers[k] for k in deep)),
            undecided,
        )
    near = [k for k in own if found.distance[k] <= limit]
    if not near:
        return _nothing(undecided)
    k = min(near, key=lambda k: (found.distance[k], k))
    touching = k in related and related[k].kind == TOUCHING
    return BoxDistance(
        0.0 if touching else float(found.distance[k]),
        TOUCHING if touching else APART,
        "",
        numbers[k],
        found.point_b[k],
        found.point_a[k],
        0.0,
        0.0,
        np.full(3, np.nan),
        (),
        undecided,
    )


def _depth(related: Relation) -> float:
    return related.penetration.depth if related.penetration is not None else 0.0


def _nothing(undecided: tuple[int, ...] = ()) -> BoxDistance:
    nowhere = np.full(3, np.nan)
    return BoxDistance(np.inf, APART, "", -1, nowhere, nowhere, 0.0, 0.0, nowhere, (), undecided)
