"""Protective structures as runs: what stands in one upright plane, seen square on, with its top and openings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context
from immersive.checks._guard_structures import Structures, structures_of
from immersive.scene.model import Part, Role

if TYPE_CHECKING:
    from immersive.geometry.facade import Outline

FloatArray = NDArray[np.float64]

THIN: Final = 0.35
"""What is no thicker than this and long is a panel or a wall; metres."""
LONG: Final = 0.3
"""Least length of a panel on the floor plan; shorter things (posts, hinges) belong to the runs they touch."""
BESIDE: Final = 0.06
"""How far before or behind the panels' faces a part may stand and still close the gap between them."""
HIGH: Final = 0.3
"""Least height of a panel: a kick plate or a ledge makes no fence of its own; metres."""
ASIDE: Final = 0.2
"""How far beyond the last panel a post still belongs to the run."""
POST: Final = 1.0
"""Least height of a post that prolongs a run; metres."""
PARALLEL: Final = math.radians(2.0)
WIDTHS: Final = tuple(0.001 * width for width in (4, 6, 8, 10, 12, 20, 30, 40, 60, 80, 95, 120, 180))
"""Rows of tables 4 and 7 of ISO 13857, metres: openings of odd shape are taken apart at them."""
ARM: Final = 0.12
"""A gap up to this lets arms through, a wider one at the top edge lets people lean over (ISO 13857, 4.2.4)."""


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """One flat structure: where it stands on the floor plan."""

    part: Part | None
    owner: str
    points: FloatArray
    height: tuple[float, float]
    direction: float
    width: float
    length: float
    id: str


@dataclass(frozen=True, eq=False)
class Run:
    """Flat structures in one upright plane.

    Attributes:
        id: Id of its largest piece.
        owners: Safeguards that name its pieces, that of the largest first; ``""`` where only the role says so.
        along: (2,) unit vector of u on the floor plan; ``across`` is its left normal.
        faces: Lower and upper offset along ``across`` of all its panels.
        spans: (start, end, lower offset, upper offset) of each panel.
        start, end: Ends along u, posts included.
        structure: Region covered by protective structures, (u, z), openings inside a part filled in.
        covers: What each part covers, protective structures first, then what else stands in the plane.
        uncertainty: Of the geometry, metres.
        parts: What was looked at.
        upright: Whether its largest piece begins near the floor and is a fence, a door or a wall by its role.
        names: Id of the panel of each of ``spans``.
        sealed: True if nothing is known of its openings (drawn as a line with a height).
    """

    id: str
    owners: tuple[str, ...]
    along: FloatArray
    across: FloatArray
    faces: tuple[float, float]
    spans: tuple[tuple[float, float, float, float], ...]
    start: float
    end: float
    structure: Any
    covers: tuple[Outline, ...]
    uncertainty: float
    parts: tuple[str, ...]
    upright: bool
    sealed: bool
    names: tuple[str, ...]

    @cached_property
    def edge(self) -> Any:
        """Its top edge."""
        from immersive.geometry.facade import top_edge

        return top_edge(self.structure, self.start, self.end)

    def side_of(self, point: FloatArray) -> float:
        """+1 or -1: on which side of its plane a point (2,) of the floor plan lies."""
        return 1.0 if float(self.across @ point) >= 0.5 * sum(self.faces) else -1.0

    def name_at(self, u: float) -> str:
        """The panel at a place, the shortest where several overlap; the run's own id between panels."""
        here = [
            (b - a, name) for (a, b, _, _), name in zip(self.spans, self.names, strict=True) if a <= u <= b
        ]
        return min(here)[1] if here else self.id

    def face(self, start: float, end: float, side: float) -> float:
        """Offset of the panels' face towards one side, between two places: of the one that stands out most."""
        near = [lower if side < 0 else upper for a, b, lower, upper in self.spans if a < end and b > start]
        if not near:
            return self.faces[1] if side > 0 else self.faces[0]
        return max(near) if side > 0 else min(near)

    def faces_at(self, starts: FloatArray, ends: FloatArray, side: float) -> FloatArray:
        """:meth:`face` of many places."""
        found = np.full(len(starts), -np.inf)
        for a, b, lower, upper in self.spans:
            met = (a < ends) & (b > starts)
            found[met] = np.maximum(found[met], upper if side > 0 else -lower)
        found[np.isinf(found)] = self.faces[1] if side > 0 else -self.faces[0]
        return found if side > 0 else -found

    def plan(self, u: float, offset: float) -> FloatArray:
        """(2,) place on the floor plan."""
        place: FloatArray = u * self.along + offset * self.across
        return place

    def world(self, uz: FloatArray, offset: float | FloatArray) -> FloatArray:
        """(…, 3) world points of (…, 2) places in the plane; offsets (…, 1) or one for all."""
        flat = uz[..., :1] * self.along + offset * self.across
        return np.concatenate([flat, uz[..., 1:]], axis=-1)

    def place(self, u: float, z: float, offset: float) -> tuple[float, float, float]:
        x, y = self.plan(u, offset)
        return float(x), float(y), float(z)


