"""Repeats make one finding: a hundred screws through one plate have one cause."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import immersive
from immersive.checks import clearance
from immersive.checks._base import Context, bind
from immersive.checks._clearance_families import families
from immersive.findings import Evaluation, Finding, PointMark, SegmentMark, Verdict
from immersive.geometry import frames
from immersive.report.json import review_to_dict
from immersive.review.diff import diff
from immersive.scene.model import Mesh, Part, Role, Scene
from immersive.scene.queries import select
from immersive.scene.station import Rule
from tests.geometry import meshes

SCREW = meshes.box((0.01, 0.01, 0.05))


def part(
    id: str, at: tuple[float, float, float], mesh: meshes.Placed = SCREW, name: str = "", **more: Any
) -> Part:
    vertices, faces, matrix = mesh
    world = frames.translation(at) @ matrix
    return Part(id, id.rpartition("/")[2], tuple(id.split("/")), Mesh(vertices, faces, name), world, **more)


def plate(id: str = "plate") -> Part:
    return part(id, (0, 0, 0), meshes.box((10, 1, 0.02)))


def screws(count: int, name: Callable[[int], str] = "screw[{}]".format, height: float = 0.0) -> list[Part]:
    """In a row, 2 mm deep in the plate; the last one a tenth of a millimetre less."""
    return [
        part(name(k), (0.05 * k - 4.5, 0.0, height + (0.0331 if k == count - 1 else 0.033)))
        for k in range(count)
    ]


def check(parts: list[Part], **params: Any) -> Evaluation:
    rule = Rule("rule", "clearance", params)
    return clearance.evaluate(Context(Scene("cell", tuple(parts)), rule), bind(clearance.CHECK, rule))


def bad(evaluation: Evaluation) -> list[Finding]:
    return [one for one in evaluation.findings if one.verdict != Verdict.PASS]


@pytest.mark.parametrize("unit", ["group", "part"])
@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("screw[{}]".format, "screw[*]"),
        ("screw[{0},{0}]".format, "screw[*]"),
        ("screw_{:03d}".format, "screw[*]"),
        ("M6x20 ({})".format, "M6x20[*]"),
        (lambda k: "screw" if k == 0 else f"screw#{k + 1}", "screw[*]"),
        ("cell/screw.{}".format, "cell/screw[*]"),
    ],
)
def test_a_hundred_screws_through_one_plate_are_one_finding_with_its_hundred_pairs(
    name: Callable[[int], str], subject: str, unit: str
) -> None:
    base = plate("cell/plate" if subject.startswith("cell/") else "plate")
    (one,) = bad(check([base, *screws(100, name)], unit=unit))
    assert one.subjects == tuple(sorted((base.id, subject)))
    assert one.data["count"] == len(one.data["pairs"]) == 100
    pairs = one.data["pairs"]
    assert {pair["a"] for pair in pairs} | {pair["b"] for pair in pairs} == {base.id, *map(name, range(100))}
    assert one.measured == pytest.approx(-0.002)
    assert pairs[-1]["penetration_at_least"] == pytest.approx(0.0019)
    assert name(99) in (pairs[-1]["a"], pairs[-1]["b"])
    assert f"the worst of 100 pairs of parts of {one.subjects[0]} and {one.subjects[1]}" in one.message["en"]
    assert "la pire de 100 paires de pièces" in one.message["fr"]
    assert one.message["en"].startswith(f"{pairs[0]['a']} and {pairs[0]['b']} overlap") or one.message[
        "en"
    ].startswith(f"{pairs[0]['b']} and {pairs[0]['a']} overlap")
    assert set(one.parts) == {base.id, *map(name, range(100))}
    json.dumps(dict(one.data), allow_nan=False)


def test_the_identity_survives_a_screw_more_and_a_screw_less() -> None:
    ids = {bad(check([plate(), *screws(count)]))[0].id for count in (2, 5, 6)}
    assert len(ids) == 1
    # Also where only one of the repeats is at fault.
    some = [*screws(5), part("screw[5]", (0, 5, 5))]
    lone = [plate(), some[0], *(part(f"screw[{k}]", (k, 5, 5)) for k in range(1, 5))]
    assert bad(check(lone))[0].id in ids
    assert bad(check([plate(), *some]))[0].id in ids


def test_each_pair_has_one_witness_and_their_number_is_bounded() -> None:
    (one,) = bad(check([plate(), *screws(100, height=0.01)], clearance_mm=20))
    assert one.code == "clearance.gap"
    segments = [mark for mark in one.marks if isinstance(mark, SegmentMark)]
    assert 2 <= len(segments) <= 40
    assert [bool(mark.label) for mark in segments] == [True] + [False] * (len(segments) - 1)
    for mark, pair in zip(segments, one.data["pairs"], strict=False):
        length = float(np.linalg.norm(np.subtract(mark.start, mark.end)))
        assert length == pytest.approx(pair["surface_gap"], abs=1e-9)
    (clash,) = bad(check([plate(), *screws(100)]))
    points = [mark for mark in clash.marks if isinstance(mark, PointMark)]
    assert 2 <= len(points) <= 40


def test_other_shapes_other_parents_and_other_names_stay_apart() -> None:
    long = meshes.box((0.01, 0.01, 0.06))
    small = part("screw[1]", (1, 0, 0.01), long)
    assert {one.subjects for one in bad(check([plate(), part("screw[0]", (0, 0, 0.01)), small]))} == {
        ("plate", "screw[0]"),
        ("plate", "screw[1]"),
    }
    left, right = part("left/screw_1", (0, 0, 0.01)), part("right/screw_2", (1, 0, 0.01))
    assert len(bad(check([plate(), left, right], unit="part"))) == 2
    post, pin = part("post", (0, 0, 0.01)), part("pin", (1, 0, 0.01))
    assert len(bad(check([plate(), post, pin]))) == 2


def test_instances_of_one_mesh_of_a_file_go_by_its_name() -> None:
    parts = [
        plate("cell/plate"),
        part("cell/front left", (0, 0, 0.01), name="ISO 4762 M6"),
        part("cell/rear right", (1, 0, 0.01), name="ISO 4762 M6"),
        part("cell/washer", (2, 0, 0.01), name="washer"),
    ]
    found = {one.subjects: one for one in bad(check(parts))}
    assert set(found) == {("cell/ISO 4762 M6[*]", "cell/plate"), ("cell/plate", "cell/washer")}
    assert found["cell/ISO 4762 M6[*]", "cell/plate"].data["count"] == 2
    # Names that a person gave to parts of the layout are not passed over for the mesh's.
    top = [plate(), part("left", (0, 0, 0.01), name="M6"), part("right", (1, 0, 0.01), name="M6")]
    assert len(bad(check(top))) == 2


def test_repeats_that_meet_each_other_are_one_finding_about_themselves() -> None:
    crowd = [part(f"box[{k}]", (0.008 * k, 0, 0)) for k in range(6)]
    (one,) = bad(check(crowd, tolerance_mm=1))
    assert one.subjects == ("box[*]",)
    assert one.data["count"] == 5
    assert "5 pairs of parts of box[*])" in one.message["en"]


def test_whole_assemblies_repeat() -> None:
    def pallet(k: int) -> list[Part]:
        return [
            part(f"pallet[{k}]/top", (1.2 * k, 0, 0.01)),
            part(f"pallet[{k}]/foot", (1.2 * k, 0.3, 0.01), meshes.box(0.04)),
        ]

    (one,) = bad(check([plate(), *pallet(0), *pallet(1)]))
    assert one.subjects == ("pallet[*]", "plate")
    assert one.data["count"] == 4
    found = bad(check([plate(), *pallet(0), *pallet(1)], unit="part"))
    assert {one.subjects: one.data["count"] for one in found} == {
        ("pallet[*]/foot", "plate"): 2,
        ("pallet[*]/top", "plate"): 2,
    }
    # An assembly that holds something else is another one.
    odd = [*pallet(0), *pallet(1)[:1]]
    assert len(bad(check([plate(), *odd], unit="part"))) == 3


@pytest.mark.parametrize("change", [{"role": Role.ROBOT}, {"moving": True}])
def test_machines_are_no_repeats(change: dict[str, Any]) -> None:
    arms = [part(f"arm_{k}", (k, 0, 0.01), groups=(), **change) for k in range(2)]
    parts = [plate(), *(replace(one, groups=(one.id,)) if one.role == Role.ROBOT else one for one in arms)]
    assert {one.subjects for one in bad(check(parts))} == {("arm_0", "plate"), ("arm_1", "plate")}


def test_groups_keep_their_names() -> None:
    parts = [plate(), *(part(f"bin_{k}", (k, 0, 0.01), groups=("bins",)) for k in range(3))]
    (one,) = bad(check(parts))
    assert one.subjects == ("bins", "plate")
    assert families(["bins"], parts) == {}


def test_the_name_of_repeats_selects_them() -> None:
    scene = Scene("cell", (plate(), *screws(3), part("screwdriver", (5, 5, 5))))
    assert [one.id for one in select(scene, "screw[*]")] == ["screw[0]", "screw[1]", "screw[2]"]
    assert [one.id for one in select(scene, ["*", "!part:screw[*]"])] == ["plate", "screwdriver"]


def review(parts: list[Part]) -> dict[str, Any]:
    from immersive.checks._run import run
    from immersive.review.document import Review

    scene = Scene("cell", tuple(parts))
    return review_to_dict(Review(scene, run(scene, only=["clearance"])))


def test_repeats_taken_out_of_the_cell_are_not_resolved() -> None:
    both = [plate(), *screws(3), part("other", (0, 5, 5))]
    gone = diff(review(both), review([both[0], both[-1]]))
    assert [change.latest["subjects"] for change in gone.no_longer_examined] == [["plate", "screw[*]"]]
    assert "screw[0], screw[1], screw[2] are no longer in the cell" in gone.no_longer_examined[0].reason["en"]
    moved = [part(one.id, (k, 5.0, 5.0)) for k, one in enumerate(both[1:-1])]
    assert [
        c.latest["subjects"] for c in diff(review(both), review([both[0], *moved, both[-1]])).resolved
    ] == [["plate", "screw[*]"]]


def test_through_a_layout(tmp_path: Path) -> None:
    path = tmp_path / "cell.toml"
    path.write_text(
        """
