"""Layouts with their files: poses, ids, roles, what is missing, and what may not be read."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import immersive.formats.layout.files as files_module
from immersive.errors import LayoutError
from immersive.formats._base import ReadOptions
from immersive.formats.layout import load_layout
from immersive.formats.layout.read import LayoutMistakes
from immersive.scene.model import Role, Scene, Severity
from tests.builders import BOX_FACES, box_vertices, write_box_stl


def write_obj(path: Path, names: dict[str, tuple[float, float, float]]) -> None:
    """An OBJ with one unit cube for each name, at the given centre."""
    lines, start = [], 1
    for name, center in names.items():
        lines.append(f"o {name}")
        lines += [f"v {x} {y} {z}" for x, y, z in box_vertices((1, 1, 1), center)]
        lines += [f"f {a + start} {b + start} {c + start}" for a, b, c in BOX_FACES]
        start += 8
    path.write_text("\n".join(lines) + "\n")


URDF = """<robot name="arm">
  <link name="base"><visual><geometry><mesh filename="link.stl"/></geometry></visual></link>
  <link name="arm"><visual><origin xyz="1 0 0"/><geometry><mesh filename="link.stl"/></geometry></visual></link>
  <link name="hand"><visual><geometry><box size="1 1 1"/></geometry></visual></link>
  <joint name="turn" type="revolute"><parent link="base"/><child link="arm"/><axis xyz="0 0 1"/>
    <limit lower="-4" upper="4" effort="1" velocity="1"/></joint>
  <joint name="slide" type="prismatic"><parent link="arm"/><child link="hand"/><axis xyz="0 0 1"/>
    <limit lower="-4" upper="4" effort="1" velocity="1"/></joint>
  <joint name="glue" type="fixed"><parent link="base"/><child link="plate"/></joint>
  <link name="plate"/>
