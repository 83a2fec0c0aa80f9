"""Least width of a walkway by the rules of ``assets/standards/walkways.json``. Millimetres in and out.

The file is in metres and is the one the walkway check uses; here a case names the rule itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from immersive.human.case_fields import Words, both, number, score
from immersive.safety._lookup import LONGEST, SNAP, Case, Lookup, Word, figures

RULES = ("inrs", "fr_code_du_travail", "fr_arrete_1974", "suva", "iso14122")
CATEGORIES = ("normal", "behind_workstation", "secondary", "recommended", "exceptional")
_SYNONYMS = {
    "fr_inrs": "inrs", "code_du_travail": "fr_code_du_travail", "arrete_1974": "fr_arrete_1974", "suva_ch": "suva",
    "iso_14122": "iso14122", "iso14122_2": "iso14122", "iso_14122_2": "iso14122", "iso_14122_2_2016": "iso14122",
    "iso_14122_2:2016": "iso14122", "arrêté_1974": "fr_arrete_1974", "fr_arrêté_1974": "fr_arrete_1974",
}  # fmt: skip

_PEOPLE = {
    "one": 1,
    "single": 1,
    "one_person": 1,
    "two": 2,
    "two_persons": 2,
    "several": 2,
    "several_people": 2,
    "several_persons": 2,
    "one_pedestrian": 1,
    "single_person": 1,
    "two_people": 2,
    "two_pedestrians": 2,
    "two_persons_crossing": 2,
}


class _Users(Word):
    """Kind of users, or how many people pass at once."""

    def read(self, value: Any) -> Any:
        if isinstance(value, str):
            value = _PEOPLE.get(value.strip().lower().replace("-", "_").replace(" ", "_"), value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
            return value
        return super().read(value)

    def allowed(self) -> str:
        return f"{super().allowed()}, or a whole number of people from 1"


INPUTS = (
    Word("rule", "choice", options=RULES, synonyms=_SYNONYMS, doc="Whose figures."),
    _Users("users", "choice", options=("pedestrians", "trucks"),
           synonyms={"pedestrian": "pedestrians", "persons": "pedestrians", "people": "pedestrians",
                     "truck": "trucks", "vehicles": "trucks", "vehicle": "trucks", "forklift": "trucks",
                     "forklifts": "trucks", "forklift_trucks": "trucks", "industrial_trucks": "trucks", "person": "pedestrians"}, doc="Who passes, or how many people at once."),
    Word("traffic", "choice", options=("one_way", "two_way"), doc="Directions of traffic.",
         synonyms={"oneway": "one_way", "twoway": "two_way", "one": "one_way", "two": "two_way", "1": "one_way",
                   "2": "two_way", "crossing": "two_way", "single": "one_way", "double": "two_way", "bidirectional": "two_way",
                   "both_ways": "two_way", "unidirectional": "one_way", "sens_unique": "one_way",
                   "double_sens": "two_way"}),
    Word("category", "choice", options=CATEGORIES, synonyms={"main": "normal", "pedestrian_main": "normal", "pedestrian_secondary": "secondary",
                   "passage_behind_occupied_workstation": "behind_workstation",
                   "behind_occupied_workstation": "behind_workstation"}, doc="Kind of walkway; normal if not said."),
    number("load_width", 0, LONGEST, "Width of the widest truck or load, whichever is larger, mm; above 0."),
    score("units", 1, 1000, "Passage units of an evacuation route."),
    number("width", 0, LONGEST, "Free width there is, mm: gives ok."),
)  # fmt: skip


def _matching(demands: Sequence[Mapping[str, Any]], **wanted: Any) -> list[Mapping[str, Any]]:
    """Demands that nothing known speaks against; what is None is not known."""

    def fits(entry: Mapping[str, Any]) -> bool:
        return all(value is None or entry.get(key, "any") in ("any", value) for key, value in wanted.items())

    return [entry for entry in demands if fits(entry)]


def answer(case: Case) -> None:
    """Fill in the case."""
    name = case.need("rule")
    if name is None:
        return
    rule = figures("walkways")["rules"][name]
    users, traffic, category = case.get("users"), case.get("traffic"), case.get("category")
    demands = rule["demands"]
    if isinstance(users, int) and all(entry["users"] == "trucks" for entry in demands):
        # A number of people says nothing about aisles whose width follows from the truck.
        case.assumed.append(both(f"users {users}: this rule goes by trucks and their traffic, not by a number of people",
                                 f"users {users} : cette règle dépend des chariots et du trafic, pas d'un nombre de personnes"))  # fmt: skip
        users = None
    if isinstance(users, int):
        if users > 1 and traffic != "two_way":
            case.assumed.append(both(f"{users} people at once: taken like two-way traffic",
                                     f"{users} personnes à la fois : pris comme une circulation à double sens"))  # fmt: skip
        traffic = "two_way" if users > 1 else traffic or "one_way"
        users = "pedestrians"
    if category is None and any(entry["category"] != "any" for entry in demands):
        category = "normal"
        case.assumed.append(
            both("category: not said, taken as normal", "category : non renseignée, prise comme normale")
        )
    units = case.get("units") if any("units" in entry for entry in demands) else None
    most = max((entry.get("units", 0) for entry in demands), default=0)
    found = _matching(demands, users=users, traffic=traffic, category=category,
                      units=None if units is None else min(units, most))  # fmt: skip
    if not found:
        _none(case, name, rule, demands)
        return
    if len(found) > 1:
        case.cite(rule["standard"], rule["edition"], "")
        for key in ("users", "traffic", "units"):
            if len({entry.get(key, "any") for entry in found}) > 1:
                case.need(key)
        return
    entry = found[0]
    case.cite(rule["standard"], rule["edition"], entry["clause"], entry.get("confidence", rule["confidence"]))
    case.result["note"] = dict(rule["note"])
    width = _width(case, entry)
    if width is None:
        return
    millimetres, why = width
    case.say(min_width=millimetres, min_width_why=why)
    if "head_height" in entry:
        case.say(min_head_height=round(entry["head_height"] * 1000, 6))
    there = case.get("width")
    if there is not None:
        case.say(ok=there >= millimetres - SNAP)


def _width(case: Case, entry: Mapping[str, Any]) -> tuple[float, Words] | None:
    if "per_load_width" in entry:
        load = case.need("load_width")
        if load is None:
            return None
        if load <= 0:
            raise case.error("load_width", "found 0, must be a number above 0")
        plus = entry["width"] * 1000
        millimetres = round(entry["per_load_width"] * load + plus, 6)
        text = f"{entry['per_load_width']:g} × {load:g} + {plus:g} = {millimetres:g}"
    elif "width_per_unit" in entry:
        count = case.need("units")
        if count is None:
            return None
        each = entry["width_per_unit"] * 1000
        millimetres = round(count * each, 6)
        text = f"{count} × {each:g} = {millimetres:g}"
    else:
        millimetres = round(entry["width"] * 1000, 6)
        text = f"{millimetres:g}"
    clause = entry["clause"]
    return millimetres, both(f"{clause}: {text}", f"{clause} : {text}")


def _none(case: Case, name: str, rule: Mapping[str, Any], demands: Sequence[Mapping[str, Any]]) -> None:
    case.cite(rule["standard"], rule["edition"], "")
    known = ", ".join(sorted({f"{e['users']}/{e['traffic']}/{e['category']}" for e in demands}))
    case.unknown(both(f"rule {name} has no width for these users, traffic and category; it has: {known}",
                      f"la règle {name} ne donne pas de largeur pour ces usagers, ce trafic et cette catégorie ; elle en "
                      f"donne pour : {known}"))  # fmt: skip


METHOD = Lookup(
    "walkway",
    both("Least widths of walkways and aisles", "Largeurs minimales des allées et passages"),
    INPUTS,
    answer,
    source="INRS ED 950, ED 79; Code du travail; arrêté du 30 juillet 1974; Suva; ISO 14122-2:2016",
    confidence="confirmed by two sources",
    aliases={"load_width_mm": "load_width", "width_mm": "width", "passage_units": "units"},
)


def method() -> Lookup:
    """For the registry of ``immersive score``."""
    return METHOD
