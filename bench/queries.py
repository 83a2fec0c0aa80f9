"""Points, capsules and rays against a scene: this engine against open3d, coal and embreex in one run.

    python bench/queries.py [--parts 500] [--triangles 1040000] [--rounds 5] [--peer PYTHON] [--only points …]

The cell is that of ``synthetic_cell.py``. 100,000 points uniform in it, signed: every side is compared with that of
``containment`` part by part, distances of a sample with all triangles near. 20 capsules of a body at 40 places of
a walk: all in one call, and a call for each pose as a moving person asks. A million rays, incoherent and of a camera:
embreex called directly on the same rays on as many threads, as it is (float32, with its triangle numbers) and with
its robust setting, which is ours.

open3d and coal run in their own environment (``--peer`` or ``IMMERSIVE_BENCH_PYTHON``); own and peer in turns, the
best counts, in wall and in CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "bench"))

POINTS, PLACES, RAYS = 100_000, 40, 1_000_000
Spent = tuple[float, float]


class Peer:
    """The other Python, asked line by line."""

    def __init__(self, python: str, folder: Path, data: dict[str, np.ndarray]) -> None:
        path = folder / "cell.npz"
        np.savez(path, **data)
        script = Path(__file__).with_name("queries_peers.py")
        self.folder = folder
        self.process = subprocess.Popen(
            [python, str(script), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, job: str) -> tuple[Spent, np.ndarray] | None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(job + "\n")
        self.process.stdin.flush()
        spent = json.loads(self.process.stdout.readline() or "null")
        if spent is None:
            return None
        return (spent["wall"], spent["cpu"]), np.load(self.folder / f"{job}.npy")

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def timed(work: Callable[[], object]) -> Spent:
    start, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - busy


class Best:
    """The least wall and the least CPU seconds of each name."""

    def __init__(self) -> None:
        self.least: dict[str, Spent] = {}

    def take(self, name: str, spent: Spent) -> None:
        before = self.least.get(name, (np.inf, np.inf))
        self.least[name] = (min(before[0], spent[0]), min(before[1], spent[1]))

    def ratio(self, what: str, peer: str, own: str) -> None:
        if peer in self.least:
            a, b = self.least[peer], self.least[own]
            print(f"ratio {what:34} {a[0] / b[0]:8.2f} in wall, {a[1] / b[1]:8.2f} in CPU")


def person() -> np.ndarray:
    """(20, 8) capsules of someone standing with the forearms ahead."""
    from immersive.geometry.capsules import capsule_rows

    parts = [
        ((0, 0, 1.55), (0, 0, 1.65), 0.10), ((0, 0, 1.4), (0, 0, 1.5), 0.06), ((0, 0.05, 1.6), (0, 0.09, 1.6), 0.05),
        ((-0.12, 0, 1.35), (0.12, 0, 1.35), 0.12), ((-0.1, 0, 1.15), (0.1, 0, 1.15), 0.13),
        ((-0.1, 0, 0.98), (0.1, 0, 0.98), 0.14),
    ]  # fmt: skip
    for s in (-1, 1):
        parts += [
            ((0.2 * s, 0, 1.38), (0.25 * s, 0.02, 1.1), 0.05), ((0.25 * s, 0.02, 1.1), (0.25 * s, 0.2, 0.95), 0.045),
            ((0.25 * s, 0.2, 0.95), (0.25 * s, 0.3, 0.95), 0.04), ((0.25 * s, 0.3, 0.95), (0.25 * s, 0.38, 0.95), 0.03),
            ((0.1 * s, 0, 0.9), (0.1 * s, 0.03, 0.5), 0.075), ((0.1 * s, 0.03, 0.5), (0.1 * s, 0, 0.1), 0.055),
            ((0.1 * s, -0.05, 0.05), (0.1 * s, 0.15, 0.05), 0.045),
        ]  # fmt: skip
    starts, ends, radii = (np.array([part[k] for part in parts], np.float64) for k in range(3))
    return capsule_rows(starts, ends, radii, radii)[:20]


def nearest_triangle(corners: np.ndarray, point: np.ndarray) -> float:
    """Distance to (F, 3, 3) triangles: over the face where the foot falls into it, else of three edges."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    normal = np.cross(b - a, c - a)
    size = np.maximum(np.linalg.norm(normal, axis=1), 1e-300)
    height = np.einsum("fi,fi->f", point - a, normal) / size
    foot = point - height[:, None] * normal / size[:, None]
    inside = size > 1e-14
    best = np.inf
    for p, q in ((a, b), (b, c), (c, a)):
        edge = q - p
        t = np.einsum("fi,fi->f", point - p, edge) / np.maximum(np.einsum("fi,fi->f", edge, edge), 1e-300)
        near = p + np.clip(t, 0.0, 1.0)[:, None] * edge
        best = min(best, float(np.linalg.norm(point - near, axis=1).min()))
        inside &= np.einsum("fi,fi->f", np.cross(edge, foot - p), normal) >= 0.0
    return min(best, float(np.abs(height[inside]).min(initial=np.inf)))


