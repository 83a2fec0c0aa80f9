"""Words, marks and data of the clearance check."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from immersive.checks._base import Context
from immersive.checks._clearance_contacts import excess
from immersive.checks._clearance_pairs import CLASH, CONTACT, GAP, INSIDE, Measured
from immersive.checks._clearance_scope import citation
from immersive.findings import (
    LANGUAGES,
    BoxMark,
    Finding,
    Mark,
    PartMark,
    Point3,
    PointMark,
    SegmentMark,
    Text,
    Verdict,
    text,
)
from immersive.geometry.tolerance import TOUCH
from immersive.scene.model import Part, Role, Severity
from immersive.units import Quantity, mm, number

_DETAILED = 20
_LISTED = 1_000
"""Pairs of one finding that are listed: the worst with all their values, then with the main ones."""
_MARKED = 40
"""Pairs of one finding that are drawn."""
_BUILT = (Role.FLOOR, Role.WALL, Role.CEILING, Role.MARKING, Role.FENCE)


def length(value: float, other: float | None = None) -> Quantity:
    """A length in millimetres with as many decimals as it needs to be told from ``other``."""
    decimals = 0 if abs(value) >= 0.0995 else 1 if abs(value) >= 0.00995 else 2
    while other is not None and decimals < 4 and value != other:
        if round(value * 1000.0, decimals) != round(other * 1000.0, decimals):
            break
        decimals += 1
    return mm(value, decimals)


def unit_finding(context: Context, labels: tuple[str, ...], pairs: Sequence[Measured]) -> Finding:
    """One finding about two units from the pairs of parts that do not pass, worst first."""
    worst = pairs[0]
    kinds = {code: sum(pair.code == code for pair in pairs) for code in (CLASH, INSIDE, CONTACT, GAP)}
    message = _sentence(worst)
    if len(pairs) > 1:
        message = text(
            "{first} (the worst of {n} pairs of parts of {en})",
            "{first} (la pire de {n} paires de pièces de {fr})",
            first=message,
            n=number(len(pairs)),
            en=" and ".join(labels),
            fr=" et ".join(labels),
        )
    return Finding(
        code=worst.code,
        rule=context.rule.id,
        subjects=labels,
        verdict=worst.verdict,
        severity=context.severity,
        message=message,
        measured=worst.signed,
        limit=worst.limit,
        limit_kind="min",
        unit="m",
        uncertainty=worst.uncertainty,
        citation=citation(context),
        marks=_all_marks(pairs),
        data={
            **_data(worst),
            "count": len(pairs),
            "counts": {code.partition(".")[2]: n for code, n in kinds.items() if n},
            "pairs": [
                *(_data(pair) for pair in pairs[:_DETAILED]),
                *(brief(pair) for pair in pairs[_DETAILED:_LISTED]),
            ],
        },
        hint=_hint(worst),
        parts=tuple(sorted({part.id for pair in pairs for part in (pair.a, pair.b)})),
    )


def _sentence(pair: Measured) -> Text:
    """What is wrong with one pair of parts, and what the layout expects of them."""
    said = _stated(pair)
    if pair.expected is None:
        return said
    more = excess(pair.expected, pair.code, -pair.limit)
    return {language: said[language] + more[language] for language in LANGUAGES}


def _stated(pair: Measured) -> Text:
    deep = pair.relation.penetration
    first, second = _ordered(pair)
    values: dict[str, Any] = {"a": first.id, "b": second.id}
    if pair.undecided and pair.verdict == Verdict.INDETERMINATE and pair.code == INSIDE:
        return text(
            "It cannot be said whether one of {a} and {b} lies inside the other: {open} is not a closed "
            "surface and has no inside; the surfaces are {gap} apart",
            "On ne peut pas dire si l'une des pièces {a} et {b} est à l'intérieur de l'autre : {open} n'est "
            "pas une surface fermée et n'a pas d'intérieur ; les surfaces sont à {gap} l'une de l'autre",
            open={"en": _open_parts(pair, " and "), "fr": _open_parts(pair, " et ")},
            gap=length(pair.gap),
            **values,
        )
    if pair.code == INSIDE:
        inner, outer = (pair.b.id, pair.a.id) if pair.relation.inner == "b" else (pair.a.id, pair.b.id)
        if pair.relation.inner:
            return text(
                "{inner} lies wholly inside {outer}, {gap} below its surface",
                "{inner} se trouve entièrement à l'intérieur de {outer}, à {gap} sous sa surface",
                inner=inner,
                outer=outer,
                gap=length(pair.gap),
            )
        return text(
            "A piece of one of {a} and {b} lies wholly inside the other",
            "Un élément de l'une des pièces {a} et {b} se trouve entièrement à l'intérieur de l'autre",
            **values,
        )
    unsure = pair.verdict == Verdict.INDETERMINATE
    if pair.code == CLASH:
        depth = max(0.0, -pair.signed)
        values |= {"depth": length(depth, -pair.limit), "allowed": length(-pair.limit)}
        if unsure and deep is not None and deep.doubtful:
            return text(
                "{a} and {b} go through each other; at least {depth}, but their open surfaces do not tell how deep",
                "{a} et {b} se traversent ; d'au moins {depth}, mais leurs surfaces ouvertes ne disent pas de combien",
                **values,
            )
        if unsure:
            return text(
                "{a} and {b} may overlap: measured distance {signed}, within the uncertainty of ±{u}; "
                "overlaps up to {allowed} are tolerated",
                "{a} et {b} se recouvrent peut-être : distance mesurée {signed}, dans l'incertitude de "
                "±{u} ; un recouvrement jusqu'à {allowed} est toléré",
                signed=length(pair.signed),
                u=length(pair.uncertainty),
                **values,
            )
        if deep is not None and deep.method == "exact":
            return text(
                "{a} and {b} overlap by {depth}; {allowed} are tolerated",
                "{a} et {b} se recouvrent de {depth} ; {allowed} sont tolérés",
                **values,
            )
        return text(
            "{a} and {b} overlap by at least {depth}; {allowed} are tolerated",
            "{a} et {b} se recouvrent d'au moins {depth} ; {allowed} sont tolérés",
            **values,
        )
    values |= {
        "gap": length(pair.gap, pair.limit),
        "limit": length(pair.limit, pair.gap),
        "u": length(pair.uncertainty),
    }
    if pair.code == CONTACT:
        if unsure:
            return text(
                "{a} may touch {b}: the gap is {gap}, within the uncertainty of ±{u}; contact is forbidden",
                "{a} touche peut-être {b} : l'écart est de {gap}, dans l'incertitude de ±{u} ; tout contact est interdit",
                **values,
            )
        return text(
            "{a} touches {b}; contact is forbidden",
            "{a} touche {b} ; tout contact est interdit",
            **values,
        )
    if unsure:
        return text(
            "{a} comes within {gap} of {b}; {limit} are required, and the uncertainty of ±{u} leaves it open",
            "{a} passe à {gap} de {b} ; {limit} sont exigés, et l'incertitude de ±{u} ne permet pas de trancher",
            **values,
        )
    return text(
        "{a} comes within {gap} of {b}; {limit} are required",
        "{a} passe à {gap} de {b} ; {limit} sont exigés",
        **values,
    )


def _ordered(pair: Measured) -> tuple[Part, Part]:
    """The two parts, the one that a reader would move first: what moves, robots, the smaller one.

    What is built in or guards the cell comes last: nobody moves a wall to free a cabinet.
    """

    def weight(part: Part) -> tuple[bool, bool, bool, float]:
        bounds = part.bounds
        size = 0.0 if bounds is None else float(np.linalg.norm(bounds[1] - bounds[0]))
        # Rounded: equal parts keep their order in the scene.
        return part.role in _BUILT, not part.moving, part.role != Role.ROBOT, round(size, 6)

    return (pair.b, pair.a) if weight(pair.b) < weight(pair.a) else (pair.a, pair.b)


def _open_parts(pair: Measured, joint: str) -> str:
    from immersive.scene.bodies import body_of

    names = []
    for part in (pair.a, pair.b):
        body = body_of(part)
        if body is not None and not body.shape.shells.all_closed:
            names.append(part.id)
    return joint.join(names)


def _marks(pair: Measured) -> tuple[Mark, ...]:
    parts = (PartMark(pair.a.id), PartMark(pair.b.id))
    deep = pair.relation.penetration
    if pair.signed < 0.0 and deep is not None:
        label = text("{depth}", "{depth}", depth=length(-pair.signed))
        marks: list[Mark] = []
        region = deep.crossing
        if region.low is not None and region.high is not None:
            marks.append(BoxMark(_triple(region.low), _triple(region.high)))
        if deep.point is not None:
            marks.append(PointMark(_triple(deep.point), label))
        return (*marks, *parts)
    if pair.code == CONTACT and pair.gap == 0.0:
        return (PointMark(pair.point_a, {"en": "contact", "fr": "contact"}), *parts)
    label = text("{gap}", "{gap}", gap=length(pair.gap, pair.limit))
    return (SegmentMark(pair.point_a, pair.point_b, label), *parts)


def _all_marks(pairs: Sequence[Measured]) -> tuple[Mark, ...]:
    """The worst pair in full; of the others, up to a bound, where they are closest."""
    return (*_marks(pairs[0]), *(_witness(pair) for pair in pairs[1:_MARKED]))


def _witness(pair: Measured) -> Mark:
    """One mark for a pair, without words: its witness segment, or where the surfaces meet."""
    deep = pair.relation.penetration
    if pair.signed < 0.0:
        inside = None if deep is None else deep.point
        return PointMark(pair.point_a if inside is None else _triple(inside))
    return SegmentMark(pair.point_a, pair.point_b) if pair.gap > TOUCH else PointMark(pair.point_a)


def brief(pair: Measured) -> dict[str, Any]:
    """Which parts, how near or how deep."""
    data = _data(pair)
    keys = ("a", "b", "kind", "verdict", "surface_gap", "penetration_at_least")
    return {key: data[key] for key in keys if key in data}


def _triple(array: Any) -> tuple[float, float, float]:
    return float(array[0]), float(array[1]), float(array[2])


def _data(pair: Measured) -> dict[str, Any]:
    """Intermediate values of one pair of parts; metres."""
    deep = pair.relation.penetration if pair.signed < 0.0 else None
    data: dict[str, Any] = {
        "a": pair.a.id,
        "b": pair.b.id,
        "kind": pair.code.partition(".")[2],
        "verdict": str(pair.verdict),
        "relation": pair.relation.kind,
        "surface_gap": pair.gap,
        "point_a": list(pair.point_a),
        "point_b": list(pair.point_b),
        "uncertainty": pair.uncertainty,
    }
    if deep is not None:
        data |= {
            "penetration_at_least": deep.depth,
            "penetration_method": deep.method,
            "penetration_at_most": deep.separation,
            "parting_direction": [float(x) for x in deep.direction],
        }
    if pair.expected is not None:
        data["expected_contact"] = pair.expected.id
    if pair.undecided:
        data["containment_undecided"] = True
    return data


def _hint(pair: Measured) -> Text:
    """How far to move what, computed from the measured pair."""
    deep = pair.relation.penetration
    if pair.verdict != Verdict.FAIL:
        return {}
    if pair.signed < 0.0 and deep is not None:
        way, by = _triple(deep.direction), deep.separation
    elif pair.code == GAP:
        step = [p - q for p, q in zip(pair.point_a, pair.point_b, strict=True)]
        size = math.hypot(*step)
        way, by = (step[0] / size, step[1] / size, step[2] / size), pair.limit - pair.gap
    else:
        return {}
    mover, _ = _ordered(pair)
    sign = 1.0 if mover is pair.a else -1.0
    return text(
        "Moving {a} by {by} along {direction} would be enough for this pair",
        "Déplacer {a} de {by} selon {direction} suffirait pour cette paire",
        a=mover.id,
        by=length(by),
        direction=_direction_text((sign * way[0], sign * way[1], sign * way[2])),
    )


def _direction_text(way: Point3) -> Text:
    """A unit vector in words: ``+Y`` along an axis, else its components."""
    for axis, x in zip("XYZ", way, strict=True):
        if abs(x) > 1.0 - 1e-6:
            return dict.fromkeys(LANGUAGES, f"{'+' if x > 0.0 else '−'}{axis}")
    parts = [f"{round(x, 2) + 0.0:.2f}" for x in way]  # + 0.0 frees zero of its sign
    english = "(" + ", ".join(parts) + ")"
    return {"en": english, "fr": "(" + " ; ".join(parts).replace(".", ",") + ")"}


def summary(
    context: Context,
    touch: float,
    limit: float,
    measured: Sequence[Measured],
    considered: int,
    searched: float,
    offending: Sequence[Finding],
) -> Finding | None:
    """One finding for all that passed, with the smallest distance that was measured; None if none did."""
    bad = sum(int(finding.data["count"]) for finding in offending)
    if considered == bad:
        return None
    sound = [one for one in measured if one.verdict == Verdict.PASS]
    contacts = sum(one.code == CONTACT for one in sound)
    apart = [one for one in sound if one.gap > touch]
    nearest = min(apart, key=lambda one: (one.gap, one.a.id, one.b.id), default=None)
    if nearest is not None:
        smallest = text(
            "the smallest gap is {gap}, between {a} and {b}",
            "le plus petit écart est de {gap}, entre {a} et {b}",
            gap=length(nearest.gap),
            a=nearest.a.id,
            b=nearest.b.id,
        )
    else:
        smallest = text(
            "no other gap is smaller than {reach}",
            "aucun autre écart n'est inférieur à {reach}",
            reach=length(searched),
        )
    message = text(
        "{good} of {all} pairs of parts keep the rule: {contacts} in contact, {smallest}",
        "{good} paires de pièces sur {all} respectent la règle : {contacts} en contact, {smallest}",
        good=number(considered - bad),
        all=number(considered),
        contacts=number(contacts),
        smallest=smallest,
    )
    marks: tuple[Mark, ...] = ()
    if nearest is not None:
        label = text("{gap}", "{gap}", gap=length(nearest.gap))
        marks = (SegmentMark(nearest.point_a, nearest.point_b, label),)
    return Finding(
        code="clearance.clear",
        rule=context.rule.id,
        subjects=(),
        verdict=Verdict.PASS,
        severity=Severity.INFO,
        message=message,
        measured=None if nearest is None else nearest.gap,
        limit=limit,
        limit_kind="min",
        unit="m",
        uncertainty=0.0 if nearest is None else nearest.uncertainty,
        citation=citation(context),
        marks=marks,
        data={
            "pairs_passed": considered - bad,
            "contacts": contacts,
            "searched": searched,
            **({} if nearest is None else {"a": nearest.a.id, "b": nearest.b.id}),
        },
        key="summary",
    )
