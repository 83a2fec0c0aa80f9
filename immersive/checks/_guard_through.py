"""Reaching through the openings of a run: the distance behind each against the tables, worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks._guard_blocks import Blocks
from immersive.checks._guard_openings import LEGS, Demand, demand, under_it
from immersive.checks._guard_runs import Run
from immersive.checks._points import point3
from immersive.findings import Point3, Verdict

if TYPE_CHECKING:
    from immersive.geometry.opening_sets import Openings
    from immersive.geometry.openings import OpeningSize

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Through:
    """The worst opening of one kind of one run.

    Attributes:
        run: Where.
        under: Whether it is the gap under the structure.
        size: Of the opening.
        demand: What it asks, as measured.
        distance: From it to the hazard zone, metres; None where a person gets through.
        uncertainty: Of the distance, metres.
        verdict: Uncertainty of opening and distance included.
        outline: Corners of the opening in the world.
        near, hazard: Nearest points of opening and hazard zone.
        count: Openings of this kind in the run.
    """

    run: Run
    under: bool
    size: OpeningSize
    demand: Demand
    distance: float
    uncertainty: float
    verdict: Verdict
    outline: tuple[Point3, ...]
    near: Point3
    hazard: Point3
    body: int
    count: int

    @property
    def structure(self) -> str:
        """The panel that the opening is in or beside."""
        middle = np.array(self.outline)[:, :2].mean(axis=0)
        return self.run.name_at(float(self.run.along @ middle))

    @property
    def spare(self) -> float:
        """By how much the distance is kept; minus infinity where none would do."""
        return -np.inf if self.demand.sr is None else self.distance - self.demand.sr


def through(
    run: Run, openings: Openings, blocks: Blocks, persons: str, floor: float, *, under: bool
) -> Through | None:
    """The worst of the openings of one kind; None if there is none."""
    mine = openings.take(under_it(openings, floor) == under)
    if not len(mine):
        return None
    side = run.side_of(blocks.hazard.bounds.mean(axis=0)[:2])
    doubt = 2.0 * run.uncertainty
    near_floor = np.round(1000.0 * (mine.boxes[:, 1] - floor), 2) < LEGS
    pairs, which = np.unique(2 * mine.kinds + near_floor, return_inverse=True)
    groups: dict[Any, list[int]] = {}
    asked: dict[Any, tuple[Demand, Demand]] = {}
    for n, pair in enumerate(pairs.tolist()):
        size, low = mine.sizes[pair // 2], 0.0 if pair % 2 else 0.002 * LEGS
        said = demand(size, low, persons)
        worse = said if doubt == 0.0 else demand(size, low, persons, wider=doubt)
        key = (said.sr, worse.sr, said.whole_body, worse.whole_body, said.beyond)
        asked.setdefault(key, (said, worse))
        groups.setdefault(key, []).append(n)
    faces = run.faces_at(mine.boxes[:, 0], mine.boxes[:, 2], side)
    # Those that need most and lie nearest first; the others cannot be worse once they are farther.
    extent = blocks.extent(run.across, run.uncertainty)
    order: list[tuple[float, int, Any]] = []
    for n, (key, numbers) in enumerate(groups.items()):
        members = np.isin(which, numbers)
        away = max(extent[0] - faces[members].max(), faces[members].min() - extent[1], 0.0)
        sr = asked[key][1].sr
        need = np.inf if sr is None else sr
        order.append((float(away) - need, n, key))
    best: Through | None = None
    for bound, _, key in sorted(order, key=lambda one: one[:2]):
        if best is not None and bound >= best.spare:
            break
        members = np.isin(which, groups[key])
        found = _measure(
            run, mine.take(members), faces[members], *asked[key], blocks, persons, floor, under, len(mine)
        )
        if best is None or _rank(found) < _rank(best):
            best = found
    return best


def _rank(one: Through) -> tuple[int, float]:
    grave = {Verdict.FAIL: 0, Verdict.INDETERMINATE: 1}.get(one.verdict, 2)
    return grave, one.spare


def _measure(
    run: Run,
    members: Openings,
    faces: FloatArray,
    said: Demand,
    worse: Demand,
    blocks: Blocks,
    persons: str,
    floor: float,
    under: bool,
    count: int,
) -> Through:
    triangles = run.world(members.triangles, faces[members.owners][:, None, None])
    gap = nearest(triangles, blocks, extra=run.uncertainty)
    k = int(members.owners[gap.triangle])
    size, low = members.size(k), float(members.boxes[k, 1]) - floor
    if said.sr is None or worse.sr is None:
        verdict = Verdict.FAIL if said.sr is None else Verdict.INDETERMINATE
    elif gap.least >= worse.sr - 1e-9:
        verdict = Verdict.PASS
    else:
        # As small as its uncertainty allows it asks less.
        better = said if run.uncertainty == 0.0 else demand(size, low, persons, wider=-2.0 * run.uncertainty)
        missed = better.sr is None or gap.most < better.sr - 1e-9
        verdict = Verdict.FAIL if missed else Verdict.INDETERMINATE
    outline = run.world(members.ring(k), float(faces[k]))
    return Through(
        run, under, size, demand(size, low, persons), gap.distance, max(gap.distance - gap.least, 0.0), verdict,
        tuple((float(x), float(y), float(z)) for x, y, z in outline), gap.here, gap.there, gap.body, count,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Gap:
    """Distance from triangles to a hazard.

    Attributes:
        distance: Measured, metres.
        least: Proven lower bound; ``most``: upper bound.
        here, there: Nearest points.
        triangle: Nearest of the triangles given.
        body: Nearest body of the hazard.
    """

    distance: float
    least: float
    most: float
    here: Point3
    there: Point3
    triangle: int
    body: int


def nearest(triangles: FloatArray, blocks: Blocks, *, extra: float = 0.0) -> Gap:
    """Exact distance of (T, 3, 3) triangles to all bodies of a hazard, nearest boxes first."""
    from immersive.geometry.bodies import Shapes, pack
    from immersive.geometry.pairs import distances

    hazard = blocks.hazard
    low, high = triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))
    half = blocks.halves
    apart = np.maximum(np.maximum(blocks.centre - half - high, low - blocks.centre - half), 0.0)
    gaps = np.sqrt((apart**2).sum(axis=1))
    starts = np.flatnonzero(np.append(True, blocks.body[1:] != blocks.body[:-1]))
    unsure = hazard.margins + hazard.uncertainty
    bound = np.minimum.reduceat(gaps, starts) - unsure
    order = np.argsort(bound, kind="stable")
    faces = np.arange(3 * len(triangles), dtype=np.int32).reshape(-1, 3)
    vertices = np.ascontiguousarray(triangles.reshape(-1, 3))
    mine = Shapes().body(vertices, faces, np.eye(4))
    assert mine is not None
    best: Gap | None = None
    done, step = 0, 16
    while done < len(order) and (best is None or bound[order[done]] < best.least):
        chosen = order[done : done + step]
        if best is not None:
            chosen = chosen[bound[chosen] < best.least]
        both = pack([mine, *(hazard.bodies[j] for j in chosen)])
        pairs = np.column_stack([np.zeros(len(chosen), np.int64), np.arange(1, len(chosen) + 1)])
        limit = np.inf if best is None else best.least + float(unsure.max()) + 1e-9
        found = distances(both, pairs, limit, threads=1)
        values = found.distance - unsure[chosen]
        k = int(np.argmin(values))
        if np.isfinite(values[k]) and (best is None or values[k] < best.least):
            row = int(found.row_a[k])
            best = Gap(
                float(found.distance[k]), float(values[k]), float(found.distance[k]) + float(hazard.uncertainty[chosen[k]]),
                point3(found.point_a[k]), point3(found.point_b[k]), int(mine.shape.tree.order[row]), int(chosen[k]),
            )  # fmt: skip
        done += step
        step = 64
    assert best is not None
    return Gap(
        best.distance,
        max(best.least - extra, 0.0),
        best.most + extra,
        best.here,
        best.there,
        best.triangle,
        best.body,
    )
