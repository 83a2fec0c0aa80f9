"""Crushing gaps (ISO 13854): gaps that close on a part of the body that can get in.

What
    For every motion the places where a moving part closes in on something that stands still, or on another
    part that moves: how wide the gap opens, how narrow it gets, which part of the body gets in where it is
    widest, and the least gap that does not crush the largest of these.

Why
    What closes below the least gap crushes whoever is in between: a ram, a gripper's stroke, a turntable that
    passes a post. A gap that is always narrow crushes nobody, and one that stays wide neither.

Method
    Points of the moving surfaces are followed through the motion, with two gaps each: to what is nearest, and to
    what lies straight ahead of the surface. A place counts while the surface faces it (within 41 degrees) and moves
    towards or away from it (within 78), if it is narrowest where the motion stops or turns back: what slides past
    is drawing-in or shearing and not this check's. The widest and the narrowest gap of such a stretch are
    measured, the narrowest with points and moments ever closer; what is left of that spacing counts as uncertainty with that
    of the parts. A part of the body is taken to get in from the opening on at which ISO 13857 lets it
    through (finger 4 mm, hand 12, arm 20, toes 5, foot 35, leg 60, head 120, whole body 180); the gap must stay
    at least the least gap of the largest that gets in (ISO 13854:2017, table 1).

Limits
    Features smaller than the spacing of the points (told) may be missed until they are the narrowest. What a
    surface faces askew is seen only where it is the nearest thing. A place is out of reach above 2.7 m; feet and legs count up to a metre above the floor. Places in a hazard zone that
    some safeguard protects, and motions that such a zone names, are left to the safeguard unless *people* is
    "everywhere". Doors are moved by hand and counted only with *doors*. No force limit, no stop of a crushed
    person's motion is taken into account, nor that a body part may be kept out by a smaller opening elsewhere.

References
    ISO 13854:2017, table 1. ISO 13857:2019, tables 4 and 7 (openings that let parts of the body through).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from immersive.checks._base import Check, Context, param
from immersive.findings import Citation, Confidence, Evaluation, Finding, Skipped, Text, text
from immersive.safety.iso13854 import PARTS
from immersive.scene.model import Scene, Severity
from immersive.scene.motion import Motion
from immersive.scene.queries import select

NAME = {"en": "Crushing gaps", "fr": "Écrasement"}

CITATION = Citation("ISO 13854", "2017", "table 1", Confidence.TWO_SOURCES)


@dataclass(frozen=True)
class Params:
    """Parameters of a rule."""

    motions: tuple[str, ...] = param((), doc="Ids of motions or cycles; empty: all.")
    body_parts: tuple[
        Literal["body", "head", "leg", "foot", "toes", "arm", "hand_wrist_fist", "finger"], ...
    ] = param(PARTS, doc="Parts of the body that may be there; empty: all.")
    people: Literal["unguarded", "everywhere"] = param(
        "unguarded", doc="Whether places that a safeguard protects count too."
    )
    doors: bool = param(False, doc="Whether doors count: they are moved by hand.")


def _applies(scene: Scene) -> bool:
    doors = {one.id for one in scene.mechanisms if one.origin == "doors"}
    return any(
        motion.mechanism not in doors and _guarded(scene, (motion,)) is None for motion in scene.motions
    )


def evaluate(context: Context, params: Params) -> Evaluation:
    """Examine all motions the rule asks for."""
    # Here and not above: these pull in the compiler, which listing the checks does not need.
    from immersive.checks._crushing_places import places
    from immersive.checks._crushing_told import finding, judge, refused, summary
    from immersive.checks._motion_runs import moving, runs

    findings: list[Finding] = []
    examined = {"motions": 0, "points": 0, "moments": 0, "places": 0}
    made = moving(context)
    known = {name for motion in context.scene.motions for name in (motion.id, motion.cycle)}
    for name in params.motions:
        if name not in known:
            reason = text("There is no motion {name}", "Il n'y a pas de mouvement {name}", name=repr(name))
            findings.append(refused(context, f"motion:{name}", reason))
    if made is None or not known:
        reason = text(
            "The layout has no motion to examine", "Le fichier de cellule ne contient aucun mouvement"
        )
        return Evaluation((*findings, refused(context, "nothing", reason)), examined)
    chosen, skipped = runs(context, made, params.motions)
    total = max(1, sum(len(run.mechanisms) for run in chosen))
    for run in chosen:
        guarded = _guarded(context.scene, run.motions)
        for owner, mechanism in enumerate(run.mechanisms):
            context.progress(examined["motions"] / total)
            motion = run.motions[owner]
            if mechanism.origin == "doors" and not params.doors:
                skipped.append(Skipped(motion.id, _BY_HAND))
                continue
            if guarded is not None and params.people == "unguarded":
                skipped.append(Skipped(motion.id, guarded))
                continue
            found = places(run, made, owner)
            examined["motions"] += 1
            examined["points"] += found.points
            examined["moments"] += found.moments
            judged = judge(context, run, made, found, params)
            examined["places"] += len(judged.all)
            skipped += list(judged.skipped)
            findings += [finding(context, run, made, group, found) for group in judged.bad]
            findings.append(summary(context, run, motion, made, judged, found))
    if not findings:
        # All there is was left to safeguards or hands: said, and no fault.
        reason = text(
            "No motion was examined: {why}",
            "Aucun mouvement n'a été examiné : {why}",
            why={
                lang: sign.join(f"{one.subject}{colon} {one.reason[lang]}" for one in skipped[:5])
                for lang, colon, sign in (("en", ":", "; "), ("fr", " :", " ; "))
            },
        )
        findings.append(refused(context, "nothing", reason, severity=Severity.INFO))
    return Evaluation(tuple(findings), examined, tuple(skipped), ASSUMPTIONS)


_BY_HAND = text(
    "a door is moved by hand; ask for it with doors = true",
    "une porte est manœuvrée à la main ; la demander avec doors = true",
)
ASSUMPTIONS: tuple[Text, ...] = (
    text(
        "Parts of the body get in from the openings of ISO 13857 on; nothing else keeps them out",
        "Les parties du corps entrent à partir des ouvertures de l'ISO 13857 ; rien d'autre ne les arrête",
    ),
    text(
        "Machines outside the motion stand as drawn",
        "Les machines hors du mouvement restent comme dessinées",
    ),
)


def _guarded(scene: Scene, motions: Sequence[Motion]) -> Text | None:
    """Why motions are left to a safeguard: a hazard zone that names them, and a safeguard that protects the zone.

    A zone of some of the moving parts leaves nobody out: the others may crush.
    """
    if scene.station is None:
        return None
    names = {name for motion in motions for name in (motion.id, motion.cycle)}
    machines = {motion.mechanism for motion in motions}
    for zone in scene.station.hazard_zones:
        if not zone.motion or zone.motion not in names:
            continue
        if zone.select:
            held = {part.id for part in select(scene, zone.select)}
            moved = {
                part
                for one in scene.mechanisms
                if one.id in machines
                for part, link in one.parts.items()
                if link
            }
            if moved - held:
                continue
        for safeguard in scene.station.safeguards:
            if zone.id in safeguard.protects:
                return text(
                    "it is the hazard zone {zone}, which {safeguard} protects",
                    "c'est la zone dangereuse {zone}, protégée par {safeguard}",
                    zone=zone.id,
                    safeguard=safeguard.id,
                )
    return None


def protected(context: Context, point: tuple[float, float, float]) -> tuple[str, str] | None:
    """The box of a hazard zone that holds a place, and a safeguard that protects it."""
    for zone in context.station.hazard_zones:
        if zone.box is None:
            continue
        lower, upper = np.min(zone.box, axis=0), np.max(zone.box, axis=0)
        if (np.asarray(point) >= lower).all() and (np.asarray(point) <= upper).all():
            for safeguard in context.station.safeguards:
                if zone.id in safeguard.protects:
                    return zone.id, safeguard.id
    return None


CHECK = Check(
    code="crushing",
    name=NAME,
    params=Params,
    standards=(CITATION,),
    evaluate=evaluate,
    applies=_applies,
    doc=__doc__ or "",
)
