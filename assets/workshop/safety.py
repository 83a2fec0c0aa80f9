"""Guarding: fence posts and panels, interlocked door, light curtain, signal tower, operator panel."""

from __future__ import annotations

import math

import numpy as np

from workshop.glb import Node
from workshop.shapes import Shape, along, box, cylinder, join, lathe, prism, rectangle, ring_prism, rounded
from workshop.station import DARK, GREEN, RED, STEEL, YELLOW

POST = 60.0
BOTTOM, TOP = 80.0, 2200.0
WIRE = 4.0
MESH_GREY = "#3f464d"


def fence_post() -> list[Node]:
    """Square post 60 x 60 x 2200 on a base plate with four anchors. Origin on the floor."""
    plate = prism(rounded(160, 110, 8), 0, 10, 1)
    tube = box(-30, 30, -30, 30, 10, TOP - 6, 3)
    cap = box(-30, 30, -30, 30, TOP - 6, TOP, 2)
    anchors = [cylinder(8, 10, 22, 6, 1).moved(x=x, y=y) for x in (-62, 62) for y in (-38, 38)]
    return [Node("post", join(plate, tube), YELLOW), Node("cap", join(cap, *anchors), DARK)]


def _frame(x0: float, x1: float, z0: float, z1: float, width: float = 20, half: float = 15) -> Shape:
    outer = rectangle(x0, x1, z0, z1)
    inner = rectangle(x0 + width, x1 - width, z0 + width, z1 - width)
    upright = ring_prism(outer, inner, -half, half)
    return Shape(upright.v[:, [0, 2, 1]], upright.f[:, ::-1])


def _wires(x0: float, x1: float, z0: float, z1: float, across: float = 40.0, up: float = 40.0) -> list[Shape]:
    """Welded grid: upright wires every ``across`` mm, level wires every ``up``, lying on one another.

    Squares of 36 mm clear: ISO 13857 asks 200 mm behind them, where long slots of that width need 850.
    """
    columns, rows = max(2, round((x1 - x0) / across)), max(1, round((z1 - z0) / up))
    wires = [
        box(x - WIRE / 2, x + WIRE / 2, 0, WIRE, z0, z1)
        for x in (x0 + (x1 - x0) * i / columns for i in range(1, columns))
    ]
    wires += [
        box(x0, x1, -WIRE, 0, z - WIRE / 2, z + WIRE / 2)
        for z in (z0 + (z1 - z0) * i / rows for i in range(1, rows))
    ]
    return wires


def _brackets(x0: float, x1: float, pitch: float, heights: tuple[float, ...]) -> list[Shape]:
    """Blocks that fill the gap between a panel and the faces of its posts."""
    face = pitch / 2 - POST / 2
    blocks = []
    for z in heights:
        blocks += [box(-face, x0, -12, 12, z - 20, z + 20), box(x1, face, -12, 12, z - 20, z + 20)]
    return blocks


def fence_panel(pitch: float) -> list[Node]:
    """Mesh panel for posts ``pitch`` apart, 80…2200 mm above the floor; origin on the floor, along X."""
    x = pitch / 2 - POST / 2 - 12
    parts = [_frame(-x, x, BOTTOM, TOP), *_wires(-x + 20, x - 20, BOTTOM + 20, TOP - 20)]
    return [Node("panel", join(*parts, *_brackets(-x, x, pitch, (400, 1100, 1800))), MESH_GREY)]


def fence_panel_opening(
    pitch: float = 1000.0, width: float = 600.0, z0: float = 775.0, z1: float = 1260.0
) -> list[Node]:
    """Mesh panel with a framed window for a conveyor, sheets beside it; the window is ``width`` wide, z0…z1 clear."""
    x, h, w = pitch / 2 - POST / 2 - 12, width / 2, 20.0
    fields = [
        _frame(-x, x, BOTTOM, z0),
        _frame(-x, x, z1, TOP),
        _frame(-x, -h, z0, z1, (x - h) / 4, 14),
        _frame(h, x, z0, z1, (x - h) / 4, 14),
        box(-x, -h, -1.5, 1.5, z0, z1),
        box(h, x, -1.5, 1.5, z0, z1),
    ]
    wires = [*_wires(-x + w, x - w, BOTTOM + w, z0 - w), *_wires(-x + w, x - w, z1 + w, TOP - w)]
    return [Node("panel", join(*fields, *wires, *_brackets(-x, x, pitch, (400, 1100, 1800))), MESH_GREY)]


def fence_door(pitch: float = 1000.0) -> list[Node]:
    """Hinged door between posts ``pitch`` apart, hinges at -X, switch at +X, opening towards -Y (outside)."""
    face = pitch / 2 - POST / 2
    x0, x1 = -face + 22, face - 18
    rail = box(x0 + 30, x1 - 30, -15, 15, 1060, 1100)
    leaf = join(
        _frame(x0, x1, BOTTOM, TOP, 30), rail, *_wires(x0 + 30, x1 - 30, BOTTOM + 30, 1060),
        *_wires(x0 + 30, x1 - 30, 1100, TOP - 30),
    )  # fmt: skip
    hinge = join(
        cylinder(9, -60, 60, 16, 2).moved(x=-face + 11, y=-10),
        box(-face, -face + 3, -6, 20, -45, 45),
        box(x0 - 3, x0, -6, 20, -45, 45),
    )
    grip = _handle(150).moved(x1 - 60, -15, 1080)
    switch = join(
        box(face + 8, face + 50, -62, -30, 1300, 1420, 3), cylinder(8, 1270, 1300, 12).moved(face + 29, -46)
    )
    key = join(box(x1 - 34, x1 - 2, -48, -15, 1340, 1380, 2), box(x1 - 2, x1 + 22, -44, -38, 1352, 1368, 0))
    return [
        Node("leaf", leaf, MESH_GREY),
        Node("hinge_low", hinge, STEEL, at=(0, 0, 500)),
        Node("hinge_high", hinge, STEEL, at=(0, 0, 1700)),
        Node("handle", grip, DARK),
        Node("switch", switch, YELLOW),
        Node("switch_key", key, RED),
    ]


