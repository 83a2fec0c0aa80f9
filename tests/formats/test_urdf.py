"""URDF: kinematics by closed form, files found inside the root only, and every defect named by its link."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import InputError
from immersive.formats import urdf
from immersive.formats._base import Folder, Instance, Model, ReadOptions
from immersive.formats._kinematics import Joint, link_poses
from immersive.formats._placement_claims import bounds
from immersive.geometry import shapes
from immersive.geometry.frames import rotation_rpy, transform_points, translation

BOX = '<visual><geometry><box size="1 2 3"/></geometry></visual>'


def write_stl(path: Path, size: tuple[float, float, float] = (1, 1, 1)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    box = shapes.box(size)
    corners = box.vertices[box.faces].astype("<f4").reshape(-1, 9)
    rows = b"".join(b"\0" * 12 + row.tobytes() + b"\0\0" for row in corners)
    path.write_bytes(b"\0" * 80 + struct.pack("<I", len(corners)) + rows)


def read(
    tmp_path: Path, body: str, *, joints: Mapping[str, float] | None = None, name: str = "robot.urdf", representation: str = "visual"
) -> Model:  # fmt: skip
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'<?xml version="1.0"?><robot name="r">{body}</robot>')
    options = ReadOptions(joints=joints or {}, representation=representation, cache=False)
    return urdf.read(Folder(tmp_path), name, options)


def link(name: str, body: str = BOX) -> str:
    return f'<link name="{name}">{body}</link>'


def joint(name: str, parent: str, child: str, kind: str = "fixed", body: str = "") -> str:
    return (
        f'<joint name="{name}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>{body}</joint>'
    )


def centre(instance: Instance) -> list[float]:
    found = bounds([instance], 1.0)
    assert found is not None
    middle: list[float] = found.mean(axis=0).tolist()
    return middle


def codes(model: Model) -> list[str]:
    return [notice.code for notice in model.notices]


# Kinematics -------------------------------------------------------------------------------

ARM = (
    link("base")
    + link("upper")
    + link("lower")
    + link("slide")
    + joint(
        "j1",
        "base",
        "upper",
        "revolute",
        '<origin xyz="0 0 1"/><axis xyz="0 0 2"/><limit lower="-1" upper="2"/>',
    )
    + joint("j2", "upper", "lower", "continuous", '<origin xyz="2 0 0" rpy="0 0 0"/><axis xyz="0 1 0"/>')
    + joint("j3", "lower", "slide", "prismatic", '<origin xyz="1 0 0"/><limit lower="0" upper="0.5"/>')
)


def test_an_arm_stands_at_zero(tmp_path: Path) -> None:
    model = read(tmp_path, ARM)
    assert [item.path for item in model.instances] == [
        (n, "visual0") for n in ("base", "upper", "lower", "slide")
    ]
    assert [centre(item) for item in model.instances] == [[0, 0, 0], [0, 0, 1], [2, 0, 1], [3, 0, 1]]
    assert (model.unit, model.unit_origin, model.up_axis) == ("m", "format", "Z")
    assert [item.moving for item in model.instances] == [False, True, True, True]
    assert {item.role for item in model.instances} == {"robot"}
    assert model.notices == ()


def test_joints_turn_and_slide_along_their_axes(tmp_path: Path) -> None:
    model = read(tmp_path, ARM, joints={"j1": math.pi / 2, "j2": math.pi / 2, "j3": 0.5})
    # j1 turns +X to +Y; j2 then turns +X to −Z; the slide moves along its own X.
    assert centre(model.instances[2]) == pytest.approx([0, 2, 1])
    assert centre(model.instances[3]) == pytest.approx([0, 2, 1 - 1.5])
    assert model.notices == ()


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=3), st.lists(st.floats(-3, 3), min_size=3, max_size=3))
@settings(max_examples=25, deadline=None)
def test_poses_are_products_along_the_chain(angles: list[float], shift: list[float]) -> None:
    origins = [
        translation(shift) @ rotation_rpy(*angles),
        translation(shift[::-1]) @ rotation_rpy(*angles[::-1]),
    ]
    chain = tuple(
        Joint(f"j{i}", "revolute", f"l{i}", f"l{i + 1}", origin, np.array([0.0, 0.0, 1.0]))
        for i, origin in enumerate(origins)
    )
    poses, moving, mechanism = link_poses("l0", chain, {"j0": angles[0], "j1": angles[1]})
    turn = [rotation_rpy(0, 0, angle) for angle in angles]
    assert poses["l2"] == pytest.approx(origins[0] @ turn[0] @ origins[1] @ turn[1], abs=1e-12)
    assert moving == {"l1", "l2"}
    assert mechanism == {"l0", "l1", "l2"}


def test_mimicking_joints_follow(tmp_path: Path) -> None:
    body = (
        ARM
        + link("f")
        + joint(
            "j4",
            "base",
            "f",
            "prismatic",
            '<axis xyz="0 0 1"/><mimic joint="j1" multiplier="2" offset="0.5"/>',
        )
    )
    model = read(tmp_path, body, joints={"j1": 1.0})
    assert centre(model.instances[4]) == pytest.approx([0, 0, 2.5])
    model = read(tmp_path, body, joints={"j1": 1.0, "j4": 7.0})
    assert centre(model.instances[4]) == pytest.approx([0, 0, 2.5])
    assert codes(model) == ["joint-outside-limits", "joint-mimics"] or codes(model) == ["joint-mimics"]
    for rule in ("j4", "nix"):
        with pytest.raises(InputError, match="mimics"):
            read(tmp_path, body.replace('mimic joint="j1"', f'mimic joint="{rule}"'))


@pytest.mark.parametrize(("value", "limit"), [(2.001, 2.0), (-1.001, -1.0)])
def test_a_position_outside_its_limits_names_the_limit(tmp_path: Path, value: float, limit: float) -> None:
    (notice,) = read(tmp_path, ARM, joints={"j1": value}).notices
    assert (notice.code, notice.severity) == ("joint-outside-limits", "warning")
    assert notice.data == {"position": value, "limit": limit}
    assert f"{math.degrees(limit):.2f}".replace("-", "−") in notice.text["en"]
    assert f"{math.degrees(limit):.2f}".replace("-", "−").replace(".", ",") in notice.text["fr"]
    assert read(tmp_path, ARM, joints={"j1": limit}).notices == ()


@pytest.mark.parametrize(
    ("joints", "says"),
    [
        ({"j11": 0.0}, "did you mean 'j1'"),
        ({"elbow": 0.0}, "'j1', 'j2' or 'j3'"),
        ({"j1": math.nan}, "finite"),
    ],
)
def test_positions_for_no_joint_are_refused(tmp_path: Path, joints: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        read(tmp_path, ARM, joints=joints)


def test_a_fixed_joint_has_no_position(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is fixed"):
        read(tmp_path, link("a") + link("b") + joint("j", "a", "b"), joints={"j": 1.0})


def test_floating_joints_stay_and_are_said(tmp_path: Path) -> None:
    model = read(tmp_path, link("a") + link("b") + joint("j", "a", "b", "floating", '<origin xyz="1 0 0"/>'))
    assert centre(model.instances[1]) == [1, 0, 0]
    assert codes(model) == ["joint-not-moved"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "has no links"),
        (link("a") + link("a"), "two links named 'a'"),
        (link("a") + link("b"), r"2 links without a parent joint: 'a', 'b'"),
        (link("a") + link("b") + joint("j", "a", "b") + joint("j", "a", "b"), "two joints named 'j'"),
        (
            link("a") + link("b") + joint("j", "a", "b") + joint("k", "a", "b"),
            "child of two joints, 'j' and 'k'",
        ),
        (link("a") + link("b") + joint("j", "a", "b") + joint("k", "b", "a"), "cycle: a → b → a"),
        (link("a") + joint("j", "a", "a"), "cycle: a → a"),
        (link("r") + link("a") + link("b") + joint("j", "a", "b") + joint("k", "b", "a"), "cycle"),
        (link("base") + joint("j", "base", "bas"), "'bas', which does not exist, did you mean 'base'"),
        (link("a") + link("b") + joint("j", "a", "b", "revolut"), "did you mean 'revolute'"),
        (
            link("a") + link("b") + joint("j", "a", "b", "revolute", '<axis xyz="0 0 0"/>'),
            "without direction",
        ),
        (link("a") + link("b") + joint("j", "a", "b", body='<origin xyz="0 0"/>'), "2 numbers where 3"),
        (link("a") + link("b") + joint("j", "a", "b", body='<origin xyz="0 0 inf"/>'), "not finite"),
        (link("a", "<visual/>"), "link 'a' has no geometry"),
        (link("a", BOX.replace("box", "bix")), "did you mean 'box'"),
        (link("a", BOX.replace("1 2 3", "1 0 3")), "positive"),
        ("<link/>", "has no name"),
        (link("${prefix}a"), "xacro source"),
    ],
)
def test_defects_are_named_by_link_and_joint(tmp_path: Path, body: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read(tmp_path, body)
    assert str(caught.value).startswith("robot.urdf: ")


def test_a_xacro_source_gets_the_command_to_run(tmp_path: Path) -> None:
    (tmp_path / "r.urdf").write_text(
        '<robot name="r" xmlns:xacro="http://www.ros.org/wiki/xacro"><xacro:include filename="x"/><link name="a"/></robot>'
    )
    with pytest.raises(InputError) as caught:
        urdf.read(Folder(tmp_path), "r.urdf", ReadOptions())
    assert "xacro robot.urdf.xacro" in (caught.value.hint or "")


def test_a_long_chain_is_no_problem(tmp_path: Path) -> None:
    n = 3000
    body = "".join(link(f"l{i}", "") for i in range(n)) + link(f"l{n}")
    body += "".join(joint(f"j{i}", f"l{i}", f"l{i + 1}", body='<origin xyz="0.001 0 0"/>') for i in range(n))
    assert centre(read(tmp_path, body).instances[0]) == pytest.approx([3, 0, 0])


# Shapes and colours -----------------------------------------------------------------------


def test_primitives_have_their_size_and_deflection(tmp_path: Path) -> None:
    def visual(shape: str) -> str:
        return f'<visual name="{shape.split()[0]}"><geometry><{shape}/></geometry></visual>'

    kinds = [
        'box size="1 2 3"',
        'cylinder radius="0.5" length="2"',
        'sphere radius="2"',
        'capsule radius="0.5" length="1"',
    ]
    model = read(tmp_path, link("a", "".join(map(visual, kinds))))
    extents = []
    for item in model.instances:
        found = bounds([item], 1.0)
        assert found is not None
        extents.append(np.ptp(found, axis=0).tolist())
        assert item.mesh.deflection <= 5e-4
    assert extents == [[1, 2, 3], [1, 1, 2], [4, 4, 4], [1, 1, 2]]
    assert [item.name for item in model.instances] == ["box", "cylinder", "sphere", "capsule"]


def test_origins_of_shapes_turn_about_fixed_axes(tmp_path: Path) -> None:
    visual = BOX.replace("<geometry>", '<origin xyz="1 2 3" rpy="0.1 0.2 0.3"/><geometry>')
    (only,) = read(tmp_path, link("a", visual)).instances
    assert only.file_from_mesh == pytest.approx(
        translation([1, 2, 3]) @ rotation_rpy(0.1, 0.2, 0.3), abs=1e-15
    )


def test_collision_shapes_are_chosen(tmp_path: Path) -> None:
    body = link("a", BOX + BOX.replace("visual", "collision").replace("1 2 3", "2 2 2"))
    (only,) = read(tmp_path, body, representation="collision").instances
    assert only.path == ("a", "collision0")
    assert only.mesh.vertices.max() == 1.0


def test_colours_are_local_or_by_name(tmp_path: Path) -> None:
    def colored(material: str) -> str:
        return BOX.replace("</visual>", material + "</visual>")

    body = '<material name="green"><color rgba="0 1 0 0.5"/></material>' + link(
        "a",
        colored('<material name="green"/>')
        + colored('<material name=""><color rgba="1 0 0 1"/></material>')
        + colored('<material name="nix"/>')
        + BOX,
    )
    colors = [item.color for item in read(tmp_path, body).instances]
    assert colors == [(0, 1, 0, 0.5), (1, 0, 0, 1), None, None]


# Mesh files -------------------------------------------------------------------------------


def mesh(uri: str, scale: str = "") -> str:
    scale = f' scale="{scale}"' if scale else ""
    return f'<visual><geometry><mesh filename="{uri}"{scale}/></geometry></visual>'


@pytest.mark.parametrize(
    ("uri", "at"),
    [
        ("meshes/a b.stl", "pkg/urdf/meshes/a b.stl"),
        ("meshes/a%20b.stl", "pkg/urdf/meshes/a b.stl"),
        ("../meshes/a.stl", "pkg/meshes/a.stl"),
        ("package://pkg/meshes/a.stl", "pkg/meshes/a.stl"),
        ("package://other/meshes/a.stl", "other/meshes/a.stl"),
        ("package://renamed/meshes/a.stl", "pkg/meshes/a.stl"),
        ("model://thing/a.stl", "models/thing/a.stl"),
        ("file://meshes/a.stl", "pkg/urdf/meshes/a.stl"),
        ("..\\meshes\\a.stl", "pkg/meshes/a.stl"),
    ],
)
def test_files_are_found_inside_the_root(tmp_path: Path, uri: str, at: str) -> None:
    write_stl(tmp_path / at)
    (only,) = read(tmp_path, link("a", mesh(uri)), name="pkg/urdf/robot.urdf").instances
    assert only.source == at


def test_an_absolute_file_uri_inside_the_root_is_found(tmp_path: Path) -> None:
    write_stl(tmp_path / "m/a.stl")
    (only,) = read(tmp_path, link("a", mesh(f"file://{tmp_path}/m/a.stl"))).instances
    assert only.source == "m/a.stl"


@pytest.mark.parametrize(
    "uri", ["../secret.stl", "package://x/../../secret.stl", "package://../secret.stl", "file:///etc/passwd", "/etc/passwd",
            "model://a/../../secret.stl", "http://127.0.0.1/a.stl", "..%2Fsecret.stl", "package://x/%2e%2e/%2e%2e/secret.stl"],
)  # fmt: skip
def test_nothing_outside_the_root_is_opened(tmp_path: Path, uri: str) -> None:
    write_stl(tmp_path / "secret.stl")
    (tmp_path / "root").mkdir()
    with pytest.raises(InputError, match="link 'arm': refers to"):
        read(tmp_path / "root", link("arm", mesh(uri)))


def test_a_link_out_of_the_root_is_not_followed(tmp_path: Path) -> None:
    write_stl(tmp_path / "secret.stl")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/a.stl").symlink_to(tmp_path / "secret.stl")
    with pytest.raises(InputError, match="leaves the folder"):
        read(tmp_path / "root", link("arm", mesh("a.stl")))


def test_a_missing_mesh_leaves_the_rest_and_an_error(tmp_path: Path) -> None:
    model = read(tmp_path, link("arm", mesh("package://p/gone.stl") + BOX))
    assert len(model.instances) == 1
    (notice,) = model.notices
    assert (notice.code, notice.severity, notice.subject) == ("missing-file", "error", "arm")
    assert notice.data["missing"] == "package://p/gone.stl"
    assert "'arm'" in notice.text["en"]


def test_one_file_is_one_mesh_in_metres_times_scale(tmp_path: Path) -> None:
    write_stl(tmp_path / "a.stl", (1000, 200, 30))
    model = read(
        tmp_path, link("a", mesh("a.stl", "0.001 0.001 0.001") + mesh("a.stl", "-0.002 0.001 0.001"))
    )
    first, second = model.instances
    assert first.mesh is second.mesh
    found = bounds([first], 1.0)
    assert found is not None
    assert np.ptp(found, axis=0) == pytest.approx([1, 0.2, 0.03])
    assert np.linalg.det(second.file_from_mesh) < 0
    assert model.references == ("a.stl",)
    with pytest.raises(InputError, match="scaled by zero"):
        read(tmp_path, link("a", mesh("a.stl", "1 0 1")))


def collada(unit: str, axis: str) -> str:
    return (
        f"<COLLADA><asset>{unit}<up_axis>{axis}</up_axis></asset><library_geometries><geometry id='g'><mesh>"
        "<source id='p'><float_array id='a' count='9'>0 0 0 1 0 0 0 2 3</float_array></source><vertices id='v'>"
        "<input semantic='POSITION' source='#p'/></vertices><triangles count='1'>"
        "<input semantic='VERTEX' source='#v' offset='0'/><p>0 1 2</p></triangles></mesh></geometry></library_geometries>"
        "<library_visual_scenes><visual_scene id='s'><node><instance_geometry url='#g'/></node></visual_scene>"
        "</library_visual_scenes><scene><instance_visual_scene url='#s'/></scene></COLLADA>"
    )


@pytest.mark.parametrize("axis", ["X_UP", "Y_UP", "Z_UP"])
@pytest.mark.parametrize(
    ("unit", "factor"), [("<unit meter='0.001'/>", 1e-3), ("<unit meter='0.05'/>", 0.05), ("", 1)]
)
def test_colladas_unit_is_applied_and_its_axis_is_not(
    tmp_path: Path, axis: str, unit: str, factor: float
) -> None:
    (tmp_path / "a.dae").write_text(collada(unit, axis))
    (tmp_path / "b.dae").write_text(collada(unit, axis))
    model = read(tmp_path, link("a", mesh("a.dae", "2 2 2") + mesh("b.dae")))
    first = model.instances[0]
    corners = transform_points(first.file_from_mesh, first.mesh.vertices)
    assert corners == pytest.approx(2 * factor * np.array([[0, 0, 0], [1, 0, 0], [0, 2, 3]]))
    assert codes(model).count("up-axis-not-applied") == (axis != "Z_UP")
    assert "up-axis-assumed" not in codes(model)
    assert all(n.severity == "info" for n in model.notices)


# Real robots ------------------------------------------------------------------------------

ROBOTS = ["abb_irb2400_12_155", "fanuc_lrmate200id", "fanuc_m20ib25", "gripper_robotiq_2f85", "kuka_kr10_r1100_2",
          "kuka_lbr_iiwa14_r820", "motoman_hc10", "staubli_tx2_90", "ur10e"]  # fmt: skip


def assert_boxes(shared: Path, name: str, oracle: str, representation: str) -> None:
    folder = shared / "cells"
    model = urdf.read(Folder(folder), name, ReadOptions(representation=representation, cache=False))
    parts = json.loads((folder / oracle).read_text())["parts"]
    claims = [part for part in parts if part["role"] == representation]
    assert len(model.instances) == len(claims)
    unmatched: dict[str, list[dict[str, Any]]] = {}
    for claim in claims:
        unmatched.setdefault(claim["id"].split("/")[0], []).append(claim)
    for item in model.instances:
        claim = unmatched[item.path[0]].pop(0)
        assert len(item.mesh.faces) == claim["triangles"]
        assert bounds([item], 1.0) == pytest.approx(np.array(claim["bbox_world_m"]), abs=2e-5)
    assert not [n for n in model.notices if n.severity != "info"]


@pytest.mark.shared
@pytest.mark.parametrize("robot", ROBOTS)
@pytest.mark.parametrize("representation", ["visual", "collision"])
def test_real_robots_stand_as_their_placements_say(shared: Path, robot: str, representation: str) -> None:
    assert_boxes(shared, f"robots/{robot}/robot.urdf", f"robots/{robot}/placement.json", representation)


@pytest.mark.shared
@pytest.mark.parametrize("variant", ["positioner", "rail"])
@pytest.mark.parametrize("representation", ["visual", "collision"])
def test_a_whole_cell_as_urdf_stands_as_its_placement_says(
    shared: Path, variant: str, representation: str
) -> None:
    assert_boxes(
        shared, f"cell-twc/workcell_{variant}.urdf", f"cell-twc/placement-{variant}.json", representation
    )


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("external_entity", "entities are never expanded|entity 'x'"),
        ("joint_cycle", "cycle: a → b → a"),
        (
            "mesh_traversal",
            "link 'a': refers to 'package://x/../../../../../etc/passwd': it leaves the folder",
        ),
    ],
)
def test_broken_robots_are_refused(shared: Path, name: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        urdf.read(Folder(shared / "cells"), f"broken/derived/{name}.urdf", ReadOptions())
