"""The revised NIOSH lifting equation (Waters et al. 1993; Applications Manual 94-110, revised 2021).

Worked in full precision; the manual's printed examples round every multiplier to two decimals, so
that its answers differ by up to 2.5 %. Lengths in inches or centimetres, mass in pounds or
kilograms, as the case's ``units`` say; angles in degrees, frequency in lifts a minute.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from immersive.human.scoring import CaseError, Input
from immersive.resources import resource

CONFIDENCE = "confirmed by two sources"
COUPLINGS = ("good", "fair", "poor")


@dataclass(frozen=True, slots=True)
class System:
    """Constants of one system of units."""

    load_constant: float
    horizontal_min: float
    horizontal_max: float
    vertical_reference: float
    vertical_slope: float
    vertical_max: float
    travel_offset: float
    travel_min: float
    travel_max: float
    coupling_limit: float


SYSTEMS = {
    "cm,kg,deg": System(23.0, 25.0, 63.0, 75.0, 0.003, 175.0, 4.5, 25.0, 175.0, 75.0),
    "in,lb,deg": System(51.0, 10.0, 25.0, 30.0, 0.0075, 70.0, 1.8, 10.0, 70.0, 30.0),
}

NOTES = (
    "H or D below its minimum counts as the minimum; H, V, D or A above its maximum makes the multiplier, and RWL, zero.",
    "FM uses V at the origin (manual); between rows of the frequency table it is interpolated linearly; F below 0.2 "
    "counts as 0.2, above 15 the multiplier is 0.",
    "CM changes at V = 75 cm (30 in): 'fair' is 0.95 below and 1.00 from there on.",
    "Durations: at most 1 h short, at most 2 h moderate, at most 8 h long.",
    "Not for one-handed, seated, kneeling or restricted lifting, carrying, pushing, pulling, shovels, slippery floors, "
    "high speed, unstable loads, more than 8 h, or outside 19–26 °C and 35–50 % humidity.",
)


@cache
def _data() -> dict[str, Any]:
    return dict(json.loads(resource("assets/methods/niosh.json").read_text(encoding="utf-8")))


def horizontal_multiplier(h: float, system: System) -> float:
    """HM."""
    return 0.0 if h > system.horizontal_max else system.horizontal_min / max(h, system.horizontal_min)


def vertical_multiplier(v: float, system: System) -> float:
    """VM."""
    if v > system.vertical_max:
        return 0.0
    return 1.0 - system.vertical_slope * abs(v - system.vertical_reference)


def distance_multiplier(d: float, system: System) -> float:
    """DM."""
    if d > system.travel_max:
        return 0.0
    return 1.0 if d <= system.travel_min else 0.82 + system.travel_offset / d


def asymmetry_multiplier(a: float) -> float:
    """AM."""
    return 0.0 if a > 135.0 else 1.0 - 0.0032 * a


def duration_class(duration_h: float) -> str:
    """``"short"``, ``"moderate"`` or ``"long"``."""
    return "short" if duration_h <= 1.0 else "moderate" if duration_h <= 2.0 else "long"


def frequency_multiplier(f: float, klass: str, *, low: bool) -> float:
    """FM for F lifts a minute; ``low`` is V below 75 cm (30 in)."""
    column = {"short": 1, "moderate": 3, "long": 5}[klass] + (not low)
    rows = _data()["frequency_multiplier"]["rows"]
    if f > rows[-1][0]:
        return 0.0
    f = max(f, rows[0][0])
    for lower, upper in zip(rows, rows[1:], strict=False):
        if f <= upper[0]:
            share = (f - lower[0]) / (upper[0] - lower[0])
            return float(lower[column] + share * (upper[column] - lower[column]))
    return float(rows[-1][column])


def coupling_multiplier(coupling: str, *, low: bool) -> float:
    """CM."""
    return {"good": 1.0, "fair": 0.95 if low else 1.0, "poor": 0.9}[coupling]


def classify_pattern(pattern_min: Sequence[float], recovery_factor: float = 1.0) -> dict[str, Any]:
    """Duration class of alternating minutes of lifting and of recovery (light work counts as recovery).

    A session of up to 60 min needs ``recovery_factor`` times its length to recover (2021 revision: 1.0,
    1994 print: 1.2), one of up to 120 min 0.3 times. Where the recovery is too short it is disregarded
    and the next lifting is added. The worst session decides.
    """
    sessions: list[dict[str, Any]] = []
    work = 0.0
    for index in range(0, len(pattern_min), 2):
        work += pattern_min[index]
        rest = pattern_min[index + 1] if index + 1 < len(pattern_min) else None
        klass = duration_class(work / 60.0)
        needed = work * {"short": recovery_factor, "moderate": 0.3, "long": 0.0}[klass]
        last = index + 2 >= len(pattern_min)
        enough = rest is not None and rest >= needed
        if enough or last:
            sessions.append({
                "work_min": work, "class": klass, "recovery_needed_min": needed, "recovery_given_min": rest,
                "recovery_enough": enough if rest is not None else None,
            })  # fmt: skip
            work = 0.0
    order = ("short", "moderate", "long")
    worst = max(sessions, key=lambda s: (order.index(s["class"]), s["work_min"]))
    return {"duration_class": worst["class"], "duration_h": worst["work_min"] / 60.0, "sessions": sessions}


INPUTS = (
    Input("units", "choice", options=tuple(SYSTEMS), doc="Units of the case."),
    Input("L", "number", 0, doc="Load weight."),
    Input("L_avg", "number", 0, doc="Average load of a task (default L)."),
    Input("L_max", "number", 0, doc="Largest load of a task (default L)."),
    Input("H_origin", "number", 0, doc="Horizontal location at the origin."),
    Input("V_origin", "number", 0, doc="Vertical location at the origin."),
    Input("H_dest", "number", 0, doc="Horizontal location at the destination."),
    Input("V_dest", "number", 0, doc="Vertical location at the destination."),
    Input("D", "number", 0, doc="Vertical travel; default |V_dest − V_origin|."),
    Input("A_origin", "number", 0, 180, doc="Asymmetry angle at the origin."),
    Input("A_dest", "number", 0, 180, doc="Asymmetry angle at the destination."),
    Input("F", "number", 0, doc="Lifts a minute, averaged over 15 min."),
    Input("lifts_per_15_min", "number", 0, doc="Lifts counted in 15 min: F = lifts / 15."),
    Input("rate_per_min", "number", 0, doc="Lifts a minute while lifting, of intermittent work."),
    Input("lifting_min_per_15", "number", 0, 15, doc="Minutes of lifting in each 15 min, with rate_per_min."),
    Input("duration_h", "number", 0, 8, doc="Hours of continuous lifting work."),
    Input("duration_class", "choice", options=("short", "moderate", "long"), doc="Instead of duration_h."),
    Input("recovery_factor", "number", 1.0, 1.2, doc="Recovery after short sessions: 1.0 (2021) or 1.2 (1994)."),
    Input("coupling", "choice", options=COUPLINGS, doc="Hand-to-object coupling."),
    *(Input(f"{m}{side}", "number", 0, 1, doc=f"{m} where it is known already.")
      for m in ("HM", "VM", "DM", "AM", "FM", "CM") for side in ("", "_origin", "_dest")),
    Input("FIRWL", "number", 0, doc="Frequency-independent RWL of a task."),
    Input("STRWL", "number", 0, doc="Single-task RWL of a task."),
    *(Input(f"RWL{side}", "number", 0, doc="Recommended weight limit.") for side in ("", "_origin", "_dest")),
)  # fmt: skip

_FIELDS = {item.name: item for item in INPUTS}


def solve(case: Mapping[str, Any], *, where: str = "case") -> dict[str, Any]:
    """One case: a single lift (origin, and destination where given), or ``tasks`` for the composite index.

    Raises:
        CaseError: Unknown or impossible field, or a contradiction.
    """
    result: dict[str, Any] = {key: case[key] for key in ("id", "name", "comment") if key in case}
    result["method"] = "niosh"
    if "tasks" in case:
        result |= _multi_task(case, where)
    else:
        solved = _single(_read(case, where), where)
        result |= solved.values | {"missing": solved.missing, "assumed": solved.assumed}
    return result | {"notes": list(NOTES), "source": _data()["source"], "confidence": CONFIDENCE}


@dataclass
class _Solved:
    values: dict[str, Any]
    missing: list[str]
    assumed: list[str]


def _read(case: Mapping[str, Any], where: str, *, ignore: tuple[str, ...] = ()) -> dict[str, Any]:
    from immersive.errors import choices, suggestion

    known: dict[str, Any] = {}
    for key, value in case.items():
        if key in ("id", "name", "comment", "method", *ignore) or value is None:
            continue
        if key == "pattern_min":
            known[key] = _pattern(value, where)
            continue
        if key not in _FIELDS:
            allowed = [*_FIELDS, "pattern_min", "tasks"]
            raise CaseError(
                where,
                f"unknown field {key!r} of niosh{suggestion(key, allowed) or '; allowed: ' + choices(allowed)}",
                place=key,
            )
        try:
            known[key] = _FIELDS[key].read(value)
        except ValueError:
            raise CaseError(where, f"found {value!r}, must be {_FIELDS[key].allowed()}", place=key) from None
    return known


def _pattern(value: Any, where: str) -> list[float]:
    flat: list[Any] = []
    for item in value if isinstance(value, list | tuple) else [None]:
        if isinstance(item, Mapping):
            flat += [item.get("work"), item.get("rest", item.get("recovery"))]
        else:
            flat += item if isinstance(item, list | tuple) else [item]
    while flat and flat[-1] is None:
        flat.pop()
    good = flat and all(
        isinstance(m, int | float) and not isinstance(m, bool) and math.isfinite(m) and m >= 0 for m in flat
    )
    if not good:
        raise CaseError(
            where, f"found {value!r}, must be minutes of lifting and recovery in turn, e.g. [45, 60, 30, 15]",
            place="pattern_min",
        )  # fmt: skip
    return [float(m) for m in flat]


def _frequency(known: dict[str, Any], out: dict[str, Any], where: str) -> None:
    ways = {}
    if "lifts_per_15_min" in known:
        ways["lifts_per_15_min"] = known["lifts_per_15_min"] / 15.0
    if "rate_per_min" in known and "lifting_min_per_15" in known:
        ways["rate_per_min"] = known["rate_per_min"] * known["lifting_min_per_15"] / 15.0
    for name, f in ways.items():
        if "F" in known and not math.isclose(known["F"], f, rel_tol=1e-6, abs_tol=5e-3):
            raise CaseError(where, f"contradiction: F is {known['F']:g}, but {name} gives {f:g}", place="F")
        known["F"] = f
        out["F"] = f


def _duration(known: dict[str, Any], out: dict[str, Any], where: str) -> str | None:
    klass: str | None = known.get("duration_class")
    if "pattern_min" in known:
        found = classify_pattern(known["pattern_min"], known.get("recovery_factor", 1.0))
        out["sessions"] = found["sessions"]
        if klass not in (None, found["duration_class"]):
            raise CaseError(where, f"contradiction: pattern_min gives {found['duration_class']!r}", place="duration_class")
        klass = found["duration_class"]
    if "duration_h" in known:
        own = duration_class(known["duration_h"])
        if klass not in (None, own):
            raise CaseError(where, f"contradiction: {known['duration_h']:g} h is {own!r}, not {klass!r}", place="duration_h")
        klass = own
    if klass is not None:
        out["duration_class"] = klass
        if "duration_h" in known and "sessions" not in out:
            minutes = known["duration_h"] * 60.0
            factor = {"short": known.get("recovery_factor", 1.0), "moderate": 0.3, "long": None}[klass]
            out["recovery_needed_min"] = None if factor is None else minutes * factor
    return klass


def _single(known: dict[str, Any], where: str, *, task: bool = False) -> _Solved:
    out: dict[str, Any] = dict(known)
    missing: list[str] = []
    assumed: list[str] = []
    _frequency(known, out, where)
    klass = _duration(known, out, where)
    lengths = any(key in known for key in ("H_origin", "V_origin", "H_dest", "V_dest", "D"))
    units = known.get("units")
    if units is None and (lengths or "L" in known):
        assumed.append("units: not said; a length or the load constant needs them")
    system = SYSTEMS[units] if units else None
    if {"V_origin", "V_dest"} <= known.keys():
        travel = abs(known["V_dest"] - known["V_origin"])
        if "D" in known and not math.isclose(known["D"], travel, abs_tol=0.51):
            raise CaseError(
                where, f"contradiction: D is {known['D']:g}, but V_origin and V_dest are {travel:g} apart", place="D"
            )
        known.setdefault("D", travel)
        out.setdefault("D", travel)
    sides = ["origin"] + (["dest"] if any(k in known for k in ("H_dest", "V_dest", "A_dest", "RWL_dest")) else [])
    for side in sides:
        _side(side, known, out, system, klass, missing, assumed, where, task=task)
    if "L" not in known and not task:
        missing.append("L")
    indices = [out[f"LI_{side}"] for side in sides if out.get(f"LI_{side}") is not None]
    if indices:
        out["LI"] = max(indices)
    limits = [out[f"RWL_{side}"] for side in sides if f"RWL_{side}" in out]
    if limits:
        out["RWL"] = min(limits)
    return _Solved(out, list(dict.fromkeys(missing)), assumed)


def _side(
    side: str, known: dict[str, Any], out: dict[str, Any], system: System | None, klass: str | None,
    missing: list[str], assumed: list[str], where: str, *, task: bool,
) -> None:  # fmt: skip
    def given(name: str) -> float | None:
        value = known.get(f"{name}_{side}", known.get(name))
        return None if value is None else float(value)

    def multiplier(name: str, needs: dict[str, Any], make: Any) -> float | None:
        own = given(name)
        lacking = [key for key, value in needs.items() if value is None]
        if own is None and lacking:
            missing.extend(lacking)
            return None
        made = None if lacking else float(make())
        if own is not None and made is not None and not math.isclose(own, made, abs_tol=0.0051):
            raise CaseError(
                where, f"contradiction: it is given as {own:g}, but {', '.join(needs)} give {made:.4f}",
                place=f"{name}_{side}" if f"{name}_{side}" in known else name,
            )  # fmt: skip
        value = own if own is not None else made
        out[f"{name}_{side}"] = value
        return value

    h, v, d, a = (known.get(key) for key in (f"H_{side}", f"V_{side}", "D", f"A_{side}"))
    v_origin = known.get("V_origin")
    if v_origin is None and given("FM") is None and klass is not None and "F" in known:
        both = [frequency_multiplier(known["F"], klass, low=low) for low in (True, False)]
        if both[0] == both[1]:
            known.setdefault("FM", both[0])
    units = {"units": system}
    factors = [
        multiplier("HM", {f"H_{side}": h, **units}, lambda: horizontal_multiplier(h, system)),
        multiplier("VM", {f"V_{side}": v, **units}, lambda: vertical_multiplier(v, system)),
        multiplier("DM", {"D" if "V_origin" not in known else "V_dest": d, **units},
                   lambda: distance_multiplier(d, system)),
        multiplier("AM", {f"A_{side}": a}, lambda: asymmetry_multiplier(a)),
        multiplier("CM", {"coupling": known.get("coupling"), f"V_{side}": v, **units},
                   lambda: coupling_multiplier(known["coupling"], low=v < system.coupling_limit)),
    ]  # fmt: skip
    frequency = multiplier(
        "FM",
        {"F": known.get("F"), "duration_h": klass, "V_origin": v_origin, **units},
        lambda: frequency_multiplier(known["F"], klass, low=v_origin < system.coupling_limit),
    )
    constant = None if system is None else system.load_constant
    if constant is None or any(f is None for f in factors):
        base = None
    else:
        base = constant * math.prod(f for f in factors if f is not None)
        out[f"FIRWL_{side}"] = base
    rwl = given("RWL")
    if base is not None and frequency is not None:
        made = base * frequency
        if rwl is not None and not math.isclose(rwl, made, rel_tol=0.026):
            raise CaseError(where, f"contradiction: given as {rwl:g}, the multipliers give {made:.2f}", place=f"RWL_{side}")
        rwl = made
    if rwl is None:
        return
    out[f"RWL_{side}"] = rwl
    if rwl > 0.0 and "L" in known:
        out[f"LI_{side}"] = known["L"] / rwl
    elif rwl == 0.0:
        out[f"LI_{side}"] = None
        zero = [n for n in ("HM", "VM", "DM", "AM", "FM", "CM") if out.get(f"{n}_{side}") == 0.0]
        assumed.append(f"RWL_{side} is zero ({', '.join(zero)} is 0): the lift is outside the limits, LI is unbounded")


def _multi_task(case: Mapping[str, Any], where: str) -> dict[str, Any]:
    common = {key: value for key, value in case.items() if key not in ("tasks", "id", "name", "comment", "method")}
    if not isinstance(case["tasks"], list) or not case["tasks"]:
        raise CaseError(where, f"found {case['tasks']!r}, must be a list of tasks", place="tasks")
    rows: list[dict[str, Any]] = []
    missing: list[str] = []
    assumed: list[str] = []
    for index, raw in enumerate(case["tasks"]):
        place = f"{where}: tasks[{index}]"
        if not isinstance(raw, Mapping):
            raise CaseError(place, f"found {raw!r}, must be an object")
        known = _read({**common, **raw}, place)
        row = {key: raw[key] for key in ("id", "name") if key in raw} | _task(known, place, missing, assumed, index)
        rows.append(row)
    result: dict[str, Any] = {"tasks": rows}
    if not missing:
        result |= _composite(rows, assumed)
    return result | {"missing": list(dict.fromkeys(missing)), "assumed": assumed}


def _task(known: dict[str, Any], where: str, missing: list[str], assumed: list[str], index: int) -> dict[str, Any]:
    def lack(names: list[str]) -> None:
        missing.extend(f"tasks[{index}].{name}" for name in names)

    row: dict[str, Any]
    if "FIRWL" in known:
        row = dict(known)
        _frequency(known, row, where)
        klass = _duration(known, row, where)
    else:
        solved = _single(dict(known), where, task=True)
        row = solved.values
        bases = [row[f"FIRWL_{side}"] for side in ("origin", "dest") if f"FIRWL_{side}" in row]
        if not bases:
            lack(solved.missing or ["FIRWL"])
            return row
        row["FIRWL"] = min(bases)
        klass = row.get("duration_class")
        assumed.extend(line for line in solved.assumed if line not in assumed)
    if "F" not in row:
        lack(["F"])
    if klass is None and "FM" not in row:
        lack(["duration_h"])
    if "L" not in row and not {"L_avg", "L_max"} <= row.keys():
        lack(["L"])
    if "F" not in row or (klass is None and "FM" not in row) or ("L" not in row and "L_max" not in row):
        return row
    system = SYSTEMS.get(row.get("units", ""))
    low = row["V_origin"] < system.coupling_limit if system and "V_origin" in row else None
    row["FM"] = row["FM"] if "FM" in known else _cumulative(row["F"], klass, low, assumed)
    row["low"], row["class"] = low, klass
    row["STRWL"] = row["FIRWL"] * row["FM"]
    load_max, load_avg = row.get("L_max", row.get("L")), row.get("L_avg", row.get("L"))
    row["FILI"] = load_max / row["FIRWL"] if row["FIRWL"] else None
    row["STLI"] = load_avg / row["STRWL"] if row["STRWL"] else None
    return row


def _cumulative(f: float, klass: str | None, low: bool | None, assumed: list[str]) -> float:
    """FM at a summed frequency; with V unknown the lower of both columns, and it is said."""
    if klass is None:
        return math.nan
    if low is not None:
        return frequency_multiplier(f, klass, low=low)
    both = [frequency_multiplier(f, klass, low=side) for side in (True, False)]
    if both[0] != both[1]:
        line = "V_origin is not given: the frequency multiplier for V below 75 cm (30 in), the lower one, is used"
        if line not in assumed:
            assumed.append(line)
    return min(both)


def _composite(rows: list[dict[str, Any]], assumed: list[str]) -> dict[str, Any]:
    """CLI: the worst task's STLI and what each further task adds, in order of falling STLI."""
    if any(row["STLI"] is None or row["FILI"] is None for row in rows):
        assumed.append("a task's RWL is zero: the composite index is unbounded")
        return {"CLI": None}
    order = sorted(range(len(rows)), key=lambda i: (-rows[i]["STLI"], i))
    first = rows[order[0]]
    total = float(first["STLI"])
    steps = [{"task": order[0], "adds": total, "F_sum": first["F"]}]
    f_sum = first["F"]
    for index in order[1:]:
        row = rows[index]
        before = _cumulative(f_sum, row["class"], row["low"], assumed)
        after = _cumulative(f_sum + row["F"], row["class"], row["low"], assumed)
        f_sum += row["F"]
        if not before or not after or math.isnan(before) or math.isnan(after):
            assumed.append(f"at {f_sum:g} lifts a minute together the frequency multiplier is 0: CLI is unbounded")
            return {"CLI": None, "CLI_steps": steps}
        adds = row["FILI"] * (1.0 / after - 1.0 / before)
        total += adds
        steps.append({"task": index, "adds": adds, "F_sum": f_sum})
    return {"CLI": total, "CLI_steps": steps}
