"""ISO 11226:2000, evaluation of static working postures.

A static posture is one held longer than 4 s with no or little force. Angles are to the vertical
(trunk, head, upper arm), forward positive. Each part is acceptable, acceptable for a limited time,
or not recommended. The figures are from one source and memory, and every rating says so: buy the
standard before deciding on them.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from immersive.human.case_fields import CaseError, Input, both, number
from immersive.human.posture_zones import Part, Rating, Values, ZoneMethod, linear_limit
from immersive.resources import resource

ORDER = ("acceptable", "acceptable_within_holding_time", "holding_time_limited", "not_recommended")
WORDS = {
    "acceptable": both("acceptable", "acceptable"),
    "acceptable_within_holding_time": both(
        "acceptable for the stated holding time", "acceptable pour la durée de maintien donnée"
    ),
    "holding_time_limited": both(
        "acceptable only up to the stated holding time",
        "acceptable seulement jusqu'à la durée de maintien indiquée",
    ),
    "not_recommended": both("not recommended", "non recommandé"),
}
NOTES = (
    both(
        "A band's end belongs to the milder band: trunk 20° and 60°, head 25° and 85°, neck 0° and 25°, upper arm 20° "
        "and 60°, trunk rotation or lateral flexion 10°; a holding time equal to the limit is acceptable.",
        "La borne d'une classe appartient à la plus favorable : tronc 20° et 60°, tête 25° et 85°, cou 0° et 25°, bras "
        "20° et 60°, rotation ou inclinaison latérale du tronc 10° ; une durée égale à la limite est acceptable.",
    ),
    both(
        "The longest acceptable holding time falls linearly: trunk 4 min at 20° to 1 min at 60°, head 8 min at 25° to "
        "1 min at 85°, upper arm 3 min at 20° to 1 min at 60°. Recovery after it is not judged here.",
        "La durée maximale acceptable décroît linéairement : tronc 4 min à 20° jusqu'à 1 min à 60°, tête 8 min à 25° "
        "jusqu'à 1 min à 85°, bras 3 min à 20° jusqu'à 1 min à 60°. La récupération qui suit n'est pas jugée ici.",
    ),
    both(
        "Figures from one source and memory, joint extremes and knees from memory only.",
        "Valeurs issues d'une source et de mémoire ; positions articulaires extrêmes et genoux de mémoire seulement.",
    ),
)
EXTREMES = ("elbow_extreme", "forearm_extreme", "wrist_extreme", "knee_extreme", "ankle_extreme")
AWKWARD = ("shoulder_raised", "upper_arm_retroflexed", "upper_arm_adducted", "upper_arm_rotated_extreme")
INPUTS = (
    number("holding_time_min", 0, None, "How long the posture is held; without it the limit is stated."),
    number("trunk_inclination_deg", -90, 180, "Forward positive, from upright."),
    Input("trunk_supported", "flag", default=False, doc="Full trunk support."),
    number("trunk_rotation_deg", -120, 120, "Axial rotation, either way."),
    number("trunk_lateral_deg", -90, 90, "Lateral flexion, either way."),
    Input("trunk_twisted", "flag", doc="Visible rotation, where the angle is not known."),
    Input("trunk_bent_sideways", "flag", doc="Visible lateral flexion, where the angle is not known."),
    Input("lumbar_convex", "flag", doc="Sitting with a convex lumbar spine and no back support."),
    number("head_inclination_deg", -90, 180, "Forward positive, from the vertical."),
    Input("head_supported", "flag", default=False, doc="Full head support."),
    number(
        "neck_flexion_deg",
        -180,
        180,
        "Head inclination less trunk inclination; follows where both are given.",
    ),
    number("upper_arm_elevation_deg", 0, 180, "From hanging down, in any direction."),
    Input("arm_supported", "flag", default=False, doc="Full arm support."),
    Input("shoulder_raised", "flag", doc="Shoulder raised."),
    Input("upper_arm_retroflexed", "flag", doc="Upper arm behind the trunk's line."),
    Input("upper_arm_adducted", "flag", doc="Upper arm adducted across the body."),
    Input("upper_arm_rotated_extreme", "flag", doc="Extreme external rotation of the upper arm."),
    *(
        Input(name, "flag", doc=f"{name.split('_')[0].capitalize()} at or near the end of its range.")
        for name in EXTREMES
    ),
    Input("knees_flexed_standing", "flag", doc="Standing with flexed knees."),
)
SIDED = (
    "upper_arm_elevation_deg", "arm_supported", *AWKWARD, "elbow_extreme", "forearm_extreme", "wrist_extreme",
)  # fmt: skip


@cache
def data() -> dict[str, Any]:
    """The committed figures with their confidence."""
    return dict(json.loads(resource("assets/methods/iso11226.json").read_text(encoding="utf-8")))


def _inclined(values: Values, part: str, angle: float, support: str, back: str) -> Rating:
    """Trunk, head and upper arm: acceptable, limited unless supported, not recommended; backward only supported."""
    item = data()[part]
    near, far = item["acceptable_to_deg"], item["limited_to_deg"]
    sure = item["confidence"]
    asked = (back,) if angle < 0 else (support,) if near < angle <= far else ()
    assumed = tuple(name for name in asked if name not in values)
    supported = any(values.get(name, False) for name in asked)
    if angle < 0 or near < angle <= far:
        where_en = "backward" if angle < 0 else f"{near}° to {far}°"
        where_fr = "vers l'arrière" if angle < 0 else f"{near}° à {far}°"
        if supported:
            why = both(
                f"{angle:g}° ({where_en}) with full support", f"{angle:g}° ({where_fr}) avec appui complet"
            )
            return Rating("acceptable", why, sure, (("max_holding_time_min", None),), assumed)
        if angle < 0:
            why = both(
                f"{angle:g}° (backward) without full support",
                f"{angle:g}° (vers l'arrière) sans appui complet",
            )
            return Rating("not_recommended", why, sure, (("max_holding_time_min", 0.0),), assumed)
        limit = linear_limit(angle, item["holding_time"])
        held = values.get("holding_time_min")
        details = (("max_holding_time_min", limit),)
        if held is None:
            why = both(f"{angle:g}° without full support: at most {limit:.2f} min",
                       f"{angle:g}° sans appui complet : {limit:.2f} min au plus")  # fmt: skip
            return Rating("holding_time_limited", why, sure, details, assumed)
        good = held <= limit
        sign = "at most" if good else "more than"
        signe = "au plus" if good else "plus que"
        why = both(f"{angle:g}° held {held:g} min, {sign} the {limit:.2f} min that are acceptable",
                   f"{angle:g}° maintenu {held:g} min, {signe} les {limit:.2f} min acceptables")  # fmt: skip
        result = "acceptable_within_holding_time" if good else "not_recommended"
        return Rating(result, why, sure, details, assumed)
    if angle > far:
        why = both(f"{angle:g}°, above {far}°", f"{angle:g}°, au-dessus de {far}°")
        return Rating("not_recommended", why, sure, (("max_holding_time_min", 0.0),))
    why = both(f"{angle:g}°, at most {near}°", f"{angle:g}°, au plus {near}°")
    return Rating("acceptable", why, sure, (("max_holding_time_min", None),))


def _trunk(values: Values) -> Rating | list[str]:
    if "trunk_inclination_deg" not in values:
        return ["trunk_inclination_deg"]
    return _inclined(values, "trunk", values["trunk_inclination_deg"], "trunk_supported", "trunk_supported")


def _head(values: Values) -> Rating | list[str]:
    if "head_inclination_deg" not in values:
        return ["head_inclination_deg"]
    return _inclined(values, "head", values["head_inclination_deg"], "trunk_supported", "head_supported")


def _upper_arm(values: Values) -> Rating | list[str]:
    if "upper_arm_elevation_deg" not in values:
        return ["upper_arm_elevation_deg"]
    return _inclined(values, "upper_arm", values["upper_arm_elevation_deg"], "arm_supported", "arm_supported")


def _neck(values: Values) -> Rating | list[str]:
    if "neck_flexion_deg" not in values:
        return ["neck_flexion_deg"]
    angle, item = values["neck_flexion_deg"], data()["neck"]
    good = 0 <= angle <= item["acceptable_to_deg"]
    why = both(f"neck flexion {angle:g}°, acceptable from 0° to {item['acceptable_to_deg']}°",
               f"flexion du cou {angle:g}°, acceptable de 0° à {item['acceptable_to_deg']}°")  # fmt: skip
    return Rating("acceptable" if good else "not_recommended", why, item["confidence"])


def _trunk_symmetry(values: Values) -> Rating | list[str]:
    limit, sure = data()["trunk"]["asymmetry_visible_deg"], data()["trunk"]["confidence"]
    angles = [abs(values[name]) for name in ("trunk_rotation_deg", "trunk_lateral_deg") if name in values]
    flags = [values[name] for name in ("trunk_twisted", "trunk_bent_sideways") if name in values]
    if not angles and not flags:
        return ["trunk_rotation_deg", "trunk_lateral_deg"]
    bad = any(flags) or any(angle > limit for angle in angles)
    why = both(f"rotation and lateral flexion, visible above {limit}°, {'are' if bad else 'are not'} there",
               f"rotation ou inclinaison latérale (visible au-dessus de {limit}°) {'présente' if bad else 'absente'}")  # fmt: skip
    return Rating("not_recommended" if bad else "acceptable", why, sure)


def _flags(names: tuple[str, ...], item: str, en: str, fr: str) -> Any:
    def rate(values: Values) -> Rating | list[str]:
        said = [name for name in names if name in values]
        if not said:
            return list(names)
        bad = [name for name in said if values[name]]
        why = both(f"{en}: {', '.join(bad) if bad else 'none of ' + ', '.join(said)}",
                   f"{fr} : {', '.join(bad) if bad else 'aucun parmi ' + ', '.join(said)}")  # fmt: skip
        return Rating("not_recommended" if bad else "acceptable", why, data()[item]["confidence"])

    return rate


def _prepare(values: dict[str, Any], where: str) -> dict[str, Any]:
    if "head_inclination_deg" in values and "trunk_inclination_deg" in values:
        neck = values["head_inclination_deg"] - values["trunk_inclination_deg"]
        if abs(values.get("neck_flexion_deg", neck) - neck) > 0.5:
            raise CaseError(
                where,
                f"contradiction: found {values['neck_flexion_deg']:g}, but head and trunk inclination give {neck:g}",
                place="neck_flexion_deg",
            )
        values = {**values, "neck_flexion_deg": values.get("neck_flexion_deg", neck)}
    limit = data()["trunk"]["asymmetry_visible_deg"]
    for angle, said in (
        ("trunk_rotation_deg", "trunk_twisted"),
        ("trunk_lateral_deg", "trunk_bent_sideways"),
    ):
        if angle in values and said in values and values[said] != (abs(values[angle]) > limit):
            raise CaseError(
                where, f"contradiction: found {values[said]}, but {angle} is {values[angle]:g} (visible above {limit})",
                place=said,
            )  # fmt: skip
    return values


@cache
def method() -> ZoneMethod:
    """ISO 11226 as a scoring method."""
    return ZoneMethod(
        name="iso11226",
        title=both("ISO 11226, static working postures", "ISO 11226, postures de travail statiques"),
        inputs=INPUTS,
        notes=NOTES,
        source=data()["source"],
        confidence=data()["confidence"],
        parts=(
            Part("trunk", _trunk, core=True),
            Part("trunk_symmetry", _trunk_symmetry),
            Part("lumbar", _flags(("lumbar_convex",), "trunk", "sitting without back support", "assis sans dossier")),
            Part("head", _head, core=True),
            Part("neck", _neck, core=True),
            Part("upper_arm", _upper_arm, core=True, sided=True),
            Part("shoulder", _flags(AWKWARD, "upper_arm", "awkward upper arm or shoulder", "bras ou épaule contraints"),
                 sided=True),
            Part("joints", _flags(EXTREMES, "joints", "extreme joint positions", "positions articulaires extrêmes"),
                 sided=True),
            Part("knees", _flags(("knees_flexed_standing",), "knees", "flexed knees standing", "genoux fléchis debout")),
        ),
        order=ORDER,
        words=WORDS,
        sided=SIDED,
        prepare=_prepare,
    )  # fmt: skip
