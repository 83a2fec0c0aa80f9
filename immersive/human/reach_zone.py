"""Reach zones: all points that a hand can get to, as a closed surface, and painted on other surfaces.

The boundary is found, not modelled: a lattice of points is asked whether the hand arrives
(:func:`immersive.human.reach_ik.solve_reach`), and where two neighbours differ the place between them is bisected.
Marching tetrahedra join those places, so the surface is closed and without self-contact, whatever the zone's shape.
Features thinner than three lattice spacings can be lost; every vertex lies within a millimetre of the true boundary.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.errors import UsageError, choices, suggestion
from immersive.human.arm_ik import in_chunks
from immersive.human.people import People
from immersive.human.posing import Stance, Target
from immersive.human.reach_ik import ZONES, solve_reach
from immersive.human.stance import rest

FloatArray = NDArray[np.float64]

COMFORTABLE: Final = 1
MAXIMAL: Final = 2
OUT: Final = 3
"""Levels of :func:`paint`."""

_BISECTIONS: Final = 6
_COARSE: Final = 3
"""Every so many lattice points are asked first."""
_JOBS: Final = 256
"""Points asked at a time in one thread."""
# The six tetrahedra of a cube about its diagonal; corners are numbered by their bits x, y, z.
_TETRAHEDRA: Final = np.array(
    [(0, 1, 3, 7), (0, 3, 2, 7), (0, 2, 6, 7), (0, 6, 4, 7), (0, 4, 5, 7), (0, 5, 1, 7)], np.int64
)


def reach_zone(
    people: People,
    links: ArrayLike,
    stance: Stance,
    /,
    *,
    kind: str = "maximal",
    hand: str = "either",
    grasp: str = "grip",
    arm_shorter: float = 0.0,
    spacing: float = 0.06,
    threads: int | None = None,
) -> tuple[FloatArray, NDArray[np.int64]]:
    """The zone of one person as a closed triangle mesh in the world.

    Args:
        people: One person.
        links: (1, 31) or (31,) link lengths, metres.
        stance: Where they stand or sit; no step is taken.
        kind: ``"comfortable"`` or ``"maximal"``.
        hand, grasp: As for a target.
        arm_shorter: Metres taken off the arm.
        spacing: Of the lattice, metres.
        threads: Of the processor; the result does not depend on it.

    Returns:
        (v, 3) vertices and (f, 3) faces, outward by the right-hand rule; both empty where nothing is reached.

    Raises:
        UsageError: Not one person, an unknown kind, or a spacing that is not between 5 and 300 mm.
    """
    if kind not in ZONES:
        raise UsageError(f"unknown reach zone {kind!r}{suggestion(kind, ZONES)}; use {choices(ZONES)}")
    if len(people) != 1:
        raise UsageError(f"a reach zone is of one person, found {len(people)}")
    if not 0.005 <= spacing <= 0.3:
        raise UsageError(f"the spacing of a reach zone must be between 0.005 and 0.3 m, found {spacing:g}")
    row = np.atleast_2d(np.asarray(links, np.float64))
    still = replace(stance, step=0.0)

    def reached(points: FloatArray) -> NDArray[np.bool_]:
        out = np.zeros(len(points), bool)

        def work(start: int, stop: int) -> None:
            targets = [Target((float(x), float(y), float(z)), hand, grasp) for x, y, z in points[start:stop]]
            poses = solve_reach(people, row, still, targets, zone=kind, arm_shorter=arm_shorter, threads=1)
            out[start:stop] = poses.reached[0]

        in_chunks(work, len(points), chunk=_JOBS, threads=threads)
        return out

    # No hand gets farther from the hips than trunk and arm are long.
    hips = rest(row, still)[1][0, :3]
    far = float(row[0, 4:10].sum() + row[0, 16:26].sum()) + spacing
    count = _COARSE * math.ceil(2.0 * far / spacing / _COARSE) + 1
    origin = hips - 0.5 * (count - 1) * spacing
    inside = _sample(reached, origin, spacing, count)
    if not inside.any():
        return np.empty((0, 3)), np.empty((0, 3), np.int64)
    vertices, faces = _surface(reached, inside, origin, spacing)
    return vertices, faces


def paint(
    people: People,
    links: ArrayLike,
    stance: Stance,
    points: ArrayLike,
    /,
    *,
    hand: str = "either",
    grasp: str = "grip",
    arm_shorter: float = 0.0,
    threads: int | None = None,
) -> NDArray[np.int64]:
    """(k,) what the points of a surface are to one person: ``COMFORTABLE``, ``MAXIMAL`` or ``OUT``.

    Args:
        people: One person; the others as for :func:`reach_zone`.
        points: (k, 3) vertices or face centres, world, metres.
    """
    if len(people) != 1:
        raise UsageError(f"a reach zone is of one person, found {len(people)}")
    spots = np.asarray(points, np.float64).reshape(-1, 3)
    still = replace(stance, step=0.0)
    level = np.full(len(spots), OUT, np.int64)
    for kind, value in (("maximal", MAXIMAL), ("comfortable", COMFORTABLE)):
        todo = np.flatnonzero(level < OUT) if kind == "comfortable" else np.arange(len(spots))
        targets = [Target((float(x), float(y), float(z)), hand, grasp) for x, y, z in spots[todo]]
        poses = solve_reach(
            people, links, still, targets, zone=kind, arm_shorter=arm_shorter, threads=threads
        )
        level[todo[poses.reached[0]]] = value
    return level


def write_stl(path: str | Path, vertices: ArrayLike, faces: ArrayLike, /) -> None:
    """Write a mesh as binary STL in metres; a reader has to be told the unit, STL has none."""
    corners = np.asarray(vertices, np.float64)[np.asarray(faces, np.int64).reshape(-1, 3)]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normals, axis=1, keepdims=True)
    rows = np.zeros(len(corners), np.dtype([("vectors", "<f4", (4, 3)), ("attribute", "<u2")]))
    rows["vectors"][:, 0] = normals / np.where(size > 0.0, size, 1.0)
    rows["vectors"][:, 1:] = corners
    with Path(path).open("wb") as file:
        file.write(b"reach zone, metres, Z up".ljust(80))
        file.write(np.uint32(len(rows)).astype("<u4").tobytes())
        file.write(rows.tobytes())


def _sample(reached, origin, spacing, count):  # type: ignore[no-untyped-def]
    """(count, count, count) bool lattice; its rim is outside. Every third point first, then what lies near a change."""
    middle = 0.5 * (count - 1)

    def ask(asked: NDArray[np.bool_], known: NDArray[np.bool_]) -> None:
        places = np.argwhere(asked)
        # A ball holds it all: corners of the cube need not be asked.
        near = np.linalg.norm(places - middle, axis=1) <= middle + 1e-9
        near &= ((places > 0) & (places < count - 1)).all(axis=1)
        places = places[near]
        known[tuple(places.T)] = reached(origin + places * spacing)

    coarse = np.zeros((count,) * 3, bool)
    coarse[::_COARSE, ::_COARSE, ::_COARSE] = True
    inside = np.zeros((count,) * 3, bool)
    ask(coarse, inside)
    held = inside[::_COARSE, ::_COARSE, ::_COARSE]
    corners = np.stack([held[i : i - 1 or None, j : j - 1 or None, k : k - 1 or None]
                        for i in (0, 1) for j in (0, 1) for k in (0, 1)])  # fmt: skip
    mixed = np.pad(corners.any(axis=0) & ~corners.all(axis=0), 1)
    # A neighbour's cell, too, so that what bulges between coarse points is not cut off.
    for axis in range(3):
        mixed |= np.roll(mixed, 1, axis) | np.roll(mixed, -1, axis)
    mixed = mixed[1:-1, 1:-1, 1:-1]
    cell = np.minimum(np.arange(count) // _COARSE, len(mixed) - 1)
    near = mixed[np.ix_(cell, cell, cell)]
    known = held[np.ix_(*[np.arange(count) // _COARSE] * 3)]
    inside = np.where(near, inside, known)
    ask(near & ~coarse, inside)
    return inside


def _surface(reached, inside, origin, spacing):  # type: ignore[no-untyped-def]
    """Marching tetrahedra with bisected edges."""

    def at(index: NDArray[np.int64]) -> FloatArray:
        place = np.stack(np.unravel_index(index, inside.shape), axis=-1)
        return np.asarray(origin + place * spacing)

    count = inside.shape[0]
    flat = inside.reshape(-1)
    cell = np.stack(np.meshgrid(*[np.arange(count - 1)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    bits = np.array([[k & 1, k >> 1 & 1, k >> 2 & 1] for k in range(8)])
    strides = np.array([count * count, count, 1])
    corners = (cell @ strides)[:, None] + bits @ strides
    state = flat[corners]
    corners = corners[state.any(axis=1) & ~state.all(axis=1)]
    tets = corners[:, _TETRAHEDRA].reshape(-1, 4)
    held = flat[tets]
    sum_in = held.sum(axis=1)
    triangles = []
    for k in (1, 2, 3):
        some, mask = tets[sum_in == k], held[sum_in == k]
        if not len(some):
            continue
        # Inside corners first.
        some = np.take_along_axis(some, np.argsort(~mask, axis=1, kind="stable"), axis=1)
        a, b, c, d = some.T
        if k == 1:
            made = [((a, b), (a, c), (a, d))]
        elif k == 3:
            made = [((d, a), (d, c), (d, b))]
        else:
            made = [((a, c), (a, d), (b, d)), ((a, c), (b, d), (b, c))]
        outward = at(some[:, k:]).mean(axis=1) - at(some[:, :k]).mean(axis=1)
        for three in made:
            edges = np.stack([np.sort(np.stack(pair, axis=1), axis=1) for pair in three], axis=1)
            first, second, third = np.moveaxis(at(edges).mean(axis=2), 1, 0)
            inward = np.einsum("ij,ij->i", np.cross(second - first, third - first), outward) < 0.0
            edges[inward] = edges[inward][:, ::-1]
            triangles.append(edges)
    edges = np.concatenate(triangles)
    keys = edges[..., 0] * flat.size + edges[..., 1]
    unique, faces = np.unique(keys, return_inverse=True)
    start, end = unique // flat.size, unique % flat.size
    swap = ~flat[start]
    start, end = np.where(swap, end, start), np.where(swap, start, end)

    low, high = at(start), at(end)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        yes = reached(middle)[:, None]
        low, high = np.where(yes, middle, low), np.where(yes, high, middle)
    return 0.5 * (low + high), faces.reshape(-1, 3)
