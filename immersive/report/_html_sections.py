"""The sections of the HTML report around the findings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from immersive import __version__
from immersive.findings import Verdict
from immersive.report._html_docs import doc_html, doc_sections
from immersive.report._html_findings import citation_html, examined_by
from immersive.report._html_words import OUTCOME, word
from immersive.report._text import escape
from immersive.report._words import (
    ACCEPTED,
    ACCEPTED_SIGN,
    SEVERITY,
    SEVERITY_COUNT,
    UNIT_ORIGIN,
    VERDICT,
    VERDICT_SIGN,
    colon,
    plural,
    verdict_counts,
    whole,
)
from immersive.review.document import Outcome, Review
from immersive.review.values import figures_of
from immersive.scene.model import Severity
from immersive.units import metres

_FOLD_FROM: Final = 5
"""More notices of severity info than this are folded away."""

SIGN = {Outcome.FAIL: "✕", Outcome.OPEN: "?", Outcome.PASS: "✓", Outcome.NOTHING_EXAMINED: "∅"}


def table(heads: Iterable[tuple[str, str]], rows: Iterable[str]) -> str:
    """A table; each head is (label, class)."""
    head = "".join(
        f'<th scope="col"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}>{label}</th>'
        for label, kind in heads
    )
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def title_block(review: Review, fingerprint: str, generated_at: str | None, lang: str) -> str:
    """The head, like the title block of a drawing."""
    scene = review.scene
    size = ""
    if scene.bounds is not None:
        extent = (scene.bounds[1] - scene.bounds[0]).tolist()
        size = " × ".join(metres(value).text(lang) for value in extent)
    content = ", ".join(
        plural(number, {"en": en, "fr": fr}, {"en": en + "s", "fr": fr + "s"}, lang)
        for number, en, fr in (
            (len(scene.parts), "part", "pièce"),
            (scene.triangles, "triangle", "triangle"),
            (len(scene.sources), "file", "fichier"),
        )
    )
    entries = [
        (word("cell", lang), f"<code>{escape(scene.name)}</code>"),
        (word("size", lang), escape(size or "–")),
        (word("content", lang), escape(content)),
        (word("program", lang), f"immersive {escape(__version__)}"),
        (word("date", lang), escape(generated_at or word("no date", lang))),
        (word("fingerprint", lang), f"<code>{fingerprint}</code>"),
    ]
    cells = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in entries)
    return (
        f'<header><dl class="block"><div class="head"><dt>{word("report", lang)}</dt>'
        f"<dd><h1>{escape(scene.title or scene.name)}</h1></dd></div>{cells}</dl></header>"
    )


def banner(review: Review, lang: str) -> str:
    """The answer, large, with a sign and words as well as a colour."""
    (head, text) = OUTCOME[review.outcome]
    index = int(lang == "fr")
    counts = verdict_counts(review.counts, lang)
    extra = f"<p><strong>{escape(counts)}</strong></p>" if counts else ""
    return (
        f'<section class="banner {review.outcome}" role="status"><div class="sign" aria-hidden="true">'
        f"{SIGN[review.outcome]}</div><div><h2>{escape(head[index])}</h2>{extra}"
        f"<p>{escape(text[index])}</p></div></section>"
    )


def contents(lang: str, *, accepted_too: bool = False) -> str:
    """Links to the sections."""
    keys = ("summary", "plan", "findings", *(("accepted",) if accepted_too else ()), "not examined", "inputs",
            "notices", "assumptions", "method")  # fmt: skip
    links = "".join(f'<li><a href="#{_anchor(key)}">{word(key, lang)}</a></li>' for key in keys)
    return f'<nav aria-label="{word("content", lang)}"><ul>{links}</ul></nav>'


def _anchor(key: str) -> str:
    return "s-" + key.replace(" ", "-")


def heading(key: str, lang: str) -> str:
    """A section's heading with its anchor."""
    return f'<h2 id="{_anchor(key)}">{word(key, lang)}</h2>'


