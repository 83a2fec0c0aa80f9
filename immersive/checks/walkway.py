"""Walkways: free width and head height of the aisles people walk in.

What
    For every walkway of the layout: is it wide enough and high enough over its whole length,
    and does anything lie on its floor that one could trip over? Gives the narrowest place and
    the parts that make it.

Why
    A cabinet, an open door or a cable duct added late narrows an aisle unnoticed. Width and
    height of traffic routes are demanded by INRS, the Code du travail, Suva and ISO 14122-2.

Method
    The walkway is the strip of its marked width around its centre line, mitred at the bends.
    Every triangle is clipped to the strip and to the heights between the step height and the
    required head height; nothing is sampled. The free width is the diameter of the widest disc
    that can be moved from one end to the other: over all chains of obstacles from the left edge
    to the right edge, the smallest of their largest gaps (a minimum spanning tree gives it
    exactly). Obstacles may be passed on either side. The head height is the largest height up
    to which a passage of the required width is free, exact below corners and flat undersides,
    to 0.1 mm below slanted surfaces. Obstacles that only begin above ``overhead`` limit the
    head height, lower ones the width. Parts lower than ``trip_height`` everywhere on the
    walkway do not narrow it; they are held against the step height one by one (markings are
    paint, however thick their model: they are listed as not examined). A closed solid
    that swallows the walkway whole blocks it. Doors and one-joint mechanisms (drawers, flaps) beside the walkway
    count shut, open and wherever their leaf leaves least width in between: for leaves that turn about an upright
    axis or slide level, that place is found by interval bounds on what the leaf sweeps, to 1 mm, and proven. The
    worst of these counts and is named. A door that the walkway leads through stands open. Uncertainty of the width: twice the largest
    stated uncertainty of a part in the strip.

Limits
    Level floors only: a ramp or stair reads as an obstacle. Robots and machines of several joints count
    where they stand, and one door moves at a time. Flaps that tilt are looked at in 33 positions. An obstacle outside the marking does not matter. Inside of open surfaces cannot
    be told from outside: only the surface counts. The widest disc bounds a person from above; load
    handling, sight and lighting are not judged. Protrusions of up to 100 mm that the Code du
    travail allows above 1.1 m are not exempted. The drawn width profile is sampled; the verdict
    is not.

References
    INRS ED 950 and ED 79; Code du travail R.4216-5 to R.4216-8; arrêté of 30 July 1974; Suva;
    ISO 14122-2:2016. Figures and their confidence: ``assets/standards/walkways.json``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from immersive.checks import _walkway_refusals as refusals
from immersive.checks._base import Check, Context, param
from immersive.checks._coverage import uncovered
from immersive.checks._walkway_cases import measured_cases
from immersive.checks._walkway_demand import demand_for, standards
from immersive.checks._walkway_doors import movers
from immersive.checks._walkway_findings import Report
from immersive.errors import LayoutError, choices, suggestion
from immersive.findings import Evaluation, Finding, Skipped, Text, text
from immersive.geometry.strip import StripError
from immersive.scene.model import FloatArray, Part, Role, Scene
from immersive.scene.queries import select, unmatched
from immersive.scene.station import Walkway

NAME = {"en": "Walkways", "fr": "Allées de circulation"}


@dataclass(frozen=True)
class Params:
    """Parameters of a rule."""

    walkway: tuple[str, ...] = param((), doc="Ids of the walkways; empty: all.")
    rule: Literal["auto", "inrs", "fr_code_du_travail", "fr_arrete_1974", "iso14122", "suva", "layout"] = (
        param("auto", doc="Whose figures; auto: fr_arrete_1974 for trucks, inrs for pedestrians.")
    )
    category: Literal["normal", "secondary", "recommended", "exceptional", "behind_workstation"] = param(
        "normal", doc="Which figure of the rule, where it has several."
    )
    passage_units: int = param(1, doc="Passage units due (fr_code_du_travail).")
    min_width: float | None = param(None, kind="length", doc="Own width instead of the rule's.", minimum=0.0)
    head_height: float | None = param(
        None, kind="length", doc="Own head height instead of the rule's.", minimum=0.0
    )
    step: float | None = param(
        None, kind="length", doc="Largest step on the floor; default ISO 14122-2's 4 mm.", minimum=0.0
    )
    trip_height: float = param(
        0.1, kind="length", doc="Parts lower than this are stepped over, not walked around.", minimum=0.0
    )
    overhead: float = param(
        1.4, kind="length", doc="What begins above this limits the head height, not the width.", minimum=0.0
    )
    doors: Literal["closed", "open", "both"] = param(
        "both", doc="How doors and drawers stand; both: shut, open and in between, whichever is worse counts."
    )
    ignore: tuple[str, ...] = param((), doc="Selectors of parts that do not count.")


ASSUMPTIONS: tuple[Text, ...] = (
    text(
        "Robots and machines of several joints count in the pose they have in the layout; doors and drawers as said.",
        "Robots et machines à plusieurs axes sont pris dans la position du fichier de cellule ; portes et tiroirs comme indiqué.",
    ),
    text(
        "The floor is level; ramps and stairs read as obstacles.",
        "Le sol est plan ; les rampes et les escaliers sont vus comme des obstacles.",
    ),
    text(
        "Of open surfaces only the surface itself counts, as inside and outside cannot be told apart.",
        "Pour une surface ouverte, seule la surface compte, l'intérieur ne pouvant être distingué de l'extérieur.",
    ),
    text(
        "The width profile in the drawing is sampled along the walkway; the verdict is exact and does not use it.",
        "Le profil de largeur dessiné est échantillonné ; le verdict, lui, est exact et ne l'utilise pas.",
    ),
)


def _applies(scene: Scene) -> bool:
    return scene.station is not None and bool(scene.station.walkways)


def _chosen(context: Context, params: Params) -> tuple[Walkway, ...]:
    walkways = context.station.walkways
    known = {walkway.id: walkway for walkway in walkways}
    for name in params.walkway:
        if name not in known:
            origin = context.rule.origin
            raise LayoutError(
                origin.file or "rules",
                f"unknown walkway {name!r}{suggestion(name, known)}; the layout has {choices(known)}",
                place=f"{origin.key or f'rule {context.rule.id!r}'}.walkway",
            )
    return tuple(known[name] for name in params.walkway) if params.walkway else walkways


def evaluate(context: Context, params: Params) -> Evaluation:
    """Width, head height and steps of each walkway asked for."""
    scene = context.scene
    walkways = _chosen(context, params)
    skipped = [
        Skipped(part.id, text("has no triangles", "ne contient aucun triangle"))
        for part in scene
        if part.bounds is None
    ]
    ignored = {part.id for part in select(scene, params.ignore)} if params.ignore else set()
    skipped += [
        Skipped(id_, text("left out by the rule (ignore)", "écarté par la règle (ignore)"))
        for id_ in sorted(ignored)
    ]
    skipped += [
        Skipped(word, text("matches no part", "ne correspond à aucune pièce"))
        for word in unmatched(scene, params.ignore)
    ]
    skipped += uncovered(context, "walkway", (walkway.id for walkway in context.station.walkways))
    parts = tuple(part for part in scene if part.id not in ignored)
    cache: dict[str, FloatArray] = {}
    drawn = {part.id: part for part in parts}

    def triangles_of(part: Part) -> FloatArray:
        if drawn[part.id] is not part:  # a leaf that stands elsewhere
            return part.world_triangles()
        if part.id not in cache:
            cache[part.id] = part.world_triangles()
        return cache[part.id]

    findings: list[Finding] = []
    triangles = 0
    inside: set[str] = set()
    swinging: set[str] = set()
    movable = movers(scene, context.station.doors)
    if not walkways:
        findings.append(refusals.nothing_to_examine(context))
    for number, walkway in enumerate(walkways):
        demand = demand_for(
            walkway,
            rule=params.rule,
            category=params.category,
            passage_units=params.passage_units,
            min_width=params.min_width,
            head_height=params.head_height,
            step=params.step,
        )
        if not parts:
            findings.append(refusals.no_parts(context, walkway, demand))
            continue
        try:
            cases = measured_cases(
                walkway,
                parts,
                movable,
                triangles_of,
                doors=params.doors,
                required=walkway.width if demand.width is None else demand.width,
                head=demand.head_height,
                step=demand.step,
                trip=params.trip_height,
                overhead=params.overhead,
            )
        except StripError as error:
            findings.append(refusals.no_strip(context, walkway, demand, error))
            continue
        data = cases.data()
        for case, kind in ((cases.width, "width"), (cases.head, "headroom"), (cases.steps, "steps")):
            report = Report(context, walkway, demand, case.measured, case.words, case.tolerance, data)
            findings += report.steps() if kind == "steps" else [getattr(report, kind)()]
        told = {
            surround.part.id: surround
            for case in cases.cases
            for surround in case.measured.surrounds
            if surround.kind != "solid"
        }
        skipped += [Skipped(id_, refusals.surround_text(walkway, one)) for id_, one in told.items()]
        painted = {rise.part.id: rise for case in cases.cases for rise in case.measured.paint}
        skipped += [refusals.paint(walkway, rise) for rise in painted.values()]
        skipped += [Skipped(id_, refusals.unproven_text(walkway)) for id_ in cases.unproven]
        for case in cases.cases:
            triangles += case.measured.triangles
            inside.update(case.measured.inside)
        swinging |= {mover.id for mover in cases.movers}
        context.progress((number + 1) / len(walkways))
    examined = {
        "walkways": len(walkways),
        "parts": len(parts),
        "parts_on_walkways": len(inside),
        "triangles_near": triangles,
        "doors_and_drawers": len(swinging),
    }
    floors = sum(part.role in (Role.FLOOR, Role.MARKING) for part in parts)
    assumptions = ASSUMPTIONS
    if floors:
        assumptions = (
            *ASSUMPTIONS,
            text(
                "Floors and markings, like everything else, count only where they rise above the step height.",
                "Les sols et marquages, comme le reste, ne comptent que là où ils dépassent la hauteur de ressaut admise.",
            ),
        )
    return Evaluation(tuple(findings), examined, tuple(skipped), assumptions)


CHECK = Check(
    code="walkway",
    name=NAME,
    params=Params,
    standards=standards(),
    evaluate=evaluate,
    applies=_applies,
    doc=__doc__ or "",
)
