"""Boxes and walkways for the walkway tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from immersive.checks._base import Context, bind
from immersive.checks.walkway import CHECK
from immersive.findings import Evaluation, Finding
from immersive.geometry.frames import rotation_rpy, translation
from immersive.scene.model import Mesh, Part, Role, Scene
from immersive.scene.station import Rule, Station, Walkway

CORNERS = np.array([[x, y, z] for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)])
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4],
     [1, 5, 7], [1, 7, 3]]
)  # fmt: skip


def box(id_: str, lower: Sequence[float], upper: Sequence[float], *, yaw: float = 0.0, **more: Any) -> Part:
    """A closed box between two corners, turned by ``yaw`` about its middle."""
    low, high = np.array(lower, float), np.array(upper, float)
    mesh = Mesh((CORNERS - 0.5) * (high - low), FACES)
    pose = translation(0.5 * (low + high)) @ rotation_rpy(0.0, 0.0, yaw)
    return Part(id_, id_, (id_,), mesh, pose, **more)


def sheet(id_: str, corners: Sequence[Sequence[float]], **more: Any) -> Part:
    """An open surface: a fan over the corners."""
    faces = [[0, k, k + 1] for k in range(1, len(corners) - 1)]
    return Part(id_, id_, (id_,), Mesh(np.array(corners, float), np.array(faces)), np.eye(4), **more)


def far() -> Part:
    """Something that is nowhere near, so that the scene is not empty."""
    return box("far", (50, 50, 0), (51, 51, 1), role=Role.MACHINE)


def aisle(path: Sequence[Sequence[float]] = ((0, 0), (6, 0)), width: float = 1.2, **more: Any) -> Walkway:
    return Walkway("aisle", tuple((float(x), float(y)) for x, y in path), width, **more)


def evaluate(parts: Sequence[Part], walkways: Sequence[Walkway], **params: Any) -> Evaluation:
    notices = params.pop("notices", ())
    scene = Scene("test", (*parts, far()), station=Station(walkways=tuple(walkways)), notices=notices)
    rule = Rule("walk", "walkway", params)
    return CHECK.evaluate(Context(scene, rule), bind(CHECK, rule))


def findings(parts: Sequence[Part], walkway: Walkway, **params: Any) -> dict[str, Finding]:
    """Width, headroom and (first) step finding by code word."""
    found: dict[str, Finding] = {}
    for finding in evaluate(parts, [walkway], **params).findings:
        found.setdefault(finding.code.partition(".")[2], finding)
    return found
