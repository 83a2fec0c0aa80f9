"""The findings of the HTML report: a block for each that is not a pass, a folded table of the passes."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any

from immersive.findings import Citation, Confidence, Finding, Verdict
from immersive.report._html_words import word
from immersive.report._share_chart import share_chart
from immersive.report._text import escape
from immersive.report._words import (
    CONFIDENCE,
    LAYOUT_CITATION,
    SEVERITY,
    VERDICT,
    VERDICT_SIGN,
    acceptance_text,
    colon,
    examined_text,
    verdict_counts,
    whole,
)
from immersive.report.json import plain
from immersive.review.document import Review, RuleReview
from immersive.review.values import figures, figures_of

_VALUES = 25
_SI = {"length": "m", "angle": "rad", "mass": "kg", "time": "s"}


def citation_html(citation: Citation, lang: str, *, noted: bool = True) -> str:
    """Standard, edition and clause with how sure the figure is; a figure from memory is marked so."""
    if citation.standard == "layout":
        shown = LAYOUT_CITATION[lang]
        if citation.clause:
            shown += f", {citation.clause}"
        said = escape(shown)
    else:
        said = f"<strong>{escape(citation.label())}</strong>"
        memory = citation.confidence == Confidence.MEMORY
        sign = "⚠ " if memory else ""
        kind = "tag memory" if memory else "tag"
        said += f' <span class="{kind}">{sign}{escape(CONFIDENCE[citation.confidence][lang])}</span>'
    note = citation.note.get(lang, "") if citation.note and noted else ""
    return f'{said} <span class="soft">{escape(note)}</span>' if note else said


def demand(rule: RuleReview, lang: str) -> str:
    """The rule's parameters as ``clearance 120 mm, contact forbidden``; names are those of the layout."""
    said = []
    for item in dataclasses.fields(rule.params):
        value = getattr(rule.params, item.name)
        if value is None or value in ((), "", {}):
            continue
        shown = escape(_parameter(value, item.metadata.get("kind", ""), lang))
        said.append(f"<code>{escape(item.name)}</code>\u00a0{shown}")
    return ", ".join(said) or escape(word("none", lang))


def _parameter(value: Any, kind: str, lang: str) -> str:
    if isinstance(value, bool):
        return word("true" if value else "false", lang)
    if isinstance(value, int | float):
        return figures(float(value), None, "", _SI.get(kind, ""), lang=lang).measured
    if isinstance(value, list | tuple):
        return " · ".join(_parameter(item, kind, lang) for item in value)
    if isinstance(value, Mapping):
        return json.dumps(plain(value), ensure_ascii=False)
    return str(value)


def rule_html(review: Review, rule: RuleReview, pictures: Mapping[int, str], lang: str) -> str:
    """One rule: its head, its open findings, its passes."""
    counts = verdict_counts(rule.counts, lang)
    looked = examined_by(rule, lang)
    head = (
        f'<div class="rulehead"><h3>{escape(rule.rule.id)} – {escape(rule.check.name[lang])}</h3>'
        f"<p>{word('demand', lang)}{colon(lang)}{demand(rule, lang)}</p>"
        f'<p class="soft">{word("severity", lang)}{colon(lang)}{SEVERITY[rule.severity][lang].lower()} · '
        f"{escape(counts) + ' · ' if counts else ''}{escape(looked)}</p></div>"
    )
    nothing = f"<p><strong>∅ {word('rule nothing', lang)}</strong></p>" if rule.nothing_examined else ""
    seen: dict[str, int] = {}
    blocks = [
        _finding(review, finding, pictures.get(id(finding), ""), lang, seen)
        for finding in rule.findings
        if finding.is_open
    ]
    passed = [finding for finding in rule.findings if finding.verdict == Verdict.PASS]
    return (
        f'<section class="rule" id="r-{escape(_slug(rule.rule.id))}">{head}{nothing}{"".join(blocks)}'
        f"{_passes(passed, pictures, lang)}</section>"
    )


def _slug(text: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in text)


def examined_by(rule: RuleReview, lang: str) -> str:
    """``66 pairs, 12 parts``, or that nothing was."""
    looked = [
        examined_text(key, int(n), lang).replace(" ", "\u00a0") for key, n in rule.examined.items() if n
    ]
    if looked:
        return ", ".join(looked)
    return word("nothing", lang) if rule.nothing_examined else ""


