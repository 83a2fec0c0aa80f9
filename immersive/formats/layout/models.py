"""The layout file as pydantic models: one class for each table, one field for each key.

Values are in the units used in memory (metres, radians, seconds, kilograms) when they arrive
here; ``normalise`` has already taken the unit suffixes off the keys. The descriptions are
the layout reference and the editors' schema; keep them for people.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.functional_validators import BeforeValidator

from immersive.formats.layout.fields import Axis, Id, Length, Selector, Table, Unit
from immersive.formats.layout.motion_models import Mechanism, MechanismJoint, Motion
from immersive.formats.layout.part_models import Assign, Attached, Part, Placed, Robot
from immersive.formats.layout.people_models import Display, Population, WorkPoint, Workstation
from immersive.formats.layout.quantities import ANGLE, LENGTH
from immersive.formats.layout.safety_models import Door, HazardZone, Safeguard
from immersive.formats.layout.triage_models import Accepted, ExpectedContact
from immersive.formats.layout.way_models import AccessPoint, Route, Walkway

__all__ = [
    "Accepted",
    "AccessPoint",
    "Assign",
    "Attached",
    "Display",
    "Door",
    "ExpectedContact",
    "HazardZone",
    "Layout",
    "Mechanism",
    "MechanismJoint",
    "Motion",
    "Options",
    "Part",
    "Placed",
    "Population",
    "Robot",
    "Route",
    "Rule",
    "Safeguard",
    "Units",
    "Walkway",
    "WorkPoint",
    "Workstation",
]


def _no_truth(value: object) -> object:
    """``true`` equals 1 in Python, and only there."""
    return "true" if value is True else value


class Units(Table):
    """Defaults for files that do not state their own unit or axis."""

    length: Unit | None = Field(None, description="Length unit of files that state none (STL, OBJ, PLY …).")
    up_axis: Axis | None = Field(
        None, description="Which axis points up in files that do not say; Z if absent."
    )


class Options(Table):
    """How files are read."""

    deflection: Annotated[float, LENGTH, Field(gt=0.0, le=1.0)] | None = Field(
        None, description="Largest distance between the triangles and the true surface of a STEP file."
    )
    angular_deflection: Annotated[float, ANGLE, Field(gt=0.0, le=math.pi)] | None = Field(
        None, description="Largest angle between neighbouring triangles of a STEP file."
    )
    representation: Literal["visual", "collision"] | None = Field(
        None, description="Which shapes are used where a file has both (URDF, SDF, placement.json)."
    )
    floor: Length = Field(0.0, description="Height of the floor in the world.")


class Rule(Table):
    """A demand on the cell: a check with its limits. All further keys are the check's parameters
    (`immersive explain CHECK` lists them).
    """

    model_config = ConfigDict(extra="allow")

    id: Id = Field(description="Unique among the rules; findings carry it.")
    check: str = Field(description="Code of the check.")
    severity: Literal["error", "warning", "info"] = Field("error", description="How much a failure matters.")
    standard: str = Field("", description="Where the demand comes from, for the report.")


class Layout(Table):
    """A whole layout file."""

    schema_version: Annotated[Literal[1], BeforeValidator(_no_truth)] = Field(
        1, alias="schema", description="Version of this vocabulary."
    )
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="Short name of the cell; the file's name if absent."
    )
    title: str = Field("", description="What people call the cell.")
    units: Units = Field(
        default_factory=lambda: Units.model_construct(), description="Defaults for files that state no unit."
    )
    options: Options = Field(
        default_factory=lambda: Options.model_construct(), description="How files are read."
    )
    parts: tuple[Part, ...] = Field((), description="CAD files and simple solids.")
    assign: tuple[Assign, ...] = Field((), description="Roles, groups and colours by selector.")
    groups: dict[Id, Annotated[tuple[Selector, ...], Field(min_length=1)]] = Field(
        {}, description="Named sets of selectors."
    )
    robots: tuple[Robot, ...] = Field((), description="Robots from URDF files.")
    workstations: tuple[Workstation, ...] = Field((), description="Where operators work.")
    walkways: tuple[Walkway, ...] = Field((), description="Where people walk.")
    doors: tuple[Door, ...] = Field((), description="Openings and doors.")
    hazard_zones: tuple[HazardZone, ...] = Field((), description="Where something can hurt.")
    safeguards: tuple[Safeguard, ...] = Field((), description="What protects people.")
    routes: tuple[Route, ...] = Field((), description="Ways that must be passable.")
    access_points: tuple[AccessPoint, ...] = Field((), description="What must be got at for maintenance.")
    mechanisms: tuple[Mechanism, ...] = Field((), description="Machines that move and have no URDF.")
    motions: tuple[Motion, ...] = Field((), description="What robots, doors and mechanisms do.")
    populations: tuple[Population, ...] = Field((), description="Whom the cell is for.")
    rules: tuple[Rule, ...] = Field((), description="What is demanded.")
    contacts: tuple[ExpectedContact, ...] = Field((), description="Contacts that are meant.")
    accepted: tuple[Accepted, ...] = Field((), description="Findings that are accepted.")
