"""The walkway check on closed-form aisles."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.checks._base import Context, bind
from immersive.checks._run import run
from immersive.checks._walkway_demand import _figures
from immersive.checks.walkway import CHECK
from immersive.errors import LayoutError
from immersive.findings import PartMark, RibbonMark, SegmentMark, Verdict
from immersive.geometry.passage import free_width
from immersive.geometry.section import strip_pieces
from immersive.geometry.strip import mitred_strip
from immersive.scene.model import Notice, Part, Role, Scene, Severity
from immersive.scene.station import Rule, Station
from tests.checks.walkway_scenes import aisle, box, evaluate, far, findings, sheet

CABINET = box("cabinet", (1, 0.3, 0), (2, 2, 2.2))


def test_pinch_between_cabinet_and_post() -> None:
    post = box("fence/post_3", (1.5, -1, 0), (1.6, -0.442, 2.2))
    found = findings([CABINET, post], aisle())
    width = found["width"]
    assert width.code == "walkway.width"
    assert width.verdict == Verdict.FAIL
    assert width.measured == pytest.approx(0.742)
    assert (width.limit, width.limit_kind, width.unit) == (0.8, "min", "m")
    assert width.subjects == ("aisle",)
    assert set(width.data["limiting_parts"]) == {"cabinet", "fence/post_3"}
    assert "742\u00a0mm wide at its narrowest, between cabinet and fence/post_3" in width.message["en"]
    assert "742\u00a0mm au plus étroit, entre cabinet et fence/post_3" in width.message["fr"]
    assert "INRS" in width.message["en"]
    assert width.citation.standard.startswith("INRS")
    segment = next(m for m in width.marks if isinstance(m, SegmentMark))
    assert np.linalg.norm(np.subtract(segment.start, segment.end)) == pytest.approx(0.742)
    assert {m.part for m in width.marks if isinstance(m, PartMark)} == {"cabinet", "fence/post_3"}
    ribbon = next(m for m in width.marks if isinstance(m, RibbonMark))
    assert len(ribbon.points) == len(ribbon.widths) == len(ribbon.offsets) == len(ribbon.ok)
    assert min(ribbon.widths) == pytest.approx(0.742)
    assert not all(ribbon.ok)
    assert any(ribbon.ok)
    assert found["headroom"].verdict == Verdict.PASS
    assert found["step"].verdict == Verdict.PASS


def test_passes_are_findings_too() -> None:
    found = findings([CABINET], aisle())
    assert {code: f.verdict for code, f in found.items()} == dict.fromkeys(
        ("width", "headroom", "step"), Verdict.PASS
    )
    assert found["width"].measured == 0.9
    assert found["headroom"].data["at_least"] is True
    assert "ISO 14122-2" in found["headroom"].message["en"]


def test_beam_limits_the_head_height_and_not_the_width() -> None:
    found = findings([box("beam", (1, -2, 1.9), (1.2, 2, 2.0))], aisle())
    assert found["width"].verdict == Verdict.PASS
    assert found["width"].measured == 1.2
    assert found["width"].data["measured_up_to"] == 1.9
    head = found["headroom"]
    assert (head.verdict, head.measured, head.limit, head.uncertainty) == (Verdict.FAIL, 1.9, 2.1, 0.0)
    assert head.data["limiting_parts"] == ["beam"]
    assert "below beam" in head.message["en"]


def test_beam_at_exactly_the_required_height_passes() -> None:
    low = np.float32(2.1)  # 2.0999999: what a single-precision file makes of it
    found = findings([box("beam", (1, -2, float(low)), (1.2, 2, 2.3))], aisle())
    assert found["headroom"].verdict == Verdict.PASS
    assert found["headroom"].measured == 2.1
    assert found["width"].verdict == Verdict.PASS


def test_pinch_and_beam_are_told_apart() -> None:
    found = findings([box("cab", (1, -0.2, 0), (2, 2, 1)), box("beam", (3, -2, 1.9), (3.2, 2, 2.0))], aisle())
    assert found["width"].measured == pytest.approx(0.4)
    assert found["width"].verdict == found["headroom"].verdict == Verdict.FAIL
    assert found["headroom"].measured == 1.9
    assert found["headroom"].data["passage_width"] == pytest.approx(0.4)


def test_conveyor_across_blocks() -> None:
    found = findings([box("conveyor", (2, -3, 0.7), (2.5, 3, 0.9))], aisle())
    assert (found["width"].verdict, found["width"].measured) == (Verdict.FAIL, 0.0)
    assert "blocked by conveyor" in found["width"].message["en"]
    assert "barrée par conveyor" in found["width"].message["fr"]
    assert found["headroom"].verdict == Verdict.NOT_EVALUATED


def test_blocked_by_two_together_names_both() -> None:
    found = findings([box("a", (2, -2, 0), (2.2, 0, 2)), box("b", (2.1, -0.1, 0), (2.3, 2, 2))], aisle())
    assert found["width"].measured == 0.0
    assert set(found["width"].data["limiting_parts"]) == {"a", "b"}


def test_duct_is_a_trip_hazard_and_no_wall() -> None:
    duct = box("duct", (2, -2, 0), (2.2, 2, 0.03))
    found = findings([duct], aisle())
    assert found["width"].measured == 1.2
    step = found["step"]
    assert (step.code, step.verdict, step.limit, step.limit_kind) == (
        "walkway.step",
        Verdict.FAIL,
        0.004,
        "max",
    )
    assert step.measured == pytest.approx(0.03)
    assert step.subjects == ("aisle", "duct")
    # The same thing above the trip height is an obstacle.
    found = findings([duct], aisle(), trip_height=0.02)
    assert found["width"].measured == 0.0
    assert found["step"].verdict == Verdict.PASS


def test_floor_and_marking_below_the_step_height_are_ground() -> None:
    floor = box("floor", (-5, -5, -0.1), (9, 5, 0.0), role=Role.FLOOR)
    line = box("line", (0, -0.6, 0), (6, -0.5, 0.003), role=Role.MARKING)
    found = findings([floor, line], aisle())
    assert {f.verdict for f in found.values()} == {Verdict.PASS}
    thick = box("line", (0, -0.6, 0), (6, -0.5, 0.01), role=Role.MARKING)
    modelled = evaluate([thick], [aisle()])
    assert {f.verdict for f in modelled.findings} == {Verdict.PASS}
    assert [s.subject for s in modelled.skipped] == ["line"]
    plate = box("plate", (2, -5, 0), (3, 5, 0.008), role=Role.FLOOR)
    assert findings([floor, plate], aisle())["step"].verdict == Verdict.FAIL


def test_walking_surface_of_its_own() -> None:
    """A platform at 1 m: what lies below its floor does not count."""
    deck = box("deck", (-1, -2, 0), (7, 2, 1.0))
    beam = box("beam", (2, -2, 3.0), (2.2, 2, 3.2))
    found = findings([deck, beam], aisle(floor=1.0))
    assert found["width"].verdict == Verdict.PASS
    assert found["headroom"].measured == 2.0


def test_tall_solid_that_swallows_the_aisle_blocks_it() -> None:
    block = box("block", (-10, -10, -1), (10, 10, 5))
    found = findings([block], aisle())
    assert (found["width"].verdict, found["width"].measured) == (Verdict.FAIL, 0.0)
    assert found["width"].data["limiting_parts"] == ["block"]
    assert found["headroom"].verdict == Verdict.NOT_EVALUATED


def test_room_and_inside_out_and_open_shells() -> None:
    corners = ((-10, -10, -1), (10, 10, 5))
    room = evaluate([box("room", *corners, role=Role.WALL)], [aisle()])
    assert room.findings[0].verdict == Verdict.PASS
    assert [s.subject for s in room.skipped] == ["room"]
    whole = box("shell", *corners)
    turned = Part("shell", "shell", ("shell",), type(whole.mesh)(whole.mesh.vertices, whole.mesh.faces[:, ::-1]),
                  whole.world_from_mesh)  # fmt: skip
    inside_out = evaluate([turned], [aisle()])
    assert inside_out.findings[0].verdict == Verdict.INDETERMINATE
    open_mesh = type(whole.mesh)(whole.mesh.vertices, whole.mesh.faces[1:])
    shell = Part("shell", "shell", ("shell",), open_mesh, whole.world_from_mesh)
    found = evaluate([shell], [aisle()])
    assert found.findings[0].verdict == Verdict.PASS
    assert "open" in found.skipped[0].reason["en"]


def test_mirrored_solid_is_still_a_solid() -> None:
    block = box("block", (-10, -10, -1), (10, 10, 5))
    mirrored = Part("m", "m", ("m",), block.mesh, block.world_from_mesh @ np.diag([-1.0, 1, 1, 1]))
    assert findings([mirrored], aisle())["width"].measured == 0.0


def test_open_wall_and_thin_plate() -> None:
    wall = sheet("wall", [(3, -3, 0), (3, 0.1, 0), (3, 0.1, 3), (3, -3, 3)])
    assert findings([wall], aisle())["width"].measured == pytest.approx(0.5)
    plate = box("plate", (3, -0.3, 0), (3.0005, 0.25, 2))
    assert findings([plate], aisle())["width"].measured == pytest.approx(0.35)


def test_elbow_with_a_post_at_the_inner_corner() -> None:
    found = findings([box("post", (3.3, 0.5, 0), (3.5, 0.7, 2))], aisle([(0, 0), (4, 0), (4, 4)], 1.2))
    assert found["width"].verdict == Verdict.PASS
    assert found["width"].measured == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("params", "more", "limit", "standard", "head"),
    [
        ({}, {}, 0.8, "INRS", 2.1),
        ({}, {"traffic": "two_way"}, 1.2, "INRS", 2.1),
        ({"category": "behind_workstation"}, {}, 1.5, "INRS", 2.1),
        ({"rule": "fr_code_du_travail"}, {}, 0.9, "Code du travail", 2.1),
        ({"rule": "fr_code_du_travail", "passage_units": 2}, {}, 1.4, "Code du travail", 2.1),
        ({"rule": "fr_code_du_travail", "passage_units": 4}, {}, 2.4, "Code du travail", 2.1),
        ({}, {"users": "trucks", "load_width": 0.8}, 1.8, "Arrêté", 2.1),
        ({}, {"users": "trucks", "load_width": 0.8, "traffic": "two_way"}, 3.0, "Arrêté", 2.1),
        ({"rule": "suva"}, {}, 1.2, "Suva", 2.1),
        ({"rule": "suva", "category": "exceptional"}, {}, 0.6, "Suva", 1.9),
        ({"rule": "iso14122"}, {}, 0.6, "ISO 14122-2", 2.1),
        ({"rule": "iso14122"}, {"traffic": "two_way"}, 1.0, "ISO 14122-2", 2.1),
        ({"rule": "layout"}, {}, 1.2, "layout", 2.1),
        ({"min_width_mm": 950, "head_height_mm": 2000}, {}, 0.95, "layout", 2.0),
    ],
)
def test_figures_of_the_rules(
    params: dict[str, object], more: dict[str, object], limit: float, standard: str, head: float
) -> None:
    found = findings([CABINET], aisle(**more), **params)
    assert found["width"].limit == pytest.approx(limit)
    assert found["width"].citation.standard.startswith(standard)
    assert found["width"].verdict == (Verdict.PASS if limit <= 0.9 else Verdict.FAIL)
    assert found["headroom"].limit == head


@pytest.mark.shared
def test_figures_agree_with_the_reference(shared: Path) -> None:
    """Every figure of the committed table is one of the reference's."""
    reference = json.loads((shared / "reference/walkways.json").read_text())
    known = {
        "inrs": {reference["fr_inrs"][k] for k in ("one_person", "two_persons_crossing", "passage_behind_occupied_workstation")},
        "fr_code_du_travail": {reference["fr_code_du_travail"][k] for k in ("one_unit_width", "two_units_width", "passage_unit")},
        "fr_arrete_1974": {1000, 1400},
        "suva": {reference["suva_ch"][k] for k in ("pedestrian_main", "pedestrian_secondary", "exceptional")},
        "iso14122": {v for k, v in reference["iso_14122_2_2016"].items() if k.startswith("clear_width")},
    }  # fmt: skip
    figures = _figures()
    assert set(figures["rules"]) == set(known)
    for name, rule in figures["rules"].items():
        for demand in rule["demands"]:
            value = demand["width_per_unit"] if "width_per_unit" in demand else demand["width"]
            assert round(value * 1000) in known[name]
            if "head_height" in demand:
                assert round(demand["head_height"] * 1000) in (2100, 1900)
    assert figures["head_height"]["value"] * 1000 == reference["iso_14122_2_2016"]["headroom_min"]
    assert figures["step"]["value"] * 1000 == reference["iso_14122_2_2016"]["level_step_max"]


