"""Reach among obstacles, judged by forward kinematics and by dense points on the body's surface."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from immersive.errors import UsageError
from immersive.human.clear_judge import GIVE
from immersive.human.obstacles import GRASP, SOLE, obstacles_of
from immersive.human.posing import LEFT, RIGHT, Stance, Target
from immersive.human.reach_clear import ClearPoses, Tool, judge_poses, solve_reach_clear, tool_of
from immersive.human.reach_ik import hand_targets, solve_reach
from immersive.human.skeleton import HAND_POINTS, LOWER, SEGMENT, UPPER
from immersive.human.volume import capsules_of, place
from immersive.scene.model import Part, Role, Scene
from immersive.scene.station import WorkPoint
from tests.human.cells import NORTH, box, cell, some

PEOPLE, LINKS = some("F50", "M50")
STANDING = Stance((0.0, 0.0, 0.0), NORTH)
FLOOR = box("floor", (-5, -5, -0.1), (5, 5, 0.0), Role.FLOOR)


def _solve(
    parts: tuple[Part, ...], *targets: Target, stance: Stance = STANDING, **options: object
) -> ClearPoses:
    return solve_reach_clear(PEOPLE, LINKS, stance, targets, cell(FLOOR, *parts), **options)  # type: ignore[arg-type]


def _inside_by_points(
    poses: ClearPoses, parts: tuple[Part, ...], i: int, j: int, *, left_out: set[str]
) -> float:
    """How deep the body's volume lies in boxes, by points along the axes: independent of every distance kernel.

    For a box, a ball of radius r at a point p is deeper than d if the box's distance of p is below r − d; the axis
    is sampled each millimetre.
    """
    target = poses.targets[j]
    shape = capsules_of(poses.people, poses.links, grasp=target.grasp).pick([i])
    figure = poses.figure()
    ends = place(
        shape,
        dataclasses.replace(
            figure, points=figure.points[i : i + 1, j], rotations=figure.rotations[i : i + 1, j]
        ),
    )[0]
    goals = hand_targets(poses.stance, target)
    deepest = -math.inf
    for k, segment in enumerate(shape.segment):
        a, b = ends[k]
        t = np.linspace(0.0, 1.0, max(2, int(np.linalg.norm(b - a) / 1e-3)))
        points = a + t[:, None] * (b - a)
        radii = shape.start_radius[0, k] + t * (shape.end_radius[0, k] - shape.start_radius[0, k])
        if segment > SEGMENT["left_hand"]:
            points[:, 2] = np.maximum(points[:, 2], SOLE + radii)
        for side, name in ((RIGHT, "right_hand"), (LEFT, "left_hand")):
            if segment == SEGMENT[name] and poses.hand[i, j] in (side, 2):
                keep = np.linalg.norm(points - goals[side], axis=1) >= GRASP
                points, radii = points[keep], radii[keep]
        if len(points) == 0:
            continue
        for part in parts:
            if part.id in left_out:
                continue
            low, high = part.bounds  # type: ignore[misc]
            gap = np.linalg.norm(np.maximum(np.maximum(low - points, points - high), 0.0), axis=1)
            deepest = max(deepest, float((radii - gap).max()))
    return deepest


def _check(poses: ClearPoses, parts: tuple[Part, ...] = (), *, left_out: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """Limits, arrival and clearance of every unblocked posture."""
    assert (poses.angles >= LOWER - 1e-9).all()
    assert (poses.angles <= UPPER + 1e-9).all()
    body = poses.figure()
    for j, target in enumerate(poses.targets):
        goals = hand_targets(poses.stance, target)
        for i in range(len(poses.people)):
            for side, name in ((RIGHT, "right"), (LEFT, "left")):
                if poses.hand[i, j] in (side, 2) and poses.reached[i, j]:
                    at = body.point(f"{name}_{HAND_POINTS[target.grasp]}")[i, j]
                    assert np.linalg.norm(at - goals[side]) < 1e-3
            feet = [body.point(f"{name}_ankle")[i, j] for name in ("right", "left")]
            assert abs(np.mean(feet, axis=0)[0]) < 1e-3 + poses.stance.step
            if not poses.blocked[i, j]:
                assert poses.in_the_way[i][j] == ()
                assert _inside_by_points(poses, parts, i, j, left_out=left_out) < GIVE + 2e-4


POINTS = (
    Target((0.2, 0.45, 1.1), hand="right"),
    Target((-0.3, 0.35, 1.3), hand="left", grasp="pinch"),
    Target((0.0, 0.4, 1.0), hand="both"),
    Target((0.1, 0.5, 1.2), hand="either", grasp="press"),
)


def test_free_space_is_the_solver_alone() -> None:
    free = _solve((box("far", (3, 3, 0), (4, 4, 1)),), *POINTS)
    alone = solve_reach(PEOPLE, LINKS, STANDING, POINTS)
    for name in ("angles", "root", "hand", "missing", "discomfort"):
        assert np.array_equal(getattr(free, name), getattr(alone, name))
    assert not free.blocked.any()
    assert all(cell == () for row in (*free.in_the_way, *free.avoided) for cell in row)
    # And in an empty cell.
    empty = solve_reach_clear(PEOPLE, LINKS, STANDING, POINTS, obstacles_of(Scene("empty", ())))
    assert np.array_equal(empty.angles, alone.angles)
    assert not empty.blocked.any()


def test_over_the_wall_of_a_bin() -> None:
    """The natural forearm goes through the bin's front wall; the arm must come over it."""
    parts = (
        box("bin/front", (-0.1, 0.34, 0.95), (0.5, 0.35, 1.16)),
        box("bin/floor", (-0.1, 0.34, 0.94), (0.5, 0.7, 0.95)),
        box("bin/back", (-0.1, 0.69, 0.95), (0.5, 0.7, 1.1)),
    )
    target = Target((0.2, 0.46, 1.02), hand="right", grasp="pinch")
    poses = _solve(parts, target)
    _check(poses, parts)
    assert not poses.blocked.any()
    assert poses.reached.all()
    for i in range(len(PEOPLE)):
        assert "bin/front" in {one.part for one in poses.avoided[i][0]}
    assert (poses.discomfort > solve_reach(PEOPLE, LINKS, STANDING, [target]).discomfort).all()
    # The wrist is above the wall's top where the forearm crosses its plane.
    body = poses.figure()
    elbow, wrist = body.point("right_elbow")[:, 0], body.point("right_wrist")[:, 0]
    for e, w in zip(elbow, wrist, strict=True):
        if (e[1] - 0.345) * (w[1] - 0.345) < 0.0:
            t = (0.345 - e[1]) / (w[1] - e[1])
            assert e[2] + t * (w[2] - e[2]) > 1.16


