"""``immersive diff``: what changed between two JSON reviews."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from immersive.cli import EXIT_CLEAN, EXIT_FINDINGS
from immersive.cli._common import as_json, check_writable, rounded, write_text
from immersive.errors import InputError
from immersive.review.diff import diff


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison; exit code 1 if there is a new finding."""
    check_writable(arguments.json)
    result = diff(_read(arguments.old), _read(arguments.new), names=(arguments.old, arguments.new))
    if arguments.json:
        write_text(arguments.json, as_json(rounded(result.to_dict())))
    if arguments.json != "-":
        print(result.text(arguments.lang))
    return EXIT_FINDINGS if result.new else EXIT_CLEAN


def _read(name: str) -> dict[str, Any]:
    try:
        document = json.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(name, f"cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(name, f"is no JSON document: {error}") from error
    if not isinstance(document, dict):
        raise InputError(name, f"holds {type(document).__name__}, a review is a JSON object")
    return document
