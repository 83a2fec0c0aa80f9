"""``immersive score iso13855``: the device and edition of a case, and its answer in words. Millimetres, seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from immersive.human.case_fields import Words, both, flag, number
from immersive.safety import iso13855 as rules
from immersive.safety._lookup import LONGEST, SNAP, Case, Lookup, Word
from immersive.safety.iso13855 import Rule

DEVICES = (
    "orthogonal", "reach_through", "reach_over", "parallel", "angled", "multiple_beams", "single_beam", "mat",
    "two_hand_control", "interlocked_guard",
)  # fmt: skip
_SYNONYMS = {
    "light_curtain": "orthogonal", "vertical": "orthogonal", "perpendicular": "orthogonal", "horizontal": "parallel",
    "scanner": "parallel", "laser_scanner": "parallel", "multi_beam": "multiple_beams", "multiple_separate_beams": "multiple_beams",
    "beams": "multiple_beams", "separate_beams": "multiple_beams", "mats": "mat", "safety_mat": "mat", "pressure_sensitive_mat": "mat", "pressure_sensitive_mats": "mat",
    "two_hand": "two_hand_control", "twohand": "two_hand_control", "interlocking_guard": "interlocked_guard",
    "interlocked_guard_without_locking": "interlocked_guard", "reach_over_vertical": "reach_over",
    "interlocked_door": "interlocked_guard", "interlocking_guard_without_guard_locking": "interlocked_guard",
    "vertical_light_curtain": "orthogonal", "orthogonal_approach": "orthogonal", "normal_approach": "orthogonal",
    "horizontal_light_curtain": "parallel", "parallel_approach": "parallel", "area_scanner": "parallel",
    "light_beams": "multiple_beams", "multiple_light_beams": "multiple_beams", "multibeam": "multiple_beams",
    "single_light_beam": "single_beam", "one_beam": "single_beam", "floor_mat": "mat", "pressure_mat": "mat",
    "pressure_sensitive_floor": "mat", "two_hand_control_device": "two_hand_control", "reaching_over": "reach_over",
    "reaching_through": "reach_through",
}  # fmt: skip

_EDITIONS = {
    f"{prefix}iso_13855:{year}": year
    for prefix in ("", "en_", "nf_en_", "din_en_")
    for year in rules.EDITIONS
}

INPUTS = (
    Word("edition", "choice", options=rules.EDITIONS, synonyms=_EDITIONS, doc="Edition of the standard."),
    Word(
        "device", "choice", options=DEVICES, synonyms=_SYNONYMS, doc="Protective device, or way of approach."
    ),
    number("T_s", 0, 3600, "Overall stopping time, s: device and machine."),
    number("t1_s", 0, 3600, "Response time of the device, s."),
    number("t2_s", 0, 3600, "Stopping time of the machine, s."),
    number("d", 0, LONGEST, "Detection capability (resolution), mm."),
    number("H_mm", 0, LONGEST, "Height of the detection zone above the floor; of the step for a mat, mm."),
    number("a_mm", 0, LONGEST, "Reaching over: height of the hazard zone, mm."),
    number("b_mm", 0, LONGEST, "Reaching over: height of the upper edge of the detection zone, mm."),
    number("C", 0, LONGEST, "C (D_DS in 2024) where it is known already, mm."),
    number("Z", 0, LONGEST, "2024: supplemental distance, mm."),
    number("angle_deg", 0, 90, "Angle between detection zone and approach; 90 is orthogonal."),
    Word("beams", "choice", options=("2", "3", "4"), doc="Number of separate beams."),
    flag("shroud", "Two-hand control: shrouds keep the hands from moving on before the stop."),
    flag("device_initiation", "The device also starts the cycle."),
    number("S_available", 0, LONGEST, "Distance there is, mm: gives ok and the stopping time it allows."),
)

ROUNDED_S = 0.00051
"""Seconds by which a printed time may be rounded."""
ROUNDED_MM = 0.51
"""Millimetres by which a printed C may be rounded; the exact one is then used."""

NOTES = (
    both("S is the least distance; round up to whole millimetres when it is built.",
         "S est la distance minimale ; arrondir au millimètre supérieur à la réalisation."),
)  # fmt: skip


def answer(case: Case) -> None:
    """Fill in the case."""
    edition, device = case.need("edition"), case.need("device")
    T = _time(case)
    if edition is None or device is None:
        return
    if device == "angled":
        device = _angled(case, edition)
        if device is None:
            return
    entry = rules.data()[edition].get(device if device != "reach_through" else "orthogonal")
    if entry is None:
        _no_figures(case, edition, device)
        return
    case.cite("ISO 13855", edition, entry["clause"], entry["confidence"])
    if device == "reach_over":
        _over(case, T)
        return
    rule = _RULES[device](case, edition, entry)
    if rule is None:
        return
    _put(case, rule, T, device)


def _time(case: Case) -> float | None:
    parts = [case.get(name) for name in ("t1_s", "t2_s")]
    whole: float | None = case.get("T_s")
    if None not in parts:
        total = math.fsum(parts)
        # Times are printed to the millisecond; of the given and the summed one the longer is the safer.
        if whole is not None and not math.isclose(whole, total, abs_tol=ROUNDED_S):
            raise case.error("T_s", f"contradiction: given it is {whole:g}, but t1_s, t2_s give {total:g}")
        whole = total if whole is None else max(whole, total)
    elif whole is None:
        # With one part given, the other is what lacks; with none, the whole.
        lacking = [name for name in ("t1_s", "t2_s") if not case.has(name)]
        for name in lacking if len(lacking) == 1 else ["T_s"]:
            case.need(name)
    elif any(part is not None and part > whole + ROUNDED_S for part in parts):
        raise case.error("T_s", f"contradiction: {whole:g} is less than one of its parts, t1_s or t2_s")
    if whole is not None:
        case.say(T_s=round(whole, 9))
    return whole


def _supplement(case: Case, edition: str) -> float:
    if edition == "2010":
        return 0.0
    Z = case.get("Z")
    if Z is None:
        case.assumed.append(both("Z: not said, taken as 0", "Z : non renseigné, pris égal à 0"))
        return 0.0
    case.assumed.append(both("Z is added after the 500 mm rule and the minimum: the safer order",
                             "Z est ajouté après la règle des 500 mm et le minimum : l'ordre le plus sûr"))  # fmt: skip
    return float(Z)


def _known_C(case: Case, made: float | None, basis: str) -> float | None:
    """C as given or made; they must agree where both are there."""
    given: float | None = case.get("C")
    if given is not None and made is not None and not math.isclose(given, made, abs_tol=ROUNDED_MM):
        raise case.error("C", f"contradiction: given it is {given:g}, but {basis} gives {made:g}")
    return made if made is not None else given


def _through(case: Case, edition: str, entry: Mapping[str, Any]) -> Rule | None:
    Z, d = _supplement(case, edition), case.get("d")
    last = entry["bands"][-1]["d_up_to"]
    if d is None:
        given = case.get("C")
        if given is None:
            case.need("d")
            return None
        # Up to 208 mm C is that of a curtain that detects the hand, from which K follows.
        hand = given <= 208 + SNAP
        if not hand and given < 850 - SNAP:
            case.need("d")
            case.unknown(both("C alone does not tell which formula applies: d is needed",
                              "C seul ne dit pas quelle formule s'applique : il faut d"))  # fmt: skip
            return None
        return Rule(given, fast=hand, Z=Z)
    if d <= 0:
        raise case.error("d", "found 0, must be a number above 0")
    found = rules.orthogonal(d, edition, Z=Z)
    if found is None:
        case.say(C=None, S=None)
        case.refuse(both(
            f"d = {d:g}: the formulas end at {last}; take separate beams, or another device",
            f"d = {d:g} : les formules s'arrêtent à {last} ; prendre des faisceaux séparés ou un autre dispositif",
        ))  # fmt: skip
        return None
    rule, why = found
    _known_C(case, rule.C, "d")
    case.say(C_why=why)
    if not rule.fast and "lowest_beam_max" in entry:
        case.say(lowest_beam_max=entry["lowest_beam_max"], highest_beam_min=entry["highest_beam_min"])
    initiation = rules.data()[edition].get("device_initiation")
    if case.get("device_initiation"):
        if initiation is None:
            case.unknown(both(f"device initiation: no figures of edition {edition} are established",
                              f"démarrage par le dispositif : aucune valeur établie pour l'édition {edition}"))  # fmt: skip
            return None
        case.confidences.append(initiation["confidence"])
        rule = Rule(rule.C, rule.fast, max(rule.floor, float(initiation["S_min"])), rule.Z)
        if d > initiation["d_max"] + SNAP:
            case.refuse(both(f"d = {d:g}: a device that starts the cycle needs at most {initiation['d_max']}",
                             f"d = {d:g} : un dispositif qui démarre le cycle demande au plus {initiation['d_max']}"))  # fmt: skip
    return rule


def _parallel(case: Case, edition: str, entry: Mapping[str, Any]) -> Rule | None:
    H, d, Z = case.get("H_mm"), case.get("d"), _supplement(case, edition)
    low = None
    if d is not None:
        low = rules.least_height(d, edition)
        case.confidences.append(entry["confidence_of_height"])
        case.say(H_min=low)
        if low > entry["H_max"] + SNAP:
            case.refuse(both(f"d = {d:g} would need a height of {low:g}, over the {entry['H_max']} admitted",
                             f"d = {d:g} demanderait une hauteur de {low:g}, au-delà des {entry['H_max']} admis"))  # fmt: skip
    if H is None:
        if entry["per_H"]:
            made = case.get("C")
            if made is None:
                case.need("H_mm")
                return None
            return Rule(made, Z=Z)
        H = 0.0
    else:
        case.say(d_max=rules.coarsest(H, edition))
        if entry["H_max"] + SNAP < H:
            case.say(C=None, S=None)
            case.refuse(both(f"H = {H:g}: the detection zone may be at most {entry['H_max']} high, one could crawl beneath",
                             f"H = {H:g} : la zone de détection doit être à {entry['H_max']} au plus, on pourrait passer "
                             "dessous"))  # fmt: skip
            return None
        if low is not None and low - SNAP > H:
            case.refuse(both(f"H = {H:g} is below the {low:g} that d = {d:g} needs",
                             f"H = {H:g} est inférieur aux {low:g} que demande d = {d:g}"))  # fmt: skip
        if entry["crawl_above"] + SNAP < H:
            case.reasons.append(both(
                f"H over {entry['crawl_above']}: undetected access beneath must be prevented or shown not to matter",
                f"H de plus de {entry['crawl_above']} : l'accès non détecté par-dessous doit être empêché ou exclu",
            ))  # fmt: skip
    rule, why = rules.parallel(H, edition, Z=Z)
    _known_C(case, rule.C, "H_mm" if entry["per_H"] else "the edition")
    case.say(C_why=why)
    return rule


def _angled(case: Case, edition: str) -> str | None:
    entry = rules.data()[edition].get("angled")
    if entry is None:
        _no_figures(case, edition, "angled")
        return None
    angle = case.need("angle_deg")
    case.cite("ISO 13855", edition, entry["clause"], entry["confidence"])
    if angle is None:
        return None
    if angle >= entry["orthogonal_from_deg"] - 1e-9:
        return "orthogonal"
    case.reasons.append(both("treated as parallel: H_mm is that of the beam furthest from the hazard zone",
                             "traité comme parallèle : H_mm est celui du faisceau le plus éloigné de la zone dangereuse"))  # fmt: skip
    return "parallel"


def _beams(case: Case, edition: str, entry: Mapping[str, Any]) -> Rule | None:
    if "C" not in entry:
        case.say(**{name: value for name, value in entry.items() if name not in ("clause", "confidence")})
        case.unknown(both(f"separate beams: C of edition {edition} is not established",
                          f"faisceaux séparés : C de l'édition {edition} n'est pas établi"))  # fmt: skip
        return None
    beams = case.get("beams")
    if beams is not None:
        case.say(beam_heights=entry["heights"][beams])
    return _fixed(case, edition, entry)


def _fixed(case: Case, edition: str, entry: Mapping[str, Any]) -> Rule:
    if isinstance(entry.get("heights"), list):
        case.say(beam_heights=entry["heights"])
    _known_C(case, float(entry["C"]), "the device")
    return Rule(float(entry["C"]), Z=_supplement(case, edition))


def _mat(case: Case, edition: str, entry: Mapping[str, Any]) -> Rule:
    C = float(entry["C_at_floor"])
    if entry["per_H"]:
        step = case.get("H_mm", 0.0)
        if C - entry["per_H"] * step < 850.0:
            case.assumed.append(both("C of a mat on a step is not taken below 850, as for the parallel approach",
                                     "C d'un tapis sur marche n'est pas pris sous 850, comme en approche parallèle"))  # fmt: skip
        C = max(C - entry["per_H"] * step, 850.0)
    elif case.has("H_mm"):
        case.get("H_mm")
        case.assumed.append(both("no reduction for a mat on a step is established for this edition: none taken",
                                 "aucune réduction pour un tapis sur marche n'est établie pour cette édition : aucune"))  # fmt: skip
    _known_C(case, C, "the device")
    return Rule(C, Z=_supplement(case, edition))


def _two_hand(case: Case, edition: str, entry: Mapping[str, Any]) -> Rule:
    shroud, given = case.get("shroud"), case.get("C")
    if shroud is None:
        # C = 0 is only allowed with shrouds, so it says that they are there.
        shroud = given == entry["C_with_shroud"]
        if not shroud:
            case.assumed.append(
                both("shroud: not said, taken as false", "shroud : non renseigné, pris comme faux")
            )
    C = float(entry["C_with_shroud"] if shroud else entry["C"])
    _known_C(case, C, f"shroud {str(shroud).lower()}")
    return Rule(C, Z=_supplement(case, edition))


def _guard(case: Case, edition: str, entry: Mapping[str, Any]) -> Rule | None:
    C = case.need("C")
    if C is None:
        case.reasons.append(both("C is the distance a limb gets through the opening before the stop: ISO 13857, table 4",
                                 "C est la distance qu'atteint un membre par l'ouverture avant l'arrêt : ISO 13857, "
                                 "tableau 4"))  # fmt: skip
        return None
    # The least 100 mm is that of devices which detect a hand; none is established for guards.
    return Rule(float(C), floor=0.0, Z=_supplement(case, edition))


_RULES: Mapping[str, Any] = {
    "orthogonal": _through, "reach_through": _through, "parallel": _parallel, "multiple_beams": _beams,
    "single_beam": _fixed, "mat": _mat, "two_hand_control": _two_hand, "interlocked_guard": _guard,
}  # fmt: skip


def _over(case: Case, T: float | None) -> None:
    entry = rules.data()["2010"]["orthogonal"]
    through = _through(case, "2010", entry)
    case.confidences.append(entry["confidence"])
    case.result.pop("C", None)
    case.result.pop("S", None)
    a, b = case.need("a_mm"), case.need("b_mm")
    over = None
    if a is not None and b is not None:
        cell = rules.reach_over(a, b)
        if cell is None:
            least = rules.data()["2010"]["reach_over"]["b"][0]
            case.say(C_RO=None, S_RO=None)
            case.refuse(both(f"b = {b:g}: an upper edge below {least} is not admitted, one could step over",
                             f"b = {b:g} : un bord supérieur à moins de {least} n'est pas admis, on pourrait l'enjamber"))  # fmt: skip
        else:
            over = Rule(cell.c, fast=True, floor=0.0)
            case.say(C_RO=cell.c, taken={"table": 1, "a": cell.a, "b": cell.b, "a_rows": list(cell.a_rows),
                                         "why": cell.why})  # fmt: skip
    found = {}
    for name, rule in (("RT", through), ("RO", over)):
        if rule is None:
            continue
        case.say(**{f"C_{name}": rule.C})
        if T is not None:
            found[name] = rule.distance(T)
            case.say(
                **{f"S_{name}": found[name].S, f"K_{name}": found[name].K, f"S_{name}_why": found[name].why}
            )
    if len(found) == 2 and through is not None and over is not None:
        larger = "RO" if found["RO"].S > found["RT"].S else "RT"
        best = found[larger]
        word = {"RO": ("over", "par-dessus"), "RT": ("through", "à travers")}[larger]
        case.say(C=case.result[f"C_{larger}"], K=best.K, S=best.S, decided_by=f"S_{larger}",
                 S_why=both(f"the larger of through {found['RT'].S:g} and over {found['RO'].S:g}: {word[0]}",
                            f"la plus grande de « à travers » {found['RT'].S:g} et « par-dessus » {found['RO'].S:g} : "
                            f"{word[1]}"))  # fmt: skip
    if through is not None and over is not None:
        _room(case, [through, over])


def _put(case: Case, rule: Rule, T: float | None, device: str) -> None:
    case.say(C=rule.C)
    if case.result["cited"]["edition"] == "2024":
        case.say(D_DS=rule.C, Z=rule.Z)
    if device == "reach_through":
        case.say(C_RT=rule.C)
    if T is not None:
        found = rule.distance(T)
        case.say(K=found.K, S=found.S, S_why=found.why)
        if device == "reach_through":
            case.say(S_RT=found.S)
    _room(case, [rule])


def _room(case: Case, all_rules: list[Rule]) -> None:
    there = case.get("S_available")
    if there is None:
        return
    times = [rule.allowed_time(there) for rule in all_rules]
    fitting = [time for time in times if time is not None]
    case.say(T_max_s=round(min(fitting), 9) if len(fitting) == len(times) else None)
    if case.result.get("S") is not None:
        case.say(ok=case.result.get("ok", True) and there >= case.result["S"] - SNAP)


def _no_figures(case: Case, edition: str, device: str) -> None:
    case.cite("ISO 13855", edition, "")
    said: Words = both(f"{device}: no figures of edition {edition} are established",
                       f"{device} : aucune valeur de l'édition {edition} n'est établie")  # fmt: skip
    case.unknown(said)


METHOD = Lookup(
    "iso13855",
    both("ISO 13855: separation distances of protective devices",
         "ISO 13855 : distances de séparation des moyens de protection"),
    INPUTS,
    answer,
    source="ISO 13855:2010, ISO 13855:2024",
    confidence="confirmed by two sources",
    notes=NOTES,
    aliases={"d_mm": "d", "T": "T_s", "t1": "t1_s", "t2": "t2_s", "H": "H_mm", "a": "a_mm", "b": "b_mm",
             "C_mm": "C", "Z_mm": "Z", "with_shroud": "shroud", "S_available_mm": "S_available", "S": "S_available"},
)  # fmt: skip


def method() -> Lookup:
    """For the registry of ``immersive score``."""
    return METHOD
