"""The vision check on small cells: shares, angles and distances in closed form, and what must not pass silently."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from immersive.checks import _vision_measure
from immersive.checks._base import Context, bind
from immersive.checks.vision import CHECK
from immersive.errors import LayoutError
from immersive.findings import (
    LANGUAGES,
    ConeMark,
    Confidence,
    Evaluation,
    FigureMark,
    Finding,
    PartMark,
    SegmentMark,
    Verdict,
)
from immersive.geometry.frames import rotation_rpy, transform_points, translation
from immersive.human.kinematics import figure
from immersive.human.links import links_of
from immersive.human.population import percentile_people
from immersive.human.posing import Stance
from immersive.human.stance import rest
from immersive.human.vision import Eyes, eyes_of
from immersive.scene.model import Notice, Part, Scene, Severity
from immersive.scene.station import Display, Population, Rule, Station, WorkPoint, Workstation
from tests.checks.walkway_scenes import box, sheet

FEW = Population("few", people="percentiles")
CROWD = Population("crowd", sample_size=40)
AHEAD = (0.0, 0.7, 1.55)
"""Within 35° up and 25° down of all named people's eyes."""


def upright(*words: str, posture: str = "standing", seat: float | None = None) -> Eyes:
    people = percentile_people(words or ("F05", "F50", "M50", "M95"))
    links = links_of(people)
    angles, root = rest(links, Stance((0.0, 0.0, 0.0), math.pi / 2, posture, seat))
    return eyes_of(figure(links, angles, root))


def cell(
    displays: Sequence[Display] = (),
    parts: Sequence[Part] = (),
    points: Sequence[WorkPoint] = (),
    population: Population = FEW,
    **more: Any,
) -> Scene:
    station = Workstation(
        "desk", (0.0, 0.0, 0.0), work_points=tuple(points), displays=tuple(displays), **more
    )
    return Scene("s", tuple(parts), station=Station(workstations=(station,), populations=(population,)))


def evaluate(scene: Scene, **params: Any) -> Evaluation:
    rule = Rule("see", "vision", params)
    return CHECK.evaluate(Context(scene, rule), bind(CHECK, rule))


def told(evaluation: Evaluation) -> dict[str, Finding]:
    """Finding by code, where each code occurs once."""
    codes = [finding.code for finding in evaluation.findings]
    assert len(set(codes)) == len(codes)
    return {finding.code: finding for finding in evaluation.findings}


def screen(
    size: tuple[float, float] = (0.4, 0.3), at: tuple[float, float, float] = AHEAD, **more: Any
) -> Display:
    return Display("screen", at, size=size, **more)


# In sight --------------------------------------------------------------------------------------------


def test_a_screen_before_the_eyes_passes_with_its_distance_and_angle() -> None:
    found = told(evaluate(cell([screen()])))
    assert sorted(found) == ["vision.face", "vision.hidden", "vision.zone"]
    assert [f.verdict for f in found.values()] == [Verdict.PASS] * 3
    assert found["vision.hidden"].measured == 1.0
    assert found["vision.hidden"].citation.confidence == Confidence.PROJECT
    named = found["vision.zone"].data["named"]
    eyes = upright()
    for row, eye in zip(named, eyes.centre, strict=True):
        # The samples' middle is within a thousandth of the screen's.
        assert row["distance"] == pytest.approx(math.dist(eye, AHEAD), abs=2e-3)
        flat = math.hypot(AHEAD[0] - eye[0], AHEAD[1] - eye[1])
        assert row["elevation"] == pytest.approx(math.atan2(AHEAD[2] - eye[2], flat), abs=5e-3)
        assert row["lateral"] == pytest.approx(0.0, abs=5e-3)
    lowest = found["vision.zone"]
    assert lowest.data["angle"] == "below the horizontal"
    assert lowest.measured == pytest.approx(max(-row["elevation"] for row in named))
    assert (lowest.limit, lowest.limit_kind, lowest.unit) == (pytest.approx(math.radians(25)), "max", "rad")
    assert lowest.citation.standard == "NUREG-0700"
    assert found["vision.face"].measured == pytest.approx(min(row["face_angle"] for row in named))


