"""Where people and vehicles go, and what must be got at for maintenance. Plain values in SI units."""

from __future__ import annotations

from dataclasses import dataclass

from immersive.scene.origin import NOWHERE, Origin, Point2, Point3


@dataclass(frozen=True, slots=True)
class Walkway:
    """A strip of floor that people walk on: a centre line with a marked width.

    Attributes:
        path: Two or more points of the centre line on the floor plan, metres.
        width: Marked width, metres.
        floor: Height of the walking surface, metres.
        traffic: ``"one_way"`` or ``"two_way"``.
        users: ``"pedestrians"`` or ``"trucks"``.
        load_width: Widest truck or load, metres, or None.
    """

    id: str
    path: tuple[Point2, ...]
    width: float
    name: str = ""
    floor: float = 0.0
    traffic: str = "one_way"
    users: str = "pedestrians"
    load_width: float | None = None
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Route:
    """A way that someone or something must get along: from a place to a place, with its turning.

    Attributes:
        start, end: On the floor plan, metres.
        via: Places to pass in between.
        user: ``"person"``, ``"trolley"``, ``"wheelchair"``, ``"pallet_truck"`` or ``"other"``.
        width, length, height: Of the vehicle with its load; None: what the kind usually has.
        turning_diameter: Circle in which it turns on the spot, metres; None: from its size.
        floor: Height of the walking surface.
        doors_open: Whether doors stand open.
        passing: Whether another one of its kind must be able to pass.
    """

    id: str
    start: Point2
    end: Point2
    user: str = "person"
    via: tuple[Point2, ...] = ()
    width: float | None = None
    length: float | None = None
    height: float | None = None
    turning_diameter: float | None = None
    floor: float = 0.0
    doors_open: bool = True
    passing: bool = False
    name: str = ""
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """A place that must be got at for setting, cleaning or repair.

    Attributes:
        position: World, metres: where the fingertip, the middle of the fist, the eyes or the trunk must get.
        limb: ``"fingertip"``, ``"hand"``, ``"arm"``, ``"two_arms"``, ``"head"`` or ``"body"``.
        axis: Unit vector out of the surface along the screw's or plug's axis, towards the hand; or None.
        entry: Where the limb comes from (outside the machine), world; None: from any side.
        removed: Selectors of covers and doors that are taken away beforehand.
        tool: ``"none"``, ``"spanner"``, ``"socket_wrench"``, ``"hex_key"`` or ``"screwdriver"``.
        tool_length: From the screw to the far end of the tool, metres (a screwdriver: with its handle).
        tool_width: Of the handle or shank, metres.
        swing: Angle a spanner, wrench or key must turn at a stroke, radians.
        stroke: Length that must be free along the axis to put the tool on and off, metres.
        gloves: Whether gloves are worn.
        floor: Height of the surface the person stands on.
        workstation: Id of the workstation it is reached from; ``""``: from wherever there is room.
    """

    id: str
    position: Point3
    limb: str = "hand"
    axis: Point3 | None = None
    entry: Point3 | None = None
    removed: tuple[str, ...] = ()
    tool: str = "none"
    tool_length: float = 0.0
    tool_width: float = 0.025
    swing: float = 1.0471975511965976
    stroke: float = 0.0
    gloves: bool = False
    floor: float = 0.0
    workstation: str = ""
    name: str = ""
    origin: Origin = NOWHERE
