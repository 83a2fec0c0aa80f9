"""Binary trees of boxes made eight wide: boxes of a node's children side by side, in float32.

A query tests eight boxes at once, then eight triangles. The boxes are rounded outwards, so a gap to one of them
is never more than the gap to what lies in it, but for the rounding of the few operations themselves, which
:data:`ROUNDING` covers.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from immersive.geometry._bare import bare
from immersive.geometry._jit import kernel
from immersive.geometry._lanes import boxes_below, lowest_bit

WIDE: Final = 8
ROUNDING: Final = 1.0 + 1e-6
"""A squared gap in float32 is at most this factor above the true one."""
OUTWARDS: Final = 1.2e-7
"""Relative: a number moved by this much and rounded to float32 lies beyond where it was."""
HEIGHT_NOISE: Final = 6e-7
"""Error of a length along a direction in float32, over the sum of the coordinates that go into it: point and corner
rounded (2^-24 each and coordinate), three products and two sums each, a difference, a division."""
WIDE_STACK: Final = 1024
"""Entries of a traversal stack: seven siblings a level, trees of depth 48 + 31."""


@bare
def _row_range(links, node):  # type: ignore[no-untyped-def]
    """(first, one past the last) row below a node: rows are in leaf order."""
    k = node
    while links[k, 1] < 0:
        k = links[k, 0]
    first = links[k, 0]
    k = node
    while links[k, 1] < 0:
        k = links[k, 0] + 1
    return np.int64(first), np.int64(links[k, 1])


@bare
def _entry_box(boxes, rows, entry, j, box):  # type: ignore[no-untyped-def]
    """Box (lower, upper corner) of entry ``j``: a node of the binary tree, or a range of rows; returns its area."""
    node = entry[j, 0]
    for d in range(3):
        if node >= 0:
            box[d] = boxes[node, d] - boxes[node, d + 3]
            box[d + 3] = boxes[node, d] + boxes[node, d + 3]
            continue
        box[d] = np.inf
        box[d + 3] = -np.inf
        for q in range(entry[j, 1], entry[j, 2]):
            box[d] = min(box[d], rows[q, d], rows[q, d + 3], rows[q, d + 6])
            box[d + 3] = max(box[d + 3], rows[q, d], rows[q, d + 3], rows[q, d + 6])
    x = box[3] - box[0]
    y = box[4] - box[1]
    z = box[5] - box[2]
    return x * y + y * z + z * x


@kernel
def widen(boxes, links, rows, root, most, wide, made):  # type: ignore[no-untyped-def]
    """Write the tree at ``root`` as wide nodes; returns the numbers of nodes and leaves after the last.

    Args:
        boxes, links, rows: As in ``bvh.Tree`` or ``bodies.Pack``.
        root: Node to start at.
        most: Rows of a leaf at most: 1, or 8 with corners.
        wide: Written: boxes (M, 6, 8) float32: lower x, y, z, upper x, y, z of eight entries, none: +inf to −inf;
            links (M, 8, 2) int32: (wide node, −1), (leaf, rows in it), none: (0, 0); first row (L,) int32 of each
            leaf; corners (L, 9, 8) float32 of its rows, or (0, 9, 8).
        made: Numbers of nodes and leaves before; the first node becomes the root.
    """
    wide_boxes, wide_links, starts, corners = wide
    # A wide node still to be written: binary node or -1, and its rows.
    waiting = np.empty((len(wide_boxes), 3), np.int64)
    entry = np.empty((WIDE, 3), np.int64)
    area = np.empty(WIDE)
    box = np.empty(6)
    at, leaf = made
    waiting[at, 0] = root
    waiting[at, 1], waiting[at, 2] = _row_range(links, root)
    end = at + 1
    while at < end:
        for k in range(3):
            entry[0, k] = waiting[at, k]
        area[0] = np.inf
        count = 1
        while count < WIDE:
            widest = -1
            for j in range(count):
                if entry[j, 2] - entry[j, 1] > most and (widest < 0 or area[j] > area[widest]):
                    widest = j
            if widest < 0:
                break
            node = entry[widest, 0]
            first = entry[widest, 1]
            last = entry[widest, 2]
            half = (first + last) // 2
            left = -1
            if node >= 0 and links[node, 1] < 0:
                left = links[node, 0]
                _, half = _row_range(links, left)
            entry[widest, 0] = left
            entry[widest, 2] = half
            entry[count, 0] = left + 1 if left >= 0 else -1
            entry[count, 1] = half
            entry[count, 2] = last
            area[widest] = _entry_box(boxes, rows, entry, widest, box)
            area[count] = _entry_box(boxes, rows, entry, count, box)
            count += 1
        for j in range(WIDE):
            wide_links[at, j, 0] = 0
            wide_links[at, j, 1] = 0
            for d in range(3):
                wide_boxes[at, d, j] = np.inf
                wide_boxes[at, d + 3, j] = -np.inf
            if j >= count:
                continue
            _entry_box(boxes, rows, entry, j, box)
            for d in range(3):
                wide_boxes[at, d, j] = box[d] - abs(box[d]) * OUTWARDS - 1e-37
                wide_boxes[at, d + 3, j] = box[d + 3] + abs(box[d + 3]) * OUTWARDS + 1e-37
            if entry[j, 2] - entry[j, 1] > most:
                for k in range(3):
                    waiting[end, k] = entry[j, k]
                wide_links[at, j, 0] = end
                wide_links[at, j, 1] = -1
                end += 1
                continue
            wide_links[at, j, 0] = leaf
            wide_links[at, j, 1] = entry[j, 2] - entry[j, 1]
            starts[leaf] = entry[j, 1]
            if len(corners):
                for q in range(WIDE):
                    # Past the end the last row again: never better than itself.
                    row = min(entry[j, 1] + q, entry[j, 2] - 1)
                    for d in range(9):
                        corners[leaf, d, q] = rows[row, d]
            leaf += 1
        at += 1
    return end, leaf


@bare
def push_near(wide_boxes, node, low, high, bound, gaps, stack, keys, top):  # type: ignore[no-untyped-def]
    """Push a node's entries whose squared gap to a box is below the bound, the nearest last; returns the new top.

    ``low`` and ``high`` are the box, three float32 each; ``gaps`` (8,) float32 is scratch.
    """
    bits = boxes_below(wide_boxes, node, low, high, bound, gaps)
    at = top
    least = np.float32(np.inf)
    while bits != 0:
        j = lowest_bit(bits)
        bits &= bits - 1
        g = gaps[j]
        stack[top] = WIDE * node + j
        keys[top] = g
        if g < least:
            least = g
            at = top
        top += 1
    last = top - 1
    if at < last:
        stack[at], stack[last] = stack[last], stack[at]
        keys[at], keys[last] = keys[last], keys[at]
    return top


@bare
def down(x):  # type: ignore[no-untyped-def]
    """The number in float32, rounded down."""
    return np.float32(x - abs(x) * OUTWARDS - 1e-37)


@bare
def up(x):  # type: ignore[no-untyped-def]
    """The number in float32, rounded up."""
    return np.float32(x + abs(x) * OUTWARDS + 1e-37)
