"""The composite lifting index of a job of several lifts (Applications Manual, section 2.4).

Tasks are put in order of falling STLI; of equal ones the more frequent comes first. The first counts
with its STLI, each further one with what it adds: FILI · (1/FM of the frequencies summed up to it −
1/FM of those before it). The sums are looked up in the task's own duration class and height column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from immersive.human import niosh
from immersive.human.case_fields import LABELS, CaseError, Words, shown
from immersive.human.niosh import SYSTEMS
from immersive.human.niosh_case import OTHER_NAMES, Solved, read, risk, solve_lift, unused, weight


def solve_tasks(case: Mapping[str, Any], where: str) -> dict[str, Any]:
    """STLI and FILI of every task, and CLI.

    Fields beside ``tasks`` hold for every task that does not give them itself.

    Raises:
        CaseError: Unknown or impossible field, or a contradiction; it names the task.
    """
    tasks = case["tasks"]
    if not isinstance(tasks, list | tuple) or not tasks:
        raise CaseError(where, f"found {shown(tasks)}, must be a list of at least one task", place="tasks")
    common = {key: value for key, value in case.items() if key not in ("tasks", *LABELS)}
    rows: list[dict[str, Any]] = []
    missing: list[str] = []
    job = Solved({})
    spare: list[Words] = []
    for index, raw in enumerate(tasks):
        place = f"{where}: tasks[{index}]"
        if not isinstance(raw, Mapping):
            raise CaseError(place, f"found {shown(raw)}, must be an object of fields")
        if "tasks" in raw:
            raise CaseError(place, "a task cannot hold tasks", place="tasks")
        known = read({**_named(common), **_named(raw)}, place)
        row, lacks = _task(known, place, job)
        rows.append({key: raw[key] for key in ("id", "name") if key in raw} | row)
        missing += [f"tasks[{index}].{name}" for name in lacks]
        spare += [line for line in unused(known, row) if line not in spare]
    result: dict[str, Any] = {"tasks": rows}
    if not missing:
        result |= _composite(rows, job)
    return result | {"missing": list(dict.fromkeys(missing)), "assumed": job.assumed, "unused": spare}


def _named(case: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by their own names, so that a task's value replaces the shared one whichever name it has."""
    return {
        OTHER_NAMES[key] if key in OTHER_NAMES and OTHER_NAMES[key] not in case else key: value
        for key, value in case.items()
    }


def _task(known: dict[str, Any], where: str, job: Solved) -> tuple[dict[str, Any], list[str]]:
    solved = solve_lift({key: value for key, value in known.items() if key != "RWL"}, where)
    job.assumed += [line for line in solved.assumed if line not in job.assumed]
    row = solved.values
    row.pop("risk", None)
    lacks = [] if "FIRWL" in row else list(solved.missing) or ["FIRWL"]
    if "F" not in row:
        lacks.append("F")
    if solved.duration is None:
        lacks.append("duration_h")
    highest, average = (row.get(key, row.get("L")) for key in ("L_max", "L_avg"))
    highest = average if highest is None else highest
    average = highest if average is None else average
    if highest is None:
        lacks.append("L")
    # What follows is said even where the composite index lacks something.
    fm = known.get("FM", row.get("FM_origin", row.get("FM")))
    if fm is None and "F" in row and solved.duration is not None:
        fm = _summed(row, row["F"], job)
    if fm is not None:
        row["FM"] = fm
    if "FIRWL" in row and highest is not None:
        row["FILI"] = highest / row["FIRWL"] if row["FIRWL"] > 0.0 else None
    if "FIRWL" in row and fm is not None:
        row["STRWL"] = weight("RWL", known.get("RWL"), row["FIRWL"] * fm, where)
        if average is not None:
            row["STLI"] = average / row["STRWL"] if row["STRWL"] > 0.0 else None
    return row, list(dict.fromkeys(lacks))


def _summed(row: Mapping[str, Any], f: float, job: Solved) -> float:
    """FM of a row's class and column at a summed frequency; with V unknown the lower column, and that is said."""
    klass = row["duration_class"]
    system = SYSTEMS.get(row.get("units", ""))
    if system is not None and "V_origin" in row:
        return niosh.frequency_multiplier(f, klass, low=row["V_origin"] < system.coupling_limit)
    low, high = (niosh.frequency_multiplier(f, klass, low=side) for side in (True, False))
    if low != high:
        job.say("A task has no V_origin: FM for V below 75 cm (30 in), the lower one, is used",
                "Une tâche n'a pas de V_origin : FM pour V sous 75 cm (30 in), le plus faible, est retenu")  # fmt: skip
    return low


def _composite(rows: list[dict[str, Any]], job: Solved) -> dict[str, Any]:
    if any(row["STLI"] is None or row["FILI"] is None for row in rows):
        job.say("A task's RWL is zero: the composite index is unbounded (null)",
                "La masse limite d'une tâche est nulle : l'indice composite n'est pas borné (null)")  # fmt: skip
        return {"CLI": None, "risk": risk(None)}
    order = sorted(range(len(rows)), key=lambda i: (-round(rows[i]["STLI"], 9), -rows[i]["F"], i))
    first = rows[order[0]]
    total, f_sum = float(first["STLI"]), float(first["F"])
    steps = [{"task": order[0], "adds": total, "F_sum": f_sum, "FM_sum": first["FM"]}]
    for rank, index in enumerate(order):
        rows[index]["task_number"] = rank + 1
        if rank == 0:
            continue
        row = rows[index]
        before = _summed(row, f_sum, job)
        f_sum += row["F"]
        after = _summed(row, f_sum, job)
        if before <= 0.0 or after <= 0.0:
            job.say(f"At {f_sum:g} lifts a minute together FM is 0: the composite index is unbounded (null)",
                    f"À {f_sum:g} levages par minute ensemble, FM est nul : l'indice composite n'est pas borné (null)")  # fmt: skip
            return {"CLI": None, "risk": risk(None), "CLI_steps": steps}
        adds = row["FILI"] * (1.0 / after - 1.0 / before)
        total += adds
        steps.append({"task": index, "adds": adds, "F_sum": f_sum, "FM_sum": after})
    return {"CLI": total, "risk": risk(total), "CLI_steps": steps}