def test_every_finding_can_be_drawn_and_read_in_both_languages() -> None:
    shelf = box("shelf", (-1, 0.4, 1.5), (1, 0.45, 2.5))
    found = told(evaluate(cell([screen()], [shelf])))
    for finding in found.values():
        kinds = {type(mark) for mark in finding.marks}
        assert {SegmentMark, FigureMark} <= kinds
        for said in (
            finding.message,
            *(mark.label for mark in finding.marks if not isinstance(mark, PartMark)),
        ):
            assert set(said) == set(LANGUAGES)
            assert not any("{" in said[lang] for lang in LANGUAGES)
    cone = next(mark for mark in found["vision.zone"].marks if isinstance(mark, ConeMark))
    assert np.dot(cone.axis, cone.right) == pytest.approx(0.0)
    assert cone.half_angle_across == pytest.approx(math.radians(35))
    assert (cone.half_angle_up, cone.half_angle_down) == (
        pytest.approx(math.radians(35)),
        pytest.approx(math.radians(25)),
    )


# Hidden ----------------------------------------------------------------------------------------------


def test_a_board_hides_what_neither_eye_sees_past_it() -> None:
    """It ends at the middle plane half way: the right eye sees as far beyond the middle as it is beside it."""
    width = 0.6
    eyes = upright()
    who = int(np.argmin(eyes.right[:, 0]))
    middle = 0.5 * (eyes.centre[who, 1] + 2.0)
    board = box("board", (-3.0, middle, 0.0), (0.0, middle + 1e-4, 3.0))
    finding = told(evaluate(cell([screen((width, 0.2), (0.0, 2.0, 1.6))], [board])))["vision.hidden"]
    expected = 0.5 + eyes.right[who, 0] / width
    row = finding.data["named"][who]
    assert row["share_seen"] == pytest.approx(expected, abs=0.015)
    assert row["share_seen_right_eye"] == pytest.approx(expected, abs=0.015)
    assert row["share_seen_left_eye"] == pytest.approx(1.0 - expected, abs=0.015)
    assert row["share_seen_both_eyes"] == row["share_seen_left_eye"]
    assert finding.verdict == Verdict.FAIL
    assert finding.measured == pytest.approx(expected, abs=0.03)
    assert finding.data["hidden_by"] == {"board": pytest.approx(1.0 - finding.measured)}
    assert PartMark("board") in finding.marks
    assert "board" in finding.message["en"]


def test_a_wall_before_it_hides_it_and_glass_does_not() -> None:
    low, high = (-1.0, 0.4, 1.0), (1.0, 0.42, 2.0)
    wall = box("wall", low, high)
    hidden = told(evaluate(cell([screen()], [wall])))["vision.hidden"]
    assert (hidden.verdict, hidden.measured) == (Verdict.FAIL, 0.0)
    assert hidden.data["hidden_by"] == {"wall": 1.0}
    glass = box("wall", low, high, color=(0.5, 0.5, 0.5, 0.3))
    for clear in (
        evaluate(cell([screen()], [glass])),
        evaluate(cell([screen()], [wall]), see_through=["wall"]),
    ):
        assert told(clear)["vision.hidden"].verdict == Verdict.PASS
        assert any("wall" in said["en"] for said in clear.assumptions)
    opaque = evaluate(cell([screen()], [box("wall", low, high, color=(0.5, 0.5, 0.5, 0.6))]))
    assert told(opaque)["vision.hidden"].verdict == Verdict.FAIL


def test_an_edge_at_the_line_of_sight_is_left_open_within_the_eyes_place() -> None:
    """Sight to a point passes an edge by less than half the eyes' uncertainty half way: it may be hidden."""
    eyes = upright("M95")
    point = Display("lamp", (0.0, 2.0, 1.5))
    above = 0.5 * (eyes.centre[0] + np.array(point.position))

    def verdict(lift: float) -> Verdict:
        shelf = box("shelf", (-2.0, above[1] - 1e-3, above[2] + lift), (2.0, above[1] + 1e-3, 3.0))
        people = replace(FEW, smallest="M95", largest="M95", percentiles=("M95",))
        return told(evaluate(cell([point], [shelf], population=people)))["vision.hidden"].verdict

    assert [verdict(d) for d in (0.015, 0.005, -0.005, -0.015)] == [
        Verdict.PASS, Verdict.INDETERMINATE, Verdict.INDETERMINATE, Verdict.FAIL,
    ]  # fmt: skip


