"""Safety distances on closed-form cells, against the tables as ``immersive score`` answers them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import immersive
from immersive.checks._base import Context, bind
from immersive.checks._run import run
from immersive.checks.safety_distance import CHECK
from immersive.errors import LayoutError
from immersive.findings import Finding, PolylineMark, SegmentMark, Verdict
from immersive.safety import iso13857 as tables
from immersive.safety.iso13857_score import method
from immersive.scene.model import Notice, Role, Scene, Severity
from immersive.scene.safeguarding import Door, HazardZone, Safeguard
from immersive.scene.station import Rule, Station, Workstation
from tests.checks.guard_scenes import (
    FULL,
    GUARD,
    HALF,
    evaluate,
    fence,
    found,
    grid,
    panel,
    solid,
    turned,
    zone,
)


def box_at(distance: float, low: float, high: float, **more: Any) -> HazardZone:
    """A box that is so far from the south fence and farther from the others."""
    return zone((-0.3, -HALF + distance, low), (0.3, 0.5 + distance - HALF, high), **more)


def asked(low: float, high: float, b: float, risk: str) -> float:
    """Largest distance that the table asks at any height of a span: its ends and every millimetre between."""
    heights = {low, high, *(0.001 * k for k in range(math.ceil(1000 * low), math.floor(1000 * high) + 1))}
    cells = [tables.reach_over(round(1000 * a, 2), round(1000 * b, 2), risk) for a in heights]
    return 0.001 * max(cell.c for cell in cells if cell is not None)


def score_agrees(finding: Finding) -> None:
    """The figures of an 'over' finding are those of ``immersive score``."""
    for side in finding.data["sides"]:
        said = method().solve(
            {
                "risk": finding.data["risk"],
                "a": 1000 * side["a"],
                "b": 1000 * side["b"],
                "c_available": 1000 * side["c"],
            }
        )
        assert said["c"] == pytest.approx(1000 * side["required"])
        assert said["ok"] == (side["verdict"] == "pass")


# ---------------------------------------------------------------- over


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([1000, 1100, 1200, 1399, 1400, 1750, 2000, 2200, 2450, 2500, 2700, 3000]),
    st.sampled_from([0, 100, 200, 650, 1000, 1400, 1401, 1600, 2000, 2300, 2400]),
    st.sampled_from([20, 100, 199, 200, 400, 1000]),
    st.sampled_from([50, 100, 300, 500, 599, 600, 850, 1100, 1400, 1500, 1600]),
    st.sampled_from(["low", "high"]),
)
def test_over_is_the_table_at_every_height_of_the_zone(
    b: int, low: int, tall: int, c: int, risk: str
) -> None:
    hazard = box_at(0.001 * c, 0.001 * low, 0.001 * (low + tall), risk=risk)
    over = found(evaluate(fence(0.001 * b), hazard))["over"]
    need = asked(0.001 * low, 0.001 * (low + tall), 0.001 * b, risk)
    south = next(side for side in over.data["sides"] if side["structure"] == "panel_0")
    assert south["required"] == pytest.approx(need)
    assert south["c"] == pytest.approx(0.001 * c)
    assert (south["verdict"] == "pass") == (0.001 * c >= need - 1e-9)
    score_agrees(over)
    assert over.measured == pytest.approx(over.data["c"])
    assert over.limit == pytest.approx(over.data["required"])


@settings(max_examples=8, deadline=None)
@given(st.floats(0.0, 2 * math.pi))
def test_a_cell_turned_on_the_floor_measures_the_same(angle: float) -> None:
    hazard = solid("press", [((-0.3, -1.5, 1.0), (0.3, 0.0, 1.7))], role=Role.MACHINE)
    parts = [turned(part, angle) for part in (*fence(1.9), hazard)]
    selected = HazardZone("zone", select=("press",))
    over = found(evaluate(parts, selected))["over"]
    assert (over.measured, over.limit) == (pytest.approx(0.5), pytest.approx(0.8))
    assert over.verdict == Verdict.FAIL


def test_a_low_panel_is_seen_where_it_is_and_its_distance_is_slanted() -> None:
    # 2.4 m all round, a stretch from u = 1.2 to 1.9 only 1.4 high: nearest to the box's corner, not straight.
    low = [(-FULL, 1.2, 0.0, 2.4), (1.2, 1.9, 0.0, 1.4), (1.9, FULL, 0.0, 2.4)]
    hazard = box_at(0.4, 0.0, 1.0)
    sound = found(evaluate(fence(2.4), hazard))["over"]
    assert sound.verdict == Verdict.PASS
    faulty = found(evaluate(fence(2.4, s0=low), hazard))["over"]
    # Row 1000, column 1400 of table 2 asks 1000; the corner at (0.3, -1.6) is hypot(0.9, 0.4) from (1.2, -2).
    assert faulty.verdict == Verdict.FAIL
    assert faulty.data["b"] == pytest.approx(1.4)
    assert faulty.limit == pytest.approx(asked(0.0, 1.0, 1.4, "high"))
    assert faulty.measured == pytest.approx(math.hypot(0.9, 0.4))
    assert faulty.data["sides"][0]["edge"] == pytest.approx([1.2, -2.0, 1.4])
    # Row 1000 asks nothing from column 1800 on.
    assert "1 800" in faulty.hint["en"].replace("\u202f", " ")
    assert any(isinstance(mark, SegmentMark) for mark in faulty.marks)


def test_a_dip_that_only_an_arm_gets_through_is_an_opening_and_no_low_edge() -> None:
    notch = [(-FULL, -0.05, 0.0, 2.4), (-0.05, 0.05, 0.0, 1.5), (0.05, FULL, 0.0, 2.4)]
    result = found(evaluate(fence(2.4, s0=notch), box_at(0.6, 0.0, 1.0)))
    assert result["over"].verdict == Verdict.PASS
    assert result["over"].data["b"] == pytest.approx(2.4)
    through = result["through"]
    assert (through.data["shape"], through.data["e"]) == ("slot", pytest.approx(0.1))
    assert through.limit == pytest.approx(0.85)
    # The notch begins at 1.5, the box ends at 1.0, 0.6 behind.
    assert through.measured == pytest.approx(math.hypot(0.5, 0.6))
    assert through.verdict == Verdict.FAIL


def test_a_structure_below_a_metre_does_not_count() -> None:
    evaluation = evaluate(fence(2.4, s0=[(-FULL, FULL, 0.0, 0.95)]), box_at(1.6, 0.0, 0.5))
    result = found(evaluation)
    assert [one["structure"] for one in result["over"].data["sides"]] == [
        "panel_1",
        "panel_2",
        "panel_3",
    ] or all(one["structure"] != "panel_0" for one in result["over"].data["sides"])
    assert any(skip.subject == "panel_0" and "1000" in skip.reason["en"] for skip in evaluation.skipped)
    assert result["enclosure"].verdict == Verdict.FAIL


def test_below_1400_is_told() -> None:
    over = found(evaluate(fence(1.3), box_at(1.6, 0.0, 0.5)))["over"]
    assert over.verdict == Verdict.PASS
    assert sorted(over.data["below_1400"]) == ["panel_0", "panel_1", "panel_2", "panel_3"]
    assert "1400" in over.citation.note["en"]


def test_a_cell_on_which_sources_differ_says_so() -> None:
    over = found(evaluate(fence(1.2), box_at(0.3, 0.0, 0.0001, risk="low")))["over"]
    assert over.data["disputed"] == {"a": 0, "b": 1200, "other": 500}
    assert "ources differ" in over.citation.note["en"]


def test_uncertain_geometry_makes_close_calls_indeterminate() -> None:
    hazard = box_at(0.6, 1.7, 1.75)  # column 2000: 600 due, exactly there
    assert found(evaluate(fence(2.0), hazard))["over"].verdict == Verdict.PASS
    loose = {"uncertainty": 0.002}
    assert found(evaluate(fence(2.0, more=loose), hazard))["over"].verdict == Verdict.INDETERMINATE
    # 2 mm lower it is another column: 800 due at worst. With room for that too it passes.
    assert found(evaluate(fence(2.0, more=loose), box_at(0.81, 1.7, 1.75)))["over"].verdict == Verdict.PASS
    assert found(evaluate(fence(2.0, more=loose), box_at(0.59, 1.7, 1.75)))["over"].verdict == Verdict.FAIL


def test_overhead_nothing_else_is_asked() -> None:
    for risk, height in (("low", 2.5), ("high", 2.7)):
        high = found(evaluate(fence(2.4), zone((-0.3, -0.3, height), (0.3, 0.3, 3.0), risk=risk)))
        assert set(high) == {"overhead"}
        assert high["overhead"].verdict == Verdict.PASS
        below = found(evaluate(fence(2.4), zone((-0.3, -0.3, height - 0.01), (0.3, 0.3, 3.0), risk=risk)))
        assert "overhead" not in below
        assert "over" in below


def test_medium_risk_is_taken_as_high() -> None:
    over = found(evaluate(fence(2.0), box_at(0.5, 1.7, 1.75, risk="medium")))["over"]
    assert over.data["risk"] == "high"


# ---------------------------------------------------------------- through, under


@pytest.mark.parametrize(
    ("across", "up", "shape", "e", "sr"),
    [
        (0.020, 0.096, "slot", 0.020, 0.12),
        (0.0201, 0.096, "slot", 0.0201, 0.85),
        (0.030, 0.060, "slot", 0.030, 0.2),  # a slot of at most 65 stops the thumb
        (0.036, 0.196, "slot", 0.036, 0.85),
        (0.040, 0.040, "square", 0.040, 0.2),
        (0.0401, 0.0401, "square", 0.0401, 0.85),
        (0.012, 0.012, "square", 0.012, 0.08),
    ],
)
def test_a_wire_mesh_is_measured_and_asks_its_row(
    across: float, up: float, shape: str, e: float, sr: float
) -> None:
    wires = grid(-0.5, 0.5, 1.2, 2.3, across, up)
    u0, u1 = min(w[0] for w in wires), max(w[1] for w in wires)
    top = max(w[3] for w in wires)
    boxes = [*wires, (-FULL, u0, 0.0, top), (u1, FULL, 0.0, top), (u0, u1, 0.0, 1.2)]
    for distance, verdict in ((sr, Verdict.PASS), (sr - 0.002, Verdict.FAIL)):
        # Behind the middle of the mesh, high enough for arms only.
        hazard = zone((-0.05, -HALF + distance, 1.5), (0.05, -HALF + distance + 0.5, 1.9))
        through = found(evaluate(fence(2.7, s0=boxes), hazard))["through"]
        assert through.data["shape"] == shape
        assert through.data["e"] == pytest.approx(e, abs=2e-6)
        assert through.limit == pytest.approx(sr)
        assert through.measured == pytest.approx(distance, abs=1e-6)
        assert through.verdict == verdict
        (side,) = (one for one in through.data["sides"] if one["structure"] == "panel_0")
        assert side["openings"] == _holes(wires)
        assert any(isinstance(mark, PolylineMark) and len(mark.points) == 4 for mark in through.marks)
        for table in through.data["tables"]:
            case = {"table": table["table"], "shape": table["shape"], "e": 1000 * table["e"]}
            if table["slot_length"] is not None:
                case["slot_length"] = 1000 * table["slot_length"]
            if table["irregular"] is None:
                assert method().solve(case)["sr"] == pytest.approx(1000 * table["sr"])


def _holes(wires: list[tuple[float, float, float, float]]) -> int:
    upright = sum(one[3] - one[2] > one[1] - one[0] for one in wires)
    return (upright - 1) * (len(wires) - upright - 1)


@pytest.mark.parametrize(("gap", "need"), [(0.08, 0.85), (0.1, 1.1), (0.18, 1.1)])
def test_a_gap_under_the_panel_is_for_legs_and_arms(gap: float, need: float) -> None:
    for distance, verdict in ((need, Verdict.PASS), (need - 0.01, Verdict.FAIL)):
        hazard = box_at(distance, 0.0, 0.3)
        result = found(evaluate(fence(2.4, s0=[(-FULL, FULL, gap, 2.4)]), hazard))
        under = result["under"]
        assert under.data["e"] == pytest.approx(gap)
        assert (under.measured, under.limit) == (pytest.approx(distance), pytest.approx(need))
        assert under.verdict == verdict
        assert {table["table"] for table in under.data["tables"]} == {4, 7}
        assert "through" not in result


def test_a_gap_a_person_gets_under_is_no_matter_of_distance() -> None:
    result = found(evaluate(fence(2.4, s0=[(-FULL, FULL, 0.19, 2.4)]), box_at(1.9, 0.0, 0.3)))
    assert result["under"].verdict == Verdict.FAIL
    assert result["under"].data["whole_body"] is True
    assert result["under"].limit is None


def test_children_have_their_own_table() -> None:
    hole = [
        (-FULL, -0.01, 0.0, 2.7),
        (0.01, FULL, 0.0, 2.7),
        (-0.01, 0.01, 0.0, 1.2),
        (-0.01, 0.01, 1.4, 2.7),
    ]
    hazard = zone((-0.05, -HALF + 0.3, 1.2), (0.05, -1.0, 1.4))
    adult = found(evaluate(fence(2.7, s0=hole), hazard))["through"]
    child = found(evaluate(fence(2.7, s0=hole), hazard, persons="3_and_over"))["through"]
    assert (adult.limit, child.limit) == (pytest.approx(0.12), pytest.approx(0.9))
    assert (adult.verdict, child.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert child.data["tables"][0]["table"] == 5


def test_what_stands_in_the_opening_closes_it() -> None:
    window = [(-FULL, -0.3, 0.0, 2.4), (0.3, FULL, 0.0, 2.4), (-0.3, 0.3, 0.0, 0.7), (-0.3, 0.3, 1.0, 2.4)]
    hazard = box_at(1.2, 0.0, 1.0)
    parts = fence(2.4, s0=window)
    assert found(evaluate(parts, hazard))["through"].data["whole_body"] is True
    belt = solid("belt", [((-0.3, -3.0, 0.7), (0.3, 0.0, 0.9))], role=Role.CONVEYOR)
    filled = found(evaluate([*parts, belt], hazard))["through"]
    assert (filled.data["e"], filled.data["length"]) == (pytest.approx(0.1), pytest.approx(0.6))
    assert filled.verdict == Verdict.PASS


def test_an_opening_behind_a_curtain_is_left_to_the_curtain() -> None:
    window = [(-FULL, -0.3, 0.0, 2.4), (0.3, FULL, 0.0, 2.4), (-0.3, 0.3, 0.0, 0.7), (-0.3, 0.3, 1.4, 2.4)]
    curtain = Safeguard(
        "curtain",
        "light_curtain",
        segment=((-0.3, -2.2, 0.7), (0.3, -2.2, 0.7)),
        height=0.7,
        protects=("zone",),
    )
    result = found(evaluate(fence(2.4, s0=window), box_at(1.2, 0.0, 1.0), GUARD, curtain))
    assert "through" not in result
    alone = found(evaluate(fence(2.4, s0=window), box_at(1.2, 0.0, 1.0)))
    assert alone["through"].verdict == Verdict.FAIL


def test_uncertain_openings_near_a_row_are_indeterminate() -> None:
    hole = [
        (-FULL, -0.0095, 0.0, 2.7),
        (0.0095, FULL, 0.0, 2.7),
        (-0.01, 0.01, 0.0, 1.2),
        (-0.01, 0.01, 1.4, 2.7),
    ]
    hazard = zone((-0.05, -HALF + 0.5, 1.2), (0.05, -1.0, 1.4))
    assert found(evaluate(fence(2.7, s0=hole), hazard))["through"].verdict == Verdict.PASS
    loose = fence(2.7, s0=hole, more={"uncertainty": 0.001})
    assert found(evaluate(loose, hazard))["through"].verdict == Verdict.INDETERMINATE


# ---------------------------------------------------------------- all round


def test_enclosed_all_round_and_a_gap_that_a_person_gets_through() -> None:
    hazard = box_at(1.6, 0.0, 0.5)
    closed = found(evaluate(fence(2.4), hazard))["enclosure"]
    assert closed.verdict == Verdict.PASS
    assert closed.data["closed_by_structures"] is True
    gap = [(-FULL, 0.5, 0.0, 2.4), (1.0, FULL, 0.0, 2.4)]
    opened = found(evaluate(fence(2.4, s0=gap), hazard))["enclosure"]
    assert opened.verdict == Verdict.FAIL
    assert opened.measured == pytest.approx(0.5)
    (hole,) = opened.data["gaps"]
    assert sorted((hole["from"][0], hole["to"][0])) == pytest.approx([0.5, 1.0])
    assert any(isinstance(mark, SegmentMark) for mark in opened.marks)


def test_a_side_without_anything_is_open_and_a_curtain_watches_it() -> None:
    hazard = box_at(1.6, 0.0, 0.5)
    assert found(evaluate(fence(2.4, s0=[]), hazard))["enclosure"].verdict == Verdict.FAIL
    curtain = Safeguard(
        "curtain",
        "light_curtain",
        segment=((-1.98, -2.0, 0.2), (1.98, -2.0, 0.2)),
        height=1.1,
        protects=("zone",),
    )
    watched = found(evaluate(fence(2.4, s0=[]), hazard, GUARD, curtain))["enclosure"]
    assert watched.verdict == Verdict.PASS
    assert watched.data["devices"] == ["curtain"]
    other = Safeguard("curtain", "light_curtain", segment=curtain.segment, height=1.1, protects=())
    assert found(evaluate(fence(2.4, s0=[]), hazard, GUARD, other))["enclosure"].verdict == Verdict.FAIL


def test_a_zone_that_reaches_through_its_fence_is_not_enclosed() -> None:
    hazard = zone((-0.3, -2.6, 0.2), (0.3, 0.0, 0.8))
    result = found(evaluate(fence(2.4), hazard))
    assert result["enclosure"].verdict == Verdict.FAIL


def test_a_gap_at_a_corner_is_a_slot_to_reach_around() -> None:
    # The south panel ends 100 mm before the east one, which begins 100 mm behind it.
    parts = fence(2.4, s0=[(-FULL, 1.9, 0.0, 2.4)], s1=[(-1.9, FULL, 0.0, 2.4)])
    for distance in (1.1, 0.9):
        # On the diagonal behind the gap.
        x, y = 1.9 - distance, -1.4
        result = found(evaluate(parts, zone((x - 0.5, y, 0.0), (x, y + 0.5, 0.4))))
        around = result["around"]
        assert around.data["gaps"][0]["e"] == pytest.approx(math.hypot(0.1, 0.1))
        # Legs too: over 95 and up to 180 table 7 asks 1100.
        assert around.limit == pytest.approx(1.1)
        # From the corner (1.9, -2) of the south panel, or (2, -1.9) of the east one.
        behind = min(math.hypot(distance, 0.6), math.hypot(distance + 0.1, 0.5))
        assert around.measured == pytest.approx(behind)
        assert result["enclosure"].verdict == Verdict.PASS
        assert around.verdict == (Verdict.PASS if behind >= around.limit else Verdict.FAIL)
    assert "around" not in found(evaluate(fence(2.4), zone((-0.3, -0.3, 0.0), (0.3, 0.3, 0.4))))


def test_a_door_that_is_not_interlocked_does_not_hold_people_back() -> None:
    hazard = box_at(1.6, 0.0, 0.5)
    parts = fence(2.4, s0=[(-FULL, 0.0, 0.0, 2.4), (0.9, FULL, 0.0, 2.4)])
    leaf = panel(0, [(0.0, 0.9, 0.0, 2.4)], id_="leaf", role=Role.DOOR)
    door = {"position": (0.45, -2.0, 0.0), "width": 0.9, "height": 2.4, "parts": ("leaf",)}
    locked = evaluate([*parts, leaf], hazard, station={"doors": (Door("door", interlocked=True, **door),)})
    assert found(locked)["enclosure"].verdict == Verdict.PASS
    free = evaluate([*parts, leaf], hazard, station={"doors": (Door("door", **door),)})
    assert found(free)["enclosure"].verdict == Verdict.FAIL
    assert any(skip.subject == "leaf" for skip in free.skipped)


def test_a_fence_drawn_as_a_line_is_measured_over_and_its_openings_told_as_unknown() -> None:
    lines = [
        Safeguard(f"line_{k}", "fence", segment=((*a, 0.0), (*b, 0.0)), height=2.0, protects=("zone",))
        for k, (a, b) in enumerate(
            [((-2, -2), (2, -2)), ((2, -2), (2, 2)), ((2, 2), (-2, 2)), ((-2, 2), (-2, -2))]
        )
    ]
    evaluation = evaluate(
        [solid("machine", [((-0.2, -0.2, 0), (0.2, 0.2, 1))])], box_at(0.5, 1.7, 1.75), *lines
    )
    overs = {one.subjects[1]: one for one in evaluation.findings if one.code == "safety_distance.over"}
    assert (overs["line_0"].measured, overs["line_0"].limit) == (pytest.approx(0.5), pytest.approx(0.6))
    assert overs["line_0"].verdict == Verdict.FAIL
    assert overs["line_2"].verdict == Verdict.PASS
    assert not any(one.code == "safety_distance.through" for one in evaluation.findings)
    assert any("openings are not known" in skip.reason["en"] for skip in evaluation.skipped)


def test_one_mesh_round_four_corners_is_four_sides() -> None:
    whole = solid(
        "ring",
        [((-2.03, -2.03, 0), (2.03, -2, 2)), ((-2.03, 2, 0), (2.03, 2.03, 2)), ((-2.03, -2, 0), (-2, 2, 2)),
         ((2, -2, 0), (2.03, 2, 2))],
        role=Role.FENCE,
    )  # fmt: skip
    result = found(evaluate([whole], box_at(0.5, 1.7, 1.75)))
    assert len(result["over"].data["sides"]) == 4
    assert (result["over"].measured, result["over"].limit) == (pytest.approx(0.5), pytest.approx(0.6))
    assert result["enclosure"].verdict == Verdict.PASS


# ---------------------------------------------------------------- refusals


def test_nothing_protects_the_zone() -> None:
    other = Safeguard("guard", "fence", parts=("role:fence",), protects=())
    (told,) = evaluate(fence(2.4), box_at(0.5, 0.0, 1.0), other).findings
    assert (told.code, told.verdict, told.severity) == (
        "safety_distance.unprotected", Verdict.NOT_EVALUATED, Severity.INFO,
    )  # fmt: skip
    (asked_for,) = evaluate(fence(2.4), box_at(0.5, 0.0, 1.0), other, zone=["zone"]).findings
    assert asked_for.severity == Severity.ERROR
    gone = Safeguard("guard", "fence", parts=("role:fence",), protects=("zone",))
    (lost,) = evaluate([solid("machine", [((0, 0, 0), (1, 1, 1))])], box_at(0.5, 0.0, 1.0), gone).findings
    assert (lost.verdict, lost.severity) == (Verdict.NOT_EVALUATED, Severity.ERROR)


def test_fences_by_role_where_the_layout_names_none() -> None:
    other = Safeguard("button", "two_hand_control", position=(0.0, 0.0, 1.0))
    over = found(evaluate(fence(2.0), box_at(0.5, 1.7, 1.75), other))["over"]
    assert over.subjects[:2] == ("zone", "role:fence")
    assert over.verdict == Verdict.FAIL


def test_a_zone_of_nothing_and_missing_geometry_are_no_pass() -> None:
    (told,) = evaluate(fence(2.4), HazardZone("zone", select=("nobody",))).findings
    assert (told.code, told.verdict) == ("safety_distance.zone", Verdict.NOT_EVALUATED)
    lost = Notice("unreadable", Severity.ERROR, "robot.glb", {"en": "x", "fr": "x"})
    result = found(evaluate(fence(2.7), box_at(1.6, 0.0, 0.5), notices=(lost,)))
    assert {one.verdict for one in result.values()} == {Verdict.INDETERMINATE}
    assert all("robot.glb" in one.message["en"] for one in result.values())


def test_an_unknown_zone_is_a_mistake_in_the_layout() -> None:
    with pytest.raises(LayoutError, match="unknown hazard zone 'zome', did you mean 'zone'"):
        evaluate(fence(2.4), box_at(0.5, 0.0, 1.0), zone=["zome"])


def test_it_applies_to_every_zone() -> None:
    """A zone that nothing protects is told, not left out because there is no fence to measure."""
    hazard = box_at(0.5, 0.0, 1.0)
    alone = [solid("m", [((0, 0, 0), (1, 1, 1))])]
    assert CHECK.applies(Scene("s", tuple(fence(2.4)), station=Station(hazard_zones=(hazard,))))
    assert CHECK.applies(Scene("s", tuple(alone), station=Station(hazard_zones=(hazard,))))
    assert not CHECK.applies(Scene("s", tuple(fence(2.4)), station=Station()))
    button = Safeguard("button", "two_hand_control", position=(0.0, 0.0, 1.0), protects=("zone",))
    (told,) = evaluate(alone, hazard, button).findings
    assert (told.code, told.verdict) == ("safety_distance.unprotected", Verdict.NOT_EVALUATED)
    assert "button" in told.message["en"]
    assert "button" in told.message["fr"]


def curtain(x0: float, y0: float, x1: float, y1: float) -> Safeguard:
    ends = ((x0, y0, 0.3), (x1, y1, 0.3))
    return Safeguard(
        "curtain", "light_curtain", segment=ends, height=1.5, resolution=0.03, protects=("zone",)
    )


def test_a_device_alone_has_to_surround_its_zone() -> None:
    """One side watched leaves three to be looked at; with walls on those three nobody gets past."""
    machine = [solid("machine", [((-0.2, -0.2, 0), (0.2, 0.2, 1))])]
    (one_side,) = evaluate(machine, box_at(0.5, 0.0, 1.0), curtain(-2.0, -2.0, 2.0, -2.0)).findings
    assert (one_side.code, one_side.verdict, one_side.severity) == (
        "safety_distance.enclosure", Verdict.INDETERMINATE, Severity.ERROR,
    )  # fmt: skip
    walls = [replace(part, role=Role.WALL) for part in fence(2.4, s0=[])]
    out = Workstation("outside", (5.0, 5.0, 0.0), 0.0)
    watched = curtain(-2.0, -2.0, 2.0, -2.0)
    (closed,) = evaluate(
        machine + walls, box_at(0.5, 0.0, 1.0), watched, station={"workstations": (out,)}
    ).findings
    assert closed.verdict == Verdict.PASS
    (unknown,) = evaluate(machine + walls, box_at(0.5, 0.0, 1.0), watched).findings
    assert unknown.verdict == Verdict.INDETERMINATE
    assert "may be inside" in unknown.message["en"]


def test_the_walls_of_a_hall_enclose_the_people_too() -> None:
    """A side of the fence is gone: the hall's walls stand between the zone and outside, and no one is outside."""
    half, high = 6.0, 3.0
    hall = solid(
        "hall",
        [((-half, -half, 0), (half, -half + 0.1, high)), ((-half, half - 0.1, 0), (half, half, high)),
         ((-half, -half, 0), (-half + 0.1, half, high)), ((half - 0.1, -half, 0), (half, half, high))],
        role=Role.WALL,
    )  # fmt: skip
    bench = {"workstations": (Workstation("bench", (4.0, 4.0, 0.0), 0.0),)}
    hazard = box_at(0.5, 0.0, 1.0)
    gone = [*fence(2.7, s0=[]), hall]
    result = found(evaluate(gone, hazard, station=bench))["enclosure"]
    assert result.verdict == Verdict.FAIL
    assert "bench" in result.message["en"]
    assert found(evaluate(gone, hazard))["enclosure"].verdict == Verdict.INDETERMINATE
    whole = [*fence(2.7), hall]
    assert found(evaluate(whole, hazard, station=bench))["enclosure"].verdict == Verdict.PASS
    assert found(evaluate(whole, hazard))["enclosure"].verdict == Verdict.PASS


