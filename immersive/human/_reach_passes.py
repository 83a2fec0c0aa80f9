"""Which passes of the reach solver run on which jobs: hands, then a step, then what comes nearest."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.human._reach_solve import approach_all, find_coarse, finish, lower_all
from immersive.human.discomfort import BODY
from immersive.human.posing import LEFT, RIGHT

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

EITHER: Final = 3
"""Beside RIGHT, LEFT and BOTH of ``posing``: the solver chooses."""

_STAND: Final = np.zeros(1)
_STEPS: Final = np.array([0.25, 0.5, 0.75, 1.0, -0.5])
"""Parts of the longest step that are tried first, towards the target; backwards one."""

_MAY_WIN: Final = (1.6, 0.3)
"""The other hand is looked at closely where its coarse cost is below so many times the first hand's, and so much more.
Descent lowers a coarse cost by a third at most in all but one of a thousand tries."""


def solve_jobs(
    people: tuple[FloatArray, ...],
    aims: tuple[FloatArray, IntArray, IntArray, FloatArray],
    wants: IntArray,
    rows: FloatArray,
    ground: tuple[FloatArray, float, int, FloatArray],
    spread: float,
    stride: float,
) -> tuple[FloatArray, FloatArray, NDArray[np.int8], FloatArray, FloatArray]:
    """Every target of every person; arguments as in ``_reach_solve``.

    Args:
        wants: (m,) RIGHT, LEFT, BOTH or EITHER.

    Returns:
        For n · m jobs, persons outermost: angles (…, 39), roots (…, 4), hands, missing and discomfort.
    """
    jobs = _jobs(len(people[0]), wants)
    first = np.flatnonzero(np.r_[True, (np.diff(jobs[:, :2], axis=0) != 0).any(axis=1)])
    group = np.cumsum(np.isin(np.arange(len(jobs)), first)) - 1
    states, costs, left = np.zeros((len(jobs), 23)), np.full(len(jobs), np.inf), np.full(len(jobs), np.inf)
    for step, parts in ((0.0, _STAND), (stride, _STEPS)) if stride > 0.0 else ((0.0, _STAND),):
        todo = np.flatnonzero(np.minimum.reduceat(left, first)[group] > 0.0)
        if len(todo):
            state, cost, off = _pass(people, aims, jobs[todo], group[todo], rows, parts, spread, step)
            better = off < left[todo] - 1e-9
            at = todo[better]
            states[at], costs[at], left[at] = state[better], cost[better], off[better]
    # Costs that differ by less than anyone can tell: the right hand.
    order = np.lexsort((np.arange(len(jobs)), np.round(costs, 2), np.round(left, 4), group))
    pick = order[first]
    angles, root, missing = np.zeros((len(pick), 39)), np.empty((len(pick), 4)), np.empty(len(pick))
    finish(people, aims, jobs[pick], ground, spread, states[pick], angles, root, missing)
    return angles, root, jobs[pick, 2].astype(np.int8), missing, costs[pick]


def _jobs(n: int, wants: IntArray) -> IntArray:
    """(J, 3) person, target, hand."""
    one = [
        (m, hand) for m, want in enumerate(wants) for hand in ((RIGHT, LEFT) if want == EITHER else (want,))
    ]
    rows = np.tile(np.array(one, np.int64), (n, 1))
    return np.column_stack([np.repeat(np.arange(n), len(one)), rows])


def _pass(
    people: tuple[FloatArray, ...],
    aims: tuple[FloatArray, IntArray, IntArray, FloatArray],
    jobs: IntArray,
    group: IntArray,
    rows: FloatArray,
    parts: FloatArray,
    spread: float,
    step: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(J, 23) states, (J,) costs, (J,) metres left; infinite for hands that lost to the other one."""
    first = np.flatnonzero(np.r_[True, np.diff(group) != 0])
    here = np.cumsum(np.isin(np.arange(len(jobs)), first)) - 1
    count = len(jobs)
    states, costs, left = np.zeros((count, 23)), np.full(count, np.inf), np.full(count, np.inf)
    starts = np.empty((count, 2), np.int64)
    find_coarse(people, aims, jobs, rows, parts, spread, step, states, costs, starts)

    def lower(at: NDArray[np.intp]) -> None:
        if len(at):
            state, cost = states[at], costs[at]
            lower_all(people, aims, jobs[at], spread, step, state, cost)
            states[at], costs[at], left[at] = state, cost, 0.0

    found = np.isfinite(costs)
    # Of two hands the one that looks better first, then the other if it may still win.
    best = np.minimum.reduceat(costs, first)[here]
    leading = found & (costs <= best)
    lower(np.flatnonzero(leading))
    best = np.minimum.reduceat(np.where(leading, costs, np.inf), first)[here]
    lower(np.flatnonzero(found & ~leading & (costs < _MAY_WIN[0] * best + _MAY_WIN[1])))
    lost = np.flatnonzero(~np.logical_or.reduceat(found, first)[here])
    if len(lost):
        state, cost, off = np.zeros((len(lost), 23)), np.full(len(lost), np.inf), np.empty(len(lost))
        approach_all(people, aims, jobs[lost], rows, starts[lost], _others(), spread, step, state, cost, off)
        states[lost], costs[lost], left[lost] = state, cost, off
        lower(lost[off == 0.0])
    return states, costs, left


@cache
def grid() -> FloatArray:
    """(G, 7) coarse trunk postures as parts of their limits, in the order of their cost for a middling person."""
    leans = [(0.0, 0.0), *itertools.product((-0.5, 0.5), (-0.6, 0.0, 0.6)), (0.0, -0.6), (0.0, 0.6)]
    rows = np.array(
        [
            (bend, lateral, rotation, crouch, 0.0, up, out)
            for bend, crouch in (
                *((b, 0.0) for b in (-0.4, 0.0, 0.1, 0.22, 0.37, 0.55, 0.8, 1.0)),
                (0.55, 1.0),
            )
            for lateral, rotation in leans
            for up, out in ((0.0, 0.0), (0.5, 0.6))
        ]
    )
    middling = np.radians([150.0, 35.0, 45.0, 0.0, 0.0, 30.0, 20.0])
    middling[3] = 1.0
    values = np.abs(rows) * middling
    beyond = np.maximum(values - BODY[:, 3], 0.0) / BODY[:, 4]
    costs = (BODY[:, 0] * values + (values / BODY[:, 1]) ** 2 + beyond**2).sum(axis=1)
    return np.ascontiguousarray(rows[np.argsort(costs, kind="stable")])


@cache
def _others() -> IntArray:
    """Rows of the grid, far apart, to come nearer from: bend, lateral flexion, rotation."""
    wanted = (
        (0.0, 0.0, 0.0), (0.1, 0.0, 0.6), (0.1, 0.0, -0.6), (1.0, 0.0, 0.0), (0.0, 0.5, 0.6), (0.0, -0.5, -0.6),
        (0.55, 0.5, 0.6), (0.55, -0.5, -0.6), (-0.4, 0.5, 0.6), (-0.4, -0.5, -0.6),
    )  # fmt: skip
    rows = grid()
    return np.array([np.flatnonzero((rows[:, :4] == (*one, 0.0)).all(axis=1))[0] for one in wanted])
