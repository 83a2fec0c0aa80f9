"""What is looked at: the surface of each display, each work point as a place, and the parts that can hide them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.checks._base import Context
from immersive.errors import ImmersiveError, suggestion
from immersive.findings import Text, text
from immersive.geometry.bodies import Body, Shapes, pack
from immersive.geometry.pairs import distances
from immersive.geometry.rays import RayScene, ray_scene
from immersive.human.visibility import Samples, flat_face, point_sample, rectangle, surface_samples
from immersive.scene.bodies import body_of
from immersive.scene.model import Part
from immersive.scene.queries import select, unmatched
from immersive.scene.station import Display, WorkPoint, Workstation
from immersive.units import metres, mm

FloatArray = NDArray[np.float64]

SEE_THROUGH: Final = 0.5
"""Parts with less opacity than this in their colour hide nothing: guards of clear plastic."""
NEAR: Final = 0.1
"""A display is the part within this of its position, metres; farther ones are something else."""
FACE_RADIUS: Final = 0.4
"""Of a large face, what lies within this of the display's position is the display, metres."""
FACING: Final = 0.02
"""A face towards the person is preferred over a nearer one if it is at most this much farther, metres:
positions are often told somewhere inside a thin case."""
COARSE: Final = 100
"""Samples of a surface for each of many people: shares to within 5 %."""


@dataclass(frozen=True, eq=False)
class View:
    """What can hide.

    Attributes:
        rays: The opaque parts; None where there is none.
        ids: Part of each body.
        clear: Ids of the parts that are looked through.
    """

    rays: RayScene | None
    ids: tuple[str, ...]
    clear: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Looked:
    """One thing to look at.

    Attributes:
        kind: ``"display"`` or ``"work_point"``.
        id: As in the layout.
        column: Its number among the displays or work points of the workstation.
        fine, coarse: Samples for few and for many people.
        parts: Ids of the parts it is.
        how: Where its surface comes from, or that it has none.
    """

    kind: str
    id: str
    column: int
    fine: Samples
    coarse: Samples
    parts: tuple[str, ...]
    how: Text


def view_of(context: Context, see_through: Sequence[str]) -> View:
    """The parts that can hide something, made ready once a run.

    Raises:
        UsageError: A selector with an unknown role.
    """
    key = ("rays", tuple(see_through))
    if key not in context.memo:
        scene = context.scene
        clear = {part.id for part in select(scene, see_through)} if see_through else set()
        clear |= {part.id for part in scene if opacity(part) < SEE_THROUGH}
        pairs = [(part.id, body) for part in scene if part.id not in clear and (body := body_of(part))]
        context.memo[key] = View(
            ray_scene(body for _, body in pairs) if pairs else None,
            tuple(id_ for id_, _ in pairs),
            tuple(sorted(clear)),
        )
    view: View = context.memo[key]
    return view


def opacity(part: Part) -> float:
    """0 to 1; of a part with many colours, the greatest of them."""
    if part.color is not None:
        return part.color[3]
    if part.mesh.face_colors is not None and len(part.mesh.face_colors):
        return float(part.mesh.face_colors[:, 3].max()) / 255.0
    return 1.0


def looked_at(point: WorkPoint, column: int, depth: float) -> Looked:
    """A work point: a place that what lies within ``depth`` of it does not hide."""
    how = text(
        "a place; what lies within {depth} of it does not hide it",
        "un lieu ; ce qui se trouve à moins de {depth} ne le masque pas",
        depth=mm(depth),
    )
    sample = point_sample(point.position, offset=depth)
    return Looked("work_point", point.id, column, sample, sample, (), how)


def display_surface(
    context: Context,
    station: Workstation,
    display: Display,
    column: int,
    view: View,
    eye: FloatArray,
    depth: float,
) -> Looked | Text:
    """The surface of a display, or why there is none.

    Args:
        context: For the parts.
        station: Whose display it is.
        display: Which.
        column: Its number.
        view: For the numbers of bodies.
        eye: (3,) where somebody looks from: tells the front of a surface that is not closed.
        depth: As of :func:`looked_at`, for a display without surface.
    """
    chosen = _named(context, display)
    if not isinstance(chosen, list):
        return chosen
    near = math.inf if chosen else NEAR
    candidates = chosen or list(context.scene.parts)
    found = _nearest(candidates, display.position, near)
    number = {id_: k for k, id_ in enumerate(view.ids)}
    if display.size is not None:
        normal = display.normal or _towards(station, display)
        own = number.get(found[0].id, -1) if found is not None else -1
        width, height = display.size
        fine, coarse = (
            rectangle(display.position, normal, width, height, own=own, count=count)
            for count in (400, COARSE)
        )
        how = text(
            "a rectangle of {w} by {h}, as the layout says",
            "un rectangle de {w} sur {h}, selon le fichier de cellule",
            w=mm(width),
            h=mm(height),
        )
        return Looked("display", display.id, column, fine, coarse, (found[0].id,) if found else (), how)
    triangles = np.empty((0, 3, 3))
    if found is not None:
        part, body, _ = found
        triangles = _face(part, body, np.asarray(display.position), eye)
    if found is None or len(triangles) == 0:
        how = text(
            "a place: no part with a face lies within {near} of it, so it has no surface",
            "un lieu : aucune pièce présentant une face à moins de {near}, donc pas de surface",
            near=mm(NEAR),
        )
        sample = point_sample(display.position, offset=depth)
        return Looked("display", display.id, column, sample, sample, (), how)
    fine, coarse = (
        surface_samples(triangles, own=number.get(part.id, -1), count=count) for count in (400, COARSE)
    )
    how = text(
        "the flat face of {part} at its position, {area} m²"
        if not display.parts
        else "the flat face of {part} that is nearest to its position, {area} m²",
        "la face plane de {part} à sa position, {area} m²"
        if not display.parts
        else "la face plane de {part} la plus proche de sa position, {area} m²",
        part=part.id,
        area=_square(fine.area),
    )
    return Looked("display", display.id, column, fine, coarse, (part.id,), how)


