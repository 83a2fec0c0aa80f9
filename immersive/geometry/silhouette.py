"""Outlines of triangles seen along an axis: what a drawing needs of a part.

Two ways to the same answer: the exact union of the projected triangles, for meshes of a few
hundred, and a mask at the resolution of the picture, traced back into polygons, for dense ones
(a union of 60,000 triangles takes seconds, its mask milliseconds; the outline is then off by
less than a cell, which is less than the picture can show).
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

EXACT_TRIANGLES: Final = 120
"""Up to here the exact union is as quick as the mask: about 15 µs a triangle."""

_SLIVER: Final = 1e-9
"""Rings narrower than this (in the unit of the triangles) are rounding, not shape."""

_MAX_CELLS: Final = 4_000_000
"""Cells of one mask; a larger one is made coarser."""


def clip(triangles: FloatArray, axis: int, lower: float, upper: float) -> FloatArray:
    """(K, 3, 3) what of (N, 3, 3) triangles lies in the slab ``lower <= coordinate[axis] <= upper``.

    A cut triangle becomes up to three, wound as it was. What only touches the slab is kept: a lid
    exactly at the cut is seen.
    """
    if len(triangles) == 0:
        return triangles
    low, high = triangles[:, :, axis].min(axis=1), triangles[:, :, axis].max(axis=1)
    whole = (low >= lower) & (high <= upper)
    if whole.all():
        return triangles
    cut = triangles[~whole & (low <= upper) & (high >= lower)]
    cut = _half(_half(cut, axis, lower, 1.0), axis, upper, -1.0)
    return np.concatenate([triangles[whole], cut])


def _half(triangles: FloatArray, axis: int, limit: float, sign: float) -> FloatArray:
    """What of the triangles lies where ``sign * (coordinate - limit) >= 0``."""
    if len(triangles) == 0 or not math.isfinite(limit):
        return triangles
    depth = sign * (triangles[:, :, axis] - limit)
    inside = depth >= 0.0
    count = inside.sum(axis=1)
    pieces = [triangles[count == 3]]
    for kept in (1, 2):
        chosen = count == kept
        if not chosen.any():
            continue
        # The corner that is alone on its side comes first, the winding stays.
        alone = np.argmax(inside[chosen] if kept == 1 else ~inside[chosen], axis=1)
        turn = (alone[:, None] + np.arange(3)) % 3
        corner = np.take_along_axis(triangles[chosen], turn[:, :, None], axis=1)
        far = np.take_along_axis(depth[chosen], turn, axis=1)
        a, b, c = corner[:, 0], corner[:, 1], corner[:, 2]
        ab = a + (far[:, 0] / (far[:, 0] - far[:, 1]))[:, None] * (b - a)
        ac = a + (far[:, 0] / (far[:, 0] - far[:, 2]))[:, None] * (c - a)
        ab[:, axis] = limit
        ac[:, axis] = limit
        if kept == 1:
            pieces.append(np.stack([a, ab, ac], axis=1))
        else:
            pieces += [np.stack([ab, b, c], axis=1), np.stack([ab, c, ac], axis=1)]
    return np.concatenate(pieces)


def section(triangles: FloatArray, axis: int, at: float) -> Any:
    """The region inside a closed surface of (N, 3, 3) triangles where ``coordinate[axis] == at``.

    The plane is (first, second) of the two other axes in their order. By even-odd: the bore of a
    tube is no part of it. Where the surface is open the region is, too, and is left out.

    Returns:
        A shapely polygon or multipolygon, maybe empty.
    """
    import shapely

    # A plane exactly through corners or along faces is a matter of chance: moved by far less than
    # any drawing shows.
    at += 1.3e-7
    above = triangles[:, :, axis] > at
    cut = triangles[above.any(axis=1) & ~above.all(axis=1)]
    if len(cut) == 0:
        return shapely.Polygon()
    others = [index for index in range(3) if index != axis]
    ends = np.stack([cut, np.roll(cut, -1, axis=1)], axis=2)  # (K, edge, end, 3)
    crossing = (ends[:, :, 0, axis] > at) != (ends[:, :, 1, axis] > at)
    edges = ends[crossing]  # two for each triangle, in order
    # Both triangles of an edge must give bitwise the same point: walk it from its lower end.
    down = edges[:, 0, axis] > edges[:, 1, axis]
    edges[down] = edges[down][:, ::-1]
    share = (at - edges[:, 0, axis]) / (edges[:, 1, axis] - edges[:, 0, axis])
    points = edges[:, 0] + share[:, None] * (edges[:, 1] - edges[:, 0])
    lines = shapely.linestrings(points[:, others].reshape(-1, 2, 2))
    lines = lines[shapely.length(lines) > 0.0]
    return _polygonal(shapely.build_area(shapely.union_all(lines, grid_size=1e-7)))


def silhouette(triangles: FloatArray, cell: float, *, thin: float = 0.0) -> Any:
    """The region that (N, 3, 2) projected triangles cover, as a shapely polygon or multipolygon.

    Args:
        triangles: Corners in the plane of the drawing; any winding, overlaps allowed.
        cell: Size of what the drawing can show, in the same unit: the outline of a dense mesh is
            right to within it, a mesh of up to :data:`EXACT_TRIANGLES` is exact to 1e-6 of it.
        thin: Width that sheets seen edge-on are given (nothing would be seen of them), or 0.

    Returns:
        A valid geometry; empty if there are no triangles, or only edge-on ones and ``thin`` is 0.
    """
    from shapely import Polygon

    flat = np.asarray(triangles, np.float64)
    if len(flat) == 0:
        return Polygon()
    region = exact_union(flat) if len(flat) <= EXACT_TRIANGLES else masked_union(flat, cell)
    if thin > 0.0:
        region = _with_sheets(flat, region, thin)
    return region


def exact_union(triangles: FloatArray) -> Any:
    """Union of (N, 3, 2) triangles as a shapely geometry."""
    import shapely

    # Noise far below any shape (6e-17 for a cosine that is zero) would become slivers of its own.
    triangles = np.round(triangles, 12)
    area = _areas(triangles)
    flat = triangles[area > 1e-12 * max(1.0, float(np.abs(triangles).max()) ** 2)]
    if len(flat) == 0:
        return shapely.Polygon()
    rings = np.concatenate([flat, flat[:, :1]], axis=1)
    return _polygonal(shapely.union_all(shapely.polygons(rings)))


def masked_union(triangles: FloatArray, cell: float) -> Any:
    """Region of (N, 3, 2) triangles to within ``cell``, by way of a mask; time is that of reading them."""
    import shapely

    from immersive.geometry._silhouette_kernels import fill

    lower = triangles.min(axis=(0, 1))
    extent = triangles.max(axis=(0, 1)) - lower
    cell = max(cell, float(np.sqrt(max(extent[0], cell) * max(extent[1], cell) / _MAX_CELLS)))
    # Two empty cells all around: every boundary closes, rounding included.
    columns, rows = (int(np.ceil(size / cell)) + 5 for size in extent)
    origin = lower - 2.0 * cell
    mask = np.zeros((rows, columns), np.bool_)
    fill(mask, np.ascontiguousarray((triangles - origin) / cell))
    loops = trace(mask)
    if not loops:
        return shapely.Polygon()
    rings = [shapely.linearrings(loop * cell + origin) for loop in loops]
    # A boundary that meets itself at a corner has to be cut there, else its whole area is lost; which of
    # the faces between the boundaries are covered, the mask knows.
    faces = shapely.get_parts(shapely.polygonize([shapely.node(shapely.multilinestrings(rings))]))
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    column, row = np.floor((inner - origin) / cell).astype(np.int64).T
    region = shapely.multipolygons(faces[mask[row, column]])
    # The stairs of the mask deviate from the slope they stand for by about a cell.
    return _polygonal(region.simplify(1.1 * cell))


def trace(mask: NDArray[np.bool_]) -> list[FloatArray]:
    """Boundaries of the true cells as closed (K, 2) loops of (x, y) grid corners, first = last.

    The region lies to the left. The mask's outermost cells must be false.
    """
    inside = mask.astype(np.int8)
    step_y = np.diff(inside, axis=0)
    step_x = np.diff(inside, axis=1)
    following: dict[tuple[int, int], list[tuple[int, int]]] = {}

    # (where a boundary is, its start and its end as offsets from the cell): the region begins above,
    # ends above, begins to the right, ends to the right.
    for places, start, end in (
        (np.argwhere(step_y == 1), (0, 1), (1, 1)),
        (np.argwhere(step_y == -1), (1, 1), (0, 1)),
        (np.argwhere(step_x == 1), (1, 1), (1, 0)),
        (np.argwhere(step_x == -1), (1, 0), (1, 1)),
    ):
        for row, column in places.tolist():
            key = (column + start[0], row + start[1])
            following.setdefault(key, []).append((column + end[0], row + end[1]))
    loops: list[FloatArray] = []
    while following:
        begin = next(iter(following))
        loop = [begin]
        here, heading = begin, (0, 0)
        while True:
            ways = following[here]
            # Where two cells touch at a corner, turn left: the cells stay apart.
            way = ways[0] if len(ways) == 1 else _left_turn(here, heading, ways)
            ways.remove(way)
            if not ways:
                del following[here]
            turn = (way[0] - here[0], way[1] - here[1])
            if turn == heading:
                loop[-1] = way
            else:
                loop.append(way)
            here, heading = way, turn
            if here == begin:
                break
        loops.append(np.array(loop, np.float64))
    return loops


def _left_turn(
    here: tuple[int, int], heading: tuple[int, int], ways: list[tuple[int, int]]
) -> tuple[int, int]:
    left = (here[0] - heading[1], here[1] + heading[0])
    return left if left in ways else ways[0]


def _areas(triangles: FloatArray) -> FloatArray:
    edge = triangles[:, 1:] - triangles[:, :1]
    area: FloatArray = 0.5 * np.abs(edge[:, 0, 0] * edge[:, 1, 1] - edge[:, 0, 1] * edge[:, 1, 0])
    return area


def _with_sheets(triangles: FloatArray, region: Any, thin: float) -> Any:
    """Add triangles seen edge-on outside the region as strips of the width ``thin``."""
    import shapely

    edges = triangles[:, [1, 2, 0]] - triangles
    longest = np.sqrt((edges**2).sum(axis=2).max(axis=1))
    on_edge = _areas(triangles) <= 0.25 * thin * longest
    if not on_edge.any():
        return region
    flat = triangles[on_edge]
    span = flat.reshape(-1, 2)
    if not region.is_empty and len(flat) > EXACT_TRIANGLES:
        return region
    rings = np.concatenate([flat, flat[:, :1]], axis=1)
    lines = shapely.linestrings(rings)
    if not region.is_empty:
        shapely.prepare(region)
        lines = lines[~shapely.covered_by(lines, region.buffer(thin))]
        if len(lines) == 0:
            return region
    if len(lines) > EXACT_TRIANGLES:
        return masked_union(flat, max(thin, float(np.ptp(span, axis=0).max()) / 1000.0))
    strips = shapely.buffer(lines, 0.5 * thin, cap_style="flat", join_style="mitre")
    return _polygonal(shapely.union_all([region, *strips]))


def _polygonal(region: Any) -> Any:
    """Only the polygons of a geometry, without slivers of rounding: holes and islands of no width."""
    import shapely

    kept = []
    for part in shapely.get_parts(region):
        if part.geom_type != "Polygon" or not _has_width(part):
            continue
        holes = [ring for ring in part.interiors if _has_width(shapely.Polygon(ring))]
        kept.append(part if len(holes) == len(part.interiors) else shapely.Polygon(part.exterior, holes))
    if len(kept) == 1:
        return kept[0]
    return shapely.MultiPolygon(kept) if kept else shapely.Polygon()


def _has_width(polygon: Any) -> bool:
    return bool(polygon.area > _SLIVER * polygon.length)
