"""What a field of the layout may hold, in words: for error messages and the layout reference."""

from __future__ import annotations

import types
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from immersive.errors import choices
from immersive.formats.layout.fields import FAR, ID_PATTERN

ID_WORDS = "an id: text without line breaks, '!', '*', '?', or a space or '/' at its ends"
_PATTERNS = {
    ID_PATTERN: ID_WORDS,
    r"^#([0-9a-fA-F]{6}|[0-9a-fA-F]{8})$": "a colour as '#rrggbb' or '#rrggbbaa'",
    r"^(ansur2|.*\.([cC][sS][vV]|[tT][sS][vV]|[tT][xX][tT]))$": "'ansur2' or a CSV file of measured people",
    r"^[FM]((0[1-9]|[1-9][0-9])(\.[0-9])?|00\.[1-9])$": "F or M and a percentile from 00.1 to 99.9, such as 'F05'",
}


def _flat(metadata: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for item in metadata:
        flat.extend(item.metadata if isinstance(item, FieldInfo) else [item])
    return flat


_WIDE = (FAR, 1e4, 1e5, 1e6, 1e12)
"""Bounds that only keep nonsense out; said where a value breaks them."""


def words(
    annotation: Any, metadata: list[Any] | None = None, *, factor: float = 1.0, wide: bool = False
) -> str:
    """What fits a type: ``"3 numbers"``, ``"'left' or 'right'"``, ``"a number above 0"``.

    Args:
        annotation: The type of a model's field.
        metadata: What ``Annotated`` said around it.
        factor: Bounds are divided by it (the unit the user wrote in).
        wide: Whether to say also the bounds that no sensible value comes near.
    """
    metadata = _flat(metadata or [])
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extra = get_args(annotation)
        return words(inner, [*extra, *metadata], factor=factor, wide=wide)
    if origin is Literal:
        allowed = get_args(annotation)
        return choices(allowed) if isinstance(allowed[0], str) else str(allowed[0])
    if origin in (Union, types.UnionType):
        options = [item for item in get_args(annotation) if item is not type(None)]
        return " or ".join(words(item, metadata, factor=factor, wide=wide) for item in options)
    if origin is tuple:
        return _list_words(get_args(annotation), metadata, factor, wide)
    if origin is dict:
        return f"a table of {words(get_args(annotation)[1], factor=factor, wide=wide)}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return choices(item.value for item in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "a table"
    if annotation is bool:
        return "true or false"
    if annotation in (int, float):
        return f"{'a whole number' if annotation is int else 'a number'}{_range(metadata, factor, wide)}"
    return _text_words(metadata)


def _list_words(inner: tuple[Any, ...], metadata: list[Any], factor: float, wide: bool) -> str:
    if len(inner) == 2 and inner[1] is Ellipsis:
        least = next((m.min_length for m in metadata if isinstance(m, MinLen)), 0)
        few = f" of at least {least}" if least else ""
        return f"a list{few}: each {words(inner[0], factor=factor, wide=wide)}"
    each = words(inner[0], factor=factor, wide=wide)
    if each.startswith("a number"):
        return f"{len(inner)} numbers{each.removeprefix('a number')}"
    if each.startswith("a whole number"):
        return f"{len(inner)} whole numbers{each.removeprefix('a whole number')}"
    return f"{len(inner)} of: {each}"


def _text_words(metadata: list[Any]) -> str:
    for item in metadata:
        pattern = getattr(item, "pattern", None)
        if pattern in _PATTERNS:
            return _PATTERNS[pattern]
    least = next((m.min_length for m in metadata if isinstance(m, MinLen)), 0)
    most = next((m.max_length for m in metadata if isinstance(m, MaxLen)), None)
    return ("text, not empty" if least else "text") + (
        f" (at most {most:,} characters)" if most and not least else ""
    )


def _range(metadata: list[Any], factor: float, wide: bool) -> str:
    low = high = ""
    for item in metadata:
        if isinstance(item, Gt):
            low = f"above {_number(item.gt, factor)}"
        elif isinstance(item, Ge) and (wide or item.ge not in [-bound for bound in _WIDE]):
            low = f"of at least {_number(item.ge, factor)}"
        elif isinstance(item, Lt):
            high = f"below {_number(item.lt, factor)}"
        elif isinstance(item, Le) and (wide or item.le not in _WIDE):
            high = f"at most {_number(item.le, factor)}"
    return f" {' and '.join(filter(None, (low, high)))}".rstrip()


def _number(value: Any, factor: float) -> str:
    return f"{value / factor:.6g}"
