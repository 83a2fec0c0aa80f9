"""Standing, sitting and kneeling: the posture at rest, and legs that keep the feet where they are.

Where the body is, from a workstation's ``position`` (see :class:`immersive.human.posing.Stance`):

standing
    The feet stand a hip's width apart; ``position`` is in the middle of their length. The mass centre lies over
    the feet at 42 % of their length from the heel, so the hips are some 50 mm before the ankles and stature is
    lost by 1 to 2 mm.
sitting
    ``position`` is under the hip centres (the seating reference point of SAE J1100, the H-point). Thighs rise or
    fall as the foot support asks, shanks are upright; thighs that would fall by more than
    ``SEAT_SLOPE`` are held by the seat's front edge, and the feet hang.
kneeling
    ``position`` is between the knees, thighs are upright, feet stretched on the floor.

Shoes raise the ankles above what the feet stand on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.errors import UsageError, choices, suggestion
from immersive.human._leg_kernels import (
    KNEELING,
    SITTING,
    STANDING,
    plant_all,
    plant_one,
    settle_all,
    settle_one,
)
from immersive.human.posing import Stance
from immersive.human.skeleton import ANGLE, ANGLES, LINK, LINKS

__all__ = [
    "POSTURES",
    "SEAT_SLOPE",
    "Footing",
    "footing",
    "leg_slip",
    "plant_legs",
    "plant_one",
    "rest",
    "settle",
    "settle_one",
]

FloatArray = NDArray[np.float64]

POSTURES: Final = {"standing": STANDING, "sitting": SITTING, "kneeling": KNEELING}
"""Word of a stance → number that kernels take."""

SEAT_SLOPE: Final = math.radians(3.75)
"""How far thighs slope down to the knees before the seat's edge holds them. Fitted to ANSUR II: the slope at
which a person's popliteal height is the seat's (3.7° for men and women alike, see tests/human/test_stance.py)."""

THIGH_RISE: Final = math.radians(25.0)
"""How far thighs rise to the knees on a low seat before the feet go forward instead; hips then flex by 115° of 120°
(set by this project)."""

KNEE_OVER_FLOOR: Final = 0.13
"""Of shank length: knee joint above the floor when kneeling on it (set by this project)."""

ARM_HANGS_OUT: Final = math.radians(7.0)
ELBOW_HANGS: Final = math.radians(15.0)
"""Arms at rest hang clear of the hips, elbows a little bent: the survey's wrist heights ask for 15°."""


@dataclass(frozen=True, slots=True)
class Footing:
    """Where a stance puts the feet of n persons.

    Attributes:
        posture: Number of ``POSTURES``.
        feet: (n, 2, 3) ankle joints, right and left, in the world; kneeling: knee joints.
        heading: Where the feet point, radians.
        slope: (n,) how the shanks rise backwards when kneeling, radians; 0 otherwise.
        unsupported: (n,) bool, sitting: the seat is too high above the foot support, the feet hang.
        root: (n, 4) hip centre and heading at rest.
    """

    posture: int
    feet: FloatArray
    heading: float
    slope: FloatArray
    unsupported: NDArray[np.bool_]
    root: FloatArray

    def moved(self, shift: ArrayLike, /) -> Footing:
        """Stepped aside: everything shifted by (3,) or (n, 3) metres."""
        by = np.broadcast_to(np.asarray(shift, np.float64), (len(self.slope), 3))
        root = self.root.copy()
        root[:, :3] += by
        feet = self.feet + by[:, None, :]
        return Footing(self.posture, feet, self.heading, self.slope, self.unsupported, root)


def footing(links: ArrayLike, stance: Stance, /) -> Footing:
    """Feet and resting hips of each person.

    Args:
        links: (n, 31).
        stance: Where the workstation puts them.

    Raises:
        UsageError: An unknown posture, or sitting without the seat's height.
    """
    rows = np.atleast_2d(np.asarray(links, np.float64))
    if stance.posture not in POSTURES:
        close = suggestion(stance.posture, POSTURES)
        raise UsageError(f"unknown posture {stance.posture!r}{close}; use {choices(POSTURES)}")
    made = {"standing": _standing, "sitting": _sitting, "kneeling": _kneeling}[stance.posture]
    return made(rows, stance)


def rest(links: ArrayLike, stance: Stance, /) -> tuple[FloatArray, FloatArray]:
    """The neutral posture of each person: upright, arms hanging, legs as the stance asks.

    Args:
        links: (n, 31).
        stance: See the module.

    Returns:
        (n, 39) angles and (n, 4) roots. Whether feet hang is ``footing(links, stance).unsupported``.
    """
    rows = np.atleast_2d(np.asarray(links, np.float64))
    angles = np.zeros((len(rows), len(ANGLES)))
    for side in ("right", "left"):
        angles[:, ANGLE[f"{side}_shoulder_abduction"]] = ARM_HANGS_OUT
        angles[:, ANGLE[f"{side}_elbow_flexion"]] = ELBOW_HANGS
    ground = footing(rows, stance)
    angles, root, _ = settle(rows, angles, ground)
    return angles, root


