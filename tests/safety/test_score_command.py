"""The look-ups through ``immersive score``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from immersive.cli import main


def score(
    method: str, cases: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> list[dict[str, Any]]:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases), encoding="utf-8")
    assert main(["score", method, str(file)]) == 0
    out = json.loads(capsys.readouterr().out)
    assert isinstance(out, list)
    return out


def test_a_list_and_one_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    got = score("iso13857", [
        {"id": "fence", "table": 2, "risk": "high", "a": 1500, "b": 1700},
        {"table": 4, "shape": "square", "e": 40},
        {"table": 7, "shape": "slot", "e": 60},
        {"hazard_height_overhead": 2700, "risk": "high"},
    ], tmp_path, capsys)  # fmt: skip
    assert got[0]["id"] == "fence"
    assert (got[0]["c"], got[1]["sr"], got[2]["sr"], got[3]["ok"]) == (900, 200, 180, True)
    [one] = score("iso13854", {"part": "arm", "gap": 119}, tmp_path, capsys)
    assert (one["ok"], one["min"]) == (False, 120)
    [one] = score("walkway", {"rule": "inrs", "traffic": "two_way"}, tmp_path, capsys)
    assert (one["rule"], one["min_width"]) == ("inrs", 1200)


def test_separation_distances(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    got = score("iso13855", [
        {"edition": 2010, "device": "orthogonal", "d": 14, "t1_s": 0.03, "t2_s": 0.29},
        {"edition": 2010, "device": "parallel", "H_mm": 300, "d": 70, "T_s": 0.5},
        {"edition": "2010", "device": "reach_over", "a_mm": 1400, "b_mm": 1600, "d": 30, "T_s": 0.4},
    ], tmp_path, capsys)  # fmt: skip
    assert (got[0]["C"], got[0]["S"]) == (0, 512)
    assert (got[1]["C"], got[1]["S"], got[1]["H_min"]) == (1080, 1880, 300)
    assert (got[2]["C_RO"], got[2]["S_RO"], got[2]["S"], got[2]["edition"]) == (650, 1290, 1290, 2010)


def test_every_sentence_is_in_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = {
        "iso13857": [{"table": 7, "shape": "slot", "e": 200}, {"table": 1, "a": 0, "b": 900}, {"table": 6}],
        "iso13855": [{"edition": 2024, "device": "single_beam"}, {"edition": 2010, "device": "mat", "T_s": 0.1, "d": 5}],
        "walkway": [{"rule": "inrs", "users": "trucks"}, {"rule": "suva", "width": 900}],
    }  # fmt: skip
    for method, some in cases.items():
        for result in score(method, some, tmp_path, capsys):
            said = [
                *result["reasons"],
                *result["not_established"],
                *result["assumed"],
                *result["unused"],
                *result["notes"],
            ]
            assert said
            for sentence in said:
                assert set(sentence) == {"en", "fr"}
                assert sentence["en"] != sentence["fr"]


def test_bad_input_ends_with_2_and_names_the_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cases.json"
    file.write_text('[{"part": "arm"}, {"part": "tail"}]', encoding="utf-8")
    assert main(["score", "iso13854", str(file)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "case [1]" in told.err
    assert "'finger'" in told.err


@pytest.mark.parametrize("method", ["iso13857", "iso13855", "iso13854", "walkway"])
def test_fields_are_listed(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", method, "--fields"]) == 0
    assert "confidence:" in capsys.readouterr().out
