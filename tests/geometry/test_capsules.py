"""Capsules against triangle scenes: every distance by an independent method."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from immersive.geometry._capsule_kernels import one_triangle
from immersive.geometry.bodies import Body, Shapes
from immersive.geometry.bvh import _rows
from immersive.geometry.capsules import Surroundings, capsule_distances, capsule_rows, surroundings

Array = NDArray[np.float64]

CUBE = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
CUBE_FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]],
    np.int32,
)  # fmt: skip


def _point_triangles(points: Array, corners: Array) -> Array:
    """(P, F) distances by clamped projections: face where it falls inside, else the best edge."""
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
    normal = normal / np.maximum(size, 1e-300)[:, None]
    height = np.einsum("pfi,fi->pf", points[:, None] - a, normal)
    foot = points[:, None] - height[..., None] * normal
    inside = np.broadcast_to(size > 1e-12, height.shape).copy()
    for p, q in ((a, b), (b, c), (c, a)):
        inside &= np.einsum("pfi,fi->pf", np.cross(q - p, foot - p), normal) >= 0
    return np.where(inside, np.minimum(best, np.abs(height)), best)


def _least(capsule: Array, corners: Array) -> float:
    """Least of distance minus radius along the axis: convex per triangle, so golden section finds it."""
    low, high = np.zeros(len(corners)), np.ones(len(corners))

    def value(t: Array) -> Array:
        points = capsule[:3] + t[:, None] * (capsule[3:6] - capsule[:3])
        gap = np.array(
            [_point_triangles(p[None], tri[None])[0, 0] for p, tri in zip(points, corners, strict=True)]
        )
        return np.asarray(gap - (capsule[6] + t * (capsule[7] - capsule[6])))

    # All triangles at once; the diagonal of the distance table is what is wanted.
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(60):
        x, y = high - ratio * (high - low), low + ratio * (high - low)
        left = value(x) < value(y)
        high, low = np.where(left, y, high), np.where(left, low, x)
    return float(
        min(value(0.5 * (low + high)).min(), value(np.zeros(len(low))).min(), value(np.ones(len(low))).min())
    )


def _brute(capsule: Array, corners: Array, *, samples: int = 4001) -> tuple[float, float]:
    """(value, bound on its error) by sampling the axis densely against every triangle."""
    t = np.linspace(0, 1, samples)
    points = capsule[:3] + t[:, None] * (capsule[3:6] - capsule[:3])
    gaps = _point_triangles(points, corners).min(axis=1)
    values = gaps - (capsule[6] + t * (capsule[7] - capsule[6]))
    length = np.linalg.norm(capsule[3:6] - capsule[:3]) + abs(capsule[7] - capsule[6])
    return float(values.min()), float(length / (samples - 1))


def _capsule(rng: np.random.Generator, *, scale: float = 1.0, tapered: bool = True) -> Array:
    a = rng.normal(size=3) * scale
    b = a + rng.normal(size=3) * scale * rng.uniform(0, 1)
    radii = rng.uniform(0, 0.4, 2) * scale if tapered else np.full(2, rng.uniform(0, 0.4) * scale)
    return np.array([*a, *b, *radii])


def _own(capsule: Array, corners: Array) -> Array:
    row = _rows(corners[None], np.zeros(1, np.int32))[0]
    best = np.full(8, np.inf)
    one_triangle(capsule, row, best)
    return best


@pytest.mark.parametrize("tapered", [False, True])
def test_one_triangle_is_the_least_over_the_axis(tapered: bool) -> None:
    rng = np.random.default_rng(4)
    for _ in range(60):
        capsule, corners = _capsule(rng, tapered=tapered), rng.normal(size=(3, 3))
        best = _own(capsule, corners)
        assert best[0] == pytest.approx(_least(capsule, corners[None]), abs=2e-8)
        # The witnesses are what the value is made of: a point of the axis, a point of the triangle.
        t = best[7]
        axis = capsule[:3] + t * (capsule[3:6] - capsule[:3])
        radius = capsule[6] + t * (capsule[7] - capsule[6])
        assert np.allclose(axis, best[1:4], atol=1e-14)
        assert np.linalg.norm(axis - best[4:7]) - radius == pytest.approx(best[0], abs=1e-14)
        assert _point_triangles(best[None, 4:7], corners[None])[0, 0] < 1e-12


def test_closed_forms() -> None:
    ground = np.array([[-10.0, -10, 0], [10, -10, 0], [0, 20, 0]])
    # A cone-like capsule lying over a plane: the least is at its thick, low end.
    assert _own(np.array([0, 0, 1.0, 1, 0, 0.7, 0.2, 0.1]), ground)[0] == pytest.approx(0.6)
    # Through the plane: minus the radius where the axis crosses.
    assert _own(np.array([0, 0, 1.0, 0, 0, -1, 0.3, 0.1]), ground)[0] == pytest.approx(-0.3 + 0.1, abs=1e-12)
    # A corner beside the flank of a cone of half angle asin((0.3 − 0.1) / 1): the flank's normal leans back.
    corner = np.array([[0.5, 0.0, 2.0], [0.5, 1, 2], [0.5, -1, 3.0]])
    lean = 0.2
    flank = 2.0 * np.sqrt(1 - lean**2) + 0.5 * lean - 0.3
    assert _own(np.array([0, 0, 0, 1.0, 0, 0, 0.3, 0.1]), corner)[0] == pytest.approx(flank, abs=1e-12)
    # Parallel to an edge, and of no length at all.
    assert _own(np.array([0, -2, 0, 1.0, -2, 0, 0.1, 0.1]), np.array([[-1.0, 0, 0], [3, 0, 0], [0, 1, 0]]))[
        0
    ] == pytest.approx(1.9)
    assert _own(np.array([0, 0, 3.0, 0, 0, 3, 0.5, 0.2]), ground)[0] == pytest.approx(2.5)


@pytest.mark.parametrize("corners", [
    [[0, 0, 0], [1, 0, 0], [2, 0, 0]],
    [[0, 0, 0], [0, 0, 0], [1, 1, 0]],
    [[1, 2, 3], [1, 2, 3], [1, 2, 3]],
    [[0, 0, 0], [1, 0, 0], [0.5, 1e-9, 0]],
])  # fmt: skip
def test_flat_triangles_are_their_edges(corners: list[list[float]]) -> None:
    rng = np.random.default_rng(8)
    tri = np.array(corners, np.float64)
    for _ in range(12):
        capsule = _capsule(rng)
        value, error = _brute(capsule, tri[None])
        assert value - error - 1e-8 <= _own(capsule, tri)[0] <= value + 1e-8


def _random_scene(rng: np.random.Generator, count: int = 12) -> tuple[Surroundings, Array, NDArray[np.int64]]:
    """Placed random meshes, sharing shapes, mirrored and scaled; world triangles and their bodies."""
    shapes = Shapes()
    meshes = [
        (rng.normal(size=(30, 3)), rng.integers(0, 30, (40, 3)).astype(np.int32)),
        (CUBE, CUBE_FACES),
    ]
    bodies: list[Body] = []
    world, owner = [], []
    for k in range(count):
        vertices, faces = meshes[k % 2]
        q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        matrix = np.eye(4)
        matrix[:3, :3] = q * (1.0 if k % 3 else rng.uniform(0.5, 2))
        matrix[:3, 3] = rng.normal(size=3) * 4
        body = shapes.body(vertices, faces, matrix)
        assert body is not None
        bodies.append(body)
        triangles = (vertices @ matrix[:3, :3].T + matrix[:3, 3])[faces]
        world.append(triangles)
        owner += [k] * len(faces)
    return surroundings(bodies), np.concatenate(world), np.array(owner)


def test_scene_against_every_triangle() -> None:
    rng = np.random.default_rng(11)
    scene, triangles, owner = _random_scene(rng)
    capsules = np.array([_capsule(rng, scale=2.0) for _ in range(25)])
    found = capsule_distances(scene, capsules, inside=False)
    for k, capsule in enumerate(capsules):
        each = np.array([_own(capsule, tri)[0] for tri in triangles])
        assert found.distance[k] == pytest.approx(each.min(), abs=1e-12)
        assert each[owner == found.body[k]].min() == pytest.approx(each.min(), abs=1e-12)
        value, error = _brute(capsule, triangles, samples=301)
        assert value - error <= found.distance[k] <= value + 1e-9
        mesh = triangles[owner == found.body[k]]
        assert _point_triangles(found.point[None, k], mesh).min() < 1e-9


def test_limit_skips_and_threads() -> None:
    rng = np.random.default_rng(2)
    scene, _, _ = _random_scene(rng)
    capsules = np.array([_capsule(rng) for _ in range(600)])
    whole = capsule_distances(scene, capsules, threads=1)
    again = capsule_distances(scene, capsules, threads=3)
    assert np.array_equal(whole.distance, again.distance)
    assert np.array_equal(whole.body, again.body)
    near = capsule_distances(scene, capsules, limit=0.3)
    kept = whole.distance < 0.3
    assert 0 < kept.sum() < len(kept)
    assert np.array_equal(near.distance[kept], whole.distance[kept])
    assert np.isinf(near.distance[~kept]).all()
    assert (near.body[~kept] == -1).all()
    # Without its nearest body each capsule finds the next: never nearer, never the same.
    skips = np.eye(scene.pack.size, dtype=np.uint8)
    other = capsule_distances(scene, capsules, skips=skips, rule=whole.body)
    assert (other.body != whole.body).all()
    assert (other.distance >= whole.distance).all()
    none = capsule_distances(scene, capsules, skips=np.ones((1, scene.pack.size), np.uint8))
    assert np.isinf(none.distance).all()
    assert np.isnan(none.point).all()


def test_contained() -> None:
    body = Shapes().body(CUBE, CUBE_FACES, np.diag([2.0, 2, 2, 1]))
    assert body is not None
    scene = surroundings([body])
    caps = capsule_rows([[0, 0, 0], [0, 0, 0], [0, 0, 3]], [[0.2, 0, 0], [2, 0, 0], [0, 0, 4]], 0.1, 0.1)
    found = capsule_distances(scene, caps)
    # Wholly inside: 0.8 to the wall and its own radius; then through the wall; then above.
    assert found.contained.tolist() == [True, False, False]
    assert found.distance == pytest.approx([-0.9, -0.1, 1.9])
    # Inside within a limit that no surface is in: found all the same.
    assert capsule_distances(scene, caps, limit=0.05).distance[0] == pytest.approx(-0.9)
    # An open box has no inside.
    shut = Shapes().body(CUBE, CUBE_FACES[2:], np.diag([2.0, 2, 2, 1]))
    assert shut is not None
    assert capsule_distances(surroundings([shut]), caps).distance[0] == pytest.approx(0.7)


def test_random_capsules_against_fcl() -> None:
    fcl = pytest.importorskip("fcl")
    rng = np.random.default_rng(17)
    vertices, faces = rng.normal(size=(40, 3)), rng.integers(0, 40, (60, 3)).astype(np.int32)
    body = Shapes().body(vertices, faces, np.eye(4))
    assert body is not None
    model = fcl.BVHModel()
    model.beginModel(len(vertices), len(faces))
    model.addSubModel(vertices, faces)
    model.endModel()
    mesh = fcl.CollisionObject(model)
    capsules = np.array([_capsule(rng, scale=2.0, tapered=False) for _ in range(200)])
    own = capsule_distances(surroundings([body]), capsules, inside=False)
    compared = 0
    for capsule, mine in zip(capsules, own.distance, strict=True):
        axis = capsule[3:6] - capsule[:3]
        length = float(np.linalg.norm(axis))
        z = axis / length
        x = np.cross(z, [0.0, 0, 1] if abs(z[2]) < 0.9 else [1.0, 0, 0])
        x /= np.linalg.norm(x)
        turn = np.stack([x, np.cross(z, x), z], axis=1)
        placed = fcl.CollisionObject(
            fcl.Capsule(capsule[6], length), fcl.Transform(turn, 0.5 * (capsule[:3] + capsule[3:6]))
        )
        theirs = fcl.distance(placed, mesh, fcl.DistanceRequest(), fcl.DistanceResult())
        if mine > 1e-3:
            # fcl iterates and stops up to 1e-4 above the least; ours is a real pair of points.
            assert mine - 1e-9 <= theirs <= mine + 1e-4
            compared += 1
        elif mine < -1e-3:
            assert theirs <= 0.0
    assert compared > 80


def test_rejects_bad_capsules() -> None:
    with pytest.raises(ValueError, match="radii"):
        capsule_rows([[0, 0, 0]], [[1, 0, 0]], -0.1, 0.1)
    with pytest.raises(ValueError, match="finite"):
        capsule_rows([[0, 0, np.nan]], [[1, 0, 0]], 0.1, 0.1)


@pytest.mark.shared
def test_real_cell_against_dense_points(shared: Path) -> None:
    from immersive.formats.load import load
    from immersive.scene.bodies import body_of

    scene = load(str(shared / "cells/cell-ariac/placement.json"))
    parts = [part for part in scene if part.triangles]
    bodies = [body for body in map(body_of, parts) if body is not None]
    around = surroundings(bodies)
    triangles = np.concatenate([part.world_triangles() for part in parts])
    low, high = around.pack.bounds[:, :3].min(0), around.pack.bounds[:, 3:].max(0)
    rng = np.random.default_rng(5)
    ends = rng.uniform(low, high, (3, 3))
    capsules = capsule_rows(ends, ends + rng.normal(size=(3, 3)) * 0.2, 0.06, 0.04)
    found = capsule_distances(around, capsules, inside=False)
    for k, capsule in enumerate(capsules):
        value, error = _brute(capsule, triangles, samples=5)
        assert value - error <= found.distance[k] <= value + 1e-9
