"""The walk of a ray through the trees of many bodies, in float64."""

from __future__ import annotations

from typing import Final

import numpy as np

from immersive.geometry._jit import helper, kernel
from immersive.geometry.bvh import STACK

_EDGE: Final = 1e-9
"""Barycentric slack: a ray through an edge hits one of the two triangles whatever the rounding."""
_THICK: Final = 1e-12
"""Boxes are this much thicker, metres: flat ones are not lost to rounding."""


@helper
def _box_entry(o, inv, boxes, k, near, far):  # type: ignore[no-untyped-def]
    """Where a ray enters a box within its range; ``inf`` if it does not."""
    low, high = near, far
    for d in range(3):
        half = boxes[k, d + 3] + _THICK
        a = (boxes[k, d] - half - o[d]) * inv[d]
        b = (boxes[k, d] + half - o[d]) * inv[d]
        low = max(low, min(a, b))
        high = min(high, max(a, b))
    # A few units in the last place: rounding must not close a gap that is there (Ize 2013).
    return low if low <= high * (1.0 + 1e-15) + 1e-15 else np.inf


@helper
def _triangle(o, d, row, near, far):  # type: ignore[no-untyped-def]
    """Distance to a triangle row within the range, ``inf`` if missed (Möller and Trumbore 1997)."""
    ux, uy, uz = row[3] - row[0], row[4] - row[1], row[5] - row[2]
    vx, vy, vz = row[6] - row[0], row[7] - row[1], row[8] - row[2]
    px, py, pz = d[1] * vz - d[2] * vy, d[2] * vx - d[0] * vz, d[0] * vy - d[1] * vx
    det = ux * px + uy * py + uz * pz
    if det == 0.0:
        return np.inf
    inv = 1.0 / det
    sx, sy, sz = o[0] - row[0], o[1] - row[1], o[2] - row[2]
    u = (sx * px + sy * py + sz * pz) * inv
    if not -_EDGE <= u <= 1.0 + _EDGE:
        return np.inf
    qx, qy, qz = sy * uz - sz * uy, sz * ux - sx * uz, sx * uy - sy * ux
    v = (d[0] * qx + d[1] * qy + d[2] * qz) * inv
    if not (v >= -_EDGE and u + v <= 1.0 + _EDGE):
        return np.inf
    t = (vx * qx + vy * qy + vz * qz) * inv
    return t if near <= t < far else np.inf


@helper
def _inverse(d, inv):  # type: ignore[no-untyped-def]
    for i in range(3):
        # A huge number instead of infinity: nothing times it is nothing, not NaN.
        inv[i] = 1.0 / d[i] if abs(d[i]) > 1e-300 else 1e300


@helper
def _body_hit(boxes, links, rows, root, o, d, inv, near, far, stack):  # type: ignore[no-untyped-def]
    """(distance, row) of the first triangle of one tree; (inf, -1) if none."""
    best, found = far, -1
    top = 0
    if _box_entry(o, inv, boxes, root, near, best) < np.inf:
        stack[0] = root
        top = 1
    while top > 0:
        top -= 1
        k = stack[top]
        if links[k, 1] >= 0:
            for i in range(links[k, 0], links[k, 1]):
                t = _triangle(o, d, rows[i], near, best)
                if t < best:
                    best, found = t, i
            continue
        a = links[k, 0]
        ta = _box_entry(o, inv, boxes, a, near, best)
        tb = _box_entry(o, inv, boxes, a + 1, near, best)
        first, second = (a, a + 1) if ta <= tb else (a + 1, a)
        if max(ta, tb) < np.inf:
            stack[top] = second
            top += 1
        if min(ta, tb) < np.inf:
            stack[top] = first
            top += 1
    return (best, found) if found >= 0 else (np.inf, -1)


@kernel
def cast(  # type: ignore[no-untyped-def]
    top_boxes, top_links, top_order, boxes, links, rows, roots, frames,
    origins, directions, near, far, own, own_far, todo, distance, body, row,
):  # fmt: skip
    """Fill ``distance``, ``body`` and ``row`` of the rays ``todo`` that hit something.

    Args:
        top_boxes, top_links, top_order: Tree over the bodies' world boxes.
        boxes, links, rows, roots, frames: The bodies, as in ``bodies.Pack``.
        origins, directions: (N, 3) metres, unit length.
        near, far: (N,) range of each ray.
        own, own_far: (N,) body that counts only before ``own_far``; -1: none.
        todo: Numbers of the rays to cast.
        distance, body, row: (N,), written where something is hit.
    """
    upper = np.empty(STACK, np.int64)
    lower = np.empty(STACK, np.int64)
    inv = np.empty(3)
    inner = np.empty(3)
    o = np.empty(3)
    d = np.empty(3)
    for n in todo:
        best, best_body, best_row = far[n], -1, -1
        _inverse(directions[n], inv)
        upper[0] = 0
        top = 1
        while top > 0:
            top -= 1
            k = upper[top]
            if _box_entry(origins[n], inv, top_boxes, k, near[n], best) == np.inf:
                continue
            if top_links[k, 1] < 0:
                a = top_links[k, 0]
                ta = _box_entry(origins[n], inv, top_boxes, a, near[n], best)
                tb = _box_entry(origins[n], inv, top_boxes, a + 1, near[n], best)
                first, second = (a, a + 1) if ta <= tb else (a + 1, a)
                upper[top] = second
                upper[top + 1] = first
                top += 2
                continue
            for i in range(top_links[k, 0], top_links[k, 1]):
                b = top_order[i]
                limit = best
                if b == own[n]:
                    limit = min(limit, own_far[n])
                for j in range(3):
                    o[j] = 0.0
                    d[j] = 0.0
                    for m in range(3):
                        o[j] += (origins[n, m] - frames[b, 9 + m]) * frames[b, 3 * m + j]
                        d[j] += directions[n, m] * frames[b, 3 * m + j]
                _inverse(d, inner)
                t, found = _body_hit(boxes, links, rows, roots[b], o, d, inner, near[n], limit, lower)
                if found >= 0:
                    best, best_body, best_row = t, b, found
        if best_body >= 0:
            distance[n] = best
            body[n] = best_body
            row[n] = best_row
