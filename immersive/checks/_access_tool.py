"""How far a tool turns and slides at a place, hand around it: measured, with no obstacle stepped over."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._access_case import Case
from immersive.geometry.free_arc import FreeArc, free_arc
from immersive.geometry.insertion import distances, free_length, turns
from immersive.human.access_limbs import FIST, GLOVE

FloatArray = NDArray[np.float64]

TILTS: Final = (0.0, math.radians(15.0))
"""How far a handle may rise from the plane of turning: flat, else as an offset spanner's does (15°)."""
FLAT: Final = 0.4
"""Thickness of a spanner's handle, of its width (set by this project)."""
EXTRA: Final = 0.1
"""Metres past the stroke asked for over which a free stroke is still told."""
_TRIES: Final = 12
"""Angles of the free arc at which putting the tool on and off is tried."""


@dataclass(frozen=True, eq=False)
class Swing:
    """How far a tool turns.

    Attributes:
        arc: The longest free arc.
        tilt: Of the handle, radians.
        rows: (K, 8) tool and fist at angle 0, in the frame of the axis.
        frame: (3, 3) world from that frame: columns are the direction of angle 0, of 90°, the axis.
        blockers: Numbers of the parts at the ends of the arc.
    """

    arc: FreeArc
    tilt: float
    rows: FloatArray
    frame: FloatArray
    blockers: tuple[int, ...]

    def tip(self, angle: float, position: FloatArray) -> FloatArray:
        """(3,) the tool's far end at an angle."""
        out = self.rows[-1, 3:6]
        c, s = math.cos(angle), math.sin(angle)
        turned = np.array([c * out[0] - s * out[1], s * out[0] + c * out[1], out[2]])
        end: FloatArray = position + self.frame @ turned
        return end


@dataclass(frozen=True, slots=True)
class Stroke:
    """How far a tool slides along its axis.

    Attributes:
        free: Metres; ``at_least`` if no more was looked for.
        body: Number of the part it meets; -1: none.
        fits: Whether it fits where it begins.
        angle: At which a spanner was put on, radians; 0 for a screwdriver.
    """

    free: float
    at_least: bool
    body: int
    fits: bool
    angle: float = 0.0


def fist(case: Case) -> tuple[float, float]:
    """Radius and breadth of the largest fist, gloved if gloves are worn, metres."""
    glove = GLOVE if case.point.gloves else 0.0
    breadth = case.sizes.hand_breadth
    return FIST * breadth + glove, breadth + 2.0 * glove


def inner(case: Case) -> float:
    """Metres around the axis within which the tool grips and all may be touched: the tool's width."""
    return min(case.point.tool_width, 0.5 * case.point.tool_length)


def tool_rows(case: Case, tilt: float = 0.0) -> FloatArray:
    """(K, 8) tool along +X, rising by ``tilt`` towards +Z, and the fist at its far end last."""
    length, width = case.point.tool_length, case.point.tool_width
    begin = inner(case)
    radius, breadth = fist(case)
    thick = FLAT * width if case.point.tool == "spanner" else width
    half = 0.5 * (width - thick)
    count = 1 if half <= 0.0 else 1 + 2 * math.ceil(half / thick)
    out = []
    for aside in np.linspace(-half, half, count):
        r = 0.5 * thick
        out.append((min(begin + r, length - r), aside, 0.0, max(begin + r, length - r), aside, 0.0, r, r))
    near = max(length - breadth + radius, min(begin + radius, length - radius))
    far = max(length - radius, near)
    out.append((near, 0.0, 0.0, far, 0.0, 0.0, radius, radius))
    rows = np.array(out)
    c, s = math.cos(tilt), math.sin(tilt)
    for k in (0, 3):
        rows[:, k + 2] = s * rows[:, k]
        rows[:, k] *= c
    return rows


def swing_of(case: Case) -> Swing:
    """The longest free arc of the tool; with the handle raised if that frees enough and flat does not."""
    best: Swing | None = None
    for tilt in TILTS:
        one = _swing(case, tilt)
        if best is None or one.arc.angle > best.arc.angle + 1e-9:
            best = one
        if best.arc.angle >= case.point.swing:
            break
    assert best is not None
    return best


