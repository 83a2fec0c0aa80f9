"""What a case of the NIOSH lifting equation may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from immersive.human import niosh
from immersive.human.case_fields import Input, number
from immersive.human.niosh import SYSTEMS

MULTIPLIERS = ("HM", "VM", "DM", "AM", "FM", "CM")


_UNIT_WORDS = {
    "metric": "cm,kg,deg", "si": "cm,kg,deg", "cm,kg": "cm,kg,deg",
    "us": "in,lb,deg", "imperial": "in,lb,deg", "in,lb": "in,lb,deg", "in,lbs": "in,lb,deg", "in,lbs,deg": "in,lb,deg",
}  # fmt: skip


class _Units(Input):
    """``"cm,kg,deg"`` or ``"in,lb,deg"``, blanks and case ignored; also metric, us and the like."""

    def read(self, value: Any) -> Any:
        word = value.replace(" ", "").lower() if isinstance(value, str) else value
        return Input.read(self, _UNIT_WORDS.get(word, word) if isinstance(word, str) else word)


def _of_session(name: Any) -> str:
    """``"work"`` or ``"rest"`` for the words people use for a session of lifting and for recovery."""
    word = name.strip().lower().removesuffix("_min") if isinstance(name, str) else ""
    if word in ("work", "lift", "lifting"):
        return "work"
    if word in ("rest", "recovery", "light", "light_work", "break"):
        return "rest"
    raise ValueError


class _Pattern(Input):
    """Minutes of lifting and recovery in turn: flat, in pairs, or as objects with ``work`` and ``rest``.

    One pair or object may stand alone. Recovery is also called ``recovery``, either may end in ``_min``.
    """

    def read(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            value = [value]
        if not isinstance(value, list | tuple):
            raise ValueError
        flat: list[Any] = []
        for item in value:
            if isinstance(item, Mapping):
                parts = {_of_session(name): minutes for name, minutes in item.items()}
                if len(parts) != len(item) or "work" not in parts:
                    raise ValueError
                flat += [parts["work"], parts.get("rest")]
            elif isinstance(item, list | tuple):
                if not 1 <= len(item) <= 2:
                    raise ValueError
                flat += [*item, *([None] if len(item) == 1 else [])]
            else:
                flat.append(item)
        while flat and flat[-1] is None:
            flat.pop()
        minutes = [number("minutes", 0, 1440, "").read(item) for item in flat]
        if not minutes or not any(minutes[::2]):
            raise ValueError
        return minutes

    def allowed(self) -> str:
        return (
            "minutes of lifting and recovery in turn, e.g. [45, 60, 30, 15], [[45, 60], [30, 15]] "
            'or [{"work": 45, "rest": 60}]'
        )


INPUTS: tuple[Input, ...] = (
    _Units("units", "choice", options=tuple(SYSTEMS), doc="Units of the case."),
    number("L", 0, None, "Load weight."),
    number("L_avg", 0, None, "Average load of a task (default L)."),
    number("L_max", 0, None, "Largest load of a task (default L)."),
    number("H_origin", 0, None, "Horizontal location of the hands at the origin, from the ankles' midpoint."),
    number("V_origin", 0, None, "Height of the hands at the origin, from the floor."),
    number("H_dest", 0, None, "Horizontal location at the destination."),
    number("V_dest", 0, None, "Height at the destination."),
    number("D", 0, None, "Vertical travel; default |V_dest − V_origin|."),
    number("A_origin", 0, 180, "Asymmetry angle at the origin."),
    number("A_dest", 0, 180, "Asymmetry angle at the destination."),
    Input("control_at_dest", "flag", doc="Significant control at the destination; false: the origin alone counts."),
    number("F", 0, None, "Lifts a minute, averaged over 15 min."),
    number("lifts_per_15_min", 0, None, "Lifts counted in 15 min: F = lifts / 15."),
    number("rate_per_min", 0, None, "Lifts a minute while lifting, of intermittent work."),
    number("lifting_min_per_15", 0, 15, "Minutes of lifting in 15 min: F = rate_per_min · minutes / 15."),
    number("duration_h", 0, 8, "Hours of continuous lifting work."),
    Input("duration_class", "choice", options=("short", "moderate", "long"), doc="Instead of duration_h."),
    _Pattern("pattern_min", "choice", doc="Instead of duration_h: minutes of lifting and recovery in turn."),
    number("recovery_factor", 1.0, 1.2, "Recovery after short sessions over their length: 1.0 (2021), 1.2 (1994)."),
    Input("coupling", "choice", options=niosh.COUPLINGS, doc="Hand-to-object coupling."),
    *(number(f"{name}{end}", 0, 1, f"{name} where it is known already.")
      for name in MULTIPLIERS for end in ("", "_origin", "_dest")),
    number("FIRWL", 0, None, "Frequency-independent recommended weight limit."),
    *(number(f"RWL{end}", 0, None, "Recommended weight limit.") for end in ("", "_origin", "_dest")),
)  # fmt: skip