def test_a_fence_between_blocks_and_is_named() -> None:
    fence = box("fence/panel", (-2, 0.3, 0.0), (2, 0.31, 2.2), Role.FENCE)
    poses = _solve((fence,), Target((0.1, 0.6, 1.1), hand="right"))
    assert poses.blocked.all()
    assert (poses.clearance < -GIVE).all()
    for row in poses.in_the_way:
        assert {one.part for one in row[0]} == {"fence/panel"}
        assert max(one.depth for one in row[0]) > 0.02
    # What is reported is a real posture all the same.
    _check(poses)
    assert poses.reached.all()


def test_through_a_window_in_a_wall() -> None:
    """Only the window lets the arm through: the posture found goes through it, without touching its frame."""
    low, high, half = 1.15, 1.5, 0.2
    parts = (
        box("below", (-1, 0.3, 0.0), (1, 0.32, low)),
        box("above", (-1, 0.3, high), (1, 0.32, 2.2)),
        box("left", (-1, 0.3, low), (0.2 - half, 0.32, high)),
        box("right", (0.2 + half, 0.3, low), (1, 0.32, high)),
    )
    poses = _solve(parts, Target((0.2, 0.55, 1.12), hand="right", grasp="press"))
    _check(poses, parts)
    assert not poses.blocked.any()
    assert all(row[0] for row in poses.avoided)


