"""Forward kinematics: the sign and zero of every angle, lengths kept, batches as single bodies."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from immersive.human.kinematics import SEGMENT_ORIGIN, figure
from immersive.human.skeleton import ANGLE, ANGLES, LANDMARK, LINK, LINKS, LOWER, SEGMENT, UPPER

RNG = np.random.default_rng(7)
HEADING = math.pi / 2  # facing +Y: world axes are the body's


def links() -> np.ndarray[Any, Any]:
    row = RNG.uniform(0.05, 0.4, len(LINKS))
    row[LINK["grip"]], row[LINK["fingertip"]], row[LINK["thumbtip"]] = 0.08, 0.19, 0.13
    return row


def pose(heading: float = HEADING, row: np.ndarray[Any, Any] | None = None, **degrees: float):  # type: ignore[no-untyped-def]
    q = np.zeros(len(ANGLES))
    for name, value in degrees.items():
        q[ANGLE[name]] = math.radians(value)
    return figure(links() if row is None else row, q, [1.0, 2.0, 0.9, heading])


# Each angle at +30°: which landmark moves, seen from which, along which body axis (x right, y forward, z up).
SIGNS = [
    ("pelvis_tilt", "hip_centre", "vertex", (0, 1, 0)),
    ("lumbar_flexion", "lumbosacral", "vertex", (0, 1, 0)),
    ("lumbar_lateral_flexion", "lumbosacral", "vertex", (1, 0, 0)),
    ("lumbar_rotation", "lumbosacral", "right_shoulder", (0, 1, 0)),
    ("thoracic_flexion", "thoracolumbar", "vertex", (0, 1, 0)),
    ("thoracic_lateral_flexion", "thoracolumbar", "vertex", (1, 0, 0)),
    ("thoracic_rotation", "thoracolumbar", "right_shoulder", (0, 1, 0)),
    ("neck_flexion", "cervicale", "vertex", (0, 1, 0)),
    ("neck_lateral_flexion", "cervicale", "vertex", (1, 0, 0)),
    ("neck_rotation", "cervicale", "right_eye", (-1, 0, 0)),
    ("head_flexion", "atlanto_occipital", "vertex", (0, 1, 0)),
]
for _side, _out in (("right", 1), ("left", -1)):
    SIGNS += [
        (f"{_side}_clavicle_elevation", f"{_side}_sternoclavicular", f"{_side}_shoulder", (0, 0, 1)),
        (f"{_side}_clavicle_protraction", f"{_side}_sternoclavicular", f"{_side}_shoulder", (0, 1, 0)),
        (f"{_side}_shoulder_flexion", f"{_side}_shoulder", f"{_side}_elbow", (0, 1, 0)),
        (f"{_side}_shoulder_abduction", f"{_side}_shoulder", f"{_side}_elbow", (_out, 0, 0)),
        (f"{_side}_elbow_flexion", f"{_side}_elbow", f"{_side}_wrist", (0, 1, 0)),
        (f"{_side}_wrist_flexion", f"{_side}_wrist", f"{_side}_grip", (-_out, 0, 0)),
        (f"{_side}_wrist_radial_deviation", f"{_side}_wrist", f"{_side}_grip", (0, 1, 0)),
        (f"{_side}_hip_flexion", f"{_side}_hip", f"{_side}_knee", (0, 1, 0)),
        (f"{_side}_hip_abduction", f"{_side}_hip", f"{_side}_knee", (_out, 0, 0)),
        (f"{_side}_knee_flexion", f"{_side}_knee", f"{_side}_ankle", (0, -1, 0)),
        (f"{_side}_ankle_dorsiflexion", f"{_side}_ankle", f"{_side}_toe", (0, 0, 1)),
    ]


@pytest.mark.parametrize(("name", "base", "tip", "axis"), SIGNS, ids=[s[0] for s in SIGNS])
def test_sign_and_size_of_each_angle(name: str, base: str, tip: str, axis: tuple[int, int, int]) -> None:
    row = links()
    rest, moved = pose(row=row), pose(row=row, **{name: 30})
    arm_rest = rest.point(tip) - rest.point(base)
    arm = moved.point(tip) - moved.point(base)
    assert (arm - arm_rest) @ np.array(axis) > 0.01
    assert np.linalg.norm(arm) == pytest.approx(np.linalg.norm(arm_rest))
    # The segment behind the joint turned by exactly 30°.
    segment = int(np.flatnonzero(LANDMARK[base] == SEGMENT_ORIGIN)[-1])
    turned = rest.rotations[segment].T @ moved.rotations[segment]
    assert math.degrees(math.acos((np.trace(turned) - 1) / 2)) == pytest.approx(30)


@pytest.mark.parametrize(("side", "inward"), [("right", (-1, 0, 0)), ("left", (1, 0, 0))])
def test_rotations_turn_to_the_middle(side: str, inward: tuple[int, int, int]) -> None:
    row = links()
    # Internal rotation with the elbow at 90°: the forearm swings to the middle.
    moved = pose(row=row, **{f"{side}_elbow_flexion": 90, f"{side}_shoulder_internal_rotation": 90})
    fore = moved.point(f"{side}_wrist") - moved.point(f"{side}_elbow")
    assert fore / np.linalg.norm(fore) == pytest.approx(np.array(inward))
    # Pronation: the thumb side (+Y of the hand at rest) turns to the middle, the palm backwards.
    hand = pose(row=row, **{f"{side}_forearm_pronation": 90}).rotations[SEGMENT[f"{side}_hand"]]
    assert hand[:, 1] == pytest.approx(np.array(inward))
    # Thigh: the toes turn to the middle.
    toe = pose(row=row, **{f"{side}_hip_internal_rotation": 90})
    forward = toe.point(f"{side}_toe") - toe.point(f"{side}_heel")
    assert forward / np.linalg.norm(forward) == pytest.approx(np.array(inward))


def test_zero_is_upright_with_hanging_arms() -> None:
    row = links()
    at = pose(row=row)
    assert at.rotations == pytest.approx(np.broadcast_to(np.eye(3), at.rotations.shape))
    for side in ("right", "left"):
        for a, b in (
            ("shoulder", "elbow"),
            ("elbow", "wrist"),
            ("wrist", "grip"),
            ("hip", "knee"),
            ("knee", "ankle"),
        ):
            down = at.point(f"{side}_{b}") - at.point(f"{side}_{a}")
            assert down / np.linalg.norm(down) == pytest.approx([0, 0, -1])


def test_heading_turns_the_whole_body_about_the_hips() -> None:
    row = links()
    q = RNG.uniform(LOWER, UPPER)
    facing_x = figure(row, q, [1.0, 2.0, 0.9, 0.0])
    facing_y = figure(row, q, [1.0, 2.0, 0.9, HEADING])
    about_z = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])
    turned = (facing_x.points - [1.0, 2.0, 0.9]) @ about_z.T + [1.0, 2.0, 0.9]
    assert facing_y.points == pytest.approx(turned)


def test_mirrored_posture_is_the_mirror_image() -> None:
    row = links()
    q = RNG.uniform(LOWER, UPPER)
    other = q.copy()
    for name, index in ANGLE.items():
        if name.startswith("right_"):
            twin = ANGLE["left_" + name.removeprefix("right_")]
            other[index], other[twin] = q[twin], q[index]
        elif not name.startswith("left_") and ("lateral" in name or "rotation" in name):
            other[index] = -q[index]
    a = figure(row, q, [0, 0, 0, HEADING])
    b = figure(row, other, [0, 0, 0, HEADING])
    for name in LANDMARK:
        twin_name = name.replace("right", "#").replace("left", "right").replace("#", "left")
        assert a.point(name) * [-1, 1, 1] == pytest.approx(b.point(twin_name), abs=1e-12)


def test_rotations_are_rotations_and_a_batch_is_its_members() -> None:
    rows = np.stack([links() for _ in range(5)])
    q = RNG.uniform(LOWER, UPPER, (3, 5, len(ANGLES)))
    root = RNG.uniform(-1, 1, (3, 5, 4))
    many = figure(rows, q, root)
    assert many.points.shape == (3, 5, 32, 3)
    identity = many.rotations @ np.swapaxes(many.rotations, -1, -2)
    assert np.allclose(identity, np.eye(3), atol=1e-12)
    assert np.allclose(np.linalg.det(many.rotations), 1.0)
    one = figure(rows[3], q[2, 3], root[2, 3])
    assert np.array_equal(one.points, many.points[2, 3])


def test_wrong_shape_is_named() -> None:
    with pytest.raises(ValueError, match="angles must have 39"):
        figure(np.zeros(31), np.zeros(38), np.zeros(4))
