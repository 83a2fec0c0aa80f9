"""What numba is spared when it loads what it kept: nothing else changes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from immersive.geometry import _lean

needs_known_numba = pytest.mark.skipif(not _lean._known(), reason="numba compiles the plain way here")


def lines_of(code: str, folder: Path, cache: Path) -> list[str]:
    made = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.split()


@needs_known_numba
def test_a_kept_kernel_is_linked_with_functions_compiled_later(tmp_path: Path) -> None:
    """Its bitcode is read only then; it must be the whole kernel and not an empty shell of it."""
    (tmp_path / "mine.py").write_text(
        "from immersive.geometry._jit import helper, kernel\n\n\n"
        "@helper\ndef twice(x):\n    return 2.0 * x\n\n\n"
        "@kernel\ndef inner(x):\n    return twice(x) + 1.0\n\n\n"
        "@kernel\ndef outer(x):\n    return inner(x) * 10.0\n"
    )
    first = "import mine; print(mine.inner(3.0), len(mine.inner.stats.cache_hits))"
    then = (
        "import mine, numba; print(mine.inner(3.0), sum(mine.inner.stats.cache_hits.values()));"
        "library = list(mine.inner.overloads.values())[0].library;"
        "print(type(library).__name__, library._read is None);"
        "print(mine.outer(3.0), numba.njit(lambda x: mine.inner(x) - 1.0)(3.0), library._read is None)"
    )
    cache = tmp_path / "kept"
    assert lines_of(first, tmp_path, cache) == ["7.0", "0"]
    for _ in range(2):
        assert lines_of(then, tmp_path, cache)[:6] == ["7.0", "1", "_Loaded", "True", "70.0", "6.0"]


@needs_known_numba
def test_the_first_kernel_needs_no_linear_algebra_of_scipy(tmp_path: Path) -> None:
    code = (
        "import sys, numpy as np\n"
        "from immersive.geometry._topology_kernels import areas\n"
        "areas(np.eye(3), np.array([[0, 1, 2]], np.int32))\n"
        "print('scipy.linalg' in sys.modules)\n"
        "import numba\n"
        "print(numba.njit(lambda a: np.dot(a, a))(np.eye(2)).sum(), 'scipy.linalg' in sys.modules)\n"
    )
    assert lines_of(code, tmp_path, tmp_path / "kept") == ["False", "2.0", "True"]
