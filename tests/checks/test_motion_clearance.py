"""Clearance over motion: closed forms, every verdict, and cells that come through a layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import immersive
from immersive.checks import motion_clearance
from immersive.checks._base import Context, bind
from immersive.findings import Evaluation, Finding, MeshMark, PartMark, SegmentMark, Verdict
from immersive.scene.station import Rule

BOX = '\n[[parts]]\nid = "{}"\nbox_mm = [{}, {}, {}]\nposition_mm = [{}, {}, {}]\n'
ARM = """
[[mechanisms]]
id = "arm"
[[mechanisms.joints]]
id = "turn"
kind = "turn"
axis = [0, 0, 1]
origin_mm = [0, 0, 0]
parts = ["rod"]
range_deg = [-60, 120]
"""
ROD = BOX.format("rod", 1000, 20, 20, 500, 0, 500)
# The rod's end goes round on a circle of hypot(1000, 10): the wall's face is at y = 1050.
WALL = BOX.format("wall", 4000, 100, 1000, 0, 1100, 500)
GAP = 1.05 - np.hypot(1.0, 0.01)


def check(folder: Path, text: str, **params: Any) -> Evaluation:
    (folder / "cell.toml").write_text('name = "cell"\n' + text, encoding="utf-8")
    scene = immersive.load(folder / "cell.toml")
    rule = Rule("rule", "motion_clearance", params)
    return motion_clearance.evaluate(Context(scene, rule), bind(motion_clearance.CHECK, rule))


def bad(evaluation: Evaluation) -> list[Finding]:
    return [one for one in evaluation.findings if one.verdict != Verdict.PASS]


def test_what_happens_between_drawn_poses_is_found(tmp_path: Path) -> None:
    found = check(tmp_path, ROD + WALL + ARM, clearance_mm=60)
    (one,) = bad(found)
    assert one.code == "motion_clearance.gap"
    assert one.verdict == Verdict.FAIL
    assert one.subjects == ("arm", "wall")
    assert one.measured == pytest.approx(GAP, abs=1e-4)
    assert one.data["at_least"] <= GAP <= one.data["at_most"]
    assert one.data["at_most"] - one.data["at_least"] <= 1e-4 + 1e-12
    # Upright at 90 of 180 degrees from -60: five sixths of the way.
    assert one.data["time"] == pytest.approx(150 / 180, abs=0.01)
    assert one.data["joints"]["arm"]["turn"] == pytest.approx(np.pi / 2, abs=0.02)
    assert "49.9" in one.message["en"]
    assert "60" in one.message["en"]
    assert "passe à 49,9" in one.message["fr"]
    assert "de la course" in one.message["fr"]
    kinds = {type(mark) for mark in one.marks}
    assert kinds == {SegmentMark, PartMark, MeshMark}
    json.dumps(dict(one.data), allow_nan=False)


@pytest.mark.parametrize(
    ("clearance", "tolerance", "verdict"),
    [(0.0, 0.0, Verdict.PASS), (45, 0, Verdict.PASS), (49.95, 0, Verdict.INDETERMINATE), (49.95, 2, Verdict.INDETERMINATE),
     (51, 2, Verdict.INDETERMINATE), (53, 2, Verdict.FAIL), (47, 2, Verdict.PASS)],
)  # fmt: skip
def test_the_verdict_respects_what_is_not_known(
    tmp_path: Path, clearance: float, tolerance: float, verdict: Verdict
) -> None:
    rod = ROD + (f"uncertainty_mm = {tolerance}\n" if tolerance else "")
    found = check(tmp_path, rod + WALL + ARM, clearance_mm=clearance)
    one = next(one for one in found.findings if one.measured is not None)
    assert one.verdict == verdict
    assert one.measured == pytest.approx(GAP, abs=6e-4)


def test_running_into_something_is_told_with_its_moment(tmp_path: Path) -> None:
    motion = '\n[[motions]]\nid = "swing"\nmechanism = "arm"\ntimes_s = [0, 3]\n[motions.joints_deg]\nturn = [0, 90]\n'
    post = BOX.format("post", 20, 20, 2000, 0, 900, 500)
    found = check(tmp_path, ROD + post + ARM + motion)
    (one,) = bad(found)
    assert one.code == "motion_clearance.contact"
    assert one.verdict == Verdict.FAIL
    assert one.measured == 0.0
    # Its upper side meets the post's corner (10, 890) where 10 = r sin(off): all but 1.29 degrees of the turn.
    angle = np.arctan2(0.89, 0.01) - np.arcsin(0.01 / np.hypot(0.89, 0.01))
    truth = 3.0 * angle / (np.pi / 2)
    assert one.data["first_contact_after"] <= truth <= one.data["first_contact_by"]
    assert one.data["first_contact_by"] - one.data["first_contact_after"] < 0.01
    assert "runs into post" in one.message["en"]
    assert "heurte post" in one.message["fr"]


def test_its_sound_twin_is_silent(tmp_path: Path) -> None:
    far = BOX.format("post", 20, 20, 2000, 0, 1100, 500)
    found = check(tmp_path, ROD + far + ARM, clearance_mm=50)
    assert not bad(found)
    assert found.examined["pairs"] == 1
    assert found.examined["poses"] > 0


DRAWER = """
[[mechanisms]]
id = "chest"
[[mechanisms.joints]]
id = "out"
kind = "slide"
axis = [1, 0, 0]
parts = ["drawer"]
range_mm = [0, 400]
"""


def test_a_drawer_on_its_rails_is_no_contact_but_what_it_hits_is(tmp_path: Path) -> None:
    rails = BOX.format("rail", 500, 50, 20, 0, 0, 90)
    drawer = BOX.format("drawer", 500, 400, 160, 0, 0, 180)
    sound = check(tmp_path, drawer + rails + DRAWER)
    assert not bad(sound)
    assert sound.findings[-1].data["in_contact_from_the_start"] == 1
    hit = check(tmp_path, drawer + rails + DRAWER + BOX.format("box", 100, 100, 400, 600, 0, 200))
    (one,) = bad(hit)
    assert one.subjects == ("box", "chest")
    assert one.data["first_contact_by"] == pytest.approx(300 / 400, abs=0.01)
    strict = check(tmp_path, drawer + rails + DRAWER, contact="forbidden")
    assert [one.verdict for one in bad(strict)] == [Verdict.FAIL]


def test_what_touches_at_the_start_must_not_get_deeper(tmp_path: Path) -> None:
    """The wedge of two boxes: the stop begins where the drawer ends, and the drawer goes through it."""
    drawer = BOX.format("drawer", 500, 400, 160, 0, 0, 180)
    stop = BOX.format("stop", 100, 100, 100, 300, 0, 180)
    found = check(tmp_path, drawer + stop + DRAWER)
    (one,) = bad(found)
    assert one.code == "motion_clearance.overlap"
    assert one.measured < -0.05
    assert "plus qu'au départ" in one.message["fr"]


def test_two_machines_of_one_cycle_meet_and_apart_they_do_not(tmp_path: Path) -> None:
    second = (
        ARM.replace('"arm"', '"other"')
        .replace("rod", "bar")
        .replace("origin_mm = [0, 0, 0]", "origin_mm = [2100, 0, 0]")
    )
    bar = BOX.format("bar", 1000, 20, 20, 1600, 0, 500)
    motion = '\n[[motions]]\nid = "{0}"\nmechanism = "{0}"\ntimes_s = [0, 1]\n{2}[motions.joints_deg]\nturn = {1}\n'
    text = ROD + bar + ARM + second
    both = motion.format("arm", "[-60, 60]", 'cycle = "c"\n') + motion.format(
        "other", "[60, -60]", 'cycle = "c"\n'
    )
    (one,) = bad(check(tmp_path, text + both, clearance_mm=110))
    assert one.subjects == ("arm", "other")
    assert one.measured == pytest.approx(2.1 - 2.0 * np.hypot(1.0, 0.01), abs=1e-4)
    assert one.data["time"] == pytest.approx(0.5, abs=0.02)
    # One ahead of the other: never both on the line between them.
    late = motion.format("arm", "[-60, 0]", 'cycle = "c"\n') + motion.format(
        "other", "[60, 30]", 'cycle = "c"\n'
    )
    assert not bad(check(tmp_path, text + late, clearance_mm=110))


def test_parts_of_one_machine_only_when_asked(tmp_path: Path) -> None:
    text = (
        BOX.format("one", 1000, 20, 20, 500, 0, 500)
        + BOX.format("two", 20, 20, 500, 900, 0, 800)
        + """
