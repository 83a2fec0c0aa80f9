"""A work point says where its load goes, and for how long people lift."""

from __future__ import annotations

from pathlib import Path

import pytest

from immersive.errors import LayoutError
from immersive.formats.load import load

HEAD = """
schema = 1
name = "lifts"

[[parts]]
id = "floor"
box_mm = [1000, 1000, 10]

[[workstations]]
id = "bench"
position_mm = [0, 0, 0]

[[workstations.work_points]]
id = "pallet"
position_mm = [0, 400, 300]
hand = "both"
load_kg = 8
{more}

[[workstations.work_points]]
id = "belt"
position_mm = [0, 400, 900]
"""


def layout(tmp_path: Path, more: str) -> Path:
    path = tmp_path / "cell.toml"
    path.write_text(HEAD.format(more=more), encoding="utf-8")
    return path


def test_destination_and_lifting_time(tmp_path: Path) -> None:
    scene = load(layout(tmp_path, 'to = "belt"\ncontrol_at_destination = false\nlift_duration_h = 1.5'))
    assert scene.station is not None
    pallet, belt = scene.station.workstations[0].work_points
    assert (pallet.to, pallet.control_at_destination, pallet.lift_duration) == ("belt", False, 5400.0)
    assert (belt.to, belt.control_at_destination, belt.lift_duration) == ("", True, None)


@pytest.mark.parametrize(
    ("more", "said"),
    [('to = "bel"', "did you mean 'belt'"), ('to = "pallet"', "cannot be lifted to where it lies")],
)
def test_a_destination_that_is_none(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(LayoutError, match=said) as caught:
        load(layout(tmp_path, more))
    assert "workstations[0].work_points[0].to" in str(caught.value)
