"""A close picture of one finding: its parts, its witness line with the dimension, and what is near.

The picture shows the plane in which the witness line is longest, so that a dimension can be read
off it: a plan for what is level, an elevation for what is upright or slanting. What lies at the
depth of the witness line is drawn full, the rest of the finding's parts as a pale outline: the
gap one sees is the gap that was measured, not an overlap of things at other heights.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from immersive.findings import (
    BoxMark,
    ConeMark,
    Finding,
    MeshMark,
    PointMark,
    PolylineMark,
    RibbonMark,
    SegmentMark,
    SphereMark,
)
from immersive.report import _plan_symbols as symbols
from immersive.report._detail_marks import draw_marks
from immersive.report._figure import figure_detail, figure_of
from immersive.report._labels import Placer
from immersive.report._outlines import PLAN, Outlines, Plane, cut_at, elevation
from immersive.report._places import anchor, finite, mark_points, parts_of
from immersive.report._svg import (
    VERDICT_COLOR,
    View,
    circle,
    document,
    line,
    rect,
    region,
    scale_bar,
    text,
    text_width,
)
from immersive.report._words import language
from immersive.scene.model import Role, Scene
from immersive.scene.station import Station
from immersive.units import degrees, metres, mm

WIDTH: Final = 520.0
HEIGHT: Final = 340.0
_FOOT: Final = 34.0

SUBJECT: Final = (
    ("#a9cdec", "#0b4f8a"),
    ("#f4c592", "#8f4a00"),
    ("#bfe0b4", "#2f6a20"),
    ("#dcc4ea", "#5f3a86"),
)
"""Fill and line of the parts a finding is about, in its order."""

_OTHER: Final = ("#eff1f3", "#b3bac2")
_PLAIN: Final = 0.75
_NEAREST: Final = 0.36
_CLOSEST: Final = 0.1
"""Half-heights of what is shown around a measure, metres: the reader must see what it is about."""

_TOGETHER: Final = 1.0
"""What is measured within this shows in one picture, metres."""

_PART_LIMIT: Final = 6
"""More subjects than this are not coloured apart."""


@dataclass(frozen=True, slots=True)
class _Shot:
    """What to draw and from where."""

    plane: Plane
    view: View
    near: float
    """Least and greatest depth of what is drawn full."""
    far: float
    caption: str
    levels: tuple[float, ...] = ()
    """Depths at which the finding's parts are cut, so that solids show solid."""


def detail(
    scene: Scene, finding: Finding, *, lang: str = "en", outlines: Outlines | None = None
) -> str | None:
    """One finding as an SVG element, or None if it is about nothing that has a shape or place.

    Args:
        scene: The cell.
        finding: What to show.
        lang: ``"en"`` or ``"fr"``.
        outlines: Outlines to share with other drawings of one report.
    """
    language(lang)
    outlines = outlines or Outlines()
    if figure_of(finding) is not None:
        return figure_detail(scene, finding, lang=lang, outlines=outlines)
    shot = _shot(scene, finding, lang)
    if shot is None:
        return None
    view, plane = shot.view, shot.plane
    ident = f"immersive-clip-{finding.id}"
    cell = 0.5 / view.scale
    subjects = parts_of(scene, finding)
    from shapely import intersection

    body = [
        f'<clipPath id="{ident}">{rect(view.x, view.y, view.width, view.height)}</clipPath>',
        rect(view.x, view.y, view.width, view.height, fill="#ffffff"),
        f'<g clip-path="url(#{ident})">',
    ]
    body += _others(scene, shot, outlines, set(subjects), 2.0 * cell)
    station = scene.station or Station()
    if plane is PLAN:
        for walkway in station.walkways:
            body.append(region(view, symbols.strip(walkway), fill="none", stroke=symbols.WALKWAY[1],
                               stroke_width=1, stroke_dasharray="7 4"))  # fmt: skip
    else:
        body.append(_floor_line(view, station.floor))
    drawn = _subjects(scene, subjects, shot, outlines, cell)
    for entry in sorted(drawn, key=lambda e: (-e.solid.area, e.name)):
        fill, stroke = entry.colors
        body.append(region(view, entry.whole, fill=fill, fill_opacity="0.3", stroke=stroke, stroke_width=0.7,
                           stroke_opacity="0.6", stroke_dasharray="3 2"))  # fmt: skip
        body.append(region(view, entry.solid, fill=fill, fill_opacity="0.85", stroke=stroke, stroke_width=1.4,
                           stroke_linejoin="round"))  # fmt: skip
    has_line = any(isinstance(mark, SegmentMark | RibbonMark) for mark in finding.marks)
    if len(drawn) == 2 and not has_line:
        both = intersection(drawn[0].solid, drawn[1].solid)
        body.append(region(view, both, fill=VERDICT_COLOR[finding.verdict], fill_opacity="0.55"))
    if plane is PLAN:
        for workstation in station.workstations:
            body += symbols.work_points(view, workstation)
            body += symbols.operator(view, workstation)
    placer = Placer((view.x, view.y, view.x + view.width, view.y + view.height))
    marks = draw_marks(finding, plane, view, placer, lang)
    body += [*marks.areas, *marks.shapes]
    body += _names(drawn, view, placer, ring=not (marks.areas or marks.shapes))
    body += marks.texts
    body.append("</g>")
    body.append(rect(view.x, view.y, view.width, view.height, fill="none", stroke="#8b96a1"))
    foot = view.y + view.height + 22
    body.append(scale_bar(view, (view.x + 2, foot), lang, most=110.0))
    body.append(text((view.x + view.width, foot), shot.caption, anchor="end", size=10.5, color="#56616c",
                     halo=False))  # fmt: skip
    return document(WIDTH, HEIGHT + _FOOT, body, title=finding.message[lang])


