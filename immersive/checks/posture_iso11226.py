"""Static postures: ISO 11226 on each task that is held still.

What
    For each work point where a posture is held longer than 4 s: trunk, head, neck, upper arms,
    shoulders and joints of the people the cell is for, rated acceptable, acceptable up to a holding
    time, or not recommended; the share of the population in an acceptable posture.

Why
    A posture that costs nothing for a moment tires muscles within minutes when it is kept, long before
    any force is exerted.

Method
    The manikin takes the posture the task needs; its angles are those of ``immersive score iso11226``
    (trunk and head inclination and upper arm elevation against the vertical, trunk rotation and lateral
    flexion of thorax against pelvis). The holding time is ``hold`` of the work point, and the longest
    acceptable one falls linearly with the angle. The worst part of the worst placed named person decides;
    that person's case and every rating are in the finding's data.
    A point that is moved into again and again (``frequency``), pressed, or held up to 4 s is no static
    task: it is listed, and EN 1005-4 judges it. Where nothing is said of time, a posture that is not
    acceptable for ever is indeterminate.

Limits
    Arm support is what the work point says (``arm_supported``); trunk and head count as unsupported.
    Whether a seated back is hollow is not known and not rated. Recovery after the holding time is not
    judged. Which joint positions are extreme is this project's reading. The hint does not regard
    obstacles.

References
    ISO 11226:2000. Figures from one source and memory, joint extremes and knees from memory only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks import _zone_checks
from immersive.checks._base import Check, Context
from immersive.checks._tasks import applies
from immersive.checks._zone_standard import Measure, Standard, Task, ZoneParams, split_side
from immersive.findings import Citation, Confidence, Evaluation, Text, text
from immersive.human import iso11226
from immersive.human.posture_angles import PostureAngles
from immersive.human.zone_cases import Fields, Reading, iso11226_fields
from immersive.human.zone_many import iso11226_ranks
from immersive.scene.model import Scene
from immersive.scene.station import WorkPoint
from immersive.units import Quantity, degrees

NAME = {"en": "Static postures (ISO 11226)", "fr": "Postures statiques (ISO 11226)"}
CITATION = Citation(
    "ISO 11226",
    "2000",
    "trunk, head, upper extremity, lower extremity",
    Confidence.ONE_SOURCE,
    text(
        "From one source and memory; joint extremes and knees from memory only.",
        "D'une source et de mémoire ; positions articulaires extrêmes et genoux de mémoire seulement.",
    ),
)
STATIC = 4.0
"""A posture kept longer than this is static, seconds (ISO 11226, scope)."""

PARTS: dict[str, tuple[Text, tuple[str, ...]]] = {
    "trunk": (text("trunk", "tronc"), ("lumbar", "thorax")),
    "trunk_symmetry": (text("trunk's symmetry", "symétrie du tronc"), ("lumbar", "thorax")),
    "lumbar": (text("lumbar spine", "rachis lombaire"), ("lumbar",)),
    "head": (text("head", "tête"), ("head",)),
    "neck": (text("neck", "cou"), ("neck",)),
    "upper_arm": (text("upper arm", "bras"), ("{side}_upper_arm",)),
    "shoulder": (text("shoulder", "épaule"), ("{side}_clavicle",)),
    "joints": (text("joints", "articulations"), ("{side}_forearm", "{side}_hand")),
    "knees": (text("knees", "genoux"), ("{side}_thigh", "{side}_shank")),
}
ANGLES = {
    "trunk": "trunk_inclination_deg",
    "head": "head_inclination_deg",
    "upper_arm": "upper_arm_elevation_deg",
}


@dataclass(frozen=True)
class Params(ZoneParams):
    """Parameters of a rule."""


def task_of(point: WorkPoint, params: Any) -> Task | Text:
    """The static task at a work point, or why it is none."""
    if point.hold is not None:
        if point.hold <= STATIC:
            return text(
                "held for {s} at most: not longer than 4 s, so not a static posture",
                "maintenue {s} au plus : pas plus de 4 s, ce n'est donc pas une posture statique",
                s=Quantity(point.hold, "s", 1.0, 1),
            )
        return Task(point, {"holding_time_min": point.hold / 60.0})
    if point.frequency > 0.0:
        return text(
            "moved into again and again ({f} a minute), and no holding time is given (hold): not a static posture; EN 1005-4 judges it",
            "atteint de façon répétée ({f} par minute), sans durée de maintien indiquée (hold) : pas une posture statique ; voir NF EN 1005-4",
            f=Quantity(point.frequency, "", 1.0, 0 if point.frequency == int(point.frequency) else 1),
        )
    if point.grasp == "press":
        return text(
            "pressed, and no holding time is given (hold): not a static posture",
            "actionné, sans durée de maintien indiquée (hold) : pas une posture statique",
        )
    unsaid = text(
        "holding time: not said of {id} (hold); what is acceptable only for a time is left open",
        "durée de maintien : non indiquée pour {id} (hold) ; ce qui n'est acceptable qu'un temps reste ouvert",
        id=point.id,
    )
    return Task(point, {}, (unsaid,), certain=False)


def _fields(
    angles: PostureAngles, hand: NDArray[np.int8], posture: str, point: WorkPoint, reading: Reading
) -> Fields:
    return iso11226_fields(angles, hand, posture=posture, arm_supported=point.arm_supported, reading=reading)


def measure(case: Mapping[str, Any], result: Mapping[str, Any], key: str, task: Task) -> Measure:
    """The angle or holding time that a body part's rating rests on."""
    part, side = split_side(key)
    if part in ANGLES:
        angle = case[f"{ANGLES[part]}_{side}" if side else ANGLES[part]]
        item, longest = iso11226.data()[part], result[key].get("max_holding_time_min")
        if longest:
            held = case.get("holding_time_min")
            return Measure(None if held is None else 60.0 * held, 60.0 * longest, "max", "s")
        if angle < 0.0:
            return Measure(math.radians(angle), 0.0, "min", "rad")
        good = result[key]["result"] == iso11226.ORDER[0]
        limit = item["acceptable_to_deg"] if good else item["limited_to_deg"]
        if good and angle > limit:
            return Measure(math.radians(angle), unit="rad")
        return Measure(math.radians(angle), math.radians(limit), "max", "rad")
    if part == "neck":
        angle = result["neck_flexion_deg"]
        if angle < 0.0:
            return Measure(math.radians(angle), 0.0, "min", "rad")
        return Measure(
            math.radians(angle), math.radians(iso11226.data()["neck"]["acceptable_to_deg"]), "max", "rad"
        )
    if part == "trunk_symmetry":
        angle = max(abs(case["trunk_rotation_deg"]), abs(case["trunk_lateral_deg"]))
        return Measure(
            math.radians(angle), math.radians(iso11226.data()["trunk"]["asymmetry_visible_deg"]), "max", "rad"
        )
    return Measure()


