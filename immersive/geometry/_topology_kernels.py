"""Compiled loops of :mod:`immersive.geometry.topology`. Deterministic: no result depends on threads."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from immersive.geometry._jit import helper, kernel

_FLAT: Final = 1e-12
"""A triangle whose height is below this fraction of its longest edge has no area: float64 noise."""

_SMALL: Final = 24
"""Buckets up to this size are sorted in place by insertion."""


@helper
def _sort(values: Any, start: Any, stop: Any) -> None:
    """Sort ``values[start:stop]`` in place. numba's own sort takes seconds to compile."""
    count = stop - start
    if count > _SMALL:
        # Heap sort: first every node from the last parent down is sifted, then the top is taken off.
        node = count // 2
        end = count
        while end > 1:
            if node > 0:
                node -= 1
                value = values[start + node]
            else:
                end -= 1
                value = values[start + end]
                values[start + end] = values[start]
            hole = node
            child = 2 * hole + 1
            while child < end:
                if child + 1 < end and values[start + child + 1] > values[start + child]:
                    child += 1
                if values[start + child] <= value:
                    break
                values[start + hole] = values[start + child]
                hole = child
                child = 2 * hole + 1
            values[start + hole] = value
        return
    for i in range(start + 1, stop):
        value = values[i]
        j = i - 1
        while j >= start and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value


@kernel
def edge_defects(faces: Any, index: Any, ends: Any, at_once: int) -> Any:
    """Count what is wrong with the edges.

    Args:
        faces: (F, 3) vertices.
        index: (V,) the vertex that stands for each one (equal coordinates).
        ends: (V + 1,) zeros of a type that holds 3 F; overwritten.
        at_once: About so many edges are sorted at a time, which bounds the memory.

    Returns:
        (open, non-manifold, inconsistent edges, duplicate faces).
    """
    count = len(faces)
    vertices = len(index)
    # Each edge belongs to its lower corner. First ends[v + 1] counts the edges of v.
    for f in range(count):
        a, b, c = index[faces[f, 0]], index[faces[f, 1]], index[faces[f, 2]]
        if a == b or b == c or c == a:
            continue
        ends[min(a, b) + 1] += 1
        ends[min(b, c) + 1] += 1
        ends[min(c, a) + 1] += 1
    for v in range(vertices):
        ends[v + 1] += ends[v]
    open_ = 0
    nonmanifold = 0
    inconsistent = 0
    duplicates = 0
    low = 0
    edges = np.empty(0, np.int64)
    while low < vertices:
        high = low + 1
        while high < vertices and ends[high + 1] - ends[low] <= at_once:
            high += 1
        base = np.int64(ends[low])
        if ends[high] - base > len(edges):
            edges = np.empty(ends[high] - base, np.int64)
        last = ends[high]
        # As (upper corner, third corner, direction). Filling moves ends[v] to where v's edges end.
        for f in range(count):
            a, b, c = index[faces[f, 0]], index[faces[f, 1]], index[faces[f, 2]]
            if a == b or b == c or c == a:
                continue
            for _ in range(3):
                lower = min(a, b)
                if low <= lower < high:
                    upper = np.int64(max(a, b))
                    direction = 0 if a < b else 1
                    edges[ends[lower] - base] = (upper << 32) | (np.int64(c) << 1) | direction
                    ends[lower] += 1
                a, b, c = b, c, a
        start = 0
        for v in range(low, high):
            stop = ends[v] - base
            _sort(edges, start, stop)
            i = start
            while i < stop:
                top = edges[i] >> 32
                j = i
                backward = 0
                while j < stop and (edges[j] >> 32) == top:
                    backward += edges[j] & 1
                    # The same three corners again: counted at the edge of the two lowest.
                    third = (edges[j] & 0xFFFFFFFF) >> 1
                    if j > i and third > top and ((edges[j - 1] & 0xFFFFFFFF) >> 1) == third:
                        duplicates += 1
                    j += 1
                n = j - i
                if n == 1:
                    open_ += 1
                elif n > 2:
                    nonmanifold += 1
                elif backward != 1:
                    inconsistent += 1
                i = j
            start = stop
        ends[high] = last
        low = high
    return open_, nonmanifold, inconsistent, duplicates


@kernel
def areas(points: Any, faces: Any) -> Any:
    """(triangles without area, signed volume) of (F, 3) faces; volume about the first corner."""
    flat = 0
    volume = 0.0
    ox, oy, oz = points[faces[0, 0], 0], points[faces[0, 0], 1], points[faces[0, 0], 2]
    for f in range(len(faces)):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, az = points[i, 0] - ox, points[i, 1] - oy, points[i, 2] - oz
        ux, uy, uz = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1], points[j, 2] - points[i, 2]
        vx, vy, vz = points[k, 0] - points[i, 0], points[k, 1] - points[i, 1], points[k, 2] - points[i, 2]
        wx, wy, wz = vx - ux, vy - uy, vz - uz
        longest = max(ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz, wx * wx + wy * wy + wz * wz)
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        if nx * nx + ny * ny + nz * nz <= _FLAT * _FLAT * longest * longest:
            flat += 1
        volume += ax * nx + ay * ny + az * nz
    return flat, volume / 6.0


@kernel
def count_shells(faces: Any, index: Any) -> int:
    """Pieces of (F, 3) faces that no vertex connects; ``index`` as for :func:`edge_defects`."""
    parent = np.full(len(index), -1, np.int32)
    shells = 0
    for f in range(len(faces)):
        root = np.int32(-1)
        for k in range(3):
            v = index[faces[f, k]]
            if parent[v] < 0:
                parent[v] = v
                shells += 1
            while parent[v] != v:
                parent[v] = parent[parent[v]]
                v = parent[v]
            if root < 0:
                root = v
            elif v != root:
                # The lower number leads, so that the trees do not depend on anything but the faces.
                if v < root:
                    root, v = v, root
                parent[v] = root
                shells -= 1
    return shells
