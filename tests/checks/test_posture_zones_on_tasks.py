"""ISO 11226 and EN 1005-4 on tasks: what the manikin does is rated as `immersive score` rates it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from immersive.checks import posture_en1005_4, posture_iso11226
from immersive.checks._base import Check, Context, bind
from immersive.errors import LayoutError
from immersive.findings import Evaluation, FigureMark, Finding, Verdict
from immersive.human import en1005_4, iso11226
from immersive.scene.model import Scene
from immersive.scene.station import Population, Rule, Station, WorkPoint, Workstation

ISO, EN = posture_iso11226.CHECK, posture_en1005_4.CHECK
FEW = Population("few", people="percentiles", percentiles=("M50",))
CREW = Population("crew", sample_size=30)


def scene_of(*points: WorkPoint, population: Population = FEW, **station: Any) -> Scene:
    place = Workstation("bench", (0.0, 0.0, 0.0), work_points=points, **station)
    return Scene("s", (), station=Station(workstations=(place,), populations=(population,)))


def evaluate(check: Check, scene: Scene, **params: Any) -> Evaluation:
    rule = Rule("rule", check.code, params)
    return check.evaluate(Context(scene, rule), bind(check, rule))


def one(check: Check, point: WorkPoint, *, population: Population = FEW, **params: Any) -> Finding:
    (finding,) = evaluate(check, scene_of(point, population=population), **params).findings
    return finding


def at(ahead: float, height: float, right: float = 0.2, **more: Any) -> WorkPoint:
    return WorkPoint("p", (right, ahead, height), **({"hand": "right"} | more))


NEAR = at(0.42, 1.0)
"""By the body, a little below the elbow of most."""
HIGH = at(0.45, 1.75)
"""Above everybody's shoulder."""


def timed(point: WorkPoint, **more: Any) -> WorkPoint:
    from dataclasses import replace

    return replace(point, **more)


@pytest.mark.parametrize("point", [timed(NEAR, hold=30.0), timed(HIGH, hold=30.0), timed(HIGH, hold=300.0),
                                   timed(at(0.75, 0.5), hold=20.0), timed(HIGH, hold=20.0, arm_supported=True)])  # fmt: skip
def test_iso11226_data_is_what_score_says(point: WorkPoint) -> None:
    finding = one(ISO, point)
    case = json.loads(json.dumps(finding.data["case"]))
    assert finding.data["result"] == iso11226.method().solve(case)
    assert case["holding_time_min"] == pytest.approx((point.hold or 0.0) / 60.0)
    told = {row["result"] for row in finding.data["people"] if row["reached"]}
    assert finding.data["result"]["worst_examined"] == max(told, key=iso11226.ORDER.index)


@pytest.mark.parametrize("more", [{"frequency": 0.5}, {"frequency": 5.0}, {"frequency": 12.0}, {"hold": 20.0},
                                  {"hold": 20.0, "frequency": 3.0}, {"hold": 2.0}, {}])  # fmt: skip
@pytest.mark.parametrize("place", [NEAR, HIGH])
def test_en1005_4_data_is_what_score_says(place: WorkPoint, more: dict[str, float]) -> None:
    finding = one(EN, timed(place, **more))
    case = json.loads(json.dumps(finding.data["case"]))
    assert finding.data["result"] == en1005_4.method().solve(case)
    assert case.get("holding_time_s") == more.get("hold")
    static_only = more.get("hold", 0.0) > 4.0 and "frequency" not in more
    assert case.get("frequency_per_min") == (None if static_only else more.get("frequency", 0.0))


def test_an_arm_held_above_the_shoulder_is_not_recommended() -> None:
    finding = one(ISO, timed(HIGH, hold=30.0))
    assert finding.verdict == Verdict.FAIL
    assert "upper_arm_right" in finding.data["driven_by"]
    assert finding.data["case"]["upper_arm_elevation_deg_right"] > 60.0
    assert "not recommended" in finding.message["en"]
    assert "non recommandé" in finding.message["fr"]
    (figure,) = (mark for mark in finding.marks if isinstance(mark, FigureMark))
    levels = {capsule.segment: capsule.level for capsule in figure.capsules}
    assert levels["right_upper_arm"] == 3
    assert levels["left_upper_arm"] == 1


def test_holding_time_decides_between_the_bands() -> None:
    """An upper arm between 20° and 60° may be held for a time that falls with its angle."""
    point = at(0.50, 1.02)
    short = one(ISO, timed(point, hold=10.0))
    case = short.data["case"]
    rating = short.data["result"]["upper_arm_right"]
    angle = case["upper_arm_elevation_deg_right"]
    assert 20.0 < angle < 60.0
    longest = 60.0 * (3.0 - 2.0 * (angle - 20.0) / 40.0)
    assert rating["max_holding_time_min"] == pytest.approx(longest / 60.0)
    assert rating["result"] == "acceptable_within_holding_time"
    long = one(ISO, timed(point, hold=longest + 100.0))
    assert long.verdict == Verdict.FAIL
    assert long.data["result"]["upper_arm_right"]["result"] == "not_recommended"
    supported = one(ISO, timed(point, hold=longest + 100.0, arm_supported=True))
    assert supported.data["result"]["upper_arm_right"]["result"] == "acceptable"
    assert supported.data["result"]["upper_arm_left"]["result"] == "acceptable"


