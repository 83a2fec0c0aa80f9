"""One arm to a hand frame, a direction or a point: complete, in closed form, for many at once.

The whole circle of elbow positions is searched exactly (see :mod:`immersive.human._arm_kernels`): a frame that
the arm can take within its limits is always found. Of what is allowed the least discomfort is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.geometry._jit import helper, kernel
from immersive.geometry.pairs import thread_count
from immersive.human._arm_kernels import (
    AXIS_SET,
    FRAME_SET,
    ROOTS,
    WRIST_SET,
    angles_at,
    elbows,
    family,
    open_swivels,
    point_in_forearm,
    within,
)
from immersive.human.discomfort import arm_cost
from immersive.human.skeleton import ANGLE, LINK, LOWER, UPPER

FloatArray = NDArray[np.float64]

ARM_ANGLES: Final = (
    "shoulder_flexion", "shoulder_abduction", "shoulder_internal_rotation", "elbow_flexion",
    "forearm_pronation", "wrist_flexion", "wrist_radial_deviation",
)  # fmt: skip
_GRASPS: Final = {"grip": "grip", "press": "fingertip", "pinch": "thumbtip"}
_REFINE: Final = 14
_CHUNK: Final = 512


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
    return np.radians(np.array([(0.0, 0.0, 0.0), *rows]))


WRISTS: Final = _wrists()
"""(71, 3) wrists that are tried for a point, the straight one first."""
ROLLS: Final = np.radians([0.0, -40.0, 40.0, -79.0, 79.0, -20.0, 20.0, -60.0, 60.0])
"""(9,) pronations that are tried for a direction."""


@dataclass(frozen=True, slots=True)
class ArmAngles:
    """What an arm can do.

    Attributes:
        angles: (n, 7) radians in the order of ``ARM_ANGLES``; zeros where there is none.
        found: (n,) whether there is a posture within limits.
        discomfort: (n,) of the arm alone; infinite where there is none.
    """

    angles: FloatArray
    found: NDArray[np.bool_]
    discomfort: FloatArray


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
        work: (24, 8) scratch; see below.

    Returns:
        The cost, infinite if there is none; ``q`` is written if there is one.
    """
    point, t, ends, trial, mine = work[0, :3], work[1, :3], work[2, :2], work[3, :7], work[4, :7]
    fam, roots, spans = work[5:10].reshape(40)[:27].reshape(3, 3, 3), work[10:13].reshape(24), work[13:19]
    spans = spans.reshape(24, 2)
    if mode == WRIST_SET:
        point[:] = d
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
                work[20, i] = mine[i]
    if best < np.inf:
        for i in range(7):
            q[i] = work[20, i]
    return best


@helper
def arm_any(d, frame, mode, s, upper, forearm, length, lo, hi, refine, q, work):  # type: ignore[no-untyped-def]
    """As :func:`arm_for`, over the wrists of a free hand or the rolls of a hand with a given axis."""
    best = np.inf
    tries = 1 if mode == FRAME_SET else len(WRISTS) if mode == WRIST_SET else len(ROLLS)
    trial = work[22, :7]
    for k in range(tries):
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
        if mode == WRIST_SET and k == 0 and best < np.inf:
            break
    return best


@kernel
def _solve(points, frames, mode, s, lengths, lo, hi, angles, costs):  # type: ignore[no-untyped-def]
    work = np.empty((24, 8))
    for n in range(points.shape[0]):
        costs[n] = arm_any(points[n], frames[n], mode, s, lengths[n, 0], lengths[n, 1], lengths[n, 2],
                           lo, hi, _REFINE, angles[n], work)  # fmt: skip
        if costs[n] == np.inf or not within(angles[n], lo, hi):
            costs[n] = np.inf
            angles[n] = 0.0


def arm_limits(side: str) -> tuple[FloatArray, FloatArray]:
    """(7,) lower and upper limits of an arm, radians."""
    first = ANGLE[f"{side}_shoulder_flexion"]
    return LOWER[first : first + 7].copy(), UPPER[first : first + 7].copy()


def in_chunks(work: Callable[[int, int], None], count: int, *, chunk: int, threads: int | None = None) -> None:
    """Call ``work(start, stop)`` over ``range(count)`` on several threads; no result depends on how many."""
    starts = range(0, count, chunk)
    workers = min(thread_count(threads), len(starts))
    if workers <= 1:
        for start in starts:
            work(start, min(start + chunk, count))
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda start: work(start, min(start + chunk, count)), starts))


def solve_arm(
    links: ArrayLike,
    points: ArrayLike,
    /,
    *,
    side: str = "right",
    grasp: str = "grip",
    frames: ArrayLike | None = None,
    axes: ArrayLike | None = None,
    limits: tuple[FloatArray, FloatArray] | None = None,
    threads: int | None = None,
) -> ArmAngles:
    """Arm postures on given thoraxes.

    Args:
        links: (n, 31) or (31,) link lengths, metres.
        points: (n, 3) where the hand's point has to be, thorax frame, from the shoulder's centre, metres.
        side: ``"right"`` or ``"left"``.
        grasp: ``"grip"``, ``"press"`` or ``"pinch"``: which point of the hand.
        frames: (n, 3, 3) the hand's frame in the thorax; both position and orientation are then met.
        axes: (n, 3) unit vectors along which the hand points (wrist to fingers), thorax frame; roll free.
        limits: (7,) lower and upper angles instead of the skeleton's, radians; elbow within 0 to 180°,
            abduction and wrist flexion within ±90°.
        threads: Of the processor; every core by default. The result does not depend on it.

    Returns:
        With frames: complete. With axes: complete for each of nine pronations. With points alone: complete
        for a straight wrist, then for 70 bent ones.
    """
    target = np.ascontiguousarray(np.atleast_2d(np.asarray(points, np.float64)))
    count = len(target)
    rows = np.broadcast_to(np.atleast_2d(np.asarray(links, np.float64)), (count, len(LINK)))
    lengths = np.ascontiguousarray(rows[:, [LINK["upper_arm"], LINK["forearm"], LINK[_GRASPS[grasp]]]])
    mode = WRIST_SET
    hand = np.zeros((count, 3, 3))
    if frames is not None:
        mode = FRAME_SET
        hand[:] = np.asarray(frames, np.float64)
    elif axes is not None:
        mode = AXIS_SET
        hand[:, :, 2] = -np.asarray(axes, np.float64)
    lo, hi = arm_limits(side) if limits is None else limits
    angles, costs = np.zeros((count, 7)), np.empty(count)
    s = 1.0 if side == "right" else -1.0

    def work(start: int, stop: int) -> None:
        part = slice(start, stop)
        _solve(target[part], hand[part], mode, s, lengths[part], lo, hi, angles[part], costs[part])

    in_chunks(work, count, chunk=_CHUNK, threads=threads)
    return ArmAngles(angles, np.isfinite(costs), costs)


__all__ = ["ARM_ANGLES", "ROOTS", "ArmAngles", "arm_limits", "solve_arm"]