def _swing(case: Case, tilt: float) -> Swing:
    axis = case.axis
    assert axis is not None
    frame = turns(axis[None], np.zeros(1))[0]
    rows = tool_rows(case, tilt)
    reach = float(np.sqrt(rows[:, [0, 3]] ** 2 + rows[:, [1, 4]] ** 2).max())
    # More than this frees the widest interval there is.
    limit = 0.04 * reach + case.uncertainty + 0.01

    def clearance(angles: FloatArray, inside: bool = False) -> FloatArray:
        capsules = _turned(case, rows, frame, angles)
        found = distances(case.around, capsules, case.skip, limit=limit, inside=inside)
        gap: FloatArray = np.minimum(found.distance, limit).reshape(len(angles), -1).min(axis=1)
        return gap

    arc = free_arc(clearance, reach, slack=case.uncertainty)
    # Within a free arc no surface is crossed: one angle speaks for all whether they lie inside a part.
    middle = np.array([arc.start + 0.5 * arc.angle])
    if arc.angle > 0.0 and clearance(middle, True)[0] < 0.0:
        arc = free_arc(lambda angles: clearance(angles, True), reach, slack=case.uncertainty)
    blockers: list[int] = []
    if arc.angle < 2.0 * math.pi:
        # Just past its ends, or anywhere if there is no free arc.
        ends = np.array([arc.start - 1e-3, arc.start + arc.angle + 1e-3])
        if arc.angle == 0.0:
            ends = np.arange(36) * (math.pi / 18.0)
        found = distances(case.around, _turned(case, rows, frame, ends), case.skip, limit=limit, inside=True)
        gap, body = found.distance.reshape(len(ends), -1), found.body.reshape(len(ends), -1)
        for n in range(len(ends)):
            k = int(gap[n].argmin())
            if body[n, k] >= 0 and int(body[n, k]) not in blockers:
                blockers.append(int(body[n, k]))
    return Swing(arc, tilt, rows, frame, tuple(blockers[:6]))


def _turned(case: Case, rows: FloatArray, frame: FloatArray, angles: FloatArray) -> FloatArray:
    """(n, K, 8) capsules in the world at n angles about the axis."""
    c, s = np.cos(angles)[:, None], np.sin(angles)[:, None]
    out = np.empty((len(angles), len(rows), 8))
    for k in (0, 3):
        x, y, z = rows[:, k], rows[:, k + 1], rows[:, k + 2]
        local = np.stack([c * x - s * y, s * x + c * y, np.broadcast_to(z, (len(angles), len(rows)))], axis=2)
        out[:, :, k : k + 3] = local @ frame.T + case.position
    out[:, :, 6:] = rows[:, 6:]
    return out


def put_on(case: Case, swing: Swing) -> Stroke:
    """How far a spanner, wrench or key lifts off along the axis, at the best angle of its free arc."""
    assert case.axis is not None
    longest = case.point.stroke + EXTRA
    if swing.arc.angle <= 0.0:
        return Stroke(0.0, False, swing.blockers[0] if swing.blockers else -1, False)
    angles = swing.arc.start + swing.arc.angle * (np.arange(_TRIES) + 0.5) / _TRIES
    rows = _turned(case, swing.rows, swing.frame, angles)
    gone, hit = free_length(case.around, rows, case.axis, longest, case.skip)
    best = int(np.argmax(np.round(gone, 9)))
    return Stroke(float(gone[best]), gone[best] >= longest, int(hit[best]), True, float(angles[best]))


def driver_rows(case: Case) -> FloatArray:
    """(2, 8) shank and fist of a screwdriver along its axis, in the world."""
    axis = case.axis
    assert axis is not None
    length = case.point.tool_length
    radius, breadth = fist(case)
    begin, half = inner(case), 0.5 * case.point.tool_width
    near = max(length - breadth + radius, min(begin + radius, length - radius))
    far = max(length - radius, near)
    out = np.empty((2, 8))
    for row, (low, high, r) in zip(
        out, ((min(begin + half, length - half), length - half, half), (near, far, radius)), strict=True
    ):
        row[:3], row[3:6], row[6:] = case.position + low * axis, case.position + high * axis, r
    return out


def stroke_of(case: Case) -> Stroke:
    """How far a screwdriver with the hand around it slides out along its axis."""
    assert case.axis is not None
    rows = driver_rows(case)
    found = distances(case.around, rows, case.skip, limit=0.1, inside=True)
    tight = int(np.argmin(found.distance))
    if found.distance[tight] < 0.0:
        return Stroke(0.0, False, int(found.body[tight]), False)
    longest = case.point.stroke + EXTRA
    # The shank follows where the hand has been, so that the hand alone decides; the room it sweeps only grows.
    low, high = 0.0, longest
    body = -1
    swept = rows[1:].copy()
    # Six rounds of thirty-two: to less than a nanometre, so that noise does not decide on a limit.
    for _ in range(6):
        tries = np.linspace(low, high, 33)
        many = np.repeat(swept, len(tries), axis=0)
        many[:, 3:6] += tries[:, None] * case.axis
        gap = distances(case.around, many, case.skip, limit=1e-3)
        bad = np.flatnonzero(gap.distance < 0.0)
        if len(bad) == 0:
            low = high
            break
        body = int(gap.body[bad[0]])
        low, high = float(tries[max(bad[0] - 1, 0)]), float(tries[bad[0]])
    return Stroke(low, low >= longest, -1 if low >= longest else body, True)
