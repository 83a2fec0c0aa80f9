"""The distance engine against brute force over all pairs of triangles, thousands of small meshes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.geometry import frames
from immersive.geometry.bodies import Body, pack
from immersive.geometry.pairs import distances
from tests.geometry.brute import brute_distance
from tests.geometry.meshes import Placed, body, box, doubled, moved, random_motion, soup, world_triangles

seeds = st.integers(0, 2**31)


def gaps(bodies: list[Body], pairs: list[tuple[int, int]], limit: float = np.inf) -> np.ndarray:
    return distances(pack(bodies), np.array(pairs), limit).distance


def lattice(rng: np.random.Generator, count: int) -> Placed:
    """Triangles with corners on a coarse lattice: shared corners and edges, coincident, flat and point-like."""
    corners = rng.integers(-3, 4, (count, 3, 3)).astype(float)
    return corners.reshape(-1, 3), np.arange(3 * count, dtype=np.int32).reshape(-1, 3), np.eye(4)


def plane(rng: np.random.Generator, count: int) -> Placed:
    """Triangles that all lie in z = 0."""
    made = soup(rng, count)
    made[0][:, 2] = 0.0
    return made


def thin(rng: np.random.Generator, count: int) -> Placed:
    """Slivers: two corners a micrometre or less apart, some the same."""
    vertices, faces, world = soup(rng, count)
    corners = vertices.reshape(-1, 3, 3)
    corners[:, 2] = corners[:, 1] + rng.normal(size=(count, 3)) * 10.0 ** rng.uniform(-12, -5, (count, 1))
    corners[::3, 2] = corners[::3, 1]
    return corners.reshape(-1, 3), faces, world


def strip(rng: np.random.Generator, count: int) -> Placed:
    """A bent band of connected triangles, long and narrow."""
    t = np.linspace(0.0, rng.uniform(0.5, 6.0), count + 2)
    wide = np.where(np.arange(count + 2) % 2, 0.01, -0.01)
    vertices = np.stack([np.cos(t), np.sin(t), wide + 0.1 * t], axis=1)
    faces = np.stack([np.arange(count), np.arange(1, count + 1), np.arange(2, count + 2)], axis=1)
    return vertices, faces.astype(np.int32), np.eye(4)


KINDS = {"soup": soup, "lattice": lattice, "plane": plane, "thin": thin, "strip": strip}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", ["soup", "lattice", "same"])
@settings(max_examples=70, deadline=None)
@given(seeds, st.integers(1, 40), st.integers(1, 40), st.sampled_from([0.0, 0.6, 2.0, 30.0]))
def test_equals_brute_force(kind: str, other: str, seed: int, n: int, m: int, spread: float) -> None:
    """Both ways round, by themselves and turned into each other's plane, with and without a bound."""
    rng = np.random.default_rng(seed)
    a = KINDS[kind](rng, n)
    b = KINDS[kind if other == "same" else other](rng, m)
    flat = bool(rng.integers(2))
    for mesh in (a, b):
        shift = np.round(rng.uniform(-spread, spread, 3), 1)
        turn = frames.translation(shift) if flat else random_motion(rng, spread)
        mesh[2][:] = turn
    one, two = body(a), body(b)
    true = brute_distance(world_triangles(a), world_triangles(b))
    found = gaps([one, two], [(0, 1), (1, 0)])
    assert found == pytest.approx([true, true], abs=2e-13)
    assert gaps([one, two], [(0, 1)], true + 1e-9)[0] == pytest.approx(true, abs=2e-13)
    if true > 1e-9:
        assert gaps([one, two], [(0, 1)], true * 0.999999)[0] == np.inf


