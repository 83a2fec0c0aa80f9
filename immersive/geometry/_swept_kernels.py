"""Two bodies over an interval of time: a proof that they stay apart, or how close they are in its middle.

Boxes of both trees are widened by how far their points can get, which is known to first order from the twists
and bounded beyond. For two triangles the direction between their closest points parts them; along it corners
move on straight lines but for the bend, so the least gap is at an end of the interval. That bound is of second
order in the interval's length, and bodies that slide past each other need no fine steps.

Source of the plan: conservative advancement (Mirtich 1996; Zhang, Lee, Kim 2006), here with directions.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from immersive.geometry._jit import helper, kernel
from immersive.geometry.bvh import STACK
from immersive.geometry.tolerance import TOUCH
from immersive.geometry.triangles import improve

FOUND: Final = 10
"""Columns of a result: verdict, distance in the middle, points of a and b, triangle rows of a and b."""
FAILED: Final = 0.0
"""Not proven; the distance in the middle was measured."""
PROVEN: Final = 1.0
GIVEN_UP: Final = 2.0
"""Not proven with the boxes allowed, nor measured: to be halved."""


@helper
def _field(turn, back, twist, origin, out):  # type: ignore[no-untyped-def]
    """Velocity field v + w x p of a body (world) in a frame: ``out`` v and w there; ``turn`` is -1 if it reflects."""
    x = twist[0] + twist[4] * origin[2] - twist[5] * origin[1]
    y = twist[1] + twist[5] * origin[0] - twist[3] * origin[2]
    z = twist[2] + twist[3] * origin[1] - twist[4] * origin[0]
    for d in range(3):
        out[d] = back[d] * x + back[d + 3] * y + back[d + 6] * z
        out[d + 3] = turn * (back[d] * twist[3] + back[d + 3] * twist[4] + back[d + 6] * twist[5])


@helper
def _along(n, w, row):  # type: ignore[no-untyped-def]
    """(heights of three corners along n, speeds along n) of a triangle in the field ``w``."""
    # n . (v + w x p) = n . v + (n x w) . p
    s = n[0] * w[0] + n[1] * w[1] + n[2] * w[2]
    x = n[1] * w[5] - n[2] * w[4]
    y = n[2] * w[3] - n[0] * w[5]
    z = n[0] * w[4] - n[1] * w[3]
    return (
        n[0] * row[0] + n[1] * row[1] + n[2] * row[2],
        n[0] * row[3] + n[1] * row[4] + n[2] * row[5],
        n[0] * row[6] + n[1] * row[7] + n[2] * row[8],
        s + x * row[0] + y * row[1] + z * row[2],
        s + x * row[3] + y * row[4] + z * row[5],
        s + x * row[6] + y * row[7] + z * row[8],
    )


@helper
def _box_triangle(x, y, z, half, grow, row):  # type: ignore[no-untyped-def]
    """Lower bound on the distance of a box (centre, half extents) and a triangle, less how much they grow."""
    lower2 = 0.0
    for d in range(3):
        c = x if d == 0 else (y if d == 1 else z)
        g = max(min(row[d], row[d + 3], row[d + 6]) - c, c - max(row[d], row[d + 3], row[d + 6]))
        g -= half[d] + grow[d]
        if g > 0.0:
            lower2 += g * g
    plane = abs(row[9] * x + row[10] * y + row[11] * z - row[12])
    for d in range(3):
        plane -= abs(row[9 + d]) * (half[d] + grow[d])
    return max(np.sqrt(lower2), plane)


@helper
def _moved(rows, p, r, t, out):  # type: ignore[no-untyped-def]
    """Row ``p`` moved by rotation ``r`` and translation ``t``."""
    for d in range(3):
        for q in range(0, 9, 3):
            out[q + d] = r[d, 0] * rows[p, q] + r[d, 1] * rows[p, q + 1] + r[d, 2] * rows[p, q + 2] + t[d]
        out[9 + d] = r[d, 0] * rows[p, 9] + r[d, 1] * rows[p, 10] + r[d, 2] * rows[p, 11]
    out[12] = rows[p, 12] + out[9] * t[0] + out[10] * t[1] + out[11] * t[2]


@kernel
def swept_pairs(boxes, links, rows, frames, twists, items, numbers, todo, results):  # type: ignore[no-untyped-def]
    """Prove or measure the items in ``todo``, each into its own row of ``results``.

    Args:
        boxes, links, rows: Trees of a pack.
        frames: (R, 12) world rotation (row-major) and origin of bodies at times.
        twists: (R, 6) velocity of their points, v + w x p, world.
        items: (n, 4) root nodes of a and b, their rows in ``frames``.
        numbers: (n, 5) half length of the interval in seconds; what both together may stray from the twists;
            the distance to prove; the distance below which the middle is of interest; how many pairs of boxes
            the proof may look into.
        todo: (K,) items to do now.
        results: (n, FOUND) written; the distance in the middle is infinite where it is not below its limit.
    """
    stack = np.empty((STACK, 2), np.int32)
    keys = np.empty(STACK)
    moved = np.empty(13)
    out = np.empty(7)
    best = np.empty(7)
    r = np.empty((3, 3))
    t = np.empty(3)
    fa = np.empty(6)
    fb = np.empty(6)
    n = np.empty(3)
    half = np.empty(3)
    grow = np.empty(3)
    for k in todo:
        a = items[k, 2]
        b = items[k, 3]
        for d in range(3):
            t[d] = 0.0
            for e in range(3):
                t[d] += frames[b, 3 * e + d] * (frames[a, 9 + e] - frames[b, 9 + e])
                s = 0.0
                for f in range(3):
                    s += frames[b, 3 * f + d] * frames[a, 3 * f + e]
                r[d, e] = s
        m = frames[b]
        turn = m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6])
        turn = 1.0 if turn + m[2] * (m[3] * m[7] - m[4] * m[6]) > 0.0 else -1.0
        _field(turn, m[:9], twists[a], m[9:], fa)
        _field(turn, m[:9], twists[b], m[9:], fb)
        best[0] = numbers[k, 3] * numbers[k, 3]
        verdict = PROVEN
        left = numbers[k, 4]
        found_a = -1
        found_b = -1
        # First the proof over the interval; where it fails, the distance in the middle.
        for mode in range(2):
            if mode == 1 and verdict != FAILED:
                break
            h = numbers[k, 0] if mode == 0 else 0.0
            slack = numbers[k, 1] if mode == 0 else 0.0
            cut = numbers[k, 2] if mode == 0 else np.sqrt(best[0])
            stack[0, 0] = items[k, 0]
            stack[0, 1] = items[k, 1]
            keys[0] = -1.0
            top = 1
            while top > 0:
                top -= 1
                if keys[top] >= cut:
                    continue
                if mode == 0:
                    left -= 1.0
                    if left < 0.0:
                        verdict = GIVEN_UP
                        break
                i = stack[top, 0]
                j = stack[top, 1]
                leaf_a = links[i, 1] >= 0
                leaf_b = links[j, 1] >= 0
                size_a = max(boxes[i, 3], boxes[i, 4], boxes[i, 5])
                size_b = max(boxes[j, 3], boxes[j, 4], boxes[j, 5])
                split_a = leaf_b or (not leaf_a and size_a > size_b)
                inner = not (leaf_a and leaf_b)
                child = i
                if inner:
                    child = links[i, 0] if split_a else links[j, 0]
                near = np.inf
                for side in range(2 if inner else 1):
                    i0 = child + side if inner and split_a else i
                    j0 = child + side if inner and not split_a else j
                    # The box of a in the frame of b, and how much wider the two are over the interval.
                    lower2 = 0.0
                    middle = 0.0
                    wide = 0.0
                    for d in range(3):
                        n[d] = r[d, 0] * boxes[i0, 0] + r[d, 1] * boxes[i0, 1] + r[d, 2] * boxes[i0, 2] + t[d]
                        half[d] = (
                            abs(r[d, 0]) * boxes[i0, 3]
                            + abs(r[d, 1]) * boxes[i0, 4]
                            + abs(r[d, 2]) * boxes[i0, 5]
                        )
                    for d in range(3):
                        e = (d + 1) % 3
                        f = (d + 2) % 3
                        speed = fa[d] + fa[3 + e] * n[f] - fa[3 + f] * n[e]
                        speed -= fb[d] + fb[3 + e] * boxes[j0, f] - fb[3 + f] * boxes[j0, e]
                        g = abs(speed) + abs(fa[3 + e]) * half[f] + abs(fa[3 + f]) * half[e]
                        g += abs(fb[3 + e]) * boxes[j0, 3 + f] + abs(fb[3 + f]) * boxes[j0, 3 + e]
                        grow[d] = g * h
                        wide += grow[d] * grow[d]
                        g = n[d] - boxes[j0, d]
                        middle += g * g
                        g = abs(g) - half[d] - boxes[j0, d + 3] - grow[d]
                        if g > 0.0:
                            lower2 += g * g
                    key = np.sqrt(lower2) - slack
                    if key >= cut:
                        continue
                    # Once more along the axes of a, where its box is not enlarged.
                    lower2 = 0.0
                    for d in range(3):
                        g = 0.0
                        for e in range(3):
                            g += r[e, d] * (n[e] - boxes[j0, e])
                        g = abs(g) - boxes[i0, 3 + d]
                        for e in range(3):
                            g -= abs(r[e, d]) * (boxes[j0, 3 + e] + grow[e])
                        if g > 0.0:
                            lower2 += g * g
                    key = max(key, np.sqrt(lower2) - slack)
                    if key >= cut:
                        continue
                    if inner:
                        # Few large triangles against many small: boxes say little, their planes more.
                        least = np.inf
                        if leaf_b:
                            for q in range(links[j, 0], links[j, 1]):
                                least = min(least, _box_triangle(n[0], n[1], n[2], half, grow, rows[q]))
                        elif leaf_a:
                            b_box = boxes[j0]
                            for p in range(links[i, 0], links[i, 1]):
                                _moved(rows, p, r, t, moved)
                                g = _box_triangle(b_box[0], b_box[1], b_box[2], b_box[3:], grow, moved)
                                least = min(least, g)
                        if (leaf_a or leaf_b) and least - slack > key:
                            key = least - slack
                            if key >= cut:
                                continue
                        if key <= 0.0:
                            # Of boxes that may meet, those nearest in the middle first.
                            key = -1.0 / (1.0 + middle)
                        place = top
                        if near < np.inf and key >= near:
                            stack[top, 0] = stack[top - 1, 0]
                            stack[top, 1] = stack[top - 1, 1]
                            keys[top] = keys[top - 1]
                            place = top - 1
                        stack[place, 0] = i0
                        stack[place, 1] = j0
                        keys[place] = key
                        near = key
                        top += 1
                        continue
                    far = np.sqrt(wide) + slack
                    for p in range(links[i, 0], links[i, 1]):
                        _moved(rows, p, r, t, moved)
                        for q in range(links[j, 0], links[j, 1]):
                            b_row = rows[q]
                            lower2 = 0.0
                            for d in range(3):
                                g = max(
                                    min(moved[d], moved[d + 3], moved[d + 6])
                                    - max(b_row[d], b_row[d + 3], b_row[d + 6]),
                                    min(b_row[d], b_row[d + 3], b_row[d + 6])
                                    - max(moved[d], moved[d + 3], moved[d + 6]),
                                )
                                g -= grow[d]
                                if g > 0.0:
                                    lower2 += g * g
                            if np.sqrt(lower2) - slack >= cut:
                                continue
                            reach = cut + far
                            out[0] = reach * reach
                            improve(moved, b_row, out)
                            if out[0] >= reach * reach:
                                continue
                            gap = np.sqrt(out[0])
                            if out[0] < best[0]:
                                for d in range(7):
                                    best[d] = out[d]
                                found_a = p
                                found_b = q
                            if mode == 1:
                                cut = min(cut, gap)
                                continue
                            lower = gap - far
                            if gap > 0.0:
                                for d in range(3):
                                    n[d] = (out[4 + d] - out[1 + d]) / gap
                                a0, a1, a2, u0, u1, u2 = _along(n, fa, moved)
                                b0, b1, b2, v0, v1, v2 = _along(n, fb, b_row)
                                plus = min(b0 + h * v0, b1 + h * v1, b2 + h * v2)
                                plus -= max(a0 + h * u0, a1 + h * u1, a2 + h * u2)
                                minus = min(b0 - h * v0, b1 - h * v1, b2 - h * v2)
                                minus -= max(a0 - h * u0, a1 - h * u1, a2 - h * u2)
                                lower = max(lower, min(plus, minus) - slack)
                            if lower < cut:
                                verdict = FAILED
                                break
                        if mode == 0 and verdict == FAILED:
                            break
                if mode == 0 and verdict == FAILED:
                    break
                if mode == 1 and cut <= TOUCH:
                    break
        results[k, 0] = verdict
        if found_a < 0:
            results[k, 1] = np.inf
            continue
        results[k, 1] = np.sqrt(best[0])
        for d in range(3):
            results[k, 2 + d] = m[9 + d]
            results[k, 5 + d] = m[9 + d]
            for e in range(3):
                results[k, 2 + d] += m[3 * d + e] * best[1 + e]
                results[k, 5 + d] += m[3 * d + e] * best[4 + e]
        results[k, 8] = found_a
        results[k, 9] = found_b
