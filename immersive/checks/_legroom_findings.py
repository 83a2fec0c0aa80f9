"""What the leg-room check says of one workstation: whether legs fit, and the dimensions under the table."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context, param
from immersive.checks._shares import share_chart
from immersive.checks._tasks import HumanParams, person
from immersive.findings import (
    Citation,
    Confidence,
    Finding,
    Mark,
    PartMark,
    SegmentMark,
    ShareChart,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.geometry.tolerance import ARITHMETIC
from immersive.human.leg_room import FAR, Gap, LegRoom
from immersive.human.people import People
from immersive.human.shares import share, share_words
from immersive.resources import resource
from immersive.scene.model import Scene
from immersive.scene.station import Workstation
from immersive.units import mm

OWN = Citation(
    "layout",
    confidence=Confidence.PROJECT,
    note=text(
        "The legs of the people named, with their own thigh clearance, knee height and buttock-knee length, must fit.",
        "Les jambes des personnes nommées (épaisseur de cuisse, hauteur de genou, longueur fesse-genou) doivent trouver place.",
    ),
)
NF = Citation(
    "NF X 35-104",
    "",
    "dimensions of seated workplaces",
    Confidence.ONE_SOURCE,
    text("As quoted by one public page.", "Valeurs citées par une seule page publique."),
)


@cache
def figures() -> dict[str, Any]:
    """The committed figures, metres."""
    return dict(json.loads(resource("assets/methods/leg_room.json").read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Params(HumanParams):
    """Parameters of a rule."""

    clearance: float = param(0.0, kind="length", doc="Room to keep around thighs and knees.", minimum=0.0)
    uncertainty: float = param(
        0.01, kind="length", doc="Half width of what the manikin's volume leaves open.", minimum=0.0
    )
    footrest: float | None = param(
        None,
        kind="length",
        doc="How high an adjustable footrest, or a seat that is lowered, brings the feet's support; absent: not known.",
        minimum=0.0,
    )
    table: Literal["", "fixed", "adjustable"] = param(
        "", doc="Hold the table's height against NF X 35-104 as fixed or adjustable; empty: not asked."
    )


@dataclass(frozen=True)
class Station:
    """A workstation with the room that its people have.

    Attributes:
        context: Of the rule.
        station: As the layout has it.
        room: Of the named people.
        sample: People to count shares among, or None.
    """

    context: Context
    station: Workstation
    room: LegRoom
    sample: People | None

    def finding(self, key: str, verdict: Verdict, message: Text, **more: Any) -> Finding:
        """One statement on this workstation."""
        return Finding(
            f"legroom.{key}", self.context.rule.id, (self.station.id, *more.pop("parts", ())), verdict,
            self.context.severity, message, key=key, **more,
        )  # fmt: skip


def fit(at: Station, params: Params) -> Finding:
    """Whether the legs of everybody named fit at rest."""
    room, people = at.room, at.room.people
    worst_cut = max(
        ((cut.depth, i, cut) for i, cuts in enumerate(room.cuts) for cut in cuts),
        key=lambda c: (c[0], -c[1]),
        default=None,
    )
    ways = _ways(room)
    name, gap, least, who = _least(ways)
    words: dict[str, Any] = {"station": at.station.id}
    facts: dict[str, Any] = {"people": _people_data(room), "cuts": _cuts_data(room)}
    charts: tuple[ShareChart, ...] = ()
    share_said: Text = text("", "")
    if at.sample is not None and np.isfinite(room.underside).any():
        share_said, charts, facts["population"] = _share(at, params)
    if worst_cut is not None:
        depth, i, cut = worst_cut
        message = text(
            "The legs of the {who} do not fit at {station}: {part} cuts {depth} into them.{share}",
            "Les jambes ne trouvent pas place au poste {station} ({who}) : {part} y pénètre de {depth}.{share}",
            who=person(people, i), part=cut.part, depth=mm(depth), share=share_said, **words,
        )  # fmt: skip
        marks: tuple[Mark, ...] = (PartMark(cut.part), SegmentMark(cut.body_point, cut.point, _length(depth)))
        return at.finding(
            "fit", Verdict.FAIL, message, measured=-depth, limit=params.clearance, limit_kind="min", unit="m",
            uncertainty=params.uncertainty, citation=OWN, marks=(*marks, figure(at, i)), data=facts, hint=_hint(at, i),
            charts=charts,
        )  # fmt: skip
    if math.isinf(least):
        message = text(
            "Nothing is within {far} of the legs at {station}.",
            "Rien ne se trouve à moins de {far} des jambes au poste {station}.", far=mm(FAR), **words,
        )  # fmt: skip
        return at.finding(
            "fit", Verdict.PASS, message, unit="m", citation=OWN, data=facts, marks=(figure(at, 0),)
        )
    verdict = verdict_for(least, params.clearance, "min", params.uncertainty)
    message = text(
        "Legs at {station}: least room {way} {where}, to {part} ({who}).{share}",
        "Jambes au poste {station} : au moins {way} {where}, jusqu'à {part} ({who}).{share}",
        way=mm(least), where=WHERE[name], part=gap.part[who], who=person(people, who), share=share_said, **words,
    )  # fmt: skip
    return at.finding(
        "fit", verdict, message, measured=least, limit=params.clearance, limit_kind="min", unit="m",
        uncertainty=params.uncertainty, citation=OWN, data=facts, charts=charts,
        marks=(*_gap_marks(at, name, who), figure(at, who)), hint={} if verdict == Verdict.PASS else _hint(at, who),
    )  # fmt: skip


WHERE = {
    "above_thighs": text("above the thighs", "au-dessus des cuisses"),
    "before_knees": text("before the knees", "devant les genoux"),
    "before_feet": text("before the feet", "devant les pieds"),
    "right_of_knees": text("to the right of the knees", "à droite des genoux"),
    "left_of_knees": text("to the left of the knees", "à gauche des genoux"),
}


def _ways(room: LegRoom) -> dict[str, Gap]:
    return {name: getattr(room, name) for name in WHERE if np.isfinite(getattr(room, name).way).any()}


def _least(ways: dict[str, Gap]) -> tuple[str, Gap, float, int]:
    """The tightest direction, and who has least of it."""
    best: tuple[str, Gap, float, int] | None = None
    for name, gap in ways.items():
        i = int(np.nanargmin(gap.way))
        if best is None or gap.way[i] < best[2]:
            best = (name, gap, float(gap.way[i]), i)
    nowhere = np.full((1, 3), np.nan)
    return best or ("", Gap(np.array([np.inf]), ("",), nowhere, nowhere), math.inf, 0)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _people_data(room: LegRoom) -> list[dict[str, Any]]:
    rows = []
    for i, id_ in enumerate(room.people.ids):
        row: dict[str, Any] = {"id": id_, "thigh_clearance": float(room.people["thigh clearance"][i])}
        row |= {name: _finite(getattr(room, name).way[i]) for name in WHERE}
        row |= {
            name: _finite(getattr(room, name)[i])
            for name in ("thigh_top", "underside", "edge", "knee_depth", "foot_depth", "width")
        }
        rows.append(row)
    return rows


def _cuts_data(room: LegRoom) -> list[dict[str, Any]]:
    return [
        {"id": id_, "part": cut.part, "segment": cut.segment, "depth": cut.depth}
        for id_, cuts in zip(room.people.ids, room.cuts, strict=True)
        for cut in cuts
    ]


def _length(value: float) -> Text:
    return text("{d}", "{d}", d=mm(value))


def _gap_marks(at: Station, name: str, i: int, length: float | None = None) -> tuple[Mark, ...]:
    """The part met, and the room up to it; ``length`` where it counts from elsewhere than the body."""
    gap: Gap = getattr(at.room, name)
    if not gap.part[i] or np.isnan(gap.point[i]).any():
        return ()
    c, s = math.cos(at.room.stance.heading), math.sin(at.room.stance.heading)
    way = {
        "above_thighs": (0.0, 0.0, 1.0),
        "before_knees": (c, s, 0.0),
        "before_feet": (c, s, 0.0),
        "right_of_knees": (s, -c, 0.0),
        "left_of_knees": (-s, c, 0.0),
    }[name]
    span = float(gap.way[i]) if length is None else length
    end = gap.point[i]
    x, y, z = (float(e - span * w) for e, w in zip(end, way, strict=True))
    return (
        PartMark(gap.part[i]),
        SegmentMark((x, y, z), (float(end[0]), float(end[1]), float(end[2])), _length(span)),
    )


def figure(at: Station, i: int) -> Mark:
    """One of the named people at rest."""
    from immersive.checks._figures import figure_mark
    from immersive.human.links import links_of
    from immersive.human.posing import BOTH, Poses, Target
    from immersive.human.stance import rest

    people = at.room.people
    links = links_of(people)
    angles, root = rest(links, at.room.stance)
    count = len(people)
    none = np.zeros((count, 1))
    target = Target(at.room.stance.position)
    hand = np.full((count, 1), BOTH, np.int8)
    poses = Poses(people, links, at.room.stance, (target,), angles[:, None], root[:, None], hand, none, none)
    return figure_mark(poses, i, 0)


def _hint(at: Station, i: int) -> Text:
    """Computed where it can be: by how much the underside is too low for the largest of those named."""
    room = at.room
    lacking = room.thigh_top - room.underside
    if not np.isfinite(lacking).any() or float(np.nanmax(lacking)) <= ARITHMETIC:
        return {}
    return text(
        "With the underside {d} higher, or the seat as much lower, the thighs of everybody named would fit.",
        "Avec le dessous du plan {d} plus haut, ou l'assise d'autant plus basse, les cuisses de toutes les personnes nommées passeraient.",
        d=mm(float(np.nanmax(lacking))),
    )  # fmt: skip


def _share(at: Station, params: Params) -> tuple[Text, tuple[ShareChart, ...], dict[str, Any]]:
    """Who of the population has its thighs under the table: thigh clearance above the seat against the underside."""
    sample, stance = at.sample, at.room.stance
    assert sample is not None
    assert stance.seat_height is not None
    under = float(np.nanmin(at.room.underside)) + stance.footrest_height
    room = under - stance.seat_height - sample["thigh clearance"] - sample.allowances.clothing
    ok: NDArray[np.bool_] = room >= params.clearance - ARITHMETIC
    found = share(ok, sample, missing=np.maximum(params.clearance - room, 0.0))
    chart = share_chart(
        text("Thighs under the table of {id}", "Cuisses sous le plan de {id}", id=at.station.id),
        ((text("fit", "passent"), 1), (text("do not fit", "ne passent pas"), 3)),
        sample, np.where(ok, 0, 1).astype(np.int64),
    )  # fmt: skip
    said = text(
        " The thighs of {share} fit under it.",
        " Les cuisses passent dessous pour {share}.",
        share=share_words(found),
    )
    facts = {"people": len(sample), "share": found.all.value, "share_interval": [found.all.low, found.all.high],
             "underside": under}  # fmt: skip
    return said, (chart,), facts


NAMES = {
    "knee_depth": text("depth at the knees", "profondeur au niveau des genoux"),
    "foot_depth": text("depth at the feet", "profondeur au niveau des pieds"),
    "width": text("free width", "largeur libre"),
}


def dimensions(at: Station, params: Params, scene: Scene) -> list[Finding]:
    """The dimensions under the table against NF X 35-104; sitting at a table."""
    table = figures()["nf_x_35_104"]
    found = []
    for name, words in NAMES.items():
        values = getattr(at.room, name)
        i = int(np.nanargmin(values)) if not np.isnan(values).all() else 0
        # To the millimetre: ways are found to half of one.
        value, limit = round(float(values[i]), 3), float(table[name])
        free = math.isinf(value)
        verdict = Verdict.PASS if free else verdict_for(value, limit, "min")
        message = text(
            "{name} under the table at {station}: {value}; at least {limit} are asked for.",
            "Sous le plan de travail au poste {station}, {name} : {value} ; au moins {limit} sont demandés.",
            name=words, station=at.station.id, limit=mm(limit),
            value=text("more than {far}", "plus de {far}", far=mm(FAR)) if free else _length(value),
        )  # fmt: skip
        gap = {"knee_depth": "before_knees", "foot_depth": "before_feet", "width": "right_of_knees"}[name]
        marks = () if free else _gap_marks(at, gap, i, value)
        if name == "width" and not free:
            marks += (PartMark(at.room.left_of_knees.part[i]),)
        hint: Text = {}
        if verdict != Verdict.PASS:
            hint = text("{d} more are needed.", "Il manque {d}.", d=mm(limit - value))
        found.append(at.finding(
            name, verdict, _sentence(message), measured=None if free else value, limit=limit, limit_kind="min", unit="m",
            citation=NF, marks=marks, hint=hint,
            data={"people": {id_: _finite(v) for id_, v in zip(at.room.people.ids, values, strict=True)}},
        ))  # fmt: skip
    return [*found, *_heights(at, params, scene, table)]


def _sentence(words: Text) -> Text:
    return {lang: said[:1].upper() + said[1:] for lang, said in words.items()}


THICKEST = 0.12
"""A part thicker than this is more than a table top, metres: its top is not taken for the table's."""


