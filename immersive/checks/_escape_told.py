"""Findings of the check on escape routes: sentences and marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks import _escape_rules as rules
from immersive.checks._base import Context
from immersive.checks._escape_search import PLACE, Exits, WayOut
from immersive.checks._floor import EDGE, Floor
from immersive.checks._turning_told import doubtful, length_of, named, ribbon
from immersive.findings import (
    Citation,
    Finding,
    Mark,
    PartMark,
    PointMark,
    PolylineMark,
    SegmentMark,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.geometry.tolerance import TOUCH
from immersive.scene.station import Door
from immersive.units import Quantity, metres, mm

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Limits:
    """What the ways are held against, metres, with where each figure comes from."""

    width: float
    width_source: Citation
    length: float
    length_source: Citation
    dead_end: float
    dead_end_source: Citation
    head: float
    head_source: Citation


def door_words(doors: Sequence[Door], /) -> Text:
    """Doors of a way with what has to be known of each."""
    words = []
    for door in doors:
        more = (
            text(" (locked while the machine runs)", " (verrouillée tant que la machine tourne)")
            if door.guard_locking
            else text(
                " (interlocked: opening it stops the machine)",
                " (interverrouillée : l'ouvrir arrête la machine)",
            )
            if door.interlocked
            else text("", "")
        )
        words.append(text("{id}{more}", "{id}{more}", id=door.id, more=more))
    return {lang: ", ".join(word[lang] for word in words) for lang in ("en", "fr")}


@dataclass(frozen=True, eq=False)
class Place:
    """One standing place with its way out.

    Attributes:
        station: Id and position on the plan.
        found: The way.
        doors: Inner doors that it leads through.
        locked: Those of them that stay locked, with no release stated; the way exists only through them.
    """

    context: Context
    station: str
    at: FloatArray
    exits: Exits
    limits: Limits
    found: WayOut
    doors: tuple[Door, ...]
    locked: tuple[Door, ...]

    @property
    def floor(self) -> Floor:
        return self.exits.floor

    def findings(self, *, dead_end: bool) -> list[Finding]:
        """Length, width, head height and, where there are several exits, dead end."""
        if not len(self.found.way):
            return [self._none()]
        made = [self._length(), self._width(), self._head()]
        if dead_end:
            made += self._dead_end()
        return made

    def _finding(self, key: str, verdict: Verdict, said: Text, source: Citation, **more: Any) -> Finding:
        if self.locked and verdict == Verdict.PASS:
            verdict = Verdict.INDETERMINATE
        verdict, said = doubtful(self.context, verdict, said)
        return Finding(
            code=f"escape.{key}",
            rule=self.context.rule.id,
            subjects=(self.station,),
            verdict=verdict,
            severity=self.context.severity,
            message=said,
            citation=source,
            unit="m",
            key=key,
            **more,
        )

    def _ribbon(self) -> Mark:
        label = text("way out", "évacuation")
        return ribbon(self.floor, self.found.way, self.limits.width, label)

    def _none(self) -> Finding:
        f = self.found
        doors = ", ".join(door.id for door in self.exits.doors)
        marks: list[Mark] = [PointMark((float(self.at[0]), float(self.at[1]), self.floor.level))]
        shared = {"id": self.station, "doors": doors, "w": mm(f.width), "need": mm(2.0 * self.exits.body),
                  "parts": named(self.floor, f.owners)}  # fmt: skip
        if f.out is None:
            said = text(
                "Whether there is a way out from {id} to {doors} is too close to call: {w} between {parts}, a body needs {need}.",
                "Poste {id} : impossible de trancher si l'on peut gagner {doors} ; {w} entre {parts}, un corps en demande {need}.",
                **shared,
            )
        elif f.gap is not None:
            said = text(
                "There is no way out from {id} to {doors}: {w} between {parts} where it is widest, a body needs {need}.",
                "Aucune évacuation du poste {id} vers {doors} : {w} au plus large, entre {parts} ; un corps en demande {need}.",
                **shared,
            )
        elif f.owners:
            said = text(
                "There is no way out from {id} to {doors}: {parts} stands right across.",
                "Aucune évacuation du poste {id} vers {doors} : {parts} barre tout le passage.",
                **shared,
            )
            marks += [PartMark(self.floor.name(k)) for k in f.owners if k >= 0]
        else:
            said = text(
                "There is no way out from {id} to {doors}.",
                "Aucune évacuation du poste {id} vers {doors}.",
                **shared,
            )
        if f.gap is not None:
            marks += [self._segment(f.gap.points, mm(f.gap.width))]
            marks += [PartMark(self.floor.name(k)) for k in f.owners if k >= 0]
        return self._finding(
            "way", Verdict.INDETERMINATE if f.out is None else Verdict.FAIL, said, rules.LAYOUT,
            marks=tuple(marks),
            data={"reached": False, "limiting_parts": [self.floor.name(k) for k in f.owners if k >= 0],
                  "free_width": f.width},
        )  # fmt: skip

    def _segment(self, points: FloatArray, words: Quantity) -> SegmentMark:
        (ax, ay), (bx, by) = points.tolist()
        z = self.floor.level + 1.0
        return SegmentMark((ax, ay, z), (bx, by, z), text("{w}", "{w}", w=words))

    def _length(self) -> Finding:
        f = self.found
        length = length_of(f.way)
        shared = {"id": self.station, "exit": "" if f.exit is None else f.exit.id, "d": metres(length, 1),
                  "limit": metres(self.limits.length, 1)}  # fmt: skip
        said = text(
            "From {id} it is {d} to the exit {exit}; at most {limit} are allowed.",
            "Du poste {id}, la sortie {exit} est à {d} ; {limit} au plus sont admis.",
            **shared,
        )
        if self.doors:
            said = text(
                "{said} On the way: {doors}.",
                "{said} À franchir : {doors}.",
                said=said,
                doors=door_words(self.doors),
            )
        if self.locked:
            said = text(
                "{said} The only way leads through {locked}; that it opens from inside without a key is not stated (released).",
                "{said} Le seul passage franchit {locked} ; son ouverture de l'intérieur sans clé n'est pas indiquée (released).",
                said=said, locked=", ".join(door.id for door in self.locked),
            )  # fmt: skip
        return self._finding(
            "way", verdict_for(length, self.limits.length, "max"), said, self.limits.length_source,
            measured=length, limit=self.limits.length, limit_kind="max", marks=(self._ribbon(),),
            data={
                "reached": True,
                "exit": shared["exit"],
                "doors_passed": [door.id for door in self.doors],
                "locked": [door.id for door in self.locked],
                "way": [[float(x), float(y)] for x, y in f.way],
            },
        )  # fmt: skip

    def _width(self) -> Finding:
        f, limit = self.found, self.limits.width
        uncertainty = f.resolution + self.floor.uncertainty(f.owners)
        width, source = f.width, self.limits.width_source
        doors = (*self.doors, *([f.exit] if f.exit is not None else []))
        tight = min(doors, key=lambda door: door.width, default=None)
        parts = named(self.floor, f.owners)
        if tight is not None and tight.width < width:
            width, parts, uncertainty = tight.width, text("{id}", "{id}", id=tight.id), 0.0
        if width < f.width and verdict_for(width, limit, "min") == Verdict.FAIL:
            verdict = Verdict.FAIL
        elif f.verdict is None:
            verdict = Verdict.INDETERMINATE
        elif f.verdict is False:
            judged = verdict_for(width, limit, "min", uncertainty - f.resolution)
            verdict = Verdict.FAIL if judged == Verdict.PASS else judged
        else:
            uncertainty = self.floor.doubt(f.way, 0.5 * limit)
            verdict = verdict_for(width, limit, "min", uncertainty)
        shared = {"id": self.station, "w": mm(width), "limit": mm(limit), "parts": parts}
        if f.wide and width == f.width:
            said = text(
                "The way out from {id} is at least {w} wide; {limit} are required.",
                "L'évacuation depuis {id} a au moins {w} de large ; {limit} sont exigés.",
                **shared,
            )
        elif f.gap is not None and width == f.width:
            said = text(
                "The way out from {id} is {w} wide at its narrowest, between {parts}; {limit} are required.",
                "L'évacuation depuis {id} a {w} de large au plus étroit, entre {parts} ; {limit} sont exigés.",
                **shared,
            )
        else:
            said = text(
                "The way out from {id} is {w} wide at its narrowest, at {parts}; {limit} are required.",
                "L'évacuation depuis {id} a {w} de large au plus étroit, à {parts} ; {limit} sont exigés.",
                **shared,
            )
        marks: list[Mark] = [self._ribbon()]
        if verdict != Verdict.PASS:
            if f.gap is not None:
                marks.append(self._segment(f.gap.points, mm(f.gap.width)))
            marks += [PartMark(self.floor.name(k)) for k in f.owners if k >= 0]
        hint: Text = {}
        if verdict == Verdict.FAIL and f.gap is not None:
            hint = text(
                "This gap must grow by {miss}, or the way lead elsewhere.",
                "Cet intervalle doit gagner {miss}, ou l'évacuation passer ailleurs.",
                miss=mm(limit - width),
            )  # fmt: skip
        return self._finding(
            "width", verdict, said, source, measured=width, limit=limit, limit_kind="min",
            uncertainty=uncertainty, marks=tuple(marks), hint=hint,
            data={"limiting_parts": [self.floor.name(k) for k in f.owners if k >= 0], "at_least": f.wide},
        )  # fmt: skip

    def _head(self) -> Finding:
        limit = self.limits.head
        beyond = self._beyond()
        ends = np.stack([beyond[:-1], beyond[1:]], axis=1) if len(beyond) > 1 else beyond[:, None]
        # Over all the width that is free beside the way, up to the one asked for.
        radius = float(self.floor.index.nearest(ends, self.exits.need).away.min())
        height, owner = self.floor.head_height(beyond, radius)
        value = limit if abs(height - limit) <= TOUCH else height
        uncertainty = 0.0 if owner == EDGE else self.floor.uncertainty([owner])
        shared = {"id": self.station, "h": mm(value), "limit": mm(limit), "part": self.floor.name(owner)}
        if owner == EDGE:
            said = text(
                "The way out from {id} is at least {h} high; {limit} are required.",
                "L'évacuation depuis {id} a une hauteur libre d'au moins {h} ; {limit} sont exigés.",
                **shared,
            )
        else:
            said = text(
                "The way out from {id} is {h} high, below {part}; {limit} are required.",
                "L'évacuation depuis {id} a une hauteur libre de {h}, sous {part} ; {limit} sont exigés.",
                **shared,
            )
        marks: list[Mark] = [self._ribbon()]
        if owner != EDGE:
            marks.append(PartMark(self.floor.name(owner)))
        return self._finding(
            "headroom", verdict_for(value, limit, "min", uncertainty), said, self.limits.head_source,
            measured=value, limit=limit, limit_kind="min", uncertainty=uncertainty, marks=tuple(marks),
            data={"limiting_parts": [] if owner == EDGE else [self.floor.name(owner)], "at_least": owner == EDGE},
        )  # fmt: skip

    def _beyond(self) -> FloatArray:
        """The way from where it leaves the standing place: what hangs over a bench is no matter of the way."""
        way = self.found.way
        outside = np.flatnonzero(np.linalg.norm(way - self.at, axis=1) > PLACE)
        if not len(outside):
            return way[-1:]
        k = int(outside[0])
        a, b = way[k - 1] - self.at, way[k] - self.at
        d = b - a
        half, rest = float(a @ d), float(a @ a) - PLACE**2
        t = (-half + np.sqrt(max(0.0, half * half - float(d @ d) * rest))) / float(d @ d)
        return np.concatenate([(self.at + a + t * d)[None], way[k:]])

    def _dead_end(self) -> list[Finding]:
        length = self.exits.dead_end(self.at)
        if length is None:
            return []
        limit = self.limits.dead_end
        shared = {"id": self.station, "d": metres(length, 1), "limit": metres(limit, 1)}
        said = text(
            "From {id} the shortest ways to two exits part after {d}; a dead end may be {limit} long.",
            "Depuis {id}, les plus courts chemins vers deux sorties se séparent après {d} ; {limit} de cul-de-sac sont admis.",
            **shared,
        )
        good = verdict_for(length, limit, "max") == Verdict.PASS
        # Ways that are not the shortest may part sooner.
        return [
            self._finding(
                "dead_end",
                Verdict.PASS if good else Verdict.INDETERMINATE,
                said,
                self.limits.dead_end_source,
                measured=length,
                limit=limit,
                limit_kind="max",
                marks=(self._ribbon(),),
            )
        ]


def island_outline(exits: Exits, mask: BoolArray, /) -> tuple[Mark, ...]:
    """The edges of a piece of floor, as lines around its cells."""
    from immersive.geometry.silhouette import trace

    plan = exits.plan
    padded = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), bool)
    padded[1:-1, 1:-1] = mask
    marks: list[Mark] = []
    for loop in trace(padded):
        points = plan.origin + (loop - 1.5) * plan.step
        level = exits.floor.level
        marks.append(PolylineMark(tuple((float(x), float(y), level) for x, y in points[:-1]), closed=True))
    return tuple(marks)


def island_finding(
    context: Context, exits: Exits, masks: Sequence[BoolArray], locked: Mapping[int, tuple[Door, ...]], /
) -> Finding:
    """The floor that no exit is reached from."""
    areas = [float(mask.sum()) * exits.plan.step**2 for mask in masks]
    shut = [k for k in range(len(masks)) if locked.get(k)]
    if not masks:
        said = text(
            "Every piece of free floor leads to an exit.", "Toute surface libre au sol mène à une sortie."
        )
    else:
        said = text(
            "{n} piece(s) of free floor lead to no exit, the largest of {area} m² (where the middle of a body can be).",
            "{n} surface(s) libre(s) au sol ne mènent à aucune sortie, la plus grande de {area} m² (positions du milieu du corps).",
            n=len(masks),
            area=Quantity(areas[0], "", 1.0, 1),
        )
    if shut:
        doors = sorted({door.id for k in shut for door in locked[k]})
        said = text(
            "{said} {m} of them would through {doors}, locked while the machine runs; that it opens from inside without a key is not stated (released).",
            "{said} {m} y mènerai(en)t par {doors}, verrouillé tant que la machine tourne ; son ouverture de l'intérieur sans clé n'est pas indiquée (released).",
            said=said, m=len(shut), doors=", ".join(doors),
        )  # fmt: skip
    elif masks:
        said = text(
            "{said} Nobody walks in there either.", "{said} Personne n'y entre non plus à pied.", said=said
        )
    verdict, said = doubtful(context, Verdict.INDETERMINATE if shut else Verdict.PASS, said)
    marks: list[Mark] = []
    for mask in masks[:10]:
        marks += island_outline(exits, mask)
    return Finding(
        "escape.floor", context.rule.id, ("floor",), verdict, context.severity, said,
        citation=rules.LAYOUT, key="floor", marks=tuple(marks),
        data={"areas": areas, "locked_doors": sorted({d.id for k in shut for d in locked[k]})},
    )  # fmt: skip
