"""A six-axis robot of our own design, reach 1.30 m to the wrist centre, with a two-finger gripper, as URDF.

Each link is drawn in its own frame, all joints at zero: upper arm upright, forearm along +X.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from workshop.glb import Node
from workshop.shapes import (
    FloatArray,
    Shape,
    along,
    arm_outline,
    box,
    cylinder,
    join,
    lathe,
    loft,
    prism,
    rounded,
)

BODY, JOINT, ACCENT, STEEL = "#e4e1da", "#3a4046", "#d9701e", "#9aa2a9"

UPPER_ARM, FOREARM, WRIST, SHOULDER_X, SHOULDER_Z, ELBOW_Z = 575.0, 560.0, 100.0, 150.0, 250.0, 115.0


@dataclass(frozen=True)
class Joint:
    """One joint of the URDF; ``at`` in millimetres, limits in degrees or millimetres."""

    name: str
    kind: str
    parent: str
    child: str
    at: tuple[float, float, float]
    axis: tuple[int, int, int] = (0, 0, 1)
    low: float = 0.0
    high: float = 0.0
    speed: float = 0.0
    effort: float = 0.0


JOINTS = (
    Joint("joint_1", "revolute", "base", "link_1", (0, 0, 200), (0, 0, 1), -170, 170, 200, 520),
    Joint(
        "joint_2", "revolute", "link_1", "link_2", (SHOULDER_X, 0, SHOULDER_Z), (0, 1, 0), -90, 135, 180, 520
    ),
    Joint("joint_3", "revolute", "link_2", "link_3", (0, 0, UPPER_ARM), (0, 1, 0), -170, 75, 200, 270),
    Joint("joint_4", "revolute", "link_3", "link_4", (120, 0, ELBOW_Z), (1, 0, 0), -185, 185, 320, 60),
    Joint("joint_5", "revolute", "link_4", "link_5", (FOREARM - 120, 0, 0), (0, 1, 0), -120, 120, 320, 60),
    Joint("joint_6", "revolute", "link_5", "link_6", (WRIST - 28, 0, 0), (1, 0, 0), -350, 350, 420, 30),
    Joint("flange", "fixed", "link_6", "gripper", (28, 0, 0)),
    Joint(
        "finger_left_joint", "prismatic", "gripper", "finger_left", (126, 0, 0), (0, 1, 0), 0, 60, 200, 140
    ),
    Joint(
        "finger_right_joint", "prismatic", "gripper", "finger_right", (126, 0, 0), (0, -1, 0), 0, 60, 200, 140
    ),
)


def _sections(rows: list[tuple[float, float, float, float, float]], axis: str) -> Shape:
    """Loft through rounded rectangles: (position, width, height, radius, shift of the second direction)."""
    rings = [np.column_stack([rounded(w, h, r, 4, 0, s), np.full(20, p)]) for p, w, h, r, s in rows]
    return along(axis, loft(rings))


def _slab(outline: FloatArray, y0: float, y1: float, c: float) -> Shape:
    """An outline in (x, z) with thickness along y."""
    shape = prism(outline, y0, y1, c)
    return Shape(shape.v[:, [0, 2, 1]], shape.f[:, ::-1])


def _up(outline: FloatArray) -> FloatArray:
    """An arm outline along x turned to point along z."""
    return np.stack([-outline[:, 1], outline[:, 0]], axis=1)


def base() -> list[Node]:
    """Foot plate 320 square, column to 198, connector box at the back."""
    foot = prism(rounded(320, 320, 40), 0, 26, 3)
    body = lathe([(148, 26), (140, 60), (126, 120), (126, 176), (118, 186)], 40)
    ring = lathe([(120, 186), (124, 189), (124, 195), (120, 198)], 40)
    plug = join(
        box(-210, -142, -70, 70, 34, 130, 6),
        *[cylinder(12, -234, -210, 14, 2, "x").moved(y=y, z=82) for y in (-35, 0, 35)],
    )
    return [Node("body", join(foot, body), BODY), Node("ring", ring, ACCENT), Node("connectors", plug, JOINT)]


def link_1() -> list[Node]:
    """Turret with the shoulder housing on the -Y side."""
    turret = lathe([(118, 2), (132, 10), (132, 62), (120, 74)], 40)
    neck = loft(
        [
            np.column_stack([rounded(w, d, r, 4, x, y), np.full(20, z)])
            for z, w, d, r, x, y in (
                (74, 210, 190, 60, 0, 0),
                (120, 214, 172, 50, 40, -12),
                (190, 196, 124, 36, 118, -38),
                (250, 190, 116, 36, 148, -42),
            )
        ]
    )
    hub = cylinder(102, -100, 18, 40, 6, "y").moved(SHOULDER_X, 0, SHOULDER_Z)
    cover = cylinder(72, -112, -100, 32, 4, "y").moved(SHOULDER_X, 0, SHOULDER_Z)
    return [Node("turret", join(turret, neck, hub), BODY), Node("cover", cover, JOINT)]


def link_2() -> list[Node]:
    """Upper arm on the +Y side of shoulder and elbow."""
    arm = _slab(_up(arm_outline(94, 74, UPPER_ARM, 14)), 20, 112, 12)
    covers = [cylinder(r, 112, 126, 32, 5, "y").moved(z=z) for r, z in ((66, 0), (50, UPPER_ARM))]
    strip = _slab(_up(arm_outline(26, 20, 300, 8)) + np.array([0.0, 135.0]), 112, 116, 1)
    return [Node("arm", arm, BODY), Node("covers", join(*covers), JOINT), Node("strip", strip, ACCENT)]


def link_3() -> list[Node]:
    """Elbow housing with the forearm's drives at the back."""
    hub = cylinder(76, -72, 18, 36, 5, "y")
    rise = loft(
        [
            np.column_stack([rounded(w, d, 26, 4, 0, y), np.full(20, z)])
            for z, w, d, y in ((20, 130, 84, -28), (48, 150, 100, -20), (70, 170, 118, -8))
        ]
    )
    box_ = _sections(
        [
            (-120, 118, 112, 30, ELBOW_Z),
            (-104, 136, 130, 36, ELBOW_Z),
            (104, 136, 130, 40, ELBOW_Z),
            (118, 126, 120, 40, ELBOW_Z),
        ],
        "x",
    )
    motors = [cylinder(27, -196, -120, 20, 4, "x").moved(y=y, z=ELBOW_Z - 12) for y in (-30, 30)]
    cover = cylinder(48, -82, -72, 28, 3, "y")
    return [Node("housing", join(hub, rise, box_), BODY), Node("motors", join(*motors, cover), JOINT)]


