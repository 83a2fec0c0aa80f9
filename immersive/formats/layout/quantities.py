"""Unit suffixes of keys, in one place: ``height_mm = 900`` is ``height = 0.9`` in memory.

A field of a model says what it measures with :class:`Kind`; every suffix of that kind is then
a valid spelling of its key, and a key without suffix is in the unit used in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from immersive.units import SUFFIXES


@dataclass(frozen=True, slots=True)
class Kind:
    """What a number in the layout measures.

    Attributes:
        name: ``"length"``, ``"angle"``, ``"mass"``, ``"time"``, ``"frequency"`` or ``"joint"``.
        usual: The suffix people write, used in examples and suggestions.
        merge: True for a table that may be given once per unit (joints in degrees and in mm).
    """

    name: str
    usual: str
    merge: bool = False


LENGTH: Final = Kind("length", "_mm")
ANGLE: Final = Kind("angle", "_deg")
MASS: Final = Kind("mass", "_kg")
TIME: Final = Kind("time", "_s")
FREQUENCY: Final = Kind("frequency", "_per_min")
JOINT: Final = Kind("joint", "_deg", merge=True)

MEMORY_UNIT: Final = {
    "length": "metres",
    "angle": "radians",
    "mass": "kilograms",
    "time": "seconds",
    "frequency": "times a minute",
    "joint": "radians or metres",
}
"""Unit of a key without suffix."""


@cache
def suffixes(kind: str) -> dict[str, float]:
    """Suffix → factor to the unit used in memory, for one kind; the empty suffix is first."""
    if kind == "frequency":
        # Ergonomic tables count actions a minute, and so does the model.
        return {"": 1.0, "_per_min": 1.0, "_per_h": 1.0 / 60.0, "_per_s": 60.0}
    wanted = ("angle", "length") if kind == "joint" else (kind,)
    return {"": 1.0} | {key: factor for key, (of, factor) in SUFFIXES.items() if of in wanted}


def variants(key: str, kind: Kind | None) -> dict[str, float]:
    """Every spelling of a key → its factor: ``width``, ``width_mm``, ``width_m`` …"""
    if kind is None:
        return {key: 1.0}
    return {key + suffix: factor for suffix, factor in suffixes(kind.name).items()}


def usual_key(key: str, kind: Kind | None) -> str:
    """The spelling that people use: ``width_mm``."""
    return key if kind is None else key + kind.usual


def to_memory(value: Any, factor: float) -> Any:
    """A number, or numbers in lists and tables, in the unit used in memory; anything else as it is.

    Divides where that is exact (350 mm is 0.35 m, not 0.35000000000000003).
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        whole = round(1.0 / factor) if factor < 1.0 else 0
        try:
            return value / whole if whole > 1 and abs(whole * factor - 1.0) < 1e-12 else value * factor
        except OverflowError:
            return value
    if isinstance(value, list | tuple):
        return [to_memory(item, factor) for item in value]
    if isinstance(value, dict):
        return {key: to_memory(item, factor) for key, item in value.items()}
    return value
