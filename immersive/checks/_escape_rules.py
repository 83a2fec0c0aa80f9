"""Figures of the Code du travail on ways out, with their confidence. Facts only; the text is not reproduced."""

from __future__ import annotations

import math
from typing import Final

from immersive.findings import Citation, Confidence, text

WIDTH: Final = Citation(
    "Code du travail", "", "R. 4216-5", Confidence.TWO_SOURCES,
    text(
        "Free width by passage units of 0.60 m: 0.90 m for one, 1.40 m for two.",
        "Largeur libre par unités de passage de 0,60 m : 0,90 m pour une, 1,40 m pour deux.",
    ),
)  # fmt: skip
EXITS: Final = Citation("Code du travail", "", "R. 4216-8", Confidence.TWO_SOURCES)
DISTANCE: Final = Citation(
    "Code du travail", "", "R. 4216-11", Confidence.ONE_SOURCE,
    text(
        "Written for the way to a stair on upper floors and in basements; used here for the way to an exit.",
        "Valeur prévue pour gagner un escalier en étage ou en sous-sol ; appliquée ici à la distance jusqu'à la sortie.",
    ),
)  # fmt: skip
DEAD_END: Final = Citation("Code du travail", "", "R. 4216-11", Confidence.ONE_SOURCE)
HEAD: Final = Citation(
    "ISO 14122-2", "2016", "headroom", Confidence.ONE_SOURCE,
    text(
        "The Code du travail gives no figure for the height; that of walkways to machinery is used.",
        "Le Code du travail ne chiffre pas la hauteur ; celle des voies d'accès aux machines est utilisée.",
    ),
)  # fmt: skip
LAYOUT: Final = Citation("layout", confidence=Confidence.PROJECT)

MAX_LENGTH: Final = 40.0
MAX_DEAD_END: Final = 10.0
HEAD_HEIGHT: Final = 2.1

_TABLE: Final = ((19, 1, 1), (50, 2, 1), (100, 2, 2), (200, 2, 3), (300, 2, 4), (400, 2, 5), (500, 2, 6))
"""R. 4216-8: people up to, ways out due, passage units in all; from 20 to 50 people one of the two ways may be an
accessory one, or there is a single one of two units."""


def exits_due(people: int, /) -> tuple[int, int]:
    """Ways out and passage units in all that so many people ask for."""
    for most, ways, units in _TABLE:
        if people <= most:
            return ways, units
    return 2 + math.ceil((people - 500) / 500), 6 + math.ceil((people - 500) / 100)


def units_each(people: int, exits: int, /) -> int:
    """Passage units that each of the ways out needs where there are so many of them."""
    if people <= 0:
        return 1
    _, units = exits_due(people)
    if 20 <= people <= 50 and exits < 2:
        return 2
    return max(1, math.ceil(units / max(1, exits)))


def width_of(units: int, /) -> float:
    """Free width of a way of so many passage units, metres."""
    return {1: 0.9, 2: 1.4}.get(units, 0.6 * units)
