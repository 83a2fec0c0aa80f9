"""What a layout says about a cell beyond its shapes. Plain values in SI units.

``formats.layout`` makes these from a TOML file; checks read them. Positions are in the
world frame (metres, Z up), angles in radians; a heading is counter-clockwise from +X.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from immersive.scene.origin import NOWHERE, Origin, Point2, Point3
from immersive.scene.safeguarding import Door, HazardZone, Safeguard
from immersive.scene.triage import Accepted, ExpectedContact
from immersive.scene.ways import AccessPoint, Route, Walkway
from immersive.scene.workplace import Display, MeasuredTable, Population, WorkPoint, Workstation

__all__ = [
    "Accepted",
    "AccessPoint",
    "Display",
    "Door",
    "ExpectedContact",
    "HazardZone",
    "MeasuredTable",
    "Origin",
    "Point2",
    "Point3",
    "Population",
    "Route",
    "Rule",
    "Safeguard",
    "Station",
    "Walkway",
    "WorkPoint",
    "Workstation",
]


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand on the cell: which check, with which parameters.

    ``params`` is as written in the layout (keys may still carry unit suffixes); the check's
    own parameter class validates it, so that a new check needs no edit here.
    """

    id: str
    check: str
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "error"
    standard: str = ""
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Station:
    """All that the layout says beside its parts."""

    workstations: tuple[Workstation, ...] = ()
    walkways: tuple[Walkway, ...] = ()
    doors: tuple[Door, ...] = ()
    hazard_zones: tuple[HazardZone, ...] = ()
    safeguards: tuple[Safeguard, ...] = ()
    populations: tuple[Population, ...] = ()
    rules: tuple[Rule, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    floor: float = 0.0
    routes: tuple[Route, ...] = ()
    access_points: tuple[AccessPoint, ...] = ()
    contacts: tuple[ExpectedContact, ...] = ()
    accepted: tuple[Accepted, ...] = ()
