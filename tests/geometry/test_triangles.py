"""Two triangles. Optimality is proven per example, not compared with another implementation.

For two convex sets and closest points p, q with n = (p - q)/|p - q|, the plane normal to n parts the
sets by min(n·A) - max(n·B) <= distance. Where that equals |p - q| nothing can be closer.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.geometry.triangles import triangle_distance, triangle_reach

coordinate = st.floats(-2.0, 2.0, allow_nan=False, width=32)
grid = st.integers(-2, 2).map(float)
triangle = st.lists(st.tuples(coordinate, coordinate, coordinate), min_size=3, max_size=3).map(np.array)
lattice = st.lists(st.tuples(grid, grid, grid), min_size=3, max_size=3).map(np.array)
any_triangle = st.one_of(triangle, lattice)


def on_triangle(point: np.ndarray, corners: np.ndarray) -> bool:
    """Distance from a convex combination of the corners, by least squares with the sum held at 1."""
    matrix = np.vstack([corners.T, 1e3 * np.ones(3)])
    best = np.inf
    for keep in ([0, 1, 2], [0, 1], [1, 2], [0, 2], [0], [1], [2]):
        weights, *_ = np.linalg.lstsq(matrix[:, keep], np.append(point, 1e3), rcond=None)
        weights = np.clip(weights, 0.0, None)
        if weights.sum() > 0.0:
            best = min(best, np.linalg.norm(weights / weights.sum() @ corners[keep] - point))
    return bool(best < 1e-7)


@settings(max_examples=300, deadline=None)
@given(any_triangle, any_triangle)
def test_distance_is_proven_by_a_parting_plane(a: np.ndarray, b: np.ndarray) -> None:
    distance, p, q = triangle_distance(a, b)
    assert distance == pytest.approx(np.linalg.norm(p - q), abs=1e-15)
    assert on_triangle(p, a)
    assert on_triangle(q, b)
    if distance > 1e-9:
        n = (p - q) / distance
        proven = (a @ n).min() - (b @ n).max()
        # The normal of two points 1e-8 apart is only good to 1e-8: that much the proof may fall short.
        assert proven == pytest.approx(distance, abs=1e-9 + 4e-15 / distance)


@settings(max_examples=150, deadline=None)
@given(any_triangle, any_triangle)
def test_distance_is_symmetric(a: np.ndarray, b: np.ndarray) -> None:
    assert triangle_distance(a, b)[0] == pytest.approx(triangle_distance(b, a)[0], abs=1e-14)


@settings(max_examples=150, deadline=None)
@given(any_triangle, any_triangle, st.integers(0, 2**31))
def test_reach_is_the_least_overlap_over_all_directions(a: np.ndarray, b: np.ndarray, seed: int) -> None:
    """No direction parts the two with less, and moving along none of them is needed when it is zero."""
    reach = triangle_reach(a, b)
    directions = np.random.default_rng(seed).normal(size=(2000, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    one, two = a @ directions.T, b @ directions.T
    overlap = np.minimum(one.max(0) - two.min(0), two.max(0) - one.min(0)).min()
    assert reach <= max(overlap, 0.0) + 1e-12
    if reach > 1e-9:
        assert triangle_distance(a, b)[0] < 1e-12
    if triangle_distance(a, b)[0] > 1e-9:
        assert reach == 0.0


def at_x(value: float) -> np.ndarray:
    return np.array([[value, -1.0, -1.0], [value, 1.0, -1.0], [value, 0.0, 1.0]])


@pytest.mark.parametrize("depth", [1e-6, 1e-3, 0.1])
def test_reach_of_a_point_through_a_face(depth: float) -> None:
    poking = np.array([[-depth, 0.0, 0.0], [1.0, 0.2, 0.0], [1.0, -0.2, 0.0]])
    assert triangle_reach(poking, at_x(0.0)) == pytest.approx(depth, abs=1e-12)
    assert triangle_reach(poking + np.array([depth, 0.0, 0.0]), at_x(0.0)) == 0.0


def test_reach_of_plates_that_cross_at_their_edges_is_the_overlap_of_the_edges() -> None:
    """The planes cross far from any corner; only the edges' overlap along y counts."""
    a = np.array([[-1.0, 1e-4, 0.0], [1.0, 1e-4, 0.0], [0.0, -1.0, 0.0]])
    b = np.array([[0.0, 0.0, -1.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    assert triangle_reach(a, b) == pytest.approx(1e-4, rel=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        # coplanar and overlapping, coplanar side by side, sharing an edge, sharing a corner
        ([[0, 0, 0], [2, 0, 0], [0, 2, 0]], [[0.5, 0.5, 0], [3, 0, 0], [0, 3, 0]], 0.0),
        ([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[3, 0, 0], [4, 0, 0], [3, 1, 0]], 2.0),
        ([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 0, 0], [1, 0, 0], [0, 0, 1]], 0.0),
        ([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 0, 0], [-1, 0, 0], [0, -1, 1]], 0.0),
        # a line and a point instead of triangles
        ([[0, 0, 1], [1, 0, 1], [2, 0, 1]], [[0, 0, 0], [2, 0, 0], [0, 2, 0]], 1.0),
        ([[0.7, 0, 1]] * 3, [[0, 0, 0], [1, 0, 0], [0.3, 0, 0]], 1.0),
        ([[5, 5, 5]] * 3, [[5, 5, 2]] * 3, 3.0),
        # parallel, one above the other; edges crossing in space
        ([[0, 0, 0.25], [1, 0, 0.25], [0, 1, 0.25]], [[0, 0, 0], [1, 0, 0], [0, 1, 0]], 0.25),
        ([[-1, 0, 1], [1, 0, 1], [0, 0, 5]], [[0, -1, 0], [0, 1, 0], [0, 0, -5]], 1.0),
    ],
)
def test_known_distances(a: list[list[float]], b: list[list[float]], expected: float) -> None:
    one, two = np.array(a, float), np.array(b, float)
    assert triangle_distance(one, two)[0] == pytest.approx(expected, abs=1e-15)
    assert triangle_distance(two, one)[0] == pytest.approx(expected, abs=1e-15)
    assert triangle_reach(one, two) == 0.0


@pytest.mark.parametrize("angle", [1e-4, 1e-7, 1e-9, 1e-12])
def test_nearly_parallel_edges_keep_their_digits(angle: float) -> None:
    """Two long edges that cross in the middle at a tiny angle, 0.1 apart, their triangles turned away."""
    u, v = np.array([np.cos(angle), np.sin(angle), 0.0]), np.array([1.0, 0.0, 0.0])
    a = np.array([-u, u, [0.0, 0.0, 1.0]]) + np.array([0.0, 0.0, 0.1])
    b = np.array([-v, v, [0.0, 0.0, -1.0]])
    assert triangle_distance(a, b)[0] == pytest.approx(0.1, abs=1e-12)


@pytest.mark.parametrize("thickness", [1e-3, 1e-6, 1e-9, 1e-13, 0.0])
def test_slivers(thickness: float) -> None:
    sliver = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, thickness, 0.0]])
    point = np.array([[0.7, 0.0, 0.3], [0.7, 0.1, 0.6], [0.7, -0.1, 0.6]])
    assert triangle_distance(sliver, point)[0] == pytest.approx(0.3, abs=1e-9)