def test_the_same_cell_gives_the_same_findings_and_ids_survive_small_moves() -> None:
    first = evaluate(fence(2.0), box_at(0.5, 1.7, 1.75))
    again = evaluate(fence(2.0), box_at(0.5, 1.7, 1.75))
    assert first.findings == again.findings
    moved = evaluate(fence(2.0), box_at(0.51, 1.7, 1.75))
    assert [one.id for one in moved.findings] == [one.id for one in first.findings]


# ---------------------------------------------------------------- through a file, and moving


LAYOUT = """
schema = 1
name = "press"

[[parts]]
id = "south"
box_mm = [4060, 30, {height}]
position_mm = [0, -2015, {middle}]
role = "fence"

[[parts]]
id = "north"
box_mm = [4060, 30, 2400]
position_mm = [0, 2015, 1200]
role = "fence"

[[parts]]
id = "sides"
box_mm = [30, 4000, 2400]
position_mm = [-2015, 0, 1200]
count = [2, 1, 1]
pitch_mm = [4030, 0, 0]
role = "fence"

[[parts]]
id = "ram"
box_mm = [400, 400, 200]
position_mm = [0, -1000, 1000]
role = "machine"
moving = true

[[mechanisms]]
id = "press"

[[mechanisms.joints]]
id = "ram"
kind = "slide"
axis = [0, 0, 1]
range_mm = [0, 700]
parts = ["ram"]

[[hazard_zones]]
id = "ram_stroke"
motion = "press:stroke"
risk = "high"

[[safeguards]]
id = "guard"
kind = "fence"
protects = ["ram_stroke"]
parts = ["role:fence"]

[[rules]]
id = "distances"
check = "safety_distance"
"""


