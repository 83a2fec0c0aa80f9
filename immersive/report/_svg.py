"""Small pieces of SVG. Only presentation attributes, never ``style=``: a strict CSP must allow it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from immersive.findings import Verdict
from immersive.report._text import escape
from immersive.scene.model import Role

FONT: Final = "system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"
INK: Final = "#1c2733"

FILL: Final = {
    Role.MACHINE: ("#bccad9", "#3f566e"),
    Role.ROBOT: ("#f0c48f", "#8f5310"),
    Role.FENCE: ("#efe08a", "#6f6000"),
    Role.FURNITURE: ("#dccfbd", "#715f46"),
    Role.CONVEYOR: ("#bedac7", "#34664a"),
    Role.WORKPIECE: ("#e6bccb", "#83405a"),
    Role.TOOL: ("#cdbfe2", "#594083"),
    Role.CONTAINER: ("#b9dfe2", "#2a6a70"),
    Role.VEHICLE: ("#d3daac", "#5d6629"),
    Role.DOOR: ("#ead9b4", "#77591d"),
    Role.SAFEGUARD: ("#ffdf80", "#8a6400"),
    Role.CABINET: ("#c6c8d2", "#4e505e"),
    Role.FLOOR: ("#f5f5f2", "#d5d6d0"),
    Role.WALL: ("#9a9da2", "#45484d"),
    Role.CEILING: ("#ffffff", "#9a9da2"),
    Role.MARKING: ("#fbf0b5", "#cdbb52"),
    Role.SIGN: ("#cfe3c2", "#4c6f37"),
    Role.OTHER: ("#d9dce0", "#626a72"),
}
"""Role → fill and line of a part on a plan."""

VERDICT_COLOR: Final = {
    Verdict.FAIL: "#b3161b",
    Verdict.INDETERMINATE: "#8a5a00",
    Verdict.NOT_EVALUATED: "#4a5561",
    Verdict.PASS: "#1d6b34",
}
"""Dark enough for white text on it, and for it on white (contrast over 4.5)."""

LEVEL_FILL: Final = {1: "#8ecbb0", 2: "#f3c14b", 3: "#d6564b"}
"""Level of a body segment, a surface or a share → fill: apart in lightness as well as in hue.

Where it matters 2 and 3 are hatched, too, and named.
"""


def num(value: float) -> str:
    """A coordinate with a tenth of a pixel."""
    shown = f"{value:.1f}"
    if shown.endswith(".0"):
        shown = shown[:-2]
    return "0" if shown == "-0" else shown


def attributes(**values: object) -> str:
    """``fill="…" stroke-width="…"``: underscores become dashes, None is left out, floats are short."""
    said = []
    for key, value in values.items():
        if value is None:
            continue
        shown = num(value) if isinstance(value, float) else escape(value)
        said.append(f'{key.rstrip("_").replace("_", "-")}="{shown}"')
    return " ".join(said)


def line(a: Sequence[float], b: Sequence[float], **style: object) -> str:
    return (
        f'<line x1="{num(a[0])}" y1="{num(a[1])}" x2="{num(b[0])}" y2="{num(b[1])}" {attributes(**style)}/>'
    )


def circle(center: Sequence[float], radius: float, **style: object) -> str:
    return f'<circle cx="{num(center[0])}" cy="{num(center[1])}" r="{num(radius)}" {attributes(**style)}/>'


def rect(x: float, y: float, width: float, height: float, **style: object) -> str:
    return (
        f'<rect x="{num(x)}" y="{num(y)}" width="{num(max(width, 0.0))}" '
        f'height="{num(max(height, 0.0))}" {attributes(**style)}/>'
    )


def polyline(points: Iterable[Sequence[float]], *, closed: bool = False, **style: object) -> str:
    path = "M" + "L".join(f"{num(p[0])} {num(p[1])}" for p in points) + ("Z" if closed else "")
    return f'<path d="{path}" {attributes(**style)}/>'


def text(
    at: Sequence[float],
    words: str,
    *,
    size: float = 11.0,
    anchor: str = "middle",
    color: str = INK,
    weight: str | None = None,
    halo: bool = True,
) -> str:
    """One line of text, its base line at ``at``; the halo keeps it readable over lines."""
    extra = (
        {"stroke": "#ffffff", "stroke_width": 3, "stroke_linejoin": "round", "paint_order": "stroke"}
        if halo
        else {}
    )
    style = attributes(fill=color, font_size=size, text_anchor=anchor, font_weight=weight, **extra)
    return f'<text x="{num(at[0])}" y="{num(at[1])}" {style}>{escape(words)}</text>'


def text_width(words: str, size: float) -> float:
    """About how wide a line of text is: no font is measured, it errs on the wide side."""
    return sum(0.36 if c in "iljtf.,:;|!'’ ()[]" else 0.84 if c in "mwMW—" else 0.6 for c in words) * size


def nice_length(target: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is at most ``target``."""
    power = 10.0 ** math.floor(math.log10(target))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= target * (1.0 + 1e-9))


