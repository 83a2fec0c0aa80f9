"""What a person has in hand at a point: how much shorter the arm could be and the hand would still arrive."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.human.arm_ik import in_chunks
from immersive.human.posing import Poses
from immersive.human.reach_ik import shortened, solve_reach
from immersive.human.skeleton import LINK

FloatArray = NDArray[np.float64]

TOLD: Final = 0.25
"""Metres up to which a reserve is sought."""
_FINE: Final = 0.002
"""Metres; reserves are told from below, to within three times this."""
_ARM_LEFT: Final = 0.2
"""Of the arm, shoulder to wrist, that is always left to a person."""


def most_shorter(links: FloatArray, /) -> float:
    """The most by which these people's arms can be shortened, metres; ``links`` is (n, 31)."""
    arm = links[:, LINK["upper_arm"]] + links[:, LINK["forearm"]]
    return (1.0 - _ARM_LEFT) * float(arm.min())


def reserve(poses: Poses, /, *, most: float = TOLD) -> FloatArray:
    """How much is in hand or missing, without regard to obstacles.

    With an arm shorter by s the hand misses by s less the reserve, most often: the reserve is looked for around
    there first. Where that is wrong (a joint at its limit lets the hand fall back by less), it is bisected.

    Args:
        poses: Of n people at m targets, solved with their own arms.
        most: Reserves are told up to this, metres; no more than :func:`most_shorter` of the people.

    Returns:
        (n, m) metres; negative: what is missing.
    """
    short = solve_reach(poses.people, poses.links, poses.stance, poses.targets, arm_shorter=most)
    guess = np.clip(most - short.missing, 0.0, most)
    low, high = np.where(short.reached, most, 0.0), np.full(guess.shape, most)
    open_ = poses.reached & ~short.reached
    for tried in (np.maximum(guess - _FINE, 0.0), np.minimum(guess + 2.0 * _FINE, most)):
        _narrow(poses, tried, open_ & (low < tried) & (tried < high), low, high)
    while (open_ := open_ & (high - low > 3.0 * _FINE)).any():
        _narrow(poses, 0.5 * (low + high), open_, low, high)
    return np.asarray(np.where(poses.reached, low, -poses.missing))


def _narrow(
    poses: Poses, tried: FloatArray, wanted: NDArray[np.bool_], low: FloatArray, high: FloatArray
) -> None:
    """Move ``low`` or ``high`` (n, m) to what was tried: arms so much shorter arrive, or do not."""
    asked = np.flatnonzero(wanted.any(axis=0))

    def work(at: int, _: int) -> None:
        j = asked[at]
        rows = np.flatnonzero(wanted[:, j])
        arms = np.concatenate([shortened(poses.links[i], float(tried[i, j])) for i in rows])
        found = solve_reach(poses.people.pick(rows), arms, poses.stance, [poses.targets[j]], threads=1)
        arrives = found.reached[:, 0]
        low[rows[arrives], j] = tried[rows[arrives], j]
        high[rows[~arrives], j] = tried[rows[~arrives], j]

    in_chunks(work, len(asked), chunk=1)
