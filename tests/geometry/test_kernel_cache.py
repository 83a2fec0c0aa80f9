"""Kernels are kept on disk and renewed when any source they are built from changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from immersive.geometry import _jit, distance, penetration


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
