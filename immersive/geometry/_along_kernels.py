"""Heights of boxes and triangles along a direction, now and a little before and after.

All in one frame. A body's points move with a field v + w x p, six numbers. The source of the bound stands in
:mod:`immersive.geometry._swept_kernels`.
"""

from __future__ import annotations

import numpy as np

from immersive.geometry._jit import helper


@helper
def field(turn, back, twist, origin, out):  # type: ignore[no-untyped-def]
    """Velocity field v + w x p of a body (world) in a frame: ``out`` v and w there; ``turn`` is -1 if it reflects."""
    x = twist[0] + twist[4] * origin[2] - twist[5] * origin[1]
    y = twist[1] + twist[5] * origin[0] - twist[3] * origin[2]
    z = twist[2] + twist[3] * origin[1] - twist[4] * origin[0]
    for d in range(3):
        out[d] = back[d] * x + back[d + 3] * y + back[d + 6] * z
        out[d + 3] = turn * (back[d] * twist[3] + back[d + 3] * twist[4] + back[d + 6] * twist[5])


@helper
def box_most(n, w, h, x, y, z, r, u):  # type: ignore[no-untyped-def]
    """Greatest height along ``n`` at ``h`` from now of a box at (x, y, z), axes the columns of ``r``, halves ``u``."""
    # n . (p + h (v + w x p)) = h n . v + (n + h n x w) . p
    a = n[0] + h * (n[1] * w[5] - n[2] * w[4])
    b = n[1] + h * (n[2] * w[3] - n[0] * w[5])
    c = n[2] + h * (n[0] * w[4] - n[1] * w[3])
    s = h * (n[0] * w[0] + n[1] * w[1] + n[2] * w[2]) + a * x + b * y + c * z
    s += abs(a * r[0, 0] + b * r[1, 0] + c * r[2, 0]) * u[0]
    s += abs(a * r[0, 1] + b * r[1, 1] + c * r[2, 1]) * u[1]
    return s + abs(a * r[0, 2] + b * r[1, 2] + c * r[2, 2]) * u[2]


@helper
def box_least(n, w, h, box):  # type: ignore[no-untyped-def]
    """Least height along ``n`` at ``h`` from now of a box (centre, half extents)."""
    a = n[0] + h * (n[1] * w[5] - n[2] * w[4])
    b = n[1] + h * (n[2] * w[3] - n[0] * w[5])
    c = n[2] + h * (n[0] * w[4] - n[1] * w[3])
    s = h * (n[0] * w[0] + n[1] * w[1] + n[2] * w[2]) + a * box[0] + b * box[1] + c * box[2]
    return s - abs(a) * box[3] - abs(b) * box[4] - abs(c) * box[5]


@helper
def heights(n, w, h, row):  # type: ignore[no-untyped-def]
    """(least, greatest) height along ``n`` at ``h`` from now of a triangle."""
    a = n[0] + h * (n[1] * w[5] - n[2] * w[4])
    b = n[1] + h * (n[2] * w[3] - n[0] * w[5])
    c = n[2] + h * (n[0] * w[4] - n[1] * w[3])
    s = h * (n[0] * w[0] + n[1] * w[1] + n[2] * w[2])
    x = a * row[0] + b * row[1] + c * row[2]
    y = a * row[3] + b * row[4] + c * row[5]
    z = a * row[6] + b * row[7] + c * row[8]
    return s + min(x, y, z), s + max(x, y, z)


@helper
def boxes_apart(n, fa, fb, h, x, y, z, r, u, box):  # type: ignore[no-untyped-def]
    """How far box b lies beyond box a along ``n`` from ``h`` before now to ``h`` after."""
    gap = box_least(n, fb, h, box) - box_most(n, fa, h, x, y, z, r, u)
    if h > 0.0:
        gap = min(gap, box_least(n, fb, -h, box) - box_most(n, fa, -h, x, y, z, r, u))
    return gap


@helper
def rows_apart(n, fa, fb, h, a, b):  # type: ignore[no-untyped-def]
    """The same for two triangles."""
    gap = heights(n, fb, h, b)[0] - heights(n, fa, h, a)[1]
    if h > 0.0:
        gap = min(gap, heights(n, fb, -h, b)[0] - heights(n, fa, -h, a)[1])
    return gap


