"""Postures read and scored in bulk: thresholds, equality with single audited cases, what drives a score."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from immersive.human import owas
from immersive.human.links import links_of
from immersive.human.percentiles import percentile_people
from immersive.human.posing import BOTH, LEFT, RIGHT
from immersive.human.posture_angles import posture_angles
from immersive.human.posture_audit import audit
from immersive.human.posture_cases import Postures, Reading, Work, case_of, working_hands
from immersive.human.posture_scores import OWAS, REBA, RULA, drivers
from immersive.human.skeleton import ANGLE, ANGLES, LOWER, UPPER

LINKS = links_of(percentile_people(["M50"]))[0]
ROOT = (0.0, 0.0, 0.95, math.pi / 2)
METHODS = pytest.mark.parametrize("scoring", [RULA, REBA, OWAS], ids=lambda s: s.name)
WORKS = [
    Work(),
    Work(load_kg=3.0, repeats_per_min=6.0),
    Work(load_kg=12.0, static=True, coupling=2),
    Work(load_kg=25.0, shock=True, arm_supported=True, repeats_per_min=2.0, coupling=3),
]


def posture(q, hand=RIGHT, kind="standing", feet=True) -> Postures:
    angles = posture_angles(LINKS, q, ROOT)
    shape = angles.trunk_inclination.shape
    return Postures(angles, working_hands(np.full(shape, hand)), kind, np.full(shape, feet))


def one(reading=None, hand=RIGHT, kind="standing", feet=True, work=None, scoring=RULA, **degrees):
    q = np.zeros(len(ANGLES))
    for name, value in degrees.items():
        q[ANGLE[name]] = math.radians(value)
    found = posture(q, hand, kind, feet)
    return scoring.fields(found, work or Work(), reading or Reading())


def many(count: int, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    # Half of them near neutral, where most scores are decided.
    wide = LOWER + random.random((count, len(ANGLES))) * (UPPER - LOWER)
    wide[: count // 2] = np.clip(0.15 * wide[: count // 2], LOWER, UPPER)
    return wide


@METHODS
@pytest.mark.parametrize("kind", ["standing", "sitting", "kneeling"])
@pytest.mark.parametrize("work", WORKS, ids=range(len(WORKS)))
def test_bulk_scores_are_those_of_single_audited_cases(scoring, kind, work):
    """``immersive score`` on the very case that a check shows gives the very numbers that it shows."""
    q = many(24, seed=len(kind))
    for hand in (RIGHT, LEFT, BOTH):
        fields_ = scoring.fields(posture(q, hand, kind, feet=hand != LEFT), work, Reading())
        scores = scoring.assess(fields_)
        for i in range(len(q)):
            solved = scoring.method().solve(case_of(fields_, (i,)))
            assert solved["missing"] == []
            assert solved[scoring.final] == scoring.worst_final(scores)[i]
            assert solved[scoring.level] == scoring.level_of(scoring.worst_final(scores)[i])
            for k, side in enumerate(("right", "left")):
                block = {**solved, **solved.get(side, {})}
                for part in scoring.method().results:
                    if part in scores:
                        got = scores[part][i, min(k, scores[part].shape[-1] - 1)]
                        assert str(block[part]) == str(got), (part, side)


@METHODS
def test_the_final_score_is_put_together_from_its_parts(scoring):
    for work in WORKS:
        fields_ = scoring.fields(posture(many(200), BOTH), work, Reading())
        scores = scoring.assess(fields_)
        assert (scoring.combine(scores) == scores[scoring.final]).all()
        assert all((scores[part.name] >= part.least).all() for part in scoring.parts)


@METHODS
def test_relieving_a_part_never_raises_the_score_and_drivers_are_true(scoring):
    for work in WORKS:
        scores = scoring.assess(scoring.fields(posture(many(60, seed=4), BOTH), work, Reading()))
        for i in range(60):
            mine = {name: values[i] for name, values in scores.items()}
            now = int(mine[scoring.final].max())
            found = drivers(scoring, mine)
            assert [d.drop for d in found] == sorted((d.drop for d in found), reverse=True)
            for driver in found:
                assert driver.drop > 0
                changed = dict(mine)
                for part in driver.parts:
                    changed[part.name] = part.relieved(mine[part.name])
                assert scoring.combine(changed).max() == driver.final == now - driver.drop
            if found and len(found[0].parts) == 1:
                best = found[0].drop
                for part in scoring.parts:
                    single = scoring.combine({**mine, part.name: part.relieved(mine[part.name])}).max()
                    assert now - single <= best


def test_drivers_by_hand():
    overhead = RULA.assess(one(right_shoulder_flexion=130, right_elbow_flexion=20))
    first = drivers(RULA, overhead)[0]
    assert [part.name for part in first.parts] == ["upper_arm"]
    stoop = RULA.assess(one(pelvis_tilt=65, right_shoulder_flexion=60, right_elbow_flexion=80))
    assert drivers(RULA, stoop)[0].parts[0].name == "trunk"
    heavy = RULA.assess(one(work=Work(load_kg=15.0, repeats_per_min=5), right_elbow_flexion=80))
    assert drivers(RULA, heavy)[0].parts[0].name == "force"
    assert drivers(RULA, RULA.assess(one(right_elbow_flexion=80, left_elbow_flexion=80))) == []
    knees = OWAS.assess(one(scoring=OWAS, right_knee_flexion=50, left_knee_flexion=50))
    assert [(d.parts[0].name, d.final) for d in drivers(OWAS, knees)] == [("legs", 1)]


def test_known_postures_by_hand():
    """Scores worked out with the paper's tables, not with this program."""
    # Elbows at 80°, everything else straight: A(1,1,1,1) = 1, B(1,1,1) = 1, grand 1.
    assert RULA.assess(one(right_elbow_flexion=80, left_elbow_flexion=80))["grand"].tolist() == [1, 1]
    # Left arm hanging straight: its lower arm scores 2, A(1,2,1,1) = 2, C(2,1) = 2.
    assert RULA.assess(one(right_elbow_flexion=80))["grand"].tolist() == [1, 2]
    # Right arm at 100° with a straight elbow, trunk at 30°, neck at 15°:
    # A(4,2,1,1) = 4, B(2,3,1) = 4, grand C(4,4) = 4; repeated: C(5,5) = 6.
    reach = {"right_shoulder_flexion": 100, "pelvis_tilt": 30, "neck_flexion": 15}
    scores = RULA.assess(one(**reach))
    assert [int(scores[k][0]) for k in ("upper_arm", "lower_arm", "wrist", "wrist_twist")] == [4, 2, 1, 1]
    assert [int(scores[k][0]) for k in ("neck", "trunk", "legs", "table_a", "table_b")] == [2, 3, 1, 4, 4]
    assert int(scores["grand"][0]) == 4
    assert int(RULA.assess(one(work=Work(repeats_per_min=5), **reach))["grand"][0]) == 6
    # REBA of the same: trunk 3, neck 1, legs 1: A = 2; arm 4, 2, 1: B = 5; C(2,5) = 4.
    scores = REBA.assess(one(scoring=REBA, **reach))
    assert [int(scores[k][0]) for k in ("table_a", "table_b", "grand")] == [2, 5, 4]
    # OWAS of the same: back bent, one arm up, standing, no load.
    assert int(OWAS.assess(one(scoring=OWAS, **{**reach, "right_shoulder_flexion": 130}))["code"][0]) == 2221


