"""A population study: 6,000 people x 20 work points, whole upper body, obstacle-free.

    python bench/reach_population.py [--people 6000] [--rounds 3]

Sampled people of both sexes stand at a bench; twenty work points from the fixture to high bins, shelves beside
and a crate at knee height, for a given hand, either or both, and two with an approach. The goal is 5 s on two
cores. On a shared machine wall-clock time says little; CPU time over the cores is what it comes to alone.
"""

from __future__ import annotations

import argparse
import math
import os
import time

import numpy as np

from immersive.human.links import links_of
from immersive.human.population import sampled
from immersive.human.posing import Stance, Target
from immersive.human.reach_ik import solve_reach

STANCE = Stance((0.0, -0.45, 0.0), math.pi / 2)
TARGETS = [
    Target((0.0, -0.16, 1.06), "both"),
    Target((-0.255, 0.025, 1.045), "left", "pinch"),
    Target((0.255, 0.025, 1.045), "right", "pinch"),
    Target((0.17, 0.045, 1.235), "right", "pinch"),
    Target((-0.17, 0.045, 1.235), "left", "pinch"),
    Target((0.45, -0.08, 1.37), "right"),
    Target((0.0, 0.1, 1.0), "either", "press"),
    Target((0.3, 0.2, 0.95), "either"),
    Target((-0.4, 0.15, 1.1), "either"),
    Target((0.5, -0.4, 1.0), "right"),
    Target((-0.5, -0.4, 0.9), "either"),
    Target((0.2, 0.15, 1.5), "either"),
    Target((0.1, -0.1, 1.8), "either", "press"),
    Target((0.35, -0.15, 0.55), "right"),
    Target((0.0, 0.0, 0.75), "both"),
    Target((0.1, 0.3, 1.2), "either"),
    Target((0.2, 0.0, 1.0), "right", "grip", (0.0, 0.0, -1.0)),
    Target((0.15, 0.05, 1.1), "right", "grip", (0.0, 1.0, 0.0)),
    Target((0.0, -0.1, 1.2), "both"),
    Target((-0.2, -0.05, 1.3), "left", "press"),
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    people = sampled(options.people // 2, seed=1)
    links = links_of(people)
    solve_reach(people.pick(range(8)), links[:8], STANCE, TARGETS)  # compiles
    wall = cpu = np.inf
    for _ in range(options.rounds):
        start, spent = time.perf_counter(), time.process_time()
        poses = solve_reach(people, links, STANCE, TARGETS)
        wall, cpu = min(wall, time.perf_counter() - start), min(cpu, time.process_time() - spent)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = poses.missing.size
    print(f"postures      {count}, reached {100 * poses.reached.mean():.1f} %")
    print(f"wall clock    {wall:.2f} s on {cores} cores")
    print(f"two cores     {cpu / 2:.2f} s of CPU each, {1e6 * cpu / count:.0f} us a posture")


if __name__ == "__main__":
    main()
