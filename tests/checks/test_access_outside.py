"""The inside of a housing is not where people come from, however roomy it is."""

from __future__ import annotations

import pytest

from immersive.findings import Verdict
from immersive.scene.model import Part
from immersive.scene.ways import AccessPoint
from tests.checks.access_scenes import FLOOR, findings
from tests.checks.walkway_scenes import box

WALL = 0.005


def housing(half: float, height: float, lid: bool = True) -> list[Part]:
    """Four thin walls on the floor, and a lid."""
    h, w = half, half - WALL
    sides = [
        box("south", (-h, -h, 0), (h, -w, height)),
        box("north", (-h, w, 0), (h, h, height)),
        box("west", (-h, -w, 0), (-w, w, height)),
        box("east", (w, -w, 0), (h, w, height)),
    ]
    return [FLOOR, *sides, *([box("lid", (-h, -h, height), (h, h, height + WALL))] if lid else [])]


@pytest.mark.parametrize("limb", ["hand", "arm", "two_arms", "head"])
@pytest.mark.parametrize("half", [0.3, 0.45])
def test_nobody_stands_inside_a_closed_housing(limb: str, half: float) -> None:
    found = findings(housing(half, 1.2), AccessPoint("valve", (0.0, 0.0, 0.9), limb=limb))
    assert any(one.verdict == Verdict.FAIL for one in found.values())
    assert not any(one.verdict == Verdict.PASS for one in found.values() if one.code == "access.opening")


def test_with_its_lid_off_one_reaches_in_from_above() -> None:
    point = AccessPoint("valve", (0.0, -0.15, 0.9), limb="hand")
    found = findings(housing(0.3, 1.0, lid=False), point)
    assert {one.verdict for one in found.values()} == {Verdict.PASS}
    assert {one.verdict for one in findings(housing(0.3, 1.0), AccessPoint("valve", (0.0, -0.15, 0.9), removed=("lid",))).values()} == {Verdict.PASS}  # fmt: skip


def test_a_room_is_entered_by_its_door() -> None:
    """Three metres square, walls all round: whoever works there got in."""
    found = findings(housing(1.5, 2.5), AccessPoint("valve", (0.0, 0.0, 0.9), limb="hand"))
    assert {one.verdict for one in found.values()} == {Verdict.PASS}
