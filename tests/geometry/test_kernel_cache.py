"""Kernels are kept on disk and renewed when any source they are built from changes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numba import njit

from immersive.geometry import _jit, distance, penetration
from immersive.geometry._topology_kernels import _sort


def test_the_stamp_of_a_kernel_covers_the_helpers_of_other_files() -> None:
    """Guards the one private attribute of numba that ``kernel`` relies on."""
    for module, compiled in ((distance, distance.pair_distances), (penetration, penetration._deepest)):
        stamp = compiled._cache._cache_file._source_stamp
        assert stamp[1] == _jit._sources_stamp(Path(module.__file__))


def test_an_edited_helper_renews_the_kernel(tmp_path: Path) -> None:
    package = tmp_path / "copy"
    package.mkdir()
    source = Path(_jit.__file__).read_text(encoding="utf-8")
    (package / "__init__.py").write_text("")
    (package / "_jit.py").write_text(source, encoding="utf-8")
    (package / "main.py").write_text(
        "from copy_._jit import kernel\nfrom copy_.part import twice\n\n\n"
        "@kernel\ndef run(x):\n    return twice(x)\n\n\nprint(run(3.0))\n"
    )
    (tmp_path / "copy").rename(tmp_path / "copy_")
    seen = []
    for factor in (2, 2, 5):
        part = f"from copy_._jit import helper\n\n\n@helper\ndef twice(x):\n    return {factor} * x\n"
        (tmp_path / "copy_" / "part.py").write_text(part)
        code = "import copy_.main"
        made = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        seen.append(made.stdout.split()[0] if made.stdout else made.stderr)
    assert seen == ["6.0", "6.0", "15.0"]


def test_the_stamp_reaches_into_other_packages() -> None:
    """The readers' kernels use each other's helpers, and those use this package."""
    from immersive.formats import _obj_kernels, _text_kernels

    alone = _jit._sources_stamp(Path(_text_kernels.__file__))
    stamp = _obj_kernels.scan._cache._cache_file._source_stamp[1]
    assert stamp == _jit._sources_stamp(Path(_obj_kernels.__file__)) != alone
    path = Path(_text_kernels.__file__)
    before = path.read_bytes()
    real = Path.read_bytes

    def edited(self: Path) -> bytes:
        return before + b"# edited\n" if self == path else real(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_bytes", edited)
        _jit._sources_stamp.cache_clear()
        try:
            assert _jit._sources_stamp(Path(_obj_kernels.__file__)) != stamp
        finally:
            _jit._sources_stamp.cache_clear()


def test_compiling_is_told_once_and_only_if_it_happens(tmp_path: Path) -> None:
    code = (
        "from immersive.geometry._compiling import when_compiling\n"
        "when_compiling(lambda: print('compiling'))\n"
        "import numpy as np\n"
        "from immersive.geometry._topology_kernels import areas, count_shells\n"
        "points, faces = np.eye(3), np.array([[0, 1, 2]], np.int32)\n"
        "for _ in range(2): areas(points, faces); count_shells(faces, np.arange(3, dtype=np.int32))\n"
    )
    told = []
    for _ in range(2):
        made = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        told.append(made.stdout)
    assert told == ["compiling\n", ""]


def test_a_helper_is_compiled_once_for_all_integers_and_literals() -> None:
    @_jit.helper
    def pick(values, k):  # type: ignore[no-untyped-def]
        return values[k]

    @njit
    def run(values, small):  # type: ignore[no-untyped-def]
        return pick(values, 0) + pick(values, 1) + pick(values, small) + pick(values, len(values) - 1)

    assert run(np.array([1.0, 20.0, 300.0]), np.int32(2)) == 621.0
    assert len(pick.nopython_signatures) == 1


def test_the_sort_of_the_edges_is_right() -> None:
    @njit
    def run(values, start, stop):  # type: ignore[no-untyped-def]
        _sort(values, start, stop)

    random = np.random.default_rng(7)
    for count in [*range(40), 100, 1000]:
        for spread in (3, 1 << 62):
            values = random.integers(-spread, spread, count + 5)
            expected = values.copy()
            expected[2 : 2 + count].sort()
            run(values, 2, 2 + count)
            np.testing.assert_array_equal(values, expected)
