"""``immersive score iso13857``: which table a case asks for, and its answer in words. Millimetres."""

from __future__ import annotations

from immersive.human.case_fields import both, number
from immersive.safety import iso13857 as tables
from immersive.safety._lookup import LONGEST, SNAP, Case, Lookup, Word

INPUTS = (
    Word("table", "choice", options=("1", "2", "3", "4", "5", "6", "7"),
         synonyms={f"table_{n}": str(n) for n in range(1, 8)}, doc="Table; 1 and 2 also follow from risk."),
    Word("risk", "choice", options=tables.RISKS, synonyms={"low_risk": "low", "high_risk": "high"},
         doc="Risk: low is table 1, high is table 2."),
    number("hazard_height_overhead", 0, LONGEST, "Height of a hazard zone overhead, without a structure, mm."),
    number("a", 0, LONGEST, "Height of the hazard zone above the reference plane, mm."),
    number("b", 0, LONGEST, "Height of the protective structure, mm."),
    number("c_available", 0, LONGEST, "Horizontal distance there is, mm: gives ok, or the least b, or the admissible a."),
    Word("shape", "choice", options=(*tables.SHAPES, "irregular"), doc="Shape of the opening.",
         synonyms={"rectangle": "slot", "rectangular": "slot", "slotted": "slot", "circle": "round",
                   "circular": "round", "square_or_round": "square"}),
    number("e", 0, LONGEST, "Smallest dimension of the opening: slot width, side, diameter, mm; above 0."),
    number("slot_length", 0, LONGEST, "Length of a slot, mm."),
    *(number(f"e_{shape}", 0, LONGEST, f"Irregular opening: e of the smallest {shape} it fits into, mm.")
      for shape in tables.SHAPES),
    Word("limitation", "choice", options=tables.LIMITATIONS, doc="Reaching around: the arm is held at or up to this.",
         synonyms={"armpit": "shoulder", "shoulder_and_armpit": "shoulder", "none": "shoulder", "hand": "knuckle",
                   "knuckles": "knuckle", "knuckle_joint": "knuckle"}),
    number("support_length", 0, LONGEST, "Reaching around: length over which the arm is supported, mm."),
    number("sr_available", 0, LONGEST, "Distance there is behind the opening, mm: gives ok."),
)  # fmt: skip

NOTES = (
    both("No interpolation: between printed values the safer neighbour is taken; a band's upper end belongs to it.",
         "Pas d'interpolation : entre deux valeurs imprimées, la plus sûre est retenue ; la borne supérieure d'une "
         "ligne en fait partie."),
    both("Heights are above the level where persons stand; aids such as boxes or ladders are not covered.",
         "Les hauteurs sont comptées depuis le niveau où se tiennent les personnes ; caisses et échelles ne sont pas "
         "couvertes."),
)  # fmt: skip


def answer(case: Case) -> None:
    """Fill in the case."""
    table = case.get("table")
    if case.has("hazard_height_overhead"):
        _overhead(case)
    elif table in ("1", "2") or (table is None and (case.has("a") or case.has("b"))):
        _over(case)
    elif table == "3" or (table is None and (case.has("limitation") or case.has("support_length"))):
        _around(case)
    elif table in tables.OPENING_TABLES:
        _through(case, table)
    elif table == "6":
        case.cite("ISO 13857", "2019", "table 6")
        case.unknown(
            both(
                "the figures of table 6 are not established", "les valeurs du tableau 6 ne sont pas établies"
            )
        )
    else:
        case.need("table")


def _risk(case: Case) -> str | None:
    table, risk = case.get("table"), case.get("risk")
    by_table = {"1": "low", "2": "high"}.get(table or "")
    if by_table and risk and by_table != risk:
        raise case.error("risk", f"contradiction: table {table} is for {by_table} risk, found {risk!r}")
    risk = by_table or risk
    if risk is None:
        case.need("risk")
    return risk


def _overhead(case: Case) -> None:
    height = case.get("hazard_height_overhead")
    entry = tables.data()["overhead"]
    case.cite("ISO 13857", "2019", entry["clause"], entry["confidence"])
    risk = _risk(case)
    if risk is None:
        return
    least = tables.overhead_minimum(risk)
    case.say(min_height=least, ok=tables.out_of_reach_overhead(height, risk))


def _over(case: Case) -> None:
    data = tables.data()["reach_over"]
    risk = _risk(case)
    if risk is None:
        case.need("a")
        case.need("b")
        return
    entry = data[risk]
    case.say(table=entry["table"], risk=risk)
    a, b, there = (case.get(name) for name in ("a", "b", "c_available"))
    case.cite("ISO 13857", "2019", entry["clause"], entry["confidence"], data["rules_confidence"])
    if there is not None and b is None and a is not None:
        case.say(b=tables.least_structure(a, there, risk))
        b = case.result["b"]
    elif there is not None and a is None and b is not None:
        if b < data["least_structure"] - SNAP:
            _too_low(case, b)
            return
        case.say(a_admissible=tables.admissible_heights(b, there, risk))
        case.confidences.extend(entry["confidence_of_rows"].values())
        return
    elif not case.needs("a", "b"):
        return
    cell = tables.reach_over(a, b, risk)
    if cell is None:
        case.say(c=None)
        _too_low(case, b)
        return
    case.say(c=cell.c, taken={"table": int(entry["table"]), "a": cell.a, "b": cell.b,
                              "a_rows": list(cell.a_rows), "why": cell.why})  # fmt: skip
    # Every row that was compared counts, for the larger of two is only as sure as both.
    case.confidences.extend(
        entry["confidence_of_rows"].get(f"{row:g}", entry["confidence"]) for row in cell.a_rows
    )
    if there is not None:
        case.say(ok=there >= cell.c - SNAP)
    for cell_in_doubt in entry["disputed"]:
        if cell_in_doubt["b"] == cell.b and cell_in_doubt["a"] in cell.a_rows:
            case.say(
                disputed={"a": cell_in_doubt["a"], "b": cell_in_doubt["b"], "other": cell_in_doubt["other"]}
            )
            case.reasons.append(both(
                f"sources differ on this cell: another gives {cell_in_doubt['other']}; use that where in doubt",
                f"les sources divergent sur cette case : une autre donne {cell_in_doubt['other']} ; la retenir en cas de doute",
            ))  # fmt: skip
    if b < data["structure_needs_more_below"] - SNAP and not tables.out_of_reach_overhead(a, risk):
        least = data["structure_needs_more_below"]
        case.reasons.append(both(
            f"a structure below {least} should not stand without further safety measures",
            f"une structure de moins de {least} ne devrait pas être seule : prévoir des mesures supplémentaires",
        ))  # fmt: skip


