"""Is a size believable for what the thing is? If not, which unit was probably meant.

Ours, not a standard's: the bands are wide on purpose, so that only a wrong unit (a factor of 10,
25.4, 1,000) leaves them. The largest side of a part's own box is judged, so that turning it does
not matter; sides below the file's own detail (screws of an assembly) are never judged alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from immersive.findings import text
from immersive.scene.model import FloatArray, Notice, Part, Role, Severity, Source
from immersive.units import LENGTH_UNITS, Quantity, metres, mm

PLAUSIBLE_SIZE: Final[dict[Role, tuple[float, float]]] = {
    Role.MACHINE: (0.05, 30.0),
    Role.ROBOT: (0.02, 10.0),
    Role.FENCE: (0.1, 100.0),
    Role.FURNITURE: (0.15, 20.0),
    Role.CONVEYOR: (0.1, 200.0),
    Role.WORKPIECE: (0.002, 20.0),
    Role.TOOL: (0.005, 6.0),
    Role.CONTAINER: (0.03, 6.0),
    Role.VEHICLE: (0.2, 25.0),
    Role.DOOR: (0.2, 20.0),
    Role.SAFEGUARD: (0.01, 20.0),
    Role.CABINET: (0.1, 15.0),
    Role.FLOOR: (0.1, 1000.0),
    Role.WALL: (0.1, 1000.0),
    Role.CEILING: (0.1, 1000.0),
    Role.MARKING: (0.02, 1000.0),
    Role.SIGN: (0.02, 10.0),
    Role.OTHER: (0.005, 15.0),
}
"""Role → least and greatest believable largest side in metres of one thing."""

ASSEMBLY_SIZE: Final = (0.005, 200.0)
"""The same for a file of several parts without a role: from a fitting to a hall."""

PLACED_FILE_LEAST: Final = 0.003
"""A mesh file that a cell places and whose largest side is below 3 mm: a screw's head is larger."""

_LIKELY: Final = ("mm", "m", "in", "cm")
"""Units in the order in which they are guessed: CAD exports in mm, robot descriptions in m."""


def intended_units(size: float, unit: str, band: tuple[float, float]) -> tuple[str, ...]:
    """Units that make an implausible size plausible, likeliest first.

    Args:
        size: Largest side in metres, as read with ``unit``.
        unit: Short name of the unit that was applied.
        band: Least and greatest believable size in metres.
    """
    raw = size / LENGTH_UNITS[unit]
    return tuple(
        other
        for other in _LIKELY
        if LENGTH_UNITS[other] != LENGTH_UNITS[unit] and band[0] <= raw * LENGTH_UNITS[other] <= band[1]
    )


def size_notices(parts: Sequence[Part], source: Source) -> tuple[Notice, ...]:
    """What is not believable about the sizes of one file's parts.

    The file is judged as a whole first; single parts only where the file itself says what each
    of them is, and mesh files that it places by their own size.
    """
    solid = [part for part in parts if part.mesh.bounds is not None]
    if not solid:
        return ()
    bounds = np.array([part.mesh.bounds for part in solid])
    matrices = np.array([part.world_from_mesh for part in solid])
    sizes = _own_sizes(bounds, matrices)
    if len(solid) == 1:
        return _judge(solid[0], sizes[0], PLAUSIBLE_SIZE[solid[0].role], source)
    roles = {part.role for part in solid}
    if {part.source for part in solid} == {source.file}:
        band = PLAUSIBLE_SIZE[roles.pop()] if len(roles) == 1 and Role.OTHER not in roles else ASSEMBLY_SIZE
        return _judge(None, _whole_size(bounds, matrices), band, source)
    whole = _judge(None, _whole_size(bounds, matrices), (ASSEMBLY_SIZE[0], 1000.0), source)
    return whole or tuple(_placed(solid, sizes, source))


def _placed(parts: Sequence[Part], sizes: Sequence[float], source: Source) -> Iterable[Notice]:
    """Parts of a cell or robot file that places other files."""
    files: dict[str, list[int]] = {}
    for index, part in enumerate(parts):
        files.setdefault(part.source, []).append(index)
    for members in files.values():
        greatest = max(sizes[index] for index in members)
        for index in members:
            part, size = parts[index], sizes[index]
            low, high = PLAUSIBLE_SIZE[part.role]
            # A mesh file used for several small parts of a link is judged by its greatest use.
            least = low if len(members) == 1 and part.role is not Role.OTHER else PLACED_FILE_LEAST
            if size > high or (greatest < least and size == greatest):
                yield from _judge(part, size, (low, high), source)


