"""GLB of a million triangles: our reader against trimesh, as a ratio in one run.

Same work on both sides: from the file on disk to float64 vertices and integer triangles. Peak
memory is traced and set against the arrays that are kept. Run: ``python bench/load_glb.py``.
"""

from __future__ import annotations

import json
import statistics
import struct
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

SIDE = 708  # 707 x 707 squares of two triangles: just under a million


def write_grid(path: Path, *, normals: bool) -> int:
    """Write a wavy grid as GLB; returns its number of triangles."""
    x, y = np.meshgrid(np.linspace(0.0, 10.0, SIDE), np.linspace(0.0, 10.0, SIDE))
    points = np.stack([x, np.sin(x) * np.cos(y), y], axis=-1).reshape(-1, 3).astype("<f4")
    corner = (np.arange(SIDE - 1)[:, None] * SIDE + np.arange(SIDE - 1)).reshape(-1, 1)
    faces = (corner + np.array([0, SIDE, 1, 1, SIDE, SIDE + 1])).astype("<u4")
    blobs = [points.tobytes(), faces.tobytes()]
    attributes = {"POSITION": 0}
    accessors = [
        {
            "bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3",
            "min": points.min(axis=0).tolist(), "max": points.max(axis=0).tolist(),
        },
        {"bufferView": 1, "componentType": 5125, "count": faces.size, "type": "SCALAR"},
    ]  # fmt: skip
    if normals:
        blobs.append(np.tile(np.array([0, 1, 0], "<f4"), (len(points), 1)).tobytes())
        accessors.append({"bufferView": 2, "componentType": 5126, "count": len(points), "type": "VEC3"})
        attributes["NORMAL"] = 2
    views, at = [], 0
    for blob in blobs:
        views.append({"buffer": 0, "byteOffset": at, "byteLength": len(blob)})
        at += len(blob)
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "grid"}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": 1}]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": at}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    with path.open("wb") as out:
        out.write(struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + at))
        out.write(struct.pack("<II", len(text), 0x4E4F534A) + text)
        out.write(struct.pack("<II", at, 0x004E4942))
        out.writelines(blobs)
    return len(faces) * 2


def ours(path: Path) -> list[np.ndarray]:
    from immersive.formats import gltf
    from immersive.formats._base import Folder, ReadOptions

    model = gltf.read(Folder(path.parent), path.name, ReadOptions())
    return [array for i in model.instances for array in (i.mesh.vertices, i.mesh.faces)]


def theirs(path: Path) -> list[np.ndarray]:
    import trimesh

    scene = trimesh.load_scene(path, process=False)
    return [
        array
        for mesh in scene.geometry.values()
        for array in (np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces))
    ]


def seconds(load: Callable[[Path], list[np.ndarray]], path: Path, rounds: int) -> float:
    load(path)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        load(path)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak_over_kept(load: Callable[[Path], list[np.ndarray]], path: Path) -> tuple[float, float]:
    tracemalloc.start()
    arrays = load(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6, peak / sum(array.nbytes for array in arrays)


def main() -> int:
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for normals in (False, True):
            path = Path(folder) / f"grid{'_normals' * normals}.glb"
            triangles = write_grid(path, normals=normals)
            assert sum(len(a) for a in ours(path)[1::2]) == triangles
            assert sum(len(a) for a in theirs(path)[1::2]) == triangles
            mine, other = seconds(ours, path, 15), seconds(theirs, path, 15)
            peak, share = peak_over_kept(ours, path)
            what = "positions and normals" if normals else "positions"
            print(
                f"{triangles:,} triangles, {what}, {path.stat().st_size / 1e6:.1f} MB: "
                f"ours {mine * 1e3:.1f} ms, trimesh {other * 1e3:.1f} ms, ratio {other / mine:.2f} (goal 3); "
                f"peak {peak:.1f} MB = {share:.2f} x arrays kept (goal 1.5)"
            )
            failed |= other / mine < 3.0 or round(share, 2) > 1.5
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