def test_measured_and_limit_agree_with_the_verdict() -> None:
    for check in (ISO, EN):
        for point in (timed(NEAR, hold=30.0), timed(HIGH, hold=30.0), timed(at(0.8, 0.4), hold=100.0)):
            finding = one(check, point)
            if finding.shortfall is None:
                continue
            assert (finding.shortfall > 0.0) == (finding.verdict != Verdict.PASS), finding.message["en"]


@pytest.mark.parametrize(
    ("more", "said"),
    [({"hold": 4.0}, "4 s"), ({"frequency": 4.0}, "moved into"), ({"grasp": "press"}, "pressed")],
)
def test_iso11226_is_for_static_postures(more: dict[str, Any], said: str) -> None:
    point = timed(NEAR, **more)
    found = evaluate(ISO, scene_of(point))
    assert [s.subject for s in found.skipped] == ["bench/p"]
    assert said in found.skipped[0].reason["en"]
    assert found.skipped[0].reason["fr"] != found.skipped[0].reason["en"]
    assert [f.verdict for f in found.findings] == [Verdict.NOT_EVALUATED]
    assert found.examined["work_points"] == 0
    assert not ISO.applies(scene_of(point))
    assert ISO.applies(scene_of(timed(NEAR, hold=5.0)))


def test_unsaid_holding_time_leaves_a_bad_posture_open() -> None:
    finding = one(ISO, HIGH)
    assert finding.verdict == Verdict.INDETERMINATE
    assert "4 s" in finding.message["en"]
    assert finding.data["result"]["worst_examined"] == "not_recommended"
    assert one(ISO, timed(HIGH, hold=30.0)).verdict == Verdict.FAIL


def test_frequency_moves_en1005_4_from_open_to_not_acceptable() -> None:
    """Trunk upright, upper arm above 60°: conditional below 2 a minute, else not acceptable."""
    seldom, often = one(EN, timed(HIGH, frequency=1.9)), one(EN, timed(HIGH, frequency=2.0))
    assert seldom.data["result"]["upper_arm_right"]["result"] == "conditional"
    assert often.data["result"]["upper_arm_right"]["result"] == "not_acceptable"
    assert (seldom.verdict, often.verdict) == (Verdict.INDETERMINATE, Verdict.FAIL)
    assert "less than 2 times a minute" in often.hint["en"] or often.data["improvement"]["found"]
    assert "inacceptable" in often.message["fr"]


def test_unsaid_frequency_is_a_declared_default() -> None:
    found = evaluate(EN, scene_of(HIGH))
    assert any("not said of p" in line["en"] for line in found.assumptions)
    assert any("non indiquée pour p" in line["fr"] for line in found.assumptions)
    assert found.findings[0].verdict == Verdict.INDETERMINATE
    assert one(EN, HIGH, frequency=6.0).verdict == Verdict.FAIL


def test_hint_is_posed_and_rated_again() -> None:
    point = timed(at(0.45, 1.45), hold=30.0)
    finding = one(ISO, point)
    assert finding.verdict == Verdict.FAIL
    better = finding.data["improvement"]
    assert better["found"]
    there = timed(point, position=tuple(better["move"]["position"]))
    again = one(ISO, there)
    assert again.data["result"]["worst_examined"] == better["result_after"] or again.verdict == Verdict.PASS
    order = iso11226.ORDER.index
    assert order(again.data["result"]["worst_examined"]) < order(finding.data["result"]["worst_examined"])
    assert "lower" in finding.hint["en"]
    assert "plus bas" in finding.hint["fr"]


def test_out_of_reach_is_not_judged_and_part_of_it_is_said() -> None:
    for check in (ISO, EN):
        finding = one(check, timed(at(3.0, 1.0), hold=30.0))
        assert finding.verdict == Verdict.NOT_EVALUATED
        some = one(check, timed(at(0.45, 2.15), hold=30.0))
        missed = [row["id"] for row in some.data["people"] if not row["reached"]]
        assert missed
        assert all(name in some.message["en"] for name in missed)
        assert some.verdict != Verdict.PASS


def test_shares_of_the_population() -> None:
    for check in (ISO, EN):
        finding = one(check, timed(NEAR, hold=30.0), population=CREW)
        (chart,) = finding.charts
        for _, shares in chart.rows:
            assert sum(shares) == pytest.approx(1.0)
        people = finding.data["population"]
        assert sum(people["people_by_result"].values()) + people["not_reached"] == people["people"] == 60
        good = sum(
            share for (_, level), share in zip(chart.categories, chart.rows[-1][1], strict=True) if level == 1
        )
        assert people["share"] == pytest.approx(good)


def test_parameters_and_nothing_to_judge() -> None:
    with pytest.raises(LayoutError, match="0 to 1"):
        one(ISO, timed(NEAR, hold=10.0), share=90.0)
    for check in (ISO, EN):
        (finding,) = evaluate(check, scene_of()).findings
        assert finding.verdict == Verdict.NOT_EVALUATED
        seated = evaluate(check, scene_of(timed(NEAR, hold=9.0), posture="sitting"))
        assert [f.verdict for f in seated.findings] == [Verdict.NOT_EVALUATED]
        assert "seat_height" in seated.findings[0].message["fr"]
    strict = one(ISO, timed(NEAR, hold=10.0), neutral_deg=0)
    assert strict.data["thresholds_deg"]["neutral"] == 0.0
    assert math.isclose(one(ISO, timed(NEAR, hold=10.0)).data["thresholds_deg"]["neutral"], 5.0)
