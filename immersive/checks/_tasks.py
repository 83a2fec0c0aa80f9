"""The tasks of a cell: each workstation with its people and the postures they need for each work point.

Every check on people starts here, so that all of them judge the same bodies in the same postures. What
is computed is kept for the other checks of the run (``Context.memo``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from immersive.checks._base import Context, param
from immersive.checks._coverage import uncovered
from immersive.errors import LayoutError, UsageError, choices, suggestion
from immersive.findings import Finding, PointMark, Skipped, Text, Verdict, text
from immersive.human.posing import Poses, Stance, Target, stance_of, target_of
from immersive.scene.model import Scene
from immersive.scene.station import Population, WorkPoint, Workstation

if TYPE_CHECKING:
    from immersive.human.obstacles import Obstacles
    from immersive.human.people import People
    from immersive.human.population import Study
    from immersive.human.reach_clear import ClearPoses

Made = TypeVar("Made")

SEXES: Final = {True: text("woman", "femme"), False: text("man", "homme")}


@dataclass(frozen=True)
class HumanParams:
    """Parameters that every check on people has."""

    workstations: tuple[str, ...] = param((), doc="Ids of the workstations; empty: all.")
    population: str = param(
        "", doc="Id of the layout's population; empty: its first one, else the ANSUR II sample, F05 to M95."
    )
    posture: Literal["", "standing", "sitting", "kneeling"] = param(
        "", doc="Posture instead of the station's own."
    )


@dataclass(frozen=True)
class StationTasks:
    """One workstation with its people.

    Attributes:
        station: As the layout has it.
        population: Whom the cell is for.
        study: The named people (percentiles) and the sample.
        stance: Where the body is.
        targets: One for each work point, in order.
    """

    station: Workstation
    population: Population
    study: Study
    stance: Stance
    targets: tuple[Target, ...]
    scene: Scene = field(repr=False, compare=False)
    memo: dict[Any, Any] = field(repr=False, compare=False, default_factory=dict)

    @property
    def points(self) -> tuple[WorkPoint, ...]:
        """The work points: the second axis of every pose array."""
        return self.station.work_points

    @cached_property
    def named(self) -> ClearPoses:
        """(k, m) the named people (smallest, …, largest) at each work point, past the parts of the cell."""
        from immersive.human.body_capsules import tool_of
        from immersive.human.reach_clear import solve_reach_clear

        people = self.study.named
        tools = [tool_of(point) for point in self.points]
        return self.once(
            "named",
            lambda: solve_reach_clear(
                people, self._links(people), self.stance, self.targets, self.obstacles, tools=tools
            ),
        )

    @cached_property
    def sample(self) -> Poses | None:
        """(n, m) the sample at each work point, without regard to obstacles; None: the study has none."""
        people = self.study.sample
        if people is None:
            return None
        from immersive.human.reach_ik import solve_reach

        return self.once(
            "sample", lambda: solve_reach(people, self._links(people), self.stance, self.targets)
        )

    @property
    def obstacles(self) -> Obstacles:
        """What a body must not cut, made once a run."""
        from immersive.human.obstacles import obstacles_of

        if "obstacles" not in self.memo:
            self.memo["obstacles"] = obstacles_of(self.scene)
        made: Obstacles = self.memo["obstacles"]
        return made

    def once(self, what: str, make: Callable[[], Made], /) -> Made:
        """What ``make`` gives for these people at these points, made once a run."""
        key = (what, self.population, self.stance, self.station)
        if key not in self.memo:
            self.memo[key] = make()
        made: Made = self.memo[key]
        return made

    def _links(self, people: People) -> Any:
        from immersive.human.links import links_of

        return links_of(people)


@dataclass(frozen=True)
class Tasks:
    """What a check on people goes over.

    Attributes:
        stations: Those that can be posed and have work points.
        not_posed: Those that cannot, with the reason.
        skipped: Left out by the rule, or without work points.
    """

    stations: tuple[StationTasks, ...]
    not_posed: tuple[tuple[Workstation, Text], ...]
    skipped: tuple[Skipped, ...]

    @property
    def examined(self) -> dict[str, int]:
        """Counts for ``Evaluation.examined``."""
        return {
            "workstations": len(self.stations),
            "work_points": sum(len(s.points) for s in self.stations),
        }

    @property
    def told(self) -> tuple[Text, ...]:
        """What the assumptions of a check on people say of the people, each sentence once."""
        return tuple({word["en"]: word for s in self.stations for word in s.study.told()}.values())


def tasks_of(context: Context, params: HumanParams) -> Tasks:
    """The workstations a rule asks for, with their people.

    Raises:
        LayoutError: The rule names a workstation or population that the layout has not.
    """
    population = population_of(context, params.population)
    stations: list[StationTasks] = []
    not_posed: list[tuple[Workstation, Text]] = []
    skipped = uncovered(context, "workstations", (station.id for station in context.station.workstations))
    for station in stations_of(context, params.workstations):
        stance = stance_of(station, posture=params.posture)
        if not station.work_points:
            skipped.append(Skipped(station.id, text("has no work points", "n'a aucun point de travail")))
        elif stance.posture == "sitting" and stance.seat_height is None:
            reason = text(
                "the station is seated and its seat height is not given (seat_height)",
                "le poste est assis et la hauteur de siège n'est pas indiquée (seat_height)",
            )
            not_posed.append((station, reason))
        else:
            stations.append(
                StationTasks(
                    station,
                    population,
                    study_of(context, population),
                    stance,
                    tuple(target_of(point) for point in station.work_points),
                    context.scene,
                    context.memo,
                )
            )
    return Tasks(tuple(stations), tuple(not_posed), tuple(skipped))


def study_of(context: Context, population: Population) -> Study:
    """The people of a population, made once a run.

    Raises:
        LayoutError: The population's figures make no sense.
    """
    from immersive.human.population import people_of

    key = ("study", population)
    if key not in context.memo:
        try:
            context.memo[key] = people_of(population)
        except UsageError as error:
            raise LayoutError(
                population.origin.file or "populations", str(error), place=population.origin.key
            ) from error
    study: Study = context.memo[key]
    return study


def population_of(context: Context, wanted: str) -> Population:
    """The layout's population with this id; empty: its first, else a default one.

    Raises:
        LayoutError: There is none with this id.
    """
    populations = {p.id: p for p in context.station.populations}
    if wanted and wanted not in populations:
        raise rule_error(
            context,
            "population",
            f"unknown population {wanted!r}{suggestion(wanted, populations)}; "
            f"the layout has {choices(populations)}",
        )
    return populations[wanted] if wanted else next(iter(populations.values()), Population("default"))


def stations_of(context: Context, wanted: Sequence[str]) -> tuple[Workstation, ...]:
    """The workstations with these ids; empty: all.

    Raises:
        LayoutError: One does not exist.
    """
    known = {station.id: station for station in context.station.workstations}
    for name in wanted:
        if name not in known:
            raise rule_error(
                context,
                "workstations",
                f"unknown workstation {name!r}{suggestion(name, known)}; the layout has {choices(known)}",
            )
    return tuple(known[name] for name in dict.fromkeys(wanted)) if wanted else tuple(known.values())


def rule_error(context: Context, key: str, defect: str) -> LayoutError:
    """A mistake in a rule's parameter."""
    origin = context.rule.origin
    return LayoutError(
        origin.file or "rules", defect, place=f"{origin.key or f'rule {context.rule.id!r}'}.{key}"
    )


