"""Doors and drawers beside a walkway: shut, open, and wherever the leaf may stand in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._floor import crossed
from immersive.findings import Text, text
from immersive.scene.model import Part, Scene
from immersive.scene.motion import Joint, Mechanism
from immersive.scene.safeguarding import Door
from immersive.scene.station import Walkway
from immersive.units import degrees, mm

FloatArray = NDArray[np.float64]

TOLERANCE: Final = 1e-3
"""Metres to which the least width over all positions of a leaf is searched."""
_MOST: Final = 400
_TILTED: Final = 33
"""Positions looked at of what neither turns about an upright axis nor slides level: no bound is proven there."""


@dataclass(frozen=True, eq=False)
class Mover:
    """A door or a one-joint mechanism.

    Attributes:
        machine: As the scene has it.
        joint: The one that moves.
        end: Position at which it is open, the layout's being shut.
        door: What the layout says, if it is a door.
    """

    machine: Mechanism
    joint: Joint
    end: float
    door: Door | None

    @property
    def id(self) -> str:
        return self.machine.id

    @property
    def rest(self) -> float:
        return float(self.machine.rest[0])

    @cached_property
    def axis(self) -> FloatArray:
        """(2, 3) a point of the joint's axis, and its direction, in the world."""
        pose = self.machine.link_poses(self.machine.rest)[0, self.joint.parent] @ self.joint.parent_from_joint
        return np.stack([pose[:3, 3], pose[:3, :3] @ self.joint.axis])

    @property
    def level(self) -> bool:
        """Whether every point keeps its height, so that a bound on the sweep is proven."""
        upright = abs(float(self.axis[1, 2]))
        return upright > 1.0 - 1e-9 if self.joint.kind == "turn" else upright < 1e-9

    def at(self, share: float, /) -> dict[str, FloatArray]:
        """(4, 4) world from rest of its moving parts, opened by a share."""
        position = self.rest + share * (self.end - self.rest)
        poses = self.machine.world_from_rest(np.array([[position]]))[0]
        links = self.machine.moved_links()
        return {id_: poses[link] for id_, link in self.machine.parts.items() if link in links}

    def words(self, share: float, /) -> Text:
        """How it stands."""
        if share == 0.0:
            return text("with {id} shut", "avec {id} en position fermée", id=self.id)
        if share == 1.0:
            return text("with {id} open", "avec {id} en position ouverte", id=self.id)
        travel = abs(share * (self.end - self.rest))
        how = degrees(travel) if self.joint.kind == "turn" else mm(travel)
        return text("with {id} open by {how}", "avec {id} entrouvert de {how}", id=self.id, how=how)


def movers(scene: Scene, doors: Iterable[Door], /) -> tuple[Mover, ...]:
    """Doors with a leaf, and mechanisms of one joint with limits."""
    by_id = {door.id: door for door in doors}
    found = []
    for machine in scene.mechanisms:
        if machine.origin == "robots" or len(machine.coordinates) != 1:
            continue
        joint = next(j for j in machine.joints if j.coordinate == 0)
        if joint.lower is None or joint.upper is None:
            continue
        rest = float(machine.rest[0])
        end = joint.upper if abs(joint.upper - rest) >= abs(joint.lower - rest) else joint.lower
        found.append(Mover(machine, joint, float(end), by_id.get(machine.id)))
    return tuple(found)


def moved(parts: Iterable[Part], poses: dict[str, FloatArray], /) -> tuple[Part, ...]:
    """The parts with those of ``poses`` carried along."""
    return tuple(
        replace(part, world_from_mesh=poses[part.id] @ part.world_from_mesh) if part.id in poses else part
        for part in parts
    )


def walked_through(movers_: Sequence[Mover], walkway: Walkway, /) -> tuple[Mover, ...]:
    """Doors that the walkway itself leads through: whoever walks there opens them."""
    path = np.asarray(walkway.path, np.float64)
    doors = {door.id for door in crossed([m.door for m in movers_ if m.door is not None], path)}
    return tuple(m for m in movers_ if m.id in doors)


def beside(movers_: Sequence[Mover], parts: Sequence[Part], box: FloatArray, /) -> tuple[Mover, ...]:
    """Movers that get into a box (2, 3) somewhere on their way."""
    known = {part.id: part for part in parts}
    found = []
    for mover in movers_:
        lower, upper = np.full(3, np.inf), np.full(3, -np.inf)
        shares = np.linspace(0.0, 1.0, 9)
        corners: list[FloatArray] = []
        for share in shares:
            boxes = [
                p.bounds
                for p in moved((known[i] for i in mover.at(0.0) if i in known), mover.at(float(share)))
            ]
            here = [b for b in boxes if b is not None]
            if here:
                stacked = np.stack(here)
                corners.append(np.stack([stacked[:, 0].min(axis=0), stacked[:, 1].max(axis=0)]))
        if not corners:
            continue
        every = np.stack(corners)
        lower, upper = every[:, 0].min(axis=0), every[:, 1].max(axis=0)
        # Between two of the samples a point may bulge out of both boxes by the sagitta of its arc.
        reach = float(np.linalg.norm((upper - lower)[:2])) if mover.joint.kind == "turn" else 0.0
        bulge = reach * (1.0 - np.cos(abs(mover.end - mover.rest) / 16.0)) if reach else 0.0
        if (lower - bulge <= box[1]).all() and (upper + bulge >= box[0]).all():
            found.append(mover)
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Worst:
    """The position of one leaf at which a walkway is narrowest.

    Attributes:
        share: 0 … 1 of the way.
        bound: Proven least width anywhere on the way, metres; the width at ``share`` is at most
            ``tolerance`` above it.
        tolerance: Metres; inf where nothing is proven (tilting motions).
    """

    share: float
    bound: float
    tolerance: float


