"""Ways, exits, door swings and swept hazards on the floor plan."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from immersive.checks._run import run
from immersive.report._plan_ways import exits, swept
from immersive.report._svg import View
from immersive.report.floorplan import floorplan
from immersive.scene.model import Scene
from immersive.scene.motion import Joint, Mechanism, Motion
from immersive.scene.station import Door, HazardZone, Route, Station, Walkway, Workstation
from tests.checks.walkway_scenes import box
from tests.checks.way_scenes import room, walls


def scene(gap: float, **more: object) -> Scene:
    station = Station(
        walkways=(Walkway("aisle", ((0.0, 0.0), (6.0, 0.0)), 1.2),),
        doors=(Door("out", (6.0, 0.0, 0.0), 1.0, 2.1, kind="opening", exit=True),),
        workstations=(Workstation("s", (0.0, 0.0, 0.0)),),
        routes=(Route("r", (0.0, 0.5), (6.0, 0.0)),),
    )
    return Scene("t", (*walls(gap), room()), station=replace(station, **more))  # type: ignore[arg-type]


def test_what_was_measured_is_drawn_with_its_legend() -> None:
    cell = scene(1.0)
    svg = floorplan(cell, run(cell, only=["walkway", "turning", "escape"]).findings)
    for words in ("Free width (red: too narrow)", "Route", "Way out", "EXIT", "1\u202f000\u00a0mm"):
        assert words in svg
    assert 'fill="#b3161b" fill-opacity="0.13"' not in svg
    bare = floorplan(cell)
    assert "Free width" not in bare
    assert "Way out" not in bare
    french = floorplan(cell, run(cell, only=["walkway", "escape"]).findings, lang="fr")
    assert "SORTIE" in french
    assert "Évacuation" in french


def test_a_narrow_stretch_is_red_and_the_rest_is_not() -> None:
    cell = scene(0.7)
    svg = floorplan(cell, run(cell, only=["walkway"]).findings)
    assert 'fill="#b3161b" fill-opacity="0.13"' in svg
    assert 'fill="#1d7a4a" fill-opacity="0.13"' in svg
    assert "700\u00a0mm" in svg


@pytest.mark.parametrize(
    ("hinge", "opens", "up", "right"),
    [("left", "forward", True, False), ("left", "backward", False, False), ("right", "forward", True, True),
     ("right", "backward", False, True)],
)  # fmt: skip
def test_a_door_is_drawn_as_it_opens(hinge: str, opens: str, up: bool, right: bool) -> None:
    """Walked through northwards: left is west; forward is up the page."""
    door = Door("d", (3.0, 0.0, 0.0), 1.0, 2.0, heading=math.pi / 2, hinge=hinge, opens=opens)
    svg = floorplan(scene(1.0, doors=(door,)))
    start = re.search(r'<path d="M([\d.]+) ([\d.]+)A[\d. ]+ 0 0 ([01]) ([\d.]+) ([\d.]+)"', svg)
    assert start is not None
    shut_x, shut_y, sweep, leaf_x, leaf_y = (float(v) for v in start.groups())
    assert (leaf_y < shut_y) == up
    # The free edge ends above its hinge: to the left of where it was if the hinge is on the left.
    assert (leaf_x > shut_x) == right
    assert sweep == (0.0 if (hinge == "left") == (opens == "forward") else 1.0)


def test_a_motion_is_drawn_where_it_sweeps() -> None:
    """An arm of a metre that turns by 90° about the origin: a quarter of a disc."""
    arm = box("arm", (0.0, -0.01, 0.9), (1.0, 0.01, 1.0))
    joint = Joint("j", "turn", 0, 1, np.eye(4), np.array([0.0, 0.0, 1.0]), 0.0, math.pi / 2, 0)
    machine = Mechanism(
        "m", "mechanisms", ("base", "arm"), (joint,), ("j",), np.zeros(1), np.eye(4), {"arm": 1}
    )
    motion = Motion("swing", "m", np.array([0.0, 1.0]), np.array([[0.0], [math.pi / 2]]))
    cell = Scene("t", (arm,), mechanisms=(machine,), motions=(motion,))
    shape = swept(cell, HazardZone("z", motion="swing"))
    assert shape.area == pytest.approx(math.pi / 4 + 2 * 0.01 * 1.0, rel=0.01)
    assert swept(cell, HazardZone("z", motion="other")).is_empty


@pytest.mark.parametrize("heading", [0.0, math.pi / 2.0, math.pi, -math.pi / 2.0])
def test_an_exit_at_the_edge_has_its_whole_sign_in_the_picture(heading: float) -> None:
    view = View(left=0.0, top=4.0, scale=50.0, x=10.0, y=20.0, width=300.0, height=200.0)
    u, v = 3.0 + 3.0 * math.cos(heading), 2.0 + 2.0 * math.sin(heading)
    (sign, _) = exits(view, [Door("out", (u, v, 0.0), 1.0, 2.1, heading=heading, exit=True)], "fr")
    x, y, wide, high = (
        float(re.search(rf' {name}="([-\d.]+)"', sign)[1]) for name in ("x", "y", "width", "height")
    )  # type: ignore[index]
    assert view.x <= x
    assert x + wide <= view.x + view.width
    assert view.y <= y
    assert y + high <= view.y + view.height
