"""Escape routes: the way from every standing place to an exit, its length, width and height.

What
    From every workstation the shortest way to an exit past everything that stands there: its length, its least
    free width and head height, the doors on it and those that stay locked, each against its limit. And the
    floor from which no exit is reached at all.

Why
    Whoever has to leave in a hurry needs a way that is short, wide enough and not behind a locked guard. A
    pallet put down or a cabinet moved closes it unnoticed.

Method
    Exits are the layout's doors with ``exit = true``. Everything between the ground and the height of the
    population's largest user is laid on the floor plan; clearances are exact on a lattice, every step of a way is
    measured. A way as wide as asked is looked for first, and the shortest is taken; only where there is none
    (proven by exact gaps, see the check ``turning``), a narrower one is shown, with its narrowest gap. The length
    is that of the way shown, straightened, from the standing place to the middle of the threshold. The first
    metre about a standing place belongs to the place, not to the way. Doors stand open but those with guard locking:
    where the only way leads through one, the verdict is indeterminate unless the rule names it in ``released``.
    Head height is that above the whole width of the way. With two exits or more, the stretch that the shortest
    ways to them have in common bounds the dead end.

Limits
    Level floors, no stairs. The way shown is within some centimetres of the shortest; it is never shorter than that.
    The dead end is an upper bound: where it is too long the verdict is indeterminate. Sense of opening, signs,
    lighting and smoke are not judged. Whether an exit leads outside is what the layout says. Nobody climbs over or
    ducks under: parts lower than 100 mm are stepped over, what hangs lower than a tall person is in the way.

References
    Code du travail R. 4216-5 to R. 4216-11 (widths by passage units, number of ways out, 40 m, dead end of 10 m).
    Head height: ISO 14122-2:2016. Body: ANSUR II (NATICK/TR-15/007).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from immersive.checks import _escape_rules as rules
from immersive.checks._base import Check, Context, param
from immersive.checks._coverage import uncovered
from immersive.checks._tasks import population_of, rule_error, stations_of
from immersive.checks._turning_user import OVER_ON_FOOT, PEOPLE, body_size
from immersive.errors import choices, suggestion
from immersive.findings import Evaluation, Finding, Skipped, Text, Verdict, text, verdict_for
from immersive.scene.model import Scene
from immersive.scene.queries import select, unmatched
from immersive.scene.station import Door, Workstation

if TYPE_CHECKING:
    from immersive.checks._escape_search import Exits
    from immersive.checks._escape_told import Limits

NAME = {"en": "Escape routes", "fr": "Évacuation"}


@dataclass(frozen=True)
class Params:
    """Parameters of a rule."""

    workstations: tuple[str, ...] = param((), doc="Ids of the workstations; empty: all.")
    population: str = param(
        "", doc="Id of the layout's population; empty: its first one, else the ANSUR II sample, F05 to M95."
    )
    people: int = param(0, doc="People in the building part: gives exits and passage units due; 0: not said.")
    passage_units: int = param(1, doc="Passage units of each way, where people does not give more.")
    min_width: float | None = param(
        None, kind="length", doc="Own width instead of the passage units'.", minimum=0.0
    )
    max_length: float | None = param(
        None, kind="length", doc="Longest way to an exit; default 40 m.", minimum=0.0
    )
    max_dead_end: float | None = param(
        None, kind="length", doc="Longest dead end; default 10 m.", minimum=0.0
    )
    head_height: float | None = param(
        None, kind="length", doc="Own head height instead of 2.1 m.", minimum=0.0
    )
    released: tuple[str, ...] = param(
        (), doc="Ids of locked doors that can be opened from inside without a key (escape release)."
    )
    free_floor: bool = param(True, doc="Whether the floor away from the workstations is looked at, too.")
    ignore: tuple[str, ...] = param((), doc="Selectors of parts that do not count.")


ASSUMPTIONS: tuple[Text, ...] = (
    text(
        "Doors are opened on the way; a guard-locked one only if the rule says that it is released from inside.",
        "Les portes sont ouvertes au passage ; une porte verrouillée ne l'est que si la règle la dit déverrouillable de l'intérieur.",
    ),
    text(
        "The floor is level; ramps and stairs read as obstacles. All that moves but doors stands as in the layout.",
        "Le sol est plan ; rampes et escaliers sont vus comme des obstacles. Hormis les portes, tout mobile est pris tel que dessiné.",
    ),
)
PLATFORM = 0.3
"""Metres by which a workstation may stand above the floor (a mat, a step) and still be on it."""
ELSEWHERE = text(
    "stands on another level than the floor; stairs are not examined",
    "se trouve à un autre niveau que le sol ; les escaliers ne sont pas examinés",
)
ONE_EXIT = text(
    "There is one exit: a dead end cannot be told.", "Une seule sortie : le cul-de-sac ne peut être jugé."
)


def _applies(scene: Scene) -> bool:
    station = scene.station
    return station is not None and any(d.exit for d in station.doors) and bool(station.workstations)


def evaluate(context: Context, params: Params) -> Evaluation:
    """The way out from each workstation asked for."""
    stations = stations_of(context, params.workstations)
    skipped = uncovered(context, "workstations", (s.id for s in context.station.workstations))
    ignored = {part.id for part in select(context.scene, params.ignore)} if params.ignore else set()
    left_out = text("left out by the rule (ignore)", "écarté par la règle (ignore)")
    skipped += [Skipped(id_, left_out) for id_ in sorted(ignored)]
    skipped += [
        Skipped(word, text("matches no part", "ne correspond à aucune pièce"))
        for word in unmatched(context.scene, params.ignore)
    ]
    known = {door.id: door for door in context.station.doors}
    for name in params.released:
        if name not in known:
            raise rule_error(
                context, "released", f"unknown door {name!r}{suggestion(name, known)}; the layout has {choices(known)}"
            )  # fmt: skip
    doors = tuple(door for door in context.station.doors if door.exit)
    parts = sum(part.bounds is not None and part.id not in ignored for part in context.scene)
    examined = {"workstations": 0, "exits": len(doors), "parts": parts}
    refused = _refusal(stations, doors, parts, params)
    if refused is not None:
        return Evaluation((_refused(context, refused),), examined, tuple(skipped), ASSUMPTIONS)
    findings: list[Finding] = []
    told: dict[str, Text] = {line["en"]: line for line in ASSUMPTIONS}
    if params.people > 0:
        findings.append(_number_of_exits(context, params.people, len(doors)))
    if len(doors) == 1:
        told[ONE_EXIT["en"]] = ONE_EXIT
    level = context.station.floor
    here = tuple(s for s in stations if abs(s.position[2] - level) <= PLATFORM)
    skipped += [Skipped(s.id, ELSEWHERE) for s in stations if s not in here]
    findings += _on_level(context, params, level, here, doors, frozenset(ignored), told)
    examined["workstations"] = len(here)
    return Evaluation(tuple(findings), examined, tuple(skipped), tuple(told.values()))


def _refusal(
    stations: tuple[Workstation, ...], doors: tuple[Door, ...], parts: int, params: Params
) -> Text | None:
    if not doors:
        return text(
            "Ways out were not examined: no door of the layout is an exit (exit = true)",
            "L'évacuation n'a pas été examinée : aucune porte du fichier de cellule n'est une sortie (exit = true)",
        )
    if not parts:
        return text(
            "Ways out were not examined: the scene has no parts",
            "L'évacuation n'a pas été examinée : la scène ne contient aucune pièce",
        )
    if not stations and not params.free_floor:
        return text(
            "The layout has no workstation to examine",
            "Le fichier de cellule ne contient aucun poste de travail",
        )
    return None


def _on_level(
    context: Context,
    params: Params,
    level: float,
    stations: tuple[Workstation, ...],
    doors: tuple[Door, ...],
    ignored: frozenset[str],
    told: dict[str, Text],
) -> list[Finding]:
    from immersive.checks._escape_search import Exits
    from immersive.checks._escape_told import Place, island_finding
    from immersive.checks._floor import crossed, floor_of, openable
    from immersive.checks.turning import UNKNOWN_FLOOR

    breadth, _, height = body_size(context, population_of(context, params.population))
    limits = _limits(params, len(doors))
    locked = {d.id: d for d in context.station.doors if d.guard_locking and d.id not in params.released}
    leaves = frozenset(openable(context.scene))

    def exits_with(opened: Iterable[str]) -> Exits:
        floor = floor_of(
            context, level=level, height=height, over=OVER_ON_FOOT, opened=opened, ignored=ignored
        )
        return Exits(floor, doors, 0.5 * breadth, 0.5 * max(limits.width, breadth))

    free = exits_with(leaves - set(locked))
    every = exits_with(leaves) if leaves & set(locked) else free
    if not free.floor.known:
        told[UNKNOWN_FLOOR["en"]] = UNKNOWN_FLOOR
    inner = [door for door in context.station.doors if not door.exit]
    findings: list[Finding] = []
    for number, station in enumerate(stations):
        at = np.asarray(station.position[:2], np.float64)
        exits, found = free, free.way_out(at)
        through: tuple[Door, ...] = ()
        if found.out is not True and every is not free:
            other = every.way_out(at)
            if other.out:
                exits, found = every, other
                through = tuple(d for d in crossed(locked.values(), other.way))
        passed = crossed(inner, found.way) if len(found.way) > 1 else ()
        place = Place(context, station.id, at, exits, limits, found, passed, through)
        findings += place.findings(dead_end=len(doors) > 1)
        context.progress((number + 1) / (len(stations) + 1))
    if params.free_floor:
        masks = free.islands()
        opened = {
            k: tuple(locked.values())
            for k, mask in enumerate(masks)
            if every is not free and np.isfinite(every.ways.value[0][mask]).any()
        }
        findings.append(island_finding(context, free, masks, opened))
        farthest = free.farthest()
        if farthest is not None:
            findings.append(_farthest(context, limits, free, *farthest))
    return findings


def _limits(params: Params, exits: int) -> Limits:
    from immersive.checks._escape_told import Limits

    units = max(params.passage_units, rules.units_each(params.people, exits))
    own = rules.LAYOUT
    return Limits(
        rules.width_of(units) if params.min_width is None else params.min_width,
        rules.WIDTH if params.min_width is None else own,
        rules.MAX_LENGTH if params.max_length is None else params.max_length,
        rules.DISTANCE if params.max_length is None else own,
        rules.MAX_DEAD_END if params.max_dead_end is None else params.max_dead_end,
        rules.DEAD_END if params.max_dead_end is None else own,
        rules.HEAD_HEIGHT if params.head_height is None else params.head_height,
        rules.HEAD if params.head_height is None else own,
    )


def _farthest(context: Context, limits: Limits, exits: Exits, length: float, at: np.ndarray) -> Finding:
    from immersive.checks._turning_told import doubtful
    from immersive.findings import PointMark
    from immersive.units import metres

    verdict = verdict_for(length, limits.length, "max", 0.0)
    # Ways on the lattice are up to a twelfth longer than straight ones: too long may still be short enough.
    if verdict != Verdict.PASS and length < 1.083 * limits.length:
        verdict = Verdict.INDETERMINATE
    said = text(
        "From the farthest place on the free floor it is {d} to an exit; at most {limit} are allowed.",
        "Du point le plus éloigné du sol libre, une sortie est à {d} ; {limit} au plus sont admis.",
        d=metres(length, 1), limit=metres(limits.length, 1),
    )  # fmt: skip
    verdict, said = doubtful(context, verdict, said)
    x, y = (float(v) for v in at)
    return Finding(
        "escape.farthest", context.rule.id, ("floor",), verdict, context.severity, said, measured=length,
        limit=limits.length, limit_kind="max", unit="m", citation=limits.length_source, key="farthest",
        marks=(PointMark((x, y, exits.floor.level), text("farthest place", "point le plus éloigné")),),
        data={"at": [x, y]},
    )  # fmt: skip


def _number_of_exits(context: Context, people: int, exits: int) -> Finding:
    due, units = rules.exits_due(people)
    # From 20 to 50 people a single way of two units will do.
    enough = exits >= due or 20 <= people <= 50
    return Finding(
        "escape.exits", context.rule.id, ("exits",), Verdict.PASS if enough else Verdict.FAIL,
        context.severity,
        text(
            "{n} exit(s) for {people} people; {due} with {units} passage unit(s) in all are due.",
            "{n} sortie(s) pour {people} personnes ; {due} au total de {units} unité(s) de passage sont exigées.",
            n=exits, people=people, due=due, units=units,
        ),
        measured=float(exits), limit=float(due), limit_kind="min", citation=rules.EXITS, key="exits",
        data={"passage_units": units},
    )  # fmt: skip


def _refused(context: Context, message: Text) -> Finding:
    return replace(
        Finding("escape.way", context.rule.id, (), Verdict.NOT_EVALUATED, context.severity, message),
        citation=rules.LAYOUT, key="way",
    )  # fmt: skip


CHECK = Check(
    code="escape",
    name=NAME,
    params=Params,
    standards=(rules.WIDTH, rules.EXITS, rules.DISTANCE, rules.HEAD, PEOPLE, rules.LAYOUT),
    evaluate=evaluate,
    applies=_applies,
    doc=__doc__ or "",
)
