"""From where people can step into a detection field: the stretches of its edge that free floor leads to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from immersive.scene.model import Role, Scene
from immersive.scene.station import Safeguard

if TYPE_CHECKING:
    from immersive.checks._hazards import Hazard
    from immersive.geometry.bodies import Body

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

CELL: Final = 0.05
"""Grid of free floor, metres."""
COLUMN: Final = 0.1
"""Radius of the column that stands for a person: thin, so that no way in is missed, metres."""
BODY: Final = 0.09
"""Half the widest slot, 180 mm, that does not let the whole body in (ISO 13857:2019), metres."""
HAND: Final = 0.06
"""Half the widest opening, 120 mm, through which an arm gets to the shoulder at most, metres."""
KNEE: Final = 0.35
CHEST: Final = 1.4
"""Ends of its axis above the floor, metres: what is lower can be stepped over."""
AROUND: Final = 1.0
"""Floor looked at around field and hazard, metres; its rim counts as outside."""
THROUGH: Final = 0.3
"""How far before and behind a curtain a part closes it off, metres."""
LEVELS: Final = 5
"""Heights between knee and chest at which it is seen whether something stands beside the edge."""
STEP: Final = 0.02
"""Distance of the points along the field's edge, metres."""
_OPEN: Final = (Role.FLOOR, Role.MARKING, Role.CEILING, Role.WORKPIECE)


def accessible_edges(
    scene: Scene, guard: Safeguard, hazard: Hazard, floor: float, others: tuple[Safeguard, ...]
) -> list[FloatArray]:
    """Stretches (2, 2) of the field's outline that can be stepped over from outside.

    Ways in through ``others`` (their fields, the lines of light curtains) are not counted: they stop the
    machine themselves.

    Args:
        scene: Its parts block the way, but for floor, markings, ceiling and workpieces.
        guard: With a field.
        hazard: The zone, which nobody walks through.
        floor: Height that people walk on.
        others: Further devices.
    """
    outline = np.array(guard.field)
    low = np.minimum(outline.min(axis=0), hazard.bounds[0, :2]) - AROUND
    high = np.maximum(outline.max(axis=0), hazard.bounds[1, :2]) + AROUND
    counts = np.ceil((high - low) / CELL).astype(int) + 1
    xs, ys = (low[i] + CELL * np.arange(counts[i]) for i in (0, 1))
    points = np.stack(np.meshgrid(xs, ys, indexing="ij"), axis=-1).reshape(-1, 2)
    closed = _blocked_by(_bodies(scene, low - COLUMN, high + COLUMN, floor, guard.parts), points, floor)
    closed |= _blocked_by(hazard.bodies, points, floor)
    closed |= inside_polygon(points, outline)
    for other in others:
        if other.field:
            closed |= inside_polygon(points, np.array(other.field))
        if other.segment is not None:
            closed |= _distance_to(points, np.array(other.segment)[:, :2]) <= COLUMN + CELL
    free = ~closed.reshape(counts)
    reached = _flood(free)
    runs: list[FloatArray] = []
    area = _area(outline)
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        length = float(np.linalg.norm(b - a))
        if length == 0.0:
            continue
        along = (b - a) / length
        outward = np.array([along[1], -along[0]]) * (1.0 if area > 0.0 else -1.0)
        number = max(int(np.ceil(length / STEP)), 1)
        at = (np.arange(number) + 0.5) * length / number
        places = a + at[:, None] * along + outward * (COLUMN + CELL)
        cells = np.rint((places - low) / CELL).astype(int)
        # One cell around: the grid must not hide a way in.
        entered = np.zeros(number, bool)
        for i in (-1, 0, 1):
            for j in (-1, 0, 1):
                cell = np.clip(cells + np.array([i, j]), 0, counts - 1)
                entered |= reached[cell[:, 0], cell[:, 1]]
        entered &= ~_walled(scene, guard, a + at[:, None] * along, places, floor)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], entered, [False]]).astype(int)))
        for first, last in edges.reshape(-1, 2):
            runs.append(np.stack([a + along * length * first / number, a + along * length * last / number]))
    return runs


def closed_up_to(scene: Scene, line: FloatArray, low: float, high: float, radius: float) -> float:
    """Height up to which parts close off the plane of a curtain, so that no ball gets through.

    Args:
        scene: All its parts count.
        line: (2, 2) the curtain's ends on the floor plan.
        low, high: World heights to look between.
        radius: Of the ball, metres.

    Returns:
        ``low`` if it is open from there, ``high`` if nothing gets through in between.
    """
    from immersive.geometry.capsules import capsule_distances, capsule_rows, surroundings

    if high - low < 2.0 * radius:
        return high
    way = line[1] - line[0]
    length = float(np.linalg.norm(way))
    across = np.array([-way[1], way[0]]) / length * THROUGH
    along = np.linspace(0.0, 1.0, max(int(np.ceil(length / radius)), 1) + 1)
    heights = np.linspace(low + radius, high - radius, max(int(np.ceil((high - low) / radius)), 1) + 1)
    plan = line[0] + along[:, None] * way
    bodies = _between(scene, (), plan.min(axis=0) - THROUGH, plan.max(axis=0) + THROUGH, low, high)
    if not bodies:
        return low
    points = np.column_stack([np.tile(plan, (len(heights), 1)), np.repeat(heights, len(plan))])
    offset = np.array([across[0], across[1], 0.0])
    wide = np.full(len(points), radius)
    rows = capsule_rows(points - offset, points + offset, wide, wide)
    gaps = capsule_distances(surroundings(bodies), rows, limit=1e-6).distance
    shut = (gaps < 0.0).reshape(len(heights), len(plan)).all(axis=1)
    if shut.all():
        return high
    first = int(np.argmin(shut))
    return low if first == 0 else max(low, float(heights[first - 1]) - radius)


