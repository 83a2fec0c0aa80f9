"""Tables of workstations, what is reached and seen there, and of the people."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.functional_validators import AfterValidator

from immersive.formats.layout.fields import (
    Angle,
    Duration,
    Frequency,
    Id,
    Mass,
    Name,
    Number,
    PeopleSource,
    Percentile,
    Position,
    Selector,
    Size,
    Table,
    not_all_zero,
)
from immersive.formats.layout.quantities import LENGTH


class WorkPoint(Table):
    """A place where a hand has to go."""

    id: Id = Field(description="Unique in its workstation.")
    name: Name = Field("", description="What people call it.")
    position: Position = Field(description="Where it is in the world.")
    hand: Literal["left", "right", "either", "both"] = Field("either", description="Which hand goes there.")
    grasp: Literal["grip", "press", "pinch"] = Field(
        "grip", description="grip: the fist is on the point; press: a fingertip; pinch: the thumb's tip."
    )
    load: Mass = Field(0.0, description="Mass that is handled.")
    frequency: Frequency = Field(0.0, description="How often, a minute.")
    precision: Literal["precision", "light", "heavy"] = Field("light", description="Kind of work.")
    duration: Duration | None = Field(None, description="How long in a shift.")
    approach: Annotated[tuple[Number, Number, Number], AfterValidator(not_all_zero)] | None = Field(
        None, description="Direction in which the hand arrives: x, y, z of any length."
    )
    hold: Duration | None = Field(None, description="Longest time the posture is held still.")
    shock: bool = Field(False, description="Whether the force comes as a shock or builds up rapidly.")
    arm_supported: bool = Field(False, description="Whether the weight of the arm is supported there.")
    coupling: Literal["good", "fair", "poor", "unacceptable"] | None = Field(
        None, description="How well the load can be held."
    )
    to: Id | None = Field(
        None, description="Work point of the same workstation that the load is lifted or lowered to."
    )
    control_at_destination: bool = Field(
        True, description="Whether the load is placed there with care; false: it is let go."
    )
    lift_duration: Duration | None = Field(
        None, description="Continuous lifting work before recovery; not said: the duration."
    )
    tool_length: Annotated[float, LENGTH, Field(ge=0.0, le=3.0)] = Field(
        0.0, description="How far a held tool stands out of the hand; 0: no tool."
    )
    tool_diameter: Annotated[float, LENGTH, Field(gt=0.0, le=1.0)] = Field(0.04, description="Of that tool.")
    tool_axis: Literal["fingers", "thumb", "little_finger"] = Field(
        "thumb",
        description="Where it stands out: in line with the forearm, or out of the fist, on the side of the thumb or of the little finger.",
    )


class Display(Table):
    """What the eyes must see: a screen, a gauge, a lamp.

    Its surface is the rectangle of ``size``; without one the flat face of its parts that is nearest to the
    position; without those, of the part that is nearest.
    """

    id: Id = Field(description="Unique in its workstation.")
    name: Name = Field("", description="What people call it.")
    position: Position = Field(description="Where it is in the world: the middle of what is read.")
    parts: tuple[Selector, ...] = Field((), description="Selectors of the parts it is.")
    size: Annotated[tuple[Size, Size], LENGTH] | None = Field(
        None, description="Width and height of the surface that is read."
    )
    normal: Annotated[tuple[Number, Number, Number], AfterValidator(not_all_zero)] | None = Field(
        None,
        description="Where that surface faces: x, y, z of any length; towards the workstation if absent.",
    )

    NEEDS: ClassVar[dict[str, tuple[str, ...]]] = {"normal": ("size",)}


class Workstation(Table):
    """Where an operator works."""

    id: Id = Field(description="Unique among the workstations.")
    name: Name = Field("", description="What people call it.")
    position: Position = Field(description="On the floor between the feet, or under the seat.")
    heading: Angle = Field(math.pi / 2.0, description="Where the operator faces: 0 is +X, 90° is +Y.")
    posture: Literal["standing", "sitting", "kneeling"] = Field(
        "standing", description="How the operator works."
    )
    seat_height: Annotated[float, LENGTH, Field(gt=0.0, le=2.0)] | None = Field(
        None, description="Of the seat above the floor; needed when sitting."
    )
    footrest_height: Annotated[float, LENGTH, Field(ge=0.0, le=2.0)] = Field(
        0.0, description="Of the footrest above the floor."
    )
    step: Annotated[float, LENGTH, Field(ge=0.0, le=2.0)] = Field(
        0.0, description="How far the feet may move to reach a point."
    )
    work_points: tuple[WorkPoint, ...] = Field((), description="Where the hands must go.")
    displays: tuple[Display, ...] = Field((), description="What the eyes must see.")

    WHEN: ClassVar[dict[tuple[str, str], str]] = {("posture", "sitting"): "seat_height"}


class Population(Table):
    """Whom the cell is for."""

    id: Id = Field(description="Unique among the populations.")
    name: Name = Field("", description="What people call it.")
    source: PeopleSource = Field(
        "ansur2",
        description="`ansur2` (United States Army, 2012), or a CSV file of measured people: a line each, columns "
        "`sex` and `stature_mm`, further dimensions by their ISO 7250-1 names; or the survey's raw file.",
    )
    people: Literal["sampled", "individuals", "percentiles"] | None = Field(
        None,
        description="Among whom shares are counted: a random sample, the measured people of the file, or nobody "
        "(percentiles alone). If absent: the people of the file where there is one, else a sample.",
    )
    smallest: Percentile = Field("F05", description="Smallest user: F or M and a percentile of stature.")
    largest: Percentile = Field("M95", description="Largest user: F or M and a percentile of stature.")
    percentiles: Annotated[tuple[Percentile, ...], Field(max_length=100)] = Field(
        (), description="Further users that are looked at one by one; the medians if empty."
    )
    dimensions: Literal["conditional", "proportional"] = Field(
        "conditional",
        description="The other dimensions at a percentile of stature: the mean of persons of that stature, or the "
        "sex's means scaled with stature.",
    )
    sample_size: Annotated[int, Field(ge=1, le=100_000)] = Field(
        500, description="Persons drawn of each sex for a sample."
    )
    seed: Annotated[int, Field(ge=0, le=999_999)] = Field(1, description="Of the random sample.")
    share_of_women: Annotated[float, Field(ge=0.0, le=1.0)] | None = Field(
        None, description="Of the population, 0 to 1; if absent half, or as many as the file has."
    )
    shoe_height: Annotated[float, LENGTH, Field(ge=0.0, le=0.2)] = Field(
        0.025, description="Added to standing heights."
    )
    clothing: Annotated[float, LENGTH, Field(ge=0.0, le=0.1)] = Field(
        0.0, description="Added around the body, on every side."
    )
    slump: Annotated[float, LENGTH, Field(ge=0.0, le=0.2)] = Field(
        0.0, description="Taken off sitting heights: people do not sit as erect as they were measured."
    )
