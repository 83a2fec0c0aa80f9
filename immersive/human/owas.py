"""OWAS, Ovako Working posture Analysing System (Karhu, Kansi and Kuorinka 1977).

A posture is four digits: back, arms, legs, load. The method is observational; where angles are
given instead, back and knee thresholds of later computer practice are used (one source), and the
case says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.human.case_fields import Input, Words, both, flag, number, score
from immersive.human.scoring import Method, Step
from immersive.resources import resource

NOTES = (
    both(
        "Load: at most 10 kg → 1, more than 10 to 20 kg → 2, more than 20 kg → 3.",
        "Charge : 10 kg au plus → 1, plus de 10 à 20 kg → 2, plus de 20 kg → 3.",
    ),
    both(
        "From angles: the back is bent, twisted or bent sideways above 20°, a knee is bent above 30° of flexion, an arm "
        "is at shoulder level from 90° of elevation; the limits themselves are 'not bent' and 'at shoulder level'.",
        "Depuis des angles : dos fléchi, tourné ou incliné au-delà de 20°, genou fléchi au-delà de 30°, bras au niveau "
        "de l'épaule à partir de 90° d'élévation ; la borne est « non fléchi », et « au niveau de l'épaule ».",
    ),
)
ACTIONS = {
    1: both("normal posture, no action needed", "posture normale, aucune action"),
    2: both("some harm: corrective measures in the near future",
            "posture pouvant nuire : mesures correctives dans un avenir proche"),
    3: both("distinctly harmful: corrective measures as soon as possible",
            "posture nettement nuisible : mesures correctives dès que possible"),
    4: both("extremely harmful: corrective measures immediately",
            "posture extrêmement nuisible : mesures correctives immédiates"),
}  # fmt: skip
LEGS = (
    "sitting", "standing", "one_leg", "knees_bent", "one_knee_bent", "kneeling", "walking",
)  # fmt: skip


@cache
def tables() -> dict[str, Any]:
    """The action category table [back][arms][legs][load], indexed from 0 for digits from 1."""
    data = json.loads(resource("assets/methods/owas.json").read_text(encoding="utf-8"))
    return {**data, "table": np.array(data["table"]["values"], np.int64)}


class _Code(Input):
    """Four digits, as text or number."""

    def read(self, value: Any) -> Any:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, list | tuple) and len(value) == 4 and all(type(digit) is int for digit in value):
            value = "".join(map(str, value))
        word = str(value).strip().replace("-", "").replace(" ", "")
        if isinstance(value, bool) or len(word) != 4 or not word.isdigit():
            raise ValueError
        if any(not 1 <= int(digit) <= top for digit, top in zip(word, (4, 3, 7, 3), strict=True)):
            raise ValueError
        return word

    def allowed(self) -> str:
        return "four digits: back 1–4, arms 1–3, legs 1–7, load 1–3"


SHOULDER_LEVEL_DEG = 90.0
"""Elevation from which an upper arm counts as at shoulder level: our reading of the code's words."""


def assess(
    *,
    trunk_flexion_deg: ArrayLike,
    arm_left_above_shoulder: ArrayLike,
    arm_right_above_shoulder: ArrayLike,
    trunk_twist_deg: ArrayLike = 0.0,
    trunk_lateral_deg: ArrayLike = 0.0,
    legs_posture: ArrayLike | None = None,
    knee_left_flexion_deg: ArrayLike = 0.0,
    knee_right_flexion_deg: ArrayLike = 0.0,
    load_kg: ArrayLike = 0.0,
) -> dict[str, NDArray[np.int64]]:
    """OWAS of many postures at once, by the same thresholds and table as one case.

    Args:
        trunk_flexion_deg: All arguments broadcast against each other; names and meanings are those of a case's
            fields (see :data:`INPUTS`). Without ``legs_posture`` both legs bear the weight of a standing body.

    Returns:
        ``back``, ``arms``, ``legs``, ``load``, ``code`` (as a number of four digits) and ``action_category``.

    Raises:
        ValueError: An angle or a load is not finite, or a word for the legs does not exist.
    """
    limits = tables()["angle_thresholds"]
    angles = [np.asarray(v, np.float64) for v in (
        trunk_flexion_deg, trunk_twist_deg, trunk_lateral_deg, knee_left_flexion_deg, knee_right_flexion_deg, load_kg)]  # fmt: skip
    if not all(np.isfinite(values).all() for values in angles):
        raise ValueError("OWAS needs finite angles and loads")
    flexion, twist, lateral, left, right, mass = angles
    turned = (np.abs(twist) > limits["back_deg"]) | (np.abs(lateral) > limits["back_deg"])
    bend = 180.0 - limits["knee_included_deg"]
    if legs_posture is None:
        legs = np.where((left > bend) | (right > bend), 4, 2)
    else:
        words = np.asarray(legs_posture)
        if not np.isin(words, LEGS).all():
            raise ValueError(f"the legs must be one of {', '.join(LEGS)}")
        legs = np.select([words == word for word in LEGS], list(range(1, len(LEGS) + 1)))
    raised = np.asarray(arm_left_above_shoulder, np.int64) + np.asarray(arm_right_above_shoulder, np.int64)
    back, arms, legs, load = np.broadcast_arrays(
        1 + (np.abs(flexion) > limits["back_deg"]) + 2 * turned,
        1 + raised,
        legs,
        np.select([mass <= 10, mass <= 20], [1, 2], 3),
    )
    return {
        "back": back,
        "arms": arms,
        "legs": legs,
        "load": load,
        "code": 1000 * back + 100 * arms + 10 * legs + load,
        "action_category": category(back, arms, legs, load),
    }