def _shot(scene: Scene, finding: Finding, lang: str) -> _Shot | None:
    segments = _leading([m for m in finding.marks if isinstance(m, SegmentMark) and finite((m.start, m.end))])
    ribbons = any(isinstance(mark, RibbonMark) for mark in finding.marks)
    plane = _plane(segments, ribbons) if segments or ribbons else _across(finding)
    focus = _focus(scene, finding, plane)
    if focus is None:
        return None
    low, high = focus
    center = [(low[i] + high[i]) / 2.0 for i in (0, 1)]
    size = max(*(high[i] - low[i] for i in (0, 1)), 0.0)
    measured = bool(segments) or any(isinstance(m, PointMark | BoxMark) for m in finding.marks)
    # A gap of 5 mm needs another scale than one of 200: eight times what was measured, within reason.
    near_by = min(_NEAREST, max(_CLOSEST, 8.0 * size)) if measured and size > 0.0 else _NEAREST
    half = max(near_by, 0.9 * size if segments else 0.65 * size)
    if ribbons:
        half = max(half, 1.5)
    scale = min(HEIGHT / (2.0 * half), WIDTH * 0.9 / max(1.25 * (high[0] - low[0]), 1e-6))
    view = View(
        center[0] - WIDTH / 2.0 / scale,
        center[1] + HEIGHT / 2.0 / scale,
        scale,
        1.0,
        1.0,
        WIDTH - 2.0,
        HEIGHT,
    )
    floor = (scene.station or Station()).floor
    thick = 0.025
    if ribbons:
        near, far = -(floor + 2.1), -(floor + 0.02)
        words = {"en": "Plan, from 20 mm to 2.1 m above the floor",
                 "fr": "Plan, de 20 mm à 2,1 m au-dessus du sol"}[lang]  # fmt: skip
        return _Shot(plane, view, near, far, words)
    levels: tuple[float, ...] = ()
    near, far = low[2] - thick, high[2] + thick
    if segments:
        depths = [plane.point(p)[2] for s in segments for p in (s.start, s.end)]
        near, far = min(depths) - thick, max(depths) + thick
    if measured:
        levels = tuple(sorted({near, (near + far) / 2.0, far}))
    return _Shot(plane, view, near, far, _caption(plane, near, far, floor, measured, lang), levels)


def _leading(marks: list[Any]) -> list[Any]:
    """The marks with words; all of them if none has any. The others (further pairs) come along."""
    return [mark for mark in marks if any(mark.label.values())] or marks


