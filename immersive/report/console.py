"""What ``immersive check`` prints: the answer, the worst findings, then what was looked at and what not.

Colours come from rich and only on a terminal; every verdict also has a sign and a word.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from typing import Final, TextIO

from immersive.findings import Finding, Verdict
from immersive.geometry.tolerance import ARITHMETIC
from immersive.report._text import clean
from immersive.report._words import (
    ACCEPTED_SIGN,
    CONFIDENCE,
    LAYOUT_CITATION,
    SEVERITY,
    SEVERITY_COUNT,
    VERDICT,
    VERDICT_SIGN,
    acceptance_text,
    colon,
    examined_text,
    language,
    plural,
    state_sign,
    verdict_counts,
)
from immersive.review.document import Outcome, Review, RuleReview
from immersive.review.values import figures_of
from immersive.scene.model import Severity

SHOWN: Final = 12
"""Findings printed one by one; the rest are counted."""

_LISTED: Final = 8

Line = tuple[str, str]
"""(style, text): style is a rich style or empty."""

_STYLE: Final = {
    Verdict.FAIL: "bold red",
    Verdict.INDETERMINATE: "bold yellow",
    Verdict.NOT_EVALUATED: "bold cyan",
    Verdict.PASS: "bold green",
}

OUTCOME: Final = {
    Outcome.FAIL: ("✕", "bold red", {"en": "FAILS", "fr": "NON CONFORME"}),
    Outcome.OPEN: ("?", "bold yellow", {"en": "NOT DECIDED", "fr": "NON TRANCHÉ"}),
    Outcome.PASS: ("✓", "bold green", {"en": "NOTHING FAILS", "fr": "AUCUNE NON-CONFORMITÉ"}),
    Outcome.NOTHING_EXAMINED: (
        "∅",
        "bold magenta",
        {"en": "NOTHING WAS EXAMINED", "fr": "RIEN N’A ÉTÉ EXAMINÉ"},
    ),
}

_T: Final = {
    "limit": {"en": "limit", "fr": "limite"},
    "missed": {"en": "short by", "fr": "il manque"},
    "exceeded": {"en": "exceeded by", "fr": "dépassement de"},
    "within": {"en": "within its uncertainty of the limit", "fr": "à la limite, incertitude comprise"},
    "more": {
        "en": "… and {0} more: --report FILE.html or --json FILE has them all",
        "fr": "… et {0} de plus : --report FICHIER.html ou --json FICHIER les donne tous",
    },
    "examined": {"en": "Examined", "fr": "Examiné"},
    "not examined": {"en": "Not examined", "fr": "Non examiné"},
    "notices": {"en": "What reading the files had to tell", "fr": "Remarques à la lecture des fichiers"},
    "accepted": {"en": "Accepted, not counted", "fr": "Acceptés, non comptés"},
    "nothing": {"en": "examined nothing", "fr": "n’a rien examiné"},
    "hint": {"en": "hint", "fr": "piste"},
    "others": {"en": "… and {0} more", "fr": "… et {0} de plus"},
    "empty": {
        "en": "No rule examined anything: this says nothing about the cell.",
        "fr": "Aucune règle n’a rien examiné : cela ne dit rien de la cellule.",
    },
    "inputs": {
        "en": "Geometry is missing or cannot be trusted: see the notices.",
        "fr": "De la géométrie manque ou n’est pas fiable : voir les remarques.",
    },
}


def print_review(review: Review, *, lang: str = "en", file: TextIO | None = None, shown: int = SHOWN) -> None:
    """Print the review: with colours on a terminal, as plain text elsewhere.

    Args:
        review: What to print.
        lang: ``"en"`` or ``"fr"``.
        file: Where to, standard output by default.
        shown: How many findings to print one by one.
    """
    out = sys.stdout if file is None else file
    if out.isatty():
        from rich.console import Console
        from rich.text import Text

        console = Console(file=out, highlight=False)
        for style, line in review_lines(review, lang=lang, width=min(console.width, 110), shown=shown):
            console.print(Text(line, style=style))
        return
    for _, line in review_lines(review, lang=lang, shown=shown):
        print(_encodable(line, out), file=out)


def review_text(review: Review, *, lang: str = "en", width: int = 100, shown: int = SHOWN) -> str:
    """The same as one text."""
    lines = (line for _, line in review_lines(review, lang=lang, width=width, shown=shown))
    return "\n".join(lines) + "\n"


def review_lines(review: Review, *, lang: str = "en", width: int = 100, shown: int = SHOWN) -> Iterator[Line]:
    """The lines with their styles; no control code of a name in a file gets to the terminal."""
    language(lang)
    for style, line in _lines(review, lang, width, shown):
        yield style, clean(line)


def _lines(review: Review, lang: str, width: int, shown: int) -> Iterator[Line]:
    yield from _head(review, lang)
    for finding in review.open_findings[:shown]:
        yield "", ""
        yield from _finding(finding, review.numbers[id(finding)], lang, width)
    hidden = len(review.open_findings) - shown
    if hidden > 0:
        yield "", ""
        yield "dim", _T["more"][lang].format(hidden)
    yield from _accepted(review, lang, width)
    yield "", ""
    yield from _examined(review, lang)
    yield from _not_examined(review, lang, width)
    yield from _notices(review, lang, width)


def _encodable(line: str, out: TextIO) -> str:
    """The line as far as the stream can take it: an old Windows console has no ✕."""
    encoding = out.encoding or "utf-8"
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        plain = str.maketrans({"✕": "x", "✓": "+", "≈": "~", "○": "o", "∅": "0", "≥": ">=", "≤": "<=", "−": "-",
                               "\u202f": " ", "…": "...", "’": "'", "·": "-"})  # fmt: skip
        return line.translate(plain).encode(encoding, "replace").decode(encoding)
    return line


def _head(review: Review, lang: str) -> Iterator[Line]:
    sign, style, words = OUTCOME[review.outcome]
    title = review.scene.title or review.scene.name
    yield style, f"{sign} {words[lang]}  {title}"
    counts = verdict_counts(review.counts, lang)
    if counts:
        yield "", f"  {counts}"
    if review.outcome == Outcome.NOTHING_EXAMINED:
        yield "", f"  {_T['empty'][lang]}"
    if review.doubtful_inputs:
        yield "bold", f"  {_T['inputs'][lang]}"


def _finding(finding: Finding, number: int, lang: str, width: int) -> Iterator[Line]:
    yield (
        _STYLE[finding.verdict],
        f"{number:>3} {VERDICT_SIGN[finding.verdict]} {VERDICT[finding.verdict][lang]}"
        f" · {SEVERITY[finding.severity][lang].lower()} · {finding.code} · {finding.rule}",
    )
    for line in textwrap.wrap(finding.message[lang], width - 6, break_on_hyphens=False):
        yield "", f"      {line}"
    figures = figures_of(finding, lang=lang)
    said = [f"{figures.measured} {figures.uncertainty}".strip()] if figures.measured else []
    if figures.limit:
        said.append(f"{_T['limit'][lang]} {figures.limit}")
    if finding.verdict == Verdict.INDETERMINATE and figures.difference and _at_limit(finding):
        said.append(_T["within"][lang])
    elif finding.verdict == Verdict.FAIL and figures.difference:
        key = "exceeded" if finding.limit_kind == "max" else "missed"
        said.append(f"{_T[key][lang]} {figures.difference}")
    if said:
        yield "bold", f"      {', '.join(said)}"
    citation = finding.citation
    source = LAYOUT_CITATION[lang] if citation.standard == "layout" else citation.label()
    if citation.standard != "layout":
        source += f" ({CONFIDENCE[citation.confidence][lang]})"
    yield "dim", f"      {source} · {finding.id}"
    if finding.accepted is not None:
        for line in textwrap.wrap(acceptance_text(finding.accepted, lang), width - 6, break_on_hyphens=False):
            yield "bold yellow", f"      {line}"
    if finding.hint:
        hint = f"{_T['hint'][lang]}{colon(lang)}{finding.hint[lang]}"
        for line in textwrap.wrap(hint, width - 6, break_on_hyphens=False):
            yield "", f"      {line}"


def _accepted(review: Review, lang: str, width: int) -> Iterator[Line]:
    if not review.accepted:
        return
    yield "", ""
    yield "bold", f"{_T['accepted'][lang]}{colon(lang)}{len(review.accepted)}"
    for finding in review.accepted[:_LISTED]:
        assert finding.accepted is not None
        yield (
            "dim",
            f"  {ACCEPTED_SIGN} {VERDICT[finding.verdict][lang].lower()} · {finding.code} · {finding.rule}"
            f" · {finding.id}",
        )
        for said in (finding.message[lang], acceptance_text(finding.accepted, lang)):
            for line in textwrap.wrap(said, width - 6, break_on_hyphens=False):
                yield "", f"      {line}"
    if len(review.accepted) > _LISTED:
        yield "dim", f"  {_T['others'][lang].format(len(review.accepted) - _LISTED)}"


def _at_limit(finding: Finding) -> bool:
    """Whether it is the uncertainty that leaves a verdict open, and not a condition that nobody stated."""
    if finding.measured is None or finding.limit is None:
        return False
    return abs(finding.measured - finding.limit) <= finding.uncertainty + ARITHMETIC


def _examined(review: Review, lang: str) -> Iterator[Line]:
    scene = review.scene
    yield (
        "bold",
        f"{_T['examined'][lang]}{colon(lang)}"
        + ", ".join(
            plural(count, one, many, lang)
            for count, one, many in (
                (len(scene.sources), {"en": "file", "fr": "fichier"}, {"en": "files", "fr": "fichiers"}),
                (len(scene.parts), {"en": "part", "fr": "pièce"}, {"en": "parts", "fr": "pièces"}),
                (
                    scene.triangles,
                    {"en": "triangle", "fr": "triangle"},
                    {"en": "triangles", "fr": "triangles"},
                ),
            )
        ),
    )
    rules = review.rules
    size = max((len(rule.rule.id) for rule in rules), default=0)
    for rule in rules:
        yield "", f"  {_rule_sign(rule)} {rule.rule.id:{size}}  {_rule_counts(rule, lang)}"


def _rule_sign(rule: RuleReview) -> str:
    if rule.nothing_examined:
        return "∅"
    return state_sign(rule.findings[0]) if rule.findings else VERDICT_SIGN[Verdict.PASS]


def _rule_counts(rule: RuleReview, lang: str) -> str:
    looked = [examined_text(key, int(number), lang) for key, number in rule.examined.items() if number]
    nothing = [_T["nothing"][lang]] if rule.nothing_examined else []
    said = verdict_counts(rule.counts, lang)
    return " – ".join(part for part in (said, ", ".join(looked or nothing)) if part)


def _not_examined(review: Review, lang: str, width: int) -> Iterator[Line]:
    said = [
        f"{entry.check.name[lang]} ({entry.check.code}): {entry.reason[lang]}" for entry in review.not_run
    ]
    skipped = [f"{rule.id}, {skipped.subject}: {skipped.reason[lang]}" for rule, skipped in review.skipped]
    said += skipped[:_LISTED]
    if len(skipped) > _LISTED:
        said.append(_T["others"][lang].format(len(skipped) - _LISTED))
    if said:
        yield "bold", f"{_T['not examined'][lang]}{colon(lang).rstrip()}"
        yield from _bullets(said, width)


def _notices(review: Review, lang: str, width: int) -> Iterator[Line]:
    notices = review.notices
    if not notices:
        return
    counts = ", ".join(
        plural(len(review.notices_of(severity)), *SEVERITY_COUNT[severity], lang)
        for severity in Severity
        if review.notices_of(severity)
    )
    yield "bold", f"{_T['notices'][lang]}{colon(lang)}{counts}"
    grave = [notice for notice in notices if notice.severity != Severity.INFO]
    said = [f"{SEVERITY[n.severity][lang]}, {n.file}: {n.text[lang]}" for n in grave[:_LISTED]]
    if len(grave) > _LISTED:
        said.append(_T["others"][lang].format(len(grave) - _LISTED))
    yield from _bullets(said, width)


def _bullets(entries: list[str], width: int) -> Iterator[Line]:
    for entry in entries:
        lines = textwrap.wrap(entry, width - 4, break_on_hyphens=False) or [""]
        yield "", f"  - {lines[0]}"
        for line in lines[1:]:
            yield "", f"    {line}"
