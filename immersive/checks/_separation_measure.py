"""How far a protective device stands from a hazard zone, way of approach by way of approach.

Lengths in metres; the cases for :mod:`immersive.safety.iso13855_score` are in millimetres, as there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks._hazards import Hazard
from immersive.checks._points import point3
from immersive.checks._separation_field import BODY, HAND, accessible_edges, closed_up_to
from immersive.findings import Text, text
from immersive.geometry.bands import band_distances
from immersive.safety import iso13855, iso13857
from immersive.scene.model import Scene
from immersive.scene.queries import select
from immersive.scene.station import Door, Point3, Safeguard

FloatArray = NDArray[np.float64]

_NOTHING = np.zeros(1)
"""What a single band needs: the plain distance decides."""
_ROW = 1e-6
"""Metres around a printed height that belong to it alone."""


@dataclass(frozen=True, eq=False)
class Way:
    """One way past a device, measured.

    Attributes:
        key: ``"through"``, ``"over"``, ``"walking"``, ``"hands"`` or ``"door"``.
        case: For the score of ISO 13855, without edition and times.
        available: Distance there is, metres, less the margin of a sampled motion; ``inf``: no hazard within
            reach that way.
        near, far: Its ends: on the device, at the hazard zone.
        margin, uncertainty: Of the part of the zone that is nearest, metres.
        editions: In which editions this way is a case of its own; empty: in all.
        band: Heights above the floor of the part of the zone that decides, metres, or None.
    """

    key: str
    case: Mapping[str, Any]
    available: float
    near: Point3 = (0.0, 0.0, 0.0)
    far: Point3 = (0.0, 0.0, 0.0)
    editions: tuple[str, ...] = ()
    band: tuple[float, float] | None = None
    margin: float = 0.0
    uncertainty: float = 0.0


@dataclass(frozen=True, eq=False)
class Nearest:
    """Where a zone leaves least room before a line on the floor plan.

    Attributes:
        band: Which of the bands; -1: nothing lies in any.
        distance: Metres, less the margin of the body.
        near, far: (2,) on the line, (3,) at the zone.
        body: Number of the body.
    """

    band: int = -1
    distance: float = float("inf")
    near: FloatArray = field(default_factory=lambda: np.zeros(2))
    far: FloatArray = field(default_factory=lambda: np.zeros(3))
    body: int = -1


def nearest(hazard: Hazard, bands: FloatArray, line: FloatArray, needs: FloatArray) -> Nearest:
    """The body and band of heights (K, 2) with the least distance less what the band needs (K,).

    Bodies whose boxes are too far to matter are not looked at.
    """
    best, room = Nearest(), np.inf
    boxes, margins = hazard.pack.bounds, hazard.margins
    bounds = _plan_gaps(boxes, line) - margins
    most = float(needs.max())
    for k in np.argsort(bounds, kind="stable"):
        if bounds[k] - most >= room:
            break
        low, high = boxes[k, 2] - margins[k], boxes[k, 5] + margins[k]
        touched = (high >= bands[:, 0]) & (low <= bands[:, 1]) & (bounds[k] - needs < room)
        if not touched.any():
            continue
        triangles = hazard.corners(int(k))
        for band in sorted(np.flatnonzero(touched), key=lambda band: -needs[band]):
            if bounds[k] - needs[band] >= room:
                continue
            # What a motion sweeps may lie higher or lower than its samples by the margin.
            wide = (bands[band, 0] - margins[k], bands[band, 1] + margins[k])
            matters = room + float(needs[band]) + float(margins[k])
            found = band_distances(triangles, wide, line, within=matters)
            reached = float(found.distance[0]) - float(margins[k])
            if reached - needs[band] < room:
                room = reached - float(needs[band])
                best = Nearest(int(band), max(reached, 0.0), found.near[0], found.far[0], int(k))
    return best


def _plan_gaps(boxes: FloatArray, line: FloatArray) -> FloatArray:
    """(B,) a lower bound on the plan distance of boxes (B, 6) to the line: from the line's own box."""
    low, high = line.min(axis=0), line.max(axis=0)
    apart = np.maximum(np.maximum(boxes[:, :2] - high, low - boxes[:, 3:5]), 0.0)
    gaps: FloatArray = np.linalg.norm(apart, axis=1)
    return gaps


