"""``immersive schema``: the JSON Schema of the layout file."""

from __future__ import annotations

import argparse

from immersive.cli._common import as_json, check_writable, write_text
from immersive.review.schema import layout_schema


def run(arguments: argparse.Namespace) -> int:
    """Print or write the schema."""
    target = arguments.output or "-"
    check_writable(target)
    write_text(target, as_json(layout_schema()))
    return 0
