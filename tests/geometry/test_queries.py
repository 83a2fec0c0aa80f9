"""Spheres, segments and oriented boxes against scenes, and capsules that are followed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import UsageError
from immersive.geometry import frames
from immersive.geometry.bodies import Shapes
from immersive.geometry.capsules import capsule_distances, capsule_rows
from immersive.geometry.proximity import proximity
from immersive.geometry.queries import boxes_to_scene, segments_to_scene, spheres_to_scene
from immersive.geometry.surroundings import Surroundings, surroundings
from tests.geometry.meshes import Placed, box, moved, opened, random_motion, soup, sphere


def scene(*meshes: Placed) -> Surroundings:
    known = Shapes()
    made = [known.body(*mesh) for mesh in meshes]
    return surroundings(one for one in made if one is not None)


def test_spheres() -> None:
    cell = scene(box(2.0), opened(box(2.0, (10, 0, 0))))
    found = spheres_to_scene(
        cell, [[3, 0, 0], [1.2, 0, 0], [0, 0, 0], [0, 0, 0.9], [10, 0, 0]], [0.5, 0.5, 0.3, 0.3, 0.3]
    )
    # Apart; its middle outside, cut; wholly inside; middle inside, cut; in an open shell, which has no inside.
    assert found.distance == pytest.approx([1.5, -0.3, -1.3, -0.4, 0.7], abs=1e-14)
    assert found.contained.tolist() == [False, False, True, False, False]
    assert found.axis_point[0] == pytest.approx([3, 0, 0], abs=0)
    assert found.point[0] == pytest.approx([1, 0, 0])
    assert found.body.tolist() == [0, 0, 0, 0, 1]
    assert np.isinf(spheres_to_scene(cell, [[5, 0, 0]], 0.5, limit=1.0).distance).all()


def test_segments() -> None:
    cell = scene(box(2.0))
    starts = [[2, 0, 0], [-3, 0, 0], [0.2, 0, 0], [2, 2, -5], [3, 3, 3]]
    ends = [[4, 0, 0], [3, 0, 0], [0.5, 0, 0], [2, 2, 5], [3, 3, 3]]
    found = segments_to_scene(cell, starts, ends)
    assert found.distance == pytest.approx([1, 0, -0.5, np.sqrt(2), np.sqrt(12)], abs=1e-14)
    assert found.contained.tolist() == [False, False, True, False, False]


def test_a_sphere_is_a_capsule_of_no_length_against_all_triangles() -> None:
    rng = np.random.default_rng(3)
    cell = scene(*(moved(soup(rng, 60), random_motion(rng, 2.0)) for _ in range(6)))
    centers, radii = rng.uniform(-3, 3, (300, 3)), rng.uniform(0, 0.4, 300)
    ball = spheres_to_scene(cell, centers, radii)
    # A capsule of next to no length takes the other branch of the kernel.
    short = capsule_distances(cell, capsule_rows(centers, centers + 1e-9, radii, radii))
    assert ball.distance == pytest.approx(short.distance, abs=3e-9)


@pytest.mark.parametrize("seed", range(2))
def test_a_moving_body_is_answered_as_one_that_just_came(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cell = scene(
        *(moved(solid, random_motion(rng, 1.5)) for solid in (box(1.0), sphere(0.6), soup(rng, 80)) * 3)
    )
    rows = capsule_rows(rng.uniform(-2, 2, (20, 3)), rng.uniform(-2, 2, (20, 3)), 0.1, 0.05)
    step = np.concatenate([np.tile(rng.normal(size=3) * 0.02, 2), [0, 0]])
    before = None
    for _ in range(25):
        fresh, before = capsule_distances(cell, rows), capsule_distances(cell, rows, before=before)
        assert before.distance == pytest.approx(fresh.distance, abs=1e-14)
        assert np.array_equal(before.contained, fresh.contained)
        assert before.axis_point - before.point == pytest.approx(fresh.axis_point - fresh.point, abs=1e-9)
        rows = rows + step
    with pytest.raises(ValueError, match="20"):
        capsule_distances(cell, rows[:5], before=before)
    with pytest.raises(ValueError, match="limits"):
        capsule_distances(cell, rows, limit=np.ones(3))


def test_box_closed_forms() -> None:
    cell = scene(box(2.0))
    turned = frames.translation([3.0, 0, 0]) @ frames.rotation_axis([0, 0, 1], np.pi / 4)
    places = [frames.translation([2.5, 0, 0]), turned, frames.translation([1.4, 0, 0]), frames.translation([2, 0, 0]),
              frames.translation([0, 0, 0]), frames.translation([9, 0, 0])]  # fmt: skip
    sizes = [[1, 1, 1], [1, 1, 1], [1, 1, 1], [2, 2, 2], [1, 1, 1], [1, 1, 1]]
    found = boxes_to_scene(cell, sizes, places, limit=5.0)
    assert [one.relation for one in found] == [
        "apart",
        "apart",
        "intersecting",
        "touching",
        "contained",
        "apart",
    ]
    assert [one.distance for one in found] == pytest.approx([1.0, 2.0 - np.sqrt(0.5), 0, 0, 0, np.inf])
    assert found[1].box_point == pytest.approx([3.0 - np.sqrt(0.5), 0, found[1].point[2]])
    assert found[1].point[0] == pytest.approx(1.0)
    assert found[2].penetration == pytest.approx(0.1)
    assert found[2].separation == pytest.approx(0.1)
    assert found[2].direction == pytest.approx([1, 0, 0])
    assert found[2].overlapping == (0,)
    assert (found[4].inner, found[4].penetration) == ("box", pytest.approx(1.5))
    assert (found[5].body, found[5].overlapping) == (-1, ())


def test_a_box_around_a_part_and_a_part_around_a_box() -> None:
    cell = scene(sphere(0.5), box(0.2, (0.0, 0, 3.0)), opened(box(4.0, (20, 0, 0))))
    found = boxes_to_scene(cell, [4.0, 4.0, 4.0], np.eye(4))[0]
    assert (found.relation, found.inner, found.body) == ("contained", "body", 0)
    assert found.overlapping == (0,)
    small = boxes_to_scene(cell, [0.2, 0.2, 0.2], np.eye(4))[0]
    assert (small.relation, small.inner) == ("contained", "box")
    # Inside an open shell, away from its hole: whether it lies in material cannot be said, and that is told.
    unknown = boxes_to_scene(cell, [0.2, 0.2, 0.2], frames.translation([20.3, 0.2, 0.4]))[0]
    assert (unknown.relation, unknown.undecided) == ("apart", (2,))
    assert unknown.distance == pytest.approx(1.5)
    skipped = boxes_to_scene(cell, [4.0, 4.0, 4.0], np.eye(4), skip=[0])[0]
    assert (skipped.relation, skipped.body) == ("apart", 1)
    assert skipped.distance == pytest.approx(0.9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), mirrored=st.booleans())
def test_boxes_as_meshes_measured_one_by_one(seed: int, mirrored: bool) -> None:
    """Against the measure of two sets of meshes, which knows nothing of what may be left out."""
    rng = np.random.default_rng(seed)
    flip = frames.scaling([-1.0 if mirrored else 1.0, 1.0, 1.0])
    meshes = [
        moved(solid, random_motion(rng, 2.5) @ flip)
        for solid in (box(1.0), sphere(0.5, segments=8), soup(rng, 20)) * 2
    ]
    places = [random_motion(rng, 2.5) for _ in range(4)]
    sizes = rng.uniform(0.1, 1.5, (4, 3))
    found = boxes_to_scene(scene(*meshes), sizes, places)
    for size, place, one in zip(sizes, places, found, strict=True):
        peer = proximity([moved(box(tuple(size)), place)], meshes)
        assert one.distance == pytest.approx(peer.distance, abs=1e-12)
        if one.relation == "apart":
            assert peer.relation == "apart"
            assert np.linalg.norm(one.box_point - one.point) == pytest.approx(one.distance, abs=1e-12)
            local = np.linalg.inv(place) @ [*one.box_point, 1.0]
            assert (np.abs(local[:3]) <= 0.5 * size + 1e-12).all()
        else:
            assert one.penetration <= one.separation + 1e-9


def test_what_is_no_box_is_said() -> None:
    cell = scene(box(1.0))
    with pytest.raises(UsageError, match="edge lengths"):
        boxes_to_scene(cell, [1.0, 0.0, 1.0], np.eye(4))
    with pytest.raises(UsageError, match="rigid"):
        boxes_to_scene(cell, [1.0, 1.0, 1.0], 2.0 * np.eye(4))
    with pytest.raises(UsageError, match="limit"):
        boxes_to_scene(cell, [1.0, 1.0, 1.0], np.eye(4), limit=-1.0)
    assert boxes_to_scene(cell, np.empty((0, 3)), np.empty((0, 4, 4))) == ()
