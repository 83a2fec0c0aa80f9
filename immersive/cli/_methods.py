"""The scoring methods by name, for ``immersive score``. A new one is one line here."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

from immersive.errors import UsageError, choices, suggestion

if TYPE_CHECKING:
    from immersive.human.scoring import Scorer

METHODS = {
    "rula": "immersive.human.rula:method",
    "reba": "immersive.human.reba:method",
    "owas": "immersive.human.owas:method",
    "niosh": "immersive.human.niosh_case:Niosh",
    "iso11226": "immersive.human.iso11226:method",
    "en1005-4": "immersive.human.en1005_4:method",
    "iso13857": "immersive.safety.iso13857_score:method",
    "iso13855": "immersive.safety.iso13855_score:method",
    "iso13854": "immersive.safety.iso13854:method",
    "walkway": "immersive.safety.walkway_width:method",
}
"""Name on the command line → ``module:function without arguments`` that gives a :class:`Scorer`."""


@cache
def scorer(name: str) -> Scorer:
    """The method of a name, imported when it is asked for.

    Raises:
        UsageError: No such method; the message lists them.
    """
    if name not in METHODS:
        raise UsageError(f"unknown method {name!r}{suggestion(name, METHODS)}; use {choices(METHODS)}")
    module, _, function = METHODS[name].partition(":")
    made: Scorer = getattr(importlib.import_module(module), function)()
    return made
