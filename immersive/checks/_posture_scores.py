"""Evaluates RULA, REBA and OWAS over workstations, work points and people: one finding for each task."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks import _tasks
from immersive.checks._base import Context
from immersive.checks._posture_hint import Improvement, improvement
from immersive.checks._posture_task import (
    PostureParams,
    assumptions,
    postures_of,
    reading_of,
    scores_of,
)
from immersive.checks._shares import share_chart
from immersive.checks._tasks import StationTasks, person, subjects, tasks_of
from immersive.findings import Citation, Evaluation, Finding, Mark, PointMark, Text, Verdict, text
from immersive.geometry.tolerance import ARITHMETIC
from immersive.human.posing import BOTH, LEFT, RIGHT, Poses
from immersive.human.posture_audit import audit
from immersive.human.posture_cases import Postures, case_of
from immersive.human.posture_scores import Scoring, drivers
from immersive.human.shares import Share, percent, share, share_words
from immersive.human.skeleton import SIDES

IntArray = NDArray[np.int64]

HAND_WORDS = {RIGHT: text("right hand", "main droite"), LEFT: text("left hand", "main gauche"),
              BOTH: text("both hands", "deux mains")}  # fmt: skip
NOT_REACHED = text("not reached", "hors d'atteinte")


@dataclass(frozen=True)
class Posture:
    """A check that scores postures.

    Attributes:
        code: Of its findings: ``"posture_rula.score"``.
        scoring: The method.
        title: Its short name, ``"RULA"``.
        level_word: What its levels are called.
        actions: Action level → what it asks for.
        colours: Action level → 1 good, 2 medium, 3 bad.
        citation: Of the findings.
    """

    code: str
    scoring: Scoring
    title: str
    level_word: Text
    actions: Mapping[int, Text]
    colours: Mapping[int, int]
    citation: Citation


@dataclass(frozen=True)
class Group:
    """The scores of some people at a workstation.

    Attributes:
        poses, postures: (k, m).
        fields, scores: As the method has them, (k, m, sides).
        worst: (k, m) final score of the worse side.
        reached: (k, m) whether the posture reaches its point, for the named people without cutting the cell.
    """

    poses: Poses
    postures: Postures
    fields: Mapping[str, Any]
    scores: Mapping[str, IntArray]
    worst: IntArray
    reached: NDArray[np.bool_]


def evaluate(check: Posture, context: Context, params: PostureParams, coupling: str = "fair") -> Evaluation:
    """One finding for each work point.

    Raises:
        LayoutError: A parameter is out of range.
    """
    levels = sorted(check.actions)
    if params.level not in levels[:-1]:
        raise _tasks.rule_error(
            context, "level", f"found {params.level}, must be from {levels[0]} to {levels[-2]}"
        )
    if not 0.0 <= params.share <= 1.0:
        raise _tasks.rule_error(context, "share", f"found {params.share:g}, must be from 0 to 1")
    tasks = tasks_of(context, params)
    findings = _tasks.unexamined(context, tasks, check.code, citation=check.citation)
    people = postures = 0
    for n, station in enumerate(tasks.stations):
        named = _group(check, station, "named", params, coupling)
        assert named is not None
        sample = _group(check, station, "sample", params, coupling)
        for j in range(len(station.points)):
            findings.append(_judge(check, context, params, station, j, named, sample, coupling))
        people += len(named.poses.people) + (0 if sample is None else len(sample.poses.people))
        postures += named.worst.size + (0 if sample is None else sample.worst.size)
        context.progress((n + 1) / len(tasks.stations))
    examined = {**tasks.examined, "people": people, "postures": postures}
    said = assumptions(check.scoring, tasks, params, coupling) if tasks.stations else ()
    return Evaluation(tuple(findings), examined, tasks.skipped, (*said, *tasks.told))


def _group(
    check: Posture, station: StationTasks, which: str, params: PostureParams, coupling: str
) -> Group | None:
    postures = postures_of(station, which)
    poses = station.named if which == "named" else station.sample
    if postures is None or poses is None:
        return None
    fields, scores = scores_of(check.scoring, postures, station.points, params, coupling)
    arrives = poses.reached & ~np.asarray(getattr(poses, "blocked", False))
    return Group(poses, postures, fields, scores, check.scoring.worst_final(scores), arrives)


@dataclass(frozen=True)
class _Told:
    """The shares of a work point.

    Attributes:
        kept: Who reaches it and keeps to the level; None: there is no sample.
        missed: Share of the population that does not reach it.
        verdict: Of the demanded share alone.
        median: Final score of the middle one of those who reach it.
    """

    kept: Share | None
    missed: float
    verdict: Verdict
    median: int | None


def _judge(
    check: Posture, context: Context, params: PostureParams, station: StationTasks, j: int, named: Group,
    sample: Group | None, coupling: str,
) -> Finding:  # fmt: skip
    scoring, point = check.scoring, station.points[j]
    limit = scoring.most(params.level)
    told = _shares(sample, j, limit, params.share)
    arrives = named.reached[:, j]
    finals = np.where(arrives, named.worst[:, j], -1)
    group, i = named, int(np.argmax(finals))
    kept = bool((finals <= limit).all())
    if kept and told.verdict in (Verdict.FAIL, Verdict.INDETERMINATE) and sample is not None:
        # Everybody named keeps to it and too many others do not: one of those shows why.
        group = sample
        i = int(np.argmax(np.where(sample.reached[:, j], sample.worst[:, j], -1)))
    if not group.reached[i, j]:
        return _nobody(check, context, station, j)
    level = int(scoring.level_of(group.worst[i, j]))
    verdict = told.verdict if kept else Verdict.FAIL
    if not arrives.all() and verdict != Verdict.FAIL:
        verdict = Verdict.NOT_EVALUATED
    better: Improvement | None = None
    if verdict in (Verdict.FAIL, Verdict.INDETERMINATE):
        better = improvement(scoring, station, j, params, coupling, limit)
    ranked = drivers(scoring, {name: values[i, j] for name, values in group.scores.items()})
    words: dict[str, Any] = {
        "method": check.title,
        "point": point.id,
        "station": station.station.id,
        "final": int(group.worst[i, j]),
        "level": level,
        "action": check.actions[level],
        "word": check.level_word,
        "person": person(group.poses.people, i),
        "hand": HAND_WORDS[int(group.poses.hand[i, j])],
        "limit": limit,
    }
    if scoring.final == scoring.level:
        message = text(
            "{method} of {point} at {station}: at worst {word} {level} ({person}, {hand}): {action}.",
            "{method} de {point} au poste {station} : {word} {level} au pire ({person}, {hand}) : {action}.",
            **words,
        )
    else:
        message = text(
            "{method} of {point} at {station}: at worst {final}, {word} {level} ({person}, {hand}): {action}.",
            "{method} de {point} au poste {station} : {final} au pire, {word} {level} ({person}, {hand}) : {action}.",
            **words,
        )
    # Shares are counted past no part: where a part decides the worst score, that is said.
    aside = sample is not None and bool(
        (~arrives).any() or (finals > np.max(sample.worst[:, j], where=sample.reached[:, j], initial=0)).any()
    )
    message = _with_population(check, message, told, params, aside=aside)
    if not arrives.all():
        message = text(
            "{said} Not scored, as the point is not reached past the parts of the cell: {who}.",
            "{said} Non coté, le point n'étant pas atteint sans heurter la cellule : {who}.",
            said=message,
            who=", ".join(name for name, ok in zip(named.poses.people.ids, arrives, strict=True) if not ok),
        )
    charts = () if sample is None else (_chart(check, sample, j, point.id),)
    return Finding(
        code=check.code,
        rule=context.rule.id,
        subjects=subjects(station.station, point),
        verdict=verdict,
        severity=context.severity,
        message=message,
        measured=float(group.worst[i, j]),
        limit=float(limit),
        limit_kind="max",
        citation=check.citation,
        marks=_marks(scoring, station, group, i, j),
        data=_data(check, params, station, j, named, sample, group, i, told, ranked, better),
        hint={}
        if better is None
        else better.words(ranked, words["person"], int(group.worst[i, j]), check.level_word, check.actions),
        charts=charts,
    )


def _nobody(check: Posture, context: Context, station: StationTasks, j: int) -> Finding:
    point = station.points[j]
    return Finding(
        check.code,
        context.rule.id,
        subjects(station.station, point),
        Verdict.NOT_EVALUATED,
        context.severity,
        text(
            "{method} of {point} at {station} was not scored: nobody named reaches it.",
            "{method} de {point} au poste {station} n'a pas été coté : aucune personne nommée ne l'atteint.",
            method=check.title,
            point=point.id,
            station=station.station.id,
        ),
        citation=check.citation,
        marks=(PointMark(point.position, text("{id}", "{id}", id=point.id)),),
        data={"method": check.scoring.name, "reached_by": []},
    )


def _shares(sample: Group | None, j: int, limit: int, demanded: float) -> _Told:
    if sample is None:
        return _Told(None, 0.0, Verdict.PASS, None)
    people, arrives, worst = sample.poses.people, sample.reached[:, j], sample.worst[:, j]
    kept, above = share(arrives & (worst <= limit), people), share(arrives & (worst > limit), people)
    missed = 1.0 - share(arrives, people).all.value
    verdict = Verdict.PASS
    if demanded > 0.0 and above.all.value > 1.0 - demanded + ARITHMETIC:
        # Only a random sample leaves open what the population's share is.
        unsure = above.sampled and above.all.low <= 1.0 - demanded
        verdict = Verdict.INDETERMINATE if unsure else Verdict.FAIL
    elif demanded > 0.0 and kept.all.value < demanded - ARITHMETIC:
        verdict = Verdict.NOT_EVALUATED  # too many of them do not reach it, which is for ``reach`` to say
    # The middle one of those scored; of an even number the worse of the two, as scores have no halves.
    ranked = np.sort(worst[arrives])
    return _Told(kept, missed, verdict, int(ranked[ranked.size // 2]) if ranked.size else None)


def _with_population(
    check: Posture, message: Text, told: _Told, params: PostureParams, *, aside: bool
) -> Text:
    if told.kept is None:
        return text(
            "{said} Only percentile persons are examined: no share of a population.",
            "{said} Seules des personnes définies par percentile sont examinées : pas de part de population.",
            said=message,
        )
    message = text(
        "{said} {aside}{share} keep to {word} {level}",
        "{said} {aside}{share} restent dans la limite ({word} {level})",
        said=message,
        aside=text("Obstacles aside, ", "Obstacles mis à part, ") if aside else "",
        share=share_words(told.kept),
        level=params.level,
        word=check.level_word,
    )
    if told.missed > 0.0:
        message = text(
            "{said}, {share} of all do not reach the point",
            "{said}, {share} de l'ensemble n'atteignent pas le point",
            said=message,
            share={lang: percent(told.missed, lang) for lang in ("en", "fr")},
        )
    if told.median is None:
        return text("{said}.", "{said}.", said=message)
    return text("{said}; median {m}.", "{said} ; médiane {m}.", said=message, m=told.median)


def _chart(check: Posture, sample: Group, j: int, point: str) -> Any:
    levels = sorted(check.actions)
    categories: list[tuple[Text, int]] = [
        (text("{word} {n}", "{word} {n}", word=check.level_word, n=level), check.colours[level])
        for level in levels
    ]
    which = check.scoring.level_of(sample.worst[:, j]) - levels[0]
    missed = ~sample.reached[:, j]
    if missed.any():
        categories.append((NOT_REACHED, 0))
        which = np.where(missed, len(levels), which)
    title = text(
        "{method} action level at {point}",
        "Niveau d'action {method} à {point}",
        method=check.title,
        point=point,
    )
    return share_chart(title, categories, sample.poses.people, np.asarray(which, np.int64))


def segment_levels(scoring: Scoring, scores: Mapping[str, IntArray], i: int, j: int) -> dict[str, int]:
    """Segment → 1 good, 2 medium, 3 bad, by the score of its body part."""
    levels: dict[str, int] = {}
    for part in scoring.parts:
        values = scores[part.name][i, j]
        if not part.sided:
            levels |= dict.fromkeys(part.segments, part.level(int(values.max())))
            continue
        for side, value in zip(SIDES, np.broadcast_to(values, 2), strict=True):
            levels |= {f"{side}_{name}": part.level(int(value)) for name in part.segments}
    return levels


def _marks(scoring: Scoring, station: StationTasks, group: Group, i: int, j: int) -> tuple[Mark, ...]:
    from immersive.checks._figures import figure_mark

    point = station.points[j]
    return (
        figure_mark(group.poses, i, j, levels=segment_levels(scoring, group.scores, i, j)),
        PointMark(point.position, text("{id}", "{id}", id=point.id)),
    )


def _data(
    check: Posture, params: PostureParams, station: StationTasks, j: int, named: Group, sample: Group | None,
    group: Group, i: int, told: _Told, ranked: list[Any], better: Improvement | None,
) -> dict[str, Any]:  # fmt: skip
    scoring = check.scoring
    case = case_of(group.fields, (i, j))
    solved = scoring.method().solve(case)
    reading = reading_of(params)
    out: dict[str, Any] = {
        "method": scoring.name,
        "person": group.poses.people.ids[i],
        "hand": {RIGHT: "right", LEFT: "left", BOTH: "both"}[int(group.poses.hand[i, j])],
        "angles": group.postures.angles[i, j].as_data(),
        "case": case,
        "scores": {key: value for key, value in solved.items() if key not in ("notes", "source", "confidence")},
        "audit": audit(scoring.name, solved),
        "thresholds": {
            name if name in ("across", "outside") else f"{name}_deg": value
            for name, value in dataclasses.asdict(reading).items()
            if hasattr(params, name)
        },
        "level_limit": params.level,
        "named": {
            name: {"reached": bool(named.reached[k, j]), scoring.final: int(named.worst[k, j]),
                   "level": int(scoring.level_of(named.worst[k, j]))} if named.reached[k, j] else {"reached": False}
            for k, name in enumerate(named.poses.people.ids)
        },
        "driven_by": [
            {"parts": [part.name for part in driver.parts], f"{scoring.final}_without": driver.final}
            for driver in ranked
        ],
    }  # fmt: skip
    if sample is not None and told.kept is not None:
        arrives = sample.reached[:, j]
        counts = np.bincount(sample.worst[arrives, j], minlength=scoring.highest + 1)
        out["population"] = {
            "people": len(sample.poses.people),
            "not_reached": int((~arrives).sum()),
            "share_not_reached": told.missed,
            "worst": int(sample.worst[arrives, j].max()) if arrives.any() else None,
            "median": told.median,
            "people_by_score": {str(score): int(n) for score, n in enumerate(counts) if n},
            "share_at_level": told.kept.all.value,
            "share_interval": [told.kept.all.low, told.kept.all.high],
            "share_demanded": params.share,
        }
    if better is not None:
        out["improvement"] = better.as_data()
    return out
