"""ISO 13855, separation distances of protective devices, editions 2010 and 2024. Millimetres, seconds.

S = K T + C (2010), S = K T + D_DS + Z (2024); here ``C`` stands for D_DS too. K is 2000 mm/s for hands and
arms and 1600 mm/s for walking; where the hand decides and S comes out over 500 mm, it is worked again with
1600 mm/s and is then at least 500 mm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from immersive.human.case_fields import Words, both
from immersive.safety._lookup import SNAP, Cell, figures, safer_cell

EDITIONS = ("2010", "2024")


def data() -> Mapping[str, Any]:
    """The figures, ``assets/standards/iso13855.json``."""
    return figures("iso13855")


@dataclass(frozen=True, slots=True)
class Distance:
    """A separation distance.

    Attributes:
        S: mm.
        K: Approach speed it was worked with, mm/s.
        why: The steps, both languages.
    """

    S: float
    K: float
    why: Words


@dataclass(frozen=True, slots=True)
class Rule:
    """S as a function of the stopping time.

    Attributes:
        C: What a person gets past the device before it reacts, mm; D_DS in 2024.
        fast: The hand decides: K 2000 mm/s, and 1600 where S comes out over 500 mm.
        floor: S is never below this, mm.
        Z: Supplement of 2024, mm; added after the 500 mm rule and the floor, which is the safer order.
    """

    C: float
    fast: bool = False
    floor: float = 100.0
    Z: float = 0.0

    def distance(self, T: float) -> Distance:
        """S for an overall stopping time ``T``, seconds."""
        speeds = data()["K"]
        quick, walk, switch = float(speeds["upper_limbs"]), float(speeds["walking"]), float(speeds["switch"])
        K = quick if self.fast else walk
        raw = K * T + self.C
        text = f"{K:g} × {T:g} + {self.C:g} = {raw:.6g}"
        en, fr = [text], [text]
        if self.fast and raw > switch:
            K = walk
            raw = K * T + self.C
            text = f"{K:g} × {T:g} + {self.C:g} = {raw:.6g}"
            en.append(f"over {switch:g}, so with {K:g} mm/s: {text}")
            fr.append(f"supérieur à {switch:g}, donc avec {K:g} mm/s : {text}")
            if raw < switch:
                raw = switch
                en.append(f"but not below {switch:g}")
                fr.append(f"mais pas moins de {switch:g}")
        if raw < self.floor:
            raw = self.floor
            en.append(f"not below {self.floor:g}")
            fr.append(f"pas moins de {self.floor:g}")
        if self.Z:
            raw += self.Z
            en.append(f"plus Z = {self.Z:g}: {raw:.6g}")
            fr.append(f"plus Z = {self.Z:g} : {raw:.6g}")
        # Nanometres: what float arithmetic leaves behind is no distance.
        return Distance(round(raw, 6), K, both("; ".join(en), " ; ".join(fr)))

    def allowed_time(self, available: float) -> float | None:
        """Longest overall stopping time whose S is at most ``available`` mm, seconds; None: none is short enough."""
        speeds = data()["K"]
        room = available - self.Z
        if room < max(self.floor, self.C) - SNAP:
            return None
        quick = self.fast and room < speeds["switch"] - SNAP
        return float(max(room - self.C, 0.0) / (speeds["upper_limbs"] if quick else speeds["walking"]))


def orthogonal(d: float, edition: str, *, Z: float = 0.0) -> tuple[Rule, Words] | None:
    """Rule of a vertical light curtain that a person walks or reaches straight through.

    Args:
        d: Detection capability, mm.
        edition: ``"2010"`` or ``"2024"``.
        Z: Supplement of 2024, mm.

    Returns:
        None where ``d`` is beyond the last band, for which no formula holds.
    """
    for band in data()[edition]["orthogonal"]["bands"]:
        if d <= band["d_up_to"] + SNAP:
            C = max(0.0, band["at_offset"] + band["slope"] * (d - band["offset"]))
            formula = f"{band['d_over']} < d ≤ {band['d_up_to']}: C = {band['C']}"
            en, fr = formula, formula.replace(": ", " : ")
            if band["slope"] and d < band["offset"]:
                en, fr = f"{en}, not below 0", f"{fr}, pas moins de 0"
            return Rule(C, band["fast"], float(band["S_min"]), Z), both(en, fr)
    return None


def parallel(H: float, edition: str, *, Z: float = 0.0) -> tuple[Rule, Words]:
    """Rule of a horizontal detection zone at height ``H`` mm above the floor."""
    entry = data()[edition]["parallel"]
    raw = entry["C_at_floor"] - entry["per_H"] * H
    C = max(float(entry["C_min"]), raw)
    if not entry["per_H"]:
        text = f"C = {C:g}"
        return Rule(C, Z=Z), both(text, text)
    text = f"C = {entry['C_at_floor']} − {entry['per_H']:g} × {H:g} = {raw:g}"
    if raw < entry["C_min"]:
        return Rule(C, Z=Z), both(
            f"{text}, not below {entry['C_min']}", f"{text}, pas moins de {entry['C_min']}"
        )
    return Rule(C, Z=Z), both(text, text)


def least_height(d: float, edition: str) -> float:
    """Least height of a horizontal detection zone of detection capability ``d``, mm."""
    entry = data()[edition]["parallel"]
    return float(max(0.0, entry["H_per_d"] * (d - entry["d_offset"])))


def coarsest(H: float, edition: str) -> float:
    """Coarsest detection capability of a horizontal detection zone at height ``H``, mm."""
    entry = data()[edition]["parallel"]
    return float(H / entry["H_per_d"] + entry["d_offset"])


def reach_over(a: float, b: float) -> Cell | None:
    """C_RO of a hazard zone at height ``a`` behind a detection zone whose upper edge is at ``b`` (2010, table 1), mm.

    Returns:
        None where ``b`` is below 900 mm, which the table does not admit.
    """
    return safer_cell(data()["2010"]["reach_over"], a, b)