def test_half_a_surface_is_enough_where_the_rule_says_so() -> None:
    eye = upright().centre
    board = box("board", (-3.0, 0.5, 0.0), (0.0, 0.5 + 1e-4, 3.0))
    scene = cell([screen((0.6, 0.2), (0.0, 2.0, float(eye[:, 2].mean())))], [board])
    assert told(evaluate(scene))["vision.hidden"].verdict == Verdict.FAIL
    assert told(evaluate(scene, min_share=0.4))["vision.hidden"].verdict == Verdict.PASS


# The surface of a display ----------------------------------------------------------------------------


def test_the_surface_is_the_front_of_the_part_at_the_position() -> None:
    case = box("case", (-0.25, 0.7, 1.4), (0.25, 0.75, 1.7))
    # The last but one is nearer to the back: of a thin case the face towards the person is meant.
    for position in ((0.0, 0.7, 1.55), (0.0, 0.72, 1.55), (0.0, 0.73, 1.55), (0.0, 0.69, 1.5)):
        finding = told(evaluate(cell([Display("screen", position)], [case])))["vision.hidden"]
        assert (finding.verdict, finding.measured) == (Verdict.PASS, 1.0)
        assert finding.data["parts"] == ["case"]
        assert "0.150 m²" in finding.data["surface"]["en"]
        assert "0,150 m²" in finding.data["surface"]["fr"]


def test_a_turned_case_shows_its_back_to_nobody() -> None:
    """The position is on the far face of a thick case: that face is judged, and nobody sees it."""
    case = box("case", (-0.25, 0.7, 1.4), (0.25, 0.85, 1.7))
    found = told(evaluate(cell([Display("screen", (0.0, 0.85, 1.55))], [case])))
    assert (found["vision.hidden"].verdict, found["vision.hidden"].measured) == (Verdict.FAIL, 0.0)
    assert "faces away" in found["vision.hidden"].message["en"]
    assert found["vision.face"].verdict == Verdict.FAIL
    assert found["vision.face"].measured is not None
    assert found["vision.face"].measured < 0.0


def test_an_open_sheet_is_seen_from_both_sides() -> None:
    corners = [(-0.2, 0.7, 1.4), (0.2, 0.7, 1.4), (0.2, 0.7, 1.7), (-0.2, 0.7, 1.7)]
    for order in (corners, corners[::-1]):
        found = told(evaluate(cell([Display("screen", AHEAD)], [sheet("poster", order)])))
        assert (found["vision.hidden"].measured, found["vision.face"].verdict) == (1.0, Verdict.PASS)


def test_a_place_without_a_part_is_a_point_and_says_so() -> None:
    far = box("case", (-0.25, 1.0, 1.4), (0.25, 1.1, 1.7))
    found = told(evaluate(cell([Display("lamp", AHEAD)], [far])))
    assert "vision.face" not in found
    assert found["vision.hidden"].measured == 1.0
    assert "no part" in found["vision.hidden"].data["surface"]["en"]
    named = told(evaluate(cell([Display("lamp", AHEAD, parts=("case",))], [far])))["vision.hidden"]
    assert named.data["parts"] == ["case"]


def test_a_part_that_does_not_exist_is_not_judged() -> None:
    case = box("case", (-0.25, 0.7, 1.4), (0.25, 0.75, 1.7))
    (finding,) = evaluate(cell([Display("screen", AHEAD, parts=("cas",))], [case])).findings
    assert finding.verdict == Verdict.NOT_EVALUATED
    assert "did you mean 'case'" in finding.message["en"]
    (finding,) = evaluate(cell([Display("screen", AHEAD, parts=("role:scren",))], [case])).findings
    assert finding.verdict == Verdict.NOT_EVALUATED


