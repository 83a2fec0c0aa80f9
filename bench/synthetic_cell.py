"""Production cells of any size for benchmarks: lathe-turned and plate-built parts, most placed many times.

Rows of tables, conveyors and cabinets behind a fence of bars, robots between them, bins, motors, pipes and
brackets that rest on them, screws anywhere, and a motor inside every third closed cabinet: contacts, gaps
of all sizes, overlaps and containments. Every mesh is closed piece by piece.
"""

from __future__ import annotations

import numpy as np

Mesh = tuple[np.ndarray, np.ndarray]
ROBOT, FENCE, TABLE, CONVEYOR, CABINET, BIN, SCREW, MOTOR, PIPE, BRACKET = 0, 6, 7, 8, 9, 10, 11, 12, 13, 14


def lathe(profile: list[tuple[float, float]], around: int) -> Mesh:
    """A body turned about z from (radius, height) points that start and end on the axis."""
    inner = np.array(profile[1:-1])
    angle = 2.0 * np.pi * np.arange(around) / around
    rings = np.empty((len(inner), around, 3))
    rings[..., 0] = np.outer(inner[:, 0], np.cos(angle))
    rings[..., 1] = np.outer(inner[:, 0], np.sin(angle))
    rings[..., 2] = inner[:, 1:]
    count = len(inner) * around
    grid = np.arange(count).reshape(len(inner), around)
    after = np.roll(grid, -1, axis=1)
    faces = [
        np.stack([grid[:-1], after[:-1], after[1:]], axis=-1).reshape(-1, 3),
        np.stack([grid[:-1], after[1:], grid[1:]], axis=-1).reshape(-1, 3),
        np.stack([after[0], grid[0], np.full(around, count)], axis=-1),
        np.stack([grid[-1], after[-1], np.full(around, count + 1)], axis=-1),
    ]
    ends = [[0.0, 0.0, profile[0][1]], [0.0, 0.0, profile[-1][1]]]
    return np.vstack([rings.reshape(-1, 3), ends]), np.vstack(faces)


def rod(radius: float, length: float, around: int, rings: int = 1) -> Mesh:
    heights = np.linspace(-0.5 * length, 0.5 * length, rings + 1)
    return lathe([(0.0, heights[0]), *((radius, float(h)) for h in heights), (0.0, heights[-1])], around)


def ball(radius: float, around: int) -> Mesh:
    angle = np.linspace(-0.5 * np.pi, 0.5 * np.pi, max(4, around // 2))
    middle = [(radius * float(np.cos(a)), radius * float(np.sin(a))) for a in angle[1:-1]]
    return lathe([(0.0, -radius), *middle, (0.0, radius)], around)


def plate(sides: tuple[float, float, float], cuts: int) -> Mesh:
    """A box, each face cut into ``cuts`` by ``cuts`` squares of two triangles."""
    t = np.linspace(-0.5, 0.5, cuts + 1)
    u, v = (axis.ravel() for axis in np.meshgrid(t, t, indexing="ij"))
    corner = (np.arange(cuts)[:, None] * (cuts + 1) + np.arange(cuts)).reshape(-1, 1)
    square = (corner + np.array([0, cuts + 1, cuts + 2, 0, cuts + 2, 1])).reshape(-1, 3)
    points, faces = [], []
    for axis in range(3):
        for side in (-0.5, 0.5):
            face = np.empty((len(u), 3))
            face[:, axis], face[:, (axis + 1) % 3], face[:, (axis + 2) % 3] = side, u, v
            faces.append((square if side > 0.0 else square[:, ::-1]) + len(points) * len(u))
            points.append(face)
    every, which = np.unique(np.round(np.vstack(points), 12), axis=0, return_inverse=True)
    return every * sides, which.reshape(-1)[np.vstack(faces)]


def at(mesh: Mesh, x: float, y: float, z: float, axis: int = 2) -> Mesh:
    """Its z axis turned to ``axis``, then moved."""
    return np.roll(mesh[0], axis - 2, axis=1) + np.array([x, y, z]), mesh[1]


def joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0, *(len(points) for points, _ in meshes)])
    faces = [faces + start for (_, faces), start in zip(meshes, starts, strict=False)]
    return np.vstack([points for points, _ in meshes]), np.vstack(faces)


