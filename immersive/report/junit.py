"""A review as JUnit XML, for the test panel of a CI server: a suite a rule, a case a finding."""

from __future__ import annotations

from immersive.findings import Finding, Verdict
from immersive.report._text import escape
from immersive.report._words import CONFIDENCE, VERDICT, acceptance_text, language
from immersive.review.document import Review, RuleReview
from immersive.review.values import figures_of
from immersive.scene.model import Severity


def to_junit(review: Review, *, lang: str = "en") -> str:
    """The review as a JUnit document.

    A fail is a ``failure`` whatever its severity. What could not be decided or evaluated is an
    ``error`` where its severity is error, else ``skipped`` with the reason: never a silent pass.
    A finding that the layout accepts is ``skipped`` with who accepted it and why.
    A rule that examined nothing has a case of its own that says so.
    """
    language(lang)
    suites = [_suite(rule, lang) for rule in review.rules]
    if not suites:
        suites = [_nothing_ran(lang)]
    totals = [sum(column) for column in zip(*(counts for _, counts in suites), strict=True)]
    head = (
        f"<testsuites name={_attribute('immersive: ' + review.scene.name)} "
        f'tests="{totals[0]}" failures="{totals[1]}" errors="{totals[2]}" skipped="{totals[3]}">'
    )
    body = "\n".join(text for text, _ in suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{body}\n</testsuites>\n'


def _attribute(text: str) -> str:
    return f'"{escape(text)}"'


def _suite(rule: RuleReview, lang: str) -> tuple[str, tuple[int, int, int, int]]:
    cases = [_case(finding, lang) for finding in rule.findings]
    if rule.nothing_examined and not rule.findings:
        reason = {"en": "the rule examined nothing", "fr": "la règle n’a rien examiné"}[lang]
        cases.append(_outcome(rule.rule.id, rule.check.code, reason, rule.severity, reason))
    name = f"{rule.rule.id}: {rule.check.name[lang]}"
    return _wrap(name, cases)


def _nothing_ran(lang: str) -> tuple[str, tuple[int, int, int, int]]:
    reason = {"en": "no rule was run: nothing was examined",
              "fr": "aucune règle exécutée : rien n’a été examiné"}[lang]  # fmt: skip
    return _wrap("immersive", [_outcome("immersive", "immersive", reason, Severity.ERROR, reason)])


def _wrap(name: str, cases: list[tuple[str, str]]) -> tuple[str, tuple[int, int, int, int]]:
    kinds = [kind for _, kind in cases]
    counts = (len(cases), kinds.count("failure"), kinds.count("error"), kinds.count("skipped"))
    head = (
        f'  <testsuite name={_attribute(name)} tests="{counts[0]}" failures="{counts[1]}" '
        f'errors="{counts[2]}" skipped="{counts[3]}">'
    )
    return "\n".join([head, *(text for text, _ in cases), "  </testsuite>"]), counts


def _case(finding: Finding, lang: str) -> tuple[str, str]:
    name = f"{finding.code} {' / '.join(finding.subjects)} ({finding.id})"
    head = f"    <testcase name={_attribute(name)} classname={_attribute(finding.rule)}"
    if finding.verdict == Verdict.PASS:
        return f"{head}/>", "pass"
    message = finding.message[lang]
    body = _body(finding, lang)
    if finding.accepted is not None and finding.is_accepted:
        stated = f"{acceptance_text(finding.accepted, lang)} – {message}"
        return _outcome(name, finding.rule, stated, Severity.INFO, body)
    if finding.verdict == Verdict.FAIL:
        inner = (
            f"      <failure message={_attribute(message)} type={_attribute(finding.code)}>"
            f"{escape(body)}</failure>"
        )
        return f"{head}>\n{inner}\n    </testcase>", "failure"
    stated = f"{VERDICT[finding.verdict][lang]} – {message}"
    return _outcome(name, finding.rule, stated, finding.severity, body)


def _outcome(name: str, classname: str, message: str, severity: Severity, body: str) -> tuple[str, str]:
    kind = "error" if severity == Severity.ERROR else "skipped"
    return (
        f"    <testcase name={_attribute(name)} classname={_attribute(classname)}>\n"
        f"      <{kind} message={_attribute(message)}>{escape(body)}</{kind}>\n    </testcase>"
    ), kind


def _body(finding: Finding, lang: str) -> str:
    words = {
        "en": ("measured", "limit", "difference", "uncertainty", "source"),
        "fr": ("mesuré", "limite", "écart", "incertitude", "source"),
    }[lang]
    shown = figures_of(finding, lang=lang)
    source = f"{finding.citation.label()} ({CONFIDENCE[finding.citation.confidence][lang]})"
    values = (shown.measured, shown.limit, shown.difference, shown.uncertainty, source)
    lines = [f"{word}: {value}" for word, value in zip(words, values, strict=True) if value]
    if finding.accepted is not None and finding.accepted.void:
        lines.append(acceptance_text(finding.accepted, lang))
    if finding.hint:
        lines.append(finding.hint[lang])
    return "\n".join(lines)