@dataclass(frozen=True, eq=False)
class Device:
    """What was measured of one device against one zone; ``refused`` says why nothing could be."""

    ways: tuple[Way, ...] = ()
    refused: Text | None = None
    drawn: tuple[tuple[Point3, ...], ...] = ()
    door: Door | None = None
    told: tuple[Text, ...] = field(default=())


def measure(
    scene: Scene, guard: Safeguard, hazard: Hazard, floor: float, *, others: tuple[Safeguard, ...]
) -> Device:
    """Measure one device against one zone.

    Args:
        scene: The cell.
        guard: Any device but a fence.
        hazard: What it protects from.
        floor: Height that people walk on.
        others: Further devices that protect from the same zone: ways in through them are theirs.
    """
    risk = "low" if hazard.zone.risk == "low" else "high"  # medium: as high
    reach = floor + iso13857.overhead_minimum(risk) / 1000.0
    if guard.kind in ("light_curtain", "light_beams"):
        return _curtain(scene, guard, hazard, floor, reach)
    if guard.kind in ("scanner", "mat"):
        return _field(scene, guard, hazard, floor, reach, others)
    if guard.kind == "two_hand_control":
        return _hands(scene, guard, hazard)
    return _door(scene, guard, hazard, floor, reach)


def _refused(en: str, fr: str) -> Device:
    return Device(refused=text(en, fr))


def _curtain(scene: Scene, guard: Safeguard, hazard: Hazard, floor: float, reach: float) -> Device:
    if guard.segment is None:
        return _refused(
            "the layout does not say where its sensing field is (segment_mm)",
            "le fichier ne dit pas où se trouve son champ de détection (segment_mm)",
        )
    a, b = np.array(guard.segment[0]), np.array(guard.segment[1])
    line = np.stack([a[:2], b[:2]])
    beams = guard.kind == "light_beams"
    if beams and not guard.beams:
        return _refused(
            "the heights of its beams are not given (beams_mm)",
            "les hauteurs de ses faisceaux manquent (beams_mm)",
        )
    if not beams and guard.resolution is None:
        return _refused("its resolution is not given (resolution_mm)", "sa résolution manque (resolution_mm)")
    if not beams and guard.height <= 0.0:
        return _refused(
            "the height of its sensing field is not given (height_mm)",
            "la hauteur de son champ de détection manque (height_mm)",
        )
    bottom = (min(a[2], b[2]) - floor) if not beams else guard.beams[0]
    top = bottom + guard.height if not beams else guard.beams[-1]
    count = len(guard.beams)
    if beams and count > 4:
        return _refused(
            f"{count} beams: figures exist for one to four; give a resolution and call it a light curtain",
            f"{count} faisceaux : les valeurs existent pour un à quatre ; indiquer une résolution et le déclarer en barrière",
        )
    through: dict[str, Any] = (
        {"device": "single_beam"} if count == 1 else {"device": "multiple_beams", "beams": str(count)}
    ) if beams else {"device": "orthogonal", "d": _mm(guard.resolution or 0.0)}  # fmt: skip
    found = nearest(hazard, np.array([[floor, reach]]), line, _NOTHING)
    ways = [_way("through", through, hazard, found, (0.0, reach - floor))]
    # What stands on the upper edge raises it: a lintel, the fence above a window.
    edge = closed_up_to(scene, line, floor + top, reach, HAND)
    if not beams and edge < reach:
        ways += _over(guard, hazard, floor, reach, line, edge)
    drawn = _rectangle(a, b, floor + bottom, floor + top) if not beams else tuple(
        ((a[0], a[1], floor + z), (b[0], b[1], floor + z)) for z in guard.beams
    )  # fmt: skip
    return Device(tuple(ways), drawn=drawn, told=_heights(scene, line, floor, bottom, edge - floor))