def table_top(at: Station, scene: Scene) -> float | None:
    """Height of the table's top above the stance's position; None where the part above the thighs is no board."""
    room = at.room
    met = [i for i, part in enumerate(room.above_thighs.part) if part and math.isfinite(room.underside[i])]
    if not met:
        return None
    i = min(met, key=lambda k: float(room.underside[k]))
    part = scene.by_id.get(room.above_thighs.part[i])
    if part is None or part.bounds is None:
        return None
    under = float(room.underside[i]) + room.stance.footrest_height
    top = float(part.bounds[1, 2]) - room.stance.position[2]
    return top if under < top <= under + THICKEST else None


def _heights(at: Station, params: Params, scene: Scene, table: dict[str, Any]) -> list[Finding]:
    wanted = [
        (
            "seat_to_table",
            text("from the seat to the table's top", "de l'assise au plan de travail"),
            table["seat_to_table"],
        )
    ]
    if params.table:
        name = text("height of the table's top", "hauteur du plan de travail")
        wanted.append(("table_height", name, table[f"table_{params.table}"]))
    top = table_top(at, scene)
    found = []
    for key, words, (low, high) in wanted:
        if top is None:
            message = text(
                "The height {name} at {station} was not measured: the part above the thighs is no board of its own.",
                "La hauteur ({name}) au poste {station} n'a pas été mesurée : la pièce au-dessus des cuisses n'est pas un plateau distinct.",
                name=words, station=at.station.id,
            )  # fmt: skip
            found.append(at.finding(key, Verdict.NOT_EVALUATED, message, unit="m", citation=NF))
            continue
        value = top - (at.room.stance.seat_height or 0.0) if key == "seat_to_table" else top
        kind = "max" if value - high > low - value else "min"
        limit = high if kind == "max" else low
        message = text(
            "{station}, {name}: {value}; {low} to {high} are asked for.",
            "{station}, {name} : {value} ; {low} à {high} sont demandés.",
            station=at.station.id, name=words, value=mm(value), low=mm(low), high=mm(high),
        )  # fmt: skip
        verdict = verdict_for(value, limit, kind)
        hint: Text = {}
        if verdict == Verdict.FAIL and key == "seat_to_table":
            lower = text("lower", "plus basse") if kind == "min" else text("higher", "plus haute")
            hint = text(
                "A seat {d} {way} would do.",
                "Une assise {d} {way} conviendrait.",
                d=mm(abs(value - limit)),
                way=lower,
            )
        found.append(at.finding(
            key, verdict, message, measured=value, limit=limit, limit_kind=kind, unit="m", citation=NF, hint=hint,
            data={"top": top, "range": [low, high]},
        ))  # fmt: skip
    return found
