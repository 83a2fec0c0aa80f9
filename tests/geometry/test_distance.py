"""Distances of meshes: against brute force, under motion, transforms, threads and order, and against fcl."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.geometry import frames
from immersive.geometry.bodies import Body, Shapes, pack
from immersive.geometry.pairs import box_gaps, box_pairs, distances, within
from immersive.geometry.triangles import triangle_distance
from tests.geometry.meshes import body, box, moved, random_motion, soup, sphere, world_triangles

seeds = st.integers(0, 2**31)


def gap(a: Body, b: Body, limit: float = np.inf) -> float:
    return float(distances(pack([a, b]), np.array([[0, 1]]), limit).distance[0])


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(1, 25), st.integers(1, 25), st.floats(0.0, 2.0))
def test_equals_brute_force(seed: int, n: int, m: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    a = moved(soup(rng, n), random_motion(rng, spread))
    b = moved(soup(rng, m), random_motion(rng, spread))
    best = min(triangle_distance(p, q)[0] for p in world_triangles(a) for q in world_triangles(b))
    assert gap(body(a), body(b)) == pytest.approx(best, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_is_symmetric_and_keeps_under_rigid_motion_and_reflection(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = moved(soup(rng, 60), random_motion(rng)), moved(soup(rng, 60), random_motion(rng))
    first = gap(body(a), body(b))
    assert gap(body(b), body(a)) == pytest.approx(first, abs=1e-13)
    motion = random_motion(rng, 5.0)
    mirror = frames.scaling((-1.0, 1.0, 1.0))
    for world in (motion, mirror, motion @ mirror):
        assert gap(body(moved(a, world)), body(moved(b, world))) == pytest.approx(first, abs=1e-11)


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from(["scale", "mirror", "stretch", "shear", "tiny"]))
def test_any_transform_equals_the_transformed_vertices(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    a, b = soup(rng, 40), moved(soup(rng, 40), random_motion(rng, 2.0))
    matrix = {
        "scale": frames.scaling(rng.uniform(0.1, 10.0)),
        "mirror": frames.scaling((1.0, -1.0, 1.0)),
        "stretch": frames.scaling(rng.uniform(0.2, 3.0, 3)),
        "shear": np.eye(4) + np.pad(np.triu(rng.uniform(-1, 1, (3, 3)), 1), ((0, 1), (0, 1))),
        "tiny": frames.scaling(1e-3),
    }[kind]
    placed = moved(a, random_motion(rng, 2.0) @ matrix)
    flat = (frames.transform_points(placed[2], placed[0]), placed[1], np.eye(4))
    assert gap(body(placed), body(b)) == pytest.approx(gap(body(flat), body(b)), abs=1e-12)
    bounds = pack([body(placed)]).bounds[0]
    corners = world_triangles(placed).reshape(-1, 3)
    np.testing.assert_allclose(bounds, [*corners.min(0), *corners.max(0)], atol=1e-12)


def test_flattened_and_zero_scales_are_exact() -> None:
    flat = (*sphere(1.0)[:2], frames.scaling((1.0, 1.0, 0.0)))
    assert gap(body(flat), body(box(1.0, at=(0, 0, 2)))) == pytest.approx(1.5, abs=1e-12)


def test_instances_share_a_tree_and_a_mirrored_one_does_too() -> None:
    shapes = Shapes()
    rng = np.random.default_rng(1)
    mesh = sphere(1.0)
    linear = [np.eye(4), frames.scaling((-1, 1, 1)), frames.scaling(0.5), frames.scaling((1, 2, 1))]
    made = [shapes.body(mesh[0], mesh[1], random_motion(rng) @ m) for m in linear for _ in range(5)]
    assert all(one is not None for one in made)
    assert len({id(one.shape) for one in made if one is not None}) == 3


@pytest.mark.parametrize(("size", "expected"), [(1e-6, 1e-6), (1e-3, 1e-3), (1e4, 1e4)])
def test_one_micrometre_and_ten_kilometres(size: float, expected: float) -> None:
    """The gap between two unit boxes, turned and far from the origin."""
    turn = frames.translation((3.0, -2.0, 1.0)) @ frames.rotation_rpy(0.3, -0.7, 1.1)
    a, b = moved(box(), turn), moved(box(at=(1.0 + size, 0.2, 0.1)), turn)
    assert gap(body(a), body(b)) == pytest.approx(expected, abs=1e-11)


def test_spheres_lie_between_the_true_distance_and_the_deflection() -> None:
    for segments in (16, 64):
        a, b = sphere(0.5, segments=segments), sphere(0.3, at=(0.7, 0.8, 0.4), segments=segments)
        true = float(np.linalg.norm([0.7, 0.8, 0.4])) - 0.8
        sagitta = 0.8 * (1.0 - np.cos(np.pi / segments) ** 2)
        assert true - 1e-12 <= gap(body(a), body(b)) <= true + sagitta + 1e-12


def cloud(count: int = 40) -> list[Body]:
    rng = np.random.default_rng(7)
    shapes = Shapes()
    meshes = [soup(rng, 50), sphere(0.3), box(0.4)]
    made = []
    for k in range(count):
        mesh = meshes[k % 3]
        body_ = shapes.body(mesh[0], mesh[1], random_motion(rng, 2.0))
        assert body_ is not None
        made.append(body_)
    return made


def test_all_pairs_equal_single_pairs_whatever_threads_and_order() -> None:
    bodies = cloud()
    both = pack(bodies)
    one = within(both, 0.25, threads=1)
    assert 20 < len(one.pairs) < 700
    for threads in (2, 5):
        other = within(both, 0.25, threads=threads)
        for name in ("pairs", "distance", "point_a", "point_b", "row_a", "row_b"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    every = np.array([(i, j) for i in range(len(bodies)) for j in range(i)])
    full = distances(both, every, np.inf)
    np.testing.assert_array_equal(full.pairs, every)
    near = {(int(j), int(i)): float(d) for (i, j), d in zip(every, full.distance, strict=True) if d <= 0.25}
    assert {(int(i), int(j)) for i, j in one.pairs} == set(near)
    for (i, j), d, p, q in zip(one.pairs, one.distance, one.point_a, one.point_b, strict=True):
        assert d == pytest.approx(near[int(i), int(j)], abs=1e-13)
        assert np.linalg.norm(p - q) == pytest.approx(d, abs=1e-12)
    shuffled = np.random.default_rng(0).permutation(len(bodies))
    again = within(pack([bodies[k] for k in shuffled]), 0.25)
    renamed = {tuple(sorted((int(shuffled[i]), int(shuffled[j])))) for i, j in again.pairs}
    assert renamed == set(near)


def test_swapping_a_pair_swaps_its_points_and_nothing_else() -> None:
    both = pack(cloud(6))
    a = distances(both, np.array([[0, 1], [2, 5]]), np.inf)
    b = distances(both, np.array([[1, 0], [5, 2]]), np.inf)
    np.testing.assert_array_equal(a.distance, b.distance)
    np.testing.assert_array_equal(a.point_a, b.point_b)
    np.testing.assert_array_equal(a.row_b, b.row_a)


def test_limit_is_inclusive_and_beyond_it_is_infinite() -> None:
    a, b = body(box()), body(box(at=(1.25, 0, 0)))
    assert gap(a, b, 0.25) == 0.25
    assert gap(a, b, 0.24999) == np.inf
    assert len(within(pack([a, b]), 0.25).pairs) == 1
    assert gap(a, body(box(at=(1.0, 0, 0))), 0.0) == 0.0


@settings(max_examples=30, deadline=None)
@given(seeds, st.floats(0.0, 1.0))
def test_box_pairs_equal_all_pairs(seed: int, reach: float) -> None:
    rng = np.random.default_rng(seed)
    low = rng.uniform(-2, 2, (60, 3))
    bounds = np.hstack([low, low + rng.uniform(0, 0.6, (60, 3))])
    labels = rng.integers(0, 8, 60)
    every = np.array([(i, j) for i in range(60) for j in range(i + 1, 60) if labels[i] != labels[j]])
    expected = every[box_gaps(bounds, every) <= reach]
    np.testing.assert_array_equal(box_pairs(bounds, reach, labels=labels), expected)


def test_not_finite_triangles_are_counted_and_never_measured() -> None:
    vertices, faces, world = box()
    broken = np.vstack([vertices, [[np.nan, 0, 0], [np.inf, 9, 9]]])
    more = np.vstack([faces, [[0, 1, 8], [8, 9, 0]]]).astype(np.int32)
    made = Shapes().body(broken, more, world)
    assert made is not None
    assert made.shape.dropped == 2
    assert gap(made, body(box(at=(3, 0, 0)))) == pytest.approx(2.0, abs=1e-15)
    assert Shapes().body(broken, more[-2:], world) is None


def fcl_distances(bodies: list[Body], pairs: np.ndarray) -> np.ndarray:
    fcl = pytest.importorskip("fcl")
    models = {}
    objects = []
    for one in bodies:
        shape = one.shape
        if id(shape) not in models:
            model = fcl.BVHModel()
            model.beginModel(len(shape.vertices), len(shape.faces))
            model.addSubModel(shape.vertices, shape.faces)
            model.endModel()
            models[id(shape)] = model
        objects.append(fcl.CollisionObject(models[id(shape)], fcl.Transform(one.rotation, one.origin)))
    request, result = fcl.DistanceRequest, fcl.DistanceResult
    return np.array([max(0.0, fcl.distance(objects[i], objects[j], request(), result())) for i, j in pairs])


def test_agrees_with_fcl_on_random_meshes() -> None:
    bodies = cloud()
    found = within(pack(bodies), 0.5)
    np.testing.assert_allclose(found.distance, fcl_distances(bodies, found.pairs), atol=1e-9)


@pytest.mark.shared
def test_agrees_with_fcl_on_a_real_cell(shared: Path) -> None:
    import immersive
    from immersive.scene.bodies import body_of

    scene = immersive.load(shared / "cells" / "cell-twc" / "cell-twc-positioner.glb")
    bodies = [one for part in scene if (one := body_of(part)) is not None]
    both = pack(bodies)
    pairs = box_pairs(both.bounds, 0.05)
    assert len(pairs) > 2000
    found = distances(both, pairs, 0.05)
    expected = fcl_distances(bodies, pairs)
    near = expected <= 0.05 - 1e-9
    np.testing.assert_allclose(found.distance[near], expected[near], atol=1e-6)
    assert not np.isfinite(found.distance[expected > 0.05 + 1e-9]).any()
