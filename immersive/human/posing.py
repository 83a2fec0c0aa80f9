"""What is asked of the body, and the postures that answer it: values shared by solver, scores and checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.human.kinematics import Figure, figure
from immersive.human.people import People
from immersive.scene.station import WorkPoint, Workstation

FloatArray = NDArray[np.float64]
Point3 = tuple[float, float, float]

RIGHT: Final = 0
LEFT: Final = 1
BOTH: Final = 2
"""Values of :attr:`Poses.hand`."""

REACHED: Final = 1e-3
"""A hand within this of its point has arrived, metres."""


@dataclass(frozen=True, slots=True)
class Stance:
    """Where the workstation puts the body.

    Attributes:
        position: On the floor between the feet, or under the seat reference point; world, metres.
        heading: Where the body faces, radians from +X towards +Y.
        posture: ``"standing"``, ``"sitting"`` or ``"kneeling"``.
        seat_height: Of the compressed seat above ``position``; needed when sitting.
        footrest_height: Of the foot support above ``position``.
        step: How far the feet may leave ``position`` on the floor, metres; 0: feet stay.
    """

    position: Point3
    heading: float
    posture: str = "standing"
    seat_height: float | None = None
    footrest_height: float = 0.0
    step: float = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where a hand has to go.

    Attributes:
        position: World, metres.
        hand: ``"left"``, ``"right"``, ``"either"`` or ``"both"`` (both hands at the point).
        grasp: ``"grip"``, ``"press"`` or ``"pinch"``: which point of the hand arrives.
        approach: Unit vector along which the hand (wrist to fingers) points on arrival, or None.
    """

    position: Point3
    hand: str = "either"
    grasp: str = "grip"
    approach: Point3 | None = None


@dataclass(frozen=True)
class Poses:
    """One posture for each person and target; n people, m targets.

    Attributes:
        people: The n persons.
        links: (n, 31) their link lengths.
        stance: Where they stood or sat.
        targets: The m targets.
        angles: (n, m, 39) radians, within the limits of ``skeleton``.
        root: (n, m, 4) hip centre and heading.
        hand: (n, m) int8: RIGHT, LEFT or BOTH — the hand that was used.
        missing: (n, m) metres between hand and target (the worse hand of both); at most ``REACHED``
            where the target is reached, else the least distance that was found.
        discomfort: (n, m) the solver's measure; smaller is better, 0 is neutral standing or sitting.
    """

    people: People
    links: FloatArray
    stance: Stance
    targets: tuple[Target, ...]
    angles: FloatArray
    root: FloatArray
    hand: NDArray[np.int8]
    missing: FloatArray
    discomfort: FloatArray

    @property
    def reached(self) -> NDArray[np.bool_]:
        """(n, m) whether the hand arrives."""
        return np.asarray(self.missing <= REACHED)

    def figure(self) -> Figure:
        """Landmarks (n, m, 32, 3) and frames (n, m, 19, 3, 3) by forward kinematics."""
        return figure(self.links[:, None, :], self.angles, self.root)


def stance_of(station: Workstation, /, *, posture: str = "") -> Stance:
    """The stance that a layout's workstation asks for; ``posture`` instead of its own."""
    return Stance(
        station.position,
        station.heading,
        posture or station.posture,
        station.seat_height,
        station.footrest_height,
        station.step,
    )


def target_of(point: WorkPoint, /) -> Target:
    """The target that a layout's work point is."""
    return Target(point.position, point.hand, point.grasp, point.approach)
