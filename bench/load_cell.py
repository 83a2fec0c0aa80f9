"""A real cell: `immersive.load` of a placement, cold and from the cache, against trimesh.

    python bench/load_cell.py PLACEMENT.json [--rounds 5]

trimesh loads each mesh file that the cell's visual parts use once, and nothing else. Ours reads the
placement, every file, applies units and poses, counts the defects of each shape and, when cold,
fills the cache. Taken in turns, the best of all rounds counts. Goals: cold at most 1.0, warm at
most 0.15 of trimesh's time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from load_stl import bumpy_sphere, write_stl


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("placement", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    placement: Path = arguments.placement
    import trimesh

    import immersive
    from immersive.formats.load import load

    parts = json.loads(placement.read_text())["parts"]
    names = dict.fromkeys(item["file"] for item in parts if item["role"] == "visual" and item["file"])
    files = [placement.parent / name for name in names]
    # References may climb to folders beside the placement: the common one is the root.
    root = Path(os.path.commonpath([os.path.realpath(file) for file in [*files, placement]]))
    root = root if root.is_dir() else root.parent

    with tempfile.TemporaryDirectory() as name:
        cache = Path(name) / "cache"
        os.environ["IMMERSIVE_CACHE_DIR"] = str(cache)
        small = Path(name) / "warm-up.stl"
        write_stl(small, *bumpy_sphere(1000))
        trimesh.load(small)
        immersive.load(small, unit="m")

        def peer() -> None:
            for file in files:
                trimesh.load(file)

        def ours() -> int:
            return load(placement, root=root).triangles

        best = {"trimesh": float("inf"), "cold": float("inf"), "warm": float("inf")}
        counts = set()
        ours()
        for _ in range(arguments.rounds):
            start = time.perf_counter()
            peer()
            best["trimesh"] = min(best["trimesh"], time.perf_counter() - start)
            shutil.rmtree(cache, ignore_errors=True)
            for way in ("cold", "warm"):
                start = time.perf_counter()
                counts.add(ours())
                best[way] = min(best[way], time.perf_counter() - start)
        assert len(counts) == 1, counts
        print(f"{len(files)} mesh files, {counts.pop():,} triangles placed")
        for way, seconds in best.items():
            print(f"{way:8s} {seconds * 1000:8.1f} ms   {seconds / best['trimesh']:5.3f} of trimesh")


if __name__ == "__main__":
    main()
