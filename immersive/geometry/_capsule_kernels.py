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

from immersive.geometry._bare import bare
from immersive.geometry._jit import helper, kernel
from immersive.geometry._lanes import lowest_bit, point_triangles_below, segment_triangles_below
from immersive.geometry._wide_kernels import (
    HEIGHT_NOISE,
    ROUNDING,
    WIDE,
    WIDE_STACK,
    down,
    push_near,
    up,
)
from immersive.geometry.triangles import point_triangle

_TINY: Final = 1e-300
FOUND: Final = 9
"""Columns of a result row: distance, axis point, scene point, body, triangle row."""


@bare
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


@bare
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
def scratch_for():  # type: ignore[no-untyped-def]
    """Room for one query after the other; one per thread. The last: body and row to look at first (−1: none)."""
    return (
        np.empty(WIDE_STACK, np.int64),
        np.empty(WIDE_STACK, np.float32),
        np.empty(WIDE_STACK, np.int64),
        np.empty(WIDE_STACK, np.float32),
        np.empty(WIDE, np.float32),
        np.empty(8),
        np.empty(8),
        np.full(2, -1, np.int64),
    )


@bare
def _reach(value, widest):  # type: ignore[no-untyped-def]
    """Squared gap of an axis' box from which nothing below ``value`` can come; float32, on the far side."""
    far = value + widest
    return np.float32(far * far * ROUNDING) if far > 0.0 else np.float32(-1.0)


@bare
def nearest(c, limit, skip, scene, scratch, out):  # type: ignore[no-untyped-def]
    """The part of the scene that one capsule comes nearest to.

    Args:
        c: (8,) capsule in the world.
        limit: Only what is nearer counts.
        skip: (B,) not zero for bodies that do not count.
        scene: ``WideTrees.arrays()``, then rows and frames of the pack; see ``capsules.Surroundings.arrays``.
        scratch: See :func:`scratch_for`.
        out: (FOUND,) written: distance or ``inf``, axis point, scene point, body, triangle row (−1: none).
    """
    tops, toplinks, toporder, boxes, links, starts, corners, roots, extents, rows, frames = scene
    stack, keys, outer, outer_keys, gaps, local, best, first = scratch
    widest = max(c[6], c[7])
    x = c[3] - c[0]
    y = c[4] - c[1]
    z = c[5] - c[2]
    ball = x * x + y * y + z * z <= _TINY
    best[0] = limit
    bound = _reach(limit, widest)
    nearest_body = -1
    nearest_row = -1
    low = (down(min(c[0], c[3])), down(min(c[1], c[4])), down(min(c[2], c[5])))
    high = (up(max(c[0], c[3])), up(max(c[1], c[4])), up(max(c[2], c[5])))
    waiting = 0
    node = 0
    start = first[1]
    while True:
        if start < 0:
            if node >= 0:
                waiting = push_near(tops, node, low, high, bound, gaps, outer, outer_keys, waiting)
                node = -1
            if waiting == 0:
                break
            waiting -= 1
            if outer_keys[waiting] >= bound:
                continue
            code = outer[waiting]
            here = toplinks[code >> 3, code & 7, 0]
            if toplinks[code >> 3, code & 7, 1] < 0:
                node = here
                continue
            body = toporder[here]
        else:
            body = first[0]
        if skip[body] != 0:
            start = -1
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
        x = local[0]
        y = local[1]
        z = local[2]
        near = (down(min(x, local[3])), down(min(y, local[4])), down(min(z, local[5])))
        far = (up(max(x, local[3])), up(max(y, local[4])), up(max(z, local[5])))
        p = (np.float32(x), np.float32(y), np.float32(z))
        q = (np.float32(local[3]), np.float32(local[4]), np.float32(local[5]))
        size = max(abs(x) + abs(y) + abs(z), abs(local[3]) + abs(local[4]) + abs(local[5])) + extents[body]
        margin = np.float32(HEIGHT_NOISE * size)
        inner = roots[body]
        top = 0
        if start >= 0:
            # The triangle that is likely the nearest, before any box: what it gives bounds the rest.
            inner = -1
            stack[0] = -1 - start
            keys[0] = np.float32(-1.0)
            top = 1
            start = -1
        while True:
            if inner >= 0:
                top = push_near(boxes, inner, near, far, bound, gaps, stack, keys, top)
                inner = -1
            if top == 0:
                break
            top -= 1
            if keys[top] >= bound:
                continue
            code = stack[top]
            if code < 0:
                begin = -1 - code
                bits = 1
                gaps[0] = np.float32(-1.0)
            else:
                leaf = links[code >> 3, code & 7, 0]
                count = links[code >> 3, code & 7, 1]
                if count < 0:
                    inner = leaf
                    continue
                begin = starts[leaf]
                if ball:
                    bits = point_triangles_below(corners, leaf, p, p, margin, bound, gaps)
                else:
                    bits = segment_triangles_below(corners, leaf, p, q, margin, bound, gaps)
                bits &= (1 << count) - 1
            while bits != 0:
                j = lowest_bit(bits)
                rest = bits & (bits - 1)
                while rest != 0:
                    i = lowest_bit(rest)
                    rest &= rest - 1
                    if gaps[i] < gaps[j]:
                        j = i
                if gaps[j] >= bound:
                    break
                bits &= ~(1 << j)
                row = begin + j
                if row == nearest_row and body == nearest_body:
                    continue
                before = best[0]
                if ball:
                    reach = before + widest
                    d2, p0, p1, p2 = point_triangle(x, y, z, rows[row])
                    if d2 < reach * reach:
                        value = math.sqrt(d2) - widest
                        if value < before:
                            best[0] = value
                            best[4] = p0
                            best[5] = p1
                            best[6] = p2
                else:
                    improve(local, rows[row], best)
                if best[0] < before:
                    nearest_body = body
                    nearest_row = row
                    bound = _reach(best[0], widest)
    out[0] = np.inf
    out[7] = float(nearest_body)
    out[8] = float(nearest_row)
    if nearest_body < 0:
        return
    out[0] = best[0]
    if ball:
        for d in range(3):
            out[1 + d] = c[d]
    for d in range(3):
        u = frames[nearest_body, 9 + d]
        v = u
        for e in range(3):
            u += frames[nearest_body, 3 * d + e] * best[1 + e]
            v += frames[nearest_body, 3 * d + e] * best[4 + e]
        if not ball:
            out[1 + d] = u
        out[4 + d] = v