def _too_low(case: Case, b: float) -> None:
    least = tables.data()["reach_over"]["least_structure"]
    case.refuse(both(
        f"b = {b:g}: a structure below {least} does not hold people back enough, the tables do not admit it",
        f"b = {b:g} : une structure de moins de {least} ne retient pas assez, les tableaux ne l'admettent pas",
    ))  # fmt: skip


def _around(case: Case) -> None:
    entry = tables.data()["reach_around"]
    which, support = case.need("limitation"), case.get("support_length")
    case.cite("ISO 13857", "2019", entry["clause"])
    if which is None:
        return
    row = next(row for row in entry["rows"] if row["limitation"] == which)
    case.confidences.append(row["confidence"])
    case.say(table=3, opening_max=entry["opening_max"], support_length_min=row["support_length"])
    if support is not None and row["support_length"] is not None and support < row["support_length"] - SNAP:
        case.say(sr=None)
        case.refuse(both(
            f"support_length {support:g} is below the {row['support_length']} that this limitation needs",
            f"support_length {support:g} est inférieur aux {row['support_length']} que cette limitation demande",
        ))  # fmt: skip
        return
    case.say(sr=float(row["sr"]))
    _enough(case, float(row["sr"]))


def _through(case: Case, table: str) -> None:
    entry = tables.data()["openings"][table]
    case.cite("ISO 13857", "2019", entry["clause"])
    case.say(persons=entry["persons"])
    shape = case.need("shape")
    if shape == "irregular":
        _irregular(case, table)
        return
    e, length = case.need("e"), case.get("slot_length") if shape == "slot" else None
    if shape is None or e is None:
        return
    _positive(case, "e")
    if length is not None and length < e - SNAP:
        raise case.error(
            "slot_length", f"found {length:g}, must be at least e = {e:g}: e is the narrow side of a slot"
        )
    found = tables.through_opening(table, shape, e, slot_length=length)
    case.confidences.append(found.confidence)
    case.say(sr=found.sr, taken={"table": int(table), "row": found.row, "column": shape, "why": found.why})
    if found.whole_body:
        case.say(whole_body=True)
    if found.sr is None:
        case.refuse(found.why)
        return
    if found.short_slot is not None:
        case.say(sr_short_slot=found.short_slot)
        case.unknown(both(
            f"a slot this short may allow {found.short_slot:g} (from memory); for which rows is not established: not applied",
            f"une fente aussi courte peut permettre {found.short_slot:g} (de mémoire) ; pour quelles lignes n'est pas établi : "
            "non appliqué",
        ))  # fmt: skip
    _enough(case, found.sr)


def _irregular(case: Case, table: str) -> None:
    names = [f"e_{shape}" for shape in tables.SHAPES]
    if not case.needs(*names):
        return
    for name in names:
        _positive(case, name)
    case.confidences.append(tables.data()["irregular"]["confidence"])
    best = tables.irregular_opening(table, {shape: case.known[f"e_{shape}"] for shape in tables.SHAPES})
    if best is None:
        case.say(sr=None)
        case.refuse(both(f"table {table} admits none of the enclosing openings",
                         f"le tableau {table} n'admet aucune des ouvertures englobantes"))  # fmt: skip
        return
    shape, found = best
    case.confidences.append(found.confidence)
    case.say(sr=found.sr, taken={"table": int(table), "row": found.row, "column": shape, "why": found.why})
    _enough(case, found.sr or 0.0)


def _positive(case: Case, name: str) -> None:
    if case.known[name] <= 0:
        raise case.error(name, "found 0, must be a number above 0: there is no opening of no width")


def _enough(case: Case, sr: float) -> None:
    there = case.get("sr_available")
    if there is not None:
        case.say(ok=there >= sr - SNAP)


METHOD = Lookup(
    "iso13857",
    both("ISO 13857: distances against reaching over, around and through",
         "ISO 13857 : distances contre l'atteinte par-dessus, autour et à travers"),
    INPUTS,
    answer,
    source="ISO 13857:2019",
    confidence="confirmed by two sources",
    notes=NOTES,
    aliases={"a_mm": "a", "b_mm": "b", "c": "c_available", "c_mm": "c_available", "e_mm": "e",
             "slot_length_mm": "slot_length", "hazard_height_overhead_mm": "hazard_height_overhead",
             "sr": "sr_available", "reach": "limitation"},
)  # fmt: skip


def method() -> Lookup:
    """For the registry of ``immersive score``."""
    return METHOD
