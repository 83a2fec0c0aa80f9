"""A layout's text to its models, or one error that lists everything wrong with it, each with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from immersive.errors import LayoutError
from immersive.formats.layout.complaints import mistakes_from, short, written_path
from immersive.formats.layout.models import Layout
from immersive.formats.layout.normalise import Mistake, Normalised, Path, key_text, normalise
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
        said = [(place_text(m), m.defect) for m in self.mistakes]
        if len(said) == 1:
            super().__init__(file, said[0][1], place=said[0][0])
            return
        lines = [f"  {place}: {defect}" for place, defect in said[:_SHOWN]]
        if len(said) > _SHOWN:
            lines.append(f"  and {len(said) - _SHOWN} more")
        super().__init__(file, f"{len(said)} mistakes\n" + "\n".join(lines))


def place_text(mistake: Mistake) -> str:
    """``"line 12, parts[3].file"``."""
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
        return written_path(path, self.normalised)


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
    text = decoded(data, file)
    return parse_layout(text, file, size=len(data), sha256=sha256(data))


def decoded(data: bytes, file: str) -> str:
    """Bytes of a layout as text, without byte order mark.

    Raises:
        LayoutError: They are not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LayoutError(
            file,
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            place=f"line {line}",
            hint="save the file as UTF-8",
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
    raw = toml_data(text, file)
    places = Places(text)
    normalised = normalise(Layout, raw)
    mistakes = list(normalised.mistakes)
    layout: Layout | None = None
    try:
        layout = Layout.model_validate(normalised.data)
    except ValidationError as error:
        mistakes += mistakes_from(error, normalised, raw)
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


def toml_data(text: str, file: str) -> dict[str, Any]:
    """Parse TOML.

    Raises:
        LayoutError: It is not valid; names line and column.
    """
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
            defect += f" in {short(source)}" if source else ""
        raise LayoutError(file, f"not valid TOML: {defect}", place=place) from error
    except RecursionError as error:
        raise LayoutError(file, "is nested too deeply") from error
    except ValueError as error:
        # A whole number of thousands of digits, a date that does not exist.
        raise LayoutError(file, f"not valid TOML: {error}") from error
