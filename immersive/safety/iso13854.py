"""ISO 13854:2017, least gaps against crushing parts of the body. Millimetres."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from immersive.human.case_fields import both, number
from immersive.safety._lookup import LONGEST, SNAP, Case, Lookup, Word, figures

PARTS = ("body", "head", "leg", "foot", "toes", "arm", "hand_wrist_fist", "finger")

_OTHERS = {
    "body": ("whole_body", "entire_body", "trunk", "torso", "corps"),
    "head": ("tête", "tete"),
    "leg": ("legs", "jambe"),
    "foot": ("feet", "pied"),
    "toes": ("toe", "orteils", "orteil"),
    "arm": ("arms", "upper_arm", "lower_arm", "forearm", "bras"),
    "hand_wrist_fist": (
        "hand", "hands", "wrist", "wrists", "fist", "fists", "hand/wrist/fist", "hand,_wrist,_fist", "hand,wrist,fist",
        "hand_wrist_or_fist", "hand,_wrist_or_fist", "hand,_wrist_and_fist", "hand,_wrist,_or_fist", "hand_or_wrist_or_fist",
        "hand_and_wrist", "hand_or_wrist", "hand/wrist", "hand_wrist", "main", "poignet", "poing",
    ),
    "finger": ("fingers", "thumb", "doigt", "doigts"),
}  # fmt: skip
SYNONYMS = {other: part for part, others in _OTHERS.items() for other in others}
"""Other words for the parts, blanks and dashes as ``_``."""


def data() -> Mapping[str, Any]:
    """The figures, ``assets/standards/iso13854.json``."""
    return figures("iso13854")


def minimum_gap(part: str) -> float:
    """Least gap that does not crush this part of the body, mm."""
    return float(data()["min_gap"][part])


def wide_enough(part: str, gap: float) -> bool:
    """Whether the part is not crushed in ``gap`` mm; the least gap itself is enough."""
    return gap >= minimum_gap(part) - SNAP


INPUTS = (
    Word("part", "choice", options=PARTS, doc="Part of the body that can get into the gap.",
         synonyms=SYNONYMS),
    number("gap", 0, LONGEST, "Smallest gap that the motion leaves, mm."),
)  # fmt: skip

NOTES = (
    both("For rigid parts that move towards each other or towards a fixed part. The gap for one part does not "
         "protect a larger one that can get in: use that of the largest.",
         "Pour des pièces rigides qui se rapprochent l'une de l'autre ou d'une pièce fixe. L'écartement d'une partie du "
         "corps ne protège pas une plus grande qui peut entrer : prendre celui de la plus grande."),
)  # fmt: skip


def answer(case: Case) -> None:
    """Fill in the case."""
    entry = data()
    case.cite(entry["standard"], entry["edition"], entry["clause"], entry["confidence"])
    part, gap = case.need("part"), case.need("gap")
    if part is None:
        return
    case.say(min=minimum_gap(part))
    if gap is not None:
        case.say(ok=wide_enough(part, gap))


METHOD = Lookup(
    "iso13854",
    both("ISO 13854: least gaps against crushing", "ISO 13854 : écartements minimaux contre l'écrasement"),
    INPUTS,
    answer,
    source="ISO 13854:2017",
    confidence="confirmed by two sources",
    notes=NOTES,
    aliases={"gap_mm": "gap", "body_part": "part"},
)


def method() -> Lookup:
    """For the registry of ``immersive score``."""
    return METHOD
