"""Where a gap closes: points of moving surfaces followed through the motion, with what they face.

Two gaps are followed for each point: to what is nearest, and to what lies straight ahead of its surface, so that
something near by at the side hides no gap. A place closes while the point's surface faces what is nearest (within 41 degrees) and moves towards it or away
from it (within 78 degrees), and is narrowest where it stops or turns back: what slides past does not crush. Found with points about ``spacing`` apart, then
measured around the narrowest with points and moments ever closer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from immersive.checks._motion_runs import Moving, Run
from immersive.checks._points import point3
from immersive.findings import Point3

if TYPE_CHECKING:
    from immersive.geometry.bodies import Body, Pack

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FACING = 0.75
"""Cosine of 41 degrees between a surface's normal and the way to what is nearest."""
CLOSING = 0.2
"""Cosine of 78 degrees between the way it goes and the way to what is nearest: less is sliding."""
_POINTS = 1500
_TIMES = 64
_STEP = 0.02
"""Metres that a body may go between two moments that are looked at, if these are enough."""
_REFINED = 3
_FAR = 0.6
"""Metres; no part of the body needs a wider gap, so what is farther off is not looked for."""
_FINEST = 0.01
_SKIN = 1e-5
"""Metres before a surface within which a ray still meets that surface."""


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """A place where a gap closes.

    Attributes:
        a, b: Numbers of the parts; ``a`` moves.
        gap: Smallest gap there, metres; uncertain by ``blur``.
        opening: Widest it gets while it closes or opens again, metres; at most ``_FAR``.
        time: Of the smallest gap.
        point_a, point_b: On both surfaces then.
    """

    a: int
    b: int
    gap: float
    opening: float
    time: float
    point_a: Point3
    point_b: Point3
    blur: float


@dataclass(frozen=True, eq=False, slots=True)
class Places:
    """All places of one mechanism in one run, one for each part that is approached, narrowest for each opening."""

    found: tuple[Place, ...]
    points: int
    moments: int
    spacing: float
    narrow: int
    """Points that get near something and never closed in on it: gaps that stay narrow, or are slid along."""


def places(run: Run, made: Moving, owner: int) -> Places:
    """The closing places of one mechanism of a run."""
    own = np.flatnonzero(run.owner == owner)
    others = _others(run, made, owner)
    area = sum(_area(made.pack.bodies[k]) for k in own)
    spacing = max(_FINEST, float(np.sqrt(area / _POINTS)))
    points, normals, body = _points(made, own, spacing)
    times, reach = _times(run, made, own)
    where, ways = _follow(run, made, points, normals, body, times)
    two_sided = _two_sided(made, own)
    found: dict[tuple[int, int], list[Candidate]] = {}
    nearest = _gaps(run, others, where, times)
    narrow = _closing(found, nearest, where, ways, body, two_sided)
    for sign in (1.0, -1.0):
        looked = np.ones(len(body), bool) if sign > 0.0 else np.isin(body, list(two_sided))
        if looked.any():
            ahead = _ahead(run, made, others, points, sign * normals, body, where, sign * ways, times)
            ahead[0][:, ~looked] = np.inf
            _closing(found, ahead, where, sign * ways, body, two_sided)
    out = []
    for (a, b), some in sorted(found.items()):
        for small, opening, t, n, at, facing in _worst(some):
            step = times[min(t + 1, len(times) - 1)] - times[max(t - 1, 0)]
            around = (float(times[max(t - 1, 0)]), float(times[min(t + 1, len(times) - 1)]))
            out.append(
                _refined(run, made, a, b, points[n], spacing, around, Place(
                    a, b, small, max(opening, small), float(times[t]), at, facing,
                    spacing + reach if step else spacing,
                ), others)
            )  # fmt: skip
    return Places(tuple(out), len(points), len(times), spacing, narrow)


Candidate = tuple[float, float, int, int, Point3, Point3]
"""Smallest gap, opening, moment, point, and where both surfaces are then."""