def runs_of(context: Context) -> tuple[Run, ...]:
    """All runs of the scene, largest first; kept in the memo."""
    key = ("guard-runs",)
    if key not in context.memo:
        context.memo[key] = _runs(structures_of(context), context.station.floor)
    made: tuple[Run, ...] = context.memo[key]
    return made


def _runs(structures: Structures, floor: float) -> tuple[Run, ...]:
    pieces = [piece for part in structures.parts for piece in _pieces(part, structures.owner[part.id])]
    pieces += [_virtual(guard, floor) for guard in structures.virtual]
    pieces.sort(key=lambda one: (-one.length * (one.height[1] - one.height[0]), one.id))
    groups: list[list[Piece]] = []
    for piece in pieces:
        for group in groups:
            if _in_line(group[0], piece):
                group.append(piece)
                break
        else:
            groups.append([piece])
    cache: dict[Any, tuple[Any, float]] = {}
    return tuple(_run(group, structures, cache, floor) for group in groups)


def _pieces(part: Part, owner: str) -> list[Piece]:
    """The part as one piece, or its walls one by one where it goes round a corner; none for a post."""
    vertices = _used(part)
    whole = _piece(part, owner, vertices)
    if whole is not None and whole.height[1] - whole.height[0] < HIGH:
        return []
    if whole is None or (whole.length >= LONG and whole.width <= min(THIN, 0.5 * whole.length)):
        return [] if whole is None else [whole]
    if whole.length < 2 * LONG:
        return []
    found = [_piece(part, owner, points, n) for n, points in enumerate(_walls(part))]
    return [
        one
        for one in found
        if one is not None
        and one.length >= LONG
        and one.width <= THIN
        and one.height[1] - one.height[0] >= HIGH
    ]


def _used(part: Part) -> FloatArray:
    matrix = part.world_from_mesh
    return part.mesh.used_vertices @ matrix[:3, :3].T + matrix[:3, 3]


def _piece(part: Part, owner: str, vertices: FloatArray, number: int = 0) -> Piece | None:
    import shapely

    around = shapely.convex_hull(shapely.MultiPoint(np.round(vertices[:, :2], 7)))
    if around.geom_type == "Point":
        return None
    hull = shapely.get_coordinates(around)[: -1 if around.geom_type == "Polygon" else None]
    sides = np.roll(hull, -1, axis=0) - hull
    unit = sides / np.linalg.norm(sides, axis=1)[:, None]
    normals = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    widths = np.ptp(hull @ normals.T, axis=0)
    best = int(np.argmin(widths))
    length = float(np.ptp(hull @ unit[best]))
    direction = math.atan2(unit[best, 1], unit[best, 0]) % math.pi
    if math.pi - direction < 1e-9:
        direction = 0.0
    low, high = float(vertices[:, 2].min()), float(vertices[:, 2].max())
    name = part.id if number == 0 else f"{part.id}#{number}"
    return Piece(part, owner, hull, (low, high), direction, float(widths[best]), length, name)


