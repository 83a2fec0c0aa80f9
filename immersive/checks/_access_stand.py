"""Where a person stands or kneels to get at a place: free floor within reach of the smallest person's arm.

The body is a column from the floor to the hips and a trunk that leans forward from there, both as thick as the
largest person's trunk; heights and reach are the smallest person's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._access_case import Case
from immersive.checks._access_outside import reachable
from immersive.checks._access_way import entry_line
from immersive.findings import Text, text
from immersive.geometry.insertion import distances

FloatArray = NDArray[np.float64]

_AZIMUTHS: Final = 24
_RADII: Final = np.arange(0.1, 1.45, 0.09)
_LEANS: Final = np.radians([0.0, 20.0, 45.0, 70.0, 90.0])
_SOLE: Final = 0.03
_EASY: Final = 0.8
"""Of the reach: how far off one would stand if there is a choice."""
_SIDE: Final = math.cos(math.radians(75.0))
"""How far from the entry's side one may stand."""

POSTURES: Final[dict[str, Text]] = {
    "standing": text("standing", "debout"),
    "bent": text("bent forward", "penché en avant"),
    "kneeling": text("kneeling", "à genoux"),
}


@dataclass(frozen=True, eq=False)
class Stands:
    """Free ways to stand near a place, the nearest to upright first.

    Attributes:
        feet: (n, 3) on the floor.
        hips, shoulders: (n, 3).
        posture: (n,) keys of :data:`POSTURES`.
        radius: Of trunk and column, metres.
    """

    feet: FloatArray
    hips: FloatArray
    shoulders: FloatArray
    posture: tuple[str, ...]
    radius: float

    def __len__(self) -> int:
        return len(self.feet)

    def away(self, position: FloatArray) -> FloatArray:
        """(n,) metres from shoulder to the place."""
        gap = self.shoulders - position
        return np.asarray(np.sqrt(np.einsum("ni,ni->n", gap, gap)))


def stands(case: Case, reach: float, /) -> Stands:
    """Free ways to stand from which an arm of length ``reach`` spans to the place.

    With a workstation named, only its own place is looked at.
    """
    size, z = case.sizes, case.floor
    at = case.position
    radius = 0.5 * size.trunk_depth + case.population.clothing
    trunk = size.small_shoulder_height - size.small_hip_height
    station = next((s for s in case.context.station.workstations if s.id == case.point.workstation), None)
    if station is not None:
        feet = np.array([station.position], np.float64)
        facing = at[:2] - feet[:, :2]
        if float(np.hypot(*facing[0])) < 1e-6:
            facing = np.array([[math.cos(station.heading), math.sin(station.heading)]])
    else:
        angle = np.arange(_AZIMUTHS) * (2.0 * math.pi / _AZIMUTHS)
        out = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        entry = entry_line(case)
        if entry is not None and float(np.hypot(*entry[0][:2])) > 0.3:
            out = out[out @ (entry[0][:2] / np.hypot(*entry[0][:2])) >= _SIDE]
        flat = (_RADII[:, None, None] * out).reshape(-1, 2)
        feet = np.concatenate([at[:2] + flat, np.full((len(flat), 1), z)], axis=1)
        facing = -flat
    facing = facing / np.sqrt(np.einsum("ni,ni->n", facing, facing))[:, None]
    rows, hips, shoulders, posture = [], [], [], []
    for name, hip, leans in (
        ("standing", size.small_hip_height, _LEANS[:1]),
        ("bent", size.small_hip_height, _LEANS[1:]),
        ("kneeling", size.small_hip_height - size.small_knee_height, _LEANS),
    ):
        for lean in leans:
            hips.append(feet + np.array([0.0, 0.0, hip]))
            ahead = np.concatenate([facing * math.sin(lean), np.full((len(feet), 1), math.cos(lean))], axis=1)
            shoulders.append(hips[-1] + trunk * ahead)
            rows.append(feet)
            posture += [name] * len(feet)
    foot, hip_, top = np.concatenate(rows), np.concatenate(hips), np.concatenate(shoulders)
    gap = top - at
    near = np.flatnonzero(np.einsum("ni,ni->n", gap, gap) <= reach * reach)
    foot, hip_, top = foot[near], hip_[near], top[near]
    if len(near):
        low = foot + np.array([0.0, 0.0, _SOLE + radius])
        column = np.concatenate([low, np.maximum(hip_, low), np.full((len(near), 2), radius)], axis=1)
        chest = np.concatenate([hip_, top, np.full((len(near), 2), 0.5 * size.small_chest)], axis=1)
        capsules = np.stack([column, chest], axis=1)
        room = distances(case.around, capsules, case.skip, limit=1e-3).distance.reshape(-1, 2).min(axis=1)
        maybe = np.flatnonzero(room > 0.0)
        # Inside a closed part nothing is near a surface; asked only of what is left.
        inside = distances(case.around, capsules[maybe], case.skip, limit=1e-3, inside=True)
        free = maybe[inside.distance.reshape(-1, 2).min(axis=1) > 0.0]
        foot, hip_, top, near = foot[free], hip_[free], top[free], near[free]
        if station is None:
            got_to = reachable(case, foot, radius)
            foot, hip_, top, near = foot[got_to], hip_[got_to], top[got_to], near[got_to]
    return Stands(foot, hip_, top, tuple(posture[k] for k in near), radius)


def choose(found: Stands, case: Case, direction: FloatArray, reach: float, /) -> int | None:
    """The way to stand that fits a limb's line best: upright rather than bent, the shoulder on the line's side."""
    if not len(found):
        return None
    gap = found.shoulders - case.position
    away = found.away(case.position)
    aligned = (gap @ direction) / np.maximum(away, 1e-9)
    good = np.flatnonzero(aligned >= 0.5)
    if len(good) == 0:
        return None
    rank = np.array([list(POSTURES).index(found.posture[k]) for k in good])
    return int(good[np.lexsort((np.abs(away[good] - _EASY * reach), -np.round(aligned[good], 1), rank))[0]])


def first_choice(found: Stands, case: Case, /) -> FloatArray | None:
    """(3,) unit vector to the shoulder of the easiest way to stand; None without any."""
    if not len(found):
        return None
    away = found.away(case.position)
    rank = np.array([list(POSTURES).index(word) for word in found.posture])
    best = int(np.lexsort((away, rank))[0])
    line: FloatArray = (found.shoulders[best] - case.position) / max(float(away[best]), 1e-9)
    return line
