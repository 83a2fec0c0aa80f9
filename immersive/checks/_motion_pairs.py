"""Measures the pairs of a motion and holds each against the rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context
from immersive.checks._clearance_contacts import expected_contacts
from immersive.checks._clearance_units import units
from immersive.checks._motion_runs import Moving, Run
from immersive.checks._points import point3
from immersive.findings import Point3, Skipped, Verdict, text, verdict_for
from immersive.geometry.bodies import Body
from immersive.geometry.chains import TURN
from immersive.geometry.relation import CONTAINED, INTERSECTING, relate
from immersive.geometry.swept import SweptDistances, swept
from immersive.geometry.tolerance import TOUCH
from immersive.units import mm

if TYPE_CHECKING:
    from immersive.checks.motion_clearance import Params

IntArray = NDArray[np.int64]

CLASH, GAP, DEEPER = "motion_clearance.contact", "motion_clearance.gap", "motion_clearance.overlap"
_FINE = 1e-4
"""Width of the interval of what is reported, metres."""
_PLACES = 9
"""Positions of a motion in which parts that touch from the start are looked at."""
_BEARING = 0.1
"""Metres from an axis within which what touches from the start is its bearing: hinges and flanges are smaller."""
_LOOKED = 40
"""Pairs that touch from the start and are looked at: a bearing has few."""


@dataclass(frozen=True, eq=False, slots=True)
class Near:
    """One pair over one motion, judged.

    Attributes:
        a, b: Numbers of the parts; ``a`` moves.
        lower, upper: The smallest distance lies between, metres; minus the overlap for ``DEEPER``.
        first: Seconds between which they first touch, or None.
        time: At which ``upper`` was measured.
        point_a, point_b: Closest points then.
        uncertainty: Of the parts, and half the interval.
    """

    a: int
    b: int
    code: str
    verdict: Verdict
    limit: float
    lower: float
    upper: float
    time: float
    point_a: Point3
    point_b: Point3
    uncertainty: float
    first: tuple[float, float] | None = None

    @property
    def measured(self) -> float:
        return 0.5 * (self.lower + self.upper)

    @property
    def order(self) -> tuple[object, ...]:
        """Worst first; of contacts the earliest."""
        grave = {Verdict.FAIL: 0, Verdict.INDETERMINATE: 1}.get(self.verdict, 2)
        return grave, self.measured, self.time, self.a, self.b


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """The pairs of a mechanism and a unit that do not pass, worst first."""

    mechanism: str
    unit: str
    pairs: tuple[Near, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Survey:
    """All pairs of one run.

    Attributes:
        groups: What does not pass.
        nearest: Of those that pass, the closest; None where all stay beyond what was searched.
        searched: Up to which distance pairs were measured.
        resting: Pairs that touch from the start and may.
        expected: Pairs that touch later and are meant to, by the layout's contacts.
        poses: Of pairs that were looked at triangle by triangle.
    """

    groups: tuple[Group, ...]
    nearest: Near | None
    searched: float
    resting: int
    expected: int
    poses: int
    skipped: tuple[Skipped, ...] = field(default=())


def survey(context: Context, run: Run, made: Moving, pairs: IntArray, params: Params) -> Survey:
    """Measure and judge all pairs of one run."""
    spread = float(np.sort(made.uncertainty)[-2:].sum())
    reach = max(params.clearance, params.touch, params.within) + spread
    found = swept(
        made.pack,
        run.movers,
        pairs,
        run.start,
        run.end,
        within=reach,
        tolerance=params.tolerance,
    )
    u = made.uncertainty[pairs].sum(axis=1)
    limit = max(params.clearance, params.touch)
    near = np.isfinite(found.upper)
    contact = found.first[:, 0] >= -np.inf
    starts = contact & (found.first[:, 1] <= run.start)
    starts |= near & ~contact & _touching(made, pairs, params.touch, near)
    contacts = expected_contacts(context, made.parts)
    meant = np.zeros(len(pairs), bool)
    for k in np.flatnonzero(near & (found.upper <= limit + u)):
        meant[k] = contacts.of(int(pairs[k, 0]), int(pairs[k, 1])) is not None
    allowed = meant | (starts if params.contact == "allowed" else False)
    judged: list[Near] = []
    # What the interval does not decide, and what is going to be shown, is measured anew, finer.
    fine = near & ~contact & ~allowed & (found.lower < limit + u + params.tolerance)
    open_ = np.flatnonzero(near & ~contact & ~allowed)
    if len(open_):
        fine[open_[np.argmin(found.upper[open_])]] = True
    better = _finer(made, run, found, np.flatnonzero(fine), params)
    for k in np.flatnonzero(near & ~allowed):
        source, n = better.get(int(k), (found, int(k)))
        judged.append(_judge(pairs[k], source, n, float(u[k]), params))
    resting = np.flatnonzero(starts & allowed)
    some = resting[:_LOOKED]
    overlaps = [contacts.of(int(a), int(b)) for a, b in pairs[some]]
    most = [max(params.overlap, 0.0 if entry is None else entry.overlap) for entry in overlaps]
    deeper, skipped = _deeper(run, made, pairs[some], most)
    judged += deeper
    if len(resting) > _LOOKED:
        reason = text(
            "{n} pairs that touch from the start were not looked at while they move",
            "{n} paires en contact dès le départ n'ont pas été examinées en mouvement",
            n=len(resting) - _LOOKED,
        )
        skipped.append(Skipped(run.id, reason))
    bad: dict[tuple[str, str], list[Near]] = {}
    labels = units(context.scene, made.parts, unit="group", named=(*params.between, *params.to)).label
    for one in judged:
        if one.verdict != Verdict.PASS:
            mover = run.mechanisms[run.owner[one.a]].id
            other = run.owner[one.b]
            unit = run.mechanisms[other].id if other >= 0 else labels[made.parts[one.b].id]
            bad.setdefault((mover, unit), []).append(one)
    groups = tuple(
        Group(*key, tuple(sorted(some, key=lambda one: one.order))) for key, some in sorted(bad.items())
    )
    sound = [one for one in judged if one.verdict == Verdict.PASS and one.code == GAP]
    nearest = min(sound, key=lambda one: one.order, default=None)
    return Survey(
        groups, nearest, reach, len(resting), int((meant & ~starts).sum()), found.measured, tuple(skipped)
    )


def _touching(made: Moving, pairs: IntArray, touch: float, near: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which pairs are within ``touch`` where the layout shows them."""
    from immersive.geometry.pairs import distances

    out = np.zeros(len(pairs), bool)
    which = np.flatnonzero(near)
    out[which] = distances(made.pack, pairs[which], touch).distance <= touch
    return out


