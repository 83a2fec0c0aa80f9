"""Separation distances on cells made for the purpose: distances known, required ones from the standard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import immersive
from immersive.checks._run import Results
from immersive.errors import LayoutError
from immersive.findings import Finding, Verdict
from immersive.safety import iso13855_score
from immersive.scene.model import Scene

FLOOR = '[[parts]]\nid = "floor"\nrole = "floor"\nbox_mm = [20000, 20000, 100]\nposition_mm = [0, 0, -50]\n'
ZONE = '[[hazard_zones]]\nid = "zone"\nbox_mm = [[0, -500, 0], [1000, 500, {top}]]\nrisk = "{risk}"\n'
CURTAIN = """
[[safeguards]]
id = "guard"
kind = "light_curtain"
segment_mm = [[{x}, -600, {low}], [{x}, 600, {low}]]
height_mm = {height}
resolution_mm = {d}
response_time_ms = 20
stopping_time_ms = 250
protects = ["zone"]
"""


def cell(folder: Path, text: str) -> Scene:
    (folder / "cell.toml").write_text(FLOOR + text, encoding="utf-8")
    return immersive.load(folder / "cell.toml")


def check(folder: Path, text: str, *, rule: str = "") -> Results:
    said = f'\n[[rules]]\nid = "r"\ncheck = "separation"\n{rule}\n' if rule else ""
    return immersive.check(cell(folder, text + said), only=["separation"])


def one(results: Results, key: str) -> Finding:
    (found,) = [f for f in results if f.key == key]
    return found


def curtain(folder: Path, *, x: float = -600.0, low: float = 0.0, height: float = 2600.0, d: float = 30.0,
            top: float = 1500.0, risk: str = "high") -> Results:  # fmt: skip
    text = ZONE.format(top=top, risk=risk) + CURTAIN.format(x=x, low=low, height=height, d=d)
    return check(folder, text)


def test_through_a_curtain_the_distance_and_the_required_one_are_those_of_the_standard(
    tmp_path: Path,
) -> None:
    """K T + 8 (d − 14) with T = 0.27 s and d = 30: 668, over 500, so 1600 × 0.27 + 128 = 560 mm."""
    results = curtain(tmp_path)
    found = one(results, "through-2010")
    assert found.measured == pytest.approx(0.6, abs=1e-12)
    assert found.limit == pytest.approx(0.56, abs=1e-12)
    assert found.verdict == Verdict.PASS
    # 600 = 1600 T + 128.
    assert found.data["stopping_time_allowed"] == pytest.approx(0.295, abs=1e-9)
    segment = found.marks[0]
    assert segment.start[0] == pytest.approx(-0.6)
    assert segment.end[0] == pytest.approx(0.0)


@pytest.mark.parametrize(("x", "verdict"), [(-560.0, Verdict.PASS), (-559.0, Verdict.FAIL)])
def test_the_limit_itself_passes_and_a_millimetre_less_does_not(
    tmp_path: Path, x: float, verdict: Verdict
) -> None:
    for edition in ("2010", "2024"):
        found = one(curtain(tmp_path, x=x), f"through-{edition}")
        assert found.verdict == verdict
    if verdict == Verdict.FAIL:
        assert "Move it 1\N{NO-BREAK SPACE}mm" in found.hint["en"]


def test_over_the_upper_edge_the_height_that_leaves_least_room_decides(tmp_path: Path) -> None:
    """Hazard up to 1500 mm, upper edge at 1300: between 1400 and 1600 the table gives C_RO 900 (850 at 1600)."""
    found = one(curtain(tmp_path, height=1300.0), "over-2010")
    assert found.measured == pytest.approx(0.6)
    # 2000 × 0.27 + 900 is over 500: 1600 × 0.27 + 900.
    assert found.limit == pytest.approx(1.332)
    assert found.verdict == Verdict.FAIL
    same = iso13855_score.METHOD.solve({k: v for k, v in found.data["score"].items() if k in (
        "edition", "device", "d", "t1_s", "t2_s", "a_mm", "b_mm", "S_available")})  # fmt: skip
    assert same["S"] == found.data["score"]["S"] == pytest.approx(1332.0)


def test_a_hazard_that_leans_away_is_measured_height_by_height(tmp_path: Path) -> None:
    """A low box in front, a high one behind: over the edge the high one decides, through it the low one."""
    text = (
        '[[parts]]\nid = "low"\nbox_mm = [100, 100, 600]\nposition_mm = [600, 0, 300]\n'
        '[[parts]]\nid = "high"\nbox_mm = [100, 100, 1500]\nposition_mm = [1600, 0, 750]\n'
        '[[hazard_zones]]\nid = "zone"\nselect = ["low", "high"]\n'
    ) + CURTAIN.format(x=0, low=0, height=1000, d=30)
    results = check(tmp_path, text)
    assert one(results, "through-2010").measured == pytest.approx(0.55)
    over = one(results, "over-2010")
    # Column 1000: 950 at 600 for the low box; up to 1200 for the high one, which is a metre farther.
    assert over.measured == pytest.approx(0.55)
    assert over.data["band"] in ([0.4, 0.6], [0.6, 0.6])
    assert over.data["score"]["C_RO"] == 950.0


def test_what_is_out_of_reach_overhead_does_not_count(tmp_path: Path) -> None:
    text = '[[hazard_zones]]\nid = "zone"\nbox_mm = [[0, -500, 2550], [1000, 500, 3000]]\nrisk = "{}"\n'
    guard = CURTAIN.format(x=-200, low=0, height=2600, d=30)
    low = check(tmp_path, text.format("low") + guard)
    assert [f.verdict for f in low] == [Verdict.INDETERMINATE]
    high = check(tmp_path, text.format("high") + guard)
    assert one(high, "through-2010").verdict == Verdict.FAIL


def test_an_edge_too_high_or_too_low_is_told(tmp_path: Path) -> None:
    found = curtain(tmp_path, low=400.0, height=450.0, x=-3000.0)
    edges = [f for f in found if f.code == "separation.edges"]
    assert [f.verdict for f in edges] == [Verdict.FAIL, Verdict.FAIL]
    assert "400 mm" in edges[0].message["en"]
    assert "850 mm" in edges[1].message["en"]


def test_times_that_are_not_given_are_asked_for_and_the_allowed_one_is_told(tmp_path: Path) -> None:
    text = ZONE.format(top=1500, risk="high") + CURTAIN.format(x=-600, low=0, height=2600, d=30)
    found = one(check(tmp_path, text.replace("stopping_time_ms = 250\n", "")), "through-2010")
    assert found.verdict == Verdict.NOT_EVALUATED
    assert "295 ms" in found.hint["en"]


SCANNER = """
[[safeguards]]
id = "guard"
kind = "scanner"
field_mm = [[-{x}, -500], [0, -500], [0, 500], [-{x}, 500]]
field_height_mm = 300
resolution_mm = 70
response_time_ms = 80
stopping_time_ms = 220
protects = ["zone"]
"""
WALLS = (
    '[[parts]]\nid = "south"\nbox_mm = [5000, 50, 2000]\nposition_mm = [-1500, -550, 1000]\n'
    '[[parts]]\nid = "north"\nbox_mm = [5000, 50, 2000]\nposition_mm = [-1500, 550, 1000]\n'
    '[[parts]]\nid = "back"\nbox_mm = [50, 1200, 2000]\nposition_mm = [1025, 0, 1000]\n'
)


def test_a_scanner_is_measured_from_where_one_can_step_in(tmp_path: Path) -> None:
    """Between two walls only the far edge can be entered: 1600 × 0.3 + 1200 − 0.4 × 300 = 1560 mm."""
    zone = ZONE.format(top=1500, risk="high")
    for x, verdict in ((1560, Verdict.PASS), (1559, Verdict.FAIL)):
        found = one(check(tmp_path, zone + WALLS + SCANNER.format(x=x)), "walking-2010")
        assert found.measured == pytest.approx(x / 1000.0)
        assert found.limit == pytest.approx(1.56)
        assert found.verdict == verdict
    # Without the walls one steps in from the side, right at the hazard.
    open_ = one(check(tmp_path, zone + SCANNER.format(x=1560)), "walking-2010")
    assert open_.measured == pytest.approx(0.0, abs=0.021)
    assert open_.verdict == Verdict.FAIL


def test_a_field_that_nobody_can_enter_is_not_a_pass(tmp_path: Path) -> None:
    front = '[[parts]]\nid = "front"\nbox_mm = [50, 1200, 2000]\nposition_mm = [-1600, 0, 1000]\n'
    found = check(tmp_path, ZONE.format(top=1500, risk="high") + WALLS + front + SCANNER.format(x=1560))
    assert [f.verdict for f in found] == [Verdict.NOT_EVALUATED]


def test_two_hands_are_measured_straight_in_space(tmp_path: Path) -> None:
    """From (−300, 0, 1900) to the box' edge (0, 0, 1500): 500 mm; 1600 × 0.27 + 250 = 682 mm, 550 in 2024."""
    guard = (
        '\n[[safeguards]]\nid = "guard"\nkind = "two_hand_control"\nposition_mm = [-300, 0, 1900]\n'
        'response_time_ms = 20\nstopping_time_ms = 250\nprotects = ["zone"]\n'
    )
    results = check(tmp_path, ZONE.format(top=1500, risk="high") + guard)
    old, new = one(results, "hands-2010"), one(results, "hands-2024")
    assert old.measured == pytest.approx(0.5)
    assert old.limit == pytest.approx(0.682)
    assert new.limit == pytest.approx(0.982)
    assert old.verdict == new.verdict == Verdict.FAIL
    inside = check(
        tmp_path, ZONE.format(top=1500, risk="high") + guard.replace("-300, 0, 1900", "500, 0, 700")
    )
    assert one(inside, "hands-2010").measured == 0.0


