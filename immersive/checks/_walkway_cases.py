"""A walkway as drawn, with doors and drawers open, and with each leaf where it leaves least width."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._walkway_doors import Mover, beside, moved, walked_through, worst_position
from immersive.checks._walkway_measure import Measure, measure
from immersive.findings import Text, text
from immersive.geometry.passage import free_width
from immersive.geometry.section import Pieces, strip_pieces
from immersive.geometry.strip import mitred_strip
from immersive.geometry.tolerance import TOUCH
from immersive.scene.model import Part
from immersive.scene.station import Walkway

FloatArray = NDArray[np.float64]

AS_DRAWN: Final = "drawn"
OPEN: Final = "open"
BETWEEN: Final = "between"


@dataclass(frozen=True, eq=False)
class Case:
    """One state of the doors and drawers about a walkway.

    Attributes:
        kind: ``"drawn"``, ``"open"`` or ``"between"``.
        words: What stands how; None as drawn.
        measured: The walkway then.
        tolerance: The width may be this much less at another position of the leaf, metres.
    """

    kind: str
    words: Text | None
    measured: Measure
    tolerance: float = 0.0


@dataclass(frozen=True, eq=False)
class Cases:
    """All states that were measured, as drawn first.

    Attributes:
        cases: At least one.
        movers: Those that get onto the walkway.
        through: Doors that the walkway leads through: they stand open in every state.
        unproven: Movers of which only some positions were looked at.
    """

    cases: tuple[Case, ...]
    movers: tuple[Mover, ...] = ()
    through: tuple[Mover, ...] = ()
    unproven: tuple[str, ...] = ()

    @property
    def width(self) -> Case:
        """The narrowest."""
        return min(self.cases, key=lambda case: case.measured.pinch.width)

    @property
    def head(self) -> Case:
        """The lowest, of those with a passage left."""
        known = [case for case in self.cases if case.measured.head is not None]
        return min(known, key=_height) if known else self.width

    @property
    def steps(self) -> Case:
        """The one with the highest thing on the floor."""
        return max(self.cases, key=lambda case: max((r.height for r in case.measured.rises), default=0.0))

    def data(self) -> dict[str, Any]:
        """Widths of all states, for the finding; empty where there is but one."""
        if not self.movers and not self.through:
            return {}
        said = [
            {"state": "drawn" if case.words is None else case.words["en"], "width": case.measured.pinch.width}
            for case in self.cases
        ]
        return {"states": said, "doors_walked_through": [mover.id for mover in self.through]}


def _height(case: Case) -> float:
    return np.inf if case.measured.head is None else case.measured.head.height


def measured_cases(
    walkway: Walkway,
    parts: tuple[Part, ...],
    movers: tuple[Mover, ...],
    triangles_of: Callable[[Part], FloatArray],
    /,
    *,
    doors: str,
    required: float,
    head: float,
    step: float,
    trip: float,
    overhead: float,
) -> Cases:
    """Measure a walkway in every state asked for (``doors``: ``"closed"``, ``"open"`` or ``"both"``).

    Raises:
        immersive.geometry.strip.StripError: The path cannot carry a strip of its width.
    """

    def of(state: tuple[Part, ...]) -> Measure:
        return measure(
            walkway,
            state,
            triangles_of,
            required=required,
            head=head,
            step=step,
            trip=trip,
            overhead=overhead,
        )

    strip = mitred_strip(walkway.path, walkway.width)
    box = np.column_stack([strip.bounds, [walkway.floor + step, walkway.floor + head + 1.0]])
    near = beside(movers, parts, box) if doors != "closed" else ()
    if not near:
        return Cases((Case(AS_DRAWN, None, of(parts)),))
    through = walked_through(near, walkway)
    others = tuple(mover for mover in near if mover not in through)
    passed: dict[str, FloatArray] = {}
    for mover in through:
        passed |= mover.at(1.0)
    opened = dict(passed)
    for mover in others:
        opened |= mover.at(1.0)
    drawn = moved(parts, passed)
    found = []
    if doors == "both":
        words = _all_open(through) if through else None
        found.append(Case(AS_DRAWN, words, of(drawn)))
    if others or not found:
        found.append(Case(OPEN, _all_open(near), of(moved(parts, opened))))
    unproven = []
    if doors == "both":
        for mover in others:
            case, proven = _between(
                walkway, drawn, mover, found[0].measured, triangles_of, of, step, trip, overhead, head
            )
            if not proven:
                unproven.append(mover.id)
            if case is not None:
                found.append(case)
    return Cases(tuple(found), near, through, tuple(unproven))


def _all_open(movers: tuple[Mover, ...]) -> Text:
    if len(movers) == 1:
        return movers[0].words(1.0)
    names = [mover.id for mover in movers]
    return text(
        "with {a} and {b} open", "avec {a} et {b} en position ouverte", a=", ".join(names[:-1]), b=names[-1]
    )  # fmt: skip


def _between(
    walkway: Walkway,
    parts: tuple[Part, ...],
    mover: Mover,
    drawn: Measure,
    triangles_of: Callable[[Part], FloatArray],
    of: Callable[[tuple[Part, ...]], Measure],
    step: float,
    trip: float,
    overhead: float,
    head: float,
) -> tuple[Case | None, bool]:
    """The leaf where it leaves least width, if that is less than shut and open; and whether that is proven."""
    strip, floor = drawn.strip, walkway.floor
    bottom, top = floor + step, floor + min(overhead, head, max(drawn.width_top, step + TOUCH))
    leaf = mover.at(0.0)
    moving = tuple(part for part in parts if part.id in leaf and part.bounds is not None)
    near = [
        part
        for part in parts
        if part.id not in leaf
        and part.bounds is not None
        and (part.bounds[0, :2] <= strip.bounds[1]).all()
        and (part.bounds[1, :2] >= strip.bounds[0]).all()
        and part.bounds[0, 2] <= top
        and part.bounds[1, 2] > floor + trip + TOUCH
    ]
    if not moving:
        return None, True
    blocks = [triangles_of(part) for part in near]
    fixed = strip_pieces(
        np.concatenate(blocks) if blocks else np.empty((0, 3, 3)),
        np.repeat(np.arange(len(near)), [len(block) for block in blocks]),
        strip, bottom=bottom, top=top,
    )  # fmt: skip

    def width(triangles: FloatArray) -> float:
        added = strip_pieces(triangles, np.full(len(triangles), len(near)), strip, bottom=bottom, top=top)
        return free_width(strip, _joined(fixed, added), top=top).width

    worst = worst_position(mover, moving, width, bottom=bottom, top=top)
    proven = bool(np.isfinite(worst.tolerance))
    if worst.share in (0.0, 1.0):
        return None, proven
    measured = of(moved(parts, mover.at(worst.share)))
    return Case(BETWEEN, mover.words(worst.share), measured, worst.tolerance if proven else 0.0), proven


def _joined(a: Pieces, b: Pieces) -> Pieces:
    if not len(b):
        return a
    return Pieces(
        np.concatenate([a.points, b.points]),
        np.concatenate([a.start, a.start[-1] + b.start[1:]]),
        np.concatenate([a.owner, b.owner]),
        np.concatenate([a.leg, b.leg]),
        np.concatenate([a.low, b.low]),
        np.concatenate([a.high, b.high]),
    )
