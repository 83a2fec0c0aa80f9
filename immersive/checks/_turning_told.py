"""Findings of the check on turning and passing: sentences and marks from what the search gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context
from immersive.checks._floor import EDGE, Floor
from immersive.checks._turning_search import Outcome
from immersive.checks._turning_user import User
from immersive.findings import (
    Finding,
    Mark,
    PartMark,
    PointMark,
    PolylineMark,
    RibbonMark,
    SegmentMark,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.scene.model import Severity
from immersive.scene.station import Door, Route
from immersive.units import metres, mm

FloatArray = NDArray[np.float64]

SPACING: Final = 0.1
"""Metres between the places at which a ribbon shows the width."""
LOOK: Final = 0.75
FLOOR_EDGE: Final = text("the edge of the floor", "le bord du sol")


def named(floor: Floor, owners: Sequence[int], /) -> Text:
    """The owners as one phrase: parts first, in their order."""
    ordered = sorted(dict.fromkeys(owners), key=lambda k: (k < 0, floor.name(k)))
    words = [FLOOR_EDGE if k == EDGE else text("{id}", "{id}", id=floor.name(k)) for k in ordered]
    if not words:
        return text("nothing that could be named", "aucun élément identifiable")
    if len(words) == 1:
        return words[0]
    head = {lang: ", ".join(word[lang] for word in words[:-1]) for lang in ("en", "fr")}
    return text("{a} and {b}", "{a} et {b}", a=head, b=words[-1])


def resampled(way: FloatArray, /, *, spacing: float = SPACING, most: int = 400) -> FloatArray:
    """(N, 2) places about every ``spacing`` metres along a way (K, 2), its corners included."""
    if len(way) < 2:
        return way
    lengths = np.linalg.norm(np.diff(way, axis=0), axis=1)
    spacing = max(spacing, float(lengths.sum()) / most)
    pieces = []
    for a, b, length in zip(way[:-1], way[1:], lengths.tolist(), strict=True):
        count = max(1, int(np.ceil(length / spacing)))
        pieces.append(a + np.linspace(0.0, 1.0, count, endpoint=False)[:, None] * (b - a))
    return np.concatenate([*pieces, way[-1:]])


def ribbon(floor: Floor, way: FloatArray, limit: float, label: Text, /) -> RibbonMark:
    """A way with the width of the widest disc at each of its places."""
    points = resampled(way)
    widths = 2.0 * floor.index.nearest(points, max(LOOK, 0.75 * limit)).away
    return RibbonMark(
        tuple((float(x), float(y), floor.level) for x, y in points),
        tuple(float(w) for w in widths),
        (0.0,) * len(points),
        tuple(bool(w >= limit - 1e-6) for w in widths),
        label,
    )


def length_of(way: FloatArray, /) -> float:
    """Metres."""
    return float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum()) if len(way) > 1 else 0.0


def missing_files(context: Context) -> tuple[str, ...]:
    """Files whose geometry is missing: whatever they held may stand in the way."""
    lost = (n.file for n in context.scene.notices if n.severity == Severity.ERROR)
    return tuple(dict.fromkeys(lost))


def doubtful(context: Context, verdict: Verdict, said: Text, /) -> tuple[Verdict, Text]:
    """A pass does not stand where geometry is missing."""
    files = missing_files(context)
    if verdict != Verdict.PASS or not files:
        return verdict, said
    return Verdict.INDETERMINATE, text(
        "{said} Not certain: geometry is missing ({files}).",
        "{said} Sous réserve : de la géométrie manque ({files}).",
        said=said, files=", ".join(files[:3]) + (", …" if len(files) > 3 else ""),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Told:
    """Turns what came of one route into findings."""

    context: Context
    route: Route
    user: User
    floor: Floor
    outcome: Outcome
    doors: tuple[Door, ...]

    def way(self, hint: Text) -> Finding:
        """Whether the user gets along."""
        o, floor = self.outcome, self.floor
        uncertainty = o.resolution + floor.uncertainty(o.owners)
        verdict = self._verdict(uncertainty)
        # Stuck although there is room enough to turn: no length says what is missing.
        turns = o.kind == "turn" and (o.wide or o.measured >= o.limit)
        data: dict[str, Any] = {
            "user": self.user.kind,
            "user_width": self.user.width,
            "user_length": self.user.length,
            "user_height": self.user.height,
            "length": length_of(o.way) if o.verdict is not False else None,
            "limiting_parts": [floor.name(k) for k in o.owners if k >= 0],
            "at": None if np.isnan(o.at).any() else o.at.tolist(),
            "fails_at": o.kind,
            "at_least": o.wide,
            "doors_passed": [door.id for door in self.doors],
            "sideways": o.sideways,
        }
        if len(o.way) > 1 and o.verdict is not False:
            head, owner = floor.head_height(o.way, 0.5 * o.limit)
            data |= {"head_height": head, "head_height_below": floor.name(owner)}
        said = self._said()
        verdict, said = doubtful(self.context, verdict, said)
        return Finding(
            code="turning.way",
            rule=self.context.rule.id,
            subjects=(self.route.id,),
            verdict=verdict,
            severity=self.context.severity,
            message=said,
            measured=None if turns else o.measured,
            limit=None if turns else o.limit,
            limit_kind="" if turns else "min",
            unit="m",
            uncertainty=uncertainty,
            citation=self.user.source,
            marks=self._marks(),
            data=data,
            hint=hint,
            key="way",
        )

    def _verdict(self, uncertainty: float) -> Verdict:
        o = self.outcome
        if o.verdict is None:
            return Verdict.INDETERMINATE
        if o.verdict is False and o.kind == "turn":
            return Verdict.FAIL
        if o.verdict is False:
            judged = verdict_for(o.measured, o.limit, "min", uncertainty - o.resolution)
            return Verdict.FAIL if judged == Verdict.PASS else judged
        if o.wide:
            return Verdict.PASS
        surfaces = max(uncertainty - o.resolution, self.floor.doubt(o.way, 0.5 * o.limit))
        return Verdict.PASS if surfaces == 0.0 else verdict_for(o.measured, o.limit, "min", surfaces)

    def _said(self) -> Text:
        o, floor, route = self.outcome, self.floor, self.route
        shared = {
            "who": self.user.words,
            "id": route.id,
            "w": mm(o.measured),
            "need": mm(o.limit),
            "miss": mm(max(0.0, o.limit - o.measured)),
            "parts": named(floor, o.owners),
            "length": metres(length_of(o.way), 1),
        }
        if o.kind == "place":
            shared["place"] = (
                text("start", "départ")
                if o.place == 0
                else text("end", "arrivée")
                if o.place > len(route.via)
                else text("place {n} to pass", "point de passage {n}", n=o.place)
            )
            return text(
                "Route {id}, {place}: there is no room for {who}; {need} are needed and {w} are free, because of {parts}.",
                "Itinéraire {id}, {place} : {who} n'y tient pas ; il faut {need} et {w} sont libres, à cause de {parts}.",
                **shared,
            )
        if o.kind == "turn":
            if o.verdict is None:
                said = text(
                    "Whether {who} gets along route {id} is too close to call: no way was found and none was ruled out.",
                    "Itinéraire {id} : impossible de trancher pour {who} ; aucun passage n'est trouvé ni exclu.",
                    **shared,
                )
            else:
                said = text(
                    "Route {id} is wide enough for {who}, but there is no way round its bends.",
                    "L'itinéraire {id} est assez large pour {who}, mais la giration n'y est pas possible.",
                    **shared,
                )
            if o.wide or o.measured >= o.limit:
                return text(
                    "{said} It gets stuck at {parts}.", "{said} Blocage contre {parts}.", said=said, **shared
                )
            return text(
                "{said} At the farthest place reached a circle of {w} is free, {need} are needed to turn on the spot; {parts} stand there.",
                "{said} Au point le plus avancé, un cercle de {w} est libre ; il en faut {need} pour tourner sur place ; s'y trouvent {parts}.",
                said=said, **shared,
            )  # fmt: skip
        if o.verdict is True:
            said = text(
                "Route {id} is free for {who}: {length}",
                "L'itinéraire {id} est libre pour {who} : {length}",
                **shared,
            )
            if o.wide:
                said = text(
                    "{said}, nowhere narrower than {w}; {need} are needed.",
                    "{said}, {w} de large au moins partout ; il en faut {need}.",
                    said=said, **shared,
                )  # fmt: skip
            elif o.owners:
                said = text(
                    "{said}, {w} at its narrowest, between {parts}; {need} are needed.",
                    "{said}, {w} au plus étroit, entre {parts} ; il en faut {need}.",
                    said=said, **shared,
                )  # fmt: skip
            else:
                said = text(
                    "{said}, {w} at its narrowest; {need} are needed.",
                    "{said}, {w} au plus étroit ; il en faut {need}.",
                    said=said, **shared,
                )  # fmt: skip
            if o.sideways:
                said = text("{said} Only sideways.", "{said} De côté seulement.", said=said)
            if self.doors:
                said = text(
                    "{said} It leads through {doors}, which must stand open.",
                    "{said} Il passe par {doors}, à tenir ouvert.",
                    said=said, doors=_listed([door.id for door in self.doors]),
                )  # fmt: skip
            return said
        if o.gap is None and o.measured <= 0.0 and o.owners:
            return text(
                "There is no way at all along route {id} for {who}: {parts} stands right across.",
                "Il n'y a aucun passage sur l'itinéraire {id} pour {who} : {parts} barre tout le passage.",
                **shared,
            )
        if o.gap is None and o.measured <= 0.0:
            return text(
                "There is no way at all along route {id} for {who}.",
                "Il n'y a aucun passage sur l'itinéraire {id} pour {who}.",
                **shared,
            )
        if o.verdict is None:
            return text(
                "Whether {who} gets along route {id} is too close to call: {w} between {parts}, {need} are needed.",
                "Itinéraire {id} : impossible de trancher pour {who} ; {w} entre {parts}, il en faut {need}.",
                **shared,
            )
        return text(
            "Route {id} is no way for {who}: {w} between {parts} where it is widest, {need} are needed, {miss} are missing.",
            "Itinéraire {id} : {who} ne passe pas ; {w} entre {parts} par le passage le plus large, il en faut {need}, il manque {miss}.",
            **shared,
        )

    def _marks(self) -> tuple[Mark, ...]:
        o, floor = self.outcome, self.floor
        marks: list[Mark] = []
        if len(o.way) > 1:
            need = o.limit if o.kind != "turn" else self.user.width
            marks.append(ribbon(floor, o.way, need, text("{id}", "{id}", id=self.route.id)))
        else:
            points = (self.route.start, *self.route.via, self.route.end)
            marks.append(PolylineMark(tuple((x, y, floor.level) for x, y in points)))
        if len(o.headings):
            marks += _outlines(o, self.user, floor.level)
        z = floor.level + min(1.0, 0.5 * self.user.height)
        if o.gap is not None:
            (ax, ay), (bx, by) = o.gap.points.tolist()
            marks.append(SegmentMark((ax, ay, z), (bx, by, z), text("{w}", "{w}", w=mm(o.gap.width))))
        elif not np.isnan(o.at).any() and o.verdict is not True:
            words = text("stuck here", "bloqué ici") if o.kind != "place" else text("no room", "pas de place")
            marks.append(PointMark((float(o.at[0]), float(o.at[1]), floor.level), words))
        if o.verdict is not True:
            marks += [PartMark(floor.name(k)) for k in o.owners if k >= 0]
        return tuple(marks)

    def passing(self, free: NDArray[np.bool_], points: FloatArray, every: float) -> Finding:
        """How far it is from one place where two can pass to the next."""
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        longest, first, last = 0.0, 0, 0
        start: int | None = None
        for k, ok in enumerate([*free.tolist(), True]):
            if not ok and start is None:
                start = k
            elif ok and start is not None:
                a, b = max(start - 1, 0), min(k, len(points) - 1)
                if along[b] - along[a] > longest:
                    longest, first, last = float(along[b] - along[a]), a, b
                start = None
        verdict = verdict_for(longest, every, "max")
        shared = {
            "id": self.route.id,
            "d": metres(longest, 1),
            "limit": metres(every, 1),
            "who": self.user.words,
        }
        if longest == 0.0:
            said = text(
                "Two of {who} can pass each other all along route {id}.",
                "Deux peuvent se croiser partout sur l'itinéraire {id} ({who}).",
                **shared,
            )
        elif not free.any():
            said = text(
                "Nowhere along route {id} can two pass each other ({who}); {limit} without a passing place are allowed.",
                "Le croisement n'est possible nulle part sur l'itinéraire {id} ({who}) ; {limit} sans croisement sont admis.",
                **shared,
            )
        else:
            said = text(
                "On route {id} it is {d} between places where two can pass ({who}); {limit} are allowed.",
                "Sur l'itinéraire {id}, {d} séparent les places de croisement ({who}) ; {limit} sont admis.",
                **shared,
            )
        verdict, said = doubtful(self.context, verdict, said)
        level = self.floor.level
        marks: tuple[Mark, ...] = (
            RibbonMark(
                tuple((float(x), float(y), level) for x, y in points),
                tuple(2.0 * self.user.width if ok else self.user.width for ok in free),
                (0.0,) * len(points),
                tuple(bool(ok) for ok in free),
                text("passing on {id}", "croisement sur {id}", id=self.route.id),
            ),
        )
        if longest > 0.0:
            ends = [(float(points[k, 0]), float(points[k, 1]), level) for k in (first, last)]
            marks += tuple(PointMark(end, text("passing place", "croisement")) for end in ends)
        return Finding(
            code="turning.passing",
            rule=self.context.rule.id,
            subjects=(self.route.id,),
            verdict=verdict,
            severity=self.context.severity,
            message=said,
            measured=longest,
            limit=every,
            limit_kind="max",
            unit="m",
            marks=marks,
            data={"share_with_room": float(free.mean()), "sampled_every": SPACING},
            key="passing",
        )


def _listed(words: Sequence[str]) -> Text:
    if len(words) == 1:
        return text("{a}", "{a}", a=words[0])
    return text("{a} and {b}", "{a} et {b}", a=", ".join(words[:-1]), b=words[-1])


def _outlines(outcome: Outcome, user: User, level: float) -> list[Mark]:
    """The vehicle drawn about every metre of its way, and wherever it turns."""
    from immersive.geometry.vehicle_ways import turned, vehicle_in

    shape = vehicle_in(user.width, user.length, user.turning).corners(less=0.0)
    marks: list[Mark] = []
    since = 1.0
    for k, (place, heading) in enumerate(zip(outcome.way, outcome.headings.tolist(), strict=True)):
        if k:
            since += float(np.linalg.norm(place - outcome.way[k - 1]))
        if since < 1.0 and k < len(outcome.way) - 1:
            continue
        since = 0.0
        corners = turned(shape, heading) + place
        marks.append(PolylineMark(tuple((float(x), float(y), level) for x, y in corners), closed=True))
    return marks
