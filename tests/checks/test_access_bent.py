"""Access around a corner with a bent wrist; and what passes is truly free."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.findings import FigureMark, Finding, Verdict
from immersive.geometry.bodies import Shapes
from immersive.geometry.capsules import capsule_distances, surroundings
from immersive.scene.model import Part
from immersive.scene.ways import AccessPoint
from tests.checks.access_scenes import FLOOR, findings
from tests.checks.walkway_scenes import box

CHANNEL = [
    box("front", (-2, 0, 0), (0, 0.01, 2.5)),
    box("back", (-2, 0.3, 0), (2, 0.31, 2.5)),
    box("side", (0.28, 0, 0), (2, 0.3, 2.5)),
    box("lid", (-2, 0, 2.5), (2, 0.31, 2.6)),
    box("end", (-2, 0, 0), (-1.9, 0.31, 2.6)),
]
"""A channel 290 mm wide behind a wall, open to the front over 280 mm."""


def least_room(parts: list[Part], finding: Finding) -> float:
    """Distance of the figure told of the limb to the nearest part, by another way through the engine."""
    figure = next(mark for mark in finding.marks if isinstance(mark, FigureMark))
    shapes = Shapes()
    bodies = [shapes.body(p.mesh.vertices, p.mesh.faces, p.world_from_mesh) for p in parts]
    rows = np.array([(*c.start, *c.end, c.start_radius, c.end_radius) for c in figure.capsules], np.float64)
    found = capsule_distances(surroundings(b for b in bodies if b is not None), rows)
    return float(found.distance.min())


def test_around_the_corner_with_a_bent_wrist() -> None:
    place = AccessPoint("pin", (-0.14, 0.12, 1.2), limb="fingertip", entry=(0.14, -0.6, 1.2))
    found = findings([FLOOR, *CHANNEL], place)["opening"]
    assert found.verdict == Verdict.PASS
    assert math.degrees(found.data["wrist_bend"]) in (
        pytest.approx(20.0),
        pytest.approx(40.0),
        pytest.approx(60.0),
    )
    assert found.data["way_in_proven"] is True
    assert "wrist bent" in found.message["en"]
    assert "poignet plié" in found.message["fr"]
    assert least_room([FLOOR, *CHANNEL], found) == pytest.approx(found.data["room_each_side"], abs=1e-9)


def test_deeper_around_the_corner_is_closed_or_left_open_but_never_passed() -> None:
    for x in (-0.5, -0.9):
        place = AccessPoint("pin", (x, 0.1, 1.2), limb="fingertip", entry=(0.14, -0.6, 1.2))
        assert findings([FLOOR, *CHANNEL], place)["opening"].verdict != Verdict.PASS


@settings(max_examples=12, deadline=None)
@given(
    x=st.floats(-0.3, 0.3),
    y=st.floats(0.03, 0.27),
    limb=st.sampled_from(["fingertip", "hand", "arm"]),
)
def test_what_passes_is_truly_free(x: float, y: float, limb: str) -> None:
    parts = [FLOOR, *CHANNEL]
    found = findings(parts, AccessPoint("pin", (x, y, 1.2), limb=limb, entry=(0.14, -0.6, 1.2)))
    opening = found["opening"]
    if opening.verdict == Verdict.PASS:
        assert least_room(parts, opening) >= -1e-9
        assert opening.measured is not None
        assert opening.limit is not None
        assert opening.measured >= opening.limit - 1e-9
        assert 0.02 < opening.limit < 0.15
    else:
        assert opening.verdict in (Verdict.FAIL, Verdict.INDETERMINATE, Verdict.NOT_EVALUATED)
