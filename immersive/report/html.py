"""The review as one HTML file to hand over: readable without a network, a script or this program.

Everything is inside: style, drawings as SVG, a small script that only filters. A content
security policy forbids anything else, so that a hostile name in a CAD file stays a name.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from immersive.findings import Verdict
from immersive.report import _html_sections as sections
from immersive.report._figure import figure_of
from immersive.report._html_findings import rule_html
from immersive.report._html_style import CSS, SCRIPT
from immersive.report._html_words import OUTCOME, word
from immersive.report._outlines import Outlines
from immersive.report._text import escape
from immersive.report._words import SEVERITY, VERDICT, colon, language
from immersive.report.floorplan import detail, floorplan
from immersive.report.json import to_json
from immersive.review.document import Outcome, Review
from immersive.scene.model import Severity

PICTURES: Final = 80
"""Findings that get a picture of their own, worst first; said in the report where there are more."""


def to_html(
    review: Review, *, lang: str = "en", generated_at: str | None = None, pictures: int = PICTURES
) -> str:
    """The report as text.

    Args:
        review: What to report.
        lang: ``"en"`` or ``"fr"``.
        generated_at: A time stamp to print; without it the text depends on the input alone.
        pictures: The most findings to draw one by one.

    Raises:
        UsageError: No such language.
    """
    language(lang)
    outlines = Outlines()
    drawn: dict[int, str] = {}
    for finding in review.open_findings[:pictures]:
        picture = detail(review.scene, finding, lang=lang, outlines=outlines)
        if picture is not None:
            drawn[id(finding)] = picture
    # A posture that passes everywhere is shown once: by the first finding on its subjects.
    shown = {finding.subjects for finding in review.open_findings if id(finding) in drawn}
    for finding in review.findings:
        if len(drawn) < pictures and figure_of(finding) is not None and finding.subjects not in shown:
            picture = detail(review.scene, finding, lang=lang, outlines=outlines)
            if picture is not None:
                drawn[id(finding)] = picture
                shown.add(finding.subjects)
    fingerprint = hashlib.sha256(to_json(review).encode()).hexdigest()[:16]
    plan = floorplan(
        review.scene,
        review.findings,
        lang=lang,
        numbers=review.numbers,
        links=True,
        outlines=outlines,
    )
    title = f"{review.scene.title or review.scene.name} – {word('report', lang)}"
    body = [
        f'<a class="skip" href="#s-findings">{word("skip", lang)}</a><main>',
        sections.title_block(review, fingerprint, generated_at, lang),
        sections.banner(review, lang),
        sections.contents(lang, accepted_too=bool(review.accepted)),
        sections.summary(review, lang),
        sections.heading("plan", lang),
        f'<p class="soft">{word("plan text", lang)}</p>' if review.open_findings else "",
        f'<div class="plan" tabindex="0" role="region" aria-label="{word("plan", lang)}">{plan}</div>',
        _findings(review, drawn, pictures, lang),
        sections.accepted(review, lang),
        sections.not_examined(review, lang),
        sections.inputs(review, lang),
        sections.notices(review, lang),
        sections.assumptions(review, lang),
        sections.method(review, lang),
        f'<section class="scope"><h2>{word("scope", lang)}</h2><p>{word("disclaimer", lang)}</p></section>',
        "</main>",
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="generator" content="immersive">'
        f"<title>{escape(title)}</title><style>{CSS}</style></head>\n<body>\n"
        + "\n".join(piece for piece in body if piece)
        + f"\n<script>{SCRIPT}</script>\n</body></html>\n"
    )


def _policy() -> str:
    """Nothing from anywhere; the one style and the one script by their hash."""

    def hashed(text: str) -> str:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        return f"'sha256-{digest}'"

    return (
        f"default-src 'none'; style-src {hashed(CSS)}; script-src {hashed(SCRIPT)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _findings(review: Review, drawn: dict[int, str], pictures: int, lang: str) -> str:
    pieces = [sections.heading("findings", lang)]
    if not review.rules:
        pieces.append(f"<p><strong>∅ {word('no rules', lang)}</strong></p>")
    elif review.nothing_examined:
        pieces.append(f"<p><strong>∅ {OUTCOME[Outcome.NOTHING_EXAMINED][1][lang == 'fr']}</strong></p>")
    elif not review.open_findings:
        pieces.append(f"<p>{word('no findings', lang)}</p>")
    if review.open_findings:
        pieces.append(_controls(lang))
    if len(review.open_findings) > pictures:
        pieces.append(f'<p class="soft">{word("pictures", lang).format(pictures)}</p>')
    pieces += [rule_html(review, rule, drawn, lang) for rule in review.rules]
    return "".join(pieces)


def _controls(lang: str) -> str:
    """The filter; hidden until the script that serves it runs."""
    boxes = [
        f'<label><input type="checkbox" value="{value}" checked> {label}</label>'
        for value, label in (
            *((v, VERDICT[v][lang]) for v in VERDICT if v != Verdict.PASS),
            *((s, SEVERITY[s][lang]) for s in Severity),
        )
    ]
    return (
        f'<div class="controls" role="search" hidden><strong>{word("filter", lang)}{colon(lang).rstrip()}</strong>'
        f"{''.join(boxes)}<label>{word('search', lang)} "
        f'<input type="search" placeholder="{word("search hint", lang)}"></label>'
        f'<output data-words="{word("shown", lang)}"></output></div>'
    )
