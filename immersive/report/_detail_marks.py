"""Marks of a finding drawn in a plane: dimension lines, points, boxes, spheres, strips, zones, cones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from immersive.findings import (
    BoxMark,
    ConeMark,
    FigureMark,
    Finding,
    MeshMark,
    PointMark,
    PolylineMark,
    RibbonMark,
    SegmentMark,
    SphereMark,
    Text,
)
from immersive.report._figure_shapes import limbs
from immersive.report._labels import Placer
from immersive.report._outlines import Plane
from immersive.report._places import finite, mark_points
from immersive.report._surfaces import cone_shape, cone_tip, mesh_shapes
from immersive.report._svg import (
    LEVEL_FILL,
    VERDICT_COLOR,
    View,
    circle,
    line,
    polyline,
    region,
    text,
    text_width,
)
from immersive.review.values import figures

GOOD = "#1d6b34"
ZONE = "#1f5f9f"
_SIZE = 14.0
_TRUE = 0.7
"""A dimension is written in the view that shows at least this share of its length."""


@dataclass
class Drawn:
    """Pieces of SVG, in painting order.

    Attributes:
        areas: Zones and cones, under everything else.
        shapes: Lines and points.
        texts: Last in the picture, so that nothing covers them.
    """

    areas: list[str] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def draw_marks(
    finding: Finding, plane: Plane, view: View, placer: Placer, lang: str, *, said: set[int] | None = None
) -> Drawn:
    """All marks of a finding.

    Args:
        finding: Whose marks.
        plane: The drawing plane.
        view: Where it lies on the page.
        placer: Finds room for labels.
        lang: ``"en"`` or ``"fr"``.
        said: For several views of one finding: the marks that are labelled already, updated; a
            foreshortened dimension waits for a view that shows its length.
    """
    color = VERDICT_COLOR[finding.verdict]
    drawn = Drawn()
    shapes, texts = drawn.shapes, drawn.texts

    # Where one dimension has words, those without are further places of the same finding.
    told = any(isinstance(mark, SegmentMark) and _said(mark.label, lang) for mark in finding.marks)

    def seen(position: Sequence[float]) -> tuple[float, float]:
        return view(plane.point(position)[:2])

    for index, mark in sorted(enumerate(finding.marks), key=lambda m: _RANK.get(type(m[1]), 9)):
        if not mark_points(mark):
            continue
        if isinstance(mark, SegmentMark):
            a, b = seen(mark.start), seen(mark.end)
            shapes += _dimension(a, b, color)
            if said is None or _shows(mark, plane, index, said):
                words = _said(mark.label, lang) or ("" if told else _length(mark, finding, lang))
                if words:
                    texts.append(_beside(a, b, words, placer, color))
        elif isinstance(mark, MeshMark):
            drawn.areas += _surface(mark, plane, view, color)
        elif isinstance(mark, ConeMark):
            shape = cone_shape(mark, plane)
            drawn.areas.append(region(view, shape, fill=ZONE, fill_opacity="0.09", stroke=ZONE, stroke_width=1,
                                      stroke_dasharray="5 3", stroke_opacity="0.8"))  # fmt: skip
            tip = cone_tip(mark)
            drawn.areas.append(line(seen(mark.apex), seen(tip), stroke=ZONE, stroke_width=1,
                                    stroke_dasharray="9 3 2 3"))  # fmt: skip
            if said is None or index not in said:
                words = _said(mark.label, lang)
                inside = _inside(seen(mark.apex), seen(tip), placer, text_width(words, 12) / 2.0 + 4.0)
                texts += _label(inside, words, placer, ZONE)
        elif isinstance(mark, FigureMark):
            for limb in limbs(mark, plane, 0.5 / view.scale):
                shapes.append(region(view, limb.outline, fill="#e3e8ed", fill_opacity="0.8", stroke="#2c3b49",
                                     stroke_width=1.1, stroke_linejoin="round"))  # fmt: skip
        elif isinstance(mark, PointMark):
            at = seen(mark.position)
            shapes.append(circle(at, 5, fill="#ffffff", stroke=color, stroke_width=2))
            shapes.append(circle(at, 1.8, fill=color))
            texts += _label(at, _said(mark.label, lang), placer, color)
        elif isinstance(mark, PolylineMark):
            points = [seen(p) for p in mark.points]
            shapes.append(polyline(points, closed=mark.closed, fill="none", stroke=color, stroke_width=2))
            texts += _label(points[len(points) // 2], _said(mark.label, lang), placer, color)
        elif isinstance(mark, BoxMark):
            corners = _box(mark, plane, view)
            shapes.append(polyline(corners, closed=True, fill=color, fill_opacity="0.07", stroke=color,
                                   stroke_width=1.4, stroke_dasharray="5 3"))  # fmt: skip
            texts += _label(corners[0], _said(mark.label, lang), placer, color)
        elif isinstance(mark, SphereMark):
            at = seen(mark.center)
            radius = mark.radius * view.scale
            shapes.append(circle(at, radius, fill="#1f5f9f", fill_opacity="0.07", stroke="#1f5f9f",
                                 stroke_width=1.4, stroke_dasharray="6 3"))  # fmt: skip
            shapes.append(circle(at, 2.6, fill="#1f5f9f"))
            texts += _label((at[0], at[1] - radius), _said(mark.label, lang), placer, "#1f5f9f")
        elif isinstance(mark, RibbonMark):
            shapes += _ribbon(mark, plane, view, color)
            middle = seen(mark.points[len(mark.points) // 2])
            texts += _label(middle, _said(mark.label, lang), placer, color)
        if said is not None and not isinstance(mark, SegmentMark):
            said.add(index)
    return drawn


_RANK = {
    MeshMark: 0, ConeMark: 1, RibbonMark: 2, FigureMark: 3, BoxMark: 4, SphereMark: 4, PolylineMark: 5,
    SegmentMark: 6, PointMark: 7,
}  # fmt: skip


def _shows(mark: SegmentMark, plane: Plane, index: int, said: set[int]) -> bool:
    """Whether this view is the one to write the dimension in; remembers it."""
    length = math.dist(mark.start, mark.end)
    seen = math.dist(plane.point(mark.start)[:2], plane.point(mark.end)[:2])
    # Of two views at right angles one shows at least seven tenths of any line.
    if index in said or seen < _TRUE * length:
        return False
    said.add(index)
    return True


def _inside(apex: Sequence[float], tip: Sequence[float], placer: Placer, half: float) -> tuple[float, float]:
    """A place for a cone's label along its axis, moved into the picture."""
    left, top, right, bottom = placer.frame
    for share in (0.8, 0.6, 0.4, 0.2):
        x, y = apex[0] + share * (tip[0] - apex[0]), apex[1] + share * (tip[1] - apex[1])
        if left + half <= x <= right - half and top + 12 <= y <= bottom - 12:
            return x, y
    return min(max(tip[0], left + half), right - half), min(max(tip[1], top + 12), bottom - 12)


