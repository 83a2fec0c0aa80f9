"""Body capsules: the person's own breadths and depths, and a volume that weighs what the person weighs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from immersive.errors import UsageError
from immersive.human.kinematics import Figure, figure
from immersive.human.links import hip_height, links_of
from immersive.human.people import People
from immersive.human.population import percentile_people, sampled
from immersive.human.posing import Stance
from immersive.human.skeleton import ANGLE, LINK, LOWER, SEGMENT, SEGMENTS, UPPER
from immersive.human.stance import rest
from immersive.human.volume import GRASPS, NEEDED, BodyShape, body_rows, capsules_of, place

PEOPLE = percentile_people(["F05", "F50", "M50", "M95"])
LINKS_ = links_of(PEOPLE)
SHAPE = capsules_of(PEOPLE, LINKS_)
RNG = np.random.default_rng(17)


def upright(people: People, links: np.ndarray) -> Figure:
    """All angles zero, hip centre at its height above the floor (sole of the shoe at 0), facing +Y."""
    root = np.zeros((len(people), 4))
    root[:, 2] = hip_height(people) + people.allowances.shoe_height
    root[:, 3] = math.pi / 2
    return figure(links, np.zeros((len(people), 39)), root)


def extent(
    shape: BodyShape, ends: np.ndarray, person: int, axis: int, *segments: str, height: float | None = None
) -> tuple[float, float]:
    """Least and greatest x, y or z of some segments' capsules, of all or of the horizontal section at a height."""
    low, high = math.inf, -math.inf
    t = np.linspace(0.0, 1.0, 401)[:, None]
    for c in np.flatnonzero(shape.of(*segments)):
        a, b = ends[person, c]
        centres = a + t * (b - a)
        r0, r1 = shape.start_radius[person, c], shape.end_radius[person, c]
        radius = (r0 + t * (r1 - r0))[:, 0]
        if height is not None:
            squared = radius**2 - (centres[:, 2] - height) ** 2
            centres, radius = centres[squared > 0], np.sqrt(squared[squared > 0])
        if len(radius):
            low = min(low, float((centres[:, axis] - radius).min()))
            high = max(high, float((centres[:, axis] + radius).max()))
    return low, high


def check_breadths(people: People, tolerance: float) -> None:
    links = links_of(people)
    shape = capsules_of(people, links)
    ends = place(shape, upright(people, links))
    shoe = people.allowances.shoe_height
    trunk = ("pelvis", "lumbar", "thorax")
    for i in range(len(people)):
        # Chest: ribs without the back muscles (a survey's chest breadth leaves them out).
        ribs = shape.pick([i])
        keep = np.array([n.startswith(("chest", "waist", "pelvis")) for n in shape.names])
        ribs = BodyShape(
            tuple(np.array(shape.names)[keep]), shape.segment[keep], ribs.starts[:, keep], ribs.ends[:, keep],
            ribs.start_radius[:, keep], ribs.end_radius[:, keep],
        )  # fmt: skip
        ends_i = ends[i : i + 1, keep]
        chest_z, waist_z = people["chest height"][i] + shoe, people["waist height"][i] + shoe
        for z, part, breadth, depth in (
            (chest_z, ("thorax",), "chest breadth, standing", "chest depth, standing"),
            (waist_z, ("lumbar",), "waist breadth", "waist depth"),
        ):
            x = extent(ribs, ends_i, 0, 0, *part, height=z)
            y = extent(ribs, ends_i, 0, 1, *part, height=z)
            assert -1e-4 < x[1] - x[0] - people[breadth][i] < tolerance, breadth
            assert -1e-4 < y[1] - y[0] - people[depth][i] < tolerance, depth
        # Hips and buttocks at their height: the belly above may stand out farther.
        hips_z = ends[i, shape.names.index("pelvis_1"), 0, 2]
        x = extent(shape, ends, i, 0, "pelvis", height=hips_z)
        thighs = extent(shape, ends, i, 0, "right_thigh", "left_thigh")
        y = extent(shape, ends, i, 1, "pelvis", height=hips_z)
        assert -1e-4 < x[1] - x[0] - people["hip breadth, standing"][i] < 1.5 * tolerance
        assert thighs[1] - thighs[0] < people["hip breadth, standing"][i] + 0.006
        assert -1e-4 < y[1] - y[0] - people["buttock depth"][i] < 2.0 * tolerance
        # Shoulders over both deltoids.
        x = extent(shape, ends, i, 0, *trunk, "right_upper_arm", "left_upper_arm")
        assert x[1] - x[0] == pytest.approx(people["shoulder (bideltoid) breadth"][i], abs=0.003)
        # Head.
        x, y = (extent(shape, ends, i, axis, "head") for axis in (0, 1))
        assert x[1] - x[0] == pytest.approx(people["head breadth"][i], abs=1e-9)
        assert y[1] - y[0] == pytest.approx(people["head length"][i], abs=0.003)
        top = extent(shape, ends, i, 2, "head")[1]
        assert top == pytest.approx(people["stature"][i] + shoe, abs=1e-9)
        # Feet: on the floor, as long and broad as feet (shoes: half their sole broader on each side).
        low = extent(shape, ends, i, 2, "right_foot")[0]
        y, x = extent(shape, ends, i, 1, "right_foot"), extent(shape, ends, i, 0, "right_foot")
        assert low == pytest.approx(0.0, abs=1e-9)
        assert y[1] - y[0] == pytest.approx(people["foot length"][i], abs=1e-3)
        assert x[1] - x[0] == pytest.approx(people["foot breadth"][i] + shoe, abs=1e-3)
        # Hand, open.
        y = extent(shape, ends, i, 1, "right_hand")
        assert y[1] - y[0] >= people["hand breadth"][i] - 1e-9
        low = extent(shape, ends, i, 2, "right_hand")[0]
        wrist = people["hand length"][i]
        assert ends[i, shape.of("right_forearm")][:, :, 2].min() - low == pytest.approx(wrist, abs=1e-3)


