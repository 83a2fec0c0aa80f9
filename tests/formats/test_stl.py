"""STL of our own making: each habit and each defect; the real files are in test_plain_shared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from immersive.errors import InputError
from immersive.formats.stl import FORMATS
from tests.formats.plain_files import TETRA, area, only_mesh, read, stl_bytes, stl_text, tetra_triangles

FACET = "facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\n"


def write(tmp_path: Path, data: bytes | str, name: str = "a.stl") -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_binary_shares_equal_corners_and_stays_closed(tmp_path: Path) -> None:
    model = read(write(tmp_path, stl_bytes(tetra_triangles())))
    mesh = model.instances[0].mesh
    assert mesh.vertices.shape == (4, 3)
    np.testing.assert_array_equal(mesh.vertices[mesh.faces], tetra_triangles())
    assert mesh.topology.watertight
    assert mesh.topology.volume == pytest.approx(1 / 6, rel=1e-12)
    assert (model.unit, model.up_axis, model.notices) == (None, None, ())


def test_ascii_gives_the_same(tmp_path: Path) -> None:
    vertices, faces = only_mesh(write(tmp_path, stl_text(tetra_triangles())))
    np.testing.assert_array_equal(vertices[faces], tetra_triangles())


@settings(max_examples=30, deadline=None)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(0, 20), st.just(3), st.just(3)),
        elements=st.floats(-1e6, 1e6, width=32),
    )
)
def test_round_trip_binary(tmp_path_factory: pytest.TempPathFactory, triangles: np.ndarray) -> None:
    path = write(tmp_path_factory.mktemp("stl"), stl_bytes(triangles))
    vertices, faces = only_mesh(path)
    np.testing.assert_array_equal(vertices[faces].reshape(-1, 3, 3), triangles.astype(np.float64))


@settings(max_examples=30, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(0, 8), st.just(3), st.just(3)),
        elements=st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_round_trip_ascii_is_exact_for_every_double(
    tmp_path_factory: pytest.TempPathFactory, triangles: np.ndarray
) -> None:
    """Also the numbers that the compiled reader hands to Python: 17 digits, large exponents."""
    path = write(tmp_path_factory.mktemp("stl"), stl_text(triangles))
    vertices, faces = only_mesh(path)
    np.testing.assert_array_equal(vertices[faces].reshape(-1, 3, 3), triangles)


def test_header_that_begins_with_solid_is_still_binary(tmp_path: Path) -> None:
    vertices, faces = only_mesh(write(tmp_path, stl_bytes(tetra_triangles(), header=b"solid made by CAD")))
    assert (len(vertices), len(faces)) == (4, 4)


def test_several_solids_are_parts_and_an_empty_one_is_left_out(tmp_path: Path) -> None:
    text = (
        "SOLID Upper Arm\n"
        + FACET.upper()
        + "ENDSOLID\nsolid nothing\nendsolid\nsolid\n"
        + FACET
        + "endsolid"
    )
    model = read(write(tmp_path, text, "robot.stl"))
    assert [item.path for item in model.instances] == [("robot", "Upper Arm"), ("robot", "solid_3")]
    assert [len(item.mesh.faces) for item in model.instances] == [1, 1]


def test_line_ends_and_one_long_line(tmp_path: Path) -> None:
    for name, text in (
        ("crlf.stl", ("solid\n" + FACET + "endsolid\n").replace("\n", "\r\n")),
        ("cr.stl", ("solid\n" + FACET + "endsolid\n").replace("\n", "\r")),
        ("long.stl", "solid x\n" + FACET.replace("\n", " ") + " endsolid"),
        ("tabs.stl", ("  solid\n" + FACET + "endsolid").replace(" ", "\t")),
    ):
        vertices, faces = only_mesh(write(tmp_path, text, name))
        assert area(vertices, faces) == pytest.approx(0.5)


def test_numbers_as_programs_write_them(tmp_path: Path) -> None:
    facet = FACET.replace("vertex 1 0 0", "vertex +1.0E+000 -0.0 .0").replace(
        "vertex 0 1 0", "vertex 0. 1.d0 0e5"
    )
    vertices, faces = only_mesh(write(tmp_path, "solid\n" + facet + "endsolid"))
    np.testing.assert_array_equal(vertices[faces][0], [[0, 0, 0], [1, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("solid\n" + FACET.replace("1 0 0", "1,5 0,0 0,0"), "line 5: '1,5' has a decimal comma"),
        ("solid\n" + FACET.replace("1 0 0", "1 x 0"), "line 5: 'x' is not a number"),
        ("solid\n" + FACET, "ends without 'endsolid'"),
        ("solid\n" + FACET[:60], "cut off"),
        ("solid\n" + FACET.replace("vertex 0 1 0\n", ""), "exactly three vertices"),
        ("solid\n" + FACET.replace("endloop", "vertex 2 2 2\nendloop"), "line 7: a facet has exactly three"),
        ("solid\nfacet normal 0 0 1\nouter ring", "unexpected 'ring'"),
        ("solid\n" + FACET + "endsolid\ngarbage", "line 10: unexpected 'garbage'"),
    ],
)
def test_ascii_defects_are_refused_with_their_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read(write(tmp_path, text))
    assert says in str(caught.value)
    assert "failed on it" not in str(caught.value)


@pytest.mark.parametrize("count", [0, 3, 5, 4_294_967_295])
def test_a_count_that_lies_is_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(InputError, match=f"announces {count:,} triangles, the file holds 4"):
        read(write(tmp_path, stl_bytes(tetra_triangles(), header=b"x", count=count)))


@pytest.mark.parametrize("cut", [1, 25, 49])
def test_a_binary_file_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    with pytest.raises(InputError, match=f"holds 3 and {50 - cut} bytes of another: it is cut off"):
        read(write(tmp_path, stl_bytes(tetra_triangles(), header=b"x")[:-cut]))


def test_too_short_to_be_anything(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has 30 bytes"):
        read(write(tmp_path, b"\x01" * 30))


def test_a_few_bytes_behind_are_said(tmp_path: Path) -> None:
    model = read(write(tmp_path, stl_bytes(tetra_triangles(), header=b"x") + b"\r\n"))
    assert [(item.code, item.data["bytes"]) for item in model.notices] == [("trailing-bytes", 2)]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_triangles_that_are_not_finite_are_left_out_and_counted(tmp_path: Path, value: float) -> None:
    triangles = np.concatenate([tetra_triangles(), tetra_triangles()[:2] + 5])
    triangles[4, 1, 2] = value
    binary = read(write(tmp_path, stl_bytes(triangles)))
    ascii_ = read(write(tmp_path, stl_text(triangles), "b.stl"))
    for model in (binary, ascii_):
        mesh = model.instances[0].mesh
        assert len(mesh.faces) == 5
        assert mesh.dropped == {"nan_triangles": 1}
        assert np.isfinite(mesh.vertices).all()
        assert [(item.code, item.data["dropped"], item.data["of"]) for item in model.notices] == [
            ("nan-triangles", 1, 6)
        ]


def test_nan_as_the_microsoft_library_writes_it(tmp_path: Path) -> None:
    facet = FACET.replace("vertex 1 0 0", "vertex 1.#QNAN -1.#IND 1.#INF")
    model = read(write(tmp_path, "solid\n" + FACET + facet + "endsolid"))
    assert model.instances[0].mesh.dropped == {"nan_triangles": 1}


def test_magics_colours(tmp_path: Path) -> None:
    """The header's colour is the part's; a triangle without bit 15 has its own, red lowest."""
    header = b"COLOR=" + bytes([255, 128, 0, 255]) + b",MATERIAL="
    same = read(write(tmp_path, stl_bytes(tetra_triangles(), header=header, attributes=0x8000)))
    assert same.instances[0].color == pytest.approx((1.0, 128 / 255, 0.0, 1.0))
    assert same.instances[0].mesh.face_colors is None
    own = read(
        write(
            tmp_path,
            stl_bytes(tetra_triangles(), header=header, attributes=[0x8000, 31, 31 << 5, 31 << 10]),
            "own.stl",
        )
    )
    colors = own.instances[0].mesh.face_colors
    assert colors is not None
    assert colors.tolist() == [[255, 128, 0, 255], [255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]]


def test_viscam_colours_are_the_other_way_round(tmp_path: Path) -> None:
    bits = [0x8000 | 31, 0x8000 | 31 << 5, 0x8000 | 31 << 10, 0]
    triangles = np.concatenate([tetra_triangles(), tetra_triangles()[:1]])
    triangles[4, 0, 0] = np.nan
    mesh = read(write(tmp_path, stl_bytes(triangles, attributes=[*bits, 0x8000]))).instances[0].mesh
    assert mesh.face_colors is not None
    assert mesh.face_colors[:3].tolist() == [[0, 0, 255, 255], [0, 255, 0, 255], [255, 0, 0, 255]]
    assert len(mesh.face_colors) == len(mesh.faces) == 4


def test_attributes_without_meaning_give_no_colour(tmp_path: Path) -> None:
    instance = read(write(tmp_path, stl_bytes(tetra_triangles(), attributes=7))).instances[0]
    assert (instance.color, instance.mesh.face_colors) == (None, None)


def test_zero_triangles_are_an_empty_part(tmp_path: Path) -> None:
    for name, data in (("b.stl", stl_bytes(np.empty((0, 3, 3)))), ("a.stl", b"solid x\nendsolid x\n")):
        vertices, faces = only_mesh(write(tmp_path, data, name))
        assert (vertices.shape, faces.shape) == ((0, 3), (0, 3))


def test_the_key_follows_the_content(tmp_path: Path) -> None:
    first = read(write(tmp_path, stl_bytes(tetra_triangles()), "a.stl")).instances[0].mesh
    again = read(write(tmp_path, stl_bytes(tetra_triangles()), "b.stl")).instances[0].mesh
    other = read(write(tmp_path, stl_bytes(tetra_triangles() * 2), "c.stl")).instances[0].mesh
    assert first.key == again.key != other.key


def test_sniff() -> None:
    sniff = FORMATS[0].sniff
    assert sniff(stl_bytes(tetra_triangles()))
    assert sniff(stl_bytes(tetra_triangles(), header=b"solid x"))
    assert sniff(stl_text(tetra_triangles()).encode()[:1024])
    for other in (
        b"ply\nformat ascii 1.0\n" * 20,
        b"glTF" + bytes(200),
        b"<?xml version='1.0'?>" * 20,
        b"v 0 0 0\n" * 99,
    ):
        assert not sniff(other)


def test_vertices_are_those_of_the_file_in_its_order(tmp_path: Path) -> None:
    vertices, faces = only_mesh(write(tmp_path, stl_bytes(tetra_triangles())))
    np.testing.assert_array_equal(vertices, TETRA[[0, 2, 1, 3]])
    assert faces[0].tolist() == [0, 1, 2]


def test_a_file_of_several_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file is read piece by piece; here pieces of three triangles."""
    rng = np.random.default_rng(5)
    triangles = rng.integers(0, 4, (50, 3, 3)).astype(np.float64)
    triangles[17, 2, 1] = np.nan
    attributes = np.where(np.arange(50) > 20, 0x8000 | 31, 0)
    path = write(tmp_path, stl_bytes(triangles, attributes=attributes) + b"tail")
    whole = read(path).instances[0].mesh
    monkeypatch.setattr("immersive.formats.stl._PIECE", 3)
    pieces = read(path).instances[0].mesh
    np.testing.assert_array_equal(pieces.vertices, whole.vertices)
    np.testing.assert_array_equal(pieces.faces, whole.faces)
    assert whole.face_colors is not None
    assert pieces.face_colors is not None
    np.testing.assert_array_equal(pieces.face_colors, whole.face_colors)
    np.testing.assert_array_equal(whole.face_colors[:, 2] == 255, np.delete(attributes, 17) != 0)
    np.testing.assert_array_equal(whole.vertices[whole.faces], np.delete(triangles, 17, axis=0))
