"""Each angle's sign and zero, from known postures; what a whole body does to the trunk's and head's line."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from immersive.human.kinematics import figure
from immersive.human.links import links_of
from immersive.human.population import percentile_people
from immersive.human.posing import RIGHT, Poses, Stance, Target
from immersive.human.posture_angles import PostureAngles, angles_of, posture_angles
from immersive.human.skeleton import ANGLE, ANGLES, LANDMARK, LOWER, UPPER

LINKS = links_of(percentile_people(["F05"]))[0]
NORTH = math.pi / 2
ROOT = (0.4, -1.2, 0.9, NORTH)
BODY = ("trunk_inclination", "trunk_twist", "trunk_side_bend", "neck_flexion", "neck_twist", "neck_side_bend",
        "head_inclination")  # fmt: skip
SIDED = ("upper_arm_flexion", "upper_arm_abduction", "upper_arm_rotation", "upper_arm_elevation", "shoulder_elevation",
         "elbow_flexion", "forearm_pronation", "wrist_flexion", "wrist_deviation", "hip_flexion", "knee_flexion")  # fmt: skip


def posture(**degrees: float) -> np.ndarray:
    q = np.zeros(len(ANGLES))
    for name, value in degrees.items():
        q[ANGLE[name]] = math.radians(value)
    return q


def read(root=ROOT, looks_at=None, **degrees: float) -> PostureAngles:
    return posture_angles(LINKS, posture(**degrees), root, looks_at=looks_at)


def test_everything_is_zero_standing_upright_with_hanging_arms():
    angles = read()
    for name in (*BODY, *SIDED):
        assert np.abs(getattr(angles, name)).max() < 1e-9, name
    assert not angles.arm_above_shoulder.any()
    assert np.isnan(angles.sight_below_horizontal)
    # Hanging arms: each wrist below its own shoulder, on its own side.
    assert np.abs(angles.wrist_from_shoulder).max() < 1e-9
    assert (angles.wrist_from_middle > 0.1).all()


# One joint turned by so much → what each angle that changes must read; every other one stays 0.
ONE_JOINT = [
    ({"lumbar_rotation": 8, "thoracic_rotation": 20}, {"trunk_twist": 28}),
    ({"lumbar_lateral_flexion": 12, "thoracic_lateral_flexion": 9}, {"trunk_side_bend": 21, "upper_arm_elevation": (21, 21)}),
    ({"neck_flexion": 15, "head_flexion": 10}, {"neck_flexion": 25, "head_inclination": 25}),
    ({"neck_flexion": -12}, {"neck_flexion": -12, "head_inclination": -12}),
    ({"neck_rotation": 40}, {"neck_twist": 40}),
    ({"neck_rotation": 40, "head_flexion": 13}, {"neck_twist": 40, "neck_flexion": 13, "head_inclination": 13}),
    ({"neck_lateral_flexion": 20}, {"neck_side_bend": 20}),
    ({"right_hip_flexion": 60}, {"hip_flexion": (60, 0)}),
    ({"left_knee_flexion": 70}, {"knee_flexion": (0, 70)}),
    *(case for k, side in enumerate(("right", "left")) for case in (
        ({f"{side}_shoulder_flexion": 50}, {"upper_arm_flexion": 50, "upper_arm_elevation": 50}),
        ({f"{side}_shoulder_flexion": -30}, {"upper_arm_flexion": -30, "upper_arm_elevation": 30}),
        ({f"{side}_shoulder_abduction": 35}, {"upper_arm_abduction": 35, "upper_arm_elevation": 35}),
        ({f"{side}_shoulder_internal_rotation": 40}, {"upper_arm_rotation": 40}),
        ({f"{side}_clavicle_elevation": 20}, {"shoulder_elevation": 20}),
        ({f"{side}_elbow_flexion": 80}, {"elbow_flexion": 80}),
        ({f"{side}_forearm_pronation": -55}, {"forearm_pronation": -55}),
        ({f"{side}_wrist_flexion": 25}, {"wrist_flexion": 25}),
        ({f"{side}_wrist_radial_deviation": -15}, {"wrist_deviation": -15}),
    )),
]  # fmt: skip


@pytest.mark.parametrize(("turned", "expected"), ONE_JOINT)
def test_one_joint_moves_its_own_angle_only(turned, expected):
    angles = read(**turned)
    side = next((k for k, s in enumerate(("right", "left")) if next(iter(turned)).startswith(s)), None)
    for name in BODY:
        allowed = (
            1.0 if name == "trunk_inclination" else 1e-9
        )  # the spine's small forward offsets turn with it
        assert float(getattr(angles, name)) == pytest.approx(expected.get(name, 0), abs=allowed), name
    for name in SIDED:
        wanted = expected.get(name, 0)
        if not isinstance(wanted, tuple):
            wanted = tuple(wanted if k == side else 0 for k in range(2))
        assert getattr(angles, name) == pytest.approx(wanted, abs=1e-6), name


def test_signs_agree_with_where_the_body_goes():
    """Not from the angles' names: from landmarks of forward kinematics, in the world."""
    q = posture(lumbar_rotation=10, thoracic_rotation=20)
    points = figure(LINKS, q, ROOT).points
    assert (
        posture_angles(LINKS, q, ROOT).trunk_twist > 0
    )  # to the left: the right shoulder comes forward (+Y)
    assert points[LANDMARK["right_shoulder"], 1] > points[LANDMARK["left_shoulder"], 1]
    q = posture(lumbar_lateral_flexion=15)
    points = figure(LINKS, q, ROOT).points
    assert posture_angles(LINKS, q, ROOT).trunk_side_bend > 0  # to the right: +X
    assert points[LANDMARK["cervicale"], 0] > points[LANDMARK["hip_centre"], 0] + 0.02


