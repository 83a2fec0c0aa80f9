"""glTF files that nobody here made: odd ones, broken ones and two whole cells."""

from __future__ import annotations

import json
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from immersive.errors import InputError, UnsupportedError
from immersive.formats import gltf
from immersive.formats._base import Folder, Model, ReadOptions
from immersive.geometry.frames import ZUP_FROM_YUP, transform_points
from immersive.scene.model import Severity
from tests.builders import HANG
from tests.formats.glb_maker import box, codes, triangles, volume

pytestmark = pytest.mark.shared

REFUSED = {
    "gltf-validator/glb_truncated_chunk_data.glb": "cut off",
    "gltf-validator/glb_length_mismatch.glb": "48",
    "gltf-validator/glb_invalid_magic.glb": "not a glTF",
    "gltf-validator/glb_empty_file.glb": "empty",
    "gltf-validator/glb_chunk_too_big.glb": "header says 13",
    "gltf-validator/mesh_data_index_buffer_oob.gltf": r"accessors\[0\].*index 5",
    "gltf-validator/accessor_data_invalid_elements_float.gltf": r"accessors\[0\].*not a finite number",
    "gltf-validator/node_node_loop.gltf": "cycle",
    "gltf-validator/node_matrix_indecomposable.gltf": r"nodes\[0\]\.matrix",
    "gltf-validator/buffer_not_found.gltf": r"not_found\.bin",
    "gltf-validator/buffer_non_relative_uri.gltf": "no address is fetched",
    "gltf-validator/json_invalid_syntax.gltf": "line 1, column 2",
    "gltf-validator/mesh_unresolved_positions.gltf": "POSITION",
    "assimp/IndexOutOfRange.gltf": "index 255",
    "assimp/RecursiveNodes.gltf": "cycle",
    "assimp/MissingBin/BoxTextured.gltf": r"BoxTextured0\.bin",
    "assimp/badNumber.gltf": r"materials\[0\]\.normalTexture\.scale",
    "jgltf/Box.glb": r"glTF 1\.0",
    "derived/accessor_count_2e9.glb": "2,000,000,000",
    "derived/buffer_path_traversal.gltf": "leaves the folder",
    "derived/buffer_remote_uri.gltf": "no address is fetched",
    "derived/wrong_extension_is_png.glb": "PNG image",
}

LOADED = {
    # triangles shown, notices
    "gltf-validator/mesh_data_index_buffer_degenerate_triangle.gltf": (
        0, {"unplaced-meshes": 1, "bounds-contradict": 1, "degenerate-triangles": 3},
    ),
    "gltf-validator/asset_2_1_version.gltf": (0, {"newer-version": 1}),
    "assimp/BoxWithInfinites.glb": (0, {"nan-vertices": 12}),
    "derived/zero_scale_node.glb": (12, {"zero-scale": 1}),
    "derived/mirrored_node.glb": (12, {"mirrored": 1}),
    "derived/node_chain_5000.glb": (12, {}),
    "derived/instances_16384.glb": (196_608, {}),
}  # fmt: skip

TRUE_SHAPES = {
    # where the listed figures are trimesh's and wrong: triangles, extent
    "gltf-transform/BoxDraco.gltf": (12, [1, 1, 1]),
    "gltf-transform/DracoSparseMesh/DracoSparseMesh.gltf": (102, [0.0262, 0.0395, 0.00295]),
    "gltf-transform/BoxMeshopt.glb": (12, [1, 1, 1]),
    "sharpgltf/InstanceTest.glb": (200_000, [2.7048, 1.9684, 1.6728]),
    "sharpgltf/PointCloudGalaxy.glb": (0, None),
    "assimp/Mesh_PrimitiveMode_05.gltf": (2, [1, 1, 0]),
    "assimp/Mesh_PrimitiveMode_12/Mesh_PrimitiveMode_12.gltf": (2, [1, 1, 0]),
}


def read(path: Path) -> Model:
    return gltf.read(Folder(path.parent), path.name, ReadOptions())


def listed(shared: Path, group: str) -> dict[str, dict]:
    entries = json.loads((shared / "cells" / group / "EXPECTED.json").read_text())
    return {e["file"]: e for e in entries if e["file"].endswith((".glb", ".gltf"))}


