"""Walkways beside doors and drawers: shut, open and in between."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import immersive
from immersive.checks._run import run
from immersive.checks._walkway_doors import _split, _swept, movers
from immersive.findings import Finding, Verdict
from immersive.geometry.vehicle_ways import hull

BOX = '\n[[parts]]\nid = "{}"\nbox_mm = [{}, {}, {}]\nposition_mm = [{}, {}, {}]\n'
AISLE = '\n[[walkways]]\nid = "aisle"\npath_mm = [[0, 0], [6000, 0]]\nwidth_mm = 1200\n'
# The leaf's face to the aisle lies at y = 600, on the aisle's edge; its hinge at (3000, 600).
LEAF = BOX.format("leaf", 800, 1, 2000, 3400, 600.5, 1000)
DOOR = (
    '\n[[doors]]\nid = "d"\nposition_mm = [3400, 600, 0]\nwidth_mm = 800\nheight_mm = 2000\nheading_deg = 90\n'
    'parts = ["leaf"]\nhinge = "left"\nopens = "backward"\nopening_angle_deg = {}\n'
)


def found(folder: Path, text: str, doors: str = "both") -> dict[str, Finding]:
    rule = f'\n[[rules]]\nid = "w"\ncheck = "walkway"\ndoors = "{doors}"\n'
    (folder / "cell.toml").write_text("schema = 1\n" + text + AISLE + rule, encoding="utf-8")
    results = run(immersive.load(folder / "cell.toml"), only=["walkway"])
    return {f.code.partition(".")[2]: f for f in results}


def test_a_leaf_counts_open(tmp_path: Path) -> None:
    width = found(tmp_path, LEAF + DOOR.format(90))["width"]
    # Its free edge stands 800 mm out in the aisle: 400 mm are left.
    assert width.measured == pytest.approx(0.4, abs=1e-6)
    assert width.verdict == Verdict.FAIL
    assert "with d open." in width.message["en"]
    assert "avec d en position ouverte" in width.message["fr"]
    assert width.data["limiting_parts"] == ["leaf"]
    assert [state["width"] for state in width.data["states"]] == pytest.approx([1.2, 0.4], abs=1e-6)


def test_a_leaf_counts_where_it_sweeps_farthest(tmp_path: Path) -> None:
    """Opened by 150° it is out of the way again; at 90° it is not."""
    width = found(tmp_path, LEAF + DOOR.format(150))["width"]
    assert width.measured is not None
    assert 0.0 <= width.measured - (1.2 - 0.8) <= 1.5e-3
    assert width.uncertainty <= 1.5e-3
    assert width.verdict == Verdict.FAIL
    assert "open by 9" in width.message["en"] or "open by 8" in width.message["en"]
    shut, open_, between = (state["width"] for state in width.data["states"])
    assert shut == pytest.approx(1.2)
    assert open_ == pytest.approx(1.2 - 0.8 * np.sin(np.deg2rad(150)), abs=2e-3)
    assert between == pytest.approx(width.measured, abs=1e-8)


def test_each_state_can_be_asked_for(tmp_path: Path) -> None:
    assert found(tmp_path, LEAF + DOOR.format(90), "closed")["width"].verdict == Verdict.PASS
    assert found(tmp_path, LEAF + DOOR.format(90), "open")["width"].measured == pytest.approx(0.4, abs=1e-6)
    out = found(tmp_path, LEAF + DOOR.format(90).replace("backward", "forward"))["width"]
    assert out.verdict == Verdict.PASS
    assert "states" in out.data or out.measured == pytest.approx(1.2)


def test_a_door_that_the_walkway_leads_through_is_opened(tmp_path: Path) -> None:
    leaf = BOX.format("leaf", 40, 1200, 2000, 3000, 0, 1000)
    door = (
        '\n[[doors]]\nid = "d"\nposition_mm = [3000, 0, 0]\nwidth_mm = 1200\nheight_mm = 2000\nparts = ["leaf"]\n'
        'kind = "sliding"\n'
    )
    width = found(tmp_path, leaf + door)["width"]
    assert width.verdict == Verdict.PASS
    assert width.measured == pytest.approx(1.2)
    assert width.data["doors_walked_through"] == ["d"]
    shut = found(tmp_path, leaf + door, "closed")["width"]
    assert shut.measured == 0.0


def test_a_drawer_is_pulled_out(tmp_path: Path) -> None:
    drawer = BOX.format("drawer", 400, 500, 300, 3000, 851, 1000)
    stroke = (
        '\n[[mechanisms]]\nid = "m"\n[[mechanisms.joints]]\nid = "out"\nkind = "slide"\naxis = [0, -1, 0]\n'
        'parts = ["drawer"]\nrange_mm = [0, 450]\n'
    )
    width = found(tmp_path, drawer + stroke)["width"]
    # From y = 601 its front comes to y = 151: 751 mm are left to the other edge.
    assert width.measured == pytest.approx(0.751, abs=1e-6)
    assert width.verdict == Verdict.FAIL
    assert "m open" in width.message["en"]


def test_a_flap_overhead_lowers_the_head_height(tmp_path: Path) -> None:
    """A leaf that opens upwards into the aisle, 1.9 m high, limits the height and not the width."""
    flap = BOX.format("flap", 800, 20, 100, 3000, 650, 1950)
    slide = (
        '\n[[mechanisms]]\nid = "m"\n[[mechanisms.joints]]\nid = "out"\nkind = "slide"\naxis = [0, -1, 0]\n'
        'parts = ["flap"]\nrange_mm = [0, 650]\n'
    )
    # Across the whole aisle, so that nobody gets by beside it.
    wide = flap.replace("800, 20, 100", "800, 1300, 100").replace("3000, 650", "3000, 1260")
    head = found(tmp_path, wide + slide.replace("650", "1260"))["headroom"]
    assert head.verdict == Verdict.FAIL
    assert head.measured == pytest.approx(1.9)
    assert "m open" in head.message["en"]


@given(
    st.floats(0.0, 0.9), st.floats(0.02, 0.4), st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(-0.05, 0.05)),
                                                       min_size=3, max_size=8),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_the_cover_of_a_sweep_holds_the_leaf(a: float, step: float, leaf: list[tuple[float, float]]) -> None:
    """Whatever the leaf's shape, every point of it at every moment lies in the pieces that stand for the sweep."""
    folder_points = np.array(leaf) + np.array([0.3, 0.0])
    mover = _MOVER
    b = min(1.0, a + step)
    centre = mover.axis[0, :2]
    points = centre + folder_points
    groups = [_swept(mover, group, a, b) for group in (_split(points) if len(points) > 2 else [points])]
    for share in np.linspace(a, b, 7):
        pose = next(iter(mover.at(float(share)).values()))
        at = points @ pose[:2, :2].T + pose[:2, 3]
        # Convex combinations, too: the leaf is no set of points.
        inside = [*at, *(0.5 * (at + np.roll(at, 1, axis=0)))]
        for p in inside:
            assert any(_holds(hull(group) if len(group) > 2 else group, p) for group in groups)


def _holds(ring: np.ndarray, p: np.ndarray) -> bool:
    side = np.roll(ring, -1, axis=0) - ring
    cross = side[:, 0] * (p[1] - ring[:, 1]) - side[:, 1] * (p[0] - ring[:, 0])
    return bool((cross >= -1e-9).all())


def _one_mover():  # type: ignore[no-untyped-def]
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "cell.toml"
        path.write_text("schema = 1\n" + LEAF + DOOR.format(120), encoding="utf-8")
        scene = immersive.load(path)
    assert scene.station is not None
    (mover,) = movers(scene, scene.station.doors)
    return mover


_MOVER = _one_mover()
