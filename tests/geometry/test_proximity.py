"""How two sets of meshes stand to each other: closed forms, and the traps other libraries fall into."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from immersive.geometry import frames
from immersive.geometry.contact import crossing
from immersive.geometry.penetration import penetration
from immersive.geometry.proximity import Proximity, proximity
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
)

seeds = st.integers(0, 2**31)
TURNS = [np.eye(4), frames.translation((30.0, -20.0, 5.0)) @ frames.rotation_rpy(0.3, -0.7, 1.1)]


def see(a: Placed, b: Placed, world: np.ndarray | None = None) -> Proximity:
    world = np.eye(4) if world is None else world
    return proximity([moved(a, world)], [moved(b, world)])


@pytest.mark.parametrize("world", TURNS, ids=["aligned", "turned"])
@pytest.mark.parametrize(
    "at", [(1.0, 0, 0), (1.0, 1.0, 0), (1.0, 1.0, 1.0), (1.0, 0.3, -0.2), (0.75, 0.1, 0.1)]
)
def test_faces_edges_and_corners_that_rest_on_each_other_touch(
    at: tuple[float, float, float], world: np.ndarray
) -> None:
    other = box(0.5 if at[0] == 0.75 else 1.0, at=at)
    found = see(box(), other, world)
    assert found.relation == "touching"
    assert found.distance == 0.0 == found.signed_distance
    assert found.penetration is None
    assert found.surface_gap < 1e-12


@pytest.mark.parametrize("world", TURNS, ids=["aligned", "turned"])
@pytest.mark.parametrize("gap", [1e-6, 1e-3, 1e4])
def test_a_micrometre_and_ten_kilometres_are_apart(gap: float, world: np.ndarray) -> None:
    found = see(box(), box(at=(1.0 + gap, 0.2, 0.1)), world)
    assert found.relation == "apart"
    assert found.distance == pytest.approx(gap, abs=1e-10)


@pytest.mark.parametrize("world", TURNS, ids=["aligned", "turned"])
@pytest.mark.parametrize("depth", [1.5e-6, 1e-4, 0.01, 0.3])
@pytest.mark.parametrize("size", [1.0, 0.5])
def test_overlap_of_boxes_is_exact(depth: float, size: float, world: np.ndarray) -> None:
    found = see(box(), box(size, at=(0.5 + size / 2 - depth, 0, 0)), world)
    assert found.relation == "intersecting"
    assert found.distance == 0.0
    assert found.penetration == pytest.approx(depth, abs=1e-11)
    assert found.signed_distance == -found.penetration
    assert found.separation is not None
    assert found.separation >= found.penetration
    assert found.separation == pytest.approx(depth, abs=1e-11)


def test_an_overlap_below_touch_is_contact_and_touch_is_a_parameter() -> None:
    a, b = box(), box(at=(1.0 - 5e-7, 0, 0))
    assert proximity([a], [b]).relation == "touching"
    assert proximity([a], [b], touch=1e-7).relation == "intersecting"
    c = box(at=(1.001, 0, 0))
    assert proximity([a], [c]).distance == pytest.approx(0.001, abs=1e-12)
    assert proximity([a], [c], touch=0.002).relation == "touching"
    with pytest.raises(ValueError, match="touch"):
        proximity([a], [b], touch=0.0)


def test_rods_that_cross_have_no_corner_inside_each_other() -> None:
    found = see(box((3.0, 0.2, 0.2)), box((0.2, 3.0, 0.2)))
    assert found.relation == "intersecting"
    assert found.penetration == pytest.approx(0.2, abs=1e-12)


def test_plates_end_to_end_as_a_cross_only_touch() -> None:
    """Their side faces' planes cross in the contact face; only edges meet."""
    for world in TURNS:
        found = see(box((2, 1, 0.2), at=(0, -0.5, 0)), box((0.2, 1, 2), at=(0, 0.5, 0)), world)
        assert found.relation == "touching"


def test_a_block_in_a_channel_touches_though_the_extents_overlap() -> None:
    walls = [box((0.1, 1, 1), at=(x, 0, 0.5)) for x in (-0.55, 0.55)]
    channel = [box((1.2, 1, 0.1), at=(0, 0, -0.05)), *walls]
    block = box((1.0, 0.5, 0.5), at=(0, 0, 0.25))
    found = proximity(channel, [block])
    assert found.relation == "touching"
    sunk = proximity(channel, [moved(block, frames.translation((0, 0, -0.002)))])
    assert sunk.relation == "intersecting"
    assert sunk.penetration == pytest.approx(0.002, abs=1e-12)


