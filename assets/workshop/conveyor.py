"""Belt conveyor modules: slotted side frames, belt round two pulleys, legs, drive, side guides."""

from __future__ import annotations

import math

import numpy as np

from workshop.glb import Node
from workshop.shapes import FloatArray, Shape, along, bar, box, cylinder, join, lathe, prism, ring_prism
from workshop.station import ALUMINIUM, DARK, STEEL

BELT_TOP = 900.0
PULLEY = 40.0


def _stadium(half: float, r: float, n: int = 10) -> FloatArray:
    right = [(half + r * math.cos(a), r * math.sin(a)) for a in np.linspace(-math.pi / 2, math.pi / 2, n + 1)]
    return np.array(right + [(-x, -z) for x, z in right])


def _side_frame(length: float) -> Shape:
    """The beam at y = 220…260: a 40 x 110 profile with two slots outside."""
    slot = [
        (0, 780),
        (40, 780),
        (40, 802),
        (33, 802),
        (33, 812),
        (40, 812),
        (40, 858),
        (33, 858),
        (33, 868),
        (40, 868),
    ]
    outline = np.array([*slot, (40, 890), (0, 890)], np.float64)
    return along("x", prism(outline + np.array([220.0, 0.0]), -length / 2, length / 2))


def conveyor(length: float = 2000.0, *, drive: bool = True) -> list[Node]:
    """A module along X, belt 400 wide at 900 mm; origin on the floor under its middle.

    Guides are 420 apart. ``drive`` adds motor and gearbox on the +Y side.
    """
    half = length / 2
    centre = BELT_TOP - 3 - PULLEY
    run = half - 50
    belt = ring_prism(_stadium(run, PULLEY + 3), _stadium(run, PULLEY), -200, 200)
    # The loop is drawn in (x, z) and pulled along -y.
    belt = Shape(np.stack([belt.v[:, 0], belt.v[:, 2], belt.v[:, 1]], axis=1), belt.f[:, ::-1]).moved(
        z=centre
    )
    pulley = join(cylinder(PULLEY - 0.5, -205, 205, 28, 2, "y"), *_shaft_ends())
    leg_x = half - 300
    leg = _leg()
    guide = _guide(length)
    nodes = [
        Node("side_left", _side_frame(length), ALUMINIUM),
        Node("side_right", _side_frame(length).mirrored("y"), ALUMINIUM),
        Node("belt", belt, "#2b3a35"),
        Node("slider_bed", _bed(run), STEEL),
        Node("pulley_in", pulley, STEEL, at=(-run, 0, centre)),
        Node("pulley_out", pulley, STEEL, at=(run, 0, centre)),
        Node("leg_in", leg, ALUMINIUM, at=(-leg_x, 0, 0)),
        Node("leg_out", leg, ALUMINIUM, at=(leg_x, 0, 0)),
        Node("guide_left", guide, "#4a7fb5"),
        Node("guide_right", guide.mirrored("y"), "#4a7fb5"),
    ]
    if drive:
        gearbox = join(box(-70, 70, 150, 218, 640, 775, 6), box(-40, 40, 160, 260, 775, 780))
        motor = join(
            cylinder(58, -60, 150, 28, 4, "y").moved(z=705),
            cylinder(52, -100, -60, 28, 3, "y").moved(z=705),
        )
        nodes += [
            Node("gearbox", gearbox, "#3f6f8f", at=(120, 0, 0)),
            Node("motor", motor, "#3f6f8f", at=(120, 0, 0)),
        ]
    return nodes


def _shaft_ends() -> list[Shape]:
    return [cylinder(10, 205, 220, 14, 0, "y"), cylinder(10, -220, -205, 14, 0, "y")]


def _bed(run: float) -> Shape:
    """The sheet under the upper run of the belt, on cross members between the side frames."""
    sheet = box(-run + 60, run - 60, -199, 199, 894, 897)
    count = max(2, round(run / 300))
    places = np.linspace(-run + 120, run - 120, count)
    members = [box(x - 20, x + 20, -220, 220, 862, 894) for x in places]
    return join(sheet, *members)


def _leg() -> Shape:
    posts = [bar("z", 30, 780, 0, y) for y in (-240, 240)]
    ties = [bar("y", -220, 220, z, 0) for z in (200, 580)]
    feet = [lathe([(30, 0), (30, 6), (8, 12), (8, 30)], 16).moved(y=y) for y in (-240, 240)]
    return join(*posts, *ties, *feet)


def _guide(length: float) -> Shape:
    """Rail at y = 210…220, z = 925…955, on brackets from the side frame."""
    rail = box(-length / 2 + 10, length / 2 - 10, 210, 220, 925, 955, 2)
    brackets = []
    for x in np.linspace(-length / 2 + 150, length / 2 - 150, 3):
        outline = [(236, 890), (252, 890), (252, 948), (220, 948), (220, 932), (236, 932)]
        brackets.append(along("x", prism(np.array(outline, np.float64), x - 12, x + 12)))
    return join(rail, *brackets)


def end_stop() -> list[Node]:
    """A stop across the belt's end: plate between the guides with rubber pads. Origin on the belt."""
    plate = box(0, 10, -210, 210, 4, 60, 1.5)
    pads = join(*[cylinder(16, -14, 0, 20, 2, "x").moved(y=y, z=30) for y in (-90, 90)])
    return [Node("plate", plate, "#e8b923"), Node("pads", pads, DARK)]


def tunnel(length: float = 500.0) -> list[Node]:
    """Sheet-metal tunnel round the belt where it passes a fence, 340 mm clear height over the belt.

    Origin on the floor under its middle, along X. The sides rest on the conveyor's side frames.
    """
    t = 2.0
    outline = [
        (-290, 780),
        (-290 + t, 780),
        (-290 + t, 1240 - t),
        (290 - t, 1240 - t),
        (290 - t, 780),
        (290, 780),
    ]
    outline += [(290, 1240), (-290, 1240)]
    shell = along("x", prism(np.array(outline, np.float64), -length / 2, length / 2))
    rims = [box(s * (length / 2) - 8, s * (length / 2) + 8, -300, 300, 1240, 1252, 2) for s in (-1, 1)]
    ledges = [box(-60, 60, s * 274 - 14, s * 274 + 14, 800, 840) for s in (-1, 1)]
    return [
        Node("shell", shell, "#d8b020"),
        Node("rims", join(*rims), DARK),
        Node("ledges", join(*ledges), STEEL),
    ]
