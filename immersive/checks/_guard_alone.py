"""Hazard zones that no fence protects: by devices alone, by a two-hand control, or by nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from immersive.checks import _guard_words as words
from immersive.checks._base import Context
from immersive.checks._guard_enclosure import (
    Barrier,
    Enclosure,
    barriers,
    device_barriers,
    enclosure,
    footprint,
)
from immersive.checks._guard_findings import Report
from immersive.checks._guard_runs import Run
from immersive.checks._guard_structures import devices_of
from immersive.findings import Finding, text
from immersive.scene.model import Role, Severity


def people_of(context: Context) -> dict[str, tuple[float, float]]:
    """Where people are known to be: workstations, and where walkways and routes begin."""
    station = context.station
    found = {one.id: (one.position[0], one.position[1]) for one in station.workstations}
    found |= {one.id: (one.path[0][0], one.path[0][1]) for one in station.walkways}
    return found | {one.id: (one.start[0], one.start[1]) for one in station.routes}


def only_rooms(context: Context, zone: Any, walls: Sequence[Barrier], watch: Sequence[Barrier]) -> bool:
    """Whether it takes walls that no safeguard names to enclose a zone, and nobody's place is known.

    Then the people may be inside the same walls.
    """
    if people_of(context):
        return False
    rooms = {part.id for part in context.scene if part.role == Role.WALL}
    named = [
        one for one in walls if one.run is None or any(one.run.owners) or not rooms.issuperset(one.run.parts)
    ]
    return len(named) < len(walls) and not enclosure(zone, named, watch).watched


def enclosed(
    report: Report,
    found: Enclosure,
    zone: Any,
    walls: Sequence[Barrier],
    watch: Sequence[Barrier],
    structures: Sequence[str],
) -> Finding:
    """Whether a person gets to the zone on foot; open where only a hall's walls close it."""
    if not (found.watched and only_rooms(report.context, zone, walls, watch)):
        return report.enclosed(found, structures, len(walls))
    message = text(
        "Hazard zone {zone} is enclosed only with walls that no safeguard names, and the layout does not say where "
        "people are: they may be inside",
        "La zone dangereuse {zone} n'est fermée qu'avec des murs qu'aucun moyen de protection ne cite, et le fichier "
        "ne dit pas où sont les personnes : elles peuvent être à l'intérieur",
        zone=report.zone.id,
    )  # fmt: skip
    hint = text(
        "Add a workstation or a walkway, or name the walls in the parts of a safeguard that protects {zone}",
        "Ajouter un poste de travail ou une allée, ou citer les murs dans les pièces d'un moyen de protection de {zone}",
        zone=report.zone.id,
    )  # fmt: skip
    data = {"closed_by_structures": found.closed, "closed_with_devices": True, "stretches": len(walls)}
    return report.undecided("enclosure", message, structures, hint, data)


def devices_alone(context: Context, report: Report, runs: Sequence[Run]) -> Finding:
    """Whether one gets past the devices of a zone that no fence protects.

    The machine's own frame may close what is left, and nobody said so: open, never a plain failure.
    """
    zone = report.zone
    devices = devices_of(context, zone.id)
    names = [one.id for one in devices]
    walls = barriers(runs, report.floor)
    watch = device_barriers(devices, context.station.doors, report.floor + 2.0)
    zone_plan = footprint(report.hazard, report.risk, report.floor)
    found = enclosure(zone_plan, walls, watch, people_of(context))
    if found.watched:
        return enclosed(report, found, zone_plan, walls, watch, names)
    message = text(
        "Hazard zone {zone} has no fence, and {devices} does not surround it: what stands beside and behind was not "
        "examined",
        "La zone dangereuse {zone} n'a pas d'enceinte et {devices} ne l'entoure pas : ce qui se trouve à côté et "
        "derrière n'a pas été examiné",
        zone=zone.id, devices=", ".join(names),
    )  # fmt: skip
    hint = text(
        "Name what closes the other sides (the machine's frame, fences, walls) in the parts of a safeguard of kind "
        "fence that protects {zone}",
        "Citer ce qui ferme les autres côtés (bâti de la machine, enceinte, murs) dans les pièces d'un moyen de "
        "protection de type fence qui protège {zone}",
        zone=zone.id,
    )  # fmt: skip
    data = {
        "devices": names, "stretches": len(walls), "open_share": found.open_share,
        "gaps": [{"from": list(hole.start), "to": list(hole.end), "width": hole.width} for hole in found.holes],
    }  # fmt: skip
    return report.undecided("enclosure", message, names, hint, data)


def unprotected(report: Report, *, asked: bool, named: bool) -> Finding:
    """Nothing that ISO 13857 measures stands before the zone: what does, and that nothing was measured."""
    zone = report.zone
    severity = Severity(report.context.severity) if asked or named else Severity.INFO
    others = [one.id for one in report.context.station.safeguards if zone.id in one.protects]
    if named:
        message = text(
            "Safety distances to {zone} were not measured: the structures that protect it have no upright geometry",
            "Les distances de sécurité à {zone} n'ont pas été mesurées : les structures qui la protègent n'ont pas de "
            "géométrie verticale",
            zone=zone.id,
        )  # fmt: skip
    elif others:
        message = text(
            "Nothing keeps people from {zone} but {others}, a two-hand control: it protects only whoever works it",
            "Rien ne tient les personnes à distance de {zone} sauf {others}, une commande bimanuelle : elle ne protège "
            "que la personne qui l'actionne",
            zone=zone.id, others=", ".join(others),
        )  # fmt: skip
    else:
        message = text(
            "Nothing in the layout protects {zone}, which begins {low} above the floor, within reach: not measured",
            "Rien dans le fichier ne protège {zone}, qui commence à {low} du sol, à portée : rien n'a été mesuré",
            zone=zone.id, low=words.length(float(report.hazard.bounds[0, 2]) - report.floor),
        )  # fmt: skip
    return report.refused("unprotected", message, severity=severity)
