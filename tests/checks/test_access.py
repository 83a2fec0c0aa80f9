"""The access check on closed forms: holes, slots, depths, covers."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import immersive
from immersive.checks._run import run
from immersive.errors import LayoutError
from immersive.findings import FigureMark, PartMark, Verdict
from immersive.human.access_limbs import HAND_THICKNESS, sizes_of
from immersive.scene.model import Notice, Severity
from immersive.scene.station import Station
from immersive.scene.workplace import Population, Workstation
from tests.checks.access_scenes import FLOOR, behind, evaluate, findings, holed, window
from tests.checks.walkway_scenes import box, sheet

SIZES = sizes_of(Population("default"))
ALLOWANCE = 0.005
FOREARM = SIZES.forearm + 2.0 * ALLOWANCE
"""What must pass a hole that the thick of the forearm is in: 121 mm."""
THICK = 0.35
"""Metres behind a plate at which it is."""


@pytest.mark.parametrize("more", [0.001, 0.01])
def test_a_hole_a_little_wider_than_the_forearm_lets_it_in(more: float) -> None:
    found = findings([FLOOR, holed("plate", FOREARM + more)], behind(THICK))
    opening = found["opening"]
    assert opening.verdict == Verdict.PASS
    assert opening.measured == pytest.approx(FOREARM + more, abs=1e-4)
    assert opening.limit == pytest.approx(FOREARM, abs=1e-4)
    assert (opening.limit_kind, opening.unit, opening.uncertainty) == ("min", "m", 0.0)
    assert opening.data["limiting_parts"] == ["plate"]
    assert opening.data["way_in_proven"] is True
    assert abs(opening.data["direction"][1] + 1.0) < 1e-3
    assert any(isinstance(mark, FigureMark) for mark in opening.marks)


@pytest.mark.parametrize("less", [0.0015, 0.02, 0.06])
def test_a_hole_a_little_narrower_does_not_and_is_measured(less: float) -> None:
    found = findings([FLOOR, holed("plate", FOREARM - less)], behind(THICK))
    opening = found["opening"]
    assert opening.verdict == Verdict.FAIL
    assert opening.measured == pytest.approx(FOREARM - less, abs=1e-4)
    assert opening.limit == pytest.approx(FOREARM, abs=1e-4)
    assert PartMark("plate") in opening.marks
    assert "plate" in opening.message["en"]
    assert "plate" in opening.message["fr"]
    assert f"{1000 * less:.0f}\u00a0mm wider" in opening.hint["en"] or less == 0.0015
    assert "Without plate" in opening.hint["en"]


def test_no_allowance_means_the_bare_size() -> None:
    found = findings([FLOOR, holed("plate", SIZES.forearm + 0.0005)], behind(THICK), allowance=0.0)
    assert found["opening"].verdict == Verdict.PASS
    assert found["opening"].limit == pytest.approx(SIZES.forearm, abs=1e-4)


def test_a_thicker_person_needs_a_wider_hole() -> None:
    hole = holed("plate", FOREARM + 0.001)
    assert findings([FLOOR, hole], behind(THICK), largest="M99")["opening"].verdict == Verdict.FAIL


@pytest.mark.parametrize(("gap", "verdict"), [(0.001, Verdict.PASS), (-0.002, Verdict.FAIL)])
def test_a_flat_hand_turns_to_fit_a_slot(gap: float, verdict: Verdict) -> None:
    thick = HAND_THICKNESS * SIZES.hand_breadth + 2.0 * ALLOWANCE
    upright = findings([FLOOR, *window(thick + gap, 0.3)], behind(0.05))["opening"]
    level = findings([FLOOR, *window(0.3, thick + gap)], behind(0.05))["opening"]
    for one in (upright, level):
        assert one.verdict == verdict
        assert one.measured == pytest.approx(thick + gap, abs=1.5e-4)
        assert one.limit == pytest.approx(thick, abs=1e-9)


def test_a_square_window_is_used_across_its_corners() -> None:
    breadth = SIZES.hand_breadth + 2.0 * ALLOWANCE
    thick = HAND_THICKNESS * SIZES.hand_breadth + 2.0 * ALLOWANCE
    # A flat hand with round edges, turned by 45°, fills a square of this side.
    side = (breadth - thick) * math.sqrt(0.5) + thick
    place = behind(0.06)
    for more in (-0.008, -0.002, 0.002, 0.01):
        found = findings([FLOOR, *window(side + more, side + more)], place)["opening"]
        assert found.limit == pytest.approx(breadth)
        assert found.measured == pytest.approx(breadth + more, abs=2e-4)
        assert found.verdict == (Verdict.PASS if more > 0.0 else Verdict.FAIL)


def test_a_finger_passes_where_the_hand_does_not() -> None:
    hole = holed("plate", 0.04)
    assert findings([FLOOR, hole], behind(0.03, "fingertip"))["opening"].verdict == Verdict.PASS
    assert findings([FLOOR, hole], behind(0.05))["opening"].verdict == Verdict.FAIL


def test_two_arms_need_their_common_breadth() -> None:
    both = 4.0 * 0.5 * FOREARM
    place = behind(THICK, "two_arms")
    wide = findings([FLOOR, *window(both + 0.01, FOREARM + 0.02)], place)["opening"]
    assert wide.verdict == Verdict.PASS
    tight = findings([FLOOR, *window(both - 0.02, FOREARM + 0.02)], place)["opening"]
    assert tight.verdict == Verdict.FAIL
    # Turning the pair about its line gains a little in a window that is not quite flat.
    assert both - 0.02 - 1e-4 <= tight.measured < both - 0.01
    # High enough, and the arms go in one above the other.
    assert findings([FLOOR, *window(FOREARM + 0.02, both + 0.02)], place)["opening"].verdict == Verdict.PASS


@pytest.mark.parametrize("diameter", [0.15, 0.18])
@pytest.mark.parametrize("inside", [0.33, 0.55])
def test_depth_is_where_the_chest_first_fits(diameter: float, inside: float) -> None:
    # A ball on the hole's axis leaves the plate's rim behind where it no longer touches it.
    chest = 0.5 * SIZES.small_chest
    depth = findings([FLOOR, holed("plate", diameter)], behind(inside))["depth"]
    expected = inside + math.sqrt(chest**2 - (0.5 * diameter) ** 2)
    assert depth.data["depth"] == pytest.approx(expected, abs=1e-3)
    assert depth.limit == SIZES.small_reach_grip
    if expected > SIZES.small_reach_grip:
        assert depth.verdict == Verdict.FAIL
        assert depth.measured == depth.data["depth"]
    else:
        assert depth.verdict == Verdict.PASS


@pytest.mark.parametrize(("wall", "verdict"), [(-0.45, Verdict.INDETERMINATE), (-1.6, Verdict.PASS)])
def test_a_forearm_that_fits_but_cannot_come_out_is_left_open(wall: float, verdict: Verdict) -> None:
    # At the place the elbow is 280 mm before the plate; to come out it would go through the wall opposite.
    opposite = box("opposite", (-3, wall - 0.01, -0.5), (3, wall, 4))
    place = replace(behind(0.1), entry=(0.0, -0.3, 1.2))
    found = findings([FLOOR, holed("plate", 0.122), opposite], place)["opening"]
    assert found.verdict == verdict
    assert found.data["way_in_proven"] is (verdict == Verdict.PASS)
    if verdict != Verdict.PASS:
        assert "no way in was proven" in found.message["en"]
        assert "aucun chemin" in found.message["fr"]


def test_an_arm_does_not_come_from_behind_the_wall_it_reaches_through() -> None:
    # Between the plates there is no room for a person; behind the holed one the arm alone would have it.
    opposite = box("opposite", (-3, -0.26, -0.5), (3, -0.25, 4))
    place = replace(behind(0.5), entry=(0.0, -0.12, 1.2))
    found = findings([FLOOR, holed("plate", 0.2), opposite], place)
    assert found["opening"].verdict != Verdict.PASS


def test_covers_taken_away_do_not_count() -> None:
    plate = holed("cover", 0.02)
    closed = findings([FLOOR, plate], behind(THICK))["opening"]
    assert closed.verdict == Verdict.FAIL
    opened = findings([FLOOR, plate], behind(THICK, removed=("cover",)))["opening"]
    assert opened.verdict == Verdict.PASS
    assert opened.data["removed"] == ["cover"]


def test_a_cover_that_does_not_exist_is_told() -> None:
    made = evaluate([FLOOR, holed("plate", 0.3)], behind(0.2, removed=("covre",)))
    assert [one.subject for one in made.skipped] == ["valve"]
    assert "covre" in made.skipped[0].reason["en"]


def test_a_closed_box_has_no_way_in() -> None:
    walls = [
        box("top", (-0.5, 0, 1.6), (0.5, 1, 1.61)),
        box("bottom", (-0.5, 0, 0.6), (0.5, 1, 0.61)),
        box("west", (-0.5, 0, 0.6), (-0.49, 1, 1.61)),
        box("east", (0.49, 0, 0.6), (0.5, 1, 1.61)),
        box("back", (-0.5, 0.99, 0.6), (0.5, 1, 1.61)),
    ]
    front = box("front", (-0.5, 0, 0.6), (0.5, 0.01, 1.61))
    place = replace(behind(0.4), entry=None)
    shut = findings([FLOOR, *walls, front], place)
    assert shut["opening"].verdict == Verdict.FAIL
    assert shut["opening"].measured == 0.0
    assert shut["depth"].verdict != Verdict.PASS
    ajar = findings([FLOOR, *walls], place)
    assert ajar["opening"].verdict == Verdict.PASS
    assert ajar["depth"].verdict == Verdict.PASS
    taken = findings([FLOOR, *walls, front], replace(place, removed=("front",)))
    assert taken["opening"].verdict == Verdict.PASS


def test_uncertain_parts_leave_it_open() -> None:
    plate = holed("plate", FOREARM + 0.001, uncertainty=0.001)
    opening = findings([FLOOR, plate], behind(THICK))["opening"]
    assert opening.verdict == Verdict.INDETERMINATE
    assert opening.uncertainty == 0.002
    wide = holed("plate", FOREARM + 0.003, uncertainty=0.001)
    assert findings([FLOOR, wide], behind(THICK))["opening"].verdict == Verdict.PASS


def test_no_place_to_stand_is_said() -> None:
    high = replace(behind(0.2), position=(0.0, 0.2, 3.2), entry=(0.0, -0.8, 3.2))
    depth = findings([FLOOR, holed("plate", 0.3, at=(0, 0, 3.2), outer=0.5)], high)["depth"]
    assert depth.verdict == Verdict.INDETERMINATE
    assert "stand" in depth.message["en"]
    assert "debout" in depth.message["fr"]


def test_a_named_workstation_is_where_one_stands() -> None:
    place = behind(0.1, workstation="bench")
    parts = [FLOOR, holed("plate", 0.3)]
    near = Station(
        access_points=(place,), workstations=(Workstation("bench", (0.0, -0.35, 0.0), math.pi / 2),)
    )
    far = Station(access_points=(place,), workstations=(Workstation("bench", (0.0, -2.5, 0.0), math.pi / 2),))
    (depth,) = (f for f in evaluate(parts, station=near).findings if f.code == "access.depth")
    assert depth.verdict == Verdict.PASS
    assert depth.data["feet"] == [0.0, -0.35, 0.0]
    (depth,) = (f for f in evaluate(parts, station=far).findings if f.code == "access.depth")
    assert depth.verdict == Verdict.INDETERMINATE


@pytest.mark.parametrize(("width", "verdict"), [(0.6, Verdict.PASS), (0.55, Verdict.FAIL)])
def test_a_doorway_for_someone_upright(width: float, verdict: Verdict) -> None:
    door = window(width, 2.1, z=1.05)
    place = replace(behind(0.6, "body"), position=(0.0, 0.6, 1.0), entry=(0.0, -1.2, 1.0))
    found = findings([FLOOR, *door], place)["opening"]
    if verdict == Verdict.PASS:
        assert found.verdict == verdict
        assert found.data["way"] == "body_upright"
    # Lying on the side a person passes a narrow doorway still: breadth stands upright in it.
    assert found.measured is not None
    tall = findings([FLOOR, *window(width, 1.0, z=1.3)], place)["opening"]
    assert tall.data["way"] == "body_lying"


def test_head_through_a_hole() -> None:
    breadth, length = SIZES.head_breadth + 2 * ALLOWANCE, SIZES.head_length + 2 * ALLOWANCE
    # Eyes 50 mm behind: the crown goes in first.
    place = behind(0.05, "head")
    assert findings([FLOOR, *window(breadth + 0.004, 0.5)], place)["opening"].verdict == Verdict.PASS
    tight = findings([FLOOR, *window(breadth - 0.01, 0.5)], place)["opening"]
    assert tight.verdict == Verdict.FAIL
    assert tight.measured == pytest.approx(breadth - 0.01, abs=5e-4)
    assert findings([FLOOR, holed("p", length - 0.01)], place)["opening"].verdict == Verdict.FAIL


@settings(max_examples=4, deadline=None)
@given(
    diameter=st.floats(0.05, 0.2),
    wider=st.floats(0.002, 0.1),
    aside=st.floats(-0.05, 0.05),
)
def test_a_wider_hole_is_never_worse(diameter: float, wider: float, aside: float) -> None:
    place = replace(behind(0.3), position=(aside, 0.3, 1.2))
    rank = {Verdict.FAIL: 0, Verdict.INDETERMINATE: 1, Verdict.PASS: 2}
    narrow = findings([FLOOR, holed("plate", diameter)], place)["opening"]
    wide = findings([FLOOR, holed("plate", diameter + wider)], place)["opening"]
    assert narrow.measured is not None
    assert wide.measured is not None
    assert wide.data["room_each_side"] >= narrow.data["room_each_side"] - 5e-4
    assert rank[wide.verdict] >= rank[narrow.verdict]


def test_the_same_result_every_time() -> None:
    parts = [FLOOR, holed("plate", FOREARM + 0.003)]
    first, second = (evaluate(parts, behind(THICK)) for _ in range(2))
    assert [(f.measured, f.data) for f in first.findings] == [(f.measured, f.data) for f in second.findings]


def test_a_place_inside_a_part_is_not_judged() -> None:
    block = box("block", (-0.2, 0.2, 1.0), (0.2, 0.6, 1.4))
    (only,) = evaluate([FLOOR, block], behind(0.4)).findings
    assert only.verdict == Verdict.NOT_EVALUATED
    assert "inside block" in only.message["en"]
    assert "200\u00a0mm" in only.message["en"]
    assert "block" in only.message["fr"]


def test_a_place_on_a_surface_is_got_at() -> None:
    block = box("block", (-0.2, 0.2, 1.0), (0.2, 0.6, 1.4))
    for limb in ("fingertip", "hand"):
        found = findings([FLOOR, block], behind(0.2, limb))
        assert found["opening"].verdict == Verdict.PASS
        assert found["depth"].verdict == Verdict.PASS
        # What lies ahead of the tip is no opening as narrow as the way to it.
        assert 0.25 * SIZES.hand_breadth < found["opening"].limit < found["opening"].measured


def test_open_meshes_around_the_place_are_told() -> None:
    net = sheet("net", [(-0.3, -0.2, 0.8), (0.4, 0.5, 0.9), (0.3, 0.6, 1.7)])
    made = evaluate([FLOOR, net], behind(0.1))
    assert any("net" in line["en"] and "open" in line["en"] for line in made.assumptions)


def test_nothing_to_examine_is_no_clean_result() -> None:
    (only,) = evaluate([FLOOR]).findings
    assert only.verdict == Verdict.NOT_EVALUATED
    made = evaluate([], behind(0.2))
    assert [one.verdict for one in made.findings] == [Verdict.NOT_EVALUATED]
    assert made.examined["access_points"] == 0


def test_missing_geometry_is_told() -> None:
    notice = Notice("file", Severity.ERROR, "frame.stl", {"en": "x", "fr": "x"})
    made = evaluate([FLOOR, holed("plate", 0.3)], behind(0.2), notices=(notice,))
    missing = next(f for f in made.findings if f.code == "access.incomplete")
    assert missing.verdict == Verdict.NOT_EVALUATED
    assert "frame.stl" in missing.message["en"]


def test_an_unknown_access_point_is_an_error() -> None:
    with pytest.raises(LayoutError, match="did you mean 'valve'"):
        evaluate([FLOOR], behind(0.2), access_points=["vlave"])


def test_what_no_rule_asks_for_is_told() -> None:
    place = behind(0.2)
    other = replace(place, id="pump")
    made = evaluate([FLOOR, holed("plate", 0.3)], place, other, access_points=["valve"])
    assert {f.subjects for f in made.findings} == {("valve",)}


LAYOUT = """
schema = 1
name = "cabinet"

