"""People as marks: the posture a finding speaks of, for any display to draw."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from immersive.checks._points import point3
from immersive.checks._tasks import person
from immersive.findings import BodyCapsule, BodyPosture, FigureMark, Point3, Text, text
from immersive.human.body_mesh import DIMENSIONS
from immersive.human.kinematics import figure
from immersive.human.posing import BOTH, LEFT, RIGHT, Poses
from immersive.human.reach_ik import hand_targets
from immersive.human.skeleton import HAND_POINTS, LANDMARK
from immersive.human.volume import body_rows, capsules_of

_NO_LEVELS: Mapping[str, int] = {}


def figure_mark(
    poses: Poses,
    i: int,
    j: int,
    /,
    *,
    levels: Mapping[str, int] = _NO_LEVELS,
    label: Text | None = None,
) -> FigureMark:
    """Person i at target j.

    Args:
        poses: Of n people at m targets.
        i: Person.
        j: Target.
        levels: Segment name → level (0 neutral, 1 good, 2 medium, 3 bad); segments left out are neutral.
        label: Instead of the person's name.
    """
    people, links = poses.people.pick([i]), poses.links[i : i + 1]
    angles, root = poses.angles[i, j], poses.root[i, j]
    shape = capsules_of(people, links, grasp=poses.targets[j].grasp)
    rows = body_rows(shape, figure(links[0], angles, root))
    capsules = tuple(
        BodyCapsule(segment, start, end, r0, r1, levels.get(segment, 0))
        for segment, start, end, r0, r1 in rows
    )
    body = None
    # People read from a table may lack what the smooth shape is made from; their capsules are drawn.
    if all(name in people.dimensions for name in DIMENSIONS):
        body = BodyPosture(
            bool(people.female[0]),
            tuple((name, float(people.dimensions[name][0])) for name in DIMENSIONS),
            tuple(float(v) for v in links[0]),
            tuple(float(v) for v in angles),
            (float(root[0]), float(root[1]), float(root[2]), float(root[3])),
            people.allowances.clothing,
        )
    name = person(poses.people, i) if label is None else label
    return FigureMark(capsules, float(root[3]), text("{who}", "{who}", who=name), body)


def hand_gap(poses: Poses, i: int, j: int, /) -> tuple[Point3, Point3, float]:
    """Where the hand that was used is, where it should be, and metres between them.

    The hand is the point of it that the grasp means; of both hands, the one that is farther off.
    """
    at = figure(poses.links[i], poses.angles[i, j], poses.root[i, j]).points
    goals = hand_targets(poses.stance, poses.targets[j])
    used = (RIGHT, LEFT) if poses.hand[i, j] == BOTH else (int(poses.hand[i, j]),)
    gaps = []
    for side in used:
        name = "left" if side == LEFT else "right"
        tip = at[LANDMARK[f"{name}_{HAND_POINTS[poses.targets[j].grasp]}"]]
        gaps.append((point3(tip), point3(goals[side]), float(np.linalg.norm(tip - goals[side]))))
    return max(gaps, key=lambda gap: gap[2])
