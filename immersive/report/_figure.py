"""A person at work: one finding's figure from the side and from above, to one scale, with what is around.

The side is that of the working hand, so that the arm that works is the near one. From above the
person faces up the page. What lies at the body's depth or beyond is drawn behind the figure; its
outline is repeated over it, so that neither hides the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from immersive.findings import BodyCapsule, BoxMark, FigureMark, Finding, PointMark, PolylineMark, SegmentMark
from immersive.report import _figure_words as words
from immersive.report._detail_marks import draw_marks
from immersive.report._figure_shapes import limbs
from immersive.report._labels import Placer
from immersive.report._outlines import Outlines, Plane, elevation
from immersive.report._places import finite, mark_points, parts_of
from immersive.report._svg import (
    LEVEL_FILL,
    View,
    document,
    line,
    rect,
    region,
    scale_bar,
    text,
    text_width,
)
from immersive.scene.model import Role, Scene
from immersive.scene.station import Station

WIDTH: Final = 560.0
_MOST_HIGH: Final = 430.0
_GAP: Final = 12.0
_FOOT: Final = 34.0
_MARGIN: Final = 0.1
_FAR: Final = 2.6
"""Marks farther than this from the body's middle are cut off by the frame, metres."""

_SKIN: Final = ("#e3e8ed", "#c3ccd5")
"""Fill of near and of far limbs."""
_LINE: Final = "#2c3b49"
_BACK: Final = ("#f0f2f4", "#b9c1c9")
_SUBJECT: Final = ("#c9dff2", "#0b4f8a")


@dataclass(frozen=True, slots=True)
class _Pane:
    plane: Plane
    view: View
    caption: str
    near: float
    """Least depth of the figure; in a side view, what lies nearer is not drawn."""
    upright: bool


def figure_of(finding: Finding) -> FigureMark | None:
    """The figure a picture is made of: the first with a place."""
    for mark in finding.marks:
        if isinstance(mark, FigureMark) and mark.capsules and finite(_ends(mark)):
            return mark
    return None


def figure_detail(
    scene: Scene, finding: Finding, *, lang: str = "en", outlines: Outlines | None = None
) -> str | None:
    """The picture as an SVG element, or None if the finding has no figure."""
    mark = figure_of(finding)
    if mark is None:
        return None
    outlines = outlines or Outlines()
    rest = replace(finding, marks=tuple(m for m in finding.marks if not isinstance(m, FigureMark)))
    panes, foot, legend = _layout(scene, finding, mark, rest, lang)
    ident = f"immersive-{finding.id}"
    body = _hatches(ident)
    labelled: set[int] = set()
    for index, pane in enumerate(panes):
        body += _draw(scene, finding, mark, rest, pane, f"{ident}-{index}", ident, outlines, lang, labelled)
    body += legend
    body.append(scale_bar(panes[0].view, (panes[0].view.x + 2, foot), lang, most=110.0))
    said = mark.label.get(lang, "") if mark.label else ""
    if said:
        body.append(text((WIDTH - 2, foot), said, anchor="end", size=11, weight="bold", halo=False))
    return document(WIDTH, foot + 8, body, title=finding.message[lang])


# Where the two views lie on the page ----------------------------------------------------------------


def _ends(mark: FigureMark) -> list[tuple[float, float, float]]:
    return [p for capsule in mark.capsules for p in (capsule.start, capsule.end)]


def working_side(mark: FigureMark, finding: Finding) -> str:
    """The side whose hand is nearer to a marked point; the right one where there is no telling."""
    goals = [p for m in finding.marks if isinstance(m, PointMark | SegmentMark) for p in mark_points(m)]
    hands = {c.segment.partition("_")[0]: c.end for c in mark.capsules if c.segment.endswith("_hand")}
    if not goals or len(hands) < 2:
        return "right"
    near = {side: min(math.dist(hand, goal) for goal in goals) for side, hand in hands.items()}
    return "left" if near["left"] < near["right"] - 0.02 else "right"


def planes(heading: float, side: str) -> tuple[Plane, Plane]:
    """The side view, facing right when seen from the right, and the plan, facing up."""
    turned = elevation(heading if side == "right" else heading + math.pi)
    c, s = round(math.cos(heading), 12) + 0.0, round(math.sin(heading), 12) + 0.0
    return turned, Plane(((s, -c + 0.0, 0.0), (c, s, 0.0), (0.0, 0.0, -1.0)))


