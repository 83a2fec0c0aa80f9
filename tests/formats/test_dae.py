"""COLLADA: shapes, transforms, units, axes and colours by closed form; lies and loops refused."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest

from immersive.errors import InputError, LimitError, UnsupportedError
from immersive.formats import dae
from immersive.formats._base import Folder, Instance, Model, ReadOptions
from immersive.formats._dae_transform import node_transform
from immersive.formats._xml import parse
from immersive.geometry.frames import rotation_axis, scaling, translation
from tests.builders import HANG

CUBE = "0 0 0 1 0 0 1 1 0 0 1 0 0 0 1 1 0 1 1 1 1 0 1 1"
QUADS = "0 3 2 1 4 5 6 7 0 1 5 4 2 3 7 6 0 4 7 3 1 2 6 5"
ASSET = '<asset><unit meter="1"/><up_axis>Z_UP</up_axis></asset>'


def mesh(body: str, *, positions: str = CUBE, count: int | None = None) -> str:
    numbers = len(positions.split())
    return f"""<mesh>
      <source id="pos"><float_array id="arr" count="{numbers if count is None else count}">{positions}</float_array>
        <technique_common><accessor source="#arr" count="{numbers // 3}" stride="3">
          <param name="X"/><param name="Y"/><param name="Z"/></accessor></technique_common></source>
      <vertices id="ver"><input semantic="POSITION" source="#pos"/></vertices>{body}</mesh>"""


INPUT = '<input semantic="VERTEX" source="#ver" offset="0"/>'
POLYLIST = f'<polylist count="6" material="m">{INPUT}<vcount>4 4 4 4 4 4</vcount><p>{QUADS}</p></polylist>'
NODE = '<node name="box"><instance_geometry url="#g"/></node>'


def document(shape: str = "", *, nodes: str = NODE, asset: str = ASSET, extra: str = "") -> str:
    return f"""<?xml version="1.0"?><COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
    {asset}{extra}<library_geometries><geometry id="g" name="shape">{shape or mesh(POLYLIST)}</geometry></library_geometries>
    <library_visual_scenes><visual_scene id="s">{nodes}</visual_scene></library_visual_scenes>
    <scene><instance_visual_scene url="#s"/></scene></COLLADA>"""


def read(tmp_path: Path, text: str | bytes) -> Model:
    (tmp_path / "part.dae").write_bytes(text if isinstance(text, bytes) else text.encode())
    return dae.read(Folder(tmp_path), "part.dae", ReadOptions())


def placed(instance: Instance) -> np.ndarray:
    """(F, 3, 3) corners in the file's coordinates."""
    matrix = instance.file_from_mesh
    return (instance.mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3])[instance.mesh.faces]


def volume(corners: np.ndarray) -> float:
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)


def area(corners: np.ndarray) -> float:
    return float(
        np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()
        / 2
    )


def test_a_cube_of_quads_is_closed_and_faces_outwards(tmp_path: Path) -> None:
    model = read(tmp_path, document())
    (only,) = model.instances
    assert only.path == ("box",)
    assert only.mesh.name == "shape"
    assert len(only.mesh.faces) == 12
    assert volume(placed(only)) == pytest.approx(1.0)
    assert area(placed(only)) == pytest.approx(6.0)
    assert (model.unit, model.unit_origin, model.up_axis) == ("m", "file", "Z")
    assert model.notices == ()


TRIANGLES = "0 3 2 0 2 1 4 5 6 4 6 7 0 1 5 0 5 4 2 3 7 2 7 6 0 4 7 0 7 3 1 2 6 1 6 5"


SIDES = [QUADS.split()[k : k + 4] for k in range(0, 24, 4)]


