"""The reach check in closed form: a fixed shoulder and a ball."""

from __future__ import annotations

import math
from typing import Any

import pytest

from immersive.checks._base import Context, bind
from immersive.checks._reach_model import PINCH_OVER_GRIP
from immersive.checks.reach import CHECK
from immersive.errors import LayoutError
from immersive.findings import Evaluation, Finding, PointMark, SegmentMark, SphereMark, Verdict
from immersive.human.anthropometry import Body, dimension
from immersive.scene.model import Scene
from immersive.scene.station import Population, Rule, Station, WorkPoint, Workstation

F05 = Body("female", 5)
SHOE = 0.025
HEIGHT = 1.242 + SHOE  # shoulder height of the 5th-percentile woman
HALF = 0.335 / 2
GRIP = 0.577


def evaluate(stations: list[Workstation], *populations: Population, **params: Any) -> Evaluation:
    scene = Scene("s", (), station=Station(workstations=tuple(stations), populations=populations))
    rule = Rule("reach", "reach", params)
    return CHECK.evaluate(Context(scene, rule), bind(CHECK, rule))


def one(point: WorkPoint, *, params: dict[str, Any] | None = None, **more: Any) -> Finding:
    station = Workstation("desk", (0, 0, 0), heading=math.pi / 2, work_points=(point,), **more)
    (finding,) = evaluate([station], **(params or {})).findings
    return finding


def ahead(distance: float, **more: Any) -> WorkPoint:
    """A point straight ahead of the right shoulder of the 5th-percentile woman facing +Y."""
    return WorkPoint("p", (HALF, distance, HEIGHT), hand=more.pop("hand", "right"), **more)


@pytest.mark.parametrize(
    ("distance", "verdict"),
    [
        (0.40, Verdict.PASS),
        (GRIP - 0.0301, Verdict.PASS),
        (GRIP, Verdict.INDETERMINATE),
        (GRIP + 0.0299, Verdict.INDETERMINATE),
        (GRIP + 0.0301, Verdict.FAIL),
        (1.2, Verdict.FAIL),
    ],
)
def test_distance_from_the_shoulder(distance: float, verdict: Verdict) -> None:
    finding = one(ahead(distance))
    assert finding.code == "reach.distance"
    assert finding.measured == pytest.approx(distance)
    assert finding.limit == pytest.approx(GRIP)
    assert finding.uncertainty == 0.03
    assert finding.verdict == verdict
    assert finding.shortfall == pytest.approx(distance - GRIP)
    assert finding.subjects == ("desk", "desk/p")


def test_arm_length_by_grasp() -> None:
    limits = {grasp: one(ahead(0.3, grasp=grasp)).limit for grasp in ("grip", "pinch", "press")}
    assert limits["grip"] == pytest.approx(GRIP)
    assert limits["pinch"] == pytest.approx(GRIP + PINCH_OVER_GRIP)
    assert limits["press"] == pytest.approx(0.675)


def test_hands() -> None:
    right = one(ahead(0.3)).measured
    left = one(ahead(0.3, hand="left")).measured
    assert right == pytest.approx(0.3)
    assert left == pytest.approx(math.hypot(0.3, 2 * HALF))
    assert one(ahead(0.3, hand="either")).measured == right
    both = one(ahead(0.3, hand="both"))
    assert both.measured == left
    assert both.data["hand"] == "left"


def test_heading_and_place_turn_with_the_station() -> None:
    turn = 0.7
    x, y = HALF, 0.4
    moved = (
        3 + x * math.cos(turn) - y * math.sin(turn), -2 + x * math.sin(turn) + y * math.cos(turn), HEIGHT + 0.5
    )  # fmt: skip
    station = Workstation(
        "s", (3, -2, 0.5), heading=math.pi / 2 + turn, work_points=(WorkPoint("p", moved, hand="right"),)
    )
    (finding,) = evaluate([station]).findings
    assert finding.measured == pytest.approx(0.4)


