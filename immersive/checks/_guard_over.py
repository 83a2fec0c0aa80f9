"""Reaching over a run: every place of its top edge against every height of a hazard zone, tables 1 and 2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks._guard_runs import ARM, Run
from immersive.checks._hazards import Hazard
from immersive.findings import Point3, Verdict
from immersive.safety import iso13857 as tables
from immersive.safety._lookup import Cell

FloatArray = NDArray[np.float64]

BEVEL = 0.04
"""How far from its end a top edge may be lower, metres: caps of posts are rounded, and what is fixed to the
last post is lower. Beside the end an arm reaches around, not over."""


def table_mm(value: float) -> float:
    """Metres as the tables want them: what misses a printed value by float32's rounding is that value."""
    return round(1000.0 * value, 2) + 0.0


@dataclass(frozen=True, eq=False, slots=True)
class Over:
    """The worst place of one run's top edge, or of a part of it.

    Attributes:
        run: Where.
        a, b: Heights above the floor of hazard and top edge, as the tables were asked, mm.
        c: Horizontal distance measured, metres.
        required: Distance the table asks, metres.
        cell: What was taken from the table.
        uncertainty: Of c, metres.
        verdict: Uncertainty of all three measures included.
        edge: World point on the top edge.
        hazard: World point of the hazard zone.
        body: Number of the hazard's body.
        span: Part of the top edge that has this height, u.
    """

    run: Run
    a: float
    b: float
    c: float
    required: float
    cell: Cell
    uncertainty: float
    verdict: Verdict
    edge: Point3
    hazard: Point3
    body: int
    span: tuple[float, float]

    @property
    def spare(self) -> float:
        """By how much the distance is kept; negative: missing."""
        return self.c - self.required


@dataclass(frozen=True, eq=False)
class Edge:
    """A stretch of the top edge in one column of the table."""

    start: float
    end: float
    height: float
    column: float


def stretches(run: Run, risk: str, floor: float, *, lowered: float = 0.0) -> list[Edge]:
    """The top edge by columns of the table, structures below the least height left out.

    Args:
        run: The structure.
        risk: ``"low"`` or ``"high"``.
        floor: Where people stand.
        lowered: Taken off the edge's height, metres (uncertainty, or a step to stand on).
    """
    from immersive.geometry.tolerance import TOUCH

    judged = judged_spans(run, floor + lowered)
    columns = [0.001 * b for b in tables.data()["reach_over"][risk]["b"]]
    made: list[Edge] = []
    covered: list[tuple[float, float]] = []
    for column in sorted(columns, reverse=True):
        level = floor + column + lowered - 2 * TOUCH
        here = [
            _to_ends(span, judged)
            for span in run.edge.at_least(level, close=ARM)
            if any(low - 1e-6 <= span[0] and span[1] <= high + 1e-6 for low, high in judged)
        ]
        for start, end in here:
            for a, b in _without((start, end), covered):
                height = max(run.edge.lowest_of(a, b, level), level + 2 * TOUCH) - lowered - floor
                made.append(Edge(a, b, height, column))
        covered = here
    return sorted(made, key=lambda one: one.start)


