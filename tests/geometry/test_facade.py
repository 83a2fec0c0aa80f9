"""Outlines of fences: which openings are taken as one."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from immersive.geometry.facade import _convex, cover, outlined

corner = st.tuples(st.integers(0, 8), st.integers(0, 8))


@given(st.lists(st.lists(corner, min_size=3, max_size=6), min_size=1, max_size=6))
def test_a_ring_told_convex_is_its_own_hull(corners: list[list[tuple[int, int]]]) -> None:
    polygons = [made for made in map(shapely.Polygon, corners) if made.is_valid and made.area > 0.0]
    if not polygons:
        return
    told = _convex([made.exterior for made in polygons])
    for polygon, convex in zip(polygons, told, strict=True):
        turns = len(polygon.convex_hull.exterior.coords)
        few = len(polygon.exterior.coords) <= 5
        if convex:
            assert polygon.convex_hull.area == polygon.area
        elif few:
            # A reflex corner, or one that does not turn at all.
            assert polygon.convex_hull.area > polygon.area or turns < len(polygon.exterior.coords)


def test_quadrangles_that_are_arrows_are_not_convex() -> None:
    square, arrow = shapely.box(0, 0, 1, 1), shapely.Polygon([(0, 0), (2, 1), (0, 2), (1, 1)])
    assert _convex([square.exterior, arrow.exterior, square.reverse().exterior]).tolist() == [
        True,
        False,
        True,
    ]


def test_openings_of_a_mesh_are_counted_one_by_one() -> None:
    """Wires that make 3 x 2 square openings of 40 mm, and an arrow cut into a sheet beside them."""
    bars = [(0.05 * k, 0.0, 0.05 * k + 0.01, 0.11) for k in range(4)]
    bars += [(0.0, 0.05 * k, 0.16, 0.05 * k + 0.01) for k in range(3)]
    triangles = []
    for x0, z0, x1, z1 in bars:
        triangles += [[(x0, z0), (x1, z0), (x1, z1)], [(x0, z0), (x1, z1), (x0, z1)]]
    region, blur = cover(np.array(triangles))
    made = outlined(region, blur, (0.01, 0.02))
    assert blur == 0.0
    assert len(made.openings) == 6
    assert np.isclose(made.filled.area, 0.16 * 0.11, rtol=1e-9)
