"""How deep two overlapping bodies are in each other: a proven lower and a proven upper bound.

The quantity bounded is the shortest translation that takes one body out of the other.

Lower bound (``depth``), the greatest of
- *crossing*: the translation that the worst pair of crossing triangles needs (``contact``); holds
  for open meshes too;
- *surface point*: a point of one surface that lies inside the other closed body, by its distance to
  that body's surface: any shorter translation leaves it inside;
- *common point*: a point inside both closed bodies, by the sum of its distances to both surfaces:
  the two free balls around it must be parted.

Upper bound (``separation``): along a candidate direction (axes, face normals near the contact and
of the bodies) the overlap of the two bodies' extents; moved by that much they are apart.

Where the two agree the figure is exact; for convex bodies in shallow overlap they usually do.
Points are sampled (corners, face centres clipped to the common box, a grid in the common box), so
the lower bound may be low, never high.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import helper, kernel
from immersive.geometry.bodies import Body
from immersive.geometry.bvh import STACK
from immersive.geometry.contact import Crossing, crossing
from immersive.geometry.containment import INSIDE, locate
from immersive.geometry.distance import move_row
from immersive.geometry.triangles import point_triangle

FloatArray = NDArray[np.float64]

_GRID: Final = 5
"""Points along each side of the common box: odd, so that the middle is one of them."""
_FACE_POINTS: Final = 64
"""Faces lying on the other body's surface from which points are taken a step inwards."""
_STEPS: Final = (1e-5, 1e-4, 1e-3, 1e-2)
"""Those steps, metres: the least finds a part doubled onto itself down to sheets of 20 µm."""
_DIRECTIONS: Final = 64
_EXACT: Final = 1e-9


_NO_NORMALS = np.zeros((0, 3))
_NO_CROSSING = Crossing(0.0, 0, None, None, None, False, _NO_NORMALS)


@dataclass(frozen=True, eq=False, slots=True)
class Penetration:
    """How deep two bodies are in each other.

    Attributes:
        depth: Lower bound in metres on the translation that parts them; 0.0 if none was found.
        method: What gave it: ``"crossing"``, ``"surface point"``, ``"common point"``; ``"exact"``
            if it agrees with ``separation``; ``""`` if the depth is 0.0.
        separation: Upper bound in metres: this translation parts the two.
        direction: (3,) unit vector in the world: moving the first body along it by ``separation``
            parts them.
        point: (3,) in the world where the depth was found; None if 0.0.
        crossing: How the surfaces go through each other.
    """

    depth: float
    method: str
    separation: float
    direction: FloatArray
    point: FloatArray | None
    crossing: Crossing

    @property
    def doubtful(self) -> bool:
        """True if only small crossing triangles speak for the depth: it may be far greater."""
        return self.method == "crossing" and self.crossing.saturated


def penetration(a: Body, b: Body, /, *, floor: float) -> Penetration:
    """Bound how deep two bodies that overlap or touch are in each other.

    Args:
        a, b: The bodies.
        floor: Metres; crossings no deeper than this count as contact.
    """
    separation, direction = _separation(a, b, _NO_NORMALS)
    if separation <= floor:
        # Faces that rest on each other: nothing can be deeper than what parts them.
        return Penetration(0.0, "", separation, direction, None, _NO_CROSSING)
    through = crossing(a, b, floor=floor)
    depth, method, point = through.depth, "crossing" if through.depth > 0.0 else "", through.point
    for inner, outer in ((a, b), (b, a)):
        if not outer.shape.shells.any_closed:
            continue
        deeper, where = _deepest_surface_point(inner, outer, depth)
        if deeper > max(depth, floor):
            depth, method, point = deeper, "surface point", where
    if a.shape.shells.any_closed and b.shape.shells.any_closed:
        deeper, where = _deepest_common_point(a, b, coincident=depth <= floor)
        if deeper > max(depth, floor):
            depth, method, point = deeper, "common point", where
    if len(through.normals):
        separation, direction = _separation(a, b, through.normals)
    if depth > 0.0 and depth >= separation * (1.0 - _EXACT) - 1e-12:
        depth, method = min(depth, separation), "exact"
    return Penetration(depth, method, separation, direction, point, through)


