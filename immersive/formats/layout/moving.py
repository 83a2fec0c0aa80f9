"""What moves in a layout: robots' joints, doors, mechanisms without URDF, and their motions."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from immersive.errors import InputError, UsageError, suggestion
from immersive.formats._kinematics import MOVABLE, joint_positions
from immersive.formats._kinematics import Joint as UrdfJoint
from immersive.formats.layout import models
from immersive.formats.layout.files import Files
from immersive.formats.layout.motion_file import read_motion_file
from immersive.formats.layout.motion_limits import outside_limits
from immersive.formats.layout.normalise import Mistake, Path
from immersive.formats.layout.read import LayoutFile
from immersive.formats.layout.references import known
from immersive.geometry.frames import FloatArray, translation
from immersive.scene.model import Notice, Scene, Source
from immersive.scene.motion import Joint, Mechanism, Motion
from immersive.scene.origin import Origin
from immersive.scene.queries import select

KIND = {"revolute": "turn", "continuous": "turn", "prismatic": "slide"}


@dataclass(frozen=True, eq=False)
class RobotJoints:
    """The joints of one robot as its file gives them.

    Attributes:
        root: The link that stands still.
        joints: All of them.
        wanted: Joint → position in the layout.
        links: Part id → link.
        world_from_base: (4, 4).
        file: For messages.
    """

    root: str
    joints: tuple[UrdfJoint, ...]
    wanted: Mapping[str, float]
    links: Mapping[str, str]
    world_from_base: FloatArray
    file: str


@dataclass
class Moving:
    """Mechanisms and motions of a layout, and what is wrong with them."""

    mechanisms: list[Mechanism] = field(default_factory=list)
    motions: list[Motion] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def moved(self) -> set[str]:
        """Ids of the parts that a robot carries or a mechanism moves."""
        return {
            id_
            for one in self.mechanisms
            if one.origin != "doors"
            for id_, link in one.parts.items()
            if link in one.moved_links()
        }


def moving_of(found: LayoutFile, scene: Scene, robots: Mapping[int, RobotJoints], files: Files) -> Moving:
    """All that moves. ``robots`` has the joints of each robot whose file could be read, by index."""
    out = Moving()
    layout = found.layout

    def origin(*path: str | int) -> Origin:
        said = found.origin(*path)
        return Origin(os.path.basename(said.file), said.key, said.line)

    def chosen(words: Sequence[str], path: Path) -> tuple[str, ...]:
        try:
            parts = select(scene, words)
        except UsageError as error:
            out.mistakes.append(found.mistake(path, error.message))
            return ()
        if not parts:
            from immersive.formats.layout.build import candidates

            first = words[0]
            out.mistakes.append(
                found.mistake(
                    path, f"{', '.join(words)!r} matches no part{suggestion(first, candidates(scene))}"
                )
            )
        return tuple(part.id for part in parts)

    for i, robot in enumerate(layout.robots):
        if i in robots:
            carried: dict[str, str] = {}
            for n, item in enumerate(robot.attached):
                links = [robots[i].root, *(joint.child for joint in robots[i].joints)]
                path: Path = ("robots", i, "attached", n)
                if item.link not in links:
                    out.mistakes.append(
                        found.mistake(
                            (*path, "link"),
                            f"{robot.file!r} has no link {item.link!r}{suggestion(item.link, links)}; {known(links)}",
                        )
                    )
                    continue
                carried |= dict.fromkeys(chosen(item.parts, (*path, "parts")), item.link)
            made = _robot(robot, robots[i], carried, scene, origin("robots", i))
            if made is not None:
                out.mechanisms.append(made)
    for i, door in enumerate(layout.doors):
        if door.parts and door.kind != "opening":
            ids = tuple(part.id for part in select(scene, door.parts))
            if ids:
                out.mechanisms.append(_door(door, ids, origin("doors", i)))
    for i, mechanism in enumerate(layout.mechanisms):
        parts = [
            chosen(joint.parts, ("mechanisms", i, "joints", n, "parts"))
            for n, joint in enumerate(mechanism.joints)
        ]
        out.mechanisms.append(_mechanism(mechanism, parts, origin("mechanisms", i)))
    by_id = {one.id: one for one in out.mechanisms}
    for i, motion in enumerate(layout.motions):
        mechanism_ = by_id.get(motion.mechanism)
        if mechanism_ is None:
            if motion.mechanism in {robot.id for robot in layout.robots}:
                continue  # its file is missing or has no joint: told already, or below
            out.mistakes.append(
                found.mistake(("motions", i, "mechanism"), f"{motion.mechanism!r} has nothing that moves")
            )
            continue
        made_motion = _motion(found, i, motion, mechanism_, files, out, origin("motions", i))
        if made_motion is not None:
            out.motions.append(made_motion)
            file = motion.file or os.path.basename(found.file)
            out.notices += outside_limits(mechanism_, made_motion, file)
    named = {motion.mechanism for motion in out.motions}
    for one in out.mechanisms:
        if one.id in named or one.origin == "robots" or len(one.coordinates) != 1:
            continue
        lower, upper = one.joints[0].lower, one.joints[0].upper
        if lower is None or upper is None:
            continue
        word = "opening" if one.origin == "doors" else "stroke"
        out.motions.append(
            Motion(
                f"{one.id}:{word}",
                one.id,
                np.array([0.0, 1.0]),
                np.array([[lower], [upper]]),
                timed=False,
                name=one.name,
                origin=one.place,
            )
        )
    return out


def _robot(
    entry: models.Robot, found: RobotJoints, carried: Mapping[str, str], scene: Scene, place: Origin
) -> Mechanism | None:
    """The mechanism of a robot's file; None if nothing in it moves."""
    movable = [joint for joint in found.joints if joint.kind in MOVABLE]
    if not movable:
        return None
    positions, _ = joint_positions(found.joints, found.wanted, found.file)
    free = [joint.name for joint in movable if joint.mimic is None]
    below: dict[str, list[UrdfJoint]] = {}
    for joint in found.joints:
        below.setdefault(joint.parent, []).append(joint)
    links, joints = [found.root], []
    by_name = {joint.name: joint for joint in found.joints}
    todo = [found.root]
    while todo:
        parent = todo.pop(0)
        for joint in below.get(parent, ()):
            links.append(joint.child)
            todo.append(joint.child)
            factor, offset, leader = 1.0, 0.0, joint
            while leader.mimic is not None:
                name, multiplier, shift = leader.mimic
                # The follower's factor · (multiplier · leader + shift) + offset.
                factor, offset, leader = factor * multiplier, factor * shift + offset, by_name[name]
            moves = joint.kind in MOVABLE
            joints.append(
                Joint(
                    joint.name,
                    KIND.get(joint.kind, "fixed"),
                    links.index(parent),
                    len(links) - 1,
                    joint.parent_from_joint,
                    joint.axis,
                    joint.lower if moves and joint.kind != "continuous" else None,
                    joint.upper if moves and joint.kind != "continuous" else None,
                    free.index(leader.name) if moves else -1,
                    factor,
                    offset,
                )
            )
    known_ids = scene.by_id
    parts = {
        id_: links.index(link) for id_, link in found.links.items() if id_ in known_ids and link in links
    }
    parts |= {id_: links.index(link) for id_, link in carried.items()}
    return Mechanism(
        entry.id,
        "robots",
        tuple(links),
        tuple(joints),
        tuple(free),
        np.array([positions[name] for name in free]),
        found.world_from_base,
        parts,
        place,
        entry.name or "",
    )


