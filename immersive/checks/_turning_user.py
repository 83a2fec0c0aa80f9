"""Who goes along a route: a person of the population, or a vehicle, with its sizes and where they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from immersive.checks._base import Context
from immersive.checks._tasks import population_of
from immersive.errors import LayoutError, UsageError
from immersive.findings import Citation, Confidence, Text, text
from immersive.human.anthropometry import Body, dimension, parse_body
from immersive.scene.station import Population, Route

PEOPLE: Final = Citation(
    "ANSUR II",
    "2012",
    "NATICK/TR-15/007",
    Confidence.TWO_SOURCES,
    text(
        "Breadth and depth of the body of the largest user; whether there is room enough to be comfortable is not said.",
        "Largeur et épaisseur du corps du plus grand utilisateur ; il n'est pas dit que la place suffit au confort.",
    ),
)
LAYOUT: Final = Citation("layout", confidence=Confidence.PROJECT)
WHEELCHAIR: Final = Citation(
    "Arrêté du 1er août 2006 (accessibilité)",
    "2006",
    "annexes 1 & 2",
    Confidence.ONE_SOURCE,
    text(
        "Occupied wheelchair 0.75 m × 1.25 m; the 1.50 m circle it turns in is from memory.",
        "Fauteuil roulant occupé de 0,75 m × 1,25 m ; l'aire de rotation de 1,50 m est donnée de mémoire.",
    ),
)
USUAL: Final = Citation(
    "usual size",
    confidence=Confidence.MEMORY,
    note=text(
        "Not from a standard: state width, length and turning_diameter of the route's own vehicle.",
        "Valeur usuelle, sans norme : indiquer width, length et turning_diameter du véhicule de l'itinéraire.",
    ),
)

KINDS: Final[dict[str, Text]] = {
    "person": text("a person", "une personne"),
    "trolley": text("the trolley", "le chariot à pousser"),
    "wheelchair": text("the wheelchair", "le fauteuil roulant"),
    "pallet_truck": text("the pallet truck", "le transpalette"),
    "other": text("the vehicle", "le véhicule"),
}

_SIZES: Final = {
    # width, length, turning circle, height; metres
    "trolley": (0.6, 1.0, None, 1.1),
    "wheelchair": (0.75, 1.25, 1.5, 1.4),
    "pallet_truck": (0.8, 1.6, 2.6, 1.3),
}
"""Where the layout says nothing: see :data:`WHEELCHAIR` and :data:`USUAL`; the pallet truck carries a pallet of
0.8 m × 1.2 m and turns about its fork rollers."""

OVER_ON_FOOT: Final = 0.1
"""Metres: what is lower is stepped over, as on walkways."""
OVER_ON_WHEELS: Final = 0.02
"""Metres: what is lower is rolled over (an accessible way has no edge above 20 mm; from memory)."""


@dataclass(frozen=True, slots=True)
class User:
    """Sizes in metres, margins included.

    Attributes:
        kind: As the route says.
        width: Across the direction of travel.
        length: Along it; of a person the depth of the body.
        height: What must be free above.
        turning: Diameter of the circle it turns in on the spot, None: its own diagonal.
        over: What is lower is stepped or rolled over.
        source: Where the sizes come from.
        words: Who it is.
    """

    kind: str
    width: float
    length: float
    height: float
    turning: float | None
    over: float
    source: Citation
    words: Text = field(default_factory=dict)

    @property
    def on_foot(self) -> bool:
        return self.kind == "person"


def body_size(context: Context, population: Population, /) -> tuple[float, float, float]:
    """Breadth, depth and height with shoes and clothing of the population's largest user, metres.

    Each is the population's upper percentile of that dimension itself: nobody is that large in all of them.

    Raises:
        LayoutError: The population's percentile cannot be read.
    """
    try:
        body = parse_body(population.largest)
    except UsageError as error:
        raise LayoutError(
            population.origin.file or "populations", str(error), place=population.origin.key
        ) from error

    def size(name: str) -> float:
        table = population.table
        if table is not None and name in table.dimensions:
            values = table.dimensions[name]
            known = values[np.isfinite(values)]
            if len(known):
                return float(np.percentile(known, body.percentile))
        # A small woman may be named as the largest user; a man of the same rank is no smaller.
        return dimension(name, Body(body.sex, body.percentile)).value

    more = 2.0 * population.clothing
    breadth = size("shoulder (bideltoid) breadth") + more
    depth = size("abdominal depth, sitting") + more
    return breadth, depth, size("stature") + population.shoe_height + population.clothing


def user_of(context: Context, route: Route, /, *, population: str, margin: float) -> User:
    """Who goes along a route. ``margin`` is free space kept on either side, metres."""
    people = population_of(context, population)
    breadth, depth, stature = body_size(context, people)
    more = 2.0 * margin
    if route.user == "person":
        wide = route.width or breadth
        said = route.width is not None
        return User(
            "person",
            wide + more,
            min(depth if route.length is None else route.length, wide) + more,
            route.height or stature,
            None,
            OVER_ON_FOOT,
            LAYOUT if said else PEOPLE,
            text(
                "a person {w} broad ({who})", "une personne large de {w} ({who})",
                w=_mm(wide), who="width" if said else people.largest,
            ),
        )  # fmt: skip
    usual = _SIZES.get(route.user, (route.width or 0.0, route.width or 0.0, None, 0.0))
    width = route.width or usual[0]
    length = route.length or usual[1]
    turning = route.turning_diameter or (usual[2] if route.width is None and route.length is None else None)
    own = route.width is not None and (route.length is not None or route.user == "other")
    # Somebody walks with everything but the wheelchair.
    height = route.height or (usual[3] if route.user == "wheelchair" else max(usual[3], stature))
    source = LAYOUT if own else WHEELCHAIR if route.user == "wheelchair" else USUAL
    return User(
        route.user, width + more, length + more, height, None if turning is None else turning + more,
        OVER_ON_WHEELS, source,
        text("{kind} ({w} × {l})", "{kind} ({w} × {l})", kind=KINDS[route.user], w=_mm(width), l=_mm(length)),
    )  # fmt: skip


def _mm(value: float) -> object:
    from immersive.units import mm

    return mm(value)
