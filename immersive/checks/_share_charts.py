"""Shares of a population in categories, as the chart of a finding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from immersive.findings import ShareChart, Text, text
from immersive.human.people import People

_WOMEN, _MEN = text("women", "femmes"), text("men", "hommes")
_ALL = text("all", "ensemble")


def weights_of(people: People, /) -> NDArray[np.float64]:
    """(n,) what each person stands for, adding up to 1: the sexes by their share of the population."""
    female = people.female
    women, men = int(female.sum()), int((~female).sum())
    share = people.share_of_women
    if share is None or not women or not men:
        return np.full(len(people), 1.0 / len(people))
    return np.where(female, share / women, (1.0 - share) / men)


def share_chart(
    title: Text, categories: Sequence[tuple[Text, int]], people: People, category: NDArray[np.int64], /
) -> ShareChart:
    """Stacked bars of women, men and all.

    Args:
        title: What is shown.
        categories: Name and level (0 neutral, 1 good, 2 medium, 3 bad) of each.
        people: A sample or individuals, n.
        category: (n,) which category each person is in.
    """

    def row(chosen: NDArray[np.bool_], weights: NDArray[np.float64]) -> tuple[float, ...]:
        total = float(weights[chosen].sum())
        return tuple(float(weights[chosen & (category == k)].sum()) / total for k in range(len(categories)))

    weights, female = weights_of(people), people.female
    rows = []
    for name, chosen in ((_WOMEN, female), (_MEN, ~female)):
        if chosen.any():
            rows.append((name, row(chosen, weights)))
    if len(rows) == 2:
        rows.append((_ALL, row(np.ones(len(people), bool), weights)))
    return ShareChart(title, tuple(categories), tuple(rows))
