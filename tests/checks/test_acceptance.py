"""Accepted findings: bound to what was accepted, free of where the cell stands, void when it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.checks._acceptance import Fingerprint, fingerprint
from immersive.checks._run import Results, run
from immersive.findings import Finding, PartMark, Verdict
from immersive.geometry import frames
from immersive.review.document import Outcome, Review
from immersive.scene.model import Mesh, Part, Scene, Severity
from immersive.scene.origin import Origin
from immersive.scene.station import Accepted, Rule, Station
from tests.geometry import meshes

RULE = Rule("gap", "clearance", {"clearance_mm": 50})


def part(id: str, at: tuple[float, float, float], size: float = 1.0, **more: Any) -> Part:
    vertices, faces, matrix = meshes.box(size)
    world = frames.translation(at) @ matrix
    return Part(id, id, tuple(id.split("/")), Mesh(vertices, faces), world, **more)


def cell(
    x: float = 1.03, *accepted: Accepted, rule: Rule = RULE, size: float = 1.0, more: tuple[Part, ...] = ()
) -> Scene:
    parts = (part("a", (0, 0, 0)), part("b", (x, 0.2, 0.1), size), part("c", (0, 9, 0)), *more)
    return Scene("cell", parts, station=Station(rules=(rule,), accepted=accepted))


def checked(scene: Scene) -> Results:
    return run(scene, only=["clearance"])


def fault(scene: Scene) -> Finding:
    (found,) = (one for one in checked(scene) if one.verdict != Verdict.PASS)
    return found


def entry(scene: Scene, **changes: Any) -> Accepted:
    finding = fault(scene)
    written = str(fingerprint(scene, finding))
    made = Accepted(finding.id, "welded on site", "A. Person", "2026-03-01", written, finding.subjects)
    return replace(made, **changes)


def test_an_accepted_finding_is_no_pass_and_does_not_count() -> None:
    scene = cell()
    review = Review(cell(1.03, entry(scene)), checked(cell(1.03, entry(scene))))
    one = fault(cell(1.03, entry(scene)))
    assert (one.verdict, one.is_accepted, one.is_open) == (Verdict.FAIL, True, False)
    assert one.accepted is not None
    assert (one.accepted.state, one.accepted.by, one.accepted.reason) == (
        "valid",
        "A. Person",
        "welded on site",
    )
    assert one.id == fault(scene).id
    assert review.exit_code() == 0
    assert review.outcome == Outcome.PASS
    assert (review.counts.failed, review.counts.accepted, review.counts.passed) == (0, 1, 1)
    assert review.counts.total == len(review.findings)
    assert review.accepted == (one,)
    assert review.open_findings == ()
    assert review.results.not_passed() == ()
    assert not review.notices
    # The same cell without the entry.
    plain = Review(scene, checked(scene))
    assert plain.exit_code() == 1
    assert plain.outcome == Outcome.FAIL


def worse(scene: Scene) -> Scene:
    return cell(1.02, *entries(scene))


def better(scene: Scene) -> Scene:
    return cell(1.04, *entries(scene))


def other_shape(scene: Scene) -> Scene:
    return cell(1.03, *entries(scene), size=1.002)


def clash(scene: Scene) -> Scene:
    return cell(0.9, *entries(scene))


def stricter(scene: Scene) -> Scene:
    return cell(1.03, *entries(scene), rule=Rule("gap", "clearance", {"clearance_mm": 60}))


def unsure(scene: Scene) -> Scene:
    parts = tuple(replace(one, uncertainty=0.012) for one in scene.parts)
    return replace(scene, parts=parts)


def entries(scene: Scene) -> tuple[Accepted, ...]:
    assert scene.station is not None
    return scene.station.accepted


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (worse, "moved"),
        (better, "moved"),
        (clash, "moved"),
        (other_shape, "parts concerned have changed"),
        (stricter, "demand of the rule"),
        (unsure, "accepted is clearance.gap (fail), what is found is clearance.gap (indeterminate)"),
    ],
)
def test_it_is_void_once_what_was_accepted_changes(change: Callable[[Scene], Scene], why: str) -> None:
    changed = change(cell(1.03, entry(cell())))
    one = fault(changed)
    assert one.accepted is not None
    assert why in one.accepted.void["en"]
    assert one.accepted.void["fr"]
    assert one.accepted.void["fr"] != one.accepted.void["en"]
    assert one.is_open
    assert Review(changed, checked(changed)).exit_code() == 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_fingerprint_is_the_same_wherever_the_cell_stands(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = cell()
    motion = meshes.random_motion(rng, 1000.0)
    moved = scene.with_parts(replace(one, world_from_mesh=motion @ one.world_from_mesh) for one in scene)
    one = fault(scene)
    assert fingerprint(moved, one) == fingerprint(scene, one)
    # But a tenth of a millimetre between the two parts is seen.
    step = rng.normal(size=3)
    shifted = frames.translation(tuple(1e-4 * step / np.linalg.norm(step)))
    nudged = scene.with_parts(
        replace(p, world_from_mesh=shifted @ p.world_from_mesh) if p.id == "b" else p for p in scene
    )
    assert fingerprint(nudged, one).poses != fingerprint(scene, one).poses


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 0.25, 1000.0, 0.0378]))
def test_the_last_bits_of_a_mesh_void_nothing_and_its_shape_does(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    scene = cell(size=size)
    one = replace(fault(cell()), parts=("b",))
    mesh = scene.by_id["b"].mesh

    def printed(vertices: Any, faces: Any = mesh.faces) -> str:
        parts = (replace(p, mesh=Mesh(vertices, faces)) if p.id == "b" else p for p in scene)
        return fingerprint(scene.with_parts(parts), one).shapes

    noise = size * 1e-15 * rng.normal(size=mesh.vertices.shape)
    assert printed(mesh.vertices + noise) == printed(mesh.vertices)
    bent = mesh.vertices.copy()
    bent[rng.integers(len(bent)), rng.integers(3)] += size * 1e-5
    assert printed(bent) != printed(mesh.vertices)
    assert printed(mesh.vertices, mesh.faces[:-1]) != printed(mesh.vertices)


def test_mirror_and_scale_are_seen_though_the_parts_keep_their_pose_to_each_other() -> None:
    scene = cell()
    one = fault(scene)
    for change in (np.diag([-1.0, 1.0, 1.0, 1.0]), np.diag([2.0, 2.0, 2.0, 1.0])):
        other = scene.with_parts(replace(p, world_from_mesh=change @ p.world_from_mesh) for p in scene)
        assert fingerprint(other, one).poses != fingerprint(scene, one).poses


def test_what_is_not_concerned_may_change() -> None:
    accepted = entry(cell())
    bystander = part("d", (0, -9, 0))
    assert fault(cell(1.03, accepted, more=(bystander,))).is_accepted


def test_a_part_that_joins_the_finding_voids_it() -> None:
    plates = (part("g/p", (0, 0, 0), groups=("g",)),)
    screws = tuple(part(f"h/s{k}", (1.03, 0.0, 3.0 * k), groups=("h",)) for k in range(2))
    far = replace(screws[1], world_from_mesh=frames.translation((1.03, 0, 9.0)))
    before = Scene("cell", (*plates, screws[0], far), station=Station(rules=(RULE,)))
    accepted = entry(before)
    near = replace(screws[1], world_from_mesh=frames.translation((1.03, 0.5, 1.01)))
    after = Scene("cell", (*plates, screws[0], near), station=Station(rules=(RULE,), accepted=(accepted,)))
    one = fault(after)
    assert one.id == accepted.finding
    assert one.data["count"] == 2
    assert one.accepted is not None
    assert "parts concerned have changed" in one.accepted.void["en"]


@pytest.mark.parametrize(
    ("written", "why"),
    [("", "no fingerprint"), ("9:x", "none that this version reads"), ("1:a:b:c:d:e:f", "none")],
)
def test_an_entry_without_a_readable_fingerprint_does_not_hold(written: str, why: str) -> None:
    one = fault(cell(1.03, entry(cell(), parts=written)))
    assert one.accepted is not None
    assert why in one.accepted.void["en"]
    assert one.is_open


def test_of_several_entries_the_one_that_holds_counts() -> None:
    good, bad = entry(cell()), entry(cell(), parts="", by="B. Other")
    for order in ((good, bad), (bad, good)):
        one = fault(cell(1.03, *order))
        assert one.accepted is not None
        assert (one.accepted.state, one.accepted.by) == ("valid", "A. Person")


def test_an_entry_that_accepts_nothing_is_told() -> None:
    accepted = entry(cell(), origin=Origin("cell.toml", "accepted[0]", 7))
    mended = cell(2.0, accepted)
    (notice,) = checked(mended).notices
    assert notice.code == "acceptance-stale"
    assert notice.severity == Severity.WARNING
    assert (notice.file, notice.place) == ("cell.toml", "line 7, accepted[0]")
    assert accepted.finding in notice.text["en"]
    assert "n’existe plus" in notice.text["fr"]
    review = Review(mended, checked(mended))
    assert review.notices == (notice,)
    assert review.exit_code() == 0, "nothing is wrong with the cell"
    # A check that did not run cannot say so.
    assert run(mended, only=["inputs"]).notices == ()
    passing = next(f for f in run(mended, only=["inputs"]) if f.verdict == Verdict.PASS)
    passes = cell(2.0, replace(accepted, finding=passing.id, parts="1:0:0:0:inputs.x:fail:-"))
    (notice,) = run(passes, only=["inputs"]).notices
    assert "passes now" in notice.text["en"]


def measured(value: float, **more: Any) -> Finding:
    return replace(
        Finding("walkway.width", "r", ("aisle",), Verdict.FAIL, Severity.ERROR, {"en": "e", "fr": "f"},
                measured=value, limit=0.8, limit_kind="min", unit="m"),
        **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "uncertainty", "holds"),
    [(0.7, 0.0, True), (0.75, 0.0, True), (0.6995, 0.0, True), (0.698, 0.0, False), (0.698, 0.005, True),
     (0.69, 0.005, False)],
)  # fmt: skip
def test_without_parts_it_holds_until_it_gets_worse(now: float, uncertainty: float, holds: bool) -> None:
    """A walkway is no part: what counts is that it is not narrower than what was accepted."""
    from immersive.checks._acceptance import judged

    scene = cell()
    then = measured(0.7)
    accepted = Accepted(then.id, "why", "who", "", str(fingerprint(scene, then)))
    (one,) = judged(cell(1.03, accepted), [measured(now, uncertainty=uncertainty)])
    assert one.is_accepted is holds
    if not holds:
        assert one.accepted is not None
        assert "worse by" in one.accepted.void["en"]


def test_marked_parts_and_named_assemblies_are_what_it_is_about() -> None:
    from immersive.checks._acceptance import judged

    scene = cell(more=(part("m/x", (0, 5, 0)), part("m/y", (0, 7, 0)), part("n", (3, 5, 0), groups=("g",))))
    for finding, moving in (
        (measured(0.7, marks=(PartMark("a"), PartMark("c"))), "c"),
        (measured(0.7, subjects=("m",)), "m/y"),
        (measured(0.7, subjects=("a", "g")), "n"),
        (measured(0.7, parts=("a", "n")), "n"),
    ):
        accepted = Accepted(finding.id, "why", "who", "", str(fingerprint(scene, finding)))
        station = Station(accepted=(accepted,))
        (kept,) = judged(replace(scene, station=station), [finding])
        assert kept.is_accepted
        parts = tuple(
            replace(p, world_from_mesh=frames.translation((0.01, 0, 0)) @ p.world_from_mesh)
            if p.id == moving
            else p
            for p in scene
        )
        (lost,) = judged(replace(scene, parts=parts, station=station), [finding])
        assert not lost.is_accepted


def test_where_nothing_was_measured_the_sentence_is_what_was_accepted() -> None:
    from immersive.checks._acceptance import judged

    scene = cell()
    then = measured(0.0, verdict=Verdict.NOT_EVALUATED, message={"en": "gone.stl is missing", "fr": "f"})
    then = replace(then, measured=None)
    accepted = Accepted(then.id, "why", "who", "", str(fingerprint(scene, then)))
    with_entry = cell(1.03, accepted)
    assert judged(with_entry, [then])[0].is_accepted
    (other,) = judged(with_entry, [replace(then, message={"en": "two files are missing", "fr": "f"})])
    assert not other.is_accepted


def test_passes_are_never_accepted_and_the_fingerprint_survives_writing() -> None:
    scene = cell()
    summary = next(one for one in checked(scene) if one.verdict == Verdict.PASS)
    accepted = Accepted(summary.id, "why", "who", "", str(fingerprint(scene, summary)))
    assert all(one.accepted is None for one in checked(cell(2.0, accepted)))
    print_ = fingerprint(scene, fault(scene))
    assert len(str(print_)) <= 200
    assert Fingerprint.parse(str(print_)) == replace(print_, shortfall=float(f"{print_.shortfall:.9g}"))
