"""Points inside and outside: closed pieces of any winding, cavities, repeats, open meshes, grazing rays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.geometry import frames
from immersive.geometry.containment import INSIDE, OUTSIDE, UNDECIDED, locate_points
from immersive.geometry.shells import shells
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
    sphere,
)

seeds = st.integers(0, 2**31)


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from(["plain", "inverted", "doubled", "half flipped", "mirrored", "stretched"]))
def test_box_against_its_inequalities(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    mesh = box((1.0, 2.0, 3.0))
    changes = {"inverted": inverted, "doubled": doubled, "half flipped": half_flipped}
    mesh = changes[kind](mesh) if kind in changes else mesh
    world = random_motion(rng, 3.0)
    if kind == "mirrored":
        world = world @ frames.scaling((-1, 1, 1))
    half = np.array([0.5, 1.0, 1.5])
    if kind == "stretched":
        world, half = world @ frames.scaling((2.0, 0.5, 1.0)), half
    local = rng.uniform(-1.6, 1.6, (400, 3)) * half
    found = locate_points(body(moved(mesh, world)), frames.transform_points(world, local))
    np.testing.assert_array_equal(found == INSIDE, (np.abs(local) < half).all(axis=1))
    assert not (found == UNDECIDED).any()


def test_rays_through_corners_and_edges_are_settled() -> None:
    """Points of a lattice that all share coordinates with corners, edges and faces of the mesh."""
    lattice = np.array(np.meshgrid(*[np.arange(-1.5, 1.75, 0.25)] * 3)).reshape(3, -1).T
    surface = (np.abs(np.abs(lattice).max(axis=1) - 1.0)) < 1e-9
    points = lattice[~surface]
    expected = np.abs(points).max(axis=1) < 1.0
    cube = box(2.0)
    octants = joined(*[box(1.0, at=(x, y, z)) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    np.testing.assert_array_equal(locate_points(body(cube), points) == INSIDE, expected)
    # Eight unit cubes side by side: their inner faces lie on the lattice as well.
    inner = (np.abs(points) < 1e-9).any(axis=1)
    found = locate_points(body(octants), points[~inner])
    np.testing.assert_array_equal(found == INSIDE, expected[~inner])
    ball = sphere(1.0, segments=32)
    away = points[np.abs(np.linalg.norm(points, axis=1) - 1.0) > 0.02]
    found = locate_points(body(ball), away)
    np.testing.assert_array_equal(found == INSIDE, np.linalg.norm(away, axis=1) < 1.0)


PROBES = np.array([[0.0, 0.0, 0.0], [0.7, 0.0, 0.1], [2.0, 0.1, 0.2]])


@pytest.mark.parametrize(
    ("mesh", "expected"),
    [
        (joined(box(2.0), inverted(box(1.0))), [OUTSIDE, INSIDE, OUTSIDE]),
        (inverted(joined(box(2.0), inverted(box(1.0)))), [OUTSIDE, INSIDE, OUTSIDE]),
        (joined(box(2.0), box(1.0)), [INSIDE, INSIDE, OUTSIDE]),
        (inverted(joined(box(2.0), box(1.0))), [INSIDE, INSIDE, OUTSIDE]),
        (joined(box(2.0), inverted(box(1.0)), box(0.5)), [INSIDE, INSIDE, OUTSIDE]),
        (doubled(joined(box(2.0), inverted(box(1.0)))), [OUTSIDE, INSIDE, OUTSIDE]),
        (joined(box(1.0), box(0.8, at=(2.0, 0.1, 0.2))), [INSIDE, OUTSIDE, INSIDE]),
    ],
    ids=["cavity", "inside out", "solid in solid", "both inside out", "core in a cavity", "doubled", "two"],
)
def test_several_shells(mesh: Placed, expected: list[int]) -> None:
    assert locate_points(body(mesh), PROBES).tolist() == expected


def test_an_open_mesh_has_no_inside_but_a_free_way_out_is_seen() -> None:
    lidless = opened(box(2.0), 1)
    assert locate_points(body(lidless), PROBES)[2] == OUTSIDE
    tray = box(2.0)
    top = np.abs(tray[0][tray[1]][:, :, 2].min(axis=1) - 1.0) < 1e-9
    assert top.sum() == 2
    tray = (tray[0], tray[1][~top], tray[2])
    assert locate_points(body(tray), PROBES).tolist() == [OUTSIDE] * 3
    pierced = opened(sphere(1.0, segments=32), 1)
    assert locate_points(body(pierced), PROBES).tolist() == [UNDECIDED, UNDECIDED, OUTSIDE]


def test_shells_of_repeats_slivers_and_sheets() -> None:
    found = shells(*doubled(joined(box(1.0), box(1.0, at=(3, 0, 0))))[:2])
    assert found.closed.tolist() == [True, True]
    assert found.sign.tolist() == [1, 1]
    assert (found.label >= 0).sum() == 24
    sheet = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0.0]])
    both_sides = np.array([[0, 1, 2], [0, 2, 3], [2, 1, 0], [3, 2, 0]], np.int32)
    assert not shells(sheet, both_sides).any_closed
    point = np.array([[0, 0, 0], [0, 0, 0], [1, 0, 0.0]])
    assert len(shells(point, np.array([[0, 1, 2]], np.int32)).closed) == 0
    kissing = joined(box(1.0), box(1.0, at=(1.0, 1.0, 0.0)))
    assert shells(*kissing[:2]).all_closed
    signed_zero = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [-0.0, 0, 0]])
    faces = np.array([[0, 2, 1], [4, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
    assert shells(signed_zero, faces).all_closed
