"""Search for the least uncomfortable posture that brings the working hands to their points.

1. Coarse: trunk postures in the order of their cost; on each, the arm in closed form. What costs more for
   the trunk alone than the best so far is not looked at.
2. Descent from the best: steps that keep the hands in place to first order (``_reach_step``); after each, the arm
   is put back exactly in closed form. A step that does not pay is shortened.
3. Where the coarse search finds nothing: the nearest posture by damped steps of all variables; the moment the arm
   can take over in closed form, step 2 goes on from there.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from immersive.geometry._jit import helper
from immersive.human._arm_choice import arm_any
from immersive.human._arm_kernels import (
    AXIS_SET,
    WRIST_SET,
    angles_at,
    elbows,
    family,
    open_swivels,
    point_in_forearm,
    within,
)
from immersive.human._reach_body import AXIS_LENGTH, HAND, TRUNK, jacobian, place
from immersive.human._reach_step import step
from immersive.human.discomfort import BODY, arm_cost, arm_slopes, body_slope, body_term

_MORE: Final = 4
"""Trunk postures that are looked at after one is found: the descent goes to the same end from either."""
_ROLLS: Final = 5
_TRIES: Final = 40
"""Pronations, and trunk postures, of the coarse search for a hand with an approach."""
_STEPS: Final = 30
_NEAREST_STEPS: Final = 80
_LEAP: Final = 0.8
"""Radians that no angle changes by more in a step: the model is local."""
_HASTE: Final = 1e-6
"""Square metres per unit of discomfort: coming nearer goes before comfort; the last 20 mm a thousand times more."""
_GAIN: Final = 3e-4
"""Part of the cost below which a further step is not worth its time."""


@helper
def cost_of(z, hands):  # type: ignore[no-untyped-def]
    """Discomfort of a state."""
    total = 0.0
    for i in range(TRUNK):
        total += body_term(z[i], i)
    for h in range(hands):
        k = TRUNK + HAND * h
        total += body_term(z[k], 5) + body_term(z[k + 1], 6) + arm_cost(z[k + 2 : k + 9])
    return total


@helper
def restore(z, h, s, mode, tip, target, axis, thorax, shoulder, turn, links, zlo, zhi, work):  # type: ignore[no-untyped-def]
    """Bring one hand exactly to its target by its arm, as near as can be to the arm's angles in ``z``.

    Args:
        tip: Index of the hand's length in ``links``.
        target: (3,), axis: (3,) direction the hand points in, world; only for ``AXIS_SET``.
        thorax: (3, 3), shoulder: (3,), turn: (3, 3) upper arm: by forward kinematics of ``z``.
        work: Of ``_arm_choice.scratch``.

    Returns:
        Whether the arm can.
    """
    k = TRUNK + HAND * h + 2
    q, lo, hi = z[k : k + 7], zlo[k : k + 7], zhi[k : k + 7]
    vectors, fam, roots, spans, arms = work
    point, t, ends, trial = vectors[0], vectors[1], vectors[2], arms[0]
    frame = np.empty((3, 3))
    for i in range(3):
        point[i] = 0.0
        frame[i, 2] = 0.0
        for j in range(3):
            reach = target[j] - shoulder[j]
            if mode == AXIS_SET:
                reach -= links[tip] * axis[j]
                frame[i, 2] -= thorax[j, i] * axis[j]
            point[i] += thorax[j, i] * reach
    if mode == WRIST_SET:
        point_in_forearm(links[23], links[tip], q, s, t)
    else:
        t[0], t[1], t[2] = 0.0, 0.0, -links[23]
    square = point[0] * point[0] + point[1] * point[1] + point[2] * point[2]
    if square < 1e-12:
        return False
    count = elbows(square, t, links[22], lo[3], hi[3], ends)
    if count == 0:
        return False
    q[3] = ends[1] if count == 2 and abs(ends[1] - q[3]) < abs(ends[0] - q[3]) else ends[0]
    family(point, t, links[22], q[3], fam)
    # The swivel whose upper-arm frame is nearest to that of z.
    along = across = 0.0
    for i in range(3):
        for j in range(3):
            was = 0.0
            for m in range(3):
                was += thorax[m, i] * turn[m, j]
            along += was * fam[i, j, 1]
            across += was * fam[i, j, 2]
    swivel = math.atan2(across, along)
    angles_at(fam, swivel, s, mode, frame, q)
    if within(q, lo, hi):
        return True
    for i in range(7):
        trial[i] = q[i]
    count = open_swivels(fam, s, mode, frame, lo, hi, trial, roots, spans)
    best, at = np.inf, 0.0
    for j in range(count):
        inset = min(1e-9, 0.25 * spans[j, 1])
        middle = spans[j, 0] + 0.5 * spans[j, 1]
        off = swivel - middle
        off -= 2.0 * math.pi * math.floor(off / (2.0 * math.pi) + 0.5)
        half = 0.5 * spans[j, 1] - inset
        kept = min(max(off, -half), half)
        if abs(off - kept) < best:
            best, at = abs(off - kept), middle + kept
    if count == 0:
        return False
    angles_at(fam, at, s, mode, frame, q)
    return within(q, lo, hi)


@helper
def restore_all(z, sides, task, links, room, zlo, zhi, work):  # type: ignore[no-untyped-def]
    """:func:`restore` for every hand, after ``place`` of ``z``; ``task`` is (mode, tip, targets, axis, toward)."""
    mode, tip, targets, axis, _ = task
    frames, _, _, _, points, turns = room
    for h in range(sides.shape[0]):
        if not restore(z, h, sides[h], mode, tip, targets[h], axis, frames[2], points[h, 1], turns[h, 1],
                       links, zlo, zhi, work):  # fmt: skip
            return False
    return True


@helper
def _copy(source, target):  # type: ignore[no-untyped-def]
    for i in range(source.shape[0]):
        target[i] = source[i]


@helper
def _slopes(z, hands, g, curve, first, pair):  # type: ignore[no-untyped-def]
    """The cost's local model at ``z``."""
    for i in range(TRUNK):
        body_slope(z[i], i, pair)
        g[i], curve[i], first[i] = pair[0], pair[1], BODY[i, 0]
    for h in range(hands):
        k = TRUNK + HAND * h
        for i in range(2):
            body_slope(z[k + i], 5 + i, pair)
            g[k + i], curve[k + i], first[k + i] = pair[0], pair[1], BODY[5 + i, 0]
        arm_slopes(z[k + 2 : k + 9], g[k + 2 : k + 9], curve[k + 2 : k + 9])
        for i in range(7):
            first[k + 2 + i] = 0.0


