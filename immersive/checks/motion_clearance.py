"""Clearance over motion: the smallest distance while machines move, proven between any two moments.

What
    For each motion of the layout (a robot's, a door's opening, a drawer's stroke; motions of one cycle
    together on their common clock) the smallest distance of every moving part from everything that does
    not belong to its machine, held against a required clearance; contacts with the time at which they
    begin; the moment, the joint positions and the places where it is closest.

Why
    A cell that is clear as drawn may hit its fence half a second later. Looking at poses one by one misses
    what happens between them: at a metre a second a hundred poses a second are ten millimetres apart.

Method
    Intervals of time are halved until each is proven to stay as far apart as the smallest distance seen,
    less *tolerance*: bodies by the farthest that their joints can carry them, triangles along the direction
    between their closest points with the velocity field of the middle and a bound on what bends the way.
    So the true smallest distance lies in a stated interval; the finding gives its middle, half of it counts as
    uncertainty beside that of the parts. Where the interval does not decide it is narrowed to a tenth of a
    millimetre. What touches where the motion begins (bearings, guides, hinges) and may (*contact*
    "allowed") is not held against the clearance; it is looked at in a few positions for overlap that grows
    by more than *overlap*, which is a sampling and said so.

Limits
    Motions are those of the layout, straight lines in joint space; a controller that blends or swerves moves
    differently. Machines outside the cycle stand as drawn. Parts of one machine are compared with each other
    only if *own* asks for it. A part wholly inside another all the time counts by the gap of the surfaces.
    Elastic and dynamic deviations are not in it: the required clearance has to hold them.

References
    Mirtich, Impulse-based Dynamic Simulation, 1996; Zhang, Lee, Kim, Interactive Continuous Collision Detection
    for Non-convex Polyhedra, 2006 (conservative advancement). Limits: the layout's own demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from immersive.checks._base import Check, Context, param
from immersive.checks._clearance_scope import chosen_parts
from immersive.findings import Citation, Confidence, Evaluation, Finding, Skipped, Text, Verdict, text
from immersive.geometry.tolerance import TOUCH
from immersive.scene.model import Scene
from immersive.units import number

NAME = {"en": "Clearance over motion", "fr": "Distances libres en mouvement"}


@dataclass(frozen=True)
class Params:
    """Parameters of a rule."""

    between: tuple[str, ...] = param(("*",), doc="Selectors of the parts to examine.")
    to: tuple[str, ...] = param((), doc="Selectors of what they are held against; empty: everything.")
    motions: tuple[str, ...] = param((), doc="Ids of motions or cycles; empty: all.")
    clearance: float = param(
        0.0, kind="length", minimum=0.0, doc="Smallest distance required between surfaces."
    )
    touch: float = param(
        0.0005, kind="length", minimum=TOUCH, doc="Gap up to which two surfaces count as in contact."
    )
    contact: Literal["allowed", "forbidden"] = param(
        "allowed", doc="Whether parts may touch that touch where the motion begins."
    )
    overlap: float = param(
        0.001, kind="length", minimum=0.0, doc="How much deeper than at the start such parts may get."
    )
    within: float = param(
        0.05,
        kind="length",
        minimum=0.0,
        doc="Distance up to which pairs are measured even if none is required.",
    )
    tolerance: float = param(
        0.001, kind="length", minimum=1e-5, doc="Width of the interval that holds the smallest distance."
    )
    own: bool = param(False, doc="Whether parts of one machine are compared with each other.")


def _applies(scene: Scene) -> bool:
    return bool(scene.motions)


def evaluate(context: Context, params: Params) -> Evaluation:
    """Measure all motions the rule asks for."""
    # Here and not above: these pull in the compiler, which listing the checks does not need.
    from immersive.checks._motion_findings import finding, refused, summary
    from immersive.checks._motion_pairs import survey
    from immersive.checks._motion_runs import moving, pairs_of, runs

    scene = context.scene
    findings: list[Finding] = []
    made = moving(context)
    examined = {"motions": 0, "parts_moving": 0, "pairs": 0, "poses": 0}
    if made is None or not scene.motions:
        reason = text(
            "The layout has no motion to examine", "Le fichier de cellule ne contient aucun mouvement"
        )
        return Evaluation((refused(context, "nothing", reason),), examined)
    left, complaints = chosen_parts(context, params.between)
    right, more = chosen_parts(context, params.to) if params.to else (scene.parts, [])
    findings += [refused(context, one.key, one.message) for one in (*complaints, *more)]
    known = {name for motion in scene.motions for name in (motion.id, motion.cycle)}
    for name in params.motions:
        if name not in known:
            reason = text("There is no motion {name}", "Il n'y a pas de mouvement {name}", name=repr(name))
            findings.append(refused(context, f"motion:{name}", reason))
    chosen, skipped = runs(context, made, params.motions)
    ids = [{part.id for part in side} for side in (left, right)]
    sides = [np.array([part.id in side for part in made.parts], bool) for side in ids]
    moved: set[str] = set()
    for n, run in enumerate(chosen):
        pairs = pairs_of(run, made, sides[0], sides[1], own=params.own)
        if len(pairs) == 0:
            reason = text("the rule asks for no pair of it", "la règle n'en demande aucune paire")
            skipped.append(Skipped(run.id, reason))
            continue
        context.progress(n / len(chosen))
        result = survey(context, run, made, pairs, params)
        examined["motions"] += len(run.motions)
        examined["pairs"] += len(pairs)
        examined["poses"] += result.poses
        moved |= {made.parts[k].id for k in np.flatnonzero(run.owner >= 0)}
        bad = [finding(context, run, made, group) for group in result.groups]
        findings += sorted(
            bad, key=lambda one: (one.verdict != Verdict.FAIL, one.measured or 0.0, one.subjects)
        )
        findings.append(summary(context, run, params, result, len(pairs)))
        skipped += list(result.skipped)
    examined["parts_moving"] = len(moved)
    if not findings:
        reason = text("No motion was examined", "Aucun mouvement n'a été examiné")
        findings.append(refused(context, "nothing", reason))
    skipped += [one for one in made.skipped if one.subject in ids[0] | ids[1]]
    return Evaluation(tuple(findings), examined, tuple(skipped), _assumptions(params, len(chosen)))


def _assumptions(params: Params, count: int) -> tuple[Text, ...]:
    said = [
        text(
            "Motions follow the layout's positions on straight lines in joint space; no overshoot, no deflection",
            "Les mouvements suivent les positions du fichier de cellule, en ligne droite dans l'espace articulaire ; "
            "ni dépassement ni flexion",
        )
    ]
    if count > 1:
        said.append(
            text(
                "{n} motions or cycles, each by itself: the other machines stand as drawn",
                "{n} mouvements ou cycles, chacun pour soi : les autres machines restent comme dessinées",
                n=number(count),
            )
        )
    if not params.own:
        said.append(
            text(
                "Parts of one machine are not compared with each other",
                "Les pièces d'une même machine ne sont pas comparées entre elles",
            )
        )
    return tuple(said)


CHECK = Check(
    code="motion_clearance",
    name=NAME,
    params=Params,
    standards=(Citation("layout", confidence=Confidence.PROJECT),),
    evaluate=evaluate,
    applies=_applies,
    doc=__doc__ or "",
)
