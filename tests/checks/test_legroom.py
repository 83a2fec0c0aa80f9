"""Leg room at tables made of boxes: every dimension is known by construction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from immersive.checks._base import Context, bind
from immersive.checks.legroom import CHECK
from immersive.findings import Evaluation, FigureMark, Finding, PartMark, SegmentMark, Verdict
from immersive.human.population import people_of
from immersive.scene.model import Role, Scene
from immersive.scene.station import Population, Rule, Station, Workstation
from tests.checks.walkway_scenes import box

SEAT, UNDER, TOP, EDGE, BACK = 0.44, 0.70, 0.73, 0.15, 0.86
FEW = Population("few", people="percentiles", percentiles=("M50",))


def desk(
    *, under: float = UNDER, top: float = TOP, back: float = BACK, sides: float = 0.6, population: Population = FEW,
    extra: tuple[Any, ...] = (), **station: Any,
) -> Scene:  # fmt: skip
    """Somebody sits at the origin and faces +Y: a board over the thighs, a panel behind the feet, two sides."""
    parts = (
        box("floor", (-3, -3, -0.1), (3, 3, 0.0), role=Role.FLOOR),
        box("stool", (-0.2, -0.2, 0.0), (0.2, 0.2, SEAT), role=Role.FURNITURE),
        box("top", (-1.0, EDGE, under), (1.0, 1.0, top), role=Role.FURNITURE),
        box("panel", (-1.0, back, 0.0), (1.0, back + 0.02, under), role=Role.FURNITURE),
        box("left", (-sides - 0.02, EDGE, 0.0), (-sides, 1.0, under), role=Role.FURNITURE),
        box("right", (sides, EDGE, 0.0), (sides + 0.02, 1.0, under), role=Role.FURNITURE),
        *extra,
    )
    values = {"posture": "sitting", "seat_height": SEAT} | station
    place = Workstation("desk", (0.0, 0.0, 0.0), **values)
    return Scene("s", parts, station=Station(workstations=(place,), populations=(population,)))


def evaluate(scene: Scene, **params: Any) -> Evaluation:
    rule = Rule("legs", "legroom", params)
    return CHECK.evaluate(Context(scene, rule), bind(CHECK, rule))


def finding(found: Evaluation, key: str) -> Finding:
    (one,) = (f for f in found.findings if f.code == f"legroom.{key}")
    return one


def test_a_sound_desk_passes_with_the_figures_it_was_built_with() -> None:
    found = evaluate(desk(), footrest=0.12)
    assert {f.code: f.verdict for f in found.findings} == dict.fromkeys(
        (
            "legroom.fit",
            "legroom.feet",
            "legroom.knee_depth",
            "legroom.foot_depth",
            "legroom.width",
            "legroom.seat_to_table",
        ),
        "pass",
    )
    for name in ("knee_depth", "foot_depth"):
        assert finding(found, name).measured == pytest.approx(BACK - EDGE, abs=2e-3)
    assert finding(found, "width").measured == pytest.approx(1.2, abs=3e-3)
    assert finding(found, "seat_to_table").measured == pytest.approx(TOP - SEAT)
    fit = finding(found, "fit")
    rows = {row["id"]: row for row in fit.data["people"]}
    assert fit.measured == pytest.approx(min(row["above_thighs"] for row in rows.values()))
    assert rows["M95"]["above_thighs"] == fit.measured
    for row in rows.values():
        assert row["underside"] == pytest.approx(UNDER, abs=2e-3)
        assert row["edge"] == pytest.approx(EDGE, abs=2e-3)
    assert any(isinstance(mark, FigureMark) for mark in fit.marks)
    for key in ("fit", "knee_depth", "foot_depth", "width"):
        one = finding(found, key)
        (line,) = (mark for mark in one.marks if isinstance(mark, SegmentMark))
        # The line is as long as the room it is labelled with.
        assert np.linalg.norm(np.subtract(line.end, line.start)) == pytest.approx(one.measured)
    assert PartMark("top") in fit.marks


@pytest.mark.parametrize(
    ("key", "build", "limit"),
    [
        ("knee_depth", {"back": EDGE + 0.52}, 0.55),
        ("foot_depth", {"back": EDGE + 0.66}, 0.70),
        ("width", {"sides": 0.24}, 0.50),
        ("seat_to_table", {"top": SEAT + 0.31, "under": SEAT + 0.28}, 0.30),
        ("seat_to_table", {"seat_height": 0.47}, 0.27),
    ],
)
def test_a_dimension_that_is_too_small_fails_with_what_is_missing(
    key: str, build: dict[str, float], limit: float
) -> None:
    one = finding(evaluate(desk(**build)), key)
    assert one.verdict == Verdict.FAIL
    assert one.limit == limit
    assert one.shortfall is not None
    assert one.shortfall > 0.009
    assert one.citation.standard == "NF X 35-104"
    assert one.hint["en"]
    assert one.hint["fr"] != one.hint["en"]
    assert f"{1000 * one.shortfall:.0f}" in one.hint["en"]


def test_the_limit_itself_passes() -> None:
    assert finding(evaluate(desk(back=EDGE + 0.70)), "foot_depth").verdict == Verdict.PASS
    assert finding(evaluate(desk(back=EDGE + 0.698)), "foot_depth").verdict == Verdict.FAIL


def test_a_low_table_cuts_the_thighs_of_the_largest() -> None:
    found = evaluate(desk(under=SEAT + 0.13, top=SEAT + 0.16))
    fit = finding(found, "fit")
    assert fit.verdict == Verdict.FAIL
    assert "top" in fit.message["en"]
    assert "95e percentile" in fit.message["fr"]
    assert fit.measured is not None
    assert fit.measured < 0.0
    assert {cut["part"] for cut in fit.data["cuts"]} == {"top"}
    # As much higher as the hint says, and everybody fits.
    words = fit.hint["en"].replace("\N{NO-BREAK SPACE}", " ").split()
    raise_by = 0.001 * float(words[words.index("mm") - 1])
    again = finding(evaluate(desk(under=SEAT + 0.14 + raise_by, top=SEAT + 0.17 + raise_by)), "fit")
    assert not again.data["cuts"]


def test_share_of_the_population_by_thigh_clearance() -> None:
    under = SEAT + 0.175
    crew = Population("crew", sample_size=60)
    fit = finding(
        evaluate(
            desk(
                under=under,
                top=under + 0.03,
                population=crew,
            ),
            clearance_mm=5,
            uncertainty_mm=0,
        ),
        "fit",
    )
    people = people_of(crew).sample
    assert people is not None
    told = fit.data["population"]
    ok = told["underside"] - SEAT - people["thigh clearance"] >= 0.005 - 1e-9
    by_hand = 0.5 * float(ok[people.female].mean()) + 0.5 * float(ok[~people.female].mean())
    assert told["share"] == pytest.approx(by_hand)
    assert 0.1 < by_hand < 0.95
    assert told["underside"] == pytest.approx(under, abs=0.01)
    roomy = finding(evaluate(desk(population=crew)), "fit")
    assert roomy.data["population"]["share"] == 1.0
    assert roomy.charts[0].rows[-1][1] == pytest.approx((1.0, 0.0))
    assert "100" in roomy.message["en"]


def test_clearance_and_uncertainty() -> None:
    least = finding(evaluate(desk()), "fit").measured
    assert least is not None
    room = 1000 * least
    assert finding(evaluate(desk(), clearance_mm=room - 11), "fit").verdict == Verdict.PASS
    assert finding(evaluate(desk(), clearance_mm=room - 5), "fit").verdict == Verdict.INDETERMINATE
    assert finding(evaluate(desk(), clearance_mm=room + 11), "fit").verdict == Verdict.FAIL


def test_table_height_when_asked() -> None:
    assert finding(evaluate(desk(), table="fixed"), "table_height").verdict == Verdict.PASS
    high = desk(top=0.76, under=0.73, seat_height=0.47)
    assert finding(evaluate(high, table="fixed"), "table_height").verdict == Verdict.FAIL
    assert (
        finding(
            evaluate(desk(top=0.70, under=0.67, seat_height=0.42), table="adjustable"), "table_height"
        ).verdict
        == "pass"
    )
    machine = desk(top=1.2)
    for key in ("table_height", "seat_to_table"):
        assert finding(evaluate(machine, table="fixed"), key).verdict == Verdict.NOT_EVALUATED


def test_nothing_above_the_thighs_is_no_table() -> None:
    place = Workstation("desk", (0.0, 0.0, 0.0), posture="sitting", seat_height=SEAT)
    found = evaluate(Scene("s", (), station=Station(workstations=(place,), populations=(FEW,))))
    assert [f.code for f in found.findings] == ["legroom.fit", "legroom.feet"]
    assert found.findings[0].verdict == Verdict.PASS
    assert "1 500" in found.findings[0].message["fr"].replace("\u202f", " ")
    assert [s.subject for s in found.skipped] == ["desk"]


def test_feet_that_hang_are_told_and_a_footrest_settles_it() -> None:
    low, high = (finding(evaluate(desk(seat_height=h)), "feet") for h in (0.50, 0.55))
    assert (low.verdict, high.verdict) == (Verdict.INDETERMINATE, Verdict.INDETERMINATE)
    assert low.measured is not None
    assert high.measured is not None
    # Each centimetre of seat is one of air under the feet; the shortest shanks decide.
    assert high.measured - low.measured == pytest.approx(0.05)
    assert "F05" in high.message["en"]
    named = people_of(FEW).named
    assert high.measured == pytest.approx(
        0.55 - 0.025 - float(named["lower leg length (popliteal height)"].min()), abs=0.015
    )
    for rest, verdict in ((high.measured + 0.02, "pass"), (high.measured, "indeterminate"), (0.03, "fail")):
        assert finding(evaluate(desk(seat_height=0.55), footrest=rest), "feet").verdict == verdict
    raised = finding(evaluate(desk(seat_height=0.55, footrest_height=high.measured + 1e-6)), "feet")
    assert (raised.verdict, raised.measured) == ("pass", 0.0)
    crowd = Population("crowd", sample_size=60)
    found = finding(evaluate(desk(seat_height=0.55, population=crowd), footrest=0.1), "feet")
    shares = [
        finding(evaluate(desk(seat_height=h, population=crowd)), "feet").data["population"]["share"]
        for h in (0.30, 0.44, 0.62)
    ]
    assert shares[0] == 1.0 > shares[1] > shares[2] == 0.0
    assert found.data["population"]["share"] > shares[2]


def test_standing_before_a_cabinet() -> None:
    def stand(face: float) -> Finding:
        cabinet = box("cabinet", (-1.0, face, 0.0), (1.0, face + 0.5, 0.9), role=Role.FURNITURE)
        place = Workstation("bench", (0.0, 0.0, 0.0))
        scene = Scene("s", (cabinet,), station=Station(workstations=(place,), populations=(FEW,)))
        found = evaluate(scene)
        assert found.skipped[0].subject == "bench"
        return finding(found, "fit")

    foot = float(np.max(people_of(FEW).named["foot length"]))
    free = stand(0.40)
    assert free.verdict == Verdict.PASS
    # The stance is in the middle of the feet; shoes and toes are a capsule's rounding.
    assert free.measured == pytest.approx(0.40 - 0.5 * foot, abs=0.02)
    assert "cabinet" in free.message["en"]
    assert stand(0.05).verdict == Verdict.FAIL


def test_what_cannot_be_judged_is_said() -> None:
    found = evaluate(desk(seat_height=None))
    assert [f.verdict for f in found.findings] == [Verdict.NOT_EVALUATED]
    assert "seat_height" in found.findings[0].message["en"]
    empty = evaluate(Scene("s", (), station=Station()))
    assert [f.verdict for f in empty.findings] == [Verdict.NOT_EVALUATED]
    assert not CHECK.applies(Scene("s", (), station=Station()))
