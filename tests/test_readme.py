"""What the README says works: its commands, its library example, its layout example, its links."""

from __future__ import annotations

import io
import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest

import immersive
from immersive.cli import main

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    lines = [line.partition("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("immersive ")]


def piped() -> list[tuple[str, str]]:
    """(what is echoed, the command it goes to)"""
    return re.findall(r"^echo '(.+)' \| (immersive .+)$", README, re.MULTILINE)


@pytest.fixture
def clone(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like the clone, to write into."""
    for name in ("layouts", "assets"):
        (tmp_path / name).symlink_to(root / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_commands_run(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(commands()) >= 5
    for line in commands():
        code = main(shlex.split(line)[1:])
        out, err = capsys.readouterr()
        expected = 1 if "faulty_cell" in line else 0
        assert code == expected, f"{line}\n{out}\n{err}"


def test_piped_command_gives_a_full_score(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ((case, line),) = piped()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(case.encode())))
    assert main(shlex.split(line)[1:]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert result["missing"] == []
    assert result["action_level"] in (1, 2, 3, 4)


def test_the_two_commands_are_marked_for_ci() -> None:
    for marker, words in (("main", "check layouts/assembly_cell.toml"), ("tests", "-m pytest")):
        match = re.search(rf"<!-- {marker} -->\n```sh\n(.+)\n```", README)
        assert match, marker
        assert words in match.group(1)


def test_library_example_prints_the_findings(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {})
    lines = capsys.readouterr().out.strip().splitlines()
    scene = immersive.load("layouts/faulty_cell.toml")
    assert len(lines) == sum(finding.verdict != "pass" for finding in immersive.check(scene)) > 0


def test_layout_examples_are_a_layout(tmp_path: Path) -> None:
    examples = blocks("toml")
    assert len(examples) == 2
    for example in examples:
        tomllib.loads(example)
    path = tmp_path / "cell.toml"
    robot = '[[robots]]\nid = "robot"\nfile = "asset:robots/demo6/robot.urdf"\n'
    fence = '[[parts]]\nid = "fence"\nbox_mm = [40, 40, 2000]\nposition_mm = [2000, 0, 0]\nrole = "fence"\n'
    path.write_text(f'schema = 1\nname = "x"\n{robot}{fence}{"".join(examples)}', encoding="utf-8")
    scene = immersive.load(path)
    assert {finding.check for finding in immersive.check(scene)} >= {
        "clearance",
        "walkway",
        "reach",
        "inputs",
        "vision",
        "posture_rula",
        "motion_clearance",
        "separation",
    }


def test_links_lead_somewhere(root: Path) -> None:
    for name in ("README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (root / "docs").glob("*.md"))):
        page = root / name
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{name} links to {target}"