@pytest.mark.parametrize(("name", "joint", "threshold", "sign"), [
    ("shoulder_raised", "right_clavicle_elevation", "raised", 1),
    ("upper_arm_abducted", "right_shoulder_abduction", "abducted", 1),
    ("wrist_deviated", "right_wrist_radial_deviation", "deviated", 1),
    ("wrist_deviated", "right_wrist_radial_deviation", "deviated", -1),
    ("neck_twisted", "neck_rotation", "twisted", -1),
    ("neck_bent_sideways", "neck_lateral_flexion", "bent", 1),
    ("trunk_twisted", "thoracic_rotation", "twisted", -1),
    ("trunk_bent_sideways", "lumbar_lateral_flexion", "bent", -1),
])  # fmt: skip
def test_flags_beyond_their_threshold_only(name, joint, threshold, sign):
    for limit in (getattr(Reading(), threshold), 4.0):
        reading = replace(Reading(), **{threshold: limit})
        for angle, expected in ((limit - 0.1, False), (limit + 0.1, True)):
            assert bool(one(reading, **{joint: sign * angle})[name].reshape(-1)[0]) is expected


def test_adducted_is_not_abducted_and_rotation_counts_in_reba_only():
    assert not one(right_shoulder_abduction=-40)["upper_arm_abducted"].any()
    turned = {"right_shoulder_internal_rotation": 60}
    assert not one(**turned)["upper_arm_abducted"].any()
    assert one(scoring=REBA, **turned)["upper_arm_abducted"].tolist() == [True, False]


