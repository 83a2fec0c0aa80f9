"""Postures and movements: EN 1005-4 on each task at the machine.

What
    For each work point: trunk, upper arms, line of sight and neck of the people the cell is for, rated
    acceptable, acceptable under conditions or not acceptable, for the posture held and for the
    movement repeated; the share of the population that is acceptable.

Why
    Whether bending or raising the arm is acceptable depends on how often it is done: what is harmless
    once a quarter of an hour is not at ten times a minute.

Method
    The manikin takes the posture the task needs; its angles are those of ``immersive score en1005-4``, the line
    of sight from the eyes to the work point. A task with ``hold`` longer than 4 s is static; its
    ``frequency`` makes the movement low (below 2 a minute) or high; where both are given both count and the
    worse decides. A point of which neither is said is taken at ``frequency`` of the rule (low).
    The worst part of the worst placed named person decides; that person's case and every rating are in
    the finding's data. A conditional zone is indeterminate and names its condition.

Limits
    Trunk support and short use are not known: their conditions stay open. Bending and twisting the neck
    beyond the acceptable zone is open, as no figure is established. The hint does not regard obstacles.

References
    EN 1005-4:2005+A1:2008. Bands confirmed by two sources, conditions for the arms from one source, neck
    bending and twisting from memory.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks import _zone_checks
from immersive.checks._base import Check, Context, param
from immersive.checks._tasks import applies
from immersive.checks._zone_standard import Measure, Standard, Task, ZoneParams, split_side
from immersive.findings import Citation, Confidence, Evaluation, Text, text
from immersive.human import en1005_4
from immersive.human.posture_angles import PostureAngles
from immersive.human.zone_cases import Fields, Reading, en1005_4_fields
from immersive.human.zone_many import en1005_4_ranks
from immersive.scene.station import WorkPoint
from immersive.units import Quantity, degrees

NAME = {"en": "Postures and movements (EN 1005-4)", "fr": "Postures et mouvements (NF EN 1005-4)"}
CITATION = Citation(
    "EN 1005-4",
    "2005+A1:2008",
    "trunk, upper arms, head and neck",
    Confidence.TWO_SOURCES,
    text(
        "Bands confirmed by two sources; conditions for the arms from one source, neck bending and twisting from memory.",
        "Zones confirmées par deux sources ; conditions des bras d'une source, inclinaison et torsion du cou de mémoire.",
    ),
)

PARTS: dict[str, tuple[Text, tuple[str, ...]]] = {
    "trunk": (text("trunk", "tronc"), ("lumbar", "thorax")),
    "trunk_asymmetry": (
        text("trunk's sideways bending or twisting", "inclinaison latérale ou torsion du tronc"),
        ("lumbar", "thorax"),
    ),
    "upper_arm": (text("upper arm", "bras"), ("{side}_upper_arm",)),
    "line_of_sight": (text("line of sight", "ligne de regard"), ("head",)),
    "neck": (text("neck", "cou"), ("neck",)),
}
ANGLES = {
    "trunk": ("trunk_flexion_deg",),
    "trunk_asymmetry": ("trunk_lateral_deg", "trunk_twist_deg"),
    "upper_arm": ("upper_arm_elevation_deg",),
    "line_of_sight": ("sight_below_horizontal_deg",),
}


@dataclass(frozen=True)
class Params(ZoneParams):
    """Parameters of a rule."""

    frequency: float = param(
        0.0, doc="Movements a minute of a work point that says neither hold nor frequency.", minimum=0.0
    )


def _times(frequency: float) -> Quantity:
    return Quantity(frequency, "", 1.0, 0 if frequency == int(frequency) else 1)


def task_of(point: WorkPoint, params: Params) -> Task:
    """How long and how often the posture at a work point is taken."""
    times: dict[str, float] = {}
    assumed: tuple[Text, ...] = ()
    if point.hold is not None:
        times["holding_time_s"] = point.hold
    if point.frequency > 0.0:
        times["frequency_per_min"] = point.frequency
    elif point.hold is None or point.hold <= en1005_4.data()["static_longer_than_s"]:
        times["frequency_per_min"] = params.frequency
        low = params.frequency < en1005_4.data()["high_from_per_min"]
        assumed = (
            text(
                "frequency: not said of {id}, taken as {word} ({f} a minute)",
                "fréquence : non indiquée pour {id}, prise comme {word} ({f} par minute)",
                id=point.id, word=text("low", "basse") if low else text("high", "élevée"),
                f=_times(params.frequency),
            ),
        )  # fmt: skip
    return Task(point, times, assumed)


def _fields(
    angles: PostureAngles, hand: NDArray[np.int8], posture: str, point: WorkPoint, reading: Reading
) -> Fields:
    return en1005_4_fields(angles, hand, arm_supported=point.arm_supported, reading=reading)


def measure(case: Mapping[str, Any], result: Mapping[str, Any], key: str, task: Task) -> Measure:
    """The angle that a body part's rating rests on, and the end of the zone that decides."""
    part, side = split_side(key)
    if part == "neck":
        item = en1005_4.data()["neck"]
        twist, lateral = abs(case["neck_twist_deg"]), abs(case["neck_lateral_deg"])
        limits = (item["twist_acceptable_to_deg"], item["lateral_acceptable_to_deg"])
        angle, limit = (
            (twist, limits[0]) if twist / limits[0] >= lateral / limits[1] else (lateral, limits[1])
        )
        return Measure(math.radians(angle), math.radians(limit), "max", "rad")
    names = ANGLES[part]
    angle = max((case[f"{name}_{side}" if side else name] for name in names), key=abs)
    if part == "trunk_asymmetry":
        angle = abs(angle)
    low, high = result[key]["zone_deg"]
    if low is None:
        return Measure(math.radians(angle), math.radians(high), "min", "rad")
    limit = high if result[key]["result"] == en1005_4.ORDER[0] else low
    if limit is None:
        return Measure(math.radians(angle), unit="rad")
    return Measure(math.radians(angle), math.radians(limit), "max", "rad")


