"""The arm in closed form, judged by forward kinematics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.human.arm_ik import arm_limits, solve_arm
from immersive.human.kinematics import figure
from immersive.human.skeleton import ANGLE, HAND_POINTS, LINK, LINKS, SEGMENT, SIDES

ROW = np.full(len(LINKS), 0.1)
ROW[[LINK["upper_arm"], LINK["forearm"]]] = 0.3, 0.26
ROW[[LINK["grip"], LINK["fingertip"], LINK["thumbtip"]]] = 0.08, 0.19, 0.13


def hands(angles, side, grasp="grip"):  # type: ignore[no-untyped-def]
    """(n, 3) points from the shoulder and (n, 3, 3) frames in the thorax."""
    q = np.zeros((len(angles), 39))
    first = ANGLE[f"{side}_shoulder_flexion"]
    q[:, first : first + 7] = angles
    at = figure(ROW, q, [0.0, 0.0, 0.0, math.pi / 2])
    return at.point(f"{side}_{HAND_POINTS[grasp]}") - at.point(f"{side}_shoulder"), at.rotations[
        :, SEGMENT[f"{side}_hand"]
    ]


@pytest.mark.parametrize("grasp", HAND_POINTS)
@pytest.mark.parametrize("side", SIDES)
def test_every_frame_the_arm_can_take_is_found(side: str, grasp: str) -> None:
    lo, hi = arm_limits(side)
    made = np.random.default_rng(1).uniform(lo, hi, (3000, 7))
    points, frames = hands(made, side, grasp)
    found = solve_arm(ROW, points, side=side, grasp=grasp, frames=frames)
    assert found.found.all()
    assert (found.angles >= lo - 1e-9).all()
    assert (found.angles <= hi + 1e-9).all()
    again, turned = hands(found.angles, side, grasp)
    assert np.linalg.norm(again - points, axis=1).max() < 1e-8
    assert np.abs(turned - frames).max() < 1e-7


@pytest.mark.parametrize("side", SIDES)
def test_directions_and_points_are_found(side: str) -> None:
    lo, hi = arm_limits(side)
    made = np.random.default_rng(2).uniform(lo, hi, (2000, 7))
    points, frames = hands(made, side)
    along = solve_arm(ROW, points, side=side, axes=-frames[:, :, 2])
    assert along.found.mean() >= 0.995
    again, turned = hands(along.angles[along.found], side)
    assert np.linalg.norm(again - points[along.found], axis=1).max() < 1e-8
    assert np.abs(turned[:, :, 2] - frames[along.found][:, :, 2]).max() < 1e-7
    free = solve_arm(ROW, points, side=side)
    assert free.found.mean() >= 0.995
    assert np.linalg.norm(hands(free.angles[free.found], side)[0] - points[free.found], axis=1).max() < 1e-8
    for part in (along, free):
        assert (part.angles[part.found] >= lo - 1e-9).all()
        assert (part.angles[part.found] <= hi + 1e-9).all()


def test_two_links_in_a_plane_follow_the_law_of_cosines() -> None:
    """A straight hand: shoulder, elbow and hand's point make a triangle of known sides."""
    reach = np.linspace(0.40, 0.63, 12)
    points = np.column_stack([np.zeros(12), reach, np.zeros(12)])
    found = solve_arm(ROW, points)
    assert found.found.all()
    upper, lower = 0.3, 0.26 + 0.08
    inner = np.arccos((upper**2 + lower**2 - reach**2) / (2 * upper * lower))
    assert found.angles[:, 3] == pytest.approx(math.pi - inner, abs=1e-12)
    assert (found.angles[:, 4:] == 0).all()
    # One hair farther than the arm is long, nothing; exactly as long, a straight arm.
    assert solve_arm(ROW, [[0, 0.6400001, 0]]).found.tolist() == [False]
    straight = solve_arm(ROW, [[0, 0.64, 0]])
    assert straight.found.all()
    assert straight.angles[0, 3] == pytest.approx(0.0, abs=1e-6)
    assert straight.angles[0, 0] == pytest.approx(math.pi / 2, abs=1e-6)


def test_boundary_agrees_with_sampling() -> None:
    """Farthest points in cones of directions, of 200,000 random postures, against the closed form."""
    lo, hi = arm_limits("right")
    rng = np.random.default_rng(4)
    made = rng.uniform(lo, hi, (200_000, 7))
    made[:, 3] = lo[3]
    made[:, 4:] = 0.0  # the straight arm is the longest
    points, _ = hands(made, "right")
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    checked = 0
    for ray in rng.normal(size=(60, 3)):
        ray = ray / np.linalg.norm(ray)
        close = unit @ ray > math.cos(math.radians(0.7))
        steps = np.arange(0.60, 0.6401, 0.002)
        reached = solve_arm(ROW, steps[:, None] * ray).found
        if close.any():
            # Within 0.7° a neighbour gets out to the full length; the ray itself is short of it by 5 mm at most.
            best = np.linalg.norm(points[close], axis=1).max()
            assert reached.any()
            assert steps[reached].max() == pytest.approx(best, abs=0.005)
            checked += 1
    assert checked > 20


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.02, 0.98), min_size=7, max_size=7))
def test_left_is_the_mirror_image(parts: list[float]) -> None:
    lo, hi = arm_limits("right")
    made = (lo + (hi - lo) * np.array(parts))[None]
    points, frames = hands(made, "right")
    mirror = np.diag([-1.0, 1.0, 1.0])
    right = solve_arm(ROW, points, side="right", frames=frames)
    left = solve_arm(ROW, points @ mirror, side="left", frames=mirror @ frames @ mirror)
    assert right.found.all()
    assert left.found.all()
    assert left.discomfort == pytest.approx(right.discomfort, rel=1e-3, abs=1e-3)


def test_threads_change_nothing_and_limits_can_be_narrowed() -> None:
    lo, hi = arm_limits("right")
    points, frames = hands(np.random.default_rng(3).uniform(lo, hi, (1500, 7)), "right")
    one = solve_arm(ROW, points, frames=frames, threads=1)
    two = solve_arm(ROW, points, frames=frames, threads=2)
    assert np.array_equal(one.angles, two.angles)
    narrow = (lo * 0.5, hi * 0.5)
    some = solve_arm(ROW, points, frames=frames, limits=narrow)
    assert 0.0 < some.found.mean() < 1.0
    assert (some.angles[some.found] <= narrow[1] + 1e-9).all()
    assert np.isinf(some.discomfort[~some.found]).all()
