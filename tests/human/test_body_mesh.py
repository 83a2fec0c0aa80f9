"""The smooth body: a closed surface with the person's measures, that follows the skeleton."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from immersive.errors import UsageError
from immersive.geometry.topology import mesh_topology
from immersive.human._body_fit import ARM, LEVELS, LIFT, SHOULDER
from immersive.human._body_measure import section
from immersive.human._skin import FRAME, skin_frames
from immersive.human.body_mesh import DIMENSIONS, BodyMesh, _bind, _template, body_mesh, body_mesh_of, posed
from immersive.human.kinematics import figure
from immersive.human.links import links_of
from immersive.human.percentiles import percentile_people
from immersive.human.skeleton import ANGLE, ANGLES, LINK, LOWER, SEGMENT, UPPER

WORDS = ("F05", "F50", "M50", "M95")
PEOPLE = percentile_people(list(WORDS))
LINKS = links_of(PEOPLE)
MESHES = {word: body_mesh_of(PEOPLE, LINKS, i) for i, word in enumerate(WORDS)}


def dims(word: str) -> dict[str, float]:
    return {name: float(PEOPLE[name][WORDS.index(word)]) for name in PEOPLE.dimensions}


def height_of(mesh: BodyMesh, z: float) -> float:
    """A template height in this person's bind posture, from the joints alone."""
    n = {name: float(mesh.links[i]) for name, i in LINK.items()}
    crotch = LEVELS[3]
    joints = np.cumsum([0.0, n["ankle_height"], n["shank"], n["thigh"], n["pelvis_up"], n["lumbar_up"]])
    template = [z_ for z_ in LEVELS[:7] if z_ != crotch]
    return float(np.interp(z, [*template, LEVELS[8]], [*joints, joints[-1] + n["thorax_up"]]))


@pytest.mark.parametrize("word", WORDS)
def test_closed_outward_and_of_the_weight_of_a_person(word: str) -> None:
    mesh = MESHES[word]
    found = mesh_topology(mesh.vertices, mesh.faces)
    assert found.clean
    assert found.shells == 1
    assert 3000 <= len(mesh.vertices) <= 9000
    # Density of a body with air in its lungs; the shoes weigh less than they are large.
    assert dims(word)["body mass"] / found.volume == pytest.approx(985.0, rel=0.10)


@pytest.mark.parametrize("word", WORDS)
def test_breadths_and_depths_are_the_persons(word: str) -> None:
    mesh, d, t = MESHES[word], dims(word), _template()
    body = t.arm < 0.5
    for z, across, deep in (
        (0.875, "hip breadth, standing", "buttock depth"),
        (1.018, "waist breadth", "waist depth"),
    ):
        found = section(mesh.vertices, t.edges, body, (0.0, 0.0, height_of(mesh, z)), (0.0, 0.0, 1.0))
        # A muscular man's thighs are wider together than his hips: their girth comes first.
        assert found.width == pytest.approx(d[across], rel=0.03)
        assert found.depth == pytest.approx(d[deep], rel=0.02)
    chest = section(mesh.vertices, t.edges, body, (0.0, 0.0, d["chest height"]), (0.0, 0.0, 1.0))
    assert chest.depth == pytest.approx(d["chest depth, standing"], rel=0.05)
    assert chest.width == pytest.approx(d["chest breadth, standing"], rel=0.10)
    top, sole = mesh.vertices[:, 2].max(), mesh.vertices[:, 2].min()
    assert sole == pytest.approx(-mesh.links[LINK["shoe"]], abs=0.003)
    assert top == pytest.approx(d["stature"], abs=0.010)