@pytest.mark.parametrize(("angle", "read"), [(0.3, 0), (4.9, 0), (-4.9, 0), (5.2, 5.2), (-5.2, -5.2)])
def test_a_manikins_few_degrees_are_not_a_bent_trunk_or_wrist(angle, read):
    assert one(pelvis_tilt=angle)["trunk_flexion_deg"][0] == pytest.approx(read)
    assert one(right_wrist_flexion=angle)["wrist_flexion_deg"][0] == pytest.approx(read)
    exact = one(replace(Reading(), neutral=0.0), pelvis_tilt=angle)
    assert exact["trunk_flexion_deg"][0] == pytest.approx(angle)
    assert RULA.assess(exact)["trunk"].max() == 2


def test_neck_flexion_is_never_rounded_away_and_extension_from_the_threshold():
    assert one(neck_flexion=3)["neck_flexion_deg"][0] == pytest.approx(3)
    assert one(neck_flexion=-3)["neck_flexion_deg"][0] == 0
    assert RULA.assess(one(neck_flexion=-3))["neck"].max() == 1
    assert RULA.assess(one(neck_flexion=-6))["neck"].max() == 4


def test_a_sideways_raised_arm_does_not_score_as_hanging():
    hanging, side = one(), one(right_shoulder_abduction=80)
    assert RULA.assess(hanging)["upper_arm"].tolist() == [1, 1]
    assert RULA.assess(side)["upper_arm"].tolist() == [4, 1]  # 45 to 90 scores 3, abducted adds 1


def test_wrist_twist_and_hands_across_or_out():
    assert one(right_forearm_pronation=59)["wrist_twist"].tolist() == [1, 1]
    assert one(right_forearm_pronation=-61)["wrist_twist"].tolist() == [2, 1]
    bent = {"right_elbow_flexion": 90}
    assert not one(**bent)["across_midline"].any()
    assert one(**bent, right_shoulder_internal_rotation=-70)["across_midline"].tolist() == [True, False]
    over = one(
        **bent, right_shoulder_flexion=40, right_shoulder_abduction=-45, right_shoulder_internal_rotation=70
    )
    assert over["across_midline"].tolist() == [True, False]
    # An idle arm works nowhere.
    assert not one(hand=LEFT, **bent, right_shoulder_internal_rotation=-70)["across_midline"].any()


def test_an_idle_hand_carries_nothing_and_both_carry_all():
    work = Work(load_kg=12.0, repeats_per_min=9.0, shock=True, arm_supported=True)
    for hand, working in ((RIGHT, [True, False]), (LEFT, [False, True]), (BOTH, [True, True])):
        found = one(hand=hand, work=work)
        assert found["shock"].tolist() == found["arm_supported"].tolist() == working
        assert (found["load_kg"] > 0).tolist() == (found["repeats_per_min"] > 0).tolist() == working
    # Holding still is the whole body's.
    assert one(work=Work(static=True))["static"].tolist() == [True, True]
    assert one(scoring=REBA, work=replace(work, coupling=3))["coupling"].tolist() == [3, 0]


