"""The clearance check on cells made for it, and on the real ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from immersive.checks import clearance
from immersive.checks._base import Context, bind
from immersive.checks._run import run
from immersive.findings import BoxMark, Evaluation, Finding, PartMark, PointMark, SegmentMark, Verdict
from immersive.geometry import frames
from immersive.scene.model import Mesh, Notice, Part, Role, Scene, Severity
from immersive.scene.station import Rule
from tests.geometry import meshes

At = tuple[float, float, float]


def part(
    id: str,
    size: float | tuple[float, float, float] = 1.0,
    at: At = (0.0, 0.0, 0.0),
    *,
    mesh: meshes.Placed | None = None,
    **more: Any,
) -> Part:
    vertices, faces, matrix = mesh or meshes.box(size)
    world = frames.translation(at) @ matrix
    return Part(id, id.rpartition("/")[2], tuple(id.split("/")), Mesh(vertices, faces), world, **more)


def check(parts: list[Part], notices: tuple[Notice, ...] = (), **params: Any) -> Evaluation:
    scene = Scene("cell", tuple(parts), notices=notices)
    rule = Rule("rule", "clearance", params)
    return clearance.evaluate(Context(scene, rule), bind(clearance.CHECK, rule))


def bad(evaluation: Evaluation) -> list[Finding]:
    return [one for one in evaluation.findings if one.verdict != Verdict.PASS]


def only(evaluation: Evaluation) -> Finding:
    (found,) = bad(evaluation)
    return found


def robot_and_fence(x: float) -> list[Part]:
    links = [
        part(
            f"robot/link_{k}",
            (0.2, 0.2, 0.5 + 0.001 * k),
            (0, 0, 0.45 * k),
            role=Role.ROBOT,
            groups=("robot",),
        )
        for k in range(4)
    ]
    panels = [
        part(f"fence/panel_{name}", (0.05, 1, 2), (0.125 + x, k, 1), role=Role.FENCE, groups=("fence",))
        for k, name in enumerate(("left", "right"))
    ]
    return links + panels


def test_a_gap_too_small_is_one_finding_per_pair_of_groups() -> None:
    found = check(
        robot_and_fence(0.084), between=["group:robot"], to=["role:fence"], clearance_mm=120, unit="group"
    )
    one = only(found)
    assert one.code == "clearance.gap"
    assert one.subjects == ("fence", "robot")
    assert one.measured == pytest.approx(0.084, abs=1e-12)
    assert (one.limit, one.limit_kind, one.unit, one.verdict) == (0.12, "min", "m", Verdict.FAIL)
    assert one.message["en"].startswith(
        "robot/link_0 comes within 84.0\u00a0mm of fence/panel_left; 120\u00a0mm are required"
    )
    assert "passe à 84,0\u00a0mm de fence/panel_left" in one.message["fr"]
    assert one.data["count"] == len(one.data["pairs"]) == 4
    assert one.shortfall == pytest.approx(0.036)
    assert "36.0" in one.hint["en"]
    segment = next(mark for mark in one.marks if isinstance(mark, SegmentMark))
    assert np.linalg.norm(np.subtract(segment.start, segment.end)) == pytest.approx(0.084)
    assert segment.label["fr"] == "84,0\u00a0mm"
    assert {mark.part for mark in one.marks if isinstance(mark, PartMark)} == {
        "robot/link_0",
        "fence/panel_left",
    }
    assert found.examined["pairs"] == 8
    assert found.examined["parts"] == 6
    assert found.examined["triangles"] == 72
    json.dumps(dict(one.data), allow_nan=False)


def test_pairs_of_parts_when_asked() -> None:
    found = check(
        robot_and_fence(0.084), between=["group:robot"], to=["role:fence"], clearance_mm=120, unit="part"
    )
    assert len(bad(found)) == 4
    assert all(one.subjects == tuple(sorted((one.data["a"], one.data["b"]))) for one in bad(found))


def test_enough_room_is_a_pass_that_names_the_smallest_gap() -> None:
    found = check(robot_and_fence(0.5), between=["group:robot"], to=["role:fence"], clearance_mm=120)
    (one,) = found.findings
    assert one.verdict == Verdict.PASS
    assert one.measured == pytest.approx(0.5, abs=1e-12)
    assert {one.data["a"], one.data["b"]} <= {part.id for part in robot_and_fence(0.5)}
    assert one.data["pairs_passed"] == 8


@pytest.mark.parametrize(
    ("gap", "uncertainty", "verdict"),
    [
        (0.12, 0.0, Verdict.PASS),
        (0.1199, 0.0, Verdict.FAIL),
        (0.1199, 0.001, Verdict.INDETERMINATE),
        (0.1205, 0.001, Verdict.INDETERMINATE),
        (0.123, 0.001, Verdict.PASS),
        (0.117, 0.001, Verdict.FAIL),
    ],
)
def test_the_sum_of_uncertainties_decides_what_is_too_close_to_call(
    gap: float, uncertainty: float, verdict: Verdict
) -> None:
    parts = [part("a", uncertainty=uncertainty), part("b", at=(1.0 + gap, 0, 0), uncertainty=uncertainty)]
    found = check(parts, clearance_mm=120)
    assert found.findings[0].verdict == verdict
    if verdict == Verdict.INDETERMINATE:
        assert found.findings[0].uncertainty == 2 * uncertainty


@pytest.mark.parametrize("contact", ["allowed", "forbidden"])
@pytest.mark.parametrize("gap", [0.0, 0.0003])
def test_contact_is_told_from_clash(contact: str, gap: float) -> None:
    found = check([part("a"), part("b", at=(1.0 + gap, 0, 0))], contact=contact, touch_mm=0.5)
    if contact == "allowed":
        assert bad(found) == []
        assert found.findings[0].data["contacts"] == 1
    else:
        one = only(found)
        assert (one.code, one.verdict) == ("clearance.contact", Verdict.FAIL)
        assert one.message["en"] == "a touches b; contact is forbidden"
        assert any(isinstance(mark, PointMark | SegmentMark) for mark in one.marks)


def test_contact_allowed_excuses_contact_and_no_small_gap() -> None:
    assert bad(check([part("a"), part("b", at=(1.0, 0, 0))], clearance_mm=50)) == []
    one = only(check([part("a"), part("b", at=(1.002, 0, 0))], clearance_mm=50))
    assert one.code == "clearance.gap"


@pytest.mark.parametrize("depth", [0.0005, 0.002, 0.1])
def test_overlap_beyond_the_tolerance_is_a_clash(depth: float) -> None:
    found = check([part("a"), part("b", at=(1.0 - depth, 0, 0))], tolerance_mm=1.0)
    if depth < 0.001:
        assert bad(found) == []
        return
    one = only(found)
    assert (one.code, one.verdict) == ("clearance.clash", Verdict.FAIL)
    assert one.measured == pytest.approx(-depth, abs=1e-11)
    assert one.limit == -0.001
    assert one.data["penetration_method"] == "exact"
    assert "at least" not in one.message["en"]


def test_the_hint_moves_the_part_one_would_move_and_it_is_enough() -> None:
    wall, carton = part("wall", (0.2, 4, 3), role=Role.WALL), part("carton", 0.5, (0.3, 0.1, 0.2))
    one = only(check([wall, carton]))
    assert one.message["en"].startswith("carton and wall overlap by 50.0")
    assert one.hint["en"] == "Moving carton by 50.0\u00a0mm along +X would be enough for this pair"
    assert bad(check([wall, part("carton", 0.5, (0.35, 0.1, 0.2))])) == []
    gap = only(check([wall, part("carton", 0.5, (0.37, 0.1, 0.2))], clearance_mm=30))
    assert gap.hint["en"].startswith("Moving carton by 10.0\u00a0mm along +X")


def test_a_clash_marks_where() -> None:
    one = only(check([part("a"), part("b", at=(0.9, 0.3, 0.2))]))
    assert one.code == "clearance.clash"
    box = next(mark for mark in one.marks if isinstance(mark, BoxMark))
    np.testing.assert_allclose(box.lower[0], 0.4, atol=1e-9)
    np.testing.assert_allclose(box.upper[0], 0.5, atol=1e-9)
    assert any(isinstance(mark, PointMark) for mark in one.marks)


def test_a_swallowed_part_is_found_however_deep() -> None:
    parts = [part("block", 3.0), part("bolt", 0.1)]
    one = only(check(parts))
    assert (one.code, one.verdict) == ("clearance.contained", Verdict.FAIL)
    assert one.message["en"].startswith("bolt lies wholly inside block, 1\u202f450\u00a0mm below")
    assert one.measured is not None
    assert one.measured < 0.0
    assert one.data["surface_gap"] == pytest.approx(1.45)


def test_what_an_open_mesh_leaves_open_is_indeterminate() -> None:
    shell = part("shell", mesh=meshes.opened(meshes.sphere(2.0)))
    one = only(check([shell, part("bolt", 0.1)]))
    assert (one.code, one.verdict) == ("clearance.contained", Verdict.INDETERMINATE)
    assert "shell is not a closed surface" in one.message["en"]
    assert bad(check([shell, part("bolt", 0.1, (5, 0, 0))])) == []


def test_identity_survives_small_moves_and_the_turn_from_gap_to_clash() -> None:
    ids = set()
    for x in (1.03, 1.01, 0.99, 0.9):
        ids.add(only(check([part("a"), part("b", at=(x, 0, 0))], clearance_mm=50)).id)
    assert len(ids) == 1
    assert only(check([part("a"), part("c", at=(1.01, 0, 0))], clearance_mm=50)).id not in ids


def test_parts_of_one_group_entry_or_robot_are_not_compared_and_that_is_said() -> None:
    same_group = [part("a", groups=("g",)), part("b", at=(0.5, 0, 0), groups=("g", "h"))]
    same_entry = [part("press/a"), part("press/b", at=(0.5, 0, 0)), part("far", at=(9, 0, 0))]
    one_robot = [part("link_1", role=Role.ROBOT), part("link_2", at=(0.5, 0, 0), role=Role.ROBOT)]
    assert only(check(same_group)).verdict == Verdict.NOT_EVALUATED
    found = check(same_entry)
    assert bad(found) == []
    assert found.examined["pairs"] == 2
    assert found.examined["pairs_of_one_unit"] == 1
    assert any("1 pairs of parts of one group" in text["en"] for text in found.assumptions)
    assert only(check(one_robot)).verdict == Verdict.NOT_EVALUATED
    assert only(check(one_robot, unit="part")).verdict == Verdict.NOT_EVALUATED
    asked = check(one_robot, unit="part", between=["link_1"], to=["link_2"])
    assert only(asked).code == "clearance.clash"
    assert only(check(same_group, unit="part")).code == "clearance.clash"


def test_a_common_root_is_no_group() -> None:
    """All parts of one file hang below its root: the first level that differs counts."""
    found = check([part("cell/a/x"), part("cell/a/y", at=(0.5, 0, 0)), part("cell/b", at=(0.0, 0.9, 0))])
    assert {one.subjects for one in bad(found)} == {("cell/a", "cell/b")}


def test_the_default_rule_searches_clashes_where_there_are_two_units() -> None:
    clash = Scene("cell", (part("a"), part("b", at=(0.5, 0, 0))))
    assert [one.code for one in run(clash, only=["clearance"])] == ["clearance.clash"]
    for parts in ((part("a"),), (part("r/a", role=Role.ROBOT), part("r/b", role=Role.ROBOT))):
        assert not clearance.CHECK.applies(Scene("cell", parts))


def test_a_misspelt_selector_is_not_a_pass() -> None:
    parts = [part("fence_1", role=Role.FENCE), part("b", at=(3, 0, 0))]
    found = check(parts, between=["fense_1"], to=["b"])
    one = only(found)
    assert one.verdict == Verdict.NOT_EVALUATED
    assert "did you mean 'fence_1'" in one.message["en"]
    assert "vouliez-vous dire 'fence_1'" in one.message["fr"]
    assert not any(one.verdict == Verdict.PASS for one in found.findings)
    partly = check(parts, between=["fence_1", "group:nobody"], to=["b"])
    assert {one.verdict for one in partly.findings} == {Verdict.PASS, Verdict.NOT_EVALUATED}
    wrong_role = check(parts, between=["role:fense"], to=["b"])
    assert "unknown role" in only(wrong_role).message["en"]


def test_missing_files_empty_parts_and_far_parts_are_said() -> None:
    notice = Notice("missing", Severity.ERROR, "gone.stl", {"en": "gone", "fr": "perdu"})
    empty = Part("e", "e", ("e",), Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32)), np.eye(4))
    far = part("far", at=(2e5, 0, 0))
    found = check([part("a"), part("b", at=(3, 0, 0)), empty, far], (notice,))
    assert {one.subject for one in found.skipped} == {"e", "far"}
    messages = [one.message["en"] for one in bad(found)]
    assert len(messages) == 2
    assert any("gone.stl" in message for message in messages)
    assert any("far" in message and "cannot be trusted" in message for message in messages)
    assert all(one.verdict == Verdict.NOT_EVALUATED for one in bad(found))
    assert found.examined["parts"] == 2


def test_same_scene_same_findings_whatever_the_order_of_the_parts() -> None:
    rng = np.random.default_rng(3)
    parts = [
        part(f"p{k}", mesh=meshes.moved(meshes.sphere(0.3 + 0.001 * k), meshes.random_motion(rng, 1.0)))
        for k in range(25)
    ]

    def digest(order: list[Part]) -> list[object]:
        made = check(order, clearance_mm=20)
        return sorted(
            (one.id, one.code, str(one.verdict), round(one.measured or 0.0, 10)) for one in bad(made)
        )

    first = digest(parts)
    assert len(first) > 5
    assert digest(parts) == first
    assert digest([parts[k] for k in rng.permutation(25)]) == first


def test_progress_runs_from_nothing_to_all() -> None:
    told: list[float] = []
    scene = Scene("cell", tuple(part(f"p{k}", at=(0.9 * k, 0, 0)) for k in range(30)))
    rule = Rule("rule", "clearance", {})
    clearance.evaluate(Context(scene, rule, told.append), clearance.Params())
    assert told == sorted(told)
    assert told[0] >= 0.0
    assert 0.5 < told[-1] <= 1.0


def test_docstring_has_the_sections_of_the_contract() -> None:
    for word in ("What", "Why", "Method", "Limits", "References"):
        assert f"\n{word}\n" in clearance.CHECK.doc


@pytest.mark.shared
def test_robot_to_fence_in_a_real_cell(shared: Path) -> None:
    """Against python-fcl over all pairs of robot link and fence panel."""
    fcl = pytest.importorskip("fcl")
    import immersive

    scene = immersive.load(shared / "cells" / "cell-twc" / "placement-positioner.json")
    rule = Rule("rf", "clearance", {"between": ["role:robot"], "to": ["role:fence"], "clearance_mm": 500})
    found = clearance.evaluate(Context(scene, rule), bind(clearance.CHECK, rule))
    robot = [one for one in scene if one.role == Role.ROBOT]
    fence = [one for one in scene if one.role == Role.FENCE]
    assert found.examined["pairs"] == len(robot) * len(fence) == 42

    def model(one: Part) -> Any:
        made = fcl.BVHModel()
        made.beginModel(len(one.mesh.vertices), len(one.mesh.faces))
        made.addSubModel(one.world_vertices(), one.mesh.faces)
        made.endModel()
        return fcl.CollisionObject(made)

    left, right = {one.id: model(one) for one in robot}, {one.id: model(one) for one in fence}
    expected: dict[str, float] = {}
    for a in robot:
        for b in fence:
            gap = fcl.distance(left[a.id], right[b.id], fcl.DistanceRequest(), fcl.DistanceResult())
            expected[b.id] = min(gap, expected.get(b.id, np.inf))
    near = {name: gap for name, gap in expected.items() if gap < 0.5}
    assert len(near) == len(bad(found)) > 0
    for one in bad(found):
        panel = one.data["a"] if one.data["a"] in expected else one.data["b"]
        assert one.measured == pytest.approx(near[panel], abs=1e-6)


@pytest.mark.shared
def test_clashes_of_a_whole_real_cell(shared: Path) -> None:
    import immersive

    scene = immersive.load(shared / "cells" / "cell-ariac" / "placement.json")
    scene = replace(scene, station=None)
    found = run(scene, only=["clearance"])
    codes = {one.code for one in found}
    assert {"clearance.clash", "clearance.contained", "clearance.clear"} <= codes
    examined = found.rules[0].evaluation.examined
    assert examined["parts"] == 164
    assert examined["pairs"] + examined["pairs_of_one_unit"] == 164 * 163 // 2


def test_pairs_are_counted_as_they_are_enumerated() -> None:
    rng = np.random.default_rng(5)
    names = np.array(["g", "h", "k"])
    parts = []
    for k in range(30):
        groups = tuple(sorted(names[rng.random(3) < 0.3]))
        role = Role.ROBOT if rng.random() < 0.3 else Role.FENCE if rng.random() < 0.3 else Role.OTHER
        parts.append(part(f"p{k}", 0.1, tuple(rng.uniform(-9, 9, 3)), groups=groups, role=role))

    def units_of(one: Part) -> set[str]:
        return set(one.groups) or ({"robot"} if one.role == Role.ROBOT else {one.id})

    def expected(left: list[Part], right: list[Part]) -> tuple[int, int]:
        pairs = {frozenset((a.id, b.id)) for a in left for b in right if a is not b}
        by_id = {one.id: one for one in parts}
        same = sum(bool(set.intersection(*(units_of(by_id[name]) for name in pair))) for pair in pairs)
        return len(pairs) - same, same

    robots = [one for one in parts if one.role == Role.ROBOT]
    others = [one for one in parts if one.role != Role.OTHER]
    cases = [
        (check(parts), expected(parts, parts)),
        (check(parts, between=["role:robot"], to=["*"]), expected(robots, parts)),
        (
            check(parts, between=["role:robot", "role:other"], to=["role:robot", "role:fence"]),
            expected([one for one in parts if one.role != Role.FENCE], others),
        ),
    ]
    for found, (different, same) in cases:
        assert (found.examined["pairs"], found.examined["pairs_of_one_unit"]) == (different, same)


def test_thousands_of_parts_need_no_matrix_of_pairs() -> None:
    """A grid of instances of one mesh; real files have 16,384 of them."""
    vertices, faces, _ = meshes.box(0.5)
    mesh = Mesh(vertices, faces)
    parts = tuple(
        Part(f"p{k}", f"p{k}", (f"p{k}",), mesh, frames.translation((k % 50, k // 50, 0)))
        for k in range(2_500)
    )
    rule = Rule("rule", "clearance", {"clearance_mm": 100})
    found = clearance.evaluate(Context(Scene("cell", parts), rule), bind(clearance.CHECK, rule))
    assert [one.verdict for one in found.findings] == [Verdict.PASS]
    assert found.findings[0].measured == pytest.approx(0.5)
    assert found.examined["pairs"] == 2_500 * 2_499 // 2


@pytest.mark.parametrize("built", [Role.WALL, Role.FENCE, Role.FLOOR, Role.CEILING, Role.MARKING])
def test_a_hint_never_moves_what_is_built_in(built: Role) -> None:
    small = part("post", (0.1, 0.1, 1.0), role=built)
    large = part("cabinet", (1.0, 1.0, 2.0), (0.57, 0.0, 0.0), role=Role.CABINET)
    for parts in ([small, large], [large, small]):
        assert only(check(parts, clearance_mm=50)).hint["en"].startswith("Moving cabinet by 30.0\u00a0mm")
    other = replace(large, role=Role.WALL)
    assert only(check([small, other], clearance_mm=50)).hint["en"].startswith("Moving post by")
