"""Looks for the way of one route's user on one state of the floor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._floor import EDGE, Floor
from immersive.checks._turning_user import User
from immersive.geometry.clearance_map import ClearanceMap, Gap, moves_of
from immersive.geometry.disc_ways import DiscWay, ends_of, find_way, roomy_weight, simplified
from immersive.geometry.plan_index import PlanIndex
from immersive.geometry.plan_paths import spread
from immersive.geometry.tolerance import ARITHMETIC
from immersive.geometry.vehicle_ways import (
    Lattice,
    Vehicle,
    connected,
    in_the_way,
    lattice_of,
    relaxed,
    vehicle_in,
)

FloatArray = NDArray[np.float64]

FOOT_STEP: Final = 0.06
"""Metres between the places of the lattice for a person."""
WHEEL_STEP: Final = 0.1
"""… and for a vehicle, whose moves are headings, too; halved where no way is found."""
LOOK: Final = 0.75
"""Clearances are known up to this: free widths up to twice as much."""
ASIDE: Final = 0.4
"""A vehicle's way is looked for first within this (and half its turning circle) of its core's."""
_RELAXED_HEADINGS: Final = 48
_RELAXED_STATES: Final = 3_000_000


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of one search.

    Attributes:
        verdict: True: a free way was found; False: proven that there is none; None: too close to call.
        kind: What it fails at: ``""``, ``"place"`` (start, via or end is not free), ``"narrow"``, ``"turn"``.
        way: (K, 2) the way found, or the widest there is.
        headings: (K,) radians of a vehicle on its way; empty for a person.
        measured: Free width at the narrowest place, or free circle at the turn, metres.
        wide: ``measured`` is at least this.
        limit: What is needed there.
        resolution: How far ``measured`` may be off by the lattice.
        gap: Where the width is measured.
        at: (2,) where it is stuck or narrowest; NaN where nothing is narrow.
        owners: What is in the way there.
        sideways: A person gets through only sideways.
        place: Which of the route's places is not free, 0 is the start.
    """

    verdict: bool | None
    kind: str
    way: FloatArray
    headings: FloatArray
    measured: float
    wide: bool
    limit: float
    resolution: float
    gap: Gap | None
    at: FloatArray
    owners: tuple[int, ...]
    sideways: bool = False
    place: int = -1


def search(floor: Floor, user: User, points: FloatArray, /, *, sideways: bool, prove: bool = True) -> Outcome:
    """The way through (P, 2) points: start, places to pass, end.

    Without ``prove`` it is not tried to rule a vehicle's way out, and one is looked for on the coarse lattice
    only: what is found is a way, what is not found is open.
    """
    core = 0.5 * (user.width if not user.on_foot or not sideways else user.length)
    vehicle = None
    room, off = core, 0.0
    if not user.on_foot:
        vehicle = vehicle_in(user.width, user.length, user.turning)
        # About the pivot, where the vehicle is said to be, it may be free of less than its width.
        room, off, core = vehicle.core, abs(vehicle.pivot), 0.5 * min(user.width, user.length)
    cap = max(LOOK, 1.3 * core, 0.0 if vehicle is None else vehicle.reach + 0.1)
    plan = floor.map(FOOT_STEP, cap)
    blocked = _places(floor, points, room)
    if blocked is not None:
        return blocked
    disc = _disc(plan, points, core, off)
    if disc.verdict is False or vehicle is None:
        if disc.verdict is not False and user.on_foot and sideways:
            return replace(
                _drive(floor, Vehicle(user.length, user.width), points, plan, disc, prove), sideways=True
            )
        return disc
    return _drive(floor, vehicle, points, plan, disc, prove)


def _places(floor: Floor, points: FloatArray, radius: float) -> Outcome | None:
    """A place that is not free, as an outcome."""
    for n, point in enumerate(points):
        found = floor.index.nearest(point[None], LOOK)
        solid = floor.inside(point)
        away = 0.0 if solid is not None else float(found.away[0])
        if away < radius - ARITHMETIC:
            owner = int(floor.index.owner[found.which[0]]) if found.which[0] >= 0 else EDGE
            if solid is not None:
                owner = floor.parts.index(solid)
            nothing = np.empty((0, 2))
            return Outcome(False, "place", nothing, np.empty(0), 2.0 * away, False, 2.0 * radius, 0.0, None,
                           point, (owner,), place=n)  # fmt: skip
    return None