def _deepest_surface_point(inner: Body, outer: Body, best: float) -> tuple[float, FloatArray | None]:
    """Greatest depth of a sampled point of ``inner``'s surface inside ``outer``, if beyond ``best``."""
    rotation = outer.rotation.T @ inner.rotation
    offset = outer.rotation.T @ (inner.origin - outer.origin)
    tree = outer.shape.tree
    center, half = tree.boxes[0, :3], tree.boxes[0, 3:]
    corners = inner.shape.used @ rotation.T + offset
    corners = corners[(np.abs(corners - center) <= half).all(axis=1)]
    middles = np.empty((len(inner.shape.faces), 3))
    count = _clipped_middles(inner.shape.tree.triangles, rotation, offset, tree.boxes[0], middles)
    points = np.concatenate([corners, middles[:count]])
    depth, index = _deepest(points, tree.boxes, tree.links, tree.triangles, *_labels(outer), best)
    return (best, None) if index < 0 else (float(depth), outer.to_world(points[index]))


def _deepest_common_point(a: Body, b: Body, *, coincident: bool) -> tuple[float, FloatArray | None]:
    """Greatest sum of depths in both bodies of a point of a grid in their common box.

    With ``coincident``, also of points a step off those faces of ``a`` that lie on ``b``: a part
    doubled onto itself has no crossing triangles and no corner inside the other.
    """
    box_a, box_b = _world_box(a), _world_box(b)
    low, high = np.maximum(box_a[0], box_b[0]), np.minimum(box_a[1], box_b[1])
    if (low > high).any():
        return 0.0, None
    steps = (np.arange(_GRID) + 0.5) / _GRID
    axes = [low[d] + steps * (high[d] - low[d]) for d in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    if coincident:
        points = np.concatenate([points, _off_faces(a, low, high)])
    depth_b = _depths(b, points)
    near = depth_b > 0.0
    total = np.zeros(len(points))
    if near.any():
        depth_a = _depths(a, points[near])
        total[near] = np.where(depth_a > 0.0, depth_a + depth_b[near], 0.0)
    best = int(np.argmax(total))
    return (float(total[best]), points[best]) if total[best] > 0.0 else (0.0, None)


def _off_faces(body: Body, low: FloatArray, high: FloatArray) -> FloatArray:
    """World points a few steps to both sides of faces whose centre lies in the box."""
    rows = body.shape.tree.triangles
    middles = body.to_world(rows[:, :9].reshape(-1, 3, 3).mean(axis=1))
    fits = np.flatnonzero(((middles >= low - 1e-6) & (middles <= high + 1e-6)).all(axis=1))
    if len(fits) > _FACE_POINTS:
        fits = fits[np.linspace(0, len(fits) - 1, _FACE_POINTS).astype(np.int64)]
    normals = rows[fits, 9:12] @ body.rotation.T
    offsets = np.array([sign * step for step in _STEPS for sign in (1.0, -1.0)])
    points: FloatArray = middles[fits, None, :] + offsets[None, :, None] * normals[:, None, :]
    return points.reshape(-1, 3)


def _depths(body: Body, points: FloatArray) -> FloatArray:
    """(N,) distance to the surface of world points inside the body, 0.0 for all others."""
    local = np.ascontiguousarray(body.to_shape(points))
    out = np.empty(len(local))
    tree = body.shape.tree
    _all_depths(local, tree.boxes, tree.links, tree.triangles, *_labels(body), out)
    return out


def _labels(body: Body) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    found = body.shape.shells
    return found.label[body.shape.tree.order], found.sign


def _world_box(body: Body) -> FloatArray:
    points = body.to_world(body.shape.used)
    return np.stack([points.min(axis=0), points.max(axis=0)])


def _separation(a: Body, b: Body, normals: FloatArray) -> tuple[float, FloatArray]:
    """Least overlap of the extents along the candidate directions, and how to move ``a``."""
    groups = [np.eye(3), a.rotation.T, b.rotation.T, normals[:_DIRECTIONS]]
    for body in (a, b):
        rows = body.shape.tree.triangles
        some = np.linspace(0, len(rows) - 1, min(len(rows), _DIRECTIONS)).astype(np.int64)
        groups.append(rows[some, 9:12] @ body.rotation.T)
    directions = np.concatenate(groups)
    length = np.linalg.norm(directions, axis=1)
    directions = directions[length > 0.5] / length[length > 0.5, None]
    span_a = (a.shape.used @ (a.rotation.T @ directions.T)) + directions @ a.origin
    span_b = (b.shape.used @ (b.rotation.T @ directions.T)) + directions @ b.origin
    back = span_a.max(axis=0) - span_b.min(axis=0)
    ahead = span_b.max(axis=0) - span_a.min(axis=0)
    least = np.minimum(back, ahead)
    k = int(np.argmin(least))
    way = directions[k] if ahead[k] <= back[k] else -directions[k]
    return max(0.0, float(least[k])), way + 0.0  # no minus zero in a report


# Kernels ---------------------------------------------------------------------------------


@helper
def _point_gap2(p, boxes, k):  # type: ignore[no-untyped-def]
    s = 0.0
    for d in range(3):
        g = max(abs(p[d] - boxes[k, d]) - boxes[k, d + 3], 0.0)
        s += g * g
    return s


@helper
def _nearest2(p, boxes, links, rows, floor2, stack, keys):  # type: ignore[no-untyped-def]
    """Squared distance of a point to the surface; gives up with -1 once it is at most ``floor2``."""
    best = np.inf
    stack[0] = 0
    keys[0] = _point_gap2(p, boxes, 0)
    top = 1
    while top > 0:
        top -= 1
        if keys[top] >= best:
            continue
        node = stack[top]
        if links[node, 1] >= 0:
            for q in range(links[node, 0], links[node, 1]):
                d2, _, _, _ = point_triangle(p[0], p[1], p[2], rows[q])
                best = min(best, d2)
            if best <= floor2:
                return -1.0
            continue
        c = links[node, 0]
        d0 = _point_gap2(p, boxes, c)
        d1 = _point_gap2(p, boxes, c + 1)
        near = 0 if d0 <= d1 else 1
        stack[top] = c + 1 - near
        keys[top] = max(d0, d1)
        stack[top + 1] = c + near
        keys[top + 1] = min(d0, d1)
        top += 2
    return best


@kernel
def _deepest(points, boxes, links, rows, label, sign, best):  # type: ignore[no-untyped-def]
    """(depth, index) of the point inside that is farthest from the surface, beyond ``best``; or -1."""
    stack = np.empty(STACK, np.int32)
    keys = np.empty(STACK)
    counts = np.zeros((max(1, len(sign)), 6), np.int64)
    touched = np.empty(max(1, len(sign)), np.int64)
    mark = np.zeros(max(1, len(sign)), np.int64)
    index = -1
    for k in range(len(points)):
        d2 = _nearest2(points[k], boxes, links, rows, best * best, stack, keys)
        if d2 < 0.0:
            continue
        where = locate(points[k], boxes, links, rows, 0, 0, label, sign, stack, counts, touched, mark)
        if where == INSIDE:
            best = np.sqrt(d2)
            index = k
    return best, index


@kernel
def _all_depths(points, boxes, links, rows, label, sign, out):  # type: ignore[no-untyped-def]
    stack = np.empty(STACK, np.int32)
    keys = np.empty(STACK)
    counts = np.zeros((max(1, len(sign)), 6), np.int64)
    touched = np.empty(max(1, len(sign)), np.int64)
    mark = np.zeros(max(1, len(sign)), np.int64)
    for k in range(len(points)):
        out[k] = 0.0
        where = locate(points[k], boxes, links, rows, 0, 0, label, sign, stack, counts, touched, mark)
        if where == INSIDE:
            out[k] = np.sqrt(_nearest2(points[k], boxes, links, rows, -1.0, stack, keys))


@kernel
def _clipped_middles(rows, r, t, box, out):  # type: ignore[no-untyped-def]
    """Middle of each moved triangle's part inside the box; returns how many there are."""
    moved = np.empty(13)
    now = np.empty((16, 3))
    then = np.empty((16, 3))
    made = 0
    for i in range(len(rows)):
        move_row(rows, i, r, t, moved)
        for q in range(3):
            for d in range(3):
                now[q, d] = moved[3 * q + d]
        n = 3
        for side in range(6):
            d = side // 2
            s = 1.0 if side % 2 == 0 else -1.0
            limit = s * box[d] + box[d + 3]
            m = 0
            for q in range(n):
                p = (q + 1) % n
                g = limit - s * now[q, d]
                h = limit - s * now[p, d]
                if g >= 0.0:
                    for e in range(3):
                        then[m, e] = now[q, e]
                    m += 1
                if (g > 0.0 and h < 0.0) or (g < 0.0 and h > 0.0):
                    u = g / (g - h)
                    for e in range(3):
                        then[m, e] = now[q, e] + u * (now[p, e] - now[q, e])
                    m += 1
            n = m
            for q in range(n):
                for e in range(3):
                    now[q, e] = then[q, e]
            if n == 0:
                break
        if n == 0:
            continue
        for e in range(3):
            s = 0.0
            for q in range(n):
                s += now[q, e]
            out[made, e] = s / n
        made += 1
    return made
