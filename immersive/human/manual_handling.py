"""Reference masses of ISO 11228-1 for lifting, and from which mass the standard applies."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from immersive.resources import resource

AGES: Final = ("18_45", "all")
"""Whom a reference mass is for: adults of 18 to 45, or younger and older workers as well."""


@cache
def data() -> dict[str, Any]:
    """The committed figures with their confidence."""
    return dict(json.loads(resource("assets/methods/manual_handling.json").read_text(encoding="utf-8")))


def applies_from() -> float:
    """Kilograms from which the standard applies."""
    return float(data()["applies_from"]["mass"])


def reference_mass(*, women: bool, ages: str) -> float:
    """Kilograms; the lowest of those who may do the work.

    Args:
        women: Whether women are among the workers.
        ages: One of :data:`AGES`.
    """
    table = data()["reference_mass"]
    sex = "women" if women else "men"
    return float(table[f"{sex}_18_45" if ages == "18_45" else f"{sex}_younger_or_older"])
