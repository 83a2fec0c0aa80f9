"""The vertex and triangle lists of 3MF, which are far too long for an XML tree.

Lists in the plain form that exporters write are read from the text by compiled code and taken out
of it; the XML tree then holds the rest. A list in any other form (prefixes, other attributes,
comments inside, UTF-16) stays in the tree and is read from there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import InputError
from immersive.formats._xml import Element, children, floats, place

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

_SECTION: Final = re.compile(rb"<(vertices|triangles)\s*>")
_VERTEX: Final = ("x", "y", "z")
_TRIANGLE: Final = ("v1", "v2", "v3", "pid", "p1", "p2", "p3")
_NEEDED: Final = 3
_LONG: Final = 200_000
"""Bytes of a document from which on compiled code is worth loading."""


@dataclass(frozen=True)
class Triangles:
    """Corners and the properties of each triangle, −1 where none is stated.

    Attributes:
        corners: (F, 3).
        group: (F,) id of the property group.
        index: (F, 3) which property of the group each corner has.
    """

    corners: IndexArray
    group: IndexArray
    index: IndexArray

    @classmethod
    def of(cls, table: IndexArray) -> Triangles:
        """From (F, 7) rows of v1 v2 v3 pid p1 p2 p3; p2 and p3 are p1 where they are not stated."""
        index = np.where(table[:, 4:7] < 0, table[:, 4:5], table[:, 4:7])
        return cls(table[:, :3], table[:, 3], index)


def take_lists(data: bytes, file: str) -> tuple[bytes, dict[str, FloatArray | Triangles]]:
    """``(document without its plain lists, what was taken)``; a taken list leaves its key as text.

    What is matched begins with ``<``, which cannot stand in attributes; in a comment the key just
    stays in the comment. So the tree sees the same document.
    """
    if len(data) < _LONG or data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:64]:
        return data, {}
    mark = "list-"
    while mark.encode() in data:
        mark += "#"
    text = np.frombuffer(data, np.uint8)
    taken: dict[str, FloatArray | Triangles] = {}
    pieces: list[bytes] = []
    done = 0
    for found in _SECTION.finditer(data):
        if found.end() < done:
            continue
        is_vertices = found[1] == b"vertices"
        table, end = _rows(data, text, found.end(), _VERTEX if is_vertices else _TRIANGLE, file)
        closing = b"</" + found[1] + b">"
        if data[end : end + len(closing)] != closing:
            continue
        key = f"{mark}{len(taken)}"
        if is_vertices:
            taken[key] = table
        else:
            whole = np.abs(table) < 2.0**53
            if not (whole.all() and (table == np.floor(table)).all()):
                continue
            taken[key] = Triangles.of(table.astype(np.int64))
        pieces += [data[done : found.end()], key.encode()]
        done = end
    if not taken:
        return data, {}
    pieces.append(data[done:])
    return b"".join(pieces), taken


def _rows(
    data: bytes, text: NDArray[np.uint8], start: int, names: tuple[str, ...], file: str
) -> tuple[FloatArray, int]:
    from immersive.formats._xml_kernels import attribute_rows

    table = np.zeros((len(names), max(map(len, names))), np.uint8)
    for row, name in zip(table, names, strict=True):
        row[: len(name)] = np.frombuffer(name.encode(), np.uint8)
    lengths = np.array([len(name) for name in names], np.int64)
    tag = np.frombuffer(b"vertex" if names is _VERTEX else b"triangle", np.uint8)
    values: Any
    values, slow, end = attribute_rows(text, start, tag, table, lengths, _NEEDED)
    flat = values.reshape(-1)
    for spot, first, last in slow.tolist():
        flat[spot] = floats(
            data[first:last].decode("ascii", "replace"), file, f"<{tag.tobytes().decode()}>", count=1
        )[0]
    return values, int(end)


def vertices_of(mesh: Element | None, taken: dict[str, FloatArray | Triangles], file: str) -> FloatArray:
    """(V, 3) positions of a ``<vertices>`` element."""
    if mesh is None:
        return np.empty((0, 3))
    found = taken.get((mesh.text or "").strip())
    if isinstance(found, np.ndarray):
        return found
    rows = [[item.get("x"), item.get("y"), item.get("z")] for item in children(mesh, "vertex")]
    try:
        return np.array([[float(value or "") for value in row] for row in rows], np.float64).reshape(-1, 3)
    except ValueError:
        raise InputError(file, "has a vertex whose coordinates are no numbers", place=place(mesh)) from None


def triangles_of(mesh: Element | None, taken: dict[str, FloatArray | Triangles], file: str) -> Triangles:
    """Corners and properties of a ``<triangles>`` element."""
    if mesh is None:
        return Triangles.of(np.empty((0, 7), np.int64))
    found = taken.get((mesh.text or "").strip())
    if isinstance(found, Triangles):
        return found
    try:
        table = np.array(
            [
                [
                    int(item.get(name) or "") if k < 3 else int(item.get(name) or -1)
                    for k, name in enumerate(_TRIANGLE)
                ]
                for item in children(mesh, "triangle")
            ],
            np.int64,
        ).reshape(-1, 7)
    except (ValueError, OverflowError):
        raise InputError(file, "has a triangle whose indices are no numbers", place=place(mesh)) from None
    return Triangles.of(table)
