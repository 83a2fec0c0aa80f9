"""Angles of sight against plain trigonometry, shares seen against areas."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import UsageError
from immersive.findings import Confidence
from immersive.geometry import frames, shapes
from immersive.geometry.bodies import Shapes
from immersive.geometry.rays import RayScene, ray_scene
from immersive.human.kinematics import figure
from immersive.human.links import links_of
from immersive.human.population import percentile_people
from immersive.human.skeleton import ANGLE, ANGLES, LOWER, UPPER
from immersive.human.visibility import (
    Samples,
    flat_face,
    look,
    point_sample,
    rectangle,
    surface_samples,
)
from immersive.human.vision import (
    Eyes,
    Gaze,
    eyes_of,
    face_angle,
    gaze,
    normal_line_of_sight,
    turn_beyond_eyes,
    zone_method,
    zone_names,
)

PEOPLE = percentile_people(["F05", "F50", "M50", "M95"])
LINKS = links_of(PEOPLE)


def posed(heading: float = math.pi / 2.0, **degrees: float) -> Eyes:
    """Eyes of the four in one posture, hips at 0.9 m."""
    angles = np.zeros(len(ANGLES))
    for name, value in degrees.items():
        angles[ANGLE[name]] = math.radians(value)
    return eyes_of(figure(LINKS, angles, [0.0, 0.0, 0.9, heading]))


def level_eyes(at: tuple[float, float, float] = (0.0, 0.0, 1.6), half: float = 0.032) -> Eyes:
    """Eyes of nobody, looking along +Y."""
    x, y, z = at
    return Eyes(
        np.array([x + half, y, z]), np.array([x - half, y, z]), np.eye(3), np.array([0.0, 1.0, 0.0])
    )  # fmt: skip


# Eyes and angles -------------------------------------------------------------------------------------


def test_upright_eyes_are_level_ahead_and_apart_as_measured() -> None:
    eyes = posed()
    apart = eyes.right - eyes.left
    assert apart[:, 0] == pytest.approx(PEOPLE["interpupillary breadth"], abs=1e-9)
    assert np.abs(apart[:, 1:]).max() < 1e-12
    assert eyes.ahead == pytest.approx(np.tile([0.0, 1.0, 0.0], (4, 1)), abs=1e-12)
    assert (np.diff(eyes.centre[:, 2]) > 0.0).all()


@pytest.mark.parametrize(
    ("point", "elevation", "lateral"),
    [
        ((0, 2, 0), 0, 0), ((0, 2, 2), 45, 0), ((0, 2, -2), -45, 0), ((-2, 2, 0), 0, 45), ((2, 2, 0), 0, -45),
        ((-2, 0, 0), 0, 90), ((0, -2, 0), 0, 180), ((0, 0, 3), 90, 0), ((-1, math.sqrt(3), 2), 45, 30),
    ],
)  # fmt: skip
def test_signs_and_zeros_of_sight(point: tuple[float, ...], elevation: float, lateral: float) -> None:
    """Up positive, left positive, in the trunk's frame and, upright, the same in the head's."""
    eyes = level_eyes()
    found = gaze(eyes, np.array(point) + eyes.centre)
    assert found.distance == pytest.approx(np.linalg.norm(point))
    for up, side in ((found.elevation, found.lateral), (found.head_elevation, found.head_lateral)):
        assert math.degrees(up) == pytest.approx(elevation, abs=1e-9)
        if abs(elevation) < 90:
            assert abs(math.degrees(side)) == pytest.approx(abs(lateral), abs=1e-9)
            assert math.degrees(side) == pytest.approx(lateral, abs=1e-9) or abs(lateral) == 180


def test_the_angle_to_the_normal_line_of_sight_is_that_of_the_two_directions() -> None:
    rng = np.random.default_rng(2)
    points = rng.normal(size=(200, 3))
    eyes = level_eyes()
    for posture, below in (("standing", 10.0), ("sitting", 15.0), ("kneeling", 10.0)):
        down = math.radians(below)
        assert normal_line_of_sight(posture) == pytest.approx(-down)
        line = np.array([0.0, math.cos(down), -math.sin(down)])
        expected = np.arccos(points @ line / np.linalg.norm(points, axis=1))
        found = gaze(eyes, points + eyes.centre, posture=posture).off_normal
        assert found == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("heading", [0.0, 1.0, math.pi, -2.0])
def test_the_head_turned_to_the_left_sees_the_left_ahead(heading: float) -> None:
    """Neck rotation to the left by 30: what lies 30 to the left of the trunk is ahead of the head."""
    eyes = posed(heading, neck_rotation=30.0)
    turn = heading + math.radians(30.0)
    point = eyes.centre + 2.0 * np.array([math.cos(turn), math.sin(turn), 0.0])
    found = gaze(eyes, point)
    assert np.degrees(found.lateral) == pytest.approx(np.full(4, 30.0))
    assert np.degrees(found.head_lateral) == pytest.approx(np.zeros(4), abs=1e-9)
    # A head bent down by 20 sees the horizon 20 above its own.
    bent = posed(heading, neck_flexion=12.0, head_flexion=8.0)
    ahead = bent.centre + np.array([math.cos(heading), math.sin(heading), 0.0])
    assert np.degrees(gaze(bent, ahead).head_elevation) == pytest.approx(np.full(4, 20.0))
    assert np.degrees(gaze(bent, ahead).elevation) == pytest.approx(np.zeros(4), abs=1e-9)


def test_a_leaning_or_twisted_trunk_tells_where_ahead_is() -> None:
    assert posed(lumbar_flexion=40.0, thoracic_flexion=20.0).ahead == pytest.approx(posed().ahead)
    twisted = posed(thoracic_rotation=25.0)
    found = gaze(twisted, twisted.centre + np.array([0.0, 1.0, 0.0]))
    assert np.degrees(found.lateral) == pytest.approx(np.full(4, -25.0))


def test_who_bends_over_a_point_has_it_ahead() -> None:
    """Nearly straight down, seen from above even behind the eyes: ahead of a trunk that leans by 60."""
    bent = posed(lumbar_flexion=40.0, thoracic_flexion=20.0)
    below = bent.centre + np.array([0.02, -0.05, -0.6])
    assert np.all(np.abs(np.degrees(gaze(bent, below).lateral)) < 5.0)
    above = np.degrees(gaze(replace(bent, trunk=None), below).lateral)
    assert above == pytest.approx(np.full(4, -math.degrees(math.atan2(0.02, -0.05))))
    # Level lines keep the direction that is seen from above, and behind stays behind.
    for turn in (20.0, 80.0, -60.0):
        side = math.radians(90.0 + turn)
        level = bent.centre + np.array([math.cos(side), math.sin(side), 0.0])
        assert np.degrees(gaze(bent, level).lateral) == pytest.approx(np.full(4, turn))
    behind = gaze(bent, bent.centre - np.array([0.0, 1.0, 0.0]))
    assert np.abs(np.degrees(behind.lateral)) == pytest.approx(np.full(4, 180.0))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.floats(-3.0, 3.0))
def test_a_turn_and_shift_of_everything_changes_no_angle(seed: int, turn: float) -> None:
    rng = np.random.default_rng(seed)
    angles = rng.uniform(LOWER, UPPER)
    point = rng.uniform(-2, 2, 3) + np.array([0.0, 0.0, 1.0])
    move = frames.translation(rng.uniform(-9, 9, 3)) @ frames.rotation_rpy(0.0, 0.0, turn)
    root = np.array([0.3, -0.2, 0.9, 0.4])
    moved = np.append(frames.transform_points(move, root[:3]), root[3] + turn)
    a = gaze(eyes_of(figure(LINKS, angles, root)), point)
    b = gaze(eyes_of(figure(LINKS, angles, moved)), frames.transform_points(move, point))
    for name in ("distance", "elevation", "head_elevation", "off_normal"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), abs=1e-9)
    for name in ("lateral", "head_lateral"):
        assert np.sin(getattr(a, name)) == pytest.approx(np.sin(getattr(b, name)), abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31))
def test_left_and_right_mirror(seed: int) -> None:
    rng = np.random.default_rng(seed)
    side, up = rng.uniform(-1.2, 1.2), rng.uniform(-1.0, 1.0)
    twist, bend = rng.uniform(-20, 20, 2)
    a = posed(neck_rotation=twist, neck_lateral_flexion=bend)
    b = posed(neck_rotation=-twist, neck_lateral_flexion=-bend)
    point = np.array([math.sin(side), math.cos(side), up])
    one, other = gaze(a, a.centre + point), gaze(b, b.centre + point * [-1, 1, 1])
    assert one.lateral == pytest.approx(-other.lateral, abs=1e-9)
    assert one.head_lateral == pytest.approx(-other.head_lateral, abs=1e-9)
    assert one.head_elevation == pytest.approx(other.head_elevation, abs=1e-9)


def test_many_eyes_and_points_broadcast() -> None:
    eyes = posed().at((slice(None), None))
    points = np.array([[0.0, 1.0, 1.0], [0.5, 1.0, 1.5], [-0.5, 0.3, 0.9]])
    found = gaze(eyes, points)
    assert found.distance.shape == (4, 3)
    assert found.elevation[2, 1] == gaze(posed().at(2), points[1]).elevation


# Zones -----------------------------------------------------------------------------------------------


def sight(
    elevation: float = 0.0, lateral: float = 0.0, off: float = 0.0, *, head: tuple[float, float] = (0, 0)
) -> Gaze:
    e, s, o, he, hs = (np.asarray(math.radians(v)) for v in (elevation, lateral, off, *head))
    return Gaze(np.asarray(1.0), e, s, he, hs, o)


@pytest.mark.parametrize(
    ("method", "inside", "outside", "expected"),
    [
        ("nureg_0700", {"lateral": 15}, {"lateral": 15.01}, 0),
        ("nureg_0700", {"lateral": -35}, {"lateral": -35.01}, 1),
        ("nureg_0700", {"lateral": 60, "elevation": 35}, {"lateral": 60.01, "elevation": 35.0}, 2),
        ("nureg_0700", {"elevation": 35}, {"elevation": 35.01}, 0),
        ("nureg_0700", {"elevation": -25}, {"elevation": -25.01}, 0),
        ("nureg_0700", {"elevation": 75, "lateral": 80}, {"elevation": 75.01, "lateral": 80}, 3),
        ("iso_9241_5", {"elevation": 0}, {"elevation": 0.01}, 0),
        ("iso_9241_5", {"elevation": -60}, {"elevation": -60.01}, 0),
        ("en_894_2", {"off": 15}, {"off": 15.01}, 0),
        ("en_894_2", {"off": 30}, {"off": 30.01}, 1),
        ("mil_std_1472", {"head": (0, 15)}, {"head": (0, 15.01)}, 0),
        ("mil_std_1472", {"head": (40, -35)}, {"head": (40.01, -35)}, 1),
        ("mil_std_1472", {"head": (-20, 0)}, {"head": (-20.01, 0)}, 0),
        ("mil_std_1472", {"head": (0, 90), "lateral": 95}, {"head": (0, 90), "lateral": 95.01}, 2),
    ],
)
def test_a_boundary_belongs_to_the_better_zone(
    method: str, inside: dict[str, float], outside: dict[str, float], expected: int
) -> None:
    zones = zone_method(method)
    assert zones.classify(sight(**inside)) == expected  # type: ignore[arg-type]
    assert zones.classify(sight(**outside)) > expected  # type: ignore[arg-type]


def test_zones_tell_by_how_much_and_which_way() -> None:
    zone = zone_method("nureg_0700").zone()
    assert zone.name == "acceptable"
    excess = np.degrees(zone.excess(sight(lateral=-50, elevation=-30)))
    assert excess == pytest.approx([15.0, -5.0 - 60.0, 5.0, -math.inf])
    assert not zone.holds(sight(lateral=-50))
    assert zone.holds(sight(lateral=20, elevation=10))


def test_the_head_turns_for_what_the_eyes_do_not_reach() -> None:
    """Eyes: 35 to the side, 40 up, 20 down."""
    lateral, vertical = turn_beyond_eyes(sight(head=(-50.0, 45.0)))
    assert math.degrees(lateral) == pytest.approx(10.0)
    assert math.degrees(vertical) == pytest.approx(-30.0)
    lateral, vertical = turn_beyond_eyes(sight(head=(41.0, -36.0)))
    assert (math.degrees(lateral), math.degrees(vertical)) == (pytest.approx(-1.0), pytest.approx(1.0))
    assert [float(v) for v in turn_beyond_eyes(sight(head=(-20.0, 35.0)))] == pytest.approx([0.0, 0.0])


def test_unknown_zones_are_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="did you mean 'nureg_0700'"):
        zone_method("nureg_700")
    with pytest.raises(UsageError, match="'preferred', 'acceptable'"):
        zone_method("nureg_0700").zone("A")


def test_figures_carry_source_and_a_known_confidence() -> None:
    assert zone_names() == ("nureg_0700", "iso_9241_5", "en_894_2", "mil_std_1472")
    for name in zone_names():
        method = zone_method(name)
        assert Confidence(method.confidence) in (Confidence.ONE_SOURCE, Confidence.MEMORY)
        assert method.standard
        assert method.source
    assert zone_method("nureg_0700").face_min == pytest.approx(math.radians(45.0))


@pytest.mark.shared
def test_figures_are_those_of_the_reference(shared: Path) -> None:
    said = json.loads((shared / "reference" / "vision.json").read_text(encoding="utf-8"))
    ours = zone_method("nureg_0700")
    often = said["nureg_0700"]["displays_frequently_monitored"]
    assert [np.degrees(zone.limits[0]) for zone in ours.zones[:3]] == pytest.approx(
        [often["lateral_preferred"], often["lateral_max"], often["lateral_max_with_head_rotation"]]
    )
    for zone in ours.zones[:3]:
        assert np.degrees(zone.limits[1:3]) == pytest.approx(
            [often["vertical_up_max"], often["vertical_down_max"]]
        )
    top = said["nureg_0700"]["upper_limit_for_5th_percentile_female_above_horizontal"]
    assert np.degrees(ours.zones[3].limits[1]) == pytest.approx(top)
    assert ours.face_min == pytest.approx(
        math.radians(said["nureg_0700"]["display_face_to_line_of_sight_min"])
    )
    office, screen = zone_method("iso_9241_5").zones[0], said["iso_9241_5"]
    assert np.degrees(office.limits[1:3]) == pytest.approx(
        [screen["top_of_display_at_or_below"], -screen["lower_limit"]]
    )
    cones = said["iso_9355_2_en_894_2"]
    assert [np.degrees(zone.cone or 0.0) for zone in zone_method("en_894_2").zones] == pytest.approx(
        [cones["detection_recommended_zone_A_about_line_of_sight"], cones["detection_acceptable_zone_B"]]
    )
    eye, mil = zone_method("mil_std_1472").zones, said["mil_std_1472"]
    turn = mil["eye_rotation_max"]
    assert np.degrees(eye[0].lateral or 0.0) == pytest.approx(mil["optimum_lateral"])
    assert np.degrees(eye[1].limits[:3]) == pytest.approx([turn["lateral"], turn["up"], turn["down"]])
    assert np.degrees(eye[2].lateral or 0.0) == pytest.approx(mil["head_and_eye"]["lateral"])
    for name, key in (("standing", "standing_below_horizontal"), ("sitting", "sitting_below_horizontal")):
        assert -math.degrees(normal_line_of_sight(name)) == pytest.approx(said["line_of_sight_normal"][key])


def test_a_face_turned_by_an_angle_is_seen_under_its_complement() -> None:
    eyes = level_eyes((0.0, 0.0, 0.0))
    for turn in (0.0, 30.0, 60.0, 90.0, 135.0):
        normal = [math.sin(math.radians(turn)), -math.cos(math.radians(turn)), 0.0]
        assert math.degrees(face_angle(eyes, [0.0, 2.0, 0.0], normal)) == pytest.approx(90.0 - turn, abs=1e-6)


# What is seen ----------------------------------------------------------------------------------------


def solid(
    size: tuple[float, float, float], at: tuple[float, float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    made = shapes.box(size)
    return made.vertices, made.faces, frames.translation(at)


def hiding(*solids: tuple[np.ndarray, np.ndarray, np.ndarray]) -> RayScene:
    known = Shapes()
    return ray_scene([body for one in solids if (body := known.body(*one)) is not None])


SCREEN = ((0.0, 2.0, 1.6), (0.0, -1.0, 0.0), 0.8, 0.6)


def test_nothing_hides_nothing() -> None:
    seen = look(None, level_eyes(), rectangle(*SCREEN))
    assert (float(seen.either), float(seen.both), float(seen.right), float(seen.left)) == pytest.approx(
        (1, 1, 1, 1)
    )
    assert not seen.hidden_by
    assert float(seen.turned_away) == 0.0
    clear = look(hiding(solid((0.1, 0.1, 0.1), (5.0, 5.0, 5.0))), level_eyes(), rectangle(*SCREEN))
    assert float(clear.either) == pytest.approx(1.0)


def test_a_shelf_hides_half_a_screen() -> None:
    """From the eye at the shelf's lower edge, everything above that edge's shadow is hidden: half."""
    shelf = solid((4.0, 0.4, 1.0), (0.0, 1.0, 2.1))
    seen = look(hiding(shelf), level_eyes(), rectangle(*SCREEN))
    assert float(seen.either) == pytest.approx(0.5, abs=0.01)
    assert float(seen.hidden_by[0]) == pytest.approx(1.0 - float(seen.either))
    assert float(seen.both) == float(seen.either)


@pytest.mark.parametrize(("width", "height"), [(0.2, 0.15), (0.3, 0.1), (0.1, 0.25)])
def test_through_a_window_the_share_seen_is_the_ratio_of_areas(width: float, height: float) -> None:
    """A pinhole projection: a window half way shows an area four times its own (one eye, thin wall)."""
    wall = [
        solid((4.0, 0.001, 4.0), (-2.0 - width / 2, 1.0, 1.6)), solid((4.0, 0.001, 4.0), (2.0 + width / 2, 1.0, 1.6)),
        solid((4.0, 0.001, 4.0), (0.0, 1.0, 1.6 + 2.0 + height / 2)), solid((4.0, 0.001, 4.0), (0.0, 1.0, 1.6 - 2.0 - height / 2)),
    ]  # fmt: skip
    samples = rectangle(*SCREEN, count=10_000)
    one_eyed = level_eyes(half=0.0)
    seen = look(hiding(*wall), one_eyed, samples)
    expected = 4.0 * width * height / (0.8 * 0.6)
    assert float(seen.either) == pytest.approx(expected, abs=0.01)
    assert sum(float(v) for v in seen.hidden_by.values()) == pytest.approx(1.0 - float(seen.either))
    coarse = rectangle(*SCREEN)
    assert float(look(hiding(*wall), one_eyed, coarse).either) == pytest.approx(
        expected, abs=coarse.uncertainty
    )
    triangles = _quad(0.8, 0.6)
    scattered = surface_samples(triangles + np.array(SCREEN[0]))
    assert float(look(hiding(*wall), one_eyed, scattered).either) == pytest.approx(
        expected, abs=scattered.uncertainty
    )


def _quad(width: float, height: float) -> np.ndarray:
    """Two triangles facing −Y."""
    x, z = width / 2, height / 2
    a, b, c, d = [-x, 0, -z], [x, 0, -z], [x, 0, z], [-x, 0, z]
    return np.array([[a, b, c], [a, c, d]], float)


def test_a_post_is_seen_around_with_two_eyes() -> None:
    """A post narrower than the eyes are apart hides a far point from neither both eyes nor from nobody."""
    post = hiding(solid((0.02, 0.02, 4.0), (0.032, 0.5, 1.6)))
    point = point_sample([0.032, 2.0, 1.6], offset=0.05)
    seen = look(post, level_eyes(), point)
    assert (float(seen.right), float(seen.left), float(seen.either), float(seen.both)) == (0.0, 1.0, 1.0, 0.0)
    assert not seen.hidden_by


def test_what_hides_is_blamed_by_its_share() -> None:
    left, right = solid((1.0, 0.01, 4.0), (-0.6, 1.0, 1.6)), solid((1.0, 0.01, 4.0), (0.7, 1.0, 1.6))
    seen = look(
        hiding(left, right), level_eyes(half=0.0), rectangle((0, 2, 1.6), (0, -1, 0), 2.0, 1.0, count=10_000)
    )
    # The gap from x = -0.1 to 0.2 half way shows x = -0.2 to 0.4 of -1 to 1.
    assert float(seen.either) == pytest.approx(0.3, abs=0.011)
    assert float(seen.hidden_by[0]) == pytest.approx(0.4, abs=0.011)
    assert float(seen.hidden_by[1]) == pytest.approx(0.3, abs=0.011)


def test_a_part_does_not_hide_its_front_but_its_back() -> None:
    case = solid((0.8, 0.1, 0.6), (0.0, 2.05, 1.6))
    cell = hiding(case)
    body = cell.pack.bodies[0]
    triangles = body.to_world(body.shape.vertices[body.shape.faces])
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    front = surface_samples(triangles[normals[:, 1] < -1e-9], own=0)
    back = surface_samples(triangles[normals[:, 1] > 1e-9], own=0)
    assert float(look(cell, level_eyes(), front).either) == 1.0
    hidden = look(cell, level_eyes(), back)
    assert float(hidden.either) == 0.0
    assert float(hidden.turned_away) == 1.0
    both = surface_samples(triangles[normals[:, 1] > 1e-9], own=0, two_sided=True)
    assert float(look(cell, level_eyes(), both).hidden_by[0]) == 1.0


def test_a_rectangle_given_a_little_inside_its_part_is_seen() -> None:
    case = hiding(solid((0.9, 0.1, 0.7), (0.0, 2.05, 1.6)))
    inside = ((0.0, 2.02, 1.6), (0.0, -1.0, 0.0), 0.8, 0.6)
    assert float(look(case, level_eyes(), rectangle(*inside, own=0)).either) == 1.0
    assert float(look(case, level_eyes(), rectangle(*inside)).either) == 0.0
    deep = ((0.0, 2.06, 1.6), (0.0, -1.0, 0.0), 0.8, 0.6)
    assert float(look(case, level_eyes(), rectangle(*deep, own=0)).either) == 0.0


def test_samples_spread_by_area() -> None:
    small, large = _quad(0.1, 0.1), _quad(0.3, 0.3) + np.array([5.0, 0.0, 0.0])
    samples = surface_samples(np.concatenate([small, large]), count=1000)
    assert (samples.points[:, 0] < 1.0).mean() == pytest.approx(0.1, abs=2e-3)
    assert samples.area == pytest.approx(0.1)
    assert samples.normal == pytest.approx([0.0, -1.0, 0.0])
    assert np.abs(samples.points[:, 1]).max() == 0.0
    again = surface_samples(np.concatenate([small, large]), count=1000)
    assert np.array_equal(samples.points, again.points)
    with pytest.raises(ValueError, match="without area"):
        surface_samples(np.zeros((1, 3, 3)))


def test_a_rectangle_lies_where_it_is_told() -> None:
    flat: Samples = rectangle((1.0, 2.0, 3.0), (0.0, -2.0, 2.0), 0.4, 0.2)
    assert flat.center == pytest.approx([1.0, 2.0, 3.0], abs=2e-3)
    across = flat.points - np.array([1.0, 2.0, 3.0])
    assert np.abs(across @ np.array([0.0, -1.0, 1.0])).max() < 1e-12
    assert 0.19 < np.abs(across[:, 0]).max() < 0.2
    assert np.abs(across[:, 2]).max() == pytest.approx(0.1 * math.sqrt(0.5), rel=0.08)
    level = rectangle((0.0, 0.0, 1.0), (0.0, 0.0, 1.0), 0.4, 0.2)
    assert np.ptp(level.points, axis=0) == pytest.approx([0.4, 0.2, 0.0], rel=0.08, abs=1e-12)


def test_the_flat_face_of_a_case_is_its_front_and_nothing_else() -> None:
    made = shapes.box((0.5, 0.1, 0.4))
    triangles = made.vertices[made.faces]
    middle = triangles.mean(axis=1)
    front = int(np.argmin(middle[:, 1]))
    chosen = flat_face(triangles, front, about=[0.0, -0.05, 0.0], radius=1.0)
    assert len(chosen) == 2
    assert middle[chosen, 1] == pytest.approx([-0.05, -0.05])
    assert flat_face(triangles, front, about=[0.0, -0.05, 0.0], radius=1e-3).tolist() == [front]


def test_shares_do_not_depend_on_who_else_is_asked_or_on_threads() -> None:
    shelf = hiding(solid((4.0, 0.4, 1.0), (0.0, 1.0, 2.1)))
    many = posed().shifted([[0.0, 0.0, 0.1], [0, 0, 0.0], [0, 0, -0.1], [0, 0, -0.2]])
    together = look(shelf, many, rectangle(*SCREEN), threads=2)
    for k in range(4):
        alone = look(shelf, many.at(k), rectangle(*SCREEN), threads=1)
        assert float(alone.either) == together.either[k]
        assert float(alone.left) == together.left[k]
