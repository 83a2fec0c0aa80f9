"""What stands on a floor between two heights, as obstacles on the plan; doors shut or open.

Checks on ways share it within a run (``Context.memo``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context
from immersive.geometry.tolerance import TOUCH
from immersive.scene.model import Part, Role, Scene
from immersive.scene.motion import Mechanism
from immersive.scene.safeguarding import Door

if TYPE_CHECKING:
    from immersive.geometry.clearance_map import ClearanceMap
    from immersive.geometry.plan_index import PlanIndex
    from immersive.geometry.section import Pieces

FloatArray = NDArray[np.float64]

EDGE: Final = -1
"""Owner of the four edges of the floor."""
GROUND: Final = 0.004
"""Metres above the floor from which things count: ISO 14122-2's difference of level, as for walkways."""
SEARCH: Final = 3.1
"""Metres above the floor up to which head height is looked for."""
OUTSIDE: Final = 1.5
"""Metres of free floor taken for granted around the parts where the layout has no part with the role floor."""


@dataclass(frozen=True, eq=False)
class Floor:
    """Obstacles on the plan. Heights are of the world.

    Attributes:
        parts: ``index.owner`` counts these; :data:`EDGE` is the edge of the floor.
        index: Everything between ground and ``top`` that is not stepped over.
        pieces: The same and what hangs above, in space.
        lower, upper: (2,) corners of the floor.
        level: Height of the floor.
        top: Height up to which things are in the way.
        stepped: Parts that are stepped (or rolled) over, with their height above the floor.
        known: False where the layout has no floor part and the extent is a guess.
        maps: Clearances that were asked for, by the step of their lattice.
    """

    parts: tuple[Part, ...]
    index: PlanIndex
    pieces: Pieces
    lower: FloatArray
    upper: FloatArray
    level: float
    top: float
    stepped: tuple[tuple[Part, float], ...]
    known: bool
    maps: dict[float, ClearanceMap] = field(default_factory=dict, repr=False)

    def name(self, owner: int, /) -> str:
        """Id of an owner; ``""`` for the edge of the floor."""
        return "" if owner < 0 else self.parts[owner].id

    def uncertainty(self, owners: Iterable[int], /) -> float:
        """Sum of what is stated of the surfaces of these owners, metres."""
        return sum(self.parts[k].uncertainty for k in owners if k >= 0)

    def doubt(self, way: FloatArray, reach: float, /) -> float:
        """Twice the largest stated uncertainty of a part whose box is within ``reach`` of a way (K, 2), metres."""
        worst = 0.0
        for part in self.parts:
            box = part.bounds
            if part.uncertainty <= worst or box is None:
                continue
            lower, upper = box[0, :2] - reach - part.uncertainty, box[1, :2] + reach + part.uncertainty
            low, high = np.minimum(way[:-1], way[1:]), np.maximum(way[:-1], way[1:])
            if ((low <= upper) & (high >= lower)).all(axis=1).any():
                worst = part.uncertainty
        return 2.0 * worst

    @cached_property
    def over(self) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
        """(Q, 12, 2) padded plan polygons of what is above ``top``, (Q,) its lowest height, (Q,) owner."""
        high = np.flatnonzero(self.pieces.high > self.top + TOUCH)
        counts = np.diff(self.pieces.start)
        widest = int(counts[high].max(initial=1))
        at = self.pieces.start[high][:, None] + np.minimum(np.arange(widest), counts[high][:, None] - 1)
        low = np.maximum(self.pieces.low[high], self.top)
        return self.pieces.points[at][..., :2], low, self.pieces.owner[high]

    def map(self, step: float, cap: float, /, through: FloatArray | None = None) -> ClearanceMap:
        """Clearances of the whole floor, kept; ``cap`` is how far they are looked for at least.

        A map with a place exactly at ``through`` is made anew each time.
        """
        from immersive.geometry.clearance_map import ClearanceMap

        lower, upper = self.lower + 1e-9, self.upper - 1e-9
        if through is not None:
            return ClearanceMap.over(self.index, lower, upper, step=step, cap=cap, through=through)
        made = self.maps.get(step)
        if made is None or made.cap < cap:
            made = self.maps[step] = ClearanceMap.over(self.index, lower, upper, step=step, cap=cap)
        return made

    def without(self, owners: Iterable[int], /) -> Floor:
        """The same floor with the parts of these owners taken away."""
        from immersive.geometry.plan_index import PlanIndex

        keep = ~np.isin(self.index.owner, list(owners))
        counts = np.diff(self.index.start)
        index = PlanIndex(
            self.index.corners[np.repeat(keep, counts)],
            np.concatenate([[0], np.cumsum(counts[keep])]),
            self.index.owner[keep],
        )
        return replace(self, index=index, maps={})

    def head_height(self, way: FloatArray, radius: float, /) -> tuple[float, int]:
        """Free height over a way (K, 2) of a disc, metres above the floor, and the owner of what limits it.

        The owner is :data:`EDGE` where nothing is found up to :data:`SEARCH`.
        """
        from immersive.geometry.plan_index import PlanIndex

        polygons, low, owner = self.over
        lower, upper = way.min(axis=0) - radius, way.max(axis=0) + radius
        near = ((polygons.min(axis=1) <= upper) & (polygons.max(axis=1) >= lower)).all(axis=1)
        if not near.any():
            return SEARCH, EDGE
        ends = np.stack([way[:-1], way[1:]], axis=1).reshape(-1, 2) if len(way) > 1 else way
        each = 2 if len(way) > 1 else 1
        count = len(ends) // each
        path = PlanIndex(ends, each * np.arange(count + 1), np.zeros(count, np.int64))
        found = path.nearest(polygons[near], max(radius - TOUCH, TOUCH)).which >= 0
        if not found.any():
            return SEARCH, EDGE
        best = np.flatnonzero(near)[found]
        k = best[int(np.argmin(low[best]))]
        return float(low[k]) - self.level, int(owner[k])

    def inside(self, point: FloatArray, /) -> Part | None:
        """The closed solid that holds a point of the plan half-way up, if any."""
        from immersive.geometry.winding import winding_number

        at = np.append(point, 0.5 * (self.level + self.top))
        for part in self.parts:
            box = part.bounds
            if box is None or part.role in (Role.WALL, Role.CEILING, Role.FLOOR):
                continue
            if (at > box[0]).all() and (at < box[1]).all():
                turns = winding_number(part.world_triangles(), at)
                if turns > 0.5 and abs(turns - round(turns)) < 1e-6:
                    return part
        return None


