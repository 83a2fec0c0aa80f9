"""Crushing gaps: what closes on a part of the body that gets in, and what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import immersive
from immersive.checks import crushing
from immersive.checks._base import Context, bind
from immersive.checks._crushing_told import LETS_IN, largest
from immersive.findings import Evaluation, Finding, SegmentMark, Verdict
from immersive.safety.iso13854 import PARTS, minimum_gap
from immersive.scene.model import Severity
from immersive.scene.station import Rule

BOX = '\n[[parts]]\nid = "{}"\nbox_mm = [{}, {}, {}]\nposition_mm = [{}, {}, {}]\n'
TABLE = BOX.format("table", 600, 600, 100, 0, 0, 850)
SLIDE = """
[[mechanisms]]
id = "{0}"
[[mechanisms.joints]]
id = "stroke"
kind = "slide"
axis = {1}
parts = ["{2}"]
range_mm = [0, {3}]
"""


def ram(open_mm: float, shut_mm: float) -> str:
    """A ram of 100 mm above the table, whose gap goes from one to the other."""
    at = 900 + open_mm + 50
    return (
        TABLE
        + BOX.format("ram", 100, 100, 100, 0, 0, at)
        + SLIDE.format("press", "[0, 0, -1]", "ram", open_mm - shut_mm)
    )


def check(folder: Path, text: str, **params: Any) -> Evaluation:
    (folder / "cell.toml").write_text('name = "cell"\n' + text, encoding="utf-8")
    scene = immersive.load(folder / "cell.toml")
    rule = Rule("rule", "crushing", params)
    return crushing.evaluate(Context(scene, rule), bind(crushing.CHECK, rule))


def bad(evaluation: Evaluation) -> list[Finding]:
    return [one for one in evaluation.findings if one.verdict != Verdict.PASS]


@pytest.mark.parametrize(
    ("opens", "shuts", "parts", "part", "verdict"),
    [
        (300, 20, PARTS, "body", Verdict.FAIL),
        (110, 30, PARTS, "leg", Verdict.FAIL),
        (130, 60, ("finger", "hand_wrist_fist"), "hand_wrist_fist", Verdict.FAIL),
        (130, 105, ("finger", "hand_wrist_fist"), "hand_wrist_fist", Verdict.PASS),
        (11, 5, PARTS, "finger", Verdict.FAIL),
        (60, 27, ("finger",), "finger", Verdict.PASS),
        (60, 22, ("finger",), "finger", Verdict.FAIL),
    ],
)
def test_a_ram_closes_on_its_table(
    tmp_path: Path, opens: float, shuts: float, parts: tuple[str, ...], part: str, verdict: Verdict
) -> None:
    found = check(tmp_path, ram(opens, shuts), body_parts=list(parts))
    one = next(one for one in found.findings if one.measured is not None)
    assert one.verdict == verdict
    assert one.measured == pytest.approx(shuts / 1000, abs=1e-6)
    assert one.limit == minimum_gap(part) / 1000
    assert one.uncertainty < 0.003
    if verdict == Verdict.FAIL:
        assert one.subjects == ("press", "table")
        assert one.data["body_part"] == part
        assert one.data["opening_at_least"] == pytest.approx(opens / 1000, abs=0.03)
        assert one.data["time"] == pytest.approx(1.0, abs=1e-6)
        assert any(isinstance(mark, SegmentMark) for mark in one.marks)
        assert "se ferme à" in one.message["fr"]
        json.dumps(dict(one.data), allow_nan=False)


def test_the_limit_within_the_uncertainty_is_left_open(tmp_path: Path) -> None:
    rough = ram(60, 24.5).replace('id = "ram"\n', 'id = "ram"\nuncertainty_mm = 1\n')
    (one,) = bad(check(tmp_path, rough, body_parts=["finger"]))
    assert one.verdict == Verdict.INDETERMINATE


def test_what_is_always_narrow_lets_nothing_in(tmp_path: Path) -> None:
    found = check(tmp_path, ram(3.5, 1))
    assert not bad(found)
    assert found.examined["points"] > 50
    assert found.findings[0].measured is None


def drawer(leaves_mm: float) -> str:
    """A drawer that comes 350 mm out of its cabinet towards a machine; the cabinet stays nearer all the way."""
    face = 250 + 350 + leaves_mm
    return (
        BOX.format("cabinet", 500, 500, 100, 0, 0, 805)
        + BOX.format("drawer", 500, 400, 100, 0, 0, 700)
        + BOX.format("machine", 400, 800, 1500, face + 200, 0, 750)
        + SLIDE.format("unit", "[1, 0, 0]", "drawer", 350)
    )


@pytest.mark.parametrize(
    ("leaves", "verdict"), [(350, Verdict.FAIL), (499, Verdict.FAIL), (505, Verdict.PASS)]
)
def test_what_is_near_at_the_side_hides_no_gap_ahead(tmp_path: Path, leaves: float, verdict: Verdict) -> None:
    found = check(tmp_path, drawer(leaves))
    towards = [one for one in found.findings if "machine" in one.subjects]
    if verdict == Verdict.PASS:
        assert not towards
        assert not bad(found)
        return
    (one,) = towards
    assert one.verdict == verdict
    assert one.measured == pytest.approx(leaves / 1000.0, abs=0.002)
    assert one.limit == 0.5
    assert bad(found) == [one]


def test_what_slides_past_does_not_crush(tmp_path: Path) -> None:
    """A block passes 30 mm beside another: drawing-in or shearing, not crushing."""
    text = (
        BOX.format("post", 200, 200, 600, 0, 230, 1000)
        + BOX.format("block", 200, 200, 200, -600, 0, 1000)
        + SLIDE.format("axis", "[1, 0, 0]", "block", 1200)
    )
    found = check(tmp_path, text)
    assert not bad(found)
    assert found.findings[0].data["narrow_all_the_time"] > 0
    # Straight at it, it does.
    (one,) = bad(check(tmp_path, text.replace("0, 230, 1000", "250, 0, 1000").replace("1200", "640")))
    assert one.measured == pytest.approx(0.01, abs=1e-6)
    assert one.limit == 0.5


def test_an_arm_that_turns_onto_a_stop(tmp_path: Path) -> None:
    text = (
        BOX.format("arm", 600, 40, 40, 400, 0, 1000)
        + BOX.format("stop", 100, 100, 100, 0, 600, 1000)
        + SLIDE.format("turn", "[0, 0, 1]", "arm", 0)
        .replace('kind = "slide"', 'kind = "turn"\norigin_mm = [0, 0, 0]')
        .replace("range_mm = [0, 0]", "range_deg = [0, 75]")
    )
    (one,) = bad(check(tmp_path, text))
    # The arm's side at 75 degrees from the stop's corner (50, 550), 20 mm beside its middle line.
    t = np.deg2rad(75.0)
    truth = abs(-np.sin(t) * 0.05 + np.cos(t) * 0.55) - 0.02
    assert one.measured == pytest.approx(truth, abs=2e-3)
    assert abs(one.measured - truth) <= one.uncertainty


def test_two_jaws_of_one_cycle(tmp_path: Path) -> None:
    text = (
        BOX.format("left", 100, 100, 100, -200, 0, 1000)
        + BOX.format("right", 100, 100, 100, 200, 0, 1000)
        + SLIDE.format("one", "[1, 0, 0]", "left", 200)
        + SLIDE.format("two", "[-1, 0, 0]", "right", 200)
    )
    motion = '\n[[motions]]\nid = "{0}s"\nmechanism = "{0}"\ntimes_s = [0, 1]\ncycle = "c"\n[motions.joints_mm]\nstroke = [0, 130]\n'
    found = check(tmp_path, text + motion.format("one") + motion.format("two"))
    assert {one.subjects for one in bad(found)} == {("one", "two")}
    assert all(one.measured == pytest.approx(0.04, abs=1e-6) for one in bad(found))
    # Each alone stops 170 mm short, where an arm is safe.
    assert not bad(
        check(
            tmp_path,
            text + motion.replace('cycle = "c"\n', "").format("one"),
            body_parts=["arm"],
            motions=["ones"],
        )
    )


ZONE = """
[[hazard_zones]]
id = "zone"
box_mm = [[-1000, -1000, 0], [1000, 1000, 2000]]
[[safeguards]]
id = "curtain"
kind = "light_curtain"
segment_mm = [[-1000, -2000, 300], [1000, -2000, 300]]
height_mm = 900
protects = ["zone"]
"""


def test_what_a_safeguard_protects_is_left_to_it_and_said(tmp_path: Path) -> None:
    found = check(tmp_path, ram(300, 20) + ZONE)
    assert not bad(found)
    assert any("curtain" in one.reason["en"] for one in found.skipped)
    assert bad(check(tmp_path, ram(300, 20) + ZONE, people="everywhere"))
    named = ZONE.replace("box_mm = [[-1000, -1000, 0], [1000, 1000, 2000]]", 'motion = "press:stroke"')
    (one,) = check(tmp_path, ram(300, 20) + named).findings
    assert (one.verdict, one.severity) == (Verdict.NOT_EVALUATED, Severity.INFO)


def test_it_does_not_apply_where_safeguards_have_it_all_but_a_zone_of_some_parts_leaves_the_rest(
    tmp_path: Path,
) -> None:
    whole = ZONE.replace("box_mm = [[-1000, -1000, 0], [1000, 1000, 2000]]", 'motion = "press:stroke"')
    other = whole.replace('id = "zone"', 'id = "zone"\nselect = ["{}"]')
    for text, applies in (
        (ram(300, 20), True),
        (ram(300, 20) + whole, False),
        (ram(300, 20) + other.format("part:ram"), False),
        (ram(300, 20) + other.format("part:table"), True),
    ):
        (tmp_path / "cell.toml").write_text('name = "cell"\n' + text, encoding="utf-8")
        assert crushing.CHECK.applies(immersive.load(tmp_path / "cell.toml")) is applies
    found = check(tmp_path, ram(300, 20) + other.format("part:table"))
    assert bad(found)


def test_out_of_reach_and_doors(tmp_path: Path) -> None:
    high = ram(300, 20).replace("0, 0, 850", "0, 0, 2850").replace("0, 0, 1250", "0, 0, 3250")
    found = check(tmp_path, high)
    assert not bad(found)
    assert any("2.7" in one.reason["en"] for one in found.skipped)
    door = (
        BOX.format("leaf", 40, 1000, 2000, 0, 0, 1000)
        + BOX.format("wall", 1500, 40, 2000, 800, 600, 1000)
        + '\n[[doors]]\nid = "door"\nposition_mm = [0, 0, 0]\nwidth_mm = 1000\nheight_mm = 2000\nparts = ["leaf"]\n'
    )
    (one,) = check(tmp_path, door).findings
    assert one.severity == Severity.INFO
    assert bad(check(tmp_path, door, doors=True))


def test_the_largest_that_gets_in_decides() -> None:
    for opening in np.linspace(0.0, 0.3, 61):
        part = largest(float(opening), 0.2, ())
        inside = [name for name in PARTS if LETS_IN[name] <= opening]
        assert (part is None) == (not inside)
        if part is not None:
            assert minimum_gap(part) == max(minimum_gap(name) for name in inside)
    assert largest(0.1, 1.5, ()) == "arm"
    assert largest(0.1, 0.2, ()) == "leg"
    assert largest(0.1, 0.2, ("finger",)) == "finger"


def test_no_motion_is_told(tmp_path: Path) -> None:
    found = check(tmp_path, TABLE)
    assert [one.verdict for one in found.findings] == [Verdict.NOT_EVALUATED]
