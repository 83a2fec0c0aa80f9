"""A seeded random sample of the surveyed population.

Drawn from a multivariate normal distribution whose every marginal is bent to the survey's own percentiles, so that
skewed dimensions (mass, girths, depths) come out right too: Cario and Nelson 1997. Nobody in it is smaller or
larger, in any measured dimension, than the smallest and largest person of the survey.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import UsageError, choices, suggestion
from immersive.human._ansur import SEXES, SOURCE, Statistics, statistics
from immersive.human._derived import DERIVED, derived
from immersive.human.anthropometry import SAMPLE
from immersive.human.people import Allowances, People, Words
from immersive.scene.model import read_only

FloatArray = NDArray[np.float64]

MAX_SAMPLE: Final = 1_000_000
"""Most persons of one sex that are drawn at once."""
_DECIMALS: Final = 5
"""Of sampled metres and kilograms: the last bits of a machine's arithmetic do not show, and the same seed gives
the same bytes everywhere."""


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
            name: read_only(np.concatenate([block[name] for block in blocks]))
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
        f"seed {seed}){mixed_en}; figures of {SAMPLE['en']}",
        "fr": f"{fr} tirés au hasard (loi normale multivariée, chaque dimension ramenée aux percentiles de "
        f"l'enquête ; graine {seed}){mixed_fr} ; valeurs d'{SAMPLE['fr']}",
    }
