"""Points spread over the surface of a body, with the normals of their triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.bodies import Body

FloatArray = NDArray[np.float64]


def surface_points(body: Body, spacing: float, /) -> tuple[FloatArray, FloatArray]:
    """Points no farther apart than the spacing, corners of triangles among them, and unit normals; world.

    Args:
        body: Where it stands.
        spacing: Metres.

    Returns:
        (N, 3) points and (N, 3) normals as the triangles are wound; zero for triangles without area.
    """
    corners = body.to_world(body.shape.vertices)[body.shape.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(cross, axis=1, keepdims=True)
    normal = np.where(size > 0.0, cross / np.where(size > 0.0, size, 1.0), 0.0)
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1, initial=0.0)
    parts = np.maximum(1, np.ceil(edges / spacing)).astype(np.int64)
    points, normals = [np.empty((0, 3))], [np.empty((0, 3))]
    for n in np.unique(parts):
        some = corners[parts == n]
        i, j = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
        inside = i + j <= n
        u, v = i[inside] / n, j[inside] / n
        at = np.einsum("wk,tkj->twj", np.stack([1.0 - u - v, u, v], axis=1), some)
        points.append(at.reshape(-1, 3))
        normals.append(np.repeat(normal[parts == n], len(u), axis=0))
    every, ways = np.concatenate(points), np.concatenate(normals)
    # One of each small cube and of each side that it faces is enough.
    cube = np.floor(every / (0.5 * spacing)).astype(np.int64)
    facing = np.round(ways).astype(np.int64)
    _, first = np.unique(np.hstack([cube, facing]), axis=0, return_index=True)
    first = np.sort(first)
    return every[first], ways[first]


def points_near(body: Body, centre: FloatArray, radius: float, spacing: float, /) -> FloatArray:
    """(N, 3) points of the surface about a place, no farther apart than the spacing; corners and edges included.

    Args:
        body: Where it stands.
        centre: (3,) world.
        radius: Metres: about this far around the centre.
        spacing: Metres.
    """
    corners = body.to_world(body.shape.vertices)[body.shape.faces]
    low, high = corners.min(axis=1), corners.max(axis=1)
    corners = corners[((low <= centre + radius) & (high >= centre - radius)).all(axis=1)]
    u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    along = np.linalg.norm(u, axis=1)
    normal = np.cross(u, v)
    size = np.linalg.norm(normal, axis=1)
    sound = size > 1e-14
    corners, u, v, along, normal = corners[sound], u[sound], v[sound], along[sound], normal[sound]
    x = u / along[:, None]
    y = np.cross(normal / size[sound][:, None], x)
    steps = np.arange(-np.ceil(radius / spacing), np.ceil(radius / spacing) + 1) * spacing
    grid = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    at = centre + grid[:, :1] * x[:, None] + grid[:, 1:] * y[:, None] - corners[:, None, 0]
    # In barycentric coordinates; what lies beside the triangle goes to its rim.
    uu, uv, vv = (np.einsum("ti,ti->t", p, q)[:, None] for p, q in ((u, u), (u, v), (v, v)))
    au, av = np.einsum("tgi,ti->tg", at, u), np.einsum("tgi,ti->tg", at, v)
    scale = uu * vv - uv * uv
    s, r = (vv * au - uv * av) / scale, (uu * av - uv * au) / scale
    weights = np.maximum(np.stack([1.0 - s - r, s, r], axis=-1), 0.0)
    weights /= weights.sum(axis=-1, keepdims=True)
    points = np.einsum("tgk,tki->tgi", weights, corners).reshape(-1, 3)
    every = np.concatenate([points, corners.reshape(-1, 3)])
    near: FloatArray = every[np.linalg.norm(every - centre, axis=1) <= 1.5 * radius]
    return np.unique(np.round(near, 9), axis=0)