def test_sitting_uses_seat_and_sitting_shoulder_height() -> None:
    shoulder = 0.45 + dimension("shoulder height, sitting", F05).value
    point = WorkPoint("p", (HALF, 0.3, shoulder), hand="right")
    assert one(point, posture="sitting", seat_height=0.45).measured == pytest.approx(0.3)
    missing = one(point, posture="sitting")
    assert missing.verdict == Verdict.NOT_EVALUATED
    assert missing.measured is None
    assert "seat_height" in missing.message["en"]
    assert "hauteur de siège" in missing.message["fr"]


def test_population_and_parameters() -> None:
    station = Workstation("s", (0, 0, 0), work_points=(ahead(0.5),))
    crew = Population("crew", smallest="M50", largest="M95", shoe_height=0.04)
    (finding,) = evaluate([station], crew).findings
    assert finding.data["smallest"]["body"] == "M50"
    expected = dimension("shoulder height", Body("male", 50)).value + 0.04
    assert finding.data["smallest"]["shoulder_height"] == pytest.approx(expected)
    (finding,) = evaluate([station], crew, smallest="F05", margin_mm=50).findings
    assert finding.data["smallest"]["body"] == "F05"
    assert finding.limit == pytest.approx(GRIP - 0.05)
    (finding,) = evaluate([station], Population("x", source="ethnic")).findings
    assert finding.verdict == Verdict.NOT_EVALUATED


def test_wrong_parameters() -> None:
    station = Workstation("table", (0, 0, 0), work_points=(ahead(0.5),))
    with pytest.raises(LayoutError, match="did you mean 'table'"):
        evaluate([station], workstations=["tabel"])
    with pytest.raises(LayoutError, match="did you mean 'F05'"):
        evaluate([station], smallest="05F")
    with pytest.raises(LayoutError, match="unknown population"):
        evaluate([station], Population("crew"), population="crow")


def test_behind_is_left_open_and_far_behind_fails() -> None:
    near = one(WorkPoint("p", (HALF, -0.3, HEIGHT), hand="right"))
    assert near.verdict == Verdict.INDETERMINATE
    assert "behind" in near.message["en"]
    assert one(WorkPoint("p", (HALF, -0.9, HEIGHT), hand="right")).verdict == Verdict.FAIL


def test_marks_and_data() -> None:
    finding = one(ahead(0.5))
    sphere, segment, point = finding.marks
    assert isinstance(sphere, SphereMark)
    assert isinstance(segment, SegmentMark)
    assert isinstance(point, PointMark)
    assert sphere.center == pytest.approx((HALF, 0.0, HEIGHT))
    assert sphere.radius == pytest.approx(GRIP)
    assert segment.start == sphere.center
    assert segment.end == point.position
    assert finding.data["largest"]["body"] == "M95"
    assert finding.data["largest"]["arm"] == pytest.approx(0.740)
    assert finding.data["arm_kind"] == "derived"


def test_nothing_examined_is_said() -> None:
    assert [f.verdict for f in evaluate([]).findings] == [Verdict.NOT_EVALUATED]
    bare = evaluate([Workstation("s", (0, 0, 0))])
    assert [f.verdict for f in bare.findings] == [Verdict.NOT_EVALUATED]
    assert [s.subject for s in bare.skipped] == ["s"]
    assert bare.examined["work_points"] == 0


def test_whoever_is_larger_reaches_farther() -> None:
    """The limit grows with the percentile, so that the smallest person decides."""
    limits = [
        one(ahead(0.3), params={"smallest": word}).limit or 0.0 for word in ("F05", "F50", "M50", "M95")
    ]
    assert limits == sorted(limits)


def test_a_station_without_points_is_not_passed_over() -> None:
    idle = Workstation("desk", (0, 0, 0), heading=0.0, work_points=())
    assert CHECK.applies(Scene("s", (), station=Station(workstations=(idle,))))
    (finding,) = evaluate([idle]).findings
    assert finding.verdict == Verdict.NOT_EVALUATED