def test_a_part_on_top_of_itself_is_a_clash() -> None:
    """All faces coincide, no triangle crosses another and no corner is inside."""
    for mesh in (box(), sphere(0.5), joined(box((1, 1, 0.002)), box((0.002, 1, 1), at=(2, 0, 0)))):
        found = proximity([mesh], [mesh])
        assert found.relation == "intersecting"
        assert found.penetration is not None
        assert found.penetration > 1e-3
    assert proximity([box()], [box()]).penetration == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("world", TURNS, ids=["aligned", "turned"])
def test_contained_is_not_apart(world: np.ndarray) -> None:
    big, small = box(3.0), box(1.0, at=(0.5, 0, 0))
    for a, b, inner in ((big, small, "b"), (small, big, "a")):
        found = see(a, b, world)
        assert found.relation == "contained"
        assert found.inner == inner
        assert found.distance == 0.0
        assert found.signed_distance < 0.0
        assert found.surface_gap == pytest.approx(0.5, abs=1e-12)
        assert found.separation == pytest.approx(1.5, abs=1e-12)
        assert found.penetration == pytest.approx(1.5, abs=1e-12)


def test_in_a_cavity_is_apart_and_a_core_beside_a_solid_is_partly_inside() -> None:
    hollow = joined(box(3.0), inverted(box(2.0)))
    found = see(hollow, box(1.0))
    assert found.relation == "apart"
    assert found.distance == pytest.approx(0.5, abs=1e-12)
    two = joined(box(1.0), box(1.0, at=(9, 0, 0)))
    assert see(box(3.0), two).relation == "intersecting"
    assert proximity([box(3.0)], [box(), box(at=(9, 0, 0))]).relation == "intersecting"
    assert proximity([box(3.0)], [box(0.5), box(0.5, at=(0.8, 0, 0))]).relation == "contained"


def test_in_an_open_mesh_it_is_said_that_it_cannot_be_said() -> None:
    shell = opened(sphere(2.0))
    found = see(shell, box(0.5))
    assert (found.relation, found.decided, found.open_a, found.open_b) == ("apart", False, True, False)
    assert any("cannot be said" in note for note in found.notes)
    beside = see(shell, box(0.5, at=(5, 0, 0)))
    assert beside.decided
    assert beside.open_a


CLEAN = sphere(0.5)


