"""The walk of a ray through the trees of many bodies, in float64."""

from __future__ import annotations

from typing import Final

import numpy as np

from immersive.geometry._bare import bare
from immersive.geometry._jit import kernel
from immersive.geometry.bvh import STACK

_EDGE: Final = 1e-9
"""Barycentric slack: a ray through an edge hits one of the two triangles whatever the rounding."""
_THICK: Final = 1e-12
"""Boxes are this much thicker, metres: flat ones are not lost to rounding."""


@bare
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


@bare
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


@bare
def _inverse(d, inv):  # type: ignore[no-untyped-def]
    for i in range(3):
        # A huge number instead of infinity: nothing times it is nothing, not NaN.
        inv[i] = 1.0 / d[i] if abs(d[i]) > 1e-300 else 1e300


@bare
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
        near, far: (N,) or (1,) range of each ray.
        own, own_far: (N,) or (1,) body that counts only before ``own_far``; -1: none.
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
        start = near[n if len(near) > 1 else 0]
        mine = own[n if len(own) > 1 else 0]
        best, best_body, best_row = far[n if len(far) > 1 else 0], -1, -1
        _inverse(directions[n], inv)
        upper[0] = 0
        top = 1
        while top > 0:
            top -= 1
            k = upper[top]
            if _box_entry(origins[n], inv, top_boxes, k, start, best) == np.inf:
                continue
            if top_links[k, 1] < 0:
                a = top_links[k, 0]
                ta = _box_entry(origins[n], inv, top_boxes, a, start, best)
                tb = _box_entry(origins[n], inv, top_boxes, a + 1, start, best)
                first, second = (a, a + 1) if ta <= tb else (a + 1, a)
                upper[top] = second
                upper[top + 1] = first
                top += 2
                continue
            for i in range(top_links[k, 0], top_links[k, 1]):
                b = top_order[i]
                limit = best
                if b == mine:
                    limit = min(limit, own_far[n if len(own_far) > 1 else 0])
                for j in range(3):
                    o[j] = 0.0
                    d[j] = 0.0
                    for m in range(3):
                        o[j] += (origins[n, m] - frames[b, 9 + m]) * frames[b, 3 * m + j]
                        d[j] += directions[n, m] * frames[b, 3 * m + j]
                _inverse(d, inner)
                t, found = _body_hit(boxes, links, rows, roots[b], o, d, inner, start, limit, lower)
                if found >= 0:
                    best, best_body, best_row = t, b, found
        if best_body >= 0:
            distance[n] = best
            body[n] = best_body
            row[n] = best_row


@kernel
def make_unit(origins, directions, far, follow, todo, units, seen):  # type: ignore[no-untyped-def]
    """Directions ``todo`` of unit length, and the boxes of their rays; False if one has none or is not finite.

    Args:
        origins, directions: (N, 3).
        far: (N,) or (1,) where the rays end.
        follow: They are followed to there at most.
        todo: Numbers of the rays.
        units: (N, 3) written.
        seen: (12,) written: box of the origins, then of the rays; lower and upper corners.
    """
    for d in range(12):
        seen[d] = np.inf if d % 6 < 3 else -np.inf
    for n in todo:
        # By the largest component first: squares of tiny or huge ones would vanish or overflow.
        most = max(abs(directions[n, 0]), abs(directions[n, 1]), abs(directions[n, 2]))
        if not (0.0 < most < np.inf):
            return False
        square = 0.0
        for d in range(3):
            units[n, d] = directions[n, d] / most
            square += units[n, d] * units[n, d]
        square = np.sqrt(square)
        reach = min(max(far[n if len(far) > 1 else 0], 0.0), follow)
        for d in range(3):
            units[n, d] /= square
            a = origins[n, d]
            b = a + units[n, d] * reach
            if not (abs(a) < np.inf and abs(units[n, d]) <= 1.0):
                return False
            seen[d] = min(seen[d], a)
            seen[3 + d] = max(seen[3 + d], a)
            seen[6 + d] = min(seen[6 + d], a, b)
            seen[9 + d] = max(seen[9 + d], a, b)
    return True


@kernel
def to_single(origins, units, near, far, middle, slack, first, starts, ways, lengths):  # type: ignore[no-untyped-def]
    """M rays from number ``first`` on in float32 about ``middle`` (3,): starts and ways (M, 3) from ``near`` on,
    lengths (M,) past the end by ``slack``.
    """
    for i in range(len(starts)):
        n = first + i
        begin = near[n if len(near) > 1 else 0]
        length = far[n if len(far) > 1 else 0] - begin + slack
        lengths[i] = min(max(length, 0.0), 1e30)
        for d in range(3):
            starts[i, d] = origins[n, d] + units[n, d] * begin - middle[d]
            ways[i, d] = units[n, d]


@kernel
def confirm(origins, units, near, far, own, own_far, scene, hits, slack, first, found, doubt):  # type: ignore[no-untyped-def]
    """Distances in float64 of what float32 says rays hit; what that does not bear out is in doubt, told as a miss.

    Args:
        origins, units, near, far, own, own_far: As in :func:`cast`.
        scene: Rows and frames of the pack; (T, 2) row and body of each triangle in float32's scene.
        hits: (M,) int32 triangle, negative: none.
        slack: So near an end of its range a hit is in doubt.
        first: Number of the first of the M rays.
        found: distance, body, row; (N,) each, written.
        doubt: (N,) written.
    """
    rows, frames, triangles = scene
    distance, body, row = found
    o = np.empty(3)
    d = np.empty(3)
    for i in range(len(hits)):
        n = first + i
        distance[n] = np.inf
        body[n] = -1
        row[n] = -1
        doubt[n] = False
        if hits[i] < 0:
            continue
        q = triangles[hits[i], 0]
        b = triangles[hits[i], 1]
        x = origins[n, 0] - frames[b, 9]
        y = origins[n, 1] - frames[b, 10]
        z = origins[n, 2] - frames[b, 11]
        for j in range(3):
            o[j] = x * frames[b, j] + y * frames[b, 3 + j] + z * frames[b, 6 + j]
            d[j] = (
                units[n, 0] * frames[b, j] + units[n, 1] * frames[b, 3 + j] + units[n, 2] * frames[b, 6 + j]
            )
        end = far[n if len(far) > 1 else 0]
        if own[n if len(own) > 1 else 0] == b:
            end = min(end, own_far[n if len(own_far) > 1 else 0])
        t = _triangle(o, d, rows[q], near[n if len(near) > 1 else 0] + slack, end - slack)
        if t < np.inf:
            distance[n] = t
            body[n] = b
            row[n] = q
        else:
            doubt[n] = True
