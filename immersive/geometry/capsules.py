"""How far capsules are from a scene of placed triangle meshes: a person's limbs among the parts of a cell.

Capsules may be tapered: a radius at each end. Distances are exact on the triangles; a negative distance
is the axis' distance minus the radius there, down to minus the radius where the axis itself goes through a
surface. A capsule wholly inside a closed part touches no surface; :func:`capsule_distances` finds it by
asking on which side of the part its axis lies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.geometry._capsule_kernels import FOUND, nearest_all
from immersive.geometry.bodies import Body, Pack, pack
from immersive.geometry.bvh import build
from immersive.geometry.containment import INSIDE, locate_points
from immersive.geometry.pairs import run_chunks

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
IndexArray = NDArray[np.int64]

_CHUNK: Final = 256
"""Capsules a thread takes at a time."""


@dataclass(frozen=True, eq=False, slots=True)
class Surroundings:
    """Placed meshes ready for capsule queries.

    Attributes:
        pack: The bodies; body numbers are positions in it.
        tops, links, order: Tree over their world boxes, as in ``bvh.Tree``.
    """

    pack: Pack
    tops: FloatArray
    links: IntArray
    order: IntArray

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """All that the kernels want, in their order: tree over bodies, then the pack."""
        p = self.pack
        return (self.tops, self.links, self.order, p.boxes, p.links, p.rows, p.roots, p.frames)


@dataclass(frozen=True, eq=False, slots=True)
class CapsuleDistances:
    """What K capsules are nearest to.

    Attributes:
        distance: (K,) metres; negative where the capsule cuts the part or lies in it; ``inf`` beyond the limit.
        body: (K,) int64 number of the nearest (deepest cut) body; −1: none within the limit.
        axis_point: (K, 3) on the capsule's axis; NaN without a body.
        point: (K, 3) on the body's surface; NaN without a body.
        contained: (K,) bool: the capsule lies wholly in the body's material.
    """

    distance: FloatArray
    body: IndexArray
    axis_point: FloatArray
    point: FloatArray
    contained: NDArray[np.bool_]


def surroundings(bodies: Iterable[Body], /) -> Surroundings:
    """Put bodies (at least one) together for capsule queries."""
    packed = pack(bodies)
    low, high = packed.bounds[:, :3], packed.bounds[:, 3:]
    tree = build(np.stack([low, high, low], axis=1))
    return Surroundings(packed, tree.boxes, tree.links, tree.order)


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
        threads: Default: all cores this process may use.
    """
    caps = np.ascontiguousarray(capsules, np.float64).reshape(-1, 8)
    count = len(caps)
    bodies = scene.pack.size
    skips = np.zeros((1, bodies), np.uint8) if skips is None else np.ascontiguousarray(skips, np.uint8)
    which = np.zeros(count, np.int64) if rule is None else np.ascontiguousarray(rule, np.int64)
    limits = np.ascontiguousarray(np.broadcast_to(np.asarray(limit, np.float64), (count,)))
    out = np.empty((count, FOUND))
    arrays = scene.arrays()

    def work(todo: IndexArray) -> int:
        nearest_all((caps, which), limits, skips, arrays, todo, out)
        return len(todo)

    run_chunks(work, np.arange(count), threads=threads, chunk=_CHUNK)
    body = out[:, 7].astype(np.int64)
    none = (body < 0)[:, None]
    found = CapsuleDistances(
        out[:, 0].copy(),
        body,
        np.where(none, np.nan, out[:, 1:4]),
        np.where(none, np.nan, out[:, 4:7]),
        np.zeros(count, bool),
    )
    if inside and count:
        _look_inside(scene, caps, skips, which, found)
    return found


def _look_inside(
    scene: Surroundings,
    caps: FloatArray,
    skips: NDArray[np.uint8],
    rule: IndexArray,
    found: CapsuleDistances,
) -> None:
    """Mark capsules whose axis lies in the material of a closed body; changes ``found`` in place.

    An axis that goes through a surface is a cut already. Any other axis lies on one side as a whole, so
    one of its ends speaks for it; the distance is then minus the way to the surface minus the radius.
    """
    bounds = scene.pack.bounds
    low = np.minimum(caps[:, :3], caps[:, 3:6])
    high = np.maximum(caps[:, :3], caps[:, 3:6])
    in_box = (low[:, None] >= bounds[None, :, :3]).all(2) & (high[:, None] <= bounds[None, :, 3:]).all(2)
    in_box &= skips[rule] == 0
    for body in np.flatnonzero(in_box.any(axis=0)):
        if not scene.pack.bodies[body].shape.shells.any_closed:
            continue
        asked = np.flatnonzero(in_box[:, body])
        asked = asked[locate_points(scene.pack.bodies[body], caps[asked, :3]) == INSIDE]
        if len(asked) == 0:
            continue
        only = np.ones((1, scene.pack.size), np.uint8)
        only[0, body] = 0
        axes = caps[asked].copy()
        axes[:, 6:] = 0.0
        gap = capsule_distances(scene, axes, skips=only, inside=False, threads=1)
        radius = caps[asked, 6:].max(axis=1)
        for k, way, wide, axis, point in zip(
            asked, gap.distance, radius, gap.axis_point, gap.point, strict=True
        ):
            if -way - wide < found.distance[k] and way > 0.0:
                found.distance[k] = -way - wide
                found.body[k] = body
                found.axis_point[k] = axis
                found.point[k] = point
                found.contained[k] = bool(way >= caps[k, 6:].max())
