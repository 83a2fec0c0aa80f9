"""Body dimensions of ANSUR II by sex and percentile, under the names of ISO 7250-1.

The table comes with the program (``assets/anthropometry/ansur2.csv``, public domain): the United
States Army's survey of 2012, 4,082 men and 1,986 women (Gordon et al. 2014, NATICK/TR-15/007).
Soldiers are younger and fitter than a general or European work force; whoever shows these figures
says so (:data:`SAMPLE`).

Percentiles of different dimensions do not add up: nobody is at the 5th percentile in everything.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Final

from immersive.errors import UsageError, choices, suggestion
from immersive.resources import resource

SAMPLE: Final = {
    "en": "a sample of the United States Army of 2012, younger and fitter than a general work force",
    "fr": "un échantillon de l'armée des États-Unis de 2012, plus jeune et plus sportif qu'une population "
    "active générale",
}
"""What the sample is, for citations."""

TABLE_PERCENTILES: Final = (1.0, 5.0, 50.0, 95.0, 99.0)
"""Percentiles the table holds; others come from mean and standard deviation."""

_SEXES: Final = {"F": "female", "M": "male"}
_WORD = re.compile(r"([FM])([0-9]{1,2}(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class Body:
    """A sex and a percentile: whose dimensions are meant.

    Attributes:
        sex: ``"female"`` or ``"male"``.
        percentile: Above 0 and below 100.
    """

    sex: str
    percentile: float

    @property
    def word(self) -> str:
        """``"F05"``, ``"M95"``, ``"F02.5"``."""
        whole, point, rest = f"{self.percentile:g}".partition(".")
        return f"{self.sex[0].upper()}{whole:0>2}{point}{rest}"


@dataclass(frozen=True, slots=True)
class Dimension:
    """One body dimension.

    Attributes:
        name: ISO 7250-1 name; our own where the standard has none.
        value: Metres (kilograms for body mass).
        unit: ``"m"`` or ``"kg"``.
        method: ``"table"`` (percentile of the sample) or ``"normal"`` (from mean and standard deviation).
        kind: ``"measured"``, or ``"derived"`` per subject from measured dimensions.
        clause: Of ISO 7250-1:2017 (from memory), or ``""``.
        derivation: How it was derived or how the measurement differs from ISO's; may be empty.
    """

    name: str
    value: float
    unit: str
    method: str
    kind: str
    clause: str
    derivation: str


def parse_body(word: str, /) -> Body:
    """Read ``"F05"`` (5th-percentile woman), ``"M95"``, ``"F50"``, ``"M97.5"``.

    Raises:
        UsageError: Not of this form, or not strictly between 0 and 100.
    """
    text = word.strip().upper()
    match = _WORD.fullmatch(text)
    if match is None:
        turned = re.fullmatch(r"P?([0-9]{1,2}(?:\.[0-9]+)?)P?([FM])|([FM])P([0-9]{1,2}(?:\.[0-9]+)?)", text)
        hint = ""
        if turned:
            number, sex = (turned[1], turned[2]) if turned[2] else (turned[4], turned[3])
            hint = f", did you mean '{sex}{number}'?"
        raise UsageError(
            f"cannot read the percentile {word!r}{hint}",
            hint="write F or M and a percentile, like F05 (5th-percentile woman) or M95",
        )
    percentile = float(match[2])
    if percentile <= 0.0:
        raise UsageError(f"the percentile in {word!r} must be above 0 and below 100")
    return Body(_SEXES[match[1]], percentile)


@cache
def _table() -> dict[tuple[str, str], dict[str, str]]:
    path = resource("assets/anthropometry/ansur2.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["sex"], row["name"]): row for row in csv.DictReader(file)}


def dimension_names() -> tuple[str, ...]:
    """Every dimension there is, in the table's order."""
    return tuple(name for sex, name in _table() if sex == "female")


def dimension(name: str, body: Body, /) -> Dimension:
    """A body dimension of one sex at one percentile.

    At 1, 5, 50, 95 and 99 the sample's own percentile is given; in between and beyond, mean +
    z · standard deviation, as if the dimension were normally distributed (``method`` says which).

    Raises:
        UsageError: No such dimension; the message has a suggestion.
    """
    rows = _table()
    if (body.sex, name) not in rows:
        close = suggestion(name, dimension_names())
        raise UsageError(
            f"unknown body dimension {name!r}{close}",
            hint=f"dimensions are named as in ISO 7250-1: {choices(dimension_names())}",
        )
    row = rows[body.sex, name]
    if body.percentile in TABLE_PERCENTILES:
        method, value = "table", float(row[f"p{body.percentile:02.0f}"])
    else:
        method = "normal"
        z = NormalDist().inv_cdf(body.percentile / 100.0)
        value = float(row["mean"]) + z * float(row["sd"])
    unit, factor = ("kg", 1.0) if row["unit"] == "kg" else ("m", 0.001)
    return Dimension(
        name, value * factor, unit, method, row["kind"], row["iso7250_1_clause"], row["derivation"]
    )
