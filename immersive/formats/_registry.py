"""Which reader reads which file. A new format is one file here plus its line in ``READERS``."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Final

from immersive.formats._base import Format

READERS: Final[dict[str, tuple[str, ...]]] = {
    "gltf": (".glb", ".gltf"),
    "stl": (".stl",),
    "ply": (".ply",),
    "threemf": (".3mf",),
    "dae": (".dae",),
    "step": (".step", ".stp", ".p21"),
    "urdf": (".urdf",),
    "sdf": (".sdf", ".world"),
    "placement": (".json",),
    "obj": (".obj",),
}
"""Module name → file name endings, in the order in which content is sniffed.

The endings stand here too (a test compares them with each ``FORMATS``) so that only the module
that a file needs is imported.
"""


@cache
def module_formats(name: str) -> tuple[Format, ...]:
    """The formats of one reader module."""
    found: tuple[Format, ...] = importlib.import_module(f"immersive.formats.{name}").FORMATS
    return found


@cache
def formats() -> tuple[Format, ...]:
    """All formats, each reader module's ``FORMATS`` in turn."""
    return tuple(format_ for name in READERS for format_ in module_formats(name))


def suffixes() -> tuple[str, ...]:
    """Every file name ending that some reader claims, without importing any reader."""
    return tuple(dict.fromkeys(suffix for endings in READERS.values() for suffix in endings))


def format_for_suffix(suffix: str) -> Format | None:
    """The format that claims a lower-case file name ending (with its dot), or None."""
    for name, endings in READERS.items():
        if suffix in endings:
            return next((item for item in module_formats(name) if suffix in item.suffixes), None)
    return None
