"""``immersive import``: what is written gives exactly what was read."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from immersive.checks._run import rules_for
from immersive.errors import ImmersiveError, InputError, UnitMissingError, UsageError
from immersive.formats._base import ReadOptions
from immersive.formats.importing import ImportReport, import_source
from immersive.formats.layout import load_layout
from immersive.formats.load import load
from immersive.scene.model import Role, Scene
from tests.builders import write_box_stl
from tests.formats.glb_maker import CUBE_FACES, CUBE_VERTICES, Glb


def same_parts(old: Scene, new: Scene) -> None:
    """Names, triangles and world boxes agree, in order."""
    assert [part.name for part in new] == [part.name for part in old]
    assert [part.triangles for part in new] == [part.triangles for part in old]
    for a, b in zip(old, new, strict=True):
        assert (a.bounds is None) == (b.bounds is None)
        if a.bounds is not None and b.bounds is not None:
            np.testing.assert_allclose(b.bounds, a.bounds, rtol=0.0, atol=1e-6)


def imported(source: Path, output: Path, **options: Any) -> tuple[ImportReport, Scene]:
    report = import_source(source, output, **options)
    scene = load_layout(output)
    assert report.parts == len(scene)
    assert report.triangles == scene.triangles
    # The rules it writes are rules of checks that exist.
    assert rules_for(scene)
    return report, scene


def write_glb(path: Path, tree: dict[str, Any]) -> Path:
    """A GLB of cubes: a key is a node, its value the nodes below it; a leaf has a cube."""
    glb = Glb()
    positions, indices = glb.accessor(CUBE_VERTICES), glb.accessor(CUBE_FACES.reshape(-1))
    glb.json["meshes"].append({"primitives": [{"attributes": {"POSITION": positions}, "indices": indices}]})
    nodes = glb.json["nodes"]

    def add(name: str, below: Any, offset: float) -> int:
        node: dict[str, Any] = {"name": name, "translation": [offset, 0.0, 0.0]}
        nodes.append(node)
        index = len(nodes) - 1
        if isinstance(below, dict):
            node["children"] = [add(key, value, 2.0 * i) for i, (key, value) in enumerate(below.items())]
            if below.get("") is not None:
                node["mesh"] = 0
        else:
            node["mesh"] = 0
        return index

    roots = [add(name, below, 20.0 * i) for i, (name, below) in enumerate(tree.items())]
    glb.json["scenes"], glb.json["scene"] = [{"nodes": roots}], 0
    return _pack(glb, path)


def _pack(glb: Glb, path: Path) -> Path:
    from tests.formats.glb_maker import pack

    glb.json["buffers"] = [{"byteLength": len(glb.blob)}]
    path.write_bytes(pack(json.dumps(glb.json).encode(), bytes(glb.blob)))
    return path


def pose(x: float = 0.0, turned: bool = False) -> list[list[float]]:
    if turned:
        return [[0.0, -1.0, 0.0, x], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    return [[1.0, 0.0, 0.0, x], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]


def placed(id_: str, category: str = "", **values: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "category": category,
        "role": "visual",
        "file": None,
        "world_from_part": pose(),
        **values,
    }


def write_placement(folder: Path, *parts: dict[str, Any]) -> Path:
    document = {
        "format": "cell-placement",
        "version": 1,
        "length_unit": "metre",
        "up_axis": "+Z",
        "parts": list(parts),
    }
    file = folder / "placement.json"
    file.write_text(json.dumps(document))
    return file


# Assemblies ------------------------------------------------------------------------------


def test_a_glb_beside_the_output_is_referred_to_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "cad").mkdir()
    tree = {
        "Cell": {"Clôture": {"poteau 1": 1, "poteau 2": 1}, "UR10e": {"link": 1, "gripper": 1}, "Body7": 1}
    }
    source = write_glb(tmp_path / "cad" / "cell.glb", tree)
    report, scene = imported(source, tmp_path / "cell.toml")
    same_parts(load(source), scene)
    assert report.copied == ()
    assert [p.name for p in tmp_path.iterdir() if p.is_dir()] == ["cad"]
    data = tomllib.loads((tmp_path / "cell.toml").read_text())
    assert data["parts"][0]["file"] == "cad/cell.glb"
    roles = {part.name: part.role for part in scene}
    assert (
        roles
        == {
            "poteau 1": Role.FENCE,
            "poteau 2": Role.FENCE,
            "link": Role.ROBOT,
            "gripper": Role.TOOL,
            "Body7": Role.OTHER,
        }
        or roles["poteau 1"] is Role.WALL
    )
    assert report.guessed == 4
    assert len(scene.by_id["cell/Cell/UR10e/link"].groups) == 1
    assert scene.by_id["cell/Cell/Body7"].groups == ()


def test_every_guess_is_written_with_its_reason(tmp_path: Path) -> None:
    source = write_glb(tmp_path / "line.glb", {"conveyor_1": {"frame": 1, "motor": 1}, "Förderband": 1})
    import_source(source, tmp_path / "cell.toml")
    text = (tmp_path / "cell.toml").read_text()
    assert "  \"part:line/conveyor_1\",  # guess: the word 'conveyor'\n" in text
    assert "  \"part:line/Förderband\",  # guess: the word 'forderband'\n" in text
    # Both parts of conveyor_1 are told by one line.
    assert text.count("guess: the word") == 2


def test_a_part_with_other_parts_below_it_is_assigned_alone(tmp_path: Path) -> None:
    glb = Glb()
    positions, indices = glb.accessor(CUBE_VERTICES), glb.accessor(CUBE_FACES.reshape(-1))
    glb.json["meshes"].append({"primitives": [{"attributes": {"POSITION": positions}, "indices": indices}]})
    glb.json["nodes"] = [
        {"name": "table", "mesh": 0, "children": [1]},
        {"name": "gripper", "mesh": 0, "translation": [3, 0, 0]},
        {"name": "Body", "mesh": 0, "translation": [6, 0, 0]},
    ]
    glb.json["scenes"], glb.json["scene"] = [{"nodes": [0, 2]}], 0
    _, scene = imported(_pack(glb, tmp_path / "a.glb"), tmp_path / "cell.toml")
    assert {part.path[-1]: part.role for part in scene} == {
        "table": Role.FURNITURE,
        "gripper": Role.TOOL,
        "Body": Role.OTHER,
    }


def test_a_source_elsewhere_is_copied_with_what_it_uses_and_nothing_else(tmp_path: Path) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    (away / "meshes").mkdir(parents=True)
    home.mkdir()
    write_box_stl(away / "meshes" / "box.stl", (1000, 1000, 1000))
    write_box_stl(away / "meshes" / "unused.stl", (1, 1, 1))
    source = write_placement(away, placed("a/v", "robot", file="meshes/box.stl", file_unit_m=0.001))
    report, scene = imported(source, home / "cell.toml")
    same_parts(load(source), scene)
    assert report.copied == ("cell_files/meshes/box.stl",)
    assert report.copied_bytes == (away / "meshes" / "box.stl").stat().st_size
    assert sorted(p.name for p in home.rglob("*") if p.is_file()) == ["box.stl", "cell.toml"]
    assert "copied 1 files (684 bytes) to cell_files/" in report.lines()


def test_a_placement_becomes_one_entry_for_each_part(tmp_path: Path) -> None:
    write_box_stl(tmp_path / "mm.stl", (1000, 500, 200), (500, 0, 0))
    write_box_stl(tmp_path / "m.stl", (1, 0.5, 0.2))
    source = write_placement(
        tmp_path,
        placed("robot_1/link", "robot", file="mm.stl", file_unit_m=0.001, world_from_part=pose(2, True)),
        placed("fence/panel", "fence", file="m.stl", mesh_scale=[1, -2, 1], world_from_part=pose(-1)),
        placed("gate_7", file="m.stl", mesh_scale=[0.01, 0.01, 0.01], color_rgba=[1, 0, 0, 0.5]),
        placed("t/box", "table", primitive={"type": "box", "size": [1, 2, 3]}, world_from_part=pose(5, True)),
        placed("t/leg", "table", primitive={"type": "cylinder", "radius": 0.05, "length": 0.8}),
        placed("ball", primitive={"type": "sphere", "radius": 0.1}),
    )
    before = load(source)
    _, scene = imported(source, tmp_path / "cell.toml")
    same_parts(before, scene)
    assert [part.id for part in scene] == [part.id for part in before]
    assert [part.path for part in scene] == [part.path for part in before]
    assert [part.color for part in scene][2] == (1.0, 0.0, 0.0, 128 / 255)
    entries = {entry["id"]: entry for entry in tomllib.loads((tmp_path / "cell.toml").read_text())["parts"]}
    assert entries["robot_1/link"] == {
        "id": "robot_1/link", "file": "mm.stl", "unit": "mm", "name": "link", "position_mm": [2000, 0, 0],
        "rotation_deg": [0, 0, 90], "role": "robot", "moving": True,
    }  # fmt: skip
    assert entries["fence/panel"]["scale"] == [1, -2, 1]
    assert (entries["gate_7"]["unit"], entries["gate_7"]["role"]) == ("cm", "door")
    assert entries["t/box"]["box_mm"] == [1000, 2000, 3000]
    assert entries["t/leg"]["cylinder_mm"] == [50, 800]
    assert entries["ball"]["sphere_mm"] == 100
    assert scene.by_id["t/box"].groups == ("t",)


def test_a_part_whose_file_is_missing_stays_in_the_layout(tmp_path: Path) -> None:
    source = write_placement(
        tmp_path,
        placed("a", primitive={"type": "box", "size": [1, 2, 3]}),
        placed("fence", "fence", file="gone.stl", world_from_part=pose(3)),
    )
    report = import_source(source, tmp_path / "cell.toml")
    scene = load_layout(tmp_path / "cell.toml")
    assert [part.id for part in scene] == ["a"]
    assert [(n.code, n.subject) for n in scene.notices] == [("missing-file", "fence")]
    entry = tomllib.loads((tmp_path / "cell.toml").read_text())["parts"][1]
    assert (entry["file"], entry["position_mm"]) == ("gone.stl", [3000, 0, 0])
    assert any(line.startswith("error: ") for line in report.lines())


def test_ids_that_a_layout_cannot_have_are_mended(tmp_path: Path) -> None:
    box = {"type": "box", "size": [1, 2, 3]}
    source = write_placement(
        tmp_path, *(placed(id_, primitive=box) for id_ in ("a*b", "a_b", "!x", "q", "q", "[7]/ü"))
    )
    _, scene = imported(source, tmp_path / "cell.toml")
    assert [part.id for part in scene] == ["a_b", "a_b#2", "_x", "q", "q#2", "[7]/ü"]
    assert [part.name for part in scene] == ["a*b", "a_b", "!x", "q", "q", "ü"]


URDF = """<robot name="cell">
  <link name="world"/>
  <link name="fence_left"><visual><geometry><box size="2 0.1 2"/></geometry></visual></link>
  <link name="base"><visual><geometry><box size="1 1 1"/></geometry></visual></link>
  <link name="arm"><visual><origin xyz="1 0 0"/><geometry><mesh filename="m/arm.stl"/></geometry></visual></link>
  <link name="hand"><visual><geometry><box size="1 1 1"/></geometry></visual></link>
  <joint name="j0" type="fixed"><parent link="world"/><child link="base"/></joint>
  <joint name="j1" type="fixed"><parent link="world"/><child link="fence_left"/></joint>
  <joint name="turn" type="revolute"><parent link="base"/><child link="arm"/><axis xyz="0 0 1"/>
    <limit lower="-4" upper="4" effort="1" velocity="1"/></joint>
  <joint name="slide" type="prismatic"><parent link="arm"/><child link="hand"/><axis xyz="0 0 1"/>
    <limit lower="-4" upper="4" effort="1" velocity="1"/></joint>