def _door(door: models.Door, parts: tuple[str, ...], place: Origin) -> Mechanism:
    """One joint: the layout shows it shut, at position zero."""
    along = np.array([np.cos(door.heading), np.sin(door.heading), 0.0])
    left = np.array([-along[1], along[0], 0.0])
    side = 1.0 if door.hinge == "left" else -1.0
    at = np.asarray(door.position) + side * 0.5 * door.width * left
    if door.kind == "hinged":
        # The leaf reaches from the hinge to the other side; a positive turn takes -left towards +along.
        sign = side if door.opens == "forward" else -side
        kind, axis, end = "turn", np.array([0.0, 0.0, sign]), door.opening_angle
    elif door.kind == "sliding":
        kind, axis, end = "slide", side * left, door.travel or door.width
    else:
        kind, axis, end = "slide", np.array([0.0, 0.0, 1.0]), door.travel or door.height
    joint = Joint("opening", kind, 0, 1, np.eye(4), axis, 0.0, end, 0)
    return Mechanism(
        door.id,
        "doors",
        ("frame", "leaf"),
        (joint,),
        ("opening",),
        np.zeros(1),
        translation(at),
        dict.fromkeys(parts, 1),
        place,
        door.name,
    )


def _mechanism(entry: models.Mechanism, parts: Sequence[Sequence[str]], place: Origin) -> Mechanism:
    """Axes are written in the world as the layout shows them: all joint frames there are the world's."""
    names = [joint.id for joint in entry.joints]
    anchors: list[FloatArray] = [np.zeros(3)]
    joints = []
    for n, joint in enumerate(entry.joints):
        parent = 0 if joint.parent is None else names.index(joint.parent) + 1
        anchor = np.zeros(3) if joint.origin is None else np.asarray(joint.origin, np.float64)
        axis = np.asarray(joint.axis) / np.linalg.norm(joint.axis)
        joints.append(
            Joint(
                joint.id,
                joint.kind,
                parent,
                n + 1,
                translation(anchor - anchors[parent]),
                axis,
                min(joint.range),
                max(joint.range),
                n,
            )
        )
        anchors.append(anchor)
    return Mechanism(
        entry.id,
        "mechanisms",
        ("base", *names),
        tuple(joints),
        tuple(names),
        np.zeros(len(names)),
        np.eye(4),
        {id_: n + 1 for n, ids in enumerate(parts) for id_ in ids},
        place,
        entry.name,
    )


