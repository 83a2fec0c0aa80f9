"""The layout file as JSON Schema (2020-12), for editors that complete and underline while one types.

Made from the models that the loader uses and from the parameters of the checks, so that both say
the same. What a schema cannot say is left to the loader: that ids are unique and references
exist, that two points differ, that a number is not zero.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

from immersive.checks._base import MISSING, Check
from immersive.checks._registry import checks
from immersive.formats.layout import models
from immersive.formats.layout.fields import Table
from immersive.formats.layout.normalise import table_spec
from immersive.formats.layout.quantities import MEMORY_UNIT, variants
from immersive.units import SUFFIXES

Schema = dict[str, Any]

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def layout_schema() -> Schema:
    """The schema of a whole layout: JSON types only, the same on every call."""
    raw = models.Layout.model_json_schema(by_alias=True)
    definitions = raw.pop("$defs")
    made = {
        name: _table(vars(models)[name], schema) for name, schema in definitions.items() if name != "Role"
    }
    made["Role"] = {"enum": definitions["Role"]["enum"], "description": "What a part is in the cell."}
    for check in checks().values():
        made[f"Rule_{check.code}"] = _rule(check, made["Rule"])
    made["Rule"] = {
        "type": "object",
        "description": made["Rule"]["description"],
        "required": made["Rule"]["required"],
        "properties": {**made["Rule"]["properties"], "check": {"enum": list(checks())}},
        "allOf": [
            {
                "if": {"properties": {"check": {"const": code}}, "required": ["check"]},
                "then": {"$ref": f"#/$defs/Rule_{code}"},
            }
            for code in checks()
        ],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "immersive layout",
        **_table(models.Layout, raw),
        "$defs": dict(sorted(made.items())),
    }


def _table(model: type[Table], raw: Mapping[str, Any]) -> Schema:
    """A model's own schema with every unit suffix of its keys, and what its keys have to do with each other."""
    properties: Schema = {}
    required: list[str] = []
    together: list[Schema] = []
    spellings: dict[str, list[str]] = {}
    for spec in table_spec(model).values():
        plain = _without_null(raw["properties"][spec.key])
        factors = variants(spec.key, spec.kind)
        spellings[spec.name] = list(factors)
        for spelling, factor in factors.items():
            shape = _scaled(plain, factor)
            if spec.kind is not None:
                shape["description"] = _with_unit(
                    plain.get("description", ""), spec.kind.name, spelling, spec.key
                )
            properties[spelling] = shape
        if spec.kind is None:
            if spec.required:
                required.append(spec.key)
        elif not spec.kind.merge:
            together.append(_once(factors, needed=spec.required))
    together += [{"oneOf": [_any_of(spellings[name]) for name in names]} for names in model.EXACTLY_ONE]
    together += [{"anyOf": [_any_of(spellings[name]) for name in names]} for names in model.AT_LEAST_ONE]
    for names in model.AT_MOST_ONE:
        together.extend(
            {"not": {"allOf": [_any_of(spellings[a]), _any_of(spellings[b])]}}
            for i, a in enumerate(names)
            for b in names[i + 1 :]
        )
    for name, others in model.NEEDS.items():
        wanted = [spelling for other in others for spelling in spellings[other]]
        together.append({"if": _any_of(spellings[name]), "then": _any_of(wanted)})
    for (name, value), needed in model.WHEN.items():
        case = {"properties": {name: {"const": value}}, "required": [name]}
        together.append({"if": case, "then": _any_of(spellings[needed])})
    table: Schema = {
        "type": "object",
        "description": " ".join((model.__doc__ or "").split()),
        "properties": properties,
        "required": required,
    }
    if model.model_config.get("extra") != "allow":
        table["additionalProperties"] = False
    if together:
        table["allOf"] = together
    return table


