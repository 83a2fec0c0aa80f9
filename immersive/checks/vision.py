"""Vision: whether people see what they have to see, from where their eyes are, and under which angles.

What
    For each display and each work point of each workstation: how much of it the named people (the smallest to
    the largest) see and what hides the rest; the viewing distance; the angles of the line of sight against a
    recommended zone; for a display with a surface also how much it is turned away. For the population: the share
    that sees it, and sees it in the zone.

Why
    A screen behind a shelf or a balancer, or above the eyes of a small person, is read with a bent and twisted
    neck, or not at all; a bin that cannot be seen into is groped in.

Method
    The eyes are those of the manikin: for a display in the upright posture of the workstation, for a work point in
    the posture that the person needs to reach it. Rays go from both eyes to evenly spread samples of the surface (a
    work point is one sample); what the first part met hides counts for that part. The surface of a display is the
    rectangle that the layout gives, or the flat face of its parts at its position, or of the part within 100 mm.
    Parts that are more than half transparent hide nothing. All is measured again with the eyes ``eye_uncertainty``
    to each side, higher and lower, before and behind: if that changes the verdict, it is indeterminate.
    Angles are told from the horizontal and from where the trunk faces; zones are those of NUREG-0700 unless the rule
    says otherwise. A hint for a display outside of its zone is the shortest move, up, down or sideways, for which
    the angles of all named people, measured again, lie inside.

Limits
    The own body, arms and hands hide nothing, and what is held neither. What lies within ``depth`` of a work point
    does not hide it: what is worked on is seen when its surface is. Legibility (size of characters, contrast,
    glare, lighting) is not judged; no viewing distance is established, so that it is judged only where the rule
    gives one. Displays are looked at upright, not while reaching. A display is judged by its middle for angles. Who
    is tallest among percentiles of stature does not have the highest eyes in every case.

References
    NUREG-0700 (one source: displays monitored often, 35° to the side, 35° up, 25° down, face at least 45° to the
    line of sight); ISO 9241-5 (one source, quoted); EN 894-2 / ISO 9355-2, MIL-STD-1472 (from memory). Rays: Möller
    and Trumbore 1997; samples: Roberts 2018.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from immersive.checks import _vision_findings as found
from immersive.checks._base import Check, Context, param
from immersive.checks._coverage import uncovered
from immersive.checks._figures import figure_mark
from immersive.checks._tasks import (
    HumanParams,
    StationTasks,
    applies,
    population_of,
    rule_error,
    stations_of,
    study_of,
)
from immersive.checks._vision_case import Case
from immersive.checks._vision_measure import categories, see
from immersive.checks._vision_refusals import CITATION, assumptions, incomplete, nothing, unjudged
from immersive.checks._vision_targets import Looked, View, display_surface, looked_at, view_of
from immersive.errors import UsageError
from immersive.findings import (
    Citation,
    Confidence,
    Evaluation,
    FigureMark,
    Finding,
    Skipped,
    Text,
    text,
)
from immersive.human.kinematics import figure
from immersive.human.people import People
from immersive.human.posing import Poses, Target, stance_of, target_of
from immersive.human.vision import EYE_UNCERTAINTY, Eyes, Zone, ZoneMethod, eyes_of, zone_method
from immersive.scene.station import Display, WorkPoint, Workstation

Thing = TypeVar("Thing", Display, WorkPoint)

NAME = {"en": "Vision", "fr": "Champ visuel"}


@dataclass(frozen=True)
class Params(HumanParams):
    """Parameters of a rule."""

    look_at: Literal["all", "displays", "work_points"] = param("all", doc="What has to be seen.")
    points: tuple[str, ...] = param(
        (), doc="Ids of displays and work points that have to be seen, alone or as station/id; empty: all."
    )
    zones: Literal["nureg_0700", "iso_9241_5", "en_894_2", "mil_std_1472"] = param(
        "nureg_0700", doc="Whose zones displays are held against."
    )
    zone: str = param("", doc="Name of the zone a display must lie in; empty: the method's usual one.")
    point_zones: Literal["", "nureg_0700", "iso_9241_5", "en_894_2", "mil_std_1472"] = param(
        "mil_std_1472", doc="Whose zones work points are held against; empty: none."
    )
    point_zone: str = param("", doc="Name of the zone a work point must lie in; empty: the usual one.")
    min_share: float = param(0.95, doc="Share of a surface that must be seen, 0 to 1.", minimum=0.0)
    face_angle: float | None = param(
        None,
        kind="angle",
        doc="Least angle of a display's face to the line of sight; absent: NUREG-0700's 45°.",
    )
    distance_min: float | None = param(
        None, kind="length", doc="Least viewing distance of displays; absent: told, not judged.", minimum=0.0
    )
    distance_max: float | None = param(
        None,
        kind="length",
        doc="Greatest viewing distance of displays; absent: told, not judged.",
        minimum=0.0,
    )
    depth: float = param(
        0.05, kind="length", doc="What lies within this of a work point does not hide it.", minimum=0.0
    )
    eye_uncertainty: float = param(
        EYE_UNCERTAINTY, kind="length", doc="Half width of where an eye may be.", minimum=0.0
    )
    see_through: tuple[str, ...] = param((), doc="Selectors of parts that hide nothing: nets, glass.")


def evaluate(context: Context, params: Params) -> Evaluation:
    """Findings for each display and work point that a rule asks for."""
    methods = _methods(context, params)
    try:
        view = view_of(context, params.see_through)
    except UsageError as error:
        raise rule_error(context, "see_through", str(error)) from error
    stations = stations_of(context, params.workstations)
    findings = incomplete(context)
    skipped = uncovered(context, "workstations", (station.id for station in context.station.workstations))
    known: set[str] = set()
    told: dict[str, Text] = {}
    counts = {"workstations": 0, "displays": 0, "work_points": 0}
    for station in stations:
        known |= {name for p in station.displays for name in _names(station, p)}
        known |= {name for p in station.work_points for name in _names(station, p)}
        displays = _asked(params, station, station.displays, "displays")
        points = _asked(params, station, station.work_points, "work_points")
        if not displays and not points:
            reason = text("has nothing that has to be seen", "n'a rien qui doive être vu")
            skipped.append(Skipped(station.id, reason))
            continue
        stance = stance_of(station, posture=params.posture)
        if stance.posture == "sitting" and stance.seat_height is None:
            reason = text(
                "the station is seated and its seat height is not given (seat_height)",
                "le poste est assis et la hauteur de siège n'est pas indiquée (seat_height)",
            )
            findings += [unjudged(context, station, thing, reason) for thing in displays]
            findings += [unjudged(context, station, thing, reason) for thing in points]
            continue
        population = population_of(context, params.population)
        tasks = StationTasks(
            station,
            population,
            study_of(context, population),
            stance,
            tuple(target_of(point) for point in station.work_points),
            context.scene,
            context.memo,
        )
        counts["workstations"] += 1
        told |= {word["en"]: word for word in tasks.study.told()}
        made = list(_of_station(context, params, tasks, view, displays, points, methods))
        counts["displays"] += len(displays)
        counts["work_points"] += len(points)
        findings += made
    for name in params.points:
        if name not in known:
            raise rule_error(context, "points", f"no display or work point {name!r} at these workstations")
    if counts["workstations"] == 0 and not findings:
        findings.append(nothing(context))
    return Evaluation(
        tuple(findings),
        counts,
        tuple(skipped),
        (*assumptions(view, params.min_share, params.depth, params.eye_uncertainty), *told.values()),
    )


def _methods(context: Context, params: Params) -> dict[str, tuple[ZoneMethod, Zone] | None]:
    """Method and zone for displays and for work points."""
    chosen: dict[str, tuple[ZoneMethod, Zone] | None] = {"display": None, "work_point": None}
    for kind, key, method, zone in (
        ("display", "zone", params.zones, params.zone),
        ("work_point", "point_zone", params.point_zones, params.point_zone),
    ):
        if not method:
            continue
        try:
            chosen[kind] = (zone_method(method), zone_method(method).zone(zone))
        except UsageError as error:
            raise rule_error(context, key, str(error)) from error
    return chosen


def _names(station: Workstation, point: Display | WorkPoint) -> tuple[str, str]:
    return point.id, f"{station.id}/{point.id}"


def _asked(params: Params, station: Workstation, things: tuple[Thing, ...], kind: str) -> list[Thing]:
    if params.look_at not in ("all", kind):
        return []
    wanted = set(params.points)
    return [p for p in things if not wanted or wanted.intersection(_names(station, p))]


@dataclass(frozen=True, eq=False)
class _Crowd:
    """Some people, each in one posture: that of a column of their poses."""

    poses: Poses
    column: int

    @property
    def people(self) -> People:
        return self.poses.people

    @property
    def eyes(self) -> Eyes:
        angles, root = self.poses.angles[:, self.column], self.poses.root[:, self.column]
        return eyes_of(figure(self.poses.links, angles, root))

    @property
    def unreached(self) -> tuple[int, ...]:
        """Whose hands do not arrive, or only through the parts of the cell."""
        missed = ~self.poses.reached[:, self.column]
        blocked = getattr(self.poses, "blocked", None)
        if blocked is not None:
            missed = missed | blocked[:, self.column]
        return tuple(np.flatnonzero(missed).tolist())

    def mark(self, index: int) -> FigureMark:
        return figure_mark(self.poses, index, self.column)


def _of_station(
    context: Context,
    params: Params,
    tasks: StationTasks,
    view: View,
    displays: list[Display],
    points: list[WorkPoint],
    methods: dict[str, tuple[ZoneMethod, Zone] | None],
) -> Iterator[Finding]:
    """All findings of one workstation."""
    posture = tasks.stance.posture
    if displays:
        named, sample = _upright(tasks, "named"), _upright(tasks, "sample")
        assert named is not None
        eye = named.eyes.centre.mean(axis=0)
        for display in displays:
            column = tasks.station.displays.index(display)
            looked = display_surface(context, tasks.station, display, column, view, eye, params.depth)
            if not isinstance(looked, Looked):
                yield unjudged(context, tasks.station, display, looked)
                continue
            case = _case(
                context, params, tasks.station, posture, looked, view, named, sample, methods["display"]
            )
            yield from _judged(case, params, methods["display"])
    for point in points:
        column = tasks.station.work_points.index(point)
        looked = looked_at(point, column, params.depth)
        named = _Crowd(tasks.named, column)
        sample = None if tasks.sample is None else _Crowd(tasks.sample, column)
        case = _case(
            context, params, tasks.station, posture, looked, view, named, sample, methods["work_point"]
        )
        yield from _judged(case, params, methods["work_point"])


def _upright(tasks: StationTasks, which: str) -> _Crowd | None:
    """The named people or the sample standing, sitting or kneeling upright."""
    from immersive.human.links import links_of
    from immersive.human.stance import rest

    people = tasks.study.named if which == "named" else tasks.study.sample
    if people is None:
        return None

    def upright() -> Poses:
        links = links_of(people)
        angles, root = rest(links, tasks.stance)
        n = len(people)
        ahead = (Target(tasks.stance.position),)
        hands, zeros = np.zeros((n, 1), np.int8), np.zeros((n, 1))
        return Poses(
            people, links, tasks.stance, ahead, angles[:, None], root[:, None], hands, zeros, zeros.copy()
        )

    return _Crowd(tasks.once(f"upright {which}", upright), 0)


def _case(
    context: Context,
    params: Params,
    station: Workstation,
    posture: str,
    looked: Looked,
    view: View,
    named: _Crowd,
    sample: _Crowd | None,
    method: tuple[ZoneMethod, Zone] | None,
) -> Case:
    eyes, groups = named.eyes, None
    if sample is not None:
        zone = None if method is None else method[1]
        groups = categories(view, sample.eyes, looked, posture, zone, params.min_share)
    return Case(
        context,
        station,
        posture,
        looked,
        view,
        named.people,
        eyes,
        see(view, eyes, looked, posture, params.eye_uncertainty),
        named.mark,
        None if sample is None else sample.people,
        groups,
        params.eye_uncertainty,
        named.unreached,
    )


def _judged(case: Case, params: Params, method: tuple[ZoneMethod, Zone] | None) -> Iterator[Finding]:
    yield found.hidden(case, params.min_share)
    if method is not None:
        yield found.in_zone(case, *method)
    if case.looked.kind != "display":
        return
    turned = found.face(case, params.face_angle)
    if turned is not None:
        yield turned
    far = found.distance(case, params.distance_min, params.distance_max)
    if far is not None:
        yield far


CHECK = Check(
    code="vision",
    name=NAME,
    params=Params,
    standards=(
        CITATION,
        Citation("ISO 9241-5", confidence=Confidence.ONE_SOURCE),
        Citation("EN 894-2 / ISO 9355-2", confidence=Confidence.MEMORY),
        Citation("MIL-STD-1472", confidence=Confidence.MEMORY),
    ),
    evaluate=evaluate,
    applies=applies,
    doc=__doc__ or "",
)
