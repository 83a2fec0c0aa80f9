"""Outlines against closed forms: areas, holes, sheets, cuts and sections."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.geometry import silhouette as outlines
from immersive.geometry.shapes import box, cylinder, sphere
from immersive.geometry.silhouette import clip, exact_union, masked_union, section, silhouette, trace


def rectangle(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], float)
    return np.array([corners[[0, 1, 2]], corners[[0, 2, 3]]])


L_SHAPE = np.concatenate([rectangle(0, 0, 3, 1), rectangle(0, 0, 1, 3)])
RING = np.concatenate(
    [rectangle(0, 0, 3, 1), rectangle(0, 2, 3, 3), rectangle(0, 0, 1, 3), rectangle(2, 0, 3, 3)]
)


@pytest.mark.parametrize(
    ("triangles", "area", "holes"),
    [(rectangle(0, 0, 2, 1), 2.0, 0), (L_SHAPE, 5.0, 0), (RING, 8.0, 1)],
    ids=["box", "L", "ring"],
)
def test_area_and_holes_of_both_methods(triangles: np.ndarray, area: float, holes: int) -> None:
    exact = exact_union(triangles)
    assert exact.area == pytest.approx(area, rel=1e-12)
    assert len(exact.interiors) == holes
    cell = 0.01
    masked = masked_union(triangles, cell)
    assert masked.area == pytest.approx(area, abs=cell * exact.length)
    assert len(masked.interiors) == holes
    assert exact.hausdorff_distance(masked) < 2.0 * cell


@given(angle=st.floats(0.0, 2.0 * math.pi), cell=st.sampled_from([0.02, 0.01]))
@settings(max_examples=25, deadline=None)
def test_mask_agrees_with_the_exact_union_at_any_angle(angle: float, cell: float) -> None:
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    turned = RING @ turn.T
    exact, masked = exact_union(turned), masked_union(turned, cell)
    assert masked.is_valid
    assert exact.symmetric_difference(masked).area < cell * exact.length
    # The farthest that one boundary strays from the other.
    for one, other in ((exact, masked), (masked, exact)):
        points = shapely.points(shapely.get_coordinates(shapely.segmentize(one.boundary, 0.02)))
        assert shapely.distance(points, other.boundary).max() < 2.5 * cell


def test_dense_sphere_is_a_disc() -> None:
    shape = sphere(0.5, deflection=1e-4)
    seen = shape.vertices[shape.faces][:, :, :2]
    assert len(seen) > 20 * outlines.EXACT_TRIANGLES
    region = silhouette(seen, 0.002)
    assert region.area == pytest.approx(math.pi * 0.25, abs=0.002 * math.pi)
    assert len(getattr(region, "interiors", ())) == 0


def test_mask_keeps_what_is_thinner_than_a_cell() -> None:
    sliver = np.array([[[0.0, 0.0], [1.0, 0.003], [1.0, 0.0]]])
    region = masked_union(sliver, 0.05)
    assert region.bounds[2] - region.bounds[0] >= 0.95


def test_edge_on_sheet_is_a_strip_of_the_given_width() -> None:
    wall = np.array([[[0.0, 0.0], [2.0, 0.0], [2.0, 0.0]], [[0.0, 0.0], [2.0, 0.0], [0.0, 0.0]]])
    assert silhouette(wall, 0.01).is_empty
    assert silhouette(wall, 0.01, thin=0.05).area == pytest.approx(2.0 * 0.05, rel=0.05)


def test_no_triangles_no_region() -> None:
    assert silhouette(np.zeros((0, 3, 2)), 0.01).is_empty
    assert len(clip(np.zeros((0, 3, 3)), 2, 0.0, 1.0)) == 0


def area_of(triangles: np.ndarray) -> float:
    edges = triangles[:, 1:] - triangles[:, :1]
    return float(0.5 * np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1).sum())


@given(low=st.floats(-1.2, 1.2), high=st.floats(-1.2, 1.2))
@settings(max_examples=40, deadline=None)
def test_clipped_cylinder_has_the_area_of_its_slab(low: float, high: float) -> None:
    low, high = min(low, high), max(low, high)
    shape = cylinder(0.4, 2.0)
    triangles = shape.vertices[shape.faces]
    kept = clip(triangles, 2, low, high)
    side = area_of(triangles[np.ptp(triangles[:, :, 2], axis=1) > 0.0])
    cap = (area_of(triangles) - side) / 2.0
    tall = max(0.0, min(high, 1.0) - max(low, -1.0))
    lids = sum(cap for z in (-1.0, 1.0) if low <= z <= high)
    assert area_of(kept) == pytest.approx(side * tall / 2.0 + lids, abs=1e-9)
    if len(kept):
        assert kept[:, :, 2].min() >= low
        assert kept[:, :, 2].max() <= high


def test_clip_keeps_the_winding() -> None:
    shape = sphere(0.5)
    triangles = shape.vertices[shape.faces]
    kept = clip(triangles, 0, -0.2, 0.3)
    normals = np.cross(kept[:, 1] - kept[:, 0], kept[:, 2] - kept[:, 0])
    assert (np.einsum("ij,ij->i", normals, kept.mean(axis=1)) >= -1e-15).all()


@given(at=st.floats(-0.99, 0.99))
@settings(max_examples=25, deadline=None)
def test_section_of_a_box_and_of_a_tube(at: float) -> None:
    solid = box((2.0, 1.0, 2.0))
    triangles = solid.vertices[solid.faces]
    assert section(triangles, 2, at).area == pytest.approx(2.0, rel=1e-5)
    bore = box((1.0, 0.5, 4.0))
    tube = np.concatenate([triangles, bore.vertices[bore.faces][:, ::-1]])
    assert section(tube, 2, at).area == pytest.approx(2.0 - 0.5, rel=1e-5)


def test_section_through_a_face_or_past_the_body() -> None:
    solid = box((1.0, 1.0, 1.0))
    triangles = solid.vertices[solid.faces]
    assert section(triangles, 2, -0.5).area == pytest.approx(1.0, rel=1e-5)
    assert section(triangles, 2, 0.7).is_empty


def test_cells_that_touch_at_a_corner_stay_apart() -> None:
    mask = np.zeros((4, 4), bool)
    mask[1, 1] = mask[2, 2] = True
    loops = trace(mask)
    assert sorted(len(loop) for loop in loops) == [5, 5]
    areas = [0.5 * np.sum(a[:-1, 0] * a[1:, 1] - a[1:, 0] * a[:-1, 1]) for a in loops]
    assert areas == [1.0, 1.0], "counter-clockwise, a cell each"


def test_a_boundary_that_meets_itself_at_a_corner_keeps_its_area() -> None:
    # A ring of cells closed only by a corner: the outline passes that corner twice.
    cells = [(1, 1), (2, 1), (3, 1), (1, 2), (3, 2), (1, 3), (2, 3), (4, 3), (4, 4), (3, 1)]
    squares = [[(x, y), (x + 1, y), (x + 1, y + 1)] for x, y in cells] + [
        [(x, y), (x + 1, y + 1), (x, y + 1)] for x, y in cells
    ]
    region = masked_union(np.array(squares, float), 0.25)
    assert region.area == pytest.approx(9.0, rel=0.08)