def worst_position(
    mover: Mover,
    parts: Sequence[Part],
    width: Callable[[FloatArray], float],
    /,
    *,
    bottom: float,
    top: float,
) -> Worst:
    """Where the leaf leaves least width.

    Args:
        mover: Which.
        parts: Its moving parts as the layout shows them.
        width: Free width with (T, 3, 3) triangles added to all that stands still.
        bottom, top: World heights between which things are in the way.
    """

    def triangles(share: float) -> FloatArray:
        poses = mover.at(share)
        return np.concatenate([part.world_triangles() for part in moved(parts, poses)])

    if not mover.level:
        shares = np.linspace(0.0, 1.0, _TILTED)
        widths = [width(triangles(float(s))) for s in shares]
        k = int(np.argmin(widths))
        return Worst(float(shares[k]), widths[k], np.inf)
    at_rest = np.concatenate([part.world_triangles() for part in parts])
    inside = (at_rest[..., 2].max(axis=1) > bottom) & (at_rest[..., 2].min(axis=1) < top)
    points = np.unique(at_rest[inside][..., :2].reshape(-1, 2), axis=0)
    if not len(points):
        return Worst(0.0, width(at_rest), 0.0)
    middle = 0.5 * (bottom + top)
    groups = [points] if len(points) < 3 else _split(points)

    def cover(a: float, b: float) -> FloatArray:
        """Flat triangles that hold all that the leaf sweeps between two shares."""
        made = [_fan(_swept(mover, group, a, b), middle) for group in groups]
        return np.concatenate(made)

    best_share, best = 0.0, np.inf
    for share in (0.0, 1.0):
        value = width(triangles(share))
        if value < best:
            best_share, best = share, value
    waiting = [(width(cover(0.0, 1.0)), 0.0, 1.0)]
    proven = np.inf
    for _ in range(_MOST):
        if not waiting:
            break
        waiting.sort(reverse=True)
        low, a, b = waiting.pop()
        if low >= best - TOLERANCE:
            proven = min(proven, low)
            break
        m = 0.5 * (a + b)
        value = width(triangles(m))
        if value < best:
            best_share, best = m, value
        waiting += [(width(cover(a, m)), a, m), (width(cover(m, b)), m, b)]
    bound = min(best, min((low for low, *_ in waiting), default=np.inf), proven)
    return Worst(best_share, bound, max(0.0, best - bound))


def _split(points: FloatArray) -> list[FloatArray]:
    """A leaf's points in a few pieces along its length, whose hulls are slimmer than that of all."""
    spread = points - points.mean(axis=0)
    along = np.linalg.svd(spread, full_matrices=False)[2][0]
    place = spread @ along
    knots = np.linspace(place.min(), place.max(), 5)
    hulls = _hull(points)
    # The hull's own sides are cut at the knots, so that the pieces together hold the whole leaf.
    pieces = []
    ring = np.concatenate([hulls, hulls[:1]])
    s = (ring - points.mean(axis=0)) @ along
    for low, high in pairwise(knots.tolist()):
        own = [p for p, t in zip(ring[:-1], s[:-1], strict=True) if low <= t <= high]
        for k in range(len(ring) - 1):
            for limit in (low, high):
                if (s[k] - limit) * (s[k + 1] - limit) < 0.0:
                    t = (limit - s[k]) / (s[k + 1] - s[k])
                    own.append(ring[k] + t * (ring[k + 1] - ring[k]))
        if own:
            pieces.append(np.array(own))
    return pieces or [points]


def _hull(points: FloatArray) -> FloatArray:
    from immersive.geometry.vehicle_ways import hull

    made = hull(points)
    return np.asarray(made if len(made) > 2 else points, np.float64)


def _swept(mover: Mover, points: FloatArray, a: float, b: float) -> FloatArray:
    """Convex polygon that holds plan points on their way between two shares."""
    origin, axis = mover.axis
    span = mover.end - mover.rest
    if mover.joint.kind == "slide":
        return _hull(np.concatenate([points + share * span * axis[:2] for share in (a, b)]))
    centre = origin[:2]
    sign = 1.0 if axis[2] > 0.0 else -1.0
    low, high = sign * span * a, sign * span * b
    half = 0.5 * abs(high - low)
    if half >= 1.2:
        # Too far for a tangent polygon: the disc of the farthest point holds everything.
        radius = float(np.linalg.norm(points - centre, axis=1).max()) / np.cos(np.pi / 16.0)
        turn = np.arange(16) * np.pi / 8.0
        return np.asarray(centre + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    rel = points - centre
    made = []
    for angle, grow in ((low, 1.0), (high, 1.0), (0.5 * (low + high), 1.0 / np.cos(half))):
        c, s = np.cos(angle), np.sin(angle)
        made.append(centre + grow * rel @ np.array([[c, s], [-s, c]]))
    return _hull(np.concatenate(made))


def _fan(polygon: FloatArray, z: float) -> FloatArray:
    """(T, 3, 3) flat triangles over a convex polygon (a line gives a needle)."""
    corners = np.column_stack([polygon, np.full(len(polygon), z)])
    if len(corners) < 3:
        corners = np.concatenate([corners, corners[-1:], corners[-1:]])[:3]
    count = len(corners) - 2
    fan = np.empty((count, 3, 3))
    fan[:, 0], fan[:, 1], fan[:, 2] = corners[0], corners[1:-1], corners[2:]
    return fan
