"""What the lifting check says of one lift and of one workstation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context
from immersive.checks._lifting_hint import lifting_hint
from immersive.checks._lifting_model import Lift, PosedLifts, Refusal
from immersive.checks._people_told import reached_by, unreached_words
from immersive.checks._shares import share_chart
from immersive.checks._tasks import StationTasks, person, subjects
from immersive.findings import (
    Citation,
    Confidence,
    Finding,
    Mark,
    PointMark,
    SegmentMark,
    ShareChart,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.human.manual_handling import reference_mass
from immersive.human.niosh_case import Niosh
from immersive.human.niosh_many import METRIC
from immersive.human.shares import share, share_words
from immersive.units import Quantity, mm

NIOSH = Citation(
    "NIOSH 94-110",
    "2021",
    "revised lifting equation",
    Confidence.TWO_SOURCES,
    text(
        "Waters et al. 1993; the manual as revised in September 2021.",
        "Waters et al. 1993 ; manuel révisé en septembre 2021.",
    ),
)
ISO_11228 = Citation(
    "ISO 11228-1",
    "2021",
    "reference mass and multipliers",
    Confidence.MEMORY,
    text(
        "Reference masses from one source and memory, multipliers from memory; applies from 3 kg.",
        "Masses de référence d'une source et de mémoire, coefficients de mémoire ; s'applique à partir de 3 kg.",
    ),
)
LEVELS = (
    (text("lifting index at most 1", "indice de levage jusqu'à 1"), 1),
    (text("above 1, at most 3", "au-dessus de 1, jusqu'à 3"), 2),
    (text("above 3", "au-dessus de 3"), 3),
    (text("not reached", "hors d'atteinte"), 0),
)
METHOD = Niosh()
Result = dict[str, Any]


def kilograms(value: float) -> Quantity:
    """A mass as people read it."""
    return Quantity(value, "kg", 1.0, 1)


def _index(value: float) -> Text:
    if math.isinf(value):
        return text("unbounded", "non borné")
    return {lang: Quantity(value, "", 1.0, 2).text(lang) for lang in ("en", "fr")}


def _what(station: StationTasks, lift: Lift) -> Text:
    words = {"load": kilograms(lift.point.load), "a": lift.point.id, "s": station.station.id}
    if lift.to is None:
        return text("Lifting {load} at {a} ({s})", "Levage de {load} à {a} ({s})", **words)
    return text(
        "Lifting {load} from {a} to {b} ({s})", "Levage de {load} de {a} à {b} ({s})", b=lift.to.id, **words
    )


def _subjects(station: StationTasks, lift: Lift) -> tuple[str, ...]:
    own = subjects(station.station, lift.point)
    return own if lift.to is None else (*own, f"{station.station.id}/{lift.to.id}")


def refusal_finding(context: Context, station: StationTasks, refusal: Refusal) -> Finding:
    """A load of 3 kg or more that the equation cannot judge."""
    point = refusal.point
    message = text(
        "Lifting {load} at {id} ({s}) was not judged: {why}.",
        "Le levage de {load} à {id} ({s}) n'a pas été jugé : {why}.",
        load=kilograms(point.load), id=point.id, s=station.station.id, why=refusal.reason,
    )  # fmt: skip
    return Finding(
        "lifting_niosh.index", context.rule.id, subjects(station.station, point), Verdict.NOT_EVALUATED,
        context.severity, message, citation=NIOSH, key="index", data={"load": point.load},
        marks=(PointMark(point.position, text("{id}", "{id}", id=point.id)),),
    )  # fmt: skip


def index_finding(
    context: Context,
    station: StationTasks,
    lift: Lift,
    named: PosedLifts,
    sample: PosedLifts | None,
    limit: float,
) -> Finding:
    """The lifting index of one lift."""
    same: dict[str, Any] = {
        "rule": context.rule.id, "subjects": _subjects(station, lift), "severity": context.severity,
        "citation": NIOSH, "key": "index",
    }  # fmt: skip
    people, reached = named.poses.people, reached_by(named.poses, named.columns(lift))
    if not reached.any():
        message = text(
            "{what} was not judged: none of the people named gets both hands there.",
            "{what} : non jugé, aucune des personnes nommées n'y met les deux mains.",
            what=_what(station, lift),
        )
        return Finding(
            code="lifting_niosh.index", verdict=Verdict.NOT_EVALUATED, message=message, data={"case": None},
            marks=(PointMark(lift.point.position, text("{id}", "{id}", id=lift.point.id)),), **same,
        )  # fmt: skip
    results: dict[int, Result] = {
        int(i): METHOD.solve(named.case(lift, int(i))) for i in np.flatnonzero(reached)
    }
    worst = max(results, key=lambda i: (_li(results[i]), -i))
    case, result = named.case(lift, worst), results[worst]
    index = _li(result)
    verdict = Verdict.FAIL if math.isinf(index) else verdict_for(index, limit, "max")
    farther = _farthest(case) if lift.to is None else None
    message = text(
        "{what}: lifting index {index} ({who}), recommended weight limit {rwl}",
        "{what} : indice de levage {index} ({who}), masse limite recommandée {rwl}",
        what=_what(station, lift), index=_index(index), who=person(people, worst), rwl=kilograms(result["RWL"]),
    )  # fmt: skip
    message = _with_population(message, lift, sample, limit)
    if verdict == Verdict.PASS and farther is not None and farther > limit:
        verdict = Verdict.INDETERMINATE
        message = text(
            "{said} Where the load goes is not said (to): over a vertical travel of 175 cm it would be {far}.",
            "{said} La destination n'est pas indiquée (to) : sur un déplacement vertical de 175 cm, il serait de {far}.",
            said=message, far=_index(farther),
        )  # fmt: skip
    verdict, message = unreached_words(verdict, message, people, reached)
    facts: dict[str, Any] = {
        "case": case,
        "result": result,
        "person": people.ids[worst],
        "people": [
            {"id": id_, "reached": bool(reached[i])}
            | ({"RWL": results[i]["RWL"], "LI": results[i]["LI"]} if i in results else {})
            for i, id_ in enumerate(people.ids)
        ],
        "assumed": [dict(line) for line in lift.assumed],
    }
    if farther is not None:
        facts["LI_at_175_cm_travel"] = None if math.isinf(farther) else farther
    charts: tuple[ShareChart, ...] = ()
    if sample is not None:
        charts, facts["population"] = _population(lift, sample, limit)
    hint = lifting_hint(case, limit) if verdict == Verdict.FAIL else {}
    return Finding(
        code="lifting_niosh.index", verdict=verdict, message=message, measured=None if math.isinf(index) else index,
        limit=limit, limit_kind="max", data=facts, hint=hint, charts=charts, marks=_marks(lift, named, worst), **same,
    )  # fmt: skip


def _li(result: Result) -> float:
    value = result["LI"]
    return math.inf if value is None else float(value)


def _farthest(case: dict[str, Any]) -> float:
    """The index if the load travelled as far up or down as the equation covers."""
    return _li(METHOD.solve({**case, "D": METRIC.travel_max}))


def _indices(lift: Lift, group: PosedLifts) -> NDArray[np.float64]:
    """(k,) LI of everybody who reaches it; NaN for who does not."""
    limits = group.limits(lift)
    index = np.where(limits > 0.0, lift.point.load / np.where(limits > 0.0, limits, 1.0), np.inf)
    return np.where(reached_by(group.poses, group.columns(lift)), index, np.nan)


def _with_population(message: Text, lift: Lift, sample: PosedLifts | None, limit: float) -> Text:
    if sample is None:
        return text("{said}.", "{said}.", said=message)
    found = share(_indices(lift, sample) <= limit, sample.poses.people)
    return text(
        "{said}. At most {limit} for {share}.",
        "{said}. Au plus {limit} pour {share}.",
        said=message, limit=Quantity(limit, "", 1.0, 0 if limit == int(limit) else 2), share=share_words(found),
    )  # fmt: skip


def _population(
    lift: Lift, sample: PosedLifts, limit: float
) -> tuple[tuple[ShareChart, ...], dict[str, Any]]:
    index = _indices(lift, sample)
    there = ~np.isnan(index)
    which = np.select([~there, index <= 1.0, index <= 3.0], [3, 0, 1], 2)
    categories = LEVELS if not there.all() else LEVELS[:3]
    title = text("Lifting index at {id}", "Indice de levage à {id}", id=lift.point.id)
    found = share(there & (index <= limit), sample.poses.people)
    ranked = np.sort(index[there])
    facts = {
        "people": len(index),
        "not_reached": int((~there).sum()),
        "share": found.all.value,
        "share_interval": [found.all.low, found.all.high],
        "worst_LI": _finite(ranked[-1]) if ranked.size else None,
        "median_LI": _finite(ranked[ranked.size // 2]) if ranked.size else None,
    }
    return (share_chart(title, categories, sample.poses.people, which.astype(np.int64)),), facts


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def mass_finding(context: Context, station: StationTasks, lift: Lift, found: Finding, ages: str) -> Finding:
    """The load against the recommended mass of ISO 11228-1: its reference mass times the same multipliers."""
    women = bool(station.study.named.female.any())
    if station.study.sample is not None:
        women = bool(station.study.sample.female.any())
    reference = reference_mass(women=women, ages=ages)
    limit = reference * found.data["result"]["RWL"] / METRIC.load_constant
    verdict = verdict_for(lift.point.load, limit, "max")
    message = text(
        "{what}: at most {limit} are recommended there, from a reference mass of {ref} for {who}.",
        "{what} : {limit} au plus y sont recommandés, à partir d'une masse de référence de {ref} pour {who}.",
        what=_what(station, lift), limit=kilograms(limit), ref=Quantity(reference, "kg", 1.0, 0), who=_workers(women, ages),
    )  # fmt: skip
    if found.verdict == Verdict.INDETERMINATE and verdict == Verdict.PASS:
        verdict = Verdict.INDETERMINATE
        message = text(
            "{said} Open for the same reason as the lifting index.",
            "{said} Ouvert pour la même raison que l'indice de levage.",
            said=message,
        )
    return Finding(
        "lifting_niosh.mass", context.rule.id, _subjects(station, lift), verdict, context.severity, message,
        measured=lift.point.load, limit=limit, limit_kind="max", unit="kg", citation=ISO_11228, key="mass",
        data={"reference_mass": reference, "multipliers": found.data["result"]["RWL"] / METRIC.load_constant,
              "women": women, "ages": ages, "person": found.data["person"]},
        marks=found.marks,
    )  # fmt: skip


def _workers(women: bool, ages: str) -> Text:
    if ages == "18_45":
        return (
            text("women and men of 18 to 45", "femmes et hommes de 18 à 45 ans")
            if women
            else text("men of 18 to 45", "hommes de 18 à 45 ans")
        )
    return (
        text("women and men of any working age", "femmes et hommes de tout âge actif")
        if women
        else text("men of any working age", "hommes de tout âge actif")
    )


def composite_finding(
    context: Context,
    station: StationTasks,
    lifts: list[Lift],
    named: PosedLifts,
    limit: float,
    missed: list[str],
) -> Finding:
    """The composite lifting index of a workstation with several lifts."""
    people = named.poses.people
    reached = np.all([reached_by(named.poses, named.columns(lift)) for lift in lifts], axis=0)
    same: dict[str, Any] = {
        "rule": context.rule.id, "subjects": (station.station.id,), "severity": context.severity, "citation": NIOSH,
        "key": "composite",
    }  # fmt: skip
    if not reached.any():
        message = text(
            "The composite lifting index of {s} was not found: nobody named reaches all {n} lifts.",
            "L'indice de levage composite du poste {s} n'a pas été calculé : aucune personne nommée n'atteint les {n} levages.",
            s=station.station.id, n=len(lifts),
        )  # fmt: skip
        return Finding(code="lifting_niosh.composite", verdict=Verdict.NOT_EVALUATED, message=message, **same)
    cases = {int(i): _job(lifts, named, int(i)) for i in np.flatnonzero(reached)}
    results = {i: METHOD.solve(case) for i, case in cases.items()}
    worst = max(results, key=lambda i: (_cli(results[i]), -i))
    index = _cli(results[worst])
    verdict = Verdict.FAIL if math.isinf(index) else verdict_for(index, limit, "max")
    message = text(
        "The {n} lifts of {s} together: composite lifting index {index} ({who}).",
        "Les {n} levages du poste {s} ensemble : indice de levage composite {index} ({who}).",
        n=len(lifts), s=station.station.id, index=_index(index), who=person(people, worst),
    )  # fmt: skip
    if missed:
        message = text(
            "{said} Not counted, as the equation excludes them: {ids}.",
            "{said} Non comptés, car exclus par l'équation : {ids}.",
            said=message, ids=", ".join(missed),
        )  # fmt: skip
        verdict = Verdict.INDETERMINATE if verdict == Verdict.PASS else verdict
    verdict, message = unreached_words(verdict, message, people, reached)
    return Finding(
        code="lifting_niosh.composite", verdict=verdict, message=message,
        measured=None if math.isinf(index) else index, limit=limit, limit_kind="max",
        data={"case": cases[worst], "result": results[worst], "person": people.ids[worst],
              "not_counted": missed,
              "people": [{"id": id_} | ({"CLI": results[i]["CLI"]} if i in results else {"reached": False})
                         for i, id_ in enumerate(people.ids)]},
        **same,
    )  # fmt: skip


def _cli(result: Result) -> float:
    value = result["CLI"]
    return math.inf if value is None else float(value)


def _job(lifts: list[Lift], named: PosedLifts, who: int) -> dict[str, Any]:
    tasks = [{"id": lift.point.id} | named.case(lift, who) for lift in lifts]
    return {
        "units": "cm,kg,deg",
        "tasks": [{k: v for k, v in task.items() if k != "units"} for task in tasks],
    }


def _marks(lift: Lift, named: PosedLifts, who: int) -> tuple[Mark, ...]:
    """The manikin at the origin, with H on the floor and V upright at each end."""
    from immersive.checks._figures import figure_mark

    marks: list[Mark] = [figure_mark(named.poses, who, named.column[lift.point.id])]
    floor = named.poses.stance.position[2]
    for end in (lift.point, lift.to):
        if end is None:
            continue
        j = named.column[end.id]
        x, y, z = (float(value) for value in named.places.hands[who, j])
        ax, ay = (float(value) for value in named.places.ankles[who, j][:2])
        h, v = named.places.horizontal[who, j], named.places.vertical[who, j]
        marks += [
            SegmentMark((ax, ay, floor), (x, y, floor), text("H {d}", "H {d}", d=mm(h))),
            SegmentMark((x, y, floor), (x, y, z), text("V {d}", "V {d}", d=mm(v))),
            PointMark(end.position, text("{id}", "{id}", id=end.id)),
        ]
    return tuple(marks)
