"""Frames that a body's skin follows: the skeleton's segments and helpers that keep joints from collapsing.

Linear blending of two frames that stand far apart pinches a bent elbow and wrings a twisted forearm. So each
joint that bends far has a frame halfway between its two segments, and upper arm and forearm one without the
twist about their own axis (their skin twists little by little, as flesh does).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.human.kinematics import SEGMENT_ORIGIN, Figure
from immersive.human.skeleton import LANDMARK, SEGMENT, SEGMENTS, SIDES

FloatArray = NDArray[np.float64]

_HELPERS: Final = (
    "half_shoulder", "swing_upper_arm", "half_elbow", "swing_forearm", "half_wrist", "half_hip", "half_knee",
)  # fmt: skip

FRAMES: Final = (*SEGMENTS, *(f"{side}_{name}" for side in SIDES for name in _HELPERS))
"""The 19 segments, then 7 helpers a side."""

FRAME: Final = {name: index for index, name in enumerate(FRAMES)}

_OWNER: Final = {
    "half_shoulder": "upper_arm", "swing_upper_arm": "upper_arm", "half_elbow": "forearm", "swing_forearm": "forearm",
    "half_wrist": "hand", "half_hip": "thigh", "half_knee": "shank",
}  # fmt: skip

SEGMENT_OF: Final = np.array(
    [
        SEGMENT[name]
        if name in SEGMENT
        else SEGMENT[f"{name.split('_')[0]}_{_OWNER[name.partition('_')[2]]}"]
        for name in FRAMES
    ]
)
"""(33,) segment that each frame's skin is counted to."""
SEGMENT_OF.setflags(write=False)


def skin_frames(figure: Figure, /) -> tuple[FloatArray, FloatArray]:
    """(33, 3) origins and (33, 3, 3) rotations of one body's frames, in the world."""
    points, turns = figure.points, figure.rotations
    origin = np.empty((len(FRAMES), 3))
    rotation = np.empty((len(FRAMES), 3, 3))
    origin[: len(SEGMENTS)] = points[SEGMENT_ORIGIN]
    rotation[: len(SEGMENTS)] = turns

    def put(name: str, landmark: str, matrix: FloatArray) -> None:
        origin[FRAME[name]] = points[LANDMARK[landmark]]
        rotation[FRAME[name]] = matrix

    for side in SIDES:
        thorax, pelvis = turns[SEGMENT["thorax"]], turns[SEGMENT["pelvis"]]
        upper, fore, hand, thigh, shank = (
            turns[SEGMENT[f"{side}_{name}"]] for name in ("upper_arm", "forearm", "hand", "thigh", "shank")
        )
        swing = _quaternion(thorax.T @ upper)
        swing = _without_twist(swing)
        put(f"{side}_swing_upper_arm", f"{side}_shoulder", thorax @ _matrix(swing))
        put(f"{side}_half_shoulder", f"{side}_shoulder", thorax @ _matrix(_half(swing)))
        swing = _without_twist(_quaternion(upper.T @ fore))
        put(f"{side}_swing_forearm", f"{side}_elbow", upper @ _matrix(swing))
        put(f"{side}_half_elbow", f"{side}_elbow", upper @ _matrix(_half(swing)))
        for name, landmark, above, below in (
            ("half_wrist", "wrist", fore, hand), ("half_hip", "hip", pelvis, thigh), ("half_knee", "knee", thigh, shank)
        ):  # fmt: skip
            put(f"{side}_{name}", f"{side}_{landmark}", above @ _matrix(_half(_quaternion(above.T @ below))))
    return origin, rotation


def _quaternion(m: FloatArray) -> FloatArray:
    """(w, x, y, z), w ≥ 0, of a rotation matrix."""
    # The largest of the four is found from the diagonal, the others from it (Shepperd 1978).
    trace = m[0, 0] + m[1, 1] + m[2, 2]
    squares = np.array([trace, m[0, 0], m[1, 1], m[2, 2]])
    k = int(np.argmax(squares))
    if k == 0:
        q = np.array([1.0 + trace, m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]])
    else:
        i = k - 1
        j, l = (i + 1) % 3, (i + 2) % 3  # noqa: E741
        q = np.empty(4)
        q[0] = m[l, j] - m[j, l]
        q[1 + i] = 1.0 + m[i, i] - m[j, j] - m[l, l]
        q[1 + j] = m[j, i] + m[i, j]
        q[1 + l] = m[l, i] + m[i, l]
    q /= np.linalg.norm(q)
    return -q if q[0] < 0.0 else q


def _matrix(q: FloatArray) -> FloatArray:
    w, x, y, z = q
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def _half(q: FloatArray) -> FloatArray:
    """Half the rotation."""
    out = q + np.array([1.0, 0.0, 0.0, 0.0])
    return np.asarray(out / np.linalg.norm(out))


def _without_twist(q: FloatArray) -> FloatArray:
    """The rotation without its turn about the segment's own axis (z), which came first."""
    w, x, y, z = q
    size = float(np.hypot(w, z))
    if size < 1e-6:
        return q
    c, s = w / size, -z / size
    # q · conjugate(twist)
    return np.array([w * c - z * s, x * c + y * s, y * c - x * s, z * c + w * s])
