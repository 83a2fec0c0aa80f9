"""Which stations of the layout no rule of a check asks for: they are said, not passed over."""

from __future__ import annotations

from collections.abc import Iterable

from immersive.checks._base import Context
from immersive.findings import Skipped, text


def uncovered(context: Context, key: str, ids: Iterable[str], /) -> list[Skipped]:
    """Stations that none of the layout's rules of this check names; told once, by the first rule.

    Args:
        context: Of the rule that runs.
        key: The parameter that lists ids (none listed: all of them).
        ids: All there are.
    """
    rules = [rule for rule in context.station.rules if rule.check == context.rule.check]
    if not rules or rules[0].id != context.rule.id:
        return []
    asked: set[str] = set()
    for rule in rules:
        named = rule.params.get(key, ())
        if not named:
            return []
        asked |= {named} if isinstance(named, str) else set(named)
    reason = text("no rule asks for it", "aucune règle ne le demande")
    return [Skipped(id_, reason) for id_ in ids if id_ not in asked]
