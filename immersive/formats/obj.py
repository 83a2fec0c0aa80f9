"""Wavefront OBJ: vertices, polygons, objects and groups, materials as colours.

Read are ``v f o g usemtl mtllib``; normals, texture coordinates and smoothing are passed over.
Points, lines and free-form surfaces have no triangles here and are said. A vertex line that makes
no sense keeps its number, so that the faces after it stay right; faces that use it are left out
and counted. Concave polygons are divided correctly.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import InputError
from immersive.formats._base import Folder, Format, Instance, Model, ReadOptions
from immersive.formats._meshes import notice
from immersive.formats._mtl import Color, read_libraries
from immersive.formats._polygons import triangulate
from immersive.scene.model import Mesh, Notice, Severity
from immersive.units import number

VERSION: Final = 1
MAX_PARTS: Final = 10_000
"""A file with more groups than this was not divided by hand: it becomes one part."""

_START = re.compile(
    rb"(?:^|[\r\n])[ \t]*(?:v[ \t]+[-+.\d]|f[ \t]+-?\d|vn[ \t]|vt[ \t]|mtllib[ \t]|usemtl[ \t]|o[ \t]|g[ \t\r\n])"
)


def _sniff(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        head = head[2:].replace(b"\0", b"")
    return b"\0" not in head and _START.search(head.removeprefix(codecs.BOM_UTF8)) is not None


def read(folder: Folder, relative: str, options: ReadOptions) -> Model:
    """Read an OBJ file.

    Raises:
        InputError: An index of no vertex, a decimal comma.
    """
    from immersive.formats import _obj_kernels as kernels

    data = _as_utf8(folder.read(relative), relative)
    stem = PurePosixPath(relative).stem or relative
    key = f"obj{VERSION}:{folder.digests[relative][0][:40]}"
    most = len(data) // 7 + 1
    positions = np.empty((most, 3), np.float64)
    colors = np.empty((most if _has_colors(data) else 0, 3), np.float64)
    corners = np.empty(len(data) // 2 + 1, np.int32)
    polygons = np.empty(len(data) // 6 + 1, np.int32)
    scanned = kernels.scan(np.frombuffer(data, np.uint8), positions, colors, corners, polygons)
    status, at, n_positions, n_corners, n_polygons, names, slow, counts, malformed = scanned
    # Given back to the system in place: a copy would be needed twice for a moment.
    positions.resize((n_positions, 3), refcheck=False)
    colors.resize((min(n_positions, len(colors)), 3), refcheck=False)
    corners.resize((n_corners,), refcheck=False)
    polygons.resize((n_polygons,), refcheck=False)
    corners.flags.writeable = False  # so that the mesh need not take a copy
    if status != kernels.OK:
        raise _error(kernels, data, relative, status, at)
    flat = positions.reshape(-1)
    for place, start, stop in slow:
        flat[place] = float(data[start:stop].lower().replace(b"d", b"e"))
    if len(corners) and corners.max() >= len(positions):
        raise _index_error(data, relative, corners, polygons, len(positions))

    notices = _notices(kernels, data, relative, counts, malformed)
    words = [
        (int(kind), data[start:stop].decode("utf-8", "replace").strip(), int(polygon))
        for kind, start, stop, polygon in names
    ]
    faces, owner = _triangles(positions, corners, polygons, relative)
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(positions).all(axis=1))
    dropped_of_face: NDArray[np.bool_] | None = None
    if not finite.all():
        good: NDArray[np.bool_] = np.asarray(finite[faces].all(axis=1))
        if not good.all():
            dropped_of_face = ~good
            notices.append(_not_finite(relative, int((~good).sum()), len(good)))
        positions[~finite] = 0.0  # no face uses them any more

    libraries = [name for kind, name, _ in words if kind == kernels.LIBRARY]
    materials, references, told = read_libraries(folder, relative, libraries)
    notices += told
    part_of, part_names, told = _parts(kernels, words, corners, polygons, len(positions), relative)
    notices += told
    paint = _Paint(kernels, words, len(polygons), materials, colors)

    instances = []
    spare = np.full(len(positions), -1, np.int32)
    alone = len(part_names) == 1
    for index, name in enumerate(part_names):
        mine: Any = slice(None) if alone else np.flatnonzero(part_of[owner] == index)
        piece, polygon = faces[mine], owner[mine]
        dropped = {}
        if dropped_of_face is not None:
            out = dropped_of_face[mine]
            if out.any():
                dropped = {"nan_triangles": int(out.sum())}
                piece, polygon = piece[~out], polygon[~out]
        vertices = positions
        color, face_colors = paint.of(piece, polygon)
        if not alone:
            piece, old = kernels.compact(piece, spare)
            vertices = positions[old]
        mesh = Mesh(vertices, piece, name or stem, f"{key}:{index}", face_colors, dropped=dropped)
        path = (stem,) if alone else (stem, name or f"part_{index + 1}")
        instances.append(Instance(path, mesh, color=color))
    return Model(tuple(instances), None, notices=tuple(notices), references=references)


def _as_utf8(data: bytes, relative: str) -> bytes:
    try:
        if data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
            data = data.decode("utf-16").encode()
    except UnicodeDecodeError as error:
        raise InputError(relative, f"is not the UTF-16 text that it begins as: {error.reason}") from error
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\\" in data:
        # A backslash at the end of a line continues it. Blanks of the same length keep all offsets.
        data = re.sub(rb"\\(?:\r\n|\n|\r)", lambda match: b" " * len(match.group()), data)
    return data


def _has_colors(data: bytes) -> bool:
    first = re.search(rb"(?:^|[\r\n])[ \t]*v[ \t]+([^\r\n#]*)", data)
    return first is not None and len(first.group(1).split()) >= 6


def _triangles(
    positions: NDArray[np.float64], corners: NDArray[np.int32], polygons: NDArray[np.int32], relative: str
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    if (polygons == 3).all():
        return corners.reshape(-1, 3), np.arange(len(polygons), dtype=np.int32)
    triangles, owner = triangulate(
        positions, corners.astype(np.int64), polygons.astype(np.int64), file=relative
    )
    return corners[triangles], owner


def _runs(starts: Sequence[int], total: int) -> NDArray[np.int64]:
    """For each polygon the number of the statement that was last before it, -1 for none."""
    if not len(starts):
        return np.broadcast_to(np.int64(-1), (total,))
    marks = np.searchsorted(np.asarray(starts, np.int64), np.arange(total), side="right") - 1
    return np.asarray(marks, np.int64)


def _parts(
    kernels: Any,
    words: list[tuple[int, str, int]],
    corners: NDArray[np.int32],
    polygons: NDArray[np.int32],
    vertices: int,
    relative: str,
) -> tuple[NDArray[np.int64], list[str], list[Notice]]:
    """(part of each polygon, names of the parts, notices): by objects, or by groups if there are none.

    Groups that share a vertex are faces of one body ("front", "back" …) and stay one part, so that
    a closed body stays closed.
    """
    total = len(polygons)
    by = kernels.OBJECT if any(kind == kernels.OBJECT for kind, _, _ in words) else kernels.GROUP
    statements = [(name, polygon) for kind, name, polygon in words if kind == by]
    if not statements or not total:
        last = statements[-1][0] if statements else ""
        return np.broadcast_to(np.int64(0), (total,)), [last], []
    run = _runs([polygon for _, polygon in statements], total)
    named = ["", *(name for name, _ in statements)]
    # The same name again goes on with the same part.
    order = list(dict.fromkeys(named[index] for index in np.unique(run) + 1))
    place = {name: index for index, name in enumerate(order)}
    part_of = np.array([place.get(name, -1) for name in named], np.int64)[run + 1]
    if by == kernels.GROUP and len(order) > 1:
        leader = _sharing(np.repeat(part_of, polygons), corners, len(order), vertices)
        leaders = np.unique(leader)
        alone = np.bincount(leader, minlength=len(order)) == 1
        # A body of several groups is named after the file when it is the only one.
        order = [order[index] if alone[index] or len(leaders) > 1 else "" for index in leaders]
        part_of = np.searchsorted(leaders, leader)[part_of]
    if len(order) > MAX_PARTS:
        told = notice(
            "groups-merged",
            Severity.INFO,
            relative,
            "{count} groups are read as one part; at most {most} become parts of their own.",
            "{count} groupes sont lus comme une seule pièce ; au plus {most} deviennent des pièces.",
            count=number(len(order)),
            most=number(MAX_PARTS),
            data={"groups": len(order)},
        )
        return np.zeros(total, np.int64), [""], [told]
    return part_of, order, []


def _sharing(
    part: NDArray[np.int64], corners: NDArray[np.int32], parts: int, vertices: int
) -> NDArray[np.int64]:
    """For each part the lowest part that it is connected to through shared vertices."""
    first = np.full(vertices, parts, np.int64)
    np.minimum.at(first, corners, part)
    leader = np.arange(parts)
    for low, high in np.unique(np.column_stack([first[corners], part]), axis=0).tolist():
        a, b = low, high
        while leader[a] != a:
            a = leader[a]
        while leader[b] != b:
            b = leader[b]
        leader[max(a, b)] = min(a, b)
    for index in range(parts):
        leader[index] = leader[leader[index]]  # a leader is lower, so it is final already
    return leader


class _Paint:
    """Colours of triangles, from materials or from the vertices."""

    def __init__(
        self,
        kernels: Any,
        words: list[tuple[int, str, int]],
        total: int,
        materials: dict[str, Color],
        vertex_colors: NDArray[np.float64],
    ) -> None:
        uses = [(name, polygon) for kind, name, polygon in words if kind == kernels.MATERIAL]
        self._colors: list[Color | None] = [None, *(materials.get(name) for name, _ in uses)]
        self._run = _runs([polygon for _, polygon in uses], total)
        self._materials = any(color is not None for color in self._colors)
        self._vertex_colors = vertex_colors if np.isfinite(vertex_colors).any() else None

    def of(
        self, faces: NDArray[np.int32], polygon: NDArray[np.int64]
    ) -> tuple[Color | None, NDArray[np.uint8] | None]:
        """(colour of the part, colours of its triangles): one of them or neither."""
        if self._vertex_colors is not None and len(faces):
            mean = np.nan_to_num(self._vertex_colors[faces].mean(axis=1), nan=0.8)
            if mean.max() > 1.0:
                mean = mean / 255.0  # some programs write 0…255
            rgb = np.rint(np.clip(mean, 0.0, 1.0) * 255.0).astype(np.uint8)
            if (rgb == rgb[0]).all():
                red, green, blue = (float(value) for value in mean[0])
                return (red, green, blue, 1.0), None
            return None, np.column_stack([rgb, np.full(len(rgb), 255, np.uint8)])
        if not self._materials or not len(faces):
            return None, None
        run = self._run[polygon] + 1
        kinds = np.unique(run)
        if len({self._colors[kind] for kind in kinds}) == 1:
            return self._colors[kinds[0]], None
        table = np.array([color or (0.8, 0.8, 0.8, 1.0) for color in self._colors])
        return None, np.rint(table * 255.0).astype(np.uint8)[run]


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1 if b"\n" in data else data.count(b"\r", 0, at) + 1


def _error(kernels: Any, data: bytes, relative: str, status: int, at: int) -> InputError:
    words = re.split(rb"[\r\n]", data[at : at + 200], maxsplit=1)[0].decode("utf-8", "replace").strip()[:60]
    place = f"line {_line(data, at)}"
    if status == kernels.DECIMAL_COMMA:
        word = words.split()[0]
        return InputError(
            relative,
            f"{word!r} has a decimal comma; OBJ has decimal points",
            place=place,
            hint="export again with decimal points",
        )
    if status == kernels.INDEX_ZERO:
        return InputError(relative, f"{words!r} refers to vertex 0; OBJ counts from 1", place=place)
    return InputError(relative, f"{words!r} refers to a vertex before the first one", place=place)


def _index_error(
    data: bytes, relative: str, corners: NDArray[np.int32], polygons: NDArray[np.int32], there: int
) -> InputError:
    corner = int(np.flatnonzero(corners >= there)[0])
    wanted = int(np.searchsorted(np.cumsum(polygons), corner, side="right"))
    index = int(corners[corner]) + 1
    place = None
    # Read once more, slowly, only to say the line.
    face = -1
    for count, words in enumerate(data.splitlines(), start=1):
        if words.lstrip().startswith((b"f ", b"f\t", b"fo ")) and len(words.split(b"#")[0].split()) > 3:
            face += 1
            if face == wanted:
                place = f"line {count}"
                break
    return InputError(relative, f"a face refers to vertex {index:,}, but there are {there:,}", place=place)


def _not_finite(relative: str, dropped: int, count: int) -> Notice:
    return notice(
        "nan-triangles",
        Severity.WARNING,
        relative,
        "{dropped} of {count} triangles use a vertex that is not a finite number; they were left out.",
        "{dropped} triangles sur {count} utilisent un sommet qui n’est pas un nombre fini ; ils ont été écartés.",
        dropped=number(dropped),
        count=number(count),
        data={"dropped": dropped, "of": count},
    )


def _notices(
    kernels: Any, data: bytes, relative: str, counts: NDArray[np.int64], malformed: NDArray[np.int64]
) -> list[Notice]:
    found = []
    if counts[kernels.MALFORMED]:
        lines = [_line(data, int(at)) for at in malformed]
        shown = ", ".join(map(str, lines[:5])) + (" …" if counts[kernels.MALFORMED] > 5 else "")
        found.append(
            notice(
                "malformed-lines",
                Severity.WARNING,
                relative,
                "{count} malformed lines were passed over (line {lines}); the shape may lack something.",
                "{count} lignes mal formées ont été ignorées (ligne {lines}) ; la forme peut être incomplète.",
                count=number(int(counts[kernels.MALFORMED])),
                lines=shown,
                place=f"line {lines[0]}",
                data={"count": int(counts[kernels.MALFORMED]), "lines": lines},
            )
        )
    others = (
        (kernels.POINTS, "points", "point elements", "éléments de points"),
        (kernels.LINES, "lines", "line elements", "éléments de lignes"),
        (kernels.FREEFORM, "freeform", "free-form curves or surfaces", "courbes ou surfaces gauches"),
        (kernels.CALLS, "calls", "calls of other files", "appels d’autres fichiers"),
    )
    for place, kind, english, french in others:
        if counts[place]:
            found.append(
                notice(
                    f"not-read-{kind}",
                    Severity.WARNING if place in (kernels.FREEFORM, kernels.CALLS) else Severity.INFO,
                    relative,
                    f"{{count}} {english} have no triangles and are not read.",
                    f"{{count}} {french}, sans triangles, ne sont pas lus.",
                    count=number(int(counts[place])),
                    data={"count": int(counts[place])},
                )
            )
    return found


FORMATS = (
    Format(
        name="obj",
        title="Wavefront OBJ",
        suffixes=(".obj",),
        sniff=_sniff,
        read=read,
        version=VERSION,
        options_used=(),
    ),
)
