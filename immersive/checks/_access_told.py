"""What the access check tells of one place: sentences, marks, hints, data."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._access_case import Case
from immersive.checks._access_stand import POSTURES, Stands
from immersive.checks._access_tool import Stroke, Swing
from immersive.checks._access_way import SEARCHED, Way
from immersive.findings import (
    BodyCapsule,
    Citation,
    Confidence,
    FigureMark,
    Finding,
    Mark,
    MeshMark,
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
TOOLS: Final[dict[str, Text]] = {
    "spanner": text("spanner", "clé plate"),
    "socket_wrench": text("socket wrench", "clé à douille"),
    "hex_key": text("hex key", "clé six pans"),
    "screwdriver": text("screwdriver", "tournevis"),
}
_SEGMENTS: Final = {
    "finger": "right_hand",
    "hand": "right_hand",
    "forearm": "right_forearm",
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


def opening(case: Case, way: Way, helps: tuple[str, float] | None) -> Finding:
    """Whether the limb gets through.

    Args:
        case: The place.
        way: The best one found.
        helps: Id of the part without which it would get there, and the free size then; or None.
    """
    slack = 2.0 * case.uncertainty
    verdict = verdict_for(way.free, way.need, "min", slack + (0.0 if way.room >= 0.0 else 2.0 * SEARCHED))
    words = {
        "limb": LIMBS[way.limb.kind],
        "who": case.sizes.largest,
        "point": case.point.id,
        "free": mm(way.free),
        "need": mm(way.need),
        "parts": ids(case, way.bodies),
        "most": text("at least ", "au moins ") if way.at_least else "",
    }
    if verdict == Verdict.PASS and not way.proven:
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
            "limiting_parts": [case.id_of(b) for b in way.bodies],
            "depth": way.depth,
            "largest": case.sizes.largest,
            "allowance": case.params.allowance,
        },
    )


def _opening_hint(way: Way, helps: tuple[str, float] | None) -> Text:
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
        need=mm(way.need),
    )
    if 0.0 < way.free < way.need:
        return text("{a} {b}", "{a} {b}", a=wider, b=without)
    return without


def depth(case: Case, way: Way, found: Stands, chosen: int | None) -> Finding:
    """Whether the smallest person's arm (or neck) is long enough."""
    limit = way.limb.reach or 0.0
    head = way.limb.upper_arm is None
    words: dict[str, Any] = {
        "point": case.point.id,
        "who": case.sizes.smallest,
        "limit": mm(limit),
        "body": text("neck", "cou") if head else text("arm", "bras"),
    }
    data: dict[str, Any] = {"depth": way.depth, "smallest": case.sizes.smallest, "shoulder_distance": None}
    marks: list[Mark] = []
    if way.depth is None:
        message = text(
            "{point} lies too deep: within {limit} and 600\u00a0mm more there is no room for the chest; the {body} of {who} is {limit} long.",
            "{point} est trop profond : pas de place pour la poitrine à moins de {limit} et 600\u00a0mm de plus ; le {body} de {who} mesure {limit}.",
            **words,
        )
        return finding(
            case, "depth", Verdict.FAIL if way.proven or way.room >= 0.0 else Verdict.NOT_EVALUATED, message,
            limit=limit, limit_kind="max", unit="m", data=data,
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


def swing(case: Case, found: Swing) -> Finding:
    """How far a spanner, wrench or key turns."""
    arc, limit = found.arc, case.point.swing
    unsure = arc.possible - arc.angle
    verdict = (
        Verdict.PASS
        if arc.angle >= limit - 1e-9
        else Verdict.FAIL
        if arc.possible < limit
        else Verdict.INDETERMINATE
    )
    words: dict[str, Any] = {
        "tool": TOOLS[case.point.tool],
        "point": case.point.id,
        "length": mm(case.point.tool_length),
        "angle": degrees(arc.angle, 1),
        "limit": degrees(limit, 0),
        "tilt": text(", handle raised by 15°", ", manche relevé de 15°") if found.tilt else "",
        "parts": ids(case, found.blockers),
    }
    if not found.blockers:
        message = text(
            "The {tool} of {length} turns freely all around at {point}{tilt}.",
            "La {tool} de {length} tourne librement sur un tour complet en {point}{tilt}.",
            **words,
        )
    elif arc.angle == 0.0:
        message = text(
            "The {tool} of {length} with the hand at its end does not fit at {point}; in the way: {parts}.",
            "La {tool} de {length} avec la main au bout ne tient pas en {point} ; obstacle : {parts}.",
            **words,
        )
    else:
        message = text(
            "The {tool} of {length} turns by {angle} at {point}{tilt}, between {parts}; {limit} are needed.",
            "La {tool} de {length} tourne de {angle} en {point}{tilt}, entre {parts} ; {limit} sont nécessaires.",
            **words,
        )
    hint: Text = {}
    if verdict != Verdict.PASS:
        hexagon = [n for n in (60.0, 30.0) if math.radians(n) <= arc.angle < limit]
        if hexagon and case.point.tool == "spanner":
            hint = text(
                "{n} are free: enough for a hexagon if the spanner is put on anew each time{flip}.",
                "{n} sont libres : suffisant pour un six-pans si la clé est remise en prise à chaque fois{flip}.",
                n=degrees(math.radians(hexagon[0])),
                flip=text(" and turned over", " et retournée") if hexagon[0] == 30.0 else "",
            )
        elif case.point.tool == "spanner" or found.blockers:
            hint = text(
                "Move what is in the way ({parts}) or use a shorter tool.",
                "Déplacer l'obstacle ({parts}) ou prendre un outil plus court.",
                **words,
            )
    marks: list[Mark] = [PartMark(case.id_of(b)) for b in found.blockers]
    if arc.angle > 0.0:
        marks.insert(0, _fan(case, found, verdict))
    return finding(
        case, "swing", verdict, message, OWN, measured=arc.angle, limit=limit, limit_kind="min", unit="rad",
        uncertainty=max(unsure, 0.0), marks=marks, hint=hint,
        data={"tool": case.point.tool, "possible": arc.possible, "tilt": found.tilt,
              "limiting_parts": [case.id_of(b) for b in found.blockers]},
    )  # fmt: skip


def stroke(case: Case, found: Stroke, *, driver: bool) -> Finding:
    """How far the tool slides along its axis."""
    limit = case.point.stroke
    assert case.axis is not None
    verdict = verdict_for(found.free, limit, "min", case.uncertainty) if found.fits else Verdict.FAIL
    words: dict[str, Any] = {
        "tool": TOOLS[case.point.tool],
        "point": case.point.id,
        "length": mm(case.point.tool_length),
        "free": mm(found.free),
        "limit": mm(limit),
        "most": text("at least ", "au moins ") if found.at_least else "",
        "parts": ids(case, (found.body,) if found.body >= 0 else ()),
    }
    if not found.fits:
        message = text(
            "The {tool} of {length} with the hand around it does not fit on {point}; in the way: {parts}.",
            "L'outil ({tool}, {length}) avec la main autour ne tient pas sur {point} ; obstacle : {parts}.",
            **words,
        )
    elif found.body < 0:
        message = text(
            "The {tool} of {length} slides off {point} over {most}{free} along its axis; {limit} are needed.",
            "L'outil ({tool}, {length}) se dégage de {point} sur {most}{free} selon son axe ; {limit} sont nécessaires.",
            **words,
        )
    else:
        message = text(
            "The {tool} of {length} slides off {point} over {free} along its axis, up to {parts}; {limit} are needed.",
            "L'outil ({tool}, {length}) se dégage de {point} sur {free} selon son axe, jusqu'à {parts} ; {limit} sont nécessaires.",
            **words,
        )
    hint: Text = {}
    if verdict == Verdict.FAIL and found.fits and found.body >= 0:
        hint = text(
            "Move {parts} away by {more}, or use a tool shorter by as much.",
            "Écarter {parts} de {more}, ou prendre un outil plus court d'autant.",
            more=mm(limit - found.free),
            **words,
        )
    end = case.position + (case.point.tool_length if driver else 0.0) * case.axis
    marks: list[Mark] = [
        SegmentMark(point3(end), point3(end + found.free * case.axis), text("{f}", "{f}", f=mm(found.free)))
    ]
    marks += [PartMark(case.id_of(found.body))] if found.body >= 0 else []
    return finding(
        case, "stroke", verdict, message, OWN, measured=found.free, limit=limit, limit_kind="min", unit="m",
        uncertainty=case.uncertainty, marks=marks, hint=hint,
        data={"tool": case.point.tool, "at_least": found.at_least,
              "limiting_parts": [case.id_of(found.body)] if found.body >= 0 else []},
    )  # fmt: skip


def ids(case: Case, bodies: Iterable[int]) -> Text:
    """Names of parts for a sentence."""
    names = list(dict.fromkeys(case.id_of(b) for b in bodies))
    if len(names) < 2:
        return text("{a}", "{a}", a=names[0] if names else "–")
    return text("{a} and {b}", "{a} et {b}", a=", ".join(names[:-1]), b=names[-1])


def _way_marks(case: Case, way: Way, verdict: Verdict) -> list[Mark]:
    level = 1 if verdict == Verdict.PASS else 2 if verdict == Verdict.INDETERMINATE else 3
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


def _fan(case: Case, found: Swing, verdict: Verdict) -> MeshMark:
    """The free arc as a sector."""
    count = max(2, math.ceil(found.arc.angle / math.radians(5.0)))
    angles = found.arc.start + np.linspace(0.0, found.arc.angle, count + 1)
    rim = [point3(found.tip(float(a), case.position)) for a in angles]
    faces = tuple((0, k, k + 1) for k in range(1, len(rim)))
    level = 1 if verdict == Verdict.PASS else 2 if verdict == Verdict.INDETERMINATE else 3
    return MeshMark(
        (case.point.position, *rim), faces, (level,) * len(faces),
        text("{a} free", "{a} libres", a=degrees(found.arc.angle, 1)),
    )  # fmt: skip