def _square(area: float) -> Text:
    return {lang: metres(area, 3).text(lang).removesuffix("\u00a0m") for lang in ("en", "fr")}


def _named(context: Context, display: Display) -> list[Part] | Text:
    """The parts that a display names, none if it names none, or the complaint that there are none."""
    if not display.parts:
        return []
    try:
        missing = unmatched(context.scene, display.parts)
        parts = [part for part in select(context.scene, display.parts) if body_of(part) is not None]
    except ImmersiveError as error:
        return {"en": error.message, "fr": error.message}
    if missing or not parts:
        word = missing[0] if missing else display.parts[0]
        close = suggestion(word, [part.id for part in context.scene])
        return text(
            "its part {word} matches nothing in the cell{close}",
            "sa pièce {word} ne désigne rien dans la cellule{fr}",
            word=repr(word),
            close=close,
            fr=close.replace("did you mean", "vouliez-vous dire").replace("?", " ?"),
        )
    return parts


def _towards(station: Workstation, display: Display) -> tuple[float, float, float]:
    x, y = (station.position[i] - display.position[i] for i in (0, 1))
    length = math.hypot(x, y)
    return (x / length, y / length, 0.0) if length > 1e-9 else (0.0, 0.0, 1.0)


def _point_body(position: ArrayLike) -> Body:
    corners = np.tile(np.asarray(position, np.float64), (3, 1))
    body = Shapes().body(corners, np.array([[0, 1, 2]], np.int32), np.eye(4))
    assert body is not None
    return body


def _nearest(
    parts: Sequence[Part], position: Sequence[float], within: float
) -> tuple[Part, Body, float] | None:
    """The part nearest to a place, its body and distance; None if none is that near."""
    at = np.asarray(position, np.float64)
    close = []
    for part in parts:
        if part.bounds is None:
            continue
        gap = np.maximum(np.maximum(part.bounds[0] - at, at - part.bounds[1]), 0.0)
        if float(np.linalg.norm(gap)) <= within and (body := body_of(part)) is not None:
            close.append((part, body))
    if not close:
        return None
    both = pack([_point_body(position), *(body for _, body in close)])
    pairs = np.array([(0, k + 1) for k in range(len(close))], np.int64)
    gaps = distances(both, pairs, within, threads=1).distance
    best = int(np.argmin(gaps))
    return (*close[best], float(gaps[best])) if gaps[best] <= within else None


def _face(part: Part, body: Body, position: FloatArray, eye: FloatArray) -> FloatArray:
    """(F, 3, 3) triangles of the flat face of a part at a place, wound to be seen from their front."""
    shape = body.shape
    triangles = body.to_world(shape.vertices[shape.faces])
    if np.linalg.det(body.rotation) < 0.0:
        triangles = triangles[:, ::-1]
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    towards = np.einsum("fi,fi->f", normal, eye - triangles.mean(axis=1))
    topology = part.mesh.topology
    if not (topology.watertight and topology.volume > 0.0):
        # The winding of an open or inside-out surface does not tell its front: it is seen from both sides.
        triangles = np.where((towards < 0.0)[:, None, None], triangles[:, ::-1], triangles)
        towards = np.abs(towards)
    solid = np.flatnonzero(np.einsum("fi,fi->f", normal, normal) > 0.0)
    if len(solid) == 0:
        return np.empty((0, 3, 3))
    every = _distance(triangles[solid], position)
    facing = solid[towards[solid] > 0.0]
    nearest = solid[every[1]]
    if len(facing):
        gap, index = _distance(triangles[facing], position)
        if gap <= every[0] + FACING:
            nearest = facing[index]
    return np.asarray(triangles[flat_face(triangles, int(nearest), about=position, radius=FACE_RADIUS)])


def _distance(triangles: FloatArray, position: FloatArray) -> tuple[float, int]:
    """Distance of a place from the nearest of some triangles, and its number."""
    faces = np.arange(3 * len(triangles), dtype=np.int32).reshape(-1, 3)
    body = Shapes().body(triangles.reshape(-1, 3), faces, np.eye(4))
    assert body is not None
    both = pack([_point_body(position), body])
    found = distances(both, np.array([[0, 1]]), math.inf, threads=1)
    return float(found.distance[0]), int(body.shape.tree.order[found.row_b[0] - both.first[1]])