</robot>
"""


def test_a_urdf_becomes_a_robot_with_its_joints_to_fill_in(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    write_box_stl(tmp_path / "m" / "arm.stl", (1, 1, 1))
    source = tmp_path / "cell.urdf"
    source.write_text(URDF)
    options = ReadOptions(joints={"turn": np.pi / 2, "slide": 0.25})
    report, scene = imported(source, tmp_path / "out.toml", options=options)
    from immersive.formats.load import load as load_

    same_parts(load_(source, options=options), scene)
    data = tomllib.loads((tmp_path / "out.toml").read_text())
    assert data["robots"][0]["joints_deg"] == {"turn": 90}
    assert data["robots"][0]["joints_mm"] == {"slide": 250}
    assert [(part.path[-2], part.role, part.moving) for part in scene] == [
        ("fence_left", Role.FENCE, False),
        ("base", Role.ROBOT, True),
        ("arm", Role.ROBOT, True),
        ("hand", Role.ROBOT, True),
    ]
    assert report.guessed == 1
    # The fence is held against the robot, though both come from one file.
    assert [part.groups for part in scene] == [("cell/fence_left",), ("cell",), ("cell",), ("cell",)]
    _, scene = imported(source, tmp_path / "zero.toml")
    same_parts(load_(source), scene)
    assert "\n# turn = 0\n" in (tmp_path / "zero.toml").read_text()


# Single meshes and units -----------------------------------------------------------------


def test_a_mesh_without_unit_asks_for_one_and_says_which_is_likely(tmp_path: Path) -> None:
    source = write_box_stl(tmp_path / "bench.stl", (1600, 800, 900))
    with pytest.raises(UnitMissingError) as caught:
        import_source(source, tmp_path / "cell.toml")
    said = str(caught.value)
    assert "states no length unit" in said
    assert "mm: 1.6 x 0.8 x 0.9 m (likely)" in said
    assert "m: 1600 x 800 x 900 m" in said
    assert "--unit mm" in said
    assert not (tmp_path / "cell.toml").exists()
    report, scene = imported(source, tmp_path / "cell.toml", unit="mm", up_axis="y")
    same_parts(load(source, unit="mm", up_axis="Y"), scene)
    assert scene.parts[0].id == "bench"
    assert scene.parts[0].role is Role.FURNITURE
    assert report.roles == {"furniture": 1}


def test_a_file_that_states_its_unit_keeps_it(tmp_path: Path) -> None:
    source = write_glb(tmp_path / "a.glb", {"x": 1})
    _, scene = imported(source, tmp_path / "cell.toml", unit="mm")
    same_parts(load(source), scene)
    assert "unit" not in tomllib.loads((tmp_path / "cell.toml").read_text())["parts"][0]


def test_reading_options_are_kept(tmp_path: Path) -> None:
    source = write_placement(
        tmp_path,
        placed("a", primitive={"type": "box", "size": [1, 2, 3]}),
        {**placed("a_c", primitive={"type": "box", "size": [2, 2, 3]}), "role": "collision"},
    )
    _, scene = imported(
        source, tmp_path / "c.toml", options=ReadOptions(representation="collision", deflection=5e-4)
    )
    assert [part.id for part in scene] == ["a_c"]
    options = tomllib.loads((tmp_path / "c.toml").read_text())["options"]
    assert options == {"deflection_mm": 0.5, "representation": "collision"}


def test_the_height_of_the_floor_is_found(tmp_path: Path) -> None:
    floor = placed("hall/floor", "floor", primitive={"type": "box", "size": [9, 9, 0.2]})
    source = write_placement(tmp_path, floor, placed("a", primitive={"type": "box", "size": [1, 2, 3]}))
    _, scene = imported(source, tmp_path / "c.toml")
    assert scene.station is not None
    assert scene.station.floor == pytest.approx(0.1)


# What is refused -------------------------------------------------------------------------


def test_an_existing_output_is_kept_unless_forced(tmp_path: Path) -> None:
    source = write_glb(tmp_path / "a.glb", {"x": 1})
    output = tmp_path / "cell.toml"
    output.write_text("mine")
    with pytest.raises(UsageError, match="exists already; --force overwrites it"):
        import_source(source, output)
    assert output.read_text() == "mine"
    import_source(source, output, force=True)
    assert load_layout(output).triangles == 12


def test_copied_files_never_overwrite_other_ones(tmp_path: Path) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    (home / "cell_files").mkdir(parents=True)
    away.mkdir()
    source = write_glb(away / "a.glb", {"x": 1})
    (home / "cell_files" / "a.glb").write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists already with other content"):
        import_source(source, home / "cell.toml")
    assert (home / "cell_files" / "a.glb").read_bytes() == b"mine"
    assert not (home / "cell.toml").exists()


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.glb", b"", InputError),
        ("a.glb", b"glTF\x02\0\0\0\xff\xff\0\0", InputError),
        ("a.xyz", b"what", InputError),
        ("a.toml", b"name = 'x'", InputError),
        ("placement.json", b"{}", InputError),
    ],
)
def test_a_source_that_cannot_be_used_writes_nothing(
    tmp_path: Path, name: str, data: bytes, error: type[ImmersiveError]
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(error):
        import_source(tmp_path / name, tmp_path / "cell.toml")
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_outputs_and_sources_that_make_no_sense(tmp_path: Path) -> None:
    source = write_glb(tmp_path / "a.glb", {"x": 1})
    with pytest.raises(UsageError, match=r"must end in \.toml"):
        import_source(source, tmp_path / "cell.json")
    with pytest.raises(UsageError, match="does not exist"):
        import_source(source, tmp_path / "none" / "cell.toml")
    with pytest.raises(InputError, match="does not exist"):
        import_source(tmp_path / "b.glb", tmp_path / "cell.toml")
    with pytest.raises(InputError, match="is a folder"):
        import_source(tmp_path, tmp_path / "cell.toml")
    with pytest.raises(UsageError, match="use 'Z' or 'Y'"):
        import_source(source, tmp_path / "cell.toml", up_axis="X")
    with pytest.raises(UsageError, match="unknown length unit"):
        import_source(source, tmp_path / "cell.toml", unit="furlong")


def test_a_placement_that_climbs_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_box_stl(tmp_path / "secret.stl", (1, 1, 1))
    source = write_placement(tmp_path / "in", placed("a", file="../secret.stl"))
    with pytest.raises(InputError):
        import_source(source, tmp_path / "cell.toml")
    assert not (tmp_path / "cell_files").exists()


def test_a_layout_that_would_differ_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import immersive.formats._import_entries as entries

    monkeypatch.setattr(entries, "pose_lines", lambda pose, corners: ["position_mm = [1, 0, 0]"])
    source = write_placement(tmp_path, placed("a", primitive={"type": "box", "size": [1, 2, 3]}))
    with pytest.raises(ImmersiveError, match=r"the part 'a' a box that is off by 0\.001 m"):
        import_source(source, tmp_path / "cell.toml")
    assert not (tmp_path / "cell.toml").exists()


# Real cells ------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize(
    ("source", "parts", "triangles"),
    [
        ("cell-ariac/placement.json", 164, 339_174),
        ("cell-twc/placement-positioner.json", 30, 428_954),
        ("cell-twc/placement-rail.json", 24, 413_206),
        ("cell-twc/cell-twc-positioner.glb", None, 428_954),
        ("cell-ariac/cell-ariac.glb", None, 339_174),
        ("cell-ariac/robots.urdf", None, None),
        ("cell-twc/workcell_positioner.urdf", 30, 428_954),
        ("robots/ur10e/robot.urdf", 7, 129_621),
        ("robots/ur10e/placement.json", 7, 129_621),
        ("robots/gripper_robotiq_2f85/robot.urdf", 11, 48_320),
        ("robots/gripper_robotiq_2f85/placement.json", 11, 48_320),
        ("step/stepcode/as1-oc-214.stp", 18, None),
    ],
)
def test_real_cells_come_out_the_same(
    shared: Path, tmp_path: Path, source: str, parts: int | None, triangles: int | None
) -> None:
    if source.endswith(".stp"):
        pytest.importorskip("cascadio")
    file = shared / "cells" / source
    _, scene = imported(file, tmp_path / "cell.toml")
    same_parts(load(file), scene)
    if parts is not None:
        assert len(scene) == parts
    if triangles is not None:
        assert scene.triangles == triangles


@pytest.mark.shared
def test_an_imported_placement_has_the_boxes_of_the_oracle(shared: Path, tmp_path: Path) -> None:
    for source in ("cell-ariac/placement.json", "cell-twc/placement-positioner.json"):
        file = shared / "cells" / source
        output = tmp_path / f"{file.parent.name}.toml"
        import_source(file, output)
        scene = load_layout(output)
        wanted = [p for p in json.loads(file.read_text())["parts"] if p["role"] == "visual"]
        assert [part.id for part in scene] == [p["id"] for p in wanted]
        for part, entry in zip(scene, wanted, strict=True):
            assert part.bounds is not None
            np.testing.assert_allclose(
                part.bounds, entry["bbox_world_m"], rtol=0, atol=1.5e-5, err_msg=part.id
            )
            assert part.triangles == entry["triangles"]


PACKAGED = """<robot name="r"><link name="base"><visual><geometry>
<mesh filename="package://{name}/meshes/l.stl" scale="0.001 0.001 0.001"/>
</geometry></visual></link></robot>"""


def test_a_ros_package_is_the_folder_of_its_urdf(tmp_path: Path) -> None:
    package = tmp_path / "ws" / "cell_description"
    (package / "meshes").mkdir(parents=True)
    (package / "urdf").mkdir()
    write_box_stl(package / "meshes" / "l.stl", (1000.0, 800.0, 600.0))
    urdf = package / "urdf" / "r.urdf"
    urdf.write_text(PACKAGED.format(name="cell_description"))
    with pytest.raises(InputError, match="does not exist"):
        import_source(urdf, tmp_path / "cell.toml")  # nothing says that the folder is a package
    (package / "package.xml").write_text("<package><name>cell_description</name></package>")
    for target in (tmp_path / "out" / "cell.toml", package / "urdf" / "cell.toml", package / "cell.toml"):
        target.parent.mkdir(exist_ok=True)
        report, scene = imported(urdf, target)
        assert report.parts == 1
        assert bool(report.copied) == (target.parent != package)
        np.testing.assert_allclose(np.ptp(scene.parts[0].bounds, axis=0), (1.0, 0.8, 0.6), atol=1e-7)
    assert len(load(urdf)) == 1


def test_root_names_a_wider_folder_and_nothing_outside_it_is_read(tmp_path: Path) -> None:
    write_box_stl(tmp_path / "l.stl", (1000.0, 800.0, 600.0))
    urdf = tmp_path / "a" / "b" / "r.urdf"
    urdf.parent.mkdir(parents=True)
    urdf.write_text(PACKAGED.format(name="x").replace("package://x/meshes/l.stl", "../../l.stl"))
    with pytest.raises(InputError, match="leaves the folder"):
        import_source(urdf, tmp_path / "one.toml", root=tmp_path / "a")
    report, _ = imported(urdf, tmp_path / "two.toml", root=tmp_path)
    assert report.parts == 1


@pytest.mark.parametrize("tree", [{"bolt": None}, {"only": {"a": None, "b": {"c": None}}}])
def test_what_is_one_unit_demands_no_clearance(tree: dict[str, Any], tmp_path: Path) -> None:
    source = write_glb(tmp_path / "one.glb", tree)
    _, scene = imported(source, tmp_path / "cell.toml")
    codes = [check.code for _, check, _ in rules_for(scene)]
    text = (tmp_path / "cell.toml").read_text("utf-8")
    assert ("clearance" in codes) == ('\nid = "nothing-overlaps"' in text)
    if len(scene) == 1:
        assert "clearance" not in codes
        assert '# id = "nothing-overlaps"' in text
