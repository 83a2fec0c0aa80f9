"""Findings on one thing to look at: hidden or not, in its zone or not, its face, its distance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._shares import share_chart
from immersive.checks._vision_case import Case, cone_of, target_of
from immersive.checks._vision_measure import Move, move_into, sight_uncertainty
from immersive.checks._vision_words import (
    citation_of,
    direction_words,
    hidden_words,
    moved_words,
    share_seen,
    zone_words,
)
from immersive.findings import (
    Citation,
    Confidence,
    Finding,
    Mark,
    PartMark,
    SegmentMark,
    ShareChart,
    Verdict,
    text,
    verdict_for,
)
from immersive.human.shares import share, share_words
from immersive.human.vision import COMPONENTS, Zone, ZoneMethod, zone_method
from immersive.units import degrees, mm

FloatArray = NDArray[np.float64]

TOLD: Final = 3
"""Parts that a sentence blames, and that are marked."""


_RANK: Final = {Verdict.FAIL: 2, Verdict.INDETERMINATE: 1, Verdict.PASS: 0}


def _worst(verdicts: Sequence[Verdict], badness: FloatArray) -> int:
    """Who is told of: the worst verdict, and of those with it the worst value; then the first."""
    return max(range(len(verdicts)), key=lambda k: (_RANK[verdicts[k]], float(badness[k]), -k))


def _own(case: Case) -> Citation:
    return Citation(case.context.rule.standard or "layout", confidence=Confidence.PROJECT)


def hidden(case: Case, min_share: float) -> Finding:
    """Whether the person who sees least of it sees enough."""
    sight = case.sight
    # All or none of the samples: what the sampling leaves open lies between.
    slack = [
        max(sight.uncertainty(k), case.looked.fine.uncertainty if 0.0 < s < 1.0 else 0.0)
        for k, s in enumerate(sight.share)
    ]
    verdicts = [verdict_for(float(s), min_share, "min", u) for s, u in zip(sight.share, slack, strict=True)]
    who = _worst(verdicts, -sight.share)
    value, verdict, uncertainty = float(sight.share[who]), verdicts[who], slack[who]
    lost = case.lost(who)
    away = float(sight.seen.turned_away[who])
    words = case.words(who) | {"share": share_seen(value), "by": hidden_words(lost[:TOLD])}
    single = len(case.looked.fine.points) == 1
    if verdict == Verdict.INDETERMINATE:
        message = text(
            "Whether the {who} sees {what} at {station} depends on the eyes' exact place: {share} of it is seen from where "
            "they are taken to be.",
            "La visibilité de {what} au poste {station} dépend de la position exacte des yeux ({who}) : {share} en est "
            "visible depuis la position supposée.",
            **words,
        )
    elif value >= 1.0:
        message = text(
            "{what} at {station} is in full sight of the {who}, who sees least of it, from {distance}.",
            "{what} au poste {station} est entièrement visible, même pour la personne la moins bien placée ({who}, à "
            "{distance}).",
            **words,
        )
        if single:
            message = text(
                "{what} at {station} is in sight of all named people; the {who} looks from {distance}.",
                "{what} au poste {station} est visible pour toutes les personnes nommées ({who} : à {distance}).",
                **words,
            )
    elif away > 0.5:
        message = text(
            "{what} at {station} faces away from the {who}, who sees {share} of it.",
            "{what} au poste {station} n'est pas tourné vers la personne ({who}) : {share} en est visible.",
            **words,
        )
    elif value <= 0.0:
        message = text(
            "{what} at {station} cannot be seen by the {who}: {by}.",
            "{what} au poste {station} n'est pas visible ({who}) : {by}.",
            **words,
        )
    else:
        message = text(
            "The {who} sees {share} of {what} at {station}: {by}.",
            "{share} de {what} au poste {station} est visible ({who}) : {by}.",
            **words,
        )
    message = case.with_posture(message, who)
    data: dict[str, Any] = {
        "named": case.told(),
        "hidden_by": dict(lost),
        "surface": dict(case.looked.how),
        "parts": list(case.looked.parts),
    }
    if case.sample is not None and case.groups is not None:
        found = share(case.groups < 2, case.sample)
        data["share_who_see_it"] = found.all.value
        message = text(
            "{said} {share} see it.", "{said} {share} le voient.", said=message, share=share_words(found)
        )
    marks: list[Mark] = [case.line(who), case.figure(who), *(PartMark(part) for part, _ in lost[:TOLD])]
    return case.finding(
        "vision.hidden",
        verdict,
        message,
        measured=value,
        limit=min_share,
        limit_kind="min",
        uncertainty=uncertainty,
        citation=_own(case),
        marks=(*marks, target_of(case)),
        data=data,
    )


def in_zone(case: Case, method: ZoneMethod, zone: Zone) -> Finding:
    """Whether the line of sight of the person it suits least lies in the zone."""
    angles, limits = zone.angles(case.sight.gaze), zone.limits
    excess = zone.excess(case.sight.gaze)
    components = excess.argmax(axis=1)
    slacks = [sight_uncertainty(case.eye, float(d)) for d in case.sight.gaze.distance]
    verdicts = [
        verdict_for(float(angles[k, c]), limits[c], "max", slacks[k]) for k, c in enumerate(components)
    ]
    who = _worst(verdicts, excess.max(axis=1))
    component, slack, verdict = int(components[who]), slacks[who], verdicts[who]
    measured, limit = float(angles[who, component]), limits[component]
    found = method.classify(case.sight.gaze)
    best = [None if k == len(method.zones) else method.zones[k] for k in found]
    words = case.words(who) | {
        "direction": direction_words(
            float(case.sight.gaze.elevation[who]), float(case.sight.gaze.lateral[who])
        ),
        "zone": zone_words(zone),
        "method": method.standard,
        "limit": degrees(limit),
        "way": COMPONENTS[component],
        "over": degrees(abs(measured - limit), 1),
        "u": degrees(slack, 1),
    }
    outcome = {
        Verdict.PASS: text(
            "within {zone} of {method} (up to {limit} {way})",
            "dans {zone} selon {method} (jusqu'à {limit} {way})",
            **words,
        ),
        Verdict.FAIL: text(
            "outside {zone} of {method}, {over} beyond its {limit} {way}",
            "hors de {zone} selon {method}, {over} au-delà de ses {limit} {way}",
            **words,
        ),
    }.get(
        verdict,
        text(
            "at the bound of {zone} of {method}, {limit} {way}, to within {u} of the eyes' place",
            "à la limite de {zone} selon {method}, {limit} {way}, à {u} près selon la position des yeux",
            **words,
        ),
    )
    message = text(
        "The {who} looks at {what} at {station} {direction}, from {distance}: {outcome}.",
        "Ligne de regard vers {what} au poste {station} ({who}) : {direction}, à {distance} ; {outcome}.",
        outcome=outcome,
        **words,
    )
    message = case.with_posture(message, who)
    hint, move = _hint(case, zone) if verdict == Verdict.FAIL else ({}, None)
    charts = () if case.groups is None or case.sample is None else (_chart(case, zone, method),)
    return case.finding(
        "vision.zone",
        verdict,
        message,
        measured=measured,
        limit=limit,
        limit_kind="max",
        unit="rad",
        uncertainty=slack,
        citation=citation_of(method),
        marks=(case.line(who), cone_of(case, zone, who), case.figure(who), target_of(case)),
        data={
            "named": case.told(),
            "method": method.name,
            "zone": zone.name,
            "angle": COMPONENTS[component]["en"],
            "best_zone": {
                name: None if one is None else one.name
                for name, one in zip(case.people.ids, best, strict=True)
            },
            "source": method.source,
            "note": method.note,
            **({} if move is None else {"better_place": list(move.position)}),
        },
        hint=hint,
        charts=charts,
    )


def _hint(case: Case, zone: Zone) -> tuple[Mapping[str, str], Move | None]:
    if case.looked.kind != "display":
        return {}, None
    move = move_into(zone, case.eyes, case.looked.fine.center, case.posture)
    if move is None:
        return {}, None
    words = text(
        "{where} it lies within the zone for all named people (angles measured again there; what may hide it is not).",
        "{where}, il se trouve dans la zone pour toutes les personnes nommées (angles mesurés de nouveau à cet "
        "endroit ; les obstacles à la vue ne le sont pas).",
        where=moved_words(move.higher, move.left),
    )
    return {lang: said[0].upper() + said[1:] for lang, said in words.items()}, move


def _chart(case: Case, zone: Zone, method: ZoneMethod) -> ShareChart:
    assert case.sample is not None
    assert case.groups is not None
    return share_chart(
        text(
            "Who sees {what} in {zone} ({method})",
            "Qui voit {what} dans {zone} ({method})",
            what=case.looked.id,
            zone=zone_words(zone),
            method=method.standard,
        ),
        (
            (text("seen, in the zone", "vu, dans la zone"), 1),
            (text("seen, outside the zone", "vu, hors de la zone"), 2),
            (text("hidden", "masqué"), 3),
        ),
        case.sample,
        case.groups,
    )


def face(case: Case, demanded: float | None) -> Finding | None:
    """Whether its face is turned enough towards the person; None if it has no face.

    Args:
        case: Of a display.
        demanded: Least angle that the layout asks for, radians; None: that of NUREG-0700.
    """
    method = zone_method("nureg_0700")
    least = (method.face_min or 0.0) if demanded is None else demanded
    citation = citation_of(method) if demanded is None else _own(case)
    angles = case.sight.face
    if np.isnan(angles).all():
        return None
    slacks = [sight_uncertainty(case.eye, float(d)) for d in case.sight.gaze.distance]
    verdicts = [verdict_for(float(a), least, "min", u) for a, u in zip(angles, slacks, strict=True)]
    who = _worst(verdicts, -angles)
    measured, slack, verdict = float(angles[who]), slacks[who], verdicts[who]
    words = case.words(who) | {"angle": degrees(measured), "limit": degrees(least)}
    message = text(
        "The {who} sees the face of {what} at {station} under {angle} to the line of sight; at least "
        "{limit} are asked for.",
        "La face de {what} au poste {station} est vue sous {angle} par rapport à la ligne de regard ({who}) ; il "
        "en faut au moins {limit}.",
        **words,
    )
    x, y, z = (float(v) for v in case.looked.fine.center + 0.3 * case.looked.fine.normal)
    return case.finding(
        "vision.face",
        verdict,
        message,
        measured=measured,
        limit=least,
        limit_kind="min",
        unit="rad",
        uncertainty=slack,
        citation=citation,
        marks=(
            case.line(who),
            SegmentMark(target_of(case).position, (x, y, z), text("front", "face")),
            case.figure(who),
        ),
        data={"named": case.told(), "surface": dict(case.looked.how)},
    )


def distance(case: Case, nearest: float | None, farthest: float | None) -> Finding | None:
    """Whether everybody looks from a distance that the layout allows; None if it limits none."""
    if nearest is None and farthest is None:
        return None
    values = case.sight.gaze.distance
    near, far = nearest or 0.0, math.inf if farthest is None else farthest
    who = int(np.argmax(np.maximum(values - far, near - values)))
    measured = float(values[who])
    kind = "max" if farthest is not None and measured - far >= near - measured else "min"
    limit = far if kind == "max" else near
    verdict = verdict_for(measured, limit, kind, case.eye)
    words = case.words(who) | {"limit": mm(limit)}
    message = text(
        "The {who} looks at {what} at {station} from {distance}; the layout allows "
        + ("at most" if kind == "max" else "no less than")
        + " {limit}.",
        "La distance de vision de {what} au poste {station} est de {distance} ({who}) ; le fichier de cellule admet "
        + ("au plus" if kind == "max" else "au moins")
        + " {limit}.",
        **words,
    )
    return case.finding(
        "vision.distance",
        verdict,
        message,
        measured=measured,
        limit=limit,
        limit_kind=kind,
        unit="m",
        uncertainty=case.eye,
        citation=_own(case),
        marks=(case.line(who), case.figure(who), target_of(case)),
        data={"named": case.told()},
    )
