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
_LEAST_FACET: Final = 70
"""An ASCII facet has at least these many bytes, written as briefly as the words allow."""

_WORDS: Final = (b"facet", b"normal", b"outer", b"loop", b"vertex", b"endloop", b"endfacet", b"endsolid")

Color = tuple[float, float, float, float]


def read(folder: Folder, relative: str, options: ReadOptions) -> Model:
    """Read an STL file.

    Raises:
        InputError: Cut off, a count that does not match, a malformed facet, decimal commas.
    """
    data = folder.read(relative)
    stem = PurePosixPath(relative).stem or relative
    key = f"stl{VERSION}:{folder.digests[relative][0][:40]}"
    if _is_ascii(data):
        return _read_ascii(data, relative, stem, key)
    return _read_binary(data, relative, stem, key)


def _is_ascii(data: bytes) -> bool:
    if len(data) >= _HEADER:
        (count,) = struct.unpack_from("<I", data, 80)
        if len(data) == _HEADER + _RECORD * count:
            return False
    head = data[:1024].lstrip().lower()
    return head.startswith(b"solid") and b"\0" not in head


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


def _read_binary(data: bytes, relative: str, stem: str, key: str) -> Model:
    if len(data) < _HEADER:
        raise InputError(
            relative,
            f"has {len(data)} bytes; a binary STL has at least {_HEADER}, an ASCII one begins with 'solid'",
        )
    (count,) = struct.unpack_from("<I", data, 80)
    there, rest = divmod(len(data) - _HEADER, _RECORD)
    notices: list[Notice] = []
    if there < count:
        raise InputError(
            relative,
            f"the header announces {count:,} triangles, the file holds {there:,}"
            + (f" and {rest} bytes of another: it is cut off" if rest else ""),
            place="triangle count at byte 80",
        )
    if there > count:
        raise InputError(
            relative,
            f"the header announces {count:,} triangles, the file holds {there:,}",
            place="triangle count at byte 80",
        )
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
    words = np.frombuffer(data, "<u2", 25 * count, _HEADER).reshape(count, 25)
    from immersive.geometry._weld_kernels import weld_stl

    faces, bits, has_attributes = weld_stl(words)
    vertices = bits.view(np.float32).astype(np.float64)
    dropped = {}
    if len(faces) < count:
        dropped = {"nan_triangles": count - len(faces)}
        notices.append(_not_finite(relative, count - len(faces), count))
    color, face_colors = _colors(data[:80], words, bool(has_attributes), len(faces))
    mesh = Mesh(vertices, faces, stem, key, face_colors, dropped=dropped)
    return Model((Instance((stem,), mesh, color=color),), None, notices=tuple(notices))


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


def _colors(
    header: bytes, words: NDArray[np.uint16], has_attributes: bool, kept: int
) -> tuple[Color | None, NDArray[np.uint8] | None]:
    """(colour of the part, colours of the triangles), as far as the file has them."""
    color: Color | None = None
    at = header.find(b"COLOR=")
    magics = 0 <= at <= 70
    if magics:
        red, green, blue, alpha = (value / 255.0 for value in header[at + 6 : at + 10])
        color = (red, green, blue, alpha)
    if not has_attributes:
        return color, None
    if kept < len(words):
        corners = np.ascontiguousarray(words[:, 6:24]).view("<f4")
        words = words[np.isfinite(corners).all(axis=1)]
    attribute = words[:, 24]
    flagged = (attribute & 0x8000) != 0
    own = ~flagged if magics else flagged
    if not own.any():
        return color, None
    fives = np.stack([attribute & 31, (attribute >> 5) & 31, (attribute >> 10) & 31], axis=1)
    if not magics:
        fives = fives[:, ::-1]
    base = color or (0.75, 0.75, 0.75, 1.0)
    colors = np.empty((len(words), 4), np.uint8)
    colors[:] = np.rint(np.array(base) * 255.0)
    colors[own, :3] = np.rint(fives[own] * (255.0 / 31.0))
    colors[own, 3] = 255
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
        has_unit=False,
        version=VERSION,
        options_used=(),
    ),
)