</robot>
"""


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    """A folder with a box of 1000 x 500 x 200, a file of two cubes, and a robot."""
    write_box_stl(tmp_path / "box.stl", (1000, 500, 200))
    write_obj(tmp_path / "two.obj", {"left": (-2, 0, 0), "right": (2, 0, 0)})
    write_box_stl(tmp_path / "link.stl", (1, 1, 1))
    (tmp_path / "robot.urdf").write_text(URDF)
    return tmp_path


def load(folder: Path, text: str, **options: object) -> Scene:
    file = folder / "cell.toml"
    file.write_text(text)
    return load_layout(file, **options)  # type: ignore[arg-type]


def said(folder: Path, text: str) -> list[str]:
    with pytest.raises(LayoutMistakes) as caught:
        load(folder, text)
    assert caught.value.file == str(folder / "cell.toml")
    return [f"line {m.line}: {m.defect}" for m in caught.value.mistakes]


BOX = '[[parts]]\nid = "box"\nfile = "box.stl"\nunit = "mm"\n'


def box_of(scene: Scene, id_: str) -> list[list[float]]:
    bounds = scene.by_id[id_].bounds
    assert bounds is not None
    return np.round(bounds, 9).tolist()


def test_a_single_part_has_the_id_of_its_entry_and_the_stated_unit_and_pose(cell: Path) -> None:
    scene = load(
        cell,
        BOX + 'name = "Big box"\nrole = "machine"\ngroups = ["b", "a"]\nmoving = true\nuncertainty_mm = 2\n'
        'color = "#ff000080"\nposition_mm = [2000, 0, 100]\nrotation_deg = [0, 0, 90]\nscale = [2, 1, 1]\n',
    )
    (part,) = scene
    assert (part.id, part.name, part.path) == ("box", "Big box", ("box",))
    assert (part.role, part.groups, part.moving, part.uncertainty) == (Role.MACHINE, ("a", "b"), True, 0.002)
    assert part.color == (1.0, 0.0, 0.0, 128 / 255)
    # Scale along the file's x comes first, then the turn, then the position.
    assert box_of(scene, "box") == [[1.75, -1.0, 0.0], [2.25, 1.0, 0.2]]
    assert [s.file for s in scene.sources] == ["cell.toml", "box.stl"]
    assert (scene.sources[1].unit, scene.sources[1].unit_origin) == ("mm", "layout")
    assert scene.name == "cell"


def test_many_parts_have_ids_below_the_entry(cell: Path) -> None:
    scene = load(
        cell, '[units]\nlength = "m"\n[[parts]]\nid = "pair"\nfile = "two.obj"\nposition_mm = [0, 0, 500]\n'
    )
    assert [part.id for part in scene] == ["pair/two/left", "pair/two/right"]
    assert [part.name for part in scene] == ["left", "right"]
    assert box_of(scene, "pair/two/right") == [[1.5, -0.5, 0.0], [2.5, 0.5, 1.0]]


def test_one_node_of_a_file(cell: Path) -> None:
    scene = load(cell, '[[parts]]\nid = "one"\nfile = "two.obj"\nunit = "m"\nnode = "right"\n')
    assert [part.id for part in scene] == ["one"]
    assert box_of(scene, "one") == [[1.5, -0.5, -0.5], [2.5, 0.5, 0.5]]
    assert said(cell, '[[parts]]\nid = "one"\nfile = "two.obj"\nunit = "m"\nnode = "rigth"\n') == [
        "line 5: 'two.obj' has no node 'rigth', did you mean 'right'?; use 'left', 'right', 'two', "
        "'two/left' or 'two/right'"
    ]


def test_merge_makes_one_part(cell: Path) -> None:
    scene = load(cell, '[[parts]]\nid = "a/pair"\nfile = "two.obj"\nunit = "m"\nmerge = true\n')
    (part,) = scene
    assert (part.id, part.name, part.path, part.triangles) == ("a/pair", "pair", ("a", "pair"), 24)
    assert box_of(scene, "a/pair") == [[-2.5, -0.5, -0.5], [2.5, 0.5, 0.5]]


@pytest.mark.parametrize(
    ("pose", "matrix"),
    [
        ("rotation_deg = [90, 0, 0]", [[1, 0, 0], [0, 0, -1], [0, 1, 0]]),
        ("rotation_deg = [90, 90, 0]", [[0, 1, 0], [0, 0, -1], [-1, 0, 0]]),
        (f"rotation = [0, 0, {math.pi / 2}]", [[0, -1, 0], [1, 0, 0], [0, 0, 1]]),
        ("quaternion = [1, 0, 0, 1]", [[0, -1, 0], [1, 0, 0], [0, 0, 1]]),
        ("matrix = [0,-1,0,0, 1,0,0,0, 0,0,-1,0, 0,0,0,1]", [[0, -1, 0], [1, 0, 0], [0, 0, -1]]),
        ("scale = -2", [[-2, 0, 0], [0, -2, 0], [0, 0, -2]]),
    ],
)
def test_rotations(cell: Path, pose: str, matrix: list[list[float]]) -> None:
    (part,) = load(cell, f'[[parts]]\nid = "solid"\nbox_m = [1, 2, 3]\n{pose}\n')
    np.testing.assert_allclose(part.world_from_mesh[:3, :3], matrix, atol=1e-12)


def test_solids_and_their_sharing(cell: Path) -> None:
    scene = load(
        cell,
        '[[parts]]\nid = "a"\nbox_mm = [1000, 2000, 3000]\nposition_m = [0, 0, 1.5]\nuncertainty_mm = 1\n'
        '[[parts]]\nid = "b"\nbox_m = [1, 2, 3]\n'
        '[[parts]]\nid = "c"\ncylinder_mm = [100, 2000]\n[[parts]]\nid = "d"\nsphere_cm = 5\n',
    )
    assert box_of(scene, "a") == [[-0.5, -1, 0], [0.5, 1, 3]]
    assert scene.by_id["a"].mesh is scene.by_id["b"].mesh
    assert scene.by_id["a"].uncertainty == 0.001
    assert box_of(scene, "c") == [[-0.1, -0.1, -1], [0.1, 0.1, 1]]
    assert box_of(scene, "d") == [[-0.05, -0.05, -0.05], [0.05, 0.05, 0.05]]
    assert 0.0 < scene.by_id["c"].uncertainty < 0.0005


def test_the_same_file_is_one_mesh_however_often_it_stands(cell: Path) -> None:
    entries = "".join(f'[[parts]]\nid = "box_{i}"\nfile = "box.stl"\nunit = "mm"\n' for i in range(5))
    scene = load(cell, entries)
    assert len(scene.meshes) == 1
    assert [s.file for s in scene.sources] == ["cell.toml", "box.stl"]


def test_repeats(cell: Path) -> None:
    scene = load(cell, BOX + "position_mm = [500, 0, 0]\ncount = [3, 1, 2]\npitch_mm = [2000, 0, -1000]\n")
    assert [p.id for p in scene] == ["box[0,0]", "box[0,1]", "box[1,0]", "box[1,1]", "box[2,0]", "box[2,1]"]
    assert box_of(scene, "box[2,1]") == [[4.0, -0.25, -1.1], [5.0, 0.25, -0.9]]
    assert len(scene.meshes) == 1
    scene = load(
        cell, '[[parts]]\nid = "p"\nfile = "two.obj"\nunit = "m"\ncount = [1, 2, 1]\npitch_m = [0, 3, 0]\n'
    )
    assert [p.id for p in scene] == ["p[0]/two/left", "p[0]/two/right", "p[1]/two/left", "p[1]/two/right"]
    assert [p.path for p in scene][3] == ("p[1]", "two", "right")


def test_units_come_from_entry_table_and_caller_in_this_order(cell: Path) -> None:
    entry = '[[parts]]\nid = "box"\nfile = "box.stl"\n'
    options = ReadOptions(default_unit="in", unit_origin="command line")
    for text, unit, origin in (
        (BOX, "mm", "layout"),
        ('[units]\nlength = "cm"\n' + entry, "cm", "layout"),
        ('[units]\nlength = "cm"\n' + entry + 'unit = "m"\n', "m", "layout"),
        (entry, "in", "command line"),
    ):
        source = load(cell, text, options=options).sources[1]
        assert (source.unit, source.unit_origin) == (unit, origin)
    assert said(cell, entry) == [
        "line 3: 'box.stl' states no length unit; give this entry a unit (most CAD exports are in 'mm', most robot "
        "meshes in 'm'), or set [units] length for all such files"
    ]
    assert said(cell, '[[parts]]\nid = "r"\nfile = "robot.urdf"\nunit = "mm"\n') == [
        "line 4: found 'mm', but its format fixes 'm'; leave the unit out (to resize a part on purpose use scale)"
    ]


def test_up_axis_of_a_file_that_does_not_say(cell: Path) -> None:
    assert box_of(load(cell, BOX + 'up_axis = "Y"\n'), "box") == [[-0.5, -0.1, -0.25], [0.5, 0.1, 0.25]]
    assert box_of(load(cell, '[units]\nup_axis = "Y"\n' + BOX), "box") == [
        [-0.5, -0.1, -0.25],
        [0.5, 0.1, 0.25],
    ]


ROBOT = '[[robots]]\nid = "arm_1"\nfile = "robot.urdf"\nposition_mm = [0, 0, 1000]\n'


def test_robots_stand_as_their_joints_say(cell: Path) -> None:
    scene = load(cell, ROBOT + "joints_deg = { turn = 90 }\njoints_mm = { slide = 500 }\n")
    assert [part.id.split("/")[:2] for part in scene] == [
        ["arm_1", "base"],
        ["arm_1", "arm"],
        ["arm_1", "hand"],
    ]
    assert {(part.role, part.groups, part.moving) for part in scene} == {(Role.ROBOT, ("arm_1",), True)}
    arm, hand = scene.parts[1], scene.parts[2]
    np.testing.assert_allclose(arm.world_from_mesh[:3, 3], [0, 1, 1], atol=1e-12)
    np.testing.assert_allclose(hand.world_from_mesh[:3, 3], [0, 0, 1.5], atol=1e-12)
    assert [s.file for s in scene.sources] == ["cell.toml", "robot.urdf", "link.stl"]


CELL = """<robot name="cell">
  <link name="world"><visual><geometry><box size="9 9 0.1"/></geometry></visual></link>
  {links}
  <joint name="f" type="fixed"><parent link="world"/><child link="fence"/></joint>
  <joint name="a" type="fixed"><parent link="world"/><child link="a_base"/></joint>
  <joint name="a1" type="revolute"><parent link="a_base"/><child link="a_arm"/>
    <limit lower="-1" upper="1" effort="1" velocity="1"/></joint>
  <joint name="a2" type="fixed"><parent link="a_arm"/><child link="tool"/></joint>
  <joint name="b" type="fixed"><parent link="world"/><child link="b_base"/></joint>
  {last}
