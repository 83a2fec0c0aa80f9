"""What moves: doors, mechanisms, robots; motions in the layout and from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import immersive
from immersive.errors import LayoutError
from immersive.scene.model import Scene

BOX = '\n[[parts]]\nid = "{}"\nbox_mm = [{}, {}, {}]\nposition_mm = [{}, {}, {}]\n'


def cell(folder: Path, text: str, **files: str) -> Scene:
    (folder / "cell.toml").write_text(text, encoding="utf-8")
    for name, body in files.items():
        (folder / f"{name}.csv").write_text(body, encoding="utf-8")
    return immersive.load(folder / "cell.toml")


def moved(
    scene: Scene, mechanism: int, positions: list[float], point: tuple[float, float, float]
) -> np.ndarray:
    """Where a point of the last link gets."""
    pose = scene.mechanisms[mechanism].world_from_rest(np.array([positions]))[0, -1]
    return (pose @ np.array([*point, 1.0]))[:3]


@pytest.mark.parametrize(
    ("hinge", "opens", "end"),
    [
        # Walking along +X: left is +Y. The free edge of a leaf of 1 m ends up a metre before or behind the hinge.
        ("left", "forward", (1.0, 0.5)),
        ("left", "backward", (-1.0, 0.5)),
        ("right", "forward", (1.0, -0.5)),
        ("right", "backward", (-1.0, -0.5)),
    ],
)
def test_a_hinged_leaf_turns_about_its_edge(
    tmp_path: Path, hinge: str, opens: str, end: tuple[float, float]
) -> None:
    door = (
        '\n[[doors]]\nid = "d"\nposition_mm = [0, 0, 0]\nwidth_mm = 1000\nheight_mm = 2000\nparts = ["leaf"]\n'
        f'hinge = "{hinge}"\nopens = "{opens}"\n'
    )
    scene = cell(tmp_path, BOX.format("leaf", 40, 1000, 2000, 0, 0, 1000) + door)
    free_edge = -0.5 if hinge == "left" else 0.5
    assert moved(scene, 0, [np.pi / 2.0], (0.0, free_edge, 1.0)) == pytest.approx([*end, 1.0])
    (motion,) = scene.motions
    assert motion.id == "d:opening"
    assert not motion.timed
    assert motion.at(np.array([0.0, 0.5, 1.0])).ravel() == pytest.approx([0.0, np.pi / 4.0, np.pi / 2.0])


def test_a_sliding_leaf_goes_its_own_width_to_its_side(tmp_path: Path) -> None:
    door = (
        '\n[[doors]]\nid = "d"\nposition_mm = [0, 0, 0]\nwidth_mm = 1000\nheight_mm = 2000\nparts = ["leaf"]\n'
        'kind = "sliding"\nhinge = "right"\nheading_deg = 90\n'
    )
    scene = cell(tmp_path, BOX.format("leaf", 1000, 40, 2000, 0, 0, 1000) + door)
    assert moved(scene, 0, [scene.motions[0].positions[-1, 0]], (0.0, 0.0, 0.0)) == pytest.approx(
        [1.0, 0.0, 0.0]
    )


ARM = """
[[mechanisms]]
id = "arm"
[[mechanisms.joints]]
id = "turn"
kind = "turn"
axis = [0, 0, 2]
origin_mm = [1000, 0, 0]
parts = ["one"]
range_deg = [-90, 90]
[[mechanisms.joints]]
id = "out"
kind = "slide"
axis = [1, 0, 0]
parent = "turn"
parts = ["two"]
range_mm = [0, 500]
"""


def test_a_joint_rides_on_the_one_before(tmp_path: Path) -> None:
    scene = cell(
        tmp_path, BOX.format("one", 10, 10, 10, 1500, 0, 0) + BOX.format("two", 10, 10, 10, 2000, 0, 0) + ARM
    )
    (arm,) = scene.mechanisms
    assert arm.coordinates == ("turn", "out")
    assert scene.motions == ()  # two joints: nobody says what they do together
    # A metre and a half from the hinge after the stroke, turned to +Y.
    assert moved(scene, 0, [np.pi / 2.0, 0.5], (2.0, 0.0, 0.0)) == pytest.approx([1.0, 1.5, 0.0])
    assert arm.world_from_rest(arm.rest) == pytest.approx(np.broadcast_to(np.eye(4), (1, 3, 4, 4)))
    assert {part.id: part.moving for part in scene} == {"one": True, "two": True}


MOTION = '\n[[motions]]\nid = "m"\nmechanism = "arm"\n'
PARTS = BOX.format("one", 10, 10, 10, 1500, 0, 0) + BOX.format("two", 10, 10, 10, 2000, 0, 0) + ARM


def test_a_motion_is_the_same_from_the_layout_and_from_a_file(tmp_path: Path) -> None:
    here = (
        MOTION
        + "times_s = [0, 2]\n[motions.joints_deg]\nturn = [0, 45]\n[motions.joints_mm]\nout = [10, 20]\n"
    )
    written = cell(tmp_path, PARTS + here).motions[0]
    table = "time_s;turn_deg;out_mm\n0;0;10\n2;45,0;20\n"
    read = cell(tmp_path, PARTS + MOTION + 'file = "path.csv"\n', path=table).motions[0]
    assert np.array_equal(written.times, read.times)
    assert written.positions == pytest.approx(read.positions, abs=1e-15)
    assert written.at(np.array([1.0]))[0] == pytest.approx([np.pi / 8.0, 0.015])
    assert list(written.used) == [True, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MOTION + "times_s = [0, 0]\n[motions.joints_mm]\nout = [0, 1]\n", "not later than"),
        (MOTION + "times_s = [0, 1]\n[motions.joints_mm]\nout = [0]\n", "1 positions for 2 times"),
        (MOTION + "times_s = [0, 1]\n[motions.joints_mm]\nturn = [0, 1]\n", "turns: give angles"),
        (MOTION + "times_s = [0, 1]\n[motions.joints_deg]\nuot = [0, 1]\n", "did you mean 'out'"),
        (
            MOTION.replace("arm", "amr") + "times_s = [0, 1]\n[motions.joints_deg]\nout = [0, 1]\n",
            "mean 'arm'",
        ),
        (MOTION + 'file = "path.csv"\n', "does not exist"),
        ('\n[[hazard_zones]]\nid = "z"\nmotion = "n"\n', "there is no motion 'n'"),
        ('\n[[hazard_zones]]\nid = "z"\n', "one of"),
        ('\n[[doors]]\nid = "arm"\nposition_mm = [0, 0, 0]\nwidth_mm = 1\nheight_mm = 1\n', "already taken"),
    ],
)
def test_what_cannot_move_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(LayoutError) as caught:
        cell(tmp_path, PARTS + text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("time_s,turn\n0,0\n1,1\n", "no unit"),
        ("t,turn_deg\n0,0\n1,1\n", "no column 'time_s'"),
        ("time_s,turn_deg\n0,0\n0,1\n", "line 3"),
        ("time_s,turn_deg\n0,0\n1,x\n", "'x' is no number"),
        ("time_s,turn_deg\n0,0\n", "two lines"),
        ("time_s,out_deg\n0,0\n1,1\n", "slides"),
    ],
)
def test_a_table_that_is_none_is_told(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(LayoutError) as caught:
        cell(tmp_path, PARTS + MOTION + 'file = "path.csv"\n', path=table)
    assert said in str(caught.value)


@pytest.mark.parametrize(("last", "said"), [(500, 0), (500.1, 1), (-0.1, 1)])
def test_a_motion_past_the_limits_of_a_joint_is_told(tmp_path: Path, last: float, said: int) -> None:
    text = PARTS + MOTION + f"times_s = [0, 1]\n[motions.joints_mm]\nout = [0, {last}]\n"
    scene = cell(tmp_path, text)
    told = [notice for notice in scene.notices if notice.code == "joint-outside-limits"]
    assert len(told) == said
    assert len(scene.motions) == 1
    for notice in told:
        assert (notice.data["joint"], notice.data["position"]) == ("out", pytest.approx(last / 1000.0))
        assert notice.data["limit"] == (0.5 if last > 0 else 0.0)
        assert "'out'" in notice.text["en"]


def test_a_robot_moves_as_its_file_says_and_carries_its_tool(tmp_path: Path) -> None:
    robot = (
        '\n[[robots]]\nid = "r"\nfile = "asset:robots/demo6/robot.urdf"\nposition_mm = [100, 0, 0]\n'
        'attached = [{ link = "gripper", parts = ["tool"] }]\n[robots.joints_deg]\njoint_1 = 10\n'
    )
    scene = cell(tmp_path, BOX.format("tool", 10, 10, 10, 800, 0, 900) + robot)
    (mechanism,) = scene.mechanisms
    assert "tool" in mechanism.parts
    assert scene.by_id["tool"].moving
    # The same robot read with other joint positions is the oracle.
    angles = {"joint_1": 0.4, "joint_2": -0.3, "joint_3": 0.5, "joint_5": 0.2}
    said = "".join(
        f"{name}_deg = {np.rad2deg(value)}\n".replace("_deg", "") for name, value in angles.items()
    )
    other = cell(tmp_path, robot.split("attached")[0] + "[robots.joints_deg]\n" + said)
    positions = mechanism.rest.copy()
    for name, value in angles.items():
        positions[mechanism.coordinates.index(name)] = value
    poses = mechanism.world_from_rest(positions)[0]
    for part in other:
        rest = scene.by_id[part.id]
        assert poses[mechanism.parts[part.id]] @ rest.world_from_mesh == pytest.approx(
            part.world_from_mesh, abs=1e-12
        )