def _walls(part: Part) -> list[FloatArray]:
    """Corners of the upright planes of a part that goes round corners: triangles of like direction and offset."""
    corners = part.world_triangles()
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normal, axis=1)
    upright = (size > 1e-12) & (np.abs(normal[:, 2]) < 0.1 * size)
    corners, normal, size = corners[upright], normal[upright], size[upright]
    if len(corners) == 0:
        return []
    angle = np.arctan2(normal[:, 1], normal[:, 0]) % math.pi
    found = []
    left = np.ones(len(corners), bool)
    for _ in range(24):
        if not left.any() or size[left].sum() < 0.02 * size.sum():
            break
        bins = np.round(angle[left] / math.radians(1.0)).astype(int) % 180
        way = float(np.radians(np.argmax(np.bincount(bins, size[left], minlength=180))))
        like = left & (np.abs((angle - way + 0.5 * math.pi) % math.pi - 0.5 * math.pi) < PARALLEL)
        across = np.array([math.cos(way), math.sin(way)])
        offset = corners.mean(axis=1)[:, :2] @ across
        steps = np.round((offset - offset[like].min()) / 0.05).astype(int)
        top = int(np.argmax(np.bincount(steps[like], size[like])))
        middle = offset[like].min() + 0.05 * top
        mine = like & (np.abs(offset - middle) <= 0.1)
        if not mine.any():
            break
        found.append(corners[mine].reshape(-1, 3))
        left &= ~mine
    return found


def _virtual(guard: Any, floor: float) -> Piece:
    (x0, y0, z0), (x1, y1, z1) = guard.segment
    ends = np.array([[x0, y0], [x1, y1]])
    direction = math.atan2(y1 - y0, x1 - x0) % math.pi
    length = float(np.linalg.norm(ends[1] - ends[0]))
    low = max(min(z0, z1), floor)
    return Piece(None, guard.id, ends, (low, floor + guard.height), direction, 0.0, length, guard.id)


def _in_line(first: Piece, other: Piece) -> bool:
    turn = abs((first.direction - other.direction + 0.5 * math.pi) % math.pi - 0.5 * math.pi)
    if turn > PARALLEL:
        return False
    across = np.array([-math.sin(first.direction), math.cos(first.direction)])
    a, b = first.points @ across, other.points @ across
    return bool(b.min() <= a.max() + BESIDE and b.max() >= a.min() - BESIDE)


def _run(pieces: Sequence[Piece], structures: Structures, cache: dict[Any, Any], floor: float) -> Run:
    import shapely

    from immersive.geometry.facade import Outline, merged
    from immersive.geometry.opening_sets import measured

    lead = pieces[0]
    along = np.round(np.array([math.cos(lead.direction), math.sin(lead.direction)]), 12)
    along /= np.linalg.norm(along)
    across = np.array([-along[1], along[0]])
    spans = tuple(
        (float((p.points @ along).min()), float((p.points @ along).max()),
         float((p.points @ across).min()), float((p.points @ across).max()))
        for p in pieces
    )  # fmt: skip
    lower, upper = min(s[2] for s in spans), max(s[3] for s in spans)
    start, end = min(s[0] for s in spans), max(s[1] for s in spans)
    slab = (lower - BESIDE, upper + BESIDE)
    made: list[tuple[Part, Outline]] = []
    for part in _near(structures.parts, along, across, slab, (start - ASIDE, end + ASIDE)):
        seen = _seen(part, along, across, slab, (start - ASIDE, end + ASIDE), cache)
        if not seen.region.is_empty:
            made.append((part, seen))
    # A post beyond the last panel belongs to it; a wall that only meets it there ends at the run's end.
    reach = (start - ASIDE, end + ASIDE)
    for _, seen in made:
        low, _, high, _ = seen.region.bounds
        if low >= reach[0] and high <= reach[1] and seen.region.bounds[3] - seen.region.bounds[1] >= POST:
            start, end = min(start, low), max(end, high)
    solid = [
        shapely.box(span[0], piece.height[0], span[1], piece.height[1])
        for piece, span in zip(pieces, spans, strict=True)
        if piece.part is None
    ]
    covers = [seen for _, seen in made] + [Outline(one, one, measured([], {}), 0.0) for one in solid]
    filling = []
    for part in _near(structures.closing, along, across, (lower, upper), (start, end)):
        seen = _seen(part, along, across, (lower, upper), (start, end), cache)
        if not seen.region.is_empty:
            filling.append(seen)
    # Under a roof of other parts the window keeps what is beyond the ends away.
    window = shapely.box(start, -1e3, end, 1e3)
    structure = shapely.intersection(merged([seen.filled for seen in covers]), window)
    return Run(
        lead.id, tuple(dict.fromkeys(piece.owner for piece in pieces)), along, across, (lower, upper), spans, start, end, structure,
        (*covers, *filling), max((part.uncertainty + seen.blur for part, seen in made), default=0.0),
        tuple(part.id for part, _ in made), _upright(lead, floor), not made,
        tuple(piece.id for piece in pieces),
    )  # fmt: skip


