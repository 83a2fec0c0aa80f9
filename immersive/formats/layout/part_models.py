"""Tables of parts, robots and what is assigned to them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from immersive.formats.layout.fields import (
    Angles,
    Axis,
    Color,
    Count,
    Extent,
    Id,
    Matrix,
    Name,
    Number,
    Position,
    Quaternion,
    RoleName,
    Scale,
    Selector,
    Size,
    Sizes,
    Table,
    Unit,
)
from immersive.formats.layout.quantities import JOINT, LENGTH
from immersive.scene.model import Role


class Placed(Table):
    """Where something stands."""

    position: Position = Field((0.0, 0.0, 0.0), description="Where its origin stands in the world: x, y, z.")
    rotation: Angles | None = Field(
        None, description="Roll, pitch, yaw about the fixed X, Y, Z axes, in that order."
    )
    quaternion: Quaternion | None = Field(None, description="Rotation as w, x, y, z; instead of rotation.")
    matrix: Matrix | None = Field(
        None,
        description="Whole pose as 16 numbers, row by row, in metres; instead of position, rotation and scale.",
    )

    AT_MOST_ONE: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("rotation", "quaternion", "matrix"),
        ("position", "matrix"),
    )


class Part(Placed):
    """A CAD file or a simple solid, placed in the world. A file may hold many parts: their ids begin
    with this id and ``/``.
    """

    id: Id = Field(description="Unique; other tables refer to the part by it.")
    name: Name | None = Field(None, description="What people call it; the file's own name if absent.")
    file: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None,
        description="CAD file, relative to this layout and not outside its folder; "
        "`asset:…` is a file that comes with the program.",
    )
    box: Sizes | None = Field(None, description="A box, centred on its origin: sizes along x, y, z.")
    cylinder: Annotated[tuple[Size, Size], LENGTH] | None = Field(
        None, description="A cylinder along z, centred on its origin: radius, height."
    )
    sphere: Size | None = Field(None, description="A sphere, centred on its origin: radius.")
    node: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="Only this node of the file and what is below it (names joined by `/`)."
    )
    merge: bool = Field(
        False,
        description="Make one part of all meshes of the file, with this entry's id; keeps their colours.",
    )
    unit: Unit | None = Field(
        None,
        description="Length unit of the file, where its format has none. An error if the file says otherwise.",
    )
    up_axis: Axis | None = Field(None, description="Which axis points up in the file, if it does not say.")
    role: RoleName | None = Field(None, description="What it is in the cell. Checks choose parts by role.")
    groups: tuple[Id, ...] = Field((), description="Names of groups it belongs to.")
    moving: bool | None = Field(None, description="True if it moves in operation.")
    scale: Scale = Field(
        1.0, description="Factor on its size, one number or one for each axis; negative mirrors."
    )
    color: Color | None = Field(
        None, description='Colour instead of the file\'s own: "#rrggbb" or "#rrggbbaa".'
    )
    uncertainty: Extent = Field(
        0.0, description="Stated distance between this geometry and the real surface; widens every verdict."
    )
    count: tuple[Count, Count, Count] = Field(
        (1, 1, 1), description="Repeat it along the world's x, y, z; ids end in `[0]`, `[1]` …"
    )
    pitch: Position | None = Field(None, description="Distance between the repeats along x, y, z.")

    EXACTLY_ONE: ClassVar[tuple[tuple[str, ...], ...]] = (("file", "box", "cylinder", "sphere"),)
    AT_MOST_ONE: ClassVar[tuple[tuple[str, ...], ...]] = (*Placed.AT_MOST_ONE, ("scale", "matrix"))
    NEEDS: ClassVar[dict[str, tuple[str, ...]]] = {
        "node": ("file",),
        "unit": ("file",),
        "up_axis": ("file",),
        "merge": ("file",),
        "count": ("pitch",),
        "pitch": ("count",),
    }


class Assign(Table):
    """What some parts are, chosen by selector. Later entries win over earlier ones and over the file."""

    match: Selector | Annotated[tuple[Selector, ...], Field(min_length=1)] = Field(
        description="Selector of parts, or a list of them; `!` in front takes parts away."
    )
    role: RoleName | None = Field(None, description="What they are in the cell.")
    groups: tuple[Id, ...] = Field((), description="Groups they are added to.")
    moving: bool | None = Field(None, description="True if they move in operation.")
    color: Color | None = Field(None, description='Their colour: "#rrggbb" or "#rrggbbaa".')
    uncertainty: Extent | None = Field(None, description="Stated distance to the real surface.")
    exclude: bool = Field(False, description="True leaves them out of the cell; the report says so.")


class Attached(Table):
    """Parts that a link of a robot carries: a gripper, a welding gun."""

    link: Id = Field(description="Name of the link in the robot's file.")
    parts: Annotated[tuple[Selector, ...], Field(min_length=1)] = Field(description="Selectors of the parts.")


class Robot(Placed):
    """A robot from a URDF file. The parts of its mechanism get the role robot, move, and form a group of
    its id. Links that nothing moves (a fence in the same file) stay what they are; where a file holds
    several mechanisms, each is a group: the id, `/`, and its first link.
    """

    id: Id = Field(description="Unique; also the name of its group.")
    name: Name | None = Field(None, description="What people call it.")
    file: Annotated[str, Field(min_length=1, max_length=1000)] = Field(
        description="URDF file, relative to this layout and not outside its folder; `asset:…` comes with the program."
    )
    joints: Annotated[dict[str, Number], JOINT] = Field(
        {}, description="Joint positions. `[robots.joints_deg]` for hinges, `[robots.joints_mm]` for slides."
    )
    attached: tuple[Attached, ...] = Field((), description="Parts of other entries that its links carry.")
    unit: Unit | None = Field(
        None, description="Length unit of mesh files that state none; URDF means metres."
    )
    role: RoleName = Field(Role.ROBOT, description="What the parts of its mechanism are.")
    groups: tuple[Id, ...] = Field((), description="Further groups its parts belong to.")
    moving: bool | None = Field(None, description="True if absent: its parts move, the base too.")
    representation: Literal["visual", "collision"] | None = Field(None, description="Which shapes are used.")
    color: Color | None = Field(None, description='Colour instead of the file\'s own: "#rrggbb".')
    uncertainty: Extent = Field(
        0.0, description="Stated distance between this geometry and the real surface."
    )
