"""Why a posture scored what it did: each part's angle, band, base score and adjustments, each table's cell.

Made from a solved case of ``immersive score`` by the same functions that scored it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from immersive.human import reba, rula

Values = Mapping[str, Any]

RULA_BANDS: Final[dict[str, dict[int, str]]] = {
    "upper_arm": {1: "-20..20", 2: "< -20 or > 20..45", 3: "> 45..90", 4: "> 90"},
    "lower_arm": {1: "60..100", 2: "< 60 or > 100"},
    "wrist": {1: "0", 2: "> -15..< 15", 3: "<= -15 or >= 15"},
    "neck": {1: "0..10", 2: "> 10..< 20", 3: ">= 20", 4: "< 0"},
    "trunk": {1: "0", 2: "-20..20", 3: "> 20..< 60 either way", 4: ">= 60 either way"},
}
"""Base score → band in degrees, with the ends that this program gives it."""

REBA_BANDS: Final[dict[str, dict[int, str]]] = {
    "trunk": {1: "0", 2: "-20..20", 3: "> 20..60 or < -20", 4: "> 60"},
    "neck": {1: "0..20", 2: "> 20 or < 0"},
    "upper_arm": RULA_BANDS["upper_arm"],
    "lower_arm": RULA_BANDS["lower_arm"],
    "wrist": {1: "-15..15", 2: "< -15 or > 15"},
}

_ARM_PLUS: Final = ("shoulder_raised", "upper_arm_abducted")
_NECK_PLUS: Final = ("neck_twisted", "neck_bent_sideways")
_TRUNK_PLUS: Final = ("trunk_twisted", "trunk_bent_sideways")


def _part(
    values: Values, name: str, score: Callable[..., Any], bands: Mapping[int, str], plus: tuple[str, ...],
    minus: tuple[str, ...] = (), *, together: bool = False,
) -> dict[str, Any]:  # fmt: skip
    angle = values[f"{name}_flexion_deg"]
    base = int(score(angle))
    added = {flag: int(bool(values[flag])) for flag in plus}
    if together and sum(added.values()) > 1:
        added = {" or ".join(plus): 1}
    taken = {flag: -int(bool(values[flag])) for flag in minus}
    row = {
        "angle_deg": angle,
        "band_deg": bands[base],
        "base": base,
        "adjustments": added | taken,
        "score": values[name],
    }
    if values[name] != base + sum(row["adjustments"].values()):
        row["least"] = values[name]  # a score does not fall below 1
    return row


def _rula_side(v: Values) -> dict[str, Any]:
    return {
        "upper_arm": _part(v, "upper_arm", rula.upper_arm_score, RULA_BANDS["upper_arm"], _ARM_PLUS, ("arm_supported",)),
        "lower_arm": _part(v, "lower_arm", rula.lower_arm_score, RULA_BANDS["lower_arm"], ("across_midline",)),
        "wrist": _part(v, "wrist", rula.wrist_score, RULA_BANDS["wrist"], ("wrist_deviated",)),
        "wrist_twist": v["wrist_twist"],
        "table_a": {"cell": {k: v[k] for k in ("upper_arm", "lower_arm", "wrist", "wrist_twist")}, "score": v["table_a"]},
        "score_c": {"table_a": v["table_a"], "muscle": v["muscle_arm"], "force": v["force_arm"], "score": v["score_c"]},
        "score_d": {"table_b": v["table_b"], "muscle": v["muscle_body"], "force": v["force_body"], "score": v["score_d"]},
        "table_c": {"cell": {"score_c": min(v["score_c"], 8), "score_d": min(v["score_d"], 7)}, "score": v["grand"]},
        "action_level": v["action_level"],
    }  # fmt: skip


def _rula_body(v: Values) -> dict[str, Any]:
    return {
        "neck": _part(v, "neck", rula.neck_score, RULA_BANDS["neck"], _NECK_PLUS),
        "trunk": _part(v, "trunk", rula.trunk_score, RULA_BANDS["trunk"], _TRUNK_PLUS),
        "legs": {"legs_supported": v["legs_supported"], "score": v["legs"]},
        "table_b": {"cell": {k: v[k] for k in ("neck", "trunk", "legs")}, "score": v["table_b"]},
    }


def _reba_side(v: Values) -> dict[str, Any]:
    return {
        "upper_arm": _part(v, "upper_arm", rula.upper_arm_score, REBA_BANDS["upper_arm"], _ARM_PLUS, ("arm_supported",)),
        "lower_arm": _part(v, "lower_arm", reba.lower_arm_score, REBA_BANDS["lower_arm"], ()),
        "wrist": _part(v, "wrist", reba.wrist_score, REBA_BANDS["wrist"], ("wrist_deviated", "wrist_twisted"), together=True),
        "table_b": {"cell": {k: v[k] for k in ("upper_arm", "lower_arm", "wrist")}, "score": v["table_b"]},
        "score_b": {"table_b": v["table_b"], "coupling": v["coupling"], "score": v["score_b"]},
        "table_c": {"cell": {"score_a": v["score_a"], "score_b": v["score_b"]}, "score": v["table_c"]},
        "grand": {"table_c": v["table_c"], "activity": v["activity"], "score": v["grand"]},
        "level": v["level"],
    }  # fmt: skip


def _reba_body(v: Values) -> dict[str, Any]:
    legs = {"sitting": v["sitting"], "score": v["legs"]}
    if not v["sitting"]:
        legs |= {"legs_supported": v["legs_supported"], "knee_flexion_deg": v["knee_flexion_deg"]}
    return {
        "trunk": _part(v, "trunk", reba.trunk_score, REBA_BANDS["trunk"], _TRUNK_PLUS, together=True),
        "neck": _part(v, "neck", reba.neck_score, REBA_BANDS["neck"], _NECK_PLUS, together=True),
        "legs": legs,
        "table_a": {"cell": {k: v[k] for k in ("neck", "trunk", "legs")}, "score": v["table_a"]},
        "load": {"load_kg": v["load_kg"], "shock": v["shock"], "score": v["load"]},
        "score_a": {"table_a": v["table_a"], "load": v["load"], "score": v["score_a"]},
        "activity": {k: v[k] for k in ("repeats_per_min", "static")} | {"score": v["activity"]},
    }


def audit(method: str, solved: Values, /) -> dict[str, Any]:
    """The rows behind a solved case, body first, then each side.

    Args:
        method: ``"rula"``, ``"reba"`` or ``"owas"``.
        solved: From ``Method.solve`` of a whole case with angles.
    """
    if method == "owas":
        digits = {name: solved[name] for name in ("back", "arms", "legs", "load")}
        return {"code": solved["code"], "table": {"cell": digits, "score": solved["action_category"]}}
    body, side = {"rula": (_rula_body, _rula_side), "reba": (_reba_body, _reba_side)}[method]
    sides = {name: {**solved, **solved[name]} for name in ("right", "left") if name in solved}
    first = next(iter(sides.values()))
    return body(first) | {name: side(values) for name, values in sides.items()}