def points(scene, given: np.ndarray, peer: Peer | None, rounds: int) -> None:  # type: ignore[no-untyped-def]
    from immersive.geometry.containment import INSIDE, locate_points
    from immersive.geometry.points import points_to_scene

    print(f"preparing sides {timed(lambda: scene.solids)[1] * 1e3:.0f} ms, once")
    points_to_scene(scene, given[:10])
    best, theirs = Best(), None
    for _ in range(rounds):
        best.take("own", timed(lambda: points_to_scene(scene, given)))
        best.take("own unsigned", timed(lambda: points_to_scene(scene, given, signed=False)))
        answer = peer.ask("points") if peer is not None else None
        if answer is not None:
            best.take("open3d", answer[0])
            theirs = answer[1]
    found, surface = points_to_scene(scene, given), points_to_scene(scene, given, signed=False)
    for name, (wall, cpu) in best.least.items():
        print(f"{len(given)} points, {name:14} {wall * 1e3:8.1f} ms wall, {cpu * 1e3:8.1f} ms CPU")
    best.ratio("open3d / own, signed points", "open3d", "own")
    inside = np.zeros(len(given), bool)
    for body in scene.pack.bodies:
        inside |= locate_points(body, given) == INSIDE
    p = scene.pack
    worst = 0.0
    for k in np.random.default_rng(5).integers(0, len(given), 300):
        gap = np.maximum(np.maximum(p.bounds[:, :3] - given[k], given[k] - p.bounds[:, 3:]), 0.0)
        near = np.flatnonzero(np.linalg.norm(gap, axis=1) <= surface.distance[k] + 1e-9)
        own = min(
            nearest_triangle(
                p.bodies[b].to_world(p.rows[p.first[b] : p.last[b], :9].reshape(-1, 3, 3)), given[k]
            )
            for b in near
        )
        worst = max(worst, abs(own - surface.distance[k]))
    wrong = int((found.inside != inside).sum())
    print(f"inside {int(inside.sum())}, wrong signs {wrong}, largest error of 300 {worst:.1e} m")
    if theirs is not None:
        off = np.abs(np.abs(theirs) - surface.distance)
        signs = int(((theirs < 0.0) != inside).sum())
        print(
            f"open3d: wrong signs {signs}, errors over 1e-6 m {int((off > 1e-6).sum())}, largest {off.max():.1e} m"
        )


def capsules(scene, rows: np.ndarray, peer: Peer | None, rounds: int) -> None:  # type: ignore[no-untyped-def]
    from immersive.geometry.capsules import capsule_distances

    poses = [rows[20 * k : 20 * k + 20] for k in range(PLACES)]
    # The walk at 90 frames a second between the first two places.
    share = np.linspace(0.0, 1.0, 90)[:, None, None]
    frames = list(poses[0] + share * (poses[1] - poses[0]))
    capsule_distances(scene, rows)

    def follow() -> None:
        before = None
        for frame in frames:
            before = capsule_distances(scene, frame, before=before)

    best, theirs = Best(), None
    for _ in range(rounds):
        best.take("all in one call", timed(lambda: capsule_distances(scene, rows)))
        best.take("surfaces only", timed(lambda: capsule_distances(scene, rows, inside=False)))
        best.take("a call for each pose", timed(lambda: [capsule_distances(scene, pose) for pose in poses]))
        wall, cpu = timed(follow)
        best.take("a moving person", (wall * PLACES / len(frames), cpu * PLACES / len(frames)))
        answer = peer.ask("capsules") if peer is not None else None
        if answer is not None:
            best.take("coal", answer[0])
            theirs = answer[1]
    for name, (wall, cpu) in best.least.items():
        print(
            f"20 capsules, {name:22} {wall / PLACES * 1e3:8.4f} ms wall, {cpu / PLACES * 1e3:8.4f} ms CPU a pose"
        )
    for name in ("all in one call", "a call for each pose", "a moving person"):
        best.ratio(f"coal / own, {name}", "coal", name)
    if theirs is not None:
        own = capsule_distances(scene, rows, inside=False).distance
        apart = (own > 1e-6) & (theirs > 1e-6)
        error = np.abs(own - theirs)[apart].max(initial=0.0)
        print(f"largest difference {error:.1e} m of {int(apart.sum())} apart, {int((own <= 0).sum())} cut")


