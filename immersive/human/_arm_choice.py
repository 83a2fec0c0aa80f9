"""Which of the arm's postures: the least discomfort on the circle of swivels, over wrists and rolls."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import helper
from immersive.human._arm_kernels import (
    AXIS_SET,
    FRAME_SET,
    WRIST_SET,
    angles_at,
    elbows,
    family,
    open_swivels,
    point_in_forearm,
)
from immersive.human.discomfort import arm_cost

FloatArray = NDArray[np.float64]


def _wrists() -> FloatArray:
    """Pronation, flexion and deviation to try where the hand cannot be straight; the least bent first."""
    rows = [
        (pronation, flexion, deviation)
        for pronation in (0.0, -40.0, 40.0, -80.0, 80.0)
        for flexion in (0.0, -35.0, 35.0, -70.0, 80.0)
        for deviation in (0.0, -30.0, 20.0)
        if flexion or deviation
    ]
    rows.sort(key=lambda row: (row[1] / 30.0) ** 2 + (row[2] / 20.0) ** 2 + (row[0] / 110.0) ** 2)
    return np.asarray(np.radians(np.array([(0.0, 0.0, 0.0), *rows])))


WRISTS: Final = _wrists()
"""(71, 3) wrists that are tried for a point, the straight one first."""
ROLLS: Final = np.radians([0.0, -40.0, 40.0, -79.0, 79.0, -20.0, 20.0, -60.0, 60.0])
"""(9,) pronations that are tried for a direction."""


@helper
def scratch():  # type: ignore[no-untyped-def]
    """Room for the searches of one thread: three points, family, roots, arcs, and angles of six arms."""
    return np.empty((3, 3)), np.empty((3, 3, 3)), np.empty(24), np.empty((24, 2)), np.zeros((6, 7))


@helper
def best_swivel(fam, s, mode, hand, lo, hi, refine, q, trial, roots, spans):  # type: ignore[no-untyped-def]
    """Least discomfort on the circle; writes ``q``, returns its cost, infinite where nothing is allowed.

    ``q[3]`` and what ``mode`` says is set are read; ``trial`` (7,), ``roots``, ``spans`` are scratch.
    """
    for i in range(7):
        trial[i] = q[i]
    count = open_swivels(fam, s, mode, hand, lo, hi, trial, roots, spans)
    best, at, step, first, last = np.inf, 0.0, 0.0, 0.0, 0.0
    for k in range(count):
        # A hair inside, so that an arc's end is not lost to float noise.
        inset = min(1e-9, 0.25 * spans[k, 1])
        start, width = spans[k, 0] + inset, spans[k, 1] - 2.0 * inset
        pieces = int(width / 0.5) + 2
        for j in range(pieces + 1):
            x = start + width * j / pieces
            angles_at(fam, x, s, mode, hand, trial)
            cost = arm_cost(trial)
            if cost < best:
                best, at, step, first, last = cost, x, width / pieces, start, start + width
    if best == np.inf:
        return best
    # Golden section between the neighbours of the best.
    a, b = max(at - step, first), min(at + step, last)
    for _ in range(refine):
        c, d = b - 0.6180339887498949 * (b - a), a + 0.6180339887498949 * (b - a)
        angles_at(fam, c, s, mode, hand, trial)
        left = arm_cost(trial)
        angles_at(fam, d, s, mode, hand, trial)
        right = arm_cost(trial)
        if left < right:
            b = d
        else:
            a = c
        if min(left, right) < best:
            best, at = (left, c) if left < right else (right, d)
    angles_at(fam, at, s, mode, hand, q)
    for i in range(7):
        if i != 3 and (i < 3 or mode == FRAME_SET or (mode == AXIS_SET and i > 4)):
            q[i] = min(max(q[i], lo[i]), hi[i])
    return best


@helper
def arm_for(d, frame, mode, s, upper, forearm, length, lo, hi, refine, q, work):  # type: ignore[no-untyped-def]
    """Least discomfort with pronation and wrist as ``mode`` says they are set in ``q``; see ``arm_cost``.

    Args:
        d: (3,) the hand's point from the shoulder, thorax frame.
        frame: (3, 3) hand in the thorax; only its last column for ``AXIS_SET``, unused for ``WRIST_SET``.
        length: Wrist to the hand's point.
        work: Of :func:`scratch`.

    Returns:
        The cost, infinite if there is none; ``q`` is written if there is one.
    """
    points, fam, roots, spans, arms = work
    point, t, ends, trial, mine, kept = points[0], points[1], points[2], arms[0], arms[1], arms[2]
    if mode == WRIST_SET:
        for i in range(3):
            point[i] = d[i]
        point_in_forearm(forearm, length, q, s, t)
    else:
        for i in range(3):
            point[i] = d[i] + length * frame[i, 2]
        t[0], t[1], t[2] = 0.0, 0.0, -forearm
    square = point[0] * point[0] + point[1] * point[1] + point[2] * point[2]
    if square < 1e-12:
        return np.inf
    count = elbows(square, t, upper, lo[3], hi[3], ends)
    best = np.inf
    for k in range(count):
        for i in range(7):
            mine[i] = q[i]
        mine[3] = ends[k]
        family(point, t, upper, ends[k], fam)
        cost = best_swivel(fam, s, mode, frame, lo, hi, refine, mine, trial, roots, spans)
        if cost < best:
            best = cost
            for i in range(7):
                kept[i] = mine[i]
    if best < np.inf:
        for i in range(7):
            q[i] = kept[i]
    return best


@helper
def arm_any(d, frame, mode, s, upper, forearm, length, lo, hi, refine, most, first, q, work):  # type: ignore[no-untyped-def]
    """As :func:`arm_for`, over the first ``most`` wrists of a free hand or rolls of a hand with a given axis.

    ``first``: the first that works will do; else the best. A straight wrist that works is always the best.
    """
    best = np.inf
    tries = 1 if mode == FRAME_SET else len(WRISTS) if mode == WRIST_SET else len(ROLLS)
    trial = work[4][3]
    for k in range(min(tries, most)):
        for i in range(7):
            trial[i] = 0.0
        if mode == WRIST_SET:
            for i in range(3):
                trial[4 + i] = min(max(WRISTS[k, i], lo[4 + i]), hi[4 + i])
        elif mode == AXIS_SET:
            trial[4] = min(max(ROLLS[k], lo[4]), hi[4])
        cost = arm_for(d, frame, mode, s, upper, forearm, length, lo, hi, refine, trial, work)
        if cost < best:
            best = cost
            for i in range(7):
                q[i] = trial[i]
        if best < np.inf and (first or (mode == WRIST_SET and k == 0)):
            break
    return best
