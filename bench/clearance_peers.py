"""Distances of pairs of meshes with coal, as one would script it; run by ``clearance.py`` in coal's own Python.

    python clearance_peers.py CELL.npz

Reads the meshes, placements and pairs from the file. For each line of its input, ``near`` (pairs within a
bound, the result preset to it, the fastest way coal has) or ``full`` (no bound), it measures once and prints
wall and CPU seconds as JSON; the distances of the last run of each go beside the file.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import coal
import numpy as np


def main() -> None:
    path = Path(sys.argv[1])
    data = np.load(path)
    start = time.perf_counter()
    models = []
    for k in range(int(data["meshes"])):
        vertices, faces = data[f"vertices{k}"], data[f"faces{k}"].astype(np.int64)
        # Of coal's bounding volumes the fastest for distances by far.
        model = coal.BVHModelOBBRSS()
        model.beginModel(len(faces), len(vertices))
        model.addVertices(np.ascontiguousarray(vertices))
        model.addTriangles(faces)
        model.endModel()
        models.append(model)
    print(json.dumps({"build": time.perf_counter() - start}), flush=True)
    placed = [
        coal.Transform3s(r.copy(), t.copy()) for r, t in zip(data["rotations"], data["origins"], strict=True)
    ]
    which = data["which"].tolist()
    request, result = coal.DistanceRequest(), coal.DistanceResult()
    for line in sys.stdin:
        job = line.strip()
        pairs = data[f"{job}_pairs"].tolist()
        bound = float(data["within"]) if job == "near" else np.inf
        gaps = np.empty(len(pairs))
        start, busy = time.perf_counter(), time.process_time()
        for k, (i, j) in enumerate(pairs):
            result.clear()
            if bound < np.inf:
                result.min_distance = bound
            coal.distance(models[which[i]], placed[i], models[which[j]], placed[j], request, result)
            gaps[k] = result.min_distance
        spent = {"wall": time.perf_counter() - start, "cpu": time.process_time() - busy}
        np.save(path.with_name(f"{job}_gaps.npy"), gaps)
        print(json.dumps(spent), flush=True)


if __name__ == "__main__":
    main()