DOOR = """
[[doors]]
id = "door"
position_mm = [-700, 0, 0]
width_mm = 900
height_mm = 2000
interlocked = true
{more}
[[safeguards]]
id = "guard"
kind = "interlocked_door"
door = "door"
response_time_ms = 20
stopping_time_ms = 250
protects = ["zone"]
"""


def test_a_door_passes_with_its_switch_gap_and_is_doubtful_without(tmp_path: Path) -> None:
    """1600 × 0.27 = 432 mm, and 100 mm more where 12 mm of gap let fingers through (table 4, slot)."""
    text = ZONE.format(top=1500, risk="high") + DOOR.format(more="")
    doubtful = one(check(tmp_path, text), "door-2010")
    assert doubtful.measured == pytest.approx(0.7)
    assert doubtful.limit == pytest.approx(0.432)
    assert doubtful.verdict == Verdict.INDETERMINATE
    sure = one(check(tmp_path, text, rule="switch_gap_mm = 12"), "door-2010")
    assert sure.limit == pytest.approx(0.532)
    assert sure.verdict == Verdict.PASS
    wide = one(check(tmp_path, text, rule="switch_gap_mm = 25"), "door-2010")
    assert wide.limit == pytest.approx(1.282)
    assert wide.verdict == Verdict.FAIL
    locked = check(tmp_path, ZONE.format(top=1500, risk="high") + DOOR.format(more="guard_locking = true"))
    assert [f.verdict for f in locked] == [Verdict.PASS]