@helper
def descend(z, cost, sides, task, body, zlo, zhi, room, work):  # type: ignore[no-untyped-def]
    """Lower the discomfort of a state whose hands are in place; ``z`` is written, the new cost returned."""
    hands, links = sides.shape[0], body[0]
    mode, tip, _, _, toward = task
    nv = TRUNK + HAND * hands
    nc = hands * (5 if mode == AXIS_SET else 3)
    jac, r, lam, f = np.empty((nv, nc)), np.zeros(nc), np.empty(nc), np.empty(nc)
    a, whole, other, vectors = np.empty((nc, nc)), np.empty((nc, nc)), np.empty((3, nc)), np.empty((7, nv))
    g, curve, first, lo, hi, u, stiff = (vectors[0], vectors[1], vectors[2], vectors[3], vectors[4], vectors[5],
                                         vectors[6])  # fmt: skip
    pair = np.empty(2)
    damping, fresh = 0.0, False
    for _ in range(_STEPS):
        if not fresh:
            place(z, sides, body, room)
            jacobian(z, sides, tip, toward, body, room, jac)
            _slopes(z, hands, g, curve, first, pair)
            fresh = True
        for i in range(nv):
            lo[i], hi[i] = max(zlo[i], z[i] - _LEAP), min(zhi[i], z[i] + _LEAP)
            stiff[i] = curve[i] + damping
        step(jac, r, 1e-7, z, g, stiff, first, lo, hi, u, lam, f, a, whole, other)
        promised = 0.0
        for i in range(nv):
            d = u[i] - z[i]
            promised += g[i] * d + 0.5 * curve[i] * d * d + first[i] * (abs(u[i]) - abs(z[i]))
        if promised > -_GAIN * (1.0 + cost):
            break
        place(u, sides, body, room)
        new = np.inf
        if restore_all(u, sides, task, links, room, zlo, zhi, work):
            new = cost_of(u, hands)
        if new < cost + 0.05 * promised:
            gain = cost - new
            _copy(u, z)
            cost, fresh = new, False
            damping = 0.4 * damping if damping > 0.5 else 0.0
            if gain < _GAIN * (1.0 + cost):
                break
        else:
            damping = max(4.0 * damping, 2.0)
            if damping > 1e6:
                break
    return cost


