"""Clearance: the smallest distance between parts, contact told apart from clash.

What
    For every pair of units (groups of parts, or single parts) the smallest distance of their
    surfaces, exact on the triangles, held against a required clearance; overlaps with a bound
    on their depth; contacts where contact is forbidden; parts that lie wholly inside another.

Why
    What overlaps cannot be built, what moves closer than its clearance will hit on the first
    tolerance, and a gap that a hand fits in but not out of is a hazard. A distance that is
    right for single meshes but blind to containment reads a swallowed part as clear.

Method
    Three lengths with names: *clearance* is the distance required, *touch* the gap up to which
    surfaces count as in contact, *tolerance* the penetration up to which an overlap is no clash
    (press fits, modelling tolerance). All pairs of world boxes within reach are swept; each
    pair's minimum distance is found on both box trees, exact triangle by triangle. Where
    surfaces meet, the depth is a proven lower bound on the translation that parts the two
    (crossing triangles, deepest points; "exact" where it agrees with the upper bound): resting
    faces give zero, an overlap of 1.1 µm is seen. Bodies whose surfaces do not meet are tested
    for containment piece by piece by the parity of rays. A value within the sum of the two
    parts' uncertainties of its limit is indeterminate. One finding per pair of units, its pairs
    of parts in the data, worst first; repeats (``screw[0]``, ``screw[1]`` …: parts or
    assemblies side by side with the same shapes and names that differ by a number, or instances of
    one mesh of a file) are one unit there, called ``screw[*]``; robots and what moves are not.

    A pair that an entry of ``[[contacts]]`` covers may touch where contact is forbidden, and overlap
    as deep as the entry says; what each entry took is listed as a pass. Deeper overlap stays a
    finding, and so does a gap below the clearance: what is meant to touch and does not is no
    exception. A part of ``between`` that touches none of ``to`` is told as information, with its gap.

Limits
    Static: the pose in the layout only, no motion. Parts of one group, of one entry on the
    first level where the hierarchy differs, or of one robot are not compared with each other.
    The depth of an overlap is a lower bound; only "exact" is more. An open mesh has no inside:
    where a part may lie inside one, the finding is indeterminate. Cavities are told from solids by
    their winding. No standard's safety distance is applied: the limit is the rule's.

References
    Ericson, Real-Time Collision Detection, 2005 (triangle distance, separating axes).
    Gottschalk, Lin, Manocha, OBBTree, SIGGRAPH 1996 (tree against tree).
    Limits: the layout's own demand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from immersive.checks._base import Check, Context, param
from immersive.checks._clearance_families import families
from immersive.checks._clearance_scope import (
    assumptions,
    chosen_parts,
    far_parts,
    incomplete,
    nothing,
    unusable,
)
from immersive.checks._clearance_units import units
from immersive.findings import (
    Citation,
    Confidence,
    Evaluation,
    Finding,
    Skipped,
    Verdict,
    text,
)
from immersive.geometry.tolerance import TOUCH
from immersive.scene.model import Part, Role, Scene

NAME = {"en": "Clearance", "fr": "Distances libres"}


@dataclass(frozen=True)
class Params:
    """Parameters of a rule."""

    between: tuple[str, ...] = param(("*",), doc="Selectors of the parts to examine.")
    to: tuple[str, ...] = param((), doc="Selectors of what they are held against; empty: against each other.")
    clearance: float = param(
        0.0, kind="length", minimum=0.0, doc="Smallest distance required between surfaces."
    )
    touch: float = param(
        0.0005, kind="length", minimum=TOUCH, doc="Gap up to which two surfaces count as in contact."
    )
    tolerance: float = param(
        0.001, kind="length", minimum=0.0, doc="Penetration up to which an overlap is no clash."
    )
    contact: Literal["allowed", "forbidden"] = param("allowed", doc="Whether the parts may touch.")
    within: float = param(
        0.0,
        kind="length",
        minimum=0.0,
        doc="Distance up to which pairs are measured even if none is required.",
    )
    unit: Literal["group", "part"] = param(
        "group", doc="Whether groups (or entries of the hierarchy) or single parts are compared."
    )


def _applies(scene: Scene) -> bool:
    parts = [part for part in scene if part.triangles]
    sorted_ = units(scene, parts, unit="group", named=())
    return len(parts) > 1 and sorted_.several


def evaluate(context: Context, params: Params) -> Evaluation:
    """Measure all pairs the rule asks for."""
    # Here and not above: these pull in the compiler, which listing the checks does not need.
    from immersive.checks._clearance_contacts import USED, Scope, expected_contacts, told
    from immersive.checks._clearance_findings import summary, unit_finding
    from immersive.checks._clearance_pairs import INSIDE, Measured, survey
    from immersive.geometry.bodies import pack
    from immersive.scene.bodies import body_of

    scene = context.scene
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    chosen: list[tuple[Part, ...]] = []
    for selectors in (params.between, params.to):
        found, complaints = chosen_parts(context, selectors)
        findings += complaints
        chosen.append(found)
    left, right = chosen
    right = right if params.to else left
    asked = {part.id for part in (*left, *right)}
    parts, bodies = [], []
    for part in scene:
        if part.id not in asked:
            continue
        reason = unusable(part)
        if reason is not None:
            skipped.append(Skipped(part.id, reason))
            continue
        body = body_of(part)
        if body is None:
            skipped.append(Skipped(part.id, text("it has no triangles", "elle n'a aucun triangle")))
            continue
        parts.append(part)
        bodies.append(body)
    findings += incomplete(context)
    findings += far_parts(context, [part for part in scene if part.id in asked])
    examined = {
        "parts": len(parts),
        "pairs": 0,
        "pairs_near": 0,
        "triangles": sum(part.triangles for part in parts),
    }
    if not parts:
        if not findings:
            findings.append(nothing(context, 0))
        return Evaluation(tuple(findings), examined, tuple(skipped))
    groups = units(scene, parts, unit=params.unit, named=(*params.between, *params.to))
    # Links of one robot named one by one on both sides are compared: the rule asks for it.
    explicit = bool(params.to) and params.unit == "part" and _explicit_links(left, right)
    in_left, in_right = {part.id for part in left}, {part.id for part in right}
    contacts = expected_contacts(context, parts)
    scope = Scope(
        parts,
        pack(bodies),
        np.array([part.id in in_left for part in parts], bool),
        np.array([part.id in in_right for part in parts], bool),
        np.array([groups.kind[part.id] for part in parts], np.int64),
        None if explicit else groups,
    )
    result = survey(
        parts,
        scope.both,
        scope.wanted,
        scope.other,
        scope.kinds,
        scope.groups,
        params,
        context.progress,
        contacts,
    )
    examined |= {"pairs": result.considered, "pairs_near": result.near, "pairs_of_one_unit": result.same_unit}
    if not result.considered:
        if result.same_unit or not findings:
            findings.append(nothing(context, result.same_unit))
        return Evaluation(tuple(findings), examined, tuple(skipped), assumptions(parts, result.same_unit))

    faults: list[Measured] = []
    for pair in result.measured:
        judged = pair
        # Where a contact is expected, surfaces that meet are no sign of one part inside the other.
        excused = pair.expected is not None and pair.gap <= params.touch
        if pair.verdict == Verdict.PASS and pair.undecided and not excused:
            judged = replace(pair, code=INSIDE, verdict=Verdict.INDETERMINATE)
        if judged.verdict != Verdict.PASS:
            faults.append(judged)
    offending: dict[tuple[str, ...], list[Measured]] = {}
    if faults:
        repeats = families(set(groups.label.values()), scene)
        names = {name: repeats.get(label, label) for name, label in groups.label.items()}
        for pair in faults:
            offending.setdefault(_labels(names, pair.a, pair.b), []).append(pair)
    made = [
        unit_finding(context, labels, sorted(pairs, key=lambda pair: pair.order))
        for labels, pairs in offending.items()
    ]
    findings += sorted(made, key=lambda one: (one.verdict != Verdict.FAIL, one.measured or 0.0, one.subjects))
    passed = summary(
        context, params.touch, params.clearance, result.measured, result.considered, result.searched, made
    )
    findings += [] if passed is None else [passed]
    meant, used = told(context, params, contacts, scope, result.measured)
    findings += meant
    if contacts.entries:
        taken = (one for one in meant if one.verdict == Verdict.PASS)
        examined["pairs_expected"] = sum(int(one.data["count"]) for one in taken)
    return Evaluation(
        tuple(findings),
        examined,
        tuple(skipped),
        assumptions(parts, result.same_unit),
        frozenset(USED + name for name in used),
    )


def _explicit_links(left: Sequence[Part], right: Sequence[Part]) -> bool:
    """True if both sides name parts of robots and no part is on both sides."""
    return (
        {part.id for part in left}.isdisjoint(part.id for part in right)
        and all(part.role == Role.ROBOT for part in left)
        and all(part.role == Role.ROBOT for part in right)
    )


def _labels(names: Mapping[str, str], a: Part, b: Part) -> tuple[str, ...]:
    """What a finding on this pair is about; repeats that meet each other are one thing."""
    return tuple(sorted({names[a.id], names[b.id]}))


CHECK = Check(
    code="clearance",
    name=NAME,
    params=Params,
    standards=(Citation("layout", confidence=Confidence.PROJECT),),
    evaluate=evaluate,
    applies=_applies,
    doc=__doc__ or "",
)
