"""``immersive check``: read a cell, run its rules, write the reports."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from immersive.cli._common import (
    check_writable,
    progress_bar,
    read_options,
    write_text,
)
from immersive.errors import UsageError

if TYPE_CHECKING:
    from immersive.review.document import Review


def run(arguments: argparse.Namespace) -> int:
    """Examine a layout; exit code 1 if a finding matters, else 0."""
    from immersive.checks._registry import check_named

    for code in arguments.only:
        check_named(code)
    targets = [t for t in (arguments.json, arguments.report, arguments.junit, arguments.csv) if t]
    if targets.count("-") > 1:
        raise UsageError("only one output can go to standard output (-)")
    check_writable(*targets)
    options = read_options(arguments)

    from immersive.checks._run import run as run_checks
    from immersive.formats.load import load
    from immersive.review.document import Review

    # The screen text gives way to a document on standard output.
    silent = arguments.quiet or "-" in targets
    with progress_bar(quiet=arguments.quiet) as progress:
        scene = load(arguments.layout, options=options, root=arguments.root, progress=progress)
        if arguments.population:
            from immersive.formats.people import with_population

            scene = with_population(scene, arguments.population)
        results = run_checks(scene, only=arguments.only, progress=progress)
    review = Review(scene, results)
    stamp = datetime.now(UTC).isoformat(timespec="seconds") if arguments.stamp else None
    _write(arguments, review, stamp)
    if not silent:
        from immersive.report.console import print_review

        print_review(review, lang=arguments.lang)
        for target in targets:
            print(f"{'written' if arguments.lang == 'en' else 'écrit'}: {target}", file=sys.stderr)
    return review.exit_code(arguments.fail_on)


def _write(arguments: argparse.Namespace, review: Review, stamp: str | None) -> None:
    if arguments.json:
        from immersive.report.json import to_json

        write_text(arguments.json, to_json(review, generated_at=stamp))
    if arguments.report:
        from immersive.report.html import to_html

        write_text(arguments.report, to_html(review, lang=arguments.lang, generated_at=stamp))
    if arguments.junit:
        from immersive.report.junit import to_junit

        write_text(arguments.junit, to_junit(review, lang=arguments.lang))
    if arguments.csv:
        from immersive.report.csv import to_csv

        write_text(arguments.csv, to_csv(review, lang=arguments.lang))
