"""``immersive explain``: a check's documentation, its parameters and its sources."""

from __future__ import annotations

import argparse
import dataclasses
import math
from typing import Literal, get_args, get_origin, get_type_hints

from immersive.checks._base import MISSING, Check
from immersive.checks._registry import check_named, checks
from immersive.report._words import CONFIDENCE
from immersive.units import mm


def run(arguments: argparse.Namespace) -> int:
    """Print one check's page, or the list of checks."""
    lang: str = arguments.lang
    if arguments.code is None:
        width = max(map(len, checks()))
        for code, check in checks().items():
            print(f"{code:{width}}  {check.name[lang]}")
        print("\nimmersive explain CODE" + (" prints a page" if lang == "en" else " affiche une page"))
        return 0
    # A finding's full code ("clearance.gap") is what people copy from a report.
    print(page(check_named(arguments.code.partition(".")[0]), lang))
    return 0


def page(check: Check, lang: str = "en") -> str:
    """The check's documentation as text."""
    lines = [f"{check.code}: {check.name[lang]}", "", check.doc.strip(), "", "Parameters of a rule", ""]
    hints = get_type_hints(check.params)
    for item in dataclasses.fields(check.params):
        kind = item.metadata.get("kind", "")
        default = "required" if item.default is MISSING else f"default {_shown(item.default, kind)}"
        type_name = kind or _type_name(hints[item.name])
        lines.append(f"  {item.name} ({type_name}, {default})")
        if item.metadata.get("doc"):
            lines.append(f"      {item.metadata['doc']}")
    if check.standards:
        lines += ["", "Sources of the figures" if lang == "en" else "Sources des valeurs", ""]
        for citation in check.standards:
            note = f" {citation.note[lang]}" if citation.note else ""
            lines.append(f"  {citation.label()} ({CONFIDENCE[citation.confidence][lang]}).{note}")
    return "\n".join(lines)


def _shown(value: object, kind: str) -> str:
    if kind == "length" and isinstance(value, float):
        decimals = 0 if abs(value) >= 0.001 or value == 0.0 else 4
        return mm(value, decimals).text()
    if kind == "angle" and isinstance(value, float):
        return f"{round(math.degrees(value), 6):g}°"
    if kind == "time" and isinstance(value, float):
        return f"{value / 3600.0:g} h" if value >= 3600.0 else f"{value:g} s"
    if value is None or value == "":
        return "none"
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if value != () else "empty"


def _type_name(hint: object) -> str:
    """The type as the layout's author reads it: the words that are allowed, or what kind of value."""
    if get_origin(hint) is Literal:
        return " | ".join(f'"{word}"' for word in get_args(hint) if word != "")
    if get_origin(hint) is tuple:
        return "list"
    names = {"str": "text", "float": "number", "int": "whole number", "bool": "true or false"}
    name = str(getattr(hint, "__name__", hint)).replace("typing.", "")
    return names.get(name, name)
