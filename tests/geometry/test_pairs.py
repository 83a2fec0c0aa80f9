"""Many bodies at once: moved parts, pairs alike, blocks of triangles, and traps other libraries fall into."""

from __future__ import annotations

import numpy as np
import pytest

from immersive.geometry import frames
from immersive.geometry.blocks import LANES
from immersive.geometry.bodies import Body, Shapes, pack
from immersive.geometry.pairs import PairDistances, _alike, box_pairs, distances, moved, within
from immersive.geometry.relation import CONTAINED, TOUCHING, relate
from immersive.geometry.tolerance import TOUCH
from tests.geometry.meshes import body, box, opened, random_motion, soup, sphere


def scattered(rng: np.random.Generator, count: int, spread: float = 1.2) -> list[Body]:
    shapes = Shapes()
    meshes = [soup(rng, 70), sphere(0.3), box(0.4), box((0.8, 0.1, 0.1))]
    made = [shapes.body(*meshes[k % 4][:2], random_motion(rng, spread)) for k in range(count)]
    assert all(one is not None for one in made)
    return [one for one in made if one is not None]


def as_dict(found: PairDistances) -> dict[tuple[int, int], float]:
    return {
        (min(int(i), int(j)), max(int(i), int(j))): float(d)
        for (i, j), d in zip(found.pairs, found.distance, strict=True)
    }


def test_moved_bodies_are_measured_as_if_packed_anew() -> None:
    rng = np.random.default_rng(3)
    bodies = scattered(rng, 40)
    both = pack(bodies)
    labels = rng.integers(0, 30, 40)
    for movers in ([7], [0, 39], [5, 6, 7, 20]):
        places = {k: Body(bodies[k].shape, *_place(rng)) for k in movers}
        again = [places.get(k, one) for k, one in enumerate(bodies)]
        for distance in (0.0, 0.2, np.inf):
            for marks in (None, labels):
                found = moved(both, places, distance, labels=marks, threads=2)
                expected = within(pack(again), distance, labels=marks)
                touched = np.isin(expected.pairs, movers).any(axis=1)
                assert len(found.pairs) == touched.sum()
                assert as_dict(found) == pytest.approx(
                    {k: d for k, d in as_dict(expected).items() if set(k) & set(movers)}, abs=1e-13
                )
                # The moved one first, and the first point on it.
                assert np.isin(found.pairs[:, 0], movers).all()
                for (i, _), point in list(zip(found.pairs, found.point_a, strict=True))[:5]:
                    local = again[i].to_shape(point)
                    assert (np.abs(local) <= np.abs(again[i].shape.vertices).max(axis=0) + 1e-12).all()
    # The pack itself stays as it was.
    np.testing.assert_array_equal(both.bounds, pack(bodies).bounds)


