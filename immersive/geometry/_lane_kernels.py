"""One direction or one triangle against the eight triangles of a block at once.

Field f of triangle k of a block is ``lanes[block, 8 f + k]``. Two things make the compiler use vector
instructions here: the loops run over ``len(out)``, which it cannot know (eight turns that it knows of are
written out before they are looked at), and all fields lie at fixed offsets of one row (a stride that it
cannot know makes it test each field for overlap with ``out``, which pays from twelve turns on).
"""

from __future__ import annotations

from immersive.geometry._jit import helper


@helper
def lows(lanes, block, x, y, z, out):  # type: ignore[no-untyped-def]
    """Least coordinate of each triangle along a direction into ``out`` (8,); returns the least of all."""
    for k in range(len(out)):
        a = lanes[block, k] * x + lanes[block, 8 + k] * y + lanes[block, 16 + k] * z
        b = lanes[block, 24 + k] * x + lanes[block, 32 + k] * y + lanes[block, 40 + k] * z
        c = lanes[block, 48 + k] * x + lanes[block, 56 + k] * y + lanes[block, 64 + k] * z
        a = a if a < b else b
        out[k] = a if a < c else c
    best = out[0]
    for k in range(len(out)):
        best = best if best < out[k] else out[k]
    return best


@helper
def highs(lanes, block, x, y, z, shift, out):  # type: ignore[no-untyped-def]
    """Greatest coordinate of each triangle along a direction, plus ``shift``; returns the greatest."""
    for k in range(len(out)):
        a = lanes[block, k] * x + lanes[block, 8 + k] * y + lanes[block, 16 + k] * z
        b = lanes[block, 24 + k] * x + lanes[block, 32 + k] * y + lanes[block, 40 + k] * z
        c = lanes[block, 48 + k] * x + lanes[block, 56 + k] * y + lanes[block, 64 + k] * z
        a = a if a > b else b
        out[k] = (a if a > c else c) + shift
    best = out[0]
    for k in range(len(out)):
        best = best if best > out[k] else out[k]
    return best


@helper
def apart(t, lanes, block, planes, gaps):  # type: ignore[no-untyped-def]
    """Lower bounds on the distance of the moved triangle ``t`` (13,) to each triangle of a block.

    Args:
        t: Nine corner coordinates, unit normal or zeros, plane offset.
        lanes, block: The blocks, and which.
        planes: (8,) written: how far one lies wholly on one side of the other's plane, or less.
        gaps: (8,) written: squared distance of the two boxes.
    """
    x0, y0, z0 = t[0], t[1], t[2]
    x1, y1, z1 = t[3], t[4], t[5]
    x2, y2, z2 = t[6], t[7], t[8]
    nx, ny, nz, offset = t[9], t[10], t[11], t[12]
    for k in range(len(planes)):
        a = nx * lanes[block, k] + ny * lanes[block, 8 + k] + nz * lanes[block, 16 + k] - offset
        b = nx * lanes[block, 24 + k] + ny * lanes[block, 32 + k] + nz * lanes[block, 40 + k] - offset
        c = nx * lanes[block, 48 + k] + ny * lanes[block, 56 + k] + nz * lanes[block, 64 + k] - offset
        low = a if a < b else b
        low = low if low < c else c
        high = a if a > b else b
        high = -(high if high > c else c)
        best = low if low > high else high
        ux, uy, uz, u = lanes[block, 72 + k], lanes[block, 80 + k], lanes[block, 88 + k], lanes[block, 96 + k]
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
        a, b, c = lanes[block, k], lanes[block, 24 + k], lanes[block, 48 + k]
        low = a if a < b else b
        low = (low if low < c else c) - hx
        high = a if a > b else b
        high = lx - (high if high > c else c)
        gap = low if low > high else high
        gap = gap if gap > 0.0 else 0.0
        s = gap * gap
        a, b, c = lanes[block, 8 + k], lanes[block, 32 + k], lanes[block, 56 + k]
        low = a if a < b else b
        low = (low if low < c else c) - hy
        high = a if a > b else b
        high = ly - (high if high > c else c)
        gap = low if low > high else high
        gap = gap if gap > 0.0 else 0.0
        s += gap * gap
        a, b, c = lanes[block, 16 + k], lanes[block, 40 + k], lanes[block, 64 + k]
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
