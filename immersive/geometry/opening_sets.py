"""Many openings of one plane in arrays: a wire mesh has thousands, most of a few sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.openings import OpeningSize, opening_size

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

TINY: Final = 0.004
"""Openings up to so wide are in one row of every table; where parts are drawn side by side there are many."""


@dataclass(frozen=True, eq=False)
class Openings:
    """Openings in the plane (u, z), metres.

    Attributes:
        outlines: (N,) shapely polygons, where they were measured.
        shifts: (N, 2) from there to where they are.
        sizes: The distinct sizes.
        kinds: (N,) number of each opening's size.
        boxes: (N, 4) least u and z, greatest u and z.
        triangles: (T, 3, 2) over all of them; over the hull of one that is not convex.
        owners: (T,) number of the opening, ascending.
    """

    outlines: NDArray[Any]
    shifts: FloatArray
    sizes: tuple[OpeningSize, ...]
    kinds: IndexArray
    boxes: FloatArray
    triangles: FloatArray
    owners: IndexArray

    def __len__(self) -> int:
        return len(self.kinds)

    def ring(self, k: int, /) -> FloatArray:
        """(K, 2) corners of an opening."""
        import shapely

        corners: FloatArray = shapely.get_coordinates(self.outlines[k].exterior)[:-1] + self.shifts[k]
        return corners

    def size(self, k: int, /) -> OpeningSize:
        """How large an opening is."""
        return self.sizes[int(self.kinds[k])]

    def moved(self, du: float, dz: float, /) -> Openings:
        """The same somewhere else."""
        by = np.array([du, dz])
        return Openings(
            self.outlines, self.shifts + by, self.sizes, self.kinds, self.boxes + np.tile(by, 2),
            self.triangles + by, self.owners,
        )  # fmt: skip

    def polygons(self, which: IndexArray, /) -> NDArray[Any]:
        """Shapely polygons of some, where they are."""
        import shapely

        chosen = self.outlines[which]
        count = shapely.get_num_coordinates(chosen)
        by = np.repeat(self.shifts[which], count, axis=0)
        return np.asarray(shapely.transform(chosen, lambda points: points + by), object)

    def take(self, keep: NDArray[np.bool_], /) -> Openings:
        """Those where ``keep`` (N,) is true."""
        if keep.all():
            return self
        number = np.cumsum(keep) - 1
        mine = keep[self.owners]
        return Openings(
            self.outlines[keep], self.shifts[keep], self.sizes, self.kinds[keep], self.boxes[keep],
            self.triangles[mine], number[self.owners[mine]],
        )  # fmt: skip


def together(sets: Sequence[Openings], /) -> Openings:
    """All openings of several sets."""
    sets = [one for one in sets if len(one)]
    if not sets:
        return measured([], {})
    if len(sets) == 1:
        return sets[0]
    number: dict[int, int] = {}
    sizes: list[OpeningSize] = []
    kinds, owners, first = [], [], 0
    for one in sets:
        for size in one.sizes:
            if id(size) not in number:
                number[id(size)] = len(sizes)
                sizes.append(size)
        kinds.append(np.array([number[id(size)] for size in one.sizes], np.int64)[one.kinds])
        owners.append(one.owners + first)
        first += len(one)
    return Openings(
        np.concatenate([one.outlines for one in sets]),
        np.concatenate([one.shifts for one in sets]),
        tuple(sizes),
        np.concatenate(kinds),
        np.concatenate([one.boxes for one in sets]),
        np.concatenate([one.triangles for one in sets]),
        np.concatenate(owners),
    )


def measured(polygons: Sequence[Any], known: dict[bytes, OpeningSize], /) -> Openings:
    """Openings from their polygons; those of one shape are measured once.

    Args:
        polygons: Shapely polygons; islands in them count as open.
        known: Sizes measured before, by their corners to 10 µm; grows.
    """
    import shapely

    outlines = np.empty(len(polygons), object)
    outlines[:] = list(polygons)
    if len(outlines) == 0:
        nothing = np.empty(0, np.int64)
        return Openings(
            outlines, np.empty((0, 2)), (), nothing, np.empty((0, 4)), np.empty((0, 3, 2)), nothing
        )
    points, owner = shapely.get_coordinates(shapely.get_exterior_ring(outlines), return_index=True)
    start = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    boxes = shapely.bounds(outlines)
    cells = np.rint((points - boxes[owner, :2]) * 1e5).astype(np.int64)
    codes = (cells[:, 0] << 32) + cells[:, 1]
    # A ring is known by its corners whatever it begins with: they are sorted within each.
    codes = codes[np.lexsort((codes, owner))]
    sizes: list[OpeningSize] = []
    number: dict[bytes, int] = {}
    kinds = np.empty(len(outlines), np.int64)
    ends = np.append(start[1:], len(points))
    extents = (boxes[:, 2:] - boxes[:, :2]).tolist()
    for k, (low, high) in enumerate(zip(start.tolist(), ends.tolist(), strict=True)):
        # The first corner is written twice, and which one is first is chance.
        key = np.unique(codes[low:high]).tobytes() if high - low != 5 else _four(codes[low:high])
        if key not in number:
            if key not in known:
                known[key] = _tiny(*extents[k]) or opening_size(points[low : high - 1])
            number[key] = len(sizes)
            sizes.append(known[key])
        kinds[k] = number[key]
    triangles, owners = flat_fans(outlines)
    return Openings(outlines, np.zeros((len(outlines), 2)), tuple(sizes), kinds, boxes, triangles, owners)


def _tiny(width: float, height: float) -> OpeningSize | None:
    """Size of a joint of the model by its box, which is never too small; None for what a finger might enter."""
    small, large = sorted((width, height))
    if small > TINY:
        return None
    return OpeningSize("irregular", small, large, large, math.hypot(small, large))


def _four(codes: IndexArray) -> bytes:
    """The distinct corners of a ring of four, sorted; the same as np.unique, faster."""
    kept = codes[np.append(True, codes[1:] != codes[:-1])]
    return bytes(kept.tobytes())


def flat_fans(polygons: Sequence[Any] | NDArray[Any], /) -> tuple[FloatArray, IndexArray]:
    """Triangles over polygons, (T, 3, 2), and the number of the polygon of each, (T,).

    One that is not convex is taken as its hull, islands as open: a distance to it is never too long.
    """
    import shapely

    hulls = shapely.convex_hull(np.asarray(polygons, object))
    points, owner = shapely.get_coordinates(hulls, return_index=True)
    start = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    # A ring of n corners is written with its first again and makes n - 2 triangles.
    count = np.diff(np.append(start, len(points))) - 3
    first = np.repeat(start, count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + 1
    corners = np.stack([points[first], points[first + step], points[first + step + 1]], axis=1)
    return corners, np.repeat(owner[start], count)
