from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.formats._import_pose import POSE_ERROR, number, pose_lines
from immersive.formats._import_roles import guess_from_name, guess_from_shape, guess_roles, words_of
from immersive.formats.layout.entries import pose_of
from immersive.formats.layout.read import parse_layout
from immersive.geometry.frames import rotation_quaternion, scaling, translation
from immersive.scene.model import Mesh, Part, Role


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("RobotFence_02", Role.FENCE),
        ("Clôture_avant", Role.FENCE),
        ("Schutzzaun links", Role.FENCE),
        ("Wellengitter", Role.FENCE),
        ("fence_panel1_base_link", Role.FENCE),
        ("ConvoyeurEntrée", Role.CONVEYOR),
        ("Förderband 3", Role.CONVEYOR),
        ("conveyor_belt", Role.CONVEYOR),
        ("armoire électrique", Role.CABINET),
        ("Steuerschrank", Role.CABINET),
        ("control-cabinet", Role.CABINET),
        ("Tür 1", Role.DOOR),
        ("porte", Role.DOOR),
        ("porte-outil", Role.FURNITURE),
        ("floor_robot", Role.ROBOT),
        ("UR10e_base", Role.ROBOT),
        ("KUKA_KR10", Role.ROBOT),
        ("Roboter", Role.ROBOT),
        ("robot_rail", Role.MACHINE),
        ("Table robot", Role.FURNITURE),
        ("Montagetisch", Role.FURNITURE),
        ("poste de travail", Role.FURNITURE),
        ("gripper_finger", Role.TOOL),
        ("préhenseur", Role.TOOL),
        ("Parallelgreifer", Role.TOOL),
        ("part_disposal_bin", Role.CONTAINER),
        ("bac_03", Role.CONTAINER),
        ("Palette", Role.CONTAINER),
        ("light_curtain_tx", Role.SAFEGUARD),
        ("Barrière immatérielle", Role.SAFEGUARD),
        ("Lichtvorhang", Role.SAFEGUARD),
        ("agv1_base", Role.VEHICLE),
        ("Sol", Role.FLOOR),
        ("Mur nord", Role.WALL),
        ("Wand", Role.WALL),
        ("toiture", Role.CEILING),
        ("Solid1", None),
        ("M8 bolt", None),
        ("adjustable_foot", None),
        ("portable", None),
        ("PartBody", None),
        ("", None),
        ("42", None),
    ],
)
def test_names_in_three_languages(name: str, role: Role | None) -> None:
    guess = guess_from_name(name)
    assert (guess.role if guess else None) == role


def test_words_of_cad_names() -> None:
    assert words_of("RobotFence_02") == ["robot", "fence", "02"]
    assert words_of("HTMLPanel-left.STEP") == ["html", "panel", "left", "step"]
    assert words_of("ÉtabliÀDroite") == ["etabli", "a", "droite"]


def part(id_: str, size: tuple[float, float, float], center: tuple[float, float, float] = (0, 0, 0)) -> Part:
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]) * size
    faces = np.array([[0, 1, 3], [4, 5, 7], [2, 6, 7], [0, 4, 6]])
    return Part(id_, id_, tuple(id_.split("/")), Mesh(corners, faces), translation(center))


def test_shapes_of_floors_and_walls() -> None:
    floor = part("Body1", (8, 6, 0.1), (0, 0, -0.05))
    wall = part("Body2", (8, 0.2, 3), (0, 3, 1.5))
    machine = part("Body3", (2, 2, 2), (0, 0, 1))
    roof = part("Body4", (8, 6, 0.1), (0, 0, 3))
    found = guess_roles([floor, wall, machine, roof])
    assert {key: guess.role for key, guess in found.items()} == {"Body1": Role.FLOOR, "Body2": Role.WALL}
    assert "shape" in found["Body1"].reason
    whole = np.array([[-4.0, -3, -0.1], [4, 3, 3]])
    assert guess_from_shape(machine, whole) is None


def test_a_floor_robot_is_no_floor() -> None:
    found = guess_roles([part("floor_wrist_1", (0.1, 0.1, 0.2)), part("workcell_floor", (9, 9, 0.1))])
    assert found["floor_wrist_1"].role is Role.ROBOT
    assert found["workcell_floor"].role is Role.FLOOR


def test_what_the_file_says_is_not_guessed_and_the_nearest_name_wins() -> None:
    from dataclasses import replace

    stated = replace(part("fence", (1, 1, 1)), role=Role.MACHINE)
    found = guess_roles([stated, part("robot/gripper/jaw", (1, 1, 1)), part("robot/link", (1, 1, 1))])
    assert {key: guess.role for key, guess in found.items()} == {
        "robot/gripper/jaw": Role.TOOL,
        "robot/link": Role.ROBOT,
    }


# Poses -----------------------------------------------------------------------------------


def read_back(lines: list[str]) -> np.ndarray:
    text = '[[parts]]\nid = "a"\nbox = [1, 1, 1]\n' + "\n".join(lines)
    entry = parse_layout(text, "t").layout.parts[0]
    return pose_of(entry, entry.scale)


finite = st.floats(-30, 30, allow_subnormal=False)
factor = st.sampled_from([1.0, 1.0, 2.0, 0.001, 1.2, 25.4, -1.0])


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(finite, finite, finite),
    st.tuples(finite, finite, finite, finite).filter(lambda q: math.hypot(*q) > 0.1),
    st.tuples(factor, factor, factor),
    st.sampled_from([0.01, 1.0, 30.0]),
)
def test_any_pose_is_reproduced(
    position: tuple[float, ...], quaternion: tuple[float, ...], scale: tuple[float, ...], size: float
) -> None:
    pose = translation(position) @ rotation_quaternion(quaternion) @ scaling(scale)
    corners = np.array([[x, y, z] for x in (-size, size) for y in (-size, size) for z in (-size, size)])
    made = read_back(pose_lines(pose, corners))
    error = corners @ (made - pose)[:3, :3].T + (made - pose)[:3, 3]
    assert np.abs(error).max() <= POSE_ERROR


@pytest.mark.parametrize(
    ("pose", "lines"),
    [
        (np.eye(4), []),
        (translation([1.2, 0, -0.0005]), ["position_mm = [1200, 0, -0.5]"]),
        (rotation_quaternion([1, 0, 0, 1]), ["rotation_deg = [0, 0, 90]"]),
        (rotation_quaternion([1, 0, 1, 0]), ["rotation_deg = [0, 90, 0]"]),
        (scaling(0.001), ["scale = 0.001"]),
        (scaling([1, -1, 1]), ["scale = [1, -1, 1]"]),
        (scaling([0.5, 0.5, 1.2]), ["scale = [0.5, 0.5, 1.2]"]),
        (
            np.array([[1, 0.5, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]),
            ["matrix = [1, 0.5, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]"],
        ),
    ],
)
def test_poses_are_written_in_few_digits(pose: np.ndarray, lines: list[str]) -> None:
    assert pose_lines(pose, np.array([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]])) == lines


def test_a_pose_rounded_to_nine_digits_stays_a_rotation() -> None:
    pose = np.round(translation([1, 2, 3]) @ rotation_quaternion([0.9, 0.1, 0.3, -0.2]), 9)
    lines = pose_lines(pose, np.array([[2.0, 2.0, 2.0]]))
    assert [line.split(" ")[0] for line in lines] == ["position_mm", "rotation_deg"]


def test_numbers() -> None:
    assert [number(v) for v in (1.0, -0.0, 0.1, 1e20, 1e-7)] == ["1", "0", "0.1", "1e+20", "1e-07"]
