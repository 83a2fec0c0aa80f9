"""Whether a hazard zone is enclosed: can a person walk to it, and where; gaps between structures for arms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._guard_edges import judged_spans
from immersive.checks._guard_runs import ARM, Run
from immersive.checks._guard_structures import door_line
from immersive.checks._hazards import Hazard
from immersive.findings import Point3
from immersive.safety import iso13857 as tables
from immersive.scene.safeguarding import Door, Safeguard

FloatArray = NDArray[np.float64]

WIDEST: Final = 6.0
"""Widest gap looked for between two structures, metres; beyond it a side is simply open."""
MOST: Final = 8
"""Gaps told of one zone."""
SHIN: Final = 0.2
"""What begins no higher than the widest gap under a guard stands in a person's way, metres, with room for 20 mm."""


@dataclass(frozen=True, eq=False, slots=True)
class Barrier:
    """A stretch of structure on the floor plan: ``shape`` a shapely geometry."""

    shape: Any
    run: Run | None
    device: str
    top: float


@dataclass(frozen=True, eq=False, slots=True)
class Hole:
    """A gap that a person gets through: both ends on the floor plan, its width in metres, what watches it."""

    start: tuple[float, float]
    end: tuple[float, float]
    width: float


@dataclass(frozen=True, eq=False)
class Enclosure:
    """How a zone is enclosed.

    Attributes:
        closed: By structures alone.
        watched: By structures and devices together.
        devices: Devices that are needed for it.
        holes: Gaps left, widest last; empty where the zone is enclosed.
        open_share: Share of the directions around the zone in which nothing stands; 0 where holes say more.
        open_from, open_to: Widest open sector, radians from +X.
        among: Places of people (their names) from which one walks to the zone, where one cannot from outside.
    """

    closed: bool
    watched: bool
    devices: tuple[str, ...]
    holes: tuple[Hole, ...]
    open_share: float = 0.0
    open_from: float = 0.0
    open_to: float = 0.0
    among: tuple[str, ...] = ()


def barriers(runs: Sequence[Run], floor: float) -> list[Barrier]:
    """All stretches of structure high enough to count, as they stand on the floor plan."""
    import shapely

    made = []
    for run in runs:
        for start, end in _stops(run, floor):
            corners = []
            for u, offset in ((start, 0), (end, 0), (end, 1), (start, 1)):
                corners.append(run.plan(u, run.faces[offset]))
            shape = (
                shapely.Polygon(corners) if run.faces[1] > run.faces[0] else shapely.LineString(corners[:2])
            )
            top = run.edge.lowest_of(
                start, end, floor + 0.001 * tables.data()["reach_over"]["least_structure"]
            )
            made.append(Barrier(shape, run, "", top))
    return made


def _stops(run: Run, floor: float) -> list[tuple[float, float]]:
    """Stretches that are high enough and have something at the height of a person's legs, lintels left out."""
    import shapely

    from immersive.geometry.facade import polygons_of, top_edge

    least = 0.001 * tables.data()["reach_over"]["least_structure"]
    legs = shapely.box(run.start, floor + SHIN, run.end, floor + least)
    low = top_edge(polygons_of(shapely.intersection(run.structure, legs)), run.start, run.end)
    return [
        (max(a, c), min(b, d))
        for a, b in judged_spans(run, floor)
        for c, d in low.at_least(floor + SHIN, close=ARM)
        if min(b, d) - max(a, c) > 1e-6
    ]


def device_barriers(devices: Sequence[Safeguard], doors: Sequence[Door], height: float) -> list[Barrier]:
    """Where devices notice a person: curtains as lines, scanners and mats as their fields, doors as thresholds."""
    import shapely

    made = []
    for device in devices:
        if device.segment is not None:
            (x0, y0, _), (x1, y1, _) = device.segment
            made.append(Barrier(shapely.LineString([(x0, y0), (x1, y1)]), None, device.id, height))
        elif len(device.field) >= 3:
            made.append(Barrier(shapely.Polygon(device.field), None, device.id, height))
        elif device.door:
            line = door_line(doors, device.door)
            if line is not None:
                made.append(Barrier(shapely.LineString(line), None, device.id, height))
    return made


