"""Topology against closed forms: boxes, spheres, and defects planted one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from immersive.geometry.topology import MeshTopology, mesh_topology, welded

BOX_VERTICES = np.array([[x, y, z] for x in (0, 2.0) for y in (0, 3.0) for z in (0, 5.0)])
BOX_FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]], np.int32,
)  # fmt: skip


def box(faces: NDArray[np.int32] = BOX_FACES) -> MeshTopology:
    return mesh_topology(BOX_VERTICES, faces)


def soup(
    vertices: NDArray[np.float64], faces: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    return vertices[faces].reshape(-1, 3), np.arange(3 * len(faces), dtype=np.int32).reshape(-1, 3)


def test_a_box_is_closed_and_has_its_volume() -> None:
    assert box() == MeshTopology(True, 0, 0, 0, 0, 0, 1, 30.0)
    assert box().clean


def test_a_box_turned_inside_out_has_negative_volume_and_is_closed() -> None:
    turned = box(BOX_FACES[:, ::-1].copy())
    assert turned.watertight
    assert turned.volume == -30.0


@pytest.mark.parametrize("face", range(12))
def test_without_one_triangle_three_edges_are_open(face: int) -> None:
    result = box(np.delete(BOX_FACES, face, axis=0))
    assert (result.watertight, result.open_edges) == (False, 3)


@pytest.mark.parametrize("face", range(12))
def test_one_flipped_triangle_has_three_inconsistent_edges(face: int) -> None:
    faces = BOX_FACES.copy()
    faces[face] = faces[face][::-1]
    result = box(faces)
    assert (result.watertight, result.inconsistent_edges, result.open_edges) == (False, 3, 0)


def test_every_triangle_twice_is_counted() -> None:
    result = box(np.concatenate([BOX_FACES, BOX_FACES]))
    assert (result.duplicate_faces, result.nonmanifold_edges, result.watertight) == (12, 18, False)


def test_a_triangle_and_its_back_are_duplicates() -> None:
    """Two triangles back to back have matching edges but enclose nothing."""
    result = mesh_topology(np.eye(3), np.array([[0, 1, 2], [0, 2, 1]], np.int32))
    assert result.duplicate_faces == 1
    assert result.volume == 0.0


@pytest.mark.parametrize("copies", [2, 3, 5])
def test_copies_beyond_the_first_are_duplicates(copies: int) -> None:
    faces = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0]][:copies], np.int32)
    assert mesh_topology(np.eye(3), faces).duplicate_faces == copies - 1


def test_a_fin_makes_one_edge_nonmanifold() -> None:
    vertices = np.concatenate([BOX_VERTICES, [[9.0, 9.0, 9.0]]])
    faces = np.concatenate([BOX_FACES, [[0, 1, 8]]]).astype(np.int32)
    result = mesh_topology(vertices, faces)
    assert (result.nonmanifold_edges, result.open_edges, result.watertight) == (1, 2, False)


def test_zero_area_by_equal_corners_and_on_a_line() -> None:
    vertices = np.array([[0, 0, 0], [1.0, 1, 1], [2, 2, 2], [0, 0, 1]])
    faces = np.array([[0, 0, 1], [0, 1, 2], [0, 1, 3]], np.int32)
    result = mesh_topology(vertices, faces)
    assert result.zero_area == 2
    assert not result.watertight


def test_a_thin_triangle_has_area() -> None:
    vertices = np.array([[0, 0, 0], [1.0, 0, 0], [0.5, 1e-9, 0]])
    assert mesh_topology(vertices, np.array([[0, 1, 2]], np.int32)).zero_area == 0


def test_only_zero_area_is_not_watertight() -> None:
    assert not mesh_topology(np.zeros((3, 3)), np.array([[0, 1, 2]], np.int32)).watertight


def test_shells_are_counted_and_touching_corners_join() -> None:
    apart = np.concatenate([BOX_VERTICES, BOX_VERTICES + 10.0])
    touching = np.concatenate([BOX_VERTICES, BOX_VERTICES + np.array([2.0, 3.0, 5.0])])
    faces = np.concatenate([BOX_FACES, BOX_FACES + 8]).astype(np.int32)
    assert mesh_topology(apart, faces).shells == 2
    assert mesh_topology(touching, faces).shells == 1
    assert mesh_topology(apart, faces).volume == pytest.approx(60.0, rel=1e-12)


def test_no_face_is_no_closed_shape() -> None:
    assert mesh_topology(np.empty((0, 3)), np.empty((0, 3), np.int32)) == MeshTopology(
        False, 0, 0, 0, 0, 0, 0, 0.0
    )


def test_minus_zero_is_zero() -> None:
    vertices, faces = soup(BOX_VERTICES, BOX_FACES)
    vertices = np.where((vertices == 0.0) & (np.arange(len(vertices))[:, None] % 2 == 0), -0.0, vertices)
    assert mesh_topology(vertices, faces).watertight


def test_nearly_equal_is_not_equal() -> None:
    vertices, faces = soup(BOX_VERTICES, BOX_FACES)
    vertices = vertices.copy()
    vertices[0, 0] = np.nextafter(vertices[0, 0], 1.0)
    assert mesh_topology(vertices, faces).open_edges > 0


def test_a_vertex_of_many_triangles() -> None:
    """A cone of 1,000 sides: buckets larger than the insertion sort takes."""
    n = 1000
    angle = 2 * np.pi * np.arange(n) / n
    vertices = np.concatenate(
        [[[0, 0, 1.0], [0, 0, 0]], np.column_stack([np.cos(angle), np.sin(angle), np.zeros(n)])]
    )
    i = np.arange(n)
    j = (i + 1) % n
    faces = np.concatenate(
        [np.column_stack([0 * i, 2 + i, 2 + j]), np.column_stack([0 * i + 1, 2 + j, 2 + i])]
    ).astype(np.int32)
    result = mesh_topology(vertices, faces)
    assert result.clean
    assert result.volume == pytest.approx(n / 2 * np.sin(2 * np.pi / n) / 3, rel=1e-12)


def test_a_shell_of_1000_boxes_has_their_number() -> None:
    rng = np.random.default_rng(7)
    offsets = rng.permutation(1000)[:, None] * 10.0 * np.ones(3)
    vertices = (BOX_VERTICES[None] + offsets[:, None]).reshape(-1, 3)
    faces = (BOX_FACES[None] + 8 * np.arange(1000)[:, None, None]).reshape(-1, 3).astype(np.int32)
    result = mesh_topology(*soup(vertices, faces[rng.permutation(len(faces))]))
    assert (result.watertight, result.shells) == (True, 1000)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), single=st.booleans())
def test_order_and_numbering_change_nothing(seed: int, single: bool) -> None:
    rng = np.random.default_rng(seed)
    vertices = rng.integers(-2, 3, (12, 3)).astype(np.float32 if single else np.float64)
    faces = rng.integers(0, 12, (20, 3)).astype(np.int32)
    plain = mesh_topology(vertices, faces)
    turned = np.stack(
        [np.roll(face, shift) for face, shift in zip(faces, rng.integers(0, 3, 20), strict=True)]
    )
    order = rng.permutation(12)
    renumbered = np.argsort(order)[turned][rng.permutation(20)].astype(np.int32)
    other = mesh_topology(vertices[order], renumbered)
    assert {k: getattr(other, k) for k in _COUNTS} == {k: getattr(plain, k) for k in _COUNTS}
    torn = mesh_topology(*soup(vertices, faces))
    assert {k: getattr(torn, k) for k in _COUNTS} == {k: getattr(plain, k) for k in _COUNTS}


_COUNTS = (
    "watertight", "open_edges", "nonmanifold_edges", "inconsistent_edges", "duplicate_faces", "zero_area", "shells",
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_against_a_slow_count(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vertices = rng.permutation(125)[:10]
    points = np.column_stack([vertices // 25, vertices // 5 % 5, vertices % 5]).astype(np.float64)
    faces = rng.integers(0, 10, (15, 3)).astype(np.int32)
    edges: dict[frozenset[int], list[bool]] = {}
    triples: dict[frozenset[int], int] = {}
    for a, b, c in faces.tolist():
        if len({a, b, c}) < 3:
            continue
        triples[frozenset((a, b, c))] = triples.get(frozenset((a, b, c)), 0) + 1
        for i, j in ((a, b), (b, c), (c, a)):
            edges.setdefault(frozenset((i, j)), []).append(i < j)
    result = mesh_topology(points, faces)
    assert result.open_edges == sum(len(uses) == 1 for uses in edges.values())
    assert result.nonmanifold_edges == sum(len(uses) > 2 for uses in edges.values())
    assert result.inconsistent_edges == sum(len(uses) == 2 and uses[0] == uses[1] for uses in edges.values())
    assert result.duplicate_faces == sum(count - 1 for count in triples.values())


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), single=st.booleans(), size=st.integers(0, 3000))
def test_welding_keeps_every_triangle_and_leaves_no_equal_vertices(
    seed: int, single: bool, size: int
) -> None:
    rng = np.random.default_rng(seed)
    vertices = rng.integers(-8, 8, (size, 3)).astype(np.float32 if single else np.float64) / 7
    faces = rng.integers(0, size, (size, 3)).astype(np.int32) if size else np.empty((0, 3), np.int32)
    points, corners = welded(vertices, faces)
    assert points.dtype == np.float64
    assert corners.dtype == np.int32
    np.testing.assert_array_equal(points[corners], vertices[faces].astype(np.float64))
    assert len(np.unique(points, axis=0)) == len(points)
    # In order of first appearance.
    _, first = np.unique(vertices, axis=0, return_index=True)
    np.testing.assert_array_equal(points, vertices[np.sort(first)].astype(np.float64))


def test_degenerate_faces_stay_in_the_mesh_but_not_in_the_edges() -> None:
    faces = np.concatenate([BOX_FACES, [[0, 0, 7], [3, 3, 3]]]).astype(np.int32)
    result = box(faces)
    assert result.zero_area == 2
    assert result.watertight


def test_sorting_a_few_edges_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large mesh is gone through in several turns; here one of 200 triangles is."""
    rng = np.random.default_rng(3)
    vertices = rng.integers(0, 5, (60, 3)).astype(np.float64)
    faces = rng.integers(0, 60, (200, 3)).astype(np.int32)
    whole = mesh_topology(vertices, faces)
    assert whole.nonmanifold_edges > 0
    monkeypatch.setattr("immersive.geometry.topology.EDGES_AT_ONCE", 1)
    assert mesh_topology(vertices, faces) == whole
