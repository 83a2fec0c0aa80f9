"""The revised NIOSH lifting equation (Waters et al. 1993; Applications Manual 94-110, revised 2021).

The multipliers, the duration classes and the frequency of intermittent work; the cases are read in
:mod:`immersive.human.niosh_case`. Worked in full precision; the manual's printed examples round
every multiplier to two decimals, so that its answers differ by up to 2.5 %. Lengths in inches or
centimetres, mass in pounds or kilograms, as the system says; angles in degrees, lifts a minute.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from immersive.human.case_fields import both
from immersive.resources import resource

COUPLINGS = ("good", "fair", "poor")


@dataclass(frozen=True, slots=True)
class System:
    """Constants of one system of units."""

    load_constant: float
    horizontal_min: float
    horizontal_max: float
    vertical_reference: float
    vertical_slope: float
    vertical_max: float
    travel_offset: float
    travel_min: float
    travel_max: float
    coupling_limit: float


SYSTEMS = {
    "cm,kg,deg": System(23.0, 25.0, 63.0, 75.0, 0.003, 175.0, 4.5, 25.0, 175.0, 75.0),
    "in,lb,deg": System(51.0, 10.0, 25.0, 30.0, 0.0075, 70.0, 1.8, 10.0, 70.0, 30.0),
}

NOTES = (
    both(
        "H or D below its minimum counts as the minimum (multiplier 1); H, V, D or A above its maximum makes the "
        "multiplier, and RWL, zero; the maximum itself is still allowed.",
        "H ou D sous son minimum compte pour le minimum (facteur 1) ; H, V, D ou A au-dessus de son maximum annule le "
        "facteur et la masse limite recommandée ; le maximum lui-même est encore admis.",
    ),
    both(
        "FM takes V at the origin; between rows of the frequency table it is interpolated linearly; F below 0.2 counts "
        "as 0.2; above the last row that is not zero, FM is zero (the manual's maximum frequency).",
        "FM prend V à l'origine ; entre deux lignes du tableau, interpolation linéaire ; F sous 0,2 compte pour 0,2 ; "
        "au-delà de la dernière ligne non nulle, FM est nul (fréquence maximale du manuel).",
    ),
    both(
        "FM and CM change at V = 75 cm (30 in), which belongs to the upper column.",
        "FM et CM changent à V = 75 cm (30 in), qui appartient à la colonne supérieure.",
    ),
    both(
        "Durations: at most 1 h short, at most 2 h moderate, at most 8 h long.",
        "Durées : 1 h au plus courte, 2 h au plus moyenne, 8 h au plus longue.",
    ),
    both(
        "Worked in full precision: the manual rounds each multiplier to two decimals, its answers differ by up to 2.5 %.",
        "Calcul en pleine précision : le manuel arrondit chaque facteur à deux décimales, ses résultats diffèrent de 2,5 % au plus.",
    ),
    both(
        "Not for one-handed, seated, kneeling or restricted lifting, carrying, pushing, pulling, shovels, slippery floors, "
        "high speed, unstable loads, more than 8 h, or outside 19–26 °C and 35–50 % humidity.",
        "Ne s'applique pas au levage d'une main, assis, à genoux ou en espace restreint, au port, à la poussée, à la "
        "traction, à la pelle, aux sols glissants, aux gestes rapides, aux charges instables, au-delà de 8 h, ni hors de "
        "19–26 °C et 35–50 % d'humidité.",
    ),
)


@cache
def tables() -> dict[str, Any]:
    """The committed data: the frequency table, the source and its confidence."""
    return dict(json.loads(resource("assets/methods/niosh.json").read_text(encoding="utf-8")))


def horizontal_multiplier(h: float, system: System) -> float:
    """HM."""
    return 0.0 if h > system.horizontal_max else system.horizontal_min / max(h, system.horizontal_min)


def vertical_multiplier(v: float, system: System) -> float:
    """VM."""
    if v > system.vertical_max:
        return 0.0
    return 1.0 - system.vertical_slope * abs(v - system.vertical_reference)


def distance_multiplier(d: float, system: System) -> float:
    """DM."""
    if d > system.travel_max:
        return 0.0
    return 1.0 if d <= system.travel_min else 0.82 + system.travel_offset / d


def asymmetry_multiplier(a: float) -> float:
    """AM."""
    return 0.0 if a > 135.0 else 1.0 - 0.0032 * a


def duration_class(duration_h: float) -> str:
    """``"short"``, ``"moderate"`` or ``"long"``."""
    return "short" if duration_h <= 1.0 else "moderate" if duration_h <= 2.0 else "long"


def frequency_multiplier(f: float, klass: str, *, low: bool) -> float:
    """FM for F lifts a minute; ``low`` is V at the origin below 75 cm (30 in).

    Linear between the rows of the table; zero above the last row that is not zero, because lifting
    above the maximum frequency of the column is not admissible.
    """
    column = {"short": 1, "moderate": 3, "long": 5}[klass] + (not low)
    rows = [row for row in tables()["frequency_multiplier"]["rows"] if row[column] > 0.0]
    if f > rows[-1][0]:
        return 0.0
    f = max(f, rows[0][0])
    for lower, upper in pairwise(rows):
        if f <= upper[0]:
            share = (f - lower[0]) / (upper[0] - lower[0])
            return float(lower[column] + share * (upper[column] - lower[column]))
    return float(rows[-1][column])


def coupling_multiplier(coupling: str, *, low: bool) -> float:
    """CM."""
    return {"good": 1.0, "fair": 0.95 if low else 1.0, "poor": 0.9}[coupling]


RECOVERY = {"short": 1.0, "moderate": 0.3}
"""Recovery after a session, as a share of its length (2021 revision; the 1994 print has 1.2 for short)."""


def recovery_needed_min(work_min: float, short_factor: float = RECOVERY["short"]) -> float | None:
    """Minutes of recovery that a session needs to keep its class; None for long ones (usual breaks)."""
    klass = duration_class(work_min / 60.0)
    if klass == "long":
        return None
    return work_min * (short_factor if klass == "short" else RECOVERY["moderate"])


def classify_pattern(pattern_min: Sequence[float], short_factor: float = RECOVERY["short"]) -> dict[str, Any]:
    """Duration class of alternating minutes of lifting and of recovery (light work counts as recovery).

    A session of up to 60 min needs ``short_factor`` times its length to recover, one of up to 120 min
    0.3 times. Where the recovery is too short it is disregarded and the next lifting is added. The
    worst session decides.

    Args:
        pattern_min: Minutes of lifting, recovery, lifting, …; at least one, none negative.
        short_factor: Recovery after short sessions.

    Returns:
        ``duration_class``, ``duration_h`` and ``recovery_needed_min`` of the deciding session, and ``sessions``.
    """
    sessions: list[dict[str, Any]] = []
    work = 0.0
    for index in range(0, len(pattern_min), 2):
        work += pattern_min[index]
        rest = pattern_min[index + 1] if index + 1 < len(pattern_min) else None
        needed = recovery_needed_min(work, short_factor)
        enough = rest is not None and needed is not None and rest >= needed
        if enough or index + 2 >= len(pattern_min):
            sessions.append({
                "work_min": work, "duration_class": duration_class(work / 60.0), "recovery_needed_min": needed,
                "recovery_given_min": rest,
                "recovery_enough": None if rest is None or needed is None else rest >= needed,
            })  # fmt: skip
            work = 0.0
    worst = max(sessions, key=lambda session: session["work_min"])
    return {
        "duration_class": worst["duration_class"],
        "duration_h": worst["work_min"] / 60.0,
        "recovery_needed_min": worst["recovery_needed_min"],
        "sessions": sessions,
    }


def busiest_quarter_min(pattern_min: Sequence[float]) -> float:
    """Largest minutes of lifting within any 15 min of a pattern; a pattern shorter than that repeats."""
    total = sum(pattern_min)
    if total <= 0.0:
        return 0.0
    repeats = 1 if total >= 15.0 else int(30.0 // total) + 2
    spans: list[tuple[float, float]] = []
    clock = 0.0
    for index, minutes in enumerate(
        list(pattern_min) * repeats if len(pattern_min) % 2 == 0 else pattern_min
    ):
        if index % 2 == 0:
            spans.append((clock, clock + minutes))
        clock += minutes
    # The largest window starts where a lifting starts, or ends where one ends.
    starts = [start for start, _ in spans] + [end - 15.0 for _, end in spans]
    return max(
        sum(max(0.0, min(end, start + 15.0) - max(begin, start)) for begin, end in spans) for start in starts
    )