@helper
def _residual(sides, task, room, r):  # type: ignore[no-untyped-def]
    """Hands minus targets, and directions across the approach; returns the sum of squares."""
    mode, tip, targets, axis, toward = task
    points, turns = room[4], room[5]
    per = 5 if mode == AXIS_SET else 3
    total = 0.0
    for h in range(sides.shape[0]):
        for i in range(3):
            r[per * h + i] = points[h, tip - 20, i] - targets[h, i]
        if per == 5:
            with_it = 0.0
            for i in range(3):
                with_it -= turns[h, 3, i, 2] * axis[i]
            for j in range(2):
                x = 0.0
                for i in range(3):
                    x += turns[h, 3, i, 2] * toward[j, i]
                r[per * h + 3 + j] = AXIS_LENGTH * x
            if with_it < 0.0:
                # Pointing away is farther off than pointing across.
                total += (AXIS_LENGTH * (1.0 - with_it)) ** 2
        for i in range(per):
            total += r[per * h + i] * r[per * h + i]
    return total


@helper
def nearest(z, sides, task, body, zlo, zhi, room, work):  # type: ignore[no-untyped-def]
    """Bring the hands as near as can be from ``z``, which is written.

    Returns:
        0 if the arms took over in closed form and the hands are in place, else the residual (metres), > 0.
    """
    hands, links = sides.shape[0], body[0]
    mode, tip, _, _, toward = task
    nv = TRUNK + HAND * hands
    nc = hands * (5 if mode == AXIS_SET else 3)
    jac, r, lam, f = np.empty((nv, nc)), np.empty(nc), np.empty(nc), np.empty(nc)
    a, whole, other, vectors = np.empty((nc, nc)), np.empty((nc, nc)), np.empty((3, nc)), np.empty((8, nv))
    g, curve, first, lo, hi, u, stiff, w = (vectors[0], vectors[1], vectors[2], vectors[3], vectors[4], vectors[5],
                                            vectors[6], vectors[7])  # fmt: skip
    pair, fresh = np.empty(2), False
    place(z, sides, body, room)
    left = _residual(sides, task, room, r)
    damping, slow = 0.0, 0
    for _ in range(_NEAREST_STEPS):
        if not fresh:
            for attempt in range(2):
                _copy(z, w)
                if attempt == 0:
                    # With a straight wrist if that will do.
                    for h in range(hands if mode != AXIS_SET else 0):
                        for i in range(3):
                            w[TRUNK + HAND * h + 6 + i] = 0.0
                if restore_all(w, sides, task, links, room, zlo, zhi, work):
                    _copy(w, z)
                    return 0.0
            jacobian(z, sides, tip, toward, body, room, jac)
            _slopes(z, hands, g, curve, first, pair)
            fresh = True
        for i in range(nv):
            lo[i], hi[i] = max(zlo[i], z[i] - _LEAP), min(zhi[i], z[i] + _LEAP)
            stiff[i] = curve[i] + damping
        step(
            jac,
            r,
            _HASTE if left > 4e-4 else 1e-3 * _HASTE,
            z,
            g,
            stiff,
            first,
            lo,
            hi,
            u,
            lam,
            f,
            a,
            whole,
            other,
        )
        place(u, sides, body, room)
        new = _residual(sides, task, room, f)
        if new < left:
            _copy(u, z)
            _copy(f, r)
            slow = slow + 1 if math.sqrt(left) - math.sqrt(new) < 1e-7 + 3e-4 * math.sqrt(new) else 0
            left, fresh = new, False
            damping = 0.4 * damping if damping > 0.5 else 0.0
            if slow == 3:
                break
        else:
            # The room still holds the refused posture; what is kept are jacobian and slopes.
            damping = max(5.0 * damping, 3.0)
            if damping > 1e9:
                break
    return max(math.sqrt(left), 1e-12)


