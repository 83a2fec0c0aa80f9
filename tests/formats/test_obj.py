"""OBJ of our own making: each habit and each defect; the real files are in test_plain_shared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from immersive.errors import InputError
from immersive.formats._base import Folder, Model, ReadOptions
from immersive.formats._read import read_model
from immersive.formats.obj import FORMATS
from immersive.scene.model import Severity
from tests.formats.plain_files import TETRA, TETRA_FACES, area, only_mesh
from tests.formats.plain_files import read as read_file

SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


def write(tmp_path: Path, text: str | bytes, name: str = "a.obj") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(tmp_path: Path, text: str | bytes) -> Model:
    return read_file(write(tmp_path, text))


def codes(model: Model) -> list[str]:
    return [item.code for item in model.notices]


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, (4, 3), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_round_trip_is_exact_for_every_double(
    tmp_path_factory: pytest.TempPathFactory, points: np.ndarray
) -> None:
    text = "".join(f"v {x!r} {y!r} {z!r}\n" for x, y, z in points.tolist())
    text += "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in TETRA_FACES.tolist())
    vertices, faces = only_mesh(write(tmp_path_factory.mktemp("obj"), text))
    np.testing.assert_array_equal(vertices, points)
    np.testing.assert_array_equal(faces, TETRA_FACES)


@pytest.mark.parametrize(
    "corner", ["{}", "{}/{}", "{}//{}", "{}/{}/{}", "{}//", "{}/", "{}/{}/"], ids=lambda form: form
)
def test_every_form_of_a_corner(tmp_path: Path, corner: str) -> None:
    text = "".join("v {} {} {}\nvt 0 0\nvn 0 0 1\n".format(*row) for row in TETRA)
    for face in TETRA_FACES.tolist():
        text += "f " + " ".join(corner.format(*[i + 1] * corner.count("{}")) for i in face) + "\n"
    _, faces = only_mesh(write(tmp_path, text))
    np.testing.assert_array_equal(faces, TETRA_FACES)


def test_negative_indices_count_back_from_where_they_stand(tmp_path: Path) -> None:
    text = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf -3 -2 -1\nv 0 0 1\nv 1 0 1\nv 0 1 1\nf -3/-1 -2/-1/-1 -1//-1\n"
    _, faces = only_mesh(write(tmp_path, text))
    assert faces.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_face_may_stand_before_its_vertices(tmp_path: Path) -> None:
    _, faces = only_mesh(write(tmp_path, "f 1 2 3\n" + SQUARE))
    assert faces.tolist() == [[0, 1, 2]]


def test_a_concave_polygon_keeps_its_area(tmp_path: Path) -> None:
    """An arrow head: a fan from the first corner would give 3 instead of 2 … or overlap."""
    text = "v 0 0 0\nv 2 2 0\nv 0 1 0\nv -2 2 0\nf 1 2 3 4\n"
    vertices, faces = only_mesh(write(tmp_path, text))
    assert area(vertices, faces) == pytest.approx(2.0)
    star = "".join(
        f"v {float((1 + i % 2) * np.cos(np.pi * i / 6))!r} {float((1 + i % 2) * np.sin(np.pi * i / 6))!r} 3\n".replace(
            "np.float64(", ""
        ).replace(")", "")
        for i in range(12)
    )
    vertices, faces = only_mesh(write(tmp_path, star + "f " + " ".join(map(str, range(1, 13)))))
    assert len(faces) == 10
    assert area(vertices, faces) == pytest.approx(12 * np.sin(np.pi / 6))


def test_line_ends_continuations_comments_and_blanks(tmp_path: Path) -> None:
    text = "# head\n  v 0 0 0 # first\nv 1 \\\n 0 0\n\tv\t0 1 0\n\nf 1 \\\n2 3 # done"
    for variant in (text, text.replace("\n", "\r\n"), text.replace("\n", "\r")):
        vertices, faces = only_mesh(write(tmp_path, variant))
        np.testing.assert_array_equal(vertices, [[0, 0, 0], [1, 0, 0], [0, 1, 0]])
        assert faces.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be-bom", "utf-16-le-bom"])
def test_text_encodings(tmp_path: Path, encoding: str) -> None:
    text = "o Träger\n" + SQUARE + "f 1 2 3 4\n"
    if encoding.endswith("-bom"):
        data = ("\ufeff" + text).encode(encoding.removesuffix("-bom"))
    else:
        data = text.encode(encoding)
    model = read(tmp_path, data)
    assert model.instances[0].mesh.name == "Träger"
    assert len(model.instances[0].mesh.faces) == 2


def test_half_a_utf16_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="UTF-16"):
        read(tmp_path, "\ufeffv 0 0 0\n".encode("utf-16-le") + b"x")


def test_objects_are_parts_with_their_own_vertices(tmp_path: Path) -> None:
    text = "o one\n" + SQUARE + "f 1 2 3\no two\nv 5 5 5\nf 3 4 5\no one\nf 1 3 4\n"
    model = read(tmp_path, text)
    assert [item.path for item in model.instances] == [("a", "one"), ("a", "two")]
    one, two = (item.mesh for item in model.instances)
    assert (len(one.vertices), one.faces.tolist()) == (4, [[0, 1, 2], [0, 2, 3]])
    np.testing.assert_array_equal(two.vertices[two.faces][0], [[1, 1, 0], [0, 1, 0], [5, 5, 5]])


def test_groups_that_share_vertices_are_one_body(tmp_path: Path) -> None:
    """The named sides of a cube are no parts: the cube would fall into open pieces."""
    box = "".join(f"v {x} {y} {z}\n" for x in (0, 1) for y in (0, 1) for z in (0, 1))
    sides = ["1 2 4 3", "5 7 8 6", "1 5 6 2", "3 4 8 7", "1 3 7 5", "2 6 8 4"]
    text = box + "".join(f"g side{i}\nf {side}\n" for i, side in enumerate(sides))
    model = read(tmp_path, text)
    assert [item.path for item in model.instances] == [("a",)]
    assert model.instances[0].mesh.topology.watertight
    apart = text + box.replace("v ", "v 1") + "g other lid\nf 9 10 12 11\n"
    model = read(tmp_path, apart)
    assert [item.name for item in model.instances] == ["side0", "other lid"]


def test_materials_colour_parts_and_triangles(tmp_path: Path) -> None:
    (tmp_path / "paint shop.mtl").write_text(
        "newmtl red\nKd 1 0 0\n\nnewmtl glass\nKd 0 0.5 1.5\nTr 0.75\nnewmtl odd\nKd spectral x.rfl\n"
    )
    text = (
        "mtllib paint shop.mtl\no one\nusemtl red\n"
        + SQUARE
        + "f 1 2 3\no two\nf 1 2 3\nusemtl glass\nf 2 3 4\nusemtl none\nf 3 4 1\n"
    )
    model = read(tmp_path, text)
    one, two = model.instances
    assert one.color == (1.0, 0.0, 0.0, 1.0)
    assert two.color is None
    assert two.mesh.face_colors is not None
    assert two.mesh.face_colors.tolist() == [[255, 0, 0, 255], [0, 128, 255, 64], [204, 204, 204, 255]]
    assert model.references == ("paint shop.mtl",)
    assert codes(model) == []


def test_vertex_colours_become_triangle_colours(tmp_path: Path) -> None:
    text = "v 0 0 0 1 0 0\nv 1 0 0 1 0 0\nv 0 1 0 1 0 0\nv 1 1 0 0 0 1\nf 1 2 3\nf 2 4 3\n"
    (instance,) = read(tmp_path, text).instances
    assert instance.mesh.face_colors is not None
    assert instance.mesh.face_colors.tolist() == [[255, 0, 0, 255], [170, 0, 85, 255]]
    (same,) = read(tmp_path, text.replace("0 0 1\nf", "1 0 0\nf")).instances
    assert (same.color, same.mesh.face_colors) == ((1.0, 0.0, 0.0, 1.0), None)


@pytest.mark.parametrize("name", ["../secret.mtl", "/etc/passwd", "http://example.com/a.mtl", "C:\\a.mtl"])
def test_a_library_outside_the_folder_is_not_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.mtl").write_text("newmtl x\nKd 1 0 0\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    path = write(inner, f"mtllib {name}\nusemtl x\n{SQUARE}f 1 2 3\n")
    folder = Folder(inner)
    model, _ = read_model(folder, path.name, ReadOptions(cache=False))
    assert set(folder.digests) == {"a.obj"}
    assert codes(model) == ["reference-refused"]
    assert model.instances[0].color is None
    assert len(model.instances[0].mesh.faces) == 1


def test_an_absent_library_is_no_error(tmp_path: Path) -> None:
    model = read(tmp_path, f"mtllib a.mtl b.mtl\n{SQUARE}f 1 2 3\n")
    assert codes(model) == ["colors-missing"]
    assert model.notices[0].data["files"] == ["a.mtl", "b.mtl"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SQUARE + "f 1 2 9\n", "line 5: a face refers to vertex 9, but there are 4"),
        ("f 1 2\n" + SQUARE + "f 1 2 3\nf 1 2 2147483648\n", "line 7: a face refers to vertex 2,147,483,648"),
        (SQUARE + "f 0 1 2\n", "line 5: 'f 0 1 2' refers to vertex 0"),
        (SQUARE + "\nf -5 1 2\n", "line 6: 'f -5 1 2' refers to a vertex before the first"),
        (SQUARE + "f -0 1 2\n", "refers to vertex 0"),
        ("v 1,5 2,5 3,5\n" + SQUARE + "f 1 2 3\n", "line 1: '1,5' has a decimal comma"),
        ("f 1 2 3\n", "line 1: a face refers to vertex 1, but there are 0"),
        (SQUARE + "f 1 2 " + "9" * 40, "line 5: a face refers to vertex"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert says in str(caught.value)


def test_malformed_lines_are_passed_over_counted_and_numbered(tmp_path: Path) -> None:
    text = SQUARE + "f 1 2 3\nf 1 2\nwhat is this\nf 1 x 3\nf 1/2/3/4 2 3\nf 2 3 4\n"
    model = read(tmp_path, text)
    assert model.instances[0].mesh.faces.tolist() == [[0, 1, 2], [1, 2, 3]]
    (notice,) = model.notices
    assert (notice.code, notice.severity, notice.place) == ("malformed-lines", Severity.WARNING, "line 6")
    assert notice.data == {"count": 4, "lines": [6, 7, 8, 9]}


def test_a_senseless_vertex_keeps_its_number(tmp_path: Path) -> None:
    """Were it left out, every later face would silently be another one."""
    text = "v 0 0 0\nv nan 1 2\nv 1 0\nv 1 0 0\nv 0 1 0\nf 1 4 5\nf 1 2 4\nf 3 4 5\n"
    model = read(tmp_path, text)
    mesh = model.instances[0].mesh
    np.testing.assert_array_equal(mesh.vertices[mesh.faces], [[[0, 0, 0], [1, 0, 0], [0, 1, 0]]])
    assert np.isfinite(mesh.vertices).all()
    assert mesh.dropped == {"nan_triangles": 2}
    assert codes(model) == ["malformed-lines", "nan-triangles"]


def test_infinite_by_overflow_is_not_finite(tmp_path: Path) -> None:
    mesh = read(tmp_path, SQUARE + "v 1e999 0 0\nf 1 2 3\nf 1 2 5\n").instances[0].mesh
    assert mesh.dropped == {"nan_triangles": 1}


def test_what_has_no_triangles_is_said(tmp_path: Path) -> None:
    model = read(
        tmp_path, SQUARE + "p 1 2\nl 1 2 3\nl 3 4\ncstype bezier\ncurv 0 1 1 2\nsurf 0 1 0 1 1 2 3\nend\n"
    )
    assert {item.code: item.data["count"] for item in model.notices} == {
        "not-read-points": 1,
        "not-read-lines": 2,
        "not-read-freeform": 2,
    }
    assert len(model.instances[0].mesh.faces) == 0


def test_sniff() -> None:
    sniff = FORMATS[0].sniff
    assert sniff(b"# made by hand\r\nmtllib x.mtl\r\nv 1 2 3\r\n")
    assert sniff("\ufeffv 1 2 3\n".encode("utf-16-le"))
    for other in (
        b"solid x\nfacet normal 0 0 1\nvertex 0 0 0\n",
        b"ply\nformat ascii 1.0\n",
        b'{"asset": {}}',
        bytes(200),
    ):
        assert not sniff(other)


def test_a_library_that_appears_later_is_noticed(tmp_path: Path) -> None:
    """The cache holds what was looked for and absent, too."""
    path = write(tmp_path, f"mtllib a.mtl\nusemtl red\n{SQUARE}f 1 2 3\n")
    first, _ = read_model(Folder(tmp_path), path.name, ReadOptions())
    (tmp_path / "a.mtl").write_text("newmtl red\nKd 1 0 0\n")
    second, _ = read_model(Folder(tmp_path), path.name, ReadOptions())
    (tmp_path / "a.mtl").write_text("newmtl red\nKd 0 1 0\n")
    third, _ = read_model(Folder(tmp_path), path.name, ReadOptions())
    assert [model.instances[0].color for model in (first, second, third)] == [
        None,
        (1.0, 0.0, 0.0, 1.0),
        (0.0, 1.0, 0.0, 1.0),
    ]
