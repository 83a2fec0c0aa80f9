"""STL, binary and ASCII: triangles without names, units or sharing.

Binary: an 80-byte header, a 32-bit count and 50-byte records; whether a file is binary follows from
its length, since many binary headers begin with "solid". Colours are not in the format; the two
common habits are read: "COLOR=" in the header with 15-bit red-green-blue attributes (Materialise
Magics) and attributes whose highest bit says that they hold blue-green-red (VisCAM, SolidView).
Equal corners are made one, which changes no coordinate.
"""

from __future__ import annotations

import struct
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import InputError
from immersive.findings import text
from immersive.formats._base import Folder, Format, Instance, Model, ReadOptions
from immersive.scene.model import Mesh, Notice, Severity
from immersive.units import number

VERSION: Final = 1
_HEADER: Final = 84
_RECORD: Final = 50
_PIECE: Final = 1 << 15
"""Triangles read at a time: 1.6 MB."""

_LEAST_FACET: Final = 70
"""An ASCII facet has at least these many bytes, written as briefly as the words allow."""

_WORDS: Final = (b"facet", b"normal", b"outer", b"loop", b"vertex", b"endloop", b"endfacet", b"endsolid")

Color = tuple[float, float, float, float]


def read(folder: Folder, relative: str, options: ReadOptions) -> Model:
    """Read an STL file.

    Raises:
        InputError: Cut off, a count that does not match, a malformed facet, decimal commas.
    """
    stem = PurePosixPath(relative).stem or relative
    size = folder.size(relative)
    head = bytes(next(folder.chunks(relative, 1024), b""))
    if _is_ascii(head, size):
        data = folder.read(relative)
        return _read_ascii(data, relative, stem, _key(folder, relative))
    return _read_binary(folder, relative, stem, head, size)


def _key(folder: Folder, relative: str) -> str:
    digest = folder.digests[relative][0] if relative in folder.digests else folder.digest(relative)
    return f"stl{VERSION}:{digest[:40]}"


def _is_ascii(head: bytes, size: int) -> bool:
    if size >= _HEADER:
        (count,) = struct.unpack_from("<I", head, 80)
        if size == _HEADER + _RECORD * count:
            return False
    return head.lstrip().lower().startswith(b"solid") and b"\0" not in head


def _sniff(head: bytes) -> bool:
    start = head.lstrip().lower()
    if start.startswith(b"solid") and b"\0" not in head:
        return b"facet" in start or b"endsolid" in start or len(head) == 1024
    if len(head) < _HEADER or start.startswith((b"<", b"ply", b"pk", b"gltf", b"{", b"\x89png")):
        return False
    (count,) = struct.unpack_from("<I", head, 80)
    if len(head) < _HEADER + _RECORD:
        return bool(count == 0) and len(head) == _HEADER
    if count == 0 or b"\0" not in head:
        return False
    numbers = np.frombuffer(head, "<f4", 12, _HEADER)
    sound = np.isfinite(numbers) & ((numbers == 0.0) | ((np.abs(numbers) > 1e-30) & (np.abs(numbers) < 1e20)))
    return bool(sound[:3].all() and np.abs(numbers[:3]).max() <= 2.0 and sound.all())


# Binary ----------------------------------------------------------------------------------


def _read_binary(folder: Folder, relative: str, stem: str, head: bytes, size: int) -> Model:
    if size < _HEADER:
        raise InputError(
            relative,
            f"has {size} bytes; a binary STL has at least {_HEADER}, an ASCII one begins with 'solid'",
        )
    (count,) = struct.unpack_from("<I", head, 80)
    there, rest = divmod(size - _HEADER, _RECORD)
    if there != count:
        cut = f" and {rest} bytes of another: it is cut off" if rest and there < count else ""
        raise InputError(
            relative,
            f"the header announces {count:,} triangles, the file holds {there:,}{cut}",
            place="triangle count at byte 80",
        )
    notices: list[Notice] = []
    if rest:
        notices.append(
            Notice(
                "trailing-bytes",
                Severity.WARNING,
                relative,
                text(
                    "{count} bytes after the last triangle were ignored.",
                    "{count} octets après le dernier triangle ont été ignorés.",
                    count=number(rest),
                ),
                data={"bytes": rest},
            )
        )
    vertices, faces, attributes = _welded(folder, relative, count)
    dropped = {}
    if len(faces) < count:
        dropped = {"nan_triangles": count - len(faces)}
        notices.append(_not_finite(relative, count - len(faces), count))
    color, face_colors = _colors(head[:80], attributes)
    mesh = Mesh(vertices, faces, stem, _key(folder, relative), face_colors, dropped=dropped)
    return Model((Instance((stem,), mesh, color=color),), None, notices=tuple(notices))