def _upright(piece: Piece, floor: float) -> bool:
    near = piece.height[0] - floor <= 0.4
    return near and (piece.part is None or piece.part.role in (Role.FENCE, Role.DOOR, Role.WALL))


def _near(
    parts: Iterable[Part],
    along: FloatArray,
    across: FloatArray,
    slab: tuple[float, float],
    reach: tuple[float, float],
) -> list[Part]:
    """Parts whose box meets the slab between two places along it."""
    found = []
    for part in parts:
        box = part.bounds
        if box is None:
            continue
        middle, half = 0.5 * (box[0, :2] + box[1, :2]), 0.5 * (box[1, :2] - box[0, :2])
        off, spread = float(across @ middle), float(np.abs(across) @ half)
        at, run = float(along @ middle), float(np.abs(along) @ half)
        if (
            off - spread <= slab[1]
            and off + spread >= slab[0]
            and at - run <= reach[1]
            and at + run >= reach[0]
        ):
            found.append(part)
    return found


def _seen(
    part: Part,
    along: FloatArray,
    across: FloatArray,
    slab: tuple[float, float],
    reach: tuple[float, float],
    cache: dict[Any, Any],
) -> Outline:
    """What of the part lies in the slab, as it covers the plane."""
    from immersive.geometry.facade import cover, merged, outline, outlined
    from immersive.geometry.silhouette import clip, section

    view = np.zeros((2, 3))
    view[0, :2], view[1, 2] = along, 1.0
    matrix = part.world_from_mesh
    sizes = cache.setdefault("sizes", {})
    offsets = _used(part)[:, :2] @ across
    if offsets.min() > slab[1] or offsets.max() < slab[0]:
        return outline(np.empty((0, 3, 2)), WIDTHS)
    if offsets.min() >= slab[0] and offsets.max() <= slab[1]:
        # Whole: shared between the instances of a mesh that are turned alike.
        linear = view @ matrix[:3, :3]
        key = (part.mesh.key, tuple(np.round(linear.ravel(), 9)))
        if key not in cache:
            flat = (part.mesh.vertices @ linear.T)[part.mesh.faces]
            cache[key] = outline(flat, WIDTHS, known=sizes)
        seen: Outline = cache[key]
        du, dz = view @ matrix[:3, 3]
        return seen.moved(float(du), float(dz))
    corners = part.world_triangles()
    frame = np.stack([corners[..., :2] @ along, corners[..., :2] @ across, corners[..., 2]], axis=-1)
    flat = clip(clip(frame, 1, *slab), 0, *reach)[:, :, [0, 2]]
    edge = flat[:, 1:] - flat[:, :1]
    area = edge[:, 0, 0] * edge[:, 1, 1] - edge[:, 0, 1] * edge[:, 1, 0]
    # Cut open it is no closed surface any more: all of it counts, whichever way it is wound.
    region, blur = cover(np.where((area < 0.0)[:, None, None], flat[:, ::-1], flat))
    middle = 0.5 * (slab[0] + slab[1])
    if offsets.min() < middle < offsets.max():
        # What passes through has no face in the slab: its section closes what it fills.
        region = merged([region, section(frame, 1, middle)])
    return outlined(region, blur, WIDTHS, known=sizes)
