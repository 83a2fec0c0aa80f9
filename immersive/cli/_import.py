"""``immersive import``: a layout from a CAD assembly, ready to edit."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from immersive.cli._common import check_writable, progress_bar, read_options


def run(arguments: argparse.Namespace) -> int:
    """Write the layout and say what was guessed."""
    options = read_options(arguments)
    Path(arguments.output).parent.mkdir(parents=True, exist_ok=True)
    check_writable(arguments.output)

    from immersive.formats.importing import import_source

    with progress_bar() as progress:
        report = import_source(
            arguments.source,
            arguments.output,
            unit=options.default_unit,
            up_axis=options.up_axis,
            options=options,
            root=arguments.root,
            force=arguments.force,
            progress=progress,
        )
    for line in report.lines():
        print(line)
    sys.stdout.flush()
    return 0