def load(tmp_path: Path, height: int) -> Any:
    path = tmp_path / "cell.toml"
    path.write_text(LAYOUT.format(height=height, middle=height / 2), encoding="utf-8")
    return immersive.load(path)


def test_a_stroke_counts_over_its_whole_way(tmp_path: Path) -> None:
    # At rest the ram ends at 1100, where 2000 high fences ask nothing; its stroke takes it to 1800.
    results = run(load(tmp_path, 2000), only=["safety_distance"])
    over = next(one for one in results if one.code == "safety_distance.over")
    south = next(side for side in over.data["sides"] if side["structure"] == "south")
    assert south["required"] == pytest.approx(0.6)
    # The ram's face is 800 behind the fence: enough, the margin of the motion included.
    assert 0.78 <= south["c"] <= 0.8 + 1e-9
    assert south["verdict"] == "pass"
    assert all(one.verdict == Verdict.PASS for one in results)
    low = next(
        one for one in run(load(tmp_path, 1500), only=["safety_distance"]) if one.code.endswith("over")
    )
    assert (low.verdict, low.limit) == (Verdict.FAIL, pytest.approx(1.1))


def test_the_registry_knows_it_and_its_figures_are_json(tmp_path: Path) -> None:
    import json

    rule = Rule("guards", "safety_distance")
    scene = load(tmp_path, 2000)
    evaluation = CHECK.evaluate(Context(scene, rule), bind(CHECK, rule))
    assert evaluation.examined["zones"] == 1
    for finding in evaluation.findings:
        assert json.loads(json.dumps(finding.data)) == finding.data
        assert set(finding.message) == {"en", "fr"}
        assert np.isfinite(finding.measured or 0.0)


