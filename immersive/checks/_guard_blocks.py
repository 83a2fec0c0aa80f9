"""Boxes around pieces of a hazard's bodies: which of thousands can be the nearest."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks._guard_edges import Band, Edge
from immersive.checks._guard_runs import Run
from immersive.checks._hazards import Hazard

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Blocks:
    """Boxes around pieces of all bodies of a hazard, in the world: what their distance is at least.

    Attributes:
        hazard: Whose.
        body: (K,) number of the body.
        centre: (K, 3) in the world.
        arms: (K, 3, 3) half edges of each box as rows, in the world.
        low, high: (K,) heights.
        moving: (K,) whether the body moves.
        floor: Where people stand.
    """

    hazard: Hazard
    body: NDArray[np.int64]
    centre: FloatArray
    arms: FloatArray
    low: FloatArray
    high: FloatArray
    moving: NDArray[np.bool_]
    floor: float
    _corners: dict[int, FloatArray] = field(default_factory=dict)
    _seen: dict[bytes, tuple[FloatArray, FloatArray]] = field(default_factory=dict)

    @cached_property
    def halves(self) -> FloatArray:
        """(K, 3) half sizes of the boxes along the axes of the world."""
        sizes: FloatArray = np.abs(self.arms).sum(axis=1)
        return sizes

    @staticmethod
    def of(hazard: Hazard, floor: float) -> Blocks:
        """Of each body's tree the boxes some levels down."""
        boxes = {id(one.shape): _some_boxes(one.shape.tree) for one in _distinct(hazard)}
        own = [boxes[id(one.shape)] for one in hazard.bodies]
        count = np.array([len(one) for one in own])
        number = np.repeat(np.arange(len(own)), count)
        local = np.concatenate(own)
        turn = np.stack([one.rotation for one in hazard.bodies])[number]
        middle = np.einsum("kij,kj->ki", turn, local[:, :3])
        middle += np.stack([one.origin for one in hazard.bodies])[number]
        arms = local[:, 3:, None] * turn.transpose(0, 2, 1)
        tall = np.abs(arms[:, :, 2]).sum(axis=1)
        return Blocks(
            hazard,
            number,
            middle,
            arms,
            middle[:, 2] - tall,
            middle[:, 2] + tall,
            hazard.margins[number] > 0.0,
            floor,
        )

    def corners(self, j: int) -> FloatArray:
        """(F, 3, 3) triangles of a body in the world."""
        if j not in self._corners:
            self._corners[j] = self.hazard.corners(j)
        return self._corners[j]

    def extent(self, across: FloatArray, more: float) -> tuple[float, float]:
        """Least and greatest offset along a direction of the floor plan, doubts and ``more`` included."""
        middle, size = self._along(across)
        half = size + ((self.hazard.margins + self.hazard.uncertainty)[self.body] + more)
        return float((middle - half).min()), float((middle + half).max())

    def _along(self, way: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(K,) middle and half size of each block along a direction of the floor plan; kept."""
        key = way.tobytes()
        if key not in self._seen:
            middle = self.centre[:, :2] @ way
            self._seen[key] = middle, np.abs(self.arms[:, :, :2] @ way).sum(axis=1)
        return self._seen[key]

    def far(self, run: Run, edge: Edge, offset: float, doubt: FloatArray) -> FloatArray:
        """(K,) lower bound of the plan distance of each block to an edge."""
        gaps = []
        for way, low, high in ((run.across, offset, offset), (run.along, edge.start, edge.end)):
            middle, half = self._along(way)
            gaps.append(np.maximum(np.maximum(low - middle - half, middle - half - high), 0.0))
        least: FloatArray = np.maximum(np.hypot(gaps[0], gaps[1]) - doubt[self.body], 0.0)
        return least

    def within(
        self, far: FloatArray, band: Band, floor: float, doubt: FloatArray
    ) -> tuple[NDArray[np.int64], FloatArray]:
        """Bodies that reach into a band of heights, and a lower bound of each one's distance."""
        spread = np.maximum(doubt[self.body], 0.0) + 1e-9
        if band.low < band.high:
            met = (self.low - spread < band.high + floor) & (self.high + spread > band.low + floor)
        else:
            # Of what moves, exact heights are a matter of chance, and the bands beside hold it.
            met = (self.low - spread <= band.high + floor) & (self.high + spread >= band.low + floor)
            met &= ~self.moving
        at = np.flatnonzero(met)
        if len(at) == 0:
            return np.empty(0, np.int64), np.empty(0)
        owner = self.body[at]
        # Bodies come in order, so their blocks are neighbours.
        starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
        return owner[starts], np.minimum.reduceat(far[at], starts)


def _distinct(hazard: Hazard) -> list[Any]:
    return list({id(one.shape): one for one in hazard.bodies}.values())


def _some_boxes(tree: Any) -> FloatArray:
    """(K, 6) centres and half sizes of nodes that together hold all: the tree opened until there are sixteen."""
    chosen = [0]
    while len(chosen) < 16:
        inner = [node for node in chosen if tree.links[node, 1] < 0]
        if not inner:
            break
        node = max(inner, key=lambda n: float(tree.boxes[n, 3:].max()))
        chosen.remove(node)
        first = int(tree.links[node, 0])
        chosen += [first, first + 1]
    found: FloatArray = tree.boxes[chosen]
    return found
