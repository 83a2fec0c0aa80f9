"""ISO 13857:2019, safety distances against reaching hazard zones: the tables as functions. Millimetres.

Reaching over (tables 1 and 2), around (3), through openings (4 and 5), lower limbs through openings (7).
Between printed values the safer neighbour is taken, never an interpolation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from immersive.human.case_fields import Words, both
from immersive.safety._lookup import SNAP, Cell, figures, safer_cell

RISKS = ("low", "high")
SHAPES = ("slot", "square", "round")
LIMITATIONS = ("shoulder", "elbow", "wrist", "knuckle")
OPENING_TABLES = ("4", "5", "7")


def data() -> Mapping[str, Any]:
    """The figures, ``assets/standards/iso13857.json``."""
    return figures("iso13857")


def overhead_minimum(risk: str) -> float:
    """Least height of a hazard zone that needs no structure, mm."""
    return float(data()["overhead"][risk])


def out_of_reach_overhead(height: float, risk: str) -> bool:
    """Whether a hazard zone is high enough on its own; the limit itself is enough."""
    return height >= overhead_minimum(risk) - SNAP


def reach_over(a: float, b: float, risk: str) -> Cell | None:
    """Least horizontal distance ``c`` from a protective structure to a hazard zone, tables 1 (low) and 2 (high).

    Args:
        a: Height of the hazard zone above the reference plane, mm.
        b: Height of the protective structure, mm.
        risk: ``"low"`` or ``"high"``.

    Returns:
        None where the structure is below 1000 mm, which the tables do not admit. A hazard zone that
        is out of reach overhead asks 0 whatever stands before it.
    """
    table = data()["reach_over"][risk]
    if out_of_reach_overhead(a, risk):
        top = float(table["a"][0])
        why = both(f"a = {a:g} is out of reach overhead ({top:g} or more)",
                   f"a = {a:g} est hors de portée vers le haut ({top:g} ou plus)")  # fmt: skip
        return Cell(0.0, top, max((float(e) for e in table["b"] if e <= b + SNAP), default=None), (top,), why)
    return safer_cell(table, a, b)


def least_structure(a: float, c: float, risk: str) -> float:
    """Lowest printed height of a structure that stands at horizontal distance ``c``, mm."""
    for edge in data()["reach_over"][risk]["b"]:
        cell = reach_over(a, edge, risk)
        if cell is not None and cell.c <= c + SNAP:
            return float(edge)
    raise AssertionError("the last column asks no distance")


def admissible_heights(b: float, c: float, risk: str) -> list[list[float | None]]:
    """Ranges of ``a`` that a structure of height ``b`` at distance ``c`` protects; None ends the open one upwards."""
    table = data()["reach_over"][risk]
    good = []
    for height in reversed(table["a"]):
        cell = reach_over(height, b, risk)
        good.append((float(height), cell is not None and cell.c <= c + SNAP))
    ranges: list[list[float | None]] = []
    before = False
    for height, fits in good:
        if fits and before:
            ranges[-1][1] = height
        elif fits:
            ranges.append([height, height])
        before = fits
    ranges[-1][1] = None
    return ranges


@dataclass(frozen=True, slots=True)
class Opening:
    """What a regular opening asks.

    Attributes:
        sr: Safety distance, mm; None where the table admits no such opening.
        row: The band (over, up to), mm; None beyond the table.
        why: Both languages.
        confidence: Of this cell.
        short_slot: A smaller distance that the thumb or heel as a stop would allow but that is not
            applied, because the row it belongs to is not established; mm or None.
        whole_body: The body gets through: no distance of these tables applies.
    """

    sr: float | None
    row: tuple[float, float] | None
    why: Words
    confidence: str
    short_slot: float | None = None
    whole_body: bool = False


def through_opening(table: str, shape: str, e: float, *, slot_length: float | None = None) -> Opening:
    """Least distance ``sr`` behind an opening, tables 4 (14 years and over), 5 (3 years and over), 7 (lower limbs).

    Args:
        table: ``"4"``, ``"5"`` or ``"7"``.
        shape: ``"slot"``, ``"square"`` or ``"round"``.
        e: Smallest dimension (width of a slot, side, diameter), mm, above 0. A band's upper end belongs to it.
        slot_length: Length of a slot, mm: a short one stops the thumb.
    """
    entry = data()["openings"][table]
    whole = data()["whole_body"]
    body = e > whole[shape] + SNAP
    column = entry["columns"].index(shape)
    for row in entry["rows"]:
        if e <= row[1] + SNAP:
            break
    else:
        return _beyond(table, shape, e, body, entry)
    low, high, sr = row[0], row[1], row[column]
    sure = entry["confidence_of_cells"].get(f"{shape} {high}", entry["confidence"])
    if sr is None:
        why = both(f"a {shape} over {low} is not admissible in table {table}",
                   f"table {table} : ouverture ({_FR[shape]}) de plus de {low} non admise")  # fmt: skip
        return Opening(None, (low, high), why, sure, whole_body=body)
    why = both(f"row {low} < e ≤ {high}, column {shape}", f"ligne {low} < e ≤ {high}, colonne {_FR[shape]}")
    short, spare = entry["short_slot"], None
    if (
        shape == "slot"
        and slot_length is not None
        and slot_length <= short["length_max"] + SNAP
        and sr > short["sr"]
    ):
        if not short["apply"]:
            spare = float(short["sr"])
        elif short["e_over"] + SNAP < e <= short["e_up_to"] + SNAP:
            why = both(
                f"{why['en']}: {sr}, reduced to {short['sr']} because a slot of at most {short['length_max']} stops the thumb",
                f"{why['fr']} : {sr}, ramené à {short['sr']} car une fente de {short['length_max']} au plus arrête le pouce",
            )
            sr = short["sr"]
    return Opening(float(sr), (low, high), why, sure, spare, body)


def irregular_opening(table: str, e: Mapping[str, float]) -> tuple[str, Opening] | None:
    """The smallest distance among the regular openings that an irregular one fits into entirely.

    Args:
        table: ``"4"``, ``"5"`` or ``"7"``.
        e: Smallest dimension of the smallest enclosing opening, mm, for each shape.

    Returns:
        The deciding shape and its answer; None where no shape is admissible.
    """
    fitting = [(shape, through_opening(table, shape, e[shape])) for shape in SHAPES]
    fitting = [pair for pair in fitting if pair[1].sr is not None]
    return min(fitting, key=lambda pair: pair[1].sr or 0.0, default=None)


_FR = {"slot": "fente", "square": "carré", "round": "rond"}


def _beyond(table: str, shape: str, e: float, body: bool, entry: Mapping[str, Any]) -> Opening:
    last = entry["rows"][-1][1]
    if body:
        limit = data()["whole_body"][shape]
        why = both(f"a {shape} over {limit} lets the whole body in: no distance through openings applies",
                   f"une ouverture ({_FR[shape]}) de plus de {limit} laisse passer tout le corps : aucune distance "
                   "à travers les ouvertures ne s'applique")  # fmt: skip
        return Opening(None, None, why, data()["whole_body"]["confidence"], whole_body=True)
    why = both(f"table {table} ends at {last}: e = {e:g} is not admissible there",
               f"le tableau {table} s'arrête à {last} : e = {e:g} n'y est pas admis")  # fmt: skip
    return Opening(None, None, why, entry["confidence"])
