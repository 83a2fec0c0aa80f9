"""Closed triangle shapes in millimetres, Z up: boxes, prisms, lathe work, lofts, pipes, bins.

Every shape is watertight (each edge has two triangles) and wound outwards. Curves become
polygons whose corners lie on the circle, so a shape never exceeds its stated size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
AXES = {"x": 0, "y": 1, "z": 2}


def turn(axis: str, degrees: float) -> FloatArray:
    """(3, 3) rotation about a coordinate axis."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = c
    matrix[i, j], matrix[j, i] = -s, s
    return matrix


@dataclass(frozen=True, eq=False)
class Shape:
    """Vertices (V, 3) in millimetres and triangles (F, 3)."""

    v: FloatArray
    f: NDArray[np.int64]

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Shape:
        return Shape(self.v + np.array([x, y, z]), self.f)

    def turned(self, axis: str, degrees: float) -> Shape:
        return Shape(self.v @ turn(axis, degrees).T, self.f)

    def mirrored(self, axis: str) -> Shape:
        """Mirrored through the plane across ``axis``, still wound outwards."""
        factors = np.ones(3)
        factors[AXES[axis]] = -1.0
        return Shape(self.v * factors, self.f[:, ::-1])

    @property
    def volume(self) -> float:
        """Signed, cubic millimetres; positive when wound outwards."""
        a, b, c = (self.v[self.f[:, i]] for i in range(3))
        return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)


def join(*shapes: Shape) -> Shape:
    """Several bodies as one shape; they stay separate shells."""
    starts = np.cumsum([0, *(len(s.v) for s in shapes[:-1])])
    faces = [s.f + start for s, start in zip(shapes, starts, strict=True)]
    return Shape(np.concatenate([s.v for s in shapes]), np.concatenate(faces))


def _outwards(v: Sequence[Sequence[float]] | FloatArray, f: Sequence[Sequence[int]]) -> Shape:
    shape = Shape(np.asarray(v, np.float64), np.asarray(f, np.int64))
    return shape if shape.volume > 0.0 else Shape(shape.v, shape.f[:, ::-1])


# Boxes -----------------------------------------------------------------------------------


def box(x0: float, x1: float, y0: float, y1: float, z0: float, z1: float, c: float = 0.0) -> Shape:
    """A box between two corners, with all edges chamfered by ``c``."""
    low, high = np.array([x0, y0, z0]), np.array([x1, y1, z1])
    centre, half = (low + high) / 2.0, (high - low) / 2.0
    corners = list(product((-1, 1), repeat=3))
    if c <= 0.0:
        v = [centre + half * np.array(s) for s in corners]
        quads = [[i for i, s in enumerate(corners) if s[a] == e] for a in range(3) for e in (-1, 1)]
        return _convex(v, [[q[0], q[1], q[3], q[2]] for q in quads])
    # Each corner becomes three vertices: one on each of its three faces.
    v, index = [], {}
    for s in corners:
        for a in range(3):
            inset = half - c
            inset[a] = half[a]
            index[(s, a)] = len(v)
            v.append(centre + inset * np.array(s))
    polygons = [[index[(s, a)] for a in range(3)] for s in corners]
    for a in range(3):
        b, d = (a + 1) % 3, (a + 2) % 3

        def sign(values: dict[int, int]) -> tuple[int, int, int]:
            return (values[0], values[1], values[2])

        for e in (-1, 1):
            ring = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
            polygons.append([index[(sign({a: e, b: p, d: q}), a)] for p, q in ring])
        for e, g in product((-1, 1), repeat=2):
            first, second = sign({a: e, b: g, d: -1}), sign({a: e, b: g, d: 1})
            polygons.append([index[(first, a)], index[(second, a)], index[(second, b)], index[(first, b)]])
    return _convex(v, polygons)


def _convex(v: Sequence[FloatArray], polygons: Sequence[Sequence[int]]) -> Shape:
    """A convex body from its polygons in either winding."""
    points = np.asarray(v)
    middle = points.mean(axis=0)
    faces = []
    for polygon in polygons:
        p = points[list(polygon)]
        normal = np.cross(p[1] - p[0], p[2] - p[0])
        ordered = polygon if normal @ (p.mean(axis=0) - middle) > 0 else polygon[::-1]
        faces += [[ordered[0], ordered[i], ordered[i + 1]] for i in range(1, len(ordered) - 1)]
    return Shape(points, np.asarray(faces, np.int64))


# Outlines (polygons in a plane, counter-clockwise) ----------------------------------------


def circle(r: float, n: int = 24, x: float = 0.0, y: float = 0.0) -> FloatArray:
    """(n, 2) corners on the circle."""
    a = np.arange(n) * (2.0 * math.pi / n)
    return np.stack([x + r * np.cos(a), y + r * np.sin(a)], axis=1)


