"""Meshes for the tests of the distance engine."""

from __future__ import annotations

import numpy as np

from immersive.geometry import frames, shapes
from immersive.geometry.bodies import Body, Shapes

Placed = tuple[np.ndarray, np.ndarray, np.ndarray]


def box(size: float | tuple[float, float, float] = 1.0, at: tuple[float, float, float] = (0, 0, 0)) -> Placed:
    sides = (size, size, size) if isinstance(size, int | float) else size
    made = shapes.box(sides)
    return made.vertices, made.faces, frames.translation(at)


def sphere(radius: float, at: tuple[float, float, float] = (0, 0, 0), segments: int = 32) -> Placed:
    made = shapes.sphere(radius, segments=segments)
    return made.vertices, made.faces, frames.translation(at)


def moved(mesh: Placed, world: np.ndarray) -> Placed:
    return mesh[0], mesh[1], world @ mesh[2]


def joined(*meshes: Placed) -> Placed:
    """One mesh of several pieces."""
    vertices, faces, start = [], [], 0
    for points, corners, matrix in meshes:
        vertices.append(frames.transform_points(matrix, points))
        faces.append(corners + start)
        start += len(points)
    return np.concatenate(vertices), np.concatenate(faces).astype(np.int32), np.eye(4)


def inverted(mesh: Placed) -> Placed:
    return mesh[0], np.ascontiguousarray(mesh[1][:, ::-1]), mesh[2]


def doubled(mesh: Placed) -> Placed:
    """Every triangle twice, with corners of its own as STL has them."""
    corners = mesh[0][np.concatenate([mesh[1], mesh[1]])]
    return corners.reshape(-1, 3), np.arange(3 * len(corners), dtype=np.int32).reshape(-1, 3), mesh[2]


def half_flipped(mesh: Placed) -> Placed:
    faces = mesh[1].copy()
    faces[::2] = faces[::2, ::-1]
    return mesh[0], faces, mesh[2]


def opened(mesh: Placed, missing: int = 1) -> Placed:
    return mesh[0], mesh[1][missing:].copy(), mesh[2]


def random_motion(rng: np.random.Generator, spread: float = 1.0) -> np.ndarray:
    """A rigid motion."""
    q = rng.normal(size=4)
    return frames.translation(rng.uniform(-spread, spread, 3)) @ frames.rotation_quaternion(q)


def soup(rng: np.random.Generator, count: int) -> Placed:
    """Unconnected random triangles in a unit box."""
    centers = rng.uniform(-0.5, 0.5, (count, 1, 3))
    corners = centers + rng.uniform(-0.15, 0.15, (count, 3, 3))
    return corners.reshape(-1, 3), np.arange(3 * count, dtype=np.int32).reshape(-1, 3), np.eye(4)


def body(mesh: Placed) -> Body:
    made = Shapes().body(*mesh)
    assert made is not None
    return made


def world_triangles(mesh: Placed) -> np.ndarray:
    return frames.transform_points(mesh[2], mesh[0])[mesh[1]]
