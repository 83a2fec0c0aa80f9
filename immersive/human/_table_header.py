"""What the columns of a table of people mean: sex, id, and body dimensions with their units."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from immersive.errors import InputError, choices, suggestion
from immersive.human.anthropometry import dimension_names
from immersive.resources import resource
from immersive.units import LENGTH_UNITS

MASS_UNITS: Final = {"kg": 1.0, "g": 0.001, "lb": 0.45359237}
"""Kilograms in one unit; a pound as agreed in 1959."""

_SEX: Final = ("sex", "gender", "sexe", "genre")
_ID: Final = ("id", "subjectid", "subject", "sujet", "person", "personne", "identifiant", "name", "nom")
_ALIASES: Final = {
    "bodyheight": "stature",
    "staturebodyheight": "stature",
    "weight": "body mass",
    "bodyweight": "body mass",
    "mass": "body mass",
    "bodymassweight": "body mass",
    "massecorporelle": "body mass",
    "eyeheightstanding": "eye height",
    "elbowheightstanding": "elbow height",
    "shoulderheightstanding": "shoulder height",
    "biacromialbreadth": "shoulder (biacromial) breadth",
    "shoulderbreadthbiacromial": "shoulder (biacromial) breadth",
    "bideltoidbreadth": "shoulder (bideltoid) breadth",
    "shoulderbreadthbideltoid": "shoulder (bideltoid) breadth",
    "poplitealheight": "lower leg length (popliteal height)",
    "lowerleglength": "lower leg length (popliteal height)",
    "chestdepth": "chest depth, standing",
    "chestbreadth": "chest breadth, standing",
    "abdominaldepth": "abdominal depth, sitting",
}
"""Spellings (letters and digits alone) that people use for a dimension besides its own name."""

_TENTHS: Final = {"weightkg": 0.1, "interpupillarybreadth": 1e-4}
"""Columns of the raw survey that are not in millimetres: factor to kilograms or metres."""
_UNIT = re.compile(r"\s*(?:[_ ]\s*([a-z]{1,2})|[(\[]\s*([a-z]{1,2})\s*[)\]])\s*$")
_SURVEY_MARKS: Final = ("dodrace", "primarymos", "installation")


@dataclass(frozen=True, slots=True)
class Column:
    """One column that holds a body dimension.

    Attributes:
        index: From 0.
        header: As the file writes it.
        name: ISO 7250-1 name.
        factor: Metres (kilograms) in one unit of the file.
    """

    index: int
    header: str
    name: str
    factor: float


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a table.

    Attributes:
        sex, id: Columns, or None.
        columns: Those that hold body dimensions.
        ignored: Headers of all others.
        survey: ``"ansur2"`` for the raw survey's own file.
    """

    sex: int | None
    id: int | None
    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    survey: str


def plain(word: str) -> str:
    """Lower-case letters and digits alone: how names are compared."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


@cache
def _survey_names() -> dict[str, str]:
    """Column of the survey → dimension."""
    with resource("assets/anthropometry/ansur2.csv").open(encoding="utf-8", newline="") as file:
        return {row["ansur"]: row["name"] for row in csv.DictReader(file) if row["kind"] == "measured"}


@cache
def _known() -> dict[str, str]:
    """Plain spelling → dimension."""
    return {**_ALIASES, **{plain(name): name for name in dimension_names()}}


def read_header(cells: Iterable[str], /, *, file: str, place: str) -> Header:
    """Tell what each column is.

    Raises:
        InputError: A dimension without unit, one that two columns hold, or no stature.
    """
    headers = [cell.strip() for cell in cells]
    survey = _survey_names()
    raw = sum(header.casefold() in survey for header in headers) >= 5
    sex = id_ = None
    columns: list[Column] = []
    ignored: list[str] = []
    for index, header in enumerate(headers):
        word = header.casefold()
        if word in _SEX and sex is None:
            sex = index
        elif word in _ID and id_ is None:
            id_ = index
        elif raw and word in survey:
            columns.append(Column(index, header, survey[word], _TENTHS.get(word, 0.001)))
        elif (found := _dimension(header, file, place)) is not None:
            columns.append(Column(index, header, *found))
        elif header:
            ignored.append(header)
    _once(columns, file, place)
    if all(column.name != "stature" for column in columns):
        close = suggestion("stature_mm", ignored)
        raise InputError(
            file,
            f"has no column for stature{close}",
            place=place,
            hint="name it stature_mm, stature_cm or stature_m; other dimensions likewise, as in ISO 7250-1",
        )
    words = [header.casefold() for header in headers]
    is_survey = raw and all(mark in words for mark in _SURVEY_MARKS)
    return Header(sex, id_, tuple(columns), tuple(ignored), "ansur2" if is_survey else "")


def _dimension(header: str, file: str, place: str) -> tuple[str, float] | None:
    """Dimension and factor of a header such as ``"Sitting height (cm)"``, or None if it names no dimension."""
    word = header.casefold()
    match = _UNIT.search(word)
    unit = (match[1] or match[2]) if match else ""
    name = _known().get(plain(word[: match.start()] if match else word))
    if name is None:
        return None
    units = MASS_UNITS if name == "body mass" else LENGTH_UNITS
    if unit in units:
        return name, units[unit]
    defect = (
        f"the unit {unit!r} of column {header!r} is none of"
        if unit
        else f"column {header!r} names no unit; use"
    )
    end = " (kg)" if name == "body mass" else "_mm"
    raise InputError(
        file, f"{defect} {choices(units)}", place=place, hint=f"write it in the header, like {name + end!r}"
    )


def _once(columns: Iterable[Column], file: str, place: str) -> None:
    first: dict[str, Column] = {}
    for column in columns:
        other = first.setdefault(column.name, column)
        if other is not column:
            raise InputError(
                file, f"columns {other.header!r} and {column.header!r} both hold {column.name}", place=place
            )
