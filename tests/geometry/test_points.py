"""Points against scenes: distance, nearest point and side by independent methods."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import UsageError
from immersive.geometry import frames
from immersive.geometry.bodies import Body, Shapes, pack
from immersive.geometry.points import PointDistances, points_to_scene
from immersive.geometry.surroundings import Surroundings, by_neighbourhood, holders, surroundings
from immersive.geometry.winding import winding_number
from tests.geometry.meshes import (
    Placed,
    body,
    box,
    doubled,
    half_flipped,
    inverted,
    joined,
    moved,
    opened,
    random_motion,
    soup,
    sphere,
    world_triangles,
)


def scene(*meshes: Placed) -> Surroundings:
    known = Shapes()
    made = [known.body(*mesh) for mesh in meshes]
    assert all(one is not None for one in made)
    return surroundings(one for one in made if one is not None)


def brute(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(P, F) distances: the foot on the plane where it falls inside, else the nearest place of three edges."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    best = np.full((len(points), len(corners)), np.inf)
    for p, q in ((a, b), (b, c), (c, a)):
        edge = q - p
        t = np.einsum("pfi,fi->pf", points[:, None] - p, edge) / np.maximum(
            np.einsum("fi,fi->f", edge, edge), 1e-300
        )
        near = p + np.clip(t, 0, 1)[..., None] * edge
        best = np.minimum(best, np.linalg.norm(points[:, None] - near, axis=2))
    normal = np.cross(b - a, c - a)
    size = np.linalg.norm(normal, axis=1)
    unit = normal / np.maximum(size, 1e-300)[:, None]
    height = np.einsum("pfi,fi->pf", points[:, None] - a, unit)
    foot = points[:, None] - height[..., None] * unit
    inside = np.broadcast_to(size > 1e-12, height.shape).copy()
    for p, q in ((a, b), (b, c), (c, a)):
        inside &= np.einsum("pfi,fi->pf", np.cross(q - p, foot - p), unit) >= 0
    return np.where(inside, np.minimum(best, np.abs(height)), best)


def expected(points: np.ndarray, meshes: list[Placed]) -> tuple[np.ndarray, np.ndarray]:
    """(signed distance, inside) by winding numbers and all triangles, body by body; meshes closed and wound well."""
    gaps = np.array([brute(points, world_triangles(mesh)).min(axis=1) for mesh in meshes])
    holds = np.array(
        [[abs(winding_number(world_triangles(mesh), p)) > 0.5 for p in points] for mesh in meshes]
    )
    inside = holds.any(axis=0)
    depth = np.where(holds, gaps, np.inf).min(axis=0)
    return np.where(inside, -depth, gaps.min(axis=0)), inside


def same(a: PointDistances, b: PointDistances) -> None:
    for name in PointDistances.__slots__:
        assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True), name


def test_closed_forms_of_a_cube() -> None:
    cell = scene(box(2.0))
    points = [[0, 0, 0], [0.9, 0, 0], [3, 0, 0], [2, 2, 0], [2, 2, 2], [0.2, -0.3, 0.6]]
    found = points_to_scene(cell, points)
    assert found.distance == pytest.approx([-1, -0.1, 2, np.sqrt(2), np.sqrt(3), -0.4], abs=1e-14)
    assert found.inside.tolist() == [True, True, False, False, False, True]
    assert found.sided.all()
    assert found.point[2] == pytest.approx([1, 0, 0])
    assert found.point[4] == pytest.approx([1, 1, 1])
    assert found.point[5] == pytest.approx([0.2, -0.3, 1.0])
    assert (found.body == 0).all()
    unsigned = points_to_scene(cell, points, signed=False)
    assert unsigned.distance == pytest.approx(np.abs(found.distance), abs=0)
    assert not unsigned.inside.any()
    assert not unsigned.sided.any()


def test_depth_is_to_the_nearest_surface_of_what_holds_the_point() -> None:
    """Two overlapping cubes and a third body that sticks in: its surface does not count inside the first."""
    cell = scene(box(2.0), box(2.0, (1.5, 0, 0)), box((0.2, 0.2, 4.0), (-0.5, 0, 2.5)))
    found = points_to_scene(
        cell,
        [
            [-0.3, 0.0, 0.7],  # in the first, 0.1 beside the bar that sticks into it
            [0.75, 0.0, 0.0],  # in both: 0.25 to either's face
            [0.6, 0.0, 0.0],  # in both: 0.1 to the second's face, 0.4 to the first's
            [1.2, 0.0, 0.0],  # in the second only: 0.2 to the first's face, which does not count
        ],
    )
    assert found.distance == pytest.approx([-0.3, -0.25, -0.1, -0.7], abs=1e-14)
    assert found.body.tolist()[2:] == [1, 1]
    assert found.inside.all()
    # The surface that is nearest of all is what an unsigned question gets.
    assert points_to_scene(cell, [1.2, 0.0, 0.0], signed=False).distance == pytest.approx([0.2])


def test_a_small_part_within_a_big_one_does_not_hide_the_inside() -> None:
    """coal and fcl call a part inside another clear; a point beside it lies in the big one's material."""
    cell = scene(box(4.0), sphere(0.2))
    found = points_to_scene(cell, [[0.3, 0, 0], [0.0, 0, 0.0], [0, 0, 5]])
    assert found.inside.tolist() == [True, True, False]
    assert found.distance[0] == pytest.approx(-1.7)
    # In both: the ball's surface is the first to be left.
    assert found.distance[1] == pytest.approx(-0.2, abs=2e-3)
    assert found.body.tolist() == [0, 1, 0]
    assert found.distance[2] == pytest.approx(3.0)


