"""The first run's kernels, compiled by several processes at once.

numba compiles in one thread of a process. When the first kernel turns out not to be kept on disk, helper
processes begin with the slowest kernels of the list (:mod:`._first_run`) while the program goes on; each puts
what it made into numba's cache, where the program finds it. Who compiles what is agreed by files in a
folder: whoever creates ``NAME.claim`` compiles NAME and then leaves ``NAME.done``. A program that needs what
another is at takes the next one meanwhile.

Nothing depends on it: without helpers (one core, none can be started, one dies) every kernel is compiled where it
is called. Helpers end with the program, whichever way that ends.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

from immersive.geometry._first_run import Job, jobs

MOST: Final = 5
"""Helpers at most; each takes a quarter of a gigabyte."""
PATIENCE: Final = 120.0
"""Seconds to wait for a helper with one kernel."""
_PAUSE: Final = 0.02

saving = threading.Lock()
"""Held while a kernel is written to disk: no helper ends in between."""


class Claims:
    """Who compiles what, agreed among processes in a folder."""

    def __init__(self, folder: Path, owner: int) -> None:
        self.folder = folder
        self.owner = owner

    def take(self, name: str) -> bool:
        """Whether the kernel is now this process's to compile."""
        try:
            handle = os.open(self.folder / f"{name}.claim", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except OSError:
            return False
        with os.fdopen(handle, "w") as file:
            file.write(str(self.owner))
        return True

    def done(self, name: str) -> None:
        """The kernel is on disk, or cannot be had this way."""
        with contextlib.suppress(OSError):
            (self.folder / f"{name}.done").touch()

    def is_done(self, name: str) -> bool:
        """Whether who took it is done with it."""
        return (self.folder / f"{name}.done").exists()

    def owner_of(self, name: str) -> int | None:
        """Who took it; None while that is not written yet."""
        try:
            return int((self.folder / f"{name}.claim").read_text())
        except (OSError, ValueError):
            return None


class Helpers:
    """The helper processes of this program, and what the program asks of them."""

    def __init__(self, count: int) -> None:
        self.todo: dict[str, list[Job]] = {}
        for job in jobs():
            self.todo.setdefault(job.name, []).append(job)
        self.folder = Path(tempfile.mkdtemp(prefix="immersive-"))
        self.claims = Claims(self.folder, 0)
        self.processes = [_start(self.folder, 1 + i) for i in range(count)]

    def have(self, name: str) -> bool:
        """Whether another process put this kernel on disk, awaited if it is at it; else compile it here."""
        if name not in self.todo or self.claims.take(name):
            return False
        until = time.monotonic() + PATIENCE
        while not self.claims.is_done(name):
            owner = self.claims.owner_of(name)
            gone = owner is not None and (owner == 0 or self.processes[owner - 1].poll() is not None)
            if (gone and not self.claims.is_done(name)) or time.monotonic() > until:
                return False
            if not _one(self.claims, self.todo):
                time.sleep(_PAUSE)
        return True

    def end(self) -> None:
        """Stop the helpers; what they have not finished is compiled another time."""
        for process in self.processes:
            with contextlib.suppress(OSError):
                if process.stdin is not None:
                    process.stdin.close()
        for process in self.processes:
            try:
                process.wait(timeout=5.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


_helpers: Helpers | None = None


def start() -> None:
    """Start helpers, if there are cores for them; they end with this program."""
    global _helpers
    count = min(_cores() - 1, MOST)
    # A frozen program is no interpreter: it would start itself.
    if _helpers is not None or count < 1 or not sys.executable or getattr(sys, "frozen", False):
        return
    try:
        _helpers = Helpers(count)
    except OSError:
        return
    atexit.register(_helpers.end)


def have(name: str) -> bool:
    """Whether a helper has put this kernel on disk, awaited if it is at it."""
    return _helpers is not None and _helpers.have(name)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start(folder: Path, number: int) -> subprocess.Popen[bytes]:
    root = str(Path(__file__).parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    code = f"from {__name__} import work; work({str(folder)!r}, {number})"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def work(folder: str, number: int) -> None:
    """A helper's whole life: compile what nobody has taken, and end when the program does."""
    threading.Thread(target=_end_with_the_program, daemon=True).start()
    todo: dict[str, list[Job]] = {}
    for job in jobs():
        todo.setdefault(job.name, []).append(job)
    claims = Claims(Path(folder), number)
    while _one(claims, todo):
        pass


def _one(claims: Claims, todo: dict[str, list[Job]]) -> bool:
    """Compile the slowest kernel that nobody has taken; False if there is none."""
    for name, several in todo.items():
        if claims.take(name):
            try:
                for job in several:
                    job.compile()
            except Exception:
                # A line of the list that is out of date, or a full disk: compiled where it is called.
                pass
            finally:
                claims.done(name)
            return True
    return False


def _end_with_the_program() -> None:
    """The pipe from the program ends when the program does."""
    # Not through sys.stdin: Python cannot end while a thread waits in there.
    while os.read(0, 1):
        pass
    with saving:
        os._exit(0)