def _caption(plane: Plane, near: float, far: float, floor: float, sliced: bool, lang: str) -> str:
    if plane is PLAN:
        if not sliced:
            return {"en": "Plan", "fr": "Plan"}[lang]
        height = metres(-(near + far) / 2.0 - floor, 2).text(lang)
        thick = mm((far - near) / 2.0).text(lang)
        return {"en": f"Plan; full colour: {height} ± {thick} above the floor",
                "fr": f"Plan ; couleur pleine : {height} ± {thick} au-dessus du sol"}[lang]  # fmt: skip
    azimuth = math.atan2(plane.axes[2][1], plane.axes[2][0])
    axis = {0: "+X", 90: "+Y", 180: "−X", -180: "−X", -90: "−Y"}.get(round(math.degrees(azimuth)))
    toward = axis or degrees(azimuth % (2.0 * math.pi)).text(lang).replace("\u00a0", "")
    thick = mm((far - near) / 2.0).text(lang)
    if not sliced:
        return {"en": f"Side view towards {toward}", "fr": f"Vue de côté vers {toward}"}[lang]
    return {"en": f"Side view towards {toward}; full colour: ± {thick}",
            "fr": f"Vue de côté vers {toward} ; couleur pleine : ± {thick}"}[lang]  # fmt: skip


def _plane(segments: Sequence[SegmentMark], ribbons: bool) -> Plane:
    """The plane in which the longest witness line is seen in true length."""
    if ribbons or not segments:
        return PLAN
    longest = max(segments, key=lambda s: math.dist(s.start, s.end))
    dx, dy, dz = (b - a for a, b in zip(longest.start, longest.end, strict=True))
    level = math.hypot(dx, dy)
    if level >= _PLAIN * math.hypot(level, dz) and level > 0.0:
        return PLAN
    if dz == 0.0:
        return PLAN
    azimuth = math.atan2(dy, dx) if level > 1e-6 else 0.0
    # The line's own vertical plane, turned onto an axis of the cell where that is nearly the same,
    # and so that the right of the picture is never the cell's left.
    step = math.pi / 2.0
    near = round(azimuth / step) * step
    if abs(azimuth - near) < math.radians(12.0) or level < 0.2 * abs(dz):
        azimuth = near
    azimuth = (azimuth + math.pi / 2.0 + 1e-9) % math.pi - math.pi / 2.0
    return elevation(azimuth)


def _across(finding: Finding) -> Plane:
    """Without a witness line: look along the longest side of the marked box, to see its thin ones."""
    for mark in finding.marks:
        if isinstance(mark, BoxMark) and mark_points(mark):
            wide, deep, high = (abs(b - a) for a, b in zip(mark.lower, mark.upper, strict=True))
            if max(wide, deep) > high:
                return elevation(math.pi / 2.0 if wide >= deep else 0.0)
    return PLAN


def _focus(scene: Scene, finding: Finding, plane: Plane) -> tuple[list[float], list[float]] | None:
    """Box in (u, v, depth) that the picture must hold."""
    primary = [p for m in finding.marks if isinstance(m, SegmentMark | PointMark) for p in mark_points(m)]
    wider = [
        p
        for m in finding.marks
        if isinstance(m, BoxMark | SphereMark | PolylineMark | RibbonMark | MeshMark | ConeMark)
        for p in mark_points(m)
    ]
    if primary and _extent(primary) > _TOGETHER:
        # Pairs that lie far apart do not fit into one picture: the worst is shown.
        told = _leading([m for m in finding.marks if isinstance(m, SegmentMark | PointMark)])
        primary = [p for mark in told for p in mark_points(mark)] or primary
    points = primary or wider
    # A reach sphere belongs into the picture of a reach; a walkway of 30 m does not into that of
    # its narrowest place.
    if primary and wider and _extent(primary + wider) <= 3.0:
        points = primary + wider
    if not points:
        boxes = [scene.by_id[name].bounds for name in parts_of(scene, finding)]
        points = [tuple(corner) for box in boxes if box is not None for corner in box.tolist()]
    if not points:
        found = anchor(scene, finding)
        points = [found] if found is not None else []
    if not points:
        return None
    seen = [plane.point(p) for p in points]
    return [min(p[i] for p in seen) for i in range(3)], [max(p[i] for p in seen) for i in range(3)]