def summary(review: Review, lang: str) -> str:
    """Findings by severity and verdict, and what each rule examined."""
    order = list(VERDICT)
    some = bool(review.counts.accepted)
    rows = []
    for severity in Severity:
        counts = review.counts_of(severity)
        cells = "".join(_count(counts.of(verdict), lang) for verdict in order)
        cells += _count(counts.accepted, lang) if some else ""
        rows.append(
            f'<tr><th scope="row">{SEVERITY[severity][lang]}</th>{cells}{_count(counts.total, lang)}</tr>'
        )
    cells = "".join(_count(review.counts.of(verdict), lang) for verdict in order)
    cells += _count(review.counts.accepted, lang) if some else ""
    rows.append(
        f'<tr><th scope="row">{word("total", lang)}</th>{cells}{_count(review.counts.total, lang)}</tr>'
    )
    heads = [
        (word("severity", lang), ""),
        *((f"{VERDICT_SIGN[verdict]}\u00a0{VERDICT[verdict][lang]}", "n") for verdict in order),
        *([(f"{ACCEPTED_SIGN}\u00a0{ACCEPTED[lang]}", "n")] if some else []),
        (word("total", lang), "n"),
    ]
    counts_table = table(heads, rows)
    return (
        f'{heading("summary", lang)}<div class="narrow"><h3>{word("findings", lang)}</h3>{counts_table}</div>'
        f"<div><h3>{word('examined', lang)}</h3>{_rules(review, lang)}</div>"
    )


def _count(number: int, lang: str) -> str:
    return f'<td class="n{"" if number else " zero"}">{whole(number, lang)}</td>'


def _rules(review: Review, lang: str) -> str:
    if not review.rules:
        return f"<p><strong>∅ {word('no rules', lang)}</strong></p>"
    rows = []
    for rule in review.rules:
        worst = rule.findings[0] if rule.findings else None
        verdict = Verdict.PASS if worst is None else worst.verdict
        said = f"{VERDICT_SIGN[verdict]} {VERDICT[verdict][lang]}"
        if worst is not None and worst.is_accepted:
            verdict, said = Verdict.PASS, f"{ACCEPTED_SIGN} {ACCEPTED[lang]}"
        state = (
            f'<span class="verdict not_evaluated">∅ {word("nothing", lang)}</span>'
            if rule.nothing_examined
            else f'<span class="verdict {verdict}">{said}</span>'
        )
        rows.append(
            f"<tr><td>{escape(rule.rule.id)}</td><td>{escape(rule.check.name[lang])}</td><td>{state}</td>"
            f"<td>{'' if rule.nothing_examined else escape(examined_by(rule, lang))}</td></tr>"
        )
    heads = [(word(key, lang), "") for key in ("rule", "check", "verdict", "examined")]
    return table(heads, rows)


def accepted(review: Review, lang: str) -> str:
    """Every finding that does not count because the layout accepts it: what, by whom, why."""
    if not review.accepted:
        return ""
    rows = []
    for finding in review.accepted:
        entry = finding.accepted
        assert entry is not None
        shown = figures_of(finding, lang=lang)
        dated = f'<br><span class="soft">{escape(entry.date)}</span>' if entry.date else ""
        rows.append(
            f'<tr id="f-{finding.id}"><td><span class="verdict {finding.verdict}">'
            f"{VERDICT_SIGN[finding.verdict]} {VERDICT[finding.verdict][lang]}</span></td>"
            f"<td>{escape(finding.rule)}</td><td>{escape(finding.message[lang])}</td>"
            f'<td class="n">{escape(shown.measured)}</td><td class="n">{escape(shown.limit)}</td>'
            f"<td>{escape(entry.by)}{dated}</td><td>{escape(entry.reason)}</td><td><code>{finding.id}</code></td></tr>"
        )
    heads = [
        *((word(key, lang), "") for key in ("verdict", "rule", "message")),
        (word("measured", lang), "n"),
        (word("limit", lang), "n"),
        *((word(key, lang), "") for key in ("by", "why accepted", "id")),
    ]
    return f"{heading('accepted', lang)}<p>{word('accepted text', lang)}</p>{table(heads, rows)}"


def not_examined(review: Review, lang: str) -> str:
    """Checks that were not run, rules that looked at nothing, subjects that were skipped."""
    rows = [
        f"<tr><td>{word('check not run', lang)}</td><td>{escape(entry.check.name[lang])} "
        f"(<code>{escape(entry.check.code)}</code>)</td><td>{escape(entry.reason[lang])}</td></tr>"
        for entry in review.not_run
    ]
    rows += [
        f"<tr><td>{escape(rule.rule.id)}</td><td>–</td><td>{word('rule nothing', lang)}</td></tr>"
        for rule in review.rules_without_examination
    ]
    rows += [
        f"<tr><td>{escape(rule.id)}</td><td><code>{escape(skipped.subject)}</code></td>"
        f"<td>{escape(skipped.reason[lang])}</td></tr>"
        for rule, skipped in review.skipped
    ]
    heads = [(word(key, lang), "") for key in ("rule", "subject", "reason")]
    if rows:
        body = table(heads, rows)
    else:
        body = f"<p>{word('no rules' if review.nothing_examined else 'all examined', lang)}</p>"
    return heading("not examined", lang) + body


