"""Contacts that the layout expects: accepted by rule as deep as it says, counted, listed, and missed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import immersive
from immersive.checks._run import Results, run
from immersive.findings import Finding, SegmentMark, Verdict
from immersive.geometry import frames
from immersive.review.document import Outcome, Review
from immersive.scene.model import Mesh, Part, Scene, Severity
from immersive.scene.station import ExpectedContact, Origin, Rule, Station
from tests.geometry import meshes

BLOCK = meshes.box((0.1, 0.1, 0.1))
FORBIDDEN = {"contact": "forbidden", "unit": "part"}


def part(
    id: str, at: tuple[float, float, float], mesh: meshes.Placed = BLOCK, uncertainty: float = 0.0
) -> Part:
    vertices, faces, matrix = mesh
    world = frames.translation(at) @ matrix
    return Part(id, id, (id,), Mesh(vertices, faces), world, uncertainty=uncertainty)


def bolts(overlap: float = 0.0, **more: Any) -> ExpectedContact:
    entry = ExpectedContact("bolts", ("bolt*",), ("plate*",), overlap=overlap)
    return replace(entry, **more)


def check(parts: list[Part], *contacts: ExpectedContact, **params: Any) -> Results:
    rules = (Rule("rule", "clearance", FORBIDDEN | params),)
    scene = Scene("cell", tuple(parts), station=Station(rules=rules, contacts=contacts))
    return run(scene, only=["clearance"])


def bad(results: Results) -> list[Finding]:
    return list(results.not_passed())


def taken(results: Results) -> Finding:
    (found,) = (one for one in results if one.code == "clearance.expected")
    return found


def missing(results: Results) -> Finding:
    (found,) = (one for one in results if one.code == "clearance.contact_missing")
    return found


def pair(gap: float, **more: Any) -> list[Part]:
    """A bolt beside a plate, apart by ``gap``."""
    return [part("bolt", (0.1 + gap, 0, 0), **more), part("plate", (0, 0, 0)), part("far", (0, 9, 0))]


@pytest.mark.parametrize("gap", [0.0, 0.0004, -0.0005])
def test_contact_where_contact_is_forbidden_is_no_finding_where_it_is_expected(gap: float) -> None:
    assert [one.code for one in bad(check(pair(gap)))] == ["clearance.contact"]
    results = check(pair(gap), bolts(reason="M8 screws"))
    assert bad(results) == []
    one = taken(results)
    assert one.verdict == Verdict.PASS
    assert one.data["count"] == 1
    assert one.data["contact"] == "bolts"
    assert one.data["reason"] == "M8 screws"
    assert "1 pairs of parts touch as expected by bolts, bolted, M8 screws" in one.message["en"]
    assert "comme prévu par bolts, vissé" in one.message["fr"]
    assert results.rules[0].evaluation.examined["pairs_expected"] == 1
    assert results.notices == ()
    review = Review(Scene("cell", ()), results)
    assert (review.outcome, review.exit_code()) == (Outcome.PASS, 0)


@pytest.mark.parametrize(
    ("depth", "overlap", "verdict"),
    [
        (0.004, 0.005, Verdict.PASS),
        (0.005, 0.005, Verdict.PASS),
        (0.0051, 0.005, Verdict.FAIL),
        (0.0009, 0.0, Verdict.PASS),
        (0.0011, 0.0, Verdict.FAIL),
        (0.0011, 0.0001, Verdict.FAIL),
    ],
)
def test_overlap_is_excused_as_deep_as_the_entry_says_and_no_deeper(
    depth: float, overlap: float, verdict: Verdict
) -> None:
    """The rule's own tolerance of 1 mm is not taken away."""
    results = check(pair(-depth), bolts(overlap))
    if verdict == Verdict.PASS:
        assert bad(results) == []
        assert taken(results).measured == pytest.approx(-depth)
        assert taken(results).limit == -max(overlap, 0.001)
        assert taken(results).data["overlapping"] == 1
        return
    (one,) = bad(results)
    assert (one.code, one.verdict) == ("clearance.clash", Verdict.FAIL)
    assert one.limit == -max(overlap, 0.001)
    assert one.measured == pytest.approx(-depth)
    assert "(expected contact bolts, bolted: up to " in one.message["en"]
    assert "(contact prévu bolts, vissé : jusqu'à " in one.message["fr"]
    assert one.data["expected_contact"] == "bolts"
    assert not [f for f in results if f.code in ("clearance.expected", "clearance.contact_missing")]


