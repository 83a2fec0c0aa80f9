"""Surfaces and pyramids of sight as regions of a drawing plane."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from immersive.findings import ConeMark, MeshMark, Point3
from immersive.geometry.silhouette import silhouette
from immersive.report._outlines import Plane

_RAYS = 12
"""Rays along each half of a pyramid's edge; its far end is round."""


def mesh_shapes(mark: MeshMark, plane: Plane, cell: float) -> list[tuple[int, Any]]:
    """(level, region) of a surface, neutral first and the worst level last; thin sheets stay visible."""
    if not mark.faces:
        return []
    flat = np.asarray(mark.vertices, np.float64) @ plane.matrix[:2].T
    faces = np.asarray(mark.faces, np.int64)
    levels = np.asarray(mark.levels, np.int64) if mark.levels else np.zeros(len(faces), np.int64)
    found = []
    for level in sorted(set(levels.tolist())):
        shape = silhouette(flat[faces[levels == level]], cell, thin=cell)
        if not shape.is_empty:
            found.append((level, shape))
    return found


def cone_directions(mark: ConeMark) -> np.ndarray:
    """(k, 3) unit vectors around the edge of a pyramid of sight, its corners and axis included."""
    axis, right = np.asarray(mark.axis, np.float64), np.asarray(mark.right, np.float64)
    up = np.cross(right, axis)
    across = np.linspace(-mark.half_angle_across, mark.half_angle_across, 2 * _RAYS + 1)
    height = np.linspace(-mark.half_angle_down, mark.half_angle_up, 2 * _RAYS + 1)
    edge = [(a, e) for a in across for e in (height[0], height[-1], 0.0)]
    edge += [(a, e) for e in height for a in (across[0], across[-1], 0.0)]
    a, e = np.array(edge).T
    level = np.cos(a)[:, None] * axis + np.sin(a)[:, None] * right
    out: np.ndarray = np.cos(e)[:, None] * level + np.sin(e)[:, None] * up
    return out


def cone_shape(mark: ConeMark, plane: Plane) -> Any:
    """The region a pyramid of sight covers: the hull of its apex and its far end."""
    import shapely

    ends = np.asarray(mark.apex) + mark.length * cone_directions(mark)
    points = np.concatenate([[mark.apex], ends]) @ plane.matrix[:2].T
    return shapely.convex_hull(shapely.multipoints(points))


def cone_tip(mark: ConeMark) -> Point3:
    """The far end of the axis."""
    a, d = mark.apex, mark.axis
    norm = math.hypot(*d) or 1.0
    x, y, z = (a[i] + mark.length * d[i] / norm for i in range(3))
    return x, y, z