def _surface(mark: MeshMark, plane: Plane, view: View, color: str) -> Iterator[str]:
    """A zone as its outline; a painted surface by level, the worst on top."""
    for level, shape in mesh_shapes(mark, plane, 0.6 / view.scale):
        fill = LEVEL_FILL.get(level, ZONE)
        yield region(view, shape, fill=fill, fill_opacity="0.55" if level else "0.1", stroke=fill if level else ZONE,
                     stroke_width=0.8 if level else 1.2, stroke_dasharray=None if level else "6 3")  # fmt: skip


def _said(label: Text, lang: str) -> str:
    return label.get(lang, "") if label else ""


def _length(mark: SegmentMark, finding: Finding, lang: str) -> str:
    """A line without a text of its own says its length, printed like the finding's own figure."""
    length = math.dist(mark.start, mark.end)
    if finding.measured is not None and abs(abs(finding.measured) - length) < 1e-9:
        length = finding.measured
    return figures(length, None, "", "m", lang=lang).measured


def _dimension(a: Sequence[float], b: Sequence[float], color: str) -> Iterator[str]:
    """A line with a tick across each end, as on a drawing."""
    length = math.dist(a, b)
    if length < 1.0:
        yield circle(a, 6.5, fill="none", stroke="#ffffff", stroke_width=4)
        yield circle(a, 6.5, fill="none", stroke=color, stroke_width=2)
        yield circle(a, 1.6, fill=color)
        return
    across = (-(b[1] - a[1]) / length * 7.0, (b[0] - a[0]) / length * 7.0)
    strokes = [(a, b)] + [
        ((e[0] - across[0], e[1] - across[1]), (e[0] + across[0], e[1] + across[1])) for e in (a, b)
    ]
    for start, end in strokes:
        yield line(start, end, stroke="#ffffff", stroke_width=5, stroke_linecap="round")
    for start, end in strokes:
        yield line(start, end, stroke=color, stroke_width=2)
    for end in (a, b):
        yield circle(end, 2.6, fill=color)


