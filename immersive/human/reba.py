"""REBA, Rapid Entire Body Assessment (Hignett and McAtamney 2000).

Angles in degrees, flexion positive, extension negative. Published bands share their ends; here a
shared end belongs to the milder band (the paper writes "more than" for every harsher one).
The upper arm is scored as in RULA; abducted stands for abducted or rotated, supported also for
gravity-assisted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.human.case_fields import Input, both, flag, number, score
from immersive.human.rula import upper_arm_score
from immersive.human.scoring import Bound, Method, Step, adjusted, sum_bound
from immersive.resources import resource

IntArray = NDArray[np.int64]

NOTES = (
    both(
        "A shared band end belongs to the milder band: neck 20°, trunk 20° and 60°, upper arm 20°, 45° and 90°, lower "
        "arm 60° and 100°, wrist 15°. Knees of 30° to 60°, ends included, add 1, above 60° add 2. Loads of 5 kg to "
        "10 kg, ends included, score 1.",
        "Une borne commune appartient à la classe la moins sévère : cou 20°, tronc 20° et 60°, bras 20°, 45° et 90°, "
        "avant-bras 60° et 100°, poignet 15°. Des genoux de 30° à 60°, bornes comprises, ajoutent 1, au-delà de 60° "
        "ajoutent 2. Une charge de 5 kg à 10 kg, bornes comprises, est cotée 1.",
    ),
    both("Trunk scores 1 only at exactly 0° (upright).", "Le tronc n'est coté 1 qu'à exactement 0° (droit)."),
    both(
        "Static means held longer than 1 minute, repeated means more than 4 times a minute. Sitting, the knees add nothing.",
        "Statique : maintenu plus d'une minute ; répété : plus de 4 fois par minute. Assis, les genoux n'ajoutent rien.",
    ),
)
LEVELS = {
    0: (both("negligible", "négligeable"), both("none necessary", "aucune action nécessaire")),
    1: (both("low", "faible"), both("action may be necessary", "une action peut être nécessaire")),
    2: (both("medium", "moyen"), both("action necessary", "action nécessaire")),
    3: (both("high", "élevé"), both("action necessary soon", "action nécessaire rapidement")),
    4: (both("very high", "très élevé"), both("action necessary now", "action nécessaire immédiatement")),
}
COUPLINGS = ("good", "fair", "poor", "unacceptable")


@cache
def tables() -> dict[str, Any]:
    """The published tables A, B, C as arrays indexed from 0 for scores from 1."""
    data = json.loads(resource("assets/methods/reba.json").read_text(encoding="utf-8"))
    return {
        "source": data["source"],
        "confidence": data["confidence"],
        "levels": data["action_levels"],
        **{name: np.array(data[name]["values"], np.int64) for name in ("table_a", "table_b", "table_c")},
    }


def trunk_score(flexion: ArrayLike, twisted: ArrayLike = False, bent: ArrayLike = False) -> IntArray:
    """1…5: upright → 1; to 20 either way → 2; to 60, or extension above 20 → 3; above → 4; +1 twisted or bent."""
    angle = np.asarray(flexion, np.float64)
    score = np.select([angle == 0, np.abs(angle) <= 20, angle <= 60], [1, 2, 3], 4)
    return np.asarray(score + (np.asarray(twisted, bool) | np.asarray(bent, bool)).astype(np.int64), np.int64)


def neck_score(flexion: ArrayLike, twisted: ArrayLike = False, bent: ArrayLike = False) -> IntArray:
    """1…3: 0…20 → 1; above, or extension → 2; +1 twisted or bent sideways."""
    angle = np.asarray(flexion, np.float64)
    score = np.where((angle >= 0) & (angle <= 20), 1, 2)
    return np.asarray(score + (np.asarray(twisted, bool) | np.asarray(bent, bool)).astype(np.int64), np.int64)


def legs_score(supported: ArrayLike, knee_flexion: ArrayLike = 0.0) -> IntArray:
    """1…4: both legs bear weight, walking or sitting → 1; else 2; knee 30…60 adds 1, above 60 adds 2 (not sitting)."""
    knee = np.asarray(knee_flexion, np.float64)
    return np.asarray(
        np.where(np.asarray(supported, bool), 1, 2) + np.select([knee < 30, knee <= 60], [0, 1], 2), np.int64
    )


def lower_arm_score(flexion: ArrayLike) -> IntArray:
    """1 for 60…100, else 2."""
    angle = np.asarray(flexion, np.float64)
    return np.asarray(np.where((angle >= 60) & (angle <= 100), 1, 2), np.int64)


def wrist_score(flexion: ArrayLike, deviated: ArrayLike = False, twisted: ArrayLike = False) -> IntArray:
    """1…3: to 15 either way → 1; above → 2; +1 deviated or twisted."""
    angle = np.abs(np.asarray(flexion, np.float64))
    turned = np.asarray(deviated, bool) | np.asarray(twisted, bool)
    return np.asarray(np.where(angle <= 15, 1, 2) + turned, np.int64)


def load_score(load_kg: ArrayLike, shock: ArrayLike = False) -> IntArray:
    """0…3: below 5 kg → 0; to 10 → 1; above → 2; +1 shock or rapid build-up."""
    load = np.asarray(load_kg, np.float64)
    return np.select([load < 5, load <= 10], [0, 1], 2) + np.asarray(shock, np.int64)


def table_a(neck: ArrayLike, trunk: ArrayLike, legs: ArrayLike) -> IntArray:
    """Posture score of trunk, neck and legs."""
    picked = tables()["table_a"][np.asarray(neck) - 1, np.asarray(trunk) - 1, np.asarray(legs) - 1]
    return np.asarray(picked, np.int64)


def table_b(upper_arm: ArrayLike, lower_arm: ArrayLike, wrist: ArrayLike) -> IntArray:
    """Posture score of arm and wrist."""
    picked = tables()["table_b"][np.asarray(upper_arm) - 1, np.asarray(lower_arm) - 1, np.asarray(wrist) - 1]
    return np.asarray(picked, np.int64)


def table_c(score_a: ArrayLike, score_b: ArrayLike) -> IntArray:
    """Score C from A and B, each 1…12."""
    picked = tables()["table_c"][np.asarray(score_a) - 1, np.asarray(score_b) - 1]
    return np.asarray(picked, np.int64)


def risk_level(grand: ArrayLike) -> IntArray:
    """0 (1), 1 (2–3), 2 (4–7), 3 (8–10), 4 (11–15)."""
    return np.searchsorted([1, 3, 7, 10], np.asarray(grand), side="left").astype(np.int64)


def activity_score(
    repeats_per_min: ArrayLike, static: ArrayLike = False, rapid_change: ArrayLike = False
) -> IntArray:
    """0…3: static over a minute, repeated more than 4 times a minute, rapid large changes or unstable base; 1 each."""
    repeated = np.asarray(repeats_per_min, np.float64) > 4
    return np.asarray(
        np.asarray(repeated, np.int64) + np.asarray(static, bool) + np.asarray(rapid_change, bool), np.int64
    )


def assess(
    *,
    trunk_flexion_deg: ArrayLike,
    neck_flexion_deg: ArrayLike,
    upper_arm_flexion_deg: ArrayLike,
    lower_arm_flexion_deg: ArrayLike,
    wrist_flexion_deg: ArrayLike,
    knee_flexion_deg: ArrayLike = 0.0,
    legs_supported: ArrayLike = True,
    trunk_twisted: ArrayLike = False,
    trunk_bent_sideways: ArrayLike = False,
    neck_twisted: ArrayLike = False,
    neck_bent_sideways: ArrayLike = False,
    shoulder_raised: ArrayLike = False,
    upper_arm_abducted: ArrayLike = False,
    arm_supported: ArrayLike = False,
    wrist_deviated: ArrayLike = False,
    wrist_twisted: ArrayLike = False,
    load_kg: ArrayLike = 0.0,
    shock: ArrayLike = False,
    coupling: ArrayLike = 0,
    activity: ArrayLike = 0,
) -> dict[str, IntArray]:
    """REBA of many postures at once, by the same bands and tables as one case.

    Args:
        trunk_flexion_deg: Angles in degrees; all arguments broadcast against each other, and their names
            and meanings are those of a case's fields (see :data:`INPUTS`); coupling and activity are scores.
            Sitting postures: give ``knee_flexion_deg`` as 0.

    Returns:
        Every score of :data:`RESULTS`, each as an array of the broadcast shape.

    Raises:
        ValueError: An angle or a load is not finite, or a score is outside 0…3.
    """
    numbers = (trunk_flexion_deg, neck_flexion_deg, upper_arm_flexion_deg, lower_arm_flexion_deg,
               wrist_flexion_deg, knee_flexion_deg, load_kg)  # fmt: skip
    if not all(np.isfinite(np.asarray(n, np.float64)).all() for n in numbers):
        raise ValueError("REBA needs finite angles and loads")
    grip, doing = np.asarray(coupling, np.int64), np.asarray(activity, np.int64)
    if not ((grip >= 0) & (grip <= 3)).all() or not ((doing >= 0) & (doing <= 3)).all():
        raise ValueError("coupling and activity must be from 0 to 3")
    out = {
        "trunk": trunk_score(trunk_flexion_deg, trunk_twisted, trunk_bent_sideways),
        "neck": neck_score(neck_flexion_deg, neck_twisted, neck_bent_sideways),
        "legs": legs_score(legs_supported, knee_flexion_deg),
        "upper_arm": upper_arm_score(
            upper_arm_flexion_deg, shoulder_raised, upper_arm_abducted, arm_supported
        ),
        "lower_arm": lower_arm_score(lower_arm_flexion_deg),
        "wrist": wrist_score(wrist_flexion_deg, wrist_deviated, wrist_twisted),
        "load": load_score(load_kg, shock),
        "coupling": grip,
        "activity": doing,
    }
    out["table_a"] = table_a(out["neck"], out["trunk"], out["legs"])
    out["score_a"] = out["table_a"] + out["load"]
    out["table_b"] = table_b(out["upper_arm"], out["lower_arm"], out["wrist"])
    out["score_b"] = out["table_b"] + grip
    out["table_c"] = table_c(out["score_a"], out["score_b"])
    out["grand"] = out["table_c"] + doing
    out["level"] = risk_level(out["grand"])
    shape = np.broadcast_shapes(*(np.shape(value) for value in out.values()))
    return {name: np.broadcast_to(out[name], shape) for name in RESULTS}


class _Coupling(Input):
    """A score 0…3 or its word."""

    def read(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip().lower() in COUPLINGS:
            return COUPLINGS.index(value.strip().lower())
        return Input.read(self, value)

    def allowed(self) -> str:
        return "a whole number from 0 to 3, or good, fair, poor, unacceptable"


INPUTS = (
    number("upper_arm_flexion_deg", -90, 180, "Flexion positive, extension negative."),
    number("lower_arm_flexion_deg", -15, 160, "Elbow flexion, 0 = straight."),
    number("wrist_flexion_deg", -100, 100, "Flexion positive, extension negative."),
    number("neck_flexion_deg", -90, 90, "Flexion positive, extension negative, relative to the trunk."),
    number("trunk_flexion_deg", -60, 150, "Forward positive, from upright."),
    number("knee_flexion_deg", 0, 160, "The more flexed knee, 0 = straight."),
    flag("sitting", "Sitting: the legs score 1 and the knees add nothing."),
    flag("shoulder_raised", "Shoulder raised."),
    flag("upper_arm_abducted", "Upper arm abducted or rotated."),
    flag("arm_supported", "Arm supported, operator leaning, or posture gravity-assisted."),
    flag("wrist_deviated", "Radial or ulnar deviation."),
    flag("wrist_twisted", "Forearm or wrist twisted."),
    flag("neck_twisted", "Neck twisted."),
    flag("neck_bent_sideways", "Neck bent sideways."),
    flag("trunk_twisted", "Trunk twisted."),
    flag("trunk_bent_sideways", "Trunk bent sideways."),
    Input("legs_supported", "flag", doc="Weight on both legs, walking or sitting."),
    score("upper_arm", 1, 6, "Upper arm score, adjustments included."),
    score("lower_arm", 1, 2, "Lower arm score."),
    score("wrist", 1, 3, "Wrist score."),
    score("neck", 1, 3, "Neck score."),
    score("trunk", 1, 5, "Trunk score."),
    score("legs", 1, 4, "Legs score, knees included."),
    number("load_kg", 0, None, "Load or force handled; 1 kg stands for 9.81 N."),
    flag("shock", "Shock or rapid build-up of force."),
    score("load", 0, 3, "Load score, shock included."),
    _Coupling("coupling", "score", 0, 3, doc="Coupling score or word."),
    number("repeats_per_min", 0, None, "Repetitions of small-range actions a minute (not walking)."),
    flag("static", "A body part held longer than one minute."),
    flag("rapid_change", "Rapid large changes of posture, or an unstable base."),
    score("activity", 0, 3, "Activity score: static, repeated, rapid change; one each."),
    score("table_a", 1, 9, "Posture score A before load."),
    score("table_b", 1, 9, "Posture score B before coupling."),
    score("score_a", 1, 12, "Score A."),
    score("score_b", 1, 12, "Score B."),
    score("table_c", 1, 12, "Score C."),
    score("grand", 1, 15, "REBA score."),
    score("level", 0, 4, "Action level."),
)
SIDED = (
    "upper_arm_flexion_deg", "lower_arm_flexion_deg", "wrist_flexion_deg", "shoulder_raised", "upper_arm_abducted",
    "arm_supported", "wrist_deviated", "wrist_twisted", "upper_arm", "lower_arm", "wrist", "coupling", "table_b",
    "score_b",
)  # fmt: skip


STEPS = (
    Step("trunk", ("trunk_flexion_deg", "trunk_twisted", "trunk_bent_sideways"),
         lambda trunk_flexion_deg, trunk_twisted, trunk_bent_sideways: int(
             trunk_score(trunk_flexion_deg, trunk_twisted, trunk_bent_sideways))),
    Step("neck", ("neck_flexion_deg", "neck_twisted", "neck_bent_sideways"),
         lambda neck_flexion_deg, neck_twisted, neck_bent_sideways: int(
             neck_score(neck_flexion_deg, neck_twisted, neck_bent_sideways))),
    Step("legs", ("sitting",), lambda sitting: 1 if sitting else None),
    Step("legs", ("legs_supported", "knee_flexion_deg", "sitting"),
         lambda legs_supported, knee_flexion_deg, sitting: None if sitting else int(
             legs_score(legs_supported, knee_flexion_deg))),
    Step("upper_arm", ("upper_arm_flexion_deg", "shoulder_raised", "upper_arm_abducted", "arm_supported"),
         lambda upper_arm_flexion_deg, shoulder_raised, upper_arm_abducted, arm_supported: int(
             upper_arm_score(upper_arm_flexion_deg, shoulder_raised, upper_arm_abducted, arm_supported))),
    Step("lower_arm", ("lower_arm_flexion_deg",),
         lambda lower_arm_flexion_deg: int(lower_arm_score(lower_arm_flexion_deg))),
    Step("wrist", ("wrist_flexion_deg", "wrist_deviated", "wrist_twisted"),
         lambda wrist_flexion_deg, wrist_deviated, wrist_twisted: int(
             wrist_score(wrist_flexion_deg, wrist_deviated, wrist_twisted))),
    Step("load", ("load_kg", "shock"), lambda load_kg, shock: int(load_score(load_kg, shock))),
    Step("table_a", ("neck", "trunk", "legs"), lambda neck, trunk, legs: int(table_a(neck, trunk, legs))),
    Step("score_a", ("table_a", "load"), lambda table_a, load: table_a + load),
    Step("table_b", ("upper_arm", "lower_arm", "wrist"),
         lambda upper_arm, lower_arm, wrist: int(table_b(upper_arm, lower_arm, wrist))),
    Step("score_b", ("table_b", "coupling"), lambda table_b, coupling: table_b + coupling),
    Step("table_c", ("score_a", "score_b"), lambda score_a, score_b: int(table_c(score_a, score_b))),
    Step("activity", ("repeats_per_min", "static", "rapid_change"),
         lambda repeats_per_min, static, rapid_change: int(activity_score(repeats_per_min, static, rapid_change))),
    Step("grand", ("table_c", "activity"), lambda table_c, activity: table_c + activity),
    Step("level", ("grand",), lambda grand: int(risk_level(grand))),
)  # fmt: skip

RESULTS = (
    "trunk", "neck", "legs", "upper_arm", "lower_arm", "wrist", "table_a", "load", "score_a", "table_b", "coupling",
    "score_b", "table_c", "activity", "grand", "level",
)  # fmt: skip


def _bounds(values: Mapping[str, Any]) -> list[Bound]:
    shocks = [Bound("load", 1, 3, "shock")] if values.get("shock") is True else []
    knees: tuple[int, int] | None = None
    if values.get("legs_supported") is not None:
        knees = {True: (1, 3), False: (2, 4)}[values["legs_supported"]]
    return [
        *adjusted(values, "trunk", base=(1, 4), plus=("trunk_twisted", "trunk_bent_sideways"), once=True),
        *adjusted(values, "neck", base=(1, 2), plus=("neck_twisted", "neck_bent_sideways"), once=True),
        *adjusted(values, "upper_arm", base=(1, 4), plus=("shoulder_raised", "upper_arm_abducted"),
                  minus=("arm_supported",)),
        *adjusted(values, "wrist", base=(1, 2), plus=("wrist_deviated", "wrist_twisted"), once=True),
        *([Bound("legs", *knees, "legs_supported")] if knees and not values.get("sitting") else []),
        *shocks,
        *sum_bound(values, "score_a", "table_a", 3),
        *sum_bound(values, "score_b", "table_b", 3),
        *sum_bound(values, "grand", "table_c", 3),
    ]  # fmt: skip


def _extras(values: Mapping[str, Any]) -> dict[str, Any]:
    if "level" not in values:
        return {}
    risk, action = LEVELS[values["level"]]
    return {"risk": risk, "action": action}


@cache
def method() -> Method:
    """REBA as a scoring method."""
    return Method(
        "reba",
        both("REBA, Rapid Entire Body Assessment", "REBA, évaluation rapide du corps entier"),
        INPUTS,
        STEPS,
        RESULTS,
        ("grand", "level"),
        tables()["source"],
        tables()["confidence"],
        NOTES,
        sided=SIDED,
        bounds=_bounds,
        extras=_extras,
    )
