"""Escape routes in rooms whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import immersive
from immersive.checks import _escape_rules as rules
from immersive.checks._run import run
from immersive.checks.escape import CHECK
from immersive.errors import LayoutError
from immersive.findings import Finding, RibbonMark, SegmentMark, Verdict
from immersive.scene.model import Notice, Part, Role, Severity
from immersive.scene.station import Door
from tests.checks.walkway_scenes import box
from tests.checks.way_scenes import by_code, evaluate, walls

EXIT = Door("out", (6.5, 0.0, 0.0), 1.0, 2.1, kind="opening", exit=True)


def told(parts: list[Part], **more: object) -> dict[str, Finding]:
    return by_code(evaluate(CHECK, parts, doors=[EXIT], stations=[(0.0, 0.0)], **more))  # type: ignore[arg-type]


def test_a_free_room() -> None:
    found = told([box("far", (3, 2.5, 0), (3.2, 2.7, 1))])
    assert found["way"].verdict == Verdict.PASS
    assert found["way"].measured == pytest.approx(6.5, abs=0.03)
    assert (found["way"].limit, found["way"].limit_kind) == (40.0, "max")
    assert found["way"].citation.clause == "R. 4216-11"
    assert (found["width"].verdict, found["width"].limit) == (Verdict.PASS, 0.9)
    assert found["headroom"].verdict == Verdict.PASS
    assert found["floor"].verdict == Verdict.PASS
    assert found["farthest"].verdict == Verdict.PASS
    # The far corners lie 7.2 m + 2.7 m away, walked at 45° and straight.
    assert 7.2 < found["farthest"].measured < 9.5  # type: ignore[operator]


@pytest.mark.parametrize("off", [-0.05, -0.001, 0.002, 0.1])
def test_the_narrowest_gap_decides(off: float) -> None:
    found = told(walls(0.9 + off, middle=0.1234))["width"]
    assert found.verdict == (Verdict.PASS if off > 0 else Verdict.FAIL)
    if off < 0:
        assert found.measured == pytest.approx(0.9 + off, abs=1e-9)
        assert set(found.data["limiting_parts"]) == {"left", "right"}
        segment = next(m for m in found.marks if isinstance(m, SegmentMark))
        assert np.linalg.norm(np.subtract(segment.start, segment.end)) == pytest.approx(0.9 + off)


def test_a_wider_way_round_is_taken() -> None:
    """0.7 m straight on, 1 m round the end of the wall: the longer way is the way out."""
    parts = [box("a", (2, 0.35, 0), (2.2, 2.0, 2.5)), box("b", (2, -3.5, 0), (2.2, -0.35, 2.5))]
    found = told(parts)
    assert found["width"].verdict == Verdict.PASS
    assert found["way"].measured > 7.0  # type: ignore[operator]
    ribbon = next(m for m in found["way"].marks if isinstance(m, RibbonMark))
    assert min(ribbon.widths) >= 0.9 - 1e-6


def test_no_way_out() -> None:
    found = told(walls(0.3))
    assert set(found) == {"way", "floor", "farthest"}
    assert found["way"].verdict == Verdict.FAIL
    assert found["way"].data["reached"] is False
    assert "between left and right" in found["way"].message["en"]
    # The side without an exit is shown as floor that leads nowhere.
    assert found["floor"].data["areas"][0] == pytest.approx(2.4 * 5.4, rel=0.15)


def test_length_and_head_height_have_limits() -> None:
    beam = box("beam", (3, -3.5, 2.0), (3.2, 3.5, 2.2))
    found = told([beam], max_length_mm=6000)
    assert (found["way"].verdict, found["way"].limit) == (Verdict.FAIL, 6.0)
    assert found["way"].citation.standard == "layout"
    assert found["headroom"].verdict == Verdict.FAIL
    assert found["headroom"].measured == pytest.approx(2.0)
    assert found["headroom"].data["limiting_parts"] == ["beam"]


def test_a_lamp_over_the_bench_is_no_matter_of_the_way() -> None:
    lamp = box("lamp", (-0.3, 0.1, 1.95), (0.3, 0.4, 2.0))
    assert told([lamp])["headroom"].verdict == Verdict.PASS


def test_who_stands_close_to_a_bench_steps_back() -> None:
    bench = box("bench", (-0.6, 0.15, 0.9), (0.6, 0.8, 0.95))
    found = told([bench])
    assert found["width"].verdict == Verdict.PASS
    assert found["way"].measured == pytest.approx(6.5, abs=0.4)


LOCKED = (
    "schema = 1\n"
    '[[parts]]\nid = "floor"\nbox_mm = [8000, 6000, 100]\nposition_mm = [3000, 0, -50]\nrole = "floor"\n'
    '[[parts]]\nid = "left"\nbox_mm = [500, 2500, 2500]\nposition_mm = [2250, 1750, 1250]\n'
    '[[parts]]\nid = "right"\nbox_mm = [500, 2500, 2500]\nposition_mm = [2250, -1750, 1250]\n'
    '[[parts]]\nid = "leaf"\nbox_mm = [40, 990, 2000]\nposition_mm = [2520, 0, 1000]\n'
    '[[doors]]\nid = "gate"\nposition_mm = [2520, 0, 0]\nwidth_mm = 1000\nheight_mm = 2000\nparts = ["leaf"]\n'
    "interlocked = true\nguard_locking = {}\n"
    '[[doors]]\nid = "out"\nposition_mm = [6500, 0, 0]\nwidth_mm = 1000\nheight_mm = 2100\nkind = "opening"\nexit = true\n'
    '[[workstations]]\nid = "s"\nposition_mm = [0, 0, 0]\n'
    '[[rules]]\nid = "e"\ncheck = "escape"\n{}\n'
)


def test_a_door_that_stays_locked(tmp_path: Path) -> None:
    def found(locking: str, more: str = "") -> dict[str, Finding]:
        (tmp_path / "cell.toml").write_text(LOCKED.format(locking, more), encoding="utf-8")
        results = run(immersive.load(tmp_path / "cell.toml"), only=["escape"])
        return {f.code.partition(".")[2]: f for f in results}

    opens = found("false")
    assert opens["way"].verdict == Verdict.PASS
    assert opens["way"].data["doors_passed"] == ["gate"]
    assert "gate (interlocked" in opens["way"].message["en"]
    locked = found("true")
    assert locked["way"].verdict == Verdict.INDETERMINATE
    assert locked["way"].data["locked"] == ["gate"]
    assert locked["floor"].verdict == Verdict.INDETERMINATE
    assert "(released)" in locked["way"].message["en"]
    released = found("true", 'released = ["gate"]')
    assert (released["way"].verdict, released["floor"].verdict) == (Verdict.PASS, Verdict.PASS)


def test_dead_ends_need_two_exits() -> None:
    other = Door("back", (-0.5, 2.4, 0.0), 1.0, 2.1, kind="opening", exit=True)
    free = evaluate(
        CHECK, [box("far", (3, -2.9, 0), (3.2, -2.7, 1))], doors=[EXIT, other], stations=[(1.0, 0.0)]
    )
    dead = by_code(free)["dead_end"]
    assert dead.verdict == Verdict.PASS
    assert dead.measured < 1.5  # type: ignore[operator]
    assert by_code(free)["way"].data["exit"] == "back"


def test_people_ask_for_exits_and_width() -> None:
    # R. 4216-8.
    table = {
        1: (1, 1),
        19: (1, 1),
        20: (2, 1),
        51: (2, 2),
        101: (2, 3),
        500: (2, 6),
        501: (3, 7),
        1001: (4, 12),
    }
    assert {n: rules.exits_due(n) for n in table} == table
    assert [rules.width_of(n) for n in (1, 2, 3, 5)] == pytest.approx([0.9, 1.4, 1.8, 3.0])
    found = told([box("far", (3, 2.5, 0), (3.2, 2.7, 1))], people=60)
    assert (found["exits"].verdict, found["exits"].limit) == (Verdict.FAIL, 2.0)
    assert found["width"].limit == pytest.approx(1.4)
    # The exit itself is only a metre wide.
    assert (found["width"].verdict, found["width"].measured) == (Verdict.FAIL, 1.0)


def test_refusals_and_doubt() -> None:
    nothing = evaluate(CHECK, walls(1.0), stations=[(0, 0)])
    assert [f.verdict for f in nothing.findings] == [Verdict.NOT_EVALUATED]
    assert "exit = true" in nothing.findings[0].message["en"]
    empty = evaluate(CHECK, [], doors=[EXIT], stations=[(0, 0)])
    assert [f.verdict for f in empty.findings] == [Verdict.NOT_EVALUATED]
    notice = Notice("missing-file", Severity.ERROR, "rack.stl", {"en": "missing", "fr": "absent"})
    lost = told(walls(1.2), notices=(notice,))
    assert {f.verdict for f in lost.values()} == {Verdict.INDETERMINATE}
    with pytest.raises(LayoutError, match="unknown door"):
        told(walls(1.0), released=["gate"])
    soft = [box("left", (2, 0.451, 0), (2.5, 3.5, 2.5), uncertainty=0.005), walls(0.902)[1]]
    assert told(soft)["width"].verdict == Verdict.INDETERMINATE


def test_solids_are_no_islands() -> None:
    tank = box("tank", (3, -2, 0), (5, 0, 3.0), role=Role.MACHINE)
    assert told([tank])["floor"].data["areas"] == []


def test_applies_only_where_an_exit_is() -> None:
    from immersive.scene.model import Scene
    from immersive.scene.station import Station, Workstation

    place = (Workstation("s", (0.0, 0.0, 0.0)),)
    assert not CHECK.applies(Scene("t", (), station=Station(workstations=place)))
    assert CHECK.applies(Scene("t", (), station=Station(workstations=place, doors=(EXIT,))))
