"""What a scoring method's case may hold: named values with their allowed ranges, and the errors.

Shared by every method of ``immersive score``; see :mod:`immersive.human.scoring` for the machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from immersive.errors import InputError, choices, suggestion

LABELS = ("id", "name", "comment", "method")
"""Keys that every case may have and no method reads; all but ``method`` are handed through."""

Words = dict[str, str]
"""One sentence in English and French."""


def both(en: str, fr: str) -> Words:
    """A sentence in both languages."""
    return {"en": en, "fr": fr}


class CaseError(InputError):
    """A case is impossible or contradicts itself: names the case, the field, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Input:
    """One value that a case may give.

    Attributes:
        name: Key in the case.
        kind: ``"number"``, ``"score"`` (whole number), ``"flag"`` or ``"choice"``.
        low, high: Allowed range, ends included; None is open.
        options: Allowed words of a choice.
        default: For a flag that is not said; None: it must be given when a step needs it.
        doc: One sentence.
    """

    name: str
    kind: str
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    default: bool | None = None
    doc: str = ""

    def allowed(self) -> str:
        """What may be written, in words."""
        if self.kind == "flag":
            return "true or false"
        if self.kind == "choice":
            return choices(self.options)
        noun = "a whole number" if self.kind == "score" else "a number"
        if self.low is not None and self.high is not None:
            return f"{noun} from {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{noun}, at least {self.low:g}"
        return f"{noun}, at most {self.high:g}" if self.high is not None else noun

    def read(self, value: Any) -> Any:
        """The value as the steps want it.

        Raises:
            ValueError: It is not allowed.
        """
        if self.kind == "flag":
            if isinstance(value, bool):
                return value
            if isinstance(value, int | float) and value in (0, 1):
                return bool(value)
            raise ValueError
        if self.kind == "choice":
            word = value.strip().lower() if isinstance(value, str) else value
            if word in self.options:
                return word
            raise ValueError
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError
        try:
            finite = math.isfinite(value)
        except OverflowError:  # a whole number beyond the floats
            raise ValueError from None
        if not finite:
            raise ValueError
        if self.kind == "score" and value != int(value):
            raise ValueError
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            raise ValueError
        return int(value) if self.kind == "score" else float(value)


def read_fields(
    case: Mapping[str, Any], fields: Iterable[Input], *, method: str, where: str, extra: Iterable[str] = ()
) -> dict[str, Any]:
    """The values of a case, checked. null means not given; :data:`LABELS` are passed over.

    Args:
        case: Field name → value.
        fields: What the method takes.
        method: Its name, for messages.
        where: Names the case in messages.
        extra: Further allowed names that the caller reads itself; only used in messages.

    Raises:
        CaseError: Unknown field, or a value that is not allowed.
    """
    table = {item.name: item for item in fields}
    known: dict[str, Any] = {}
    for key, value in case.items():
        if key in LABELS:
            continue
        if key not in table:
            allowed = [*table, *extra]
            hint = suggestion(str(key), allowed) or f"; allowed: {choices(allowed)}"
            raise CaseError(where, f"unknown field {key!r} of {method}{hint}", place=str(key))
        if value is None:
            continue
        try:
            known[key] = table[key].read(value)
        except ValueError:
            raise CaseError(
                where, f"found {shown(value)}, must be {table[key].allowed()}", place=key
            ) from None
    return known


def shown(value: Any) -> str:
    """A value as a message quotes it: short, whatever was in the file."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer or a nesting too long to print
        text = type(value).__name__
    return text if len(text) <= 60 else text[:57] + "..."


def flag(name: str, doc: str) -> Input:
    """A flag that is taken as false where it is not said."""
    return Input(name, "flag", default=False, doc=doc)


def score(name: str, low: int, high: int, doc: str) -> Input:
    """A whole number in a range."""
    return Input(name, "score", low, high, doc=doc)


def number(name: str, low: float | None, high: float | None, doc: str) -> Input:
    """A number in a range."""
    return Input(name, "number", low, high, doc=doc)
