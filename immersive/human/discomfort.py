"""How uncomfortable a posture is: the measure by which the reach solver chooses between postures.

It is ours. Its shape follows what the methods agree on: nothing costs at neutral, cost grows with the square
of the way from neutral, and beyond the zones of ISO 11226 (trunk 20° and 60°, upper arm 20° and 60°) it grows
faster. 1 is about what a trunk leaning at 15° costs. Trunk, clavicles, legs and feet also cost by the
first degree: they stay where they are until the arm has become clearly uncomfortable, as people reach.
Per metre that the hand gains, the clavicle begins before the trunk, and the trunk before a step.

The working arm is at ease with the upper arm hanging and the elbow at 80°; an idle arm costs nothing.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import helper

FloatArray = NDArray[np.float64]

# name: first-order cost per unit, scale, zone from, zone to, scale beyond; degrees, metres for the step, crouch
# as a part of what balance and ankles allow
_BODY: Final = {
    # Trunk bend is pelvis, lumbar and thoracic flexion together; the zone beyond is ISO 11226's 60°.
    "bend": (0.8 / 20.0, 22.0, 0.0, 60.0, 20.0),
    "lateral": (1.5 / 20.0, 12.0, -15.0, 15.0, 10.0),
    "rotation": (1.8 / 20.0, 18.0, -25.0, 25.0, 10.0),
    "crouch": (1.2, 1.0, 0.0, 1.0, 1.0),
    "step": (20.0, 0.3, -9.0, 9.0, 1.0),
    "clavicle_elevation": (0.05 / 10.0, 30.0, 0.0, 90.0, 10.0),
    "clavicle_protraction": (0.05 / 10.0, 30.0, 0.0, 90.0, 10.0),
}
_RAD: Final = math.pi / 180.0
_PLAIN: Final = ("crouch", "step")


def _scaled(name: str) -> tuple[float, ...]:
    first, *rest = _BODY[name]
    if name in _PLAIN:
        return (first, *rest)
    return (first / _RAD, *(value * _RAD for value in rest))


BODY: Final = np.array([_scaled(name) for name in _BODY])
"""(7, 5) first-order cost per radian or metre, scale, lower and upper end of the zone, scale beyond."""

# neutral, scale, zone from, zone to, scale beyond; degrees
_ARM: Final = np.array(
    [
        (0.0, 75.0, -60.0, 45.0, 25.0),  # internal rotation
        (80.0, 110.0, 30.0, 120.0, 30.0),  # elbow
        (0.0, 110.0, -60.0, 60.0, 20.0),  # pronation
        (0.0, 30.0, -15.0, 15.0, 25.0),  # wrist flexion
        (0.0, 20.0, -10.0, 10.0, 15.0),  # radial deviation
    ]
)
ARM: Final = _ARM * _RAD
"""(5, 5) neutral, scale, zone and scale beyond of the arm's angles after the shoulder's first two, radians."""

_LIFT: Final = 55.0 * _RAD
"""Elevation of the upper arm (any direction) that costs 1 below its zones."""
_LIFT_ACCEPTED: Final = 20.0 * _RAD
_LIFT_LIMITED: Final = 60.0 * _RAD
"""ISO 11226: acceptable; acceptable for a limited time."""
_BACK: Final = math.sin(20.0 * _RAD)
_ACROSS: Final = math.sin(35.0 * _RAD)
"""Upper arm behind the trunk, or across it: the sine that costs 1."""


@helper
def term(x, row):  # type: ignore[no-untyped-def]
    """Cost of one angle by its row of ``ARM``."""
    u = (x - row[0]) / row[1]
    beyond = max(0.0, x - row[3], row[2] - x) / row[4]
    return u * u + beyond * beyond


@helper
def body_cost(x):  # type: ignore[no-untyped-def]
    """Cost of (k,) bend, lateral flexion, rotation, crouch, step, clavicle elevation and protraction."""
    total = 0.0
    for i in range(x.shape[0]):
        total += body_term(x[i], i)
    return total


@helper
def body_term(x, i):  # type: ignore[no-untyped-def]
    """Cost of one of them."""
    row = BODY[i]
    u = x / row[1]
    beyond = max(0.0, x - row[3], row[2] - x) / row[4]
    return row[0] * abs(x) + u * u + beyond * beyond


@helper
def body_slope(x, i, out):  # type: ignore[no-untyped-def]
    """Slope and curvature of one body cost without its first-order part."""
    row = BODY[i]
    slope, curve = 2.0 * x / (row[1] * row[1]), 2.0 / (row[1] * row[1])
    beyond = x - row[3] if x > row[3] else x - row[2] if x < row[2] else 0.0
    if beyond != 0.0:
        slope += 2.0 * beyond / (row[4] * row[4])
        curve += 2.0 / (row[4] * row[4])
    out[0], out[1] = slope, curve


@helper
def arm_cost(q):  # type: ignore[no-untyped-def]
    """Cost of a working arm's seven angles."""
    cb = math.cos(q[1])
    lift = math.acos(min(max(math.cos(q[0]) * cb, -1.0), 1.0))
    u = lift / _LIFT
    total = u * u
    if lift > _LIFT_ACCEPTED:
        u = (lift - _LIFT_ACCEPTED) / 1.4
        total += u * u
    if lift > _LIFT_LIMITED:
        u = (lift - _LIFT_LIMITED) / 0.6
        total += u * u
    back = -math.sin(q[0]) * cb / _BACK
    if back > 0.0:
        total += back * back
    across = -math.sin(q[1]) / _ACROSS
    if across > 0.0:
        total += across * across
    for i in range(5):
        total += term(q[2 + i], ARM[i])
    return total


@helper
def arm_slopes(q, slope, curve):  # type: ignore[no-untyped-def]
    """Slope of :func:`arm_cost`, exact, and a curvature for each angle, never 0; both (7,), written."""
    ca, sa, cb, sb = math.cos(q[0]), math.sin(q[0]), math.cos(q[1]), math.sin(q[1])
    lift = math.acos(min(max(ca * cb, -1.0), 1.0))
    first = 2.0 * lift / (_LIFT * _LIFT)
    second = 2.0 / (_LIFT * _LIFT)
    if lift > _LIFT_ACCEPTED:
        first += 2.0 * (lift - _LIFT_ACCEPTED) / 1.96
        second += 2.0 / 1.96
    if lift > _LIFT_LIMITED:
        first += 2.0 * (lift - _LIFT_LIMITED) / 0.36
        second += 2.0 / 0.36
    ratio = second if lift < 1e-6 else first / max(math.sin(lift), 1e-2)
    slope[0], slope[1] = ratio * sa * cb, ratio * ca * sb
    curve[0] = curve[1] = second
    back = -sa * cb / _BACK
    if back > 0.0:
        slope[0] -= 2.0 * back * ca * cb / _BACK
        slope[1] += 2.0 * back * sa * sb / _BACK
        curve[0] += 2.0 / (_BACK * _BACK)
    across = -sb / _ACROSS
    if across > 0.0:
        slope[1] -= 2.0 * across * cb / _ACROSS
        curve[1] += 2.0 / (_ACROSS * _ACROSS)
    for i in range(5):
        row = ARM[i]
        x = q[2 + i]
        slope[2 + i] = 2.0 * (x - row[0]) / (row[1] * row[1])
        curve[2 + i] = 2.0 / (row[1] * row[1])
        beyond = x - row[3] if x > row[3] else x - row[2] if x < row[2] else 0.0
        if beyond != 0.0:
            slope[2 + i] += 2.0 * beyond / (row[4] * row[4])
            curve[2 + i] += 2.0 / (row[4] * row[4])
