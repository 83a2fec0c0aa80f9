"""The hall and its traffic: cabinet, pallet, cartons, column, beam, lamp, cable tray, vehicle, markings."""

from __future__ import annotations

import numpy as np

from workshop.glb import Node
from workshop.safety import _handle
from workshop.shapes import (
    FloatArray,
    Shape,
    along,
    box,
    cylinder,
    join,
    loft,
    prism,
    ring_prism,
    rounded,
)
from workshop.station import DARK, RED, STEEL, YELLOW, rectangle_frame

RAL_7035 = "#c9cdca"


def cabinet() -> list[Node]:
    """Control cabinet 800 x 400 x 2000 on a 100 mm plinth, door towards -Y. Origin on the floor, middle."""
    plinth = box(-395, 395, -190, 195, 0, 100, 2)
    body = box(-400, 400, -180, 200, 100, 2000, 4)
    door = box(-397, 397, -200, -180, 104, 1996, 4)
    grip = _handle(180).moved(340, -200, 1050)
    switch = join(box(-345, -275, -204, -200, 1480, 1550, 0), box(-330, -290, -230, -204, 1508, 1522, 3))
    slats = [box(-120, 120, -204, -200, z, z + 12, 1) for z in range(300, 460, 24)]
    plate = box(-60, 60, -201, -200, 1600, 1680)
    eyes = []
    for x in (-340, 340):
        ring = ring_prism(_disc(24), _disc(14), -6, 6)
        eyes.append(along("y", ring).moved(x, 0, 2000 + 24 + 10))
        eyes.append(cylinder(8, 2000, 2011, 12).moved(x))
    return [
        Node("plinth", plinth, DARK),
        Node("body", body, RAL_7035),
        Node("door", door, "#d3d6d3"),
        Node("handle", grip, DARK),
        Node("main_switch", switch, RED),
        Node("air_inlet", join(*slats), STEEL),
        Node("type_plate", plate, YELLOW),
        Node("lifting_eyes", join(*eyes), STEEL),
    ]


def _disc(r: float) -> FloatArray:
    a = np.arange(20) * (2 * np.pi / 20)
    return np.stack([r * np.cos(a), r * np.sin(a)], axis=1)


def robot_pedestal(height: float = 650.0) -> list[Node]:
    """Welded pedestal for the robot: base plate 560, column 320, head plate 360. Origin on the floor."""
    base = prism(rounded(560, 560, 20), 0, 25, 2)
    column = prism(rounded(320, 320, 30), 25, height - 25)
    head = prism(rounded(360, 360, 24), height - 25, height, 2)
    rib = np.array([(160, 25), (255, 25), (255, 40), (168, 230), (160, 230)], np.float64)
    ribs = []
    for k in range(4):
        plate = prism(rib, -8, 8)
        upright = Shape(plate.v[:, [0, 2, 1]], plate.f[:, ::-1])
        ribs.append(upright.turned("z", 90.0 * k))
    bolts = [cylinder(12, 25, 40, 6, 1).moved(x, y) for x in (-230, 230) for y in (-230, 230)]
    return [Node("column", join(base, column, head, *ribs), "#50585f"), Node("anchors", join(*bolts), STEEL)]


def pallet() -> list[Node]:
    """Flat pallet 1200 x 800 x 144 (EUR pattern), long side along X. Origin on the floor, middle."""
    runners = [box(-600, 600, y - w / 2, y + w / 2, 0, 22, 2) for y, w in ((-350, 100), (0, 145), (350, 100))]
    blocks = [
        box(x - 72, x + 72, y - w / 2, y + w / 2, 22, 100, 1)
        for x in (-528, 0, 528)
        for y, w in ((-350, 98), (0, 144), (350, 98))
    ]
    cross = [box(x - 72.5, x + 72.5, -400, 400, 100, 122, 1) for x in (-527.5, 0, 527.5)]
    boards = [
        box(-600, 600, y - w / 2, y + w / 2, 122, 144, 2)
        for y, w in zip((-327.5, -186, 0, 186, 327.5), (145, 99, 145, 99, 145), strict=True)
    ]
    return [
        Node("runners", join(*runners), "#a98355"),
        Node("blocks", join(*blocks), "#94703f"),
        Node("cross_boards", join(*cross), "#b08b5c"),
        Node("deck", join(*boards), "#bd9968"),
    ]


def carton() -> list[Node]:
    """Carton 296 x 396 x 220 with tape; origin at its underside."""
    tape = join(box(-25, 25, -198.3, -198, 140, 220), box(-25, 25, 198, 198.3, 140, 220))
    return [Node("carton", box(-148, 148, -198, 198, 0, 220, 2), "#b98d5e"), Node("tape", tape, "#d8c9a8")]


