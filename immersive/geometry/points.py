"""How far points are from a scene of placed meshes, and which of them lie in material.

The distance of a point outside all material is that to the nearest surface, and is positive. A point in the
material of closed bodies (maybe several that overlap) has a negative distance: minus that to the nearest surface
*of the bodies that hold it*, pieces of other bodies that stick into them left aside. That is how far it must go at
least to leave the first of them; to leave them all it may be farther.

An open mesh has no inside. Where the nearest surface is one, the distance is positive and ``sided`` is False: the
side is not known. A point in a closed body is in it, whatever open surface is nearer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.errors import UsageError
from immersive.geometry._capsule_kernels import nearest_all
from immersive.geometry.bodies import Pack
from immersive.geometry.pairs import run_chunks
from immersive.geometry.surroundings import Surroundings, by_neighbourhood, chunk_for, holders, surroundings

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

_RULES = 256
"""Sets of bodies that hold a point looked at together: bounds the memory for what does not count."""


@dataclass(frozen=True, eq=False, slots=True)
class PointDistances:
    """What N points are nearest to; metres, world.

    Attributes:
        distance: (N,) signed as the module says; ``inf`` beyond the limit, NaN for a point that is not finite.
        body: (N,) number of the body that ``point`` lies on; −1: none within the limit.
        row: (N,) row of the pack of the triangle it lies on; −1: none.
        point: (N, 3) nearest point of the surface; NaN without a body.
        inside: (N,) whether the point lies in the material of a closed body.
        sided: (N,) whether the sign is known: inside, or the nearest surface is closed.
    """

    distance: FloatArray
    body: IndexArray
    row: IndexArray
    point: FloatArray
    inside: NDArray[np.bool_]
    sided: NDArray[np.bool_]


def points_to_scene(
    scene: Surroundings | Pack,
    points: ArrayLike,
    /,
    *,
    limit: float = np.inf,
    signed: bool = True,
    threads: int | None = None,
) -> PointDistances:
    """Distance, nearest point and side of each of many points; does not depend on ``threads``.

    Args:
        scene: The meshes; a pack is made ready first, which costs more than a few thousand points.
        points: (N, 3) or (3,), metres.
        limit: Metres: only surfaces nearer than this are found. The side is told all the same.
        signed: Also tell inside from outside; without it distances are of surfaces, ``inside`` is False and
            ``sided`` too.
        threads: Default: all cores this process may use.

    Raises:
        UsageError: Not points, or a limit that is not positive.
    """
    around = surroundings(scene) if isinstance(scene, Pack) else scene
    given = np.ascontiguousarray(np.atleast_2d(np.asarray(points, np.float64)))
    if given.ndim != 2 or given.shape[1] != 3:
        raise UsageError(f"points are (N, 3) coordinates, found {given.shape}")
    if not limit > 0.0:
        raise UsageError(f"the limit is a distance greater than 0, not {limit!r}")
    count = len(given)
    found = PointDistances(
        np.empty(count),
        np.empty(count, np.int64),
        np.empty(count, np.int64),
        np.empty((count, 3)),
        np.zeros(count, bool),
        np.zeros(count, bool),
    )
    finite = np.isfinite(given).all(axis=1)
    if finite.all():
        order = by_neighbourhood(given)
    else:
        sound = np.flatnonzero(finite)
        order = sound[by_neighbourhood(given[sound])]
        found.distance[~finite] = np.nan
        found.body[~finite] = found.row[~finite] = -1
        found.point[~finite] = np.nan
    none = np.zeros((1, around.pack.size), np.uint8)
    _nearest(around, given, order, np.zeros(1, np.int64), limit, none, found, threads)
    if not signed:
        return found
    clear = np.minimum(found.distance, limit)
    held = holders(around, given, clear=clear, order=order, threads=threads)
    met = found.row >= 0
    found.sided[met] = around.has_sides[found.row[met]]
    found.inside[held[:, 0]] = True
    found.sided[held[:, 0]] = True
    _deepen(around, given, held, limit, found, threads)
    np.negative(found.distance, where=found.inside & met, out=found.distance)
    found.distance[found.inside & (found.row < 0)] = -np.inf
    return found


def _nearest(
    scene: Surroundings,
    points: FloatArray,
    order: IndexArray,
    rule: IndexArray,
    limit: float,
    skips: NDArray[np.uint8],
    found: PointDistances,
    threads: int | None,
) -> None:
    """Fill in the nearest surfaces of the points in ``order``."""
    arrays, limits = scene.arrays(), np.array([limit])
    out = (found.distance, found.body, found.row, np.empty((0, 3)), found.point)
    seeds = np.empty((0, 2), np.int64)

    def work(todo: IndexArray) -> int:
        nearest_all((points, rule), limits, skips, arrays, seeds, todo, out)
        return len(todo)

    run_chunks(work, order, threads=threads, chunk=chunk_for(len(order)))


def _deepen(
    scene: Surroundings,
    points: FloatArray,
    held: IndexArray,
    limit: float,
    found: PointDistances,
    threads: int | None,
) -> None:
    """For points nearest to a body that does not hold them: the nearest surface of those that do."""
    own = np.zeros(len(found.inside), bool)
    own[held[:, 0][found.body[held[:, 0]] == held[:, 1]]] = True
    left = held[~own[held[:, 0]]]
    if len(left) == 0:
        return
    asked, start, many = np.unique(left[:, 0], return_index=True, return_counts=True)
    sets = np.full((len(asked), int(many.max())), -1, np.int64)
    for k in range(sets.shape[1]):
        more = many > k
        sets[more, k] = left[start[more] + k, 1]
    sets, which = np.unique(sets, axis=0, return_inverse=True)
    which = which.reshape(-1)
    for first in range(0, len(sets), _RULES):
        some = sets[first : first + _RULES]
        skips = np.ones((len(some), scene.pack.size), np.uint8)
        rule_of, column = np.nonzero(some >= 0)
        skips[rule_of, some[rule_of, column]] = 0
        chosen = np.flatnonzero((which >= first) & (which < first + len(some)))
        chosen = chosen[np.argsort(which[chosen], kind="stable")]
        rule = np.zeros(len(points), np.int64)
        rule[asked[chosen]] = which[chosen] - first
        _nearest(scene, points, asked[chosen], rule, limit, skips, found, threads)