def test_an_upright_gap_beside_a_panel_is_measured_as_a_slot() -> None:
    # From the floor to the top, 50 wide: arms 850.
    split = [(-FULL, 0.0, 0.0, 2.4), (0.05, FULL, 0.0, 2.4)]
    for distance, verdict in ((0.85, Verdict.PASS), (0.84, Verdict.FAIL)):
        result = found(evaluate(fence(2.4, s0=split), box_at(distance, 0.0, 1.0)))
        through = result["through"]
        assert (through.data["e"], through.data["length"]) == (pytest.approx(0.05), pytest.approx(2.4))
        assert (through.measured, through.limit) == (pytest.approx(distance), pytest.approx(0.85))
        assert through.verdict == verdict
        assert "under" not in result


def test_a_wall_with_a_doorway_does_not_enclose() -> None:
    hazard = box_at(1.6, 0.0, 0.5)
    parts = fence(2.4, s0=[])
    wall = panel(0, [(-FULL, 0.0, 0.0, 3.0), (1.0, FULL, 0.0, 3.0), (0.0, 1.0, 2.1, 3.0)], role=Role.WALL)
    opened = found(evaluate([*parts, wall], hazard))["enclosure"]
    assert opened.verdict == Verdict.FAIL
    assert opened.measured == pytest.approx(1.0)
    closed = panel(0, [(-FULL, FULL, 0.0, 3.0)], role=Role.WALL)
    assert found(evaluate([*parts, closed], hazard))["enclosure"].verdict == Verdict.PASS


