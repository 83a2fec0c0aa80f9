"""Contacts that the layout expects: which pairs they cover, what they take, and which are missing.

An entry of ``[[contacts]]`` says that parts are bolted, rest on each other, are pressed in or welded.
A pair it covers may touch, and overlap as deep as the entry says, whatever the rule forbids; more
overlap stays a finding, and so does a gap below the required clearance: parts that are meant to
touch and do not are no exception from a distance. Each part of ``between`` is expected to touch one
part of ``to`` at least; one that touches none is told as information, with the gap that was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context
from immersive.checks._clearance_scope import citation
from immersive.checks._points import point3
from immersive.findings import Finding, Mark, PartMark, Point3, SegmentMark, Text, Verdict, text
from immersive.geometry.pairs import box_gaps, distances
from immersive.scene.model import Part, Severity
from immersive.scene.queries import select
from immersive.scene.triage import ExpectedContact
from immersive.units import number

if TYPE_CHECKING:
    from immersive.checks._clearance_pairs import Measured
    from immersive.checks._clearance_units import Units
    from immersive.checks.clearance import Params
    from immersive.geometry.bodies import Pack

Mask = NDArray[np.bool_]

KIND: Final = {
    "bolted": text("bolted", "vissé"),
    "resting": text("resting", "posé"),
    "press_fit": text("press fit", "emmanché"),
    "welded": text("welded", "soudé"),
    "other": text("other", "autre"),
}
USED: Final = "contacts:"
"""Prefix of ``Evaluation.used`` for the entries that a rule compared pairs of."""

_LISTED: Final = 1_000
_SEARCHED: Final = 50
"""Parts without contact whose nearest counterpart is looked for."""
_MARKED: Final = 20


@dataclass(frozen=True, eq=False, slots=True)
class Contacts:
    """The entries that may matter for a rule's parts.

    Attributes:
        entries: Of the layout.
        left, right: For each entry (B,) bool: the parts of its two sides.
    """

    entries: tuple[ExpectedContact, ...]
    left: tuple[Mask, ...]
    right: tuple[Mask, ...]

    def covers(self, n: int, i: int, j: int) -> bool:
        """True if entry ``n`` is about the parts ``i`` and ``j``."""
        left, right = self.left[n], self.right[n]
        return bool((left[i] and right[j]) or (left[j] and right[i]))

    def of(self, i: int, j: int) -> ExpectedContact | None:
        """The entry that covers the pair; of several the one that allows the deepest overlap."""
        found = [entry for n, entry in enumerate(self.entries) if self.covers(n, i, j)]
        return max(found, key=lambda entry: entry.overlap, default=None)


@dataclass(frozen=True, eq=False, slots=True)
class Scope:
    """Which pairs a rule compares.

    Attributes:
        parts: The parts, as packed in ``both``.
        wanted, other: (B,) bool, the rule's two sides.
        kinds: (B,) number of each part's set of units.
        groups: Knows which numbers share a unit; None to compare all with all.
    """

    parts: Sequence[Part]
    both: Pack
    wanted: Mask
    other: Mask
    kinds: NDArray[np.int64]
    groups: Units | None

    def partners(self, i: int, among: Mask) -> NDArray[np.int64]:
        """Numbers of the parts of ``among`` that the rule compares with part ``i``."""
        asked = among & ((self.wanted[i] & self.other) | (self.other[i] & self.wanted))
        asked[i] = False
        found = np.flatnonzero(asked)
        if self.groups is None or len(found) == 0:
            return found
        same = self.groups.share(np.full(len(found), self.kinds[i]), self.kinds[found])
        return found[~same]


def expected_contacts(context: Context, parts: Sequence[Part]) -> Contacts:
    """The layout's contacts, ready to be asked about these parts."""
    entries, left, right = [], [], []
    for entry in context.station.contacts:
        sides = []
        for selectors in (entry.between, entry.to or entry.between):
            ids = {part.id for part in select(context.scene, selectors)}
            sides.append(np.array([part.id in ids for part in parts], bool))
        if sides[0].any() and sides[1].any():
            entries.append(entry)
            left.append(sides[0])
            right.append(sides[1])
    return Contacts(tuple(entries), tuple(left), tuple(right))


