"""Fenced cells in memory: four panels round the origin and a box that is the hazard."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from immersive.checks._base import Context, bind
from immersive.checks.safety_distance import CHECK
from immersive.findings import Evaluation, Finding
from immersive.geometry.frames import rotation_axis
from immersive.scene.model import Mesh, Part, Role, Scene
from immersive.scene.safeguarding import HazardZone, Safeguard
from immersive.scene.station import Rule, Station

CORNERS = np.array([[x, y, z] for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)])
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4],
     [1, 5, 7], [1, 7, 3]]
)  # fmt: skip
HALF = 2.0
"""Inner faces of the panels stand so far from the origin."""
THICK = 0.03


def solid(id_: str, boxes: Sequence[tuple[Sequence[float], Sequence[float]]], **more: Any) -> Part:
    """Boxes as one part."""
    vertices = [np.array(low) + CORNERS * (np.array(high) - np.array(low)) for low, high in boxes]
    faces = [FACES + 8 * k for k in range(len(boxes))]
    return Part(id_, id_, (id_,), Mesh(np.concatenate(vertices), np.concatenate(faces)), np.eye(4), **more)


def turned(part: Part, angle: float) -> Part:
    """The part turned about the origin's upright."""
    from dataclasses import replace

    return replace(
        part, world_from_mesh=rotation_axis(np.array([0.0, 0.0, 1.0]), angle) @ part.world_from_mesh
    )


def panel(
    side: int,
    boxes: Sequence[tuple[float, float, float, float]],
    *,
    id_: str = "",
    role: Role = Role.FENCE,
    **more: Any,
) -> Part:
    """A panel of rectangles (u0, u1, z0, z1) on side 0 south, 1 east, 2 north, 3 west, seen from inside."""
    made = [((u0, -HALF - THICK, z0), (u1, -HALF, z1)) for u0, u1, z0, z1 in boxes]
    return turned(solid(id_ or f"panel_{side}", made, role=role, **more), 0.5 * math.pi * side)


FULL = HALF + THICK


def fence(height: float = 2.4, **sides: Any) -> list[Part]:
    """Four closed panels; ``s0`` … ``s3`` replaces the rectangles of one (empty: left out)."""
    parts = []
    for side in range(4):
        boxes = sides.get(f"s{side}", [(-FULL, FULL, 0.0, height)])
        if boxes:
            parts.append(panel(side, boxes, **sides.get("more", {})))
    return parts


def grid(
    u0: float, u1: float, z0: float, z1: float, across: float, up: float, wire: float = 0.004
) -> list[tuple[float, float, float, float]]:
    """Wires with free openings ``across`` x ``up`` between them, framed."""
    columns = round((u1 - u0 - wire) / (across + wire))
    rows = round((z1 - z0 - wire) / (up + wire))
    boxes = [
        (u0 + k * (across + wire), u0 + k * (across + wire) + wire, z0, z0 + rows * (up + wire) + wire)
        for k in range(columns + 1)
    ]
    boxes += [
        (u0, u0 + columns * (across + wire) + wire, z0 + k * (up + wire), z0 + k * (up + wire) + wire)
        for k in range(rows + 1)
    ]
    return boxes


def zone(low: Sequence[float], high: Sequence[float], **more: Any) -> HazardZone:
    """A box that is the hazard."""
    box = tuple(float(x) for x in low), tuple(float(x) for x in high)
    return HazardZone("zone", box=box, **more)  # type: ignore[arg-type]


GUARD = Safeguard("guard", "fence", parts=("role:fence",), protects=("zone",))


def evaluate(
    parts: Sequence[Part],
    hazard: HazardZone,
    *guards: Safeguard,
    station: dict[str, Any] | None = None,
    notices: Any = (),
    **params: Any,
) -> Evaluation:
    more = station or {}
    scene = Scene(
        "test", tuple(parts), notices=notices,
        station=Station(hazard_zones=(hazard,), safeguards=guards or (GUARD,), **more),
    )  # fmt: skip
    rule = Rule("guards", "safety_distance", params)
    return CHECK.evaluate(Context(scene, rule), bind(CHECK, rule))


def found(evaluation: Evaluation) -> dict[str, Finding]:
    """Findings by the second word of their code."""
    made = {one.code.partition(".")[2]: one for one in evaluation.findings}
    assert len(made) == len(evaluation.findings)
    return made