def _place(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    world = random_motion(rng, 1.2)
    return world[:3, :3], world[:3, 3]


def test_moving_shares_the_trees() -> None:
    bodies = scattered(np.random.default_rng(0), 8)
    both = pack(bodies)
    there = both.moved({3: Body(bodies[3].shape, np.eye(3), np.ones(3))})
    assert there.blocks is both.blocks
    assert there.rows is both.rows
    np.testing.assert_allclose(there.bounds[3], pack([there.bodies[3]]).bounds[0], atol=1e-15)
    np.testing.assert_array_equal(np.delete(there.bounds, 3, 0), np.delete(both.bounds, 3, 0))


def test_moving_what_is_not_there_or_another_shape_is_an_error() -> None:
    bodies = scattered(np.random.default_rng(0), 8)
    both = pack(bodies)
    with pytest.raises(ValueError, match="no body 8 in a pack of 8"):
        moved(both, {8: bodies[0]}, 0.1)
    with pytest.raises(ValueError, match="body 2 has another shape"):
        moved(both, {2: bodies[0]}, 0.1)
    assert len(moved(both, {}, 1.0).pairs) == 0


def carts(count: int, rng: np.random.Generator, noise: float = 0.0) -> list[Body]:
    """The same few parts placed in the same way on several carts that stand anywhere."""
    shapes = Shapes()
    meshes = [soup(rng, 60), sphere(0.3), box(0.4)]
    local = [random_motion(rng, 0.7) for _ in meshes]
    made = []
    for _ in range(count):
        cart = random_motion(rng, 10.0)
        for mesh, place in zip(meshes, local, strict=True):
            one = shapes.body(*mesh[:2], cart @ place @ frames.translation(noise * rng.normal(size=3)))
            assert one is not None
            made.append(one)
    return made


def test_pairs_alike_are_measured_once_and_told_each_in_its_place() -> None:
    bodies = carts(12, np.random.default_rng(5))
    both = pack(bodies)
    pairs = np.array([(3 * c + i, 3 * c + j) for c in range(12) for i, j in ((0, 1), (0, 2), (1, 2))])
    alike = _alike(both, pairs, np.full(len(pairs), np.inf))
    assert len(np.unique(alike)) == 3
    np.testing.assert_array_equal(np.unique(alike), [0, 1, 2])
    found = distances(both, pairs, np.inf)
    for k in range(len(pairs)):
        single = distances(both, pairs[k : k + 1], np.inf)
        assert found.distance[k] == pytest.approx(single.distance[0], abs=1e-13)
        gap = np.linalg.norm(found.point_a[k] - found.point_b[k])
        assert gap == pytest.approx(found.distance[k], abs=1e-13)
        for body_, point, row in (
            (bodies[pairs[k, 0]], found.point_a[k], found.row_a[k]),
            (bodies[pairs[k, 1]], found.point_b[k], found.row_b[k]),
        ):
            corners = both.rows[row, :9].reshape(3, 3)
            weights = np.linalg.lstsq(
                np.vstack([corners.T, np.ones(3)]), np.append(body_.to_shape(point), 1.0), rcond=None
            )[0]
            assert np.all(weights > -1e-9)
            np.testing.assert_allclose(weights @ corners, body_.to_shape(point), atol=1e-12)
    order = np.random.default_rng(1).permutation(len(pairs))
    flipped = distances(both, pairs[order][:, ::-1], np.inf)
    np.testing.assert_array_equal(flipped.distance, found.distance[order])
    np.testing.assert_array_equal(flipped.point_a, found.point_b[order])


def test_nearly_alike_is_not_alike() -> None:
    """A nanometre of difference is measured; another bound is another question."""
    bodies = carts(20, np.random.default_rng(5), noise=1e-9)
    both = pack(bodies)
    pairs = np.array([(3 * c, 3 * c + 1) for c in range(20)])
    np.testing.assert_array_equal(_alike(both, pairs, np.full(20, np.inf)), np.arange(20))
    assert len(np.unique(distances(both, pairs, np.inf).distance)) == 20
    same = pack(carts(20, np.random.default_rng(5)))
    assert (_alike(same, pairs, np.full(20, 1.0)) == 0).all()
    np.testing.assert_array_equal(_alike(same, pairs, np.arange(20.0)), np.arange(20))


def test_blocks_hold_every_triangle_once_inside_their_boxes() -> None:
    rng = np.random.default_rng(2)
    for one in (body(soup(rng, 1)), body(soup(rng, 8)), body(soup(rng, 9)), body(sphere(1.0, segments=48))):
        both = pack([one, body(soup(rng, 30))])
        cut = both.blocks
        rows = []
        for node, (a, b) in enumerate(cut.links):
            if b < 0:
                for child in (a, a + 1):
                    low = cut.boxes[child, :3] - cut.boxes[child, 3:]
                    assert (low >= cut.boxes[node, :3] - cut.boxes[node, 3:] - 1e-12).all()
                continue
            assert 1 <= b <= LANES
            own = np.arange(cut.starts[a], cut.starts[a] + b)
            rows += own.tolist()
            expected = both.rows[np.minimum(np.arange(LANES) + own[0], own[-1]), :13].T
            np.testing.assert_array_equal(cut.lanes[a].reshape(-1, LANES), expected)
            corners = both.rows[own, :9].reshape(-1, 3)
            assert (np.abs(corners - cut.boxes[node, :3]) <= cut.boxes[node, 3:] + 1e-12).all()
        assert sorted(rows) == list(range(len(both.rows)))
        assert (np.diff(both.block_roots) >= 0).all()


def model_of(mesh: Body) -> object:
    fcl = pytest.importorskip("fcl")
    made = fcl.BVHModel()
    made.beginModel(len(mesh.shape.vertices), len(mesh.shape.faces))
    made.addSubModel(mesh.shape.vertices, mesh.shape.faces)
    made.endModel()
    return fcl.CollisionObject(made, fcl.Transform(mesh.rotation, mesh.origin))


def test_contained_is_not_clear_where_fcl_reads_a_gap() -> None:
    fcl = pytest.importorskip("fcl")
    inner, outer = body(box(0.2)), body(box(1.0))
    assert fcl.distance(model_of(inner), model_of(outer), fcl.DistanceRequest(), fcl.DistanceResult()) > 0.39
    found = distances(pack([inner, outer]), np.array([[0, 1]]), np.inf)
    assert found.distance[0] == pytest.approx(0.4, abs=1e-15)
    related = relate(inner, outer, float(found.distance[0]), touch=TOUCH)
    assert (related.kind, related.inner) == (CONTAINED, "a")


def test_every_resting_part_is_found() -> None:
    """Rows of boxes that rest on shelves and against each other, turned together by any angle."""
    shapes = Shapes()
    meshes = {"plank": box((4.0, 0.5, 0.05)), "block": box((0.2, 0.2, 0.2))}
    turn = frames.rotation_rpy(0.3, -0.2, 0.7)
    made, expected = [], set()
    for level in range(4):
        made.append(shapes.body(*meshes["plank"][:2], turn @ frames.translation((0, 0, level - 0.025))))
        plank = len(made) - 1
        for k in range(18):
            place = turn @ frames.translation((-1.8 + 0.2 * k, 0.0, level + 0.1))
            made.append(shapes.body(*meshes["block"][:2], place))
            expected.add((plank, len(made) - 1))
            if k:
                expected.add((len(made) - 2, len(made) - 1))
    found = within(pack([one for one in made if one is not None]), TOUCH)
    assert {(int(i), int(j)) for i, j in found.pairs} == expected
    assert found.distance.max() < 1e-14
    for i, j in list(expected)[::20]:
        one, two = made[i], made[j]
        assert one is not None
        assert two is not None
        assert relate(one, two, 0.0, touch=TOUCH).kind == TOUCHING


LIDLESS = opened(box(1.0), 2)
BESIDE = box(1.0, at=(1.01, 0.0, 0.0))


def test_an_open_mesh_is_as_near_as_it_is() -> None:
    found = within(pack([body(LIDLESS), body(BESIDE)]), 0.5)
    assert found.distance == pytest.approx([0.01], abs=1e-15)


def test_manifold_rejects_that_mesh_and_then_calls_it_clear() -> None:
    manifold = pytest.importorskip("manifold3d", reason="a peer that is no dependency: seen once, held here")

    def made(one: Body) -> object:
        points = one.to_world(one.shape.vertices).astype(np.float32)
        return manifold.Manifold(manifold.Mesh(points, one.shape.faces.astype(np.uint32)))

    rejected, sound = made(body(LIDLESS)), made(body(BESIDE))
    assert rejected.status() != manifold.Error.NoError  # type: ignore[attr-defined]
    assert rejected.min_gap(sound, 0.5) == 0.5  # type: ignore[attr-defined]


def test_a_corner_that_is_not_a_number_makes_no_clash() -> None:
    """fcl answers 0 here: a false clash."""
    vertices, faces, world = box(1.0)
    broken = vertices.copy()
    broken[0] = np.nan
    made = Shapes().body(broken, faces, world)
    assert made is not None
    used = int((faces == 0).any(axis=1).sum())
    assert made.shape.dropped == used > 0
    both = pack([made, body(box(1.0, at=(3.0, 0.0, 0.0)))])
    assert np.isfinite(both.bounds).all()
    found = within(both, 5.0)
    assert found.distance == pytest.approx([2.0], abs=1e-15)


def test_threads_and_chunks_change_nothing_for_many_pairs() -> None:
    both = pack(scattered(np.random.default_rng(8), 70, 0.8))
    pairs = box_pairs(both.bounds, 0.3)
    assert len(pairs) > 1000
    one = distances(both, pairs, 0.3, threads=1)
    for threads in (2, 5):
        other = distances(both, pairs, 0.3, threads=threads)
        for name in ("distance", "point_a", "point_b", "row_a", "row_b"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    some = np.random.default_rng(0).permutation(len(pairs))[:300]
    few = distances(both, pairs[some], 0.3, threads=2)
    np.testing.assert_array_equal(few.distance, one.distance[some])