def _closing(
    found: dict[tuple[int, int], list[Candidate]],
    gaps: tuple[FloatArray, FloatArray, IntArray],
    where: FloatArray,
    ways: FloatArray,
    body: IntArray,
    two_sided: frozenset[int],
) -> int:
    """Put what closes into ``found``; returns how many points get near something without closing in."""
    gap, face, near = gaps
    moments = len(gap)
    active = _active(where, ways, gap, face, body, two_sided)
    # Where surfaces meet there is no direction: as it was the moment before or after.
    meets = gap <= 1e-6
    for _ in range(2):
        active[1:] |= meets[1:] & active[:-1]
        active[:-1] |= meets[:-1] & active[1:]
    smallest = np.where(active, gap, np.inf)
    narrow = int((np.isfinite(gap).any(axis=0) & ~active.any(axis=0)).sum())
    for n in (int(k) for k in np.flatnonzero(active.any(axis=0))):
        t = int(np.argmin(smallest[:, n]))
        first, last = t, t
        # One run of moments before one and the same part: another part behind it is another gap.
        while first > 0 and active[first - 1, n] and near[first - 1, n] == near[t, n]:
            first -= 1
        while last < moments - 1 and active[last + 1, n] and near[last + 1, n] == near[t, n]:
            last += 1
        # It gets narrower still without closing in: it slides past, which is drawing-in or shearing.
        if min(gap[max(first - 1, 0), n], gap[min(last + 1, moments - 1), n]) < smallest[t, n] - 1e-9:
            narrow += 1
            continue
        opening = float(gap[first : last + 1, n].max())
        found.setdefault((int(body[n]), int(near[t, n])), []).append(
            (float(smallest[t, n]), opening, t, n, point3(where[t, n]), point3(face[t, n]))
        )
    return narrow


def _ahead(
    run: Run,
    made: Moving,
    others: list[tuple[Pack, IntArray, int, int]],
    points: FloatArray,
    normals: FloatArray,
    body: IntArray,
    where: FloatArray,
    ways: FloatArray,
    times: FloatArray,
) -> tuple[FloatArray, FloatArray, IntArray]:
    """(T, N) gap straight ahead of each surface point, infinite beyond ``_FAR`` or behind a part that moves with it."""
    from immersive.geometry.rays import ray_scene

    shape = where.shape[:2]
    gap = np.full(shape, np.inf)
    face = np.full(where.shape, np.nan)
    near = np.full(shape, -1)
    own = np.full(len(points), np.inf)
    for link in np.unique(run.movers.link[body]):
        same = run.movers.link[body] == link
        rigid = ray_scene([made.pack.bodies[int(k)] for k in np.unique(body[same])])
        own[same] = rigid.first_hit(points[same], normals[same], near=_SKIN, far=_FAR).distance
    for pack_, which, owner, link in others:
        pose = np.broadcast_to(np.eye(4), (len(times), 4, 4))
        if owner >= 0:
            pose = run.movers.chains[owner].world_from_rest(times)[:, link]
        turned = pose[:, :3, :3]
        local = np.einsum("tji,tnj->tni", turned, where - pose[:, None, :3, 3])
        towards = np.einsum("tji,tnj->tni", turned, ways)
        hits = ray_scene(pack_.bodies).first_hit(local.reshape(-1, 3), towards.reshape(-1, 3), far=_FAR)
        distance = hits.distance.reshape(shape)
        better = distance < gap
        gap[better] = distance[better]
        near[better] = which[hits.body.reshape(shape)[better]]
    gap[gap >= own] = np.inf
    reached = np.isfinite(gap)
    face[reached] = (where + np.where(reached, gap, 0.0)[..., None] * ways)[reached]
    return gap, face, near


