"""Two bodies over an interval of time: a proof that they stay apart, or how close they are in its middle.

What parts two boxes or two triangles is a direction. Along it their points move on straight lines but for the bend,
so what lies farthest of one and nearest of the other is apart by least at an end of the interval. That bound is of
second order in the interval's length for boxes as for triangles, and bodies that slide past each other need no
fine steps. Directions come from the gap of two boxes, in the frame of either body, from the plane of a
large triangle, and from the closest points of the triangles compared last.

Source of the plan: conservative advancement (Mirtich 1996; Zhang, Lee, Kim 2006), here with directions.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from immersive.geometry._along_kernels import (
    bodies_apart,
    box_least,
    box_most,
    box_row,
    boxes_apart,
    field,
    heights,
    moved_row,
    rows_apart,
)  # fmt: skip
from immersive.geometry._jit import kernel
from immersive.geometry.bvh import STACK
from immersive.geometry.tolerance import TOUCH
from immersive.geometry.triangles import improve

FOUND: Final = 15
"""Columns of a result: verdict, distance in the middle, points of a and b, triangle rows of a and b; then a hint."""
HINT: Final = 5
"""Columns of a hint: a direction from a to b that nearly parts them (world, or zeros), triangle rows that come
close (or -1). Where an interval is halved its halves begin with what it ended with."""
FAILED: Final = 0.0
"""Not proven; the distance in the middle was measured."""
PROVEN: Final = 1.0
GIVEN_UP: Final = 2.0
"""Not proven with the boxes allowed, nor measured: to be halved."""
_SOON: Final = 32
_LATE: Final = 256
"""Pairs of boxes after which a proof tries whether one direction parts the bodies as wholes."""


@kernel
def swept_pairs(boxes, links, rows, frames, twists, items, numbers, hints, todo, results):  # type: ignore[no-untyped-def]
    """Prove or measure the items in ``todo``, each into its own row of ``results``.

    Args:
        boxes, links, rows: Trees of a pack.
        frames: (R, 12) world rotation (row-major) and origin of bodies at times.
        twists: (R, 6) velocity of their points, v + w x p, world.
        items: (n, 4) root nodes of a and b, their rows in ``frames``.
        numbers: (n, 6) half length of the interval in seconds; what both together may stray from the twists;
            the distance to prove; the distance below which the middle is of interest; how many pairs of boxes
            the proof may look into; how far both together may stray at all.
        hints: (n, HINT) where to look first.
        todo: (K,) items to do now.
        results: (n, FOUND) written; the distance in the middle is infinite where it is not below its limit.
    """
    stack = np.empty((STACK, 2), np.int32)
    keys = np.empty(STACK)
    spare = np.empty((STACK, 2), np.int32)
    spare_keys = np.empty(STACK)
    moved = np.empty(13)
    other = np.empty(13)
    out = np.empty(7)
    best = np.empty(7)
    r = np.empty((3, 3))
    t = np.empty(3)
    fa = np.empty(6)
    fb = np.empty(6)
    n = np.empty(3)
    half = np.empty(3)
    u = np.empty(3)
    box = np.empty(6)
    # Directions from a to b, in the frame of b: of the boxes at hand, and of the triangles compared last.
    g = np.empty(3)
    e = np.empty(3)
    for k in todo:
        a = items[k, 2]
        b = items[k, 3]
        turned = False
        for d in range(3):
            t[d] = 0.0
            for f in range(3):
                t[d] += frames[b, 3 * f + d] * (frames[a, 9 + f] - frames[b, 9 + f])
                s = 0.0
                for q in range(3):
                    s += frames[b, 3 * q + d] * frames[a, 3 * q + f]
                r[d, f] = s
            turned = turned or max(abs(r[d, 0]), abs(r[d, 1]), abs(r[d, 2])) < 0.99999
        m = frames[b]
        turn = m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6])
        turn = 1.0 if turn + m[2] * (m[3] * m[7] - m[4] * m[6]) > 0.0 else -1.0
        field(turn, m[:9], twists[a], m[9:], fa)
        field(turn, m[:9], twists[b], m[9:], fb)
        best[0] = numbers[k, 3] * numbers[k, 3]
        verdict = PROVEN
        left = numbers[k, 4]
        found_a = -1
        found_b = -1
        i = items[k, 0]
        j = items[k, 1]
        length = 0.0
        for d in range(3):
            e[d] = m[d] * hints[k, 0] + m[d + 3] * hints[k, 1] + m[d + 6] * hints[k, 2]
            length += e[d] * e[d]
        if length == 0.0:
            for d in range(3):
                e[d] = boxes[j, d] - t[d]
                e[d] -= r[d, 0] * boxes[i, 0] + r[d, 1] * boxes[i, 1] + r[d, 2] * boxes[i, 2]
                length += e[d] * e[d]
        length = 1.0 / np.sqrt(length) if length > 0.0 else 0.0
        for d in range(3):
            e[d] *= length
        looked = 0
        hint_a = int(hints[k, 3])
        hint_b = int(hints[k, 4])
        # First the proof over the interval; where it fails, the distance in the middle.
        for mode in range(2):
            if mode == 1:
                # Where the proof saw nothing of interest a shorter interval will; the shortest have to be
                # measured, and what touches, so that nothing is looked at after the first contact.
                wanted = found_a >= 0 or left == np.inf or best[0] <= 4.0 * TOUCH * TOUCH
                if verdict != FAILED or not wanted:
                    break
            h = numbers[k, 0] if mode == 0 else 0.0
            slack = numbers[k, 1] if mode == 0 else 0.0
            stray = numbers[k, 5] if mode == 0 else 0.0
            cut = numbers[k, 2] if mode == 0 else np.sqrt(best[0])
            stack[0, 0] = items[k, 0]
            stack[0, 1] = items[k, 1]
            keys[0] = -1.0
            top = 1
            if hint_a >= 0:
                # Not two boxes but two triangles.
                stack[1, 0] = -1 - hint_a
                stack[1, 1] = -1 - hint_b
                keys[1] = -1.0
                top = 2
            while top > 0:
                top -= 1
                if keys[top] - stray >= cut:
                    continue
                if mode == 0:
                    left -= 1.0
                    if left < 0.0:
                        verdict = GIVEN_UP
                        break
                    looked += 1
                    if looked in (_SOON, _LATE):
                        # Of two faces side by side every box of one is close to many of the other: rather each whole.
                        gap = bodies_apart(
                            e,
                            fa,
                            fb,
                            h,
                            items[k, 0],
                            items[k, 1],
                            r,
                            t,
                            boxes,
                            links,
                            rows,
                            spare,
                            spare_keys,
                        )
                        if gap - slack >= cut:
                            break
                i = stack[top, 0]
                j = stack[top, 1]
                two = i < 0
                leaf_a = two or links[i, 1] >= 0
                leaf_b = two or links[j, 1] >= 0
                inner = not (leaf_a and leaf_b)
                split_a = False
                child = i
                if inner:
                    size_a = max(boxes[i, 3], boxes[i, 4], boxes[i, 5])
                    size_b = max(boxes[j, 3], boxes[j, 4], boxes[j, 5])
                    split_a = leaf_b or (not leaf_a and size_a > size_b)
                    child = links[i, 0] if split_a else links[j, 0]
                first_a = -1 - i
                last_a = -i
                first_b = -1 - j
                last_b = -j
                near = np.inf
                for side in range(2 if inner else 1):
                    i0 = child + side if inner and split_a else i
                    j0 = child + side if inner and not split_a else j
                    if not two:
                        # The box of a in the frame of b.
                        lower2 = 0.0
                        middle = 0.0
                        for d in range(3):
                            box[d] = boxes[j0, d]
                            box[d + 3] = boxes[j0, d + 3]
                            u[d] = boxes[i0, d + 3]
                            n[d] = r[d, 0] * boxes[i0, 0] + r[d, 1] * boxes[i0, 1] + r[d, 2] * boxes[i0, 2]
                            n[d] += t[d]
                            half[d] = abs(r[d, 0]) * boxes[i0, 3] + abs(r[d, 1]) * boxes[i0, 4]
                            half[d] += abs(r[d, 2]) * boxes[i0, 5]
                            s = box[d] - n[d]
                            middle += s * s
                            gap = abs(s) - half[d] - box[d + 3]
                            g[d] = 0.0
                            if gap > 0.0:
                                lower2 += gap * gap
                                g[d] = gap if s > 0.0 else -gap
                        key = np.sqrt(lower2)
                        if key - stray >= cut:
                            continue
                        if turned:
                            # Once more along the axes of a, where its box is not enlarged.
                            lower2 = 0.0
                            x = 0.0
                            y = 0.0
                            z = 0.0
                            for d in range(3):
                                s = r[0, d] * (box[0] - n[0]) + r[1, d] * (box[1] - n[1])
                                s += r[2, d] * (box[2] - n[2])
                                gap = abs(s) - u[d]
                                gap -= abs(r[0, d]) * box[3] + abs(r[1, d]) * box[4] + abs(r[2, d]) * box[5]
                                if gap > 0.0:
                                    lower2 += gap * gap
                                    gap = gap if s > 0.0 else -gap
                                    x += gap * r[0, d]
                                    y += gap * r[1, d]
                                    z += gap * r[2, d]
                            if lower2 > key * key:
                                key = np.sqrt(lower2)
                                g[0] = x
                                g[1] = y
                                g[2] = z
                                if key - stray >= cut:
                                    continue
                        if h > 0.0 and key > cut:
                            s = 1.0 / key
                            for d in range(3):
                                g[d] *= s
                            if boxes_apart(g, fa, fb, h, n[0], n[1], n[2], r, u, box) - slack >= cut:
                                continue
                        if boxes_apart(e, fa, fb, h, n[0], n[1], n[2], r, u, box) - slack >= cut:
                            continue
                        if inner:
                            # Few large triangles against many small: boxes say little, their planes more.
                            least = np.inf
                            if leaf_b:
                                for q in range(links[j, 0], links[j, 1]):
                                    for d in range(13):
                                        other[d] = rows[q, d]
                                    s = box_row(n[0], n[1], n[2], half, other)
                                    if h > 0.0 and s - stray < cut:
                                        gap = heights(e, fb, h, other)[0]
                                        gap -= box_most(e, fa, h, n[0], n[1], n[2], r, u)
                                        s = heights(e, fb, -h, other)[0]
                                        s -= box_most(e, fa, -h, n[0], n[1], n[2], r, u)
                                        s = min(gap, s) - slack + stray
                                    least = min(least, s)
                                    if least - stray < cut:
                                        break
                            elif leaf_a:
                                for p in range(links[i, 0], links[i, 1]):
                                    moved_row(rows, p, r, t, moved)
                                    s = box_row(box[0], box[1], box[2], box[3:], moved)
                                    if h > 0.0 and s - stray < cut:
                                        gap = box_least(e, fb, h, box) - heights(e, fa, h, moved)[1]
                                        s = box_least(e, fb, -h, box) - heights(e, fa, -h, moved)[1]
                                        s = min(gap, s) - slack + stray
                                    least = min(least, s)
                                    if least - stray < cut:
                                        break
                            if (leaf_a or leaf_b) and least - stray >= cut:
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
                        first_a = links[i, 0]
                        last_a = links[i, 1]
                        first_b = links[j, 0]
                        last_b = links[j, 1]
                    for p in range(first_a, last_a):
                        moved_row(rows, p, r, t, moved)
                        for q in range(first_b, last_b):
                            lower2 = 0.0
                            # A copy: a view of shared arrays is counted, and threads would wait for the count.
                            for d in range(13):
                                other[d] = rows[q, d]
                            for d in range(3):
                                gap = max(
                                    min(moved[d], moved[d + 3], moved[d + 6])
                                    - max(other[d], other[d + 3], other[d + 6]),
                                    min(other[d], other[d + 3], other[d + 6])
                                    - max(moved[d], moved[d + 3], moved[d + 6]),
                                )
                                if gap > 0.0:
                                    lower2 += gap * gap
                            if np.sqrt(lower2) - stray >= cut:
                                continue
                            if rows_apart(e, fa, fb, h, moved, other) - slack >= cut:
                                continue
                            reach = cut + stray
                            out[0] = reach * reach
                            improve(moved, other, out)
                            if out[0] >= reach * reach:
                                continue
                            gap = np.sqrt(out[0])
                            if out[0] < best[0]:
                                for d in range(7):
                                    best[d] = out[d]
                                found_a = p
                                found_b = q
                            lower = gap - stray
                            if gap > 0.0:
                                for d in range(3):
                                    e[d] = (out[4 + d] - out[1 + d]) / gap
                                if mode == 0:
                                    lower = max(lower, rows_apart(e, fa, fb, h, moved, other) - slack)
                            if mode == 1:
                                cut = min(cut, gap)
                            elif lower < cut:
                                verdict = FAILED
                                hint_a = p
                                hint_b = q
                                break
                        if mode == 0 and verdict == FAILED:
                            break
                if mode == 0 and verdict == FAILED:
                    break
                if mode == 1 and cut <= TOUCH:
                    break
        results[k, 0] = verdict
        for d in range(3):
            results[k, 10 + d] = m[3 * d] * e[0] + m[3 * d + 1] * e[1] + m[3 * d + 2] * e[2]
        results[k, 13] = hint_a
        results[k, 14] = hint_b
        # Only what was measured has closest points; a proof merely met some that are near.
        if found_a < 0 or verdict != FAILED:
            results[k, 1] = np.inf
            continue
        results[k, 1] = np.sqrt(best[0])
        for d in range(3):
            results[k, 2 + d] = m[9 + d]
            results[k, 5 + d] = m[9 + d]
            for f in range(3):
                results[k, 2 + d] += m[3 * d + f] * best[1 + f]
                results[k, 5 + d] += m[3 * d + f] * best[4 + f]
        results[k, 8] = found_a
        results[k, 9] = found_b