[[parts]]
id = "floor"
box_mm = [4000, 4000, 100]
position_mm = [0, 0, -50]
role = "floor"

{walls}

[[access_points]]
id = "valve"
position_mm = [0, 350, 1200]
entry_mm = [0, -800, 1200]
limb = "hand"
"""


def _walls(width: float) -> str:
    half = 0.5 * width
    return "\n".join(
        f'[[parts]]\nid = "{name}"\nbox_mm = {size}\nposition_mm = {at}\n'
        for name, size, at in (
            ("left", [1500 - half, 4, 3000], [-0.5 * (1500 + half), 2, 1500]),
            ("right", [1500 - half, 4, 3000], [0.5 * (1500 + half), 2, 1500]),
            ("low", [width, 4, 1200 - half], [0, 2, 0.5 * (1200 - half)]),
            ("high", [width, 4, 1800 - half], [0, 2, 3000 - 0.5 * (1800 - half)]),
        )
    )


@pytest.mark.parametrize(("width", "verdict"), [(140.0, "pass"), (100.0, "fail")])
def test_a_layout_with_its_planted_fault_and_its_sound_twin(
    tmp_path: Path, width: float, verdict: str
) -> None:
    file = tmp_path / "cabinet.toml"
    file.write_text(LAYOUT.format(walls=_walls(width)), encoding="utf-8")
    results = run(immersive.load(file), only=["access"])
    opening = next(f for f in results if f.code == "access.opening")
    assert opening.verdict == verdict
    assert opening.measured == pytest.approx(0.001 * width, abs=2e-4)
    assert opening.subjects == ("valve",)
    json.dumps(opening.data)


def test_listing_the_checks_needs_no_compiler() -> None:
    code = "import sys, immersive.checks.access; sys.exit('numba' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_french_has_every_figure_of_the_english() -> None:
    found = findings([FLOOR, holed("plate", FOREARM - 0.02)], behind(THICK))
    for one in found.values():
        assert set(one.message) == {"en", "fr"}
        english = [w for w in one.message["en"].split() if w.strip(".,;()").isdigit()]
        french = [w for w in one.message["fr"].split() if w.strip(".,;()").isdigit()]
        assert sorted(w.strip(".,;()") for w in english) == sorted(w.strip(".,;()") for w in french)
    assert np.isfinite(found["opening"].data["room_each_side"])
