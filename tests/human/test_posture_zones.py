"""OWAS from angles, ISO 11226 and EN 1005-4: every band on both sides of its ends, supports, times, sides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immersive.human import en1005_4, iso11226, owas
from immersive.human.case_fields import CaseError

E = 1e-9
ISO, EN, OWAS = iso11226.method(), en1005_4.method(), owas.method()

# OWAS ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("case", "digit"), [
    ({"trunk_flexion_deg": 20}, 1), ({"trunk_flexion_deg": 20 + E}, 2), ({"trunk_flexion_deg": -20 - E}, 2),
    ({"trunk_flexion_deg": 0, "trunk_twist_deg": 20}, 1), ({"trunk_flexion_deg": 0, "trunk_twist_deg": 20 + E}, 3),
    ({"trunk_flexion_deg": 0, "trunk_lateral_deg": -21}, 3), ({"trunk_flexion_deg": 30, "trunk_twisted": True}, 4),
    ({"trunk_flexion_deg": 30, "trunk_lateral_deg": 25}, 4)])  # fmt: skip
def test_owas_back(case, digit):
    assert OWAS.solve(case)["back"] == digit


@pytest.mark.parametrize(("left", "right", "one_leg", "digit"), [
    (0, 0, False, 2), (30, 30, False, 2), (30 + E, 31, False, 4), (0, 0, True, 3), (40, 0, True, 5), (40, 0, False, 4)])  # fmt: skip
def test_owas_standing_legs(left, right, one_leg, digit):
    case = {"knee_left_flexion_deg": left, "knee_right_flexion_deg": right, "weight_on_one_leg": one_leg}
    assert OWAS.solve(case)["legs"] == digit


def test_owas_arms_load_and_postures():
    assert OWAS.solve({"arm_left_elevation_deg": 90 - E, "arm_right_elevation_deg": 0})["arms"] == 1
    assert OWAS.solve({"arm_left_elevation_deg": 90, "arm_right_above_shoulder": False})["arms"] == 2
    assert OWAS.solve({"arm_left_above_shoulder": True, "arm_right_elevation_deg": 120})["arms"] == 3
    assert [OWAS.solve({"load_kg": kg})["load"] for kg in (0, 10, 10 + E, 20, 20 + E)] == [1, 1, 2, 2, 3]
    for digit, word in enumerate(owas.LEGS, 1):
        assert OWAS.solve({"legs_posture": word})["legs"] == digit


def test_owas_contradictions_and_disputed_cells():
    for case in ({"code": "2151", "back": 1}, {"code": "2151", "action_category": 1}, {"back": 1, "trunk_flexion_deg": 40},
                 {"trunk_twist_deg": 40, "trunk_twisted": False}):  # fmt: skip
        with pytest.raises(CaseError, match="contradiction"):
            OWAS.solve(case)
    for bad in ("5111", "1411", "1181", "1114", "111", "11111", "1a11", True, 1111.5):
        with pytest.raises(CaseError, match="four digits"):
            OWAS.solve({"code": bad})
    assert OWAS.solve({"code": 1121})["action_category"] == 1
    for code, value in (("3373", 1), ("4132", 2)):
        out = OWAS.solve({"code": code})
        assert out["action_category"] == value
        assert any(code in line["en"] for line in out["assumed"])


# ISO 11226 -------------------------------------------------------------------------------------

LIMITED = [("trunk", "trunk_inclination_deg", "trunk_supported", 20, 60, 4.0, 1.0),
           ("head", "head_inclination_deg", "trunk_supported", 25, 85, 8.0, 1.0),
           ("upper_arm", "upper_arm_elevation_deg", "arm_supported", 20, 60, 3.0, 1.0)]  # fmt: skip


@pytest.mark.parametrize(("part", "field", "support", "near", "far", "longest", "shortest"), LIMITED)
def test_iso_bands_and_holding_times(part, field, support, near, far, longest, shortest):
    def rate(angle, **more):
        return ISO.solve({field: angle, **more})[part]

    assert rate(0)["result"] == rate(near)["result"] == "acceptable"
    assert rate(near + E)["result"] == rate(far)["result"] == "holding_time_limited"
    assert rate(far + E)["result"] == "not_recommended"
    assert rate(far + 1, **{support: True})["result"] == "not_recommended"
    assert rate(near + E)["max_holding_time_min"] == pytest.approx(longest)
    assert rate(far)["max_holding_time_min"] == pytest.approx(shortest)
    assert rate((near + far) / 2)["max_holding_time_min"] == pytest.approx((longest + shortest) / 2)
    assert rate(far, **{support: True})["result"] == "acceptable"
    assert rate(far, holding_time_min=shortest)["result"] == "acceptable_within_holding_time"
    assert rate(far, holding_time_min=shortest + E)["result"] == "not_recommended"
    assert rate(near)["max_holding_time_min"] is None


def test_iso_backward_needs_support():
    assert ISO.solve({"trunk_inclination_deg": -E})["trunk"]["result"] == "not_recommended"
    assert (
        ISO.solve({"trunk_inclination_deg": -10, "trunk_supported": True})["trunk"]["result"] == "acceptable"
    )
    assert ISO.solve({"head_inclination_deg": -5})["head"]["result"] == "not_recommended"
    assert ISO.solve({"head_inclination_deg": -5, "head_supported": True})["head"]["result"] == "acceptable"
    assert (
        ISO.solve({"head_inclination_deg": -5, "trunk_supported": True})["head"]["result"]
        == "not_recommended"
    )


def test_iso_neck_symmetry_and_flags():
    assert [ISO.solve({"neck_flexion_deg": a})["neck"]["result"] for a in (-E, 0, 25, 25 + E)] == [
        "not_recommended", "acceptable", "acceptable", "not_recommended"]  # fmt: skip
    out = ISO.solve({"head_inclination_deg": 40, "trunk_inclination_deg": 10})
    assert out["neck_flexion_deg"] == 30
    assert out["neck"]["result"] == "not_recommended"
    assert ISO.solve({"trunk_rotation_deg": -10})["trunk_symmetry"]["result"] == "acceptable"
    assert ISO.solve({"trunk_lateral_deg": 10 + E})["trunk_symmetry"]["result"] == "not_recommended"
    assert ISO.solve({"trunk_twisted": True})["trunk_symmetry"]["result"] == "not_recommended"
    for flag, part in (("shoulder_raised", "shoulder"), ("wrist_extreme", "joints"), ("knees_flexed_standing", "knees"),
                       ("lumbar_convex", "lumbar")):  # fmt: skip
        assert ISO.solve({flag: True})[part]["result"] == "not_recommended"
        assert ISO.solve({flag: False})[part]["result"] == "acceptable"
    assert ISO.solve({"wrist_extreme": True})["joints"]["confidence"] == "from memory"


def test_iso_overall_is_open_until_every_part_is_rated():
    out = ISO.solve({"trunk_inclination_deg": 10})
    assert out["overall"] is None
    assert out["worst_examined"] == "acceptable"
    assert set(out["missing"]) == {"head_inclination_deg", "neck_flexion_deg", "upper_arm_elevation_deg"}
    assert ISO.solve({"trunk_inclination_deg": 61})["overall"] == "not_recommended"
    assert ISO.solve({})["overall"] is None
    full = ISO.solve({"trunk_inclination_deg": 10, "head_inclination_deg": 20, "upper_arm_elevation_deg": 10})
    assert full["overall"] == "acceptable"
    assert full["missing"] == []


def test_iso_sides_and_contradictions():
    out = ISO.solve({"trunk_inclination_deg": 0, "head_inclination_deg": 0, "upper_arm_elevation_deg_left": 61,
                     "right": {"upper_arm_elevation_deg": 0}})  # fmt: skip
    assert out["upper_arm_left"]["result"] == "not_recommended"
    assert out["upper_arm_right"]["result"] == "acceptable"
    assert out["overall"] == "not_recommended"
    for case in ({"head_inclination_deg": 40, "trunk_inclination_deg": 10, "neck_flexion_deg": 10},
                 {"trunk_rotation_deg": 30, "trunk_twisted": False}):  # fmt: skip
        with pytest.raises(CaseError, match="contradiction"):
            ISO.solve(case)
    told = [line["en"] for line in ISO.solve({"arm_supported": True})["unused"]]
    assert told
    assert told[0].startswith("arm_supported")


@given(st.floats(0, 90), st.floats(0, 90), st.floats(0, 10))
def test_iso_more_inclination_is_never_better(a, b, held):
    order = iso11226.ORDER.index
    low, high = sorted((a, b))
    for part, field, *_ in LIMITED:
        ratings = [
            ISO.solve({field: angle, "holding_time_min": held})[part]["result"] for angle in (low, high)
        ]
        assert order(ratings[0]) <= order(ratings[1])


# EN 1005-4 -------------------------------------------------------------------------------------

A, C, N = "acceptable", "conditional", "not_acceptable"
EN_CASES = [
    ("trunk", "trunk_flexion_deg", [(-E, C, C, N), (0, A, A, A), (20, A, A, A), (20 + E, C, A, N), (60, C, A, N), (60 + E, N, C, N)]),
    ("trunk_asymmetry", "trunk_lateral_deg", [(10, A, A, A), (-10, A, A, A), (10 + E, N, C, N)]),
    ("trunk_asymmetry", "trunk_twist_deg", [(10, A, A, A), (-10 - E, N, C, N)]),
    ("upper_arm", "upper_arm_elevation_deg", [(-E, N, C, N), (0, A, A, A), (20, A, A, A), (20 + E, C, A, C), (60, C, A, C),
                                              (60 + E, N, C, N)]),
    ("line_of_sight", "sight_below_horizontal_deg", [(-E, N, C, N), (0, A, A, A), (40, A, A, A), (40 + E, N, C, N)]),
]  # fmt: skip


@pytest.mark.parametrize(("part", "field", "rows"), EN_CASES)
def test_en_zones(part, field, rows):
    for angle, static, low, high in rows:
        assert EN.solve({field: angle, "holding_time_s": 4 + E})[part]["result"] == static
        assert EN.solve({field: angle, "frequency_per_min": 2 - E})[part]["result"] == low
        assert EN.solve({field: angle, "frequency_per_min": 2})[part]["result"] == high
        assert EN.solve({field: angle, "frequency_per_min": 1, "holding_time_s": 4})[part]["result"] == low


def test_en_upper_arm_from_10_a_minute():
    for often, result in ((10 - E, C), (10, N)):
        assert (
            EN.solve({"upper_arm_elevation_deg": 30, "frequency_per_min": often})["upper_arm"]["result"]
            == result
        )


def test_en_conditions_are_decided_where_the_case_says():
    for case, flag in (({"trunk_flexion_deg": 40, "holding_time_s": 10}, "trunk_supported"),
                       ({"upper_arm_elevation_deg": 40, "holding_time_s": 10}, "arm_supported"),
                       ({"trunk_flexion_deg": 70, "frequency_per_min": 1}, "short_duration")):  # fmt: skip
        part = "trunk" if "trunk_flexion_deg" in case else "upper_arm"
        assert EN.solve(case)[part]["result"] == C
        assert EN.solve(case)[part]["conditions"]
        assert EN.solve(case | {flag: True})[part]["result"] == A
        assert EN.solve(case | {flag: False})[part]["result"] == N


def test_en_static_and_movement_are_both_rated_and_the_worse_counts():
    part = EN.solve({"trunk_flexion_deg": 40, "holding_time_s": 10, "frequency_per_min": 5})["trunk"]
    assert (part["static"], part["movement"], part["result"]) == (C, N, N)
    own = EN.solve({"trunk_flexion_deg": 40, "frequency_per_min": 5, "trunk_frequency_per_min": 1})["trunk"]
    assert own["result"] == A


def test_en_neck_beyond_its_zone_is_not_established():
    assert EN.solve({"neck_lateral_deg": 10, "neck_twist_deg": -45})["neck"]["result"] == A
    out = EN.solve({"neck_twist_deg": 45 + E, "frequency_per_min": 1, "trunk_flexion_deg": 0, "upper_arm_elevation_deg": 0,
                    "sight_below_horizontal_deg": 10})  # fmt: skip
    assert out["neck"]["result"] == "not_established"
    assert out["neck"]["confidence"] == "from memory"
    assert out["overall"] is None


def test_en_missing_and_sides():
    assert EN.solve({"trunk_flexion_deg": 30})["missing"][:2] == ["holding_time_s", "frequency_per_min"]
    assert "frequency_per_min" in EN.solve({"trunk_flexion_deg": 30, "holding_time_s": 3})["missing"]
    out = EN.solve({"trunk_flexion_deg": 0, "sight_below_horizontal_deg": 5, "frequency_per_min": 1,
                    "left": {"upper_arm_elevation_deg": 70}, "right": {"upper_arm_elevation_deg": 10}})  # fmt: skip
    assert (out["upper_arm_left"]["result"], out["upper_arm_right"]["result"], out["overall"]) == (C, A, C)
    for rating in (out["trunk"], out["upper_arm_left"]):
        assert set(rating["why"]) == {"en", "fr"}


@pytest.mark.parametrize(("angle", "digit"), [(89.9, 1), (90, 3), (-40, 1)])
def test_owas_one_angle_for_both_arms(angle, digit):
    assert OWAS.solve({"upper_arm_flexion_deg": angle})["arms"] == digit


@pytest.mark.parametrize(
    ("knee", "one", "digit"), [(30, False, 2), (31, False, 4), (30, True, 3), (31, True, 5)]
)
def test_owas_one_angle_for_both_knees(knee, one, digit):
    assert OWAS.solve({"knee_flexion_deg": knee, "weight_on_one_leg": one})["legs"] == digit


@pytest.mark.parametrize("code", ["2151", 2151, 2151.0, [2, 1, 5, 1], "2-1-5-1"])
def test_owas_code_in_any_shape(code):
    got = OWAS.solve({"code": code})
    assert (got["code"], got["action_category"]) == ("2151", 3)


@pytest.mark.parametrize("code", [[2, 1, 5], [2, 1, 51], [2, 1, True, 1], 2151.5, [[2], 1, 5, 1]])
def test_owas_code_that_is_none(code):
    with pytest.raises(CaseError, match="four digits"):
        OWAS.solve({"code": code})
