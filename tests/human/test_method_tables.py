"""Every cell of the methods' tables: against the reference files, and against second transcriptions.

The strings below were typed from other sources than the committed tables: the REBA worksheet, a second
transcription of the RULA tables, and Table 5 of the NIOSH manual (2021).
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from immersive.human import en1005_4, iso11226, niosh, owas, reba, rula


def load(shared: Path, name: str) -> dict:
    return json.loads((shared / "reference" / name).read_text(encoding="utf-8"))


@pytest.mark.shared
@pytest.mark.parametrize(("module", "file"), [(rula, "rula.json"), (reba, "reba.json")])
def test_tables_of_rula_and_reba_are_those_of_the_reference(shared, module, file):
    reference = load(shared, file)
    for name in ("table_a", "table_b", "table_c"):
        assert module.tables()[name].tolist() == reference[name]["values"]
    assert module.tables()["source"] == reference["source"]


@pytest.mark.shared
def test_owas_table_is_that_of_the_reference(shared):
    reference = load(shared, "owas.json")
    assert owas.tables()["table"].tolist() == reference["table"]["values"]
    disputed = {(d["code"], d["value_here"], d["other"]) for d in reference["disputed"]}
    assert {(d["code"], d["value_here"], d["other"]) for d in owas.tables()["disputed"]} == disputed
    limits = reference["angle_thresholds"]
    assert owas.tables()["angle_thresholds"]["back_deg"] == limits["back_bent_or_twisted_deg"]
    assert owas.tables()["angle_thresholds"]["knee_included_deg"] == limits["knee_bent_deg_included_angle"]


@pytest.mark.shared
def test_niosh_table_and_constants_are_those_of_the_reference(shared):
    reference = load(shared, "niosh.json")
    rows = [
        [row["F"], *(row[h][v] for h in ("le_1h", "le_2h", "le_8h") for v in ("V_lt_75", "V_ge_75"))]
        for row in reference["frequency_multiplier"]["table"]
    ]
    assert niosh.tables()["frequency_multiplier"]["rows"] == rows
    metric, us = niosh.SYSTEMS["cm,kg,deg"], niosh.SYSTEMS["in,lb,deg"]
    m, u = reference["metric"], reference["us"]
    assert (metric.load_constant, us.load_constant) == (m["LC_kg"], u["LC_lb"])
    assert (metric.horizontal_min, metric.horizontal_max) == (m["H_min_cm"], m["H_max_cm"])
    assert (us.horizontal_min, us.horizontal_max) == (u["H_min_in"], u["H_max_in"])
    assert (metric.vertical_max, us.vertical_max) == (m["V_max_cm"], u["V_max_in"])
    assert (metric.travel_min, metric.travel_max) == (m["D_min_cm"], m["D_max_cm"])
    assert (us.travel_min, us.travel_max) == (u["D_min_in"], u["D_max_in"])
    for name, cells in reference["coupling_multiplier"].items():
        if name != "V_limit_in":
            assert niosh.coupling_multiplier(name, low=True) == cells["V_lt_75cm"]
            assert niosh.coupling_multiplier(name, low=False) == cells["V_ge_75cm"]


@pytest.mark.shared
def test_posture_limits_are_those_of_the_reference(shared):
    reference = load(shared, "posture_limits.json")
    iso, en = reference["iso_11226"], reference["en_1005_4"]
    for part, key in (("trunk", "inclination"), ("head", "inclination"), ("upper_arm", "elevation")):
        ours = iso11226.data()[part]
        bands = [band["range"] for band in iso[part][key]]
        assert [0, ours["acceptable_to_deg"]] in bands
        assert [ours["acceptable_to_deg"], ours["limited_to_deg"]] in bands
        assert ours["holding_time"] == iso[part]["holding_time"]["points"]
    neck = iso["head"]["neck_flexion_head_minus_trunk"][0]["range"]
    assert neck == [0, iso11226.data()["neck"]["acceptable_to_deg"]]
    words = {"acceptable": "acceptable", "not acceptable": "not_acceptable", "conditional": "conditional",
             "conditional (full trunk support)": "conditional:trunk_supported",
             "conditional (full arm support)": "conditional:arm_supported",
             "conditional (machine used for short duration)": "conditional:short_duration"}  # fmt: skip
    for ours, theirs in (("trunk_flexion", "trunk_flexion"), ("trunk_asymmetry", "trunk_lateral_or_twist"),
                         ("upper_arm", "upper_arm_elevation"), ("line_of_sight", "line_of_sight_below_horizontal")):  # fmt: skip
        rows = {tuple(row["range"]): row for row in en[theirs]}
        assert len(rows) == len(en1005_4.data()["bands"][ours]["rows"])
        for row in en1005_4.data()["bands"][ours]["rows"]:
            other = rows[tuple(row["range"])]
            assert row["static"] == words[other["static"]]
            assert row["low"] == words[other["low"]]
            assert row["high"] == words[other.get("high", other.get("2_to_10_per_min"))]
            assert row.get("very_high") == (
                words[other["ge_10_per_min"]] if "ge_10_per_min" in other else None
            )
    neck_en = en["neck_lateral_or_twist"][0]
    assert en1005_4.data()["neck"]["lateral_acceptable_to_deg"] == neck_en["lateral_max"]
    assert en1005_4.data()["neck"]["twist_acceptable_to_deg"] == neck_en["twist_max"]


def digits(text: str) -> list[int]:
    return [int(word) for word in text.split()]


def test_reba_tables_agree_with_the_worksheet():
    a = """1 2 3 4 1 2 3 4 3 3 5 6  2 3 4 5 3 4 5 6 4 5 6 7  2 4 5 6 4 5 6 7 5 6 7 8
           3 5 6 7 5 6 7 8 6 7 8 9  4 6 7 8 6 7 8 9 7 8 9 9"""
    sheet = (
        np.array(digits(a)).reshape(5, 3, 4).transpose(1, 0, 2)
    )  # the worksheet has the trunk down, the neck across
    assert np.array_equal(reba.tables()["table_a"], sheet)
    b = "1 2 2 1 2 3  1 2 3 2 3 4  3 4 5 4 5 5  4 5 5 5 6 7  6 7 8 7 8 8  7 8 8 8 9 9"
    assert reba.tables()["table_b"].ravel().tolist() == digits(b)
    c = """1 1 1 2 3 3 4 5 6 7 7 7  1 2 2 3 4 4 5 6 6 7 7 8  2 3 3 3 4 5 6 7 7 8 8 8  3 4 4 4 5 6 7 8 8 9 9 9
           4 4 4 5 6 7 8 8 9 9 9 9  6 6 6 7 8 8 9 9 10 10 10 10  7 7 7 8 9 9 9 10 10 11 11 11
           8 8 8 9 10 10 10 10 10 11 11 11  9 9 9 10 10 10 11 11 11 12 12 12"""
    assert reba.tables()["table_c"][:9].ravel().tolist() == digits(c)


def test_rula_tables_agree_with_a_second_transcription():
    a = """1 2 2 2 2 3 3 3  2 2 2 2 3 3 3 3  2 3 3 3 3 3 4 4  2 3 3 3 3 4 4 4  3 3 3 3 3 4 4 4  3 4 4 4 4 4 5 5
           3 3 4 4 4 4 5 5  3 4 4 4 4 4 5 5  4 4 4 4 4 5 5 5  4 4 4 4 4 5 5 5  4 4 4 4 4 5 5 5  4 4 4 5 5 5 6 6
           5 5 5 5 5 6 6 7  5 6 6 6 6 7 7 7  6 6 6 7 7 7 7 8  7 7 7 7 7 8 8 9  8 8 8 8 8 9 9 9  9 9 9 9 9 9 9 9"""
    assert rula.tables()["table_a"].ravel().tolist() == digits(a)
    b = """1 3 2 3 3 4 5 5 6 6 7 7  2 3 2 3 4 5 5 5 6 7 7 7  3 3 3 4 4 5 5 6 6 7 7 7
           5 5 5 6 6 7 7 7 7 7 8 8  7 7 7 7 7 8 8 8 8 8 8 8  8 8 8 8 8 8 8 9 9 9 9 9"""
    assert rula.tables()["table_b"].ravel().tolist() == digits(b)
    c = """1 2 3 3 4 5 5  2 2 3 4 4 5 5  3 3 3 4 4 5 6  3 3 3 4 5 6 6
           4 4 4 5 6 7 7  4 4 5 6 6 7 7  5 5 6 6 7 7 7  5 5 6 7 7 7 7"""
    assert rula.tables()["table_c"].ravel().tolist() == digits(c)


def test_frequency_table_agrees_with_table_5_of_the_manual():
    table = """.2 100 100 95 95 85 85|.5 97 97 92 92 81 81|1 94 94 88 88 75 75|2 91 91 84 84 65 65|3 88 88 79 79 55 55
    |4 84 84 72 72 45 45|5 80 80 60 60 35 35|6 75 75 50 50 27 27|7 70 70 42 42 22 22|8 60 60 35 35 18 18
    |9 52 52 30 30 0 15|10 45 45 26 26 0 13|11 41 41 0 23 0 0|12 37 37 0 21 0 0|13 0 34 0 0 0 0|14 0 31 0 0 0 0
    |15 0 28 0 0 0 0"""
    for row in table.split("|"):
        f, *cells = (float(word) for word in row.split())
        for (klass, low), cell in zip(
            itertools.product(("short", "moderate", "long"), (True, False)), cells, strict=True
        ):
            assert niosh.frequency_multiplier(f, klass, low=low) == pytest.approx(cell / 100.0, abs=1e-12)


def test_every_cell_of_rula_table_a_is_reached_by_a_case():
    for values in itertools.product(range(1, 7), range(1, 4), range(1, 5), (1, 2)):
        case = dict(zip(("upper_arm", "lower_arm", "wrist", "wrist_twist"), values, strict=True))
        cell = rula.tables()["table_a"][tuple(v - 1 for v in values)]
        assert rula.method().solve(case)["table_a"] == cell


def test_every_cell_of_the_other_tables_is_reached_by_a_case():
    for n, t, g in itertools.product(range(6), range(6), range(2)):
        case = {"neck": n + 1, "trunk": t + 1, "legs": g + 1}
        assert rula.method().solve(case)["table_b"] == rula.tables()["table_b"][n, t, g]
    for c, d in itertools.product(range(1, 14), range(1, 14)):
        solved = rula.method().solve({"score_c": c, "score_d": d})
        assert solved["grand"] == rula.tables()["table_c"][min(c, 8) - 1, min(d, 7) - 1]
        assert solved["action_level"] == {1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 4}[solved["grand"]]
    for n, t, g in itertools.product(range(3), range(5), range(4)):
        case = {"neck": n + 1, "trunk": t + 1, "legs": g + 1}
        assert reba.method().solve(case)["table_a"] == reba.tables()["table_a"][n, t, g]
    for u, e, w in itertools.product(range(6), range(2), range(3)):
        case = {"upper_arm": u + 1, "lower_arm": e + 1, "wrist": w + 1}
        assert reba.method().solve(case)["table_b"] == reba.tables()["table_b"][u, e, w]
    for a, b in itertools.product(range(12), range(12)):
        for activity in (0, 3):
            solved = reba.method().solve({"score_a": a + 1, "score_b": b + 1, "activity": activity})
            assert solved["grand"] == reba.tables()["table_c"][a, b] + activity
    for b, a, g, w in itertools.product(range(4), range(3), range(7), range(3)):
        solved = owas.method().solve({"code": f"{b + 1}{a + 1}{g + 1}{w + 1}"})
        assert solved["action_category"] == owas.tables()["table"][b, a, g, w]
        assert (solved["back"], solved["arms"], solved["legs"], solved["load"]) == (
            b + 1,
            a + 1,
            g + 1,
            w + 1,
        )


def test_reba_levels_of_every_score():
    levels = {1: 0, 2: 1, 3: 1, **dict.fromkeys(range(4, 8), 2), **dict.fromkeys(range(8, 11), 3),
              **dict.fromkeys(range(11, 16), 4)}  # fmt: skip
    for grand, level in levels.items():
        assert reba.method().solve({"grand": grand})["level"] == level
    for level in reba.tables()["levels"]:
        low, high = level["scores"]
        assert all(levels[score] == level["level"] for score in range(low, high + 1))
