"""glTF: every feature on files made here, whose shape is known in closed form."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import InputError, LimitError, MissingExtraError, UnsupportedError
from immersive.formats import _draco, _gltf_accessors
from immersive.formats._gltf_materials import srgb_from_linear
from immersive.formats._gltf_nodes import clean_name, compose
from immersive.formats.gltf import FORMATS
from immersive.scene.model import Severity
from tests.formats.glb_maker import CUBE_FACES, CUBE_VERTICES, Glb, box, codes, pack, read, triangles, volume

UNIT_BOX = np.array([[0.0, 0, 0], [1, 1, 1]])


def placed_cube(**node: object) -> Glb:
    made = Glb()
    made.scene(made.node(mesh=made.cube(name="cube"), **node))
    return made


# Containers ---------------------------------------------------------------------------------


def test_a_cube_comes_out_as_it_is(tmp_path: Path) -> None:
    model = placed_cube(name="box").read(tmp_path)
    (instance,) = model.instances
    assert instance.path == ("box",)
    np.testing.assert_array_equal(instance.mesh.vertices, CUBE_VERTICES)
    np.testing.assert_array_equal(instance.mesh.faces, CUBE_FACES)
    assert instance.mesh.vertices.dtype == np.float64
    assert instance.mesh.faces.dtype == np.int32
    assert (model.unit, model.unit_origin, model.up_axis) == ("m", "format", "Y")
    assert volume(model) == pytest.approx(1.0)
    assert model.notices == ()


def test_text_with_an_embedded_and_with_an_external_buffer(tmp_path: Path) -> None:
    made = placed_cube()
    embedded = read(tmp_path, "embedded.gltf", made.gltf())
    (tmp_path / "white space é.bin").write_bytes(bytes(made.blob))
    outside = read(tmp_path, "outside.gltf", made.gltf("white%20space%20%C3%A9.bin"))
    for model in (embedded, outside):
        np.testing.assert_array_equal(box(model), UNIT_BOX)
    assert outside.references == ("white space é.bin",)
    assert embedded.references == ()


@pytest.mark.parametrize(
    "uri",
    ["../secret.bin", "/etc/passwd", "http://example.org/a.bin", "file:///etc/passwd", "%2e%2e/secret.bin"],
)
def test_no_buffer_outside_the_folder_is_opened(tmp_path: Path, uri: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    made = placed_cube()
    (tmp_path / "secret.bin").write_bytes(bytes(made.blob))
    with pytest.raises(InputError, match=r"inner\.gltf"):
        read(inner, "inner.gltf", made.gltf(uri))


def test_an_absent_or_short_buffer_is_named(tmp_path: Path) -> None:
    made = placed_cube()
    with pytest.raises(InputError, match=r"gone\.bin"):
        read(tmp_path, "a.gltf", made.gltf("gone.bin"))
    (tmp_path / "short.bin").write_bytes(bytes(made.blob[:-1]))
    with pytest.raises(InputError, match=r"buffers\[0\]\.byteLength"):
        read(tmp_path, "a.gltf", made.gltf("short.bin"))


@pytest.mark.parametrize(
    ("data", "defect"),
    [
        (b"", "empty"),
        (b"glTF\x02\x00", "cut off"),
        (b"\x89PNG\r\n\x1a\n1234", "PNG image"),
        (b"solid box", "STL"),
        (b"hello", "neither"),
        (b"[]", "neither"),
        (b'{"asset": {"version": "2.0"}', "not valid JSON"),
        (b'{"asset": {"version": "2.0"}, "x": NaN}', "not JSON"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply|not valid JSON"),
        (b'{"x": 1}', "not glTF"),
        (b'{"asset": {"version": 2}}', "version"),
        (b'{"asset": {"version": "2.0"}, "nodes": 3}', "must be a list"),
        (b'{"asset": {"version": "2.0"}, "nodes": [3]}', "must be an object"),
        (pack(b"{}")[:-1], "cut off"),
        (pack(b"{}") + b"\0", "surplus"),
        (b"\xff\xfe{", "neither|UTF-8"),
    ],
)
def test_what_is_no_gltf_is_refused_with_a_reason(tmp_path: Path, data: bytes, defect: str) -> None:
    with pytest.raises(InputError, match=defect) as caught:
        read(tmp_path, "odd.glb", data)
    assert "odd.glb" in str(caught.value)


def test_versions(tmp_path: Path) -> None:
    for version in ("1.0", "3.0"):
        with pytest.raises(UnsupportedError, match=f"glTF {version}"):
            read(tmp_path, "v.gltf", json.dumps({"asset": {"version": version}}).encode())
    with pytest.raises(UnsupportedError, match=r"glTF 1\.0"):
        read(tmp_path, "v.glb", pack(b"{}", version=1))
    made = placed_cube()
    made.json["asset"] = {"version": "2.7"}
    assert "newer-version" in codes(made.read(tmp_path))
    made.json["asset"] = {"version": "2.7", "minVersion": "2.5"}
    with pytest.raises(UnsupportedError, match=r"2\.5"):
        made.read(tmp_path)


def test_a_required_extension_that_is_not_understood_is_named(tmp_path: Path) -> None:
    made = placed_cube()
    made.json["extensionsRequired"] = ["ACME_folded_space"]
    with pytest.raises(UnsupportedError, match="ACME_folded_space"):
        made.read(tmp_path)
    made.json["extensionsRequired"] = ["KHR_materials_unlit", "KHR_texture_transform"]
    assert triangles(made.read(tmp_path)) == 12


def test_an_unknown_extension_on_the_geometry_is_told(tmp_path: Path) -> None:
    made = placed_cube(extensions={"ACME_bend": {}})
    made.json["meshes"][0]["primitives"][0]["extensions"] = {"ACME_subdivide": {}}
    found = {n.code: n for n in made.read(tmp_path).notices}["unknown-extension"]
    assert "ACME_bend" in found.text["en"]
    assert "ACME_subdivide" in found.text["fr"]
    assert found.severity == Severity.WARNING


# Accessors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["u1", "u2", "u4"])
def test_every_type_of_index(tmp_path: Path, code: str) -> None:
    made = Glb()
    made.scene(made.node(mesh=made.mesh(made.primitive(CUBE_VERTICES, CUBE_FACES.astype(code)))))
    np.testing.assert_array_equal(made.read(tmp_path).instances[0].mesh.faces, CUBE_FACES)


@pytest.mark.parametrize(
    ("code", "normalized", "expected"),
    [
        ("i1", True, [-1.0, -1.0, 0.0, 1.0]),
        ("u1", True, [128 / 255, 129 / 255, 0.0, 127 / 255]),
        ("i2", True, [-128 / 32767, -127 / 32767, 0.0, 127 / 32767]),
        ("u2", True, [65408 / 65535, 65409 / 65535, 0.0, 127 / 65535]),
        ("i1", False, [-128.0, -127.0, 0.0, 127.0]),
        ("u2", False, [65408.0, 65409.0, 0.0, 127.0]),
    ],
)
def test_quantized_positions(tmp_path: Path, code: str, normalized: bool, expected: list[float]) -> None:
    raw = np.array([-128, -127, 0, 127]).astype("i4").astype(code)
    made = Glb()
    made.json["extensionsRequired"] = ["KHR_mesh_quantization"]
    padded = np.zeros((4, 4), code)
    padded[:, 0] = raw
    view = made.view(padded.tobytes(), byteStride=4 * padded.itemsize)
    made.json["accessors"].append(
        {
            "bufferView": view, "componentType": {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123}[code],
            "count": 4, "type": "VEC3", "normalized": normalized,
        }
    )  # fmt: skip
    faces = made.accessor(np.array([0, 1, 2, 1, 2, 3], "u1"))
    made.scene(made.node(mesh=made.mesh({"attributes": {"POSITION": 0}, "indices": faces})))
    vertices = made.read(tmp_path).instances[0].mesh.vertices
    np.testing.assert_allclose(vertices[:, 0], expected, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(vertices[:, 1:], 0.0)


def test_interleaved_positions(tmp_path: Path) -> None:
    table = np.zeros((8, 7), "f4")
    table[:, 3:6] = CUBE_VERTICES
    table[:, [0, 1, 2, 6]] = np.nan  # other attributes: must not be looked at
    made = Glb()
    view = made.view(table.tobytes(), byteStride=28)
    made.json["accessors"].append(
        {"bufferView": view, "byteOffset": 12, "componentType": 5126, "count": 8, "type": "VEC3"}
    )
    faces = made.accessor(CUBE_FACES.reshape(-1))
    made.scene(made.node(mesh=made.mesh({"attributes": {"POSITION": 0}, "indices": faces})))
    np.testing.assert_array_equal(made.read(tmp_path).instances[0].mesh.vertices, CUBE_VERTICES)


@pytest.mark.parametrize("base", [True, False])
def test_sparse_accessors(tmp_path: Path, base: bool) -> None:
    made = Glb()
    start = np.zeros((8, 3), "f4") if base else None
    changed = np.arange(8, dtype="u2")[CUBE_VERTICES.any(axis=1)]
    entry = {
        "componentType": 5126, "count": 8, "type": "VEC3",
        "sparse": {
            "count": len(changed),
            "indices": {"bufferView": made.view(changed.tobytes()), "componentType": 5123},
            "values": {"bufferView": made.view(CUBE_VERTICES[changed].tobytes())},
        },
    }  # fmt: skip
    if start is not None:
        entry["bufferView"] = made.view(start.tobytes())
    made.json["accessors"].append(entry)
    faces = made.accessor(CUBE_FACES.reshape(-1))
    made.scene(made.node(mesh=made.mesh({"attributes": {"POSITION": 0}, "indices": faces})))
    np.testing.assert_array_equal(made.read(tmp_path).instances[0].mesh.vertices, CUBE_VERTICES)
    entry["sparse"]["indices"]["componentType"] = 5121  # now reads other numbers: 1, 0, 2, 0 …
    changed_model = made.read(tmp_path)
    assert not np.array_equal(changed_model.instances[0].mesh.vertices, CUBE_VERTICES)
    entry["sparse"]["count"] = 9
    with pytest.raises(InputError, match=r"accessors\[0\]\.sparse\.count"):
        made.read(tmp_path)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"count": 2_000_000_000}, r"accessors\[0\]"),
        ({"count": -1}, r"accessors\[0\]\.count"),
        ({"count": 8.5}, r"accessors\[0\]\.count"),
        ({"count": True}, r"accessors\[0\]\.count"),
        ({"count": 10**400}, r"accessors\[0\]|JSON"),
        ({"byteOffset": 4}, r"accessors\[0\]"),
        ({"bufferView": 99}, r"accessors\[0\]\.bufferView"),
        ({"componentType": 5124}, r"accessors\[0\]\.componentType"),
        ({"type": "VEC2"}, r"accessors\[0\]"),
        ({"type": "VEC9"}, r"accessors\[0\]\.type"),
        ({"min": [0, 0, "x"]}, r"accessors\[0\]\.min"),
    ],
)
def test_an_accessor_that_contradicts_itself_is_refused(tmp_path: Path, change: dict, place: str) -> None:
    made = placed_cube()
    made.json["accessors"][0].update(change)
    with pytest.raises(InputError, match=place):
        made.read(tmp_path)


def test_memory_is_not_given_for_numbers_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = placed_cube()
    del made.json["accessors"][0]["bufferView"]  # all zeros by the specification
    made.json["accessors"][0]["count"] = 10**9
    with pytest.raises(LimitError, match="zeros"):
        made.read(tmp_path)
    monkeypatch.setattr(_gltf_accessors, "MAX_DECODED_BYTES", 5_000)
    many = Glb()  # few bytes, many meshes: each combination of vertices and triangles is another one
    vertices = many.accessor(CUBE_VERTICES)
    for shift in range(40):
        faces = many.accessor(np.roll(CUBE_FACES.reshape(-1), 3 * shift))
        many.node(mesh=many.mesh({"attributes": {"POSITION": vertices}, "indices": faces}))
    many.scene(*range(40))
    with pytest.raises(LimitError, match="GiB"):
        many.read(tmp_path)


def test_an_index_beyond_the_vertices_is_refused(tmp_path: Path) -> None:
    made = Glb()
    made.scene(made.node(mesh=made.mesh(made.primitive(CUBE_VERTICES, CUBE_FACES + np.uint16(1)))))
    with pytest.raises(InputError, match=r"accessors\[1\].*index 8.*8 vertices"):
        made.read(tmp_path)


def test_numbers_that_are_none_are_dropped_and_counted(tmp_path: Path) -> None:
    vertices = np.vstack([CUBE_VERTICES, [[np.nan, 0, 0], [0, np.inf, 0], [9, 9, 9]]]).astype("f4")
    faces = np.vstack([CUBE_FACES, [[8, 0, 1], [0, 9, 1], [8, 9, 0]]]).astype("u2")
    made = Glb()
    made.scene(made.node(mesh=made.mesh(made.primitive(vertices, faces))))
    model = made.read(tmp_path)
    mesh = model.instances[0].mesh
    assert mesh.dropped == {"nan_triangles": 3}
    assert np.isfinite(mesh.vertices).all()
    np.testing.assert_array_equal(mesh.vertices[mesh.faces], CUBE_VERTICES[CUBE_FACES])
    (notice,) = model.notices
    assert (notice.code, notice.severity, notice.data["count"]) == ("nan-vertices", Severity.ERROR, 3)
    assert set(notice.text) == {"en", "fr"}


def test_a_number_that_is_none_in_an_unused_accessor_is_refused(tmp_path: Path) -> None:
    made = placed_cube()
    made.accessor(np.array([[0, 0, 0], [np.nan, 0, 0]], "f4"))
    with pytest.raises(InputError, match=r"accessors\[2\]: element 1"):
        made.read(tmp_path)


def test_stated_bounds_that_contradict_the_data_are_told(tmp_path: Path) -> None:
    made = placed_cube()
    made.json["accessors"][0].update(min=[0, 0, 0], max=[1, 1, 1])
    assert codes(made.read(tmp_path)) == {}
    made.json["accessors"][0].update(max=[1, 1.2, 1])
    assert codes(made.read(tmp_path)) == {"bounds-contradict": 1}


# Primitives ---------------------------------------------------------------------------------

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], "f4")


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize(
    ("mode", "order", "expected"),
    [
        (4, [0, 1, 2, 0, 2, 3], [[0, 1, 2], [0, 2, 3]]),
        (5, [0, 1, 3, 2], [[0, 1, 3], [1, 2, 3]]),
        (6, [0, 1, 2, 3], [[1, 2, 0], [2, 3, 0]]),
    ],
)
def test_triangles_strips_and_fans_face_the_same_way(
    tmp_path: Path, mode: int, order: list[int], expected: list[list[int]], indexed: bool
) -> None:
    made = Glb()
    if indexed:
        part = made.primitive(SQUARE, np.array(order, "u1"), mode=mode)
    else:
        part = made.primitive(SQUARE[order], mode=mode)
    made.scene(made.node(mesh=made.mesh(part)))
    mesh = made.read(tmp_path).instances[0].mesh
    corners = mesh.vertices[mesh.faces]
    np.testing.assert_array_equal(corners, SQUARE[np.array(expected)])
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2
    np.testing.assert_allclose(area, [[0, 0, 0.5]] * 2)


@given(st.integers(3, 40), st.sampled_from([5, 6]))
@settings(max_examples=15, deadline=None)
def test_a_strip_or_fan_of_n_vertices_has_n_less_two_triangles_of_one_orientation(n: int, mode: int) -> None:
    import tempfile

    if mode == 5:
        points = [[i / 2, i % 2, 0] for i in range(n)]
    else:
        points = [[math.cos(math.pi * i / n), math.sin(math.pi * i / n), 0] for i in range(n)]
    made = Glb()
    made.scene(made.node(mesh=made.mesh(made.primitive(np.array(points, "f4"), mode=mode))))
    with tempfile.TemporaryDirectory() as folder:
        mesh = made.read(Path(folder)).instances[0].mesh
    corners = mesh.vertices[mesh.faces]
    assert len(corners) == n - 2
    signs = np.sign(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2])
    assert set(signs) == {-1.0 if mode == 5 else 1.0}


def test_points_lines_and_incomplete_triangles_are_counted(tmp_path: Path) -> None:
    made = Glb()
    parts = [made.primitive(SQUARE, mode=mode) for mode in (0, 1, 2, 3)]
    parts.append(made.primitive(SQUARE, np.array([0, 1, 2, 0, 2], "u1")))
    parts.append({"attributes": {}, "mode": 4})
    made.scene(made.node(mesh=made.mesh(*parts)))
    model = made.read(tmp_path)
    assert triangles(model) == 1
    assert codes(model) == {"points-or-lines": 4, "no-positions": 1, "incomplete-triangles": 2}


def test_a_mesh_of_points_is_no_part(tmp_path: Path) -> None:
    made = Glb()
    made.scene(made.node(mesh=made.mesh(made.primitive(SQUARE, mode=0))))
    model = made.read(tmp_path)
    assert model.instances == ()
    assert codes(model) == {"points-or-lines": 1}


def test_a_small_cut_of_a_large_vertex_list_keeps_only_its_vertices(tmp_path: Path) -> None:
    made = Glb()
    vertices = made.accessor(np.vstack([np.full((500, 3), 7.0), CUBE_VERTICES]).astype("f4"))
    faces = made.accessor((CUBE_FACES.reshape(-1) + 500).astype("u2"))
    made.scene(made.node(mesh=made.mesh({"attributes": {"POSITION": vertices}, "indices": faces})))
    mesh = made.read(tmp_path).instances[0].mesh
    np.testing.assert_array_equal(mesh.vertices, CUBE_VERTICES)
    np.testing.assert_array_equal(mesh.faces, CUBE_FACES)


def test_meshes_that_only_differ_in_triangles_share_their_vertices(tmp_path: Path) -> None:
    made = Glb()
    vertices = made.accessor(CUBE_VERTICES)
    for rows in (CUBE_FACES[:6], CUBE_FACES[6:]):
        faces = made.accessor(rows.reshape(-1))
        made.node(mesh=made.mesh({"attributes": {"POSITION": vertices}, "indices": faces}))
    made.scene(0, 1)
    first, second = (instance.mesh for instance in made.read(tmp_path).instances)
    assert np.shares_memory(first.vertices, second.vertices)
    assert first.key != second.key


# Colours ------------------------------------------------------------------------------------


def test_linear_light_becomes_srgb() -> None:
    # IEC 61966-2-1: both branches meet, the ends stay, and 0.5 is 0.735.
    assert [srgb_from_linear(v) for v in (0.0, 1.0, 2.0, -1.0)] == pytest.approx([0.0, 1.0, 1.0, 0.0])
    assert srgb_from_linear(0.5) == pytest.approx(0.735356983)
    assert srgb_from_linear(0.0031308) == pytest.approx(12.92 * 0.0031308)
    assert round(srgb_from_linear(0.2158605) * 255) == 128


def colored(made: Glb, *materials: dict) -> list[int]:
    made.json["materials"] = [*materials]
    return list(range(len(materials)))


def test_one_colour_belongs_to_the_instance(tmp_path: Path) -> None:
    made = Glb()
    colored(made, {"pbrMetallicRoughness": {"baseColorFactor": [0.5, 0, 1, 0.25]}}, {})
    made.node(mesh=made.mesh(made.primitive(CUBE_VERTICES, CUBE_FACES, material=0)))
    made.node(mesh=made.mesh(made.primitive(CUBE_VERTICES, CUBE_FACES, material=1)))
    made.node(mesh=made.cube())
    made.scene(0, 1, 2)
    first, second, third = made.read(tmp_path).instances
    assert first.color == pytest.approx((0.735357, 0.0, 1.0, 1.0), abs=1e-6)  # opaque: alpha is ignored
    assert second.color == (1.0, 1.0, 1.0, 1.0)
    assert third.color is None
    assert first.mesh.face_colors is None
    made.json["materials"][0]["alphaMode"] = "BLEND"
    assert made.read(tmp_path).instances[0].color[3] == 0.25


def test_several_colours_belong_to_the_triangles(tmp_path: Path) -> None:
    made = Glb()
    colored(
        made,
        {"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}},
        {"pbrMetallicRoughness": {"baseColorFactor": [0, 0, 0.2158605, 1]}},
    )
    vertices = made.accessor(CUBE_VERTICES)
    parts = [
        {"attributes": {"POSITION": vertices}, "indices": made.accessor(rows.reshape(-1)), "material": number}
        for number, rows in enumerate((CUBE_FACES[:2], CUBE_FACES[2:]))
    ]
    made.scene(made.node(mesh=made.mesh(*parts)))
    model = made.read(tmp_path)
    (instance,) = model.instances
    assert instance.color is None
    np.testing.assert_array_equal(instance.mesh.faces, CUBE_FACES)
    assert len(instance.mesh.vertices) == 8  # shared between the primitives
    np.testing.assert_array_equal(instance.mesh.face_colors, [[255, 0, 0, 255]] * 2 + [[0, 0, 128, 255]] * 10)


def test_primitives_with_their_own_vertices_are_joined(tmp_path: Path) -> None:
    made = Glb()
    parts = [made.primitive(CUBE_VERTICES + np.float32(shift), CUBE_FACES) for shift in (0, 2, 4)]
    made.scene(made.node(mesh=made.mesh(*parts)))
    model = made.read(tmp_path)
    assert len(model.instances) == 1
    assert (triangles(model), volume(model)) == (36, pytest.approx(3.0))
    np.testing.assert_array_equal(box(model), [[0, 0, 0], [5, 5, 5]])


def test_pictures_and_vertex_colours_are_told(tmp_path: Path) -> None:
    made = placed_cube()
    colored(made, {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}})
    made.json["meshes"][0]["primitives"][0]["material"] = 0
    made.json["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"] = made.accessor(CUBE_VERTICES)
    model = made.read(tmp_path)
    assert codes(model) == {"textures-ignored": 1, "vertex-colors-ignored": 1}
    assert model.instances[0].color is None


# Nodes --------------------------------------------------------------------------------------


def test_transforms_are_composed_down_the_tree(tmp_path: Path) -> None:
    made = Glb()
    half = math.sqrt(0.5)
    leaf = made.node(mesh=made.cube(), scale=[2, 3, 4], name="leaf")
    turned = made.node(children=[leaf], rotation=[0, 0, half, half], name="turned")  # 90° about Z
    matrix = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 10, 20, 30, 1]
    made.scene(made.node(children=[turned], matrix=matrix, name="root"))
    model = made.read(tmp_path)
    assert model.instances[0].path == ("root", "turned", "leaf")
    np.testing.assert_allclose(box(model), [[7, 20, 30], [10, 22, 34]], atol=1e-12)
    assert volume(model) == pytest.approx(24.0)


@given(
    st.lists(st.floats(-5, 5), min_size=3, max_size=3),
    st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 0.1),
    st.lists(st.floats(0.1, 3), min_size=3, max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_compose_is_translation_times_rotation_times_scale(
    move: list[float], turn: list[float], scale: list[float]
) -> None:
    from immersive.geometry.frames import rotation_quaternion, scaling, translation

    x, y, z, w = turn
    expected = translation(move) @ rotation_quaternion([w, x, y, z]) @ scaling(scale)
    found = compose(np.array([move]), np.array([turn]), np.array([scale]))[0]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_mirrors_and_flat_scales_are_told(tmp_path: Path) -> None:
    made = Glb()
    cube = made.cube()
    made.scene(
        made.node(mesh=cube, scale=[-1, 1, 1], name="mirrored"),
        made.node(mesh=cube, scale=[1, 0, 1], name="flat"),
        made.node(mesh=cube, scale=[1e-5, 1e-5, 1e-5], name="tiny"),
        made.node(mesh=cube, scale=[-1, -1, 1], name="turned"),
    )
    model = made.read(tmp_path)
    assert codes(model) == {"mirrored": 1, "zero-scale": 1}
    assert [n.place for n in sorted(model.notices, key=lambda n: n.code)] == ["mirrored", "flat"]
    assert volume(model) == pytest.approx(2.0 + 1e-15)
    assert len({id(i.mesh) for i in model.instances}) == 1


@pytest.mark.parametrize(
    ("node", "place"),
    [
        ({"rotation": [0, 0, 0, 0]}, r"nodes\[0\]\.rotation"),
        ({"matrix": [1.0] * 15}, r"nodes\[0\]\.matrix"),
        ({"matrix": [0.0] * 16}, r"nodes\[0\]\.matrix"),
        ({"scale": [1e999, 1, 1]}, r"nodes\[0\]\.scale"),
        ({"translation": ["1", 0, 0]}, r"nodes\[0\]\.translation"),
        ({"mesh": 5}, r"nodes\[0\]\.mesh"),
        ({"children": [7]}, r"nodes\[0\]\.children"),
        ({"children": [0]}, r"nodes\[0\]"),
    ],
)
def test_a_transform_that_is_none_is_refused(tmp_path: Path, node: dict, place: str) -> None:
    made = Glb()
    made.scene(made.node(**{"mesh": made.cube(), **node}))
    data = made.glb().replace(b"Infinity", b"1e999   ")
    with pytest.raises(InputError, match=place):
        read(tmp_path, "bad.glb", data)


def test_growth_beyond_all_numbers_is_refused(tmp_path: Path) -> None:
    made = Glb()
    at = made.node(mesh=made.cube())
    for _ in range(5):
        at = made.node(children=[at], scale=[1e100] * 3)
    made.scene(at)
    with pytest.raises(InputError, match="too large"):
        made.read(tmp_path)


def test_cycles_and_nodes_with_two_parents_are_refused(tmp_path: Path) -> None:
    made = placed_cube()
    made.json["nodes"] = [{"children": [1]}, {"children": [2]}, {"children": [1]}, {"mesh": 0}]
    with pytest.raises(InputError, match=r"nodes\[1\].*child of"):
        made.read(tmp_path)
    made.json["nodes"] = [{"mesh": 0}, {"children": [2]}, {"children": [1]}]
    with pytest.raises(InputError, match="cycle"):
        made.read(tmp_path)


def test_a_chain_of_5000_nodes(tmp_path: Path) -> None:
    made = Glb()
    at = made.node(mesh=made.cube(), translation=[0, 0, 1])
    for _ in range(5000):
        at = made.node(children=[at], translation=[0.5, 0, 0])
    made.scene(at)
    model = made.read(tmp_path)
    np.testing.assert_allclose(box(model)[0], [2500, 0, 1])
    assert len(model.instances[0].path) == 5001


def test_deep_chains_with_a_mesh_at_every_node_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("immersive.formats._gltf_nodes.MAX_PATH_NAMES", 1000)
    made = Glb()
    cube = made.cube()
    at = made.node(mesh=cube)
    for _ in range(60):
        at = made.node(children=[at], mesh=cube)
    made.scene(at)
    with pytest.raises(LimitError, match="nested too deeply"):
        made.read(tmp_path)


def test_many_instances_share_one_mesh(tmp_path: Path) -> None:
    made = Glb()
    cube = made.cube()
    roots = [made.node(mesh=cube, translation=[i, 0, 0]) for i in range(16_384)]
    made.scene(*roots)
    model = made.read(tmp_path)
    assert len(model.instances) == 16_384
    assert len({id(i.mesh) for i in model.instances}) == 1
    np.testing.assert_array_equal(box(model)[1], [16_384, 1, 1])
    assert len({i.path for i in model.instances}) == 16_384


def test_names_are_stable_and_unlike_their_siblings(tmp_path: Path) -> None:
    made = Glb()
    cube = made.cube(name="bolt")
    made.scene(
        made.node(mesh=cube, name="bolt"),
        made.node(mesh=cube),
        made.node(mesh=cube, name="bolt#2"),
        made.node(mesh=cube, name=" \n\x07"),
        made.node(mesh=made.cube()),
        made.node(children=[made.node(mesh=cube, name="bolt")], name="group"),
        made.node(mesh=cube, name="vis\ud800"),
    )
    names = ["/".join(i.path) for i in made.read(tmp_path).instances]
    assert names == ["bolt", "bolt#2", "bolt#2#3", "bolt#4", "node_4", "group/bolt", "vis?"]
    assert names == ["/".join(i.path) for i in made.read(tmp_path).instances]
    assert clean_name(" a\tb ") == "a b"


def test_only_the_default_scene_is_shown_and_the_rest_reported(tmp_path: Path) -> None:
    made = Glb()
    cube = made.cube()
    made.mesh(made.primitive(CUBE_VERTICES, CUBE_FACES), name="spare")
    for name in ("one", "two", "orphan"):
        made.node(mesh=cube, name=name)
    made.scene(0)
    made.scene(1)
    made.json["scene"] = 1
    model = made.read(tmp_path)
    assert [i.name for i in model.instances] == ["two"]
    assert codes(model) == {"several-scenes": 2, "outside-scene": 2, "unplaced-meshes": 1}
    made.json["scene"] = 2
    with pytest.raises(InputError, match="scene"):
        made.read(tmp_path)


def test_a_file_without_scenes_shows_its_root_nodes(tmp_path: Path) -> None:
    made = Glb()
    made.node(children=[made.node(mesh=made.cube(), name="cube")], name="root")
    model = made.read(tmp_path)
    assert [i.path for i in model.instances] == [("root", "cube")]
    assert codes(model) == {"no-scene": 1}


def test_what_moves_is_told_and_not_applied(tmp_path: Path) -> None:
    made = placed_cube(skin=0, weights=[0.5])
    made.json["skins"] = [{"joints": [0]}]
    made.json["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": 0}]
    made.json["animations"] = [{"channels": [], "samplers": [{"input": 0, "output": 1}]}]
    model = made.read(tmp_path)
    assert codes(model) == {"morphs-not-applied": 2, "skins-not-applied": 1, "animations-not-applied": 1}
    np.testing.assert_array_equal(box(model), UNIT_BOX)


# Instancing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("required", [True, False])
def test_gpu_instancing(tmp_path: Path, required: bool) -> None:
    made = Glb()
    made.json["extensionsUsed"] = ["EXT_mesh_gpu_instancing"]
    if required:
        made.json["extensionsRequired"] = ["EXT_mesh_gpu_instancing"]
    moves = made.accessor(np.array([[0, 0, 0], [5, 0, 0], [0, 5, 0]], "f4"))
    quarter = round(math.sqrt(0.5) * 32767)
    turns = made.accessor(
        np.array([[0, 0, 0, 32767], [0, 0, quarter, quarter], [0, 0, 0, 32767]], "i2"), normalized=True
    )
    scales = made.accessor(np.array([[1, 1, 1], [1, 1, 1], [2, 2, 2]], "f4"))
    attributes = {"TRANSLATION": moves, "ROTATION": turns, "SCALE": scales}
    node = made.node(
        mesh=made.cube(),
        name="crate",
        translation=[0, 0, 100],
        extensions={"EXT_mesh_gpu_instancing": {"attributes": attributes}},
    )
    made.scene(node)
    model = made.read(tmp_path)
    assert [i.path for i in model.instances] == [("crate", f"crate[{n}]") for n in range(3)]
    assert len({id(i.mesh) for i in model.instances}) == 1
    np.testing.assert_allclose(box(model), [[0, 0, 100], [5, 7, 102]], atol=1e-4)
    np.testing.assert_allclose(model.instances[1].file_from_mesh[:3, :3] @ [1, 0, 0], [0, 1, 0], atol=1e-9)
    made.json["accessors"][scales]["count"] = 2
    with pytest.raises(InputError, match="different lengths"):
        made.read(tmp_path)


# Draco --------------------------------------------------------------------------------------


def draco_cube(*, required: bool, fallback: bool) -> Glb:
    DracoPy = pytest.importorskip("DracoPy")
    packed = DracoPy.encode(CUBE_VERTICES, CUBE_FACES.astype(np.uint32), quantization_bits=16)
    decoded = DracoPy.decode(packed)
    made = Glb()
    primitive = made.primitive(CUBE_VERTICES if fallback else decoded.points, CUBE_FACES)
    if not fallback:
        for number in (0, 1):
            del made.json["accessors"][number]["bufferView"]
    unique = decoded.attributes[0]["unique_id"]
    primitive["extensions"] = {
        "KHR_draco_mesh_compression": {"bufferView": made.view(packed), "attributes": {"POSITION": unique}}
    }
    made.json["extensionsUsed"] = ["KHR_draco_mesh_compression"]
    if required:
        made.json["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    made.scene(made.node(mesh=made.mesh(primitive)))
    return made


@pytest.mark.parametrize("required", [True, False])
def test_draco(tmp_path: Path, required: bool) -> None:
    model = draco_cube(required=required, fallback=False).read(tmp_path)
    np.testing.assert_allclose(box(model), UNIT_BOX, atol=1e-4)
    assert (triangles(model), volume(model)) == (12, pytest.approx(1.0, abs=1e-3))


def test_draco_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, spare = draco_cube(required=True, fallback=False), draco_cube(required=False, fallback=True)
    monkeypatch.setitem(sys.modules, "DracoPy", None)
    monkeypatch.setattr(_draco, "available", lambda: False)
    with pytest.raises(MissingExtraError, match="DracoPy") as caught:
        made.read(tmp_path)
    assert "immersive[draco]" in str(caught.value)
    model = spare.read(tmp_path)
    np.testing.assert_array_equal(box(model), UNIT_BOX)
    assert codes(model) == {"draco-fallback": 1}


def test_damaged_draco_data_is_refused(tmp_path: Path) -> None:
    made = draco_cube(required=True, fallback=False)
    view = made.json["bufferViews"][-1]
    start = view["byteOffset"]
    good = bytes(made.blob)
    made.blob[start : start + 5] = b"NOPE!"
    with pytest.raises(InputError, match="DRACO"):
        made.read(tmp_path)
    made.blob[:] = good
    view["byteLength"] //= 2
    with pytest.raises(InputError, match=r"damaged|vertices"):
        made.read(tmp_path)
    view["byteLength"] *= 2
    made.json["accessors"][0]["count"] = 7
    with pytest.raises(InputError, match="the accessor says 7"):
        made.read(tmp_path)


# The contract -------------------------------------------------------------------------------


def test_formats_and_sniffing() -> None:
    by_name = {f.name: f for f in FORMATS}
    assert by_name["glb"].suffixes == (".glb",)
    assert by_name["gltf"].suffixes == (".gltf",)
    assert by_name["glb"].sniff(placed_cube().glb()[:1024])
    assert by_name["gltf"].sniff(placed_cube().gltf()[:1024])
    assert not by_name["gltf"].sniff(b'{"length_unit": "metre", "parts": []}')
    assert not by_name["glb"].sniff(b"\x89PNG")


def test_keys_follow_the_content(tmp_path: Path) -> None:
    first, again = placed_cube().read(tmp_path), placed_cube().read(tmp_path)
    assert first.instances[0].mesh.key == again.instances[0].mesh.key
    moved = Glb()
    moved.scene(moved.node(mesh=moved.mesh(moved.primitive(CUBE_VERTICES * np.float32(2), CUBE_FACES))))
    assert moved.read(tmp_path).instances[0].mesh.key != first.instances[0].mesh.key


def test_equal_content_under_two_names_is_one_mesh(tmp_path: Path) -> None:
    made = Glb()
    part = made.primitive(CUBE_VERTICES, CUBE_FACES)
    made.scene(made.node(mesh=made.mesh(part, name="a")), made.node(mesh=made.mesh(dict(part), name="b")))
    model = made.read(tmp_path)
    assert model.instances[0].mesh is model.instances[1].mesh


def test_a_plain_file_needs_no_heavy_import(tmp_path: Path) -> None:
    (tmp_path / "cube.glb").write_bytes(placed_cube().glb())
    code = (
        "import sys; from immersive.formats import gltf; from immersive.formats._base import *;"
        f"gltf.read(Folder({str(tmp_path)!r}), 'cube.glb', ReadOptions());"
        "print([m for m in ('trimesh', 'numba', 'DracoPy', 'scipy', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
