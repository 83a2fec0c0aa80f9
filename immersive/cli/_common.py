"""What several commands need: writing outputs, reading options, progress."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from immersive.errors import ImmersiveError

if TYPE_CHECKING:
    from immersive.formats._base import ReadOptions

Progress = Callable[[str, float], None]

COMPILING = "immersive: first run, compiling the geometry kernels once (one to three minutes) …"


def read_options(arguments: argparse.Namespace) -> ReadOptions:
    """Reading options from ``--unit``, ``--up``, ``--no-cache``."""
    from immersive.formats._base import ReadOptions
    from immersive.units import length_unit

    return ReadOptions(
        default_unit=length_unit(arguments.unit) if arguments.unit else None,
        unit_origin="command line",
        up_axis=arguments.up.upper() if arguments.up else None,
        cache=not arguments.no_cache,
    )


def write_text(target: str, content: str) -> None:
    """Write UTF-8 text to a file, whole or not at all, or to standard output for ``-``.

    Raises:
        ImmersiveError: The file cannot be written.
    """
    data = content.encode("utf-8")
    if target == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise ImmersiveError(f"cannot write {target}: {error.strerror}") from error


def check_writable(*targets: str | None) -> None:
    """Find out before the work that an output cannot be written.

    Raises:
        ImmersiveError: A target's folder does not exist, or the target is a folder.
    """
    for target in targets:
        if target is None or target == "-":
            continue
        path = Path(target)
        if not path.parent.is_dir():
            raise ImmersiveError(f"cannot write {target}: the folder {path.parent} does not exist")
        if path.is_dir():
            raise ImmersiveError(f"cannot write {target}: it is a folder")


def as_json(document: Mapping[str, Any]) -> str:
    """Indented JSON with a newline at the end; never NaN or infinity."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def rounded(value: Any, digits: int = 9) -> Any:
    """Floats of nested JSON data rounded, so that noise in the last bits never shows."""
    if isinstance(value, float):
        return round(value, digits) + 0.0
    if isinstance(value, Mapping):
        return {key: rounded(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item, digits) for item in value]
    return value


@contextlib.contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress]:
    """A bar on standard error while a block runs; silent when that is not a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda name, fraction: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda name, fraction: bar.update(task, description=name[:40], completed=fraction)


def announce_compilation(*, all_kernels: bool) -> None:
    """Have it said, once and only if it happens, that kernels are being compiled: nobody thinks it hangs.

    A check needs most of them: then other processes help.
    """
    from immersive.geometry._compiling import when_compiling

    def told() -> None:
        print(COMPILING, file=sys.stderr, flush=True)
        if all_kernels:
            from immersive.geometry._ahead import start

            start()

    when_compiling(told)
