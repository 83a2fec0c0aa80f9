"""The check of docs/add-a-check.md, put among the others word for word, runs with no other edit."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import immersive.checks
from immersive.checks._registry import checks
from immersive.cli import main

DOC = Path(__file__).parents[2] / "docs" / "add-a-check.md"

LAYOUT = """
schema = 1
name = "two stools"

[[parts]]
id = "low"
file = "asset:cells/stool.glb"

[[parts]]
id = "high"
file = "asset:cells/stool.glb"
position_mm = [1500, 0, 2000]

[[rules]]
id = "heights"
check = "height"
max_height_mm = 2000
"""


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    source = DOC.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    (tmp_path / "height.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(immersive.checks, "__path__", [*immersive.checks.__path__, str(tmp_path)])
    checks.cache_clear()
    yield
    checks.cache_clear()
    sys.modules.pop("immersive.checks.height", None)
    if hasattr(immersive.checks, "height"):
        del immersive.checks.height


@pytest.mark.usefixtures("added")
def test_the_example_is_found_run_reported_and_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout, review = tmp_path / "cell.toml", tmp_path / "review.json"
    layout.write_text(LAYOUT, encoding="utf-8")
    assert main(["check", str(layout), "--json", str(review)]) == 1, capsys.readouterr().err
    data = json.loads(review.read_text(encoding="utf-8"))
    (rule,) = (rule for rule in data["rules"] if rule["check"] == "height")
    assert rule["examined"] == {"parts": 6}
    found = {one["subjects"][0]: one for one in data["findings"] if one["code"] == "height.top"}
    for piece in ("seat", "column", "foot"):
        low, high = found[f"low/{piece}"], found[f"high/{piece}"]
        assert (low["verdict"], high["verdict"], high["limit"]) == ("pass", "fail", 2.0)
        assert high["measured"] == pytest.approx(low["measured"] + 2.0, abs=1e-9)
    assert main(["explain", "height"]) == 0
    assert "max_height" in capsys.readouterr().out


def test_the_example_is_not_there_without_the_file() -> None:
    assert "height" not in checks()