def test_cavities_hold_nothing() -> None:
    hollow = joined(box(4.0), inverted(box(2.0)))
    found = points_to_scene(scene(hollow), [[0, 0, 0], [1.5, 0, 0], [3, 0, 0]])
    assert found.inside.tolist() == [False, True, False]
    assert found.distance == pytest.approx([1.0, -0.5, 1.0])


@pytest.mark.parametrize("change", [doubled, half_flipped, inverted])
def test_winding_and_repeats_do_not_matter(change) -> None:  # type: ignore[no-untyped-def]
    cell = scene(change(box(2.0)))
    points = np.random.default_rng(1).uniform(-2, 2, (500, 3))
    found, plain = points_to_scene(cell, points), points_to_scene(scene(box(2.0)), points)
    assert np.array_equal(found.inside, plain.inside)
    assert found.distance == pytest.approx(plain.distance, abs=1e-14)
    assert found.sided.all()


def test_open_shells_are_unsigned_and_flagged() -> None:
    cell = scene(opened(box(2.0)), box(1.0, (5, 0, 0)))
    found = points_to_scene(cell, [[0, 0, 0], [0, 0, 3], [5, 0, 0], [4, 0, 0]])
    assert found.inside.tolist() == [False, False, True, False]
    assert found.sided.tolist() == [False, False, True, True]
    assert (found.distance[[0, 1, 3]] > 0).all()
    # In a closed body, but nearer to an open sheet within it: inside all the same, and told so.
    sheet = (
        np.array([[-0.1, -0.1, 0], [0.1, -0.1, 0], [0, 0.1, 0.0]]),
        np.array([[0, 1, 2]], np.int32),
        np.eye(4),
    )
    both = points_to_scene(scene(box(2.0), sheet), [[0, 0, 0.1], [0, 0, 3.0]])
    assert both.inside.tolist() == [True, False]
    assert both.sided.tolist() == [True, True]
    assert both.distance == pytest.approx([-0.9, 2.0])
    # A body of a closed and an open piece: each judged by itself.
    mixed = points_to_scene(
        scene(joined(box(2.0), opened(box(2.0, (6, 0, 0))))), [[0, 0, 0], [2, 0, 0], [6.0, 0, 0]]
    )
    assert mixed.sided.tolist() == [True, True, False]
    assert mixed.inside.tolist() == [True, False, False]


def test_limit() -> None:
    cell = scene(box(2.0))
    found = points_to_scene(cell, [[0, 0, 0], [0.95, 0, 0], [1.05, 0, 0], [3, 0, 0]], limit=0.1)
    assert found.distance == pytest.approx([-np.inf, -0.05, 0.05, np.inf])
    assert found.inside.tolist() == [True, True, False, False]
    assert found.body.tolist() == [-1, 0, 0, -1]
    assert np.isnan(found.point[[0, 3]]).all()
    with pytest.raises(UsageError, match="limit"):
        points_to_scene(cell, [[0, 0, 0]], limit=0.0)
    with pytest.raises(UsageError, match="coordinates"):
        points_to_scene(cell, [[0, 0]])


def test_what_is_not_finite_is_told_and_spoils_nothing() -> None:
    vertices, faces, world = box(2.0)
    broken = np.concatenate([vertices, [[np.nan, 0, 0]]])
    bad = np.concatenate([faces, [[0, 1, len(vertices)]]]).astype(np.int32)
    found = points_to_scene(
        scene((broken, bad, world)), [[0, 0, 0], [np.nan, 0, 0], [0, np.inf, 0], [2, 0, 0]]
    )
    assert found.distance[[0, 3]] == pytest.approx([-1, 1])
    assert np.isnan(found.distance[1:3]).all()
    assert found.body.tolist() == [0, -1, -1, 0]
    assert not found.inside[1:3].any()
    assert not found.sided[1:3].any()
    assert len(points_to_scene(scene(box(1.0)), np.empty((0, 3))).distance) == 0


