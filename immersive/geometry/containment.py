"""Is a point inside the material of a mesh? Decided by the parity of crossings, piece by piece.

Six rays along the axes vote. A ray that grazes an edge or a corner is settled by moving it an
infinitesimal step, the same for all triangles, so that a closed piece is crossed consistently
("simulation of simplicity", Edelsbrunner and Mücke 1990, for this one predicate). Parity ignores
the winding; cavities are told from solids in ``shells``.

A mesh with open pieces has no inside. A point from which one of the six rays escapes its open
pieces is outside them for certain; otherwise it cannot be said.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import helper, kernel
from immersive.geometry.bodies import Body
from immersive.geometry.bvh import STACK

FloatArray = NDArray[np.float64]

OUTSIDE: Final = 0
INSIDE: Final = 1
UNDECIDED: Final = 2


@helper
def _side(px, py, ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """+1 or -1: side of the point from a to b; exactly opposite for b to a, never zero.

    A zero is settled as if the point lay at (x - ε, y + ε²).
    """
    flip = 1
    if ay > by or (ay == by and ax > bx):
        ax, ay, bx, by = bx, by, ax, ay
        flip = -1
    s = (ax - px) * (by - py) - (ay - py) * (bx - px)
    return flip if s >= 0.0 else -flip


@helper
def _crossing(row, px, py, pz, k):  # type: ignore[no-untyped-def]
    """+1 / -1 if the line along axis k through the point meets the triangle above / below it, else 0."""
    i = (k + 1) % 3
    j = (k + 2) % 3
    a = _side(px, py, row[i], row[j], row[3 + i], row[3 + j])
    b = _side(px, py, row[3 + i], row[3 + j], row[6 + i], row[6 + j])
    if a != b:
        return 0
    c = _side(px, py, row[6 + i], row[6 + j], row[i], row[j])
    if a != c:
        return 0
    # Height of the triangle's plane over the point, by its edges' areas.
    wa = (row[3 + i] - px) * (row[6 + j] - py) - (row[3 + j] - py) * (row[6 + i] - px)
    wb = (row[6 + i] - px) * (row[j] - py) - (row[6 + j] - py) * (row[i] - px)
    wc = (row[i] - px) * (row[3 + j] - py) - (row[j] - py) * (row[3 + i] - px)
    whole = wa + wb + wc
    if whole == 0.0:
        height = (row[k] + row[3 + k] + row[6 + k]) / 3.0
    else:
        height = (wa * row[k] + wb * row[3 + k] + wc * row[6 + k]) / whole
    return 1 if height > pz else -1


@helper
def locate(p, boxes, links, rows, base, root, label, sign, stack, counts, touched, mark):  # type: ignore[no-untyped-def]
    """OUTSIDE, INSIDE or UNDECIDED for one point in the frame of the tree.

    ``label`` and ``sign`` as in ``Shells``, ``label`` in row order from row ``base``; ``counts``
    (S, 6), ``touched`` (S,), ``mark`` (S,) are scratch, ``counts`` and ``mark`` zero on entry and exit.
    """
    for d in range(3):
        if abs(p[d] - boxes[root, d]) > boxes[root, d + 3]:
            return OUTSIDE
    used = 0
    free = 63
    for k in range(3):
        i = (k + 1) % 3
        j = (k + 2) % 3
        px = p[i]
        py = p[j]
        pz = p[k]
        stack[0] = root
        top = 1
        while top > 0:
            top -= 1
            node = stack[top]
            if abs(px - boxes[node, i]) > boxes[node, i + 3] or abs(py - boxes[node, j]) > boxes[node, j + 3]:
                continue
            if links[node, 1] < 0:
                stack[top] = links[node, 0]
                stack[top + 1] = links[node, 0] + 1
                top += 2
                continue
            for q in range(links[node, 0], links[node, 1]):
                shell = label[q - base]
                if shell < 0:
                    continue
                hit = _crossing(rows[q], px, py, pz, k)
                if hit == 0:
                    continue
                way = 2 * k if hit > 0 else 2 * k + 1
                if sign[shell] == 0:
                    free &= ~(1 << way)
                    continue
                if mark[shell] == 0:
                    mark[shell] = 1
                    touched[used] = shell
                    used += 1
                counts[shell, way] += 1
    winding = 0
    for q in range(used):
        shell = touched[q]
        votes = 0
        for way in range(6):
            votes += counts[shell, way] & 1
            counts[shell, way] = 0
        mark[shell] = 0
        if votes > 3:
            winding += sign[shell]
    if winding != 0:
        return INSIDE
    return OUTSIDE if free != 0 else UNDECIDED


@kernel
def _locate_all(points, boxes, links, rows, label, sign, out):  # type: ignore[no-untyped-def]
    stack = np.empty(STACK, np.int32)
    counts = np.zeros((max(1, len(sign)), 6), np.int64)
    touched = np.empty(max(1, len(sign)), np.int64)
    mark = np.zeros(max(1, len(sign)), np.int64)
    for k in range(len(points)):
        out[k] = locate(points[k], boxes, links, rows, 0, 0, label, sign, stack, counts, touched, mark)


def locate_points(body: Body, points: FloatArray, /) -> NDArray[np.int64]:
    """(N,) :data:`OUTSIDE`, :data:`INSIDE` or :data:`UNDECIDED` for world points (N, 3).

    A point on the surface may come out either way: ask for those at a distance only.
    """
    shape = body.shape
    local = np.ascontiguousarray(body.to_shape(np.asarray(points, np.float64).reshape(-1, 3)))
    out = np.empty(len(local), np.int64)
    found = shape.shells
    label = found.label[shape.tree.order]
    _locate_all(local, shape.tree.boxes, shape.tree.links, shape.tree.triangles, label, found.sign, out)
    return out


def enclosed_shells(inner: Body, outer: Body, /) -> NDArray[np.int64]:
    """(S,) per piece of ``inner``: OUTSIDE, INSIDE or UNDECIDED in ``outer``.

    For bodies whose surfaces do not meet, where one corner of a piece speaks for all of it.
    """
    return locate_points(outer, inner.to_world(inner.shape.shells.probe))