def told(
    context: Context, params: Params, contacts: Contacts, scope: Scope, measured: Sequence[Measured]
) -> tuple[list[Finding], frozenset[str]]:
    """Findings on the contacts of this rule: what each entry took, and which contacts are missing.

    Returns:
        (findings, ids of the entries that the rule compared a pair of)
    """
    index = {part.id: k for k, part in enumerate(scope.parts)}
    findings, used = [], set()
    for n, entry in enumerate(contacts.entries):
        partners = {
            int(i): scope.partners(int(i), contacts.right[n]) for i in np.flatnonzero(contacts.left[n])
        }
        partners = {i: found for i, found in partners.items() if len(found)}
        if not partners:
            continue
        used.add(entry.id)
        covered = [
            (index[pair.a.id], index[pair.b.id], pair)
            for pair in measured
            if contacts.covers(n, index[pair.a.id], index[pair.b.id])
        ]
        taken = [
            pair
            for _, _, pair in covered
            if pair.expected is entry and pair.verdict == Verdict.PASS and _meets(pair, params, 0.0)
        ]
        if taken:
            findings.append(_taken(context, params, entry, taken))
        meeting = {k for i, j, pair in covered if _meets(pair, params, pair.uncertainty) for k in (i, j)}
        lone = [i for i in partners if i not in meeting]
        if lone:
            findings.append(_missing(context, params, entry, scope, partners, lone))
    return findings, frozenset(used)


def _meets(pair: Measured, params: Params, doubt: float) -> bool:
    return pair.signed < 0.0 or pair.gap - doubt <= params.touch


def _taken(context: Context, params: Params, entry: ExpectedContact, pairs: list[Measured]) -> Finding:
    """What the entry took out of the rule: a pass that says so."""
    from immersive.checks._clearance_findings import brief, length

    pairs = sorted(pairs, key=lambda pair: (pair.signed, pair.a.id, pair.b.id))
    worst = pairs[0]
    overlapping = sum(pair.signed < 0.0 for pair in pairs)
    undecided = sum(pair.undecided for pair in pairs)
    allowed = max(entry.overlap, params.tolerance)
    if overlapping:
        depth = text(
            "{n} overlap, the deepest ({a} and {b}) by {depth} of the {allowed} allowed",
            "{n} se recouvrent, la plus profonde ({a} et {b}) de {depth} pour {allowed} admis",
            n=number(overlapping),
            a=worst.a.id,
            b=worst.b.id,
            depth=length(-worst.signed, allowed),
            allowed=length(allowed),
        )
    else:
        depth = text("none overlaps", "aucune ne se recouvre")
    unsure = text(
        "; whether {n} lie inside an open surface cannot be said",
        " ; pour {n}, on ne peut pas dire si l'une est à l'intérieur d'une surface ouverte",
        n=number(undecided),
    )
    return Finding(
        code="clearance.expected",
        rule=context.rule.id,
        subjects=(),
        verdict=Verdict.PASS,
        severity=Severity.INFO,
        message=text(
            "{n} pairs of parts touch as expected by {entry}: {depth}{unsure}",
            "{n} paires de pièces se touchent comme prévu par {entry} : {depth}{unsure}",
            n=number(len(pairs)),
            entry=_name(entry),
            depth=depth,
            unsure=unsure if undecided else "",
        ),
        measured=min(0.0, worst.signed),
        limit=-allowed,
        limit_kind="min",
        unit="m",
        uncertainty=worst.uncertainty,
        citation=citation(context),
        data={
            **_data(entry),
            "count": len(pairs),
            "overlapping": overlapping,
            "containment_undecided": undecided,
            "pairs": [brief(pair) for pair in pairs[:_LISTED]],
        },
        key=f"contact:{entry.id}",
        parts=tuple(sorted({part.id for pair in pairs for part in (pair.a, pair.b)})),
    )


