"""The reach solver's passes over jobs: coarse search, descent, nearest posture, and the whole body at the end.

A job is one person, one target and the hand or hands that work. Kernels take ``people`` = (links, roots, shares,
hips, lows, highs), one row a person (see ``reach_ik``), ``aims`` = (targets, tips, modes, axes), one row a
target, and ``jobs`` (J, 3) int64: person, target, hand as in ``posing``; jobs of one person stand together.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from immersive.geometry._jit import helper, kernel
from immersive.human._arm_choice import arm_any, scratch
from immersive.human._arm_kernels import AXIS_SET, WRIST_SET
from immersive.human._leg_kernels import plant_one
from immersive.human._reach_body import HAND, LATERAL, ROTATION, TRUNK, room_for, trunk_of
from immersive.human._reach_search import aim, coarse, cost_of, descend, nearest
from immersive.human.discomfort import body_term
from immersive.human.kinematics import arm_one, solve_one

EYES_DOWN: Final = math.radians(30.0)
HEAD_DOWN: Final = math.radians(35.0)
HEAD_UP: Final = math.radians(15.0)
EYES_ASIDE: Final = math.radians(15.0)
HEAD_ASIDE: Final = math.radians(45.0)
"""Gaze: eyes turn down by up to 30° (15° about a normal line of sight 15° down) and aside by 15°, the head takes
the rest up to its own comfortable turn (set by this project after MIL-STD-1472 and NUREG-0700, see vision.json)."""

_FAR: Final = 0.12
"""Metres by which the arm is too short in the best coarse posture, and further starts cannot help."""

IDLE_OUT: Final = math.radians(7.0)
IDLE_ELBOW: Final = math.radians(15.0)
"""An idle arm hangs by its weight, whatever the trunk does, a little off the hip, elbow a little bent; as at rest."""


@helper
def _sides(want):  # type: ignore[no-untyped-def]
    sides = np.ones(2 if want == 2 else 1)
    sides[sides.shape[0] - 1] = 1.0 if want == 0 else -1.0
    return sides


@helper
def _task(people, aims, job, spread, stride, along, zlo, zhi):  # type: ignore[no-untyped-def]
    """What ``_reach_search`` calls a task; the direction of a step and the limits are written."""
    _, roots, _, _, lows, highs = people
    targets, tips, modes, axes = aims
    n, m, want = job[0], job[1], job[2]
    root, target = roots[n], targets[m]
    c, d = math.cos(root[3]), math.sin(root[3])
    x, y = target[0] - root[0], target[1] - root[1]
    flat = math.sqrt(x * x + y * y)
    along[0], along[1] = (x / flat, y / flat) if flat > 1e-6 else (c, d)
    spots, toward = np.empty((2, 3)), np.zeros((2, 3))
    aside = spread if want == 2 else 0.0
    for h in range(2):
        s = 1.0 - 2.0 * h
        spots[h, 0], spots[h, 1], spots[h, 2] = (
            target[0] + s * aside * d,
            target[1] - s * aside * c,
            target[2],
        )
        for i in range(HAND):
            zlo[TRUNK + HAND * h + i], zhi[TRUNK + HAND * h + i] = lows[n, TRUNK + i], highs[n, TRUNK + i]
    for i in range(TRUNK):
        zlo[i], zhi[i] = lows[n, i], highs[n, i]
    zlo[4], zhi[4] = -stride, stride
    _across(axes[m], toward)
    return modes[m], tips[m], spots, axes[m], toward


@helper
def _survey(people, n, rows, scaled, thoraxes, shoulders):  # type: ignore[no-untyped-def]
    """The coarse trunk postures of one person: angles, thorax frames and shoulders."""
    links, roots, shares, hips, lows, highs = people
    frames, joints, axes, moves, points, turns = room_for(1)
    z, along = np.zeros(TRUNK + HAND), np.zeros(2)
    for g in range(rows.shape[0]):
        for i in range(7):
            scaled[g, i] = rows[g, i] * highs[n, i] if rows[g, i] >= 0.0 else -rows[g, i] * lows[n, i]
            z[i] = scaled[g, i]
        z[4] = scaled[g, 4] = 0.0
        trunk_of(links[n], z, roots[n], along, shares[n], hips[n], frames, joints, axes, moves)
        for i in range(3):
            for j in range(3):
                thoraxes[g, i, j] = frames[2, i, j]
        for side in range(2):
            arm_one(links[n], z, TRUNK, 1.0 - 2.0 * side, joints[2], frames[2], points[0], turns[0])
            for i in range(3):
                shoulders[g, side, i] = points[0, 1, i]


@kernel
def find_coarse(people, aims, jobs, rows, parts, spread, stride, states, costs, starts):  # type: ignore[no-untyped-def]
    """The best coarse posture of each job.

    Args:
        rows: (G, 7) coarse trunk postures as parts of the upper (negative: lower) limits, ascending in cost.
        parts: (k,) of ``stride``: steps that are tried; 0: none.
        spread: Each hand's distance to the side of the point when both work, metres.
        states: (J, 23), costs: (J,), starts: (J, 2): written; see ``_reach_search.coarse``.
    """
    count = rows.shape[0]
    scaled, thoraxes, shoulders = np.empty((count, 7)), np.empty((count, 3, 3)), np.empty((count, 2, 3))
    zlo, zhi, along, shift, work = np.empty(23), np.empty(23), np.empty(2), np.zeros(4), scratch()
    last = -1
    for j in range(jobs.shape[0]):
        n = jobs[j, 0]
        if n != last:
            _survey(people, n, rows, scaled, thoraxes, shoulders)
            last = n
        task = _task(people, aims, jobs[j], spread, stride, along, zlo, zhi)
        costs[j] = np.inf
        for part in parts:
            shift[2] = part * stride
            shift[0], shift[1], shift[3] = shift[2] * along[0], shift[2] * along[1], body_term(shift[2], 4)
            got = coarse(states[j], _sides(jobs[j, 2]), task, people[0][n], scaled, thoraxes, shoulders, shift,
                         zlo, zhi, costs[j], starts[j], work)  # fmt: skip
            costs[j] = min(costs[j], got)


@kernel
def lower_all(people, aims, jobs, spread, stride, states, costs):  # type: ignore[no-untyped-def]
    """Descend from each job's state; states and costs are written."""
    links, roots, shares, hips, _, _ = people
    zlo, zhi, along, work = np.empty(23), np.empty(23), np.empty(2), scratch()
    for j in range(jobs.shape[0]):
        n, sides = jobs[j, 0], _sides(jobs[j, 2])
        task = _task(people, aims, jobs[j], spread, stride, along, zlo, zhi)
        z = states[j, : TRUNK + HAND * sides.shape[0]]
        for h in range(sides.shape[0]):
            k = TRUNK + HAND * h + 6
            if task[0] == WRIST_SET and z[k + 1] == 0.0 and z[k + 2] == 0.0:
                # A straight wrist stays straight: bending it a little would only buy what it costs.
                for i in range(3):
                    zlo[k + i] = zhi[k + i] = 0.0
        body = (links[n], roots[n], along, shares[n], hips[n])
        costs[j] = descend(z, costs[j], sides, task, body, zlo, zhi, room_for(sides.shape[0]), work)


