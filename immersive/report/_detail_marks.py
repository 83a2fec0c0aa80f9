"""Marks of a finding drawn in a plane: dimension lines, points, boxes, spheres, strips."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from immersive.findings import (
    BoxMark,
    Finding,
    PointMark,
    PolylineMark,
    RibbonMark,
    SegmentMark,
    SphereMark,
    Text,
)
from immersive.report._labels import Placer
from immersive.report._outlines import Plane
from immersive.report._places import finite, mark_points
from immersive.report._svg import VERDICT_COLOR, View, circle, line, polyline, text, text_width
from immersive.review.values import figures

GOOD = "#1d6b34"
_SIZE = 14.0


def draw_marks(
    finding: Finding, plane: Plane, view: View, placer: Placer, lang: str
) -> tuple[list[str], list[str]]:
    """(shapes, texts) of all marks; texts come last in the picture, so that nothing covers them."""
    color = VERDICT_COLOR[finding.verdict]
    shapes: list[str] = []
    texts: list[str] = []

    def seen(position: Sequence[float]) -> tuple[float, float]:
        return view(plane.point(position)[:2])

    rank = {RibbonMark: 0, BoxMark: 1, SphereMark: 1, PolylineMark: 2, SegmentMark: 3, PointMark: 4}
    for mark in sorted(finding.marks, key=lambda m: rank.get(type(m), 9)):
        if not mark_points(mark):
            continue
        if isinstance(mark, SegmentMark):
            a, b = seen(mark.start), seen(mark.end)
            shapes += _dimension(a, b, color)
            words = _said(mark.label, lang) or _length(mark, finding, lang)
            texts.append(_beside(a, b, words, placer, color))
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
    return shapes, texts


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
