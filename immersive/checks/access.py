"""Access: hands, arms, head or the whole body to the places of maintenance, and room for the tool there.

What
    For each access point: whether the limb gets there from outside past all parts, covers that are taken
    away first left out (``access.opening``: free size at the tightest spot of the best way); whether an arm is
    long enough and a person can stand or kneel near by (``access.depth``); how far a spanner, wrench or key
    turns with the hand at its end (``access.swing``); how far a screwdriver with the hand around it, or a
    spanner, slides off along the axis (``access.stroke``).

Why
    What cannot be got at is not cleaned and not greased, or is reached for past guards that are then left
    off. A hole for a hand is small on a drawing; that the forearm follows the hand, and the fist the spanner,
    is seen late.

Method
    Thicknesses are the largest person's, lengths that must suffice the smallest's: each dimension at its own
    percentile of the population (95th and 5th by default), plus an allowance all around, clothing, gloves.
    The limb is a row of capsules along a line: finger, flat hand, forearm. Lines in all directions, or those
    within 60° of the entry's, are tried; direction and roll of the best are improved until the exact room
    around the capsules grows no more. The limb's own way is the same line prolonged: with it free, the limb
    gets in. The upper arm then needs a direction that is free at the place and all the way out (conservative
    advancement), and the shoulder has to be outside. The depth is how far out the first spot lies where a
    chest fits. People stand, bend or kneel on free
    floor within arm's reach that they get to: the inside of a closed housing under 4 m² is none. The tool turns about the axis
    through the place; its free arc is bounded by subdivision with the clearance that each angle leaves, so
    that a thin rod in the arc is not stepped over. Parts' uncertainty widens every figure.

Limits
    Hands go in straight on the forearm; where that fails, bends of the wrist of 20°, 40° and 60° are sampled,
    and the bent arm has to come out in one straight pull, else it is left open. A place that is reached only
    on another way around a corner reads as closed. Clothing and flesh do not give way; the thumb lies in the
    palm; the thickness of the hand and the girth of finger and fist are this project's, no survey has them.
    What lies within 20 mm of the place (10 mm for a fingertip; the tool's width around the axis) may be
    touched. A tool's handle is taken in the plane through the place, or raised from it by 15°. Where one
    stands is looked at for hands, arms and heads only; of two arms, one upper arm. Sight, force and the arm behind a
    turning tool are not looked at. Parts stand still as drawn.

References
    Gordon et al. 2014 (ANSUR II). EN 547-1 to -3 and ISO 15534 have openings with allowances of their own,
    for which no public table was found: they are not used. Mirtich, 1996 (conservative advancement).
"""

from __future__ import annotations

from immersive.checks._access_case import Case, Params, buried, case_of, open_parts
from immersive.checks._base import Check, Context
from immersive.checks._coverage import uncovered
from immersive.errors import choices, suggestion
from immersive.findings import (
    Citation,
    Confidence,
    Evaluation,
    Finding,
    PointMark,
    Text,
    Verdict,
    text,
)
from immersive.scene.model import Scene, Severity
from immersive.scene.ways import AccessPoint
from immersive.units import mm

NAME = {"en": "Access for maintenance", "fr": "Accès pour la maintenance"}

OWN = Citation("layout", confidence=Confidence.PROJECT)
BODY = Citation("ANSUR II", "2012", confidence=Confidence.TWO_SOURCES)

ASSUMPTIONS: tuple[Text, ...] = (
    text(
        "Parts stand still in the pose given; flesh and clothing do not give way.",
        "Les pièces sont immobiles dans la pose donnée ; la chair et les vêtements ne se compriment pas.",
    ),
    text(
        "Hand and forearm go in along one straight line, or bent at the wrist in one straight pull; a place reached only "
        "on another way around a corner reads as closed.",
        "La main et l'avant-bras entrent selon une même droite, ou poignet plié d'un seul trait ; un point accessible "
        "seulement par un autre détour est jugé fermé.",
    ),
    text(
        "Thickness of the hand, girth of finger and fist, and the allowance are set by this project; EN 547 is not used.",
        "L'épaisseur de la main, la grosseur du doigt et du poing et le supplément sont fixés par ce projet ; l'EN 547 "
        "n'est pas utilisée.",
    ),
)


