"""The classic persons of ergonomics: percentiles of stature (F05, F50, M50, M95, any other).

Their other dimensions are either the mean of the persons of that stature (``"conditional"``: linear regression by
sex) or the sex's means scaled with stature (``"proportional"``). Neither is anybody; who is at the 5th percentile
of stature is rarely so in all else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import UsageError, choices, suggestion
from immersive.human._ansur import SEXES, SOURCE, statistics
from immersive.human.anthropometry import SAMPLE, Body, parse_body
from immersive.human.people import Allowances, People, Words

FloatArray = NDArray[np.float64]

PERCENTILE_RANGE: Final = (0.1, 99.9)
"""Percentiles the survey is large enough for: it met 1,986 women."""

_HOW_DIMENSIONS: Final[dict[str, Words]] = {
    "conditional": {
        "en": "every other dimension is the mean of persons of that stature (linear regression, by sex)",
        "fr": "toute autre dimension est la moyenne des personnes de cette stature (régression linéaire, par sexe)",
    },
    "proportional": {
        "en": "every other dimension is the mean of the sex, scaled with stature (body mass with its cube)",
        "fr": "toute autre dimension est la moyenne du sexe, proportionnelle à la stature (masse corporelle : à "
        "son cube)",
    },
}


def percentile_people(
    words: Sequence[str],
    /,
    *,
    dimensions: str = "conditional",
    allowances: Allowances | None = None,
) -> People:
    """Persons at percentiles of stature: ``percentile_people(["F05", "F50", "M50", "M95"])``.

    Args:
        words: Sex and percentile, from 0.1 to 99.9: ``"F05"``, ``"M97.5"``; no two the same.
        dimensions: ``"conditional"`` or ``"proportional"``.
        allowances: Shoes, clothing, slump; the usual ones if None.

    Raises:
        UsageError: No or repeated words, a word that cannot be read, or a percentile out of range.
    """
    bodies = [body_in_range(word) for word in words]
    if not bodies:
        raise UsageError("no percentile is named", hint="name some, like F05 and M95")
    ids = tuple(body.word for body in bodies)
    repeated = sorted({word for word in ids if ids.count(word) > 1})
    if repeated:
        raise UsageError(f"{choices(repeated)} is named more than once")
    stature = np.array([statistics(body.sex).stature_at(body.percentile) for body in bodies])
    female = np.array([body.sex == "female" for body in bodies])
    return People(
        ids=ids,
        female=female,
        dimensions=of_stature(stature, female, dimensions),
        kind="percentiles",
        how={
            "en": f"percentiles of stature; {way_to_the_rest(dimensions)['en']}",
            "fr": f"percentiles de stature ; {way_to_the_rest(dimensions)['fr']}",
        },
        source=SOURCE,
        allowances=allowances or Allowances(),
    )


def of_stature(
    stature: FloatArray, female: NDArray[np.bool_], dimensions: str = "conditional", /
) -> dict[str, FloatArray]:
    """All dimensions of persons of whom stature and sex are known.

    Args:
        stature: (n,) metres.
        female: (n,) bool.
        dimensions: See :func:`percentile_people`.

    Returns:
        Name → (n,) metres, body mass in kilograms.

    Raises:
        UsageError: ``dimensions`` is another word.
    """
    way_to_the_rest(dimensions)
    names = statistics("female").names
    out = np.empty((len(stature), len(names)))
    for sex in SEXES:
        rows = female if sex == "female" else ~female
        stats = statistics(sex)
        if dimensions == "conditional":
            out[rows] = stats.given_stature(stature[rows])
        else:
            ratio = (stature[rows] / stats.mean[stats.index["stature"]])[:, None]
            power = np.array([3.0 if name == "body mass" else 1.0 for name in names])
            out[rows] = stats.mean * ratio**power
    out[:, names.index("stature")] = stature
    out = np.asfortranarray(out)
    out.flags.writeable = False
    return {name: out[:, i] for i, name in enumerate(names)}


def body_in_range(word: str, /) -> Body:
    """Sex and percentile of a word like ``"F05"``, from 0.1 to 99.9.

    Raises:
        UsageError: It cannot be read, or is beyond what the survey can tell.
    """
    body = parse_body(word)
    low, high = PERCENTILE_RANGE
    if not low <= body.percentile <= high:
        raise UsageError(
            f"the percentile in {word!r} is beyond what the survey can tell: from {low:g} to {high:g}"
        )
    return body


def way_to_the_rest(dimensions: str, /) -> Words:
    """How the dimensions beside stature are found, as a sentence.

    Raises:
        UsageError: No such way.
    """
    if dimensions not in _HOW_DIMENSIONS:
        close = suggestion(dimensions, _HOW_DIMENSIONS)
        raise UsageError(
            f"unknown way {dimensions!r} to the other dimensions{close}; use {choices(_HOW_DIMENSIONS)}"
        )
    rest = _HOW_DIMENSIONS[dimensions]
    return {
        "en": f"{rest['en']}; figures of {SAMPLE['en']}",
        "fr": f"{rest['fr']} ; valeurs d'{SAMPLE['fr']}",
    }
