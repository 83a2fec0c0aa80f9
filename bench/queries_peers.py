"""Points with open3d and capsules with coal, as one would script them; run by ``queries.py`` in their own Python.

    python queries_peers.py CELL.npz

Reads meshes, placements, points and capsules from the file. For each line of its input, ``points`` (signed
distances, open3d's RaycastingScene over all triangles) or ``capsules`` (coal, for each capsule the parts in the order
of their boxes' gaps until no box is nearer than the best), it measures once and prints wall and CPU seconds as JSON;
the distances go beside the file. What is not installed is told as ``null``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np


def points(data: dict[str, np.ndarray]) -> Callable[[], np.ndarray] | None:
    try:
        import open3d
    except ImportError:
        return None
    vertices, faces, count = [], [], 0
    for which, rotation, origin in zip(data["which"], data["rotations"], data["origins"], strict=True):
        own = data[f"vertices{which}"]
        vertices.append(own @ rotation.T + origin)
        faces.append(data[f"faces{which}"] + count)
        count += len(own)
    scene = open3d.t.geometry.RaycastingScene()
    tensor = open3d.core.Tensor
    scene.add_triangles(
        tensor(np.vstack(vertices).astype(np.float32)), tensor(np.vstack(faces).astype(np.uint32))
    )
    asked = tensor(data["points"].astype(np.float32))
    scene.compute_signed_distance(asked[:1])
    return lambda: scene.compute_signed_distance(asked).numpy()


def capsules(data: dict[str, np.ndarray]) -> Callable[[], np.ndarray] | None:
    try:
        import coal
    except ImportError:
        return None
    models = []
    for k in range(int(data["meshes"])):
        vertices, faces = data[f"vertices{k}"], data[f"faces{k}"].astype(np.int64)
        model = coal.BVHModelOBBRSS()
        model.beginModel(len(faces), len(vertices))
        model.addVertices(np.ascontiguousarray(vertices))
        model.addTriangles(faces)
        model.endModel()
        models.append(model)
    which = data["which"].tolist()
    placed = [
        coal.Transform3s(r.copy(), t.copy()) for r, t in zip(data["rotations"], data["origins"], strict=True)
    ]
    rows = data["capsules"]
    solids, frames = [], []
    for row in rows:
        axis = row[3:6] - row[:3]
        length = float(np.linalg.norm(axis))
        z = axis / length
        x = np.cross(z, [0.0, 0.0, 1.0] if abs(z[2]) < 0.9 else [1.0, 0.0, 0.0])
        x /= np.linalg.norm(x)
        solids.append(coal.Capsule(float(row[6]), length))
        frames.append(coal.Transform3s(np.stack([x, np.cross(z, x), z], axis=1), 0.5 * (row[:3] + row[3:6])))
    low = np.minimum(rows[:, :3], rows[:, 3:6]) - rows[:, 6:7]
    high = np.maximum(rows[:, :3], rows[:, 3:6]) + rows[:, 6:7]
    bounds = data["bounds"]
    request, result = coal.DistanceRequest(), coal.DistanceResult()

    def run() -> np.ndarray:
        found = np.empty(len(rows))
        for k in range(len(rows)):
            gap = np.maximum(0.0, np.maximum(bounds[:, :3] - high[k], low[k] - bounds[:, 3:]))
            gap = np.sqrt((gap * gap).sum(axis=1))
            best = np.inf
            for i in np.argsort(gap):
                if gap[i] >= best:
                    break
                result.clear()
                best = min(
                    best, coal.distance(solids[k], frames[k], models[which[i]], placed[i], request, result)
                )
            found[k] = best
        return found

    return run


def main() -> None:
    path = Path(sys.argv[1])
    data = dict(np.load(path))
    jobs = {"points": points(data), "capsules": capsules(data)}
    for line in sys.stdin:
        job = jobs[line.strip()]
        if job is None:
            print("null", flush=True)
            continue
        start, busy = time.perf_counter(), time.process_time()
        found = job()
        spent = {"wall": time.perf_counter() - start, "cpu": time.process_time() - busy}
        np.save(path.with_name(f"{line.strip()}.npy"), found)
        print(json.dumps(spent), flush=True)


if __name__ == "__main__":
    main()
