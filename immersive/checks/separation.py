"""Separation distances: do light curtains, scanners, mats, two-hand controls and doors stop the machine in time?

What
    For every protective device of the layout and every hazard zone it protects from: the distance that
    ISO 13855 requires against the distance measured in the cell, through the device, over its upper edge,
    across its field, from the actuators, through the door; and the stopping time the distance would allow.

Why
    A curtain that stops the machine a moment too late protects nobody, and looks the same. The distance
    grows with the stopping time, and a machine that brakes worse with age eats it up.

Method
    S = K T + C (2010), S = K T + D_DS + Z (2024), worked by the same code as ``immersive score iso13855``:
    T is the response time of the device and the stopping time of the machine. Measured is the horizontal
    distance from the device to the nearest geometry of the hazard zone that lies between the floor and the
    height out of reach (2.5 m at low risk, else 2.7 m); triangles are cut to the heights exactly. Over the
    upper edge of a curtain each height of the table of C_RO is measured on its own, and the one that leaves
    least room decides. For scanners and mats the distance runs from those stretches of the field's edge
    that free floor leads to (a 50 mm grid for a thin person, generous towards more ways in). From a two-hand
    control it is the straight line in space. A door counts with its whole opening. What a motion
    sweeps is known to within the margin of its samples: the middle counts, half the margin is uncertainty. Both editions are asked unless the rule names one; where an
    edition's figure is not established that is told and not guessed.

Limits
    The device must be the only way in: whether one gets past it at its sides is the question of the check
    of safety distances. Lower and upper edges are held against 300 and 900 mm. Angled fields are not
    known. Reaching over exists for the edition of 2010 only. Times are the layout's; nobody measured them
    here. How far a door opens before its switch reacts must be said (``switch_gap``); else only a door far
    enough for an arm (850 mm) passes.

References
    ISO 13855:2010, ISO 13855:2024; ISO 13857:2019, 4.2.1 and table 4. Figures and their confidence:
    ``assets/standards/iso13855.json``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from immersive.checks._base import Check, Context, param
from immersive.checks._coverage import uncovered
from immersive.errors import LayoutError, choices, suggestion
from immersive.findings import Citation, Confidence, Evaluation, Finding, Skipped, text
from immersive.scene.model import Scene

NAME = {"en": "Separation distances", "fr": "Distances de sécurité des dispositifs"}


@dataclass(frozen=True)
class Params:
    """Parameters of a rule."""

    safeguards: tuple[str, ...] = param((), doc="Ids of the safeguards to examine; empty: all.")
    edition: Literal["2010", "2024", "both"] = param("both", doc="Edition of ISO 13855.")
    switch_gap: float | None = param(
        None,
        kind="length",
        minimum=0.0,
        doc="How far a guard door opens before its switch reacts; what fits through is found in ISO 13857.",
    )


def _applies(scene: Scene) -> bool:
    station = scene.station
    return station is not None and any(guard.kind != "fence" for guard in station.safeguards)


def evaluate(context: Context, params: Params) -> Evaluation:
    """Hold every device against every zone it protects from."""
    from immersive.checks import _separation_findings as judge
    from immersive.checks._hazards import hazard_of
    from immersive.checks._separation_measure import measure

    station = context.station
    known = [guard.id for guard in station.safeguards]
    for word in params.safeguards:
        if word not in known:
            raise LayoutError(
                context.rule.origin.file or "rules",
                f"there is no safeguard {word!r}{suggestion(word, known)}; use {choices(known)}",
                place=f"{context.rule.origin.key}.safeguards",
            )
    findings: list[Finding] = []
    skipped: list[Skipped] = uncovered(context, "safeguards", known)
    examined = {"safeguards": 0, "hazard_zones": 0, "ways": 0}
    zones = {zone.id: zone for zone in station.hazard_zones}
    seen: set[str] = set()
    for n, guard in enumerate(station.safeguards):
        context.progress(n / len(station.safeguards))
        if params.safeguards and guard.id not in params.safeguards:
            continue
        if guard.kind == "fence":
            skipped.append(
                Skipped(
                    guard.id,
                    text(
                        "a fixed guard: its distances are those of ISO 13857 (check safety_distance)",
                        "un protecteur fixe : ses distances sont celles de l’ISO 13857 (contrôle safety_distance)",
                    ),
                )
            )
            continue
        if not guard.protects:
            skipped.append(
                Skipped(
                    guard.id,
                    text(
                        "the layout does not say from which hazard zone it protects (protects)",
                        "le fichier ne dit pas de quelle zone dangereuse il protège (protects)",
                    ),
                )
            )
            continue
        examined["safeguards"] += 1
        for name in guard.protects:
            hazard = hazard_of(context, zones[name])
            if name not in seen:
                seen.add(name)
                skipped += hazard.missing
                examined["hazard_zones"] += bool(hazard.bodies)
            if not hazard.bodies:
                findings.append(judge.no_zone(context, guard, zones[name]))
                continue
            others = tuple(one for one in station.safeguards if one.id != guard.id and name in one.protects)
            device = measure(context.scene, guard, hazard, station.floor, others=others)
            examined["ways"] += len(device.ways)
            for finding in judge.findings(context, params, guard, hazard, device):
                # Asked for by name an edition without figures is a finding; beside the other one it is told.
                if params.edition == "both" and finding.data.get("score", {}).get("not_established"):
                    skipped.append(Skipped(guard.id, finding.message))
                else:
                    findings.append(finding)
    return Evaluation(
        tuple(findings),
        examined,
        tuple(skipped),
        (
            text(
                "A device is taken to be the only way in at its place; stopping times are the layout's.",
                "Un dispositif est supposé être le seul accès à son endroit ; les temps d’arrêt sont ceux du fichier.",
            ),
        ),
    )


CHECK = Check(
    code="separation",
    name=NAME,
    params=Params,
    standards=(
        Citation("ISO 13855", "2010", confidence=Confidence.TWO_SOURCES),
        Citation("ISO 13855", "2024", confidence=Confidence.ONE_SOURCE),
    ),
    evaluate=evaluate,
    applies=_applies,
    doc=__doc__ or "",
)
