"""``docs/layout.md``: the layout file explained, from the same models that read it.

Run ``python -m immersive.review.layout_reference`` in a clone to write the page anew; a test
compares the committed one.
"""

from __future__ import annotations

import dataclasses
from typing import get_type_hints

from immersive.checks._base import MISSING
from immersive.checks._registry import checks
from immersive.formats.layout import models
from immersive.formats.layout.describe import ID_WORDS, words
from immersive.formats.layout.fields import Table
from immersive.formats.layout.normalise import table_spec
from immersive.formats.layout.quantities import MEMORY_UNIT, suffixes, usual_key
from immersive.review.schema import hint_schema, param_spellings

_INTRO = """\
# The layout file

<!-- Generated from the models by `python -m immersive.review.layout_reference`; edit those instead. -->

One TOML file describes a cell: which CAD files stand where, what they are, where people work and
walk, and what is demanded. `immersive import` writes one from a CAD assembly, `immersive schema`
gives its JSON Schema for editors, and `immersive check` reads it. A mistake is answered with line,
key path, what was found, what is allowed, and the word that was probably meant; all mistakes of a
file are told at once.

```toml
schema = 1
name = "cell"

[units]
length = "mm"                       # for files that state no unit

[[parts]]
id = "bench"
file = "bench.stl"                  # relative to this file, and not outside its folder
role = "furniture"
position_mm = [1200, 0, 0]
rotation_deg = [0, 0, 90]

[[parts]]
id = "post"
box_mm = [60, 60, 2000]             # a simple solid needs no file
role = "fence"
position_mm = [0, 800, 1000]
count = [4, 1, 1]                   # "post[0]" to "post[3]"
pitch_mm = [1000, 0, 0]

[[walkways]]
id = "aisle"
path_mm = [[-3000, -2000], [3000, -2000]]
width_mm = 1200

[[rules]]
id = "bench-to-fence"
check = "clearance"
```

## Units

The world is right-handed and in metres, Z up. A key that measures something takes a suffix that
says its unit; without one it is in the unit used in memory. The same quantity twice is an error.

| measures | suffixes | without suffix |
|---|---|---|
"""

_SELECTORS = """
## Selectors

Where parts are chosen (`match`, `select`, `parts`, `[groups]`, and most rules), a selector is
`*` for everything, `role:fence`, `group:robot_1`, or `part:cell/bin_*`. A word without such a prefix is
tried as a group, then a role, then an id, then a name; the first kind that matches anything decides.
`*` stands for any text, also across `/`; an id also means everything below it. `!` in front takes away.

A selector that matches nothing is an error that names the nearest word; in `[[assign]]` it is a warning,
so that a layout survives a new version of its CAD file.

## Files

Paths are relative to the layout and may not leave its folder; `asset:…` names a file that comes with the
program; nothing is fetched from the network. A file that is missing or broken does not stop the rest: the report
names it, and the cell cannot pass. A format without a unit (STL, OBJ, PLY) needs `unit` on its entry or
`[units] length`; a unit that contradicts the file is an error.

An id is text without line breaks, `!`, `*` or `?`, and without a space or `/` at its ends.
An entry whose file holds one shape has the entry's id; otherwise its parts are called `entry/node/…`. Roles that a
file states itself (placement.json) are used unless the layout says otherwise.
"""

_SECTIONS: tuple[tuple[str, type[Table]], ...] = (
    ("Top level", models.Layout),
    ("[units]", models.Units),
    ("[options]", models.Options),
    ("[[parts]]", models.Part),
    ("[[assign]]", models.Assign),
    ("[[robots]]", models.Robot),
    ("[[robots.attached]]", models.Attached),
    ("[[mechanisms]]", models.Mechanism),
    ("[[mechanisms.joints]]", models.MechanismJoint),
    ("[[motions]]", models.Motion),
    ("[[workstations]]", models.Workstation),
    ("[[workstations.work_points]]", models.WorkPoint),
    ("[[workstations.displays]]", models.Display),
    ("[[walkways]]", models.Walkway),
    ("[[routes]]", models.Route),
    ("[[access_points]]", models.AccessPoint),
    ("[[doors]]", models.Door),
    ("[[hazard_zones]]", models.HazardZone),
    ("[[safeguards]]", models.Safeguard),
    ("[[populations]]", models.Population),
    ("[[rules]]", models.Rule),
    ("[[contacts]]", models.ExpectedContact),
    ("[[accepted]]", models.Accepted),
)