def test_the_hand_touches_what_it_takes_and_nothing_else() -> None:
    target = Target((0.2, 0.4, 1.1), hand="right")
    lump = ((0.13, 0.36, 0.98), (0.27, 0.5, 1.16))
    taken = _solve((box("lump", *lump, Role.WORKPIECE),), target)
    alone = solve_reach(PEOPLE, LINKS, STANDING, [target])
    assert np.array_equal(taken.angles, alone.angles)
    # The same block as a machine is no thing to put a hand through, though it may be touched around the point.
    machine = (box("lump", *lump, Role.MACHINE),)
    other = _solve(machine, target)
    assert not np.array_equal(other.angles, alone.angles)
    _check(other, machine)
    # A large workpiece gives way to the hand, not to the forearm.
    long = (box("beam", (0.0, 0.15, 1.02), (0.4, 0.9, 1.18), Role.WORKPIECE),)
    beam = _solve(long, target)
    assert not np.array_equal(beam.angles, alone.angles)
    for row in beam.in_the_way:
        assert not {one.segment for one in row[0]} & {"right_hand"}


def test_the_other_hand_where_either_may() -> None:
    """A wall between the right shoulder and the point: the left hand takes what the right one would have."""
    target = Target((0.02, 0.4, 1.2), hand="either", grasp="press")
    alone = solve_reach(PEOPLE, LINKS, STANDING, [target])
    assert (alone.hand == RIGHT).all()
    wall = (box("wall", (0.05, 0.16, 0.5), (0.06, 0.8, 2.0)),)
    poses = _solve(wall, target)
    assert not poses.blocked.any()
    assert (poses.hand == LEFT).all()
    _check(poses, wall)
    # Who must use the right hand cannot do it as easily.
    right = _solve(wall, dataclasses.replace(target, hand="right"))
    assert (right.blocked | (right.discomfort > poses.discomfort)).all()


def test_a_held_tool_must_pass_too() -> None:
    target = Target((0.15, 0.4, 1.2), hand="right")
    beam = (box("beam", (-1, 0.3, 1.42), (1, 0.5, 1.5)),)
    bare = _solve(beam, target)
    assert not bare.avoided[0][0]
    armed = _solve(beam, target, tools=[Tool(0.3, 0.03, "thumb")])
    assert {
        one.segment for one in judge_poses(bare, cell(*beam), tools=[Tool(0.3, 0.03)]).in_the_way[0][0]
    } == {"right_tool"}
    assert not armed.blocked.any()
    _check(armed, beam)
    assert tool_of(WorkPoint("a", (0, 0, 0))) is None
    assert tool_of(WorkPoint("a", (0, 0, 0), tool_length=0.2)) == Tool(0.2)
    with pytest.raises(UsageError, match="did you mean 'thumb'"):
        Tool(0.2, axis="thum")


def test_clearance_is_kept() -> None:
    wall = (box("wall", (0.345, 0.1, 0.0), (0.4, 1, 2.0)),)
    target = Target((0.3, 0.4, 1.1), hand="right")
    poses = _solve(wall, target, clearance=0.05)
    assert not poses.blocked.any()
    assert (poses.clearance >= 0.05 - GIVE - 1e-9).all()
    assert (_solve(wall, target).clearance < 0.05 - GIVE).any()
    with pytest.raises(ValueError, match="negative"):
        _solve(wall, target, clearance=-0.1)


