"""A tree of axis-aligned boxes over triangles, built once per shape and shared by its instances.

Binned surface-area splits (Wald 2007, "On fast construction of SAH-based bounding volume
hierarchies"), halving where these fail, so that the depth stays bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

LEAF: Final = 4
"""Most triangles in a leaf: below it, testing beats splitting."""
BINS: Final = 16
SAH_DEPTH: Final = 48
"""Deeper than this only halving: depth is at most 48 + log2(F), and stacks are sized by it."""
STACK: Final = 256
"""Entries of a traversal stack: two trees of depth 48 + 31 each push one entry a level."""
SLIVER: Final = 1e-5
"""Height over longest edge below which a triangle's normal is too noisy to prune with."""
ROW: Final = 16
"""Columns of a triangle row: corners 0–8, unit normal 9–11 (zero for slivers), plane offset 12."""


@dataclass(frozen=True, eq=False, slots=True)
class Tree:
    """Boxes over triangles.

    Attributes:
        boxes: (N, 6) float64 centre and half extents of each node's box; node 0 is the root.
        links: (N, 2) int32; inner node: (first child, -1), the children are adjacent; leaf:
            (first triangle, one past the last).
        triangles: (F, 16) float64 in leaf order: nine corner coordinates, unit normal (zero where
            the triangle is too thin to have a sound one), plane offset, three unused.
        order: (F,) int32 index of each row's triangle in the input.
    """

    boxes: FloatArray
    links: IntArray
    triangles: FloatArray
    order: IntArray


def build(corners: FloatArray, /) -> Tree:
    """The tree of (F, 3, 3) finite triangles, F ≥ 1, in any unit."""
    boxes, links, order = _build(np.ascontiguousarray(corners, np.float64).reshape(-1, 9))
    return Tree(boxes, links, _rows(corners, order), order)


def _rows(corners: FloatArray, order: IntArray) -> FloatArray:
    chosen = corners[order]
    rows = np.zeros((len(order), ROW))
    rows[:, :9] = chosen.reshape(-1, 9)
    edges = np.roll(chosen, -1, axis=1) - chosen
    longest = np.einsum("fij,fij->fi", edges, edges).max(axis=1, initial=0.0)
    normal = np.cross(edges[:, 0], edges[:, 1])
    length = np.sqrt(np.einsum("fi,fi->f", normal, normal))
    sound = length > SLIVER * longest
    rows[sound, 9:12] = normal[sound] / length[sound, None]
    # The plane through the centroid: halves the rounding of a plane through one corner.
    rows[:, 12] = np.einsum("fi,fi->f", rows[:, 9:12], chosen.mean(axis=1))
    return rows


@kernel
def _build(tri):  # type: ignore[no-untyped-def]
    n = tri.shape[0]
    low = np.empty((n, 3))
    high = np.empty((n, 3))
    mid = np.empty((n, 3))
    for i in range(n):
        for d in range(3):
            low[i, d] = min(tri[i, d], tri[i, d + 3], tri[i, d + 6])
            high[i, d] = max(tri[i, d], tri[i, d + 3], tri[i, d + 6])
            mid[i, d] = 0.5 * (low[i, d] + high[i, d])
    order = np.arange(n).astype(np.int32)
    boxes = np.empty((2 * n, 6))
    links = np.empty((2 * n, 2), np.int32)
    depth = np.zeros(2 * n, np.int32)
    links[0, 0] = 0
    links[0, 1] = n
    stack = np.empty(STACK, np.int32)
    stack[0] = 0
    top = 1
    count = 1
    box = np.empty(6)
    span = np.empty(6)
    bin_count = np.empty(BINS, np.int64)
    bin_box = np.empty((BINS, 6))
    right_area = np.empty(BINS)
    right_count = np.empty(BINS, np.int64)
    while top > 0:
        top -= 1
        k = stack[top]
        a = links[k, 0]
        b = links[k, 1]
        for d in range(3):
            box[d] = np.inf
            box[d + 3] = -np.inf
            span[d] = np.inf
            span[d + 3] = -np.inf
        for i in range(a, b):
            t = order[i]
            for d in range(3):
                box[d] = min(box[d], low[t, d])
                box[d + 3] = max(box[d + 3], high[t, d])
                span[d] = min(span[d], mid[t, d])
                span[d + 3] = max(span[d + 3], mid[t, d])
        for d in range(3):
            boxes[k, d] = 0.5 * (box[d] + box[d + 3])
            # Measured from the rounded centre, so that the box never shrinks.
            boxes[k, d + 3] = max(box[d + 3] - boxes[k, d], boxes[k, d] - box[d])
        if b - a <= LEAF:
            continue
        axis = 0
        for d in range(1, 3):
            if span[d + 3] - span[d] > span[axis + 3] - span[axis]:
                axis = d
        width = span[axis + 3] - span[axis]
        split = -1
        m = a
        if width > 0.0 and depth[k] < SAH_DEPTH:
            scale = BINS * (1.0 - 1e-9) / width
            for q in range(BINS):
                bin_count[q] = 0
                for d in range(3):
                    bin_box[q, d] = np.inf
                    bin_box[q, d + 3] = -np.inf
            for i in range(a, b):
                t = order[i]
                q = int((mid[t, axis] - span[axis]) * scale)
                bin_count[q] += 1
                for d in range(3):
                    bin_box[q, d] = min(bin_box[q, d], low[t, d])
                    bin_box[q, d + 3] = max(bin_box[q, d + 3], high[t, d])
            for d in range(3):
                box[d] = np.inf
                box[d + 3] = -np.inf
            total = 0
            for q in range(BINS - 1, 0, -1):
                total += bin_count[q]
                for d in range(3):
                    box[d] = min(box[d], bin_box[q, d])
                    box[d + 3] = max(box[d + 3], bin_box[q, d + 3])
                x = box[3] - box[0]
                y = box[4] - box[1]
                z = box[5] - box[2]
                right_count[q] = total
                right_area[q] = x * y + y * z + z * x if total > 0 else 0.0
            for d in range(3):
                box[d] = np.inf
                box[d + 3] = -np.inf
            total = 0
            best = np.inf
            for q in range(BINS - 1):
                total += bin_count[q]
                for d in range(3):
                    box[d] = min(box[d], bin_box[q, d])
                    box[d + 3] = max(box[d + 3], bin_box[q, d + 3])
                if total == 0 or right_count[q + 1] == 0:
                    continue
                x = box[3] - box[0]
                y = box[4] - box[1]
                z = box[5] - box[2]
                cost = (x * y + y * z + z * x) * total + right_area[q + 1] * right_count[q + 1]
                if cost < best:
                    best = cost
                    split = q
            if split >= 0:
                i = a
                j = b - 1
                while i <= j:
                    t = order[i]
                    if int((mid[t, axis] - span[axis]) * scale) <= split:
                        i += 1
                    else:
                        order[i] = order[j]
                        order[j] = t
                        j -= 1
                m = i
        if m <= a or m >= b:
            m = (a + b) // 2
        links[count, 0] = a
        links[count, 1] = m
        links[count + 1, 0] = m
        links[count + 1, 1] = b
        depth[count] = depth[k] + 1
        depth[count + 1] = depth[k] + 1
        links[k, 0] = count
        links[k, 1] = -1
        stack[top] = count
        stack[top + 1] = count + 1
        top += 2
        count += 2
    return boxes[:count].copy(), links[:count].copy(), order
