"""Reads a table of measured people: the raw ANSUR II survey, or any CSV file with ISO 7250-1 names.

One person a line. Columns: ``sex`` (or ``gender``): F or M; ``id`` if there is one; dimensions by their name with
the unit behind it: ``stature_mm``, ``"sitting height (cm)"``, ``body mass_kg``. The raw survey's own column names
go without (millimetres, mass in tenths of a kilogram). Cells are parted by commas, semicolons or tabs; a decimal
comma is fine where the comma does not part cells. Empty cells are allowed everywhere but under sex and stature.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import InputError, choices
from immersive.human._ansur import SEXES, statistics
from immersive.human._table_header import MASS_UNITS, Column, Header, read_header
from immersive.human.people import Words
from immersive.scene.station import MeasuredTable
from immersive.units import LENGTH_UNITS

MAX_PEOPLE: Final = 1_000_000
"""Longest table that is read."""

_FEMALE: Final = ("f", "female", "w", "woman", "women", "femme", "féminin", "feminin")
_MALE: Final = ("m", "male", "man", "men", "h", "homme", "masculin")
_EMPTY: Final = ("", "na", "n/a", "nan", "null", "none", "-", ".", "nd")
_LISTED: Final = 6
_SPACES = re.compile(r"(?<=\d)[\s\u00a0\u202f](?=\d{3}(?!\d))")


def read_table(data: str | bytes, /, *, file: str, sex: str = "") -> MeasuredTable:
    """A table of people as plain values in SI units.

    Rows without stature are left out (``left_out``); columns that are no body dimension are named in ``notes``.

    Args:
        data: The file's text or bytes (UTF-8, UTF-16 with mark, or Windows-1252).
        file: Its name, for messages.
        sex: ``"female"`` or ``"male"`` of everyone, for a table that has no such column.

    Raises:
        InputError: It cannot be read as such a table, or a value cannot be a person's; names line and column.
    """
    text = data if isinstance(data, str) else _decoded(data, file)
    rows = _rows(text.removeprefix("\ufeff"), file)
    line, cells, comma = next(rows, (1, [], False))
    if not any(cell.strip() for cell in cells):
        raise InputError(file, "is empty", hint="the first line names the columns: sex, stature_mm …")
    header = read_header(cells, file=file, place=f"line {line}")
    if header.sex is None and sex not in SEXES:
        raise InputError(
            file,
            "has no column for sex",
            place=f"line {line}",
            hint="name it sex or gender, and write F or M (female, male, femme, homme)",
        )
    lines: list[int] = []
    ids: list[str] = []
    female: list[bool] = []
    values: list[list[float]] = []
    left_out: list[int] = []
    stature = next(i for i, column in enumerate(header.columns) if column.name == "stature")
    for number, row, _ in rows:
        if len(row) != len(cells):
            hint = "a decimal comma needs semicolons between the cells" if comma else None
            raise InputError(
                file, f"{len(row)} cells; the header has {len(cells)}", place=f"line {number}", hint=hint
            )
        numbers = [_number(row[c.index], c, comma, file, number) for c in header.columns]
        if math.isnan(numbers[stature]):
            left_out.append(number)
            continue
        lines.append(number)
        ids.append(row[header.id].strip() if header.id is not None else "")
        female.append(_is_female(row, header, sex, file, number))
        values.append(numbers)
        if len(lines) > MAX_PEOPLE:
            raise InputError(file, f"has more than {MAX_PEOPLE:,} people")
    if not lines:
        why = f": {len(left_out)} lines have no stature" if left_out else ""
        raise InputError(file, f"holds no person{why}")
    table = np.array(values)
    beyond: dict[str, int] = {}
    for j, column in enumerate(header.columns):
        _plausible(table[:, j], column, lines, file)
        low, high = met(column.name)
        table[:, j] = _si(table[:, j], column.factor)
        beyond[column.name] = int(((table[:, j] < low - 1e-9) | (table[:, j] > high + 1e-9)).sum())
    named, renamed = _unique(ids, female, lines)
    return MeasuredTable(
        file=file,
        ids=named,
        female=np.array(female, bool),
        dimensions={c.name: table[:, j] for j, c in enumerate(header.columns)},
        notes=tuple(_notes(header, renamed, beyond)),
        survey=header.survey,
        left_out=tuple(left_out),
    )


def _decoded(data: bytes, file: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:4096]:
        raise InputError(
            file, "is no text", hint="save the spreadsheet as CSV (semicolons or commas between the cells)"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _rows(text: str, file: str) -> Iterator[tuple[int, list[str], bool]]:
    """Line number, cells, and whether commas part them; lines without content are skipped."""
    start = 1
    said = re.match(r"sep=(.)\r?\n", text)
    if said:  # a first line that Excel writes and reads
        text, start = text[said.end() :], 2
    first = re.sub(r'"[^"]*"', "", next((line for line in text.splitlines() if line.strip()), ""))
    mark = said[1] if said else ";" if ";" in first else "\t" if "\t" in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    before = start - 1
    while True:
        number = before + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise InputError(file, f"is no CSV: {error}", place=f"line {number}") from error
        if row is None:
            return
        before = start - 1 + reader.line_num
        if any(cell.strip() for cell in row):
            yield number, row, mark == ","


def _number(cell: str, column: Column, comma: bool, file: str, line: int) -> float:
    """A cell in the file's unit; NaN for an empty one."""
    word = cell.strip()
    if word.isascii() and word.isdigit():  # nearly all
        return float(word)
    if word.casefold() in _EMPTY:
        return math.nan
    place = f"line {line}, column {column.header!r}"
    tidy = _SPACES.sub("", word)
    if "," in tidy:
        if comma:
            raise InputError(
                file,
                f"{word!r} could mean a decimal comma or thousands",
                place=place,
                hint="write a decimal point, or put semicolons between the cells",
            )
        tidy = tidy.replace(",", ".")
    try:
        value = math.inf if "_" in tidy else float(tidy)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        raise InputError(file, f"{word!r} is no number", place=place, hint="leave the cell empty if unknown")
    return value


