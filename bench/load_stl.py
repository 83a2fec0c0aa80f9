"""Binary STL of a million triangles: `immersive.load` against `trimesh.load`, in one run.

    python bench/load_stl.py [--triangles 1000000] [--rounds 5]

Both give indexed triangles with equal corners made one; ours also hashes the file and counts the
defects of its topology. Taken in turns, the best of all rounds counts (the machine may be shared).
"""

from __future__ import annotations

import argparse
import os
import struct
import tempfile
import time
from pathlib import Path

import numpy as np


def bumpy_sphere(triangles: int) -> tuple[np.ndarray, np.ndarray]:
    """A closed surface with about so many triangles, in the order a CAD exporter writes them."""
    rows = max(int(np.sqrt(triangles / 4)), 3)
    columns = 2 * rows
    theta = np.linspace(0, np.pi, rows + 1)[:, None]
    phi = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None, :]
    radius = 0.5 + 0.02 * np.sin(8 * theta) * np.cos(12 * phi)
    points = np.stack(
        [
            radius * np.sin(theta) * np.cos(phi),
            radius * np.sin(theta) * np.sin(phi),
            radius * np.cos(theta) + 0 * phi,
        ],
        axis=-1,
    )
    points[0], points[-1] = (0, 0, 0.5), (0, 0, -0.5)
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    k = (j + 1) % columns
    a, b, c, d = (
        x.ravel() for x in (i * columns + j, (i + 1) * columns + j, (i + 1) * columns + k, i * columns + k)
    )
    faces = np.stack([np.stack([a, b, c], 1), np.stack([a, c, d], 1)], axis=1)
    faces[i.ravel() == rows - 1, 0] = faces[i.ravel() == rows - 1, 1]
    keep = np.ones(faces.shape[:2], bool)
    keep[i.ravel() == rows - 1, 0] = False
    keep[i.ravel() == 0, 1] = False
    faces[i.ravel() == rows - 1, 1] = np.stack([a, b, d], 1)[i.ravel() == rows - 1]
    return points.reshape(-1, 3).astype(np.float32), faces[keep]


def write_stl(path: Path, vertices: np.ndarray, faces: np.ndarray) -> None:
    record = np.zeros(len(faces), np.dtype([("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")]))
    record["v"] = vertices[faces]
    path.write_bytes(b"bench".ljust(80) + struct.pack("<I", len(faces)) + record.tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triangles", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    import trimesh

    import immersive
    from immersive.formats._base import Folder, ReadOptions
    from immersive.formats.stl import read

    with tempfile.TemporaryDirectory() as name:
        os.environ["IMMERSIVE_CACHE_DIR"] = str(Path(name) / "cache")
        file = Path(name) / "bumpy.stl"
        write_stl(file, *bumpy_sphere(arguments.triangles))
        small = Path(name) / "warm-up.stl"
        write_stl(small, *bumpy_sphere(1000))
        immersive.load(small, unit="m")
        trimesh.load(small)

        def reader() -> int:
            return len(read(Folder(name), file.name, ReadOptions()).instances[0].mesh.faces)

        def cold() -> int:
            # Another name is another entry, so the cache never helps.
            other = file.with_stem(f"bumpy{time.perf_counter_ns()}")
            file.rename(other)
            try:
                return immersive.load(other, unit="m").triangles
            finally:
                other.rename(file)

        def warm() -> int:
            return immersive.load(file, unit="m").triangles

        def peer() -> int:
            return len(trimesh.load(file).faces)

        ways = {"trimesh.load": peer, "reader alone": reader, "load cold": cold, "load cached": warm}
        best = dict.fromkeys(ways, float("inf"))
        counts = set()
        warm()
        for _ in range(arguments.rounds):
            for way, call in ways.items():
                start = time.perf_counter()
                counts.add(call())
                best[way] = min(best[way], time.perf_counter() - start)
        assert len(counts) == 1, counts
        print(f"{counts.pop():,} triangles, {file.stat().st_size / 1e6:.1f} MB")
        for way, seconds in best.items():
            print(f"{way:14s} {seconds * 1000:8.1f} ms   {best['trimesh.load'] / seconds:5.1f} x trimesh")


if __name__ == "__main__":
    main()
