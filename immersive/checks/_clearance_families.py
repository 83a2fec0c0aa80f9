"""Repeats: parts that are the same thing several times over make one finding, not one each.

A hundred screws through one plate have one cause. Repeats are entries side by side in the hierarchy
with the same shapes, whose names differ by a number only (``screw[0]``, ``screw_12``, ``screw#2``), or
that use one mesh of a file under several names. Their findings are about ``screw[*]``: a name that
stays when a screw is added.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from immersive.scene.model import Part

ANY = "[*]"
"""Stands for the number in the name of repeats."""

_INDEX = re.compile(r"(\[[\d,]+\]|[ _.:#(-]*\d+\)?)$")

Content = tuple[str, ...]


def families(units: Mapping[str, str], parts: Sequence[Part]) -> dict[str, str]:
    """Unit name → the name of its repeats, for those that have any.

    Args:
        units: Part id → name of its unit (a part's or an entry's id, or a group).
        parts: All parts of the scene that have a unit.
    """
    shapes: dict[str, list[str]] = {}
    meshes: dict[str, str] = {}
    ids = {part.id for part in parts}
    roots: dict[str, bool] = {}
    for part in parts:
        unit = units[part.id]
        if unit in part.groups:
            continue
        shapes.setdefault(unit, []).append(part.mesh.key)
        meshes[unit] = part.mesh.name
        # What a person placed by name keeps it; what a file holds may go by its mesh.
        roots[unit] = unit not in ids or len(part.path) < 2
    numbered: dict[tuple[str, Content], list[str]] = {}
    alike: dict[tuple[str, str, Content], list[str]] = {}
    for unit, keys in shapes.items():
        content = tuple(sorted(keys))
        parent, _, name = unit.rpartition("/")
        stem = _INDEX.sub("", name)
        if stem:
            numbered.setdefault((f"{parent}/{stem}" if parent else stem, content), []).append(unit)
        if not roots[unit] and meshes[unit]:
            alike.setdefault((parent, meshes[unit], content), []).append(unit)
    found: dict[str, str] = {}
    for (stem, _), members in numbered.items():
        if len(members) > 1:
            found |= dict.fromkeys(members, f"{stem}{ANY}")
    for (parent, name, _), members in alike.items():
        single = [unit for unit in members if unit not in found]
        if len(single) > 1:
            found |= dict.fromkeys(single, f"{parent}/{name}{ANY}")
    return found