def _is_female(row: list[str], header: Header, sex: str, file: str, line: int) -> bool:
    if header.sex is None:
        return sex == "female"
    word = row[header.sex].strip()
    if word.casefold() in _FEMALE:
        return True
    if word.casefold() in _MALE:
        return False
    raise InputError(
        file,
        f"sex {word!r}; write F or M (or {choices((*_FEMALE[1:], *_MALE[1:]))})"
        if word
        else "no sex; write F or M",
        place=f"line {line}",
    )


def _si(values: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Metres or kilograms; divided where that is exact (1,755 mm is 1.755 m, not 1.7550000000000001)."""
    whole = round(1.0 / factor) if factor < 1.0 else 0
    return values / whole if whole and abs(whole * factor - 1.0) < 1e-12 else values * factor


@cache
def met(name: str) -> tuple[float, float]:
    """Smallest and largest value of a dimension in the survey, either sex; metres or kilograms."""
    both = [statistics(sex) for sex in SEXES]
    if name in both[0].measured:
        rows = [stats.knots[stats.index[name]] for stats in both]
        return min(float(row[0]) for row in rows), max(float(row[-1]) for row in rows)
    i = both[0].index[name]
    return (
        min(float(s.mean[i] - 4.0 * s.sd[i]) for s in both),
        max(float(s.mean[i] + 4.0 * s.sd[i]) for s in both),
    )


def _plausible(values: NDArray[np.float64], column: Column, lines: list[int], file: str) -> None:
    """Refuse what no adult measures: six tenths of the smallest, 1.7 times the largest person of the survey."""
    least, most = met(column.name)
    low, high = 0.6 * least, 1.7 * most
    si = values * column.factor
    wrong = np.flatnonzero((si < low) | (si > high))
    if wrong.size == 0:
        return
    first = float(values[wrong[0]])
    units = MASS_UNITS if column.name == "body mass" else LENGTH_UNITS

    def in_range(value: float) -> bool:
        return least <= value <= most

    likely = [unit for unit, factor in units.items() if in_range(first * factor)]
    if column.header.casefold() == "weightkg":
        hint = (
            "weightkg is in tenths of a kilogram, as in ANSUR II; name a column in kilograms 'body mass_kg'"
        )
    elif likely:
        hint = f"it would be plausible in {choices(likely)}"
    elif any(in_range(first * column.factor * f) for f in (0.01, 0.1, 10.0, 100.0)):
        hint = "it is out by a power of ten: look for a lost or doubled digit, or a lost decimal point"
    else:
        hint = "leave the cell empty if the value is not known"
    unit = "kg" if column.name == "body mass" else "m"
    more = f" ({wrong.size - 1} more such cells in the column)" if wrong.size > 1 else ""
    raise InputError(
        file,
        f"{first:g} means {column.name} {first * column.factor:.4g} {unit}; "
        f"from {low:.3g} to {high:.3g} {unit} is taken for an adult's{more}",
        place=f"line {lines[wrong[0]]}, column {column.header!r}",
        hint=hint,
    )


def _unique(ids: list[str], female: list[bool], lines: list[int]) -> tuple[tuple[str, ...], int]:
    """Names for all, and how many had to be told apart by their line."""
    words = [
        id_ or f"{'F' if f else 'M'} line {line}" for id_, f, line in zip(ids, female, lines, strict=True)
    ]
    count: dict[str, int] = {}
    for word in words:
        count[word] = count.get(word, 0) + 1
    out = [w if count[w] == 1 else f"{w} (line {line})" for w, line in zip(words, lines, strict=True)]
    return tuple(out), sum(n for n in count.values() if n > 1)


def counted(count: int, en: str, fr: str, /) -> Words:
    """``"1 person"``, ``"2 persons"``: a regular plural in both languages; French has none at 0."""
    return {"en": f"{count} {en}{'' if count == 1 else 's'}", "fr": f"{count} {fr}{'' if count < 2 else 's'}"}


def head_count(table: MeasuredTable, /) -> Words:
    """``"12 women and 1 man"``; who is absent is not spoken of."""
    women = int(table.female.sum())
    who = [(women, "woman", "women", "femme"), (len(table.ids) - women, "man", "men", "homme")]
    return {
        "en": " and ".join(f"{n} {one if n == 1 else more}" for n, one, more, _ in who if n),
        "fr": " et ".join(f"{n} {fr}{'' if n == 1 else 's'}" for n, _, _, fr in who if n),
    }


def left_out_words(table: MeasuredTable, /) -> tuple[Words, ...]:
    """One sentence on the persons without stature, or none."""
    if not table.left_out:
        return ()
    who = counted(len(table.left_out), "person", "personne")
    shown = ", ".join(str(line) for line in table.left_out[:_LISTED])
    shown += " …" if len(table.left_out) > _LISTED else ""
    return (
        {
            "en": f"left out for want of a stature: {who['en']} (line {shown})",
            "fr": f"sans stature, écartées de l'étude : {who['fr']} (ligne {shown})",
        },
    )


def _notes(header: Header, renamed: int, beyond: dict[str, int]) -> Iterator[Words]:
    if header.ignored:
        listed = ", ".join(header.ignored)
        yield {"en": f"columns not read: {listed}", "fr": f"colonnes non lues : {listed}"}
    if renamed:
        yield {
            "en": f"{renamed} persons share an id with another; their line tells them apart",
            "fr": f"{renamed} personnes ont le même identifiant qu'une autre ; leur ligne les distingue",
        }
    far = ", ".join(f"{name} ({count})" for name, count in beyond.items() if count)
    if far and not header.survey:
        yield {
            "en": f"values beyond anyone met in ANSUR II, kept as they are: {far}",
            "fr": f"valeurs au-delà de toute personne d'ANSUR II, gardées telles quelles : {far}",
        }
