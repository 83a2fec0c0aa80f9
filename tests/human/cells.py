"""Small cells of boxes for tests of people among obstacles."""

from __future__ import annotations

import math

import numpy as np

from immersive.human.links import links_of
from immersive.human.obstacles import Obstacles, obstacles_of
from immersive.human.people import People
from immersive.human.population import percentile_people
from immersive.human.skeleton import FloatArray
from immersive.scene.model import Mesh, Part, Role, Scene

CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]],
    np.int32,
)  # fmt: skip
NORTH = math.pi / 2


def box(name: str, low: tuple[float, ...], high: tuple[float, ...], role: Role = Role.OTHER) -> Part:
    """A closed box between two corners, metres; a ``/`` in the name makes a path."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.diag(np.subtract(high, low))
    matrix[:3, 3] = 0.5 * np.add(low, high)
    return Part(
        name, name.rsplit("/", 1)[-1], tuple(name.split("/")), Mesh(CORNERS, FACES), matrix, role=role
    )


def cell(*parts: Part) -> Obstacles:
    return obstacles_of(Scene("cell", parts))


def some(*names: str) -> tuple[People, FloatArray]:
    people = percentile_people(list(names))
    return people, links_of(people)
