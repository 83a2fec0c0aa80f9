"""Placed meshes made ready for queries: what points, spheres, capsules and boxes are asked against.

Also :func:`holders`, which says in the material of which bodies points lie.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._curve import along_curve
from immersive.geometry._inside_kernels import holding
from immersive.geometry.bodies import Body, Pack, pack
from immersive.geometry.pairs import run_chunks
from immersive.geometry.wide import WideTrees, wide_trees

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

CHUNK: Final = 2048
"""Queries a thread takes at a time; few of them are shared out in smaller ones."""
FEW: Final = 256
"""Queries up to which a thread pool costs more than it saves."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Placed meshes ready for queries.

    Attributes:
        pack: The bodies; body numbers are positions in it.
        wide: Their trees.
    """

    pack: Pack
    wide: WideTrees

    @cached_property
    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return (*self.wide.arrays(), self.pack.rows, self.pack.frames)

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """All that the kernels want, in their order: trees, then rows and frames of the pack."""
        return self._arrays

    @cached_property
    def half(self) -> FloatArray:
        """(B, 6) centre and half extents of each body's box in its frame."""
        return self.pack.boxes[self.pack.roots]

    @cached_property
    def solids(self) -> tuple[IndexArray, IndexArray, NDArray[np.uint8]]:
        """Piece of each row of the pack, sign of each piece, and whether each body has closed ones.

        As in ``shells.Shells``, the pieces of all shapes counted through; found on first use.
        """
        label = np.full(len(self.pack.rows), -1, np.int64)
        signs: list[IndexArray] = []
        closed = np.zeros(self.pack.size, np.uint8)
        known: set[int] = set()
        count = 0
        for k, body in enumerate(self.pack.bodies):
            found = body.shape.shells
            closed[k] = found.any_closed
            if id(body.shape) in known:
                continue
            known.add(id(body.shape))
            own = found.label[body.shape.tree.order].astype(np.int64)
            label[self.pack.first[k] : self.pack.last[k]] = np.where(own >= 0, own + count, -1)
            signs.append(found.sign)
            count += len(found.sign)
        return label, np.concatenate(signs), closed

    @cached_property
    def has_sides(self) -> NDArray[np.bool_]:
        """(R,) whether each row of the pack belongs to a closed piece; a repeated or degenerate one counts as
        the rest of its mesh: closed if all of that is.
        """
        label, sign, _ = self.solids
        found = np.asarray(np.append(sign != 0, False)[label])
        for k, body in enumerate(self.pack.bodies):
            if body.shape.shells.all_closed:
                found[self.pack.first[k] : self.pack.last[k]] = True
        return found


def surroundings(bodies: Iterable[Body] | Pack, /) -> Surroundings:
    """Make bodies (at least one) ready for queries."""
    packed = bodies if isinstance(bodies, Pack) else pack(bodies)
    return Surroundings(packed, wide_trees(packed))


def holders(
    scene: Surroundings,
    points: FloatArray,
    /,
    *,
    clear: FloatArray | None = None,
    order: IndexArray | None = None,
    threads: int | None = None,
) -> IndexArray:
    """(M, 2) point and body of every point that lies in the material of a body; ascending.

    Material is what closed pieces enclose (cavities are not); an open piece has none. A point on a surface may
    come out either way.

    Args:
        scene: The meshes.
        points: (N, 3) metres, world, finite, C order.
        clear: (N,) metres around each point in which there is no surface: fewer points are asked then.
        order: (N,) order to take them in, neighbours together.
        threads: Default: all cores this process may use; the result does not depend on it.
    """
    solids = scene.solids
    if not solids[2].any():
        return np.empty((0, 2), np.int64)
    arrays, half = scene.arrays(), scene.half
    around = np.empty(0) if clear is None else clear
    order = np.arange(len(points)) if order is None else order
    found: list[IndexArray] = []

    def work(todo: IndexArray) -> int:
        room = 2 * len(todo) + 8
        while True:
            held = np.empty((room, 2), np.int64)
            count = holding(points, around, arrays, half, solids, todo, held)
            if count >= 0:
                found.append(held[:count])
                return len(todo)
            room *= 4

    if len(order) <= FEW:
        work(order)
    else:
        run_chunks(work, order, threads=threads, chunk=chunk_for(len(points)))
    pairs = np.concatenate(found) if found else np.empty((0, 2), np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def chunk_for(count: int, /) -> int:
    """Queries in a chunk; depends on their number only, so that results do."""
    return CHUNK if count > 4 * CHUNK else max(FEW, count // 8)


def by_neighbourhood(points: FloatArray, /) -> IndexArray:
    """Order (N,) of finite points (N, 3) that keeps neighbours together."""
    places = np.ascontiguousarray(points, np.float64)
    order: IndexArray = along_curve(places, places, 0.0)
    return order
