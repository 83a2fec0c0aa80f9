"""Reach painted on surfaces, and the zone as a file."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from immersive.checks._base import Context, bind
from immersive.checks.reach import CHECK
from immersive.cli import main
from immersive.errors import LayoutError
from immersive.findings import FigureMark, Finding, MeshMark, Verdict
from immersive.geometry.frames import translation
from immersive.geometry.shapes import box
from immersive.human.links import links_of
from immersive.human.percentiles import percentile_people
from immersive.human.posing import Stance
from immersive.human.reach_zone import paint
from immersive.scene.model import Mesh, Part, Role, Scene
from immersive.scene.station import Population, Rule, Station, WorkPoint, Workstation

TOP = (1.2, 0.6, 0.03)


def scene(*, ahead: float = 0.6, turned: float = 0.0) -> Scene:
    shape = box(TOP)
    spin = np.eye(4)
    c, s = math.cos(turned), math.sin(turned)
    spin[:2, :2] = [[c, -s], [s, c]]
    part = Part(
        "top",
        "top",
        ("top",),
        Mesh(shape.vertices, shape.faces),
        spin @ translation((0.0, ahead, 1.0)),
        role=Role.FURNITURE,
    )
    desk = Workstation(
        "desk",
        (0.0, 0.0, 0.0),
        heading=math.pi / 2 + turned,
        work_points=(WorkPoint("p", (-0.4 * s, 0.4 * c, 1.1), hand="right"),),
    )
    population = Population("us", people="percentiles")
    return Scene("s", (part,), station=Station(workstations=(desk,), populations=(population,)))


def painted(cell: Scene, *selectors: str) -> list[Finding]:
    rule = Rule("r", "reach", {"paint": list(selectors)})
    findings = CHECK.evaluate(Context(cell, rule), bind(CHECK, rule)).findings
    return [finding for finding in findings if finding.code == "reach.zone"]


def test_areas_and_levels_are_those_of_the_surface() -> None:
    (finding,) = painted(scene(), "top")
    assert finding.verdict == Verdict.PASS
    assert finding.subjects == ("desk", "top")
    figure, mesh = finding.marks
    assert isinstance(figure, FigureMark)
    assert isinstance(mesh, MeshMark)
    corners = np.array(mesh.vertices)[np.array(mesh.faces)]
    area = 0.5 * np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    # What faces the person: the upper side and the front edge.
    assert area.sum() == pytest.approx(1.2 * 0.6 + 1.2 * 0.03, abs=1e-6)
    parts = [finding.data[key] for key in ("area_comfortable", "area_maximal", "area_out")]
    assert parts == pytest.approx(
        [area[np.array(mesh.levels) == level].sum() for level in (1, 2, 3)], abs=1e-4
    )
    assert all(part > 0.0 for part in parts[:2])
    person = percentile_people(["F05"])
    again = paint(person, links_of(person), Stance((0.0, 0.0, 0.0), math.pi / 2), corners.mean(axis=1))
    # Vertices are told to a hundredth of a millimetre, so that a face at a zone's edge may change sides.
    assert (again == mesh.levels).mean() > 0.99


def test_turning_the_cell_changes_nothing() -> None:
    areas = [painted(scene(turned=angle), "top")[0].data["area_comfortable"] for angle in (0.0, 2.0)]
    assert areas[0] == pytest.approx(areas[1], rel=0.02)


def test_what_is_far_away_is_not_painted_and_a_wrong_selector_is_named() -> None:
    assert painted(scene(ahead=6.0), "top") == []
    with pytest.raises(LayoutError, match="no part matches 'tap'"):
        painted(scene(), "tap")


def test_the_zone_is_written_as_a_closed_mesh(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import immersive

    bench = str(root / "layouts" / "bench.toml")
    mesh, told = tmp_path / "zone.stl", tmp_path / "zone.json"
    command = [
        "reach-zone",
        bench,
        "assembly",
        "--spacing-mm",
        "120",
        "--kind",
        "comfortable",
        "--hand",
        "right",
    ]
    assert main([*command, "-o", str(mesh), "--json", str(told)]) == 0
    document = json.loads(told.read_text("utf-8"))
    (part,) = immersive.load(mesh, unit="m").parts
    assert part.mesh.topology.watertight
    assert part.bounds == pytest.approx(np.array(document["bounds"]), abs=1e-4)
    assert document["person"] == "F05"
    corners = part.world_triangles()
    volume = np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6.0
    assert volume == pytest.approx(document["volume"], rel=1e-3)
    assert volume > 0.01
    assert "obstacles are not regarded" in capsys.readouterr().out
    assert main(["reach-zone", bench, "asembly", "-o", str(mesh)]) == 2
    assert "did you mean 'assembly'" in capsys.readouterr().err
