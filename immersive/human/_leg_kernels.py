"""Both legs in closed form: hips given, feet (or knees) where they are. Helpers for one body.

Everything is world, metres and radians; the conventions are those of :mod:`immersive.human.skeleton`.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from immersive.geometry._jit import helper, kernel
from immersive.geometry.tolerance import ARITHMETIC
from immersive.human.balance import (
    balance_goal_one,
    hips_forward_one,
    kneel_back_one,
    mass_centre_one,
)
from immersive.human.kinematics import solve_one
from immersive.human.skeleton import LOWER, UPPER

STANDING: Final = 0
SITTING: Final = 1
KNEELING: Final = 2


@helper
def _dot(a, b):  # type: ignore[no-untyped-def]
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@helper
def _cross(a, b):  # type: ignore[no-untyped-def]
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


@helper
def _step(a, t, u):  # type: ignore[no-untyped-def]
    """a + t·u."""
    return (a[0] + t * u[0], a[1] + t * u[1], a[2] + t * u[2])


@helper
def _unit(a, otherwise):  # type: ignore[no-untyped-def]
    """a over its length; ``otherwise`` where it has none."""
    size = math.sqrt(_dot(a, a))
    if size < 1e-6:
        return otherwise
    return (a[0] / size, a[1] / size, a[2] / size)


@helper
def _keep(q, k, value, lever):  # type: ignore[no-untyped-def]
    """Writes an angle within its limits; returns by how much its lever's end is off, metres."""
    kept = min(max(value, LOWER[k]), UPPER[k])
    q[k] = kept
    return abs(value - kept) * lever


@helper
def _leg_angles(links, pelvis, hip, knee, ankle, e, k, s, q):  # type: ignore[no-untyped-def]
    """Hip and knee angles of a leg of which the joints are known; returns metres that limits take it off, at most.

    Args:
        links: (31,).
        pelvis: Its axes right, forward and up.
        hip, knee, ankle: Points.
        e: Knee hinge, to the right.
        k: First angle of the leg.
        s: +1 right, −1 left.
        q: (39,), written.
    """
    zt = ((hip[0] - knee[0]) / links[2], (hip[1] - knee[1]) / links[2], (hip[2] - knee[2]) / links[2])
    zs = ((knee[0] - ankle[0]) / links[1], (knee[1] - ankle[1]) / links[1], (knee[2] - ankle[2]) / links[1])
    yt = _cross(zt, e)
    # [e yt zt] in the pelvis = Rx(flexion) · Ry(−s·abduction) · Rz(s·rotation)
    off = _keep(q, k, math.atan2(-_dot(pelvis[1], zt), _dot(pelvis[2], zt)), links[1] + links[2])
    off += _keep(q, k + 1, -s * math.asin(min(1.0, max(-1.0, _dot(pelvis[0], zt)))), links[1] + links[2])
    off += _keep(q, k + 2, s * math.atan2(-_dot(pelvis[0], yt), _dot(pelvis[0], e)), links[27])
    return off + _keep(q, k + 3, math.atan2(_dot(yt, zs), _dot(zt, zs)), links[1])


@helper
def _flat_foot_leg(links, pelvis, hip, ankle, f, k, s, q):  # type: ignore[no-untyped-def]
    """One leg to an ankle whose foot stays flat and points along ``f``, knee over the foot."""
    thigh, shank = links[2], links[1]
    line = (hip[0] - ankle[0], hip[1] - ankle[1], hip[2] - ankle[2])
    d = math.sqrt(_dot(line, line))
    span = min(max(d, abs(thigh - shank) + 1e-6), thigh + shank)
    off = abs(d - span)
    up = _unit(line, (0.0, 0.0, 1.0))
    # The hinge is square to leg and foot, so that the knee stays over the foot.
    e = _unit(_cross(f, up), (f[1], -f[0], 0.0))
    ahead = _cross(up, e)
    along = (thigh * thigh + span * span - shank * shank) / (2.0 * span)
    aside = math.sqrt(max(0.0, thigh * thigh - along * along))
    knee = _step(_step(hip, -along, up), aside, ahead)
    ankle = _step(hip, -span, up)
    off += _leg_angles(links, pelvis, hip, knee, ankle, e, k, s, q)
    zs = ((knee[0] - ankle[0]) / shank, (knee[1] - ankle[1]) / shank, (knee[2] - ankle[2]) / shank)
    return off + _keep(q, k + 4, math.atan2(_dot(f, zs), _dot(f, _cross(zs, e))), links[27])


@helper
def _kneeling_leg(links, pelvis, hip, knee, f, slope, k, s, q):  # type: ignore[no-untyped-def]
    """One leg whose knee and shank lie; the shank rises backwards by ``slope``."""
    line = (hip[0] - knee[0], hip[1] - knee[1], hip[2] - knee[2])
    off = abs(math.sqrt(_dot(line, line)) - links[2])
    up = _unit(line, (0.0, 0.0, 1.0))
    down = (-math.cos(slope) * f[0], -math.cos(slope) * f[1], math.sin(slope))
    e = _unit(_cross(up, down), (f[1], -f[0], 0.0))
    ankle = _step(knee, links[1], down)
    off += _leg_angles(links, pelvis, _step(knee, links[2], up), knee, ankle, e, k, s, q)
    # Feet lie stretched: the toes point back as far as ankles allow.
    q[k + 4] = LOWER[k + 4]
    return off


