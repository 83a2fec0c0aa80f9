"""Standards that put each body part into a zone: the machine of ISO 11226 and EN 1005-4.

A part is rated from the fields it needs; what is not given is not rated and not called acceptable:
the overall result stays null until every part that matters is rated, unless one part already has the
worst result there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from immersive.human.case_fields import LABELS, Input, Words, both, read_fields
from immersive.human.scoring import SIDES, split_sides

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rating:
    """What a standard says of one body part in one case.

    Attributes:
        result: One of the standard's results.
        why: The sentence behind it.
        confidence: How sure the figures are.
        details: Further values, such as the longest acceptable holding time.
        assumed: Flags that were taken as not set.
    """

    result: str
    why: Words
    confidence: str
    details: tuple[tuple[str, Any], ...] = ()
    assumed: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"result": self.result, **dict(self.details), "why": self.why, "confidence": self.confidence}


@dataclass(frozen=True, slots=True)
class Part:
    """A body part that is rated.

    Attributes:
        name: Key of its rating in the result.
        rate: ``values`` → the rating, or the names of the fields that it lacks.
        core: Whether the overall result waits for it.
        sided: Whether the left and the right one are rated.
    """

    name: str
    rate: Callable[[Values], Rating | list[str]]
    core: bool = False
    sided: bool = False


@dataclass(frozen=True)
class ZoneMethod:
    """A standard that rates body parts one by one.

    Attributes:
        name, title, inputs, notes, source, confidence: As for any method.
        parts: What is rated.
        order: Results from best to worst; of several, the last counts.
        words: What each result says.
        sided: Inputs that may be given for one side.
        prepare: ``(values, where) → values`` with what follows from them; may raise ``CaseError``.
    """

    name: str
    title: Words
    inputs: tuple[Input, ...]
    notes: tuple[Words, ...]
    source: str
    confidence: str
    parts: tuple[Part, ...]
    order: tuple[str, ...]
    words: Mapping[str, Words]
    sided: tuple[str, ...]
    prepare: Callable[[dict[str, Any], str], dict[str, Any]] = lambda values, where: values

    def solve(self, case: Mapping[str, Any], *, where: str = "case") -> dict[str, Any]:
        """The rating of every part that the case says enough about, and the overall result.

        Returns:
            One object a part (``result``, ``why``, ``confidence``, details), ``overall`` (null where it is
            open), ``worst_examined``, ``examined``, ``missing``, ``assumed``, ``unused``, and the notes.

        Raises:
            CaseError: Unknown or impossible field, or a contradiction.
        """
        shared, sides = split_sides(case, self.sided, method=self.name, where=where)
        result: dict[str, Any] = {key: case[key] for key in LABELS[:-1] if key in case}
        result["method"] = self.name
        blocks = {side: {**shared, **own} for side, own in sides.items()} or {"": shared}
        ratings: dict[str, Rating] = {}
        missing: list[str] = []
        open_parts: list[str] = []
        used: set[str] = set()
        given: dict[str, None] = {}
        for side, block in blocks.items():
            place = f"{where}: {side}" if side else where
            values = read_fields(block, self.inputs, method=self.name, where=place, extra=SIDES)
            given |= dict.fromkeys(values)
            values = self.prepare(values, place)
            result |= {name: value for name, value in values.items() if not (side and name in self.sided)}
            if side:
                result[side] = {name: values[name] for name in self.sided if name in values}
            for part in self.parts:
                rated = part.rate(_Watched(values, used))
                key = f"{part.name}_{side}" if side and part.sided else part.name
                if isinstance(rated, Rating):
                    ratings[key] = rated
                elif part.core:
                    open_parts.append(key)
                    missing += [f"{side}.{name}" if side and name in self.sided else name for name in rated]
        result |= {key: rating.to_dict() for key, rating in ratings.items()}
        found = [rating.result for rating in ratings.values()]
        worst = max(found, key=self.order.index, default=None)
        settled = worst == self.order[-1] or (
            worst is not None and not open_parts and worst != "not_established"
        )
        result["overall"] = worst if settled else None
        result["overall_text"] = self.words[worst] if settled and worst is not None else both(
            "open: not every body part could be rated", "ouvert : toutes les parties du corps n'ont pas pu être évaluées"
        )  # fmt: skip
        result["worst_examined"] = worst
        result["examined"] = list(ratings)
        result["missing"] = list(dict.fromkeys(missing))
        assumed = dict.fromkeys(name for rating in ratings.values() for name in rating.assumed)
        result["assumed"] = [
            both(f"{name}: not said, taken as false", f"{name} : non renseigné, pris comme faux")
            for name in assumed
        ]
        result["assumed"] += [
            both(f"{side}: not given, this side is not rated", f"{side} : non renseigné, ce côté n'est pas évalué")
            for side in SIDES if sides and side not in sides
        ]  # fmt: skip
        result["unused"] = [
            both(f"{name}: not used, it decides nothing here", f"{name} : non utilisé, ne décide rien ici")
            for name in given if name not in used
        ]  # fmt: skip
        return result | {"notes": list(self.notes), "source": self.source, "confidence": self.confidence}


class _Watched(Mapping[str, Any]):
    """Values that remember which of them were asked for and there."""

    def __init__(self, values: Values, used: set[str]) -> None:
        self._values, self._used = values, used

    def __getitem__(self, key: str) -> Any:
        value = self._values[key]
        self._used.add(key)
        return value

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def linear_limit(angle: float, points: list[list[float]]) -> float:
    """The longest acceptable holding time in minutes at an angle, on the line through two points."""
    (x0, y0), (x1, y1) = points
    return y0 + (angle - x0) * (y1 - y0) / (x1 - x0)
