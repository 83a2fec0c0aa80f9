"""ISO 13855: closed forms of each device, the 500 mm switch, band ends, the reach-over table, refusals."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immersive.human.case_fields import CaseError
from immersive.safety import iso13855
from immersive.safety.iso13855 import Rule
from immersive.safety.iso13855_score import METHOD

times = st.floats(0.001, 2.0)


def ask(edition: int = 2010, device: str = "orthogonal", **case: Any) -> dict[str, Any]:
    return METHOD.solve({"edition": edition, "device": device, **case})


@pytest.mark.parametrize(
    ("d", "T", "C", "K", "S"),
    [
        # Example in makers' manuals (SICK miniTwin4; Rockwell 450L): T = 0.32 s, d = 14 mm.
        (14, 0.32, 0, 1600, 512),
        (30, 0.15, 128, 2000, 428),
        (14, 0.03, 0, 2000, 100),  # never below 100
        (10, 0.2, 0, 2000, 400),  # 8 (d − 14) not below 0
        (14, 0.25, 0, 2000, 500),  # 500 itself is not over 500
        (14, 0.2501, 0, 1600, 500),  # over it: 400.2 with 1600, but not below 500
        (40, 0.2, 208, 1600, 528),
        (40.1, 0.2, 850, 1600, 1170),
        (70, 0.2, 850, 1600, 1170),
    ],
)
def test_orthogonal_2010(d: float, T: float, C: float, K: float, S: float) -> None:
    for device in ("orthogonal", "reach_through"):
        got = ask(device=device, d=d, T_s=T)
        assert (got["C"], got["K"]) == (C, K)
        assert got["S"] == pytest.approx(S, abs=1e-6)
    assert (got["C_RT"], got["S_RT"]) == (got["C"], got["S"])


@pytest.mark.parametrize(
    ("d", "T", "C", "S"),
    [
        (30, 0.1, 128, 328), (40, 0.1, 208, 408), (14, 0.01, 0, 100), (40.5, 0.1, 214, 500), (55, 0.1, 388, 548),
        (50, 0.05, 328, 500), (55.1, 0.1, 850, 1010), (120, 0.1, 850, 1010), (14, 0.32, 0, 512),
    ],
)  # fmt: skip
def test_orthogonal_2024(d: float, T: float, C: float, S: float) -> None:
    got = ask(2024, d=d, T_s=T)
    assert (got["C"], got["D_DS"], got["S"]) == pytest.approx((C, C, S), abs=1e-6)
    assert got["confidence"] == "one source"
    # The supplement is added to what stands without it.
    assert ask(2024, d=d, T_s=T, Z=30)["S"] == pytest.approx(S + 30, abs=1e-6)


@pytest.mark.parametrize(("edition", "d"), [(2010, 70.1), (2010, 116), (2024, 120.1)])
def test_beyond_the_last_band_there_is_no_formula(edition: int, d: float) -> None:
    got = ask(edition, d=d, T_s=0.2)
    assert (got["C"], got["S"], got["ok"]) == (None, None, False)
    assert "formulas end at" in got["reasons"][0]["en"]


@pytest.mark.parametrize(
    ("device", "case", "C"),
    [
        ("multiple_beams", {}, 850), ("single_beam", {}, 1200), ("mat", {}, 1200), ("mat", {"H_mm": 100}, 1160),
        ("two_hand_control", {}, 250), ("two_hand_control", {"shroud": True}, 0), ("two_hand_control", {"C": 0}, 0),
        ("interlocked_guard", {"C": 120}, 120), ("parallel", {"H_mm": 0}, 1200), ("parallel", {"H_mm": 300}, 1080),
        ("parallel", {"H_mm": 875}, 850), ("parallel", {"H_mm": 1000}, 850), ("parallel", {"H_mm": 874}, 850.4),
    ],
)  # fmt: skip
def test_devices_that_are_walked_up_to_2010(device: str, case: dict[str, Any], C: float) -> None:
    got = ask(device=device, T_s=0.3, **case)
    assert got["C"] == pytest.approx(C)
    assert (got["K"], got["S"]) == (1600, pytest.approx(480 + C))


@pytest.mark.parametrize(
    ("device", "case", "C"),
    [("parallel", {}, 1200), ("parallel", {"H_mm": 600}, 1200), ("mat", {}, 1200), ("two_hand_control", {}, 550),
     ("two_hand_control", {"shroud": True}, 0)],
)  # fmt: skip
def test_devices_2024(device: str, case: dict[str, Any], C: float) -> None:
    assert ask(2024, device, T_s=0.3, **case)["S"] == pytest.approx(480 + C)


def test_shrouded_two_hand_control_keeps_100() -> None:
    assert ask(device="two_hand_control", shroud=True, T_s=0.01)["S"] == 100
    got = ask(device="two_hand_control", T_s=0.1)
    assert "shroud" in got["assumed"][0]["en"]


@pytest.mark.parametrize(
    ("beams", "heights"), [(2, [400, 900]), (3, [300, 700, 1100]), (4, [300, 600, 900, 1200])]
)
def test_heights_of_separate_beams(beams: int, heights: list[int]) -> None:
    assert ask(device="multiple_beams", beams=beams, T_s=0.1)["beam_heights"] == heights
    assert ask(device="single_beam", T_s=0.1)["beam_heights"] == [750]


def test_height_of_a_parallel_zone() -> None:
    got = ask(device="parallel", d=70, H_mm=300, T_s=0.2)
    assert (got["H_min"], got["d_max"], got["S"]) == (300, 70, 1400)
    assert "ok" not in got
    assert ask(device="parallel", d=50, H_mm=0, T_s=0.2)["H_min"] == 0
    assert ask(device="parallel", d=30, H_mm=0, T_s=0.2)["H_min"] == 0
    low = ask(device="parallel", d=80, H_mm=300, T_s=0.2)
    assert (low["H_min"], low["ok"]) == (450, False)
    assert ask(device="parallel", d=70)["H_min"] == 300
    high = ask(device="parallel", H_mm=1000.1, T_s=0.2)
    assert (high["S"], high["ok"]) == (None, False)
    assert ask(device="parallel", d=117, T_s=0.2)["ok"] is False


@pytest.mark.parametrize(
    ("edition", "H", "told"), [(2010, 300, False), (2010, 301, True), (2024, 200, False), (2024, 201, True)]
)
def test_crawling_beneath_is_told(edition: int, H: float, told: bool) -> None:
    reasons = ask(edition, "parallel", H_mm=H, T_s=0.1)["reasons"]
    assert any("beneath" in reason["en"] for reason in reasons) == told


def test_angled_is_parallel_or_orthogonal() -> None:
    assert ask(device="angled", angle_deg=30, d=14, T_s=0.2)["S"] == 400
    assert ask(device="angled", angle_deg=29.9, H_mm=500, T_s=0.2)["S"] == 1320
    assert ask(device="angled", T_s=0.2)["missing"] == ["angle_deg"]


def test_device_that_starts_the_cycle() -> None:
    got = ask(d=14, T_s=0.05, device_initiation=True)
    assert (got["S"], got["confidence"]) == (150, "one source")
    assert "ok" not in got
    assert ask(d=30.1, T_s=0.05, device_initiation=True)["ok"] is False


@pytest.mark.shared
def test_every_cell_of_reaching_over(shared: Path) -> None:
    reference = json.loads((shared / "reference/iso13855.json").read_text())
    table = reference["edition_2010"]["reach_over_vertical"]["table_1"]
    for (i, a), (j, b) in itertools.product(enumerate(table["a"]), enumerate(table["b"])):
        got = ask(device="reach_over", a_mm=a, b_mm=b, d=14, T_s=0.3)
        C = table["C_RO"][i][j]
        assert got["C_RO"] == C, (a, b)
        assert got["S_RO"] == pytest.approx(max(500, 480 + C))
        assert got["S"] == max(got["S_RO"], got["S_RT"])


@pytest.mark.parametrize(
    ("a", "b", "C_RO"),
    [(1500, 1700, 750), (100, 900, 600), (2550, 900, 400), (3000, 900, 0), (1400, 1399, 900), (1200, 2700, 0),
     (900, 1250, 950), (1700, 1800, 550)],
)  # fmt: skip
def test_between_the_printed_values_the_larger_distance_holds(a: float, b: float, C_RO: float) -> None:
    got = ask(device="reach_over", a_mm=a, b_mm=b, T_s=0.2)
    assert got["C_RO"] == C_RO
    assert got["missing"] == ["d"]
    assert "S" not in got


def test_the_larger_of_over_and_through_decides() -> None:
    over = ask(device="reach_over", a_mm=1000, b_mm=1200, d=30, T_s=0.2)
    assert (over["S_RT"], over["S_RO"], over["S"], over["decided_by"]) == (500, 1270, 1270, "S_RO")
    through = ask(device="reach_over", a_mm=1000, b_mm=1800, d=30, T_s=0.1)
    assert (through["S_RT"], through["S_RO"], through["S"], through["decided_by"]) == (328, 200, 328, "S_RT")
    # A coarse curtain: 850 through, worked with 1600.
    coarse = ask(device="reach_over", a_mm=1000, b_mm=1800, d=50, T_s=0.1)
    assert (coarse["C_RT"], coarse["S"]) == (850, 1010)
    assert over["confidence"] == "from memory"


def test_reach_over_with_500_and_100() -> None:
    # 2000 × 0.2 + 150 = 550 > 500; with 1600: 470, so 500.
    assert ask(device="reach_over", a_mm=2500, b_mm=2200, d=14, T_s=0.2)["S_RO"] == 500
    assert ask(device="reach_over", a_mm=2600, b_mm=900, d=14, T_s=0.01)["S"] == 100


@pytest.mark.parametrize("b", [0, 899.9])
def test_an_edge_below_900_is_not_admitted(b: float) -> None:
    got = ask(device="reach_over", a_mm=1000, b_mm=b, d=14, T_s=0.1)
    assert (got["C_RO"], got["S_RO"], got["ok"]) == (None, None, False)
    assert "S" not in got
    assert iso13855.reach_over(1000, b) is None


@given(
    a=st.integers(0, 280_000).map(lambda n: n / 100),
    b1=st.integers(90_000, 280_000).map(lambda n: n / 100),
    b2=st.integers(90_000, 280_000).map(lambda n: n / 100),
)
def test_a_higher_curtain_never_needs_more(a: float, b1: float, b2: float) -> None:
    low, high = (iso13855.reach_over(a, b) for b in sorted((b1, b2)))
    assert low is not None
    assert high is not None
    assert high.c <= low.c


@given(
    T1=times, T2=times, d1=st.floats(1, 70), d2=st.floats(1, 70), edition=st.sampled_from(iso13855.EDITIONS)
)
def test_a_faster_stop_or_a_finer_curtain_never_needs_more(
    T1: float, T2: float, d1: float, d2: float, edition: str
) -> None:
    fine, coarse = (iso13855.orthogonal(d, edition) for d in sorted((d1, d2)))
    assert fine is not None
    assert coarse is not None
    quick, slow = sorted((T1, T2))
    assert fine[0].distance(quick).S <= coarse[0].distance(slow).S + 1e-6
    assert fine[0].distance(quick).S >= 100


@given(
    C=st.floats(0, 1200), fast=st.booleans(), floor=st.sampled_from([0.0, 100.0, 500.0]),
    Z=st.sampled_from([0.0, 20.0]), room=st.floats(0, 3000),
)  # fmt: skip
def test_allowed_time_is_the_longest_that_fits(
    C: float, fast: bool, floor: float, Z: float, room: float
) -> None:
    rule = Rule(C, fast, floor, Z)
    T = rule.allowed_time(room)
    if T is None:
        assert room < rule.distance(0.0).S
        return
    assert room + 1e-5 >= rule.distance(T).S
    assert room - 1e-5 < rule.distance(T + 1e-6).S
    assert room < rule.distance(T + 1e-3).S


def test_distance_there_is() -> None:
    got = ask(d=14, T_s=0.32, S_available=512)
    assert (got["ok"], got["T_max_s"]) == (True, 0.32)
    assert ask(d=14, T_s=0.32, S_available=511)["ok"] is False
    # At 500 mm the switch to 1600 mm/s pays: 0.3125 s, not 0.25 s.
    assert ask(d=14, S_available=500)["T_max_s"] == 0.3125
    assert ask(d=14, S_available=499)["T_max_s"] == pytest.approx(0.2495)
    assert ask(d=14, S_available=99)["T_max_s"] is None
    # A zone that is too low stays wrong at any distance.
    assert ask(device="parallel", d=80, H_mm=300, T_s=0.1, S_available=9000)["ok"] is False


def test_stopping_time_from_its_parts() -> None:
    assert ask(d=14, t1_s=0.02, t2_s=0.3)["S"] == ask(d=14, T_s=0.32)["S"] == 512
    assert ask(d=14, T_s=0.32, t1_s=0.02, t2_s=0.3)["T_s"] == 0.32
    assert ask(d=14, t1_s=0.02)["missing"] == ["t2_s"]
    assert ask(d=14)["missing"] == ["T_s"]


@pytest.mark.parametrize(
    "device", ["reach_over", "single_beam", "interlocked_guard", "angled", "multiple_beams"]
)
def test_2024_has_no_invented_figures(device: str) -> None:
    got = ask(2024, device, T_s=0.2, d=30, a_mm=1000, b_mm=1200, angle_deg=10, C=850)
    assert "2024" in got["not_established"][0]["en"]
    assert "S" not in got
    assert "C_RO" not in got


def test_what_is_missing() -> None:
    assert METHOD.solve({"device": "mat", "T_s": 0.2})["missing"] == ["edition"]
    assert METHOD.solve({"edition": "2010", "T_s": 0.2})["missing"] == ["device"]
    assert ask(device="parallel", T_s=0.2)["missing"] == ["H_mm"]
    assert ask(device="interlocked_guard", T_s=0.2)["missing"] == ["C"]
    assert ask(T_s=0.2, C=100)["S"] == 500
    assert ask(T_s=0.2, C=300)["missing"] == ["d"]


@pytest.mark.parametrize(
    ("case", "field", "told"),
    [
        ({"edition": 2018}, "edition", "'2010' or '2024'"),
        ({"device": "curtain"}, "device", "'orthogonal'"),
        ({"d": 14, "T_s": 0.3, "t1_s": 0.1, "t2_s": 0.1}, "T_s", "contradiction"),
        ({"d": 14, "T_s": 0.1, "t1_s": 0.2}, "T_s", "contradiction"),
        ({"d": 0, "T_s": 0.1}, "d", "above 0"),
        ({"d": 30, "T_s": 0.1, "C": 100}, "C", "128"),
        ({"device": "two_hand_control", "T_s": 0.1, "C": 100}, "C", "250"),
        ({"T_s": -0.1}, "T_s", "from 0"),
        ({"device": "angled", "angle_deg": 95}, "angle_deg", "90"),
        ({"resolution": 30}, "resolution", "unknown field"),
    ],
)
def test_bad_input_names_the_field_and_what_is_allowed(case: dict[str, Any], field: str, told: str) -> None:
    with pytest.raises(CaseError) as caught:
        METHOD.solve({"edition": 2010, "device": "orthogonal"} | case)
    assert field in str(caught.value)
    assert told in str(caught.value)


def test_the_table_is_whole_and_nothing_has_slipped() -> None:
    table = iso13855.data()["2010"]["reach_over"]
    assert sum(map(sum, table["c"])) == 64_200
    assert [len(row) for row in table["c"]] == [len(table["b"])] * len(table["a"])
    assert table["a"] == sorted(table["a"], reverse=True)
    assert table["b"] == sorted(table["b"])


def test_the_least_100_is_not_that_of_guards() -> None:
    assert ask(device="interlocked_guard", C=20, T_s=0.01)["S"] == pytest.approx(36)
    assert ask(device="two_hand_control", shroud=True, T_s=0.01)["S"] == 100


@pytest.mark.parametrize("edition", [2010, "2010", "ISO 13855:2010", "EN ISO 13855:2010", 2010.0])
def test_edition_in_any_wording(edition: Any) -> None:
    got = METHOD.solve({"edition": edition, "device": "vertical light curtain", "d": 14, "T_s": 0.1})
    assert (got["edition"], got["device"], got["S"]) == (2010, "orthogonal", 200)


def test_rounded_values_are_no_contradiction_and_the_safer_one_counts() -> None:
    assert ask(d=14, t1_s=0.0154, t2_s=0.1, T_s=0.115)["S"] == pytest.approx(230.8)
    assert ask(d=14, t1_s=0.0146, t2_s=0.1, T_s=0.115)["S"] == pytest.approx(230)
    got = ask(device="parallel", H_mm=333, T_s=0.1, C=1067)
    assert (got["C"], got["S"]) == (pytest.approx(1066.8), pytest.approx(1226.8))
    for case, place in (({"t1_s": 0.014, "t2_s": 0.1, "T_s": 0.115}, "T_s"), ({"T_s": 0.1, "C": 1}, "C")):
        with pytest.raises(CaseError, match=rf"{place}: contradiction"):
            ask(d=14, **case)