def _disc(plan: ClearanceMap, points: FloatArray, radius: float, off: float) -> Outcome:
    """A disc's way through all points, or past them at a distance of up to ``off``."""
    proven = plan.proven(radius)
    parts: list[FloatArray] = []
    worst: DiscWay | None = None
    verdict: bool | None = True
    for a, b in pairwise(points):
        starts, ends = (_about(plan, p, radius, off) for p in (a, b))
        # The places themselves are free: where the lattice is too coarse to see it, it is too close to call.
        tight = not len(starts) or not len(ends)
        starts = starts if len(starts) else plan.near(a, 1.5 * plan.step)
        ends = ends if len(ends) else plan.near(b, 1.5 * plan.step)
        begin = np.linalg.norm(plan.point(starts) - a, axis=1)
        leg = find_way(plan, starts, begin, ends, radius, proven=proven)
        if tight and leg.verdict:
            leg = replace(leg, verdict=None)
        if leg.verdict is not True:
            verdict = False if leg.verdict is False or verdict is False else None
        if worst is None or _rank(leg) < _rank(worst):
            worst = leg
        path = np.concatenate([a[None], leg.way, b[None]]) if len(leg.way) else np.stack([a, b])[:0]
        if leg.verdict and len(path):
            path = simplified(plan, path, radius)
        parts.append(path if not parts or not len(path) else path[1:])
    assert worst is not None
    way = np.concatenate(parts)
    owners = worst.barrier if worst.gap is None else worst.gap.owners
    return Outcome(
        verdict, "" if verdict else "narrow", way, np.empty(0), worst.width, worst.wide, 2.0 * radius,
        worst.resolution, worst.gap, worst.at, owners,
    )  # fmt: skip


def _about(plan: ClearanceMap, point: FloatArray, radius: float, off: float) -> NDArray[np.int64]:
    """Cells from which a disc is at the place."""
    if off == 0.0:
        return ends_of(plan, point, radius)
    cells = plan.near(point, off + 1.5 * plan.step)
    return cells[plan.clearance.ravel()[cells] >= radius]


def _rank(leg: DiscWay) -> tuple[int, float]:
    return {False: 0, None: 1, True: 2}[leg.verdict], leg.width


def _drive(
    floor: Floor, vehicle: Vehicle, points: FloatArray, fine: ClearanceMap, disc: Outcome, prove: bool
) -> Outcome:
    """A vehicle's way; ``disc`` is that of its core, which is free."""
    stuck: FloatArray | None = None
    # Through a gap hardly wider than the vehicle there is one line: the lattice gets a place on it.
    through = None if disc.gap is None else np.asarray(disc.gap.points.mean(axis=0))
    half = 0.5 * WHEEL_STEP
    for step, headings, about in (
        (WHEEL_STEP, 16, True),
        (WHEEL_STEP, 32, True),
        (half, 32, True),
        (half, 32, False),
    )[: None if prove else 2]:
        run = step * 3.7
        plan = floor.map(step, vehicle.reach + run, through)
        among = _reachable(plan, points[0], vehicle.core)
        if about:
            among &= _along(plan, disc.way, vehicle.reach + ASIDE)
        lattice = lattice_of(plan, fine, vehicle, headings=headings, among=among)
        way, stuck = _legs(lattice, points)
        if stuck is None:
            return replace(
                disc, verdict=True, kind="", way=way[:, :2], headings=way[:, 2], limit=vehicle.width
            )
    assert stuck is not None
    verdict: bool | None = None
    plan = floor.map(0.5 * WHEEL_STEP, vehicle.reach + 0.1)
    if prove and plan.shape[0] * plan.shape[1] * _RELAXED_HEADINGS <= _RELAXED_STATES:
        among = _reachable(plan, points[0], max(0.0, vehicle.core - plan.step))
        standing, _ = relaxed(plan, fine, vehicle, headings=_RELAXED_HEADINGS, among=among)
        for a, b in pairwise(points):
            if not connected(plan, standing, plan.near(a, plan.step), plan.near(b, plan.step)):
                verdict = False
    at = stuck[:2]
    # The most room there is about there, against the circle of a turn.
    around = fine.near(at, vehicle.reach + 0.5)
    room = float(fine.clearance.ravel()[around].max(initial=0.0))
    owners = in_the_way(floor.index, vehicle, stuck, ahead=2.0 * WHEEL_STEP)
    return Outcome(
        verdict, "turn", disc.way, np.empty(0), 2.0 * room, room >= fine.cap, 2.0 * vehicle.reach,
        2.0 * fine.step, None, at, owners,
    )  # fmt: skip


