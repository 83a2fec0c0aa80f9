"""Ways in: the roomiest line through a hole, and how far something slides, in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.geometry.bodies import Shapes
from immersive.geometry.capsules import Surroundings, surroundings
from immersive.geometry.insertion import (
    DIRECTIONS,
    ENOUGH,
    free_length,
    lines,
    rooms,
    sphere_directions,
    turns,
)
from tests.checks.access_scenes import holed
from tests.checks.walkway_scenes import box

NONE = np.zeros(1, np.uint8)
BACK = np.array([0.0, -1.0, 0.0])


def scene(*parts: object) -> Surroundings:
    shapes = Shapes()
    bodies = []
    for part in parts:
        body = shapes.body(part.mesh.vertices, part.mesh.faces, part.world_from_mesh)  # type: ignore[attr-defined]
        assert body is not None
        bodies.append(body)
    return surroundings(bodies)


def stick(radius: float, length: float = 0.5) -> np.ndarray:
    return np.array([[0.0, 0.0, radius, 0.0, 0.0, length, radius, radius]])


def test_directions_are_unit_and_leave_no_gap() -> None:
    every = sphere_directions(DIRECTIONS)
    np.testing.assert_allclose(np.linalg.norm(every, axis=1), 1.0, atol=1e-12)
    rng = np.random.default_rng(3)
    asked = rng.normal(size=(300, 3))
    asked /= np.linalg.norm(asked, axis=1)[:, None]
    worst = np.degrees(np.arccos((asked @ every.T).max(axis=1))).max()
    assert worst < 4.0


@settings(max_examples=40, deadline=None)
@given(z=st.floats(-1.0, 1.0), angle=st.floats(0.0, 7.0), roll=st.floats(-4.0, 4.0))
def test_turns_are_rotations_along_the_direction(z: float, angle: float, roll: float) -> None:
    flat = math.sqrt(1.0 - z * z)
    d = np.array([[flat * math.cos(angle), flat * math.sin(angle), z]])
    turn = turns(d, np.array([roll]))[0]
    np.testing.assert_allclose(turn.T @ turn, np.eye(3), atol=1e-9)
    assert np.linalg.det(turn) == pytest.approx(1.0)
    np.testing.assert_allclose(turn[:, 2], d[0], atol=1e-12)
    if roll == 0.0 and flat > 1e-6:
        assert abs(turn[2, 0]) < 1e-12


@pytest.mark.parametrize("aside", [0.0, 0.04, 0.12])
def test_the_roomiest_line_through_a_hole(aside: float) -> None:
    # From beside the axis the stick leans; a hole seen aslant is narrower one way only.
    around = scene(holed("plate", 0.05))
    place = np.array([aside, 0.2, 1.2])
    ahead = sphere_directions(DIRECTIONS)
    ahead = ahead[ahead @ BACK > 0.6]
    best = lines(around, stick(0.01), place, ahead, NONE, prefer=BACK, roll=False)[0]
    lean = math.atan2(aside, 0.2)
    # Towards the hole's middle, give or take what the plate's thickness does.
    assert best.direction @ np.array([-math.sin(lean), -math.cos(lean), 0.0]) > math.cos(0.03)
    if aside == 0.0:
        assert best.room == pytest.approx(0.025 - 0.01, abs=5e-5)
    else:
        assert 0.025 * math.cos(lean) - 0.012 - 0.004 < best.room < 0.025 - 0.01
    again = rooms(around, stick(0.01), place, best.turn[None], NONE)[0]
    assert again == pytest.approx(best.room, abs=1e-9)


def test_in_the_open_the_line_preferred_is_taken() -> None:
    around = scene(box("far", (50, 50, 0), (51, 51, 1)))
    prefer = np.array([0.6, 0.0, 0.8])
    best = lines(around, stick(0.05), np.zeros(3), sphere_directions(DIRECTIONS), NONE, prefer=prefer)[0]
    assert best.room == ENOUGH
    assert (best.capsule, best.body) == (-1, -1)
    assert best.direction @ prefer > math.cos(math.radians(4.0))


def test_a_line_deep_in_a_block_is_no_free_line() -> None:
    # From a face of a block as long as it likes to be: only outwards is free.
    around = scene(box("block", (-5, 0, -5), (5, 10, 5)))
    place = np.array([0.0, 0.001, 0.0])  # a millimetre inside, as a place on a surface may come out
    found = lines(around, stick(0.02), place, sphere_directions(DIRECTIONS), NONE, prefer=-BACK)
    # The stick's round end is the millimetre inside.
    assert found[0].room == pytest.approx(-0.001, abs=1e-4)
    assert found[0].direction @ BACK > 0.99


def test_what_is_skipped_does_not_count() -> None:
    around = scene(holed("plate", 0.05), box("far", (50, 50, 0), (51, 51, 1)))
    best = lines(
        around, stick(0.2), np.array([0.0, 0.3, 1.2]), BACK[None], np.array([1, 0], np.uint8), prefer=BACK
    )[0]
    assert best.room == ENOUGH


@pytest.mark.parametrize("lean", [0.0, 0.3, 1.0])
def test_a_ball_slides_up_to_a_wall(lean: float) -> None:
    around = scene(box("wall", (-5, 1.0, -5), (5, 1.1, 5)))
    way = np.array([math.sin(lean), math.cos(lean), 0.0])
    ball = np.array([[[0.0, 0, 0, 0, 0, 0, 0.1, 0.1]]])
    gone, hit = free_length(around, ball, way, 3.0, NONE)
    assert gone[0] == pytest.approx(0.9 / math.cos(lean), abs=1e-5)
    assert gone[0] <= 0.9 / math.cos(lean)
    assert hit[0] == 0


def test_sliding_past_a_thin_blade_is_no_sliding() -> None:
    around = scene(box("blade", (-5, 0.5, -5), (5, 0.5001, 5)))
    ball = np.array([[[0.0, 0, 0, 0, 0, 0, 0.001, 0.001]]])
    gone, hit = free_length(around, ball, -BACK, 10.0, NONE)
    assert gone[0] == pytest.approx(0.499, abs=1e-5)
    assert hit[0] == 0
    free, none = free_length(around, ball, BACK, 10.0, NONE)
    assert (free[0], none[0]) == (10.0, -1)
