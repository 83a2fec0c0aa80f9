"""Exact distance between two convex polygons on the floor plan (points and segments are polygons too)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.geometry._jit import helper, kernel

FloatArray = NDArray[np.float64]


@helper
def _inside(x, y, q, b0, b1):  # type: ignore[no-untyped-def]
    """True if the point lies in the convex polygon q[b0:b1], of either winding, that has an area."""
    if b1 - b0 < 3:
        return False
    area = 0.0
    positive = False
    negative = False
    for j in range(b0, b1):
        k = j + 1 if j + 1 < b1 else b0
        cross = (q[k, 0] - q[j, 0]) * (y - q[j, 1]) - (q[k, 1] - q[j, 1]) * (x - q[j, 0])
        area += (q[j, 0] - q[b0, 0]) * (q[k, 1] - q[b0, 1]) - (q[j, 1] - q[b0, 1]) * (q[k, 0] - q[b0, 0])
        positive = positive or cross > 0.0
        negative = negative or cross < 0.0
    # Without area every point of the carrying line would pass.
    return not (positive and negative) and abs(area) > 1e-18


@helper
def _corner_distance(f, f0, f1, g, g0, g1, best, out, at):  # type: ignore[no-untyped-def]
    """Least of ``best`` and the squared distances from corners of f to sides of g."""
    for i in range(f0, f1):
        for j in range(g0, g1):
            k = j + 1 if j + 1 < g1 else g0
            ex = g[k, 0] - g[j, 0]
            ey = g[k, 1] - g[j, 1]
            fx = f[i, 0] - g[j, 0]
            fy = f[i, 1] - g[j, 1]
            length = ex * ex + ey * ey
            t = 0.0
            if length > 0.0:
                t = min(1.0, max(0.0, (fx * ex + fy * ey) / length))
            dx = fx - t * ex
            dy = fy - t * ey
            d = dx * dx + dy * dy
            if d < best:
                best = d
                out[at] = f[i, 0]
                out[at + 1] = f[i, 1]
                out[2 - at] = g[j, 0] + t * ex
                out[3 - at] = g[j, 1] + t * ey
    return best


@helper
def polygon_distance(p, a0, a1, q, b0, b1, out):  # type: ignore[no-untyped-def]
    """Square of the distance between p[a0:a1] and q[b0:b1]; ``out`` (4,) gets the nearest points.

    The nearest points of disjoint convex polygons include a corner of one of them; polygons that
    cross have two crossing edges or one holds the other.
    """
    best = _corner_distance(p, a0, a1, q, b0, b1, np.inf, out, 0)
    best = _corner_distance(q, b0, b1, p, a0, a1, best, out, 2)
    if best == 0.0:
        return best
    if _inside(p[a0, 0], p[a0, 1], q, b0, b1):
        out[0] = out[2] = p[a0, 0]
        out[1] = out[3] = p[a0, 1]
        return 0.0
    if _inside(q[b0, 0], q[b0, 1], p, a0, a1):
        out[0] = out[2] = q[b0, 0]
        out[1] = out[3] = q[b0, 1]
        return 0.0
    for i in range(a0, a1):
        m = i + 1 if i + 1 < a1 else a0
        dx = p[m, 0] - p[i, 0]
        dy = p[m, 1] - p[i, 1]
        for j in range(b0, b1):
            k = j + 1 if j + 1 < b1 else b0
            sj = dx * (q[j, 1] - p[i, 1]) - dy * (q[j, 0] - p[i, 0])
            sk = dx * (q[k, 1] - p[i, 1]) - dy * (q[k, 0] - p[i, 0])
            if sj * sk >= 0.0:
                continue
            ex = q[k, 0] - q[j, 0]
            ey = q[k, 1] - q[j, 1]
            si = ex * (p[i, 1] - q[j, 1]) - ey * (p[i, 0] - q[j, 0])
            sm = ex * (p[m, 1] - q[j, 1]) - ey * (p[m, 0] - q[j, 0])
            if si * sm >= 0.0:
                continue
            t = si / (si - sm)
            out[0] = out[2] = p[i, 0] + t * dx
            out[1] = out[3] = p[i, 1] + t * dy
            return 0.0
    return best


@kernel
def _one_distance(p, q, out):  # type: ignore[no-untyped-def]
    return polygon_distance(p, 0, len(p), q, 0, len(q), out)


def plan_distance(a: ArrayLike, b: ArrayLike, /) -> tuple[float, FloatArray, FloatArray]:
    """Distance between two convex polygons and a nearest point on each.

    Args:
        a, b: (N, 2) corners in order; N = 1 is a point, N = 2 a segment.

    Returns:
        Distance in metres (0.0 where they touch or overlap), point (2,) of ``a``, point (2,) of ``b``.
    """
    p, q = (np.ascontiguousarray(c, np.float64).reshape(-1, 2) for c in (a, b))
    out = np.empty(4)
    squared = _one_distance(p, q, out)
    return float(np.sqrt(squared)), out[:2].copy(), out[2:].copy()
