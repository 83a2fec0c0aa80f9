"""Distance on the floor plan between a segment and many triangles, exact, in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def segment_to_triangles(
    start: FloatArray, end: FloatArray, triangles: FloatArray, /
) -> tuple[float, FloatArray, FloatArray, int]:
    """Least distance of a segment to (N, 3, 2) triangles, N ≥ 1, which may be flat or points.

    Returns:
        Distance (0 where they meet), nearest point (2,) of the segment, of the triangles, and which triangle.
    """
    best, place = np.inf, (start, triangles[0, 0], 0)
    # A corner of a triangle against the segment.
    on = _nearest_on(start[None, None], (end - start)[None, None], triangles)
    gap = np.hypot(*np.moveaxis(triangles - on, -1, 0))
    k = np.unravel_index(np.argmin(gap), gap.shape)
    best, place = float(gap[k]), (on[k], triangles[k], int(k[0]))
    # An end of the segment against the sides.
    sides = np.roll(triangles, -1, axis=1) - triangles
    for point in (start, end):
        on = _nearest_on(triangles, sides, point[None, None])
        gap = np.hypot(*np.moveaxis(on - point, -1, 0))
        k = np.unravel_index(np.argmin(gap), gap.shape)
        if gap[k] < best:
            best, place = float(gap[k]), (point, on[k], int(k[0]))
    inside = _holds(triangles, sides, start)
    if inside.any():
        return 0.0, start, start, int(np.argmax(inside))
    crossing = _crossing(start, end, triangles, sides)
    if crossing is not None:
        return 0.0, crossing[0], crossing[0], crossing[1]
    return best, *place


def _nearest_on(origin: FloatArray, way: FloatArray, points: FloatArray) -> FloatArray:
    """Point nearest to ``points`` on the segments from ``origin`` along ``way``."""
    square = (way**2).sum(axis=-1)
    along = ((points - origin) * way).sum(axis=-1)
    share = np.clip(along / np.where(square > 0.0, square, 1.0), 0.0, 1.0)
    found: FloatArray = origin + share[..., None] * way
    return found


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    found: FloatArray = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return found


def _holds(triangles: FloatArray, sides: FloatArray, point: FloatArray) -> NDArray[np.bool_]:
    turn = _cross(sides, point - triangles)
    area = np.abs(_cross(sides[:, 0], sides[:, 1]))
    held: NDArray[np.bool_] = ((turn >= 0.0).all(axis=1) | (turn <= 0.0).all(axis=1)) & (area > 1e-18)
    return held


def _crossing(
    start: FloatArray, end: FloatArray, triangles: FloatArray, sides: FloatArray
) -> tuple[FloatArray, int] | None:
    way = end - start
    first = _cross(way, triangles - start)
    second = np.roll(first, -1, axis=1)
    one = _cross(sides, start - triangles)
    other = _cross(sides, end - triangles)
    meets = (first * second < 0.0) & (one * other < 0.0)
    if not meets.any():
        return None
    k, s = (int(n) for n in np.argwhere(meets)[0])
    share = one[k, s] / (one[k, s] - other[k, s])
    return start + share * way, k
