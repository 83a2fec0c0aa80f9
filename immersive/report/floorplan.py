"""The floor plan of a cell as SVG, with every finding marked by a numbered flag.

Drawn as an architect does: what lies under a horizontal cut (2.2 m above the floor, a little over
a tall person), seen from above; what hangs wholly above it is a dashed outline, ceilings are left
out. Symbols are in true size.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from immersive.findings import Finding, RibbonMark, SegmentMark, Verdict
from immersive.report import _plan_symbols as symbols
from immersive.report import _plan_ways as ways
from immersive.report._flags import Flag, draw_flags
from immersive.report._labels import Placer
from immersive.report._outlines import PLAN, Outlines
from immersive.report._places import anchor, finite, mark_points
from immersive.report._plan_legend import legend
from immersive.report._svg import (
    FILL,
    INK,
    VERDICT_COLOR,
    View,
    circle,
    document,
    line,
    polyline,
    rect,
    region,
    scale_bar,
    text,
    text_width,
)
from immersive.report._words import language
from immersive.review.document import order
from immersive.scene.model import Part, Role, Scene
from immersive.scene.queries import select
from immersive.scene.station import Station

CUT: Final = 2.2
"""Height of the cut above the floor, metres."""

FLOOR_SKIN: Final = 0.02
"""What reaches less than this above the floor is floor: slabs, mats, painted lines."""

_UNDER: Final = (Role.FLOOR, Role.MARKING)
_AROUND: Final = (Role.FLOOR, Role.CEILING, Role.WALL)
_MARGIN: Final = 0.35
_LEFT, _TOP = 34.0, 8.0


@dataclass(frozen=True, slots=True)
class _Drawn:
    part: Part
    shape: Any
    top: float


def floorplan(
    scene: Scene,
    findings: Iterable[Finding] = (),
    *,
    lang: str = "en",
    width: float = 1040.0,
    height: float = 860.0,
    numbers: Mapping[int, int] | None = None,
    links: bool = False,
    outlines: Outlines | None = None,
) -> str:
    """The plan as one SVG element.

    Args:
        scene: What to draw.
        findings: Those that are not a pass get a flag, in reading order.
        lang: ``"en"`` or ``"fr"``.
        width: Of the picture in pixels.
        height: The most the drawing's field may be high, in pixels.
        numbers: ``id(finding)`` → number on its flag; counted from 1 by default.
        links: Whether a flag is a link to ``#f-<id>``.
        outlines: Outlines to share with other drawings of one report.
    """
    language(lang)
    findings = tuple(findings)
    shown = sorted((f for f in findings if f.is_open), key=order)
    counted = {id(f): n for n, f in enumerate(shown, 1)} if numbers is None else numbers
    outlines = outlines or Outlines()
    station = scene.station or Station()
    floor = _floor(scene)
    view = _view(scene, station, shown, width, height)
    if view is None:
        words = {"en": "The cell holds nothing that could be drawn.",
                 "fr": "La cellule ne contient rien à dessiner."}[lang]  # fmt: skip
        return document(width, 60, [text((width / 2, 34), words, size=13)], title=words)
    cell = 0.4 / view.scale
    parts, overhead = _parts(scene, outlines, floor, cell)
    frame = (view.x, view.y, view.x + view.width, view.y + view.height)
    placer = Placer(frame)

    body = [symbols.definitions(), _frame(view, "immersive-plan-clip")]
    body.append('<g clip-path="url(#immersive-plan-clip)">')
    body += [_shape(view, drawn) for drawn in parts if drawn.part.role in _UNDER]
    body += symbols.grid(view)
    body += [symbols.walkway_under(view, walkway) for walkway in station.walkways]
    body += [_shape(view, drawn) for drawn in parts if drawn.part.role not in _UNDER]
    body += [
        region(view, drawn.shape, fill="none", stroke="#7b848d", stroke_width=0.8, stroke_dasharray="5 4")
        for drawn in overhead
    ]
    body += [symbols.hazard(view, shape) for shape in _hazards(scene, station, parts)]
    body += ways.ribbons(view, findings)
    for walkway in station.walkways:
        body += symbols.walkway_over(view, walkway)
    body += ways.ways(view, findings)
    for door in station.doors:
        body += symbols.door(view, door)
    for safeguard in station.safeguards:
        body += symbols.safeguard(view, safeguard)
    for workstation in station.workstations:
        body += symbols.work_points(view, workstation)
        body += symbols.operator(view, workstation)
        _block(placer, view(workstation.position), 0.46 * view.scale)
    body += ways.widths(view, findings, lang)
    for finding in shown:
        body += _witness(view, finding)
    body += ways.exits(view, station.doors, lang)
    body.append("</g>")
    # The grid's own numbers lie outside the clip.
    body += [piece for piece in symbols.grid(view) if piece.startswith("<text")]
    body.append(rect(view.x, view.y, view.width, view.height, fill="none", stroke="#8b96a1"))

    placed, unplaced = _flags(scene, view, shown, counted)
    flags = list(draw_flags(placed, placer, links=links, lang=lang))
    body += _labels(station, view, placer, parts)
    body += flags
    foot = view.y + view.height + 58
    body.append(scale_bar(view, (view.x, foot), lang))
    body.append(text((view.x + 250, foot), _cut_words(lang), anchor="start", color="#56616c",
                     size=10.5, halo=False))  # fmt: skip
    body += symbols.axes((view.x + view.width - 46, foot + 2))
    roles = tuple(role for role in Role if any(d.part.role == role for d in parts))
    kinds = symbols.any_of(station) + ways.drawn(findings, station.doors)
    kinds += ("overhead",) if overhead else ()
    verdicts = tuple(verdict for verdict in Verdict if any(flag.verdict == verdict for flag in placed))
    rows, bottom = legend(roles, kinds, verdicts, len(unplaced), (view.x, foot + 30), width - 20, lang)
    body += rows
    title = {"en": f"Floor plan of {scene.title or scene.name}",
             "fr": f"Plan de {scene.title or scene.name}"}[lang]  # fmt: skip
    return document(width, bottom + 6, body, title=title)


def detail(
    scene: Scene, finding: Finding, *, lang: str = "en", outlines: Outlines | None = None
) -> str | None:
    """A close picture of one finding; see :func:`immersive.report._detail.detail`."""
    from immersive.report._detail import detail as picture

    return picture(scene, finding, lang=lang, outlines=outlines)


def _floor(scene: Scene) -> float:
    if scene.station is not None:
        return scene.station.floor
    return 0.0 if scene.bounds is None else min(0.0, float(scene.bounds[0, 2]))


def _view(
    scene: Scene, station: Station, shown: Sequence[Finding], width: float, height: float
) -> View | None:
    """A window around everything but floors, walls and ceilings (unless there is nothing else)."""
    inner = [p.bounds for p in scene if p.bounds is not None and p.role not in _AROUND]
    boxes = inner or [p.bounds for p in scene if p.bounds is not None]
    points = [tuple(corner[:2]) for box in boxes for corner in box.tolist()]
    for workstation in station.workstations:
        points += [workstation.position[:2], *(point.position[:2] for point in workstation.work_points)]
    points += [p for w in station.walkways if w.path for p in _box_corners(symbols.strip(w).bounds)]
    points += [door.position[:2] for door in station.doors]
    points += [p[:2] for s in station.safeguards if s.segment is not None for p in s.segment]
    points += [p for s in station.safeguards for p in s.field]
    points += [p for route in station.routes for p in (route.start, *route.via, route.end)]
    for finding in shown:
        found = anchor(scene, finding)
        if found is not None:
            points.append(found[:2])
    if not points:
        return None
    low = [min(p[axis] for p in points) for axis in (0, 1)]
    high = [max(p[axis] for p in points) for axis in (0, 1)]
    margin = max(_MARGIN, 0.04 * max(high[0] - low[0], high[1] - low[1]))
    size = [max(high[axis] - low[axis], 0.5) + 2.0 * margin for axis in (0, 1)]
    field = width - _LEFT - 10.0
    scale = min(field / size[0], height / size[1])
    # A long narrow cell still gets a field as wide as the page, a tall one is centred in it.
    center = [(low[axis] + high[axis]) / 2.0 for axis in (0, 1)]
    tall = min(height, max(size[1] * scale, 220.0))
    return View(
        center[0] - field / scale / 2.0, center[1] + tall / scale / 2.0, scale, _LEFT, _TOP, field, tall
    )


def _box_corners(bounds: Sequence[float]) -> list[tuple[float, float]]:
    return [(bounds[0], bounds[1]), (bounds[2], bounds[3])]


def _parts(scene: Scene, outlines: Outlines, floor: float, cell: float) -> tuple[list[_Drawn], list[_Drawn]]:
    """Outlines of what lies under the cut, lowest first, and of what hangs above it."""
    under: list[_Drawn] = []
    over: list[_Drawn] = []
    for part in scene:
        if part.bounds is None or part.role == Role.CEILING:
            continue
        low, high = float(part.bounds[0, 2]), float(part.bounds[1, 2])
        if part.role in _UNDER or high <= floor + FLOOR_SKIN:
            under.append(_Drawn(part, outlines.whole(part, PLAN, cell, thin=cell), high - 1000.0))
        elif low >= floor + CUT:
            over.append(_Drawn(part, outlines.whole(part, PLAN, cell), high))
        else:
            # Depth in a plan runs downwards. The floor skin is left out where it is part of a
            # mesh that rises: a hall modelled in one piece would else be one grey field.
            bottom = floor + FLOOR_SKIN if low < floor + FLOOR_SKIN else low
            shape = outlines.between(part, PLAN, cell, -(floor + CUT), -bottom, thin=2.0 * cell)
            if not shape.is_empty:
                under.append(_Drawn(part, shape, min(high, floor + CUT)))
    return sorted(under, key=lambda drawn: drawn.top), over


def _shape(view: View, drawn: _Drawn) -> str:
    fill, stroke = FILL[drawn.part.role]
    heavy = drawn.part.role in (Role.FENCE, Role.WALL)
    return region(view, drawn.shape, fill=fill, stroke=stroke, stroke_width=1.3 if heavy else 0.7,
                  stroke_linejoin="round")  # fmt: skip


def _frame(view: View, ident: str) -> str:
    field = rect(view.x, view.y, view.width, view.height)
    return f'<clipPath id="{ident}">{field}</clipPath>' + rect(
        view.x, view.y, view.width, view.height, fill="#ffffff"
    )


def _hazards(scene: Scene, station: Station, parts: Sequence[_Drawn]) -> Iterator[Any]:
    shapes = {drawn.part.id: drawn.shape for drawn in parts}
    for zone in station.hazard_zones:
        chosen = [shapes[p.id] for p in select(scene, zone.select) if p.id in shapes] if zone.select else []
        shape = ways.swept(scene, zone) if zone.motion else symbols.hazard_shape(zone, chosen)
        if not shape.is_empty:
            yield shape


def _witness(view: View, finding: Finding) -> Iterator[str]:
    color = VERDICT_COLOR[finding.verdict]
    for mark in finding.marks:
        if isinstance(mark, SegmentMark) and finite((mark.start, mark.end)):
            a, b = view(mark.start), view(mark.end)
            yield line(a, b, stroke="#ffffff", stroke_width=4.5)
            yield line(a, b, stroke=color, stroke_width=2.2)
            for end in (a, b):
                yield circle(end, 2.4, fill=color)
        elif isinstance(mark, RibbonMark) and mark_points(mark):
            for start in range(len(mark.points) - 1):
                if not (mark.ok[start] and mark.ok[start + 1]):
                    yield polyline([view(mark.points[start]), view(mark.points[start + 1])], fill="none",
                                   stroke=color, stroke_width=3, stroke_opacity=0.75)  # fmt: skip


def _flags(
    scene: Scene, view: View, shown: Sequence[Finding], numbers: Mapping[int, int]
) -> tuple[list[Flag], list[Finding]]:
    placed: list[Flag] = []
    unplaced: list[Finding] = []
    for finding in shown:
        found = anchor(scene, finding)
        if found is None:
            unplaced.append(finding)
        else:
            placed.append(
                Flag(view(found), numbers[id(finding)], finding.verdict, finding.id, finding.message)
            )
    return placed, unplaced


def _block(placer: Placer, at: tuple[float, float], size: float) -> None:
    half = max(size, 16.0) / 2.0
    placer.block((at[0] - half, at[1] - half, at[0] + half, at[1] + half))


def _labels(station: Station, view: View, placer: Placer, parts: Sequence[_Drawn]) -> Iterator[str]:
    """Names of stations first, then of the largest things, as far as there is room."""
    for workstation in station.workstations:
        words = workstation.name or workstation.id
        wide = text_width(words, 11)
        at = placer.near(view(workstation.position), wide, 14, radii=(26, 38, 52), start=-1.57)
        yield text((at[0], at[1] + 4), words, color=symbols.OPERATOR, weight="bold")
    for walkway in station.walkways:
        words = walkway.name or walkway.id
        a, b = walkway.path[0], walkway.path[1]
        for share in (0.5, 0.25, 0.75, 0.1, 0.9):
            at = view((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
            if placer.fits(at, text_width(words, 11), 14):
                yield text((at[0], at[1] + 4), words, color=symbols.WALKWAY[1], weight="bold")
                break
    for words, box in _named(parts)[:40]:
        a, b = view((box[0], box[3])), view((box[2], box[1]))
        wide = text_width(words, 10)
        center = ((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0)
        if b[0] - a[0] < 12 or b[1] - a[1] < 6 or wide > 2.5 * (b[0] - a[0]) + 30:
            continue
        for dy in (0.0, (b[1] - a[1]) / 2 + 8, -(b[1] - a[1]) / 2 - 8):
            if placer.fits((center[0], center[1] + dy), wide, 12):
                yield text((center[0], center[1] + dy + 3.5), words, size=10, color=INK)
                break


def _named(parts: Sequence[_Drawn]) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Names, each with the box of the largest thing of that name, largest first.

    Assemblies rather than their screws: the names are taken at the level of the hierarchy where
    there are enough of them.
    """
    solid = [d for d in parts if d.part.role not in (*_AROUND, Role.MARKING) and not d.shape.is_empty]
    for level in (1, 2, 3):
        boxes: dict[str, tuple[float, float, float, float]] = {}
        for drawn in solid:
            # A pattern of parts ("carton[0,1]") is named once.
            name = re.sub(r"\[[0-9, ]*\]$", "", "/".join(drawn.part.id.split("/")[:level]))
            box = drawn.shape.bounds
            if name not in boxes or _area(box) > _area(boxes[name]):
                boxes[name] = box
        if len(boxes) >= 4:
            break
    ordered = sorted(boxes.items(), key=lambda item: (-_area(item[1]), item[0]))
    return [(name.rpartition("/")[2].replace("_", " "), box) for name, box in ordered]


def _area(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _cut_words(lang: str) -> str:
    if lang == "fr":
        return f"Coupe à {CUT:.1f} m du sol ; grille en mètres.".replace(".", ",", 1)
    return f"Cut {CUT:.1f} m above the floor; grid in metres."
