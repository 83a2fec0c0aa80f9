"""Trunks, hips and feet around a given posture: what the search for a clear way varies besides the arm."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.human._clear_kernels import body_costs
from immersive.human.kinematics import figure
from immersive.human.posing import BOTH, LEFT, RIGHT, Stance
from immersive.human.skeleton import ANGLE, LINK, LOWER, UPPER
from immersive.human.stance import footing, settle

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

BENDS: Final = (0.0, -10.0, 10.0, 20.0, 35.0)
LATERALS: Final = (0.0, -10.0, 10.0, -20.0, 20.0)
ROTATIONS: Final = (0.0, -15.0, 15.0, -30.0, 30.0)
"""Degrees added to the whole trunk's bend, lateral flexion and rotation."""
CROUCHES: Final = (0.0, 0.08)
"""Metres that the hips sink further, standing."""
CROUCH: Final = 0.1
"""Of leg length: hips sunk by this cost a whole crouch."""
STEPS: Final = 8
"""Directions of a step; each half and whole as far as the stance allows."""

_BEND: Final = [ANGLE[name] for name in ("pelvis_tilt", "lumbar_flexion", "thoracic_flexion")]
_LATERAL: Final = [ANGLE[name] for name in ("lumbar_lateral_flexion", "thoracic_lateral_flexion")]
_ROTATION: Final = [ANGLE[name] for name in ("lumbar_rotation", "thoracic_rotation")]
_CLAVICLE: Final = {
    side: [ANGLE[f"{name}_clavicle_elevation"], ANGLE[f"{name}_clavicle_protraction"]]
    for side, name in ((RIGHT, "right"), (LEFT, "left"))
}


def _changes(stance: Stance) -> FloatArray:
    """(K, 6) bend, lateral, rotation, crouch, step right and forward to add; the first is none."""
    crouches = CROUCHES if stance.posture == "standing" else (0.0,)
    rows = [
        (*np.radians((bend, lateral, rotation)), crouch, 0.0, 0.0)
        for crouch, bend, lateral, rotation in itertools.product(crouches, BENDS, LATERALS, ROTATIONS)
    ]
    if stance.step > 0.0 and stance.posture == "standing":
        for k, share, bend, rotation in itertools.product(
            range(STEPS), (0.5, 1.0), (0.0, 10.0), (-15.0, 0.0, 15.0)
        ):
            way = 2.0 * np.pi * k / STEPS
            step = share * stance.step
            rows.append(
                (np.radians(bend), 0.0, np.radians(rotation), 0.0, step * np.cos(way), step * np.sin(way))
            )
    return np.array(rows)


def _add(angles: FloatArray, joints: list[int], change: FloatArray, *, hips: bool = True) -> FloatArray:
    """Share a change (K,) among joints in proportion to their ranges; returns what the limits left of it."""
    used = joints if hips else joints[1:]
    part = np.where(change[:, None] >= 0.0, UPPER[used], -LOWER[used])
    part = part / part.sum(axis=1, keepdims=True)
    before = angles[:, used].sum(axis=1)
    angles[:, used] = np.clip(angles[:, used] + change[:, None] * part, LOWER[used], UPPER[used])
    return np.asarray(angles[:, used].sum(axis=1) - before)