def rays(scene, rounds: int) -> None:  # type: ignore[no-untyped-def]
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    from immersive.geometry.pairs import thread_count
    from immersive.geometry.rays import ray_scene

    p = scene.pack
    low, high = p.bounds[:, :3].min(0), p.bounds[:, 3:].max(0)
    rng = np.random.default_rng(2)
    u, v = np.meshgrid(np.linspace(-1.0, 1.0, 1000), np.linspace(-0.8, 0.8, 1000))
    kinds = {
        "incoherent": (rng.uniform(low, high, (RAYS, 3)), rng.normal(size=(RAYS, 3))),
        "camera": (
            np.tile([0.0, low[1] + 0.7, 1.6], (RAYS, 1)),
            np.stack([u, np.ones_like(u), v], axis=-1).reshape(-1, 3),
        ),
    }
    corners = np.concatenate(
        [body.to_world(p.rows[p.first[k] : p.last[k], :9].reshape(-1, 3)) for k, body in enumerate(p.bodies)]
    ).astype(np.float32)
    faces = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
    threads = thread_count(None)
    peers = {}
    for name, robust in (("embreex", False), ("embreex robust", True)):
        made = EmbreeScene(robust=robust)
        # The mesh must live as long as its scene.
        peers[name] = (made, TriangleMesh(made, corners, faces))
        made.run(corners[:1], corners[:1])
    own = ray_scene(p.bodies)
    pool = ThreadPoolExecutor(threads)
    for kind, (origins, ways) in kinds.items():
        ways = ways / np.linalg.norm(ways, axis=1)[:, None]
        own.first_hit(origins, ways, engine="embree")

        def direct(scene, origins=origins, ways=ways) -> list[dict[str, np.ndarray]]:  # type: ignore[no-untyped-def]
            parts = np.array_split(np.arange(RAYS), threads)
            return list(
                pool.map(
                    lambda k: scene.run(
                        origins[k[0] : k[-1] + 1].astype(np.float32), ways[k[0] : k[-1] + 1].astype(np.float32),
                        output=True,
                    ),
                    parts,
                )
            )  # fmt: skip

        best = Best()
        for _ in range(rounds):
            best.take("own", timed(lambda o=origins, w=ways: own.first_hit(o, w, engine="embree")))
            for name, (made, _) in peers.items():
                best.take(name, timed(lambda s=made: direct(s)))
        for name, (wall, cpu) in best.least.items():
            print(
                f"{kind} rays, {name:15} {RAYS / wall / 1e6:6.2f} M/s wall, {RAYS / cpu / 1e6:6.2f} M/s a core"
            )
        best.ratio(f"embreex / own, {kind} rays", "embreex", "own")
        best.ratio(f"embreex robust / own, {kind} rays", "embreex robust", "own")
        found = own.first_hit(origins, ways, engine="embree")
        said = direct(peers["embreex"][0])
        hit = np.concatenate([one["geomID"] for one in said]) >= 0
        far = np.concatenate([one["tfar"] for one in said])
        both = hit & found.hit
        error = np.abs(far[both] - found.distance[both])
        print(f"hit by one only {int((hit != found.hit).sum())}; float32 is off by up to {error.max():.1e} m")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", type=int, default=500)
    parser.add_argument("--triangles", type=int, default=1_040_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", default=os.environ.get("IMMERSIVE_BENCH_PYTHON", ""))
    parser.add_argument("--only", nargs="*", choices=("points", "capsules", "rays"), default=None)
    arguments = parser.parse_args()
    wanted = arguments.only or ("points", "capsules", "rays")

    from synthetic_cell import cell

    from immersive.geometry.bodies import Shapes
    from immersive.geometry.surroundings import surroundings

    meshes, which, matrices = cell(arguments.parts, arguments.triangles)
    meshes = [(np.ascontiguousarray(v, np.float64), np.ascontiguousarray(f, np.int32)) for v, f in meshes]
    known = Shapes()
    bodies = [known.body(*meshes[m], matrix) for m, matrix in zip(which, matrices, strict=True)]
    assert all(body is not None for body in bodies)
    surroundings(bodies[:1])
    made = []
    built = timed(lambda: made.append(surroundings(bodies)))
    scene = made[0]
    count = int((scene.pack.last - scene.pack.first).sum())
    print(f"{len(bodies)} parts, {count} triangles; made ready in {built[1] * 1e3:.0f} ms")
    low, high = scene.pack.bounds[:, :3].min(0), scene.pack.bounds[:, 3:].max(0)
    given = np.random.default_rng(1).uniform(low - 0.2, high + 0.2, (POINTS, 3))
    walk = np.linspace(low[0] + 1.0, high[0] - 1.0, PLACES)
    rows = np.tile(person(), (PLACES, 1, 1))
    rows[:, :, [0, 3]] += walk[:, None, None]
    rows[:, :, [1, 4]] += (0.6 * np.sin(1.3 * walk))[:, None, None]
    rows = np.ascontiguousarray(rows.reshape(-1, 8))
    with tempfile.TemporaryDirectory() as folder:
        peer = None
        if arguments.peer and Path(arguments.peer).exists():
            data = {f"vertices{k}": v for k, (v, _) in enumerate(meshes)}
            data |= {f"faces{k}": f for k, (_, f) in enumerate(meshes)}
            data |= {"meshes": np.array(len(meshes)), "which": np.asarray(which), "points": given}
            data |= {"rotations": matrices[:, :3, :3], "origins": matrices[:, :3, 3]}
            data |= {"capsules": rows, "bounds": scene.pack.bounds}
            peer = Peer(arguments.peer, Path(folder), data)
        if "points" in wanted:
            points(scene, given, peer, arguments.rounds)
        if "capsules" in wanted:
            capsules(scene, rows, peer, arguments.rounds)
        if peer is not None:
            peer.close()
    from immersive.geometry._embree import embree_there

    if "rays" in wanted and embree_there():
        rays(scene, max(2, arguments.rounds // 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
