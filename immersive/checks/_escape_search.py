"""Ways from places on the floor to the exits: lengths, widths, and the floor that no exit is reached from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._floor import Floor
from immersive.checks._turning_search import FOOT_STEP, LOOK
from immersive.geometry.clearance_map import ClearanceMap, Gap, moves_of
from immersive.geometry.disc_ways import DiscWay, ends_of, find_way, simplified
from immersive.geometry.plan_paths import Spread, spread
from immersive.scene.station import Door

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

PLACE: Final = 1.0
"""Metres around a standing place that belong to the place and not to the way: one stands close to a bench."""
ISLAND: Final = 0.3
"""Square metres (of places for the middle of a body) from which a piece of floor is told."""
_ISLANDS: Final = 40


@dataclass(frozen=True, eq=False)
class WayOut:
    """From one place to the exit that is nearest by way.

    Attributes:
        verdict: Of the width: True if the way is as wide as asked, False if none is, None: too close to call.
        out: Whether there is a way at all; None: too close to call.
        way: (K, 2) from the place to the exit; empty without one.
        exit: The exit it leads to.
        width: Free width, metres: of the widest way where it is too narrow, of this way otherwise.
        wide: ``width`` is at least this.
        resolution: How far ``width`` may be off.
        gap: Where it is narrowest, for one that is too narrow.
        at: (2,) about there, or NaN.
        owners: What is in the way there.
    """

    verdict: bool | None
    out: bool | None
    way: FloatArray
    exit: Door | None
    width: float
    wide: bool
    resolution: float
    gap: Gap | None
    at: FloatArray
    owners: tuple[int, ...]


def _seen(door: Door, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How far points (K, 2) lie beyond a door's threshold, and to the left of its middle."""
    rel = points - np.asarray(door.position[:2], np.float64)
    c, s = np.cos(door.heading), np.sin(door.heading)
    return rel @ np.array([c, s]), rel @ np.array([-s, c])


