"""Where the bodies of a chain of joints are at times, and how far they get around these: one pass per time.

The formulas stand in :mod:`immersive.geometry.chains`; in numpy a short list of intervals would cost as much as a
long one.
"""

from __future__ import annotations

import numpy as np

from immersive.geometry._jit import kernel

_TURN = 1


@kernel
def span_rows(  # type: ignore[no-untyped-def]
    parents, children, kinds, frames, axes, base, back, paths, firsts, links, corners, values, swings, rates,
    moved, world, reach, bend, twist,
):  # fmt: skip
    """Poses and bounds of M bodies at n times.

    Args:
        parents, children, kinds, frames, axes, base: As in ``chains.Chain``; N joints, L links.
        back: (L, 4, 4) inverse of the poses at rest.
        paths, firsts: Movable joints from the base to each link: ``paths[firsts[l]:firsts[l + 1]]``.
        links: (M,) link of each body.
        corners: (M, 8, 3) where they rest.
        values, swings, rates: (n, N) positions of joints, how far they get from there, and their speeds.
        moved, world, reach, bend, twist: (n, M, 4, 4), (n, M, 8, 3), (n, M), (n, M), (n, M, 6) written.
    """
    joints = len(parents)
    there = np.empty((len(back), 4, 4))
    at = np.empty((4, 4))
    turn = np.empty((4, 4))
    points = np.empty((joints, 3))
    axis = np.empty((joints, 3))
    for d in range(4):
        for e in range(4):
            turn[d, e] = 1.0 if d == e else 0.0
            for link in range(len(back)):
                there[link, d, e] = base[d, e]
    for k in range(len(values)):
        for n in range(joints):
            one = there[parents[n]]
            for d in range(3):
                for e in range(4):
                    s = one[d, 3] if e == 3 else 0.0
                    for f in range(3):
                        s += one[d, f] * frames[n, f, e]
                    at[d, e] = s
                points[n, d] = at[d, 3]
            for d in range(3):
                axis[n, d] = at[d, 0] * axes[n, 0] + at[d, 1] * axes[n, 1] + at[d, 2] * axes[n, 2]
            other = there[children[n]]
            if kinds[n] == _TURN:
                x = axes[n, 0]
                y = axes[n, 1]
                z = axes[n, 2]
                s = np.sin(values[k, n])
                c = 1.0 - np.cos(values[k, n])
                # Rodrigues: 1 + s K + (1 - cos) K K.
                turn[0, 0] = 1.0 - c * (y * y + z * z)
                turn[0, 1] = c * x * y - s * z
                turn[0, 2] = c * x * z + s * y
                turn[1, 0] = c * x * y + s * z
                turn[1, 1] = 1.0 - c * (x * x + z * z)
                turn[1, 2] = c * y * z - s * x
                turn[2, 0] = c * x * z - s * y
                turn[2, 1] = c * y * z + s * x
                turn[2, 2] = 1.0 - c * (x * x + y * y)
                for d in range(3):
                    for e in range(3):
                        other[d, e] = at[d, 0] * turn[0, e] + at[d, 1] * turn[1, e] + at[d, 2] * turn[2, e]
                    other[d, 3] = at[d, 3]
            else:
                for d in range(3):
                    for e in range(3):
                        other[d, e] = at[d, e]
                    # What is fixed has no position.
                    other[d, 3] = at[d, 3] + (values[k, n] * axis[n, d] if kinds[n] != 0 else 0.0)
        for m in range(len(links)):
            link = links[m]
            one = there[link]
            for d in range(3):
                for e in range(4):
                    s = one[d, 3] if e == 3 else 0.0
                    for f in range(3):
                        s += one[d, f] * back[link, f, e]
                    moved[k, m, d, e] = s
                for q in range(8):
                    s = moved[k, m, d, 3]
                    for f in range(3):
                        s += moved[k, m, d, f] * corners[m, q, f]
                    world[k, m, q, d] = s
            for e in range(4):
                moved[k, m, 3, e] = 1.0 if e == 3 else 0.0
            for d in range(6):
                twist[k, m, d] = 0.0
            first = firsts[link]
            last = firsts[link + 1]
            inside = 0.0
            for p in range(first, last):
                if kinds[paths[p]] == _TURN:
                    inside += abs(rates[k, paths[p]])
            gone = 0.0
            bent = 0.0
            for p in range(last - 1, first - 1, -1):
                n = paths[p]
                w = rates[k, n]
                x = axis[n, 0]
                y = axis[n, 1]
                z = axis[n, 2]
                if kinds[n] != _TURN:
                    bent += 2.0 * abs(w) * inside
                    gone += swings[k, n]
                    twist[k, m, 0] += w * x
                    twist[k, m, 1] += w * y
                    twist[k, m, 2] += w * z
                    continue
                lever = 0.0
                for q in range(8):
                    a = world[k, m, q, 0] - points[n, 0]
                    b = world[k, m, q, 1] - points[n, 1]
                    c = world[k, m, q, 2] - points[n, 2]
                    u = y * c - z * b
                    v = z * a - x * c
                    s = x * b - y * a
                    lever = max(lever, u * u + v * v + s * s)
                lever = np.sqrt(lever) + gone
                # Rounding must not leave less than nothing of the joints that are further in.
                inside = max(inside - abs(w), 0.0)
                bent += abs(w) * lever * (abs(w) + 2.0 * inside)
                gone += 2.0 * np.sin(0.5 * min(swings[k, n], np.pi)) * lever
                twist[k, m, 3] += w * x
                twist[k, m, 4] += w * y
                twist[k, m, 5] += w * z
                twist[k, m, 0] -= w * (y * points[n, 2] - z * points[n, 1])
                twist[k, m, 1] -= w * (z * points[n, 0] - x * points[n, 2])
                twist[k, m, 2] -= w * (x * points[n, 1] - y * points[n, 0])
            reach[k, m] = gone
            bend[k, m] = bent


@kernel
def span_tables(moved, world, rest, columns, frames, boxes):  # type: ignore[no-untyped-def]
    """Frames (n, W, 12) and world boxes (n, W, 6) of bodies, each into its own column.

    Args:
        moved, world: Of M bodies, as :func:`span_rows` writes them.
        rest: (M, 12) rotation (row-major) and origin of each where it rests.
        columns: (M,) where to write them.
        frames, boxes: Written.
    """
    for k in range(len(moved)):
        for m in range(len(columns)):
            column = columns[m]
            for d in range(3):
                for e in range(3):
                    s = 0.0
                    for f in range(3):
                        s += moved[k, m, d, f] * rest[m, 3 * f + e]
                    frames[k, column, 3 * d + e] = s
                s = moved[k, m, d, 3]
                for f in range(3):
                    s += moved[k, m, d, f] * rest[m, 9 + f]
                frames[k, column, 9 + d] = s
                low = world[k, m, 0, d]
                high = low
                for q in range(1, 8):
                    low = min(low, world[k, m, q, d])
                    high = max(high, world[k, m, q, d])
                boxes[k, column, d] = low
                boxes[k, column, d + 3] = high
