"""The one way in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

import immersive
from immersive.errors import InputError, UsageError
from immersive.formats._base import ReadOptions
from immersive.formats.load import load
from tests.formats.plain_files import stl_bytes, tetra_triangles


@pytest.fixture
def stl(tmp_path: Path) -> Path:
    path = tmp_path / "wedge.stl"
    path.write_bytes(stl_bytes(tetra_triangles()))
    return path


def test_a_file_becomes_a_scene_of_its_name(stl: Path) -> None:
    scene = load(stl, unit="mm")
    assert scene.name == "wedge"
    assert [part.id for part in scene] == ["wedge"]
    np.testing.assert_allclose(scene.bounds, [[0, 0, 0], [1e-3] * 3], atol=1e-18)
    (source,) = scene.sources
    assert (source.file, source.format, source.unit, source.unit_origin) == (
        "wedge.stl",
        "stl",
        "mm",
        "command line",
    )
    assert source.size == stl.stat().st_size


def test_the_library_function_is_the_same(stl: Path) -> None:
    scene = immersive.load(str(stl), unit="m", up_axis="y")
    assert scene.sources[0].up_axis == "Y"
    assert scene.bounds is not None
    np.testing.assert_array_equal(scene.bounds, [[0, -1, 0], [1, 0, 1]])


def test_without_unit_the_error_says_so(stl: Path) -> None:
    with pytest.raises(InputError, match="states no length unit"):
        load(stl)


@pytest.mark.parametrize(
    ("values", "says"), [({"unit": "parsec"}, "unknown length unit"), ({"up_axis": "X"}, "up axis")]
)
def test_nonsense_is_refused(stl: Path, values: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        load(stl, **values)  # type: ignore[arg-type]


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load(tmp_path / "absent.stl")
    with pytest.raises(InputError, match="is a folder"):
        load(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        load(tmp_path / "absent.toml")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.stl")
    with pytest.raises(InputError, match="not a plain file"):
        load(tmp_path / "pipe.stl", unit="m")


def _placement(folder: Path, file: str) -> Path:
    path = folder / "placement.json"
    part = {
        "id": "wedge/visual0", "name": "wedge", "category": "workpiece", "role": "visual", "file": file,
        "file_unit_m": 0.001, "mesh_scale": [1.0, 1.0, 1.0], "world_from_part": np.eye(4).tolist(), "triangles": 4,
    }  # fmt: skip
    document = {
        "format": "cell-placement", "version": 1, "name": "cell", "length_unit": "metre", "up_axis": "+Z",
        "handedness": "right", "parts": [part],
    }  # fmt: skip
    path.write_text(json.dumps(document))
    return path


def test_every_file_read_is_a_source(tmp_path: Path, stl: Path) -> None:
    scene = load(_placement(tmp_path, "wedge.stl"))
    assert [(source.file, source.format) for source in scene.sources] == [
        ("placement.json", "placement"),
        ("wedge.stl", "stl"),
    ]
    assert scene.sources[1].size == stl.stat().st_size
    assert scene.parts[0].source == "wedge.stl"
    again = load(tmp_path / "placement.json")
    assert again.sources == scene.sources
    assert again.notices == scene.notices


def test_references_may_not_leave_the_folder_unless_the_root_is_wider(tmp_path: Path, stl: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    file = _placement(inner, "../wedge.stl")
    with pytest.raises(InputError, match="leaves the folder"):
        load(file)
    scene = load(file, root=tmp_path)
    assert [source.file for source in scene.sources] == ["inner/placement.json", "wedge.stl"]
    with pytest.raises(InputError, match="leaves the folder"):
        load(file)  # also now that the wider one is in the cache


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path, stl: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.stl").symlink_to(stl)
    with pytest.raises(InputError, match="a link that leaves the folder"):
        load(_placement(inner, "link.stl"))


def test_a_changed_reference_is_noticed(tmp_path: Path, stl: Path) -> None:
    file = _placement(tmp_path, "wedge.stl")
    first = load(file)
    stl.write_bytes(stl_bytes(tetra_triangles() * 2))
    second = load(file)
    assert first.bounds is not None
    assert second.bounds is not None
    np.testing.assert_allclose(second.bounds, first.bounds * 2)
    assert first.sources[1].sha256 != second.sources[1].sha256


def test_progress_is_told_and_ends_at_one(stl: Path) -> None:
    told: list[tuple[str, float]] = []
    load(stl, unit="m", progress=lambda what, done: told.append((what, done)))
    assert [done for _, done in told] == sorted(done for _, done in told)
    assert told[-1][1] == 1.0
    assert all("wedge.stl" in what for what, _ in told)


def test_options_reach_the_reader(stl: Path) -> None:
    assert load(stl, options=ReadOptions(unit="in")).sources[0].unit == "in"


def test_the_same_input_gives_the_same_scene(stl: Path) -> None:
    first, second = load(stl, unit="m"), load(stl, unit="m")
    assert first.notices == second.notices
    assert first.sources == second.sources
    assert [part.mesh.key for part in first] == [part.mesh.key for part in second]
