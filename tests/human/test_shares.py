"""Shares of a population: published intervals, weights, words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import UsageError
from immersive.human.measured import read_table
from immersive.human.population import (
    Share,
    accommodated,
    people_of,
    percent,
    percentile_people,
    sampled,
    share,
    share_words,
    wilson,
)
from immersive.scene.station import Population

PEOPLE = sampled(200, seed=5)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3 (Wilson without continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_intervals(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert wilson(of - count, of) == (pytest.approx(1 - high, abs=5e-5), pytest.approx(1 - low, abs=5e-5))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 500), st.integers(1, 500))
def test_the_ends_of_the_interval_solve_the_score_equation(count: int, of: int) -> None:
    count = min(count, of)
    p = count / of
    for end in wilson(count, of):
        if 0.0 < end < 1.0:
            assert abs(p - end) == pytest.approx(1.959963984540054 * np.sqrt(end * (1 - end) / of), rel=1e-9)
    assert 0.0 <= wilson(count, of)[0] <= p <= wilson(count, of)[1] <= 1.0


def test_shares_by_sex_and_weighted() -> None:
    ok = np.ones(400, bool)
    ok[:50] = False  # a quarter of the women
    ok[200:210] = False  # a twentieth of the men
    missing = np.full(400, np.nan)
    missing[:50] = np.linspace(0.001, 0.050, 50)
    missing[200:210] = 0.070
    found = share(ok, PEOPLE, missing=missing, share_of_women=0.3)
    assert found.women is not None
    assert found.men is not None
    assert (found.women.value, found.men.value) == (0.75, 0.95)
    assert (found.women.count, found.women.of) == (150, 200)
    assert found.all.value == pytest.approx(0.3 * 0.75 + 0.7 * 0.95, abs=1e-15)
    assert found.all.low < found.all.value < found.all.high
    # The interval of the weighted sum: squares of the weighted half widths add up.
    below = np.hypot(0.3 * (0.75 - found.women.low), 0.7 * (0.95 - found.men.low))
    assert found.all.value - found.all.low == pytest.approx(below, abs=1e-15)
    short = found.shortfall
    assert short is not None
    assert (short.largest, short.person) == (0.070, "sample M 0001")
    assert short.median == pytest.approx(
        np.median(np.r_[np.linspace(0.001, 0.050, 50), [0.07] * 10]), abs=1e-15
    )
    assert found.sampled
    # Weights of 0 and 1 are one sex alone.
    only = share(ok, PEOPLE, share_of_women=1.0)
    assert (only.all.value, only.all.low, only.all.high) == (0.75, found.women.low, found.women.high)
    assert share(ok, PEOPLE).all.value == pytest.approx(0.85, abs=1e-15)
    assert share(ok, PEOPLE).shortfall is None
    assert share(np.ones(400, bool), PEOPLE, missing=missing).shortfall is None


def test_one_sex_alone_and_order_do_not_matter() -> None:
    men = PEOPLE.pick(~PEOPLE.female)
    found = share(men["stature"] > 1.75, men)
    assert found.women is None
    assert found.men is not None
    assert found.all == found.men
    assert found.share_of_women == 0.0
    assert share_words(found)["en"].endswith("of men")
    assert "women" not in share_words(found)["en"]
    order = np.random.default_rng(1).permutation(400)
    ok = PEOPLE["stature"] > 1.62
    assert share(ok[order], PEOPLE.pick(order)).all == share(ok, PEOPLE).all


def test_what_makes_no_share() -> None:
    with pytest.raises(UsageError, match="percentile persons"):
        share(np.array([True]), percentile_people(["F05"]))
    with pytest.raises(UsageError, match="3 answers for 400 people"):
        share(np.ones(3, bool), PEOPLE)
    with pytest.raises(UsageError, match="no finite shortfall"):
        share(np.zeros(400, bool), PEOPLE, missing=np.full(400, np.nan))


@pytest.mark.parametrize(
    ("value", "en", "fr"),
    [
        (1.0, "100 %", "100 %"),
        (0.0, "0 %", "0 %"),
        (0.9996, "more than 99.9 %", "plus de 99,9 %"),
        (0.9951, "99.5 %", "99,5 %"),
        (0.991, "99.1 %", "99,1 %"),
        (0.914, "91 %", "91 %"),
        (0.99, "99 %", "99 %"),
        (0.004, "0.4 %", "0,4 %"),
        (0.0002, "less than 0.1 %", "moins de 0,1 %"),
    ],
)
def test_percentages_never_round_to_everybody_or_nobody(value: float, en: str, fr: str) -> None:
    assert percent(value, "en").replace("\u00a0", " ") == en
    assert percent(value, "fr").replace("\u00a0", " ") == fr


def test_the_sentence_of_a_share() -> None:
    ok = np.ones(400, bool)
    ok[:18] = False
    ok[200:202] = False
    found = share(ok, PEOPLE)
    assert isinstance(found, Share)
    assert share_words(found) == {
        "en": "91\u00a0% of women, 99\u00a0% of men",
        "fr": "91\u00a0% des femmes, 99\u00a0% des hommes",
    }


# --- studies --------------------------------------------------------------------------------------


def test_the_usual_study() -> None:
    study = people_of(Population("p"))
    assert study.named.ids == ("F05", "F50", "M50", "M95")
    assert (study.smallest, study.largest) == ("F05", "M95")
    assert study.sample is not None
    assert (len(study.sample), int(study.sample.female.sum())) == (1000, 500)
    assert study.sample["stature"].tobytes() == sampled(500, seed=1)["stature"].tobytes()


def test_a_study_as_the_layout_says() -> None:
    population = Population(
        "p", smallest="M05", largest="M97.5", percentiles=("F50", "M99"), dimensions="proportional",
        sample_size=30, seed=8, share_of_women=0.2, shoe_height=0.03, clothing=0.01, slump=0.04,
    )  # fmt: skip
    study = people_of(population)
    assert study.named.ids == ("F50", "M05", "M97.5", "M99")  # by stature
    assert (study.smallest, study.largest) == ("M05", "M97.5")
    assert "scaled with stature" in study.named.how["en"]
    assert study.sample is not None
    assert study.sample.share_of_women == 0.2
    assert len(study.sample) == 60
    for people in (study.named, study.sample):
        allowed = people.allowances
        assert (allowed.shoe_height, allowed.clothing, allowed.slump) == (0.03, 0.01, 0.04)
    assert people_of(Population("p", people="percentiles")).sample is None


def test_a_study_of_measured_people() -> None:
    table = read_table("sex,stature_mm\nM,1700\nM,1750\nM,1800\nF,1600\nF,1500", file="t.csv")
    study = people_of(Population("p", source="t.csv", table=table, smallest="F10", largest="M90"))
    assert study.sample is not None
    assert study.sample.kind == "individuals"
    assert len(study.sample) == 5
    assert study.named.ids == ("F10", "F50", "M50", "M90")
    np.testing.assert_allclose(study.named["stature"], [1.51, 1.55, 1.75, 1.79], atol=1e-12)
    assert "t.csv" in study.named.how["fr"]
    assert study.named.notes == ()


def test_a_study_tells_all_that_a_report_needs() -> None:
    table = read_table("sex,stature_mm,age\nM,1700,3\nM,1800,4\nM,,5", file="t.csv")
    told = people_of(Population("p", source="t.csv", table=table, clothing=0.01, slump=0.035)).told()
    english, french = (" ".join(word[lang] for word in told) for lang in ("en", "fr"))
    for piece in ("2 men measured one by one", "left out for want of a stature: 1 person (line 4)", "not read: age",
                  "no women: F05 → M05", "Shoes add 25\u00a0mm", "clothing 10\u00a0mm", "35\u00a0mm are taken off",
                  "United States Army", "estimated for everyone"):  # fmt: skip
        assert piece in english, piece
    for piece in (
        "2 hommes, mesures individuelles",
        "ne contient pas de femmes",
        "vêtements 10\u00a0mm",
        "armée",
    ):
        assert piece in french, piece
    usual = people_of(Population("p")).told()
    assert len(usual) == 3
    assert "drawn at random" in usual[1]["en"]


def test_a_table_without_women_says_whom_it_took() -> None:
    table = read_table("sex,stature_mm\nM,1700\nM,1800", file="t.csv")
    study = people_of(Population("p", source="t.csv", table=table))
    assert study.named.ids == ("M05", "M50", "M95")
    assert (study.smallest, study.largest) == ("M05", "M95")
    assert "no women" in study.named.notes[0]["en"]
    assert "F05 → M05" in study.named.notes[0]["fr"]


@pytest.mark.parametrize(
    ("population", "said"),
    [
        (Population("p", source="ethnic"), "no body dimensions from 'ethnic'"),
        (Population("p", people="individuals"), "need a CSV file"),
        (Population("p", people="sampld"), "did you mean 'sampled'"),
        (Population("p", smallest="W05"), "cannot read the percentile 'W05'"),
    ],
)
def test_populations_that_make_no_sense(population: Population, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        people_of(population)


def test_the_accommodated_of_a_sample() -> None:
    people = sampled(3000, seed=2)
    low, high = percentile_people(["F05", "M95"])["stature"]
    kept = accommodated(people)
    inside = (people["stature"] >= low) & (people["stature"] <= high)
    assert kept.ids == tuple(np.array(people.ids)[inside])
    # A twentieth of the women is shorter, a twentieth of the men taller; hardly anyone else is left out.
    assert len(kept) / len(people) == pytest.approx(0.95, abs=0.01)
    assert f"{len(kept)} of 6000" in kept.how["en"]
    assert f"les {len(kept)} sur 6000" in kept.how["fr"]
    with pytest.raises(UsageError, match="nobody"):
        accommodated(people, "M99.9", "F01")


def test_the_accommodated_of_measured_people_are_by_their_own_percentiles() -> None:
    table = read_table("sex,stature_mm\n" + "\n".join(f"M,{h}" for h in range(1500, 1601)), file="t.csv")
    study = people_of(Population("p", source="t.csv", table=table))
    assert study.sample is not None
    kept = accommodated(study.sample, "F05", "M95")  # no women: open below
    assert (kept["stature"].min(), kept["stature"].max()) == (1.5, 1.595)