def rectangle(x0: float, x1: float, y0: float, y1: float) -> FloatArray:
    """(4, 2) corners."""
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64)


def rounded(w: float, h: float, r: float, n: int = 4, x: float = 0.0, y: float = 0.0) -> FloatArray:
    """(4(n+1), 2) rectangle ``w`` x ``h`` about (x, y) with corner radius ``r`` in ``n`` steps."""
    points = []
    for k, (sx, sy) in enumerate([(1, 1), (-1, 1), (-1, -1), (1, -1)]):
        for i in range(n + 1):
            a = math.pi / 2 * (k + i / n)
            points.append([x + sx * (w / 2 - r) + r * math.cos(a), y + sy * (h / 2 - r) + r * math.sin(a)])
    return np.array(points)


def arm_outline(r0: float, r1: float, length: float, n: int = 10) -> FloatArray:
    """Hull of a circle ``r0`` at the origin and a circle ``r1`` at (length, 0)."""
    lean = math.asin((r0 - r1) / length)
    start, end = math.pi / 2 - lean, 3 * math.pi / 2 + lean
    first = [(r0 * math.cos(a), r0 * math.sin(a)) for a in np.linspace(start, end, n + 1)]
    second = [
        (length + r1 * math.cos(a), r1 * math.sin(a)) for a in np.linspace(end - 2 * math.pi, start, n + 1)
    ]
    return np.array(first + second)


def profile_outline(a: float = 40.0, slot: float = 8.0, deep: float = 6.0, c: float = 1.5) -> FloatArray:
    """Cross-section of a slotted aluminium profile about the origin."""
    h, s = a / 2, slot / 2
    side = np.array([[-h + c, -h], [-s, -h], [-s, -h + deep], [s, -h + deep], [s, -h], [h - c, -h]])
    return np.concatenate([side @ turn("z", 90.0 * k)[:2, :2].T for k in range(4)])


def _inset(outline: FloatArray, distance: float) -> FloatArray:
    """The outline moved inwards, corners mitred; for distances small against its edges."""
    following, before = np.roll(outline, -1, axis=0), np.roll(outline, 1, axis=0)

    def inward(edge: FloatArray) -> FloatArray:
        unit = edge / np.linalg.norm(edge, axis=1, keepdims=True)
        return np.stack([-unit[:, 1], unit[:, 0]], axis=1)

    n0, n1 = inward(outline - before), inward(following - outline)
    return outline + distance * (n0 + n1) / (1.0 + np.einsum("ij,ij->i", n0, n1))[:, None]


def _ears(outline: FloatArray) -> list[list[int]]:
    """Triangles of a simple counter-clockwise polygon, by cutting ears."""

    def cross(o: int, a: int, b: int) -> float:
        (ax, ay), (bx, by) = outline[a] - outline[o], outline[b] - outline[o]
        return float(ax * by - ay * bx)

    left, triangles = list(range(len(outline))), []
    while len(left) > 3:
        for k in range(len(left)):
            i, j, m = left[k - 1], left[k], left[(k + 1) % len(left)]
            if cross(i, j, m) <= 1e-9:
                continue
            others = (p for p in left if p not in (i, j, m))
            if not any(min(cross(i, j, p), cross(j, m, p), cross(m, i, p)) >= -1e-9 for p in others):
                triangles.append([i, j, m])
                left.pop(k)
                break
        else:
            raise ValueError("outline is not a simple polygon")
    return [*triangles, left]


# Solids from outlines ---------------------------------------------------------------------


def loft(rings: Sequence[FloatArray], cap: list[list[int]] | None = None) -> Shape:
    """A solid through rings of equally many 3-D points, closed at both ends.

    ``cap`` are the triangles of one ring; a fan when None (convex rings).
    """
    n = len(rings[0])
    cap = cap or [[0, i, i + 1] for i in range(1, n - 1)]
    faces = [list(reversed(t)) for t in cap]
    for k in range(len(rings) - 1):
        for i in range(n):
            a, b = k * n + i, k * n + (i + 1) % n
            faces += [[a, b, b + n], [a, b + n, a + n]]
    top = (len(rings) - 1) * n
    faces += [[top + i for i in t] for t in cap]
    return _outwards(np.concatenate(rings), faces)


def _at(outline: FloatArray, z: float) -> FloatArray:
    return np.column_stack([outline, np.full(len(outline), z)])


def prism(outline: FloatArray, z0: float, z1: float, c: float = 0.0) -> Shape:
    """The outline pulled from ``z0`` to ``z1``, with both rims chamfered by ``c``."""
    if c > 0.0:
        small = _inset(outline, c)
        rings = [_at(small, z0), _at(outline, z0 + c), _at(outline, z1 - c), _at(small, z1)]
        return loft(rings, _ears(small))
    return loft([_at(outline, z0), _at(outline, z1)], _ears(outline))


