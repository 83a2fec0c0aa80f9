"""``immersive score`` as a user runs it: JSON lists, fields, errors, and the examples of the documentation."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from immersive.cli import main
from immersive.cli._methods import METHODS, scorer

CASES = {
    "rula": {"score_c": 3, "score_d": 3}, "reba": {"score_a": 3, "score_b": 4, "activity": 1}, "owas": {"code": "2151"},
    "niosh": {"FIRWL": 20, "L": 30, "F": 2, "duration_h": 1}, "iso11226": {"trunk_inclination_deg": 70},
    "en1005-4": {"trunk_flexion_deg": 70, "holding_time_s": 10},
}  # fmt: skip


class Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def run(capsys, monkeypatch, *words, stdin: bytes | None = None):
    if stdin is not None:
        monkeypatch.setattr(sys, "stdin", Stdin(stdin))
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def score(capsys, monkeypatch):
    def go(method, data, *words):
        text = data if isinstance(data, bytes) else json.dumps(data).encode()
        return run(capsys, monkeypatch, "score", method, "-", *words, stdin=text)

    return go


@pytest.mark.parametrize("name", CASES)
def test_every_method_works_and_gives_a_json_list(score, name):
    code, out, err = score(name, CASES[name] | {"id": "x"})
    assert (code, err) == (0, "")
    (result,) = json.loads(out)
    assert (result["id"], result["method"]) == ("x", name)
    assert result["source"]
    assert result["confidence"]
    assert all(set(note) == {"en", "fr"} for note in result["notes"])
    again = score(name, [CASES[name] | {"id": "x"}] * 2)[1]
    assert json.loads(again) == [result, result]
    assert score(name, CASES[name] | {"id": "x"})[1] == out  # byte for byte
    assert score(name, CASES[name] | {"QQ": 1})[0] == 2


@pytest.mark.parametrize("name", METHODS)
def test_fields_lists_every_input_with_what_is_allowed(capsys, monkeypatch, name):
    code, out, err = run(capsys, monkeypatch, "score", name, "--fields")
    assert (code, err) == (0, "")
    for item in scorer(name).inputs:
        assert re.search(rf"^{re.escape(item.name)} +{re.escape(item.allowed())}", out, re.MULTILINE), (
            item.name
        )


def test_file_in_and_out(capsys, monkeypatch, tmp_path):
    source, target = tmp_path / "cases.json", tmp_path / "out.json"
    source.write_text("\ufeff" + json.dumps([CASES["rula"]]), encoding="utf-8")
    assert run(capsys, monkeypatch, "score", "rula", source)[0] == 0
    code, out, err = run(capsys, monkeypatch, "score", "rula", source, "--output", target)
    assert (code, out, err) == (0, "", "")
    assert json.loads(target.read_text(encoding="utf-8"))[0]["grand"] == 3


def test_unbounded_index_is_null(score):
    case = {"units": "cm,kg,deg", "L": 5, "H_origin": 70, "V_origin": 75, "V_dest": 75, "A_origin": 0, "F": 1,
            "duration_h": 1, "coupling": "good"}  # fmt: skip
    (result,) = json.loads(score("niosh", case)[1])
    assert result["RWL"] == 0.0
    assert result["LI"] is None
    assert "unbounded" in json.dumps(result["assumed"])


@pytest.mark.parametrize(("data", "words"), [
    ([CASES["rula"], {"neck": 9}], ("case [1]", "neck", "from 1 to 6")),
    ([CASES["rula"], {"id": "press", "neck": 9}], ("case [1] (id 'press')", "neck")),
    ({"id": "press", "neck_flexion": 9}, ("(id 'press')", "did you mean 'neck_flexion_deg'")),
    ([CASES["rula"], {"score_c": 1, "table_a": 3}], ("case [1]", "score_c", "contradiction")), ([], ("no case",)),
    ([1], ("case [0]", "object")), (3, ("one case", "list")), (b"{", ("line 1", "column")), (b"\xff\xfe", ("UTF-8",)),
    (b'{"neck": NaN}', ("NaN",)), (b'{"neck": 1, "neck": 2}', ("twice",)), (b'{"neck": 1e999}', ("neck", "inf")),
    (b"[" * 100_000, ("nested",)), (b'{"neck": ' + b"9" * 5000 + b"}", ("JSON",))])  # fmt: skip
def test_a_wrong_case_prints_nothing_and_says_where(score, data, words):
    code, out, err = score("rula", data)
    assert (code, out) == (2, "")
    assert err.startswith("immersive: error: standard input")
    assert len(err.splitlines()) == 1
    for word in words:
        assert word in err


def test_a_wrong_case_leaves_the_output_file_alone(score, tmp_path):
    target = tmp_path / "out.json"
    target.write_text("old", encoding="utf-8")
    assert score("rula", {"neck": 9}, "-o", str(target))[0] == 2
    assert target.read_text(encoding="utf-8") == "old"


def test_unknown_method_and_missing_file(capsys, monkeypatch, tmp_path):
    code, out, err = run(capsys, monkeypatch, "score", "rulla", "-")
    assert (code, out) == (2, "")
    assert "did you mean 'rula'" in err
    assert all(name in err for name in METHODS)
    assert run(capsys, monkeypatch, "score", "rula")[0] == 2
    code, out, err = run(capsys, monkeypatch, "score", "rula", tmp_path / "none.json")
    assert code == 2
    assert "none.json" in err


def test_examples_of_the_documentation(root):
    """Every command of docs/scoring.md, run as it stands, prints what is written below it."""
    text = (root / "docs" / "scoring.md").read_text(encoding="utf-8")
    examples = re.findall(r"```sh\necho '(.*?)' \| (immersive score \S+ -)\n```\n\nHolds: (.*?)\n", text)
    assert len(examples) > len(CASES)
    assert {command.split()[2] for _, command, _ in examples} == set(CASES)
    for data, command, expected in examples:
        words = [sys.executable, "-m", "immersive", *shlex.split(command)[1:]]
        done = subprocess.run(
            words, input=data.encode(), capture_output=True, cwd=root, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        result = json.loads(done.stdout)[0]
        for name, value in re.findall(r"`([\w.]+)` = `([^`]+)`", expected):
            found = result
            for key in name.split("."):
                found = found[int(key)] if isinstance(found, list) else found[key]
            wanted = json.loads(value)
            assert found == (pytest.approx(wanted, abs=0.006) if isinstance(wanted, float) else wanted), (
                command,
                name,
            )


def test_score_does_not_import_heavy_things(root):
    code = (
        "import sys; from immersive.cli import main; main(['score', 'niosh', '--fields'])\n"
        "bad = {'trimesh', 'scipy', 'numba', 'shapely', 'lxml', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(f'imported {bad}' if bad else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=Path(root), timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
