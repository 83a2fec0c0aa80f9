"""Links and joints of a robot description: a tree, joint positions, and the pose of each link."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from immersive.errors import InputError, choices, suggestion
from immersive.formats._meshes import notice
from immersive.geometry.frames import FloatArray, rotation_axis, translation
from immersive.scene.model import Notice, Severity
from immersive.units import degrees, metres

TURNING = ("revolute", "continuous")
MOVABLE = (*TURNING, "prismatic")
_LIMIT_NOISE = 1e-9


@dataclass(frozen=True, eq=False)
class Joint:
    """One joint.

    Attributes:
        name: Unique in the robot.
        kind: ``fixed``, ``revolute``, ``continuous``, ``prismatic``, ``planar`` or ``floating``.
        parent: Link.
        child: Link.
        parent_from_joint: (4, 4) at position zero, metres.
        axis: (3,) unit vector in the joint frame.
        lower: Lower limit in radians or metres, or None.
        upper: Upper limit, or None.
        mimic: ``(joint, multiplier, offset)`` or None.
    """

    name: str
    kind: str
    parent: str
    child: str
    parent_from_joint: FloatArray
    axis: FloatArray
    lower: float | None = None
    upper: float | None = None
    mimic: tuple[str, float, float] | None = None

    def motion(self, position: float) -> FloatArray:
        """(4, 4) joint frame at zero from joint frame at a position."""
        if position == 0.0 or self.kind not in MOVABLE:
            return np.eye(4)
        if self.kind == "prismatic":
            return translation(self.axis * position)
        return rotation_axis(self.axis, position)


def root_link(links: tuple[str, ...], joints: tuple[Joint, ...], file: str) -> str:
    """The one link without parent.

    Raises:
        InputError: Unknown links, two parents, cycles, several roots; names the links.
    """
    known = set(links)
    above: dict[str, Joint] = {}
    for joint in joints:
        for what, name in (("parent", joint.parent), ("child", joint.child)):
            if name not in known:
                raise InputError(
                    file,
                    f"has the {what} link {name!r}, which does not exist{suggestion(name, links)}",
                    place=f"joint {joint.name!r}",
                )
        if joint.child in above:
            raise InputError(
                file,
                f"the link {joint.child!r} is the child of two joints, "
                f"{above[joint.child].name!r} and {joint.name!r}",
            )
        above[joint.child] = joint
    roots = [name for name in links if name not in above]
    sound = set(roots)
    for start in links:
        trail: dict[str, None] = {}
        here = start
        while here not in sound:
            if here in trail:
                names = list(trail)
                cycle = [*names[names.index(here) :], here]
                raise InputError(
                    file,
                    f"its links form a cycle: {' → '.join(reversed(cycle))}",
                    hint="a robot must be a tree",
                )
            trail[here] = None
            here = above[here].parent
        sound.update(trail)
    if len(roots) > 1:
        raise InputError(
            file,
            f"has {len(roots)} links without a parent joint: {', '.join(map(repr, roots[:8]))}",
            hint="connect them by a fixed joint",
        )
    return roots[0]


def joint_positions(
    joints: tuple[Joint, ...], wanted: Mapping[str, float], file: str
) -> tuple[dict[str, float], list[Notice]]:
    """The position of every movable joint: as asked, by the joint it mimics, else zero.

    Raises:
        InputError: A position for a joint that does not exist, does not move, or is no number.
    """
    by_name = {joint.name: joint for joint in joints}
    movable = [joint.name for joint in joints if joint.kind in MOVABLE]
    notices: list[Notice] = []
    for name, value in wanted.items():
        if name not in by_name:
            allowed = f"; it has {choices(movable)}" if movable else "; it has no movable joint"
            raise InputError(file, f"has no joint {name!r}{suggestion(name, movable)}{allowed}")
        if by_name[name].kind not in MOVABLE:
            raise InputError(file, f"the joint {name!r} is {by_name[name].kind}: it has no position to set")
        if not math.isfinite(value):
            raise InputError(file, f"the position of joint {name!r} is {value!r}; it must be a finite number")
    positions: dict[str, float] = {}
    for name in movable:
        chain = [name]
        while (rule := by_name[chain[-1]].mimic) is not None:
            if rule[0] not in by_name or rule[0] in chain:
                reason = "itself" if rule[0] in chain else f"{rule[0]!r}, which does not exist"
                raise InputError(file, f"mimics {reason}", place=f"joint {chain[-1]!r}")
            chain.append(rule[0])
        value = float(wanted.get(chain[-1], 0.0))
        for follower in reversed(chain[:-1]):
            _, multiplier, offset = by_name[follower].mimic or ("", 1.0, 0.0)
            value = multiplier * value + offset
        positions[name] = value
        if len(chain) > 1 and name in wanted and abs(wanted[name] - value) > 1e-6:
            notices.append(_overruled(by_name[name], float(wanted[name]), value, chain[1], file))
        notices += _limits(by_name[name], value, file)
    return positions, notices


def _shown(joint: Joint, value: float) -> object:
    return metres(value, 4) if joint.kind == "prismatic" else degrees(value, 2)


def _overruled(joint: Joint, asked: float, value: float, leader: str, file: str) -> Notice:
    return notice(
        "joint-mimics",
        Severity.WARNING,
        file,
        "Joint {name!r} follows {leader!r} and is at {value}; the {asked} asked for is not used.",
        "L’articulation {name!r} suit {leader!r} et vaut {value} ; les {asked} demandés ne sont pas appliqués.",
        place=f"joint {joint.name!r}",
        name=joint.name,
        leader=leader,
        value=_shown(joint, value),
        asked=_shown(joint, asked),
    )


def _limits(joint: Joint, value: float, file: str) -> list[Notice]:
    low = joint.lower is not None and value < joint.lower - _LIMIT_NOISE
    high = joint.upper is not None and value > joint.upper + _LIMIT_NOISE
    if joint.kind == "continuous" or not (low or high):
        return []
    limit = joint.lower if low else joint.upper
    assert limit is not None
    return [
        notice(
            "joint-outside-limits",
            Severity.WARNING,
            file,
            "Joint {name!r} is at {value}, outside its {which} limit of {limit}: the robot cannot stand like this.",
            "L’articulation {name!r} vaut {value}, au-delà de sa limite {which} de {limit} : "
            "le robot ne peut pas prendre cette position.",
            place=f"joint {joint.name!r}",
            data={"position": value, "limit": limit},
            name=joint.name,
            value=_shown(joint, value),
            limit=_shown(joint, limit),
            which={"en": "lower" if low else "upper", "fr": "inférieure" if low else "supérieure"},
        )
    ]


def link_poses(
    root: str, joints: tuple[Joint, ...], positions: Mapping[str, float]
) -> tuple[dict[str, FloatArray], set[str], set[str]]:
    """``(root_from_link, moving, robot)``: poses, links that some joint moves, and links of the mechanism.

    A link belongs to the mechanism if it moves or carries a movable joint (the robot's base).
    """
    below: dict[str, list[Joint]] = {}
    for joint in joints:
        below.setdefault(joint.parent, []).append(joint)
    poses = {root: np.eye(4)}
    moving: set[str] = set()
    mechanism: set[str] = set()
    todo = [root]
    while todo:
        link = todo.pop()
        for joint in below.get(link, ()):
            pose = poses[link] @ joint.parent_from_joint @ joint.motion(positions.get(joint.name, 0.0))
            poses[joint.child] = pose
            if joint.kind in MOVABLE:
                mechanism.add(link)
            if link in moving or joint.kind in MOVABLE:
                moving.add(joint.child)
            todo.append(joint.child)
    return poses, moving, mechanism | moving
