"""Forward kinematics of the manikin: joint angles → landmarks and segment frames, for many at once.

The conventions are those of :mod:`immersive.human.skeleton`. Kernels are numba's; ``solve_one`` is the
helper that other kernels of this package call.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.geometry._jit import helper, kernel
from immersive.human.skeleton import ANGLES, LANDMARK, LANDMARKS, LINKS, SEGMENTS

FloatArray = NDArray[np.float64]

SEGMENT_ORIGIN: Final = np.array(
    [
        LANDMARK[name]
        for name in (
            "hip_centre", "lumbosacral", "thoracolumbar", "cervicale", "atlanto_occipital",
            "right_sternoclavicular", "right_shoulder", "right_elbow", "right_wrist",
            "left_sternoclavicular", "left_shoulder", "left_elbow", "left_wrist",
            "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
        )
    ]
)  # fmt: skip
"""(19,) landmark at the origin of each segment's frame."""
SEGMENT_ORIGIN.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """Where the bodies are.

    Attributes:
        points: (…, 32, 3) landmarks in the world, metres; see ``skeleton.LANDMARKS``.
        rotations: (…, 19, 3, 3) world-from-segment rotations; see ``skeleton.SEGMENTS``.
    """

    points: FloatArray
    rotations: FloatArray

    def point(self, name: str) -> FloatArray:
        """(…, 3) one landmark."""
        return self.points[..., LANDMARK[name], :]


@helper
def turn_x(m, angle, out):  # type: ignore[no-untyped-def]
    """out = m · Rx(angle); ``out`` may be ``m``."""
    c, s = math.cos(angle), math.sin(angle)
    for i in range(3):
        a, y, z = m[i, 0], m[i, 1], m[i, 2]
        out[i, 0] = a
        out[i, 1] = c * y + s * z
        out[i, 2] = c * z - s * y


@helper
def turn_y(m, angle, out):  # type: ignore[no-untyped-def]
    """out = m · Ry(angle)."""
    c, s = math.cos(angle), math.sin(angle)
    for i in range(3):
        x, b, z = m[i, 0], m[i, 1], m[i, 2]
        out[i, 0] = c * x - s * z
        out[i, 1] = b
        out[i, 2] = c * z + s * x


@helper
def turn_z(m, angle, out):  # type: ignore[no-untyped-def]
    """out = m · Rz(angle)."""
    c, s = math.cos(angle), math.sin(angle)
    for i in range(3):
        x, y, d = m[i, 0], m[i, 1], m[i, 2]
        out[i, 0] = c * x + s * y
        out[i, 1] = c * y - s * x
        out[i, 2] = d


@helper
def step_to(p, m, x, y, z, out):  # type: ignore[no-untyped-def]
    """out = p + m · (x, y, z)."""
    for i in range(3):
        out[i] = p[i] + m[i, 0] * x + m[i, 1] * y + m[i, 2] * z


@helper
def solve_one(links, q, root, points, rotations):  # type: ignore[no-untyped-def]
    """One body.

    Args:
        links: (31,) lengths of ``skeleton.LINKS``.
        q: (39,) angles of ``skeleton.ANGLES``, radians.
        root: (4,) hip centre x, y, z in the world and heading, radians.
        points: (32, 3), written.
        rotations: (19, 3, 3), written.
    """
    pelvis, lumbar, thorax, neck, head = rotations[0], rotations[1], rotations[2], rotations[3], rotations[4]
    for i in range(3):
        for j in range(3):
            pelvis[i, j] = 1.0 if i == j else 0.0
        points[0, i] = root[i]
    turn_z(pelvis, root[3] - 0.5 * math.pi, pelvis)
    turn_x(pelvis, -q[0], pelvis)
    step_to(points[0], pelvis, 0.0, links[5], links[4], points[1])
    turn_x(pelvis, -q[1], lumbar)
    turn_y(lumbar, q[2], lumbar)
    turn_z(lumbar, q[3], lumbar)
    step_to(points[1], lumbar, 0.0, links[7], links[6], points[2])
    turn_x(lumbar, -q[4], thorax)
    turn_y(thorax, q[5], thorax)
    turn_z(thorax, q[6], thorax)
    step_to(points[2], thorax, 0.0, links[9], links[8], points[3])
    turn_x(thorax, -q[7], neck)
    turn_y(neck, q[8], neck)
    turn_z(neck, q[9], neck)
    step_to(points[3], neck, 0.0, links[11], links[10], points[4])
    turn_x(neck, -q[10], head)
    step_to(points[4], head, 0.0, 0.0, links[12], points[5])
    step_to(points[4], head, links[15], links[14], links[13], points[6])
    step_to(points[4], head, -links[15], links[14], links[13], points[7])
    for side in range(2):
        s = 1.0 - 2.0 * side
        arm_one(links, q, 11 + 9 * side, s, points[2], thorax, points[8 + 7 * side : 15 + 7 * side],
                rotations[5 + 4 * side : 9 + 4 * side])  # fmt: skip
        k, p, r = 29 + 5 * side, 22 + 5 * side, 13 + 3 * side
        thigh, shank, foot = rotations[r], rotations[r + 1], rotations[r + 2]
        step_to(points[0], pelvis, s * links[3], 0.0, 0.0, points[p])
        turn_x(pelvis, q[k], thigh)
        turn_y(thigh, -s * q[k + 1], thigh)
        turn_z(thigh, s * q[k + 2], thigh)
        step_to(points[p], thigh, 0.0, 0.0, -links[2], points[p + 1])
        turn_x(thigh, -q[k + 3], shank)
        step_to(points[p + 1], shank, 0.0, 0.0, -links[1], points[p + 2])
        turn_x(shank, q[k + 4], foot)
        step_to(points[p + 2], foot, 0.0, links[27], -links[0], points[p + 3])
        step_to(points[p + 2], foot, 0.0, -links[28], -links[0], points[p + 4])