def spread(text: str, stride: int, offset: int) -> str:
    """The same indices as one of several inputs; the others count up."""
    values = text.split()
    return " ".join(
        " ".join(v if k == offset else str(i) for k in range(stride)) for i, v in enumerate(values)
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f'<triangles count="12">{INPUT}<p>{TRIANGLES}</p></triangles>', 1.0),
        (
            f'<triangles count="12"><input semantic="NORMAL" source="#n" offset="0"/>'
            f'<input semantic="VERTEX" source="#ver" offset="2"/><input semantic="TEXCOORD" source="#t" offset="1"/>'
            f"<p>{spread(TRIANGLES, 3, 2)}</p></triangles>",
            1.0,
        ),
        ("<polygons count='6'>" + INPUT + "".join(f"<p>{' '.join(QUADS.split()[k:k + 4])}</p>" for k in range(0, 24, 4)) + "</polygons>", 1.0),
        ("<tristrips count='6'>" + INPUT + "".join(f"<p>{a} {b} {d} {c}</p>" for a, b, c, d in SIDES) + "</tristrips>", 1.0),
        (f"<trifans count='2'>{INPUT}<p>0 3 2 1 5 4 7 3</p><p>6 7 4 5 1 2 3 7</p></trifans>", 1.0),
    ],
)  # fmt: skip
def test_every_kind_of_primitive_gives_the_same_cube(tmp_path: Path, body: str, expected: float) -> None:
    (only,) = read(tmp_path, document(mesh(body))).instances
    assert len(only.mesh.faces) == 12
    assert area(placed(only)) == pytest.approx(6.0)
    assert volume(placed(only)) == pytest.approx(expected)


def test_a_long_strip_keeps_one_side_up_and_fans_turn_about_their_first_corner(tmp_path: Path) -> None:
    zigzag = " ".join(f"{i} {i % 2} 0" for i in range(9))
    body = f"<tristrips count='1'>{INPUT}<p>0 2 1 3</p><p>1 0 2 2 4 3</p></tristrips>"
    (only,) = read(tmp_path, document(mesh(body, positions=zigzag))).instances
    assert only.mesh.faces.tolist() == [[0, 2, 1], [1, 2, 3], [1, 0, 2], [4, 2, 3]]
    strip = f"<tristrips count='1'>{INPUT}<p>0 1 2 3 4 5 6 7 8</p></tristrips>"
    (only,) = read(tmp_path, document(mesh(strip, positions=zigzag))).instances
    a, b, c = np.moveaxis(placed(only), 1, 0)
    assert np.cross(b - a, c - a)[:, 2].tolist() == [-2.0] * 7
    fan = f"<trifans count='1'>{INPUT}<p>0 1 2 3 4</p></trifans>"
    (only,) = read(tmp_path, document(mesh(fan, positions=zigzag))).instances
    assert only.mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 3, 4]]


def test_a_concave_polygon_does_not_fill_its_notch(tmp_path: Path) -> None:
    outline = "0 0 0 2 0 0 2 1 0 1 1 0 1 2 0 0 2 0"
    body = f'<polylist count="1">{INPUT}<vcount>6</vcount><p>3 4 5 0 1 2</p></polylist>'
    (only,) = read(tmp_path, document(mesh(body, positions=outline))).instances
    assert len(only.mesh.faces) == 4
    assert area(placed(only)) == pytest.approx(3.0)


def test_holes_are_refused(tmp_path: Path) -> None:
    body = f"<polygons count='1'>{INPUT}<ph><p>0 1 2 3</p><h>4 5 6</h></ph></polygons>"
    with pytest.raises(UnsupportedError, match="holes"):
        read(tmp_path, document(mesh(body)))


def test_lines_are_counted_not_shown(tmp_path: Path) -> None:
    model = read(tmp_path, document(mesh(POLYLIST + f"<lines count='1'>{INPUT}<p>0 1</p></lines>")))
    assert len(model.instances[0].mesh.faces) == 12
    (notice,) = model.notices
    assert (notice.code, notice.data["lines"]) == ("lines-left-out", 1)


def test_positions_may_be_picked_out_of_wider_rows(tmp_path: Path) -> None:
    shape = f"""<mesh><source id="pos"><float_array id="arr" count="17">9 0 0 7 0 0 0 7 1 0 0 7 0 2 0 7 5</float_array>
      <technique_common><accessor source="#arr" count="4" stride="4" offset="1"><param name="X"/><param name="Y"/>
      <param name="S"/><param name="Z"/></accessor></technique_common></source>
      <vertices id="ver"><input semantic="POSITION" source="#pos"/></vertices>
      <triangles count="1">{INPUT}<p>0 1 2</p></triangles></mesh>"""
    (only,) = read(tmp_path, document(shape)).instances
    assert only.mesh.vertices[:3].tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 0]]


# Units and axes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meter", "unit", "size"), [("0.0254", "in", 1), ("0.01", "cm", 1), ("1e-3", "mm", 1), ("1.0", "m", 1), ("0.05", "m", 0.05)]
)  # fmt: skip
def test_the_unit_is_named_or_converted(tmp_path: Path, meter: str, unit: str, size: float) -> None:
    model = read(tmp_path, document(asset=f'<asset><unit meter="{meter}"/><up_axis>Z_UP</up_axis></asset>'))
    assert model.unit == unit
    assert placed(model.instances[0]).max() == pytest.approx(size)
    assert [notice.code for notice in model.notices] == ([] if size == 1 else ["unit-baked"])


