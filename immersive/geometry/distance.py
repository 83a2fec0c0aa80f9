"""Minimum distance of two shapes by descending both trees at once, nearest boxes first.

Pairs are independent of each other and each is walked in one fixed order, so results do not
depend on the number of threads.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from immersive.geometry._jit import helper, kernel
from immersive.geometry._lane_kernels import apart, apart_along, highs, lows
from immersive.geometry.blocks import LANES
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
def pair_distances(boxes, links, lanes, starts, rows, roots, frames, pairs, limits, todo, results):  # type: ignore[no-untyped-def]
    """Distances of the pairs in ``todo``, each into its own row of ``results``.

    Args:
        boxes, links, lanes, starts: Trees cut to blocks, see ``blocks.Blocks``.
        rows: Their triangles.
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
    other = np.empty(13)
    out = np.empty(7)
    tried = np.empty(7)
    r = np.empty((3, 3))
    t = np.empty(3)
    # Directions that part triangles: of the closest points so far, and of the last two compared; each
    # in the frame of b and in that of a. What two triangles are apart along any direction is a lower bound.
    n = np.empty(3)
    n_a = np.empty(3)
    e = np.empty(3)
    e_a = np.empty(3)
    low_n = np.empty(LANES)
    high_n = np.empty(LANES)
    low_e = np.empty(LANES)
    high_e = np.empty(LANES)
    planes = np.empty(LANES)
    gaps = np.empty(LANES)
    for k in todo:
        a = pairs[k, 0]
        b = pairs[k, 1]
        relative(frames, a, b, r, t)
        i = roots[a]
        j = roots[b]
        size = 0.0
        turned = False
        for d in range(3):
            size += boxes[i, d + 3] + boxes[j, d + 3] + abs(t[d])
            turned = turned or max(abs(r[d, 0]), abs(r[d, 1]), abs(r[d, 2])) < 0.99999
        zero = 1e-14 * size
        # Of candidates that are equal but for rounding, one is enough.
        noise = 4e-15 * size
        limit = limits[k]
        limit2 = limit * limit
        out[0] = limit2
        found_a = -1
        found_b = -1
        x, y, z, u, v, w = move_box(boxes, i, r, t)
        keys[0] = gap2(x, y, z, u, v, w, boxes, j)
        x = boxes[j, 0] - x
        y = boxes[j, 1] - y
        z = boxes[j, 2] - z
        length = np.sqrt(x * x + y * y + z * z)
        scale = 1.0 / length if length > 0.0 else 0.0
        e[0] = x * scale
        e[1] = y * scale
        e[2] = z * scale
        for d in range(3):
            e_a[d] = r[0, d] * e[0] + r[1, d] * e[1] + r[2, d] * e[2]
            n[d] = e[d]
            n_a[d] = e_a[d]
        stack[0, 0] = i
        stack[0, 1] = j
        top = 1
        while top > 0:
            top -= 1
            if keys[top] >= limit2:
                continue
            i = stack[top, 0]
            j = stack[top, 1]
            leaf_a = links[i, 1] >= 0
            leaf_b = links[j, 1] >= 0
            if leaf_a and leaf_b:
                left = links[i, 0]
                right = links[j, 0]
                least_n = lows(lanes, right, n[0], n[1], n[2], low_n)
                shift = n[0] * t[0] + n[1] * t[1] + n[2] * t[2]
                if least_n - highs(lanes, left, n_a[0], n_a[1], n_a[2], shift, high_n) >= limit:
                    continue
                least_e = lows(lanes, right, e[0], e[1], e[2], low_e)
                shift = e[0] * t[0] + e[1] * t[1] + e[2] * t[2]
                if least_e - highs(lanes, left, e_a[0], e_a[1], e_a[2], shift, high_e) >= limit:
                    continue
                first_a = starts[left]
                fresh = True
                for p in range(links[i, 1]):
                    if least_n - high_n[p] >= limit or least_e - high_e[p] >= limit:
                        continue
                    move_row(rows, first_a + p, r, t, moved)
                    apart(moved, lanes, right, planes, gaps)
                    for q in range(links[j, 1]):
                        if planes[q] >= limit or gaps[q] >= limit2:
                            continue
                        if low_n[q] - high_n[p] >= limit or low_e[q] - high_e[p] >= limit:
                            continue
                        # A copy: a view of shared arrays is counted, and threads would wait for the count.
                        for d in range(len(other)):
                            other[d] = lanes[right, LANES * d + q]
                        if not fresh and apart_along(e[0], e[1], e[2], moved, other) >= limit:
                            continue
                        tried[0] = np.inf
                        improve(moved, other, tried)
                        length = np.sqrt(tried[0])
                        if length > 0.0:
                            fresh = False
                            for d in range(3):
                                e[d] = (tried[4 + d] - tried[1 + d]) / length
                            for d in range(3):
                                e_a[d] = r[0, d] * e[0] + r[1, d] * e[1] + r[2, d] * e[2]
                        if tried[0] < out[0]:
                            for d in range(7):
                                out[d] = tried[d]
                            found_a = first_a + p
                            found_b = starts[right] + q
                            limit = max(length - noise, 0.0)
                            limit2 = limit * limit
                            if length <= zero:
                                # Nothing is closer: every bound left is at least this.
                                limit = 0.0
                                limit2 = 0.0
                                break
                            for d in range(3):
                                n[d] = e[d]
                                n_a[d] = e_a[d]
                    if limit2 == 0.0:
                        break
                if limit2 == 0.0:
                    break
                continue
            size_a = max(boxes[i, 3], boxes[i, 4], boxes[i, 5])
            size_b = max(boxes[j, 3], boxes[j, 4], boxes[j, 5])
            split_a = leaf_b or (not leaf_a and size_a > size_b)
            child = links[i, 0] if split_a else links[j, 0]
            near = np.inf
            near_middle = np.inf
            for side in range(2):
                i0 = child + side if split_a else i
                j0 = j if split_a else child + side
                x, y, z, u, v, w = move_box(boxes, i0, r, t)
                key = gap2(x, y, z, u, v, w, boxes, j0)
                if key >= limit2:
                    continue
                x -= boxes[j0, 0]
                y -= boxes[j0, 1]
                z -= boxes[j0, 2]
                middle = x * x + y * y + z * z
                if turned:
                    # Once more along the axes of a, where its box is not enlarged.
                    inner = 0.0
                    for d in range(3):
                        g = abs(r[0, d] * x + r[1, d] * y + r[2, d] * z) - boxes[i0, d + 3]
                        g -= abs(r[0, d]) * boxes[j0, 3] + abs(r[1, d]) * boxes[j0, 4]
                        g = max(g - abs(r[2, d]) * boxes[j0, 5], 0.0)
                        inner += g * g
                    key = max(key, inner)
                    if key >= limit2:
                        continue
                # The nearer child ends on top of the stack; of two that overlap, the one nearer in the middle.
                above = key < near or (key == near and middle < near_middle)
                place = top
                if near < np.inf and not above:
                    stack[top, 0] = stack[top - 1, 0]
                    stack[top, 1] = stack[top - 1, 1]
                    keys[top] = keys[top - 1]
                    place = top - 1
                stack[place, 0] = i0
                stack[place, 1] = j0
                keys[place] = key
                near = key
                near_middle = middle
                top += 1
        if found_a < 0:
            results[k, 0] = np.inf
            continue
        results[k, 0] = np.sqrt(out[0])
        for d in range(3):
            results[k, 1 + d] = frames[b, 9 + d]
            results[k, 4 + d] = frames[b, 9 + d]
            for f in range(3):
                results[k, 1 + d] += frames[b, 3 * d + f] * out[1 + f]
                results[k, 4 + d] += frames[b, 3 * d + f] * out[4 + f]
        results[k, 7] = found_a
        results[k, 8] = found_b


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
