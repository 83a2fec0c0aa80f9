"""Tables that say beforehand what a finding is worth."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from immersive.formats.layout.fields import Id, Name, Selector, Table
from immersive.formats.layout.quantities import LENGTH


class ExpectedContact(Table):
    """Parts that are meant to touch or to overlap a little; the clearance check counts and lists them, and
    finds nothing wrong with them. A gap below the required clearance stays a finding; a part of `between` that
    touches none of `to` is told as information.
    """

    id: Id = Field(description="Unique among the contacts.")
    between: Annotated[tuple[Selector, ...], Field(min_length=1)] = Field(
        description="Selectors of one side."
    )
    to: tuple[Selector, ...] = Field((), description="Selectors of the other; among each other if absent.")
    kind: Literal["bolted", "resting", "press_fit", "welded", "other"] = Field(
        "bolted", description="What holds them."
    )
    overlap: Annotated[float, LENGTH, Field(ge=0.0, le=1.0)] = Field(
        0.0, description="Largest penetration that belongs to it (a modelled thread, a press fit)."
    )
    reason: Name = Field("", description="For the report.")


class Accepted(Table):
    """A finding that someone has looked at and accepts. It is no pass, but does not count; it counts again as soon
    as its parts change, move relative to each other, its demand changes or it gets worse. `immersive accept` writes
    these entries.
    """

    finding: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")] = Field(description="Id of the finding.")
    reason: Annotated[str, Field(min_length=1, max_length=1000)] = Field(description="Why it is no fault.")
    by: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="Who says so.")
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = Field(
        None, description="Year-month-day."
    )
    parts: Annotated[str, Field(max_length=200)] = Field(
        "",
        description="Fingerprint of what was accepted, as written by the command; without it the entry is void.",
    )
    subjects: tuple[Annotated[str, Field(max_length=1000)], ...] = Field(
        (), description="What it is about, for readers."
    )