@helper
def box_row(x, y, z, half, row):  # type: ignore[no-untyped-def]
    """Lower bound on the distance of a box (centre, half extents) and a triangle."""
    lower2 = 0.0
    for d in range(3):
        c = x if d == 0 else (y if d == 1 else z)
        g = max(min(row[d], row[d + 3], row[d + 6]) - c, c - max(row[d], row[d + 3], row[d + 6])) - half[d]
        if g > 0.0:
            lower2 += g * g
    plane = abs(row[9] * x + row[10] * y + row[11] * z - row[12])
    for d in range(3):
        plane -= abs(row[9 + d]) * half[d]
    return max(np.sqrt(lower2), plane)


@helper
def moved_row(rows, p, r, t, out):  # type: ignore[no-untyped-def]
    """Row ``p`` moved by rotation ``r`` and translation ``t``."""
    for d in range(3):
        for q in range(0, 9, 3):
            out[q + d] = r[d, 0] * rows[p, q] + r[d, 1] * rows[p, q + 1] + r[d, 2] * rows[p, q + 2] + t[d]
        out[9 + d] = r[d, 0] * rows[p, 9] + r[d, 1] * rows[p, 10] + r[d, 2] * rows[p, 11]
    out[12] = rows[p, 12] + out[9] * t[0] + out[10] * t[1] + out[11] * t[2]


@helper
def most(root, x, y, z, boxes, links, rows, stack, keys):  # type: ignore[no-untyped-def]
    """Greatest height of a tree's triangles along a direction, in the frame of the tree."""
    best = -np.inf
    stack[0, 0] = root
    keys[0] = np.inf
    top = 1
    while top > 0:
        top -= 1
        if keys[top] <= best:
            continue
        i = stack[top, 0]
        if links[i, 1] >= 0:
            for p in range(links[i, 0], links[i, 1]):
                for q in range(0, 9, 3):
                    best = max(best, x * rows[p, q] + y * rows[p, q + 1] + z * rows[p, q + 2])
            continue
        near = -np.inf
        for child in range(links[i, 0], links[i, 0] + 2):
            key = x * boxes[child, 0] + y * boxes[child, 1] + z * boxes[child, 2]
            key += abs(x) * boxes[child, 3] + abs(y) * boxes[child, 4] + abs(z) * boxes[child, 5]
            if key <= best:
                continue
            place = top
            if near > -np.inf and key <= near:
                stack[top, 0] = stack[top - 1, 0]
                keys[top] = keys[top - 1]
                place = top - 1
            stack[place, 0] = child
            keys[place] = key
            near = key
            top += 1
    return best


@helper
def bodies_apart(n, fa, fb, h, root_a, root_b, r, t, boxes, links, rows, stack, keys):  # type: ignore[no-untyped-def]
    """How far body b lies beyond body a along ``n`` from ``h`` before now to ``h`` after."""
    gap = np.inf
    for _ in range(2):
        h = -h
        x = n[0] + h * (n[1] * fa[5] - n[2] * fa[4])
        y = n[1] + h * (n[2] * fa[3] - n[0] * fa[5])
        z = n[2] + h * (n[0] * fa[4] - n[1] * fa[3])
        high = h * (n[0] * fa[0] + n[1] * fa[1] + n[2] * fa[2]) + x * t[0] + y * t[1] + z * t[2]
        a = x * r[0, 0] + y * r[1, 0] + z * r[2, 0]
        b = x * r[0, 1] + y * r[1, 1] + z * r[2, 1]
        c = x * r[0, 2] + y * r[1, 2] + z * r[2, 2]
        high += most(root_a, a, b, c, boxes, links, rows, stack, keys)
        x = n[0] + h * (n[1] * fb[5] - n[2] * fb[4])
        y = n[1] + h * (n[2] * fb[3] - n[0] * fb[5])
        z = n[2] + h * (n[0] * fb[4] - n[1] * fb[3])
        low = h * (n[0] * fb[0] + n[1] * fb[1] + n[2] * fb[2])
        low -= most(root_b, -x, -y, -z, boxes, links, rows, stack, keys)
        gap = min(gap, low - high)
    return gap
