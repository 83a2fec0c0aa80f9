"""The layout file as pydantic models: one class for each table, one field for each key.

Values are in the units used in memory (metres, radians, seconds, kilograms) when they arrive
here; ``normalise`` has already taken the unit suffixes off the keys. The descriptions are
the layout reference and the editors' schema; keep them for people.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field
from pydantic.functional_validators import AfterValidator

from immersive.formats.layout.fields import (
    Angle,
    Angles,
    Axis,
    Color,
    Count,
    Duration,
    Extent,
    Frequency,
    Id,
    Length,
    Mass,
    Matrix,
    Name,
    Number,
    PeopleSource,
    Percentile,
    PlanPoint,
    Position,
    Quaternion,
    RoleName,
    Scale,
    Segment,
    Selector,
    Size,
    Sizes,
    Table,
    Unit,
    not_all_zero,
)
from immersive.formats.layout.quantities import ANGLE, JOINT, LENGTH
from immersive.scene.model import Role


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


class Door(Table):
    """An opening for people, or a door in a fence."""

    id: Id = Field(description="Unique among the doors.")
    name: Name = Field("", description="What people call it.")
    position: Position = Field(description="Middle of the threshold.")
    width: Annotated[float, LENGTH, Field(gt=0.0, le=100.0)] = Field(description="Free width.")
    height: Annotated[float, LENGTH, Field(gt=0.0, le=100.0)] = Field(description="Free height.")
    heading: Angle = Field(0.0, description="Direction in which one walks through it.")
    kind: Literal["hinged", "sliding", "lifting", "opening"] = Field("hinged", description="How it opens.")
    parts: tuple[Selector, ...] = Field((), description="Selectors of the parts that move with it.")
    interlocked: bool = Field(False, description="True if opening it stops the machine.")
    stopping_time: Duration | None = Field(None, description="From opening to standstill.")


class HazardZone(Table):
    """A region in which something can hurt: some parts, or a box."""

    id: Id = Field(description="Unique among the hazard zones.")
    name: Name = Field("", description="What people call it.")
    select: Annotated[tuple[Selector, ...], Field(min_length=1)] | None = Field(
        None, description="Selectors of the parts that make the hazard."
    )
    box: Segment | None = Field(None, description="Two opposite corners in the world.")
    risk: Literal["low", "medium", "high"] = Field("high", description="How bad it is.")

    EXACTLY_ONE: ClassVar[tuple[tuple[str, ...], ...]] = (("select", "box"),)


class Safeguard(Table):
    """A light curtain, scanner, two-hand control, mat or fixed guard."""

    id: Id = Field(description="Unique among the safeguards.")
    name: Name = Field("", description="What people call it.")
    kind: Literal["light_curtain", "scanner", "two_hand_control", "mat", "fence", "interlocked_door"] = Field(
        description="What it is."
    )
    segment: Segment | None = Field(None, description="The two ends of the lower edge of the sensing field.")
    height: Extent = Field(0.0, description="Of the sensing field above that edge.")
    resolution: Extent | None = Field(None, description="Detection capability d.")
    response_time: Duration | None = Field(None, description="Of the device.")
    stopping_time: Duration | None = Field(None, description="Of the machine.")
    protects: tuple[Id, ...] = Field((), description="Ids of hazard zones.")
    parts: tuple[Selector, ...] = Field((), description="Selectors of the parts it is made of.")


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

    schema_version: Literal[1] = Field(1, alias="schema", description="Version of this vocabulary.")
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
    populations: tuple[Population, ...] = Field((), description="Whom the cell is for.")
    rules: tuple[Rule, ...] = Field((), description="What is demanded.")
