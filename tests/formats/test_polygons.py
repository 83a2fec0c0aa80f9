"""Polygons to triangles: always n − 2, same winding, same area, nothing outside a concave outline."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import LimitError
from immersive.formats import _polygons
from immersive.formats._polygons import triangulate
from immersive.geometry.frames import rotation_rpy
from tests.builders import HANG


def cut(loop: np.ndarray) -> np.ndarray:
    n = len(loop)
    triangles, owner = triangulate(loop, np.arange(n), np.array([n]), file="f")
    assert len(triangles) == n - 2
    assert set(owner) <= {0}
    return triangles


def areas(loop: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Vector area of each triangle."""
    a, b, c = (loop[triangles[:, i]] for i in range(3))
    return 0.5 * np.cross(b - a, c - a)


def flat(*xy: tuple[float, float]) -> np.ndarray:
    return np.array([(x, y, 0.0) for x, y in xy])


def star(radii: list[float], turn: tuple[float, float, float]) -> np.ndarray:
    """A star-shaped (so simple) polygon of these radii, somewhere in space."""
    angle = np.arange(len(radii)) * 2 * math.pi / len(radii)
    loop = np.stack([radii * np.cos(angle), radii * np.sin(angle), 0 * angle], axis=1)
    return loop @ rotation_rpy(*turn)[:3, :3].T + [3.0, -2.0, 5.0]


@given(st.lists(st.floats(0.1, 2.0), min_size=4, max_size=25), st.tuples(*[st.floats(-3, 3)] * 3))
@settings(max_examples=60, deadline=None)
def test_any_simple_polygon_is_covered_once_with_its_winding(
    radii: list[float], turn: tuple[float, float, float]
) -> None:
    loop = star(radii, turn)
    each = areas(loop, cut(loop))
    centred = loop - loop.mean(axis=0)
    whole = 0.5 * np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)
    size = float(np.linalg.norm(whole))
    assert each.sum(axis=0) == pytest.approx(whole, abs=1e-9 * size)
    # Covered exactly once: no triangle is turned over, so the plain areas add up to the same.
    assert (each @ whole).min() >= -1e-7 * size * size
    assert np.linalg.norm(each, axis=1).sum() == pytest.approx(size, rel=1e-6)


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("first", range(4))
def test_an_arrowhead_is_cut_at_its_notch_wherever_it_starts(first: int, turn: int) -> None:
    loop = np.roll(flat((0, 0), (2, -1), (0.5, 0), (2, 1)), -first, axis=0)
    loop = loop[::turn]
    each = areas(loop, cut(loop))
    assert np.abs(each[:, 2]).sum() == pytest.approx(abs(each[:, 2].sum()), rel=1e-12)
    assert np.abs(each[:, 2]).sum() == pytest.approx(0.5)


def test_an_l_shape_does_not_fill_its_corner() -> None:
    loop = flat((0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2))
    triangles = cut(loop)
    assert np.linalg.norm(areas(loop, triangles), axis=1).sum() == pytest.approx(3.0)
    for corner in loop[triangles]:
        x, y, _ = corner.mean(axis=0)
        assert x < 1 or y < 1


def test_a_batch_keeps_the_order_of_its_polygons() -> None:
    points = np.concatenate(
        [flat((0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)), flat((5, 5), (6, 5), (6, 6))]
    )
    corners = np.array([6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 1, 0, 1, 2, 3, 8, 7, 6])
    triangles, owner = triangulate(points, corners, np.array([3, 6, 2, 4, 3]), file="f")
    assert owner.tolist() == [0, 1, 1, 1, 1, 3, 3, 4]
    assert triangles[0].tolist() == [0, 1, 2]
    assert triangles[-1].tolist() == [15, 16, 17]
    assert all(t.min() >= 3 and t.max() < 9 for t in triangles[1:5])


def test_nothing_gives_nothing() -> None:
    for counts in ([], [0], [1, 2]):
        corners = np.zeros(sum(counts), np.int64)
        triangles, owner = triangulate(np.zeros((1, 3)), corners, np.array(counts, np.int64), file="f")
        assert triangles.shape == (0, 3)
        assert owner.shape == (0,)


@pytest.mark.parametrize(
    "loop",
    [
        np.zeros((7, 3)),
        flat(*[(i, 0) for i in range(6)]),
        flat((0, 0), (1, 1), (1, 0), (0, 1), (0.5, 2)),
        np.array([[math.nan, 0, 0], [1, 0, 0], [1, 1, 0], [0.9, 0.2, 0], [0, 1, 0]]),
    ],
)
def test_degenerate_and_crossing_polygons_give_their_count_and_end(loop: np.ndarray) -> None:
    triangles = cut(loop)
    assert triangles.min() >= 0
    assert triangles.max() < len(loop)


def test_a_comb_of_thousands_of_teeth_is_exact_and_quick() -> None:
    teeth = 3000
    x = np.repeat(np.arange(2 * teeth), 1).astype(float)
    top = np.stack([x[::-1], 1.0 + (np.arange(2 * teeth) % 2), 0 * x], axis=1)
    loop = np.concatenate([flat((0, 0), (2 * teeth - 1, 0)), top])
    cut(loop[:12])  # compile
    start = time.process_time()
    each = areas(loop, cut(loop))
    assert time.process_time() - start < HANG
    assert np.abs(each[:, 2]).sum() == pytest.approx(abs(each[:, 2].sum()))
    assert np.abs(each[:, 2]).sum() == pytest.approx(1.5 * (2 * teeth - 1))


def test_a_concave_polygon_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_polygons, "MAX_CONCAVE_CORNERS", 5)
    with pytest.raises(LimitError, match=r"cell\.dae: has a concave polygon of 6 corners"):
        triangulate(
            flat((0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)), np.arange(6), np.array([6]), file="cell.dae"
        )


def test_division_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_polygons, "_BUDGET", 3)
    with pytest.raises(LimitError, match="too long"):
        cut(flat((0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)))
