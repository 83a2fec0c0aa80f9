"""RULA, Rapid Upper Limb Assessment (McAtamney and Corlett 1993).

Angles in degrees, flexion positive, extension negative; the lower arm's flexion is that of the
elbow (0 = straight). Published bands share their ends; here a shared end belongs to the milder
band, except where the paper writes "or more" (wrist 15°, neck 20°, trunk 60°).
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
    "A shared band end belongs to the milder band, except wrist 15°, neck 20° and trunk 60°, which the paper "
    "gives to the harsher one ('or more').",
    "Wrist and trunk score 1 only at exactly 0° (neutral, upright).",
    "The paper has no band for trunk extension: it is scored like flexion of the same size.",
    "Static means held longer than 1 minute (paper; one worksheet says 10), repeated means more than 4 times a minute.",
)


@cache
def tables() -> dict[str, Any]:
    """The published tables A, B, C and action levels, as arrays indexed from 0 for scores from 1."""
    data = json.loads(resource("assets/methods/rula.json").read_text(encoding="utf-8"))
    return {
        "source": data["source"],
        "confidence": data["confidence"],
        **{name: np.array(data[name]["values"], np.int64) for name in ("table_a", "table_b", "table_c")},
    }


# Bands, vectorised: every function takes arrays of degrees and flags and gives arrays of scores. ---


def upper_arm_score(
    flexion: ArrayLike, raised: ArrayLike = False, abducted: ArrayLike = False, supported: ArrayLike = False
) -> IntArray:
    """1…6: ±20 → 1; extension > 20 or flexion to 45 → 2; to 90 → 3; above → 4; +1 raised, +1 abducted, −1 supported."""
    angle = np.asarray(flexion, np.float64)
    score = np.select([np.abs(angle) <= 20, angle <= 45, angle <= 90], [1, 2, 3], 4)
    adjusted = score + np.asarray(raised, np.int64) + np.asarray(abducted, np.int64) - np.asarray(supported, np.int64)
    return np.clip(adjusted, 1, 6)


def lower_arm_score(flexion: ArrayLike, across_midline: ArrayLike = False) -> IntArray:
    """1…3: 60…100 → 1; else 2; +1 across the midline or out to the side."""
    angle = np.asarray(flexion, np.float64)
    return np.where((angle >= 60) & (angle <= 100), 1, 2) + np.asarray(across_midline, np.int64)


def wrist_score(flexion: ArrayLike, deviated: ArrayLike = False) -> IntArray:
    """1…4: neutral → 1; less than 15 either way → 2; 15 or more → 3; +1 deviated."""
    angle = np.abs(np.asarray(flexion, np.float64))
    return np.select([angle == 0, angle < 15], [1, 2], 3) + np.asarray(deviated, np.int64)


def neck_score(flexion: ArrayLike, twisted: ArrayLike = False, bent: ArrayLike = False) -> IntArray:
    """1…6: 0…10 → 1; below 20 → 2; 20 or more → 3; extension → 4; +1 twisted, +1 bent sideways."""
    angle = np.asarray(flexion, np.float64)
    score = np.select([angle < 0, angle <= 10, angle < 20], [4, 1, 2], 3)
    return score + np.asarray(twisted, np.int64) + np.asarray(bent, np.int64)


def trunk_score(flexion: ArrayLike, twisted: ArrayLike = False, bent: ArrayLike = False) -> IntArray:
    """1…6: upright → 1; to 20 → 2; below 60 → 3; 60 or more → 4; +1 twisted, +1 bent sideways."""
    angle = np.abs(np.asarray(flexion, np.float64))
    score = np.select([angle == 0, angle <= 20, angle < 60], [1, 2, 3], 4)
    return score + np.asarray(twisted, np.int64) + np.asarray(bent, np.int64)


def legs_score(supported: ArrayLike) -> IntArray:
    """1 if legs and feet are well supported and evenly loaded, else 2."""
    return np.where(np.asarray(supported, bool), 1, 2)


def muscle_score(repeats_per_min: ArrayLike, static: ArrayLike = False) -> IntArray:
    """1 if static (held over a minute) or repeated more than 4 times a minute, else 0."""
    return ((np.asarray(repeats_per_min, np.float64) > 4) | np.asarray(static, bool)).astype(np.int64)


def force_score(
    load_kg: ArrayLike, repeats_per_min: ArrayLike, static: ArrayLike = False, shock: ArrayLike = False
) -> IntArray:
    """0…3 from load, whether it is static or repeated, and shock."""
    load = np.asarray(load_kg, np.float64)
    sustained = muscle_score(repeats_per_min, static) == 1
    score = np.select(
        [load < 2, (load < 10) & ~sustained, (load < 10) | ~sustained], [0, 1, 2], 3
    )
    return np.where(np.asarray(shock, bool), 3, score)


def table_a(upper_arm: ArrayLike, lower_arm: ArrayLike, wrist: ArrayLike, wrist_twist: ArrayLike) -> IntArray:
    """Posture score A."""
    picked = tables()["table_a"][
        np.asarray(upper_arm) - 1, np.asarray(lower_arm) - 1, np.asarray(wrist) - 1, np.asarray(wrist_twist) - 1
    ]
    return np.asarray(picked, np.int64)


def table_b(neck: ArrayLike, trunk: ArrayLike, legs: ArrayLike) -> IntArray:
    """Posture score B."""
    picked = tables()["table_b"][np.asarray(neck) - 1, np.asarray(trunk) - 1, np.asarray(legs) - 1]
    return np.asarray(picked, np.int64)


def grand_score(score_c: ArrayLike, score_d: ArrayLike) -> IntArray:
    """Table C; 8 stands for 8 or more in C, 7 for 7 or more in D."""
    rows = np.minimum(np.asarray(score_c), 8) - 1
    columns = np.minimum(np.asarray(score_d), 7) - 1
    return np.asarray(tables()["table_c"][rows, columns], np.int64)


def action_level(grand: ArrayLike) -> IntArray:
    """1…4: grand score 1–2, 3–4, 5–6, 7."""
    return (np.asarray(grand, np.int64) + 1) // 2


def _flag(name: str, doc: str) -> Input:
    return Input(name, "flag", default=False, doc=doc)


def _score(name: str, low: int, high: int, doc: str) -> Input:
    return Input(name, "score", low, high, doc=doc)


def _int(function: Any) -> Any:
    return lambda **values: int(function(**values))


INPUTS = (
    Input("upper_arm_flexion_deg", "number", -90, 180, doc="Flexion positive, extension negative."),
    Input("lower_arm_flexion_deg", "number", -15, 160, doc="Elbow flexion, 0 = straight."),
    Input("wrist_flexion_deg", "number", -100, 100, doc="Flexion positive, extension negative."),
    Input("neck_flexion_deg", "number", -90, 90, doc="Flexion positive, extension negative, relative to the trunk."),
    Input("trunk_flexion_deg", "number", -60, 150, doc="Forward positive, from upright."),
    _flag("shoulder_raised", "Shoulder raised."),
    _flag("upper_arm_abducted", "Upper arm abducted."),
    _flag("arm_supported", "Arm supported, or the operator leans."),
    _flag("across_midline", "Hand across the midline or out to the side."),
    _flag("wrist_deviated", "Radial or ulnar deviation."),
    _flag("neck_twisted", "Neck twisted."),
    _flag("neck_bent_sideways", "Neck bent sideways."),
    _flag("trunk_twisted", "Trunk twisted."),
    _flag("trunk_bent_sideways", "Trunk bent sideways."),
    Input("legs_supported", "flag", doc="Legs and feet well supported and evenly loaded."),
    _score("upper_arm", 1, 6, "Upper arm score, adjustments included."),
    _score("lower_arm", 1, 3, "Lower arm score."),
    _score("wrist", 1, 4, "Wrist score."),
    _score("wrist_twist", 1, 2, "1 mid-range, 2 at or near the end of pronation or supination."),
    _score("neck", 1, 6, "Neck score."),
    _score("trunk", 1, 6, "Trunk score."),
    _score("legs", 1, 2, "Legs score."),
    _score("muscle_arm", 0, 1, "Muscle use of arm and wrist."),
    _score("muscle_body", 0, 1, "Muscle use of neck, trunk, legs."),
    _score("force_arm", 0, 3, "Force or load on arm and wrist."),
    _score("force_body", 0, 3, "Force or load on neck, trunk, legs."),
    Input("load_kg", "number", 0, doc="Load or force handled."),
    Input("repeats_per_min", "number", 0, doc="Repetitions a minute."),
    _flag("static", "Held longer than one minute."),
    _flag("shock", "Shock or rapid build-up of force."),
    _score("table_a", 1, 9, "Posture score A."),
    _score("table_b", 1, 9, "Posture score B."),
    _score("score_c", 1, 13, "Score C."),
    _score("score_d", 1, 13, "Score D."),
    _score("grand", 1, 7, "Grand score."),
)

STEPS = (
    Step("upper_arm", ("upper_arm_flexion_deg", "shoulder_raised", "upper_arm_abducted", "arm_supported"),
         lambda upper_arm_flexion_deg, shoulder_raised, upper_arm_abducted, arm_supported: int(
             upper_arm_score(upper_arm_flexion_deg, shoulder_raised, upper_arm_abducted, arm_supported))),
    Step("lower_arm", ("lower_arm_flexion_deg", "across_midline"),
         lambda lower_arm_flexion_deg, across_midline: int(lower_arm_score(lower_arm_flexion_deg, across_midline))),
    Step("wrist", ("wrist_flexion_deg", "wrist_deviated"),
         lambda wrist_flexion_deg, wrist_deviated: int(wrist_score(wrist_flexion_deg, wrist_deviated))),
    Step("neck", ("neck_flexion_deg", "neck_twisted", "neck_bent_sideways"),
         lambda neck_flexion_deg, neck_twisted, neck_bent_sideways: int(
             neck_score(neck_flexion_deg, neck_twisted, neck_bent_sideways))),
    Step("trunk", ("trunk_flexion_deg", "trunk_twisted", "trunk_bent_sideways"),
         lambda trunk_flexion_deg, trunk_twisted, trunk_bent_sideways: int(
             trunk_score(trunk_flexion_deg, trunk_twisted, trunk_bent_sideways))),
    Step("legs", ("legs_supported",), lambda legs_supported: int(legs_score(legs_supported))),
    # Static use is known without the repetition; force needs both only in the bands where they matter.
    Step("muscle_arm", ("static",), lambda static: 1 if static else None),
    Step("muscle_arm", ("repeats_per_min", "static"),
         lambda repeats_per_min, static: int(muscle_score(repeats_per_min, static))),
    Step("muscle_body", ("static",), lambda static: 1 if static else None),
    Step("muscle_body", ("repeats_per_min", "static"),
         lambda repeats_per_min, static: int(muscle_score(repeats_per_min, static))),
    *(step for side in ("force_arm", "force_body") for step in (
        Step(side, ("shock",), lambda shock: 3 if shock else None),
        Step(side, ("load_kg", "static", "shock"),
             lambda load_kg, static, shock: int(force_score(load_kg, 0.0, static, shock))
             if static or shock or load_kg < 2 else None),
        Step(side, ("load_kg", "repeats_per_min", "static", "shock"),
             lambda load_kg, repeats_per_min, static, shock: int(
                 force_score(load_kg, repeats_per_min, static, shock))),
    )),
    Step("table_a", ("upper_arm", "lower_arm", "wrist", "wrist_twist"), _int(table_a)),
    Step("table_b", ("neck", "trunk", "legs"), _int(table_b)),
    Step("score_c", ("table_a", "muscle_arm", "force_arm"),
         lambda table_a, muscle_arm, force_arm: table_a + muscle_arm + force_arm),
    Step("score_d", ("table_b", "muscle_body", "force_body"),
         lambda table_b, muscle_body, force_body: table_b + muscle_body + force_body),
    Step("grand", ("score_c", "score_d"), _int(grand_score)),
    Step("action_level", ("grand",), _int(action_level)),
)  # fmt: skip

RESULTS = (
    "upper_arm", "lower_arm", "wrist", "wrist_twist", "neck", "trunk", "legs", "muscle_arm", "muscle_body",
    "force_arm", "force_body", "table_a", "table_b", "score_c", "score_d", "grand", "action_level",
)  # fmt: skip


@cache
def method() -> Method:
    """RULA as a scoring method."""
    return Method(
        "rula", INPUTS, STEPS, RESULTS, ("grand", "action_level"), tables()["source"], tables()["confidence"], NOTES
    )
