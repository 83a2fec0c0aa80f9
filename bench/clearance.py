"""All pairs of parts of a cell within a distance: this engine against python-fcl, in one run.

    python bench/clearance.py CELL.glb|placement.json [--within 0.05] [--rounds 5] [--threads N]

Both get the same pairs from the same sweep over exact world boxes. fcl is called pair by pair on its
own trees (OBBRSS) over the same vertices; it knows no upper bound in Python. Taken in turns, the best of
all rounds counts. Distances up to the bound must agree to 1e-6 m; parts that lie inside another
without touching it are listed, since fcl reports them as clear. Goal: no slower than fcl on
cell-twc-positioner.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cell", type=Path)
    parser.add_argument("--within", type=float, default=0.05, help="metres")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=None, help="default: all cores")
    parser.add_argument("--no-fcl", action="store_true", help="time this engine alone")
    arguments = parser.parse_args()

    import immersive
    from immersive.geometry.bodies import Shapes, pack
    from immersive.geometry.containment import INSIDE, enclosed_shells
    from immersive.geometry.pairs import box_gaps, box_pairs, distances, thread_count

    scene = immersive.load(arguments.cell)
    parts = [part for part in scene if part.triangles]

    def build():  # type: ignore[no-untyped-def]
        shapes = Shapes()
        made = [shapes.body(p.mesh.vertices, p.mesh.faces, p.world_from_mesh) for p in parts]
        assert all(one is not None for one in made)
        return made

    small = pack(build()[:2])
    distances(small, np.array([[0, 1]]), np.inf)  # compiles
    start = time.perf_counter()
    bodies = build()
    both = pack(bodies)
    own_build = time.perf_counter() - start
    start = time.perf_counter()
    pairs = box_pairs(both.bounds, arguments.within)
    sweep = time.perf_counter() - start

    if not arguments.no_fcl:
        import fcl

        start = time.perf_counter()
        models = {}
        objects = []
        for one in bodies:
            shape = one.shape
            if id(shape) not in models:
                model = fcl.BVHModel()
                model.beginModel(len(shape.vertices), len(shape.faces))
                model.addSubModel(shape.vertices, shape.faces)
                model.endModel()
                models[id(shape)] = model
            if np.linalg.det(one.rotation) < 0.0:
                # fcl takes rotations only: a mirrored part gets a model of its own.
                model = fcl.BVHModel()
                model.beginModel(len(shape.vertices), len(shape.faces))
                model.addSubModel(one.to_world(shape.vertices), shape.faces)
                model.endModel()
                objects.append(fcl.CollisionObject(model))
                continue
            placed = fcl.Transform(one.rotation, one.origin)
            objects.append(fcl.CollisionObject(models[id(shape)], placed))
        fcl_build = time.perf_counter() - start

    def with_fcl() -> np.ndarray:
        gaps = [
            fcl.distance(objects[i], objects[j], fcl.DistanceRequest(), fcl.DistanceResult())
            for i, j in pairs
        ]
        return np.maximum(np.array(gaps), 0.0)

    best = {"one thread": np.inf, "all threads": np.inf, "fcl": np.inf}
    for _ in range(arguments.rounds):
        for name, threads in (("one thread", 1), ("all threads", arguments.threads)):
            start = time.perf_counter()
            found = distances(both, pairs, arguments.within, threads=threads)
            best[name] = min(best[name], time.perf_counter() - start)
        if not arguments.no_fcl:
            start = time.perf_counter()
            peer = with_fcl()
            best["fcl"] = min(best["fcl"], time.perf_counter() - start)

    near = np.isfinite(found.distance)
    triangles = sum(part.triangles for part in parts)
    print(f"{len(parts)} parts, {triangles} triangles, {len({id(b.shape) for b in bodies})} trees")
    print(f"{len(pairs)} pairs after the sweep, {near.sum()} within {arguments.within} m")
    print(f"own trees and boxes  {own_build * 1e3:9.1f} ms, sweep {sweep * 1e3:.1f} ms")
    print(f"own, one thread      {best['one thread'] * 1e3:9.1f} ms")
    print(f"own, {thread_count(arguments.threads)} threads       {best['all threads'] * 1e3:9.1f} ms")
    if not arguments.no_fcl:
        print(f"fcl trees            {fcl_build * 1e3:9.1f} ms")
        print(f"fcl, pair by pair    {best['fcl'] * 1e3:9.1f} ms")
        ratio = best["fcl"] / best["all threads"]
        whole = (best["fcl"] + fcl_build) / (best["all threads"] + own_build)
        print(f"ratio fcl / own      {ratio:9.2f}   (goal >= 1; with trees {whole:.2f})")
        close = peer <= arguments.within
        error = np.abs(found.distance[close] - peer[close]).max(initial=0.0)
        missed = int((peer[near] > arguments.within + 1e-6).sum())
        print(f"largest difference   {error:9.1e} m  (goal <= 1e-6), {missed} pairs only here")
    touching = box_gaps(both.bounds, pairs) <= 0.0
    for k in np.flatnonzero(touching & (found.distance > 1e-6)):
        i, j = pairs[k]
        for a, b in ((i, j), (j, i)):
            if (enclosed_shells(bodies[a], bodies[b]) == INSIDE).all():
                print(f"contained: {parts[a].id} in {parts[b].id}")


if __name__ == "__main__":
    main()
