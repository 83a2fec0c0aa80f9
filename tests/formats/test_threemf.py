"""3MF: packages made here with known content; every attack on archive and references refused."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from immersive.errors import InputError, LimitError, UnsupportedError
from immersive.formats import _threemf_mesh, _zip, threemf
from immersive.formats._base import Folder, Instance, Model, ReadOptions
from immersive.formats._placement_claims import bounds
from tests.builders import HANG

CORE = 'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"'
EXTRA = (
    'xmlns:m="http://schemas.microsoft.com/3dmanufacturing/material/2015/02" '
    'xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06" '
    'xmlns:b="http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02" '
    'xmlns:q="http://example.com/quantum"'
)
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
    'Target="/3D/3dmodel.model" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
POINTS = [(0, 0, 0), (10, 0, 0), (0, 20, 0), (0, 0, 30)]
FACES = [(0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2)]


def vertices() -> str:
    rows = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in POINTS)
    return f"<vertices>{rows}</vertices>"


def triangles(extra: tuple[str, ...] = ("", "", "", "")) -> str:
    rows = "".join(
        f'<triangle v1="{a}" v2="{b}" v3="{c}"{x}/>' for (a, b, c), x in zip(FACES, extra, strict=True)
    )
    return f"<triangles>{rows}</triangles>"


def shape(name: str = "1", attributes: str = 'name="tetra"', body: str | None = None) -> str:
    return f'<object id="{name}" {attributes}><mesh>{body if body is not None else vertices() + triangles()}</mesh></object>'


def model(
    resources: str | None = None, build: str = '<item objectid="1"/>', attributes: str = 'unit="millimeter"'
) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><model {CORE} {EXTRA} {attributes}>'
        f"<resources>{shape() if resources is None else resources}</resources><build>{build}</build></model>"
    )


def package(parts: dict[str, str | bytes], *, rels: str | None = RELS) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if rels is not None:
            archive.writestr("_rels/.rels", rels)
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def read(tmp_path: Path, content: str | bytes | dict[str, str | bytes], **options: str | None) -> Model:
    if isinstance(content, str):
        content = {"3D/3dmodel.model": content}
    data = content if isinstance(content, bytes) else package(content, **options)
    (tmp_path / "part.3mf").write_bytes(data)
    return threemf.read(Folder(tmp_path), "part.3mf", ReadOptions())


def placed(instance: Instance) -> np.ndarray:
    matrix = instance.file_from_mesh
    return (instance.mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3])[instance.mesh.faces]


def volume(corners: np.ndarray) -> float:
    return float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6.0)


def codes(found: Model) -> list[str]:
    return [notice.code for notice in found.notices]


@pytest.mark.parametrize("unit", list(threemf.UNITS))
def test_a_tetrahedron_in_every_unit(tmp_path: Path, unit: str) -> None:
    found = read(tmp_path, model(attributes=f'unit="{unit}"'))
    (only,) = found.instances
    assert (found.unit, found.unit_origin, found.up_axis) == (threemf.UNITS[unit], "file", "Z")
    assert only.path == ("tetra",)
    assert volume(placed(only)) == pytest.approx(10 * 20 * 30 / 6)
    assert found.notices == ()


def test_no_unit_is_the_millimetre_and_another_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path, model(attributes="")).unit == "mm"
    with pytest.raises(InputError, match="'milimeter', did you mean 'millimeter'"):
        read(tmp_path, model(attributes='unit="milimeter"'))


def test_transforms_are_rows_times_matrix(tmp_path: Path) -> None:
    # x' = y, y' = -x (a turn by −90° about Z), then moved: the twelve numbers row by row.
    build = '<item objectid="1" transform="0 -1 0 1 0 0 0 0 1 100 200 300"/>'
    (only,) = read(tmp_path, model(build=build)).instances
    assert placed(only).reshape(-1, 3).max(axis=0) == pytest.approx([120, 200, 330])
    assert placed(only).reshape(-1, 3).min(axis=0) == pytest.approx([100, 190, 300])


def test_components_nest_and_share_one_mesh(tmp_path: Path) -> None:
    resources = (
        shape() + '<object id="2" name="pair"><components><component objectid="1"/>'
        '<component objectid="1" transform="-1 0 0 0 1 0 0 0 1 0 0 0"/></components></object>'
        '<object id="3"><components><component objectid="2" transform="1 0 0 0 1 0 0 0 1 0 0 50"/></components></object>'
    )
    build = '<item objectid="3" transform="1 0 0 0 1 0 0 0 1 7 0 0"/><item objectid="2"/>'
    found = read(tmp_path, model(resources, build)).instances
    assert [item.path for item in found] == [("object 3", "pair", "tetra")] * 2 + [("pair", "tetra")] * 2
    assert len({id(item.mesh) for item in found}) == 1
    assert placed(found[1]).reshape(-1, 3).min(axis=0) == pytest.approx([-3, 0, 50])
    assert np.linalg.det(found[1].file_from_mesh) == pytest.approx(-1)


def test_production_paths_lead_to_other_model_parts(tmp_path: Path) -> None:
    other = model(shape("9", 'name="far"'), "")
    resources = (
        '<object id="1"><components><component objectid="9" p:path="/3D/other.model"/></components></object>'
    )
    build = '<item objectid="1"/><item objectid="9" p:path="/3D/Other.model"/>'
    found = read(
        tmp_path,
        {"3D/3dmodel.model": model(resources, build, 'requiredextensions="p"'), "3D/other.model": other},
    )
    assert [item.path for item in found.instances] == [("object 1", "far"), ("far",)]
    assert found.instances[0].mesh is found.instances[1].mesh
    with pytest.raises(UnsupportedError, match=r"'in', the package in 'mm'"):
        read(
            tmp_path,
            {
                "3D/3dmodel.model": model(resources, build),
                "3D/other.model": other.replace("millimeter", "inch"),
            },
        )
    with pytest.raises(InputError, match=r"'/3D/other.model', which does not exist"):
        read(tmp_path, model(resources, build))


# Colours ----------------------------------------------------------------------------------

BASE = '<basematerials id="5"><base name="a" displaycolor="#FF0000"/><base name="b" displaycolor="#0000FF80"/></basematerials>'
GROUP = '<m:colorgroup id="6"><m:color color="#00FF00FF"/><m:color color="#FF00FFFF"/></m:colorgroup>'


@pytest.mark.parametrize(
    ("attributes", "extra", "single", "each"),
    [
        ('pid="5" pindex="0"', ("",) * 4, (1, 0, 0, 1), None),
        ('pid="5" pindex="1"', ("",) * 4, (0, 0, 1, 128 / 255), None),
        ("", (' pid="6" p1="0"',) * 4, (0, 1, 0, 1), None),
        ('pid="5" pindex="0"', ("", "", ' pid="6" p1="0"', ' p1="1"'), None, [[255, 0, 0, 255]] * 2 + [[0, 255, 0, 255], [0, 0, 255, 128]]),
        ("", (' pid="6" p1="0" p2="1" p3="1"', "", "", ""), None, [[170, 85, 170, 255]] + [[204, 204, 204, 255]] * 3),
        ('pid="77" pindex="0"', ("",) * 4, None, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("long", [False, True])
def test_colours_of_objects_and_triangles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attributes: str, extra: tuple[str, ...],
    single: tuple[float, ...] | None, each: list[list[int]] | None, long: bool,
) -> None:  # fmt: skip
    if long:
        monkeypatch.setattr(_threemf_mesh, "_LONG", 0)
    resources = BASE + GROUP + shape(attributes=attributes, body=vertices() + triangles(extra))
    found = read(tmp_path, model(resources))
    (only,) = found.instances
    assert only.color == (None if single is None else pytest.approx(single))
    colors = only.mesh.face_colors
    assert (None if colors is None else colors.tolist()) == each
    assert codes(found) == []


@pytest.mark.parametrize("extra", [' pid="5" p1="1000000"', ' pid="5"'])
def test_colours_that_do_not_exist_are_left_out(tmp_path: Path, extra: str) -> None:
    found = read(tmp_path, model(BASE + shape(body=vertices() + triangles((extra, "", "", "")))))
    (only,) = found.instances
    assert (only.color, only.mesh.face_colors) == (None, None)
    assert codes(found) == ["bad-colors"]


# The two ways to read long lists ----------------------------------------------------------

DRESSES = {
    "plain": lambda text: text,
    "spaced": lambda text: text.replace("<vertex ", "\n\t<vertex\n ").replace("/>", " />"),
    "closing tags": lambda text: text.replace('z="0"/>', 'z="0"></vertex>'),
    "other order": lambda text: text.replace('x="10" y="0"', 'y="0" x="10"').replace('v1="0" v2="2"', 'v2="2" v1="0"'),
    "single quotes": lambda text: text.replace('x="10"', "x='10'"),
    "comment inside": lambda text: text.replace("</vertices>", "<!-- <vertex x='9' y='9' z='9'/> --></vertices>"),
    "foreign attribute": lambda text: text.replace('x="10"', 'q:mass="3" x="10"'),
    "commented mesh": lambda text: text.replace("<build>", "<!-- <vertices><vertex x='1' y='2' z='3'/></vertices> --><build>"),
    "long digits": lambda text: text.replace('x="10"', 'x="10.000000000000000000000000"'),
    "exponent": lambda text: text.replace('x="10"', 'x="+1.0e+001"'),
}  # fmt: skip


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("long", [False, True])
def test_lists_read_the_same_in_any_dress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dress: str, long: bool
) -> None:
    monkeypatch.setattr(_threemf_mesh, "_LONG", 0 if long else 1 << 30)
    text = DRESSES[dress](model())
    assert (text != model()) == (dress != "plain")
    (only,) = read(tmp_path, text).instances
    assert only.mesh.vertices.tolist() == [list(map(float, point)) for point in POINTS]
    assert only.mesh.faces.tolist() == [list(face) for face in FACES]


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('x="10"', 'x="ten"', "no numbers"),
        ('x="10" ', "", "no numbers"),
        ('v1="1" v2="2"', 'v1="1" v2="4"', "vertex 4, but there are 4"),
        ('v1="1" v2="2"', 'v1="1" v2="-2"', "vertex -2"),
        ('v1="1" v2="2"', 'v1="1" v2="2.5"', "no numbers"),
        ('v1="1" v2="2"', 'v1="1"', "no numbers"),
        ('v1="1" v2="2"', 'v1="1" v2="99999999999999999999999"', "no numbers|vertex"),
    ],
)
def test_lists_with_defects_are_refused_either_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long: bool, old: str, new: str, says: str
) -> None:
    monkeypatch.setattr(_threemf_mesh, "_LONG", 0 if long else 1 << 30)
    with pytest.raises(InputError, match=says):
        read(tmp_path, model().replace(old, new, 1))


@pytest.mark.parametrize("long", [False, True])
def test_coordinates_that_are_no_number_are_dropped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long: bool
) -> None:
    monkeypatch.setattr(_threemf_mesh, "_LONG", 0 if long else 1 << 30)
    (only,) = read(tmp_path, model().replace('z="30"', 'z="nan"')).instances
    assert only.mesh.dropped == {"nan_triangles": 3}
    assert len(only.mesh.faces) == 1


def test_utf16_is_read(tmp_path: Path) -> None:
    text = model().replace("UTF-8", "UTF-16").replace("tetra", "Tetraëder")
    (only,) = read(tmp_path, {"3D/3dmodel.model": text.encode("utf-16")}).instances
    assert only.path == ("Tetraëder",)


# Extensions -------------------------------------------------------------------------------


def test_a_required_extension_that_is_not_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"http://example\.com/quantum"):
        read(tmp_path, model(attributes='requiredextensions="m q"'))
    with pytest.raises(UnsupportedError, match="'zz'"):
        read(tmp_path, model(attributes='requiredextensions="zz"'))
    assert len(read(tmp_path, model(attributes='requiredextensions="m p"')).instances) == 1


def test_a_beam_lattice_is_said_to_be_missing(tmp_path: Path) -> None:
    beams = (
        vertices()
        + "<triangles/><b:beamlattice radius='1'><b:beams><b:beam v1='0' v2='1'/></b:beams></b:beamlattice>"
    )
    found = read(tmp_path, model(shape(body=beams), attributes='requiredextensions="b"'))
    assert found.instances == ()
    assert [(n.code, n.severity) for n in found.notices] == [("beam-lattice-not-shown", "error")]


def test_an_object_of_another_kind_is_said_to_be_missing(tmp_path: Path) -> None:
    found = read(tmp_path, model('<object id="1" name="b"><q:booleanshape/></object>'))
    assert codes(found) == ["shape-not-read"]


# Defects and attacks ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resources", "build", "says"),
    [
        (None, '<item objectid="14"/>', "object '14', which does not exist"),
        ('<object id="1"><components><component objectid="8"/></components></object>', '<item objectid="1"/>', "object '8'"),
        (shape() + shape(), '<item objectid="1"/>', "two objects with the id '1'"),
        ('<object id="1"><components><component objectid="1"/></components></object>', '<item objectid="1"/>', "contains itself"),
        ('<object id="1"><components><component objectid="2"/></components></object>'
         '<object id="2"><components><component objectid="1"/></components></object>', '<item objectid="1"/>', "contains itself"),
        (None, '<item objectid="1" transform="1 0 0"/>', "3 numbers where 12"),
        (None, '<item objectid="1" transform="nan 0 0 0 1 0 0 0 1 0 0 0"/>', "not finite"),
    ],
)  # fmt: skip
def test_references_to_nothing_and_circles_are_refused(
    tmp_path: Path, resources: str | None, build: str, says: str
) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read(tmp_path, model(resources, build))
    assert str(caught.value).startswith("part.3mf")


def test_components_that_multiply_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threemf._Model, "_budget", 2000)
    doubling = "".join(
        f'<object id="{i}"><components><component objectid="{i + 1}"/><component objectid="{i + 1}"/></components></object>'
        for i in range(1, 40)
    )
    with pytest.raises(LimitError, match="places more than"):
        read(tmp_path, model(doubling + shape("40")))


def test_a_dtd_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="DTD"):
        read(tmp_path, model().replace("<model", "<!DOCTYPE model [<!ELEMENT model ANY>]><model"))


@pytest.mark.parametrize(
    ("rels", "says"),
    [
        (None, "no _rels/.rels"),
        (RELS.replace("3dmodel.model", "gone.model"), "'/3D/gone.model', which does not exist"),
        (RELS.replace("2013/01/3dmodel", "2013/01/thumbnail"), "names no 3D model"),
    ],
)
def test_packages_without_a_model_are_refused(tmp_path: Path, rels: str | None, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read(tmp_path, {"3D/3dmodel.model": model()}, rels=rels)


def test_no_build_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no <build>"):
        read(tmp_path, model().replace("<build>", "<bauen>").replace("</build>", "</bauen>"))


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "C:/x", "a\\..\\..\\x"])
def test_names_that_climb_out_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="climbs out"):
        read(tmp_path, {"3D/3dmodel.model": model(), name: "x"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["part.3mf"]


def test_every_truncation_is_refused_or_reads_the_whole(tmp_path: Path) -> None:
    whole = package({"3D/3dmodel.model": model()})
    for length in range(0, len(whole), 7):
        with pytest.raises(InputError):
            read(tmp_path, whole[:length])


def test_flipped_bytes_never_give_another_shape(tmp_path: Path) -> None:
    """Whatever single byte is damaged: the same tetrahedron, or a deliberate error."""
    whole = package({"3D/3dmodel.model": model()})
    for at in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        try:
            found = read(tmp_path, bytes(damaged))
        except InputError:
            continue
        assert volume(placed(found.instances[0])) == pytest.approx(1000.0)


def test_an_encrypted_package_is_refused(tmp_path: Path) -> None:
    data = bytearray(package({"3D/3dmodel.model": model()}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            data[at + offset] |= 1
    with pytest.raises(InputError, match="encrypted"):
        read(tmp_path, bytes(data))


def test_bombs_are_bounded_in_time_and_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = package({"3D/3dmodel.model": b" " * (200 << 20)})
    # A header that lies about the inflated size does not help.
    lying = bytearray(bomb)
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = lying.rfind(signature)
        lying[at + offset : at + offset + 4] = struct.pack("<I", 1000)
    for data in (bomb, bytes(lying)):
        tracemalloc.start()
        start = time.process_time()
        with pytest.raises((LimitError, InputError)):
            read(tmp_path, data)
        assert time.process_time() - start < HANG
        assert tracemalloc.get_traced_memory()[1] < 40 << 20
        tracemalloc.stop()
    monkeypatch.setattr(_zip, "MAX_ENTRY_BYTES", 100)
    with pytest.raises(LimitError, match="beyond 100 bytes"):
        read(tmp_path, model())
    monkeypatch.setattr(_zip, "MAX_TOTAL_BYTES", 100)
    with pytest.raises(LimitError, match="at most 100"):
        read(tmp_path, model())
    monkeypatch.setattr(_zip, "MAX_ENTRIES", 1)
    with pytest.raises(LimitError, match="at most 1 "):
        read(tmp_path, model())


# Real files -------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "parts", "count", "extent", "unit", "says"),
    [
        ("odd/trimesh/counterXP.3MF", 6, 83_750, (304.8, 304.4088, 25.8383), "mm", []),
        ("odd/trimesh/cube_and_sphere_same_name.3mf", 2, 5132, (92.8005, 40, 40), "mm", []),
        ("odd/trimesh/featuretype.3MF", 1, 2208, (5, 2.5, 1.375), "in", []),
        ("odd/3mf-samples/multiple_cylinders.3mf", 6, 528, (62, 40.5928, 20), "mm", []),
        ("odd/3mf-samples/box_prod.3mf", 1, 12, (10, 20, 30), "mm", []),
        ("odd/3mf-samples/pyramid_vertexcolor.3mf", 1, 4, (10, 10, 10), "mm", []),
        ("odd/3mf-samples/pyramid.3mf", 0, 0, None, "mm", ["beam-lattice-not-shown"]),
        ("broken/assimp/malformed_property_index_oob.3mf", 1, 1, (10, 20, 0), "mm", ["bad-colors"]),
    ],
)
def test_odd_packages(
    shared: Path,
    name: str,
    parts: int,
    count: int,
    extent: tuple[float, ...] | None,
    unit: str,
    says: list[str],
) -> None:
    found = threemf.read(Folder(shared / "cells"), name, ReadOptions())
    assert len(found.instances) == parts
    assert sum(len(item.mesh.faces) for item in found.instances) == count
    assert (found.unit, codes(found)) == (unit, says)
    box = bounds(found.instances, 1.0)
    assert (box is None) == (extent is None)
    if box is not None and extent is not None:
        assert np.ptp(box, axis=0) == pytest.approx(np.array(extent), abs=1e-4)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("3mf-samples/MUSTFAIL_Chapter2.1.1a_PartsRelationships_NonExist3DModelPart", "names no 3D model"),
        (
            "3mf-samples/MUSTFAIL_Chapter3.4.3.1a_NotMatchingObjectIdInBuildItem",
            "object '14', which does not exist",
        ),
        ("3mf-samples/MUSTFAIL_Chapter2.3.2b_DataTypeDefinitionInXMLMarkup", "DTD"),
        ("derived/zip_bomb_256MB", "inflates 1,028 times"),
        ("derived/zip_slip", "climbs out"),
        ("derived/truncated", "truncated"),
    ],
)
def test_broken_packages_are_refused_at_once(shared: Path, name: str, says: str) -> None:
    start = time.process_time()
    with pytest.raises(InputError, match=says):
        threemf.read(Folder(shared / "cells"), f"broken/{name}.3mf", ReadOptions())
    assert time.process_time() - start < HANG