def subjects(station: Workstation, point: WorkPoint) -> tuple[str, str]:
    """Subjects of a finding on one task."""
    return station.id, f"{station.id}/{point.id}"


def person(people: People, index: int, /) -> Text:
    """Who it is: ``5th-percentile woman (F05)``; of a sample or survey, sex and id."""
    name, sex = people.ids[index], SEXES[bool(people.female[index])]
    if people.kind == "sampled":
        number = name.removeprefix("sample ")
        return text("{sex} {id} of the sample", "{sex} {id} de l'échantillon", sex=sex, id=number)
    if people.kind != "percentiles":
        return text("{sex} {id}", "{sex} {id}", sex=sex, id=name)
    number = f"{float(name[1:]):g}"
    ending = "th"
    if "." not in number and not number.endswith(("11", "12", "13")):
        ending = {"1": "st", "2": "nd", "3": "rd"}.get(number[-1:], "th")
    return text(
        "{n}{ending}-percentile {sex} ({id})",
        "{sex} du {m}{rang} percentile ({id})",
        n=number,
        m=number.replace(".", ","),
        ending=ending,
        rang="er" if number == "1" else "e",
        sex=sex,
        id=name,
    )


def unexamined(context: Context, tasks: Tasks, code: str, **same: Any) -> list[Finding]:
    """Findings for what could not be posed, and one where there is nothing at all.

    Args:
        context: Of the rule.
        tasks: From :func:`tasks_of`.
        code: Of the findings.
        **same: Further fields of each finding, such as the citation.
    """
    findings = [
        Finding(
            code,
            context.rule.id,
            subjects(station, point),
            Verdict.NOT_EVALUATED,
            context.severity,
            text(
                "{point} at {station} was not judged: {why}.",
                "{point} au poste {station} n'a pas été jugé : {why}.",
                point=point.id,
                station=station.id,
                why=reason,
            ),
            marks=(PointMark(point.position, text("{id}", "{id}", id=point.id)),),
            **same,
        )
        for station, reason in tasks.not_posed
        for point in station.work_points
    ]
    if not findings and not tasks.stations:
        message = (
            text(
                "The workstations have no work points to examine",
                "Les postes n'ont aucun point de travail à examiner",
            )
            if context.station.workstations
            else text(
                "The layout has no workstation to examine",
                "Le fichier de cellule ne contient aucun poste de travail",
            )
        )
        findings.append(
            Finding(code, context.rule.id, (), Verdict.NOT_EVALUATED, context.severity, message, **same)
        )
    return findings


def applies(scene: Any) -> bool:
    """True if the layout has a workstation."""
    return scene.station is not None and bool(scene.station.workstations)
