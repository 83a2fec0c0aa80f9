"""Whether one set of polygons hides another in plan: what stands on a low thing leaves none of it to trip over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.section import Pieces

SLIVER = 1e-3
"""Metres that may stick out: a shadow gap is no step."""


def covered(pieces: Pieces, above: Pieces) -> bool:
    """True if every point of ``pieces`` in plan is under (or over) one of ``above``, but for slivers.

    Upright pieces cover nothing. False if ``pieces`` is empty.
    """
    import shapely

    points = pieces.points[:, :2]
    if not len(points):
        return False
    lower, upper = points.min(axis=0), points.max(axis=0)
    near = np.zeros(len(above), np.bool_)
    if len(above):
        first = np.minimum.reduceat(above.points[:, :2], above.start[:-1], axis=0)
        last = np.maximum.reduceat(above.points[:, :2], above.start[:-1], axis=0)
        near = ((first <= upper) & (last >= lower)).all(axis=1)
    cover = shapely.union_all(_polygons(above.keep(near)))
    if cover.is_empty:
        return False
    # Upright pieces count here: the side of a kerb is all there is of an open mesh.
    rest = shapely.union_all([shapely.convex_hull(line) for line in _lines(pieces)])
    return bool(rest.difference(cover.buffer(SLIVER)).is_empty)


def _lines(pieces: Pieces) -> list[NDArray[np.object_]]:
    import shapely

    rings = np.split(pieces.points[:, :2], pieces.start[1:-1])
    return [shapely.multipoints(ring) for ring in rings]


def _polygons(pieces: Pieces) -> list[NDArray[np.object_]]:
    import shapely

    if not len(pieces):
        return []
    hulls = [shapely.convex_hull(ring) for ring in _lines(pieces)]
    return [hull for hull in hulls if hull.geom_type == "Polygon"]
