"""Every STL, OBJ and PLY of the real, odd and broken files against what is known of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from immersive.errors import InputError
from immersive.formats.load import load
from immersive.scene.model import Scene, Severity

pytestmark = pytest.mark.shared

ENDINGS = (".stl", ".obj", ".ply")

REFUSED = {
    "assimp/crash-30d6d0f7c529b3b66b4131700b7a4580cd7082df.ply": "no 'end_header': it is cut off",
    "assimp/malformed.obj": "line 28: 'f 0 7 8 5' refers to vertex 0",
    "derived/ascii_comma_decimals.stl": "decimal comma",
    "derived/ascii_cut.stl": "cut off",
    "derived/count_lies_4e9.stl": "announces 4,294,967,295 triangles, the file holds 1,996",
    "derived/count_lies_small.stl": "announces 10 triangles, the file holds 1,996",
    "derived/git_lfs_pointer.stl": "Git LFS pointer",
    "derived/huge_face_index.obj": "line 4: a face refers to vertex 2,147,483,647, but there are 3",
    "derived/truncated_half.stl": "it is cut off",
    "derived/vertex_count_lies.ply": "announces 4,000,000,000 rows of 'vertex', the file holds at most 10",
    "tinyobjloader/invalid-relative-vertex-index.obj": "line 1: 'f -4 -3 -2' refers to a vertex before the first one",
    "tinyobjloader/issue-140-zero-face-idx.obj": "refers to vertex 0",
    "trimesh/ply_empty_header.ply": "no element 'vertex'",
}

# File → (triangles, codes that must be among the notices, what must hold of the first shape's topology)
LOADED: dict[str, tuple[int, set[str], dict[str, Any]]] = {
    "derived/starts_with_solid.stl": (1996, set(), {"zero_area": 0}),
    "derived/nan_inf_vertices.stl": (1994, {"nan-triangles", "mesh-open"}, {"open_edges": 6}),
    "derived/zero_area_third.stl": (1996, {"zero-area"}, {"zero_area": 666}),
    "derived/every_triangle_twice.stl": (
        3992,
        {"mesh-duplicates", "mesh-nonmanifold"},
        {"duplicate_faces": 1997},
    ),
    "derived/half_flipped_winding.stl": (1996, {"mesh-winding"}, {"watertight": False}),
    "derived/nonmanifold_fin.stl": (13, {"mesh-nonmanifold"}, {"nonmanifold_edges": 1, "open_edges": 2}),
    "derived/robot_link_in_mm.stl": (1996, {"unit-implausible"}, {}),
    "derived/robot_link_in_inch.stl": (1996, {"unit-implausible"}, {}),
    "derived/far_from_origin.stl": (1996, {"precision-lost", "far-from-origin", "zero-area"}, {}),
    "derived/mtllib_traversal.obj": (1, {"reference-refused"}, {}),
    # Its triangles close exactly (so says trimesh too); what is wrong with it is not its topology.
    "trimesh/busted.STL": (3878, set(), {"watertight": True}),
    "trimesh/soup.stl": (100, {"mesh-open"}, {"watertight": False, "open_edges": 300, "shells": 100}),
    "trimesh/empty.stl": (0, {"empty-part"}, {"watertight": False}),
    "trimesh/empty.obj": (0, {"empty-part"}, {"watertight": False}),
    "trimesh/jacked.obj": (12, {"colors-missing"}, {"watertight": True}),
    "trimesh/notenoughindices.obj": (1, {"malformed-lines"}, {}),
    "tinyobjloader/test-nan.obj": (34, {"nan-triangles"}, {}),
}


def _files(shared: Path, kind: str) -> list[dict[str, Any]]:
    listed = json.loads((shared / "cells" / kind / "EXPECTED.json").read_text())
    return [item for item in listed if item["file"].lower().endswith(ENDINGS)]


def _load(shared: Path, kind: str, file: str) -> Scene:
    path = shared / "cells" / kind / file
    return load(path, unit="m")


def test_every_broken_file_has_a_verdict_here(shared: Path) -> None:
    assert {item["file"] for item in _files(shared, "broken")} == set(REFUSED) | set(LOADED)


@pytest.mark.parametrize("file", REFUSED)
def test_refused_with_one_clear_error(shared: Path, file: str) -> None:
    with pytest.raises(InputError) as caught:
        _load(shared, "broken", file)
    said = str(caught.value)
    assert said.startswith(Path(file).name)
    assert REFUSED[file] in said
    assert "failed on it" not in said


@pytest.mark.parametrize("file", LOADED)
def test_loaded_and_said(shared: Path, file: str) -> None:
    triangles, codes, known = LOADED[file]
    scene = _load(shared, "broken", file)
    assert scene.triangles == triangles
    assert codes <= {notice.code for notice in scene.notices}
    for name, value in known.items():
        assert getattr(scene.parts[0].mesh.topology, name) == value, name
    assert scene.bounds is None or np.isfinite(scene.bounds).all()
    for part in scene:
        assert np.isfinite(part.mesh.vertices).all()


def test_the_robot_link_says_which_unit_was_meant(shared: Path) -> None:
    (notice,) = [
        n
        for n in _load(shared, "broken", "derived/robot_link_in_mm.stl").notices
        if n.code == "unit-implausible"
    ]
    assert notice.data["likely_unit"] == "mm"
    (notice,) = [
        n
        for n in _load(shared, "broken", "derived/robot_link_in_inch.stl").notices
        if n.code == "unit-implausible"
    ]
    assert "in" in notice.data["possible_units"]


def test_one_part_in_another_unit_is_found(shared: Path) -> None:
    scene = load(shared / "cells/broken/derived/placement_mixed_unit.json", root=shared / "cells")
    (notice,) = [item for item in scene.notices if item.code == "unit-implausible"]
    assert (notice.data["unit"], notice.data["likely_unit"]) == ("mm", "m")


def test_every_odd_file(shared: Path) -> None:
    files = _files(shared, "odd")
    assert len(files) == 35
    for item in files:
        scene = _load(shared, "odd", item["file"])
        assert scene.triangles == item["triangles_trimesh"], item["file"]
        assert not [n for n in scene.notices if n.severity is Severity.ERROR], item["file"]
        if scene.triangles:
            assert scene.bounds is not None
            extent = scene.bounds[1] - scene.bounds[0]
            np.testing.assert_allclose(extent, item["extent_file_units"], atol=6e-5, err_msg=item["file"])
        else:
            assert scene.bounds is None
            assert "empty-part" in {notice.code for notice in scene.notices}


@pytest.mark.parametrize(
    ("file", "unit", "size"),
    [("20mm-xyz-cube.stl", "mm", 0.02), ("featuretype.STL", "in", 0.127), ("large_block.STL", "mm", 4.572),
     ("featuretype.ply", "in", 0.127)],
)  # fmt: skip
def test_the_right_unit_is_silent_and_the_wrong_one_is_not(
    shared: Path, file: str, unit: str, size: float
) -> None:
    path = shared / "cells/odd/trimesh" / file
    scene = load(path, unit=unit)
    assert scene.bounds is not None
    assert (scene.bounds[1] - scene.bounds[0]).max() == pytest.approx(size, rel=1e-6)
    assert "unit-implausible" not in {notice.code for notice in scene.notices}
    assert "unit-implausible" in {notice.code for notice in load(path, unit="km").notices}


def test_an_odd_name_says_which_parts_there_are(shared: Path) -> None:
    odd = shared / "cells/odd"
    names = {
        "trimesh/multibody.stl": ["bodyB", "bodyA"],
        "trimesh/two_objects_mixed_case_names.stl": ["CubeExportedFromCAD", "TranslatedCubeExportedFromCAD"],
        "assimp/triangle_with_two_solids.stl": ["testTriangle_1", "testTriangle_2"],
        "trimesh/two_objects.obj": ["cube", "tetra"],
        "trimesh/box/box.obj": ["box"],
    }
    for file, wanted in names.items():
        assert [part.name for part in load(odd / file, unit="m")] == wanted


def test_colours_of_the_odd_files(shared: Path) -> None:
    odd = shared / "cells/odd"
    assert load(odd / "assimp/float-color.ply", unit="mm").parts[0].color == (0.0, 0.0, 1.0, 1.0)
    cube = load(odd / "trimesh/20mm-xyz-cube.stl", unit="mm").parts[0]
    assert cube.color == pytest.approx((156 / 255, 156 / 255, 156 / 255, 1.0))
    assert cube.mesh.face_colors is None


def test_a_concave_polygon_has_its_true_area(shared: Path) -> None:
    """Half the sum of the cross products round the polygon (the shoelace formula) is the truth."""
    path = shared / "cells/odd/assimp/concave_polygon.obj"
    (part,) = load(path, unit="m")
    a, b, c = part.world_triangles().transpose(1, 0, 2)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    rows = [line.split() for line in path.read_text().splitlines()]
    points = np.array([row[1:4] for row in rows if row[:1] == ["v"]], np.float64)
    (face,) = [row[1:] for row in rows if row[:1] == ["f"]]
    loop = points[[int(word.split("/")[0]) - 1 for word in face]]
    truth = np.linalg.norm(np.cross(loop, np.roll(loop, -1, axis=0)).sum(axis=0)) / 2
    assert area == pytest.approx(truth, rel=1e-12)


def test_real_cells_have_no_implausible_part(shared: Path) -> None:
    for file in ("cell-ariac/placement.json", "cell-twc/placement-positioner.json"):
        scene = load(shared / "cells" / file, root=shared / "cells")
        assert not [
            n for n in scene.notices if n.code in ("unit-implausible", "precision-lost", "far-from-origin")
        ]
