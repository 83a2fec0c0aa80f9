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

from immersive.geometry._jit import kernel
from immersive.geometry.pairs import thread_count
from immersive.human._arm_choice import arm_any, scratch
from immersive.human._arm_kernels import AXIS_SET, FRAME_SET, WRIST_SET, within
from immersive.human.skeleton import ANGLE, LINK, LOWER, UPPER

FloatArray = NDArray[np.float64]

ARM_ANGLES: Final = (
    "shoulder_flexion", "shoulder_abduction", "shoulder_internal_rotation", "elbow_flexion",
    "forearm_pronation", "wrist_flexion", "wrist_radial_deviation",
)  # fmt: skip
_GRASPS: Final = {"grip": "grip", "press": "fingertip", "pinch": "thumbtip"}
_REFINE: Final = 6
_CHUNK: Final = 512


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


@kernel
def _solve(points, frames, mode, s, lengths, lo, hi, angles, costs):  # type: ignore[no-untyped-def]
    work = scratch()
    for n in range(points.shape[0]):
        costs[n] = arm_any(points[n], frames[n], mode, s, lengths[n, 0], lengths[n, 1], lengths[n, 2],
                           lo, hi, _REFINE, 99, False, angles[n], work)  # fmt: skip
        if costs[n] == np.inf or not within(angles[n], lo, hi):
            costs[n] = np.inf
            angles[n] = 0.0


def arm_limits(side: str) -> tuple[FloatArray, FloatArray]:
    """(7,) lower and upper limits of an arm, radians."""
    first = ANGLE[f"{side}_shoulder_flexion"]
    return LOWER[first : first + 7].copy(), UPPER[first : first + 7].copy()


def in_chunks(
    work: Callable[[int, int], None], count: int, *, chunk: int, threads: int | None = None
) -> None:
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