def _finer(
    made: Moving, run: Run, found: SweptDistances, which: IntArray, params: Params
) -> dict[int, tuple[SweptDistances, int]]:
    """Some pairs again with a narrow interval: pair → where it is now."""
    if len(which) == 0 or params.tolerance <= _FINE:
        return {}
    again = swept(
        made.pack,
        run.movers,
        found.pairs[which],
        run.start,
        run.end,
        within=float(found.upper[which].max()) + params.tolerance,
        tolerance=_FINE,
    )
    return {int(k): (again, n) for n, k in enumerate(which)}


def _judge(pair: IntArray, found: SweptDistances, n: int, u: float, params: Params) -> Near:
    limit = max(params.clearance, params.touch) if params.contact == "forbidden" else params.clearance
    lower, upper = float(found.lower[n]), float(found.upper[n])
    first = None
    code = GAP
    unsure = u + 0.5 * (upper - lower)
    if upper <= TOUCH:
        # It runs into it: however deep, the clearance is gone.
        code, limit = CLASH, max(params.clearance, params.touch)
        first = float(found.first[n, 0]), float(found.first[n, 1])
        lower = upper = 0.0
        unsure = u
    verdict = verdict_for(0.5 * (lower + upper), limit, "min", unsure)
    return Near(
        int(pair[0]), int(pair[1]), code, verdict, limit, lower, upper, float(found.time[n]),
        point3(found.point_a[n]), point3(found.point_b[n]), unsure, first,
    )  # fmt: skip


def _deeper(run: Run, made: Moving, pairs: IntArray, most: list[float]) -> tuple[list[Near], list[Skipped]]:
    """Pairs that touch from the start and overlap deeper in some position than at the start.

    Close to the axis that a part turns about it is the bearing, which the layout's axis may miss by a little: told.
    """
    times = np.linspace(run.start, run.end, _PLACES)
    frames = [chain.world_from_rest(times) for chain in run.movers.chains]
    out: list[Near] = []
    skipped: list[Skipped] = []
    for (a, b), allowed in zip(pairs, most, strict=True):
        found = []
        for n in range(_PLACES):
            one, two = (_placed(run, made, frames, int(k), n) for k in (a, b))
            related = relate(one, two, 0.0, touch=TOUCH)
            overlaps = related.kind in (INTERSECTING, CONTAINED)
            found.append(related.penetration if overlaps else None)
        depths = [0.0 if deep is None else deep.depth for deep in found]
        worst = int(np.argmax(depths))
        deep, more = found[worst], depths[worst] - depths[0]
        u = float(made.uncertainty[[a, b]].sum())
        verdict = verdict_for(-more, -allowed, "min", u)
        if verdict == Verdict.PASS or deep is None:
            continue
        at = point3(deep.point if deep.point is not None else made.pack.bodies[a].origin)
        if min(_to_axis(run, int(k), times[worst], at) for k in (a, b)) <= _BEARING:
            skipped.append(
                Skipped(
                    f"{made.parts[a].id} – {made.parts[b].id}",
                    text(
                        "they meet at the axis they turn about and are taken for its bearing; as drawn the overlap grows "
                        "by {more} in the motion {motion}",
                        "elles se rencontrent sur l'axe de rotation et sont prises pour son palier ; telles que dessinées, "
                        "leur recouvrement augmente de {more} dans le mouvement {motion}",
                        more=mm(more, 1),
                        motion=run.id,
                    ),
                )
            )
            continue
        out.append(
            Near(int(a), int(b), DEEPER, verdict, -allowed, -more, -more, float(times[worst]), at, at, u)
        )
    return out, skipped


def _to_axis(run: Run, k: int, time: float, point: Point3) -> float:
    """Distance of a point from the nearest axis that part ``k`` turns about, metres; infinite without one."""
    if run.owner[k] < 0:
        return np.inf
    chain = run.movers.chains[run.owner[k]]
    _, points, directions = chain.poses(chain.at(np.array([time])))
    away = [
        float(np.linalg.norm(np.cross(directions[0, n], np.asarray(point) - points[0, n])))
        for n in chain.path[run.movers.link[k]]
        if chain.kinds[n] == TURN
    ]
    return min(away, default=np.inf)


def _placed(run: Run, made: Moving, frames: list[NDArray[np.float64]], k: int, n: int) -> Body:
    body = made.pack.bodies[k]
    if run.owner[k] < 0:
        return body
    pose = frames[run.owner[k]][n, run.movers.link[k]]
    return Body(body.shape, pose[:3, :3] @ body.rotation, pose[:3, :3] @ body.origin + pose[:3, 3])