[[mechanisms]]
id = "m"
[[mechanisms.joints]]
id = "a"
kind = "turn"
axis = [0, 0, 1]
origin_mm = [0, 0, 0]
parts = ["one"]
range_deg = [0, 90]
[[mechanisms.joints]]
id = "b"
kind = "slide"
axis = [0, 0, -1]
parent = "a"
parts = ["two"]
range_mm = [0, 300]
[[motions]]
id = "go"
mechanism = "m"
times_s = [0, 1]
[motions.joints_deg]
a = [0, 90]
[motions.joints_mm]
b = [0, 25]
"""
    )
    assert check(tmp_path, text, clearance_mm=30).examined["pairs"] == 0
    (one,) = bad(check(tmp_path, text, clearance_mm=30, own=True))
    # They turn together: only the slide brings them closer, 40 mm less 25.
    assert one.measured == pytest.approx(0.015, abs=1e-4)


def test_what_is_not_examined_is_told(tmp_path: Path) -> None:
    empty = check(tmp_path, ROD + WALL)
    assert [one.verdict for one in empty.findings] == [Verdict.NOT_EVALUATED]
    wrong = check(tmp_path, ROD + WALL + ARM, motions=["nothing"], between=["nobody"])
    assert {one.key for one in bad(wrong)} >= {"motion:nothing", "selector:nobody"}
    two_joints = (
        ARM
        + '[[mechanisms.joints]]\nid = "x"\nkind = "slide"\naxis = [1, 0, 0]\nparent = "turn"\nparts = ["wall"]\nrange_mm = [0, 1]\n'
    )
    still = check(tmp_path, ROD + WALL + BOX.format("c", 1, 1, 1, 0, 0, 0) + two_joints)
    assert still.findings[0].verdict == Verdict.NOT_EVALUATED


@pytest.mark.parametrize("name", ["assembly_cell"])
def test_the_sound_demo_cell(root: Path, name: str) -> None:
    scene = immersive.load(root / "layouts" / f"{name}.toml")
    rule = Rule("rule", "motion_clearance", {})
    found = motion_clearance.evaluate(Context(scene, rule), bind(motion_clearance.CHECK, rule))
    assert not bad(found)
    assert found.examined["poses"] > 100
