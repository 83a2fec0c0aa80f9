"""A review: a scene with what its rules found, in the order a reader needs it.

Reports, the diff and every display read a :class:`Review`; none of them sorts, counts or
judges again. The one thing it must never do is call a cell clean that nobody looked at:
see :class:`Outcome` and :meth:`Review.exit_code`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from immersive.checks._base import Check
from immersive.checks._run import NotRun, Results, RuleResult
from immersive.errors import UsageError, choices, suggestion
from immersive.findings import Finding, Skipped, Text, Verdict
from immersive.scene.model import Notice, Scene, Severity
from immersive.scene.station import Rule

SCHEMA: Final = "immersive.review/1"
"""Name and version of the JSON document of a review."""

SEVERITY_ORDER: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
VERDICT_ORDER: Final = {
    Verdict.FAIL: 0,
    Verdict.INDETERMINATE: 1,
    Verdict.NOT_EVALUATED: 2,
    Verdict.PASS: 3,
}
FAIL_ON: Final = ("error", "warning")

# Counts that describe what was looked through rather than what was compared: the same part is
# looked at by many rules, so a sum over the rules would say more parts than there are.
_NOT_ADDED: Final = frozenset({"parts", "triangles", "files", "meshes"})


class Outcome(StrEnum):
    """What a review says about the cell as a whole."""

    FAIL = "fail"
    """At least one finding of severity error or warning fails."""
    OPEN = "open"
    """Nothing fails, but something that matters could not be decided or was not examined."""
    PASS = "pass"
    """All that was asked was examined and nothing fails."""
    NOTHING_EXAMINED = "nothing_examined"
    """No rule examined anything: the review says nothing about the cell."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Number of findings for each verdict; those that are accepted are counted apart, whatever theirs."""

    failed: int = 0
    indeterminate: int = 0
    not_evaluated: int = 0
    passed: int = 0
    accepted: int = 0

    @property
    def total(self) -> int:
        return self.failed + self.indeterminate + self.not_evaluated + self.passed + self.accepted

    @property
    def not_passed(self) -> int:
        return self.failed + self.indeterminate + self.not_evaluated

    def of(self, verdict: Verdict) -> int:
        """How many have this verdict."""
        return self.by_verdict[verdict]

    @property
    def by_verdict(self) -> Mapping[Verdict, int]:
        """Verdict → number, worst first."""
        return {
            Verdict.FAIL: self.failed,
            Verdict.INDETERMINATE: self.indeterminate,
            Verdict.NOT_EVALUATED: self.not_evaluated,
            Verdict.PASS: self.passed,
        }


def count(findings: tuple[Finding, ...]) -> Counts:
    """Count findings by verdict."""
    by = dict.fromkeys(Verdict, 0)
    accepted = 0
    for finding in findings:
        if finding.is_accepted:
            accepted += 1
        else:
            by[finding.verdict] += 1
    return Counts(
        by[Verdict.FAIL], by[Verdict.INDETERMINATE], by[Verdict.NOT_EVALUATED], by[Verdict.PASS], accepted
    )


def order(finding: Finding) -> tuple[int, int, int, float, str, str]:
    """Sort key: what is open first, then what is accepted; then severity, verdict, shortfall (worst first), id.

    Findings without a figure come before those with one: a bare "fails" is not known to be small.
    """
    shortfall = finding.shortfall
    return (
        0 if finding.is_open else 1 if finding.is_accepted else 2,
        SEVERITY_ORDER[finding.severity],
        VERDICT_ORDER[finding.verdict],
        float("-inf") if shortfall is None or shortfall != shortfall else -shortfall,
        finding.id,
        finding.code,
    )


@dataclass(frozen=True)
class RuleReview:
    """One rule with its findings in reading order."""

    result: RuleResult
    findings: tuple[Finding, ...]

    @property
    def rule(self) -> Rule:
        return self.result.rule

    @property
    def check(self) -> Check:
        return self.result.check

    @property
    def params(self) -> Any:
        return self.result.params

    @property
    def severity(self) -> Severity:
        return Severity(self.rule.severity)

    @property
    def examined(self) -> Mapping[str, int]:
        return self.result.evaluation.examined

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return self.result.evaluation.skipped

    @property
    def assumptions(self) -> tuple[Text, ...]:
        return self.result.evaluation.assumptions

    @cached_property
    def counts(self) -> Counts:
        return count(self.findings)

    @property
    def nothing_examined(self) -> bool:
        """True if the rule ran and looked at nothing; a verdict about it would be empty."""
        decided = any(f.verdict != Verdict.NOT_EVALUATED for f in self.findings)
        return not decided and not any(self.examined.values())