def footprint(hazard: Hazard, risk: str, floor: float) -> Any:
    """What of the zone is within reach from the floor, on the floor plan: boxes of its bodies, margins included."""
    import shapely

    boxes = hazard.pack.bounds
    top = floor + 0.001 * tables.overhead_minimum(risk)
    low = boxes[:, 2] - hazard.margins < top
    grow = (hazard.margins + hazard.uncertainty)[low]
    at = boxes[low]
    if len(at) == 0:
        return shapely.Polygon()
    if len(at) > 64:
        # Thousands of samples of a motion: the hulls of what lies in cells of a grid would be no truer.
        corners = np.concatenate([at[:, [0, 1]], at[:, [3, 4]], at[:, [0, 4]], at[:, [3, 1]]])
        return shapely.convex_hull(shapely.MultiPoint(corners)).buffer(float(grow.max()))
    return shapely.union_all(
        shapely.box(*(at[:, [0, 1]] - grow[:, None]).T, *(at[:, [3, 4]] + grow[:, None]).T)
    )


def enclosure(
    zone: Any,
    walls: Sequence[Barrier],
    watch: Sequence[Barrier],
    people: Mapping[str, tuple[float, float]] | None = None,
) -> Enclosure:
    """Walk round the zone (a region on the floor plan), from outside and from where people are known to be.

    The walls of a hall enclose the people with the machine: coming from outside alone would not do.

    Args:
        zone: Its footprint.
        walls: Structures.
        watch: Devices.
        people: Places of people, by name.
    """
    body = 0.5 * 0.001 * tables.data()["whole_body"]["slot"]
    starts = dict(people or {})
    places = list(starts.values())
    solid = [one.shape for one in walls]
    if not _reached(zone, solid, body, places):
        return Enclosure(True, True, (), ())
    both = [*solid, *(one.shape for one in watch)]
    if not _reached(zone, both, body, places):
        needed = tuple(
            one.device
            for k, one in enumerate(watch)
            if _reached(zone, [*solid, *(w.shape for n, w in enumerate(watch) if n != k)], body, places)
        )
        return Enclosure(False, True, needed or tuple(one.device for one in watch), ())
    if not _reached(zone, both, body):
        among = tuple(name for name, place in starts.items() if _reached(zone, both, body, [place]))
        return Enclosure(False, False, (), (), among=among)
    holes: list[Hole] = []
    for _ in range(MOST):
        hole = _narrowest_that_closes(zone, both, body)
        if hole is None:
            break
        import shapely

        holes.append(hole)
        both.append(shapely.LineString([hole.start, hole.end]))
        if not _reached(zone, both, body):
            return Enclosure(False, False, (), tuple(holes))
    share, start, end = _open_sector(zone, [*solid, *(one.shape for one in watch)])
    return Enclosure(False, False, (), tuple(holes), share, start, end)


def _reached(
    zone: Any, solid: Sequence[Any], radius: float, places: Sequence[tuple[float, float]] = ()
) -> bool:
    """Whether a disc comes to the zone from outside or from one of the places."""
    import shapely

    if zone.is_empty:
        return False
    if not solid:
        return True
    blocked = shapely.union_all([one.buffer(radius, quad_segs=6) for one in solid])
    low_x, low_y, high_x, high_y = shapely.union_all([blocked, zone]).bounds
    hall = shapely.box(low_x - 2.0, low_y - 2.0, high_x + 2.0, high_y + 2.0)
    origins = shapely.union_all([hall.exterior, *(shapely.Point(place) for place in places)])
    for free in shapely.get_parts(shapely.difference(hall, blocked)):
        # The disc stands where its centre is free, and covers a radius around it.
        if free.distance(origins) <= 1e-9 and free.distance(zone) <= radius - 1e-9:
            return True
    return False


