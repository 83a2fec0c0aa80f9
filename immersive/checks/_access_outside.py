"""Which free floor people get to: not the inside of a housing that happens to be as wide as a person.

A person is a disc as thick as a trunk, at the height of hips that kneel: low enough to crawl under a table, high
enough to step over what lies about. Floor counts that is connected with the surroundings, or large enough to be a
room of its own.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._access_case import Case
from immersive.geometry.insertion import distances

FloatArray = NDArray[np.float64]

_HALF: Final = 2.4
"""Metres from the place to the rim of what is looked at: farther than anyone stands from it."""
_STEP: Final = 0.08
"""Less than a trunk's radius, so that no wall, however thin, goes unseen between two neighbours."""
_ROOM: Final = 4.0
"""Square metres from which on an enclosed floor is taken for a room that people enter by a door."""
_LOW: Final = 0.35
"""Height of the lower end of the column's axis above the floor, metres."""


def reachable(case: Case, feet: FloatArray, radius: float, /) -> NDArray[np.bool_]:
    """(n,) whether people get to where they would stand; ``feet`` (n, 3) must be free of obstacles themselves."""
    if len(feet) == 0:
        return np.zeros(0, bool)
    count = 2 * math.ceil(_HALF / _STEP) + 1
    line = (np.arange(count) - count // 2) * _STEP
    x, y = np.meshgrid(case.position[0] + line, case.position[1] + line, indexing="ij")
    nodes = np.stack([x.ravel(), y.ravel()], axis=1)
    rows = np.empty((len(nodes), 8))
    rows[:, :2] = rows[:, 3:5] = nodes
    rows[:, 2], rows[:, 5] = (
        case.floor + _LOW,
        case.floor + max(_LOW, case.sizes.small_hip_height - case.sizes.small_knee_height),
    )
    rows[:, 6:] = radius
    free = (distances(case.around, rows, case.skip, limit=1e-3).distance > 0.0).reshape(count, count)
    open_floor = nodes[_open(free).ravel()]
    if len(open_floor) == 0:
        return np.zeros(len(feet), bool)
    gap = feet[:, None, :2] - open_floor[None]
    # Two discs that overlap and are both free leave no room for a wall between their centres.
    near: NDArray[np.bool_] = np.einsum("nki,nki->nk", gap, gap).min(axis=1) < (1.9 * radius) ** 2
    return near


def _open(free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The free nodes of a lattice that hang together with its rim, or with many of their kind."""
    count = len(free)
    seen = np.zeros_like(free)
    kept = np.zeros_like(free)
    for first in zip(*np.nonzero(free), strict=True):
        if seen[first]:
            continue
        seen[first] = True
        found, rim = [first], False
        for i, j in found:
            rim = rim or i in (0, count - 1) or j in (0, count - 1)
            for near in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
                if 0 <= near[0] < count and 0 <= near[1] < count and free[near] and not seen[near]:
                    seen[near] = True
                    found.append(near)
        if rim or len(found) * _STEP**2 >= _ROOM:
            kept[tuple(np.array(found).T)] = True
    return kept
