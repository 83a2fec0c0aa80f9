"""Where people work, what they must reach and see, and who they are. Plain values in SI units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immersive.scene.origin import NOWHERE, Origin, Point3


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
    origin: Origin = NOWHERE
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
    origin: Origin = NOWHERE


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
    origin: Origin = NOWHERE


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
    origin: Origin = NOWHERE
    people: str = ""
    percentiles: tuple[str, ...] = ()
    dimensions: str = "conditional"
    sample_size: int = 500
    seed: int = 1
    share_of_women: float | None = None
    clothing: float = 0.0
    slump: float = 0.0
    table: MeasuredTable | None = None
