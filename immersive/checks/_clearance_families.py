"""Repeats: what is the same thing several times over makes one finding, not one each.

A hundred screws through one plate have one cause. Repeats are parts or assemblies side by side in the
hierarchy with the same shapes, whose names differ by a number only (``screw[0]``, ``screw_12``,
``screw#2``), or parts that use one mesh of a file under several names. Their findings are about
``screw[*]``, or ``bracket[*]/screw[*]``: a name that stays when a screw is added. Robots and what
else moves are machines of their own and never repeats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from immersive.scene.model import Part, Role

ANY = "[*]"
"""Stands for the number in the name of repeats."""

_INDEX = re.compile(r"(\[[\d,]+\]|[ _.:#(-]*\d+\)?)$")


def families(labels: Iterable[str], parts: Iterable[Part]) -> Mapping[str, str]:
    """Name of a unit → the name that it shares with its repeats, for units that have any.

    Args:
        labels: Names of units: ids of parts or of entries of the hierarchy; others (groups) have none.
        parts: All parts of the scene.
    """
    below: dict[str, list[str]] = {}
    own: dict[str, str] = {}
    machines: set[str] = set()
    for part in parts:
        words = part.id.split("/")
        prefixes = ["/".join(words[:k]) for k in range(1, len(words) + 1)]
        for prefix in prefixes:
            below.setdefault(prefix, []).append(part.mesh.key)
        if part.role == Role.ROBOT or part.moving:
            machines.update(prefixes)
        # What a person placed by name keeps it; what a file holds may go by its mesh.
        own[part.id] = part.mesh.name if len(words) > 1 else ""
    numbered: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    alike: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for prefix, keys in below.items():
        if prefix in machines:
            continue
        parent, _, name = prefix.rpartition("/")
        content = tuple(sorted(keys))
        stem = _INDEX.sub("", name)
        if stem:
            numbered.setdefault((parent, stem, content), []).append(prefix)
        if own.get(prefix):
            alike.setdefault((parent, own[prefix], content), []).append(prefix)
    names: dict[str, str] = {}
    for (_, stem, _), members in numbered.items():
        if len(members) > 1:
            names |= dict.fromkeys(members, stem + ANY)
    for (_, mesh, _), members in alike.items():
        single = [prefix for prefix in members if prefix not in names]
        if len(single) > 1:
            names |= dict.fromkeys(single, mesh + ANY)
    found = {}
    for label in labels:
        if label not in below:
            continue
        words = label.split("/")
        prefixes = ["/".join(words[:k]) for k in range(1, len(words) + 1)]
        shared = "/".join(names.get(prefix, word) for prefix, word in zip(prefixes, words, strict=True))
        if shared != label:
            found[label] = shared
    return found
