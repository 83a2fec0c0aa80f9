"""What is measured of one thing to look at: shares seen, angles and distances of people, and a better place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._vision_targets import Looked, View
from immersive.human.visibility import Seen, look
from immersive.human.vision import Eyes, Gaze, Zone, face_angle, gaze

FloatArray = NDArray[np.float64]

_SHIFTS: Final = np.concatenate([np.eye(3), -np.eye(3)])
_RAYS: Final = 1_000_000
FAR: Final = 1.0
"""Farthest move of a display that a hint tries, metres."""
STEP: Final = 0.025
"""A move is told in multiples of this."""


@dataclass(frozen=True, eq=False)
class Sight:
    """How n people see one thing.

    Attributes:
        seen: Shares, from where the eyes are.
        low, high: (n,) least and greatest share seen when the eyes are off by the uncertainty, up to samples.
        gaze: (n,) angles and distances to its middle.
        face: (n,) angle between its face and the line of sight; NaN where it has no face.
    """

    seen: Seen
    low: FloatArray
    high: FloatArray
    gaze: Gaze
    face: FloatArray

    @property
    def share(self) -> FloatArray:
        """(n,) share seen by at least one eye."""
        return self.seen.either

    def uncertainty(self, of: int) -> float:
        """Half width of the share of one of the people, without that of the sampling."""
        return float(max(self.high[of] - self.share[of], self.share[of] - self.low[of]))


def see(view: View, eyes: Eyes, looked: Looked, posture: str, uncertainty: float) -> Sight:
    """Measure for eyes of shape (n,), off by ``uncertainty`` metres along each axis in turn."""
    seen = look(view.rays, eyes, looked.fine)
    shares = [seen.either]
    if uncertainty > 0.0:
        # One cast for all: (6, n) eyes.
        moved = Eyes(
            *(np.broadcast_to(a, (6, *a.shape)) for a in (eyes.right, eyes.left, eyes.head, eyes.ahead))
        )
        around = look(view.rays, moved.shifted(uncertainty * _SHIFTS[:, None]), looked.fine)
        shares += list(around.either)
    middle, normal = looked.fine.center, looked.fine.normal
    faced = bool(np.any(normal))
    return Sight(
        seen,
        np.min(shares, axis=0),
        np.max(shares, axis=0),
        gaze(eyes, middle, posture=posture),
        face_angle(eyes, middle, normal) if faced else np.full(len(eyes.right), np.nan),
    )


def categories(
    view: View, eyes: Eyes, looked: Looked, posture: str, zone: Zone | None, min_share: float
) -> NDArray[np.int64]:
    """(n,) 0: seen and in the zone, 1: seen outside of it, 2: not enough of it is seen."""
    count = len(eyes.right)
    # In blocks: a hundred thousand people's rays would not fit.
    block = max(1, _RAYS // (2 * len(looked.coarse.points)))
    shares = [
        look(view.rays, eyes.at(slice(start, start + block)), looked.coarse).either
        for start in range(0, count, block)
    ]
    enough = np.concatenate(shares) >= min_share
    angles = gaze(eyes, looked.coarse.center, posture=posture)
    inside = np.ones(enough.shape, bool) if zone is None else zone.holds(angles)
    return np.where(enough, np.where(inside, 0, 1), 2).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Move:
    """A place in the zone of all named people.

    Attributes:
        higher, left: Metres from where it is; left of somebody who looks at it from the workstation.
        position: World, metres.
    """

    higher: float
    left: float
    position: tuple[float, float, float]


def move_into(zone: Zone, eyes: Eyes, middle: FloatArray, posture: str) -> Move | None:
    """The shortest move up, down or sideways that brings a place into the zone of everybody; None: none found.

    Each place tried is measured again; what may hide it there is not regarded.
    """
    ahead = middle - eyes.centre.mean(axis=0)
    across = np.array([-ahead[1], ahead[0], 0.0])
    length = float(np.linalg.norm(across))
    if length < 1e-9:
        return None
    across /= length
    steps = np.arange(-round(FAR / STEP), round(FAR / STEP) + 1) * STEP
    up, left = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    places = middle + up[:, None] * np.array([0.0, 0.0, 1.0]) + left[:, None] * across
    fits = zone.holds(gaze(eyes.at((slice(None), None)), places, posture=posture)).all(axis=0)
    fits &= places[:, 2] > 0.0
    if not fits.any():
        return None
    # The shortest; of equally short ones the one that moves along one direction only, then the lower one.
    far = np.hypot(up, left)
    order = np.lexsort((left, up, np.minimum(np.abs(up), np.abs(left)), far.round(9)))
    best = next(k for k in order if fits[k])
    x, y, z = (float(v) for v in places[best])
    return Move(float(up[best]), float(left[best]), (x, y, z))


def sight_uncertainty(eye: float, distance: float) -> float:
    """Radians by which an eye off by ``eye`` metres turns a line of sight of this length."""
    return math.atan2(eye, distance)
