"""How long the first run takes, with an empty cache of compiled kernels.

    python bench/first_run.py [LAYOUT]                     # seconds by the clock and of the processors
    python bench/first_run.py --record [LAYOUT ...]        # make the list of geometry/first_run.jsonl anew

Recording runs the checks of the layouts (the demo layouts, unless told) in one process that compiles everything
itself. Do it after a kernel that a check uses was added, renamed or given other arguments.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DEMO = ("assembly_cell", "faulty_cell", "line")


def timed(layout: Path) -> tuple[float, float]:
    """Seconds by the clock and of all processors for a check with an empty cache."""
    with tempfile.TemporaryDirectory() as empty:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        command = [sys.executable, "-m", "immersive", "check", str(layout), "-q"]
        made = subprocess.run(command, cwd=ROOT, env={**os.environ, "NUMBA_CACHE_DIR": empty}, check=False)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if made.returncode not in (0, 1):
        raise SystemExit(f"immersive check {layout} failed")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def record(layouts: list[Path]) -> None:
    """Run the layouts' checks with nothing kept and write what was compiled."""
    with tempfile.TemporaryDirectory() as empty:
        command = [sys.executable, __file__, "--compiled", *map(str, layouts)]
        environment = {**os.environ, "NUMBA_CACHE_DIR": empty}
        made = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    from immersive.geometry._first_run import LIST

    LIST.write_text(made.stdout, encoding="utf-8")
    print(f"{len(made.stdout.splitlines())} kernels in {LIST.relative_to(ROOT)}")


def compiled(layouts: list[Path]) -> None:
    """Print the list; in a process of its own with an empty cache."""
    from numba.core import event

    listen: Any = event.register

    from immersive.checks._run import run
    from immersive.formats.load import load
    from immersive.geometry._first_run import word_of
    from immersive.geometry._jit import KERNELS

    seconds: dict[Any, float] = {}

    class Timer(event.Listener):
        """Keeps the processor seconds of each kernel with its types."""

        def __init__(self) -> None:
            self.open_: list[float] = []

        def on_start(self, _: Any) -> None:
            self.open_.append(time.thread_time())

        def on_end(self, ended: Any) -> None:
            key = ended.data["dispatcher"], tuple(ended.data["args"])
            seconds[key] = time.thread_time() - self.open_.pop()

    listen("numba:compile", Timer())
    for layout in layouts:
        run(load(layout))
    rows = []
    for kernel in KERNELS:
        python = kernel.py_func
        for types in kernel.signatures:
            try:
                words = [word_of(one) for one in types]
            except ValueError:
                print(f"left out: {python.__module__}.{python.__name__} {types}", file=sys.stderr)
                continue
            spent = round(seconds.get((kernel, tuple(types)), 0.0), 1)
            rows.append([python.__module__, python.__name__, spent, words])
    for row in sorted(rows, key=lambda row: (-row[2], row[0], row[1], json.dumps(row[3]))):
        print(json.dumps(row))


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("layouts", nargs="*", type=Path)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--compiled", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args()
    layouts = told.layouts or [ROOT / "layouts" / f"{name}.toml" for name in DEMO]
    if told.compiled:
        compiled(layouts)
    elif told.record:
        record(layouts)
    else:
        wall, cpu = timed(layouts[0])
        print(f"{layouts[0].stem}: {wall:.1f} s by the clock, {cpu:.1f} s of {os.cpu_count()} processors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