def test_demands_without_a_figure_are_not_evaluated() -> None:
    found = findings([], aisle(users="trucks"))
    assert found["width"].verdict == Verdict.NOT_EVALUATED
    assert "load_width" in found["width"].message["en"]
    assert findings([], aisle(users="trucks"), rule="inrs")["width"].verdict == Verdict.NOT_EVALUATED
    assert findings([], aisle(), rule="fr_arrete_1974")["width"].verdict == Verdict.NOT_EVALUATED


def test_marked_too_narrow() -> None:
    found = findings([], aisle(width=0.7))
    assert (found["width"].verdict, found["width"].measured) == (Verdict.FAIL, 0.7)
    assert "marked only" in found["width"].message["en"]
    assert found["headroom"].verdict == Verdict.PASS


def test_uncertainty_makes_it_indeterminate() -> None:
    soft = box("cab", (1, 0.2002, 0), (2, 2, 2.2), uncertainty=0.0005)
    found = findings([soft], aisle())
    assert found["width"].verdict == Verdict.INDETERMINATE
    assert found["width"].uncertainty == pytest.approx(0.001)


def test_missing_geometry_forbids_a_pass() -> None:
    notice = Notice("missing-file", Severity.ERROR, "rack.stl", {"en": "missing", "fr": "absent"})
    found = findings([CABINET], aisle(), notices=(notice,))
    assert {f.verdict for f in found.values()} == {Verdict.INDETERMINATE}
    assert "rack.stl" in found["width"].message["fr"]
    # A fail stays a fail.
    narrow = box("b", (1, -0.2, 0), (2, 2, 2))
    assert findings([narrow], aisle(), notices=(notice,))["width"].verdict == Verdict.FAIL


