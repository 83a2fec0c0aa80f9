"""RULA, REBA and OWAS of many postures at once, as one kind of thing, and what drives a score.

A :class:`Scoring` makes a method's fields from postures, scores them, and puts the final score together from
the scores of the body parts again, so that it can be asked: what would it be if the upper arm scored less?
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.human import owas, reba, rula
from immersive.human.case_fields import Words, both
from immersive.human.posture_cases import (
    Fields,
    Postures,
    Reading,
    Work,
    owas_fields,
    reba_fields,
    rula_fields,
)
from immersive.human.scoring import Method

IntArray = NDArray[np.int64]
Scores = Mapping[str, IntArray]


@dataclass(frozen=True, slots=True)
class ScorePart:
    """A body part, or what the task adds, with a score of its own.

    Attributes:
        name: Key in the scores.
        words: Its name.
        least: Smallest score it can have.
        medium, bad: Scores from which a picture shows it so.
        segments: Of the manikin, without the side where ``sided``.
        sided: Whether each side has its own.
        eased: Score → what it becomes where the part is relieved; else ``least``.
    """

    name: str
    words: Words
    least: int
    medium: int
    bad: int
    segments: tuple[str, ...] = ()
    sided: bool = False
    eased: tuple[tuple[int, int], ...] = ()

    def relieved(self, score: IntArray) -> IntArray:
        """The score with nothing to complain of."""
        if not self.eased:
            return np.full_like(score, self.least)
        out = score.copy()
        for found, better in self.eased:
            out[score == found] = better
        return out

    def level(self, score: int) -> int:
        """1 good, 2 medium, 3 bad."""
        return 1 + (score >= self.medium) + (score >= self.bad)


@dataclass(frozen=True)
class Scoring:
    """A method that scores postures.

    Attributes:
        name: As in ``immersive score``.
        method: The audited one, for single cases.
        fields: Postures, task, thresholds → the fields of a case.
        assess: Fields → every score, (…, 2) where sides are scored, else (…, 1).
        parts: What the final score is made of.
        combine: Scores of the parts → the final score.
        final, level: Keys of the final score and of the action level.
        level_of: Final score → action level.
        highest: Final score there is.
    """

    name: str
    method: Callable[[], Method]
    fields: Callable[[Postures, Work, Reading], Fields]
    assess: Callable[[Fields], dict[str, IntArray]]
    parts: tuple[ScorePart, ...]
    combine: Callable[[Scores], IntArray]
    final: str
    level: str
    level_of: Callable[[Any], IntArray]
    highest: int

    def worst_final(self, scores: Scores) -> IntArray:
        """(…,) final score of the worse side."""
        return np.asarray(scores[self.final].max(axis=-1), np.int64)

    def most(self, level: int) -> int:
        """The highest final score of an action level."""
        finals = np.arange(1, self.highest + 1)
        return int(finals[self.level_of(finals) <= level].max())


@dataclass(frozen=True, slots=True)
class Driver:
    """What the final score would be with some parts relieved.

    Attributes:
        parts: One part, or two where no single one lowers the score.
        final: The final score then.
        drop: By how much it is lower.
    """

    parts: tuple[ScorePart, ...]
    final: int
    drop: int


def drivers(scoring: Scoring, scores: Scores, /) -> list[Driver]:
    """Parts by how much the final score falls with each relieved, the strongest first; pairs if none does.

    Args:
        scoring: The method.
        scores: Of one posture: (2,) or (1,) arrays.

    Of equal drops the part that is farther above its least score comes first.
    """
    now = int(scores[scoring.final].max())
    for count in (1, 2):
        found = [_relieved(scoring, scores, group, now) for group in combinations(scoring.parts, count)]
        ranked = sorted(
            (d for d in found if d.drop > 0),
            key=lambda d: (-d.drop, -max(int(np.max(scores[p.name] - p.least)) for p in d.parts)),
        )
        if ranked:
            return ranked
    return []


def _relieved(scoring: Scoring, scores: Scores, parts: Iterable[ScorePart], now: int) -> Driver:
    group = tuple(parts)
    changed = dict(scores)
    for part in group:
        changed[part.name] = part.relieved(np.asarray(scores[part.name]))
    final = int(scoring.combine(changed).max())
    return Driver(group, final, now - final)


def _rula(fields: Fields) -> dict[str, IntArray]:
    scores = rula.assess(**fields)
    return scores | {"muscle": scores["muscle_arm"], "force": scores["force_arm"]}


def _rula_final(s: Scores) -> IntArray:
    use = s["muscle"] + s["force"]
    arm = rula.table_a(s["upper_arm"], s["lower_arm"], s["wrist"], s["wrist_twist"])
    return rula.grand_score(arm + use, rula.table_b(s["neck"], s["trunk"], s["legs"]) + use)


def _reba(fields: Fields) -> dict[str, IntArray]:
    given = dict(fields)
    sitting = np.asarray(given.pop("sitting"), bool)
    activity = reba.activity_score(given.pop("repeats_per_min"), given.pop("static"))
    given["legs_supported"] = given["legs_supported"] | sitting
    given["knee_flexion_deg"] = np.where(sitting, 0.0, given["knee_flexion_deg"])
    return reba.assess(**given, activity=activity)


def _reba_final(s: Scores) -> IntArray:
    trunk = reba.table_a(s["neck"], s["trunk"], s["legs"]) + s["load"]
    arm = reba.table_b(s["upper_arm"], s["lower_arm"], s["wrist"]) + s["coupling"]
    return np.asarray(reba.table_c(trunk, arm) + s["activity"], np.int64)


def _owas(fields: Fields) -> dict[str, IntArray]:
    return {name: values[..., None] for name, values in owas.assess(**fields).items()}


def _owas_final(s: Scores) -> IntArray:
    return owas.category(s["back"], s["arms"], s["legs"], s["load"])


_ARMS: Final = (
    ScorePart("upper_arm", both("upper arm", "bras"), 1, 2, 4, ("upper_arm", "clavicle"), sided=True),
    ScorePart("lower_arm", both("lower arm", "avant-bras"), 1, 2, 3, ("forearm",), sided=True),
    ScorePart("wrist", both("wrist", "poignet"), 1, 2, 3, ("hand",), sided=True),
)
_NECK: Final = ScorePart("neck", both("neck", "cou"), 1, 2, 3, ("neck", "head"))
_TRUNK: Final = ScorePart("trunk", both("trunk", "tronc"), 1, 2, 3, ("pelvis", "lumbar", "thorax"))
_LEG_SEGMENTS: Final = tuple(f"{side}_{name}" for side in ("right", "left") for name in ("thigh", "shank", "foot"))  # fmt: skip
_LEGS: Final = ScorePart("legs", both("legs", "jambes"), 1, 2, 3, _LEG_SEGMENTS)

RULA: Final = Scoring(
    "rula", rula.method, rula_fields, _rula,
    (
        *_ARMS, ScorePart("wrist_twist", both("wrist twist", "rotation du poignet"), 1, 2, 3, sided=True),
        _NECK, _TRUNK, _LEGS,
        ScorePart("muscle", both("muscle use (static or repeated)", "activité musculaire (statique ou répétée)"), 0, 1, 2,
                  sided=True),
        ScorePart("force", both("load or force", "charge ou force"), 0, 1, 2, sided=True),
    ),
    _rula_final, "grand", "action_level", rula.action_level, 7,
)  # fmt: skip
"""Rapid Upper Limb Assessment."""

REBA: Final = Scoring(
    "reba", reba.method, reba_fields, _reba,
    (
        _TRUNK, _NECK, _LEGS, *_ARMS,
        ScorePart("load", both("load or force", "charge ou force"), 0, 1, 2),
        ScorePart("coupling", both("coupling", "prise"), 0, 1, 2, sided=True),
        ScorePart("activity", both("activity (static or repeated)", "activité (statique ou répétée)"), 0, 1, 2),
    ),
    _reba_final, "grand", "level", reba.risk_level, 15,
)  # fmt: skip
"""Rapid Entire Body Assessment."""

OWAS: Final = Scoring(
    "owas", owas.method, owas_fields, _owas,
    (
        ScorePart("back", both("back", "dos"), 1, 2, 4, ("pelvis", "lumbar", "thorax")),
        ScorePart("arms", both("arms", "bras"), 1, 2, 3, tuple(
            f"{side}_{name}" for side in ("right", "left") for name in ("upper_arm", "forearm", "hand"))),
        ScorePart("legs", both("legs", "jambes"), 1, 4, 5, _LEG_SEGMENTS, eased=((4, 2), (5, 2))),
        ScorePart("load", both("load", "charge"), 1, 2, 3),
    ),
    _owas_final, "action_category", "action_category", lambda final: np.asarray(final, np.int64), 4,
)  # fmt: skip
"""Ovako Working posture Analysing System."""
