"""``immersive body``: dimensions of percentile persons."""

from __future__ import annotations

import json

import pytest

from immersive.cli import main
from immersive.human.percentiles import percentile_people


def test_json_holds_every_dimension(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["body", "F05", "m97.5", "--dimensions", "proportional", "--json", "-"]) == 0
    document = json.loads(capsys.readouterr().out)
    people = percentile_people(["F05", "M97.5"], dimensions="proportional")
    assert [person["id"] for person in document["people"]] == ["F05", "M97.5"]
    assert [person["sex"] for person in document["people"]] == ["female", "male"]
    for i, person in enumerate(document["people"]):
        assert set(person["dimensions"]) == set(people.dimensions)
        for name, value in person["dimensions"].items():
            assert value == pytest.approx(people[name][i], abs=6e-6)
    assert "United States Army" in document["how"]["en"]


def test_text_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["body", "F05", "--lang", "fr"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (stature,) = [line for line in lines if line.startswith("stature ")]
    assert stature.split() == ["stature", "mm", "1525"]
    (mass,) = [line for line in lines if line.startswith("body mass")]
    assert mass.split()[-1] == "58,3"
    assert any("régression linéaire" in line for line in lines)


def test_a_wrong_word_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["body", "5F"]) == 2
    assert "did you mean 'F5'" in capsys.readouterr().err
