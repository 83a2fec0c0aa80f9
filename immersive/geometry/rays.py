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
        rays = _Rays.of(origins, directions, near, far, own, own_far)
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
        return self._with_numba(rays, None, threads)

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

    def _with_numba(self, rays: _Rays, which: NumberArray | None, threads: int | None) -> Hits:
        count = len(rays.origins)
        found = Hits(np.full(count, np.inf), np.full(count, -1, np.int64), np.full(count, -1, np.int64))
        p, top = self.pack, self.top

        def work(todo: NumberArray) -> int:
            cast(
                top.boxes, top.links, top.order, p.boxes, p.links, p.rows, p.roots, p.frames,
                rays.origins, rays.directions, rays.near, rays.far, rays.own, rays.own_far,
                todo, found.distance, found.body, found.row,
            )  # fmt: skip
            return len(todo)

        todo = np.arange(count) if which is None else which
        run_chunks(work, todo, threads=threads, chunk=_CHUNK)
        return found

    def _pays(self, rays: _Rays) -> bool:
        """Whether embree's build, some microseconds for each triangle, is won back by its faster rays."""
        count = len(rays.origins)
        if count < MANY or not embree_there():
            return False
        met = bodies_met(self.pack, rays.origins, rays.directions, rays.far)
        return count >= int((self.pack.last[met] - self.pack.first[met]).sum())

    def _with_embree(self, rays: _Rays, threads: int | None) -> Hits:
        count = len(rays.origins)
        found = Hits(np.full(count, np.inf), np.full(count, -1, np.int64), np.full(count, -1, np.int64))
        met = (
            bodies_met(self.pack, rays.origins, rays.directions, rays.far) if count else np.empty(0, np.int64)
        )
        if len(met) == 0:
            return found
        middle = middle_of(rays.origins)
        if not self._embree or self._embree[0].key != key_of(met, middle):
            # One at a time: the last one is the likeliest to be asked again, and they are large.
            self._embree[:] = [embree_scene(self.pack, met, middle)]
        inside = self._embree[0]
        doubtful = np.zeros(count, bool)

        def work(todo: NumberArray) -> int:
            part = slice(int(todo[0]), int(todo[-1]) + 1)
            found.distance[part], found.body[part], found.row[part], doubtful[part] = cast_embree(
                self.pack, inside, rays.origins[part], rays.directions[part], rays.near[part], rays.far[part],
                rays.own[part], rays.own_far[part],
            )  # fmt: skip
            return len(todo)

        run_chunks(work, np.arange(count), threads=threads, chunk=_EMBREE_CHUNK)
        again = np.flatnonzero(doubtful)
        if len(again):
            judged = self._with_numba(rays, again, threads)
            found.distance[again] = judged.distance[again]
            found.body[again] = judged.body[again]
            found.row[again] = judged.row[again]
        return found


def ray_scene(bodies: Iterable[Body], /) -> RayScene:
    """Make bodies (at least one) ready for rays; triangles that are not finite were left out before."""
    placed = pack(bodies)
    # A box as a triangle with two opposite corners: its own box is the box.
    low, high = placed.bounds[:, :3], placed.bounds[:, 3:]
    return RayScene(placed, build(np.stack([low, high, low], axis=1)))


@dataclass(frozen=True, eq=False, slots=True)
class _Rays:
    """N rays with unit directions."""

    origins: FloatArray
    directions: FloatArray
    near: FloatArray
    far: FloatArray
    own: NumberArray
    own_far: FloatArray

    @staticmethod
    def of(origins: ArrayLike, directions: ArrayLike, near: ArrayLike, far: ArrayLike, own: ArrayLike,
           own_far: ArrayLike) -> _Rays:  # fmt: skip
        a, d = (np.atleast_2d(np.asarray(p, np.float64)) for p in (origins, directions))
        if a.ndim != 2 or d.ndim != 2 or a.shape[1] != 3 or d.shape[1] != 3:
            raise UsageError(f"rays are (N, 3) origins and directions, found {a.shape} and {d.shape}")
        a, d = np.broadcast_arrays(a, d)
        # By the largest component first: squares of tiny or huge ones would vanish or overflow.
        most = np.abs(d).max(axis=1, initial=0.0)
        if not (np.isfinite(a).all() and np.isfinite(d).all() and (most > 0.0).all()):
            raise UsageError("a ray has a direction of no length or a coordinate that is not finite")
        d = d / most[:, None]
        d = d / np.sqrt(np.einsum("ij,ij->i", d, d))[:, None]
        count = (len(a),)

        def each(values: ArrayLike, kind: type) -> NDArray[Any]:
            # Copied: numba compiles anew for arrays that are read-only.
            return np.array(np.broadcast_to(np.asarray(values, kind), count))

        found = _Rays(
            np.array(a, order="C"),
            d,
            each(near, np.float64),
            each(far, np.float64),
            each(own, np.int64),
            each(own_far, np.float64),
        )
        if np.isnan(found.near).any() or np.isnan(found.far).any() or np.isnan(found.own_far).any():
            raise UsageError("the range of a ray is not a number")
        return found
