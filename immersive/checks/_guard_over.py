"""Reaching over a run: every place of its top edge against every height of a hazard zone, tables 1 and 2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immersive.checks._guard_blocks import Blocks
from immersive.checks._guard_edges import Band, Edge, bands, judged_spans, stretches, table_mm
from immersive.checks._guard_runs import Run
from immersive.findings import Point3, Verdict
from immersive.safety import iso13857 as tables
from immersive.safety._lookup import Cell

FloatArray = NDArray[np.float64]


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
    def structure(self) -> str:
        """The panel whose edge it is."""
        start, end = self.span
        inset = min(0.001, 0.5 * (end - start))
        u = float(self.run.along @ np.array(self.edge[:2]))
        return self.run.name_at(min(max(u, start + inset), end - inset))

    @property
    def spare(self) -> float:
        """By how much the distance is kept; negative: missing."""
        return self.c - self.required


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


def over_from(
    run: Run, blocks: Blocks, risk: str, floor: float, start: float, end: float
) -> tuple[bool, Over | None]:
    """Reaching over a stretch of a run by people who stand on another level.

    Returns:
        Whether all of the stretch is still high enough to count, and the worst place if a distance is missed.
    """
    search = _Search(run, blocks, risk, floor, cautious=True, reach=(start, end))
    counted, before = (
        sum(max(min(b, end) - max(a, start), 0.0) for a, b in judged_spans(run, level))
        for level in (floor, blocks.floor)
    )
    return counted >= before - 1e-6, search.worst(below=-1e-9)


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
        worst = search.worst(below=-1e-9)
        if worst is None or worst.spare >= -1e-9:
            return raised
    return 0.001 * float(tables.data()["reach_over"][risk]["b"][-1])


def _with(place: Over, verdict: Verdict, uncertainty: float) -> Over:
    from dataclasses import replace

    return replace(place, verdict=verdict, uncertainty=uncertainty)


class _Search:
    """Least spare distance over all stretches, heights and bodies; bounded by boxes, exact where it matters."""

    def __init__(
        self,
        run: Run,
        blocks: Blocks,
        risk: str,
        floor: float,
        *,
        cautious: bool,
        reach: tuple[float, float] = (-np.inf, np.inf),
    ) -> None:
        self.blocks, hazard = blocks, blocks.hazard
        self.run, self.hazard, self.risk, self.floor = run, hazard, risk, floor
        unsure = hazard.uncertainty + run.uncertainty
        # A sampled motion is at least where its samples are: its margin is no excuse.
        self.doubt = hazard.margins + unsure if cautious else -unsure
        shift = run.uncertainty if cautious else -run.uncertainty
        self.edges = [
            Edge(max(edge.start, reach[0]), min(edge.end, reach[1]), edge.height, edge.column)
            for edge in stretches(run, risk, floor, lowered=shift)
            if edge.start < reach[1] and edge.end > reach[0]
        ]
        self.bands = bands(risk)
        self.side = run.side_of(hazard.bounds.mean(axis=0)[:2])

    def worst(self, *, below: float = np.inf) -> Over | None:
        """The place with the least spare distance; where no distance is asked at all, the nearest.

        With ``below`` only a place with less spare distance than this is looked for.
        """
        if not self.edges:
            return None
        asked = [
            (e, k, cell)
            for e, edge in enumerate(self.edges)
            for k, band in enumerate(self.bands)
            for cell in [tables.reach_over(table_mm(band.ask), table_mm(edge.height), self.risk)]
            if cell is not None
        ]
        found = self._least([one for one in asked if one[2].c > 0.0], below)
        if found is not None or below <= 0.0:
            return found
        return self._least([one for one in asked if one[2].c == 0.0], below)

    def _least(self, asked: list[tuple[int, int, Cell]], below: float) -> Over | None:
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
        while done < len(order) and every[order[done]] < (below if best is None else best.spare - 1e-12):
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
        self, edge: Edge, band: Band, bodies: NDArray[np.int64], cell: Cell, best: Over | None
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
