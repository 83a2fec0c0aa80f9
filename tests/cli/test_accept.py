"""``immersive accept`` as a user runs it: what it writes, refuses, lists, and what every report makes of it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from lxml import etree

from immersive.cli import main

LAYOUT = """\
# Two boxes: the fence is welded to the press.
schema = 1
name = "two boxes"

[[parts]]
id = "left"
box_mm = [100, 100, 100]   # keep this
role = "machine"

[[parts]]
id = "right"
box_mm = [{size}, 100, 100]
position_mm = [{x}, 0, 0]
role = "fence"

[[rules]]
id = "gap"
check = "clearance"
between = ["left"]
to = ["right"]
clearance_mm = {limit}
# the end
"""


def text(x: float = 90, size: float = 100, limit: float = 50) -> str:
    return LAYOUT.format(x=x, size=size, limit=limit)


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    path = tmp_path / "cell.toml"
    path.write_text(text(), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


def reviewed(capsys: pytest.CaptureFixture[str], layout: Path) -> tuple[int, dict[str, object]]:
    code, out, _ = run(capsys, "check", layout, "--json", "-")
    return code, json.loads(out)


def fault_id(capsys: pytest.CaptureFixture[str], layout: Path) -> str:
    _, document = reviewed(capsys, layout)
    (found,) = [f for f in document["findings"] if f["verdict"] != "pass"]  # type: ignore[attr-defined]
    return str(found["id"])


def accept(capsys: pytest.CaptureFixture[str], layout: Path, *words: str) -> str:
    name = fault_id(capsys, layout)
    code, out, err = run(
        capsys, "accept", layout, name, "--reason", "welded on site", "--by", "A. Person", *words
    )
    assert (code, err) == (0, "")
    assert name in out
    return name


def test_the_entry_is_added_and_every_other_byte_stays(
    layout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = accept(capsys, layout, "--date", "2026-03-01")
    written = layout.read_text("utf-8")
    assert written.startswith(text())
    added = written.removeprefix(text())
    assert f'finding = "{name}"' in added
    assert 'reason = "welded on site"' in added
    assert 'by = "A. Person"' in added
    assert 'date = "2026-03-01"' in added
    assert 'subjects = ["left", "right"]' in added
    code, document = reviewed(capsys, layout)
    assert code == 0
    assert document["summary"]["outcome"] == "pass"  # type: ignore[index]
    assert document["summary"]["verdicts"]["accepted"] == 1  # type: ignore[index]
    assert document["summary"]["verdicts"]["fail"] == 0  # type: ignore[index]


def test_windows_line_ends_stay(layout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout.write_bytes(text().replace("\n", "\r\n").encode())
    accept(capsys, layout)
    data = layout.read_bytes()
    assert data.startswith(text().replace("\n", "\r\n").encode())
    assert data.count(b"\n") == data.count(b"\r\n")


def test_every_report_names_who_and_why(
    layout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = accept(capsys, layout, "--date", "2026-03-01")
    for lang, by in (("en", "accepted by A. Person"), ("fr", "accepté par A. Person")):
        files = {kind: tmp_path / f"out.{kind}" for kind in ("xml", "csv", "html", "json")}
        code, out, _ = run(
            capsys, "check", layout, "--lang", lang, "--junit", files["xml"], "--csv", files["csv"],
            "--report", files["html"], "--json", files["json"],
        )  # fmt: skip
        assert code == 0
        assert by in out.replace("\n      ", " ")
        suites = etree.fromstring(files["xml"].read_bytes())
        assert (suites.get("failures"), suites.get("errors"), suites.get("skipped")) == ("0", "0", "1")
        skipped = suites.find(".//skipped")
        assert skipped is not None
        assert by in (skipped.get("message") or "")
        assert "welded on site" in (skipped.get("message") or "")
        table = files["csv"].read_text("utf-8-sig")
        rows = list(csv.reader(io.StringIO(table), delimiter=";" if lang == "fr" else ","))
        row = next(row for row in rows if row[1].strip("'") == name)
        assert row[-2] == ("accepted" if lang == "en" else "accepté")
        assert by in row[-1]
        page = files["html"].read_text("utf-8")
        accepted = page.index('id="s-accepted"')
        assert page.index("welded on site") > accepted
        assert f'id="f-{name}"' in page
        assert '<article class="finding fail' not in page
        (finding,) = [f for f in json.loads(files["json"].read_text("utf-8"))["findings"] if f["id"] == name]
        assert finding["verdict"] == "fail", "an acceptance changes no verdict"
        assert finding["accepted"] == {
            "state": "valid", "reason": "welded on site", "by": "A. Person", "date": "2026-03-01",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (text(x=85), "moved"),
        (text(size=99, x=89.5), "have changed"),
        (text(limit=60), ""),
    ],
    ids=["moved", "other shape", "other clearance"],
)
def test_void_counts_again_and_says_why(
    layout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, why: str
) -> None:
    accept(capsys, layout)
    entry = layout.read_text("utf-8").removeprefix(text())
    layout.write_text(change + entry, encoding="utf-8")
    code, out, _ = run(
        capsys, "check", layout, "--junit", tmp_path / "a.xml", "--report", tmp_path / "a.html",
        "--csv", tmp_path / "a.csv",
    )  # fmt: skip
    if not why:
        # A clash is held against the tolerance, which did not change.
        assert code == 0
        return
    assert code == 1
    flat = " ".join(out.split())
    assert "acceptance void, it counts: the parts concerned " in flat
    assert why in flat
    failure = etree.fromstring((tmp_path / "a.xml").read_bytes()).find(".//failure")
    assert failure is not None
    assert why in (failure.text or "")
    page = (tmp_path / "a.html").read_text("utf-8")
    assert '<article class="finding fail' in page
    assert "acceptance void" in page
    assert ",void," in (tmp_path / "a.csv").read_text("utf-8-sig")
    # Looked at again: the entry is brought up to date, not doubled.
    name = accept(capsys, layout)
    assert layout.read_text("utf-8").count(f'finding = "{name}"') == 1
    assert run(capsys, "check", layout)[0] == 0


def test_the_whole_cell_may_be_elsewhere(layout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    accept(capsys, layout)
    written = layout.read_text("utf-8")
    moved = written.replace(
        "position_mm = [90, 0, 0]", "position_mm = [12345.6, 90, 7]\nrotation_deg = [0, 0, 90]"
    )
    moved = moved.replace(
        "100]   # keep this", "100]\nposition_mm = [12345.6, 0, 7]\nrotation_deg = [0, 0, 90]"
    )
    layout.write_text(moved, encoding="utf-8")
    assert run(capsys, "check", layout)[0] == 0


def test_refusals(layout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = fault_id(capsys, layout)
    _, document = reviewed(capsys, layout)
    passing = next(f["id"] for f in document["findings"] if f["verdict"] == "pass")  # type: ignore[attr-defined]
    said = ("--reason", "r", "--by", "b")
    for words, why in (
        (
            ("000000000000", *said),
            f"there is no finding '000000000000'\nopen findings:\n  {name}  clearance.clash",
        ),
        ((name[:-1] + "0", *said), f"did you mean {name!r}"),
        ((passing, *said), "passes: there is nothing to accept"),
        ((name,), "needs --reason TEXT and --by NAME"),
        ((name, "--reason", "r"), "needs --reason TEXT and --by NAME"),
        ((name, "--reason", " ", "--by", "b"), "needs a reason"),
        ((name, *said, "--date", "tomorrow"), "must be year-month-day"),
        ((), "say what to do"),
        ((name, *said, "--list"), "say what to do"),
        (("--remove", name), "the layout accepts no finding"),
    ):
        code, _, err = run(capsys, "accept", layout, *words)
        assert code == 2, words
        assert why in err
    assert layout.read_text("utf-8") == text(), "a refusal writes nothing"
    mesh = tmp_path / "box.stl"
    mesh.write_bytes(b"solid x\nendsolid x\n")
    code, _, err = run(capsys, "accept", mesh, name, *said)
    assert code == 2
    assert "is no layout (.toml)" in err


def test_several_at_once_and_all_or_none(layout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = (
        text()
        + """