def _beside(a: Sequence[float], b: Sequence[float], words: str, placer: Placer, color: str) -> str:
    """The dimension's text beside the middle of its line, off the line itself."""
    length = math.dist(a, b)
    for step in range(11):
        share = step / 10.0
        x, y = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
        placer.block((x - 7, y - 7, x + 7, y + 7))
    middle = ((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0)
    wide = text_width(words, _SIZE) + 4.0
    slope = math.atan2(-(b[1] - a[1]), b[0] - a[0]) if length > 1.0 else 0.0
    at = placer.near(middle, wide, 18, radii=(22, 30, 42, 58, 80, 110), start=slope + math.pi / 2.0)
    return text((at[0], at[1] + 4.5), words, size=_SIZE, color=color, weight="bold")


def _label(at: Sequence[float], words: str, placer: Placer, color: str) -> Iterator[str]:
    left, top, right, bottom = placer.frame
    if words and left <= at[0] <= right and top <= at[1] <= bottom:
        place = placer.near(at, text_width(words, 12) + 4.0, 16, radii=(14, 24, 38, 56, 80))
        yield text((place[0], place[1] + 4), words, size=12, color=color, weight="bold")


def _box(mark: BoxMark, plane: Plane, view: View) -> list[tuple[float, float]]:
    import numpy as np

    low, high = plane.box(np.array([mark.lower, mark.upper], np.float64))
    return [view(p) for p in ((low[0], high[1]), (high[0], high[1]), (high[0], low[1]), (low[0], low[1]))]


def _ribbon(mark: RibbonMark, plane: Plane, view: View, color: str) -> Iterator[str]:
    """The free strip, one piece a step: green where it is wide enough, the verdict's colour where not."""
    import numpy as np

    if len(mark.points) < 2 or not finite([mark.widths, mark.offsets]):
        return
    flat = np.array([plane.point(p)[:2] for p in mark.points])
    ahead = np.gradient(flat, axis=0)
    norm = np.linalg.norm(ahead, axis=1, keepdims=True)
    ahead = ahead / np.where(norm > 0.0, norm, 1.0)
    left = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    middle = np.array(mark.offsets)[:, None]
    half = np.array(mark.widths)[:, None] / 2.0
    one, other = flat + left * (middle - half), flat + left * (middle + half)
    for index in range(len(flat) - 1):
        fine = mark.ok[index] and mark.ok[index + 1]
        corners = [view(p) for p in (one[index], one[index + 1], other[index + 1], other[index])]
        shade = GOOD if fine else color
        yield polyline(corners, closed=True, fill=shade, fill_opacity="0.1" if fine else "0.3", stroke="none")
    for edge in (one, other):
        yield polyline([view(p) for p in edge], fill="none", stroke=GOOD, stroke_width=1)
