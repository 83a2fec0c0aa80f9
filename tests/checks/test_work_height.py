"""Working heights against elbows in closed form, counted shares and the best height by brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from immersive.checks._base import Context, bind
from immersive.checks.work_height import CHECK
from immersive.errors import LayoutError
from immersive.findings import Evaluation, Finding, Verdict
from immersive.human.anthropometry import Body, dimension
from immersive.human.people import People
from immersive.human.population import people_of
from immersive.human.work_height import best_height, elbow_heights, misfit, weights_of
from immersive.scene.model import Scene
from immersive.scene.station import Population, Rule, Station, WorkPoint, Workstation

SHOE = 0.025
FLOOR = 0.1


def evaluate(*points: WorkPoint, population: Population | None = None, station: dict[str, Any] | None = None,
             **params: Any) -> Evaluation:  # fmt: skip
    place = Workstation("bench", (1.0, 2.0, FLOOR), work_points=points, **(station or {}))
    populations = () if population is None else (population,)
    scene = Scene("s", (), station=Station(workstations=(place,), populations=populations))
    rule = Rule("heights", "work_height", params)
    return CHECK.evaluate(Context(scene, rule), bind(CHECK, rule))


def at(height: float, *, hand: str = "both", **more: Any) -> WorkPoint:
    return WorkPoint("job", (1.0, 2.4, FLOOR + height), hand=hand, **more)


def one(point: WorkPoint, **more: Any) -> Finding:
    (finding,) = evaluate(point, **more).findings
    return finding


def sample() -> People:
    people = people_of(Population("default")).sample
    assert people is not None
    return people


def share_by_hand(height: float, low: float, high: float) -> float:
    """Straight from the sampled elbow heights: half women, half men."""
    people = sample()
    elbow = people["elbow height"] + SHOE
    ok = (height - elbow >= low) & (height - elbow <= high)
    return 0.5 * float(ok[people.female].mean()) + 0.5 * float(ok[~people.female].mean())


@pytest.mark.parametrize(
    ("work", "low", "high"), [("precision", 0.05, 0.10), ("light", -0.10, -0.05), ("heavy", -0.25, -0.10)]
)
@pytest.mark.parametrize("height", [0.8, 0.95, 1.05, 1.15])
def test_share_is_counted(work: str, low: float, high: float, height: float) -> None:
    finding = one(at(height, precision=work))
    assert finding.measured == pytest.approx(100.0 * share_by_hand(height, low, high), abs=1e-9)
    assert finding.unit == "%"
    assert finding.limit == 90.0
    assert finding.data["above_elbow"] == pytest.approx([low, high])


def test_named_people_in_closed_form() -> None:
    finding = one(at(1.0), population=Population("p", people="percentiles", percentiles=("M50",)))
    elbows = {row["id"]: row for row in finding.data["people"]}
    assert set(elbows) == {"F05", "M50", "M95"}
    # The median man by stature has the median elbow, within what the survey's regression leaves.
    assert elbows["M50"]["elbow_height"] == pytest.approx(
        dimension("elbow height", Body("male", 50)).value + SHOE, abs=0.01
    )
    for row in elbows.values():
        above = 1.0 - row["elbow_height"]
        assert row["hands_above_elbow"] == pytest.approx(above)
        assert row["off_by"] == pytest.approx(max(above + 0.05, 0.0) + min(above + 0.10, 0.0))
    worst = max(abs(row["off_by"]) for row in elbows.values())
    assert (finding.measured, finding.limit, finding.unit) == (pytest.approx(worst), 0.0, "m")
    assert finding.verdict == Verdict.FAIL


def test_one_height_cannot_suit_all_and_a_good_one_is_a_compromise() -> None:
    best = one(at(0.9)).data["best_height"]
    good = one(at(best))
    assert good.verdict == Verdict.INDETERMINATE
    assert "compromise" in good.message["en"]
    assert "compromis" in good.message["fr"]
    assert "adjusts from" in good.hint["en"]
    assert one(at(best + 0.2)).verdict == Verdict.FAIL
    assert one(at(best), share=0.2).verdict == Verdict.PASS
    assert one(at(best), share=0.2).hint == {}


def test_hint_is_what_counting_gives() -> None:
    finding = one(at(1.2))
    best = finding.data["best_height"]
    assert finding.data["best_share"] == pytest.approx(share_by_hand(best, -0.10, -0.05), abs=1e-9)
    everywhere = [share_by_hand(h, -0.10, -0.05) for h in np.arange(0.7, 1.3, 0.005)]
    assert finding.data["best_share"] >= max(everywhere) - 1e-9
    again = one(at(best))
    assert again.measured == pytest.approx(100.0 * finding.data["best_share"])
    assert "lower" in finding.hint["en"]
    assert "plus bas" in finding.hint["fr"]
    assert "higher" in one(at(0.7)).hint["en"]


def test_an_adjustable_place_suits_everybody() -> None:
    fixed = one(at(1.0))
    assert fixed.verdict != Verdict.PASS
    free = one(at(1.0), adjust_up_mm=250, adjust_down_mm=250)
    assert free.measured == pytest.approx(100.0)
    assert free.verdict == Verdict.PASS
    # Raising alone helps the tall: nobody for whom it is too high gains by it.
    up = one(at(1.0), adjust_up_mm=250)
    (chart,) = up.charts
    assert chart.rows[-1][1][0] == 0.0
    assert sum(chart.rows[-1][1]) == pytest.approx(1.0)


def test_sitting_needs_a_zone_and_uses_the_seat() -> None:
    seat = {"posture": "sitting", "seat_height": 0.5}
    open_ = one(at(0.7), station=seat)
    assert open_.verdict == Verdict.NOT_EVALUATED
    assert "sitting" in open_.message["en"]
    assert "assise" in open_.message["fr"]
    zone = {"above_elbow_from_mm": -50, "above_elbow_to_mm": 50}
    finding = one(at(0.75), station=seat, **zone)
    people = sample()
    ok = np.abs(0.75 - (0.5 + people["elbow height, sitting"])) <= 0.05
    assert finding.measured == pytest.approx(100.0 * float(weights_of(people)[ok].sum()), abs=1e-9)
    assert finding.citation.standard == "layout"
    slumped = one(at(0.75), station=seat, population=Population("p", slump=0.03), **zone)
    assert slumped.measured != finding.measured


def test_fixed_heights() -> None:
    for work, low, high in (("precision", 37, 43), ("light", 34, 37), ("heavy", 28, 35)):
        for inches, verdict in ((low, "pass"), (high, "pass"), (low - 0.1, "fail"), (high + 0.1, "fail")):
            finding = one(at(inches * 0.0254, precision=work), method="fixed")
            assert (finding.code, finding.verdict) == ("work_height.fixed", verdict), (work, inches)
            assert (finding.shortfall or 0.0) == pytest.approx(
                0.1 * 0.0254 if verdict == "fail" else 0.0, abs=1e-9
            )
    assert one(at(1.3), method="fixed", adjust_down_mm=400).verdict == Verdict.PASS
    assert (
        one(at(0.7), method="fixed", station={"posture": "sitting", "seat_height": 0.5}).verdict
        == "not_evaluated"
    )


def test_what_is_no_working_height_is_said() -> None:
    found = evaluate(at(1.0, hand="right"))
    assert [s.subject for s in found.skipped] == ["bench/job"]
    assert [f.verdict for f in found.findings] == [Verdict.NOT_EVALUATED]
    assert found.examined["work_points"] == 0
    assert evaluate(at(1.0, hand="right"), work_points=["bench/job"]).examined["work_points"] == 1
    for more in ({"precision": "heavy"}, {"hold": 5.0}):
        assert evaluate(at(1.0, hand="right", **more)).examined["work_points"] == 1
    assert evaluate().findings[0].verdict == Verdict.NOT_EVALUATED


def test_kneeling_and_mistakes() -> None:
    assert one(at(0.5), station={"posture": "kneeling"}).verdict == Verdict.NOT_EVALUATED
    with pytest.raises(LayoutError, match="did you mean 'bench/job'"):
        evaluate(at(1.0), work_points=["bench/jobs"])
    with pytest.raises(LayoutError, match="above_elbow_to"):
        evaluate(at(1.0), above_elbow_from_mm=10)
    with pytest.raises(LayoutError, match="0 to 1"):
        evaluate(at(1.0), share=90.0)


def test_best_height_against_brute_force() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        elbows = random.normal(1.0, 0.06, 40)
        weights = random.random(40)
        weights /= weights.sum()
        zone = tuple(sorted(random.uniform(-0.2, 0.1, 2)))
        found = best_height(elbows, weights, zone)
        assert float(weights[misfit(found.height, elbows, zone) == 0.0].sum()) == pytest.approx(found.share)
        # The optimum is taken at the lower end of somebody's zone.
        tried = [float(weights[np.abs(misfit(h, elbows, zone)) < 1e-12].sum()) for h in elbows + zone[0]]
        assert found.share == pytest.approx(max(tried))


def test_elbows_by_hand() -> None:
    people = sample()
    assert elbow_heights(people) == pytest.approx(people["elbow height"] + SHOE)
    assert elbow_heights(people, seat_height=0.45) == pytest.approx(0.45 + people["elbow height, sitting"])
