"""Room for the legs: how far thighs, knees and feet can move before they meet something, and what that is.

Each person rests as the stance asks (:func:`immersive.human.stance.rest`). Then legs are moved, as they are,
straight up, forward and aside, until a capsule of theirs meets a part; the way is the room. Thighs and knees go
up; knees with the upper shanks go forward and aside, and feet with the lower shanks. The seat, the floor and what may
be trodden on do not count (:mod:`immersive.human.obstacles`).

The table over the thighs is the part that they meet on their way up. Its underside is where they meet it; its
front edge is where a rod across the knees, moved forward just above that underside, meets it. Depths under the
table are counted from there, as tables of workplace dimensions count them.

Ways are found in steps no longer than the distance to the nearest part, so nothing is passed over; a way ends where
a capsule would sink in by more than :data:`SLIP`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.capsules import CapsuleDistances, capsule_distances
from immersive.human.clear_judge import GIVE, Obstruction
from immersive.human.kinematics import figure
from immersive.human.obstacles import LEG_RULE, SOLE, Obstacles, sole_height
from immersive.human.people import People
from immersive.human.posing import Stance
from immersive.human.skeleton import LINK, SEGMENT, SEGMENTS
from immersive.human.stance import rest
from immersive.human.volume import BodyShape, place

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

FAR: Final = 1.5
"""Metres that are looked at; beyond, there is room enough."""
SLIP: Final = 5e-4
"""Metres a capsule may sink in on its way: it slides along what it only grazes."""
_STEP: Final = 2e-3
_OVER_UNDERSIDE: Final = 0.008
"""Metres above the table's underside at which its front edge is looked for: within the thinnest table top."""
_ROD: Final = 0.004


@dataclass(frozen=True, eq=False, slots=True)
class Gap:
    """Room in one direction, of n persons.

    Attributes:
        way: (n,) metres until something is met; ``inf``: nothing within ``FAR``; 0: it is cut at rest already.
        part: n ids of what is met, or ``""``.
        point: (n, 3) where on the part, world; NaN where nothing is met.
        body_point: (n, 3) on the axis of the capsule that meets it, moved there.
    """

    way: FloatArray
    part: tuple[str, ...]
    point: FloatArray
    body_point: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class LegRoom:
    """Room of n persons at rest. Metres; ``NaN`` where a figure has no meaning.

    Attributes:
        people, stance: Whose and where.
        above_thighs: Straight up; sitting only, elsewhere NaN.
        before_knees, before_feet: Forward.
        right_of_knees, left_of_knees: Aside.
        cuts: n tuples: what legs at rest cut deeper than ``clear_judge.GIVE``, deepest first.
        knee_front, toe_front: (n,) how far the legs reach forward of ``stance.position``.
        thigh_top: (n,) height of the thighs above what the soles stand on.
        underside: (n,) height of the table's underside above what the soles stand on; NaN: no table.
        edge: (n,) how far the table's front edge is forward of ``stance.position``; NaN: no table.
        knee_depth, foot_depth: (n,) from the table's edge to what knees and feet meet; ``inf``: nothing.
        width: (n,) free width at the knees: legs and room on both sides.
    """

    people: People
    stance: Stance
    above_thighs: Gap
    before_knees: Gap
    before_feet: Gap
    right_of_knees: Gap
    left_of_knees: Gap
    cuts: tuple[tuple[Obstruction, ...], ...]
    knee_front: FloatArray
    toe_front: FloatArray
    thigh_top: FloatArray
    underside: FloatArray
    edge: FloatArray
    knee_depth: FloatArray
    foot_depth: FloatArray
    width: FloatArray