def test_breadths_and_depths_are_the_persons_own() -> None:
    check_breadths(PEOPLE, 0.004)


def test_breadths_and_depths_of_odd_bodies() -> None:
    # Where waist and chest differ much, one slants into the other: never narrower, a little broader.
    check_breadths(sampled(30, seed=2), 0.02)


def volume(ends: np.ndarray, r0: np.ndarray, r1: np.ndarray, samples: int) -> float:
    """Of the union, by random points: cubic metres."""
    radius = max(r0.max(), r1.max())
    low, high = ends.min((0, 1)) - radius, ends.max((0, 1)) + radius
    points = low + np.random.default_rng(3).random((samples, 3)) * (high - low)
    inside = np.zeros(samples, bool)
    for (a, b), p, q in zip(ends, r0, r1, strict=True):
        box_low, box_high = np.minimum(a - p, b - q), np.maximum(a + p, b + q)
        near = np.flatnonzero(~inside & ((points > box_low) & (points < box_high)).all(1))
        axis = b - a
        t = np.clip((points[near] - a) @ axis / max(axis @ axis, 1e-12), 0.0, 1.0)
        inside[near] = np.linalg.norm(points[near] - a - t[:, None] * axis, axis=1) <= p + t * (q - p)
    return float(np.prod(high - low) * inside.mean())


def test_volume_weighs_what_the_person_weighs() -> None:
    """Body density with air in the lungs is 985 to 1010 kg/m³; nothing here was built from mass."""
    people = percentile_people(["F05", "F50", "F95", "M05", "M50", "M95"])
    links = links_of(people)
    bare = replace(people, allowances=replace(people.allowances, shoe_height=0.0))
    links = links_of(bare)
    shape = capsules_of(bare, links)
    ends = place(shape, figure(links, *rest(links, Stance((0, 0, 0), 1.0))))
    for i, name in enumerate(people.ids):
        # 400,000 points: half a percent of the volume at most.
        size = volume(ends[i], shape.start_radius[i], shape.end_radius[i], 400_000)
        mass = people["body mass"][i]
        print(f"{name} {size * 1000:.1f} L, {mass:.1f} kg, {mass / size:.0f} kg/m³")
        assert size * 985 / mass > 0.9, name
        assert size * 1010 / mass < 1.1, name