def _active(
    where: FloatArray,
    ways: FloatArray,
    gap: FloatArray,
    face: FloatArray,
    body: IntArray,
    two_sided: frozenset[int],
) -> NDArray[np.bool_]:
    """(T, N) whether a point faces what is nearest, and closes in on it or leaves it."""
    with np.errstate(invalid="ignore", divide="ignore"):
        toward = (face - where) / gap[..., None]
        facing = np.einsum("tni,tni->tn", toward, ways)
        both = np.isin(body, list(two_sided))
        facing[:, both] = np.abs(facing[:, both])
        step = np.diff(where, axis=0)
        step /= np.linalg.norm(step, axis=2, keepdims=True)
        # Of the moves before and after a moment either: at a turning point their mean says nothing.
        along = np.full(gap.shape, -np.inf)
        along[1:] = np.abs(np.einsum("tni,tni->tn", toward[1:], step))
        along[:-1] = np.fmax(along[:-1], np.abs(np.einsum("tni,tni->tn", toward[:-1], step)))
        out: NDArray[np.bool_] = (facing >= FACING) & (along >= CLOSING) & np.isfinite(gap)
    return out


def _two_sided(made: Moving, own: IntArray) -> frozenset[int]:
    """Parts whose normals do not tell outside from inside."""
    return frozenset(int(k) for k in own if not made.pack.bodies[k].shape.shells.all_closed)


