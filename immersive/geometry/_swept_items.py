"""Pairs of moving bodies at intervals of time that are still to be looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._swept_kernels import HINT

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Items:
    """Pairs at intervals.

    Attributes:
        pair, interval: (n,) numbers.
        starts, ends: (I,) the intervals, seconds.
        hints: (n, HINT) where to look first.
    """

    pair: IntArray
    interval: IntArray
    starts: FloatArray
    ends: FloatArray
    hints: FloatArray

    @staticmethod
    def of(count: int, starts: FloatArray, ends: FloatArray) -> Items:
        """Every pair at every interval."""
        pair = np.repeat(np.arange(count), len(starts))
        hints = np.zeros((len(pair), HINT))
        hints[:, 3:] = -1.0
        return Items(pair, np.tile(np.arange(len(starts)), count), starts, ends, hints)

    def some(self, chosen: NDArray[np.bool_] | IntArray) -> Items:
        """The chosen items, and only the intervals that these use."""
        used, interval = np.unique(self.interval[chosen], return_inverse=True)
        hints = self.hints[chosen]
        return Items(self.pair[chosen], interval.reshape(-1), self.starts[used], self.ends[used], hints)

    def halved(self, knots: FloatArray) -> Items:
        """Each interval as two: at the middle one of the knots inside, or in its middle."""
        first = np.searchsorted(knots, self.starts, side="right")
        last = np.searchsorted(knots, self.ends, side="left")
        inner = first < last
        at = 0.5 * (self.starts + self.ends)
        at[inner] = knots[(first[inner] + last[inner]) // 2]
        pair = np.repeat(self.pair, 2)
        interval = (2 * self.interval[:, None] + np.arange(2)).reshape(-1)
        starts = np.stack([self.starts, at], axis=1).reshape(-1)
        ends = np.stack([at, self.ends], axis=1).reshape(-1)
        return Items(pair, interval, starts, ends, np.repeat(self.hints, 2, axis=0))
