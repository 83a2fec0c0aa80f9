"""Openings that a device watches: reaching through a light curtain is for ISO 13855."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from immersive.checks._guard_runs import Run
from immersive.scene.safeguarding import Safeguard

if TYPE_CHECKING:
    from immersive.geometry.opening_sets import Openings

BEFORE: Final = 1.0
"""How far before or behind an opening a curtain may stand and still watch it, metres."""
BESIDE: Final = 0.06
"""How much an opening may be wider than the field on either side, metres."""


def without_watched(openings: Openings, run: Run, devices: Sequence[Safeguard]) -> tuple[Openings, int]:
    """The openings that no device watches, and how many were left out."""
    fields = []
    for device in devices:
        if device.segment is None or device.kind not in ("light_curtain", "light_beams"):
            continue
        ends = np.array(device.segment)
        u, off = ends[:, :2] @ run.along, ends[:, :2] @ run.across
        top = max(device.beams, default=ends[:, 2].max() + device.height)
        if np.ptp(off) < 0.1 and min(abs(off.mean() - face) for face in run.faces) <= BEFORE:
            fields.append((u.min() - BESIDE, u.max() + BESIDE, ends[:, 2].min() - BESIDE, top + BESIDE))
    left, low, right, high = openings.boxes.T
    watched = np.zeros(len(openings), bool)
    for a, b, c, d in fields:
        watched |= (a <= left) & (right <= b) & (c <= low) & (high <= d)
    return openings.take(~watched), int(watched.sum())