@pytest.mark.parametrize("word", WORDS)
def test_girths_are_the_persons(word: str) -> None:
    mesh, d, t = MESHES[word], dims(word), _template()
    right = t.vertices[:, 0] > 0.0
    waist = section(mesh.vertices, t.edges, t.arm < 0.5, (0.0, 0.0, d["waist height"]), (0.0, 0.0, 1.0))
    assert waist.girth == pytest.approx(d["waist circumference"], rel=0.05)
    chest = section(mesh.vertices, t.edges, t.arm < 0.5, (0.0, 0.0, d["chest height"]), (0.0, 0.0, 1.0))
    assert chest.girth == pytest.approx(d["chest circumference"], rel=0.08)
    for z, name in ((0.345, "calf circumference"), (0.110, "ankle circumference")):
        leg = section(
            mesh.vertices, t.edges, (t.leg > 0.3) & right, (0.0, 0.0, height_of(mesh, z)), (0, 0, 1)
        )
        assert leg.girth == pytest.approx(d[name], rel=0.02), name
    axis = np.array([math.sin(LIFT), 0.0, -math.cos(LIFT)])
    shoulder = _bind(mesh.links).point("right_shoulder") - _bind(mesh.links).point("hip_centre")
    shoulder[2] += sum(mesh.links[LINK[n]] for n in ("ankle_height", "shank", "thigh"))
    for share, name, rest in ((0.170 / ARM[0], "biceps circumference, flexed", 0.97),):
        at = shoulder + share * mesh.links[LINK["upper_arm"]] * axis
        arm = section(mesh.vertices, t.edges, (t.arm > 0.5) & right, at, axis)
        assert arm.girth == pytest.approx(rest * d[name], rel=0.03), name


def test_section_of_a_cylinder() -> None:
    angle = np.linspace(0.0, 2.0 * math.pi, 360, endpoint=False)
    ring = np.stack([0.2 * np.cos(angle), 0.1 * np.sin(angle)], axis=1)
    vertices = np.concatenate([np.c_[ring, np.full(360, -1.0)], np.c_[ring, np.full(360, 1.0)]])
    edges = np.stack([np.arange(360), np.arange(360) + 360], axis=1).astype(np.int32)
    found = section(vertices, edges, np.ones(720, np.bool_), (0.0, 0.0, 0.3), (0.0, 0.0, 1.0))
    assert (found.width, found.depth) == pytest.approx((0.4, 0.2))
    # Ramanujan's perimeter of an ellipse.
    h = (0.1 / 0.3) ** 2
    assert found.girth == pytest.approx(math.pi * 0.3 * (1 + 3 * h / (10 + math.sqrt(4 - 3 * h))), rel=1e-3)


@pytest.mark.parametrize("word", WORDS)
def test_the_bind_posture_gives_the_skin_itself(word: str) -> None:
    mesh = MESHES[word]
    assert np.allclose(posed(mesh, _bind(mesh.links)), mesh.vertices, atol=1e-12)
    assert np.allclose(mesh.weights.sum(axis=1), 1.0)


