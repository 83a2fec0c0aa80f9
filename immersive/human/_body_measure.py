"""Measuring a skin like a body: breadth, depth and tape girth of a section."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Section:
    """What callipers and a tape read, metres; the tape spans hollows.

    Attributes:
        width: Along the first axis in the plane (for a level section: across the body).
        depth: Along the second.
        girth: Of the hull.
    """

    width: float
    depth: float
    girth: float


def section(
    vertices: FloatArray,
    edges: NDArray[np.int32],
    chosen: NDArray[np.bool_],
    point: Sequence[float] | FloatArray,
    normal: Sequence[float] | FloatArray,
) -> Section:
    """Section of the chosen vertices' edges by a plane.

    Args:
        vertices: (V, 3) metres.
        edges: (E, 2).
        chosen: (V,) which vertices take part.
        point: On the plane.
        normal: Unit, of the plane; must not be along Y.
    """
    n = np.asarray(normal, np.float64)
    height = (vertices - np.asarray(point)) @ n
    a, b = edges[chosen[edges].all(axis=1)].T
    cross = (height[a] > 0.0) != (height[b] > 0.0)
    a, b = a[cross], b[cross]
    share = height[a] / (height[a] - height[b])
    at = vertices[a] + share[:, None] * (vertices[b] - vertices[a])
    v = np.array([0.0, 1.0, 0.0])
    flat = np.stack([at @ np.cross(v, n), at @ v], axis=1)
    width, depth = np.ptp(flat, axis=0)
    return Section(float(width), float(depth), _hull_girth(flat))


def _hull_girth(points: FloatArray) -> float:
    """Perimeter of the convex hull (monotone chain, Andrew 1979)."""
    ordered = sorted(map(tuple, points.tolist()))
    total = 0.0
    for row in (ordered, ordered[::-1]):
        chain: list[tuple[float, ...]] = []
        for p in row:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], p) <= 0.0:
                chain.pop()
            chain.append(p)
        total += sum(math.dist(a, b) for a, b in pairwise(chain))
    return total


def _turn(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
