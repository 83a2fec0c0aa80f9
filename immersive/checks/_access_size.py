"""How wide a limb and the way around it are where the way is tightest."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from immersive.checks._access_case import Case
from immersive.geometry.insertion import ENOUGH, Line
from immersive.human.access_limbs import Limb

_BESIDE: Final = 0.9
"""Of its distance, how far an obstacle must stand beside a round limb to be beside it and not ahead."""
_EDGE: Final = math.sin(math.radians(20.0))


def size_at(case: Case, limb: Limb, line: Line) -> tuple[float, float]:
    """Free size and the limb's size at the tightest place of a line, metres."""
    k = line.capsule
    if k < 0:
        need = 2.0 * float(limb.rows[:, 6:].max())
        return need + 2.0 * ENOUGH, need
    row = limb.rows[k]
    # A flat section is as wide as it is where the obstacle stands: at its edge or at its face.
    local = line.turn.T @ (line.point - line.axis_point)
    radial = float(np.hypot(local[0], local[1]))
    # Its rounded edges count as edge unless the obstacle stands square to the face.
    across = row[0] != 0.0 if radial < 1e-9 else abs(local[0]) > _EDGE * radial
    flat = float(limb.need_x[k] if across else limb.need_y[k])
    if flat > 0.0:
        return max(flat + 2.0 * line.room, 0.0), flat
    if radial > _BESIDE * float(np.sqrt(local @ local)):
        # Round: twice the way from the axis; the limb's own size there is what the room leaves of it.
        return 2.0 * radial, 2.0 * (radial - line.room)
    # Ahead of the tip, or where the axis itself is cut.
    along = float((line.turn.T @ (line.axis_point - case.position))[2])
    share = min(max((along - row[2]) / (row[5] - row[2]), 0.0), 1.0) if row[5] > row[2] else 0.0
    need = 2.0 * float(row[6] + share * (row[7] - row[6]))
    return max(need + 2.0 * line.room, 0.0), need
