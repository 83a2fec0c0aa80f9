"""Which reader reads a file, and what is said when none can."""

from __future__ import annotations

from pathlib import Path

import pytest

from immersive.errors import InputError, LimitError, UnsupportedError
from immersive.formats import _read as reading
from immersive.formats._base import Folder, Format, Model, ReadOptions, sha256
from immersive.formats._registry import READERS, format_for_suffix, formats, module_formats, suffixes
from tests.formats.plain_files import stl_bytes, stl_text, tetra_triangles

OBJ = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def read(tmp_path: Path, name: str, data: bytes) -> tuple[Model, str]:
    (tmp_path / name).write_bytes(data)
    model, source = reading.read_model(Folder(tmp_path), name, ReadOptions(cache=False))
    return model, source.format


def test_the_registry_and_the_readers_agree() -> None:
    for name, endings in READERS.items():
        stated = [suffix for format_ in module_formats(name) for suffix in format_.suffixes]
        assert sorted(stated) == sorted(endings), name
    names = [format_.name for format_ in formats()]
    assert len(set(names)) == len(names)
    assert len(set(suffixes())) == len(suffixes())
    for suffix in suffixes():
        found = format_for_suffix(suffix)
        assert found is not None
        assert suffix in found.suffixes
    assert format_for_suffix(".docx") is None


@pytest.mark.parametrize("name", ["a.obj", "a.OBJ", "part", "part.bak"])
def test_by_ending_or_else_by_content(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, name, OBJ)[1] == "obj"


@pytest.mark.parametrize("data", [stl_bytes(tetra_triangles()), stl_text(tetra_triangles()).encode()])
def test_content_of_an_stl(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, "download", data)[1] == "stl"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.stl", OBJ, "is named .stl, but its bytes look like Wavefront OBJ"),
        ("a.obj", b"ply\nformat ascii 1.0\nend_header\n", "is named .obj, but its bytes look like PLY"),
        ("a.ply", stl_bytes(tetra_triangles()), "is named .ply, but its bytes look like STL"),
        ("a.stl", PNG, "is named .stl, but its bytes look like a PNG image"),
        ("a.glb", PNG, "is named .glb, but its bytes look like a PNG image"),
        ("a.obj", b"%PDF-1.7\n", "is named .obj, but its bytes look like a PDF document"),
        ("a.stl", b"  <!DOCTYPE html><html>404</html>", "look like a web page"),
    ],
)
def test_a_name_that_contradicts_the_bytes(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    with pytest.raises(InputError, match="bytes look like") as caught:
        read(tmp_path, name, data)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.tgz", b"\x1f\x8b\x08" + bytes(50), "is a gzip archive"),
        ("a.fbx", b"Kaydara FBX Binary  \0", "is an FBX file"),
        ("a.max", b"\1\2\3\4" * 30, "has the unknown ending '.max'"),
        ("noise", b"\1\2\3\4" * 30, "has no ending"),
    ],
)
def test_what_cannot_be_read_lists_what_can(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        read(tmp_path, name, data)
    assert says in str(caught.value)
    for suffix in suffixes():
        assert repr(suffix) in str(caught.value)


@pytest.mark.parametrize("name", ["a.stl", "a.glb", "a.step", "a"])
def test_empty_and_lfs_pointer(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="the file is empty"):
        read(tmp_path, name, b"")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    with pytest.raises(InputError, match="Git LFS pointer") as caught:
        read(tmp_path, name, pointer)
    assert "git lfs pull" in str(caught.value)


def test_a_missing_file_names_who_wants_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"robot\.urdf: refers to 'arm\.stl', which does not exist"):
        reading.read_model(Folder(tmp_path), "arm.stl", ReadOptions(), wanted_by="robot.urdf")
    (tmp_path / "dir.stl").mkdir()
    with pytest.raises(InputError, match=r"dir\.stl: is a folder"):
        reading.read_model(Folder(tmp_path), "dir.stl", ReadOptions())


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (ValueError("boom"), InputError, r"the reader for Test failed on it \(ValueError: boom\)"),
        (RecursionError(), LimitError, "nested too deeply"),
        (MemoryError(), LimitError, "more memory than there is"),
        (InputError("a.t", "said already"), InputError, "a.t: said already"),
    ],
)
def test_whatever_a_reader_throws_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception], says: str
) -> None:
    def fail(folder: Folder, relative: str, options: ReadOptions) -> Model:
        raise error

    made = Format("t", "Test", (".t",), lambda head: True, fail)
    monkeypatch.setattr(reading, "_pick", lambda relative, head: made)
    with pytest.raises(kind, match=says):
        read(tmp_path, "a.t", b"x")


def test_the_source_says_what_was_read(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_bytes(OBJ)
    _, source = reading.read_model(Folder(tmp_path), "a.obj", ReadOptions())
    assert (source.file, source.size, source.format, source.unit) == ("a.obj", len(OBJ), "obj", "")
    assert len(source.sha256) == 64


def test_files_looked_at_are_remembered_for_the_one_who_asked(tmp_path: Path) -> None:
    """What a nested file read belongs to the trace of the outer one, also the second time."""
    (tmp_path / "a.obj").write_bytes(b"mtllib none.mtl\n" + OBJ)
    folder = Folder(tmp_path)
    for _ in range(2):
        folder.trace = {}
        reading.read_model(folder, "a.obj", ReadOptions())
        assert folder.trace == {"a.obj": folder.digests["a.obj"][0], "none.mtl": None}


def test_a_large_file_is_hashed_in_pieces_and_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, data in (("a.stl", stl_bytes(tetra_triangles())), ("a.obj", OBJ)):
        model, _ = read(tmp_path, name, data)
        with monkeypatch.context() as small:
            small.setattr(reading, "SMALL", 10)
            folder = Folder(tmp_path)
            other, source = reading.read_model(folder, name, ReadOptions(cache=False))
        assert (source.sha256, source.size) == (sha256(data), len(data))
        assert other.instances[0].mesh.key == model.instances[0].mesh.key
        assert other.instances[0].mesh.vertices.tolist() == model.instances[0].mesh.vertices.tolist()


def test_a_file_that_changes_between_hashing_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    path.write_bytes(stl_bytes(tetra_triangles()))
    folder = Folder(tmp_path)
    folder.digest("a.stl")
    path.write_bytes(stl_bytes(tetra_triangles()[:2]))
    with pytest.raises(InputError, match="changed while it was being read"):
        list(folder.chunks("a.stl", 100))
    # Read as a whole, it is hashed anew: what counts is what was parsed.
    data = folder.read("a.stl")
    assert folder.digests["a.stl"] == (sha256(data), len(data))
