"""Whether a limb gets to a place, and along which line: the way in is searched, what is found is proven."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._access_case import Case
from immersive.checks._access_size import size_at
from immersive.geometry.capsules import CapsuleDistances
from immersive.geometry.insertion import (
    DIRECTIONS,
    ENOUGH,
    Line,
    distances,
    free_length,
    lines,
    placed,
    sphere_directions,
    turns,
)
from immersive.human.access_limbs import Limb

if TYPE_CHECKING:
    from immersive.checks._access_bent import Bent

FloatArray = NDArray[np.float64]

SEARCHED: Final = 0.0005
"""Metres that the best line of a search may be short of the best there is (pattern search down to 0.006°)."""
_FROM_ENTRY: Final = math.cos(math.radians(60.0))
"""Who comes from the entry comes within 60° of the line to it."""
_FROM_AXIS: Final = math.cos(math.radians(80.0))
_ELBOW: Final = np.radians([0.0, 30.0, 60.0, 90.0, 120.0])
_AROUND: Final = 12
_SPOTS: Final = 0.025
BEYOND: Final = 0.6
"""Metres past the smallest person's reach over which the depth is still told."""


@dataclass(frozen=True, eq=False)
class Way:
    """The best way of a limb to a place.

    Attributes:
        limb: Its capsules.
        line: The line it moves in along; None where every line is blocked.
        free: Free size at the tightest place, metres; ``at_least`` if there is more.
        need: The limb's size there.
        at_least: No obstacle is near.
        depth: How far from the place the first spot outwards is where a chest fits, metres; None: none found.
        proven: The position and the whole way out along the line are free.
        upper_arm: Direction from elbow to shoulder, or None where that is straight or no matter.
        bodies: Numbers of the parts that limit it, nearest first.
        bent: The arm with its wrist bent, where no straight one gets there.
    """

    limb: Limb
    line: Line
    free: float
    need: float
    at_least: bool
    depth: float | None
    proven: bool
    upper_arm: FloatArray | None
    bodies: tuple[int, ...]
    bent: Bent | None = None

    @property
    def room(self) -> float:
        """Room left on each side, metres."""
        return 0.5 * (self.free - self.need)

    @property
    def shoulder(self) -> FloatArray | None:
        """(3,) away from the place, where the shoulder is; None for head and body."""
        if self.limb.upper_arm is None or self.bent is not None:
            return None
        along = self.line.direction if self.upper_arm is None else self.upper_arm
        return self.line.direction * self.limb.length + along * self.limb.upper_arm[0]


def directions_for(case: Case, level: bool) -> FloatArray:
    """(n, 3) where the limb may come from."""
    if level:
        angle = np.arange(180) * (math.pi / 90.0)
        every = np.stack([np.cos(angle), np.sin(angle), np.zeros(180)], axis=1)
    else:
        every = sphere_directions(DIRECTIONS if case.point.entry is None else 3 * DIRECTIONS)
    good = np.ones(len(every), bool)
    entry = entry_line(case)
    if entry is not None:
        ahead = entry[0].copy()
        if level:
            ahead[2] = 0.0
            ahead /= max(float(np.sqrt(ahead @ ahead)), 1e-9)
        good &= every @ ahead >= _FROM_ENTRY
    if case.axis is not None and not level:
        good &= every @ case.axis >= _FROM_AXIS
    return every[good]


def entry_line(case: Case) -> tuple[FloatArray, float] | None:
    """Unit vector from the place to the entry and metres; None without entry."""
    if case.point.entry is None:
        return None
    line = np.asarray(case.point.entry, np.float64) - case.position
    size = float(np.sqrt(line @ line))
    return (line / size, size) if size > 1e-6 else None


def best_way(
    case: Case,
    limb: Limb,
    prefer: FloatArray,
    /,
    *,
    sources: FloatArray,
    skip: NDArray[np.uint8] | None = None,
) -> Way:
    """The best way found. Ways that are proven all along come before roomier ones that are not.

    Args:
        case: The place.
        limb: What is to get there.
        prefer: (3,) unit vector; decides among ways of equal room.
        sources: (n, 3) where the limb may come from: the entry, or shoulders of people who stand near. The outer
            end of the limb has to see one of them; without any, every side is outside.
        skip: (B,) instead of the case's own.
    """
    gone = case.skip if skip is None else skip
    level = not limb.rolls
    every = directions_for(case, level)
    seen, hit = _linked(case, limb, every, sources, gone)
    found = lines(
        case.around, limb.rows, case.position, every[seen], gone, prefer=prefer, roll=limb.rolls, level=level
    )
    if not found:
        return _closed(case, limb, prefer, hit)
    best = _best_of(case, limb, found, gone, prefer, sources)
    if limb.upper_arm is not None and best.depth is not None and best.depth > limb.length:
        # So deep that the elbow goes in too: the whole arm is one line.
        deeper = best_way(case, limb.stretched(), prefer, sources=sources, skip=skip)
        if deeper.proven or not best.proven:
            return deeper
    return best