def why(case: Mapping[str, Any], result: Mapping[str, Any], key: str, task: Task) -> Text:
    """The angle with its limit, how long or often it is taken, and the condition if there is one."""
    part, _ = split_side(key)
    found, rating = measure(case, result, key, task), result[key]
    said = text("{a}", "{a}", a=degrees(found.measured or 0.0, 1))
    if part == "line_of_sight":
        said = text("{a} below the horizontal", "{a} sous l'horizontale", a=said)
    if found.limit is not None:
        said = text("{a}, limit {l}", "{a}, limite {l}", a=said, l=degrees(found.limit))
    if part == "neck":
        return said
    static = "static" in rating and rating["static"] == rating["result"]
    if static:
        when = text("held {s}", "maintenu {s}", s=Quantity(task.times["holding_time_s"], "s", 1.0, 0))
    else:
        often = task.times["frequency_per_min"]
        when = (
            text("{f} a minute", "{f} par minute", f=_times(often))
            if often > 0.0
            else text("how often: not said, taken as seldom", "fréquence non indiquée, prise comme basse")
        )
    said = text("{a}, {w}", "{a}, {w}", a=said, w=when)
    condition = rating["conditions"].get("static" if static else "movement")
    if rating["result"] != "conditional" or condition is None:
        return said
    return text("{a}; condition: {c}", "{a} ; condition : {c}", a=said, c=condition)


def _ranks(fields: Fields, task: Task) -> Any:
    return en1005_4_ranks(fields, task.times.get("holding_time_s"), task.times.get("frequency_per_min"))


def relief(task: Task) -> tuple[Task, Text] | None:
    """The same task moved into less than twice a minute; None where it is no more often."""
    high = en1005_4.data()["high_from_per_min"]
    if task.times.get("frequency_per_min", 0.0) < high:
        return None
    seldom = replace(task, times={**task.times, "frequency_per_min": 0.5 * high})
    words = text("less than {n} times a minute", "moins de {n} fois par minute", n=high)
    return seldom, words


STANDARD = Standard(
    code="posture_en1005_4.posture",
    method=en1005_4.method,
    title=text("EN 1005-4", "NF EN 1005-4"),
    task_of=task_of,
    fields=_fields,
    ranks=_ranks,
    good=("acceptable",),
    open=("conditional", "not_established"),
    levels={"acceptable": 1, "conditional": 2, "not_established": 2, "not_acceptable": 3},
    parts=PARTS,
    measure=measure,
    why=why,
    relief=relief,
    assumptions=(
        text(
            "Whether the trunk is supported and whether the machine is used for short durations only is not known: conditions on them stay open.",
            "L'appui du tronc et l'usage de courte durée ne sont pas connus : les conditions qui en dépendent restent ouvertes.",
        ),
        text(
            "Rated in the posture of least discomfort that the manikin takes; the eyes look at the work point.",
            "Évalué dans la posture de moindre inconfort que prend le mannequin ; les yeux regardent le point de travail.",
        ),
    ),
    citation=CITATION,
)


def evaluate(context: Context, params: Params) -> Evaluation:
    """One finding for each work point."""
    return _zone_checks.evaluate(STANDARD, context, params)


CHECK = Check("posture_en1005_4", NAME, Params, (CITATION,), evaluate, applies, __doc__ or "")