@dataclass(frozen=True, eq=False)
class Exits:
    """The floor with its exits, for people of a breadth and ways of a width.

    Attributes:
        floor: Obstacles.
        doors: The exits.
        body: Radius of the largest user, metres.
        need: Half the width asked for, at least ``body``.
    """

    floor: Floor
    doors: tuple[Door, ...]
    body: float
    need: float

    @cached_property
    def plan(self) -> ClearanceMap:
        return self.floor.map(FOOT_STEP, max(LOOK, 1.3 * self.need))

    @cached_property
    def narrow(self) -> BoolArray:
        """Moves of a body."""
        return self.plan.proven(self.body)

    @cached_property
    def broad(self) -> BoolArray:
        """Moves along ways as wide as asked."""
        return self.narrow if self.need == self.body else self.plan.proven(self.need)

    def cells(self, door: Door, radius: float, /) -> IndexArray:
        """Cells on an exit's threshold where a disc fits: anywhere on it one is through."""
        middle = ends_of(self.plan, np.asarray(door.position[:2], np.float64), radius)
        line = self.line(door)
        return np.union1d(middle, line[self.plan.clearance.ravel()[line] >= radius])

    def line(self, door: Door, /) -> IndexArray:
        """All cells on an exit's threshold."""
        cells = self.plan.near(np.asarray(door.position[:2], np.float64), 0.5 * door.width + self.plan.step)
        ahead, side = _seen(door, self.plan.point(cells))
        return cells[(np.abs(ahead) <= 0.75 * self.plan.step) & (np.abs(side) <= 0.5 * door.width)]

    def from_exits(
        self, radius: float, allowed: BoolArray, doors: tuple[Door, ...], /, weight: FloatArray | None = None
    ) -> Spread:
        """Lengths of ways from all cells to the nearest exit."""
        seeds = [self.cells(door, radius) for door in doors]
        at = [
            np.abs(_seen(door, self.plan.point(cells))[0]) for cells, door in zip(seeds, doors, strict=True)
        ]
        every = np.concatenate(seeds) if seeds else np.empty(0, np.int64)
        begin = np.concatenate(at) if at else np.empty(0)
        factor = np.ones(self.plan.shape) if weight is None else weight
        return spread(moves_of(self.plan.step), allowed, every, begin, weight=factor)

    @cached_property
    def wide_ways(self) -> Spread:
        return self.from_exits(self.need, self.broad, self.doors)

    @cached_property
    def ways(self) -> Spread:
        return self.from_exits(self.body, self.narrow, self.doors)

    @cached_property
    def careful(self) -> Spread:
        """Ways of a body that are narrower than asked only where they must be."""
        weight = np.where(self.plan.clearance < self.need, 20.0, 1.0)
        return self.from_exits(self.body, self.narrow, self.doors, weight)

    @cached_property
    def single(self) -> dict[str, Spread]:
        """Lengths of ways to each exit alone."""
        return {door.id: self.from_exits(self.body, self.narrow, (door,)) for door in self.doors}

    def standing(self, place: FloatArray, radius: float, /) -> tuple[IndexArray, FloatArray]:
        """Cells of the place where a disc fits, and how far each is from where one stands."""
        plan = self.plan
        cells = plan.near(place, PLACE)
        cells = cells[plan.clearance.ravel()[cells] >= radius]
        if not len(cells):
            return cells, np.empty(0)
        # Not through a panel; but who stands with the feet below a bench top steps back from it.
        if self.floor.index.free(place[None, None])[0]:
            segments = np.stack([np.broadcast_to(place, (len(cells), 2)), plan.point(cells)], axis=1)
            cells = cells[self.floor.index.free(segments)]
        else:
            away = np.linalg.norm(plan.point(cells) - place, axis=1)
            cells = cells[away <= away.min() + 2.0 * plan.step]
        return cells, np.linalg.norm(plan.point(cells) - place, axis=1)

    def way_out(self, place: FloatArray, /) -> WayOut:
        """The way out from a place on the plan."""
        doubt: WayOut | None = None
        for radius, verdict in ((self.need, True), (self.body, False)):
            field = self.wide_ways if verdict else self.careful
            if radius == self.body:
                doubt = self._by_gaps(place)
                if doubt is not None and doubt.verdict is True:
                    return doubt
            cells, off = self.standing(place, radius)
            values = field.value.ravel()[cells] + off
            if not len(cells) or not np.isfinite(values.min()):
                continue
            cell = int(cells[int(np.argmin(values))])
            way = self._shown(place, field, cell, radius, 0.0 if verdict else self.need - self.body)
            if verdict:
                return self._measured(way)
            assert doubt is not None
            return WayOut(doubt.verdict, True, way, self._exit(way), doubt.width, doubt.wide, doubt.resolution,
                          doubt.gap, doubt.at, doubt.owners)  # fmt: skip
        # No way even for the body: is that certain?
        found = self._find(place, self.body)
        out = found.verdict
        owners = found.barrier if found.gap is None else found.gap.owners
        way = found.way if out else np.empty((0, 2))
        return WayOut(False if out is not True else None, out, way, self._exit(way), found.width, found.wide,
                      found.resolution, found.gap, found.at, owners)  # fmt: skip

    def _find(self, place: FloatArray, radius: float) -> DiscWay:
        cells, off = self.standing(place, radius)
        ends = [self.cells(door, radius) for door in self.doors]
        # Where the disc does not fit at a threshold, the way ends before it and the threshold is the gap.
        ends = [c if len(c) else self.line(d) for c, d in zip(ends, self.doors, strict=True)]
        if not len(cells):
            cells = self.plan.near(place, PLACE)
            off = np.zeros(len(cells))
        allowed = self.narrow if radius == self.body else self.broad
        return find_way(self.plan, cells, off, np.concatenate(ends), radius, proven=allowed)

    def _by_gaps(self, place: FloatArray) -> WayOut | None:
        """What the exact gaps say of the width asked for."""
        found = self._find(place, self.need)
        way = found.way
        if found.verdict is True:
            way = simplified(self.plan, np.concatenate([place[None], way]), self.body, roomy=0.0)
            return self._measured(way)
        owners = found.barrier if found.gap is None else found.gap.owners
        if not owners and not np.isnan(found.at).any():
            nearest = self.floor.index.nearest(found.at[None], self.plan.cap).which[0]
            owners = () if nearest < 0 else (int(self.floor.index.owner[nearest]),)
        return WayOut(found.verdict, True, way, None, found.width, found.wide, found.resolution, found.gap,
                      found.at, owners)  # fmt: skip

    def _shown(self, place: FloatArray, field: Spread, cell: int, radius: float, roomy: float) -> FloatArray:
        way = self.plan.point(field.way(cell))[::-1]
        straight = simplified(self.plan, way, radius, roomy=roomy)
        end = self._exit(straight)
        if end is None:
            return np.concatenate([place[None], straight])
        ahead, _ = _seen(end, straight[-1:])
        sill = straight[-1:] - ahead[:, None] * [np.cos(end.heading), np.sin(end.heading)]
        return np.concatenate([place[None], straight, sill])

    def _exit(self, way: FloatArray) -> Door | None:
        if not len(way) or not self.doors:
            return None
        return min(self.doors, key=lambda d: (float(np.linalg.norm(way[-1] - d.position[:2])), d.id))

    def _measured(self, way: FloatArray) -> WayOut:
        """A way wide enough, with the width it has itself."""
        door = self._exit(way)
        segments = np.stack([way[:-1], way[1:]], axis=1)
        start = 1 if len(segments) > 1 else 0
        found = self.floor.index.nearest(segments[start:], self.plan.cap)
        k = int(np.argmin(found.away))
        width = max(2.0 * float(found.away[k]), 2.0 * self.need)
        wide = bool(found.away[k] >= self.plan.cap)
        owners = (int(self.floor.index.owner[found.which[k]]),) if found.which[k] >= 0 else ()
        at = found.witness[k, 0] if owners else np.full(2, np.nan)
        return WayOut(True, True, way, door, width, wide, 0.0, None, at, owners)

    def farthest(self) -> tuple[float, FloatArray] | None:
        """The place on the floor from which an exit is farthest, of those that lead to one."""
        value = self.ways.value[0]
        known = np.isfinite(value)
        if not known.any():
            return None
        cell = int(np.argmax(np.where(known, value, -1.0)))
        return float(value.ravel()[cell]), self.plan.point(np.array(cell))

    def islands(self) -> list[BoolArray]:
        """(R, C) masks of the floor that no exit is reached from, largest first; insides of solids left out."""
        plan = self.plan
        left = (plan.clearance >= self.body) & ~np.isfinite(self.ways.value[0])
        allowed = plan.edges(left)
        found: list[BoolArray] = []
        for _ in range(_ISLANDS):
            if left.sum() * plan.step**2 < ISLAND:
                break
            seed = np.flatnonzero(left)[:1]
            value = spread(
                moves_of(plan.step), allowed, seed, np.zeros(1), weight=np.ones(plan.shape)
            ).value[0]  # fmt: skip
            island = np.isfinite(value)
            left &= ~island
            if island.sum() * plan.step**2 >= ISLAND:
                middle = plan.points[island][int(np.argmax(plan.clearance[island]))]
                if self.floor.inside(middle) is None:
                    found.append(island)
        return sorted(found, key=lambda mask: -int(mask.sum()))

    def dead_end(self, place: FloatArray, /) -> float | None:
        """Metres that the ways to two exits have in common at most; None with fewer than two in reach."""
        ways = []
        for door in self.doors:
            field = self.single[door.id]
            cells, off = self.standing(place, self.body)
            values = field.value.ravel()[cells] + off
            if len(cells) and np.isfinite(values.min()):
                cell = int(cells[int(np.argmin(values))])
                ways.append((float(values.min()), self.plan.point(field.way(cell))[::-1]))
        if len(ways) < 2:
            return None
        ways.sort(key=lambda way: way[0])
        own = ways[0][1]
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(own, axis=0), axis=1))])
        best = np.inf
        for _, other in ways[1:]:
            away = np.array([np.linalg.norm(other - p, axis=1).min() for p in own])
            apart = np.flatnonzero(away > 2.0 * self.need)
            best = min(best, float(along[apart[0]]) if len(apart) else float(along[-1]))
        return best
