"""Rooms for the tests of ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from immersive.checks._base import Check, Context, bind
from immersive.findings import Evaluation, Finding
from immersive.scene.model import Part, Role, Scene
from immersive.scene.motion import Mechanism
from immersive.scene.station import Door, Route, Rule, Station, Workstation
from tests.checks.walkway_scenes import box

LOWER, UPPER = (-1.0, -3.0), (7.0, 3.0)


def room() -> Part:
    """A floor of 8 m × 6 m."""
    return box("floor", (*LOWER, -0.1), (*UPPER, 0.0), role=Role.FLOOR)


def walls(gap: float, *, middle: float = 0.0) -> list[Part]:
    """Two walls across the room that leave a gap, 0.5 m thick."""
    return [
        box("left", (2, middle + gap / 2, 0), (2.5, 3.5, 2.5)),
        box("right", (2, -3.5, 0), (2.5, middle - gap / 2, 2.5)),
    ]


def corner(width: float) -> list[Part]:
    """A corridor along x that turns to +y at x = 4."""
    half = width / 2
    return [
        box("south", (-1, -3, 0), (7, -half, 2.5)),
        box("inner", (-1, half, 0), (4 - half, 3, 2.5)),
        box("outer", (4 + half, -3, 0), (7, 3, 2.5)),
    ]


def route(**more: Any) -> Route:
    return Route("r", more.pop("start", (0.5, 0.3)), more.pop("end", (5.0, 0.2)), **more)


def evaluate(
    check: Check,
    parts: Sequence[Part],
    *,
    routes: Sequence[Route] = (),
    doors: Sequence[Door] = (),
    stations: Sequence[tuple[float, float]] = (),
    mechanisms: Sequence[Mechanism] = (),
    notices: Any = (),
    **params: Any,
) -> Evaluation:
    places = tuple(
        Workstation(f"s{k}" if k else "s", (float(x), float(y), 0.0)) for k, (x, y) in enumerate(stations)
    )
    station = Station(routes=tuple(routes), doors=tuple(doors), workstations=places)
    scene = Scene(
        "t", (*parts, room()) if parts else (), station=station, notices=notices, mechanisms=tuple(mechanisms)
    )  # fmt: skip
    rule = Rule("r", check.code, params)
    return check.evaluate(Context(scene, rule), bind(check, rule))


def by_code(found: Evaluation) -> dict[str, Finding]:
    made: dict[str, Finding] = {}
    for finding in found.findings:
        made.setdefault(finding.code.partition(".")[2], finding)
    return made
