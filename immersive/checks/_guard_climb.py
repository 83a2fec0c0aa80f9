"""What stands beside a fence that people might climb on: from up there the same fence is lower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from immersive.checks._guard_blocks import Blocks
from immersive.checks._guard_edges import Edge
from immersive.checks._guard_over import over_from
from immersive.checks._guard_runs import Run
from immersive.scene.model import Part, Role

LOWEST: Final = 0.1
HIGHEST: Final = 1.2
"""Heights of what counts as a step, metres: lower is no help, higher is climbed with a ladder anyway."""
BESIDE: Final = 0.6
"""How far from the fence it may stand and still help, metres."""
BROAD: Final = 0.2
"""Least size on the floor plan of what a foot finds room on, metres."""
FARTHEST: Final = 1.5
"""The largest distance that tables 1 and 2 ask, metres."""
MOST: Final = 12
"""Aids examined of one zone, the highest first."""

NO_STEP = (
    Role.FLOOR, Role.MARKING, Role.WALL, Role.CEILING, Role.FENCE, Role.DOOR, Role.SAFEGUARD, Role.ROBOT, Role.SIGN,
)  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Aid:
    """A part beside a run from which its top edge is too low or too near.

    Attributes:
        part: Id.
        run: Beside which structure.
        height: Of the part above the floor, metres.
        left: Height of the structure above the part, metres.
        missing: Distance that is missing from up there, metres; None where the structure counts no more.
    """

    part: str
    run: str
    height: float
    left: float
    missing: float | None


def climbing_aids(
    parts: Sequence[Part], runs: Sequence[Run], blocks: Blocks, risk: str, floor: float
) -> tuple[list[Aid], int]:
    """(aids that make a structure too low, how many were looked at)."""
    hazard = set(blocks.hazard.ids)
    inside = blocks.hazard.bounds.mean(axis=0)[:2]
    unsure = blocks.hazard.margins + blocks.hazard.uncertainty
    waiting: list[tuple[float, Part, Run, float, float]] = []
    for run in runs:
        side = run.side_of(inside)
        near, far = blocks.extent(run.across, run.uncertainty)
        # Farther than any table asks, nobody reaches over.
        if max(near - run.faces[1], run.faces[0] - far) >= FARTHEST:
            continue
        outer = run.faces[0] if side > 0 else -run.faces[1]
        for part in parts:
            box = part.bounds
            if (
                box is None
                or part.moving
                or part.role in NO_STEP
                or part.id in hazard
                or part.id in run.parts
            ):
                continue
            height, size = float(box[1, 2]) - floor, box[1] - box[0]
            if not LOWEST <= height <= HIGHEST or min(size[0], size[1]) < BROAD:
                continue
            middle, half = 0.5 * (box[0, :2] + box[1, :2]), 0.5 * size[:2]
            off, deep = float(run.across @ middle) * side, float(np.abs(run.across) @ half)
            at, wide = float(run.along @ middle), float(np.abs(run.along) @ half)
            # Outside, near enough, and beside the run.
            if (
                outer - (off + deep) > BESIDE
                or off - deep > outer
                or at - wide > run.end
                or at + wide < run.start
            ):
                continue
            start, end = max(at - wide - 0.3, run.start), min(at + wide + 0.3, run.end)
            face = run.face(start, end, side)
            # From there, too, nobody reaches farther than any table asks.
            if blocks.far(run, Edge(start, end, 0.0, 0.0), face, unsure).min() < FARTHEST:
                waiting.append((height, part, run, start, end))
    waiting.sort(key=lambda one: (-one[0], one[1].id, one[2].id))
    found = []
    for height, part, run, start, end in waiting[:MOST]:
        kept, worst = over_from(run, blocks, risk, floor + height, start, end)
        left = run.edge.lowest(start, end) - floor - height
        if not kept:
            found.append(Aid(part.id, run.id, height, left, None))
        elif worst is not None and worst.spare < -1e-9:
            found.append(Aid(part.id, run.id, height, left, -worst.spare))
    return found, min(len(waiting), MOST)
