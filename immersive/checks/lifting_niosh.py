"""Lifting: the revised NIOSH equation on the loads of a workstation, and the reference masses of ISO 11228-1.

What
    For each work point with a load that both hands lift: the recommended weight limit and the lifting
    index (load over limit) for the people the cell is for, at the place the load is taken from and
    where it goes (``to``); the composite index of a workstation with several lifts; and the load
    against the recommended mass of ISO 11228-1.

Why
    Lifting far from the body, low, high, turned or often overloads the lower back long before a load
    feels heavy.

Method
    The manikin brings both hands to the work point; measured from that posture are H (ankles' midpoint to
    the hands on the floor plan), V (hands above the floor the feet stand on) and A (the feet's direction
    against the line to the hands), rounded to 0.1 cm and 0.1°. D is the difference of V. F, the duration
    of lifting and the coupling come from the task; what it does not say is a declared default. The
    equation is that of ``immersive score niosh``; the deciding person's case and every multiplier are in
    the finding's data. Where no destination is given the origin alone is judged, the vertical travel at
    most 25 cm; if a travel of 175 cm would change the answer, it is indeterminate.
    The recommended mass of ISO 11228-1 is the reference mass of the workers times the same multipliers.

Limits
    Not judged, and said so: one-handed, seated and kneeling lifting, pushing with a fingertip, more than
    8 h. Loads below 3 kg that the equation excludes are listed, not findings. The equation is for
    smooth two-handed lifting on a firm floor at mild temperature; carrying, pushing and pulling are not
    covered. H is that of the manikin's posture and does not know the size of the load.

References
    Waters et al. 1993; NIOSH 94-110, revised 2021. ISO 11228-1:2021: reference masses from one source and
    memory, applied to 3 kg and more (confirmed by two sources), multipliers from memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from immersive.checks._base import Check, Context, param
from immersive.checks._lifting_findings import (
    ISO_11228,
    NIOSH,
    composite_finding,
    index_finding,
    mass_finding,
    refusal_finding,
)
from immersive.checks._lifting_model import Defaults, Lift, lifts_of, posed
from immersive.checks._tasks import HumanParams, StationTasks, applies, rule_error, tasks_of, unexamined
from immersive.findings import Evaluation, Finding, Skipped, Text, Verdict, text
from immersive.scene.model import Scene

NAME = {"en": "Lifting (NIOSH)", "fr": "Manutention manuelle (NIOSH)"}

ASSUMPTIONS: tuple[Text, ...] = (
    text(
        "The hands' places are those of the manikin's posture at the work point; the size of the load does not push them away.",
        "La position des mains est celle de la posture du mannequin au point de travail ; l'encombrement de la charge ne les éloigne pas.",
    ),
    text(
        "Lifting is smooth, with both hands, on a firm and level floor, at mild temperature, and is most of the manual work.",
        "Le levage est régulier, à deux mains, sur un sol ferme et plan, à température modérée, et constitue l'essentiel de la manutention.",
    ),
)


@dataclass(frozen=True)
class Params(HumanParams):
    """Parameters of a rule."""

    limit: float = param(1.0, doc="Largest lifting index that passes.", minimum=0.01)
    frequency: float = param(0.2, doc="Lifts a minute where the work point does not say.", minimum=0.0)
    duration: float = param(
        28800.0, kind="time", doc="Lifting time where the work point does not say, at most 8 h.", minimum=0.0
    )
    coupling: Literal["good", "fair", "poor"] = param(
        "fair", doc="Coupling where the work point does not say."
    )
    ages: Literal["18_45", "all"] = param(
        "all", doc="Workers of 18 to 45, or younger and older ones too: the reference mass of ISO 11228-1."
    )


def _applies(scene: Scene) -> bool:
    return applies(scene) and any(
        point.load > 0.0
        for station in (scene.station.workstations if scene.station else ())
        for point in station.work_points
    )


def evaluate(context: Context, params: Params) -> Evaluation:
    """Two findings for each lift and one for each workstation with several."""
    if params.duration > 8.0 * 3600.0:
        raise rule_error(context, "duration", f"found {params.duration / 3600.0:g} h, must be at most 8 h")
    tasks = tasks_of(context, params)
    findings = unexamined(context, tasks, "lifting_niosh.index", citation=NIOSH)
    skipped = list(tasks.skipped)
    defaults = Defaults(params.frequency, params.duration, params.coupling)
    counts = {"lifts": 0}
    assumed: dict[str, Text] = {}
    for station in tasks.stations:
        made, left, lifts = _station(context, params, station, defaults)
        findings += made
        skipped += left
        counts["lifts"] += len(lifts)
        assumed |= {line["en"]: line for lift in lifts for line in lift.assumed}
    if not findings:
        findings.append(_nothing(context))
    examined = {"workstations": len(tasks.stations), **counts}
    return Evaluation(
        tuple(findings), examined, tuple(skipped), (*ASSUMPTIONS, *assumed.values(), *tasks.told)
    )


def _nothing(context: Context) -> Finding:
    return Finding(
        "lifting_niosh.index", context.rule.id, (), Verdict.NOT_EVALUATED, context.severity,
        text(
            "No work point has a load that both hands lift",
            "Aucun point de travail n'a de charge levée des deux mains",
        ),
        citation=NIOSH,
    )  # fmt: skip


def _station(
    context: Context, params: Params, station: StationTasks, defaults: Defaults
) -> tuple[list[Finding], list[Skipped], list[Lift]]:
    lifts, refused = lifts_of(station, defaults)
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    for refusal in refused:
        if refusal.light:
            name = f"{station.station.id}/{refusal.point.id}"
            reason = text(
                "{why}; below 3 kg no standard asks for it",
                "{why} ; en dessous de 3 kg, aucune norme ne le demande",
                why=refusal.reason,
            )
            skipped.append(Skipped(name, reason))
        else:
            findings.append(refusal_finding(context, station, refusal))
    if lifts:
        named = posed(station, lifts)
        sample = posed(station, lifts, sample=True)
        assert named is not None
        for lift in lifts:
            found = index_finding(context, station, lift, named, sample, params.limit)
            findings.append(found)
            if found.verdict != Verdict.NOT_EVALUATED:
                findings.append(mass_finding(context, station, lift, found, params.ages))
        if len(lifts) > 1:
            missed = [refusal.point.id for refusal in refused if not refusal.light]
            findings.append(composite_finding(context, station, lifts, named, params.limit, missed))
    return findings, skipped, lifts


CHECK = Check("lifting_niosh", NAME, Params, (NIOSH, ISO_11228), evaluate, _applies, __doc__ or "")
