"""The report of a real cell: every finding has its flag and picture, every count its word."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html

import immersive
from immersive.findings import Verdict
from immersive.report._words import EXAMINED
from immersive.report.console import review_text
from immersive.report.html import to_html
from immersive.review.document import Outcome, Review


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Review:
    root = Path(__file__).resolve().parents[2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMMERSIVE_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "immersive-cache"))
        scene = immersive.load(root / "layouts" / "faulty_cell.toml")
        return Review(scene, immersive.check(scene))


def test_faulty_cell_fails(faulty: Review) -> None:
    assert faulty.outcome == Outcome.FAIL
    assert faulty.exit_code() == 1
    assert {f.check for f in faulty.open_findings if f.verdict == Verdict.FAIL} >= {
        "clearance",
        "walkway",
        "reach",
    }


def test_every_count_of_a_check_has_a_word_in_both_languages(faulty: Review) -> None:
    keys = {key for rule in faulty.rules for key in rule.examined}
    assert keys <= set(EXAMINED), keys - set(EXAMINED)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_report_has_a_flag_and_a_picture_for_every_finding(faulty: Review, lang: str) -> None:
    page = html.document_fromstring(to_html(faulty, lang=lang))
    articles = page.xpath("//article")
    assert len(articles) == len(faulty.open_findings)
    placed = [a for a in articles if a.xpath(".//figure")]
    assert len(placed) == len(articles)
    assert len(page.xpath("//div[@class='plan']//a")) >= 1


def test_terminal_names_every_rule(faulty: Review) -> None:
    text = review_text(faulty)
    for rule in faulty.rules:
        assert rule.rule.id in text
