"""Measures pairs of parts and holds each against the rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from immersive.checks._points import point3
from immersive.findings import Point3, Verdict, verdict_for
from immersive.geometry.bodies import Pack
from immersive.geometry.pairs import PairDistances, box_gaps, box_pairs, distances
from immersive.geometry.relation import CONTAINED, INTERSECTING, TOUCHING, Relation, relate
from immersive.geometry.tolerance import TOUCH
from immersive.scene.model import Part

if TYPE_CHECKING:
    from immersive.checks._clearance_contacts import Contacts
    from immersive.checks._clearance_units import Units
    from immersive.checks.clearance import Params
    from immersive.scene.triage import ExpectedContact

CLASH, CONTACT, GAP, INSIDE = "clearance.clash", "clearance.contact", "clearance.gap", "clearance.contained"
_RANK = {INSIDE: 0, CLASH: 1, CONTACT: 2, GAP: 3}
PairArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Measured:
    """One pair of parts, measured and judged.

    Attributes:
        a, b: The parts.
        gap: Distance of the surfaces, metres.
        signed: Distance of the solids, metres: the gap, or minus the penetration.
        limit: What ``signed`` is held against, metres.
        relation: How the two stand to each other.
        uncertainty: Sum of the parts' uncertainties, metres.
        code, verdict: Of the finding it would make by itself.
        undecided: True if one may lie inside the other, whose surface is open.
        point_a, point_b: Closest points of the surfaces, world.
        expected: The layout's contact that covers the pair, or None.
    """

    a: Part
    b: Part
    gap: float
    signed: float
    limit: float
    relation: Relation
    uncertainty: float
    code: str
    verdict: Verdict
    undecided: bool
    point_a: Point3
    point_b: Point3
    expected: ExpectedContact | None = None

    @property
    def order(self) -> tuple[object, ...]:
        """Worst first, then by name."""
        grave = {Verdict.FAIL: 0, Verdict.INDETERMINATE: 1}.get(self.verdict, 2)
        return grave, _RANK[self.code], self.signed, self.a.id, self.b.id


@dataclass(frozen=True, eq=False, slots=True)
class Survey:
    """All pairs of a rule.

    Attributes:
        measured: Those near enough to matter, in the order of their numbers.
        considered: How many pairs were asked for.
        near: How many were measured triangle by triangle.
        same_unit: How many were left out because both belong to one unit.
        searched: Distance up to which all were found, metres.
    """

    measured: tuple[Measured, ...]
    considered: int
    near: int
    same_unit: int
    searched: float


def survey(
    parts: Sequence[Part],
    both: Pack,
    wanted: NDArray[np.bool_],
    other: NDArray[np.bool_],
    kinds: NDArray[np.int64],
    groups: Units | None,
    params: Params,
    progress: Callable[[float], None],
    contacts: Contacts,
) -> Survey:
    """Measure all pairs of one part of ``wanted`` and one of ``other`` that share no unit.

    Args:
        parts: The parts, as packed in ``both``.
        wanted, other: (B,) bool.
        kinds: (B,) number of each part's set of units.
        groups: Knows which numbers share a unit; None to compare all with all.
        params: The rule.
        progress: Told the fraction done.
        contacts: That the layout expects.
    """
    uncertainty = np.array([part.uncertainty for part in parts])
    spread = float(np.sort(uncertainty)[-2:].sum())
    reach = max(params.clearance, params.touch, params.within) + spread

    def chosen(pairs: PairArray) -> NDArray[np.bool_]:
        a, b = pairs[:, 0], pairs[:, 1]
        asked: NDArray[np.bool_] = (wanted[a] & other[b]) | (wanted[b] & other[a])
        return asked if groups is None else asked & ~groups.share(kinds[a], kinds[b])

    considered, same_unit = _count(wanted, other, kinds, groups)
    pairs = box_pairs(both.bounds, reach)
    pairs = pairs[chosen(pairs)]
    overlap = box_gaps(both.bounds, pairs) <= 0.0
    found = distances(both, pairs, reach, progress=lambda done: progress(0.6 * done))
    measured = []
    for k in range(len(pairs)):
        if k % 16 == 0:
            progress(0.6 + 0.4 * k / len(pairs))
        one = _measure(parts, both, found, k, params, bool(overlap[k]), uncertainty, contacts)
        if one is not None:
            measured.append(one)
    if considered and not any(one.verdict == Verdict.PASS and one.gap > params.touch for one in measured):
        # For the report: the smallest gap that keeps the rule, though it is farther than asked.
        known = {(int(i), int(j)) for (i, j), gap in zip(pairs, found.distance, strict=True) if gap <= reach}
        nearest = _nearest(both, chosen, known, reach)
        if nearest is not None:
            one = _measure(parts, both, nearest, 0, params, False, uncertainty, contacts)
            measured.extend([] if one is None else [one])
    return Survey(tuple(measured), considered, len(pairs), same_unit, reach)


def _count(
    wanted: NDArray[np.bool_], other: NDArray[np.bool_], kinds: NDArray[np.int64], groups: Units | None
) -> tuple[int, int]:
    """(pairs that share no unit, pairs that share one), each unordered pair once."""
    size = int(kinds.max()) + 1
    both = wanted & other
    only = wanted ^ other
    every = same = 0
    for left, right in ((wanted & ~other, other & ~wanted), (both, only), (both, both)):
        n = np.bincount(kinds[left], minlength=size)
        m = np.bincount(kinds[right], minlength=size)
        within = left is right
        every += int(n.sum() * (n.sum() - 1) // 2 if within else n.sum() * m.sum())
        if groups is None:
            continue
        a, b = groups.overlaps.T
        same += int((n * (n - 1) // 2).sum() if within else (n * m).sum())
        same += int((n[a] * n[b]).sum() if within else (n[a] * m[b] + n[b] * m[a]).sum())
    return every - same, same


def _nearest(
    both: Pack,
    chosen: Callable[[PairArray], NDArray[np.bool_]],
    known: set[tuple[int, int]],
    reach: float,
) -> PairDistances | None:
    """The closest pair that is not known yet, however far: the search widens until it finds one."""
    size = float(np.ptp(both.bounds.reshape(-1, 3), axis=0).sum())
    reach = max(reach, 0.01)
    while True:
        pairs = box_pairs(both.bounds, reach)
        pairs = pairs[chosen(pairs)]
        fresh = np.array([(int(i), int(j)) not in known for i, j in pairs], bool)
        found = distances(both, pairs[fresh], reach)
        if np.isfinite(found.distance).any():
            k = int(np.argmin(found.distance))
            return PairDistances(*(getattr(found, item.name)[k : k + 1] for item in fields(found)))
        if reach > size:
            return None
        reach *= 4.0


def _measure(
    parts: Sequence[Part],
    both: Pack,
    found: PairDistances,
    k: int,
    params: Params,
    boxes_overlap: bool,
    uncertainty: NDArray[np.float64],
    contacts: Contacts,
) -> Measured | None:
    """Judge pair ``k``; None if it is beyond the search and not contained."""
    i, j = int(found.pairs[k, 0]), int(found.pairs[k, 1])
    gap = float(found.distance[k])
    if not np.isfinite(gap) and not boxes_overlap:
        return None
    related = relate(both.bodies[i], both.bodies[j], gap, touch=TOUCH, boxes_overlap=boxes_overlap)
    inside = related.kind == CONTAINED or (related.kind == INTERSECTING and gap > TOUCH)
    if not np.isfinite(gap):
        if not (inside or related.undecided):
            return None
        found = distances(both, found.pairs[k : k + 1], np.inf, threads=1)
        k, gap = 0, float(found.distance[0])
    u = float(uncertainty[i] + uncertainty[j])
    deep = related.penetration
    overlaps = related.kind in (CONTAINED, INTERSECTING) and deep is not None
    signed = -deep.depth if overlaps and deep is not None else (0.0 if related.kind == TOUCHING else gap)
    expected = contacts.of(i, j) if contacts.entries else None
    code, verdict, limit = _judge(related, gap, signed, inside, u, params, expected)
    return Measured(
        parts[i],
        parts[j],
        gap,
        signed,
        limit,
        related,
        u,
        code,
        verdict,
        related.undecided,
        point3(found.point_a[k]),
        point3(found.point_b[k]),
        expected,
    )


def _judge(
    related: Relation,
    gap: float,
    signed: float,
    inside: bool,
    u: float,
    params: Params,
    expected: ExpectedContact | None,
) -> tuple[str, Verdict, float]:
    """(code, verdict, limit) of one pair; a pair that is expected to touch may, as deep as its entry says."""
    tolerance = params.tolerance if expected is None else max(params.tolerance, expected.overlap)
    deep = related.penetration
    if inside:
        # Only an entry that speaks of overlap excuses a part that is swallowed whole.
        if expected is None or expected.overlap == 0.0:
            return INSIDE, Verdict.FAIL, -params.tolerance
        swallowed = verdict_for(signed, -expected.overlap, "min", u)
        if swallowed == Verdict.PASS and deep is not None and deep.doubtful:
            swallowed = Verdict.INDETERMINATE
        return INSIDE, swallowed, -expected.overlap
    clash = verdict_for(signed, -tolerance, "min", u)
    if clash == Verdict.PASS and deep is not None and deep.doubtful:
        clash = Verdict.INDETERMINATE
    if clash != Verdict.PASS:
        return CLASH, clash, -tolerance
    contact = gap <= params.touch
    if params.contact == "forbidden" and expected is None:
        limit = max(params.clearance, params.touch)
        if contact:
            return CONTACT, Verdict.FAIL if gap + u <= limit else Verdict.INDETERMINATE, limit
        code = GAP if params.clearance > params.touch else CONTACT
        return code, verdict_for(signed, limit, "min", u), limit
    if contact:
        return CONTACT, Verdict.PASS, params.clearance
    verdict = verdict_for(signed, params.clearance, "min", u)
    if verdict == Verdict.FAIL and gap - u <= params.touch and u > 0.0:
        # It may be a contact, which is allowed.
        verdict = Verdict.INDETERMINATE
    return GAP, verdict, params.clearance