FLAGS = {
    "shoulder_raised": text("shoulder raised", "épaule levée"),
    "upper_arm_retroflexed": text("upper arm behind the trunk", "bras en rétropulsion"),
    "upper_arm_adducted": text("upper arm across the body", "bras en adduction"),
    "upper_arm_rotated_extreme": text("extreme outward rotation", "rotation externe extrême"),
    "elbow_extreme": text("elbow at its extreme", "coude en position extrême"),
    "forearm_extreme": text("forearm rotation at its extreme", "rotation de l'avant-bras extrême"),
    "wrist_extreme": text("wrist at its extreme", "poignet en position extrême"),
    "knee_extreme": text("knee at its extreme", "genou en position extrême"),
    "knees_flexed_standing": text("knees flexed while standing", "genoux fléchis debout"),
}


def why(case: Mapping[str, Any], result: Mapping[str, Any], key: str, task: Task) -> Text:
    """The sentence behind a body part's rating."""
    part, side = split_side(key)
    found = measure(case, result, key, task)
    if part in ANGLES:
        angle = case[f"{ANGLES[part]}_{side}" if side else ANGLES[part]]
        shown = degrees(math.radians(angle), 1)
        if found.unit == "s" and found.limit is not None:
            longest = Quantity(found.limit, "min", 60.0, 1)
            if found.measured is None:
                return text("{a}, at most {t} at a time", "{a}, {t} au plus d'affilée", a=shown, t=longest)
            return text(
                "{a} held {h}, at most {t} are acceptable", "{a} maintenus {h}, {t} au plus sont acceptables",
                a=shown, h=Quantity(found.measured, "min", 60.0, 1), t=longest,
            )  # fmt: skip
        if angle < 0.0:
            return text("{a}, backward without support", "{a}, vers l'arrière sans appui", a=shown)
    elif part == "neck":
        shown = degrees(math.radians(result["neck_flexion_deg"]), 1)
    elif part == "trunk_symmetry":
        shown = degrees(found.measured or 0.0, 1)
    else:
        names = [words for name, words in FLAGS.items() if case.get(f"{name}_{side}", case.get(name))]
        if not names:
            return result[key]["why"]  # type: ignore[no-any-return]
        return {lang: ", ".join(words[lang] for words in names) for lang in ("en", "fr")}
    if found.limit is None:
        return text("{a}", "{a}", a=shown)
    return text("{a}, limit {l}", "{a}, limite {l}", a=shown, l=degrees(found.limit))


STANDARD = Standard(
    code="posture_iso11226.posture",
    method=iso11226.method,
    title=text("ISO 11226", "ISO 11226"),
    task_of=task_of,
    fields=_fields,
    ranks=lambda fields, task: iso11226_ranks(fields, task.times.get("holding_time_min")),
    good=("acceptable", "acceptable_within_holding_time"),
    open=("holding_time_limited",),
    levels={
        "acceptable": 1, "acceptable_within_holding_time": 1, "holding_time_limited": 2, "not_recommended": 3,
    },
    parts=PARTS,
    measure=measure,
    why=why,
    relief=lambda task: None,
    assumptions=(
        text(
            "Trunk and head are taken as unsupported; the arm is supported where the work point says so.",
            "Tronc et tête sont supposés sans appui ; le bras est en appui là où le point de travail l'indique.",
        ),
        text(
            "Rated in the posture of least discomfort that the manikin takes; the hand rests at the work point.",
            "Évalué dans la posture de moindre inconfort que prend le mannequin ; la main reste au point de travail.",
        ),
    ),
    citation=CITATION,
)  # fmt: skip


def _applies(scene: Scene) -> bool:
    stations = scene.station.workstations if scene.station else ()
    return applies(scene) and any(
        _zone_checks.anything(STANDARD, station.work_points, None) for station in stations
    )


def evaluate(context: Context, params: Params) -> Evaluation:
    """One finding for each static task."""
    return _zone_checks.evaluate(STANDARD, context, params)


CHECK = Check("posture_iso11226", NAME, Params, (CITATION,), evaluate, _applies, __doc__ or "")
