"""ISO 11226 and EN 1005-4 over workstations, work points and people: one finding for each task."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from immersive.checks._base import Context
from immersive.checks._people_told import reached_by, unreached_words
from immersive.checks._posture_task import postures_of
from immersive.checks._tasks import StationTasks, rule_error, subjects, tasks_of, unexamined
from immersive.checks._zone_standard import Rated, Standard, Task, ZoneParams
from immersive.checks._zone_told import (
    chart_of,
    hint_of,
    marks_of,
    message_of,
    population_data,
    share_words_of,
    worst_parts,
)
from immersive.findings import Evaluation, Finding, PointMark, Skipped, Text, Verdict, text
from immersive.human.posture_zones import ZoneMethod
from immersive.human.shares import Share, percent, share
from immersive.human.zone_cases import Reading, case_of
from immersive.scene.station import WorkPoint
from immersive.units import degrees


def evaluate(standard: Standard, context: Context, params: ZoneParams) -> Evaluation:
    """One finding for each work point that the standard is for.

    Raises:
        LayoutError: A parameter is out of range.
    """
    if params.share > 1.0:
        raise rule_error(context, "share", f"found {params.share:g}, must be from 0 to 1")
    tasks = tasks_of(context, params)
    findings = unexamined(context, tasks, standard.code, citation=standard.citation)
    skipped = list(tasks.skipped)
    assumed: dict[str, Text] = {}
    judged = 0
    for station in tasks.stations:
        for j, point in enumerate(station.points):
            task = standard.task_of(point, params)
            if not isinstance(task, Task):
                skipped.append(Skipped(f"{station.station.id}/{point.id}", task))
                continue
            findings.append(_judge(standard, context, params, station, j, task))
            assumed |= {line["en"]: line for line in task.assumed}
            judged += 1
    if not findings:
        findings.append(_nothing(standard, context))
    examined = {**tasks.examined, "work_points": judged}
    told = (
        _threshold(params),
        *standard.assumptions,
        *assumed.values(),
        *standard.method().notes,
        *tasks.told,
    )
    return Evaluation(tuple(findings), examined, tuple(skipped), told)


def anything(standard: Standard, points: tuple[WorkPoint, ...], params: Any) -> bool:
    """True if any of these work points is a task for the standard."""
    return any(isinstance(standard.task_of(point, params), Task) for point in points)


def _threshold(params: ZoneParams) -> Text:
    return text(
        "A backward angle up to {a} counts as upright, a shoulder is raised and an upper arm adducted beyond {b}, a joint "
        "is at an extreme beyond {c} of its range: set by this project, the standards name no figures.",
        "Un angle vers l'arrière jusqu'à {a} compte comme droit, une épaule est levée et un bras en adduction au-delà de "
        "{b}, une articulation est en position extrême au-delà de {c} de son amplitude : seuils de ce projet, les normes "
        "n'en donnent pas.",
        a=degrees(params.neutral), b=degrees(math.radians(Reading().awkward)),
        c={lang: percent(Reading().extreme, lang) for lang in ("en", "fr")},
    )  # fmt: skip


def _nothing(standard: Standard, context: Context) -> Finding:
    message = text(
        "No work point is a task that {title} judges; the reasons are listed with what was left out",
        "Aucun point de travail n'est une tâche jugée par {title} ; les raisons figurent parmi les exclusions",
        title=standard.title,
    )
    return Finding(
        standard.code, context.rule.id, (), Verdict.NOT_EVALUATED, context.severity, message,
        citation=standard.citation,
    )  # fmt: skip


def _rate(
    standard: Standard, station: StationTasks, which: str, j: int, task: Task, reading: Reading
) -> Rated | None:
    postures = postures_of(station, which)
    poses = station.named if which == "named" else station.sample
    if postures is None or poses is None:
        return None
    angles = postures.angles[:, j]
    fields = standard.fields(angles, poses.hand[:, j], poses.stance.posture, task.point, reading)
    return Rated(poses, angles, fields, standard.ranks(fields, task), reached_by(poses, [j]))


def _judge(
    standard: Standard, context: Context, params: ZoneParams, station: StationTasks, j: int, task: Task
) -> Finding:
    method, point = standard.method(), task.point
    reading = Reading(neutral=round(math.degrees(params.neutral), 9))
    same: dict[str, Any] = {
        "code": standard.code, "rule": context.rule.id, "subjects": subjects(station.station, point),
        "severity": context.severity, "citation": standard.citation,
    }  # fmt: skip
    named = _rate(standard, station, "named", j, task, reading)
    assert named is not None
    sample = _rate(standard, station, "sample", j, task, reading)
    if not named.reached.any():
        message = text(
            "The posture at {point} of {station} was not judged: nobody named reaches it.",
            "La posture à {point} du poste {station} n'a pas été jugée : aucune personne nommée ne l'atteint.",
            point=point.id, station=station.station.id,
        )  # fmt: skip
        mark = PointMark(point.position, text("{id}", "{id}", id=point.id))
        return Finding(verdict=Verdict.NOT_EVALUATED, message=message, marks=(mark,), **same)
    group, i, told, unsure = _decider(standard, method, named, sample, params)
    case = case_of(group.fields, (i,)) | dict(task.times)
    result = method.solve(case)
    word = result["worst_examined"]
    parts = worst_parts(method, result, word)
    verdict = _verdict(standard, task, word, unsure)
    message = message_of(standard, method, station, task, group, i, case, result, parts, verdict)
    if told is not None:
        message = text("{said} {share}.", "{said} {share}.", said=message, share=share_words_of(told))
    verdict, message = unreached_words(verdict, message, named.poses.people, named.reached)
    measure = standard.measure(case, result, parts[0], task)
    hint: Text = {}
    better: dict[str, Any] | None = None
    if word not in standard.good and group is named:
        hint, better = hint_of(standard, method, station, j, task, reading)
    data: dict[str, Any] = {
        "case": case,
        "result": result,
        "person": group.poses.people.ids[i],
        "hand": ("right", "left", "both")[int(group.poses.hand[i, j])],
        "angles": group.angles[i].as_data(),
        "people": [
            {"id": id_, "reached": bool(ok)} | ({"result": method.order[rank]} if ok else {})
            for id_, ok, rank in zip(named.poses.people.ids, named.reached, named.ranks, strict=True)
        ],
        "driven_by": parts,
        "thresholds_deg": {"neutral": reading.neutral, "awkward": reading.awkward},
        "extreme_share": reading.extreme,
        "assumed": [dict(line) for line in task.assumed],
    }
    if sample is not None and told is not None:
        data["population"] = population_data(method, sample, told, params.share)
    if better is not None:
        data["improvement"] = better
    return Finding(
        verdict=verdict, message=message, measured=measure.measured, limit=measure.limit, limit_kind=measure.kind,
        unit=measure.unit, data=data, hint=hint, charts=() if sample is None else (chart_of(standard, method, sample, point),),
        marks=marks_of(standard, group, i, j, point, result), **same,
    )  # fmt: skip


def _decider(
    standard: Standard, method: ZoneMethod, named: Rated, sample: Rated | None, params: ZoneParams
) -> tuple[Rated, int, Share | None, bool]:
    """Who shows why: the worst named person, or of the sample where too many of it fail and nobody named does."""
    i = int(np.argmax(np.where(named.reached, named.ranks, -1)))
    if sample is None:
        return named, i, None, False
    good = np.isin(sample.ranks, [method.order.index(word) for word in standard.good])
    told = share(sample.reached & good, sample.poses.people)
    short = params.share > 0.0 and told.all.value < params.share
    kept = method.order[int(named.ranks[i])] in standard.good
    if short and kept and named.reached.all() and (sample.reached & ~good).any():
        k = int(np.argmax(np.where(sample.reached, sample.ranks, -1)))
        # Only a random sample leaves open what the population's share is.
        return sample, k, told, told.sampled and told.all.high >= params.share
    return named, i, told, False


def _verdict(standard: Standard, task: Task, word: str, unsure: bool) -> Verdict:
    if word in standard.good:
        return Verdict.PASS
    if word in standard.open or unsure or not task.certain:
        return Verdict.INDETERMINATE
    return Verdict.FAIL
