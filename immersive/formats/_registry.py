"""Which reader reads which file. A new format is one file here plus its name in ``READERS``."""

from __future__ import annotations

import importlib
from functools import cache

from immersive.formats._base import Format

READERS = ("gltf", "stl", "obj", "ply", "threemf", "dae", "step", "urdf", "sdf", "placement")
"""Module names in the order in which content is sniffed."""


@cache
def formats() -> tuple[Format, ...]:
    """All formats, each reader module's ``FORMATS`` in turn."""
    found: list[Format] = []
    for name in READERS:
        found.extend(importlib.import_module(f"immersive.formats.{name}").FORMATS)
    return tuple(found)