def test_a_box_beside_the_fence_from_which_it_is_too_low_is_told_as_information() -> None:
    # From 500 up, 2000 high structures are 1500, and what is at 1700 is at 1200: 1100 due at 850.
    hazard = box_at(0.85, 1.7, 1.75)
    crate = solid("crate", [((-0.3, -2.6, 0.0), (0.3, -2.1, 0.5))], role=Role.CONTAINER)
    told = found(evaluate([*fence(2.0), crate], hazard))
    assert told["over"].verdict == Verdict.PASS
    climbing = told["climbing"]
    assert (climbing.verdict, climbing.severity) == (Verdict.INDETERMINATE, Severity.INFO)
    (aid,) = climbing.data["aids"]
    assert (aid["part"], aid["structure"]) == ("crate", "panel_0")
    assert (aid["height"], aid["left"]) == (pytest.approx(0.5), pytest.approx(1.5))
    assert aid["missing"] == pytest.approx(asked(1.2, 1.25, 1.5, "high") - 0.85)
    far = solid("crate", [((-0.3, -3.6, 0.0), (0.3, -3.1, 0.5))], role=Role.CONTAINER)
    inside = solid("crate", [((-0.3, -1.9, 0.0), (0.3, -1.4, 0.5))], role=Role.CONTAINER)
    for other in (far, inside):
        assert "climbing" not in found(evaluate([*fence(2.0), other], hazard))
    # A metre up, what is left of it counts no more.
    tall = solid("crate", [((-0.3, -2.6, 0.0), (0.3, -2.1, 1.1))], role=Role.CONTAINER)
    assert found(evaluate([*fence(2.0), tall], hazard))["climbing"].data["aids"][0]["missing"] is None