@helper
def aim(d, s, lo, hi, q):  # type: ignore[no-untyped-def]
    """Point a nearly straight arm in the direction ``d`` (thorax frame), within limits."""
    size = math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
    q[1] = s * math.asin(min(max(d[0] / max(size, 1e-9), -1.0), 1.0))
    q[0] = math.atan2(d[1], -d[2])
    if q[0] < lo[0] and q[0] + 2.0 * math.pi - hi[0] < lo[0] - q[0]:
        # Up and a little back: past the upper limit, not before the lower.
        q[0] = hi[0]
    q[2], q[3], q[4], q[5], q[6] = 0.0, 0.3, 0.0, 0.0, 0.0
    for i in range(7):
        q[i] = min(max(q[i], lo[i]), hi[i])


@helper
def coarse(z, sides, task, links, rows, thoraxes, shoulders, shift, zlo, zhi, bound, starts, work):  # type: ignore[no-untyped-def]
    """The best of the coarse trunk postures.

    Args:
        z: Written where one is found.
        rows: (G, 7) bend, lateral, rotation, crouch, step, clavicle elevation and protraction, ascending in cost.
        thoraxes: (G, 3, 3), shoulders: (G, 2, 3): of this person in them.
        shift: (4,) metres by which a step moves the body (x, y), its length along the step, its cost.
        bound: Cost that has to be beaten.
        starts: (2,) int64, written: row that comes nearest, first row whose arm is long enough; −1: none.

    Returns:
        The cost, infinite where none beats the bound.
    """
    mode, tip, targets, axis, _ = task
    hands = sides.shape[0]
    best, nearest_gap, found, tries, more = bound, np.inf, False, 0, _MORE
    longest = links[22] + links[23] + links[tip]
    starts[0], starts[1] = -1, -1
    d, frame, arms = np.empty(3), np.empty((3, 3)), np.empty((2, 7))
    for g in range(rows.shape[0]):
        total = shift[3]
        for i in range(4):
            total += body_term(rows[g, i], i)
        for i in range(2):
            total += hands * body_term(rows[g, 5 + i], 5 + i)
        if total >= best:
            continue
        thorax, gap = thoraxes[g], 0.0
        for h in range(hands):
            side = 0 if sides[h] > 0.0 else 1
            x = targets[h, 0] - shoulders[g, side, 0] - shift[0]
            y = targets[h, 1] - shoulders[g, side, 1] - shift[1]
            w = targets[h, 2] - shoulders[g, side, 2]
            gap = max(gap, math.sqrt(x * x + y * y + w * w) - longest)
        if gap < nearest_gap:
            nearest_gap, starts[0] = gap, g
        if gap > 0.0:
            continue
        if starts[1] < 0:
            starts[1] = g
        tries += 1
        if found:
            more -= 1
        if more < 0 or (mode == AXIS_SET and tries > _TRIES):
            break
        for h in range(hands):
            side = 0 if sides[h] > 0.0 else 1
            k = TRUNK + HAND * h + 2
            for i in range(3):
                d[i] = frame[i, 2] = 0.0
                for j in range(3):
                    away = shift[j] if j < 2 else 0.0
                    d[i] += thorax[j, i] * (targets[h, j] - shoulders[g, side, j] - away)
                    frame[i, 2] -= thorax[j, i] * axis[j]
            # The wrist of a free hand is straight here; bent ones only where no trunk posture helps.
            only = 1 if mode == WRIST_SET else _ROLLS
            total += arm_any(d, frame, mode, sides[h], links[22], links[23], links[tip], zlo[k : k + 7],
                             zhi[k : k + 7], 0, only, True, arms[h], work)  # fmt: skip
            if total >= best:
                break
        if total < best:
            best, found = total, True
            for i in range(4):
                z[i] = rows[g, i]
            z[4] = shift[2]
            for h in range(hands):
                k = TRUNK + HAND * h
                z[k], z[k + 1] = rows[g, 5], rows[g, 6]
                _copy(arms[h], z[k + 2 : k + 9])
    return best if found else np.inf