def _random(rng: np.random.Generator) -> list[Placed]:
    """Overlapping solids, mirrored, scaled unevenly, tiny and large, sharing meshes."""
    solids = [box((0.6, 1.0, 0.4)), sphere(0.5, segments=12), box(1.0)]
    made = []
    for k in range(9):
        world = random_motion(rng, 1.5)
        if k % 3 == 0:
            world = world @ frames.scaling(rng.uniform(0.3, 2.0, 3) * rng.choice([-1.0, 1.0], 3))
        made.append(moved(solids[k % 3], world))
    return made


@pytest.mark.parametrize("seed", range(3))
def test_random_scenes_against_all_triangles_and_winding_numbers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    meshes = _random(rng)
    points = rng.uniform(-2.5, 2.5, (250, 3))
    distance, inside = expected(points, meshes)
    found = points_to_scene(scene(*meshes), points)
    assert 10 < inside.sum() < 240
    assert np.array_equal(found.inside, inside)
    assert found.distance == pytest.approx(distance, abs=1e-12)
    assert np.linalg.norm(points - found.point, axis=1) == pytest.approx(np.abs(distance), abs=1e-12)
    for k, mesh in enumerate(meshes):
        own = found.body == k
        if own.any():
            assert brute(found.point[own], world_triangles(mesh)).min(axis=1).max() < 1e-12


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([1e-4, 1.0, 1e3]),
    away=st.sampled_from([0.0, 1e4]),
    flat=st.booleans(),
)
def test_any_triangles_anywhere(seed: int, scale: float, away: float, flat: bool) -> None:
    """Soups with needles, points and repeated corners, from 0.1 mm to 1 km, and 10 km from the origin."""
    rng = np.random.default_rng(seed)
    vertices, faces, _ = soup(rng, 30)
    vertices = vertices.reshape(-1, 3, 3)
    vertices[0, 2] = vertices[0, 1]
    vertices[1] = vertices[1, 0]
    vertices[2, 2] = 0.5 * (vertices[2, 0] + vertices[2, 1])
    vertices[3, 2] = vertices[3, 0] + 1e-7 * (vertices[3, 1] - vertices[3, 0])
    if flat:
        vertices[..., 2] = 0.0
    world = frames.translation([away, -away, 0.5 * away]) @ frames.scaling(scale)
    mesh = (vertices.reshape(-1, 3), faces, world)
    points = rng.uniform(-1.0, 1.0, (40, 3)) * scale + world[:3, 3]
    points[:3] = world_triangles(mesh)[:3].mean(axis=1)
    found = points_to_scene(scene(mesh), points)
    # Measured about the middle, where the reference has its digits.
    about = brute(points - world[:3, 3], world_triangles((mesh[0], faces, frames.scaling(scale)))).min(axis=1)
    noise = 1e-12 * scale + 4e-16 * away * 8
    assert np.abs(found.distance - about).max() <= noise
    assert not found.inside.any()


def test_ten_kilometres_away_and_a_micrometre_apart() -> None:
    world = frames.translation([1e4, -1e4, 0.0])
    cell = scene(
        moved(box(2.0), world), moved(sphere(0.5, segments=12), world @ frames.translation([3, 0, 0]))
    )
    near = points_to_scene(cell, world[:3, 3] + np.array([[0, 0, 1 + 1e-6], [0, 0, 1 - 1e-6], [0, 0, 0]]))
    assert near.distance == pytest.approx([1e-6, -1e-6, -1.0], abs=2e-11)
    # From ten kilometres off, float32 boxes resolve a millimetre: the answer is exact all the same.
    far = points_to_scene(cell, [[0.0, 0.0, 0.0]])
    gaps = [
        brute(np.zeros((1, 3)), b.to_world(b.shape.vertices)[b.shape.faces]).min() for b in cell.pack.bodies
    ]
    assert far.distance[0] == pytest.approx(min(gaps), abs=1e-9)


