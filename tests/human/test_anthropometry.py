"""Body dimensions against the survey's statistics."""

from __future__ import annotations

import csv
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from immersive.errors import UsageError
from immersive.human.anthropometry import Body, dimension, dimension_names, parse_body


@pytest.mark.parametrize(
    ("word", "body"),
    [
        ("F05", Body("female", 5.0)),
        ("f5", Body("female", 5.0)),
        ("M95", Body("male", 95.0)),
        ("F50", Body("female", 50.0)),
        ("M97.5", Body("male", 97.5)),
    ],
)
def test_words(word: str, body: Body) -> None:
    assert parse_body(word) == body
    assert parse_body(body.word) == body


@pytest.mark.parametrize("word", ["", "05", "X05", "F100", "F00", "F0.0", "F-5", "female", "F5%"])
def test_wrong_words(word: str) -> None:
    with pytest.raises(UsageError, match="percentile"):
        parse_body(word)


def test_turned_words_get_a_suggestion() -> None:
    for word in ("05F", "P05F", "P5F"):
        with pytest.raises(UsageError, match=r"did you mean 'F0?5'"):
            parse_body(word)


def test_known_figures() -> None:
    """Stature as published in NATICK/TR-15/007: means of 1.629 m (women) and 1.756 m (men)."""
    assert dimension("stature", Body("female", 50)).value == pytest.approx(1.629, abs=0.003)
    assert dimension("stature", Body("male", 50)).value == pytest.approx(1.756, abs=0.003)
    assert dimension("stature", Body("female", 5)).value == pytest.approx(1.525)
    assert dimension("stature", Body("male", 95)).value == pytest.approx(1.870, abs=0.006)
    assert dimension("body mass", Body("female", 50)).unit == "kg"
    shoulder = dimension("shoulder height", Body("female", 5))
    assert (shoulder.value, shoulder.method, shoulder.kind, shoulder.clause) == (
        1.242,
        "table",
        "measured",
        "4.1.4",
    )
    assert dimension("acromion-grip length", Body("female", 5)).kind == "derived"


def test_between_table_percentiles_the_normal_distribution_is_used() -> None:
    tenth = dimension("stature", Body("female", 10))
    assert tenth.method == "normal"
    assert tenth.value == pytest.approx(1.6285 + NormalDist().inv_cdf(0.1) * 0.0642)
    # And it stays close to the sample where both exist.
    for name in dimension_names():
        for sex in ("female", "male"):
            p05, p06 = (dimension(name, Body(sex, p)).value for p in (5, 6))
            assert p06 == pytest.approx(p05, rel=0.08)


def test_percentiles_grow() -> None:
    for name in dimension_names():
        for sex in ("female", "male"):
            values = [dimension(name, Body(sex, p)).value for p in (1, 5, 50, 95, 99)]
            assert values == sorted(values)
            assert values[0] > 0.0


def test_unknown_dimension() -> None:
    with pytest.raises(UsageError, match="did you mean 'stature'"):
        dimension("statur", Body("male", 50))


@pytest.mark.shared
def test_table_agrees_with_the_reference_and_the_raw_survey(shared: Path, root: Path) -> None:
    with (shared / "reference/anthropometry_ansur2.csv").open(encoding="utf-8") as file:
        reference = {
            (row["sex"], row["dimension"].removesuffix("_derived")): row for row in csv.DictReader(file)
        }
    with (root / "assets/anthropometry/ansur2.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    own = 0
    for row in rows:
        if row["ansur"] == "acromialheightsitting":
            own += 1
            continue
        expected = reference[row["sex"], row["ansur"]]
        for column in ("unit", "n", "mean", "sd", "p01", "p05", "p50", "p95", "p99", "kind"):
            assert row[column] == expected[column], (row["name"], column)
    assert own == 2
    # The sitting shoulder height is ours: from the raw survey, per subject.
    for sex, name in (("male", "MALE"), ("female", "FEMALE")):
        with (shared / f"reference/ansur2/ANSUR_II_{name}_Public.csv").open(encoding="latin-1") as file:
            subjects = list(csv.DictReader(file))
        heights = np.array(
            [float(s["acromialheight"]) - float(s["stature"]) + float(s["sittingheight"]) for s in subjects]
        )
        for percentile in (1, 5, 50, 95, 99):
            value = dimension("shoulder height, sitting", Body(sex, percentile)).value
            assert value * 1000 == pytest.approx(np.percentile(heights, percentile), abs=0.051)
