"""Where something was written, and the tuples that places are given in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Point2 = tuple[float, float]
Point3 = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in the layout file something was written: for messages."""

    file: str = ""
    key: str = ""
    line: int | None = None

    def __str__(self) -> str:
        line = "" if self.line is None else f", line {self.line}"
        return f"{self.file}{line}: {self.key}" if self.file else self.key


NOWHERE: Final = Origin()
"""Of what no file says."""