def evaluate(context: Context, params: Params) -> Evaluation:
    """Judge every access point the rule asks for."""
    points = _points(context, params)
    skipped = uncovered(context, "access_points", (p.id for p in context.station.access_points))
    findings: list[Finding] = list(_incomplete(context)) if points else []
    told: dict[str, Text] = {}
    judged = 0
    for n, point in enumerate(points):
        case, unmatched = case_of(context, params, point)
        skipped += unmatched
        if case is None:
            findings.append(_not_judged(context, point, NO_PARTS))
            continue
        made = _judge(case)
        findings += made
        judged += any(one.verdict != Verdict.NOT_EVALUATED for one in made)
        line = _sizes(case)
        told[line["en"]] = line
        loose = open_parts(case)
        if loose:
            said = text(
                "Around {point} the meshes of {parts} are open: their surfaces count, nothing can be told to lie inside them.",
                "Autour de {point}, les maillages de {parts} sont ouverts : leurs surfaces comptent, rien ne peut être dit à l'intérieur.",
                point=point.id,
                parts=", ".join(loose[:4]) + (" …" if len(loose) > 4 else ""),
            )
            told[said["en"]] = said
        context.progress((n + 1) / len(points))
    if not points:
        message = text(
            "The layout has no access point to examine",
            "Le fichier de cellule ne contient aucun point d'accès",
        )
        findings.append(
            Finding(
                "access.opening",
                context.rule.id,
                (),
                Verdict.NOT_EVALUATED,
                context.severity,
                message,
                citation=OWN,
            )
        )
    examined = {"access_points": judged, "tools": sum(p.tool != "none" for p in points) if judged else 0}
    return Evaluation(tuple(findings), examined, tuple(skipped), (*ASSUMPTIONS, *told.values()))


NO_PARTS = text("the scene has no parts", "la scène ne contient aucune pièce")


def _judge(case: Case) -> list[Finding]:
    # Here and not above: these pull in the compiler, which listing the checks does not need.
    from immersive.checks._access_judge import reaching, tools
    from immersive.human.access_limbs import HAND_TOUCH, TOUCH

    deep = buried(case)
    if deep is not None and deep[1] > TOUCH.get(case.point.limb, HAND_TOUCH):
        reason = text(
            "it lies inside {part}, {d} below its surface",
            "il se trouve dans {part}, à {d} sous sa surface",
            part=deep[0],
            d=mm(deep[1]),
        )
        return [_not_judged(case.context, case.point, reason)]
    return [*reaching(case), *tools(case)]


def _points(context: Context, params: Params) -> tuple[AccessPoint, ...]:
    known = {point.id: point for point in context.station.access_points}
    for name in params.access_points:
        if name not in known:
            from immersive.checks._tasks import rule_error

            raise rule_error(
                context,
                "access_points",
                f"unknown access point {name!r}{suggestion(name, known)}; the layout has {choices(known)}",
            )
    if not params.access_points:
        return tuple(known.values())
    return tuple(known[name] for name in dict.fromkeys(params.access_points))


def _not_judged(context: Context, point: AccessPoint, reason: Text) -> Finding:
    return Finding(
        "access.opening",
        context.rule.id,
        (point.id,),
        Verdict.NOT_EVALUATED,
        context.severity,
        text(
            "Access to {id} was not judged: {why}.",
            "L'accès à {id} n'a pas été jugé : {why}.",
            id=point.id,
            why=reason,
        ),
        citation=OWN,
        marks=(PointMark(point.position, text("{id}", "{id}", id=point.id)),),
        key="opening",
    )


def _incomplete(context: Context) -> list[Finding]:
    """A finding if geometry that was asked for is missing: nothing of it can be in the way."""
    files = sorted({n.file for n in context.scene.notices if n.severity == Severity.ERROR})
    if not files:
        return []
    message = text(
        "Incomplete: geometry of {files} could not be used, so that nothing of it was in the way",
        "Incomplet : la géométrie de {files} n'a pas pu être utilisée ; elle n'a gêné aucun accès",
        files=", ".join(files[:5]) + (" …" if len(files) > 5 else ""),
    )
    return [
        Finding(
            "access.incomplete", context.rule.id, (), Verdict.NOT_EVALUATED, context.severity, message,
            citation=OWN, key="missing",
        )
    ]  # fmt: skip


def _sizes(case: Case) -> Text:
    size = case.sizes
    return text(
        "Sizes: hand {hb} broad, forearm {fa}, upper arm {ua}, head {hl}, shoulders {sh} ({big}, each at its own "
        "percentile); arm {ft} to the fingertip, {gr} to the grip ({small}); {al} of room all around.",
        "Dimensions : main {hb} de large, avant-bras {fa}, bras {ua}, tête {hl}, épaules {sh} ({big}, percentile propre à "
        "chacune) ; bras {ft} jusqu'au bout du doigt, {gr} jusqu'à la prise ({small}) ; {al} de jeu tout autour.",
        hb=mm(size.hand_breadth),
        fa=mm(size.forearm),
        ua=mm(size.upper_arm),
        hl=mm(size.head_length),
        sh=mm(size.shoulders),
        big=size.largest,
        small=size.smallest,
        ft=mm(size.small_reach_tip),
        gr=mm(size.small_reach_grip),
        al=mm(case.params.allowance),
    )


def _applies(scene: Scene) -> bool:
    return scene.station is not None and bool(scene.station.access_points)


CHECK = Check("access", NAME, Params, (BODY, OWN), evaluate, _applies, __doc__ or "")
