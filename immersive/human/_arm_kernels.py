"""Closed form of one arm: shoulder (3), elbow, forearm rotation and wrist (2), whose axes meet in threes.

With the hand's point and the wrist's angles (or the hand's frame) given, the elbow follows from the law of
cosines and what is left is one circle: the *swivel* of the elbow about the line from shoulder to hand. Along
it every entry of every rotation is k₀ + k₁ cos φ + k₂ sin φ, and so is, up to a common factor, the
condition that an angle stands on its limit. So the limits cut the circle at roots that are known
exactly, and between two neighbouring roots either every posture is allowed or none: the search is complete.

The swivel is 0 where the elbow hangs as low as it can. Arm angles are ``q[0:7]``: flexion, abduction,
internal rotation, elbow, pronation, wrist flexion, radial deviation, as in ``skeleton``; frames and points are
in the thorax, from the shoulder's centre.
"""

from __future__ import annotations

import math
from typing import Final

from immersive.geometry._jit import helper

WRIST_SET: Final = 0
"""The wrist's angles and pronation are given in ``q``; the hand's frame is free."""
FRAME_SET: Final = 1
"""The hand's frame is given."""
AXIS_SET: Final = 2
"""The hand's long axis is given, and pronation in ``q``; roll is free."""

ROOTS: Final = 24
"""Most places where limits cut the circle."""

SLACK: Final = 1e-10
"""Radians by which a limit may be passed: float noise of the closed form, below the 1e-9 of any caller."""


@helper
def point_in_forearm(forearm, hand, q, s, out):  # type: ignore[no-untyped-def]
    """(3,) point ``hand`` metres along the hand, in the forearm's frame, for the wrist angles in ``q``."""
    a, b, c = s * q[4], s * q[5], q[6]
    x, y = -hand * math.cos(c) * math.sin(b), hand * math.sin(c)
    out[0] = math.cos(a) * x - math.sin(a) * y
    out[1] = math.sin(a) * x + math.cos(a) * y
    out[2] = -forearm - hand * math.cos(c) * math.cos(b)


@helper
def elbows(square, t, upper, lo, hi, out):  # type: ignore[no-untyped-def]
    """Elbow flexions within limits that put the point ``t`` at √square from the shoulder; how many."""
    rho = math.sqrt(t[1] * t[1] + t[2] * t[2])
    k = (upper * upper + t[0] * t[0] + rho * rho - square) / (2.0 * upper * rho)
    if k > 1.0 or k < -1.0:
        # A straight arm's own length comes back a few bits too long.
        if abs(k) > 1.0 + 1e-12:
            return 0
        k = 1.0 if k > 0.0 else -1.0
    middle, half = math.atan2(t[1], t[2]), math.acos(k)
    found = 0
    for sign in range(2):
        e = middle + half if sign else middle - half
        e -= 2.0 * math.pi * math.floor((e + math.pi) / (2.0 * math.pi))
        if lo - SLACK <= e <= hi + SLACK and not (found == 1 and abs(e - out[0]) < 1e-12):
            out[found] = min(max(e, lo), hi)
            found += 1
    return found


@helper
def family(d, t, upper, elbow, out):  # type: ignore[no-untyped-def]
    """(3, 3, 3): upper-arm frame (i, j) as coefficients of 1, cos φ, sin φ, bringing ``t`` to ``d``."""
    c, s = math.cos(elbow), math.sin(elbow)
    v0, v1, v2 = t[0], c * t[1] - s * t[2], s * t[1] + c * t[2] - upper
    k = 1.0 / math.sqrt(v0 * v0 + v1 * v1 + v2 * v2)
    v0, v1, v2 = v0 * k, v1 * k, v2 * k
    k = 1.0 / math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
    n0, n1, n2 = d[0] * k, d[1] * k, d[2] * k
    # The elbow's side of the line to the hand, in the upper arm; of a straight arm, its outer side.
    a0, a1, a2 = v2 * v0, v2 * v1, v2 * v2 - 1.0
    k = a0 * a0 + a1 * a1 + a2 * a2
    if k < 1e-14:
        a0, a1, a2 = v1 * v0, v1 * v1 - 1.0, v1 * v2
        k = a0 * a0 + a1 * a1 + a2 * a2
    k = 1.0 / math.sqrt(k)
    a0, a1, a2 = a0 * k, a1 * k, a2 * k
    # Straight down beside that line in the thorax; backwards where the line itself is upright.
    b0, b1, b2 = n2 * n0, n2 * n1, n2 * n2 - 1.0
    k = b0 * b0 + b1 * b1 + b2 * b2
    if k < 1e-14:
        b0, b1, b2 = n1 * n0, n1 * n1 - 1.0, n1 * n2
        k = b0 * b0 + b1 * b1 + b2 * b2
    k = 1.0 / math.sqrt(k)
    b0, b1, b2 = b0 * k, b1 * k, b2 * k
    e0, e1, e2 = v1 * a2 - v2 * a1, v2 * a0 - v0 * a2, v0 * a1 - v1 * a0
    f0, f1, f2 = n1 * b2 - n2 * b1, n2 * b0 - n0 * b2, n0 * b1 - n1 * b0
    n, b, f = (n0, n1, n2), (b0, b1, b2), (f0, f1, f2)
    v, a, e = (v0, v1, v2), (a0, a1, a2), (e0, e1, e2)
    for i in range(3):
        for j in range(3):
            out[i, j, 0] = n[i] * v[j]
            out[i, j, 1] = b[i] * a[j] + f[i] * e[j]
            out[i, j, 2] = f[i] * a[j] - b[i] * e[j]


