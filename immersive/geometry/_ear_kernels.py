"""Ear clipping of plane polygons, compiled. Only :mod:`immersive.formats._polygons` uses it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import helper, kernel


@helper
def _cross(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> float:
    """Twice the signed area of a triangle: positive when counter-clockwise."""
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


@helper
def _ear(
    xy: NDArray[np.float64],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    i: int,
    reflex: NDArray[np.bool_],
) -> int:
    """Corners looked at to see whether cutting off corner ``i`` keeps the rest simple; negative if not."""
    p, n = before[i], after[i]
    ax, ay, bx, by, cx, cy = xy[p, 0], xy[p, 1], xy[i, 0], xy[i, 1], xy[n, 0], xy[n, 1]
    if _cross(ax, ay, bx, by, cx, cy) <= 0.0:
        return -1
    k = after[n]
    steps = 1
    while k != p:
        if reflex[k]:
            x, y = xy[k, 0], xy[k, 1]
            # A corner of the same place as one of the three (a bridge, a touching vertex) does not block.
            same = (x == ax and y == ay) or (x == bx and y == by) or (x == cx and y == cy)
            if (
                not same
                and _cross(ax, ay, bx, by, x, y) >= 0.0
                and _cross(bx, by, cx, cy, x, y) >= 0.0
                and _cross(cx, cy, ax, ay, x, y) >= 0.0
            ):
                return -steps
        k = after[k]
        steps += 1
    return steps


@kernel
def clip_ears(
    points: NDArray[np.float64], starts: NDArray[np.int64], counts: NDArray[np.int64], budget: int
) -> NDArray[np.int64]:
    """Triangles of many polygons, each exactly ``count - 2``, wound as the polygon.

    Args:
        points: (N, 2) corners of all polygons, each counter-clockwise as a whole.
        starts: (P,) first corner of each polygon.
        counts: (P,) corners of each, at least 3.
        budget: Most corners to look at in all.

    Returns:
        (sum of count − 2, 3) positions in ``points``; none at all when the budget did not do.
    """
    total = 0
    for q in range(len(counts)):
        total += counts[q] - 2
    result = np.empty((total, 3), np.int64)
    most = counts.max() if len(counts) else 0
    before = np.empty(most, np.int64)
    after = np.empty(most, np.int64)
    reflex = np.empty(most, np.bool_)
    out = 0
    work = 0
    for q in range(len(starts)):
        s, n = starts[q], counts[q]
        xy = points[s : s + n]
        for i in range(n):
            before[i] = i - 1 if i > 0 else n - 1
            after[i] = i + 1 if i < n - 1 else 0
        for i in range(n):
            p, m = before[i], after[i]
            reflex[i] = _cross(xy[p, 0], xy[p, 1], xy[i, 0], xy[i, 1], xy[m, 0], xy[m, 1]) <= 0.0
        i = 0
        left = n
        waited = 0
        while left > 3:
            steps = _ear(xy, before, after, i, reflex)
            cut = steps > 0
            work += abs(steps)
            if work > budget:
                return np.empty((0, 3), np.int64)
            if not cut and waited >= left:
                work += left
                # No ear is left: the polygon crosses itself or is degenerate. Cut the flattest corner,
                # so that collinear corners go as triangles without area and the count stays right.
                best, least = i, np.inf
                k = i
                for _ in range(left):
                    p, m = before[k], after[k]
                    area = abs(_cross(xy[p, 0], xy[p, 1], xy[k, 0], xy[k, 1], xy[m, 0], xy[m, 1]))
                    if area < least:
                        best, least = k, area
                    k = after[k]
                i = best
                cut = True
            if cut:
                p, m = before[i], after[i]
                result[out, 0], result[out, 1], result[out, 2] = s + p, s + i, s + m
                out += 1
                after[p], before[m] = m, p
                left -= 1
                waited = 0
                for k in (p, m):
                    u, v = before[k], after[k]
                    reflex[k] = _cross(xy[u, 0], xy[u, 1], xy[k, 0], xy[k, 1], xy[v, 0], xy[v, 1]) <= 0.0
                # Going on behind the next corner spreads the cuts: fewer slivers than always the same tip.
                i = after[m]
            else:
                waited += 1
                i = after[i]
        p, m = before[i], after[i]
        result[out, 0], result[out, 1], result[out, 2] = s + p, s + i, s + m
        out += 1
    return result
