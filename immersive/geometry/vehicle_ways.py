"""Ways of a vehicle among obstacles: over x, y and heading, every move measured by what it sweeps.

A vehicle is a rectangle that runs along its heading, forwards or backwards, and turns on the spot about a
pivot on its long axis. A way is a chain of such moves on a lattice; the strip a run sweeps and the polygons that
a turn sweeps are held against the obstacles exactly, so that a way found is free. That there is none is proven
with a smaller vehicle that may also slide sideways: smaller by all that the lattice cannot tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.clearance_map import STEPS, ClearanceMap
from immersive.geometry.plan_index import PlanIndex
from immersive.geometry.plan_paths import Moves, Spread, spread
from immersive.geometry.tolerance import TOUCH

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_QUADRANT: Final = {16: ((1, 0), (2, 1), (1, 1), (1, 2)),
                    32: ((1, 0), (3, 1), (2, 1), (3, 2), (1, 1), (2, 3), (1, 2), (1, 3))}  # fmt: skip
_TURN_STEPS: Final = 3
"""A turn between neighbouring headings is swept in this many convex pieces."""
_BACKWARDS: Final = 1.5
_TURNING: Final = 0.3
"""Metres of way that a turn by one heading is worth: ways shall be straight."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A rectangle that turns about a point of its long axis.

    Attributes:
        width, length: Metres.
        pivot: How far the middle lies ahead of (or behind) the pivot, metres.
    """

    width: float
    length: float
    pivot: float = 0.0

    @property
    def reach(self) -> float:
        """Of its farthest corner from the pivot: half the circle it turns in."""
        return math.hypot(0.5 * self.length + abs(self.pivot), 0.5 * self.width)

    @property
    def core(self) -> float:
        """Radius of the disc about the pivot that it always covers."""
        return max(0.0, min(0.5 * self.width, 0.5 * self.length - abs(self.pivot)))

    def corners(self, *, ahead: float = 0.0, less: float = TOUCH) -> FloatArray:
        """(4, 2) at heading 0, pivot in the origin, drawn out by ``ahead`` and smaller by ``less`` all around."""
        back, front = self.pivot - 0.5 * self.length + less, self.pivot + 0.5 * self.length - less + ahead
        side = 0.5 * self.width - less
        return np.array([[back, -side], [front, -side], [front, side], [back, side]])


def vehicle_in(width: float, length: float, turning: float | None, /) -> Vehicle:
    """The vehicle that turns on the spot in a circle of the diameter ``turning``.

    A circle larger than its diagonal means that it turns about a point off its middle. None, or a circle that
    it does not fit in: about its middle.
    """
    if turning is None or turning <= math.hypot(width, length):
        return Vehicle(width, length)
    return Vehicle(width, length, math.sqrt(0.25 * turning**2 - 0.25 * width**2) - 0.5 * length)


@dataclass(frozen=True, eq=False)
class Lattice:
    """Headings of a lattice of places, and what may be done at each.

    Attributes:
        plan: Places and clearances.
        angles: (H,) radians.
        runs: (H, 2) columns and rows of a run along each heading.
        moves: All moves, see :func:`lattice_of`.
        allowed: (M, R, C).
    """

    plan: ClearanceMap
    angles: FloatArray
    runs: IndexArray
    moves: Moves
    allowed: BoolArray
    vehicle: Vehicle

    def pose(self, states: IndexArray, /) -> FloatArray:
        """(…, 3) x, y, heading."""
        plane = self.plan.shape[0] * self.plan.shape[1]
        place = self.plan.point(np.asarray(states))
        return np.concatenate([place, self.angles[np.asarray(states) // plane][..., None]], axis=-1)

    def states(self, cells: IndexArray, /) -> IndexArray:
        """All headings at some cells."""
        plane = self.plan.shape[0] * self.plan.shape[1]
        return np.asarray(np.arange(len(self.angles))[:, None] * plane + np.asarray(cells)).ravel()

    def spread(self, seeds: IndexArray, begin: FloatArray, weight: FloatArray, /) -> Spread:
        """Shortest ways from some states."""
        return spread(self.moves, self.allowed, seeds, begin, weight=weight)


def lattice_of(
    plan: ClearanceMap, fine: ClearanceMap, vehicle: Vehicle, /, *, headings: int, among: BoolArray
) -> Lattice:
    """All moves of a vehicle that are certainly free.

    Args:
        plan: Places of the lattice.
        fine: A finer map of the same floor, to see at once what most moves meet.
        vehicle: Who.
        headings: 16 or 32.
        among: (R, C) places that matter.
    """
    quarter = np.array(_QUADRANT[headings])
    turn = np.array([[0, 1], [-1, 0]])
    runs = np.concatenate([quarter @ np.linalg.matrix_power(turn, k) for k in range(4)])
    angles = np.unwrap(np.arctan2(runs[:, 1], runs[:, 0]))
    h = len(runs)
    rows, columns = plan.shape
    allowed = np.zeros((4 * h, rows, columns), bool)
    step = np.zeros((4 * h, 2), np.int64)
    cost = np.zeros(4 * h)
    to = np.repeat(np.arange(h), 4)
    core, c = vehicle.core, plan.clearance
    for k in range(h):
        dx, dy = int(runs[k, 0]), int(runs[k, 1])
        length = plan.step * math.hypot(dx, dy)
        start = np.zeros((rows, columns), bool)
        r0, r1 = max(0, -dy), rows - max(0, dy)
        c0, c1 = max(0, -dx), columns - max(0, dx)
        start[r0:r1, c0:c1] = among[r0:r1, c0:c1] & among[r0 + dy : r1 + dy, c0 + dx : c1 + dx]
        start &= c >= core
        forward = _free(plan, fine, start, [vehicle.corners(ahead=length)], vehicle, angles[k], length)
        m = 4 * k
        allowed[m] = forward
        allowed[m + 1, r0 + dy : r1 + dy, c0 + dx : c1 + dx] = forward[r0:r1, c0:c1]
        step[m], step[m + 1] = (dy, dx), (-dy, -dx)
        cost[m], cost[m + 1] = length, _BACKWARDS * length
        after = (k + 1) % h
        angle = (angles[after] - angles[k]) % (2.0 * np.pi)
        swept = _turning(vehicle, angle)
        around = _free(plan, fine, among & (c >= core), swept, vehicle, angles[k], 0.0)
        allowed[m + 2] = around
        to[m + 2], cost[m + 2] = after, _TURNING
        back = 4 * after + 3
        allowed[back] = around
        to[back], cost[back] = k, _TURNING
    first = 4 * np.arange(h + 1, dtype=np.int64)
    return Lattice(plan, angles, runs, Moves(first, to.astype(np.int64), step, cost), allowed, vehicle)


def turned(shape: FloatArray, angle: float, /) -> FloatArray:
    """(K, 2) points turned about the origin."""
    c, s = math.cos(angle), math.sin(angle)
    made: FloatArray = shape @ np.array([[c, s], [-s, c]])
    return made


def _turning(vehicle: Vehicle, angle: float) -> list[FloatArray]:
    """Convex polygons that cover what a turn on the spot by ``angle`` sweeps."""
    each = angle / _TURN_STEPS
    corners = vehicle.corners()
    bulge = turned(corners, 0.5 * each) / math.cos(0.5 * each)
    ring = hull(np.concatenate([corners, turned(corners, each), bulge]))
    return [turned(ring, k * each) for k in range(_TURN_STEPS)]


def hull(points: FloatArray, /) -> FloatArray:
    """(K, 2) convex hull of a few points, counter-clockwise."""
    ordered = sorted(map(tuple, points.tolist()))

    def half(sequence: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
        kept: list[tuple[float, ...]] = []
        for p in sequence:
            while len(kept) > 1 and (kept[-1][0] - kept[-2][0]) * (p[1] - kept[-2][1]) <= (
                kept[-1][1] - kept[-2][1]
            ) * (p[0] - kept[-2][0]):
                kept.pop()
            kept.append(p)
        return kept[:-1]

    return np.array(half(ordered) + half(ordered[::-1]))


def _free(
    plan: ClearanceMap,
    fine: ClearanceMap,
    asked: BoolArray,
    shapes: list[FloatArray],
    vehicle: Vehicle,
    angle: float,
    ahead: float,
    less: float = 0.0,
) -> BoolArray:
    """(R, C) of the places asked, where none of the shapes at that heading meets anything.

    The discs inside the vehicle (smaller by ``less`` all around, drawn out by ``ahead``) and those that
    cover each shape tell most places by the finer map; what is left is measured.
    """
    # Nothing at all within its reach.
    found = asked & (plan.clearance >= vehicle.reach + ahead)
    open_ = np.argwhere(asked & ~found)
    side = 0.5 * vehicle.width - less
    if side > 0.0 and len(open_):
        back = vehicle.pivot - 0.5 * vehicle.length + less
        front = vehicle.pivot + 0.5 * vehicle.length - less + ahead
        inner = np.linspace(min(back + side, front), max(front - side, back), 4)
        places = plan.points[open_[:, 0], open_[:, 1]]
        room = _least(fine, places, turned(np.stack([inner, np.zeros(4)], axis=1), angle))
        open_ = open_[room + _blur(fine) >= side - TOUCH]
    for shape in shapes:
        if not len(open_):
            return found
        places = plan.points[open_[:, 0], open_[:, 1]]
        axis = turned(shape, -_axis(shape))
        lower, upper = axis.min(axis=0), axis.max(axis=0)
        count = max(1, int(np.ceil((upper[0] - lower[0]) / max(upper[1] - lower[1], 1e-6) * 2.0)))
        half = 0.5 * (upper[0] - lower[0]) / count
        centres = np.stack(
            [lower[0] + half * (2.0 * np.arange(count) + 1.0), np.full(count, 0.5 * (lower[1] + upper[1]))],
            axis=1,
        )
        cover = math.hypot(half, 0.5 * (upper[1] - lower[1]))
        room = _least(fine, places, turned(turned(centres, _axis(shape)), angle))
        sure = room - _blur(fine) >= cover
        rest = np.flatnonzero(~sure)
        sure[rest] = plan.index.free(places[rest][:, None, :] + turned(shape, angle))
        open_ = open_[sure]
    found[open_[:, 0], open_[:, 1]] = True
    return found


def _axis(shape: FloatArray) -> float:
    """Direction of the long axis of a convex shape: that of its longest side."""
    sides = np.roll(shape, -1, axis=0) - shape
    longest = sides[int(np.argmax(np.linalg.norm(sides, axis=1)))]
    return math.atan2(float(longest[1]), float(longest[0]))


def _blur(fine: ClearanceMap) -> float:
    """How far a clearance may be from that of the nearest place of the map."""
    return fine.step / math.sqrt(2.0)


def _least(fine: ClearanceMap, places: FloatArray, offsets: FloatArray) -> FloatArray:
    """(N,) least clearance on the finer map over (K, 2) offsets from each of (N, 2) places."""
    least = np.full(len(places), np.inf)
    rows, columns = fine.shape
    flat = fine.clearance.ravel()
    for offset in offsets:
        cell = np.rint((places + offset - fine.origin) / fine.step).astype(np.int64)
        inside = (cell >= 0).all(axis=1) & (cell[:, 0] < columns) & (cell[:, 1] < rows)
        at = np.where(inside, cell[:, 1] * columns + cell[:, 0], 0)
        # Off the map nothing is known: neither free nor blocked is concluded from it.
        least = np.minimum(least, np.where(inside, flat[at], _blur(fine)))
    return least


def relaxed(
    plan: ClearanceMap, fine: ClearanceMap, vehicle: Vehicle, /, *, headings: int, among: BoolArray
) -> tuple[BoolArray, float]:
    """(H, R, C) where a smaller vehicle stands free, and by how much it is smaller all around.

    If the true one could get from A to B in any manner at all, sliding sideways included, this one's
    states of A and B are connected by steps to neighbouring places and headings.
    """
    angle = 2.0 * np.pi / headings
    less = plan.step / math.sqrt(2.0) + vehicle.reach * 0.5 * angle
    standing = np.zeros((headings, *plan.shape), bool)
    if 2.0 * less >= min(vehicle.width, vehicle.length):
        return np.broadcast_to(among, standing.shape).copy(), less
    shape = vehicle.corners(less=less)
    asked = among & (plan.clearance >= max(0.0, vehicle.core - less))
    for k in range(headings):
        standing[k] = _free(plan, fine, asked, [shape], vehicle, k * angle, 0.0, less)
    return standing, less


def connected(plan: ClearanceMap, standing: BoolArray, starts: IndexArray, ends: IndexArray, /) -> bool:
    """Whether any heading at the start cells is connected to any at the end cells, see :func:`relaxed`."""
    h = len(standing)
    allowed = np.zeros((6 * h, *plan.shape), bool)
    to = np.repeat(np.arange(h), 6)
    step = np.zeros((6 * h, 2), np.int64)
    for k in range(h):
        for n, m in enumerate((0, 2, 4, 6)):
            a, b = plan.inside(m)
            allowed[6 * k + n][a] = standing[k][a] & standing[k][b]
            step[6 * k + n] = STEPS[m]
        for n, other in ((4, (k + 1) % h), (5, (k - 1) % h)):
            allowed[6 * k + n] = standing[k] & standing[other]
            to[6 * k + n] = other
    moves = Moves(6 * np.arange(h + 1, dtype=np.int64), to.astype(np.int64), step, np.ones(6 * h))
    plane = plan.shape[0] * plan.shape[1]

    def states(cells: IndexArray) -> IndexArray:
        every = (np.arange(h)[:, None] * plane + cells).ravel()
        return np.asarray(every[standing.ravel()[every]])

    seeds, goals = states(starts), states(ends)
    if not len(seeds) or not len(goals):
        return False
    found = spread(moves, allowed, seeds, np.zeros(len(seeds)), weight=np.ones(plan.shape))
    return bool(np.isfinite(found.value.ravel()[goals]).any())


def in_the_way(index: PlanIndex, vehicle: Vehicle, pose: FloatArray, /, *, ahead: float) -> tuple[int, ...]:
    """Owners of what keeps a vehicle from going on from a pose (3,): along, back or turning either way."""
    shapes = [vehicle.corners(ahead=ahead), vehicle.corners(ahead=ahead) - [ahead, 0.0]]
    angle = math.radians(20.0)
    shapes += _turning(vehicle, angle)
    shapes += [turned(shape, -angle) for shape in _turning(vehicle, angle)]
    owners: list[int] = []
    for shape in shapes:
        found = index.nearest((turned(shape, float(pose[2])) + pose[:2])[None], 0.01)
        if found.which[0] >= 0:
            owners.append(int(index.owner[found.which[0]]))
    return tuple(dict.fromkeys(owners))
