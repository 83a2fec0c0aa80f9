"""Where else a work point could be: moves that are tried out with the manikin and scored again.

A hint is never guessed: the point is moved on a grid, every named person is posed anew at each place, and
the shortest move with the best worst score is told. Obstacles are not regarded; who tells a move says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._tasks import StationTasks
from immersive.findings import Text, text
from immersive.human.posing import Poses, Target
from immersive.units import mm

FAR: Final = 0.3
"""Farthest move along one direction, metres."""
STEP: Final = 0.1
FINE: Final = 0.025
"""A move is told in multiples of this."""
CLOSE: Final = 0.25
"""No move brings a point nearer to the middle of the body on the plan than this: there the belly is."""

Score = Callable[[Poses], NDArray[np.float64]]
"""(k, m) score of postures, smaller is better; only reached ones are looked at."""


@dataclass(frozen=True, slots=True)
class Move:
    """A better place for a work point.

    Attributes:
        nearer: Towards the body on the plan, metres; negative: away.
        higher: Up, metres.
        position: In the world.
        score: Of the worst placed named person there.
        leftwards: To the left of somebody who faces the point, metres.
    """

    nearer: float
    higher: float
    position: tuple[float, float, float]
    score: float
    leftwards: float = 0.0

    def words(self) -> Text:
        """``200 mm nearer to the body and 100 mm lower``."""
        directions = (
            (self.nearer, text("nearer to the body", "plus près du corps"),
             text("farther from the body", "plus loin du corps")),
            (self.leftwards, text("further left", "plus à gauche"), text("further right", "plus à droite")),
            (self.higher, text("higher", "plus haut"), text("lower", "plus bas")),
        )  # fmt: skip
        parts = [
            text("{d} {way}", "{d} {way}", d=mm(abs(amount)), way=ahead if amount > 0.0 else back)
            for amount, ahead, back in directions
            if amount
        ]
        said = parts[0]
        for part in parts[1:-1]:
            said = text("{a}, {b}", "{a}, {b}", a=said, b=part)
        return said if len(parts) == 1 else text("{a} and {b}", "{a} et {b}", a=said, b=parts[-1])

    def as_data(self) -> dict[str, object]:
        """As JSON, metres."""
        return {
            "nearer": self.nearer,
            "leftwards": self.leftwards,
            "higher": self.higher,
            "position": list(self.position),
        }


_Way = tuple[float, float, float]
"""Nearer, leftwards, higher."""


def better_place(
    station: StationTasks, index: int, score: Score, /, *, sideways: bool = False
) -> Move | None:
    """The shortest move of a work point that lowers the worst score among the named people; None: none does.

    Args:
        station: With its named people.
        index: Of the work point.
        score: What is to be lowered.
        sideways: Whether moves to the left and right are tried too.
    """
    at = np.asarray(station.targets[index].position)
    towards = np.asarray(station.stance.position)[:2] - at[:2]
    distance = math.hypot(*towards)
    if distance < 1e-6:
        towards, distance = (
            -np.array([math.cos(station.stance.heading), math.sin(station.stance.heading)]),
            1.0,
        )
    towards /= distance
    now = _worst(station, index, [at], score)[0]
    count = round(FAR / STEP)
    steps = [round(k * STEP, 9) for k in range(-count, count + 1)]
    nearest = max(0.0, distance - CLOSE)
    grid = [
        (n, left, h)
        for n in steps
        for left in (steps if sideways else [0.0])
        for h in steps
        if (n, left, h) != (0.0, 0.0, 0.0) and n <= nearest
    ]
    found = _best(station, index, at, towards, grid, score, now)
    if found is None:
        return None
    way, best = found
    # The way there in fine steps: the least of it that does as well.
    count = round(max(abs(amount) for amount in way) / FINE)
    scaled: list[_Way] = [
        (_fine(way[0] * k / count), _fine(way[1] * k / count), _fine(way[2] * k / count))
        for k in range(1, count + 1)
    ]
    way, best = _best(station, index, at, towards, scaled, score, now) or (way, best)
    place = _place(at, towards, way)
    return Move(way[0], way[2], (float(place[0]), float(place[1]), float(place[2])), best, way[1])


def _fine(value: float) -> float:
    return round(round(value / FINE) * FINE, 9)


def _place(at: NDArray[np.float64], towards: NDArray[np.float64], way: _Way) -> NDArray[np.float64]:
    nearer, leftwards, higher = way
    # Who faces the point looks along −towards: left of that is towards turned by −90°.
    place: NDArray[np.float64] = at + np.array(
        [
            towards[0] * nearer + towards[1] * leftwards,
            towards[1] * nearer - towards[0] * leftwards,
            higher,
        ]
    )
    return place


def _best(
    station: StationTasks, index: int, at: NDArray[np.float64], towards: NDArray[np.float64],
    moves: list[_Way], score: Score, now: float,
) -> tuple[_Way, float] | None:  # fmt: skip
    found = _worst(station, index, [_place(at, towards, move) for move in moves], score)
    order = sorted(range(len(moves)), key=lambda i: (found[i], round(math.hypot(*moves[i]), 9), moves[i]))
    if not order or not found[order[0]] < now:
        return None
    return moves[order[0]], found[order[0]]


def _worst(station: StationTasks, index: int, places: list[NDArray[np.float64]], score: Score) -> list[float]:
    """Worst score of the named people at each place; infinite where one of them cannot reach it."""
    from immersive.human.links import links_of
    from immersive.human.reach_ik import solve_reach

    target, people = station.targets[index], station.study.named
    targets = tuple(
        Target((float(p[0]), float(p[1]), float(p[2])), target.hand, target.grasp, target.approach)
        for p in places
    )
    key = ("moves", station.population, station.stance, targets)
    if key not in station.memo:  # other checks of the run try the same places
        station.memo[key] = solve_reach(people, links_of(people), station.stance, targets)
    poses: Poses = station.memo[key]
    values = np.where(poses.reached, score(poses), np.inf)
    return [float(v) for v in values.max(axis=0)]
