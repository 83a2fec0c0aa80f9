"""Finds the checks: every module of this package whose name has no leading underscore."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import immersive.checks as package
from immersive.checks._base import Check
from immersive.errors import UsageError, choices, suggestion


@cache
def checks() -> dict[str, Check]:
    """Code → check, in alphabetical order."""
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))
    found: dict[str, Check] = {}
    for name in names:
        check: Check = importlib.import_module(f"{package.__name__}.{name}").CHECK
        found[check.code] = check
    return found


def check_named(code: str) -> Check:
    """The check with this code.

    Raises:
        UsageError: There is none; the message lists the codes.
    """
    known = checks()
    if code not in known:
        raise UsageError(f"unknown check {code!r}{suggestion(code, known)}; use {choices(known)}")
    return known[code]
