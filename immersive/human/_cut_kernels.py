"""One body among obstacles: its capsules placed, trimmed where they may touch, and how far they cut.

For kernels of :mod:`immersive.human.reach_clear`.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from immersive.geometry._capsule_kernels import nearest
from immersive.geometry._jit import helper
from immersive.human.kinematics import arm_one

SELF: Final = 0.03
"""Metres that forearm and hand may sink into the own trunk, head and thighs: flesh, sleeves and a rough volume."""

FIXED: Final = 0
RIGHT_ARM: Final = 1
LEFT_ARM: Final = 2
"""What a capsule moves with: column ``moves`` of a body's capsules."""

OFF: Final = -1
"""Rule of a capsule that does not count."""


@helper
def place(points, rotations, origin, segment, ends, radii, out):  # type: ignore[no-untyped-def]
    """(8,) world capsule of a segment's capsule (2, 3), (2,)."""
    p = points[origin[segment]]
    m = rotations[segment]
    for end in range(2):
        for d in range(3):
            out[3 * end + d] = p[d] + m[d, 0] * ends[end, 0] + m[d, 1] * ends[end, 1] + m[d, 2] * ends[end, 2]
        out[6 + end] = radii[end]


@helper
def lift(c, floor):  # type: ignore[no-untyped-def]
    """Raise the ends of a leg's capsule so that it ends above ``floor``."""
    c[2] = max(c[2], floor + c[6])
    c[5] = max(c[5], floor + c[7])


@helper
def beyond(c, x, y, z, radius, piece, out):  # type: ignore[no-untyped-def]
    """Writes the ``piece`` (0: start, 1: end) of the capsule whose axis is outside a ball; False if none.

    An axis that misses the ball is piece 0 as a whole.
    """
    ux, uy, uz = c[3] - c[0], c[4] - c[1], c[5] - c[2]
    wx, wy, wz = c[0] - x, c[1] - y, c[2] - z
    uu = ux * ux + uy * uy + uz * uz
    uw = ux * wx + uy * wy + uz * wz
    ww = wx * wx + wy * wy + wz * wz - radius * radius
    a, b = 0.0, 1.0
    root = uw * uw - uu * ww
    if uu <= 1e-18:
        if piece == 1 or ww < 0.0:
            return False
    elif root <= 0.0:
        if piece == 1:
            return False
    else:
        root = math.sqrt(root)
        enter, leave = (-uw - root) / uu, (-uw + root) / uu
        if enter >= 1.0 or leave <= 0.0:
            if piece == 1:
                return False
        elif piece == 0:
            b = enter
        else:
            a = leave
        if a >= b:
            return False
    for d in range(3):
        p, q = c[d], c[3 + d]
        out[d] = p + a * (q - p)
        out[3 + d] = p + b * (q - p)
    out[6] = c[6] + a * (c[7] - c[6])
    out[7] = c[6] + b * (c[7] - c[6])
    return True


@helper
def axes_gap(c, e):  # type: ignore[no-untyped-def]
    """Distance of two capsules by their axes' nearest points (Ericson 2005, 5.1.9), radii there taken off."""
    ux, uy, uz = c[3] - c[0], c[4] - c[1], c[5] - c[2]
    vx, vy, vz = e[3] - e[0], e[4] - e[1], e[5] - e[2]
    wx, wy, wz = c[0] - e[0], c[1] - e[1], c[2] - e[2]
    uu = max(ux * ux + uy * uy + uz * uz, 1e-18)
    vv = max(vx * vx + vy * vy + vz * vz, 1e-18)
    uv = ux * vx + uy * vy + uz * vz
    uw = ux * wx + uy * wy + uz * wz
    vw = vx * wx + vy * wy + vz * wz
    whole = uu * vv - uv * uv
    s = min(max((uv * vw - uw * vv) / whole, 0.0), 1.0) if whole > 1e-12 * uu * vv else 0.0
    t = (uv * s + vw) / vv
    if t < 0.0:
        t = 0.0
        s = min(max(-uw / uu, 0.0), 1.0)
    elif t > 1.0:
        t = 1.0
        s = min(max((uv - uw) / uu, 0.0), 1.0)
    x, y, z = wx + s * ux - t * vx, wy + s * uy - t * vy, wz + s * uz - t * vz
    return math.sqrt(x * x + y * y + z * z) - (c[6] + s * (c[7] - c[6])) - (e[6] + t * (e[7] - e[6]))


@helper
def cut(c, rule, hand_rule, ball, limit, skips, scene, scratch, piece, out):  # type: ignore[no-untyped-def]
    """By how much one capsule comes nearer than ``limit``: metres, 0 if it keeps it."""
    worst = 0.0
    if rule < hand_rule:
        nearest(c, limit, skips[rule], scene, scratch, out)
        return max(0.0, limit - out[0])
    for part in range(2):
        if beyond(c, ball[0], ball[1], ball[2], ball[3], part, piece):
            nearest(piece, limit, skips[rule], scene, scratch, out)
            worst = max(worst, limit - out[0])
    return worst


@helper
def arm_cut(side, accept, q, links, points, rotations, body, rules, world, settings, skips, scene, room):  # type: ignore[no-untyped-def]
    """How far the arm of one side cuts the scene; stops once beyond ``accept``. Infinite: it cuts the body itself."""
    segments, moves, ends, radii = body
    ball, limit, hand_rule, _ = settings
    scratch, piece, out, cap, origin = room
    first = 11 + 9 * side
    arm_one(links, q, first, 1.0 - 2.0 * side, points[2], rotations[2], points[8 + 7 * side : 15 + 7 * side],
            rotations[5 + 4 * side : 9 + 4 * side])  # fmt: skip
    worst = 0.0
    # From the hand inwards: it is the hand and the forearm that meet things.
    for back in range(len(segments)):
        c = len(segments) - 1 - back
        if moves[c] != 1 + side or rules[c] == OFF:
            continue
        place(points, rotations, origin, segments[c], ends[c], radii[c], cap)
        worst = max(
            worst, cut(cap, rules[c], hand_rule, ball[side], limit, skips, scene, scratch, piece, out)
        )
        if worst > accept:
            return worst
        if segments[c] == 6 + 4 * side:
            continue
        for other in range(len(segments)):
            if moves[other] == FIXED and world[other, 6] >= 0.0 and axes_gap(cap, world[other]) < -SELF:
                return np.inf
    return worst
