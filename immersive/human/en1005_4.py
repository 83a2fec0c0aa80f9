"""EN 1005-4:2005+A1:2008, working postures and movements at machinery.

Each body part lies in a zone; whether that is acceptable depends on whether the posture is held
(longer than 4 s) or moved into at low (below 2 a minute) or high frequency. Where a case has both, both
are rated and the worse counts. A conditional zone names its condition; where the case says whether
it holds, it is decided.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from immersive.human.case_fields import Input, Words, both, number
from immersive.human.posture_zones import Part, Rating, Values, ZoneMethod
from immersive.resources import resource

ORDER = ("acceptable", "conditional", "not_established", "not_acceptable")
WORDS = {
    "acceptable": both("acceptable", "acceptable"),
    "conditional": both("acceptable under conditions", "acceptable sous conditions"),
    "not_established": both("no figure is established here", "aucune valeur n'est établie ici"),
    "not_acceptable": both("not acceptable", "inacceptable"),
}
CONDITIONS = {
    "trunk_supported": both("full trunk support", "appui complet du tronc"),
    "arm_supported": both("full arm support", "appui complet du bras"),
    "short_duration": both("the machine is used for short durations only", "machine utilisée pour de courtes durées seulement"),
    "": both("the standard's condition, which is not established here", "la condition de la norme, non établie ici"),
}  # fmt: skip
NOTES = (
    both(
        "A band's end belongs to the milder band (trunk 0°, 20°, 60°; bending or twisting 10°; upper arm 0°, 20°, 60°; "
        "line of sight 0°, 40°; neck 10° and 45°). Exactly 4 s is not yet static; 2 a minute is high frequency; for the "
        "upper arm from 20° to 60° 10 a minute is not acceptable.",
        "La borne d'une zone appartient à la plus favorable (tronc 0°, 20°, 60° ; inclinaison ou torsion 10° ; bras 0°, "
        "20°, 60° ; ligne de regard 0°, 40° ; cou 10° et 45°). Exactement 4 s n'est pas encore statique ; 2 par minute "
        "est une fréquence élevée ; pour le bras de 20° à 60°, 10 par minute est inacceptable.",
    ),
    both(
        "Conditions are stated as far as they are established; the arm's are from one source, neck bending and twisting "
        "from memory. Buy the standard before deciding on them.",
        "Les conditions sont données pour autant qu'elles soient établies ; celles du bras viennent d'une source, "
        "inclinaison et torsion du cou de mémoire. Se procurer la norme avant de décider.",
    ),
)
GROUPS = ("trunk", "upper_arm", "neck")
INPUTS = (
    number("holding_time_s", 0, None, "How long the posture is held at a time; above 4 s it is static."),
    number("frequency_per_min", 0, None, "How often a minute the posture is moved into."),
    *(number(f"{group}_{kind}", 0, None, f"The same for the {words} alone.")
      for group, words in zip(GROUPS, ("trunk", "upper arm", "neck and line of sight"), strict=True)
      for kind in ("holding_time_s", "frequency_per_min")),
    number("trunk_flexion_deg", -90, 180, "Forward positive, from upright."),
    number("trunk_lateral_deg", -90, 90, "Sideways bending, either way."),
    number("trunk_twist_deg", -120, 120, "Twisting, either way."),
    number("upper_arm_elevation_deg", -90, 180, "From hanging down; negative: behind the trunk."),
    number("sight_below_horizontal_deg", -90, 180, "Line of sight below the horizontal; negative: above."),
    number("neck_lateral_deg", -90, 90, "Sideways bending of the neck, either way."),
    number("neck_twist_deg", -120, 120, "Twisting of the neck, either way."),
    Input("trunk_supported", "flag", doc="Full trunk support; not said: the zone stays conditional."),
    Input("arm_supported", "flag", doc="Full arm support; not said: the zone stays conditional."),
    Input("short_duration", "flag", doc="The machine is used for short durations only; not said: stays conditional."),
)  # fmt: skip
SIDED = (
    "upper_arm_elevation_deg",
    "upper_arm_holding_time_s",
    "upper_arm_frequency_per_min",
    "arm_supported",
)


@cache
def data() -> dict[str, Any]:
    """The committed zones with their confidence."""
    return dict(json.loads(resource("assets/methods/en1005_4.json").read_text(encoding="utf-8")))


def zone(part: str, angle: float) -> dict[str, Any]:
    """The row of a part's table that an angle falls in; a shared end goes to the milder (inner) row."""
    rows = data()["bands"][part]["rows"]
    for row in rows:
        low, high = row["range"]
        if low is None and angle < high:
            return dict(row)
        if low is not None and angle >= low and (high is None or angle <= high):
            return dict(row)
    raise ValueError(f"no zone for {angle}")


def _time(values: Values, group: str) -> tuple[float | None, float | None]:
    held = values.get(f"{group}_holding_time_s", values.get("holding_time_s"))
    often = values.get(f"{group}_frequency_per_min", values.get("frequency_per_min"))
    return held, often


