"""Rays against closed forms, and the two engines against each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from immersive.errors import UsageError
from immersive.formats.load import load
from immersive.geometry import frames, rays, shapes
from immersive.geometry._embree import OUTLINE
from immersive.geometry._ray_kernels import cast
from immersive.geometry.bodies import Body, Shapes
from immersive.geometry.rays import RayScene, embree_there, ray_scene
from immersive.scene.bodies import body_of
from tests.geometry.meshes import Placed, box, sphere

ENGINES = [
    "numba",
    pytest.param("embree", marks=pytest.mark.skipif(not embree_there(), reason="no embreex here")),
]


def scene(*meshes: Placed) -> RayScene:
    made = Shapes()
    bodies = [made.body(*mesh) for mesh in meshes]
    assert all(isinstance(body, Body) for body in bodies)
    return ray_scene([body for body in bodies if body is not None])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_ray_meets_the_near_face_of_a_box(engine: str) -> None:
    cell = scene(box(1.0), box(1.0, (5.0, 0.0, 0.0)))
    origins = [[-3.0, 0.1, 0.2], [3.0, 0.1, 0.2], [0.1, 0.2, 9.0], [0.0, 3.0, 0.0], [0.1, 0.2, 0.3]]
    directions = [[2.0, 0.0, 0.0], [0.1, 0.0, 0.0], [0.0, 0.0, -7.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    hits = cell.first_hit(origins, directions, engine=engine)
    assert hits.body.tolist() == [0, 1, 0, -1, 0]
    assert hits.distance == pytest.approx([2.5, 1.5, 8.5, np.inf, 0.3], abs=1e-12)
    assert hits.hit.tolist() == [True, True, True, False, True]
    assert (hits.row[hits.hit] >= cell.pack.first[hits.body[hits.hit]]).all()
    assert (hits.row[hits.hit] < cell.pack.last[hits.body[hits.hit]]).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_distance_to_a_ball_is_that_of_its_polyhedron_between_the_radii(engine: str) -> None:
    cell = scene(sphere(0.5, (1.0, 2.0, 3.0), segments=64))
    rng = np.random.default_rng(3)
    directions = rng.normal(size=(500, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    hits = cell.first_hit(np.array([1.0, 2.0, 3.0]) - 4.0 * directions, directions, engine=engine)
    assert hits.hit.all()
    sagitta = 2.0 * 0.5 * (1.0 - np.cos(np.pi / 64)) * 2.0
    assert (hits.distance >= 3.5 - 1e-12).all()
    assert (hits.distance <= 3.5 + sagitta).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_near_and_far_cut_the_ray(engine: str) -> None:
    cell = scene(box(1.0))
    ray = ([-3.0, 0.1, 0.2], [1.0, 0.0, 0.0])
    for near, far, expected in (
        (0.0, 2.4, np.inf),
        (0.0, 2.6, 2.5),
        (2.6, 9.0, 3.5),
        (2.6, 3.4, np.inf),
        (3.6, 9.0, np.inf),
        (5.0, 2.0, np.inf),
    ):
        found = cell.first_hit(*ray, near=near, far=far, engine=engine).distance
        assert found == pytest.approx([expected], abs=1e-12), (near, far)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_end_of_the_ray_is_beyond_it_and_its_start_on_it(engine: str) -> None:
    """A hit exactly at ``far`` does not count, one exactly at ``near`` does: both are powers of two."""
    cell = scene(box(1.0))
    assert not cell.first_hit([-4.5, 0.1, 0.2], [1, 0, 0], far=4.0, engine=engine).hit.any()
    assert cell.first_hit([-4.5, 0.1, 0.2], [1, 0, 0], near=4.0, far=4.5, engine=engine).hit.all()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_body_does_not_hide_its_own_surface_but_its_own_far_side(engine: str) -> None:
    cell = scene(box(1.0), box((0.1, 4.0, 4.0), (-2.0, 0.0, 0.0)))
    eye = [[-1.0, 0.1, 0.2], [-1.0, 0.1, 0.2], [-5.0, 0.1, 0.2], [-5.0, 0.1, 0.2]]
    near_face, far_face = [-0.5, 0.1, 0.2], [0.5, 0.1, 0.2]
    hits = cell.between(
        eye, [near_face, far_face, near_face, far_face], end_offset=1e-3, own=0, engine=engine
    )
    assert hits.body.tolist() == [-1, 0, 1, 1]
    # A point inside: its own body hides it only from farther than the own offset ...
    inside = [-0.3, 0.1, 0.2]
    assert cell.between(eye[0], inside, end_offset=1e-3, own=0, own_offset=0.25, engine=engine).body[0] == -1
    assert cell.between(eye[0], inside, end_offset=1e-3, own=0, own_offset=0.15, engine=engine).body[0] == 0
    # ... what stands before it is seen through that, and another body has no such privilege.
    assert cell.between(eye[2], inside, end_offset=1e-3, own=0, own_offset=9.0, engine=engine).body[0] == 1
    assert cell.between(eye[0], inside, end_offset=1e-3, own=1, own_offset=9.0, engine=engine).body[0] == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_another_body_behind_the_own_surface_still_hides(engine: str) -> None:
    """The own body is met first, past its own limit; what hides lies farther along the ray."""
    cell = scene(box(1.0), box(0.1, (-0.4, 0.0, 0.0)))
    hits = cell.between(
        [-2.0, 0.0, 0.01], [0.0, 0.0, 0.01], end_offset=1e-3, own=0, own_offset=1.0, engine=engine
    )
    assert hits.body.tolist() == [1]
    assert hits.distance == pytest.approx([1.55], abs=1e-9)


def test_points_that_coincide_hide_nothing() -> None:
    cell = scene(box(1.0))
    assert not cell.between([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]).hit.any()
    assert not cell.between(
        [-0.51, 0.0, 0.0], [-0.49, 0.0, 0.0], start_offset=0.01, end_offset=0.015
    ).hit.any()


@pytest.mark.parametrize("engine", ENGINES)
def test_no_ray_slips_through_the_edges_of_a_closed_surface(engine: str) -> None:
    """Aimed at the vertices and at points of the edges: an edge belongs to both its triangles."""
    mesh = sphere(1.0, segments=16)
    cell = scene(mesh)
    corners = mesh[0][mesh[1]]
    rng = np.random.default_rng(5)
    share = rng.uniform(size=(len(corners), 3, 1))
    targets = np.concatenate(
        [corners, corners * share + np.roll(corners, -1, axis=1) * (1.0 - share)]
    ).reshape(-1, 3)
    hits = cell.first_hit(np.zeros(3), targets, engine=engine)
    assert hits.hit.all()
    assert hits.distance == pytest.approx(np.linalg.norm(targets, axis=1), abs=1e-6)


def test_rays_along_the_axes_through_box_faces_and_planes() -> None:
    """Directions with zeros, starts in the planes of a flat part's box: no NaN, nothing lost."""
    plate = (np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]), np.array([[0, 1, 2], [0, 2, 3]], np.int32),
             np.eye(4))  # fmt: skip
    cell = scene(plate)
    starts = [[0.0, 0.0, 1.0], [1.0, 1.0, 1.0], [0.5, 0.0, 1.0], [1.0, 0.25, 1.0]]
    assert cell.first_hit(starts, [0.0, 0.0, -1.0]).distance == pytest.approx(np.ones(4))
    # Edge-on it hides nothing, from beside it is missed.
    assert not cell.first_hit([-1.0, 0.5, 0.0], [1.0, 0.0, 0.0]).hit.any()
    assert not cell.first_hit([1.0 + 1e-6, 0.5, 1.0], [0.0, 0.0, -1.0]).hit.any()