@pytest.mark.parametrize("turn", [0.0, 30.0, 44.0, 60.0])
def test_a_face_turned_away_is_seen_under_its_complement(turn: float) -> None:
    eye = upright("M50").centre[0]
    at = (float(eye[0]), float(eye[1]) + 1.0, float(eye[2]))
    normal = (math.sin(math.radians(turn)), -math.cos(math.radians(turn)), 0.0)
    people = replace(FEW, smallest="M50", largest="M50", percentiles=("M50",))
    found = told(evaluate(cell([screen((0.1, 0.1), at, normal=normal)], population=people)))["vision.face"]
    assert math.degrees(found.measured or 0.0) == pytest.approx(90.0 - turn, abs=0.2)
    assert found.uncertainty == pytest.approx(math.atan2(0.02, 1.0), abs=1e-4)
    expected = {60.0: Verdict.FAIL, 44.0: Verdict.INDETERMINATE}.get(turn, Verdict.PASS)
    assert found.verdict == expected
    own = told(evaluate(cell([screen((0.1, 0.1), at, normal=normal)], population=people), face_angle_deg=25))
    assert own["vision.face"].verdict == Verdict.PASS
    assert own["vision.face"].citation.confidence == Confidence.PROJECT


# Zones and distances ---------------------------------------------------------------------------------


def test_a_screen_too_high_fails_and_the_place_in_the_hint_passes() -> None:
    high = (0.5, 0.7, 2.3)
    finding = told(evaluate(cell([screen(at=high)])))["vision.zone"]
    assert finding.verdict == Verdict.FAIL
    assert finding.data["angle"] == "above the horizontal"
    assert "lower" in finding.hint["en"]
    assert "plus bas" in finding.hint["fr"]
    better = tuple(finding.data["better_place"])
    assert better[2] < high[2]
    moved = told(evaluate(cell([screen(at=better)]), eye_uncertainty_mm=0))["vision.zone"]
    assert moved.verdict == Verdict.PASS
    # And no shorter move down would do.
    short = told(evaluate(cell([screen(at=(better[0], better[1], better[2] + 0.05))]), eye_uncertainty_mm=0))
    assert short["vision.zone"].verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("params", "standard", "verdict"),
    [
        ({}, "NUREG-0700", Verdict.FAIL),
        ({"zone": "not_monitored"}, "NUREG-0700", Verdict.PASS),
        ({"zones": "iso_9241_5"}, "ISO 9241-5", Verdict.PASS),
        ({"zones": "en_894_2"}, "EN 894-2 / ISO 9355-2", Verdict.FAIL),
        ({"zones": "mil_std_1472"}, "MIL-STD-1472", Verdict.PASS),
    ],
)
def test_the_rule_names_the_zones(params: dict[str, str], standard: str, verdict: Verdict) -> None:
    """A console to be looked down at by 40 to 58 degrees."""
    finding = told(evaluate(cell([screen((0.3, 0.2), (0.0, 0.5, 1.15))]), **params))["vision.zone"]
    assert (finding.citation.standard, finding.verdict) == (standard, verdict)
    assert set(finding.citation.note) == set(LANGUAGES)


def test_viewing_distance_is_judged_only_where_the_rule_limits_it() -> None:
    scene = cell([screen()])
    assert "vision.distance" not in told(evaluate(scene))
    near = told(evaluate(scene, distance_min_mm=900))["vision.distance"]
    assert (near.verdict, near.limit_kind, near.limit) == (Verdict.FAIL, "min", 0.9)
    assert near.measured == pytest.approx(min(row["distance"] for row in near.data["named"]))
    far = told(evaluate(scene, distance_max_mm=600))["vision.distance"]
    assert (far.verdict, far.limit_kind) == (Verdict.FAIL, "max")
    assert far.measured == pytest.approx(max(row["distance"] for row in far.data["named"]))
    both = told(evaluate(scene, distance_min_mm=300, distance_max_mm=1500))["vision.distance"]
    assert both.verdict == Verdict.PASS


