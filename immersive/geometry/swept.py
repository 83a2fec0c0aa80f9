"""Smallest distances of moving bodies over time: bounded on both sides, not sampled and hoped.

Intervals of time are halved until each is proven to stay as far apart as the smallest distance seen so far, less
a tolerance. First by boxes that hold all a body does in the interval, then by the triangles
(:mod:`immersive.geometry._swept_kernels`). All pairs that share an interval share its poses. What is found does not
depend on the order of the pairs or on the number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._span_kernels import span_tables
from immersive.geometry._swept_items import Items
from immersive.geometry._swept_kernels import FAILED, FOUND, PROVEN, swept_pairs
from immersive.geometry.bodies import Pack
from immersive.geometry.chains import Chain, box_corners, spans
from immersive.geometry.pairs import Progress, run_chunks
from immersive.geometry.tolerance import TOUCH

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

STILL: Final = -1
"""Chain of a body that does not move."""
_SEEN: Final = 64
"""Knots of the clock that are looked at before anything else: what is taught is often what is closest."""
_FIRST: Final = 16
"""Intervals to begin with."""
_CHUNK: Final = 6
_LOOK: Final = 4.0
"""Pairs of boxes that the proof of an interval may look into where bodies stray by a metre; four times as many for
half of that. Where bodies stray far, two shorter intervals are cheaper; where they do not, no shorter one helps."""
_FEW: Final = 64
"""Items in a round below which it costs more to prepare than to do: intervals are then cut in four."""
_MOST: Final = 2_000_000
"""Items in one round: beyond it memory would suffer; no cell has come near it."""


@dataclass(frozen=True, eq=False)
class Movers:
    """What moves the bodies of a pack.

    Attributes:
        chains: The trees of joints, on one clock.
        chain: (B,) which of them carries each body, ``STILL`` for none.
        link: (B,) the link it is fixed to.
    """

    chains: Sequence[Chain]
    chain: IntArray
    link: IntArray


@dataclass(frozen=True, eq=False)
class SweptDistances:
    """Smallest surface distances of pairs over an interval of time.

    Attributes:
        pairs: (P, 2) body numbers.
        lower, upper: (P,) metres; the true smallest distance lies between. Where a pair stays beyond the limit
            ``upper`` is infinite and ``lower`` the limit.
        time: (P,) seconds at which ``upper`` was measured; NaN where it is infinite.
        point_a, point_b: (P, 3) closest points then, world.
        row_a, row_b: (P,) their triangle rows in the pack, -1 where ``upper`` is infinite.
        first: (P, 2) seconds between which surfaces first touch: proven apart until the first of the two, in
            contact at the second; NaN where they are not seen to touch.
        measured: How many poses of pairs were looked at triangle by triangle.
    """

    pairs: IntArray
    lower: FloatArray
    upper: FloatArray
    time: FloatArray
    point_a: FloatArray
    point_b: FloatArray
    row_a: IntArray
    row_b: IntArray
    first: FloatArray
    measured: int


def swept(
    pack: Pack,
    movers: Movers,
    pairs: IntArray,
    start: float,
    end: float,
    /,
    *,
    within: float = np.inf,
    tolerance: float = 1e-3,
    threads: int | None = None,
    progress: Progress | None = None,
) -> SweptDistances:
    """Smallest distances of pairs of bodies from one time to another.

    Surfaces only: a body that lies wholly inside another all the time counts by its gap.

    Args:
        pack: The bodies where they rest.
        movers: What moves them.
        pairs: (P, 2) body numbers; at least one of each pair should move.
        start, end: Seconds, start ≤ end.
        within: Metres; pairs that stay beyond it are only proven to.
        tolerance: Metres, greater than 0; how far apart ``lower`` and ``upper`` may be.
        threads: Default: all cores this process may use.
        progress: Told the fraction of time that is proven.

    Raises:
        ValueError: The tolerance is not positive, or the times are in the wrong order.
    """
    if not tolerance > 0.0:
        raise ValueError(f"the tolerance must be greater than 0, found {tolerance:g}")
    if not end >= start:
        raise ValueError(f"the times must be in order, found {start:g} and {end:g}")
    asked = np.asarray(pairs, np.int64).reshape(-1, 2)
    # Each pair is measured from the lower body number, so that swapping a pair changes nothing.
    search = _Search(pack, movers, np.sort(asked, axis=1), within, tolerance)
    search.threads = threads
    knots = search.clock(start, end)
    seen = knots[np.unique(np.linspace(0, len(knots) - 1, _SEEN).round().astype(np.int64))]
    count = len(search.pairs)
    search.round(Items.of(count, seen, seen))
    edges = _edges(knots)
    items = Items.of(count, edges[:-1], edges[1:])
    whole = max((end - start) * count, 1e-300)
    while len(items.pair):
        failed = search.round(items)
        if progress is not None:
            progress(1.0 - min(1.0, float((failed.ends - failed.starts)[failed.interval].sum()) / whole))
        items = failed.halved(knots)
        if len(items.pair) <= _FEW:
            items = items.halved(knots)
    return search.result(asked)


def _edges(knots: FloatArray) -> FloatArray:
    """Ends of the intervals to begin with: knots, and places in between where these are few."""
    if len(knots) > _FIRST:
        return knots[np.unique(np.linspace(0, len(knots) - 1, _FIRST + 1).round().astype(np.int64))]
    parts = max(1, _FIRST // max(1, len(knots) - 1))
    steps = np.arange(parts) / parts
    inner = knots[:-1, None] + np.diff(knots)[:, None] * steps
    return np.unique(np.append(inner, knots[-1]))


class _Search:
    """What is known so far of each pair, and the poses of the moving bodies."""

    threads: int | None = None

    def __init__(self, pack: Pack, movers: Movers, pairs: IntArray, within: float, tolerance: float) -> None:
        self.pack, self.pairs, self.tolerance = pack, pairs, tolerance
        # What is proven to within the tolerance of this is beyond the limit asked for.
        self.beyond = within + tolerance
        self.chains = movers.chains
        asked = np.zeros(pack.size, bool)
        asked[pairs.reshape(-1)] = True
        self.moving = [np.flatnonzero(asked & (movers.chain == c)) for c in range(len(movers.chains))]
        self.links = [movers.link[bodies] for bodies in self.moving]
        self.corners = [self._corners(bodies) for bodies in self.moving]
        # Column of each moving body in the tables of a round; -1: it stands still.
        self.column = np.full(pack.size, -1)
        every = np.concatenate([np.empty(0, np.int64), *self.moving])
        self.column[every] = np.arange(len(every))
        self.every = every
        count = len(pairs)
        self.upper = np.full(count, np.inf)
        self.proven = np.full(count, np.inf)
        self.time = np.full(count, np.nan)
        self.points = np.full((count, 6), np.nan)
        self.rows = np.full((count, 2), -1)
        self.touch = np.full(count, np.inf)
        self.doubt = np.full(count, np.inf)
        self.measured = 0

    def _corners(self, bodies: IntArray) -> FloatArray:
        out = np.empty((len(bodies), 8, 3))
        for k, b in enumerate(bodies):
            body = self.pack.bodies[b]
            box = body.shape.tree.boxes[0]
            out[k] = body.to_world(box_corners(box[:3] - box[3:], box[:3] + box[3:]))
        return out

    def clock(self, start: float, end: float) -> FloatArray:
        """(K,) the ends and every time in between at which a chain has a knot."""
        times = [chain.times for chain, bodies in zip(self.chains, self.moving, strict=True) if len(bodies)]
        every = np.unique(np.concatenate([np.array([start, end]), *times]))
        return every[(every >= start) & (every <= end)]

    def target(self) -> FloatArray:
        """(P,) what is to be proven now: the best seen less the tolerance; no contact where there is one."""
        best = np.minimum(self.upper, self.beyond)
        # Close pairs by half, so that near is told from touching; a tenth of the tolerance is near enough.
        wanted = np.maximum(best - self.tolerance, np.where(best >= 0.1 * self.tolerance, 0.5 * best, 0.0))
        return np.where(self.upper <= TOUCH, TOUCH, wanted)

    def allowed(self, pair: IntArray) -> FloatArray:
        """How far bodies may stray in an interval whose middle was measured, for it to need no proof."""
        best = np.minimum(self.upper, self.beyond)[pair]
        known = np.isfinite(best) & (self.upper[pair] > TOUCH)
        return np.where(
            known, np.where(known, best, 0.0) - np.where(known, self.target()[pair], 0.0), self.tolerance
        )

    def round(self, items: Items) -> Items:
        """Prove what can be, learn from the middles of the others, and give back what is to be halved."""
        target = self.target()
        # Nothing to prove where zero is enough; nothing to learn after the first contact.
        todo = (target[items.pair] > 0.0) & (items.starts[items.interval] < self.touch[items.pair])
        self._prove(items.pair[~todo], target)
        items = items.some(todo)
        if len(items.pair) > _MOST:
            raise MemoryError("a motion asks for more poses than memory holds: widen the tolerance")
        starts, ends = items.starts, items.ends
        count, width = len(starts), len(self.every)
        frames = np.empty((count, width, 12))
        twists = np.empty((count, width, 6))
        reach = np.zeros((count, width))
        bend = np.zeros((count, width))
        boxes = np.empty((count, width, 6))
        for chain, bodies, links, corners in zip(
            self.chains, self.moving, self.links, self.corners, strict=True
        ):
            if len(bodies) == 0 or count == 0:
                continue
            made = spans(chain, links, corners, starts, ends)
            own = self.column[bodies]
            span_tables(made.frames, made.corners, self.pack.frames[bodies], own, frames, boxes)
            twists[:, own], reach[:, own], bend[:, own] = made.twist, made.reach, made.bend

        a, b = self.pairs[items.pair].T
        gaps, stray, bent = self._boxes(items.interval, a, b, boxes, reach, bend)
        goal = target[items.pair]
        near = gaps - stray < goal
        self._prove(items.pair[~near], target)
        chosen = np.flatnonzero(near)
        if len(chosen) == 0:
            return items.some(chosen)
        half = 0.5 * (ends - starts)[items.interval[chosen]]
        with np.errstate(invalid="ignore"):
            slack = np.where(half > 0.0, 0.5 * bent[chosen] * half * half, 0.0)
        # Far apart in time the twist says little: all that is known is how far the points get.
        far = ~(slack <= 0.5 * stray[chosen])
        half, slack = np.where(far, 0.0, half), np.where(far, stray[chosen], slack)
        table = np.concatenate([frames.reshape(-1, 12), self.pack.frames])
        speeds = np.concatenate([twists.reshape(-1, 6), np.zeros((self.pack.size, 6))])
        rows = [
            np.where(
                self.column[body] >= 0,
                items.interval[chosen] * width + self.column[body],
                count * width + body,
            )
            for body in (a[chosen], b[chosen])
        ]
        numbered = np.stack([self.pack.roots[a[chosen]], self.pack.roots[b[chosen]], *rows], axis=1)
        pair = items.pair[chosen]
        limit = np.minimum(self.upper[pair], self.beyond)
        limit = np.where(limit <= TOUCH, TOUCH * (1.0 + 1e-9), limit)
        allowed = self.allowed(pair)
        # The shortest intervals have to be decided.
        bound = np.maximum(stray[chosen], 1e-12)
        look = np.where(stray[chosen] > allowed, 100.0 + _LOOK / bound**2, np.inf)
        numbers = np.stack([half, slack, goal[chosen], limit, look, stray[chosen]], axis=1)
        hints = items.hints[chosen]
        results = np.empty((len(chosen), FOUND))

        def work(part: IntArray) -> int:
            swept_pairs(
                self.pack.boxes,
                self.pack.links,
                self.pack.rows,
                table,
                speeds,
                numbered,
                numbers,
                hints,
                part,
                results,
            )
            return len(part)

        run_chunks(work, np.arange(len(chosen)), threads=self.threads, chunk=_CHUNK)
        self.measured += len(chosen)
        middle = 0.5 * (starts + ends)[items.interval[chosen]]
        self._learn(pair, results, middle)
        done = results[:, 0] == PROVEN
        self._prove(pair[done], target)
        items.hints[chosen] = results[:, 10:]
        # No middle was below the best seen: so short an interval cannot go far below it.
        touching = self.upper[pair] <= TOUCH
        best = np.minimum(self.upper, self.beyond)[pair]
        short = (results[:, 0] == FAILED) & (stray[chosen] <= self.allowed(pair))
        doubtful = short & touching
        np.minimum.at(self.doubt, pair[doubtful], starts[items.interval[chosen[doubtful]]])
        sure = short & ~touching
        np.minimum.at(self.proven, pair[sure], best[sure] - stray[chosen[sure]])
        return items.some(chosen[~done & ~short])

    def _boxes(
        self,
        interval: IntArray,
        a: IntArray,
        b: IntArray,
        boxes: FloatArray,
        reach: FloatArray,
        bend: FloatArray,
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """For each item the gap of the boxes in the middle, what both may stray, and both bends."""
        apart = np.full((len(a), 3), -np.inf)
        corners = []
        stray = np.zeros(len(a))
        bent = np.zeros(len(a))
        for body in (a, b):
            column = self.column[body]
            moves = column >= 0
            box = self.pack.bounds[body]
            box[moves] = boxes[interval[moves], column[moves]]
            corners.append(box)
            stray[moves] += reach[interval[moves], column[moves]]
            bent[moves] += bend[interval[moves], column[moves]]
        one, two = corners
        apart = np.maximum(np.maximum(one[:, :3] - two[:, 3:], two[:, :3] - one[:, 3:]), 0.0)
        return np.sqrt(np.einsum("ni,ni->n", apart, apart)), stray, bent

    def _prove(self, pair: IntArray, target: FloatArray) -> None:
        """Some interval of these pairs is proven to stay at their targets."""
        found = np.zeros(len(target), bool)
        found[pair] = True
        found &= self.upper > TOUCH
        self.proven[found] = np.minimum(self.proven[found], target[found])

    def _learn(self, pair: IntArray, results: FloatArray, middle: FloatArray) -> None:
        """Take the smallest distances seen; of equal ones the earliest."""
        seen = np.flatnonzero(np.isfinite(results[:, 1]))
        contact = seen[results[seen, 1] <= TOUCH]
        np.minimum.at(self.touch, pair[contact], middle[contact])
        gap = np.where(results[seen, 1] <= TOUCH, 0.0, results[seen, 1])
        order = seen[np.lexsort((middle[seen], gap, pair[seen]))]
        fresh = np.ones(len(order), bool)
        fresh[1:] = pair[order][1:] != pair[order][:-1]
        best = order[fresh]
        distance = results[best, 1]
        # A contact is told where it begins.
        better = (distance < self.upper[pair[best]]) & (self.upper[pair[best]] > TOUCH)
        earlier = (distance <= TOUCH) & ~(middle[best] >= self.time[pair[best]])
        best = best[better | (earlier & (self.upper[pair[best]] <= TOUCH))]
        self.upper[pair[best]] = results[best, 1]
        self.time[pair[best]] = middle[best]
        self.points[pair[best]] = results[best, 2:8]
        self.rows[pair[best]] = results[best, 8:10].astype(np.int64)

    def result(self, asked: IntArray) -> SweptDistances:
        """What was found, each pair in the order in which it was asked for."""
        touching = self.upper <= TOUCH
        found = self.upper < np.inf
        lower = np.where(found, np.minimum(self.proven, self.upper), self.beyond - self.tolerance)
        lower = np.where(touching, 0.0, np.maximum(lower, 0.0))
        first = np.stack([np.minimum(self.doubt, self.touch), self.touch], axis=1)
        first[~touching] = np.nan
        flip = (asked[:, 0] > asked[:, 1])[:, None]
        one, two = self.points[:, :3], self.points[:, 3:]
        return SweptDistances(
            asked,
            lower,
            self.upper,
            self.time,
            np.where(flip, two, one),
            np.where(flip, one, two),
            np.where(flip[:, 0], self.rows[:, 1], self.rows[:, 0]),
            np.where(flip[:, 0], self.rows[:, 0], self.rows[:, 1]),
            first,
            self.measured,
        )
