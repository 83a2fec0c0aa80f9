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
    until one does. What is in hand is found by solving again with shorter arms: the arm could be so
    much shorter and the hand would still arrive, obstacles aside. Where somebody has to go round a
    part, a pass asks for more: the way round must also be there for an arm that is shorter by margin
    and uncertainty.
    The share is counted over a sample of the population, without regard to obstacles.
    ``paint`` shows on surfaces what the smallest person reaches at ease (trunk upright, shoulders at
    rest, upper arm raised up to 60°) and at most, without regard to obstacles; nothing is demanded of it.

Limits
    The verdict is that of the named people; the share is told beside it and becomes a demand of its
    own with ``share``. ``uncertainty`` (25 mm) is what arm lengths and shoulder centres leave open, two
    standard deviations of the survey's spans; a result within it is indeterminate. It is for the mean
    person of a stature: one measured person's forward reach is known to 54 mm only, most of it how far
    the shoulder was advanced (docs/manikin.md). Clothing that stiffens, age and impairment are not modelled;
    the survey's people are soldiers. Strength and load do not limit the reach here; balance does, standing.
    That a part is in the way is not softened by the uncertainty of the arm: a body that cuts less than
    5 mm into it is let pass.
    "Upright" is a trunk inclination up to 20° and says nothing on the arm's own comfort.

References
    Gordon et al. 2014, NATICK/TR-15/007 (ANSUR II); names of ISO 7250-1:2017; joint limits: AAOS;
    trunk inclination of ISO 11226:2000; manikin terms of ISO 15536.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks import _tasks
