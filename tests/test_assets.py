"""The demo meshes: reproducible, closed, wound outwards, of real size."""

from __future__ import annotations

import math
import subprocess
import sys
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import immersive
from immersive.scene.model import FloatArray, Scene

ASSETS = Path(__file__).resolve().parents[1] / "assets"
FILES = sorted(path.relative_to(ASSETS).as_posix() for path in ASSETS.rglob("*.glb"))
CELLS = [name for name in FILES if name.startswith("cells/")]
LINKS = [name for name in FILES if name.startswith("robots/")]

SIZES = {  # metres, along X, Y, Z; the numbers of the docstrings and of the trade
    "cells/pallet.glb": (1.2, 0.8, 0.144),
    "cells/bench.glb": (1.2, 0.64, 2.002),
    "cells/fence_post.glb": (0.16, 0.11, 2.2),
    "cells/fence_panel_1000.glb": (0.94, 0.03, 2.12),
    "cells/fence_panel_500.glb": (0.44, 0.03, 2.12),
    "cells/carton.glb": (0.296, 0.3966, 0.22),
    "cells/mat.glb": (1.2, 0.65, 0.014),
    "cells/cabinet.glb": (0.8, 0.452608, 2.058),
    "cells/robot_pedestal.glb": (0.56, 0.56, 0.65),
    "cells/conveyor_2000.glb": (2.0, 0.54, 0.955),
    "cells/agv.glb": (1.32, 0.76, 0.29),
    "cells/beam_6000.glb": (6.0, 0.2, 0.2),
    "cells/cable_duct.glb": (1.0, 0.15, 0.04),
    "robots/demo6/meshes/base.glb": (0.394, 0.32, 0.198),
}


@cache
def read(name: str) -> Scene:
    return immersive.load(ASSETS / name)


def test_the_script_makes_the_committed_bytes(tmp_path: Path) -> None:
    command = [sys.executable, str(ASSETS / "build_assets.py"), "--into", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    committed = {
        path.relative_to(ASSETS).as_posix()
        for folder in ("cells", "robots")
        for path in (ASSETS / folder).rglob("*")
        if path.is_file()
    }
    assert made == committed
    differ = [name for name in sorted(made) if (tmp_path / name).read_bytes() != (ASSETS / name).read_bytes()]
    assert differ == []

    # --check tells a changed file, names it and leaves it alone.
    target = tmp_path / "cells" / "mat.glb"
    spoilt = target.read_bytes()[:-1] + b"\x01"
    target.write_bytes(spoilt)
    done = subprocess.run([*command, "--check"], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "cells/mat.glb" in done.stdout
    assert target.read_bytes() == spoilt


def test_small_in_all() -> None:
    assert len(FILES) > 45
    assert sum((ASSETS / name).stat().st_size for name in FILES) < 2_000_000


def shells(vertices: FloatArray, faces: np.ndarray) -> list[np.ndarray]:
    """The faces of each connected piece."""
    owner = np.arange(len(vertices))
    while True:
        least = owner[faces].min(axis=1)
        after = owner.copy()
        np.minimum.at(after, faces.ravel(), np.repeat(least, 3))
        after = after[after]
        if np.array_equal(after, owner):
            break
        owner = after
    return [faces[owner[faces[:, 0]] == label] for label in np.unique(owner[faces[:, 0]])]


@pytest.mark.parametrize("name", [*FILES, "cells/camera_bracket.stl"])
def test_every_mesh_is_closed_and_wound_outwards(name: str) -> None:
    scene = immersive.load(ASSETS / name, unit="m") if name.endswith(".stl") else read(name)
    assert len(scene) > 0
    for part in scene:
        triangles = part.world_triangles()
        points, inverse = np.unique(triangles.reshape(-1, 3), axis=0, return_inverse=True)
        faces = inverse.reshape(-1, 3)
        edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        directed = {tuple(edge) for edge in edges.tolist()}
        # Each directed edge once and its opposite once: closed, manifold and consistently wound.
        assert len(directed) == len(edges), part.id
        assert all((b, a) in directed for a, b in directed), part.id
        area = np.linalg.norm(
            np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]), axis=1
        )
        assert area.min() > 0.0, part.id
        for piece in shells(points, faces):
            a, b, c = (points[piece[:, k]] for k in range(3))
            assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() > 0.0, part.id


