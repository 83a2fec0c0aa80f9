"""Polygons to triangles, also concave ones, in batches: OBJ, PLY, COLLADA.

A polygon of n corners always gives n − 2 triangles with its own winding. Triangles, quadrilaterals
and convex polygons are done by numpy at once; what is concave goes to compiled ear clipping.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import LimitError

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

MAX_CONCAVE_CORNERS: Final = 20_000
"""Ear clipping takes a time that grows with the square of the corners: about a second here."""

_BUDGET: Final = 2_000_000_000
"""Corners looked at before ear clipping gives up: a few seconds."""

_FLAT: Final = 1e-9
"""A corner counts as convex while its turn is no further back than this, relative to the polygon's area."""


def triangulate(
    points: FloatArray, corners: IndexArray, counts: IndexArray, *, file: str
) -> tuple[IndexArray, IndexArray]:
    """Triangles of many polygons.

    Args:
        points: (V, 3) positions; those that are not finite are treated as the origin here, so that
            the caller can still count the triangles that use them.
        corners: Vertex indices of all polygons one after the other, each in ``[0, V)``.
        counts: Corners of each polygon; polygons of fewer than three give nothing.
        file: For messages.

    Returns:
        ``(triangles, polygon)``: (F, 3) positions in ``corners`` (not vertex indices, so that other
        attributes of a corner can follow) and (F,) the polygon each triangle belongs to, ascending.

    Raises:
        LimitError: A concave polygon with more than 20,000 corners.
    """
    corners = np.asarray(corners, np.int64)
    counts = np.asarray(counts, np.int64)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]) if len(counts) else np.empty(0, np.int64)
    pieces: list[IndexArray] = []
    owners: list[IndexArray] = []
    concave: list[IndexArray] = []
    for n in np.unique(counts):
        n = int(n)
        if n < 3:
            continue
        which = np.flatnonzero(counts == n)
        table = starts[which, None] + np.arange(n)
        if n == 3:
            pieces.append(table)
            owners.append(which)
            continue
        turns = _turns(points[corners[table]])
        if n == 4:
            # A simple quadrilateral has at most one reflex corner, and the cut must start there.
            odd = (turns[:, 1] < -_FLAT) | (turns[:, 3] < -_FLAT)
            table = np.where(odd[:, None], np.roll(table, -1, axis=1), table)
        else:
            bent = (turns < -_FLAT).any(axis=1)
            if bent.any():
                concave.append(which[bent])
                which, table = which[~bent], table[~bent]
        fan = np.stack(
            [np.broadcast_to(table[:, :1], (len(table), n - 2)), table[:, 1:-1], table[:, 2:]], axis=2
        )
        pieces.append(fan.reshape(-1, 3))
        owners.append(np.repeat(which, n - 2))
    if concave:
        which = np.concatenate(concave)
        pieces.append(_clip(points, corners, starts[which], counts[which], file))
        owners.append(np.repeat(which, counts[which] - 2))
    if not pieces:
        return np.empty((0, 3), np.int64), np.empty(0, np.int64)
    triangles, polygon = np.concatenate(pieces), np.concatenate(owners)
    if len(pieces) > 1:
        order = np.argsort(polygon, kind="stable")
        triangles, polygon = triangles[order], polygon[order]
    return triangles, polygon


def _normals(loops: FloatArray) -> FloatArray:
    """(P, 3) twice the vector area of (P, n, 3) loops (Newell), from a corner for precision."""
    local = loops - loops[:, :1]
    normal: FloatArray = np.cross(local, np.roll(local, -1, axis=1)).sum(axis=1)
    return normal


def _turns(loops: FloatArray) -> FloatArray:
    """(P, n) how far each corner turns with (+) or against (−) the polygon, relative to its area."""
    loops = np.where(np.isfinite(loops), loops, 0.0)
    # Coordinates of a damaged file may overflow when multiplied: such corners count as straight.
    with np.errstate(over="ignore", invalid="ignore"):
        normal = _normals(loops)
        size = np.einsum("pi,pi->p", normal, normal)
        forward = np.roll(loops, -1, axis=1) - loops
        cross = np.cross(np.roll(forward, 1, axis=1), forward)
        turn = np.einsum("pni,pi->pn", cross, normal)
        safe = np.where(size > 0.0, size, 1.0)
        return np.where(size[:, None] > 0.0, turn / safe[:, None], 0.0)


def _clip(
    points: FloatArray, corners: IndexArray, starts: IndexArray, counts: IndexArray, file: str
) -> IndexArray:
    most = int(counts.max())
    if most > MAX_CONCAVE_CORNERS:
        raise LimitError(
            file, f"has a concave polygon of {most:,} corners; at most {MAX_CONCAVE_CORNERS:,} are read"
        )
    from immersive.geometry._ear_kernels import clip_ears

    flat: list[FloatArray] = []
    back: list[IndexArray] = []
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        loop = points[corners[start : start + count]]
        loop = np.where(np.isfinite(loop), loop, 0.0)
        with np.errstate(over="ignore", invalid="ignore"):
            normal = _normals(loop[None])[0]
        axis = int(np.abs(normal).argmax())
        # Dropping the longest axis of the normal keeps the area largest; the order keeps the winding.
        u, v = ((1, 2), (2, 0), (0, 1))[axis]
        flat.append(loop[:, [u, v] if normal[axis] >= 0.0 else [v, u]])
        back.append(np.arange(start, start + count))
    begin = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    triangles: IndexArray = clip_ears(np.ascontiguousarray(np.concatenate(flat)), begin, counts, _BUDGET)
    if len(triangles) == 0:
        raise LimitError(
            file, f"has concave polygons that take too long to divide, the largest of {most:,} corners"
        )
    return np.concatenate(back)[triangles]