def settle(
    links: ArrayLike, angles: ArrayLike, ground: Footing, /, *, drop: ArrayLike = 0.0
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Hips where the body balances for given spine and arms, legs solved.

    Args:
        links: (n, 31).
        angles: (n, 39) or (n, m, 39); the legs' are replaced.
        ground: Of the n persons.
        drop: Standing: how far the hips sink below straight knees, metres, broadcast to the angles.

    Returns:
        (…, 39) angles, (…, 4) roots, (…,) metres by which a foot leaves its place (0: it all fits).
    """
    rows, q, lead = _flat(links, angles)
    root = _per_row(ground.root, lead)
    sink = np.broadcast_to(np.asarray(drop, np.float64), lead).reshape(-1).copy()
    off = np.empty(len(q))
    slope = _per_row(ground.slope, lead)
    settle_all(rows, _per_row(ground.feet, lead), ground.heading, ground.posture, slope, sink, q, root, off)
    return q.reshape(*lead, -1), root.reshape(*lead, 4), off.reshape(lead)


def plant_legs(
    links: ArrayLike, angles: ArrayLike, root: ArrayLike, stance: Stance | Footing, /
) -> FloatArray:
    """Angles with both legs solved for a moved, tilted or lowered pelvis: the feet stay.

    Args:
        links: (n, 31).
        angles: (n, 39) or (n, m, 39); the legs' are replaced, within their limits.
        root: (n, 4) or (n, m, 4).
        stance: Or its footing, when already known.

    Returns:
        Same shape as ``angles``. Whether the feet really stay: :func:`leg_slip`.
    """
    return _planted(links, angles, root, stance)[0]


def leg_slip(links: ArrayLike, angles: ArrayLike, root: ArrayLike, stance: Stance | Footing, /) -> FloatArray:
    """(…,) metres by which a foot would leave its place, at most, for the hips given; 0: the legs fit."""
    return _planted(links, angles, root, stance)[1]


def _planted(
    links: ArrayLike, angles: ArrayLike, root: ArrayLike, stance: Stance | Footing
) -> tuple[FloatArray, FloatArray]:
    ground = stance if isinstance(stance, Footing) else footing(links, stance)
    rows, q, lead = _flat(links, angles)
    roots = np.broadcast_to(np.asarray(root, np.float64), (*lead, 4)).reshape(-1, 4).copy()
    off = np.empty(len(q))
    slope = _per_row(ground.slope, lead)
    plant_all(rows, _per_row(ground.feet, lead), ground.heading, ground.posture, slope, q, roots, off)
    return q.reshape(*lead, -1), off.reshape(lead)


def _flat(links: ArrayLike, angles: ArrayLike) -> tuple[FloatArray, FloatArray, tuple[int, ...]]:
    rows = np.atleast_2d(np.asarray(links, np.float64))
    q = np.asarray(angles, np.float64)
    if q.ndim == 1:
        q = np.broadcast_to(q, (len(rows), q.shape[0]))
    if rows.shape[1] != len(LINKS) or q.shape[-1] != len(ANGLES) or q.shape[0] != len(rows):
        raise ValueError(
            f"links must be (n, {len(LINKS)}) and angles (n, …, {len(ANGLES)}), found {rows.shape} and {q.shape}"
        )
    lead = q.shape[:-1]
    return _per_row(rows, lead), q.reshape(-1, len(ANGLES)).copy(), lead


def _per_row(values: FloatArray, lead: tuple[int, ...]) -> FloatArray:
    """(n, …) values repeated over further leading axes and flattened: one for each row of angles."""
    inner = values.shape[1:]
    spread = values.reshape(len(values), *(1,) * (len(lead) - 1), *inner)
    return np.broadcast_to(spread, (*lead, *inner)).reshape(-1, *inner).copy()


def _axes(stance: Stance) -> tuple[FloatArray, FloatArray]:
    """Forward and right."""
    c, s = math.cos(stance.heading), math.sin(stance.heading)
    return np.array([c, s, 0.0]), np.array([s, -c, 0.0])


def _sides(middle: FloatArray, links: FloatArray, right: FloatArray) -> FloatArray:
    half = links[:, LINK["hip_half_spacing"], None] * right
    return np.stack([middle + half, middle - half], axis=1)


def _root(points: FloatArray, stance: Stance) -> FloatArray:
    return np.column_stack([points, np.full(len(points), stance.heading)])


def _ankles_up(links: FloatArray) -> FloatArray:
    up: FloatArray = links[:, LINK["shoe"]] + links[:, LINK["ankle_height"]]
    return up


def _standing(links: FloatArray, stance: Stance) -> Footing:
    forward, right = _axes(stance)
    behind = 0.5 * (links[:, LINK["foot_forward"]] - links[:, LINK["foot_back"]])
    middle = np.asarray(stance.position) - behind[:, None] * forward
    # What a standing person stands on: a platform is a footrest.
    middle[:, 2] += stance.footrest_height + _ankles_up(links)
    hips = middle.copy()
    hips[:, 2] += links[:, LINK["thigh"]] + links[:, LINK["shank"]]
    n = len(links)
    return Footing(
        STANDING,
        _sides(middle, links, right),
        stance.heading,
        np.zeros(n),
        np.zeros(n, bool),
        _root(hips, stance),
    )


def _sitting(links: FloatArray, stance: Stance) -> Footing:
    if stance.seat_height is None:
        raise UsageError("a sitting posture needs the seat's height", hint="give seat_height")
    forward, right = _axes(stance)
    thigh, shank = links[:, LINK["thigh"]], links[:, LINK["shank"]]
    hips = np.repeat(np.asarray(stance.position, np.float64)[None], len(links), axis=0)
    hips[:, 2] += stance.seat_height + links[:, LINK["sitting_hip_height"]]
    floor = stance.position[2] + stance.footrest_height + _ankles_up(links)
    rise = (floor + shank - hips[:, 2]) / thigh
    low, high = -math.sin(SEAT_SLOPE), math.sin(THIGH_RISE)
    unsupported = rise < low
    sine = np.clip(rise, low, high)
    knee_up = hips[:, 2] + thigh * sine
    # Feet under the knees; on a low seat as far forward as the shanks need to fit under them.
    height = np.where(unsupported, shank, np.clip(knee_up - floor, -shank, shank))
    out = thigh * np.sqrt(1.0 - sine * sine) + np.sqrt(np.maximum(0.0, shank * shank - height * height))
    middle = hips + out[:, None] * forward
    middle[:, 2] = knee_up - height
    return Footing(
        SITTING,
        _sides(middle, links, right),
        stance.heading,
        np.zeros(len(links)),
        unsupported,
        _root(hips, stance),
    )


def feet_to_spare(links: ArrayLike, stance: Stance, /) -> FloatArray:
    """(n,) metres the seat could be higher before the feet leave what they stand on; negative: they hang so far.

    Infinite where nobody sits.

    Args:
        links: (n, 31).
        stance: See the module.
    """
    rows = np.atleast_2d(np.asarray(links, np.float64))
    if stance.posture != "sitting":
        return np.full(len(rows), np.inf)
    found = footing(rows, stance)
    floor = stance.position[2] + stance.footrest_height + _ankles_up(rows)
    lowest = found.root[:, 2] - math.sin(SEAT_SLOPE) * rows[:, LINK["thigh"]] - rows[:, LINK["shank"]]
    spare: FloatArray = floor - lowest
    return spare


def _kneeling(links: FloatArray, stance: Stance) -> Footing:
    _, right = _axes(stance)
    shank = links[:, LINK["shank"]]
    up = KNEE_OVER_FLOOR * shank
    middle = np.repeat(np.asarray(stance.position, np.float64)[None], len(links), axis=0)
    middle[:, 2] += stance.footrest_height + up
    hips = middle.copy()
    hips[:, 2] += links[:, LINK["thigh"]]
    return Footing(
        KNEELING,
        _sides(middle, links, right),
        stance.heading,
        _shank_slope(links, up),
        np.zeros(len(links), bool),
        _root(hips, stance),
    )


def _shank_slope(links: FloatArray, knee_up: FloatArray) -> FloatArray:
    """(n,) slope at which the toes of the stretched foot touch the floor, by bisection."""
    stretch = math.radians(-ANGLES[ANGLE["right_ankle_dorsiflexion"]].lower)
    low, high = np.zeros(len(links)), np.full(len(links), math.radians(60.0))
    for _ in range(50):
        slope = 0.5 * (low + high)
        # The foot's axis points down, turned back by the shank's slope and the ankle's stretch; the sole, above it,
        # faces back and up.
        toe = knee_up + links[:, LINK["shank"]] * np.sin(slope)
        toe += links[:, LINK["ankle_height"]] * np.sin(slope + stretch)
        toe -= links[:, LINK["foot_forward"]] * np.cos(slope + stretch)
        below = toe < 0.0
        low, high = np.where(below, slope, low), np.where(below, high, slope)
    middle: FloatArray = 0.5 * (low + high)
    return middle