def test_neither_threads_nor_order_nor_company_change_an_answer() -> None:
    rng = np.random.default_rng(7)
    cell = scene(*_random(rng))
    points = rng.uniform(-2.5, 2.5, (12_000, 3))
    whole = points_to_scene(cell, points, threads=1)
    same(whole, points_to_scene(cell, points, threads=3))
    shuffle = rng.permutation(len(points))
    again = points_to_scene(cell, points[shuffle])
    assert np.array_equal(again.inside, whole.inside[shuffle])
    assert again.distance == pytest.approx(whole.distance[shuffle], abs=1e-14)
    some = points_to_scene(cell, points[:50])
    assert np.array_equal(some.inside, whole.inside[:50])
    assert some.distance == pytest.approx(whole.distance[:50], abs=1e-14)


def test_many_bodies_around_one_point() -> None:
    """More holders than the first room for them, and a set of holders for each point."""
    cell = scene(*(box(2.0 + 0.1 * k) for k in range(60)))
    points = np.array([[0.0, 0, 0], [1.05, 0, 0], [2.02, 0, 0], [5.0, 0, 0]])
    held = holders(cell, points)
    assert [int((held[:, 0] == k).sum()) for k in range(4)] == [60, 58, 39, 0]
    found = points_to_scene(cell, points)
    nearest = [
        min(abs(x - (1.0 + 0.05 * k)) for k in range(60) if x < 1.0 + 0.05 * k) for x in (0.0, 1.05, 2.02)
    ]
    assert found.distance[:3] == pytest.approx([-d for d in nearest], abs=1e-12)
    assert found.distance[3] == pytest.approx(5.0 - 3.95)


def test_order_keeps_every_point_once() -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(size=(5000, 3)) * [3, 1, 0.1]
    order = by_neighbourhood(points)
    assert np.array_equal(np.sort(order), np.arange(5000))
    steps = np.linalg.norm(np.diff(points[order], axis=0), axis=1).mean()
    assert steps < 0.25 * np.linalg.norm(np.diff(points, axis=0), axis=1).mean()
    assert np.array_equal(by_neighbourhood(np.zeros((7, 3))), np.arange(7))


def test_every_triangle_is_behind_one_box_of_the_wide_trees() -> None:
    rng = np.random.default_rng(5)
    cell = scene(soup(rng, 700), box(1.0), sphere(0.7), soup(rng, 1), *_random(rng))
    wide, p = cell.wide, cell.pack
    for k in range(p.size):
        seen, waiting = [], [int(wide.roots[k])]
        while waiting:
            node = waiting.pop()
            for j in range(8):
                link, count = wide.links[node, j]
                if count < 0:
                    waiting.append(int(link))
                for row in range(wide.starts[link], wide.starts[link] + count) if count > 0 else ():
                    seen.append(row)
                    corners = p.rows[row, :9].reshape(3, 3)
                    assert (corners >= wide.boxes[node, :3, j]).all()
                    assert (corners <= wide.boxes[node, 3:, j]).all()
        assert sorted(seen) == list(range(int(p.first[k]), int(p.last[k])))
    assert sorted(wide.order.tolist()) == list(range(p.size))


def test_a_pack_is_made_ready_on_the_way() -> None:
    parts: list[Body] = [body(box(2.0)), body(box(1.0, (4, 0, 0)))]
    points = np.random.default_rng(0).uniform(-3, 6, (200, 3))
    same(points_to_scene(pack(parts), points), points_to_scene(surroundings(parts), points))


@pytest.mark.shared
def test_real_cell_against_part_by_part(shared: Path) -> None:
    """Every side as the six rays of ``containment`` see it, part by part."""
    from immersive.formats.load import load
    from immersive.geometry.containment import INSIDE, locate_points
    from immersive.scene.bodies import body_of

    made = load(str(shared / "cells/cell-ariac/placement.json"))
    cell = surroundings(one for part in made if (one := body_of(part)) is not None)
    rng = np.random.default_rng(2)
    low, high = cell.pack.bounds[:, :3].min(0), cell.pack.bounds[:, 3:].max(0)
    near = []
    for k, one in enumerate(cell.pack.bodies):
        own = cell.pack.rows[cell.pack.first[k] : cell.pack.last[k], :9].reshape(-1, 3, 3)
        chosen = own[rng.integers(0, len(own), 10)]
        near.append(one.to_world(chosen.mean(axis=1)) + rng.normal(size=(10, 3)) * 0.01)
    points = np.concatenate([rng.uniform(low, high, (3000, 3)), *near])
    found = points_to_scene(cell, points)
    inside = np.zeros(len(points), bool)
    for one in cell.pack.bodies:
        inside |= locate_points(one, points) == INSIDE
    # Coincident parts: where a point lies on the surface itself the side is a matter of rounding.
    clear = points_to_scene(cell, points, signed=False).distance > 1e-9
    assert np.array_equal(found.inside[clear], inside[clear])
    assert inside.sum() > 50