def test_sitting_people_look_from_where_they_sit() -> None:
    seated = upright(posture="sitting", seat=0.45)
    assert seated.centre[:, 2].max() < upright().centre[:, 2].min()
    at = (0.0, 0.7, float(seated.centre[:, 2].mean()))
    finding = told(evaluate(cell([screen(at=at)], posture="sitting", seat_height=0.45)))["vision.zone"]
    assert finding.verdict == Verdict.PASS
    heights = [row["eye"][2] for row in finding.data["named"]]
    assert heights == pytest.approx(list(seated.centre[:, 2]))


# The population --------------------------------------------------------------------------------------


def test_the_share_of_the_population_is_counted_among_its_own_eyes() -> None:
    """A shelf below which only the tall have to stoop: everyone whose eyes are lower sees past it."""
    point = Display("lamp", (0.0, 2.0, 1.60))
    shelf = box("shelf", (-2.0, 0.6, 1.60), (2.0, 0.61, 3.0))
    scene = cell([point], [shelf], population=CROWD)
    finding = told(evaluate(scene))
    from immersive.human.population import people_of

    crowd = people_of(CROWD).sample
    assert crowd is not None
    links = links_of(crowd)
    eyes = eyes_of(figure(links, *rest(links, Stance((0.0, 0.0, 0.0), math.pi / 2))))
    y, z = eyes.centre[:, 1], eyes.centre[:, 2]
    sees = z + (1.60 - z) * (0.6 - y) / (2.0 - y) < 1.60
    women, men = sees[crowd.female].mean(), sees[~crowd.female].mean()
    assert 0.0 < men < women <= 1.0
    assert finding["vision.hidden"].data["share_who_see_it"] == pytest.approx(0.5 * (women + men))
    (chart,) = finding["vision.zone"].charts
    assert [sum(shares) for _, shares in chart.rows] == pytest.approx([1.0] * 3)
    assert [shares[2] for _, shares in chart.rows[:2]] == pytest.approx([1.0 - women, 1.0 - men])
    assert not told(evaluate(cell([point], [shelf])))["vision.zone"].charts


