"""Finds the line along which a long thing gets to a place past all obstacles with the most room around it.

The thing is a set of capsules along +Z of its own frame, its origin at the place. Thin lines in all directions from
the place tell which are open at all; from the best of them direction and roll are improved until the room around
the capsules, measured exactly, grows no more. The result is a true position of the thing; that there is no better
one is a search's word only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.capsules import CapsuleDistances, Surroundings, capsule_distances

FloatArray = NDArray[np.float64]
Skips = NDArray[np.uint8]

ENOUGH: Final = 0.03
"""Metres of room all around beyond which more is not looked for."""
DIRECTIONS: Final = 2400
"""Lines over the whole sphere: 4° apart."""
_KEPT: Final = 6
_APART: Final = math.cos(math.radians(9.0))
"""Lines that are improved: so many at most, so far apart."""
_LAGS: Final = 0.03
"""Metres that a line may have less room than the best and still be improved: more than lies between two lines."""
_BLOCK: Final = 200
_DEEP: Final = 1e-6
_MET: Final = 1e-10
_ROLLS: Final = 8
_STEP: Final = math.radians(3.0)
_FINEST: Final = 1e-4
_ROUNDS: Final = 60


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """One way of getting there.

    Attributes:
        direction: (3,) unit, outwards.
        roll: Radians about it.
        turn: (3, 3) world from the thing's frame.
        room: Least distance of a capsule from an obstacle, metres; ``ENOUGH`` where it is no less, below zero
            where it does not fit.
        capsule: Which capsule is tightest; -1: none within ``ENOUGH``.
        body: Number of the obstacle; -1: none.
        axis_point, point: (3,) where; NaN without obstacle.
    """

    direction: FloatArray
    roll: float
    turn: FloatArray
    room: float
    capsule: int
    body: int
    axis_point: FloatArray
    point: FloatArray


def sphere_directions(count: int, /) -> FloatArray:
    """(count, 3) unit vectors evenly spread: a golden-angle spiral."""
    k = np.arange(count) + 0.5
    z = 1.0 - 2.0 * k / count
    angle = math.pi * (1.0 + math.sqrt(5.0)) * k
    flat = np.sqrt(1.0 - z * z)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1)


def turns(directions: FloatArray, rolls: FloatArray, /) -> FloatArray:
    """(n, 3, 3) world from a frame whose Z is along the direction; at roll 0 its X is level."""
    d = np.asarray(directions, np.float64)
    x = np.stack([-d[:, 1], d[:, 0], np.zeros(len(d))], axis=1)
    size = np.sqrt(np.einsum("ni,ni->n", x, x))
    upright = size < 1e-9
    x[upright] = (1.0, 0.0, 0.0)
    x /= np.where(upright, 1.0, size)[:, None]
    y = np.cross(d, x)
    c, s = np.cos(rolls)[:, None], np.sin(rolls)[:, None]
    return np.stack([c * x + s * y, c * y - s * x, d], axis=2)


def placed(rows: FloatArray, position: FloatArray, turn: FloatArray, /) -> FloatArray:
    """(n, K, 8) capsules (K, 8) in the world at n turns (n, 3, 3)."""
    out = np.empty((len(turn), len(rows), 8))
    out[:, :, :3] = np.einsum("nij,kj->nki", turn, rows[:, :3]) + position
    out[:, :, 3:6] = np.einsum("nij,kj->nki", turn, rows[:, 3:6]) + position
    out[:, :, 6:] = rows[None, :, 6:]
    return out


def distances(
    scene: Surroundings, capsules: FloatArray, skip: Skips, /, *, limit: float = ENOUGH, inside: bool = False
) -> CapsuleDistances:
    """:func:`capsule_distances` of (…, 8) capsules; bodies that ``skip`` (B,) marks do not count."""
    return capsule_distances(
        scene, capsules.reshape(-1, 8), limit=limit, skips=skip[None], inside=inside, threads=1
    )


def rooms(
    scene: Surroundings, rows: FloatArray, position: FloatArray, turn: FloatArray, skip: Skips, /
) -> FloatArray:
    """(n,) least room of the capsules at n turns, at most ``ENOUGH``."""
    found = distances(scene, placed(rows, position, turn), skip)
    room: FloatArray = np.minimum(found.distance, ENOUGH).reshape(len(turn), -1).min(axis=1)
    return room


def lines(
    scene: Surroundings,
    rows: FloatArray,
    position: FloatArray,
    directions: FloatArray,
    skip: Skips,
    /,
    *,
    prefer: FloatArray,
    roll: bool = True,
    level: bool = False,
) -> list[Line]:
    """The best ways found, the roomiest first; among equals those nearest to ``prefer``.

    Args:
        scene: The obstacles.
        rows: (K, 8) capsules along +Z.
        position: (3,) the place.
        directions: (n, 3) unit vectors to look in.
        skip: (B,) not zero: does not count.
        prefer: (3,) unit vector; decides among ways of equal room.
        roll: Whether the thing may turn about its line.
        level: Keep directions level.
    """
    if len(directions) == 0:
        return []
    prefer = np.asarray(prefer, np.float64)
    chosen = _open_lines(scene, rows, position, directions, skip, prefer)
    rolls = np.arange(_ROLLS if roll else 1) * (math.pi * 2.0 / _ROLLS)
    many = np.repeat(chosen, len(rolls), axis=0), np.tile(rolls, len(chosen))
    room = rooms(scene, rows, position, turns(*many), skip).reshape(len(chosen), -1)
    best = room.argmax(axis=1)
    state = _improved(
        scene, rows, position, skip, chosen, rolls[best], room.max(axis=1), roll=roll, level=level
    )
    made = [_line(scene, rows, position, skip, d, r) for d, r in zip(*state[:2], strict=True)]
    return sorted(made, key=lambda one: (-round(one.room, 6), -round(float(one.direction @ prefer), 6)))


def _open_lines(
    scene: Surroundings,
    rows: FloatArray,
    position: FloatArray,
    directions: FloatArray,
    skip: Skips,
    prefer: FloatArray,
) -> FloatArray:
    """(k, 3) the directions whose thin line has most room, well apart from each other."""
    low, high = float(min(rows[:, 2].min(), 0.0)), float(rows[:, 5].max())
    begin = max(low, min(float(rows[:, 2].min()), high))
    most = float(rows[:, 6:].max()) + ENOUGH
    thin = np.zeros((len(directions), 8))
    thin[:, :3] = position + begin * directions
    thin[:, 3:6] = position + high * directions
    room = np.minimum(distances(scene, thin, skip, limit=most).distance, most)
    order = np.lexsort((-directions @ prefer, -np.round(room, 4)))
    kept: list[int] = []
    for start in range(0, len(order), _BLOCK):
        block = order[start : start + _BLOCK]
        # A line deep in a block of steel meets no surface; asking on which side it lies costs more.
        lies = distances(scene, thin[block], skip, limit=most, inside=True).distance
        for k in block[lies > -_DEEP]:
            if kept and room[k] < room[kept[0]] - _LAGS:
                return directions[kept]
            if all(directions[k] @ directions[i] < _APART for i in kept):
                kept.append(int(k))
                if len(kept) == _KEPT:
                    return directions[kept]
    return directions[kept]


def _improved(
    scene: Surroundings,
    rows: FloatArray,
    position: FloatArray,
    skip: Skips,
    directions: FloatArray,
    rolls: FloatArray,
    room: FloatArray,
    *,
    roll: bool,
    level: bool,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Directions, rolls and rooms after a pattern search, all starts side by side."""
    d, r, value = directions.copy(), rolls.copy(), room.copy()
    step = np.full(len(d), _STEP)
    for n in range(_ROUNDS):
        live = np.flatnonzero((step > _FINEST) & (value < ENOUGH - 1e-9))
        if len(live) == 0 or (value >= ENOUGH - 1e-9).any():
            break
        ring = np.arange(6) * (math.pi / 3.0) + 0.5 * n
        frame = turns(d[live], np.zeros(len(live)))
        if level:
            ring = np.array([0.0, math.pi])
        aside = np.cos(ring)[:, None] * frame[:, None, :, 0] + np.sin(ring)[:, None] * frame[:, None, :, 1]
        tries = d[live, None] + np.tan(step[live])[:, None, None] * aside
        if roll:
            tries = np.concatenate([tries, np.repeat(d[live, None], 2, axis=1)], axis=1)
        tries /= np.linalg.norm(tries, axis=2)[:, :, None]
        spin = np.zeros((len(live), tries.shape[1]))
        if roll:
            spin[:, -2:] = 2.0 * step[live, None] * np.array([-1.0, 1.0])
        spin += r[live, None]
        got = rooms(scene, rows, position, turns(tries.reshape(-1, 3), spin.ravel()), skip)
        got = got.reshape(len(live), -1)
        best = got.argmax(axis=1)
        pick = np.arange(len(live))
        better = got[pick, best] > value[live] + 1e-12
        up = live[better]
        d[up], r[up] = tries[pick, best][better], spin[pick, best][better]
        value[up] = got[pick, best][better]
        step[live[~better]] *= 0.5
    return d, r, value


