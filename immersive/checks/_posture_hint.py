"""What would lower a posture's score: the part that drives it and a move of the point, posed and scored again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks._moves import FAR, Move, better_place
from immersive.checks._posture_task import PostureParams, read_postures, scores_of
from immersive.checks._tasks import StationTasks
from immersive.findings import Text, text
from immersive.human.people import People
from immersive.human.posing import Poses, Target
from immersive.human.posture_scores import Driver, Scoring
from immersive.human.shares import percent, share
from immersive.units import mm


@dataclass(frozen=True)
class Improvement:
    """A better place of the work point, or that there is none near.

    Attributes:
        move: None: no move lowers the worst score of the named people.
        before: Worst final score now of the named people who reach the point; None: nobody does.
        after, level: At the better place, where all of them reach it: worst final score, its action level.
        share: Of the population that then keeps to the level, 0 to 1; None: no sample.
        in_the_way: Parts that the named people would cut there, as the cell stands.
    """

    move: Move | None
    before: int | None
    after: int | None = None
    level: int | None = None
    share: float | None = None
    in_the_way: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As JSON."""
        if self.move is None:
            return {"found": False, "worst_before": self.before}
        return {
            "found": True,
            "move": self.move.as_data(),
            "worst_before": self.before,
            "worst_after": self.after,
            "level_after": self.level,
            "share_after": self.share,
            "in_the_way": list(self.in_the_way),
        }

    def words(
        self, ranked: list[Driver], who: Text, now: int, level_word: Text, actions: Mapping[int, Text]
    ) -> Text:
        """``Driven by the upper arm … With the point 150 mm lower …``.

        Args:
            ranked: What drives the score.
            who: Whose score.
            now: That score.
            level_word: What the method's levels are called.
            actions: Level → what it asks for.
        """
        cause = _cause(ranked, who, now)
        if self.move is None or self.level is None:
            return text(
                "{cause} No move of the point within {far} lowers the worst score among the people named.",
                "{cause} Aucun déplacement du point jusqu'à {far} n'abaisse la cote la plus haute parmi les "
                "personnes nommées.",
                cause=cause,
                far=mm(FAR),
            )
        said = text(
            "{cause} With the point {move}, the worst score among the people named would be {after} ({word} {level}: "
            "{action}); all of them reach it there",
            "{cause} Avec le point {move}, la cote la plus haute parmi les personnes nommées serait {after} ({word} "
            "{level} : {action}) ; toutes l'y atteignent",
            cause=cause,
            move=self.move.words(),
            after=self.after,
            level=self.level,
            word=level_word,
            action=actions[self.level],
        )
        if self.share is not None:
            said = text(
                "{said}; {share} of the population would keep to the limit",
                "{said} ; {share} de la population respecterait la limite",
                said=said,
                share={lang: percent(self.share, lang) for lang in ("en", "fr")},
            )
        if self.in_the_way:
            return text(
                "{said}. As the cell stands, {things} would be in the way there.",
                "{said}. Dans la cellule actuelle, {things} y ferait obstacle.",
                said=said,
                things=", ".join(self.in_the_way),
            )
        return text("{said}.", "{said}.", said=said)


def _cause(ranked: list[Driver], who: Text, now: int) -> Text:
    if not ranked:
        return text(
            "No one or two parts of the body alone drive the score ({who}).",
            "Aucune partie du corps, ni aucune paire, ne détermine seule la cote ({who}).",
            who=who,
        )
    first = ranked[0]
    names: Text = first.parts[0].words
    if len(first.parts) == 2:
        names = text("{a} and {b}", "{a} et {b}", a=first.parts[0].words, b=first.parts[1].words)
    return text(
        "Mostly driven by: {names}; at ease there, the {who} would score {final} instead of {now}.",
        "Facteur déterminant : {names} ; sans cette contrainte, {final} au lieu de {now} ({who}).",
        who=who,
        names=names,
        now=now,
        final=first.final,
    )


def improvement(
    scoring: Scoring, station: StationTasks, j: int, params: PostureParams, coupling: str, limit: int
) -> Improvement:
    """The shortest move of a work point that brings everybody named to the limit, or else lowest.

    Args:
        scoring: The method.
        station: With its people.
        j: Index of the work point.
        params: Of the rule.
        coupling: As for the score.
        limit: Highest final score that passes.
    """

    def finals(poses: Poses) -> NDArray[np.int64]:
        points = (station.points[j],) * len(poses.targets)
        return scoring.worst_final(scores_of(scoring, read_postures(poses), points, params, coupling)[1])

    here = _posed(station, station.study.named, station.targets[j])
    reached = finals(here)[here.reached]
    before = int(reached.max()) if reached.size else None
    # Places that are good enough are equal: the shortest way to one is told.
    floor = limit if before is None or before > limit else 0
    move = better_place(
        station, j, lambda poses: np.maximum(finals(poses), floor).astype(np.float64), sideways=True
    )
    if move is None:
        return Improvement(None, before)
    there = replace(station.targets[j], position=move.position)
    after = int(finals(_posed(station, station.study.named, there)).max())
    if before is not None and after >= before:  # that somebody else reaches it lowers no score
        return Improvement(None, before)
    kept = None
    if station.study.sample is not None:
        poses = _posed(station, station.study.sample, there)
        kept = share(poses.reached[:, 0] & (finals(poses)[:, 0] <= limit), poses.people).all.value
    things = _in_the_way(station, j, there)
    return Improvement(move, before, after, int(scoring.level_of(after)), kept, things)


def _in_the_way(station: StationTasks, j: int, there: Target) -> tuple[str, ...]:
    """Parts that some named person cannot keep clear of at another place."""
    from immersive.human.body_capsules import tool_of
    from immersive.human.reach_clear import ClearPoses, solve_reach_clear

    tool = tool_of(station.points[j])
    key = ("in the way", station.population, station.stance, there, tool)
    if key not in station.memo:  # other methods find the same place
        station.memo[key] = solve_reach_clear(
            station.study.named,
            station.named.links,
            station.stance,
            (there,),
            station.obstacles,
            tools=[tool],
            any_clear=True,
        )
    poses: ClearPoses = station.memo[key]
    cut = (item.part for i in np.flatnonzero(poses.blocked[:, 0]) for item in poses.in_the_way[i][0])
    return tuple(dict.fromkeys(cut))


def _posed(station: StationTasks, people: People, target: Target) -> Poses:
    from immersive.human.links import links_of
    from immersive.human.reach_ik import solve_reach

    key = ("posed", station.population, people is station.study.named, station.stance, target)
    if key not in station.memo:
        station.memo[key] = solve_reach(people, links_of(people), station.stance, (target,))
    poses: Poses = station.memo[key]
    return poses
