"""What a hazard zone is in space: bodies at rest, a box, or the places where moving parts get.

A motion is sampled per part so densely that no point of the part is ever farther than ``margin`` from where a
sample shows it: a distance to the samples, less the margin, is a proven lower bound on the distance to all that
the motion sweeps; a distance to the samples is an upper bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context
from immersive.findings import Skipped, Text, text
from immersive.scene.model import Part, Scene
from immersive.scene.queries import select, unmatched
from immersive.scene.safeguarding import HazardZone

if TYPE_CHECKING:
    from immersive.geometry.bodies import Body, Pack
    from immersive.geometry.chains import Chain
    from immersive.scene.motion import Motion

FloatArray = NDArray[np.float64]
Samples = tuple[FloatArray, FloatArray, FloatArray]
"""Times (n,), (n, 4, 4) world from rest at each, and how far the body gets from there until the next (n,)."""

MARGIN = 0.01
"""Metres; ten millimetres are small against every safety distance to something that moves."""
MOST = 4000
"""Bodies of one zone: beyond it the samples are spread wider and the margin says so."""


@dataclass(frozen=True, eq=False)
class Hazard:
    """A hazard zone in space, world, metres.

    Attributes:
        zone: What the layout says.
        bodies: At least one, or nothing could be made of the zone (see ``missing``).
        ids: Part id of each body; ``""`` for the zone's box.
        times: (B,) second of the motion that a body shows; NaN where it stands still.
        margins: (B,) no point of the part gets farther from its samples than this; 0 where it stands still.
        uncertainty: (B,) bound on the distance of each body's triangles from the true surface.
        missing: What could not be made and why; the zone is incomplete if there is any.
    """

    zone: HazardZone
    bodies: tuple[Body, ...]
    ids: tuple[str, ...]
    times: FloatArray
    margins: FloatArray
    uncertainty: FloatArray
    missing: tuple[Skipped, ...] = ()

    @property
    def margin(self) -> float:
        """The largest of ``margins``."""
        return float(self.margins.max(initial=0.0))

    @cached_property
    def pack(self) -> Pack:
        """The bodies for distance queries."""
        from immersive.geometry.bodies import pack

        return pack(self.bodies)

    @cached_property
    def bounds(self) -> FloatArray:
        """(2, 3) box of all that the zone is, margins included."""
        boxes = self.pack.bounds
        lower = (boxes[:, :3] - self.margins[:, None]).min(axis=0)
        upper = (boxes[:, 3:] + self.margins[:, None]).max(axis=0)
        return np.stack([lower, upper])

    def corners(self, k: int, /) -> FloatArray:
        """(F, 3, 3) triangles of body ``k`` in the world."""
        body = self.bodies[k]
        return body.to_world(body.shape.vertices)[body.shape.faces]


def hazard_of(context: Context, zone: HazardZone, /, *, margin: float = MARGIN) -> Hazard:
    """The zone in space.

    Args:
        context: Of the check; the result is kept in its memo.
        zone: One of ``context.station.hazard_zones``.
        margin: How far the true swept region may reach beyond the samples of a motion, metres.
    """
    key = ("hazard", zone.id, float(margin))
    if key not in context.memo:
        context.memo[key] = _make(context.scene, zone, margin)
    made: Hazard = context.memo[key]
    return made


def _make(scene: Scene, zone: HazardZone, margin: float) -> Hazard:
    out = _Collector([], [], [], [], [], [])
    if zone.box is not None:
        out.add_box(zone)
    elif zone.motion:
        _add_motion(scene, zone, margin, out)
    else:
        for part in _selected(scene, zone, out):
            out.add(part)
    return Hazard(
        zone,
        tuple(out.bodies),
        tuple(out.ids),
        np.array(out.times, np.float64),
        np.array(out.margins, np.float64),
        np.array(out.uncertainty, np.float64),
        tuple(out.missing),
    )


@dataclass
class _Collector:
    bodies: list[Body]
    ids: list[str]
    times: list[float]
    margins: list[float]
    uncertainty: list[float]
    missing: list[Skipped]

    def add(self, part: Part) -> None:
        """A part where the layout shows it."""
        from immersive.scene.bodies import body_of

        body = body_of(part)
        if body is None:
            self.lack(part.id, text("it has no triangles", "elle n'a aucun triangle"))
        else:
            self.take(body, part.id, np.nan, 0.0, part.uncertainty)

    def add_box(self, zone: HazardZone) -> None:
        from immersive.geometry import frames, shapes
        from immersive.geometry.bodies import Shapes

        assert zone.box is not None
        lower, upper = np.min(zone.box, axis=0), np.max(zone.box, axis=0)
        size = upper - lower
        if not (size > 0.0).all():
            self.lack(zone.id, text("its box has no volume", "sa boîte n'a aucun volume"))
            return
        made = shapes.box((float(size[0]), float(size[1]), float(size[2])))
        body = Shapes().body(made.vertices, made.faces, frames.translation(0.5 * (lower + upper)))
        assert body is not None
        self.take(body, "", np.nan, 0.0, 0.0)

    def take(self, body: Body, id_: str, time: float, margin: float, uncertainty: float) -> None:
        self.bodies.append(body)
        self.ids.append(id_)
        self.times.append(time)
        self.margins.append(margin)
        self.uncertainty.append(uncertainty)

    def lack(self, subject: str, reason: Text) -> None:
        self.missing.append(Skipped(subject, reason))


def _selected(scene: Scene, zone: HazardZone, out: _Collector) -> tuple[Part, ...]:
    for selector in unmatched(scene, zone.select):
        out.lack(
            zone.id,
            text(
                "its selector {selector} matches no part",
                "son sélecteur {selector} ne désigne aucune pièce",
                selector=repr(selector),
            ),
        )
    return select(scene, zone.select)


def _add_motion(scene: Scene, zone: HazardZone, margin: float, out: _Collector) -> None:
    from immersive.scene.bodies import body_of
    from immersive.scene.trajectories import mechanism_of, motions_named, moving_parts

    asked = {part.id for part in _selected(scene, zone, out)} if zone.select else None
    todo: list[tuple[Motion, Part, int]] = []
    for motion in motions_named(scene, zone.motion):
        mechanism = mechanism_of(scene, motion)
        found = () if mechanism is None else moving_parts(scene, mechanism, motion)
        todo += [(motion, part, link) for part, link in found if asked is None or part.id in asked]
    if asked is not None:
        moved = {part.id for _, part, _ in todo}
        # Selected with the motion, yet not moved by it: a hazard where it stands.
        for part in scene:
            if part.id in asked and part.id not in moved:
                out.add(part)
    if not todo and not out.bodies:
        out.lack(
            zone.id,
            text(
                "the motion {motion} moves no part of it",
                "le mouvement {motion} n'en déplace aucune pièce",
                motion=repr(zone.motion),
            ),
        )
    usable = []
    for motion, part, link in todo:
        body = body_of(part)
        if body is None:
            out.lack(part.id, text("it has no triangles", "elle n'a aucun triangle"))
        else:
            usable.append((motion, part, link, body))
    samples: list[Samples] = []
    while usable:
        samples = _samples(scene, usable, margin)
        if samples:
            break
        margin *= 1.5
    for (_, part, _, body), (times, frames, reach) in zip(usable, samples, strict=True):
        for time, frame, far in zip(times, frames, reach, strict=True):
            moved_body = _placed(body, frame)
            out.take(moved_body, part.id, float(time), float(far), part.uncertainty)


def _samples(scene: Scene, usable: list[tuple[Motion, Part, int, Body]], margin: float) -> list[Samples]:
    """Of each body its samples, in order of time; nothing where they are too many in all."""
    from immersive.geometry.chains import box_corners
    from immersive.scene.trajectories import chain_of, mechanism_of

    motions: dict[int, list[int]] = {}
    for k, (motion, *_) in enumerate(usable):
        motions.setdefault(id(motion), []).append(k)
    made: list[Samples | None] = [None] * len(usable)
    left = MOST
    for own in motions.values():
        motion = usable[own[0]][0]
        mechanism = mechanism_of(scene, motion)
        assert mechanism is not None
        corners = []
        for k in own:
            body = usable[k][3]
            centre, half = body.shape.tree.boxes[0, :3], body.shape.tree.boxes[0, 3:]
            corners.append(body.to_world(box_corners(centre - half, centre + half)))
        links = np.array([usable[k][2] for k in own])
        found = _sampled(chain_of(mechanism, motion), links, np.stack(corners), margin, left)
        if found is None:
            return []
        left -= sum(len(times) for times, _, _ in found)
        for k, one in zip(own, found, strict=True):
            made[k] = one
    return [one for one in made if one is not None]


def _sampled(
    chain: Chain, links: NDArray[np.int64], corners: FloatArray, margin: float, most: int
) -> list[Samples] | None:
    """Samples of the bodies of one motion; None if there are more than ``most``.

    The span of each body is halved until it is short enough; all bodies go through the halves together.
    """
    from immersive.geometry.chains import spans

    starts, ends = chain.times[:1], chain.times[-1:]
    # (n, M) which of the intervals matter to which body.
    waiting = np.ones((1, len(links)), bool)
    kept: list[list[Samples]] = [[] for _ in links]
    count = 0
    while len(starts):
        bodies = np.flatnonzero(waiting.any(axis=0))
        made = spans(chain, links[bodies], corners[bodies], starts, ends)
        middle = 0.5 * (starts + ends)
        long = np.zeros_like(waiting)
        for column, k in enumerate(bodies):
            short = made.reach[:, column] <= margin
            done = np.flatnonzero(waiting[:, k] & short)
            long[:, k] = waiting[:, k] & ~short
            kept[k].append((middle[done], made.frames[done, column], made.reach[done, column]))
            count += len(done)
        if count > most or long.sum(axis=0).max() > MOST:
            return None  # too many already: the caller widens the margin
        again = long.any(axis=1)
        starts, ends = (
            np.concatenate([starts[again], middle[again]]),
            np.concatenate([middle[again], ends[again]]),
        )
        waiting = np.concatenate([long[again], long[again]])
    found = []
    for parts in kept:
        times, frames, reach = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(times, kind="stable")
        found.append((times[order], frames[order], reach[order]))
    return found


def _placed(body: Body, world_from_rest: FloatArray) -> Body:
    from immersive.geometry.bodies import Body

    rotation = world_from_rest[:3, :3]
    return Body(body.shape, rotation @ body.rotation, rotation @ body.origin + world_from_rest[:3, 3])
