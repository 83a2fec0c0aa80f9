"""SDF: frames and poses by closed form, includes inside the root only, and a real world against its oracle."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from immersive.errors import InputError, LimitError, UnsupportedError
from immersive.formats import sdf
from immersive.formats._base import Folder, Instance, Model, ReadOptions
from immersive.formats._placement_claims import bounds
from immersive.geometry.frames import rotation_rpy, translation

BOX = "<visual name='v'><geometry><box><size>1 2 3</size></box></geometry></visual>"


def write(tmp_path: Path, name: str, body: str, version: str = "1.7") -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'<?xml version="1.0"?><sdf version="{version}">{body}</sdf>')


def read(
    tmp_path: Path, body: str, *, name: str = "w.sdf", representation: str = "visual", version: str = "1.7"
) -> Model:
    write(tmp_path, name, body, version)
    return sdf.read(Folder(tmp_path), name, ReadOptions(representation=representation, cache=False))


def model(body: str, name: str = "m", attributes: str = "") -> str:
    return f'<model name="{name}" {attributes}>{body}</model>'


def link(name: str = "l", pose: str = "", body: str = BOX, attributes: str = "") -> str:
    return f'<link name="{name}">{f"<pose {attributes}>{pose}</pose>" if pose else ""}{body}</link>'


def where(instance: Instance) -> list[float]:
    position: list[float] = instance.file_from_mesh[:3, 3].tolist()
    return position


def codes(found: Model) -> list[str]:
    return [notice.code for notice in found.notices]


# Poses and frames -------------------------------------------------------------------------


def test_poses_multiply_from_the_world_to_the_shape(tmp_path: Path) -> None:
    visual = BOX.replace("<geometry>", "<pose>0 0 1 0 0 0.5</pose><geometry>")
    body = f"<world name='w'>{model('<pose>1 2 3 0.1 0.2 0.3</pose>' + link('l', '4 5 6 0.4 0.5 0.6', visual))}</world>"
    found = read(tmp_path, body)
    (only,) = found.instances
    expected = (
        translation([1, 2, 3]) @ rotation_rpy(0.1, 0.2, 0.3)
        @ translation([4, 5, 6]) @ rotation_rpy(0.4, 0.5, 0.6)
        @ translation([0, 0, 1]) @ rotation_rpy(0, 0, 0.5)
    )  # fmt: skip
    assert only.file_from_mesh == pytest.approx(expected, abs=1e-14)
    assert only.path == ("m", "l", "v")
    assert (found.unit, found.unit_origin, found.up_axis) == ("m", "format", "Z")
    assert found.notices == ()


def test_links_may_stand_relative_to_links_frames_and_joints(tmp_path: Path) -> None:
    body = (
        link("a", "1 0 0 0 0 1.5707963267948966")
        + '<frame name="f" attached_to="a"><pose>1 0 0 0 0 0</pose></frame>'
        + '<frame name="g"><pose relative_to="f">0 0 5 0 0 0</pose></frame>'
        + link("b", "2 0 0 0 0 0", attributes='relative_to="g"')
        + '<joint name="j" type="fixed"><parent>a</parent><child>b</child><pose>0 0 1 0 0 0</pose></joint>'
        + link("c", "0 0 0 0 0 0", attributes='relative_to="j"')
        + link("d", "1 1 1 0 0 0", attributes='relative_to="__model__"')
    )
    a, b, c, d = read(tmp_path, model(body)).instances
    assert where(a) == pytest.approx([1, 0, 0])
    assert where(b) == pytest.approx([1, 3, 5])
    assert where(c) == pytest.approx([1, 3, 6])
    assert where(d) == pytest.approx([1, 1, 1])


def test_the_old_frame_attribute_is_empty_or_a_name(tmp_path: Path) -> None:
    body = link("a", "1 0 0 0 0 0", attributes="frame=''") + link("b", "1 0 0 0 0 0", attributes="frame='a'")
    assert [where(item) for item in read(tmp_path, model(body), version="1.6").instances] == [
        [1, 0, 0],
        [2, 0, 0],
    ]


def test_angles_in_degrees_and_quaternions(tmp_path: Path) -> None:
    turned = rotation_rpy(0, 0, math.pi / 2)
    half = math.sqrt(0.5)
    for pose, attributes in (
        ("0 0 0 0 0 90", "degrees='true'"),
        (f"0 0 0 0 0 {half} {half}", "rotation_format='quat_xyzw'"),
    ):
        (only,) = read(tmp_path, model(link("a", pose, attributes=attributes))).instances
        assert only.file_from_mesh == pytest.approx(turned, abs=1e-12)


def test_nested_models_and_names_inside_them(tmp_path: Path) -> None:
    inner = model("<pose>10 0 0 0 0 0</pose>" + link("l", "0 1 0 0 0 0"), "inner")
    body = inner + link("o", "0 0 1 0 0 0", attributes='relative_to="inner::l"')
    own, nested = sorted(read(tmp_path, model(body, "outer")).instances, key=lambda item: len(item.path))
    assert (own.path, where(own)) == (("outer", "o", "v"), [10, 1, 1])
    assert (nested.path, where(nested)) == (("outer", "inner", "l", "v"), [10, 1, 0])


def test_a_model_may_be_put_by_one_of_its_frames(tmp_path: Path) -> None:
    body = model(
        "<pose>5 0 0 0 0 0</pose>" + link("base") + link("tip", "0 0 2 0 0 0"),
        attributes='placement_frame="tip"',
    )
    base, tip = read(tmp_path, body).instances
    assert where(tip) == [5, 0, 0]
    assert where(base) == [5, 0, -2]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (model(link("a", "0 0 0 0 0 0", attributes="relative_to='bb'") + link("b")), "relative to 'bb'"),
        (model(link("a", "0 0 0 0 0 0", attributes="relative_to='b'") + link("b", "0 0 0 0 0 0", attributes="relative_to='a'")), "relative to each other: a → b → a"),
        (model(link("a") + link("a")), "two things named 'a'"),
        (model(link("", "")), "has no name"),
        (model(link("a", "1 2")), "pose of 2 numbers"),
        (model(link("a", "1 2 nan 0 0 0")), "not finite"),
        (model(link("a", "0 0 0 0 0 0 0", attributes="rotation_format='quat_xyzw'")), "zeros"),
        (model(link("a", "0 0 0", attributes="rotation_format='matrix'")), "'matrix'"),
        (model(link("a", body="<visual name='v'/>")), "has no geometry"),
        (model(link("a", body=BOX.replace("1 2 3", "1 2"))), "2 numbers where 3"),
        (model(link("a", body=BOX.replace("1 2 3", "1 -2 3"))), "positive"),
        (model(link("a", body=BOX.replace("box", "torus"))), "<torus>"),
    ],
)  # fmt: skip
def test_defects_are_named(tmp_path: Path, body: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read(tmp_path, body)
    assert str(caught.value).startswith("w.sdf: ")


def test_a_short_pose_is_filled_up_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, model(link("a", "1 2 3 0 0")))
    assert where(found.instances[0]) == [1, 2, 3]
    assert codes(found) == ["pose-too-short"]


def test_other_roots_versions_and_joint_positions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"version '2\.0'"):
        read(tmp_path, "", version="2.0")
    (tmp_path / "r.sdf").write_text("<robot/>")
    with pytest.raises(InputError, match="is no SDF"):
        sdf.read(Folder(tmp_path), "r.sdf", ReadOptions())
    with pytest.raises(UnsupportedError, match="joint positions"):
        sdf.read(Folder(tmp_path), "r.sdf", ReadOptions(joints={"j": 1.0}))


def test_what_a_joint_moves_is_told_from_what_is_static(tmp_path: Path) -> None:
    joints = (
        '<joint name="j" type="revolute"><parent>a</parent><child>b</child></joint>'
        '<joint name="k" type="fixed"><parent>b</parent><child>c</child></joint>'
    )
    body = link("a") + link("b") + link("c") + joints
    assert [item.moving for item in read(tmp_path, model(body)).instances] == [False, True, True]
    assert not any(item.moving for item in read(tmp_path, model(body + "<static>true</static>")).instances)


# Shapes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "extent"),
    [
        ("<cylinder><radius>1</radius><length>3</length></cylinder>", [2, 2, 3]),
        ("<sphere><radius>2</radius></sphere>", [4, 4, 4]),
        ("<capsule><radius>1</radius><length>3</length></capsule>", [2, 2, 5]),
        ("<cone><radius>1</radius><length>3</length></cone>", [2, 2, 3]),
        ("<ellipsoid><radii>1 2 3</radii></ellipsoid>", [2, 4, 6]),
        ("<plane><normal>0 0 1</normal><size>4 6</size></plane>", [4, 6, 0]),
        ("<plane><normal>0 1 0</normal><size>4 6</size></plane>", [4, 0, 6]),
    ],
)
def test_primitives_have_their_extent(tmp_path: Path, shape: str, extent: list[float]) -> None:
    (only,) = read(
        tmp_path, model(link("a", body=f"<visual name='v'><geometry>{shape}</geometry></visual>"))
    ).instances
    found = bounds([only], 1.0)
    assert found is not None
    assert np.ptp(found, axis=0) == pytest.approx(np.array(extent), abs=1e-12)
    assert only.role == ("floor" if "0 0 1" in shape else "")


def test_a_plane_faces_along_its_normal(tmp_path: Path) -> None:
    normal = np.array([0.6, 0.0, 0.8])
    shape = "<plane><normal>0.6 0 0.8</normal><size>1 1</size></plane>"
    (only,) = read(
        tmp_path, model(link("a", body=f"<visual name='v'><geometry>{shape}</geometry></visual>"))
    ).instances
    a, b, c = (only.mesh.vertices[only.mesh.faces[:, k]] for k in range(3))
    assert np.cross(b - a, c - a).sum(axis=0) / 2 == pytest.approx(normal)


def test_equal_primitives_are_one_mesh(tmp_path: Path) -> None:
    a, b = read(tmp_path, model(link("a") + link("b"))).instances
    assert a.mesh is b.mesh


def test_collision_colour_and_what_is_not_read(tmp_path: Path) -> None:
    visual = BOX.replace(
        "</visual>",
        "<material><diffuse>1 0 0 1</diffuse></material><transparency>0.25</transparency></visual>",
    )
    heightmap = "<visual name='h'><geometry><heightmap/></geometry></visual>"
    collision = BOX.replace("visual", "collision").replace("1 2 3", "9 9 9")
    body = model(link("a", body=visual + heightmap + collision))
    found = read(tmp_path, body)
    assert [item.color for item in found.instances] == [(1, 0, 0, 0.75)]
    assert [(n.code, n.severity) for n in found.notices] == [("shape-not-read", "error")]
    (only,) = read(tmp_path, body, representation="collision").instances
    assert only.mesh.vertices.max() == 4.5


OBJ = "o left\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\no right\nv 10 0 0\nv 12 0 0\nv 10 4 0\nf 4 5 6\n"


def test_a_submesh_is_picked_and_centred(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(OBJ)

    def extent(submesh: str) -> list[list[float]]:
        shape = f"<mesh><uri>a.obj</uri>{submesh}<scale>1 2 1</scale></mesh>"
        body = f"<visual name='v'><geometry>{shape}</geometry></visual>"
        found = bounds(read(tmp_path, model(link("a", body=body))).instances, 1.0)
        assert found is not None
        rows: list[list[float]] = found.tolist()
        return rows

    assert extent("") == [[0, 0, 0], [12, 8, 0]]
    assert extent("<submesh><name>right</name></submesh>") == [[10, 0, 0], [12, 8, 0]]
    assert extent("<submesh><name>right</name><center>true</center></submesh>") == [[-1, -4, 0], [1, 4, 0]]
    with pytest.raises(InputError, match=r"'middle'.*left, right"):
        extent("<submesh><name>middle</name></submesh>")


# Includes ---------------------------------------------------------------------------------


def include(uri: str, inner: str = "") -> str:
    return f"<include><uri>{uri}</uri>{inner}</include>"


@pytest.mark.parametrize("at", ["table/model.sdf", "models/table/model.sdf", "table/model-1_6.sdf"])
def test_includes_are_found_named_and_placed(tmp_path: Path, at: str) -> None:
    write(tmp_path, at, model("<pose>9 9 9 0 0 0</pose>" + link("top", "0 0 1 0 0 0"), "table"))
    if at.endswith("1_6.sdf"):
        (tmp_path / "table/model.config").write_text(
            '<model><sdf version="1.5">gone.sdf</sdf><sdf version="1.10">gone.sdf</sdf><sdf version="1.6">model-1_6.sdf</sdf></model>'
        )
    world = include("model://table", "<name>t1</name><pose>1 0 0 0 0 0</pose>") + include("model://table")
    first, second = read(tmp_path, f"<world name='w'>{world}</world>").instances
    assert (first.path, where(first)) == (("t1", "top", "v"), [1, 0, 1])
    assert (second.path, where(second)) == (("table", "top", "v"), [9, 9, 10])
    assert first.mesh is second.mesh


def test_meshes_of_an_included_model_are_found_from_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "lib/table").mkdir(parents=True)
    (tmp_path / "lib/table/a.obj").write_text(OBJ)
    mesh = "<visual name='v'><geometry><mesh><uri>{}</uri></mesh></geometry></visual>"
    body = link("l", body=mesh.format("a.obj") + mesh.format("model://table/a.obj"))
    write(tmp_path, "lib/table/model.sdf", model(body, "table"))
    found = read(tmp_path, f"<world name='w'>{include('lib/table')}</world>")
    assert [item.source for item in found.instances] == ["lib/table/a.obj"] * 2
    assert set(found.references) == {"lib/table/model.sdf", "lib/table/a.obj"}


@pytest.mark.parametrize("uri", ["model://gone", "https://fuel.gazebosim.org/1.0/x/models/y"])
def test_what_is_not_there_is_said_and_the_rest_is_shown(tmp_path: Path, uri: str) -> None:
    mesh = f"<visual name='v'><geometry><mesh><uri>{uri}/a.stl</uri></mesh></geometry></visual>"
    found = read(tmp_path, f"<world name='w'>{model(link('a') + link('b', body=mesh))}{include(uri)}</world>")
    assert len(found.instances) == 1
    assert [(n.code, n.severity) for n in found.notices] == [("missing-file", "error")] * 2
    assert {n.subject for n in found.notices} == {"m::b", uri.rpartition("/")[2]}


@pytest.mark.parametrize("uri", ["model://a/../../x", "../x", "/etc", "file:///etc"])
def test_includes_do_not_leave_the_root(tmp_path: Path, uri: str) -> None:
    write(tmp_path, "x/model.sdf", model(link()))
    (tmp_path / "root").mkdir()
    with pytest.raises(InputError, match="refers to"):
        read(tmp_path / "root", f"<world name='w'>{include(uri)}</world>")


def test_models_that_include_themselves_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "a/model.sdf", model(include("model://b")))
    write(tmp_path, "b/model.sdf", model(include("model://a")))
    with pytest.raises(InputError, match=r"includes itself: a/model.sdf → b/model.sdf → a/model.sdf"):
        read(tmp_path, f"<world name='w'>{include('model://a')}</world>")


def test_includes_that_multiply_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("immersive.formats._sdf_tree.MAX_MODELS", 500)
    for k in range(20):
        write(tmp_path, f"m{k}/model.sdf", model(include(f"model://m{k + 1}") * 2))
    write(tmp_path, "m20/model.sdf", model(link()))
    with pytest.raises(LimitError, match="more than 500 models"):
        read(tmp_path, f"<world name='w'>{include('model://m0')}</world>")


def test_a_saved_state_is_not_applied_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, f"<world name='w'>{model(link())}<state world_name='w'/></world>", name="w.world")
    assert codes(found) == ["world-state-ignored"]


# A real world -----------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize(("representation", "parts"), [("visual", 58), ("collision", 35)])
def test_the_hall_of_the_robotics_contest_stands_as_its_placement_says(
    shared: Path, tmp_path: Path, representation: str, parts: int
) -> None:
    """The original world with its models, their meshes put back beside them as the models expect."""
    cell = shared / "cells/cell-ariac"
    shutil.copy(cell / "source/ariac.world", tmp_path)
    for folder in (cell / "source/models").iterdir():
        (tmp_path / "models" / folder.name).mkdir(parents=True)
        shutil.copy(folder / "model.sdf", tmp_path / "models" / folder.name)
        if (cell / "meshes" / folder.name).is_dir():
            shutil.copytree(cell / "meshes" / folder.name, tmp_path / "models" / folder.name / "meshes")
    found = sdf.read(Folder(tmp_path), "ariac.world", ReadOptions(representation=representation, cache=False))
    assert len(found.instances) == parts
    claims = {part["id"]: part for part in json.loads((cell / "placement.json").read_text())["parts"]}
    for item in found.instances:
        claim = claims["/".join((*item.path[:-1], representation, item.path[-1]))]
        assert bounds([item], 1.0) == pytest.approx(np.array(claim["bbox_world_m"]), abs=2e-5)
        assert len(item.mesh.faces) == claim["triangles"]
    assert {n.code for n in found.notices} <= {"pose-too-short", "lines-left-out"}


@pytest.mark.shared
def test_a_model_without_its_meshes_lists_them(shared: Path) -> None:
    found = sdf.read(
        Folder(shared / "cells"), "cell-ariac/source/models/pump/model.sdf", ReadOptions(cache=False)
    )
    assert set(codes(found)) == {"missing-file"}
    assert found.instances == ()
