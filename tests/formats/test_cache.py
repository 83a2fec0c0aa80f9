"""The cache: a second load parses nothing, and nothing stale or damaged is ever used."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from immersive.formats import _cache
from immersive.formats import _read as reading
from immersive.formats._base import Folder, Format, Instance, Model, ReadOptions
from immersive.formats.load import load
from immersive.scene.model import Mesh, Notice, Severity
from tests.formats.plain_files import TETRA, TETRA_FACES, stl_bytes, tetra_triangles


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMMERSIVE_CACHE_DIR", str(tmp_path / "cache"))
    _cache._used_bytes.clear()
    return tmp_path / "cache" / "models"


class Counter:
    """A format whose reader counts its calls and reads a second file if there is one."""

    def __init__(self) -> None:
        self.calls = 0

    def read(self, folder: Folder, relative: str, options: ReadOptions) -> Model:
        self.calls += 1
        scale = float(folder.read(relative).split()[1])
        references: tuple[str, ...] = ()
        if folder.exists("other.txt"):
            scale += float(folder.read("other.txt"))
            references = ("other.txt",)
        mesh = Mesh(
            TETRA * scale,
            TETRA_FACES,
            "träger",
            face_colors=np.full((4, 4), 7, np.uint8),
            deflection=0.25,
            dropped={"nan_triangles": 3},
        )
        empty = Mesh(np.empty((0, 3)), np.empty((0, 3), np.int32), "leer")
        turned = np.array([[0, -1, 0, 0.1], [1 / 3, 0, 0, 1e-17], [0, 0, 2, -3], [0, 0, 0, 1.0]])
        return Model(
            (
                Instance(("a", "b"), mesh, turned, (0.1, 0.2, 0.3, 1.0), "x/y.stl", "fence", True),
                Instance(("a", "c"), mesh),
                Instance(("leer",), empty),
            ),
            "mm",
            "file",
            "Y",
            (
                Notice(
                    "odd",
                    Severity.WARNING,
                    relative,
                    {"en": "a", "fr": "é"},
                    "line 3",
                    "a/b",
                    {"n": [1, 2.5]},
                ),
            ),
            references,
        )


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    made = Counter()
    format_ = Format(
        "count", "Counted", (".count",), lambda head: True, made.read, options_used=("deflection",)
    )
    monkeypatch.setattr(reading, "_pick", lambda relative, head: format_)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cell").mkdir()
    (tmp_path / "cell" / "a.count").write_text("count 2.0")
    return tmp_path / "cell"


def read(folder: Path, options: ReadOptions | None = None) -> Model:
    return reading.read_model(Folder(folder), "a.count", options or ReadOptions())[0]


def same(first: Model, second: Model) -> None:
    """Everything equal, to the last bit."""
    assert (first.unit, first.unit_origin, first.up_axis, first.references) == (
        second.unit, second.unit_origin, second.up_axis, second.references,
    )  # fmt: skip
    assert first.notices == second.notices
    assert len(first.instances) == len(second.instances)
    for a, b in zip(first.instances, second.instances, strict=True):
        assert (a.path, a.color, a.source, a.role, a.moving) == (b.path, b.color, b.source, b.role, b.moving)
        np.testing.assert_array_equal(a.file_from_mesh, b.file_from_mesh)
        for name in ("vertices", "faces"):
            x, y = getattr(a.mesh, name), getattr(b.mesh, name)
            assert (x.dtype, x.shape, x.flags.writeable) == (y.dtype, y.shape, False)
            np.testing.assert_array_equal(x, y)
        assert (a.mesh.face_colors is None) == (b.mesh.face_colors is None)
        if a.mesh.face_colors is not None and b.mesh.face_colors is not None:
            np.testing.assert_array_equal(a.mesh.face_colors, b.mesh.face_colors)
        assert (a.mesh.name, a.mesh.key, a.mesh.deflection, dict(a.mesh.dropped)) == (
            b.mesh.name, b.mesh.key, b.mesh.deflection, dict(b.mesh.dropped),
        )  # fmt: skip
        assert a.mesh.topology == b.mesh.topology
        assert (a.mesh.bounds is None) == (b.mesh.bounds is None)
        if a.mesh.bounds is not None:
            np.testing.assert_array_equal(a.mesh.bounds, b.mesh.bounds)


def test_a_second_load_parses_nothing_and_gives_the_same(cache: Path, counter: Counter, folder: Path) -> None:
    first, second = read(folder), read(folder)
    assert counter.calls == 1
    same(first, second)
    assert second.instances[0].mesh is second.instances[1].mesh
    assert len(list(cache.iterdir())) == 1


def test_what_is_known_of_a_shape_is_not_counted_again(cache: Path, counter: Counter, folder: Path) -> None:
    read(folder)
    mesh = read(folder).instances[0].mesh
    assert {"topology", "bounds", "_all_used"} <= set(vars(mesh))


def test_one_session_gives_the_same_object(cache: Path, counter: Counter, folder: Path) -> None:
    session = Folder(folder)
    first, _ = reading.read_model(session, "a.count", ReadOptions())
    second, _ = reading.read_model(session, "a.count", ReadOptions())
    assert first is second


def test_a_changed_file_is_noticed_even_with_its_old_time(
    cache: Path, counter: Counter, folder: Path
) -> None:
    read(folder)
    before = (folder / "a.count").stat()
    (folder / "a.count").write_text("count 3.0")
    os.utime(folder / "a.count", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert read(folder).instances[0].mesh.vertices.max() == 3.0
    assert counter.calls == 2
    (folder / "a.count").write_text("count 2.0")
    assert read(folder).instances[0].mesh.vertices.max() == 2.0
    assert counter.calls == 2


def test_a_referenced_file_that_appears_changes_or_goes_is_noticed(
    cache: Path, counter: Counter, folder: Path
) -> None:
    largest = []
    for text in (None, "1", "5", "5", None):
        if text is None:
            (folder / "other.txt").unlink(missing_ok=True)
        else:
            (folder / "other.txt").write_text(text)
        model = read(folder)
        largest.append(model.instances[0].mesh.vertices.max())
        assert model.references == (() if text is None else ("other.txt",))
    assert largest == [2.0, 3.0, 7.0, 7.0, 2.0]
    assert counter.calls == 4


def test_options_that_matter_are_told_apart_and_others_are_not(
    cache: Path, counter: Counter, folder: Path
) -> None:
    read(folder)
    read(folder, ReadOptions(unit="m", representation="collision"))
    assert counter.calls == 1
    read(folder, ReadOptions(deflection=5e-4))
    assert counter.calls == 2


def test_another_version_of_the_reader_parses_again(
    cache: Path, counter: Counter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(folder)
    newer = replace(reading._pick("", b""), version=2)
    monkeypatch.setattr(reading, "_pick", lambda relative, head: newer)
    read(folder)
    assert counter.calls == 2


def test_without_cache_nothing_is_written_or_read(cache: Path, counter: Counter, folder: Path) -> None:
    read(folder, ReadOptions(cache=False))
    assert not cache.exists()
    read(folder)
    read(folder, ReadOptions(cache=False))
    assert counter.calls == 3


def _entry(cache: Path) -> Path:
    (entry,) = cache.iterdir()
    return entry


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"not an entry at all",
        lambda data: data[:40],
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: bytes(len(data)),
        lambda data: data[:16] + b"\xff" * 16 + data[32:],
    ],
)
def test_a_damaged_entry_is_rebuilt(cache: Path, counter: Counter, folder: Path, damage: Any) -> None:
    good = read(folder)
    entry = _entry(cache)
    whole = entry.read_bytes()
    entry.write_bytes(damage(whole))
    same(good, read(folder))
    assert counter.calls == 2
    assert entry.read_bytes() == whole
    read(folder)
    assert counter.calls == 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_is_noticed(
    cache: Path, counter: Counter, folder: Path, where: float, bit: int
) -> None:
    good = read(folder)
    entry = _entry(cache)
    data = bytearray(entry.read_bytes())
    data[int(where * len(data))] ^= 1 << bit
    entry.write_bytes(bytes(data))
    calls = counter.calls
    same(good, read(folder))
    assert counter.calls == calls + 1


def test_an_entry_of_another_file_is_not_used(cache: Path, counter: Counter, folder: Path) -> None:
    read(folder)
    first = _entry(cache).read_bytes()
    (folder / "a.count").write_text("count 9.0")
    read(folder)
    for entry in cache.iterdir():
        entry.write_bytes(first)
    assert read(folder).instances[0].mesh.vertices.max() == 9.0


def test_a_folder_that_cannot_be_written_is_done_without(
    tmp_path: Path, counter: Counter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file stands where the folder should be: no right of any user makes that writable."""
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("IMMERSIVE_CACHE_DIR", str(tmp_path / "taken"))
    read(folder)
    read(folder)
    assert counter.calls == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_done_without(cache: Path, counter: Counter, folder: Path) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o500)
    try:
        read(folder)
        read(folder)
    finally:
        cache.chmod(0o700)
    assert counter.calls == 2