def test_clearance_is_the_least_distance() -> None:
    """Against points: the reported clearance is what the sampled volume has, up to the sampling."""
    parts = (box("post", (0.6, 0.2, 0.0), (0.7, 0.3, 2.0)),)
    poses = _solve(parts, Target((0.2, 0.4, 1.1), hand="right"))
    for i in range(len(PEOPLE)):
        assert poses.clearance[i, 0] == pytest.approx(
            -_inside_by_points(poses, parts, i, 0, left_out=set()), abs=1e-3
        )


def test_seated_on_a_stool_at_a_bench() -> None:
    stance = Stance((0.0, 0.0, 0.0), NORTH, "sitting", seat_height=0.5)
    parts = (
        box("stool/seat", (-0.2, -0.2, 0.45), (0.2, 0.25, 0.5)),
        box("stool/post", (-0.03, -0.03, 0.0), (0.03, 0.03, 0.45)),
        box("bench", (-0.8, 0.3, 0.74), (0.8, 0.9, 0.78)),
    )
    poses = _solve(parts, Target((0.1, 0.5, 0.9), hand="right"), stance=stance)
    assert {one.part for row in poses.in_the_way for cell in row for one in cell} <= {"bench"}
    assert not poses.blocked.any()
    _check(poses, parts, left_out={"stool/seat", "stool/post"})


def test_out_of_reach_is_left_as_it_is() -> None:
    far = Target((0.0, 3.0, 1.2), hand="right")
    wall = (box("wall", (-1, 0.5, 0.0), (1, 0.52, 2.0)),)
    poses = _solve(wall, far)
    alone = solve_reach(PEOPLE, LINKS, STANDING, [far])
    assert np.array_equal(poses.missing, alone.missing)
    assert poses.blocked.all()
    assert poses.in_the_way[0][0][0].part == "wall"


def test_the_same_on_one_and_three_threads() -> None:
    parts = (box("wall", (-1, 0.3, 0.0), (1, 0.32, 1.1)),)
    targets = [Target((0.1 * k - 0.2, 0.45, 1.0 + 0.05 * k)) for k in range(5)]
    one = _solve(parts, *targets, threads=1)
    three = _solve(parts, *targets, threads=3)
    assert np.array_equal(one.angles, three.angles)
    assert one.in_the_way == three.in_the_way


def test_what_counts_and_why() -> None:
    parts = (
        box("line", (0, 0, 0), (1, 1, 0.001), Role.MARKING),
        box("far", (2e5, 0, 0), (3e5, 1, 1)),
        box("wall", (0, 0, 0), (1, 1, 1)),
    )
    known = obstacles_of(Scene("cell", parts), leave_out=["wall"])
    assert known.ids == ()
    assert set(known.left_out) == {"line", "far", "wall"}
    assert all(set(why) == {"en", "fr"} for why in known.left_out.values())
    with pytest.raises(UsageError, match="'door'"):
        obstacles_of(Scene("cell", parts), leave_out=["door"])


def test_random_clutter_is_never_cut() -> None:
    """Rods in random places: whatever is called clear is clear by points, whatever is blocked names a rod."""
    rng = np.random.default_rng(12)
    clear = moved = 0
    for _ in range(6):
        rods = []
        for k in range(7):
            at = rng.uniform((-0.5, 0.25, 0.8), (0.5, 0.7, 1.5))
            size = np.full(3, 0.02)
            size[rng.integers(3)] = 0.5
            rods.append(box(f"rod{k}", tuple(at - 0.5 * size), tuple(at + 0.5 * size)))
        targets = [
            Target(tuple(rng.uniform((-0.3, 0.35, 0.9), (0.3, 0.55, 1.4))), grasp="press") for _ in range(3)
        ]
        poses = _solve(tuple(rods), *targets)
        _check(poses, tuple(rods))
        clear += int((~poses.blocked).sum())
        moved += sum(bool(cell) for row in poses.avoided for cell in row)
        for i, j in zip(*np.nonzero(poses.blocked), strict=True):
            assert poses.in_the_way[i][j]
    assert clear > 20
    assert moved > 5
