"""Safety distances: can a hand, an arm or a foot reach a hazard zone over, through, under or around its guards?

What
    For every hazard zone of the layout and every protective structure (fences and interlocked doors that
    protect it; where the layout names none, parts with the role fence, door or wall): reaching over its top
    edge, through its openings, under it and around its ends, and whether it encloses the zone at all.

Why
    A fence keeps people away only as far as arms and legs do not reach past it. The height on a drawing says
    nothing of a low panel, a mesh with slots that are too wide, a gap under the frame or a machine that was
    moved closer to the fence.

Method
    Everything is measured on the meshes. Structures that stand in one upright plane are one *run*, seen square
    on. **Over**: along the whole top edge, dips included, the horizontal distance c to the zone is found for
    each height a of the zone (triangles cut at the rows of tables 1 and 2; exact), held against the table:
    never interpolated, the safer neighbour. Dips of up to 120 mm in the top edge are openings. **Through** and
    **under**: what the run leaves uncovered below its top edge falls into openings; of each the smallest slot,
    square and circle it fits into are computed, and the distance from the opening to the zone is held against
    tables 4 (or 5) and, for openings that begin below 1 m, 7. Openings of odd shape (the gap under a panel with
    the joints beside it) are taken apart at the widths of the tables' rows. Fixed machines fill what they stand
    in. **Around**: gaps between structures of different planes, as slots. **Enclosure**: a person is a disc
    as wide as the largest slot without whole-body access (180 mm); if it gets from outside, or from a workstation
    or the start of a walkway or route, to what of the zone is within reach from the floor, the gaps are told; devices that protect the zone count as closed and are told.
    A zone above 2.5 m (low risk) or 2.7 m (high risk) is out of reach. A moving hazard is sampled with a proven
    margin that enters the verdict, as do the parts' uncertainties: too close to call is indeterminate.

Limits
    Distances count from the face of the structure that is nearer to the zone, which is the safe side. Openings
    are seen square to the plane: slanted ways through thick or double grilles are not. Structures count where
    they stand; doors that are not interlocked do not count. Walls that no safeguard names enclose where they
    stand in a person's way, but nothing is measured over or through them. Below 1 m a structure does not count, below 1.4 m
    it is told. People stand on the floor of the layout: what they might climb on beside a fence is told as
    information. Arms held by a support (table 3, other than the whole arm), impeding structures
    (annex), and reaching past light curtains (ISO 13855) are not judged. Risk "medium" is taken as high.

References
    ISO 13857:2019, 4.2.1 (upwards), tables 1, 2 (over), 3 (around), 4, 5 (through), 7 (lower limbs). Figures and
    their confidence: ``assets/standards/iso13857.json``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from immersive.checks._base import Check, Context, param
from immersive.checks._coverage import uncovered
from immersive.errors import LayoutError, choices, suggestion
from immersive.findings import Citation, Confidence, Evaluation, Finding, Skipped, Text, text
from immersive.scene.model import Role, Scene
from immersive.scene.safeguarding import HazardZone

if TYPE_CHECKING:
    from immersive.checks._guard_blocks import Blocks
    from immersive.checks._guard_findings import Report
    from immersive.checks._guard_over import Over
    from immersive.checks._guard_runs import Run

NAME = {"en": "Safety distances", "fr": "Distances de sécurité"}


@dataclass(frozen=True)
class Params:
    """Parameters of a rule."""

    zone: tuple[str, ...] = param((), doc="Ids of the hazard zones; empty: all.")
    persons: Literal["14_and_over", "3_and_over"] = param(
        "14_and_over",
        doc="Who may come near: table 4 (14 years and over) or 5 (children from 3) for openings.",
    )


ASSUMPTIONS: tuple[Text, ...] = (
    text(
        "People stand on the floor; steps, boxes and ladders are not covered by the tables.",
        "Les personnes se tiennent au sol ; marches, caisses et échelles ne sont pas couvertes par les tableaux.",
    ),
    text(
        "Structures and doors count where the layout shows them, doors shut.",
        "Les structures et les portes sont prises où le fichier de cellule les montre, portes fermées.",
    ),
    text(
        "Distances count from the face of the structure nearer to the hazard zone.",
        "Les distances partent de la face de la structure la plus proche de la zone dangereuse.",
    ),
    text(
        "Openings are seen square to the structure; openings that begin lower than 1 m are measured for legs too.",
        "Les ouvertures sont vues perpendiculairement à la structure ; sous 1 m, elles sont aussi mesurées pour les jambes.",
    ),
)


def _applies(scene: Scene) -> bool:
    return scene.station is not None and bool(scene.station.hazard_zones)


def evaluate(context: Context, params: Params) -> Evaluation:
    """Every zone asked for against everything that stands before it."""
    # Here and not above: these pull in the compiler, which listing the checks does not need.
    from immersive.checks._guard_runs import runs_of
    from immersive.checks._guard_structures import structures_of

    zones = _chosen(context, params)
    structures, runs = structures_of(context), runs_of(context)
    findings: list[Finding] = []
    skipped = [*structures.skipped, *uncovered(context, "zone", (z.id for z in context.station.hazard_zones))]
    examined = {"zones": 0, "structures": len(runs), "structure_parts": len(structures.parts), "openings": 0}
    for number, zone in enumerate(zones):
        made, counted, left_out = _zone(context, params, zone, runs)
        findings += made
        skipped += left_out
        examined["zones"] += 1
        examined["openings"] += counted
        context.progress((number + 1) / len(zones))
    return Evaluation(tuple(findings), examined, tuple(skipped), ASSUMPTIONS)


def _chosen(context: Context, params: Params) -> tuple[HazardZone, ...]:
    zones = context.station.hazard_zones
    known = {zone.id: zone for zone in zones}
    for name in params.zone:
        if name not in known:
            origin = context.rule.origin
            raise LayoutError(
                origin.file or "rules",
                f"unknown hazard zone {name!r}{suggestion(name, known)}; the layout has {choices(known)}",
                place=f"{origin.key or f'rule {context.rule.id!r}'}.zone",
            )
    return tuple(known[name] for name in params.zone) if params.zone else zones


def _zone(
    context: Context, params: Params, zone: HazardZone, runs: Sequence[Run]
) -> tuple[list[Finding], int, list[Skipped]]:
    """(findings, openings measured, what was left out) of one zone."""
    from immersive.checks._guard_alone import devices_alone, unprotected
    from immersive.checks._guard_blocks import Blocks
    from immersive.checks._guard_findings import Report
    from immersive.checks._guard_structures import devices_of, fences_of
    from immersive.checks._hazards import hazard_of

    hazard = hazard_of(context, zone)
    risk = "low" if zone.risk == "low" else "high"
    report = Report(context, zone, risk, hazard, context.station.floor)
    skipped = list(hazard.missing)
    if not hazard.bodies:
        why = hazard.missing[0].reason if hazard.missing else text("it is empty", "elle est vide")
        return [report.refused("zone", text(
            "Hazard zone {zone} was not examined: {why}", "La zone dangereuse {zone} n'a pas été examinée : {why}",
            zone=zone.id, why=why,
        ))], 0, skipped  # fmt: skip
    high = report.overhead()
    if high is not None:
        return [high], 0, skipped
    fences, devices = fences_of(context, zone.id), devices_of(context, zone.id)
    judged = _judged(context, zone, runs)
    if not judged and devices and not fences:
        return [devices_alone(context, report, runs)], 0, skipped
    if not judged:
        return [unprotected(report, asked=zone.id in params.zone, named=bool(fences))], 0, skipped
    blocks = Blocks.of(hazard, report.floor)
    found, counted, left_out = _reaches(context, params, report, judged, blocks)
    made = [*found, *_all_round(context, params, report, runs, judged, blocks)]
    return made, counted, skipped + left_out


def _judged(context: Context, zone: HazardZone, runs: Sequence[Run]) -> dict[str, list[Run]]:
    """The runs to be judged for a zone, by the safeguard that names them."""
    from immersive.checks._guard_structures import fences_of

    named = [guard.id for guard in fences_of(context, zone.id)]
    found: dict[str, list[Run]] = {}
    if named:
        for run in runs:
            owner = next((name for name in run.owners if name in named), None)
            if owner is not None:
                found.setdefault(owner, []).append(run)
        return found
    # The layout says of fences what they protect: this zone is none of it.
    if any(guard.kind == "fence" for guard in context.station.safeguards):
        return {}
    # The walls of a hall alone are no guard.
    if not any(part.role == Role.FENCE for part in context.scene):
        return {}
    by_role = [run for run in runs if run.upright]
    return {"role:fence": by_role} if by_role else {}


def _reaches(
    context: Context, params: Params, report: Report, judged: dict[str, list[Run]], blocks: Blocks
) -> tuple[list[Finding], int, list[Skipped]]:
    """Over, through and under each structure."""
    from immersive.checks._guard_devices import without_watched
    from immersive.checks._guard_edges import stretches
    from immersive.checks._guard_openings import openings_of
    from immersive.checks._guard_over import over
    from immersive.checks._guard_structures import devices_of
    from immersive.checks._guard_through import through

    floor, risk = report.floor, report.risk
    persons = "5" if params.persons == "3_and_over" else "4"
    devices = devices_of(context, report.zone.id)
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    counted = 0
    for owner, runs in judged.items():
        tops: list[Over] = []
        passed: dict[bool, list[Any]] = {False: [], True: []}
        guarded = 0
        for run in runs:
            top = over(run, blocks, risk, floor)
            if top is None:
                skipped.append(Skipped(run.id, text(
                    "lower than 1000 mm: it does not count as a protective structure",
                    "moins de 1000 mm : elle ne compte pas comme structure de protection",
                )))  # fmt: skip
                continue
            tops.append(top)
            if run.sealed:
                skipped.append(Skipped(run.id, text(
                    "drawn as a line with a height: its openings are not known",
                    "dessinée comme une ligne avec une hauteur : ses ouvertures ne sont pas connues",
                )))  # fmt: skip
                continue
            key = ("guard-openings", run.id, risk)
            if key not in context.memo:
                context.memo[key] = openings_of(
                    run, stretches(run, risk, floor), floor, context.memo.setdefault(("guard-sizes",), {})
                )
            openings, watched = without_watched(context.memo[key], run, devices)
            guarded += watched
            counted += len(openings)
            for under in (False, True):
                worst = through(run, openings, blocks, persons, floor, under=under)
                if worst is not None:
                    passed[under].append(worst)
        if tops:
            findings.append(report.over(owner, tops, _higher(tops, blocks, risk, floor)))
        findings += [report.through(owner, places, guarded) for places in passed.values() if places]
    return findings, counted, skipped


def _higher(places: Sequence[Over], blocks: Blocks, risk: str, floor: float) -> Text:
    """The height of the structure that would do on all sides, or the distance on the worst."""
    from immersive.checks._guard_over import least_height
    from immersive.checks._guard_words import length
    from immersive.findings import Verdict

    bad = [one for one in places if one.verdict != Verdict.PASS]
    if not bad:
        return {}
    worst = min(bad, key=lambda one: one.spare)
    height = max(least_height(one, blocks, risk, floor) for one in bad)
    return text(
        "A top edge at {b} would do, or {more} more distance at the worst place",
        "Un bord supérieur à {b} suffirait, ou {more} de distance en plus au pire endroit",
        b=length(height), more=length(-worst.spare),
    )  # fmt: skip


def _all_round(
    context: Context,
    params: Params,
    report: Report,
    runs: Sequence[Run],
    judged: dict[str, list[Run]],
    blocks: Blocks,
) -> list[Finding]:
    """Around, enclosure, and what people might climb on."""
    from immersive.checks._guard_alone import enclosed, people_of
    from immersive.checks._guard_around import measured_gaps
    from immersive.checks._guard_climb import climbing_aids
    from immersive.checks._guard_enclosure import barriers, corner_gaps, device_barriers, enclosure, footprint
    from immersive.checks._guard_structures import devices_of

    floor = report.floor
    persons = "5" if params.persons == "3_and_over" else "4"
    walls = barriers(runs, floor)
    mine = {run.id for group in judged.values() for run in group}
    watch = device_barriers(devices_of(context, report.zone.id), context.station.doors, floor + 2.0)
    zone = footprint(report.hazard, report.risk, floor)
    found = enclosure(zone, walls, watch, people_of(context))
    gaps = [
        gap
        for gap in corner_gaps(walls, floor)
        if any(one.run is not None and one.run.id in mine for one in (gap.first, gap.other))
    ]
    measured = measured_gaps(gaps, blocks, persons, floor)
    made = [report.around(measured)] if measured else []
    named = [run for group in judged.values() for run in group]
    aids, looked_at = climbing_aids(context.scene.parts, named, blocks, report.risk, floor)
    made += [report.climbing(aids, looked_at)] if aids else []
    return [*made, enclosed(report, found, zone, walls, watch, tuple(judged))]


CHECK = Check(
    code="safety_distance",
    name=NAME,
    params=Params,
    standards=(Citation("ISO 13857", "2019", "", Confidence.TWO_SOURCES),),
    evaluate=evaluate,
    applies=_applies,
    doc=__doc__ or "",
)
