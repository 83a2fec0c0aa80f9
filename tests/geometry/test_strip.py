"""Mitred strips: closed forms and the tiling property."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from immersive.geometry.strip import StripError, mitred_strip


def test_corner_of_an_l() -> None:
    strip = mitred_strip([[0, 0], [5, 0], [5, 5]], 1.2)
    np.testing.assert_allclose(strip.left, [[0, 0.6], [4.4, 0.6], [4.4, 5]])
    np.testing.assert_allclose(strip.right, [[0, -0.6], [5.6, -0.6], [5.6, 5]])
    np.testing.assert_allclose(strip.inner, [0, 4.4, 8.8])
    np.testing.assert_allclose(strip.stations, [0, 5, 10])


def test_repeated_points_are_one() -> None:
    strip = mitred_strip([[0, 0], [0, 0], [2, 0], [2, 0]], 1)
    assert strip.legs == 1


@pytest.mark.parametrize(
    ("path", "width", "kind", "index"),
    [
        ([[1, 1], [1, 1]], 1.0, "short", 0),
        ([], 1.0, "short", 0),
        ([[0, 0], [3, 0], [0, 0.1]], 1.0, "sharp", 1),
        ([[0, 0], [3, 0], [3, 0.5], [0, 0.5]], 1.2, "tight", 1),
    ],
)
def test_refused(path: list[list[float]], width: float, kind: str, index: int) -> None:
    with pytest.raises(StripError) as caught:
        mitred_strip(np.array(path).reshape(-1, 2), width)
    assert (caught.value.kind, caught.value.index) == (kind, index)


@given(
    turns=st.lists(st.floats(-1.6, 1.6), min_size=1, max_size=4),
    lengths=st.lists(st.floats(2.0, 5.0), min_size=5, max_size=5),
    width=st.floats(0.5, 1.5),
)
@settings(max_examples=40, deadline=None)
def test_legs_tile_the_strip(turns: list[float], lengths: list[float], width: float) -> None:
    heading = np.cumsum([0.0, *turns])
    steps = np.stack([np.cos(heading), np.sin(heading)], axis=1) * np.array(lengths)[: len(heading), None]
    path = np.concatenate([[[0.0, 0.0]], np.cumsum(steps, axis=0)])
    strip = mitred_strip(path, width)
    outline = shapely.Polygon(np.concatenate([strip.right, strip.left[::-1]]))
    assume(outline.is_valid)  # a strip that runs into itself has no simple outline
    quads = shapely.polygons(strip.quads)
    assert all(quad.exterior.is_ccw for quad in quads)
    # An area of width times length, whichever way it bends.
    assert outline.area == pytest.approx(width * strip.stations[-1], rel=1e-9)
    assert sum(quad.area for quad in quads) == pytest.approx(outline.area, rel=1e-9)
    assert shapely.unary_union(quads).area == pytest.approx(outline.area, rel=1e-9)