@pytest.mark.parametrize("meter", ["NaN", "0", "-1", "inf", "one"])
def test_a_unit_that_is_no_length_is_refused(tmp_path: Path, meter: str) -> None:
    with pytest.raises(InputError, match=meter):
        read(tmp_path, document(asset=f'<asset><unit meter="{meter}"/></asset>'))


@pytest.mark.parametrize("asset", ["", "<asset/>", "<asset><unit/></asset>"])
def test_what_is_not_stated_is_assumed_and_said(tmp_path: Path, asset: str) -> None:
    model = read(tmp_path, document(asset=asset))
    assert (model.unit, model.up_axis) == ("m", "Y")
    said = {notice.code: notice.text for notice in model.notices}
    assert set(said) == {"unit-assumed", "up-axis-assumed"}
    assert "Y_UP" in said["unit-assumed"]["en"]
    assert said["unit-assumed"]["fr"] != said["unit-assumed"]["en"]


def test_x_up_is_turned_so_that_x_points_up(tmp_path: Path) -> None:
    node = '<node><translate>5 0 0</translate><instance_geometry url="#g"/></node>'
    model = read(
        tmp_path, document(asset="<asset><unit meter='1'/><up_axis>X_UP</up_axis></asset>", nodes=node)
    )
    assert model.up_axis == "Z"
    corners = placed(model.instances[0])
    assert corners[..., 2].min() == pytest.approx(5.0)
    assert corners[..., 2].max() == pytest.approx(6.0)
    assert volume(corners) == pytest.approx(1.0)
    assert "x-up-baked" in [notice.code for notice in model.notices]


def test_another_axis_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'W_UP'"):
        read(tmp_path, document(asset="<asset><unit meter='1'/><up_axis>W_UP</up_axis></asset>"))


# Transforms -------------------------------------------------------------------------------


def transform(body: str) -> np.ndarray:
    return node_transform(parse(f"<node>{body}</node>".encode(), "f"), "f")


def test_transforms_multiply_in_the_order_written() -> None:
    got = transform(
        "<translate>1 2 3</translate><rotate>0 0 1 90</rotate><rotate>1 0 0 30</rotate><scale>2 3 4</scale>"
        "<matrix>1 0 0 7 0 1 0 8 0 0 1 9 0 0 0 1</matrix>"
    )
    expected = (
        translation([1, 2, 3])
        @ rotation_axis([0, 0, 1], math.pi / 2)
        @ rotation_axis([1, 0, 0], math.pi / 6)
        @ scaling([2, 3, 4])
        @ translation([7, 8, 9])
    )
    assert got == pytest.approx(expected, abs=1e-12)


def test_look_at_sits_at_the_eye_and_looks_along_minus_z() -> None:
    got = transform("<lookat>1 2 3  1 2 -5  0 1 0</lookat>")
    assert got == pytest.approx(translation([1, 2, 3]), abs=1e-12)
    got = transform("<lookat>0 0 0  4 0 0  0 0 1</lookat>")
    assert got[:3, :3] @ [0, 0, -1] == pytest.approx([1, 0, 0])
    assert got[:3, :3] @ [0, 1, 0] == pytest.approx([0, 0, 1])
    assert np.linalg.det(got) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("angle", "turned", "along"),
    [(45.0, (0, 1, 0), (1, 0, 0)), (-30.0, (0, 0, 2), (0, 3, 0)), (20.0, (0, 1, 0), (1, 1, 0)), (10.0, (1, 2, 3), (-2, 1, 0.5))],
)  # fmt: skip
def test_skew_turns_one_axis_towards_the_other_and_shears(
    angle: float, turned: tuple[float, ...], along: tuple[float, ...]
) -> None:
    linear = transform(f"<skew>{angle} {' '.join(map(str, turned))} {' '.join(map(str, along))}</skew>")[
        :3, :3
    ]
    a, b = np.array(turned, float), np.array(along, float)
    image = linear @ a
    cosine = image @ a / np.linalg.norm(image) / np.linalg.norm(a)
    assert math.degrees(math.acos(cosine)) == pytest.approx(abs(angle))
    assert np.sign(image @ b / np.linalg.norm(image) - a @ b / np.linalg.norm(a)) == np.sign(angle)
    assert np.linalg.det(linear) == pytest.approx(1.0)
    assert linear @ b == pytest.approx(b)
    assert linear @ np.cross(a, b) == pytest.approx(np.cross(a, b))


