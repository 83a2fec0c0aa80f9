"""Cases of the NIOSH lifting equation: one lift, at its origin and where needed at its destination.

A case with ``tasks`` goes to :mod:`immersive.human.niosh_tasks`. Everything that follows from what is
given is returned, ``missing`` names what the rest would need, and a given value that disagrees with
the others is an error. Values that the manual prints are rounded: multipliers may differ by 0.0075
and weights by 2.6 % before that is a contradiction; the given value is then the one used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from immersive.human import niosh
from immersive.human.case_fields import LABELS, CaseError, Input, Words, both, read_fields
from immersive.human.niosh import SYSTEMS, System
from immersive.human.niosh_fields import INPUTS, MULTIPLIERS

ENDS = ("origin", "dest")
MULTIPLIER_TOLERANCE = 0.0075
"""The manual's own tables are up to 0.0055 beside their formulas (HM at 22 in)."""
WEIGHT_TOLERANCE = 0.026
"""Relative; the manual's rounding of multipliers makes up to 2.5 %."""
TRAVEL_TOLERANCE = 1.01
"""V_origin, V_dest and D, each rounded to whole units, may disagree by one."""
OTHER_NAMES = {
    "H": "H_origin", "V": "V_origin", "A": "A_origin",
    "H_destination": "H_dest", "V_destination": "V_dest", "A_destination": "A_dest",
}  # fmt: skip
"""What people write for a lift that is scored at its origin, or in full."""


@dataclass
class Solved:
    """What came of one lift: values by name, inputs that the rest would need, statements."""

    values: dict[str, Any]
    missing: list[str] = field(default_factory=list)
    assumed: list[Words] = field(default_factory=list)
    duration: str | None = None

    def say(self, en: str, fr: str) -> None:
        """Add a statement once."""
        if (line := both(en, fr)) not in self.assumed:
            self.assumed.append(line)


@dataclass(frozen=True)
class Niosh:
    """The lifting equation as a scoring method."""

    name: str = "niosh"
    title: Words = field(default_factory=lambda: both(
        "Revised NIOSH lifting equation", "Équation de levage NIOSH révisée"))  # fmt: skip
    inputs: tuple[Input, ...] = (
        *INPUTS,
        Input("tasks", "list", doc="Several lifts of one job: a list of cases."),
    )
    notes: tuple[Words, ...] = niosh.NOTES

    @property
    def source(self) -> str:
        """Reference."""
        return str(niosh.tables()["source"])

    @property
    def confidence(self) -> str:
        """How sure the figures are."""
        return str(niosh.tables()["confidence"])

    def solve(self, case: Mapping[str, Any], *, where: str = "case") -> dict[str, Any]:
        """One lift, or the composite index of ``tasks``.

        Raises:
            CaseError: Unknown or impossible field, or a contradiction.
        """
        result: dict[str, Any] = {key: case[key] for key in LABELS[:-1] if key in case}
        result["method"] = self.name
        if case.get("tasks") is not None:
            from immersive.human.niosh_tasks import solve_tasks

            result |= solve_tasks(case, where)
        else:
            known = read(case, where)
            solved = solve_lift(known, where)
            result |= solved.values | {"missing": list(dict.fromkeys(solved.missing))}
            result |= {"assumed": solved.assumed, "unused": unused(known, solved.values)}
        return result | {"notes": list(self.notes), "source": self.source, "confidence": self.confidence}


