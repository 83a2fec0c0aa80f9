"""The body's mass centre, and how far the hips give way so that it stays over the feet.

Segment masses and their centres are those of Dempster (1955) as Winter (1990) tables them, from memory. Trunk
mass is taken over the hips when standing upright, as its depth lies there, and not on the spine behind.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.geometry._jit import helper, kernel
from immersive.human.kinematics import Figure
from immersive.human.skeleton import LINKS

FloatArray = NDArray[np.float64]

MASS_SOURCE: Final = "Dempster 1955, as tabled by Winter 1990 (from memory)"

MASS_SHARES: Final = {
    "pelvis": 0.142,
    "lumbar": 0.139,
    "thorax": 0.216,
    "head": 0.081,  # with the neck
    "upper_arm": 0.028,
    "forearm": 0.016,
    "hand": 0.006,
    "thigh": 0.100,
    "shank": 0.0465,
    "foot": 0.0145,
}
"""Share of body mass, limbs one side."""

OVER_FOOT: Final = 0.42
"""Where the mass centre rests in quiet standing, of foot length from the heel: some 45 mm before the ankles."""

# Kernels read plain numbers.
_PELVIS, _LUMBAR = MASS_SHARES["pelvis"], MASS_SHARES["lumbar"]
_THORAX, _HEAD = MASS_SHARES["thorax"], MASS_SHARES["head"]
_UPPER, _FORE, _HAND = MASS_SHARES["upper_arm"], MASS_SHARES["forearm"], MASS_SHARES["hand"]
_THIGH, _SHANK, _FOOT = MASS_SHARES["thigh"], MASS_SHARES["shank"], MASS_SHARES["foot"]
_ABOVE = _PELVIS + _LUMBAR + _THORAX + _HEAD + 2.0 * (_UPPER + _FORE + _HAND)


@helper
def _add(out, share, a, b, t):  # type: ignore[no-untyped-def]
    """out += share · (a + t (b − a))."""
    for i in range(3):
        out[i] += share * (a[i] + t * (b[i] - a[i]))


@helper
def mass_above_one(links, points, rotations, out):  # type: ignore[no-untyped-def]
    """Writes to ``out`` (3,) the mass centre of trunk, head and arms, times their share of body mass.

    Args: as :func:`immersive.human.kinematics.solve_one` wrote them. Returns the share.
    """
    for i in range(3):
        out[i] = 0.0
    _add(out, _PELVIS, points[0], points[1], 0.5)
    _add(out, _LUMBAR, points[1], points[2], 0.5)
    _add(out, _THORAX, points[2], points[3], 0.5)
    _add(out, _HEAD, points[4], points[5], 0.15)
    forward = -links[5]
    for i in range(3):
        # From the spine to the middle of the trunk's depth; the pelvis' own centre is half way.
        out[i] += forward * (
            0.5 * _PELVIS * rotations[0, i, 1] + _LUMBAR * rotations[1, i, 1] + _THORAX * rotations[2, i, 1]
        )
    for side in range(2):
        p = 9 + 7 * side
        _add(out, _UPPER, points[p], points[p + 1], 0.436)
        _add(out, _FORE, points[p + 1], points[p + 2], 0.430)
        _add(out, _HAND, points[p + 2], points[p + 3], 1.0)
    return _ABOVE


@helper
def mass_centre_one(links, points, rotations, out):  # type: ignore[no-untyped-def]
    """Writes the whole body's mass centre (3,), world."""
    mass_above_one(links, points, rotations, out)
    for side in range(2):
        p = 22 + 5 * side
        _add(out, _THIGH, points[p], points[p + 1], 0.433)
        _add(out, _SHANK, points[p + 1], points[p + 2], 0.433)
        _add(out, 0.5 * _FOOT, points[p + 3], points[p + 4], 0.5)
        _add(out, 0.5 * _FOOT, points[p + 2], points[p + 2], 0.0)


@helper
def balance_goal_one(links):  # type: ignore[no-untyped-def]
    """Where the mass centre belongs when standing, metres before the ankles."""
    return OVER_FOOT * (links[27] + links[28]) - links[28]


@helper
def hips_forward_one(links, q, root, points, rotations, centre):  # type: ignore[no-untyped-def]
    """How far before the ankles the hips are when the body balances on straight legs; metres along the heading.

    Negative when the trunk bends: the hips go back. Closed form: the trunk's moment about the hips does not
    depend on where they are, and the straight legs' centres lie on the line from ankle to hip.

    Args:
        links, q: As for ``solve_one``; the legs' angles are not looked at.
        root: (4,) only the heading counts.
        points, rotations: Room for ``solve_one``, already filled with this ``q`` and ``root``.
        centre: (3,) room.
    """
    share = mass_above_one(links, points, rotations, centre)
    fx, fy = np.cos(root[3]), np.sin(root[3])
    above = (centre[0] - share * points[0, 0]) * fx + (centre[1] - share * points[0, 1]) * fy
    # Of a straight leg: thigh's and shank's centres as fractions of the way from ankle to hip.
    leg = links[1] + links[2]
    at_thigh = (links[1] + 0.567 * links[2]) / leg
    at_shank = 0.567 * links[1] / leg
    slope = share + 2.0 * (_THIGH * at_thigh + _SHANK * at_shank)
    foot = 2.0 * _FOOT * 0.25 * (links[27] - links[28])
    return (balance_goal_one(links) - foot - above) / slope


@helper
def kneel_back_one(links, root, points, rotations, slope, centre):  # type: ignore[no-untyped-def]
    """How far behind the knees the hips have to be when kneeling, for the mass centre not to pass the knees.

    Args:
        links: (31,).
        root: (4,) only the heading counts.
        points, rotations: Filled by ``solve_one`` with the posture's spine and arms.
        slope: How the shanks rise backwards, radians.
        centre: (3,) room.

    Returns:
        Metres, 0 where an upright thigh will do; at most 0.8 of the thigh.
    """
    share = mass_above_one(links, points, rotations, centre)
    fx, fy = np.cos(root[3]), np.sin(root[3])
    above = (centre[0] - share * points[0, 0]) * fx + (centre[1] - share * points[0, 1]) * fy
    # Shanks and feet lie behind the knees, the thighs' centres 0.567 of the way up to the hips.
    behind = 2.0 * links[1] * np.cos(slope) * (_SHANK * 0.433 + _FOOT)
    need = (above - behind) / (share + 2.0 * _THIGH * 0.567)
    return min(max(need, 0.0), 0.8 * links[2])


@kernel
def _mass_centres(links, points, rotations, out):  # type: ignore[no-untyped-def]
    for n in range(points.shape[0]):
        mass_centre_one(links[n], points[n], rotations[n], out[n])


def mass_centre(links: ArrayLike, body: Figure, /) -> FloatArray:
    """(…, 3) mass centres in the world, metres.

    Args:
        links: (…, 31) as for :func:`immersive.human.kinematics.figure`.
        body: Its figure.
    """
    shape = body.points.shape[:-2]
    rows = np.ascontiguousarray(np.broadcast_to(np.asarray(links, np.float64), (*shape, len(LINKS))))
    out = np.empty((int(np.prod(shape)), 3))
    _mass_centres(
        rows.reshape(-1, len(LINKS)),
        np.ascontiguousarray(body.points).reshape(-1, *body.points.shape[-2:]),
        np.ascontiguousarray(body.rotations).reshape(-1, *body.rotations.shape[-3:]),
        out,
    )
    return out.reshape(*shape, 3)
