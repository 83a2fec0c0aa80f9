"""PLY of our own making: encodings, types, polygons, strips, colours, and headers that lie."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from immersive.errors import InputError
from immersive.formats._base import Model
from immersive.formats.ply import FORMATS
from tests.formats.plain_files import TETRA, TETRA_FACES, area, only_mesh
from tests.formats.plain_files import read as read_file

HEAD = "ply\nformat {}\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\n"
FACE = "element face {}\nproperty list uchar int vertex_indices\nend_header\n"
SQUARE = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n"
TYPES = {
    "char": "i1",
    "uchar": "u1",
    "short": "i2",
    "ushort": "u2",
    "int": "i4",
    "uint": "u4",
    "float": "f4",
    "double": "f8",
}


def write(tmp_path: Path, data: bytes | str, name: str = "a.ply") -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(tmp_path: Path, data: bytes | str) -> Model:
    return read_file(write(tmp_path, data))


def ascii_file(vertices: str, faces: str, *, extra: str = "", counts: tuple[int, int] | None = None) -> str:
    n, m = counts or (vertices.count("\n"), faces.count("\n"))
    return HEAD.format("ascii 1.0", n) + extra + FACE.format(m) + vertices + faces


def binary_file(
    points: np.ndarray,
    polygons: list[list[int]],
    *,
    order: str = "<",
    kind: str = "double",
    count: str = "uchar",
    index: str = "int",
    after: bytes = b"",
    extra: str = "",
) -> bytes:
    name = "binary_little_endian" if order == "<" else "binary_big_endian"
    head = f"ply\nformat {name} 1.0\ncomment made here\nelement vertex {len(points)}\n"
    head += "".join(f"property {kind} {axis}\n" for axis in "xyz")
    head += f"element face {len(polygons)}\nproperty list {count} {index} vertex_indices\n{extra}end_header\n"
    body = points.astype(order + TYPES[kind]).tobytes()
    for polygon in polygons:
        body += np.array([len(polygon)], order + TYPES[count]).tobytes()
        body += np.array(polygon, order + TYPES[index]).tobytes() + after
    return head.encode() + body


@settings(max_examples=30, deadline=None)
@given(
    points=arrays(np.float64, (4, 3), elements=st.floats(allow_nan=False, allow_infinity=False)),
    order=st.sampled_from(["<", ">", "a"]),
)
def test_round_trip_is_exact_for_every_double(
    tmp_path_factory: pytest.TempPathFactory, points: np.ndarray, order: str
) -> None:
    if order == "a":
        rows = "".join(f"{x!r} {y!r} {z!r}\n" for x, y, z in points.tolist())
        data: bytes | str = ascii_file(rows, "".join("3 {} {} {}\n".format(*face) for face in TETRA_FACES))
    else:
        data = binary_file(points, TETRA_FACES.tolist(), order=order)
    vertices, faces = only_mesh(write(tmp_path_factory.mktemp("ply"), data))
    np.testing.assert_array_equal(vertices, points)
    np.testing.assert_array_equal(faces, TETRA_FACES)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("index", list(TYPES))
@pytest.mark.parametrize("count", ["uchar", "char", "ushort", "short", "int", "uint"])
def test_every_type_of_list_in_both_byte_orders(tmp_path: Path, order: str, index: str, count: str) -> None:
    """Once with rows of one size, once mixed with a quadrilateral (which takes the other way in)."""
    for polygons in (TETRA_FACES.tolist(), [*TETRA_FACES.tolist(), [0, 1, 2, 3]]):
        vertices, faces = only_mesh(
            write(tmp_path, binary_file(TETRA, polygons, order=order, index=index, count=count))
        )
        np.testing.assert_array_equal(vertices, TETRA)
        np.testing.assert_array_equal(faces[:4], TETRA_FACES)
        assert len(faces) == (4 if len(polygons) == 4 else 6)


@pytest.mark.parametrize("kind", list(TYPES))
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_type_of_coordinate(tmp_path: Path, kind: str, order: str) -> None:
    points = TETRA * 3 - (1 if kind[0] != "u" else 0)
    vertices, _ = only_mesh(
        write(tmp_path, binary_file(points, TETRA_FACES.tolist(), order=order, kind=kind))
    )
    np.testing.assert_array_equal(vertices, points)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_the_header(tmp_path: Path, newline: str) -> None:
    head, _, body = binary_file(TETRA + 2, TETRA_FACES.tolist(), kind="float").partition(b"end_header\n")
    data = head.replace(b"\n", newline.encode()) + b"end_header" + newline.encode() + body
    vertices, faces = only_mesh(write(tmp_path, data))
    np.testing.assert_array_equal(vertices, TETRA + 2)
    np.testing.assert_array_equal(faces, TETRA_FACES)


def test_body_that_begins_with_a_line_feed(tmp_path: Path) -> None:
    """x = 3.0000012 has the lowest byte 10."""
    points = TETRA.astype(np.float32)
    points[0, 0] = np.frombuffer(b"\x0a\x00\x40\x40", "<f4")[0]
    vertices, _ = only_mesh(write(tmp_path, binary_file(points, TETRA_FACES.tolist(), kind="float")))
    assert vertices[0, 0] == points[0, 0]


def test_polygons_also_concave_ones(tmp_path: Path) -> None:
    arrow = "0 0 0\n2 2 0\n0 1 0\n-2 2 0\n"
    vertices, faces = only_mesh(write(tmp_path, ascii_file(arrow, "4 0 1 2 3\n")))
    assert area(vertices, faces) == pytest.approx(2.0)
    vertices, faces = only_mesh(write(tmp_path, ascii_file(SQUARE, "4 0 1 2 3\n3 0 1 2\n")))
    assert len(faces) == 3


def test_other_elements_and_properties_are_passed_over(tmp_path: Path) -> None:
    head = (
        "ply\nformat ascii 1.0\nobj_info hello\nelement camera 1\nproperty float view_x\nproperty list int float shape\n"
        "element vertex 4\nproperty float nx\nproperty float x\nproperty float y\nproperty list uchar int links\n"
        "property float z\nelement edge 1\nproperty int v1\nproperty int v2\n"
        "element face 2\nproperty uchar kind\nproperty list uchar int vertex_index\nproperty list uchar float texcoord\nend_header\n"
    )
    body = "5 2 1.5 2.5\n9 0 0 2 7 7 0\n9 1 0 0 0\n9 1 1 0 0\n9 0 1 1 7 0\n0 1\n1 3 0 1 2 2 0.5 0.5\n2 3 0 2 3 0\n"
    vertices, faces = only_mesh(write(tmp_path, head + body))
    np.testing.assert_array_equal(vertices, [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    assert faces.tolist() == [[0, 1, 2], [0, 2, 3]]


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_same_in_binary(tmp_path: Path, order: str) -> None:
    word = "little" if order == "<" else "big"
    head = (
        f"ply\nformat binary_{word}_endian 1.0\nelement vertex 3\nproperty list uchar short links\nproperty double x\n"
        "property double y\nproperty double z\nelement face 1\nproperty list ushort double weights\n"
        "property list uchar uint vertex_indices\nproperty char kind\nend_header\n"
    )
    body = b""
    for links, point in zip(([1, -2], [], [3]), TETRA[:3], strict=True):
        body += (
            bytes([len(links)])
            + np.array(links, order + "i2").tobytes()
            + point.astype(order + "f8").tobytes()
        )
    body += np.array([2], order + "u2").tobytes() + np.array([0.5, 0.25], order + "f8").tobytes()
    body += b"\x03" + np.array([0, 1, 2], order + "u4").tobytes() + b"\x05"
    model = read(tmp_path, head.encode() + body)
    mesh = model.instances[0].mesh
    np.testing.assert_array_equal(mesh.vertices[mesh.faces][0], TETRA[:3])
    assert model.notices == ()


def test_triangle_strips(tmp_path: Path) -> None:
    """Two strips of one row: every second triangle turned round, -1 ends a strip."""
    points = "0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 2 0\n"
    text = (
        HEAD.format("ascii 1.0", 5)
        + "element tristrips 2\nproperty list int int vertex_indices\nend_header\n"
    )
    model = read(tmp_path, text + points + "9 0 1 2 3 4 -1 0 1 2\n3 2 3 4\n")
    assert model.instances[0].mesh.faces.tolist() == [[0, 1, 2], [2, 1, 3], [2, 3, 4], [0, 1, 2], [2, 3, 4]]
    stitched = read(tmp_path, text.replace("tristrips 2", "tristrips 1") + points + "6 0 1 2 2 3 4\n")
    # The last triangle is the fourth of its strip, so it is turned round.
    assert stitched.instances[0].mesh.faces.tolist() == [[0, 1, 2], [3, 2, 4]]


@pytest.mark.parametrize(
    ("kind", "rows"),
    [("uchar", "255 0 0\n255 0 0\n255 0 0\n0 0 255\n"), ("float", "1 0 0\n1 0 0\n1 0 0\n0 0 1\n")],
)
def test_colours_of_vertices(tmp_path: Path, kind: str, rows: str) -> None:
    extra = "".join(f"property {kind} {name}\n" for name in ("red", "green", "blue"))
    points = "".join(f"{a} {b}\n" for a, b in zip(SQUARE.splitlines(), rows.splitlines(), strict=True))
    (instance,) = read(tmp_path, ascii_file(points, "3 0 1 2\n3 0 2 3\n", extra=extra)).instances
    assert instance.mesh.face_colors is not None
    assert instance.mesh.face_colors.tolist() == [[255, 0, 0, 255], [170, 0, 85, 255]]
    (same,) = read(tmp_path, ascii_file(points, "3 0 1 2\n", extra=extra)).instances
    assert (same.color, same.mesh.face_colors) == ((1.0, 0.0, 0.0, 1.0), None)


def test_colours_of_faces_win_and_follow_a_polygon(tmp_path: Path) -> None:
    text = ascii_file(SQUARE, "4 0 1 2 3 0 255 0 128\n3 0 1 2 0 0 255 255\n")
    text = text.replace(
        "vertex_indices\n",
        "vertex_indices\n" + "".join(f"property uchar {c}\n" for c in ("red", "green", "blue", "alpha")),
    )
    (instance,) = read(tmp_path, text).instances
    assert instance.mesh.face_colors is not None
    assert instance.mesh.face_colors.tolist() == [[0, 255, 0, 128]] * 2 + [[0, 0, 255, 255]]


def test_points_alone_are_said(tmp_path: Path) -> None:
    model = read(tmp_path, HEAD.format("ascii 1.0", 4) + "end_header\n" + SQUARE)
    assert [(item.code, item.data["points"]) for item in model.notices] == [("points-only", 4)]
    assert model.instances[0].mesh.faces.shape == (0, 3)


def test_triangles_that_are_not_finite_are_left_out_and_counted(tmp_path: Path) -> None:
    model = read(tmp_path, ascii_file(SQUARE.replace("1 1 0", "1 nan 0"), "3 0 1 2\n3 0 1 3\n"))
    mesh = model.instances[0].mesh
    assert mesh.dropped == {"nan_triangles": 1}
    assert mesh.faces.tolist() == [[0, 1, 3]]
    assert np.isfinite(mesh.vertices).all()


def test_short_faces_are_counted(tmp_path: Path) -> None:
    model = read(tmp_path, ascii_file(SQUARE, "2 0 1\n3 0 1 2\n"))
    assert [(item.code, item.data["count"]) for item in model.notices] == [("short-faces", 1)]


def test_rows_beyond_the_announced_are_said(tmp_path: Path) -> None:
    model = read(tmp_path, ascii_file(SQUARE, "3 0 1 2\n3 0 2 3\n", counts=(4, 1)))
    assert [item.code for item in model.notices] == ["trailing-bytes"]


@pytest.mark.parametrize("rows", [5, 4_000_000_000, 10**17])
@pytest.mark.parametrize("encoding", ["ascii 1.0", "binary_little_endian 1.0", "binary_big_endian 1.0"])
@pytest.mark.parametrize("element", ["vertex", "face"])
def test_counts_that_lie_are_refused_without_memory(
    tmp_path: Path, rows: int, encoding: str, element: str
) -> None:
    n, m = (rows, 0) if element == "vertex" else (0, rows)
    data = (HEAD.format(encoding, n) + FACE.format(m)).encode() + bytes(4 if encoding[0] == "b" else 0)
    path = write(tmp_path, data)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=f"announces {rows:,} rows of '{element}'"):
            read_file(path)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_an_element_without_properties_takes_no_time(tmp_path: Path) -> None:
    text = (
        "ply\nformat ascii 1.0\nelement nothing 900000000000000000\n" + ascii_file(SQUARE, "3 0 1 2\n")[21:]
    )
    assert len(only_mesh(write(tmp_path, text))[1]) == 1


def test_a_list_that_claims_more_than_there_is(tmp_path: Path) -> None:
    data = binary_file(TETRA, [], count="uint").replace(b"element face 0", b"element face 1")
    with pytest.raises(InputError, match="ends in row 1"):
        read(tmp_path, data + b"\xff\xff\xff\x7f" + bytes(40))
    negative = data.replace(b"list uint", b"list char")
    with pytest.raises(InputError, match="face 0: the length of a list is negative"):
        read(tmp_path, negative + b"\xff" + bytes(40))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("plywood\n", "does not begin with the line 'ply'"),
        ("ply\nformat ascii 1.0\nelement vertex 3\n", "no 'end_header'"),
        ("ply\nformat ascii 1.0\nend_header\n", "announces no element 'vertex'"),
        (
            "ply\nelement vertex 0\nproperty float x\nproperty float y\nproperty float z\nend_header\n",
            "states no format",
        ),
        ("ply\nformat binary 1.0\nend_header\n", "line 2: unknown format 'binary 1.0'"),
        ("ply\nformat ascii 1.0\nelement vertex many\nend_header\n", "line 3"),
        ("ply\nformat ascii 1.0\nelement vertex -1\nend_header\n", "line 3"),
        (
            "ply\nformat ascii 1.0\nproperty float x\nend_header\n",
            "line 3: a property stands before the first element",
        ),
        (
            "ply\nformat ascii 1.0\nelement vertex 1\nproperty half x\nend_header\n",
            "line 4: unknown type 'half'",
        ),
        ("ply\nformat ascii 1.0\nelement vertex 1\nproperty \nend_header\n", "line 4: 'property' is not"),
        (
            "ply\nformat ascii 1.0\nelement vertex 1\nproperty list float int x\nend_header\n",
            "cannot be a float",
        ),
        ("ply\nformat ascii 1.0\nfrobnicate\nend_header\n", "line 3: unknown word 'frobnicate'"),
        (
            "ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nproperty float y\nend_header\n",
            "lacks one of",
        ),
        (ascii_file(SQUARE, "3 0 1 4\n"), "refers to vertex 4, but they are 0 to 3"),
        (ascii_file(SQUARE, "3 0 1 -1\n"), "refers to vertex -1"),
        (ascii_file(SQUARE, "3 0 1 1.5\n"), "not a whole number"),
        (ascii_file(SQUARE, "-3 0 1 2\n"), "line 14: '-3' is not the length of a list"),
        (ascii_file("0 0 0\n1,5 0 0\n0 1 0\n", "3 0 1 2\n"), "line 11: '1,5' has a decimal comma"),
        (ascii_file("0 0 0\n1 x 0\n0 1 0\n", "3 0 1 2\n"), "line 11: 'x' is not a number"),
        (ascii_file(SQUARE, "3 0 1 2\n", counts=(4, 2)), "announces 2 rows of 'face'"),
        (ascii_file(SQUARE, "3 0 1\n", counts=(4, 1)), "ends in row 1"),
        (ascii_file("", "3 0 1 2\n"), "has faces but no vertices"),
    ],
)
def test_defects_are_refused_with_their_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert says in str(caught.value)
    assert "failed on it" not in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_never_crashes(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Any byte changed or cut: a model with finite vertices and valid faces, or one clear error."""
    good = binary_file(TETRA, [*TETRA_FACES.tolist(), [0, 1, 2, 3]], order=data.draw(st.sampled_from("<>")))
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        bad[data.draw(st.integers(3, len(bad) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(bad)))
    path = write(
        tmp_path_factory.mktemp("ply"), bytes(bad[: max(cut, 4)] if data.draw(st.booleans()) else bad)
    )
    said = ""
    try:
        model = read_file(path)
    except InputError as error:
        said = str(error)
    if said:
        assert "failed on it" not in said
        return
    mesh = model.instances[0].mesh
    assert np.isfinite(mesh.vertices).all()
    assert len(mesh.faces) == 0 or (mesh.faces.min() >= 0 and mesh.faces.max() < len(mesh.vertices))


def test_sniff() -> None:
    assert FORMATS[0].sniff(b"ply\r\nformat ascii 1.0")
    assert not FORMATS[0].sniff(b"plywood")