def along(axis: str, shape: Shape) -> Shape:
    """A shape made along Z laid along another axis: its x, y become the two that follow ``axis``."""
    order = {"x": [2, 0, 1], "y": [1, 2, 0], "z": [0, 1, 2]}[axis]
    return Shape(shape.v[:, order], shape.f)


def ring_prism(outer: FloatArray, inner: FloatArray, z0: float, z1: float) -> Shape:
    """A prism with a hole: both outlines have equally many corners in the same order."""
    rings = [_at(outer, z0), _at(outer, z1), _at(inner, z1), _at(inner, z0)]
    n, faces = len(outer), []
    for k in range(4):
        for i in range(n):
            a, b = k * n + i, k * n + (i + 1) % n
            c, d = (a + n) % (4 * n), (b + n) % (4 * n)
            faces += [[a, b, d], [a, d, c]]
    return _outwards(np.concatenate(rings), faces)


def lathe(profile: ArrayLike, n: int = 24) -> Shape:
    """A solid of revolution about Z; ``profile`` is (r, z) pairs upwards, first and last get flat ends."""
    rings = [_at(circle(r, n), z) for r, z in np.asarray(profile, np.float64)]
    return loft(rings)


def cylinder(r: float, z0: float, z1: float, n: int = 24, c: float = 0.0, axis: str = "z") -> Shape:
    """A cylinder along an axis through the origin, rims chamfered by ``c``."""
    profile = [(r - c, z0), (r, z0 + c), (r, z1 - c), (r - c, z1)] if c else [(r, z0), (r, z1)]
    return along(axis, lathe(profile, n))


def pipe(path: ArrayLike, r: float, n: int = 10) -> Shape:
    """A round bar along a polyline of (P, 3) points, mitred at the corners."""
    points = np.asarray(path, np.float64)
    steps = np.diff(points, axis=0)
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    helper = np.array([0.0, 0.0, 1.0]) if abs(steps[0][2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    u = np.cross(helper, steps[0])
    u /= np.linalg.norm(u)
    section = circle(r, n)
    ring = points[0] + section[:, :1] * u + section[:, 1:] * np.cross(steps[0], u)
    rings = [ring]
    for k in range(1, len(points)):
        # Slide the ring along the bar to the plane that halves the corner.
        cut = steps[k - 1] + steps[k] if k < len(steps) else steps[-1]
        reach = ((points[k] - ring) @ cut) / (steps[k - 1] @ cut)
        ring = ring + reach[:, None] * steps[k - 1]
        rings.append(ring)
    return loft(rings)


def bar(axis: str, start: float, end: float, u: float, v: float, a: float = 40.0) -> Shape:
    """A slotted aluminium profile along an axis, centred on (u, v) of the two axes that follow it."""
    return along(axis, prism(profile_outline(a, a / 5, a * 0.15, a * 0.04) + np.array([u, v]), start, end))


def bin_shape(w: float, d: float, h: float, lip: float, t: float = 2.5) -> Shape:
    """An open picking bin: origin at the middle of the front bottom edge, front towards -Y.

    The front leans out and ends at height ``lip``; the sides slope up to ``h``. Walls ``t``.
    """
    lean, run = 0.35 * lip, 0.45 * d
    outer = [(0, 0), (d, 0), (d, h), (run, h), (-lean, lip)]
    low = t * 0.35 * lip / lip
    inner = [(t - low, t), (d - t, t), (d - t, h), (run, h), (t - lean, lip)]
    v = [
        (s * (w / 2 - (0 if loop is outer else t)), y, z)
        for s in (1, -1)
        for loop in (outer, inner)
        for y, z in loop
    ]
    ro, ri, lo, li = 0, 5, 10, 15
    faces: list[list[int]] = []

    def quad(a: int, b: int, c: int, d_: int) -> None:
        faces.extend([[a, b, c], [a, c, d_]])

    for k in ((0, 1), (1, 2), (4, 0)):  # floor, back, front: outside and inside
        quad(ro + k[0], lo + k[0], lo + k[1], ro + k[1])
        quad(ri + k[1], li + k[1], li + k[0], ri + k[0])
    for k in ((2, 3), (3, 4)):  # the rims of the sides
        quad(ro + k[0], ri + k[0], ri + k[1], ro + k[1])
        quad(lo + k[1], li + k[1], li + k[0], lo + k[0])
    quad(ro + 4, ri + 4, li + 4, lo + 4)
    quad(lo + 2, li + 2, ri + 2, ro + 2)
    for base, flip in ((ro, 1), (ri, -1), (lo, -1), (li, 1)):
        fan = [[base + 1, base + 2, base + 3], [base + 1, base + 3, base + 4], [base + 1, base + 4, base]]
        faces.extend(t_[::flip] for t_ in fan)
    return _outwards(v, faces)
