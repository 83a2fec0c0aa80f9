"""Exact distance between two convex polygons on the floor plan (points and segments are polygons too)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.geometry._jit import helper, kernel

FloatArray = NDArray[np.float64]


@helper
def _inside(p, i, b0, b1):  # type: ignore[no-untyped-def]
    """True if corner p[i] lies in the convex polygon p[b0:b1], of either winding, that has an area."""
    area = 0.0
    positive = False
    negative = False
    for j in range(b0, b1):
        k = j + 1 if j + 1 < b1 else b0
        ex = p[k, 0] - p[j, 0]
        ey = p[k, 1] - p[j, 1]
        cross = ex * (p[i, 1] - p[j, 1]) - ey * (p[i, 0] - p[j, 0])
        area += (p[j, 0] - p[b0, 0]) * ey - (p[j, 1] - p[b0, 1]) * ex
        positive = positive or cross > 0.0
        negative = negative or cross < 0.0
    # Without area every point of the carrying line would pass.
    return not (positive and negative) and abs(area) > 1e-18


@helper
def polygon_distance(p, a0, a1, b0, b1, out):  # type: ignore[no-untyped-def]
    """Square of the distance between p[a0:a1] and p[b0:b1]; ``out`` (4,) gets the nearest points.

    The nearest points of disjoint convex polygons include a corner of one of them; polygons that
    cross have two crossing sides or one holds the other.
    """
    best = np.inf
    for turn in range(2):
        at = 2 * turn
        f0, f1 = (a0, a1) if turn == 0 else (b0, b1)
        g0, g1 = (b0, b1) if turn == 0 else (a0, a1)
        for i in range(f0, f1):
            for j in range(g0, g1):
                k = j + 1 if j + 1 < g1 else g0
                ex = p[k, 0] - p[j, 0]
                ey = p[k, 1] - p[j, 1]
                fx = p[i, 0] - p[j, 0]
                fy = p[i, 1] - p[j, 1]
                length = ex * ex + ey * ey
                t = 0.0
                if length > 0.0:
                    t = min(1.0, max(0.0, (fx * ex + fy * ey) / length))
                dx = fx - t * ex
                dy = fy - t * ey
                d = dx * dx + dy * dy
                if d < best:
                    best = d
                    out[at] = p[i, 0]
                    out[at + 1] = p[i, 1]
                    out[2 - at] = p[j, 0] + t * ex
                    out[3 - at] = p[j, 1] + t * ey
        if best > 0.0 and _inside(p, f0, g0, g1):
            best = 0.0
            out[0] = out[2] = p[f0, 0]
            out[1] = out[3] = p[f0, 1]
        if best == 0.0:
            return best
    for i in range(a0, a1):
        m = i + 1 if i + 1 < a1 else a0
        dx = p[m, 0] - p[i, 0]
        dy = p[m, 1] - p[i, 1]
        for j in range(b0, b1):
            k = j + 1 if j + 1 < b1 else b0
            sj = dx * (p[j, 1] - p[i, 1]) - dy * (p[j, 0] - p[i, 0])
            sk = dx * (p[k, 1] - p[i, 1]) - dy * (p[k, 0] - p[i, 0])
            if sj * sk >= 0.0:
                continue
            ex = p[k, 0] - p[j, 0]
            ey = p[k, 1] - p[j, 1]
            si = ex * (p[i, 1] - p[j, 1]) - ey * (p[i, 0] - p[j, 0])
            sm = ex * (p[m, 1] - p[j, 1]) - ey * (p[m, 0] - p[j, 0])
            if si * sm < 0.0:
                t = si / (si - sm)
                out[0] = out[2] = p[i, 0] + t * dx
                out[1] = out[3] = p[i, 1] + t * dy
                return 0.0
    return best


@kernel
def _one_distance(p, n, out):  # type: ignore[no-untyped-def]
    return polygon_distance(p, 0, n, n, len(p), out)


def plan_distance(a: ArrayLike, b: ArrayLike, /) -> tuple[float, FloatArray, FloatArray]:
    """Distance between two convex polygons and a nearest point on each.

    Args:
        a, b: (N, 2) corners in order; N = 1 is a point, N = 2 a segment.

    Returns:
        Distance in metres (0.0 where they touch or overlap), point (2,) of ``a``, point (2,) of ``b``.
    """
    p, q = (np.asarray(corners, np.float64).reshape(-1, 2) for corners in (a, b))
    out = np.empty(4)
    squared = _one_distance(np.concatenate([p, q]), len(p), out)
    return float(np.sqrt(squared)), out[:2].copy(), out[2:].copy()
