"""Reach: whether everybody the cell is for gets a hand to every work point, and who does not.

What
    For each work point of each workstation: whether the hand arrives, for the people the layout's
    population names (by default the 5th-percentile woman, both medians and the 95th-percentile man),
    past the parts of the cell; how much is in hand or missing; and the share of the population,
    women and men, that reaches it.

Why
    A bin out of reach means leaning, stepping or climbing at every cycle; a bin within the arm's
    length behind a wall or a fence is not within reach. The smallest person is not always the one
    who fails: a low or close point behind an edge can be harder for the largest.

Method
    The manikin (39 joint angles, link lengths from the person's body dimensions) stands, sits or
    kneels where the workstation says. Inverse kinematics brings the point of the hand that the grasp
    uses onto the work point: arm first, then clavicle, then trunk, then a step if the station allows
    one; among all postures that do, the one of least discomfort, within the joints' limits. For the
    named people arm, hand, trunk and head must also keep clear of the scene; other postures are tried
    until one does. What is in hand is found by solving again with a shorter arm: the arm could be so
    much shorter and the hand would still arrive.
    The share is counted over a sample of the population, without regard to obstacles.

Limits
    The verdict is that of the named people; the share is told beside it and becomes a demand of its
    own with ``share``. ``uncertainty`` (25 mm) is what arm lengths and shoulder centres leave open, two
    standard deviations of the survey's spans; a result within it is indeterminate. It is for the mean
    person of a stature: one measured person's forward reach is known to 54 mm only, most of it how far
    the shoulder was advanced (docs/manikin.md). Clothing that stiffens, age and impairment are not modelled;
    the survey's people are soldiers. Strength, load and balance do not limit the reach here.
    "Upright" is a trunk inclination up to 20° and says nothing on the arm's own comfort.

References
    Gordon et al. 2014, NATICK/TR-15/007 (ANSUR II); names of ISO 7250-1:2017; joint limits: AAOS;
    trunk inclination of ISO 11226:2000; manikin terms of ISO 15536.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks import _tasks
from immersive.checks._base import Check, Context, param
from immersive.checks._figures import figure_mark, hand_point
from immersive.checks._shares import share_chart, share_sentence
from immersive.checks._tasks import HumanParams, StationTasks, person, subjects, tasks_of
from immersive.findings import (
    Citation,
    Confidence,
    Evaluation,
    Finding,
    Mark,
    PartMark,
    PointMark,
    SegmentMark,
    ShareChart,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.human.anthropometry import SAMPLE
from immersive.human.links import SPAN_UNCERTAINTY
from immersive.human.population import Share, percent, share
from immersive.human.posing import Poses
from immersive.human.reach_clear import RULE_TEXTS
from immersive.units import mm

NAME = {"en": "Reach", "fr": "Zones d'atteinte"}
CITATION = Citation(
    "ANSUR II",
    "2012",
    "NATICK/TR-15/007",
    Confidence.TWO_SOURCES,
    text(
        "Body dimensions of {sample}; joint centres and limits are this program's manikin (docs/manikin.md).",
        "Dimensions corporelles d'{sample} ; centres et limites articulaires du mannequin de ce programme (docs/manikin.md).",
        sample=SAMPLE,
    ),
)

PROBE: Final = 0.25
"""The arm is shortened by this to find what is in hand, metres; more than this is not told."""

UPRIGHT: Final = math.radians(20.0)
"""Trunk inclination that ISO 11226:2000 calls acceptable."""


@dataclass(frozen=True)
class Params(HumanParams):
    """Parameters of a rule."""

    margin: float = param(
        0.0, kind="length", doc="Reach to keep in hand: taken off the arm's length.", minimum=0.0
    )
    uncertainty: float = param(
        SPAN_UNCERTAINTY,
        kind="length",
        doc="Half width of what the manikin leaves open about a person's reach.",
        minimum=0.0,
    )
    share: float = param(
        0.0, doc="Share of women, and of men, that has to reach each point, 0 to 1; 0: told, not demanded."
    )


_ASSUMPTIONS: tuple[Text, ...] = (
    text(
        "The manikin chooses the posture of least discomfort within its joint limits; habit, balance and strength may make people choose another.",
        "Le mannequin choisit la posture de moindre inconfort dans ses limites articulaires ; l'habitude, l'équilibre et la force peuvent en faire choisir une autre.",
    ),
    text(
        "Shares are counted without regard to obstacles; obstacles are examined for the named people.",
        "Les parts de population sont comptées sans tenir compte des obstacles ; ceux-ci sont examinés pour les personnes nommées.",
    ),
)


def evaluate(context: Context, params: Params) -> Evaluation:
    """One finding for each work point, and one for each share that is demanded."""
    if not 0.0 <= params.share <= 1.0:
        raise _tasks.rule_error(context, "share", f"found {params.share:g}, must be from 0 to 1")
    tasks = tasks_of(context, params)
    findings = _tasks.unexamined(context, tasks, "reach.distance", citation=CITATION, unit="m")
    people = 0
    for n, station in enumerate(tasks.stations):
        reserve = _in_hand(station)
        for j in range(len(station.points)):
            findings.append(_judge(context, params, station, j, reserve[:, j]))
            if params.share > 0.0:
                findings.append(_judge_share(context, params, station, j))
        people += len(station.study.named)
        context.progress((n + 1) / len(tasks.stations))
    examined = {**tasks.examined, "people": people}
    return Evaluation(tuple(findings), examined, tasks.skipped, (*_ASSUMPTIONS, *RULE_TEXTS, *tasks.told))


def _in_hand(station: StationTasks) -> NDArray[np.float64]:
    """(k, m) what each named person has in hand at each point without obstacles: negative is missing.

    With an arm shorter by s the hand misses by s less what was in hand; 's' itself is the most we tell.
    """
    from immersive.human.reach_ik import solve_reach

    named = station.named
    shorter = solve_reach(
        station.study.named, named.links, station.stance, station.targets, arm_shorter=PROBE
    )
    reserve = np.where(shorter.reached, PROBE, np.maximum(PROBE - shorter.missing, 0.0))
    return np.asarray(np.where(named.reached, reserve, -named.missing))


def _judge(
    context: Context, params: Params, station: StationTasks, j: int, reserve: NDArray[np.float64]
) -> Finding:
    point, people, poses = station.points[j], station.study.named, station.named
    i = int(np.argmin(reserve))
    measured, limit, uncertainty = float(reserve[i]), params.margin, params.uncertainty
    verdict = verdict_for(measured, limit, "min", uncertainty)
    blocked = poses.blocked[:, j] & poses.reached[:, j]
    code, things = "reach.distance", tuple[str, ...]()
    if verdict != Verdict.FAIL and blocked.any():
        # The hand would arrive, were it not for what stands there: how deep the best posture cuts it.
        code, verdict = "reach.blocked", Verdict.FAIL
        i = int(np.argmin(np.where(blocked, poses.clearance[:, j], np.inf)))
        measured, limit, uncertainty = float(poses.clearance[i, j]), 0.0, 0.0
        things = tuple(dict.fromkeys(item.part for item in poses.in_the_way[i][j]))
    words: dict[str, Any] = {
        "point": point.id,
        "station": station.station.id,
        "person": person(people, i),
        "smallest": station.study.smallest,
        "largest": station.study.largest,
        "amount": mm(abs(measured)),
        "u": mm(params.uncertainty),
    }
    marks = (*_marks(station, i, j), *(PartMark(name) for name in things))
    if things:
        message = text(
            "{point} at {station} cannot be reached by {others}: in the way of the {person} is {things}.",
            "{point} au poste {station} ne peut être atteint par {others} : pour la personne « {person} », {things} fait obstacle.",
            things=", ".join(things),
            others=", ".join(people.ids[k] for k in np.flatnonzero(blocked)),
            **words,
        )
    elif verdict == Verdict.PASS:
        message = text(
            "{point} at {station} is within reach of everybody named from {smallest} to {largest}; "
            "the {person} has the least in hand, {most}{amount}.",
            "{point} au poste {station} est à portée de toutes les personnes nommées, de {smallest} à {largest} ; "
            "la moindre réserve est celle de la personne « {person} », {most}{amount}.",
            most=text("at least ", "au moins ") if measured >= PROBE else text("", ""),
            **words,
        )
    elif verdict == Verdict.FAIL and measured < 0.0:
        message = text(
            "{point} at {station} is out of reach of the {person}: {amount} are missing.",
            "{point} au poste {station} est hors d'atteinte de la personne « {person} » : il manque {amount}.",
            **words,
        )
    elif verdict == Verdict.FAIL:
        message = text(
            "{point} at {station} leaves the {person} {amount} in hand, less than the {margin} asked for.",
            "{point} au poste {station} laisse {amount} de réserve à la personne « {person} », moins que les {margin} demandés.",
            margin=mm(params.margin),
            **words,
        )
    else:
        message = text(
            "{point} at {station} is at the end of the reach of the {person} ({amount} {which}); "
            "the manikin cannot tell to {u}.",
            "{point} au poste {station} est en limite d'atteinte de la personne « {person} » ({amount} {which}) ; "
            "le mannequin ne tranche pas à {u} près.",
            which=text("missing", "manquants") if measured < 0 else text("in hand", "de réserve"),
            **words,
        )
    found = _share(station, j)
    charts: tuple[ShareChart, ...] = ()
    if found is not None:
        message = text("{said} {share}", "{said} {share}", said=message, share=share_sentence(found))
        charts = (_chart(station, j),)
    return Finding(
        code=code,
        rule=context.rule.id,
        subjects=subjects(station.station, point),
        verdict=verdict,
        severity=context.severity,
        message=message,
        measured=measured,
        limit=limit,
        limit_kind="min",
        unit="m",
        uncertainty=uncertainty,
        citation=CITATION,
        marks=marks,
        data=_data(station, j, reserve, found) | {"in_the_way": list(things), "margin": params.margin},
        charts=charts,
    )


def _marks(station: StationTasks, i: int, j: int) -> tuple[Mark, ...]:
    point, poses = station.points[j], station.named
    marks: list[Mark] = [
        figure_mark(poses, i, j),
        PointMark(point.position, text("{id}", "{id}", id=point.id)),
    ]
    if not poses.reached[i, j]:
        gap = float(poses.missing[i, j])
        marks.append(SegmentMark(hand_point(poses, i, j), point.position, text("{d}", "{d}", d=mm(gap))))
    return tuple(marks)


def _upright(poses: Poses) -> NDArray[np.bool_]:
    """(n, m) whether the line from the hips to the neck is within 20° of the vertical."""
    at = poses.figure()
    line = at.point("cervicale") - at.point("hip_centre")
    return np.asarray(line[..., 2] >= math.cos(UPRIGHT) * np.linalg.norm(line, axis=-1))


def _share(station: StationTasks, j: int) -> Share | None:
    sample = station.sample
    if sample is None:
        return None
    return share(sample.reached[:, j], sample.people, missing=sample.missing[:, j])


def _chart(station: StationTasks, j: int) -> ShareChart:
    sample = station.sample
    assert sample is not None
    upright = station.once("upright", lambda: _upright(sample))
    which = np.where(sample.reached[:, j], np.where(upright[:, j], 0, 1), 2)
    return share_chart(
        text(
            "Who reaches {point}, without regard to obstacles",
            "Qui atteint {point}, sans tenir compte des obstacles",
            point=station.points[j].id,
        ),
        (
            (text("upright", "tronc droit"), 1),
            (text("leaning more than 20°", "tronc incliné de plus de 20°"), 2),
            (text("not at all", "pas du tout"), 3),
        ),
        sample.people,
        which.astype(np.int64),
    )


def _judge_share(context: Context, params: Params, station: StationTasks, j: int) -> Finding:
    """The demand on the population, where the rule makes one: the worse of women and men."""
    point, found = station.points[j], _share(station, j)
    same: dict[str, Any] = {
        "code": "reach.share",
        "rule": context.rule.id,
        "subjects": subjects(station.station, point),
        "severity": context.severity,
        "key": "share",
        "marks": (PointMark(point.position, text("{id}", "{id}", id=point.id)),),
    }
    if found is None:
        message = text(
            "The share that reaches {point} at {station} was not counted: the population is percentiles alone.",
            "La part qui atteint {point} au poste {station} n'a pas été comptée : la population n'est que percentiles.",
            point=point.id,
            station=station.station.id,
        )
        return Finding(verdict=Verdict.NOT_EVALUATED, message=message, **same)
    parts = [fraction for fraction in (found.women, found.men) if fraction is not None]
    worst = min(parts, key=lambda fraction: fraction.value)
    spread = max(worst.high - worst.value, worst.value - worst.low) if found.sampled else 0.0
    message = text(
        "Of the population, {share} must reach {point} at {station}: {found}",
        "Dans la population, {share} doivent atteindre {point} au poste {station} : {found}",
        share=text("{s}", "{s}", s={lang: percent(params.share, lang) for lang in ("en", "fr")}),
        point=point.id,
        station=station.station.id,
        found=share_sentence(found),
    )
    return Finding(
        verdict=verdict_for(worst.value, params.share, "min", spread),
        message=message,
        measured=worst.value,
        limit=params.share,
        limit_kind="min",
        uncertainty=spread,
        charts=(_chart(station, j),),
        **same,
    )


def _data(station: StationTasks, j: int, reserve: NDArray[np.float64], found: Share | None) -> dict[str, Any]:
    people, poses = station.study.named, station.named
    return {
        "grasp": station.points[j].grasp,
        "posture": station.stance.posture,
        "people": [
            {
                "person": people.ids[i],
                "stature": round(float(people["stature"][i]), 4),
                "hand": ("right", "left", "both")[int(poses.hand[i, j])],
                "in_hand": round(float(reserve[i]), 4),
                "clearance": round(float(poses.clearance[i, j]), 4),
                "blocked_by": [item.part for item in poses.in_the_way[i][j]] if poses.blocked[i, j] else [],
                "avoided": [item.part for item in poses.avoided[i][j]],
                "discomfort": round(float(poses.discomfort[i, j]), 4),
            }
            for i in range(len(people))
        ],
        "in_hand_told_up_to": PROBE,
        "people_how": dict(people.how),
        "share": None if found is None else _fractions(found),
    }


def _fractions(found: Share) -> dict[str, Any]:
    shown: dict[str, Any] = {
        name: {"reach": part.count, "of": part.of, "share": part.value, "low": part.low, "high": part.high}
        for name, part in (("women", found.women), ("men", found.men))
        if part is not None
    }
    if found.shortfall is not None:
        lack = found.shortfall
        shown["shortfall"] = {
            "median": lack.median,
            "p95": lack.p95,
            "largest": lack.largest,
            "person": lack.person,
        }
    return shown


CHECK = Check(
    code="reach",
    name=NAME,
    params=Params,
    standards=(CITATION,),
    evaluate=evaluate,
    applies=_tasks.applies,
    doc=__doc__ or "",
)
