"""Tables of doors, hazard zones and safeguards."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from immersive.formats.layout.fields import (
    Angle,
    Duration,
    Extent,
    Id,
    Name,
    PlanPoint,
    Position,
    Segment,
    Selector,
    Size,
    Table,
)
from immersive.formats.layout.quantities import ANGLE, LENGTH


class Door(Table):
    """An opening for people, or a door in a fence. Left and right, forward and backward are seen by one who
    walks through it in the direction of its heading.
    """

    id: Id = Field(description="Unique among the doors.")
    name: Name = Field("", description="What people call it.")
    position: Position = Field(description="Middle of the threshold.")
    width: Annotated[float, LENGTH, Field(gt=0.0, le=100.0)] = Field(description="Free width.")
    height: Annotated[float, LENGTH, Field(gt=0.0, le=100.0)] = Field(description="Free height.")
    heading: Angle = Field(0.0, description="Direction in which one walks through it.")
    kind: Literal["hinged", "sliding", "lifting", "opening"] = Field("hinged", description="How it opens.")
    hinge: Literal["left", "right"] = Field(
        "left", description="Edge that a hinged leaf turns about, or side that a sliding one goes to."
    )
    opens: Literal["forward", "backward"] = Field("forward", description="Where a hinged leaf swings to.")
    opening_angle: Annotated[float, ANGLE, Field(gt=0.0, le=math.pi)] = Field(
        math.pi / 2.0, description="How far a hinged leaf opens."
    )
    travel: Size | None = Field(
        None, description="How far a sliding or lifting leaf goes; its width or height if absent."
    )
    parts: tuple[Selector, ...] = Field((), description="Selectors of the parts that move with it.")
    exit: bool = Field(False, description="True if it leads out of danger: escape routes end there.")
    interlocked: bool = Field(False, description="True if opening it stops the machine.")
    guard_locking: bool = Field(False, description="True if it stays locked until the machine stands still.")
    stopping_time: Duration | None = Field(None, description="From opening to standstill.")


class HazardZone(Table):
    """A region in which something can hurt: some parts, a box, or what a motion sweeps."""

    id: Id = Field(description="Unique among the hazard zones.")
    name: Name = Field("", description="What people call it.")
    select: Annotated[tuple[Selector, ...], Field(min_length=1)] | None = Field(
        None, description="Selectors of the parts that make the hazard."
    )
    box: Segment | None = Field(None, description="Two opposite corners in the world.")
    motion: Id | None = Field(
        None,
        description="Motion or cycle whose moving parts are the hazard, wherever they get; with select: those parts of it.",
    )
    risk: Literal["low", "medium", "high"] = Field("high", description="How bad it is.")

    AT_LEAST_ONE: ClassVar[tuple[tuple[str, ...], ...]] = (("select", "box", "motion"),)
    AT_MOST_ONE: ClassVar[tuple[tuple[str, ...], ...]] = (("select", "box"), ("box", "motion"))


class Safeguard(Table):
    """A light curtain, beams, scanner, mat, two-hand control, interlocked door or fixed guard."""

    id: Id = Field(description="Unique among the safeguards.")
    name: Name = Field("", description="What people call it.")
    kind: Literal[
        "light_curtain", "light_beams", "scanner", "mat", "two_hand_control", "interlocked_door", "fence"
    ] = Field(description="What it is.")
    segment: Segment | None = Field(None, description="The two ends of the lower edge of the sensing field.")
    height: Extent = Field(0.0, description="Of the sensing field above that edge.")
    beams: Annotated[tuple[Extent, ...], LENGTH, Field(max_length=20)] = Field(
        (), description="Heights of separate beams above the floor."
    )
    field: Annotated[tuple[PlanPoint, ...], LENGTH, Field(max_length=1000)] = Field(
        (), description="Corners of the detection field of a scanner or mat on the floor plan."
    )
    field_height: Extent = Field(0.0, description="Of a scanner's plane or of a mat above the floor.")
    position: Position | None = Field(
        None, description="Middle of the actuators of a two-hand control; its parts if absent."
    )
    shrouded: bool = Field(
        False,
        description="True if shrouds keep a two-hand control from being worked with less than two hands.",
    )
    door: Id | None = Field(None, description="The door that an interlocked door is; its parts if absent.")
    guard_locking: bool = Field(
        False, description="True if the door stays locked until the machine stands still."
    )
    resolution: Extent | None = Field(None, description="Detection capability d.")
    response_time: Duration | None = Field(None, description="Of the device.")
    stopping_time: Duration | None = Field(None, description="Of the machine.")
    supplement: Extent = Field(0.0, description="Additional distance Z for measurement, wear and brake.")
    protects: tuple[Id, ...] = Field((), description="Ids of hazard zones.")
    parts: tuple[Selector, ...] = Field((), description="Selectors of the parts it is made of.")