def test_an_edition_without_figures_is_told_beside_the_other_and_a_finding_when_asked_for(
    tmp_path: Path,
) -> None:
    text = ZONE.format(top=1500, risk="high") + DOOR.format(more="")
    both = check(tmp_path, text)
    assert {f.key for f in both} == {"door-2010"}
    assert any("2024" in s.reason["en"] for r in both.rules for s in r.evaluation.skipped)
    asked = check(tmp_path, text, rule='edition = "2024"')
    assert [f.verdict for f in asked] == [Verdict.NOT_EVALUATED]


def test_what_a_motion_sweeps_is_nearer_than_what_stands(tmp_path: Path) -> None:
    """A drawer comes out by 400 mm towards the curtain: 1000 − 400, to within the margin of the samples."""
    text = (
        '[[parts]]\nid = "drawer"\nbox_mm = [500, 500, 300]\nposition_mm = [250, 0, 800]\n'
        '[[mechanisms]]\nid = "unit"\n[[mechanisms.joints]]\nid = "out"\nkind = "slide"\naxis = [-1, 0, 0]\n'
        'parts = ["drawer"]\nrange_mm = [0, 400]\n'
        '[[hazard_zones]]\nid = "zone"\nmotion = "unit:stroke"\n'
    ) + CURTAIN.format(x=-1000, low=0, height=2600, d=30)
    found = one(check(tmp_path, text), "through-2010")
    assert abs(found.measured - 0.6) <= found.uncertainty + 1e-12
    assert 0.0 < found.uncertainty <= 0.011
    assert found.verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("segment_mm", "segment_mm"),
        ("height_mm", "height_mm"),
        ("resolution_mm", "resolution_mm"),
    ],
)
def test_a_device_that_is_not_described_is_not_a_pass(tmp_path: Path, line: str, said: str) -> None:
    text = CURTAIN.format(x=-600, low=0, height=2600, d=30)
    short = "\n".join(row for row in text.splitlines() if not row.startswith(line))
    (found,) = check(tmp_path, ZONE.format(top=1500, risk="high") + short)
    assert found.verdict == Verdict.NOT_EVALUATED
    assert said in found.message["en"]
    assert said in found.message["fr"]


