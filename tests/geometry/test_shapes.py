"""Solids made of triangles: closed, outwards, exact boxes, volumes by closed form, stated deflection true."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.geometry import shapes
from immersive.geometry.shapes import Shape
from immersive.geometry.tolerance import SHAPE_DEFLECTION, SHAPE_SEGMENTS

length = st.floats(1e-3, 5.0)


def volume(shape: Shape) -> float:
    a, b, c = (shape.vertices[shape.faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)


def assert_closed(shape: Shape) -> None:
    """Every edge is used once in each direction, no vertex is unused or doubled, Euler's formula holds."""
    directed = np.concatenate([shape.faces[:, pair] for pair in ([0, 1], [1, 2], [2, 0])])
    edges = np.unique(directed, axis=0)
    assert len(edges) == len(directed)
    assert np.array_equal(np.unique(directed[:, ::-1], axis=0), edges)
    assert len(np.unique(shape.faces)) == len(shape.vertices)
    assert len(np.unique(shape.vertices, axis=0)) == len(shape.vertices)
    assert len(shape.vertices) - len(edges) // 2 + len(shape.faces) == 2


def box_of(shape: Shape) -> list[list[float]]:
    return [shape.vertices.min(axis=0).tolist(), shape.vertices.max(axis=0).tolist()]


def polygon_area(radius: float, n: int) -> float:
    return 0.5 * n * radius**2 * math.sin(2.0 * math.pi / n)


@given(length, length, length)
@settings(max_examples=20, deadline=None)
def test_a_box_is_exact(x: float, y: float, z: float) -> None:
    shape = shapes.box((x, y, z))
    assert_closed(shape)
    assert len(shape.faces) == 12
    assert shape.deflection == 0.0
    assert box_of(shape) == [[-x / 2, -y / 2, -z / 2], [x / 2, y / 2, z / 2]]
    assert volume(shape) == pytest.approx(x * y * z, rel=1e-12)


@given(length, length)
@settings(max_examples=20, deadline=None)
def test_a_cylinder_is_the_prism_over_its_polygon(radius: float, height: float) -> None:
    shape = shapes.cylinder(radius, height)
    assert_closed(shape)
    n = len(shape.faces) // 4
    assert len(shape.faces) == 4 * n
    assert n % 4 == 0
    assert n >= SHAPE_SEGMENTS
    assert box_of(shape) == [[-radius, -radius, -height / 2], [radius, radius, height / 2]]
    assert volume(shape) == pytest.approx(polygon_area(radius, n) * height, rel=1e-9)
    assert shape.deflection == pytest.approx(radius * (1 - math.cos(math.pi / n)), rel=1e-9)
    assert shape.deflection <= SHAPE_DEFLECTION


@given(length, length, st.floats(0.0, 5.0))
@settings(max_examples=20, deadline=None)
def test_a_cone_is_the_frustum_over_its_polygon(radius: float, height: float, top: float) -> None:
    top = 0.0 if top < 1e-3 else top
    shape = shapes.cone(radius, height, top_radius=top, segments=32)
    assert_closed(shape)
    base, cap = polygon_area(radius, 32), polygon_area(top, 32)
    assert volume(shape) == pytest.approx(height / 3 * (base + cap + math.sqrt(base * cap)), rel=1e-9)
    assert shape.vertices[:, 2].max() == height / 2
    assert np.hypot(*shape.vertices[shape.vertices[:, 2] > 0, :2].T).max() == pytest.approx(top, abs=1e-12)


@given(length, st.one_of(st.just(0.0), length))
@settings(max_examples=10, deadline=None)
def test_a_capsule_keeps_its_stated_deflection(radius: float, straight: float) -> None:
    shape = shapes.capsule(radius, straight)
    assert_closed(shape)
    assert box_of(shape) == pytest.approx(
        np.array([[-radius, -radius, -radius - straight / 2], [radius, radius, radius + straight / 2]]),
        rel=1e-12,
    )
    exact = 4 / 3 * math.pi * radius**3 + math.pi * radius**2 * straight
    area = 4 * math.pi * radius**2 + 2 * math.pi * radius * straight
    assert exact - shape.deflection * area <= volume(shape) < exact
    # Points strewn over the facets: none farther from the true surface than stated, none outside.
    weights = np.random.default_rng(1).dirichlet([1, 1, 1], size=20)
    points = np.einsum("kj,fjd->kfd", weights, shape.vertices[shape.faces]).reshape(-1, 3)
    axis = np.clip(points[:, 2], -straight / 2, straight / 2)
    inside = radius - np.linalg.norm(points - np.stack([0 * axis, 0 * axis, axis], axis=1), axis=1)
    assert inside.min() >= -1e-12 * (radius + straight)
    assert inside.max() <= shape.deflection * (1 + 1e-9)
    assert shape.deflection <= max(SHAPE_DEFLECTION, radius * 1e-4)


def test_a_sphere_is_a_capsule_without_length() -> None:
    shape = shapes.sphere(0.25, segments=64)
    assert_closed(shape)
    assert len(shape.faces) == 2 * 64 * (64 // 2 - 1)
    assert np.linalg.norm(shape.vertices, axis=1) == pytest.approx(0.25, rel=1e-14)
    assert volume(shape) == pytest.approx(4 / 3 * math.pi * 0.25**3, rel=5e-3)


@pytest.mark.parametrize("deflection", [1e-3, 1e-4, 1e-5])
def test_the_number_of_chords_is_the_least_multiple_of_four_that_keeps_the_deflection(
    deflection: float,
) -> None:
    n = shapes.segments_for(2.0, deflection)
    assert n % 4 == 0
    assert 2.0 * (1 - math.cos(math.pi / n)) <= deflection
    assert n == SHAPE_SEGMENTS or 2.0 * (1 - math.cos(math.pi / (n - 4))) > deflection


def test_chords_are_bounded_and_the_rest_is_stated() -> None:
    assert shapes.segments_for(1e6, 1e-9) == 1024
    assert shapes.segments_for(1.0, 0.0) == 1024
    shape = shapes.cylinder(1e4, 1.0)
    assert shape.deflection == pytest.approx(1e4 * (1 - math.cos(math.pi / 1024)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: shapes.box((1.0, 0.0, 1.0)),
        lambda: shapes.box((1.0, math.nan, 1.0)),
        lambda: shapes.cylinder(-1.0, 1.0),
        lambda: shapes.cylinder(1.0, math.inf),
        lambda: shapes.sphere(0.0),
        lambda: shapes.capsule(1.0, -1.0),
        lambda: shapes.cone(1.0, 1.0, top_radius=-0.1),
        lambda: shapes.cylinder(1.0, 1.0, segments=6),
    ],
)
def test_impossible_sizes_are_refused(make: object) -> None:
    with pytest.raises(ValueError, match="must"):
        make()  # type: ignore[operator]