def test_a_population_in_blocks_is_the_same_population(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = box("shelf", (-0.3, 0.4, 1.5), (0.1, 0.45, 2.5))
    scene = cell([screen()], [shelf], population=CROWD)
    whole = told(evaluate(scene))["vision.zone"].charts
    monkeypatch.setattr(_vision_measure, "_RAYS", 1500)
    assert told(evaluate(scene))["vision.zone"].charts == whole


# Work points -----------------------------------------------------------------------------------------


def point(id_: str, position: tuple[float, float, float]) -> WorkPoint:
    return WorkPoint(id_, position, hand="right")


def test_a_work_point_is_looked_at_from_the_posture_that_reaches_it() -> None:
    place = (0.15, 0.45, 1.1)
    wall = box("screen_wall", (-1.0, 0.3, 1.15), (1.0, 0.31, 2.2))
    found = told(evaluate(cell(points=[point("jig", place)])))
    assert sorted(found) == ["vision.hidden", "vision.zone"]
    assert [f.verdict for f in found.values()] == [Verdict.PASS] * 2
    assert found["vision.zone"].citation.standard == "MIL-STD-1472"
    assert all(row["in_working_posture"] for row in found["vision.hidden"].data["named"])
    eyes = np.array([row["eye"] for row in found["vision.hidden"].data["named"]])
    assert (eyes[:, 2] <= upright().centre[:, 2] + 1e-6).all()
    blocked = told(evaluate(cell(points=[point("jig", place)], parts=[wall])))["vision.hidden"]
    assert blocked.verdict == Verdict.FAIL
    assert blocked.data["hidden_by"] == {"screen_wall": 1.0}


def test_what_is_within_the_depth_of_a_work_point_does_not_hide_it() -> None:
    place = (0.15, 0.45, 1.1)
    for half, verdict in ((0.03, Verdict.PASS), (0.15, Verdict.FAIL)):
        block = box("block", tuple(c - half for c in place), tuple(c + half for c in place))
        assert (
            told(evaluate(cell(points=[point("jig", place)], parts=[block])))["vision.hidden"].verdict
            == verdict
        )


def test_the_rule_chooses_what_is_looked_at() -> None:
    scene = cell([screen()], points=[point("jig", (0.15, 0.45, 1.1))])
    assert {f.subjects[1] for f in evaluate(scene).findings} == {"desk/screen", "desk/jig"}
    assert {f.subjects[1] for f in evaluate(scene, look_at="displays").findings} == {"desk/screen"}
    assert {f.subjects[1] for f in evaluate(scene, look_at="work_points").findings} == {"desk/jig"}
    assert {f.subjects[1] for f in evaluate(scene, points=["jig"]).findings} == {"desk/jig"}
    assert {f.subjects[1] for f in evaluate(scene, points=["desk/screen"]).findings} == {"desk/screen"}
    assert {f.code for f in evaluate(scene, points=["jig"], point_zones="").findings} == {"vision.hidden"}
    assert evaluate(scene).examined == {"workstations": 1, "displays": 1, "work_points": 1}
    ids = [f.id for f in evaluate(scene).findings]
    assert len(set(ids)) == len(ids)


# Nothing passes unexamined ---------------------------------------------------------------------------


def test_nothing_to_look_at_is_no_pass() -> None:
    for scene in (Scene("s", ()), cell()):
        (finding,) = evaluate(scene).findings
        assert finding.verdict == Verdict.NOT_EVALUATED
    (finding,) = evaluate(cell([screen()]), look_at="work_points").findings
    assert finding.verdict == Verdict.NOT_EVALUATED


def test_a_seat_of_unknown_height_is_not_judged() -> None:
    (finding,) = evaluate(cell([screen()], posture="sitting")).findings
    assert (finding.verdict, finding.subjects) == (Verdict.NOT_EVALUATED, ("desk", "desk/screen"))


def test_missing_geometry_is_said() -> None:
    lost = Notice("nan-vertices", Severity.ERROR, "lost.stl", {"en": "x", "fr": "x"})
    found = told(evaluate(replace(cell([screen()]), notices=(lost,))))
    assert found["vision.incomplete"].verdict == Verdict.NOT_EVALUATED
    assert "lost.stl" in found["vision.incomplete"].message["en"]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"points": ["scren"]}, "no display or work point 'scren'"),
        ({"zone": "A"}, "NUREG-0700 has no zone 'A'"),
        ({"zones": "nureg"}, "must be"),
        ({"workstations": ["desk2"]}, "did you mean 'desk'"),
        ({"see_through": ["role:glas"]}, "unknown role"),
    ],
)
def test_mistakes_in_a_rule_are_named(params: dict[str, Any], said: str) -> None:
    with pytest.raises(LayoutError, match=said):
        evaluate(cell([screen()]), **params)


def test_a_turn_and_shift_of_the_whole_cell_changes_nothing() -> None:
    shelf = box("shelf", (-0.3, 0.4, 1.5), (0.1, 0.45, 2.5))
    case = box("case", (-0.25, 0.7, 1.4), (0.25, 0.75, 1.7))
    still = cell([Display("screen", AHEAD)], [shelf, case])
    assert still.station is not None
    turn = 1.234
    move = translation([12.0, -7.0, 0.5]) @ rotation_rpy(0.0, 0.0, turn)

    def moved(p: Sequence[float]) -> tuple[float, float, float]:
        x, y, z = transform_points(move, p)
        return float(x), float(y), float(z)

    (station,) = still.station.workstations
    turned = replace(
        still,
        parts=tuple(replace(part, world_from_mesh=move @ part.world_from_mesh) for part in still.parts),
        station=replace(
            still.station,
            workstations=(
                replace(
                    station,
                    position=moved(station.position),
                    heading=station.heading + turn,
                    displays=(replace(station.displays[0], position=moved(AHEAD)),),
                ),
            ),
        ),
    )
    a, b = told(evaluate(still)), told(evaluate(turned))
    assert 0.1 < (a["vision.hidden"].measured or 0.0) < 0.9
    for code in a:
        assert a[code].verdict == b[code].verdict
        assert a[code].measured == pytest.approx(
            b[code].measured, abs=1e-6 if code != "vision.hidden" else 0.006
        )