def best_bent(case: Case, limb: Limb, straight: Way, sources: FloatArray) -> Way:
    """With a bent wrist, where the straight arm does not get there; the straight way if that finds nothing."""
    from immersive.checks._access_bent import bent_arm

    def outside(places: FloatArray) -> NDArray[np.bool_]:
        if len(sources) == 0:
            return np.ones(len(places), bool)
        return _links(case, places, sources, 0.5 * case.sizes.trunk_depth, case.skip).distance > 0.0

    every = sphere_directions(DIRECTIONS)
    if case.axis is not None:
        every = every[every @ case.axis >= _FROM_AXIS]
    found = bent_arm(case, limb, every, outside, case.skip)
    if found is None or (straight.room >= 0.0 and not found.proven):
        return straight
    away = found.shoulder - case.position
    far = float(np.sqrt(away @ away))
    line = replace(straight.line, direction=away / far)
    bodies = (found.body,) if found.body >= 0 else ()
    return Way(
        limb,
        line,
        found.free,
        found.need,
        found.room >= ENOUGH - 1e-9,
        far,
        found.proven,
        None,
        bodies,
        found,
    )


def _best_of(
    case: Case,
    limb: Limb,
    found: list[Line],
    gone: NDArray[np.uint8],
    prefer: FloatArray,
    sources: FloatArray,
) -> Way:
    """The line of those found that is proven and short enough, or else comes nearest to it."""
    best: Way | None = None
    for line in found:
        if best is not None and line.room < 0.0:
            break
        way = _along(case, limb, line, gone, prefer, sources)
        if way.proven and _deep_enough(way):
            return way
        if best is None or (way.proven, _deep_enough(way)) > (best.proven, _deep_enough(best)):
            best = way
    assert best is not None
    return best


def _deep_enough(way: Way) -> bool:
    return way.limb.reach is None or (way.depth is not None and way.depth <= way.limb.reach)


def _along(
    case: Case, limb: Limb, line: Line, skip: NDArray[np.uint8], prefer: FloatArray, sources: FloatArray
) -> Way:
    free, need = size_at(case, limb, line)
    bodies = [line.body] if line.body >= 0 else []
    depth: float | None = 0.0
    if limb.trunk > 0.0:
        depth = first_fit(case, line.direction, limb, sources, skip)
    way = Way(limb, line, free, need, line.room >= ENOUGH - 1e-9, depth, False, None, tuple(bodies))
    if line.room < 0.0:
        return way
    out = depth if depth is not None else (limb.reach or 0.0)
    entry = entry_line(case)
    if limb.trunk == 0.0 and limb.kind != "body_upright":
        out = max(entry[1] if entry is not None else 0.0, limb.length)
    if len(limb.sleeves):
        capsules = placed(limb.corridor(limb.length + out), case.position, line.turn[None])[0]
        gap = distances(case.around, capsules, skip, inside=True)
        tight = int(np.argmin(gap.distance))
        if gap.distance[tight] < 0.0:
            return replace(way, bodies=(*bodies, int(gap.body[tight])))
        if gap.distance[tight] < line.room:
            sleeve = float(2.0 * limb.sleeves[tight, 2])
            way = replace(
                way,
                need=sleeve,
                free=sleeve + 2.0 * float(gap.distance[tight]),
                at_least=False,
                bodies=(int(gap.body[tight]), *bodies),
            )
    if not _linked(case, limb, line.direction[None], sources, skip)[0][0]:
        return way
    if limb.upper_arm is None:
        return replace(way, proven=True)
    bend = _upper_arm(case, limb, line, skip, out, prefer, sources)
    return way if bend is None else replace(way, proven=True, upper_arm=bend)


def first_fit(
    case: Case, direction: FloatArray, limb: Limb, sources: FloatArray, skip: NDArray[np.uint8]
) -> float | None:
    """Metres outwards along a line to where the chest fits, out in the open: there it sees a source. None: nowhere.

    Where it begins to fit is exact; that a spot is missed is possible only where the chest has room over less than
    ``_SPOTS``.
    """
    most = (limb.reach or 0.0) + BEYOND
    along = np.arange(0.0, most, _SPOTS)
    spots = case.position + along[:, None] * direction
    balls = np.concatenate([spots, spots, np.full((len(spots), 2), limb.trunk)], axis=1)
    free = distances(case.around, balls, skip, limit=1e-3).distance > 0.0
    if len(sources) and free.any():
        free[free] = _links(case, spots[free], sources, limb.trunk, skip).distance > 0.0
    if not free.any():
        return None
    at = float(along[int(np.argmax(free))])
    for _ in range(400):
        spot = case.position + at * direction
        ball = np.concatenate([spot, spot, [limb.trunk, limb.trunk]])
        gap = float(distances(case.around, ball, skip, limit=_SPOTS).distance[0])
        if gap < 1e-6 or at <= 0.0:
            break
        at = max(at - min(gap, _SPOTS), 0.0)
    return at