def _extent(points: Sequence[Sequence[float]]) -> float:
    return max(max(p[i] for p in points) - min(p[i] for p in points) for i in range(3))


def _others(scene: Scene, shot: _Shot, outlines: Outlines, subjects: set[str], cell: float) -> Iterator[str]:
    """What is around, pale: under the measure in a plan, behind it in a side view, nothing before it."""
    for part in scene:
        if (
            part.id in subjects
            or part.bounds is None
            or part.role in (Role.FLOOR, Role.CEILING, Role.MARKING)
        ):
            continue
        behind = shot.far + (1e3 if shot.plane is PLAN else 2.5)
        shape = outlines.window(part, shot.plane, cell, shot.view.window, lower=shot.near, upper=behind)
        yield region(shot.view, shape, fill=_OTHER[0], stroke=_OTHER[1], stroke_width=0.8)


def _floor_line(view: View, floor: float) -> str:
    _, y = view((0.0, floor))
    if not view.y <= y <= view.y + view.height:
        return ""
    return line((view.x, y), (view.x + view.width, y), stroke="#56616c", stroke_width=1.6)


@dataclass(frozen=True, slots=True)
class _Subject:
    """A part the finding is about: all of it, and what of it lies at the depth of the measure."""

    name: str
    whole: Any
    solid: Any
    colors: tuple[str, str]


def _subjects(
    scene: Scene, names: Sequence[str], shot: _Shot, outlines: Outlines, cell: float
) -> list[_Subject]:
    from shapely import clip_by_rect, union_all

    found = []
    view, plane = shot.view, shot.plane
    for index, name in enumerate(names):
        part = scene.by_id[name]
        colors = SUBJECT[index % len(SUBJECT)] if len(names) <= _PART_LIMIT else SUBJECT[0]
        whole = outlines.window(part, plane, cell, view.window, thin=2.0 * cell)
        if whole.is_empty:
            continue
        solid = outlines.window(
            part, plane, cell, view.window, lower=shot.near, upper=shot.far, thin=2.0 * cell
        )
        if shot.levels:
            solid = union_all([solid, clip_by_rect(cut_at(part, plane, shot.levels), *view.window)])
        found.append(_Subject(name, whole, solid, colors))
    return found


def _names(drawn: Sequence[_Subject], view: View, placer: Placer, *, ring: bool) -> Iterator[str]:
    """The parts' names, each inside or beside its own part; with ``ring`` what is tiny is ringed."""
    from shapely import box, difference, intersection, union_all

    window = box(*view.window)
    for entry in drawn[:_PART_LIMIT]:
        seen = intersection(entry.whole if entry.solid.is_empty else entry.solid, window)
        if seen.is_empty:
            continue
        # The name of what contains another part stands outside of that part.
        others = [e.solid for e in drawn if e is not entry and e.solid.area < entry.solid.area]
        free = difference(seen, union_all(others)) if others else seen
        seen = seen if free.is_empty else free
        at = view(seen.representative_point().coords[0])
        low_u, low_v, high_u, high_v = seen.bounds
        if ring and max(high_u - low_u, high_v - low_v) * view.scale < 14.0:
            yield circle(at, 12, fill="none", stroke=entry.colors[1], stroke_width=2)
            placer.block((at[0] - 13, at[1] - 13, at[0] + 13, at[1] + 13))
        words = _short(entry.name)
        center = placer.near(at, text_width(words, 12.5), 16, radii=(0, 20, 36, 54, 76, 100))
        yield text((center[0], center[1] + 4), words, size=12.5, color=entry.colors[1], weight="bold")


def _short(name: str, most: int = 30) -> str:
    """A long id by its first and last word: ``conveyor_belt/…/visual``."""
    words = name.split("/")
    if len(name) > most and len(words) > 2:
        name = f"{words[0]}/…/{words[-1]}"
    return name if len(name) <= most + 8 else f"…{name[-(most + 7) :]}"
