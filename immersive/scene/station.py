"""What a layout says about a cell beyond its shapes. Plain values in SI units.

``formats.layout`` makes these from a TOML file; checks read them. Positions are in the
world frame (metres, Z up), angles in radians; a heading is counter-clockwise from +X.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Point2 = tuple[float, float]
Point3 = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in the layout file something was written: for messages."""

    file: str = ""
    key: str = ""
    line: int | None = None

    def __str__(self) -> str:
        line = "" if self.line is None else f", line {self.line}"
        return f"{self.file}{line}: {self.key}" if self.file else self.key


@dataclass(frozen=True, slots=True)
class WorkPoint:
    """A place where a hand has to go.

    Attributes:
        id: Unique in its workstation.
        position: World, metres.
        hand: ``"left"``, ``"right"``, ``"either"`` or ``"both"``.
        grasp: ``"grip"`` (fist on the point), ``"press"`` (fingertip), ``"pinch"`` (thumb tip).
        load: Mass handled, kg.
        frequency: Actions a minute.
        precision: ``"precision"``, ``"light"`` or ``"heavy"`` work.
        duration: Seconds a shift, or None when not said.
        approach: Unit vector the hand moves along to arrive, or None.
        hold: Longest time the posture is held still, seconds, or None when not said.
        shock: Whether the force comes as a shock or builds up rapidly.
        arm_supported: Whether the weight of the arm is supported there.
        coupling: ``"good"``, ``"fair"``, ``"poor"`` or ``"unacceptable"`` hold on the load; ``""`` when not said.
        to: Id of the work point of the same station that the load is lifted or lowered to; ``""`` when not said.
        control_at_destination: Whether the load is placed there with care (held, guided, regrasped), not let go.
        lift_duration: Seconds of continuous lifting work before recovery, or None when not said.
        tool_length: How far a held tool stands out of the hand, metres; 0: no tool.
        tool_diameter: Of that tool, metres.
        tool_axis: ``"fingers"`` (in line with the forearm), ``"thumb"`` or ``"little_finger"`` (out of the
            fist on that side): where it stands out.
    """

    id: str
    position: Point3
    name: str = ""
    hand: str = "either"
    grasp: str = "grip"
    load: float = 0.0
    frequency: float = 0.0
    precision: str = "light"
    duration: float | None = None
    approach: Point3 | None = None
    origin: Origin = Origin()
    hold: float | None = None
    shock: bool = False
    arm_supported: bool = False
    coupling: str = ""
    to: str = ""
    control_at_destination: bool = True
    lift_duration: float | None = None
    tool_length: float = 0.0
    tool_diameter: float = 0.04
    tool_axis: str = "thumb"


