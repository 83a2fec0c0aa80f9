"""Swept clearance of a six-axis robot along 10 s of motion in a real cell: ours, proven, against coal at 100 Hz.

    python bench/swept.py SHARED [--within 0.1] [--rounds 3] [--peer PYTHON]

SHARED is the folder of real cells (``cells/cell-twc``). Ours bounds the smallest distance of every pair of a
moving and a standing part to 1 mm over all of the time. coal steps through 1,001 poses: world boxes are
compared first, the exact distance is asked only where they are nearer than the bound or the best of the pair so far,
with its result preset to that; a pair in contact is not asked again. It runs in its own environment (``--peer`` or
``IMMERSIVE_BENCH_PYTHON`` names a Python that has it). Best of the rounds, wall and CPU. Every distance that coal sees
must lie above our lower bound. Goal: 10 times.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

TAUGHT_DEG = [
    [0, 0, 0, 0, 0, 0], [40, 20, -10, 30, 40, 90], [-60, 30, 10, -40, 60, -90], [-90, -20, 30, 60, 30, 0],
    [80, 10, 20, 90, -50, 180], [20, 45, -20, 0, 60, 45], [0, 0, 0, 0, 0, 0],
]  # fmt: skip
LAYOUT = 'schema = 1\nname = "twc"\n[[robots]]\nid = "r"\nfile = "twc/workcell_positioner.urdf"\nposition_mm = [0, 0, 0]\n'
PEER = """
import json, sys, time
import coal, numpy as np
data = np.load(sys.argv[1])
pairs, within, rounds, count = data["pairs"], float(data["within"]), int(data["rounds"]), int(data["count"])
def model(k):
    made = coal.BVHModelOBBRSS()
    vertices, faces = data[f"v{k}"], data[f"f{k}"]
    made.beginModel(len(faces), len(vertices))
    points = coal.StdVec_Vec3s()
    for v in vertices:
        points.append(v)
    triangles = coal.StdVec_Triangle()
    for f in faces:
        triangles.append(coal.Triangle(int(f[0]), int(f[1]), int(f[2])))
    made.addSubModel(points, triangles)
    made.endModel()
    return made
models = [model(k) for k in range(count)]
poses, boxes = data["poses"], data["boxes"]
walls, cpus = [], []
for _ in range(rounds):
    start, busy = time.perf_counter(), time.process_time()
    best = np.full(len(pairs), within)
    request = coal.DistanceRequest()
    for n in range(len(poses)):
        low, high = boxes[n, :, :3], boxes[n, :, 3:]
        a, b = pairs.T
        apart = np.maximum(np.maximum(low[a] - high[b], low[b] - high[a]), 0.0)
        for k in np.flatnonzero((np.sqrt((apart ** 2).sum(1)) < best) & (best > 0.0)):
            one, two = pairs[k]
            result = coal.DistanceResult()
            result.min_distance = best[k]
            gap = coal.distance(
                models[one], coal.Transform3s(poses[n, one, :3, :3], poses[n, one, :3, 3]),
                models[two], coal.Transform3s(poses[n, two, :3, :3], poses[n, two, :3, 3]), request, result)
            best[k] = min(best[k], max(gap, 0.0))
    walls.append(time.perf_counter() - start)
    cpus.append(time.process_time() - busy)