def _finding(review: Review, finding: Finding, picture: str, lang: str, seen: dict[str, int]) -> str:
    number = review.numbers[id(finding)]
    # A check that repeats an identity still gives two blocks that can be linked to.
    seen[finding.id] = seen.get(finding.id, 0) + 1
    anchor = finding.id if seen[finding.id] == 1 else f"{finding.id}-{seen[finding.id]}"
    verdict, severity = finding.verdict, finding.severity
    facts = [
        (word("source", lang), citation_html(finding.citation, lang)),
        (word("subjects", lang), " · ".join(f"<code>{escape(s)}</code>" for s in finding.subjects)),
        (
            word("id", lang),
            f'<code>{finding.id}</code> <span class="soft">(<code>{escape(finding.code)}</code>)</span>',
        ),
    ]
    if finding.accepted is not None:
        void = f"<strong>{escape(acceptance_text(finding.accepted, lang))}</strong>"
        facts.append((word("acceptance", lang), void))
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
    hint = (
        f'<p class="hint"><strong>{word("hint", lang)}{colon(lang)}</strong>{escape(finding.hint[lang])}</p>'
        if finding.hint
        else ""
    )
    values = ""
    if finding.data:
        shown = json.dumps(_shortened(plain(finding.data), lang), ensure_ascii=False, indent=1)
        # Points and other short lists of numbers read better on one line.
        shown = re.sub(r"\[\s+([-+.,\deE\s]+?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", shown)
        values = f'<details class="noprint"><summary>{word("values", lang)}</summary><pre>{escape(shown)}</pre></details>'
    figure = f'<figure aria-label="{word("picture", lang)} {number}">{picture}</figure>' if picture else ""
    charts = charts_html(finding, anchor, lang)
    return (
        f'<article class="finding {verdict}{"" if picture else " bare"}" id="f-{anchor}" '
        f'data-verdict="{verdict}" data-severity="{severity}">'
        f'<header><span class="no">{number}</span>'
        f'<span class="verdict {verdict}">{VERDICT_SIGN[verdict]} {VERDICT[verdict][lang]}</span>'
        f'<span class="tag">{SEVERITY[severity][lang]}</span></header>'
        f"<h4>{escape(finding.message[lang])}</h4>"
        f'<div>{_figures(finding, lang)}<dl class="facts">{listed}</dl>{hint}{charts}{values}</div>{figure}</article>'
    )


def _shortened(data: Any, lang: str) -> Any:
    """Long lists up to a bound: the JSON document has them whole."""
    if isinstance(data, dict):
        return {key: _shortened(value, lang) for key, value in data.items()}
    if isinstance(data, list) and len(data) > _VALUES and any(isinstance(item, dict) for item in data):
        return [*data[:_VALUES], word("more values", lang).format(whole(len(data) - _VALUES, lang))]
    return data


def _posture(picture: str) -> str:
    return f"<figure>{picture}</figure>" if picture else ""


def charts_html(finding: Finding, anchor: str, lang: str) -> str:
    """The population shares of a finding as plots."""
    return "".join(
        f'<figure class="shares">{share_chart(chart, lang=lang, ident=f"immersive-{anchor}-{index}")}</figure>'
        for index, chart in enumerate(finding.charts)
    )


def _figures(finding: Finding, lang: str) -> str:
    shown = figures_of(finding, lang=lang)
    gap = {Verdict.FAIL: "missed", Verdict.PASS: "kept"}.get(finding.verdict, "within")
    if gap == "missed" and finding.limit_kind == "max":
        gap = "exceeded"
    entries = [
        ("measured", shown.measured, ""),
        ("limit", shown.limit, ""),
        (gap, shown.difference, ' class="strong"'),
        ("uncertainty", shown.uncertainty or (word("no uncertainty", lang) if shown.measured else ""), ""),
    ]
    said = "".join(
        f"<div{extra}><dt>{word(key, lang)}</dt><dd>{escape(value)}</dd></div>"
        for key, value, extra in entries
        if value
    )
    return f'<dl class="figures">{said}</dl>' if said else ""


def _passes(passed: list[Finding], pictures: Mapping[int, str], lang: str) -> str:
    if not passed:
        return ""
    heads = ("message", "measured", "limit", "kept", "uncertainty", "source", "id")
    numeric = ("measured", "limit", "kept", "uncertainty")
    head = "".join(f'<th{" class=n" if h in numeric else ""} scope="col">{word(h, lang)}</th>' for h in heads)
    head = head.replace("class=n", 'class="n"')
    rows = []
    for finding in passed:
        shown = figures_of(finding, lang=lang)
        cells = "".join(
            f'<td class="n">{escape(value)}</td>'
            for value in (shown.measured, shown.limit, shown.difference, shown.uncertainty)
        )
        rows.append(
            f"<tr><td>{escape(finding.message[lang])}</td>{cells}"
            f"<td>{citation_html(finding.citation, lang, noted=False)}</td><td><code>{finding.id}</code></td></tr>"
        )
    many = word("pass one" if len(passed) == 1 else "passes", lang)
    plots = "".join(
        f'<div class="plot"><p>{escape(finding.message[lang])}</p>{_posture(pictures.get(id(finding), ""))}'
        f"{charts_html(finding, f'p{finding.id}-{index}', lang)}</div>"
        for index, finding in enumerate(passed)
        if finding.charts or id(finding) in pictures
    )
    return (
        f"<details><summary>✓ {whole(len(passed), lang)} {many}</summary>"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
        f"{f'<div class={chr(34)}plots{chr(34)}>{plots}</div>' if plots else ''}</details>"
    )