def _narrowest_that_closes(zone: Any, solid: Sequence[Any], radius: float) -> Hole | None:
    """The gap whose closing keeps the widest persons out: found by making the disc wider until it fails."""
    import shapely

    low, high = radius, 0.5 * WIDEST
    if _reached_wide(zone, solid, high):
        return None
    while high - low > 5e-4:
        middle = 0.5 * (low + high)
        if _reached_wide(zone, solid, middle):
            low = middle
        else:
            high = middle
    width = 2.0 * high
    best: tuple[float, Any] | None = None
    for i, first in enumerate(solid):
        for other in solid[i + 1 :]:
            gap = first.distance(other)
            if abs(gap - width) <= 0.005 and (best is None or abs(gap - width) < best[0]):
                best = (abs(gap - width), shapely.shortest_line(first, other))
    if best is None:
        return None
    (x0, y0), (x1, y1) = shapely.get_coordinates(best[1])
    return Hole((float(x0), float(y0)), (float(x1), float(y1)), float(best[1].length))


def _reached_wide(zone: Any, solid: Sequence[Any], radius: float) -> bool:
    """Whether a disc comes past the structures: to the zone, or to where its centre can go no nearer."""
    import shapely

    blocked = shapely.union_all([one.buffer(radius, quad_segs=16) for one in solid])
    low_x, low_y, high_x, high_y = shapely.union_all([blocked, zone]).bounds
    hall = shapely.box(low_x - 1.0, low_y - 1.0, high_x + 1.0, high_y + 1.0)
    inside = shapely.difference(zone, blocked)
    # Where the zone itself is covered by wide borders of its structures nothing can be told: its middle counts.
    target = inside if not inside.is_empty else zone.representative_point()
    for free in shapely.get_parts(shapely.difference(hall, blocked)):
        if free.distance(hall.exterior) <= 1e-9 and free.distance(target) <= 1e-9:
            return True
    return False


def _open_sector(zone: Any, solid: Sequence[Any]) -> tuple[float, float, float]:
    """Share of directions from the zone's middle in which nothing stands, and the widest open sector."""
    import shapely

    middle = shapely.get_coordinates(zone.centroid)[0]
    angles = np.radians(np.arange(0.0, 360.0, 1.0))
    rays = shapely.linestrings(
        np.stack([np.broadcast_to(middle, (360, 2)), middle + 100.0 * np.stack([np.cos(angles), np.sin(angles)], axis=1)], axis=1)
    )  # fmt: skip
    free = ~shapely.intersects(rays, shapely.union_all(list(solid))) if solid else np.ones(360, bool)
    if free.all():
        return 1.0, 0.0, 2.0 * math.pi
    if not free.any():
        return 0.0, 0.0, 0.0
    doubled = np.concatenate([free, free])
    best, start, run = (0, 0), 0, 0
    for k, one in enumerate(doubled):
        run = run + 1 if one else 0
        if run > best[0]:
            best, start = (run, k), k - run + 1
    return float(free.mean()), math.radians(start % 360), math.radians((start + best[0] - 1) % 360)


@dataclass(frozen=True, eq=False, slots=True)
class Around:
    """A gap between two structures that no run holds: at a corner or an end.

    Attributes:
        first, other: The structures.
        width: On the floor plan, metres.
        start, end: Nearest points.
        low, high: Heights.
    """

    first: Barrier
    other: Barrier
    width: float
    start: Point3
    end: Point3
    low: float
    high: float


def corner_gaps(walls: Sequence[Barrier], floor: float) -> list[Around]:
    """Gaps up to the width a person needs between structures of different runs."""
    import shapely

    widest = 0.001 * tables.data()["whole_body"]["slot"]
    found = []
    for i, first in enumerate(walls):
        for other in walls[i + 1 :]:
            if first.run is other.run:
                continue
            width = float(first.shape.distance(other.shape))
            if not 5e-4 < width <= widest + 1e-9:
                continue
            line = shapely.shortest_line(first.shape, other.shape)
            if any(
                one is not first and one is not other and one.shape.distance(line) < 5e-4 for one in walls
            ):
                continue
            (x0, y0), (x1, y1) = shapely.get_coordinates(line)
            high = min(first.top, other.top)
            found.append(
                Around(
                    first,
                    other,
                    width,
                    (float(x0), float(y0), floor),
                    (float(x1), float(y1), floor),
                    floor,
                    high,
                )
            )
    return found
