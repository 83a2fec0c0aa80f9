"""Numbered flags of findings: shape and colour say the verdict, the number leads to the list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from immersive.findings import Text, Verdict
from immersive.report._labels import Placer
from immersive.report._svg import VERDICT_COLOR, attributes, circle, line, polyline, rect, text, text_width
from immersive.report._text import escape
from immersive.report._words import VERDICT

_CLOSE = 9.0
"""Anchors nearer than this (pixels) share a flag: two would cover each other's point."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag to draw; ``anchor`` in pixels."""

    anchor: tuple[float, float]
    number: int
    verdict: Verdict
    ident: str
    message: Text


def draw_flags(flags: Sequence[Flag], placer: Placer, *, links: bool, lang: str) -> Iterator[str]:
    """The flags beside their points, with a thin line between, covering each other as little as can be."""
    groups: list[list[Flag]] = []
    for flag in flags:
        for group in groups:
            if all(abs(a - b) < _CLOSE for a, b in zip(flag.anchor, group[0].anchor, strict=True)):
                group.append(flag)
                break
        else:
            groups.append([flag])
    for group in groups:
        placer.block((group[0].anchor[0] - 4, group[0].anchor[1] - 4,
                      group[0].anchor[0] + 4, group[0].anchor[1] + 4))  # fmt: skip
    leaders: list[str] = []
    drawn: list[str] = []
    for group in groups:
        first = group[0]
        label = _label(group)
        width = max(20.0, text_width(label, 11) + 12.0)
        at = placer.near(first.anchor, width + 2, 22, radii=(26, 40, 56, 76, 100, 130))
        color = VERDICT_COLOR[first.verdict]
        leaders.append(line(first.anchor, at, stroke="#ffffff", stroke_width=3))
        leaders.append(line(first.anchor, at, stroke=color, stroke_width=1.2))
        leaders.append(circle(first.anchor, 2.6, fill=color, stroke="#ffffff", stroke_width=0.8))
        inner = badge(at, label, first.verdict, width)
        said = f"{label}: {VERDICT[first.verdict][lang]} – {first.message[lang]}"
        inner = f"<title>{escape(said)}</title>{inner}"
        drawn.append(
            f"<a {attributes(href=f'#f-{first.ident}', aria_label=said)}>{inner}</a>"
            if links
            else f"<g>{inner}</g>"
        )
    yield from leaders
    yield from drawn


def badge(at: tuple[float, float], label: str, verdict: Verdict, width: float = 20.0) -> str:
    """The sign of a verdict with a number in it: pill, hexagon or square."""
    color = VERDICT_COLOR[verdict]
    half = width / 2.0
    x, y = at
    style = {"fill": color, "stroke": "#ffffff", "stroke_width": 1.6}
    if verdict == Verdict.INDETERMINATE:
        shape = polyline([(x - half - 4, y), (x - half + 3, y - 10), (x + half - 3, y - 10), (x + half + 4, y),
                          (x + half - 3, y + 10), (x - half + 3, y + 10)], closed=True, **style)  # fmt: skip
    else:
        radius = 10.0 if verdict == Verdict.FAIL else 2.0
        shape = rect(x - half, y - 10, width, 20, rx=radius, **style)
    return shape + text((x, y + 4), label, color="#ffffff", weight="bold", halo=False)


def _label(group: Sequence[Flag]) -> str:
    numbers = sorted(flag.number for flag in group)
    if len(numbers) == 1:
        return str(numbers[0])
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}–{numbers[-1]}"
    if len(numbers) <= 3:
        return ", ".join(map(str, numbers))
    return f"{numbers[0]} +{len(numbers) - 1}"