def test_fences_and_devices_that_protect_from_nothing_are_said(tmp_path: Path) -> None:
    text = (
        ZONE.format(top=1500, risk="high")
        + '\n[[safeguards]]\nid = "fence"\nkind = "fence"\nprotects = ["zone"]\n'
        + CURTAIN.format(x=-600, low=0, height=2600, d=30).replace('protects = ["zone"]\n', "")
    )
    results = check(tmp_path, text)
    assert len(results) == 0
    assert {s.subject for r in results.rules for s in r.evaluation.skipped} == {"fence", "guard"}
    with pytest.raises(LayoutError, match="did you mean 'guard'"):
        check(tmp_path, text, rule='safeguards = ["gaurd"]')


def test_separate_beams(tmp_path: Path) -> None:
    """Three beams: 1600 × 0.27 + 850 = 1282 mm; one beam 1200 more than K T."""
    text = ZONE.format(top=1500, risk="high") + CURTAIN.format(x=-1300, low=0, height=0, d=30).replace(
        "light_curtain", "light_beams"
    )
    three = one(check(tmp_path, text + "beams_mm = [300, 700, 1100]\n"), "through-2010")
    assert three.limit == pytest.approx(1.282)
    assert three.verdict == Verdict.PASS
    single = one(check(tmp_path, text + "beams_mm = [750]\n"), "through-2010")
    assert single.limit == pytest.approx(1.632)
    assert single.verdict == Verdict.FAIL


def test_the_longer_the_machine_runs_on_the_more_is_required(tmp_path: Path) -> None:
    limits = []
    for stop in (50, 100, 200, 400):
        text = ZONE.format(top=1500, risk="high") + CURTAIN.format(x=-600, low=0, height=2600, d=30)
        found = one(check(tmp_path, text.replace("time_ms = 250", f"time_ms = {stop}")), "through-2010")
        limits.append(found.limit)
    assert np.all(np.diff(limits) > 0.0)


def test_edges_that_parts_close_off_are_none(tmp_path: Path) -> None:
    """A curtain in the window of a wall: nobody gets over it or under it; with the lintel gone, over it."""
    sill = '[[parts]]\nid = "sill"\nbox_mm = [50, 1400, 900]\nposition_mm = [-600, 0, 450]\n'
    lintel = '[[parts]]\nid = "lintel"\nbox_mm = [50, 1400, {h}]\nposition_mm = [-600, 0, {z}]\n'
    text = ZONE.format(top=1500, risk="high") + CURTAIN.format(x=-600, low=900, height=300, d=30)
    high = lintel.format(h=1600, z=2000)
    assert {f.key for f in check(tmp_path, text + sill + high)} == {"through-2010", "through-2024"}
    # A lintel up to 1600 only: that is the edge one reaches over.
    low = one(check(tmp_path, text + sill + lintel.format(h=400, z=1400)), "over-2010")
    assert 1540.0 <= low.data["score"]["b_mm"] <= 1600.0
    open_above = {f.key for f in check(tmp_path, text + sill)}
    assert open_above == {"through-2010", "through-2024", "over-2010"}
    assert "edges" in {f.key for f in check(tmp_path, text + high)}
