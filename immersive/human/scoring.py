"""The machine behind the scoring methods: inputs, steps, contradictions, and what is missing.

A method is a set of named inputs and of steps that each make one value from others. A case may
start anywhere: with joint angles, with component scores, or with table scores. Whatever follows is
computed; a value that is given *and* follows from others must agree; what could not be computed is
named with the inputs it would need. Nothing is guessed: a default is used only for a flag (not said
means no), and each use is listed under ``assumed``; what was given and not used is under ``unused``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from immersive.human.case_fields import LABELS, CaseError, Input, Words, both, read_fields, shown

SIDES = ("left", "right")


class Scorer(Protocol):
    """What ``immersive score`` needs of a method."""

    @property
    def name(self) -> str:
        """As on the command line."""

    @property
    def title(self) -> Words:
        """What it is, in both languages."""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All that a case may give."""

    @property
    def notes(self) -> tuple[Words, ...]:
        """Statements that belong to every result."""

    @property
    def source(self) -> str:
        """Reference."""

    @property
    def confidence(self) -> str:
        """How sure the figures are."""

    def solve(self, case: Mapping[str, Any], *, where: str = "case") -> dict[str, Any]:
        """All that follows from one case; :class:`CaseError` where it is impossible."""


@dataclass(frozen=True, slots=True)
class Step:
    """One value made from others: ``make(**inputs)``, pure. None means: these inputs do not decide it."""

    output: str
    inputs: tuple[str, ...]
    make: Callable[..., Any]
    aside: bool = False
    """Not a way that ``missing`` would ask for."""


@dataclass(frozen=True, slots=True)
class Bound:
    """``field`` must lie from ``low`` to ``high``, because of what ``basis`` says."""

    field: str
    low: float
    high: float
    basis: str


