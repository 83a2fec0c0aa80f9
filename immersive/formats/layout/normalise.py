"""From the keys people write to the keys of the models: unit suffixes off, values in memory units.

Works on any tree of pydantic models whose fields carry a :class:`~.quantities.Kind`. Finds
unknown keys and quantities given twice, all of them, before pydantic looks at any value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from immersive.errors import choices, suggestion
from immersive.formats.layout.quantities import Kind, to_memory, usual_key, variants
from immersive.units import SUFFIXES

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What the normaliser needs to know of one field.

    Attributes:
        name: Of the field in the model.
        key: In the file, without suffix.
        kind: What its numbers measure, or None.
        model: The model of its table or tables, or None for plain values.
        many: True for an array of tables.
        annotation: The whole type, for messages.
    """

    name: str
    key: str
    kind: Kind | None
    model: type[BaseModel] | None
    many: bool
    annotation: Any
    required: bool


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in a layout.

    Attributes:
        path: Keys and indices from the root, as written in the file.
        defect: What was found and what is allowed.
        line: In the file, from 1; filled in by the reader.
    """

    path: Path
    defect: str
    line: int | None = None


@dataclass(slots=True)
class Normalised:
    """Data for the models, and how the file spelled it."""

    data: dict[str, Any]
    mistakes: list[Mistake] = field(default_factory=list)
    spelled: dict[Path, Path] = field(default_factory=dict)
    """Path in ``data`` → path in the file, where the two differ in their last key."""
    factors: dict[Path, float] = field(default_factory=dict)
    """Path in ``data`` → factor that was applied."""


def parts_of(annotation: Any) -> Iterator[Any]:
    """An annotation and everything nested in it, and the metadata of ``Annotated``."""
    yield annotation
    for inner in get_args(annotation):
        if inner is not Ellipsis:
            yield from parts_of(inner)


@cache
def table_spec(model: type[BaseModel]) -> Mapping[str, FieldSpec]:
    """Field name → specification, for one model."""
    specs = {}
    for name, info in model.model_fields.items():
        nested = [*info.metadata, *parts_of(info.annotation)]
        kind = next((item for item in nested if isinstance(item, Kind)), None)
        inner = next((i for i in nested if isinstance(i, type) and issubclass(i, BaseModel)), None)
        key = info.alias or name
        annotation = info.annotation
        specs[name] = FieldSpec(
            name,
            key,
            kind,
            inner,
            inner is not None and inner is not annotation,
            annotation,
            info.is_required(),
        )
    return specs


@cache
def _spellings(model: type[BaseModel]) -> Mapping[str, tuple[FieldSpec, float]]:
    return {
        spelling: (spec, factor)
        for spec in table_spec(model).values()
        for spelling, factor in variants(spec.key, spec.kind).items()
    }


def key_text(path: Path) -> str:
    """``("workstations", 1, "hand")`` → ``"workstations[1].hand"``."""
    text = ""
    for item in path:
        if isinstance(item, int):
            text += f"[{item}]"
        else:
            plain = item.replace("_", "").replace("-", "").isalnum() and item.isascii()
            text += ("." if text else "") + (item if plain else _quoted(item))
    return text


def _quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unknown_key(model: type[BaseModel], key: str) -> str:
    """What to say about a key that a table does not have."""
    spellings = _spellings(model)
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        stem = key.removesuffix(suffix)
        spec = next((s for s in table_spec(model).values() if s.key == stem), None)
        if stem != key and spec is not None:
            if spec.kind is None:
                return f"unknown key {key!r}: {stem!r} takes no unit"
            allowed = [s for s in variants(stem, spec.kind) if s != stem]
            return f"unknown key {key!r}: {stem!r} is {_article(spec.kind.name)}; use {choices(allowed)}"
    usual = [usual_key(spec.key, spec.kind) for spec in table_spec(model).values()]
    # The usual spellings first, so that "heigth" leads to "height_mm" and not to "height_dm".
    close = suggestion(key, usual) or suggestion(key, spellings)
    return f"unknown key {key!r}{close}; allowed: {choices(usual)}"


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def normalise(model: type[BaseModel], data: Mapping[str, Any], /) -> Normalised:
    """Take the suffixes off a whole file's tables."""
    result = Normalised({})
    result.data = _table(model, data, (), (), result)
    return result


def _table(
    model: type[BaseModel], data: Mapping[str, Any], path: Path, written: Path, result: Normalised
) -> dict[str, Any]:
    spellings = _spellings(model)
    free = model.model_config.get("extra") == "allow"
    out: dict[str, Any] = {}
    first: dict[str, str] = {}
    for key, value in data.items():
        found = spellings.get(key)
        if found is None:
            if free:
                out[key] = value
            else:
                result.mistakes.append(Mistake((*written, key), unknown_key(model, key)))
            continue
        spec, factor = found
        target = (*path, spec.key)
        if spec.key in first and not (spec.kind is not None and spec.kind.merge):
            result.mistakes.append(
                Mistake((*written, key), f"{spec.key!r} is given twice, also as {first[spec.key]!r}")
            )
            continue
        if spec.key in first:
            out[spec.key] = _merged(out[spec.key], value, factor, (*written, key), target, result)
            continue
        first[spec.key] = key
        result.spelled[target] = (*written, key)
        result.factors[target] = factor
        if spec.model is None:
            out[spec.key] = _frozen(to_memory(value, factor) if factor != 1.0 else value)
            if spec.kind is not None and spec.kind.merge and isinstance(value, dict):
                for inner in value:
                    result.spelled[(*target, inner)] = (*written, key, inner)
        elif spec.many and isinstance(value, list):
            out[spec.key] = tuple(
                _table(spec.model, item, (*target, i), (*written, key, i), result)
                if isinstance(item, dict)
                else item
                for i, item in enumerate(value)
            )
        elif not spec.many and isinstance(value, dict):
            out[spec.key] = _table(spec.model, value, target, (*written, key), result)
        else:
            out[spec.key] = value
    return out


def _merged(old: Any, value: Any, factor: float, written: Path, target: Path, result: Normalised) -> Any:
    if not isinstance(old, dict) or not isinstance(value, dict):
        result.mistakes.append(Mistake(written, f"found {value!r}, must be a table"))
        return old
    merged = dict(old)
    for inner, number in value.items():
        if inner in merged:
            result.mistakes.append(Mistake((*written, inner), f"{inner!r} is given twice"))
            continue
        merged[inner] = _frozen(to_memory(number, factor))
        result.spelled[(*target, inner)] = (*written, inner)
    return merged


def _frozen(value: Any) -> Any:
    """Lists as tuples, all the way down: what strict models take."""
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value
