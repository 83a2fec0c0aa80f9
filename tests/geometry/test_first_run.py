"""Kernels of the first run: the list, what numba is spared, and helper processes that compile ahead."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit
from numba import types as numba_types

from immersive.geometry import _ahead, _first_run, _jit, _lean

types: Any = numba_types  # numba leaves them without annotations

TINY = [
    ["immersive.geometry._topology_kernels", "count_shells", 0.3, ["readonly int32[2]", "int32[1]"]],
    ["immersive.geometry._topology_kernels", "areas", 0.2, ["readonly float64[2]", "readonly int32[2]"]],
]


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of two quick kernels instead of the real one."""
    path = tmp_path / "tiny.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in TINY), encoding="utf-8")
    monkeypatch.setattr(_first_run, "LIST", path)
    return path


def helper_code(tiny: Path) -> str:
    return (
        "from pathlib import Path; from immersive.geometry import _first_run, _ahead; "
        f"_first_run.LIST = Path({str(tiny)!r}); "
    )


def test_every_line_of_the_list_names_a_kernel_and_as_many_types_as_it_takes() -> None:
    listed = _first_run.jobs()
    assert len(listed) > 20
    assert [job.seconds for job in listed] == sorted((job.seconds for job in listed), reverse=True)
    for job in listed:
        compiled: Any = getattr(importlib.import_module(job.module), job.kernel)
        assert any(compiled is one for one in _jit.KERNELS), job.name
        assert len(inspect.signature(compiled.py_func).parameters) == len(job.types), job.name
        for word in job.types:
            assert _first_run.word_of(_first_run._type(word)) == word


def test_types_have_words() -> None:
    floats = types.Array(types.float64, 2, "C")
    for kind, word in (
        (floats, "float64[2]"),
        (floats.copy(readonly=True), "readonly float64[2]"),
        (types.UniTuple(floats, 2), ["float64[2]", "float64[2]"]),
        (types.Tuple((types.int64, types.boolean)), ["int64", "bool"]),
    ):
        assert _first_run.word_of(kind) == word
        assert _first_run._type(word) == kind
    with pytest.raises(ValueError, match="no word"):
        _first_run.word_of(floats.copy(layout="A"))
    with pytest.raises(ValueError, match="no word"):
        _first_run.word_of(types.ListType(types.int64))


def test_a_list_that_cannot_be_read_is_empty(tiny: Path) -> None:
    assert [job.kernel for job in _first_run.jobs()] == ["count_shells", "areas"]
    tiny.write_text("[1, 2]\n", encoding="utf-8")
    assert _first_run.jobs() == ()
    tiny.unlink()
    assert _first_run.jobs() == ()


def test_one_process_alone_takes_a_kernel(tmp_path: Path) -> None:
    one, other = _ahead.Claims(tmp_path, 1), _ahead.Claims(tmp_path, 2)
    assert one.owner_of("a.b") is None
    assert one.take("a.b")
    assert not other.take("a.b")
    assert not one.take("a.b")
    assert other.owner_of("a.b") == 1
    assert not other.is_done("a.b")
    one.done("a.b")
    assert other.is_done("a.b")


def compile_in_helper(tiny: Path, folder: Path, kept: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", helper_code(tiny) + f"_ahead.work({str(folder)!r}, 1)"],
        env={**os.environ, "NUMBA_CACHE_DIR": str(kept)},
        stdin=subprocess.PIPE,
    )


