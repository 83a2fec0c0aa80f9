"""Turning and passing in rooms whose answer is known."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import immersive
from immersive.checks._base import Context
from immersive.checks._run import run
from immersive.checks.turning import CHECK, Params
from immersive.errors import LayoutError
from immersive.findings import Finding, PartMark, PolylineMark, RibbonMark, SegmentMark, Verdict
from immersive.human.anthropometry import Body, dimension
from immersive.scene.model import Notice, Part, Scene, Severity
from immersive.scene.station import Rule, Station
from tests.checks.walkway_scenes import box
from tests.checks.way_scenes import LOWER, UPPER, by_code, corner, evaluate, route, walls

BREADTH = dimension("shoulder (bideltoid) breadth", Body("male", 95.0)).value
DEPTH = dimension("abdominal depth, sitting", Body("male", 95.0)).value


def way(
    parts: list[Part], *, params: dict[str, Any] | None = None, notices: Any = (), **more: Any
) -> Finding:
    return by_code(evaluate(CHECK, parts, routes=[route(**more)], notices=notices, **(params or {})))["way"]


def test_a_person_needs_the_breadth_of_the_shoulders() -> None:
    free = way(walls(0.9))
    assert (free.verdict, free.measured) == (Verdict.PASS, pytest.approx(0.9))
    assert free.limit == pytest.approx(BREADTH)
    assert free.citation.standard == "ANSUR II"
    assert "between left and right" in free.message["en"]
    # Nobody walks straighter than the straight line, and not much farther.
    assert np.hypot(4.5, 0.1) < free.data["length"] < 1.1 * np.hypot(4.5, 0.1)
    ribbon = next(m for m in free.marks if isinstance(m, RibbonMark))
    assert all(ribbon.ok)
    assert min(ribbon.widths) <= 0.9 + 1e-6


@pytest.mark.parametrize("off", [-0.007, -0.001, 0.0001, 0.004])
def test_gaps_are_told_to_the_millimetre(off: float) -> None:
    found = way(walls(BREADTH + off, middle=0.4137))
    assert found.measured == pytest.approx(BREADTH + off, abs=1e-9)
    assert found.verdict == (Verdict.PASS if off > 0 else Verdict.FAIL)
    if off < 0:
        assert {m.part for m in found.marks if isinstance(m, PartMark)} == {"left", "right"}
        segment = next(m for m in found.marks if isinstance(m, SegmentMark))
        assert np.linalg.norm(np.subtract(segment.start, segment.end)) == pytest.approx(BREADTH + off)
        assert found.hint["en"] == "Without left it gets through."
        assert f"{-off * 1000:.0f}\u00a0mm are missing" in found.message["en"]


def test_a_long_way_round_is_found() -> None:
    """The gap is shut for a body, but the wall ends before the room does."""
    wall = box("wall", (2, -3.5, 0), (2.5, 2.0, 2.5))
    found = way([wall])
    assert found.verdict == Verdict.PASS
    assert found.measured == pytest.approx(1.0)
    assert found.data["length"] > 5.0


def test_sideways_only_if_the_rule_says_so() -> None:
    gap = walls(0.5 * (BREADTH + DEPTH))
    assert way(gap).verdict == Verdict.FAIL
    found = way(gap, params={"sideways": True})
    assert found.verdict == Verdict.PASS
    assert found.limit == pytest.approx(DEPTH)
    assert "Only sideways" in found.message["en"]
    assert way(walls(DEPTH - 0.01), params={"sideways": True}).verdict == Verdict.FAIL


def test_what_hangs_low_and_what_lies_high() -> None:
    beam = box("beam", (2, -3.5, 1.7), (2.2, 3.5, 1.9))
    assert way([beam]).verdict == Verdict.FAIL
    high = box("beam", (2, -3.5, 2.0), (2.2, 3.5, 2.2))
    found = way([high])
    assert found.verdict == Verdict.PASS
    assert (found.data["head_height"], found.data["head_height_below"]) == (pytest.approx(2.0), "beam")
    duct = box("duct", (2, -3.5, 0), (2.2, 3.5, 0.06))
    stepped = evaluate(CHECK, [duct], routes=[route()])
    assert stepped.findings[0].verdict == Verdict.PASS
    assert "stepped over" in next(s for s in stepped.skipped if s.subject == "duct").reason["en"]
    rolled = way([duct], user="wheelchair")
    assert rolled.verdict == Verdict.FAIL
    assert way([box("duct", (2, -3.5, 0), (2.2, 3.5, 0.015))], user="wheelchair").verdict == Verdict.PASS


def test_places_must_be_free() -> None:
    found = way([*walls(2.0), box("crate", (4.9, 0.35, 0), (5.5, 1, 1))])
    assert found.verdict == Verdict.FAIL
    assert found.data["fails_at"] == "place"
    assert found.measured == pytest.approx(0.3)
    assert "end" in found.message["en"]
    assert "arrivée" in found.message["fr"]
    swallowed = way([*walls(2.0), box("block", (4, -1, 0), (6, 1, 2.5))])
    assert (swallowed.verdict, swallowed.measured) == (Verdict.FAIL, 0.0)
    assert swallowed.data["limiting_parts"] == ["block"]


@pytest.mark.parametrize(
    ("x", "verdict"), [(8.4, Verdict.PASS), (8.6, Verdict.NOT_EVALUATED), (50.0, Verdict.NOT_EVALUATED)]
)
def test_a_place_far_off_the_floor_is_a_mistake_and_no_pass(x: float, verdict: Verdict) -> None:
    """The floor ends at x = 7; up to 1.5 m beyond it goes on, as behind an exit."""
    found = way(walls(2.0), end=(x, 0.2))
    assert found.verdict == verdict
    if verdict != Verdict.PASS:
        assert f"{(x - 7.0) * 1000:,.0f}".replace(",", " ") in found.message["en"].replace(
            "\u202f", " "
        ).replace("\xa0", " ")


@pytest.mark.parametrize(("user", "width"), [("wheelchair", 0.75), ("trolley", 0.6), ("pallet_truck", 0.8)])
def test_vehicles_need_their_width(user: str, width: float) -> None:
    assert way(walls(width + 0.01), user=user).verdict == Verdict.PASS
    found = way(walls(width - 0.01), user=user)
    assert (found.verdict, found.data["fails_at"]) == (Verdict.FAIL, "narrow")
    assert found.measured == pytest.approx(width - 0.01)
    assert found.limit == pytest.approx(width)


def test_a_corner_that_is_wide_enough_but_too_tight() -> None:
    """0.76 m corridors let the chair through straight on; round a right angle it needs at least
    (width + length / 2) / √2 = 0.97 m, whatever it does."""
    more = {"user": "wheelchair", "start": (0.5, 0.0), "end": (4.0, 2.0)}
    tight = way(corner(0.76), **more)
    assert (tight.verdict, tight.data["fails_at"]) == (Verdict.FAIL, "turn")
    # Never a pass where it cannot be, never a fail where it can.
    assert way(corner(0.93), **more).verdict != Verdict.PASS
    free = way(corner(1.2), **more)
    assert free.verdict == Verdict.PASS
    outlines = [m for m in free.marks if isinstance(m, PolylineMark) and m.closed]
    assert len(outlines) >= 3
    sides = np.linalg.norm(np.diff(np.array(outlines[0].points), axis=0), axis=1)
    assert sorted(sides)[-1] == pytest.approx(1.25)
    # A smaller one gets round.
    assert way(corner(0.93), **{**more, "user": "other"}, width=0.6, length=0.8).verdict == Verdict.PASS


def test_a_larger_turning_circle_asks_for_more() -> None:
    more = {"user": "other", "width": 0.6, "length": 1.0, "start": (0.5, 0.0), "end": (4.0, 2.0)}
    assert way(corner(1.0), **more).verdict == Verdict.PASS
    assert way(corner(1.0), **more, turning_diameter=2.4).verdict != Verdict.PASS


LEAF = (
    "schema = 1\n"
    '[[parts]]\nid = "floor"\nbox_mm = [8000, 6000, 100]\nposition_mm = [3000, 0, -50]\nrole = "floor"\n'
    '[[parts]]\nid = "left"\nbox_mm = [500, 2500, 2500]\nposition_mm = [2250, 1750, 1250]\n'
    '[[parts]]\nid = "right"\nbox_mm = [500, 2500, 2500]\nposition_mm = [2250, -1750, 1250]\n'
    '[[parts]]\nid = "leaf"\nbox_mm = [40, 990, 2000]\nposition_mm = [2250, 0, 1000]\n'
    '[[doors]]\nid = "gate"\nposition_mm = [2250, 0, 0]\nwidth_mm = 1000\nheight_mm = 2000\nparts = ["leaf"]\n'
    '[[routes]]\nid = "in"\nstart_mm = [500, 300]\nend_mm = [5000, 200]\ndoors_open = {}\n'
)


def test_doors_shut_and_open(tmp_path: Path) -> None:
    def told(opened: str) -> Finding:
        (tmp_path / "cell.toml").write_text(LEAF.format(opened), encoding="utf-8")
        return run(immersive.load(tmp_path / "cell.toml"), only=["turning"])[0]

    shut = told("false")
    assert shut.verdict == Verdict.FAIL
    assert shut.measured is not None
    assert shut.measured <= 0.01
    assert shut.hint["en"] == "With gate open it gets through."
    opened = told("true")
    assert opened.verdict == Verdict.PASS
    assert opened.data["doors_passed"] == ["gate"]
    assert "gate, which must stand open" in opened.message["en"]


def test_passing_places() -> None:
    lane = [box("a", (0.8, 0.5, 0), (6.5, 3, 2)), box("b", (0.8, -3, 0), (6.5, -0.5, 2))]
    more = {
        "user": "other",
        "width": 0.7,
        "length": 1.0,
        "start": (0.0, 0.0),
        "end": (6.0, 0.0),
        "passing": True,
    }

    def passing(parts: list[Part], every: float) -> Finding:
        return by_code(evaluate(CHECK, parts, routes=[route(**more)], passing_every=every))["passing"]

    found = passing(lane, 3.0)
    assert found.verdict == Verdict.FAIL
    # From before the lane's mouth (the second one must stand there whole) to the route's end within it.
    assert found.measured == pytest.approx(5.7, abs=0.25)
    bay = [lane[0], box("b", (0.8, -3, 0), (2.0, -0.5, 2)), box("c", (4.0, -3, 0), (6.5, -0.5, 2))]
    wide = passing(bay, 3.0)
    assert wide.verdict == Verdict.PASS
    assert wide.measured is not None
    assert wide.measured < 3.0
    narrow = evaluate(CHECK, walls(0.3), routes=[route(passing=True)])
    assert by_code(narrow)["passing"].verdict == Verdict.NOT_EVALUATED


def test_doubt_and_refusal() -> None:
    soft = [box("left", (2, 0.2837, 0), (2.5, 3.5, 2.5), uncertainty=0.002), walls(2 * 0.2837)[1]]
    assert way(soft).verdict == Verdict.INDETERMINATE
    notice = Notice("missing-file", Severity.ERROR, "rack.stl", {"en": "missing", "fr": "absent"})
    missing = way(walls(0.9), notices=(notice,))
    assert missing.verdict == Verdict.INDETERMINATE
    assert "rack.stl" in missing.message["fr"]
    assert way(walls(0.3), notices=(notice,)).verdict == Verdict.FAIL
    assert [f.verdict for f in evaluate(CHECK, walls(1.0)).findings] == [Verdict.NOT_EVALUATED]
    assert [f.verdict for f in evaluate(CHECK, [], routes=[route()]).findings] == [Verdict.NOT_EVALUATED]
    assert way(walls(1.0), user="other").verdict == Verdict.NOT_EVALUATED
    with pytest.raises(LayoutError, match="did you mean 'r'"):
        CHECK.evaluate(
            Context(Scene("t", (), station=Station(routes=(route(),))), Rule("r", "turning")),
            Params(routes=("rr",)),
        )


def test_what_is_ignored_is_said() -> None:
    found = evaluate(CHECK, walls(0.1), routes=[route()], ignore=["left", "nothing"])
    assert found.findings[0].verdict == Verdict.PASS
    assert {"left", "nothing"} <= {s.subject for s in found.skipped}


Boxes = st.lists(
    st.tuples(st.floats(0.9, 4.5), st.floats(-2.8, 2.4), st.floats(0.1, 1.2), st.floats(0.1, 2.5)),
    min_size=1, max_size=7,
)  # fmt: skip


@given(Boxes)
@settings(max_examples=40, deadline=None)
def test_verdicts_are_those_of_the_free_space(specs: list[tuple[float, float, float, float]]) -> None:
    """Against shapely: start and end are in one piece of the room less all boxes grown by the radius, or not."""
    import shapely

    parts = [box(f"b{k}", (x, y, 0), (x + w, y + d, 2)) for k, (x, y, w, d) in enumerate(specs)]
    found = way(parts, start=(0.0, 0.0), end=(6.3, 0.0))
    solid = shapely.union_all([shapely.box(x, y, x + w, y + d) for x, y, w, d in specs])

    def connected(radius: float) -> bool:
        # The room's own edge keeps the body in, too.
        window = shapely.box(*LOWER, *UPPER).buffer(-radius, join_style="mitre")
        free = window.difference(solid.buffer(radius, quad_segs=64))
        pieces = shapely.get_parts(free)
        inside = [
            {k for k, piece in enumerate(pieces) if piece.covers(shapely.Point(p))}
            for p in ((0.0, 0.0), (6.3, 0.0))
        ]
        return bool(inside[0] & inside[1])

    if found.verdict == Verdict.PASS:
        assert connected(BREADTH / 2 - 1e-3)
        ribbon = next(m for m in found.marks if isinstance(m, RibbonMark))
        line = shapely.LineString([p[:2] for p in ribbon.points])
        assert line.distance(solid) >= BREADTH / 2 - 1e-9
    elif found.verdict == Verdict.FAIL:
        assert not connected(BREADTH / 2 + 1e-3)
    else:
        # Too close to call only where ten millimetres decide.
        assert connected(BREADTH / 2 - 5e-3)
        assert not connected(BREADTH / 2 + 5e-3)


@given(Boxes)
@settings(max_examples=8, deadline=None)
def test_a_vehicle_found_free_touches_nothing(specs: list[tuple[float, float, float, float]]) -> None:
    """The poses of the way, and those in between, are held against the boxes by shapely."""
    import shapely
    from shapely import affinity

    from immersive.checks._floor import floor_of
    from immersive.checks._turning_search import search
    from immersive.checks._turning_user import User
    from immersive.findings import Citation
    from tests.checks.way_scenes import room

    parts = [box(f"b{k}", (x, y, 0), (x + w, y + d, 2)) for k, (x, y, w, d) in enumerate(specs)]
    context = Context(Scene("t", (*parts, room())), Rule("r", "turning"))
    floor = floor_of(context, level=0.0, height=1.8, over=0.02)
    user = User("other", 0.7, 1.1, 1.8, 1.5, 0.02, Citation("layout"))
    found = search(floor, user, np.array([[0.0, 0.0], [6.3, 0.0]]), sideways=False, prove=False)
    if not found.verdict:
        return
    solid = shapely.union_all([shapely.box(x, y, x + w, y + d) for x, y, w, d in specs])
    pivot = np.sqrt(0.75**2 - 0.35**2) - 0.55
    body = shapely.box(pivot - 0.55, -0.35, pivot + 0.55, 0.35).buffer(-1e-6, join_style="mitre")
    poses = np.column_stack([found.way, np.unwrap(found.headings)])
    for a, b in pairwise(poses):
        for t in (0.0, 0.35, 0.7):
            x, y, angle = a + t * (b - a)
            placed = affinity.translate(affinity.rotate(body, angle, origin=(0, 0), use_radians=True), x, y)
            assert not placed.intersects(solid)
