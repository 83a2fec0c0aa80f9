"""Reach painted on surfaces: which part of a table top one person reaches at ease, at most, or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context
from immersive.checks._figures import figure_mark
from immersive.checks._tasks import StationTasks, person, rule_error
from immersive.findings import Citation, FigureMark, Finding, MeshMark, Text, Verdict, text
from immersive.human.links import links_of
from immersive.human.people import People
from immersive.human.posing import Poses, Target
from immersive.human.reach_zone import COMFORTABLE, MAXIMAL, OUT, paint
from immersive.human.stance import rest
from immersive.scene.model import Part
from immersive.scene.queries import select, unmatched
from immersive.units import number

FloatArray = NDArray[np.float64]

EDGE: Final = 0.06
"""Longest edge of a painted triangle, metres: finer is not seen."""
NEAR: Final = 2.5
"""Surfaces farther from the station than this are out of anybody's reach, metres."""
MOST: Final = 20_000
"""Triangles of one part that are painted."""
_EYE: Final = 1.6
"""Height above the station from which a surface must be seen to be painted, metres."""


def paint_findings(
    context: Context, selectors: tuple[str, ...], station: StationTasks, citation: Citation
) -> list[Finding]:
    """One finding for each part that is painted: nothing is demanded, areas are told.

    Raises:
        LayoutError: A selector matches no part.
    """
    missing = unmatched(context.scene, selectors)
    if missing:
        raise rule_error(context, "paint", f"no part matches {missing[0]!r}")
    made = (_painted(context, station, part, citation) for part in select(context.scene, selectors))
    return [finding for finding in made if finding is not None]


def _painted(context: Context, station: StationTasks, part: Part, citation: Citation) -> Finding | None:
    triangles = _near(part.world_triangles(), np.asarray(station.stance.position))
    if not len(triangles):
        return None
    triangles = _split(triangles)
    people = station.study.named
    i = people.ids.index(station.study.smallest)
    one = people.pick([i])
    links = links_of(one)
    level = paint(one, links, station.stance, triangles.mean(axis=1))
    size = 0.5 * np.linalg.norm(
        np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]), axis=1
    )
    area = {key: float(size[level == key].sum()) for key in (COMFORTABLE, MAXIMAL, OUT)}
    vertices, faces = np.unique(triangles.reshape(-1, 3).round(5), axis=0, return_inverse=True)
    shown = tuple((float(x), float(y), float(z)) for x, y, z in vertices)
    corners = tuple((int(a), int(b), int(c)) for a, b, c in faces.reshape(-1, 3))
    message = text(
        "On {part} the {person} reaches {easy} m² at ease and {most} m² at most; {out} m² of what faces {station} are out of reach.",
        "Sur {part}, la personne « {person} » atteint {easy} m² à l'aise et {most} m² au plus ; {out} m² de ce qui fait face au poste {station} sont hors d'atteinte.",
        part=part.id,
        person=person(people, i),
        station=station.station.id,
        easy=number(area[COMFORTABLE], 2),
        most=number(area[COMFORTABLE] + area[MAXIMAL], 2),
        out=number(area[OUT], 2),
    )
    return Finding(
        "reach.zone",
        context.rule.id,
        (station.station.id, part.id),
        Verdict.PASS,
        context.severity,
        message,
        citation=citation,
        marks=(_standing(station, one), MeshMark(shown, corners, tuple(int(v) for v in level), _LABEL)),
        data=_data(people.ids[i], area),
        key="zone",
    )


def _standing(station: StationTasks, one: People) -> FigureMark:
    """The person at the station, doing nothing yet."""
    links = links_of(one)
    angles, root = rest(links, station.stance)
    none = np.zeros((1, 1))
    at = Target(station.stance.position)
    poses = Poses(
        one, links, station.stance, (at,), angles[:, None], root[:, None], none.astype(np.int8), none, none
    )
    return figure_mark(poses, 0, 0)


_LABEL: Text = text("reach: at ease, at most, out of reach", "atteinte : à l'aise, au plus, hors d'atteinte")


def _data(who: str, area: Mapping[int, float]) -> dict[str, Any]:
    return {
        "person": who,
        "area_comfortable": round(area[COMFORTABLE], 4),
        "area_maximal": round(area[MAXIMAL], 4),
        "area_out": round(area[OUT], 4),
        "obstacles": "not regarded",
    }


def _near(triangles: FloatArray, place: FloatArray) -> FloatArray:
    """Those that face the person and are not far away."""
    centre = triangles.mean(axis=1)
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    eye = place + np.array([0.0, 0.0, _EYE])
    facing = np.einsum("ij,ij->i", normal, eye - centre) > 0.0
    close = np.linalg.norm(
        np.clip(place[:2], triangles[:, :, :2].min(1), triangles[:, :, :2].max(1)) - place[:2], axis=1
    )
    return np.asarray(triangles[facing & (close < NEAR)])


def _split(triangles: FloatArray) -> FloatArray:
    """Triangles halved at their longest edge until none is longer than ``EDGE`` (or there are ``MOST``)."""
    done: list[FloatArray] = []
    count = 0
    while len(triangles):
        edges = np.linalg.norm(np.roll(triangles, -1, axis=1) - triangles, axis=2)
        longest = edges.argmax(axis=1)
        small = edges.max(axis=1) <= EDGE
        if count + 2 * len(triangles) > MOST:
            small[:] = True
        done.append(triangles[small])
        count += int(small.sum())
        rest, turn = triangles[~small], longest[~small]
        order = (turn[:, None] + np.arange(3)) % 3
        a, b, c = (rest[np.arange(len(rest)), order[:, k]] for k in range(3))
        middle = 0.5 * (a + b)
        triangles = np.concatenate([np.stack([a, middle, c], axis=1), np.stack([middle, b, c], axis=1)])
    return np.concatenate(done)
