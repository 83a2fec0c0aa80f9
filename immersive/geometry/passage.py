"""Free width and head height of a strip of floor, exact on the footprint of what stands over it.

The free width is the diameter of the widest disc that can be moved along the strip from one
end to the other without leaving it: the smallest "largest hop" from the left edge over
obstacles to the right edge. An obstacle in the middle may be passed on either side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import kernel
from immersive.geometry.bottleneck import minimax_hop
from immersive.geometry.section import Pieces, footprint
from immersive.geometry.strip import Strip
from immersive.geometry.tolerance import TOUCH

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

LEFT: Final = -1
RIGHT: Final = -2
"""Owners that stand for the strip's own edges."""

HEIGHT_RESOLUTION: Final = 1e-4
"""A head height below a slanted surface is searched to 0.1 mm; below corners and flat undersides it is exact."""


@dataclass(frozen=True, eq=False)
class Pinch:
    """The narrowest place that the widest disc has to pass.

    Attributes:
        width: Free width, metres; the strip's own width where nothing is narrower.
        points: (2, 2) the two points it is measured between, on the plan.
        owners: Owner of either point, :data:`LEFT` or :data:`RIGHT` for the strip's edges.
        height: A height at which both are found (of the obstacle if one is an edge), metres.
        chain: Owners from left to right that force the disc through here, edges left out.
    """

    width: float
    points: FloatArray
    owners: tuple[int, int]
    height: float
    chain: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class HeadHeight:
    """How high a passage of the required width stays free.

    Attributes:
        height: World height, metres.
        tolerance: The true value is at most this much higher.
        capped: True if the search ended there without meeting anything.
        owner: Owner of what limits it; None if capped.
        position: (3,) a point of it.
    """

    height: float
    tolerance: float
    capped: bool
    owner: int | None = None
    position: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class Profile:
    """Widest gap across the strip at sampled stations: for drawing only, the disc decides.

    Attributes:
        points: (S, 2) on the centre line.
        widths: (S,) metres, measured square to the path.
        offsets: (S,) of the gap's middle to the left of the centre line.
    """

    points: FloatArray
    widths: FloatArray
    offsets: FloatArray


def _edges(strip: Strip) -> tuple[FloatArray, IndexArray, IndexArray]:
    """Both edges cut into short segments: corners (2E, 2), leg (E,), group (E,)."""
    segments, legs, groups = [], [], []
    for group, edge in enumerate((strip.left, strip.right)):
        for leg in range(strip.legs):
            a, b = edge[leg], edge[leg + 1]
            # Short pieces keep the boxes of slanted edges small; 256 a leg are plenty.
            n = int(min(256.0, max(1.0, np.ceil(np.linalg.norm(b - a) / strip.width))))
            knots = a + np.linspace(0.0, 1.0, n + 1)[:, None] * (b - a)
            knots[-1] = b
            segments.append(np.stack([knots[:-1], knots[1:]], axis=1).reshape(-1, 2))
            legs.append(np.full(n, leg, np.int64))
            groups.append(np.full(n, group, np.int64))
    return np.concatenate(segments), np.concatenate(legs), np.concatenate(groups)


def _critical(strip: Strip, pieces: Pieces, top: float) -> tuple[Pinch, IndexArray]:
    """The pinch below ``top`` and the pieces of its chain."""
    edge_points, edge_leg, edge_group = _edges(strip)
    flat, begin, index = footprint(pieces, top)
    count = len(edge_leg)
    found = minimax_hop(
        np.concatenate([edge_points, flat]),
        np.concatenate([2 * np.arange(count, dtype=np.int64), 2 * count + begin]),
        np.concatenate([edge_leg, pieces.leg[index]]),
        np.concatenate([edge_group, np.full(len(index), -1, np.int64)]),
        inner=strip.inner,
        reach=strip.width * (1.0 + 1e-9),
        label=np.concatenate([-1 - edge_group, pieces.owner[index]]),
    )
    wall = (LEFT, RIGHT)
    ends = [k if k < count else -1 for k in found.ends]
    owners = tuple(
        wall[int(edge_group[k])] if k < count else int(pieces.owner[index[k - count]]) for k in found.ends
    )
    spans = [
        (pieces.low[index[k - count]], min(top, pieces.high[index[k - count]]))
        for k, edge in zip(found.ends, ends, strict=True)
        if edge < 0
    ]
    # A height that both have if there is one, else halfway between them.
    height = 0.5 * (max(s[0] for s in spans) + min(s[1] for s in spans)) if spans else float("nan")
    chain = index[found.chain[found.chain >= count] - count]
    names = tuple(dict.fromkeys(int(k) for k in pieces.owner[chain]))
    width = min(found.hop, strip.width)
    return Pinch(width, found.points, (owners[0], owners[1]), float(height), names), chain