def inputs(review: Review, lang: str) -> str:
    """Every file read, with its hash and where its unit comes from."""
    rows = [
        f"<tr><td><code>{escape(s.file)}</code></td><td>{escape(s.format)}</td>"
        f'<td>{escape(s.unit)} <span class="soft">({escape(_origin(s.unit_origin, lang))})</span></td>'
        f'<td>{escape(s.up_axis)}</td><td class="n">{whole(s.size, lang)}</td>'
        f'<td class="hash"><code>{escape(s.sha256)}</code></td></tr>'
        for s in sorted(review.scene.sources, key=lambda s: (s.file, s.sha256))
    ]
    heads = [
        (word("file", lang), ""),
        (word("format", lang), ""),
        (word("unit", lang), ""),
        (word("axis", lang), ""),
        (word("bytes", lang), "n"),
        ("SHA-256", ""),
    ]
    body = table(heads, rows) if rows else f"<p>{word('no inputs', lang)}</p>"
    return heading("inputs", lang) + body


def _origin(origin: str, lang: str) -> str:
    return UNIT_ORIGIN[origin][lang] if origin in UNIT_ORIGIN else origin


def notices(review: Review, lang: str) -> str:
    """What the readers had to tell, worst first; long lists of the least are folded."""
    rows = {severity: [] for severity in Severity}  # type: dict[Severity, list[str]]
    for notice in review.notices:
        place = " · ".join(escape(p) for p in (notice.place, notice.subject) if p)
        rows[notice.severity].append(
            f'<tr><td><span class="tag">{SEVERITY[notice.severity][lang]}</span></td>'
            f"<td>{escape(notice.text[lang])}</td><td><code>{escape(notice.file)}</code></td>"
            f"<td>{place}</td><td><code>{escape(notice.code)}</code></td></tr>"
        )
    heads = [
        (word("severity", lang), ""),
        (word("message", lang), ""),
        (word("file", lang), ""),
        (word("place", lang), ""),
        ("Code", ""),
    ]
    open_rows = rows[Severity.ERROR] + rows[Severity.WARNING]
    mild = rows[Severity.INFO]
    if len(mild) <= _FOLD_FROM:
        open_rows, mild = open_rows + mild, []
    pieces = [heading("notices", lang)]
    if not (open_rows or mild):
        pieces.append(f"<p>{word('no notices', lang)}</p>")
    if open_rows:
        pieces.append(table(heads, open_rows))
    if mild:
        label = plural(len(mild), *SEVERITY_COUNT[Severity.INFO], lang)
        pieces.append(f"<details><summary>{label}</summary>{table(heads, mild)}</details>")
    return "".join(pieces)


def assumptions(review: Review, lang: str) -> str:
    """What each rule takes for granted."""
    pieces = [heading("assumptions", lang)]
    said: dict[tuple[str, ...], list[str]] = {}
    for rule in review.rules:
        texts = tuple(assumption[lang] for assumption in rule.assumptions)
        if texts:
            said.setdefault(texts, []).append(rule.rule.id)
    for texts, rules in said.items():
        items = "".join(f"<li>{escape(text)}</li>" for text in texts)
        pieces.append(f"<p><strong>{escape(', '.join(rules))}</strong></p><ul>{items}</ul>")
    if not said:
        pieces.append(f"<p>{word('none', lang)}</p>")
    return "".join(pieces)


def method(review: Review, lang: str) -> str:
    """The documentation of each check that ran, with the sources of its figures."""
    pieces = [heading("method", lang)]
    if word("method lang", lang) and review.checks:
        pieces.append(f'<p class="soft">{word("method lang", lang)}</p>')
    for check in review.checks:
        title, _ = doc_sections(check.doc)
        sources = "".join(f"<li>{citation_html(citation, lang)}</li>" for citation in check.standards)
        listed = (
            f"<p><strong>{word('references', lang)}{colon(lang).rstrip()}</strong></p><ul>{sources}</ul>"
            if sources
            else ""
        )
        pieces.append(
            f"<h3>{escape(check.name[lang])}</h3>"
            f'<div class="doc" lang="en"><p>{escape(title)}</p>{doc_html(check.doc)}</div>{listed}'
        )
    return "".join(pieces)