def test_heavier_people_of_one_stature_have_more_volume() -> None:
    people = sampled(200, seed=9, sexes=["male"])
    links = links_of(people)
    shape = capsules_of(people, links)
    # Sum over capsules instead of their union: enough for a ranking.
    length = np.linalg.norm(shape.ends - shape.starts, axis=-1)
    r0, r1 = shape.start_radius, shape.end_radius
    size = (math.pi / 3 * length * (r0**2 + r0 * r1 + r1**2) + math.pi * 2 / 3 * (r0**3 + r1**3)).sum(1)
    assert np.corrcoef(size, people["body mass"])[0, 1] > 0.9


def test_capsules_follow_the_frames() -> None:
    q = RNG.uniform(LOWER, UPPER, (4, 3, 39))
    root = RNG.uniform(-1, 1, (4, 3, 4))
    body = figure(LINKS_[:, None], q, root)
    ends = place(SHAPE, body)
    assert ends.shape == (4, 3, len(SHAPE.names), 2, 3)
    still = figure(LINKS_, np.zeros((4, 39)), np.zeros((4, 4)))
    at_rest = place(SHAPE, still)
    for c, segment in enumerate(SHAPE.segment):
        # A rigid motion takes each capsule from rest to the posture: the one of its segment.
        turn = body.rotations[:, :, segment] @ np.swapaxes(still.rotations[:, None, segment], -1, -2)
        from immersive.human.kinematics import SEGMENT_ORIGIN

        o0, o1 = still.points[:, None, SEGMENT_ORIGIN[segment]], body.points[:, :, SEGMENT_ORIGIN[segment]]
        for end in range(2):
            moved = o1 + np.einsum("nmij,nmj->nmi", turn, at_rest[:, None, c, end] - o0)
            assert ends[:, :, c, end] == pytest.approx(moved, abs=1e-12)


def test_limbs_run_from_joint_to_joint() -> None:
    q, root = rest(LINKS_, Stance((0.3, 0.2, 0.0), 1.0, "sitting", 0.42))
    body = figure(LINKS_, q, root)
    ends = place(SHAPE, body)
    by_name = {name: ends[:, c] for c, name in enumerate(SHAPE.names)}
    for side in ("right", "left"):
        assert by_name[f"{side}_upper_arm"][:, 1] == pytest.approx(body.point(f"{side}_elbow"))
        assert by_name[f"{side}_forearm"][:, 1] == pytest.approx(body.point(f"{side}_wrist"))
        assert by_name[f"{side}_thigh"][:, 1] == pytest.approx(body.point(f"{side}_knee"))
        assert by_name[f"{side}_shank"][:, 1] == pytest.approx(body.point(f"{side}_ankle"))
        assert by_name[f"{side}_collar"][:, 1] == pytest.approx(body.point(f"{side}_shoulder"))


def test_seated_body_rests_on_the_seat() -> None:
    for seat in (0.38, 0.42):
        q, root = rest(LINKS_, Stance((0.0, 0.0, 0.0), 1.0, "sitting", seat))
        ends = place(SHAPE, figure(LINKS_, q, root))
        for i in range(4):
            low = extent(SHAPE, ends, i, 2, "pelvis")[0]
            assert low == pytest.approx(seat, abs=0.003)


def test_both_sides_are_mirror_images() -> None:
    ends = place(SHAPE, upright(PEOPLE, LINKS_))
    place_of = {name: c for c, name in enumerate(SHAPE.names)}
    for name, c in place_of.items():
        if name.startswith("right_"):
            twin = place_of["left_" + name.removeprefix("right_")]
            mirrored = ends[:, twin] * [-1, 1, 1]
            if "foot" in name:
                # Inner and outer half change places.
                twin = place_of[
                    "left_" + name.removeprefix("right_")[:-1] + ("2" if name[-1] == "1" else "1")
                ]
                mirrored = ends[:, twin] * [-1, 1, 1] if name[-1] in "12" else mirrored
            assert ends[:, c] == pytest.approx(mirrored, abs=1e-12), name


