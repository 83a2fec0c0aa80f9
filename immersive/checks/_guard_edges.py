"""Top edges of runs in the columns of tables 1 and 2 of ISO 13857, and their rows as bands of heights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from immersive.checks._guard_runs import ARM, Run
from immersive.safety import iso13857 as tables

BEVEL = 0.04
"""How far from its end a top edge may be lower, metres: caps of posts are rounded, and what is fixed to the
last post is lower. Beside the end an arm reaches around, not over."""


def table_mm(value: float) -> float:
    """Metres as the tables want them: what misses a printed value by float32's rounding is that value."""
    return round(1000.0 * value, 2) + 0.0


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
class Band:
    """Heights between two rows of the table, or exactly a row."""

    low: float
    high: float
    ask: float


def bands(risk: str) -> list[Band]:
    """All heights in order: below the last row, between rows, and each row itself."""
    rows = [0.001 * a for a in sorted(tables.data()["reach_over"][risk]["a"])]
    made = [Band(-np.inf, rows[0], rows[0])]
    for low, high in pairwise(rows):
        made += [Band(low, high, 0.5 * (low + high))]
    return made + [Band(row, row, row) for row in rows]
