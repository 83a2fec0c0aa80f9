"""Distances on the floor plan from many small shapes to all that stands there, exact.

The obstacles are convex polygons (points and segments too) in a box tree; a query is a convex polygon
of its own: a point, the segment that a disc's centre runs along, the strip that a vehicle sweeps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.geometry._jit import helper, kernel
from immersive.geometry.bottleneck import _LEAF, _box_gap, _box_tree, _morton
from immersive.geometry.plan_distance import polygon_distance

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_TINY: Final = 1e-12
"""Distance (metres) below which two polygons are told to meet: rounding, far below any surface's noise."""


@helper
def _beyond(sides, count, box, i, best):  # type: ignore[no-untyped-def]
    """Whether the box i lies beyond one of the sides by more than the distance whose square is ``best``."""
    for k in range(count):
        nx, ny = sides[k, 0], sides[k, 1]
        # The corner of the box that reaches least along the normal.
        x = box[i, 0] if nx > 0.0 else box[i, 2]
        y = box[i, 1] if ny > 0.0 else box[i, 3]
        over = nx * x + ny * y - sides[k, 2]
        if over > 0.0 and over * over >= best:
            return True
    return False


@kernel
def _measure(shapes, cap, obstacles, start, order, box, tree, away, which, witness):  # type: ignore[no-untyped-def]
    """Nearest obstacle of each shape within its cap: away (Q,), which (Q,) or -1, witness (Q, 4)."""
    n = len(order)
    leaves = (len(tree) + 1) // 2
    corners = shapes.shape[1]
    used = len(obstacles)
    p = np.empty((used + corners, 2))
    for k in range(used):
        for c in range(2):
            p[k, c] = obstacles[k, c]
    stack = np.empty(128, np.int64)
    out = np.empty(4)
    own = np.empty((1, 4))
    # Outward normals of the shape's sides with how far it reaches along each: x, y, reach.
    sides = np.empty((corners, 3))
    last = -1
    for q in range(len(shapes)):
        own[0, 0] = own[0, 1] = np.inf
        own[0, 2] = own[0, 3] = -np.inf
        for k in range(corners):
            for c in range(2):
                v = shapes[q, k, c]
                p[used + k, c] = v
                own[0, c] = min(own[0, c], v)
                own[0, 2 + c] = max(own[0, 2 + c], v)
        walls = 0
        if corners > 2:
            middle_x = middle_y = 0.0
            for k in range(corners):
                middle_x += shapes[q, k, 0] / corners
                middle_y += shapes[q, k, 1] / corners
            for k in range(corners):
                m = k + 1 if k + 1 < corners else 0
                nx = shapes[q, m, 1] - shapes[q, k, 1]
                ny = shapes[q, k, 0] - shapes[q, m, 0]
                length = math.sqrt(nx * nx + ny * ny)
                if length > 1e-9:
                    if nx * (shapes[q, k, 0] - middle_x) + ny * (shapes[q, k, 1] - middle_y) < 0.0:
                        length = -length
                    sides[walls, 0] = nx / length
                    sides[walls, 1] = ny / length
                    sides[walls, 2] = (nx * shapes[q, k, 0] + ny * shapes[q, k, 1]) / length
                    walls += 1
        best = cap[q] * cap[q]
        which[q] = -1
        top = 1
        stack[0] = 0
        # What was nearest to the shape before is often nearest to this one: a bound to begin with.
        warm = last
        while top > 0 or warm >= 0:
            if warm >= 0:
                first, beyond = warm, warm + 1
                warm = -1
            else:
                top -= 1
                node = stack[top]
                if _box_gap(own, 0, tree, node) >= best or _beyond(sides, walls, tree, node, best):
                    continue
                if node < leaves - 1:
                    left = 2 * node + 1
                    near = _box_gap(own, 0, tree, left) <= _box_gap(own, 0, tree, left + 1)
                    stack[top] = left + 1 if near else left
                    stack[top + 1] = left if near else left + 1
                    top += 2
                    continue
                leaf = node - leaves + 1
                first, beyond = leaf * _LEAF, min(n, leaf * _LEAF + _LEAF)
            for r in range(first, beyond):
                if _box_gap(own, 0, box, r) >= best or _beyond(sides, walls, box, r, best):
                    continue
                i = order[r]
                d = polygon_distance(p, used, used + corners, start[i], start[i + 1], out)
                if d < best:
                    best = d
                    last = r
                    which[q] = i
                    for k in range(4):
                        witness[q, k] = out[k]
            if best == 0.0:
                break
        away[q] = math.sqrt(best)


@dataclass(frozen=True, eq=False)
class Nearest:
    """What is nearest to each of Q shapes.

    Attributes:
        away: (Q,) metres; the cap where nothing is within it, 0 where shape and obstacle meet.
        which: (Q,) index of the obstacle, -1 where nothing is within the cap.
        witness: (Q, 2, 2) a nearest point of the shape and one of the obstacle; NaN without one.
    """

    away: FloatArray
    which: IndexArray
    witness: FloatArray


class PlanIndex:
    """N convex obstacles on the plan, ready for queries.

    Args:
        corners: (K, 2) corners of all, metres.
        start: (N + 1,) first corner of each.
        owner: (N,) a number the caller knows each by.
    """

    def __init__(self, corners: FloatArray, start: IndexArray, owner: IndexArray, /) -> None:
        self.corners = np.ascontiguousarray(corners, np.float64).reshape(-1, 2)
        self.start = np.ascontiguousarray(start, np.int64)
        self.owner = np.ascontiguousarray(owner, np.int64)
        n = len(self.owner)
        if n == 0:
            return
        lower = np.minimum.reduceat(self.corners, self.start[:-1], axis=0)
        upper = np.maximum.reduceat(self.corners, self.start[:-1], axis=0)
        self._order = _morton(0.5 * (lower + upper))
        leaves = 1 << max(0, math.ceil(n / _LEAF) - 1).bit_length()
        self._box, self._tree = np.empty((n, 4)), np.empty((2 * leaves - 1, 4))
        _box_tree(self.corners, self.start, self._order, self._box, self._tree)

    def __len__(self) -> int:
        return len(self.owner)

    def polygon(self, index: int, /) -> FloatArray:
        """(k, 2) corners of one obstacle."""
        return self.corners[self.start[index] : self.start[index + 1]]

    def nearest(self, shapes: ArrayLike, cap: ArrayLike, /) -> Nearest:
        """The nearest obstacle of each shape.

        Args:
            shapes: (Q, k, 2) corners in order; (Q, 2) for points.
            cap: Metres, one for all or (Q,): farther than this is not looked for.
        """
        placed = np.ascontiguousarray(shapes, np.float64)
        placed = placed[:, None, :] if placed.ndim == 2 else placed
        count = len(placed)
        limit = np.ascontiguousarray(np.broadcast_to(np.asarray(cap, np.float64), (count,)))
        away, which = limit.copy(), np.full(count, -1, np.int64)
        witness = np.full((count, 4), np.nan)
        if len(self) and count:
            _measure(placed, limit, self.corners, self.start, self._order, self._box, self._tree,
                     away, which, witness)  # fmt: skip
        return Nearest(away, which, witness.reshape(-1, 2, 2))

    def free(self, shapes: ArrayLike, /) -> BoolArray:
        """(Q,) whether each shape meets nothing; what touches it from outside meets it."""
        found = self.nearest(shapes, _TINY)
        return np.asarray(found.which < 0)
