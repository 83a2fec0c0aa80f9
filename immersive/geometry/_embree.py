"""Many rays through embree (package embreex), each answer checked in float64 and marked if it is in doubt.

embree works in float32: its scene is built about the middle of the rays, from the bodies whose boxes they can
meet. It is called directly; trimesh's wrapper costs several times the cast itself.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._ray_kernels import confirm, to_single
from immersive.geometry._unit_rays import UnitRays
from immersive.geometry.bodies import Pack
from immersive.geometry.pairs import run_chunks

FloatArray = NDArray[np.float64]
NumberArray = NDArray[np.int64]

OUTLINE: Final = 2e-5
"""How far from an outline embree may differ from the float64 engine, metres: float32 resolves 1e-6 m at 10 m;
the rest is for the slant of the ray and the rounding of the cast."""
_CHUNK: Final = 1 << 15


@cache
def embree_there() -> bool:
    """Whether the package embreex is installed."""
    return importlib.util.find_spec("embreex") is not None


@dataclass(frozen=True, eq=False, slots=True)
class EmbreeScene:
    """Some bodies in embree.

    Attributes:
        key: What it was made for.
        middle: (3,) its origin in the world.
        triangles: (T, 2) int32 row of the pack and body of each of its triangles.
        scene, mesh: embreex's objects; the mesh must live as long as the scene.
    """

    key: bytes
    middle: FloatArray
    triangles: NDArray[np.int32]
    scene: Any
    mesh: Any


def bodies_met(pack: Pack, rays: UnitRays, /) -> NumberArray:
    """Bodies whose boxes the common box of N ≥ 1 rays meets."""
    low, high = rays.low - OUTLINE, rays.high + OUTLINE
    return np.flatnonzero((pack.bounds[:, :3] <= high).all(axis=1) & (pack.bounds[:, 3:] >= low).all(axis=1))


def middle_of(rays: UnitRays, /) -> FloatArray:
    """(3,) whole metres near the middle of the rays' origins, so that like casts share a scene."""
    middle: FloatArray = np.round(0.5 * (rays.low_origin + rays.high_origin))
    return middle


def key_of(met: NumberArray, middle: FloatArray, /) -> bytes:
    """What tells two scenes apart."""
    return met.tobytes() + middle.tobytes()


def embree_scene(pack: Pack, met: NumberArray, middle: FloatArray, /) -> EmbreeScene:
    """Build embree's tree over the bodies ``met`` (at least one)."""
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene as Scene

    rows = np.concatenate([np.arange(pack.first[b], pack.last[b]) for b in met])
    bodies = np.repeat(met, pack.last[met] - pack.first[met])
    corners = np.concatenate(
        [pack.bodies[b].to_world(pack.rows[pack.first[b] : pack.last[b], :9].reshape(-1, 3)) for b in met]
    )
    scene = Scene(robust=True)
    faces = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
    mesh = TriangleMesh(scene, (corners - middle).astype(np.float32), faces)
    # The tree is built by the first cast, and threads must not all build it.
    scene.run(np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32), query="OCCLUDED")
    triangles = np.stack([rows, bodies], axis=1).astype(np.int32)
    return EmbreeScene(key_of(met, middle), middle, triangles, scene, mesh)


def cast_embree(
    pack: Pack,
    inside: EmbreeScene,
    rays: UnitRays,
    found: tuple[FloatArray, NumberArray, NumberArray],
    /,
    *,
    threads: int | None = None,
) -> NumberArray:
    """Fill in distance, body and row of N rays, misses too; returns the numbers of those that are in doubt."""
    scene = (pack.rows, pack.frames, inside.triangles)
    doubt = np.empty(len(rays.origins), np.bool_)
    ends = (rays.near, rays.far)

    def work(todo: NumberArray) -> int:
        first, count = int(todo[0]), len(todo)
        starts, ways = np.empty((2, count, 3), np.float32)
        lengths = np.empty(count, np.float32)
        # Past the end as well: what is hit there is in doubt, not missed.
        to_single(rays.origins, rays.directions, *ends, inside.middle, OUTLINE, first, starts, ways, lengths)
        hits = inside.scene.run(starts, ways, dists=lengths, query="INTERSECT")
        confirm(
            rays.origins, rays.directions, *ends, rays.own, rays.own_far, scene, hits, OUTLINE, first, found, doubt
        )  # fmt: skip
        return count

    run_chunks(work, np.arange(len(rays.origins)), threads=threads, chunk=_CHUNK)
    return np.flatnonzero(doubt)
