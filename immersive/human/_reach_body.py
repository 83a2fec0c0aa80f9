"""The reach solver's own variables, and what they do to the body.

A state is ``z[0:5]`` = bend, lateral flexion, rotation of the whole trunk (radians), crouch (0 to 1 of what
balance and ankles allow), step (metres towards the target), then for each working hand nine: clavicle elevation and protraction, and the arm's
seven angles. Pelvis, lumbar and thoracic spine share the trunk's three in fixed parts, those of their
ranges, so that each reaches its limit when the trunk does.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from immersive.geometry._jit import helper
from immersive.human.kinematics import arm_one, step_to, turn_x, turn_y, turn_z

TRUNK: Final = 5
HAND: Final = 9
"""Variables of the trunk and of each hand."""

LATERAL: Final = (20.0 / 35.0, 15.0 / 35.0)
ROTATION: Final = (10.0 / 45.0, 35.0 / 45.0)
"""Lumbar and thoracic part."""

BEND_STEP: Final = math.radians(15.0)
BACKWARD: Final = 3
"""Spacing in the bend of the table of where the hips are, and how many of its rows lean backwards."""

AXIS_LENGTH: Final = 0.25
"""Metres that stand for one radian where direction errors are weighed against distances."""


@helper
def _add_cross(scale, a, b, c, out):  # type: ignore[no-untyped-def]
    """out += scale · a × (b − c)."""
    x, y, z = b[0] - c[0], b[1] - c[1], b[2] - c[2]
    out[0] += scale * (a[1] * z - a[2] * y)
    out[1] += scale * (a[2] * x - a[0] * z)
    out[2] += scale * (a[0] * y - a[1] * x)


@helper
def _hips_at(hips, bend, crouch, out):  # type: ignore[no-untyped-def]
    """Write hips forward and up, their slopes by the bend, their slopes by the crouch: (6,)."""
    u = min(max(bend / BEND_STEP + BACKWARD, 0.0), hips.shape[0] - 1.0)
    v = min(max(2.0 * crouch, 0.0), 2.0)
    i, j = min(int(u), hips.shape[0] - 2), min(int(v), 1)
    u, v = u - i, v - j
    for k in range(2):
        low = (1.0 - v) * hips[i, j, k] + v * hips[i, j + 1, k]
        high = (1.0 - v) * hips[i + 1, j, k] + v * hips[i + 1, j + 1, k]
        out[k] = (1.0 - u) * low + u * high
        out[2 + k] = (high - low) / BEND_STEP
        out[4 + k] = 2.0 * ((1.0 - u) * (hips[i, j + 1, k] - hips[i, j, k])
                            + u * (hips[i + 1, j + 1, k] - hips[i + 1, j, k]))  # fmt: skip


@helper
def trunk_of(links, z, root, along, shares, hips, frames, joints, axes, moves):  # type: ignore[no-untyped-def]
    """Pelvis, lumbar and thorax of a state.

    Args:
        root: (4,) hip centre and heading at rest.
        along: (2,) unit vector in the world's plane of the step.
        shares: (3,) parts of pelvis, lumbar and thoracic flexion in a bend.
        hips: (k, 3, 2) metres forward and up from rest at bends of −``BACKWARD`` · ``BEND_STEP``, … and crouches
            0, ½, 1.
        frames: (3, 3, 3), joints: (3, 3), axes: (6, 3), written: frames, their origins, and the axes of bend
            (pelvis and lumbar), lateral, rotation of the lumbar, then the same of the thorax.
        moves: (6,), written: of ``_hips_at``.
    """
    tilt, lumbar_flexion, thoracic_flexion = z[0] * shares[0], z[0] * shares[1], z[0] * shares[2]
    _hips_at(hips, z[0], z[3], moves)
    pelvis, lumbar, thorax = frames[0], frames[1], frames[2]
    for i in range(3):
        for j in range(3):
            pelvis[i, j] = 1.0 if i == j else 0.0
    turn_z(pelvis, root[3] - 0.5 * math.pi, pelvis)
    step_to(root, pelvis, 0.0, moves[0], moves[1], joints[0])
    joints[0, 0] += z[4] * along[0]
    joints[0, 1] += z[4] * along[1]
    turn_x(pelvis, -tilt, pelvis)
    step_to(joints[0], pelvis, 0.0, links[5], links[4], joints[1])
    turn_x(pelvis, -lumbar_flexion, lumbar)
    for i in range(3):
        axes[0, i], axes[1, i] = -pelvis[i, 0], lumbar[i, 1]
    turn_y(lumbar, z[1] * LATERAL[0], lumbar)
    turn_z(lumbar, z[2] * ROTATION[0], lumbar)
    step_to(joints[1], lumbar, 0.0, links[7], links[6], joints[2])
    turn_x(lumbar, -thoracic_flexion, thorax)
    for i in range(3):
        axes[2, i], axes[3, i], axes[4, i] = lumbar[i, 2], -lumbar[i, 0], thorax[i, 1]
    turn_y(thorax, z[1] * LATERAL[1], thorax)
    turn_z(thorax, z[2] * ROTATION[1], thorax)
    for i in range(3):
        axes[5, i] = thorax[i, 2]


@helper
def room_for(hands):  # type: ignore[no-untyped-def]
    """What :func:`place` writes: trunk frames, joints, axes and moves of ``trunk_of``; points and turns of arms."""
    return (np.empty((3, 3, 3)), np.empty((3, 3)), np.empty((6, 3)), np.empty(6),
            np.empty((hands, 7, 3)), np.empty((hands, 4, 3, 3)))  # fmt: skip


@helper
def place(z, sides, body, room):  # type: ignore[no-untyped-def]
    """Forward kinematics of a state: trunk and working arms.

    Args:
        sides: (nh,) +1 right, −1 left.
        body: (links, root, along, shares, hips), see :func:`trunk_of`.
        room: Of :func:`room_for`, written.
    """
    links, root, along, shares, hips = body
    frames, joints, axes, moves, points, turns = room
    trunk_of(links, z, root, along, shares, hips, frames, joints, axes, moves)
    for h in range(sides.shape[0]):
        arm_one(links, z, TRUNK + HAND * h, sides[h], joints[2], frames[2], points[h], turns[h])


@helper
def jacobian(z, sides, tip, toward, body, room, jac):  # type: ignore[no-untyped-def]
    """How position (and, with an approach, direction) of each working hand's point follow the variables.

    Args:
        sides, body, room: As :func:`place` left them.
        tip: Index of the hand's length in the links.
        toward: (2, 3) two directions across the approach; unused when ``jac`` has three columns a hand.
        jac: (nv, nc), written: nc is three or five for each hand.
    """
    _, root, along, shares, _ = body
    frames, joints, axes, moves, points, turns = room
    hands = sides.shape[0]
    per = jac.shape[1] // hands
    for i in range(jac.shape[0]):
        for j in range(jac.shape[1]):
            jac[i, j] = 0.0
    c, d = math.cos(root[3]), math.sin(root[3])
    w, v, x = np.empty(3), np.empty(3), np.empty(3)
    for h in range(hands):
        s, p, r = sides[h], points[h], turns[h]
        point = p[tip - 20]
        for k in range(TRUNK + HAND):
            for i in range(3):
                w[i] = v[i] = 0.0
            row = k if k < TRUNK else k + HAND * h
            if k == 0:
                for i in range(3):
                    w[i] = (shares[0] + shares[1]) * axes[0, i] + shares[2] * axes[3, i]
                _add_cross(shares[0], axes[0], point, joints[0], v)
                _add_cross(shares[1], axes[0], point, joints[1], v)
                _add_cross(shares[2], axes[3], point, joints[2], v)
                v[0] += moves[2] * c
                v[1] += moves[2] * d
                v[2] += moves[3]
            elif k < 3:
                first = LATERAL[0] if k == 1 else ROTATION[0]
                second = LATERAL[1] if k == 1 else ROTATION[1]
                for i in range(3):
                    w[i] = first * axes[k, i] + second * axes[3 + k, i]
                _add_cross(first, axes[k], point, joints[1], v)
                _add_cross(second, axes[3 + k], point, joints[2], v)
            elif k == 3:
                v[0], v[1], v[2] = moves[4] * c, moves[4] * d, moves[5]
            elif k == 4:
                v[0], v[1] = along[0], along[1]
            elif k == 5:
                for i in range(3):
                    x[i] = -s * r[0, i, 1]
                _add_cross(1.0, x, p[1], p[0], v)
            elif k == 6:
                for i in range(3):
                    x[i] = s * frames[2, i, 2]
                _add_cross(1.0, x, p[1], p[0], v)
            else:
                at = p[1] if k < 10 else p[2] if k < 12 else p[3]
                if k == 7:
                    for i in range(3):
                        w[i] = frames[2, i, 0]
                elif k == 8:
                    # The axis between flexion and rotation: y of the thorax after the flexion.
                    ca, sa = math.cos(z[7 + HAND * h]), math.sin(z[7 + HAND * h])
                    for i in range(3):
                        w[i] = -s * (ca * frames[2, i, 1] + sa * frames[2, i, 2])
                elif k == 9:
                    for i in range(3):
                        w[i] = s * r[1, i, 2]
                elif k == 10:
                    for i in range(3):
                        w[i] = r[1, i, 0]
                elif k == 11:
                    for i in range(3):
                        w[i] = s * r[2, i, 2]
                elif k == 12:
                    for i in range(3):
                        w[i] = s * r[2, i, 1]
                else:
                    for i in range(3):
                        w[i] = r[3, i, 0]
                _add_cross(1.0, w, point, at, v)
            for i in range(3):
                jac[row, per * h + i] = v[i]
            if per == 5:
                # d(hand z)/dt = w × hand z, across the approach.
                y = r[3]
                x[0] = w[1] * y[2, 2] - w[2] * y[1, 2]
                x[1] = w[2] * y[0, 2] - w[0] * y[2, 2]
                x[2] = w[0] * y[1, 2] - w[1] * y[0, 2]
                for j in range(2):
                    total = 0.0
                    for i in range(3):
                        total += x[i] * toward[j, i]
                    jac[row, per * h + 3 + j] = AXIS_LENGTH * total