def _extent(
    plane: Plane, capsules: Sequence[BodyCapsule], points: Sequence[Sequence[float]]
) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for capsule in capsules:
        ends = ((capsule.start, capsule.start_radius), (capsule.end, capsule.end_radius))
        for end, radius in ends:
            at = np.array(plane.point(end))
            low, high = np.minimum(low, at - radius), np.maximum(high, at + radius)
    for point in points:
        at = np.array(plane.point(point))
        low, high = np.minimum(low, at - 0.05), np.maximum(high, at + 0.05)
    return low, high


def _layout(
    scene: Scene, finding: Finding, mark: FigureMark, rest: Finding, lang: str
) -> tuple[list[_Pane], float, list[str]]:
    side = working_side(mark, rest)
    seen = planes(mark.heading, side)
    middle = np.mean(np.array(_ends(mark)), axis=0)
    kinds = PointMark | SegmentMark | PolylineMark | BoxMark
    points = [p for m in rest.marks if isinstance(m, kinds) for p in mark_points(m)]
    points = [p for p in points if math.dist(p, middle) <= _FAR]
    boxes = [_extent(plane, mark.capsules, points) for plane in seen]
    size = [(high - low)[:2] + 2.0 * _MARGIN for low, high in boxes]
    rows = _legend_rows(mark, lang)
    under = 20.0 * len(rows) + (8.0 if rows else 0.0)
    scale = min(
        (WIDTH - _GAP - 4.0) / float(size[0][0] + size[1][0]),
        (_MOST_HIGH - 20.0) / float(size[0][1]),
        (_MOST_HIGH - under - 40.0) / float(size[1][1]),
    )
    # What is left of the width goes to both views alike: more of the surroundings is seen.
    spare = WIDTH - _GAP - 4.0 - scale * float(size[0][0] + size[1][0])
    wide = [scale * float(s[0]) + spare / 2.0 for s in size]
    high = max(scale * float(size[0][1]), scale * float(size[1][1]) + under + 18.0)
    heights = (high, high - under)
    panes = []
    x = 2.0
    names = (words.SIDE_VIEW[side][lang], words.ABOVE[lang])
    for index, plane in enumerate(seen):
        low, top = boxes[index]
        center = (low + top) / 2.0
        half = heights[index] / scale / 2.0
        # A standing figure stands at the foot of its picture; the plan is centred.
        upper = float(low[1]) - _MARGIN + 2.0 * half if index == 0 else float(center[1]) + half
        view = View(float(center[0]) - wide[index] / scale / 2.0, upper, scale, x, 2.0,
                    wide[index], heights[index])  # fmt: skip
        body_low, _ = _extent(plane, mark.capsules, ())
        panes.append(_Pane(plane, view, names[index], float(body_low[2]), index == 0))
        x += wide[index] + _GAP
    legend = list(_legend(rows, (panes[1].view.x, 2.0 + heights[1] + 18.0), f"immersive-{finding.id}"))
    return panes, 2.0 + high + 22.0, legend


# One view ---------------------------------------------------------------------------------------


def _draw(
    scene: Scene,
    finding: Finding,
    mark: FigureMark,
    rest: Finding,
    pane: _Pane,
    ident: str,
    hatch: str,
    outlines: Outlines,
    lang: str,
    labelled: set[int],
) -> Iterator[str]:
    view, plane = pane.view, pane.plane
    yield f'<clipPath id="{ident}">{rect(view.x, view.y, view.width, view.height)}</clipPath>'
    yield rect(view.x, view.y, view.width, view.height, fill="#ffffff")
    yield f'<g clip-path="url(#{ident})">'
    subjects = set(parts_of(scene, finding))
    around = _around(scene, pane, outlines)
    for name, shape in around:
        fill, stroke = _SUBJECT if name in subjects else _BACK
        yield region(view, shape, fill=fill, stroke=stroke, stroke_width=0.8, stroke_linejoin="round")
    floor = (scene.station or Station()).floor
    if pane.upright:
        _, y = view((0.0, floor))
        yield line((view.x, y), (view.x + view.width, y), stroke="#56616c", stroke_width=1.6)
    placer = Placer((view.x, view.y, view.x + view.width, view.y + view.height))
    wide = text_width(pane.caption, 10.5) + 10.0
    placer.block((view.x, view.y, view.x + wide, view.y + 18.0))
    marks = draw_marks(rest, plane, view, placer, lang, said=labelled)
    yield from marks.areas
    others = [m for m in finding.marks if isinstance(m, FigureMark) and m is not mark and m.capsules]
    for other in others:
        yield from figure_outline(other, plane, view)
    yield from draw_figure(mark, plane, view, hatch)
    for name, shape in around:
        stroke = _SUBJECT[1] if name in subjects else "#7b8792"
        yield region(view, shape, fill="none", stroke=stroke, stroke_width=0.7, stroke_opacity="0.55")
    yield from marks.shapes
    yield from marks.texts
    yield "</g>"
    yield rect(view.x, view.y, view.width, view.height, fill="none", stroke="#8b96a1")
    yield rect(view.x + 0.5, view.y + 0.5, wide, 17, fill="#ffffff", fill_opacity="0.85")
    yield text(
        (view.x + 5, view.y + 12.5), pane.caption, anchor="start", size=10.5, color="#56616c", halo=False
    )


