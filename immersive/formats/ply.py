"""PLY (Stanford polygon format), ASCII and binary of both byte orders.

Read are positions, polygons and triangle strips, and colours of vertices or faces; every other
property or element is passed over, whatever its type. Format: G. Turk, "The PLY Polygon File
Format", Stanford 1994; strips as in the Stanford archive (-1 ends a strip).
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import InputError
from immersive.formats._base import Folder, Format, Instance, Model, ReadOptions
from immersive.formats._meshes import notice
from immersive.formats._ply_body import Table, read_table
from immersive.formats._ply_header import Element, Header, read_header
from immersive.formats._polygons import triangulate
from immersive.scene.model import Mesh, Notice, Severity
from immersive.units import number

VERSION: Final = 1

_FULL: Final = {
    "i1": 127.0,
    "u1": 255.0,
    "i2": 32767.0,
    "u2": 65535.0,
    "i4": 255.0,
    "u4": 255.0,
    "f4": 1.0,
    "f8": 1.0,
}
"""What full intensity is written as. 32-bit integers hold 0…255 in the files that have them."""

_COLORS: Final = (("red", "diffuse_red", "r"), ("green", "diffuse_green", "g"), ("blue", "diffuse_blue", "b"))
Color = tuple[float, float, float, float]


def _sniff(head: bytes) -> bool:
    return head.startswith((b"ply\n", b"ply\r", b"ply ", b"ply\t"))


def read(folder: Folder, relative: str, options: ReadOptions) -> Model:
    """Read a PLY file.

    Raises:
        InputError: A broken header, fewer rows than announced, an index of no vertex.
    """
    data = folder.read(relative)
    header = read_header(data, relative)
    stem = PurePosixPath(relative).stem or relative
    notices: list[Notice] = []

    at = header.body
    points: NDArray[np.float64] | None = None
    vertex_colors: NDArray[np.float64] | None = None
    triangles: list[NDArray[np.int64]] = []
    colors: list[NDArray[np.float64] | None] = []
    pending: list[tuple[Element, Table, int]] = []
    for element in header.elements:
        table, at = _read_element(data, header, element, at, relative)
        if element.name == "vertex":
            vertex_colors = _element_colors(element, table, 3)
            points = table.columns if table.columns.shape[1] == 3 else table.columns[:, :3]
        elif element.name in ("face", "tristrips"):
            pending.append((element, table, at))
    if points is None:
        raise InputError(relative, "the header announces no element 'vertex' with x, y and z")
    notices += _after(data, header, at, relative)
    for element, table, _ in pending:
        strips = element.name == "tristrips"
        faces, owner = (
            _strips(table, points, relative) if strips else _faces(table, points, relative, notices)
        )
        triangles.append(faces)
        own = None if strips else _element_colors(element, table, 0)
        colors.append(None if own is None else own[owner])
    if len(triangles) == 1:
        faces = triangles[0]
    else:
        faces = np.concatenate(triangles) if triangles else np.empty((0, 3), np.int64)
    if not len(faces):
        notices.append(
            notice(
                "points-only",
                Severity.WARNING,
                relative,
                "The file holds {count} points and no triangles.",
                "Le fichier contient {count} points et aucun triangle.",
                count=number(len(points)),
                data={"points": len(points)},
            )
        )
    paint = _triangle_colors(triangles, colors, vertex_colors)
    points, faces, paint, dropped = _finite(points, faces, paint, relative, notices)
    color: Color | None = None
    face_colors = None
    if paint is not None and len(paint):
        face_colors = np.rint(np.clip(paint, 0.0, 1.0) * 255.0).astype(np.uint8)
        if (face_colors == face_colors[0]).all():
            red, green, blue, alpha = (float(value) / 255.0 for value in face_colors[0])
            color, face_colors = (red, green, blue, alpha), None
    key = f"ply{VERSION}:{folder.digests[relative][0][:40]}"
    mesh = Mesh(points, faces.astype(np.int32, copy=False), stem, key, face_colors, dropped=dropped)
    return Model((Instance((stem,), mesh, color=color),), None, notices=tuple(notices))


def _read_element(data: bytes, header: Header, element: Element, at: int, relative: str) -> tuple[Table, int]:
    wanted: list[int] = []
    wanted_list = -1
    if element.name == "vertex":
        wanted = [element.index(axis) for axis in "xyz"]
        if min(wanted) < 0:
            raise InputError(relative, "element 'vertex' lacks one of the properties x, y, z")
    elif element.name in ("face", "tristrips"):
        wanted_list = element.index("vertex_indices", "vertex_index")
        if element.rows and wanted_list < 0:
            raise InputError(relative, f"element {element.name!r} has no list 'vertex_indices'")
    wanted += _color_places(element)
    for place in wanted:
        if element.properties[place].count:
            raise InputError(relative, f"property {element.properties[place].name!r} must not be a list")
    if wanted_list >= 0 and not element.properties[wanted_list].count:
        raise InputError(relative, f"property {element.properties[wanted_list].name!r} must be a list")
    table = read_table(data, header, element, at, wanted, wanted_list, relative)
    return table, table.end


def _color_places(element: Element) -> list[int]:
    if element.name not in ("vertex", "face"):
        return []
    places = [element.index(*names) for names in _COLORS]
    if min(places) < 0:
        return []
    alpha = element.index("alpha", "a")
    return places if alpha < 0 else [*places, alpha]


def _element_colors(element: Element, table: Table, first: int) -> NDArray[np.float64] | None:
    """(R, 4) colours in 0…1, or None."""
    places = _color_places(element)
    if not places or not len(table.columns):
        return None
    full = np.array([_FULL[element.properties[place].code] for place in places])
    colors = np.ones((len(table.columns), 4))
    colors[:, : len(places)] = np.nan_to_num(table.columns[:, first : first + len(places)] / full)
    return colors


def _checked(values: NDArray[Any], points: NDArray[np.float64], relative: str, least: int) -> NDArray[Any]:
    """Indices as integers; ``least`` is -1 where that ends a strip."""
    index = values
    if values.dtype.kind == "f":
        whole = np.isfinite(values).all() and (np.abs(values) < 2**53).all()
        index = values.astype(np.int64) if whole else np.empty(0, np.int64)
        if not whole or (index != values).any():
            raise InputError(relative, "an index of a vertex is not a whole number")
    if len(index) and (index.min() < least or index.max() >= len(points)):
        wrong = np.flatnonzero((index < least) | (index >= len(points)))
        raise InputError(
            relative,
            f"refers to vertex {int(index[wrong[0]]):,}, but they are 0 to {len(points) - 1:,}"
            if len(points)
            else "has faces but no vertices",
        )
    return index


def _faces(
    table: Table, points: NDArray[np.float64], relative: str, notices: list[Notice]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """((F, 3) vertex indices, (F,) row of the table)."""
    corners = _checked(table.values, points, relative, 0)
    if not len(table.lengths):
        return np.empty((0, 3), np.int64), np.empty(0, np.int64)
    short = int((table.lengths < 3).sum())
    if short:
        notices.append(
            notice(
                "short-faces",
                Severity.WARNING,
                relative,
                "{count} faces with fewer than three corners were passed over.",
                "{count} faces de moins de trois sommets ont été ignorées.",
                count=number(short),
                data={"count": short},
            )
        )
    if (table.lengths == 3).all():
        return corners.reshape(-1, 3), np.arange(len(table.lengths), dtype=np.int32)
    triangles, owner = triangulate(points, corners, table.lengths, file=relative)
    return corners[triangles], owner


def _strips(
    table: Table, points: NDArray[np.float64], relative: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Triangles of strips; every second one is turned round, -1 and the row's end end a strip."""
    index = _checked(table.values, points, relative, -1)
    rows = np.repeat(np.arange(len(table.lengths)), table.lengths)
    if len(index) < 3:
        return np.empty((0, 3), np.int64), np.empty(0, np.int64)
    position = np.arange(len(index))
    starts = (index < 0) | np.concatenate([[True], rows[1:] != rows[:-1]])
    # Place of each entry in its strip: an entry of -1 has 0, the next one 1, so shift those by one.
    begin = np.maximum.accumulate(np.where(starts, position + (index < 0), 0))
    within = position - begin
    a, b, c = index[:-2], index[1:-1], index[2:]
    whole = (within[2:] >= 2) & (c >= 0)
    odd = (within[2:] % 2 == 1)[whole]
    faces = np.column_stack([a[whole], b[whole], c[whole]])
    faces[odd] = faces[odd][:, [1, 0, 2]]
    # A strip repeats a corner to turn a bend: such triangles are no part of the shape.
    real = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return faces[real], rows[2:][whole][real]