@dataclass(frozen=True, slots=True)
class Display:
    """What the eyes must see: a screen, a gauge, a lamp.

    Attributes:
        id: Unique in its workstation.
        position: World, metres: the middle of what is read.
        parts: Selectors of the parts it is; empty: not said.
        size: Width and height of the surface that is read, metres, or None.
        normal: Unit vector to which that surface faces, or None: level towards the workstation.
    """

    id: str
    position: Point3
    name: str = ""
    parts: tuple[str, ...] = ()
    size: tuple[float, float] | None = None
    normal: Point3 | None = None
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class Workstation:
    """Where an operator works.

    Attributes:
        position: On the floor between the feet (standing) or under the seat reference point, metres.
        heading: Where the operator faces, radians from +X towards +Y.
        posture: ``"standing"``, ``"sitting"`` or ``"kneeling"``.
        seat_height: Of the compressed seat above ``position``, metres; needed when sitting.
        footrest_height: Of the foot support above ``position``, metres.
        step: How far the feet may move on the floor to reach a point, metres.
        work_points: What the hands must reach.
        displays: What the eyes must see.
    """

    id: str
    position: Point3
    heading: float = 1.5707963267948966
    posture: str = "standing"
    name: str = ""
    seat_height: float | None = None
    footrest_height: float = 0.0
    step: float = 0.0
    work_points: tuple[WorkPoint, ...] = ()
    displays: tuple[Display, ...] = ()
    origin: Origin = Origin()


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
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class Door:
    """An opening for people, or a door in a fence. ``parts`` swing or slide with it."""

    id: str
    position: Point3
    width: float
    height: float
    heading: float = 0.0
    kind: str = "hinged"
    parts: tuple[str, ...] = ()
    interlocked: bool = False
    stopping_time: float | None = None
    name: str = ""
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class HazardZone:
    """A region in which something can hurt: parts by selector, or a box in the world."""

    id: str
    select: tuple[str, ...] = ()
    box: tuple[Point3, Point3] | None = None
    risk: str = "high"
    name: str = ""
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class Safeguard:
    """A light curtain, scanner, two-hand control, mat or fixed guard.

    Attributes:
        kind: ``"light_curtain"``, ``"scanner"``, ``"two_hand_control"``, ``"mat"``, ``"fence"``, ``"interlocked_door"``.
        segment: Two points: the ends of the sensing field's lower edge in the world, or None.
        height: Of the sensing field above the segment, metres.
        resolution: Detection capability d, metres, or None.
        response_time: Of the device, s (t1).
        stopping_time: Of the machine, s (t2).
        protects: Ids of hazard zones.
    """

    id: str
    kind: str
    segment: tuple[Point3, Point3] | None = None
    height: float = 0.0
    resolution: float | None = None
    response_time: float | None = None
    stopping_time: float | None = None
    protects: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    name: str = ""
    origin: Origin = Origin()


@dataclass(frozen=True, eq=False)
class MeasuredTable:
    """People measured one by one, as a file gives them. Metres; body mass in kilograms.

    Attributes:
        file: As the layout or the command line names it.
        ids: n names, unique.
        female: (n,) bool.
        dimensions: ISO 7250-1 name → (n,); NaN where the file says nothing.
        notes: What the file's reader has to tell, each in English and French: columns not read, rows left out.
        survey: ``"ansur2"`` if it is the raw file of that survey, else ``""``.
        left_out: Lines of persons who could not be read in, for want of a stature.
    """

    file: str
    ids: tuple[str, ...]
    female: NDArray[np.bool_]
    dimensions: Mapping[str, NDArray[np.float64]]
    notes: tuple[Mapping[str, str], ...] = ()
    survey: str = ""
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Population:
    """Whom the cell is for: where body dimensions come from, and whom the study looks at.

    Attributes:
        source: ``"ansur2"``, or the name of the file that ``table`` was read from.
        smallest, largest: Percentiles of stature that bound it, like ``"F05"`` and ``"M95"``.
        shoe_height: Added to heights above the floor, metres.
        people: ``"sampled"`` or ``"individuals"`` (shares are counted among these), ``"percentiles"`` (no
            shares), or ``""``: individuals where there is a table, else sampled.
        percentiles: Further persons that are looked at one by one; empty: the medians.
        dimensions: The other dimensions at a percentile of stature: ``"conditional"`` or ``"proportional"``.
        sample_size: Persons drawn of each sex.
        seed: Of the random sample.
        share_of_women: Of the population, 0 to 1; None: half, or as many as the table has.
        clothing: Added around the body, metres.
        slump: Taken off sitting heights, metres.
        table: Measured people, or None.
    """

    id: str
    source: str = "ansur2"
    smallest: str = "F05"
    largest: str = "M95"
    shoe_height: float = 0.025
    name: str = ""
    origin: Origin = Origin()
    people: str = ""
    percentiles: tuple[str, ...] = ()
    dimensions: str = "conditional"
    sample_size: int = 500
    seed: int = 1
    share_of_women: float | None = None
    clothing: float = 0.0
    slump: float = 0.0
    table: MeasuredTable | None = None


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
    origin: Origin = Origin()


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
