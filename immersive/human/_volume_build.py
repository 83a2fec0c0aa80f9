"""Collects a body's capsules for many persons at once: see :mod:`immersive.human.volume`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immersive.human.people import People
from immersive.human.skeleton import LINK, SEGMENT

FloatArray = NDArray[np.float64]
Value = float | FloatArray
"""A number, or (n,) of them."""
Place = tuple[Value, Value, Value]


@dataclass(frozen=True)
class Section:
    """A horizontal section: its middle's y and z in the segment, breadth and depth."""

    y: Value
    z: Value
    breadth: FloatArray
    depth: FloatArray

    def halves(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """How far right and forward the first axis lies, and the radius."""
        b, d = self.breadth, self.depth
        return np.maximum(0.0, 0.5 * (b - d)), np.maximum(0.0, 0.5 * (d - b)), 0.5 * np.minimum(b, d)


class Builder:
    """Collects capsules; a coordinate is a number or (n,) values."""

    def __init__(self, people: People, links: FloatArray) -> None:
        self.d = people.__getitem__
        self.people = people
        self.link = {name: links[:, i] for name, i in LINK.items()}
        self.clothing = people.allowances.clothing
        self._rows: list[tuple[str, int, FloatArray, FloatArray, FloatArray, FloatArray]] = []

    def add(self, name: str, segment: str, start: Place, end: Place, r0: Value, r1: Value) -> None:
        n = len(self.people)
        points = [
            np.stack([np.broadcast_to(np.asarray(v, float), (n,)) for v in p], axis=-1) for p in (start, end)
        ]
        radii = [np.broadcast_to(np.asarray(r, float), (n,)) + self.clothing for r in (r0, r1)]
        self._rows.append((name, SEGMENT[segment], *points, *radii))  # type: ignore[arg-type]

    def pair(self, name: str, segment: str, low: Section, high: Section) -> None:
        """Two capsules side by side through two sections of a flat segment."""
        (x0, y0, r0), (x1, y1, r1) = low.halves(), high.halves()
        for i, s in ((1, 1.0), (2, -1.0)):
            start = (s * x0, low.y + s * y0, low.z)
            end = (s * x1, high.y + s * y1, high.z)
            self.add(f"{name}_{i}", segment, start, end, r0, r1)

    def arrays(
        self,
    ) -> tuple[tuple[str, ...], NDArray[np.int64], FloatArray, FloatArray, FloatArray, FloatArray]:
        """Names, segments, (n, c, 3) starts and ends, (n, c) radii at start and end."""
        names, segments, starts, ends, r0, r1 = zip(*self._rows, strict=True)
        stacked = [np.stack(values, axis=1) for values in (starts, ends, r0, r1)]
        return (names, np.array(segments, np.int64), stacked[0], stacked[1], stacked[2], stacked[3])
