"""Swept clearance of a six-axis robot along 10 s of motion in a real cell: ours, proven, against coal at 100 Hz.

    python bench/swept.py SHARED [--within 0.1] [--rounds 3] [--peer PYTHON]

SHARED is the folder of real cells (``cells/cell-twc``). Ours bounds the smallest distance of every pair of a
moving and a standing part to 1 mm over all of the time. Two motions: one that runs into the cell, and the same with
smaller angles, which stays clear of it.

coal steps through 1,001 poses, with its result preset to the bound or the best of the pair so far; a pair in
contact is not asked again. Once as a script would have it, every pair at every pose; once with world boxes compared
first by numpy, and coal asked only where they are nearer than that. It runs in its own environment (``--peer`` or
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

from immersive.geometry.bodies import Pack
from immersive.geometry.swept import Movers
from immersive.geometry.tolerance import TOUCH

TAUGHT_DEG = [
    [0, 0, 0, 0, 0, 0], [40, 20, -10, 30, 40, 90], [-60, 30, 10, -40, 60, -90], [-90, -20, 30, 60, 30, 0],
    [80, 10, 20, 90, -50, 180], [20, 45, -20, 0, 60, 45], [0, 0, 0, 0, 0, 0],
]  # fmt: skip
MOTIONS = {"runs into the cell": 1.0, "stays clear": 0.7}
"""What the taught angles are multiplied by."""
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
walls, cpus = {True: [], False: []}, {True: [], False: []}
for boxed in [True, False] * rounds:
    start, busy = time.perf_counter(), time.process_time()
    best = np.full(len(pairs), within)
    request = coal.DistanceRequest()
    for n in range(len(poses)):
        low, high = boxes[n, :, :3], boxes[n, :, 3:]
        a, b = pairs.T
        apart = np.maximum(np.maximum(low[a] - high[b], low[b] - high[a]), 0.0)
        near = np.sqrt((apart ** 2).sum(1)) < best if boxed else True
        for k in np.flatnonzero(near & (best > 0.0)):
            one, two = pairs[k]
            result = coal.DistanceResult()
            result.min_distance = best[k]
            gap = coal.distance(
                models[one], coal.Transform3s(poses[n, one, :3, :3], poses[n, one, :3, 3]),
                models[two], coal.Transform3s(poses[n, two, :3, :3], poses[n, two, :3, 3]), request, result)
            best[k] = min(best[k], max(gap, 0.0))
    walls[boxed].append(time.perf_counter() - start)
    cpus[boxed].append(time.process_time() - busy)
    if boxed:
        least = best
print(json.dumps({"wall": min(walls[True]), "cpu": min(cpus[True]), "wall_plain": min(walls[False]),
                  "cpu_plain": min(cpus[False]), "best": least.tolist()}))
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
    from immersive.geometry.swept import STILL
    from immersive.scene.bodies import body_of
    from immersive.scene.motion import Motion
    from immersive.scene.trajectories import chain_of, moving_parts

    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(options.shared / "cells/cell-twc", Path(folder) / "twc")
        (Path(folder) / "cell.toml").write_text(LAYOUT, encoding="utf-8")
        scene = immersive.load(Path(folder) / "cell.toml")
        (mechanism,) = scene.mechanisms
        names = [f"robot_joint_{k}" for k in range(1, 7)]
        columns = [mechanism.coordinates.index(name) for name in names]
        parts = [part for part in scene if body_of(part) is not None]
        bodies = [body_of(part) for part in parts]
        both = pack([body for body in bodies if body is not None])
        for name, factor in MOTIONS.items():
            taught = np.tile(mechanism.rest, (len(TAUGHT_DEG), 1))
            taught[:, columns] = factor * np.deg2rad(TAUGHT_DEG)
            motion = Motion("bench", mechanism.id, np.linspace(0.0, 10.0, len(taught)), taught)
            number = {part.id: k for k, part in enumerate(parts)}
            chain, link = np.full(len(parts), STILL), np.zeros(len(parts), np.int64)
            for part, carried in moving_parts(scene, mechanism, motion):
                chain[number[part.id]], link[number[part.id]] = 0, carried
            # What carries the robot touches it all the time.
            others = [
                k
                for k, part in enumerate(parts)
                if chain[k] == STILL
                and not {"robot_base", "pedestal"}
                & {w[:10] if w.startswith("robot") else w[:8] for w in part.path}
            ]
            pairs = np.array([(a, b) for a in np.flatnonzero(chain >= 0) for b in others])
            movers = Movers([chain_of(mechanism, motion)], chain, link)
            print(f"motion that {name}: {len(parts)} parts, {len(pairs)} pairs")
            _measure(both, movers, pairs, Path(folder) / "job.npz", options)


def _measure(both: Pack, movers: Movers, pairs: np.ndarray, file: Path, options: argparse.Namespace) -> None:
    """One motion, ours and coal."""
    from immersive.geometry.swept import swept

    swept(both, movers, pairs, 0.0, 10.0, within=options.within)  # compiles
    wall = cpu = np.inf
    for _ in range(options.rounds):
        start, busy = time.perf_counter(), time.process_time()
        found = swept(both, movers, pairs, 0.0, 10.0, within=options.within)
        wall, cpu = min(wall, time.perf_counter() - start), min(cpu, time.process_time() - busy)
    near = np.isfinite(found.upper)
    width = float((found.upper - found.lower)[near].max(initial=0.0))
    touching = int((found.upper <= TOUCH).sum())
    print(f"  {near.sum()} pairs within {options.within} m, {touching} in contact, {found.measured} looks")
    print(f"  own, proven to {width * 1e3:.2f} mm   wall {wall * 1e3:9.1f} ms  CPU {cpu * 1e3:9.1f} ms")
    if not options.peer:
        print("  coal: not measured (no --peer)")
        return
    times = np.linspace(0.0, 10.0, 1001)
    moved = movers.chains[0].world_from_rest(times)
    poses = np.tile(np.eye(4), (len(times), both.size, 1, 1))
    boxes = np.tile(both.bounds, (len(times), 1, 1))
    arrays: dict[str, np.ndarray] = {}
    for k, body in enumerate(both.bodies):
        arrays[f"v{k}"], arrays[f"f{k}"] = body.shape.vertices, body.shape.faces
        rest = np.eye(4)
        rest[:3, :3], rest[:3, 3] = body.rotation, body.origin
        if np.linalg.det(body.rotation) < 0.0:  # coal takes rotations only
            arrays[f"v{k}"], rest = body.to_world(body.shape.vertices), np.eye(4)
        moves = movers.chain[k] >= 0
        poses[:, k] = moved[:, movers.link[k]] @ rest if moves else rest
        if moves:
            corners = np.einsum("nij,vj->nvi", poses[:, k, :3, :3], _corners(arrays[f"v{k}"]))
            corners += poses[:, k, None, :3, 3]
            boxes[:, k] = np.hstack([corners.min(axis=1), corners.max(axis=1)])
    np.savez(file, pairs=pairs, within=options.within, rounds=options.rounds, count=both.size,
             poses=poses, boxes=boxes, **arrays)  # fmt: skip
    said = subprocess.run([options.peer, "-c", PEER, str(file)], capture_output=True, text=True, check=True)
    peer = json.loads(said.stdout)
    best = np.array(peer["best"])
    below = float(np.maximum(np.where(near, found.lower, options.within) - best, 0.0).max())
    above = float((best - found.upper)[near].max(initial=0.0))
    print(f"  largest distance of coal below our lower bound {below:.1e} m")
    print(f"  largest distance of coal above our upper bound {above:.1e} m (missed by steps)")
    for said_of, key in (("every pair at every pose", "_plain"), ("boxes first", "")):
        w, c = peer["wall" + key], peer["cpu" + key]
        print(f"  coal, 1,001 poses, {said_of:25} wall {w * 1e3:9.1f} ms  CPU {c * 1e3:9.1f} ms")
        print(f"    ratio coal / own {w / wall:9.2f}   (goal >= 10; CPU {c / cpu:.2f})")


def _corners(points: np.ndarray) -> np.ndarray:
    low, high = points.min(axis=0), points.max(axis=0)
    return np.array([[(low, high)[k >> d & 1][d] for d in range(3)] for k in range(8)])


if __name__ == "__main__":
    main()
