"""Openings: the smallest slot, square and circle, against closed forms and a brute-force search over angles."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.geometry.facade import cover, field, free_openings, outline, top_edge
from immersive.geometry.opening_sets import flat_fans, measured, together
from immersive.geometry.openings import convex_hull, least_square, least_width, opening_size
from immersive.geometry.plan_segments import segment_to_triangles

STEPS = (0.004, 0.012, 0.02, 0.04, 0.12, 0.18)
coordinate = st.floats(-1.0, 1.0, allow_nan=False).map(lambda x: round(x, 3))
points = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=9, unique=True).map(np.array)


def turned(ring: np.ndarray, angle: float) -> np.ndarray:
    c, s = math.cos(angle), math.sin(angle)
    return ring @ np.array([[c, s], [-s, c]])


def rectangle(w: float, h: float, x: float = 0.0, z: float = 0.0) -> np.ndarray:
    return np.array([[x, z], [x + w, z], [x + w, z + h], [x, z + h]])


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.2])
def test_a_rectangle_is_a_slot_with_its_own_sides(angle: float) -> None:
    found = opening_size(turned(rectangle(0.2, 0.04), angle))
    assert found.shape == "slot"
    assert (found.e, found.length) == pytest.approx((0.04, 0.2))
    # The smallest square round a w x h rectangle stands on its corner where that is smaller.
    assert found.square == pytest.approx(min(0.2, 0.24 / math.sqrt(2)))
    assert found.round == pytest.approx(math.hypot(0.2, 0.04))


def test_a_square_and_a_polygon_drawn_for_a_circle() -> None:
    square = opening_size(turned(rectangle(0.05, 0.05), 0.7))
    assert (square.shape, square.e, square.round) == (
        "square",
        pytest.approx(0.05),
        pytest.approx(0.05 * math.sqrt(2)),
    )
    angles = np.linspace(0.0, 2 * math.pi, 24, endpoint=False)
    circle = opening_size(0.02 * np.column_stack([np.cos(angles), np.sin(angles)]))
    assert (circle.shape, circle.e) == ("round", pytest.approx(0.04))


def test_a_triangle_and_an_ell_are_irregular() -> None:
    triangle = opening_size(np.array([[0.0, 0.0], [0.3, 0.0], [0.0, 0.4]]))
    assert triangle.shape == "irregular"
    assert triangle.slot == pytest.approx(0.24)  # the height over the longest side
    assert triangle.round == pytest.approx(0.5)  # Thales
    ell = opening_size(np.array([[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2.0]]))
    assert ell.shape == "irregular"
    assert ell.square == pytest.approx(2.0)


def test_points_on_a_side_do_not_make_another_shape() -> None:
    ring = np.array([[0, 0], [0.01, 0], [0.04, 0], [0.04, 0.1], [0.04, 0.2], [0, 0.2]], float)
    assert opening_size(ring) == opening_size(rectangle(0.04, 0.2))


def test_no_opening_on_a_line() -> None:
    with pytest.raises(ValueError, match="on one line"):
        opening_size(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]))


@settings(max_examples=120, deadline=None)
@given(points)
def test_slot_square_and_circle_hold_the_hull_and_none_is_smaller_at_any_angle(cloud: np.ndarray) -> None:
    hull = convex_hull(cloud)
    if len(hull) < 3 or shapely.Polygon(hull).area < 1e-4:
        return
    angles = np.linspace(0.0, math.pi, 3601)
    across = np.ptp(hull @ np.stack([np.cos(angles), np.sin(angles)]), axis=0)
    along = np.ptp(hull @ np.stack([-np.sin(angles), np.cos(angles)]), axis=0)
    size = 2.0 * float(shapely.Polygon(hull).length)
    width, _ = least_width(hull)
    assert width <= across.min() + 1e-12
    assert across.min() - width <= size * 1e-3
    square = least_square(hull)
    least = np.maximum(across, along).min()
    assert square <= least + 1e-9
    assert least - square <= size * 1e-3
    assert width <= square + 1e-12


def test_a_grid_of_bars_leaves_the_openings_it_leaves() -> None:
    bars = [rectangle(0.004, 0.5, 0.04 * k) for k in range(6)]  # upright, 4 mm, every 40 mm
    bars += [rectangle(0.204, 0.004, 0.0, z) for z in (0.0, 0.248, 0.496)]
    flat = np.array([triangle for bar in bars for triangle in (bar[[0, 1, 2]], bar[[0, 2, 3]])])
    seen = outline(flat, STEPS)
    assert len(seen.openings) == 10
    (size,) = seen.openings.sizes
    assert (size.shape, round(size.e, 6), round(size.length, 6)) == ("slot", 0.036, 0.244)
    assert seen.filled.area == pytest.approx(0.204 * 0.5)
    moved = seen.moved(1.0, 2.0)
    every = moved.openings
    there = every.polygons(np.arange(len(every)))
    assert shapely.bounds(there) == pytest.approx(every.boxes)
    assert every.ring(3) == pytest.approx(shapely.get_coordinates(there[3])[:-1])
    for k in range(len(every)):
        mine = every.triangles[every.owners == k].reshape(-1, 2)
        assert (*mine.min(axis=0), *mine.max(axis=0)) == pytest.approx(tuple(every.boxes[k]))
    half = every.take(np.arange(len(every)) % 2 == 0)
    assert half.boxes == pytest.approx(every.boxes[::2])
    both = together([half, every.take(np.arange(len(every)) % 2 == 1)])
    assert len(both.sizes) == 1
    assert sorted(both.boxes[:, 0]) == pytest.approx(sorted(every.boxes[:, 0]))
    assert both.boxes[both.owners[-1]] == pytest.approx(
        [*both.triangles[-2:].min(axis=(0, 1)), *both.triangles[-2:].max(axis=(0, 1))]
    )


def test_both_windings_of_a_closed_box_and_an_open_sheet_cover_the_same() -> None:
    front = np.array([rectangle(1, 1)[[0, 1, 2]], rectangle(1, 1)[[0, 2, 3]]])
    box = np.concatenate([front, front[:, ::-1]])
    for flat in (front, front[:, ::-1], box):
        assert cover(flat)[0].area == pytest.approx(1.0)


def test_top_edge_sees_a_dip_and_closes_what_only_an_arm_gets_through() -> None:
    region = shapely.union_all(
        [
            shapely.box(0, 0, 1, 2),
            shapely.box(1.1, 0, 2, 2),
            shapely.box(2, 0, 3, 1.2),
            shapely.box(3, 0, 4, 2),
        ]
    )
    edge = top_edge(shapely.MultiPolygon(list(shapely.get_parts(region))), 0.0, 4.0)
    assert edge.at_least(2.0, close=0.12) == [(0.0, 2.0), (3.0, 4.0)]
    assert edge.at_least(2.0, close=0.05) == [(0.0, 1.0), (1.1, 2.0), (3.0, 4.0)]
    assert edge.at_least(1.2, close=0.12) == [(0.0, 4.0)]
    assert edge.lowest(2.0, 3.0) == pytest.approx(1.2)


def test_a_slanted_top_is_cut_where_it_passes_a_level() -> None:
    region = shapely.MultiPolygon([shapely.Polygon([(0, 0), (2, 0), (2, 2), (0, 1)])])
    ((start, end),) = top_edge(region, 0.0, 2.0).at_least(1.5, close=0.0)
    assert (start, end) == (pytest.approx(1.0), pytest.approx(2.0))


def test_a_floor_gap_with_joints_beside_the_panel_is_taken_apart() -> None:
    # Two posts, a panel between them with joints of 12 mm, 180 mm above the floor.
    posts = [shapely.box(0, 0, 0.06, 2), shapely.box(1.0, 0, 1.06, 2)]
    panel = shapely.box(0.072, 0.18, 0.988, 2)
    covered = shapely.MultiPolygon([*posts, panel])
    edge = top_edge(covered, 0.0, 1.06)
    whole = field(edge, [(0.0, 1.06, 2.0)], 0.0)
    assert whole.area == pytest.approx(1.06 * 2)
    pieces = free_openings(whole, covered, STEPS)
    found = measured(pieces, {})
    sizes = [found.size(k) for k in range(len(found))]
    assert sorted((round(one.e, 4), round(one.length, 4)) for one in sizes) == [
        (0.012, 1.82),
        (0.012, 1.82),
        (0.18, 0.94),
    ]
    total = sum(one.area for one in pieces)
    assert total == pytest.approx(0.94 * 0.18 + 2 * 0.012 * 1.82, abs=1e-4)


@settings(max_examples=80, deadline=None)
@given(points, st.floats(0.005, 0.3))
def test_whatever_disc_fits_into_a_hole_meets_an_opening_as_wide(cloud: np.ndarray, radius: float) -> None:
    ring = shapely.Polygon(cloud)
    if not ring.is_valid or ring.area < 0.01:
        return
    whole = ring.envelope.buffer(0.01)
    pieces = free_openings(ring, shapely.difference(whole, ring), STEPS)
    found = measured(pieces, {})
    for spot in shapely.get_parts(ring.buffer(-radius)):
        if spot.is_empty:
            continue
        disc = spot.representative_point().buffer(radius - 1e-5)
        assert any(
            found.size(k).slot >= 2 * radius - 1e-4 and piece.intersects(disc)
            for k, piece in enumerate(pieces)
        )


def test_fans_cover_their_polygons_and_hulls() -> None:
    square, ell = shapely.box(0, 0, 1, 1), shapely.Polygon([(5, 0), (7, 0), (7, 1), (6, 1), (6, 2), (5, 2)])
    triangles, owner = flat_fans([square, ell, shapely.Point(9, 9).buffer(1.0)])
    area = shapely.area(shapely.polygons(np.concatenate([triangles, triangles[:, :1]], axis=1)))
    assert area[owner == 0].sum() == pytest.approx(1.0)
    assert area[owner == 1].sum() == pytest.approx(ell.convex_hull.area)
    assert area[owner == 2].sum() == pytest.approx(shapely.Point(9, 9).buffer(1.0).area)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6))
def test_plan_distance_of_a_segment_is_that_of_geos(seed: int) -> None:
    rng = np.random.default_rng(seed)
    triangles = rng.uniform(-1, 1, (4, 3, 2))
    if seed % 3 == 0:
        triangles[:, 2] = triangles[:, 0]  # upright faces are lines on the plan
    ends = rng.uniform(-2, 2, (2, 2))
    gap, here, there, which = segment_to_triangles(ends[0], ends[1], triangles)
    line = shapely.LineString(ends)
    shapes = [shapely.LineString(t[:2]) if seed % 3 == 0 else shapely.Polygon(t) for t in triangles]
    assert gap == pytest.approx(min(line.distance(one) for one in shapes), abs=1e-12)
    assert np.hypot(*(here - there)) == pytest.approx(gap, abs=1e-12)
    assert line.distance(shapely.Point(here)) <= 1e-12
    assert shapes[which].distance(shapely.Point(there)) <= 1e-9
