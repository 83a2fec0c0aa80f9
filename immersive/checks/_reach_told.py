"""What the reach check tells of one work point: its sentences, marks, share of the population and data."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._figures import figure_mark, hand_gap
from immersive.checks._shares import share_chart
from immersive.checks._tasks import StationTasks, person
from immersive.findings import Mark, PartMark, PointMark, SegmentMark, ShareChart, Text, Verdict, text
from immersive.human.population import Share, share
from immersive.human.posing import REACHED, Poses
from immersive.units import degrees, mm

UPRIGHT: Final = math.radians(20.0)
"""Trunk inclination that ISO 11226:2000 calls acceptable."""


def said(
    station: StationTasks,
    i: int,
    j: int,
    verdict: Verdict,
    case: str,
    measured: float,
    /,
    *,
    things: tuple[str, ...],
    blocked: NDArray[np.bool_],
    margin: float,
    uncertainty: float,
    most: float,
) -> tuple[Text, bool]:
    """The sentence of a finding, and whether a direction is what fails rather than a distance.

    Args:
        station: The people at their points.
        i: The named person it is about.
        j: The point.
        verdict: What came out.
        case: ``"blocked"``, ``"round"`` (the way round a part is the limit) or ``""``.
        measured: In hand, or missing below zero, metres.
        things: Ids of the parts in the way.
        blocked: (k,) who is blocked.
        margin: Asked for.
        uncertainty: Of the model.
        most: Reserves are told up to this.
    """
    people = station.study.named
    words: dict[str, Any] = {
        "point": station.points[j].id,
        "station": station.station.id,
        "person": person(people, i),
        "smallest": station.study.smallest,
        "largest": station.study.largest,
        "amount": mm(abs(measured)),
        "margin": mm(margin),
        "u": mm(uncertainty),
        "things": ", ".join(things),
    }
    if case == "blocked":
        return text(
            "{point} at {station} cannot be reached by {others}; in the way of the {person}: {things}.",
            "{point} au poste {station} ne peut être atteint par {others} ; obstacle pour la personne « {person} » : {things}.",
            others=", ".join(people.ids[k] for k in np.flatnonzero(blocked)),
            **words,
        ), False
    if case == "round":
        return text(
            "{point} at {station} is reached by the {person} past {things}, but not with an arm {need} shorter ({why}).",
            "{point} au poste {station} est atteint par la personne « {person} » en contournant {things}, mais pas avec un bras plus court de {need} ({why}).",
            need=mm(margin + uncertainty),
            why=text(
                "{m} asked for, {u} of uncertainty",
                "{m} demandés, {u} d'incertitude",
                m=mm(margin),
                u=mm(uncertainty),
            )
            if margin > 0.0
            else text("what the manikin leaves open", "l'incertitude du mannequin"),
            **words,
        ), False
    gap = hand_gap(station.named, i, j)[2]
    if measured < -gap - REACHED and station.targets[j].approach is not None:
        # What is missing is then the chord between the hand's direction and the approach.
        lack = 2.0 * math.asin(min(1.0, -0.5 * measured))
        return text(
            "{point} at {station} cannot be reached by the {person} along the approach asked for: "
            "the hand is {angle} off that direction.",
            "{point} au poste {station} ne peut être atteint par la personne « {person} » dans la direction d'approche "
            "demandée : la main s'en écarte de {angle}.",
            angle=degrees(lack),
            **words,
        ), True
    if verdict == Verdict.PASS and len(people) == 1:
        return text(
            "{point} at {station} is within reach of the {person}, with {most}{amount} in hand.",
            "{point} au poste {station} est à portée de la personne « {person} », avec {most}{amount} de réserve.",
            most=text("at least ", "au moins ") if measured >= most else "",
            **words,
        ), False
    if verdict == Verdict.PASS:
        return text(
            "{point} at {station} is within reach of everybody named from {smallest} to {largest}; "
            "the {person} has the least in hand, {most}{amount}.",
            "{point} au poste {station} est à portée de toutes les personnes nommées, de {smallest} à {largest} ; "
            "la moindre réserve est celle de la personne « {person} », {most}{amount}.",
            most=text("at least ", "au moins ") if measured >= most else "",
            **words,
        ), False
    if verdict == Verdict.FAIL and measured < 0.0:
        return text(
            "{point} at {station} is out of reach of the {person}: {amount} are missing.",
            "{point} au poste {station} est hors d'atteinte de la personne « {person} » : il manque {amount}.",
            **words,
        ), False
    if verdict == Verdict.FAIL:
        return text(
            "{point} at {station} leaves the {person} {amount} in hand, less than the {margin} asked for.",
            "{point} au poste {station} laisse {amount} de réserve à la personne « {person} », moins que les {margin} demandés.",
            **words,
        ), False
    which = text("missing", "manquants") if measured < 0.0 else text("in hand", "de réserve")
    if margin > 0.0:
        return text(
            "{point} at {station}: for the {person}, {amount} {which} where {margin} in hand are asked for; "
            "the manikin is good to {u} only.",
            "{point} au poste {station} : pour la personne « {person} », {amount} {which} alors que {margin} de réserve "
            "sont demandés ; le mannequin ne tranche pas à {u} près.",
            which=which,
            **words,
        ), False
    return text(
        "{point} at {station} is at the end of the reach of the {person} ({amount} {which}); "
        "the manikin is good to {u} only.",
        "{point} au poste {station} est en limite d'atteinte de la personne « {person} » ({amount} {which}) ; "
        "le mannequin ne tranche pas à {u} près.",
        which=which,
        **words,
    ), False


def case_marks(station: StationTasks, i: int, j: int, things: tuple[str, ...], /) -> tuple[Mark, ...]:
    """The person, the point, what is missing and what is in the way."""
    point, poses = station.points[j], station.named
    marks: list[Mark] = [
        figure_mark(poses, i, j),
        PointMark(point.position, text("{id}", "{id}", id=point.id)),
    ]
    start, end, gap = hand_gap(poses, i, j)
    if gap > REACHED:
        marks.append(SegmentMark(start, end, text("{d}", "{d}", d=mm(gap))))
    return (*marks, *(PartMark(name) for name in things))


def _upright(poses: Poses) -> NDArray[np.bool_]:
    """(n, m) whether the line from the hips to the neck is within 20° of the vertical."""
    at = poses.figure()
    line = at.point("cervicale") - at.point("hip_centre")
    return np.asarray(line[..., 2] >= math.cos(UPRIGHT) * np.linalg.norm(line, axis=-1))


def share_of(station: StationTasks, j: int, /) -> Share | None:
    """The share of the population that reaches point j; None where it is percentiles alone."""
    sample = station.sample
    if sample is None:
        return None
    # With an approach, what is missing may be a direction: no distance is told then.
    missing = sample.missing[:, j] if station.targets[j].approach is None else None
    return share(sample.reached[:, j], sample.people, missing=missing)


def chart(station: StationTasks, j: int, /) -> ShareChart:
    """Who reaches the point upright, leaning, or not at all."""
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


def as_data(
    station: StationTasks, j: int, in_hand: NDArray[np.float64], found: Share | None, /
) -> dict[str, Any]:
    """Each of the named people and the share, as JSON."""
    people, poses = station.study.named, station.named
    return {
        "grasp": station.points[j].grasp,
        "posture": station.stance.posture,
        "people": [
            {
                "person": people.ids[i],
                "stature": round(float(people["stature"][i]), 4),
                "hand": ("right", "left", "both")[int(poses.hand[i, j])],
                "in_hand": round(float(in_hand[i]), 4),
                "clearance": round(float(poses.clearance[i, j]), 4),
                "blocked_by": [item.part for item in poses.in_the_way[i][j]]
                if poses.blocked[i, j] and poses.reached[i, j]
                else [],
                "avoided": [item.part for item in poses.avoided[i][j]],
                "discomfort": round(float(poses.discomfort[i, j]), 4),
            }
            for i in range(len(people))
        ],
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