@kernel
def approach_all(people, aims, jobs, rows, starts, others, spread, stride, states, costs, left):  # type: ignore[no-untyped-def]
    """The posture that comes nearest, of several starts; where the hand arrives after all, ``left`` is 0.

    Args:
        starts: (J, 2) of :func:`find_coarse`; others: (k,) further rows to start from.
        states: (J, 23), costs: (J,), left: (J,) metres; written.
    """
    links, roots, shares, hips, _, _ = people
    count = rows.shape[0]
    scaled, thoraxes, shoulders = np.empty((count, 7)), np.empty((count, 3, 3)), np.empty((count, 2, 3))
    zlo, zhi, along, work, d, frame = (np.empty(23), np.empty(23), np.empty(2), scratch(), np.empty(3),
                                       np.zeros((3, 3)))  # fmt: skip
    last = -1
    for j in range(jobs.shape[0]):
        n, sides = jobs[j, 0], _sides(jobs[j, 2])
        hands, own = sides.shape[0], links[jobs[j, 0]]
        if n != last:
            _survey(people, n, rows, scaled, thoraxes, shoulders)
            last = n
        task = _task(people, aims, jobs[j], spread, stride, along, zlo, zhi)
        mode, tip, spots = task[0], task[1], task[2]
        longest = own[22] + own[23] + own[tip]
        body, room = (own, roots[n], along, shares[n], hips[n]), room_for(hands)
        left[j] = np.inf
        z = np.zeros(TRUNK + HAND * hands)
        for attempt in range(2 + others.shape[0]):
            row = starts[j, attempt] if attempt < 2 else others[attempt - 2]
            if row < 0 or (attempt == 1 and row == starts[j, 0]):
                continue
            short = 0.0
            for i in range(4):
                z[i] = scaled[row, i]
            z[4] = stride if attempt % 2 == 0 else 0.0
            for h in range(hands):
                side, k = 0 if sides[h] > 0.0 else 1, TRUNK + HAND * h
                z[k], z[k + 1] = scaled[row, 5], scaled[row, 6]
                square = 0.0
                for i in range(3):
                    d[i] = 0.0
                    for m in range(3):
                        moved = z[4] * along[m] if m < 2 else 0.0
                        d[i] += thoraxes[row, m, i] * (spots[h, m] - shoulders[row, side, m] - moved)
                    square += d[i] * d[i]
                short = max(short, math.sqrt(square) - longest)
                q, lo, hi = z[k + 2 : k + 9], zlo[k + 2 : k + 9], zhi[k + 2 : k + 9]
                if mode != WRIST_SET or square > longest * longest or arm_any(
                    d, frame, mode, sides[h], own[22], own[23], own[tip], lo, hi, 0, 99, False, q, work
                ) == np.inf:  # fmt: skip
                    aim(d, sides[h], lo, hi, q)
            off = nearest(z, sides, task, body, zlo, zhi, room, work)
            if off < left[j] - 1e-6:
                left[j], costs[j] = off, cost_of(z, hands)
                for i in range(z.shape[0]):
                    states[j, i] = z[i]
            if off == 0.0 or (attempt == 2 and short > _FAR):
                # Far out of reach the starts that stretch towards the target end up nearest.
                break


