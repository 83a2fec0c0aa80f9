"""The legend under a floor plan: only what is in the drawing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from immersive.findings import Verdict
from immersive.report._flags import badge
from immersive.report._plan_symbols import DOOR, GUARD, HAZARD, OPERATOR, WALKWAY
from immersive.report._plan_ways import ESCAPE, FREE, ROUTE
from immersive.report._svg import FILL, circle, line, rect, text, text_width
from immersive.report._words import ROLE, VERDICT, plural
from immersive.scene.model import Role

_SYMBOLS: Final = {
    "walkway": {"en": "Walkway", "fr": "Allée"},
    "operator": {"en": "Workstation, facing", "fr": "Poste de travail, orientation"},
    "work_point": {"en": "Work point", "fr": "Point de travail"},
    "door": {"en": "Door", "fr": "Porte"},
    "safeguard": {"en": "Sensing field", "fr": "Champ de détection"},
    "hazard": {"en": "Hazard zone", "fr": "Zone dangereuse"},
    "ribbon": {"en": "Free width (red: too narrow)", "fr": "Largeur libre (rouge : insuffisante)"},
    "route": {"en": "Route", "fr": "Itinéraire"},
    "escape": {"en": "Way out", "fr": "Évacuation"},
    "exit": {"en": "Exit", "fr": "Sortie"},
    "overhead": {"en": "Above the cut", "fr": "Au-dessus de la coupe"},
}


def legend(
    roles: Iterable[Role],
    kinds: Iterable[str],
    verdicts: Iterable[Verdict],
    unplaced: int,
    at: tuple[float, float],
    width: float,
    lang: str,
) -> tuple[list[str], float]:
    """The legend's pieces and the lowest pixel they reach.

    Args:
        roles: Of the parts drawn.
        kinds: Symbols drawn.
        verdicts: Of the flags drawn.
        unplaced: Findings without a place on the plan: said, so that nobody looks for their flag.
        at: Upper left corner.
        width: To stay within.
        lang: ``"en"`` or ``"fr"``.
    """
    entries = [
        *(("flag:" + verdict, VERDICT[verdict][lang]) for verdict in verdicts),
        *(("role:" + role, ROLE[role][lang]) for role in roles),
        *((kind, _SYMBOLS[kind][lang]) for kind in kinds),
    ]
    pieces: list[str] = []
    x, y = at
    for kind, words in entries:
        wide = 34.0 + text_width(words, 11)
        if x + wide > at[0] + width and x > at[0]:
            x, y = at[0], y + 20.0
        pieces.append(_swatch(kind, x, y))
        pieces.append(text((x + 26, y + 4), words, anchor="start", halo=False))
        x += wide + 8.0
    if unplaced:
        y += 20.0
        one = {"en": "finding has no place on the plan and no flag",
               "fr": "constat n’a pas de place sur le plan, donc pas de repère"}  # fmt: skip
        many = {"en": "findings have no place on the plan and no flag",
                "fr": "constats n’ont pas de place sur le plan, donc pas de repère"}  # fmt: skip
        pieces.append(text((at[0], y + 4), plural(unplaced, one, many, lang), anchor="start", halo=False))
    return pieces, y + 10.0


def _swatch(kind: str, x: float, y: float) -> str:
    group, _, name = kind.partition(":")
    if group == "flag":
        return badge((x + 10, y), "n", Verdict(name))
    if group == "role":
        fill, stroke = FILL[Role(name)]
        return rect(x, y - 6, 20, 12, fill=fill, stroke=stroke, stroke_width=1)
    if kind == "walkway":
        return rect(x, y - 6, 20, 12, fill=WALKWAY[0], stroke=WALKWAY[1], stroke_dasharray="7 4")
    if kind == "operator":
        return (
            f'<ellipse cx="{x + 8:.1f}" cy="{y:.1f}" rx="4" ry="7" fill="#ffffff" stroke="{OPERATOR}" '
            f'stroke-width="1.4"/>'
            + circle((x + 8, y), 2.6, fill=OPERATOR)
            + line((x + 13, y), (x + 20, y), stroke=OPERATOR, stroke_width=1.6)
        )
    if kind == "work_point":
        return circle((x + 10, y), 4, fill="#ffffff", stroke=OPERATOR) + circle(
            (x + 10, y), 1.4, fill=OPERATOR
        )
    if kind == "door":
        return (line((x, y), (x + 20, y), stroke=DOOR, stroke_width=1.6, stroke_dasharray="4 2")
                + rect(x - 1, y - 3, 5, 5, fill=DOOR) + rect(x + 16, y - 3, 5, 5, fill=DOOR))  # fmt: skip
    if kind == "safeguard":
        return line((x, y), (x + 20, y), stroke=GUARD, stroke_width=2.6, stroke_dasharray="8 3 2 3")
    if kind == "hazard":
        return rect(x, y - 6, 20, 12, fill="url(#immersive-hazard)", stroke=HAZARD, stroke_dasharray="2 3")
    if kind == "ribbon":
        return rect(x, y - 6, 20, 12, fill=FREE, fill_opacity="0.18", stroke=FREE, stroke_width=0.8)
    if kind in ("route", "escape"):
        color, dash = (ROUTE, "9 4") if kind == "route" else (ESCAPE, "5 3")
        return line((x, y), (x + 20, y), stroke=color, stroke_width=1.8, stroke_dasharray=dash)
    if kind == "exit":
        return rect(x, y - 6, 20, 12, fill=ESCAPE, rx=2)
    return rect(x, y - 6, 20, 12, fill="none", stroke="#7b848d", stroke_dasharray="5 4")