def _to_ends(span: tuple[float, float], judged: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The span, drawn on to the end of the structure where only the rounding of its last post is lower."""
    start, end = span
    for low, high in judged:
        start = low if 0.0 < start - low <= BEVEL else start
        end = high if 0.0 < high - end <= BEVEL else end
    return start, end


def _without(span: tuple[float, float], taken: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    pieces = [span]
    for low, high in taken:
        pieces = [
            cut for a, b in pieces for cut in ((a, min(b, low)), (max(a, high), b)) if cut[1] - cut[0] > 1e-6
        ]
    return pieces


def judged_spans(run: Run, floor: float) -> list[tuple[float, float]]:
    """Where the run is high enough to count as a protective structure at all."""
    from immersive.geometry.tolerance import TOUCH

    least = 0.001 * tables.data()["reach_over"]["least_structure"]
    found: list[tuple[float, float]] = run.edge.at_least(floor + least - 2 * TOUCH, close=ARM)
    # A post alone, or the end of a panel of the next side, is no protective structure.
    return [(start, end) for start, end in found if end - start > ARM]


@dataclass(frozen=True, eq=False)
class _Band:
    """Heights between two rows of the table, or exactly a row."""

    low: float
    high: float
    ask: float


def _bands(risk: str) -> list[_Band]:
    rows = [0.001 * a for a in sorted(tables.data()["reach_over"][risk]["a"])]
    bands = [_Band(-np.inf, rows[0], rows[0])]
    for low, high in pairwise(rows):
        bands += [_Band(low, high, 0.5 * (low + high))]
    return bands + [_Band(row, row, row) for row in rows]


def over(run: Run, blocks: Blocks, risk: str, floor: float) -> Over | None:
    """The worst place; None where the run has no top edge that counts."""
    hazard = blocks.hazard
    worst = _Search(run, blocks, risk, floor, cautious=True).worst()
    if worst is None:
        return None
    certain = run.uncertainty == 0.0 and not hazard.margins.any() and not hazard.uncertainty.any()
    if worst.spare >= -1e-9 or certain:
        return _with(worst, Verdict.PASS if worst.spare >= -1e-9 else Verdict.FAIL, 0.0)
    best = _Search(run, blocks, risk, floor, cautious=False).worst()
    assert best is not None
    # The distance measured is told, the one less what is uncertain decides.
    if best.spare < -1e-9:
        return _with(best, Verdict.FAIL, best.c - worst.c if best.c > worst.c else 0.0)
    return _with(best, Verdict.INDETERMINATE, max(best.c - worst.c, 0.0))


def least_height(place: Over, blocks: Blocks, risk: str, floor: float) -> float:
    """Lowest printed height above the floor, metres, at which a run would do everywhere."""
    run = place.run
    spans = judged_spans(run, floor)
    for column in tables.data()["reach_over"][risk]["b"]:
        if column <= place.b:
            continue
        search = _Search(run, blocks, risk, floor, cautious=True)
        raised = 0.001 * float(column)
        search.edges = [Edge(start, end, max(raised, 0.0), raised) for start, end in spans]
        worst = search.worst()
        if worst is None or worst.spare >= -1e-9:
            return raised
    return 0.001 * float(tables.data()["reach_over"][risk]["b"][-1])


def _with(place: Over, verdict: Verdict, uncertainty: float) -> Over:
    from dataclasses import replace

    return replace(place, verdict=verdict, uncertainty=uncertainty)


class _Search:
    """Least spare distance over all stretches, heights and bodies; bounded by boxes, exact where it matters."""

    def __init__(self, run: Run, blocks: Blocks, risk: str, floor: float, *, cautious: bool) -> None:
        self.blocks, hazard = blocks, blocks.hazard
        self.run, self.hazard, self.risk, self.floor = run, hazard, risk, floor
        unsure = hazard.uncertainty + run.uncertainty
        # A sampled motion is at least where its samples are: its margin is no excuse.
        self.doubt = hazard.margins + unsure if cautious else -unsure
        shift = run.uncertainty if cautious else -run.uncertainty
        self.edges = stretches(run, risk, floor, lowered=shift)
        self.bands = _bands(risk)
        self.side = run.side_of(hazard.bounds.mean(axis=0)[:2])

    def worst(self) -> Over | None:
        """The place with the least spare distance; where no distance is asked at all, the nearest."""
        if not self.edges:
            return None
        asked = [
            (e, k, cell)
            for e, edge in enumerate(self.edges)
            for k, band in enumerate(self.bands)
            for cell in [tables.reach_over(table_mm(band.ask), table_mm(edge.height), self.risk)]
            if cell is not None
        ]
        found = self._least([one for one in asked if one[2].c > 0.0])
        return self._least([one for one in asked if one[2].c == 0.0]) if found is None else found

    def _least(self, asked: list[tuple[int, int, Cell]]) -> Over | None:
        bounds, which, bodies = [], [], []
        far: dict[int, FloatArray] = {}
        for n, (e, k, cell) in enumerate(asked):
            if e not in far:
                edge = self.edges[e]
                offset = self.run.face(edge.start, edge.end, self.side)
                far[e] = self.blocks.far(self.run, edge, offset, self.doubt)
            numbers, gaps = self.blocks.within(far[e], self.bands[k], self.floor, self.doubt)
            bounds.append(gaps - 0.001 * cell.c)
            bodies.append(numbers)
            which.append(np.full(len(numbers), n))
        if not bounds:
            return None
        every, order_of, body_of = np.concatenate(bounds), np.concatenate(which), np.concatenate(bodies)
        best: Over | None = None
        order = np.argsort(every, kind="stable")
        done, step = 0, 2
        while done < len(order) and (best is None or every[order[done]] < best.spare - 1e-12):
            chosen = order[done : done + step]
            if best is not None:
                chosen = chosen[every[chosen] < best.spare - 1e-12]
            for n in np.unique(order_of[chosen]):
                e, k, cell = asked[n]
                bodies_here = body_of[chosen[order_of[chosen] == n]]
                found = self._exact(self.edges[e], self.bands[k], bodies_here, cell, best)
                best = best if found is None else found
            done += step
            step = min(4 * step, 128)
        return best

    def _exact(
        self, edge: Edge, band: _Band, bodies: NDArray[np.int64], cell: Cell, best: Over | None
    ) -> Over | None:
        """The worst place of some bodies, if it is worse than the worst so far."""
        from immersive.geometry.plan_segments import segment_to_triangles
        from immersive.geometry.silhouette import clip

        run, need = self.run, 0.001 * cell.c
        offset = run.face(edge.start, edge.end, self.side)
        low, high = (level + self.floor for level in (band.low, band.high))
        start, end = run.plan(edge.start, offset), run.plan(edge.end, offset)
        # Bodies whose doubts differ are cut at heights that differ.
        for doubt in np.unique(np.round(self.doubt[bodies], 4)):
            mine = bodies[np.round(self.doubt[bodies], 4) == doubt]
            # Rounded up: what is in doubt is never less than it is.
            doubt = float(self.doubt[mine].max())
            spread = max(doubt, 0.0)
            corners = np.concatenate([self.blocks.corners(int(j)) for j in mine])
            tall = corners[:, :, 2]
            top, bottom = tall.max(axis=1), tall.min(axis=1)
            if band.low < band.high:  # what only touches a row belongs to that row
                near = (top > low - spread + 1e-6) & (bottom < high + spread - 1e-6)
            else:
                near = (top >= low - spread) & (bottom <= high + spread)
            if best is not None:
                off = corners[:, :, :2] @ run.across - offset
                near &= (
                    np.maximum(np.maximum(off.min(axis=1), -off.max(axis=1)), 0.0) - doubt - need < best.spare
                )
            cut = clip(corners[near], 2, low - spread, high + spread)
            if len(cut) == 0:
                continue
            gap, here, there, hit = segment_to_triangles(start, end, np.ascontiguousarray(cut[:, :, :2]))
            distance = max(gap - doubt, 0.0)
            if best is not None and distance - need >= best.spare - 1e-12:
                continue
            heights = cut[hit, :, 2] - self.floor
            a = float(np.clip(0.5 * (heights.min() + heights.max()), band.low, band.high))
            if band.low < band.high and (a - band.low < 1e-5 or band.high - a < 1e-5):
                a = band.ask
            point = np.array([there[0], there[1], a + self.floor])
            best = Over(
                run, table_mm(max(a, 0.0)), table_mm(edge.height), distance, need, cell,
                0.0, Verdict.PASS, run.place(float(run.along @ here), edge.height + self.floor, offset),
                (float(there[0]), float(there[1]), a + self.floor), self._owner(mine, corners, near, point),
                (edge.start, edge.end),
            )  # fmt: skip
        return best

    def _owner(
        self, bodies: NDArray[np.int64], corners: FloatArray, near: NDArray[np.bool_], point: FloatArray
    ) -> int:
        """Which of the bodies, whose triangles follow one another, has a point."""
        rows = np.flatnonzero(near)
        boxes = np.maximum(corners[rows].min(axis=1) - point, point - corners[rows].max(axis=1)).max(axis=1)
        ends = np.cumsum([len(self.blocks.corners(int(j))) for j in bodies])
        return int(bodies[np.searchsorted(ends, rows[np.argmin(boxes)], side="right")])


@dataclass(frozen=True, eq=False)
class Blocks:
    """Boxes around pieces of all bodies of a hazard, in the world: what their distance is at least.

    Attributes:
        hazard: Whose.
        body: (K,) number of the body.
        centre: (K, 3) in the world.
        arms: (K, 3, 3) half edges of each box as rows, in the world.
        low, high: (K,) heights.
        moving: (K,) whether the body moves.
    """

    hazard: Hazard
    body: NDArray[np.int64]
    centre: FloatArray
    arms: FloatArray
    low: FloatArray
    high: FloatArray
    moving: NDArray[np.bool_]

    _corners: dict[int, FloatArray] = field(default_factory=dict)

    @cached_property
    def halves(self) -> FloatArray:
        """(K, 3) half sizes of the boxes along the axes of the world."""
        sizes: FloatArray = np.abs(self.arms).sum(axis=1)
        return sizes

    @staticmethod
    def of(hazard: Hazard) -> Blocks:
        """Of each body's tree the boxes some levels down."""
        boxes = {id(one.shape): _some_boxes(one.shape.tree) for one in _distinct(hazard)}
        own = [boxes[id(one.shape)] for one in hazard.bodies]
        count = np.array([len(one) for one in own])
        number = np.repeat(np.arange(len(own)), count)
        local = np.concatenate(own)
        turn = np.stack([one.rotation for one in hazard.bodies])[number]
        middle = np.einsum("kij,kj->ki", turn, local[:, :3])
        middle += np.stack([one.origin for one in hazard.bodies])[number]
        arms = local[:, 3:, None] * turn.transpose(0, 2, 1)
        tall = np.abs(arms[:, :, 2]).sum(axis=1)
        return Blocks(
            hazard,
            number,
            middle,
            arms,
            middle[:, 2] - tall,
            middle[:, 2] + tall,
            hazard.margins[number] > 0.0,
        )

    def corners(self, j: int) -> FloatArray:
        """(F, 3, 3) triangles of a body in the world."""
        if j not in self._corners:
            self._corners[j] = self.hazard.corners(j)
        return self._corners[j]

    def extent(self, across: FloatArray, more: float) -> tuple[float, float]:
        """Least and greatest offset along a direction of the floor plan, doubts and ``more`` included."""
        middle = self.centre[:, :2] @ across
        half = np.abs(self.arms[:, :, :2] @ across).sum(axis=1)
        half += (self.hazard.margins + self.hazard.uncertainty)[self.body] + more
        return float((middle - half).min()), float((middle + half).max())

    def far(self, run: Run, edge: Edge, offset: float, doubt: FloatArray) -> FloatArray:
        """(K,) lower bound of the plan distance of each block to an edge."""
        gaps = []
        for way, low, high in ((run.across, offset, offset), (run.along, edge.start, edge.end)):
            middle = self.centre[:, :2] @ way
            half = np.abs(self.arms[:, :, :2] @ way).sum(axis=1)
            gaps.append(np.maximum(np.maximum(low - middle - half, middle - half - high), 0.0))
        least: FloatArray = np.maximum(np.hypot(gaps[0], gaps[1]) - doubt[self.body], 0.0)
        return least

    def within(
        self, far: FloatArray, band: _Band, floor: float, doubt: FloatArray
    ) -> tuple[NDArray[np.int64], FloatArray]:
        """Bodies that reach into a band of heights, and a lower bound of each one's distance."""
        spread = np.maximum(doubt[self.body], 0.0) + 1e-9
        if band.low < band.high:
            met = (self.low - spread < band.high + floor) & (self.high + spread > band.low + floor)
        else:
            # Of what moves, exact heights are a matter of chance, and the bands beside hold it.
            met = (self.low - spread <= band.high + floor) & (self.high + spread >= band.low + floor)
            met &= ~self.moving
        at = np.flatnonzero(met)
        if len(at) == 0:
            return np.empty(0, np.int64), np.empty(0)
        owner = self.body[at]
        # Bodies come in order, so their blocks are neighbours.
        starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
        return owner[starts], np.minimum.reduceat(far[at], starts)


def _distinct(hazard: Hazard) -> list[Any]:
    return list({id(one.shape): one for one in hazard.bodies}.values())


def _some_boxes(tree: Any) -> FloatArray:
    """(K, 6) centres and half sizes of nodes that together hold all: the tree opened until there are sixteen."""
    chosen = [0]
    while len(chosen) < 16:
        inner = [node for node in chosen if tree.links[node, 1] < 0]
        if not inner:
            break
        node = max(inner, key=lambda n: float(tree.boxes[n, 3:].max()))
        chosen.remove(node)
        first = int(tree.links[node, 0])
        chosen += [first, first + 1]
    found: FloatArray = tree.boxes[chosen]
    return found
