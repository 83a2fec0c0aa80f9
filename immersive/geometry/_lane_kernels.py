"""One direction or one triangle against the eight triangles of a block at once.

The loops run over ``len(out)``, which the compiler cannot know: a loop it knows to be of eight turns is
written out before it is looked at for vector instructions, and stays scalar.
"""

from __future__ import annotations

from immersive.geometry._jit import helper


@helper
def lows(lanes, x, y, z, out):  # type: ignore[no-untyped-def]
    """Least coordinate of each triangle along a direction into ``out`` (8,); returns the least of all."""
    for k in range(len(out)):
        a = lanes[0, k] * x + lanes[1, k] * y + lanes[2, k] * z
        b = lanes[3, k] * x + lanes[4, k] * y + lanes[5, k] * z
        c = lanes[6, k] * x + lanes[7, k] * y + lanes[8, k] * z
        a = a if a < b else b
        out[k] = a if a < c else c
    best = out[0]
    for k in range(len(out)):
        best = best if best < out[k] else out[k]
    return best


@helper
def highs(lanes, x, y, z, shift, out):  # type: ignore[no-untyped-def]
    """Greatest coordinate of each triangle along a direction, plus ``shift``; returns the greatest."""
    for k in range(len(out)):
        a = lanes[0, k] * x + lanes[1, k] * y + lanes[2, k] * z
        b = lanes[3, k] * x + lanes[4, k] * y + lanes[5, k] * z
        c = lanes[6, k] * x + lanes[7, k] * y + lanes[8, k] * z
        a = a if a > b else b
        out[k] = (a if a > c else c) + shift
    best = out[0]
    for k in range(len(out)):
        best = best if best > out[k] else out[k]
    return best


@helper
def apart(t, lanes, planes, gaps):  # type: ignore[no-untyped-def]
    """Lower bounds on the distance of the moved triangle ``t`` (13,) to each triangle of a block.

    Args:
        t: Nine corner coordinates, unit normal or zeros, plane offset.
        lanes: (13, 8) block.
        planes: (8,) written: how far one lies wholly on one side of the other's plane, or less.
        gaps: (8,) written: squared distance of the two boxes.
    """
    x0, y0, z0 = t[0], t[1], t[2]
    x1, y1, z1 = t[3], t[4], t[5]
    x2, y2, z2 = t[6], t[7], t[8]
    nx, ny, nz, offset = t[9], t[10], t[11], t[12]
    for k in range(len(planes)):
        a = nx * lanes[0, k] + ny * lanes[1, k] + nz * lanes[2, k] - offset
        b = nx * lanes[3, k] + ny * lanes[4, k] + nz * lanes[5, k] - offset
        c = nx * lanes[6, k] + ny * lanes[7, k] + nz * lanes[8, k] - offset
        low = a if a < b else b
        low = low if low < c else c
        high = a if a > b else b
        high = -(high if high > c else c)
        best = low if low > high else high
        ux, uy, uz, u = lanes[9, k], lanes[10, k], lanes[11, k], lanes[12, k]
        a = ux * x0 + uy * y0 + uz * z0 - u
        b = ux * x1 + uy * y1 + uz * z1 - u
        c = ux * x2 + uy * y2 + uz * z2 - u
        low = a if a < b else b
        low = low if low < c else c
        high = a if a > b else b
        high = -(high if high > c else c)
        best = best if best > low else low
        planes[k] = best if best > high else high
    lx, ly, lz = min(x0, x1, x2), min(y0, y1, y2), min(z0, z1, z2)
    hx, hy, hz = max(x0, x1, x2), max(y0, y1, y2), max(z0, z1, z2)
    for k in range(len(gaps)):
        a, b, c = lanes[0, k], lanes[3, k], lanes[6, k]
        low = a if a < b else b
        low = (low if low < c else c) - hx
        high = a if a > b else b
        high = lx - (high if high > c else c)
        gap = low if low > high else high
        gap = gap if gap > 0.0 else 0.0
        s = gap * gap
        a, b, c = lanes[1, k], lanes[4, k], lanes[7, k]
        low = a if a < b else b
        low = (low if low < c else c) - hy
        high = a if a > b else b
        high = ly - (high if high > c else c)
        gap = low if low > high else high
        gap = gap if gap > 0.0 else 0.0
        s += gap * gap
        a, b, c = lanes[2, k], lanes[5, k], lanes[8, k]
        low = a if a < b else b
        low = (low if low < c else c) - hz
        high = a if a > b else b
        high = lz - (high if high > c else c)
        gap = low if low > high else high
        gap = gap if gap > 0.0 else 0.0
        gaps[k] = s + gap * gap


@helper
def apart_along(x, y, z, a, b):  # type: ignore[no-untyped-def]
    """How far triangle ``b`` lies beyond triangle ``a`` along a direction."""
    a0 = x * a[0] + y * a[1] + z * a[2]
    a1 = x * a[3] + y * a[4] + z * a[5]
    a2 = x * a[6] + y * a[7] + z * a[8]
    b0 = x * b[0] + y * b[1] + z * b[2]
    b1 = x * b[3] + y * b[4] + z * b[5]
    b2 = x * b[6] + y * b[7] + z * b[8]
    return min(b0, b1, b2) - max(a0, a1, a2)
