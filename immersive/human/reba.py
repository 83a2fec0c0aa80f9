"""REBA, Rapid Entire Body Assessment (Hignett and McAtamney 2000).

Angles in degrees, flexion positive, extension negative. Published bands share their ends; here a
shared end belongs to the milder band (the paper writes "more than" for every harsher one).
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.human.scoring import Input, Method, Step
from immersive.resources import resource

IntArray = NDArray[np.int64]

NOTES = (
    "A shared band end belongs to the milder band: neck 20°, trunk 20° and 60°, knee 30° to 60° adds 1, above 60° adds 2, "
    "upper arm 20°, 45°, 90°, lower arm 60° and 100°, wrist 15°; load 5 kg and 10 kg score 1.",
    "Trunk scores 1 only at exactly 0° (upright).",
)
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
    return score + (np.asarray(twisted, bool) | np.asarray(bent, bool)).astype(np.int64)


def neck_score(flexion: ArrayLike, twisted: ArrayLike = False, bent: ArrayLike = False) -> IntArray:
    """1…3: 0…20 → 1; above, or extension → 2; +1 twisted or bent sideways."""
    angle = np.asarray(flexion, np.float64)
    score = np.where((angle >= 0) & (angle <= 20), 1, 2)
    return score + (np.asarray(twisted, bool) | np.asarray(bent, bool)).astype(np.int64)


def legs_score(supported: ArrayLike, knee_flexion: ArrayLike = 0.0) -> IntArray:
    """1…4: both legs bear weight, walking or sitting → 1; else 2; knee 30…60 adds 1, above 60 adds 2 (not sitting)."""
    knee = np.asarray(knee_flexion, np.float64)
    return np.where(np.asarray(supported, bool), 1, 2) + np.select([knee < 30, knee <= 60], [0, 1], 2)


def upper_arm_score(
    flexion: ArrayLike, raised: ArrayLike = False, abducted: ArrayLike = False, supported: ArrayLike = False
) -> IntArray:
    """1…6, as in RULA; abducted stands for abducted or rotated, supported also for gravity-assisted."""
    angle = np.asarray(flexion, np.float64)
    score = np.select([np.abs(angle) <= 20, angle <= 45, angle <= 90], [1, 2, 3], 4)
    adjusted = score + np.asarray(raised, np.int64) + np.asarray(abducted, np.int64) - np.asarray(supported, np.int64)
    return np.clip(adjusted, 1, 6)


def lower_arm_score(flexion: ArrayLike) -> IntArray:
    """1 for 60…100, else 2."""
    angle = np.asarray(flexion, np.float64)
    return np.where((angle >= 60) & (angle <= 100), 1, 2)


def wrist_score(flexion: ArrayLike, deviated: ArrayLike = False, twisted: ArrayLike = False) -> IntArray:
    """1…3: to 15 either way → 1; above → 2; +1 deviated or twisted."""
    angle = np.abs(np.asarray(flexion, np.float64))
    return np.where(angle <= 15, 1, 2) + (np.asarray(deviated, bool) | np.asarray(twisted, bool)).astype(np.int64)


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


def _flag(name: str, doc: str) -> Input:
    return Input(name, "flag", default=False, doc=doc)


def _score(name: str, low: int, high: int, doc: str) -> Input:
    return Input(name, "score", low, high, doc=doc)


class _Coupling(Input):
    """A score 0…3 or its word."""

    def read(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip().lower() in COUPLINGS:
            return COUPLINGS.index(value.strip().lower())
        return Input.read(self, value)

    def allowed(self) -> str:
        return "a whole number from 0 to 3, or good, fair, poor, unacceptable"


INPUTS = (
    Input("upper_arm_flexion_deg", "number", -90, 180, doc="Flexion positive, extension negative."),
    Input("lower_arm_flexion_deg", "number", -15, 160, doc="Elbow flexion, 0 = straight."),
    Input("wrist_flexion_deg", "number", -100, 100, doc="Flexion positive, extension negative."),
    Input("neck_flexion_deg", "number", -90, 90, doc="Flexion positive, extension negative, relative to the trunk."),
    Input("trunk_flexion_deg", "number", -60, 150, doc="Forward positive, from upright."),
    Input("knee_flexion_deg", "number", 0, 160, doc="0 = straight; leave out when sitting."),
    _flag("shoulder_raised", "Shoulder raised."),
    _flag("upper_arm_abducted", "Upper arm abducted or rotated."),
    _flag("arm_supported", "Arm supported, operator leaning, or posture gravity-assisted."),
    _flag("wrist_deviated", "Radial or ulnar deviation."),
    _flag("wrist_twisted", "Forearm or wrist twisted."),
    _flag("neck_twisted", "Neck twisted."),
    _flag("neck_bent_sideways", "Neck bent sideways."),
    _flag("trunk_twisted", "Trunk twisted."),
    _flag("trunk_bent_sideways", "Trunk bent sideways."),
    Input("legs_supported", "flag", doc="Weight on both legs, walking or sitting."),
    _score("upper_arm", 1, 6, "Upper arm score, adjustments included."),
    _score("lower_arm", 1, 2, "Lower arm score."),
    _score("wrist", 1, 3, "Wrist score."),
    _score("neck", 1, 3, "Neck score."),
    _score("trunk", 1, 5, "Trunk score."),
    _score("legs", 1, 4, "Legs score, knees included."),
    Input("load_kg", "number", 0, doc="Load or force handled."),
    _flag("shock", "Shock or rapid build-up of force."),
    _score("load", 0, 3, "Load score, shock included."),
    _Coupling("coupling", "score", 0, 3, doc="Coupling score or word."),
    _score("activity", 0, 3, "Activity score: static, repeated, rapid change; one each."),
    _score("table_a", 1, 9, "Posture score A before load."),
    _score("table_b", 1, 9, "Posture score B before coupling."),
    _score("score_a", 1, 12, "Score A."),
    _score("score_b", 1, 12, "Score B."),
    _score("table_c", 1, 12, "Score C."),
    _score("grand", 1, 15, "REBA score."),
)

STEPS = (
    Step("trunk", ("trunk_flexion_deg", "trunk_twisted", "trunk_bent_sideways"),
         lambda trunk_flexion_deg, trunk_twisted, trunk_bent_sideways: int(
             trunk_score(trunk_flexion_deg, trunk_twisted, trunk_bent_sideways))),
    Step("neck", ("neck_flexion_deg", "neck_twisted", "neck_bent_sideways"),
         lambda neck_flexion_deg, neck_twisted, neck_bent_sideways: int(
             neck_score(neck_flexion_deg, neck_twisted, neck_bent_sideways))),
    Step("legs", ("legs_supported", "knee_flexion_deg"),
         lambda legs_supported, knee_flexion_deg: int(legs_score(legs_supported, knee_flexion_deg))),
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
    Step("grand", ("table_c", "activity"), lambda table_c, activity: table_c + activity),
    Step("level", ("grand",), lambda grand: int(risk_level(grand))),
)  # fmt: skip

RESULTS = (
    "trunk", "neck", "legs", "upper_arm", "lower_arm", "wrist", "table_a", "load", "score_a", "table_b", "coupling",
    "score_b", "table_c", "activity", "grand", "level",
)  # fmt: skip


@cache
def method() -> Method:
    """REBA as a scoring method."""
    return Method(
        "reba", INPUTS, STEPS, RESULTS, ("grand", "level"), tables()["source"], tables()["confidence"], NOTES
    )