def free_width(strip: Strip, pieces: Pieces, /, *, top: float) -> Pinch:
    """Free width of the strip among what reaches below the world height ``top``.

    Args:
        strip: The strip.
        pieces: From :func:`immersive.geometry.section.strip_pieces` with the same strip and a
            slab that reaches at least up to ``top``.
        top: World height, metres; what only touches it does not count.

    Note:
        A solid that holds the whole strip and spans the slab leaves no surface in it: test a
        point between :attr:`Pinch.points` with :func:`immersive.geometry.winding.winding_number`.
    """
    return _critical(strip, pieces, top)[0]


def head_height(strip: Strip, pieces: Pieces, /, *, required: float, start: float, cap: float) -> HeadHeight:
    """Largest height up to which a passage of the width ``required`` is free.

    Args:
        strip: The strip.
        pieces: From a slab that reaches up to ``cap``.
        required: Metres; at most the free width below ``start``.
        start: World height up to which the passage is known to be free.
        cap: World height at which the search ends.
    """

    def wide(top: float) -> bool:
        return _critical(strip, pieces, top)[0].width >= required - TOUCH

    if len(pieces) == 0 or wide(cap):
        return HeadHeight(cap, 0.0, True)
    heights = pieces.points[:, 2]
    events = np.unique(heights[(heights > start) & (heights < cap)])
    steps = np.concatenate([[start], events, [cap]])
    low, high = 0, len(steps) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wide(float(steps[middle])) else (low, middle)
    free, blocked = float(steps[low]), float(steps[high])
    above = free + TOUCH
    if above < blocked:
        if not wide(above):
            blocked = above
        else:
            free = above
            while blocked - free > HEIGHT_RESOLUTION:
                middle_height = 0.5 * (free + blocked)
                free, blocked = (middle_height, blocked) if wide(middle_height) else (free, middle_height)
    tolerance = blocked - free if blocked - free > TOUCH * 1.5 else 0.0
    owner, position = _limiter(pieces, *_critical(strip, pieces, blocked), free, blocked)
    return HeadHeight(free, tolerance, False, owner, position)


def _limiter(
    pieces: Pieces, pinch: Pinch, chain: IndexArray, free: float, blocked: float
) -> tuple[int, FloatArray]:
    """Owner and place of what closes the passage between the heights ``free`` and ``blocked``."""
    closes = (
        np.isin(pieces.owner, pieces.owner[chain]) & (pieces.low < blocked) & (pieces.high > free - TOUCH)
    )
    enters = closes & (pieces.low >= free - TOUCH)
    found = np.flatnonzero(enters if enters.any() else closes)
    if not enters.any():  # a slanted surface: of the pieces at that height, those that begin highest
        found = found[pieces.low[found] >= pieces.low[found].max() - TOUCH]
    corner = np.repeat(np.arange(len(pieces)), np.diff(pieces.start))
    near = np.flatnonzero(np.isin(corner, found))
    away = np.linalg.norm(pieces.points[near, :2] - pinch.points.mean(axis=0), axis=1)
    best = near[int(np.argmin(away))]
    return int(pieces.owner[corner[best]]), np.append(pieces.points[best, :2], free)