def category(back: ArrayLike, arms: ArrayLike, legs: ArrayLike, load: ArrayLike) -> NDArray[np.int64]:
    """The action category, 1 to 4, of many codes."""
    digits = (np.asarray(digit, np.int64) - 1 for digit in (back, arms, legs, load))
    return np.asarray(tables()["table"][tuple(digits)], np.int64)


def _past_limit(name: str) -> Callable[..., bool]:
    return lambda **angle: bool(abs(angle[name]) > tables()["angle_thresholds"]["back_deg"])


def _back(trunk_flexion_deg: float, trunk_twisted: bool, trunk_bent_sideways: bool) -> int:
    bent = abs(trunk_flexion_deg) > tables()["angle_thresholds"]["back_deg"]
    return int(1 + bent + 2 * (trunk_twisted or trunk_bent_sideways))


def _legs(legs_posture: str) -> int:
    return LEGS.index(legs_posture) + 1


def _legs_standing(
    knee_left_flexion_deg: float, knee_right_flexion_deg: float, weight_on_one_leg: bool
) -> int:
    bend = 180.0 - tables()["angle_thresholds"]["knee_included_deg"]
    knees = (knee_left_flexion_deg > bend, knee_right_flexion_deg > bend)
    if weight_on_one_leg:
        return 5 if any(knees) else 3
    return 4 if any(knees) else 2


def _load(load_kg: float) -> int:
    return 1 if load_kg <= 10 else 2 if load_kg <= 20 else 3


def _audit(values: Mapping[str, Any]) -> list[Words]:
    lines = []
    if any(name.endswith("_deg") for name in values):
        lines.append(both(
            "OWAS itself is observational: back 20° and knee 30° are later computer practice (one source), arm 90° "
            "means an upper arm at shoulder level.",
            "OWAS est une méthode d'observation : 20° pour le dos et 30° pour le genou viennent de l'usage informatique "
            "(une source) ; 90° signifie un bras à hauteur d'épaule.",
        ))  # fmt: skip
    if values.get("legs") == 4 and not values.get("weight_on_one_leg"):
        knees = [values.get(f"knee_{side}_flexion_deg", 0.0) for side in ("left", "right")]
        if min(knees) <= 30.0 < max(knees):
            lines.append(both(
                "One knee is bent and the weight is on both legs: scored as knees bent (4).",
                "Un genou est fléchi et le poids est sur les deux jambes : coté genoux fléchis (4).",
            ))  # fmt: skip
    for item in tables()["disputed"]:
        if values.get("code") == item["code"]:
            here, other = item["value_here"], item["other"]
            lines.append(both(
                f"Sources disagree on code {item['code']}: {here} is used (most sources), others give {other}.",
                f"Les sources divergent sur le code {item['code']} : {here} est retenu (la plupart), d'autres donnent {other}.",
            ))  # fmt: skip
    return lines


def _digit(name: str, top: int, doc: str) -> Input:
    return score(name, 1, top, doc)


