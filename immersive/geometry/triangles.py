"""Two triangles: exact distance with witness points, and how far they reach through each other.

Every distance candidate is the length between two points that lie on the triangles (convex
combinations of corners), so rounding can make a result too large by noise but never too small;
an intersection is the candidate whose length is zero up to rounding. Flat, zero-area and
point-like triangles need no special care: their edges and corners are candidates as well.

Sources: Ericson 2005, "Real-Time Collision Detection", 5.1 (closest points); Gottschalk, Lin and
Manocha 1996 (separating axes). Rows are those of ``bvh.Tree.triangles``; a moved triangle is an
array of 13: nine coordinates, unit normal or zeros, plane offset.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import helper, kernel

FloatArray = NDArray[np.float64]

_TINY: Final = 1e-300


@helper
def keep(d2, px, py, pz, qx, qy, qz, out):  # type: ignore[no-untyped-def]
    """Store a candidate that beats the best so far; ``out`` = squared distance, point, point."""
    if d2 < out[0]:
        out[0] = d2
        out[1] = px
        out[2] = py
        out[3] = pz
        out[4] = qx
        out[5] = qy
        out[6] = qz


@helper
def _point_segment(px, py, pz, ax, ay, az, bx, by, bz):  # type: ignore[no-untyped-def]
    ux = bx - ax
    uy = by - ay
    uz = bz - az
    length2 = ux * ux + uy * uy + uz * uz
    t = 0.0
    if length2 > _TINY:
        t = ((px - ax) * ux + (py - ay) * uy + (pz - az) * uz) / length2
        t = min(1.0, max(0.0, t))
    qx = ax + t * ux
    qy = ay + t * uy
    qz = az + t * uz
    dx = px - qx
    dy = py - qy
    dz = pz - qz
    return dx * dx + dy * dy + dz * dz, qx, qy, qz


@helper
def _point_thin_triangle(px, py, pz, t):  # type: ignore[no-untyped-def]
    """Closest point of a triangle too thin for region tests: that of its edges."""
    best, x, y, z = _point_segment(px, py, pz, t[0], t[1], t[2], t[3], t[4], t[5])
    d2, qx, qy, qz = _point_segment(px, py, pz, t[3], t[4], t[5], t[6], t[7], t[8])
    if d2 < best:
        best, x, y, z = d2, qx, qy, qz
    d2, qx, qy, qz = _point_segment(px, py, pz, t[6], t[7], t[8], t[0], t[1], t[2])
    if d2 < best:
        best, x, y, z = d2, qx, qy, qz
    return best, x, y, z


@helper
def point_triangle(px, py, pz, t):  # type: ignore[no-untyped-def]
    """(squared distance, closest point) of a point and a triangle row."""
    if t[9] == 0.0 and t[10] == 0.0 and t[11] == 0.0:
        return _point_thin_triangle(px, py, pz, t)
    ux = t[3] - t[0]
    uy = t[4] - t[1]
    uz = t[5] - t[2]
    vx = t[6] - t[0]
    vy = t[7] - t[1]
    vz = t[8] - t[2]
    wx = px - t[0]
    wy = py - t[1]
    wz = pz - t[2]
    d1 = ux * wx + uy * wy + uz * wz
    d2 = vx * wx + vy * wy + vz * wz
    uu = ux * ux + uy * uy + uz * uz
    vv = vx * vx + vy * vy + vz * vz
    uv = ux * vx + uy * vy + uz * vz
    d3 = d1 - uu
    d4 = d2 - uv
    d5 = d1 - uv
    d6 = d2 - vv
    s = 0.0
    r = 0.0
    if d1 <= 0.0 and d2 <= 0.0:
        pass
    elif d3 >= 0.0 and d4 <= d3:
        s = 1.0
    elif d6 >= 0.0 and d5 <= d6:
        r = 1.0
    else:
        vc = d1 * d4 - d3 * d2
        vb = d5 * d2 - d1 * d6
        va = d3 * d6 - d5 * d4
        if vc <= 0.0 and d1 >= 0.0 and d3 <= 0.0:
            s = d1 / uu
        elif vb <= 0.0 and d2 >= 0.0 and d6 <= 0.0:
            r = d2 / vv
        elif va <= 0.0 and d4 - d3 >= 0.0 and d5 - d6 >= 0.0:
            r = (d4 - d3) / ((d4 - d3) + (d5 - d6))
            s = 1.0 - r
        else:
            whole = va + vb + vc
            s = vb / whole
            r = vc / whole
    qx = t[0] + s * ux + r * vx
    qy = t[1] + s * uy + r * vy
    qz = t[2] + s * uz + r * vz
    wx = px - qx
    wy = py - qy
    wz = pz - qz
    return wx * wx + wy * wy + wz * wz, qx, qy, qz


@helper
def _edges(a, i, j, b, k, m, out):  # type: ignore[no-untyped-def]
    """Closest inner points of edge i–j of ``a`` and edge k–m of ``b``; ends are left to the corners.

    By the common normal instead of Gram determinants: near-parallel edges lose no digits.
    """
    ux = a[j] - a[i]
    uy = a[j + 1] - a[i + 1]
    uz = a[j + 2] - a[i + 2]
    vx = b[m] - b[k]
    vy = b[m + 1] - b[k + 1]
    vz = b[m + 2] - b[k + 2]
    rx = b[k] - a[i]
    ry = b[k + 1] - a[i + 1]
    rz = b[k + 2] - a[i + 2]
    nx = uy * vz - uz * vy
    ny = uz * vx - ux * vz
    nz = ux * vy - uy * vx
    n2 = nx * nx + ny * ny + nz * nz
    if n2 <= _TINY:
        return
    height = rx * nx + ry * ny + rz * nz
    if height * height >= out[0] * n2:
        return
    s = (ry * vz - rz * vy) * nx + (rz * vx - rx * vz) * ny + (rx * vy - ry * vx) * nz
    if s < 0.0 or s > n2:
        return
    t = (ry * uz - rz * uy) * nx + (rz * ux - rx * uz) * ny + (rx * uy - ry * ux) * nz
    if t < 0.0 or t > n2:
        return
    s /= n2
    t /= n2
    px = a[i] + s * ux
    py = a[i + 1] + s * uy
    pz = a[i + 2] + s * uz
    qx = b[k] + t * vx
    qy = b[k + 1] + t * vy
    qz = b[k + 2] + t * vz
    x = px - qx
    y = py - qy
    z = pz - qz
    keep(x * x + y * y + z * z, px, py, pz, qx, qy, qz, out)


@helper
def _edge_through(a, i, j, hi, hj, b, swap, out):  # type: ignore[no-untyped-def]
    """Where edge i–j of ``a``, at heights hi and hj of opposite sign, goes through the face of ``b``."""
    if hi * hj > 0.0 or hi == hj:
        return
    s = hi / (hi - hj)
    px = a[i] + s * (a[j] - a[i])
    py = a[i + 1] + s * (a[j + 1] - a[i + 1])
    pz = a[i + 2] + s * (a[j + 2] - a[i + 2])
    d2, qx, qy, qz = point_triangle(px, py, pz, b)
    if swap:
        keep(d2, qx, qy, qz, px, py, pz, out)
    else:
        keep(d2, px, py, pz, qx, qy, qz, out)


@helper
def _height(t, i, other):  # type: ignore[no-untyped-def]
    return t[i] * other[9] + t[i + 1] * other[10] + t[i + 2] * other[11] - other[12]


@helper
def _clear(h0, h1, h2, best):  # type: ignore[no-untyped-def]
    """True if three heights lie on one side, at least sqrt(best) away."""
    low = min(h0, h1, h2)
    high = max(h0, h1, h2)
    return (low > 0.0 and low * low >= best) or (high < 0.0 and high * high >= best)


@helper
def _edge_clear(h0, h1, best):  # type: ignore[no-untyped-def]
    if h0 * h1 <= 0.0:
        return False
    near = min(abs(h0), abs(h1))
    return near * near >= best


@helper
def improve(a, b, out):  # type: ignore[no-untyped-def]
    """Lower ``out`` (squared distance, point of a, point of b) if the triangles come closer."""
    a0 = _height(a, 0, b)
    a1 = _height(a, 3, b)
    a2 = _height(a, 6, b)
    if _clear(a0, a1, a2, out[0]):
        return
    b0 = _height(b, 0, a)
    b1 = _height(b, 3, a)
    b2 = _height(b, 6, a)
    if _clear(b0, b1, b2, out[0]):
        return
    for i in range(3):
        h = a0 if i == 0 else (a1 if i == 1 else a2)
        if h * h < out[0]:
            px = a[3 * i]
            py = a[3 * i + 1]
            pz = a[3 * i + 2]
            d2, qx, qy, qz = point_triangle(px, py, pz, b)
            keep(d2, px, py, pz, qx, qy, qz, out)
    for i in range(3):
        h = b0 if i == 0 else (b1 if i == 1 else b2)
        if h * h < out[0]:
            px = b[3 * i]
            py = b[3 * i + 1]
            pz = b[3 * i + 2]
            d2, qx, qy, qz = point_triangle(px, py, pz, a)
            keep(d2, qx, qy, qz, px, py, pz, out)
    for i in range(3):
        i0 = 3 * i
        i1 = 3 * ((i + 1) % 3)
        g0 = a0 if i == 0 else (a1 if i == 1 else a2)
        g1 = a1 if i == 0 else (a2 if i == 1 else a0)
        if _edge_clear(g0, g1, out[0]):
            continue
        for j in range(3):
            h0 = b0 if j == 0 else (b1 if j == 1 else b2)
            h1 = b1 if j == 0 else (b2 if j == 1 else b0)
            if not _edge_clear(h0, h1, out[0]):
                _edges(a, i0, i1, b, 3 * j, 3 * ((j + 1) % 3), out)
    if min(a0, a1, a2) <= 0.0 <= max(a0, a1, a2) and min(b0, b1, b2) <= 0.0 <= max(b0, b1, b2):
        _edge_through(a, 0, 3, a0, a1, b, False, out)
        _edge_through(a, 3, 6, a1, a2, b, False, out)
        _edge_through(a, 6, 0, a2, a0, b, False, out)
        _edge_through(b, 0, 3, b0, b1, a, True, out)
        _edge_through(b, 3, 6, b1, b2, a, True, out)
        _edge_through(b, 6, 0, b2, b0, a, True, out)


@helper
def _overlap_along(x, y, z, a, b):  # type: ignore[no-untyped-def]
    """Shortest move along a unit axis that parts the two triangles; not positive if they are apart."""
    a0 = x * a[0] + y * a[1] + z * a[2]
    a1 = x * a[3] + y * a[4] + z * a[5]
    a2 = x * a[6] + y * a[7] + z * a[8]
    b0 = x * b[0] + y * b[1] + z * b[2]
    b1 = x * b[3] + y * b[4] + z * b[5]
    b2 = x * b[6] + y * b[7] + z * b[8]
    return min(max(a0, a1, a2) - min(b0, b1, b2), max(b0, b1, b2) - min(a0, a1, a2))


@helper
def reach_through(a, b, floor):  # type: ignore[no-untyped-def]
    """Shortest translation that parts two crossing triangles, or 0 if it is at most ``floor``.

    Exact: the faces of their Minkowski difference are normal to one of the two normals or to a
    pair of edges. An axis lost to rounding can only make the result too large, by noise.
    """
    depth = np.inf
    n = len(a) // 4  # 3, but unknown to the compiler, which would write both loops out
    if a[9] != 0.0 or a[10] != 0.0 or a[11] != 0.0:
        depth = min(depth, _overlap_along(a[9], a[10], a[11], a, b))
        if depth <= floor:
            return 0.0
    if b[9] != 0.0 or b[10] != 0.0 or b[11] != 0.0:
        depth = min(depth, _overlap_along(b[9], b[10], b[11], a, b))
        if depth <= floor:
            return 0.0
    for i in range(n):
        i0 = 3 * i
        i1 = i0 + 3 if i + 1 < n else 0
        ux = a[i1] - a[i0]
        uy = a[i1 + 1] - a[i0 + 1]
        uz = a[i1 + 2] - a[i0 + 2]
        for j in range(n):
            j0 = 3 * j
            j1 = j0 + 3 if j + 1 < n else 0
            vx = b[j1] - b[j0]
            vy = b[j1 + 1] - b[j0 + 1]
            vz = b[j1 + 2] - b[j0 + 2]
            nx = uy * vz - uz * vy
            ny = uz * vx - ux * vz
            nz = ux * vy - uy * vx
            n2 = nx * nx + ny * ny + nz * nz
            if n2 <= _TINY:
                continue
            inverse = 1.0 / np.sqrt(n2)
            depth = min(depth, _overlap_along(nx * inverse, ny * inverse, nz * inverse, a, b))
            if depth <= floor:
                return 0.0
    return depth if depth < np.inf else 0.0


@kernel
def _pair_distance(a, b, out):  # type: ignore[no-untyped-def]
    improve(a, b, out)


@kernel
def _pair_reach(a, b, floor):  # type: ignore[no-untyped-def]
    return reach_through(a, b, floor)


def _row(corners: FloatArray) -> FloatArray:
    from immersive.geometry.bvh import _rows

    rows = _rows(np.asarray(corners, np.float64).reshape(1, 3, 3), np.zeros(1, np.int32))
    row: FloatArray = rows[0, :13].copy()
    return row


def triangle_distance(a: FloatArray, b: FloatArray, /) -> tuple[float, FloatArray, FloatArray]:
    """Distance of two (3, 3) triangles with a closest point (3,) of each, in their unit.

    Crossing triangles give zero up to rounding.
    """
    out = np.zeros(7)
    out[0] = np.inf
    _pair_distance(_row(a), _row(b), out)
    return float(np.sqrt(out[0])), out[1:4].copy(), out[4:7].copy()


def triangle_reach(a: FloatArray, b: FloatArray, /, *, floor: float = 0.0) -> float:
    """Shortest translation that parts two crossing (3, 3) triangles; 0.0 if at most ``floor``."""
    return float(_pair_reach(_row(a), _row(b), floor))
