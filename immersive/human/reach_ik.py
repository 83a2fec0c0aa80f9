"""Postures in which a hand reaches its target: spine, pelvis, legs, clavicles and arms of many persons at once.

Moved as a person would: the arm first, then the clavicle, then trunk and knees, a step last. Of all postures that
bring the hand there the least uncomfortable is sought (:mod:`immersive.human.discomfort`). What cannot be reached
gives the nearest posture and the distance that is missing.

What is set, because a target does not say it: the hand is straight on the forearm wherever the point can be reached
so, and turned as an ``approach`` asks; the idle arm hangs; eyes and head turn towards the hand (eyes take the first
30° down and 15° aside); of both hands each grips ``BOTH_SPREAD`` to its side of the point. Standing, the hips move
so that the body stays balanced and the knees bend no further than balance and flat feet allow. Sitting, the
pelvis stays on the seat and tilts by at most ``SEATED_TILT``. A step goes straight towards or away from the target,
only when nothing else reaches.

Known limits: a roll of the hand about an approach is tried in steps; within some centimetres of the boundary, where the
elbow is all but straight, the posture found reaches but may be less comfortable than the best one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.errors import UsageError, choices, suggestion
from immersive.human._arm_kernels import AXIS_SET, WRIST_SET
from immersive.human._kept import Kept
from immersive.human._reach_body import BACKWARD, BEND_STEP, HAND, LATERAL, TRUNK
from immersive.human._reach_passes import EITHER, grid, solve_jobs
from immersive.human.arm_ik import arm_limits, in_chunks
from immersive.human.people import People
from immersive.human.posing import BOTH, LEFT, RIGHT, Poses, Stance, Target
from immersive.human.skeleton import ANGLE, HAND_POINTS, LINK, LINKS, LOWER, UPPER
from immersive.human.stance import Footing, footing, rest, settle

FloatArray = NDArray[np.float64]

ZONES: Final = ("comfortable", "maximal")
BOTH_SPREAD: Final = 0.04
"""Metres that each of two hands keeps to its side of the point: two fists side by side."""
SEATED_TILT: Final = math.radians(20.0)
KNEELING_TILT: Final = math.radians(30.0)
"""How far the pelvis tilts forward on a seat or on the knees (set by this project)."""

_WANT: Final = {"right": RIGHT, "left": LEFT, "both": BOTH, "either": EITHER}
_JOBS: Final = 640
"""Postures that a thread solves at a time; no result depends on it."""
_PEOPLE: Final = 64
"""People whose hips a thread settles at a time."""

# Comfortable: trunk, clavicles and feet at rest; upper arm raised to 60° (ISO 11226), not behind the trunk, hardly
# across it; elbow, forearm and wrist off their ends. Degrees: flexion, abduction, rotation, elbow, pronation,
# wrist flexion, radial deviation.
_COMFORT_LOW: Final = np.radians([0.0, -10.0, -45.0, 20.0, -60.0, -15.0, -10.0])
_COMFORT_HIGH: Final = np.radians([60.0, 35.0, 60.0, 120.0, 60.0, 15.0, 10.0])

_CROUCH: Final = np.array([0.0, 0.0, 0.01, 0.03, 0.05, 0.07, 0.09, 0.11, 0.12, 0.12, 0.12, 0.10, 0.09, 0.08])
"""Of leg length: how far the hips can sink at each bend with balance kept, feet flat and ankles within 20°."""


def solve_reach(
    people: People,
    links: ArrayLike,
    stance: Stance,
    targets: Sequence[Target],
    /,
    *,
    arm_shorter: float = 0.0,
    zone: str = "maximal",
    threads: int | None = None,
) -> Poses:
    """The least uncomfortable posture of each person for each target.

    Args:
        people: n persons.
        links: (n, 31) their link lengths, metres.
        stance: Where they stand, sit or kneel.
        targets: m targets.
        arm_shorter: Metres taken off each arm, for the uncertainty of the model; below zero: added.
        zone: ``"maximal"``: all that the joints allow; ``"comfortable"``: trunk upright, shoulders at rest, upper
            arm raised by up to 60°.
        threads: Of the processor; every core by default. The result does not depend on it.

    Returns:
        Poses with the links that were used (arms shortened). ``missing`` is judged by forward kinematics; where an
        approach cannot be taken it is at least the chord, metres per metre, between the hand's direction and it.

    Raises:
        UsageError: Unknown zone, hand, grasp or posture; an arm shortened to nothing; an approach without length.
    """
    if zone not in ZONES:
        raise UsageError(f"unknown reach zone {zone!r}{suggestion(zone, ZONES)}; use {choices(ZONES)}")
    rows = shortened(links, arm_shorter)
    n, m = len(rows), len(targets)
    if n != len(people):
        raise ValueError(f"{len(people)} people with {n} rows of links")
    ground, roots, lows, highs, shares, hips = _PREPARED.of(
        (rows.tobytes(), stance, zone), lambda: _prepare(rows, stance, zone, threads)
    )
    at = np.array([t.position for t in targets], np.float64).reshape(m, 3)
    wants = np.array([_WANT[_word(t.hand, _WANT, "hand")] for t in targets], np.int64)
    tips = np.array([LINK[HAND_POINTS[_word(t.grasp, HAND_POINTS, "grasp")]] for t in targets], np.int64)
    modes, axes = _approaches(targets)
    out: tuple[NDArray[Any], ...] = (
        np.zeros((n, m, 39)),
        np.empty((n, m, 4)),
        np.zeros((n, m), np.int8),
        np.empty((n, m)),
        np.empty((n, m)),
    )

    def work(start: int, stop: int) -> None:
        part = slice(start, stop)
        some = tuple(array[part] for array in (rows, roots, shares, hips, lows, highs))
        floor = (ground.feet[part], float(stance.heading), ground.posture, ground.slope[part])
        solved: tuple[NDArray[Any], ...] = solve_jobs(
            some, (at, tips, modes, axes), wants, grid(), floor, BOTH_SPREAD, float(stance.step)
        )
        for whole, values in zip(out, solved, strict=True):
            whole[part] = values.reshape(whole[part].shape)

    if n and m:
        in_chunks(work, n, chunk=max(1, _JOBS // m), threads=threads)
    for array in out:
        array.flags.writeable = False
    return Poses(people, rows, stance, tuple(targets), *out)


def hand_targets(stance: Stance, target: Target, /) -> FloatArray:
    """(2, 3) where the right and the left hand's point has to arrive; equal unless both hands work."""
    aside = BOTH_SPREAD if target.hand == "both" else 0.0
    right = np.array([math.sin(stance.heading), -math.cos(stance.heading), 0.0])
    return np.asarray(target.position, np.float64) + np.outer([aside, -aside], right)


