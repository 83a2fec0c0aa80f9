"""A diff as lines of text, in English or French."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from immersive.errors import UsageError, choices
from immersive.findings import LANGUAGES
from immersive.review.values import figures_of

if TYPE_CHECKING:
    from immersive.review.diff import Change, Diff

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "new": {"en": "New", "fr": "Nouveaux"},
    "persisting": {"en": "Persisting", "fr": "Persistants"},
    "resolved": {"en": "Resolved", "fr": "Résolus"},
    "accepted": {"en": "Accepted by the layout (not resolved)", "fr": "Acceptés (non résolus)"},
    "no_longer_examined": {
        "en": "No longer examined (not resolved)",
        "fr": "Plus examinés (non résolus)",
    },
    "fail": {"en": "fails", "fr": "non conforme"},
    "pass": {"en": "passes", "fr": "conforme"},
    "indeterminate": {"en": "indeterminate", "fr": "indéterminé"},
    "not_evaluated": {"en": "not evaluated", "fr": "non évalué"},
    "better": {"en": "better", "fr": "mieux"},
    "worse": {"en": "worse", "fr": "pire"},
    "gone": {"en": "gone", "fr": "disparu"},
    "limit": {"en": "limit", "fr": "limite"},
    "limit changed": {"en": "the limit was changed", "fr": "la limite a été modifiée"},
    "still accepted": {"en": "accepted in both", "fr": "acceptés dans les deux"},
    "by": {"en": "accepted by", "fr": "accepté par"},
    "unchanged": {"en": "pass in both", "fr": "conformes dans les deux"},
    "rules changed": {"en": "rules changed", "fr": "règles modifiées"},
    "rules added": {"en": "rules added", "fr": "règles ajoutées"},
    "rules removed": {"en": "rules removed", "fr": "règles supprimées"},
    "other cell": {
        "en": "these reviews are of two cells: {0} and {1}",
        "fr": "ces revues portent sur deux cellules : {0} et {1}",
    },
    "none": {"en": "no finding changed", "fr": "aucun constat n’a changé"},
    "error": {"en": "error", "fr": "erreur"},
    "warning": {"en": "warning", "fr": "avertissement"},
    "info": {"en": "information", "fr": "information"},
}

_GROUPS: Final = ("new", "persisting", "resolved", "accepted", "no_longer_examined")
_SIGNS: Final = {"new": "+", "persisting": "=", "resolved": "-", "accepted": "o", "no_longer_examined": "?"}


def diff_text(diff: Diff, lang: str = "en") -> str:
    """The diff for a terminal: one paragraph a group, one line or two a finding.

    Raises:
        UsageError: No such language.
    """
    if lang not in LANGUAGES:
        raise UsageError(f"unknown language {lang!r}; use {choices(LANGUAGES)}")
    lines: list[str] = []
    if diff.scenes[0] != diff.scenes[1]:
        lines += [f"! {WORDS['other cell'][lang].format(*diff.scenes)}", ""]
    colon = "\u00a0:" if lang == "fr" else ":"
    for name in _GROUPS:
        changes: tuple[Change, ...] = getattr(diff, name)
        if not changes:
            continue
        lines.append(f"{WORDS[name][lang]}{colon} {len(changes)}")
        for change in changes:
            lines += _change(change, _SIGNS[name], lang)
        lines.append("")
    if not any(getattr(diff, name) for name in _GROUPS):
        lines += [WORDS["none"][lang], ""]
    for name, ids in (
        ("rules changed", diff.rules_changed),
        ("rules added", diff.rules_added),
        ("rules removed", diff.rules_removed),
    ):
        if ids:
            lines.append(f"{WORDS[name][lang]}{colon} {', '.join(ids)}")
    counts = ", ".join(
        f"{len(getattr(diff, name))} {WORDS[name][lang].lower()}"
        for name in _GROUPS
        # What a layout accepts is said where there is something: most accept nothing.
        if name != "accepted" or diff.accepted
    )
    kept = f", {diff.still_accepted} {WORDS['still accepted'][lang]}" if diff.still_accepted else ""
    lines.append(f"{counts}{kept}, {diff.passing} {WORDS['unchanged'][lang]}")
    return "\n".join(lines)


def _change(change: Change, sign: str, lang: str) -> list[str]:
    finding = change.latest
    colon = "\u00a0: " if lang == "fr" else ": "
    lines = [
        f"  {sign} [{WORDS[finding['severity']][lang]}] {finding['code']}  {finding['rule']}  ({change.id})",
        f"      {finding['message'][lang]}",
    ]
    before = _state(change.old, lang)
    after = WORDS["gone"][lang] if change.new is None else _state(change.new, lang)
    if change.reason:
        lines.append(f"      {change.reason[lang]}")
    if change.reason and change.new is None:
        return lines
    if change.old is None or (before == after and change.trend in ("", "same")):
        lines.append(f"      {_state(finding, lang)}")
    else:
        trend = f" ({WORDS[change.trend][lang]})" if change.trend in ("better", "worse") else ""
        lines.append(f"      {before} → {after}{trend}")
    entry = (change.new or {}).get("accepted")
    if entry and entry["state"] == "valid":
        lines.append(f"      {WORDS['by'][lang]} {entry['by']}{colon}{entry['reason']}")
    if change.limit_changed:
        lines.append(f"      {WORDS['limit changed'][lang]}")
    return lines


def _state(finding: Mapping[str, Any] | None, lang: str) -> str:
    if finding is None:
        return ""
    shown = figures_of(finding, lang=lang)
    figure = shown.measured
    if shown.limit:
        limit = f"{WORDS['limit'][lang]} {shown.limit}"
        figure = f"{figure}, {limit}" if figure else limit
    verdict = WORDS[finding["verdict"]][lang]
    return f"{verdict}, {figure}" if figure else verdict