def test_the_largest_distance_of_the_tables_is_the_one_steps_are_looked_for_within() -> None:
    from immersive.checks._guard_climb import FARTHEST

    asks = [c for risk in ("low", "high") for row in tables.data()["reach_over"][risk]["c"] for c in row]
    assert max(asks) == pytest.approx(1000 * FARTHEST)


def test_uncertain_distances_behind_an_opening_are_indeterminate() -> None:
    # 15 wide, well within its row: only the distance is in doubt.
    left, right = (-FULL, -0.0075, 0.0, 2.7), (0.0075, FULL, 0.0, 2.7)
    hole = [left, right, (-0.01, 0.01, 0.0, 1.2), (-0.01, 0.01, 1.4, 2.7)]
    loose = fence(2.7, s0=hole, more={"uncertainty": 0.001})
    for distance, verdict in (
        (0.13, "pass"),
        (0.1205, "indeterminate"),
        (0.1195, "indeterminate"),
        (0.11, "fail"),
    ):
        hazard = zone((-0.05, -HALF + distance, 1.2), (0.05, -1.0, 1.4))
        through = found(evaluate(loose, hazard))["through"]
        assert (through.limit, through.measured) == (pytest.approx(0.12), pytest.approx(distance, abs=1e-6))
        assert through.verdict == verdict


