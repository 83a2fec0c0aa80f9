"""How far something may turn: free angles bounded by subdivision, so that no thin obstacle is stepped over.

Whatever turns by an angle moves no point by more than that angle times its distance from the axis, so that a
clearance measured at one angle frees (or blocks) a whole interval around it. What can be said of neither is halved
until it is narrower than the resolution.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

RESOLUTION: Final = 1e-4
"""Radians (0.006°): narrower intervals stay undecided."""
_FIRST: Final = 96
"""Intervals of the full turn to begin with."""
_MOST: Final = 6000
"""Angles measured at most; what is left then stays undecided."""
_FREE, _BLOCKED, _OPEN = 1, 0, 2


@dataclass(frozen=True, slots=True)
class FreeArc:
    """The longest free arc of a full turn.

    Attributes:
        start, angle: Radians: proven free from ``start`` over ``angle``; 2π: all around.
        possible: Radians; the longest arc in which nothing is proven blocked: no free arc is longer.
        measured: How many angles were measured.
    """

    start: float
    angle: float
    possible: float
    measured: int


def free_arc(
    clearance: Callable[[FloatArray], FloatArray],
    reach: float,
    /,
    *,
    slack: float = 0.0,
    resolution: float = RESOLUTION,
) -> FreeArc:
    """The longest arc over which something can turn.

    Args:
        clearance: Metres to the nearest obstacle at (n,) angles; below zero where it cuts one. Must not change
            by more than ``reach`` times the angle.
        reach: Metres from the axis to the farthest point that turns.
        slack: Metres by which the obstacles are uncertain.
        resolution: Radians; see :data:`RESOLUTION`.
    """
    edges = np.linspace(0.0, 2.0 * math.pi, _FIRST + 1)
    low, high = edges[:-1], edges[1:]
    lows, highs, states = [], [], []
    measured = 0
    while len(low):
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        gap = clearance(middle)
        measured += len(middle)
        state = np.full(len(low), _OPEN)
        state[gap - slack > reach * half] = _FREE
        state[gap + slack < -reach * half] = _BLOCKED
        split = (state == _OPEN) & (2.0 * half > resolution)
        if measured + 2 * int(split.sum()) > _MOST:
            split[:] = False
        lows.append(low[~split])
        highs.append(high[~split])
        states.append(state[~split])
        low, high = (
            np.concatenate([low[split], middle[split]]),
            np.concatenate([middle[split], high[split]]),
        )
    low, high, state = np.concatenate(lows), np.concatenate(highs), np.concatenate(states)
    order = np.argsort(low)
    low, high, state = low[order], high[order], state[order]
    start, angle = _longest(low, high, state == _FREE)
    return FreeArc(start, angle, _longest(low, high, state != _BLOCKED)[1], measured)


def _longest(low: FloatArray, high: FloatArray, good: NDArray[np.bool_]) -> tuple[float, float]:
    """Start and length of the longest run of good intervals around the turn."""
    if good.all():
        return 0.0, 2.0 * math.pi
    if not good.any():
        return 0.0, 0.0
    # Begin behind a bad interval, so that no run passes the seam.
    first = int(np.flatnonzero(~good)[0])
    order = np.roll(np.arange(len(good)), -first - 1)
    best = run = start = best_start = 0.0
    for k in order:
        if not good[k]:
            run = 0.0
            continue
        if run == 0.0:
            start = float(low[k])
        run += float(high[k] - low[k])
        if run > best:
            best, best_start = run, start
    return best_start, best
