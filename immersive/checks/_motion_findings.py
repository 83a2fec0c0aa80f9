"""Words, marks and data of the check on clearance over motion."""

from __future__ import annotations

from typing import Any

import numpy as np

from immersive.checks._base import Context
from immersive.checks._clearance_findings import length
from immersive.checks._clearance_scope import citation
from immersive.checks._motion_pairs import CLASH, DEEPER, Group, Near, Survey
from immersive.checks._motion_runs import Moving, Run
from immersive.checks.motion_clearance import Params
from immersive.findings import Finding, Mark, MeshMark, PartMark, PointMark, SegmentMark, Text, Verdict, text
from immersive.scene.model import Severity
from immersive.units import number

_LISTED = 20
_FACES = 1500
"""Of a swept volume in a report: enough to see where a machine gets."""


def refused(context: Context, key: str, message: Text) -> Finding:
    """A finding that says what was not looked at."""
    return Finding(
        code="motion_clearance.incomplete",
        rule=context.rule.id,
        subjects=(),
        verdict=Verdict.NOT_EVALUATED,
        severity=context.severity,
        message=message,
        citation=citation(context),
        key=key,
    )


def finding(context: Context, run: Run, made: Moving, group: Group) -> Finding:
    """One finding about a mechanism and a unit over one motion."""
    worst = group.pairs[0]
    message = _sentence(run, made, worst)
    if len(group.pairs) > 1:
        message = text(
            "{first} (and {n} more pairs of parts of {a} and {b})",
            "{first} (et {n} autre(s) paire(s) de pièces de {a} et {b})",
            first=message,
            n=number(len(group.pairs) - 1),
            a=group.mechanism,
            b=group.unit,
        )
    return Finding(
        code=worst.code,
        rule=context.rule.id,
        subjects=tuple(sorted((group.mechanism, group.unit))),
        verdict=worst.verdict,
        severity=context.severity,
        message=message,
        measured=worst.measured,
        limit=worst.limit,
        limit_kind="min",
        unit="m",
        uncertainty=worst.uncertainty,
        citation=citation(context),
        marks=(*_marks(made, worst), swept_mark(context, run, made, worst.a)),
        data={
            **_data(run, made, worst),
            "motion": run.id,
            "joints": run.positions(worst.time),
            "count": len(group.pairs),
            "pairs": [_data(run, made, pair) for pair in group.pairs[:_LISTED]],
        },
        key=run.id,
    )


def _sentence(run: Run, made: Moving, pair: Near) -> Text:
    pose = run.pose(pair.time)
    values: dict[str, Any] = {
        "a": made.parts[pair.a].id,
        "b": made.parts[pair.b].id,
        "motion": run.id,
        "when": run.moment(pair.time),
        "pose": {lang: f" ({said})" if said else "" for lang, said in pose.items()},
        "u": length(pair.uncertainty),
    }
    unsure = pair.verdict == Verdict.INDETERMINATE
    if pair.code == DEEPER:
        values |= {"depth": length(-pair.measured), "allowed": length(-pair.limit)}
        if unsure:
            return text(
                "{a} and {b} touch and may get deeper into each other in the motion {motion} {when}{pose}: by {depth}, "
                "±{u}; {allowed} more are tolerated",
                "{a} et {b} se touchent et s'enfoncent peut-être davantage dans le mouvement {motion} {when}{pose} : "
                "de {depth}, ±{u} ; {allowed} de plus sont tolérés",
                **values,
            )
        return text(
            "{a} and {b} touch, and in the motion {motion} {when}{pose} they overlap by at least {depth} more than at "
            "the start; {allowed} are tolerated",
            "{a} et {b} se touchent et, dans le mouvement {motion} {when}{pose}, se recouvrent d'au moins {depth} de "
            "plus qu'au départ ; {allowed} sont tolérés",
            **values,
        )
    if pair.code == CLASH:
        if unsure:
            return text(
                "{a} may run into {b} in the motion {motion} {when}{pose}: the surfaces meet, uncertainty ±{u}",
                "{a} heurte peut-être {b} dans le mouvement {motion} {when}{pose} : les surfaces se rencontrent, "
                "incertitude ±{u}",
                **values,
            )
        return text(
            "{a} runs into {b} in the motion {motion} {when}{pose}",
            "{a} heurte {b} dans le mouvement {motion} {when}{pose}",
            **values,
        )
    values |= {"gap": length(pair.measured, pair.limit), "limit": length(pair.limit, pair.measured)}
    if unsure:
        return text(
            "{a} comes within {gap} of {b} in the motion {motion} {when}{pose}; {limit} are required, and the "
            "uncertainty of ±{u} leaves it open",
            "{a} passe à {gap} de {b} dans le mouvement {motion} {when}{pose} ; {limit} sont exigés, et l'incertitude "
            "de ±{u} ne permet pas de trancher",
            **values,
        )
    return text(
        "{a} comes within {gap} of {b} in the motion {motion} {when}{pose}; {limit} are required",
        "{a} passe à {gap} de {b} dans le mouvement {motion} {when}{pose} ; {limit} sont exigés",
        **values,
    )


