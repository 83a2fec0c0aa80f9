"""OWAS, Ovako Working posture Analysing System (Karhu, Kansi and Kuorinka 1977).

A posture is four digits: back, arms, legs, load. The method is observational; where angles are
given instead, back and knee thresholds of later computer practice are used (one source), and the
case says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from immersive.human.scoring import Input, Method, Step
from immersive.resources import resource

NOTES = (
    "Load: at most 10 kg → 1, more than 10 to 20 kg → 2, more than 20 kg → 3.",
    "Action category 1: none; 2: in the near future; 3: as soon as possible; 4: immediately.",
)
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
        word = str(value).strip().replace("-", "").replace(" ", "")
        if isinstance(value, bool) or len(word) != 4 or not word.isdigit():
            raise ValueError
        if any(not 1 <= int(digit) <= top for digit, top in zip(word, (4, 3, 7, 3), strict=True)):
            raise ValueError
        return word

    def allowed(self) -> str:
        return "four digits: back 1–4, arms 1–3, legs 1–7, load 1–3"


def _back(trunk_flexion_deg: float, trunk_twist_deg: float, trunk_lateral_deg: float) -> int:
    limit = tables()["angle_thresholds"]["back_deg"]
    bent = abs(trunk_flexion_deg) > limit
    turned = abs(trunk_twist_deg) > limit or abs(trunk_lateral_deg) > limit
    return 1 + bent + 2 * turned


def _legs(legs_posture: str) -> int:
    return LEGS.index(legs_posture) + 1


def _legs_standing(knee_left_flexion_deg: float, knee_right_flexion_deg: float, weight_on_one_leg: bool) -> int:
    bend = 180.0 - tables()["angle_thresholds"]["knee_included_deg"]
    knees = (knee_left_flexion_deg > bend, knee_right_flexion_deg > bend)
    if weight_on_one_leg:
        return 5 if any(knees) else 3
    return 4 if any(knees) else 2


def _load(load_kg: float) -> int:
    return 1 if load_kg <= 10 else 2 if load_kg <= 20 else 3


def _audit(values: Mapping[str, Any]) -> list[str]:
    lines = []
    if "trunk_flexion_deg" in values or "knee_left_flexion_deg" in values:
        lines.append("Angle thresholds (back 20°, knee 150° included) are from one source; OWAS itself is observational.")
    if values.get("weight_on_one_leg") is False and values.get("legs") == 4:
        knees = [values.get(f"knee_{side}_flexion_deg", 0.0) for side in ("left", "right")]
        if min(knees) <= 30.0 < max(knees):
            lines.append("One knee is bent and the weight is said to be on both legs: scored as both knees bent (4).")
    for item in tables()["disputed"]:
        if values.get("code") == item["code"]:
            lines.append(
                f"Sources disagree on code {item['code']}: {item['value_here']} is used (most sources), "
                f"others give {item['other']}."
            )
    return lines


def _digit(name: str, top: int, doc: str) -> Input:
    return Input(name, "score", 1, top, doc=doc)


INPUTS = (
    _Code("code", "choice", doc="Back, arms, legs, load, e.g. 2151."),
    _digit("back", 4, "1 straight, 2 bent, 3 twisted or bent sideways, 4 bent and twisted."),
    _digit("arms", 3, "1 both below shoulder level, 2 one at or above, 3 both."),
    _digit("legs", 7, "1 sitting, 2 standing, 3 on one straight leg, 4 knees bent, 5 one leg bent, 6 kneeling, 7 walking."),
    _digit("load", 3, "1 up to 10 kg, 2 up to 20 kg, 3 above."),
    Input("trunk_flexion_deg", "number", -60, 150, doc="Forward positive."),
    Input("trunk_twist_deg", "number", -120, 120, doc="Either way."),
    Input("trunk_lateral_deg", "number", -90, 90, doc="Either way."),
    Input("arm_left_above_shoulder", "flag", doc="Left arm wholly or partly at or above shoulder level."),
    Input("arm_right_above_shoulder", "flag", doc="Right arm wholly or partly at or above shoulder level."),
    Input("legs_posture", "choice", options=LEGS, doc="What the legs do, in a word."),
    Input("knee_left_flexion_deg", "number", 0, 160, doc="0 = straight; standing."),
    Input("knee_right_flexion_deg", "number", 0, 160, doc="0 = straight; standing."),
    Input("weight_on_one_leg", "flag", default=False, doc="Standing with the weight on one leg."),
    Input("load_kg", "number", 0, doc="Mass or force handled."),
    _digit("action_category", 4, "Action category."),
)

STEPS = (
    Step("back", ("code",), lambda code: int(code[0])),
    Step("arms", ("code",), lambda code: int(code[1])),
    Step("legs", ("code",), lambda code: int(code[2])),
    Step("load", ("code",), lambda code: int(code[3])),
    Step("back", ("trunk_flexion_deg", "trunk_twist_deg", "trunk_lateral_deg"), _back),
    Step("arms", ("arm_left_above_shoulder", "arm_right_above_shoulder"),
         lambda arm_left_above_shoulder, arm_right_above_shoulder: (
             1 + arm_left_above_shoulder + arm_right_above_shoulder)),
    Step("legs", ("legs_posture",), _legs),
    Step("legs", ("knee_left_flexion_deg", "knee_right_flexion_deg", "weight_on_one_leg"), _legs_standing),
    Step("load", ("load_kg",), _load),
    Step("code", ("back", "arms", "legs", "load"), lambda back, arms, legs, load: f"{back}{arms}{legs}{load}"),
    Step("action_category", ("back", "arms", "legs", "load"), lambda back, arms, legs, load: int(
        tables()["table"][back - 1, arms - 1, legs - 1, load - 1])),
)  # fmt: skip


@cache
def method() -> Method:
    """OWAS as a scoring method."""
    return Method(
        "owas", INPUTS, STEPS, ("back", "arms", "legs", "load", "code", "action_category"), ("action_category",),
        tables()["source"], tables()["confidence"], NOTES, _audit,
    )  # fmt: skip
