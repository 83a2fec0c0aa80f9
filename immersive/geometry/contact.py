"""Where two surfaces go through each other, and how deep: pairs of crossing triangles.

Two surfaces that rest on each other, share a face or an edge have no crossing triangles beyond a
named floor; two that go through each other have. Each crossing pair needs a translation of at
least its ``reach_through`` to be parted, so the greatest of them is a proven lower bound on the
translation that parts the surfaces. Closed or open does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import helper, kernel
from immersive.geometry.bodies import Body, pack
from immersive.geometry.bvh import STACK
from immersive.geometry.distance import gap2, move_box, move_row, relative
from immersive.geometry.triangles import reach_through

FloatArray = NDArray[np.float64]

_NORMALS: Final = 48
"""Normals of crossing triangles kept as candidate directions: the deepest pairs as they are found."""


@dataclass(frozen=True, eq=False, slots=True)
class Crossing:
    """How two surfaces go through each other.

    Attributes:
        depth: Greatest translation that parts one pair of crossing triangles, metres; 0.0 if none
            needs more than the floor. A lower bound for parting the surfaces.
        count: Crossing triangle pairs (beyond the floor).
        point: (3,) in the world, in the middle of the deepest pair's common box; None if none.
        low, high: (3,) world box around all crossings; None if none.
        saturated: True if the depth is a good part of the crossing triangles' own size, so that
            the true one may be far greater.
        normals: (N, 3) unit normals of crossing triangles in the world.
    """

    depth: float
    count: int
    point: FloatArray | None
    low: FloatArray | None
    high: FloatArray | None
    saturated: bool
    normals: FloatArray


def crossing(a: Body, b: Body, /, *, floor: float) -> Crossing:
    """Find where the surfaces of two bodies go through each other by more than ``floor`` metres."""
    both = pack([a, b])
    out = np.zeros(12)
    normals = np.zeros((_NORMALS, 3))
    kept = _cross(both.boxes, both.links, both.rows, both.roots, both.frames, floor, out, normals)
    if out[1] == 0.0:
        return Crossing(0.0, 0, None, None, None, False, np.empty((0, 3)))
    corners = np.array([[out[5 + 3 * ((k >> d) & 1) + d] for d in range(3)] for k in range(8)])
    world = b.to_world(corners)
    return Crossing(
        float(out[0]),
        int(out[1]),
        b.to_world(out[2:5]),
        world.min(axis=0),
        world.max(axis=0),
        bool(out[11] > 0.2),
        normals[:kept] @ b.rotation.T,
    )


@helper
def _longest(t):  # type: ignore[no-untyped-def]
    best = 0.0
    for i in range(3):
        s = 0.0
        for d in range(3):
            e = t[3 * ((i + 1) % 3) + d] - t[3 * i + d]
            s += e * e
        best = max(best, s)
    return np.sqrt(best)


@helper
def _common_box(a, b, box):  # type: ignore[no-untyped-def]
    """Whether the boxes of two triangles overlap; ``box`` is what they share, low and high."""
    for d in range(3):
        box[d] = max(min(a[d], a[d + 3], a[d + 6]), min(b[d], b[d + 3], b[d + 6]))
        box[d + 3] = min(max(a[d], a[d + 3], a[d + 6]), max(b[d], b[d + 3], b[d + 6]))
        if box[d] > box[d + 3]:
            return False
    return True


@kernel
def _cross(boxes, links, rows, roots, frames, floor, out, normals):  # type: ignore[no-untyped-def]
    """Fill ``out``: depth, count, point (3), low (3), high (3), depth over triangle size; frame of b."""
    stack = np.empty((STACK, 2), np.int32)
    r = np.empty((3, 3))
    t = np.empty(3)
    moved = np.empty(13)
    box = np.empty(6)
    relative(frames, 0, 1, r, t)
    for d in range(3):
        out[5 + d] = np.inf
        out[8 + d] = -np.inf
    kept = 0
    stack[0, 0] = roots[0]
    stack[0, 1] = roots[1]
    top = 1
    while top > 0:
        top -= 1
        i = stack[top, 0]
        j = stack[top, 1]
        x, y, z, u, v, w = move_box(boxes, i, r, t)
        if gap2(x, y, z, u, v, w, boxes, j) > 0.0:
            continue
        leaf_a = links[i, 1] >= 0
        leaf_b = links[j, 1] >= 0
        if not (leaf_a and leaf_b):
            size_a = max(boxes[i, 3], boxes[i, 4], boxes[i, 5])
            size_b = max(boxes[j, 3], boxes[j, 4], boxes[j, 5])
            split_a = leaf_b or (not leaf_a and size_a > size_b)
            for s in range(2):
                stack[top, 0] = links[i, 0] + s if split_a else i
                stack[top, 1] = j if split_a else links[j, 0] + s
                top += 1
            continue
        for p in range(links[i, 0], links[i, 1]):
            move_row(rows, p, r, t, moved)
            for q in range(links[j, 0], links[j, 1]):
                if not _common_box(moved, rows[q], box):
                    continue
                depth = reach_through(moved, rows[q], floor)
                if depth <= floor:
                    continue
                out[1] += 1.0
                if depth > out[0]:
                    size = min(_longest(moved), _longest(rows[q]))
                    if size > 0.0:
                        out[11] = depth / size
                if depth >= 0.5 * out[0]:
                    for d in range(3):
                        normals[kept % _NORMALS, d] = moved[9 + d]
                        normals[(kept + 1) % _NORMALS, d] = rows[q, 9 + d]
                    kept += 2
                for d in range(3):
                    out[5 + d] = min(out[5 + d], box[d])
                    out[8 + d] = max(out[8 + d], box[d + 3])
                    if depth > out[0]:
                        out[2 + d] = 0.5 * (box[d] + box[d + 3])
                out[0] = max(out[0], depth)
    return min(kept, _NORMALS)
