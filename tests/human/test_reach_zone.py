"""Reach zones: closed, outward, agreeing with the solver, nested, and written as STL."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from immersive.errors import UsageError
from immersive.human import reach_zone as zones
from immersive.human.links import links_of
from immersive.human.population import percentile_people
from immersive.human.posing import Stance, Target
from immersive.human.reach_ik import solve_reach
from immersive.human.reach_zone import COMFORTABLE, MAXIMAL, OUT, paint, reach_zone, write_stl

SIT = Stance((0.0, 0.0, 0.0), math.pi / 2, "sitting", 0.45)
PEOPLE = percentile_people(["F50"])
LINKS = links_of(PEOPLE)


def volume(vertices, faces):  # type: ignore[no-untyped-def]
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6


def test_surface_of_a_known_body_is_closed_and_exact() -> None:
    count, spacing = 12, 0.1
    origin, centre, radius = np.full(3, -0.55), np.array([0.02, -0.01, 0.03]), 0.4

    def reached(points):  # type: ignore[no-untyped-def]
        return np.linalg.norm(points - centre, axis=1) <= radius

    grid = np.stack(np.meshgrid(*[np.arange(count)] * 3, indexing="ij"), axis=-1)
    inside = reached(origin + grid.reshape(-1, 3) * spacing).reshape(count, count, count)
    vertices, faces = zones._surface(reached, inside, origin, spacing)
    edges = Counter(
        tuple(edge) for face in faces.tolist() for edge in zip(face, face[1:] + face[:1], strict=True)
    )
    assert set(edges.values()) == {1}
    assert all((b, a) in edges for a, b in edges)
    assert np.abs(np.linalg.norm(vertices - centre, axis=1) - radius).max() < 0.002
    assert volume(vertices, faces) == pytest.approx(4 / 3 * math.pi * radius**3, rel=0.03)
    # Every face looks outward.
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), a - centre) > -1e-9).all()


@pytest.fixture(scope="module")
def comfortable():  # type: ignore[no-untyped-def]
    return reach_zone(PEOPLE, LINKS, SIT, kind="comfortable", hand="right", spacing=0.08)


def test_zone_is_where_the_solver_reaches(comfortable) -> None:  # type: ignore[no-untyped-def]
    vertices, faces = comfortable
    directed = Counter(
        tuple(edge) for face in faces.tolist() for edge in zip(face, face[1:] + face[:1], strict=True)
    )
    assert all(directed[(b, a)] == n for (a, b), n in directed.items())
    assert 0.005 < volume(vertices, faces) < 0.3
    # Vertices are on the boundary: half of them just inside, the others a few millimetres out. (In hollows close to the
    # body the solver's nearest posture is not always the nearest there is, so not every distance is that small.)
    poses = solve_reach(PEOPLE, LINKS, SIT, [Target(tuple(v), "right") for v in vertices], zone="comfortable")
    assert (poses.missing < 0.003).mean() > 0.97
    assert 0.05 < poses.reached.mean() < 0.95


def test_paint_tells_the_three_levels_apart() -> None:
    rows = np.array([[x, y, 0.75] for x in np.linspace(-0.6, 0.6, 9) for y in np.linspace(0.15, 1.5, 10)])
    levels = paint(PEOPLE, LINKS, SIT, rows)
    assert set(levels.tolist()) == {COMFORTABLE, MAXIMAL, OUT}
    targets = [Target(tuple(p), "either") for p in rows]
    assert ((levels < OUT) == solve_reach(PEOPLE, LINKS, SIT, targets).reached[0]).all()
    # The far edge is out, and shorter arms reach less.
    assert (levels[rows[:, 1] > 1.4] == OUT).all()
    short = paint(PEOPLE, LINKS, SIT, rows, arm_shorter=0.05)
    assert (short >= levels).mean() > 0.95
    assert (short > levels).any()


def test_stl_can_be_read_again(tmp_path: Path, comfortable) -> None:  # type: ignore[no-untyped-def]
    vertices, faces = comfortable
    write_stl(tmp_path / "zone.stl", vertices, faces)
    data = (tmp_path / "zone.stl").read_bytes()
    assert len(data) == 84 + 50 * len(faces)
    rows = np.frombuffer(data, np.dtype([("v", "<f4", (4, 3)), ("a", "<u2")]), offset=84)
    assert rows["v"][:, 1:] == pytest.approx(vertices[faces], abs=1e-6)


def test_nonsense_is_refused() -> None:
    with pytest.raises(UsageError, match="maximal"):
        reach_zone(PEOPLE, LINKS, SIT, kind="maximum")
    with pytest.raises(UsageError, match="one person"):
        reach_zone(percentile_people(["F05", "M95"]), links_of(percentile_people(["F05", "M95"])), SIT)
    with pytest.raises(UsageError, match="spacing"):
        reach_zone(PEOPLE, LINKS, SIT, spacing=1.0)
