"""ISO 13857 look-ups: every printed cell, band ends on both sides, the safer neighbour, and what is refused."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immersive.human.case_fields import CaseError
from immersive.safety import iso13857
from immersive.safety.iso13857_score import METHOD

# Hundredths of a millimetre: closer than a nanometre to a printed value is that value.
heights = st.integers(0, 300_000).map(lambda n: n / 100)
edges = st.integers(100_000, 300_000).map(lambda n: n / 100)
risks = st.sampled_from(iso13857.RISKS)


def ask(**case: Any) -> dict[str, Any]:
    return METHOD.solve(case)


def distance(a: float, b: float, risk: str) -> float:
    cell = iso13857.reach_over(a, b, risk)
    assert cell is not None
    return cell.c


@pytest.mark.shared
@pytest.mark.parametrize(("risk", "key"), [("low", "table_1_low_risk"), ("high", "table_2_high_risk")])
def test_every_cell_of_reaching_over(shared: Path, risk: str, key: str) -> None:
    table = json.loads((shared / "reference/iso13857.json").read_text())[key]
    for (i, a), (j, b) in itertools.product(enumerate(table["a"]), enumerate(table["b"])):
        assert ask(risk=risk, a=a, b=b)["c"] == table["c"][i][j], (a, b)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("table", "key"),
    [
        (4, "table_4_regular_openings_14_years_and_over"),
        (5, "table_5_regular_openings_3_years_and_over"),
        (7, "table_7_lower_limbs_14_years_and_over"),
    ],
)
def test_every_cell_of_the_openings_at_both_band_ends(shared: Path, table: int, key: str) -> None:
    reference = json.loads((shared / "reference/iso13857.json").read_text())[key]
    for row in reference["rows"]:
        cells = dict(zip(reference["columns"], row, strict=True))
        for shape in iso13857.SHAPES:
            expected = cells.get(shape, cells.get("square_or_round"))
            # The band is open below and closed above.
            for e in (cells["e_over"] + 0.001, (cells["e_over"] + cells["e_up_to"]) / 2, cells["e_up_to"]):
                assert ask(table=table, shape=shape, e=e)["sr"] == expected, (shape, e)


@pytest.mark.shared
def test_reach_around_and_overhead(shared: Path) -> None:
    reference = json.loads((shared / "reference/iso13857.json").read_text())
    for which, row in zip(iso13857.LIMITATIONS, reference["table_3_reaching_around"]["rows"], strict=True):
        got = ask(table=3, limitation=which)
        assert (got["sr"], got["support_length_min"]) == (row["sr_min"], row["support_length_min"])
    up = reference["reach_upwards"]
    assert iso13857.overhead_minimum("low") == up["low_risk_min_height"] == 2500
    assert iso13857.overhead_minimum("high") == up["high_risk_min_height"] == 2700


@pytest.mark.parametrize(
    ("risk", "a", "b", "c"),
    [
        # From the printed tables, between rows and columns: the larger of both rows, the lower column.
        ("low", 1500, 1300, 1000),
        ("low", 1500, 1500, 900),
        ("low", 1700, 1900, 600),
        ("low", 1300, 1700, 800),
        ("low", 2450, 1000, 100),
        ("high", 2300, 1500, 1000),
        ("high", 2650, 2600, 100),
        ("high", 2500, 2400, 300),
        ("high", 100, 1300, 900),
        ("high", 1600, 1999.9, 800),
    ],
)
def test_between_the_printed_values_the_safer_neighbour_is_taken(
    risk: str, a: float, b: float, c: float
) -> None:
    assert ask(risk=risk, a=a, b=b)["c"] == c


def test_the_taken_cell_is_told() -> None:
    got = ask(table=2, a=2300, b=1500)
    assert got["taken"]["a"] == 2200
    assert got["taken"]["b"] == 1400
    assert got["taken"]["a_rows"] == [2400, 2200]
    assert "1500" in got["taken"]["why"]["en"]
    assert got["cited"] == {"standard": "ISO 13857", "edition": "2019", "clause": "4.2.2, table 2"}
    assert (got["table"], got["risk"], got["confidence"]) == (2, "high", "confirmed by two sources")


@given(a=heights, b1=edges, b2=edges, risk=risks)
def test_a_higher_structure_never_needs_more(a: float, b1: float, b2: float, risk: str) -> None:
    low, high = sorted((b1, b2))
    assert distance(a, high, risk) <= distance(a, low, risk)


@given(a=heights, b=edges, risk=risks)
def test_never_below_any_printed_neighbour(a: float, b: float, risk: str) -> None:
    table = iso13857.data()["reach_over"][risk]
    if a >= table["a"][0]:
        assert distance(a, b, risk) == 0
        return
    above, below = min(r for r in table["a"] if r >= a), max(r for r in table["a"] if r <= a)
    left = max(e for e in table["b"] if e <= b)
    column = table["b"].index(left)
    assert distance(a, b, risk) == max(table["c"][table["a"].index(r)][column] for r in (above, below))


@given(a=heights, b=edges)
def test_high_risk_never_needs_less_than_low(a: float, b: float) -> None:
    assert distance(a, b, "high") >= distance(a, b, "low")


@pytest.mark.parametrize("risk", iso13857.RISKS)
def test_rounding_noise_does_not_change_the_row(risk: str) -> None:
    for a, b in itertools.product((1400.0, 2000.0), (1400.0, 1800.0)):
        for noise in (-1e-9, 1e-9):
            assert distance(a + noise, b - noise, risk) == distance(a, b, risk)


@pytest.mark.parametrize("b", [0, 500, 999.9])
def test_a_structure_below_1000_is_not_admitted(b: float) -> None:
    got = ask(risk="low", a=1200, b=b)
    assert got["c"] is None
    assert got["ok"] is False
    assert "1000" in got["reasons"][0]["en"]
    assert iso13857.reach_over(1200, b, "low") is None


@pytest.mark.parametrize(("b", "warned"), [(1000, True), (1399, True), (1400, False), (1800, False)])
def test_a_structure_below_1400_needs_more(b: float, warned: bool) -> None:
    reasons = ask(risk="high", a=1000, b=b)["reasons"]
    assert any("1400" in reason["en"] for reason in reasons) == warned


@pytest.mark.parametrize(
    ("risk", "height", "ok"),
    [("low", 2499, False), ("low", 2500, True), ("high", 2699, False), ("high", 2700, True), ("high", 2600, False)],
)  # fmt: skip
def test_overhead(risk: str, height: float, ok: bool) -> None:
    assert ask(hazard_height_overhead=height, risk=risk)["ok"] is ok
    # The same rule in the tables: out of reach overhead nothing need stand before it.
    cell = iso13857.reach_over(height, 500, risk)
    assert (cell is not None and cell.c == 0) is ok


def test_the_disputed_cell_is_told() -> None:
    got = ask(risk="low", a=0, b=1200)
    assert got["c"] == 200
    assert got["disputed"]["other"] == 500
    assert got["confidence"] == "one source"
    assert "disputed" not in ask(risk="low", a=200, b=1200)


def test_the_rows_from_one_source_are_told() -> None:
    assert ask(risk="low", a=800, b=1000)["confidence"] == "confirmed by two sources"
    # Between 800 and 600 the doubtful row has been compared.
    assert ask(risk="low", a=700, b=1000)["confidence"] == "one source"


@given(a=heights, c=st.floats(0, 2000), risk=risks)
def test_least_structure_is_the_first_that_holds(a: float, c: float, risk: str) -> None:
    b = iso13857.least_structure(a, c, risk)
    assert distance(a, b, risk) <= c
    lower = [edge for edge in iso13857.data()["reach_over"][risk]["b"] if edge < b]
    assert all(distance(a, edge, risk) > c for edge in lower)


@given(a=heights, b=edges, c=st.sampled_from([0.0, 100.0, 450.0, 900.0, 1500.0]), risk=risks)
def test_admissible_heights_are_those_that_need_no_more(a: float, b: float, c: float, risk: str) -> None:
    inside = any(
        low is not None and low <= a and (high is None or a <= high)
        for low, high in iso13857.admissible_heights(b, c, risk)
    )
    assert inside == (distance(a, b, risk) <= c)


def test_distance_there_is() -> None:
    assert ask(risk="low", a=1500, b=1400, c=900)["ok"] is True
    assert ask(risk="low", a=1500, b=1400, c=899)["ok"] is False
    got = ask(risk="low", a=1500, c=700)
    assert (got["b"], got["c"], got["ok"]) == (1800, 500, True)
    assert ask(risk="low", b=1800, c=500)["a_admissible"] == [[0, 1600], [2000, None]]


@pytest.mark.parametrize(
    ("length", "e", "sr"),
    [(65, 25, 200), (65.1, 25, 850), (None, 25, 850), (30, 30, 200), (65, 20, 120), (65, 30.1, 850), (40, 40, 850)],
)  # fmt: skip
def test_a_short_slot_stops_the_thumb_in_its_row_only(length: float | None, e: float, sr: float) -> None:
    assert ask(table=4, shape="slot", e=e, slot_length=length)["sr"] == sr


def test_a_short_slot_for_the_foot_is_told_and_not_applied() -> None:
    got = ask(table=7, shape="slot", e=50, slot_length=75)
    assert (got["sr"], got["sr_short_slot"]) == (180, 50)
    assert "not established" in got["not_established"][0]["en"]
    assert "sr_short_slot" not in ask(table=7, shape="slot", e=50, slot_length=76)


@given(e1=st.floats(0.01, 120), e2=st.floats(0.01, 120), table=st.sampled_from(["4", "7"]))
def test_a_smaller_opening_never_needs_more(e1: float, e2: float, table: str) -> None:
    small, large = sorted((e1, e2))
    for shape in iso13857.SHAPES:
        near, far = (iso13857.through_opening(table, shape, e).sr for e in (small, large))
        assert near is not None
        assert far is not None
        assert near <= far
    slot, square, round_ = (
        iso13857.through_opening(table, shape, small).sr or 0 for shape in iso13857.SHAPES
    )
    assert slot >= square >= round_


@pytest.mark.parametrize(
    ("table", "shape", "e", "whole"),
    [
        (4, "slot", 120.1, False), (4, "slot", 180, False), (4, "slot", 180.1, True), (4, "round", 240, False),
        (4, "square", 241, True), (5, "slot", 101, False), (7, "slot", 181, True), (7, "square", 240.1, True),
    ],
)  # fmt: skip
def test_openings_beyond_the_tables_have_no_distance(table: int, shape: str, e: float, whole: bool) -> None:
    got = ask(table=table, shape=shape, e=e)
    assert got["sr"] is None
    assert got["ok"] is False
    assert got.get("whole_body", False) is whole


def test_an_irregular_opening_takes_the_smallest_of_the_three() -> None:
    got = ask(table=4, shape="irregular", e_slot=25, e_square=35, e_round=38)
    assert (got["sr"], got["taken"]["column"], got["confidence"]) == (120, "round", "from memory")
    assert ask(table=4, shape="irregular", e_slot=25)["missing"] == ["e_square", "e_round"]


def test_what_is_missing_or_not_established() -> None:
    assert ask(table=1, a=1500)["missing"] == ["b"]
    assert ask(a=1500, b=1200)["missing"] == ["risk"]
    assert ask(table=4, shape="slot")["missing"] == ["e"]
    assert ask(shape="slot", e=20)["missing"] == ["table"]
    got = ask(table=6, shape="slot", e=20)
    assert got["not_established"]
    assert "sr" not in got


def test_confidence_of_the_lower_limb_cells() -> None:
    assert ask(table=7, shape="slot", e=50)["confidence"] == "confirmed by two sources"
    got = ask(table=7, shape="square", e=50)
    assert got["confidence"] == "from memory"
    assert "verify it in the standard" in got["notes"][0]["en"]


@pytest.mark.parametrize(
    ("case", "field", "told"),
    [
        ({"table": 8}, "table", "'7'"),
        ({"table": 1, "risk": "high", "a": 1, "b": 1000}, "risk", "contradiction"),
        ({"risk": "medium"}, "risk", "'low' or 'high'"),
        ({"table": 4, "shape": "oval"}, "shape", "'slot'"),
        ({"table": 4, "shape": "slot", "e": 0}, "e", "above 0"),
        ({"table": 4, "shape": "slot", "e": -1}, "e", "from 0"),
        ({"table": 4, "shape": "slot", "e": 30, "slot_length": 20}, "slot_length", "narrow side"),
        ({"table": 1, "a": "1500"}, "a", "a number"),
        ({"hight": 3}, "hight", "unknown field"),
        ({"a": 1, "a_mm": 2}, "a", "given twice"),
    ],
)
def test_bad_input_names_the_field_and_what_is_allowed(case: dict[str, Any], field: str, told: str) -> None:
    with pytest.raises(CaseError) as caught:
        ask(**case)
    assert field in str(caught.value)
    assert told in str(caught.value)


def test_the_tables_are_whole_and_nothing_has_slipped() -> None:
    """Without the reference at hand: shape, order and the sum of all printed cells."""
    for risk, total in (("low", 37_350), ("high", 66_800)):
        table = iso13857.data()["reach_over"][risk]
        assert sum(map(sum, table["c"])) == total
        assert [len(row) for row in table["c"]] == [len(table["b"])] * len(table["a"])
        assert table["a"] == sorted(table["a"], reverse=True)
        assert table["b"] == sorted(table["b"])


def test_words_as_the_standard_prints_them() -> None:
    assert ask(table="Table 2", risk="High risk", a=1500, b=1400)["c"] == 1100
    assert ask(risk="low_risk", a=1500, b=1400)["table"] == 1
    # The columns of table 7 are slot, and square or round; where they differ elsewhere the square asks more.
    assert ask(table=7, shape="square or round", e=50)["sr"] == 80
    for table in (4, 5):
        for e in range(1, 121):
            answers = {
                shape: ask(table=table, shape=shape, e=e)["sr"]
                for shape in ("square or round", "square", "round")
            }
            assert answers["square or round"] == answers["square"]
            assert answers["square"] is None or answers["square"] >= answers["round"]