def pallet_place() -> list[Node]:
    """Yellow frame on the floor for one pallet: 1360 x 960, line 60."""
    return [Node("frame", rectangle_frame(1360, 960, 60), YELLOW)]


def column(height: float = 3600.0) -> list[Node]:
    """Steel column HEB 200 on a base plate, with a yellow and black guard. Origin on the floor."""
    steel = prism(_h_outline(200, 200, 15, 9), 20, height)
    base = prism(rounded(320, 320, 10), 0, 20, 1)
    guard = [box(sx * 103 - 3, sx * 103 + 3, -110, 110, 20, 600, 1) for sx in (-1, 1)]
    return [Node("steel", join(base, steel), "#6c7884"), Node("guard", join(*guard), YELLOW)]


def _h_outline(width: float, depth: float, flange: float, web: float) -> FloatArray:
    w, d, t = width / 2, depth / 2, web / 2
    quarter = [(-w, -d), (w, -d), (w, -d + flange), (t, -d + flange), (t, d - flange), (w, d - flange)]
    rest = [(w, d), (-w, d), (-w, d - flange), (-t, d - flange), (-t, -d + flange), (-w, -d + flange)]
    return np.array(quarter + rest, np.float64)


def beam(length: float) -> list[Node]:
    """Roof beam HEB 200 along X; origin at the middle of its underside."""
    outline = _h_outline(200, 200, 15, 9) + np.array([0.0, 100.0])
    return [Node("beam", along("x", prism(outline, -length / 2, length / 2)), "#6c7884")]


def lamp(drop: float = 500.0) -> list[Node]:
    """Linear luminaire 1500 mm on two rods; origin at the rods' upper end."""
    rods = [cylinder(4, -drop, 0, 10).moved(x=x) for x in (-500, 500)]
    body = box(-750, 750, -60, 60, -drop - 70, -drop, 8)
    glass = box(-735, 735, -48, 48, -drop - 76, -drop - 70)
    return [
        Node("rods", join(*rods), STEEL),
        Node("housing", body, "#dfe3e6"),
        Node("glass", glass, "#fbf8e6"),
    ]


def cable_tray(length: float) -> list[Node]:
    """Cable tray 200 x 60 along X with a bundle of cables; origin at the middle of its underside."""
    outline = np.array(
        [(-100, 0), (100, 0), (100, 60), (98, 60), (98, 2), (-98, 2), (-98, 60), (-100, 60)], np.float64
    )
    half = length / 2
    cables = [
        cylinder(r, -half, half, 10, 0, "x").moved(y=y, z=2 + r)
        for y, r in ((-70, 12), (-35, 16), (5, 14), (40, 10), (70, 15))
    ]
    return [
        Node("tray", along("x", prism(outline, -half, half)), "#aab2b8"),
        Node("cables", join(*cables), "#2c2f33"),
    ]


def tray_hanger(drop: float) -> list[Node]:
    """Trapeze for a cable tray along X: cross piece under the tray, two rods up to ``drop``. Origin under the tray."""
    rods = [cylinder(5, 0, drop, 10).moved(y=y) for y in (-120, 120)]
    return [Node("trapeze", join(box(-20, 20, -135, 135, -25, 0, 2), *rods), STEEL)]


def cable_duct(length: float = 1000.0) -> list[Node]:
    """Floor cable duct 150 wide and 40 high with sloped sides, along X."""
    outline = np.array([(-75, 0), (75, 0), (35, 40), (-35, 40)], np.float64)
    return [Node("duct", along("x", prism(outline, -length / 2, length / 2)), "#d6a91a")]


def agv() -> list[Node]:
    """Driverless carrier 1200 x 760 x 290 with load plate, two scanners and four wheels; drives towards +X."""
    shell = [(1160, 720, 45), (1200, 760, 80), (1200, 760, 210), (1140, 700, 270)]
    body = loft([np.column_stack([rounded(w, d, 120, 6), np.full(28, z)]) for w, d, z in shell])
    plate = prism(rounded(1000, 600, 30), 270, 290, 3)
    noses = [prism(rounded(60, 200, 8), 110, 170).moved(sx * 630) for sx in (-1, 1)]
    wheels = [cylinder(22, -15, 15, 20, 2, "y").moved(x, y, 22) for x in (-420, 420) for y in (-220, 220)]
    return [
        Node("body", body, "#2f4d63"),
        Node("load_plate", plate, STEEL),
        Node("scanners", join(*noses), YELLOW),
        Node("wheels", join(*wheels), DARK),
    ]
