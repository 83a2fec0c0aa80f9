"""Distance of one tapered capsule to many placed meshes: closed forms and the descent.

A tapered capsule is the union of the balls along a segment whose radius runs evenly from one end's to
the other's (the hull of its two end balls). Its distance to a triangle is the least of
``|axis point - triangle point| - radius there``: convex in the place on the axis, so it lies at an end
of the axis, over a corner, over an edge or where the axis goes through the face, and each has a closed
form. Every candidate is a real pair of points: rounding cannot make a result too small.

A capsule here is an array of 8: one end, other end, radius at one end, at the other. A best find is an
array of 8: value, axis point, triangle point, place on the axis (0 to 1).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from immersive.geometry._jit import helper, kernel
from immersive.geometry.bvh import STACK
from immersive.geometry.triangles import point_triangle

_TINY: Final = 1e-300
_SEED: Final = 1e-9
"""Metres added to a bound taken from a neighbour, so that the same point is found again."""
FOUND: Final = 9
"""Columns of a result row: distance, axis point, scene point, body, triangle row."""


@helper
def _offer(c, t, qx, qy, qz, best):  # type: ignore[no-untyped-def]
    """Keep the pair of the axis point at ``t`` and the triangle point if it beats the best."""
    px = c[0] + t * (c[3] - c[0])
    py = c[1] + t * (c[4] - c[1])
    pz = c[2] + t * (c[5] - c[2])
    x = px - qx
    y = py - qy
    z = pz - qz
    value = math.sqrt(x * x + y * y + z * z) - (c[6] + t * (c[7] - c[6]))
    if value < best[0]:
        best[0] = value
        best[1] = px
        best[2] = py
        best[3] = pz
        best[4] = qx
        best[5] = qy
        best[6] = qz
        best[7] = t


@helper
def improve(c, row, best):  # type: ignore[no-untyped-def]
    """Lower ``best`` if the capsule comes nearer to the triangle row (``bvh.Tree.triangles``)."""
    # One function: each layer of helpers would be compiled again with all that is below it.
    ux = c[3] - c[0]
    uy = c[4] - c[1]
    uz = c[5] - c[2]
    uu = ux * ux + uy * uy + uz * uz
    taper = c[7] - c[6]
    widest = max(c[6], c[7])
    flat = row[9] == 0.0 and row[10] == 0.0 and row[11] == 0.0
    if not flat:
        ha = c[0] * row[9] + c[1] * row[10] + c[2] * row[11] - row[12]
        hb = c[3] * row[9] + c[4] * row[10] + c[5] * row[11] - row[12]
        if ha * hb > 0.0:
            if min(abs(ha) - c[6], abs(hb) - c[7]) >= best[0]:
                return
        elif ha != hb:
            t = ha / (ha - hb)
            _, qx, qy, qz = point_triangle(c[0] + t * ux, c[1] + t * uy, c[2] + t * uz, row)
            _offer(c, t, qx, qy, qz, best)
    for end in range(2):
        i = 3 * end
        _, qx, qy, qz = point_triangle(c[i], c[i + 1], c[i + 2], row)
        _offer(c, float(end), qx, qy, qz, best)
    if uu <= _TINY:
        return
    for k in range(0, 9, 3):
        # The corner, against the whole axis.
        wx = row[k] - c[0]
        wy = row[k + 1] - c[1]
        wz = row[k + 2] - c[2]
        t = (wx * ux + wy * uy + wz * uz) / uu
        off2 = max(wx * wx + wy * wy + wz * wz - t * t * uu, 0.0)
        if math.sqrt(off2) - widest < best[0]:
            lean = taper / math.sqrt(uu)
            if lean * lean < 1.0:
                t += lean * math.sqrt(off2 / ((1.0 - lean * lean) * uu))
                t = min(1.0, max(0.0, t))
                _offer(c, t, row[k], row[k + 1], row[k + 2], best)
        # The edge that starts there, inner points only: its ends are corners.
        m = k + 3 if k < 6 else 0
        vx = row[m] - row[k]
        vy = row[m + 1] - row[k + 1]
        vz = row[m + 2] - row[k + 2]
        nx = uy * vz - uz * vy
        ny = uz * vx - ux * vz
        nz = ux * vy - uy * vx
        n2 = nx * nx + ny * ny + nz * nz
        if n2 <= _TINY:
            continue
        height = abs(wx * nx + wy * ny + wz * nz) / math.sqrt(n2)
        if height - widest >= best[0]:
            continue
        t = ((wy * vz - wz * vy) * nx + (wz * vx - wx * vz) * ny + (wx * vy - wy * vx) * nz) / n2
        vv = vx * vx + vy * vy + vz * vz
        if taper != 0.0:
            lean = taper * math.sqrt(vv / n2)
            if lean * lean >= 1.0:
                continue
            t += lean * height / math.sqrt((1.0 - lean * lean) * n2 / vv)
        if t < 0.0 or t > 1.0:
            continue
        s = ((t * ux - wx) * vx + (t * uy - wy) * vy + (t * uz - wz) * vz) / vv
        if 0.0 <= s <= 1.0:
            _offer(c, t, row[k] + s * vx, row[k + 1] + s * vy, row[k + 2] + s * vz, best)


@helper
def _box_gap(mx, my, mz, hx, hy, hz, boxes, k):  # type: ignore[no-untyped-def]
    """Distance of a box (middle, half extents) and box ``k``."""
    a = max(abs(mx - boxes[k, 0]) - hx - boxes[k, 3], 0.0)
    b = max(abs(my - boxes[k, 1]) - hy - boxes[k, 4], 0.0)
    c = max(abs(mz - boxes[k, 2]) - hz - boxes[k, 5], 0.0)
    return math.sqrt(a * a + b * b + c * c)


@helper
def _to_point(c, found):  # type: ignore[no-untyped-def]
    """An upper bound on the capsule's distance to the scene point of a result row: that of its ends' balls."""
    bound = np.inf
    for end in range(2):
        x = c[3 * end] - found[4]
        y = c[3 * end + 1] - found[5]
        z = c[3 * end + 2] - found[6]
        bound = min(bound, math.sqrt(x * x + y * y + z * z) - c[6 + end])
    return bound


@helper
def scratch_for():  # type: ignore[no-untyped-def]
    """Room for one query after the other; one per thread."""
    return (
        np.empty(STACK, np.int64),
        np.empty(STACK),
        np.empty(STACK, np.int64),
        np.empty(STACK),
        np.empty(8),
        np.empty(8),
    )


@helper
def nearest(c, limit, skip, scene, scratch, out):  # type: ignore[no-untyped-def]
    """The part of the scene that one capsule comes nearest to.

    Args:
        c: (8,) capsule in the world.
        limit: Only what is nearer counts.
        skip: (B,) not zero for bodies that do not count.
        scene: Tree over the bodies' world boxes (boxes, links, order), then the pack's boxes, links, rows,
            roots and frames; see ``capsules.Surroundings.arrays``.
        scratch: See :func:`scratch_for`.
        out: (FOUND,) written: distance or ``inf``, axis point, scene point, body, triangle row (−1: none).
    """
    tops, toplinks, toporder, boxes, links, rows, roots, frames = scene
    stack, keys, outer, outer_keys, local, best = scratch
    widest = max(c[6], c[7])
    best[0] = limit
    out[0] = np.inf
    out[7] = -1.0
    out[8] = -1.0
    mx = 0.5 * (c[0] + c[3])
    my = 0.5 * (c[1] + c[4])
    mz = 0.5 * (c[2] + c[5])
    hx = 0.5 * abs(c[3] - c[0])
    hy = 0.5 * abs(c[4] - c[1])
    hz = 0.5 * abs(c[5] - c[2])
    outer[0] = 0
    outer_keys[0] = _box_gap(mx, my, mz, hx, hy, hz, tops, 0) - widest
    high = 1
    while high > 0:
        high -= 1
        if outer_keys[high] >= best[0]:
            continue
        top_node = outer[high]
        if toplinks[top_node, 1] < 0:
            i = toplinks[top_node, 0]
            j = i + 1
            d0 = _box_gap(mx, my, mz, hx, hy, hz, tops, i) - widest
            d1 = _box_gap(mx, my, mz, hx, hy, hz, tops, j) - widest
            if d1 < d0:
                i, j = j, i
                d0, d1 = d1, d0
            outer[high] = j
            outer_keys[high] = d1
            outer[high + 1] = i
            outer_keys[high + 1] = d0
            high += 2
            continue
        for entry in range(toplinks[top_node, 0], toplinks[top_node, 1]):
            body = toporder[entry]
            if skip[body] != 0:
                continue
            x = c[0] - frames[body, 9]
            y = c[1] - frames[body, 10]
            z = c[2] - frames[body, 11]
            u = c[3] - frames[body, 9]
            v = c[4] - frames[body, 10]
            w = c[5] - frames[body, 11]
            for d in range(3):
                local[d] = frames[body, d] * x + frames[body, 3 + d] * y + frames[body, 6 + d] * z
                local[3 + d] = frames[body, d] * u + frames[body, 3 + d] * v + frames[body, 6 + d] * w
            local[6] = c[6]
            local[7] = c[7]
            lx = 0.5 * (local[0] + local[3])
            ly = 0.5 * (local[1] + local[4])
            lz = 0.5 * (local[2] + local[5])
            kx = 0.5 * abs(local[3] - local[0])
            ky = 0.5 * abs(local[4] - local[1])
            kz = 0.5 * abs(local[5] - local[2])
            stack[0] = roots[body]
            keys[0] = _box_gap(lx, ly, lz, kx, ky, kz, boxes, roots[body]) - widest
            top = 1
            before = best[0]
            found = -1
            while top > 0:
                top -= 1
                if keys[top] >= best[0]:
                    continue
                node = stack[top]
                if links[node, 1] >= 0:
                    for q in range(links[node, 0], links[node, 1]):
                        value = best[0]
                        improve(local, rows[q], best)
                        if best[0] < value:
                            found = q
                    continue
                i = links[node, 0]
                j = i + 1
                d0 = _box_gap(lx, ly, lz, kx, ky, kz, boxes, i) - widest
                d1 = _box_gap(lx, ly, lz, kx, ky, kz, boxes, j) - widest
                if d1 < d0:
                    i, j = j, i
                    d0, d1 = d1, d0
                if d1 < best[0]:
                    stack[top] = j
                    keys[top] = d1
                    top += 1
                if d0 < best[0]:
                    stack[top] = i
                    keys[top] = d0
                    top += 1
            if best[0] < before:
                out[0] = best[0]
                for d in range(3):
                    p = frames[body, 9 + d]
                    q_world = p
                    for e in range(3):
                        p += frames[body, 3 * d + e] * best[1 + e]
                        q_world += frames[body, 3 * d + e] * best[4 + e]
                    out[1 + d] = p
                    out[4 + d] = q_world
                out[7] = float(body)
                out[8] = float(found)


@kernel
def nearest_all(placed, limits, skips, scene, todo, out):  # type: ignore[no-untyped-def]
    """:func:`nearest` for the capsules ``todo``.

    Args:
        placed: (K, 8) capsules and (K,) the rule of each.
        limits: (K,).
        skips: (R, B) for each rule, what does not count.
        scene: ``Surroundings.arrays()``.
        todo: Capsules to do now.
        out: (K, FOUND).
    """
    caps, rule = placed
    scratch = scratch_for()
    seed = -1
    for k in todo:
        limit = limits[k]
        if seed >= 0 and rule[k] == rule[seed]:
            # What the capsule before was nearest to bounds this one's distance.
            limit = min(limit, _to_point(caps[k], out[seed]) + _SEED)
        nearest(caps[k], limit, skips[rule[k]], scene, scratch, out[k])
        seed = k if out[k, 7] >= 0.0 else -1


@kernel
def one_triangle(c, row, best):  # type: ignore[no-untyped-def]
    """:func:`improve` from Python, for tests and single queries."""
    improve(c, row, best)