@helper
def compose(z, sides, target, body, room, angles, out):  # type: ignore[no-untyped-def]
    """The whole posture of a state: idle arm, gaze; legs are left as they are.

    Args:
        target: (3,) where the eyes look.
        angles: (39,), out: (4,) root, written.
    """
    links, root, along, shares, hips = body
    frames, joints, axes, moves, _, _ = room
    trunk_of(links, z, root, along, shares, hips, frames, joints, axes, moves)
    for i in range(3):
        out[i] = joints[0, i]
    out[3] = root[3]
    angles[0], angles[1], angles[4] = z[0] * shares[0], z[0] * shares[1], z[0] * shares[2]
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
        eye = (
            joints[2, i]
            + thorax[i, 1] * (links[9] + links[11] + links[14])
            + thorax[i, 2] * (links[8] + links[10] + links[13])
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
    angles[7], angles[8], angles[9], angles[10] = (
        2.0 * pitch / 3.0,
        0.0,
        turn if aside > 0.0 else -turn,
        pitch / 3.0,
    )


@kernel
def finish(people, aims, jobs, ground, spread, states, angles, out, missing):  # type: ignore[no-untyped-def]
    """The whole posture of each job's state, legs included, and how far the hands are from their targets.

    Args:
        ground: (feet (n, 2, 3), heading, posture, slopes (n,)), see ``stance.Footing``.
        angles: (J, 39), out: (J, 4), missing: (J,), written.
    """
    links, roots, shares, hips, _, _ = people
    feet, heading, posture, slopes = ground
    zlo, zhi, along = np.empty(23), np.empty(23), np.empty(2)
    points, turns, ankles = np.empty((32, 3)), np.empty((19, 3, 3)), np.empty((2, 3))
    room = room_for(1)
    for j in range(jobs.shape[0]):
        n, m, sides = jobs[j, 0], jobs[j, 1], _sides(jobs[j, 2])
        mode, tip, spots, axis, _ = _task(people, aims, jobs[j], spread, 0.0, along, zlo, zhi)
        own, z = links[n], states[j]
        compose(z, sides, aims[0][m], (own, roots[n], along, shares[n], hips[n]), room, angles[j], out[j])
        for side in range(2):
            for i in range(3):
                ankles[side, i] = feet[n, side, i] + (z[4] * along[i] if i < 2 else 0.0)
        plant_one(own, ankles, heading, posture, slopes[n], angles[j], out[j])
        solve_one(own, angles[j], out[j], points, turns)
        # Forward kinematics is the judge.
        missing[j] = 0.0
        for h in range(sides.shape[0]):
            side, total = 0 if sides[h] > 0.0 else 1, 0.0
            for i in range(3):
                total += (points[8 + 7 * side + tip - 20, i] - spots[h, i]) ** 2
            missing[j] = max(missing[j], math.sqrt(total))
            if mode == AXIS_SET:
                missing[j] = max(missing[j], _astray(turns[8 + 4 * side], axis))


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