@dataclass(frozen=True, eq=False)
class Review:
    """A scene and the results of its rules.

    Args:
        scene: What was examined.
        results: Of :func:`immersive.checks._run.run` on that scene.
    """

    scene: Scene
    results: Results

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, worst first; see :func:`order`."""
        return tuple(sorted(self.results.findings, key=order))

    @cached_property
    def open_findings(self) -> tuple[Finding, ...]:
        """Those that are not a pass and not accepted, worst first."""
        return tuple(f for f in self.findings if f.is_open)

    @cached_property
    def accepted(self) -> tuple[Finding, ...]:
        """Those that are no pass and that the layout accepts, worst first."""
        return tuple(f for f in self.findings if f.is_accepted)

    @cached_property
    def passed(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.verdict == Verdict.PASS)

    @cached_property
    def numbers(self) -> Mapping[int, int]:
        """``id(finding)`` → 1, 2, 3 … for open findings: what plan, list and pictures agree on."""
        return {id(finding): number for number, finding in enumerate(self.open_findings, 1)}

    @cached_property
    def rules(self) -> tuple[RuleReview, ...]:
        """The rules: the one with the worst finding first, then in the order of the layout."""
        reviews = [RuleReview(r, tuple(sorted(r.evaluation.findings, key=order))) for r in self.results.rules]

        def worst(review: RuleReview) -> tuple[int, int, int, float]:
            if review.counts.not_passed:
                return order(review.findings[0])[:4]
            if review.nothing_examined:
                return (0, SEVERITY_ORDER[review.severity], VERDICT_ORDER[Verdict.NOT_EVALUATED], 0.0)
            return (2, SEVERITY_ORDER[review.severity], VERDICT_ORDER[Verdict.PASS], 0.0)

        return tuple(sorted(reviews, key=worst))

    @cached_property
    def counts(self) -> Counts:
        return count(self.findings)

    def counts_of(self, severity: Severity) -> Counts:
        """Findings of one severity by verdict."""
        return count(tuple(f for f in self.findings if f.severity == severity))

    @cached_property
    def examined(self) -> Mapping[str, int]:
        """What the rules compared, added up over the rules, keys sorted (pairs, points …)."""
        total: dict[str, int] = {}
        for result in self.results.rules:
            for key, number in result.evaluation.examined.items():
                if key not in _NOT_ADDED:
                    total[key] = total.get(key, 0) + int(number)
        return dict(sorted(total.items()))

    @cached_property
    def skipped(self) -> tuple[tuple[Rule, Skipped], ...]:
        """What rules were asked about and left out, in the order of the rules."""
        return tuple((r.rule, skipped) for r in self.rules for skipped in r.skipped)

    @cached_property
    def rules_without_examination(self) -> tuple[RuleReview, ...]:
        """Rules that ran and looked at nothing."""
        return tuple(review for review in self.rules if review.nothing_examined)

    @property
    def not_run(self) -> tuple[NotRun, ...]:
        """Checks that were not run at all."""
        return self.results.not_run

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """What the readers and the run had to tell, worst first, else in file order."""
        told = (*self.scene.notices, *self.results.notices)
        return tuple(sorted(told, key=lambda notice: SEVERITY_ORDER[notice.severity]))

    def notices_of(self, severity: Severity) -> tuple[Notice, ...]:
        return tuple(notice for notice in self.notices if notice.severity == severity)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """The checks that ran, each once, by code."""
        return tuple(
            check for _, check in sorted({result.check.code: result.check for result in self.rules}.items())
        )

    @cached_property
    def nothing_examined(self) -> bool:
        """True if no rule ran or every rule looked at nothing.

        Having read the files is no examination of the cell: the check of the inputs counts only
        where nothing else was asked for.
        """
        asked_more = any(entry.asked for entry in self.not_run) or len(self.checks) > 1
        return all(r.nothing_examined for r in self.rules if not (asked_more and r.check.code == "inputs"))

    @property
    def _only_read(self) -> bool:
        """True if there is geometry, its inputs were examined, and the cell demands nothing more."""
        demanded = any(r.rule.id != f"default-{r.check.code}" for r in self.rules)
        return bool(self.scene.triangles and self.rules) and not demanded

    @cached_property
    def doubtful_inputs(self) -> bool:
        """True if geometry is missing or cannot be trusted and no finding says so.

        The check of the inputs turns such notices into findings (and knows which ones the layout
        accepts); this is for when it did not run.
        """
        ran = any(review.check.code == "inputs" for review in self.rules)
        return not ran and bool(self.notices_of(Severity.ERROR))

    @cached_property
    def outcome(self) -> Outcome:
        """The one word for the whole cell; see :class:`Outcome`."""
        counted = [f for f in self.open_findings if f.severity != Severity.INFO]
        if any(f.verdict == Verdict.FAIL for f in counted):
            return Outcome.FAIL
        if self.nothing_examined:
            return Outcome.NOTHING_EXAMINED
        if counted or self.rules_without_examination or self.doubtful_inputs:
            return Outcome.OPEN
        return Outcome.PASS

    def exit_code(self, fail_on: str = "warning") -> int:
        """0 clean, 1 something to look at, 2 nothing could be examined.

        1 for a finding that is not a pass, for a rule that looked at nothing (both of at least
        the severity ``fail_on``), and for a notice of severity error, which says that geometry is
        missing or cannot be trusted: each would make a 0 a false promise. A lone part for which
        nothing is demanded is read and that is all there is to do: 0, and the outcome says so.

        Raises:
            UsageError: ``fail_on`` is neither ``"error"`` nor ``"warning"``.
        """
        if fail_on not in FAIL_ON:
            raise UsageError(
                f"unknown severity {fail_on!r}{suggestion(fail_on, FAIL_ON)}; use {choices(FAIL_ON)}"
            )
        allowed = SEVERITY_ORDER[Severity(fail_on)]
        if any(SEVERITY_ORDER[f.severity] <= allowed for f in self.open_findings):
            return 1
        if self.nothing_examined:
            return 0 if self._only_read and not self.doubtful_inputs else 2
        unseen = any(SEVERITY_ORDER[r.severity] <= allowed for r in self.rules_without_examination)
        return int(unseen or self.doubtful_inputs)