def test_a_helper_keeps_what_it_compiles_where_the_program_finds_it(tiny: Path, tmp_path: Path) -> None:
    folder, kept = tmp_path / "claims", tmp_path / "kept"
    folder.mkdir()
    _ahead.Claims(folder, 0).take(f"{TINY[1][0]}.{TINY[1][1]}")  # the program is at this one
    with compile_in_helper(tiny, folder, kept) as made:
        assert made.wait(timeout=120) == 0
    assert sorted(p.name.split("-")[0] for p in kept.rglob("*.nbc")) == ["_topology_kernels.count_shells"]
    assert sorted(p.name for p in folder.glob("*.done")) == [f"{TINY[0][0]}.{TINY[0][1]}.done"]
    # What was kept is what a call looks for: nothing is compiled again.
    code = (
        "import numpy as np; from immersive.geometry._topology_kernels import count_shells as k; "
        "f = np.array([[0, 1, 2]], np.int32); f.flags.writeable = False; "
        "print(k(f, np.arange(3, dtype=np.int32)), len(k.stats.cache_hits), len(k.stats.cache_misses))"
    )
    called = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NUMBA_CACHE_DIR": str(kept)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert called.stdout.split() == ["1", "1", "0"]


def test_a_helper_ends_with_the_program(tiny: Path, tmp_path: Path) -> None:
    """Also in the middle of its work: here it waits for a lock that is never free."""
    code = helper_code(tiny) + (
        f"import time; _ahead._one = lambda *_: time.sleep(0.05) or True; _ahead.work({str(tmp_path)!r}, 1)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as made:
        time.sleep(1.5)
        assert made.poll() is None
        assert made.stdin is not None
        made.stdin.close()
        assert made.wait(timeout=20) == 0


class Helpers(_ahead.Helpers):
    """Helpers whose processes are those that a test hands over."""

    def __init__(self, folder: Path, processes: list[Any]) -> None:
        self.todo: dict[str, list[_first_run.Job]] = {"a.b": [], "a.c": []}
        self.folder = folder
        self.claims = _ahead.Claims(folder, 0)
        self.processes = processes


class Process:
    """A helper process as far as a program looks at it."""

    stdin = None

    def __init__(self, code: int | None) -> None:
        self.code = code

    def poll(self) -> int | None:
        return self.code


def test_a_kernel_nobody_is_at_is_compiled_here(tmp_path: Path) -> None:
    helpers = Helpers(tmp_path, [Process(None)])
    assert not helpers.have("not.listed")
    assert not list(tmp_path.iterdir())
    assert not helpers.have("a.b")
    assert helpers.claims.owner_of("a.b") == 0
    assert not helpers.have("a.b")  # with other types, or while it is compiled


def test_a_kernel_of_a_helper_is_awaited_and_another_compiled_meanwhile(tmp_path: Path) -> None:
    helpers = Helpers(tmp_path, [Process(None)])
    other = _ahead.Claims(tmp_path, 1)
    other.take("a.b")

    class Job:
        """Ends the helper's work as its own."""

        def compile(self) -> None:
            other.done("a.b")

    helpers.todo["a.c"] = [Job()]  # type: ignore[list-item]
    assert helpers.have("a.b")
    assert helpers.claims.owner_of("a.c") == 0
    assert helpers.claims.is_done("a.c")


def test_a_helper_that_died_is_not_awaited(tmp_path: Path) -> None:
    helpers = Helpers(tmp_path, [Process(3)])
    _ahead.Claims(tmp_path, 1).take("a.b")
    start = time.monotonic()
    assert not helpers.have("a.b")
    assert time.monotonic() - start < 5.0


def test_a_helper_that_hangs_is_awaited_for_so_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ahead, "PATIENCE", 0.2)
    helpers = Helpers(tmp_path, [Process(None)])
    _ahead.Claims(tmp_path, 1).take("a.b")
    assert not helpers.have("a.b")


def test_a_job_that_fails_is_done_and_the_next_one_taken(tmp_path: Path) -> None:
    wrong = _first_run.Job("immersive.geometry._topology_kernels", "renamed", 1.0, ())
    claims = _ahead.Claims(tmp_path, 1)
    assert _ahead._one(claims, {wrong.name: [wrong]})
    assert claims.is_done(wrong.name)
    assert not _ahead._one(claims, {wrong.name: [wrong]})


def test_helpers_stop_and_leave_nothing(tiny: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))
    helpers = _ahead.Helpers(1)
    assert helpers.folder.is_dir()
    helpers.end()
    assert [process.returncode is not None for process in helpers.processes] == [True]
    assert not helpers.folder.exists()


