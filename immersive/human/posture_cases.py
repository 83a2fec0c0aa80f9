"""From posture angles to what RULA, REBA and OWAS ask: case fields for any number of postures.

A field is an array named as in ``immersive score``: (…,) of the body, (…, 2) of the right and left side. The
methods were made for observers. Where they say "twisted" or "raised" without a figure, and where they score
1 at exactly 0° only, a manikin needs a threshold: those of :class:`Reading`, set by this project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.human.posing import BOTH, LEFT, RIGHT
from immersive.human.posture_angles import SIDEWAYS_DEG, PostureAngles
from immersive.human.skeleton import SIDES

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Fields = dict[str, NDArray[Any]]

DECIMALS: Final = 2
"""Of the degrees in a case: what is told is what was judged."""

STATIC_SECONDS: Final = 60.0
"""RULA and REBA: a posture held longer than this is static."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a manikin's degree counts as; degrees, metres for the last two. Set by this project.

    Attributes:
        neutral: Wrist and trunk within this are straight, a neck bent back within this is not in extension:
            observers do not tell less, and no living body holds 0.0°.
        abducted: An upper arm is abducted beyond this.
        rotated: An upper arm is rotated (REBA) beyond this.
        raised: A shoulder is raised beyond this elevation of the clavicle.
        deviated: A wrist is deviated beyond this.
        pronated: A forearm is near the end of its rotation (±80°) beyond this.
        twisted, bent: Trunk and neck are twisted, bent sideways beyond this; what ISO 11226 calls visible.
        sideways: An upper arm is read by its elevation beyond this abduction.
        across: A wrist works across the midline this far beyond it.
        outside: A wrist works out to the side this far outwards of its shoulder.
    """

    neutral: float = 5.0
    abducted: float = 20.0
    rotated: float = 45.0
    raised: float = 10.0
    deviated: float = 10.0
    pronated: float = 60.0
    twisted: float = 10.0
    bent: float = 10.0
    sideways: float = SIDEWAYS_DEG
    across: float = 0.05
    outside: float = 0.10


@dataclass(frozen=True, slots=True)
class Work:
    """What a task adds to a posture.

    Attributes:
        load_kg: Handled by each working hand; a load in both hands counts whole for each.
        repeats_per_min: Of the action.
        static: Held longer than a minute.
        shock: Force comes as a shock or builds up rapidly.
        arm_supported: Weight of the working arm supported.
        coupling: REBA's score, 0 good to 3 unacceptable.
    """

    load_kg: float = 0.0
    repeats_per_min: float = 0.0
    static: bool = False
    shock: bool = False
    arm_supported: bool = False
    coupling: int = 0


@dataclass(frozen=True)
class Postures:
    """Postures as the methods read them.

    Attributes:
        angles: (…,) postures.
        working: (…, 2) which hands work, right and left.
        posture: ``"standing"``, ``"sitting"`` or ``"kneeling"``.
        feet_supported: (…,) whether the feet stand on floor or footrest.
    """

    angles: PostureAngles
    working: BoolArray
    posture: str
    feet_supported: BoolArray


def working_hands(hand: NDArray[np.int8], /) -> BoolArray:
    """(…, 2) from :attr:`immersive.human.posing.Poses.hand`."""
    return np.stack([(hand == RIGHT) | (hand == BOTH), (hand == LEFT) | (hand == BOTH)], axis=-1)


def _shared(postures: Postures, reading: Reading) -> tuple[Fields, Fields]:
    """Body and sided fields that RULA and REBA have in common."""
    a = postures.angles

    def read(angle: FloatArray, low: float, high: float) -> FloatArray:
        rounded = np.round(angle, DECIMALS)
        return np.asarray(np.where((rounded >= low) & (rounded <= high), 0.0, rounded), np.float64)

    near = reading.neutral
    body: Fields = {
        "trunk_flexion_deg": read(a.trunk_inclination, -near, near),
        "neck_flexion_deg": read(a.neck_flexion, -near, 0.0),
        "trunk_twisted": np.abs(a.trunk_twist) > reading.twisted,
        "trunk_bent_sideways": np.abs(a.trunk_side_bend) > reading.bent,
        "neck_twisted": np.abs(a.neck_twist) > reading.twisted,
        "neck_bent_sideways": np.abs(a.neck_side_bend) > reading.bent,
    }
    sided: Fields = {
        "upper_arm_flexion_deg": np.round(a.upper_arm_band_deg(reading.sideways), DECIMALS),
        "lower_arm_flexion_deg": np.round(a.elbow_flexion, DECIMALS),
        "wrist_flexion_deg": read(a.wrist_flexion, -near, near),
        "shoulder_raised": a.shoulder_elevation > reading.raised,
        "upper_arm_abducted": a.upper_arm_abduction > reading.abducted,
        "wrist_deviated": np.abs(a.wrist_deviation) > reading.deviated,
    }
    return body, sided


def rula_fields(postures: Postures, work: Work, reading: Reading) -> Fields:
    """Arguments of :func:`immersive.human.rula.assess`, body (…, 1) and sides (…, 2).

    Kneeling, and sitting with the feet in the air, are legs that are not well supported. The idle hand
    carries and repeats nothing.
    """
    body, sided = _shared(postures, reading)
    a, working = postures.angles, postures.working
    body["legs_supported"] = (
        np.zeros_like(postures.feet_supported) if postures.posture == "kneeling" else postures.feet_supported
    )
    sided |= {
        "across_midline": working
        & ((a.wrist_from_middle < -reading.across) | (a.wrist_from_shoulder > reading.outside)),
        "wrist_twist": np.where(np.abs(a.forearm_pronation) > reading.pronated, 2, 1),
        "arm_supported": working & work.arm_supported,
        "load_kg": np.where(working, work.load_kg, 0.0),
        "repeats_per_min": np.where(working, work.repeats_per_min, 0.0),
        "static": np.full(working.shape, work.static),
        "shock": working & work.shock,
    }
    return {name: value[..., None] for name, value in body.items()} | sided


def reba_fields(postures: Postures, work: Work, reading: Reading) -> Fields:
    """Fields of a REBA case, body (…, 1) and sides (…, 2); ``sitting`` is among them.

    Kneeling on both knees bears weight on both sides. The load is the body's, whichever hand has it.
    """
    body, sided = _shared(postures, reading)
    a, working = postures.angles, postures.working
    shape = postures.feet_supported.shape
    body |= {
        "legs_supported": np.ones(shape, bool),
        "knee_flexion_deg": np.round(a.knee_flexion.max(axis=-1), DECIMALS),
        "sitting": np.full(shape, postures.posture == "sitting"),
        "load_kg": np.full(shape, work.load_kg),
        "shock": np.full(shape, work.shock),
        "repeats_per_min": np.full(shape, work.repeats_per_min),
        "static": np.full(shape, work.static),
    }
    sided["upper_arm_abducted"] = sided["upper_arm_abducted"] | (
        np.abs(a.upper_arm_rotation) > reading.rotated
    )
    sided |= {
        "wrist_twisted": np.abs(a.forearm_pronation) > reading.pronated,
        "arm_supported": working & work.arm_supported,
        "coupling": np.where(working, work.coupling, 0),
    }
    return {name: value[..., None] for name, value in body.items()} | sided


def owas_fields(postures: Postures, work: Work, reading: Reading) -> Fields:
    """Arguments of :func:`immersive.human.owas.assess`, (…,) each; knees only where they are standing."""
    a = postures.angles
    fields: Fields = {
        "trunk_flexion_deg": np.round(a.trunk_inclination, DECIMALS),
        "trunk_twist_deg": np.round(a.trunk_twist, DECIMALS),
        "trunk_lateral_deg": np.round(a.trunk_side_bend, DECIMALS),
        "arm_right_above_shoulder": a.arm_above_shoulder[..., RIGHT],
        "arm_left_above_shoulder": a.arm_above_shoulder[..., LEFT],
        "load_kg": np.full(a.trunk_inclination.shape, work.load_kg),
    }
    if postures.posture == "standing":
        fields["knee_right_flexion_deg"] = np.round(a.knee_flexion[..., RIGHT], DECIMALS)
        fields["knee_left_flexion_deg"] = np.round(a.knee_flexion[..., LEFT], DECIMALS)
    else:
        fields["legs_posture"] = np.full(a.trunk_inclination.shape, postures.posture)
    return fields


def case_of(fields: Mapping[str, NDArray[Any]], index: tuple[int, ...], /) -> dict[str, Any]:
    """One posture's case for ``immersive score``: body fields, and an object for each side where there are any.

    Args:
        fields: Arrays with the leading axes of the postures; a last axis of 1 (body) or 2 (sides) beyond them.
        index: Which posture.
    """
    case: dict[str, Any] = {}
    sides: dict[str, dict[str, Any]] = {side: {} for side in SIDES}
    for name, values in fields.items():
        found = np.asarray(values[index])
        if found.ndim == 0:
            case[name] = found.item()
        elif found.shape[0] == 1:
            case[name] = found[0].item()
        else:
            for side, value in zip(SIDES, found, strict=True):
                sides[side][name] = value.item()
    if any(sides.values()):
        case |= sides
    return case
