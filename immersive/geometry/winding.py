"""How often a surface winds around a point: tells inside from outside, also for several shells."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.geometry._jit import kernel


@kernel
def _solid_angle(triangles, x, y, z):  # type: ignore[no-untyped-def]
    total = 0.0
    for t in range(len(triangles)):
        ax, ay, az = triangles[t, 0, 0] - x, triangles[t, 0, 1] - y, triangles[t, 0, 2] - z
        bx, by, bz = triangles[t, 1, 0] - x, triangles[t, 1, 1] - y, triangles[t, 1, 2] - z
        cx, cy, cz = triangles[t, 2, 0] - x, triangles[t, 2, 1] - y, triangles[t, 2, 2] - z
        la = math.sqrt(ax * ax + ay * ay + az * az)
        lb = math.sqrt(bx * bx + by * by + bz * bz)
        lc = math.sqrt(cx * cx + cy * cy + cz * cz)
        volume = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        below = (
            la * lb * lc
            + (ax * bx + ay * by + az * bz) * lc
            + (bx * cx + by * cy + bz * cz) * la
            + (cx * ax + cy * ay + cz * az) * lb
        )
        if volume != 0.0 or below != 0.0:
            total += 2.0 * math.atan2(volume, below)
    return total


def winding_number(triangles: NDArray[np.float64], point: ArrayLike, /) -> float:
    """Signed solid angle of (T, 3, 3) triangles seen from ``point`` (3,), over 4π.

    A whole number for a closed surface: 1 inside one whose triangles face outwards, −1 inside
    one turned inside out, 0 outside. A fraction means the surface is open. The point must not
    lie on the surface. Formula of van Oosterom and Strackee (1983).
    """
    x, y, z = (float(v) for v in np.asarray(point, np.float64))
    corners = np.ascontiguousarray(triangles, np.float64).reshape(-1, 3, 3)
    return float(_solid_angle(corners, x, y, z)) / (4.0 * math.pi)