@dataclass(frozen=True, slots=True)
class View:
    """Where the drawing's plane lies on the page: scale in pixels a metre, v up, pixels down.

    Attributes:
        left, top: Plane coordinates (u, v) of the picture's upper left corner.
        scale: Pixels a metre.
        x, y: Pixel position of that corner.
        width, height: Of the picture in pixels.
    """

    left: float
    top: float
    scale: float
    x: float
    y: float
    width: float
    height: float

    def __call__(self, point: Sequence[float]) -> tuple[float, float]:
        """Pixels of a point (u, v)."""
        return (self.x + (point[0] - self.left) * self.scale, self.y + (self.top - point[1]) * self.scale)

    @property
    def window(self) -> tuple[float, float, float, float]:
        """(least u, least v, greatest u, greatest v) of the picture."""
        return (
            self.left,
            self.top - self.height / self.scale,
            self.left + self.width / self.scale,
            self.top,
        )

    def path(self, region: Any) -> str:
        """The ``d`` of a shapely geometry; holes come out right with ``fill-rule="evenodd"``."""
        pieces: list[str] = []
        for part in getattr(region, "geoms", [region]):
            if part.geom_type == "LineString":
                pieces.append(self._ring(part.coords, closed=False))
            elif part.geom_type == "Polygon" and not part.is_empty:
                pieces += [self._ring(ring.coords[:-1]) for ring in (part.exterior, *part.interiors)]
        return "".join(pieces)

    def _ring(self, points: Iterable[Sequence[float]], *, closed: bool = True) -> str:
        kept: list[str] = []
        for point in points:
            x, y = self(point)
            shown = f"{num(x)} {num(y)}"
            if not kept or kept[-1] != shown:
                kept.append(shown)
        return "M" + "L".join(kept) + ("Z" if closed else "")


def region(view: View, shape: Any, **style: object) -> str:
    """A shapely geometry as one path, or nothing where it is empty."""
    path = view.path(shape)
    return f'<path d="{path}" fill-rule="evenodd" {attributes(**style)}/>' if path else ""


def scale_bar(view: View, at: tuple[float, float], lang: str, *, most: float = 160.0) -> str:
    """A bar of a round length with its text to the right; ``at`` is its left end in pixels."""
    length = nice_length(most / view.scale)
    wide = length * view.scale
    x, y = at
    label = f"{length:g} m" if length >= 1.0 else f"{length * 1000.0:g} mm"
    pieces = [
        rect(x, y - 5, wide, 5, fill="#ffffff", stroke=INK, stroke_width=1),
        rect(x, y - 5, wide / 2, 5, fill=INK),
        text((x + wide + 6, y), label.replace(".", "," if lang == "fr" else "."), anchor="start"),
    ]
    return "".join(pieces)


def document(width: float, height: float, body: Iterable[str], *, title: str, ident: str = "") -> str:
    """The whole drawing; ``title`` is what a screen reader says."""
    head = attributes(
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {num(width)} {num(height)}",
        width=num(width),
        height=num(height),
        font_family=FONT,
        role="group",
        aria_label=title,
        id=ident or None,
    )
    return f"<svg {head}>" + "".join(body) + "</svg>"