def _missing(
    context: Context,
    params: Params,
    entry: ExpectedContact,
    scope: Scope,
    partners: dict[int, NDArray[np.int64]],
    lone: list[int],
) -> Finding:
    """Parts that touch none of those they are meant to touch: information, with the measured gap."""
    from immersive.checks._clearance_findings import length

    near = [(i, *_nearest(scope.both, i, partners[i])) for i in lone[:_SEARCHED]]
    near.sort(key=lambda one: (-one[1], scope.parts[one[0]].id))
    i, gap, j, start, end = near[0]
    values: dict[str, Any] = {
        "part": scope.parts[i].id,
        "other": scope.parts[j].id,
        "gap": length(gap, params.touch),
        "entry": _name(entry),
        "n": number(len(lone)),
        "all": number(len(partners)),
    }
    message = text(
        "{part} is expected to touch ({entry}) and does not: {other} is nearest, {gap} away",
        "{part} devrait être en contact ({entry}) et ne l'est pas : {other} est la plus proche, à {gap}",
        **values,
    )
    if len(lone) > 1:
        message = text(
            "{n} of {all} parts are expected to touch ({entry}) and do not: {part} is {gap} from {other}, "
            "the nearest it could touch",
            "{n} pièces sur {all} devraient être en contact ({entry}) et ne le sont pas : {part} est à {gap} "
            "de {other}, la plus proche qu'elle pourrait toucher",
            **values,
        )
    label = text("{gap}", "{gap}", gap=length(gap, params.touch))
    marks: list[Mark] = [SegmentMark(start, end, label), PartMark(scope.parts[i].id)]
    marks += [SegmentMark(one[3], one[4]) for one in near[1:_MARKED]]
    return Finding(
        code="clearance.contact_missing",
        rule=context.rule.id,
        subjects=(),
        verdict=Verdict.FAIL,
        severity=Severity.INFO,
        message=message,
        measured=gap,
        limit=params.touch,
        limit_kind="max",
        unit="m",
        uncertainty=scope.parts[i].uncertainty + scope.parts[j].uncertainty,
        citation=citation(context),
        marks=tuple(marks),
        data={
            **_data(entry),
            "count": len(lone),
            "missing": [
                {"part": scope.parts[i].id, "nearest": scope.parts[j].id, "surface_gap": gap}
                for i, gap, j, _, _ in near
            ],
        },
        key=f"missing:{entry.id}",
        parts=tuple(sorted({scope.parts[k].id for one in near for k in (one[0], one[2])})),
    )


def _nearest(both: Pack, i: int, candidates: NDArray[np.int64]) -> tuple[float, int, Point3, Point3]:
    """(gap, number, point of ``i``, point of the other) of the candidate nearest to body ``i``."""
    pairs = np.column_stack([np.full(len(candidates), i), candidates]).astype(np.int64)
    boxes = box_gaps(both.bounds, pairs)
    reach = max(2.0 * float(boxes.min()), 0.01)
    while True:
        near = pairs[boxes <= reach]
        found = distances(both, near, reach, threads=1)
        if np.isfinite(found.distance).any():
            k = int(np.argmin(found.distance))
            return (
                float(found.distance[k]),
                int(near[k, 1]),
                point3(found.point_a[k]),
                point3(found.point_b[k]),
            )
        reach *= 4.0


def _name(entry: ExpectedContact) -> Text:
    """``bolts, bolted`` and the reason, if there is one."""
    reason = f", {entry.reason}" if entry.reason else ""
    return text(
        "{id}, {kind}{reason}", "{id}, {kind}{reason}", id=entry.id, kind=KIND[entry.kind], reason=reason
    )


def _data(entry: ExpectedContact) -> dict[str, Any]:
    return {
        "contact": entry.id,
        "contact_kind": entry.kind,
        "reason": entry.reason,
        "overlap_allowed": entry.overlap,
    }


def excess(entry: ExpectedContact, code: str, allowed: float) -> Text:
    """What to add to the sentence on a pair that the entry covers and does not excuse."""
    from immersive.checks._clearance_findings import length
    from immersive.checks._clearance_pairs import GAP

    if code == GAP:
        return text(
            " (they are expected to touch: {entry})", " (un contact est prévu : {entry})", entry=_name(entry)
        )
    return text(
        " (expected contact {entry}: up to {allowed})",
        " (contact prévu {entry} : jusqu'à {allowed})",
        entry=_name(entry),
        allowed=length(allowed),
    )
