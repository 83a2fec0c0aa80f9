"""Distance of convex polygons on the plan against shapely, and its closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from immersive.geometry.plan_distance import plan_distance


def _hull(rng: np.random.Generator) -> np.ndarray:
    """A random convex polygon, segment or point."""
    kind = rng.integers(0, 4)
    if kind == 0:
        return rng.uniform(-1, 1, (1, 2))
    if kind == 1:
        return rng.uniform(-1, 1, (2, 2))
    angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 8)))
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(0.1, 0.8)
    ring = ring @ np.array([[1.0, 0.3], [0.0, rng.uniform(0.05, 1.0)]]) + rng.uniform(-1, 1, 2)
    return ring if rng.integers(2) else ring[::-1]


def _shape(corners: np.ndarray) -> shapely.Geometry:
    if len(corners) == 1:
        return shapely.Point(corners[0])
    return shapely.LineString(corners) if len(corners) == 2 else shapely.Polygon(corners)


def test_agrees_with_shapely() -> None:
    rng = np.random.default_rng(7)
    touching = 0
    for _ in range(400):
        a, b = _hull(rng), _hull(rng)
        found, p, q = plan_distance(a, b)
        expected = _shape(a).distance(_shape(b))
        assert found == pytest.approx(expected, abs=1e-12)
        touching += expected == 0.0
        # The witnesses lie on the polygons and are that far apart.
        assert np.linalg.norm(p - q) == pytest.approx(found, abs=1e-12)
        assert _shape(a).distance(shapely.Point(p)) < 1e-12
        assert _shape(b).distance(shapely.Point(q)) < 1e-12
        assert plan_distance(b, a)[0] == pytest.approx(found, abs=1e-15)
    assert 25 < touching < 375


def test_contained_and_degenerate() -> None:
    square = [[0, 0], [4, 0], [4, 4], [0, 4]]
    assert plan_distance(square, [[2, 2]])[0] == 0.0
    assert plan_distance([[1, 1], [2, 1], [2, 2]], square)[0] == 0.0
    # A flat polygon is a segment: points of its line beyond its ends are not inside.
    flat = [[0, 0], [1, 0], [2, 0], [1, 0]]
    assert plan_distance(flat, [[5, 0]])[0] == 3.0
    assert plan_distance(flat, [[1.5, -2]])[0] == 2.0
    assert plan_distance([[0, 0], [2, 2]], [[0, 2], [2, 0]])[0] == 0.0