def test_nothing_examined_is_said() -> None:
    assert [f.verdict for f in evaluate([], []).findings] == [Verdict.NOT_EVALUATED]
    scene = Scene("empty", (), station=Station(walkways=(aisle(),)))
    rule = Rule("r", "walkway")
    assert [f.verdict for f in CHECK.evaluate(Context(scene, rule), bind(CHECK, rule)).findings] == [
        Verdict.NOT_EVALUATED
    ]
    found = evaluate([], [aisle([(0, 0), (3, 0), (0, 0.1)])]).findings
    assert [f.verdict for f in found] == [Verdict.NOT_EVALUATED]
    assert "point 2" in found[0].message["en"]


def test_unknown_walkway_is_refused() -> None:
    with pytest.raises(LayoutError, match="did you mean 'aisle'"):
        evaluate([], [aisle()], walkway=["aile"])


def test_walkways_without_a_rule_are_said() -> None:
    rules = (Rule("w", "walkway", {"walkway": ["aisle"]}), Rule("v", "walkway", {"walkway": "aisle"}))
    ways = (aisle(), replace(aisle(), id="other"))
    results = run(Scene("s", (far(),), station=Station(walkways=ways, rules=rules)), only=["walkway"])
    skipped = [[s.subject for s in r.evaluation.skipped] for r in results.rules]
    assert skipped == [["other"], []]