print(json.dumps({"wall": min(walls), "cpu": min(cpus), "best": best.tolist()}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shared", type=Path)
    parser.add_argument("--within", type=float, default=0.1, help="metres")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", default=os.environ.get("IMMERSIVE_BENCH_PYTHON", ""))
    options = parser.parse_args()
    import immersive
    from immersive.geometry.bodies import pack
    from immersive.geometry.swept import STILL, Movers, swept
    from immersive.scene.bodies import body_of
    from immersive.scene.motion import Motion
    from immersive.scene.trajectories import chain_of, moving_parts

    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(options.shared / "cells/cell-twc", Path(folder) / "twc")
        (Path(folder) / "cell.toml").write_text(LAYOUT, encoding="utf-8")
        scene = immersive.load(Path(folder) / "cell.toml")
        (mechanism,) = scene.mechanisms
        taught = np.tile(mechanism.rest, (len(TAUGHT_DEG), 1))
        names = [f"robot_joint_{k}" for k in range(1, 7)]
        taught[:, [mechanism.coordinates.index(name) for name in names]] = np.deg2rad(TAUGHT_DEG)
        motion = Motion("bench", mechanism.id, np.linspace(0.0, 10.0, len(taught)), taught)
        parts = [part for part in scene if body_of(part) is not None]
        number = {part.id: k for k, part in enumerate(parts)}
        chain, link = np.full(len(parts), STILL), np.zeros(len(parts), np.int64)
        for part, carried in moving_parts(scene, mechanism, motion):
            chain[number[part.id]], link[number[part.id]] = 0, carried
        made = chain_of(mechanism, motion)
        bodies = [body_of(part) for part in parts]
        both = pack([body for body in bodies if body is not None])
        # What carries the robot touches it all the time.
        others = [
            k
            for k, part in enumerate(parts)
            if chain[k] == STILL
            and not {"robot_base", "pedestal"}
            & {w[:10] if w.startswith("robot") else w[:8] for w in part.path}
        ]
        pairs = np.array([(a, b) for a in np.flatnonzero(chain >= 0) for b in others])
        movers = Movers([made], chain, link)
        swept(both, movers, pairs, 0.0, 10.0, within=options.within)  # compiles
        wall = cpu = np.inf
        for _ in range(options.rounds):
            start, busy = time.perf_counter(), time.process_time()
            found = swept(both, movers, pairs, 0.0, 10.0, within=options.within)
            wall, cpu = min(wall, time.perf_counter() - start), min(cpu, time.process_time() - busy)
        near = np.isfinite(found.upper)
        width = float((found.upper - found.lower)[near].max(initial=0.0))
        print(
            f"{len(parts)} parts, {len(pairs)} pairs, {near.sum()} within {options.within} m, {found.measured} poses"
        )
        print(f"own, proven to {width * 1e3:.2f} mm   wall {wall * 1e3:9.1f} ms  CPU {cpu * 1e3:9.1f} ms")
        if not options.peer:
            print("coal: not measured (no --peer)")
            return
        times = np.linspace(0.0, 10.0, 1001)
        moved = made.world_from_rest(times)
        poses = np.tile(np.eye(4), (len(times), len(parts), 1, 1))
        boxes = np.tile(both.bounds, (len(times), 1, 1))
        arrays: dict[str, np.ndarray] = {}
        for k, body in enumerate(both.bodies):
            arrays[f"v{k}"], arrays[f"f{k}"] = body.shape.vertices, body.shape.faces
            rest = np.eye(4)
            rest[:3, :3], rest[:3, 3] = body.rotation, body.origin
            if np.linalg.det(body.rotation) < 0.0:  # coal takes rotations only
                arrays[f"v{k}"], rest = body.to_world(body.shape.vertices), np.eye(4)
            poses[:, k] = moved[:, link[k]] @ rest if chain[k] >= 0 else rest
            if chain[k] >= 0:
                corners = np.einsum("nij,vj->nvi", poses[::1, k, :3, :3], _corners(arrays[f"v{k}"]))
                corners += poses[:, k, None, :3, 3]
                boxes[:, k] = np.hstack([corners.min(axis=1), corners.max(axis=1)])
        file = Path(folder) / "job.npz"
        np.savez(file, pairs=pairs, within=options.within, rounds=options.rounds, count=len(parts),
                 poses=poses, boxes=boxes, **arrays)  # fmt: skip
        said = subprocess.run(
            [options.peer, "-c", PEER, str(file)], capture_output=True, text=True, check=True
        ).stdout
    peer = json.loads(said)
    best = np.array(peer["best"])
    below = float(np.maximum(np.where(near, found.lower, options.within) - best, 0.0).max())
    print(f"coal, 1,001 poses        wall {peer['wall'] * 1e3:9.1f} ms  CPU {peer['cpu'] * 1e3:9.1f} ms")
    print(f"largest distance of coal below our lower bound {below:.1e} m")
    print(
        f"largest distance of coal above our upper bound {float((best - found.upper)[near].max()):.1e} m (missed by steps)"
    )
    print(f"ratio coal / own {peer['wall'] / wall:9.2f}   (goal >= 10; CPU {peer['cpu'] / cpu:.2f})")


def _corners(points: np.ndarray) -> np.ndarray:
    low, high = points.min(axis=0), points.max(axis=0)
    return np.array([[(low, high)[k >> d & 1][d] for d in range(3)] for k in range(8)])


if __name__ == "__main__":
    main()
