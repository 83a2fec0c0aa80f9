"""Openings of a run and what tables 4, 5 and 7 of ISO 13857 ask behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._guard_edges import Edge, table_mm
from immersive.checks._guard_runs import WIDTHS, Run
from immersive.safety import iso13857 as tables

if TYPE_CHECKING:
    from immersive.geometry.opening_sets import Openings
    from immersive.geometry.openings import OpeningSize

LEGS: Final = 1000.0
"""Openings that begin lower than this above the floor are measured for legs too, mm; an assumption of ours."""

FLOOR_GAP: Final = 0.001
"""An opening that begins within a millimetre of the floor is the gap under the structure."""


@dataclass(frozen=True, eq=False, slots=True)
class Ask:
    """What one table asks of an opening.

    Attributes:
        table: ``"4"``, ``"5"`` or ``"7"``.
        shape: Column that decided.
        e: The dimension asked with, mm.
        slot_length: Of a slot, mm; None for other shapes.
        irregular: e for each shape where the opening is none of the regular ones.
        found: The table's answer.
    """

    table: str
    shape: str
    e: float
    slot_length: float | None
    irregular: dict[str, float] | None
    found: tables.Opening


@dataclass(frozen=True, eq=False, slots=True)
class Demand:
    """What an opening asks altogether.

    Attributes:
        asks: Of each table that applies.
        sr: Safety distance, metres; None where no distance is enough.
        whole_body: A person gets through.
        beyond: Too large for the tables of arms, too small for a person: legs decide, or leaning in.
    """

    asks: tuple[Ask, ...]
    sr: float | None
    whole_body: bool
    beyond: bool

    @property
    def decisive(self) -> Ask:
        """The table that asks most; one that admits no distance first."""
        return max(self.asks, key=lambda ask: float("inf") if ask.found.sr is None else ask.found.sr)


def openings_of(run: Run, edges: Sequence[Edge], floor: float, known: dict[bytes, OpeningSize]) -> Openings:
    """All openings of the run where it is high enough to count; none where nothing is known of them.

    ``known`` keeps the sizes measured before.
    """
    from immersive.geometry.facade import field, free_openings, merged
    from immersive.geometry.opening_sets import measured, together

    if run.sealed or not edges:
        return measured([], known)
    spans = [(edge.start, edge.end) for edge in edges]
    boxes = [one.region.bounds for one in run.covers]
    found: list[Openings] = []
    partly: list[Any] = []
    for n, cover in enumerate(run.covers):
        openings = cover.openings
        if not len(openings):
            continue
        left, low, right, high = openings.boxes.T
        within = np.zeros(len(openings), bool)
        for a, b in spans:
            within |= (a < right) & (b > left)
        meets = [
            within & (left < box[2]) & (right > box[0]) & (low < box[3]) & (high > box[1])
            if m != n
            else np.zeros(len(openings), bool)
            for m, box in enumerate(boxes)
        ]
        touched = np.logical_or.reduce(meets)
        for k, polygon in zip(
            np.flatnonzero(touched), openings.polygons(np.flatnonzero(touched)), strict=True
        ):
            others = [run.covers[m].region for m, met in enumerate(meets) if met[k]]
            others = [one for one in others if not _only_touch(one, polygon)]
            if others:
                partly += free_openings(polygon, merged(others), WIDTHS)
            else:
                touched[k] = False
        found.append(openings.take(within & ~touched))
    whole = field(run.edge, [(e.start, e.end, floor + e.column) for e in edges], floor)
    gaps = free_openings(whole, merged([one.filled for one in run.covers]), WIDTHS)
    return together([*found, measured(partly, known), measured(gaps, known)])


def _only_touch(region: Any, polygon: Any) -> bool:
    import shapely

    return bool(shapely.intersection(region, polygon).area <= 1e-9)


def under_it(openings: Openings, floor: float) -> NDArray[np.bool_]:
    """(N,) which openings are the gap between structure and floor, and not an upright one beside a panel."""
    left, low, right, high = openings.boxes.T
    under: NDArray[np.bool_] = (low - floor <= FLOOR_GAP) & (high - low <= right - left)
    return under


def demand(size: OpeningSize, lower_edge: float, persons: str, *, wider: float = 0.0) -> Demand:
    """What an opening asks.

    Args:
        size: Of it.
        lower_edge: Above the floor, metres.
        persons: Table for arms: ``"4"`` or ``"5"``.
        wider: Added to every dimension, metres (uncertainty; may be negative).
    """
    asks = [_ask(persons, size, wider)]
    if table_mm(lower_edge) < LEGS:
        asks.append(_ask("7", size, wider))
    arms = asks[0].found
    whole = any(ask.found.whole_body for ask in asks)
    beyond = arms.sr is None and not whole
    # Arms that no table covers: the legs' distance is longer than any arm.
    counted = [ask.found.sr for ask in (asks[1:] if beyond else asks)]
    sr = (
        None if whole or not counted or None in counted else 0.001 * max(float(one or 0.0) for one in counted)
    )
    return Demand(tuple(asks), sr, whole, beyond)


def _ask(table: str, size: OpeningSize, wider: float) -> Ask:
    e = {
        "slot": max(table_mm(size.slot + wider), 0.01),
        "square": max(table_mm(size.square + wider), 0.01),
        "round": max(table_mm(size.round + wider), 0.01),
    }
    length = table_mm(size.length + wider)
    best: Ask | None = None
    if size.shape != "irregular":
        slot_length = max(length, e["slot"]) if size.shape == "slot" else None
        found = tables.through_opening(table, size.shape, e[size.shape], slot_length=slot_length)
        best = Ask(table, size.shape, e[size.shape], slot_length, None, found)
        if best.found.sr is None or size.shape != "slot":
            return best
    # It fits into these three, so the least of their distances is enough.
    fit = tables.irregular_opening(table, e)
    if fit is None:
        if best is not None:
            return best
        return Ask(table, "slot", e["slot"], None, e, tables.through_opening(table, "slot", e["slot"]))
    shape, answer = fit
    if best is not None and best.found.sr is not None and (answer.sr or 0.0) >= best.found.sr:
        return best
    # Whole bodies go by the slot, however well a circle holds the opening.
    return Ask(table, shape, e[shape], None, e, answer)
