"""The pieces of a mesh and which of them enclose a volume, whatever the winding or the repeats.

Corners of equal coordinates are one corner. A triangle that repeats another one (in any winding)
or has two equal corners says nothing about inside and outside and is left out. A piece is what
shared edges connect; it is closed if each of its edges has an even number of triangles. A piece that
is open only because solids in it share a face (the same triangles wound both ways) is closed
without that face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


@dataclass(frozen=True, eq=False, slots=True)
class Shells:
    """Pieces of one mesh.

    Attributes:
        label: (F,) int32 piece of each face; -1 for repeated and degenerate ones.
        closed: (S,) bool per piece.
        sign: (S,) int64, +1 for a solid, -1 for a cavity (a closed piece wound the other way than
            the mesh's greatest one), 0 for an open piece. Inconsistently wound pieces count as solids.
        probe: (S, 3) a corner of each piece.
        low, high: (S, 3) box of each piece.
    """

    label: IntArray
    closed: NDArray[np.bool_]
    sign: NDArray[np.int64]
    probe: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def all_closed(self) -> bool:
        """True if there is a piece and none is open."""
        return bool(len(self.closed) > 0 and self.closed.all())

    @property
    def any_closed(self) -> bool:
        return bool(self.closed.any())


def shells(vertices: FloatArray, faces: IntArray, /) -> Shells:
    """Take a mesh (V, 3), (F, 3) apart. F ≥ 1, vertices finite."""
    corners = _weld(vertices)[faces]
    keep, both_ways = _distinct(corners)
    used = np.flatnonzero(keep)
    label = np.full(len(faces), -1, np.int32)
    if len(used) == 0:
        none = np.empty((0, 3))
        return Shells(label, np.empty(0, bool), np.empty(0, np.int64), none, none, none)
    piece, closed, even_way = _connect(corners[used])
    shared = both_ways[used] & ~closed[piece]
    if shared.any() and not shared.all():
        fewer = used[~shared]
        again = _connect(corners[fewer])
        if (~again[1][again[0]]).sum() < (~closed[piece]).sum() - shared.sum():
            used = fewer
            piece, closed, even_way = again
    count = len(closed)

    points = vertices[faces[used]]
    volume = np.bincount(
        piece,
        weights=np.einsum("fi,fi->f", points[:, 0], np.cross(points[:, 1], points[:, 2])),
        minlength=count,
    )
    sound = closed & even_way
    sign = np.where(sound & (volume < 0.0), -1, 1).astype(np.int64)
    size = np.where(sound, np.abs(volume), 0.0)
    if size.max() > 0.0 and sign[int(np.argmax(size))] < 0:
        sign[sound] = -sign[sound]
    sign[~closed] = 0

    label[used] = piece
    probe = np.empty((count, 3))
    probe[piece[::-1]] = points[::-1, 0]
    low = np.full((count, 3), np.inf)
    high = np.full((count, 3), -np.inf)
    np.minimum.at(low, piece, points.min(axis=1))
    np.maximum.at(high, piece, points.max(axis=1))
    return Shells(label, closed, sign, probe, low, high)


def _distinct(corners: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(F,) the first of each set of equal proper triangles; and those found as often in both windings."""
    ordered = np.sort(corners, axis=1)
    proper = (ordered[:, 0] != ordered[:, 1]) & (ordered[:, 1] != ordered[:, 2])
    rank = np.lexsort((ordered[:, 2], ordered[:, 1], ordered[:, 0]))
    ranked = ordered[rank]
    first = np.ones(len(rank), bool)
    first[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    number = np.cumsum(first) - 1
    # +1 if the corners ascend in cyclic order, -1 for the other winding.
    a, b, c = corners[rank].T
    way = np.where((a < b).astype(int) + (b < c) + (c < a) == 2, 1.0, -1.0)
    balance = np.bincount(number, weights=way)
    keep = np.zeros(len(corners), bool)
    keep[rank[first]] = True
    both_ways = np.zeros(len(corners), bool)
    both_ways[rank] = balance[number] == 0.0
    return keep & proper, both_ways


def _connect(
    tri: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """(piece of each triangle, per piece: closed, per piece: each edge run as often both ways)"""
    start = np.concatenate([tri[:, 0], tri[:, 1], tri[:, 2]])
    end = np.concatenate([tri[:, 1], tri[:, 2], tri[:, 0]])
    face = np.tile(np.arange(len(tri)), 3)
    forward = start < end
    a, b = np.minimum(start, end), np.maximum(start, end)
    by_edge = np.argsort(a * (int(tri.max()) + 1) + b, kind="stable")
    a, b, face, forward = a[by_edge], b[by_edge], face[by_edge], forward[by_edge]
    fresh = np.ones(len(a), bool)
    fresh[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    edge = np.cumsum(fresh) - 1
    joined = ~fresh
    piece = _pieces(len(tri), face[:-1][joined[1:]], face[1:][joined[1:]])
    count = int(piece.max()) + 1
    per_edge = np.bincount(edge)
    ahead = np.bincount(edge, weights=forward)
    owner = piece[face[fresh]]
    odd = np.bincount(owner, weights=per_edge % 2 == 1, minlength=count)
    uneven = np.bincount(owner, weights=2.0 * ahead != per_edge, minlength=count)
    return piece, odd == 0.0, uneven == 0.0


def _weld(vertices: FloatArray) -> NDArray[np.int64]:
    """(V,) number of each vertex among the distinct ones; 0.0 and -0.0 are equal."""
    clean = vertices + 0.0
    rank = np.lexsort((clean[:, 2], clean[:, 1], clean[:, 0]))
    ranked = clean[rank]
    fresh = np.ones(len(rank), bool)
    fresh[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    index = np.empty(len(rank), np.int64)
    index[rank] = np.cumsum(fresh) - 1
    return index


def _pieces(count: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """(count,) piece of each item when left[k] and right[k] belong together; numbered by first item."""
    parent = np.arange(count)
    _unite(parent, left, right)
    _, piece = np.unique(parent, return_inverse=True)
    return np.asarray(piece, np.int64)


@kernel
def _unite(parent, left, right):  # type: ignore[no-untyped-def]
    for k in range(len(left)):
        a = left[k]
        b = right[k]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a < b:
            parent[b] = a
        else:
            parent[a] = b
    for k in range(len(parent)):
        a = k
        while parent[a] != a:
            a = parent[a]
        parent[k] = a
