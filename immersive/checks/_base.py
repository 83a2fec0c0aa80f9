"""The check contract: one file in ``checks/`` is one check.

A check file defines ``CHECK``, a frozen parameter class and a pure ``evaluate``. Registry,
command line, JSON, report, explain pages and schema follow from it with no other edit.
The file's docstring has the sections What / Why / Method / Limits / References.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from immersive.errors import LayoutError, choices, suggestion
from immersive.findings import Citation, Evaluation, Text
from immersive.scene.model import Scene, Severity
from immersive.scene.station import Rule, Station
from immersive.units import SUFFIXES

MISSING = dataclasses.MISSING


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may look at. No clock, no files, no globals.

    Attributes:
        scene: The cell.
        rule: The demand being checked (its id and severity go into the findings).
        progress: Called with a fraction in 0…1 now and then; may be ignored.
        memo: What the checks of one run share, so that it is computed once (postures of the people at
            the workstations, for instance): pure functions of the scene, by a key of their inputs.
    """

    scene: Scene
    rule: Rule
    progress: Callable[[float], None] = lambda fraction: None
    memo: dict[Any, Any] = dataclasses.field(default_factory=dict, compare=False)

    @property
    def station(self) -> Station:
        return self.scene.station or Station()

    @property
    def severity(self) -> Severity:
        return Severity(self.rule.severity)


@dataclass(frozen=True)
class Check:
    """A check as the registry knows it.

    Attributes:
        code: One word, the file's name, first word of its findings' codes.
        name: Title in each language.
        params: Frozen dataclass; build its fields with :func:`param`.
        standards: What it can be held against.
        evaluate: ``(context, params) -> Evaluation``, pure.
        applies: True if there is anything in the scene for the default rule; a check for
            which the layout has no rule runs with default parameters if it applies.
        doc: The file's docstring.
    """

    code: str
    name: Text
    params: type
    standards: tuple[Citation, ...]
    evaluate: Callable[[Context, Any], Evaluation]
    applies: Callable[[Scene], bool]
    doc: str


def param(default: Any = MISSING, *, kind: str = "", doc: str, minimum: float | None = None) -> Any:
    """A field of a check's parameter class.

    Args:
        default: Value when the rule does not say; omit for a required one.
        kind: ``"length"``, ``"angle"``, ``"mass"``, ``"time"`` or ``""``; lets the layout write
            ``name_mm``, ``name_deg`` … and keeps SI in memory.
        doc: One sentence for the layout reference and the schema.
        minimum: Smallest allowed value in SI units, or None.
    """
    return dataclasses.field(default=default, metadata={"kind": kind, "doc": doc, "minimum": minimum})


def _fits(value: Any, hint: Any) -> tuple[bool, Any, str]:
    """(does it fit, value made to fit, what is allowed)"""
    origin = get_origin(hint)
    if origin is Literal:
        allowed = get_args(hint)
        return value in allowed, value, choices(map(str, allowed))
    if origin in (typing.Union, types.UnionType):
        said = []
        for option in get_args(hint):
            if option is type(None):
                if value is None:
                    return True, None, ""
                continue
            fits, made, allowed_text = _fits(value, option)
            if fits:
                return True, made, ""
            said.append(allowed_text)
        return False, value, " or ".join(said)
    if origin is tuple:
        inner = get_args(hint)[0]
        if isinstance(value, str) and inner is str:
            value = [value]
        if not isinstance(value, list | tuple):
            return False, value, "a list"
        made_items = []
        for item in value:
            fits, made, allowed_text = _fits(item, inner)
            if not fits:
                return False, value, f"a list of {allowed_text}"
            made_items.append(made)
        return True, tuple(made_items), ""
    if hint is bool:
        return isinstance(value, bool), value, "true or false"
    if hint is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        finite = number and abs(float(value)) < float("inf")
        return finite, float(value) if finite else value, "a finite number"
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool), value, "a whole number"
    if hint is str:
        return isinstance(value, str), value, "text"
    raise TypeError(f"parameter type {hint!r} is not supported")


def bind(check: Check, rule: Rule) -> Any:
    """The check's parameters from what the rule says.

    Raises:
        LayoutError: Unknown key (with a suggestion), wrong type, value out of range, missing
            key, or the same parameter twice with different units.
    """
    fields = {item.name: item for item in dataclasses.fields(check.params)}
    hints = get_type_hints(check.params)
    found: dict[str, Any] = {}

    def fail(key: str, defect: str) -> LayoutError:
        place = f"{rule.origin.key}.{key}" if rule.origin.key else f"rule {rule.id!r}, {key}"
        if rule.origin.line is not None:
            place = f"line {rule.origin.line}, {place}"
        return LayoutError(rule.origin.file or "rules", defect, place=place)

    for key, raw in rule.params.items():
        name, factor = key, 1.0
        if name not in fields:
            for suffix, (kind, to_si) in SUFFIXES.items():
                stem = key.removesuffix(suffix)
                if stem != key and stem in fields and fields[stem].metadata.get("kind") == kind:
                    name, factor = stem, to_si
                    break
        if name not in fields:
            allowed = [n + _usual_suffix(f.metadata.get("kind", "")) for n, f in fields.items()]
            raise fail(
                key,
                f"unknown parameter of check {check.code!r}{suggestion(key, allowed)}; allowed: {choices(allowed)}",
            )
        if name in found:
            raise fail(key, f"{name!r} is given twice")
        fits, value, allowed_text = _fits(raw, hints[name])
        if not fits:
            raise fail(key, f"found {raw!r}, must be {allowed_text}")
        if isinstance(value, float):
            value *= factor
            minimum = fields[name].metadata.get("minimum")
            if minimum is not None and value < minimum:
                raise fail(key, f"found {raw!r}, must be at least {minimum / factor:g}")
        found[name] = value
    for name, item in fields.items():
        if name not in found and item.default is MISSING and item.default_factory is MISSING:
            raise fail(name, f"check {check.code!r} needs this parameter: {item.metadata.get('doc', '')}")
    return check.params(**found)


def _usual_suffix(kind: str) -> str:
    return {"length": "_mm", "angle": "_deg", "mass": "_kg", "time": "_s"}.get(kind, "")


def params_as_data(params: Any) -> Mapping[str, Any]:
    """The bound parameters as JSON types, SI units."""
    data = dataclasses.asdict(params)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in data.items()}
