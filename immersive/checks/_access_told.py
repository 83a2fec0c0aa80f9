"""What the access check tells of one place: sentences, marks, hints, data."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._access_case import Case
from immersive.checks._access_stand import POSTURES, Stands
from immersive.checks._access_way import BEYOND, SEARCHED, Way
from immersive.findings import (
    BodyCapsule,
    Citation,
    Confidence,
    FigureMark,
    Finding,
    Mark,
    PartMark,
    Point3,
    PointMark,
    SegmentMark,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.geometry.insertion import placed
from immersive.units import degrees, mm

FloatArray = NDArray[np.float64]

BODY: Final = Citation(
    "ANSUR II",
    "2012",
    "",
    Confidence.TWO_SOURCES,
    text(
        "sizes of people, each dimension's own percentile; the openings and allowances of EN 547 are not used",
        "dimensions des personnes, percentile propre à chacune ; les ouvertures et suppléments de l'EN 547 ne sont pas utilisés",
    ),
)
OWN: Final = Citation("layout", confidence=Confidence.PROJECT)

LIMBS: Final[dict[str, Text]] = {
    "fingertip": text("a finger", "un doigt"),
    "hand": text("a hand", "une main"),
    "arm": text("an arm", "un bras"),
    "two_arms": text("both arms", "les deux bras"),
    "head": text("the head", "la tête"),
    "body_lying": text("a person lying or crawling", "une personne allongée ou rampant"),
    "body_upright": text("a person upright", "une personne debout"),
}
_SEGMENTS: Final = {
    "finger": "right_hand",
    "hand": "right_hand",
    "forearm": "right_forearm",
    "upper_arm": "right_upper_arm",
    "head": "head",
    "trunk": "thorax",
}


def point3(values: FloatArray) -> Point3:
    """Three plain numbers."""
    return (float(values[0]), float(values[1]), float(values[2]))


def finding(
    case: Case, code: str, verdict: Verdict, message: Text, citation: Citation = BODY, **more: Any
) -> Finding:
    """A finding on the place."""
    marks = (PointMark(case.point.position, text("{id}", "{id}", id=case.point.id)), *more.pop("marks", ()))
    data = {"limb": case.point.limb, "removed": list(case.removed), **more.pop("data", {})}
    return Finding(
        f"access.{code}",
        case.context.rule.id,
        (case.point.id,),
        verdict,
        case.context.severity,
        message,
        citation=citation,
        marks=marks,
        data=data,
        key=code,
        **more,
    )


def opening(case: Case, way: Way, helps: tuple[str, float, float] | None) -> Finding:
    """Whether the limb gets through.

    Args:
        case: The place.
        way: The best one found.
        helps: Id of the part without which it would get there, the free size and the limb's size then; or None.
    """
    slack = 2.0 * case.uncertainty
    verdict = verdict_for(way.free, way.need, "min", slack + (0.0 if way.room >= 0.0 else 2.0 * SEARCHED))
    words: dict[str, Any] = {
        "limb": LIMBS[way.limb.kind],
        "who": case.sizes.largest,
        "point": case.point.id,
        "free": mm(way.free),
        "need": mm(way.need),
        "parts": ids(case, way.bodies),
        "most": text("at least ", "au moins ") if way.at_least else "",
    }
    if way.bent is not None:
        verdict, message = _bent_words(way, words)
    elif verdict == Verdict.PASS and not way.proven:
        verdict = Verdict.INDETERMINATE
        message = text(
            "Access to {point} for {limb} ({who}): there is room at the place, but no way in was proven; near it: {parts}.",
            "Accès à {point} pour {limb} ({who}) : la place suffit sur le point, mais aucun chemin d'entrée n'a été prouvé ; à proximité : {parts}.",
            **words,
        ) if way.bodies else text(
            "Access to {point} for {limb} ({who}): there is room at the place, but no way in was proven.",
            "Accès à {point} pour {limb} ({who}) : la place suffit sur le point, mais aucun chemin d'entrée n'a été prouvé.",
            **words,
        )  # fmt: skip
    elif verdict == Verdict.PASS and not way.bodies:
        message = text(
            "Access to {point} for {limb} ({who}): {most}{free} free on the way where {need} are needed.",
            "Accès à {point} pour {limb} ({who}) : {most}{free} libres sur le chemin pour {need} nécessaires.",
            **words,
        )
    elif verdict == Verdict.PASS:
        message = text(
            "Access to {point} for {limb} ({who}): {free} free where the way is tightest, at {parts}; {need} are needed.",
            "Accès à {point} pour {limb} ({who}) : {free} libres au plus étroit, à {parts}, pour {need} nécessaires.",
            **words,
        )
    elif verdict == Verdict.FAIL and way.free <= 0.0:
        message = text(
            "No access to {point} for {limb} ({who}): every straight way is closed; in the way: {parts}.",
            "Pas d'accès à {point} pour {limb} ({who}) : tout chemin droit est fermé ; obstacle : {parts}.",
            **words,
        )
    elif verdict == Verdict.FAIL:
        message = text(
            "No access to {point} for {limb} ({who}): {free} free on the best straight way, at {parts}; {need} are needed.",
            "Pas d'accès à {point} pour {limb} ({who}) : {free} libres sur le meilleur chemin droit, à {parts}, pour {need} nécessaires.",
            **words,
        )
    else:
        message = text(
            "Access to {point} for {limb} ({who}) is too close to call: {free} free at {parts}, {need} needed.",
            "Accès à {point} pour {limb} ({who}) : trop juste pour conclure ; {free} libres à {parts}, {need} nécessaires.",
            **words,
        )
    return finding(
        case,
        "opening",
        verdict,
        message,
        measured=way.free,
        limit=way.need,
        limit_kind="min",
        unit="m",
        uncertainty=slack,
        marks=_way_marks(case, way, verdict),
        hint={} if verdict == Verdict.PASS else _opening_hint(way, helps),
        data={
            "way": way.limb.kind,
            "direction": [float(v) for v in way.line.direction],
            "room_each_side": way.room,
            "at_least": way.at_least,
            "way_in_proven": way.proven,
            "wrist_bend": 0.0 if way.bent is None else way.bent.wrist,
            "limiting_parts": [case.id_of(b) for b in way.bodies],
            "depth": way.depth,
            "largest": case.sizes.largest,
            "allowance": case.params.allowance,
        },
    )


def _bent_words(way: Way, words: dict[str, Any]) -> tuple[Verdict, Text]:
    """The verdict on an arm with a bent wrist, and its sentence."""
    assert way.bent is not None
    words = words | {"bend": degrees(way.bent.wrist)}
    if way.proven:
        return Verdict.PASS, text(
            "Access to {point} for {limb} ({who}) with the wrist bent by {bend}: {most}{free} free where {need} are needed; "
            "straight there is no way.",
            "Accès à {point} pour {limb} ({who}), poignet plié de {bend} : {most}{free} libres pour {need} nécessaires ; "
            "en ligne droite, aucun chemin.",
            **words,
        )
    return Verdict.INDETERMINATE, text(
        "Access to {point} for {limb} ({who}): straight there is no way; with the wrist bent by {bend} there is room at the "
        "place, but no way in was proven.",
        "Accès à {point} pour {limb} ({who}) : aucun chemin droit ; poignet plié de {bend}, la place suffit sur le point, "
        "mais aucun chemin d'entrée n'a été prouvé.",
        **words,
    )


def _opening_hint(way: Way, helps: tuple[str, float, float] | None) -> Text:
    """By how much to widen, and what to take away."""
    wider = text(
        "An opening {more} wider there would do, if nothing else is then in the way.",
        "Une ouverture plus large de {more} à cet endroit suffirait, si rien d'autre ne gêne.",
        more=mm(way.need - way.free),
    )
    if helps is None:
        return wider if 0.0 < way.free < way.need else {}
    without = text(
        "Without {part} it gets there, with {free} free where {need} are needed.",
        "Sans {part}, l'accès est possible, avec {free} libres pour {need} nécessaires.",
        part=helps[0],
        free=mm(helps[1]),
        need=mm(helps[2]),
    )
    if 0.0 < way.free < way.need:
        return text("{a} {b}", "{a} {b}", a=wider, b=without)
    return without


def depth(case: Case, way: Way, found: Stands, chosen: int | None) -> Finding:
    """Whether the smallest person's arm (or neck) is long enough."""
    limit = way.limb.reach or 0.0
    head = way.limb.kind == "head"
    words: dict[str, Any] = {
        "point": case.point.id,
        "who": case.sizes.smallest,
        "limit": mm(limit),
        "body": text("neck", "cou") if head else text("arm", "bras"),
    }
    data: dict[str, Any] = {"depth": way.depth, "smallest": case.sizes.smallest, "shoulder_distance": None}
    marks: list[Mark] = []
    if way.room < 0.0 and way.depth is None:
        message = text(
            "How deep {point} lies was not measured: no way leads there.",
            "La profondeur de {point} n'a pas été mesurée : aucun chemin n'y mène.",
            **words,
        )
        return finding(case, "depth", Verdict.NOT_EVALUATED, message, unit="m", data=data)
    if way.depth is None:
        words["far"] = mm(limit + BEYOND)
        message = text(
            "{point} lies too deep: there is no room for the chest within {far}; the {body} of {who} is {limit} long.",
            "{point} est trop profond : pas de place pour la poitrine à moins de {far} ; le {body} de {who} mesure {limit}.",
            **words,
        )
        return finding(
            case, "depth", Verdict.FAIL, message, measured=limit + BEYOND, limit=limit, limit_kind="max", unit="m",
            data=data | {"at_least": True},
        )  # fmt: skip
    measured = way.depth
    chest = case.position + way.depth * way.line.direction
    marks.append(SegmentMark(case.point.position, point3(chest), text("{d}", "{d}", d=mm(way.depth))))
    if chosen is not None:
        away = float(found.away(case.position)[chosen])
        data["shoulder_distance"] = away
        data["posture"] = found.posture[chosen]
        data["feet"] = [float(v) for v in found.feet[chosen]]
        measured = max(measured, away)
        marks.append(_standing(case, found, chosen))
        words["posture"] = POSTURES[found.posture[chosen]]
    words["d"] = mm(measured)
    verdict = verdict_for(measured, limit, "max", case.uncertainty)
    if verdict == Verdict.PASS and chosen is None and not head:
        verdict = Verdict.INDETERMINATE
        message = text(
            "{point} is {d} deep, within the {body} of {who} ({limit}), but no free place to stand or kneel was found on that side.",
            "{point} est à {d} de profondeur, à portée du {body} de {who} ({limit}), mais aucun emplacement libre, debout ou à genoux, n'a été trouvé de ce côté.",
            **words,
        )
    elif verdict == Verdict.PASS and head:
        message = text(
            "{point} is {d} behind the nearest room for the chest, within what {who} can put in ({limit}).",
            "{point} est à {d} derrière la place la plus proche pour la poitrine, dans ce que {who} peut engager ({limit}).",
            **words,
        )
    elif verdict == Verdict.PASS:
        message = text(
            "{point} is {d} from the shoulder, {posture}, within the arm's length of {who} ({limit}).",
            "{point} est à {d} de l'épaule, {posture}, à portée de bras de {who} ({limit}).",
            **words,
        )
    else:
        message = text(
            "{point} lies {d} deep; the {body} of {who} is {limit} long.",
            "{point} est à {d} de profondeur ; le {body} de {who} mesure {limit}.",
            **words,
        )
    hint: Text = {}
    if verdict == Verdict.FAIL:
        hint = text(
            "Bring it {more} nearer to where the chest has room, or widen the opening for the chest.",
            "Le rapprocher de {more} de l'endroit où la poitrine a la place, ou élargir l'ouverture pour la poitrine.",
            more=mm(measured - limit),
        )
    return finding(
        case, "depth", verdict, message, measured=measured, limit=limit, limit_kind="max", unit="m",
        uncertainty=case.uncertainty, marks=marks, hint=hint, data=data,
    )  # fmt: skip