@helper
def plant_one(links, feet, heading, posture, slope, q, root):  # type: ignore[no-untyped-def]
    """Solves both legs of one body so that its feet stay; writes the ten leg angles into ``q``.

    The foot has no sideways tilt of its own: where the hips move sideways the sole tilts with the leg, and
    the ankle joints still stay exactly where they are.

    Args:
        links: (31,).
        feet: (2, 3) ankle joints, right and left; kneeling: knee joints.
        heading: Where the feet point, radians.
        posture: STANDING, SITTING or KNEELING.
        slope: Kneeling: how the shanks rise backwards, radians; else not looked at.
        q: (39,) the pelvis' tilt is read; legs are written, always within limits.
        root: (4,) hip centre and heading of the pelvis.

    Returns:
        Metres by which a foot leaves its place because the hips are too high, low, far or turned, at most;
        0 when everything fits.
    """
    # Pelvis in the world, as ``solve_one`` has it: Rz(heading − 90°) · Rx(−tilt).
    cz, sz = math.sin(root[3]), -math.cos(root[3])
    ct, st = math.cos(q[0]), math.sin(q[0])
    pelvis = ((cz, sz, 0.0), (-sz * ct, cz * ct, -st), (-sz * st, cz * st, ct))
    f = (math.cos(heading), math.sin(heading), 0.0)
    worst = 0.0
    for side in range(2):
        s = 1.0 - 2.0 * side
        hip = _step((root[0], root[1], root[2]), s * links[3], pelvis[0])
        foot = (feet[side, 0], feet[side, 1], feet[side, 2])
        if posture == KNEELING:
            off = _kneeling_leg(links, pelvis, hip, foot, f, slope, 29 + 5 * side, s, q)
        else:
            off = _flat_foot_leg(links, pelvis, hip, foot, f, 29 + 5 * side, s, q)
        worst = max(worst, off)
    return worst if worst > ARITHMETIC else 0.0


@helper
def settle_one(links, feet, heading, posture, slope, drop, q, root, points, rotations):  # type: ignore[no-untyped-def]
    """Puts the hips where the body balances over its feet, then plants the legs.

    Standing: the hips go back as the trunk bends forward, so that the mass centre stays over the feet; knees
    are straight when ``drop`` is 0. Sitting: the root stays as given. Kneeling: the hips stay above the knees
    until the bent trunk would tip the body over them, then sink back towards the heels.

    Args:
        links, feet, heading, posture, slope: As for :func:`plant_one`.
        drop: Standing: hips lower than straight knees put them, metres.
        q: (39,) spine and arms are read; legs are written.
        root: (4,) heading is read and, sitting, the place too; else x, y, z are written.
        points, rotations: (32, 3) and (19, 3, 3), written: the body's forward kinematics.

    Returns:
        As :func:`plant_one`.
    """
    fx, fy = math.cos(heading), math.sin(heading)
    mid = (
        0.5 * (feet[0, 0] + feet[1, 0]),
        0.5 * (feet[0, 1] + feet[1, 1]),
        0.5 * (feet[0, 2] + feet[1, 2]),
    )
    if posture == KNEELING:
        root[0], root[1], root[2] = mid[0], mid[1], mid[2] + links[2]
        solve_one(links, q, root, points, rotations)
        behind = kneel_back_one(links, root, points, rotations, slope, np.empty(3))
        root[0], root[1] = mid[0] - behind * fx, mid[1] - behind * fy
        root[2] = mid[2] + math.sqrt(links[2] * links[2] - behind * behind)
    if posture != STANDING:
        off = plant_one(links, feet, heading, posture, slope, q, root)
        solve_one(links, q, root, points, rotations)
        return off
    leg = links[1] + links[2]
    root[0], root[1], root[2] = mid[0], mid[1], mid[2]
    solve_one(links, q, root, points, rotations)
    centre = np.empty(3)
    ahead = hips_forward_one(links, q, root, points, rotations, centre)
    goal = balance_goal_one(links)
    off = 0.0
    # Bent knees come forward, for which the hips give way a little more: two corrections are enough.
    for turn in range(3 if drop > 0.0 else 1):
        ahead = min(max(ahead, -0.9 * leg), 0.9 * leg)
        root[0], root[1] = mid[0] + ahead * fx, mid[1] + ahead * fy
        root[2] = mid[2] + math.sqrt(leg * leg - ahead * ahead) - drop
        off = plant_one(links, feet, heading, posture, slope, q, root)
        solve_one(links, q, root, points, rotations)
        if drop > 0.0 and turn < 2:
            mass_centre_one(links, points, rotations, centre)
            at = (centre[0] - mid[0]) * fx + (centre[1] - mid[1]) * fy
            ahead += (goal - at) / 0.9
    return off


@kernel
def plant_all(links, feet, heading, posture, slope, q, root, off):  # type: ignore[no-untyped-def]
    """:func:`plant_one` for (N, …) rows."""
    for n in range(q.shape[0]):
        off[n] = plant_one(links[n], feet[n], heading, posture, slope[n], q[n], root[n])


@kernel
def settle_all(links, feet, heading, posture, slope, drop, q, root, off):  # type: ignore[no-untyped-def]
    """:func:`settle_one` for (N, …) rows."""
    points, rotations = np.empty((32, 3)), np.empty((19, 3, 3))
    for n in range(q.shape[0]):
        off[n] = settle_one(
            links[n], feet[n], heading, posture, slope[n], drop[n], q[n], root[n], points, rotations
        )