def layout_reference() -> str:
    """The whole page, Markdown."""
    lines = [_INTRO.rstrip("\n")]
    for kind in ("length", "angle", "mass", "time", "frequency"):
        listed = ", ".join(f"`{suffix}`" for suffix in suffixes(kind) if suffix)
        lines.append(f"| {kind} | {listed} | {MEMORY_UNIT[kind]} |")
    lines.append(_SELECTORS.rstrip("\n"))
    for title, model in _SECTIONS:
        lines += ["", f"## `{title}`" if "[" in title else f"## {title}", ""]
        lines += [" ".join((model.__doc__ or "").replace("``", "`").split()), ""]
        lines += _table(model)
        lines += _agreements(model)
    lines += ["", "## Parameters of the checks", "", "Keys of a `[[rules]]` entry beside those above."]
    for check in checks().values():
        lines += ["", f'### `check = "{check.code}"` ({check.name["en"]})', ""]
        fields = dataclasses.fields(check.params)
        if not fields:
            lines.append("No parameters.")
            continue
        lines += ["| key | value | if absent | meaning |", "|---|---|---|---|"]
        hints = get_type_hints(check.params)
        for item in fields:
            kind = item.metadata.get("kind", "")
            suffix = {"length": "_mm", "angle": "_deg", "mass": "_kg", "time": "_s"}.get(kind, "")
            spellings = param_spellings(item.name, kind, hints[item.name])
            key = item.name + suffix if item.name + suffix in spellings else item.name
            shape = hint_schema(hints[item.name])
            default = "needed" if item.default is MISSING and item.default_factory is MISSING else ""
            if not default and item.default is not MISSING:
                default = _default(item.default, spellings.get(key, 1.0))
            lines.append(f"| `{key}` | {_shape(shape)} | {default} | {_cell(item.metadata.get('doc', ''))} |")
    return "\n".join(lines) + "\n"


def _table(model: type[Table]) -> list[str]:
    lines = ["| key | value | if absent | meaning |", "|---|---|---|---|"]
    first = ("id", "name", "file")
    specs = sorted(table_spec(model).values(), key=lambda spec: spec.key not in first)
    for spec in specs:
        info = model.model_fields[spec.name]
        key = usual_key(spec.key, spec.kind)
        factor = suffixes(spec.kind.name)[spec.kind.usual] if spec.kind is not None else 1.0
        if spec.model is not None:
            value = "tables" if spec.many else "table"
        else:
            value = words(info.annotation, list(info.metadata), factor=factor).replace(ID_WORDS, "id")
        default = "needed" if spec.required else ""
        if not spec.required and info.default_factory is None and spec.model is None:
            default = _default(info.default, factor)
        lines.append(f"| `{key}` | {_cell(value)} | {default} | {_cell(info.description or '')} |")
    return lines


def _agreements(model: type[Table]) -> list[str]:
    spec = table_spec(model)

    def named(names: tuple[str, ...]) -> str:
        return ", ".join(f"`{usual_key(spec[name].key, spec[name].kind)}`" for name in names)

    said = [f"Exactly one of {named(names)}." for names in model.EXACTLY_ONE]
    said += [f"One or more of {named(names)}." for names in model.AT_LEAST_ONE]
    said += [f"At most one of {named(names)}." for names in model.AT_MOST_ONE]
    said += [f"{named((name,))} only together with {named(others)}." for name, others in model.NEEDS.items()]
    said += [
        f'`{name} = "{value}"` needs {named((needed,))}.' for (name, value), needed in model.WHEN.items()
    ]
    return ["", *(f"- {line}" for line in said)] if said else []


def _default(value: object, factor: float) -> str:
    if value is None or value in ("", (), {}):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"`{value / factor:.6g}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(_default(item, factor).strip("`") for item in value) + "]`"
    return f'`"{value}"`'


def _shape(schema: dict[str, object]) -> str:
    if "enum" in schema:
        options = schema["enum"]
        assert isinstance(options, list)
        return " or ".join(f'`"{item}"`' for item in options)
    if "anyOf" in schema:
        options = schema["anyOf"]
        assert isinstance(options, list)
        return " or ".join(_shape(item) for item in options)
    if schema["type"] == "array":
        items = schema["items"]
        assert isinstance(items, dict)
        return f"list of: {_shape(items)}"
    return {"boolean": "`true` or `false`", "number": "number", "integer": "whole number", "string": "text"}[
        str(schema["type"])
    ]


def _cell(text: str) -> str:
    return (
        text.replace("|", "\\|").replace("'", "`") if text.count("'") % 2 == 0 else text.replace("|", "\\|")
    )


if __name__ == "__main__":
    from pathlib import Path

    import immersive

    page = Path(immersive.__file__).resolve().parents[1] / "docs" / "layout.md"
    page.write_text(layout_reference(), encoding="utf-8")
    print(page)