@pytest.mark.parametrize("tilt", [-10, -3, 0, 12, 40, 70])
def test_trunk_inclination_of_a_straight_back_is_the_pelvis_tilt(tilt):
    angles = read(pelvis_tilt=tilt)
    assert angles.trunk_inclination == pytest.approx(tilt)
    assert angles.head_inclination == pytest.approx(tilt)
    assert angles.neck_flexion == pytest.approx(0)


def test_a_rounded_back_counts_as_far_as_it_bends_the_trunk():
    straight = float(read(pelvis_tilt=40).trunk_inclination)
    rounded = float(read(lumbar_flexion=40).trunk_inclination)
    upper = float(read(thoracic_flexion=30).trunk_inclination)
    assert 0 < upper < 30
    assert upper < rounded < straight == pytest.approx(40)
    # The chord by hand: hip centre to C7 in the plane of symmetry.
    points = figure(LINKS, posture(lumbar_flexion=40, thoracic_flexion=15), ROOT).points
    rest = figure(LINKS, posture(), ROOT).points
    lean = []
    for p in (points, rest):
        _, y, z = p[LANDMARK["cervicale"]] - p[LANDMARK["hip_centre"]]
        lean.append(math.degrees(math.atan2(y, z)))
    assert read(lumbar_flexion=40, thoracic_flexion=15).trunk_inclination == pytest.approx(lean[0] - lean[1])


def test_trunk_and_head_are_against_the_vertical_the_arm_against_both():
    angles = read(pelvis_tilt=40, right_shoulder_flexion=40)
    assert angles.upper_arm_flexion[RIGHT] == pytest.approx(40)  # forward of the leaning trunk …
    assert angles.upper_arm_elevation == pytest.approx([0, 40], abs=1e-6)  # … and so hanging; the other not
    back = read(pelvis_tilt=40, neck_flexion=-25, head_flexion=-15)
    assert back.head_inclination == pytest.approx(0, abs=1e-9)  # looking ahead: the neck is extended
    assert back.neck_flexion == pytest.approx(-40)


def test_head_bent_more_than_upside_down_keeps_counting():
    angles = read(pelvis_tilt=70, lumbar_flexion=50, neck_flexion=20)
    assert angles.head_inclination == pytest.approx(140)


@pytest.mark.parametrize("heading", [0.0, 1.1, -2.5])
def test_nothing_depends_on_heading_or_place(heading):
    random = np.random.default_rng(3)
    q = LOWER + random.random((40, len(ANGLES))) * (UPPER - LOWER)
    one = posture_angles(LINKS, q, ROOT)
    other = posture_angles(LINKS, q, (3.0, 2.0, 1.4, heading))
    for item in fields(one):
        here, there = getattr(one, item.name), getattr(other, item.name)
        if here.dtype == bool:
            assert (here == there).all()
        else:
            assert np.allclose(here, there, atol=1e-7, equal_nan=True), item.name


def test_left_is_the_mirror_of_right():
    random = np.random.default_rng(5)
    q = LOWER + random.random((40, len(ANGLES))) * (UPPER - LOWER)
    mirrored = q.copy()
    for name in ("lumbar", "thoracic", "neck"):
        for turn in ("lateral_flexion", "rotation"):
            mirrored[:, ANGLE[f"{name}_{turn}"]] *= -1
    for name, k in ANGLE.items():
        if name.startswith("right_"):
            other = ANGLE[name.replace("right_", "left_")]
            mirrored[:, [k, other]] = mirrored[:, [other, k]]
    one, two = posture_angles(LINKS, q, ROOT), posture_angles(LINKS, mirrored, ROOT)
    for item in fields(one):
        if getattr(one, item.name).ndim == 2:
            assert np.allclose(getattr(one, item.name), getattr(two, item.name)[:, ::-1]), item.name
    assert np.allclose(one.trunk_inclination, two.trunk_inclination)
    assert np.allclose(one.head_inclination, two.head_inclination)
    assert np.allclose(one.trunk_twist, -two.trunk_twist)


