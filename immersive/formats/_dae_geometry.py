"""The meshes of a COLLADA document: sources, inputs and primitives → triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immersive.errors import InputError, UnsupportedError
from immersive.formats._polygons import triangulate
from immersive.formats._xml import Element, children, find, floats, integers, local, place

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

_SURFACES = ("triangles", "polylist", "polygons", "tristrips", "trifans")
_LINES = ("lines", "linestrips")


@dataclass(frozen=True)
class Geometry:
    """One ``<geometry>``.

    Attributes:
        vertices: (V, 3) in file units, maybe not finite.
        faces: (F, 3) indices, each within ``[0, V)``.
        symbols: Material symbol of each group of faces, in order.
        sizes: Faces of each group.
        lines: Line elements that were left out.
    """

    vertices: FloatArray
    faces: IndexArray
    symbols: tuple[str, ...]
    sizes: tuple[int, ...]
    lines: int


def read_geometry(mesh: Element, file: str) -> Geometry:
    """The triangles of a ``<mesh>`` element.

    Raises:
        InputError: Counts that lie, indices out of range, references to nothing.
        UnsupportedError: Polygons with holes.
    """
    sources = {item.get("id"): item for item in children(mesh, "source")}
    vertices = {item.get("id"): item for item in children(mesh, "vertices")}
    known: dict[str, tuple[int, int]] = {}  # position source → (first vertex, count)
    points: list[FloatArray] = []
    faces: list[IndexArray] = []
    symbols: list[str] = []
    sizes: list[int] = []
    lines = 0
    total = 0
    for group in children(mesh):
        kind = local(group)
        lines += kind in _LINES
        if kind not in _SURFACES:
            continue
        texts = _index_texts(group, file)
        if not texts:
            continue
        stride, offset, name = _positions_input(group, vertices, file)
        if name not in known:
            if name not in sources:
                raise InputError(
                    file, f"refers to the source {name!r}, which does not exist", place=place(group)
                )
            array = _position_array(sources[name], sources, file)
            known[name] = (total, len(array))
            points.append(array)
            total += len(array)
        first, count = known[name]
        where = place(group)
        lists = [_corners(text, stride, offset, count, file, where) for text in texts]
        triangles = _triangles(group, kind, lists, points[list(known).index(name)], file, where)
        faces.append(triangles + first)
        symbols.append(group.get("material") or "")
        sizes.append(len(triangles))
    return Geometry(
        np.concatenate(points) if points else np.empty((0, 3)),
        np.concatenate(faces) if faces else np.empty((0, 3), np.int64),
        tuple(symbols),
        tuple(sizes),
        lines,
    )


def _index_texts(group: Element, file: str) -> list[str]:
    if next(group.iter("{*}ph"), None) is not None:
        raise UnsupportedError(
            file,
            "has polygons with holes, which are not read",
            place=place(group),
            hint="export the file with triangles",
        )
    texts = [item.text for item in children(group, "p")]
    return [text for text in texts if text and not text.isspace()]


def _positions_input(group: Element, vertices: dict[str | None, Element], file: str) -> tuple[int, int, str]:
    """Numbers per corner, which of them is the vertex, and the name of the source of positions."""
    stride, found = 1, None
    for item in children(group, "input"):
        try:
            offset = int(item.get("offset") or "0")
        except ValueError:
            offset = -1
        if not 0 <= offset < 256:
            raise InputError(file, f"has the offset {item.get('offset')!r}", place=place(item))
        stride = max(stride, offset + 1)
        if item.get("semantic") == "VERTEX" and found is None:
            found = (offset, (item.get("source") or "").removeprefix("#"))
        elif item.get("semantic") == "POSITION" and found is None:
            return stride, offset, (item.get("source") or "").removeprefix("#")
    if found is None:
        raise InputError(file, "has no input of vertices", place=place(group))
    offset, name = found
    if name not in vertices:
        raise InputError(file, f"refers to the vertices {name!r}, which do not exist", place=place(group))
    for item in children(vertices[name], "input"):
        if item.get("semantic") == "POSITION":
            return stride, offset, (item.get("source") or "").removeprefix("#")
    raise InputError(file, "has no positions", place=place(vertices[name]))


def _position_array(source: Element, sources: dict[str | None, Element], file: str) -> FloatArray:
    accessor = find(source, "technique_common/accessor")
    array = next(children(source, "float_array"), None)
    if accessor is not None:
        wanted = (accessor.get("source") or "").removeprefix("#")
        if array is None or array.get("id") != wanted:
            others = (item for other in sources.values() for item in children(other, "float_array"))
            array = next((item for item in others if item.get("id") == wanted), array)
    if array is None:
        raise InputError(file, "holds no float_array", place=place(source))
    values = floats(array.text, file, place(array))
    stated = _count(array, "count", file)
    if stated is not None and stated != len(values):
        raise InputError(file, f"states {stated:,} numbers but holds {len(values):,}", place=place(array))
    if accessor is None:
        stride, start, columns = 3, 0, [0, 1, 2]
        count = len(values) // 3
    else:
        stride = _count(accessor, "stride", file) or 1
        start = _count(accessor, "offset", file) or 0
        names = [item.get("name") or "" for item in children(accessor, "param")]
        columns = [names.index(axis) for axis in "XYZ"] if set("XYZ") <= set(names) else [0, 1, 2]
        count = _count(accessor, "count", file) or 0
    if stride < 3 or max(columns) >= stride:
        raise InputError(file, f"gives positions of {stride} numbers; 3 are due", place=place(source))
    if count and start + (count - 1) * stride + max(columns) >= len(values):
        raise InputError(
            file,
            f"states {count:,} positions of {stride} numbers, but there are {len(values):,} numbers",
            place=place(accessor if accessor is not None else source),
        )
    if stride == 3 and columns == [0, 1, 2]:
        return values[start : start + 3 * count].reshape(-1, 3)
    index = start + np.arange(count)[:, None] * stride + np.array(columns)
    picked: FloatArray = values[index]
    return picked


def _count(element: Element, name: str, file: str) -> int | None:
    stated = element.get(name)
    if stated is None:
        return None
    try:
        value = int(stated)
    except ValueError:
        value = -1
    if value < 0:
        raise InputError(file, f"has {name}={stated!r}", place=place(element))
    return value


def _corners(text: str, stride: int, offset: int, count: int, file: str, where: str) -> IndexArray:
    """The vertex index of each corner, checked."""
    values = integers(text, file, where)
    if len(values) % stride:
        raise InputError(
            file, f"has {len(values):,} indices, no multiple of its {stride} inputs", place=where
        )
    corners = values[offset::stride]
    if len(corners) and (corners.min() < 0 or corners.max() >= count):
        wrong = int(corners.min()) if corners.min() < 0 else int(corners.max())
        raise InputError(file, f"refers to vertex {wrong:,}, but there are {count:,}", place=where)
    return corners


def _triangles(
    group: Element, kind: str, lists: list[IndexArray], points: FloatArray, file: str, where: str
) -> IndexArray:
    """(F, 3) vertex indices of one primitive element."""
    stated = _count(group, "count", file)
    if kind == "triangles":
        corners = np.concatenate(lists)
        if len(corners) % 3 or (stated is not None and len(corners) != 3 * stated):
            raise InputError(file, f"states {stated} triangles but has {len(corners):,} corners", place=where)
        return corners.reshape(-1, 3)
    if kind == "tristrips":
        return _empty_or([_strip(item) for item in lists])
    if kind == "trifans":
        return _empty_or([_fan(item) for item in lists])
    if kind == "polygons":
        counts = np.array([len(item) for item in lists], np.int64)
    else:
        vcount = find(group, "vcount")
        counts = integers(None if vcount is None else vcount.text, file, where)
        if stated is not None and len(counts) != stated:
            raise InputError(file, f"states {stated:,} polygons but lists {len(counts):,}", place=where)
        if len(counts) and counts.min() < 0:
            raise InputError(file, "has a polygon of negative size", place=where)
    corners = np.concatenate(lists)
    if int(counts.sum()) != len(corners):
        raise InputError(
            file,
            f"has polygons of {int(counts.sum()):,} corners, but {len(corners):,} are listed",
            place=where,
        )
    if len(counts) and (counts == 3).all():
        return corners.reshape(-1, 3)
    picked, _ = triangulate(points, corners, counts, file=file)
    return corners[picked]


def _empty_or(pieces: list[IndexArray]) -> IndexArray:
    return np.concatenate(pieces) if pieces else np.empty((0, 3), np.int64)


def _strip(corners: IndexArray) -> IndexArray:
    """Every second triangle of a strip is wound the other way round; degenerate ones only turn the strip."""
    if len(corners) < 3:
        return np.empty((0, 3), np.int64)
    rows = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1)
    rows[1::2] = rows[1::2][:, [1, 0, 2]]
    real = (rows[:, 0] != rows[:, 1]) & (rows[:, 1] != rows[:, 2]) & (rows[:, 2] != rows[:, 0])
    kept: IndexArray = rows[real]
    return kept


def _fan(corners: IndexArray) -> IndexArray:
    if len(corners) < 3:
        return np.empty((0, 3), np.int64)
    return np.stack([np.full(len(corners) - 2, corners[0]), corners[1:-1], corners[2:]], axis=1)
