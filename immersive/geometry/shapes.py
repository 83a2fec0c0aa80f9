"""Closed meshes of simple solids, wound outwards, with the bound on their distance from the true surface.

All are centred on the origin; axes of revolution are Z. Round shapes have their corners on the
true surface, with corners on the X and Y axes, so that the axis-aligned box is exact. ``size``,
``radius`` … may be in any one length unit; vertices and deflection come out in the same unit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.tolerance import SHAPE_DEFLECTION, SHAPE_SEGMENTS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

_MOST_SEGMENTS = 1024


class Shape(NamedTuple):
    """Triangles of a solid.

    Attributes:
        vertices: (V, 3) float64.
        faces: (F, 3) int32, counter-clockwise seen from outside.
        deflection: Bound on the distance between the triangles and the true surface.
    """

    vertices: FloatArray
    faces: IntArray
    deflection: float


def segments_for(radius: float, deflection: float = SHAPE_DEFLECTION) -> int:
    """Chords of a circle whose sagitta is at most ``deflection``: a multiple of 4, at least 32.

    Never more than 1,024, where the shape's own ``deflection`` then says what is left.
    """
    if not deflection < radius:
        return SHAPE_SEGMENTS
    exact = math.pi / math.acos(1.0 - deflection / radius) if deflection > 0.0 else math.inf
    return max(SHAPE_SEGMENTS, 4 * math.ceil(min(exact, _MOST_SEGMENTS) / 4.0))


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0.0):
            raise ValueError(f"{name} must be a positive number, not {value!r}")


def _circle(segments: int) -> FloatArray:
    """(segments, 2) unit circle from +X counter-clockwise; the four axis points exact."""
    quarter = segments // 4
    angle = np.arange(quarter) * (2.0 * math.pi / segments)
    c, s = np.cos(angle), np.sin(angle)
    return (
        np.concatenate([np.stack(pair, axis=1) for pair in ((c, s), (-s, c), (-c, -s), (s, -c))]) + 0.0
    )  # adding zero turns -0.0 into 0.0


def box(size: tuple[float, float, float], /) -> Shape:
    """A box of three edge lengths: 8 vertices, 12 triangles, exact."""
    _positive(x=size[0], y=size[1], z=size[2])
    corners = np.array([[x, y, z] for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)])
    faces = np.array(
        [[0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4],
         [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2], [1, 3, 7], [1, 7, 5]],
        np.int32,
    )  # fmt: skip
    return Shape(corners * np.asarray(size, np.float64), faces, 0.0)


def _revolve(profile: list[tuple[float, float]], segments: int) -> tuple[FloatArray, IntArray]:
    """A closed solid from (radius, z) rings, lowest first; the first and last must have radius 0."""
    circle = _circle(segments)
    around = np.arange(segments)
    after = (around + 1) % segments
    points: list[FloatArray] = []
    faces: list[NDArray[np.int64]] = []
    start = 0
    below: tuple[int, bool] | None = None
    for radius, z in profile:
        ring = radius > 0.0
        layer = np.zeros((segments if ring else 1, 3))
        layer[:, :2] = radius * circle if ring else 0.0
        layer[:, 2] = z
        points.append(layer)
        if below is not None:
            base, was_ring = below
            if ring and was_ring:
                faces.append(np.stack([base + around, base + after, start + after], axis=1))
                faces.append(np.stack([base + around, start + after, start + around], axis=1))
            elif ring:
                faces.append(np.stack([np.full(segments, base), start + after, start + around], axis=1))
            elif was_ring:
                faces.append(np.stack([base + around, base + after, np.full(segments, start)], axis=1))
        below = (start, ring)
        start += len(layer)
    return np.concatenate(points), np.concatenate(faces).astype(np.int32)


def cylinder(
    radius: float, height: float, /, *, segments: int | None = None, deflection: float = SHAPE_DEFLECTION
) -> Shape:
    """A cylinder along Z: 4 × segments triangles.

    Args:
        radius: Positive.
        height: Positive, from −height/2 to +height/2.
        segments: Chords of the circle, a multiple of 4; chosen from ``deflection`` if None.
        deflection: Largest distance from the true surface wanted.
    """
    return cone(radius, height, top_radius=radius, segments=segments, deflection=deflection)


def cone(
    radius: float,
    height: float,
    /,
    *,
    top_radius: float = 0.0,
    segments: int | None = None,
    deflection: float = SHAPE_DEFLECTION,
) -> Shape:
    """A cone (or truncated cone) along Z, wide end at −height/2, tip or ``top_radius`` at +height/2."""
    _positive(radius=radius, height=height)
    if not (math.isfinite(top_radius) and top_radius >= 0.0):
        raise ValueError(f"top_radius must not be negative, not {top_radius!r}")
    widest = max(radius, top_radius)
    count = _segments(segments, widest, deflection)
    half = height / 2.0
    profile = [(0.0, -half), (radius, -half)]
    profile += [(top_radius, half), (0.0, half)] if top_radius > 0.0 else [(0.0, half)]
    vertices, faces = _revolve(profile, count)
    return Shape(vertices, faces, widest * (1.0 - math.cos(math.pi / count)))


def sphere(radius: float, /, *, segments: int | None = None, deflection: float = SHAPE_DEFLECTION) -> Shape:
    """A sphere of circles of latitude (half as many as meridians)."""
    return capsule(radius, 0.0, segments=segments, deflection=deflection)


def capsule(
    radius: float, length: float, /, *, segments: int | None = None, deflection: float = SHAPE_DEFLECTION
) -> Shape:
    """A cylinder of ``length`` along Z with half spheres at both ends (height ``length + 2 radius``)."""
    _positive(radius=radius)
    if not (math.isfinite(length) and length >= 0.0):
        raise ValueError(f"length must not be negative, not {length!r}")
    # A cell of the sphere bulges along both directions, each by one sagitta: half of it for each.
    count = _segments(segments, radius, deflection / 2.0)
    steps = count // 4
    up = [
        (radius * math.cos(a), radius * math.sin(a)) for a in (i * math.pi / 2 / steps for i in range(steps))
    ]
    profile = [(0.0, -radius - length / 2.0)]
    profile += [(r, -z - length / 2.0) for r, z in reversed(up)]
    profile += [(r, z + length / 2.0) for r, z in (up if length > 0.0 else up[1:])]
    profile += [(0.0, radius + length / 2.0)]
    vertices, faces = _revolve(profile, count)
    # Exact for inscribed facets: the nearest point of a facet's plane is never nearer than the facet.
    low = vertices.copy()
    low[:, 2] = np.sign(low[:, 2]) * np.maximum(np.abs(low[:, 2]) - length / 2.0, 0.0)
    a, b, c = (low[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    size = np.linalg.norm(normal, axis=1)
    real = size > 1e-12 * radius * radius
    height = np.abs(np.einsum("ij,ij->i", normal[real], a[real])) / size[real]
    side = radius * (1.0 - math.cos(math.pi / count))
    return Shape(vertices, faces, max(side, radius - float(height.min())))


def _segments(segments: int | None, radius: float, deflection: float) -> int:
    if segments is None:
        return segments_for(radius, deflection)
    if segments < 4 or segments % 4:
        raise ValueError(f"segments must be a multiple of 4 and at least 4, not {segments}")
    return segments