def _marks(made: Moving, pair: Near) -> tuple[Mark, ...]:
    parts = (PartMark(made.parts[pair.a].id), PartMark(made.parts[pair.b].id))
    if pair.code == DEEPER:
        label = text("{depth} deeper", "{depth} plus profond", depth=length(-pair.measured))
        return (PointMark(pair.point_a, label), *parts)
    if pair.code == CLASH:
        return (PointMark(pair.point_a, {"en": "contact", "fr": "contact"}), *parts)
    label = text("{gap}", "{gap}", gap=length(pair.measured, pair.limit))
    return (SegmentMark(pair.point_a, pair.point_b, label), *parts)


def swept_mark(context: Context, run: Run, made: Moving, part: int) -> MeshMark:
    """What the machine of a part sweeps, small; made once for all that ask for it."""
    owner = int(run.owner[part])
    key = ("motions: swept", run.id, owner)
    if key not in context.memo:
        from immersive.geometry.swept_volume import swept_volume

        own = np.flatnonzero(run.owner == owner)
        found = swept_volume(
            run.movers.chains[owner],
            [made.pack.bodies[k] for k in own],
            [int(run.movers.link[k]) for k in own],
            run.start,
            run.end,
            most=_FACES,
        )
        label = text(
            "swept by {m}, drawn to within {d}",
            "balayé par {m}, dessiné à {d} près",
            m=run.mechanisms[owner].id,
            d=length(found.deviation),
        )
        context.memo[key] = MeshMark(
            tuple((float(x), float(y), float(z)) for x, y, z in np.round(found.vertices, 4)),
            tuple((int(i), int(j), int(k)) for i, j, k in found.faces),
            label=label,
        )
    mark: MeshMark = context.memo[key]
    return mark


def _data(run: Run, made: Moving, pair: Near) -> dict[str, Any]:
    """Intermediate values of one pair; metres and seconds (or shares of the way)."""
    data: dict[str, Any] = {
        "a": made.parts[pair.a].id,
        "b": made.parts[pair.b].id,
        "kind": pair.code.partition(".")[2],
        "verdict": str(pair.verdict),
        "at_least": pair.lower,
        "at_most": pair.upper,
        "time": pair.time,
        "timed": run.timed,
        "point_a": list(pair.point_a),
        "point_b": list(pair.point_b),
        "uncertainty": pair.uncertainty,
    }
    if pair.first is not None:
        data["first_contact_after"], data["first_contact_by"] = pair.first
    if pair.code == DEEPER:
        data["sampled_positions"] = 9
    return data


def summary(context: Context, run: Run, params: Params, result: Survey, pairs: int) -> Finding:
    """One finding for all pairs of a run that pass."""
    bad = sum(len(group.pairs) for group in result.groups)
    good = pairs - bad - len(result.skipped)
    near = result.nearest
    values: dict[str, Any] = {
        "motion": run.id,
        "good": number(good),
        "all": number(pairs),
        "resting": number(result.resting),
        "reach": length(result.searched),
    }
    if near is None:
        message = text(
            "Motion {motion}: {good} of {all} pairs of parts keep the rule, {resting} of them in contact from the "
            "start; all others stay farther apart than {reach} all the time",
            "Mouvement {motion} : {good} paires de pièces sur {all} respectent la règle, dont {resting} en contact "
            "dès le départ ; toutes les autres restent toujours à plus de {reach}",
            **values,
        )
    else:
        message = text(
            "Motion {motion}: {good} of {all} pairs of parts keep the rule, {resting} of them in contact from the "
            "start; the closest comes within {gap} {when}",
            "Mouvement {motion} : {good} paires de pièces sur {all} respectent la règle, dont {resting} en contact "
            "dès le départ ; la plus proche passe à {gap} {when}",
            gap=length(near.measured),
            when=run.moment(near.time),
            **values,
        )
    label = {} if near is None else text("{gap}", "{gap}", gap=length(near.measured))
    return Finding(
        code="motion_clearance.clear",
        rule=context.rule.id,
        subjects=(),
        verdict=Verdict.PASS,
        severity=Severity.INFO,
        message=message,
        measured=None if near is None else near.measured,
        limit=params.clearance,
        limit_kind="min",
        unit="m",
        uncertainty=0.0 if near is None else near.uncertainty,
        citation=citation(context),
        marks=() if near is None else (SegmentMark(near.point_a, near.point_b, label),),
        data={
            "motion": run.id,
            "pairs_passed": good,
            "in_contact_from_the_start": result.resting,
            "expected_contacts": result.expected,
            "searched": result.searched,
            "poses": result.poses,
            **({} if near is None else {"time": near.time, "at_least": near.lower, "at_most": near.upper}),
        },
        key=f"summary:{run.id}",
    )
