"""Tables of walkways, routes and places of maintenance."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.functional_validators import AfterValidator

from immersive.formats.layout.fields import (
    Extent,
    Id,
    Length,
    Name,
    Number,
    PlanPoint,
    Position,
    Selector,
    Size,
    Table,
    not_all_zero,
)
from immersive.formats.layout.quantities import ANGLE, LENGTH


class Walkway(Table):
    """A strip of floor that people walk on."""

    id: Id = Field(description="Unique among the walkways.")
    name: Name = Field("", description="What people call it.")
    path: Annotated[tuple[PlanPoint, ...], LENGTH, Field(min_length=2, max_length=10_000)] = Field(
        description="Centre line on the floor plan: two or more points x, y."
    )
    width: Annotated[float, LENGTH, Field(gt=0.0, le=100.0)] = Field(description="Marked width.")
    floor: Length | None = Field(None, description="Height of the walking surface; the floor's if absent.")
    traffic: Literal["one_way", "two_way"] = Field("one_way", description="Whether people meet on it.")
    users: Literal["pedestrians", "trucks"] = Field("pedestrians", description="Who uses it.")
    load_width: Size | None = Field(None, description="Widest load or truck on it.")


class Route(Table):
    """A way that a person or a vehicle must get along, with its turning."""

    id: Id = Field(description="Unique among the routes.")
    name: Name = Field("", description="What people call it.")
    start: Annotated[PlanPoint, LENGTH] = Field(description="Where it begins on the floor plan: x, y.")
    end: Annotated[PlanPoint, LENGTH] = Field(description="Where it ends.")
    via: Annotated[tuple[PlanPoint, ...], LENGTH, Field(max_length=100)] = Field(
        (), description="Places to pass in between."
    )
    user: Literal["person", "trolley", "wheelchair", "pallet_truck", "other"] = Field(
        "person", description="Who or what goes along."
    )
    width: Size | None = Field(
        None, description="Of the vehicle with its load; usual for its kind if absent."
    )
    length: Size | None = Field(None, description="Of the vehicle with its load.")
    height: Size | None = Field(None, description="Of the vehicle with its load, or of the person.")
    turning_diameter: Size | None = Field(
        None, description="Circle in which it turns on the spot; from its width and length if absent."
    )
    floor: Length | None = Field(None, description="Height of the surface; the floor's if absent.")
    doors_open: bool = Field(True, description="Whether doors stand open.")
    passing: bool = Field(False, description="Whether another one of its kind must be able to pass.")

    WHEN: ClassVar[dict[tuple[str, str], str]] = {("user", "other"): "width"}


class AccessPoint(Table):
    """A place that must be got at for setting, cleaning or repair."""

    id: Id = Field(description="Unique among the access points.")
    name: Name = Field("", description="What people call it.")
    position: Position = Field(
        description="Where the fingertip, the middle of the fist, the eyes or the trunk must get."
    )
    limb: Literal["fingertip", "hand", "arm", "two_arms", "head", "body"] = Field(
        "hand", description="What must get there."
    )
    axis: Annotated[tuple[Number, Number, Number], AfterValidator(not_all_zero)] | None = Field(
        None,
        description="Out of the surface along the screw or plug, towards the hand: x, y, z of any length.",
    )
    entry: Position | None = Field(
        None, description="Where the limb comes from, outside; from any side if absent."
    )
    removed: tuple[Selector, ...] = Field(
        (), description="Selectors of covers that are taken away beforehand."
    )
    tool: Literal["none", "spanner", "socket_wrench", "hex_key", "screwdriver"] = Field(
        "none", description="What is used there; needs the axis."
    )
    tool_length: Annotated[float, LENGTH, Field(ge=0.0, le=3.0)] = Field(
        0.0, description="From the screw to the far end of the tool."
    )
    tool_width: Annotated[float, LENGTH, Field(gt=0.0, le=1.0)] = Field(
        0.025, description="Of handle or shank."
    )
    swing: Annotated[float, ANGLE, Field(gt=0.0, le=2.0 * math.pi)] = Field(
        math.pi / 3.0,
        description="Angle that it must turn at a stroke; a hexagon needs 60° (30° with a turned spanner).",
    )
    stroke: Extent = Field(0.0, description="Length free along the axis to put the tool on and off.")
    gloves: bool = Field(False, description="Whether gloves are worn.")
    floor: Length | None = Field(
        None, description="Height of the surface one stands on; the floor's if absent."
    )
    workstation: Id | None = Field(None, description="Workstation it is reached from; anywhere if absent.")