@helper
def swivel_of(fam, elbow_direction):  # type: ignore[no-untyped-def]
    """The swivel that brings the elbow nearest to a (3,) direction from the shoulder, thorax frame."""
    # The elbow is at −z of the upper arm: minus the third column.
    along, across = 0.0, 0.0
    for i in range(3):
        along -= fam[i, 2, 1] * elbow_direction[i]
        across -= fam[i, 2, 2] * elbow_direction[i]
    return math.atan2(across, along)


@helper
def angles_at(fam, swivel, s, mode, hand, q):  # type: ignore[no-untyped-def]
    """Write the arm's angles at a swivel into ``q``; ``q[3]`` and what ``mode`` says is set are read."""
    c, d = math.cos(swivel), math.sin(swivel)
    r00 = fam[0, 0, 0] + c * fam[0, 0, 1] + d * fam[0, 0, 2]
    r01 = fam[0, 1, 0] + c * fam[0, 1, 1] + d * fam[0, 1, 2]
    r02 = fam[0, 2, 0] + c * fam[0, 2, 1] + d * fam[0, 2, 2]
    r12 = fam[1, 2, 0] + c * fam[1, 2, 1] + d * fam[1, 2, 2]
    r22 = fam[2, 2, 0] + c * fam[2, 2, 1] + d * fam[2, 2, 2]
    q[1] = -s * math.asin(min(max(r02, -1.0), 1.0))
    if r12 * r12 + r22 * r22 > 1e-20:
        q[0] = math.atan2(-r12, r22)
        q[2] = s * math.atan2(-r01, r00)
    else:
        # Straight out to the side flexion and rotation are one; all of it is called rotation.
        r10 = fam[1, 0, 0] + c * fam[1, 0, 1] + d * fam[1, 0, 2]
        r11 = fam[1, 1, 0] + c * fam[1, 1, 1] + d * fam[1, 1, 2]
        q[0] = 0.0
        q[2] = s * math.atan2(r10, r11)
    if mode == WRIST_SET:
        return
    ce, se = math.cos(q[3]), math.sin(q[3])
    xx = xy = yx = yy = zx = zy = zz = 0.0
    for i in range(3):
        x = fam[i, 0, 0] + c * fam[i, 0, 1] + d * fam[i, 0, 2]
        u = fam[i, 1, 0] + c * fam[i, 1, 1] + d * fam[i, 1, 2]
        w = fam[i, 2, 0] + c * fam[i, 2, 1] + d * fam[i, 2, 2]
        y, z = ce * u + se * w, ce * w - se * u
        if mode == FRAME_SET:
            xx += x * hand[i, 0]
            yx += y * hand[i, 0]
            zx += z * hand[i, 0]
            zy += z * hand[i, 1]
        else:
            xy += x * hand[i, 2]
            yy += y * hand[i, 2]
        zz += z * hand[i, 2]
    if mode == FRAME_SET:
        q[4] = s * math.atan2(yx, xx)
        q[5] = s * math.asin(min(max(-zx, -1.0), 1.0))
        q[6] = math.atan2(zy, zz)
    else:
        ca, sa = math.cos(s * q[4]), math.sin(s * q[4])
        q[5] = s * math.atan2(ca * xy + sa * yy, zz)
        q[6] = -math.asin(min(max(ca * yy - sa * xy, -1.0), 1.0))


@helper
def within(q, lo, hi):  # type: ignore[no-untyped-def]
    """Whether seven angles keep their limits."""
    for i in range(7):  # noqa: SIM110 - numba compiles a loop faster than a generator
        if not lo[i] - SLACK <= q[i] <= hi[i] + SLACK:
            return False
    return True


