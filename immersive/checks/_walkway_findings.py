"""Findings of the walkway check: sentences, verdicts and marks from what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from immersive.checks._base import Context
from immersive.checks._walkway_demand import Demand
from immersive.checks._walkway_measure import Measure, Rise
from immersive.checks._walkway_refusals import centre_line
from immersive.findings import (
    Citation,
    Finding,
    Mark,
    PartMark,
    PointMark,
    RibbonMark,
    SegmentMark,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.geometry.passage import LEFT, RIGHT
from immersive.geometry.tolerance import TOUCH
from immersive.scene.model import Severity
from immersive.scene.station import Walkway
from immersive.units import mm

EDGES: Mapping[int, Text] = {
    LEFT: text("the left edge of the marking", "le bord gauche du marquage"),
    RIGHT: text("the right edge of the marking", "le bord droit du marquage"),
}


def _name(citation: Citation) -> Text:
    if citation.standard == "layout":
        return text("the layout's own demand", "exigence du fichier de cellule")
    return text(citation.standard, citation.standard)


def _joined(words: tuple[str, ...]) -> Text:
    if len(words) < 2:
        return text("{a}", "{a}", a="".join(words))
    head = ", ".join(words[:-1])
    return text("{a} and {b}", "{a} et {b}", a=head, b=words[-1])


def _snapped(value: float, limit: float) -> float:
    """The limit itself where the value misses it by less than meshes resolve."""
    return limit if abs(value - limit) <= TOUCH else round(value, 9)


@dataclass(frozen=True, eq=False)
class Report:
    """Turns one walkway's measure into findings.

    ``state`` says how doors and drawers stand, where not as drawn; ``slack`` is how much narrower another position
    of the leaf may be; ``states`` goes into the data of the width.
    """

    context: Context
    walkway: Walkway
    demand: Demand
    measured: Measure
    state: Text | None = None
    slack: float = 0.0
    states: Mapping[str, Any] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[str, ...]:
        """Files whose geometry is missing: whatever they held may stand on the walkway."""
        lost = (n.file for n in self.context.scene.notices if n.severity == Severity.ERROR)
        return tuple(dict.fromkeys(lost))

    def _doubt(self, verdict: Verdict, message: Text, *, surrounded: bool = False) -> tuple[Verdict, Text]:
        """A pass does not stand where geometry is missing or inside cannot be told from outside."""
        if verdict != Verdict.PASS:
            return verdict, message
        if self.missing:
            files = ", ".join(self.missing[:3]) + (", …" if len(self.missing) > 3 else "")
            return Verdict.INDETERMINATE, text(
                "{said} Not certain: geometry is missing ({files}).",
                "{said} Sous réserve : de la géométrie manque ({files}).",
                said=message,
                files=files,
            )
        hidden = [s.part.id for s in self.measured.surrounds if s.kind == "inside_out"]
        if surrounded and hidden:
            return Verdict.INDETERMINATE, text(
                "{said} Not certain: it lies inside {part}, whose closed surface faces inwards.",
                "{said} Sous réserve : elle se trouve dans {part}, dont la surface fermée est tournée vers l'intérieur.",
                said=message,
                part=hidden[0],
            )
        return verdict, message

    def _finding(
        self,
        key: str,
        verdict: Verdict,
        message: Text,
        citation: Citation,
        marks: tuple[Mark, ...],
        **more: Any,
    ) -> Finding:
        subjects = (self.walkway.id, *more.pop("parts", ()))
        return Finding(
            code=f"walkway.{key}",
            rule=self.context.rule.id,
            subjects=subjects,
            verdict=verdict,
            severity=self.context.severity,
            message=message,
            citation=citation,
            marks=marks,
            unit="m",
            key=key,
            **more,
        )

    def _owner(self, index: int) -> Text:
        if index in EDGES:
            return EDGES[index]
        return text("{id}", "{id}", id=self.measured.parts[index].id)

    def _so(self, message: Text) -> Text:
        """The sentence, with how doors and drawers stand in it."""
        if self.state is None:
            return message
        return text("{said} That is {state}.", "{said} Ceci {state}.", said=message, state=self.state)

    def _label(self, index: int) -> str:
        return self._owner(index)["en"]

    def _ids(self, owners: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.measured.parts[k].id for k in owners if k >= 0))

    def ribbon(self) -> RibbonMark:
        """The strip with its sampled free width."""
        profile, floor = self.measured.profile, self.walkway.floor
        limit = self.walkway.width if self.demand.width is None else self.demand.width
        widths = profile.widths.tolist()
        blocked = self.measured.pinch.width <= TOUCH
        return RibbonMark(
            points=tuple((float(x), float(y), floor) for x, y in profile.points),
            widths=tuple(widths),
            offsets=tuple(profile.offsets.tolist()),
            ok=tuple(not blocked and w >= limit - TOUCH for w in widths),
            label=text("{id}", "{id}", id=self.walkway.id),
        )

    def width(self) -> Finding:
        """Free width against the demand."""
        walkway, demand, m = self.walkway, self.demand, self.measured
        if demand.width is None:
            reason = demand.refusal or text("no figure", "pas de valeur")
            message = text(
                "The width of walkway {id} was not judged: {why}",
                "La largeur de l'allée {id} n'a pas été jugée : {why}",
                id=walkway.id,
                why=reason,
            )
            return self._finding(
                "width", Verdict.NOT_EVALUATED, message, demand.width_source, (self.ribbon(),),
                measured=m.pinch.width,
            )  # fmt: skip
        pinch = m.pinch
        value = _snapped(pinch.width, demand.width)
        unobstructed = pinch.width >= walkway.width - TOUCH
        # Another position of the leaf may leave a little less.
        uncertainty = m.uncertainty + self.slack
        verdict = verdict_for(value, demand.width, "min", uncertainty)
        limiting = self._ids(pinch.chain if pinch.width <= TOUCH else pinch.owners)
        marks: list[Mark] = [self.ribbon()]
        if unobstructed and walkway.width < demand.width - TOUCH:
            said = text(
                "Walkway {id} is marked only {width} wide; {limit} are required ({rule}).",
                "L'allée {id} n'est marquée que sur {width} de large ; {limit} sont exigés ({rule}).",
                id=walkway.id, width=mm(value), limit=mm(demand.width), rule=_name(demand.width_source),
            )  # fmt: skip
            limiting = ()
        elif unobstructed:
            said = text(
                "Walkway {id} is free over its marked width of {width}; {limit} are required ({rule}).",
                "L'allée {id} est libre sur sa largeur marquée de {width} ; {limit} sont exigés ({rule}).",
                id=walkway.id, width=mm(value), limit=mm(demand.width), rule=_name(demand.width_source),
            )  # fmt: skip
            limiting = ()
        elif pinch.width <= TOUCH:
            said = text(
                "Walkway {id} is blocked by {parts}; a free width of {limit} is required ({rule}).",
                "L'allée {id} est barrée par {parts} ; une largeur libre de {limit} est exigée ({rule}).",
                id=walkway.id, parts=_joined(limiting), limit=mm(demand.width), rule=_name(demand.width_source),
            )  # fmt: skip
        else:
            # Parts before edges, in one order whichever side they stand on.
            a, b = (self._owner(k) for k in sorted(pinch.owners, key=lambda k: (k < 0, self._label(k))))
            said = text(
                "Walkway {id} is {width} wide at its narrowest, between {a} and {b}; {limit} are required ({rule}).",
                "L'allée {id} mesure {width} au plus étroit, entre {a} et {b} ; {limit} sont exigés ({rule}).",
                id=walkway.id, width=mm(value), a=a, b=b,
                limit=mm(demand.width), rule=_name(demand.width_source),
            )  # fmt: skip
        if m.width_top < demand.head_height - TOUCH and m.head is not None:
            said = text(
                "{said} Measured up to {top} above the floor, where the head height ends.",
                "{said} Mesurée jusqu'à {top} au-dessus du sol, où s'arrête la hauteur libre.",
                said=said, top=mm(m.width_top),
            )  # fmt: skip
        said = self._so(said)
        marks += self._pinch_marks(value, unobstructed)
        marks += [PartMark(id_) for id_ in limiting]
        verdict, said = self._doubt(verdict, said, surrounded=True)
        return self._finding(
            "width",
            verdict,
            said,
            demand.width_source,
            tuple(marks),
            measured=value,
            limit=demand.width,
            limit_kind="min",
            uncertainty=uncertainty,
            data={
                "limiting_parts": list(limiting),
                "chain": list(self._ids(pinch.chain)),
                "marked_width": walkway.width,
                "measured_up_to": m.width_top,
                "measured_from": demand.step,
                "pinch": pinch.points.tolist(),
                "parts_inside": list(m.inside),
                "profile_sampled": True,
                **self.states,
            },
        )

    def _pinch_marks(self, value: float, unobstructed: bool) -> list[Mark]:
        pinch, floor = self.measured.pinch, self.walkway.floor
        # Drawn where the obstacle is; on the floor where only the marking limits.
        z = floor if unobstructed or pinch.height != pinch.height else pinch.height
        a, b = ((float(x), float(y), z) for x, y in pinch.points)
        if value <= TOUCH:
            return [PointMark(a, text("blocked", "barré"))]
        return [SegmentMark(a, b, text("{w}", "{w}", w=mm(value)))]

    def headroom(self) -> Finding:
        """Free height over a passage of the required width."""
        walkway, demand, m = self.walkway, self.demand, self.measured
        if m.head is None or demand.width is None:
            why = (
                text("no free passage remains", "aucun passage ne reste libre")
                if m.head is None
                else text("the width of the passage is not known", "la largeur du passage n'est pas connue")
            )
            message = text(
                "The head height of walkway {id} was not judged: {why}.",
                "La hauteur libre de l'allée {id} n'a pas été jugée : {why}.",
                id=walkway.id, why=why,
            )  # fmt: skip
            return self._finding(
                "headroom", Verdict.NOT_EVALUATED, message, demand.head_source, (centre_line(walkway),)
            )
        value = _snapped(m.head.height, demand.head_height)
        limiter = None if m.head.owner is None else m.parts[m.head.owner]
        uncertainty = m.head.tolerance + (limiter.uncertainty if limiter else 0.0)
        verdict = verdict_for(value, demand.head_height, "min", uncertainty)
        marks: list[Mark] = []
        shared = {
            "id": walkway.id,
            "height": mm(value),
            "limit": mm(demand.head_height),
            "rule": _name(demand.head_source),
            "width": mm(m.passage),
        }
        if limiter is None or m.head.position is None:
            said = text(
                "Walkway {id} is at least {height} high over a width of {width}; {limit} are required ({rule}).",
                "L'allée {id} a une hauteur libre d'au moins {height} sur {width} de large ; {limit} sont exigés ({rule}).",
                **shared,
            )
        else:
            said = text(
                "Walkway {id} is {height} high over a width of {width}, below {part}; {limit} are required ({rule}).",
                "L'allée {id} a une hauteur libre de {height} sur {width} de large, sous {part} ; {limit} sont exigés ({rule}).",
                part=limiter.id,
                **shared,
            )
            x, y = float(m.head.position[0]), float(m.head.position[1])
            floor = walkway.floor
            label = text("{h}", "{h}", h=mm(value))
            marks = [SegmentMark((x, y, floor), (x, y, floor + value), label), PartMark(limiter.id)]
        said = self._so(said)
        verdict, said = self._doubt(verdict, said, surrounded=True)
        return self._finding(
            "headroom",
            verdict,
            said,
            demand.head_source,
            tuple(marks),
            measured=value,
            limit=demand.head_height,
            limit_kind="min",
            uncertainty=uncertainty,
            data={
                "limiting_parts": [limiter.id] if limiter else [],
                "passage_width": m.passage,
                "at_least": m.head.capped,
            },
        )

    def steps(self) -> list[Finding]:
        """One finding for each thing on the floor that is higher than a step may be, or one pass."""
        walkway, demand, m = self.walkway, self.demand, self.measured
        judged = [(rise, _snapped(rise.height, demand.step), rise.part.uncertainty) for rise in m.rises]
        high = [j for j in judged if verdict_for(j[1], demand.step, "max", j[2]) != Verdict.PASS]
        if high:
            return [self._step(*j) for j in high]
        said = text(
            "Nothing to trip over lies on walkway {id}: no low part rises more than {limit} from its floor ({rule}).",
            "Rien ne fait trébucher sur l'allée {id} : aucun élément bas ne dépasse de plus de {limit} du sol ({rule}).",
            id=walkway.id, limit=mm(demand.step), rule=_name(demand.step_source),
        )  # fmt: skip
        verdict, said = self._doubt(Verdict.PASS, said)
        return [
            self._finding(
                "step", verdict, said, demand.step_source, (),
                measured=judged[0][1] if judged else 0.0,
                limit=demand.step, limit_kind="max",
            )
        ]  # fmt: skip

    def _step(self, rise: Rise, value: float, uncertainty: float) -> Finding:
        walkway, demand = self.walkway, self.demand
        said = text(
            "{part} rises {height} from the floor of walkway {id}: a trip hazard; at most {limit} are allowed ({rule}).",
            "{part} dépasse de {height} du sol de l'allée {id} : risque de trébuchement ; {limit} au plus sont admis ({rule}).",
            part=rise.part.id, id=walkway.id, height=mm(value), limit=mm(demand.step),
            rule=_name(demand.step_source),
        )  # fmt: skip
        x, y, z = rise.position
        label = text("{h}", "{h}", h=mm(value))
        return self._finding(
            "step",
            verdict_for(value, demand.step, "max", uncertainty),
            said,
            demand.step_source,
            (SegmentMark((x, y, walkway.floor), (x, y, z), label), PartMark(rise.part.id)),
            parts=(rise.part.id,),
            measured=value,
            limit=demand.step,
            limit_kind="max",
            uncertainty=uncertainty,
            data={"limiting_parts": [rise.part.id]},
        )
