"""Plates with holes, walls and rods for the access tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from immersive.checks._base import Context, bind
from immersive.checks.access import CHECK
from immersive.findings import Evaluation, Finding
from immersive.scene.model import Mesh, Part, Role, Scene
from immersive.scene.station import Rule, Station
from immersive.scene.ways import AccessPoint
from tests.checks.walkway_scenes import box

FLOOR = box("floor", (-4, -4, -0.1), (4, 4, 0), role=Role.FLOOR)


def holed(
    id_: str, diameter: float, *, at: Sequence[float] = (0, 0, 1.2), outer: float = 3.0, **more: Any
) -> Part:
    """A closed plate of 4 mm across Y with a round hole; exactly ``diameter`` between opposite sides."""
    n = 96
    angle = np.arange(n) * 2.0 * np.pi / n
    rim = np.stack([np.cos(angle), 0.0 * angle, np.sin(angle)], axis=1)
    hole = 0.5 * diameter / np.cos(np.pi / n)
    back = np.array([0.0, 0.004, 0.0])
    vertices = np.concatenate([hole * rim, outer * rim, hole * rim + back, outer * rim + back])
    faces = []
    for i in range(n):
        j = (i + 1) % n
        for a, b, c, d in ((i, j, n + j, n + i), (2 * n + j, 2 * n + i, 3 * n + i, 3 * n + j),
                           (j, i, 2 * n + i, 2 * n + j), (n + i, n + j, 3 * n + j, 3 * n + i)):  # fmt: skip
            faces += [[a, b, c], [a, c, d]]
    pose = np.eye(4)
    pose[:3, 3] = at
    return Part(id_, id_, (id_,), Mesh(vertices, np.array(faces)), pose, role=Role.MACHINE, **more)


def window(width: float, height: float, z: float = 1.2) -> list[Part]:
    """A wall across Y with a rectangular opening whose middle is at (0, 0, z)."""
    x, low, high = 0.5 * width, z - 0.5 * height, z + 0.5 * height
    return [
        box("left", (-3, 0, -0.5), (-x, 0.004, 4)),
        box("right", (x, 0, -0.5), (3, 0.004, 4)),
        box("below", (-x, 0, -0.5), (x, 0.004, low)),
        box("above", (-x, 0, high), (x, 0.004, 4)),
    ]


def evaluate(parts: Sequence[Part], *points: AccessPoint, **params: Any) -> Evaluation:
    notices = params.pop("notices", ())
    station = params.pop("station", Station(access_points=points))
    scene = Scene("test", tuple(parts), station=station, notices=notices)
    rule = Rule("get-at-it", "access", params)
    return CHECK.evaluate(Context(scene, rule), bind(CHECK, rule))


def findings(parts: Sequence[Part], point: AccessPoint, **params: Any) -> dict[str, Finding]:
    """Findings by the second word of their code."""
    return {one.code.partition(".")[2]: one for one in evaluate(parts, point, **params).findings}


def behind(depth: float, limb: str = "hand", **more: Any) -> AccessPoint:
    """A place so far behind the plate at y = 0, reached from −Y."""
    return AccessPoint("valve", (0.0, depth, 1.2), limb=limb, entry=(0.0, -0.8, 1.2), **more)
