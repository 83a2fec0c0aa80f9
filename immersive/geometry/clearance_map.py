"""How far every place of a floor plan is from what stands there: exact values on a lattice, and gaps between.

Clearance changes by at most a metre a metre, so that exact values at lattice places prove what lies between
them: a disc of radius r runs along an edge of length d freely if both ends' clearances add up to 2 r + d; where
that does not decide, the edge itself is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.plan_index import PlanIndex
from immersive.geometry.plan_paths import Moves
from immersive.geometry.tolerance import ARITHMETIC

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

STEPS: Final = np.array([[0, 1], [1, 1], [1, 0], [1, -1], [0, -1], [-1, -1], [-1, 0], [-1, 1]])
"""Rows and columns of the eight moves; move m + 4 goes back."""

MOST: Final = 120_000
"""Places of a lattice; a larger floor gets a coarser one."""


def moves_of(step: float, /) -> Moves:
    """The eight moves of a disc on a lattice."""
    return Moves(
        np.array([0, 8], np.int64),
        np.zeros(8, np.int64),
        STEPS.astype(np.int64),
        step * np.hypot(STEPS[:, 0], STEPS[:, 1]),
    )


@dataclass(frozen=True, eq=False)
class Gap:
    """A narrow place: no disc wider than this gets across the line between the two points.

    Attributes:
        width: Distance of the two obstacles, metres.
        points: (2, 2) where it is measured.
        owners: Of the two obstacles.
    """

    width: float
    points: FloatArray
    owners: tuple[int, int]


@dataclass(frozen=True, eq=False)
class ClearanceMap:
    """Clearances on a lattice.

    Attributes:
        index: The obstacles.
        origin: (2,) place of row 0, column 0.
        step: Between places, metres.
        shape: Rows (y) and columns (x).
        cap: Clearances are known up to this.
    """

    index: PlanIndex
    origin: FloatArray
    step: float
    shape: tuple[int, int]
    cap: float

    @classmethod
    def over(
        cls,
        index: PlanIndex,
        lower: FloatArray,
        upper: FloatArray,
        /,
        *,
        step: float,
        cap: float,
        through: FloatArray | None = None,
    ) -> ClearanceMap:
        """A map of a rectangle; ``step`` grows where the rectangle is too large for it.

        With ``through`` (2,) that point is one of its places.
        """
        size = np.asarray(upper) - lower
        step = max(step, float(np.sqrt(size.prod() / MOST)))
        if through is not None:
            shift = (np.asarray(through) - lower) % step
            columns, rows = (max(2, int(np.floor(extent / step)) + 1) for extent in size - shift)
            return cls(index, np.asarray(lower + shift, np.float64), step, (rows, columns), cap)
        columns, rows = (max(2, int(np.floor(extent / step)) + 1) for extent in size)
        rest = size - step * np.array([columns - 1, rows - 1])
        return cls(index, np.asarray(lower + 0.5 * rest, np.float64), step, (rows, columns), cap)

    @cached_property
    def points(self) -> FloatArray:
        """(R, C, 2)."""
        rows, columns = self.shape
        x = self.origin[0] + self.step * np.arange(columns)
        y = self.origin[1] + self.step * np.arange(rows)
        return np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=-1)

    @cached_property
    def clearance(self) -> FloatArray:
        """(R, C) distance to the nearest obstacle, at most ``cap``."""
        return self.index.nearest(self.points.reshape(-1, 2), self.cap).away.reshape(self.shape)

    def point(self, states: IndexArray, /) -> FloatArray:
        """(…, 2) places of flat cell numbers."""
        row, column = np.divmod(np.asarray(states) % (self.shape[0] * self.shape[1]), self.shape[1])
        return np.stack([self.origin[0] + self.step * column, self.origin[1] + self.step * row], axis=-1)

    def near(self, point: FloatArray, distance: float, /) -> IndexArray:
        """Flat numbers of the cells within a distance, nearest first."""
        column, row = (np.asarray(point) - self.origin) / self.step
        reach = int(np.ceil(distance / self.step)) + 1
        r = np.arange(max(0, int(row) - reach), min(self.shape[0], int(row) + reach + 2))
        c = np.arange(max(0, int(column) - reach), min(self.shape[1], int(column) + reach + 2))
        cells = (r[:, None] * self.shape[1] + c).ravel()
        away = np.linalg.norm(self.point(cells) - point, axis=1)
        kept = away <= distance
        return np.asarray(cells[kept][np.lexsort((cells[kept], away[kept]))])

    def inside(self, m: int, /) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Slices of the cells that move ``m`` starts from and arrives at."""
        dr, dc = STEPS[m]

        def cut(d: int, size: int) -> tuple[slice, slice]:
            return slice(max(0, -d), size - max(0, d)), slice(max(0, d), size - max(0, -d))

        (r0, r1), (c0, c1) = cut(int(dr), self.shape[0]), cut(int(dc), self.shape[1])
        return (r0, c0), (r1, c1)

    def edges(self, free: BoolArray, /) -> BoolArray:
        """(8, R, C) moves between free cells (R, C)."""
        allowed = np.zeros((8, *self.shape), bool)
        for m in range(8):
            start, end = self.inside(m)
            allowed[m][start] = free[start] & free[end]
        return allowed

    def proven(self, radius: float, /, among: BoolArray | None = None) -> BoolArray:
        """(8, R, C) moves that a disc certainly can make.

        Args:
            radius: Of the disc, metres.
            among: (R, C) cells that matter; None: all.
        """
        c = self.clearance
        fits = c >= radius - ARITHMETIC
        if among is not None:
            fits &= among
        allowed = np.zeros((8, *self.shape), bool)
        for m in range(4):
            start, end = self.inside(m)
            length = self.step * float(np.hypot(*STEPS[m]))
            both = fits[start] & fits[end]
            sure = both & (c[start] + c[end] >= 2.0 * radius + length)
            open_ = np.argwhere(both & ~sure)
            if len(open_):
                a = self.points[start][open_[:, 0], open_[:, 1]]
                b = self.points[end][open_[:, 0], open_[:, 1]]
                away = self.index.nearest(np.stack([a, b], axis=1), radius).away
                sure[open_[:, 0], open_[:, 1]] = away >= radius - ARITHMETIC
            allowed[m][start] = sure
            allowed[m + 4][end] = sure
        return allowed

    def unobstructed(self) -> BoolArray:
        """(8, R, C) moves of a point that meet nothing."""
        c = self.clearance
        allowed = np.zeros((8, *self.shape), bool)
        for m in range(4):
            start, end = self.inside(m)
            length = self.step * float(np.hypot(*STEPS[m]))
            sure = c[start] + c[end] > length + 1e-9  # equal where the move crosses a surface straight
            open_ = np.argwhere(~sure & (c[start] > 0.0) & (c[end] > 0.0))
            if len(open_):
                a = self.points[start][open_[:, 0], open_[:, 1]]
                b = self.points[end][open_[:, 0], open_[:, 1]]
                sure[open_[:, 0], open_[:, 1]] = self.index.free(np.stack([a, b], axis=1))
            allowed[m][start] = sure
            allowed[m + 4][end] = sure
        return allowed

    def cut(self, allowed: BoolArray, points: FloatArray, /) -> None:
        """Take away the moves that cross the segment (2, 2)."""
        a, b = points
        lower, upper = np.minimum(a, b) - 1.5 * self.step, np.maximum(a, b) + 1.5 * self.step
        first = np.maximum(np.floor((lower - self.origin) / self.step).astype(int), 0)
        last = np.minimum(np.ceil((upper - self.origin) / self.step).astype(int) + 1, self.shape[::-1])
        rows, columns = np.arange(first[1], last[1]), np.arange(first[0], last[0])
        if not len(rows) or not len(columns):
            return
        r, c = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
        p = self.points[r, c]
        for m in range(8):
            q = p + self.step * STEPS[m][::-1]
            allowed[m, r, c] &= ~_cross(p, q, a, b)

    def gap(self, at: FloatArray, way: FloatArray, /, *, width: float, slack: float) -> Gap | None:
        """The exact gap that a way passes near a place, or None where none can be told.

        Args:
            at: (2,) the narrowest place of the way.
            way: (K, 2) the way about it.
            width: Twice the clearance there.
            slack: By how much the gap may differ from that.
        """
        reach = 0.5 * width + slack
        low, high = np.asarray(at) - reach, np.asarray(at) + reach
        corner, begin = self.index.corners, self.index.start
        mins = np.minimum.reduceat(corner, begin[:-1], axis=0)
        maxs = np.maximum.reduceat(corner, begin[:-1], axis=0)
        some = np.flatnonzero(((mins <= high) & (maxs >= low)).all(axis=1))
        if len(some) < 2:
            return None
        # Long parallel walls are as near to each other far away as here: only what is here counts.
        whole = np.all((mins >= low) & (maxs <= high), axis=1)
        polygon = self.index.polygon
        shapes = [polygon(int(k)) if whole[k] else _within(polygon(int(k)), low, high) for k in some]
        kept = [k for k, shape in enumerate(shapes) if len(shape)]
        if len(kept) < 2:
            return None
        some, shapes = some[kept], [shapes[k] for k in kept]
        counts = np.array([len(shape) for shape in shapes])
        starts = np.concatenate([[0], np.cumsum(counts)])
        flat = np.concatenate(shapes)
        most = int(counts.max())
        padded = flat[starts[:-1, None] + np.minimum(np.arange(most), counts[:, None] - 1)]
        # Seen from the place, which side of the way each lies on.
        spot = PlanIndex(np.asarray(at)[None], np.array([0, 1]), np.zeros(1, np.int64))
        seen = spot.nearest(padded, reach)
        steps = np.diff(way, axis=0)
        middle = int(np.argmin(np.linalg.norm(0.5 * (way[:-1] + way[1:]) - at, axis=1)))
        along = way[min(middle + 2, len(way) - 1)] - way[max(middle - 1, 0)]
        if not np.any(along):
            along = steps[middle]
        toward = seen.witness[:, 0] - at
        side = along[0] * toward[:, 1] - along[1] * toward[:, 0]
        left = np.flatnonzero((seen.which >= 0) & (side > 0.0))
        right = np.flatnonzero((seen.which >= 0) & (side < 0.0))
        if not len(left) or not len(right):
            return None
        firsts = np.concatenate([[0], np.cumsum(counts[right])])
        other = PlanIndex(np.concatenate([shapes[k] for k in right]), firsts, right)
        found = other.nearest(padded[left], width + slack)
        for k in np.lexsort((np.arange(len(left)), found.away)):
            if found.which[k] < 0:
                break
            a, b = found.witness[k]
            if found.away[k] < width - slack:
                continue
            if _cross(way[:-1], way[1:], a, b).any():
                owners = (
                    int(self.index.owner[some[left[k]]]),
                    int(self.index.owner[some[right[found.which[k]]]]),
                )
                return Gap(float(found.away[k]), np.array([a, b]), owners)
        return None


