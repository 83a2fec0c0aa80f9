"""The manual station: bench, picking bins, stool, mat, display, balancer with screwdriver, fixture, workpieces."""

from __future__ import annotations

import math

import numpy as np

from workshop.glb import Node
from workshop.shapes import (
    Shape,
    along,
    bar,
    bin_shape,
    box,
    circle,
    cylinder,
    join,
    lathe,
    loft,
    pipe,
    prism,
    rectangle,
    ring_prism,
    rounded,
)

ALUMINIUM, STEEL, DARK, LAMINATE = "#b9bec3", "#8d949b", "#33383d", "#d9d2c3"
BLUE, YELLOW, RED, GREEN = "#2a62a8", "#e8b923", "#c2352b", "#3a8f4d"

SHELF_TILT = 15.0
"""Shelves of the bench lean towards the operator, degrees."""
SHELVES = ((0.0, 1000.0), (20.0, 1190.0))
"""(y, z) where the front bottom edge of a bin lies, one pair per shelf."""


def _in_shelf(y: float, z: float, y0: float, z0: float) -> tuple[float, float]:
    c, s = math.cos(math.radians(SHELF_TILT)), math.sin(math.radians(SHELF_TILT))
    return y0 + y * c - z * s, z0 + y * s + z * c


def _shelf(y0: float, z0: float) -> Shape:
    """A tray with a front lip between two side brackets that reach back to the uprights."""
    tray = [(-9, -3), (250, -3), (250, 0), (-6, 0), (-6, 12), (-9, 12)]
    tilt = math.radians(SHELF_TILT)
    back = (338 - y0 - 33 * math.sin(tilt)) / math.cos(tilt)  # not behind the uprights
    bracket = [(-12, -33), (back, -33), (back, -3.5), (-12, -3.5)]
    outline = [_in_shelf(y, z, y0, z0) for y, z in tray]
    side = [_in_shelf(y, z, y0, z0) for y, z in bracket]
    plates = [along("x", prism(np.array(side), x, x + 4)) for x in (-520, 516)]
    rest = [_in_shelf(y, z, y0, z0) for y, z in [(20, -33), (60, -33), (60, -3), (20, -3)]]
    beam = along("x", prism(np.array(rest), -516, 516))
    return join(along("x", prism(np.array(outline), -514, 514)), beam, *plates)


def bench(width: float = 1200.0) -> list[Node]:
    """Assembly bench, top 950 mm high and 600 deep, with two tilted shelves for bins.

    Origin on the floor under the middle of the top; the operator stands at -Y and faces +Y.
    """
    x = width / 2 - 60
    legs = [bar("z", 25, 920, sx * x, y) for sx in (-1, 1) for y in (-240, 280)]
    sides = [bar("y", -220, 260, z, sx * x) for sx in (-1, 1) for z in (170, 899)]
    backs = [bar("x", 20 - x, x - 20, 280, z) for z in (174, 897)]
    foot = lathe([(24, 0), (24, 5), (7, 11), (7, 25)], 16)
    feet = [foot.moved(sx * x, y) for sx in (-1, 1) for y in (-240, 280)]
    uprights = [bar("z", 600, 2002, sx * x, 320) for sx in (-1, 1)]
    arms = [bar("y", -102, 300, 1980, sx * x) for sx in (-1, 1)]
    cross = bar("x", 20 - x, x - 20, -80, 1980)
    tie = bar("x", 20 - x, x - 20, 320, 1560)
    lamp = join(box(-380, 380, -115, -45, 1925, 1960, 5), box(-370, 370, -108, -52, 1919, 1925))
    power = box(-220, 220, 262, 299, 965, 1010, 3)
    return [
        Node("frame", join(*legs, *sides, *backs), ALUMINIUM),
        Node("feet", join(*feet), DARK),
        Node("top", box(-width / 2, width / 2, -300, 300, 920, 950, 4), LAMINATE),
        Node("uprights", join(*uprights, *arms, cross, tie), ALUMINIUM),
        *[Node(f"shelf_{i + 1}", _shelf(*at), STEEL) for i, at in enumerate(SHELVES)],
        Node("lamp", lamp, "#f3f1e4"),
        Node("power_strip", power.moved(z=-15), DARK),
    ]


