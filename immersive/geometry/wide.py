"""Packed bodies with trees eight boxes wide, and one more over the bodies: what point and capsule queries walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._wide_kernels import WIDE, widen
from immersive.geometry.bodies import Pack
from immersive.geometry.bvh import build

Wide = tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]


@dataclass(frozen=True, eq=False, slots=True)
class WideTrees:
    """The trees of a pack, eight wide.

    Attributes:
        tops: (T, 6, 8) float32 boxes of bodies in the world, rounded outwards; node 0 is the root.
        toplinks: (T, 8, 2) int32 (node, −1) or (place in ``order``, 1).
        order: (B,) int32 body numbers.
        boxes, links: The same over the triangles of each shape, in its frame; links: (node, −1) or (leaf, rows).
        starts: (L,) int32 first row of the pack in each leaf.
        corners: (L, 9, 8) float32 of each leaf's triangles; see ``_wide_kernels.widen``.
        roots: (B,) int64 root of each body's tree.
        extents: (B,) metres: no coordinate sum of a body in its frame is larger.
    """

    tops: NDArray[np.float32]
    toplinks: NDArray[np.int32]
    order: NDArray[np.int32]
    boxes: NDArray[np.float32]
    links: NDArray[np.int32]
    starts: NDArray[np.int32]
    corners: NDArray[np.float32]
    roots: NDArray[np.int64]
    extents: NDArray[np.float64]

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """As the kernels want them."""
        return (
            self.tops,
            self.toplinks,
            self.order,
            self.boxes,
            self.links,
            self.starts,
            self.corners,
            self.roots,
            self.extents,
        )


def wide_trees(pack: Pack, /) -> WideTrees:
    """Widen the trees of a pack; a shape's tree once for all its bodies."""
    low, high = pack.bounds[:, :3], pack.bounds[:, 3:]
    # A box as a triangle with two opposite corners: its own box is the box.
    top = build(np.stack([low, high, low], axis=1))
    (tops, toplinks, places, _), _ = _widened(top.boxes, top.links, top.triangles, np.zeros(1, np.int64), 1)
    (boxes, links, starts, corners), roots = _widened(pack.boxes, pack.links, pack.rows, pack.roots, WIDE)
    root = pack.boxes[pack.roots]
    extents = np.abs(root).sum(axis=1)
    return WideTrees(tops, toplinks, top.order[places], boxes, links, starts, corners, roots, extents)


def _widened(
    boxes: NDArray[np.float64],
    links: NDArray[np.int32],
    rows: NDArray[np.float64],
    roots: NDArray[np.int64],
    most: int,
) -> tuple[Wide, NDArray[np.int64]]:
    distinct, which = np.unique(roots, return_inverse=True)
    # A wide node takes apart at least one binary node or one leaf, a leaf of n rows at most n times.
    room = len(boxes) + len(rows) + len(distinct)
    leaves = room if most == 1 else len(boxes) + len(distinct)
    wide = (
        np.empty((room, 6, WIDE), np.float32),
        np.empty((room, WIDE, 2), np.int32),
        np.empty(leaves, np.int32),
        np.empty((0 if most == 1 else leaves, 9, WIDE), np.float32),
    )
    firsts = np.empty(len(distinct), np.int64)
    nodes = made = 0
    for k, root in enumerate(distinct):
        firsts[k] = nodes
        nodes, made = widen(boxes, links, rows, int(root), most, wide, (nodes, made))
    kept = (wide[0][:nodes].copy(), wide[1][:nodes].copy(), wide[2][:made].copy(), wide[3][:made].copy())
    return kept, firsts[which]
