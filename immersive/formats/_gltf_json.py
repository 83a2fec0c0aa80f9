"""The outer shell of a glTF file: GLB chunks, JSON text, and typed access that names what is wrong.

Source: Khronos glTF 2.0 specification (ISO/IEC 12113:2022), sections 3.2 (asset) and 4.4 (GLB).
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterator
from typing import Any, NoReturn

from immersive.errors import InputError, LimitError, UnsupportedError

MAX_JSON_BYTES = 512 << 20
"""Largest JSON part that is parsed: Python needs about ten times as much memory for it."""

_JSON_CHUNK = 0x4E4F534A
_BIN_CHUNK = 0x004E4942

_LOOKS_LIKE = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF document"),
    (b"ISO-10303-21", "a STEP file"),
    (b"solid", "an STL file"),
    (b"ply", "a PLY file"),
    (b"<", "an XML or HTML file"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself"),
)


class Item:
    """One JSON object of the file with its place, e.g. ``nodes[3]``; every getter checks the type.

    Args:
        data: The object.
        place: Where it is, for messages.
        file: Name of the file, for messages.
    """

    __slots__ = ("data", "file", "place")

    def __init__(self, data: dict[str, Any], place: str, file: str) -> None:
        self.data = data
        self.place = place
        self.file = file

    def fail(self, defect: str, key: str = "") -> NoReturn:
        """Raise an :class:`InputError` at this object, or at one of its keys."""
        where = f"{self.place}.{key}" if key and self.place else key or self.place
        raise InputError(self.file, defect, place=where or None)

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def integer(self, key: str, default: int | None = None, *, minimum: int = 0) -> int:
        """A whole number; ``24.0`` counts as one, as in JSON Schema."""
        value = self.data.get(key, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None:
            self.fail("is missing", key)
        if not isinstance(value, int) or isinstance(value, bool):
            self.fail(f"must be a whole number, not {_shown(value)}", key)
        if value < minimum:
            self.fail(f"is {value}; at least {minimum} is needed", key)
        return value

    def index(self, key: str, count: int) -> int:
        """A reference into a list of ``count`` things."""
        value = self.integer(key)
        if value >= count:
            self.fail(f"refers to number {value}, but there are only {count}", key)
        return value

    def number(self, key: str, default: float) -> float:
        return self._finite(self.data.get(key, default), key)

    def numbers(self, key: str, count: int) -> list[float] | None:
        """A list of ``count`` finite numbers, or None where the key is absent."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != count:
            self.fail(f"must be a list of {count} numbers", key)
        return [self._finite(entry, key) for entry in value]

    def text(self, key: str, default: str = "") -> str:
        value = self.data.get(key, default)
        if not isinstance(value, str):
            self.fail(f"must be text, not {_shown(value)}", key)
        return value

    def flag(self, key: str) -> bool:
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            self.fail(f"must be true or false, not {_shown(value)}", key)
        return value

    def item(self, key: str) -> Item | None:
        """An inner object, or None where the key is absent."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fail(f"must be an object, not {_shown(value)}", key)
        return Item(value, f"{self.place}.{key}" if self.place else key, self.file)

    def items(self, key: str) -> list[Item]:
        """A list of inner objects; empty where the key is absent."""
        value = self._list(key)
        prefix = f"{self.place}.{key}" if self.place else key
        found = []
        for number, entry in enumerate(value):
            if not isinstance(entry, dict):
                self.fail(f"must be an object, not {_shown(entry)}", f"{key}[{number}]")
            found.append(Item(entry, f"{prefix}[{number}]", self.file))
        return found

    def indices(self, key: str, count: int) -> list[int]:
        """A list of references into a list of ``count`` things; empty where the key is absent."""
        value = self._list(key)
        for entry in value:
            if not isinstance(entry, int) or isinstance(entry, bool) or not 0 <= entry < count:
                self.fail(f"refers to {_shown(entry)}, but there are only {count}", key)
        return value

    def names(self, key: str) -> list[str]:
        """A list of texts; empty where the key is absent."""
        value = self._list(key)
        if not all(isinstance(entry, str) for entry in value):
            self.fail("must be a list of texts", key)
        return value

    def extension(self, name: str) -> Item | None:
        extensions = self.item("extensions")
        return None if extensions is None else extensions.item(name)

    def extension_names(self) -> Iterator[str]:
        extensions = self.item("extensions")
        return iter(() if extensions is None else extensions.data)

    def _list(self, key: str) -> list[Any]:
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(f"must be a list, not {_shown(value)}", key)
        return value

    def _finite(self, value: object, key: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fail(f"must be a number, not {_shown(value)}", key)
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self.fail("must be a finite number", key)
        return number


def parse(file: str, data: bytes) -> tuple[Item, memoryview | None]:
    """The JSON object of a .glb or .gltf file and the GLB's binary chunk, if any.

    Raises:
        InputError: Cut off, contradictory, or not glTF at all (says what it looks like).
        UnsupportedError: Another major version of glTF.
    """
    if data[:4] == b"glTF":
        text, binary = _chunks(file, data)
    else:
        text, binary = memoryview(data), None
        start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
        if not start.startswith(b"{"):
            likely = next((name for magic, name in _LOOKS_LIKE if start.startswith(magic)), "")
            hint = f"is {likely}" if likely else "starts with neither 'glTF' nor '{'"
            raise InputError(
                file, f"is not a glTF file: it {hint}" if data else "is not a glTF file: it is empty"
            )
    root = Item(_json(file, text), "", file)
    _check_version(root)
    return root, binary


def _chunks(file: str, data: bytes) -> tuple[memoryview, memoryview | None]:
    view = memoryview(data)
    if len(data) < 12:
        raise InputError(file, f"is cut off in the GLB header: {len(data)} bytes instead of 12")
    version, length = struct.unpack_from("<II", data, 4)
    if version == 1:
        _refuse_version(file, "1.0")
    if version != 2:
        raise UnsupportedError(file, f"is binary glTF of container version {version}; only version 2 is read")
    if length != len(data):
        cut = "is cut off" if length > len(data) else "has surplus bytes at its end"
        raise InputError(file, f"{cut}: the GLB header says {length:,} bytes, there are {len(data):,}")
    text: memoryview | None = None
    binary: memoryview | None = None
    at, number = 12, 0
    while at < len(data):
        if at + 8 > len(data):
            raise InputError(file, "is cut off in a chunk header", place=f"GLB chunk {number}")
        size, kind = struct.unpack_from("<II", data, at)
        at += 8
        if at + size > len(data):
            left = len(data) - at
            raise InputError(
                file, f"the chunk says {size:,} bytes, only {left:,} are left", place=f"GLB chunk {number}"
            )
        if number == 0 and kind != _JSON_CHUNK:
            raise InputError(file, "the first chunk is not JSON", place="GLB chunk 0")
        if number == 0:
            text = view[at : at + size]
        elif number == 1 and kind == _BIN_CHUNK:
            binary = view[at : at + size]
        at += size
        number += 1
    if text is None:
        raise InputError(file, "has no JSON chunk: the file ends after the GLB header")
    return text, binary


def _json(file: str, text: memoryview) -> dict[str, Any]:
    if len(text) > MAX_JSON_BYTES:
        raise LimitError(file, f"has {len(text):,} bytes of JSON; at most {MAX_JSON_BYTES:,} are read")

    def reject(word: str) -> NoReturn:
        raise ValueError(f"{word} is not JSON")

    try:
        parsed = json.loads(str(text, "utf-8-sig"), parse_constant=reject)
    except UnicodeDecodeError as error:
        raise InputError(file, f"is not UTF-8 text: {error.reason}", place=f"byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise InputError(
            file, f"is not valid JSON: {error.msg}", place=f"line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise LimitError(file, "its JSON is nested too deeply") from None
    except ValueError as error:
        raise InputError(file, f"is not valid JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise InputError(file, f"is not a glTF file: its JSON is {_shown(parsed)}, not an object")
    return parsed


def _refuse_version(file: str, version: str) -> NoReturn:
    raise UnsupportedError(
        file,
        f"is glTF {version}; only glTF 2 is read",
        hint="export it again as glTF 2.0, or convert it with a glTF 1 to 2 converter",
    )


def _check_version(root: Item) -> None:
    asset = root.item("asset")
    if asset is None:
        root.fail("is missing: this is JSON, but not glTF", "asset")
    wanted = asset.data.get("minVersion", asset.data.get("version"))
    match = re.fullmatch(r"(\d+)\.(\d+)", wanted) if isinstance(wanted, str) else None
    if match is None:
        asset.fail(f"must be a version such as '2.0', not {_shown(wanted)}", "version")
    if match[1] != "2":
        _refuse_version(root.file, match[0])
    if "minVersion" in asset and match[2] != "0":
        _refuse_version(root.file, f"{match[0]} (it says that no older reader may open it)")


def _shown(value: object) -> str:
    words = {dict: "an object", list: "a list", bool: "true or false", type(None): "null"}
    if type(value) in words:
        return words[type(value)]
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