def _within(shape: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """(K, 2) corners of what of a convex polygon lies in a box; none where nothing does."""
    points = [(x, y) for x, y in shape.tolist()]
    for axis in (0, 1):
        for limit, sign in ((float(low[axis]), 1.0), (float(high[axis]), -1.0)):
            cut: list[tuple[float, float]] = []
            for k, a in enumerate(points):
                b = points[(k + 1) % len(points)]
                da, db = sign * (a[axis] - limit), sign * (b[axis] - limit)
                if da >= 0.0:
                    cut.append(a)
                if da * db < 0.0:
                    t = da / (da - db)
                    cut.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
            points = cut
            if not points:
                return np.empty((0, 2))
    return np.array(points)


def _cross(p: FloatArray, q: FloatArray, a: FloatArray, b: FloatArray) -> BoolArray:
    """(N,) whether the segments p – q (N, 2) and a – b cross or touch."""

    def side(o: FloatArray, d: FloatArray, x: FloatArray) -> FloatArray:
        value: FloatArray = (d[..., 0] - o[..., 0]) * (x[..., 1] - o[..., 1]) - (d[..., 1] - o[..., 1]) * (
            x[..., 0] - o[..., 0]
        )
        return value

    s, t = side(a, b, p), side(a, b, q)
    u, v = side(p, q, np.broadcast_to(a, p.shape)), side(p, q, np.broadcast_to(b, p.shape))
    return np.asarray((s * t <= 0.0) & (u * v <= 0.0))
