"""The lifting equation: the manual's examples, every boundary, durations, frequency, several tasks."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from immersive.human import niosh
from immersive.human.case_fields import CaseError
from immersive.human.niosh_case import Niosh

METHOD = Niosh()
METRIC, US = niosh.SYSTEMS["cm,kg,deg"], niosh.SYSTEMS["in,lb,deg"]
E = 1e-9
ROUNDING = 0.026
"""The manual rounds every multiplier to two decimals and results to one."""


def solve(**case):
    return METHOD.solve(case)


LIFT = {"units": "cm,kg,deg", "L": 12, "H_origin": 40, "V_origin": 50, "H_dest": 50, "V_dest": 100, "A_origin": 30,
        "A_dest": 0, "F": 2, "duration_h": 1.5, "coupling": "fair"}  # fmt: skip

# The Applications Manual, DHHS (NIOSH) 94-110, revised 2021 -------------------------------------


@pytest.mark.parametrize(("case", "origin", "dest"), [
    # Example 1, loading punch press stock
    ({"L": 44, "H_origin": 23, "V_origin": 15, "H_dest": 23, "V_dest": 64, "A_origin": 0, "A_dest": 0, "F": 0.2,
      "duration_h": 1, "coupling": "fair"}, (16.3, 2.7), (14.5, 3.0)),
    # Example 2, loading supply rolls
    ({"L": 35, "H_origin": 20, "V_origin": 27, "H_dest": 20, "V_dest": 10, "A_origin": 0, "A_dest": 0, "F": 0.2,
      "duration_h": 1, "coupling": "poor"}, (20.9, 1.7), (18.1, 1.9)),
    # Example 4, package inspection
    ({"L": 26, "H_origin": 10, "V_origin": 22, "H_dest": 20, "V_dest": 59, "A_origin": 0, "A_dest": 0, "F": 3,
      "duration_h": 0.75, "coupling": "fair"}, (34.9, 0.7), (15.2, 1.7))])  # fmt: skip
def test_single_task_examples(case, origin, dest):
    out = solve(units="in,lb,deg", **case)
    for end, (rwl, index) in (("origin", origin), ("dest", dest)):
        assert out[f"RWL_{end}"] == pytest.approx(rwl, rel=ROUNDING)
        assert out[f"LI_{end}"] == pytest.approx(index, abs=0.05 + ROUNDING * index)
    assert out["RWL"] == min(out["RWL_origin"], out["RWL_dest"])
    assert out["LI"] == max(out["LI_origin"], out["LI_dest"])
    assert out["missing"] == out["unused"] == []


def test_example_3_loading_bags_into_a_hopper():
    out = solve(units="in,lb,deg", L=40, H_origin=18, V_origin=15, V_dest=36, A_origin=45, F=0.1, duration_h=1,
                coupling="fair")  # fmt: skip
    assert out["RWL"] == out["RWL_origin"] == pytest.approx(18.9, rel=ROUNDING)
    assert out["LI"] == pytest.approx(2.1, abs=0.1)
    # With the multipliers as the manual rounds them, its very answer.
    rounded = solve(units="in,lb,deg", L=40, HM=0.56, VM=0.89, DM=0.91, AM=0.86, FM=1.0, CM=0.95)
    assert round(rounded["RWL_origin"], 1) == 18.9
    assert round(rounded["LI"], 1) == 2.1
    assert rounded["missing"] == []


def test_multi_task_example_of_section_2_4_5():
    tasks = [{"L": 20, "FIRWL": 20, "F": 1}, {"L": 30, "FIRWL": 20, "F": 2}, {"L": 10, "FIRWL": 15, "F": 4}]
    out = solve(tasks=tasks, duration_h=1)
    rows = out["tasks"]
    assert [row["FM"] for row in rows] == [0.94, 0.91, 0.84]
    assert [round(row["STRWL"], 1) for row in rows] == [18.8, 18.2, 12.6]
    assert [round(row["FILI"], 2) for row in rows] == [1.0, 1.5, 0.67]
    assert [round(row["STLI"], 1) for row in rows] == [1.1, 1.6, 0.8]
    assert [row["task_number"] for row in rows] == [2, 1, 3]
    exact = 30 / 18.2 + 1.0 * (1 / 0.88 - 1 / 0.91) + (10 / 15) * (1 / 0.70 - 1 / 0.88)
    assert out["CLI"] == pytest.approx(exact, rel=1e-12)
    assert [step["FM_sum"] for step in out["CLI_steps"]] == [0.91, 0.88, 0.7]
    same = solve(tasks=[task | {"duration_h": 1} for task in tasks])
    assert same["CLI"] == out["CLI"]


def test_duration_examples_of_section_1_3_5_2():
    assert solve(pattern_min=[30, 10, 45])["duration_class"] == "moderate"
    assert solve(pattern_min=[30, 10, 45])["sessions"][0]["work_min"] == 75
    assert solve(pattern_min=[30, 30, 45])["duration_class"] == "short"
    assert solve(duration_h=2)["recovery_needed_min"] == pytest.approx(36)
    assert solve(pattern_min=[120, 36, 30])["duration_class"] == "moderate"
    assert solve(pattern_min=[120, 35.9, 30])["duration_class"] == "long"


def test_intermittent_lifting_of_section_1_3_5_5():
    for case in ({"rate_per_min": 10, "lifting_min_per_15": 8}, {"lifts_per_15_min": 80},
                 {"rate_per_min": 10, "pattern_min": [8, 7]}, {"rate_per_min": 10, "pattern_min": [8, 7, 8, 7]}):  # fmt: skip
        assert solve(**case)["F"] == pytest.approx(16 / 3)
    assert solve(rate_per_min=10, pattern_min=[60, 60])["F"] == pytest.approx(10)
    assert solve(rate_per_min=9, pattern_min=[2, 3])["F"] == pytest.approx(9 * 6 / 15)
    assert solve(rate_per_min=16, lifting_min_per_15=3, duration_h=1)["FM_origin"] == 0.0


# Multipliers at their limits -----------------------------------------------------------------


@pytest.mark.parametrize(("system", "h", "value"), [
    (METRIC, 10, 1), (METRIC, 25, 1), (METRIC, 50, 0.5), (METRIC, 63, 25 / 63), (METRIC, 63 + E, 0),
    (US, 0, 1), (US, 10, 1), (US, 25, 0.4), (US, 25 + E, 0)])  # fmt: skip
def test_hm(system, h, value):
    assert niosh.horizontal_multiplier(h, system) == pytest.approx(value)


@pytest.mark.parametrize(("system", "v", "value"), [
    (METRIC, 0, 0.775), (METRIC, 75, 1), (METRIC, 175, 0.7), (METRIC, 175 + E, 0), (US, 0, 0.775), (US, 30, 1),
    (US, 70, 0.7), (US, 70 + E, 0)])  # fmt: skip
def test_vm(system, v, value):
    assert niosh.vertical_multiplier(v, system) == pytest.approx(value)


@pytest.mark.parametrize(("system", "d", "value"), [
    (METRIC, 0, 1), (METRIC, 25, 1), (METRIC, 100, 0.865), (METRIC, 175, 0.82 + 4.5 / 175), (METRIC, 175 + E, 0),
    (US, 10, 1), (US, 70, 0.82 + 1.8 / 70), (US, 70 + E, 0)])  # fmt: skip
def test_dm(system, d, value):
    assert niosh.distance_multiplier(d, system) == pytest.approx(value)


@pytest.mark.parametrize(("a", "value"), [(0, 1), (90, 0.712), (135, 0.568), (135 + E, 0)])
def test_am(a, value):
    assert niosh.asymmetry_multiplier(a) == pytest.approx(value)


def test_fm_between_below_and_above_the_rows():
    fm = niosh.frequency_multiplier
    assert fm(0.0, "short", low=True) == fm(0.2, "short", low=True) == 1.0
    assert fm(2.4, "long", low=False) == pytest.approx(0.65 - 0.4 * 0.10)
    assert fm(12, "short", low=True) == 0.37
    assert fm(12 + E, "short", low=True) == 0.0  # above the column's maximum frequency
    assert fm(15, "short", low=False) == 0.28
    assert fm(15 + E, "short", low=False) == 0.0
    assert fm(8, "long", low=True) == 0.18
    assert fm(8.5, "long", low=True) == 0.0


@pytest.mark.parametrize(("hours", "klass"), [(0, "short"), (1, "short"), (1 + E, "moderate"), (2, "moderate"), (2 + E, "long"), (8, "long")])  # fmt: skip
def test_duration_classes(hours, klass):
    assert niosh.duration_class(hours) == klass
    assert solve(duration_h=hours)["duration_class"] == klass


def test_columns_change_at_75_cm_and_30_in():
    for units, limit in (("cm,kg,deg", 75), ("in,lb,deg", 30)):
        below = solve(units=units, V_origin=limit - E, coupling="fair", F=9, duration_h=8)
        at = solve(units=units, V_origin=limit, coupling="fair", F=9, duration_h=8)
        assert (below["CM_origin"], at["CM_origin"]) == (0.95, 1.0)
        assert (below["FM_origin"], at["FM_origin"]) == (0.0, 0.15)


@settings(max_examples=80, deadline=None)
@given(st.floats(0, 60), st.floats(0, 160), st.floats(0, 170), st.floats(0, 135), st.floats(0, 14), st.floats(0, 8),
       st.sampled_from(niosh.COUPLINGS), st.sampled_from(["H_origin", "A_origin", "F", "duration_h"]), st.floats(0.01, 5))  # fmt: skip
def test_harder_lifts_never_get_a_higher_limit(h, v, v_dest, a, f, hours, coupling, name, more):
    case = {"units": "cm,kg,deg", "L": 10, "H_origin": h, "V_origin": v, "V_dest": v_dest, "A_origin": a, "F": f,
            "duration_h": hours, "coupling": coupling}  # fmt: skip
    easier = solve(**case)
    harder = case | {name: case[name] + more}
    assume(harder["duration_h"] <= 8 and harder["A_origin"] <= 180)
    assert solve(**harder)["RWL_origin"] <= easier["RWL_origin"] + 1e-12
    product = 23.0 * math.prod(easier[f"{m}_origin"] for m in ("HM", "VM", "DM", "AM", "FM", "CM"))
    assert easier["RWL_origin"] == pytest.approx(product)
    assert 0 <= easier["RWL_origin"] <= 23


# Partial cases, sides, contradictions ---------------------------------------------------------


def test_what_follows_is_returned_and_what_is_missing_named():
    out = solve(units="cm,kg,deg", H_origin=50, V_origin=75)
    assert (out["HM_origin"], out["VM_origin"]) == (0.5, 1.0)
    assert set(out["missing"]) == {"V_dest", "A_origin", "coupling", "F", "duration_h", "L"}
    done = solve(
        units="cm,kg,deg",
        H_origin=50,
        V_origin=75,
        V_dest=75,
        A_origin=0,
        coupling="good",
        F=1,
        duration_h=1,
        L=5,
    )
    assert done["missing"] == []
    assert done["RWL"] == pytest.approx(23 * 0.5 * 0.94)
    assert (
        solve(L=10, H_origin=30)["missing"][0:1] == ["units"]
        or "units" in solve(L=10, H_origin=30)["missing"]
    )


def test_destination_counts_with_control_or_where_it_is_given():
    both = METHOD.solve(LIFT)
    assert both["RWL"] == both["RWL_dest"] < both["RWL_origin"]
    alone = METHOD.solve(LIFT | {"control_at_dest": False})
    assert alone["RWL"] == alone["RWL_origin"]
    assert alone["RWL_dest"] == both["RWL_dest"]
    assert alone["LI"] == alone["LI_origin"]
    only_height = {k: v for k, v in LIFT.items() if k not in ("H_dest", "A_dest")}
    out = METHOD.solve(only_height)
    assert out["missing"] == []
    assert out["LI"] == out["LI_origin"]
    assert any("destination" in line["en"] for line in out["assumed"])
    assert METHOD.solve(only_height | {"control_at_dest": True})["missing"] == ["H_dest", "A_dest"]


def test_any_starting_point_gives_the_same_end():
    full = METHOD.solve(LIFT)
    multipliers = {
        f"{m}_{end}": full[f"{m}_{end}"]
        for m in ("HM", "VM", "DM", "AM", "FM", "CM")
        for end in ("origin", "dest")
    }
    again = METHOD.solve({"units": LIFT["units"], "L": 12, **multipliers})
    assert again["missing"] == []
    for name in ("RWL", "LI", "RWL_origin", "RWL_dest", "LI_origin", "LI_dest", "FIRWL"):
        assert again[name] == pytest.approx(full[name], rel=1e-12)
    limits = METHOD.solve({"L": 12, "RWL_origin": full["RWL_origin"], "RWL_dest": full["RWL_dest"]})
    assert limits["LI"] == pytest.approx(full["LI"])
    given_fm = {k: v for k, v in LIFT.items() if k not in ("F", "duration_h")} | {"FM": full["FM_origin"]}
    assert METHOD.solve(given_fm)["RWL"] == pytest.approx(full["RWL"])
    task = METHOD.solve({"tasks": [LIFT]})
    assert task["CLI"] == pytest.approx(full["LI"])
    assert METHOD.solve({"FIRWL": full["FIRWL"], "L": 12, "F": 2, "duration_h": 1.5})["LI"] == pytest.approx(
        full["LI"]
    )


def test_unit_systems_agree_within_their_rounding():
    inches = {k: v / 2.54 if k[0] in "HV" else v for k, v in LIFT.items()} | {
        "units": "in, lb, deg",
        "L": 12 / 0.45359237,
    }
    assert METHOD.solve(inches)["LI"] == pytest.approx(METHOD.solve(LIFT)["LI"], rel=0.03)


def test_outside_the_limits_is_zero_and_unbounded_not_infinite():
    out = METHOD.solve(LIFT | {"H_dest": 64})
    assert out["HM_dest"] == out["RWL_dest"] == out["RWL"] == 0.0
    assert out["LI_dest"] is None
    assert out["LI"] is None
    assert any("unbounded" in line["en"] and "HM" in line["en"] for line in out["assumed"])
    job = METHOD.solve({"tasks": [LIFT, LIFT | {"H_dest": 64}]})
    assert job["CLI"] is None


def test_tasks_share_common_fields_and_ties_go_to_the_more_frequent():
    out = solve(
        tasks=[{"F": 1, "L": 10, "FIRWL": 10 / 0.94}, {"F": 2, "L": 10, "FIRWL": 10 / 0.91}], duration_h=1
    )
    assert [row["task_number"] for row in out["tasks"]] == [2, 1]
    common = {k: v for k, v in LIFT.items() if k not in ("F", "L")}
    job = METHOD.solve(common | {"tasks": [{"F": 1, "L": 5}, {"F": 2, "L_avg": 8, "L_max": 12}]})
    second = job["tasks"][1]
    assert second["STLI"] == pytest.approx(8 / second["STRWL"])
    assert second["FILI"] == pytest.approx(12 / second["FIRWL"])
    assert job["CLI"] >= max(row["STLI"] for row in job["tasks"])
    open_job = METHOD.solve({"tasks": [LIFT, {"L": 5, "F": 1}]})
    assert "tasks[1].units" in open_job["missing"]
    assert "CLI" not in open_job


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 30), st.floats(5, 23), st.floats(0.2, 2)), min_size=1, max_size=5),
    st.randoms(),
)
def test_composite_index_does_not_depend_on_the_order_given(tasks, random):
    cases = [{"L": load, "FIRWL": base, "F": f, "duration_h": 1} for load, base, f in tasks]
    first = solve(tasks=cases)["CLI"]
    random.shuffle(cases)
    assert solve(tasks=cases)["CLI"] == pytest.approx(first, rel=1e-9)
    assert first >= max(row["STLI"] for row in solve(tasks=cases)["tasks"]) - 1e-12


@pytest.mark.parametrize(("extra", "field"), [
    ({"D": 40}, "D"), ({"HM_origin": 0.5}, "HM_origin"), ({"FM": 0.9}, "FM"), ({"RWL_dest": 14}, "RWL_dest"),
    ({"lifts_per_15_min": 60}, "F"), ({"duration_class": "long"}, "duration_h"), ({"FIRWL": 5}, "FIRWL"),
    ({"pattern_min": [30, 30]}, "duration_h")])  # fmt: skip
def test_contradictions(extra, field):
    with pytest.raises(CaseError, match="contradiction") as caught:
        METHOD.solve(LIFT | extra)
    assert caught.value.place == field


@pytest.mark.parametrize(("extra", "words"), [
    ({"units": "m"}, ("units", "cm,kg,deg")), ({"duration_h": 8.1}, ("duration_h", "0 to 8")), ({"A_origin": 181}, ("180",)),
    ({"coupling": "ok"}, ("'good', 'fair' or 'poor'",)), ({"Q": 3}, ("unknown field 'Q'",)), ({"H": 3}, ("H_origin", "given twice")), ({"L": -1}, ("at least 0",)),
    ({"pattern_min": []}, ("minutes of lifting",)), ({"pattern_min": [1, -2]}, ("pattern_min",)), ({"tasks": []}, ("tasks",)),
    ({"pattern_min": "60"}, ("pattern_min",)), ({"tasks": [3]}, ("tasks[0]",)), ({"tasks": [{"Q": 1}]}, ("tasks[0]", "'Q'"))])  # fmt: skip
def test_bad_input(extra, words):
    with pytest.raises(CaseError) as caught:
        METHOD.solve(LIFT | extra, where="lift 3")
    assert str(caught.value).startswith("lift 3")
    assert all(word in str(caught.value) for word in words)


def test_more_than_8_h_in_a_pattern_is_outside_the_method():
    with pytest.raises(CaseError, match="at most 8 h"):
        solve(pattern_min=[300, 10, 200])


def test_unused_inputs_are_said():
    told = [line["en"] for line in solve(coupling="fair", rate_per_min=3, recovery_factor=1.2)["unused"]]
    assert [line.split(":")[0] for line in told] == ["coupling", "rate_per_min", "recovery_factor"]
    assert solve(coupling="good")["CM_origin"] == 1.0  # only 'fair' depends on the height


def test_recovery_factor_of_the_1994_print():
    assert solve(pattern_min=[30, 30, 45], recovery_factor=1.2)["duration_class"] == "moderate"
    assert solve(duration_h=0.5, recovery_factor=1.2)["recovery_needed_min"] == pytest.approx(36)
    assert solve(duration_h=3)["recovery_needed_min"] is None


# The shapes in which people write a case ---------------------------------------------------------


@pytest.mark.parametrize("pattern", [
    [30, 10, 45, 60], [[30, 10], [45, 60]], [{"work": 30, "rest": 10}, {"work": 45, "rest": 60}],
    [{"work_min": 30, "rest_min": 10}, {"lifting": 45, "Recovery": 60}]])  # fmt: skip
def test_pattern_shapes(pattern):
    got = solve(pattern_min=pattern)
    assert (got["duration_class"], got["duration_h"], got["recovery_needed_min"]) == ("moderate", 1.25, 22.5)
    assert solve(pattern_min={"work": 45, "recovery": 45})["sessions"][0]["recovery_enough"] is True


@pytest.mark.parametrize(
    "pattern", [{"rest": 5}, [{"work": 5, "lifting": 5}], {"work": 5, "tea": 5}, [["work", 5]]]
)
def test_pattern_that_says_nothing_is_refused(pattern):
    with pytest.raises(CaseError, match="minutes of lifting"):
        solve(pattern_min=pattern)


def test_a_quarter_hour_pattern_is_a_cycle_that_goes_on_for_the_stated_time():
    """The manual's 8 min of lifting and 7 of light work, 10 lifts a minute, over a whole shift."""
    got = solve(pattern_min=[8, 7], rate_per_min=10, duration_h=8)
    assert got["F"] == pytest.approx(10 * 8 / 15)
    assert got["duration_class"] == "long"
    assert got["recovery_needed_min"] is None
    assert got["FM_origin"] == pytest.approx(0.35 - (0.35 - 0.27) / 3)
    assert any("cycle" in line["en"] for line in got["assumed"])
    assert solve(pattern_min=[8, 7], duration_class="moderate")["duration_class"] == "moderate"
    with pytest.raises(CaseError, match="contradiction"):
        solve(pattern_min=[30, 30], duration_h=8)