def _judge(part: Part | None, size: float, band: tuple[float, float], source: Source) -> tuple[Notice, ...]:
    if band[0] <= size <= band[1]:
        return ()
    unit = source.unit if part is None or part.source == source.file else _placed_unit(part, source.unit)
    units = intended_units(size, unit, band)
    what = {"en": "The file", "fr": "Le fichier"}
    if part is not None:
        what = {"en": f"Part {part.id!r}", "fr": f"La pièce « {part.id} »"}
        if part.role is not Role.OTHER:
            what = {"en": f"{what['en']} ({part.role})", "fr": f"{what['fr']} ({_FRENCH[part.role]})"}
    word = ("large", "grand") if size > band[1] else ("small", "petit")
    values = {"what": what, "size": _size(size), "unit": unit, "word": {"en": word[0], "fr": word[1]}}
    en = "{what} is {size} at its largest side when read in {unit}: implausibly {word}."
    fr = "{what} mesure {size} dans sa plus grande dimension, lu en {unit} : invraisemblablement {word}."
    if units:
        raw = size / LENGTH_UNITS[unit]
        values |= {"likely": units[0], "then": _size(raw * LENGTH_UNITS[units[0]])}
        en += " Probably {likely} is meant ({then})."
        fr += " L’unité voulue est probablement {likely} ({then})."
        if len(units) > 1:
            values |= {"other": units[1], "otherwise": _size(raw * LENGTH_UNITS[units[1]])}
            en += " Else {other} ({otherwise})."
            fr += " Sinon {other} ({otherwise})."
    return (
        Notice(
            "unit-implausible",
            Severity.WARNING,
            source.file if part is None else part.source or source.file,
            text(en, fr, **values),
            subject=None if part is None else part.id,
            data={
                "size": size,
                "unit": unit,
                "plausible": list(band),
                "likely_unit": units[0] if units else None,
                "possible_units": list(units),
            },
        ),
    )


def _placed_unit(part: Part, default: str) -> str:
    """The unit that the placing file gives to a mesh file, seen in the scale of its pose."""
    stretch = np.sqrt((part.world_from_mesh[:3, :3] ** 2).sum(axis=0))
    for unit in _LIKELY:
        if np.allclose(stretch, LENGTH_UNITS[unit], rtol=1e-6, atol=0.0):
            return unit
    return default


def _size(value: float) -> Quantity:
    if value >= 1.0:
        return metres(value)
    return mm(value, 0 if value >= 0.1 else 1 if value >= 0.001 else 3)


def _own_sizes(bounds: FloatArray, matrices: FloatArray) -> list[float]:
    """Largest side of each part's box along its mesh's own axes, metres."""
    stretch = np.sqrt((matrices[:, :3, :3] ** 2).sum(axis=1))
    sizes: list[float] = ((bounds[:, 1] - bounds[:, 0]) * stretch).max(axis=1).tolist()
    return sizes


_CORNERS: Final = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)])


def _whole_size(bounds: FloatArray, matrices: FloatArray) -> float:
    """Largest side of the box around all parts' boxes, metres."""
    corners = np.take_along_axis(bounds, np.broadcast_to(_CORNERS, (len(bounds), 8, 3)), axis=1)
    world = corners @ matrices[:, :3, :3].transpose(0, 2, 1) + matrices[:, None, :3, 3]
    return float((world.max(axis=(0, 1)) - world.min(axis=(0, 1))).max())


_FRENCH: Final = {
    Role.MACHINE: "machine",
    Role.ROBOT: "robot",
    Role.FENCE: "clôture",
    Role.FURNITURE: "mobilier",
    Role.CONVEYOR: "convoyeur",
    Role.WORKPIECE: "pièce à travailler",
    Role.TOOL: "outil",
    Role.CONTAINER: "bac",
    Role.VEHICLE: "véhicule",
    Role.DOOR: "porte",
    Role.SAFEGUARD: "dispositif de protection",
    Role.CABINET: "armoire",
    Role.FLOOR: "sol",
    Role.WALL: "mur",
    Role.CEILING: "plafond",
    Role.MARKING: "marquage",
    Role.SIGN: "panneau",
    Role.OTHER: "autre",
}