def test_an_arm_raised_sideways_is_read_by_its_elevation():
    for abduction, expected in ((0, 0), (44, 0), (46, 46), (80, 80)):
        band = read(right_shoulder_abduction=abduction).upper_arm_band_deg()[RIGHT]
        assert band == pytest.approx(expected, abs=1e-5)
    # Sideways above the shoulder is flexion 180 with abduction 60 here: 120° from hanging.
    up = read(right_shoulder_flexion=180, right_shoulder_abduction=60)
    assert up.upper_arm_band_deg()[RIGHT] == pytest.approx(120)
    assert up.upper_arm_elevation[RIGHT] == pytest.approx(120)
    # Against the trunk, not against the vertical.
    assert read(pelvis_tilt=30, right_shoulder_flexion=50).upper_arm_band_deg()[RIGHT] == pytest.approx(50)
    assert read(right_shoulder_flexion=-40).upper_arm_band_deg()[RIGHT] == pytest.approx(-40)


def test_hands_across_and_out():
    """A bent elbow turned in or out takes the wrist to the middle or away, for both sides alike."""
    for k, side in enumerate(("right", "left")):
        rest = read(**{f"{side}_elbow_flexion": 90})
        across = read(**{f"{side}_elbow_flexion": 90, f"{side}_shoulder_internal_rotation": 70})
        out = read(**{f"{side}_elbow_flexion": 90, f"{side}_shoulder_internal_rotation": -70})
        forearm = LINKS[23]
        shift = forearm * math.sin(math.radians(70))
        assert rest.wrist_from_middle[k] - across.wrist_from_middle[k] == pytest.approx(shift)
        assert out.wrist_from_middle[k] - rest.wrist_from_middle[k] == pytest.approx(shift)
        assert out.wrist_from_shoulder[k] == pytest.approx(shift)
        assert across.wrist_from_middle[1 - k] == pytest.approx(rest.wrist_from_middle[1 - k])


def test_arm_at_shoulder_level_wholly_or_partly():
    assert not read(right_shoulder_flexion=89).arm_above_shoulder.any()
    assert read(right_shoulder_flexion=90).arm_above_shoulder.tolist() == [True, False]
    # The hand above the shoulder with the elbow below it.
    partly = read(left_shoulder_flexion=60, left_elbow_flexion=100)
    assert partly.arm_above_shoulder.tolist() == [False, True]
    assert not read(left_shoulder_flexion=10, left_elbow_flexion=90).arm_above_shoulder.any()


def test_sight_line_from_the_eyes():
    points = figure(LINKS, posture(), ROOT).points
    eyes = 0.5 * (points[LANDMARK["right_eye"]] + points[LANDMARK["left_eye"]])
    for below in (-20.0, 0.0, 35.0):
        at = eyes + np.array([0.0, 1.0, -math.tan(math.radians(below))])
        assert read(looks_at=at).sight_below_horizontal == pytest.approx(below)
    assert read(looks_at=eyes - np.array([0.0, 0.0, 1.0])).sight_below_horizontal == pytest.approx(90)


def test_batches_are_single_bodies_and_poses_look_at_their_targets():
    people = percentile_people(["F05", "M95"])
    links = links_of(people)
    random = np.random.default_rng(8)
    q = LOWER + random.random((2, 3, len(ANGLES))) * (UPPER - LOWER)
    root = np.broadcast_to(np.array(ROOT), (2, 3, 4))
    targets = tuple(Target((x, 0.5, 1.1)) for x in (0.0, 0.2, 0.4))
    zero = np.zeros((2, 3))
    poses = Poses(people, links, Stance((0, 0, 0), NORTH), targets, q, root, zero.astype(np.int8), zero, zero)
    angles = angles_of(poses)
    assert angles.trunk_inclination.shape == (2, 3)
    assert angles.knee_flexion.shape == (2, 3, 2)
    single = posture_angles(links[1], q[1, 2], ROOT, looks_at=targets[2].position)
    picked = angles[1, 2]
    for item in fields(single):
        assert np.allclose(getattr(single, item.name), getattr(picked, item.name)), item.name
    assert picked.as_data() == single.as_data()
    assert set(picked.as_data()["wrist_flexion_deg"]) == {"right", "left"}
    with pytest.raises(ValueError, match="one posture"):
        angles.as_data()
    assert (
        replace(single, sight_below_horizontal=np.array(np.nan)).as_data()["sight_below_horizontal_deg"]
        is None
    )