def shortened(links: ArrayLike, by: float, /) -> FloatArray:
    """(n, 31) links with upper arm and forearm shortened by ``by`` metres together, in proportion."""
    rows = np.array(np.atleast_2d(np.asarray(links, np.float64)), order="C")
    if rows.shape[1] != len(LINKS):
        raise ValueError(f"links must have {len(LINKS)} values on the last axis, found shape {rows.shape}")
    parts = [LINK["upper_arm"], LINK["forearm"]]
    whole = rows[:, parts].sum(axis=1)
    if len(rows) and by >= 0.9 * whole.min():
        raise UsageError(
            f"arms cannot be made {by:g} m shorter: the shortest is {whole.min():.3f} m to the wrist"
        )
    rows[:, parts] *= (1.0 - by / whole)[:, None]
    return rows


def _word(word: str, known: dict[str, object] | dict[str, int] | dict[str, str], what: str) -> str:
    if word not in known:
        raise UsageError(f"unknown {what} {word!r}{suggestion(word, known)}; use {choices(known)}")
    return word


def _approaches(targets: Sequence[Target]) -> tuple[NDArray[np.int64], FloatArray]:
    modes, axes = np.full(len(targets), WRIST_SET, np.int64), np.zeros((len(targets), 3))
    for i, target in enumerate(targets):
        if target.approach is not None:
            size = math.hypot(*target.approach)
            if not size > 1e-9:
                raise UsageError("an approach needs a direction: it must not be zero")
            modes[i], axes[i] = AXIS_SET, np.asarray(target.approach) / size
    return modes, axes


