"""Where a finding is: the point a flag points at, from its marks or its subjects."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from immersive.findings import (
    BoxMark,
    ConeMark,
    FigureMark,
    Finding,
    Mark,
    MeshMark,
    PartMark,
    PointMark,
    PolylineMark,
    RibbonMark,
    SegmentMark,
    SphereMark,
)
from immersive.scene.model import Scene
from immersive.scene.station import Station

Point3 = tuple[float, float, float]

_RANK = (
    SegmentMark, PointMark, RibbonMark, BoxMark, PolylineMark, SphereMark, FigureMark, ConeMark, MeshMark,
)  # fmt: skip


def middle(a: Sequence[float], b: Sequence[float]) -> Point3:
    return ((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0, (a[2] + b[2]) / 2.0)


def finite(points: Sequence[Sequence[float]]) -> bool:
    return all(math.isfinite(value) for point in points for value in point)


def mark_points(mark: Mark) -> tuple[Point3, ...]:
    """Points a mark reaches to (a sphere's and a box's extremes); a part mark has none."""
    if isinstance(mark, PointMark):
        points: tuple[Point3, ...] = (mark.position,)
    elif isinstance(mark, SegmentMark):
        points = (mark.start, mark.end)
    elif isinstance(mark, PolylineMark | RibbonMark):
        points = mark.points
    elif isinstance(mark, BoxMark):
        points = (mark.lower, mark.upper)
    elif isinstance(mark, SphereMark):
        c, r = mark.center, mark.radius
        points = ((c[0] - r, c[1] - r, c[2] - r), (c[0] + r, c[1] + r, c[2] + r))
    elif isinstance(mark, MeshMark):
        points = mark.vertices
    elif isinstance(mark, FigureMark):
        points = tuple(p for capsule in mark.capsules for p in (capsule.start, capsule.end))
    elif isinstance(mark, ConeMark):
        a, d, r = mark.apex, mark.axis, mark.length
        points = (a, (a[0] + r * d[0], a[1] + r * d[1], a[2] + r * d[2]))
    else:
        points = ()
    return points if finite(points) else ()


def mark_anchor(mark: Mark) -> Point3 | None:
    """The one point that stands for a mark: a ribbon's is its narrowest place."""
    points = mark_points(mark)
    if not points:
        return None
    if isinstance(mark, RibbonMark):
        bad = [i for i, ok in enumerate(mark.ok) if not ok] or list(range(len(points)))
        return points[min(bad, key=lambda i: mark.widths[i])]
    if isinstance(mark, PolylineMark):
        return points[len(points) // 2]
    if isinstance(mark, ConeMark):
        return points[0]
    if isinstance(mark, MeshMark | FigureMark):
        low, high = (tuple(pick(p[i] for p in points) for i in range(3)) for pick in (min, max))
        return middle(low, high)
    return middle(points[0], points[-1])


def anchor(scene: Scene, finding: Finding) -> Point3 | None:
    """The point of a finding in the world, or None if it is about nothing that has a place."""
    for kind in _RANK:
        for mark in finding.marks:
            if isinstance(mark, kind):
                found = mark_anchor(mark)
                if found is not None:
                    return found
    names = [mark.part for mark in finding.marks if isinstance(mark, PartMark)]
    for point in _subject_points(scene, [*names, *finding.subjects]):
        return point
    return None


def parts_of(scene: Scene, finding: Finding) -> tuple[str, ...]:
    """Ids of the parts a finding is about, in its own order, each once."""
    marked = [mark.part for mark in finding.marks if isinstance(mark, PartMark)]
    named = [subject.removeprefix("part:") for subject in finding.subjects]
    found = [name for name in [*named, *marked] if name in scene.by_id]
    return tuple(dict.fromkeys(found))


def _subject_points(scene: Scene, names: Sequence[str]) -> Iterator[Point3]:
    station = scene.station or Station()
    for name in names:
        part = scene.by_id.get(name)
        if part is not None:
            if part.bounds is not None:
                yield middle(part.bounds[0].tolist(), part.bounds[1].tolist())
            continue
        for workstation in station.workstations:
            for point in workstation.work_points:
                if name in (f"{workstation.id}/{point.id}", f"{workstation.id}.{point.id}"):
                    yield point.position
            if name == workstation.id:
                yield workstation.position
        for walkway in station.walkways:
            if name == walkway.id:
                a, b = walkway.path[(len(walkway.path) - 1) // 2 :][:2]
                yield ((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0, walkway.floor)
        for door in station.doors:
            if name == door.id:
                yield door.position
        for safeguard in station.safeguards:
            if name == safeguard.id and safeguard.segment is not None:
                yield middle(*safeguard.segment)
        for zone in station.hazard_zones:
            if name == zone.id and zone.box is not None:
                yield middle(*zone.box)