def _random_scene(rng: np.random.Generator, spread: float = 2.0) -> RayScene:
    made = []
    solids = [shapes.box((0.3, 0.5, 0.2)), shapes.sphere(0.3, segments=12), shapes.cylinder(0.2, 0.6)]
    for k in range(24):
        world = frames.translation(rng.uniform(-spread, spread, 3)) @ frames.rotation_rpy(
            *rng.uniform(-3, 3, 3)
        )
        if k % 4 == 0:
            world = world @ frames.scaling(rng.uniform(0.5, 2.0, 3) * rng.choice([-1.0, 1.0], 3))
        solid = solids[k % 3]
        made.append((solid.vertices, solid.faces, world))
    return scene(*made)


def _brute(cell: RayScene, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Distances by testing each triangle in the world with signed volumes: no tree, other arithmetic."""
    best = np.full(len(origins), np.inf)
    p = cell.pack
    for k, body in enumerate(p.bodies):
        for a, b, c in body.to_world(p.rows[p.first[k] : p.last[k], :9].reshape(-1, 3, 3)):
            x, y, z = a - origins, b - origins, c - origins
            volumes = np.stack(
                [np.einsum("ij,ij->i", directions, np.cross(*pair)) for pair in ((x, y), (y, z), (z, x))]
            )
            through = (volumes >= 0).all(axis=0) | (volumes <= 0).all(axis=0)
            normal = np.cross(b - a, c - a)
            with np.errstate(divide="ignore", invalid="ignore"):
                t = (x @ normal) / (directions @ normal)
            best = np.where(through & (t >= 0.0) & (t < best), t, best)
    return best


@pytest.mark.parametrize("seed", range(3))
def test_random_scenes_agree_with_a_test_of_every_triangle(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cell = _random_scene(rng)
    origins, directions = rng.uniform(-3, 3, (400, 3)), rng.normal(size=(400, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    expected = _brute(cell, origins, directions)
    found = cell.first_hit(origins, directions, engine="numba").distance
    assert 30 < np.isfinite(expected).sum() < 400
    assert np.array_equal(np.isfinite(found), np.isfinite(expected))
    hit = np.isfinite(expected)
    assert found[hit] == pytest.approx(expected[hit], abs=1e-9)


@pytest.mark.skipif(not embree_there(), reason="no embreex here")
@pytest.mark.parametrize(("seed", "far_away"), [(0, 0.0), (1, 0.0), (2, 300.0), (3, 5000.0)])
def test_the_engines_agree(seed: int, far_away: float) -> None:
    """Also in a hall kilometres long: embree's origin is moved to the rays."""
    rng = np.random.default_rng(100 + seed)
    cell = _random_scene(rng)
    shift = frames.translation([far_away, -far_away, 0.0])
    cell = scene(*((b.shape.vertices, b.shape.faces, shift @ _matrix(b)) for b in cell.pack.bodies))
    starts = rng.uniform(-3, 3, (40_000, 3)) + shift[:3, 3]
    ends = rng.uniform(-3, 3, (40_000, 3)) + shift[:3, 3]
    own = rng.integers(-1, cell.pack.size, 40_000)
    told = {"start_offset": 0.01, "end_offset": 0.002, "own": own, "own_offset": 0.3}
    a = cell.between(starts, ends, engine="numba", **told)
    b = cell.between(starts, ends, engine="embree", **told)
    differ = (a.body != b.body) | (
        np.abs(np.where(a.hit, a.distance, 0) - np.where(b.hit, b.distance, 0)) > 1e-9
    )
    # Whatever differs misses or hits an outline by less than the stated bound.
    for n in np.flatnonzero(differ):
        around = starts[n] + OUTLINE * rng.normal(size=(200, 3))
        wobble = cell.between(
            around, ends[n] + (around - starts[n]), engine="numba", **{**told, "own": own[n]}
        )
        assert b.body[n] in wobble.body
    assert differ.mean() < 1e-3
    assert 0.1 < a.hit.mean() < 0.9


def _matrix(body: Body) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = body.rotation, body.origin
    return matrix


@pytest.mark.parametrize("engine", ENGINES)
def test_a_rigid_motion_of_everything_changes_nothing(engine: str) -> None:
    rng = np.random.default_rng(8)
    cell = _random_scene(rng)
    world = frames.translation([3.0, -7.0, 2.0]) @ frames.rotation_rpy(0.4, -1.1, 2.5)
    turned = scene(*((b.shape.vertices, b.shape.faces, world @ _matrix(b)) for b in cell.pack.bodies))
    starts, ends = rng.uniform(-3, 3, (2, 2000, 3))
    a = cell.between(starts, ends, engine=engine)
    b = turned.between(
        frames.transform_points(world, starts), frames.transform_points(world, ends), engine=engine
    )
    assert np.array_equal(a.body, b.body)
    assert np.where(a.hit, a.distance, 0) == pytest.approx(np.where(b.hit, b.distance, 0), abs=1e-9)


def test_threads_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    cell = _random_scene(rng)
    starts, ends = rng.uniform(-3, 3, (2, 3000, 3))
    one, four = (cell.between(starts, ends, engine="numba", threads=n) for n in (1, 4))
    assert np.array_equal(one.distance, four.distance)
    assert np.array_equal(one.row, four.row)


def test_auto_takes_embree_for_many_rays_only(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = scene(box(1.0))
    asked: list[int] = []
    own = RayScene._with_embree

    def noted(self: RayScene, cast: rays._Rays, threads: int | None) -> rays.Hits:
        asked.append(len(cast.origins))
        return own(self, cast, threads)

    monkeypatch.setattr(RayScene, "_with_embree", noted)
    monkeypatch.setattr(rays, "MANY", 10)
    # A box has twelve triangles: fewer rays than that do not win its build back.
    for count in (9, 11, 12):
        cell.first_hit(np.zeros((count, 3)) - 2.0, [1.0, 1.0, 1.0])
    assert asked == ([12] if embree_there() else [])
    monkeypatch.setattr(rays, "embree_there", lambda: False)
    cell.first_hit(np.zeros((12, 3)) - 2.0, [1.0, 1.0, 1.0])
    assert len(asked) <= 1
    with pytest.raises(UsageError, match="embreex"):
        cell.first_hit([0, 0, 0], [0, 0, 1], engine="embree")


def test_what_is_no_ray_is_said() -> None:
    cell = scene(box(1.0))
    with pytest.raises(UsageError, match="no length"):
        cell.first_hit([0, 0, 0], [0, 0, 0])
    with pytest.raises(UsageError, match="not finite"):
        cell.first_hit([np.nan, 0, 0], [0, 0, 1])
    with pytest.raises(UsageError, match="did you mean 'embree'"):
        cell.first_hit([0, 0, 0], [0, 0, 1], engine="embre")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="range"):
        cell.first_hit([0, 0, 0], [0, 0, 1], far=np.nan)
    assert len(cell.first_hit(np.empty((0, 3)), np.empty((0, 3))).body) == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_triangles_that_are_not_finite_hide_nothing_and_spoil_nothing(engine: str) -> None:
    vertices, faces, world = box(1.0)
    broken = np.concatenate([vertices, [[np.nan, 0.0, 0.0]]])
    bad = np.concatenate([faces, [[0, 1, len(vertices)]]]).astype(np.int32)
    hits = scene((broken, bad, world)).first_hit([-3.0, 0.1, 0.2], [1.0, 0.0, 0.0], engine=engine)
    assert hits.distance == pytest.approx([2.5], abs=1e-12)


def test_one_compilation_serves_all_calls() -> None:
    """Read-only arrays, single rays and whole numbers must not make numba compile again."""
    cell = scene(box(1.0))
    fixed = np.array([[-3.0, 0.1, 0.2]])
    fixed.flags.writeable = False
    cell.first_hit(fixed, fixed * -1.0, near=0, far=9, own=0)
    cell.first_hit([-3, 0, 0], [1, 0, 0])
    cell.between(np.zeros((5, 3)), [1.0, 0.0, 0.0], own=np.zeros(5, np.int32))
    assert len(cast.signatures) == 1


@pytest.mark.shared
@pytest.mark.skipif(not embree_there(), reason="no embreex here")
@pytest.mark.parametrize("file", ["cell-ariac/cell-ariac.glb"])
def test_the_engines_agree_on_real_cells(shared: Path, file: str) -> None:
    """Parts that coincide or are open, slivers, nested cases: the same hit or miss, the same distance."""
    cell = load(shared / "cells" / file)
    made = ray_scene(body for part in cell if (body := body_of(part)) is not None)
    assert cell.bounds is not None
    starts, ends = np.random.default_rng(4).uniform(*cell.bounds, (2, 20_000, 3))
    a, b = (made.between(starts, ends, engine=engine) for engine in ("numba", "embree"))
    assert (a.hit != b.hit).sum() <= 2
    both = a.hit & b.hit
    # A surface a few hundred nanometres behind another may be taken for it.
    assert np.abs(a.distance[both] - b.distance[both]).max() < 1e-6
