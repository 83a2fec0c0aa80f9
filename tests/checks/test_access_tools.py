"""Tools in the access check: free arcs and strokes in closed form."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.checks._access_tool import FLAT, TILTS
from immersive.findings import MeshMark, PartMark, Verdict
from immersive.geometry.shapes import cylinder
from immersive.human.access_limbs import FIST, GLOVE, sizes_of
from immersive.scene.model import Mesh, Part
from immersive.scene.ways import AccessPoint
from immersive.scene.workplace import Population
from tests.checks.access_scenes import FLOOR, findings
from tests.checks.walkway_scenes import box

SIZES = sizes_of(Population("default"))
RADIUS = FIST * SIZES.hand_breadth
LENGTH, WIDTH = 0.25, 0.025
TENTH = math.radians(0.1)
SPANNER = AccessPoint(
    "nut", (0.0, 0.0, 1.2), axis=(0.0, 0.0, 1.0), tool="spanner", tool_length=LENGTH, tool_width=WIDTH,
    swing=math.radians(20.0),
)  # fmt: skip
DRIVER = replace(SPANNER, tool="screwdriver", stroke=0.1)


def walls(gap: float) -> list[Part]:
    """Two walls at ±gap from the axis, across X."""
    return [
        box("west", (-gap - 0.05, -2, 0.9), (-gap, 2, 1.5)),
        box("east", (gap, -2, 0.9), (gap + 0.05, 2, 1.5)),
    ]


def rod(id_: str, radius: float, x: float, y: float) -> Part:
    """A thin rod upright beside the axis."""
    shape = cylinder(radius, 0.6)
    pose = np.eye(4)
    pose[:3, 3] = (x, y, 1.2)
    return Part(id_, id_, (id_,), Mesh(shape.vertices, shape.faces), pose)


@pytest.mark.parametrize("gap", [0.06, 0.1, 0.15, 0.2])
def test_between_two_walls_the_fist_decides(gap: float) -> None:
    found = findings([FLOOR, *walls(gap)], SPANNER)["swing"]
    expected = 2.0 * math.asin((gap - RADIUS) / (LENGTH - RADIUS))
    flat_enough = expected >= SPANNER.swing
    if not flat_enough:
        expected = 2.0 * math.asin((gap - RADIUS) / ((LENGTH - RADIUS) * math.cos(TILTS[1])))
    assert found.measured == pytest.approx(expected, abs=TENTH)
    # Bounded from both sides: proven free, and nothing longer possible.
    assert found.measured <= expected + 1e-9
    assert found.data["possible"] >= expected - 1e-9
    assert found.uncertainty < TENTH
    assert found.verdict == (Verdict.PASS if expected >= SPANNER.swing else Verdict.FAIL)
    assert found.data["tilt"] == (0.0 if flat_enough else TILTS[1])
    assert set(found.data["limiting_parts"]) == {"west", "east"}
    assert all(PartMark(name) in found.marks for name in ("west", "east"))
    assert any(isinstance(mark, MeshMark) for mark in found.marks)


@pytest.mark.parametrize(("wanted", "verdict"), [(39.0, Verdict.PASS), (42.0, Verdict.FAIL)])
def test_the_angle_asked_for_is_the_limit(wanted: float, verdict: Verdict) -> None:
    gap = RADIUS + (LENGTH - RADIUS) * math.cos(TILTS[1]) * math.sin(math.radians(20.0))
    found = findings([FLOOR, *walls(gap)], replace(SPANNER, swing=math.radians(wanted)))["swing"]
    assert found.verdict == verdict
    assert found.limit == pytest.approx(math.radians(wanted))
    if verdict == Verdict.FAIL:
        assert found.measured == pytest.approx(math.radians(40.0), abs=TENTH)
        assert "30°" in found.hint["en"]
        assert "retournée" in found.hint["fr"]


@pytest.mark.parametrize("radius", [0.0002, 0.002, 0.01])
def test_a_thin_rod_in_the_arc_is_seen(radius: float) -> None:
    # Where the fist is, and where only the handle is.
    at = LENGTH - RADIUS
    found = findings([FLOOR, rod("rod", radius, at * 0.6, at * 0.8)], SPANNER)["swing"]
    blocked = 2.0 * math.asin((RADIUS + radius) / at)
    # Beyond the fist's middle its round end lets the rod nearer; here the rod is at its centre.
    blocked = max(blocked, 4.0 * math.asin(0.5 * (RADIUS + radius) / at))
    assert found.measured == pytest.approx(2.0 * math.pi - blocked, abs=TENTH)
    inner = 0.1
    found = findings([FLOOR, rod("rod", radius, 0.0, -inner)], SPANNER)["swing"]
    thick = FLAT * WIDTH
    corner = 0.5 * WIDTH - 0.5 * thick
    blocked = 2.0 * math.asin((corner + 0.5 * thick + radius) / inner)
    assert found.measured == pytest.approx(2.0 * math.pi - blocked, abs=TENTH)
    assert found.data["limiting_parts"] == ["rod"]


def test_alone_it_turns_all_around() -> None:
    found = findings([FLOOR], SPANNER)["swing"]
    assert found.measured == 2.0 * math.pi
    assert found.verdict == Verdict.PASS
    assert found.data["limiting_parts"] == []


def test_a_fist_that_does_not_fit_at_all() -> None:
    found = findings([FLOOR, *walls(RADIUS - 0.005)], SPANNER)["swing"]
    assert found.verdict == Verdict.FAIL
    assert found.measured == 0.0
    assert found.data["limiting_parts"]


def test_a_tool_wholly_inside_a_part_is_not_free() -> None:
    # The nut lies in a pocket's mouth; to one side the tool would lie in the solid without touching its skin.
    solid = box("solid", (0.005, -2, 0.2), (3, 2, 2.2))
    found = findings([FLOOR, solid], replace(SPANNER, limb="fingertip"))["swing"]
    # Free to the other side only: half a turn less what the fist and the handle's edge take.
    assert found.measured is not None
    assert 0.3 < found.measured < math.pi
    assert found.data["limiting_parts"] == ["solid"]


def test_gloves_make_the_fist_thicker() -> None:
    bare = findings([FLOOR, *walls(0.12)], SPANNER)["swing"]
    gloved = findings([FLOOR, *walls(0.12)], replace(SPANNER, gloves=True))["swing"]
    thick = RADIUS + GLOVE
    assert gloved.measured == pytest.approx(2.0 * math.asin((0.12 - thick) / (LENGTH - thick)), abs=TENTH)
    assert bare.measured is not None
    assert gloved.measured < bare.measured


@settings(max_examples=12, deadline=None)
@given(turn=st.floats(0.0, math.pi), gap=st.floats(0.06, 0.2))
def test_the_arc_does_not_depend_on_how_the_walls_stand(turn: float, gap: float) -> None:
    pose = np.eye(4)
    pose[:2, :2] = [[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]
    turned = [replace(part, world_from_mesh=pose @ part.world_from_mesh) for part in walls(gap)]
    straight = findings([FLOOR, *walls(gap)], SPANNER)["swing"]
    other = findings([FLOOR, *turned], SPANNER)["swing"]
    assert other.measured == pytest.approx(straight.measured, abs=5e-4)


@pytest.mark.parametrize(
    ("free", "verdict"), [(0.1, Verdict.PASS), (0.099, Verdict.FAIL), (0.15, Verdict.PASS)]
)
def test_a_screwdriver_under_a_ceiling(free: float, verdict: Verdict) -> None:
    height = 1.2 + LENGTH + free
    ceiling = box("ceiling", (-1, -1, height), (1, 1, height + 0.1))
    found = findings([FLOOR, ceiling], DRIVER)["stroke"]
    assert found.verdict == verdict
    assert found.measured == pytest.approx(free, abs=1e-6)
    assert found.limit == 0.1
    assert found.data["limiting_parts"] == ["ceiling"]
    if verdict == Verdict.FAIL:
        assert "1\u00a0mm" in found.hint["en"]


def test_a_screwdriver_up_to_a_slope_meets_it_sideways() -> None:
    # A board over the handle, leaning by 45°: the fist's round end meets it at radius · √2 below the line's axis.
    height = 1.2 + LENGTH + 0.05
    board = box("board", (-1, -0.5, 0), (1, 0.5, 0.01))
    pose = np.eye(4)
    c = math.sqrt(0.5)
    pose[:3, :3] = [[c, 0, c], [0, 1, 0], [-c, 0, c]]
    pose[:3, 3] = (0, 0, height)
    board = replace(board, world_from_mesh=pose @ np.diag([1.0, 1, 1, 1]))
    found = findings([FLOOR, board], replace(DRIVER, stroke=0.2))["stroke"]
    # The board's lower face is 5 mm below its middle plane.
    centre = height - 0.005 * math.sqrt(2.0) - RADIUS * math.sqrt(2.0)
    assert found.measured == pytest.approx(centre - (1.2 + LENGTH - RADIUS), abs=1e-6)


def test_a_screwdriver_in_a_pit_has_no_room_for_the_hand() -> None:
    pit = [
        box("west", (-0.3, -0.3, 1.2), (-0.03, 0.3, 1.6)),
        box("east", (0.03, -0.3, 1.2), (0.3, 0.3, 1.6)),
    ]
    found = findings([FLOOR, *pit], DRIVER)["stroke"]
    assert found.verdict == Verdict.FAIL
    assert found.measured == 0.0
    assert "does not fit" in found.message["en"]
    assert "ne tient pas" in found.message["fr"]


def test_nothing_above_is_told_as_at_least() -> None:
    found = findings([FLOOR], DRIVER)["stroke"]
    assert found.verdict == Verdict.PASS
    assert found.data["at_least"] is True
    assert "at least" in found.message["en"]


@pytest.mark.parametrize(("free", "verdict"), [(0.08, Verdict.PASS), (0.04, Verdict.FAIL)])
def test_a_spanner_lifts_off_as_far_as_the_shelf_lets_the_fist(free: float, verdict: Verdict) -> None:
    low = 1.2 + RADIUS + free
    shelf = box("shelf", (-1, -1, low), (1, 1, low + 0.02))
    found = findings([FLOOR, shelf], replace(SPANNER, stroke=0.06))["stroke"]
    assert found.verdict == verdict
    assert found.measured == pytest.approx(free, abs=2e-6)
    assert found.data["limiting_parts"] == ["shelf"]


def test_uncertain_walls_widen_the_bounds() -> None:
    sure = findings([FLOOR, *walls(0.12)], SPANNER)["swing"]
    unsure = findings([FLOOR, *(replace(w, uncertainty=0.002) for w in walls(0.12))], SPANNER)["swing"]
    assert unsure.measured is not None
    assert sure.measured is not None
    assert unsure.measured < sure.measured - 0.01
    assert unsure.data["possible"] > sure.data["possible"] + 0.01
    middle = replace(SPANNER, swing=0.5 * (unsure.measured + unsure.data["possible"]))
    # A raised handle turns farther: held flat by a lid just above, it does not help.
    found = findings([FLOOR, *(replace(w, uncertainty=0.002) for w in walls(0.12))], middle)["swing"]
    assert found.verdict in (Verdict.INDETERMINATE, Verdict.PASS)


def test_no_tool_no_findings_on_tools() -> None:
    found = findings([FLOOR], replace(SPANNER, tool="none"))
    assert set(found) == {"opening", "depth"}