@kernel
def nearest_all(placed, limits, skips, scene, seeds, todo, found):  # type: ignore[no-untyped-def]
    """:func:`nearest` for the capsules or points ``todo``, each bounded by what the one before it was nearest to.

    Args:
        placed: (K, 8) capsules or (K, 3) points, and (K,) the rule of each or (1,).
        limits: (K,) or (1,).
        skips: (R, B) for each rule, what does not count.
        scene: ``Surroundings.arrays()``.
        seeds: (K, 2) body and triangle row to look at first, −1: those of the one before; or (0, 2).
        todo: Numbers of those to do now.
        found: Written: distance (K,), body (K,), triangle row (K,), axis point (K, 3) or (0, 3), point (K, 3).
    """
    given, rules = placed
    distance, body, row, axis_point, point = found
    scratch = scratch_for()
    first = scratch[7]
    out = np.empty(FOUND)
    c = np.zeros(8)
    before = -1
    for k in todo:
        if given.shape[1] == 8:
            for d in range(8):
                c[d] = given[k, d]
        else:
            for d in range(3):
                c[d] = given[k, d]
                c[3 + d] = given[k, d]
        first[0] = -1
        first[1] = -1
        if len(seeds):
            first[0] = seeds[k, 0]
            first[1] = seeds[k, 1]
        if first[1] < 0 and before >= 0:
            first[0] = body[before]
            first[1] = row[before]
        rule = rules[k if len(rules) > 1 else 0]
        nearest(c, limits[k if len(limits) > 1 else 0], skips[rule], scene, scratch, out)
        distance[k] = out[0]
        body[k] = int(out[7])
        row[k] = int(out[8])
        missed = row[k] < 0
        for d in range(3):
            if len(axis_point):
                axis_point[k, d] = np.nan if missed else out[1 + d]
            point[k, d] = np.nan if missed else out[4 + d]
        if not missed:
            before = k


@kernel
def one_triangle(c, row, best):  # type: ignore[no-untyped-def]
    """:func:`improve` from Python, for tests and single queries."""
    improve(c, row, best)