def display() -> list[Node]:
    """A 24-inch screen on a bracket; origin on the tie bar's front face, screen towards -Y."""
    arm = join(
        box(-40, 40, -8, 0, -20, 20, 2), box(-20, 20, -80, -8, -15, 15, 3), box(-50, 50, -88, -80, -50, 50, 2)
    )
    frame = box(-275, 275, -128, -88, -165, 165, 8)
    screen = box(-263, 263, -129.5, -128, -148, 153)
    return [Node("arm", arm, DARK), Node("case", frame, "#23272b"), Node("screen", screen, "#3d6f9c")]


def small_bin(color: str) -> list[Node]:
    """Picking bin 160 x 230 x 120; origin middle of the front bottom edge, front towards -Y."""
    label = box(-40, 40, -0.6, 0, 0, 26).turned("x", 19.29).moved(0, -6.9, 19.6)
    return [Node("box", bin_shape(160, 230, 120, 62), color), Node("label", label, "#f4f4f0")]


def large_bin(color: str) -> list[Node]:
    """Picking bin 300 x 380 x 200; origin as for the small one."""
    label = box(-60, 60, -0.6, 0, 0, 40).turned("x", 19.29).moved(0, -10.5, 30.0)
    return [Node("box", bin_shape(300, 380, 200, 100, 3.0), color), Node("label", label, "#f4f4f0")]


def stool() -> list[Node]:
    """A standing aid with round foot, 720 mm high."""
    seat = lathe([(120, 660), (165, 672), (172, 700), (150, 718), (60, 720)], 32)
    column = lathe([(26, 30), (26, 380), (16, 384), (16, 660)], 20)
    foot = lathe([(210, 0), (210, 8), (190, 18), (60, 26), (40, 30)], 40)
    return [Node("foot", foot, DARK), Node("column", column, STEEL), Node("seat", seat, "#2c3b4d")]


def mat() -> list[Node]:
    """Anti-fatigue mat 1200 x 650 x 14 with bevelled rim; origin in the middle."""
    outline = rounded(1200, 650, 30)
    inner = rounded(1160, 610, 20)
    rings = [np.column_stack([o, np.full(len(o), z)]) for o, z in ((outline, 0), (outline, 3), (inner, 14))]
    return [Node("mat", loft(rings), "#3b4046")]


def balancer() -> list[Node]:
    """Spring balancer with an electric screwdriver; origin where the hook meets the bar above it."""
    hook = pipe([(0, 0, 0), (0, 0, -18), (0, 0, -40)], 5, 10)
    drum = cylinder(58, -24, 24, 32, 5, "y").moved(z=-98)
    rope = cylinder(2, -480, -156, 8)
    grip = lathe([(14, -530), (20, -522), (21, -492), (14, -480)], 20)
    body = lathe([(16, -650), (19, -640), (19, -538), (15, -530)], 24)
    nose = lathe([(4, -742), (4, -700), (9, -694), (12, -650)], 16)
    return [
        Node("hook", hook, STEEL),
        Node("drum", drum, YELLOW),
        Node("rope", rope, DARK),
        Node("screwdriver_grip", grip, DARK),
        Node("screwdriver_body", body, "#1f7a8c"),
        Node("screwdriver_nose", nose, STEEL),
    ]


def fixture() -> list[Node]:
    """Assembly fixture for the gear unit: base plate, four rests, two toggle clamps. Origin at its base."""
    base = box(-150, 150, -110, 110, 0, 15, 2)
    rests = join(*[box(x - 12, x + 12, y - 12, y + 12, 15, 40, 2) for x in (-70, 70) for y in (-50, 50)])
    clamps = []
    for side in (-1, 1):
        x = side * 118
        clamps += [box(x - 14, x + 14, -25, 25, 15, 70, 2), box(x - 8, x + 8, -12, 12, 70, 80, 1)]
        clamps.append(cylinder(8, 80, 190, 12, 2).moved(x=x))
    return [Node("plate", base, STEEL), Node("rests", rests, DARK), Node("clamps", join(*clamps), RED)]


def gear_unit() -> list[Node]:
    """The product: housing 160 x 120 x 80, cover with screws, shaft; 3.2 kg. Origin at its underside."""
    housing = prism(rounded(160, 120, 18), 0, 70, 2)
    cover = prism(rounded(166, 126, 20), 70, 80, 1.5)
    bosses = [cylinder(5.5, 80, 85, 12, 1).moved(x, y) for x in (-68, 68) for y in (-48, 48)]
    hub = cylinder(30, 80, 92, 28, 2)
    shaft = cylinder(12, 92, 130, 20, 1.5)
    return [
        Node("housing", housing, "#9aa3ab"),
        Node("cover", cover, "#6f7a86"),
        Node("screws", join(*bosses), DARK),
        Node("hub", hub, "#6f7a86"),
        Node("shaft", shaft, STEEL),
    ]