@settings(max_examples=30, deadline=None)
@given(st.floats(-0.02, 0.02), st.floats(0.0, 0.02))
def test_an_entry_excuses_exactly_contact_and_overlap_up_to_its_limit(gap: float, overlap: float) -> None:
    """Closed form: with a clearance of 10 mm what passes is [-max(overlap, tolerance), touch] and beyond 10 mm."""
    near = [abs(gap - edge) for edge in (-max(overlap, 0.001), 0.0, 0.0005, 0.01)]
    results = check(pair(gap), bolts(overlap), clearance_mm=10)
    if min(near) < 1e-6:
        return
    expected = -max(overlap, 0.001) <= gap <= 0.0005 or gap >= 0.01
    assert (bad(results) == []) is expected


def test_a_gap_below_the_clearance_stays_a_finding_that_names_the_contact() -> None:
    results = check(pair(0.003), bolts(), clearance_mm=50)
    (one,) = bad(results)
    assert one.code == "clearance.gap"
    assert one.message["en"].endswith("(they are expected to touch: bolts, bolted)")
    assert one.message["fr"].endswith("(un contact est prévu : bolts, vissé)")
    assert missing(results).severity == Severity.INFO


def test_a_missing_contact_is_information_with_its_gap() -> None:
    parts = [
        *pair(0.003),
        part("bolt_2", (0.1, 0.2, 0)),
        part("plate_2", (0, 0.2, 0)),
        part("bolt_3", (3, 0, 0)),
    ]
    results = check(parts, bolts())
    assert bad(results) == []
    one = missing(results)
    assert (one.verdict, one.severity, one.limit_kind) == (Verdict.FAIL, Severity.INFO, "max")
    assert one.measured == pytest.approx(2.9)
    assert one.limit == 0.0005
    assert [(m["part"], m["nearest"]) for m in one.data["missing"]] == [
        ("bolt_3", "plate"),
        ("bolt", "plate"),
    ]
    assert one.data["missing"][1]["surface_gap"] == pytest.approx(0.003)
    assert one.message["en"].startswith(
        "2 of 3 parts are expected to touch (bolts, bolted) and do not: bolt_3 is"
    )
    assert "2 pièces sur 3 devraient être en contact" in one.message["fr"]
    segments = [mark for mark in one.marks if isinstance(mark, SegmentMark)]
    lengths = [float(np.linalg.norm(np.subtract(m.start, m.end))) for m in segments]
    assert lengths == pytest.approx([2.9, 0.003])
    assert taken(results).data["count"] == 1
    assert Review(Scene("cell", ()), results).exit_code() == 0
    (alone,) = (f for f in check(pair(0.003), bolts()) if f.code == "clearance.contact_missing")
    assert alone.message["en"].startswith(
        "bolt is expected to touch (bolts, bolted) and does not: plate is nearest"
    )


def test_within_the_uncertainty_a_contact_is_not_missing() -> None:
    assert not [
        one
        for one in check(pair(0.003, uncertainty=0.004), bolts())
        if one.code in ("clearance.contact_missing", "clearance.expected")
    ]
    assert missing(check(pair(0.006, uncertainty=0.004), bolts())).uncertainty == 0.004


@pytest.mark.parametrize(
    ("gap", "verdict"),
    [(-0.0085, Verdict.FAIL), (-0.0055, Verdict.INDETERMINATE), (-0.0045, Verdict.INDETERMINATE), (-0.002, Verdict.PASS)],
)  # fmt: skip
def test_the_uncertainty_counts_against_the_depth_that_is_allowed(gap: float, verdict: Verdict) -> None:
    results = check(pair(gap, uncertainty=0.003), bolts(0.005))
    assert [one.verdict for one in bad(results)] == ([] if verdict == Verdict.PASS else [verdict])


def test_a_part_that_is_swallowed_whole_needs_an_entry_that_allows_so_much() -> None:
    parts = [part("bolt", (0, 0, 0), meshes.box(0.02)), part("plate", (0, 0, 0))]
    for entry in ((), (bolts(),), (bolts(0.02),)):
        (one,) = bad(check(parts, *entry))
        assert (one.code, one.verdict) == ("clearance.contained", Verdict.FAIL)
    assert bad(check(parts, bolts(0.07))) == []
    assert taken(check(parts, bolts(0.07))).measured == pytest.approx(-0.06)


