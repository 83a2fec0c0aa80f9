"""What pydantic found wrong, said in the words of the layout: where, what was found, what is allowed."""

from __future__ import annotations

import json
import math
from enum import Enum
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import ValidationError

from immersive.errors import suggestion
from immersive.formats.layout.describe import words
from immersive.formats.layout.fields import Table
from immersive.formats.layout.models import Layout
from immersive.formats.layout.normalise import Mistake, Normalised, Path, key_text, table_spec
from immersive.formats.layout.quantities import usual_key


def mistakes_from(error: ValidationError, normalised: Normalised, raw: dict[str, Any]) -> list[Mistake]:
    """One mistake for each wrong value, missing key or disagreement."""
    mistakes: dict[tuple[Path, str], Mistake] = {}
    unknown: dict[Path, list[str]] = {}
    for known in normalised.mistakes:
        unknown.setdefault(known.path[:-1], []).append(str(known.path[-1]))
    for item in error.errors(include_url=False):
        loc = tuple(part for part in item["loc"] if part != "[key]")
        wanted: tuple[str, ...] = ()
        if item["type"] == "layout":
            context = item["ctx"]
            key = context["key"]
            base = _existing(loc, normalised.data)
            path = (*base, _file_key(base, key)) if key else base
            wanted = context["wanted"]
            mistake = Mistake(written_path(path, normalised), context["message"])
        elif item["loc"] and item["loc"][-1] == "[key]":
            path = written_path(loc, normalised)
            mistake = Mistake(path, f"{short(loc[-1])} cannot be a name here")
        else:
            missing = _missing(loc, normalised)
            if missing is not None:
                wanted = (missing[0],)
                mistake = missing[1]
            else:
                mistake = _value_mistake(loc, item["type"], normalised, raw)
        # A misspelt key is said once, and not again as the key that is missing for it.
        if wanted and any(_close(key, wanted) for key in unknown.get(mistake.path, ())):
            continue
        mistakes.setdefault((mistake.path, wanted[0] if wanted else ""), mistake)
    # A list is also too short when one of its items is wrong: the item is what to say.
    deeper = {path[:n] for path, wanted_ in mistakes if not wanted_ for n in range(len(path))}
    return [m for (path, wanted_), m in mistakes.items() if wanted_ or path not in deeper]


def _close(key: str, wanted: tuple[str, ...]) -> bool:
    return any(key.startswith(f"{name}_") for name in wanted) or bool(suggestion(key, wanted))


def _missing(loc: Path, normalised: Normalised) -> tuple[str, Mistake] | None:
    """(key, mistake) if the location is a required key that its table lacks."""
    path = _existing(loc, normalised.data)
    _, annotation, _, _ = _field(path)
    if len(path) == len(loc) or not (isinstance(annotation, type) and issubclass(annotation, Table)):
        return None
    spec = next((s for s in table_spec(annotation).values() if s.key == loc[len(path)]), None)
    if spec is None or not spec.required or not isinstance(_at(path, normalised.data), dict):
        return None
    info = annotation.model_fields[spec.name]
    said = words(info.annotation, info.metadata)
    defect = f"{usual_key(spec.key, spec.kind)!r} is missing: {said}"
    return spec.key, Mistake(written_path(path, normalised), defect)


def _existing(loc: Path, data: Any) -> Path:
    """The part of a pydantic location that exists in the data (it also names union branches)."""
    path: list[str | int] = []
    for key in loc:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            continue
        path.append(key)
    return tuple(path)


def _field(path: Path) -> tuple[Any, Any, int, bool]:
    """(specification, type at the path, length of the path to it, whether the path is a field's)."""
    model: Any = Layout
    spec: Any = None
    annotation: Any = Layout
    for at, key in enumerate(path):
        if model is not None and isinstance(key, str):
            spec = next((s for s in table_spec(model).values() if s.key == key), None)
            if spec is None:
                return None, annotation, at, False
            info = model.model_fields[spec.name]
            annotation = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
            model = spec.model if spec.model is not None and not spec.many else None
        elif isinstance(key, int) and spec is not None and spec.model is not None and spec.many:
            model, annotation = spec.model, spec.model
        else:
            inner = _inner(annotation, key)
            if inner is None:
                return spec, annotation, at, True
            annotation = inner
    return spec, annotation, len(path), True


def _inner(annotation: Any, key: str | int) -> Any:
    """Type of an item of a list of any length or of a table; None for anything else."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    for option in (annotation, *get_args(annotation)):
        option = get_args(option)[0] if get_origin(option) is Annotated else option
        if get_origin(option) is tuple and get_args(option)[-1] is Ellipsis and isinstance(key, int):
            return get_args(option)[0]
        if get_origin(option) is dict and isinstance(key, str):
            return get_args(option)[1]
    return None


def _file_key(base: Path, name: str) -> str:
    _, annotation, _, _ = _field(base)
    return table_spec(annotation)[name].key if isinstance(annotation, type) else name


def _value_mistake(loc: Path, type_: str, normalised: Normalised, raw: dict[str, Any]) -> Mistake:
    path = _existing(loc, normalised.data)
    spec, annotation, depth, _ = _field(path)
    path = path[:depth]
    written = written_path(path, normalised)
    factor = next(
        (normalised.factors[path[:n]] for n in range(len(path), 0, -1) if path[:n] in normalised.factors), 1.0
    )
    value = _at(written, raw)
    allowed = words(annotation, factor=factor, wide=type_ in ("less_than_equal", "greater_than_equal"))
    if spec is not None and spec.many and spec.model is not None and depth and isinstance(path[-1], str):
        allowed = f"a list of tables: [[{key_text(tuple(k for k in path if isinstance(k, str)))}]]"
    allowed += ", finite" if _not_finite(value) else ""
    hint = suggestion(value, _choices(annotation)) if isinstance(value, str) else ""
    return Mistake(written, f"found {short(value)}{hint}; must be {allowed}")


def _not_finite(value: Any) -> bool:
    if isinstance(value, list):
        return any(_not_finite(item) for item in value)
    return isinstance(value, float) and not math.isfinite(value)


def _choices(annotation: Any) -> list[str]:
    origin = get_origin(annotation)
    if origin is Literal:
        return [item for item in get_args(annotation) if isinstance(item, str)]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(item.value) for item in annotation]
    return [word for inner in get_args(annotation) for word in _choices(inner)] if origin is not None else []


def _at(path: Path, data: Any) -> Any:
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def written_path(path: Path, normalised: Normalised) -> Path:
    """The path as the file spells it: keys with their suffixes."""
    out: Path = ()
    for end in range(1, len(path) + 1):
        spelled = normalised.spelled.get(path[:end])
        out = spelled if spelled is not None and len(spelled) == end else (*out, path[end - 1])
    return out


def short(value: Any) -> str:
    """A value as it stands in TOML, cut to a readable length."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = type(value).__name__
    text = text.replace("NaN", "nan").replace("Infinity", "inf")
    return text if len(text) <= 80 else text[:77] + "…"
