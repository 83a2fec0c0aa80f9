"""What a walkway must measure: picks the figure of the chosen rule, with its citation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from immersive.findings import Citation, Confidence, Text, text
from immersive.resources import resource
from immersive.scene.station import Walkway

LAYOUT = Citation("layout", confidence=Confidence.PROJECT)

USERS = {
    "pedestrians": {"en": "pedestrians", "fr": "piétons"},
    "trucks": {"en": "trucks", "fr": "chariots"},
}
TRAFFIC = {
    "one_way": {"en": "one-way traffic", "fr": "un sens de circulation"},
    "two_way": {"en": "two-way traffic", "fr": "deux sens de circulation"},
}


@dataclass(frozen=True, slots=True)
class Demand:
    """The figures a walkway is held against.

    Attributes:
        width: Required free width, metres; None if the rule has no figure for this walkway.
        refusal: Why there is none.
        width_source, head_source, step_source: Where each figure comes from.
        head_height: Required free height, metres.
        step: Largest difference of level on the floor, metres.
    """

    width: float | None
    width_source: Citation
    head_height: float
    head_source: Citation
    step: float
    step_source: Citation
    refusal: Text | None = None


@cache
def _figures() -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(resource("assets/standards/walkways.json").read_text("utf-8"))
    return data


def _cite(entry: Mapping[str, Any], over: Mapping[str, Any] | None = None) -> Citation:
    both = {**entry, **(over or {})}
    return Citation(
        both["standard"], both.get("edition", ""), both.get("clause", ""), Confidence(both["confidence"]),
        both.get("note", {}),
    )  # fmt: skip


def standards() -> tuple[Citation, ...]:
    """One citation for each source of figures."""
    return (*(_cite(rule) for rule in _figures()["rules"].values()), LAYOUT)


def demand_for(
    walkway: Walkway,
    /,
    *,
    rule: str,
    category: str,
    passage_units: int,
    min_width: float | None,
    head_height: float | None,
    step: float | None,
) -> Demand:
    """The demand on one walkway; the layout's own figures win and are cited as the layout's.

    ``rule="auto"`` is ``fr_arrete_1974`` for trucks and ``inrs`` for pedestrians. A rule without
    a head height of its own takes that of ISO 14122-2, and says so in the citation.
    """
    figures = _figures()
    if rule == "auto":
        rule = "fr_arrete_1974" if walkway.users == "trucks" else "inrs"
    width: float | None = None
    refusal: Text | None = None
    entry: Mapping[str, Any] | None = None
    source = LAYOUT
    if rule == "layout":
        width = walkway.width
    else:
        source = _cite(figures["rules"][rule])
        entry, refusal = _entry(walkway, rule, category, passage_units)
        if entry is not None:
            source = _cite(figures["rules"][rule], entry)
            width, refusal = _width(walkway, entry, passage_units)
    if min_width is not None:
        width, refusal, source = min_width, None, LAYOUT
    fallback = figures["head_height"]
    if head_height is not None:
        head, head_source = head_height, LAYOUT
    elif entry is not None and "head_height" in entry:
        head, head_source = entry["head_height"], _cite(figures["rules"][rule], entry)
    else:
        head, head_source = fallback["value"], _cite(fallback)
    level = figures["step"]
    return Demand(
        width,
        source,
        head,
        head_source,
        level["value"] if step is None else step,
        _cite(level) if step is None else LAYOUT,
        refusal,
    )


def _entry(
    walkway: Walkway, rule: str, category: str, units: int
) -> tuple[Mapping[str, Any] | None, Text | None]:
    demands = _figures()["rules"][rule]["demands"]
    for entry in demands:
        if (
            entry["users"] in ("any", walkway.users)
            and entry["traffic"] in ("any", walkway.traffic)
            and entry["category"] in ("any", category)
            and entry.get("units", min(units, 3)) == min(units, 3)
        ):
            return entry, None
    known = sorted({f"{e['users']}/{e['traffic']}/{e['category']}" for e in demands})
    return None, text(
        "rule {rule} has no width for {users}, {traffic}, category {category}; it has: {known}",
        "la règle {rule} ne donne pas de largeur pour {users}, {traffic}, catégorie {category} ; elle en donne pour : {known}",
        rule=rule,
        users=USERS.get(walkway.users, walkway.users),
        traffic=TRAFFIC.get(walkway.traffic, walkway.traffic),
        category=category,
        known=", ".join(known),
    )


def _width(walkway: Walkway, entry: Mapping[str, Any], units: int) -> tuple[float | None, Text | None]:
    if "per_load_width" in entry:
        if walkway.load_width is None:
            return None, text(
                "the walkway does not state the width of the widest truck or load (load_width)",
                "la largeur du chariot ou de la charge la plus large (load_width) n'est pas indiquée",
            )
        return entry["per_load_width"] * walkway.load_width + entry["width"], None
    if "width_per_unit" in entry:
        return units * entry["width_per_unit"], None
    return entry["width"], None
