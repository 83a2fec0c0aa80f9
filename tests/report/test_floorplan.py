"""Floor plan and detail pictures: outlines in true size, flags, and nothing that a name can break."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from lxml import etree

from immersive.findings import BoxMark, Finding, PartMark, PointMark, SegmentMark, Verdict
from immersive.geometry.shapes import sphere
from immersive.report._labels import Placer
from immersive.report._outlines import PLAN, Outlines, cut_at, elevation
from immersive.report._places import anchor
from immersive.report.floorplan import CUT, detail, floorplan
from immersive.scene.model import Mesh, Part, Role, Scene
from tests.sample_review import box_part, cell, gap, review

SVG = "{http://www.w3.org/2000/svg}"


def parse(svg: str) -> etree._Element:
    return etree.fromstring(svg.encode())


def words(svg: str) -> str:
    return " ".join(t.text or "" for t in parse(svg).iter(f"{SVG}text"))


def test_outline_is_in_the_world_and_in_true_size() -> None:
    part = box_part("machine", (2.0, 1.0, 3.0), (5.0, -2.0, 1.5), Role.MACHINE, yaw=math.pi / 6.0)
    outlines = Outlines()
    whole = outlines.whole(part, PLAN, 0.01)
    assert whole.area == pytest.approx(2.0, rel=1e-9)
    assert (whole.centroid.x, whole.centroid.y) == pytest.approx((5.0, -2.0))
    side = outlines.whole(part, elevation(0.0), 0.01)
    wide = 2.0 * math.cos(math.pi / 6.0) + 1.0 * math.sin(math.pi / 6.0)
    assert side.area == pytest.approx(3.0 * wide, rel=1e-9)
    assert side.bounds[1::2] == pytest.approx((0.0, 3.0))


def test_one_outline_serves_all_instances_in_one_orientation() -> None:
    outlines = Outlines()
    for i in range(50):
        outlines.whole(box_part(f"p{i}", (1.0, 1.0, 1.0), (float(i), 0.0, 0.0), Role.OTHER), PLAN, 0.01)
    assert len(outlines._kept) == 1


def test_cut_takes_what_is_under_it_only() -> None:
    # A mushroom: a thin stem under the cut, a wide head above it.
    stem = box_part("s", (0.2, 0.2, 2.0), (0.0, 0.0, 1.0), Role.OTHER)
    corners = np.concatenate(
        [stem.world_vertices(), box_part("h", (2.0, 2.0, 1.0), (0.0, 0.0, 3.0), Role.OTHER).world_vertices()]
    )
    faces = np.concatenate([stem.mesh.faces, stem.mesh.faces + 8])
    part = Part("mushroom", "mushroom", ("mushroom",), Mesh(corners, faces), np.eye(4))
    under = Outlines().between(part, PLAN, 0.01, -CUT, -0.02)
    assert under.area == pytest.approx(0.04, rel=1e-6)
    assert Outlines().whole(part, PLAN, 0.01).area == pytest.approx(4.0, rel=1e-6)


def test_a_cut_solid_is_solid() -> None:
    ball = sphere(0.5)
    part = Part("ball", "ball", ("ball",), Mesh(ball.vertices, ball.faces), np.eye(4))
    at = 0.3
    assert cut_at(part, PLAN, [at]).area == pytest.approx(math.pi * (0.25 - at * at), rel=0.01)
    wall = box_part("wall", (4.0, 0.2, 3.0), (0.0, 0.0, 1.5), Role.WALL)
    assert Outlines().between(wall, PLAN, 0.01, -CUT, -0.02).area == pytest.approx(0.8, rel=1e-6)


def test_plan_names_stations_and_says_its_cut() -> None:
    svg = floorplan(cell(), review().findings)
    said = words(svg)
    for name in ("Manual assembly", "Aisle", "conveyor", "cabinet", "Robot", "Walkway", "Hazard zone"):
        assert name in said
    assert "Cut 2.2 m above the floor" in said
    assert "ceiling" not in said
    french = words(floorplan(cell(), review().findings, lang="fr"))
    assert "Coupe à 2,2 m du sol" in french
    for english in ("Walkway", "Hazard", "Fence", "Work point", "Door", "Fail"):
        assert english not in french


def test_every_open_finding_has_its_flag() -> None:
    sample = review()
    svg = floorplan(sample.scene, sample.findings, numbers=sample.numbers, links=True)
    links = [a.get("href") for a in parse(svg).iter(f"{SVG}a")]
    assert sorted(links) == sorted(f"#f-{f.id}" for f in sample.open_findings)
    shown = {t.text for a in parse(svg).iter(f"{SVG}a") for t in a.iter(f"{SVG}text")}
    assert shown == {"1", "2", "3", "4", "5", "6"}


def test_findings_at_one_place_share_a_flag_and_keep_their_numbers() -> None:
    same = [gap(0.1 - 0.001 * i, key=str(i)) for i in range(5)]
    said = words(floorplan(cell(), same))
    assert "1–5" in said


def test_a_finding_without_a_place_is_said_to_have_none() -> None:
    nowhere = gap(marks=(), subjects=("no_such_part",))
    assert "1 finding has no place" in words(floorplan(cell(), [nowhere]))
    assert "constat n’a pas de place" in words(floorplan(cell(), [nowhere], lang="fr"))
    assert anchor(cell(), nowhere) is None
    assert detail(cell(), nowhere) is None


@pytest.mark.parametrize(
    ("subject", "place"),
    [
        ("cabinet", (3.2, -1.0)),
        ("assembly", (-1.6, -1.3)),
        ("assembly/bin_high", (-2.3, -0.35)),
        ("aisle", (0.0, -2.4)),
        ("fence_door", (2.6, 2.1)),
        ("curtain", (-0.85, 0.55)),
        ("robot_zone", (0.3, 1.6)),
    ],
)
def test_a_finding_without_marks_stands_at_its_subject(subject: str, place: tuple[float, float]) -> None:
    found = anchor(cell(), gap(marks=(), subjects=(subject,)))
    assert found is not None
    assert found[:2] == pytest.approx(place)


def test_empty_scene_and_parts_without_triangles() -> None:
    assert "nothing that could be drawn" in words(floorplan(Scene("empty", ())))
    hollow = Part("h", "h", ("h",), Mesh(np.zeros((0, 3)), np.zeros((0, 3), int)), np.eye(4))
    assert "nothing that could be drawn" in words(floorplan(Scene("hollow", (hollow,))))
    assert detail(Scene("hollow", (hollow,)), gap(marks=(PartMark("h"),), subjects=("h",))) is None


def pixels(svg: str, color: str) -> list[tuple[float, float, float, float]]:
    return [
        tuple(float(e.get(k, "nan")) for k in ("x1", "y1", "x2", "y2"))  # type: ignore[misc]
        for e in parse(svg).iter(f"{SVG}line")
        if e.get("stroke") == color
    ]


def test_detail_shows_the_witness_line_in_true_length() -> None:
    level = gap(marks=(SegmentMark((0.0, 0.0, 1.0), (0.3, 0.4, 1.0)),))
    upright = gap(marks=(SegmentMark((0.0, 0.0, 1.0), (0.0, 0.0, 1.5)),))
    slanting = gap(marks=(SegmentMark((0.0, 0.0, 1.0), (0.3, 0.0, 1.4)),))
    for finding, view in ((level, "Plan"), (upright, "Side view"), (slanting, "Side view")):
        svg = detail(cell(), finding)
        assert svg is not None
        assert view in words(svg)
        bar = next(e for e in parse(svg).iter(f"{SVG}rect") if e.get("height") == "5")
        label = next(t.text for t in parse(svg).iter(f"{SVG}text") if re.fullmatch(r"\d+ mm", t.text or ""))
        scale = float(bar.get("width", "nan")) / float(label.split()[0])
        x1, y1, x2, y2 = pixels(svg, "#b3161b")[0]
        assert math.hypot(x2 - x1, y2 - y1) / scale == pytest.approx(500.0, rel=0.01)
        assert "500\u00a0mm" in words(svg)


def test_detail_labels_its_parts_and_speaks_french() -> None:
    svg = detail(cell(), gap(), lang="fr")
    assert svg is not None
    assert "robot/arm" in words(svg)
    assert "fence/panel_2" in words(svg)
    assert "couleur pleine : 1,00\u00a0m" in words(svg)


def test_an_overlap_is_seen_from_where_it_is_thin() -> None:
    long_in_x = BoxMark((0.0, 0.0, 0.0), (2.0, 0.01, 0.3))
    svg = detail(cell(), gap(-0.01, marks=(long_in_x, PointMark((1.0, 0.0, 0.1)))))
    assert svg is not None
    assert "Side view towards −X" in words(svg)


def test_every_sample_finding_has_a_picture() -> None:
    for finding in review().open_findings:
        svg = detail(cell(), finding)
        assert svg is not None, finding.code
        parse(svg)


def test_hostile_names_do_not_leave_their_text() -> None:
    evil = '"><script>alert(1)</script>\x00&'
    scene = replace(cell(), title=evil)
    part = box_part(evil, (1.0, 1.0, 1.0), (0.0, -1.0, 0.5), Role.MACHINE)
    scene = scene.with_parts([*scene.parts, part])
    finding: Finding = gap(marks=(PartMark(evil),), subjects=(evil,), message={"en": evil, "fr": evil})
    for svg in (floorplan(scene, [finding], links=True), detail(scene, finding) or ""):
        tree = parse(svg)
        assert not list(tree.iter(f"{SVG}script"))
        assert "<script" not in svg


def test_not_finite_marks_are_left_out() -> None:
    bad = gap(marks=(SegmentMark((0.0, 0.0, float("nan")), (1.0, 0.0, 0.0)), PartMark("robot/arm")))
    svg = floorplan(cell(), [bad]) + (detail(cell(), bad) or "")
    assert "nan" not in svg.lower()


def test_passes_have_no_flag() -> None:
    svg = floorplan(cell(), [gap(0.5, Verdict.PASS)], links=True)
    assert not list(parse(svg).iter(f"{SVG}a"))


def test_labels_do_not_overlap_while_there_is_room() -> None:
    placer = Placer((0.0, 0.0, 800.0, 800.0))
    for i in range(60):
        placer.near((400.0 + i % 3, 400.0), 30.0, 16.0, radii=(26, 40, 60, 90, 120, 160, 200))
    boxes = placer.taken
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert min(a[2], b[2]) <= max(a[0], b[0]) or min(a[3], b[3]) <= max(a[1], b[1])


def test_a_measure_of_nothing_is_a_ring_with_its_length() -> None:
    touching = gap(
        0.0, marks=(SegmentMark((0.0, 0.0, 1.0), (0.0, 0.0, 1.0)), BoxMark((0, 0, 0.9), (0.1, 0.1, 1.1)))
    )
    svg = detail(cell(), touching)
    assert svg is not None
    assert "0\u00a0mm" in words(svg)
    assert any(e.get("r") == "6.5" for e in parse(svg).iter(f"{SVG}circle"))


def test_crowded_labels_take_the_least_bad_place_inside_the_frame() -> None:
    placer = Placer((0.0, 0.0, 60.0, 60.0))
    for _ in range(12):
        x, y = placer.near((30.0, 30.0), 30.0, 16.0, radii=(0, 10, 20))
        assert 0.0 <= x <= 60.0
        assert 0.0 <= y <= 60.0
