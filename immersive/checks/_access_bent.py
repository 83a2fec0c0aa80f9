"""A place that no straight forearm and hand get to: sampled bends of the wrist, and a way out that is proven.

The hand lies flat along one line, the forearm is bent back towards palm or knuckles, the upper arm goes on from the
elbow. Every position told is a true one. That it gets there is shown by pulling the whole arm, as bent as it is,
straight out until the hand is where the shoulder was, with no obstacle stepped over; other ways are not looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._access_case import Case
from immersive.geometry.insertion import ENOUGH, distances, free_length, placed, turns
from immersive.human.access_limbs import Limb

FloatArray = NDArray[np.float64]
Sees = Callable[[FloatArray], NDArray[np.bool_]]

_WRIST: Final = np.radians([20.0, 40.0, 60.0])
"""Bends of the wrist, towards palm or back of the hand."""
_HANDS: Final = 32
_APART: Final = math.cos(math.radians(14.0))
_ROLLS: Final = 12
_FOLLOWED: Final = 16
"""Positions with most room whose upper arm is looked for."""
_ELBOW: Final = np.radians([0.0, 45.0, 90.0])
_AROUND: Final = 8


@dataclass(frozen=True, eq=False)
class Bent:
    """An arm with a bent wrist at the place.

    Attributes:
        rows: (K, 8) capsules in the world: hand, forearm, upper arm last.
        parts: (K) as in ``Limb.parts``.
        hand: (3,) direction from the place to the wrist.
        shoulder: (3,) world.
        wrist: Bend, radians.
        room: Least room around it, metres; ``ENOUGH`` where there is no less.
        free, need: Free size and the limb's at the tightest spot, metres.
        body: Number of the part there; -1: none.
        proven: Whether it comes out straight, as bent as it is.
    """

    rows: FloatArray
    parts: tuple[str, ...]
    hand: FloatArray
    shoulder: FloatArray
    wrist: float
    room: float
    free: float
    need: float
    body: int
    proven: bool


def bent_arm(
    case: Case, limb: Limb, directions: FloatArray, sees: Sees, skip: NDArray[np.uint8], /
) -> Bent | None:
    """The roomiest position with a bent wrist whose shoulder is outside; those that come out first. None: none found.

    Args:
        case: The place.
        limb: One arm.
        directions: (n, 3) where the hand may come from.
        sees: (m, 3) shoulders → (m,) whether they are outside.
        skip: (B,) parts that do not count.
    """
    assert limb.upper_arm is not None
    is_hand = np.array([part in ("finger", "hand") for part in limb.parts])
    is_arm = np.array([part == "forearm" for part in limb.parts])
    wrist = float(limb.rows[is_arm, 2].min())
    hand = limb.rows[is_hand].copy()
    hand[:, 5] = np.maximum(np.minimum(hand[:, 5], wrist), hand[:, 2])
    fore = limb.rows[is_arm].copy()
    fore[:, [2, 5]] -= wrist
    bare = case.uncertainty
    lines = _open_hands(case, directions, float(hand[:, 2].min()), wrist, float(hand[:, 6:].min()), skip)
    if len(lines) == 0:
        return None
    rolls = np.arange(_ROLLS) * (2.0 * math.pi / _ROLLS)
    turn = turns(np.repeat(lines, _ROLLS, axis=0), np.tile(rolls, len(lines)))
    hands = placed(hand, case.position, turn)
    room = np.minimum(distances(case.around, hands, skip).distance, ENOUGH).reshape(len(turn), -1).min(axis=1)
    good = np.flatnonzero(room > bare)
    if len(good) == 0:
        return None
    which = np.repeat(good, len(_WRIST))
    bend = np.tile(_WRIST, len(good))
    # Bent about the breadth of the hand: the forearm leaves its plane.
    along = np.cos(bend)[:, None] * turn[which][:, :, 2] + np.sin(bend)[:, None] * turn[which][:, :, 1]
    arm_turn = np.stack([turn[which][:, :, 0], np.cross(along, turn[which][:, :, 0]), along], axis=2)
    joint = case.position + wrist * turn[which][:, :, 2]
    arms = placed(fore, np.zeros(3), arm_turn)
    arms[:, :, :3] += joint[:, None]
    arms[:, :, 3:6] += joint[:, None]
    found = distances(case.around, arms, skip).distance
    both = np.minimum(np.minimum(found, ENOUGH).reshape(len(which), -1).min(axis=1), room[which])
    order = np.argsort(-np.round(both, 5), kind="stable")[:_FOLLOWED]
    elbows = joint + (limb.length - wrist) * along
    best: Bent | None = None
    for k in order[both[order] > bare]:
        arm = np.concatenate([hands[which[k]], arms[k]])
        for made in _whole(case, limb, arm, turn[which[k]][:, 2], along[k], elbows[k], sees, skip):
            one = _told(case, limb, made[0], made[1], turn[which[k]][:, 2], float(bend[k]), along[k], skip)
            if one is None:
                continue
            if one.proven:
                return one
            best = one if best is None else best
    return best


def _open_hands(
    case: Case, directions: FloatArray, start: float, wrist: float, radius: float, skip: NDArray[np.uint8]
) -> FloatArray:
    """(k, 3) directions in which the hand's line has room, well apart."""
    thin = np.zeros((len(directions), 8))
    thin[:, :3] = case.position + start * directions
    thin[:, 3:6] = case.position + max(wrist, start) * directions
    room = np.minimum(distances(case.around, thin, skip, limit=radius + ENOUGH).distance, radius + ENOUGH)
    kept: list[int] = []
    for k in np.argsort(-np.round(room, 4), kind="stable"):
        if room[k] <= radius + case.uncertainty or len(kept) == _HANDS:
            break
        if all(directions[k] @ directions[i] < _APART for i in kept):
            kept.append(int(k))
    return directions[kept]


