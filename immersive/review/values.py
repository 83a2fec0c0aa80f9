"""Measured values as people read them: unit and decimals chosen so that nothing misleads.

A value that misses its limit must not print like the limit: decimals are added until the two
can be told apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from immersive.units import Quantity

_FAR: Final = 10.0
"""Lengths from here on are printed in metres."""

_MOST_DECIMALS: Final = 6


_SHOWN: Final[Mapping[str, tuple[str, float, int]]] = {
    "rad": ("°", math.pi / 180.0, 1),
    "kg": ("kg", 1.0, 1),
    "N": ("N", 1.0, 0),
    "m/s": ("m/s", 1.0, 2),
    "m2": ("m²", 1.0, 2),
    "m3": ("m³", 1.0, 3),
    "%": ("%", 1.0, 0),
    "": ("", 1.0, 0),
}
"""SI unit → (printed unit, its size in SI, decimals)."""


def _printed_as(unit: str, largest: float) -> tuple[str, float, int]:
    if unit == "m":
        return ("m", 1.0, 2) if largest >= _FAR else ("mm", 0.001, 0)
    if unit == "s":
        return ("s", 1.0, 2) if largest >= 1.0 or largest == 0.0 else ("ms", 0.001, 0)
    return _SHOWN.get(unit, (unit, 1.0, 2))


def _decimals(value: float, unit: str) -> int:
    """Decimals that a value deserves: a count none, 87.3 mm one, 412 mm none."""
    whole = abs(value - round(value)) < 1e-6
    if unit == "mm":
        return int(abs(value) < 100.0 and not whole)
    return 0 if unit or whole else 2


def _vanishes(value: float, decimals: int) -> bool:
    """True if a value that is not zero would print as zero."""
    return math.isfinite(value) and abs(value) > 10.0**-_MOST_DECIMALS and round(value, decimals) == 0.0


def _alike(one: float, other: float, decimals: int) -> bool:
    return abs(one - other) > 10.0**-_MOST_DECIMALS and round(one, decimals) == round(other, decimals)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one finding, ready to print; empty text where there is none."""

    measured: str = ""
    limit: str = ""
    difference: str = ""
    uncertainty: str = ""


def figures(
    measured: float | None,
    limit: float | None,
    limit_kind: str,
    unit: str,
    uncertainty: float = 0.0,
    *,
    lang: str = "en",
) -> Figures:
    """Print the figures of a finding in one unit and with one number of decimals.

    Args:
        measured: SI, or None.
        limit: SI, or None.
        limit_kind: ``"min"``, ``"max"`` or ``""``.
        unit: SI unit of the values.
        uncertainty: Half width, SI.
        lang: ``"en"`` or ``"fr"``.

    Returns:
        ``limit`` starts with ≥ or ≤; ``difference`` is the amount by which the limit is missed
        or kept, without sign.
    """
    finite = [value for value in (measured, limit) if value is not None and math.isfinite(value)]
    name, factor, decimals = _printed_as(unit, max((abs(value) for value in finite), default=0.0))
    decimals = max([decimals, *(_decimals(value / factor, name) for value in finite)])
    gap = None if measured is None or limit is None or not limit_kind else abs(measured - limit)
    while decimals < _MOST_DECIMALS and (
        _vanishes(uncertainty / factor, decimals)
        or (gap is not None and _vanishes(gap / factor, decimals))
        or (len(finite) == 2 and gap and _alike(finite[0] / factor, finite[1] / factor, decimals))
    ):
        decimals += 1

    def shown(value: float) -> str:
        if not math.isfinite(value):
            return "∞" if value > 0 else "−∞" if value < 0 else "?"
        return Quantity(value, name, factor, decimals).text(lang)

    sign = {"min": "≥ ", "max": "≤ "}.get(limit_kind, "")
    return Figures(
        measured="" if measured is None else shown(measured),
        limit="" if limit is None else sign + shown(limit),
        difference="" if gap is None else shown(gap),
        uncertainty=f"± {shown(uncertainty)}" if uncertainty else "",
    )


def figures_of(finding: Any, *, lang: str = "en") -> Figures:
    """The figures of a :class:`~immersive.findings.Finding` or of its JSON object."""
    keys = ("measured", "limit", "limit_kind", "unit", "uncertainty")
    of = [finding[key] if isinstance(finding, Mapping) else getattr(finding, key) for key in keys]
    return figures(of[0], of[1], of[2], of[3], of[4], lang=lang)