def link_4() -> list[Node]:
    """Forearm, ending in the fork that holds the wrist."""
    length = FOREARM - 120
    collar = cylinder(60, 0, 14, 32, 3, "x")
    tube = _sections(
        [(14, 116, 116, 40, 0), (40, 122, 122, 40, 0), (250, 104, 104, 32, 0), (340, 122, 100, 24, 0)], "x"
    )
    cheeks = []
    for side in (-1, 1):
        outline = arm_outline(46, 46, 95, 10) * np.array([-1.0, 1.0])
        plate = _slab(
            outline[::-1] + np.array([length, 0.0]), min(side * 40, side * 61), max(side * 40, side * 61), 4
        )
        cheeks.append(plate)
    caps = [
        cylinder(30, 61, 68, 24, 2, "y").moved(x=length),
        cylinder(30, -68, -61, 24, 2, "y").moved(x=length),
    ]
    return [
        Node("forearm", join(tube, *cheeks), BODY),
        Node("collar", collar, ACCENT),
        Node("caps", join(*caps), JOINT),
    ]


def link_5() -> list[Node]:
    """Wrist between the cheeks."""
    return [
        Node("wrist", join(cylinder(44, -38, 38, 32, 4, "y"), cylinder(34, 30, WRIST - 28, 28, 3, "x")), BODY)
    ]