def _whole(
    case: Case,
    limb: Limb,
    arm: FloatArray,
    hand: FloatArray,
    fore: FloatArray,
    elbow: FloatArray,
    sees: Sees,
    skip: NDArray[np.uint8],
) -> list[tuple[FloatArray, FloatArray]]:
    """Arms (K, 8) complete with a free upper arm, and their shoulders."""
    assert limb.upper_arm is not None
    length, low, high = limb.upper_arm
    around = np.tile(np.arange(_AROUND) * (2.0 * math.pi / _AROUND), len(_ELBOW))[_AROUND - 1 :]
    bend = np.repeat(_ELBOW, _AROUND)[_AROUND - 1 :]
    local = np.stack([np.sin(bend) * np.cos(around), np.sin(bend) * np.sin(around), np.cos(bend)], axis=1)
    along = local @ turns(fore[None], np.zeros(1))[0].T
    rows = np.empty((len(along), 2, 8))
    rows[:, 0, :3] = elbow
    rows[:, 0, 3:6] = rows[:, 1, :3] = rows[:, 1, 3:6] = elbow + length * along
    rows[:, 0, 6], rows[:, 0, 7], rows[:, 1, 6:] = low, high, limb.trunk
    room = distances(case.around, rows, skip, limit=case.uncertainty + 1e-3, inside=True).distance
    free = np.flatnonzero(room.reshape(len(along), 2).min(axis=1) > case.uncertainty)
    if len(free):
        free = free[sees(rows[free, 1, :3])]
    return [(np.concatenate([arm, rows[k, :1]]), rows[k, 1, :3]) for k in free[:6]]


def _told(
    case: Case,
    limb: Limb,
    rows: FloatArray,
    shoulder: FloatArray,
    hand: FloatArray,
    bend: float,
    fore: FloatArray,
    skip: NDArray[np.uint8],
) -> Bent | None:
    """The position measured with what it may lie inside of, and whether it comes out."""
    found = distances(case.around, rows, skip, inside=True)
    k = int(np.argmin(found.distance))
    room = min(float(found.distance[k]), ENOUGH)
    if room <= case.uncertainty:
        return None
    need = 2.0 * float(rows[k, 6:].max())
    chest = np.concatenate([shoulder, shoulder, [limb.trunk, limb.trunk]])
    moved = np.concatenate([rows, chest[None]])
    moved[:, 6:] += case.uncertainty
    line = shoulder - case.position
    far = float(np.sqrt(line @ line))
    proven = False
    for way in (line / max(far, 1e-9), fore, hand):
        gone, _ = free_length(case.around, moved[None], way, far, skip)
        if gone[0] >= far - 1e-9:
            proven = True
            break
    hand_rows = [part for part in limb.parts if part in ("finger", "hand")]
    fore_rows = [part for part in limb.parts if part == "forearm"]
    return Bent(
        rows, (*hand_rows, *fore_rows, "upper_arm"), hand, shoulder, bend, room, need + 2.0 * room, need,
        int(found.body[k]), proven,
    )  # fmt: skip
