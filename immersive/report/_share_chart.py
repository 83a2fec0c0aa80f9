"""Shares of a population as stacked bars: women, men, all; every share written out in the description."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from immersive.findings import ShareChart
from immersive.report._svg import INK, LEVEL_FILL, document, line, rect, text, text_width
from immersive.report._text import escape
from immersive.report._words import colon

WIDTH: Final = 520.0
_BAR: Final = 22.0
_STEP: Final = 30.0
_TOP: Final = 30.0
_NEUTRAL: Final = ("#d5dbe1", "#aab6c2", "#8696a6", "#64778a")
"""Fills of categories without a level, in their order."""


def percent(share: float) -> str:
    """``91 %``; what is not all never reads 100 %, what is not nothing never 0 %."""
    value = 100.0 * share
    if 0.0 < value <= 0.5:
        return "<\u202f1\u00a0%"
    if 99.5 <= value < 100.0 - 1e-9:
        return ">\u202f99\u00a0%"
    return f"{value:.0f}\u00a0%"


def share_words(chart: ShareChart, lang: str) -> str:
    """The chart as one line: ``women: reached 91 %, not reached 9 %; men: …``."""
    rows = []
    for name, shares in chart.rows:
        said = [
            f"{label[lang]} {percent(share)}"
            for (label, _), share in zip(chart.categories, shares, strict=True)
            if share > 0.0
        ]
        rows.append(f"{name[lang]}{colon(lang)}{', '.join(said)}")
    return ("\u00a0; " if lang == "fr" else "; ").join(rows)


def share_chart(chart: ShareChart, *, lang: str = "en", ident: str = "shares") -> str:
    """The chart as an SVG element with a title and a description.

    Args:
        chart: What to draw; shares that are not finite count as none.
        lang: ``"en"`` or ``"fr"``.
        ident: Start of the names of its patterns.
    """
    left = 14.0 + max((text_width(name[lang], 12) for name, _ in chart.rows), default=0.0)
    left = min(left, 0.42 * WIDTH)
    wide = WIDTH - left - 22.0
    fills = _fills(chart)
    body = [f"<title>{escape(chart.title[lang])}</title><desc>{escape(share_words(chart, lang))}</desc>"]
    body.append(_hatches(ident))
    body.append(text((0, 14), chart.title[lang], anchor="start", size=12.5, weight="bold", halo=False))
    bottom = _TOP + _STEP * len(chart.rows)
    for tick in range(5):
        x = left + wide * tick / 4.0
        body.append(line((x, _TOP - 4), (x, bottom - 2), stroke="#d9dee3", stroke_width=1))
        body.append(text((x, bottom + 11), f"{25 * tick}\u00a0%", size=10, color="#56616c", halo=False))
    for index, (name, shares) in enumerate(chart.rows):
        y = _TOP + _STEP * index
        body.append(text((left - 8, y + 15.5), name[lang], anchor="end", size=12, halo=False))
        body += _bar(chart, shares, fills, (left, y), wide, ident)
    key, height = _key(chart, fills, bottom + 32.0, ident, lang)
    body += key
    return document(WIDTH, bottom + 24.0 + height, body, title=chart.title[lang])


def _fills(chart: ShareChart) -> list[str]:
    """A fill for each category; a second one of the same level is darker."""
    fills: list[str] = []
    seen: dict[int, int] = {}
    for _, level in chart.categories:
        turn = seen.get(level, 0)
        seen[level] = turn + 1
        if level in LEVEL_FILL:
            fills.append(_darker(LEVEL_FILL[level], 0.76**turn))
        else:
            fills.append(_NEUTRAL[turn % len(_NEUTRAL)])
    return fills


def _darker(color: str, factor: float) -> str:
    return "#" + "".join(f"{round(int(color[i : i + 2], 16) * factor):02x}" for i in (1, 3, 5))


def _bar(
    chart: ShareChart,
    shares: tuple[float, ...],
    fills: list[str],
    at: tuple[float, float],
    wide: float,
    ident: str,
) -> Iterator[str]:
    x, y = at
    for (_, level), share, fill in zip(chart.categories, shares, fills, strict=True):
        if not (math.isfinite(share) and share > 0.0):
            continue
        size = share * wide
        yield rect(x, y, size, _BAR, fill=fill, stroke="#ffffff", stroke_width=0.8)
        if level > 1:
            yield rect(x, y, size, _BAR, fill=f"url(#{ident}-{level})")
        said = percent(share)
        if size >= text_width(said, 11) + 4.0:
            half = text_width(said, 11) / 2.0 + 2.0
            yield rect(
                x + size / 2.0 - half,
                y + 3.5,
                2.0 * half,
                _BAR - 7,
                fill="#ffffff" if level > 1 or fill not in LEVEL_FILL.values() else fill,
            )
            yield text((x + size / 2.0, y + 15), said, color=INK, halo=False)
        x += size
    yield rect(at[0], y, wide, _BAR, fill="none", stroke="#56616c", stroke_width=0.9)


def _key(chart: ShareChart, fills: list[str], y: float, ident: str, lang: str) -> tuple[list[str], float]:
    pieces: list[str] = []
    x, top = 0.0, y
    for (label, level), fill in zip(chart.categories, fills, strict=True):
        wide = 22.0 + text_width(label[lang], 11) + 14.0
        if x > 0.0 and x + wide > WIDTH:
            x, y = 0.0, y + 18.0
        pieces.append(rect(x + 1, y - 10, 15, 12, fill=fill, stroke="#56616c", stroke_width=0.8))
        if level > 1:
            pieces.append(rect(x + 1, y - 10, 15, 12, fill=f"url(#{ident}-{level})"))
        pieces.append(text((x + 22, y), label[lang], anchor="start", halo=False))
        x += wide
    return pieces, y - top + 14.0


def _hatches(ident: str) -> str:
    """Dots for level 2, strokes for level 3, as on the figures: the bars read in black and white."""
    return (
        f'<defs><pattern id="{ident}-2" width="7" height="7" patternUnits="userSpaceOnUse">'
        f'<circle cx="2" cy="2" r="0.9" fill="#5c4300"/><circle cx="5.5" cy="5.5" r="0.9" fill="#5c4300"/>'
        f'</pattern><pattern id="{ident}-3" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path d="M-1 1L1 -1M0 6L6 0M5 7L7 5" stroke="#5e0f0c" stroke-width="1"/></pattern></defs>'
    )
