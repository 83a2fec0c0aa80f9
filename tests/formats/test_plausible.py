"""Sizes that cannot be: a 2 km robot, a 0.9 mm table; and the unit that was probably meant."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from immersive.formats._plausible import ASSEMBLY_SIZE, PLAUSIBLE_SIZE, intended_units, size_notices
from immersive.geometry.frames import rotation_rpy, scaling
from immersive.scene.model import Mesh, Notice, Part, Role, Source
from immersive.units import LENGTH_UNITS
from tests.formats.plain_files import TETRA, TETRA_FACES

MESH = Mesh(TETRA, TETRA_FACES)


def part(
    size: float, role: Role = Role.OTHER, *, name: str = "p", source: str = "a.stl", unit: str = "m"
) -> Part:
    """A part of that many metres, of a mesh in ``unit``."""
    raw = Mesh(TETRA * (size / LENGTH_UNITS[unit]), TETRA_FACES)
    return Part(name, name, (name,), raw, scaling(LENGTH_UNITS[unit]), role=role, source=source)


def judge(*parts: Part, unit: str = "m") -> tuple[Notice, ...]:
    return size_notices(parts, Source("a.stl", "", 0, "stl", unit, "layout"))


@pytest.mark.parametrize(
    ("size", "unit", "role", "likely"),
    [
        (2000.0, "m", Role.ROBOT, "mm"),  # a 2 km robot
        (0.0009, "mm", Role.FURNITURE, "m"),  # a 0.9 mm table
        (0.0009, "mm", Role.OTHER, "m"),
        (0.002, "mm", Role.FENCE, "m"),  # a 2 m fence of 2 mm
        (452.0, "m", Role.ROBOT, "mm"),  # robot_link_in_mm.stl
        (17.8, "m", Role.ROBOT, "in"),  # robot_link_in_inch.stl: 18 mm would be no link
        (20.0, "m", Role.OTHER, "mm"),  # 20mm-xyz-cube.stl
        (4572.0, "m", Role.WALL, "mm"),  # large_block.STL: 15 ft
        (4572.0, "m", Role.OTHER, "mm"),
        (0.02, "in", Role.FURNITURE, "m"),
        (80.0, "m", Role.CONTAINER, "mm"),
        (0.0254, "mm", Role.CABINET, None),
    ],
)
def test_implausible_sizes_and_the_unit_meant(size: float, unit: str, role: Role, likely: str | None) -> None:
    (notice,) = judge(part(size, role, unit=unit), unit=unit)
    assert notice.code == "unit-implausible"
    if likely is not None:
        assert notice.data["likely_unit"] == likely
        assert f"Probably {likely} is meant" in notice.text["en"]
        assert f"probablement {likely}" in notice.text["fr"]
    assert notice.data["size"] == pytest.approx(size)
    assert notice.subject == "p"


@pytest.mark.parametrize(
    ("size", "role"),
    [
        (1.3, Role.ROBOT), (0.05, Role.ROBOT), (3.5, Role.ROBOT), (0.9, Role.FURNITURE), (2.0, Role.FENCE),
        (30.0, Role.FENCE), (0.008, Role.WORKPIECE), (12.0, Role.WORKPIECE), (60.0, Role.FLOOR), (120.0, Role.WALL),
        (40.0, Role.CONVEYOR), (0.03, Role.OTHER), (8.0, Role.OTHER), (0.15, Role.TOOL), (0.4, Role.CONTAINER),
    ],
)  # fmt: skip
def test_real_things_are_plausible(size: float, role: Role) -> None:
    assert judge(part(size, role)) == ()


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_band_that_a_wrong_unit_leaves(role: Role) -> None:
    low, high = PLAUSIBLE_SIZE[role]
    typical = np.sqrt(low * high)
    assert judge(part(typical, role)) == ()
    if high / low <= 1e4:
        assert judge(part(typical * 1000, role))
        assert judge(part(typical / 1000, role))


def test_small_screws_in_an_assembly_are_fine() -> None:
    frame = part(2.0, Role.FENCE, name="frame")
    screws = [part(0.004, Role.FENCE, name=f"screw{i}") for i in range(20)]
    assert judge(frame, *screws) == ()


def test_an_assembly_is_judged_as_a_whole() -> None:
    parts = [part(500.0, name="a"), part(900.0, name="b")]
    (notice,) = judge(*parts)
    assert notice.subject is None
    assert notice.data["likely_unit"] == "mm"
    assert notice.data["plausible"] == list(ASSEMBLY_SIZE)


def test_a_hall_of_many_parts_is_fine() -> None:
    assert judge(*[part(30.0, name=f"wall{i}") for i in range(4)]) == ()


def test_a_file_placed_with_the_wrong_unit_is_found_among_others() -> None:
    """As in a placement where one part is said to be in mm though its file is in metres."""
    good = part(2.0, Role.MACHINE, name="press", source="press.stl")
    bad = part(0.002, Role.FENCE, name="fence", source="fence.stl", unit="mm")
    tiny = part(0.0015, Role.OTHER, name="thing", source="thing.stl", unit="mm")
    found = judge(good, bad, tiny)
    assert [(item.subject, item.file, item.data["unit"], item.data["likely_unit"]) for item in found] == [
        ("fence", "fence.stl", "mm", "m"),
        ("thing", "thing.stl", "mm", "m"),
    ]


def test_turning_a_part_does_not_change_what_is_said() -> None:
    """The part's own box is judged: a beam of 14.9 m across the diagonal is no longer than that."""
    for angles in itertools.product((0.0, 0.7, 2.0), repeat=3):
        turned = Part("p", "p", ("p",), MESH, rotation_rpy(*angles) @ scaling(14.9), source="a.stl")
        assert judge(turned) == ()


@given(
    size=st.floats(1e-6, 1e6),
    unit=st.sampled_from(["m", "mm", "cm", "in", "ft"]),
    role=st.sampled_from(list(Role)),
)
def test_every_unit_proposed_makes_the_size_plausible(size: float, unit: str, role: Role) -> None:
    band = PLAUSIBLE_SIZE[role]
    for other in intended_units(size, unit, band):
        assert other != unit
        assert band[0] <= size / LENGTH_UNITS[unit] * LENGTH_UNITS[other] <= band[1]


def test_nothing_solid_nothing_said() -> None:
    empty = Mesh(np.empty((0, 3)), np.empty((0, 3), np.int32))
    assert judge(Part("p", "p", ("p",), empty, np.eye(4), source="a.stl")) == ()
