"""RULA, Rapid Upper Limb Assessment (McAtamney and Corlett 1993).

Angles in degrees, flexion positive, extension negative; the lower arm's flexion is that of the
elbow (0 = straight). Published bands share their ends; here a shared end belongs to the milder
band, except where the paper writes "or more" (wrist 15°, neck 20°, trunk 60°).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.human.case_fields import Input, Words, both, flag, number, score
from immersive.human.scoring import Bound, Method, Step, adjusted, sum_bound
from immersive.resources import resource

IntArray = NDArray[np.int64]

NOTES = (
    both(
        "A shared band end belongs to the milder band (upper arm 20°, 45°, 90°; lower arm 60° and 100°; neck 10°; "
        "trunk 20°), except wrist 15°, neck 20° and trunk 60°, which the paper gives to the harsher one ('or more'). "
        "A load of 2 kg belongs to 2–10 kg, one of 10 kg to '10 kg and more'.",
        "Une borne commune appartient à la classe la moins sévère (bras 20°, 45°, 90° ; avant-bras 60° et 100° ; cou "
        "10° ; tronc 20°), sauf poignet 15°, cou 20° et tronc 60°, que l'article donne à la plus sévère (« ou plus »). "
        "Une charge de 2 kg est dans la classe 2–10 kg, une de 10 kg dans « 10 kg et plus ».",
    ),
    both(
        "Wrist and trunk score 1 only at exactly 0° (neutral, upright).",
        "Poignet et tronc ne sont cotés 1 qu'à exactement 0° (neutre, droit).",
    ),
    both(
        "The paper has no band for trunk extension: it is scored like flexion of the same size.",
        "L'article n'a pas de classe pour l'extension du tronc : elle est cotée comme une flexion de même valeur.",
    ),
    both(
        "Static means held longer than 1 minute (paper; one worksheet says 10), repeated means more than 4 times a "
        "minute; the same is taken for 'static or repeated' in the force score.",
        "Statique : maintenu plus d'une minute (article ; une feuille de cotation dit 10) ; répété : plus de 4 fois "
        "par minute ; il en va de même pour « statique ou répété » de la cote de force.",
    ),
)
ACTIONS = {
    1: both("acceptable if not maintained or repeated for long periods",
            "acceptable si la posture n'est ni maintenue ni répétée longtemps"),
    2: both("further investigation needed, changes may be required",
            "analyse complémentaire nécessaire, des changements peuvent être requis"),
    3: both("investigation and changes required soon", "analyse et changements requis prochainement"),
    4: both("investigation and changes required immediately", "analyse et changements requis immédiatement"),
}  # fmt: skip


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
    total = (
        score
        + np.asarray(raised, np.int64)
        + np.asarray(abducted, np.int64)
        - np.asarray(supported, np.int64)
    )
    return np.asarray(np.clip(total, 1, 6), np.int64)


def lower_arm_score(flexion: ArrayLike, across_midline: ArrayLike = False) -> IntArray:
    """1…3: 60…100 → 1; else 2; +1 across the midline or out to the side."""
    angle = np.asarray(flexion, np.float64)
    return np.asarray(
        np.where((angle >= 60) & (angle <= 100), 1, 2) + np.asarray(across_midline, np.int64), np.int64
    )


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
    return np.asarray(np.where(np.asarray(supported, bool), 1, 2), np.int64)


def muscle_score(repeats_per_min: ArrayLike, static: ArrayLike = False) -> IntArray:
    """1 if static (held over a minute) or repeated more than 4 times a minute, else 0."""
    return np.asarray((np.asarray(repeats_per_min, np.float64) > 4) | np.asarray(static, bool), np.int64)


def force_score(
    load_kg: ArrayLike, repeats_per_min: ArrayLike, static: ArrayLike = False, shock: ArrayLike = False
) -> IntArray:
    """0…3 from load, whether it is static or repeated, and shock."""
    load = np.asarray(load_kg, np.float64)
    sustained = muscle_score(repeats_per_min, static) == 1
    score = np.select([load < 2, (load < 10) & ~sustained, (load < 10) | ~sustained], [0, 1, 2], 3)
    return np.asarray(np.where(np.asarray(shock, bool), 3, score), np.int64)


def table_a(upper_arm: ArrayLike, lower_arm: ArrayLike, wrist: ArrayLike, wrist_twist: ArrayLike) -> IntArray:
    """Posture score A."""
    picked = tables()["table_a"][
        np.asarray(upper_arm) - 1,
        np.asarray(lower_arm) - 1,
        np.asarray(wrist) - 1,
        np.asarray(wrist_twist) - 1,
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


def assess(
    *,
    upper_arm_flexion_deg: ArrayLike,
    lower_arm_flexion_deg: ArrayLike,
    wrist_flexion_deg: ArrayLike,
    neck_flexion_deg: ArrayLike,
    trunk_flexion_deg: ArrayLike,
    shoulder_raised: ArrayLike = False,
    upper_arm_abducted: ArrayLike = False,
    arm_supported: ArrayLike = False,
    across_midline: ArrayLike = False,
    wrist_deviated: ArrayLike = False,
    wrist_twist: ArrayLike = 1,
    neck_twisted: ArrayLike = False,
    neck_bent_sideways: ArrayLike = False,
    trunk_twisted: ArrayLike = False,
    trunk_bent_sideways: ArrayLike = False,
    legs_supported: ArrayLike = True,
    load_kg: ArrayLike = 0.0,
    repeats_per_min: ArrayLike = 0.0,
    static: ArrayLike = False,
    shock: ArrayLike = False,
) -> dict[str, IntArray]:
    """RULA of many postures at once, by the same bands and tables as one case.

    Args:
        upper_arm_flexion_deg: Angles in degrees; all arguments broadcast against each other, and their
            names and meanings are those of a case's fields (see :data:`INPUTS`).

    Returns:
        Every score of :data:`RESULTS`, each as an array of the broadcast shape.

    Raises:
        ValueError: An angle or a load is not finite, or ``wrist_twist`` is neither 1 nor 2.
    """
    numbers = (upper_arm_flexion_deg, lower_arm_flexion_deg, wrist_flexion_deg, neck_flexion_deg,
               trunk_flexion_deg, load_kg, repeats_per_min)  # fmt: skip
    if not all(np.isfinite(np.asarray(n, np.float64)).all() for n in numbers):
        raise ValueError("RULA needs finite angles, loads and repetitions")
    twist = np.asarray(wrist_twist, np.int64)
    if not ((twist == 1) | (twist == 2)).all():
        raise ValueError("wrist_twist must be 1 or 2")
    out = {
        "upper_arm": upper_arm_score(
            upper_arm_flexion_deg, shoulder_raised, upper_arm_abducted, arm_supported
        ),
        "lower_arm": lower_arm_score(lower_arm_flexion_deg, across_midline),
        "wrist": wrist_score(wrist_flexion_deg, wrist_deviated),
        "wrist_twist": twist,
        "neck": neck_score(neck_flexion_deg, neck_twisted, neck_bent_sideways),
        "trunk": trunk_score(trunk_flexion_deg, trunk_twisted, trunk_bent_sideways),
        "legs": legs_score(legs_supported),
    }
    muscle = muscle_score(repeats_per_min, static)
    force = force_score(load_kg, repeats_per_min, static, shock)
    out |= {"muscle_arm": muscle, "muscle_body": muscle, "force_arm": force, "force_body": force}
    out["table_a"] = table_a(out["upper_arm"], out["lower_arm"], out["wrist"], out["wrist_twist"])
    out["table_b"] = table_b(out["neck"], out["trunk"], out["legs"])
    out["score_c"] = out["table_a"] + muscle + force
    out["score_d"] = out["table_b"] + muscle + force
    out["grand"] = grand_score(out["score_c"], out["score_d"])
    out["action_level"] = action_level(out["grand"])
    shape = np.broadcast_shapes(*(np.shape(value) for value in out.values()))
    return {name: np.broadcast_to(out[name], shape) for name in RESULTS}


def _int(function: Any) -> Any:
    return lambda **values: int(function(**values))


INPUTS = (
    number("upper_arm_flexion_deg", -90, 180, "Flexion positive, extension negative, from the trunk's line."),
    number("lower_arm_flexion_deg", -15, 160, "Elbow flexion, 0 = straight."),
    number("wrist_flexion_deg", -100, 100, "Flexion positive, extension negative."),
    number("neck_flexion_deg", -90, 90, "Flexion positive, extension negative, relative to the trunk."),
    number("trunk_flexion_deg", -60, 150, "Forward positive, from upright."),
    flag("shoulder_raised", "Shoulder raised."),
    flag("upper_arm_abducted", "Upper arm abducted."),
    flag("arm_supported", "Weight of the arm supported, or the operator leans."),
    flag("across_midline", "Hand across the midline or out to the side."),
    flag("wrist_deviated", "Radial or ulnar deviation."),
    flag("neck_twisted", "Neck twisted."),
    flag("neck_bent_sideways", "Neck bent sideways."),
    flag("trunk_twisted", "Trunk twisted."),
    flag("trunk_bent_sideways", "Trunk bent sideways."),
    Input("legs_supported", "flag", doc="Legs and feet well supported and evenly loaded."),
    score("upper_arm", 1, 6, "Upper arm score, adjustments included."),
    score("lower_arm", 1, 3, "Lower arm score, adjustment included."),
    score("wrist", 1, 4, "Wrist score, adjustment included."),
    score("wrist_twist", 1, 2, "1 mid-range, 2 at or near the end of pronation or supination."),
    score("neck", 1, 6, "Neck score, adjustments included."),
    score("trunk", 1, 6, "Trunk score, adjustments included."),
    score("legs", 1, 2, "Legs score."),
    score("muscle_arm", 0, 1, "Muscle use of arm and wrist."),
    score("muscle_body", 0, 1, "Muscle use of neck, trunk, legs."),
    score("force_arm", 0, 3, "Force or load on arm and wrist."),
    score("force_body", 0, 3, "Force or load on neck, trunk, legs."),
    number("load_kg", 0, None, "Load or force handled; 1 kg stands for 9.81 N."),
    number("repeats_per_min", 0, None, "Repetitions a minute."),
    flag("static", "Held longer than one minute."),
    flag("shock", "Shock or rapid build-up of force."),
    score("table_a", 1, 9, "Posture score A."),
    score("table_b", 1, 9, "Posture score B."),
    score("score_c", 1, 13, "Score C: table A, muscle use and force."),
    score("score_d", 1, 13, "Score D: table B, muscle use and force."),
    score("grand", 1, 7, "Grand score."),
    score("action_level", 1, 4, "Action level."),
)
SIDED = (
    "upper_arm_flexion_deg", "lower_arm_flexion_deg", "wrist_flexion_deg", "shoulder_raised", "upper_arm_abducted",
    "arm_supported", "across_midline", "wrist_deviated", "upper_arm", "lower_arm", "wrist", "wrist_twist",
    "muscle_arm", "force_arm", "load_kg", "repeats_per_min", "static", "shock", "table_a", "score_c",
)  # fmt: skip


def _force_from_muscle(muscle: str) -> Any:
    return lambda load_kg, shock, **use: int(force_score(load_kg, 0.0, use[muscle] == 1, shock))


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
    *(step for side, muscle in (("force_arm", "muscle_arm"), ("force_body", "muscle_body")) for step in (
        Step(side, ("shock",), lambda shock: 3 if shock else None),
        Step(side, ("load_kg", "static", "shock"),
             lambda load_kg, static, shock: int(force_score(load_kg, 0.0, static, shock))
             if static or shock or load_kg < 2 else None),
        Step(side, ("load_kg", "repeats_per_min", "static", "shock"),
             lambda load_kg, repeats_per_min, static, shock: int(
                 force_score(load_kg, repeats_per_min, static, shock))),
        # The muscle score says whether the use is static or repeated where the case does not.
        Step(side, ("load_kg", muscle, "shock"), _force_from_muscle(muscle), aside=True),
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


def _bounds(values: Mapping[str, Any]) -> list[Bound]:
    return [
        *adjusted(values, "upper_arm", base=(1, 4), plus=("shoulder_raised", "upper_arm_abducted"),
                  minus=("arm_supported",)),
        *adjusted(values, "lower_arm", base=(1, 2), plus=("across_midline",)),
        *adjusted(values, "wrist", base=(1, 3), plus=("wrist_deviated",)),
        *adjusted(values, "neck", base=(1, 4), plus=("neck_twisted", "neck_bent_sideways")),
        *adjusted(values, "trunk", base=(1, 4), plus=("trunk_twisted", "trunk_bent_sideways")),
        *sum_bound(values, "score_c", "table_a", 4),
        *sum_bound(values, "score_d", "table_b", 4),
    ]  # fmt: skip


def _audit(values: Mapping[str, Any]) -> list[Words]:
    cell = tuple(values.get(name) for name in ("upper_arm", "lower_arm", "wrist", "wrist_twist"))
    if cell != (5, 2, 3, 2):
        return []
    return [both(
        "Sources disagree on this cell of table A (5, 2, 3, 2): 7 is used (the reference and most transcriptions), some "
        "programs have 6.",
        "Les sources divergent sur cette case de la table A (5, 2, 3, 2) : 7 est retenu (la référence et la plupart des "
        "transcriptions), certains programmes ont 6.",
    )]  # fmt: skip


def _extras(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"action": ACTIONS[values["action_level"]]} if "action_level" in values else {}


@cache
def method() -> Method:
    """RULA as a scoring method."""
    return Method(
        "rula",
        both("RULA, Rapid Upper Limb Assessment", "RULA, évaluation rapide des membres supérieurs"),
        INPUTS,
        STEPS,
        RESULTS,
        ("grand", "action_level"),
        tables()["source"],
        tables()["confidence"],
        NOTES,
        sided=SIDED,
        audit=_audit,
        bounds=_bounds,
        extras=_extras,
    )
