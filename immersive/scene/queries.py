"""Choosing parts of a scene by selector.

A selector is ``*`` (everything), ``role:fence``, ``group:robot_1``, ``part:cell/bin_*``, or
a bare glob that is matched against group names, roles, ids and names, in that order: the
first kind that matches anything decides. A leading ``!`` on any selector of a list removes.
In a glob ``*`` also crosses ``/``; a selector that equals an id selects everything below it.
``screw[*]`` is every repeat of ``screw``: findings name them so.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable

from immersive.errors import UsageError, choices, suggestion
from immersive.scene.model import Part, Role, Scene


def _glob(pattern: str, part: Part) -> bool:
    # An id is matched as it is first: ids of repeats hold brackets ("bench[0]").
    if part.id == pattern or part.id.startswith(pattern + "/"):
        return True
    if not any(sign in pattern for sign in "*?["):
        return False
    # As a class of signs it would stand for an asterisk, which no id has.
    pattern = pattern.replace("[*]", "[[]*]")
    return fnmatch.fnmatchcase(part.id, pattern) or fnmatch.fnmatchcase(part.id, pattern + "/*")


def select_one(scene: Scene, selector: str) -> tuple[Part, ...]:
    """Parts that one selector (without ``!``) matches, in scene order; maybe none.

    Raises:
        UsageError: ``role:`` with a role that does not exist.
    """
    if selector == "*":
        return scene.parts
    kind, colon, value = selector.partition(":")
    if colon and kind == "role":
        if value not in set(Role):
            raise UsageError(f"unknown role {value!r}{suggestion(value, Role)}; use {choices(Role)}")
        return tuple(part for part in scene if part.role == value)
    if colon and kind == "group":
        return tuple(p for p in scene if any(fnmatch.fnmatchcase(g, value) for g in p.groups))
    if colon and kind == "part":
        return tuple(part for part in scene if _glob(value, part))
    kinds: tuple[Callable[[Part], bool], ...] = (
        lambda p: any(fnmatch.fnmatchcase(g, selector) for g in p.groups),
        lambda p: fnmatch.fnmatchcase(p.role, selector),
        lambda p: _glob(selector, p),
        lambda p: fnmatch.fnmatchcase(p.name, selector),
    )
    for match in kinds:
        found = tuple(part for part in scene if match(part))
        if found:
            return found
    return ()


def select(scene: Scene, selectors: str | Iterable[str]) -> tuple[Part, ...]:
    """Parts that any selector matches, less those matched by a ``!`` selector, in scene order."""
    words = [selectors] if isinstance(selectors, str) else list(selectors)
    wanted: set[str] = set()
    if words and all(word.startswith("!") for word in words):
        wanted = {part.id for part in scene}
    for word in words:
        if not word.startswith("!"):
            wanted |= {part.id for part in select_one(scene, word)}
    for word in words:
        if word.startswith("!"):
            wanted -= {part.id for part in select_one(scene, word[1:])}
    return tuple(part for part in scene if part.id in wanted)


def unmatched(scene: Scene, selectors: Iterable[str]) -> tuple[str, ...]:
    """The selectors that match no part at all: usually a misspelling."""
    return tuple(word for word in selectors if not select_one(scene, word.removeprefix("!")))