def catalogue(fineness: float) -> list[Mesh]:
    """All parts; the number of triangles grows with the square of ``fineness``."""

    def n(count: float, least: int = 1) -> int:
        return max(least, round(count * fineness))

    round_, steps = n(40, 8), n(10)
    robot = [
        joined(at(rod(0.3, 0.06, round_), 0, 0, 0.03), at(rod(0.2, 0.3, round_, steps), 0, 0, 0.21)),
        joined(at(ball(0.21, round_), 0, 0, 0.45), at(rod(0.15, 0.3, round_, steps), 0.1, 0, 0.55, 1)),
        joined(at(plate((0.18, 0.18, 0.9), steps), 0.1, 0.2, 1.0), at(rod(0.14, 0.2, round_, 4), 0.1, 0.2, 1.45, 1)),
        joined(at(ball(0.17, round_), 0.1, 0, 1.45), at(rod(0.11, 0.5, round_, steps), 0.35, 0, 1.5, 0)),
        joined(at(rod(0.09, 0.6, round_, steps), 0.85, 0, 1.5, 0), at(ball(0.1, round_), 1.25, 0, 1.5)),
        joined(
            at(rod(0.05, 0.2, round_, steps), 1.25, 0, 1.32),
            at(plate((0.2, 0.06, 0.04), steps), 1.25, 0, 1.21),
            at(plate((0.02, 0.05, 0.12), steps), 1.17, 0, 1.13),
            at(plate((0.02, 0.05, 0.12), steps), 1.33, 0, 1.13),
        ),
    ]  # fmt: skip
    bars = [at(rod(0.004, 2.0, n(8, 5), n(2)), float(x), 0, 1.1) for x in np.linspace(-0.97, 0.97, 50)]
    rails = [at(plate((2.0, 0.03, 0.03), 1), 0, 0, z) for z in (0.1, 2.1)]
    legs = [at(rod(0.03, 0.88, n(24, 8), n(4)), x, y, 0.44) for x in (-0.75, 0.75) for y in (-0.35, 0.35)]
    rollers = [at(rod(0.025, 0.54, n(24, 8), 2), float(x), 0, 0.77, 1) for x in np.linspace(-1.1, 1.1, 24)]
    beams = [at(plate((2.4, 0.04, 0.12), n(3)), 0, y, 0.75) for y in (-0.3, 0.3)]
    ribs = [(0.08 if k % 2 else 0.072, float(z)) for k, z in enumerate(np.linspace(-0.15, 0.15, n(20, 4)))]
    walls = [((0.4, 0.006, 0.2), 0, y, 0.1) for y in (-0.147, 0.147)]
    walls += [((0.006, 0.288, 0.2), x, 0, 0.1) for x in (-0.197, 0.197)]
    shell = [((0.6, 0.4, 0.004), 0, 0, z) for z in (0.002, 1.798)]
    shell += [((0.6, 0.004, 1.792), 0, y, 0.9) for y in (-0.198, 0.198)]
    shell += [((0.004, 0.392, 1.792), x, 0, 0.9) for x in (-0.298, 0.298)]
    return [
        *robot,
        joined(*rails, *bars),
        joined(at(plate((1.6, 0.8, 0.04), n(6)), 0, 0, 0.9), *legs),
        joined(*beams, *rollers),
        joined(*(at(plate(s, n(6)), *p) for s, *p in shell)),
        joined(at(plate((0.4, 0.3, 0.006), n(6)), 0, 0, 0.003), *(at(plate(s, n(6)), *p) for s, *p in walls)),
        joined(at(rod(0.004, 0.03, n(16, 6), 2), 0, 0, 0.015), at(rod(0.008, 0.006, 6), 0, 0, 0.033)),
        lathe([(0.0, -0.15), *ribs, (0.02, 0.15), (0.02, 0.22), (0.0, 0.22)], n(40, 8)),
        joined(at(rod(0.02, 1.5, n(20, 6), n(4)), 0, 0, 0.75), at(rod(0.028, 0.03, n(20, 6), 2), 0, 0, 1.5)),
        joined(at(plate((0.12, 0.06, 0.008), n(3)), 0, 0, 0.004), at(plate((0.008, 0.06, 0.12), n(3)), -0.056, 0, 0.066)),
    ]  # fmt: skip


