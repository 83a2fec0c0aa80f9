"""What checks on people share: whose postures, solved once a run, what could not be posed, and who is who."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from immersive.checks._base import Context
from immersive.checks._figures import figure_mark, hand_gap
from immersive.checks._tasks import (
    HumanParams,
    Tasks,
    person,
    population_of,
    stations_of,
    study_of,
    subjects,
    tasks_of,
    unexamined,
)
from immersive.errors import LayoutError
from immersive.findings import PointMark, Verdict
from immersive.human import body_capsules, reach_clear, reach_ik
from immersive.human.kinematics import figure
from immersive.human.links import links_of
from immersive.human.percentiles import percentile_people
from immersive.human.population import people_of
from immersive.human.posing import Poses
from immersive.human.volume import capsules_of
from immersive.scene.model import Part, Scene, Severity
from immersive.scene.station import Origin, Population, Rule, Station, WorkPoint, Workstation
from tests.checks.walkway_scenes import box

FEW = Population("few", people="percentiles", percentiles=("M50",))
CROWD = Population("crowd", sample_size=12)
POINTS = (WorkPoint("a", (0.2, 0.45, 1.0), hand="right"), WorkPoint("b", (-0.3, 0.4, 1.2), hand="left"))
DESK = Workstation("desk", (0.0, 0.0, 0.0), work_points=POINTS)


def context(
    *stations: Workstation, populations: tuple[Population, ...] = (FEW,), parts: tuple[Part, ...] = (),
    rule: Rule | None = None, rules: tuple[Rule, ...] = (), memo: dict[Any, Any] | None = None,
) -> Context:  # fmt: skip
    scene = Scene("s", parts, station=Station(workstations=stations, populations=populations, rules=rules))
    return Context(scene, rule or Rule("r", "reach"), memo={} if memo is None else memo)


def counted(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[tuple[Any, ...]]:
    """Calls of a function from now on."""
    calls: list[tuple[Any, ...]] = []
    real: Callable[..., Any] = getattr(module, name)

    def watched(*args: Any, **more: Any) -> Any:
        calls.append((args, more))
        return real(*args, **more)

    monkeypatch.setattr(module, name, watched)
    return calls


# Whose postures --------------------------------------------------------------------------------------


def test_postures_are_those_of_the_solvers() -> None:
    (station,) = tasks_of(context(DESK, populations=(CROWD,)), HumanParams()).stations
    study = people_of(CROWD)
    assert station.points == POINTS
    assert station.named.people.ids == study.named.ids
    assert station.named.missing.shape == (len(study.named), 2)
    alone = reach_ik.solve_reach(study.named, links_of(study.named), station.stance, station.targets)
    assert np.array_equal(station.named.angles, alone.angles)
    assert not station.named.blocked.any()
    assert study.sample is not None
    many = reach_ik.solve_reach(study.sample, links_of(study.sample), station.stance, station.targets)
    assert station.sample is not None
    assert np.array_equal(station.sample.missing, many.missing)
    assert len(station.sample.people) == 24


def test_postures_are_solved_once_for_all_checks_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    clear = counted(monkeypatch, reach_clear, "solve_reach_clear")
    memo: dict[Any, Any] = {}
    first = context(DESK, populations=(CROWD,), memo=memo)
    (one,) = tasks_of(first, HumanParams()).stations
    second = Context(first.scene, Rule("other", "posture_rula"), memo=memo)
    (two,) = tasks_of(second, HumanParams()).stations
    assert one.named is two.named
    assert one.sample is two.sample
    assert one.obstacles is two.obstacles
    assert study_of(first, CROWD) is study_of(second, CROWD)
    assert len(clear) == 1
    # Another run starts anew, with the same result.
    (three,) = tasks_of(Context(first.scene, first.rule), HumanParams()).stations
    assert np.array_equal(three.named.angles, one.named.angles)
    assert len(clear) == 2


def test_another_posture_population_or_station_is_solved_for_itself() -> None:
    memo: dict[Any, Any] = {}
    other = Workstation("other", (0.0, 0.0, 0.0), work_points=POINTS[:1])
    place = context(DESK, other, populations=(FEW, CROWD), memo=memo)
    desk, two = tasks_of(place, HumanParams()).stations
    (kneeling,) = tasks_of(place, HumanParams(posture="kneeling", workstations=("desk",))).stations
    (crowd,) = tasks_of(place, HumanParams(population="crowd", workstations=("desk",))).stations
    assert two.named.missing.shape[1] == 1
    assert kneeling.stance.posture == "kneeling"
    hips = [poses.root[0, 0, 2] for poses in (desk.named, kneeling.named)]
    assert hips[1] < hips[0] - 0.2
    assert desk.sample is None
    assert crowd.sample is not None
    assert crowd.named is not desk.named


def test_named_people_go_past_the_cell_and_the_sample_does_not() -> None:
    wall = box("wall", (-2.0, 0.25, 0.0), (2.0, 0.28, 3.0))
    (station,) = tasks_of(context(DESK, populations=(CROWD,), parts=(wall,)), HumanParams()).stations
    assert station.obstacles.ids == ("wall",)
    assert station.named.blocked.all()
    assert station.sample is not None
    assert type(station.sample) is Poses
    assert station.sample.reached.all()


def test_the_tool_of_a_point_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counted(monkeypatch, reach_clear, "solve_reach_clear")
    armed = WorkPoint("c", (0.2, 0.45, 1.0), hand="right", tool_length=0.2)
    place = Workstation("desk", (0.0, 0.0, 0.0), work_points=(POINTS[0], armed))
    (station,) = tasks_of(context(place), HumanParams()).stations
    assert station.named.missing.shape[1] == 2
    ((_, options),) = calls
    assert options["tools"] == [None, body_capsules.tool_of(armed)]
    assert options["tools"][1].length == 0.2


# What cannot be posed --------------------------------------------------------------------------------


def test_what_is_left_out_is_said() -> None:
    seated = Workstation("seat", (0.0, 0.0, 0.0), posture="sitting", work_points=POINTS)
    idle = Workstation("idle", (0.0, 0.0, 0.0))
    place = context(DESK, seated, idle)
    tasks = tasks_of(place, HumanParams())
    assert [s.station.id for s in tasks.stations] == ["desk"]
    assert [station.id for station, _ in tasks.not_posed] == ["seat"]
    assert [s.subject for s in tasks.skipped] == ["idle"]
    assert tasks.examined == {"workstations": 1, "work_points": 2}
    findings = unexamined(place, tasks, "reach.distance", unit="m")
    assert [f.subjects for f in findings] == [("seat", "seat/a"), ("seat", "seat/b")]
    for finding, point in zip(findings, POINTS, strict=True):
        assert finding.verdict == Verdict.NOT_EVALUATED
        assert finding.unit == "m"
        assert "seat_height" in finding.message["en"]
        assert "hauteur de siège" in finding.message["fr"]
        assert isinstance(finding.marks[0], PointMark)
        assert finding.marks[0].position == point.position
    assert len({f.id for f in findings}) == 2


def test_nothing_at_all_is_one_finding() -> None:
    for stations, words in (((), "no workstation"), ((Workstation("idle", (0, 0, 0)),), "no work points")):
        place = context(*stations, rule=Rule("r", "reach", severity="warning"))
        (finding,) = unexamined(place, tasks_of(place, HumanParams()), "reach.distance")
        assert finding.verdict == Verdict.NOT_EVALUATED
        assert finding.severity == Severity.WARNING
        assert words in finding.message["en"]
        assert finding.message["en"] != finding.message["fr"]
    assert unexamined(context(DESK), tasks_of(context(DESK), HumanParams()), "x") == []


def test_stations_that_no_rule_asks_for_are_said_by_the_first() -> None:
    other = Workstation("other", (0.0, 0.0, 0.0), work_points=POINTS)
    rules = (
        Rule("one", "reach", {"workstations": ["desk"]}),
        Rule("two", "reach", {"workstations": "desk"}),
    )
    asked = HumanParams(workstations=("desk",))
    first, second = (tasks_of(context(DESK, other, rule=rule, rules=rules), asked) for rule in rules)
    assert [s.subject for s in first.skipped] == ["other"]
    assert second.skipped == ()


# Mistakes --------------------------------------------------------------------------------------------


def test_names_that_do_not_exist() -> None:
    origin = Origin("cell.toml", "rules[2]", 40)
    place = context(DESK, populations=(FEW, CROWD), rule=Rule("r", "reach", origin=origin))
    with pytest.raises(LayoutError, match=r"did you mean 'desk'.*desk") as station:
        stations_of(place, ["desks"])
    assert "rules[2].workstations" in str(station.value)
    assert "cell.toml" in str(station.value)
    with pytest.raises(LayoutError, match=r"did you mean 'crowd'.*few"):
        population_of(place, "crowds")
    assert population_of(place, "") is FEW
    assert population_of(place, "crowd") is CROWD
    assert population_of(context(DESK, populations=()), "") == Population("default")
    assert stations_of(place, ["desk", "desk"]) == (DESK,)


def test_a_population_that_makes_no_sense_is_a_mistake_of_the_layout() -> None:
    wrong = Population("w", source="mars", origin=Origin("cell.toml", "populations[0]"))
    with pytest.raises(LayoutError, match="mars") as error:
        tasks_of(context(DESK, populations=(wrong,)), HumanParams())
    assert "populations[0]" in str(error.value)
    assert "cell.toml" in str(error.value)


# Who is who ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "en", "fr"),
    [
        ("F05", "5th-percentile woman (F05)", "femme du 5e percentile (F05)"),
        ("M95", "95th-percentile man (M95)", "homme du 95e percentile (M95)"),
        ("F01", "1st-percentile woman (F01)", "femme du 1er percentile (F01)"),
        ("M02", "2nd-percentile man (M02)", "homme du 2e percentile (M02)"),
        ("M11", "11th-percentile man (M11)", "homme du 11e percentile (M11)"),
        ("M83", "83rd-percentile man (M83)", "homme du 83e percentile (M83)"),
        ("F02.5", "2.5th-percentile woman (F02.5)", "femme du 2,5e percentile (F02.5)"),
        ("F00.5", "0.5th-percentile woman (F00.5)", "femme du 0,5e percentile (F00.5)"),
        ("M10", "10th-percentile man (M10)", "homme du 10e percentile (M10)"),
    ],
)
def test_person_in_words(word: str, en: str, fr: str) -> None:
    assert person(percentile_people([word]), 0) == {"en": en, "fr": fr}


def test_people_of_a_sample_by_sex_and_id() -> None:
    sample = people_of(CROWD).sample
    assert sample is not None
    said = person(sample, 0)
    assert said == {"en": "woman F 0001 of the sample", "fr": "femme F 0001 de l'échantillon"}
    assert said["en"].startswith("woman " if sample.female[0] else "man ")
    assert subjects(DESK, POINTS[0]) == ("desk", "desk/a")


def test_a_figure_is_the_person_in_the_posture() -> None:
    (station,) = tasks_of(context(DESK), HumanParams()).stations
    poses = station.named
    mark = figure_mark(poses, 1, 1, levels={"trunk": 1, "thorax": 3})
    links = poses.links[1:2]
    body = figure(links[0], poses.angles[1, 1], poses.root[1, 1])
    volume = capsules_of(poses.people.pick([1]), links)
    assert len(mark.capsules) > 10
    assert {c.level for c in mark.capsules if c.segment == "thorax"} == {3}
    assert {c.level for c in mark.capsules if c.segment == "head"} == {0}
    assert mark.heading == pytest.approx(math.pi / 2)
    assert mark.label == person(poses.people, 1)
    assert mark.body is not None
    assert mark.body.angles == tuple(poses.angles[1, 1])
    assert volume is not None
    # The wrist ends a forearm: the arm that is drawn is the one that was posed.
    ends = np.array([c.end for c in mark.capsules if c.segment == "left_forearm"])
    assert np.linalg.norm(ends - body.point("left_wrist"), axis=1).min() < 0.03
    start, goal, gap = hand_gap(poses, 1, 1)
    assert start == pytest.approx(tuple(body.point("left_grip")))
    assert goal == pytest.approx(POINTS[1].position)
    assert gap == pytest.approx(poses.missing[1, 1], abs=1e-9)


def test_what_is_told_of_the_people_is_told_once() -> None:
    twin = Workstation("twin", (1.0, 0.0, 0.0), work_points=POINTS)
    tasks: Tasks = tasks_of(context(DESK, twin), HumanParams())
    assert len(tasks.stations) == 2
    assert tasks.told == people_of(FEW).told()
