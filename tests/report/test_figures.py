"""People in reports: silhouettes in true size, the working side near, levels told twice, shares written out."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
import shapely
from jsonschema import Draft202012Validator
from lxml import etree

from immersive.findings import (
    ConeMark,
    Evaluation,
    FigureMark,
    Finding,
    MeshMark,
    PointMark,
    ShareChart,
    Verdict,
    text,
)
from immersive.report._figure import figure_of, planes, working_side
from immersive.report._figure_shapes import LIMBS, limb_of, limbs
from immersive.report._figure_words import regions
from immersive.report._outlines import PLAN, elevation
from immersive.report._share_chart import percent, share_chart, share_words
from immersive.report._surfaces import cone_directions, cone_shape, mesh_shapes
from immersive.report.csv import to_csv
from immersive.report.floorplan import detail
from immersive.report.html import to_html
from immersive.report.json import WHOLE_MESH, dumps, mark_to_dict, to_json
from immersive.resources import resource
from tests.sample_figures import SHARES, SITTING, STANDING, figure_mark, person
from tests.sample_review import REACH, cell, gap, review_of

HEADING = math.pi / 2
PLACE = (-1.6, -1.3)
LEVELS = {"neck": 2, "right_upper_arm": 3, "left_forearm": 1, "right_forearm": 1}


def finding(mark: FigureMark, *marks: object, **changes: object) -> Finding:
    found = gap(
        0.087, subjects=("assembly/bin_high", "assembly"), code="reach.far", marks=(mark, *marks), hint={}
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def words(svg: str) -> str:
    return " ".join("".join(t.itertext()) for t in etree.fromstring(svg.encode()).iter("{*}text"))


@pytest.mark.parametrize("smooth", [True, False])
def test_silhouette_is_as_high_as_the_person(smooth: bool) -> None:
    people, _ = person("M50")
    mark = figure_mark({}, PLACE, HEADING, word="M50", smooth=smooth)
    whole = shapely.union_all([limb.outline for limb in limbs(mark, elevation(HEADING), 0.002)])
    _, low, _, high = whole.bounds
    stature = float(people["stature"][0]) + 0.025
    assert high - low == pytest.approx(stature, abs=0.012 if smooth else 0.08)
    if smooth:
        assert low == pytest.approx(0.0, abs=0.01)


def test_every_limb_has_an_outline_near_ones_last() -> None:
    mark = figure_mark(STANDING, PLACE, HEADING, levels=LEVELS)
    side, above = planes(HEADING, "right")
    seen = [limb.name for limb in limbs(mark, side, 0.002)]
    assert sorted(seen) == sorted(set(LIMBS) - {"head"})
    assert seen.index("left_arm") < seen.index("trunk") < seen.index("right_arm")
    other = [limb.name for limb in limbs(mark, planes(HEADING, "left")[0], 0.002)]
    assert other.index("right_arm") < other.index("trunk") < other.index("left_arm")
    top = limbs(mark, above, 0.002)
    assert top[-1].name == "head"
    assert sorted(limb.name for limb in top) == sorted(LIMBS)
    assert all(limb.outline.area > 0.005 for limb in top)


def test_a_colored_piece_is_its_segment_and_no_more() -> None:
    mark = figure_mark(STANDING, PLACE, HEADING, levels={"right_forearm": 3})
    arm = next(limb for limb in limbs(mark, planes(HEADING, "right")[0], 0.002) if limb.name == "right_arm")
    red = next(shape for level, shape in arm.pieces if level == 3)
    assert 0.25 < red.area / arm.outline.area < 0.55
    capsule = next(c for c in mark.capsules if c.segment == "right_forearm")
    middle = planes(HEADING, "right")[0].point(
        tuple((a + b) / 2 for a, b in zip(capsule.start, capsule.end, strict=True))
    )
    assert red.contains(shapely.Point(middle[:2]))
    assert not any(limb.pieces for limb in limbs(mark, PLAN, 0.002) if limb.name == "left_leg")


def test_the_working_hand_is_on_the_near_side() -> None:
    mark = figure_mark(STANDING, PLACE, HEADING)
    for hand in ("right", "left"):
        at = next(c.end for c in mark.capsules if c.segment == f"{hand}_hand")
        assert working_side(mark, finding(mark, PointMark(at))) == hand
        side, above = planes(HEADING, hand)
        ahead = (math.cos(HEADING), math.sin(HEADING), 0.0)
        # Facing right when seen from the right, left from the left; up the page from above.
        assert side.point(ahead)[0] == pytest.approx(1.0 if hand == "right" else -1.0)
        assert above.point(ahead)[1] == pytest.approx(1.0)
        to_right = (math.sin(HEADING), -math.cos(HEADING), 0.0)
        assert above.point(to_right)[0] == pytest.approx(1.0)
        assert side.point(to_right)[2] == pytest.approx(-1.0 if hand == "right" else 1.0)
        matrix = above.matrix
        assert np.allclose(matrix @ matrix.T, np.eye(3))


@pytest.mark.parametrize(("lang", "said"), [
    ("en", ("Seen from the right", "Seen from above", "unfavourable: right upper arm", "to be watched: neck",
            "favourable: forearms")),
    ("fr", ("Vue de droite", "Vue de dessus", "défavorable\u00a0: bras droit", "à surveiller\u00a0: cou",
            "favorable\u00a0: avant-bras")),
])  # fmt: skip
def test_picture_says_views_and_levels_in_words(lang: str, said: tuple[str, ...]) -> None:
    mark = figure_mark(STANDING, PLACE, HEADING, levels=LEVELS)
    svg = detail(cell(), finding(mark, PointMark((-1.75, -0.62, 1.35))), lang=lang)
    assert svg is not None
    for piece in said:
        assert piece in words(svg)
    assert "style=" not in svg
    # Levels 2 and 3 do not rest on colour alone.
    for level in (2, 3):
        assert re.search(rf'fill="url\(#immersive-[0-9a-f]+-{level}\)"', svg)
    assert len(svg) < 120_000
    assert svg == detail(cell(), finding(mark, PointMark((-1.75, -0.62, 1.35))), lang=lang)


def test_regions_name_pairs_once_and_agree_in_gender() -> None:
    assert regions(["thorax", "pelvis", "left_hand", "right_hand"], "en") == "trunk, hands"
    assert regions(["right_hand", "left_clavicle"], "fr") == "épaule gauche, main droite"
    assert regions(["right_forearm"], "fr") == "avant-bras droit"
    assert limb_of("right_clavicle") == "trunk"
    assert limb_of("head", level=True) == "trunk"


def test_a_figure_without_a_place_is_no_picture() -> None:
    mark = figure_mark(SITTING, PLACE, HEADING, seat=0.5)
    lost = replace(mark, capsules=(replace(mark.capsules[0], start=(math.nan, 0.0, 0.0)),))
    assert figure_of(finding(lost)) is None
    assert figure_of(finding(mark)) is mark


def test_cone_is_as_wide_as_its_angles() -> None:
    cone = ConeMark((0.0, 0.0, 1.5), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), 0.5, 0.3, 0.6, 2.0)
    rays = cone_directions(cone)
    assert np.allclose(np.linalg.norm(rays, axis=1), 1.0)
    level = cone_shape(cone, PLAN)
    assert level.bounds[2] == pytest.approx(2.0 * math.sin(0.5), abs=1e-6)
    side = cone_shape(cone, elevation(math.pi / 2))
    assert side.bounds[1] == pytest.approx(1.5 - 2.0 * math.sin(0.6), abs=1e-6)
    assert side.bounds[3] == pytest.approx(1.5 + 2.0 * math.sin(0.3), abs=1e-6)


def test_surface_is_drawn_by_level_worst_last() -> None:
    mark = MeshMark(((0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)), ((0, 1, 2), (0, 2, 3)), (3, 1))  # type: ignore[arg-type]
    shapes = mesh_shapes(mark, PLAN, 0.01)
    assert [level for level, _ in shapes] == [1, 3]
    assert [shape.area for _, shape in shapes] == pytest.approx([0.5, 0.5])


# Shares ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "said"), [(0.0, "0 %"), (0.004, "< 1 %"), (0.005, "< 1 %"), (0.914, "91 %"),
                                             (0.9949, "99 %"), (0.997, "> 99 %"), (1.0, "100 %")])  # fmt: skip
def test_percent_never_rounds_to_all_or_nothing(share: float, said: str) -> None:
    shown = percent(share).replace("\u00a0", " ").replace("\u202f", " ")
    assert shown == said
    assert (shown == "100 %") == (share == 1.0)
    assert (shown == "0 %") == (share == 0.0)


def test_bars_are_as_long_as_their_shares() -> None:
    tree = etree.fromstring(share_chart(SHARES).encode())
    bars = [r for r in tree.iter("{*}rect") if r.get("height") == "22" and r.get("stroke") == "#ffffff"]
    plain = [r for r in bars if not r.get("fill", "").startswith("url")]
    sizes = np.array([float(r.get("width", "0")) for r in plain]).reshape(3, 3)
    assert sizes.sum(axis=1) == pytest.approx(sizes.sum() / 3, abs=0.2)
    assert sizes / sizes.sum(axis=1, keepdims=True) == pytest.approx(
        np.array([row for _, row in SHARES.rows]), abs=1e-3
    )


def test_chart_is_told_to_who_cannot_see_it() -> None:
    tree = etree.fromstring(share_chart(SHARES, lang="fr").encode())
    assert tree.findtext("{*}title") == "Qui atteint le bac"
    said = (tree.findtext("{*}desc") or "").replace("\u00a0", " ").replace("\u202f", " ")
    assert "femmes : atteint 62 %, tronc penché 29 %, non atteint 9 %" in said
    assert "hommes : atteint 91 %, tronc penché 8 %, non atteint < 1 %" in said
    assert share_words(SHARES, "en").startswith("women: reached 62")


def test_two_categories_of_one_level_differ() -> None:
    chart = ShareChart(
        text("t", "t"), tuple((text(str(i), str(i)), level) for i, level in enumerate((1, 1, 3, 3, 0, 0))),
        ((text("all", "tous"), (0.2, 0.2, 0.2, 0.2, 0.1, 0.1)),),
    )  # fmt: skip
    tree = etree.fromstring(share_chart(chart).encode())
    bars = [
        r.get("fill")
        for r in tree.iter("{*}rect")
        if r.get("height") == "22" and r.get("stroke") == "#ffffff"
    ]
    assert len(set(bars)) == 6


# Documents ---------------------------------------------------------------------------------------


def test_document_carries_figures_and_shares_and_fits_its_schema() -> None:
    mark = figure_mark(STANDING, PLACE, HEADING, levels=LEVELS)
    many = MeshMark((*((i * 0.1, 0.0, 1.0) for i in range(900)), (0.0, 1.0, 1.0)),
                    tuple((i, i + 1, 900) for i in range(WHOLE_MESH + 1)), tuple(i % 4 for i in range(WHOLE_MESH + 1)))  # fmt: skip
    cone = ConeMark((0.0, 0.0, 1.5), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), 0.5, 0.3, 0.6, 2.0)
    found = finding(mark, many, cone, figure_mark(SITTING, PLACE, HEADING, smooth=False), charts=(SHARES,))
    made = review_of(cell(), (REACH, Evaluation((found,), {"work_points": 1})))
    document = json.loads(to_json(made))
    schema = json.loads(resource("assets/schemas/review-1.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(document)
    marks = document["findings"][0]["marks"]
    assert [m["type"] for m in marks] == ["figure", "mesh", "cone", "figure"]
    assert marks[0]["capsules"][0]["segment"] == mark.capsules[0].segment
    assert len(marks[0]["body"]["angles"]) == 39
    assert "body" not in marks[3]
    # A strip of 601 triangles of 0.05 m² each.
    assert sum(marks[1]["areas"].values()) == pytest.approx(0.05 * (WHOLE_MESH + 1), abs=1e-3)
    assert marks[1]["bounds"] == [[0.0, 0.0, 1.0], [60.1, 1.0, 1.0]]
    assert document["findings"][0]["charts"][0]["rows"][0]["shares"] == [0.624, 0.286, 0.09]
    assert len(json.dumps(marks[0])) < 8000
    small = mark_to_dict(MeshMark(((0.0, 0.0, 0.123456789), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), ((0, 1, 2),)))
    assert small["vertices"][0] == [0.0, 0.0, 0.1235]


def test_documents_without_people_are_as_they_were() -> None:
    document = json.loads(to_json(review_of(cell(), (REACH, Evaluation((gap(),), {"pairs": 1})))))
    assert "charts" not in document["findings"][0]


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None], "b": {}, "c": [], "d": [[1, 2], [3]], "e": ["x", {"y": 1}]},
                                   [], {}, "é\n", [[{"a": "[1,\n 2]"}]]])  # fmt: skip
def test_json_text_reads_back(value: object) -> None:
    assert json.loads(dumps(value)) == value
    assert dumps({"a": [[1, 2], [3, 4]]}) == '{\n  "a": [[1, 2], [3, 4]]\n}'


def test_table_has_the_shares() -> None:
    found = finding(figure_mark(STANDING, PLACE, HEADING), charts=(SHARES,))
    made = review_of(cell(), (REACH, Evaluation((found,), {"work_points": 1})))
    assert "women: reached 62" in to_csv(made).replace("\u00a0", " ")
    assert "femmes : atteint 62" in to_csv(made, lang="fr").replace("\u00a0", " ")


def test_a_posture_that_passes_everywhere_is_drawn_once() -> None:
    mark = figure_mark(STANDING, PLACE, HEADING)
    passes = tuple(finding(mark, verdict=Verdict.PASS, key=str(i), charts=(SHARES,)) for i in range(3))
    text_ = to_html(review_of(cell(), (REACH, Evaluation(passes, {"work_points": 1}))))
    assert text_.count("Seen from above") == 1
    assert text_.count("Who reaches the bin</text>") == 3


def test_a_figure_adds_little_to_the_file() -> None:
    mark = figure_mark(STANDING, PLACE, HEADING, levels=LEVELS)

    def size(count: int) -> int:
        many = tuple(
            finding(mark, PointMark((-1.75, -0.62, 1.35)), key=str(i), charts=(SHARES,)) for i in range(count)
        )
        return len(to_html(review_of(cell(), (REACH, Evaluation(many, {"work_points": count})))))

    # Forty of them with the rest stay under three megabytes.
    assert size(5) - size(1) < 4 * 60_000