def leg_room(
    people: People, links: FloatArray, shape: BodyShape, stance: Stance, obstacles: Obstacles, /
) -> LegRoom:
    """Measure the room for the legs.

    Args:
        people: n persons.
        links: (n, 31).
        shape: Their capsules, see :func:`immersive.human.volume.capsules_of`.
        stance: Where they stand, sit or kneel.
        obstacles: See :func:`immersive.human.obstacles.obstacles_of`.
    """
    angles, root = rest(links, stance)
    ends = place(shape, figure(links, angles, root))
    rows = np.concatenate(
        [ends.reshape(*ends.shape[:2], 6), shape.start_radius[..., None], shape.end_radius[..., None]], axis=2
    )
    legs = np.flatnonzero(shape.segment > SEGMENT["left_hand"])
    names = [SEGMENTS[k] for k in shape.segment[legs]]
    rows = rows[:, legs]
    floor = sole_height(stance)
    for end in range(2):
        rows[..., 3 * end + 2] = np.maximum(rows[..., 3 * end + 2], floor + SOLE + rows[..., 6 + end])
    thighs = np.array([name.endswith("thigh") for name in names])
    feet = np.array([name.endswith("foot") for name in names])
    knees, ankles = _halves(rows, names, shape.starts[:, legs, 2], shape.ends[:, legs, 2], links)
    skip = obstacles.skips(stance, ())[LEG_RULE][None]
    c, s = np.cos(stance.heading), np.sin(stance.heading)
    forward, right = np.array([c, s, 0.0]), np.array([s, -c, 0.0])
    move = _Mover(obstacles, skip)
    seated = stance.posture == "sitting"
    up = move.all(_only(rows, thighs), np.array([0.0, 0.0, 1.0])) if seated else _none(len(rows))
    room = {
        "before_knees": move.all(knees, forward),
        "before_feet": move.all(np.concatenate([_only(rows, feet), ankles], axis=1), forward),
        "right_of_knees": move.all(knees, right),
        "left_of_knees": move.all(knees, -right),
    }
    knee_front, toe_front = _reach(knees, stance, forward), _reach(_only(rows, feet), stance, forward)
    thigh_top = _reach(_only(rows, thighs), stance, np.array([0.0, 0.0, 1.0])) + stance.position[2] - floor
    met = np.isfinite(up.way)
    underside = np.where(met, up.point[:, 2] - floor, np.nan)
    edge = (
        _edge(obstacles, up, underside + floor, stance, forward, right)
        if met.any()
        else np.full(len(rows), np.nan)
    )
    breadth = _reach(knees, stance, right) + _reach(knees, stance, -right)
    return LegRoom(
        people,
        stance,
        up,
        **room,
        cuts=_cuts(rows, names, obstacles, skip),
        knee_front=knee_front,
        toe_front=toe_front,
        thigh_top=thigh_top,
        underside=underside,
        edge=edge,
        knee_depth=knee_front + room["before_knees"].way - edge,
        foot_depth=toe_front + room["before_feet"].way - edge,
        width=breadth + room["right_of_knees"].way + room["left_of_knees"].way,
    )


def _only(rows: FloatArray, which: NDArray[np.bool_]) -> FloatArray:
    return np.ascontiguousarray(rows[:, which])


