"""Walkways through the ARIAC hall: 164 parts, 339,174 triangles that nobody here made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import immersive
from immersive.checks._run import run
from immersive.findings import Finding, Verdict
from immersive.scene.model import Part, Scene
from immersive.scene.station import Station, Walkway

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def hall() -> Scene:
    return immersive.load(Path(__file__).resolve().parents[3] / "shared/cells/cell-ariac/placement.json")


def check(hall: Scene, walkway: Walkway) -> dict[str, Finding]:
    results = run(replace(hall, station=Station(walkways=(walkway,))), only=["walkway"])
    return {f.key: f for f in results}


def slab_points(part: Part, bottom: float, top: float) -> np.ndarray:
    """Corners of the part between two heights and where its edges cross them: an independent oracle."""
    triangles = part.world_triangles()
    a, b = triangles.reshape(-1, 3), np.roll(triangles, -1, axis=1).reshape(-1, 3)
    points = [a[(a[:, 2] >= bottom) & (a[:, 2] <= top)]]
    for z in (bottom, top):
        cross = (a[:, 2] < z) != (b[:, 2] < z)
        t = (z - a[cross, 2]) / (b[cross, 2] - a[cross, 2])
        points.append(a[cross] + t[:, None] * (b[cross] - a[cross]))
    return np.concatenate(points)


def test_aisle_beside_the_torso(hall: Scene) -> None:
    found = check(hall, Walkway("aisle", ((-6.0, -10.0), (-6.0, 10.0)), 2.0))
    width = found["width"]
    assert width.verdict == Verdict.PASS
    assert width.data["limiting_parts"] == ["torso_main/visual0"]
    # The torso stands to the right; free is what lies between it and the left edge at x = -7.
    torso = slab_points(hall.by_id["torso_main/visual0"], 0.004, 2.1)
    assert width.measured == pytest.approx(torso[:, 0].min() + 7.0, abs=1e-9)
    head = found["headroom"]
    assert head.data["limiting_parts"][0].startswith("long_rail_")
    bounds = hall.by_id["long_rail_2/visual0"].bounds
    assert bounds is not None
    assert head.measured == pytest.approx(bounds[0, 2], abs=1e-6)


def test_wall_across_the_way(hall: Scene) -> None:
    found = check(hall, Walkway("through", ((-20.0, -6.5), (0.0, -6.5)), 1.2))
    assert found["width"].verdict == Verdict.FAIL
    assert found["width"].measured == 0.0
    assert found["width"].data["limiting_parts"] == ["warehouse/link/visual/visual"]
    assert found["headroom"].verdict == Verdict.NOT_EVALUATED


def test_wide_way_over_the_whole_floor(hall: Scene) -> None:
    """Most of the hall lies in this strip; the conveyor's slide bar crosses all of it at 0.88 m."""
    found = check(hall, Walkway("all", ((-15.0, 0.0), (0.0, 0.0)), 6.0))
    assert found["width"].measured == 0.0
    assert "slide_bar/visual0" in found["width"].data["limiting_parts"]
