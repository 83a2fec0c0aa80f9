"""What a hazard zone is in space."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import immersive
from immersive.checks._base import Context
from immersive.checks._hazards import Hazard, hazard_of
from immersive.scene.station import Rule

PARTS = """
[[parts]]
id = "frame"
box_mm = [100, 100, 100]
position_mm = [0, 0, 1000]
[[parts]]
id = "arm"
box_mm = [1000, 100, 100]
position_mm = [500, 0, 0]
[[mechanisms]]
id = "swing"
[[mechanisms.joints]]
id = "turn"
kind = "turn"
axis = [0, 0, 1]
origin_mm = [0, 0, 0]
parts = ["arm"]
range_deg = [0, 90]
[[hazard_zones]]
id = "zone"
"""


def hazard(folder: Path, zone: str, **options: float) -> Hazard:
    (folder / "cell.toml").write_text(PARTS + zone, encoding="utf-8")
    scene = immersive.load(folder / "cell.toml")
    assert scene.station is not None
    return hazard_of(Context(scene, Rule("r", "c")), scene.station.hazard_zones[0], **options)


def test_a_box_is_a_closed_body(tmp_path: Path) -> None:
    made = hazard(tmp_path, "box_mm = [[100, 0, 0], [0, 200, 300]]\n")
    assert made.bounds == pytest.approx(np.array([[0.0, 0.0, 0.0], [0.1, 0.2, 0.3]]))
    assert made.ids == ("",)
    assert made.margin == 0.0
    assert made.bodies[0].shape.shells.all_closed


def test_parts_are_taken_where_they_stand(tmp_path: Path) -> None:
    made = hazard(tmp_path, 'select = ["arm", "frame"]\n')
    assert set(made.ids) == {"arm", "frame"}
    assert np.isnan(made.times).all()
    assert made.bounds == pytest.approx(np.array([[-0.05, -0.05, -0.05], [1.0, 0.05, 1.05]]))


@pytest.mark.parametrize("margin", [0.05, 0.01])
def test_the_swept_region_lies_within_the_margin_of_the_samples(tmp_path: Path, margin: float) -> None:
    made = hazard(tmp_path, 'motion = "swing:stroke"\n', margin=margin)
    assert 0.0 < made.margin <= margin
    assert set(made.ids) == {"arm"}
    # The tip's circle, of which no point is farther from a sample than the margin.
    tips = np.concatenate([made.corners(k).reshape(-1, 3) for k in range(len(made.bodies))])
    radius = np.hypot(1.0, 0.05)
    for angle in np.linspace(0.0, 0.5 * np.pi, 333) + np.arctan2(0.05, 1.0):
        point = radius * np.array([np.cos(angle), np.sin(angle), 0.0]) + [0.0, 0.0, 0.05]
        assert np.linalg.norm(tips - point, axis=1).min() <= made.margin + 1e-12
    assert (made.bounds[0] <= [-0.05, -0.05, -0.05]).all()
    assert (made.bounds[1] >= [radius, radius, 0.05]).all()


def test_what_is_selected_with_a_motion_but_does_not_move_counts_where_it_stands(tmp_path: Path) -> None:
    made = hazard(tmp_path, 'motion = "swing:stroke"\nselect = ["frame", "arm"]\n')
    still = [k for k, id_ in enumerate(made.ids) if id_ == "frame"]
    assert len(still) == 1
    assert np.isnan(made.times[still[0]])
    assert len(made.ids) > 5


def test_what_cannot_be_made_is_told(tmp_path: Path) -> None:
    whole = hazard(tmp_path, 'select = ["arm"]\n').zone
    (tmp_path / "cell.toml").write_text(PARTS + 'select = ["arm"]\n', encoding="utf-8")
    context = Context(immersive.load(tmp_path / "cell.toml"), Rule("r", "c"))
    made = hazard_of(context, replace(whole, id="z", select=("arm", "nothing")))
    assert [one.subject for one in made.missing] == ["z"]
    assert "nothing" in made.missing[0].reason["fr"]
    flat = hazard_of(context, replace(whole, id="y", select=(), box=((0, 0, 0), (0, 1, 1))))
    assert not flat.bodies
    assert flat.missing
    still = hazard_of(context, replace(whole, id="x", select=(), motion="none"))
    assert not still.bodies
    assert still.missing


def test_a_body_has_the_same_samples_alone_and_with_others(tmp_path: Path) -> None:
    """Bodies of one motion are halved together; each must come out as if it were alone."""
    more = PARTS.replace(
        "[[mechanisms]]",
        '[[parts]]\nid = "hand"\nbox_mm = [60, 60, 60]\nposition_mm = [3000, 0, 0]\n[[mechanisms]]', 1
    ).replace('parts = ["arm"]', 'parts = ["arm", "hand"]')  # fmt: skip
    (tmp_path / "cell.toml").write_text(more + 'motion = "swing:stroke"\n', encoding="utf-8")
    scene = immersive.load(tmp_path / "cell.toml")
    assert scene.station is not None
    zone = scene.station.hazard_zones[0]
    both = hazard_of(Context(scene, Rule("r", "c")), zone)
    # The hand turns farther out: it needs more samples than the arm.
    counts = []
    for name in ("arm", "hand"):
        alone = hazard_of(Context(scene, Rule("r", "c")), replace(zone, select=(name,)))
        mine = [k for k, id_ in enumerate(both.ids) if id_ == name]
        assert set(alone.ids) == {name}
        assert both.times[mine] == pytest.approx(alone.times, abs=0.0)
        assert both.margins[mine] == pytest.approx(alone.margins, abs=1e-15)
        assert (np.diff(alone.times) > 0.0).all()
        for k, body in zip(mine, alone.bodies, strict=True):
            assert np.abs(both.bodies[k].origin - body.origin).max() <= 1e-15
        counts.append(len(mine))
    assert counts[1] > counts[0] > 10
