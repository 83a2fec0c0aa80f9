"""A fence seen square on: what of its plane is covered, where its top edge runs, what is open below it.

The plane is (u, z): metres along the fence and above the world's origin. Regions are shapely geometries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.opening_sets import Openings, measured
from immersive.geometry.openings import OpeningSize

FloatArray = NDArray[np.float64]

GRID: Final = 1e-6
"""Corners of regions lie on this grid: parts drawn against each other leave no crack of rounding."""

CRACK: Final = 5e-4
"""Openings narrower than this are joints of the model, not openings: no finger gets in."""

FULL: Final = 0.97
"""Share of its convex hull from which on an opening is taken as one."""

DENSE: Final = 20_000
"""Projected triangles up to which their union is exact (about a second); beyond it a mask is used."""

MASK: Final = 5e-4
"""Cell of that mask: openings are then right to twice this."""


@dataclass(frozen=True, eq=False)
class Outline:
    """What one part covers of the plane.

    Attributes:
        region: With its openings.
        filled: Without them.
        openings: Those all around which the part stands, measured.
        blur: How far the outline may be off, metres.
    """

    region: Any
    filled: Any
    openings: Openings
    blur: float

    def moved(self, du: float, dz: float) -> Outline:
        """The same somewhere else."""
        import shapely

        def shift(uz: FloatArray) -> FloatArray:
            return np.asarray(uz + np.array([du, dz]))

        return Outline(
            shapely.transform(self.region, shift),
            shapely.transform(self.filled, shift),
            self.openings.moved(du, dz),
            self.blur,
        )


def outline(
    flat: FloatArray, steps: Sequence[float], /, *, known: dict[bytes, OpeningSize] | None = None
) -> Outline:
    """Outline of a part from its (N, 3, 2) projected triangles.

    Args:
        flat: In the plane, metres.
        steps: Widths at which openings of odd shape are taken apart, see :func:`free_openings`.
        known: Sizes of openings measured before, by their corners; grows.
    """
    region, blur = cover(flat)
    return outlined(region, blur, steps, known=known)


def outlined(
    region: Any, blur: float, steps: Sequence[float], /, *, known: dict[bytes, OpeningSize] | None = None
) -> Outline:
    """Outline of a part from the region it covers."""
    import shapely

    parts = shapely.get_parts(region)
    shells = shapely.polygons(shapely.get_exterior_ring(parts)) if len(parts) else parts
    filled = polygons_of(
        shapely.union_all(shells) if len(shells) > 1 else region if len(shells) == 0 else shells[0]
    )
    rings = [ring for polygon in parts for ring in polygon.interiors]
    pieces: list[Any] = []
    if rings:
        holes = shapely.polygons(rings)
        area = shapely.area(holes)
        hull = area.copy()
        odd = ~_convex(rings)
        hull[odd] = shapely.area(shapely.convex_hull(holes[odd]))
        plain = (area >= FULL * hull) & (area >= 0.5 * CRACK * shapely.length(holes)) & (area > GRID * CRACK)
        pieces = list(holes[plain])
        for hole in holes[~plain]:
            pieces += _taken_apart(hole, sorted(steps, reverse=True))
    return Outline(region, filled, measured(pieces, {} if known is None else known), blur)


def _convex(rings: Sequence[Any]) -> NDArray[np.bool_]:
    """Which of the rings are triangles or quadrangles that are their own convex hull."""
    import shapely

    found = np.zeros(len(rings), bool)
    count = shapely.get_num_coordinates(rings)
    for corners in (3, 4):
        those = np.flatnonzero(count == corners + 1)
        uz = shapely.get_coordinates(np.asarray(rings)[those]).reshape(-1, corners + 1, 2)[:, :-1]
        side = np.roll(uz, -1, axis=1) - uz
        after = np.roll(side, -1, axis=1)
        turn = side[..., 0] * after[..., 1] - side[..., 1] * after[..., 0]
        # Four corners that turn one way go round once: a quadrangle that crosses itself turns both ways.
        found[those] = (turn > 0.0).all(axis=1) | (turn < 0.0).all(axis=1)
    return found


def cover(flat: FloatArray, /) -> tuple[Any, float]:
    """Region that (N, 3, 2) projected triangles cover, and how far its outline may be off, metres.

    Of a closed surface only the half that faces the eye is used: both halves cover the same.
    """
    import shapely

    from immersive.geometry.silhouette import masked_union

    # On a grid, so that corners drawn on each other are one.
    flat = np.round(flat, 6)
    if len(flat) == 0:
        return shapely.MultiPolygon(), 0.0
    edge = flat[:, 1:] - flat[:, :1]
    area = 0.5 * (edge[:, 0, 0] * edge[:, 1, 1] - edge[:, 0, 1] * edge[:, 1, 0])
    front, back = area[area > 0.0].sum(), -area[area < 0.0].sum()
    # Where this is chance and not a closed surface, too little is covered: openings too many, never too few.
    closed = abs(front - back) <= 1e-5 * max(front, back)
    seen = flat[area > 1e-10 if closed else np.abs(area) > 1e-10]
    if len(seen) == 0:
        return shapely.MultiPolygon(), 0.0
    if len(seen) > DENSE:
        return polygons_of(masked_union(seen, MASK)), MASK
    pieces = shapely.polygons(np.concatenate([seen, seen[:, :1]], axis=1))
    # The wires of a mesh that run alike hardly meet: first these, then both across each other.
    extent = np.ptp(seen, axis=1)
    tall = extent[:, 1] > extent[:, 0]
    both = shapely.union(shapely.union_all(pieces[tall]), shapely.union_all(pieces[~tall]))
    return polygons_of(both), 0.0


def polygons_of(region: Any) -> Any:
    """The polygons of a geometry as one multipolygon."""
    import shapely

    parts = [one for one in shapely.get_parts(region) if one.geom_type == "Polygon" and one.area > 0.0]
    return shapely.MultiPolygon(parts)


def merged(regions: Sequence[Any]) -> Any:
    """Union of regions."""
    import shapely

    return polygons_of(shapely.union_all(list(regions))) if regions else shapely.MultiPolygon()


@dataclass(frozen=True, eq=False)
class TopEdge:
    """Upper outline of a region: linear over each interval, maybe with steps in between.

    Attributes:
        u: (M + 1,) ends of the intervals, ascending.
        left, right: (M,) height at either end of each; ``-inf`` where nothing stands.
    """

    u: FloatArray
    left: FloatArray
    right: FloatArray

    def lowest(self, start: float, end: float, /) -> float:
        """Least height strictly between two places."""
        over = (self.u[:-1] < end - GRID) & (self.u[1:] > start + GRID)
        return float(np.minimum(self.left, self.right)[over].min(initial=np.inf))

    def lowest_of(self, start: float, end: float, level: float, /) -> float:
        """Least height between two places where it is at least a level; the level if it is so nowhere."""
        over = (self.u[:-1] < end - GRID) & (self.u[1:] > start + GRID)
        heights = np.minimum(self.left, self.right)[over]
        return float(heights[heights >= level].min(initial=np.inf)) if (heights >= level).any() else level

    def at_least(self, height: float, /, *, close: float) -> list[tuple[float, float]]:
        """Intervals where the edge is at least so high; dips of at most ``close`` between two are no dips."""
        found: list[list[float]] = []
        for start, end, z0, z1 in zip(self.u[:-1], self.u[1:], self.left, self.right, strict=True):
            if max(z0, z1) < height:
                continue
            a, b = float(start), float(end)
            if min(z0, z1) < height:
                share = (height - z0) / (z1 - z0)
                cut = a + share * (b - a)
                a, b = (cut, b) if z0 < z1 else (a, cut)
            if found and a - found[-1][1] <= close + GRID:
                found[-1][1] = b
            else:
                found.append([a, b])
        return [(a, b) for a, b in found]


def top_edge(region: Any, start: float, end: float, /) -> TopEdge:
    """Upper outline of a region between two places, exact."""
    import shapely

    segments = []
    for polygon in shapely.get_parts(region):
        ring = shapely.get_coordinates(polygon.exterior)
        segments.append(np.concatenate([ring[:-1], ring[1:]], axis=1))
    lines = np.concatenate(segments) if segments else np.empty((0, 4))
    swap = lines[:, 0] > lines[:, 2]
    lines[swap] = lines[swap][:, [2, 3, 0, 1]]
    lines = lines[lines[:, 2] - lines[:, 0] > 1e-9]
    places = np.concatenate([lines[:, 0], lines[:, 2], [start, end]])
    u = np.unique(np.round(np.clip(places, start, end), 9))
    left, right = np.full(len(u) - 1, -np.inf), np.full(len(u) - 1, -np.inf)
    if len(lines) and len(u) > 1:
        middle = 0.5 * (u[1:] + u[:-1])
        x0, z0, x1, z1 = lines.T
        slope = (z1 - z0) / (x1 - x0)
        for k in range(len(middle)):
            over = np.flatnonzero((x0 < middle[k]) & (x1 > middle[k]))
            if len(over) == 0:
                continue
            top = over[np.argmax(z0[over] + slope[over] * (middle[k] - x0[over]))]
            left[k] = z0[top] + slope[top] * (u[k] - x0[top])
            right[k] = z0[top] + slope[top] * (u[k + 1] - x0[top])
    return TopEdge(u, left, right)


def field(edge: TopEdge, spans: Sequence[tuple[float, float, float]], floor: float, /) -> Any:
    """What a fence is to close: from the floor up to its top edge, or to a level where the edge dips.

    Args:
        edge: Its top.
        spans: (start, end, level): a dip below the level is filled up to it.
        floor: Where people stand.
    """
    import shapely

    made = []
    for start, end, level in spans:
        inside = (edge.u[:-1] < end - 1e-9) & (edge.u[1:] > start + 1e-9)
        for k in np.flatnonzero(inside):
            a, b = max(float(edge.u[k]), start), min(float(edge.u[k + 1]), end)
            tops = []
            for u in (a, b):
                share = (u - edge.u[k]) / (edge.u[k + 1] - edge.u[k])
                own = (
                    edge.left[k] + share * (edge.right[k] - edge.left[k])
                    if np.isfinite(edge.left[k])
                    else level
                )
                tops.append(max(level, float(own)))
            made.append(shapely.Polygon([(a, floor), (b, floor), (b, tops[1]), (a, tops[0])]))
    return merged(made)


def free_openings(whole: Any, covered: Any, steps: Sequence[float], /) -> list[Any]:
    """Openings: the connected pieces of ``whole`` that nothing covers, long arms taken off wide bodies.

    A piece that is far from filling its convex hull (the gap under a fence with the joints beside the
    panels) is taken apart at the widths ``steps``: what a disc of that diameter can reach is one opening,
    the rest, where no such disc fits, others. Whatever disc fits into the whole meets an opening as wide.
    """
    import shapely

    rest = shapely.difference(whole, covered, grid_size=GRID)
    openings: list[Any] = []
    for piece in shapely.get_parts(rest):
        if piece.geom_type == "Polygon":
            openings += _taken_apart(piece, sorted(steps, reverse=True))
    return openings


def _taken_apart(piece: Any, steps: Sequence[float]) -> list[Any]:
    import shapely

    if piece.is_empty or piece.area <= GRID * CRACK:
        return []
    if piece.area >= FULL * piece.convex_hull.area:
        return [piece] if _wide(piece) else []
    left, low, right, high = piece.bounds
    for n, step in enumerate(steps):
        if min(right - left, high - low) <= step:
            continue
        # A hair less: a slot exactly so wide belongs to the next row below.
        radius = 0.5 * step + 2 * GRID
        eroded = piece.buffer(-radius, join_style="mitre")
        if eroded.is_empty:
            continue
        core = shapely.intersection(eroded.buffer(radius, join_style="mitre", mitre_limit=2.0), piece)
        made = [one for one in shapely.get_parts(core) if one.geom_type == "Polygon" and _wide(one)]
        remains = shapely.difference(piece, core.buffer(GRID), grid_size=GRID)
        for rest in shapely.get_parts(remains):
            if rest.geom_type == "Polygon":
                made += _taken_apart(rest, steps[n + 1 :])
        return made
    return [piece] if _wide(piece) else []


def _wide(polygon: Any) -> bool:
    # A disc of area over perimeter always fits in.
    if polygon.area >= 0.5 * CRACK * polygon.length:
        return True
    return not polygon.buffer(-0.5 * CRACK, join_style="mitre").is_empty