def _linked(
    case: Case, limb: Limb, directions: FloatArray, sources: FloatArray, skip: NDArray[np.uint8]
) -> tuple[NDArray[np.bool_], int]:
    """(n,) whether a limb along a line comes from a source, and a part that hides one.

    The elbow, or the shoulder of the stretched arm, has to see a source past all parts, as thick as the forearm.
    """
    if len(sources) == 0 or len(directions) == 0:
        return np.ones(len(directions), bool), -1
    radius = float(limb.sleeves[:, 2].max()) if len(limb.sleeves) else 0.0
    ends = [limb.length] + ([limb.length + limb.upper_arm[0]] if limb.upper_arm is not None else [])
    seen = np.zeros(len(directions), bool)
    hidden = -1
    for end in ends:
        outer = case.position + end * directions
        if end > limb.length:
            thin = np.zeros((len(outer), 8))
            thin[:, :3], thin[:, 3:6] = case.position + 0.5 * limb.length * directions, outer
            straight = distances(case.around, thin, skip, limit=1e-3).distance > 1e-6
        else:
            straight = np.ones(len(outer), bool)
        found = _links(case, outer, sources, radius, skip)
        if hidden < 0 and (found.distance <= 0.0).any():
            hidden = int(found.body[found.distance <= 0.0][0])
        seen |= straight & (found.distance > 0.0)
    return seen, hidden


def _links(
    case: Case, places: FloatArray, sources: FloatArray, radius: float, skip: NDArray[np.uint8]
) -> CapsuleDistances:
    """Room of a thick line from each place (n, 3) to the source nearest to it, thinner where the source is tight."""
    dots = np.concatenate([sources, sources, np.zeros((len(sources), 2))], axis=1)
    clear = np.minimum(distances(case.around, dots, skip, limit=radius + 1e-3).distance, radius)
    gap = places[:, None] - sources[None]
    nearest = np.einsum("nsi,nsi->ns", gap, gap).argmin(axis=1)
    rows = np.empty((len(places), 8))
    rows[:, :3], rows[:, 3:6] = places, sources[nearest]
    rows[:, 6], rows[:, 7] = radius, 0.9 * np.maximum(clear[nearest], 0.0)
    return distances(case.around, rows, skip, limit=1e-3)


def _closed(case: Case, limb: Limb, prefer: FloatArray, hit: int) -> Way:
    """Nothing leads in: no line's outer end sees where the limb comes from."""
    k = int(np.argmax(limb.rows[:, 6:].max(axis=1)))
    need = 2.0 * float(limb.rows[k, 6:].max())
    nowhere = np.full(3, np.nan)
    turn = turns(prefer[None], np.zeros(1))[0]
    line = Line(prefer, 0.0, turn, -0.5 * need, -1, -1, nowhere, nowhere)
    return Way(limb, line, 0.0, need, False, None, False, None, (hit,) if hit >= 0 else ())


def _upper_arm(
    case: Case,
    limb: Limb,
    line: Line,
    skip: NDArray[np.uint8],
    out: float,
    prefer: FloatArray,
    sources: FloatArray,
) -> FloatArray | None:
    """A direction of the upper arm that is free here and all the way out; None: none of those tried."""
    assert limb.upper_arm is not None
    length, low, high = limb.upper_arm
    around = np.arange(_AROUND) * (2.0 * math.pi / _AROUND)
    bends = np.repeat(_ELBOW, _AROUND)
    spins = np.tile(around, len(_ELBOW))
    local = np.stack([np.sin(bends) * np.cos(spins), np.sin(bends) * np.sin(spins), np.cos(bends)], axis=1)[
        _AROUND - 1 :
    ]
    along = local @ line.turn.T
    elbow = case.position + limb.length * line.direction
    rows = np.empty((len(along), 2, 8))
    rows[:, 0, :3] = elbow
    rows[:, 0, 3:6] = elbow + length * along
    rows[:, 0, 6], rows[:, 0, 7] = low, high
    rows[:, 1, :3] = rows[:, 1, 3:6] = elbow + length * along
    rows[:, 1, 6:] = limb.trunk
    rows[:, :, 6:] += case.uncertainty
    static = distances(case.around, rows, skip, limit=0.01, inside=True).distance.reshape(len(along), 2)
    good = np.flatnonzero(static.min(axis=1) > 0.0)
    if len(good) and len(sources):
        # The shoulder is where a person is: outside, not behind the wall that the arm would reach through.
        girth = 0.5 * case.sizes.trunk_depth
        good = good[_links(case, rows[good, 1, :3], sources, girth, skip).distance > 0.0]
    if len(good) == 0:
        return None
    # Where the shoulder would rather be comes first; a few are followed all the way out.
    shoulder = limb.length * line.direction + length * along[good]
    order = good[
        np.argsort(-np.round(shoulder @ prefer / np.linalg.norm(shoulder, axis=1), 6), kind="stable")
    ]
    for start in range(0, len(order), 8):
        some = order[start : start + 8]
        gone, _ = free_length(case.around, rows[some], line.direction, out, skip)
        free = np.flatnonzero(gone >= out - 1e-9)
        if len(free):
            return np.asarray(along[some[free[0]]])
    return None
