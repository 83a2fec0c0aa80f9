"""Judges closing places and says what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from immersive.checks._base import Context
from immersive.checks._clearance_findings import length
from immersive.checks._clearance_units import units
from immersive.checks._crushing_places import Place, Places
from immersive.checks._motion_findings import swept_mark
from immersive.checks._motion_runs import Moving, Run
from immersive.checks.crushing import CITATION, Params, protected
from immersive.findings import Finding, PartMark, SegmentMark, Skipped, Text, Verdict, text, verdict_for
from immersive.safety.iso13854 import PARTS, minimum_gap
from immersive.scene.model import Severity
from immersive.scene.motion import Motion
from immersive.units import metres, number

LETS_IN = {
    "finger": 0.004,
    "hand_wrist_fist": 0.012,
    "arm": 0.020,
    "toes": 0.005,
    "foot": 0.035,
    "leg": 0.060,
    "head": 0.120,
    "body": 0.180,
}
"""Openings from which ISO 13857:2019 lets parts of the body through: tables 4 and 7, 4.3; head: above table 4."""
_LOW = {"toes": 0.3, "foot": 0.5, "leg": 1.0}
"""Metres above the floor up to which these get."""
_OUT_OF_REACH = 2.7
"""ISO 13857: what lies higher needs no guard, whatever the risk."""
_WORDS = {
    "finger": text("a finger", "un doigt"),
    "hand_wrist_fist": text("a hand", "une main"),
    "arm": text("an arm", "un bras"),
    "toes": text("toes", "des orteils"),
    "foot": text("a foot", "un pied"),
    "leg": text("a leg", "une jambe"),
    "head": text("a head", "une tête"),
    "body": text("a whole body", "un corps entier"),
}


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """A place with the part of the body that decides."""

    place: Place
    part: str
    limit: float
    verdict: Verdict
    uncertainty: float

    @property
    def order(self) -> tuple[object, ...]:
        """Worst first: failing, and by how much is missing."""
        grave = {Verdict.FAIL: 0, Verdict.INDETERMINATE: 1}.get(self.verdict, 2)
        return grave, self.place.gap - self.limit, self.place.a, self.place.b, self.place.time


@dataclass(frozen=True, eq=False, slots=True)
class Judgement:
    """All places of one mechanism in one run."""

    all: tuple[Judged, ...]
    bad: tuple[tuple[Judged, ...], ...]
    skipped: tuple[Skipped, ...]


def refused(context: Context, key: str, message: Text, *, severity: Severity | None = None) -> Finding:
    """A finding that says what was not looked at."""
    return Finding(
        code="crushing.incomplete",
        rule=context.rule.id,
        subjects=(),
        verdict=Verdict.NOT_EVALUATED,
        severity=severity or context.severity,
        message=message,
        citation=CITATION,
        key=key,
    )


def largest(opening: float, height: float, parts: tuple[str, ...]) -> str | None:
    """Of the parts of the body that get into an opening at a height the one that needs the widest gap."""
    allowed = [
        part
        for part in parts or PARTS
        if opening >= LETS_IN[part] and height <= _LOW.get(part, _OUT_OF_REACH)
    ]
    return max(allowed, key=minimum_gap, default=None)


def judge(context: Context, run: Run, made: Moving, found: Places, params: Params) -> Judgement:
    """Hold each place against the least gap of the largest part of the body that gets in."""
    judged: list[Judged] = []
    guarded: dict[tuple[str, str], int] = {}
    high = 0
    for place in found.found:
        height = 0.5 * (place.point_a[2] + place.point_b[2])
        if height > _OUT_OF_REACH:
            high += 1
            continue
        by = protected(context, place.point_a) if params.people == "unguarded" else None
        if by is not None:
            guarded[by] = guarded.get(by, 0) + 1
            continue
        part = largest(place.opening, height, params.body_parts)
        if part is None:
            continue
        limit = minimum_gap(part) / 1000.0
        unsure = place.blur + float(made.uncertainty[[place.a, place.b]].sum())
        judged.append(Judged(place, part, limit, verdict_for(place.gap, limit, "min", unsure), unsure))
    skipped = []
    if high:
        reason = text(
            "{n} closing places are out of reach, above {h}",
            "{n} endroits qui se ferment sont hors d'atteinte, au-dessus de {h}",
            n=number(high),
            h=metres(_OUT_OF_REACH, 1),
        )
        skipped.append(Skipped(run.id, reason))
    for (zone, safeguard), n in sorted(guarded.items()):
        reason = text(
            "{n} closing places lie in the hazard zone {zone}, which {safeguard} protects",
            "{n} endroits qui se ferment se trouvent dans la zone dangereuse {zone}, protégée par {safeguard}",
            n=number(n),
            zone=zone,
            safeguard=safeguard,
        )
        skipped.append(Skipped(run.id, reason))
    labels = units(context.scene, made.parts, unit="group", named=()).label
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        if one.verdict != Verdict.PASS:
            other = run.owner[one.place.b]
            unit = run.mechanisms[other].id if other >= 0 else labels[made.parts[one.place.b].id]
            groups.setdefault(unit, []).append(one)
    bad = tuple(tuple(sorted(some, key=lambda one: one.order)) for _, some in sorted(groups.items()))
    return Judgement(tuple(sorted(judged, key=lambda one: one.order)), bad, tuple(skipped))


def finding(context: Context, run: Run, made: Moving, group: tuple[Judged, ...], found: Places) -> Finding:
    """One finding about a mechanism and a unit: the worst place, with the others in its data."""
    worst = group[0]
    place = worst.place
    labels = units(context.scene, made.parts, unit="group", named=()).label
    other = run.owner[place.b]
    unit = run.mechanisms[other].id if other >= 0 else labels[made.parts[place.b].id]
    mechanism = run.mechanisms[run.owner[place.a]].id
    values: dict[str, Any] = {
        "a": made.parts[place.a].id,
        "b": made.parts[place.b].id,
        "motion": run.id,
        "when": run.moment(place.time),
        "open": length(place.opening),
        "gap": length(place.gap, worst.limit),
        "limit": length(worst.limit, place.gap),
        "part": _WORDS[worst.part],
        "u": length(worst.uncertainty),
    }
    if worst.verdict == Verdict.FAIL:
        message = text(
            "The gap between {a} and {b} opens to {open} or more, which lets {part} in, and closes to {gap} in the "
            "motion {motion} {when}; {limit} are required",
            "L'espace entre {a} et {b} s'ouvre à {open} ou plus, ce qui laisse entrer {part}, et se ferme à {gap} dans "
            "le mouvement {motion} {when} ; {limit} sont exigés",
            **values,
        )
    else:
        message = text(
            "The gap between {a} and {b} lets {part} in and closes to {gap} in the motion {motion} {when}; {limit} are "
            "required, and the uncertainty of ±{u} leaves it open",
            "L'espace entre {a} et {b} laisse entrer {part} et se ferme à {gap} dans le mouvement {motion} {when} ; "
            "{limit} sont exigés, et l'incertitude de ±{u} ne permet pas de trancher",
            **values,
        )
    label = text("{gap}", "{gap}", gap=length(place.gap, worst.limit))
    return Finding(
        code="crushing.gap",
        rule=context.rule.id,
        subjects=tuple(sorted((mechanism, unit))),
        verdict=worst.verdict,
        severity=context.severity,
        message=message,
        measured=place.gap,
        limit=worst.limit,
        limit_kind="min",
        unit="m",
        uncertainty=worst.uncertainty,
        citation=CITATION,
        marks=(
            SegmentMark(place.point_a, place.point_b, label),
            PartMark(made.parts[place.a].id),
            PartMark(made.parts[place.b].id),
            swept_mark(context, run, made, place.a),
        ),
        data={
            **_data(run, made, worst),
            "motion": run.id,
            "joints": run.positions(place.time),
            "spacing": found.spacing,
            "count": len(group),
            "places": [_data(run, made, one) for one in group[:20]],
        },
        key=run.id,
    )


def _data(run: Run, made: Moving, one: Judged) -> dict[str, Any]:
    place = one.place
    return {
        "a": made.parts[place.a].id,
        "b": made.parts[place.b].id,
        "body_part": one.part,
        "opening_at_least": place.opening,
        "gap": place.gap,
        "minimum_gap": one.limit,
        "verdict": str(one.verdict),
        "time": place.time,
        "timed": run.timed,
        "point_a": list(place.point_a),
        "point_b": list(place.point_b),
        "uncertainty": one.uncertainty,
    }


def summary(
    context: Context, run: Run, motion: Motion, made: Moving, judged: Judgement, found: Places
) -> Finding:
    """What was looked at, and the closest of what passes."""
    sound = [one for one in judged.all if one.verdict == Verdict.PASS]
    worst = sound[0] if sound else None
    values: dict[str, Any] = {
        "motion": motion.id,
        "n": number(len(sound)),
        "points": number(found.points),
        "moments": number(found.moments),
    }
    if worst is None:
        message = text(
            "Motion {motion}: none of {points} points looked at in {moments} moments closes in on anything within "
            "reach and stays open enough",
            "Mouvement {motion} : aucun des {points} points examinés à {moments} instants ne se ferme sur quelque chose "
            "d'accessible en restant assez ouvert",
            **values,
        )
        if not judged.all:
            message = text(
                "Motion {motion}: no gap within reach closes ({points} points looked at in {moments} moments)",
                "Mouvement {motion} : aucun espace accessible ne se ferme ({points} points examinés à {moments} instants)",
                **values,
            )
    else:
        message = text(
            "Motion {motion}: {n} closing places stay wide enough; the tightest between {a} and {b}, {gap} where {part} "
            "needs {limit}",
            "Mouvement {motion} : {n} endroits qui se ferment restent assez ouverts ; le plus serré entre {a} et {b}, "
            "{gap} là où {part} demande {limit}",
            a=made.parts[worst.place.a].id,
            b=made.parts[worst.place.b].id,
            gap=length(worst.place.gap, worst.limit),
            part=_WORDS[worst.part],
            limit=length(worst.limit, worst.place.gap),
            **values,
        )
    return Finding(
        code="crushing.clear",
        rule=context.rule.id,
        subjects=(),
        verdict=Verdict.PASS,
        severity=Severity.INFO,
        message=message,
        measured=None if worst is None else worst.place.gap,
        limit=None if worst is None else worst.limit,
        limit_kind="min" if worst is not None else "",
        unit="m",
        uncertainty=0.0 if worst is None else worst.uncertainty,
        citation=CITATION,
        data={"motion": motion.id, "spacing": found.spacing, "narrow_all_the_time": found.narrow},
        key=f"summary:{motion.id}",
    )
