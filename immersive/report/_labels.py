"""Putting labels where they do not cover each other: greedy, deterministic, good enough to read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""


def _overlap(a: Box, b: Box) -> float:
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0.0 and high > 0.0 else 0.0


@dataclass
class Placer:
    """Remembers what is taken; everything must lie within ``frame``."""

    frame: Box
    taken: list[Box] = field(default_factory=list)

    def block(self, box: Box) -> None:
        """Take a place."""
        self.taken.append(box)

    def cost(self, box: Box) -> float:
        """Covered area plus ten times what lies outside the frame; 0 is a free place."""
        area = (box[2] - box[0]) * (box[3] - box[1])
        outside = area - _overlap(box, self.frame)
        return sum(_overlap(box, other) for other in self.taken) + 10.0 * max(outside, 0.0)

    def near(
        self,
        anchor: Sequence[float],
        width: float,
        height: float,
        *,
        radii: Sequence[float],
        start: float = 0.9,
    ) -> tuple[float, float]:
        """Centre of the cheapest place around the anchor, the nearest first; takes it.

        Args:
            anchor: Pixels.
            width: Of the label.
            height: Of the label.
            radii: Distances to try.
            start: Direction to try first, radians from +x upwards.
        """
        best: tuple[float, tuple[float, float]] | None = None
        for radius in radii:
            for step in range(12 if radius else 1):
                angle = start + (step // 2 + step % 2) * (-1) ** step * math.pi / 6.0
                center = (
                    anchor[0] + radius * math.cos(angle),
                    anchor[1] - radius * math.sin(angle),
                )
                box = box_at(center, width, height)
                cost = self.cost(box)
                if cost <= 0.0:
                    self.block(box)
                    return center
                if best is None or cost < best[0]:
                    best = (cost, center)
        assert best is not None
        self.block(box_at(best[1], width, height))
        return best[1]

    def fits(self, center: Sequence[float], width: float, height: float) -> bool:
        """Take the place if it is free; False if it is not."""
        box = box_at(center, width, height)
        if self.cost(box) > 0.0:
            return False
        self.block(box)
        return True


def box_at(center: Sequence[float], width: float, height: float) -> Box:
    """The box around a centre."""
    return (
        center[0] - width / 2.0,
        center[1] - height / 2.0,
        center[0] + width / 2.0,
        center[1] + height / 2.0,
    )
