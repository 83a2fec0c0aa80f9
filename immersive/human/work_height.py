"""Working heights referred to the elbow: where the hands should be for precise, light and heavy work.

The figures are differences to the height of the elbow of a person who stands upright with hanging upper arms.
None is established for sitting.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.human.people import People
from immersive.resources import resource

FloatArray = NDArray[np.float64]


@cache
def data() -> dict[str, Any]:
    """The committed figures with their confidence, millimetres."""
    return dict(json.loads(resource("assets/methods/work_height.json").read_text(encoding="utf-8")))


def standing_zone(precision: str) -> tuple[float, float]:
    """Lowest and highest place of the hands above the elbow, metres; ``"precision"``, ``"light"``, ``"heavy"``."""
    low, high = data()["standing_above_elbow"][precision]["range"]
    return 0.001 * low, 0.001 * high


def fixed_range(precision: str) -> tuple[float, float]:
    """Lowest and highest fixed working height for standing, metres above the floor."""
    low, high = data()["standing_fixed_height"][precision]["range"]
    return 0.001 * low, 0.001 * high


def elbow_heights(people: People, /, *, seat_height: float | None = None) -> FloatArray:
    """(n,) elbows above the floor, upper arms hanging; standing in shoes, or above a seat.

    Slump lowers the trunk and with it the elbows of a sitting person.
    """
    if seat_height is None:
        return people["elbow height"] + people.allowances.shoe_height
    return seat_height + people["elbow height, sitting"] - people.allowances.slump


def weights_of(people: People, /) -> FloatArray:
    """(n,) what each person stands for, adding up to 1: the sexes by their share of the population."""
    female = people.female
    women, men = int(female.sum()), int((~female).sum())
    share = people.share_of_women
    if share is None or not women or not men:
        return np.full(len(people), 1.0 / len(people))
    return np.where(female, share / women, (1.0 - share) / men)


@dataclass(frozen=True, slots=True)
class BestHeight:
    """The fixed height that suits most people.

    Attributes:
        height: Middle of the span of heights that suit equally many, metres.
        low, high: The span.
        share: Of the population, 0 to 1.
    """

    height: float
    low: float
    high: float
    share: float


def misfit(height: float, elbows: FloatArray, zone: tuple[float, float], /) -> FloatArray:
    """(n,) metres by which a height lies above (+) or below (−) each person's zone; 0 inside."""
    above = height - elbows
    out: FloatArray = np.where(
        above > zone[1], above - zone[1], np.where(above < zone[0], above - zone[0], 0.0)
    )
    return out


def best_height(elbows: FloatArray, weights: FloatArray, zone: tuple[float, float], /) -> BestHeight:
    """The height at which the weight of those whose zone holds it is largest.

    Args:
        elbows: (n,) metres.
        weights: (n,) shares that add up to 1.
        zone: Lowest and highest place above the elbow, metres.
    """
    starts, ends = elbows + zone[0], elbows + zone[1]
    edges = np.concatenate((starts, ends))
    # At equal heights a zone begins before another ends: both ends belong to it.
    order = np.lexsort((np.repeat((0, 1), len(elbows)), edges))
    load = np.cumsum(np.concatenate((weights, -weights))[order])
    top = int(np.argmax(np.round(load, 12)))
    low, high = float(edges[order[top]]), float(edges[order[top + 1]])
    return BestHeight(0.5 * (low + high), low, high, float(load[top]))
