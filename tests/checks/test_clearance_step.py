"""What a file leaves uncertain decides no verdict: STEP through the whole chain, and stated tolerances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import immersive
from immersive.cli import main
from immersive.findings import Finding, Verdict
from immersive.scene.model import Scene
from tests.builders import write_box_stl
from tests.formats.step_maker import cylinder_body, wrap

RADIUS, LIMIT = 0.010, 0.020

LAYOUT = """
schema = 1
name = "peg"

[[parts]]
id = "peg"
file = "peg.step"
rotation_deg = [0, 0, {turn}]
merge = true

[[parts]]
id = "wall"
box_mm = [10, 200, 200]
position_mm = [{x!r}, 0, 0]
role = "wall"

[[rules]]
id = "room"
check = "clearance"
between = ["peg"]
to = ["wall"]
clearance_mm = 20
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pytest.importorskip("cascadio", reason="STEP files need the extra 'step'")
    (tmp_path / "peg.step").write_bytes(wrap(cylinder_body(10.0, 30.0)))
    return tmp_path


def cell(folder: Path, gap: float, turn: float = 0.0) -> Path:
    """A wall ``gap`` metres from the true surface of the peg."""
    path = folder / "cell.toml"
    path.write_text(LAYOUT.format(turn=turn, x=(RADIUS + gap + 0.005) * 1000.0), encoding="utf-8")
    return path


def judged(path: Path) -> tuple[Scene, Finding]:
    scene = immersive.load(path)
    (one,) = immersive.check(scene, only=["clearance"])
    return scene, one


def test_a_gap_within_the_deflection_of_the_limit_is_indeterminate_and_one_beyond_is_not(
    folder: Path,
) -> None:
    scene, _ = judged(cell(folder, LIMIT))
    u = scene.by_id["peg"].uncertainty
    assert 0.00005 <= u <= 0.0005, (
        "the kernel's deflection of a tenth of a millimetre, as measured on the mesh"
    )
    assert scene.by_id["wall"].uncertainty == 0.0
    for off, verdict in (
        (-2.5 * u, Verdict.FAIL),
        (-0.5 * u, Verdict.INDETERMINATE),
        (0.0, Verdict.INDETERMINATE),
        (2.5 * u, Verdict.PASS),
    ):
        _, one = judged(cell(folder, LIMIT + off))
        assert one.verdict == verdict, off
        assert one.uncertainty == pytest.approx(u)
        assert one.limit == LIMIT
        assert one.measured is not None
        # The facets lie inside the cylinder, by no more than is stated.
        assert -1e-9 <= one.measured - (LIMIT + off) <= u + 1e-9


def test_no_facet_decides_what_the_true_surface_would_decide_otherwise(folder: Path) -> None:
    """Turned about its axis, the peg shows the wall a corner or a facet; what is true never changes."""
    rng = np.random.default_rng(4)
    verdicts = set()
    for turn in rng.uniform(0.0, 60.0, 12):
        for gap in (LIMIT - 3e-5, LIMIT - 1e-6, LIMIT + 1e-6, LIMIT + 3e-5):
            _, one = judged(cell(folder, gap, float(turn)))
            verdicts.add(one.verdict)
            assert one.verdict != (Verdict.FAIL if gap >= LIMIT else Verdict.PASS)
    assert verdicts == {Verdict.INDETERMINATE}


def test_the_whole_program_leaves_it_open(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(cell(folder, LIMIT - 2e-5)), "--only", "clearance"]) == 1
    out = capsys.readouterr().out.replace("\u00a0", " ").replace("\u202f", " ")
    assert out.startswith("? NOT DECIDED")
    assert "Indeterminate · error · clearance.gap · room" in out
    assert "within its uncertainty of the limit" in out
    assert main(["check", str(cell(folder, LIMIT + 1e-3)), "--only", "clearance"]) == 0


@pytest.mark.parametrize(
    ("gap", "stated", "verdict"),
    [
        (19.7, 0.5, Verdict.INDETERMINATE),
        (20.4, 0.5, Verdict.INDETERMINATE),
        (19.4, 0.5, Verdict.FAIL),
        (20.6, 0.5, Verdict.PASS),
        (19.7, 0.0, Verdict.FAIL),
        (20.0, 0.0, Verdict.PASS),
    ],
)
def test_a_stated_tolerance_of_a_mesh_counts_the_same(
    tmp_path: Path, gap: float, stated: float, verdict: Verdict
) -> None:
    write_box_stl(tmp_path / "box.stl", (10.0, 10.0, 10.0))
    path = tmp_path / "cell.toml"
    path.write_text(
        f"""
schema = 1
name = "boxes"
[[parts]]
id = "scan"
file = "box.stl"
unit = "mm"
uncertainty_mm = {stated}
[[parts]]
id = "wall"
box_mm = [10, 10, 10]
position_mm = [{10.0 + gap!r}, 0, 0]
[[rules]]
id = "room"
check = "clearance"
clearance_mm = 20
""",
        encoding="utf-8",
    )
    _, one = judged(path)
    assert one.measured == pytest.approx(gap / 1000.0, abs=1e-6)
    assert one.verdict == verdict
    assert one.uncertainty == pytest.approx(stated / 1000.0)
