"""Compiled loops of :mod:`immersive.geometry.topology`. Deterministic: no result depends on threads."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

_FLAT: Final = 1e-12
"""A triangle whose height is below this fraction of its longest edge has no area: float64 noise."""

_SMALL: Final = 24
"""Buckets up to this size are sorted in place by insertion."""


@njit(cache=True, nogil=True)
def _sort(values: Any, start: int, stop: int) -> None:
    if stop - start > _SMALL:
        values[start:stop] = np.sort(values[start:stop])
        return
    for i in range(start + 1, stop):
        value = values[i]
        j = i - 1
        while j >= start and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value


@njit(cache=True, nogil=True)
def edge_defects(corners: Any, vertices: int) -> Any:
    """(open, non-manifold, inconsistent edges, duplicate faces) of (F, 3) welded corners."""
    count = len(corners)
    starts = np.zeros(vertices + 1, np.int64)
    for f in range(count):
        a, b, c = corners[f, 0], corners[f, 1], corners[f, 2]
        if a == b or b == c or c == a:
            continue
        starts[min(a, b) + 1] += 1
        starts[min(b, c) + 1] += 1
        starts[min(c, a) + 1] += 1
    for v in range(vertices):
        starts[v + 1] += starts[v]
    ends = starts[:-1].copy()
    # Each edge lies in the bucket of its lower corner as (upper corner, third corner, direction).
    edges = np.empty(starts[vertices], np.int64)
    for f in range(count):
        a, b, c = corners[f, 0], corners[f, 1], corners[f, 2]
        if a == b or b == c or c == a:
            continue
        for _ in range(3):
            if a < b:
                edges[ends[a]] = (np.int64(b) << 32) | (np.int64(c) << 1)
                ends[a] += 1
            else:
                edges[ends[b]] = (np.int64(a) << 32) | (np.int64(c) << 1) | 1
                ends[b] += 1
            a, b, c = b, c, a
    open_ = 0
    nonmanifold = 0
    inconsistent = 0
    duplicates = 0
    for v in range(vertices):
        start = starts[v]
        stop = starts[v + 1]
        _sort(edges, start, stop)
        i = start
        while i < stop:
            upper = edges[i] >> 32
            j = i
            backward = 0
            while j < stop and (edges[j] >> 32) == upper:
                backward += edges[j] & 1
                # The same three corners again: met once per triangle at its two lowest corners.
                third = (edges[j] & 0xFFFFFFFF) >> 1
                if j > i and third > upper and ((edges[j - 1] & 0xFFFFFFFF) >> 1) == third:
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
    return open_, nonmanifold, inconsistent, duplicates


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def count_shells(corners: Any, vertices: int) -> int:
    """Pieces of (F, 3) welded corners that no vertex connects."""
    parent = np.full(vertices, -1, np.int32)
    shells = 0
    for f in range(len(corners)):
        root = np.int32(-1)
        for k in range(3):
            v = corners[f, k]
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