def test_legs_by_posture():
    assert RULA.assess(one())["legs"].max() == 1
    assert RULA.assess(one(kind="sitting"))["legs"].max() == 1
    assert RULA.assess(one(kind="sitting", feet=False))["legs"].max() == 2
    assert RULA.assess(one(kind="kneeling"))["legs"].max() == 2
    knees = {"right_knee_flexion": 90, "left_knee_flexion": 90}
    assert REBA.assess(one(scoring=REBA, **knees))["legs"].max() == 3
    assert REBA.assess(one(scoring=REBA, kind="sitting", **knees))["legs"].max() == 1
    codes = {kind: int(OWAS.assess(one(scoring=OWAS, kind=kind, **knees))["legs"][0])
             for kind in ("standing", "sitting", "kneeling")}  # fmt: skip
    assert codes == {"standing": 4, "sitting": 1, "kneeling": 6}


@METHODS
def test_higher_arms_and_more_load_never_score_less(scoring):
    finals = [
        int(
            scoring.worst_final(
                scoring.assess(one(scoring=scoring, right_shoulder_flexion=a, right_elbow_flexion=70))
            )
        )
        for a in range(0, 180, 5)
    ]
    assert finals == sorted(finals)
    loads = [
        int(scoring.worst_final(scoring.assess(one(scoring=scoring, work=Work(load_kg=kg), pelvis_tilt=25))))
        for kg in (0, 1, 3, 6, 9, 11, 19, 21, 40)
    ]
    assert loads == sorted(loads)
    # OWAS finds nothing wrong with one raised arm on a straight back.
    assert finals[0] < finals[-1] or scoring is OWAS
    assert loads[0] < loads[-1]


@METHODS
def test_audit_rows_add_up(scoring):
    for work in WORKS:
        fields_ = scoring.fields(posture(many(60, seed=9), BOTH), work, Reading())
        for i in range(60):
            rows = audit(scoring.name, scoring.method().solve(case_of(fields_, (i,))))
            parts = [*rows.values(), *rows.get("right", {}).values(), *rows.get("left", {}).values()]
            scored = [row for row in parts if isinstance(row, dict) and "base" in row]
            assert scoring is OWAS or len(scored) == 8
            for row in scored:
                assert max(1, row["base"] + sum(row["adjustments"].values())) == row["score"]
                assert row["band_deg"]


def test_owas_thresholds_and_codes_of_many():
    many_ = owas.assess(
        trunk_flexion_deg=[20, 20.1, 0, 30, -25], trunk_twist_deg=[20, 0, 20.1, 25, 0],
        arm_left_above_shoulder=[False, True, False, True, False],
        arm_right_above_shoulder=[False, False, True, True, False],
        knee_left_flexion_deg=[30, 30.1, 0, 0, 90], load_kg=[10, 10.1, 20, 20.1, 0],
    )  # fmt: skip
    assert many_["code"].tolist() == [1121, 2242, 3222, 4323, 2141]
    for i, code in enumerate(many_["code"]):
        assert many_["action_category"][i] == owas.method().solve({"code": str(code)})["action_category"]
    # Every cell of the table, by both ways.
    for code in np.ndindex(4, 3, 7, 3):
        digits = [digit + 1 for digit in code]
        word = "".join(map(str, digits))
        assert owas.category(*digits) == owas.method().solve({"code": word})["action_category"]


def test_owas_refuses_what_it_cannot_score():
    arms = {"arm_left_above_shoulder": False, "arm_right_above_shoulder": False}
    with pytest.raises(ValueError, match="finite"):
        owas.assess(trunk_flexion_deg=np.nan, **arms)
    with pytest.raises(ValueError, match="sitting"):
        owas.assess(trunk_flexion_deg=0, legs_posture="floating", **arms)


def test_highest_score_of_a_level():
    assert [RULA.most(level) for level in (1, 2, 3, 4)] == [2, 4, 6, 7]
    assert [REBA.most(level) for level in (0, 1, 2, 3, 4)] == [1, 3, 7, 10, 15]
    assert [OWAS.most(level) for level in (1, 2, 3, 4)] == [1, 2, 3, 4]


def test_every_threshold_is_read():
    """A field of ``Reading`` that nothing reads would be a parameter without effect."""
    seen: set[str] = set()

    class Spy:
        def __getattr__(self, name):
            seen.add(name)
            return getattr(Reading(), name)

    for scoring in (RULA, REBA, OWAS):
        scoring.fields(posture(np.zeros(len(ANGLES))), Work(), Spy())
    assert seen == {item.name for item in fields(Reading)}
