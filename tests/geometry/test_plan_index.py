"""Distances on the plan from many shapes to many obstacles, against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.geometry.plan_distance import plan_distance
from immersive.geometry.plan_index import PlanIndex
from immersive.geometry.plan_paths import Moves, spread
from immersive.geometry.vehicle_ways import hull


def obstacles(seed: int, count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        points = rng.uniform(0.0, 10.0, 2) + rng.uniform(-0.5, 0.5, (int(rng.integers(1, 6)), 2))
        made.append(hull(points) if len(points) > 2 else points)
    return made


def index_of(polygons: list[np.ndarray]) -> PlanIndex:
    start = np.concatenate([[0], np.cumsum([len(p) for p in polygons])])
    return PlanIndex(np.concatenate(polygons), start, np.arange(len(polygons)) * 10)


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_nearest_is_that_of_brute_force(seed: int, count: int, corners: int) -> None:
    polygons = obstacles(seed, count)
    index = index_of(polygons)
    rng = np.random.default_rng(seed + 1)
    ring = hull(rng.uniform(-0.4, 0.4, (corners, 2))) if corners > 2 else rng.uniform(-0.4, 0.4, (corners, 2))
    shapes = rng.uniform(0.0, 10.0, (12, 1, 2)) + ring
    found = index.nearest(shapes, 3.0)
    free = index.free(shapes)
    for k, shape in enumerate(shapes):
        away = [plan_distance(shape, polygon)[0] for polygon in polygons]
        best = min(away)
        assert found.away[k] == pytest.approx(min(best, 3.0), abs=1e-12)
        assert free[k] == (best > 0.0)
        if best < 3.0:
            assert away[found.which[k]] == pytest.approx(best, abs=1e-12)
            a, b = found.witness[k]
            assert np.linalg.norm(a - b) == pytest.approx(best, abs=1e-9)
        else:
            assert found.which[k] == -1


def test_nothing_there_and_nothing_asked() -> None:
    index = PlanIndex(np.empty((0, 2)), np.zeros(1, np.int64), np.empty(0, np.int64))
    assert index.nearest(np.zeros((3, 2)), 2.0).away.tolist() == [2.0, 2.0, 2.0]
    assert index.free(np.zeros((1, 4, 2))).tolist() == [True]
    assert len(index_of(obstacles(1, 5)).nearest(np.empty((0, 2)), 1.0).away) == 0


def grid_moves() -> Moves:
    step = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])
    return Moves(np.array([0, 4]), np.zeros(4, np.int64), step, np.ones(4))


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_ways_are_those_of_bellman(seed: int) -> None:
    """Shortest and widest values against relaxation until nothing changes."""
    rng = np.random.default_rng(seed)
    shape = (7, 9)
    open_ = rng.uniform(size=shape) > 0.25
    allowed = np.zeros((4, *shape), bool)
    moves = grid_moves()
    for m, (dr, dc) in enumerate(moves.step):
        for r in range(shape[0]):
            for c in range(shape[1]):
                q, s = r + dr, c + dc
                allowed[m, r, c] = 0 <= q < shape[0] and 0 <= s < shape[1] and open_[r, c] and open_[q, s]
    weight = rng.uniform(0.5, 2.0, shape)
    for widest in (False, True):
        begin = np.array([-weight.ravel()[30] if widest else 0.0])
        found = spread(moves, allowed, np.array([30]), begin, weight=weight, widest=widest)
        value = np.full(shape, np.inf)
        value.ravel()[30] = begin[0]
        for _ in range(40):
            for m, (dr, dc) in enumerate(moves.step):
                for r, c in np.argwhere(allowed[m]):
                    old = value[r, c]
                    new = max(old, -weight[r + dr, c + dc]) if widest else old + weight[r + dr, c + dc]
                    if np.isfinite(old):
                        value[r + dr, c + dc] = min(value[r + dr, c + dc], new)
        assert np.allclose(found.value[0], value)
        for cell in np.flatnonzero(np.isfinite(value)):
            way = found.way(int(cell))
            assert way[0] == 30
            assert np.abs(np.diff(np.stack(np.divmod(way, 9)), axis=1)).sum(axis=0).max(initial=1) == 1
