"""``immersive score``: cases of a scoring method, worked from the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from immersive.cli._common import check_writable, rounded, write_text
from immersive.errors import InputError, UsageError

if TYPE_CHECKING:
    from immersive.human.scoring import Scorer

DIGITS = 12
"""Decimals of a printed number: beyond them is noise of the last bits."""
MAX_BYTES = 256 * 1024 * 1024


def run(arguments: argparse.Namespace) -> int:
    """Read every case, work every case, print: nothing is printed unless all are right."""
    from immersive.cli._methods import scorer

    method = scorer(arguments.method)
    if arguments.fields:
        write_text(arguments.output or "-", fields_text(method))
        return 0
    if arguments.file is None:
        raise UsageError(
            "score needs a file of cases, or - for standard input; --fields lists what a case may hold"
        )
    check_writable(arguments.output)
    cases, single = _cases(arguments.file)
    name = "standard input" if arguments.file == "-" else arguments.file
    results = [
        method.solve(case, where=_where(name, index, case, single)) for index, case in enumerate(cases)
    ]
    text = json.dumps(rounded(results, DIGITS), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_text(arguments.output or "-", text)
    return 0


def fields_text(method: Scorer) -> str:
    """The fields of a method with their allowed values, one a line."""
    sided = getattr(method, "sided", ())
    width = max(len(item.name) for item in method.inputs)
    lines = [
        f"{method.name}: {method.title['en']}",
        f"{method.source}",
        f"confidence: {method.confidence}",
        "",
    ]
    for item in method.inputs:
        optional = "" if item.default is None else f" (default {str(item.default).lower()})"
        side = " [side]" if item.name in sided else ""
        lines.append(f"{item.name:<{width}}  {item.allowed()}{optional}{side}: {item.doc}")
    lines += ["", "Beside them every case may have id, name, comment. null means not given."]
    if sided:
        lines.append("[side]: also in an object left or right, or with the suffix _left or _right.")
    lines += ["", *(f"* {note['en']}" for note in method.notes)]
    return "\n".join(lines) + "\n"


def _where(name: str, index: int, case: Mapping[str, Any], single: bool) -> str:
    label = case.get("id", case.get("name"))
    told = f" (id {label!r})" if isinstance(label, str | int) else ""
    return f"{name}{told}" if single else f"{name}: case [{index}]{told}"


def _cases(file: str) -> tuple[list[Mapping[str, Any]], bool]:
    """The cases of a file, and whether it holds one object rather than a list."""
    name = "standard input" if file == "-" else file
    try:
        data = sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else _bytes(file)
    except OSError as error:
        raise InputError(name, f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise InputError(name, f"is larger than {MAX_BYTES // 1024**2} MiB")
    try:
        document = json.loads(
            data.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_no_duplicates
        )
    except UnicodeDecodeError as error:
        raise InputError(name, f"is not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise InputError(
            name, f"is not JSON: {error.msg}", place=f"line {error.lineno}, column {error.colno}"
        ) from error
    except RecursionError:
        raise InputError(name, "is nested too deeply") from None
    except ValueError as error:
        raise InputError(name, f"is not JSON: {error}") from error
    if isinstance(document, Mapping):
        return [document], True
    if not isinstance(document, list):
        raise InputError(name, "must hold one case (an object) or a list of cases")
    if not document:
        raise InputError(name, "holds no case: the list is empty")
    for index, case in enumerate(document):
        if not isinstance(case, Mapping):
            raise InputError(name, f"must be an object, found {type(case).__name__}", place=f"case [{index}]")
    return document, False


def _bytes(file: str) -> bytes:
    with Path(file).open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a number in JSON")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key[:60]!r} is given twice in one object")
        found[key] = value
    return found