INPUTS = (
    _Code("code", "choice", doc="Back, arms, legs, load, e.g. 2151."),
    _digit("back", 4, "1 straight, 2 bent, 3 twisted or bent sideways, 4 bent and twisted."),
    _digit("arms", 3, "1 both below shoulder level, 2 one at or above, 3 both."),
    _digit(
        "legs",
        7,
        "1 sitting, 2 standing, 3 on one straight leg, 4 knees bent, 5 one leg bent, 6 kneeling, 7 walking.",
    ),
    _digit("load", 3, "1 up to 10 kg, 2 up to 20 kg, 3 above."),
    number("trunk_flexion_deg", -60, 150, "Forward positive."),
    number("trunk_twist_deg", -120, 120, "Either way; or trunk_twisted."),
    number("trunk_lateral_deg", -90, 90, "Either way; or trunk_bent_sideways."),
    flag("trunk_twisted", "Back clearly twisted."),
    flag("trunk_bent_sideways", "Back clearly bent sideways."),
    Input("arm_left_above_shoulder", "flag", doc="Left arm wholly or partly at or above shoulder level."),
    Input("arm_right_above_shoulder", "flag", doc="Right arm wholly or partly at or above shoulder level."),
    number("arm_left_elevation_deg", 0, 180, "Left upper arm from hanging, any direction."),
    number("arm_right_elevation_deg", 0, 180, "Right upper arm from hanging, any direction."),
    Input("legs_posture", "choice", options=LEGS, doc="What the legs do, in a word."),
    number("knee_left_flexion_deg", 0, 160, "0 = straight; standing."),
    number("knee_right_flexion_deg", 0, 160, "0 = straight; standing."),
    number("knee_flexion_deg", 0, 160, "Both knees, or the more flexed one; instead of left and right."),
    number("upper_arm_flexion_deg", -90, 180, "Both arms alike; instead of left and right."),
    flag("weight_on_one_leg", "Standing with the weight on one leg."),
    number("load_kg", 0, None, "Mass or force handled."),
    _digit("action_category", 4, "Action category."),
)

STEPS = (
    Step("back", ("code",), lambda code: int(code[0])),
    Step("arms", ("code",), lambda code: int(code[1])),
    Step("legs", ("code",), lambda code: int(code[2])),
    Step("load", ("code",), lambda code: int(code[3])),
    Step("trunk_twisted", ("trunk_twist_deg",), _past_limit("trunk_twist_deg")),
    Step("trunk_bent_sideways", ("trunk_lateral_deg",), _past_limit("trunk_lateral_deg")),
    Step("back", ("trunk_flexion_deg", "trunk_twisted", "trunk_bent_sideways"), _back),
    Step("arm_left_above_shoulder", ("arm_left_elevation_deg",), lambda arm_left_elevation_deg: (
        arm_left_elevation_deg >= SHOULDER_LEVEL_DEG)),
    Step("arm_right_above_shoulder", ("arm_right_elevation_deg",), lambda arm_right_elevation_deg: (
        arm_right_elevation_deg >= SHOULDER_LEVEL_DEG)),
    Step("arms", ("arm_left_above_shoulder", "arm_right_above_shoulder"),
         lambda arm_left_above_shoulder, arm_right_above_shoulder: (
             1 + arm_left_above_shoulder + arm_right_above_shoulder)),
    Step("legs", ("legs_posture",), _legs),
    Step("legs", ("knee_left_flexion_deg", "knee_right_flexion_deg", "weight_on_one_leg"), _legs_standing),
    Step("arms", ("upper_arm_flexion_deg",), lambda upper_arm_flexion_deg: (
        3 if upper_arm_flexion_deg >= SHOULDER_LEVEL_DEG else 1), aside=True),
    Step("legs", ("knee_flexion_deg", "weight_on_one_leg"), lambda knee_flexion_deg, weight_on_one_leg: (
        _legs_standing(knee_flexion_deg, knee_flexion_deg, weight_on_one_leg)), aside=True),
    Step("load", ("load_kg",), _load),
    Step("code", ("back", "arms", "legs", "load"), lambda back, arms, legs, load: f"{back}{arms}{legs}{load}"),
    Step("action_category", ("back", "arms", "legs", "load"), lambda back, arms, legs, load: int(
        tables()["table"][back - 1, arms - 1, legs - 1, load - 1])),
)  # fmt: skip


def _extras(values: Mapping[str, Any]) -> dict[str, Any]:
    if "action_category" not in values:
        return {}
    return {"action": ACTIONS[values["action_category"]]}


@cache
def method() -> Method:
    """OWAS as a scoring method."""
    return Method(
        "owas",
        both(
            "OWAS, Ovako Working posture Analysing System", "OWAS, système d'analyse des postures de travail"
        ),
        INPUTS,
        STEPS,
        ("back", "arms", "legs", "load", "code", "action_category"),
        ("action_category",),
        tables()["source"],
        tables()["confidence"],
        NOTES,
        audit=_audit,
        extras=_extras,
    )