def _around(scene: Scene, pane: _Pane, outlines: Outlines) -> list[tuple[str, object]]:
    """Parts to draw behind the figure, in painting order: far ones, or low ones, first."""
    view, plane = pane.view, pane.plane
    cell = 0.7 / view.scale
    found = []
    for part in scene:
        if part.bounds is None or part.role in (Role.FLOOR, Role.CEILING, Role.MARKING):
            continue
        box = plane.box(part.bounds)
        if pane.upright:
            lower, upper, key = pane.near, math.inf, -float(box[0, 2])
        else:
            # From above: nothing that hangs over the head hides the work.
            lower, upper, key = pane.near - 0.05, math.inf, -float(box[0, 2])
        shape = outlines.window(part, plane, cell, view.window, lower=lower, upper=upper, thin=cell)
        if not shape.is_empty:
            found.append((key, part.id, shape))
    return [(name, shape) for _, name, shape in sorted(found, key=lambda e: (e[0], e[1]))]


def draw_figure(mark: FigureMark, plane: Plane, view: View, hatch: str) -> Iterator[str]:
    """The filled figure; ``hatch`` is the start of the names of the patterns for levels 2 and 3."""
    for limb in limbs(mark, plane, 0.5 / view.scale):
        yield region(view, limb.outline, fill=_SKIN[limb.far])
        for level, shape in limb.pieces:
            fill = LEVEL_FILL.get(level, _SKIN[limb.far])
            yield region(view, shape, fill=fill, fill_opacity="0.75" if limb.far and level else None)
            if level > 1:
                yield region(view, shape, fill=f"url(#{hatch}-{level})")
        yield region(view, limb.outline, fill="none", stroke=_LINE, stroke_width=0.9 if limb.far else 1.3,
                     stroke_linejoin="round")  # fmt: skip


def figure_outline(mark: FigureMark, plane: Plane, view: View) -> Iterator[str]:
    """Another person in the same picture: a dashed outline only."""
    from shapely import union_all

    whole = union_all([limb.outline for limb in limbs(mark, plane, 0.5 / view.scale)])
    yield region(view, whole, fill="#1f5f9f", fill_opacity="0.05", stroke="#1f5f9f", stroke_width=1.0,
                 stroke_dasharray="4 3")  # fmt: skip


def _hatches(ident: str) -> list[str]:
    """Patterns: dots for level 2, strokes for level 3; readable without colour."""
    return [
        f'<defs><pattern id="{ident}-2" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<circle cx="1.5" cy="1.5" r="0.8" fill="#5c4300"/><circle cx="4.5" cy="4.5" r="0.8" fill="#5c4300"/>'
        f'</pattern><pattern id="{ident}-3" width="5" height="5" patternUnits="userSpaceOnUse">'
        '<path d="M-1 1L1 -1M0 5L5 0M4 6L6 4" stroke="#5e0f0c" stroke-width="0.9"/></pattern></defs>'
    ]


# The key to the levels -------------------------------------------------------------------------


def _legend_rows(mark: FigureMark, lang: str) -> list[tuple[int, str]]:
    rows = []
    for level in (3, 2, 1):
        segments = [capsule.segment for capsule in mark.capsules if capsule.level == level]
        if segments:
            for index, part in enumerate(_wrapped(words.level_line(level, segments, lang), 42)):
                rows.append((level if index == 0 else 0, part))
    return rows


def _wrapped(line_: str, most: int) -> list[str]:
    lines = [""]
    for word in line_.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _legend(rows: Sequence[tuple[int, str]], at: tuple[float, float], hatch: str) -> Iterator[str]:
    x, y = at
    for index, (level, words_) in enumerate(rows):
        line_y = y + 20.0 * index
        if level:
            yield rect(x + 1, line_y - 10, 16, 12, fill=LEVEL_FILL[level], stroke=_LINE, stroke_width=0.8)
            if level > 1:
                yield rect(x + 1, line_y - 10, 16, 12, fill=f"url(#{hatch}-{level})")
        yield text((x + 24, line_y), words_, anchor="start", size=11, halo=False)