def link_6() -> list[Node]:
    """Tool flange 80 mm."""
    return [Node("flange", along("x", lathe([(36, 1), (40, 4), (40, 24), (36, 28)], 32)), STEEL)]


def gripper() -> list[Node]:
    """Parallel gripper: adapter, body 180 wide along Y, guide rail."""
    adapter = cylinder(40, 0, 14, 32, 2, "x")
    body = box(14, 112, -90, 90, -42, 42, 6)
    rail = box(112, 126, -96, 96, -16, 16, 1)
    air = join(*[cylinder(7, 42, 58, 12, 1).moved(40, y) for y in (-30, 30)])
    return [
        Node("adapter", adapter, STEEL),
        Node("body", body, JOINT),
        Node("rail", rail, STEEL),
        Node("air", air, ACCENT),
    ]


def finger(side: int) -> list[Node]:
    """One finger: carriage on the rail and jaw; closed at zero. ``side`` is 1 for +Y."""
    carriage = box(0, 18, 2, 36, -20, 20, 2)
    jaw = box(18, 88, 8, 26, -14, 14, 2)
    pad = box(44, 85, 3, 8, -11, 11)
    shapes = {"carriage": (carriage, STEEL), "jaw": (jaw, JOINT), "pad": (pad, ACCENT)}
    return [Node(n, s if side > 0 else s.mirrored("y"), c) for n, (s, c) in shapes.items()]


def links() -> dict[str, list[Node]]:
    """Link name → its nodes."""
    return {
        "base": base(),
        "link_1": link_1(),
        "link_2": link_2(),
        "link_3": link_3(),
        "link_4": link_4(),
        "link_5": link_5(),
        "link_6": link_6(),
        "gripper": gripper(),
        "finger_left": finger(1),
        "finger_right": finger(-1),
    }


MASSES = {
    "base": 42.0, "link_1": 38.0, "link_2": 24.0, "link_3": 19.0, "link_4": 9.5, "link_5": 2.6,
    "link_6": 0.5, "gripper": 2.4, "finger_left": 0.25, "finger_right": 0.25,
}  # fmt: skip


def urdf() -> str:
    """The robot's URDF with limits; meshes lie beside it."""
    lines = [
        '<?xml version="1.0"?>',
        "<!-- demo6: six-axis robot of this project's own design, made by assets/build_assets.py.",
        "     Masses are estimates for display; there is no such product.",
        "     The meshes are glTF, Y up; a URDF reader takes them as they stand, hence the roll of 90 degrees. -->",
        '<robot name="demo6">',
    ]
    for name in links():
        lines += [
            f'  <link name="{name}">',
            f'    <inertial><mass value="{MASSES[name]}"/>'
            '<inertia ixx="0.1" ixy="0" ixz="0" iyy="0.1" iyz="0" izz="0.1"/></inertial>',
        ]
        for tag in ("visual", "collision"):
            lines += [
                f"    <{tag}>",
                f'      <origin xyz="0 0 0" rpy="{math.pi / 2} 0 0"/>',
                f'      <geometry><mesh filename="meshes/{name}.glb"/></geometry>',
                f"    </{tag}>",
            ]
        lines.append("  </link>")
    for j in JOINTS:
        x, y, z = (f"{round(value / 1000, 6):g}" for value in j.at)
        lines += [
            f'  <joint name="{j.name}" type="{j.kind}">',
            f'    <origin xyz="{x} {y} {z}" rpy="0 0 0"/>',
            f'    <parent link="{j.parent}"/><child link="{j.child}"/>',
        ]
        if j.kind != "fixed":
            scale = math.pi / 180 if j.kind == "revolute" else 1e-3
            lines += [
                f'    <axis xyz="{" ".join(map(str, j.axis))}"/>',
                f'    <limit lower="{round(j.low * scale, 6):g}" upper="{round(j.high * scale, 6):g}"'
                f' velocity="{round(j.speed * scale, 4):g}" effort="{j.effort:g}"/>',
            ]
        lines.append("  </joint>")
    return "\n".join([*lines, "</robot>", ""])