def _part_of(row: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """(n, 8) the stretch from ``a`` to ``b`` (n,) of capsules (n, 8), as fractions of their axes."""
    out = row.copy()
    axis, taper = row[:, 3:6] - row[:, :3], row[:, 7] - row[:, 6]
    out[:, :3], out[:, 3:6] = row[:, :3] + a[:, None] * axis, row[:, :3] + b[:, None] * axis
    out[:, 6], out[:, 7] = row[:, 6] + a * taper, row[:, 6] + b * taper
    return out


def _halves(
    rows: FloatArray, names: list[str], start: FloatArray, end: FloatArray, links: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(n, k, 8) what is near the knees: lower half of the thighs, upper half of the shanks; and the shanks' rest.

    ``start`` and ``end`` (n, C) are the capsules' heights in their segments, which hang down from their joints.
    """
    knees, ankles = [], []
    none, whole = np.zeros(len(rows)), np.ones(len(rows))
    for k, name in enumerate(names):
        _, _, segment = name.partition("_")
        if segment not in ("thigh", "shank"):
            continue
        middle = -0.5 * links[:, LINK[segment]]
        way = end[:, k] - start[:, k]
        at = np.clip((middle - start[:, k]) / np.where(np.abs(way) < 1e-9, -1e-9, way), 0.0, 1.0)
        upper, lower = _part_of(rows[:, k], none, at), _part_of(rows[:, k], at, whole)
        if segment == "thigh":
            knees.append(lower)
            continue
        if (at > 0.0).any():
            knees.append(upper)
        if (at < 1.0).any():
            ankles.append(lower)
    return np.stack(knees, axis=1), np.stack(ankles, axis=1)


def _reach(rows: FloatArray, stance: Stance, way: FloatArray) -> FloatArray:
    """(n,) how far capsules (n, k, 8) reach along a direction from the stance's position."""
    at = np.asarray(stance.position)
    ends = np.stack([(rows[..., :3] - at) @ way + rows[..., 6], (rows[..., 3:6] - at) @ way + rows[..., 7]])
    return np.asarray(ends.max(axis=(0, 2)))


def _none(count: int) -> Gap:
    nowhere = np.full((count, 3), np.nan)
    return Gap(np.full(count, np.nan), ("",) * count, nowhere, nowhere)


class _Mover:
    """Moves groups of capsules until they meet something."""

    def __init__(self, obstacles: Obstacles, skip: NDArray[np.uint8]) -> None:
        self.obstacles, self.skip = obstacles, skip

    def all(self, rows: FloatArray, way: FloatArray) -> Gap:
        """Each person's capsules (n, k, 8) together along a unit vector."""
        n = len(rows)
        gone, done = np.zeros(n), np.zeros(n, bool)
        part, point, body = [""] * n, np.full((n, 3), np.nan), np.full((n, 3), np.nan)
        if self.obstacles.around is None or n == 0:
            return Gap(np.full(n, np.inf), tuple(part), point, body)
        before = np.zeros(n)
        while not done.all():
            active = np.flatnonzero(~done)
            found, first = self.look(rows[active], gone[active], way)
            for i, k in zip(active, first, strict=True):
                distance = float(found.distance[k])
                if distance >= -SLIP:
                    before[i] = gone[i]
                    gone[i] += min(max(distance, _STEP), 2.0 * FAR)
                    if before[i] >= FAR:
                        done[i], gone[i] = True, np.inf
                    continue
                done[i] = True
                free, cut = self._between(rows[i : i + 1], before[i], gone[i], way)
                gone[i] = free
                there, (at,) = self.look(rows[i : i + 1], np.array([cut]), way)
                part[i] = self.obstacles.parts[there.body[at]].id
                point[i], body[i] = there.point[at], there.axis_point[at]
        return Gap(gone, tuple(part), point, body)

    def look(
        self, rows: FloatArray, gone: FloatArray, way: FloatArray
    ) -> tuple[CapsuleDistances, IndexArray]:
        """Distances of capsules (n, k, 8) moved by ``gone`` (n,), and for each person which is least."""
        assert self.obstacles.around is not None
        moved = rows.copy()
        moved[..., :3] += gone[:, None, None] * way
        moved[..., 3:6] += gone[:, None, None] * way
        found = capsule_distances(self.obstacles.around, moved, limit=2.0 * FAR, skips=self.skip, threads=1)
        each = rows.shape[1]
        return found, found.distance.reshape(-1, each).argmin(axis=1) + each * np.arange(len(rows))

    def _between(self, rows: FloatArray, free: float, cut: float, way: FloatArray) -> tuple[float, float]:
        """The last free and the first cut place, by halving."""
        for _ in range(12):
            middle = 0.5 * (free + cut)
            found, (k,) = self.look(rows, np.array([middle]), way)
            free, cut = (free, middle) if found.distance[k] < -SLIP else (middle, cut)
        return free, cut


def _edge(
    obstacles: Obstacles,
    up: Gap,
    underside: FloatArray,
    stance: Stance,
    forward: FloatArray,
    right: FloatArray,
) -> FloatArray:
    """(n,) how far the front edge of what thighs meet is forward of the stance's position."""
    out = np.full(len(underside), np.nan)
    at = np.asarray(stance.position)
    for i in np.flatnonzero(np.isfinite(underside)):
        only = np.ones((1, len(obstacles.parts)), np.uint8)
        only[0, obstacles.ids.index(up.part[i])] = 0
        start = at - FAR / 2.0 * forward
        start[2] = underside[i] + _OVER_UNDERSIDE
        # As wide as the knees are apart where the thighs met it.
        aside = float((up.point[i] - at) @ right)
        rod = np.array([*(start + (aside - 0.01) * right), *(start + (aside + 0.01) * right), _ROD, _ROD])
        found = _Mover(obstacles, only).all(rod[None, None], forward)
        out[i] = found.way[0] + _ROD - SLIP - FAR / 2.0
    return out


def _cuts(
    rows: FloatArray, names: list[str], obstacles: Obstacles, skip: NDArray[np.uint8]
) -> tuple[tuple[Obstruction, ...], ...]:
    out: list[tuple[Obstruction, ...]] = [()] * len(rows)
    if obstacles.around is None:
        return tuple(out)
    each = rows.shape[1]
    found = capsule_distances(obstacles.around, rows, limit=-GIVE, skips=skip)
    for k in np.flatnonzero(found.body >= 0):
        i, c = divmod(int(k), each)
        x, y, z = (float(v) for v in found.point[k])
        u, v, w = (float(v) for v in found.axis_point[k])
        part = obstacles.parts[found.body[k]].id
        out[i] = (*out[i], Obstruction(part, names[c], -float(found.distance[k]), (x, y, z), (u, v, w)))
    return tuple(tuple(sorted(each_, key=lambda one: (-one.depth, one.part))) for each_ in out)