def _along(plan: ClearanceMap, way: FloatArray, distance: float) -> NDArray[np.bool_]:
    """(R, C) places within a distance of a way (K, 2)."""
    count = len(way) - 1
    if count < 1:
        return np.ones(plan.shape, bool)
    ends = np.stack([way[:-1], way[1:]], axis=1).reshape(-1, 2)
    line = PlanIndex(ends, 2 * np.arange(count + 1), np.zeros(count, np.int64))
    found = line.nearest(plan.points.reshape(-1, 2), distance)
    return np.asarray(found.which >= 0).reshape(plan.shape)


def _reachable(plan: ClearanceMap, start: FloatArray, radius: float) -> NDArray[np.bool_]:
    """(R, C) places that a disc may get to from the start, if only just."""
    moves = moves_of(plan.step)
    allowed = plan.edges(plan.clearance >= max(0.0, radius - plan.step))
    seeds = plan.near(start, 1.5 * plan.step)
    found = spread(moves, allowed, seeds, np.zeros(len(seeds)), weight=np.ones(plan.shape))
    return np.asarray(np.isfinite(found.value[0]))


def _legs(lattice: Lattice, points: FloatArray) -> tuple[FloatArray, FloatArray | None]:
    """(K, 3) poses through all points, and the pose where it is stuck, or None."""
    plan = lattice.plan
    weight = roomy_weight(plan, lattice.vehicle.core)
    seeds = lattice.states(plan.near(points[0], plan.step)[:4])
    begin = np.zeros(len(seeds))
    legs = []
    for goal in points[1:]:
        found = lattice.spread(seeds, begin, weight)
        ends = lattice.states(plan.near(goal, plan.step)[:4])
        values = found.value.ravel()[ends]
        if not np.isfinite(values).any():
            return np.empty((0, 3)), _stuck(lattice, found.value, goal)
        legs.append((found, ends))
        seeds, begin = ends[np.isfinite(values)], values[np.isfinite(values)]
    # Backwards: the last leg's best end tells where the leg before it ended.
    poses: list[FloatArray] = []
    state = None
    for found, ends in reversed(legs):
        if state is None:
            state = int(ends[int(np.argmin(found.value.ravel()[ends]))])
        chain = found.way(state)
        poses.insert(0, lattice.pose(chain))
        state = int(chain[0])
    return np.concatenate(poses), None


def _stuck(lattice: Lattice, value: FloatArray, goal: FloatArray) -> FloatArray:
    """The reached pose from which the goal is nearest for the vehicle's core."""
    plan = lattice.plan
    allowed = plan.edges(plan.clearance >= max(0.0, lattice.vehicle.core - plan.step))
    seeds = plan.near(goal, 1.5 * plan.step)
    togo = spread(
        moves_of(plan.step), allowed, seeds, np.zeros(len(seeds)), weight=np.ones(plan.shape)
    ).value[0]
    reached = np.isfinite(value)
    best = np.where(reached, togo[None], np.inf)
    if not np.isfinite(best).any():
        best = np.where(reached, np.linalg.norm(plan.points - goal, axis=-1)[None], np.inf)
    pose: FloatArray = lattice.pose(np.array(int(np.argmin(best))))
    return pose
