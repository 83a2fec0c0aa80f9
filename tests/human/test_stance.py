"""Standing, sitting, kneeling: feet stay, limits hold, the body balances."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from immersive.errors import UsageError
from immersive.human.balance import MASS_SHARES, mass_centre
from immersive.human.kinematics import figure
from immersive.human.links import links_of
from immersive.human.population import percentile_people, sampled
from immersive.human.posing import Stance
from immersive.human.skeleton import ANGLE, LINK, LOWER, SEGMENT, UPPER
from immersive.human.stance import footing, leg_slip, plant_legs, rest, settle

PEOPLE = percentile_people(["F05", "F50", "M50", "M95"])
LINKS_ = links_of(PEOPLE)
STAND = Stance((1.0, 2.0, 0.3), 0.4)
SIT = Stance((1.0, 2.0, 0.3), 2.0, "sitting", 0.40)
KNEEL = Stance((1.0, 2.0, 0.3), -1.0, "kneeling")
RNG = np.random.default_rng(11)


def forward(stance: Stance) -> np.ndarray:
    return np.array([math.cos(stance.heading), math.sin(stance.heading), 0.0])


@pytest.mark.parametrize(
    "stance", [STAND, SIT, KNEEL, replace(SIT, seat_height=0.2), replace(SIT, seat_height=0.7)]
)
def test_rest_is_within_limits_and_keeps_the_feet(stance: Stance) -> None:
    q, root = rest(LINKS_, stance)
    assert q.shape == (4, 39)
    assert root.shape == (4, 4)
    assert (q >= LOWER - 1e-12).all()
    assert (q <= UPPER + 1e-12).all()
    assert not leg_slip(LINKS_, q, root, stance).any()
    ground = footing(LINKS_, stance)
    body = figure(LINKS_, q, root)
    joint = "knee" if stance.posture == "kneeling" else "ankle"
    for side, name in enumerate(("right", "left")):
        assert body.point(f"{name}_{joint}") == pytest.approx(ground.feet[:, side], abs=1e-9)
    # Trunk upright.
    assert body.rotations[:, SEGMENT["thorax"], 2, 2] == pytest.approx(1.0)


def test_standing_is_as_tall_as_measured_with_shoes() -> None:
    q, root = rest(LINKS_, STAND)
    body = figure(LINKS_, q, root)
    tall = body.point("vertex")[:, 2] - 0.3
    lost = PEOPLE["stature"] + PEOPLE.allowances.shoe_height - tall
    assert (lost > 0.0).all()
    assert lost.max() < 0.003
    for side in ("right", "left"):
        for end in ("toe", "heel"):
            assert body.point(f"{side}_{end}")[:, 2] == pytest.approx(0.3 + 0.025)
    # The position is the middle between both feet, along and across.
    ends = [body.point(f"{side}_{end}")[:, :2] for side in ("right", "left") for end in ("toe", "heel")]
    assert np.mean(ends, axis=0) == pytest.approx(np.broadcast_to([1.0, 2.0], (4, 2)))


def test_a_platform_lifts_who_stands_on_it() -> None:
    low, high = rest(LINKS_, STAND)[1], rest(LINKS_, replace(STAND, footrest_height=0.2))[1]
    assert high - low == pytest.approx(np.broadcast_to([0, 0, 0.2, 0], (4, 4)), abs=1e-9)


def test_quiet_standing_balances_over_the_feet() -> None:
    q, root = rest(LINKS_, STAND)
    body = figure(LINKS_, q, root)
    centre = mass_centre(LINKS_, body)
    along = (centre - body.point("right_heel")) @ forward(STAND)
    length = LINKS_[:, LINK["foot_forward"]] + LINKS_[:, LINK["foot_back"]]
    assert along / length == pytest.approx(0.42, abs=1e-3)
    # Literature: the mass centre of standing adults is 0.55 to 0.58 of stature above the floor.
    assert ((centre[:, 2] - 0.3 - 0.025) / PEOPLE["stature"] > 0.54).all()
    assert ((centre[:, 2] - 0.3 - 0.025) / PEOPLE["stature"] < 0.59).all()


def test_masses_add_up() -> None:
    limbs = ("upper_arm", "forearm", "hand", "thigh", "shank", "foot")
    assert sum(v * (2 if k in limbs else 1) for k, v in MASS_SHARES.items()) == pytest.approx(1.0)


@pytest.mark.parametrize("drop", [0.0, 0.05, 0.15])
def test_bending_keeps_the_mass_centre_over_the_feet(drop: float) -> None:
    """A series from upright to a full bend, arms hanging or stretched forward."""
    steps = np.linspace(0.0, 1.0, 12)
    q = np.zeros((4, 2, 12, 39))
    q[..., ANGLE["pelvis_tilt"]] = steps * math.radians(55)
    q[..., ANGLE["lumbar_flexion"]] = steps * math.radians(40)
    q[..., ANGLE["thoracic_flexion"]] = steps * math.radians(20)
    for side in ("right", "left"):
        q[:, 1, :, ANGLE[f"{side}_shoulder_flexion"]] = math.radians(90)
    q = q.reshape(4, 24, 39)
    ground = footing(LINKS_, STAND)
    angles, root, slip = settle(LINKS_, q, ground, drop=drop)
    body = figure(LINKS_[:, None], angles, root)
    centre = mass_centre(LINKS_[:, None], body)
    ahead = (centre - body.point("right_heel")) @ forward(STAND)
    length = (LINKS_[:, LINK["foot_forward"]] + LINKS_[:, LINK["foot_back"]])[:, None]
    fits = slip == 0.0
    assert fits.mean() > 0.8
    goal = 0.42 * np.broadcast_to(length, ahead.shape)
    assert np.abs(ahead - goal)[fits].max() < (1e-8 if drop == 0.0 else 0.004)
    # The hips went back, and the feet stayed.
    hips = (root[..., :3] - root[:, :1, :3]) @ forward(STAND)
    assert (hips[:, 11] < -0.05).all()
    feet = np.broadcast_to(ground.feet[:, None, 0], (4, 24, 3))
    assert body.point("right_ankle")[fits] == pytest.approx(feet[fits], abs=1e-9)


def test_feet_stay_for_any_pelvis_that_legs_allow() -> None:
    people = sampled(20, seed=3)
    links = links_of(people)
    n = len(people)
    for stance in (STAND, SIT):
        ground = footing(links, stance)
        q0, root0 = rest(links, stance)
        root = np.repeat(root0[:, None], 30, axis=1)
        root[..., :2] += RNG.uniform(-0.08, 0.08, (n, 30, 2))
        root[..., 2] -= RNG.uniform(0.0, 0.2, (n, 30))
        root[..., 3] += RNG.uniform(-0.2, 0.2, (n, 30))
        q = np.repeat(q0[:, None], 30, axis=1)
        q[..., ANGLE["pelvis_tilt"]] = RNG.uniform(-0.15, 0.4, (n, 30))
        planted = plant_legs(links, q, root, stance)
        slip = leg_slip(links, q, root, ground)
        fits = slip == 0.0
        assert 0.2 < fits.mean() < 1.0
        body = figure(links[:, None], planted, root)
        for side, name in enumerate(("right", "left")):
            want = np.broadcast_to(ground.feet[:, None, side], (n, 30, 3))
            assert np.abs(body.point(f"{name}_ankle") - want)[fits].max() < 1e-9
            # What the slip promises holds for those that do not fit.
            moved = np.linalg.norm(body.point(f"{name}_ankle") - want, axis=-1)
            assert (moved <= slip + 1e-9).all()
            # The sole is level along the foot, which points where the stance says.
            toes = body.point(f"{name}_toe") - body.point(f"{name}_heel")
            toes /= np.linalg.norm(toes, axis=-1, keepdims=True)
            assert toes[fits] == pytest.approx(np.broadcast_to(forward(stance), toes[fits].shape), abs=1e-9)
        assert (planted >= LOWER - 1e-12).all()
        assert (planted <= UPPER + 1e-12).all()
        # Spine and arms are left alone.
        assert np.array_equal(planted[..., :29], q[..., :29])


def test_knee_angle_is_the_two_link_closed_form() -> None:
    q, root = rest(LINKS_, STAND)
    lowered = root.copy()
    lowered[:, 2] -= 0.1
    planted = plant_legs(LINKS_, q, lowered, STAND)
    body = figure(LINKS_, planted, lowered)
    d = np.linalg.norm(body.point("right_hip") - body.point("right_ankle"), axis=-1)
    thigh, shank = LINKS_[:, LINK["thigh"]], LINKS_[:, LINK["shank"]]
    knee = np.pi - np.arccos((thigh**2 + shank**2 - d**2) / (2 * thigh * shank))
    assert planted[:, ANGLE["right_knee_flexion"]] == pytest.approx(knee)
    assert planted[:, ANGLE["left_knee_flexion"]] == pytest.approx(knee)
    # Knees forward of the line from hip to ankle.
    middle = 0.5 * (body.point("right_hip") + body.point("right_ankle"))
    assert ((body.point("right_knee") - middle) @ forward(STAND) > 0.05).all()


def test_slip_measures_what_is_missing() -> None:
    q, root = rest(LINKS_, STAND)
    ground = footing(LINKS_, STAND)
    raised = root.copy()
    # Straight up over the ankles: all of it is missing.
    raised[:, :2] = ground.feet[:, :, :2].mean(axis=1)
    raised[:, 2] = ground.feet[:, 0, 2] + LINKS_[:, LINK["thigh"]] + LINKS_[:, LINK["shank"]] + 0.05
    assert leg_slip(LINKS_, q, raised, STAND) == pytest.approx(0.05)
    # Hips on the floor: knees and ankles do not bend so far.
    deep = root.copy()
    deep[:, 2] -= 0.7
    assert (leg_slip(LINKS_, q, deep, STAND) > 0.05).all()


def test_sitting_heights() -> None:
    q, root = rest(LINKS_, SIT)
    body = figure(LINKS_, q, root)
    assert body.point("vertex")[:, 2] == pytest.approx(0.3 + 0.40 + PEOPLE["sitting height"])
    assert body.point("right_eye")[:, 2] == pytest.approx(0.7 + PEOPLE["eye height, sitting"])
    assert body.point("hip_centre")[:, :2] == pytest.approx(np.broadcast_to([1.0, 2.0], (4, 2)))
    slumped = replace(PEOPLE, allowances=replace(PEOPLE.allowances, slump=0.04))
    low = figure(links_of(slumped), *rest(links_of(slumped), SIT))
    assert body.point("vertex")[:, 2] - low.point("vertex")[:, 2] == pytest.approx(0.04)


def test_feet_hang_from_a_seat_that_is_too_high_and_go_forward_on_a_low_one() -> None:
    high = replace(SIT, seat_height=0.7)
    assert footing(LINKS_, high).unsupported.all()
    soles = figure(LINKS_, *rest(LINKS_, high)).point("right_heel")[:, 2]
    assert (soles > 0.3 + 0.15).all()
    # A footrest 0.4 below the seat is the same as a floor there.
    raised = replace(high, footrest_height=0.3)
    assert np.array_equal(footing(LINKS_, raised).unsupported, footing(LINKS_, SIT).unsupported)
    low = replace(SIT, seat_height=0.2)
    assert not footing(LINKS_, low).unsupported.any()
    body, usual = figure(LINKS_, *rest(LINKS_, low)), figure(LINKS_, *rest(LINKS_, SIT))
    assert body.point("right_heel")[:, 2] == pytest.approx(0.325)
    shank = body.point("right_ankle") - body.point("right_knee")
    assert (shank[2:] @ forward(SIT) > 0.05).all()
    upright = usual.point("right_ankle") - usual.point("right_knee")
    assert upright @ forward(SIT) == pytest.approx(0.0, abs=1e-6)


def test_kneeling_rests_on_knees_and_toes() -> None:
    body = figure(LINKS_, *rest(LINKS_, KNEEL))
    knees = body.point("right_knee")
    assert knees[:, 2] - 0.3 == pytest.approx(0.13 * LINKS_[:, LINK["shank"]])
    assert body.point("right_toe")[:, 2] == pytest.approx(0.3, abs=1e-6)
    assert ((body.point("right_ankle") - knees) @ forward(KNEEL) < -0.3).all()
    # The mass centre lies between knees and toes.
    centre = mass_centre(LINKS_, body)
    assert ((centre - knees) @ forward(KNEEL) < 0.03).all()
    assert ((centre - body.point("right_toe")) @ forward(KNEEL) > 0.0).all()


def test_kneeling_hips_sink_back_as_the_trunk_bends() -> None:
    steps = np.linspace(0.0, 1.0, 10)
    q = np.zeros((4, 10, 39))
    q[..., ANGLE["pelvis_tilt"]] = steps * math.radians(40)
    q[..., ANGLE["lumbar_flexion"]] = steps * math.radians(30)
    ground = footing(LINKS_, KNEEL)
    angles, root, slip = settle(LINKS_, q, ground)
    body = figure(LINKS_[:, None], angles, root)
    centre = mass_centre(LINKS_[:, None], body)
    ahead = (centre - body.point("right_knee")) @ forward(KNEEL)
    assert not slip.any()
    # The mass centre comes to the knees and no farther (feet are counted at the ankles: 5 mm).
    assert ahead.max() < 0.005
    assert ahead[:, -1] == pytest.approx(0.0, abs=0.005)
    back = (root[:, :1, :3] - root[..., :3]) @ forward(KNEEL)
    assert (np.diff(back, axis=1) >= -1e-9).all()
    assert (back[:, -1] > 0.05).all()
    knees = np.broadcast_to(ground.feet[:, None, 0], (4, 10, 3))
    assert body.point("right_knee") == pytest.approx(knees, abs=1e-9)


def test_a_step_moves_everything() -> None:
    ground = footing(LINKS_, STAND)
    moved = ground.moved([0.2, -0.1, 0.0])
    q = np.zeros((4, 39))
    a, b = settle(LINKS_, q, ground), settle(LINKS_, q, moved)
    # A straight knee's angle is the square root of rounding.
    assert b[0] == pytest.approx(a[0], abs=1e-6)
    assert b[1] - a[1] == pytest.approx(np.broadcast_to([0.2, -0.1, 0, 0], (4, 4)), abs=1e-12)


def test_heading_turns_the_posture_about_the_position() -> None:
    for stance in (STAND, SIT, KNEEL):
        turned = replace(stance, heading=stance.heading + 1.1)
        (qa, ra), (qb, rb) = rest(LINKS_, stance), rest(LINKS_, turned)
        assert qb == pytest.approx(qa, abs=1e-9)
        c, s = math.cos(1.1), math.sin(1.1)
        about = (ra[:, :2] - [1.0, 2.0]) @ np.array([[c, s], [-s, c]])
        assert rb[:, :2] - [1.0, 2.0] == pytest.approx(about, abs=1e-9)


def test_wrong_stances_are_named() -> None:
    with pytest.raises(UsageError, match="did you mean 'sitting'"):
        footing(LINKS_, replace(SIT, posture="siting"))
    with pytest.raises(UsageError, match="seat's height"):
        footing(LINKS_, replace(SIT, seat_height=None))


@pytest.mark.shared
def test_feet_hang_where_the_popliteal_height_says_so(shared: Path) -> None:
    from tests.human.survey import survey

    people = survey(shared)
    links = links_of(people)
    popliteal = people["lower leg length (popliteal height)"]
    # The seat at which feet begin to hang, by the model: thighs fall by SEAT_SLOPE.
    from immersive.human.stance import SEAT_SLOPE

    knee = links[:, LINK["ankle_height"]] + links[:, LINK["shank"]]
    seat = knee + links[:, LINK["thigh"]] * math.sin(SEAT_SLOPE) - links[:, LINK["sitting_hip_height"]]
    for sex in (people.female, ~people.female):
        assert abs(np.mean(seat[sex] - popliteal[sex])) < 0.003
        assert np.std(seat[sex] - popliteal[sex]) < 0.025
