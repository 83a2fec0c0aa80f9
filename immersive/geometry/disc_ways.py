"""Ways of a disc among obstacles: proven to be free, or proven not to be, to the millimetre where it is narrow.

A pass is a way all of whose segments were measured. A failure is proven by the gaps that every way would have
to pass: the widest way is looked for, the gap at its narrowest place is measured exactly; if it is too
narrow for the disc it is closed, and the next widest way is looked for, until not even a disc smaller by what
the lattice resolves finds one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.clearance_map import ClearanceMap, Gap, moves_of
from immersive.geometry.plan_paths import Spread, spread
from immersive.geometry.tolerance import ARITHMETIC

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

FINER: Final = 8
"""Where the lattice does not decide, one this many times finer does along the way."""
_CUTS: Final = 60
_FINE_CELLS: Final = 250_000
_ROOMY: Final = 0.4
"""Metres of further clearance for which a way takes a detour: people do not brush along walls."""


@dataclass(frozen=True, eq=False)
class DiscWay:
    """What came of a search.

    Attributes:
        verdict: True: a free way is proven; False: there is none; None: too close to call.
        way: (K, 2) the free way, else the widest there is (empty if there is none at all).
        width: Free width of the widest way, metres; ``wide`` says that it is at least this.
        wide: Nothing is nearer than the map looks.
        gap: The narrowest place of the widest way; None where it could not be told exactly.
        at: (2,) about where that is; NaN where nothing is narrow.
        resolution: By how much ``width`` may be off; 0 where the gap is exact.
        closed: Gaps too narrow for the disc that were met, widest first.
        barrier: Owners of what stands right across where there is no way at all.
    """

    verdict: bool | None
    way: FloatArray
    width: float
    wide: bool
    gap: Gap | None
    at: FloatArray
    resolution: float
    closed: tuple[Gap, ...] = ()
    barrier: tuple[int, ...] = ()


def ends_of(plan: ClearanceMap, point: FloatArray, radius: float, /) -> IndexArray:
    """Cells that a disc at ``point`` certainly gets to in a straight line; empty where it does not fit there."""
    cells = plan.near(point, 1.5 * plan.step)
    segments = np.stack([np.broadcast_to(point, (len(cells), 2)), plan.point(cells)], axis=1)
    away = plan.index.nearest(segments, radius).away if len(cells) else np.empty(0)
    return cells[away >= radius - ARITHMETIC]


def find_way(
    plan: ClearanceMap,
    starts: IndexArray,
    begin: FloatArray,
    ends: IndexArray,
    radius: float,
    /,
    *,
    proven: BoolArray | None = None,
) -> DiscWay:
    """The way of a disc from any of the start cells to any of the end cells.

    Args:
        plan: Clearances.
        starts: (S,) cells.
        begin: (S,) what each costs to begin with, metres.
        ends: (E,) cells.
        radius: Metres.
        proven: What ``plan.proven(radius)`` gives, where it is there already.
    """
    moves = moves_of(plan.step)
    allowed = plan.proven(radius) if proven is None else proven
    roomy = roomy_weight(plan, radius)
    short = spread(moves, allowed, starts, begin, weight=roomy)
    state = reached(short, ends)
    way = np.empty((0, 2)) if state is None else plan.point(short.way(state))
    widest, place, gap, narrow = _widest(plan, starts, ends, np.zeros((0, 2, 2)), 0.0)
    if state is not None:
        width, wide, off = _width(plan, place, gap)
        # The way shown leads through its own narrowest place, no farther than the widest one's allows.
        return DiscWay(True, way, max(width, 2.0 * radius), wide, gap, narrow, off)
    if len(widest) == 0:
        owners, where = _barrier(plan, starts, ends)
        return DiscWay(False, widest, 0.0, False, None, where, 0.0, (), owners)
    width, wide, off = _width(plan, place, gap)
    result = DiscWay(False, widest, width, wide, gap, narrow, off)
    closed: list[Gap] = []
    lines: list[FloatArray] = []
    doubt = False
    for _ in range(_CUTS):
        if len(widest) == 0 or place < radius - np.sqrt(2.0) * plan.step:
            break
        if gap is not None and 0.5 * gap.width < radius - ARITHMETIC:
            closed.append(gap)
            lines.append(gap.points)
        else:
            through = None if gap is None else np.asarray(gap.points.mean(axis=0))
            fine = _refined(plan, widest, allowed, radius, through)
            if fine is not None:
                return DiscWay(True, fine, max(result.width, 2.0 * radius), result.wide, result.gap, result.at, result.resolution)  # fmt: skip
            doubt = True
            lines.append(gap.points if gap is not None else _across(widest, narrow, radius))
        widest, place, gap, narrow = _widest(plan, starts, ends, np.array(lines), radius - 1.5 * plan.step)
    else:
        doubt = True
    return DiscWay(
        None if doubt else False, result.way, result.width, result.wide, result.gap, result.at,
        result.resolution, tuple(closed),
    )  # fmt: skip


def roomy_weight(plan: ClearanceMap, radius: float, /) -> FloatArray:
    """(R, C) factor on the length of a way: up to 3 near obstacles, so that it keeps to the middle."""
    spare = np.clip((plan.clearance - radius) / _ROOMY, 0.0, 1.0)
    return 1.0 + 2.0 * (1.0 - spare)


def reached(found: Spread, ends: IndexArray, /) -> int | None:
    """The end cell that is got to at the least value, None if none is."""
    values = found.value.reshape(-1)[ends] if len(ends) else np.empty(0)
    return int(ends[int(np.argmin(values))]) if len(values) and np.isfinite(values.min()) else None


def _widest(
    plan: ClearanceMap, starts: IndexArray, ends: IndexArray, lines: FloatArray, least: float
) -> tuple[FloatArray, float, Gap | None, FloatArray]:
    """The widest way past the closed lines, its least clearance, its gap and where that is."""
    nothing = np.full(2, np.nan)
    if not len(starts) or not len(ends):
        return np.empty((0, 2)), 0.0, None, nothing
    moves = moves_of(plan.step)
    c = plan.clearance
    for thin in (False, True):
        # Between places so near to something the lattice may step over a thin wall: then it is looked at closely.
        allowed = plan.unobstructed() if thin else plan.edges(c > 0.0)
        if least > 0.0:
            allowed &= plan.edges(c > least)
        for line in lines:
            plan.cut(allowed, line)
        found = spread(moves, allowed, starts, -c.ravel()[starts], weight=c, widest=True)
        state = reached(found, ends)
        if state is None:
            return np.empty((0, 2)), 0.0, None, nothing
        place = -float(found.value.ravel()[state])
        if place > 0.75 * plan.step:
            break
    # Of all ways as wide, the shortest.
    allowed &= plan.edges(c >= place)
    kept = starts[c.ravel()[starts] >= place]
    short = spread(moves, allowed, kept, np.zeros(len(kept)), weight=np.ones_like(c))
    end = reached(short, ends)
    assert state is not None
    cells = short.way(state if end is None else end)
    way = plan.point(cells)
    if place >= plan.cap:
        return way, place, None, nothing
    narrow = way[int(np.argmin(c.ravel()[cells]))]
    about = np.linalg.norm(way - narrow, axis=1) < max(4.0 * plan.step, 2.0 * place)
    near = way[about] if about.sum() > 1 else way
    gap = None
    if len(near) > 1:
        gap = plan.gap(narrow, near, width=2.0 * place, slack=2.0 * np.sqrt(2.0) * plan.step)
    return way, place, gap, narrow


def _barrier(plan: ClearanceMap, starts: IndexArray, ends: IndexArray) -> tuple[tuple[int, ...], FloatArray]:
    """Owners of what the shortest way through as little as possible runs into, and where it first does."""
    nothing = np.full(2, np.nan)
    if not len(starts) or not len(ends):
        return (), nothing
    weight = np.where(plan.clearance < 0.75 * plan.step, 100.0, 1.0)
    everywhere = plan.edges(np.ones(plan.shape, bool))
    found = spread(moves_of(plan.step), everywhere, starts, np.zeros(len(starts)), weight=weight)
    state = reached(found, ends)
    if state is None:
        return (), nothing
    way = plan.point(found.way(state))
    if len(way) < 2:
        return (), nothing
    met = plan.index.nearest(np.stack([way[:-1], way[1:]], axis=1), 1e-9)
    hit = np.flatnonzero(met.which >= 0)
    if not len(hit):
        return (), nothing
    owners = tuple(dict.fromkeys(int(o) for o in plan.index.owner[met.which[hit]]))
    return owners[:4], np.asarray(met.witness[hit[0], 0])


def _width(plan: ClearanceMap, place: float, gap: Gap | None) -> tuple[float, bool, float]:
    """Free width, whether it is at least that, and how far it may be off."""
    if place >= plan.cap:
        return 2.0 * plan.cap, True, 0.0
    if gap is not None:
        return gap.width, False, 0.0
    return 2.0 * place, False, 2.0 * np.sqrt(2.0) * plan.step


def _across(way: FloatArray, at: FloatArray, radius: float) -> FloatArray:
    """A short line across a way, to close it where no gap can be told."""
    k = int(np.argmin(np.linalg.norm(way - at, axis=1)))
    along = way[min(k + 1, len(way) - 1)] - way[max(k - 1, 0)]
    length = np.linalg.norm(along)
    normal = np.array([-along[1], along[0]]) / length if length > 0.0 else np.array([1.0, 0.0])
    return np.stack([at - radius * normal, at + radius * normal])


def _refined(
    plan: ClearanceMap, way: FloatArray, proven: BoolArray, radius: float, through: FloatArray | None
) -> FloatArray | None:
    """The way with each stretch that the lattice did not prove searched anew on a finer one; None if one fails."""
    cells = np.rint((way - plan.origin) / plan.step).astype(int)
    steps = np.diff(cells, axis=0)[:, ::-1]
    sure = np.zeros(len(steps), bool)
    for m in range(8):
        same = (steps == moves_of(1.0).step[m]).all(axis=1)
        sure[same] = proven[m, cells[:-1][same][:, 1], cells[:-1][same][:, 0]]
    pieces: list[FloatArray] = []
    k = 0
    while k < len(steps):
        if sure[k]:
            pieces.append(way[k : k + 1])
            k += 1
            continue
        last = k
        while last < len(steps) and not sure[last : last + 3].all():
            last += 1
        last = min(max(last, k + 1), len(steps))
        fine = _stretch(plan, way[k : last + 1], radius, through)
        if fine is None:
            return None
        pieces += [way[k : k + 1], fine]
        k = last
    pieces.append(way[-1:])
    return np.concatenate(pieces)


def _stretch(
    plan: ClearanceMap, way: FloatArray, radius: float, through: FloatArray | None
) -> FloatArray | None:
    margin = 3.0 * plan.step
    step = plan.step / FINER
    lower, upper = way.min(axis=0) - margin, way.max(axis=0) + margin
    if ((upper - lower) / step).prod() > _FINE_CELLS:
        return None
    middle = (
        through if through is not None and (through > lower).all() and (through < upper).all() else way[0]
    )
    # One line leads through a gap hardly wider than the disc: the finer lattice has a place on it.
    fine = ClearanceMap.over(plan.index, lower, upper, step=step, cap=radius + 2.0 * step, through=middle)
    starts, ends = ends_of(fine, way[0], radius), ends_of(fine, way[-1], radius)
    if not len(starts) or not len(ends):
        return None
    begin = np.linalg.norm(fine.point(starts) - way[0], axis=1)
    found = spread(moves_of(step), fine.proven(radius), starts, begin, weight=roomy_weight(fine, radius))
    state = reached(found, ends)
    return None if state is None else fine.point(found.way(state))


def simplified(plan: ClearanceMap, way: FloatArray, radius: float, /, *, roomy: float = _ROOMY) -> FloatArray:
    """The same way with fewer corners: a straight piece replaces what is nowhere farther from obstacles.

    Every straight piece keeps the clearance that the way has there, or the radius and ``roomy`` more.
    """
    if len(way) < 3:
        return way
    spare = np.minimum(plan.index.nearest(way, radius + roomy).away, radius + roomy)

    def straight(i: int, j: int) -> bool:
        if j == i + 1:
            return True
        least = float(spare[i : j + 1].min())
        away = float(plan.index.nearest(np.stack([way[i], way[j]])[None], radius + roomy).away[0])
        return away >= radius - ARITHMETIC and away >= least - 0.5 * plan.step

    kept = [0]
    while kept[-1] < len(way) - 1:
        i, last = kept[-1], len(way) - 1
        good, ahead = i + 1, 2
        while good < last and straight(i, min(i + ahead, last)):
            good, ahead = min(i + ahead, last), 2 * ahead
        bad = min(i + ahead, last + 1)
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if straight(i, middle) else (good, middle)
        kept.append(good)
    return np.asarray(way[kept])
