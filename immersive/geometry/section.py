"""The floor-plan footprint of triangles between two heights, exact: triangles are clipped, not sampled.

A triangle clipped to a leg of a strip and to a slab of heights is a convex polygon, here a
*piece*. Vertical triangles give pieces without area (segments on the plan) that count all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import helper, kernel
from immersive.geometry.strip import Strip
from immersive.geometry.tolerance import TOUCH

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

_MAX = 12
"""Room for a piece's corners: a triangle cut by four sides and two heights has nine; rounding on
slivers may add a double one."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """Convex polygons in space, each inside one leg of a strip.

    Attributes:
        points: (K, 3) corners of all pieces, metres.
        start: (N + 1,) piece i owns ``points[start[i]:start[i + 1]]``.
        owner: (N,) index the caller gave with the triangle (its part).
        leg: (N,) leg of the strip.
        low, high: (N,) lowest and highest corner.
    """

    points: FloatArray
    start: IndexArray
    owner: IndexArray
    leg: IndexArray
    low: FloatArray
    high: FloatArray

    def __len__(self) -> int:
        return len(self.owner)

    def keep(self, mask: NDArray[np.bool_]) -> Pieces:
        """The pieces where ``mask`` (N,) is true."""
        counts = np.diff(self.start)
        corners = np.repeat(mask, counts)
        start = np.concatenate([[0], np.cumsum(counts[mask])]).astype(np.int64)
        return Pieces(
            self.points[corners], start, self.owner[mask], self.leg[mask], self.low[mask], self.high[mask]
        )


@helper
def _half_space(src, n, dst, a, b, c, d):  # type: ignore[no-untyped-def]
    """Corners of the convex polygon src[:n] with a·x + b·y + c·z ≥ d, written to dst."""
    m = 0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        si = a * src[i, 0] + b * src[i, 1] + c * src[i, 2] - d
        sj = a * src[j, 0] + b * src[j, 1] + c * src[j, 2] - d
        if m >= _MAX - 1:
            break
        if si >= 0.0:
            for k in range(3):
                dst[m, k] = src[i, k]
            m += 1
        if (si > 0.0 and sj < 0.0) or (si < 0.0 and sj > 0.0):
            t = si / (si - sj)
            for k in range(3):
                dst[m, k] = src[i, k] + t * (src[j, k] - src[i, k])
            if c != 0.0:
                dst[m, 2] = d / c
            m += 1
    return m


@kernel
def _candidates(triangles, boxes, z0, z1, found):  # type: ignore[no-untyped-def]
    """(triangle, leg) pairs whose boxes overlap; counts all, writes the first len(found)."""
    count = 0
    for t in range(len(triangles)):
        low = min(triangles[t, 0, 2], triangles[t, 1, 2], triangles[t, 2, 2])
        high = max(triangles[t, 0, 2], triangles[t, 1, 2], triangles[t, 2, 2])
        # Open slab: what merely touches the lower or upper height is not in the way.
        if high <= z0 or low >= z1:
            continue
        x0 = min(triangles[t, 0, 0], triangles[t, 1, 0], triangles[t, 2, 0])
        x1 = max(triangles[t, 0, 0], triangles[t, 1, 0], triangles[t, 2, 0])
        y0 = min(triangles[t, 0, 1], triangles[t, 1, 1], triangles[t, 2, 1])
        y1 = max(triangles[t, 0, 1], triangles[t, 1, 1], triangles[t, 2, 1])
        for g in range(len(boxes)):
            if x1 >= boxes[g, 0] and y1 >= boxes[g, 1] and x0 <= boxes[g, 2] and y0 <= boxes[g, 3]:
                if count < len(found):
                    found[count, 0] = t
                    found[count, 1] = g
                count += 1
    return count


@kernel
def _clip(triangles, pairs, planes, z0, z1, points, start):  # type: ignore[no-untyped-def]
    """Corners of each pair's piece; planes (legs, 4, 3): a·x + b·y ≥ d keeps the inside."""
    src = np.empty((_MAX, 3))
    dst = np.empty((_MAX, 3))
    used = 0
    for p in range(len(pairs)):
        t, g = pairs[p, 0], pairs[p, 1]
        n = 3
        for k in range(3):
            for c in range(3):
                src[k, c] = triangles[t, k, c]
        for s in range(6):
            if s < 4:
                n = _half_space(src, n, dst, planes[g, s, 0], planes[g, s, 1], 0.0, planes[g, s, 2])
            elif s == 4:
                n = _half_space(src, n, dst, 0.0, 0.0, 1.0, z0)
            else:
                n = _half_space(src, n, dst, 0.0, 0.0, -1.0, -z1)
            src, dst = dst, src
        for k in range(n):
            for c in range(3):
                points[used + k, c] = src[k, c]
        used += n
        start[p + 1] = used