def ids(case: Case, bodies: Iterable[int]) -> Text:
    """Names of parts for a sentence."""
    names = list(dict.fromkeys(case.id_of(b) for b in bodies))
    if len(names) < 2:
        return text("{a}", "{a}", a=names[0] if names else "–")
    return text("{a} and {b}", "{a} et {b}", a=", ".join(names[:-1]), b=names[-1])


def _way_marks(case: Case, way: Way, verdict: Verdict) -> list[Mark]:
    level = 1 if verdict == Verdict.PASS else 2 if verdict == Verdict.INDETERMINATE else 3
    if way.bent is not None:
        bent = [
            BodyCapsule(_SEGMENTS[part], point3(row[:3]), point3(row[3:6]), float(row[6]), float(row[7]))
            for part, row in zip(way.bent.parts, way.bent.rows, strict=True)
        ]
        inward = case.position - way.bent.shoulder
        turned = math.atan2(float(inward[1]), float(inward[0]))
        return [
            FigureMark(tuple(bent), turned, LIMBS[way.limb.kind]),
            *[PartMark(case.id_of(b)) for b in way.bodies],
        ]
    rows = placed(way.limb.rows, case.position, way.line.turn[None])[0]
    capsules = [
        BodyCapsule(_SEGMENTS[part], point3(row[:3]), point3(row[3:6]), float(row[6]), float(row[7]),
                    level if k == way.line.capsule else 0)
        for k, (part, row) in enumerate(zip(way.limb.parts, rows, strict=True))
    ]  # fmt: skip
    if way.limb.upper_arm is not None:
        elbow = case.position + way.limb.length * way.line.direction
        shoulder = way.shoulder
        assert shoulder is not None
        _, low, high = way.limb.upper_arm
        capsules.append(
            BodyCapsule("right_upper_arm", point3(elbow), point3(case.position + shoulder), low, high)
        )
    inward = -way.line.direction
    heading = math.atan2(float(inward[1]), float(inward[0]))
    marks: list[Mark] = [FigureMark(tuple(capsules), heading, LIMBS[way.limb.kind])]
    if way.line.body >= 0 and np.isfinite(way.line.point).all():
        marks.append(
            SegmentMark(
                point3(way.line.axis_point), point3(way.line.point),
                text("{f} free", "{f} libres", f=mm(way.free)),
            )
        )  # fmt: skip
    return marks + [PartMark(part) for part in dict.fromkeys(case.id_of(b) for b in way.bodies)]


def _standing(case: Case, found: Stands, k: int) -> FigureMark:
    feet, hip, shoulder = found.feet[k], found.hips[k], found.shoulders[k]
    low = feet + np.array([0.0, 0.0, found.radius])
    small = 0.5 * case.sizes.small_chest
    ahead = case.position - feet
    return FigureMark(
        (
            BodyCapsule("pelvis", point3(low), point3(np.maximum(hip, low)), found.radius, found.radius),
            BodyCapsule("thorax", point3(hip), point3(shoulder), small, small),
        ),
        math.atan2(float(ahead[1]), float(ahead[0])),
        text("{who}, {p}", "{who}, {p}", who=case.sizes.smallest, p=POSTURES[found.posture[k]]),
    )
