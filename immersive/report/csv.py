"""A review as CSV: one row a finding, worst first, for a spreadsheet.

UTF-8 with a byte order mark and CRLF, the only form that Excel opens right with accents by a
double click. Numbers are in SI units. English has commas and decimal points; French has
semicolons and decimal commas, as a spreadsheet set to French expects.
"""

from __future__ import annotations

import csv
import io
import math
import re
from typing import Final

from immersive.findings import Finding
from immersive.report._share_chart import share_words
from immersive.report._words import CONFIDENCE, LAYOUT_CITATION, SEVERITY, VERDICT, acceptance_text, language
from immersive.review.document import Review

COLUMNS: Final = {
    "en": (
        "no", "id", "severity", "verdict", "rule", "code", "subjects", "message", "measured",
        "limit kind", "limit", "shortfall", "unit", "uncertainty", "source", "confidence", "hint",
        "population shares", "acceptance", "accepted by",
    ),
    "fr": (
        "n°", "identifiant", "gravité", "verdict", "règle", "code", "sujets", "message", "mesuré",
        "type de limite", "limite", "manque", "unité", "incertitude", "source", "confiance", "piste",
        "parts de la population", "acceptation", "accepté par",
    ),
}  # fmt: skip

_STATE: Final = {
    "valid": {"en": "accepted", "fr": "accepté"},
    "void": {"en": "void", "fr": "caduque"},
}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def to_csv(review: Review, *, lang: str = "en") -> str:
    """The findings as CSV text, starting with the byte order mark."""
    language(lang)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if lang == "fr" else ",", lineterminator="\r\n")
    writer.writerow(COLUMNS[lang])
    for number, finding in enumerate(review.findings, 1):
        writer.writerow(_row(number, finding, lang))
    return "\ufeff" + out.getvalue()


def safe(cell: str) -> str:
    """The text so that no spreadsheet takes it for a formula: those get an apostrophe in front.

    A name like ``=HYPERLINK(…)`` in a CAD file must stay a name.
    """
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _identifier(text: str) -> str:
    """An id of digits, or digits with one ``e``, would be turned into a number by a spreadsheet."""
    return f"'{text}" if re.fullmatch(r"[0-9]+(e[0-9]+)?", text) else text


def _number(value: float | None, lang: str) -> str:
    if value is None or not math.isfinite(value):
        return ""
    shown = f"{round(value, 9) + 0.0:.9f}".rstrip("0").rstrip(".")
    return shown.replace(".", ",") if lang == "fr" else shown


def _row(number: int, finding: Finding, lang: str) -> list[str]:
    citation = finding.citation
    source = LAYOUT_CITATION[lang] if citation.standard == "layout" else citation.label()
    kind = {"min": {"en": "at least", "fr": "au moins"}, "max": {"en": "at most", "fr": "au plus"}}
    return [
        str(number),
        _identifier(finding.id),
        SEVERITY[finding.severity][lang],
        VERDICT[finding.verdict][lang],
        safe(finding.rule),
        safe(finding.code),
        safe(" | ".join(finding.subjects)),
        safe(finding.message[lang]),
        _number(finding.measured, lang),
        kind[finding.limit_kind][lang] if finding.limit_kind else "",
        _number(finding.limit, lang),
        _number(finding.shortfall, lang),
        safe(finding.unit),
        _number(finding.uncertainty, lang),
        safe(source),
        CONFIDENCE[citation.confidence][lang],
        safe(finding.hint[lang] if finding.hint else ""),
        safe(" | ".join(f"{chart.title[lang]} – {share_words(chart, lang)}" for chart in finding.charts)),
        "" if finding.accepted is None else _STATE[finding.accepted.state][lang],
        "" if finding.accepted is None else safe(acceptance_text(finding.accepted, lang)),
    ]
