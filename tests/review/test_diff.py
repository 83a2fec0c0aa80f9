"""New, persisting and resolved; and what is gone only because nobody looked any more."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import InputError, UsageError
from immersive.findings import Evaluation, Finding, Skipped, Verdict, text
from immersive.report.json import review_to_dict
from immersive.review.diff import DIFF_SCHEMA, diff
from immersive.scene.model import Scene
from tests.sample_review import CLEARANCE, REACH, cell, gap, review, review_of

SCENE = cell()


def document(
    *findings: Finding, scene: Scene = SCENE, skipped: tuple[Skipped, ...] = (), pairs: int = 5
) -> dict[str, Any]:
    return review_to_dict(review_of(scene, (CLEARANCE, Evaluation(findings, {"pairs": pairs}, skipped))))


def ids(changes: tuple[Any, ...]) -> list[str]:
    return [change.id for change in changes]


def test_against_itself_everything_persists_and_nothing_moved() -> None:
    sample = review_to_dict(review())
    same = diff(sample, sample)
    assert len(same.persisting) == 6
    assert same.passing == 2
    assert not (same.new)
    assert not (same.resolved)
    assert not (same.no_longer_examined)
    assert not (same.rules_changed)
    assert {change.trend for change in same.persisting} == {"same", ""}
    assert all(change.change in (0.0, None) for change in same.persisting)


def test_worse_better_and_changed_verdict() -> None:
    old = document(gap(0.1, key="a"), gap(0.1, key="b"), gap(0.1, key="c"))
    new = document(gap(0.08, key="a"), gap(0.11, key="b"), gap(0.12, Verdict.INDETERMINATE, key="c"))
    by_key = {change.latest["key"]: change for change in diff(old, new).persisting}
    assert (by_key["a"].trend, by_key["b"].trend) == ("worse", "better")
    assert by_key["a"].change == pytest.approx(-0.02)
    assert by_key["c"].verdict_changed
    assert not by_key["a"].verdict_changed


def test_new_and_resolved() -> None:
    old = document(gap(0.1, key="mended"), gap(0.2, Verdict.PASS, key="broken"), gap(0.1, key="gone"))
    new = document(gap(0.2, Verdict.PASS, key="mended"), gap(0.1, key="broken"), gap(0.1, key="fresh"))
    result = diff(old, new)
    assert sorted(c.latest["key"] for c in result.new) == ["broken", "fresh"]
    assert sorted(c.latest["key"] for c in result.resolved) == ["gone", "mended"]
    assert not result.persisting
    assert result.worse


def test_a_gap_that_becomes_a_clash_is_the_same_finding() -> None:
    result = diff(document(gap(0.1)), document(gap(-0.01, code="clearance.clash")))
    assert len(result.persisting) == 1
    assert result.persisting[0].trend == "worse"


def test_a_changed_limit_is_told() -> None:
    result = diff(document(gap(0.1)), document(gap(0.1, limit=0.11)))
    assert result.persisting[0].limit_changed
    assert "the limit was changed" in result.text()


def test_a_finding_that_is_no_longer_evaluated_is_not_resolved() -> None:
    result = diff(document(gap(0.1)), document(gap(None, Verdict.NOT_EVALUATED)))
    assert not result.resolved
    assert result.persisting[0].verdict_changed


def test_gone_with_its_rule() -> None:
    new = review_to_dict(review_of(SCENE, (REACH, Evaluation((), {"work_points": 2}))))
    result = diff(document(gap(0.1), gap(0.3, Verdict.PASS, key="p")), new)
    assert not result.resolved
    assert len(result.no_longer_examined) == 2, "a pass that nobody repeats is told too"
    assert "rule-clearance" in result.no_longer_examined[0].reason["en"]
    assert result.rules_removed == ("rule-clearance",)
    assert result.rules_added == ("rule-reach",)


def test_gone_with_its_check() -> None:
    new = document()
    new["rules"] = []
    new["not_run"] = [{"check": "clearance", "name": {}, "asked": False,
                       "reason": {"en": "not asked for", "fr": "non demandé"}}]  # fmt: skip
    result = diff(document(gap(0.1)), new)
    assert "not asked for" in result.no_longer_examined[0].reason["en"]
    assert "non demandé" in result.text("fr")


def test_gone_with_its_part() -> None:
    smaller = SCENE.with_parts(part for part in SCENE if part.id != "robot/arm")
    result = diff(document(gap(0.1)), document(scene=smaller))
    assert not result.resolved
    assert result.no_longer_examined[0].reason["fr"] == "robot/arm n’est plus dans la cellule"


def test_gone_because_skipped_or_because_the_rule_looked_at_nothing() -> None:
    why = (Skipped("robot/arm", text("it has no triangles", "elle n’a pas de triangles")),)
    assert (
        "no triangles" in diff(document(gap(0.1)), document(skipped=why)).no_longer_examined[0].reason["en"]
    )
    idle = diff(document(gap(0.1)), document(pairs=0))
    assert "examined nothing" in idle.no_longer_examined[0].reason["en"]


def test_gone_with_its_work_point() -> None:
    point = gap(0.1, subjects=("assembly", "assembly/bin_high"))
    from dataclasses import replace

    station = SCENE.station
    assert station is not None
    bare = replace(station, workstations=(replace(station.workstations[0], work_points=()),))
    result = diff(document(point), document(scene=replace(SCENE, station=bare)))
    assert "assembly/bin_high" in result.no_longer_examined[0].reason["en"]


def test_repeated_identities_are_all_kept() -> None:
    result = diff(document(gap(0.1), gap(0.11)), document(gap(0.1)))
    assert (len(result.persisting), len(result.resolved)) == (1, 1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([], "not an object"),
        ({}, "names no schema"),
        ({"schema": "immersive.review/2"}, "immersive.review/2"),
        ({"schema": "immersive.review/1", "scene": {}}, "'rules' is missing"),
    ],
)
def test_refuses_what_is_no_review(wrong: Any, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        diff(document(), wrong, names=("before.json", "after.json"))
    assert caught.value.file == "after.json"


def test_refuses_a_finding_without_identity() -> None:
    broken = document(gap(0.1))
    del broken["findings"][0]["id"]
    with pytest.raises(InputError, match=r"findings\[0\] lacks 'id'"):
        diff(broken, document())


def test_text_and_dict_in_both_languages() -> None:
    result = diff(document(gap(0.1), gap(0.1, key="x")), document(gap(0.08), gap(0.09, key="new")))
    english, french = result.text(), result.text("fr")
    assert "100 mm, limit ≥ 120 mm → fails, 80 mm" in english.replace("\u00a0", " ")
    assert "(worse)" in english
    assert "(pire)" in french
    assert "1 new, 1 persisting, 1 resolved" in english
    assert not {"new", "worse", "limit", "fails", "resolved"} & set(french.lower().replace(",", "").split())
    data = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert data["schema"] == DIFF_SCHEMA
    assert data["summary"] == {
        "new": 1, "persisting": 1, "resolved": 1, "accepted": 0, "no_longer_examined": 0, "passing": 0,
            "still_accepted": 0,
    }  # fmt: skip
    with pytest.raises(UsageError, match="'en' or 'fr'"):
        result.text("de")


verdicts = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(list(Verdict)), max_size=8)


@given(before=verdicts, after=verdicts)
@settings(max_examples=60, deadline=None)
def test_every_finding_lands_in_exactly_one_group(
    before: dict[str, Verdict], after: dict[str, Verdict]
) -> None:
    old = document(*(gap(0.1, v, key=k) for k, v in before.items()))
    new = document(*(gap(0.1, v, key=k) for k, v in after.items()))
    untouched = copy.deepcopy((old, new))
    result = diff(old, new)
    assert (old, new) == untouched
    groups = [ids(g) for g in (result.new, result.persisting, result.resolved, result.no_longer_examined)]
    flat = [i for group in groups for i in group]
    assert len(flat) == len(set(flat))
    opened = {k for k, v in before.items() if v != Verdict.PASS}
    open_now = {k for k, v in after.items() if v != Verdict.PASS}
    assert len(result.new) == len(open_now - opened)
    assert len(result.persisting) == len(open_now & opened)
    assert len(result.resolved) == len(opened - open_now)
    # Seen from the other side, what is new there was resolved here.
    back = diff(new, old)
    assert set(ids(back.new)) == set(ids(result.resolved))
    assert set(ids(back.resolved)) == set(ids(result.new))
