"""In which closed bodies do points lie? One ray for each body whose box holds the point, as in ``containment``."""

from __future__ import annotations

import numpy as np

from immersive.geometry._jit import kernel
from immersive.geometry._lanes import boxes_below, lowest_bit
from immersive.geometry._wide_kernels import WIDE, WIDE_STACK, down, up
from immersive.geometry.containment import _crossing


@kernel
def holding(points, clear, scene, half, solids, todo, held):  # type: ignore[no-untyped-def]
    """Write (point, body) for each of the points ``todo`` that lies in the material of a body.

    Args:
        points: (N, 3) finite.
        clear: (N,) metres around each without any surface, or (0,). A point that close to the one before it
            lies in the same bodies.
        scene: ``Surroundings.arrays()``.
        half: (B, 6) centre and half extents of each body's box in its frame.
        solids: Piece of each triangle row (R,), −1: none; sign of each piece (S,), 0 where open; and (B,) whether
            a body has closed pieces.
        todo: Numbers of the points.
        held: (M, 2) written.

    Returns:
        How many were written; −1 if there are more than M.
    """
    tops, toplinks, toporder, boxes, links, starts, _, roots, _, rows, frames = scene
    label, sign, closed = solids
    outer = np.empty(WIDE_STACK, np.int64)
    stack = np.empty(WIDE_STACK, np.int64)
    gaps = np.empty(WIDE, np.float32)
    crossed = np.zeros(len(sign), np.int8)
    touched = np.empty(len(sign), np.int64)
    p = np.empty(3)
    touching = np.float32(1e-38)
    endless = np.float32(np.inf)
    made = 0
    last = 0
    before = -1
    for k in todo:
        if before >= 0 and len(clear):
            x = points[k, 0] - points[before, 0]
            y = points[k, 1] - points[before, 1]
            z = points[k, 2] - points[before, 2]
            room = clear[before]
            if x * x + y * y + z * z < 0.999 * room * room:
                end = made
                if 2 * end - last > len(held):
                    return -1
                for i in range(last, end):
                    held[made, 0] = k
                    held[made, 1] = held[i, 1]
                    made += 1
                last = end
                # Still measured from the one that was asked: its clear ball, its bodies.
                continue
        before = k
        last = made
        low = (down(points[k, 0]), down(points[k, 1]), down(points[k, 2]))
        high = (up(points[k, 0]), up(points[k, 1]), up(points[k, 2]))
        node = 0
        high_water = 0
        while True:
            if node >= 0:
                bits = boxes_below(tops, node, low, high, touching, gaps)
                while bits != 0:
                    outer[high_water] = WIDE * node + lowest_bit(bits)
                    bits &= bits - 1
                    high_water += 1
                node = -1
            if high_water == 0:
                break
            high_water -= 1
            code = outer[high_water]
            body = toplinks[code >> 3, code & 7, 0]
            if toplinks[code >> 3, code & 7, 1] < 0:
                node = body
                continue
            body = toporder[body]
            if closed[body] == 0:
                continue
            x = points[k, 0] - frames[body, 9]
            y = points[k, 1] - frames[body, 10]
            z = points[k, 2] - frames[body, 11]
            # The shortest way out of the box is the ray.
            axis = -1
            up_axis = False
            least = np.inf
            for d in range(3):
                p[d] = frames[body, d] * x + frames[body, 3 + d] * y + frames[body, 6 + d] * z
                room = half[body, d + 3] - abs(p[d] - half[body, d])
                if room < 0.0:
                    least = -1.0
                elif room < least:
                    least = room
                    axis = d
                    up_axis = p[d] > half[body, d]
            if least < 0.0:
                continue
            a0, a1, a2 = down(p[0]), down(p[1]), down(p[2])
            b0, b1, b2 = up(p[0]), up(p[1]), up(p[2])
            if up_axis:
                b0 = endless if axis == 0 else b0
                b1 = endless if axis == 1 else b1
                b2 = endless if axis == 2 else b2
            else:
                a0 = -endless if axis == 0 else a0
                a1 = -endless if axis == 1 else a1
                a2 = -endless if axis == 2 else a2
            from_ = (a0, a1, a2)
            to = (b0, b1, b2)
            way = 1 if up_axis else -1
            i = p[(axis + 1) % 3]
            j = p[(axis + 2) % 3]
            used = 0
            inner = roots[body]
            top = 0
            while True:
                if inner >= 0:
                    bits = boxes_below(boxes, inner, from_, to, touching, gaps)
                    while bits != 0:
                        stack[top] = WIDE * inner + lowest_bit(bits)
                        bits &= bits - 1
                        top += 1
                    inner = -1
                if top == 0:
                    break
                top -= 1
                code = stack[top]
                leaf = links[code >> 3, code & 7, 0]
                count = links[code >> 3, code & 7, 1]
                if count < 0:
                    inner = leaf
                    continue
                for q in range(starts[leaf], starts[leaf] + count):
                    piece = label[q]
                    if piece < 0 or sign[piece] == 0 or _crossing(rows[q], i, j, p[axis], axis) != way:
                        continue
                    if crossed[piece] == 0:
                        touched[used] = piece
                        used += 1
                        crossed[piece] = 2
                    crossed[piece] ^= 1
            winding = 0
            for q in range(used):
                winding += sign[touched[q]] * (crossed[touched[q]] & 1)
                crossed[touched[q]] = 0
            if winding != 0:
                if made == len(held):
                    return -1
                held[made, 0] = k
                held[made, 1] = body
                made += 1
    return made
