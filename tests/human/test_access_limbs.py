"""Limbs of the access check: sizes as surveyed, sections that only widen outwards."""

from __future__ import annotations

import math

import numpy as np
import pytest

from immersive.human.access_limbs import (
    GLOVE,
    HAND_THICKNESS,
    LIMBS,
    Limb,
    body_lying,
    body_upright,
    limb_of,
    sizes_of,
)
from immersive.human.anthropometry import dimension, parse_body
from immersive.scene.workplace import MeasuredTable, Population

SIZES = sizes_of(Population("default"))
ARMS = tuple(kind for kind in LIMBS if kind not in ("head", "body"))


def reach_of(limb: Limb, z: float, axis: int) -> float:
    """How far the section at ``z`` extends along X (0) or Y (1): ends as flat discs."""
    out = 0.0
    for row in limb.rows:
        if row[2] - 1e-12 <= z <= row[5] + 1e-12:
            share = 0.0 if row[5] <= row[2] else (z - row[2]) / (row[5] - row[2])
            out = max(out, abs(row[axis]) + row[6] + share * (row[7] - row[6]))
    return out


def test_sizes_are_the_surveys_own_percentiles() -> None:
    big, small = parse_body("M95"), parse_body("F05")
    assert SIZES.hand_breadth == dimension("hand breadth", big).value == 0.096
    assert SIZES.forearm == dimension("forearm circumference, flexed", big).value / math.pi
    assert SIZES.small_reach_grip == dimension("acromion-grip length", small).value
    assert SIZES.shoulders == pytest.approx(0.567)
    wider = sizes_of(Population("default"), largest="M99")
    assert wider.hand_breadth == 0.099
    assert wider.small_reach_grip == SIZES.small_reach_grip


def test_a_table_of_measured_people_comes_first() -> None:
    table = MeasuredTable(
        "people.csv",
        ("a", "b", "c"),
        np.array([False, False, True]),
        {
            "stature": np.array([1.7, 1.8, 1.6]),
            "hand breadth": np.array([0.1, 0.1, 0.07]),
            "head breadth": np.array([np.nan, np.nan, 0.14]),
        },
    )
    sizes = sizes_of(Population("ours", source="people.csv", table=table))
    assert sizes.from_table
    assert sizes.hand_breadth == pytest.approx(0.1)
    # Not measured of any man there: the survey's.
    assert sizes.head_breadth == SIZES.head_breadth


@pytest.mark.parametrize("kind", ARMS)
def test_sections_only_widen_outwards(kind: str) -> None:
    limb = limb_of(kind, SIZES, allowance=0.005)
    steps = np.linspace(limb.rows[:, 2].min() + 1e-6, limb.length, 300)
    for axis in (0, 1):
        sizes = np.array([reach_of(limb, z, axis) for z in steps])
        assert (np.diff(sizes) > -1e-12).all()
    assert limb.rows[:, 5].max() == pytest.approx(limb.length)


def test_hand_and_forearm_measure_what_they_are() -> None:
    limb = limb_of("arm", SIZES, allowance=0.0)
    hand = limb.rows[[part == "hand" for part in limb.parts]]
    assert np.ptp(hand[:, 0]) + 2.0 * hand[0, 6] == pytest.approx(SIZES.hand_breadth)
    assert 2.0 * hand[0, 6] == pytest.approx(HAND_THICKNESS * SIZES.hand_breadth)
    fore = limb.rows[[part == "forearm" for part in limb.parts]]
    assert 2.0 * fore[:, 7].max() == pytest.approx(SIZES.forearm)
    assert 2.0 * fore[:, 6].min() == pytest.approx(SIZES.wrist)


@pytest.mark.parametrize("kind", ARMS)
def test_allowance_gloves_and_clothing_add_up(kind: str) -> None:
    bare, more = (limb_of(kind, SIZES, allowance=a) for a in (0.0, 0.01))
    z = bare.length
    for axis in (0, 1):
        gain = reach_of(more, z, axis) - reach_of(bare, z, axis)
        assert gain == pytest.approx(0.02 if kind == "two_arms" and axis == 0 else 0.01)
    gloved = limb_of(kind, SIZES, allowance=0.0, gloves=True)
    hand = [part == "hand" for part in bare.parts]
    assert gloved.rows[hand][:, 6] - bare.rows[hand][:, 6] == pytest.approx(GLOVE)
    dressed = limb_of(kind, SIZES, allowance=0.0, clothing=0.01)
    assert dressed.sleeves[:, 2] - bare.sleeves[:, 2] == pytest.approx(0.01)


def test_the_stretched_arm_is_as_long_as_arm() -> None:
    limb = limb_of("fingertip", SIZES, allowance=0.0)
    whole = limb.stretched()
    assert limb.upper_arm is not None
    assert whole.length == pytest.approx(
        SIZES.hand_length + SIZES.forearm_length + SIZES.upper_arm_length, abs=1e-12
    )
    assert whole.rows[:, 5].max() == whole.length
    assert whole.upper_arm is None
    assert whole.stretched() is whole


def test_the_corridor_carries_on_where_the_limb_ends() -> None:
    limb = limb_of("two_arms", SIZES, allowance=0.0)
    corridor = limb.corridor(1.0)
    assert (corridor[:, 2] == limb.length).all()
    assert (corridor[:, 5] == 1.0).all()
    assert sorted(corridor[:, 0]) == sorted(limb.sleeves[:, 0])
    assert (limb.corridor(0.0)[:, 5] == limb.length).all()


def test_head_and_body_have_their_breadths() -> None:
    head = limb_of("head", SIZES, allowance=0.0)
    assert np.ptp(head.rows[:, 0]) + 2.0 * head.rows[0, 6] == pytest.approx(SIZES.head_length)
    assert 2.0 * head.rows[0, 6] == pytest.approx(SIZES.head_breadth)
    # The forehead is at the place of the eyes.
    assert head.rows[:, 0].max() + head.rows[0, 6] == pytest.approx(0.0)
    assert head.rows[:, 2].min() - head.rows[0, 6] == pytest.approx(-SIZES.crown_over_eyes)
    lying = body_lying(SIZES, allowance=0.0)
    assert np.ptp(lying.rows[:, 0]) + 2.0 * lying.rows[0, 6] == pytest.approx(SIZES.shoulders)
    assert lying.length - (lying.rows[:, 2].min() - lying.rows[0, 6]) == pytest.approx(SIZES.stature)
    upright = body_upright(SIZES, above_floor=1.0, way=2.0, allowance=0.0)
    top = upright.rows[:, 1].max() + upright.rows[0, 6]
    assert top == pytest.approx(SIZES.stature - 1.0)
    assert np.ptp(upright.rows[:, 0]) + 2.0 * upright.rows[0, 6] == pytest.approx(SIZES.shoulders)
    heights = np.unique(upright.rows[:, 1])
    hollow = upright.rows[0, 6] - math.sqrt(upright.rows[0, 6] ** 2 - (0.5 * np.diff(heights).max()) ** 2)
    assert hollow < 0.0031