def _handle(length: float) -> Shape:
    """A bow handle towards -Y about the origin, upright."""
    from workshop.shapes import pipe

    h = length / 2
    return pipe([(0, 0, -h), (0, -45, -h), (0, -45, h), (0, 0, h)], 8, 10)


def light_curtain() -> list[Node]:
    """One half of a light curtain on a floor stand, optics towards +X, field 200…2000 mm. Origin on the floor."""
    foot = prism(rounded(120, 180, 12), 0, 12, 1)
    stand = box(-40, -20, -30, 30, 12, 2080, 2)
    housing = box(-20, 22, -26, 26, 150, 2050, 3)
    window = box(22, 23, -16, 16, 200, 2000)
    status = box(22, 23, -16, 16, 2010, 2035)
    plug = cylinder(9, 110, 150, 14)
    return [
        Node("stand", join(foot, stand), DARK),
        Node("housing", housing, YELLOW),
        Node("window", window, "#1b1e22"),
        Node("status", status, GREEN),
        Node("plug", plug, DARK),
    ]


def signal_tower() -> list[Node]:
    """Stack light 410 mm high; origin at its foot."""
    foot = lathe([(35, 0), (35, 6), (14, 16), (12, 18)], 24)
    pole = cylinder(11, 18, 200, 16)
    nodes = [Node("pole", join(foot, pole), STEEL)]
    for i, (name, color) in enumerate((("green", "#2f9e50"), ("amber", "#e89a1c"), ("red", "#cf2e25"))):
        nodes.append(Node(name, cylinder(28, 0, 62, 24, 4), color, at=(0, 0, 200 + 62 * i)))
    return [*nodes, Node("cap", lathe([(28, 386), (28, 396), (14, 410)], 24), DARK)]


def operator_panel() -> list[Node]:
    """Operator panel on a pillar: screen, buttons, emergency stop at 1000 mm; operator at -Y. Origin on the floor."""
    foot = prism(rounded(320, 320, 20), 0, 12, 2)
    pillar = box(-40, 40, -25, 25, 12, 900, 4)
    head = box(-210, 210, -40, 40, 0, 380, 8)
    screen = box(-170, 110, -42, -40, 120, 330)
    keys = [cylinder(14, 40, 50, 16, 2, "y").mirrored("y").moved(x=x, z=60) for x in (-140, -80, -20)]
    collar = cylinder(34, 40, 44, 24, 0, "y").mirrored("y").moved(x=155, z=70)
    stop = (
        along("y", lathe([(12, 44), (12, 58), (22, 64), (22, 70), (15, 76)], 24))
        .mirrored("y")
        .moved(x=155, z=70)
    )
    tilted = {"at": (0.0, 5.0, 955.0), "turn": ("x", -10.0)}
    parts = {"case": (head, STEEL), "screen": (screen, "#356a94"), "buttons": (join(*keys), GREEN)}
    children = [Node(name, shape, color) for name, (shape, color) in parts.items()]
    children += [Node("collar", collar, YELLOW), Node("emergency_stop", stop, RED)]
    lean = math.tan(math.radians(10.0))
    slope = [(-20, 900), (25, 900), (25, 955 - 20 * lean), (-20, 955 + 25 * lean)]
    neck = along("x", prism(np.array(slope), -30, 30))
    return [
        Node("pillar", join(foot, pillar, neck), DARK),
        Node("head", at=tilted["at"], turn=tilted["turn"], children=tuple(children)),  # type: ignore[arg-type]
    ]


def extinguisher() -> list[Node]:
    """6-kg fire extinguisher on a wall bracket; origin on the wall, at the floor; front towards -Y."""
    bottle = lathe([(60, 900), (78, 915), (80, 930), (80, 1280), (60, 1330), (22, 1345)], 28).moved(y=-100)
    valve = join(cylinder(20, 1345, 1375, 16).moved(y=-100), box(-12, 12, -190, -70, 1375, 1400, 3))
    bracket = join(box(-30, 30, -6, 0, 1000, 1250, 1), box(-20, 20, -20, -6, 1100, 1150))
    plate = box(-100, 100, -3, 0, 1700, 1900)
    return [
        Node("bottle", bottle, RED),
        Node("valve", valve, DARK),
        Node("bracket", bracket, STEEL),
        Node("sign", plate, RED),
    ]


def exit_sign() -> list[Node]:
    """Emergency exit sign 400 x 200 with lamp housing; origin at the middle of its back, front towards -Y."""
    return [
        Node("housing", box(-205, 205, -45, 0, -105, 105, 4), "#e9ecea"),
        Node("face", box(-195, 195, -47, -45, -95, 95), "#1f8a4c"),
    ]


def camera_bracket() -> Shape:
    """Angle bracket with a code reader, 220 long; origin on the post's face, level with its arm; points to +Y."""
    angle = np.array([(0, -150), (10, -150), (10, -10), (220, -10), (220, 0), (0, 0)], np.float64)
    rib = np.array([(10, -140), (150, -10), (10, -10)], np.float64)
    reader = join(box(-35, 35, 155, 215, -100, -10, 3), cylinder(22, -125, -100, 20, 2).moved(y=185))
    return join(along("x", prism(angle, -40, 40)), along("x", prism(rib, -4, 4)), reader)
