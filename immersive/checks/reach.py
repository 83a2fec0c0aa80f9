"""Reach: whether the hands of the smallest person arrive at every work point.

What
    For each work point of each workstation: the distance from the shoulder to the point against
    the arm length of the smallest person the cell is for, by default the 5th-percentile woman;
    the largest person, by default the 95th-percentile man, is measured beside.

Why
    What the smallest person reaches, everybody larger reaches as well. A bin out of reach means
    leaning, stepping or climbing at every cycle.

Method
    The shoulder is a point: half the biacromial breadth to the side of the station's centre, at
    shoulder height plus shoes (standing) or at seat height plus shoulder height, sitting. The
    reach is a ball around it. Arm length is acromion to grip centre for a grip, acromion to
    fingertip for a press; for a pinch, grip centre plus 50 mm, as the survey has no acromion to
    thumb tip. Hand "either" takes the nearer shoulder, "both" the farther. Body dimensions are
    percentiles of ANSUR II; ``uncertainty`` (30 mm) stands for what a point shoulder leaves out:
    the joint lies a few centimetres from the acromion and moves with the arm.

Limits
    A first model. It ignores trunk and clavicle motion, leaning and stepping, joint limits,
    obstacles in the arm's way, the load, and comfort. Points that are close or low are inside
    the ball though an arm may not get there well; a point within the ball but behind the body is
    indeterminate. Only a fail is firm.
    Heights above the floor come from the layout's station, not from the scene. Percentiles of
    single dimensions do not add up to a person of that percentile.

References
    Gordon et al. 2014, NATICK/TR-15/007 (ANSUR II); names of ISO 7250-1:2017. Reach for the 5th
    percentile of the smaller sex: usual practice (from memory).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from immersive.checks._base import Check, Context, param
from immersive.checks._coverage import uncovered
from immersive.checks._reach_model import Figure, deciding_shoulder, figure_for
from immersive.errors import LayoutError, UsageError, choices, suggestion
from immersive.findings import (
    Citation,
    Confidence,
    Evaluation,
    Finding,
    PointMark,
    SegmentMark,
    Skipped,
    SphereMark,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.human.anthropometry import SAMPLE, SHOE_HEIGHT, Body, parse_body
from immersive.scene.model import Scene
from immersive.scene.station import Population, WorkPoint, Workstation
from immersive.units import mm

NAME = {"en": "Reach", "fr": "Zones d'atteinte"}
CITATION = Citation(
    "ANSUR II",
    "2012",
    "NATICK/TR-15/007",
    Confidence.TWO_SOURCES,
    text(
        "Body dimensions of {sample}; arm lengths and the sitting shoulder height are derived per subject.",
        "Dimensions corporelles d'{sample} ; longueurs de bras et hauteur d'épaule assis calculées par sujet.",
        sample=SAMPLE,
    ),
)

SIDES = {"left": text("left", "gauche"), "right": text("right", "droite")}


@dataclass(frozen=True)
class Params:
    """Parameters of a rule."""

    workstations: tuple[str, ...] = param((), doc="Ids of the workstations; empty: all.")
    population: str = param("", doc="Id of the layout's population; empty: its first one, else F05 to M95.")
    smallest: str = param("", doc="Whom the reach must suffice for, like F05; empty: from the population.")
    largest: str = param("", doc="Largest person, like M95; empty: from the population.")
    margin: float = param(
        0.0, kind="length", doc="Reach to keep in hand: subtracted from the arm length.", minimum=0.0
    )
    uncertainty: float = param(
        0.03, kind="length", doc="Half width of what the point shoulder leaves open.", minimum=0.0
    )
    posture: Literal["", "standing", "sitting"] = param("", doc="Posture instead of the station's own.")


ASSUMPTIONS: tuple[Text, ...] = (
    text(
        "The shoulder is a fixed point; motion of trunk and clavicle, leaning and stepping are ignored.",
        "L'épaule est un point fixe ; les mouvements du tronc et de la clavicule, l'inclinaison et le déplacement sont ignorés.",
    ),
    text(
        "Joint limits, obstacles in the arm's way, the load and comfort are ignored: a point within reach is not yet a good one.",
        "Les limites articulaires, les obstacles sur le trajet du bras, la charge et le confort sont ignorés : un point à portée n'est pas encore un bon point.",
    ),
    text(
        "Points close to the body or below wrist height are judged by distance alone; points behind the body are left open.",
        "Les points proches du corps ou sous la hauteur des poignets sont jugés sur la seule distance ; ceux derrière le corps restent indéterminés.",
    ),
    text(
        "Percentiles of single dimensions are combined; they do not add up to a person of that percentile.",
        "Des percentiles de dimensions isolées sont combinés ; leur somme n'est pas une personne de ce percentile.",
    ),
    text(
        "Body dimensions are from {sample}.",
        "Les dimensions corporelles proviennent d'{sample}.",
        sample=SAMPLE,
    ),
    text(
        "A pinch is taken to reach 50 mm beyond the grip centre (from memory; the survey has no acromion to thumb tip).",
        "Une prise en pince est supposée atteindre 50 mm au-delà du centre de préhension (de mémoire ; l'enquête ne mesure pas acromion – bout du pouce).",
    ),
)


def _applies(scene: Scene) -> bool:
    return scene.station is not None and bool(scene.station.workstations)


def _fail(context: Context, key: str, defect: str) -> LayoutError:
    origin = context.rule.origin
    return LayoutError(
        origin.file or "rules", defect, place=f"{origin.key or f'rule {context.rule.id!r}'}.{key}"
    )


def _population(context: Context, params: Params) -> Population:
    populations = {p.id: p for p in context.station.populations}
    if params.population and params.population not in populations:
        raise _fail(
            context,
            "population",
            f"unknown population {params.population!r}{suggestion(params.population, populations)}; "
            f"the layout has {choices(populations)}",
        )
    if params.population:
        return populations[params.population]
    return next(iter(populations.values()), Population("default", shoe_height=SHOE_HEIGHT))


def _stations(context: Context, params: Params) -> tuple[Workstation, ...]:
    known = {station.id: station for station in context.station.workstations}
    for name in params.workstations:
        if name not in known:
            raise _fail(
                context,
                "workstations",
                f"unknown workstation {name!r}{suggestion(name, known)}; the layout has {choices(known)}",
            )
    return (
        tuple(known[name] for name in params.workstations) if params.workstations else tuple(known.values())
    )


def _body(context: Context, key: str, word: str) -> Body:
    try:
        return parse_body(word)
    except UsageError as error:
        raise _fail(context, key, str(error)) from error


def evaluate(context: Context, params: Params) -> Evaluation:
    """One finding for each work point."""
    population = _population(context, params)
    stations = _stations(context, params)
    smallest = _body(context, "smallest", params.smallest or population.smallest)
    largest = _body(context, "largest", params.largest or population.largest)
    findings: list[Finding] = []
    skipped = uncovered(context, "workstations", (station.id for station in context.station.workstations))
    points = 0
    for station in stations:
        posture = params.posture or station.posture
        if not station.work_points:
            skipped.append(Skipped(station.id, text("has no work points", "n'a aucun point de travail")))
        if population.source != "ansur2":
            reason: Text | None = text(
                "body dimensions of population {id} come from {source!r}, which is not available; use 'ansur2'",
                "les dimensions de la population {id} viennent de {source!r}, non disponible ; utiliser « ansur2 »",
                id=population.id,
                source=population.source,
            )
        elif posture == "sitting" and station.seat_height is None:
            reason = text(
                "the station is seated and its seat height is not given (seat_height)",
                "le poste est assis et la hauteur de siège n'est pas indiquée (seat_height)",
            )
        else:
            reason = None
        if reason is not None:
            findings += [_unmeasured(context, station, point, reason) for point in station.work_points]
            continue
        small = figure_for(smallest, station, posture, population.shoe_height)
        large = figure_for(largest, station, posture, population.shoe_height)
        findings += [_judge(context, params, station, point, small, large) for point in station.work_points]
        points += len(station.work_points)
    if not findings and not skipped:
        message = text(
            "The layout has no workstation to examine",
            "Le fichier de cellule ne contient aucun poste de travail",
        )
        findings.append(_empty(context, message))
    elif not findings:
        message = text(
            "The workstations have no work points to examine",
            "Les postes n'ont aucun point de travail à examiner",
        )
        findings.append(_empty(context, message))
    examined = {"workstations": len(stations), "work_points": points}
    return Evaluation(tuple(findings), examined, tuple(skipped), ASSUMPTIONS)


def _empty(context: Context, message: Text) -> Finding:
    return Finding(
        "reach.distance",
        context.rule.id,
        (),
        Verdict.NOT_EVALUATED,
        context.severity,
        message,
        citation=CITATION,
    )


def _subjects(station: Workstation, point: WorkPoint) -> tuple[str, str]:
    return station.id, f"{station.id}/{point.id}"


def _unmeasured(context: Context, station: Workstation, point: WorkPoint, reason: Text) -> Finding:
    message = text(
        "Reach to {point} at {station} was not judged: {why}.",
        "L'atteinte de {point} au poste {station} n'a pas été jugée : {why}.",
        point=point.id,
        station=station.id,
        why=reason,
    )
    return Finding(
        code="reach.distance",
        rule=context.rule.id,
        subjects=_subjects(station, point),
        verdict=Verdict.NOT_EVALUATED,
        severity=context.severity,
        message=message,
        citation=CITATION,
        marks=(PointMark(point.position, text("{id}", "{id}", id=point.id)),),
        unit="m",
    )


def _judge(
    context: Context, params: Params, station: Workstation, point: WorkPoint, small: Figure, large: Figure
) -> Finding:
    side, shoulder, distance = deciding_shoulder(station, small, point)
    arm, behind = small.arm(point.grasp)
    limit = max(0.0, arm - params.margin)
    large_side, _, large_distance = deciding_shoulder(station, large, point)
    large_arm, _ = large.arm(point.grasp)
    verdict = verdict_for(distance, limit, "max", params.uncertainty)
    words = {
        "point": point.id,
        "station": station.id,
        "distance": mm(distance),
        "limit": mm(limit),
        "body": small.body.word,
        "side": SIDES[side],
        "short": mm(abs(distance - limit)),
    }
    if verdict == Verdict.PASS:
        message = text(
            "{point} at {station} is {distance} from the {side} shoulder of {body}, who reaches {limit}: {short} to spare.",
            "{point} au poste {station} est à {distance} de l'épaule {side} de {body}, qui atteint {limit} : {short} de réserve.",
            **words,
        )
    elif verdict == Verdict.FAIL:
        message = text(
            "{point} at {station} is out of reach: {distance} from the {side} shoulder of {body}, who reaches {limit}; {short} are missing.",
            "{point} au poste {station} est hors d'atteinte : à {distance} de l'épaule {side} de {body}, qui atteint {limit} ; il manque {short}.",
            **words,
        )
    else:
        message = text(
            "{point} at {station} is at the end of reach: {distance} from the {side} shoulder of {body}, who reaches {limit}; this model cannot tell to {u}.",
            "{point} au poste {station} est en limite d'atteinte : à {distance} de l'épaule {side} de {body}, qui atteint {limit} ; ce modèle ne tranche pas à {u} près.",
            u=mm(params.uncertainty),
            **words,
        )
    ahead = (point.position[0] - station.position[0]) * math.cos(station.heading) + (
        point.position[1] - station.position[1]
    ) * math.sin(station.heading)
    remarks = [
        word
        for word, holds in (
            ("behind", ahead < 0.0),
            ("below_wrists", point.position[2] - station.position[2] < small.wrist_height),
            ("close", distance < 0.5 * arm),
        )
        if holds
    ]
    if verdict == Verdict.PASS and ahead < 0.0:
        verdict = Verdict.INDETERMINATE
        message = text(
            "{said} It lies behind the shoulders, where this model cannot tell.",
            "{said} Il se trouve derrière les épaules, où ce modèle ne peut conclure.",
            said=message,
        )
    return Finding(
        code="reach.distance",
        rule=context.rule.id,
        subjects=_subjects(station, point),
        verdict=verdict,
        severity=context.severity,
        message=message,
        measured=distance,
        limit=limit,
        limit_kind="max",
        unit="m",
        uncertainty=params.uncertainty,
        citation=CITATION,
        marks=(
            SphereMark(shoulder, limit, text("reach of {b}", "atteinte de {b}", b=small.body.word)),
            SegmentMark(shoulder, point.position, text("{d}", "{d}", d=mm(distance))),
            PointMark(point.position, text("{id}", "{id}", id=point.id)),
        ),
        data={
            "hand": side,
            "grasp": point.grasp,
            "smallest": {
                "body": small.body.word,
                "shoulder": list(shoulder),
                "shoulder_height": small.shoulder_height,
                "arm": arm,
                "distance": distance,
            },
            "largest": {
                "body": large.body.word,
                "hand": large_side,
                "shoulder_height": large.shoulder_height,
                "arm": large_arm,
                "distance": large_distance,
                "reaches": large_distance <= large_arm - params.margin,
            },
            "arm_from": behind.name,
            "arm_kind": behind.kind,
            "percentile_by": behind.method,
            "margin": params.margin,
            "not_judged": remarks,
        },
    )


CHECK = Check(
    code="reach",
    name=NAME,
    params=Params,
    standards=(CITATION,),
    evaluate=evaluate,
    applies=_applies,
    doc=__doc__ or "",
)