</robot>
"""


def test_what_stands_beside_a_robot_in_its_file_is_no_robot_and_two_mechanisms_are_two_groups(
    cell: Path,
) -> None:
    names = ("fence", "a_base", "a_arm", "tool", "b_base", "b_arm")
    box = '<link name="{}"><visual><geometry><box size="1 1 1"/></geometry></visual></link>'
    links = "\n".join(box.format(name) for name in names)
    for kind, groups in (
        ("fixed", {"a_base": "c", "a_arm": "c", "tool": "c", "b_base": "c/b_base", "b_arm": "c/b_arm"}),
        ("continuous", {"a_base": "c/a_base", "a_arm": "c/a_base", "tool": "c/a_base", "b_base": "c/b_base",
                        "b_arm": "c/b_base"}),
    ):  # fmt: skip
        last = f'<joint name="b1" type="{kind}"><parent link="b_base"/><child link="b_arm"/></joint>'
        (cell / "cell.urdf").write_text(CELL.format(links=links, last=last))
        scene = load(cell, '[[robots]]\nid = "c"\nfile = "cell.urdf"\n')
        of_link = {part.path[1]: part for part in scene}
        assert {link: part.groups for link, part in of_link.items()} == {
            link: (group,) for link, group in (groups | {"world": "c/world", "fence": "c/fence"}).items()
        }
        robots = {link for link, part in of_link.items() if part.role is Role.ROBOT}
        assert robots == ({"a_base", "a_arm", "tool"} | ({"b_base", "b_arm"} if kind != "fixed" else set()))
        assert {link for link, part in of_link.items() if part.moving} == robots


def test_two_robots_share_their_meshes(cell: Path) -> None:
    scene = load(cell, ROBOT + ROBOT.replace("arm_1", "arm_2") + "joints_deg = { turn = 10 }\n")
    assert len(scene) == 6
    assert len(scene.meshes) == 2


def test_joints_that_do_not_exist_or_move_otherwise(cell: Path) -> None:
    assert said(
        cell, ROBOT + "[robots.joints_deg]\ntrun = 1\nslide = 3\nglue = 1\n[robots.joints_mm]\nturn = 1\n"
    ) == [
        "line 6: 'robot.urdf' has no movable joint 'trun', did you mean 'turn'?; use 'turn' or 'slide'",
        "line 7: the joint 'slide' slides: give a length, in [robots.joints_mm]",
        "line 8: 'robot.urdf' has no movable joint 'glue'; use 'turn' or 'slide'",
        "line 10: the joint 'turn' turns: give an angle, in [robots.joints_deg]",
    ]


def test_later_assignments_win_and_a_list_takes_away(cell: Path) -> None:
    text = (
        '[units]\nlength = "m"\n[[parts]]\nid = "pair"\nfile = "two.obj"\nrole = "other"\n'
        '[[assign]]\nmatch = "pair"\nrole = "fence"\nmoving = true\ngroups = ["g"]\ncolor = "#000000"\n'
        '[[assign]]\nmatch = ["*", "!part:*left"]\nrole = "door"\nuncertainty_mm = 3\n'
        '[groups]\nall_doors = ["role:door"]\nall = ["group:all_doors", "pair/two/left"]\n'
    )
    left, right = load(cell, text)
    assert (left.role, left.groups, left.moving, left.uncertainty) == (Role.FENCE, ("all", "g"), True, 0.0)
    assert (right.role, right.groups, right.uncertainty) == (Role.DOOR, ("all", "all_doors", "g"), 0.003)
    assert left.color == (0.0, 0.0, 0.0, 1.0)


def test_assignments_may_choose_by_group(cell: Path) -> None:
    text = BOX + '[groups]\nmine = ["box"]\n[[assign]]\nmatch = "group:mine"\nrole = "tool"\n'
    assert load(cell, text).by_id["box"].role is Role.TOOL


def test_exclude_leaves_out_and_says_so(cell: Path) -> None:
    text = BOX + '[[parts]]\nid = "ball"\nsphere_mm = 100\n[[assign]]\nmatch = "ball"\nexclude = true\n'
    scene = load(cell, text)
    assert [part.id for part in scene] == ["box"]
    (notice,) = [n for n in scene.notices if n.code == "excluded"]
    assert (notice.severity, notice.data["parts"]) == (Severity.INFO, ["ball"])
    text += '[[assign]]\nmatch = "*"\nexclude = false\n'
    assert len(load(cell, text)) == 2


def test_an_assignment_that_matches_nothing_is_a_warning_with_a_suggestion(cell: Path) -> None:
    scene = load(cell, BOX + '[[assign]]\nmatch = ["boxx", "box"]\nrole = "tool"\n')
    (notice,) = [n for n in scene.notices if n.code == "assign-unmatched"]
    assert notice.severity == Severity.WARNING
    assert notice.place == "line 6, assign[0].match[0]"
    assert notice.text["en"] == "the selector 'boxx' matches no part, did you mean 'box'?"
    assert notice.text["fr"] == "le sélecteur « boxx » ne désigne aucune pièce, vouliez-vous dire 'box'?"
    assert scene.by_id["box"].role is Role.TOOL


@pytest.mark.parametrize(
    ("table", "defect"),
    [
        (
            '[groups]\ng = ["box", "bxo"]',
            "line 6: 'bxo' matches no part, did you mean 'box'?; top-level ids: use 'box'",
        ),
        (
            '[[doors]]\nid = "d"\nposition = [0,0,0]\nwidth = 1\nheight = 2\nparts = ["part:leaf"]',
            "line 10: 'part:leaf' matches no part; top-level ids: use 'box'",
        ),
        (
            '[[hazard_zones]]\nid = "z"\nselect = ["role:robt"]',
            "line 7: unknown role 'robt', did you mean 'robot'?; use ",
        ),
        ('[[hazard_zones]]\nid = "z"\nselect = ["role:robot"]', "line 7: 'role:robot' matches no part; "),
        (
            '[[safeguards]]\nid = "s"\nkind = "mat"\nparts = ["group:box"]',
            "line 8: 'group:box' matches no part, did you mean 'group:box'?; "
            if False
            else "line 8: 'group:box' matches",
        ),
        (
            '[[assign]]\nmatch = "role:fense"\nrole = "fence"',
            "line 6: unknown role 'fense', did you mean 'fence'?; use ",
        ),
        (
            '[[parts]]\nid = "a/b"\nbox = [1,1,1]\n[[parts]]\nid = "a"\nbox = [1,1,1]\n[groups]\nx = ["a/c"]',
            "line 12: ",
        ),
    ],
)
def test_references_to_parts_that_do_not_exist(cell: Path, table: str, defect: str) -> None:
    (found,) = said(cell, BOX + table + "\n")
    assert found.startswith(defect)


def test_parts_of_two_entries_may_not_have_one_id(cell: Path) -> None:
    text = (
        '[[parts]]\nid = "pair/two/left"\nsphere = 1\n[[parts]]\nid = "pair"\nfile = "two.obj"\nunit = "m"\n'
    )
    assert said(cell, text) == ["line 5: a part 'pair/two/left' comes from the entry 'pair/two/left' already"]


def test_a_missing_file_leaves_the_rest_and_an_error_that_names_the_entry(cell: Path) -> None:
    scene = load(cell, BOX + '[[parts]]\nid = "fence"\nfile = "fence.stl"\nunit = "mm"\nrole = "fence"\n')
    assert [part.id for part in scene] == ["box"]
    (notice,) = scene.notices
    assert (notice.code, notice.severity, notice.subject) == ("missing-file", Severity.ERROR, "fence")
    assert (notice.file, notice.place) == ("fence.stl", "line 7, parts[1].file")
    assert "fence.stl does not exist" in notice.text["en"]
    assert "n’existe pas" in notice.text["fr"]


@pytest.mark.parametrize("data", [b"", b"solid x\nfacet", b"\x89PNG\r\n\x1a\n" + b"0" * 100])
def test_a_broken_file_leaves_the_rest_and_an_error_that_names_the_entry(cell: Path, data: bytes) -> None:
    (cell / "bad.stl").write_bytes(data)
    scene = load(cell, BOX + '[[parts]]\nid = "bad"\nfile = "bad.stl"\nunit = "mm"\n')
    assert [part.id for part in scene] == ["box"]
    (notice,) = scene.notices
    assert (notice.code, notice.severity, notice.subject) == ("unreadable-file", Severity.ERROR, "bad")
    assert "bad.stl" in notice.text["en"]


def test_what_names_a_missing_part_is_no_mistake_of_the_layout(cell: Path) -> None:
    text = (
        BOX + '[[parts]]\nid = "fence"\nfile = "fence.stl"\nunit = "mm"\nrole = "fence"\n'
        '[groups]\nguards = ["part:fence/panel", "role:fence"]\n[[assign]]\nmatch = "fence"\nrole = "wall"\n'
        '[[hazard_zones]]\nid = "z"\nselect = ["fence"]\n'
    )
    assert [n.code for n in load(cell, text).notices] == ["missing-file"]


@pytest.mark.parametrize(
    "file",
    [
        "../outside.stl", "sub/../../outside.stl", "/etc/passwd", "C:\\\\x.stl", "\\\\\\\\server\\\\x.stl", "..\\\\outside.stl",
        "http://example.org/x.stl", "file:///etc/passwd", "asset:../pyproject.toml", "asset:/etc/passwd", "link.out.stl",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_folder(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_box_stl(tmp_path / "outside.stl", (1, 1, 1))
    (folder / "link.out.stl").symlink_to(tmp_path / "outside.stl")
    (found,) = said(folder, f'[[parts]]\nid = "a"\nfile = "{file}"\nunit = "mm"\n')
    assert found.startswith("line 3: ")


def test_assets_of_the_program(cell: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assets = tmp_path / "somewhere" / "assets"
    (assets / "cells").mkdir(parents=True)
    write_box_stl(assets / "cells" / "box.stl", (100, 100, 100))
    monkeypatch.setattr(files_module, "resource", lambda name: tmp_path / "somewhere" / name)
    scene = load(cell, '[[parts]]\nid = "a"\nfile = "asset:cells/box.stl"\nunit = "mm"\n')
    assert scene.sources[1].file == "asset:cells/box.stl"
    assert scene.parts[0].source == "asset:cells/box.stl"
    absent = load(cell, '[[parts]]\nid = "a"\nfile = "asset:cells/none.stl"\nunit = "mm"\n')
    assert absent.notices[0].file == "asset:cells/none.stl"


def test_a_placement_keeps_its_ids_and_roles_below_the_entry(cell: Path) -> None:
    pose = np.eye(4)
    pose[:3, 3] = [1, 2, 3]
    parts = [
        {"id": f"{name}/visual", "category": kind, "role": "visual", "file": None, "world_from_part": pose.tolist(),
         "primitive": {"type": "box", "size": [1, 1, 1]}}
        for name, kind in (("r1", "robot"), ("t1", "table"))
    ]  # fmt: skip
    document = {
        "format": "cell-placement",
        "version": 1,
        "length_unit": "metre",
        "up_axis": "+Z",
        "parts": parts,
    }
    (cell / "placement.json").write_text(json.dumps(document))
    text = '[[parts]]\nid = "hall"\nfile = "placement.json"\nposition_mm = [0, 0, 1000]\n'
    scene = load(cell, text)
    assert [(p.id, p.role) for p in scene] == [
        ("hall/r1/visual", Role.ROBOT),
        ("hall/t1/visual", Role.FURNITURE),
    ]
    assert box_of(scene, "hall/t1/visual") == [[0.5, 1.5, 3.5], [1.5, 2.5, 4.5]]
    scene = load(cell, text + '[[assign]]\nmatch = "hall/r1"\nrole = "machine"\n')
    assert scene.by_id["hall/r1/visual"].role is Role.MACHINE


def test_the_station_arrives_with_places(cell: Path) -> None:
    scene = load(
        cell,
        '[options]\nfloor_mm = -20\n[[walkways]]\nid = "w"\npath_mm = [[0, 0], [1000, 0]]\nwidth_mm = 900\n'
        '[[hazard_zones]]\nid = "z"\nbox_mm = [[1000, 0, 0], [0, 500, 100]]\n'
        '[[rules]]\nid = "r"\ncheck = "walkway"\nmin_width_mm = 850\n'
        '[[workstations]]\nid = "s"\nposition = [0, 0, 0]\n'
        '[[workstations.work_points]]\nid = "p"\nposition = [0, 1, 1]\napproach = [0, 3, 4]\n',
    )
    station = scene.station
    assert station is not None
    assert (station.floor, station.walkways[0].floor, station.walkways[0].width) == (-0.02, -0.02, 0.9)
    assert station.hazard_zones[0].box == ((0.0, 0.0, 0.0), (1.0, 0.5, 0.1))
    assert station.rules[0].params == {"min_width_mm": 850}
    assert str(station.rules[0].origin) == "cell.toml, line 10: rules[0]"
    assert (
        str(station.workstations[0].work_points[0].origin)
        == "cell.toml, line 17: workstations[0].work_points[0]"
    )
    assert station.workstations[0].work_points[0].approach == (0.0, 0.6, 0.8)
    assert station.workstations[0].heading == math.pi / 2


def test_progress_names_every_entry(cell: Path) -> None:
    seen: list[tuple[str, float]] = []
    load(cell, BOX + ROBOT, progress=lambda what, fraction: seen.append((what, fraction)))
    assert seen == [("reading box", 0.0), ("reading arm_1", 0.5), ("assigning roles and groups", 1.0)]


def test_mistakes_of_several_files_are_told_at_once(cell: Path) -> None:
    text = (
        BOX.replace('unit = "mm"\n', "")
        + '[[parts]]\nid = "x"\nfile = "../x.stl"\n'
        + ROBOT
        + "joints = { q = 1 }\n"
    )
    with pytest.raises(LayoutError, match="3 mistakes"):
        load(cell, text)


def test_a_rule_of_a_check_that_does_not_exist_is_told_with_its_place(cell: Path) -> None:
    from immersive.checks._run import rules_for

    scene = load(cell, BOX + '[[rules]]\nid = "r"\ncheck = "clearence"\n')
    with pytest.raises(
        LayoutError, match=r"line 5, rules\[0\]\.check: unknown check 'clearence', did you mean 'clearance'"
    ):
        rules_for(scene)
    scene = load(cell, BOX + '[[rules]]\nid = "r"\ncheck = "clearance"\nclearence_mm = 3\n')
    with pytest.raises(
        LayoutError, match=r"rules\[0\]\.clearence_mm: unknown parameter .* did you mean 'clearance_mm'"
    ):
        rules_for(scene)