@pytest.mark.parametrize("at", [(0.9, 0.3, 0.1), (0.7, 0.1, 0.2), (0.05, 0.02, 0.0)])
@pytest.mark.parametrize("change", [doubled, half_flipped, inverted], ids=lambda f: f.__name__)
def test_repeats_and_winding_change_nothing(change: object, at: tuple[float, float, float]) -> None:
    other = box(0.4, at=at)
    assert callable(change)
    clean, changed = see(CLEAN, other), see(change(CLEAN), other)
    assert changed.relation == clean.relation
    assert changed.surface_gap == pytest.approx(clean.surface_gap, abs=1e-13)
    if clean.penetration is None:
        assert changed.penetration is None
    else:
        assert changed.penetration == pytest.approx(clean.penetration, abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(seeds, st.floats(0.0, 1.2))
@example(12742, 0.3125)  # the middle of the large sphere lies near the small one's pole
def test_spheres_in_closed_form(seed: int, offset: float) -> None:
    """Radii 0.5 and 0.3: apart beyond 0.8, contained below 0.2; all up to the tessellation."""
    rng = np.random.default_rng(seed)
    world = random_motion(rng, 3.0)
    direction = frames.rotation_quaternion(rng.normal(size=4))[:3, 0]
    slack = 0.5 * (1.0 - math.cos(math.pi / 32) ** 2) * 2.0
    # A corner of the small sphere lies within half a cell's diagonal of its deepest point, and the
    # facets of the large one are at least its radius times cos² from the middle.
    diagonal = math.sqrt(2.0) * math.pi / 32
    corner = math.sqrt(offset**2 + 0.3**2 - 2.0 * offset * 0.3 * math.cos(diagonal))
    least = 0.5 * math.cos(math.pi / 32) ** 2 - corner
    found = see(sphere(0.5), sphere(0.3, at=tuple(direction * offset)), world)
    if offset > 0.8:
        assert found.relation == "apart"
        assert offset - 0.8 - 1e-9 <= found.distance <= offset - 0.8 + slack
    elif 0.2 + slack < offset < 0.8 - slack:
        assert found.relation == "intersecting"
        assert found.penetration is not None
        assert found.separation is not None
        assert least <= found.penetration <= 0.8 - offset + 1e-9
        assert found.separation >= found.penetration
    elif offset < 0.2 - slack:
        assert found.relation == "contained"
        assert found.surface_gap == pytest.approx(0.2 - offset, abs=slack)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_symmetric_and_invariant(seed: int) -> None:
    rng = np.random.default_rng(seed)
    meshes = [box(), sphere(0.4, segments=32), soup(rng, 30)]
    a = moved(meshes[int(rng.integers(3))], random_motion(rng, 0.7))
    b = moved(meshes[int(rng.integers(3))], random_motion(rng, 0.7))
    first, swapped = proximity([a], [b]), proximity([b], [a])
    world = random_motion(rng, 9.0)
    turned = see(a, b, world)
    for other in (swapped, turned):
        assert other.relation == first.relation
        assert other.surface_gap == pytest.approx(first.surface_gap, abs=1e-11)
    if first.relation == "apart":
        np.testing.assert_allclose(swapped.witness_a, first.witness_b, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_the_upper_bound_parts_them_and_the_lower_does_not(seed: int) -> None:
    """Moved by ``separation`` they are at most touching; moved by less than ``depth`` in any direction
    they still overlap."""
    rng = np.random.default_rng(seed)
    a = moved(box(tuple(rng.uniform(0.3, 1.5, 3))), random_motion(rng, 0.3))
    b = moved([box(), sphere(0.5, segments=32)][int(rng.integers(2))], random_motion(rng, 0.3))
    found = penetration(body(a), body(b), floor=1e-6)
    assert found.depth <= found.separation + 1e-12
    parted = moved(a, frames.translation(found.direction * (found.separation + 1e-9)))
    assert proximity([parted], [b]).relation in ("apart", "touching")
    if found.depth > 1e-4:
        for _ in range(5):
            step = rng.normal(size=3)
            step *= (found.depth - 1e-5) / np.linalg.norm(step)
            assert proximity([moved(a, frames.translation(step))], [b]).relation in (
                "intersecting",
                "contained",
            )


def test_crossing_open_sheets_are_seen_and_thin_sheets_are_no_solid() -> None:
    sheet = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0.0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    flat: Placed = (sheet, faces, np.eye(4))
    upright = moved(flat, frames.rotation_rpy(math.pi / 2, 0, 0))
    found = see(flat, upright)
    assert found.relation == "intersecting"
    assert found.open_a
    assert found.open_b
    standing = moved(upright, frames.translation((0, 0, 1.0)))
    assert see(flat, standing).relation == "touching"
    above = moved(flat, frames.translation((0.5, 0, 0.003)))
    assert see(flat, above).distance == pytest.approx(0.003, abs=1e-12)
    assert see(flat, moved(flat, frames.translation((0.5, 0, 0)))).relation == "touching"


def test_no_crossing_reported_for_resting_contact() -> None:
    assert crossing(body(box()), body(box(at=(0.3, 0.2, 1.0))), floor=1e-9).count == 0
    found = crossing(body(box()), body(box(at=(0.3, 0.2, 0.9))), floor=1e-9)
    assert found.depth == pytest.approx(0.1, abs=1e-12)
    assert found.low is not None
    assert found.low[2] == pytest.approx(0.4, abs=1e-9)


def test_not_finite_corners_never_enter_and_are_said() -> None:
    vertices, faces, world = box()
    dirty = (
        np.vstack([vertices, [[np.nan] * 3]]),
        np.vstack([faces, [[0, 1, 8]]]).astype(np.int32),
        world,
    )
    found = proximity([dirty], [box(at=(3, 0, 0))])
    assert found.distance == 2.0
    assert any("not finite" in note for note in found.notes)
    with pytest.raises(ValueError, match="no finite triangle"):
        proximity([(dirty[0], dirty[1][-1:], world)], [box()])


def test_closest_of_many_and_which() -> None:
    a = [box(at=(x, 0, 0)) for x in (-9.0, -3.0, 0.0)]
    b = [box(at=(x, 0, 0)) for x in (20.0, 2.5, 7.0)]
    found = proximity(a, b)
    assert found.distance == pytest.approx(1.5, abs=1e-12)
    assert (found.index_a, found.index_b) == (2, 1)
    assert found.witness_a[0] == pytest.approx(0.5)
    assert found.witness_b[0] == pytest.approx(2.0)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["relation"] == "apart"
