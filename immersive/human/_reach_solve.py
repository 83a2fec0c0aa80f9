"""The reach solver over persons and targets: which hand, in which order things are tried, the whole posture."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from immersive.geometry._jit import helper, kernel
from immersive.human._arm_kernels import AXIS_SET, WRIST_SET
from immersive.human._leg_kernels import plant_one
from immersive.human._reach_body import HAND, LATERAL, ROTATION, TRUNK, trunk_of
from immersive.human._reach_search import aim, coarse, cost_of, descend, nearest
from immersive.human.arm_ik import arm_any
from immersive.human.discomfort import body_term
from immersive.human.kinematics import arm_one, solve_one

EITHER: Final = 3
"""Beside RIGHT, LEFT and BOTH of ``posing``."""

EYES_DOWN: Final = math.radians(30.0)
HEAD_DOWN: Final = math.radians(35.0)
HEAD_UP: Final = math.radians(15.0)
EYES_ASIDE: Final = math.radians(15.0)
HEAD_ASIDE: Final = math.radians(45.0)
"""Gaze: eyes turn down by up to 30° (15° about a normal line of sight 15° down) and aside by 15°, the head takes
the rest up to its own comfortable turn (set by this project after MIL-STD-1472 and NUREG-0700, see vision.json)."""

IDLE_OUT: Final = math.radians(7.0)
IDLE_ELBOW: Final = math.radians(15.0)
"""An idle arm hangs by its weight, whatever the trunk does, a little off the hip, elbow a little bent; as at rest."""


@helper
def solve_hands(z, sides, mode, tip, targets, axis, toward, links, root, along, shares, hips, zlo, zhi, rows,
                thoraxes, shoulders, stride, bound, left):  # type: ignore[no-untyped-def]  # fmt: skip
    """One person, one target, given hands; ``z`` is written.

    Args:
        stride: How far the feet may step, metres.
        bound: Of the coarse search; infinity to have an answer in any case.
        left: (1,), written: 0 when the hands are in place, else the residual.

    Returns:
        The discomfort; infinite where the coarse search does not beat ``bound``.
    """
    hands = sides.shape[0]
    work = np.empty((24, 8))
    frames, joints, axes, moves = np.empty((3, 3, 3)), np.empty((3, 3)), np.empty((6, 3)), np.empty(6)
    points, turns = np.empty((hands, 7, 3)), np.empty((hands, 4, 3, 3))
    trial, start = np.zeros(z.shape[0]), np.zeros(z.shape[0])
    fallback, shift = np.empty(2, np.int64), np.zeros(4)
    z[:] = 0.0
    cost = coarse(z, sides, mode, tip, targets, axis, links, rows, thoraxes, shoulders, shift, zlo, zhi, bound,
                  fallback, trial, work)  # fmt: skip
    near, first = fallback[0], fallback[1]
    zlo[4], zhi[4] = 0.0, 0.0
    if cost == np.inf and stride > 0.0:
        zlo[4], zhi[4] = -stride, stride
        for k in range(5):
            part = -0.5 if k == 4 else 0.25 * (k + 1)
            shift[0], shift[1], shift[2] = part * stride * along[0], part * stride * along[1], part * stride
            shift[3] = body_term(shift[2], 4)
            got = coarse(start, sides, mode, tip, targets, axis, links, rows, thoraxes, shoulders, shift, zlo, zhi,
                         min(bound, cost), fallback, trial, work)  # fmt: skip
            if got < cost:
                cost = got
                z[:] = start
    left[0] = 0.0
    if cost < np.inf:
        return descend(z, cost, sides, mode, tip, targets, axis, toward, links, root, along, shares, hips, zlo,
                       zhi, frames, joints, axes, moves, points, turns, work)  # fmt: skip
    if bound < np.inf:
        return np.inf
    # Free the wrist, and come as near as can be from several postures.
    for h in range(hands):
        k = TRUNK + HAND * h
        for i in range(7, 9):
            if mode == WRIST_SET:
                zlo[k + i], zhi[k + i] = zlo[k + i] + 0.0, zhi[k + i] + 0.0
    best, best_cost = np.inf, np.inf
    for k in range(4):
        row = near
        if k == 1:
            row = first
        elif k == 2:
            row = rows.shape[0] - 1
        elif k == 3:
            row = 0
        if row < 0 or (k == 1 and first == near):
            continue
        start[:] = 0.0
        for i in range(4):
            start[i] = rows[row, i]
        start[4] = stride
        for h in range(hands):
            s = sides[h]
            side = 0 if s > 0.0 else 1
            b = TRUNK + HAND * h
            start[b], start[b + 1] = rows[row, 5], rows[row, 6]
            d = work[23, :3]
            for i in range(3):
                d[i] = 0.0
                for j in range(3):
                    d[i] += thoraxes[row, j, i] * (targets[h, j] - shoulders[row, side, j])
            q = start[b + 2 : b + 9]
            square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
            reach = links[22] + links[23] + links[tip]
            done = False
            if mode == WRIST_SET and square < reach * reach:
                done = arm_any(d, frames[0], mode, s, links[22], links[23], links[tip], zlo[b + 2 : b + 9],
                               zhi[b + 2 : b + 9], 0, q, work) < np.inf  # fmt: skip
            if not done:
                aim(d, s, zlo[b + 2 : b + 9], zhi[b + 2 : b + 9], q)
        off = nearest(start, sides, mode, tip, targets, axis, toward, links, root, along, shares, hips, zlo, zhi,
                      frames, joints, axes, moves, points, turns, work)  # fmt: skip
        cost = cost_of(start, hands)
        if off == 0.0:
            z[:] = start
            return descend(z, cost, sides, mode, tip, targets, axis, toward, links, root, along, shares, hips, zlo,
                           zhi, frames, joints, axes, moves, points, turns, work)  # fmt: skip
        if off < best - 1e-6:
            best, best_cost = off, cost
            z[:] = start
        # Far out of reach the first start, stretched towards the target, is the nearest.
        if k == 0 and off > 0.35:
            break
    left[0] = best
    return best_cost


@helper
def compose(z, sides, target, links, root, along, shares, hips, angles, out, frames, joints, axes, moves, points,
            turns):  # type: ignore[no-untyped-def]  # fmt: skip
    """The whole posture of a state: idle arm, gaze; legs are left as they are.

    Args:
        target: (3,) where the eyes look.
        angles: (39,), out: (4,) root, written.
    """
    trunk_of(links, z, root, along, shares, hips, frames, joints, axes, moves)
    way = 0 if z[0] >= 0.0 else 1
    for i in range(3):
        out[i] = joints[0, i]
    out[3] = root[3]
    angles[0], angles[1], angles[4] = z[0] * shares[way, 0], z[0] * shares[way, 1], z[0] * shares[way, 2]
    angles[2], angles[5] = z[1] * LATERAL[0], z[1] * LATERAL[1]
    angles[3], angles[6] = z[2] * ROTATION[0], z[2] * ROTATION[1]
    thorax = frames[2]
    for side in range(2):
        k, s = 11 + 9 * side, 1.0 - 2.0 * side
        # The upper arm hangs where the world's up is its own, turned out a little.
        angles[k], angles[k + 1] = 0.0, 0.0
        angles[k + 2] = min(max(math.atan2(-thorax[2, 1], thorax[2, 2]), -1.0), 3.1)
        angles[k + 3] = min(max(-s * math.asin(min(max(thorax[2, 0], -1.0), 1.0)) + IDLE_OUT, -0.7), 1.5)
        angles[k + 4], angles[k + 5] = 0.0, IDLE_ELBOW
        angles[k + 6], angles[k + 7], angles[k + 8] = 0.0, 0.0, 0.0
    for h in range(sides.shape[0]):
        k = 11 if sides[h] > 0.0 else 20
        for i in range(HAND):
            angles[k + i] = z[TRUNK + HAND * h + i]
    # Gaze, from where the eyes are with the neck straight.
    x = y = w = 0.0
    for i in range(3):
        eye = joints[2, i] + thorax[i, 1] * (links[9] + links[11] + links[14]) + thorax[i, 2] * (
            links[8] + links[10] + links[13]
        )
        x += thorax[i, 0] * (target[i] - eye)
        y += thorax[i, 1] * (target[i] - eye)
        w += thorax[i, 2] * (target[i] - eye)
    aside, flat = math.atan2(-x, y), math.sqrt(x * x + y * y)
    down = math.atan2(-w, flat)
    turn = max(abs(aside) - EYES_ASIDE, 0.0)
    turn = min(turn, HEAD_ASIDE)
    pitch = down - EYES_DOWN if down > EYES_DOWN else down if down < 0.0 else 0.0
    pitch = min(max(pitch, -HEAD_UP), HEAD_DOWN)
    angles[7], angles[8], angles[9], angles[10] = 2.0 * pitch / 3.0, 0.0, turn if aside > 0.0 else -turn, pitch / 3.0


@kernel
def solve_people(links, roots, feet, heading, posture, slopes, shares, hips, lows, highs, rows, targets, tips, wants,
                 modes, approaches, spread, stride, angles, out, hand, missing, discomfort):  # type: ignore[no-untyped-def]  # fmt: skip
    """Every target of every person.

    Args:
        links: (n, 31), roots: (n, 4), feet: (n, 2, 3), slopes: (n,), shares: (n, 2, 3), hips: (n, k, 3, 2).
        lows, highs: (n, 14) limits of trunk and one hand.
        rows: (G, 7) coarse trunk postures as parts of the upper (negative: lower) limits, ascending in cost.
        targets: (m, 3), tips: (m,) index of the hand's length, wants: (m,) hand, modes: (m,),
        approaches: (m, 3) unit vectors.
        spread: Each hand's distance to the side of the point when both work, metres.
        angles, out, hand, missing, discomfort: (n, m, …), written.
    """
    count = rows.shape[0]
    scaled, order = np.empty((count, 7)), np.empty((count, 7))
    thoraxes, shoulders = np.empty((count, 3, 3)), np.empty((count, 2, 3))
    frames, joints, axes, moves = np.empty((3, 3, 3)), np.empty((3, 3)), np.empty((6, 3)), np.empty(6)
    points, turns = np.empty((1, 7, 3)), np.empty((1, 4, 3, 3))
    all_points, all_turns = np.empty((32, 3)), np.empty((19, 3, 3))
    z = np.zeros(TRUNK + 2 * HAND)
    other, zlo, zhi = np.empty_like(z), np.empty_like(z), np.empty_like(z)
    spots, along, toward, left = np.empty((2, 3)), np.zeros(2), np.zeros((3, 3)), np.empty(1)
    right_hand, left_hand, both = np.array([1.0]), np.array([-1.0]), np.array([1.0, -1.0])
    for n in range(links.shape[0]):
        body, root = links[n], roots[n]
        # Coarse postures of this person.
        for g in range(count):
            for i in range(7):
                limit = highs[n, i] if rows[g, i] >= 0.0 else -lows[n, i]
                scaled[g, i] = rows[g, i] * limit
        for g in range(count):
            z[:] = 0.0
            for i in range(4):
                z[i] = scaled[g, i]
            z[5], z[6] = scaled[g, 5], scaled[g, 6]
            along[:] = 0.0
            trunk_of(body, z, root, along, shares[n], hips[n], frames, joints, axes, moves)
            thoraxes[g] = frames[2]
            for side in range(2):
                arm_one(body, z, TRUNK, 1.0 - 2.0 * side, joints[2], frames[2], points[0], turns[0])
                shoulders[g, side] = points[0, 1]
        c, d = math.cos(root[3]), math.sin(root[3])
        for m in range(targets.shape[0]):
            target, axis = targets[m], approaches[m]
            flat = math.sqrt((target[0] - root[0]) ** 2 + (target[1] - root[1]) ** 2)
            if flat > 1e-6:
                along[0], along[1] = (target[0] - root[0]) / flat, (target[1] - root[1]) / flat
            else:
                along[0], along[1] = c, d
            _across(axis, toward)
            best, best_left, used = np.inf, np.inf, 0
            z[:] = 0.0
            tries = 2 if wants[m] == EITHER else 1
            limit = np.inf
            for k in range(tries):
                want = wants[m]
                if want == EITHER:
                    # The hand on the target's side first; the other only if it may be better.
                    nearer = 0 if (target[0] - root[0]) * d - (target[1] - root[1]) * c >= -1e-9 else 1
                    want = nearer if k == 0 else 1 - nearer
                for h in range(2):
                    for i in range(TRUNK):
                        zlo[i], zhi[i] = lows[n, i], highs[n, i]
                    for i in range(HAND):
                        zlo[TRUNK + HAND * h + i] = lows[n, TRUNK + i]
                        zhi[TRUNK + HAND * h + i] = highs[n, TRUNK + i]
                aside = spread if want == 2 else 0.0
                for h in range(2):
                    s = 1.0 - 2.0 * h
                    spots[h, 0] = target[0] + s * aside * d
                    spots[h, 1] = target[1] - s * aside * c
                    spots[h, 2] = target[2]
                size = TRUNK + HAND * (2 if want == 2 else 1)
                sides = both if want == 2 else right_hand if want == 0 else left_hand
                new = solve_hands(other[:size], sides, modes[m], tips[m], spots, axis, toward, body, root, along,
                                  shares[n], hips[n], zlo, zhi, scaled, thoraxes, shoulders, stride, limit,
                                  left)  # fmt: skip
                if new == np.inf:
                    continue
                if left[0] < best_left - 1e-9 or (left[0] <= best_left + 1e-9 and new < best - 1e-6):
                    best, best_left, used = new, left[0], want
                    z[:size] = other[:size]
                if k == 0 and left[0] == 0.0:
                    # A coarse posture loses little by the descent that follows.
                    limit = 1.6 * new + 0.3
            size = TRUNK + HAND * (2 if used == 2 else 1)
            sides = both if used == 2 else right_hand if used == 0 else left_hand
            q = angles[n, m]
            compose(z[:size], sides, target, body, root, along, shares[n], hips[n], q, out[n, m], frames, joints,
                    axes, moves, points, turns)  # fmt: skip
            for side in range(2):
                for i in range(2):
                    spots[side, i] = feet[n, side, i] + z[4] * along[i]
                spots[side, 2] = feet[n, side, 2]
            plant_one(body, spots, heading, posture, slopes[n], q, out[n, m])
            solve_one(body, q, out[n, m], all_points, all_turns)
            # Forward kinematics is the judge.
            worst = 0.0
            for side in range(2):
                if used == 2 or used == side:
                    s, aside = 1.0 - 2.0 * side, spread if used == 2 else 0.0
                    x = all_points[8 + 7 * side + tips[m] - 20, 0] - target[0] - s * aside * d
                    y = all_points[8 + 7 * side + tips[m] - 20, 1] - target[1] + s * aside * c
                    w = all_points[8 + 7 * side + tips[m] - 20, 2] - target[2]
                    worst = max(worst, math.sqrt(x * x + y * y + w * w))
                    if modes[m] == AXIS_SET:
                        worst = max(worst, _astray(all_turns[8 + 4 * side], axis))
            hand[n, m], missing[n, m], discomfort[n, m] = used, worst, best


@helper
def _across(axis, toward):  # type: ignore[no-untyped-def]
    """Two unit vectors across ``axis``, rows of ``toward``; nothing for a zero axis."""
    if axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2] < 0.5:
        return
    least = 0
    for i in range(3):
        if abs(axis[i]) < abs(axis[least]):
            least = i
    a, b = toward[0], toward[1]
    for i in range(3):
        a[i] = (1.0 if i == least else 0.0) - axis[least] * axis[i]
    size = math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])
    for i in range(3):
        a[i] /= size
    b[0] = axis[1] * a[2] - axis[2] * a[1]
    b[1] = axis[2] * a[0] - axis[0] * a[2]
    b[2] = axis[0] * a[1] - axis[1] * a[0]


@helper
def _astray(hand, axis):  # type: ignore[no-untyped-def]
    """Chord between the direction a hand points in and the one it should: what a metre of hand would miss."""
    total = 0.0
    for i in range(3):
        total += (hand[i, 2] + axis[i]) ** 2
    return math.sqrt(total)