from immersive.checks._base import Check, Context, param
from immersive.checks._reach_paint import paint_findings
from immersive.checks._reach_told import as_data, case_marks, chart, said, share_of
from immersive.checks._shares import share_sentence
from immersive.checks._tasks import HumanParams, StationTasks, subjects, tasks_of
from immersive.findings import (
    Citation,
    Confidence,
    Evaluation,
    Finding,
    PointMark,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.human.anthropometry import SAMPLE
from immersive.human.links import SPAN_UNCERTAINTY, links_of
from immersive.human.population import percent
from immersive.human.reach_clear import RULE_TEXTS, solve_reach_clear
from immersive.human.reach_reserve import TOLD, most_shorter, reserve

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
    paint: tuple[str, ...] = param(
        (), doc="Selectors of parts on whose surfaces the smallest person's reach is painted."
    )


_ASSUMPTIONS: tuple[Text, ...] = (
    text(
        "The manikin chooses the posture of least discomfort within its joint limits; habit, balance and strength may make people choose another.",
        "Le mannequin choisit la posture de moindre inconfort dans ses limites articulaires ; l'habitude, l'équilibre et la force peuvent en faire choisir une autre.",
    ),
)
_WITHOUT_OBSTACLES: Text = text(
    "What is in hand and the shares are found without regard to obstacles; these are examined for the named people.",
    "La réserve et les parts de population sont établies sans tenir compte des obstacles ; ceux-ci sont examinés pour les personnes nommées.",
)
_NO_SHARES: Text = text(
    "What is in hand is found without regard to obstacles; the population is percentiles alone, so no share of it is counted.",
    "La réserve est établie sans tenir compte des obstacles ; la population n'est que percentiles : aucune part n'est comptée.",
)


def evaluate(context: Context, params: Params) -> Evaluation:
    """One finding for each work point, and one for each share that is demanded."""
    if not 0.0 <= params.share <= 1.0:
        raise _tasks.rule_error(context, "share", f"found {params.share:g}, must be from 0 to 1")
    tasks = tasks_of(context, params)
    findings = _tasks.unexamined(context, tasks, "reach.distance", citation=CITATION, unit="m")
    counted = True
    for n, station in enumerate(tasks.stations):
        most = _most(context, params, station)
        in_hand = station.once(f"in hand up to {most!r}", partial(reserve, station.named, most=most))
        for j in range(len(station.points)):
            findings.append(_judge(context, params, station, j, in_hand[:, j], most))
            if params.share > 0.0:
                findings.append(_judge_share(context, params, station, j))
        if params.paint:
            findings += paint_findings(context, params.paint, station, CITATION)
        counted &= station.sample is not None
        context.progress((n + 1) / len(tasks.stations))
    people = len(tasks.stations[0].study.named) if tasks.stations else 0
    told = (*_ASSUMPTIONS, _WITHOUT_OBSTACLES if counted else _NO_SHARES, *RULE_TEXTS, *tasks.told)
    return Evaluation(tuple(findings), {**tasks.examined, "people": people}, tasks.skipped, told)


def _most(context: Context, params: Params, station: StationTasks) -> float:
    """Up to where a reserve is sought: far enough to judge the margin."""
    most = most_shorter(station.named.links)
    if params.margin + params.uncertainty > most:
        raise _tasks.rule_error(
            context,
            "margin",
            f"margin and uncertainty are {1000.0 * (params.margin + params.uncertainty):.0f} mm together; "
            f"the shortest arm can be judged up to {1000.0 * most:.0f} mm shorter",
        )
    return min(max(TOLD, params.margin + params.uncertainty), most)


def _judge(
    context: Context, params: Params, station: StationTasks, j: int, in_hand: NDArray[np.float64], most: float
) -> Finding:
    point, poses = station.points[j], station.named
    i = int(np.argmin(in_hand))
    measured, limit, uncertainty, unit = float(in_hand[i]), params.margin, params.uncertainty, "m"
    verdict = verdict_for(measured, limit, "min", uncertainty)
    blocked = poses.blocked[:, j] & poses.reached[:, j]
    went_round = np.array([bool(parts[j]) for parts in poses.avoided]) & ~blocked
    code, case, things = "reach.distance", "", tuple[str, ...]()
    if verdict != Verdict.FAIL and blocked.any():
        # The hand would arrive, were it not for what stands there: how deep the best posture cuts it.
        code, verdict, case = "reach.blocked", Verdict.FAIL, "blocked"
        i = int(np.argmin(np.where(blocked, poses.clearance[:, j], np.inf)))
        measured, limit, uncertainty = float(poses.clearance[i, j]), 0.0, 0.0
        things = tuple(dict.fromkeys(item.part for item in poses.in_the_way[i][j]))
    elif verdict == Verdict.PASS and went_round.any():
        rows = np.flatnonzero(went_round)
        short = rows[~_gets_round(station, j, rows, params.margin + params.uncertainty)]
        if len(short):
            # With a margin, a way round that is not there within it even for a longer arm is a failure.
            i, case = int(short[0]), "round"
            firm = params.margin > params.uncertainty
            if firm and not _gets_round(station, j, short, params.margin - params.uncertainty).all():
                verdict = Verdict.FAIL
            else:
                verdict = Verdict.INDETERMINATE
            things = tuple(dict.fromkeys(item.part for item in poses.avoided[i][j]))
    message, direction = said(
        station, i, j, verdict, case, measured,
        things=things, blocked=blocked, margin=params.margin, uncertainty=params.uncertainty, most=most,
    )  # fmt: skip
    found = share_of(station, j)
    if found is not None:
        aside = case or went_round.any()
        share = text("{aside}{share}", "{aside}{share}", share=share_sentence(found),
                     aside=text("Obstacles aside, ", "Obstacles mis à part, ") if aside else "")  # fmt: skip
        message = text("{said} {share}", "{said} {share}", said=message, share=share)
    # A way round with less in hand than was looked for, or a direction, is no length.
    figures = case != "round" and not direction
    return Finding(
        code=code,
        rule=context.rule.id,
        subjects=subjects(station.station, point),
        verdict=verdict,
        severity=context.severity,
        message=message,
        measured=measured if figures else None,
        limit=limit if figures else None,
        limit_kind="min" if figures else "",
        unit=unit if figures else "",
        uncertainty=uncertainty if figures else 0.0,
        citation=CITATION,
        marks=case_marks(station, i, j, things),
        data=as_data(station, j, in_hand, found)
        | {"in_hand_told_up_to": most, "in_the_way": list(things), "margin": params.margin},
        charts=() if found is None else (chart(station, j),),
    )


def _gets_round(station: StationTasks, j: int, rows: NDArray[np.int64], shorter: float) -> NDArray[np.bool_]:
    """(k,) which of these named people reach the point past the parts of the cell with shorter arms too."""
    from immersive.human.body_capsules import tool_of

    people = station.study.named.pick(rows)
    found = solve_reach_clear(
        people,
        links_of(people),
        station.stance,
        [station.targets[j]],
        station.obstacles,
        tools=[tool_of(station.points[j])],
        arm_shorter=shorter,
        any_clear=True,
    )
    return np.asarray((found.reached & ~found.blocked)[:, 0])


def _judge_share(context: Context, params: Params, station: StationTasks, j: int) -> Finding:
    """The demand on the population, where the rule makes one: the worse of women and men."""
    point, found = station.points[j], share_of(station, j)
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
        "{share} of women and of men have to reach {point} at {station}: {found}",
        "{share} des femmes et des hommes doivent atteindre {point} au poste {station} : {found}",
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
        charts=(chart(station, j),),
        **same,
    )


CHECK = Check(
    code="reach",
    name=NAME,
    params=Params,
    standards=(CITATION,),
    evaluate=evaluate,
    applies=_tasks.applies,
    doc=__doc__ or "",
)
