"""Many postures at once are rated as one case at a time is; fields follow from known postures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from immersive.human import en1005_4, iso11226
from immersive.human.posture_angles import PostureAngles, posture_angles
from immersive.human.skeleton import ANGLE, LINKS
from immersive.human.zone_cases import Reading, case_of, en1005_4_fields, iso11226_fields
from immersive.human.zone_many import en1005_4_ranks, iso11226_ranks

LIMITS = np.array(
    [-30.0, -5.0, -0.01, 0.0, 10.0, 10.01, 20.0, 20.01, 25.0, 40.0, 45.0, 60.0, 60.01, 85.0, 90.0]
)
"""Ends of bands and their neighbours."""


def angles_of(**degrees: float) -> PostureAngles:
    q = np.zeros(len(ANGLE))
    for name, value in degrees.items():
        q[ANGLE[name]] = np.radians(value)
    links = np.zeros(len(LINKS))
    links[:] = 0.2
    return posture_angles(links, q, np.array([0.0, 0.0, 1.0, np.pi / 2]), looks_at=(0.0, 1.0, 1.0))


def random_iso(count: int) -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(7)

    def pick(low: float, high: float) -> NDArray[np.float64]:
        values = np.where(
            random.random(count) < 0.5, random.choice(LIMITS, count), random.uniform(low, high, count)
        )
        return np.round(np.clip(values, low, high), 2)

    def rarely() -> NDArray[np.bool_]:
        return random.random(count) < 0.03

    trunk = pick(-20, 80)
    fields: dict[str, NDArray[Any]] = {
        "trunk_inclination_deg": trunk,
        "trunk_rotation_deg": pick(-12, 12),
        "trunk_lateral_deg": pick(-12, 12),
        "head_inclination_deg": np.round(trunk + random.choice([0.0, 10.0, 25.0, 26.0, -1.0], count), 2),
        "knees_flexed_standing": rarely(),
        "knee_extreme": rarely(),
    }
    for side in ("left", "right"):
        fields[f"upper_arm_elevation_deg_{side}"] = pick(0, 90)
        fields[f"arm_supported_{side}"] = random.random(count) < 0.3
        for name in ("shoulder_raised", "upper_arm_retroflexed", "upper_arm_adducted",
                     "upper_arm_rotated_extreme", "elbow_extreme", "forearm_extreme", "wrist_extreme"):  # fmt: skip
            fields[f"{name}_{side}"] = rarely()
    return fields


@pytest.mark.parametrize("held", [None, 0.5, 1.0, 2.5, 4.0])
def test_iso11226_of_many_is_that_of_each(held: float | None) -> None:
    fields = random_iso(400)
    ranks = iso11226_ranks(fields, held)
    extra = {} if held is None else {"holding_time_min": held}
    overall = [iso11226.method().solve(case_of(fields, (i,)) | extra)["overall"] for i in range(400)]
    assert [iso11226.ORDER[rank] for rank in ranks] == overall
    # A posture with a holding time only becomes acceptable or not when that time is known.
    seen = {
        "acceptable",
        "not_recommended",
        "holding_time_limited" if held is None else "acceptable_within_holding_time",
    }
    assert seen <= set(overall)


@pytest.mark.parametrize(
    ("held", "often"),
    [(None, 0.0), (None, 2.0), (None, 10.0), (4.0, 1.0), (10.0, None), (10.0, 1.0), (10.0, 12.0)],
)
@pytest.mark.parametrize("support", [False, True])
def test_en1005_4_of_many_is_that_of_each(held: float | None, often: float | None, support: bool) -> None:
    random = np.random.default_rng(3)

    def pick(share: float = 0.5) -> NDArray[np.float64]:
        return np.where(
            random.random(300) < share, np.round(random.uniform(0, 20, 300), 2), random.choice(LIMITS, 300)
        )

    fields: dict[str, NDArray[Any]] = {
        "trunk_flexion_deg": pick(), "trunk_lateral_deg": pick(0.8) / 2, "trunk_twist_deg": -pick(0.8) / 2,
        "sight_below_horizontal_deg": pick(), "neck_lateral_deg": pick(0.9) / 2, "neck_twist_deg": pick(0.9),
        "upper_arm_elevation_deg_left": pick(), "upper_arm_elevation_deg_right": pick(),
    }  # fmt: skip
    if support:
        fields["arm_supported_right"] = random.random(300) < 0.5
        fields["arm_supported_left"] = random.random(300) < 0.5
    extra = {}
    if held is not None:
        extra["holding_time_s"] = held
    if often is not None:
        extra["frequency_per_min"] = often
    ranks = en1005_4_ranks(fields, held, often)
    worst = [en1005_4.method().solve(case_of(fields, (i,)) | extra)["worst_examined"] for i in range(300)]
    assert [en1005_4.ORDER[rank] for rank in ranks] == worst
    assert len(set(worst)) >= 2


def test_neither_held_nor_moved_is_an_error() -> None:
    fields = {name: np.zeros(1) for name in ("trunk_flexion_deg",)}
    with pytest.raises(ValueError, match="neither"):
        en1005_4_ranks(fields, 3.0, None)


def test_upright_is_acceptable_in_both() -> None:
    angles, hand = angles_of(), np.int8(0)
    fields = iso11226_fields(angles, hand, posture="standing")
    assert iso11226_ranks(fields, 10.0) == 0
    assert not any(values.item() for values in fields.values())
    fields = en1005_4_fields(angles, hand)
    assert fields["trunk_flexion_deg"] == 0.0
    assert fields["upper_arm_elevation_deg_right"] == 0.0


def test_half_a_degree_backwards_is_upright_and_ten_are_not() -> None:
    hand = np.int8(0)
    for tilt, used in ((-0.5, 0.0), (-4.9, 0.0), (-10.0, -10.0)):
        fields = iso11226_fields(angles_of(pelvis_tilt=tilt), hand, posture="standing")
        assert fields["trunk_inclination_deg"] == pytest.approx(used, abs=1e-6)
    strict = iso11226_fields(
        angles_of(pelvis_tilt=-0.5), hand, posture="standing", reading=Reading(neutral=0.0)
    )
    assert strict["trunk_inclination_deg"] == -0.5


def test_signs_of_the_sides() -> None:
    hand = np.int8(1)
    angles = angles_of(
        left_shoulder_flexion=-30, right_shoulder_flexion=45, left_clavicle_elevation=20, right_elbow_flexion=140,
        left_wrist_radial_deviation=-29, right_shoulder_internal_rotation=-85, left_shoulder_abduction=-20,
    )  # fmt: skip
    fields = iso11226_fields(angles, hand, posture="standing", arm_supported=True)
    true = {name for name, values in fields.items() if values.dtype == bool and values.item()}
    assert true == {
        "arm_supported_left", "upper_arm_retroflexed_left", "shoulder_raised_left", "elbow_extreme_right",
        "wrist_extreme_left", "upper_arm_rotated_extreme_right", "upper_arm_adducted_left",
    }  # fmt: skip
    assert fields["upper_arm_elevation_deg_right"] == pytest.approx(45.0, abs=0.01)
    fields = en1005_4_fields(angles, hand, arm_supported=True)
    assert fields["upper_arm_elevation_deg_right"] == pytest.approx(45.0, abs=0.01)
    assert fields["upper_arm_elevation_deg_left"] < -30.0
    assert (fields["arm_supported_left"].item(), fields["arm_supported_right"].item()) == (True, False)


def test_crouching_counts_when_standing_only() -> None:
    angles, hand = angles_of(right_knee_flexion=40), np.int8(0)
    assert iso11226_fields(angles, hand, posture="standing")["knees_flexed_standing"].item() is True
    assert "knees_flexed_standing" not in iso11226_fields(angles, hand, posture="sitting")