def small_parts() -> list[Node]:
    """A layer of covers as they lie in a picking bin; origin at the underside of the layer."""
    rows = [prism(rounded(60, 50, 8), 0, 14, 1).moved(x, y) for x in (-35, 35) for y in (-60, 0, 60)]
    more = [
        prism(rounded(60, 50, 8), 14, 28, 1).moved(x + 6, y + 5) for x, y in ((-35, 0), (35, -60), (35, 60))
    ]
    return [Node("layer", join(*rows, *more), "#7d8894")]


def carrier() -> list[Node]:
    """Workpiece carrier for the belt: 300 x 240 plate with a nest. Origin at its underside."""
    plate = prism(rounded(300, 240, 20), 0, 18, 2)
    nest = ring_prism(rounded(190, 150, 12), rounded(170, 130, 10), 18, 34)
    return [Node("plate", plate, "#2f5d50"), Node("nest", nest, DARK)]


def two_hand_control() -> list[Node]:
    """Two-hand control on a pillar, buttons 300 mm apart; the operator stands at -Y."""
    pillar = join(prism(rounded(360, 280, 30), 0, 12, 2), box(-40, 40, -20, 60, 12, 960, 4))
    console = box(-230, 230, -60, 80, 960, 1050, 10)
    shroud = []
    for side in (-1, 1):
        outer, inner = circle(48, 24, side * 150, 5), circle(44, 24, side * 150, 5)
        shroud.append(ring_prism(outer, inner, 1050, 1085))
    buttons = [cylinder(30, 1050, 1064, 24, 3).moved(side * 150, 5) for side in (-1, 1)]
    stop = lathe([(14, 1050), (14, 1066), (24, 1072), (24, 1080), (16, 1086)], 24).moved(0, 5)
    return [
        Node("pillar", pillar, STEEL),
        Node("console", console, YELLOW),
        Node("shrouds", join(*shroud), DARK),
        Node("buttons", join(*buttons), GREEN),
        Node("emergency_stop", stop, RED),
    ]


def trolley() -> list[Node]:
    """Material trolley 700 x 500 with two decks (350 and 750 mm) and a push bar at -X. Origin on the floor."""
    posts = [bar("z", 130, 780, x, y, 30) for x in (-335, 335) for y in (-235, 235)]
    rails = [bar("x", -320, 320, y, z, 30) for y in (-235, 235) for z in (335, 735)]
    ends = [bar("y", -220, 220, z, x, 30) for x in (-335, 335) for z in (333, 733)]
    shelf = [box(-320, 320, -220, 220, z - 4, z, 0) for z in (350, 750)]
    grip = [(-350, -200, 735), (-400, -200, 735), (-450, -200, 940)]
    handle = pipe([*grip, *[(x, -y, z) for x, y, z in reversed(grip)]], 13, 12)
    wheels, forks = [], []
    for x in (-300, 300):
        for y in (-215, 215):
            wheels.append(cylinder(50, -16, 16, 24, 3, "y").moved(x, y, 50))
            forks += [box(x - 25, x + 25, y + s * 20 - 2, y + s * 20 + 2, 45, 118) for s in (-1, 1)]
            forks.append(box(x - 45, x + 45, y - 35, y + 35, 118, 130, 1))
    return [
        Node("frame", join(*posts, *rails, *ends), ALUMINIUM),
        Node("decks", join(*shelf), "#c9cfd4"),
        Node("push_bar", handle, DARK),
        Node("forks", join(*forks), STEEL),
        Node("wheels", join(*wheels), DARK),
    ]


def dustbin() -> list[Node]:
    """A 60-litre bin with a lid."""
    body = lathe([(165, 0), (175, 10), (200, 590), (200, 600)], 32)
    lid = lathe([(208, 600), (208, 620), (180, 650), (40, 662)], 32)
    return [Node("body", body, "#4b5560"), Node("lid", lid, GREEN)]


def rectangle_frame(width: float, depth: float, line: float) -> Shape:
    """A flat frame 1 mm thick, painted on the floor."""
    outer = rectangle(-width / 2, width / 2, -depth / 2, depth / 2)
    inner = rectangle(-width / 2 + line, width / 2 - line, -depth / 2 + line, depth / 2 - line)
    return ring_prism(outer, inner, 0, 1)