def test_a_full_disk_leaves_nothing_behind(
    cache: Path, counter: Counter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: str, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_cache.os, "replace", full)
    read(folder)
    assert list(cache.iterdir()) == []


def test_the_oldest_unused_entries_go_first(
    cache: Path, counter: Counter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        (folder / "a.count").write_text(f"count {number}")
        read(folder)
        os.utime(max(cache.iterdir(), key=lambda path: path.stat().st_mtime_ns), (number, number))
    size = _entry_size(cache)
    (folder / "a.count").write_text("count 0")
    read(folder)  # used now, so it is the youngest
    monkeypatch.setattr(_cache, "CACHE_BYTES", int(3.5 * size))
    (folder / "a.count").write_text("count 4")
    read(folder)
    assert counter.calls == 5
    assert len(list(cache.iterdir())) == 3
    for number, kept in ((0, True), (4, True), (3, True), (2, False), (1, False)):
        (folder / "a.count").write_text(f"count {number}")
        calls = counter.calls
        monkeypatch.setattr(_cache, "keep", lambda *_: None)
        read(folder)
        assert (counter.calls == calls) == kept, number


def _entry_size(cache: Path) -> int:
    return max(path.stat().st_size for path in cache.iterdir())


def test_an_entry_larger_than_half_the_cache_is_not_kept(
    cache: Path, counter: Counter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_cache, "CACHE_BYTES", 1000)
    read(folder)
    assert not cache.exists()


@pytest.mark.parametrize(
    ("platform", "variables", "wanted"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x/cache"}, "/x/cache/immersive/models"),
        ("linux", {}, "/home/eva/.cache/immersive/models"),
        ("darwin", {}, "/home/eva/Library/Caches/immersive/models"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/immersive/models"),
        ("win32", {}, "/home/eva/AppData/Local/immersive/models"),
        ("linux", {"IMMERSIVE_CACHE_DIR": "/own"}, "/own/models"),
    ],
)
def test_where_the_cache_is(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], wanted: str
) -> None:
    for name in ("IMMERSIVE_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(_cache.sys, "platform", platform)
    monkeypatch.setattr(_cache.Path, "home", lambda: Path("/home/eva"))
    assert _cache.folder_path() == Path(wanted)


def test_without_a_home_there_is_no_cache(
    monkeypatch: pytest.MonkeyPatch, counter: Counter, folder: Path
) -> None:
    monkeypatch.delenv("IMMERSIVE_CACHE_DIR", raising=False)

    def nobody() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(_cache.Path, "home", nobody)
    read(folder)
    read(folder)
    assert counter.calls == 2


def test_a_warm_load_needs_no_compiler(cache: Path, tmp_path: Path) -> None:
    """Reading a kept STL imports neither numba nor another reader."""
    file = tmp_path / "a.stl"
    file.write_bytes(stl_bytes(tetra_triangles()))
    load(file, unit="m")
    code = (
        "import sys; from immersive.formats.load import load; s = load(sys.argv[1], unit='m'); print(s.triangles,"
        " sorted(n for n in sys.modules if n in ('numba', 'trimesh', 'lxml', 'pydantic', 'scipy')"
        " or n.startswith('immersive.formats.') and n.split('.')[-1] in ('gltf', 'obj', 'ply', 'dae', 'step')))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "4 []"
