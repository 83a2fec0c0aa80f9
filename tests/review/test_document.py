"""Order, counts and the one answer of a review; no clean result where nobody looked."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from immersive.checks._run import NotRun, Results
from immersive.errors import UsageError
from immersive.findings import Evaluation, Finding, Skipped, Verdict, text
from immersive.review.document import Outcome, Review, order
from immersive.scene.model import Notice, Scene, Severity
from tests.sample_review import CLEARANCE, REACH, cell, gap, review, review_of

SCENE = cell()
INPUTS = replace(CLEARANCE, code="inputs")


def passing(**changes: object) -> Finding:
    return gap(0.5, Verdict.PASS, **changes)


def test_order_is_severity_verdict_shortfall_and_passes_come_last() -> None:
    found = review().findings
    assert [f.severity.value[0] + f.verdict.value[0] for f in found] == [
        "ef", "ef", "ei", "wf", "wn", "if", "ep", "wp",
    ]  # fmt: skip
    assert found[0].code == "reach.too_far", "310 mm are missing there, 33 mm in the next"


def test_order_does_not_depend_on_the_order_of_the_checks() -> None:
    findings = [gap(0.1 - 0.001 * i, key=str(i)) for i in range(8)] + [gap(None, key="bare")]
    wanted = [f.id for f in sorted(findings, key=order)]
    for seed in range(5):
        random.Random(seed).shuffle(findings)
        assert [f.id for f in sorted(findings, key=order)] == wanted
    assert sorted(findings, key=order)[0].measured is None, "unknown by how much is not known to be little"


def test_numbers_count_the_open_findings_in_their_order() -> None:
    sample = review()
    assert [sample.numbers[id(f)] for f in sample.open_findings] == list(range(1, 7))


def test_counts_and_examined() -> None:
    sample = review()
    assert (sample.counts.failed, sample.counts.indeterminate) == (4, 1)
    assert (sample.counts.not_evaluated, sample.counts.passed) == (1, 2)
    assert sample.counts_of(Severity.ERROR).total == 4
    assert dict(sample.examined) == {"pairs": 190, "walkways": 1, "work_points": 2}
    assert [rule.rule.id for rule in sample.rules] == ["reach-all", "robot-fence", "aisles"]
    assert [skipped.subject for _, skipped in sample.skipped] == ["ceiling"]


def test_parts_are_not_added_up_over_rules() -> None:
    sample = review_of(
        SCENE,
        (CLEARANCE, Evaluation((passing(),), {"parts": 20, "pairs": 3})),
        (REACH, Evaluation((passing(key="b"),), {"parts": 20, "pairs": 4})),
    )
    assert dict(sample.examined) == {"pairs": 7}


@pytest.mark.parametrize(
    ("findings", "examined", "outcome", "on_warning", "on_error"),
    [
        ((gap(),), {"pairs": 1}, Outcome.FAIL, 1, 1),
        ((gap(severity=Severity.WARNING),), {"pairs": 1}, Outcome.FAIL, 1, 0),
        ((gap(severity=Severity.INFO),), {"pairs": 1}, Outcome.PASS, 0, 0),
        ((gap(0.12, Verdict.INDETERMINATE),), {"pairs": 1}, Outcome.OPEN, 1, 1),
        ((gap(None, Verdict.NOT_EVALUATED), passing(key="b")), {"pairs": 1}, Outcome.OPEN, 1, 1),
        ((passing(),), {"pairs": 1}, Outcome.PASS, 0, 0),
        ((), {"pairs": 1}, Outcome.PASS, 0, 0),
        ((), {}, Outcome.NOTHING_EXAMINED, 2, 2),
        ((), {"pairs": 0, "parts": 0}, Outcome.NOTHING_EXAMINED, 2, 2),
        ((gap(None, Verdict.NOT_EVALUATED),), {"pairs": 0}, Outcome.NOTHING_EXAMINED, 1, 1),
    ],
)
def test_outcome_and_exit_code(
    findings: tuple[Finding, ...], examined: dict[str, int], outcome: Outcome, on_warning: int, on_error: int
) -> None:
    sample = review_of(SCENE, (CLEARANCE, Evaluation(findings, examined)))
    assert sample.outcome == outcome
    assert sample.exit_code() == on_warning
    assert sample.exit_code("error") == on_error


def test_a_review_without_rules_is_not_clean() -> None:
    sample = Review(Scene("empty", ()), Results(()))
    assert sample.outcome == Outcome.NOTHING_EXAMINED
    assert sample.exit_code() == 2


def test_one_rule_that_looked_at_nothing_spoils_a_pass() -> None:
    sample = review_of(
        SCENE,
        (CLEARANCE, Evaluation((passing(),), {"pairs": 1})),
        (REACH, Evaluation((), {"work_points": 0})),
    )
    assert sample.outcome == Outcome.OPEN
    assert sample.exit_code() == 1
    assert [r.rule.id for r in sample.rules_without_examination] == ["rule-reach"]
    mild = review_of(
        SCENE, (CLEARANCE, Evaluation((passing(),), {"pairs": 1})), (REACH, Evaluation()), severity="warning"
    )
    assert mild.exit_code("error") == 0


def test_reading_the_files_alone_is_no_examination() -> None:
    read = (INPUTS, Evaluation((passing(code="inputs.complete"),), {"files": 2, "parts": 21}))
    why = text("nothing to examine", "rien à examiner")
    rules = review_of(SCENE, read).results.rules
    idle = Review(SCENE, Results(rules, (NotRun(REACH, why),)))
    assert idle.outcome == Outcome.NOTHING_EXAMINED
    assert idle.exit_code() == 2
    asked = Review(SCENE, Results(rules, (NotRun(REACH, why, asked=False),)))
    assert asked.outcome == Outcome.PASS, "asked for the inputs only, the inputs were examined"
    assert asked.exit_code() == 0


def test_missing_geometry_is_never_clean_even_where_the_check_of_inputs_did_not_run() -> None:
    missing = Notice("missing-file", Severity.ERROR, "fence.stl", {"en": "is missing", "fr": "est absent"})
    scene = replace(SCENE, notices=(missing,))
    sample = review_of(scene, (CLEARANCE, Evaluation((passing(),), {"pairs": 1})))
    assert sample.outcome == Outcome.OPEN
    assert sample.exit_code() == 1
    # Where it did run it decides, and may have accepted the notice.
    both = review_of(
        scene,
        (CLEARANCE, Evaluation((passing(),), {"pairs": 1})),
        (INPUTS, Evaluation((passing(key="accepted"),), {"files": 1})),
    )
    assert both.exit_code() == 0


def test_skipped_subjects_and_misspelt_severity() -> None:
    skipped = (Skipped("robot", text("has no mesh", "n’a pas de maillage")),)
    sample = review_of(SCENE, (CLEARANCE, Evaluation((passing(),), {"pairs": 1}, skipped)))
    assert sample.skipped[0][1].reason["fr"] == "n’a pas de maillage"
    with pytest.raises(UsageError, match="did you mean 'warning'"):
        sample.exit_code("warnings")