@pytest.mark.shared
def test_the_fence_of_a_real_cell(shared: Path) -> None:
    from dataclasses import replace

    scene = immersive.load(shared / "cells" / "cell-twc" / "cell-twc-positioner.glb")
    parts = [
        replace(part, role=Role.FENCE) if "fence_panel" in part.id
        else replace(part, role=Role.ROBOT) if "/robot_link" in part.id
        else part
        for part in scene
    ]  # fmt: skip
    station = Station(
        hazard_zones=(HazardZone("zone", select=("role:robot",)),), safeguards=(GUARD,), rules=()
    )
    rule = Rule("guards", "safety_distance")
    cell = Scene("twc", tuple(parts), station=station)
    result = found(CHECK.evaluate(Context(cell, rule), bind(CHECK, rule)))
    # Six panels on three sides, 3 m high; +X is open; their lower frames stand 50 mm above the floor.
    assert len(result["over"].data["sides"]) == 3
    assert result["over"].data["b"] == pytest.approx(3.0, abs=0.011)
    assert result["enclosure"].verdict == Verdict.FAIL
    under = result["under"]
    assert under.data["e"] == pytest.approx(0.05, abs=1e-4)
    assert (under.verdict, under.limit) == (Verdict.FAIL, pytest.approx(0.85))
    robot = min(part.bounds[0, 1] for part in parts if part.role == Role.ROBOT and part.bounds is not None)
    # The robot's foot begins that far behind the inner face of the south panels at y = -2.
    assert under.measured >= robot + 2.0
