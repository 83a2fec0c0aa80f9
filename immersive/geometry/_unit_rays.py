"""Rays as the engines take them: directions of unit length, checked, and the boxes they run in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._ray_kernels import make_unit
from immersive.geometry.pairs import run_chunks

FloatArray = NDArray[np.float64]
NumberArray = NDArray[np.int64]

_FAR: Final = 1e6
"""Rays without an end are followed this far when their box is taken, metres."""
_CHUNK: Final = 1 << 15


@dataclass(frozen=True, eq=False, slots=True)
class UnitRays:
    """N rays.

    Attributes:
        origins: (N, 3) metres.
        directions: (N, 3) of unit length.
        near, far: (N,) or (1,) range.
        own, own_far: (N,) or (1,) body that counts only before ``own_far``; −1: none.
        low_origin, high_origin: (3,) box of the origins.
        low, high: (3,) box of the rays, followed to ``far`` or a thousand kilometres.
    """

    origins: FloatArray
    directions: FloatArray
    near: FloatArray
    far: FloatArray
    own: NumberArray
    own_far: FloatArray
    low_origin: FloatArray
    high_origin: FloatArray
    low: FloatArray
    high: FloatArray


def unit_rays(
    origins: FloatArray,
    directions: FloatArray,
    near: FloatArray,
    far: FloatArray,
    own: NumberArray,
    own_far: FloatArray,
    /,
    *,
    threads: int | None = None,
) -> UnitRays | None:
    """Rays ready to be cast; None if one is not finite or has no direction. Writable C-order arrays."""
    count = len(origins)
    units = np.empty((count, 3))
    seen = np.empty((count // _CHUNK + 1, 12))
    sound: list[bool] = []

    def work(todo: NumberArray) -> int:
        sound.append(
            bool(make_unit(origins, directions, far, _FAR, todo, units, seen[int(todo[0]) // _CHUNK]))
        )
        return len(todo)

    run_chunks(work, np.arange(count), threads=threads, chunk=_CHUNK)
    if not all(sound):
        return None
    seen = seen[: len(sound)]
    low, high = seen.min(axis=0, initial=np.inf), seen.max(axis=0, initial=-np.inf)
    return UnitRays(origins, units, near, far, own, own_far, low[:3], high[3:6], low[6:9], high[9:])