@kernel
def _gaps(flat, begin, leg, round_, origin, across, along, legs_of, half, result):  # type: ignore[no-untyped-def]
    """Widest free interval of each cross line, in units of ``across``: result (S, 2) from, to.

    round_ (N, 3): a circle x, y, radius around each piece, to pass most of them by.
    """
    spans = np.empty((len(leg), 2))
    for s in range(len(origin)):
        count = 0
        for i in range(len(leg)):
            if leg[i] != legs_of[s, 0] and leg[i] != legs_of[s, 1]:
                continue
            away = (round_[i, 0] - origin[s, 0]) * along[s, 0] + (round_[i, 1] - origin[s, 1]) * along[s, 1]
            if abs(away) > round_[i, 2]:
                continue
            low = np.inf
            high = -np.inf
            for k in range(begin[i], begin[i + 1]):
                m = k + 1 if k + 1 < begin[i + 1] else begin[i]
                dx, dy = flat[k, 0] - origin[s, 0], flat[k, 1] - origin[s, 1]
                ex, ey = flat[m, 0] - origin[s, 0], flat[m, 1] - origin[s, 1]
                f = dx * along[s, 0] + dy * along[s, 1]
                g = ex * along[s, 0] + ey * along[s, 1]
                t = dx * across[s, 0] + dy * across[s, 1]
                if abs(f) <= 1e-9:
                    low, high = min(low, t), max(high, t)
                elif f * g < 0.0:
                    u = ex * across[s, 0] + ey * across[s, 1]
                    t += f / (f - g) * (u - t)
                    low, high = min(low, t), max(high, t)
            if low <= high:
                spans[count, 0] = low
                spans[count, 1] = high
                count += 1
        # Walk outwards from the left-hand side: the next span is the first that starts beyond.
        reach = -half
        a, b = -half, -half
        while True:
            grown = True
            while grown:
                grown = False
                for k in range(count):
                    if spans[k, 0] <= reach < spans[k, 1]:
                        reach = spans[k, 1]
                        grown = True
            ahead = half
            for k in range(count):
                if reach < spans[k, 0] < ahead:
                    ahead = spans[k, 0]
            if ahead - reach > b - a:
                a, b = reach, ahead
            if ahead >= half:
                break
            reach = ahead
        result[s, 0] = a
        result[s, 1] = b


def width_profile(strip: Strip, pieces: Pieces, /, *, top: float, spacing: float = 0.1) -> Profile:
    """The widest gap across the strip about every ``spacing`` metres (at most 400 stations), and at bends."""
    half = 0.5 * strip.width
    stations, path, along = strip.stations, strip.path, strip.directions
    spacing = max(spacing, float(stations[-1]) / 400.0)
    origin, direction, across, legs = [], [], [], []
    bend = np.concatenate([[0.0], np.einsum("ij,ij->i", along[1:], along[:-1]), [0.0]])
    setback = half * np.sqrt((1.0 - bend) / (1.0 + bend))
    setback[[0, -1]] = TOUCH
    for leg in range(strip.legs):
        d = along[leg]
        left = np.array([-d[1], d[0]])
        length = float(stations[leg + 1] - stations[leg])
        if leg:
            # Across the mitre, scaled so that the full width reads as the strip's.
            mitre = strip.left[leg] - path[leg]
            origin.append(path[leg])
            direction.append(np.array([mitre[1], -mitre[0]]) / np.linalg.norm(mitre))
            across.append(mitre / (mitre @ mitre) * half)
            legs.append((leg - 1, leg))
        first, last = float(setback[leg]), length - float(setback[leg + 1])
        if first < last:
            for s in np.linspace(first, last, max(2, int(np.ceil((last - first) / spacing)) + 1)):
                origin.append(path[leg] + s * d)
                direction.append(d)
                across.append(left)
                legs.append((leg, leg))
    flat, begin, index = footprint(pieces, top)
    points = np.array(origin)
    gaps = np.empty((len(points), 2))
    cross, forward, legs_of = np.array(across), np.array(direction), np.array(legs, np.int64)
    if len(index) == 0:
        gaps[:] = -half, half
        return Profile(points, gaps[:, 1] - gaps[:, 0], np.zeros(len(points)))
    lower = np.minimum.reduceat(flat, begin[:-1], axis=0)
    upper = np.maximum.reduceat(flat, begin[:-1], axis=0)
    radius = 0.5 * np.linalg.norm(upper - lower, axis=1) + TOUCH
    round_ = np.concatenate([0.5 * (lower + upper), radius[:, None]], axis=1)
    _gaps(flat, begin, pieces.leg[index], round_, points, cross, forward, legs_of, half, gaps)
    return Profile(points, gaps[:, 1] - gaps[:, 0], 0.5 * (gaps[:, 0] + gaps[:, 1]))
