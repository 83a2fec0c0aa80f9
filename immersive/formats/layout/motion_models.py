"""Tables of what moves: mechanisms without URDF, and motions."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.functional_validators import AfterValidator

from immersive.formats.layout.fields import (
    Duration,
    Id,
    Name,
    Number,
    Position,
    Selector,
    Table,
    not_all_zero,
)
from immersive.formats.layout.quantities import JOINT, TIME


class MechanismJoint(Table):
    """Something that slides or turns: a drawer, a press ram, a door of a machine."""

    id: Id = Field(description="Unique in its mechanism.")
    kind: Literal["slide", "turn"] = Field(description="Whether it slides along its axis or turns about it.")
    axis: Annotated[tuple[Number, Number, Number], AfterValidator(not_all_zero)] = Field(
        description="Direction of the axis in the world, as the layout shows it: x, y, z of any length. "
        "A turn is counter-clockwise seen against it."
    )
    origin: Position | None = Field(None, description="A point of the axis; needed for a turn.")
    parts: Annotated[tuple[Selector, ...], Field(min_length=1)] = Field(
        description="Selectors of the parts that move."
    )
    parent: Id | None = Field(None, description="Joint that carries it; it stands on the floor if absent.")
    range: Annotated[tuple[Number, Number], JOINT] = Field(
        description="First and last position; 0 is where the layout shows it."
    )

    WHEN: ClassVar[dict[tuple[str, str], str]] = {("kind", "turn"): "origin"}


class Mechanism(Table):
    """A machine that moves and has no URDF. Without a motion of its own, one with a single joint goes from
    the first to the last position of its range.
    """

    id: Id = Field(description="Unique among robots, doors and mechanisms.")
    name: Name = Field("", description="What people call it.")
    joints: Annotated[tuple[MechanismJoint, ...], Field(min_length=1)] = Field(description="What moves.")


class Motion(Table):
    """What a robot, door or mechanism does: joint positions at times, straight lines in joint space in
    between. Joints that are not named stay where the layout shows them.
    """

    id: Id = Field(description="Unique among the motions.")
    name: Name = Field("", description="What people call it.")
    mechanism: Id = Field(description="Id of the robot, door or mechanism.")
    times: Annotated[tuple[Duration, ...], TIME, Field(min_length=2, max_length=100_000)] | None = Field(
        None, description="Ascending times of the positions."
    )
    joints: Annotated[dict[str, tuple[Number, ...]], JOINT] = Field(
        {},
        description="Positions of each joint at those times: `[motions.joints_deg]`, `[motions.joints_mm]`.",
    )
    file: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None,
        description="CSV file instead, a line for each time: column `time_s` and a column for each joint, its name with `_deg`, `_rad`, `_mm` or `_m`.",
    )
    cycle: Id | None = Field(None, description="Motions of one cycle run together on one clock.")

    EXACTLY_ONE: ClassVar[tuple[tuple[str, ...], ...]] = (("times", "file"),)
    NEEDS: ClassVar[dict[str, tuple[str, ...]]] = {"times": ("joints",), "joints": ("times",)}
