"""Room for the legs, against tables and walls whose gaps follow from the capsules' own extents."""

from __future__ import annotations

import numpy as np
import pytest

from immersive.human.kinematics import figure
from immersive.human.leg_room import FAR, LegRoom, leg_room
from immersive.human.obstacles import SOLE
from immersive.human.posing import Stance
from immersive.human.skeleton import SEGMENT
from immersive.human.stance import rest
from immersive.human.volume import capsules_of, place
from immersive.scene.model import Part, Role
from tests.human.cells import NORTH, box, cell, some

SEATED = Stance((0.0, 0.0, 0.0), NORTH, "sitting", seat_height=0.45)
PEOPLE, LINKS = some("F05", "M95")
SHAPE = capsules_of(PEOPLE, LINKS)


def _room(*parts: Part, stance: Stance = SEATED) -> LegRoom:
    return leg_room(PEOPLE, LINKS, SHAPE, stance, cell(*parts))


def _extent(segments: tuple[str, ...], axis: int, sign: float, stance: Stance = SEATED) -> np.ndarray:
    """(n,) how far the capsules of some segments reach along an axis: by hand, ends and radii."""
    angles, root = rest(LINKS, stance)
    ends = place(SHAPE, figure(LINKS, angles, root))
    which = np.isin(SHAPE.segment, [SEGMENT[name] for name in segments])
    radii = np.stack([SHAPE.start_radius, SHAPE.end_radius], axis=2)
    return (sign * ends[:, which][..., axis] + radii[:, which]).max(axis=(1, 2))


THIGHS = ("right_thigh", "left_thigh")
FEET = ("right_foot", "left_foot")


def test_height_above_the_thighs() -> None:
    top = _extent(THIGHS, 2, 1.0)
    table = box("table", (-1, -1, 0.85), (1, 2, 0.9))
    room = _room(table)
    # A table over the whole lap: the thighs' highest point is what meets it.
    assert room.above_thighs.way == pytest.approx(0.85 - top, abs=1e-3)
    assert room.thigh_top == pytest.approx(top, abs=1e-9)
    assert room.underside == pytest.approx(0.85, abs=1e-3)
    assert room.above_thighs.part == ("table", "table")
    assert room.cuts == ((), ())
    # The witness lies on the table.
    assert room.above_thighs.point[:, 2] == pytest.approx(0.85, abs=1e-6)


def test_too_low_a_table_is_cut_and_named() -> None:
    top = _extent(THIGHS, 2, 1.0)
    room = _room(box("table", (-1, -1, top.min() - 0.04), (1, 2, top.min() + 0.02)))
    assert (room.above_thighs.way == 0.0).all()
    for cuts in room.cuts:
        assert cuts
        assert {one.part for one in cuts} == {"table"}
        assert cuts[0].depth > 0.02


@pytest.mark.parametrize("heading", [NORTH, 0.0, -2.0])
def test_depths_from_the_table_edge(heading: float) -> None:
    """A table whose edge is at 0.2 m, a panel at 0.9 m: the knee depth is what lies between, whoever sits."""
    stance = Stance((0.0, 0.0, 0.0), heading, "sitting", seat_height=0.45)
    parts = [
        box("table", (-0.6, 0.2, 0.86), (0.6, 1.2, 0.9)),
        box("panel", (-0.6, 0.9, 0.45), (0.6, 0.92, 0.86)),
        box("wall", (-2, 1.1, 0.0), (2, 1.15, 0.35)),
    ]
    room = _room(*[_turned(part, heading - NORTH) for part in parts], stance=stance)
    assert room.edge == pytest.approx(0.2, abs=2e-3)
    assert room.knee_depth == pytest.approx(0.7, abs=3e-3)
    assert room.foot_depth == pytest.approx(0.9, abs=3e-3)
    assert room.before_knees.part == ("panel", "panel")
    assert room.before_feet.part == ("wall", "wall")
    assert room.toe_front == pytest.approx(_extent(FEET, 1, 1.0), abs=5e-3)


def _turned(part: Part, by: float) -> Part:
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(by), -np.sin(by)], [np.sin(by), np.cos(by)]]
    return Part(part.id, part.name, part.path, part.mesh, turn @ part.world_from_mesh, role=part.role)


def test_width_is_between_the_walls() -> None:
    walls = [box("left", (-0.45, -1, 0), (-0.4, 2, 1)), box("right", (0.35, -1, 0), (0.4, 2, 1))]
    room = _room(*walls)
    assert room.width == pytest.approx(0.75, abs=2e-3)
    assert room.right_of_knees.part == ("right", "right")
    assert room.left_of_knees.part == ("left", "left")
    assert np.isinf(room.before_knees.way).all()


def test_floor_seat_and_mat_are_no_obstacles() -> None:
    free = _room(box("far", (50, 50, 50), (51, 51, 51)))
    assert np.isinf(free.above_thighs.way).all()
    assert np.isnan(free.edge).all()
    parts = [
        box("floor", (-3, -3, -0.1), (3, 3, 0.0), Role.FLOOR),
        box("mat", (-1, -1, 0.0), (1, 1, 0.9 * SOLE)),
        box("stool/seat", (-0.2, -0.2, 0.40), (0.2, 0.2, 0.45)),
        box("stool/back", (-0.2, -0.25, 0.45), (0.2, -0.2, 0.9)),
        box("stool/ring", (-0.25, -0.25, 0.1), (0.25, 0.5, 0.4)),
    ]
    room = _room(*parts)
    assert room.cuts == ((), ())
    assert np.isinf(room.before_feet.way).all()
    # The same ring as a part of its own is in the way of the feet of people who sit on the seat.
    alone = _room(*parts[:3], box("ring", (-0.25, 0.3, 0.1), (0.25, 0.5, 0.4)))
    assert any(alone.cuts)


def test_standing_has_toe_room_and_no_table() -> None:
    stance = Stance((0.0, 0.0, 0.0), NORTH, "standing")
    plinth = box("plinth", (-1, 0.3, 0.0), (1, 0.9, 0.15))
    bench = box("bench", (-1, 0.2, 0.7), (1, 0.9, 0.9))
    room = _room(plinth, bench, stance=stance)
    assert np.isnan(room.above_thighs.way).all()
    assert room.before_feet.way == pytest.approx(0.3 - _extent(FEET, 1, 1.0, stance), abs=1e-2)
    assert room.before_feet.part == ("plinth", "plinth")
    assert (room.before_knees.way < FAR).all()
