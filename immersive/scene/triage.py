"""What the layout says beforehand about findings: contacts that are meant, findings that are accepted."""

from __future__ import annotations

from dataclasses import dataclass

from immersive.scene.origin import NOWHERE, Origin


@dataclass(frozen=True, slots=True)
class ExpectedContact:
    """Parts that are meant to touch, or to overlap a little: bolted, resting, pressed in.

    Attributes:
        between, to: Selectors of both sides; ``to`` empty: among each other.
        kind: ``"bolted"``, ``"resting"``, ``"press_fit"``, ``"welded"`` or ``"other"``.
        overlap: Largest penetration that belongs to it, metres.
        reason: For the report.
    """

    id: str
    between: tuple[str, ...]
    to: tuple[str, ...] = ()
    kind: str = "bolted"
    overlap: float = 0.0
    reason: str = ""
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that a person has looked at and accepts, as long as its parts stay as they are.

    Attributes:
        finding: Id of the finding (``Finding.id``).
        reason: Why it is no fault.
        by: Who says so.
        date: When, as written.
        parts: Fingerprint of the parts it is about; the acceptance is void when it differs.
        subjects: For readers.
    """

    finding: str
    reason: str
    by: str
    date: str = ""
    parts: str = ""
    subjects: tuple[str, ...] = ()
    origin: Origin = NOWHERE
