"""Leg room: whether legs fit under and before the bench, and the dimensions of a seated workplace.

What
    For each workstation: whether the legs of the people the cell is for fit at rest, and how much room
    is left above the thighs, before knees and feet and beside the knees; for sitting whether feet rest
    on something, and at a table the free depth at knees and feet, the free width and the height from the seat to the table's top.

Why
    Without room for the legs people sit or stand away from the work: they reach farther and bend, or
    twist to get their legs past a drawer.

Method
    The manikin rests as the station puts it, with each person's own thigh clearance, knee height and
    buttock-knee length. Thighs are moved up, knees and feet forward and knees aside until they meet a
    part of the cell; the way is the room. Depths count from the table's front edge. The worst placed of
    the named people decides; the share of the population is that of thigh clearance above the seat
    against the table's underside. The tables' figures are held against the least of the named people.

Limits
    Legs are at rest: stretching them, turning on the seat and getting in and out are not looked at.
    The table's top is found where the part above the thighs is a board of its own. For standing no figure
    for knee and toe space is established: only that legs fit is judged, with ``clearance`` if the rule
    asks for some. Feet that hang are open as long as the rule does not say how far seat or footrest adjust
    (``footrest``); that feet are to be supported is ISO 14738 from memory. A footrest or pedal that feet
    stand on does not count as being in the way.

References
    NF X 35-104 (as quoted by one public page): knees 550 mm, feet 700 mm deep, 500 mm wide, seat to table
    270–300 mm, fixed table 730 ± 10 mm, adjustable 650–740 mm. Gordon et al. 2014 (ANSUR II). The 95th
    percentile of the larger sex for clearances: usual practice.
"""

from __future__ import annotations

import numpy as np

from immersive.checks._base import Check, Context
from immersive.checks._coverage import uncovered
from immersive.checks._legroom_feet import FEET, feet
from immersive.checks._legroom_findings import NF, OWN, Params, Station, dimensions, fit
from immersive.checks._tasks import applies, population_of, stations_of, study_of
from immersive.findings import Evaluation, Finding, Skipped, Text, Verdict, text
from immersive.human.posing import stance_of
from immersive.scene.station import Workstation

NAME = {"en": "Leg room", "fr": "Espace pour les jambes"}

ASSUMPTIONS: tuple[Text, ...] = (
    text(
        "Legs are at rest, feet where the station puts them; seat, floor and footrest do not count as being in the way.",
        "Les jambes sont au repos, les pieds là où le poste les place ; siège, sol et repose-pieds ne comptent pas comme obstacles.",
    ),
    text(
        "Room is that of the bare body with the stated clothing; soft parts of thighs do not give way.",
        "L'espace est celui du corps avec les vêtements indiqués ; les parties molles des cuisses ne se compriment pas.",
    ),
)


def evaluate(context: Context, params: Params) -> Evaluation:
    """Whether legs fit at each workstation, and the dimensions under each table people sit at."""
    from immersive.human.leg_room import leg_room
    from immersive.human.links import links_of
    from immersive.human.obstacles import obstacles_of
    from immersive.human.volume import capsules_of

    skipped = uncovered(context, "workstations", (s.id for s in context.station.workstations))
    findings: list[Finding] = []
    told: dict[str, Text] = {}
    population = population_of(context, params.population)
    judged = 0
    stations = stations_of(context, params.workstations)
    for station in stations:
        stance = stance_of(station, posture=params.posture)
        if stance.posture == "sitting" and stance.seat_height is None:
            findings.append(_open(context, station))
            continue
        study = study_of(context, population)
        if "obstacles" not in context.memo:
            context.memo["obstacles"] = obstacles_of(context.scene)
        people = study.named
        links = links_of(people)
        room = leg_room(people, links, capsules_of(people, links), stance, context.memo["obstacles"])
        at = Station(context, station, room, study.sample)
        findings.append(fit(at, params))
        if stance.posture == "sitting":
            findings.append(feet(at, params))
        judged += 1
        told |= {line["en"]: line for line in study.told()}
        if stance.posture != "sitting":
            skipped.append(Skipped(station.id, STANDING))
        elif np.isnan(room.underside).all():
            skipped.append(Skipped(station.id, NO_TABLE))
        else:
            findings += dimensions(at, params, context.scene)
    if not stations:
        message = text(
            "The layout has no workstation to examine",
            "Le fichier de cellule ne contient aucun poste de travail",
        )
        findings.append(
            Finding(
                "legroom.fit",
                context.rule.id,
                (),
                Verdict.NOT_EVALUATED,
                context.severity,
                message,
                citation=OWN,
            )
        )
    examined = {"workstations": judged, "people": judged and len(study_of(context, population).named)}
    return Evaluation(tuple(findings), examined, tuple(skipped), (*ASSUMPTIONS, *told.values()))


STANDING = text(
    "dimensions under a table: the figures are for sitting; elsewhere only that legs fit is judged",
    "dimensions sous le plan : les valeurs valent pour la position assise ; sinon, seul le passage des jambes est jugé",
)
NO_TABLE = text(
    "dimensions under a table: there is nothing above the thighs",
    "dimensions sous le plan : rien ne se trouve au-dessus des cuisses",
)


def _open(context: Context, station: Workstation) -> Finding:
    message = text(
        "Leg room at {s} was not judged: the station is seated and its seat height is not given (seat_height).",
        "L'espace pour les jambes du poste {s} n'a pas été jugé : le poste est assis et la hauteur de siège n'est pas "
        "indiquée (seat_height).",
        s=station.id,
    )
    return Finding(
        "legroom.fit", context.rule.id, (station.id,), Verdict.NOT_EVALUATED, context.severity, message, unit="m",
        citation=OWN, key="fit",
    )  # fmt: skip


CHECK = Check("legroom", NAME, Params, (OWN, FEET, NF), evaluate, applies, __doc__ or "")
