"""Free arcs: bounded from both sides, thin obstacles seen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from immersive.geometry.free_arc import FreeArc, free_arc

FloatArray = NDArray[np.float64]
TURN = 2.0 * math.pi
REACH = 0.3


def gap(angles: FloatArray, at: float, half: float) -> FloatArray:
    """Metres at the reach from an obstacle at ``at`` of half width ``half``, below zero in it; 1-Lipschitz in arc."""
    off = np.abs((angles - at + math.pi) % TURN - math.pi)
    return REACH * (off - half)


def arc_with(*obstacles: tuple[float, float], **more: float) -> FreeArc:
    def clearance(angles: FloatArray) -> FloatArray:
        return np.min([np.full(len(angles), 1.0), *(gap(angles, a, h) for a, h in obstacles)], axis=0)

    return free_arc(clearance, REACH, **more)


def test_nothing_in_the_way_is_a_full_turn() -> None:
    arc = arc_with()
    assert (arc.angle, arc.possible) == (TURN, TURN)


def test_everything_in_the_way_is_none() -> None:
    arc = arc_with((0.0, 4.0))
    assert (arc.angle, arc.possible) == (0.0, 0.0)


@pytest.mark.parametrize("half", [1e-5, 1e-3, 0.1, 1.0])
@pytest.mark.parametrize("at", [0.0, 1.234, 3.0, 6.283])
def test_one_obstacle_however_thin(at: float, half: float) -> None:
    arc = arc_with((at, half))
    true = TURN - 2.0 * half
    assert arc.angle <= true + 1e-12
    assert arc.angle > true - 4e-4
    # What is thinner than the resolution cannot be proven to block; it is left undecided, not called free.
    assert arc.angle < TURN
    assert arc.possible >= true - 1e-12
    assert math.isclose((arc.start - at - half) % TURN, 0.0, abs_tol=4e-4) or arc.start - at - half < 4e-4


@settings(max_examples=60, deadline=None)
@given(obstacles=st.lists(st.tuples(st.floats(0.0, TURN), st.floats(1e-4, 0.5)), min_size=1, max_size=6))
def test_true_arc_lies_between_the_bounds(obstacles: list[tuple[float, float]]) -> None:
    arc = arc_with(*obstacles)
    # By brute force over the ends of the obstacles.
    best = 0.0
    for a, h in obstacles:
        start = a + h
        if any(abs((start - b + math.pi) % TURN - math.pi) < k - 1e-12 for b, k in obstacles):
            continue
        ends = [(b - k - start) % TURN for b, k in obstacles]
        best = max(best, min(ends))
    assert arc.angle <= best + 1e-9
    assert arc.possible >= best - 1e-9
    assert arc.angle >= best - 1e-3


def test_slack_shrinks_what_is_sure_and_widens_what_is_possible() -> None:
    arc = arc_with((1.0, 0.2), slack=0.003)
    assert arc.angle == pytest.approx(TURN - 2.0 * (0.2 + 0.003 / REACH), abs=4e-4)
    assert arc.possible == pytest.approx(TURN - 2.0 * (0.2 - 0.003 / REACH), abs=4e-4)


def test_grazing_all_around_ends_and_stays_undecided() -> None:
    arc = free_arc(lambda angles: np.zeros(len(angles)), REACH)
    assert arc.angle == 0.0
    assert arc.possible == TURN
    assert arc.measured < 10_000