@pytest.mark.parametrize("grasp", GRASPS)
def test_hands_by_grasp(grasp: str) -> None:
    shape = capsules_of(PEOPLE, LINKS_, grasp=grasp)
    body = upright(PEOPLE, LINKS_)
    ends = place(shape, body)
    point = {"open": "fingertip", "grip": "grip", "press": "fingertip", "pinch": "thumbtip"}[grasp]
    at = body.point(f"right_{point}")
    for i in range(4):
        distance = math.inf
        for c in np.flatnonzero(shape.of("right_hand")):
            a, b = ends[i, c]
            t = np.clip((at[i] - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0)
            r = shape.start_radius[i, c] + t * (shape.end_radius[i, c] - shape.start_radius[i, c])
            distance = min(distance, float(np.linalg.norm(at[i] - a - t * (b - a)) - r))
        # The hand's own point is on or in the hand.
        assert distance < 0.003
        # And nothing of the hand goes farther than its fingertips.
        low = extent(shape, ends, i, 2, "right_hand")[0]
        assert low >= body.point("right_fingertip")[i, 2] - 0.002


def test_clothing_is_around_the_body_and_shoes_under_it() -> None:
    dressed = replace(PEOPLE, allowances=replace(PEOPLE.allowances, clothing=0.01))
    thick = capsules_of(dressed, links_of(dressed))
    assert thick.start_radius - SHAPE.start_radius == pytest.approx(np.full_like(SHAPE.start_radius, 0.01))
    assert np.array_equal(thick.starts, SHAPE.starts)


def test_rows_of_one_person_are_plain() -> None:
    q, root = rest(LINKS_, Stance((0.0, 0.0, 0.0), 1.0))
    body = figure(LINKS_, q, root)
    rows = body_rows(SHAPE, Figure(body.points[2], body.rotations[2]), 2)
    assert len(rows) == len(SHAPE.names)
    ends = place(SHAPE, body)
    for c, (segment, start, end, r0, r1) in enumerate(rows):
        assert segment == SEGMENTS[SHAPE.segment[c]]
        assert start == pytest.approx(ends[2, c, 0])
        assert end == pytest.approx(ends[2, c, 1])
        assert (r0, r1) == (SHAPE.start_radius[2, c], SHAPE.end_radius[2, c])
        assert type(r0) is float
        assert type(start[0]) is float


def test_every_segment_has_volume_and_every_radius_is_positive() -> None:
    assert set(SHAPE.segment) == set(range(len(SEGMENTS)))
    many = sampled(1000, seed=4)
    shape = capsules_of(many, links_of(many))
    assert shape.start_radius.min() > 0.003
    assert shape.end_radius.min() > 0.003
    assert np.isfinite(shape.starts).all()
    assert np.isfinite(shape.ends).all()
    # Nobody's deltoid is inside the shoulder by more than an arm's width.
    out = shape.starts[:, shape.names.index("right_upper_arm"), 0]
    assert out.min() > -0.02
    assert out.max() < 0.08


def test_wrong_asks_are_named() -> None:
    with pytest.raises(UsageError, match="did you mean 'grip'"):
        capsules_of(PEOPLE, LINKS_, grasp="grap")
    with pytest.raises(UsageError, match="did you mean 'right_hand'"):
        SHAPE.of("right_hnd")
    for name in NEEDED:
        rest_ = {key: value for key, value in PEOPLE.dimensions.items() if key != name}
        with pytest.raises(UsageError) as error:
            capsules_of(replace(PEOPLE, dimensions=rest_), LINKS_)
        assert repr(name) in str(error.value)


def test_arms_hanging_at_rest_are_clear_of_the_hips() -> None:
    """Forearms and hands of the resting figure are beside the thighs, not in them."""
    q, root = rest(LINKS_, Stance((0.0, 0.0, 0.0), math.pi / 2))
    assert (q[:, ANGLE["right_shoulder_abduction"]] > 0).all()
    ends = place(SHAPE, figure(LINKS_, q, root))
    for i in range(4):
        hip = extent(SHAPE, ends, i, 0, "pelvis", "right_thigh")[1]
        hand = extent(SHAPE, ends, i, 0, "right_hand")[0]
        assert hand > hip - 0.02, (PEOPLE.ids[i], LINKS_[i, LINK["hip_half_spacing"]], SEGMENT)