schema = 1
name = "plate"
[[parts]]
id = "plate"
box_mm = [3000, 100, 20]
[[parts]]
id = "screw"
cylinder_mm = [6, 40]
position_mm = [-1200, 0, 15]
count = [100, 1, 1]
pitch_mm = [25, 0, 0]
[[rules]]
id = "overlaps"
check = "clearance"
unit = "part"
""",
        encoding="utf-8",
    )
    results = immersive.check(immersive.load(path), only=["clearance"])
    (one,) = results.not_passed()
    assert one.subjects == ("plate", "screw[*]")
    assert one.data["count"] == len(one.data["pairs"]) == 100
    assert one.measured == pytest.approx(-0.015, abs=1e-6)


@pytest.mark.shared
def test_a_real_assembly_of_brackets_bolts_and_nuts(shared: Path) -> None:
    """Two brackets with three bolts and nuts each on one plate: every kind of contact is one finding."""
    pytest.importorskip("cascadio", reason="STEP files need the extra 'step'")
    scene = immersive.load(shared / "cells" / "step" / "stepcode" / "as1-oc-214.stp")
    rule = Rule("touching", "clearance", {"unit": "part", "contact": "forbidden"})
    found = clearance.evaluate(Context(scene, rule), bind(clearance.CHECK, rule))
    bracket, pair = "as1/l-bracket-assembly[*]", "as1/l-bracket-assembly[*]/nut-bolt-assembly[*]"
    assert {one.subjects: one.data["count"] for one in bad(found)} == {
        (f"{bracket}/l-bracket_1", f"{pair}/bolt_1"): 6,
        (f"{pair}/bolt_1", f"{pair}/nut_3"): 6,
        (f"{pair}/bolt_1", "as1/plate_1"): 6,
        (f"{pair}/nut_3", "as1/plate_1"): 6,
        (f"{bracket}/l-bracket_1", "as1/plate_1"): 2,
        (f"{bracket}/l-bracket_1", "as1/rod-assembly_1/rod_1"): 2,
        (f"{bracket}/l-bracket_1", "as1/rod-assembly_1/nut[*]"): 2,
        ("as1/rod-assembly_1/nut[*]", "as1/rod-assembly_1/rod_1"): 2,
    }
    assert found.examined["pairs"] == 18 * 17 // 2
