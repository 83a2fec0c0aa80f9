"""The machine behind every scoring method: inputs with their limits, steps, and what is missing.

A method is a set of named inputs and of steps that each make one value from others. A case may
start anywhere: with joint angles, with component scores, or with table scores. Whatever follows is
computed; a value that is given *and* follows from others must agree; what could not be computed is
named with the inputs it would need. Nothing is guessed: a default is used only for a flag (not said
means no), and each use is listed under ``assumed``.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from immersive.errors import InputError, choices, suggestion


class CaseError(InputError):
    """A case is impossible or contradicts itself: names the case, the field, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Input:
    """One value that a case may give.

    Attributes:
        name: Key in the case.
        kind: ``"number"``, ``"score"`` (whole number), ``"flag"`` or ``"choice"``.
        low, high: Allowed range, ends included; None is open.
        options: Allowed words of a choice.
        default: For a flag that is not said; None: it must be given when a step needs it.
        doc: One sentence.
    """

    name: str
    kind: str
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    default: bool | None = None
    doc: str = ""

    def allowed(self) -> str:
        """What may be written, in words."""
        if self.kind == "flag":
            return "true or false"
        if self.kind == "choice":
            return choices(self.options)
        noun = "a whole number" if self.kind == "score" else "a number"
        if self.low is not None and self.high is not None:
            return f"{noun} from {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{noun}, at least {self.low:g}"
        return f"{noun}, at most {self.high:g}" if self.high is not None else noun

    def read(self, value: Any) -> Any:
        """The value as the steps want it.

        Raises:
            ValueError: It is not allowed.
        """
        if self.kind == "flag":
            if isinstance(value, bool):
                return value
            if isinstance(value, int | float) and value in (0, 1):
                return bool(value)
            raise ValueError
        if self.kind == "choice":
            word = value.strip().lower() if isinstance(value, str) else value
            if word in self.options:
                return word
            raise ValueError
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError
        if self.kind == "score" and value != int(value):
            raise ValueError
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            raise ValueError
        return int(value) if self.kind == "score" else float(value)


@dataclass(frozen=True, slots=True)
class Step:
    """One value made from others: ``make(**inputs)``, pure. None means: these inputs do not decide it."""

    output: str
    inputs: tuple[str, ...]
    make: Callable[..., Any]


@dataclass(frozen=True)
class Method:
    """A scoring method.

    Attributes:
        name: As on the command line.
        inputs: All that a case may give; results may be given too if they are listed here.
        steps: In an order in which each step's inputs come before it.
        results: Names to report, in this order, as far as they are known.
        finals: Results that a complete case ends in; what they lack is ``missing``.
        source: Reference.
        confidence: How sure the figures are.
        notes: Fixed statements that belong to every result (which band takes a boundary …).
        audit: ``(values) -> lines`` of further assumptions for a particular case.
        tolerance: Largest difference at which a given and a computed number still agree.
    """

    name: str
    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    results: tuple[str, ...]
    finals: tuple[str, ...]
    source: str
    confidence: str
    notes: tuple[str, ...] = ()
    audit: Callable[[Mapping[str, Any]], list[str]] = field(default=lambda values: [])
    tolerance: float = 1e-9

    def solve(self, case: Mapping[str, Any], *, where: str = "case") -> dict[str, Any]:
        """Everything that follows from one case.

        Returns:
            Known results by name, ``missing`` (inputs that the rest would need), ``assumed``
            (flags taken as not set, further assumptions), ``method``, ``source``, ``confidence``.

        Raises:
            CaseError: Unknown or impossible field, or a contradiction.
        """
        known, names = self._read(case, where)
        given = set(known)
        assumed = self._compute(known, given, where)
        result: dict[str, Any] = {key: case[key] for key in ("id", "name", "comment") if key in case}
        result["method"] = self.name
        result |= {name: known[name] for name in (*names, *self.results) if name in known}
        result["missing"] = self._missing(known)
        result["assumed"] = [*assumed, *self.audit(known)]
        return result | {"notes": list(self.notes), "source": self.source, "confidence": self.confidence}

    def _read(self, case: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[str]]:
        fields = {item.name: item for item in self.inputs}
        known: dict[str, Any] = {}
        for key, value in case.items():
            if key in ("id", "name", "comment", "method"):
                continue
            if key not in fields:
                near = difflib.get_close_matches(key, fields, n=1)
                hint = suggestion(key, fields) if near else f"; allowed: {choices(fields)}"
                raise CaseError(where, f"unknown field {key!r} of {self.name}{hint}", place=key)
            if value is None:
                continue
            try:
                known[key] = fields[key].read(value)
            except ValueError:
                raise CaseError(where, f"found {value!r}, must be {fields[key].allowed()}", place=key) from None
        return known, list(known)

    def _compute(self, known: dict[str, Any], given: set[str], where: str) -> list[str]:
        defaults = {item.name: item.default for item in self.inputs if item.default is not None}
        made_by: dict[str, Step] = {}
        assumed: list[str] = []
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
            if step.output in known:
                self._agree(step, known[step.output], made, given, made_by, where)
                continue
            for name in needs:
                line = f"{name}: not said, taken as {str(defaults[name]).lower()}"
                if line not in assumed:
                    assumed.append(line)
            known[step.output] = made
            made_by[step.output] = step
        return assumed

    def _agree(
        self, step: Step, old: Any, new: Any, given: set[str], made_by: Mapping[str, Step], where: str
    ) -> None:
        same = old == new
        if isinstance(old, int | float) and isinstance(new, int | float):
            same = math.isclose(old, new, rel_tol=self.tolerance, abs_tol=self.tolerance)
        if same:
            return
        basis = ", ".join(step.inputs)
        told = "given" if step.output in given else f"from {', '.join(made_by[step.output].inputs)}"
        raise CaseError(where, f"contradiction: {told} it is {old!r}, but {basis} give {new!r}", place=step.output)

    def _missing(self, known: Mapping[str, Any]) -> list[str]:
        steps: dict[str, list[Step]] = {}
        for step in self.steps:
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

        for final in self.finals:
            visit(final)
        return wanted


def band(value: float, limits: tuple[float, ...], *, upper_belongs_below: tuple[bool, ...]) -> int:
    """Index of the band a value falls in; ``limits`` ascending, one flag a limit.

    ``upper_belongs_below[i]`` True: the limit itself belongs to the band below it.
    """
    for index, (limit, below) in enumerate(zip(limits, upper_belongs_below, strict=True)):
        if value < limit or (below and value == limit):
            return index
    return len(limits)
