"""Rays through a scene of placed bodies: the first surface hit, and what stands between two points.

Two engines give the same answers. ``"numba"`` walks the trees that distances use (:mod:`.bvh`), in
float64, and is the judge. ``"embree"`` (package embreex, where there is one for the machine) works in float32
about the middle of the rays asked for; its distances are computed again in float64, and rays it is
not sure of - near an edge of the triangle hit, grazing it, or near the end of the ray - are cast again by
the judge. What is left: a ray that misses the outline of a part by less than :data:`immersive.geometry._embree.OUTLINE` may be
told to hit it, or the other way round.

An edge belongs to both its triangles. A triangle seen exactly edge-on hides nothing. Both sides of a triangle count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.errors import UsageError, choices, suggestion
from immersive.geometry._embree import (
    EmbreeScene,
    bodies_met,
    cast_embree,
    embree_scene,
    embree_there,
    key_of,
    middle_of,
)
from immersive.geometry._ray_kernels import cast
from immersive.geometry._unit_rays import UnitRays, unit_rays
from immersive.geometry.bodies import Body, Pack, pack
from immersive.geometry.bvh import Tree, build
from immersive.geometry.pairs import run_chunks

FloatArray = NDArray[np.float64]
NumberArray = NDArray[np.int64]
Engine = Literal["auto", "numba", "embree"]

MANY: Final = 100_000
"""``"auto"`` takes embree for at least this many rays, and as many as there are triangles that they may meet:
below, building its tree costs more than it saves."""

_CHUNK: Final = 512
_EMBREE_CHUNK: Final = 1 << 15


@dataclass(frozen=True, eq=False, slots=True)
class Hits:
    """What N rays hit first.

    Attributes:
        distance: (N,) metres from the origin; ``inf`` where nothing is hit.
        body: (N,) number of the body, -1 where nothing is hit.
        row: (N,) row of the triangle in the pack, -1 where nothing is hit.
    """

    distance: FloatArray
    body: NumberArray
    row: NumberArray

    @property
    def hit(self) -> NDArray[np.bool_]:
        """(N,) whether anything is hit."""
        return np.asarray(self.body >= 0)


@dataclass(frozen=True, eq=False)
class RayScene:
    """Bodies made ready for rays; see :func:`ray_scene`.

    Attributes:
        pack: The bodies, at least one.
        top: Tree over their world boxes.
    """

    pack: Pack
    top: Tree
    _embree: list[EmbreeScene] = field(default_factory=list, repr=False)

    def first_hit(
        self,
        origins: ArrayLike,
        directions: ArrayLike,
        /,
        *,
        near: ArrayLike = 0.0,
        far: ArrayLike = np.inf,
        own: ArrayLike = -1,
        own_far: ArrayLike = np.inf,
        engine: Engine = "auto",
        threads: int | None = None,
    ) -> Hits:
        """The first surface that each ray meets from ``near`` to before ``far``.

        Args:
            origins: (N, 3) or (3,), metres.
            directions: (N, 3) or (3,), of any length but zero.
            near, far: Range along the ray, metres; one or (N,).
            own: Body that each ray is allowed to meet from ``own_far`` on; -1: none.
            own_far: Metres, one or (N,); counts where it is less than ``far``.
            engine: ``"numba"``, ``"embree"``, or ``"auto"``: embree where it pays and is there.
            threads: Of the numba engine; default all cores. The result does not depend on it.

        Raises:
            UsageError: Unknown engine, or ``"embree"`` where it is not installed; a direction of no length,
                or a value that is not finite.
        """
        rays = _rays(origins, directions, near, far, own, own_far, threads)
        if engine not in ("auto", "numba", "embree"):
            known = ("auto", "numba", "embree")
            raise UsageError(
                f"unknown ray engine {engine!r}{suggestion(engine, known)}; use {choices(known)}"
            )
        if engine == "embree" and not embree_there():
            raise UsageError(
                "the ray engine 'embree' needs the package 'embreex', which is not installed",
                hint="pip install embreex, or leave it out: the engine 'numba' gives the same answers",
            )
        if engine == "embree" or (engine == "auto" and self._pays(rays)):
            return self._with_embree(rays, threads)
        found = _missed(len(rays.origins))
        self._with_numba(rays, np.arange(len(rays.origins)), found, threads)
        return found

    def between(
        self,
        starts: ArrayLike,
        ends: ArrayLike,
        /,
        *,
        start_offset: float = 0.0,
        end_offset: ArrayLike = 0.0,
        own: ArrayLike = -1,
        own_offset: ArrayLike = 0.0,
        engine: Engine = "auto",
        threads: int | None = None,
    ) -> Hits:
        """The first surface that hides each end from its start; ``hit`` says whether there is one.

        Args:
            starts, ends: (N, 3) or (3,), metres; a start on its own end hides nothing.
            start_offset, end_offset: What lies closer to a start or end hides nothing; metres.
            own: Body the end belongs to; -1: none. It hides its own end only from farther than ``own_offset``.
            own_offset: Metres; one or (N,). Where it is less than ``end_offset``, that holds.
            engine, threads: See :meth:`first_hit`.
        """
        a, b = (np.atleast_2d(np.asarray(p, np.float64)) for p in (starts, ends))
        a, b = np.broadcast_arrays(a, b)
        ray = b - a
        length = np.sqrt(np.einsum("ij,ij->i", ray, ray))
        ray = np.where(length[:, None] > 0.0, ray, np.array([0.0, 0.0, 1.0]))
        return self.first_hit(
            a,
            ray,
            near=start_offset,
            far=length - np.asarray(end_offset, np.float64),
            own=own,
            own_far=length - np.asarray(own_offset, np.float64),
            engine=engine,
            threads=threads,
        )

    def _with_numba(self, rays: UnitRays, which: NumberArray, found: Hits, threads: int | None) -> None:
        """Fill in what the rays ``which`` hit; misses stay as they are."""
        p, top = self.pack, self.top

        def work(todo: NumberArray) -> int:
            cast(
                top.boxes, top.links, top.order, p.boxes, p.links, p.rows, p.roots, p.frames,
                rays.origins, rays.directions, rays.near, rays.far, rays.own, rays.own_far,
                todo, found.distance, found.body, found.row,
            )  # fmt: skip
            return len(todo)

        run_chunks(work, which, threads=threads, chunk=_CHUNK)

    def _pays(self, rays: UnitRays) -> bool:
        """Whether embree's build, some microseconds for each triangle, is won back by its faster rays."""
        count = len(rays.origins)
        if count < MANY or not embree_there():
            return False
        met = bodies_met(self.pack, rays)
        return count >= int((self.pack.last[met] - self.pack.first[met]).sum())

    def _with_embree(self, rays: UnitRays, threads: int | None) -> Hits:
        count = len(rays.origins)
        met = bodies_met(self.pack, rays) if count else np.empty(0, np.int64)
        if len(met) == 0:
            return _missed(count)
        middle = middle_of(rays)
        if not self._embree or self._embree[0].key != key_of(met, middle):
            # One at a time: the last one is the likeliest to be asked again, and they are large.
            self._embree[:] = [embree_scene(self.pack, met, middle)]
        found = Hits(np.empty(count), np.empty(count, np.int64), np.empty(count, np.int64))
        again = cast_embree(
            self.pack, self._embree[0], rays, (found.distance, found.body, found.row), threads=threads
        )
        self._with_numba(rays, again, found, threads)
        return found