def test_ignored_parts_are_listed() -> None:
    blocker = box("agv", (2, -2, 0), (3, 2, 1))
    found = evaluate([blocker], [aisle()], ignore=["agv", "nothing"])
    assert found.findings[0].verdict == Verdict.PASS
    assert {s.subject for s in found.skipped} == {"agv", "nothing"}


def test_identity_survives_a_small_move_and_examined_counts() -> None:
    def width_of(x: float) -> tuple[set[str], int]:
        found = evaluate([box("cabinet", (x, 0.3, 0), (x + 1, 2, 2))], [aisle()])
        return {f.id for f in found.findings}, found.examined["parts_on_walkways"]

    assert width_of(1.0) == width_of(1.01)
    assert len(width_of(1.0)[0]) == 3
    assert width_of(1.0)[1] == 1


def test_runs_by_default_where_there_are_walkways() -> None:
    scene = Scene("s", (CABINET, far()), station=Station(walkways=(aisle(),)))
    codes = [f.code for f in run(scene, only=["walkway"])]
    assert codes == ["walkway.width", "walkway.headroom", "walkway.step"]
    assert run(scene, only=["walkway"]).findings == run(scene, only=["walkway"]).findings


@given(
    specs=st.lists(
        st.tuples(st.floats(0.5, 5.5), st.floats(-0.8, 0.8), st.floats(0.0, 2.2), st.floats(0.05, 1.0)),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=40, deadline=None)
def test_a_demand_missed_is_always_a_fail(specs: list[tuple[float, float, float, float]]) -> None:
    """Width up to the head height below the demand shows as width or head height, never as neither."""
    parts = [
        box(f"b{k}", (x - 0.1, y - 0.2, z + 0.101), (x + 0.1, y + 0.2, z + 0.101 + h))
        for k, (x, y, z, h) in enumerate(specs)
    ]
    strip = mitred_strip(((0, 0), (6, 0)), 1.2)
    triangles = np.concatenate([part.world_triangles() for part in parts])
    pieces = strip_pieces(triangles, np.zeros(len(triangles), int), strip, bottom=0.004, top=3.1)
    exact = free_width(strip, pieces, top=2.1).width
    found = findings(parts, aisle())
    passed = all(found[k].verdict == Verdict.PASS for k in ("width", "headroom"))
    assert passed == (exact >= 0.8 - 1e-6)


def test_a_plinth_under_a_cabinet_is_no_trip_hazard_of_its_own() -> None:
    cabinet = box("cabinet", (2, -0.6, 0.1), (3, -0.2, 2.0))
    plinth = box("plinth", (2.05, -0.6, 0.0), (2.95, -0.22, 0.1))
    assert findings([cabinet, plinth], aisle())["step"].verdict == "pass"
    wide = box("plinth", (2.05, -0.6, 0.0), (2.95, -0.15, 0.1))
    found = findings([cabinet, wide], aisle())["step"]
    assert (found.verdict, found.subjects, found.measured) == (
        "fail",
        ("aisle", "plinth"),
        pytest.approx(0.1),
    )
    # A duct overhead is walked under: what lies below it is tripped over.
    duct = box("duct", (0, -0.6, 2.05), (6, 0.6, 2.4))
    assert findings([duct, plinth], aisle())["step"].verdict == "fail"
    # Two cabinets cover it together; one of them alone does not.
    halves = [box("left", (2, -0.6, 0.1), (2.5, -0.2, 2.0)), box("right", (2.5, -0.6, 0.1), (3, -0.2, 2.0))]
    assert findings([*halves, plinth], aisle())["step"].verdict == "pass"
    assert findings([halves[0], plinth], aisle())["step"].verdict == "fail"