def _over(
    guard: Safeguard, hazard: Hazard, floor: float, reach: float, line: FloatArray, top: float
) -> list[Way]:
    """Reaching over the upper edge: the band of heights in which the least room is left."""
    table = iso13855.data()["2010"]["reach_over"]
    rows = np.array(sorted(table["a"])) / 1000.0
    # Each printed height for itself, and what lies between two of them: both neighbours count there.
    between = np.stack([rows[:-1] + _ROW, rows[1:] - _ROW], axis=1)
    bands = np.concatenate([np.stack([rows, rows], axis=1), between])
    # What is out of reach overhead is so on this way too.
    bands = np.minimum(bands[bands[:, 0] < reach - floor], reach - floor)
    edge = _mm(top - floor)
    middles = [_mm(float(band.mean())) for band in bands]
    cells = [iso13855.reach_over(middle, edge) for middle in middles]
    needs = np.array([0.0 if cell is None else cell.c / 1000.0 for cell in cells])
    found = nearest(hazard, floor + bands, line, needs)
    if found.band < 0:
        return []
    case = {
        "device": "reach_over",
        "d": _mm(guard.resolution or 0.0),
        "a_mm": middles[found.band],
        "b_mm": edge,
    }
    band = (round(float(bands[found.band, 0]), 3), round(float(bands[found.band, 1]), 3))
    return [_way("over", case, hazard, found, band, ("2010",))]


def _heights(scene: Scene, line: FloatArray, floor: float, bottom: float, top: float) -> tuple[Text, ...]:
    """What to know about its edges beyond the distances; an edge that parts close off is none."""
    told = []
    data = iso13855.data()["2010"]["orthogonal"]
    low, high = data["lowest_beam_max"] / 1000.0, data["highest_beam_min"] / 1000.0
    if bottom > low + 1e-9 and closed_up_to(scene, line, floor, floor + bottom, BODY) < floor + bottom:
        told.append(
            text(
                f"its lower edge is {bottom * 1000:.0f} mm above the floor, one can get in underneath "
                f"(at most {data['lowest_beam_max']} mm)",
                f"son bord inférieur est à {bottom * 1000:.0f} mm du sol, on peut entrer dessous "
                f"({data['lowest_beam_max']} mm au plus)",
            )
        )
    if top < high - 1e-9:
        told.append(
            text(
                f"its upper edge is {top * 1000:.0f} mm above the floor, one can step over it "
                f"(at least {data['highest_beam_min']} mm)",
                f"son bord supérieur est à {top * 1000:.0f} mm du sol, on peut l’enjamber "
                f"({data['highest_beam_min']} mm au moins)",
            )
        )
    return tuple(told)


def _field(
    scene: Scene, guard: Safeguard, hazard: Hazard, floor: float, reach: float, others: tuple[Safeguard, ...]
) -> Device:
    if not guard.field:
        return _refused(
            "the layout does not say where its detection field is (field_mm)",
            "le fichier ne dit pas où se trouve sa zone de détection (field_mm)",
        )
    if guard.kind == "scanner" and guard.resolution is None:
        return _refused("its resolution is not given (resolution_mm)", "sa résolution manque (resolution_mm)")
    height = floor + guard.field_height
    drawn = (tuple((x, y, height) for x, y in (*guard.field, guard.field[0])),)
    runs = accessible_edges(scene, guard, hazard, floor, others)
    if not runs:
        return Device(
            refused=text(
                "no free floor was found from which its field can be entered",
                "aucun sol libre n’a été trouvé d’où l’on puisse entrer dans sa zone",
            ),
            drawn=drawn,
        )
    case: dict[str, Any] = {"device": "parallel" if guard.kind == "scanner" else "mat"}
    if guard.kind == "scanner" or guard.field_height > 0.0:
        case["H_mm"] = _mm(guard.field_height)
    if guard.kind == "scanner":
        case["d"] = _mm(guard.resolution or 0.0)
    found = [nearest(hazard, np.array([[floor, reach]]), run, _NOTHING) for run in runs]
    least = min(found, key=lambda one: one.distance)
    return Device((_way("walking", case, hazard, least, (0.0, reach - floor)),), drawn=drawn)