def _line(
    scene: Surroundings,
    rows: FloatArray,
    position: FloatArray,
    skip: Skips,
    direction: FloatArray,
    roll: float,
) -> Line:
    turn = turns(direction[None], np.array([roll]))
    found = distances(scene, placed(rows, position, turn), skip, inside=True)
    k = int(np.argmin(found.distance))
    room = min(float(found.distance[k]), ENOUGH)
    near = bool(found.body[k] >= 0)
    return Line(
        direction,
        float(roll),
        turn[0],
        room,
        k if near else -1,
        int(found.body[k]) if near else -1,
        found.axis_point[k],
        found.point[k],
    )


def free_length(
    scene: Surroundings, rows: FloatArray, way: FloatArray, longest: float, skip: Skips, /
) -> tuple[FloatArray, NDArray[np.int64]]:
    """How far n things move along ``way`` before they meet something: never past it.

    Each step is as long as the room there is, so that nothing is stepped over (conservative advancement).

    Args:
        scene: The obstacles.
        rows: (n, K, 8) capsules in the world.
        way: (3,) or (n, 3) unit vectors.
        longest: Metres; far enough.
        skip: (B,) not zero: does not count.

    Returns:
        (n,) metres, ``longest`` where nothing is met; 0 where it does not fit to begin with; and (n,) the number of
        the body met or that it crept along for too long, −1: none.
    """
    count = len(rows)
    ways = np.broadcast_to(np.asarray(way, np.float64), (count, 3))
    gone = np.zeros(count)
    hit = np.full(count, -1, np.int64)
    live = np.arange(count)
    for _ in range(200):
        if len(live) == 0:
            break
        moved = rows[live].copy()
        shift = gone[live, None, None] * ways[live, None]
        moved[:, :, :3] += shift
        moved[:, :, 3:6] += shift
        found = distances(scene, moved, skip, limit=longest + 0.1)
        gap = np.minimum(found.distance, longest + 0.1).reshape(len(live), -1)
        least = gap.argmin(axis=1)
        pick = np.arange(len(live))
        body = found.body.reshape(gap.shape)[pick, least]
        gap = gap[pick, least]
        stop = gap < _MET
        hit[live] = body
        gone[live] = np.where(stop, gone[live], np.minimum(gone[live] + gap, longest))
        done = stop | (gone[live] >= longest)
        hit[live[done & ~stop]] = -1
        live = live[~done]
    return gone, hit
