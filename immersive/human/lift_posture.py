"""Where the hands are in a lifting posture, as the lifting equation measures it.

From the manual (NIOSH 94-110): H is the distance on the floor plan from the midpoint of the ankles to the
midpoint of the hands, V the height of the hands above the floor, A the angle between the feet's sagittal line and
the line to the hands. The hand's place is the centre of its grip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.human.posing import Poses

FloatArray = NDArray[np.float64]

OVER_THE_ANKLES: Final = 1e-3
"""Hands this near to the ankles' midpoint on the plan have no direction: no asymmetry, metres."""


@dataclass(frozen=True, slots=True)
class LiftPosture:
    """n people, m targets; metres and radians.

    Attributes:
        horizontal: (n, m) H.
        vertical: (n, m) V.
        asymmetry: (n, m) A, 0 to π.
        hands: (n, m, 3) midpoint of the grips, world.
        ankles: (n, m, 3) midpoint of the ankles, world.
        forward: (n, m, 2) unit direction of the feet on the plan.
    """

    horizontal: FloatArray
    vertical: FloatArray
    asymmetry: FloatArray
    hands: FloatArray
    ankles: FloatArray
    forward: FloatArray


def lift_posture(poses: Poses, /) -> LiftPosture:
    """H, V and A of every posture; the floor is where the stance stands."""
    body = poses.figure()

    def middle(name: str) -> FloatArray:
        both: FloatArray = 0.5 * (body.point(f"right_{name}") + body.point(f"left_{name}"))
        return both

    hands, ankles = middle("grip"), middle("ankle")
    forward = (middle("toe") - middle("heel"))[..., :2]
    forward = forward / np.linalg.norm(forward, axis=-1, keepdims=True)
    line = (hands - ankles)[..., :2]
    horizontal = np.linalg.norm(line, axis=-1)
    along = np.einsum("...i,...i", forward, line)
    across = forward[..., 0] * line[..., 1] - forward[..., 1] * line[..., 0]
    asymmetry = np.where(horizontal < OVER_THE_ANKLES, 0.0, np.abs(np.arctan2(across, along)))
    vertical = hands[..., 2] - poses.stance.position[2]
    return LiftPosture(horizontal, vertical, asymmetry, hands, ankles, forward)