def read(case: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The checked values of one lift."""
    plain: dict[str, Any] = {}
    for key, value in case.items():
        name = OTHER_NAMES.get(key, key)
        if plain.get(name) is not None and value is not None:
            raise CaseError(where, f"given twice, {key!r} is another name of it", place=name)
        if key != "tasks" and (value is not None or name not in plain):
            plain[name] = value
    return read_fields(plain, INPUTS, method="niosh", where=where, extra=("tasks",))


def solve_lift(known: dict[str, Any], where: str) -> Solved:
    """All that follows for one lift."""
    known = dict(known)
    solved = Solved(dict(known))
    out = solved.values
    _frequency(known, solved, where)
    solved.duration = _duration(known, solved, where)
    units = known.get("units")
    system = SYSTEMS[units] if units else None
    if system:
        out["LC"] = system.load_constant
    if {"V_origin", "V_dest"} <= known.keys():
        travel = abs(known["V_dest"] - known["V_origin"])
        if "D" in known and not math.isclose(known["D"], travel, abs_tol=TRAVEL_TOLERANCE):
            raise CaseError(
                where,
                f"contradiction: found {known['D']:g}, but V_origin and V_dest are {travel:g} apart",
                place="D",
            )
        known.setdefault("D", travel)
        out.setdefault("D", travel)
    direct = "FIRWL" in known and not any(
        f"{key}_origin" in known for key in ("H", "V", "A", "HM", "VM", "DM", "AM")
    )
    if direct:
        _from_firwl(known, solved, system, where)
    else:
        _from_geometry(known, solved, system, where)
    if not any(key in known for key in ("L", "L_avg", "L_max")):
        solved.missing.append("L")
    if "LI" in out:
        out["risk"] = risk(out["LI"])
    return solved


def risk(index: float | None) -> Words:
    """What a lifting index says."""
    if index is None or index > 3.0:
        return both("above 3 or unbounded: many workers at elevated risk of low back pain",
                    "au-dessus de 3 ou non borné : risque élevé de lombalgie pour beaucoup de travailleurs")  # fmt: skip
    if index > 1.0:
        return both("above 1: increased risk of low back pain for some workers",
                    "au-dessus de 1 : risque accru de lombalgie pour une partie des travailleurs")  # fmt: skip
    return both("at most 1: the method's design goal", "au plus 1 : objectif de conception de la méthode")


def unused(known: Mapping[str, Any], values: Mapping[str, Any]) -> list[Words]:
    """Statements on inputs that nothing could be made of."""
    lines = []
    if "coupling" in known and not any(f"CM_{end}" in values for end in ENDS):
        lines.append(both("coupling: not used, CM needs V_origin and units beside it",
                          "coupling : non utilisé, CM demande aussi V_origin et units"))  # fmt: skip
    if "rate_per_min" in known and "F" not in values:
        lines.append(both("rate_per_min: not used, it needs lifting_min_per_15 or pattern_min beside it",
                          "rate_per_min : non utilisé, il faut aussi lifting_min_per_15 ou pattern_min"))  # fmt: skip
    if "lifting_min_per_15" in known and "rate_per_min" not in known:
        lines.append(both("lifting_min_per_15: not used, it needs rate_per_min beside it",
                          "lifting_min_per_15 : non utilisé, il faut aussi rate_per_min"))  # fmt: skip
    if "recovery_factor" in known and not {"pattern_min", "duration_h"} & known.keys():
        lines.append(both("recovery_factor: not used, it needs pattern_min or duration_h beside it",
                          "recovery_factor : non utilisé, il faut aussi pattern_min ou duration_h"))  # fmt: skip
    return lines


def _frequency(known: dict[str, Any], solved: Solved, where: str) -> None:
    ways = {}
    if "lifts_per_15_min" in known:
        ways["lifts_per_15_min"] = known["lifts_per_15_min"] / 15.0
    if "rate_per_min" in known:
        minutes = known.get("lifting_min_per_15")
        if minutes is None and "pattern_min" in known:
            minutes = niosh.busiest_quarter_min(known["pattern_min"])
            solved.values["lifting_min_per_15"] = minutes
        if minutes is not None:
            ways["rate_per_min"] = known["rate_per_min"] * minutes / 15.0
        if known["rate_per_min"] > 15.0:
            solved.say("rate_per_min is above 15, the most that is admissible: FM is 0",
                       "rate_per_min dépasse 15, le maximum admissible : FM est nul")  # fmt: skip
    for name, f in ways.items():
        # Printed frequencies are rounded to a tenth.
        if "F" in known and not math.isclose(known["F"], f, rel_tol=0.02, abs_tol=0.051):
            raise CaseError(where, f"contradiction: found {known['F']:g}, but {name} gives {f:g}", place="F")
        known.setdefault("F", f)
        solved.values.setdefault("F", f)


def _duration(known: dict[str, Any], solved: Solved, where: str) -> str | None:
    out, klass = solved.values, known.get("duration_class")
    factor = known.get("recovery_factor", niosh.RECOVERY["short"])

    def agree(found: str, place: str, told: str) -> str:
        if klass not in (None, found):
            raise CaseError(
                where, f"contradiction: {told} is {found!r}, but elsewhere it is {klass!r}", place=place
            )
        return found

    if "pattern_min" in known:
        pattern = niosh.classify_pattern(known["pattern_min"], factor)
        if pattern["duration_h"] > 8.0:
            raise CaseError(
                where,
                f"the sessions add up to {pattern['duration_h']:g} h, must be at most 8 h",
                place="pattern_min",
            )
        # A pattern of at most 15 min is a cycle of intermittent work: how long it goes on, duration_h says.
        cycle = sum(known["pattern_min"]) <= 15.0 and ("duration_h" in known or klass is not None)
        if cycle:
            solved.say("pattern_min of at most 15 min is taken as a cycle that repeats; the stated duration decides the class",
                       "pattern_min de 15 min au plus est pris comme un cycle répété ; la durée donnée décide de la classe")  # fmt: skip
        else:
            klass = agree(pattern["duration_class"], "pattern_min", "this pattern")
        out["sessions"] = pattern["sessions"]
        if not cycle:
            out["recovery_needed_min"] = pattern["recovery_needed_min"]
        if "duration_h" not in known and not cycle:
            out["duration_h"] = pattern["duration_h"]
        last = pattern["sessions"][-1]
        if last["recovery_enough"] is False and not cycle:
            solved.say("The last recovery is shorter than needed: it counts only because no lifting follows in the pattern",
                       "La dernière récupération est trop courte : elle ne compte que si aucun levage ne suit")  # fmt: skip
    if "duration_h" in known:
        klass = agree(niosh.duration_class(known["duration_h"]), "duration_h", f"{known['duration_h']:g} h")
        out.setdefault("recovery_needed_min", niosh.recovery_needed_min(known["duration_h"] * 60.0, factor))
    if klass is not None:
        out["duration_class"] = klass
        if klass != "short" and known.get("F", 1.0) < 0.1:
            solved.say("Below 0.1 lifts a minute the recovery usually suffices for the short class; the stated one is used",
                       "Sous 0,1 levage par minute, la récupération suffit souvent pour la classe courte ; la classe "
                       "donnée est retenue")  # fmt: skip
    return klass


def frequency_factor(
    known: Mapping[str, Any], solved: Solved, system: System | None
) -> tuple[float | None, list[str]]:
    """FM from F, duration and V at the origin; None with what it lacks. Where V cannot matter it is not needed."""
    lacks = [] if "F" in known else ["F"]
    if solved.duration is None:
        lacks.append("duration_h")
    if lacks or solved.duration is None:
        return None, lacks
    f, klass = known["F"], solved.duration
    if known.get("rate_per_min", 0.0) > 15.0:
        return 0.0, []
    if "V_origin" in known and system is not None:
        return niosh.frequency_multiplier(f, klass, low=known["V_origin"] < system.coupling_limit), []
    low, high = (niosh.frequency_multiplier(f, klass, low=side) for side in (True, False))
    return (low, []) if low == high else (None, ["V_origin", *([] if system else ["units"])])


def _from_firwl(known: dict[str, Any], solved: Solved, system: System | None, where: str) -> None:
    out = solved.values
    made, lacks = frequency_factor(known, solved, system)
    fm = _agreed("FM", known.get("FM"), made, "F, duration_h", where)
    solved.missing += [] if fm is not None else lacks
    if fm is None:
        return
    out["FM"] = fm
    out["RWL"] = weight("RWL", known.get("RWL"), known["FIRWL"] * fm, where)
    out["STRWL"] = out["RWL"]
    _indices(known, solved, [""])


def _from_geometry(known: dict[str, Any], solved: Solved, system: System | None, where: str) -> None:
    out = solved.values
    dest_given = any(f"{key}_dest" in known for key in ("H", "V", "A", *MULTIPLIERS, "RWL"))
    control = known.get("control_at_dest")
    wanted = control is True or any(f"{key}_dest" in known for key in ("H", "A", "HM", "AM"))
    _end("origin", known, solved, system, solved.missing, where)
    lacks: list[str] = []
    if dest_given or control:
        _end("dest", known, solved, system, lacks, where)
        if wanted and control is not False:
            solved.missing += lacks
        elif "RWL_dest" not in out:
            solved.say("The destination is not scored (it lacks " + ", ".join(dict.fromkeys(lacks)) + "): the origin alone counts",
                       "La destination n'est pas cotée (il manque " + ", ".join(dict.fromkeys(lacks)) + ") : seule "
                       "l'origine compte")  # fmt: skip
    ends = ["origin"]
    if control is not False and (wanted or "RWL_dest" in out):
        ends.append("dest")
    if all(f"FIRWL_{end}" in out for end in ends):
        made = min(out[f"FIRWL_{end}"] for end in ends)
        out["FIRWL"] = weight("FIRWL", known.get("FIRWL"), made, where)
    _indices(known, solved, [f"_{end}" for end in ends])


def _end(
    end: str, known: dict[str, Any], solved: Solved, system: System | None, missing: list[str], where: str
) -> None:
    out = solved.values
    # Any: a maker is called only where all that it needs is known.
    h: Any = known.get(f"H_{end}")
    v: Any = known.get(f"V_{end}")
    a: Any = known.get(f"A_{end}")
    d: Any = known.get("D")
    coupling: Any = known.get("coupling")
    units: Any = system
    travel = "D" if "V_origin" not in known else "V_dest"
    makers: dict[str, tuple[dict[str, Any], Callable[[], float]]] = {
        "HM": ({f"H_{end}": h, "units": units}, lambda: niosh.horizontal_multiplier(h, units)),
        "VM": ({f"V_{end}": v, "units": units}, lambda: niosh.vertical_multiplier(v, units)),
        "DM": ({travel: d, "units": units}, lambda: niosh.distance_multiplier(d, units)),
        "AM": ({f"A_{end}": a}, lambda: niosh.asymmetry_multiplier(a)),
        "CM": ({"coupling": coupling, f"V_{end}": v, "units": units},
               lambda: niosh.coupling_multiplier(coupling, low=v < units.coupling_limit)),
    }  # fmt: skip
    if coupling is not None and coupling != "fair":
        # Only 'fair' depends on the height.
        makers["CM"] = ({"coupling": coupling}, lambda: niosh.coupling_multiplier(coupling, low=True))
    fm, fm_lacks = frequency_factor(known, solved, system)
    for name in MULTIPLIERS:
        own = known.get(f"{name}_{end}", known.get(name))
        if name == "FM":
            made, lacks, basis = fm, fm_lacks, "F, duration_h"
        else:
            needs, make = makers[name]
            lacks = [key for key, value in needs.items() if value is None]
            made, basis = (None if lacks else float(make())), ", ".join(needs)
        value = _agreed(f"{name}_{end}" if f"{name}_{end}" in known else name, own, made, basis, where)
        if value is None:
            missing += lacks
        else:
            out[f"{name}_{end}"] = value
    factors = [out.get(f"{name}_{end}") for name in MULTIPLIERS if name != "FM"]
    base = None
    if system is not None and all(factor is not None for factor in factors):
        base = system.load_constant * math.prod(factor for factor in factors if factor is not None)
        out[f"FIRWL_{end}"] = base
    elif system is None and "units" not in missing:
        missing.append("units")
    place = f"RWL_{end}" if f"RWL_{end}" in known else "RWL"
    given = known.get(f"RWL_{end}", known.get("RWL") if end == "origin" and "RWL_dest" not in known else None)
    made_rwl = base * out[f"FM_{end}"] if base is not None and f"FM_{end}" in out else None
    if made_rwl is not None or given is not None:
        out[f"RWL_{end}"] = weight(place, given, made_rwl, where)
    if given is not None:
        missing[:] = []


def _agreed(place: str, own: float | None, made: float | None, basis: str, where: str) -> float | None:
    if own is not None and made is not None and not math.isclose(own, made, abs_tol=MULTIPLIER_TOLERANCE):
        raise CaseError(where, f"contradiction: found {own:g}, but {basis} give {made:.4f}", place=place)
    return own if own is not None else made


def weight(place: str, own: float | None, made: float | None, where: str) -> float:
    """The given weight limit, or the computed one; they must agree."""
    if (
        own is not None
        and made is not None
        and not math.isclose(own, made, rel_tol=WEIGHT_TOLERANCE, abs_tol=0.051)
    ):
        raise CaseError(
            where, f"contradiction: found {own:g}, but the multipliers give {made:.2f}", place=place
        )
    return float(own if own is not None else made if made is not None else 0.0)


def _indices(known: Mapping[str, Any], solved: Solved, ends: list[str]) -> None:
    """RWL and LI of the ends that count, and the worst of them."""
    out = solved.values
    load = known.get("L", known.get("L_max", known.get("L_avg")))
    for suffix in dict.fromkeys((*ends, "_dest")):
        limit = out.get(f"RWL{suffix}")
        if limit is None:
            continue
        if limit == 0.0:
            zero = [name for name in MULTIPLIERS if out.get(f"{name}{suffix}") == 0.0]
            solved.say(
                f"RWL{suffix} is zero ({', '.join(zero)} is 0): outside the limits of the method, LI is unbounded (null)",
                f"RWL{suffix} est nulle ({', '.join(zero)} vaut 0) : hors des limites de la méthode, LI n'est pas borné (null)",
            )
        if load is not None:
            out[f"LI{suffix}"] = load / limit if limit > 0.0 else None
    if not all(f"RWL{suffix}" in out for suffix in ends):
        return
    out["RWL"] = min(out[f"RWL{suffix}"] for suffix in ends)
    if load is not None:
        indices = [out[f"LI{suffix}"] for suffix in ends]
        out["LI"] = None if None in indices else max(indices)