def test_an_open_surface_that_is_meant_to_be_touched_is_no_doubt_but_is_counted() -> None:
    """Beside the wall of an open shell: in contact with it, and perhaps inside."""
    shell = part("plate", (0, 0, 0), meshes.opened(meshes.sphere(0.1)))
    lump = part("bolt", (0.094, 0, 0), meshes.box(0.005))
    (before,) = bad(check([shell, lump], contact="allowed", touch_mm=5))
    assert (before.code, before.verdict) == ("clearance.contained", Verdict.INDETERMINATE)
    results = check([shell, lump], bolts(), touch_mm=5)
    assert bad(results) == []
    one = taken(results)
    assert one.data["containment_undecided"] == 1
    assert "whether 1 lie inside an open surface cannot be said" in one.message["en"]
    # Away from the wall nothing excuses it.
    (inside,) = bad(check([shell, part("bolt", (0, 0, 0), meshes.box(0.005))], bolts(), touch_mm=5))
    assert inside.verdict == Verdict.INDETERMINATE


def test_the_entry_that_allows_most_takes_a_pair_and_others_still_see_the_contact() -> None:
    tight, wide = bolts(0.001, id="tight"), bolts(0.01, id="wide")
    for order in ((tight, wide), (wide, tight)):
        results = check(pair(-0.005), *order)
        assert bad(results) == []
        assert taken(results).data["contact"] == "wide"
        assert results.notices == ()
        assert not [one for one in results if one.code == "clearance.contact_missing"]


def test_among_each_other_and_other_pairs_as_before() -> None:
    row = [part(f"bolt{k}", (0.1 * k, 0, 0)) for k in range(4)]
    results = check([*row, part("wall", (0.4, 0, 0))], ExpectedContact("row", ("bolt*",)))
    assert taken(results).data["count"] == 3
    (one,) = bad(results)
    assert one.subjects == ("bolt[*]", "wall")
    assert one.data["count"] == 1


def test_an_entry_that_covers_nothing_is_told() -> None:
    same = [Part(p.id, p.id, ("g", p.id), p.mesh, p.world_from_mesh, groups=("g",)) for p in pair(0.0)[:2]]
    entry = bolts(origin=Origin("cell.toml", "contacts[0]", 9))
    results = check([*same, part("far", (0, 9, 0))], entry, unit="group")
    (notice,) = results.notices
    assert notice.code == "contact-unused"
    assert notice.severity == Severity.WARNING
    assert (notice.file, notice.place) == ("cell.toml", "line 9, contacts[0]")
    assert "bolts covers no pair" in notice.text["en"]
    assert "bolts ne couvre aucune paire" in notice.text["fr"]
    # Another rule may be the one that needs it.
    assert check(same, entry).notices == ()


def test_the_same_whatever_the_order_of_the_parts() -> None:
    rng = np.random.default_rng(1)
    parts = [part(f"bolt_{k}", tuple(rng.uniform(-0.3, 0.3, 3))) for k in range(12)]
    parts += [part(f"plate_{k}", tuple(rng.uniform(-0.3, 0.3, 3))) for k in range(12)]

    def digest(order: list[Part]) -> list[Any]:
        return sorted(
            (one.code, one.id, one.subjects, one.data.get("count", 0), round(one.measured or 0.0, 9))
            for one in check(order, bolts(0.05))
        )

    assert digest([parts[k] for k in rng.permutation(24)]) == digest(parts)


LAYOUT = """
schema = 1
name = "flange"

[[parts]]
id = "flange"
box_mm = [400, 400, 20]

[[parts]]
id = "screw"
cylinder_mm = [8, 40]
position_mm = [-150, 0, 29.6]
count = [4, 1, 1]
pitch_mm = [100, 0, 0]

[[parts]]
id = "cover"
box_mm = [50, 50, 50]
position_mm = [0, 150, {cover}]

[[contacts]]
id = "flange screws"
between = ["screw*"]
to = ["flange"]
kind = "bolted"
overlap_mm = {overlap}
reason = "threads as modelled"

[[rules]]
id = "apart"
check = "clearance"
unit = "part"
contact = "forbidden"
"""


@pytest.mark.parametrize(
    ("overlap", "cover", "subjects"),
    [
        (1.5, 60, []),
        (1.5, 35, [("cover", "flange")]),
        (0.2, 60, []),
    ],
)
def test_through_a_layout(
    tmp_path: Path, overlap: float, cover: float, subjects: list[tuple[str, ...]]
) -> None:
    """Screws go 0.4 mm into the flange; the cover rests on it at 35 mm, which nobody announced."""
    path = tmp_path / "cell.toml"
    path.write_text(LAYOUT.format(overlap=overlap, cover=cover), encoding="utf-8")
    results = immersive.check(immersive.load(path), only=["clearance"])
    assert [one.subjects for one in bad(results)] == subjects
    one = taken(results)
    assert one.data["count"] == 4
    assert one.measured == pytest.approx(-0.0004, abs=1e-6)
    assert "flange screws, bolted, threads as modelled" in one.message["en"]
    assert one.key == "contact:flange screws"
