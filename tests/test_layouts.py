"""The table in ``layouts/README.md`` holds: planted faults are found, and nothing else is."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import immersive
from immersive.checks._registry import checks
from immersive.checks._run import Results
from immersive.findings import Finding, Verdict
from immersive.scene.model import Scene, Severity

LAYOUTS = Path(__file__).resolve().parents[1] / "layouts"
SOUND = ("bench", "assembly_cell", "line")
ALL = (*SOUND, "faulty_cell")
PART_RANGES = {"bench": (10, 25), "assembly_cell": (150, 300), "faulty_cell": (150, 300), "line": (350, 450)}


def tables() -> list[list[dict[str, str]]]:
    """Every table of the README, a row as column → cell."""
    found: list[list[dict[str, str]]] = []
    block: list[list[str]] = []
    for line in [*(LAYOUTS / "README.md").read_text("utf-8").splitlines(), ""]:
        if line.startswith("|"):
            block.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
        elif block:
            head, rule, *rows = block
            assert all(re.fullmatch(":?-+:?", cell) for cell in rule)
            found.append([dict(zip(head, row, strict=True)) for row in rows])
            block = []
    return found


@dataclass(frozen=True)
class Planted:
    """One row of the table, in SI units."""

    verdict: str
    code: str
    subjects: tuple[str, ...]
    measured: float | None
    tolerance: float
    limit: float | None
    unit: str


UNITS = {"mm": ("m", 0.001), "°": ("rad", math.pi / 180.0), "kg": ("kg", 1.0), "": ("", 1.0)}


def planted(layout: str) -> list[Planted]:
    def si(row: dict[str, str], column: str) -> float | None:
        return float(row[column]) * UNITS[row["unit"]][1] if row[column] else None

    return [
        Planted(
            row["verdict"],
            row["code"],
            tuple(sorted(row["subjects"].split(", "))),
            si(row, "measured"),
            si(row, "±") or 0.0,
            si(row, "limit"),
            UNITS[row["unit"]][0],
        )
        for row in tables()[1]
        if row["layout"] == layout
    ]


@cache
def loaded(name: str) -> Scene:
    return immersive.load(LAYOUTS / f"{name}.toml")


@cache
def checked(name: str) -> Results:
    return immersive.check(loaded(name))


def not_passed(name: str) -> list[Finding]:
    """What counts: a warning, too, but no information."""
    return list(checked(name).not_passed("warning"))


def test_the_table_names_every_layout_and_every_fault() -> None:
    overview, faults = tables()
    assert [row["layout"] for row in overview] == [
        f"{name}.toml" for name in ("bench", "assembly_cell", "faulty_cell", "line")
    ]
    assert sorted(path.name for path in LAYOUTS.glob("*.toml")) == sorted(row["layout"] for row in overview)
    numbers = list(dict.fromkeys(row["fault"].split()[0] for row in faults))
    assert numbers == [f"F{k}" for k in range(1, 23)]
    text = (LAYOUTS / "faulty_cell.toml").read_text("utf-8")
    marked = {word for line in text.splitlines() if "# FAULT" in line for word in re.findall(r"F\d+", line)}
    assert marked == set(numbers)
    assert "# FAULT" not in (LAYOUTS / "assembly_cell.toml").read_text("utf-8")


@pytest.mark.parametrize("name", ALL)
def test_parts(name: str) -> None:
    row = next(row for row in tables()[0] if row["layout"] == f"{name}.toml")
    assert len(loaded(name)) == int(row["parts"])
    low, high = PART_RANGES[name]
    assert low <= len(loaded(name)) <= high
    assert all(part.triangles for part in loaded(name))


@pytest.mark.parametrize("name", SOUND)
def test_sound_layouts_have_passes_only(name: str) -> None:
    assert [f"{f.code} {f.subjects}: {f.message['en']}" for f in not_passed(name)] == []


@pytest.mark.parametrize("name", ALL)
def test_only_two_methods_are_mere_information(name: str) -> None:
    informed = {f.check for f in checked(name) if f.severity == Severity.INFO and f.verdict != Verdict.PASS}
    # What one might climb on beside a fence, and motions that need no look at crushing, are told besides.
    assert informed <= {"posture_en1005_4", "work_height", "safety_distance", "crushing"}


@pytest.mark.parametrize("name", ALL)
def test_every_check_examined_something(name: str) -> None:
    results = checked(name)
    # Nothing is held still in two of the cells, and ISO 11226 is about nothing else.
    nothing_held = {"posture_iso11226"} if name in ("bench", "line") else set()
    if name in ("bench", "line"):
        nothing_held |= {"turning", "access", "crushing"}
    if name == "bench":
        nothing_held |= {"escape", "separation", "safety_distance", "motion_clearance"}
    assert {result.check.code for result in results.rules} == set(checks()) - nothing_held
    assert {skip.check.code for skip in results.not_run} == nothing_held
    for result in results.rules:
        counts = result.evaluation.examined
        needed = {
            "clearance": "pairs", "walkway": "walkways", "inputs": "files", "separation": "ways", "turning": "routes",
            "safety_distance": "openings", "motion_clearance": "pairs", "access": "access_points",
        }  # fmt: skip
        needed["crushing"] = "motions"
        assert counts[needed.get(result.check.code, "workstations")] > 0, result.rule.id
        assert counts.get("pairs_of_one_unit", 0) == 0 or result.rule.id != "nothing-overlaps"
        assert result.evaluation.findings, result.rule.id
        # These methods are about some tasks only (what is held, lifted with both hands, worked at, sat at): what
        # they leave out is listed.
        partly = {
            "work_height", "legroom", "lifting_niosh", "posture_iso11226", "posture_en1005_4", "crushing", "separation",
            "safety_distance", "turning", "motion_clearance",
        }  # fmt: skip
        skipped = () if result.check.code in partly else result.evaluation.skipped
        assert skipped == (), result.rule.id


def test_every_planted_fault_is_found_and_nothing_else() -> None:
    rows = planted("faulty_cell")
    assert len(rows) == 39
    found: dict[tuple[str, tuple[str, ...], str], list[Finding]] = {}
    for f in not_passed("faulty_cell"):
        found.setdefault((f.code, tuple(sorted(f.subjects)), str(f.verdict)), []).append(f)
    assert set(found) == {(row.code, row.subjects, row.verdict) for row in rows}
    # One finding a row, but for the two editions of ISO 13855.
    twice = {key for key, several in found.items() if len(several) > 1}
    assert twice == {("separation.through", ("curtain", "robot_zone"), "fail")}
    for row in rows:
        for finding in found[row.code, row.subjects, row.verdict]:
            if row.measured is None:
                assert finding.measured is None
                continue
            assert finding.measured == pytest.approx(row.measured, abs=row.tolerance), row
            assert finding.limit == pytest.approx(row.limit, abs=0.01 if row.unit == "kg" else 1e-9), row
            assert finding.unit == row.unit


def test_the_wrong_unit_is_named() -> None:
    finding = next(f for f in not_passed("faulty_cell") if f.code == "inputs.unit-implausible")
    (details,) = finding.data["details"]
    assert details["unit"] == "mm"
    assert details["likely_unit"] == "m"
    assert details["size"] == pytest.approx(220e-6, rel=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_exit_code(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    from immersive.cli import main

    row = next(row for row in tables()[0] if row["layout"] == f"{name}.toml")
    assert main(["check", str(LAYOUTS / f"{name}.toml")]) == int(row["exit code"])
    capsys.readouterr()


def test_the_faulty_cell_is_the_sound_one_with_faults() -> None:
    sound, faulty = (
        tomllib.loads((LAYOUTS / f"{name}.toml").read_text("utf-8"))
        for name in ("assembly_cell", "faulty_cell")
    )
    planted_parts = {
        "cabinet_2", "tray_low", "duct", "spare_parts", "carton_by_wall", "notice_board", "pane", "panel_low",
        "panel_south_east", "sensor_post", "crates", "rack",
    }  # fmt: skip
    by_id: list[dict[str, Any]] = [{part["id"]: part for part in data["parts"]} for data in (sound, faulty)]
    assert set(by_id[1]) - set(by_id[0]) == planted_parts
    changed = {id_ for id_, part in by_id[0].items() if by_id[1][id_] != part}
    window = {f"valve_box/front_{side}" for side in ("south", "north", "low", "high")}
    assert changed == {"camera", "panel_south", "press_ram", "press_bolt", *window}
    points = [{p["id"]: p for p in data["workstations"][0]["work_points"]} for data in (sound, faulty)]
    assert set(points[1]) - set(points[0]) == {"housing_on_trolley", "bin_low_far"}
    assert {id_ for id_, point in points[0].items() if points[1][id_] != point} == {"fixture"}
    loads = [data["workstations"][1]["work_points"][0].pop("load_kg") for data in (sound, faulty)]
    assert loads == [4.1, 19]
    assert sound["workstations"][1:] == faulty["workstations"][1:]
    times = [data["safeguards"][0].pop("stopping_time_ms") for data in (sound, faulty)]
    assert times == [250, 900]
    strokes = [data["mechanisms"][0]["joints"][0].pop("range_mm") for data in (sound, faulty)]
    assert strokes == [[0, 2.5], [0, 78]]
    for key in (
        "rules", "walkways", "doors", "hazard_zones", "safeguards", "populations", "assign", "routes", "access_points",
        "motions", "mechanisms", "contacts",
    ):  # fmt: skip
        assert sound[key] == faulty[key], key


@pytest.mark.parametrize("name", ALL)
def test_the_cell_says_all_that_later_checks_need(name: str) -> None:
    station = loaded(name).station
    assert station is not None
    assert station.workstations
    assert station.walkways
    assert station.populations
    if name == "bench":
        return
    motions = {motion.id for motion in loaded(name).motions}
    assert {zone.motion for zone in station.hazard_zones if zone.motion} <= motions
    assert any(door.interlocked and door.stopping_time for door in station.doors)
    zones = {zone.id for zone in station.hazard_zones}
    curtains = [guard for guard in station.safeguards if guard.kind == "light_curtain"]
    assert curtains
    for guard in station.safeguards:
        assert set(guard.protects) <= zones
    for curtain in curtains:
        assert curtain.segment is not None
        assert curtain.resolution == pytest.approx(0.03)