@pytest.mark.parametrize(
    "body",
    ["<translate>1 2</translate>", "<scale>1 nan 1</scale>", "<rotate>0 0 0 90</rotate>", "<lookat>0 0 0 0 0 0 0 0 1</lookat>",
     "<skew>90 0 1 0 1 0 0</skew>", "<skew>1 0 1 0 0 1 0</skew>", "<matrix>1 0 0 0 0 1 0 0 0 0 1 0 1 0 0 1</matrix>"],
)  # fmt: skip
def test_transforms_without_meaning_are_refused(body: str) -> None:
    with pytest.raises(InputError, match="line 1"):
        transform(body)


def test_nodes_nest_and_library_nodes_are_instanced_with_one_mesh(tmp_path: Path) -> None:
    library = (
        '<library_nodes><node id="arm" name="arm"><translate>0 10 0</translate>'
        '<node name="hand"><scale>-1 1 1</scale><instance_geometry url="#g"/></node></node></library_nodes>'
    )
    nodes = (
        '<node name="left"><translate>100 0 0</translate><instance_node url="#arm"/></node>'
        '<node name="right"><translate>200 0 0</translate><instance_node url="#arm"/></node>'
    )
    model = read(tmp_path, document(nodes=nodes, extra=library))
    left, right = model.instances
    assert left.path == ("left", "arm", "hand")
    assert right.path == ("right", "arm", "hand")
    assert left.mesh is right.mesh
    assert placed(left).reshape(-1, 3).min(axis=0) == pytest.approx([99, 10, 0])
    assert placed(right).reshape(-1, 3).max(axis=0) == pytest.approx([200, 11, 1])
    assert np.linalg.det(left.file_from_mesh) == pytest.approx(-1.0)


def test_two_shapes_of_one_node_keep_their_own_names(tmp_path: Path) -> None:
    node = '<node name="n"><instance_geometry url="#g"/><instance_geometry url="#g" name="other"/></node>'
    assert [item.path for item in read(tmp_path, document(nodes=node)).instances] == [
        ("n", "shape"),
        ("n", "shape"),
    ]


def test_nodes_that_contain_themselves_are_refused(tmp_path: Path) -> None:
    nodes = '<node id="a"><node id="b"><instance_node url="#a"/></node></node>'
    with pytest.raises(InputError, match="contains itself"):
        read(tmp_path, document(nodes=nodes))


def test_nodes_that_multiply_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dae, "MAX_INSTANCES", 5000)
    doubling = "".join(
        f'<node id="n{i}"><instance_node url="#n{i + 1}"/><instance_node url="#n{i + 1}"/></node>'
        for i in range(40)
    )
    library = f'<library_nodes>{doubling}<node id="n40"><instance_geometry url="#g"/></node></library_nodes>'
    start = time.process_time()
    with pytest.raises(LimitError, match="more than 5,000"):
        read(tmp_path, document(nodes='<node><instance_node url="#n0"/></node>', extra=library))
    assert time.process_time() - start < HANG


def test_a_deep_chain_of_nodes_ends(tmp_path: Path) -> None:
    chain = "<node>" * 900 + '<instance_geometry url="#g"/>' + "</node>" * 900
    assert len(read(tmp_path, document(nodes=chain)).instances[0].path) == 900
    with pytest.raises(LimitError, match="deep"):
        read(tmp_path, document(nodes="<node>" * 3000 + "</node>" * 3000))


def test_a_skin_is_shown_at_rest(tmp_path: Path) -> None:
    controllers = (
        '<library_controllers><controller id="c"><skin source="#g">'
        "<bind_shape_matrix>1 0 0 0 0 1 0 0 0 0 1 50 0 0 0 1</bind_shape_matrix></skin></controller></library_controllers>"
    )
    model = read(tmp_path, document(nodes='<node><instance_controller url="#c"/></node>', extra=controllers))
    assert placed(model.instances[0])[..., 2].min() == 50
    assert "skin-at-rest" in [notice.code for notice in model.notices]