def openable(scene: Scene) -> dict[str, Mechanism]:
    """Mechanism of each door that has a leaf."""
    return {one.id: one for one in scene.mechanisms if one.origin == "doors"}


def opened_poses(scene: Scene, doors: Iterable[str], share: float = 1.0, /) -> dict[str, FloatArray]:
    """(4, 4) world from rest of the parts of these doors, opened by a share of their way."""
    poses: dict[str, FloatArray] = {}
    machines = openable(scene)
    for id_ in sorted(set(doors)):
        if id_ in machines:
            poses |= poses_at(machines[id_], share)
    return poses


def poses_at(machine: Mechanism, share: float, /) -> dict[str, FloatArray]:
    """(4, 4) world from rest of what a one-joint mechanism moves, at a share 0 … 1 of its way."""
    joint = next(joint for joint in machine.joints if joint.coordinate == 0)
    lower, upper = joint.lower or 0.0, joint.upper or 0.0
    moved = machine.world_from_rest(np.array([[lower + share * (upper - lower)]]))[0]
    links = machine.moved_links()
    return {id_: moved[link] for id_, link in machine.parts.items() if link in links}


def moved_triangles(part: Part, pose: FloatArray | None, /) -> FloatArray:
    """(F, 3, 3) corners in the world, carried along by ``pose``."""
    triangles = part.world_triangles()
    return triangles if pose is None else triangles @ pose[:3, :3].T + pose[:3, 3]


def floor_of(
    context: Context,
    /,
    *,
    level: float,
    height: float,
    over: float,
    opened: Iterable[str] = (),
    ignored: Iterable[str] = (),
) -> Floor:
    """The floor at a height with its obstacles, kept for the run.

    Args:
        context: Of the check.
        level: Height of the floor in the world.
        height: Of who goes there, metres.
        over: Parts lower than this everywhere are stepped or rolled over.
        opened: Ids of the doors that stand open.
        ignored: Ids of parts that do not count.
    """
    doors, left_out = frozenset(opened), frozenset(ignored)
    key = ("floor", level, height, over, doors, left_out)
    if key not in context.memo:
        context.memo[key] = _make(context, level, height, over, doors, left_out)
    made: Floor = context.memo[key]
    return made


def floor_corners(context: Context, level: float) -> FloatArray | None:
    """(2, 2) corners on the plan of the floor parts at a level, metres; None where the layout draws no floor."""
    scene = context.scene
    floors = [
        part.bounds
        for part in scene
        if part.bounds is not None and part.role == Role.FLOOR and abs(part.bounds[1, 2] - level) < 0.1
    ]
    widest = max(((b[1] - b[0])[:2].prod() for b in floors), default=0.0)
    everything = scene.bounds
    # A mat is no hall: of a floor a good part of the cell is asked.
    if everything is None or widest <= 0.3 * float((everything[1] - everything[0])[:2].prod()):
        return None
    corners = np.array([corner[:2] for box in floors for corner in box])
    return np.stack([corners.min(axis=0), corners.max(axis=0)])


