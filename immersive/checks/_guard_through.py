"""Reaching through the openings of a run: the distance behind each against the tables, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks._guard_openings import Demand, demand, is_under
from immersive.checks._guard_over import Blocks
from immersive.checks._guard_runs import Run
from immersive.findings import Point3, Verdict

if TYPE_CHECKING:
    from immersive.geometry.facade import Opening

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Through:
    """The worst opening of one kind of one run.

    Attributes:
        run: Where.
        under: Whether it is the gap under the structure.
        opening: The opening.
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
    opening: Opening
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
    def spare(self) -> float:
        """By how much the distance is kept; minus infinity where none would do."""
        return -np.inf if self.demand.sr is None else self.distance - self.demand.sr


def through(
    run: Run, openings: Sequence[Opening], blocks: Blocks, persons: str, floor: float, *, under: bool
) -> Through | None:
    """The worst of the openings of one kind; None if there is none."""
    mine = [one for one in openings if is_under(one, floor) == under]
    if not mine:
        return None
    side = run.side_of(blocks.hazard.bounds.mean(axis=0)[:2])
    doubt = 2.0 * run.uncertainty
    groups: dict[Any, list[Opening]] = {}
    asked: dict[Any, tuple[Demand, Demand]] = {}
    known: dict[Any, Any] = {}
    for one in mine:
        low = one.box[1] - floor
        which = (id(one.size), low < 1.0)
        if which not in known:
            said = demand(one.size, low, persons)
            worse = said if doubt == 0.0 else demand(one.size, low, persons, wider=doubt)
            key = (said.sr, worse.sr, said.whole_body, worse.whole_body, said.beyond)
            known[which] = key
            asked.setdefault(key, (said, worse))
        groups.setdefault(known[which], []).append(one)
    # Those that need most and lie nearest first; the others cannot be worse once they are farther.
    extent = blocks.extent(run.across, run.uncertainty)
    order: list[tuple[float, int, int, Any]] = []
    for key, members in groups.items():
        said, worse = asked[key]
        bound = _bound(run, members, extent, side)
        need = np.inf if worse.sr is None else worse.sr
        order.append((bound - need, -len(members), len(order), key))
    best: Through | None = None
    for bound, _, _, key in sorted(order):
        if best is not None and bound >= best.spare:
            break
        said, worse = asked[key]
        found = _measure(run, groups[key], said, worse, blocks, side, persons, floor, under, len(mine))
        if best is None or _rank(found) < _rank(best):
            best = found
    return best


def _rank(one: Through) -> tuple[int, float]:
    grave = {Verdict.FAIL: 0, Verdict.INDETERMINATE: 1}.get(one.verdict, 2)
    return grave, one.spare


def _bound(run: Run, members: Sequence[Opening], extent: tuple[float, float], side: float) -> float:
    """Lower bound of the distance from openings to the hazard, by how far it is from the plane."""
    faces = [run.face(*_reach(one), side) for one in members]
    return max(extent[0] - max(faces), min(faces) - extent[1], 0.0)


def _reach(opening: Opening) -> tuple[float, float]:
    return opening.box[0], opening.box[2]


def _measure(
    run: Run,
    members: Sequence[Opening],
    said: Demand,
    worse: Demand,
    blocks: Blocks,
    side: float,
    persons: str,
    floor: float,
    under: bool,
    count: int,
) -> Through:
    from immersive.geometry.facade import flat_fans

    flat, which = flat_fans([one.polygon for one in members])
    offsets = np.array([run.face(*_reach(one), side) for one in members])[which]
    triangles = run.world(flat, offsets[:, None, None])
    gap = nearest(triangles, blocks, extra=run.uncertainty)
    opening = members[int(which[gap.triangle])]
    own = demand(opening.size, opening.box[1] - floor, persons)
    if said.sr is None or worse.sr is None:
        verdict = Verdict.FAIL if said.sr is None else Verdict.INDETERMINATE
    elif gap.least >= worse.sr - 1e-9:
        verdict = Verdict.PASS
    else:
        verdict = (
            Verdict.FAIL
            if gap.most < said.sr - 1e-9 and _sure(run, opening, said, floor, persons, gap.most)
            else Verdict.INDETERMINATE
        )
    import shapely

    ring = shapely.get_coordinates(opening.polygon.exterior)[:-1]
    outline = run.world(ring, run.face(*_reach(opening), side))
    return Through(
        run, under, opening, own, gap.distance, max(gap.distance - gap.least, 0.0), verdict,
        tuple((float(x), float(y), float(z)) for x, y, z in outline), gap.here, gap.there, gap.body, count,
    )  # fmt: skip


def _sure(run: Run, opening: Opening, said: Demand, floor: float, persons: str, most: float) -> bool:
    """Whether the distance is missed even if the opening is as small as its uncertainty allows."""
    if run.uncertainty == 0.0:
        return True
    low = opening.box[1] - floor
    better = demand(opening.size, low, persons, wider=-2.0 * run.uncertainty)
    return better.sr is None or most < better.sr - 1e-9


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
    half = np.abs(blocks.arms).sum(axis=1)
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
                _point(found.point_a[k]), _point(found.point_b[k]), int(mine.shape.tree.order[row]), int(chosen[k]),
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


def _point(array: FloatArray) -> Point3:
    return float(array[0]), float(array[1]), float(array[2])
