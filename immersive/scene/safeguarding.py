"""What can hurt, and what keeps people from it: doors, hazard zones, safeguards. Plain values in SI units."""

from __future__ import annotations

from dataclasses import dataclass

from immersive.scene.origin import NOWHERE, Origin, Point2, Point3


@dataclass(frozen=True, slots=True)
class Door:
    """An opening for people, or a door in a fence. ``parts`` swing, slide or lift with it.

    Attributes:
        position: Middle of the threshold, metres.
        width, height: Of the free opening.
        heading: Direction in which one walks through it; left and right are seen so.
        kind: ``"hinged"``, ``"sliding"``, ``"lifting"`` or ``"opening"`` (nothing closes it).
        hinge: ``"left"`` or ``"right"`` edge that a hinged leaf turns about; the side a sliding one goes to.
        opens: ``"forward"`` (along the heading) or ``"backward"``: where a hinged leaf swings to.
        opening_angle: Of a hinged leaf, radians.
        travel: Of a sliding or lifting one, metres; None: its whole width or height.
        exit: Whether it leads out of danger: the end of an escape route.
        interlocked: Whether opening it stops the machine.
        guard_locking: Whether it stays locked until the machine stands still.
        stopping_time: From opening to standstill, seconds.
    """

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
    origin: Origin = NOWHERE
    hinge: str = "left"
    opens: str = "forward"
    opening_angle: float = 1.5707963267948966
    travel: float | None = None
    exit: bool = False
    guard_locking: bool = False


@dataclass(frozen=True, slots=True)
class HazardZone:
    """A region in which something can hurt: parts by selector, a box in the world, or what a motion sweeps.

    Attributes:
        select: Selectors of the parts; with ``motion``, over all of that motion.
        box: Lower and upper corner, or None.
        motion: Id of a motion (or of a cycle) whose moving parts are the hazard; ``""``: as they stand.
        risk: ``"low"``, ``"medium"`` or ``"high"``.
    """

    id: str
    select: tuple[str, ...] = ()
    box: tuple[Point3, Point3] | None = None
    risk: str = "high"
    name: str = ""
    origin: Origin = NOWHERE
    motion: str = ""


@dataclass(frozen=True, slots=True)
class Safeguard:
    """A light curtain, beams, scanner, mat, two-hand control, interlocked door or fixed guard.

    Attributes:
        kind: ``"light_curtain"``, ``"light_beams"``, ``"scanner"``, ``"mat"``, ``"two_hand_control"``,
            ``"interlocked_door"`` or ``"fence"``.
        segment: Two points: the ends of the sensing field's lower edge in the world, or None.
        height: Of the sensing field above the segment, metres; of a fence without parts above the floor.
        resolution: Detection capability d, metres, or None.
        response_time: Of the device, s (t1).
        stopping_time: Of the machine, s (t2).
        protects: Ids of hazard zones.
        beams: Heights of separate beams above the floor, ascending, metres.
        field: Corners on the floor plan of a scanner's or mat's detection field.
        field_height: Of a scanner's plane or of a mat above the floor, metres (H).
        position: Of a two-hand control's actuators in the world; None: its parts.
        shrouded: Whether shrouds keep a two-hand control from being reached around.
        door: Id of the door that an ``"interlocked_door"`` is; ``""``: its parts.
        guard_locking: Whether the door stays locked until the machine stands still.
        supplement: Additional distance Z of ISO 13855:2024 (measurement, wear, brake), metres.
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
    origin: Origin = NOWHERE
    beams: tuple[float, ...] = ()
    field: tuple[Point2, ...] = ()
    field_height: float = 0.0
    position: Point3 | None = None
    shrouded: bool = False
    door: str = ""
    guard_locking: bool = False
    supplement: float = 0.0
