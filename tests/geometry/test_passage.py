"""Free width and head height: closed forms, properties, and brute force over a fine grid of disc centres."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.geometry.passage import LEFT, RIGHT, Pinch, free_width, head_height, width_profile
from immersive.geometry.section import Pieces, footprint, strip_pieces
from immersive.geometry.strip import Strip, mitred_strip
from immersive.geometry.winding import winding_number
from tests.checks.walkway_scenes import CORNERS, FACES

STRAIGHT = [[0.0, 0.0], [6.0, 0.0]]
ELBOW = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0]]


def block(lower: Sequence[float], upper: Sequence[float], yaw: float = 0.0) -> np.ndarray:
    low, high = np.array(lower, float), np.array(upper, float)
    local = (CORNERS - 0.5) * (high - low)
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    return (local @ turn.T + 0.5 * (low + high))[FACES]


def cut(blocks: Sequence[np.ndarray], strip: Strip, bottom: float = 0.0, top: float = 3.0) -> Pieces:
    owners = np.repeat(np.arange(len(blocks)), [len(b) for b in blocks])
    triangles = np.concatenate(blocks) if blocks else np.empty((0, 3, 3))
    return strip_pieces(triangles, owners, strip, bottom=bottom, top=top)


def width(
    blocks: Sequence[np.ndarray], path: Sequence[Sequence[float]] = STRAIGHT, marked: float = 1.2
) -> Pinch:
    strip = mitred_strip(path, marked)
    return free_width(strip, cut(blocks, strip), top=2.1)


# Sections -------------------------------------------------------------------------------


def test_section_of_a_cone_is_exact() -> None:
    """A pyramid with its tip up, clipped at half height: its plan is what the heights below hold."""
    tip = np.array([3.0, 0.0, 2.0])
    base = np.array([[2.5, -0.5, 0.0], [3.5, -0.5, 0.0], [3.5, 0.5, 0.0], [2.5, 0.5, 0.0]])
    sides = np.array([[base[k], base[(k + 1) % 4], tip] for k in range(4)])
    strip = mitred_strip(STRAIGHT, 4.0)
    pieces = strip_pieces(sides, np.zeros(4, int), strip, bottom=0.5, top=1.5)
    # Between heights 0.5 and 1.5 the pyramid's half side goes from 0.375 to 0.125.
    flat, begin, _ = footprint(pieces, 1.5)
    area = sum(shapely.Polygon(flat[a:b]).area for a, b in itertools.pairwise(begin) if b - a > 2)
    assert area == pytest.approx(4 * (0.375**2 - 0.125**2))
    np.testing.assert_allclose(np.abs(flat - [3.0, 0.0]).max(), 0.375)
    flat, _, _ = footprint(pieces, 1.0)
    np.testing.assert_allclose(np.abs(flat - [3.0, 0.0]).max(axis=1).min(), 0.25)


def test_total_area_survives_clipping_to_bent_legs() -> None:
    rng = np.random.default_rng(3)
    strip = mitred_strip(ELBOW, 1.4)
    outline = shapely.Polygon(np.concatenate([strip.right, strip.left[::-1]]))
    triangles = np.concatenate([rng.uniform(-1, 5, (60, 3, 2)), rng.uniform(0.1, 2.9, (60, 3, 1))], axis=2)
    pieces = strip_pieces(triangles, np.arange(60), strip, bottom=0.0, top=3.0)
    flat, begin, index = footprint(pieces, 3.0)
    areas = np.zeros(60)
    for a, b, k in zip(begin[:-1], begin[1:], index, strict=True):
        areas[pieces.owner[k]] += shapely.Polygon(flat[a:b]).area if b - a > 2 else 0.0
    expected = [shapely.Polygon(t[:, :2]).intersection(outline).area for t in triangles]
    np.testing.assert_allclose(areas, expected, atol=2e-5)  # the ends are drawn in by a micrometre


def test_vertical_and_zero_area_triangles_count() -> None:
    strip = mitred_strip(STRAIGHT, 1.2)
    wall = np.array([[[2.0, -0.2, 0.0], [2.0, 0.1, 0.0], [2.0, 0.1, 2.0]]])
    needle = np.array([[[4.0, 0.3, 1.0], [4.0, 0.3, 1.0], [4.0, 0.4, 1.0]]])
    assert len(cut([wall, needle], strip)) == 2
    assert free_width(strip, cut([wall], strip), top=2.1).width == pytest.approx(0.5)
    assert free_width(strip, cut([needle], strip), top=2.1).width == pytest.approx(0.9)


def test_slab_is_open() -> None:
    strip = mitred_strip(STRAIGHT, 1.2)
    across = block([2, -2, 1.9], [2.2, 2, 2.0])
    assert len(cut([across], strip, bottom=0.0, top=1.9)) == 0
    assert len(cut([across], strip, bottom=2.0, top=3.0)) == 0
    assert free_width(strip, cut([across], strip), top=1.9).width == 1.2
    assert free_width(strip, cut([across], strip), top=1.9 + 1e-9).width == 0.0


# Closed forms ---------------------------------------------------------------------------


def test_empty_corridor_has_its_marked_width() -> None:
    for path in (STRAIGHT, ELBOW, [[0, 0], [3, 0], [3, 0.3], [6, 0.3]], [[0, 0], [3, 0], [1, 1.8]]):
        pinch = width([], path)
        assert pinch.width == pytest.approx(1.2, abs=1e-12)
        assert set(pinch.owners) == {LEFT, RIGHT}


def test_gap_between_a_box_and_the_edge() -> None:
    pinch = width([block([2, 0.142, 0], [3, 2, 2])])
    assert pinch.width == pytest.approx(0.742)
    assert pinch.owners in ((0, RIGHT), (RIGHT, 0))
    assert sorted(pinch.points[:, 1]) == pytest.approx([-0.6, 0.142])
    assert pinch.chain == (0,)


def test_gap_between_two_boxes_askew() -> None:
    # Offset along the aisle: the disc squeezes through the diagonal 0.3 / 0.4 / 0.5.
    pinch = width([block([1, 0.15, 0], [2, 2, 2]), block([2.4, -2, 0], [3, -0.15, 2])])
    assert pinch.width == pytest.approx(0.5)
    assert set(pinch.owners) == {0, 1}


def test_slanted_box() -> None:
    # A square post of 0.2 m turned by 45 degrees reaches 0.1·√2 to each side.
    pinch = width([block([2, -0.1, 0], [2.2, 0.1, 2], np.pi / 4)])
    assert pinch.width == pytest.approx(0.6 - 0.1 * np.sqrt(2))


def test_obstacle_in_the_middle_is_passed_on_the_wider_side() -> None:
    assert width([block([2, -0.1, 0], [2.2, 0.2, 2])]).width == pytest.approx(0.5)
    assert width([block([2, -0.2, 0], [2.2, 0.1, 2])]).width == pytest.approx(0.5)


def test_wider_side_blocked_further_on() -> None:
    """Left of the post, then right of the next: the way between them decides."""
    posts = [block([2, -2, 0], [2.2, 0.1, 2]), block([2.6, 0.0, 0], [2.8, 2, 2])]
    assert width(posts).width == pytest.approx(0.4)
    posts = [block([2, -2, 0], [2.2, 0.1, 2]), block([3.6, 0.0, 0], [3.8, 2, 2])]
    assert width(posts).width == pytest.approx(0.5)


def test_elbow() -> None:
    # A post in the outer corner does not narrow the passage; one off the inner corner does.
    assert width([block([4.2, -0.6, 0], [4.6, -0.4, 2])], ELBOW).width == pytest.approx(
        min(np.hypot(4.2 - 3.4, -0.4 - 0.6), 1.2)
    )
    assert width([block([3.4, 0.3, 0], [3.7, 0.6, 2])], ELBOW).width == pytest.approx(0.9)


def test_touching_obstacles_close_the_passage() -> None:
    pinch = width([block([2, -2, 0], [2.2, 0, 2]), block([2, 0, 0], [2.2, 2, 2])])
    assert pinch.width == 0.0
    assert set(pinch.chain) == {0, 1}
    # Three that share corners: the one in the middle is named as well.
    row = [block([2, a, 0], [2.2, b, 2]) for a, b in ((-2, -0.1), (-0.1, 0.1), (0.1, 2))]
    assert width(row).chain == (2, 1, 0)


def test_wall_at_the_end_of_the_path_is_not_in_the_way() -> None:
    assert width([block([6.0, -2, 0], [6.1, 2, 2])]).width == 1.2
    assert width([block([5.99, -2, 0], [6.1, 2, 2])]).width == 0.0
    assert width([block([-0.1, -2, 0], [0.0, 2, 2])]).width == 1.2
    assert width([block([-0.1, -2, 0], [0.01, 2, 2])]).width == 0.0


def test_outside_the_marking_does_not_matter() -> None:
    assert width([block([2, 0.6 + 1e-6, 0], [3, 2, 2]), block([7, -2, 0], [8, 2, 2])]).width == 1.2


def test_path_that_comes_back_beside_itself() -> None:
    """The start's right edge and the end's left edge lie close together and are not a passage."""
    loop = [[0, 0], [5, 0], [5, 5], [0, 5], [0, 0.4]]
    assert width([], loop).width == pytest.approx(1.2)
    assert width([block([2, 0.1, 0], [2.2, 0.7, 2])], loop).width == pytest.approx(0.7)


def test_order_and_duplicates_do_not_matter() -> None:
    blocks = [
        block([1, 0.1, 0], [2, 2, 2]),
        block([3, -2, 0], [3.5, 0.05, 2]),
        block([5, -0.1, 0], [5.1, 0, 2]),
    ]
    once = width(blocks).width
    assert width(blocks[::-1]).width == once
    assert width([*blocks, *blocks]).width == once


def test_solid_around_the_strip_shows_by_winding() -> None:
    hall = block([-9, -9, -1], [9, 9, 5])
    pinch = width([hall])
    assert pinch.width == 1.2
    middle = np.append(pinch.points.mean(axis=0), 1.0)
    assert winding_number(hall, middle) == pytest.approx(1.0, abs=1e-12)
    assert winding_number(hall[:, ::-1], middle) == pytest.approx(-1.0, abs=1e-12)
    assert winding_number(hall, [20, 0, 1]) == pytest.approx(0.0, abs=1e-12)
    assert abs(winding_number(hall[:-2], middle)) == pytest.approx(5 / 6, abs=0.2)


# Head height ----------------------------------------------------------------------------


def _head(
    blocks: Sequence[np.ndarray], required: float = 0.8, start: float = 1.0
) -> tuple[float, float, int | None]:
    strip = mitred_strip(STRAIGHT, 1.2)
    found = head_height(strip, cut(blocks, strip), required=required, start=start, cap=3.0)
    return found.height, found.tolerance, found.owner


def test_hanging_beam_is_exact() -> None:
    assert _head([block([2, -2, 1.9], [2.2, 2, 2])]) == (1.9, 0.0, 0)


def test_two_beams_and_a_lamp_at_the_side() -> None:
    beams = [
        block([2, -2, 2.4], [2.2, 2, 2.5]),
        block([3, -2, 2.2], [3.2, 2, 2.3]),
        block([4, 0.3, 1.5], [4.2, 2, 1.6]),
    ]
    assert _head(beams) == (2.2, 0.0, 1)
    # The lamp leaves 0.9 m: it counts only where more is required.
    assert _head(beams, required=1.0) == (1.5, 0.0, 2)


def test_nothing_above() -> None:
    assert _head([]) == (3.0, 0.0, None)
    assert _head([block([2, 0.5, 0], [2.2, 2, 2])]) == (3.0, 0.0, None)


def test_slanted_underside_is_found_within_its_tolerance() -> None:
    """A brace rises across the aisle at 45 degrees, from 1.2 m at the right edge to 2.4 m at the left."""
    brace = np.array([[[2, -0.6, 1.2], [2.1, -0.6, 1.2], [2.05, 0.6, 2.4]]], float)
    height, tolerance, owner = _head([brace])
    # Below h the brace covers y from -0.6 to h - 1.8; 0.8 m to the left edge remain up to y = -0.2.
    assert owner == 0
    assert 0.0 < tolerance <= 1e-4
    assert height <= 1.6 <= height + tolerance + 1e-9


# Properties -----------------------------------------------------------------------------

boxes = st.lists(
    st.tuples(
        st.floats(0.2, 5.8),
        st.floats(-0.9, 0.9),
        st.floats(0.02, 0.8),
        st.floats(0.02, 0.5),
        st.floats(0, 3.1),
    ),
    min_size=1,
    max_size=8,
)


def _blocks(specs: Sequence[tuple[float, ...]], grow: float = 0.0) -> list[np.ndarray]:
    return [
        block([x - w / 2 - grow, y - h / 2 - grow, 0], [x + w / 2 + grow, y + h / 2 + grow, 2], yaw)
        for x, y, w, h, yaw in specs
    ]


@given(specs=boxes, grow=st.floats(0.0, 0.1))
@settings(max_examples=40, deadline=None)
def test_more_obstacle_is_never_more_passage(specs: list[tuple[float, ...]], grow: float) -> None:
    before = width(_blocks(specs)).width
    assert width(_blocks(specs, grow)).width <= before + 1e-9
    assert width(_blocks(specs[:-1])).width >= before - 1e-9
    assert 0.0 <= before <= 1.2


@given(specs=boxes, angle=st.floats(-3.1, 3.1), shift=st.tuples(st.floats(-40, 40), st.floats(-40, 40)))
@settings(max_examples=40, deadline=None)
def test_rigid_motion_changes_nothing(
    specs: list[tuple[float, ...]], angle: float, shift: tuple[float, float]
) -> None:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = [np.concatenate([b[..., :2] @ turn.T + shift, b[..., 2:]], axis=2) for b in _blocks(specs)]
    path = np.array(ELBOW) @ turn.T + shift
    assert width(moved, path.tolist()).width == pytest.approx(width(_blocks(specs), ELBOW).width, abs=1e-9)


def _brute(blocks: Sequence[np.ndarray], strip: Strip, step: float) -> float:
    """Widest disc by flooding a grid of centres with their clearance (a lower and upper bound ± 2 steps)."""
    solids = shapely.union_all([shapely.MultiPoint(b.reshape(-1, 3)[:, :2]).convex_hull for b in blocks])
    edges = [shapely.LineString(strip.left), shapely.LineString(strip.right)]
    low, high = strip.bounds
    xs, ys = np.arange(low[0], high[0] + step, step), np.arange(low[1], high[1] + step, step)
    gx, gy = np.meshgrid(xs, ys, indexing="ij")
    points = shapely.points(gx.ravel(), gy.ravel())
    outline = shapely.Polygon(np.concatenate([strip.right, strip.left[::-1]]))
    solids = solids.intersection(outline)
    clear = np.minimum(shapely.distance(points, edges[0]), shapely.distance(points, edges[1]))
    clear = np.minimum(clear, shapely.distance(points, solids)) if not solids.is_empty else clear
    clear = np.where(shapely.covers(outline, points), clear, 0.0).reshape(gx.shape)
    # Minimax by flooding from the start's cells, widest first.
    along = np.einsum(
        "ijk,k->ij", np.stack([gx - strip.path[-1, 0], gy - strip.path[-1, 1]], -1), strip.directions[-1]
    )
    at_start = (np.abs(gx) <= step) & (np.abs(gy) <= strip.width / 2)
    at_end = (np.abs(along) <= step) & (
        np.hypot(gx - strip.path[-1, 0], gy - strip.path[-1, 1]) <= strip.width / 2
    )
    best = np.where(at_start, clear, -1.0)
    heap = [(-c, i, j) for i, j in np.argwhere(at_start) for c in [clear[i, j]]]
    heapq.heapify(heap)
    while heap:
        negative, i, j = heapq.heappop(heap)
        if -negative < best[i, j]:
            continue
        if at_end[i, j]:
            return 2.0 * -negative
        for di, dj in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)):
            a, b = i + di, j + dj
            if 0 <= a < len(xs) and 0 <= b < len(ys):
                value = min(-negative, clear[a, b])
                if value > best[a, b]:
                    best[a, b] = value
                    heapq.heappush(heap, (-value, a, b))
    return 0.0


@pytest.mark.parametrize("path", [STRAIGHT, ELBOW], ids=["straight", "elbow"])
def test_brute_force_agrees(path: list[list[float]]) -> None:
    """Random blocks away from the ends, where the grid's start and end have no say."""
    rng = np.random.default_rng(11)
    step = 0.02
    strip = mitred_strip(path, 1.2)
    seen = []
    for _ in range(12):
        specs = []
        for _ in range(rng.integers(2, 7)):
            leg = rng.integers(strip.legs)
            t = (
                rng.uniform(0.25, 0.75)
                if strip.legs == 1
                else (rng.uniform(0.3, 1.0) if leg == 0 else rng.uniform(0, 0.7))
            )
            at = strip.path[leg] + t * (strip.path[leg + 1] - strip.path[leg])
            x, y = at + rng.uniform(-0.6, 0.6, 2)
            specs.append((x, y, *rng.uniform(0.05, 0.5, 2), rng.uniform(0, 3)))
        blocks = _blocks(specs)
        exact = free_width(strip, cut(blocks, strip), top=2.1).width
        # A grid path misses the best line by at most half a cell's diagonal to either side.
        assert _brute(blocks, strip, step) == pytest.approx(exact, abs=2 * np.sqrt(0.5) * step)
        seen.append(exact)
    assert len({round(w, 2) for w in seen}) > 5
    assert max(seen) > 0.3


# Drawing --------------------------------------------------------------------------------


def test_profile() -> None:
    strip = mitred_strip(ELBOW, 1.2)
    pieces = cut([block([1.95, 0.1, 0], [2.25, 2, 2]), block([3.9, 1.95, 0], [4.0, 2.25, 2])], strip)
    profile = width_profile(strip, pieces, top=2.1)
    at = {(round(float(x), 6), round(float(y), 6)): k for k, (x, y) in enumerate(profile.points)}
    free = at[4.0, 0.0]
    assert profile.widths[free] == pytest.approx(1.2)
    k = int(np.argmin(np.abs(profile.points - [2.1, 0]).sum(axis=1)))
    assert profile.widths[k] == pytest.approx(0.7)
    assert profile.offsets[k] == pytest.approx(-0.25)
    k = int(np.argmin(np.abs(profile.points - [4.0, 2.1]).sum(axis=1)))
    # Free on the right (x from 4.0 to 4.6), which is to the path's right: a negative offset.
    assert profile.widths[k] == pytest.approx(0.6)
    assert profile.offsets[k] == pytest.approx(-0.3)
    assert free_width(strip, pieces, top=2.1).width <= profile.widths.min() + 1e-9