def _hands(scene: Scene, guard: Safeguard, hazard: Hazard) -> Device:
    """From the actuators straight to the hazard, in space."""
    if guard.position is not None:
        points = np.array([guard.position])
    else:
        corners = [part.world_vertices() for part in select(scene, guard.parts)] if guard.parts else []
        if not corners:
            return _refused(
                "neither its position nor its parts are given", "ni sa position ni ses pièces ne sont données"
            )
        points = np.concatenate(corners)
    from immersive.geometry.capsules import capsule_distances, capsule_rows, surroundings

    zero = np.zeros(len(points))
    gaps = capsule_distances(surroundings(hazard.bodies), capsule_rows(points, points, zero, zero))
    reached = gaps.distance - hazard.margins[gaps.body]
    k = int(np.argmin(reached))
    body = int(gaps.body[k])
    case: dict[str, Any] = {"device": "two_hand_control", "shroud": guard.shrouded}
    way = Way(
        "hands",
        case,
        max(float(reached[k]), 0.0),
        point3(points[k]),
        point3(gaps.point[k]),
        margin=float(hazard.margins[body]),
        uncertainty=float(hazard.uncertainty[body]),
    )
    return Device((way,))


def _door(scene: Scene, guard: Safeguard, hazard: Hazard, floor: float, reach: float) -> Device:
    """From the opening of the door, as wide as it is, to what can be reached through it."""
    station = scene.station
    doors = {} if station is None else {door.id: door for door in station.doors}
    door = doors.get(guard.door)
    if door is None and guard.parts:
        own = {part.id for part in select(scene, guard.parts)}
        meant = [one.id for one in scene.mechanisms if one.origin == "doors" and own & set(one.parts)]
        door = doors.get(meant[0]) if meant else None
    if door is None:
        return _refused(
            "the layout does not say which of its doors it is (door)",
            "le fichier ne dit pas de quelle porte il s’agit (door)",
        )
    along = np.array([np.cos(door.heading), np.sin(door.heading)])
    left = np.array([-along[1], along[0]]) * 0.5 * door.width
    middle = np.array(door.position[:2])
    line = np.stack([middle - left, middle + left])
    found = nearest(hazard, np.array([[floor, reach]]), line, _NOTHING)
    a, b = (np.array([*end, door.position[2]]) for end in line)
    drawn = _rectangle(a, b, door.position[2], door.position[2] + door.height)
    case = {"device": "interlocked_guard"}
    return Device(
        (_way("door", case, hazard, found, (0.0, reach - floor)),),
        drawn=drawn,
        door=door,
    )


def _way(
    key: str,
    case: Mapping[str, Any],
    hazard: Hazard,
    found: Nearest,
    band: tuple[float, float],
    editions: tuple[str, ...] = (),
) -> Way:
    if found.band < 0:
        return Way(key, case, float("inf"), editions=editions, band=band)
    # Level, as it is measured: what is drawn is as long as its label says.
    near = (float(found.near[0]), float(found.near[1]), float(found.far[2]))
    return Way(
        key,
        case,
        found.distance,
        near,
        point3(found.far),
        editions,
        band,
        float(hazard.margins[found.body]),
        float(hazard.uncertainty[found.body]),
    )


def _rectangle(a: FloatArray, b: FloatArray, low: float, high: float) -> tuple[tuple[Point3, ...], ...]:
    corners = ((a, low), (b, low), (b, high), (a, high), (a, low))
    return (tuple((float(end[0]), float(end[1]), float(z)) for end, z in corners),)


def _mm(metres: float) -> float:
    return round(metres * 1000.0, 6)
