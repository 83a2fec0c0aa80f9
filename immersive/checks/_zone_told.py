"""What a finding of ISO 11226 or EN 1005-4 says: sentence, shares, figure, and the hint that was posed again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks._moves import better_place
from immersive.checks._people_told import reached_by
from immersive.checks._shares import share_chart
from immersive.checks._tasks import StationTasks, person
from immersive.checks._zone_standard import Rated, Standard, Task, split_side
from immersive.findings import Mark, PointMark, ShareChart, Text, Verdict, text
from immersive.human.posing import Poses
from immersive.human.posture_angles import angles_of
from immersive.human.posture_zones import ZoneMethod
from immersive.human.shares import Share, share_words
from immersive.human.zone_cases import Reading
from immersive.scene.station import WorkPoint


def worst_parts(method: ZoneMethod, result: Mapping[str, Any], word: str) -> list[str]:
    """Keys of the body parts with the worst result, in the method's order."""
    return [part for part in result["examined"] if result[part]["result"] == word]


SIDES = {"left": text("left", "du côté gauche"), "right": text("right", "du côté droit")}
AGREEING = {
    "upper_arm": {"left": text("left", "gauche"), "right": text("right", "droit")},
    "shoulder": {"left": text("left", "gauche"), "right": text("right", "droite")},
}
"""Parts whose French adjective agrees with them; others are named with their side."""


def _part_words(standard: Standard, key: str) -> Text:
    part, side = split_side(key)
    words = standard.parts[part][0]
    if not side:
        return words
    return text("{side} {p}", "{p} {side}", p=words, side=AGREEING.get(part, SIDES)[side])


def message_of(
    standard: Standard, method: ZoneMethod, station: StationTasks, task: Task, group: Rated, i: int,
    case: Mapping[str, Any], result: Mapping[str, Any], parts: list[str], verdict: Verdict,
) -> Text:  # fmt: skip
    word = result["worst_examined"]
    words: dict[str, Any] = {
        "title": standard.title, "point": task.point.id, "station": station.station.id, "word": method.words[word],
        "who": person(group.poses.people, i), "part": _part_words(standard, parts[0]), "why": standard.why(case, result, parts[0], task),
    }  # fmt: skip
    if word == method.order[0]:
        return text(
            "{title}, {point} at {station}: every body part is {word}, also for the worst placed ({who}).",
            "{title}, {point} au poste {station} : chaque partie du corps est {word}, même dans le cas le plus défavorable ({who}).",
            **words,
        )
    said = text(
        "{title}, {point} at {station}: {word} ({who}), by the {part}: {why}.",
        "{title}, {point} au poste {station} : {word} ({who}), du fait de : {part} ({why}).",
        **words,
    )
    if verdict == Verdict.INDETERMINATE and not task.certain:
        return text(
            "{said} This holds if the posture is kept longer than 4 s, which the layout does not say (hold).",
            "{said} Valable si la posture est maintenue plus de 4 s, ce que le fichier n'indique pas (hold).",
            said=said,
        )
    return said


def share_words_of(told: Share) -> Text:
    return text("Acceptable for {share}", "Acceptable pour {share}", share=share_words(told))


def population_data(method: ZoneMethod, sample: Rated, told: Share, demanded: float) -> dict[str, Any]:
    reached = sample.reached
    counts = np.bincount(sample.ranks[reached], minlength=len(method.order))
    ranked = np.sort(sample.ranks[reached])
    return {
        "people": len(reached),
        "not_reached": int((~reached).sum()),
        "people_by_result": {word: int(n) for word, n in zip(method.order, counts, strict=True) if n},
        "worst": method.order[int(ranked[-1])] if ranked.size else None,
        "median": method.order[int(ranked[ranked.size // 2])] if ranked.size else None,
        "share": told.all.value,
        "share_interval": [told.all.low, told.all.high],
        "share_demanded": demanded,
    }


def chart_of(standard: Standard, method: ZoneMethod, sample: Rated, point: WorkPoint) -> ShareChart:
    categories = [(text("{w}", "{w}", w=method.words[word]), standard.levels[word]) for word in method.order]
    which = np.where(sample.reached, sample.ranks, len(categories))
    used = sorted({*which.tolist()})
    categories.append((text("not reached", "hors d'atteinte"), 0))
    title = text("{t} at {id}", "{t} à {id}", t=standard.title, id=point.id)
    place = np.array([used.index(k) if k in used else 0 for k in range(len(categories))])
    return share_chart(
        title, [categories[k] for k in used], sample.poses.people, place[which].astype(np.int64)
    )


def hint_of(
    standard: Standard, method: ZoneMethod, station: StationTasks, j: int, task: Task, reading: Reading
) -> tuple[Text, dict[str, Any]]:
    """What gives all named people a better result: the shortest move of the point, or a milder pace; rated again."""

    def ranks(poses: Poses, task: Task) -> NDArray[np.float64]:
        fields = standard.fields(angles_of(poses), poses.hand, poses.stance.posture, task.point, reading)
        return standard.ranks(fields, task).astype(np.float64)

    floor = max(method.order.index(word) for word in standard.good)
    reached = reached_by(station.named, [j])
    now = int(ranks(station.named, task)[reached, j].max())
    # Places that are good enough are equal: the shortest way to one is told.
    move = better_place(station, j, lambda poses: np.maximum(ranks(poses, task), floor))
    data: dict[str, Any] = {"found": move is not None}
    if move is not None:
        word = method.order[round(move.score)]
        data |= {"move": move.as_data(), "result_after": word, "obstacles_regarded": False}
        hint = text(
            "With the point {move} the result would be at worst: {word}, for all people named; obstacles not regarded.",
            "Avec le point {move}, le résultat serait au pire : {word}, pour toutes les personnes nommées ; obstacles non considérés.",
            move=move.words(), word=method.words[word],
        )  # fmt: skip
        if move.score >= now:
            hint = text(
                "With the point {move} all people named would reach it, at worst with the result: {word}; obstacles not regarded.",
                "Avec le point {move}, toutes les personnes nommées l'atteindraient, avec au pire le résultat : {word} ; obstacles non considérés.",
                move=move.words(), word=method.words[word],
            )  # fmt: skip
    else:
        hint = text(
            "No move of the point within 300 mm gives all people named a better result.",
            "Aucun déplacement du point de moins de 300 mm n'améliore le résultat pour toutes les personnes nommées.",
        )
    milder = standard.relief(task)
    if milder is not None:
        then = int(ranks(station.named, milder[0])[reached, j].max())
        if then < now:
            word = method.order[then]
            data["milder"] = {"times": dict(milder[0].times), "result_after": word}
            hint = text(
                "{hint} Where it is, {pace}, it would be at worst: {word}.",
                "{hint} Sur place, {pace}, il serait au pire : {word}.",
                hint=hint, pace=milder[1], word=method.words[word],
            )  # fmt: skip
    return hint, data


def marks_of(
    standard: Standard, group: Rated, i: int, j: int, point: WorkPoint, result: Mapping[str, Any]
) -> tuple[Mark, ...]:
    from immersive.checks._figures import figure_mark

    levels: dict[str, int] = {}
    for key in result["examined"]:
        part, side = split_side(key)
        for segment in standard.parts[part][1]:
            for one in (side,) if side else ("left", "right"):
                name = segment.format(side=one)
                levels[name] = max(levels.get(name, 0), standard.levels[result[key]["result"]])
    return (
        figure_mark(group.poses, i, j, levels=levels),
        PointMark(point.position, text("{id}", "{id}", id=point.id)),
    )
