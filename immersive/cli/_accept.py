"""``immersive accept``: say in the layout that a finding has been looked at and is no fault."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from immersive.cli import EXIT_CLEAN
from immersive.cli._common import progress_bar, read_options
from immersive.errors import UsageError

if TYPE_CHECKING:
    from immersive.checks._run import Results
    from immersive.scene.model import Scene


def run(arguments: argparse.Namespace) -> int:
    """Write, list or remove acceptances; exit code 0 if done."""
    if Path(arguments.layout).suffix.lower() != ".toml":
        raise UsageError(f"{arguments.layout} is no layout (.toml): acceptances are written there")
    asked = [name for name, value in (("--list", arguments.list), ("--remove", arguments.remove)) if value]
    if arguments.findings:
        asked.insert(0, "ids to accept")
    if len(asked) != 1:
        said = f"; given: {', '.join(asked)}" if asked else ""
        raise UsageError(f"say what to do: ids of findings to accept, --list, or --remove ID{said}")
    if arguments.findings and not (arguments.reason and arguments.by):
        raise UsageError(
            "an acceptance needs --reason TEXT and --by NAME: a later reader must know why and who"
        )

    from immersive.formats.layout.document import LayoutDocument

    document = LayoutDocument.open(arguments.layout)
    if arguments.remove:
        from immersive.review.accept import remove_entries

        count = remove_entries(document, arguments.remove)
        document.save()
        print(f"removed: {count}" if arguments.lang == "en" else f"supprimé : {count}")
        return EXIT_CLEAN
    if arguments.list and not document.get(("accepted",), []):
        print(
            "the layout accepts nothing" if arguments.lang == "en" else "le fichier de cellule n’accepte rien"
        )
        return EXIT_CLEAN
    scene, results = _examined(arguments)
    if arguments.list:
        return _list(scene, results, arguments.lang)

    from immersive.review.accept import entry_of, to_accept, write_entry

    date = datetime.date.today().isoformat() if arguments.date is None else arguments.date
    chosen = to_accept(results, arguments.findings)
    entries = [entry_of(scene, f, reason=arguments.reason, by=arguments.by, date=date) for f in chosen]
    for finding, entry in zip(chosen, entries, strict=True):
        renewed = write_entry(document, entry)
        # Read anew: what was added counts as text of the file then, with its blank lines.
        document = LayoutDocument(document.text, path=document.path)
        word = {"en": "renewed" if renewed else "accepted", "fr": "renouvelé" if renewed else "accepté"}
        print(f"{word[arguments.lang]}: {finding.id}  {finding.code}  {finding.message[arguments.lang]}")
    document.save()
    return EXIT_CLEAN


def _examined(arguments: argparse.Namespace) -> tuple[Scene, Results]:
    from immersive.checks._run import run as run_checks
    from immersive.formats.load import load

    with progress_bar() as progress:
        scene = load(
            arguments.layout, options=read_options(arguments), root=arguments.root, progress=progress
        )
        return scene, run_checks(scene, progress=progress)


def _list(scene: Scene, results: Results, lang: str) -> int:
    """Print every entry with whether it holds."""
    from immersive.findings import Verdict
    from immersive.report._text import clean
    from immersive.report._words import acceptance_text

    found = {finding.id: finding for finding in results if finding.verdict != Verdict.PASS}
    gone = {notice.data["finding"]: notice for notice in results.notices if notice.code == "acceptance-stale"}
    assert scene.station is not None
    for entry in scene.station.accepted:
        finding = found.get(entry.finding)
        if finding is not None and finding.accepted is not None:
            lines = [finding.message[lang], acceptance_text(finding.accepted, lang)]
            head = f"{'✕' if finding.accepted.void else '○'} {entry.finding}  {finding.code}  {finding.rule}"
        else:
            head = f"∅ {entry.finding}  {' / '.join(entry.subjects)}"
            lines = [gone[entry.finding].text[lang]] if entry.finding in gone else []
        print(clean(head))
        for line in lines:
            print(clean(f"    {line}"))
    return EXIT_CLEAN