def _extent(context: Context, level: float) -> tuple[FloatArray, FloatArray, bool]:
    """Corners of the floor on the plan, and whether the layout says where it is."""
    scene, station = context.scene, context.station
    drawn = floor_corners(context, level)
    points: list[Any] = [s.position[:2] for s in station.workstations]
    points += [p for w in station.walkways for p in w.path]
    points += [p for r in station.routes for p in (r.start, *r.via, r.end)]
    known = drawn is not None
    boxes = [part.bounds for part in scene if part.bounds is not None]
    corners = list(drawn) if drawn is not None else [corner[:2] for box in boxes for corner in box]
    margin = 0.0 if known else OUTSIDE
    stacked = np.array(corners) if corners else np.zeros((1, 2))
    lower, upper = stacked.min(axis=0) - margin, stacked.max(axis=0) + margin
    for door in station.doors:
        if door.exit:
            # It goes on beyond an exit.
            at = np.array(door.position[:2], np.float64)
            lower, upper = np.minimum(lower, at - OUTSIDE), np.maximum(upper, at + OUTSIDE)
    if points:
        # Whoever is asked to be somewhere stands on something there.
        around = np.array(points, np.float64)
        lower, upper = (
            np.minimum(lower, around.min(axis=0) - 0.6),
            np.maximum(upper, around.max(axis=0) + 0.6),
        )
    return lower, upper, known


def _pieces(
    parts: list[Part], blocks: list[FloatArray], box: tuple[FloatArray, FloatArray], level: float
) -> Any:
    from immersive.geometry.section import strip_pieces
    from immersive.geometry.strip import mitred_strip

    (x0, y0), (x1, y1) = box
    middle = 0.5 * (y0 + y1)
    strip = mitred_strip([(x0, middle), (x1, middle)], y1 - y0)
    return strip_pieces(
        np.concatenate(blocks) if blocks else np.empty((0, 3, 3)),
        np.repeat(np.arange(len(parts)), [len(block) for block in blocks]),
        strip,
        bottom=level + GROUND,
        top=level + SEARCH,
    )


def _make(
    context: Context, level: float, height: float, over: float, doors: frozenset[str], ignored: frozenset[str]
) -> Floor:
    from immersive.geometry.plan_index import PlanIndex
    from immersive.geometry.section import Pieces, footprint

    scene = context.scene
    lower, upper, known = _extent(context, level)
    machines = openable(scene)
    leaves = {id_ for one in machines.values() for id_ in one.parts}
    key = ("floor-pieces", level, ignored)
    if key not in context.memo:
        still = [
            part
            for part in scene
            if part.id not in ignored
            and part.id not in leaves
            and part.bounds is not None
            and part.bounds[1, 2] > level + GROUND
            and part.bounds[0, 2] < level + SEARCH
        ]
        context.memo[key] = (
            still, _pieces(still, [p.world_triangles() for p in still], (lower, upper), level)
        )  # fmt: skip
    still, fixed = context.memo[key]
    poses = opened_poses(scene, doors)
    moving = [p for p in scene if p.id in leaves and p.id not in ignored and p.bounds is not None]
    parts = (*still, *moving)
    pieces = fixed
    if moving:
        swung = _pieces(moving, [moved_triangles(p, poses.get(p.id)) for p in moving], (lower, upper), level)
        pieces = Pieces(
            np.concatenate([fixed.points, swung.points]),
            np.concatenate([fixed.start, fixed.start[-1] + swung.start[1:]]),
            np.concatenate([fixed.owner, swung.owner + len(still)]),
            np.concatenate([fixed.leg, swung.leg]),
            np.concatenate([fixed.low, swung.low]),
            np.concatenate([fixed.high, swung.high]),
        )
    tops = np.full(len(parts), -np.inf)
    np.maximum.at(tops, pieces.owner, pieces.high)
    low = np.isfinite(tops) & (tops <= level + over + TOUCH)
    stepped = tuple((parts[k], float(tops[k]) - level) for k in np.flatnonzero(low))
    pieces = pieces.keep(~low[pieces.owner])
    flat, begin, which = footprint(pieces, level + height)
    (x0, y0), (x1, y1) = lower, upper
    edges = np.array([[x0, y0], [x1, y0], [x1, y0], [x1, y1], [x1, y1], [x0, y1], [x0, y1], [x0, y0]])
    index = PlanIndex(
        np.concatenate([edges, flat]),
        np.concatenate([2 * np.arange(4), 8 + begin]),
        np.concatenate([np.full(4, EDGE), pieces.owner[which]]),
    )
    return Floor(parts, index, pieces, lower, upper, level, level + height, stepped, known)


def crossed(doors: Iterable[Door], way: FloatArray, /) -> tuple[Door, ...]:
    """The doors whose threshold a way (K, 2) crosses, in the order it does."""
    found: list[tuple[int, float, Door]] = []
    for door in doors:
        along = np.array([np.cos(door.heading), np.sin(door.heading)])
        across = np.array([-along[1], along[0]])
        rel = way - np.asarray(door.position[:2])
        ahead, side = rel @ along, rel @ across
        for k in np.flatnonzero((ahead[:-1] < 0.0) != (ahead[1:] < 0.0)):
            t = ahead[k] / (ahead[k] - ahead[k + 1])
            if abs(side[k] + t * (side[k + 1] - side[k])) <= 0.5 * door.width:
                found.append((int(k), float(t), door))
    return tuple(dict.fromkeys(door for _, _, door in sorted(found, key=lambda f: f[:2])))
