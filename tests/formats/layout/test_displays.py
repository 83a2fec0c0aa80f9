"""What a layout says about a display arrives in metres, and what makes no sense is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from immersive.errors import LayoutError
from immersive.formats.load import load
from immersive.scene.station import Display

LAYOUT = """
schema = 1

[[parts]]
id = "screen"
box_mm = [400, 20, 300]

[[workstations]]
id = "desk"
position_mm = [0, -600, 0]

[[workstations.displays]]
id = "screen"
position_mm = [0, -10, 0]
{more}
"""


def read(folder: Path, more: str) -> Display:
    file = folder / "desk.toml"
    file.write_text(LAYOUT.format(more=more), encoding="utf-8")
    station = load(file).station
    assert station is not None
    return station.workstations[0].displays[0]


def test_a_display_may_be_a_place_alone(tmp_path: Path) -> None:
    found = read(tmp_path, "")
    assert (found.position, found.parts, found.size, found.normal) == ((0.0, -0.01, 0.0), (), None, None)
    assert found.origin.key == "workstations[0].displays[0]"


def test_size_parts_and_normal_arrive_in_memory_units(tmp_path: Path) -> None:
    found = read(tmp_path, 'parts = ["screen"]\nsize_cm = [40, 30]\nnormal = [0, -3, 4]')
    assert found.size == pytest.approx((0.4, 0.3))
    assert found.normal == pytest.approx((0.0, -0.6, 0.8))
    assert found.parts == ("screen",)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("normal = [0, -1, 0]", "makes sense only together with 'size_mm'"),
        ("size_mm = [40]", "size_mm"),
        ("size_mm = [40, 0]", "size_mm"),
        ("size_mm = [40, 30]\nnormal = [0, 0, 0]", "all zeros"),
    ],
)
def test_nonsense_is_refused(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(LayoutError, match=said):
        read(tmp_path, more)
