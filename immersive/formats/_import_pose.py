"""A pose in the fewest digits that still reproduce it: position, rotation and scale, or a matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from immersive.geometry.frames import rotation_rpy, scaling, translation
from immersive.scene.model import FloatArray

POSE_ERROR: Final = 1e-7
"""Metres by which a written pose may move any point of its part: a tenth of the touching tolerance."""

_DECIMALS: Final = (0, 1, 2, 3, 4, 6, 8, 10, 12)


def pose_lines(pose: FloatArray, corners: FloatArray) -> list[str]:
    """The keys of a layout entry that give an affine pose.

    Args:
        pose: (4, 4) world from the entry's own coordinates, metres.
        corners: (N, 3) points of the entry's own coordinates that bound what it holds.

    Returns:
        Lines such as ``position_mm = [1200, 0, 0]``; none for the identity.
    """
    size = max(float(np.abs(corners).max()) if len(corners) else 0.0, 1e-3)
    split = _split(pose)
    if split is None:
        return [f"matrix = [{', '.join(number(value) for value in pose.ravel())}]"]
    rotation, scale = split
    # Each of the three gets a share of the error that is allowed.
    share = POSE_ERROR / 4.0
    lines = []
    position = _fewest(pose[:3, 3] * 1000.0, lambda mm: float(np.abs(mm / 1000.0 - pose[:3, 3]).max()), share)
    if np.any(position != 0.0):
        lines.append(f"position_mm = {_list(position)}")
    angles = np.degrees(_rpy(rotation))
    reach = size * float(np.abs(scale).max()) * math.sqrt(3.0)
    angles = _fewest(
        angles,
        lambda degrees: (
            reach * 3.0 * float(np.abs(rotation_rpy(*np.radians(degrees))[:3, :3] - rotation).max())
        ),
        share,
    )
    if np.any(angles != 0.0):
        lines.append(f"rotation_deg = {_list(angles)}")
    factors = _fewest(scale, lambda value: 2.0 * size * float(np.abs(value - scale).max()), share)
    if np.any(factors != 1.0):
        uniform = factors[0] == factors[1] == factors[2]
        lines.append(f"scale = {number(factors[0]) if uniform else _list(factors)}")
    made = translation(position / 1000.0) @ rotation_rpy(*np.radians(angles)) @ scaling(factors)
    wrong = np.abs(corners @ (made - pose)[:3, :3].T + (made - pose)[:3, 3]) if len(corners) else np.zeros(1)
    if not wrong.max() <= POSE_ERROR:
        return [f"matrix = [{', '.join(number(value) for value in pose.ravel())}]"]
    return lines


def _split(pose: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """(3, 3) rotation and (3,) scale with linear = rotation · diag(scale); None where it is sheared."""
    linear = pose[:3, :3]
    scale = np.linalg.norm(linear, axis=0)
    if not scale.all():
        return None
    if np.linalg.det(linear) < 0.0:
        # Which axis is mirrored is free; the one that leaves the smallest turn reads best.
        options = [scale * sign for sign in ([-1, 1, 1], [1, -1, 1], [1, 1, -1])]
        scale = max(options, key=lambda factors: float(np.trace(linear / factors)))
    rotation = linear / scale
    # Nearest rotation: writers round poses to nine digits.
    left, _, right = np.linalg.svd(rotation)
    nearest = left @ right
    if np.abs(nearest - rotation).max() > 1e-4:
        return None
    return nearest, scale


def _rpy(rotation: FloatArray) -> FloatArray:
    """Roll, pitch, yaw in radians with Rz(yaw) · Ry(pitch) · Rx(roll) = rotation."""
    flat = math.hypot(rotation[0, 0], rotation[1, 0])
    pitch = math.atan2(-rotation[2, 0], flat)
    if flat > 1e-9:
        return np.array(
            [math.atan2(rotation[2, 1], rotation[2, 2]), pitch, math.atan2(rotation[1, 0], rotation[0, 0])]
        )
    # Straight up or down: roll and yaw turn about the same axis, so one of them is zero.
    return np.array([0.0, pitch, math.atan2(-rotation[0, 1], rotation[1, 1])])


def _fewest(values: FloatArray, error: Callable[[FloatArray], float], allowed: float) -> FloatArray:
    for decimals in _DECIMALS:
        rounded = np.round(values, decimals) + 0.0
        if error(rounded) <= allowed:
            return rounded
    return np.asarray(values, np.float64)


def number(value: float) -> str:
    """A number as TOML: whole ones without a point, others with all the digits they have."""
    value = float(value) + 0.0
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def _list(values: Iterable[float]) -> str:
    return f"[{', '.join(number(value) for value in values)}]"


def length_mm(metres: float) -> str:
    """A length as millimetres, exact to a nanometre."""
    return number(round(float(metres) * 1000.0, 6))
