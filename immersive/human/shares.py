"""Which share of a population manages something, how sure that is, and how much the others lack."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.errors import UsageError
from immersive.human.people import People, Words

_Z95 = 1.959963984540054
"""Normal deviate of a two-sided 95 % interval."""
_NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class Fraction:
    """So many of so many.

    Attributes:
        count, of: Persons.
        value: 0 to 1.
        low, high: 95 % interval of the share in the population that these are a random sample of.
    """

    count: int
    of: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How much those lack who fail; metres.

    Attributes:
        median, p95, largest: Over those who fail, each person counting once.
        person: Id of who lacks most.
    """

    median: float
    p95: float
    largest: float
    person: str


@dataclass(frozen=True, slots=True)
class Share:
    """The share of a population that manages something.

    Attributes:
        women, men: Of each sex; None where there is nobody of it.
        all: Both, weighted; ``count`` and ``of`` are those of the people at hand, unweighted.
        share_of_women: The weight of the women, 0 to 1.
        shortfall: None if nobody fails or it was not given.
        sampled: Whether the people are a random sample: only then do the intervals speak of the population
            that was stated.
    """

    women: Fraction | None
    men: Fraction | None
    all: Fraction
    share_of_women: float
    shortfall: Shortfall | None
    sampled: bool


def wilson(count: int, of: int, /, *, z: float = _Z95) -> tuple[float, float]:
    """Interval of a proportion (Wilson 1927): never outside 0 to 1, and sound at 0 of n and n of n.

    >>> [round(v, 3) for v in wilson(0, 10)]
    [0.0, 0.278]
    """
    p, spread = count / of, z * z / of
    middle = (p + 0.5 * spread) / (1.0 + spread)
    half = z / (1.0 + spread) * math.sqrt(p * (1.0 - p) / of + 0.25 * spread / of)
    low = 0.0 if count == 0 else max(0.0, middle - half)
    return low, 1.0 if count == of else min(1.0, middle + half)


def share(
    ok: NDArray[np.bool_],
    people: People,
    /,
    *,
    missing: ArrayLike | None = None,
    share_of_women: float | None = None,
) -> Share:
    """Count who manages.

    Args:
        ok: (n,) bool, one for each of the people.
        people: A sample or individuals; percentile persons stand for no share.
        missing: (n,) metres that each lacks; read only for those who fail.
        share_of_women: Of the population; None: as the people say, else as many as are here.

    Raises:
        UsageError: The people are percentiles or nobody, or a person who fails has no finite lack.
    """
    ok = np.asarray(ok, bool)
    if people.kind == "percentiles":
        raise UsageError("percentile persons stand for no share of a population", hint="take a sample")
    if ok.shape != (len(people),) or not len(people):
        raise UsageError(f"{ok.size} answers for {len(people)} people")
    women, men = _fraction(ok[people.female]), _fraction(ok[~people.female])
    weight = people.share_of_women if share_of_women is None else share_of_women
    if weight is None or women is None or men is None:
        weight = float(people.female.mean())
    return Share(
        women,
        men,
        _mixed(women, men, weight),
        weight,
        None if missing is None else _shortfall(ok, people, np.asarray(missing, np.float64)),
        people.kind == "sampled",
    )


def _fraction(ok: NDArray[np.bool_]) -> Fraction | None:
    if ok.size == 0:
        return None
    count = int(ok.sum())
    return Fraction(count, ok.size, count / ok.size, *wilson(count, ok.size))


def _mixed(women: Fraction | None, men: Fraction | None, weight: float) -> Fraction:
    """Both sexes; the interval of a weighted sum from those of its terms (Zou and Donner 2008)."""
    if women is None or men is None:
        whole = women or men
        assert whole is not None
        return whole
    terms = ((weight, women), (1.0 - weight, men))
    value = sum(w * f.value for w, f in terms)
    below = math.sqrt(sum((w * (f.value - f.low)) ** 2 for w, f in terms))
    above = math.sqrt(sum((w * (f.high - f.value)) ** 2 for w, f in terms))
    low, high = max(0.0, value - below), min(1.0, value + above)
    return Fraction(women.count + men.count, women.of + men.of, value, low, high)


def _shortfall(ok: NDArray[np.bool_], people: People, missing: NDArray[np.float64]) -> Shortfall | None:
    failing = np.flatnonzero(~ok)
    if failing.size == 0:
        return None
    lacks = missing[failing]
    if not np.isfinite(lacks).all():
        raise UsageError("a person who fails has no finite shortfall")
    worst = int(np.argmax(lacks))
    median, p95 = np.percentile(lacks, (50.0, 95.0))
    return Shortfall(float(median), float(p95), float(lacks[worst]), people.ids[failing[worst]])


def percent(value: float, /, lang: str) -> str:
    """A share as people read it: ``"91 %"``, ``"99.4 %"``, in French ``"99,4 %"``.

    100 % and 0 % are said of exactly everybody and nobody alone: below 1 % and above 99 % a decimal is given,
    and what would still round to either reads "more than 99.9 %" or "less than 0.1 %".

    Args:
        value: 0 to 1.
        lang: ``"en"`` or ``"fr"``.
    """
    shown = 100.0 * value
    if value in (0.0, 1.0):
        return f"{shown:.0f}{_NBSP}%"
    if shown > 99.9:
        text = {"en": "more than 99.9", "fr": "plus de 99,9"}[lang]
    elif shown < 0.1:
        text = {"en": "less than 0.1", "fr": "moins de 0,1"}[lang]
    elif shown < 1.0 or shown > 99.0:
        text = f"{min(max(shown, 0.1), 99.9):.1f}".replace(".0", "")
        text = text.replace(".", ",") if lang == "fr" else text
    else:
        text = f"{shown:.0f}"
    return f"{text}{_NBSP}%"


def share_words(found: Share, /) -> Words:
    """``"91 % of women, 99 % of men"``; with one sex alone, that sex."""
    out = {}
    nouns = {"en": ("of women", "of men"), "fr": ("des femmes", "des hommes")}
    for lang, (women, men) in nouns.items():
        said = [
            f"{percent(fraction.value, lang)} {noun}"
            for fraction, noun in ((found.women, women), (found.men, men))
            if fraction is not None
        ]
        out[lang] = ", ".join(said)
    return out
