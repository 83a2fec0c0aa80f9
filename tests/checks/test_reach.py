"""The reach check against the solver, straight arms and counted people; what it says, and what it must not say."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from immersive.checks._base import Context, bind
from immersive.checks.reach import CHECK
from immersive.errors import LayoutError
from immersive.findings import (
    LANGUAGES,
    Evaluation,
    FigureMark,
    Finding,
    PartMark,
    PointMark,
    SegmentMark,
    Verdict,
)
from immersive.human.kinematics import figure
from immersive.human.links import SPAN_UNCERTAINTY, links_of
from immersive.human.obstacles import obstacles_of
from immersive.human.population import people_of
from immersive.human.posing import REACHED, Poses, Stance, stance_of, target_of
from immersive.human.reach_clear import solve_reach_clear
from immersive.human.reach_ik import hand_targets, solve_reach
from immersive.human.skeleton import LINK
from immersive.report.json import dumps, plain
from immersive.scene.model import Part, Scene
from immersive.scene.station import MeasuredTable, Population, Rule, Station, WorkPoint, Workstation
from tests.checks.walkway_scenes import box

FEW = Population("few", people="percentiles")
LONE = Population("lone", people="percentiles", smallest="F50", largest="F50")
CROWD = Population("crowd", sample_size=60)
NBSP = "\u00a0"


def scene_of(
    points: Sequence[WorkPoint], parts: Sequence[Part] = (), population: Population = FEW, **more: Any
) -> Scene:
    place = Workstation("desk", more.pop("at", (0.0, 0.0, 0.0)), work_points=tuple(points), **more)
    return Scene("s", tuple(parts), station=Station(workstations=(place,), populations=(population,)))


def run(scene: Scene, **params: Any) -> Evaluation:
    rule = Rule("reach", "reach", params)
    return CHECK.evaluate(Context(scene, rule), bind(CHECK, rule))


def judged(
    *points: WorkPoint, parts: Sequence[Part] = (), population: Population = FEW,
    station: dict[str, Any] | None = None, **params: Any,
) -> tuple[Finding, ...]:  # fmt: skip
    return run(scene_of(points, parts, population, **(station or {})), **params).findings


def one(point: WorkPoint, **more: Any) -> Finding:
    (finding,) = judged(point, **more)
    return finding


def solved(
    points: Sequence[WorkPoint], population: Population = FEW, *, sample: bool = False, shorter: float = 0.0,
    **station: Any,
) -> Poses:  # fmt: skip
    """Straight from the solver, past the check."""
    study = people_of(population)
    people = study.sample if sample else study.named
    assert people is not None
    place = Workstation("desk", (0.0, 0.0, 0.0), **station)
    targets = [target_of(point) for point in points]
    return solve_reach(people, links_of(people), stance_of(place), targets, arm_shorter=shorter)


def overhead(height: float, **more: Any) -> WorkPoint:
    return WorkPoint("p", (0.2, 0.15, height), hand="right", **more)


@lru_cache(maxsize=1)
def ceiling() -> float:
    """The highest point over the shoulder that the 5th-percentile woman grips, by bisection of the solver."""
    low, high = 1.4, 2.6
    for _ in range(14):
        middle = 0.5 * (low + high)
        reached = bool(solved([overhead(middle)]).reached[0, 0])
        low, high = (middle, high) if reached else (low, middle)
    return low


# The end of the reach --------------------------------------------------------------------------------


def test_at_the_end_of_the_reach_the_arm_is_straight() -> None:
    """The boundary that the verdicts below are held against is one of bones, not of the search."""
    poses = solved([overhead(ceiling())])
    at = poses.figure()
    shoulder, grip = at.point("right_shoulder")[0, 0], at.point("right_grip")[0, 0]
    bones = poses.links[0, [LINK["upper_arm"], LINK["forearm"], LINK["grip"]]].sum()
    assert np.linalg.norm(grip - shoulder) == pytest.approx(bones, abs=2e-3)
    assert grip == pytest.approx((0.2, 0.15, ceiling()), abs=REACHED)


@pytest.mark.parametrize(
    ("beyond", "verdict"),
    [
        (-0.15, Verdict.PASS),
        (-SPAN_UNCERTAINTY - 0.010, Verdict.PASS),
        (-SPAN_UNCERTAINTY + 0.004, Verdict.INDETERMINATE),
        (-0.010, Verdict.INDETERMINATE),
        (0.010, Verdict.INDETERMINATE),
        (SPAN_UNCERTAINTY - 0.003, Verdict.INDETERMINATE),
        (SPAN_UNCERTAINTY + 0.004, Verdict.FAIL),
        (0.5, Verdict.FAIL),
    ],
)
def test_verdict_around_the_end_of_the_reach(beyond: float, verdict: Verdict) -> None:
    finding = one(overhead(ceiling() + beyond))
    assert (finding.code, finding.verdict) == ("reach.distance", verdict)
    assert finding.measured is not None
    # A point so much beyond lacks no more than that, and one so much inside has no more in hand; nearly upright
    # over a straight arm little less.
    assert abs(finding.measured) <= abs(beyond) + 2e-3
    assert finding.measured == pytest.approx(-beyond, abs=0.009 + 0.04 * abs(beyond))
    assert (finding.limit, finding.limit_kind, finding.unit) == (0.0, "min", "m")
    assert finding.uncertainty == SPAN_UNCERTAINTY
    assert finding.subjects == ("desk", "desk/p")
    assert "(F05)" in finding.message["en"]
    amount = f"{abs(finding.measured) * 1000:.0f}{NBSP}mm"
    for lang, words in (("en", ("least in hand", "end of the reach", "out of reach")),
                        ("fr", ("moindre réserve", "en limite d'atteinte", "hors d'atteinte"))):  # fmt: skip
        said = dict(zip((Verdict.PASS, Verdict.INDETERMINATE, Verdict.FAIL), words, strict=True))
        assert said[verdict] in finding.message[lang]
        assert amount in finding.message[lang]


def test_uncertainty_is_a_parameter() -> None:
    point = overhead(ceiling() + 0.01)
    assert one(point, uncertainty_mm=0).verdict == Verdict.FAIL
    assert one(overhead(ceiling() - 0.03), uncertainty_mm=50).verdict == Verdict.INDETERMINATE


SPREAD = tuple(
    WorkPoint(f"p{k}", (r * math.sin(a), r * math.cos(a), z), hand=hand)
    for k, (r, a, z, hand) in enumerate(
        [(0.5, 0.3, 1.1, "right"), (0.8, 0.0, 1.5, "right"), (0.85, 1.0, 1.0, "right"), (0.7, -0.5, 1.7, "left"),
         (0.6, 0.2, 1.9, "either"), (0.9, 0.1, 0.9, "either"), (0.75, 0.0, 1.3, "both"), (1.3, 0.5, 1.2, "either"),
         (0.5, 1.6, 0.8, "right"), (0.45, -1.2, 0.5, "left")]
    )
)  # fmt: skip


def test_what_is_in_hand_is_what_the_arm_can_be_shortened_by() -> None:
    findings = judged(*SPREAD)
    own = solved(SPREAD)
    seen = 0
    for j, (point, finding) in enumerate(zip(SPREAD, findings, strict=True)):
        rows = finding.data["people"]
        values = [row["in_hand"] for row in rows]
        assert finding.measured == pytest.approx(min(values), abs=1e-4)
        for i, row in enumerate(rows):
            assert row["person"] == own.people.ids[i]
            if not own.reached[i, j]:
                assert row["in_hand"] == pytest.approx(-own.missing[i, j], abs=1e-4)
                continue
            assert 0.0 <= row["in_hand"] <= finding.data["in_hand_told_up_to"] == 0.25
            below = solved([point], shorter=max(row["in_hand"] - 2e-4, 0.0))
            assert below.reached[i, 0], (point.id, row)
            if row["in_hand"] < 0.24:
                assert not solved([point], shorter=row["in_hand"] + 0.010).reached[i, 0], (point.id, row)
                seen += 1
    assert seen >= 8


def test_margin() -> None:
    reserve = one(overhead(ceiling() - 0.12)).measured
    assert reserve is not None
    kept = one(overhead(ceiling() - 0.12), margin=reserve - 0.03)
    assert kept.verdict == Verdict.PASS
    assert kept.limit == pytest.approx(reserve - 0.03)
    near = one(overhead(ceiling() - 0.12), margin=reserve + 0.01)
    assert near.verdict == Verdict.INDETERMINATE
    asked = f"{1000 * (reserve + 0.01):.0f}{NBSP}mm"
    assert f"where {asked} in hand are asked for" in near.message["en"]
    assert f"alors que {asked} de réserve sont demandés" in near.message["fr"]
    short = one(overhead(ceiling() - 0.12), margin_mm=160)
    assert short.verdict == Verdict.FAIL
    assert short.measured == pytest.approx(reserve)
    assert f"less than the 160{NBSP}mm asked for" in short.message["en"]
    assert f"moins que les 160{NBSP}mm demandés" in short.message["fr"]


def test_a_margin_beyond_what_is_usually_told_is_judged() -> None:
    """Reserves are told up to 250 mm; a margin of 300 mm is not a failure for want of looking."""
    close = WorkPoint("p", (0.25, 0.25, 1.15), hand="right")
    finding = one(close, margin_mm=300)
    assert finding.verdict == Verdict.PASS
    assert finding.measured is not None
    assert finding.measured >= 0.325 - 1e-9
    with pytest.raises(LayoutError, match="margin and uncertainty are 525 mm together"):
        one(close, margin_mm=500)


# Shares ----------------------------------------------------------------------------------------------


def test_share_is_counted_and_told() -> None:
    point = overhead(ceiling())
    finding = one(point, population=CROWD)
    poses = solved([point], CROWD, sample=True)
    reached, female = poses.reached[:, 0], poses.people.female
    women, men = int(reached[female].sum()), int(reached[~female].sum())
    assert 0 < women < 60
    told = finding.data["share"]
    assert (told["women"]["reach"], told["women"]["of"]) == (women, 60)
    assert (told["men"]["reach"], told["men"]["of"]) == (men, 60)
    lacks = np.sort(poses.missing[~reached, 0])
    assert told["shortfall"]["largest"] == pytest.approx(lacks[-1])
    assert told["shortfall"]["median"] == pytest.approx(float(np.median(lacks)))
    assert f"{100 * women / 60:.0f}{NBSP}% of women" in finding.message["en"]
    assert f"{100 * women / 60:.0f}{NBSP}% des femmes" in finding.message["fr"]
    assert f"the worst placed {1000 * lacks[-1]:.0f}{NBSP}mm" in finding.message["en"]
    (chart,) = finding.charts
    rows = {name["en"]: shares for name, shares in chart.rows}
    assert sum(rows["women"][:2]) == pytest.approx(women / 60)
    assert sum(rows["men"][:2]) == pytest.approx(men / 60)
    assert rows["all"][2] == pytest.approx(1.0 - 0.5 * (women + men) / 60)
    # Who leans is who is inclined by more than 20°, by the positions of neck and hips.
    at = poses.figure()
    line = (at.point("cervicale") - at.point("hip_centre"))[:, 0]
    tilt = np.degrees(np.arctan2(np.hypot(line[:, 0], line[:, 1]), line[:, 2]))
    assert rows["women"][0] == pytest.approx(float((reached & (tilt <= 20.0))[female].mean()))


@pytest.mark.parametrize(
    ("height", "share", "verdict"),
    [(-0.25, 0.9, Verdict.PASS), (-0.25, 1.0, Verdict.INDETERMINATE), (0.0, 0.95, Verdict.INDETERMINATE),
     (0.1, 0.95, Verdict.FAIL)],
)  # fmt: skip
def test_share_demanded(height: float, share: float, verdict: Verdict) -> None:
    point = overhead(ceiling() + height)
    poses = solved([point], CROWD, sample=True)
    worse = float(poses.reached[poses.people.female, 0].mean())
    distance, finding = judged(point, population=CROWD, share=share)
    assert (distance.code, finding.code) == ("reach.distance", "reach.share")
    assert finding.measured == pytest.approx(worse)
    assert (finding.limit, finding.limit_kind) == (share, "min")
    assert finding.verdict == verdict
    assert finding.id != distance.id
    percent = f"{100 * share:.0f}{NBSP}%"
    assert finding.message["en"].startswith(f"{percent} of women and of men have to reach")
    assert finding.message["fr"].startswith(f"{percent} des femmes et des hommes doivent atteindre")


def test_percentiles_alone_have_no_share() -> None:
    evaluation = run(scene_of([overhead(1.5)]))
    (finding,) = evaluation.findings
    assert finding.data["share"] is None
    assert finding.charts == ()
    assert any("no share of it is counted" in told["en"] for told in evaluation.assumptions)
    assert not any("the shares are found" in told["en"] for told in evaluation.assumptions)
    _, demanded = judged(overhead(1.5), share=0.9)
    assert (demanded.code, demanded.verdict) == ("reach.share", Verdict.NOT_EVALUATED)
    assert "percentiles alone" in demanded.message["en"]
    with_shares = run(scene_of([overhead(1.5)], population=CROWD))
    assert any("the shares are found without regard" in told["en"] for told in with_shares.assumptions)
    with pytest.raises(LayoutError, match="must be from 0 to 1"):
        one(overhead(1.5), share=95.0)


def test_measured_individuals() -> None:
    statures = np.array([1.50, 1.60, 1.72, 1.65, 1.78, 1.92])
    table = MeasuredTable(
        "team.csv", tuple("abcdef"), np.array([True] * 3 + [False] * 3), {"stature": statures}
    )
    team = Population("team", source="team.csv", table=table)
    heights = np.linspace(1.7, 2.55, 6)
    points = [dataclasses.replace(overhead(float(h)), id=f"h{k}") for k, h in enumerate(heights)]
    counts = []
    for finding in judged(*points, population=team):
        told = finding.data["share"]
        assert told["women"]["of"] == told["men"]["of"] == 3
        counts.append(told["women"]["reach"] + told["men"]["reach"])
        if "shortfall" in told:
            assert told["shortfall"]["person"] == "a"
    assert counts == sorted(counts, reverse=True)
    assert (counts[0], counts[-1]) == (6, 0)
    # Measured people are everybody there is: no interval makes a demand on them uncertain.
    _, demanded = judged(points[0], population=team, share=1.0)
    assert (demanded.verdict, demanded.uncertainty) == (Verdict.PASS, 0.0)


# Obstacles -------------------------------------------------------------------------------------------

BEHIND = WorkPoint("bin", (0.15, 0.55, 1.1), hand="right")


def test_a_wall_in_front_is_named() -> None:
    wall = box("wall", (-2.0, 0.3, 0.0), (2.0, 0.33, 3.0))
    free = one(BEHIND, population=LONE)
    assert free.verdict == Verdict.PASS
    finding = one(BEHIND, parts=[wall], population=dataclasses.replace(LONE, people="", sample_size=5))
    assert (finding.code, finding.verdict) == ("reach.blocked", Verdict.FAIL)
    assert finding.id == free.id
    assert finding.data["in_the_way"] == ["wall"]
    assert finding.measured is not None
    assert finding.measured < 0.0
    assert (finding.limit, finding.unit) == (0.0, "m")
    assert PartMark("wall") in finding.marks
    assert "in the way of the 50th-percentile woman (F50): wall" in finding.message["en"]
    assert "obstacle pour la personne « femme du 50e percentile (F50) » : wall" in finding.message["fr"]
    # Nobody reads a share that knows nothing of the wall as one that does.
    assert f"Obstacles aside, 100{NBSP}% of women" in finding.message["en"]
    assert "Obstacles mis à part, " in finding.message["fr"]


def test_a_table_below_does_not_block() -> None:
    table = box("table", (-2.0, 0.30, 0.70), (2.0, 1.0, 0.75))
    finding = one(BEHIND, parts=[table], population=LONE)
    assert (finding.code, finding.verdict) == ("reach.distance", Verdict.PASS)
    assert finding.data["in_the_way"] == []
    (row,) = finding.data["people"]
    assert row["blocked_by"] == []
    assert row["clearance"] > -0.005


def test_a_way_round_must_leave_what_the_manikin_leaves_open() -> None:
    """Over a wall that a slightly shorter arm does not get over, nobody can be sure."""
    point = WorkPoint("bin", (0.15, 0.62, 0.95), hand="right")
    small = Population("small", people="percentiles", smallest="F05", largest="F05", percentiles=("F05",))
    people = people_of(small).named
    seen = []
    for height in (1.0, 1.03):
        wall = box("wall", (-2.0, 0.45, 0.0), (2.0, 0.5, height))
        scene = scene_of([point], [wall], small)
        (finding,) = run(scene).findings
        (row,) = finding.data["people"]
        assert row["avoided"] == ["wall"]
        assert row["in_hand"] > 0.1
        shorter = solve_reach_clear(
            people,
            links_of(people),
            Stance((0.0, 0.0, 0.0), math.pi / 2),
            [target_of(point)],
            obstacles_of(scene),
            arm_shorter=SPAN_UNCERTAINTY,
        )
        sure = bool(shorter.reached[0, 0] and not shorter.blocked[0, 0])
        assert finding.verdict == (Verdict.PASS if sure else Verdict.INDETERMINATE)
        if not sure:
            assert finding.measured is None
            assert "past wall, but not with an arm 25" in finding.message["en"]
            assert "en contournant wall" in finding.message["fr"]
        seen.append(finding.verdict)
    assert seen == [Verdict.PASS, Verdict.INDETERMINATE]


def test_out_of_reach_behind_a_wall_is_a_matter_of_distance() -> None:
    wall = box("wall", (-2.0, 0.3, 0.0), (2.0, 0.33, 3.0))
    finding = one(WorkPoint("far", (0.0, 2.5, 1.1)), parts=[wall], population=LONE)
    assert (finding.code, finding.verdict) == ("reach.distance", Verdict.FAIL)


def test_who_does_not_arrive_is_not_called_blocked() -> None:
    """The nearest posture may cut a part that is not what keeps the hand away."""
    small = Population("small", people="percentiles", smallest="F05", largest="F05", percentiles=("F05",))
    point = overhead(ceiling() + 0.01)
    lamp = box("lamp", (0.1, 0.05, ceiling() - 0.4), (0.3, 0.25, ceiling() - 0.35))
    finding = one(point, parts=[lamp], population=small)
    assert (finding.code, finding.verdict) == ("reach.distance", Verdict.INDETERMINATE)
    (row,) = finding.data["people"]
    assert (row["avoided"], row["blocked_by"]) == (["lamp"], [])


# What cannot be judged, and mistakes -----------------------------------------------------------------


def test_sitting_needs_a_seat() -> None:
    point = WorkPoint("p", (0.2, 0.4, 0.9), hand="right")
    missing = one(point, station={"posture": "sitting"})
    assert (missing.verdict, missing.measured) == (Verdict.NOT_EVALUATED, None)
    assert "seat_height" in missing.message["en"]
    assert "hauteur de siège" in missing.message["fr"]
    seated = one(point, station={"posture": "sitting", "seat_height": 0.45})
    assert (seated.verdict, seated.data["posture"]) == (Verdict.PASS, "sitting")
    # The posture of the rule goes before the station's own.
    assert one(point, posture="sitting").verdict == Verdict.NOT_EVALUATED
    assert one(point, station={"posture": "sitting"}, posture="standing").data["posture"] == "standing"
    low = WorkPoint("p", (0.2, 0.3, 1.75), hand="right")
    assert one(low).verdict == Verdict.PASS
    assert one(low, posture="kneeling").verdict == Verdict.FAIL


def test_nothing_examined_is_said() -> None:
    empty = run(Scene("s", (), station=Station()))
    (finding,) = empty.findings
    assert finding.verdict == Verdict.NOT_EVALUATED
    assert "no workstation" in finding.message["en"]
    idle = run(scene_of([]))
    assert [f.verdict for f in idle.findings] == [Verdict.NOT_EVALUATED]
    assert [s.subject for s in idle.skipped] == ["desk"]
    assert idle.examined["work_points"] == 0
    assert CHECK.applies(scene_of([]))
    assert not CHECK.applies(Scene("s", (), station=Station()))


def test_mistakes_are_told_with_what_exists() -> None:
    point = WorkPoint("p", (0.2, 0.4, 1.0))
    with pytest.raises(LayoutError, match="did you mean 'desk'"):
        one(point, workstations=["desc"])
    with pytest.raises(LayoutError, match="did you mean 'few'"):
        run(scene_of([point]), population="fews")
    with pytest.raises(LayoutError, match="ethnic"):
        one(point, population=Population("x", source="ethnic"))
    assert len(run(scene_of([point]), workstations=["desk", "desk"]).findings) == 1


# Symmetries and identity -----------------------------------------------------------------------------


def mirrored(point: WorkPoint) -> WorkPoint:
    x, y, z = point.position
    hand = {"right": "left", "left": "right"}.get(point.hand, point.hand)
    return dataclasses.replace(point, position=(-x, y, z), hand=hand)


def figures(findings: Sequence[Finding]) -> list[tuple[Any, ...]]:
    return [(f.code, f.verdict, f.subjects, f.id) for f in findings]


def test_a_mirrored_station_is_judged_alike() -> None:
    here, there = judged(*SPREAD), judged(*map(mirrored, SPREAD))
    assert figures(here) == figures(there)
    swap = {"right": "left", "left": "right", "both": "both"}
    for a, b in zip(here, there, strict=True):
        for x, y in zip(a.data["people"], b.data["people"], strict=True):
            assert x["in_hand"] == pytest.approx(y["in_hand"], abs=0.01), a.subjects
            assert swap[x["hand"]] == y["hand"]


def test_heading_and_place_do_not_matter() -> None:
    turn, (dx, dy, dz) = 0.7, (3.0, -2.0, 0.5)
    c, s = math.cos(turn), math.sin(turn)

    def moved(point: WorkPoint) -> WorkPoint:
        x, y, z = point.position
        return dataclasses.replace(point, position=(dx + c * x - s * y, dy + s * x + c * y, dz + z))

    here = judged(*SPREAD)
    there = judged(*map(moved, SPREAD), station={"at": (dx, dy, dz), "heading": math.pi / 2 + turn})
    assert figures(here) == figures(there)
    for a, b in zip(here, there, strict=True):
        for x, y in zip(a.data["people"], b.data["people"], strict=True):
            assert x["in_hand"] == pytest.approx(y["in_hand"], abs=0.01), a.subjects


def test_identity_survives_a_change_of_verdict() -> None:
    """Moved a little across the limit it is still the same statement."""
    inside, outside = (judged(overhead(ceiling() + d), population=CROWD, share=0.9) for d in (-0.04, 0.04))
    assert inside[0].verdict != outside[0].verdict
    assert [f.id for f in inside] == [f.id for f in outside]
    assert len({f.id for f in inside}) == 2


def test_the_same_twice() -> None:
    scene = scene_of(SPREAD[:4], population=CROWD)
    once, again = (dumps(plain([f.data for f in run(scene).findings])) for _ in range(2))
    assert once == again
    assert run(scene).findings == run(scene).findings


# Words and pictures ----------------------------------------------------------------------------------


def test_sentences_are_whole_in_both_languages() -> None:
    evaluation = run(scene_of([*SPREAD, overhead(ceiling())], population=CROWD), share=0.95)
    texts = [f.message for f in evaluation.findings] + list(evaluation.assumptions)
    for text in texts:
        assert set(text) == set(LANGUAGES)
        for words in text.values():
            assert "{" not in words
            assert "nan" not in words.split()
            assert words[0].isupper() or words[0].isdigit() or words.startswith("p")
        assert text["en"] != text["fr"]


def test_a_person_is_drawn_with_what_is_missing() -> None:
    finding = one(overhead(ceiling() + 0.2))
    body, point, gap = finding.marks
    assert isinstance(body, FigureMark)
    assert isinstance(point, PointMark)
    assert isinstance(gap, SegmentMark)
    assert gap.end == pytest.approx(point.position)
    assert math.dist(gap.start, gap.end) == pytest.approx(-(finding.measured or 0.0), abs=1e-6)
    assert len(one(overhead(ceiling() - 0.2)).marks) == 2


def test_with_both_hands_the_line_goes_from_the_hand_that_lacks_most() -> None:
    point = WorkPoint("p", (0.5, 0.4, 2.0), hand="both")
    finding = one(point)
    (gap,) = (mark for mark in finding.marks if isinstance(mark, SegmentMark))
    assert math.dist(gap.start, gap.end) == pytest.approx(-(finding.measured or 0.0), abs=1e-6)
    goals = hand_targets(Stance((0.0, 0.0, 0.0), math.pi / 2), target_of(point))
    poses = solved([point])
    worst = int(np.argmax(poses.missing[:, 0]))
    at = figure(poses.links[worst], poses.angles[worst, 0], poses.root[worst, 0])
    lacks = [np.linalg.norm(at.point(f"{side}_grip") - goal)
             for side, goal in zip(("right", "left"), goals, strict=True)]  # fmt: skip
    assert gap.end == pytest.approx(goals[int(np.argmax(lacks))])


def test_an_approach_that_cannot_be_taken_is_no_distance() -> None:
    """The hand would have to point back at the body."""
    finding = one(WorkPoint("p", (0.2, 0.6, 1.1), hand="right", approach=(0.0, -1.0, 0.0)))
    assert finding.verdict == Verdict.FAIL
    assert (finding.measured, finding.limit, finding.unit) == (None, None, "")
    assert "along the approach asked for" in finding.message["en"]
    assert "direction d'approche" in finding.message["fr"]
    assert "mm" not in finding.message["en"]


def test_the_page_of_the_check_is_true() -> None:
    assert f"{1000 * SPAN_UNCERTAINTY:.0f} mm" in CHECK.doc
    assert bind(CHECK, Rule("r", "reach")).uncertainty == SPAN_UNCERTAINTY
    study = people_of(Population("default"))
    assert study.named.ids == ("F05", "F50", "M50", "M95")