def _welded(
    folder: Folder, relative: str, count: int
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.uint16]]:
    """Vertices, faces and attributes, piece by piece, so that the file is never in memory as a whole."""
    from immersive.geometry._weld_kernels import RECENT, weld_stl

    faces = np.empty((count, 3), np.int32)
    attributes = np.zeros(0, np.uint16)
    table = np.full(1024, -1, np.int32)
    recent = np.full(RECENT, -1, np.int32)
    rows = np.empty((0, 3), np.uint32)
    seen = kept = used = 0
    for chunk in folder.chunks(relative, _RECORD * _PIECE, skip=_HEADER):
        records = min(len(chunk) // _RECORD, count - seen)
        words = np.frombuffer(chunk, "<u2", 25 * records).reshape(records, 25)
        if not len(attributes) and words[:, 24].any():
            attributes = np.zeros(count, np.uint16)
        if len(rows) < used + 3 * records:
            larger = np.empty((used + used // 4 + 3 * records, 3), np.uint32)
            larger[:used] = rows[:used]
            rows = larger
        table, kept, used = weld_stl(words, faces, attributes, rows, table, recent, kept, used)
        seen += records
    if seen != count:
        raise InputError(relative, "changed while it was being read")
    del table, recent  # freed before the vertices are made
    vertices = rows[:used].view(np.float32).astype(np.float64)
    if kept < count:
        faces, attributes = faces[:kept].copy(), attributes[:kept]
    return vertices, faces, attributes


def _not_finite(relative: str, dropped: int, count: int) -> Notice:
    return Notice(
        "nan-triangles",
        Severity.WARNING,
        relative,
        text(
            "{dropped} of {count} triangles have a coordinate that is not a number or infinite; they were left out.",
            "{dropped} triangles sur {count} ont une coordonnée non numérique ou infinie ; ils ont été écartés.",
            dropped=number(dropped),
            count=number(count),
        ),
        data={"dropped": dropped, "of": count},
    )


def _colors(header: bytes, attributes: NDArray[np.uint16]) -> tuple[Color | None, NDArray[np.uint8] | None]:
    """(colour of the part, colours of the triangles), as far as the file has them."""
    color: Color | None = None
    at = header.find(b"COLOR=")
    magics = 0 <= at <= 70
    if magics:
        red, green, blue, alpha = (value / 255.0 for value in header[at + 6 : at + 10])
        color = (red, green, blue, alpha)
    if not attributes.any():
        return color, None
    flagged = (attributes & 0x8000) != 0
    own = ~flagged if magics else flagged
    if not own.any():
        return color, None
    fives = np.stack([attributes & 31, (attributes >> 5) & 31, (attributes >> 10) & 31], axis=1)
    if not magics:
        fives = fives[:, ::-1]
    base = color or (0.75, 0.75, 0.75, 1.0)
    colors = np.empty((len(attributes), 4), np.uint8)
    colors[:] = np.rint(np.array(base) * 255.0)
    colors[own, :3] = np.rint(fives[own] * (255.0 / 31.0))
    colors[own, 3] = 255
    if (colors == colors[0]).all():
        red, green, blue, alpha = (int(value) / 255.0 for value in colors[0])
        return (red, green, blue, alpha), None
    return color, colors


# ASCII -----------------------------------------------------------------------------------


def _read_ascii(data: bytes, relative: str, stem: str, key: str) -> Model:
    from immersive.formats import _text_kernels as kernels

    array = np.frombuffer(data, np.uint8)
    status, at, corners, solids, slow = kernels.ascii_stl(array, len(data) // _LEAST_FACET + 1)
    if status != kernels.OK:
        raise _ascii_error(kernels, data, relative, status, at)
    flat = corners.reshape(-1)
    for place, start, stop in slow:
        flat[place] = _python_float(data[start:stop])
    triangles = corners.reshape(-1, 3, 3)
    finite = np.isfinite(triangles).all(axis=(1, 2))
    bad = int(len(triangles) - finite.sum())
    notices = [_not_finite(relative, bad, len(triangles))] if bad else []
    bounds = [*solids[:, 2], len(triangles)]
    pieces = []
    for index, (start, stop, first) in enumerate(solids):
        name = data[start:stop].decode("utf-8", "replace").strip() or f"solid_{index + 1}"
        last = bounds[index + 1]
        keep = finite[first:last]
        pieces.append((name, triangles[first:last][keep], int(last - first - keep.sum())))
    # A solid without facets beside others that have some is of no use to anybody.
    if len(pieces) > 1 and any(len(piece[1]) for piece in pieces):
        pieces = [piece for piece in pieces if len(piece[1])]
    instances = []
    for index, (name, piece, dropped) in enumerate(pieces):
        path = (stem,) if len(pieces) == 1 else (stem, name)
        mesh = _mesh(piece, name, f"{key}:{index}", dropped)
        instances.append(Instance(path, mesh))
    return Model(tuple(instances), None, notices=tuple(notices))


def _mesh(triangles: NDArray[np.float64], name: str, key: str, dropped: int) -> Mesh:
    from immersive.geometry.topology import welded

    count = len(triangles)
    vertices, faces = welded(triangles.reshape(-1, 3), np.arange(3 * count, dtype=np.int32).reshape(count, 3))
    return Mesh(vertices, faces, name, key, dropped={"nan_triangles": dropped} if dropped else {})


def _python_float(word: bytes) -> float:
    return float(word.lower().replace(b"d", b"e"))


def _ascii_error(kernels: Any, data: bytes, relative: str, status: int, at: int) -> InputError:
    line = data.count(b"\n", 0, at) + 1
    word = data[at : at + 40].split()
    found = repr(word[0].decode("utf-8", "replace")) if word else "the end of the file"
    broken_off = word and data.endswith(word[0]) and any(key.startswith(word[0].lower()) for key in _WORDS)
    if broken_off and status in (kernels.UNEXPECTED, kernels.NOT_THREE):
        status = kernels.CUT_OFF
    defects = {
        kernels.UNEXPECTED: f"unexpected {found}",
        kernels.CUT_OFF: "the file ends inside a facet: it is cut off",
        kernels.BAD_NUMBER: f"{found} is not a number",
        kernels.DECIMAL_COMMA: f"{found} has a decimal comma; STL has decimal points",
        kernels.NOT_THREE: "a facet has exactly three vertices; this one has not",
        kernels.NO_END: "the file ends without 'endsolid': it is cut off",
    }
    hint = "export again with decimal points" if status == kernels.DECIMAL_COMMA else None
    return InputError(relative, defects[status], place=f"line {line}", hint=hint)


FORMATS = (
    Format(
        name="stl",
        title="STL",
        suffixes=(".stl",),
        sniff=_sniff,
        read=read,
        version=VERSION,
        options_used=(),
    ),
)
