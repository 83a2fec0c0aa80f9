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

from immersive.geometry.bodies import Pack

FloatArray = NDArray[np.float64]
NumberArray = NDArray[np.int64]

OUTLINE: Final = 2e-5
"""How far from an outline embree may differ from the float64 engine, metres: float32 resolves 1e-6 m at 10 m;
the rest is for the slant of the ray and the rounding of the cast."""
_FAR: Final = 1e6
"""Rays without an end are followed this far when bodies are picked, metres."""
_DOUBT: Final = 1e-3
"""Barycentric distance from an edge, and cosine to the surface, below which float32 is not believed."""


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
        rows, bodies: Row of the pack and body of each of its triangles.
        scene, mesh: embreex's objects; the mesh must live as long as the scene.
    """

    key: bytes
    middle: FloatArray
    rows: NumberArray
    bodies: NumberArray
    scene: Any
    mesh: Any


def bodies_met(pack: Pack, origins: FloatArray, directions: FloatArray, far: FloatArray, /) -> NumberArray:
    """Bodies whose boxes the common box of N ≥ 1 rays meets."""
    ends = origins + directions * np.clip(far, 0.0, _FAR)[:, None]
    low = np.minimum(origins, ends).min(axis=0) - OUTLINE
    high = np.maximum(origins, ends).max(axis=0) + OUTLINE
    return np.flatnonzero((pack.bounds[:, :3] <= high).all(axis=1) & (pack.bounds[:, 3:] >= low).all(axis=1))


def middle_of(origins: FloatArray, /) -> FloatArray:
    """(3,) whole metres near the middle of the rays' origins, so that like casts share a scene."""
    middle: FloatArray = np.round(0.5 * (origins.min(axis=0) + origins.max(axis=0)))
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
    return EmbreeScene(key_of(met, middle), middle, rows, bodies, scene, mesh)


def cast_embree(
    pack: Pack,
    inside: EmbreeScene,
    origins: FloatArray,
    directions: FloatArray,
    near: FloatArray,
    far: FloatArray,
    own: NumberArray,
    own_far: FloatArray,
    /,
) -> tuple[FloatArray, NumberArray, NumberArray, NDArray[np.bool_]]:
    """(distance, body, row, in doubt) of N rays; what is in doubt is told as a miss."""
    count = len(origins)
    distance, body, row = np.full(count, np.inf), np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    doubt = np.zeros(count, bool)
    said = inside.scene.run(
        np.ascontiguousarray(origins + directions * near[:, None] - inside.middle, np.float32),
        np.ascontiguousarray(directions, np.float32),
        # Past the end as well: what is hit there is in doubt, not missed.
        dists=np.clip(far - near + OUTLINE, 0.0, 1e30).astype(np.float32),
        output=True,
    )
    hit = np.flatnonzero(said["geomID"] >= 0)
    k = said["primID"][hit]
    rows, bodies = inside.rows[k], inside.bodies[k]
    t, sure = _exact(pack, rows, bodies, origins[hit], directions[hit])
    end = np.where(own[hit] == bodies, np.minimum(own_far[hit], far[hit]), far[hit])
    sure &= (t > near[hit] + OUTLINE) & (t < end - OUTLINE)
    distance[hit[sure]], body[hit[sure]], row[hit[sure]] = t[sure], bodies[sure], rows[sure]
    doubt[hit[~sure]] = True
    return distance, body, row, doubt


def _exact(
    p: Pack, row: NumberArray, body: NumberArray, origin: FloatArray, direction: FloatArray
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Distance along each ray to the plane of its triangle in float64, and whether the hit is beyond doubt."""
    rotation = p.frames[body, :9].reshape(-1, 3, 3)
    o = np.einsum("ij,ijk->ik", origin - p.frames[body, 9:], rotation)
    d = np.einsum("ij,ijk->ik", direction, rotation)
    a, b, c = (p.rows[row, k : k + 3] for k in (0, 3, 6))
    normal = np.cross(b - a, c - a)
    size = np.sqrt(np.einsum("ij,ij->i", normal, normal))
    slant = np.einsum("ij,ij->i", normal, d)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.einsum("ij,ij->i", normal, a - o) / slant
        point = o + d * t[:, None]
        area = np.stack(
            [
                np.einsum("ij,ij->i", normal, np.cross(y - x, point - x)) / size**2
                for x, y in ((a, b), (b, c), (c, a))
            ]
        )
    with np.errstate(invalid="ignore"):
        sure = (np.abs(slant) > _DOUBT * size) & (area.min(axis=0) > _DOUBT) & np.isfinite(t)
    return t, np.asarray(sure)