def column(row: dict[str, Any], often: float) -> str:
    """What a row says of a posture that is moved into so many times a minute."""
    if often < data()["high_from_per_min"]:
        return str(row["low"])
    if "very_high" in row and often >= row["very_high_from_per_min"]:
        return str(row["very_high"])
    return str(row["high"])


def _decided(verdict: str, values: Values) -> tuple[str, Words | None]:
    """A conditional verdict with what the case says of its condition."""
    word, _, condition = verdict.partition(":")
    if word != "conditional":
        return word, None
    said = values.get(condition) if condition else None
    result = "conditional" if said is None else "acceptable" if said else "not_acceptable"
    return result, CONDITIONS[condition]


def _rated(values: Values, group: str, part: str, angle: float, name: str) -> Rating | list[str]:
    held, often = _time(values, group)
    static = held is not None and held > data()["static_longer_than_s"]
    if often is None and not static:
        return ["frequency_per_min"] if held is not None else ["holding_time_s", "frequency_per_min"]
    row = zone(part, angle)
    findings: dict[str, tuple[str, Words | None]] = {}
    if static:
        findings["static"] = _decided(row["static"], values)
    if often is not None:
        findings["movement"] = _decided(column(row, often), values)
    worst = max(findings, key=lambda kind: ORDER.index(findings[kind][0]))
    result, condition = findings[worst]
    low, high = row["range"]
    span = f"< {high:g}°" if low is None else f"> {low:g}°" if high is None else f"{low:g}–{high:g}°"
    kind_en = {
        "static": f"held {held:g} s" if held is not None else "",
        "movement": f"{often:g} a minute" if often is not None else "",
    }[worst]
    kind_fr = {
        "static": f"maintenu {held:g} s" if held is not None else "",
        "movement": f"{often:g} par minute" if often is not None else "",
    }[worst]
    why = both(
        f"{name} {angle:g}° ({span}), {kind_en}: {WORDS[result]['en']}"
        + (f" ({condition['en']})" if condition else ""),
        f"{name} {angle:g}° ({span}), {kind_fr} : {WORDS[result]['fr']}"
        + (f" ({condition['fr']})" if condition else ""),
    )
    details = (
        ("zone_deg", [low, high]),
        *((kind, found[0]) for kind, found in findings.items()),
        ("conditions", {kind: found[1] for kind, found in findings.items() if found[1] is not None}),
    )
    return Rating(result, why, data()["bands"][part]["confidence"], details)


def _angle_part(group: str, part: str, *fields: str) -> Any:
    def rate(values: Values) -> Rating | list[str]:
        given = [name for name in fields if name in values]
        if not given:
            return list(fields)
        angles = {name: abs(values[name]) if len(fields) > 1 else values[name] for name in given}
        name = max(angles, key=lambda key: angles[key])
        return _rated(values, group, part, angles[name], name)

    return rate


def _neck(values: Values) -> Rating | list[str]:
    item = data()["neck"]
    given = {name: abs(values[name]) for name in ("neck_lateral_deg", "neck_twist_deg") if name in values}
    if not given:
        return ["neck_lateral_deg", "neck_twist_deg"]
    limits = {
        "neck_lateral_deg": item["lateral_acceptable_to_deg"],
        "neck_twist_deg": item["twist_acceptable_to_deg"],
    }
    over = [name for name, angle in given.items() if angle > limits[name]]
    shown = ", ".join(f"{name} {angle:g}° (≤ {limits[name]}°)" for name, angle in given.items())
    if over:
        why = both(f"{shown}: beyond the acceptable zone; what then holds is not established here",
                   f"{shown} : hors de la zone acceptable ; la suite n'est pas établie ici")  # fmt: skip
        return Rating("not_established", why, item["confidence"])
    return Rating("acceptable", both(f"{shown}: acceptable", f"{shown} : acceptable"), item["confidence"])


@cache
def method() -> ZoneMethod:
    """EN 1005-4 as a scoring method."""
    return ZoneMethod(
        name="en1005-4",
        title=both("EN 1005-4, postures and movements at machinery", "EN 1005-4, postures et mouvements au contact des machines"),
        inputs=INPUTS,
        notes=NOTES,
        source=data()["source"],
        confidence=data()["confidence"],
        parts=(
            Part("trunk", _angle_part("trunk", "trunk_flexion", "trunk_flexion_deg"), core=True),
            Part("trunk_asymmetry", _angle_part("trunk", "trunk_asymmetry", "trunk_lateral_deg", "trunk_twist_deg")),
            Part("upper_arm", _angle_part("upper_arm", "upper_arm", "upper_arm_elevation_deg"), core=True, sided=True),
            Part("line_of_sight", _angle_part("neck", "line_of_sight", "sight_below_horizontal_deg"), core=True),
            Part("neck", _neck),
        ),
        order=ORDER,
        words=WORDS,
        sided=SIDED,
    )  # fmt: skip
