"""Measures one walkway: free width, head height, what lies on its floor, what surrounds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.passage import HeadHeight, Pinch, Profile, free_width, head_height, width_profile
from immersive.geometry.plan_cover import covered
from immersive.geometry.section import Pieces, strip_pieces
from immersive.geometry.strip import Strip, mitred_strip
from immersive.geometry.tolerance import TOUCH
from immersive.geometry.winding import winding_number
from immersive.scene.model import Part, Role
from immersive.scene.station import Walkway

FloatArray = NDArray[np.float64]

HEAD_SEARCH: Final = 1.0
"""Metres above the required head height up to which the free height is looked for."""

_ROOM: Final = (Role.WALL, Role.CEILING, Role.FLOOR)


@dataclass(frozen=True, eq=False)
class Rise:
    """A low thing on the walkway: highest point inside the strip, metres above the floor."""

    part: Part
    height: float
    position: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Surround:
    """A part whose surface surrounds the free passage without crossing it.

    ``kind``: ``"solid"`` (closed, facing out), ``"inside_out"`` (closed, facing in), ``"room"``
    (closed, with the role of a building part) or ``"open"``.
    """

    part: Part
    kind: str


@dataclass(frozen=True, eq=False)
class Measure:
    """What was measured. Heights are above the walkway's floor.

    Attributes:
        strip: The walkway's strip.
        parts: Parts near it; ``pinch.owners`` and ``head.owner`` index these.
        inside: Ids of the parts that reach into it between step and search height.
        pinch: Narrowest place between the step height and ``width_top``.
        width_top: Up to what height the width was measured.
        passage: Width whose head height was measured.
        head: None if there is no passage at all.
        rises: Low things, highest first; markings are in ``paint``.
        surrounds: See :class:`Surround`.
        profile: For drawing.
        uncertainty: Of the width, from the meshes inside.
        triangles: Examined.
    """

    strip: Strip
    parts: tuple[Part, ...]
    inside: tuple[str, ...]
    pinch: Pinch
    width_top: float
    passage: float
    head: HeadHeight | None
    rises: tuple[Rise, ...]
    paint: tuple[Rise, ...]
    surrounds: tuple[Surround, ...]
    profile: Profile
    uncertainty: float
    triangles: int


def measure(
    walkway: Walkway,
    parts: tuple[Part, ...],
    triangles_of: Callable[[Part], FloatArray],
    /,
    *,
    required: float,
    head: float,
    step: float,
    trip: float,
    overhead: float,
) -> Measure:
    """Measure a walkway among ``parts``; all lengths in metres, heights above its floor.

    Parts that stay below ``trip`` everywhere on the walkway are rises to step over (a plinth under
    the cabinet that stands on it is none), all others are obstacles. Where an obstacle that begins above ``overhead`` closes the passage it limits
    the head height, and the width is measured below it.

    Raises:
        immersive.geometry.strip.StripError: The path cannot carry a strip of its width.
    """
    strip = mitred_strip(walkway.path, walkway.width)
    floor = walkway.floor
    cap = head + HEAD_SEARCH
    near = _near(parts, strip, floor + step, floor + cap)
    blocks = [triangles_of(part) for part in near]
    sizes = [len(block) for block in blocks]
    pieces = strip_pieces(
        np.concatenate(blocks) if blocks else np.empty((0, 3, 3)),
        np.repeat(np.arange(len(near)), sizes),
        strip,
        bottom=floor + step,
        top=floor + cap,
    )
    tops = np.full(len(near), -np.inf)
    np.maximum.at(tops, pieces.owner, pieces.high)
    low = np.isfinite(tops) & (tops <= floor + trip + TOUCH)
    obstacles = pieces.keep(~low[pieces.owner])
    # What hangs higher is walked under, so that the floor below it counts.
    standing = obstacles.keep(obstacles.low <= floor + min(overhead, head))
    low_things = [
        _rise(near[k], pieces, int(k), floor)
        for k in np.flatnonzero(low)
        if near[k].role == Role.MARKING or not covered(pieces.keep(pieces.owner == k), standing)
    ]
    low_things.sort(key=lambda rise: (-rise.height, rise.part.id))

    width_top, passage = head, required
    start = head
    found: HeadHeight | None = None
    pinch = free_width(strip, obstacles, top=floor + head)
    if pinch.width < required - TOUCH:
        start = min(overhead, head)
        lower = free_width(strip, obstacles, top=floor + start)
        passage = min(required, lower.width)
        if passage <= TOUCH:
            pinch, width_top, passage = lower, start, 0.0
    if passage > 0.0:
        found = head_height(strip, obstacles, required=passage, start=floor + start, cap=floor + cap)
        found = replace(found, height=found.height - floor)
        if found.height < head:  # also by a rounding error: the first pinch was taken up to the head height
            width_top = found.height
            pinch = free_width(strip, obstacles, top=floor + width_top)
    surrounds: tuple[Surround, ...] = ()
    if pinch.width > TOUCH:
        surrounds = _surrounds(near, blocks, pinch, floor + 0.5 * (step + width_top))
        solid = [
            k for k, part in enumerate(near) if any(s.part is part and s.kind == "solid" for s in surrounds)
        ]
        if solid:
            pinch = replace(pinch, width=0.0, owners=(solid[0], solid[0]), chain=tuple(solid))
            passage, found = 0.0, None
    owners = np.unique(obstacles.owner)
    return Measure(
        strip,
        tuple(near),
        tuple(near[k].id for k in np.unique(pieces.owner)),
        pinch,
        width_top,
        passage,
        found,
        tuple(rise for rise in low_things if rise.part.role != Role.MARKING),
        tuple(rise for rise in low_things if rise.part.role == Role.MARKING),
        surrounds,
        width_profile(strip, obstacles, top=floor + width_top),
        # Each of the two faces of a gap may lie off by its part's uncertainty.
        2.0 * max((near[k].uncertainty for k in owners), default=0.0),
        sum(sizes),
    )


def _near(parts: tuple[Part, ...], strip: Strip, bottom: float, top: float) -> list[Part]:
    lower, upper = np.append(strip.bounds[0], bottom), np.append(strip.bounds[1], top)
    return [
        part
        for part in parts
        if part.bounds is not None and (part.bounds[0] <= upper).all() and (part.bounds[1] >= lower).all()
    ]


def _rise(part: Part, pieces: Pieces, owner: int, floor: float) -> Rise:
    own = np.repeat(pieces.owner == owner, np.diff(pieces.start))
    corners = pieces.points[own]
    top = corners[int(np.argmax(corners[:, 2]))]
    return Rise(part, float(top[2]) - floor, (float(top[0]), float(top[1]), float(top[2])))


def _surrounds(
    near: list[Part], blocks: list[FloatArray], pinch: Pinch, height: float
) -> tuple[Surround, ...]:
    """Parts around the middle of the critical hop: no surface crosses the disc's way, so one point tells all."""
    point = np.append(pinch.points.mean(axis=0), height)
    found = []
    for part, triangles in zip(near, blocks, strict=True):
        bounds = part.bounds
        if bounds is None or (point < bounds[0]).any() or (point > bounds[1]).any():
            continue
        turns = winding_number(triangles, point)
        if abs(turns) < 0.5:
            continue
        closed = abs(turns - round(turns)) < 1e-6
        if not closed:
            kind = "open"
        elif part.role in _ROOM:
            kind = "room"
        else:
            kind = "solid" if turns > 0.0 else "inside_out"
        found.append(Surround(part, kind))
    return tuple(found)
