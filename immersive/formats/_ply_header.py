"""The header of a PLY file: which elements there are and how their rows are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from immersive.errors import InputError, choices

MAX_HEADER: Final = 1 << 20
"""Real headers have some hundred bytes."""

TYPES: Final[dict[str, str]] = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1",
    "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
"""Type name in the file → numpy code."""

ENCODINGS: Final = ("ascii", "binary_little_endian", "binary_big_endian")


@dataclass(frozen=True, slots=True)
class Property:
    """One column. ``count`` is the code of a list's length, empty for a single value."""

    name: str
    code: str
    count: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One table. ``rows`` is what the header claims."""

    name: str
    rows: int
    properties: tuple[Property, ...]

    @property
    def least_bytes(self) -> int:
        """Bytes a binary row has at least."""
        return sum(int((item.count or item.code)[1]) for item in self.properties)

    def index(self, *names: str) -> int:
        """Place of the first of these properties that there is, or -1."""
        for name in names:
            for place, item in enumerate(self.properties):
                if item.name.lower() == name:
                    return place
        return -1


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says, and where the rows begin."""

    encoding: str
    elements: tuple[Element, ...]
    body: int
    lines: int


def read_header(data: bytes, file: str) -> Header:
    """Read the header.

    Raises:
        InputError: No PLY, cut off, an unknown word or type; names the line.
    """
    if re.match(rb"ply[ \t]*[\r\n]", data) is None:
        raise InputError(file, "is no PLY file: it does not begin with the line 'ply'")
    end = re.compile(rb"(?:^|[\r\n])end_header[ \t]*(\r\n|\n|\r|$)").search(data, 0, MAX_HEADER)
    if end is None:
        raise InputError(file, "the header has no 'end_header': it is cut off")
    text = data[: end.start(1)].decode("latin-1")
    lines = re.split(r"\r\n|\n|\r", text)
    encoding = ""
    tables: list[tuple[str, int, list[Property]]] = []
    for number, line in enumerate(lines, start=1):
        words = line.split()

        def wrong(defect: str, place: int = number) -> InputError:
            return InputError(file, defect, place=f"line {place}")

        if number == 1 or not words or words[0] in ("comment", "obj_info", "end_header"):
            continue
        if words[0] == "format":
            if len(words) < 2 or words[1] not in ENCODINGS:
                raise wrong(f"unknown format {' '.join(words[1:])!r}; use {choices(ENCODINGS)}")
            encoding = words[1]
        elif words[0] == "element":
            if len(words) != 3 or not words[2].isdecimal() or len(words[2]) > 18:
                raise wrong(f"{line.strip()[:60]!r} is not 'element NAME COUNT'")
            tables.append((words[1], int(words[2]), []))
        elif words[0] == "property":
            if not tables:
                raise wrong("a property stands before the first element")
            tables[-1][2].append(_property(words, line, wrong_at=number, file=file))
        else:
            raise wrong(f"unknown word {words[0][:40]!r} in the header")
    if not encoding:
        raise InputError(file, f"the header states no format; use {choices(ENCODINGS)}")
    elements = tuple(Element(name, rows, tuple(properties)) for name, rows, properties in tables)
    return Header(encoding, elements, end.end(), len(lines))


def _property(words: list[str], line: str, *, wrong_at: int, file: str) -> Property:
    place = f"line {wrong_at}"
    is_list = len(words) > 1 and words[1] == "list"
    if len(words) != (5 if is_list else 3):
        wanted = "property list COUNT_TYPE TYPE NAME" if is_list else "property TYPE NAME"
        raise InputError(file, f"{line.strip()[:60]!r} is not {wanted!r}", place=place)
    for word in words[2:4] if is_list else words[1:2]:
        if word not in TYPES:
            raise InputError(file, f"unknown type {word[:40]!r}; use {choices(TYPES)}", place=place)
    if is_list:
        if TYPES[words[2]][0] == "f":
            raise InputError(file, f"the length of a list cannot be a {words[2]}", place=place)
        return Property(words[4], TYPES[words[3]], TYPES[words[2]])
    return Property(words[2], TYPES[words[1]])
