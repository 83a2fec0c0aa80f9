"""Lifts whose H and V follow from where the point is: the weight limit by hand, equal to `immersive score niosh`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from immersive.checks._base import Context, bind
from immersive.checks._lifting_hint import index_of, lifting_hint
from immersive.checks.lifting_niosh import CHECK
from immersive.errors import LayoutError
from immersive.findings import Evaluation, FigureMark, Finding, Verdict
from immersive.human.niosh_case import Niosh
from immersive.human.population import percentile_people
from immersive.scene.model import Scene
from immersive.scene.station import Population, Rule, Station, WorkPoint, Workstation

FLOOR = 0.05
FEW = Population("few", people="percentiles", percentiles=("M50",))
FOOT = dict(zip(("F05", "M50", "M95"), percentile_people(["F05", "M50", "M95"])["foot length"], strict=True))


def scene_of(
    *points: WorkPoint, population: Population = FEW, heading: float = math.pi / 2, **station: Any
) -> Scene:
    place = Workstation("bench", (1.0, 2.0, FLOOR), heading=heading, work_points=points, **station)
    return Scene("s", (), station=Station(workstations=(place,), populations=(population,)))


def evaluate(scene: Scene, **params: Any) -> Evaluation:
    rule = Rule("lifting", "lifting_niosh", params)
    return CHECK.evaluate(Context(scene, rule), bind(CHECK, rule))


def load(
    id_: str, ahead: float, height: float, kg: float = 6.0, right: float = 0.0, **more: Any
) -> WorkPoint:
    """A point before the feet of somebody at the bench who faces +Y."""
    values = {"hand": "both", "frequency": 1.0, "duration": 7200.0, "coupling": "good"} | more
    return WorkPoint(id_, (1.0 + right, 2.0 + ahead, FLOOR + height), load=kg, **values)


def indices(found: Evaluation) -> list[Finding]:
    return [f for f in found.findings if f.code == "lifting_niosh.index"]


def ankles_behind(who: str) -> float:
    """The stance is in the middle of the feet, the ankle a quarter of their length from the heel."""
    return 0.25 * FOOT[who]


def test_weight_limit_by_hand() -> None:
    a = load("a", 0.40, 0.85, to="b")
    b = load("b", 0.35, 1.15, kg=0.0)
    (finding,) = indices(evaluate(scene_of(a, b)))
    who = finding.data["person"]
    case = finding.data["case"]
    assert case["H_origin"] == pytest.approx(100 * (0.40 + ankles_behind(who)), abs=0.15)
    assert case["H_dest"] == pytest.approx(100 * (0.35 + ankles_behind(who)), abs=0.15)
    assert (case["V_origin"], case["V_dest"]) == (
        pytest.approx(85.0, abs=0.11),
        pytest.approx(115.0, abs=0.11),
    )
    assert (case["A_origin"], case["A_dest"]) == (pytest.approx(0.0, abs=0.5), pytest.approx(0.0, abs=0.5))
    d = abs(case["V_dest"] - case["V_origin"])
    common = 23.0 * (0.82 + 4.5 / d) * 0.88 * 1.0  # DM, FM for 1 a minute in 2 h above 75 cm, CM good
    origin = (
        common
        * 25
        / case["H_origin"]
        * (1 - 0.003 * (case["V_origin"] - 75))
        * (1 - 0.0032 * case["A_origin"])
    )
    dest = common * 25 / case["H_dest"] * (1 - 0.003 * (case["V_dest"] - 75)) * (1 - 0.0032 * case["A_dest"])
    assert finding.data["result"]["RWL"] == pytest.approx(min(origin, dest))
    assert finding.measured == pytest.approx(6.0 / min(origin, dest))
    assert finding.verdict == Verdict.PASS
    assert finding.data["result"] == Niosh().solve(case)
    assert any(isinstance(mark, FigureMark) for mark in finding.marks)


def test_the_worst_person_decides() -> None:
    found = indices(evaluate(scene_of(load("a", 0.40, 0.85))))[0]
    told = {row["id"]: row["LI"] for row in found.data["people"]}
    assert set(told) == {"F05", "M50", "M95"}
    assert found.measured == max(told.values())
    assert told[found.data["person"]] == found.measured


def test_asymmetry_is_the_angle_of_the_feet_to_the_hands() -> None:
    (finding,) = indices(evaluate(scene_of(load("a", 0.30, 1.0, right=0.25))))
    behind = ankles_behind(finding.data["person"])
    expected = math.degrees(math.atan2(0.25, 0.30 + behind))
    assert finding.data["case"]["A_origin"] == pytest.approx(expected, abs=0.3)
    assert finding.data["result"]["AM_origin"] == pytest.approx(1 - 0.0032 * finding.data["case"]["A_origin"])


def test_heading_does_not_matter() -> None:
    (facing_y,) = indices(evaluate(scene_of(load("a", 0.4, 0.9))))
    point = WorkPoint(
        "a", (1.4, 2.0, FLOOR + 0.9), load=6.0, hand="both", frequency=1.0, duration=7200.0, coupling="good"
    )
    (facing_x,) = indices(evaluate(scene_of(point, heading=0.0)))
    assert facing_x.measured == pytest.approx(facing_y.measured, abs=0.01)


def test_a_heavy_load_fails_with_a_scored_hint() -> None:
    found = evaluate(
        scene_of(
            load("a", 0.5, 0.9, kg=25.0, to="b", coupling="poor", frequency=4.0), load("b", 0.4, 1.2, kg=0.0)
        )
    )
    (finding,) = indices(found)
    assert finding.verdict == Verdict.FAIL
    case, result = finding.data["case"], finding.data["result"]
    assert finding.measured == pytest.approx(25.0 / result["RWL"])
    assert f"{result['RWL']:.1f}" in finding.hint["en"]
    assert "of at most" in finding.hint["en"]
    assert "de charge" in finding.hint["fr"] or "une charge" in finding.hint["fr"]
    assert index_of({**case, "L": result["RWL"]}) == pytest.approx(1.0)
    (mass,) = (f for f in found.findings if f.code == "lifting_niosh.mass")
    assert (mass.unit, mass.measured) == ("kg", 25.0)
    assert mass.limit == pytest.approx(15.0 * result["RWL"] / 23.0)
    assert mass.verdict == Verdict.FAIL


def test_hint_names_the_change_that_lowers_the_index_most() -> None:
    case = {"units": "cm,kg,deg", "L": 10.0, "F": 0.2, "duration_h": 1.0, "coupling": "good", "H_origin": 50.0,
            "V_origin": 75.0, "A_origin": 0.0, "D": 25.0}  # fmt: skip
    assert index_of(case) == pytest.approx(10.0 / 11.5)
    assert index_of(case | {"L": 15.0}) == pytest.approx(15.0 / 11.5)
    hint = lifting_hint(case | {"L": 15.0}, 1.0)
    assert "25 cm instead of 50 cm" in hint["en"].replace("\N{NO-BREAK SPACE}", " ")
    assert "0.65 instead of 1.30" in hint["en"]
    assert "0,65 au lieu de 1,30" in hint["fr"]
    none = lifting_hint(case | {"H_origin": 70.0}, 1.0)
    assert "no load would do" in none["en"]
    assert "au lieu de non" not in none["fr"]


def test_reference_mass_depends_on_the_workers() -> None:
    scene = scene_of(load("a", 0.4, 0.9))
    limits = {}
    for ages in ("all", "18_45"):
        (mass,) = (f for f in evaluate(scene, ages=ages).findings if f.code == "lifting_niosh.mass")
        limits[ages] = mass.data["reference_mass"]
    assert limits == {"all": 15.0, "18_45": 20.0}
    men = Population("men", smallest="M05", largest="M95", people="percentiles", percentiles=("M50",))
    (mass,) = (
        f for f in evaluate(scene_of(load("a", 0.4, 0.9), population=men), ages="18_45").findings
        if f.code == "lifting_niosh.mass"
    )  # fmt: skip
    assert mass.data["reference_mass"] == 25.0


def test_no_destination_is_open_where_the_travel_would_decide() -> None:
    (light,) = indices(evaluate(scene_of(load("a", 0.4, 0.9, kg=3.0))))
    assert light.verdict == Verdict.PASS
    assert light.data["case"]["D"] == 25.0
    assert any("to" in line["en"] for line in light.data["assumed"])
    rwl = light.data["result"]["RWL"]
    # DM falls from 1 to 0.82 + 4.5/175 over the longest travel: loads between are open.
    (between,) = indices(evaluate(scene_of(load("a", 0.4, 0.9, kg=0.95 * rwl))))
    assert between.verdict == Verdict.INDETERMINATE
    assert between.data["LI_at_175_cm_travel"] == pytest.approx(0.95 / (0.82 + 4.5 / 175.0))
    assert "175" in between.message["fr"]
    (over,) = indices(evaluate(scene_of(load("a", 0.4, 0.9, kg=1.05 * rwl))))
    assert over.verdict == Verdict.FAIL


def test_destination_without_control_does_not_count() -> None:
    a, b = load("a", 0.30, 0.8, to="b"), load("b", 0.48, 1.3, kg=0.0)
    (with_care,) = indices(evaluate(scene_of(a, b)))
    loose = load("a", 0.30, 0.8, to="b", control_at_destination=False)
    (let_go,) = indices(evaluate(scene_of(loose, b)))
    assert let_go.measured is not None
    assert with_care.measured is not None
    assert let_go.measured < with_care.measured
    assert let_go.data["result"]["RWL"] == let_go.data["result"]["RWL_origin"]


def test_composite_index_of_two_lifts() -> None:
    lifts = (load("a", 0.4, 0.9, kg=8.0), load("b", 0.3, 1.1, kg=5.0, frequency=2.0))
    found = evaluate(scene_of(*lifts))
    (composite,) = (f for f in found.findings if f.code == "lifting_niosh.composite")
    assert composite.subjects == ("bench",)
    assert composite.data["result"] == Niosh().solve(composite.data["case"])
    assert composite.measured == pytest.approx(composite.data["result"]["CLI"])
    assert composite.measured > max(f.measured or 0.0 for f in indices(found))
    assert found.examined["lifts"] == 2
    assert not [f for f in evaluate(scene_of(lifts[0])).findings if f.code == "lifting_niosh.composite"]


def test_an_excluded_load_keeps_the_composite_open() -> None:
    lifts = (
        load("a", 0.4, 0.9, kg=2.0),
        load("b", 0.3, 1.1, kg=2.0),
        load("c", 0.3, 1.1, kg=5.0, hand="right"),
    )
    (composite,) = (f for f in evaluate(scene_of(*lifts)).findings if f.code == "lifting_niosh.composite")
    assert composite.measured is not None
    assert composite.measured < 1.0
    assert composite.verdict == Verdict.INDETERMINATE
    assert composite.data["not_counted"] == ["c"]


@pytest.mark.parametrize(
    ("more", "station", "said"),
    [
        ({"hand": "right"}, {}, "one hand"),
        ({"hand": "either"}, {}, "one hand"),
        ({"grasp": "press"}, {}, "fingertip"),
        ({}, {"posture": "sitting", "seat_height": 0.5}, "seated"),
        ({}, {"posture": "kneeling"}, "kneeling"),
        ({"lift_duration": 9 * 3600.0}, {}, "8 h"),
    ],
)
def test_what_the_equation_excludes_is_refused(
    more: dict[str, Any], station: dict[str, Any], said: str
) -> None:
    (finding,) = evaluate(scene_of(load("a", 0.4, 0.9, **more), **station)).findings
    assert finding.verdict == Verdict.NOT_EVALUATED
    assert said in finding.message["en"]
    assert finding.message["fr"] != finding.message["en"]
    # The same below 3 kg is listed, and then nothing was examined: that is said too.
    found = evaluate(scene_of(load("a", 0.4, 0.9, kg=2.9, **more), **station))
    assert [s.subject for s in found.skipped] == ["bench/a"]
    assert "3 kg" in found.skipped[0].reason["fr"]
    assert [f.verdict for f in found.findings] == [Verdict.NOT_EVALUATED]
    assert found.examined["lifts"] == 0


def test_defaults_are_declared() -> None:
    point = WorkPoint("a", (1.0, 2.4, FLOOR + 0.9), load=6.0, hand="both")
    found = evaluate(scene_of(point), frequency=3.0, duration_h=2, coupling="poor")
    (finding,) = indices(found)
    case = finding.data["case"]
    assert (case["F"], case["duration_h"], case["coupling"]) == (3.0, 2.0, "poor")
    told = " ".join(line["en"] for line in found.assumptions)
    for word in (
        "frequency: not said",
        "lifting time: not said",
        "coupling: not said",
        "destination: not said",
    ):
        assert word in told
    unacceptable = indices(evaluate(scene_of(load("a", 0.4, 0.9, coupling="unacceptable"))))[0]
    assert unacceptable.data["case"]["coupling"] == "poor"
    with pytest.raises(LayoutError, match="8 h"):
        evaluate(scene_of(point), duration_h=9)


def test_out_of_reach_is_not_judged() -> None:
    found = evaluate(scene_of(load("a", 2.5, 0.9)))
    assert [f.verdict for f in found.findings] == [Verdict.NOT_EVALUATED]
    assert "both hands" in found.findings[0].message["en"]


def test_a_destination_of_one_hand_is_posed_with_both() -> None:
    a = load("a", 0.40, 0.85, to="b")
    (both,) = indices(evaluate(scene_of(a, load("b", 0.35, 1.15, kg=0.0))))
    (one,) = indices(evaluate(scene_of(a, load("b", 0.35, 1.15, kg=0.0, hand="right"))))
    assert one.measured == pytest.approx(both.measured, abs=0.02)
    assert any("destination" in line["en"] for line in one.data["assumed"])


def test_shares_of_the_population() -> None:
    crew = Population("crew", sample_size=40)
    (finding,) = indices(evaluate(scene_of(load("a", 0.4, 0.9, kg=8.0), population=crew)))
    (chart,) = finding.charts
    for _, shares in chart.rows:
        assert sum(shares) == pytest.approx(1.0)
    assert finding.data["population"]["people"] == 80
    assert finding.data["population"]["share"] == pytest.approx(chart.rows[-1][1][0])
    assert np.isfinite(finding.data["population"]["median_LI"])


def test_no_load_no_check() -> None:
    scene = scene_of(load("a", 0.4, 0.9, kg=0.0))
    assert not CHECK.applies(scene)
    assert evaluate(scene).findings[0].verdict == Verdict.NOT_EVALUATED
    assert CHECK.applies(scene_of(load("a", 0.4, 0.9)))