def _triangle_colors(
    triangles: list[NDArray[np.int64]],
    colors: list[NDArray[np.float64] | None],
    vertex_colors: NDArray[np.float64] | None,
) -> NDArray[np.float64] | None:
    """(F, 4) in 0…1: a face's own colour, else the mean of its corners'; None if there are none."""
    if vertex_colors is None and all(own is None for own in colors):
        return None
    found = []
    for faces, own in zip(triangles, colors, strict=True):
        if own is not None:
            found.append(own)
        elif vertex_colors is not None:
            found.append(vertex_colors[faces].mean(axis=1))
        else:
            found.append(np.tile([0.8, 0.8, 0.8, 1.0], (len(faces), 1)))
    return np.concatenate(found) if found else None


def _finite(
    points: NDArray[np.float64],
    faces: NDArray[np.int64],
    paint: NDArray[np.float64] | None,
    relative: str,
    notices: list[Notice],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64] | None, dict[str, int]]:
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=1))
    if finite.all():
        return points, faces, paint, {}
    good: NDArray[np.bool_] = np.asarray(finite[faces].all(axis=1))
    points = np.where(finite[:, None], points, 0.0)  # no triangle that stays uses them
    bad = int(len(good) - good.sum())
    if not bad:
        return points, faces, paint, {}
    notices.append(
        notice(
            "nan-triangles",
            Severity.WARNING,
            relative,
            "{dropped} of {count} triangles use a vertex that is not a finite number; they were left out.",
            "{dropped} triangles sur {count} utilisent un sommet qui n’est pas un nombre fini ; ils ont été écartés.",
            dropped=number(bad),
            count=number(len(good)),
            data={"dropped": bad, "of": len(good)},
        )
    )
    return points, faces[good], None if paint is None else paint[good], {"nan_triangles": bad}


def _after(data: bytes, header: Header, at: int, relative: str) -> list[Notice]:
    rest = data[at:]
    if header.encoding == "ascii":
        rest = rest.strip()
    if not rest:
        return []
    return [
        notice(
            "trailing-bytes",
            Severity.WARNING,
            relative,
            "{count} bytes after the last row were ignored: the header may announce too little.",
            "{count} octets après la dernière ligne ont été ignorés : l’en-tête annonce peut-être trop peu.",
            count=number(len(rest)),
            data={"bytes": len(rest)},
        )
    ]


FORMATS = (
    Format(
        name="ply",
        title="PLY",
        suffixes=(".ply",),
        sniff=_sniff,
        read=read,
        version=VERSION,
        options_used=(),
    ),
)