def test_without_a_scene_each_shape_is_placed_once(tmp_path: Path) -> None:
    text = document().replace('<scene><instance_visual_scene url="#s"/></scene>', "")
    model = read(tmp_path, text)
    assert [notice.code for notice in model.notices] == ["scene-assumed"]
    start, end = text.index("<library_visual_scenes>"), text.index("</library_visual_scenes>")
    model = read(tmp_path, text[:start] + text[end + len("</library_visual_scenes>") :])
    assert [notice.code for notice in model.notices] == ["no-scene"]
    assert volume(placed(model.instances[0])) == pytest.approx(1.0)


# Colours ----------------------------------------------------------------------------------


def effect(name: str, inner: str) -> str:
    return (
        f'<library_effects><effect id="{name}-fx"><profile_COMMON><technique><phong>{inner}</phong></technique>'
        f'</profile_COMMON></effect></library_effects><library_materials><material id="{name}">'
        f'<instance_effect url="#{name}-fx"/></material></library_materials>'
    )


def bound(**pairs: str) -> str:
    links = "".join(f'<instance_material symbol="{k}" target="#{v}"/>' for k, v in pairs.items())
    bind = f"<bind_material><technique_common>{links}</technique_common></bind_material>"
    return f'<node><instance_geometry url="#g">{bind}</instance_geometry></node>'


RED = effect("red", "<diffuse><color>1 0 0 0</color></diffuse>")
BLUE = effect("blue", "<diffuse><color>0 0 1 1</color></diffuse><transparent opaque='A_ONE'><color>1 1 1 1</color></transparent><transparency><float>0.5</float></transparency>")  # fmt: skip


def test_the_same_mesh_is_bound_to_different_colours(tmp_path: Path) -> None:
    first, second = read(
        tmp_path, document(nodes=bound(m="red") + bound(m="blue"), extra=RED + BLUE)
    ).instances
    assert first.mesh is second.mesh
    assert first.mesh.face_colors is None
    assert first.color == (1, 0, 0, 1)
    assert second.color == (0, 0, 1, 0.5)


def test_several_materials_become_colours_of_triangles(tmp_path: Path) -> None:
    two = (
        f'<triangles count="1" material="m">{INPUT}<p>0 1 2</p></triangles>'
        f'<triangles count="2" material="k">{INPUT}<p>0 1 2 0 2 3</p></triangles>'
        f'<triangles count="1" material="none">{INPUT}<p>4 5 6</p></triangles>'
    )
    (only,) = read(tmp_path, document(mesh(two), nodes=bound(m="red", k="blue"), extra=RED + BLUE)).instances
    assert only.color is None
    assert only.mesh.face_colors is not None
    assert only.mesh.face_colors.tolist() == [[255, 0, 0, 255]] + [[0, 0, 255, 128]] * 2 + [
        [204, 204, 204, 255]
    ]


@pytest.mark.parametrize(
    "inner",
    ["<diffuse><texture texture='missing.png'/></diffuse>", "<diffuse><color>red</color></diffuse>", "", "<diffuse><color>1 0</color></diffuse>"],
)  # fmt: skip
def test_what_is_no_plain_colour_is_no_colour(tmp_path: Path, inner: str) -> None:
    (only,) = read(tmp_path, document(nodes=bound(m="red"), extra=effect("red", inner))).instances
    assert only.color is None
    assert only.mesh.face_colors is None


# Defects ----------------------------------------------------------------------------------


def test_numbers_that_are_none_are_dropped_and_counted(tmp_path: Path) -> None:
    (only,) = read(
        tmp_path, document(mesh(POLYLIST, positions=CUBE.replace("1 1 1", "1 NaN 1", 1)))
    ).instances
    assert only.mesh.dropped == {"nan_triangles": 12 - len(only.mesh.faces)}
    assert 0 < len(only.mesh.faces) < 12
    assert np.isfinite(only.mesh.vertices).all()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (document(mesh(POLYLIST, count=3)), "states 3 numbers but holds 24"),
        (document(mesh(POLYLIST, count=2_000_000_000)), "holds 24"),
        (document(mesh(POLYLIST)).replace('count="8" stride', 'count="9" stride'), "states 9 positions"),
        (document(mesh(POLYLIST.replace("6 5<", "6 8<"))), "vertex 8, but there are 8"),
        (document(mesh(POLYLIST.replace("6 5<", "6 -1<"))), "vertex -1"),
        (document(mesh(POLYLIST.replace("6 5<", "6<"))), "24 corners, but 23"),
        (document(mesh(POLYLIST.replace('count="6"', 'count="7"'))), "states 7 polygons but lists 6"),
        (document(mesh(POLYLIST.replace("6 5<", "6 x<"))), "'x' is not an integer"),
        (document(mesh(f'<triangles count="2">{INPUT}<p>0 1 2</p></triangles>')), "states 2 triangles"),
        (document(mesh(POLYLIST.replace("#ver", "#nix"))), "'nix'"),
        (document(mesh(POLYLIST)).replace('source="#pos"', 'source="#nix"'), "'nix'"),
        (document(nodes='<node><instance_geometry url="#nix"/></node>'), "'#nix', which does not exist"),
        ("<robot/>", "is no COLLADA document"),
        (document()[:900], "not well-formed"),
    ],
)
def test_files_that_lie_are_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith("part.dae: ")