def random_angles(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return LOWER + rng.uniform(0.2, 0.8, len(ANGLES)) * (UPPER - LOWER)


@pytest.mark.parametrize("seed", range(4))
def test_moving_the_person_moves_the_skin(seed: int) -> None:
    mesh, q = MESHES["F50"], random_angles(seed)
    here = posed(mesh, figure(mesh.links, q, (0.0, 0.0, 0.9, 0.0)))
    there = posed(mesh, figure(mesh.links, q, (2.0, -1.0, 1.1, 0.7)))
    c, s = math.cos(0.7), math.sin(0.7)
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    moved = (here - [0.0, 0.0, 0.9]) @ turn.T + [2.0, -1.0, 1.1]
    assert np.allclose(there, moved, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_mirror_posture_gives_the_mirror_skin(seed: int) -> None:
    mesh, q = MESHES["M50"], random_angles(seed)
    swapped = q.copy()
    for name, index in ANGLE.items():
        if name.startswith("right_"):
            other = ANGLE[name.replace("right_", "left_")]
            swapped[index], swapped[other] = q[other], q[index]
        elif not name.startswith("left_") and ("lateral" in name or "rotation" in name):
            swapped[index] = -q[index]
    one = posed(mesh, figure(mesh.links, q, (0.0, 0.0, 0.9, math.pi / 2)))
    other_ = posed(mesh, figure(mesh.links, swapped, (0.0, 0.0, 0.9, math.pi / 2)))
    flip = np.array([-1.0, 1.0, 1.0])
    key = np.round(mesh.vertices, 6)
    place = {tuple(row): i for i, row in enumerate((key + 0.0).tolist())}
    twin = np.array([place[tuple((row * flip + 0.0).tolist())] for row in key])
    assert np.allclose(other_[twin], one * flip, atol=1e-9)


def test_hand_and_foot_follow_their_landmarks() -> None:
    # The farthest skin of a hand is at the landmark of the fingertip, in whatever posture.
    for word, mesh in MESHES.items():
        for seed in range(3):
            body = figure(mesh.links, random_angles(seed), (0.0, 0.0, 0.9, 0.3))
            skin = posed(mesh, body)
            for mark in ("right_fingertip", "left_fingertip", "vertex"):
                near = np.linalg.norm(skin - body.point(mark), axis=1).min()
                assert near < 0.02, (word, mark, near)


@pytest.mark.parametrize(("joint", "at"), [("elbow_flexion", 120), ("forearm_pronation", 80), ("hip_flexion", 90),
                                           ("knee_flexion", 110), ("shoulder_flexion", 150)])  # fmt: skip
def test_bent_joints_keep_their_flesh(joint: str, at: float) -> None:
    mesh = MESHES["M50"]
    angles = np.zeros(len(ANGLES))
    rest = posed(mesh, figure(mesh.links, angles, (0.0, 0.0, 0.9, 0.0)))
    angles[ANGLE[f"right_{joint}"]] = math.radians(at)
    bent = posed(mesh, figure(mesh.links, angles, (0.0, 0.0, 0.9, 0.0)))
    volumes = [mesh_topology(v, mesh.faces).volume for v in (rest, bent)]
    assert volumes[1] == pytest.approx(volumes[0], rel=0.02)


def test_helpers_stand_halfway_and_take_no_twist() -> None:
    mesh = MESHES["M50"]
    angles = np.zeros(len(ANGLES))
    angles[ANGLE["right_elbow_flexion"]] = math.radians(100.0)
    angles[ANGLE["right_forearm_pronation"]] = math.radians(60.0)
    _, turn = skin_frames(figure(mesh.links, angles, (0.0, 0.0, 0.9, math.pi / 2)))

    def rx(degrees: float) -> np.ndarray:
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])

    assert np.allclose(turn[FRAME["right_swing_forearm"]], rx(100.0))
    assert np.allclose(turn[FRAME["right_half_elbow"]], rx(50.0))
    assert np.allclose(turn[FRAME["left_half_elbow"]], np.eye(3))


def test_every_segment_has_skin_of_its_own() -> None:
    mesh = MESHES["F50"]
    assert set(mesh.segments.tolist()) == set(SEGMENT.values())
    thickest = mesh.vertices[mesh.faces[mesh.segments == SEGMENT["right_upper_arm"]]].reshape(-1, 3)
    assert thickest[:, 0].min() > 0.5 * SHOULDER[0]


def test_clothing_grows_the_trunk_and_not_the_head() -> None:
    d = dims("M50")
    bare = body_mesh(d, LINKS[2], female=False)
    coat = body_mesh(d, LINKS[2], female=False, clothing=0.02)
    grown = mesh_topology(coat.vertices, coat.faces).volume / mesh_topology(bare.vertices, bare.faces).volume
    assert 1.2 < grown < 1.5
    head = bare.segments == SEGMENT["head"]
    moved = np.abs(coat.vertices - bare.vertices)[np.unique(bare.faces[head])]
    assert np.median(moved) < 1e-3


def test_a_missing_dimension_is_named() -> None:
    few = PEOPLE.pick([0])
    object.__setattr__(few, "dimensions", {k: v for k, v in few.dimensions.items() if k != "waist depth"})
    with pytest.raises(UsageError, match="waist depth"):
        body_mesh_of(few, LINKS[:1], 0)
    assert "waist depth" in DIMENSIONS


def test_the_script_makes_the_committed_template(root: Path, tmp_path: Path) -> None:
    made = tmp_path / "template.npz"
    subprocess.run(
        [sys.executable, "-m", "assets.workshop.manikin", str(made)], cwd=root, check=True, timeout=120
    )
    with np.load(made) as new, np.load(root / "assets/manikin/template.npz") as old:
        assert sorted(new.files) == sorted(old.files)
        assert np.array_equal(new["faces"], old["faces"])
        # Another machine's sines may move a point by a rounding step.
        assert np.abs(new["vertices"].astype(int) - old["vertices"].astype(int)).max() <= 4
        assert np.abs(new["weights"].astype(int) - old["weights"].astype(int)).max() <= 1
