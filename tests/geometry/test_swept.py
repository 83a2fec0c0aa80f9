"""Swept distances: closed forms, a fine sampling as a one-sided judge, and what only a proof can see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import immersive
from immersive.geometry import frames, shapes
from immersive.geometry.bodies import Body, Pack, Shapes, pack
from immersive.geometry.chains import FIXED, SLIDE, TURN, Chain
from immersive.geometry.pairs import distances
from immersive.geometry.swept import STILL, Movers, SweptDistances, swept
from immersive.scene.bodies import body_of
from immersive.scene.trajectories import chain_of, moving_parts
from tests.geometry import meshes

X, Y, Z = np.eye(3)


def box(
    size: tuple[float, float, float], at: tuple[float, float, float] = (0, 0, 0), yaw: float = 0.0
) -> Body:
    made = shapes.box(size)
    body = Shapes().body(made.vertices, made.faces, frames.translation(at) @ frames.rotation_rpy(0, 0, yaw))
    assert body is not None
    return body


def joint(
    kind: int, axis: np.ndarray, at: tuple[float, float, float], times: list[float], positions: list[float]
) -> Chain:
    """One joint at a place in the world."""
    return Chain(
        np.array([0]), np.array([1]), np.array([kind]), frames.translation(at)[None], np.array([axis]),
        np.array([0]), np.ones(1), np.zeros(1), np.eye(4), np.zeros(1), np.array(times),
        np.array(positions).reshape(-1, 1),
    )  # fmt: skip


def run(
    bodies: list[Body], chains: list[Chain], carried: list[int], start: float, end: float, **options: float
) -> SweptDistances:
    """The first against each of the others; ``carried``: chain of each body, STILL for none."""
    chain = np.array(carried)
    movers = Movers(chains, chain, np.where(chain >= 0, 1, 0))
    pairs = np.array([(0, k) for k in range(1, len(bodies))])
    return swept(pack(bodies), movers, pairs, start, end, **options)


def close(found: SweptDistances, truth: float, tolerance: float, k: int = 0) -> None:
    """The interval holds the truth, is as narrow as asked, and its points are as far apart as it says."""
    assert found.lower[k] <= truth + 1e-12
    assert found.upper[k] >= truth - 1e-12
    assert found.upper[k] - found.lower[k] <= tolerance + 1e-12
    assert np.linalg.norm(found.point_a[k] - found.point_b[k]) == pytest.approx(found.upper[k], abs=1e-12)


@pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-5])
def test_a_box_slides_past_a_wall(tolerance: float) -> None:
    slide = joint(SLIDE, X, (0, 0, 0), [0.0, 10.0], [-1.0, 1.0])
    found = run(
        [box((0.2, 0.2, 0.2)), box((0.2, 2.0, 0.2), (0, 1.35, 0))],
        [slide],
        [0, STILL],
        0,
        10,
        tolerance=tolerance,
    )
    close(found, 0.25, tolerance)
    assert 4.0 <= found.time[0] <= 6.0
    # A motion along the gap costs no fine steps.
    assert found.measured < 60


@pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-5])
def test_a_rod_turns_past_a_wall_between_any_samples(tolerance: float) -> None:
    turn = joint(TURN, Z, (0, 0, 0), [0.0, 1.0], [-0.7, 1.9])
    rod = box((1.0, 0.02, 0.02), (0.5, 0.0, 0.0))
    found = run([rod, box((4.0, 0.1, 1.0), (0, 1.1, 0))], [turn], [0, STILL], 0, 1, tolerance=tolerance)
    close(found, 1.05 - np.hypot(1.0, 0.01), tolerance)
    # One of the two corners of its end is highest then.
    angle = -0.7 + 2.6 * found.time[0]
    assert min(abs(angle - np.pi / 2 + s * np.arctan2(0.01, 1.0)) for s in (-1, 1)) < np.sqrt(3 * tolerance)


def test_two_rods_turn_towards_each_other() -> None:
    # Tips on circles of radius 1 about axes 2.1 apart, mirrored: closest when both point at each other.
    left = joint(TURN, Z, (0.0, 0, 0), [0.0, 2.0], [-1.0, 1.2])
    right = joint(TURN, Z, (2.1, 0, 0), [0.0, 2.0], [1.0, -1.2])
    rods = [box((1.0, 0.01, 0.01), (0.5, 0, 0)), box((1.0, 0.01, 0.01), (1.6, 0, 0))]
    found = run(rods, [left, right], [0, 1], 0, 2, tolerance=1e-4)
    close(found, 2.1 - 2.0 * np.hypot(1.0, 0.005), 1e-4)
    assert found.time[0] == pytest.approx(2.0 / 2.2, abs=0.02)


def test_a_thin_tooth_that_a_fine_sampling_would_miss() -> None:
    """A needle of 0.1 mm flies past a needle at 20 m/s: samples at 1 kHz are 20 mm apart."""
    slide = joint(SLIDE, X, (0, 0, 0), [0.0, 1.0], [-10.0, 10.0])
    needle = box((0.0001, 0.0001, 0.2), (0.0, 0.0, 0.1))
    other = box((0.0001, 0.0001, 0.2), (0.003, 0.0, -0.102))
    found = run([needle, other], [slide], [0, STILL], 0, 1, tolerance=1e-4)
    close(found, 0.002, 1e-4)
    # With a limit most intervals are proven at once: not those whose middle is far from it and whose inside is not.
    close(run([needle, other], [slide], [0, STILL], 0, 1, tolerance=1e-4, within=0.01), 0.002, 1e-4)
    times = np.linspace(0, 1, 1001)
    sampled = min(np.hypot(max(abs(-10 + 20 * t - 0.003) - 0.0001, 0.0), 0.002) for t in times)
    assert sampled > 0.003


def test_contact_is_told_with_its_first_time() -> None:
    slide = joint(SLIDE, X, (0, 0, 0), [0.0, 1.0, 3.0], [0.0, 0.0, 2.0])
    found = run([box((0.2, 0.2, 0.2)), box((0.2, 0.2, 0.2), (1.0, 0, 0))], [slide], [0, STILL], 0, 3)
    assert found.lower[0] == found.upper[0] == 0.0
    low, high = found.first[0]
    # 0.8 m at a metre a second after the first second.
    assert low <= 1.8 <= high
    assert high - low < 0.005
    assert found.time[0] == high
    apart = run([box((0.2, 0.2, 0.2)), box((0.2, 0.2, 0.2), (1.0, 0, 0))], [slide], [0, STILL], 0, 1.7)
    assert np.isnan(apart.first).all()
    close(apart, 0.1, 1e-3)


def test_contact_from_the_start() -> None:
    slide = joint(SLIDE, X, (0, 0, 0), [0.0, 1.0], [0.0, 1.0])
    found = run([box((0.2, 0.2, 0.2)), box((1.0, 0.2, 0.2), (0.0, 0.2, 0))], [slide], [0, STILL], 0, 1)
    assert found.first[0].tolist() == [0.0, 0.0]


def test_a_hair_of_air_is_no_contact() -> None:
    slide = joint(SLIDE, X, (0, 0, 0), [0.0, 1.0], [-1.0, 1.0])
    found = run([box((0.2, 0.2, 0.2)), box((0.2, 0.2, 0.2), (0.0, 0.2002, 0))], [slide], [0, STILL], 0, 1)
    assert np.isnan(found.first).all()
    assert 0.00009 <= found.lower[0] <= 0.0002 <= found.upper[0] + 1e-12


def test_beyond_the_limit_is_proven_and_no_more() -> None:
    slide = joint(SLIDE, X, (0, 0, 0), [0.0, 10.0], [-1.0, 1.0])
    bodies = [box((0.2, 0.2, 0.2)), box((0.2, 2.0, 0.2), (0, 1.35, 0)), box((0.1, 0.1, 0.1), (0, 0, 0.17))]
    found = run(bodies, [slide], [0, STILL, STILL], 0, 10, within=0.2)
    assert found.upper[0] == np.inf
    assert found.lower[0] == pytest.approx(0.2, abs=1e-12)
    assert np.isnan(found.time[0])
    close(found, 0.02, 1e-3, k=1)


def test_a_mirrored_part_moves_as_it_should() -> None:
    """The frame of the second body reflects: velocities have to be turned with it."""
    turn = joint(TURN, Z, (0.3, -0.2, 0.1), [0.0, 1.0], [-2.0, 2.0])
    made = shapes.box((0.4, 0.1, 0.2))
    mirror = np.diag([-1.0, 1.0, 1.0, 1.0])
    place = frames.translation((0.7, 0.5, 0.0)) @ frames.rotation_rpy(0.3, -0.4, 0.8)
    plain = Shapes().body(made.vertices, made.faces, place)
    other = Shapes().body(made.vertices * [-1, 1, 1], made.faces[:, ::-1].copy(), place @ mirror)
    assert plain is not None
    assert other is not None
    assert np.linalg.det(other.rotation) < 0.0
    rod = box((0.5, 0.05, 0.05))
    found = run([rod, plain, other], [turn], [0, STILL, STILL], 0, 1, tolerance=1e-5)
    assert found.upper[0] == pytest.approx(found.upper[1], abs=2e-5)
    swapped = run([other, rod], [turn], [0, STILL], 0, 1, tolerance=1e-5)
    once = run([plain, rod], [turn], [0, STILL], 0, 1, tolerance=1e-5)
    assert swapped.upper[0] == pytest.approx(once.upper[0], abs=2e-5)


def sampled(bodies: Pack, movers: Movers, pair: tuple[int, int], times: np.ndarray) -> float:
    """The smallest distance at some times, by the static engine."""
    a, b = pair
    placed = []
    for k in (a, b):
        body = bodies.bodies[k]
        if movers.chain[k] == STILL:
            placed += [body] * len(times)
            continue
        poses = movers.chains[movers.chain[k]].world_from_rest(times)[:, movers.link[k]]
        placed += [
            Body(body.shape, pose[:3, :3] @ body.rotation, pose[:3, :3] @ body.origin + pose[:3, 3])
            for pose in poses
        ]
    n = len(times)
    every = distances(pack(placed), np.stack([np.arange(n), np.arange(n) + n], axis=1), np.inf, threads=1)
    return float(every.distance.min())


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 100_000), st.booleans())
def test_a_turning_body_whose_own_frame_reflects(seed: int, first: bool) -> None:
    """As the lower and as the higher number of its pair: the turn must not change its sense."""
    rng = np.random.default_rng(seed)

    def soup(center: np.ndarray, mirrored: bool) -> Body:
        corners = rng.uniform(-1.0, 1.0, (6, 3, 3)).reshape(-1, 3)
        pose = frames.translation(center) @ frames.rotation_rpy(*rng.uniform(-3.0, 3.0, 3))
        made = Shapes().body(
            corners,
            np.arange(18, dtype=np.int32).reshape(-1, 3),
            pose @ np.diag([-1.0 if mirrored else 1.0, 1.0, 1.0, 1.0]),
        )
        assert made is not None
        return made

    moving, still = soup(rng.uniform(-0.5, 0.5, 3), True), soup(np.array([2.2, 0.0, 0.0]), False)
    axis = rng.normal(size=3)
    turn = joint(
        TURN, axis / np.linalg.norm(axis), (0.1, 0.2, -0.1), [0.0, 1.0], [0.0, rng.uniform(0.2, 3.0)]
    )
    bodies = [moving, still] if first else [still, moving]
    carried = [0, STILL] if first else [STILL, 0]
    found = run(bodies, [turn], carried, 0, 1, tolerance=1e-4)
    chain = np.array(carried)
    movers = Movers([turn], chain, np.where(chain >= 0, 1, 0))
    seen = sampled(pack(bodies), movers, (0, 1), np.linspace(0.0, 1.0, 600))
    # Points 600 a second move by at most 3 rad x 3 m / 600 between two samples.
    assert found.lower[0] - 1e-9 <= seen <= found.upper[0] + 0.02
    assert found.upper[0] - found.lower[0] <= 1e-4 + 1e-12


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000), st.sampled_from([1e-2, 1e-3, 1e-4]), st.booleans())
def test_a_fine_sampling_never_falls_below_the_bound(seed: int, tolerance: float, both: bool) -> None:
    rng = np.random.default_rng(seed)

    def random_chain() -> Chain:
        count, knots = 3, int(rng.integers(2, 6))
        kinds = rng.choice([TURN, TURN, SLIDE, FIXED], count)
        axes = rng.normal(size=(count, 3))
        return Chain(
            np.arange(count), np.arange(1, count + 1), kinds,
            np.array([meshes.random_motion(rng, 0.6) for _ in range(count)]),
            axes / np.linalg.norm(axes, axis=1, keepdims=True),
            np.where(kinds == FIXED, -1, np.arange(count)), np.ones(count), np.zeros(count),
            meshes.random_motion(rng, 0.5), rng.uniform(-1, 1, count),
            np.sort(rng.uniform(0.0, 3.0, knots)) + np.arange(knots) * 1e-3,
            rng.uniform(-1.0, 1.0, (knots, count)),
        )  # fmt: skip

    def random_body() -> Body:
        mesh = meshes.soup(rng, 12)
        return meshes.body((mesh[0], mesh[1], meshes.random_motion(rng, 1.2)))

    bodies = pack([random_body() for _ in range(3)])
    chains = [random_chain(), random_chain()]
    movers = Movers(chains, np.array([0, 1 if both else STILL, 0]), np.array([3, 2 if both else 0, 1]))
    pairs = np.array([[0, 1], [1, 2]])
    found = swept(bodies, movers, pairs, 0.0, 3.0, tolerance=tolerance)
    assert (found.upper - found.lower <= tolerance + 1e-12).all()
    times = np.linspace(0.0, 3.0, 200)
    for k, (a, b) in enumerate(pairs):
        seen = sampled(bodies, movers, (a, b), times)
        assert seen >= found.lower[k] - 1e-9
        assert sampled(bodies, movers, (a, b), found.time[k : k + 1]) == pytest.approx(
            found.upper[k], abs=1e-9
        )
        if not np.isnan(found.first[k, 0]):
            early = times[times < found.first[k, 0]]
            assert len(early) == 0 or sampled(bodies, movers, (a, b), early) > 0.0
    alone = swept(bodies, movers, pairs[::-1, ::-1], 0.0, 3.0, tolerance=tolerance, threads=1)
    assert np.array_equal(alone.upper[::-1], found.upper)
    assert np.array_equal(alone.time[::-1], found.time)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 100_000), st.booleans())
def test_fine_bodies_that_pass_close_by(seed: int, both: bool) -> None:
    """Round bodies of many small triangles: a proof tries them as wholes, and one of them may reflect."""
    rng = np.random.default_rng(seed)
    made = shapes.sphere(0.3, segments=32)
    bodies = []
    for k in range(3):
        squash = np.diag([*rng.uniform(0.4, 1.0, 3) * [1.0, 1.0, -1.0 if k == 1 else 1.0], 1.0])
        place = frames.translation(rng.normal(size=3) * 0.1 + [0.6 * k, 0, 0]) @ meshes.random_motion(
            rng, 0.0
        )
        body = Shapes().body(made.vertices, made.faces, place @ squash)
        assert body is not None
        bodies.append(body)
    whole = pack(bodies)
    turn = joint(TURN, Z, (-0.2, 0.4, 0.0), [0.0, 1.0, 2.0], [-0.5, 0.3, 0.1])
    slide = joint(SLIDE, Y, (0, 0, 0), [0.0, 0.7, 2.0], [0.2, -0.4, 0.5])
    movers = Movers([turn, slide], np.array([0, 1 if both else STILL, 1]), np.array([1, int(both), 1]))
    pairs = np.array([[0, 1], [1, 2], [0, 2]]) if not both else np.array([[0, 1], [0, 2]])
    found = swept(whole, movers, pairs, 0.0, 2.0, tolerance=1e-3)
    assert (found.upper - found.lower <= 1e-3 + 1e-12).all()
    times = np.linspace(0.0, 2.0, 101)
    for k, (a, b) in enumerate(pairs):
        assert sampled(whole, movers, (a, b), times) >= found.lower[k] - 1e-9
        at = sampled(whole, movers, (a, b), found.time[k : k + 1])
        assert at == pytest.approx(found.upper[k], abs=1e-9)
    # What lies just within a limit is not proven away, however soon most of the time is.
    for k in range(len(pairs)):
        again = swept(whole, movers, pairs[k : k + 1], 0.0, 2.0, within=float(found.upper[k]) + 2e-3)
        assert again.upper[0] == pytest.approx(found.upper[k], abs=1e-3 + 1e-9)


def test_a_door_a_drawer_and_a_robot_from_a_layout(tmp_path: Path) -> None:
    text = """
    [[parts]]
    id = "leaf"
    box_mm = [40, 1000, 2000]
    position_mm = [0, 0, 1000]
    [[parts]]
    id = "drawer"
    box_mm = [400, 300, 200]
    position_mm = [3000, 0, 500]
    [[parts]]
    id = "post"
    box_mm = [100, 100, 2000]
    position_mm = [600, -500, 1000]
    [[parts]]
    id = "wall"
    box_mm = [100, 3000, 2000]
    position_mm = [4000, 0, 1000]
    [[parts]]
    id = "ceiling"
    box_mm = [9000, 9000, 100]
    position_mm = [0, 0, 2600]
    [[doors]]
    id = "door"
    position_mm = [0, 0, 0]
    width_mm = 1000
    height_mm = 2000
    parts = ["leaf"]
    hinge = "left"
    [[mechanisms]]
    id = "chest"
    [[mechanisms.joints]]
    id = "out"
    kind = "slide"
    axis = [1, 0, 0]
    parts = ["drawer"]
    range_mm = [0, 350]
    [[robots]]
    id = "robot"
    file = "asset:robots/demo6/robot.urdf"
    position_mm = [-3000, 0, 0]
    [[motions]]
    id = "wave"
    mechanism = "robot"
    times_s = [0, 1, 2.5]
    [motions.joints_deg]
    joint_1 = [0, 90, 180]
    joint_2 = [0, -40, 30]
    joint_3 = [0, 30, -30]
    """
    (tmp_path / "cell.toml").write_text(text, encoding="utf-8")
    scene = immersive.load(tmp_path / "cell.toml")
    parts = list(scene)
    bodies = [body_of(part) for part in parts]
    whole = pack([body for body in bodies if body is not None])
    number = {part.id: k for k, part in enumerate(parts)}
    for mechanism in scene.mechanisms:
        motion = next(one for one in scene.motions if one.mechanism == mechanism.id)
        chain = np.full(len(parts), STILL)
        link = np.zeros(len(parts), np.int64)
        for part, carried in moving_parts(scene, mechanism, motion):
            chain[number[part.id]], link[number[part.id]] = 0, carried
        movers = Movers([chain_of(mechanism, motion)], chain, link)
        others = [number[name] for name in ("post", "wall", "ceiling")]
        pairs = np.array([(k, n) for k in np.flatnonzero(chain >= 0) for n in others])
        found = swept(whole, movers, pairs, motion.times[0], motion.times[-1], tolerance=1e-4)
        assert (found.upper - found.lower <= 1e-4 + 1e-12).all()
        if mechanism.id == "robot":
            times = np.linspace(motion.times[0], motion.times[-1], 50)
            for k, pair in enumerate(pairs):
                assert sampled(whole, movers, pair, times) >= found.lower[k] - 1e-9
            continue
        name = "post" if mechanism.id == "door" else "wall"
        k = next(k for k, pair in enumerate(pairs) if pair[1] == number[name])
        if mechanism.id == "chest":
            close(found, 3.95 - (3.2 + 0.35), 1e-4, k)
            assert found.time[k] == 1.0
        else:
            # The far lower edge of the leaf goes round the hinge at (0, 0.5); the post's near corner is at rest.
            times = np.linspace(0, 1, 4001) * np.pi / 2
            tips = np.array([[0.02, -1.0], [-0.02, -1.0]])
            away = []
            for t in times:
                turn = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]])
                apart = np.maximum(np.abs(tips @ turn.T + [-0.6, 1.0]) - 0.05, 0.0)
                away.append(np.hypot(*apart.T).min())
            assert found.upper[k] == pytest.approx(min(away), abs=2e-4)


def test_wrong_questions_are_refused() -> None:
    slide = joint(SLIDE, X, (0, 0, 0), [0.0, 1.0], [0.0, 1.0])
    bodies = [box((1, 1, 1)), box((1, 1, 1), (3, 0, 0))]
    with pytest.raises(ValueError, match="tolerance"):
        run(bodies, [slide], [0, STILL], 0, 1, tolerance=0.0)
    with pytest.raises(ValueError, match="order"):
        run(bodies, [slide], [0, STILL], 1, 0)