def test_other_documents_are_named_missing_and_never_opened(tmp_path: Path) -> None:
    (tmp_path / "other.dae").write_text("not even XML")
    nodes = NODE + '<node name="far"><instance_geometry url="other.dae#x"/></node>'
    model = read(tmp_path, document(nodes=nodes))
    assert [item.path for item in model.instances] == [("box",)]
    (notice,) = model.notices
    assert (notice.code, notice.severity) == ("external-reference", "error")
    assert notice.data["url"] == "other.dae#x"


def test_a_shape_of_another_kind_is_named_missing(tmp_path: Path) -> None:
    model = read(tmp_path, document("<brep/>"))
    assert [(n.code, n.severity) for n in model.notices] == [("shape-not-read", "error")]


# Real files -------------------------------------------------------------------------------


def real(shared: Path, name: str) -> Model:
    return dae.read(Folder(shared / "cells"), name, ReadOptions())


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "triangles", "extent", "unit", "axis"),
    [
        ("odd/assimp/cube_UTF16LE.dae", 12, (100, 100, 100), "cm", "Y"),
        ("odd/assimp/cube_tristrips.dae", 12, (100, 100, 100), "m", "Z"),
        ("odd/assimp/ConcavePolygon.dae", 64, (0, 1.485, 1.485), "m", "Y"),
        ("odd/assimp/cube_xmlspecialchars.dae", 12, (100, 100, 100), "cm", "Y"),
        ("odd/trimesh/cube_invalid_shininess.dae", 12, (2, 2, 2), "m", "Y"),
        ("odd/trimesh/blue_cube.dae", 12, (2, 2, 2), "m", "Z"),
        ("broken/derived/unit_inch.dae", 1532, None, "in", "Z"),
        ("broken/derived/unit_missing_yup.dae", 1532, None, "m", "Y"),
        ("cell-ariac/meshes/conveyor_belt/conveyor.dae", 1532, None, "m", "Z"),
    ],
)
def test_odd_files(
    shared: Path, name: str, triangles: int, extent: tuple[float, ...] | None, unit: str, axis: str
) -> None:
    model = real(shared, name)
    assert sum(len(item.mesh.faces) for item in model.instances) == triangles
    assert (model.unit, model.up_axis) == (unit, axis)
    corners = np.concatenate([placed(item).reshape(-1, 3) for item in model.instances])
    if extent is not None:
        assert np.ptp(corners, axis=0) == pytest.approx(np.array(extent), abs=1e-3)
    assert {"unit-assumed"} & {n.code for n in model.notices} == (
        {"unit-assumed"} if name.endswith(("tristrips.dae", "shininess.dae", "missing_yup.dae")) else set()
    )


@pytest.mark.shared
def test_the_concave_ring_is_as_large_as_its_outline(shared: Path) -> None:
    """The polygons of the file are concave: their vector area says what they cover, whatever the triangles."""
    (only,) = real(shared, "odd/assimp/ConcavePolygon.dae").instances
    corners = placed(only)
    vector = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).sum(axis=0) / 2
    assert area(corners) == pytest.approx(float(np.linalg.norm(vector)), rel=1e-9)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("broken/assimp/box_nested_animation_4286.dae", "states 3 numbers but holds 24"),
        ("broken/derived/entity_expansion.dae", "entities are never expanded"),
        ("broken/derived/truncated.dae", r"line \d+: is not well-formed XML"),
        ("broken/derived/unit_nan.dae", "'NaN'"),
    ],
)
def test_broken_files_are_refused_at_once(shared: Path, name: str, says: str) -> None:
    start = time.process_time()
    with pytest.raises(InputError, match=says) as caught:
        real(shared, name)
    assert time.process_time() - start < HANG
    assert str(caught.value).startswith(name)
