"""How the machines of a cell move: mechanisms (what turns and slides) and motions (when, and how far).

World frame, metres, radians, seconds. A mechanism is a tree of joints, as in URDF; its parts are posed by
``world_from_rest``, the motion of a link against where the layout shows it, so that nothing of the scene has
to be placed anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.frames import rotation_axis, translation
from immersive.scene.model import read_only
from immersive.scene.origin import NOWHERE, Origin

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Joint:
    """One joint of a mechanism.

    Attributes:
        id: Unique in the mechanism.
        kind: ``"fixed"``, ``"turn"`` (a hinge; radians) or ``"slide"`` (metres).
        parent: Index of the link it hangs on, in ``Mechanism.links``.
        child: Index of the link it carries.
        parent_from_joint: (4, 4) isometry at position zero.
        axis: (3,) unit vector in the joint's frame.
        lower, upper: Limits, or None where there is none.
        coordinate: Index in ``Mechanism.coordinates`` of the number that drives it; -1 for a fixed joint.
        factor, offset: position = factor · coordinate + offset (a joint that mimics another).
    """

    id: str
    kind: str
    parent: int
    child: int
    parent_from_joint: FloatArray
    axis: FloatArray
    lower: float | None = None
    upper: float | None = None
    coordinate: int = -1
    factor: float = 1.0
    offset: float = 0.0

    def motion(self, position: float) -> FloatArray:
        """(4, 4) joint frame at zero from joint frame at a position."""
        if self.kind == "turn":
            return rotation_axis(self.axis, position)
        return translation(self.axis * position) if self.kind == "slide" else np.eye(4)


@dataclass(frozen=True, eq=False)
class Mechanism:
    """A machine that moves: a robot, a door, a drawer, a press.

    Attributes:
        id: Of the robot, door or mechanism in the layout.
        origin: Kind of table it came from: ``"robots"``, ``"doors"`` or ``"mechanisms"``.
        links: Names; link 0 stands still in the world.
        joints: A joint comes after the one that carries its parent link.
        coordinates: Names of the joints that may be set, in the order of the columns of positions.
        rest: (J,) their positions in the layout.
        world_from_base: (4, 4) isometry.
        parts: Part id → index of the link it is fixed to (0: belongs to the machine, does not move).
        place: Where in the layout file it is written.
    """

    id: str
    origin: str
    links: tuple[str, ...]
    joints: tuple[Joint, ...]
    coordinates: tuple[str, ...]
    rest: FloatArray
    world_from_base: FloatArray
    parts: Mapping[str, int]
    place: Origin = NOWHERE
    name: str = ""

    def link_poses(self, positions: FloatArray, /) -> FloatArray:
        """(n, L, 4, 4) world from link at (n, J) positions."""
        wanted = np.atleast_2d(np.asarray(positions, np.float64))
        poses = np.empty((len(wanted), len(self.links), 4, 4))
        poses[:] = self.world_from_base
        for n, row in enumerate(wanted):
            for joint in self.joints:
                at = 0.0 if joint.coordinate < 0 else joint.factor * row[joint.coordinate] + joint.offset
                poses[n, joint.child] = poses[n, joint.parent] @ joint.parent_from_joint @ joint.motion(at)
        return poses

    def world_from_rest(self, positions: FloatArray, /) -> FloatArray:
        """(n, L, 4, 4) isometries that carry each link from where the layout shows it to (n, J) positions.

        ``part at position = world_from_rest[n, parts[id]] @ part.world_from_mesh``.
        """
        rest = np.linalg.inv(self.link_poses(self.rest)[0])
        moved: FloatArray = self.link_poses(positions) @ rest
        return moved

    def moved_links(self, used: NDArray[np.bool_] | None = None, /) -> tuple[int, ...]:
        """Links that stand still no more when the coordinates in ``used`` (J,) change; None: any."""
        drives = np.ones(len(self.coordinates), bool) if used is None else used
        moving: set[int] = set()
        for joint in self.joints:
            own = joint.kind != "fixed" and joint.coordinate >= 0 and bool(drives[joint.coordinate])
            if own or joint.parent in moving:
                moving.add(joint.child)
        return tuple(sorted(moving))


@dataclass(frozen=True, eq=False)
class Motion:
    """What a mechanism does: positions at times, straight lines in joint space in between.

    Attributes:
        id: Unique; ``"ID:opening"`` for what a door does, ``"ID:stroke"`` for a one-joint mechanism
            without a motion of its own.
        mechanism: Its id.
        times: (K,) seconds, ascending, K ≥ 2.
        positions: (K, J) of ``Mechanism.coordinates``.
        cycle: Motions of one cycle (same name) run on a common clock; empty: alone, all else at rest.
        timed: False where the layout gives no times (a door): they count 0 … 1 of the way.
    """

    id: str
    mechanism: str
    times: FloatArray
    positions: FloatArray
    cycle: str = ""
    timed: bool = True
    name: str = ""
    origin: Origin = NOWHERE

    def __post_init__(self) -> None:
        times = np.ascontiguousarray(self.times, np.float64)
        positions = np.ascontiguousarray(self.positions, np.float64)
        if len(times) < 2 or len(times) != len(positions) or not (np.diff(times) > 0.0).all():
            raise ValueError(
                f"motion {self.id!r}: needs two or more ascending times, a row of positions each"
            )
        object.__setattr__(self, "times", read_only(times))
        object.__setattr__(self, "positions", read_only(positions))

    @property
    def used(self) -> NDArray[np.bool_]:
        """(J,) which coordinates change at all."""
        return np.asarray(np.ptp(self.positions, axis=0) > 0.0, bool)

    def at(self, times: FloatArray, /) -> FloatArray:
        """(n, J) positions at (n,) times; before the first and after the last it stands still."""
        wanted = np.atleast_1d(np.asarray(times, np.float64))
        columns = [np.interp(wanted, self.times, column) for column in self.positions.T]
        return np.stack(columns, axis=1) if columns else np.empty((len(wanted), 0))
