"""The program as a user runs it: outputs, exit codes, messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from immersive import __version__
from immersive.cli import main
from tests.builders import write_box_stl

LAYOUT = """
schema = 1
name = "two boxes"

[[parts]]
id = "left"
box_mm = [100, 100, 100]
role = "machine"

[[parts]]
id = "right"
box_mm = [100, 100, 100]
position_mm = [{x}, 0, 0]
role = "fence"

[[rules]]
id = "gap"
check = "clearance"
between = ["left"]
to = ["right"]
clearance_mm = 50
"""


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    path = tmp_path / "cell.toml"
    path.write_text(LAYOUT.format(x=130), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"immersive {__version__}\n", "")
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for command in ("check", "info", "distance", "import", "diff", "explain", "schema", "doctor"):
        assert command in out


@pytest.mark.parametrize("words", [[], ["chekc"], ["check"], ["check", "x.toml", "--fail-on", "never"]])
def test_wrong_use_is_exit_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, *words)
    assert code == 2
    assert "usage" in err


def test_check_reports_the_gap_and_exits_1(layout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", layout, "--json", "-")
    assert code == 1
    document = json.loads(out)
    assert document["schema"].startswith("immersive.review/")
    (gap,) = [f for f in document["findings"] if f["verdict"] == "fail"]
    assert gap["check"] == "clearance"
    assert gap["measured"] == pytest.approx(0.030, abs=1e-9)
    assert gap["limit"] == pytest.approx(0.050)
    assert sorted(gap["subjects"]) == ["left", "right"]


def test_sound_cell_exits_0(layout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout.write_text(LAYOUT.format(x=150), encoding="utf-8")
    code, out, _ = run(capsys, "check", layout)
    assert code == 0, out
    assert "1 pair" in out, "a clean result says what was examined"


def test_every_report_is_written_and_same_input_gives_the_same_bytes(
    layout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def reports(name: str) -> list[bytes]:
        folder = tmp_path / name
        folder.mkdir()
        code, out, _ = run(
            capsys, "check", layout, "--json", folder / "r.json", "--report", folder / "r.html",
            "--junit", folder / "r.xml", "--csv", folder / "r.csv", "--lang", "fr",
        )  # fmt: skip
        assert code == 1
        assert out, "the terminal still gets its summary"
        return [path.read_bytes() for path in sorted(folder.iterdir())]

    first, second = reports("one"), reports("two")
    assert len(first) == 4
    assert first == second
    assert str(tmp_path).encode() not in b"".join(first), "no machine path in a report"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "nowhere.toml"], "nowhere.toml"),
        (["info", "nowhere.glb"], "nowhere.glb"),
        (["explain", "clearence"], "did you mean 'clearance'"),
        (["check", "{layout}", "--only", "walkwy"], "did you mean 'walkway'"),
        (["check", "{layout}", "--report", "no/such/folder/r.html"], "does not exist"),
        (["check", "{layout}", "--json", "-", "--csv", "-"], "standard output"),
        (["check", "{layout}", "--root", "."], "a layout reads the files of its own folder only"),
        (["check", "{layout}", "--unit", "furlong"], "unknown length unit 'furlong'"),
        (["diff", "{layout}", "{layout}"], "no JSON document"),
        (["import", "nowhere.glb", "-o", "{layout}.new.toml"], "nowhere.glb"),
    ],
)
def test_bad_input_is_one_clear_error_and_exit_2(
    words: list[str], message: str, layout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *[word.format(layout=layout) for word in words])
    assert code == 2
    assert message in err
    assert err.startswith("immersive: error: ")
    assert "Traceback" not in err
    assert out == ""


def test_a_bug_is_exit_2_never_1(
    layout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("immersive.formats.load.load", broken)
    code, _, err = run(capsys, "check", layout)
    assert code == 2
    assert "bug in immersive" in err


def test_diff_tells_new_persisting_and_resolved(
    layout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "check", layout, "--json", tmp_path / "near.json")
    layout.write_text(LAYOUT.format(x=140), encoding="utf-8")
    run(capsys, "check", layout, "--json", tmp_path / "nearer.json")
    layout.write_text(LAYOUT.format(x=160), encoding="utf-8")
    run(capsys, "check", layout, "--json", tmp_path / "far.json")

    def counts(old: str, new: str) -> tuple[int, list[int]]:
        code, out, _ = run(capsys, "diff", tmp_path / old, tmp_path / new, "--json", "-")
        document = json.loads(out)
        return code, [len(document[key]) for key in ("new", "persisting", "resolved")]

    assert counts("near.json", "nearer.json") == (0, [0, 1, 0])
    assert counts("near.json", "far.json") == (0, [0, 0, 1])
    assert counts("far.json", "near.json") == (1, [1, 0, 0])


def test_info_of_a_unitless_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_box_stl(tmp_path / "cube.stl", (20.0, 20.0, 20.0))
    code, out, _ = run(capsys, "info", path, "--json", "-")
    document = json.loads(out)
    assert code == 0
    assert document["unit"] is None
    assert document["bounding_box_m"] is None
    assert document["extent_file_units"] == [20.0, 20.0, 20.0]
    assert "mm" in document["likely_units"]
    code, out, _ = run(capsys, "info", path, "--unit", "mm", "--json", "-")
    document = json.loads(out)
    assert document["extent_m"] == pytest.approx([0.02, 0.02, 0.02])
    assert document["triangles"] == 12
    assert document["watertight"] is True
    assert run(capsys, "info", path)[0] == 0


def test_distance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = write_box_stl(tmp_path / "a.stl", (1.0, 1.0, 1.0))

    def between(offset: float, size: float = 1.0) -> dict[str, object]:
        b = write_box_stl(tmp_path / "b.stl", (size, size, size), (offset, 0.0, 0.0))
        code, out, _ = run(capsys, "distance", a, b, "--unit", "m", "--json", "-")
        assert code == 0
        return dict(json.loads(out))

    apart = between(1.25)
    assert (apart["relation"], apart["distance"]) == ("apart", pytest.approx(0.25))
    touching = between(1.0)
    assert (touching["relation"], touching["distance"]) == ("touching", 0.0)
    overlapping = between(0.9)
    assert overlapping["relation"] == "intersecting"
    assert float(str(overlapping["distance"])) <= 0.0
    assert overlapping["penetration"] == pytest.approx(0.1, abs=1e-7)  # STL is in single precision
    inside = between(0.0, 0.5)
    assert inside["relation"] == "contained"
    assert float(str(inside["distance"])) <= 0.0
    code, _, err = run(capsys, "distance", a, a)
    assert code == 2
    assert "unit" in err


def test_import_then_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_box_stl(tmp_path / "table.stl", (1200.0, 800.0, 950.0))
    target = tmp_path / "out" / "cell.toml"
    target.parent.mkdir()
    code, out, err = run(capsys, "import", source, "-o", target, "--unit", "mm")
    assert code == 0, err
    code, out, err = run(capsys, "check", target, "--json", "-")
    assert code == 0, out + err  # one part: nothing to compare, and the new layout does not ask for it
    document = json.loads(out)
    assert document["scene"]["triangles"] == 12
    code, _, err = run(capsys, "import", source, "-o", target, "--unit", "mm")
    assert code == 2
    assert "exists" in err


def test_explain_lists_and_prints_pages(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "explain")
    assert code == 0
    for name in ("clearance", "walkway", "reach", "inputs"):
        assert name in out
        code, page, _ = run(capsys, "explain", name)
        assert code == 0
        assert "Method" in page
        assert "Parameters" in page


def test_explain_shows_parameters_as_people_write_them(capsys: pytest.CaptureFixture[str]) -> None:
    _, page, _ = run(capsys, "explain", "posture_rula", "--lang", "fr")
    assert "neutral (angle, default 5°)" in page
    assert 'posture ("standing" | "sitting" | "kneeling", default none)' in page
    assert "(confirmé par deux sources)" in page
    _, page, _ = run(capsys, "explain", "lifting_niosh")
    assert "duration (time, default 8 h)" in page
    assert "(from memory: verify it in the standard)" in page


def test_doctor_says_whether_check_works(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "doctor", "--json", "-")
    document = json.loads(out)
    assert code == 0
    assert document["check_works"] is True
    assert {"numpy", "numba", "OpenXR runtime"} <= {item["name"] for item in document["items"]}


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "schema")
    assert code == 0
    assert json.loads(out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("program", [["app.py"], ["-m", "immersive"]])
def test_all_entrances_are_the_same_program(program: list[str], root: Path) -> None:
    done = subprocess.run(
        [sys.executable, *program, "--version"], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"immersive {__version__}\n"


def test_importing_the_library_loads_nothing_heavy(root: Path) -> None:
    code = (
        "import sys, immersive; heavy = {'OpenGL', 'xr', 'glfw', 'trimesh', 'numba', 'pydantic', 'lxml', 'rich'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_check_needs_no_graphics_package(layout: Path, root: Path) -> None:
    code = (
        "import sys\n"
        "for name in ('OpenGL', 'xr', 'glfw'): sys.modules[name] = None\n"
        "from immersive.cli import main\n"
        f"code = main(['check', {str(layout)!r}, '-q'])\n"
        "loaded = [m for m in sys.modules if m.split('.')[0] in ('OpenGL', 'xr', 'glfw') and sys.modules[m]]\n"
        "assert not loaded, loaded\n"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
