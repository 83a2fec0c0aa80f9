"""Plan distances height by height: closed forms, and dense points as a one-sided oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.geometry import shapes
from immersive.geometry.bands import band_distances


def test_a_cone_is_as_far_as_its_height_says() -> None:
    """A pyramid of base ±1 and height 2 above the origin: at height z it reaches 1 − z/2 to the side."""
    base = np.array([[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]])
    top = np.array([0.0, 0.0, 2.0])
    sides = np.array([[base[i], base[(i + 1) % 4], top] for i in range(4)])
    found = band_distances(sides, [0.0, 0.5, 1.0, 1.5, 2.0, 3.0], [[5.0, -1.0], [5.0, 1.0]])
    assert found.distance == pytest.approx([4.0, 4.25, 4.5, 4.75, 5.0])
    assert found.far[1] == pytest.approx([0.75, found.far[1][1], 0.5])
    assert found.near[:, 0] == pytest.approx(5.0)
    nothing = band_distances(sides, [2.1, 3.0], [[5.0, 0.0], [5.0, 1.0]])
    assert np.isinf(nothing.distance[0])
    assert np.isnan(nothing.far).all()


def test_a_line_over_a_slab_is_at_no_distance() -> None:
    slab = shapes.box((4.0, 4.0, 0.2))
    triangles = slab.vertices[slab.faces]
    found = band_distances(triangles, [-0.1, 0.1], [[0.3, 0.2], [0.4, 0.2]])
    assert found.distance[0] == 0.0
    assert found.far[0][:2] == pytest.approx([0.3, 0.2])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_point_of_a_band_is_nearer_and_the_witness_is_one_of_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    triangles = random.uniform(-1.0, 1.0, (5, 3, 3))
    line = random.uniform(-2.0, 2.0, (2, 2))
    levels = np.sort(random.uniform(-1.0, 1.0, 3))
    found = band_distances(triangles, levels, line)
    for k in range(2):
        near = band_distances(triangles, levels[k : k + 2], line, within=float(found.distance[k]) + 1e-9)
        assert near.distance[0] == found.distance[k]
    weights = random.dirichlet(np.ones(3), 4000)
    points = np.einsum("wk,fki->wfi", weights, triangles).reshape(-1, 3)
    for k in range(2):
        own = points[(points[:, 2] >= levels[k]) & (points[:, 2] <= levels[k + 1])][:, :2]
        e = line[1] - line[0]
        t = np.clip((own - line[0]) @ e / (e @ e), 0.0, 1.0)
        sampled = np.linalg.norm(own - line[0] - t[:, None] * e, axis=1).min(initial=np.inf)
        assert found.distance[k] <= sampled + 1e-12
        if np.isfinite(found.distance[k]):
            assert np.linalg.norm(found.far[k, :2] - found.near[k]) == pytest.approx(
                found.distance[k], abs=1e-9
            )
            assert levels[k] - 1e-9 <= found.far[k, 2] <= levels[k + 1] + 1e-9
            # The point is one of a triangle: outside none of them by more than rounding.
            gaps = [_off(found.far[k], triangle) for triangle in triangles]
            assert min(gaps) < 1e-9


def _off(point: np.ndarray, triangle: np.ndarray) -> float:
    """How badly a point is written as a mean of the corners."""
    a, b, c = triangle
    matrix = np.stack([b - a, c - a], axis=1)
    (s, t), *_ = np.linalg.lstsq(matrix, point - a, rcond=None)
    off = float(np.linalg.norm(matrix @ [s, t] - (point - a)))
    return max(off, -s, -t, s + t - 1.0)
