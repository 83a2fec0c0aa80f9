"""RULA of 100,000 postures (an hour at 30 Hz): the arrays against a plain Python loop, in one run.

    python bench/rula.py [--postures 100000] [--rounds 5]

The loop is the method written with ifs and lists, as one would without numpy; both must agree on
every posture. Taken in turns, the best of all rounds counts (the machine may be shared).
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from immersive.human import rula

FLAGS = ("shoulder_raised", "upper_arm_abducted", "arm_supported", "across_midline", "wrist_deviated",
         "neck_twisted", "neck_bent_sideways", "trunk_twisted", "trunk_bent_sideways", "legs_supported",
         "static", "shock")  # fmt: skip
RANGES = {"upper_arm_flexion_deg": (-60, 150), "lower_arm_flexion_deg": (0, 150), "wrist_flexion_deg": (-40, 40),
          "neck_flexion_deg": (-20, 50), "trunk_flexion_deg": (-10, 90), "load_kg": (0, 15),
          "repeats_per_min": (0, 8)}  # fmt: skip


def postures(count: int, seed: int = 20250101) -> dict[str, np.ndarray]:
    """Random postures; whole degrees, so that band ends are met."""
    random = np.random.default_rng(seed)
    values: dict[str, np.ndarray] = {
        name: random.integers(low, high + 1, count).astype(np.float64) for name, (low, high) in RANGES.items()
    }
    values |= {name: random.random(count) < 0.3 for name in FLAGS}
    return values | {"wrist_twist": random.integers(1, 3, count)}


def plain(p: dict[str, Any], tables: dict[str, Any]) -> int:
    """The grand score of one posture, in plain Python."""
    angle = p["upper_arm_flexion_deg"]
    upper = 1 if -20 <= angle <= 20 else 2 if angle <= 45 else 3 if angle <= 90 else 4
    upper += p["shoulder_raised"] + p["upper_arm_abducted"] - p["arm_supported"]
    upper = min(max(upper, 1), 6)
    lower = (1 if 60 <= p["lower_arm_flexion_deg"] <= 100 else 2) + p["across_midline"]
    bend = abs(p["wrist_flexion_deg"])
    wrist = (1 if bend == 0 else 2 if bend < 15 else 3) + p["wrist_deviated"]
    angle = p["neck_flexion_deg"]
    neck = 4 if angle < 0 else 1 if angle <= 10 else 2 if angle < 20 else 3
    neck += p["neck_twisted"] + p["neck_bent_sideways"]
    angle = abs(p["trunk_flexion_deg"])
    trunk = 1 if angle == 0 else 2 if angle <= 20 else 3 if angle < 60 else 4
    trunk += p["trunk_twisted"] + p["trunk_bent_sideways"]
    legs = 1 if p["legs_supported"] else 2
    sustained = p["static"] or p["repeats_per_min"] > 4
    load = p["load_kg"]
    if p["shock"]:
        force = 3
    elif load < 2:
        force = 0
    elif load < 10:
        force = 2 if sustained else 1
    else:
        force = 3 if sustained else 2
    c = tables["table_a"][upper - 1][lower - 1][wrist - 1][p["wrist_twist"] - 1] + sustained + force
    d = tables["table_b"][neck - 1][trunk - 1][legs - 1] + sustained + force
    return int(tables["table_c"][min(c, 8) - 1][min(d, 7) - 1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postures", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    values = postures(options.postures)
    tables = {name: rula.tables()[name].tolist() for name in ("table_a", "table_b", "table_c")}
    columns = {name: column.tolist() for name, column in values.items()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    best = {"arrays": np.inf, "loop": np.inf}
    for _ in range(options.rounds):
        start = time.perf_counter()
        ours = rula.assess(**values)["grand"]
        best["arrays"] = min(best["arrays"], time.perf_counter() - start)
        start = time.perf_counter()
        theirs = [plain(row, tables) for row in rows]
        best["loop"] = min(best["loop"], time.perf_counter() - start)
        assert ours.tolist() == theirs
    print(f"postures      {options.postures}")
    print(f"arrays        {best['arrays']:.4f} s")
    print(f"plain Python  {best['loop']:.4f} s")
    print(f"ratio         {best['loop'] / best['arrays']:.1f}")


if __name__ == "__main__":
    main()
