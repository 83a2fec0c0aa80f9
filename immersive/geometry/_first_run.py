"""What a check compiles on its first run: kernels with the types they are called with, the slowest first.

The list stands in ``first_run.jsonl``, one kernel a line: module, name, seconds that it took when the list was
made, types. ``python bench/first_run.py --record`` makes it anew. A kernel that is missing there or has changed
since is compiled when it is called, as ever.
"""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIST = Path(__file__).with_suffix("").with_name("first_run.jsonl")


@dataclass(frozen=True, slots=True)
class Job:
    """A kernel and one set of types: ``"float64[2]"`` is an array in C order, a list stands for a tuple."""

    module: str
    kernel: str
    seconds: float
    types: tuple[Any, ...]

    @property
    def name(self) -> str:
        """The kernel's, the same for all its types."""
        return f"{self.module}.{self.kernel}"

    def compile(self) -> None:
        """Have numba compile it, or load what it kept."""
        compiled: Any = getattr(importlib.import_module(self.module), self.kernel)
        compiled.compile(tuple(_type(word) for word in self.types))


def jobs() -> tuple[Job, ...]:
    """The list; empty where it cannot be read."""
    try:
        rows = [json.loads(line) for line in LIST.read_text(encoding="utf-8").splitlines()]
        return tuple(Job(module, kernel, float(time), tuple(types)) for module, kernel, time, types in rows)
    except (OSError, ValueError):
        return ()


def _type(word: Any) -> Any:
    from numba.core import types

    if isinstance(word, list):
        return types.BaseTuple.from_types([_type(one) for one in word])
    name, _, rest = word.partition("[")
    if not rest:
        return getattr(types, name)
    readonly = name.startswith("readonly ")
    scalar = getattr(types, name.removeprefix("readonly "))
    return types.Array(scalar, int(rest.rstrip("]")), "C", readonly=readonly)


def word_of(kind: Any) -> Any:
    """How the list writes a numba type.

    Raises:
        ValueError: It has no word for it.
    """
    from numba.core import types

    if isinstance(kind, types.BaseTuple):
        members: Any = kind
        return [word_of(one) for one in members]
    word = str(kind)
    if isinstance(kind, types.Array):
        word = f"{'' if kind.mutable else 'readonly '}{kind.dtype}[{kind.ndim}]"
    try:
        if _type(word) == kind:
            return word
    except (AttributeError, ValueError):
        pass
    raise ValueError(f"no word for the type {kind}")
