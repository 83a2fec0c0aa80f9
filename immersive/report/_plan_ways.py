"""Ways on the floor plan: free width of walkways, routes, ways out, exits; where a motion's hazard gets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from immersive.findings import Finding, RibbonMark, SegmentMark
from immersive.report._places import mark_points
from immersive.report._svg import View, circle, line, polyline, rect, text
from immersive.scene.model import Scene
from immersive.scene.queries import select
from immersive.scene.station import Door, HazardZone

FREE: Final = "#1d7a4a"
TIGHT: Final = "#b3161b"
ROUTE: Final = "#6a3fa0"
ESCAPE: Final = "#0a7d3c"
_SAMPLES: Final = 48
_VERTICES: Final = 160


def _ribbons(finding: Finding) -> Iterator[RibbonMark]:
    for mark in finding.marks:
        if isinstance(mark, RibbonMark) and len(mark.points) > 1 and mark_points(mark):
            yield mark


def ribbons(view: View, findings: Iterable[Finding]) -> Iterator[str]:
    """The free width of each walkway, red where it is less than required."""
    for finding in findings:
        if finding.code == "walkway.width":
            for mark in _ribbons(finding):
                yield from _ribbon(view, mark)


def _ribbon(view: View, mark: RibbonMark) -> Iterator[str]:
    points = np.array([p[:2] for p in mark.points])
    along = np.gradient(points, axis=0)
    length = np.linalg.norm(along, axis=1)
    along /= np.where(length > 0.0, length, 1.0)[:, None]
    left = np.stack([-along[:, 1], along[:, 0]], axis=1)
    offsets, half = np.array(mark.offsets)[:, None], 0.5 * np.array(mark.widths)[:, None]
    upper, lower = points + (offsets + half) * left, points + (offsets - half) * left
    ok = np.array(mark.ok)
    start = 0
    for k in range(1, len(points)):
        last = k == len(points) - 1
        if not last and (ok[k] and ok[k + 1]) == (ok[start] and ok[start + 1]):
            continue
        color = FREE if ok[start] and ok[min(start + 1, len(ok) - 1)] else TIGHT
        ring = [*upper[start : k + 1].tolist(), *lower[start : k + 1][::-1].tolist()]
        yield polyline(map(view, ring), closed=True, fill=color, fill_opacity="0.13", stroke=color,
                       stroke_width=0.7, stroke_opacity="0.55")  # fmt: skip
        start = k


def widths(view: View, findings: Iterable[Finding], lang: str) -> Iterator[str]:
    """The narrowest place of each walkway, with its width."""
    for finding in findings:
        if finding.code != "walkway.width" or finding.measured is None:
            continue
        for mark in finding.marks:
            if not isinstance(mark, SegmentMark):
                continue
            a, b = view(mark.start), view(mark.end)
            good = finding.shortfall is not None and finding.shortfall <= 0.0
            color = FREE if good else TIGHT
            yield line(a, b, stroke=color, stroke_width=1.4)
            for end in (a, b):
                yield circle(end, 1.8, fill=color)
            words = mark.label.get(lang, "")
            at = (0.5 * (a[0] + b[0]) + 4, 0.75 * a[1] + 0.25 * b[1] + 3.5)
            yield text(at, words, size=9.5, color=color, anchor="start", weight="bold")


def ways(view: View, findings: Iterable[Finding]) -> Iterator[str]:
    """Routes and ways out: a band as wide as is needed, and a line with arrows."""
    for code, color, dash in (("turning.way", ROUTE, "9 4"), ("escape.way", ESCAPE, "5 3")):
        for finding in findings:
            if finding.code != code:
                continue
            for mark in _ribbons(finding):
                path = [view(p) for p in mark.points]
                need = finding.limit if code == "turning.way" and finding.limit is not None else 0.6
                yield polyline(path, fill="none", stroke=color, stroke_opacity=0.1, stroke_linejoin="round",
                               stroke_width=max(2.0, min(need, 1.0) * view.scale))  # fmt: skip
                yield polyline(path, fill="none", stroke="#ffffff", stroke_width=3.2, stroke_opacity=0.8)
                yield polyline(path, fill="none", stroke=color, stroke_width=1.6, stroke_dasharray=dash,
                               stroke_linejoin="round")  # fmt: skip
                yield circle(path[0], 2.6, fill=color)
                yield from _arrow(path, color)


def _arrow(path: Sequence[tuple[float, float]], color: str) -> Iterator[str]:
    """A head at the end of a line; the direction is that of its last dozen pixels."""
    tip = path[-1]
    back = next((p for p in reversed(path) if math.dist(p, tip) > 8.0), path[0])
    size = math.dist(back, tip)
    if size == 0.0:
        return
    dx, dy = (tip[0] - back[0]) / size, (tip[1] - back[1]) / size
    base = (tip[0] - 9 * dx, tip[1] - 9 * dy)
    yield polyline([tip, (base[0] - 4.5 * dy, base[1] + 4.5 * dx), (base[0] + 4.5 * dy, base[1] - 4.5 * dx)],
                   closed=True, fill=color)  # fmt: skip


def exits(view: View, doors: Iterable[Door], lang: str) -> Iterator[str]:
    """A green sign at each exit, outside its threshold."""
    words = {"en": "EXIT", "fr": "SORTIE"}[lang]
    for door in doors:
        if door.exit:
            x, y = view(door.position)
            dx, dy = math.cos(door.heading), -math.sin(door.heading)
            wide = 9.0 + 7.0 * len(words)
            # Inside the picture also where the door stands at its edge.
            left, top = view.x + wide / 2 + 2, view.y + 10
            center = (
                min(max(x + dx * (wide / 2 + 6), left), view.x + view.width - wide / 2 - 2),
                min(max(y + dy * 16, top), view.y + view.height - 10),
            )
            yield rect(center[0] - wide / 2, center[1] - 8, wide, 16, fill=ESCAPE, rx=2)
            yield text(
                (center[0], center[1] + 4), words, size=10.5, color="#ffffff", weight="bold", halo=False
            )


def drawn(findings: Iterable[Finding], doors: Iterable[Door]) -> tuple[str, ...]:
    """Which of these symbols a legend has to explain."""
    codes = {finding.code for finding in findings if any(True for _ in _ribbons(finding))}
    kinds = [("ribbon", "walkway.width"), ("route", "turning.way"), ("escape", "escape.way")]
    found = tuple(kind for kind, code in kinds if code in codes)
    return found + (("exit",) if any(door.exit for door in doors) else ())


def swept(scene: Scene, zone: HazardZone) -> Any:
    """About where a motion's moving parts get, on the plan: hulls of their vertices at moments of the motion."""
    import shapely

    chosen = {part.id for part in select(scene, zone.select)} if zone.select else None
    machines = {one.id: one for one in scene.mechanisms}
    hulls: list[Any] = []
    for motion in scene.motions:
        if zone.motion not in (motion.id, motion.cycle) or motion.mechanism not in machines:
            continue
        machine = machines[motion.mechanism]
        times = np.linspace(motion.times[0], motion.times[-1], _SAMPLES)
        poses = machine.world_from_rest(motion.at(times))
        links = machine.moved_links(motion.used)
        for id_, link in machine.parts.items():
            part = scene.by_id.get(id_)
            if (
                part is None
                or link not in links
                or (chosen is not None and id_ not in chosen)
                or not part.triangles
            ):
                continue
            vertices = part.world_vertices()
            vertices = vertices[:: max(1, len(vertices) // _VERTICES)]
            every = np.einsum("nij,vj->nvi", poses[:, link, :2, :3], vertices) + poses[:, link, None, :2, 3]
            # Neighbouring moments share a hull, so that nothing between them is left out.
            pairs = np.concatenate([every[:-1], every[1:]], axis=1)
            hulls += [shapely.convex_hull(shapely.multipoints(points)) for points in pairs]
    return shapely.union_all(hulls) if hulls else shapely.Polygon()
