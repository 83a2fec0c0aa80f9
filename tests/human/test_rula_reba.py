"""RULA and REBA: every band on both sides of its ends, any starting point, contradictions, sides, arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.human import reba, rula
from immersive.human.case_fields import CaseError

E = 1e-9


def one(module, part, **case):
    return module.method().solve(case)[part]


RULA_BANDS = [
    ("upper_arm", "upper_arm_flexion_deg", [(-20 - E, 2), (-20, 1), (0, 1), (20, 1), (20 + E, 2), (45, 2), (45 + E, 3),
                                            (90, 3), (90 + E, 4), (180, 4), (-90, 2)]),
    ("lower_arm", "lower_arm_flexion_deg", [(60 - E, 2), (60, 1), (100, 1), (100 + E, 2), (0, 2), (160, 2)]),
    ("wrist", "wrist_flexion_deg", [(0, 1), (E, 2), (-E, 2), (15 - E, 2), (15, 3), (-15, 3), (-15 + E, 2), (90, 3)]),
    ("neck", "neck_flexion_deg", [(-E, 4), (0, 1), (10, 1), (10 + E, 2), (20 - E, 2), (20, 3), (60, 3), (-30, 4)]),
    ("trunk", "trunk_flexion_deg", [(0, 1), (E, 2), (20, 2), (20 + E, 3), (60 - E, 3), (60, 4), (120, 4), (-10, 2)]),
]  # fmt: skip
REBA_BANDS = [
    ("trunk", "trunk_flexion_deg", [(0, 1), (E, 2), (20, 2), (20 + E, 3), (60, 3), (60 + E, 4), (-20, 2), (-20 - E, 3)]),
    ("neck", "neck_flexion_deg", [(0, 1), (20, 1), (20 + E, 2), (-E, 2)]),
    ("upper_arm", "upper_arm_flexion_deg", [(-20 - E, 2), (-20, 1), (20, 1), (20 + E, 2), (45, 2), (45 + E, 3), (90, 3),
                                            (90 + E, 4)]),
    ("lower_arm", "lower_arm_flexion_deg", [(60 - E, 2), (60, 1), (100, 1), (100 + E, 2)]),
    ("wrist", "wrist_flexion_deg", [(0, 1), (15, 1), (-15, 1), (15 + E, 2), (-15 - E, 2)]),
    ("load", "load_kg", [(0, 0), (5 - E, 0), (5, 1), (10, 1), (10 + E, 2)]),
    ("activity", "repeats_per_min", [(0, 0), (4, 0), (4 + E, 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("part", "field", "cases"), RULA_BANDS)
def test_rula_bands(part, field, cases):
    assert [one(rula, part, **{field: angle}) for angle, _ in cases] == [score for _, score in cases]


@pytest.mark.parametrize(("part", "field", "cases"), REBA_BANDS)
def test_reba_bands(part, field, cases):
    assert [one(reba, part, **{field: value}) for value, _ in cases] == [score for _, score in cases]


@pytest.mark.parametrize(("knee", "supported", "score"), [
    (0, True, 1), (30 - E, True, 1), (30, True, 2), (60, True, 2), (60 + E, True, 3), (0, False, 2), (45, False, 3), (61, False, 4)])  # fmt: skip
def test_reba_legs(knee, supported, score):
    assert one(reba, "legs", knee_flexion_deg=knee, legs_supported=supported) == score


def test_reba_sitting_knees_add_nothing():
    assert one(reba, "legs", sitting=True, knee_flexion_deg=90) == 1
    assert one(reba, "legs", sitting=True) == 1


@pytest.mark.parametrize(("load", "repeats", "static", "shock", "score"), [
    (2 - E, 0, False, False, 0), (2 - E, 9, True, False, 0), (2, 4, False, False, 1), (2, 4 + E, False, False, 2),
    (10 - E, 0, False, False, 1), (10 - E, 0, True, False, 2), (10, 0, False, False, 2), (10, 5, False, False, 3),
    (10, 0, True, False, 3), (0, 0, False, True, 3)])  # fmt: skip
def test_rula_force(load, repeats, static, shock, score):
    case = {"load_kg": load, "repeats_per_min": repeats, "static": static, "shock": shock}
    assert one(rula, "force_arm", **case) == one(rula, "force_body", **case) == score


def test_rula_adjustments():
    assert one(rula, "upper_arm", upper_arm_flexion_deg=0, arm_supported=True) == 1  # not below 1
    assert (
        one(rula, "upper_arm", upper_arm_flexion_deg=100, shoulder_raised=True, upper_arm_abducted=True) == 6
    )
    assert one(rula, "upper_arm", upper_arm_flexion_deg=30, shoulder_raised=True, arm_supported=True) == 2
    assert one(rula, "lower_arm", lower_arm_flexion_deg=50, across_midline=True) == 3
    assert one(rula, "wrist", wrist_flexion_deg=20, wrist_deviated=True) == 4
    assert one(rula, "neck", neck_flexion_deg=-5, neck_twisted=True, neck_bent_sideways=True) == 6
    assert one(rula, "trunk", trunk_flexion_deg=70, trunk_twisted=True, trunk_bent_sideways=True) == 6
    # REBA adds 1 for twisted or bent, once
    assert one(reba, "neck", neck_flexion_deg=30, neck_twisted=True, neck_bent_sideways=True) == 3
    assert one(reba, "trunk", trunk_flexion_deg=70, trunk_twisted=True, trunk_bent_sideways=True) == 5
    assert one(reba, "wrist", wrist_flexion_deg=20, wrist_deviated=True, wrist_twisted=True) == 3
    assert one(reba, "load", load_kg=11, shock=True) == 3


@pytest.mark.parametrize(
    ("word", "score"), [("good", 0), ("Fair", 1), ("poor", 2), ("unacceptable", 3), (2, 2)]
)
def test_reba_coupling_words(word, score):
    assert one(reba, "coupling", coupling=word) == score
    assert one(reba, "score_b", coupling=word, table_b=4) == 4 + score


# Published and worksheet examples -----------------------------------------------------------------


def test_rula_text_of_the_paper_on_low_grand_scores():
    """McAtamney and Corlett 1993: a grand score of 1 or 2 means A and B of 2 or less, muscle and force 0."""
    for c in range(1, 14):
        for d in range(1, 14):
            low = rula.method().solve({"score_c": c, "score_d": d})["grand"] <= 2
            assert not low or (c <= 2 and d <= 2)


def test_reba_example_of_the_public_implementation():
    """rs9000/ergonomics: neck 2, trunk 2, legs 2 → A 4; upper arm 1, lower arm 2, wrist 3 → B 3; C 4."""
    out = reba.method().solve({"neck": 2, "trunk": 2, "legs": 2, "load": 0, "upper_arm": 1, "lower_arm": 2, "wrist": 3,
                               "coupling": 0, "activity": 0})  # fmt: skip
    assert (out["table_a"], out["table_b"], out["table_c"], out["grand"]) == (4, 3, 4, 4)
    right = reba.method().solve(
        {"score_a": 4, "upper_arm": 1, "lower_arm": 2, "wrist": 2, "coupling": "good", "activity": 0}
    )
    assert (right["table_b"], right["grand"], right["level"]) == (2, 4, 2)


# Any starting point ------------------------------------------------------------------------------

RULA_CASE = st.fixed_dictionaries({
    "upper_arm_flexion_deg": st.integers(-60, 150), "lower_arm_flexion_deg": st.integers(0, 150),
    "wrist_flexion_deg": st.integers(-40, 40), "wrist_twist": st.integers(1, 2), "neck_flexion_deg": st.integers(-20, 50),
    "trunk_flexion_deg": st.integers(-10, 90), "load_kg": st.integers(0, 15), "repeats_per_min": st.integers(0, 8),
    **{name: st.booleans() for name in ("shoulder_raised", "upper_arm_abducted", "arm_supported", "across_midline",
                                        "wrist_deviated", "neck_twisted", "neck_bent_sideways", "trunk_twisted",
                                        "trunk_bent_sideways", "legs_supported", "static", "shock")}})  # fmt: skip
REBA_CASE = st.fixed_dictionaries({
    "upper_arm_flexion_deg": st.integers(-60, 150), "lower_arm_flexion_deg": st.integers(0, 150),
    "wrist_flexion_deg": st.integers(-40, 40), "neck_flexion_deg": st.integers(-20, 50),
    "trunk_flexion_deg": st.integers(-40, 90), "knee_flexion_deg": st.integers(0, 90), "load_kg": st.integers(0, 15),
    "coupling": st.integers(0, 3), "activity": st.integers(0, 3),
    **{name: st.booleans() for name in ("shoulder_raised", "upper_arm_abducted", "arm_supported", "wrist_deviated",
                                        "wrist_twisted", "neck_twisted", "neck_bent_sideways", "trunk_twisted",
                                        "trunk_bent_sideways", "legs_supported", "shock")}})  # fmt: skip
STAGES = {
    rula: [("upper_arm", "lower_arm", "wrist", "wrist_twist", "neck", "trunk", "legs", "muscle_arm", "muscle_body",
            "force_arm", "force_body"), ("table_a", "table_b", "muscle_arm", "muscle_body", "force_arm", "force_body"),
           ("score_c", "score_d"), ("grand",)],
    reba: [("upper_arm", "lower_arm", "wrist", "neck", "trunk", "legs", "load", "coupling", "activity"),
           ("table_a", "load", "table_b", "coupling", "activity"), ("score_a", "score_b", "activity"),
           ("table_c", "activity"), ("grand",)],
}  # fmt: skip
FINALS = {rula: ("grand", "action_level"), reba: ("grand", "level")}


@pytest.mark.parametrize(("module", "cases"), [(rula, RULA_CASE), (reba, REBA_CASE)])
def test_any_starting_point_gives_the_same_end(module, cases):
    @settings(max_examples=60, deadline=None)
    @given(cases)
    def check(case):
        full = module.method().solve(case)
        assert full["missing"] == []
        assert full["unused"] == []
        for stage in STAGES[module]:
            again = module.method().solve({name: full[name] for name in stage})
            assert [again[name] for name in FINALS[module]] == [full[name] for name in FINALS[module]]
            assert again["missing"] == []
        # All of them at once agree with each other …
        everything = case | {name: full[name] for name in module.RESULTS}
        assert module.method().solve(everything)["grand"] == full["grand"]
        # … and one that is off by one is noticed.
        for name in module.RESULTS:
            item = next(i for i in module.INPUTS if i.name == name)
            wrong = full[name] + 1 if full[name] < item.high else full[name] - 1
            if name in case:
                continue
            with pytest.raises(CaseError):
                module.method().solve(case | {name: wrong})

    check()


@pytest.mark.parametrize(("module", "cases"), [(rula, RULA_CASE), (reba, REBA_CASE)])
def test_arrays_give_what_cases_give(module, cases):
    @settings(max_examples=15, deadline=None)
    @given(st.lists(cases, min_size=1, max_size=6))
    def check(rows):
        columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        arrays = module.assess(**columns)
        for index, row in enumerate(rows):
            solved = module.method().solve(row)
            assert {name: int(arrays[name][index]) for name in module.RESULTS} == {
                name: solved[name] for name in module.RESULTS
            }

    check()


def test_arrays_refuse_what_is_no_number():
    base = {f"{part}_flexion_deg": 0.0 for part in ("upper_arm", "lower_arm", "wrist", "neck", "trunk")}
    for module in (rula, reba):
        assert module.assess(**base)["grand"].shape == ()
        with pytest.raises(ValueError, match="finite"):
            module.assess(**{**base, "neck_flexion_deg": [0.0, np.nan]})
    with pytest.raises(ValueError, match="wrist_twist"):
        rula.assess(**base, wrist_twist=3)
    with pytest.raises(ValueError, match="coupling"):
        reba.assess(**base, coupling=4)


@pytest.mark.parametrize("module", [rula, reba])
def test_more_awkward_is_never_better(module):
    """The tables rise with every component score, so a harsher band can never lower the end."""
    for name in ("table_a", "table_b", "table_c"):
        table = module.tables()[name]
        for axis in range(table.ndim):
            steps = np.diff(table, axis=axis)
            assert (steps >= 0).all(), (name, axis)


# What is missing, assumed, unused ----------------------------------------------------------------


def test_missing_names_what_the_rest_needs():
    out = rula.method().solve({"upper_arm": 3, "lower_arm": 2, "wrist": 2, "neck": 2, "trunk": 2, "legs": 1})
    assert out["table_b"] == 2
    assert set(out["missing"]) == {"wrist_twist", "muscle_arm", "force_arm", "muscle_body", "force_body"}
    assert "grand" not in out
    again = rula.method().solve({"upper_arm": 3, "lower_arm": 2, "wrist": 2, "neck": 2, "trunk": 2, "legs": 1}
                                | dict.fromkeys(out["missing"], 1))  # fmt: skip
    assert again["missing"] == []
    assert "grand" in again


@pytest.mark.parametrize("method", [rula.method(), reba.method()])
def test_giving_what_is_missing_completes_a_case(method):
    @settings(max_examples=60, deadline=None)
    @given(st.sets(st.sampled_from([i.name for i in method.inputs if i.kind == "score"])), st.data())
    def check(names, data):
        case = {}
        for name in sorted(names):
            item = next(i for i in method.inputs if i.name == name)
            case[name] = data.draw(st.integers(int(item.low), int(item.high)))
        try:
            out = method.solve(case)
        except CaseError:
            return  # drawn values may contradict each other
        if "grand" in out:
            assert out["missing"] == []
            return
        assert out["missing"]
        for name in out["missing"]:
            item = next(i for i in method.inputs if i.name == name)
            assert name not in case
            case[name] = (
                int(item.low) if item.kind == "score" else True if item.kind == "flag" else item.low or 0
            )
        try:
            done = method.solve(case)
        except CaseError:
            return  # the least values may contradict what was drawn
        assert "grand" in done

    check()


def test_flags_without_their_angle_are_not_ignored_silently():
    out = rula.method().solve({"upper_arm": 3, "shoulder_raised": True, "neck_twisted": True})
    told = [line["en"] for line in out["unused"]]
    assert any(line.startswith("shoulder_raised") and "upper_arm" in line for line in told)
    assert any(line.startswith("neck_twisted") and "neck_flexion_deg" in line for line in told)
    assert all(set(line) == {"en", "fr"} for line in out["unused"])


def test_defaults_are_said():
    out = rula.method().solve({"wrist_flexion_deg": 10})
    assert [line["en"] for line in out["assumed"]] == ["wrist_deviated: not said, taken as false"]
    assert rula.method().solve({"wrist_flexion_deg": 10, "wrist_deviated": False})["assumed"] == []


@pytest.mark.parametrize(("module", "case", "field"), [
    (rula, {"wrist": 4, "wrist_deviated": False}, "wrist"),
    (rula, {"upper_arm": 1, "shoulder_raised": True, "arm_supported": False}, "upper_arm"),
    (rula, {"neck": 6, "neck_twisted": True, "neck_bent_sideways": False}, "neck"),
    (rula, {"table_a": 4, "score_c": 3}, "score_c"), (rula, {"table_a": 1, "score_c": 6}, "score_c"),
    (rula, {"grand": 3, "action_level": 1}, "action_level"), (rula, {"static": True, "muscle_arm": 0}, "muscle_arm"),
    (reba, {"trunk": 5, "trunk_twisted": False, "trunk_bent_sideways": False}, "trunk"),
    (reba, {"legs": 4, "legs_supported": True}, "legs"), (reba, {"load": 0, "shock": True}, "load"),
    (reba, {"table_c": 4, "grand": 8}, "grand"), (reba, {"grand": 1, "level": 1}, "level")])  # fmt: skip
def test_impossible_combinations(module, case, field):
    with pytest.raises(CaseError, match="contradiction") as caught:
        module.method().solve(case)
    assert caught.value.place == field


@pytest.mark.parametrize(("case", "words"), [
    ({"upper_arm": 0}, ("upper_arm", "from 1 to 6")), ({"upper_arm": 7}, ("upper_arm", "from 1 to 6")),
    ({"neck": 2.5}, ("neck", "whole number")), ({"neck": True}, ("neck", "whole number")), ({"neck": "2"}, ("neck",)),
    ({"neck_flexion_deg": 91}, ("from -90 to 90",)), ({"neck_flexion_deg": float("nan")}, ("nan",)),
    ({"load_kg": -1}, ("at least 0",)), ({"load_kg": 10**400}, ("load_kg",)), ({"static": "yes"}, ("true or false",)),
    ({"neck_flexion": 3}, ("did you mean 'neck_flexion_deg'",)), ({"qqq": 3}, ("allowed", "'grand'")),
    ({"left": 3}, ("object",)), ({"left": {"trunk": 3}}, ("left.trunk", "allowed")),
    ({"left": {"wrist": 2}, "wrist_left": 2}, ("twice",)), ({"wrist": 1, "wrist_left": 2}, ("whole body",))])  # fmt: skip
def test_bad_input_says_field_and_what_is_allowed(case, words):
    with pytest.raises(CaseError) as caught:
        rula.method().solve(case, where="case 7")
    assert str(caught.value).startswith("case 7")
    assert all(word in str(caught.value) for word in words)


# Sides -------------------------------------------------------------------------------------------

BODY = {"neck": 2, "trunk": 2, "legs": 1, "muscle_body": 0, "force_body": 0}
ARM = {"lower_arm": 1, "wrist": 2, "wrist_twist": 1, "muscle_arm": 0, "force_arm": 0}


def test_sides_are_scored_each_and_the_higher_counts():
    sides = {"left": {**ARM, "upper_arm": 6}, "right": {**ARM, "upper_arm": 1}}
    out = rula.method().solve(BODY | sides)
    for side, arm in sides.items():
        alone = rula.method().solve(BODY | arm)
        assert {name: out[side][name] for name in rula.RESULTS} == {
            name: alone[name] for name in rula.RESULTS
        }
    assert out["grand"] == max(out["left"]["grand"], out["right"]["grand"]) > out["right"]["grand"]
    assert out["worst_side"] == "left"
    assert out["action_level"] == out["left"]["action_level"]
    assert out["table_b"] == 2
    assert "table_a" not in out
    suffixed = BODY | {f"{k}_{side}": v for side, arm in sides.items() for k, v in arm.items()}
    assert rula.method().solve(suffixed) == out


def test_one_side_alone_says_that_the_other_is_not_scored():
    out = reba.method().solve({"score_a": 3, "activity": 0, "left": {"score_b": 4}})
    assert out["grand"] == 3
    assert any("right" in line["en"] for line in out["assumed"])
    open_side = rula.method().solve(BODY | {"left": ARM, "right": {**ARM, "upper_arm": 2}})
    assert open_side["missing"] == ["left.upper_arm"]
    assert "grand" not in open_side
