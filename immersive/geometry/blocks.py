"""Triangles in blocks of eight, one column per triangle, for the distance of two shapes.

The trees of a pack are cut where a subtree holds at most eight triangles; each of their leaves is a
block, in which one instruction works on several triangles at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

LANES: Final = 8
"""Triangles of a block: two registers of four float64, or one of eight, where processors have them."""
FIELDS: Final = 13
"""Numbers of a triangle: nine corner coordinates, unit normal (or zeros), plane offset."""


@dataclass(frozen=True, eq=False, slots=True)
class Blocks:
    """Trees one after the other, with blocks of triangles for leaves.

    Attributes:
        boxes: (N, 6) float64 centre and half extents of each node's box; tree k has node k as root.
        links: (N, 2) int32; inner node: (first child, -1), the children are adjacent; leaf:
            (block, number of triangles).
        lanes: (L, 104) float64; field f of triangle k of a block, as in ``bvh.Tree.triangles``, stands
            in column 8 f + k; a short block repeats its last triangle.
        starts: (L,) int32 row of each block's first triangle among the triangles.
    """

    boxes: FloatArray
    links: IntArray
    lanes: FloatArray
    starts: IntArray


def blocks(boxes: FloatArray, links: IntArray, rows: FloatArray, roots: NDArray[np.int64], /) -> Blocks:
    """Cut trees, whose links count through all of them, into blocks.

    Args:
        boxes, links, rows: As in ``bvh.Tree``, several trees one after the other.
        roots: (T,) root node of each.
    """
    return Blocks(*_cut(boxes, links, rows, np.ascontiguousarray(roots, np.int64)))


@kernel
def _cut(boxes, links, rows, roots):  # type: ignore[no-untyped-def]
    n = len(links)
    first = np.empty(n, np.int32)
    last = np.empty(n, np.int32)
    # Children come after their parent, and the rows of a subtree lie one after the other.
    for k in range(n - 1, -1, -1):
        if links[k, 1] >= 0:
            first[k] = links[k, 0]
            last[k] = links[k, 1]
        else:
            first[k] = first[links[k, 0]]
            last[k] = last[links[k, 0] + 1]
    kept = np.empty(n, np.int32)
    cut = np.empty((n, 2), np.int32)
    starts = np.empty(n, np.int32)
    waiting = np.empty(n, np.int32)
    count = len(roots)
    for k in range(count):
        kept[k] = roots[k]
        waiting[count - 1 - k] = k
    leaves = 0
    top = count
    # Depth first, so that what is near in space is near in memory.
    while top > 0:
        top -= 1
        k = waiting[top]
        old = kept[k]
        size = last[old] - first[old]
        if size <= LANES:
            cut[k, 0] = leaves
            cut[k, 1] = size
            starts[leaves] = first[old]
            leaves += 1
            continue
        cut[k, 0] = count
        cut[k, 1] = -1
        for side in range(2):
            kept[count + side] = links[old, 0] + side
            waiting[top + 1 - side] = count + side
        count += 2
        top += 2
    lanes = np.empty((leaves, FIELDS * LANES))
    chosen = np.empty((count, 6))
    for k in range(count):
        for d in range(6):
            chosen[k, d] = boxes[kept[k], d]
        if cut[k, 1] >= 0:
            leaf = cut[k, 0]
            for q in range(LANES):
                row = starts[leaf] + min(q, cut[k, 1] - 1)
                for d in range(FIELDS):
                    lanes[leaf, LANES * d + q] = rows[row, d]
    return chosen, cut[:count].copy(), lanes, starts[:leaves].copy()
