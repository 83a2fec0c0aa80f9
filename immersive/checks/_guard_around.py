"""Reaching around: upright gaps between structures of different planes, at corners and ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from immersive.checks._guard_blocks import Blocks
from immersive.checks._guard_enclosure import Around
from immersive.checks._guard_openings import Ask, demand
from immersive.checks._guard_through import nearest
from immersive.findings import Point3, Verdict


@dataclass(frozen=True, eq=False, slots=True)
class CornerGap:
    """One gap, measured.

    Attributes:
        names: The two structures.
        width: Of the gap, metres.
        start, end: Its ends on the floor plan.
        distance, required: Behind it to the hazard zone, metres.
        uncertainty: Of the distance.
        near, hazard: Nearest points.
        ask: Table and row.
    """

    names: tuple[str, str]
    width: float
    start: Point3
    end: Point3
    distance: float
    required: float
    uncertainty: float
    verdict: Verdict
    near: Point3
    hazard: Point3
    ask: Ask


def measured_gaps(gaps: Sequence[Around], blocks: Blocks, persons: str, floor: float) -> list[CornerGap]:
    """Each gap against the row of slots: its length counts as unlimited."""
    from immersive.geometry.openings import OpeningSize

    found = []
    for gap in gaps:
        runs = [one.run for one in (gap.first, gap.other) if one.run is not None]
        unsure = max((run.uncertainty for run in runs), default=0.0)
        tall = max(gap.high - gap.low, gap.width)
        size = OpeningSize("slot", gap.width, tall, tall, float(np.hypot(tall, gap.width)))
        said = demand(size, gap.low - floor, persons)
        worse = demand(size, gap.low - floor, persons, wider=2.0 * unsure)
        a, b = np.array(gap.start), np.array(gap.end)
        up = np.array([0.0, 0.0, gap.high - gap.low])
        c, d = b + up, a + up
        far = nearest(np.array([[a, b, c], [a, c, d]]), blocks, extra=unsure)
        if said.sr is None or worse.sr is None:
            continue
        if far.least >= worse.sr - 1e-9:
            verdict = Verdict.PASS
        else:
            verdict = Verdict.FAIL if far.most < said.sr - 1e-9 else Verdict.INDETERMINATE
        names = tuple(sorted(run.id for run in runs))
        found.append(
            CornerGap(
                (names[0], names[-1]), gap.width, gap.start, gap.end, far.distance, said.sr,
                max(far.distance - far.least, 0.0), verdict, far.here, far.there, said.decisive,
            )
        )  # fmt: skip
    return found
