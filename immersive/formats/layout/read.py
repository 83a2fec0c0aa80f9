"""A layout's text to its models, or one error that lists everything wrong with it, each with its place."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import ValidationError

from immersive.errors import LayoutError, suggestion
from immersive.formats.layout.describe import words
from immersive.formats.layout.models import Layout
from immersive.formats.layout.normalise import Mistake, Normalised, Path, key_text, normalise, table_spec
from immersive.formats.layout.places import Places
from immersive.formats.layout.references import check_references
from immersive.scene.station import Origin

MAX_BYTES = 32 << 20
"""Largest layout that is read: a thousand times the largest sensible one."""
_SHOWN = 20
"""Mistakes that are listed in one message."""


class LayoutMistakes(LayoutError):
    """Everything that is wrong with one layout.

    Attributes:
        mistakes: In the order of the file, each with key path, line and sentence.
    """

    def __init__(self, file: object, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda m: (m.line or 0, key_text(m.path))))
        said = [(_place(m), m.defect) for m in self.mistakes]
        if len(said) == 1:
            super().__init__(file, said[0][1], place=said[0][0])
            return
        lines = [f"  {place}: {defect}" for place, defect in said[:_SHOWN]]
        if len(said) > _SHOWN:
            lines.append(f"  and {len(said) - _SHOWN} more")
        super().__init__(file, f"{len(said)} mistakes\n" + "\n".join(lines))


def _place(mistake: Mistake) -> str:
    key = key_text(mistake.path)
    line = "" if mistake.line is None else f"line {mistake.line}"
    return f"{line}, {key}" if line and key else line or key or "the whole file"


@dataclass(frozen=True)
class LayoutFile:
    """A layout as it stands in its file.

    Attributes:
        file: As the user named it.
        layout: The models.
        normalised: The data behind them and how the file spells its keys.
        places: Lines of the keys.
        size: Bytes of the file.
        sha256: Of its bytes.
    """

    file: str
    layout: Layout
    normalised: Normalised
    places: Places
    size: int
    sha256: str

    def origin(self, *path: str | int) -> Origin:
        """Where a key of the layout stands."""
        return Origin(self.file, key_text(path), self.places.line(path))

    def mistake(self, path: Path, defect: str) -> Mistake:
        """A mistake at a key of the layout (without unit suffix)."""
        written = self.written(path)
        return Mistake(written, defect, self.places.line(written))

    def written(self, path: Path) -> Path:
        """A path of keys without suffixes as the file spells it."""
        return _written(path, self.normalised)


def read_layout(path: FilePath | str, *, shown: str | None = None) -> LayoutFile:
    """Read and validate a layout file; opens no other file.

    Raises:
        LayoutError: It is absent, no TOML, or wrong; every mistake is listed with line and key path.
    """
    from immersive.formats._base import sha256

    file = shown or str(path)
    try:
        size = FilePath(path).stat().st_size
        if size > MAX_BYTES:
            raise LayoutError(file, f"{size:,} bytes; a layout has at most {MAX_BYTES:,}")
        data = FilePath(path).read_bytes()
    except OSError as error:
        raise LayoutError(file, f"cannot be read: {error.strerror}") from error
    text = _decoded(data, file)
    return parse_layout(text, file, size=len(data), sha256=sha256(data))


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LayoutError(
            file, f"byte 0x{data[error.start]:02x} is not UTF-8", place=f"line {line}", hint="save the file as UTF-8"
        ) from error


def parse_layout(text: str, file: str, *, size: int = 0, sha256: str = "") -> LayoutFile:
    """Validate the text of a layout.

    Args:
        text: TOML.
        file: Its name, for messages.
        size: Of the file, in bytes.
        sha256: Of its bytes.

    Raises:
        LayoutError: See :func:`read_layout`.
    """
    raw = _toml(text, file)
    places = Places(text)
    normalised = normalise(Layout, raw)
    mistakes = list(normalised.mistakes)
    layout: Layout | None = None
    try:
        layout = Layout.model_validate(normalised.data)
    except ValidationError as error:
        mistakes += _from_pydantic(error, normalised, raw)
    except RecursionError as error:
        raise LayoutError(file, "is nested too deeply") from error
    if layout is not None:
        found = LayoutFile(file, layout, normalised, places, size, sha256)
        mistakes += [found.mistake(m.path, m.defect) for m in check_references(layout)]
    if mistakes or layout is None:
        unique = {(m.path, m.defect): m for m in mistakes}.values()
        raise LayoutMistakes(
            file, [m if m.line is not None else replace(m, line=places.line(m.path)) for m in unique]
        )
    return found


def _toml(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        match = re.search(r"\s*\(at line (\d+), column (\d+)\)$", message)
        if match is None:
            lines = text.split("\n")
            place = f"line {len(lines)}, column {len(lines[-1]) + 1}"
            defect = re.sub(r"\s*\(at end of document\)$", " before the file ends", message)
        else:
            place = f"line {match.group(1)}, column {match.group(2)}"
            defect = message[: match.start()]
            source = text.split("\n")[int(match.group(1)) - 1].strip()
            defect += f" in {_short(source)}" if source else ""
        raise LayoutError(file, f"not valid TOML: {defect}", place=place) from error
    except RecursionError as error:
        raise LayoutError(file, "is nested too deeply") from error
    except ValueError as error:
        # A whole number of thousands of digits, a date that does not exist.
        raise LayoutError(file, f"not valid TOML: {error}") from error


def _from_pydantic(error: ValidationError, normalised: Normalised, raw: dict[str, Any]) -> list[Mistake]:
    mistakes: dict[Path, Mistake] = {}
    for item in error.errors(include_url=False):
        loc = tuple(part for part in item["loc"] if part != "[key]")
        if item["type"] == "layout":
            context = item["ctx"]
            key = context["key"]
            base = _existing(loc, normalised.data)
            path = (*base, _file_key(base, key)) if key else base
            mistake = Mistake(_written(path, normalised), context["message"])
        elif item["loc"] and item["loc"][-1] == "[key]":
            path = _written(loc, normalised)
            mistake = Mistake(path, f"{_short(loc[-1])} cannot be a name here")
        else:
            mistake = _value_mistake(loc, item["type"], normalised, raw)
        mistakes.setdefault(mistake.path, mistake)
    # A list is also too short when one of its items is wrong: the item is what to say.
    deeper = {path[:n] for path in mistakes for n in range(len(path))}
    missing = {path for path, m in mistakes.items() if " is missing" in m.defect}
    return [m for path, m in mistakes.items() if path in missing or path not in deeper]


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
    missing = len(path) < len(loc) and isinstance(_at(path, normalised.data), dict)
    spec, annotation, depth, _ = _field(path)
    if missing and (isinstance(annotation, type) and issubclass(annotation, Layout.__mro__[1])):
        wanted = next((s for s in table_spec(annotation).values() if s.key == loc[len(path)]), None)
        if wanted is not None and wanted.required:
            from immersive.formats.layout.quantities import usual_key

            key = usual_key(wanted.key, wanted.kind)
            said = words(annotation.model_fields[wanted.name].annotation, annotation.model_fields[wanted.name].metadata)
            return Mistake(_written(path, normalised), f"{key!r} is missing: {said}")
    path = path[:depth]
    written = _written(path, normalised)
    factor = next((normalised.factors[path[:n]] for n in range(len(path), 0, -1) if path[:n] in normalised.factors), 1.0)
    value = _at(written, raw)
    allowed = words(annotation, factor=factor, wide=type_ in ("less_than_equal", "greater_than_equal"))
    if spec is not None and spec.many and spec.model is not None and depth and isinstance(path[-1], str):
        allowed = f"a list of tables: [[{key_text(tuple(k for k in path if isinstance(k, str)))}]]"
    hint = suggestion(value, _choices(annotation)) if isinstance(value, str) else ""
    return Mistake(written, f"found {_short(value)}{hint}; must be {allowed}")


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


def _written(path: Path, normalised: Normalised) -> Path:
    """The path as the file spells it: keys with their suffixes."""
    out: Path = ()
    for end in range(1, len(path) + 1):
        spelled = normalised.spelled.get(path[:end])
        if spelled is not None and len(spelled) == end:
            out = spelled
        else:
            out = (*out, path[end - 1])
    return out


def _short(value: Any) -> str:
    """A value as it stands in TOML, cut to a readable length."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = type(value).__name__
    text = text.replace("NaN", "nan").replace("Infinity", "inf")
    return text if len(text) <= 80 else text[:77] + "…"
