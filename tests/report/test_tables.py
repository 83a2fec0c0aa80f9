"""JUnit, CSV and the terminal."""

from __future__ import annotations

import csv
import io

import pytest
from lxml import etree

from immersive.checks._run import Results
from immersive.errors import UsageError
from immersive.findings import Evaluation, Verdict
from immersive.report.console import _at_limit, print_review, review_text
from immersive.report.csv import COLUMNS, safe, to_csv
from immersive.report.junit import to_junit
from immersive.review.document import Review
from immersive.scene.model import Scene, Severity
from tests.sample_review import CLEARANCE, cell, gap, review, review_of

HOSTILE = "=cmd|' /C calc'!A0\x1b[31m\u202e<b>&\"\x00"
EMPTY = Review(Scene("empty", ()), Results(()))


def hostile() -> Review:
    finding = gap(
        0.1, subjects=(HOSTILE,), message={"en": HOSTILE, "fr": HOSTILE}, hint={"en": "-1", "fr": "@x"}
    )
    return review_of(cell(), (CLEARANCE, Evaluation((finding,), {"pairs": 1})))


def junit(of: Review) -> etree._Element:
    return etree.fromstring(to_junit(of).encode())


def test_junit_has_a_suite_a_rule_and_a_case_a_finding() -> None:
    suites = junit(review())
    assert [s.get("name") for s in suites] == [
        "reach-all: Reach",
        "robot-fence: Clearance",
        "aisles: Walkways",
    ]
    assert suites.get("tests") == "8"
    assert suites.get("failures") == "4"
    # Indeterminate of severity error is an error, not evaluated of severity warning is skipped.
    assert (suites.get("errors"), suites.get("skipped")) == ("1", "1")
    for suite in suites:
        cases = suite.findall("testcase")
        assert len(cases) == int(suite.get("tests", "-1"))
        for kind in ("failure", "error", "skipped"):
            count = sum(1 for case in cases if case.find(kind) is not None)
            assert count == int(suite.get({"failure": "failures", "error": "errors"}.get(kind, kind), "-1"))


def test_junit_says_figures_and_source() -> None:
    failure = junit(review()).find(".//failure[@type='clearance.gap']")
    assert failure is not None
    assert "measured: 87\u00a0mm" in (failure.text or "")
    assert "from memory" in (failure.text or "")


@pytest.mark.parametrize(
    "of", [EMPTY, review_of(cell(), (CLEARANCE, Evaluation()))], ids=["no rule", "idle rule"]
)
def test_junit_is_not_green_where_nothing_was_examined(of: Review) -> None:
    assert junit(of).get("errors") == "1"


def test_junit_survives_hostile_names() -> None:
    case = junit(hostile()).find(".//testcase")
    assert case is not None
    assert "=cmd|' /C calc'!A0" in (case.get("name") or "")
    assert "\x00" not in to_junit(hostile())


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_csv_rows(lang: str) -> None:
    text = to_csv(review(), lang=lang)
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";" if lang == "fr" else ","))
    assert tuple(rows[0]) == COLUMNS[lang]
    assert len(rows) == 1 + len(review().findings)
    gap_row = next(row for row in rows if row[5] == "clearance.gap")
    assert gap_row[8] == ("0,087" if lang == "fr" else "0.087")
    assert gap_row[11] == ("0,033" if lang == "fr" else "0.033")


@pytest.mark.parametrize("cell_text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\r=1"])
def test_csv_disarms_formulas(cell_text: str) -> None:
    assert safe(cell_text) == "'" + cell_text
    assert safe("1-1=0") == "1-1=0"


def test_csv_negative_numbers_stay_numbers_and_names_do_not_become_formulas() -> None:
    text = to_csv(review())
    row = next(r for r in csv.reader(io.StringIO(text)) if r[5] == "clearance.clash")
    assert float(row[8]) == -0.012
    evil = list(csv.reader(io.StringIO(to_csv(hostile()))))[1]
    assert evil[6].startswith("'=cmd")
    assert evil[7].startswith("'=cmd")
    assert evil[16] == "'-1"


def test_terminal_shows_the_worst_first_with_figures_and_source() -> None:
    text = review_text(review()).replace("\u00a0", " ").replace("\u202f", " ")
    assert text.startswith("✕ FAILS  Sample cell\n  4 fail, 1 indeterminate, 1 not evaluated, 2 pass\n")
    assert text.index("reach.too_far") < text.index("clearance.gap") < text.index("walkway.width")
    assert "87 mm ± 1 mm, limit ≥ 120 mm, short by 33 mm" in text
    assert "930 mm, limit ≤ 620 mm, exceeded by 310 mm" in text
    assert "ISO 13854:2017, table 1 (from memory: verify it in the standard)" in text
    assert "20 parts, 190 pairs" in text
    assert "Safety distances (safety): the layout has nothing for it to examine" in text
    assert "robot-fence, ceiling: it cannot be reached" in text


def test_terminal_calls_only_that_at_the_limit_which_is() -> None:
    assert _at_limit(gap(0.119, Verdict.INDETERMINATE, uncertainty=0.002))
    # Open for a condition that nobody stated, far from the limit.
    assert not _at_limit(gap(0.05, Verdict.INDETERMINATE, uncertainty=0.002))
    assert not _at_limit(gap(None, Verdict.INDETERMINATE))


def test_terminal_in_french_has_no_english_word() -> None:
    text = review_text(review(), lang="fr")
    for word in ("limit ", "Fail", "short by", "Examined", "hint", "Source", "Not ", "parts", "pairs"):
        assert word not in text
    assert "2 points de travail" in text


def test_terminal_counts_what_it_does_not_show() -> None:
    assert "… and 4 more" in review_text(review(), shown=2)


def test_terminal_says_when_nothing_was_examined() -> None:
    for lang, words in (("en", "NOTHING WAS EXAMINED"), ("fr", "RIEN N’A ÉTÉ EXAMINÉ")):
        assert words in review_text(EMPTY, lang=lang)
    idle = review_of(cell(), (CLEARANCE, Evaluation()))
    assert "∅ rule-clearance  examined nothing" in review_text(idle)


def test_terminal_gets_no_control_codes() -> None:
    text = review_text(hostile())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\x00" not in text


class Stream(io.StringIO):
    def __init__(self, encoding: str, *, tty: bool) -> None:
        super().__init__()
        self._encoding, self._tty = encoding, tty

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._tty


def test_print_is_plain_in_a_pipe_coloured_on_a_terminal_and_never_fails_to_encode(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pipe = Stream("utf-8", tty=False)
    print_review(review(), file=pipe)
    assert pipe.getvalue() == review_text(review())
    old = Stream("cp1252", tty=False)
    print_review(review(), lang="fr", file=old)
    assert old.getvalue().encode("cp1252").startswith(b"x NON CONFORME")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Stream("utf-8", tty=True)
    print_review(review(), file=screen)
    assert "\x1b[1;31m" in screen.getvalue()
    assert "✕ FAILS" in screen.getvalue()


def test_other_languages_are_refused() -> None:
    for write in (to_csv, to_junit, review_text):
        with pytest.raises(UsageError, match="'en' or 'fr'"):
            write(review(), lang="de")


def test_severity_info_fails_are_failures_in_junit() -> None:
    mild = review_of(cell(), (CLEARANCE, Evaluation((gap(severity=Severity.INFO),), {"pairs": 1})))
    assert junit(mild).get("failures") == "1"
    assert mild.findings[0].verdict == Verdict.FAIL