def _outward(body: Body) -> float:
    """1, or -1 for a mesh whose triangles are wound inside out, or that is mirrored."""
    corners = body.shape.vertices[body.shape.faces]
    volume = np.einsum("fi,fi->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
    # Corners are taken to the world first: a reflection turns their normals about.
    return float(np.sign(volume) * np.sign(np.linalg.det(body.rotation))) or 1.0


def _worst(some: list[Candidate]) -> list[Candidate]:
    """Of the places of two parts those that no other beats both in how wide and in how narrow it gets."""
    out: list[Candidate] = []
    for one in sorted(some):
        if all(one[1] > kept[1] + 0.005 for kept in out):
            out.append(one)
    return out[:4]


def _others(run: Run, made: Moving, owner: int) -> list[tuple[Pack, IntArray, int, int]]:
    """What a mechanism may close in on: packs with their part numbers, owner (-1: stands still) and link."""
    from immersive.geometry.bodies import pack

    machine = {int(m) for m in made.machine[run.owner == owner]}
    usable = np.array([made.machine[k] not in machine for k in range(len(made.parts))], bool)
    out = []
    keys = np.stack([run.owner, np.where(run.owner >= 0, run.movers.link, 0)], axis=1)
    for other, link in np.unique(keys[usable], axis=0):
        which = np.flatnonzero(usable & (keys == [other, link]).all(axis=1))
        out.append((pack([made.pack.bodies[k] for k in which]), which, int(other), int(link)))
    return out


def _area(body: Body) -> float:
    corners = body.shape.vertices[body.shape.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(0.5 * np.linalg.norm(cross, axis=1).sum())


def _points(made: Moving, own: IntArray, spacing: float) -> tuple[FloatArray, FloatArray, IntArray]:
    from immersive.geometry.surface_points import surface_points

    points, normals, body = [], [], []
    for k in own:
        at, normal = surface_points(made.pack.bodies[k], spacing)
        points.append(at)
        normals.append(normal * _outward(made.pack.bodies[k]))
        body.append(np.full(len(at), k))
    return np.concatenate(points), np.concatenate(normals), np.concatenate(body)


def _times(run: Run, made: Moving, own: IntArray) -> tuple[FloatArray, float]:
    """Moments to look at, knots among them, and how far a body gets at most from the nearest one."""
    from immersive.geometry.chains import box_corners, spans

    chain = run.movers.chains[int(run.owner[own[0]])]
    boxes = [made.pack.bodies[k].shape.tree.boxes[0] for k in own]
    corners = np.stack(
        [
            made.pack.bodies[k].to_world(box_corners(box[:3] - box[3:], box[:3] + box[3:]))
            for k, box in zip(own, boxes, strict=True)
        ]
    )
    knots = chain.times[(chain.times >= run.start) & (chain.times <= run.end)]
    if len(knots) > _TIMES:
        knots = knots[np.unique(np.linspace(0, len(knots) - 1, _TIMES).round().astype(np.int64))]
    edges = np.unique(np.concatenate([[run.start, run.end], knots]))
    while True:
        made_spans = spans(chain, run.movers.link[own], corners, edges[:-1], edges[1:])
        far = made_spans.reach.max(axis=1)
        if len(edges) >= _TIMES or float(far.max()) <= _STEP:
            return edges, float(far.max())
        long = far > max(_STEP, 0.5 * float(far.max()))
        edges = np.sort(np.concatenate([edges, 0.5 * (edges[:-1] + edges[1:])[long]]))


def _follow(
    run: Run, made: Moving, points: FloatArray, normals: FloatArray, body: IntArray, times: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(T, N, 3) where points are and where their normals point at times."""
    poses = run.movers.chains[int(run.owner[body[0]])].world_from_rest(times)[:, run.movers.link[body]]
    where = np.einsum("tnij,nj->tni", poses[..., :3, :3], points) + poses[..., :3, 3]
    return where, np.einsum("tnij,nj->tni", poses[..., :3, :3], normals)


def _gaps(
    run: Run, others: list[tuple[Pack, IntArray, int, int]], where: FloatArray, times: FloatArray
) -> tuple[FloatArray, FloatArray, IntArray]:
    """(T, N) distance to the nearest other part, infinite beyond ``_FAR``; its point (T, N, 3) and number."""
    from immersive.geometry.points import points_to_scene

    gap = np.full(where.shape[:2], np.inf)
    face = np.full(where.shape, np.nan)
    near = np.full(where.shape[:2], -1)
    for pack, which, owner, link in others:
        pose = np.broadcast_to(np.eye(4), (len(times), 4, 4))
        if owner >= 0:
            pose = run.movers.chains[owner].world_from_rest(times)[:, link]
        local = np.einsum("tji,tnj->tni", pose[:, :3, :3], where - pose[:, None, :3, 3])
        found = points_to_scene(pack, local.reshape(-1, 3), limit=_FAR, signed=False)
        distance = found.distance.reshape(gap.shape)
        better = distance < gap
        at = (
            np.einsum("tij,tnj->tni", pose[:, :3, :3], found.point.reshape(where.shape))
            + pose[:, None, :3, 3]
        )
        gap[better] = distance[better]
        face[better] = at[better]
        near[better] = which[found.body.reshape(gap.shape)[better]]
    return gap, face, near


def _refined(
    run: Run,
    made: Moving,
    a: int,
    b: int,
    centre: FloatArray,
    spacing: float,
    around: tuple[float, float],
    place: Place,
    others: list[tuple[Pack, IntArray, int, int]],
) -> Place:
    """The same place with points and moments ever closer about the narrowest."""
    from immersive.geometry.bodies import pack
    from immersive.geometry.chains import box_corners, spans
    from immersive.geometry.surface_points import points_near

    # That part alone: what is nearer at the side is another place.
    target = [(pack([made.pack.bodies[b]]), np.array([b]), one[2], one[3]) for one in others if b in one[1]]
    body = made.pack.bodies[a]
    chain = run.movers.chains[int(run.owner[a])]
    start, end = around
    width = 1.5 * spacing
    for _ in range(_REFINED):
        fine = width / 8.0
        points = points_near(body, centre, width, fine)
        if len(points) == 0:
            break
        times = np.unique(np.linspace(start, end, 9))
        where, _ = _follow(run, made, points, points, np.full(len(points), a), times)
        gap, face, near = _gaps(run, target, where, times)
        gap = np.where(near == b, gap, np.inf)
        t, n = (int(k) for k in np.unravel_index(np.argmin(gap), gap.shape))
        if not np.isfinite(gap[t, n]):
            break
        box = body.shape.tree.boxes[0]
        corners = body.to_world(box_corners(box[:3] - box[3:], box[:3] + box[3:]))[None]
        reach = 0.0
        if len(times) > 1:
            reach = float(spans(chain, run.movers.link[[a]], corners, times[:-1], times[1:]).reach.max())
        place = Place(
            a, b, min(float(gap[t, n]), place.gap), place.opening, float(times[t]), point3(where[t, n]),
            point3(face[t, n]), fine + reach,
        )  # fmt: skip
        start, end = float(times[max(t - 1, 0)]), float(times[min(t + 1, len(times) - 1)])
        centre, width = points[n], 2.0 * fine
    return place
