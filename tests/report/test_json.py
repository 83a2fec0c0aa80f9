"""The JSON document: its schema, its bytes, its numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from immersive.checks._run import Results
from immersive.findings import Evaluation, RibbonMark, Verdict
from immersive.report.json import MARK_TYPES, plain, review_to_dict, to_json
from immersive.resources import resource
from immersive.review.document import SCHEMA, Review
from immersive.scene.model import Scene
from tests.sample_review import CLEARANCE, cell, gap, review, review_of


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(resource("assets/schemas/review-1.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_sample_holds_every_mark_and_verdict() -> None:
    marks = {type(mark) for finding in review().findings for mark in finding.marks}
    assert marks == set(MARK_TYPES)
    assert {finding.verdict for finding in review().findings} == set(Verdict)


@pytest.mark.parametrize("stamp", [None, "2025-01-01T00:00:00Z"])
def test_document_fits_its_schema(validator: Draft202012Validator, stamp: str | None) -> None:
    document = json.loads(to_json(review(), generated_at=stamp))
    validator.validate(document)
    assert document["schema"] == SCHEMA
    assert document.get("generated_at") == stamp


@pytest.mark.parametrize(
    "empty",
    [Review(Scene("empty", ()), Results(())), review_of(cell(), (CLEARANCE, Evaluation()))],
    ids=["no parts", "nothing examined"],
)
def test_empty_documents_fit_too(validator: Draft202012Validator, empty: Review) -> None:
    document = review_to_dict(empty)
    validator.validate(document)
    assert document["summary"]["outcome"] == "nothing_examined"
    assert document["findings"] == []


def test_the_schema_is_strict(validator: Draft202012Validator) -> None:
    for change in (
        lambda d: d["findings"][0].update(verdict="maybe"),
        lambda d: d["findings"][0].update(extra=1),
        lambda d: d["findings"][0].pop("limit"),
        lambda d: d["findings"][0]["message"].pop("fr"),
        lambda d: d.update(schema="immersive.review/2"),
        lambda d: d["rules"][0]["examined"].update(pairs=-1),
        lambda d: d["findings"][0]["marks"].append({"type": "cone"}),
    ):
        document = json.loads(to_json(review()))
        change(document)
        assert not validator.is_valid(document)


def test_same_bytes_twice_and_under_any_hash_seed(root: Path) -> None:
    program = (
        "import sys; from tests.sample_review import review; from immersive.report.json import to_json;"
        "from immersive.report.html import to_html; from immersive.report.junit import to_junit;"
        "from immersive.report.csv import to_csv; r = review();"
        "sys.stdout.buffer.write((to_json(r) + to_html(r, lang='fr') + to_junit(r) + to_csv(r)).encode())"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("1", "4711")
    ]
    assert outputs[0] == outputs[1]
    assert to_json(review()).encode() in outputs[0]


def test_findings_say_all_that_they_know() -> None:
    document = review_to_dict(review())
    finding = next(f for f in document["findings"] if f["code"] == "clearance.gap" and f["verdict"] == "fail")
    assert finding["measured"] == 0.087
    assert finding["shortfall"] == 0.033
    assert finding["message"]["fr"].startswith("robot/arm s’approche")
    assert finding["citation"]["confidence"] == "from memory"
    assert [mark["type"] for mark in finding["marks"]] == ["segment", "part", "part"]
    assert finding["data"] == {"nan": None, "normal": [0.0, 1.0, 0.0], "pairs": 3}
    assert document["rules"][1]["params"] == {"between": ["role:robot"], "clearance": 0.12}
    assert document["scene"]["subjects"]["workstations"] == [
        {"id": "assembly", "work_points": ["bin_high", "fixture"]}
    ]
    assert [f["id"] for f in document["findings"]] == [f.id for f in review().findings]


def test_numbers_are_rounded_and_finite() -> None:
    assert plain({"b": np.float32(0.5), "a": (0.1 + 0.2, -0.0, float("inf"))}) == {
        "a": [0.3, 0.0, None],
        "b": 0.5,
    }
    assert list(plain({"b": 1, "a": {"d": 1, "c": 2}})) == ["a", "b"], (
        "the order in which a check fills in says nothing"
    )
    assert str(plain(-1e-12)) == "0.0"
    assert plain({3, 1, 2}) == [1, 2, 3]
    assert plain(np.array([[1, 2]])) == [[1, 2]]
    endless = gap(
        float("inf"), Verdict.PASS, marks=(RibbonMark(((0.0, 0.0, 0.0),), (float("inf"),), (0.0,), (True,)),)
    )
    text = to_json(review_of(cell(), (CLEARANCE, Evaluation((endless,), {"pairs": 1}))))
    assert "Infinity" not in text
    assert "NaN" not in text


def test_no_absolute_path_and_no_clock(root: Path) -> None:
    text = to_json(review())
    assert str(root) not in text
    assert "generated_at" not in text


def test_bounds_and_counts() -> None:
    document: dict[str, Any] = review_to_dict(review())
    assert document["scene"]["bounds"] == [[-4.5, -3.5, -0.1], [4.5, 3.5, 3.55]]
    assert document["scene"]["triangles"] == 12 * document["scene"]["parts"]
    assert document["scene"]["meshes"] == 1
    assert document["summary"]["verdicts"] == {"pass": 2, "fail": 4, "indeterminate": 1, "not_evaluated": 1}
