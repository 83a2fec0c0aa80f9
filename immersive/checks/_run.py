"""Runs the rules of a scene and collects what they find. Deterministic: same scene, same result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from immersive.checks._acceptance import judged, stale
from immersive.checks._base import Check, Context, bind
from immersive.checks._registry import check_named, checks
from immersive.errors import LayoutError, UsageError
from immersive.findings import Evaluation, Finding, Text, text
from immersive.scene.labels import shortener
from immersive.scene.model import Notice, Scene, Severity
from immersive.scene.station import Rule, Station


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule with what came of it."""

    rule: Rule
    check: Check
    params: Any
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class NotRun:
    """A check that was not run at all, and why; ``asked`` is False where ``only`` left it out."""

    check: Check
    reason: Text
    asked: bool = True


@dataclass(frozen=True)
class Results:
    """What all rules gave. Iterating gives the findings, in the order of the rules.

    ``notices`` tell what of the layout the run had no use for: acceptances of findings that are gone.
    """

    rules: tuple[RuleResult, ...]
    not_run: tuple[NotRun, ...] = ()
    notices: tuple[Notice, ...] = ()

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(f for result in self.rules for f in result.evaluation.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, index: int) -> Finding:
        return self.findings[index]

    def not_passed(self, fail_on: str = "warning") -> tuple[Finding, ...]:
        """Findings that are not a pass, not accepted, and matter at least as much as ``fail_on``."""
        counted = {Severity.ERROR} if fail_on == "error" else {Severity.ERROR, Severity.WARNING}
        return tuple(f for f in self.findings if f.is_open and f.severity in counted)


def rules_for(scene: Scene, only: Iterable[str] = ()) -> tuple[tuple[Rule, Check, Any], ...]:
    """The rules to run with their bound parameters, checked before anything runs.

    The layout's own rules come first; a check without one gets a default rule if it applies.

    Raises:
        UsageError: ``only`` names a check that does not exist.
        LayoutError: A rule does, or its parameters are wrong.
    """
    wanted = {check_named(code).code for code in only} or set(checks())
    station = scene.station or Station()
    bound: list[tuple[Rule, Check, Any]] = []
    for rule in station.rules:
        check = _check_of(rule)
        params = bind(check, rule)
        if check.code in wanted:
            bound.append((rule, check, params))
    asked = {rule.check for rule in station.rules}
    for code, check in checks().items():
        if code in wanted and code not in asked and check.applies(scene):
            rule = Rule(id=f"default-{code}", check=code)
            bound.append((rule, check, bind(check, rule)))
    return tuple(bound)


def _check_of(rule: Rule) -> Check:
    try:
        return check_named(rule.check)
    except UsageError as error:
        if not rule.origin.file:
            raise
        line = "" if rule.origin.line is None else f"line {rule.origin.line}, "
        place = f"{line}{rule.origin.key}.check"
        raise LayoutError(rule.origin.file, error.message, place=place) from None


def run(
    scene: Scene,
    *,
    only: Iterable[str] = (),
    progress: Callable[[str, float], None] = lambda rule, fraction: None,
) -> Results:
    """Run every rule of the scene (or those of the checks in ``only``)."""
    only = tuple(only)
    bound = rules_for(scene, only)
    results = []
    memo: dict[Any, Any] = {}
    # In sentences only: subjects, marks and data keep the whole ids.
    short = shortener(scene)
    for rule, check, params in bound:
        context = Context(scene, rule, partial(progress, rule.id), memo)
        progress(rule.id, 0.0)
        evaluation = check.evaluate(context, params)
        findings = tuple(
            replace(f, message=short(f.message), hint=short(f.hint))
            for f in judged(scene, evaluation.findings)
        )
        results.append(RuleResult(rule, check, params, replace(evaluation, findings=findings)))
        progress(rule.id, 1.0)
    ran = {result.check.code for result in results}
    wanted = set(only) or set(checks())
    not_run = tuple(
        NotRun(
            check,
            text(
                "the layout has nothing for it to examine",
                "le fichier de cellule ne contient rien à examiner par ce contrôle",
            )
            if code in wanted
            else text("not asked for (--only)", "non demandé (--only)"),
            asked=code in wanted,
        )
        for code, check in checks().items()
        if code not in ran
    )
    found = (finding for result in results for finding in result.evaluation.findings)
    notices = stale(scene, found, ran, all_ran=wanted == set(checks()))
    used = frozenset(name for result in results for name in result.evaluation.used)
    if "clearance" in ran:
        notices += _idle_contacts(scene, used)
    return Results(tuple(results), not_run, notices)


def _idle_contacts(scene: Scene, used: frozenset[str]) -> tuple[Notice, ...]:
    """A notice for each contact of the layout of which no clearance rule compares a single pair."""
    return tuple(
        Notice(
            "contact-unused",
            Severity.WARNING,
            entry.origin.file,
            text(
                "The expected contact {id} covers no pair of parts that a clearance rule compares: parts of "
                "one group, entry or robot are not compared with each other",
                "Le contact prévu {id} ne couvre aucune paire de pièces comparée par une règle de distance "
                "libre : les pièces d’un même groupe, élément ou robot ne sont pas comparées entre elles",
                id=entry.id,
            ),
            place=entry.origin.key
            if entry.origin.line is None
            else f"line {entry.origin.line}, {entry.origin.key}",
            data={"contact": entry.id},
        )
        for entry in (scene.station or Station()).contacts
        if f"contacts:{entry.id}" not in used
    )