def inside_polygon(points: FloatArray, outline: FloatArray) -> BoolArray:
    """(n,) whether plan points lie in a polygon (even-odd)."""
    held = np.zeros(len(points), bool)
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if a[1] == b[1]:
            continue
        spans = (points[:, 1] < a[1]) != (points[:, 1] < b[1])
        x = a[0] + (points[:, 1] - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
        held ^= spans & (points[:, 0] < x)
    return held


def _area(outline: FloatArray) -> float:
    x, y = outline.T
    return float(0.5 * (x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def _columns(points: FloatArray, floor: float) -> FloatArray:
    from immersive.geometry.capsules import capsule_rows

    count = len(points)
    feet = np.column_stack([points, np.full(count, floor + KNEE)])
    head = np.column_stack([points, np.full(count, floor + CHEST)])
    return capsule_rows(feet, head, np.full(count, COLUMN), np.full(count, COLUMN))


def _walled(scene: Scene, guard: Safeguard, edge: FloatArray, outside: FloatArray, floor: float) -> BoolArray:
    """Where something stands between the edge and the place beside it, at every height looked at."""
    from immersive.geometry.capsules import capsule_distances, capsule_rows, surroundings

    count, levels = len(edge), np.linspace(floor + KNEE, floor + CHEST, LEVELS)
    both = np.concatenate([edge, outside])
    bodies = _bodies(scene, both.min(axis=0) - COLUMN, both.max(axis=0) + COLUMN, floor, guard.parts)
    if not bodies:
        return np.zeros(count, bool)
    starts, ends = (
        np.column_stack([np.tile(p, (LEVELS, 1)), np.repeat(levels, count)]) for p in (edge, outside)
    )
    thin = np.full(count * LEVELS, 0.005)
    gaps = capsule_distances(surroundings(bodies), capsule_rows(starts, ends, thin, thin), limit=1e-6)
    return np.asarray((gaps.distance < 0.0).reshape(LEVELS, count).all(axis=0), bool)


def _bodies(
    scene: Scene, low: FloatArray, high: FloatArray, floor: float, left_out: Sequence[str]
) -> list[Body]:
    """What may stand in a person's way in a rectangle of the floor plan."""
    return _between(scene, left_out, low, high, floor + KNEE - COLUMN, floor + CHEST + COLUMN)


def _between(
    scene: Scene, left_out: Sequence[str], low: FloatArray, high: FloatArray, bottom: float, top: float
) -> list[Body]:
    """Parts in a rectangle of the floor plan and between two heights."""
    from immersive.scene.bodies import body_of
    from immersive.scene.queries import select

    own = {part.id for part in select(scene, left_out)} if left_out else set()
    bodies = []
    for part in scene:
        box = part.bounds
        if box is None or part.role in _OPEN or part.id in own:
            continue
        if (box[0, :2] > high).any() or (box[1, :2] < low).any() or box[0, 2] > top or box[1, 2] < bottom:
            continue
        body = body_of(part)
        if body is not None:
            bodies.append(body)
    return bodies


def _blocked_by(bodies: Sequence[Body], points: FloatArray, floor: float) -> BoolArray:
    """Where the column would stand in one of the bodies."""
    from immersive.geometry.capsules import capsule_distances, surroundings

    if not bodies:
        return np.zeros(len(points), bool)
    gaps = capsule_distances(surroundings(bodies), _columns(points, floor), limit=1e-6)
    return np.asarray(gaps.distance < 0.0, bool)


def _distance_to(points: FloatArray, line: FloatArray) -> FloatArray:
    a, e = line[0], line[1] - line[0]
    t = np.clip((points - a) @ e / (float(e @ e) or 1.0), 0.0, 1.0)
    gaps: FloatArray = np.linalg.norm(points - a - t[:, None] * e, axis=1)
    return gaps


def _flood(free: BoolArray) -> BoolArray:
    """Free cells that the rim of the grid leads to, from cell to cell beside it."""
    reached = np.zeros_like(free)
    reached[[0, -1], :] = free[[0, -1], :]
    reached[:, [0, -1]] = free[:, [0, -1]]
    while True:
        grown = reached.copy()
        grown[1:] |= reached[:-1]
        grown[:-1] |= reached[1:]
        grown[:, 1:] |= reached[:, :-1]
        grown[:, :-1] |= reached[:, 1:]
        grown &= free
        if grown.sum() == reached.sum():
            return reached
        reached = grown