def test_every_listed_file_is_tested_here(shared: Path) -> None:
    assert set(listed(shared, "broken")) == set(REFUSED) | set(LOADED)
    assert set(TRUE_SHAPES) < set(listed(shared, "odd"))
    assert len(listed(shared, "odd")) == 28


@pytest.mark.parametrize("name", REFUSED)
def test_broken_files_are_refused_at_once_with_a_reason(shared: Path, name: str) -> None:
    file = shared / "cells/broken" / name
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(InputError, match=REFUSED[name]) as caught:
        read(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert file.name in str(caught.value)
    assert time.process_time() - start < HANG
    assert peak < 16e6


def test_gltf_1_is_said_to_be_unsupported(shared: Path) -> None:
    with pytest.raises(UnsupportedError):
        read(shared / "cells/broken/jgltf/Box.glb")


@pytest.mark.parametrize("name", LOADED)
def test_odd_ones_among_the_broken_load_and_say_so(shared: Path, name: str) -> None:
    count, told = LOADED[name]
    start = time.process_time()
    model = read(shared / "cells/broken" / name)
    assert time.process_time() - start < HANG
    assert triangles(model) == count
    assert {code: codes(model)[code] for code in told} == told
    assert all(np.isfinite(i.mesh.vertices).all() for i in model.instances)
    assert len({id(i.mesh) for i in model.instances}) <= 1
    if "mirrored" in told:
        assert volume(model) == pytest.approx(0.064, rel=1e-5)  # outwards: positive


def test_odd_files(shared: Path) -> None:
    for name, entry in listed(shared, "odd").items():
        model = read(shared / "cells/odd" / name)
        count, extent = TRUE_SHAPES.get(name, (entry["triangles_trimesh"], entry["extent_file_units"]))
        assert triangles(model) == count, name
        if count:
            np.testing.assert_allclose(np.ptp(box(model), axis=0), extent, atol=5e-5, err_msg=name)
        assert not [n for n in model.notices if n.severity == Severity.ERROR], name
        assert "bounds-contradict" not in codes(model) or not model.instances, name


def test_what_is_left_out_of_odd_files_is_told(shared: Path) -> None:
    odd = shared / "cells/odd"
    assert "points-or-lines" in codes(read(odd / "sharpgltf/PointCloudGalaxy.glb"))
    told = codes(read(odd / "assimp/SimpleMorph/SimpleMorph.gltf"))
    assert {"morphs-not-applied", "animations-not-applied"} <= set(told)
    assert "vertex-colors-ignored" in codes(read(odd / "gltf-transform/BoxVertexColors.glb"))
    red, green, blue = np.unique(
        read(odd / "trimesh/rgb_cube_with_primitives.gltf").instances[0].mesh.face_colors, axis=0
    )[::-1]
    assert [red[:3].argmax(), green[:3].argmax(), blue[:3].argmax()] == [0, 1, 2]


@pytest.mark.parametrize(
    ("file", "placement", "parts"),
    [
        ("cell-ariac/cell-ariac.glb", "cell-ariac/placement.json", 164),
        ("cell-twc/cell-twc-positioner.glb", "cell-twc/placement-positioner.json", 30),
    ],
)
def test_whole_cells_match_their_placement(shared: Path, file: str, placement: str, parts: int) -> None:
    model = read(shared / "cells" / file)
    expected = {
        part["id"]: part
        for part in json.loads((shared / "cells" / placement).read_text())["parts"]
        if part["role"] == "visual"
    }
    assert len(expected) == parts
    found: dict[str, list] = {}
    for instance in model.instances:
        found.setdefault(instance.path[1], []).append(instance)
    assert set(found) == set(expected)
    for name, instances in found.items():
        assert sum(len(i.mesh.faces) for i in instances) == expected[name]["triangles"]
        points = np.concatenate(
            [transform_points(ZUP_FROM_YUP @ i.file_from_mesh, i.mesh.used_vertices) for i in instances]
        )
        np.testing.assert_allclose(
            [points.min(axis=0), points.max(axis=0)], expected[name]["bbox_world_m"], atol=1e-4, err_msg=name
        )
