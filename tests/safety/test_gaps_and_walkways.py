"""ISO 13854 gaps and the widths of walkways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from immersive.human.case_fields import CaseError
from immersive.safety import iso13854, walkway_width

GAPS = {
    "body": 500,
    "head": 300,
    "leg": 180,
    "foot": 120,
    "toes": 50,
    "arm": 120,
    "hand_wrist_fist": 100,
    "finger": 25,
}


def gap(**case: Any) -> dict[str, Any]:
    return iso13854.METHOD.solve(case)


def width(**case: Any) -> dict[str, Any]:
    return walkway_width.METHOD.solve(case)


@pytest.mark.parametrize(("part", "least"), GAPS.items())
def test_gaps_at_the_limit_and_below(part: str, least: float) -> None:
    assert gap(part=part, gap=least) == gap(part=part, gap=least) | {"min": least, "ok": True}
    assert gap(part=part, gap=least - 0.01)["ok"] is False
    assert gap(part=part)["min"] == least
    assert gap(part=part)["missing"] == ["gap"]


@pytest.mark.shared
def test_gaps_are_those_of_the_reference(shared: Path) -> None:
    reference = json.loads((shared / "reference/iso13854.json").read_text())
    assert iso13854.data()["min_gap"] == reference["min_gap"] == GAPS


def test_gap_input() -> None:
    assert gap(part="fist", gap=100)["min"] == 100
    assert gap(gap=100)["missing"] == ["part"]
    with pytest.raises(CaseError, match="'finger'"):
        gap(part="tail", gap=1)
    with pytest.raises(CaseError, match="gap: found -1"):
        gap(part="leg", gap=-1)


@pytest.mark.parametrize(
    ("case", "least"),
    [
        ({"rule": "fr_arrete_1974", "load_width": 1200, "traffic": "one_way"}, 2200),
        ({"rule": "fr_arrete_1974", "load_width": 1200, "traffic": "two_way"}, 3800),
        ({"rule": "fr_arrete_1974", "load_width": 800, "traffic": "two-way", "users": "trucks"}, 3000),
        ({"rule": "inrs", "traffic": "one_way"}, 800),
        ({"rule": "inrs", "traffic": "two_way", "users": "pedestrians"}, 1200),
        ({"rule": "inrs", "users": 1}, 800),
        ({"rule": "inrs", "users": 2}, 1200),
        ({"rule": "iso14122", "users": "several"}, 1000),
        ({"rule": "inrs", "category": "behind_workstation"}, 1500),
        ({"rule": "fr_code_du_travail", "units": 1}, 900),
        ({"rule": "fr_code_du_travail", "units": 2}, 1400),
        ({"rule": "fr_code_du_travail", "units": 3}, 1800),
        ({"rule": "fr_code_du_travail", "units": 5}, 3000),
        ({"rule": "iso14122", "traffic": "one_way"}, 600),
        ({"rule": "iso14122", "traffic": "two_way"}, 1000),
        ({"rule": "iso14122", "category": "recommended"}, 800),
        ({"rule": "iso14122", "category": "exceptional"}, 500),
        ({"rule": "suva"}, 1200),
        ({"rule": "suva", "category": "secondary"}, 800),
        ({"rule": "suva_ch", "category": "exceptional"}, 600),
    ],
)
def test_widths(case: dict[str, Any], least: float) -> None:
    got = width(**case)
    assert got["min_width"] == least
    assert got["missing"] == []
    assert width(**case, width=least)["ok"] is True
    assert width(**case, width=least - 1)["ok"] is False


def test_every_demand_of_the_file_is_reached() -> None:
    for name, rule in walkway_width.figures("walkways")["rules"].items():
        for demand in rule["demands"]:
            case: dict[str, Any] = {"rule": name, "load_width": 1000}
            case |= {key: demand[key] for key in ("users", "traffic", "category") if demand[key] != "any"}
            case |= {"units": demand["units"]} if "units" in demand else {}
            got = width(**case)
            expected = (
                demand.get("width", 0) + demand.get("per_load_width", 0)
                + demand.get("width_per_unit", 0) * demand.get("units", 0)
            )  # fmt: skip
            assert got["min_width"] == pytest.approx(expected * 1000)
            assert got["cited"]["clause"] == demand["clause"]
            assert got["confidence"] == demand.get("confidence", rule["confidence"])


@pytest.mark.parametrize(
    ("case", "missing"),
    [
        ({"rule": "inrs"}, ["traffic"]),
        ({"rule": "fr_arrete_1974", "traffic": "one_way"}, ["load_width"]),
        ({"rule": "fr_arrete_1974", "load_width": 900}, ["traffic"]),
        ({"rule": "fr_code_du_travail"}, ["units"]),
        ({"traffic": "one_way"}, ["rule"]),
    ],
)
def test_what_is_missing_is_not_guessed(case: dict[str, Any], missing: list[str]) -> None:
    got = width(**case)
    assert got["missing"] == missing
    assert "min_width" not in got


def test_no_figure_is_told() -> None:
    got = width(rule="inrs", users="trucks", traffic="one_way")
    assert "no width" in got["not_established"][0]["en"]
    assert "min_width" not in got


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ({"rule": "osha"}, "'fr_arrete_1974'"),
        ({"rule": "inrs", "traffic": "both"}, "'one_way' or 'two_way'"),
        ({"rule": "fr_code_du_travail", "units": 0}, "from 1 to 1000"),
        ({"rule": "fr_code_du_travail", "units": 1.5}, "whole number"),
        ({"rule": "fr_arrete_1974", "traffic": "one_way", "load_width": 0}, "above 0"),
        ({"rule": "inrs", "users": 0}, "whole number of people"),
        ({"rule": "inrs", "users": float("inf")}, "whole number of people"),
    ],
)
def test_bad_input_names_what_is_allowed(case: dict[str, Any], told: str) -> None:
    with pytest.raises(CaseError) as caught:
        width(**case)
    assert told in str(caught.value)


@pytest.mark.parametrize(("word", "gap"), [
    ("Hand/wrist/fist", 100), ("hand, wrist, fist", 100), ("hand, wrist or fist", 100), ("hands", 100), ("fist", 100),
    ("whole body", 500), ("Torso", 500), ("feet", 120), ("toe", 50), ("forearm", 120), ("thumb", 25), ("legs", 180),
    ("Tête", 300), ("poing", 100), ("doigt", 25)])  # fmt: skip
def test_parts_in_the_words_people_use(word: str, gap: float) -> None:
    assert iso13854.METHOD.solve({"part": word})["min"] == gap


def test_every_other_word_names_a_part() -> None:
    assert set(iso13854.SYNONYMS.values()) <= set(iso13854.PARTS)
    assert not set(iso13854.SYNONYMS) & (set(iso13854.PARTS) - {"hand_wrist_fist"})


@pytest.mark.parametrize(("case", "width"), [
    ({"rule": "inrs", "users": "two persons crossing"}, 1200),
    ({"rule": "inrs", "category": "passage behind occupied workstation"}, 1500),
    ({"rule": "ISO 14122-2:2016", "users": "several persons"}, 1000),
    ({"rule": "suva", "category": "pedestrian_secondary"}, 800),
    ({"rule": "arrêté 1974", "load_width": 1000, "traffic": "double sens"}, 3400),
    ({"rule": "fr_arrete_1974", "load_width": 1000, "traffic": "single", "users": "forklift"}, 2000),
    ({"rule": "fr_arrete_1974", "load_width": 1000, "traffic": "two_way", "users": 2}, 3400)])  # fmt: skip
def test_walkways_in_the_words_people_use(case: dict[str, Any], width: float) -> None:
    assert walkway_width.METHOD.solve(case)["min_width"] == width


def test_a_number_of_people_does_not_turn_a_truck_aisle_two_way() -> None:
    got = walkway_width.METHOD.solve({"rule": "fr_arrete_1974", "load_width": 1000, "users": 2})
    assert got["missing"] == ["traffic"]
    assert any("users 2" in line["en"] for line in got["assumed"])