def test_units_and_ends_by_other_names():
    long = {"L": 10, "D": 30, "F": 1, "duration_h": 1, "coupling": "good"}
    got = solve(units="metric", H=40, V=70, A=0, **long)
    want = solve(units="cm,kg,deg", H_origin=40, V_origin=70, A_origin=0, **long)
    assert got == want
    assert got["units"] == "cm,kg,deg"
    assert solve(units="US")["units"] == solve(units="in, lb")["units"] == "in,lb,deg"
    with pytest.raises(CaseError, match="given twice"):
        solve(H=40, H_origin=40)
    # A task's own value stands before the shared one, whichever name each has.
    task = {"L": 10, "F": 1, "V": 80, "D": 30, "A": 0}
    [row] = solve(units="metric", duration_h=1, coupling="good", H_origin=63, tasks=[task | {"H": 25}])[
        "tasks"
    ]
    assert row["HM_origin"] == 1


def test_rounded_travel_is_no_contradiction():
    """10 in, 40 in and 30 in are 25, 102 and 76 cm."""
    got = solve(V_origin=25, V_dest=102, D=76)
    assert got["D"] == 76
    with pytest.raises(CaseError, match="apart"):
        solve(V_origin=25, V_dest=102, D=75)


def test_a_task_returns_what_follows_though_the_composite_index_lacks_something():
    rows = solve(
        tasks=[
            {"FIRWL": 20, "L": 20, "FM": 0.9},
            {"FIRWL": 20, "L": 30},
            {"FIRWL": 20, "F": 1, "duration_h": 1},
        ]
    )
    assert rows["tasks"][0]["STRWL"] == pytest.approx(18)
    assert rows["tasks"][0]["STLI"] == pytest.approx(20 / 18)
    assert rows["tasks"][1]["FILI"] == pytest.approx(1.5)
    assert "STLI" not in rows["tasks"][1]
    assert rows["tasks"][2]["STRWL"] == pytest.approx(18.8)
    assert "CLI" not in rows
    assert rows["missing"] == [
        "tasks[0].F",
        "tasks[0].duration_h",
        "tasks[1].F",
        "tasks[1].duration_h",
        "tasks[2].L",
    ]
