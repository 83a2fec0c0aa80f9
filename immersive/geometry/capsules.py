"""How far capsules are from a scene of placed triangle meshes: a person's limbs among the parts of a cell.

Capsules may be tapered: a radius at each end. Distances are exact on the triangles; a negative distance
is the axis' distance minus the radius there, down to minus the radius where the axis itself goes through a
surface. A capsule wholly inside a closed part touches no surface; :func:`capsule_distances` finds it by
asking on which side of the part its axis lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.geometry._capsule_kernels import nearest_all
from immersive.geometry.pairs import run_chunks
from immersive.geometry.surroundings import (
    FEW,
    Surroundings,
    by_neighbourhood,
    chunk_for,
    holders,
    surroundings,
)

__all__ = ["CapsuleDistances", "Surroundings", "capsule_distances", "capsule_rows", "surroundings"]

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

_THROUGH: Final = 1e-12
"""Metres between axis and surface where one goes through the other: rounding, well above what it is near by."""


@dataclass(frozen=True, eq=False, slots=True)
class CapsuleDistances:
    """What K capsules are nearest to.

    Attributes:
        distance: (K,) metres; negative where the capsule cuts the part or lies in it; ``inf`` beyond the limit.
        body: (K,) int64 number of the nearest (deepest cut) body; −1: none within the limit.
        axis_point: (K, 3) on the capsule's axis; NaN without a body.
        point: (K, 3) on the body's surface; NaN without a body.
        contained: (K,) bool: the capsule lies wholly in the body's material.
        row: (K,) int64 row of the pack of the triangle that ``point`` lies on; −1 without a body.
    """

    distance: FloatArray
    body: IndexArray
    axis_point: FloatArray
    point: FloatArray
    contained: NDArray[np.bool_]
    row: IndexArray


def capsule_rows(
    starts: ArrayLike, ends: ArrayLike, start_radius: ArrayLike, end_radius: ArrayLike, /
) -> FloatArray:
    """(K, 8) capsules for the kernels from (K, 3), (K, 3), (K,), (K,); radii are not negative."""
    a = np.asarray(starts, np.float64).reshape(-1, 3)
    rows = np.empty((len(a), 8))
    rows[:, :3] = a
    rows[:, 3:6] = ends
    rows[:, 6] = start_radius
    rows[:, 7] = end_radius
    if not np.isfinite(rows).all() or (rows[:, 6:] < 0.0).any():
        raise ValueError("capsules need finite ends and radii that are not negative")
    return rows


def capsule_distances(
    scene: Surroundings,
    capsules: FloatArray,
    /,
    *,
    limit: float | FloatArray = np.inf,
    skips: NDArray[np.uint8] | None = None,
    rule: IndexArray | None = None,
    inside: bool = True,
    before: CapsuleDistances | None = None,
    threads: int | None = None,
) -> CapsuleDistances:
    """The nearest body of each capsule; does not depend on ``threads``.

    Args:
        scene: The meshes.
        capsules: (K, 8) of :func:`capsule_rows`, world, metres.
        limit: Metres, one or (K,): only what is nearer than this is found.
        skips: (R, B) uint8: bodies that do not count, for each of R rules; default: all count.
        rule: (K,) which rule holds for each capsule; default: the first.
        inside: Also find capsules wholly inside a closed body, deeper than any surface distance shows.
        before: What the same capsules were nearest to a moment ago, in the same scene: looked at first. It
            makes the answer faster, not different.
        threads: Default: all cores this process may use; one for a few.
    """
    caps = np.ascontiguousarray(capsules, np.float64).reshape(-1, 8)
    count = len(caps)
    bodies = scene.pack.size
    skips = np.zeros((1, bodies), np.uint8) if skips is None else np.ascontiguousarray(skips, np.uint8)
    which = np.zeros(1, np.int64) if rule is None else np.ascontiguousarray(rule, np.int64)
    limits = np.ascontiguousarray(limit, np.float64).reshape(-1)
    for what, values in (("limits", limits), ("rules", which)):
        if len(values) not in (1, count):
            raise ValueError(f"{len(values)} {what} for {count} capsules")
    if before is not None and len(before.body) != count:
        raise ValueError(f"what {len(before.body)} capsules were nearest to says nothing about {count}")
    found = CapsuleDistances(
        np.empty(count),
        np.empty(count, np.int64),
        np.empty((count, 3)),
        np.empty((count, 3)),
        np.zeros(count, bool),
        np.empty(count, np.int64),
    )
    if count == 0:
        return found
    arrays = scene.arrays()
    seeds = np.empty((0, 2), np.int64) if before is None else np.stack([before.body, before.row], axis=1)
    out = (found.distance, found.body, found.row, found.axis_point, found.point)
    order = np.arange(count)
    if count <= FEW:
        nearest_all((caps, which), limits, skips, arrays, seeds, order, out)
    else:

        def work(todo: IndexArray) -> int:
            nearest_all((caps, which), limits, skips, arrays, seeds, todo, out)
            return len(todo)

        order = by_neighbourhood(0.5 * (caps[:, :3] + caps[:, 3:6]))
        run_chunks(work, order, threads=threads, chunk=chunk_for(count))
    if inside:
        # No surface is as near to a capsule's start; where rules differ, that is not so for all bodies.
        clear = np.maximum(np.minimum(found.distance, limits) + caps[:, 6], 0.0) if len(which) == 1 else None
        held = holders(scene, np.ascontiguousarray(caps[:, :3]), clear=clear, order=order, threads=threads)
        # An axis through the surface of what holds its start is a cut already, and told.
        k = held[:, 0]
        through = np.abs(found.axis_point[k] - found.point[k]).max(axis=1, initial=0.0) <= _THROUGH
        held = held[~(through & (found.body[k] == held[:, 1]))]
        if len(held):
            _look_inside(scene, caps, skips, which, held, found, threads)
    return found


def _look_inside(
    scene: Surroundings,
    caps: FloatArray,
    skips: NDArray[np.uint8],
    rule: IndexArray,
    held: IndexArray,
    found: CapsuleDistances,
    threads: int | None,
) -> None:
    """Mark capsules whose axis lies in the material of a closed body; changes ``found`` in place.

    An axis that goes through a surface is a cut already. Any other axis lies on one side as a whole, so
    one of its ends speaks for it, in ``held``; the distance is then minus the way to the surface minus the radius.
    """
    rules = rule[held[:, 0]] if len(rule) > 1 else np.broadcast_to(rule, (len(held),))
    held = held[skips[rules, held[:, 1]] == 0]
    if len(held) == 0:
        return
    asked, body = held.T
    axes = caps[asked]
    axes[:, 6:] = 0.0
    bodies, only = np.unique(body, return_inverse=True)
    others = np.ones((len(bodies), scene.pack.size), np.uint8)
    others[np.arange(len(bodies)), bodies] = 0
    gap = capsule_distances(scene, axes, skips=others, rule=only.reshape(-1), inside=False, threads=threads)
    way = gap.distance
    value = -way - caps[asked, 6:].max(axis=1)
    deep = np.flatnonzero((way > 0.0) & (value < found.distance[asked]))
    # The deepest of each capsule comes last, and stays.
    deep = deep[np.lexsort((-body[deep], -value[deep], asked[deep]))]
    k = asked[deep]
    found.distance[k] = value[deep]
    found.body[k] = body[deep]
    found.row[k] = gap.row[deep]
    found.axis_point[k] = gap.axis_point[deep]
    found.point[k] = gap.point[deep]
    found.contained[k] = way[deep] >= caps[k, 6:].max(axis=1)