@kernel
def _below(points, start, z1, flat, begin):  # type: ignore[no-untyped-def]
    """The plan polygons of the pieces' portions below z1; none for a piece that is above."""
    src = np.empty((_MAX, 3))
    dst = np.empty((_MAX, 3))
    used = 0
    for i in range(len(start) - 1):
        m = start[i + 1] - start[i]
        low = np.inf
        for k in range(m):
            for c in range(3):
                src[k, c] = points[start[i] + k, c]
            low = min(low, src[k, 2])
        m = _half_space(src, m, dst, 0.0, 0.0, -1.0, -z1) if low < z1 else 0
        for k in range(m):
            flat[used + k, 0] = dst[k, 0]
            flat[used + k, 1] = dst[k, 1]
        used += m
        begin[i + 1] = used


def strip_planes(strip: Strip, /) -> FloatArray:
    """(legs, 4, 3) half-planes a·x + b·y ≥ d of each leg's quad.

    The two ends of the strip are drawn in by :data:`~immersive.geometry.tolerance.TOUCH`: a wall
    that the walkway ends at is not in its way.
    """
    quads = strip.quads
    side = np.roll(quads, -1, axis=1) - quads
    inward = np.stack([-side[..., 1], side[..., 0]], axis=-1)
    inward /= np.linalg.norm(inward, axis=-1)[..., None]
    offset = np.einsum("ijk,ijk->ij", inward, quads)
    offset[0, 3] += TOUCH
    offset[-1, 1] += TOUCH
    return np.ascontiguousarray(np.concatenate([inward, offset[..., None]], axis=-1))


def strip_pieces(
    triangles: FloatArray, owners: IndexArray, strip: Strip, /, *, bottom: float, top: float
) -> Pieces:
    """What lies over the strip between two heights.

    Args:
        triangles: (T, 3, 3) corners in the world, metres; zero-area ones are welcome.
        owners: (T,) a number the pieces carry on.
        strip: On the floor plan.
        bottom, top: World heights of the slab; what only touches it is left out.
    """
    corners = np.ascontiguousarray(triangles, np.float64).reshape(-1, 3, 3)
    quads = strip.quads
    boxes = np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)
    slab = float(bottom), float(top)
    pairs = np.empty((4096, 2), np.int64)
    count = _candidates(corners, boxes, *slab, pairs)
    if count > len(pairs):
        pairs = np.empty((count, 2), np.int64)
        _candidates(corners, boxes, *slab, pairs)
    pairs = pairs[:count]
    points = np.empty((count * _MAX, 3))
    start = np.zeros(count + 1, np.int64)
    _clip(corners, pairs, strip_planes(strip), *slab, points, start)
    points = points[: start[-1]].copy()
    full = np.diff(start) > 0
    start = np.concatenate([start[:1], start[1:][full]])
    owner = np.asarray(owners, np.int64)[pairs[full, 0]]
    leg = pairs[full, 1].copy()
    if len(owner) == 0:
        return Pieces(points, start, owner, leg, np.empty(0), np.empty(0))
    low = np.minimum.reduceat(points[:, 2], start[:-1])
    high = np.maximum.reduceat(points[:, 2], start[:-1])
    return Pieces(points, start, owner, leg, low, high)


def footprint(pieces: Pieces, top: float, /) -> tuple[FloatArray, IndexArray, IndexArray]:
    """Plan polygons of the pieces' portions below ``top``: corners (K, 2), starts (M + 1,), piece (M,)."""
    flat = np.empty((len(pieces.points) + len(pieces), 2))
    begin = np.zeros(len(pieces) + 1, np.int64)
    _below(pieces.points, pieces.start, float(top), flat, begin)
    index = np.flatnonzero(np.diff(begin) > 0)
    return flat[: begin[-1]], np.concatenate([begin[:1], begin[1:][index]]), index
