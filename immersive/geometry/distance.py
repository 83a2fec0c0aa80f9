"""Minimum distance of two shapes by descending both trees at once, nearest boxes first.

Pairs are independent of each other and each is walked in one fixed order, so results do not
depend on the number of threads.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from immersive.geometry._jit import helper, kernel
from immersive.geometry.bvh import STACK
from immersive.geometry.triangles import improve

FOUND: Final = 9
"""Columns of a result row: distance, point of a, point of b, triangle row of a, of b."""


@helper
def move_row(rows, k, r, t, out):  # type: ignore[no-untyped-def]
    """Row ``k`` moved by rotation ``r`` and translation ``t`` into ``out`` (13,)."""
    for q in range(0, 9, 3):
        x = rows[k, q]
        y = rows[k, q + 1]
        z = rows[k, q + 2]
        out[q] = r[0, 0] * x + r[0, 1] * y + r[0, 2] * z + t[0]
        out[q + 1] = r[1, 0] * x + r[1, 1] * y + r[1, 2] * z + t[1]
        out[q + 2] = r[2, 0] * x + r[2, 1] * y + r[2, 2] * z + t[2]
    x = rows[k, 9]
    y = rows[k, 10]
    z = rows[k, 11]
    out[9] = r[0, 0] * x + r[0, 1] * y + r[0, 2] * z
    out[10] = r[1, 0] * x + r[1, 1] * y + r[1, 2] * z
    out[11] = r[2, 0] * x + r[2, 1] * y + r[2, 2] * z
    out[12] = rows[k, 12] + out[9] * t[0] + out[10] * t[1] + out[11] * t[2]


@helper
def move_box(boxes, k, r, t):  # type: ignore[no-untyped-def]
    """Centre and half extents of box ``k`` after the motion, boxed again."""
    x = boxes[k, 0]
    y = boxes[k, 1]
    z = boxes[k, 2]
    u = boxes[k, 3]
    v = boxes[k, 4]
    w = boxes[k, 5]
    return (
        r[0, 0] * x + r[0, 1] * y + r[0, 2] * z + t[0],
        r[1, 0] * x + r[1, 1] * y + r[1, 2] * z + t[1],
        r[2, 0] * x + r[2, 1] * y + r[2, 2] * z + t[2],
        abs(r[0, 0]) * u + abs(r[0, 1]) * v + abs(r[0, 2]) * w,
        abs(r[1, 0]) * u + abs(r[1, 1]) * v + abs(r[1, 2]) * w,
        abs(r[2, 0]) * u + abs(r[2, 1]) * v + abs(r[2, 2]) * w,
    )


@helper
def gap2(x, y, z, u, v, w, boxes, k):  # type: ignore[no-untyped-def]
    """Squared distance of a box (centre, half extents) and box ``k``."""
    a = max(abs(x - boxes[k, 0]) - u - boxes[k, 3], 0.0)
    b = max(abs(y - boxes[k, 1]) - v - boxes[k, 4], 0.0)
    c = max(abs(z - boxes[k, 2]) - w - boxes[k, 5], 0.0)
    return a * a + b * b + c * c


@helper
def _row_gap2(a, rows, j):  # type: ignore[no-untyped-def]
    """Squared distance of the boxes of a moved triangle and of row ``j``."""
    s = 0.0
    for d in range(3):
        low = max(min(a[d], a[d + 3], a[d + 6]) - max(rows[j, d], rows[j, d + 3], rows[j, d + 6]), 0.0)
        high = max(min(rows[j, d], rows[j, d + 3], rows[j, d + 6]) - max(a[d], a[d + 3], a[d + 6]), 0.0)
        g = low + high
        s += g * g
    return s


@kernel
def pair_distances(boxes, links, rows, roots, frames, pairs, limits, todo, results):  # type: ignore[no-untyped-def]
    """Distances of the pairs in ``todo``, each into its own row of ``results``.

    Args:
        boxes, links, rows: All trees one after the other, links counted through.
        roots: (B,) root node of each body's tree.
        frames: (B, 12) world rotation (row-major) and origin of each body.
        pairs: (P, 2) bodies.
        limits: (P,) upper bounds; a pair beyond its bound gets ``inf``.
        todo: (K,) pairs to do now.
        results: (P, FOUND) written: distance, world points, triangle rows.
    """
    # One long function: each layer of helpers would be optimised again with all that is below it.
    stack = np.empty((STACK, 2), np.int32)
    keys = np.empty(STACK)
    moved = np.empty(13)
    out = np.empty(7)
    r = np.empty((3, 3))
    t = np.empty(3)
    for k in todo:
        a = pairs[k, 0]
        b = pairs[k, 1]
        relative(frames, a, b, r, t)
        i = roots[a]
        j = roots[b]
        size = 0.0
        for d in range(3):
            size += boxes[i, d + 3] + boxes[j, d + 3] + abs(t[d])
        zero2 = (1e-14 * size) ** 2
        out[0] = limits[k] * limits[k]
        found_a = -1
        found_b = -1
        x, y, z, u, v, w = move_box(boxes, i, r, t)
        stack[0, 0] = i
        stack[0, 1] = j
        keys[0] = gap2(x, y, z, u, v, w, boxes, j)
        top = 1
        while top > 0:
            top -= 1
            if keys[top] >= out[0]:
                continue
            i = stack[top, 0]
            j = stack[top, 1]
            leaf_a = links[i, 1] >= 0
            leaf_b = links[j, 1] >= 0
            if leaf_a and leaf_b:
                for p in range(links[i, 0], links[i, 1]):
                    move_row(rows, p, r, t, moved)
                    for q in range(links[j, 0], links[j, 1]):
                        if _row_gap2(moved, rows, q) < out[0]:
                            before = out[0]
                            improve(moved, rows[q], out)
                            if out[0] < before:
                                found_a = p
                                found_b = q
                if out[0] <= zero2:
                    break
                continue
            size_a = max(boxes[i, 3], boxes[i, 4], boxes[i, 5])
            size_b = max(boxes[j, 3], boxes[j, 4], boxes[j, 5])
            split_a = leaf_b or (not leaf_a and size_a > size_b)
            c = links[i, 0] if split_a else links[j, 0]
            i0 = c if split_a else i
            j0 = j if split_a else c
            i1 = c + 1 if split_a else i
            j1 = j if split_a else c + 1
            x, y, z, u, v, w = move_box(boxes, i0, r, t)
            d0 = gap2(x, y, z, u, v, w, boxes, j0)
            if split_a:
                x, y, z, u, v, w = move_box(boxes, i1, r, t)
            d1 = gap2(x, y, z, u, v, w, boxes, j1)
            if d1 < d0:
                i0, i1 = i1, i0
                j0, j1 = j1, j0
                d0, d1 = d1, d0
            if d1 < out[0]:
                stack[top, 0] = i1
                stack[top, 1] = j1
                keys[top] = d1
                top += 1
            if d0 < out[0]:
                stack[top, 0] = i0
                stack[top, 1] = j0
                keys[top] = d0
                top += 1
        if found_a < 0:
            results[k, 0] = np.inf
            continue
        results[k, 0] = np.sqrt(out[0])
        for d in range(3):
            results[k, 1 + d] = frames[b, 9 + d]
            results[k, 4 + d] = frames[b, 9 + d]
            for e in range(3):
                results[k, 1 + d] += frames[b, 3 * d + e] * out[1 + e]
                results[k, 4 + d] += frames[b, 3 * d + e] * out[4 + e]
        results[k, 7] = found_a
        results[k, 8] = found_b


@helper
def relative(frames, a, b, r, t):  # type: ignore[no-untyped-def]
    """Motion from the frame of body ``a`` into that of ``b``; frames are isometries."""
    for d in range(3):
        t[d] = 0.0
        for e in range(3):
            t[d] += frames[b, 3 * e + d] * (frames[a, 9 + e] - frames[b, 9 + e])
            s = 0.0
            for f in range(3):
                s += frames[b, 3 * f + d] * frames[a, 3 * f + e]
            r[d, e] = s


@kernel
def world_boxes(rows, first, last, frames, out):  # type: ignore[no-untyped-def]
    """Exact world boxes (B, 6: lower, upper) of bodies whose triangles are rows first…last."""
    for k in range(len(first)):
        for d in range(3):
            low = np.inf
            high = -np.inf
            x = frames[k, 3 * d]
            y = frames[k, 3 * d + 1]
            z = frames[k, 3 * d + 2]
            for i in range(first[k], last[k]):
                for q in range(0, 9, 3):
                    s = x * rows[i, q] + y * rows[i, q + 1] + z * rows[i, q + 2]
                    low = min(low, s)
                    high = max(high, s)
            out[k, d] = low + frames[k, 9 + d]
            out[k, d + 3] = high + frames[k, 9 + d]
