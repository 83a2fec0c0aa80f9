"""H, V and A of the lifting equation from postures whose hands are where we put them; weight limits of many."""

from __future__ import annotations

import math

import numpy as np
import pytest

from immersive.human.lift_posture import lift_posture
from immersive.human.links import links_of
from immersive.human.manual_handling import applies_from, reference_mass
from immersive.human.niosh_case import Niosh
from immersive.human.niosh_many import weight_limits
from immersive.human.population import percentile_people
from immersive.human.posing import BOTH, Poses, Stance, Target
from immersive.human.skeleton import ANGLE, LINK

PEOPLE = percentile_people(["F05", "M95"])
LINKS = links_of(PEOPLE)


def poses(heading: float, floor: float = 0.0, **degrees: float) -> Poses:
    """Upright bodies; hip centre over the origin, feet flat on the floor."""
    angles = np.zeros((2, 1, len(ANGLE)))
    for name, value in degrees.items():
        angles[..., ANGLE[name]] = np.radians(value)
    root = np.zeros((2, 1, 4))
    root[:, 0, 2] = floor + LINKS[:, [LINK[n] for n in ("thigh", "shank", "ankle_height")]].sum(axis=1)
    root[..., 3] = heading
    stance = Stance((0.0, 0.0, floor), heading)
    target = Target((0.0, 0.0, 1.0), "both")
    hand = np.full((2, 1), BOTH, np.int8)
    return Poses(PEOPLE, LINKS, stance, (target,), angles, root, hand, np.zeros((2, 1)), np.zeros((2, 1)))


def shoulder_ahead() -> np.ndarray:
    """(2,) shoulder joints before the hip centre in the upright body, from the links alone."""
    names = ("pelvis_forward", "lumbar_forward", "sternum_forward", "clavicle_forward")
    return LINKS[:, [LINK[name] for name in names]].sum(axis=1)


@pytest.mark.parametrize("heading", [0.0, math.pi / 2, 2.1])
@pytest.mark.parametrize("floor", [0.0, 0.3])
def test_forearms_level(heading: float, floor: float) -> None:
    """Elbows at 90°: H is shoulder, forearm and grip ahead of the ankles; V the elbow's height."""
    found = lift_posture(poses(heading, floor, right_elbow_flexion=90, left_elbow_flexion=90))
    ahead = shoulder_ahead() + LINKS[:, LINK["forearm"]] + LINKS[:, LINK["grip"]]
    assert found.horizontal[:, 0] == pytest.approx(ahead)
    up = ("thigh", "shank", "ankle_height", "pelvis_up", "lumbar_up", "sternum_up", "clavicle_up")
    height = LINKS[:, [LINK[name] for name in up]].sum(axis=1) - LINKS[:, LINK["upper_arm"]]
    assert found.vertical[:, 0] == pytest.approx(height)
    assert found.asymmetry[:, 0] == pytest.approx(0.0, abs=1e-9)
    assert found.forward[0, 0] == pytest.approx([math.cos(heading), math.sin(heading)], abs=1e-12)


def test_bent_legs_move_the_ankles() -> None:
    legs = {f"{side}_{name}": value for side in ("right", "left")
            for name, value in (("hip_flexion", 20.0), ("knee_flexion", 50.0), ("elbow_flexion", 90.0))}  # fmt: skip
    found = lift_posture(poses(0.0, **legs))
    thigh, shank = LINKS[:, LINK["thigh"]], LINKS[:, LINK["shank"]]
    ankle = thigh * math.sin(math.radians(20.0)) - shank * math.sin(math.radians(30.0))
    ahead = shoulder_ahead() + LINKS[:, LINK["forearm"]] + LINKS[:, LINK["grip"]]
    assert found.horizontal[:, 0] == pytest.approx(ahead - ankle)
    assert (np.abs(ankle) > 0.03).all()


@pytest.mark.parametrize("turn", [-30.0, 15.0, 30.0])
def test_a_turned_thorax_is_asymmetry_either_way(turn: float) -> None:
    level = {"right_elbow_flexion": 90.0, "left_elbow_flexion": 90.0}
    found = lift_posture(poses(0.4, thoracic_rotation=turn, **level))
    # The thorax turns about the vertical through the thoracolumbar joint, which lies before the ankles.
    joint = LINKS[:, LINK["pelvis_forward"]] + LINKS[:, LINK["lumbar_forward"]]
    arm = shoulder_ahead() - joint + LINKS[:, LINK["forearm"]] + LINKS[:, LINK["grip"]]
    x, y = arm * math.sin(math.radians(turn)), joint + arm * math.cos(math.radians(turn))
    assert found.asymmetry[:, 0] == pytest.approx(np.abs(np.arctan2(x, y)))
    assert found.horizontal[:, 0] == pytest.approx(np.hypot(x, y))


def test_hands_behind_are_beyond_a_right_angle() -> None:
    found = lift_posture(poses(1.0, right_shoulder_flexion=-60, left_shoulder_flexion=-60))
    assert (found.asymmetry > math.radians(179.9)).all()


def test_weight_limits_are_those_of_the_audited_method() -> None:
    random = np.random.default_rng(1)
    method = Niosh()
    for _ in range(150):
        h, v, v2, a = random.uniform([10, 0, 0, 0], [70, 185, 185, 150])
        f = float(random.choice([0.0, 0.2, 0.7, 3.0, 8.5, 12.0, 16.0]))
        klass, coupling = (
            str(random.choice(["short", "moderate", "long"])),
            str(random.choice(["good", "fair", "poor"])),
        )
        case = {"units": "cm,kg,deg", "H_origin": h, "V_origin": v, "A_origin": a, "H_dest": h, "V_dest": v2, "A_dest": a,
                "control_at_dest": True, "F": f, "duration_class": klass, "coupling": coupling, "L": 1.0}  # fmt: skip
        said = method.solve(case)
        task = {"frequency": f, "duration_class": klass, "coupling": coupling}
        origin = weight_limits(h, v, abs(v - v2), a, **task)  # type: ignore[arg-type]
        dest = weight_limits(h, v2, abs(v - v2), a, v_origin=v, **task)  # type: ignore[arg-type]
        assert float(origin) == pytest.approx(said["RWL_origin"], abs=1e-9)
        assert float(dest) == pytest.approx(said["RWL_dest"], abs=1e-9)


def test_reference_masses() -> None:
    assert reference_mass(women=False, ages="18_45") == 25.0
    assert reference_mass(women=True, ages="18_45") == reference_mass(women=False, ages="all") == 20.0
    assert reference_mass(women=True, ages="all") == 15.0
    assert applies_from() == 3.0