@settings(max_examples=150, deadline=None)
@given(seeds, st.sampled_from([1e-6, 1e-3, 1.0, 1e4]), st.sampled_from([0.0, 1.0, 1e4]), st.booleans())
def test_small_large_far_and_mirrored(seed: int, size: float, away: float, mirror: bool) -> None:
    """Meshes of a micrometre to ten kilometres, side by side up to ten kilometres from the origin."""
    rng = np.random.default_rng(seed)
    scale = frames.scaling((-size if mirror else size, size, size))
    common = frames.translation(rng.uniform(-away, away, 3))
    a = moved(soup(rng, 20), common @ frames.scaling(size))
    b = moved(soup(rng, 20), common @ frames.translation(size * rng.uniform(-2, 2, 3)) @ scale)
    true = brute_distance(world_triangles(a), world_triangles(b))
    assert gaps([body(a), body(b)], [(0, 1)])[0] == pytest.approx(
        true, abs=4e-15 * (size + away) * 20 + 1e-15
    )


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_sheets_that_share_faces_edges_and_corners_have_no_gap(seed: int) -> None:
    """Parts of one triangulated sheet; doubled and shuffled, so that coincident triangles meet."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(9.0), np.arange(9.0), indexing="ij")
    points = np.stack([x, y, rng.normal(size=x.shape) * rng.integers(0, 2)], axis=-1).reshape(-1, 3)
    corner = (np.arange(8)[:, None] * 9 + np.arange(8)).reshape(-1, 1)
    faces = (corner + np.array([0, 9, 1, 1, 9, 10])).reshape(-1, 3).astype(np.int32)
    rng.shuffle(faces)
    cut = int(rng.integers(1, len(faces) - 1))
    world = random_motion(rng, 5.0)
    a, b = (points, faces[:cut], world), (points, faces[cut:], world)
    true = brute_distance(points[faces[:cut]], points[faces[cut:]])
    assert gaps([body(a), body(doubled(b))], [(0, 1)])[0] == pytest.approx(true, abs=1e-13)
    assert gaps([body(a), body(doubled(a))], [(0, 1)])[0] == pytest.approx(0.0, abs=1e-13)


@pytest.mark.parametrize("gap", [0.0, 1e-8, 1e-6, 1e-3, 0.05])
@pytest.mark.parametrize("angle", [0.0, 0.3])
def test_finely_divided_plates_face_to_face(gap: float, angle: float) -> None:
    """Thousands of pairs of triangles all at the same distance, with and without a turn of both."""
    x, y = np.meshgrid(np.linspace(0, 1, 41), np.linspace(0, 1, 41), indexing="ij")
    points = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
    corner = (np.arange(40)[:, None] * 41 + np.arange(40)).reshape(-1, 1)
    faces = (corner + np.array([0, 41, 1, 1, 41, 42])).reshape(-1, 3).astype(np.int32)
    world = frames.translation((3.0, -2.0, 1.0)) @ frames.rotation_rpy(angle, -angle, 2 * angle)
    above = world @ frames.translation((0.013, 0.027, gap)) @ frames.rotation_rpy(0.0, 0.0, angle)
    a, b = body((points, faces, world)), body((points, faces, above))
    assert gaps([a, b], [(0, 1)])[0] == pytest.approx(gap, abs=1e-14)
    assert gaps([a, b], [(0, 1)], 0.06)[0] == pytest.approx(gap, abs=1e-14)


@pytest.mark.parametrize("dent", [1e-11, 1e-9, 1e-7])
def test_the_nearest_of_many_that_are_nearly_as_near(dent: float) -> None:
    """One corner among thousands stands out by ten picometres: that is the distance."""
    rng = np.random.default_rng(4)
    x, y = np.meshgrid(np.linspace(0, 1, 31), np.linspace(0, 1, 31), indexing="ij")
    points = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
    corner = (np.arange(30)[:, None] * 31 + np.arange(30)).reshape(-1, 1)
    faces = (corner + np.array([0, 31, 1, 1, 31, 32])).reshape(-1, 3).astype(np.int32)
    under = frames.translation((0.0, 0.0, -0.02))
    for which in rng.integers(0, len(points), 5):
        uneven = points.copy()
        uneven[which, 2] -= dent
        found = gaps([body((uneven, faces, np.eye(4))), body((points, faces, under))], [(0, 1), (1, 0)])
        assert found == pytest.approx([0.02 - dent] * 2, abs=3e-14)


def test_nested_shells_with_the_same_clearance_all_round() -> None:
    """A box inside a box: every facet is nearest, containment does not make the distance zero."""
    inner, outer = box((0.6, 0.5, 0.1)), box((0.601, 0.501, 0.101))
    turn = frames.rotation_rpy(0.4, 0.2, -0.9)
    both = [body(moved(inner, turn)), body(moved(outer, turn))]
    assert gaps(both, [(0, 1)])[0] == pytest.approx(0.0005, abs=1e-15)