def _rule(check: Check, common: Schema) -> Schema:
    """Everything a rule of one check may say."""
    properties: Schema = {}
    properties.update(dict.fromkeys(common["properties"], True))
    required: list[str] = []
    together: list[Schema] = []
    hints = get_type_hints(check.params)
    for item in dataclasses.fields(check.params):
        kind, doc = item.metadata.get("kind", ""), item.metadata.get("doc", "")
        shape = hint_schema(hints[item.name])
        factors = param_spellings(item.name, kind, hints[item.name])
        minimum = item.metadata.get("minimum")
        for spelling, factor in factors.items():
            said = dict(shape)
            if minimum is not None:
                said = _with_minimum(said, minimum / factor)
            said["description"] = _with_unit(doc, kind, spelling, item.name) if len(factors) > 1 else doc
            properties[spelling] = said
        needed = item.default is MISSING and item.default_factory is MISSING
        if len(factors) > 1:
            together.append(_once(factors, needed=needed))
        elif needed:
            required.append(item.name)
    rule: Schema = {
        "type": "object",
        "description": check.name["en"],
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    if together:
        rule["allOf"] = together
    return rule


def param_spellings(name: str, kind: str, hint: Any) -> dict[str, float]:
    """Key → factor to SI of a check's parameter: only single numbers take a unit suffix."""
    options = get_args(hint) if get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    if not kind or float not in options:
        return {name: 1.0}
    return {name: 1.0} | {name + suffix: factor for suffix, (of, factor) in SUFFIXES.items() if of == kind}


def hint_schema(hint: Any) -> Schema:
    """What the type of a check's parameter takes from a layout."""
    origin = get_origin(hint)
    if origin is Literal:
        return {"enum": list(get_args(hint))}
    if origin in (typing.Union, types.UnionType):
        options = [hint_schema(item) for item in get_args(hint) if item is not type(None)]
        return options[0] if len(options) == 1 else {"anyOf": options}
    if origin is tuple:
        inner = hint_schema(get_args(hint)[0])
        many: Schema = {"type": "array", "items": inner}
        return {"anyOf": [inner, many]} if get_args(hint)[0] is str else many
    simple = {bool: "boolean", float: "number", int: "integer", str: "string"}
    if hint not in simple:
        raise TypeError(f"parameter type {hint!r} has no schema")
    return {"type": simple[hint]}


def _without_null(schema: Any) -> Any:
    """TOML has no null: what is optional is left out."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: _without_null(value) for key, value in schema.items() if key not in ("title", "default")}
    if "anyOf" in out:
        out["anyOf"] = [item for item in out["anyOf"] if item != {"type": "null"}]
        if len(out["anyOf"]) == 1:
            out |= out.pop("anyOf")[0]
    items = out.get("prefixItems", [])
    if items and all(item == items[0] for item in items):
        # Points and matrices: say once what each number may be.
        out["items"] = out.pop("prefixItems")[0]
    if "patternProperties" in out:
        out["additionalProperties"] = False
    return out


def _scaled(schema: Any, factor: float) -> Any:
    """The same schema for numbers in another unit."""
    if isinstance(schema, list):
        return [_scaled(item, factor) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: float(f"{value / factor:.12g}") if key in _BOUNDS else _scaled(value, factor)
        for key, value in schema.items()
    }


def _with_minimum(schema: Schema, minimum: float) -> Schema:
    if schema.get("type") in ("number", "integer"):
        return {**schema, "minimum": float(f"{minimum:.12g}")}
    if "anyOf" in schema:
        return {**schema, "anyOf": [_with_minimum(item, minimum) for item in schema["anyOf"]]}
    return schema


def _with_unit(doc: str, kind: str, spelling: str, key: str) -> str:
    suffix = spelling.removeprefix(key)
    unit = suffix.removeprefix("_").replace("per_", "per ") if suffix else MEMORY_UNIT.get(kind, "")
    return f"{doc} In {unit}.".strip() if unit else doc


def _any_of(keys: Iterable[str]) -> Schema:
    options = [{"required": [key]} for key in keys]
    return options[0] if len(options) == 1 else {"anyOf": options}


def _once(keys: Iterable[str], *, needed: bool) -> Schema:
    """At most one spelling of a quantity; exactly one if it is needed."""
    options: list[Schema] = [{"required": [key]} for key in keys]
    return {"oneOf": options if needed else [*options, {"not": {"anyOf": list(options)}}]}