@pytest.mark.parametrize("name", CELLS)
def test_every_part_has_a_name_and_a_colour(name: str) -> None:
    parts = read(name).parts
    assert all(part.name and part.color is not None for part in parts)
    assert read(name).sources[0].unit == "m"


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_real_dimensions(name: str, size: tuple[float, float, float]) -> None:
    bounds = read(name).bounds
    assert bounds is not None
    np.testing.assert_allclose(bounds[1] - bounds[0], size, atol=2e-6)


@pytest.mark.parametrize("name", [n for n in CELLS if n.split("/")[1].startswith(("bench", "conveyor", "fence", "cabinet", "column", "pallet", "trolley", "stool", "light", "operator_", "two_hand", "agv", "dustbin", "robot"))])  # fmt: skip
def test_what_stands_on_the_floor_starts_at_zero(name: str) -> None:
    bounds = read(name).bounds
    assert bounds is not None
    lowest = 0.08 if "fence_panel" in name or name.endswith("door.glb") else 0.0
    assert bounds[0][2] == pytest.approx(lowest, abs=1e-7)


def test_working_heights() -> None:
    top = next(part for part in read("cells/bench.glb") if part.name == "top").bounds
    belt = next(part for part in read("cells/conveyor_2000.glb") if part.name == "belt").bounds
    assert top is not None
    assert belt is not None
    assert top[1][2] == pytest.approx(0.95, abs=1e-7)
    assert belt[1][2] == pytest.approx(0.9, abs=1e-7)


def test_the_robot_reaches_1300_mm() -> None:
    root = ElementTree.parse(ASSETS / "robots/demo6/robot.urdf").getroot()
    joints = {joint.get("name"): joint for joint in root.iter("joint")}
    origin = {
        name: np.array([float(x) for x in joint.find("origin").get("xyz").split()])  # type: ignore[union-attr]
        for name, joint in joints.items()
    }
    # Stretched out: shoulder offset, upper arm, then the straight line from elbow to wrist centre.
    forearm = origin["joint_4"] + origin["joint_5"]
    reach = origin["joint_2"][0] + np.linalg.norm(origin["joint_3"]) + np.linalg.norm(forearm)
    assert reach == pytest.approx(1.297, abs=1e-3)
    movable = [joint for joint in joints.values() if joint.get("type") != "fixed"]
    assert [joint.get("type") for joint in movable] == ["revolute"] * 6 + ["prismatic"] * 2
    for joint in movable:
        limit = joint.find("limit")
        assert limit is not None
        assert float(limit.get("lower")) < float(limit.get("upper"))  # type: ignore[arg-type]
        assert float(limit.get("velocity")) > 0.0  # type: ignore[arg-type]
    used = {mesh.get("filename") for mesh in root.iter("mesh")}
    assert used == {Path(name).relative_to("robots/demo6").as_posix() for name in LINKS}


def test_the_robot_stands_upright() -> None:
    scene = immersive.load(ASSETS / "robots/demo6/robot.urdf")
    arm = next(part for part in scene if "/link_2" in f"/{part.id}").bounds
    assert arm is not None
    # At zero the upper arm points up: from 94 mm below the shoulder (450) to 74 above the elbow (1025).
    assert arm[0][2] == pytest.approx(0.45 - 0.094, abs=1e-3)
    assert arm[1][2] == pytest.approx(0.45 + 0.575 + 0.074, abs=1e-3)
    gripper = next(part for part in scene if "/gripper" in f"/{part.id}").bounds
    assert gripper is not None
    # The forearm points along +X, the gripper sits on the flange at 0.15 + 0.56 + 0.1.
    assert gripper[0][0] == pytest.approx(0.81, abs=1e-6)
    assert math.isclose((gripper[0][1] + gripper[1][1]) / 2.0, 0.0, abs_tol=1e-9)
