"""Findings of the safety distances check, from what was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from immersive.checks import _guard_words as words
from immersive.checks._base import Context
from immersive.checks._guard_around import CornerGap
from immersive.checks._guard_climb import Aid
from immersive.checks._guard_enclosure import Enclosure
from immersive.checks._guard_over import Over
from immersive.checks._guard_through import Through
from immersive.checks._hazards import Hazard
from immersive.findings import (
    Finding,
    Mark,
    PartMark,
    SegmentMark,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.safety import iso13857 as tables
from immersive.scene.model import Severity
from immersive.scene.safeguarding import HazardZone


@dataclass(frozen=True, eq=False)
class Report:
    """Turns what was measured for one zone into findings."""

    context: Context
    zone: HazardZone
    risk: str
    hazard: Hazard
    floor: float

    def _finding(
        self, code: str, verdict: Verdict, message: Text, subjects: Sequence[str], **more: Any
    ) -> Finding:
        severity = more.pop("severity", self.context.severity)
        return Finding(
            code=f"safety_distance.{code}",
            rule=self.context.rule.id,
            subjects=(self.zone.id, *subjects),
            verdict=verdict,
            severity=severity,
            message=self._doubted(verdict, message)[1],
            key=more.pop("key", code),
            unit="m",
            **more,
        )

    def _doubted(self, verdict: Verdict, message: Text) -> tuple[Verdict, Text]:
        return verdict, message

    @property
    def incomplete(self) -> Text | None:
        """Why a pass does not stand: geometry is missing."""
        lost = [notice.file for notice in self.context.scene.notices if notice.severity == Severity.ERROR]
        if self.hazard.missing:
            return self.hazard.missing[0].reason
        if lost:
            return text(
                "geometry is missing ({f})", "de la géométrie manque ({f})", f=", ".join(dict.fromkeys(lost))
            )
        return None

    def _stand(self, verdict: Verdict, message: Text) -> tuple[Verdict, Text]:
        why = self.incomplete
        if verdict != Verdict.PASS or why is None:
            return verdict, message
        return Verdict.INDETERMINATE, text(
            "{said} Not certain: {why}.", "{said} Sous réserve : {why}.", said=message, why=why
        )

    def _body(self, number: int) -> str:
        return self.hazard.ids[number] or self.zone.id

    # ------------------------------------------------------------------ overhead

    def overhead(self) -> Finding | None:
        """The zone's lowest point against the height out of reach; None where it is lower."""
        lowest = float(self.hazard.bounds[0, 2]) - self.floor
        least = 0.001 * tables.overhead_minimum(self.risk)
        unsure = float(self.hazard.uncertainty.max(initial=0.0))
        verdict = verdict_for(lowest, least, "min", unsure)
        if verdict == Verdict.FAIL:
            return None
        entry = tables.data()["overhead"]
        verdict, said = self._stand(verdict, text(
            "Hazard zone {zone} begins {low} above the floor; from {need} it is out of reach",
            "La zone dangereuse {zone} commence à {low} du sol ; à partir de {need} elle est hors de portée",
            zone=self.zone.id, low=words.length(lowest), need=words.length(least),
        ))  # fmt: skip
        return self._finding(
            "overhead", verdict, said, (), measured=lowest, limit=least, limit_kind="min", uncertainty=unsure,
            citation=words.citation(entry["clause"], entry["confidence"]),
            data={"risk": self.risk, "hazard_height_overhead": lowest},
        )  # fmt: skip

    # ------------------------------------------------------------------ over

    def over(self, owner: str, places: Sequence[Over], hint: Text) -> Finding:
        """Reaching over the runs of one structure: the worst place, all sides in the data."""
        ordered = sorted(places, key=lambda one: (words.worst_first(one.verdict), one.spare, one.run.id))
        worst = ordered[0]
        said = words.solve_over(worst, self.risk)
        message = text(
            "Reaching over {structure} to {zone}: edge {b} high, hazard at height {a}: {c} away, {need} required",
            "Atteinte par-dessus {structure} vers {zone} : bord à {b}, danger à la hauteur {a} : {c} de distance, "
            "{need} requis",
            structure=worst.structure, zone=self.zone.id, a=words.length(0.001 * worst.a),
            b=words.length(0.001 * worst.b), c=words.length(worst.c), need=words.length(worst.required),
        )  # fmt: skip
        bad = [one for one in ordered if one.verdict != Verdict.PASS]
        if len(bad) > 1:
            message = text(
                "{said}; so on {n} of {all} sides", "{said} ; de même sur {n} côtés sur {all}",
                said=message, n=len(bad), all=len(ordered),
            )  # fmt: skip
        verdict, message = self._stand(worst.verdict, message)
        marks: list[Mark] = [
            mark for one in (bad or ordered[:1])[:6] for mark in words.over_marks(one, self.floor)
        ]
        marks += [PartMark(one.structure) for one in bad if one.structure in self.context.scene.by_id]
        low = [one for one in ordered if one.b < tables.data()["reach_over"]["structure_needs_more_below"]]
        return self._finding(
            "over", verdict, message, (owner, self._body(worst.body)) if self._body(worst.body) != self.zone.id else (owner,),
            measured=worst.c, limit=worst.required, limit_kind="min", uncertainty=worst.uncertainty,
            citation=words.cited(said), marks=tuple(marks), hint=hint if verdict != Verdict.PASS else {},
            key=f"over:{owner}",
            data={
                "risk": self.risk, "table": said["table"], "a": 0.001 * worst.a, "b": 0.001 * worst.b,
                "c": worst.c, "required": worst.required, "row": 0.001 * worst.cell.a,
                "column": None if worst.cell.b is None else 0.001 * worst.cell.b,
                "body": self._body(worst.body),
                "below_1400": [one.run.id for one in low],
                "disputed": said.get("disputed"),
                "sides": [
                    {"structure": one.run.id, "panel": one.structure, "verdict": str(one.verdict), "a": 0.001 * one.a, "b": 0.001 * one.b,
                     "c": one.c, "required": one.required, "edge": list(one.edge), "hazard": list(one.hazard)}
                    for one in ordered
                ],
            },
        )  # fmt: skip

    # ------------------------------------------------------------------ through and under

    def through(self, owner: str, places: Sequence[Through], guarded: int) -> Finding:
        """Reaching through openings, or under: the worst opening, all sides in the data."""
        ordered = sorted(places, key=lambda one: (words.worst_first(one.verdict), one.spare, one.run.id))
        worst = ordered[0]
        ask, size = worst.demand.decisive, worst.size
        answers = [words.solve_ask(one, worst.distance) for one in worst.demand.asks]
        said = answers[worst.demand.asks.index(ask)]
        kind = "under" if worst.under else "through"
        values: dict[str, Any] = {
            "structure": worst.structure, "zone": self.zone.id, "e": words.length(size.e),
            "shape": words.SHAPES[size.shape], "d": words.length(worst.distance),
            "what": text("Reaching under", "Atteinte sous") if worst.under else text("Reaching through", "Atteinte à travers"),
            "long": text(" by {l}", " sur {l}", l=words.length(size.length))
            if size.shape in ("slot", "irregular") else text("", ""),
        }  # fmt: skip
        sr = worst.demand.sr
        if worst.demand.whole_body:
            message = text(
                "{what} {structure} to {zone}: a person gets through the {shape} of {e}{long}",
                "{what} {structure} vers {zone} : une personne passe par l'ouverture ({shape}) de {e}{long}",
                **values,
            )
        elif sr is None:
            message = text(
                "{what} {structure} to {zone}: no table admits the {shape} of {e}{long}; the hazard is {d} away",
                "{what} {structure} vers {zone} : aucun tableau n'admet l'ouverture ({shape}) de {e}{long} ; le danger est à {d}",
                **values,
            )
        else:
            message = text(
                "{what} {structure} to {zone}: {shape} of {e}{long}, the hazard {d} behind it, {need} required",
                "{what} {structure} vers {zone} : ouverture ({shape}) de {e}{long}, danger à {d} derrière, {need} requis",
                need=words.length(sr), **values,
            )  # fmt: skip
        bad = [one for one in ordered if one.verdict != Verdict.PASS]
        if len(bad) > 1:
            message = text(
                "{said}; so on {n} of {all} sides", "{said} ; de même sur {n} côtés sur {all}",
                said=message, n=len(bad), all=len(ordered),
            )  # fmt: skip
        verdict, message = self._stand(worst.verdict, message)
        marks: list[Mark] = [mark for one in (bad or ordered[:1])[:6] for mark in words.through_marks(one)]
        notes = [note for answer in answers for note in (*answer["reasons"], *answer["not_established"])]
        if worst.demand.beyond:
            notes.append(text(
                "table {t} ends below this opening; legs reach farther than arms, their distance is applied",
                "le tableau {t} s'arrête avant cette ouverture ; les jambes portent plus loin que les bras : leur distance est appliquée",
                t=worst.demand.asks[0].table,
            ))  # fmt: skip
        return self._finding(
            kind, verdict, message, (owner, self._body(worst.body)) if self._body(worst.body) != self.zone.id else (owner,),
            measured=worst.distance, limit=sr, limit_kind="" if sr is None else "min", uncertainty=worst.uncertainty,
            citation=words.citation(said["cited"]["clause"], said["confidence"], notes),
            marks=tuple(marks), hint={} if verdict == Verdict.PASS else self._smaller(worst), key=f"{kind}:{owner}",
            data={
                "shape": size.shape, "e": size.e, "slot": size.slot, "square": size.square, "round": size.round,
                "length": size.length, "whole_body": worst.demand.whole_body,
                "distance": worst.distance, "required": sr, "body": self._body(worst.body),
                "tables": [
                    {"table": int(one.table), "shape": one.shape, "e": 0.001 * one.e,
                     "slot_length": None if one.slot_length is None else 0.001 * one.slot_length,
                     "irregular": None if one.irregular is None else {k: 0.001 * v for k, v in one.irregular.items()},
                     "sr": None if one.found.sr is None else 0.001 * one.found.sr}
                    for one in worst.demand.asks
                ],
                "openings": sum(one.count for one in ordered), "guarded_by_devices": guarded,
                "sides": [
                    {"structure": one.run.id, "panel": one.structure, "verdict": str(one.verdict), "openings": one.count,
                     "shape": one.size.shape, "e": one.size.e, "distance": one.distance,
                     "required": one.demand.sr, "at": list(one.near)}
                    for one in ordered
                ],
            },
        )  # fmt: skip

    def _smaller(self, place: Through) -> Text:
        """The widest slot that would do at this distance."""
        best = None
        for table in {ask.table for ask in place.demand.asks}:
            fits = [
                row[1]
                for row in tables.data()["openings"][table]["rows"]
                if (found := tables.through_opening(table, "slot", row[1])).sr is not None
                and 0.001 * found.sr <= place.distance + 1e-9
            ]
            widest = max(fits, default=0)
            best = widest if best is None else min(best, widest)
        if not best:
            return {}
        return text(
            "At this distance slots up to {e} wide are admissible",
            "À cette distance, des fentes de {e} de large au plus sont admises",
            e=words.length(0.001 * best),
        )

    # ------------------------------------------------------------------ around

    def around(self, gaps: Sequence[CornerGap]) -> Finding:
        """Gaps between structures at corners and ends."""
        ordered = sorted(gaps, key=lambda one: (words.worst_first(one.verdict), one.distance - one.required))
        worst = ordered[0]
        said = words.solve_ask(worst.ask, worst.distance)
        verdict, message = self._stand(worst.verdict, text(
            "Reaching around {a} through the gap of {e} to {b}: {zone} is {d} away, {need} required",
            "Contournement de {a} par l'intervalle de {e} avec {b} : {zone} est à {d}, {need} requis",
            a=worst.names[0], b=worst.names[1], e=words.length(worst.width), zone=self.zone.id,
            d=words.length(worst.distance), need=words.length(worst.required),
        ))  # fmt: skip
        marks: tuple[Mark, ...] = (
            SegmentMark(worst.start, worst.end, text("e = {e}", "e = {e}", e=words.length(worst.width))),
            SegmentMark(worst.near, worst.hazard, text("{d}", "{d}", d=words.length(worst.distance))),
        )
        return self._finding(
            "around", verdict, message, tuple(sorted(set(worst.names))),
            measured=worst.distance, limit=worst.required, limit_kind="min", uncertainty=worst.uncertainty,
            citation=words.cited(said), marks=marks, key="around",
            data={"gaps": [
                {"between": list(one.names), "e": one.width, "distance": one.distance, "required": one.required,
                 "verdict": str(one.verdict)} for one in ordered
            ]},
        )  # fmt: skip

    # ------------------------------------------------------------------ climbing

    def climbing(self, aids: Sequence[Aid], looked_at: int) -> Finding:
        """Parts outside from which a structure is too low: told, for the tables cover no aids."""
        first = aids[0]
        message = text(
            "Whoever climbs on {part} ({h} high) beside {structure} has only {left} of it left before {zone}",
            "Qui monte sur {part} (hauteur {h}) près de {structure} n'a plus que {left} de structure devant {zone}",
            part=first.part, h=words.length(first.height), structure=first.run, zone=self.zone.id,
            left=words.length(max(first.left, 0.0)),
        )  # fmt: skip
        if len(aids) > 1:
            message = text(
                "{said}; {n} such parts", "{said} ; {n} pièces de ce genre", said=message, n=len(aids)
            )
        return self._finding(
            "climbing", Verdict.INDETERMINATE, message, (first.part,), severity=Severity.INFO,
            citation=words.citation("4.2.2", "one source"), marks=tuple(PartMark(one.part) for one in aids),
            data={"looked_at": looked_at, "aids": [
                {"part": one.part, "structure": one.run, "height": one.height, "left": one.left,
                 "missing": one.missing} for one in aids
            ]},
        )  # fmt: skip

    # ------------------------------------------------------------------ all round

    def enclosed(self, found: Enclosure, structures: Sequence[str], stretches: int) -> Finding:
        """Whether a person gets to the zone on foot."""
        entry = tables.data()["whole_body"]
        source = words.citation("4.2.4", entry["confidence"])
        least = 0.001 * entry["slot"]
        data: dict[str, Any] = {
            "closed_by_structures": found.closed, "closed_with_devices": found.watched,
            "devices": list(found.devices), "stretches": stretches, "from": list(found.among),
            "gaps": [{"from": list(hole.start), "to": list(hole.end), "width": hole.width} for hole in found.holes],
            "open_share": found.open_share,
        }  # fmt: skip
        at = self.floor + 0.05
        marks: tuple[Mark, ...] = tuple(
            SegmentMark(
                (*hole.start, at), (*hole.end, at), text("{w} open", "{w} ouvert", w=words.length(hole.width))
            )
            for hole in found.holes
        )
        if found.among:
            message = text(
                "Hazard zone {zone} is not enclosed: one walks to it from {places}",
                "La zone dangereuse {zone} n'est pas fermée : on y accède à pied depuis {places}",
                zone=self.zone.id, places=", ".join(found.among),
            )  # fmt: skip
            return self._finding(
                "enclosure", Verdict.FAIL, message, tuple(structures), citation=source, data=data
            )
        if found.watched:
            if found.closed:
                message = text(
                    "Hazard zone {zone} is enclosed all round: nobody gets to it through gaps of more than {gap}",
                    "La zone dangereuse {zone} est entourée de tous côtés : aucun passage de plus de {gap}",
                    zone=self.zone.id, gap=words.length(least),
                )  # fmt: skip
            else:
                message = text(
                    "Hazard zone {zone} is enclosed all round, its open side watched by {devices} (distances: ISO 13855)",
                    "La zone dangereuse {zone} est entourée de tous côtés, le côté ouvert étant surveillé par {devices} "
                    "(distances : ISO 13855)",
                    zone=self.zone.id, devices=", ".join(found.devices),
                )  # fmt: skip
            verdict, message = self._stand(Verdict.PASS, message)
            return self._finding("enclosure", verdict, message, tuple(structures), citation=source, data=data)
        if found.holes:
            hole = found.holes[0]
            message = text(
                "Hazard zone {zone} is not enclosed: people walk in through a gap of {w} at ({x}, {y})",
                "La zone dangereuse {zone} n'est pas fermée : on y entre par un passage de {w} en ({x} ; {y})",
                zone=self.zone.id, w=words.length(hole.width),
                x=words.length(0.5 * (hole.start[0] + hole.end[0])), y=words.length(0.5 * (hole.start[1] + hole.end[1])),
            )  # fmt: skip
            hint = text(
                "Close it, or name what closes it (a wall, a machine, a device) in the parts of a safeguard that protects {zone}",
                "Le fermer, ou citer ce qui le ferme (mur, machine, dispositif) dans les pièces d'un moyen de protection de {zone}",
                zone=self.zone.id,
            )  # fmt: skip
            return self._finding(
                "enclosure", Verdict.FAIL, message, tuple(structures), measured=hole.width, limit=least,
                limit_kind="max", citation=source, marks=marks, data=data, hint=hint,
            )  # fmt: skip
        message = text(
            "Hazard zone {zone} is open: in {share} % of the directions around it nothing stands ({a}° to {b}° from X)",
            "La zone dangereuse {zone} est ouverte : rien ne se trouve dans {share} % des directions ({a}° à {b}° depuis X)",
            zone=self.zone.id, share=round(100 * found.open_share),
            a=round(math.degrees(found.open_from)), b=round(math.degrees(found.open_to)),
        )  # fmt: skip
        return self._finding(
            "enclosure", Verdict.FAIL, message, tuple(structures), citation=source, data=data
        )

    # ------------------------------------------------------------------ not looked at

    def undecided(
        self, code: str, message: Text, subjects: Sequence[str], hint: Text, data: dict[str, Any]
    ) -> Finding:
        """What somebody has to look at."""
        source = words.citation("4.2.4", tables.data()["whole_body"]["confidence"])
        return self._finding(
            code, Verdict.INDETERMINATE, message, subjects, citation=source, data=data, hint=hint
        )

    def refused(
        self, code: str, message: Text, *, severity: Severity | None = None, subjects: Sequence[str] = ()
    ) -> Finding:
        """What could not be examined, and why."""
        return self._finding(
            code, Verdict.NOT_EVALUATED, message, subjects,
            severity=self.context.severity if severity is None else severity, citation=words.citation("", "confirmed by two sources"),
        )  # fmt: skip
