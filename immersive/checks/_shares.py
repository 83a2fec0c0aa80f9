"""Population shares as charts and sentences, for every check on people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from immersive.findings import ShareChart, Text, text
from immersive.human.people import People
from immersive.human.population import Share, share_words
from immersive.units import mm

WOMEN, MEN, ALL = text("women", "femmes"), text("men", "hommes"), text("all", "tous")


def share_chart(
    title: Text, categories: Sequence[tuple[Text, int]], people: People, which: NDArray[np.int64]
) -> ShareChart:
    """Shares of women, men and all in each category.

    Args:
        title: What is shown.
        categories: Name and level of each.
        people: A sample or individuals, n.
        which: (n,) index of each person's category.
    """
    women = _shares(which[people.female], len(categories))
    men = _shares(which[~people.female], len(categories))
    rows: list[tuple[Text, tuple[float, ...]]] = []
    if women is not None:
        rows.append((WOMEN, women))
    if men is not None:
        rows.append((MEN, men))
    if women is not None and men is not None:
        weight = people.share_of_women
        if weight is None:
            weight = float(people.female.mean())
        both = tuple(weight * w + (1.0 - weight) * m for w, m in zip(women, men, strict=True))
        rows.append((ALL, both))
    return ShareChart(title, tuple(categories), tuple(rows))


def _shares(which: NDArray[np.int64], count: int) -> tuple[float, ...] | None:
    if which.size == 0:
        return None
    return tuple(float(v) for v in np.bincount(which, minlength=count) / which.size)


def share_sentence(share: Share) -> Text:
    """``91 % of women, 99 % of men reach it; the worst placed needs 47 mm more.``"""
    words = share_words(share)
    if share.shortfall is None:
        return text("{share} reach it.", "{share} y parviennent.", share=words)
    return text(
        "{share} reach it; half of the others need {median} more, the worst placed {most}.",
        "{share} y parviennent ; il manque {median} à la moitié des autres, {most} à la personne la plus défavorisée.",
        share=words,
        median=mm(share.shortfall.median),
        most=mm(share.shortfall.largest),
    )
