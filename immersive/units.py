"""Units of files and of text. In memory there are only metres, kilograms, seconds and radians.

``LENGTH_UNITS`` gives the metres in one file unit; ``Quantity`` prints a value in
the unit an engineer reads it in, in English or French.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from immersive.errors import UsageError, choices, suggestion

LENGTH_UNITS: Final[dict[str, float]] = {
    "m": 1.0,
    "dm": 0.1,
    "cm": 0.01,
    "mm": 0.001,
    "um": 1e-6,
    "km": 1000.0,
    "in": 0.0254,
    "ft": 0.3048,
}
"""Metres in one unit. An inch is 25.4 mm exactly (international yard and pound agreement, 1959)."""

_LENGTH_NAMES: Final[dict[str, str]] = {
    "metre": "m", "meter": "m", "metres": "m", "meters": "m",
    "decimetre": "dm", "decimeter": "dm",
    "centimetre": "cm", "centimeter": "cm", "centimetres": "cm", "centimeters": "cm",
    "millimetre": "mm", "millimeter": "mm", "millimetres": "mm", "millimeters": "mm",
    "micrometre": "um", "micrometer": "um", "micron": "um", "microns": "um", "µm": "um",
    "kilometre": "km", "kilometer": "km",
    "inch": "in", "inches": "in", '"': "in",
    "foot": "ft", "feet": "ft",
}  # fmt: skip

SUFFIXES: Final[dict[str, tuple[str, float]]] = {
    **{f"_{name}": ("length", factor) for name, factor in LENGTH_UNITS.items()},
    "_deg": ("angle", math.pi / 180.0),
    "_rad": ("angle", 1.0),
    "_kg": ("mass", 1.0),
    "_g": ("mass", 0.001),
    "_s": ("time", 1.0),
    "_ms": ("time", 0.001),
    "_min": ("time", 60.0),
    "_h": ("time", 3600.0),
}
"""Key suffix in a file → (kind of quantity, factor to the SI unit used in memory)."""


def length_unit(text: str) -> str:
    """The short name of a length unit: ``"Millimetres"`` → ``"mm"``.

    Raises:
        UsageError: No such unit; the message lists the valid ones.
    """
    name = text.strip()
    short = _LENGTH_NAMES.get(name.lower(), name.lower())
    if short in LENGTH_UNITS:
        return short
    known = [*LENGTH_UNITS, *_LENGTH_NAMES]
    raise UsageError(
        f"unknown length unit {text!r}{suggestion(name.lower(), known)}; use {choices(LENGTH_UNITS)}"
    )


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in SI units that prints itself in the unit people read.

    ``decimals`` is how far the value is worth printing, in ``unit``.
    """

    value: float
    unit: str
    factor: float
    decimals: int

    def text(self, lang: str = "en") -> str:
        """The value with its unit; French has a decimal comma and a narrow no-break space."""
        shown = self.value / self.factor
        shown = 0.0 if abs(shown) < 0.5 * 10.0**-self.decimals else shown
        digits = f"{shown:,.{self.decimals}f}".replace(",", "\u202f").replace("-", "−")
        if lang == "fr":
            digits = digits.replace(".", ",")
        # The degree sign of an angle follows its number without a space (SI brochure 5.4.3).
        space = "" if self.unit in ("", "°") else "\u00a0"
        return f"{digits}{space}{self.unit}"


def mm(value: float, decimals: int = 0) -> Quantity:
    """A length in metres, printed in millimetres."""
    return Quantity(value, "mm", 0.001, decimals)


def metres(value: float, decimals: int = 2) -> Quantity:
    """A length in metres, printed in metres."""
    return Quantity(value, "m", 1.0, decimals)


def degrees(value: float, decimals: int = 0) -> Quantity:
    """An angle in radians, printed in degrees."""
    return Quantity(value, "°", math.pi / 180.0, decimals)


def number(value: float, decimals: int = 0) -> Quantity:
    """A plain number."""
    return Quantity(value, "", 1.0, decimals)