def around(
    links: FloatArray,
    stance: Stance,
    angles: FloatArray,
    root: FloatArray,
    hand: NDArray[np.int8],
    /,
    *,
    spread: float = 1.0,
) -> tuple[IndexArray, FloatArray, FloatArray, FloatArray]:
    """Body states around Q given postures, the least discomfort first.

    Feet stay where the stance puts them, or take a step as far as it allows; the legs are solved and states that
    they do not allow are left out. Neck and head turn back by what the trunk turned.

    Args:
        links: (Q, 31).
        stance: Of all of them.
        angles, root: (Q, 39) and (Q, 4).
        hand: (Q,) ``RIGHT``, ``LEFT`` or ``BOTH``: the working hands, whose clavicles cost.
        spread: Factor on all changes; 0: the given postures alone.

    Returns:
        (Q + 1,) ranges, (S, 39) angles, (S, 4) roots, (S,) discomfort of the body without its working arms.
    """
    count = len(angles)
    changes = spread * _changes(stance) if spread > 0.0 else np.zeros((1, 6))
    each = len(changes)
    rows = np.repeat(np.asarray(links, np.float64), each, axis=0)
    q = np.repeat(np.asarray(angles, np.float64), each, axis=0)
    change = np.tile(changes, (count, 1))
    standing = stance.posture == "standing"
    bend = _add(q, _BEND, change[:, 0], hips=standing)
    lateral = _add(q, _LATERAL, change[:, 1])
    rotation = _add(q, _ROTATION, change[:, 2])
    for name, back in (
        ("neck_rotation", rotation),
        ("neck_lateral_flexion", lateral),
        ("neck_flexion", 2.0 / 3.0 * bend),
        ("head_flexion", 1.0 / 3.0 * bend),
    ):
        k = ANGLE[name]
        q[:, k] = np.clip(q[:, k] - back, LOWER[k], UPPER[k])
    idle = np.repeat(hand, each)
    for side, name in ((RIGHT, "right"), (LEFT, "left")):
        # An idle arm hangs by its weight.
        k = ANGLE[f"{name}_shoulder_flexion"]
        q[:, k] = np.where(
            (idle == side) | (idle == BOTH), q[:, k], np.clip(q[:, k] + bend, LOWER[k], UPPER[k])
        )
    ground = footing(rows, stance)
    step, sunk = _footwork(links, stance, angles, root)
    crouch = np.repeat(sunk, each) + change[:, 3]
    stepped = np.repeat(step, each, axis=0) + change[:, 4:6]
    c, s = np.cos(stance.heading), np.sin(stance.heading)
    shift = np.stack(
        [stepped[:, 0] * s + stepped[:, 1] * c, -stepped[:, 0] * c + stepped[:, 1] * s, np.zeros(len(q))],
        axis=1,
    )
    q, roots, slip = settle(rows, q, ground.moved(shift), drop=crouch)
    # The first of each is the given posture itself, to the last bit.
    q[::each], roots[::each] = angles, root
    slip[::each] = 0.0
    length = np.hypot(stepped[:, 0], stepped[:, 1])
    leg = rows[:, LINK["thigh"]] + rows[:, LINK["shank"]]
    costs = _costs(q, length, crouch / (CROUCH * leg), np.repeat(hand, each))
    far = length > max(stance.step, 0.0) + 1e-6
    far[::each] = False
    sound = (slip < 1e-3) & ~far
    index = np.repeat(np.arange(count), each)
    order = np.lexsort((np.arange(len(q)), costs, index))
    order = order[sound[order]]
    first = np.searchsorted(index[order], np.arange(count + 1)).astype(np.int64)
    return first, q[order], roots[order], costs[order]


def _footwork(
    links: FloatArray, stance: Stance, angles: FloatArray, root: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(Q, 2) metres stepped to the right and forward, and (Q,) metres that the hips are sunk, of given postures."""
    ground = footing(links, stance)
    if stance.posture != "standing":
        return np.zeros((len(angles), 2)), np.zeros(len(angles))
    body = figure(links, angles, root)
    feet = np.stack([body.point("right_ankle"), body.point("left_ankle")], axis=1)
    off = (feet - ground.feet).mean(axis=1)
    c, s = np.cos(stance.heading), np.sin(stance.heading)
    step = np.stack([off[:, 0] * s - off[:, 1] * c, off[:, 0] * c + off[:, 1] * s], axis=1)
    step[np.abs(step) < 1e-4] = 0.0
    _, plain, _ = settle(links, angles, ground)
    sunk = plain[:, 2] - root[:, 2]
    return step, np.where(sunk > 0.005, sunk, 0.0)


def _costs(q: FloatArray, step: FloatArray, crouch: FloatArray, hand: NDArray[np.int8]) -> FloatArray:
    """(S,) discomfort of trunk, hips, feet and the clavicles of the working hands."""
    x = np.zeros((len(q), 7))
    x[:, 0], x[:, 1], x[:, 2] = q[:, _BEND].sum(1), q[:, _LATERAL].sum(1), q[:, _ROTATION].sum(1)
    x[:, 3], x[:, 4] = crouch, step
    total = np.empty(len(q))
    body_costs(x, total)
    part = np.empty(len(q))
    for side in (RIGHT, LEFT):
        x[:] = 0.0
        works = (hand == side) | (hand == BOTH)
        x[works, 5:7] = q[works][:, _CLAVICLE[side]]
        body_costs(x, part)
        total += part
    return total