@helper
def arm_one(links, q, k, s, base, thorax, points, rotations):  # type: ignore[no-untyped-def]
    """One arm on a given thorax.

    Args:
        links, q: As for :func:`solve_one`; the arm's angles start at ``q[k]``.
        k: First angle.
        s: +1 for the right arm, −1 for the left.
        base: (3,) thoracolumbar joint.
        thorax: (3, 3).
        points: (7, 3), written: sternoclavicular, shoulder, elbow, wrist, grip, fingertip, thumb tip.
        rotations: (4, 3, 3), written: clavicle, upper arm, forearm, hand.
    """
    clavicle, upper, fore, hand = rotations[0], rotations[1], rotations[2], rotations[3]
    step_to(base, thorax, s * links[18], links[17], links[16], points[0])
    turn_z(thorax, s * q[k + 1], clavicle)
    turn_y(clavicle, -s * q[k], clavicle)
    step_to(points[0], clavicle, s * links[19], links[20], links[21], points[1])
    turn_x(thorax, q[k + 2], upper)
    turn_y(upper, -s * q[k + 3], upper)
    turn_z(upper, s * q[k + 4], upper)
    step_to(points[1], upper, 0.0, 0.0, -links[22], points[2])
    turn_x(upper, q[k + 5], fore)
    turn_z(fore, s * q[k + 6], fore)
    step_to(points[2], fore, 0.0, 0.0, -links[23], points[3])
    turn_y(fore, s * q[k + 7], hand)
    turn_x(hand, q[k + 8], hand)
    for i in range(3):
        step_to(points[3], hand, 0.0, 0.0, -links[24 + i], points[4 + i])


@kernel
def _solve(links, q, root, points, rotations):  # type: ignore[no-untyped-def]
    for n in range(q.shape[0]):
        solve_one(links[n], q[n], root[n], points[n], rotations[n])


def figure(links: ArrayLike, angles: ArrayLike, root: ArrayLike, /) -> Figure:
    """Forward kinematics of any number of bodies.

    Args:
        links: (…, 31) lengths, metres; see ``skeleton.LINKS``.
        angles: (…, 39) radians; see ``skeleton.ANGLES``.
        root: (…, 4) hip centre in the world and heading (radians from +X towards +Y).

    Returns:
        Landmarks and frames with the broadcast shape of the leading axes.
    """
    arrays = [np.asarray(a, np.float64) for a in (links, angles, root)]
    widths = (len(LINKS), len(ANGLES), 4)
    for name, array, width in zip(("links", "angles", "root"), arrays, widths, strict=True):
        if array.ndim == 0 or array.shape[-1] != width:
            raise ValueError(f"{name} must have {width} values on the last axis, found shape {array.shape}")
    shape = np.broadcast_shapes(*(a.shape[:-1] for a in arrays))
    # Writable, because numba compiles anew for arrays that are read-only.
    flat = [
        np.require(np.broadcast_to(a, (*shape, w)).reshape(-1, w), requirements=["C", "W"])
        for a, w in zip(arrays, widths, strict=True)
    ]
    count = flat[0].shape[0]
    points = np.empty((count, len(LANDMARKS), 3))
    rotations = np.empty((count, len(SEGMENTS), 3, 3))
    _solve(flat[0], flat[1], flat[2], points, rotations)
    return Figure(points.reshape(*shape, -1, 3), rotations.reshape(*shape, -1, 3, 3))