def _motion(
    found: LayoutFile,
    index: int,
    entry: models.Motion,
    mechanism: Mechanism,
    files: Files,
    out: Moving,
    place: Origin,
) -> Motion | None:
    path: Path = ("motions", index)
    kinds = {joint.id: joint.kind for joint in mechanism.joints if joint.id in mechanism.coordinates}
    followers = {
        joint.id: mechanism.coordinates[joint.coordinate]
        for joint in mechanism.joints
        if joint.coordinate >= 0 and joint.id not in mechanism.coordinates
    }
    wrong: list[Mistake] = []

    def fits(name: str, suffix: str, where: Callable[[str], Mistake]) -> bool:
        if name in followers:
            wrong.append(where(f"the joint {name!r} follows {followers[name]!r}: give that one's positions"))
        elif name not in kinds:
            wrong.append(
                where(
                    f"{mechanism.id!r} has no movable joint {name!r}"
                    f"{suggestion(name, mechanism.coordinates)}; {known(mechanism.coordinates)}"
                )
            )
        elif kinds[name] == "slide" and suffix in ("_deg", "_rad"):
            wrong.append(where(f"the joint {name!r} slides: give lengths (…_mm)"))
        elif kinds[name] == "turn" and suffix not in ("_deg", "_rad", ""):
            wrong.append(where(f"the joint {name!r} turns: give angles (…_deg)"))
        else:
            return True
        return False

    columns: dict[str, Sequence[float]] = {}
    times: Sequence[float]
    if entry.file is not None:
        try:
            located = files.locate(entry.file)
            read = read_motion_file(located.folder, located.relative, shown=located.shown)
        except InputError as error:
            out.mistakes.append(found.mistake((*path, "file"), str(error).replace("\n ", ";")))
            return None
        out.sources.append(read.source)
        times = read.times

        def complain(text: str) -> Mistake:
            return found.mistake((*path, "file"), f"{located.shown!r}: {text}")

        columns |= {name: row for name, suffix, row in read.columns if fits(name, suffix, complain)}
    else:
        times = entry.times or ()
        for name, values in entry.joints.items():
            mistake = found.mistake((*path, "joints", name), "")
            suffix = str(mistake.path[-2]).removeprefix("joints")

            def say(text: str, mistake: Mistake = mistake) -> Mistake:
                return Mistake(mistake.path, text, mistake.line)

            if fits(name, suffix, say):
                columns[name] = values
    out.mistakes += wrong
    if wrong:
        return None
    positions = np.tile(mechanism.rest, (len(times), 1))
    for name, column in columns.items():
        positions[:, mechanism.coordinates.index(name)] = column
    return Motion(
        entry.id,
        mechanism.id,
        np.array(times, np.float64),
        positions,
        entry.cycle or "",
        name=entry.name,
        origin=place,
    )
