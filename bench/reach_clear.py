"""Obstacle-aware reach: 8 people at 20 work points of the demo cell, and 20 capsules against a real cell.

    python bench/reach_clear.py [--rounds 3] [--cell placement.json]

The 20 points are those of the assembly station and others spread over its bench, bins and shelves; a third of
them cannot be reached in the natural posture without cutting something. The least of some rounds, everything
compiled; on a shared machine wall clock says little, CPU time over two cores is what it comes to alone.
``--cell`` adds capsules of a body at 200 places of a real cell.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
GOAL = 5.0


def reach(rounds: int) -> bool:
    from immersive.formats.load import load
    from immersive.human.links import links_of
    from immersive.human.obstacles import obstacles_of
    from immersive.human.population import percentile_people
    from immersive.human.posing import Target, stance_of, target_of
    from immersive.human.reach_clear import solve_reach_clear

    scene = load(str(ROOT / "layouts/assembly_cell.toml"))
    assert scene.station is not None
    station = scene.station.workstations[0]
    stance = stance_of(station)
    targets = [target_of(point) for point in station.work_points]
    x, y, z = stance.position
    places = [
        (dx, dy, h) for dx in (-0.35, -0.1, 0.15, 0.4) for dy, h in ((0.35, 1.0), (0.45, 1.08), (0.5, 1.3))
    ]
    for k, (dx, dy, h) in enumerate([*places, *((side, 0.6, 1.1) for side in (0.0, 0.1, 0.2, -0.1, -0.2))]):
        targets.append(Target((x + dx, y + dy, z + h), grasp=("grip", "press", "pinch")[k % 3]))
    # The layout's own points first; the cell may gain some.
    targets = targets[:20]
    people = percentile_people(["F05", "F25", "F50", "F75", "M25", "M50", "M75", "M95"])
    links = links_of(people)
    obstacles = obstacles_of(scene)
    assert len(people) * len(targets) == 160
    poses = solve_reach_clear(people, links, stance, targets, obstacles)
    spent, busy = [], []
    for _ in range(rounds):
        start, used = time.perf_counter(), time.process_time()
        again = solve_reach_clear(people, links, stance, targets, obstacles)
        spent.append(time.perf_counter() - start)
        busy.append(time.process_time() - used)
        assert np.array_equal(again.angles, poses.angles)
    natural = sum(bool(cell) for row in poses.avoided for cell in row)
    found = int((poses.reached & ~poses.blocked).sum())
    print(f"natural posture cuts {natural} of 160; clear {found}, blocked {int(poses.blocked.sum())}")
    print(
        f"8 people x 20 points, {len(obstacles.parts)} parts: wall {min(spent):.2f} s, CPU {min(busy):.2f} s"
    )
    print(f"CPU over two cores   {min(busy) / 2:.2f} s   goal {GOAL:g} s")
    return min(busy) / 2 <= GOAL


def capsules(cell: Path, rounds: int) -> None:
    from immersive.formats.load import load
    from immersive.geometry.capsules import capsule_distances, capsule_rows, surroundings
    from immersive.human.kinematics import figure
    from immersive.human.links import links_of
    from immersive.human.population import percentile_people
    from immersive.human.posing import Stance
    from immersive.human.stance import rest
    from immersive.human.volume import capsules_of, place
    from immersive.scene.bodies import body_of

    bodies = [body for body in map(body_of, load(str(cell))) if body is not None]
    around = surroundings(bodies)
    people = percentile_people(["M50"])
    links = links_of(people)
    shape = capsules_of(people, links)
    ends = place(shape, figure(links, *rest(links, Stance((0.0, 0.0, 0.0), 0.0))))[0]
    one = capsule_rows(ends[:20, 0], ends[:20, 1], shape.start_radius[0, :20], shape.end_radius[0, :20])
    low, high = around.pack.bounds[:, :3].min(0), around.pack.bounds[:, 3:].max(0)
    walk = np.linspace(low[0] + 1.0, high[0] - 1.0, 200)
    rows = np.tile(one, (200, 1, 1))
    rows[:, :, [0, 3]] += walk[:, None, None]
    rows[:, :, [1, 4]] += (0.6 * np.sin(1.3 * walk))[:, None, None]
    for name, limit in (("any distance", np.inf), ("within 50 mm", 0.05)):
        spent = []
        for _ in range(rounds + 1):
            start = time.perf_counter()
            capsule_distances(around, rows, limit=limit, inside=False, threads=1)
            spent.append(time.perf_counter() - start)
        print(f"20 capsules, one core, {name}   {min(spent[1:]) / 200 * 1e3:.3f} ms a body")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cell", type=Path)
    arguments = parser.parse_args()
    good = reach(arguments.rounds)
    if arguments.cell is not None:
        capsules(arguments.cell, arguments.rounds)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