@pytest.fixture
def none_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a program that has just begun: an earlier test may have run one that compiles."""
    monkeypatch.setattr(_ahead, "_helpers", None)


@pytest.mark.usefixtures("none_yet")
def test_one_core_has_no_helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ahead, "_cores", lambda: 1)
    _ahead.start()
    assert _ahead._helpers is None
    assert not _ahead.have("immersive.human._reach_solve.find_coarse")


@pytest.mark.usefixtures("none_yet")
def test_a_frozen_program_does_not_start_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ahead, "_cores", lambda: 4)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    _ahead.start()
    assert _ahead._helpers is None


@pytest.mark.usefixtures("none_yet")
def test_without_a_place_for_helpers_the_program_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(count: int) -> None:
        raise PermissionError

    monkeypatch.setattr(_ahead, "_cores", lambda: 4)
    monkeypatch.setattr(_ahead, "Helpers", refused)
    _ahead.start()
    assert _ahead._helpers is None


@_jit.helper
def _third(x: Any) -> Any:
    return x / 3.0


@_jit.helper
def _second(values: Any, k: Any) -> Any:
    return _third(values[k]) + 1.0


@_jit.helper
def _first(values: Any, out: Any) -> None:
    for k in range(len(values)):
        out[k] = _second(values, k)


def _run(values: Any, out: Any) -> None:
    _first(values, out)


def test_helpers_of_helpers_reach_the_kernel_and_make_no_code_of_their_own() -> None:
    values = np.array([3.0, 6.0, 1.0])
    for compiled in (_jit._njit(_run, **_jit._KERNEL), njit(_run)):  # ours, and one numba compiles its way
        out = np.zeros(3)
        compiled(values, out)
        np.testing.assert_array_equal(out, values / 3.0 + 1.0)
    if _lean.options_of_a_helper:
        helpers: tuple[Any, ...] = (_first, _second, _third)
        for one in helpers:
            (made,) = one.overloads.values()
            name = made.fndesc.mangled_name
            assert not made.library._codegen._engine._ee.get_function_address(name)


def test_the_same_without_what_other_versions_of_numba_do_not_know() -> None:
    """Plainly compiled, a kernel gives the same bits."""
    code = (
        "import numba; numba.__version__ = '0.99.0'\n"
        "import numpy as np\n"
        "from immersive.geometry import _jit, _lean\n"
        "assert not _lean.options_of_a_helper\n"
        "@_jit.helper\n"
        "def inner(x): return x / 3.0\n"
        "@_jit.helper\n"
        "def outer(x): return inner(x) + 0.1\n"
        "def run(x): return outer(x)\n"
        "print(_jit._njit(run, **_jit._KERNEL)(0.7).hex())\n"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.split() == [(0.7 / 3.0 + 0.1).hex()]


def test_the_types_of_operators_are_those_numba_finds() -> None:
    @njit
    def mixed(a, b, n):  # type: ignore[no-untyped-def]
        return a + b, n + n, a * n, n / n, n // n, a < n, n == n, -n, not a, n & n, a - True

    found = mixed(1.5, 2.5, 7)
    assert found == (4.0, 14, 10.5, 1.0, 1, True, True, -7, False, 7, 0.5)
    assert [type(one) for one in found] == [
        type(one) for one in (1.0, 1, 1.0, 1.0, 1, True, True, 1, True, 1, 1.0)
    ]


def test_python_alone_runs_the_kernels_too() -> None:
    """``NUMBA_DISABLE_JIT`` is how one steps through a kernel."""
    code = (
        "import numpy as np\n"
        "from immersive.geometry._topology_kernels import count_shells\n"
        "print(count_shells(np.array([[0, 1, 2], [3, 4, 5]], np.int32), np.arange(6, dtype=np.int32)))\n"
    )
    made = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.stdout == "2\n", made.stderr
