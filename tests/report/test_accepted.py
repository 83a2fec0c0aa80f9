"""Accepted findings in every report: apart from the open ones, in no count of theirs, in both languages."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from lxml import etree, html

from immersive.findings import Acceptance, Evaluation, Finding, Verdict, text
from immersive.report.console import review_text
from immersive.report.csv import COLUMNS, to_csv
from immersive.report.floorplan import floorplan
from immersive.report.html import to_html
from immersive.report.json import review_to_dict, to_json
from immersive.report.junit import to_junit
from immersive.review.document import Outcome, Review
from tests.sample_review import CLEARANCE, cell, gap, review_of

HOSTILE = "<script>alert(1)</script>\x1b[31m =cmd|'x'!A0"
KEPT = Acceptance("guarded by procedure", "A. Person", "2026-03-01")
LOST = Acceptance(
    "guarded by procedure", "A. Person", "", text("the parts have changed", "les pièces ont changé")
)


def accepted(*findings: Finding) -> Review:
    return review_of(cell(), (CLEARANCE, Evaluation(findings, {"pairs": 3})))


def sample() -> Review:
    return accepted(
        gap(0.5, Verdict.PASS, key="sound"),
        gap(0.01, key="kept", accepted=KEPT),
        gap(0.1, key="lost", accepted=LOST),
    )


def test_open_then_accepted_then_passed_whatever_is_worse() -> None:
    review = sample()
    assert [one.key for one in review.findings] == ["lost", "kept", "sound"]
    assert [one.key for one in review.open_findings] == ["lost"]
    assert [one.key for one in review.accepted] == ["kept"]
    assert [one.key for one in review.passed] == ["sound"]
    assert (review.counts.failed, review.counts.accepted, review.counts.passed) == (1, 1, 1)
    assert list(review.numbers.values()) == [1]
    assert (review.outcome, review.exit_code()) == (Outcome.FAIL, 1)
    only = accepted(gap(0.01, accepted=KEPT))
    assert (only.outcome, only.exit_code(), only.exit_code("error")) == (Outcome.PASS, 0, 0)


def test_a_rule_that_could_not_be_evaluated_is_not_examined_by_accepting_that() -> None:
    blind = review_of(
        cell(),
        (CLEARANCE, Evaluation((gap(None, Verdict.NOT_EVALUATED, accepted=KEPT),), {"pairs": 0})),
    )
    assert blind.outcome == Outcome.NOTHING_EXAMINED
    assert blind.exit_code() == 2


def test_the_document_keeps_to_its_schema(root: Path) -> None:
    schema = json.loads((root / "assets" / "schemas" / "review-1.json").read_text("utf-8"))
    document = review_to_dict(sample())
    Draft202012Validator(schema).validate(document)
    verdicts = document["summary"]["verdicts"]
    assert verdicts == {"pass": 1, "fail": 1, "indeterminate": 0, "not_evaluated": 0, "accepted": 1}
    assert sum(verdicts.values()) == document["summary"]["findings"]
    states = {one["key"]: one.get("accepted", {}).get("state") for one in document["findings"]}
    assert states == {"lost": "void", "kept": "valid", "sound": None}
    plain = review_to_dict(accepted(gap()))
    assert "accepted" not in json.dumps(plain), (
        "a layout that accepts nothing gives the document it always gave"
    )


@pytest.mark.parametrize(
    ("lang", "heading", "by", "void"),
    [
        ("en", "Accepted findings", "accepted by A. Person", "acceptance void, it counts: the parts have changed"),
        ("fr", "Constats acceptés", "accepté par A. Person",
         "acceptation caduque, le constat compte\u00a0: les pièces ont changé"),
    ],
)  # fmt: skip
def test_html_lists_them_apart(lang: str, heading: str, by: str, void: str) -> None:
    page: Any = html.fromstring(to_html(sample(), lang=lang))
    assert page.xpath("//h2[@id='s-accepted']")[0].text == heading
    assert page.xpath("//nav//a[@href='#s-accepted']")
    (row,) = page.xpath("//h2[@id='s-accepted']/following::table[1]/tbody/tr")
    said = row.text_content()
    assert "A. Person" in said
    assert "2026-03-01" in said
    assert "guarded by procedure" in said
    (block,) = page.xpath("//article")
    assert void in block.text_content()
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    console = review_text(sample(), lang=lang, width=200)
    assert by in console
    assert void in console
    empty = to_html(accepted(gap()), lang=lang)
    assert "s-accepted" not in empty


def test_the_plan_flags_what_is_open_only() -> None:
    review = sample()
    drawn = floorplan(review.scene, review.findings, links=True)
    assert f'href="#f-{review.open_findings[0].id}"' in drawn
    assert f'href="#f-{review.accepted[0].id}"' not in drawn


def test_junit_and_csv() -> None:
    suites: Any = etree.fromstring(to_junit(sample()).encode())
    assert [suites.get(k) for k in ("tests", "failures", "errors", "skipped")] == ["3", "1", "0", "1"]
    assert "acceptance void" in (suites.find(".//failure").text or "")
    rows = {row[7]: row for row in csv.reader(io.StringIO(to_csv(sample())))}
    assert COLUMNS["en"][-2:] == ("acceptance", "accepted by")
    states = sorted(row[-2] for row in csv.reader(io.StringIO(to_csv(sample()))))
    assert states == ["", "acceptance", "accepted", "void"]
    assert rows


def test_an_error_that_is_accepted_is_no_error_in_junit() -> None:
    suites: Any = etree.fromstring(
        to_junit(accepted(gap(0.12, Verdict.INDETERMINATE, accepted=KEPT))).encode()
    )
    assert (suites.get("errors"), suites.get("skipped")) == ("0", "1")


def test_hostile_names_and_reasons_stay_text() -> None:
    bad = accepted(gap(0.01, accepted=replace(KEPT, by=HOSTILE, reason=HOSTILE)))
    page = to_html(bad)
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\x1b" not in review_text(bad)
    etree.fromstring(to_junit(bad).encode())
    json.loads(to_json(bad))
    formula = accepted(gap(0.01, accepted=replace(KEPT, by="x", reason="=1+1")))
    assert not list(csv.reader(io.StringIO(to_csv(formula))))[1][-1].startswith("=")