@dataclass(frozen=True)
class Method:
    """A scoring method.

    Attributes:
        name: As on the command line.
        title: What it is, in both languages.
        inputs: All that a case may give; results may be given too if they are listed here.
        steps: In an order in which each step's inputs come before it.
        results: Names to report, in this order, as far as they are known.
        finals: Results that a complete case ends in; what the first lacks is ``missing``, the others follow.
        source: Reference.
        confidence: How sure the figures are.
        notes: Fixed statements that belong to every result (which band takes a boundary …).
        sided: Inputs that may be given for one side: in an object ``left`` or ``right``, or with that
            suffix. Each side is then scored with what is given for the whole body, and the higher counts.
        audit: ``(values) -> sentences``: further assumptions of a particular case.
        bounds: ``(values) -> bounds``: what given scores must satisfy beside the steps.
        extras: ``(values) -> results``: further keys, such as the words of an action level.
        tolerance: Largest difference at which a given and a computed number still agree.
    """

    name: str
    title: Words
    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    results: tuple[str, ...]
    finals: tuple[str, ...]
    source: str
    confidence: str
    notes: tuple[Words, ...] = ()
    sided: tuple[str, ...] = ()
    audit: Callable[[Mapping[str, Any]], list[Words]] = field(default=lambda values: [])
    bounds: Callable[[Mapping[str, Any]], Iterable[Bound]] = field(default=lambda values: ())
    extras: Callable[[Mapping[str, Any]], dict[str, Any]] = field(default=lambda values: {})
    tolerance: float = 1e-9

    def solve(self, case: Mapping[str, Any], *, where: str = "case") -> dict[str, Any]:
        """Everything that follows from one case.

        Returns:
            Known values by name, ``missing`` (inputs that the rest would need), ``assumed`` (flags
            taken as not set, further assumptions), ``unused`` (given, but nothing could be made of it),
            ``method``, ``notes``, ``source``, ``confidence``; where sides are given, the values of each
            under ``left`` and ``right``, the final ones being the higher of both.

        Raises:
            CaseError: Unknown or impossible field, or a contradiction.
        """
        result: dict[str, Any] = {key: case[key] for key in LABELS[:-1] if key in case}
        result["method"] = self.name
        shared, sides = split_sides(case, self.sided, method=self.name, where=where)
        if not sides:
            result |= self._solve_one(shared, where)
        else:
            result |= self._solve_sides(shared, sides, where)
        return result | {"notes": list(self.notes), "source": self.source, "confidence": self.confidence}

    def _solve_one(self, case: Mapping[str, Any], where: str) -> dict[str, Any]:
        known = read_fields(
            case, self.inputs, method=self.name, where=where, extra=SIDES if self.sided else ()
        )
        given = tuple(known)
        assumed, used = self._compute(known, given, where)
        for bound in self.bounds(known):
            if bound.field in known and not bound.low <= known[bound.field] <= bound.high:
                span = (
                    f"{bound.low:g}" if bound.low == bound.high else f"from {bound.low:g} to {bound.high:g}"
                )
                told = "found" if bound.field in given else "it follows as"
                raise CaseError(
                    where,
                    f"contradiction: {told} {known[bound.field]!r}, but by {bound.basis} it can only be {span}",
                    place=bound.field,
                )
        result = {name: known[name] for name in (*given, *self.results) if name in known}
        result |= self.extras(known)
        result["missing"] = self._missing(known)
        result["assumed"] = [*assumed, *self.audit(known)]
        result["unused"] = self._unused(known, given, used)
        return result

    def _solve_sides(
        self, shared: Mapping[str, Any], sides: Mapping[str, Mapping[str, Any]], where: str
    ) -> dict[str, Any]:
        solved = {side: self._solve_one({**shared, **own}, f"{where}: {side}") for side, own in sides.items()}
        blocks = list(solved.values())
        lists = ("missing", "assumed", "unused")
        result = {
            key: value
            for key, value in blocks[0].items()
            if key not in lists and all(key in block and block[key] == value for block in blocks)
        }
        final = self.finals[0]
        ready = [side for side in solved if final in solved[side]]
        if len(ready) == len(solved):
            worst = max(ready, key=lambda side: solved[side][final])
            result |= {name: solved[worst][name] for name in self.finals}
            result |= {name: solved[worst][name] for name in self.extras(solved[worst])}
            result["worst_side"] = worst if len({solved[side][final] for side in ready}) > 1 else "both"
            if len(ready) == 1:
                result["worst_side"] = worst
        result |= {side: {k: v for k, v in block.items() if k not in lists} for side, block in solved.items()}
        result["missing"] = [f"{side}.{name}" if name in self.sided else name
                             for side, block in solved.items() for name in block["missing"]]  # fmt: skip
        result["missing"] = list(dict.fromkeys(result["missing"]))
        for key in lists[1:]:
            lines = [line for block in blocks for line in block[key]]
            result[key] = [line for index, line in enumerate(lines) if line not in lines[:index]]
        for side in SIDES:
            if side not in sides:
                result["assumed"].append(
                    both(f"{side}: not given, this side is not scored",
                         f"{side} : non renseigné, ce côté n'est pas coté")
                )  # fmt: skip
        return result

    def _compute(
        self, known: dict[str, Any], given: tuple[str, ...], where: str
    ) -> tuple[list[Words], set[str]]:
        defaults = {item.name: item.default for item in self.inputs if item.default is not None}
        made_by: dict[str, Step] = {}
        assumed: dict[str, Words] = {}
        used: set[str] = set()
        for step in self.steps:
            needs = [name for name in step.inputs if name not in known]
            if any(name not in defaults for name in needs):
                continue
            # A step that would run on defaults alone says nothing about this case.
            if step.inputs and all(name in defaults and name not in given for name in step.inputs):
                continue
            values = {name: known.get(name, defaults.get(name)) for name in step.inputs}
            made = step.make(**values)
            if made is None:
                continue
            used.update(step.inputs)
            if step.output in known:
                self._agree(step, known[step.output], made, given, made_by, where)
                continue
            for name in needs:
                assumed[name] = both(
                    f"{name}: not said, taken as {str(defaults[name]).lower()}",
                    f"{name} : non renseigné, pris comme {'vrai' if defaults[name] else 'faux'}",
                )
            known[step.output] = made
            made_by[step.output] = step
        return list(assumed.values()), used

    def _agree(
        self, step: Step, old: Any, new: Any, given: tuple[str, ...], made_by: Mapping[str, Step], where: str
    ) -> None:
        same = old == new
        if isinstance(old, int | float) and isinstance(new, int | float):
            same = math.isclose(old, new, rel_tol=self.tolerance, abs_tol=self.tolerance)
        if same:
            return
        basis = ", ".join(step.inputs)
        told = "given" if step.output in given else f"from {', '.join(made_by[step.output].inputs)}"
        raise CaseError(
            where, f"contradiction: {told} it is {old!r}, but {basis} give {new!r}", place=step.output
        )

    def _unused(self, known: Mapping[str, Any], given: tuple[str, ...], used: set[str]) -> list[Words]:
        optional = {item.name for item in self.inputs if item.default is not None}
        lines = []
        for name in given:
            if name in used or name in self.results:
                continue
            takers = [step for step in self.steps if name in step.inputs]
            held = sorted({step.output for step in takers if step.output in given})
            lacks = list(
                dict.fromkeys(
                    n for step in takers for n in step.inputs if n not in known and n not in optional
                )
            )
            if held:
                lines.append(both(
                    f"{name}: not used, {', '.join(held)} is given as a score that already holds it",
                    f"{name} : non utilisé, {', '.join(held)} est donné comme cote qui le contient déjà",
                ))  # fmt: skip
            elif lacks:
                lines.append(both(
                    f"{name}: not used, it needs {', '.join(lacks)} beside it",
                    f"{name} : non utilisé, il faut aussi {', '.join(lacks)}",
                ))  # fmt: skip
            else:
                lines.append(both(f"{name}: not used, it decides nothing here",
                                  f"{name} : non utilisé, ne décide rien ici"))  # fmt: skip
        return lines

    def _missing(self, known: Mapping[str, Any]) -> list[str]:
        steps: dict[str, list[Step]] = {}
        for step in self.steps:
            if not step.aside:
                steps.setdefault(step.output, []).append(step)
        optional = {item.name for item in self.inputs if item.default is not None}
        givable = {item.name for item in self.inputs}
        wanted: list[str] = []
        pending: list[str] = []

        def visit(name: str) -> None:
            if name in known or name in optional or name in wanted:
                return
            ways = [
                way
                for way in steps.get(name, [])
                if not set(pending) & set(way.inputs)
                # A way whose inputs are all there has been tried and does not decide it.
                and not all(n in known or n in optional for n in way.inputs)
            ]
            # Follow the way that is furthest along; with none begun, one that combines several results;
            # else ask for the value itself.
            begun = [way for way in ways if any(n in known for n in way.inputs)]
            combining = [
                way
                for way in ways
                if name not in givable or (len(way.inputs) > 1 and any(n in steps for n in way.inputs))
            ]
            chosen = max(begun or combining, key=lambda w: sum(n in known for n in w.inputs), default=None)
            if chosen is None:
                wanted.append(name)
                return
            pending.append(name)
            for need in chosen.inputs:
                visit(need)
            pending.pop()

        visit(self.finals[0])
        return wanted


