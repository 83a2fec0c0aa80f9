"""The search for an arm that goes round what is in the way. See :mod:`immersive.human.reach_clear`.

Given body states (trunk, legs, feet; the least discomfort first) and all closed-form arm postures on each:
wrists and pronations in steps, the elbow's swivel in steps along the arcs that the limits leave open. They are
looked at in the order of discomfort, so that the first one that clears the scene is the best of its state, and
no state is begun that costs more than what was found. What is found is then polished with smaller steps.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from immersive.geometry._capsule_kernels import FOUND, scratch_for
from immersive.geometry._jit import helper, kernel
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
from immersive.human._cut_kernels import FIXED, OFF, arm_cut, cut, lift, place
from immersive.human.discomfort import ARM, arm_cost, body_cost, term
from immersive.human.kinematics import SEGMENT_ORIGIN, solve_one
from immersive.human.skeleton import LOWER, UPPER

MOST: Final = 20000
"""Most arm postures kept for one state."""


@helper
def arm_at(d, wrist, swivel, near, mode, axis, s, lengths, lo, hi, q, fam, t, two, wrist_point):  # type: ignore[no-untyped-def]
    """Arm with given pronation, wrist and swivel, elbow nearest to ``near``; False if there is none within limits."""
    upper, forearm, hand = lengths
    for i in range(3):
        q[4 + i] = wrist[i]
        wrist_point[i] = d[i]
    if mode == WRIST_SET:
        point_in_forearm(forearm, hand, q, s, t)
    else:
        for i in range(3):
            wrist_point[i] += hand * axis[i, 2]
        t[0], t[1], t[2] = 0.0, 0.0, -forearm
    square = wrist_point[0] ** 2 + wrist_point[1] ** 2 + wrist_point[2] ** 2
    if square < 1e-12:
        return False
    count = elbows(square, t, upper, lo[3], hi[3], two)
    if count == 0:
        return False
    q[3] = two[0]
    if count == 2 and abs(two[1] - near) < abs(two[0] - near):
        q[3] = two[1]
    family(wrist_point, t, upper, q[3], fam)
    angles_at(fam, swivel, s, mode, axis, q)
    return within(q, lo, hi)


@helper
def sift(costs, heap, at, size):  # type: ignore[no-untyped-def]
    """Let the entry at ``at`` of a heap of places in ``costs`` sink to where it belongs."""
    moving = heap[at]
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and costs[heap[child + 1]] < costs[heap[child]]:
            child += 1
        if costs[heap[child]] >= costs[moving]:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = moving


@helper
def list_arms(d, mode, axis, s, lengths, lo, hi, wrists, turn, under, costs, rows, room):  # type: ignore[no-untyped-def]
    """All arms on the grid that cost less than ``under``: wrists, and swivels no more than ``turn`` apart.

    Returns how many; costs (MOST,) and rows (MOST, 5: pronation, flexion, deviation, swivel, elbow) are written.
    """
    q, fam, t, two, point, roots, spans = room
    upper, forearm, hand = lengths
    found = 0
    for w in range(len(wrists)):
        if mode == AXIS_SET and (wrists[w, 1] != 0.0 or wrists[w, 2] != 0.0):
            continue
        for i in range(3):
            q[4 + i] = min(max(wrists[w, i], lo[4 + i]), hi[4 + i])
            point[i] = d[i]
        if mode == WRIST_SET:
            point_in_forearm(forearm, hand, q, s, t)
        else:
            for i in range(3):
                point[i] += hand * axis[i, 2]
            t[0], t[1], t[2] = 0.0, 0.0, -forearm
        square = point[0] ** 2 + point[1] ** 2 + point[2] ** 2
        if square < 1e-12:
            continue
        count = elbows(square, t, upper, lo[3], hi[3], two)
        # What the set angles alone cost: most bent wrists end here once something is found.
        floor = 0.0
        for i in range(3 if mode == WRIST_SET else 1):
            floor += term(q[4 + i], ARM[2 + i])
        for e in range(count):
            q[3] = two[e]
            if floor + term(q[3], ARM[1]) >= under:
                continue
            family(point, t, upper, q[3], fam)
            arcs = open_swivels(fam, s, mode, axis, lo, hi, q, roots, spans)
            for k in range(arcs):
                inset = min(1e-9, 0.25 * spans[k, 1])
                start, width = spans[k, 0] + inset, spans[k, 1] - 2.0 * inset
                pieces = int(width / turn) + 1
                for j in range(pieces + 1):
                    swivel = start + width * j / pieces
                    q[3] = two[e]
                    angles_at(fam, swivel, s, mode, axis, q)
                    cost = arm_cost(q)
                    if cost < under and found < MOST:
                        costs[found] = cost
                        rows[found, 0] = q[4]
                        rows[found, 1] = q[5]
                        rows[found, 2] = q[6]
                        rows[found, 3] = swivel
                        rows[found, 4] = two[e]
                        found += 1
    return found


@kernel
def search_all(problems, states, bodies, wrists, idle, limits, skips, scene, todo, results):  # type: ignore[no-untyped-def]
    """The least discomfort that clears the scene, for each problem in ``todo``.

    Args:
        problems: (Q,) person, (Q,) hand (2: both), (Q, 2, 3) where each hand goes, (Q, 3, 3) hand frame of
            which the last column counts, (Q,) ``AXIS_SET`` or ``WRIST_SET``, (Q,) link of the hand's length,
            (Q, C) rule of each capsule.
        states: (Q + 1,) range of states of each problem, (S, 39) angles, (S, 4) roots, (S,) discomfort without
            working arms, ascending within a problem.
        bodies: (n, 31) links, (C,) segments, (C,) moves, (n, C, 2, 3) ends, (n, C, 2) radii.
        wrists: (W, 3) pronation, flexion and deviation.
        idle: (I, 7) postures of the idle arm besides its own.
        limits: Least distance that clears, height below which legs may touch, radius of the ball at the
            work point, first rule of a hand, radians between swivels.
        skips: (R, B).
        scene: ``Surroundings.arrays()``.
        todo: Problems to do now.
        results: (Q, 39) angles, (Q, 4) roots, (Q, 3): discomfort (on entry: what has to be beaten),
            depth of the least cut posture, its discomfort.
    """
    person, hands, goals, axes, modes, lengths_at, rules = problems
    first, angles, roots4, costs = states
    links_all, segments, moves, ends_all, radii_all = bodies
    limit, floor, reach, hand_rule, turn = limits
    best_angles, best_root, scores = results
    count = len(segments)
    points = np.empty((32, 3))
    rotations = np.empty((19, 3, 3))
    world = np.empty((count, 8))
    q = np.empty(39)
    kept = np.empty((2, 7))
    arm_costs = np.empty(MOST)
    arm_rows = np.empty((MOST, 5))
    heap = np.empty(MOST, np.int64)
    one = np.empty(7)
    origin = SEGMENT_ORIGIN
    fam = np.empty((3, 3, 3))
    t = np.empty(3)
    two = np.empty(2)
    wrist_point = np.empty(3)
    arcs = (np.empty(7), fam, t, two, wrist_point, np.empty(24), np.empty((24, 2)))
    room = (scratch_for(), np.empty(8), np.empty(FOUND), np.empty(8), origin)
    d = np.empty(3)
    wrist = np.empty(4)
    trial = np.empty(4)
    ball = np.empty((2, 4))
    for p in todo:
        n = person[p]
        links = links_all[n]
        body = (segments, moves, ends_all[n], radii_all[n])
        best, least, least_cost = scores[p, 0], np.inf, np.inf
        for side in range(2):
            for i in range(3):
                ball[side, i] = goals[p, side, i]
            ball[side, 3] = reach
        settings = (ball, limit, hand_rule, 0)
        for state in range(first[p], first[p + 1]):
            if costs[state] >= best:
                break
            for i in range(39):
                q[i] = angles[state, i]
            solve_one(links, q, roots4[state], points, rotations)
            # What does not move with an arm, arms at rest included.
            base = 0.0
            for c in range(count):
                place(points, rotations, origin, segments[c], ends_all[n, c], radii_all[n, c], world[c])
                if moves[c] != FIXED:
                    continue
                if rules[p, c] == OFF:
                    world[c, 6] = -1.0
                    continue
                if segments[c] > 12:
                    lift(world[c], floor)
                if base <= least:
                    base = max(base, cut(world[c], rules[p, c], hand_rule, ball[0], limit, skips, scene,
                                         room[0], room[1], room[2]))  # fmt: skip
            if (best < np.inf and base > 0.0) or (base > 0.0 and base >= least):
                continue
            worst = base
            total = costs[state]
            for side in range(2):
                working = hands[p] == 2 or hands[p] == side
                k = 13 + 9 * side
                if not working:
                    rest = arm_cut(side, max(worst, 0.0), q, links, points, rotations, body, rules[p], world,
                                   settings, skips, scene, room)  # fmt: skip
                    if rest > worst:
                        for i in range(7):
                            kept[side, i] = q[k + i]
                        for choice in range(len(idle)):
                            for i in range(7):
                                q[k + i] = idle[choice, i]
                            other = arm_cut(side, min(rest, 1e9), q, links, points, rotations, body, rules[p],
                                            world, settings, skips, scene, room)  # fmt: skip
                            if other < rest:
                                rest = other
                                for i in range(7):
                                    kept[side, i] = q[k + i]
                                if rest <= worst:
                                    break
                        for i in range(7):
                            q[k + i] = kept[side, i]
                    # An arm at rest that only meets its own body is no reason to refuse the posture.
                    if rest < np.inf:
                        worst = max(worst, rest)
                    continue
                s = 1.0 - 2.0 * side
                lo = LOWER[k : k + 7]
                hi = UPPER[k : k + 7]
                # The shoulder is where the clavicle puts it, whatever the arm does.
                shoulder = points[9 + 7 * side]
                for i in range(3):
                    d[i] = 0.0
                    for j in range(3):
                        d[i] += rotations[2, j, i] * (goals[p, side, j] - shoulder[j])
                sizes = (links[22], links[23], links[lengths_at[p]])
                axis = np.empty((3, 3))
                for i in range(3):
                    axis[i, 2] = 0.0
                    for j in range(3):
                        axis[i, 2] += rotations[2, j, i] * axes[p, j, 2]
                listed = list_arms(d, modes[p], axis, s, sizes, lo, hi, wrists, turn, best - total, arm_costs,
                                   arm_rows, arcs)  # fmt: skip
                chosen, depth = -1, np.inf
                for i in range(listed):
                    heap[i] = i
                for i in range(listed // 2 - 1, -1, -1):
                    sift(arm_costs, heap, i, listed)
                for left in range(listed, 0, -1):
                    at = heap[0]
                    heap[0] = heap[left - 1]
                    sift(arm_costs, heap, 0, left - 1)
                    for i in range(3):
                        wrist[i] = arm_rows[at, i]
                    if not arm_at(d, wrist, arm_rows[at, 3], arm_rows[at, 4], modes[p], axis, s, sizes, lo, hi,
                                  one, fam, t, two, wrist_point):  # fmt: skip
                        continue
                    for i in range(7):
                        q[k + i] = one[i]
                    ends_in = arm_cut(side, min(depth, 1e9), q, links, points, rotations, body, rules[p], world,
                                      settings, skips, scene, room)  # fmt: skip
                    if ends_in < depth:
                        depth = ends_in
                        chosen = at
                        for i in range(7):
                            kept[side, i] = one[i]
                        if depth <= worst:
                            break
                if chosen < 0 or (depth > 0.0 and (depth >= least or best < np.inf)):
                    worst = np.inf
                    break
                for i in range(7):
                    one[i] = kept[side, i]
                cost = arm_cost(one)
                if depth <= 0.0 and worst <= 0.0:
                    # Smaller steps around what was found, as long as it stays clear.
                    for i in range(3):
                        wrist[i] = one[4 + i]
                    wrist[3] = arm_rows[chosen, 3]
                    near = one[3]
                    step = 0.5 * turn
                    for _ in range(4):
                        for i in range(4):
                            if modes[p] == AXIS_SET and (i == 1 or i == 2):
                                continue
                            for sign in range(2):
                                for j in range(4):
                                    trial[j] = wrist[j]
                                trial[i] += step if sign == 0 else -step
                                if not arm_at(d, trial, trial[3], near, modes[p], axis, s, sizes, lo, hi, one,
                                              fam, t, two, wrist_point):  # fmt: skip
                                    continue
                                lower = arm_cost(one)
                                if lower >= cost:
                                    continue
                                for j in range(7):
                                    q[k + j] = one[j]
                                if arm_cut(side, 0.0, q, links, points, rotations, body, rules[p], world,
                                           settings, skips, scene, room) <= 0.0:  # fmt: skip
                                    cost = lower
                                    near = one[3]
                                    for j in range(7):
                                        kept[side, j] = one[j]
                                    for j in range(4):
                                        wrist[j] = trial[j]
                                    break
                        step *= 0.5
                for i in range(7):
                    q[k + i] = kept[side, i]
                total += cost
                worst = max(worst, depth)
            if worst == np.inf:
                continue
            if worst <= 0.0:
                if total < best:
                    best = total
                    least = 0.0
                    for i in range(39):
                        best_angles[p, i] = q[i]
                    for i in range(4):
                        best_root[p, i] = roots4[state, i]
            elif best == np.inf and worst < least:
                least, least_cost = worst, total
                for i in range(39):
                    best_angles[p, i] = q[i]
                for i in range(4):
                    best_root[p, i] = roots4[state, i]
        scores[p, 0] = best
        scores[p, 1] = least
        scores[p, 2] = least_cost


@kernel
def body_costs(rows, out):  # type: ignore[no-untyped-def]
    """``discomfort.body_cost`` of (S, 7) rows."""
    for k in range(len(rows)):
        out[k] = body_cost(rows[k])
