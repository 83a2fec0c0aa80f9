"""Bounds on what jointed bodies do in an interval, against what they are seen to do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.geometry import frames
from immersive.geometry.chains import FIXED, SLIDE, TURN, Chain, box_corners, spans

BOX = box_corners(np.array([[-0.1, -0.2, 0.0]]), np.array([[0.3, 0.1, 0.5]]))


def chain(seed: int, joints: int = 4, knots: int = 5) -> Chain:
    """Joints of all kinds one after the other; one follows another."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice([TURN, TURN, SLIDE, FIXED], joints)
    axes = rng.normal(size=(joints, 3))
    coordinates = np.where(kinds == FIXED, -1, np.arange(joints) % 3)
    return Chain(
        np.arange(joints),
        np.arange(1, joints + 1),
        kinds,
        np.array(
            [
                frames.translation(rng.uniform(-1, 1, 3)) @ frames.rotation_rpy(*rng.uniform(-3, 3, 3))
                for _ in range(joints)
            ]
        ),
        axes / np.linalg.norm(axes, axis=1, keepdims=True),
        coordinates,
        np.where(np.arange(joints) == 3, -0.7, 1.0),
        np.where(np.arange(joints) == 3, 0.2, 0.0),
        frames.translation(rng.uniform(-1, 1, 3)),
        rng.uniform(-1, 1, 3),
        np.cumsum(rng.uniform(0.2, 1.0, knots)),
        rng.uniform(-2.0, 2.0, (knots, 3)),
    )


def points(made: Chain, link: int, times: np.ndarray) -> np.ndarray:
    poses = made.world_from_rest(times)[:, link]
    inside = np.random.default_rng(1).uniform(size=(40, 3)) * np.ptp(BOX[0], axis=0) + BOX[0].min(axis=0)
    every = np.concatenate([BOX[0], inside])
    out: np.ndarray = np.einsum("nij,kj->nki", poses[:, :3, :3], every) + poses[:, None, :3, 3]
    return out


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(-0.2, 1.1), st.floats(0.0, 0.6), st.integers(1, 4))
def test_no_point_gets_farther_than_the_bound(seed: int, place: float, width: float, link: int) -> None:
    made = chain(seed)
    whole = made.times[-1] - made.times[0]
    start = made.times[0] + place * whole
    end = start + width * whole
    found = spans(made, np.array([link]), BOX, np.array([start]), np.array([end]))
    times = np.linspace(start, end, 60)
    seen = points(made, link, times)
    middle = points(made, link, np.array([0.5 * (start + end)]))
    far = np.linalg.norm(seen - middle, axis=-1)
    assert far.max() <= found.reach[0, 0] + 1e-12
    if np.isfinite(found.bend[0, 0]):
        # Straight on with the twist of the middle, off by no more than half the bend times time squared.
        v, w = found.twist[0, 0, :3], found.twist[0, 0, 3:]
        step = (times - 0.5 * (start + end))[:, None, None]
        straight = middle + step * (v + np.cross(w, middle))
        off = np.linalg.norm(seen - straight, axis=-1)
        assert (off <= 0.5 * found.bend[0, 0] * step[:, 0] ** 2 + 1e-9).all()


def test_a_single_hinge_is_exact() -> None:
    made = Chain(
        np.array([0]), np.array([1]), np.array([TURN]), np.eye(4)[None], np.array([[0.0, 0.0, 1.0]]),
        np.array([0]), np.ones(1), np.zeros(1), np.eye(4), np.zeros(1), np.array([0.0, 2.0]),
        np.array([[0.0], [1.0]]),
    )  # fmt: skip
    corners = box_corners(np.array([[0.0, -0.0, 0.0]]), np.array([[3.0, 4.0, 1.0]]))
    found = spans(made, np.array([1]), corners, np.array([0.0]), np.array([2.0]))
    assert found.reach[0, 0] == pytest.approx(2.0 * np.sin(0.25) * 5.0)
    assert found.bend[0, 0] == pytest.approx(0.5**2 * 5.0)
    assert found.twist[0, 0] == pytest.approx([0, 0, 0, 0, 0, 0.5])


def test_an_interval_over_a_knot_has_no_bend() -> None:
    made = chain(3)
    inside = spans(made, np.array([4]), BOX, made.times[:1], made.times[1:2])
    across = spans(made, np.array([4]), BOX, made.times[:1], made.times[2:3])
    assert np.isfinite(inside.bend).all()
    assert np.isinf(across.bend).all()
    assert not across.twist.any()
    assert (across.reach > inside.reach * 0.5).all()


def test_what_stands_still_has_no_reach() -> None:
    made = chain(5)
    after = made.times[-1] + np.array([[1.0], [2.0]])
    found = spans(made, np.array([0, 4]), np.repeat(BOX, 2, axis=0), after[0], after[1])
    assert not found.reach.any()
    assert not found.bend.any()
    still = spans(made, np.array([0]), BOX, made.times[:1], made.times[-1:])
    assert not still.reach.any()
