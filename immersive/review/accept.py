"""Writing and removing the ``[[accepted]]`` entries of a layout; every other byte stays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from immersive.checks._acceptance import fingerprint
from immersive.checks._run import Results
from immersive.errors import UsageError, suggestion
from immersive.findings import Finding, Verdict
from immersive.formats.layout.document import LayoutDocument
from immersive.scene.model import Scene

_SHOWN = 20


def to_accept(results: Results, ids: Sequence[str]) -> tuple[Finding, ...]:
    """The findings with these ids, each once, in the order given.

    Raises:
        UsageError: An id is unknown (the open ones are listed), or the finding passes.
    """
    by_id: dict[str, list[Finding]] = {}
    for finding in results:
        by_id.setdefault(finding.id, []).append(finding)
    open_ = {finding.id: finding for finding in results if finding.is_open}
    chosen = []
    for name in dict.fromkeys(ids):
        found = by_id.get(name)
        if found is None:
            listed = [f"  {f.id}  {f.code}  {' / '.join(f.subjects)}" for f in open_.values()]
            more = [f"  … and {len(listed) - _SHOWN} more"] if len(listed) > _SHOWN else []
            rest = ["open findings:", *listed[:_SHOWN], *more] if listed else ["no finding is open"]
            near = suggestion(name, list(open_))
            raise UsageError(f"there is no finding {name!r}{near}\n" + "\n".join(rest))
        faults = [finding for finding in found if finding.verdict != Verdict.PASS]
        if not faults:
            raise UsageError(f"finding {name} passes: there is nothing to accept")
        if len(faults) > 1:
            # One entry has one fingerprint; it could be that of one of them only.
            raise UsageError(f"finding {name} stands {len(faults)} times: it cannot be accepted by its id")
        chosen.append(faults[0])
    return tuple(chosen)


def entry_of(scene: Scene, finding: Finding, *, reason: str, by: str, date: str) -> dict[str, Any]:
    """The finding's entry as the layout has it: what was accepted, why, by whom, and the fingerprint.

    Raises:
        UsageError: Reason or name is empty or too long, or the date is none.
    """
    for name, value, most in (("reason", reason, 1000), ("name", by, 200)):
        if not value.strip():
            raise UsageError(f"an acceptance needs a {name}")
        if len(value) > most:
            raise UsageError(f"the {name} is longer than {most} characters")
    if date and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", date):
        raise UsageError(f"found date {date!r}, must be year-month-day like '2026-03-01'")
    return {
        "finding": finding.id,
        "reason": reason.strip(),
        "by": by.strip(),
        **({"date": date} if date else {}),
        "subjects": [subject[:1000] for subject in finding.subjects],
        "parts": str(fingerprint(scene, finding)),
    }


def write_entry(document: LayoutDocument, entry: dict[str, Any]) -> bool:
    """Put an entry into the layout; one for the same finding is brought up to date. True if there was one."""
    places = _places(document, entry["finding"])
    if not places:
        document.append(("accepted",), entry)
        return False
    first, *doubled = places
    for index in reversed(doubled):
        document.remove(("accepted", index))
    for key, value in entry.items():
        if document.get(("accepted", first, key)) != value:
            document.set(("accepted", first, key), value)
    if "date" not in entry and ("accepted", first, "date") in document:
        document.remove(("accepted", first, "date"))
    return True


def remove_entries(document: LayoutDocument, ids: Sequence[str]) -> int:
    """Take the entries for these findings out; how many there were.

    Raises:
        UsageError: There is none for one of the ids.
    """
    removed = 0
    known = [str(entry["finding"]) for entry in document.get(("accepted",), [])]
    for name in dict.fromkeys(ids):
        places = _places(document, name)
        if not places:
            said = f"; accepted: {', '.join(known)}" if known else "; the layout accepts nothing"
            raise UsageError(f"the layout accepts no finding {name!r}{suggestion(name, known)}{said}")
        for index in reversed(places):
            document.remove(("accepted", index))
            removed += 1
    return removed


def _places(document: LayoutDocument, finding: str) -> list[int]:
    entries = document.get(("accepted",), [])
    return [index for index, entry in enumerate(entries) if entry.get("finding") == finding]