[[parts]]
id = "third"
box_mm = [100, 100, 100]
position_mm = [0, 95, 0]

[[rules]]
id = "other"
check = "clearance"
between = ["left"]
to = ["third"]
"""
    )
    layout.write_text(more, encoding="utf-8")
    _, document = reviewed(capsys, layout)
    names = [f["id"] for f in document["findings"] if f["verdict"] == "fail"]  # type: ignore[attr-defined]
    assert len(names) == 2
    said = ("--reason", "welded", "--by", "A. Person")
    assert run(capsys, "accept", layout, names[0], "000000000000", *said)[0] == 2
    assert layout.read_text("utf-8") == more
    assert run(capsys, "accept", layout, *names, *said)[0] == 0
    written = layout.read_text("utf-8")
    assert written.startswith(more)
    assert written.count("[[accepted]]") == 2
    assert "\n\n\n" not in written
    assert run(capsys, "check", layout)[0] == 0
    assert run(capsys, "accept", layout, "--remove", names[0])[0] == 0
    assert run(capsys, "check", layout)[0] == 1


def test_list_and_remove(layout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "accept", layout, "--list")[1] == "the layout accepts nothing\n"
    name = accept(capsys, layout, "--date", "2026-03-01")
    code, out, _ = run(capsys, "accept", layout, "--list")
    assert code == 0
    assert out.startswith(f"○ {name}  clearance.clash  gap")
    assert "accepted by A. Person, 2026-03-01: welded on site" in out
    entry = layout.read_text("utf-8").removeprefix(text())
    layout.write_text(text(x=85) + entry, encoding="utf-8")
    assert f"✕ {name}" in run(capsys, "accept", layout, "--list")[1]
    layout.write_text(text(x=900) + entry, encoding="utf-8")
    code, out, _ = run(capsys, "accept", layout, "--list")
    assert f"∅ {name}" in out
    assert "no longer exists" in out
    code, out, _ = run(capsys, "check", layout)
    assert code == 0
    assert "no longer exists" in " ".join(out.split())
    assert run(capsys, "accept", layout, "--remove", name)[0] == 0
    assert layout.read_text("utf-8").rstrip() == text(x=900).rstrip()


def test_diff_knows_what_was_accepted(
    layout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / f"{k}.json" for k in range(3)]
    run(capsys, "check", layout, "--json", files[0], "-q")
    accept(capsys, layout)
    run(capsys, "check", layout, "--json", files[1], "-q")
    entry = layout.read_text("utf-8").removeprefix(text())
    layout.write_text(text(x=80) + entry, encoding="utf-8")
    run(capsys, "check", layout, "--json", files[2], "-q")

    code, out, _ = run(capsys, "diff", files[0], files[1])
    assert code == 0
    assert "Accepted by the layout (not resolved): 1" in out
    assert "accepted by A. Person: welded on site" in out
    assert "Resolved: " not in out
    code, out, _ = run(capsys, "diff", files[1], files[1])
    assert code == 0
    assert "1 accepted in both" in out
    code, out, _ = run(capsys, "diff", files[1], files[2])
    assert code == 1, "what counts again is new"
    assert "its acceptance is void: the parts concerned have moved" in out
    code, out, _ = run(capsys, "diff", files[1], files[0], "--lang", "fr")
    assert code == 1
    assert "le fichier de cellule ne l’accepte plus" in out