def split_sides(
    case: Mapping[str, Any], sided: tuple[str, ...], *, method: str, where: str
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What a case says of the whole body, and what of each side.

    Raises:
        CaseError: A side holds something that is not of one side, or the same twice.
    """
    shared: dict[str, Any] = {}
    sides: dict[str, dict[str, Any]] = {}

    def put(side: str, key: str, value: Any, place: str) -> None:
        own = sides.setdefault(side, {})
        if key in own:
            raise CaseError(where, f"{key!r} is given twice for the {side} side", place=place)
        own[key] = value

    for key, value in case.items():
        base, _, side = str(key).rpartition("_")
        if key in SIDES and sided:
            if not isinstance(value, Mapping):
                raise CaseError(where, f"found {shown(value)}, must be an object of fields", place=key)
            sides.setdefault(key, {})
            for name, own in value.items():
                if name not in sided:
                    from immersive.errors import choices, suggestion

                    hint = suggestion(str(name), sided) or f"; allowed: {choices(sided)}"
                    raise CaseError(
                        where, f"{name!r} is no field of one side of {method}{hint}", place=f"{key}.{name}"
                    )
                put(key, name, own, f"{key}.{name}")
        elif side in SIDES and base in sided:
            put(side, base, value, str(key))
        else:
            shared[key] = value
    for side, own in sides.items():
        for name in own:
            if shared.get(name) is not None:
                raise CaseError(where, f"given for the whole body and for the {side} side", place=name)
    return shared, sides


def adjusted(
    values: Mapping[str, Any],
    part: str,
    *,
    base: tuple[int, int],
    plus: tuple[str, ...],
    minus: tuple[str, ...] = (),
    once: bool = False,
    least: int = 1,
) -> list[Bound]:
    """What a body part's score can be with the adjustments that the case states, whatever the angle.

    Args:
        values: Known values.
        part: Name of the score.
        base: Smallest and largest score before adjustment.
        plus: Flags that add one each, or one together where ``once``.
        minus: Flags that take one away each.
        once: Whether ``plus`` adds one together.
        least: Smallest score after adjustment.
    """
    said = [name for name in (*plus, *minus) if name in values]
    if part not in values or not said:
        return []
    up_low = sum(values.get(name) is True for name in plus)
    up_high = sum(values.get(name) is not False for name in plus)
    if once:
        up_low, up_high = min(up_low, 1), min(up_high, 1)
    down_low = sum(values.get(name) is True for name in minus)
    down_high = sum(values.get(name) is not False for name in minus)
    low, high = base[0] + up_low - down_high, base[1] + up_high - down_low
    return [Bound(part, max(low, least), max(high, least), ", ".join(said))]


def sum_bound(values: Mapping[str, Any], total: str, part: str, most: int) -> list[Bound]:
    """``total`` is ``part`` and up to ``most`` more, whatever the addends are."""
    if total not in values or part not in values:
        return []
    return [Bound(total, values[part], values[part] + most, part)]
