"""placement.json: poses, units and axes by closed form; claims verified; the real cells match their oracles."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from immersive.errors import InputError, UnsupportedError
from immersive.formats import placement
from immersive.formats._base import Folder, Model, ReadOptions
from immersive.formats._placement_claims import bounds
from immersive.geometry import shapes
from immersive.geometry.frames import rotation_rpy
from immersive.scene.model import Role
from immersive.units import LENGTH_UNITS


def write_stl(path: Path, size: tuple[float, float, float]) -> None:
    """A box centred on the origin, binary."""
    box = shapes.box(size)
    corners = box.vertices[box.faces].astype("<f4").reshape(-1, 9)
    rows = b"".join(b"\0" * 12 + row.tobytes() + b"\0\0" for row in corners)
    path.write_bytes(b"\0" * 80 + struct.pack("<I", len(corners)) + rows)


def pose(
    xyz: tuple[float, float, float] = (0, 0, 0), rpy: tuple[float, float, float] = (0, 0, 0)
) -> list[list[float]]:
    matrix = rotation_rpy(*rpy)
    matrix[:3, 3] = xyz
    rows: list[list[float]] = matrix.tolist()
    return rows


def part(**changes: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": "table/top", "name": "table", "category": "table", "role": "visual", "file": "box.stl",
        "file_unit_m": 0.001, "mesh_scale": [1, 1, 1], "triangles": 12, "world_from_part": pose((2, 0, 1)),
    }  # fmt: skip
    entry.update(changes)
    return {key: value for key, value in entry.items() if value is not ...}


def read(tmp_path: Path, *parts: dict[str, Any], representation: str = "visual", **document: Any) -> Model:
    write_stl(tmp_path / "box.stl", (1000, 500, 40))
    content = {
        "format": "cell-placement",
        "version": 1,
        "length_unit": "metre",
        "up_axis": "+Z",
        "parts": list(parts),
    }
    content.update(document)
    (tmp_path / "placement.json").write_text(json.dumps(content))
    options = ReadOptions(representation=representation, cache=False)
    return placement.read(Folder(tmp_path), "placement.json", options)


def box(model: Model) -> np.ndarray:
    found = bounds(model.instances, LENGTH_UNITS[model.unit or ""])
    assert found is not None
    return found


def codes(model: Model) -> list[str]:
    return [notice.code for notice in model.notices]


def test_pose_scale_and_unit_multiply_as_documented(tmp_path: Path) -> None:
    model = read(tmp_path, part(mesh_scale=[1, 2, 10]))
    (only,) = model.instances
    assert only.path == ("table", "top")
    assert only.role == Role.FURNITURE
    assert only.source == "box.stl"
    assert (model.unit, model.up_axis) == ("m", "Z")
    assert box(model) == pytest.approx(np.array([[1.5, -0.5, 0.8], [2.5, 0.5, 1.2]]))
    assert codes(model) == []
    assert model.references == ("box.stl",)


def test_a_turned_part_fills_the_box_it_claims(tmp_path: Path) -> None:
    entry = part(
        world_from_part=pose((1, 2, 3), (0, 0, np.pi / 2)),
        bbox_world_m=[[0.75, 1.5, 2.98], [1.25, 2.5, 3.02]],
    )
    assert codes(read(tmp_path, entry)) == []


@pytest.mark.parametrize(
    ("unit", "factor"), [("metre", 1.0), ("millimetre", 1000.0), ("inch", 1 / 0.0254), ("mm", 1000)]
)
def test_the_documents_unit_holds_for_poses_and_primitives_only(
    tmp_path: Path, unit: str, factor: float
) -> None:
    """The same cell in any unit fills the same box in metres."""
    claimed = [[1.5, -0.25, 0.98], [2.5, 0.25, 1.02]]
    file = part(world_from_part=pose((2 * factor, 0, 1 * factor)), bbox_world_m=claimed)
    size = [factor * 1.0, factor * 0.5, factor * 0.04]
    solid = part(id="solid", file=None, primitive={"type": "box", "size": size}, world_from_part=file["world_from_part"], bbox_world_m=claimed)  # fmt: skip
    model = read(tmp_path, file, solid, length_unit=unit)
    assert box(model) == pytest.approx(np.array(claimed))
    assert codes(model) == []


def test_primitives_do_not_depend_on_the_unit_for_their_chords(tmp_path: Path) -> None:
    counts = []
    for unit, factor in (("metre", 1.0), ("mm", 1000.0)):
        entry = part(
            file=None, primitive={"type": "cylinder", "radius": 0.5 * factor, "length": factor}, triangles=128
        )
        model = read(tmp_path, entry, length_unit=unit)
        (only,) = model.instances
        counts.append(len(only.mesh.faces))
        assert only.mesh.deflection * LENGTH_UNITS[model.unit or ""] <= 5e-4
        assert codes(model) == []  # the number of chords is ours to choose
    assert counts[0] == counts[1] > 128


def test_a_y_up_document_is_handed_on_as_such(tmp_path: Path) -> None:
    assert read(tmp_path, part(), up_axis="+Y").up_axis == "Y"
    assert read(tmp_path, part(), up_axis="Y_UP").up_axis == "Y"


def test_one_file_is_one_mesh_and_the_order_is_kept(tmp_path: Path) -> None:
    names = ["c", "a", "b"]
    model = read(tmp_path, *(part(id=name, world_from_part=pose((i, 0, 0))) for i, name in enumerate(names)))
    assert [item.name for item in model.instances] == names
    assert len({id(item.mesh) for item in model.instances}) == 1


def test_colour_role_and_moving_follow_from_the_entry(tmp_path: Path) -> None:
    cases = {"robot": ("robot", True), "fence": ("fence", False), "bin": ("container", False), "agv": ("vehicle", True),
             "floor_marking": ("marking", False), "no such thing": ("", False), "conveyor": ("conveyor", False)}  # fmt: skip
    entries = [part(id=f"p{i}", category=name, color_rgba=[1, 0.5, 0, 2]) for i, name in enumerate(cases)]
    model = read(tmp_path, *entries)
    assert [(item.role, item.moving) for item in model.instances] == list(cases.values())
    assert {item.color for item in model.instances} == {(1.0, 0.5, 0.0, 1.0)}
    assert set(placement.ROLES.values()) <= set(Role)
    building = read(
        tmp_path, *(part(id=f"hall/{n}", category="building") for n in ("wall", "floor", "roof_visual"))
    )
    assert [item.role for item in building.instances] == ["wall", "floor", "ceiling"]


def test_only_the_representation_asked_for_is_shown(tmp_path: Path) -> None:
    both = (part(id="v"), part(id="c", role="collision"))
    assert [item.name for item in read(tmp_path, *both).instances] == ["v"]
    assert [item.name for item in read(tmp_path, *both, representation="collision").instances] == ["c"]
    model = read(tmp_path, part(), representation="collision")
    assert (model.instances, codes(model)) == ((), ["no-such-representation"])


# What is claimed --------------------------------------------------------------------------


def test_claims_that_do_not_hold_are_said_with_both_values(tmp_path: Path) -> None:
    model = read(tmp_path, part(triangles=13, bbox_world_m=[[1.5, -0.25, 0.98], [2.5, 0.25, 1.025]]))
    triangles, moved = model.notices
    assert (triangles.code, triangles.severity, triangles.subject) == (
        "triangles-differ",
        "warning",
        "table/top",
    )
    assert triangles.data == {"claimed": 13, "found": 12}
    assert moved.code == "box-differs"
    assert moved.data["difference"] == pytest.approx(0.005)
    assert "5.0\u00a0mm" in moved.text["en"]
    assert "5,0\u00a0mm" in moved.text["fr"]


@pytest.mark.parametrize(("off", "says"), [(0.0009, []), (0.0011, ["box-differs"])])
def test_a_millimetre_is_within_what_is_claimed(tmp_path: Path, off: float, says: list[str]) -> None:
    assert codes(read(tmp_path, part(bbox_world_m=[[1.5, -0.25, 0.98 - off], [2.5, 0.25, 1.02]]))) == says


def test_totals_are_verified(tmp_path: Path) -> None:
    good = {
        "visual_parts": 1,
        "visual_triangles": 12,
        "visual_bbox_world_m": [[1.5, -0.25, 0.98], [2.5, 0.25, 1.02]],
    }
    assert codes(read(tmp_path, part(), totals=good)) == []
    assert codes(read(tmp_path, part(), totals={**good, "visual_parts": 2})) == ["totals-differ"]
    assert codes(read(tmp_path, part(), totals={**good, "visual_triangles": 13})) == ["totals-differ"]
    moved = {**good, "visual_bbox_world_m": [[1.5, -0.25, 0.0], [2.5, 0.25, 1.02]]}
    assert codes(read(tmp_path, part(), totals=moved)) == ["box-differs"]


def test_a_unit_that_contradicts_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "d.dae").write_text(
        '<COLLADA><asset><unit meter="1"/><up_axis>Y_UP</up_axis></asset><library_geometries><geometry id="g"><mesh>'
        '<source id="p"><float_array id="a" count="9">0 0 0 1 0 0 0 2 0</float_array></source>'
        '<vertices id="v"><input semantic="POSITION" source="#p"/></vertices><triangles count="1">'
        '<input semantic="VERTEX" source="#v" offset="0"/><p>0 1 2</p></triangles></mesh></geometry></library_geometries>'
        "</COLLADA>"
    )
    model = read(tmp_path, part(file="d.dae", file_unit_m=0.001, triangles=1))
    assert codes(model) == ["no-scene", "unit-contradicts"]
    # The up axis of the file is not applied; the unit of the placement is.
    assert np.ptp(box(model), axis=0) == pytest.approx(np.array([0.001, 0.002, 0.0]))
    assert codes(read(tmp_path, part(file="d.dae", file_unit_m=1.0, triangles=1))) == ["no-scene"]


# Defects ----------------------------------------------------------------------------------


def test_a_missing_file_leaves_the_rest_and_an_error(tmp_path: Path) -> None:
    model = read(tmp_path, part(id="gone", file="no/such.stl"), part(id="there"))
    assert [item.name for item in model.instances] == ["there"]
    (notice,) = model.notices
    assert (notice.code, notice.severity, notice.subject) == ("missing-file", "error", "gone")
    assert "no/such.stl" in notice.text["en"]
    assert "no/such.stl" in notice.text["fr"]


def test_a_damaged_file_refuses_the_whole(tmp_path: Path) -> None:
    (tmp_path / "bad.stl").write_bytes(b"\0" * 80 + struct.pack("<I", 1000) + b"\0" * 60)
    with pytest.raises(InputError, match=r"bad\.stl"):
        read(tmp_path, part(), part(id="b", file="bad.stl"))


def test_equal_ids_are_said(tmp_path: Path) -> None:
    model = read(tmp_path, part(), part())
    assert len(model.instances) == 2
    (notice,) = model.notices
    assert (notice.code, notice.subject, notice.data["count"]) == ("duplicate-id", "table/top", 2)


SHEARED = [[1, 0.1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
MIRRORED = [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"world_from_part": [[1, 0, 0, None], *pose()[1:]]}, "None"),
        ({"world_from_part": [[1, 0, 0, float("nan")], *pose()[1:]]}, "nan"),
        ({"world_from_part": [[1, 0, 0, True], *pose()[1:]]}, "True"),
        ({"world_from_part": pose()[:3]}, "4 rows"),
        ({"world_from_part": ...}, "4 rows"),
        ({"world_from_part": SHEARED}, "sheared"),
        ({"world_from_part": MIRRORED}, "mirrored"),
        ({"world_from_part": [*pose()[:3], [0, 0, 1, 1]]}, "last row"),
        ({"mesh_scale": [1, 0, 1]}, "mesh_scale of zero"),
        ({"mesh_scale": [1, 1]}, "list of 3 numbers"),
        ({"file_unit_m": 0}, "must be positive"),
        ({"file_unit_m": "mm"}, "finite number"),
        ({"file": ...}, "neither a file nor a primitive"),
        ({"file": 7}, "must be a path"),
        ({"role": "visula"}, "did you mean 'visual'"),
        ({"file": None, "primitive": {"type": "torus"}}, "'torus'"),
        ({"file": None, "primitive": {"type": "box", "size": [1, 0, 1]}}, "positive"),
        ({"file": "../../etc/passwd"}, "leaves the folder"),
        ({"file": "/etc/passwd"}, "absolute"),
        ({"file": "http://127.0.0.1/x.stl"}, "no address is fetched"),
    ],
)
def test_a_part_that_cannot_be_placed_is_named(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read(tmp_path, part(id="good"), part(id="wrong/one", **changes))
    assert "part 'wrong/one'" in str(caught.value)
    assert str(caught.value).startswith("placement.json")


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"length_unit": "furlong"}, "furlong"),
        ({"length_unit": None}, "must state its unit"),
        ({"up_axis": "+X"}, r"use '\+Z' or '\+Y'"),
        ({"format": "other"}, "'other'"),
        ({"version": 2}, "version 2"),
        ({"handedness": "left"}, "left-handed"),
        ({"parts": {}}, "no list of parts"),
        ({"parts": ["x"]}, r"parts\[0\]"),
        ({"parts": [{"id": "  "}]}, "must have an id"),
    ],
)
def test_a_document_that_is_none_says_what_is_due(
    tmp_path: Path, document: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        read(tmp_path, part(), **document)


def test_text_that_is_no_json_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"format": "cell-placement",\n "parts": [}')
    with pytest.raises(InputError, match="line 2"):
        placement.read(Folder(tmp_path), "p.json", ReadOptions())
    (tmp_path / "p.json").write_bytes(b'{"format": "\xff"}')
    with pytest.raises(InputError, match="UTF-8"):
        placement.read(Folder(tmp_path), "p.json", ReadOptions())


def test_a_placement_does_not_place_placements(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="no mesh file"):
        read(tmp_path, part(file="placement.json"))


def test_sniffing() -> None:
    assert placement.sniff(b'\xef\xbb\xbf{\n "format": "cell-placement"')
    assert not placement.sniff(b'{"format": "other"}')


# Real cells -------------------------------------------------------------------------------

CELLS = [
    ("cell-ariac/placement.json", "visual", 164, 339_174), ("cell-ariac/placement.json", "collision", 100, 72_678),
    ("cell-twc/placement-positioner.json", "visual", 30, 428_954), ("cell-twc/placement-positioner.json", "collision", 29, 297_862),
    ("cell-twc/placement-rail.json", "visual", 24, 413_206), ("cell-twc/placement-rail.json", "collision", 23, 282_114),
]  # fmt: skip
ROBOTS = ["abb_irb2400_12_155", "fanuc_lrmate200id", "fanuc_m20ib25", "gripper_robotiq_2f85", "kuka_kr10_r1100_2",
          "kuka_lbr_iiwa14_r820", "motoman_hc10", "staubli_tx2_90", "ur10e"]  # fmt: skip


def assert_matches_its_oracle(shared: Path, name: str, representation: str) -> Model:
    """Every box to the rounding of its five decimals, every triangle count, and nothing unclaimed."""
    model = placement.read(
        Folder(shared / "cells"), name, ReadOptions(representation=representation, cache=False)
    )
    claims = [
        p for p in json.loads((shared / "cells" / name).read_text())["parts"] if p["role"] == representation
    ]
    assert ["/".join(item.path) for item in model.instances] == [claim["id"] for claim in claims]
    for item, claim in zip(model.instances, claims, strict=True):
        assert len(item.mesh.faces) == claim["triangles"], claim["id"]
        found = bounds([item], 1.0)
        assert found == pytest.approx(np.array(claim["bbox_world_m"]), abs=2e-5), claim["id"]
    assert {n.code for n in model.notices} <= {"lines-left-out"}
    return model


@pytest.mark.shared
@pytest.mark.parametrize(("name", "representation", "parts", "triangles"), CELLS)
def test_real_cells_match_every_box(
    shared: Path, name: str, representation: str, parts: int, triangles: int
) -> None:
    model = assert_matches_its_oracle(shared, name, representation)
    assert len(model.instances) == parts
    assert sum(len(item.mesh.faces) for item in model.instances) == triangles
    files = {item.source for item in model.instances if item.source}
    assert len({id(item.mesh) for item in model.instances if item.source}) == len(files)


@pytest.mark.shared
@pytest.mark.parametrize("robot", ROBOTS)
@pytest.mark.parametrize("representation", ["visual", "collision"])
def test_real_robots_match_every_box(shared: Path, robot: str, representation: str) -> None:
    assert_matches_its_oracle(shared, f"robots/{robot}/placement.json", representation)


def derived(shared: Path, name: str) -> Model:
    return placement.read(Folder(shared / "cells"), f"broken/derived/{name}.json", ReadOptions(cache=False))


@pytest.mark.shared
@pytest.mark.parametrize("name", ["placement_null_pose", "placement_sheared_pose"])
def test_broken_poses_are_refused_by_part(shared: Path, name: str) -> None:
    with pytest.raises(InputError, match="part 'positioner_link_1/visual0'"):
        derived(shared, name)


@pytest.mark.shared
def test_broken_placements_load_with_what_is_wrong(shared: Path) -> None:
    assert "duplicate-id" in codes(derived(shared, "placement_duplicate_id"))
    missing = derived(shared, "placement_missing_file")
    assert len(missing.instances) == 3
    assert [n.subject for n in missing.notices if n.code == "missing-file"] == ["part_link/visual0"]
    mixed = derived(shared, "placement_mixed_unit")
    assert {"unit-contradicts", "box-differs"} <= set(codes(mixed))


@pytest.mark.shared
def test_a_cell_may_not_reach_out_of_its_own_folder(shared: Path, tmp_path: Path) -> None:
    shutil.copy(shared / "cells/broken/derived/placement_duplicate_id.json", tmp_path / "p.json")
    with pytest.raises(InputError, match="leaves the folder"):
        placement.read(Folder(tmp_path), "p.json", ReadOptions(cache=False))