@helper
def _cut(k0, k1, k2, roots, count):  # type: ignore[no-untyped-def]
    """Add the roots of k₀ + k₁ cos φ + k₂ sin φ; returns how many there are now."""
    size = math.sqrt(k1 * k1 + k2 * k2)
    if abs(k0) >= size or size < 1e-14:
        return count
    middle, half = math.atan2(k2, k1), math.acos(-k0 / size)
    for sign in range(2):
        x = middle + half if sign else middle - half
        x -= 2.0 * math.pi * math.floor(x / (2.0 * math.pi))
        at = count
        while at > 0 and roots[at - 1] > x:
            roots[at] = roots[at - 1]
            at -= 1
        roots[at] = x
        count += 1
    return count


@helper
def open_swivels(fam, s, mode, hand, lo, hi, q, roots, spans):  # type: ignore[no-untyped-def]
    """The arcs of the circle on which every angle keeps its limits.

    Args:
        fam, s, mode, hand, q: As for :func:`angles_at`; ``q`` is overwritten.
        lo, hi: (7,) limits.
        roots: (24,) scratch.
        spans: (24, 2), written: start and width of each arc, radians.

    Returns:
        How many arcs.
    """
    n = 0
    for end in range(2):
        limit = hi if end else lo
        n = _cut(fam[0, 2, 0] + s * math.sin(limit[1]), fam[0, 2, 1], fam[0, 2, 2], roots, n)
        c, d = math.cos(limit[0]), math.sin(limit[0])
        n = _cut(-c * fam[1, 2, 0] - d * fam[2, 2, 0], -c * fam[1, 2, 1] - d * fam[2, 2, 1],
                 -c * fam[1, 2, 2] - d * fam[2, 2, 2], roots, n)  # fmt: skip
        c, d = math.cos(s * limit[2]), math.sin(s * limit[2])
        n = _cut(-c * fam[0, 1, 0] - d * fam[0, 0, 0], -c * fam[0, 1, 1] - d * fam[0, 0, 1],
                 -c * fam[0, 1, 2] - d * fam[0, 0, 2], roots, n)  # fmt: skip
    if mode != WRIST_SET:
        n = _cut_wrist(fam, s, mode, hand, lo, hi, q, roots, n)
    found = 0
    if n == 0:
        angles_at(fam, 0.0, s, mode, hand, q)
        if within(q, lo, hi):
            spans[0, 0], spans[0, 1] = 0.0, 2.0 * math.pi
            found = 1
        return found
    for i in range(n):
        width = roots[i + 1] - roots[i] if i + 1 < n else roots[0] + 2.0 * math.pi - roots[i]
        if width < 1e-12:
            continue
        angles_at(fam, roots[i] + 0.5 * width, s, mode, hand, q)
        if within(q, lo, hi):
            spans[found, 0], spans[found, 1] = roots[i], width
            found += 1
    return found


@helper
def _cut_wrist(fam, s, mode, hand, lo, hi, q, roots, n):  # type: ignore[no-untyped-def]
    """The roots of forearm and wrist limits."""
    ce, se = math.cos(q[3]), math.sin(q[3])
    ca, sa = math.cos(s * q[4]), math.sin(s * q[4])
    # Rows: the dot products that carry the angles, each as three coefficients.
    for end in range(2):
        limit = hi if end else lo
        c4, s4 = math.cos(s * limit[4]), math.sin(s * limit[4])
        c5, s5 = math.cos(s * limit[5]), math.sin(s * limit[5])
        c6, s6 = math.cos(limit[6]), math.sin(limit[6])
        p0 = p1 = p2 = w0 = w1 = w2 = d0 = d1 = d2 = 0.0
        for i in range(3):
            for k in range(3):
                x = fam[i, 0, k]
                y = ce * fam[i, 1, k] + se * fam[i, 2, k]
                z = ce * fam[i, 2, k] - se * fam[i, 1, k]
                if mode == FRAME_SET:
                    pron = (c4 * y - s4 * x) * hand[i, 0]
                    flex = z * hand[i, 0]
                    dev = z * (c6 * hand[i, 1] - s6 * hand[i, 2])
                else:
                    pron = 0.0
                    flex = (c5 * (ca * x + sa * y) - s5 * z) * hand[i, 2]
                    dev = (ca * y - sa * x) * hand[i, 2]
                if k == 0:
                    p0, w0, d0 = p0 + pron, w0 + flex, d0 + dev
                elif k == 1:
                    p1, w1, d1 = p1 + pron, w1 + flex, d1 + dev
                else:
                    p2, w2, d2 = p2 + pron, w2 + flex, d2 + dev
        if mode == FRAME_SET:
            n = _cut(p0, p1, p2, roots, n)
            n = _cut(w0 + s5, w1, w2, roots, n)
            n = _cut(d0, d1, d2, roots, n)
        else:
            n = _cut(w0, w1, w2, roots, n)
            n = _cut(d0 + s6, d1, d2, roots, n)
    return n
