"""Whom a study is made with: percentiles by stature, or a sample of the surveyed population.

*Percentiles* (F05, M95 …) are by stature. Their other dimensions are either the mean of the persons of that
stature (``"conditional"``: linear regression by sex) or the sex's means scaled with stature
(``"proportional"``). Neither is anybody; both are the usual figures of ergonomics.

A *sample* is drawn from a multivariate normal distribution whose every marginal is bent to the survey's own
percentiles, so that skewed dimensions (mass, girths, depths) come out right too: Cario and Nelson 1997. Nobody in
it is smaller or larger, in any measured dimension, than the smallest and largest person of the survey.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from immersive.errors import UsageError, choices, suggestion
from immersive.human._ansur import SEXES, SOURCE, Statistics, statistics
from immersive.human._derived import DERIVED, derived
from immersive.human.anthropometry import SAMPLE, Body, parse_body
from immersive.human.people import Allowances, People, Words

FloatArray = NDArray[np.float64]
Dimensions = Literal["conditional", "proportional"]

PERCENTILE_RANGE: Final = (0.1, 99.9)
"""Percentiles the survey is large enough for: it met 1,986 women."""
MAX_SAMPLE: Final = 1_000_000
"""Most persons of one sex that are drawn at once."""
_DECIMALS: Final = 5
"""Of sampled metres and kilograms: the last bits of a machine's arithmetic do not show, and the same seed gives
the same bytes everywhere."""

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
    dimensions: Dimensions = "conditional",
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
    bodies = [_body(word) for word in words]
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
            "en": f"percentiles of stature; {_HOW_DIMENSIONS[dimensions]['en']}; {SAMPLE['en']}",
            "fr": f"percentiles de stature ; {_HOW_DIMENSIONS[dimensions]['fr']} ; {SAMPLE['fr']}",
        },
        source=SOURCE,
        allowances=allowances or Allowances(),
    )


def of_stature(
    stature: FloatArray, female: NDArray[np.bool_], dimensions: Dimensions = "conditional", /
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
    if dimensions not in _HOW_DIMENSIONS:
        close = suggestion(dimensions, _HOW_DIMENSIONS)
        raise UsageError(
            f"unknown way {dimensions!r} to the other dimensions{close}; use {choices(_HOW_DIMENSIONS)}"
        )
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
    return {name: _locked(out[:, i].copy()) for i, name in enumerate(names)}


def sampled(
    count_per_sex: int,
    /,
    *,
    seed: int = 1,
    share_of_women: float = 0.5,
    sexes: Sequence[str] = SEXES,
    allowances: Allowances | None = None,
) -> People:
    """A seeded random sample of the surveyed population.

    Women are drawn from one stream of random numbers and men from another: the first hundred women of a
    thousand are the hundred women of a smaller sample, with or without men.

    Args:
        count_per_sex: Persons of each sex, whatever the share of women (shares are weighted with it).
        seed: Any whole number from 0.
        share_of_women: Of the population they stand for, 0 to 1.
        sexes: ``"female"``, ``"male"`` or both.
        allowances: Shoes, clothing, slump; the usual ones if None.

    Raises:
        UsageError: A count, seed, share or sex that makes no sense.
    """
    if not 1 <= count_per_sex <= MAX_SAMPLE:
        raise UsageError(f"a sample of {count_per_sex} persons of each sex: from 1 to {MAX_SAMPLE:,}")
    if seed < 0:
        raise UsageError(f"the seed {seed} must be 0 or more")
    if not (math.isfinite(share_of_women) and 0.0 <= share_of_women <= 1.0):
        raise UsageError(f"the share of women {share_of_women:g} must be from 0 to 1")
    for sex in sexes:
        if sex not in SEXES:
            raise UsageError(f"unknown sex {sex!r}{suggestion(sex, SEXES)}; use {choices(SEXES)}")
    wanted = [sex for sex in SEXES if sex in sexes]
    if not wanted:
        raise UsageError(f"a sample of nobody: name {choices(SEXES)}")
    blocks = [_drawn(statistics(sex), count_per_sex, seed, SEXES.index(sex)) for sex in wanted]
    digits = max(4, len(str(count_per_sex)))
    share = share_of_women if len(wanted) == 2 else float(wanted[0] == "female")
    return People(
        ids=tuple(
            f"sample {sex[0].upper()} {i:0{digits}d}" for sex in wanted for i in range(1, count_per_sex + 1)
        ),
        female=np.repeat([sex == "female" for sex in wanted], count_per_sex),
        dimensions={
            name: _locked(np.concatenate([block[name] for block in blocks]))
            for name in statistics("female").names
        },
        kind="sampled",
        how=_how_sampled(wanted, count_per_sex, seed, share),
        source=SOURCE,
        allowances=allowances or Allowances(),
        share_of_women=share,
    )


def _drawn(stats: Statistics, count: int, seed: int, stream: int) -> dict[str, FloatArray]:
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, stream])))
    deviates = random.standard_normal((count, len(stats.measured))) @ stats.factor.T
    out: dict[str, FloatArray] = {}
    for j, name in enumerate(stats.measured):
        values = np.interp(deviates[:, j], stats.deviates, stats.knots[j])
        out[name] = np.round(values, _DECIMALS)
    for name in DERIVED:
        out[name] = np.round(derived(name, out), _DECIMALS)
    return out


def _how_sampled(sexes: Sequence[str], count: int, seed: int, share: float) -> Words:
    en = " and ".join(f"{count} {'women' if sex == 'female' else 'men'}" for sex in sexes)
    fr = " et ".join(f"{count} {'femmes' if sex == 'female' else 'hommes'}" for sex in sexes)
    mixed_en = f", weighted to {share * 100:g} % women" if len(sexes) == 2 else ""
    mixed_fr = f", pondérés à {share * 100:g} % de femmes".replace(".", ",") if len(sexes) == 2 else ""
    return {
        "en": f"{en} drawn at random (multivariate normal, each dimension bent to the survey's percentiles; "
        f"seed {seed}){mixed_en}; {SAMPLE['en']}",
        "fr": f"{fr} tirés au hasard (loi normale multivariée, chaque dimension ramenée aux percentiles de "
        f"l'enquête ; graine {seed}){mixed_fr} ; {SAMPLE['fr']}",
    }


def _body(word: str) -> Body:
    body = parse_body(word)
    low, high = PERCENTILE_RANGE
    if not low <= body.percentile <= high:
        raise UsageError(
            f"the percentile in {word!r} is beyond what the survey can tell: from {low:g} to {high:g}"
        )
    return body


def _locked(values: FloatArray) -> FloatArray:
    values.flags.writeable = False
    return values
