"""A motion as a table: a CSV file with a column of times and a column for each joint."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass

from immersive.errors import InputError
from immersive.formats._base import Folder, sha256
from immersive.formats.layout.quantities import suffixes
from immersive.scene.model import Source

LIMIT = 100_000
"""Most lines: an hour at some 30 a second."""


@dataclass(frozen=True, slots=True)
class MotionTable:
    """Times (seconds, ascending) and for each joint its name, its suffix and its positions (radians, metres)."""

    times: tuple[float, ...]
    columns: tuple[tuple[str, str, tuple[float, ...]], ...]
    source: Source


def read_motion_file(folder: Folder, relative: str, *, shown: str) -> MotionTable:
    """Read it; comma, semicolon or tab between columns, decimal comma where the columns are not comma-separated.

    Raises:
        InputError: No time column, a column without unit, a number that is none, times that do not ascend.
    """
    data = folder.read(relative)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    first = text.lstrip().split("\n", 1)[0]
    separator = max(";\t,", key=lambda sign: (first.count(sign), sign == ";"))
    rows = [
        row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(cell.strip() for cell in row)
    ]
    if not rows:
        raise InputError(shown, "is empty")
    head = [cell.strip() for cell in rows[0]]
    if len(rows) > LIMIT + 1:
        raise InputError(shown, f"has {len(rows) - 1:,} lines; at most {LIMIT:,} are read")
    if len(rows) < 3:
        raise InputError(shown, "a motion needs two lines of positions or more below its heading")
    times_in = {"time_s": 1.0, "time_ms": 0.001, "t_s": 1.0, "time": 1.0}
    time_at = next((k for k, name in enumerate(head) if name.lower() in times_in), None)
    if time_at is None:
        raise InputError(shown, f"has no column 'time_s'; its columns are {', '.join(map(repr, head))}")
    table = []
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(head):
            raise InputError(shown, f"has {len(row)} values for {len(head)} columns", place=f"line {line}")
        table.append([_number(cell, separator, shown, line) for cell in row])
    factor = times_in[head[time_at].lower()]
    times = tuple(row[time_at] * factor for row in table)
    for n in range(1, len(times)):
        if times[n] <= times[n - 1]:
            raise InputError(
                shown, "its time is not later than that of the line before", place=f"line {n + 2}"
            )
    columns: list[tuple[str, str, tuple[float, ...]]] = []
    units = {suffix: value for suffix, value in suffixes("joint").items() if suffix}
    for k, name in enumerate(head):
        if k == time_at:
            continue
        suffix = max((end for end in units if name.endswith(end)), key=len, default="")
        stem = name.removesuffix(suffix)
        if not suffix or not stem:
            raise InputError(
                shown, f"the column {name!r} has no unit", hint="end it with _deg, _rad, _mm or _m"
            )
        if any(stem == other for other, _, _ in columns):
            raise InputError(shown, f"the joint {stem!r} has two columns")
        columns.append((stem, suffix, tuple(row[k] * units[suffix] for row in table)))
    if not columns:
        raise InputError(shown, "has no column of joint positions")
    source = Source(shown, sha256(data), len(data), "csv", "m", "file")
    return MotionTable(times, tuple(columns), source)


def _number(cell: str, separator: str, shown: str, line: int) -> float:
    plain = cell.strip()
    if separator != ",":
        plain = plain.replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(shown, f"{cell.strip()!r} is no number", place=f"line {line}")
    return value