def placed(x: float, y: float, z: float, turn: float = 0.0) -> np.ndarray:
    world = np.eye(4)
    world[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    world[:3, 3] = x, y, z
    return world


def layout(parts: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(N,) catalogue numbers and (N, 4, 4) placements; the same whatever the fineness."""
    rng = np.random.default_rng(seed)
    wide, deep = 8.5 * np.sqrt(parts / 500.0), 6.0 * np.sqrt(parts / 500.0)
    made: list[tuple[int, np.ndarray]] = []
    for _ in range(max(1, parts // 125)):
        x, y = (rng.random(2) - 0.5) * (wide - 3.0, deep - 3.0)
        base = placed(x, y, 0.0, rng.uniform(0.0, 6.28))
        made += [(ROBOT + link, base) for link in range(6)]
    for x in np.arange(-0.5 * wide + 1.0, 0.5 * wide - 1.0, 2.02):
        made += [(FENCE, placed(float(x), y, 0.0)) for y in (-0.5 * deep, 0.5 * deep)]
    for y in np.arange(-0.5 * deep + 1.0, 0.5 * deep - 1.0, 2.02):
        made += [(FENCE, placed(x, float(y), 0.0, 0.5 * np.pi)) for x in (-0.5 * wide, 0.5 * wide)]
    stations = max(1, parts // 25)
    across = int(np.ceil(np.sqrt(1.4 * stations)))
    down = int(np.ceil(stations / across))
    for k in range(stations):
        x = -0.5 * wide + 1.5 + (k % across) * (wide - 3.0) / max(1, across - 1)
        y = -0.5 * deep + 1.2 + (k // across) * (deep - 2.4) / max(1, down - 1)
        base = placed(x, y, 0.0, rng.integers(4) * 0.5 * np.pi + rng.normal(0.0, 0.02))
        kind, top = ((TABLE, 0.92), (CONVEYOR, 0.81), (CABINET, 1.8))[k % 3]
        made.append((kind, base))
        for b in range(3):
            gap = 0.001 * rng.integers(0, 2)
            spot = placed(
                0.45 * b - 0.5 + rng.normal(0.0, 0.01), 0.03 * rng.normal(), top + gap, rng.normal(0.0, 0.05)
            )
            made.append((BIN, base @ spot))
            made.append((BRACKET, base @ placed(0.5 * b - 0.6, 0.36, top, rng.uniform(0.0, 6.28))))
        made.append((MOTOR, base @ placed(0.9, 0.5, 0.4, rng.uniform(0.0, 6.28))))
        made.append((PIPE, base @ placed(-0.9, -0.5, 0.0, rng.uniform(0.0, 6.28))))
        if kind == CABINET:
            made.append((MOTOR, base @ placed(0.1, 0.0, 0.9, rng.uniform(0.0, 6.28))))
    large = len(made)
    while len(made) < parts:
        if rng.random() < 0.7:
            host = made[int(rng.integers(large))][1]
            spot = placed(rng.normal(0.0, 0.25), rng.normal(0.0, 0.15), rng.uniform(0.5, 1.0))
            made.append((SCREW, host @ spot))
        else:
            x, y = (rng.random(2) - 0.5) * (wide, deep)
            kind = int(rng.choice([BIN, MOTOR, BRACKET]))
            made.append((kind, placed(x, y, rng.uniform(0.0, 2.0), rng.uniform(0.0, 6.28))))
    made = made[:parts]
    return np.array([kind for kind, _ in made]), np.array([world for _, world in made])


def cell(parts: int, triangles: int, *, seed: int = 0) -> tuple[list[Mesh], np.ndarray, np.ndarray]:
    """Meshes, (N,) mesh numbers and (N, 4, 4) placements with about so many triangles in all."""
    kinds, worlds = layout(parts, seed)
    coarse, fine = 0.1, 20.0
    for _ in range(14):
        middle = np.sqrt(coarse * fine)
        meshes = catalogue(middle)
        count = sum(len(meshes[kind][1]) for kind in kinds)
        coarse, fine = (middle, fine) if count < triangles else (coarse, middle)
    meshes = catalogue(np.sqrt(coarse * fine))
    return [(np.ascontiguousarray(points), faces.astype(np.int32)) for points, faces in meshes], kinds, worlds
