"""Reach of the whole upper body; forward kinematics is the judge, and scipy the second opinion."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import least_squares, minimize

from immersive.errors import UsageError
from immersive.geometry._jit import kernel
from immersive.human import reach_ik
from immersive.human._reach_body import BACKWARD, BEND_STEP, LATERAL, ROTATION
from immersive.human._reach_search import cost_of
from immersive.human.kinematics import figure
from immersive.human.links import links_of
from immersive.human.population import percentile_people
from immersive.human.posing import BOTH, LEFT, REACHED, RIGHT, Stance, Target
from immersive.human.reach_ik import BOTH_SPREAD, hand_targets, shortened, solve_reach
from immersive.human.skeleton import ANGLE, HAND_POINTS, LOWER, SEGMENT, UPPER
from immersive.human.stance import leg_slip, rest

STAND = Stance((0.3, -0.45, 0.0), math.pi / 2)
SIT = Stance((0.3, -0.45, 0.0), math.pi / 2, "sitting", 0.45)
KNEEL = Stance((0.3, -0.45, 0.0), math.pi / 2, "kneeling")
PEOPLE = percentile_people(["F05", "F50", "M50", "M95"])
LINKS = links_of(PEOPLE)
TARGETS = (
    Target((0.3, -0.1, 1.05), "both"),
    Target((0.1, 0.0, 1.1), "left", "pinch"),
    Target((0.6, -0.05, 0.95), "right", "press"),
    Target((0.5, 0.1, 1.2), "either"),
    Target((0.35, -0.2, 0.4), "either"),
    Target((0.8, -0.5, 1.3), "either"),
    Target((0.35, 0.0, 1.9), "either", "press"),
    Target((0.4, -0.05, 0.9), "right", "grip", (0.0, 0.0, -1.0)),
    Target((0.2, -0.05, 1.1), "left", "grip", (0.0, 1.0, 0.0)),
    Target((0.4, 1.5, 1.0), "either"),
    Target((0.3, -2.0, 1.0), "both"),
    Target((0.3, 0.9, 1.0), "right", "grip", (0.0, 0.0, -1.0)),
)


@kernel
def _cost(z):  # type: ignore[no-untyped-def]
    return cost_of(z, 1)


class Model:
    """One person's upper body as a function of the solver's variables, for other optimisers."""

    def __init__(self, links, stance, side, grasp="grip"):  # type: ignore[no-untyped-def]
        row = links[None]
        resting, roots = rest(row, stance)
        low, high, shares = reach_ik._limits(row, stance, resting, "maximal")
        self.low, self.high, self.shares = low[0], high[0], shares[0]
        self.hips, self.root = reach_ik._hips(row, stance, roots, high)[0], roots[0]
        self.links, self.stance, self.side, self.tip = links, stance, side, f"{side}_{HAND_POINTS[grasp]}"

    def hand(self, z):  # type: ignore[no-untyped-def]
        q = np.zeros(39)
        q[[0, 1, 4]] = z[0] * self.shares
        q[[2, 5]], q[[3, 6]] = z[1] * np.array(LATERAL), z[2] * np.array(ROTATION)
        first = ANGLE[f"{self.side}_clavicle_elevation"]
        q[first : first + 9] = z[5:14]
        u, v = z[0] / BEND_STEP + BACKWARD, min(max(2 * z[3], 0), 2)
        i, j = min(int(u), 12), min(int(v), 1)
        u, v = u - i, v - j
        near = (1 - v) * self.hips[i, j] + v * self.hips[i, j + 1]
        ahead, up = (1 - u) * near + u * ((1 - v) * self.hips[i + 1, j] + v * self.hips[i + 1, j + 1])
        c, s = math.cos(self.stance.heading), math.sin(self.stance.heading)
        return figure(self.links, q, self.root + np.array([ahead * c, ahead * s, up, 0.0])).point(self.tip)


def test_limits_hands_feet_and_honesty() -> None:
    for stance in (STAND, SIT, KNEEL):
        poses = solve_reach(PEOPLE, LINKS, stance, TARGETS)
        assert (poses.angles >= LOWER - 1e-9).all()
        assert (poses.angles <= UPPER + 1e-9).all()
        at = poses.figure()
        for m, target in enumerate(TARGETS):
            goals = hand_targets(stance, target)
            for n in range(len(PEOPLE)):
                used = poses.hand[n, m]
                assert (
                    target.hand == "either"
                    or used == {"right": RIGHT, "left": LEFT, "both": BOTH}[target.hand]
                )
                off = 0.0
                for side, word in enumerate(("right", "left")):
                    if used in (side, BOTH):
                        hand = at.point(f"{word}_{HAND_POINTS[target.grasp]}")[n, m]
                        off = max(off, float(np.linalg.norm(hand - goals[side])))
                        if target.approach is not None:
                            axis = -at.rotations[n, m, SEGMENT[f"{word}_hand"], :, 2]
                            off = max(off, float(np.linalg.norm(axis - target.approach)))
                assert poses.missing[n, m] == pytest.approx(off, abs=1e-12)
        assert poses.reached[:, :3].all() or stance is not STAND
        assert not poses.reached[:, 9:].any()
        # The feet stay, knees and ankles within their limits.
        assert leg_slip(LINKS, poses.angles, poses.root, stance).max() <= 1e-6
        assert (poses.discomfort >= 0).all()


@pytest.mark.parametrize("stance", [STAND, SIT], ids=["standing", "sitting"])
@pytest.mark.parametrize("side", ["right", "left"])
def test_what_the_body_can_reach_is_found(stance: Stance, side: str) -> None:
    body = Model(LINKS[2], stance, side)
    rng = np.random.default_rng(5)
    made = rng.uniform(body.low, body.high, (400, 14))
    targets = [Target(tuple(body.hand(z)), side) for z in made]
    poses = solve_reach(PEOPLE.pick([2]), LINKS[2:3], stance, targets)
    assert poses.reached.mean() >= 0.995
    assert poses.missing[poses.reached].max() < REACHED
    # No posture costs more than the one the target was made with.
    costs = np.array([_cost(z) for z in made])
    assert (poses.discomfort[0] <= costs + 1e-6)[poses.reached[0]].mean() > 0.995


def test_discomfort_is_the_least_there_is() -> None:
    spots = [(0.6, 0.2, 0.95), (0.5, 0.15, 1.5), (0.65, -0.15, 0.55), (0.7, -0.3, 1.2)]
    poses = solve_reach(PEOPLE.pick([1]), LINKS[1:2], STAND, [Target(spot, "right") for spot in spots])
    body = Model(LINKS[1], STAND, "right")
    rng = np.random.default_rng(2)
    free = body.high > body.low
    free[11:] = False  # the hand stays straight

    def full(x):  # type: ignore[no-untyped-def]
        z = np.zeros(14)
        z[free] = x
        return z

    for m, spot in enumerate(spots):
        best = math.inf
        for _ in range(4):
            found = minimize(
                lambda x: _cost(full(x)),
                rng.uniform(body.low, body.high)[free],
                constraints={"type": "eq", "fun": lambda x, spot=spot: 10 * (body.hand(full(x)) - spot)},
                bounds=list(zip(body.low[free], body.high[free], strict=True)),
                method="SLSQP",
                options={"maxiter": 200},
            )
            if found.success and np.abs(body.hand(full(found.x)) - spot).max() < 1e-4:
                best = min(best, found.fun)
        assert poses.discomfort[0, m] <= 1.005 * best + 0.005


def test_what_is_missing_agrees_with_another_search() -> None:
    targets = [
        Target((0.7, 0.6, 1.4), "right"),
        Target((0.5, 0.0, 2.2), "right"),
        Target((1.2, -0.3, 1.0), "right"),
        Target((-0.6, -0.4, 1.3), "right"),
        Target((0.3, 2.0, 1.0), "left"),
    ]
    for n in (0,):
        poses = solve_reach(PEOPLE.pick([n]), LINKS[n : n + 1], STAND, targets)
        for m, target in enumerate(targets):
            body = Model(LINKS[n], STAND, target.hand)
            free = body.high > body.low
            rng = np.random.default_rng(m)
            best = math.inf
            for _ in range(3):

                def gap(x, body=body, target=target, free=free):  # type: ignore[no-untyped-def]
                    z = body.low.copy()
                    z[free] = x
                    return body.hand(z) - target.position

                start = rng.uniform(body.low, body.high)[free]
                found = least_squares(gap, start, bounds=(body.low[free], body.high[free]), max_nfev=60)
                best = min(best, math.sqrt(2 * found.cost))
            assert poses.missing[0, m] == pytest.approx(best, abs=0.005)


def test_boundary_agrees_with_brute_force() -> None:
    """Along rays from the shoulder: where reaching ends, by bisection here and by outright maximising there."""
    body = Model(LINKS[1], SIT, "right")
    shoulder = figure(LINKS[1], rest(LINKS[1:2], SIT)[0][0], body.root).point("right_shoulder")
    free = body.high > body.low
    rng = np.random.default_rng(0)

    def full(x):  # type: ignore[no-untyped-def]
        z = body.low.copy()
        z[free] = x
        return z

    for ray in ((0, 1, 0), (0.8, 0.6, 0), (0, 0.6, 0.8), (-0.6, 0.8, 0), (0, 0.6, -0.8)):
        ray = np.array(ray, float)
        low, high = 0.2, 2.0
        for _ in range(12):
            steps = np.linspace(low, high, 6)
            targets = [Target(tuple(shoulder + t * ray), "right") for t in steps]
            reached = solve_reach(PEOPLE.pick([1]), LINKS[1:2], SIT, targets).reached[0]
            last = int(np.flatnonzero(reached)[-1])
            low, high = steps[last], steps[min(last + 1, 5)]
        best = 0.0
        for _ in range(5):
            found = minimize(
                lambda x: -x[-1],
                np.r_[rng.uniform(body.low, body.high)[free], 0.5],
                constraints={
                    "type": "eq",
                    "fun": lambda x, ray=ray: body.hand(full(x[:-1])) - shoulder - x[-1] * ray,
                },
                bounds=[*zip(body.low[free], body.high[free], strict=True), (0.0, 2.0)],
                method="SLSQP",
                options={"maxiter": 200},
            )
            if found.success:
                best = max(best, found.x[-1])
        assert low == pytest.approx(best, abs=0.005)


def test_near_points_leave_the_trunk_alone() -> None:
    elbow = 1.02
    targets = [Target((0.3 + x, -0.45 + y, elbow), "either") for x in (-0.25, 0.0, 0.25) for y in (0.3, 0.38)]
    poses = solve_reach(PEOPLE, LINKS, STAND, targets)
    assert poses.reached.all()
    assert np.degrees(np.abs(poses.angles[:, :, :7])).max() < 2.0
    # Farther, the clavicle comes before the trunk.
    far = solve_reach(
        PEOPLE, LINKS, STAND, [Target((0.48, -0.45 + y, 1.2), "right") for y in np.arange(0.4, 0.9, 0.02)]
    )
    clavicle, bend = far.angles[:, :, 12], far.angles[:, :, [0, 1, 4]].sum(axis=2)
    for n in range(len(PEOPLE)):
        assert np.flatnonzero(clavicle[n] > 0.02)[0] <= np.flatnonzero(bend[n] > 0.02)[0]
        assert (np.diff(far.discomfort[n])[:14] > 0).all()


def test_left_is_the_mirror_image_of_right() -> None:
    spots = [(0.2, 0.4, 1.1), (0.45, 0.2, 1.4), (0.1, 0.7, 0.9), (0.5, -0.1, 1.0), (0.2, 1.4, 1.2)]
    stance = Stance((0.0, 0.0, 0.0), math.pi / 2)
    right = solve_reach(PEOPLE, LINKS, stance, [Target(s, "right") for s in spots])
    left = solve_reach(PEOPLE, LINKS, stance, [Target((-s[0], *s[1:]), "left") for s in spots])
    assert right.missing == pytest.approx(left.missing, abs=1e-6)
    assert right.discomfort == pytest.approx(left.discomfort, rel=1e-3, abs=1e-3)
    a, b = ANGLE["right_clavicle_elevation"], ANGLE["left_clavicle_elevation"]
    ok = right.reached
    assert right.angles[..., a : a + 9][ok] == pytest.approx(left.angles[..., b : b + 9][ok], abs=0.02)


def test_heading_and_place_do_not_matter() -> None:
    turned = Stance((1.0, 2.0, 0.5), STAND.heading + 0.7)
    c, s = math.cos(0.7), math.sin(0.7)

    def move(p):  # type: ignore[no-untyped-def]
        x, y, z = np.subtract(p, STAND.position)
        return (1.0 + c * x - s * y, 2.0 + s * x + c * y, 0.5 + z)

    moved = [
        replace(t, position=move(t.position), approach=None if t.approach is None else
                (c * t.approach[0] - s * t.approach[1], s * t.approach[0] + c * t.approach[1], t.approach[2]))
        for t in TARGETS
    ]  # fmt: skip
    here, there = solve_reach(PEOPLE, LINKS, STAND, TARGETS), solve_reach(PEOPLE, LINKS, turned, moved)
    assert (here.hand == there.hand)[:, :9].all()
    assert there.missing == pytest.approx(here.missing, abs=2e-3)
    assert there.angles[:, :4] == pytest.approx(here.angles[:, :4], abs=0.02)


def test_either_takes_the_easier_hand_and_threads_change_nothing() -> None:
    spots = [(0.1, 0.0, 1.1), (0.6, 0.0, 1.1), (0.25, 0.1, 1.5), (0.3, 0.2, 0.9)]
    either, right, left = (
        solve_reach(PEOPLE, LINKS, STAND, [Target(s, hand) for s in spots])
        for hand in ("either", "right", "left")
    )
    least = np.minimum(right.discomfort, left.discomfort)
    assert either.discomfort == pytest.approx(least, abs=0.011)
    one = solve_reach(PEOPLE, LINKS, STAND, TARGETS, threads=1)
    alone = solve_reach(PEOPLE.pick([3]), LINKS[3:], STAND, TARGETS)
    two = solve_reach(PEOPLE, LINKS, STAND, TARGETS, threads=2)
    assert np.array_equal(one.angles, two.angles)
    assert np.array_equal(one.angles[3], alone.angles[0])


def test_shorter_arms_comfort_and_steps() -> None:
    far = [Target((0.4, 0.12, 1.2), "right")]
    poses, short = (solve_reach(PEOPLE, LINKS, STAND, far, arm_shorter=by) for by in (0.0, 0.05))
    assert (short.discomfort > poses.discomfort).all()
    assert shortened(LINKS, 0.05)[:, [22, 23]].sum(axis=1) == pytest.approx(
        LINKS[:, [22, 23]].sum(axis=1) - 0.05
    )
    comfortable = solve_reach(
        PEOPLE, LINKS, STAND, [*far, Target((0.5, -0.15, 1.05), "right")], zone="comfortable"
    )
    assert (comfortable.angles[:, :, :7] == 0).all()
    assert not comfortable.reached[0, 0]
    assert comfortable.reached[1:, 1].all()
    assert (comfortable.missing >= solve_reach(PEOPLE, LINKS, STAND, far).missing - 1e-9)[:, 0].all()
    beyond = [Target((0.4, 1.0, 1.1), "right"), *far]
    stay, go = (
        solve_reach(PEOPLE, LINKS, STAND, beyond),
        solve_reach(PEOPLE, LINKS, replace(STAND, step=0.8), beyond),
    )
    assert not stay.reached[:, 0].any()
    assert go.reached[:, 0].all()
    # Only as the last resort.
    assert np.array_equal(go.angles[:, 1], stay.angles[:, 1])
    assert (np.linalg.norm(go.root[:, 0, :2] - stay.root[:, 0, :2], axis=1) < 0.8 + 0.2).all()


def test_both_hands_keep_apart() -> None:
    poses = solve_reach(PEOPLE, LINKS, STAND, [Target((0.3, -0.1, 1.1), "both")])
    at = poses.figure()
    apart = at.point("right_grip") - at.point("left_grip")
    assert apart[:, 0] == pytest.approx(np.tile([2 * BOTH_SPREAD, 0.0, 0.0], (4, 1)), abs=1e-6)


@pytest.mark.parametrize(
    ("target", "word"),
    [
        (Target((0, 0, 1), "rihgt"), "did you mean 'right'"),
        (Target((0, 0, 1), "left", "grab"), "unknown grasp"),
        (Target((0, 0, 1), "left", "grip", (0.0, 0.0, 0.0)), "direction"),
    ],
)
def test_nonsense_is_refused(target: Target, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        solve_reach(PEOPLE, LINKS, STAND, [target])
    with pytest.raises(UsageError, match="comfortable"):
        solve_reach(PEOPLE, LINKS, STAND, [], zone="comfy")