def _limits(
    links: FloatArray, stance: Stance, resting: FloatArray, zone: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(n, 14) lower and upper limits of the solver's variables, and (n, 3) how a bend is shared."""
    n = len(links)
    spine = [ANGLE["pelvis_tilt"], ANGLE["lumbar_flexion"], ANGLE["thoracic_flexion"]]
    forward = np.tile(UPPER[spine], (n, 1))
    if stance.posture == "sitting":
        # Hips flex no further than their limit.
        free = UPPER[ANGLE["right_hip_flexion"]] - resting[:, ANGLE["right_hip_flexion"]]
        forward[:, 0] = np.clip(free, 0.0, SEATED_TILT)
    elif stance.posture == "kneeling":
        forward[:, 0] = KNEELING_TILT
    bend = forward.sum(axis=1)
    shares = forward / bend[:, None]
    # Backwards in the same parts, until the first is at its limit.
    back = np.min(-LOWER[spine] / np.maximum(shares, 1e-9), axis=1)
    lows, highs = np.zeros((n, TRUNK + HAND)), np.zeros((n, TRUNK + HAND))
    arm = arm_limits("right")
    if zone == "comfortable":
        lows[:, TRUNK + 2 :], highs[:, TRUNK + 2 :] = _COMFORT_LOW, _COMFORT_HIGH
        return lows, highs, shares
    lows[:, 0], highs[:, 0] = -back, bend
    lateral, rotation = (
        UPPER[ANGLE["lumbar_lateral_flexion"]] / LATERAL[0],
        UPPER[ANGLE["lumbar_rotation"]] * 4.5,
    )
    lows[:, 1], highs[:, 1] = -lateral, lateral
    lows[:, 2], highs[:, 2] = -rotation, rotation
    highs[:, 3] = 1.0 if stance.posture == "standing" else 0.0
    first = ANGLE["right_clavicle_elevation"]
    lows[:, TRUNK : TRUNK + 2], highs[:, TRUNK : TRUNK + 2] = (
        LOWER[first : first + 2],
        UPPER[first : first + 2],
    )
    lows[:, TRUNK + 2 :], highs[:, TRUNK + 2 :] = arm
    return lows, highs, shares


_Prepared = tuple[Footing, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]


def _prepare(links: FloatArray, stance: Stance, zone: str, threads: int | None) -> _Prepared:
    """What depends on the people and their place alone: feet, roots, limits, shares of a bend, hips."""
    resting, roots = rest(links, stance)
    lows, highs, shares = _limits(links, stance, resting, zone)
    hips = np.empty((len(links), len(_CROUCH), 3, 2))

    def work(start: int, stop: int) -> None:
        part = slice(start, stop)
        hips[part] = _hips(links[part], stance, roots[part], highs[part])

    in_chunks(work, len(links), chunk=_PEOPLE, threads=threads)
    return footing(links, stance), roots, lows, highs, shares, hips


_PREPARED: Final = Kept[_Prepared](64)
"""The checks of a run ask for the same people at the same place again and again."""


def _hips(links: FloatArray, stance: Stance, roots: FloatArray, highs: FloatArray) -> FloatArray:
    """(n, 14, 3, 2) metres that the hips stand forward and up of ``roots`` at each bend and crouch, in balance."""
    n = len(links)
    out = np.zeros((n, len(_CROUCH), 3, 2))
    if stance.posture != "standing" or not highs[:, 0].any():
        return out
    leg = links[:, LINK["thigh"]] + links[:, LINK["shank"]]
    angles = np.zeros((n, len(_CROUCH) * 3, 39))
    bends = np.repeat((np.arange(len(_CROUCH)) - BACKWARD) * BEND_STEP, 3)
    drop = np.outer(leg, np.repeat(_CROUCH, 3) * np.tile([0.0, 0.5, 1.0], len(_CROUCH)))
    parts = UPPER[[ANGLE["pelvis_tilt"], ANGLE["lumbar_flexion"], ANGLE["thoracic_flexion"]]]
    for name, part in zip(
        ("pelvis_tilt", "lumbar_flexion", "thoracic_flexion"), parts / parts.sum(), strict=True
    ):
        angles[:, :, ANGLE[name]] = bends * part
    # Arms as they mostly are at work: half raised, half bent.
    for side in ("right", "left"):
        angles[:, :, ANGLE[f"{side}_shoulder_flexion"]] = math.radians(30.0)
        angles[:, :, ANGLE[f"{side}_elbow_flexion"]] = math.radians(60.0)
    _, settled, _ = settle(links, angles, footing(links, stance), drop=drop)
    moved = settled[:, :, :3] - roots[:, None, :3]
    c, s = math.cos(stance.heading), math.sin(stance.heading)
    ahead = moved[:, :, 0] * c + moved[:, :, 1] * s
    out[:] = np.stack([ahead, moved[:, :, 2]], axis=-1).reshape(n, -1, 3, 2)
    return out
