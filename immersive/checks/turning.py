"""Turning and passing: whether people and vehicles get from A to B, and where two of them can pass.

What
    For every route of the layout: does its user (a person, a trolley, a wheelchair, a pallet truck) get from
    start to end through the places in between, past everything that stands there and turning where it must?
    Gives the way, its narrowest place and the parts that make it, or where it gets stuck and what is missing.

Why
    A corridor that is wide enough on the plan is no use where the corner is too tight for the pallet truck or a
    door leaf stands in it. Walkway rules give widths; whether something of a certain length gets round is
    geometry.

Method
    Everything between the ground and the user's height is cut out of the meshes and laid on the floor plan,
    triangle by triangle. A person is a disc as broad as the shoulders of the population's largest user,
    clothing included; clearances are exact on a lattice, and each step of a way is measured. That no way exists
    is proven by exact gaps: the widest way is found, its narrowest gap measured, and if the disc is broader, the gap
    is closed and the next widest looked for, until none is left. A vehicle is a rectangle on x, y and heading. It
    runs along its heading forwards and backwards and turns on the spot in the circle the layout gives (about a pivot
    off its middle where that circle is larger than its diagonal); what each run and each turn sweeps is held
    against the obstacles exactly. That none exists is proven by the disc inside the vehicle, or by a smaller vehicle
    that may even slide sideways, smaller by all that the lattice cannot tell. What is neither found nor ruled out is
    indeterminate. Two can pass where a rectangle of their length and twice their width is free beside the way
    (looked at every 100 mm). Hints are computed: the search is made again without the part in question, or with
    the doors open.

Limits
    Level floors; ramps and stairs are obstacles. Parts lower than 100 mm are stepped over on foot, lower than
    20 mm rolled over, wherever they are. Doors stand as the route says (open or as drawn), everything else that moves
    as drawn. Vehicles turn on the spot and go straight: a curve driven at speed needs more room. Whoever pushes
    or pulls is not added to the length. A person's sway and comfort are not added: state a margin. Sizes of vehicles
    that the layout does not give are usual ones. Where the layout has no floor part the floor is taken to reach
    1.5 m beyond the parts.

References
    Body: ANSUR II (NATICK/TR-15/007). Wheelchair: arrêté du 1er août 2006, annexes 1 and 2 (0.75 m × 1.25 m).
    Method of the vehicle: Latombe, Robot Motion Planning, 1991 (cell decomposition, swept volumes on a lattice).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Check, Context, param
from immersive.checks._coverage import uncovered
from immersive.checks._tasks import rule_error
from immersive.checks._turning_user import LAYOUT, PEOPLE, USUAL, WHEELCHAIR, User, user_of
from immersive.errors import choices, suggestion
from immersive.findings import Evaluation, Finding, Skipped, Text, Verdict, text
from immersive.scene.model import Scene
from immersive.scene.queries import select, unmatched
from immersive.scene.station import Route

if TYPE_CHECKING:
    from immersive.checks._floor import Floor
    from immersive.checks._turning_search import Outcome

FloatArray = NDArray[np.float64]

NAME = {"en": "Turning and passing", "fr": "Giration et croisement"}


@dataclass(frozen=True)
class Params:
    """Parameters of a rule."""

    routes: tuple[str, ...] = param((), doc="Ids of the routes; empty: all.")
    population: str = param(
        "", doc="Id of the layout's population; empty: its first one, else the ANSUR II sample, F05 to M95."
    )
    margin: float = param(0.0, kind="length", doc="Free space to keep on either side.", minimum=0.0)
    sideways: bool = param(False, doc="Whether a person may side-step through.")
    passing_every: float = param(
        10.0,
        kind="length",
        doc="Longest stretch without a place to pass, on routes that ask for passing.",
        minimum=0.0,
    )
    ignore: tuple[str, ...] = param((), doc="Selectors of parts that do not count.")


ASSUMPTIONS: tuple[Text, ...] = (
    text(
        "Vehicles go straight and turn on the spot, slowly; whoever pushes them is not added to their length.",
        "Les véhicules roulent droit et tournent sur place, lentement ; la personne qui pousse n'est pas ajoutée à la longueur.",
    ),
    text(
        "The floor is level; ramps and stairs read as obstacles. All that moves but doors stands as in the layout.",
        "Le sol est plan ; rampes et escaliers sont vus comme des obstacles. Hormis les portes, tout mobile est pris tel que dessiné.",
    ),
)
UNKNOWN_FLOOR = text(
    "The layout has no floor part: the floor is taken to reach 1.5 m beyond the parts.",
    "Aucun sol dans le fichier de cellule : il est supposé dépasser les pièces de 1,5 m.",
)


def _applies(scene: Scene) -> bool:
    return scene.station is not None and bool(scene.station.routes)


def _chosen(context: Context, wanted: Iterable[str]) -> tuple[Route, ...]:
    known = {route.id: route for route in context.station.routes}
    names = tuple(wanted)
    for name in names:
        if name not in known:
            raise rule_error(
                context,
                "routes",
                f"unknown route {name!r}{suggestion(name, known)}; the layout has {choices(known)}",
            )
    return tuple(known[name] for name in names) if names else context.station.routes


def evaluate(context: Context, params: Params) -> Evaluation:
    """Each route asked for."""
    routes = _chosen(context, params.routes)
    skipped = uncovered(context, "routes", (route.id for route in context.station.routes))
    ignored = {part.id for part in select(context.scene, params.ignore)} if params.ignore else set()
    left_out = text("left out by the rule (ignore)", "écarté par la règle (ignore)")
    skipped += [Skipped(id_, left_out) for id_ in sorted(ignored)]
    skipped += [
        Skipped(word, text("matches no part", "ne correspond à aucune pièce"))
        for word in unmatched(context.scene, params.ignore)
    ]
    parts = sum(part.bounds is not None and part.id not in ignored for part in context.scene)
    examined = {"routes": 0, "parts": parts}
    findings: list[Finding] = []
    told: dict[str, Text] = {line["en"]: line for line in ASSUMPTIONS}
    if not routes:
        findings.append(_refused(context, None, text(
            "The layout has no route to examine", "Le fichier de cellule ne contient aucun itinéraire"
        )))  # fmt: skip
    for number, route in enumerate(routes):
        if not parts:
            findings.append(_refused(context, route, text(
                "Route {id} was not examined: the scene has no parts",
                "L'itinéraire {id} n'a pas été examiné : la scène ne contient aucune pièce", id=route.id,
            )))  # fmt: skip
            continue
        user = user_of(context, route, population=params.population, margin=params.margin)
        if not (user.width > 0.0 and user.length > 0.0):
            findings.append(_refused(context, route, text(
                "Route {id} was not examined: the width of its vehicle is not given (width)",
                "L'itinéraire {id} n'a pas été examiné : la largeur du véhicule n'est pas indiquée (width)",
                id=route.id,
            )))  # fmt: skip
            continue
        off = _off_the_floor(context, route)
        if off is not None:
            findings.append(_refused(context, route, off))
            continue
        made, floor = _one(context, params, route, user, frozenset(ignored))
        findings += made
        examined["routes"] += 1
        known = {s.subject for s in skipped}
        skipped += [_stepped(part.id, height, user) for part, height in floor.stepped if part.id not in known]
        if not floor.known:
            told[UNKNOWN_FLOOR["en"]] = UNKNOWN_FLOOR
        context.progress((number + 1) / len(routes))
    return Evaluation(tuple(findings), examined, tuple(skipped), tuple(told.values()))


def _off_the_floor(context: Context, route: Route) -> Text | None:
    """Why a route is not examined that has a place far off the floor the layout draws: most likely a typing error."""
    from immersive.checks._floor import OUTSIDE, floor_corners
    from immersive.units import mm

    corners = floor_corners(context, route.floor)
    if corners is None:
        return None
    for x, y in (route.start, *route.via, route.end):
        beyond = float(np.maximum(corners[0] - (x, y), np.array((x, y)) - corners[1]).max())
        if beyond > OUTSIDE:
            return text(
                "Route {id} was not examined: its place ({x}, {y}) lies {far} beyond the floor",
                "L'itinéraire {id} n'a pas été examiné : son point ({x} ; {y}) est à {far} au-delà du sol",
                id=route.id, x=mm(x), y=mm(y), far=mm(beyond),
            )  # fmt: skip
    return None


def _stepped(id_: str, height: float, user: User) -> Skipped:
    from immersive.units import mm

    return Skipped(
        id_,
        text(
            "lies {h} high on the floor: {over}", "posé au sol, haut de {h} : {over}", h=mm(height),
            over=text("stepped over", "enjambé") if user.on_foot else text("rolled over", "franchi par les roues"),
        ),
    )  # fmt: skip


def _one(
    context: Context, params: Params, route: Route, user: User, ignored: frozenset[str]
) -> tuple[list[Finding], Floor]:
    from immersive.checks._floor import crossed, floor_of, openable
    from immersive.checks._turning_search import search
    from immersive.checks._turning_told import Told

    doors = context.station.doors
    leaves = frozenset(openable(context.scene))

    def floor_with(opened: frozenset[str]) -> Floor:
        return floor_of(
            context, level=route.floor, height=user.height, over=user.over, opened=opened, ignored=ignored
        )

    points = np.array([route.start, *route.via, route.end], np.float64)
    floor = floor_with(leaves if route.doors_open else frozenset())
    outcome = search(floor, user, points, sideways=params.sideways)
    hint: Text = {}
    if outcome.verdict is not True:
        hint = _hint(floor, user, points, outcome, params)
        if leaves and not route.doors_open:
            wide = search(floor_with(leaves), user, points, sideways=params.sideways)
            through = crossed(doors, wide.way) if wide.verdict else ()
            if wide.verdict:
                names = ", ".join(door.id for door in through) or ", ".join(sorted(leaves))
                hint = text(
                    "With {doors} open it gets through.", "Avec {doors} en position ouverte, le passage est libre.",
                    doors=names,
                )  # fmt: skip
    through = crossed(doors, outcome.way) if outcome.verdict and len(outcome.way) > 1 else ()
    told = Told(context, route, user, floor, outcome, through if route.doors_open else ())
    found = [told.way(hint)]
    if route.passing:
        if outcome.verdict is True:
            free, places = _passing(floor, user, outcome)
            found.append(told.passing(free, places, params.passing_every))
        else:
            found.append(_refused(context, route, text(
                "Passing on route {id} was not judged: no way along it is proven free.",
                "Le croisement sur l'itinéraire {id} n'a pas été jugé : aucun passage libre n'y est établi.",
                id=route.id,
            ), code="turning.passing", key="passing"))  # fmt: skip
    return found, floor


def _hint(floor: Floor, user: User, points: FloatArray, outcome: Outcome, params: Params) -> Text:
    """Which single part, taken away, would do; else by how much the gap has to grow."""
    from immersive.checks._turning_search import search
    from immersive.units import mm

    for owner in [k for k in outcome.owners if k >= 0][:3]:
        if search(floor.without([owner]), user, points, sideways=params.sideways, prove=False).verdict:
            return text(
                "Without {part} it gets through.",
                "Sans {part}, le passage est libre.",
                part=floor.name(owner),
            )
    if outcome.kind == "narrow" and outcome.gap is not None:
        return text(
            "At least this gap must grow by {miss}.", "Cet intervalle au moins doit gagner {miss}.",
            miss=mm(outcome.limit - outcome.measured),
        )  # fmt: skip
    return {}


def _passing(floor: Floor, user: User, outcome: Outcome) -> tuple[NDArray[np.bool_], FloatArray]:
    """(N,) whether two fit abreast at (N, 2) places of the way."""
    from immersive.checks._turning_told import resampled
    from immersive.geometry.tolerance import TOUCH

    points = resampled(outcome.way)
    along = np.gradient(points, axis=0)
    length = np.linalg.norm(along, axis=1)
    along = along / np.where(length > 0.0, length, 1.0)[:, None]
    left = np.stack([-along[:, 1], along[:, 0]], axis=1)
    # The one who stays on the way, and the other beside: anywhere from wholly left to wholly right.
    offsets = np.linspace(-1.0, 1.0, 17) * 0.5 * user.width
    middle = points[:, None] + offsets[:, None] * left[:, None]
    half, side = 0.5 * user.length - TOUCH, user.width - TOUCH
    corners = [(-half, -side), (half, -side), (half, side), (-half, side)]
    shapes = np.stack([middle + a * along[:, None] + b * left[:, None] for a, b in corners], axis=2)
    free = floor.index.free(shapes.reshape(-1, 4, 2)).reshape(len(points), -1)
    return np.asarray(free.any(axis=1)), np.asarray(points)


def _refused(
    context: Context, route: Route | None, message: Text, *, code: str = "turning.way", key: str = "way"
) -> Finding:
    return replace(
        Finding(
            code, context.rule.id, (route.id,) if route else (), Verdict.NOT_EVALUATED, context.severity, message,
            citation=LAYOUT,
        ),
        key=key,
    )  # fmt: skip


CHECK = Check(
    code="turning",
    name=NAME,
    params=Params,
    standards=(PEOPLE, WHEELCHAIR, USUAL, LAYOUT),
    evaluate=evaluate,
    applies=_applies,
    doc=__doc__ or "",
)