def _missed(count: int) -> Hits:
    return Hits(np.full(count, np.inf), np.full(count, -1, np.int64), np.full(count, -1, np.int64))


def ray_scene(bodies: Iterable[Body], /) -> RayScene:
    """Make bodies (at least one) ready for rays; triangles that are not finite were left out before."""
    placed = pack(bodies)
    # A box as a triangle with two opposite corners: its own box is the box.
    low, high = placed.bounds[:, :3], placed.bounds[:, 3:]
    return RayScene(placed, build(np.stack([low, high, low], axis=1)))


def _rays(
    origins: ArrayLike, directions: ArrayLike, near: ArrayLike, far: ArrayLike, own: ArrayLike, own_far: ArrayLike,
    threads: int | None,
) -> UnitRays:  # fmt: skip
    a, d = (np.atleast_2d(np.asarray(p, np.float64)) for p in (origins, directions))
    if a.ndim != 2 or d.ndim != 2 or a.shape[1] != 3 or d.shape[1] != 3:
        raise UsageError(f"rays are (N, 3) origins and directions, found {a.shape} and {d.shape}")
    a, d = np.broadcast_arrays(a, d)

    def each(values: ArrayLike, kind: type) -> NDArray[Any]:
        given: NDArray[Any] = np.asarray(values, kind)
        # One for all stays one.
        return _own(given.reshape(1) if given.size == 1 else np.broadcast_to(given, (len(a),)))

    ends, bodies = (each(near, np.float64), each(far, np.float64)), each(own, np.int64)
    own_ends = each(own_far, np.float64)
    if any(np.isnan(one).any() for one in (*ends, own_ends)):
        raise UsageError("the range of a ray is not a number")
    made = unit_rays(_own(a), _own(d), *ends, bodies, own_ends, threads=threads)
    if made is None:
        raise UsageError("a ray has a direction of no length or a coordinate that is not finite")
    return made


def _own(array: NDArray[Any]) -> NDArray[Any]:
    """The array as kernels take it: numba compiles anew for arrays that are read-only."""
    return np.require(array, requirements=["C", "W"])
