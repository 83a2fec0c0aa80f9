"""10,000 random reachable targets of one 7-joint arm with limits: our closed form against pinocchio.

    python bench/arm_ik.py [--targets 10000] [--rounds 5] [--peer PYTHON]

The targets are full frames of the hand, made by forward kinematics from random postures. The peer is pinocchio's
frame Jacobian in a Python loop of damped least squares (100 steps, one seed, clipped to the limits), as one would
write it; it runs in its own environment: ``--peer`` or ``IMMERSIVE_BENCH_PYTHON`` names a Python that has ``pin``.
Without one it is shown as not measured. A target counts as solved within 1e-4 m and 1e-3 rad, inside limits.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

UPPER, FOREARM, HAND = 0.30, 0.26, 0.08
PEER = """
import json, sys, time
import numpy as np, pinocchio as pin
data = np.load(sys.argv[1])
axes, offsets, tip, lo, hi, frames, points = (data[k] for k in ("axes", "offsets", "tip", "lo", "hi", "frames", "points"))
model, parent = pin.Model(), 0
for i in range(7):
    joint = pin.JointModelRevoluteUnaligned(axes[i])
    parent = model.addJoint(parent, joint, pin.SE3(np.eye(3), offsets[i]), f"j{i}")
end = model.addFrame(pin.Frame("tip", parent, pin.SE3(np.eye(3), tip), pin.FrameType.OP_FRAME))
work, eye, out = model.createData(), 1e-3 * np.eye(6), []
start = time.perf_counter()
for frame, point in zip(frames, points):
    goal, q = pin.SE3(frame, point), 0.5 * (lo + hi)
    for _ in range(100):
        pin.framesForwardKinematics(model, work, q)
        error = pin.log6(work.oMf[end].actInv(goal)).vector
        if error @ error < 1e-10:
            break
        j = pin.computeFrameJacobian(model, work, q, end, pin.LOCAL)
        q = np.clip(q + j.T @ np.linalg.solve(j @ j.T + eye, error), lo, hi)
    out.append(q.tolist())
print(json.dumps({"seconds": time.perf_counter() - start, "angles": out}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--targets", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", default=os.environ.get("IMMERSIVE_BENCH_PYTHON", ""))
    options = parser.parse_args()
    from immersive.human.arm_ik import arm_limits, solve_arm
    from immersive.human.kinematics import figure
    from immersive.human.skeleton import ANGLE, LINK, LINKS, SEGMENT

    row = np.full(len(LINKS), 0.1)
    row[[LINK["upper_arm"], LINK["forearm"], LINK["grip"]]] = UPPER, FOREARM, HAND
    lo, hi = arm_limits("right")
    first = ANGLE["right_shoulder_flexion"]

    def hands(angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        q = np.zeros((len(angles), 39))
        q[:, first : first + 7] = angles
        at = figure(row, q, [0.0, 0.0, 0.0, np.pi / 2])
        return at.rotations[:, SEGMENT["right_hand"]], at.point("right_grip") - at.point("right_shoulder")

    def solved(angles: np.ndarray) -> float:
        frames, points = hands(angles)
        off = np.linalg.norm(points - goal_points[: len(angles)], axis=1)
        trace = np.einsum("nij,nij->n", frames, goal_frames[: len(angles)])
        skew = np.linalg.norm(frames - goal_frames[: len(angles)], axis=(1, 2)) / np.sqrt(2.0)
        inside = ((angles >= lo - 1e-9) & (angles <= hi + 1e-9)).all(axis=1)
        return float(((off < 1e-4) & (skew < 1e-3) & (trace > 2.9) & inside).mean())

    goal_frames, goal_points = hands(np.random.default_rng(5).uniform(lo, hi, (options.targets, 7)))
    solve_arm(row, goal_points[:4], frames=goal_frames[:4])  # compiles
    best = np.inf
    for _ in range(options.rounds):
        start = time.perf_counter()
        ours = solve_arm(row, goal_points, frames=goal_frames)
        best = min(best, time.perf_counter() - start)
    print(
        f"own           {best * 1e3:.1f} ms for {options.targets} targets, solved {100 * solved(ours.angles):.2f} %"
    )
    if not options.peer or not Path(options.peer).exists():
        print("pinocchio     not measured: name a Python that has pin")
        return
    count = min(1000, options.targets)
    axes = np.array([[1, 0, 0], [0, -1, 0], [0, 0, 1], [1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]], float)
    offsets = np.zeros((7, 3))
    offsets[3, 2], offsets[5, 2] = -UPPER, -FOREARM
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "targets.npz"
        np.savez(data, axes=axes, offsets=offsets, tip=np.array([0.0, 0.0, -HAND]), lo=lo, hi=hi,
                 frames=goal_frames[:count], points=goal_points[:count])  # fmt: skip
        made = subprocess.run(
            [options.peer, "-c", PEER, str(data)], capture_output=True, text=True, check=True
        )
    peer = json.loads(made.stdout)
    theirs = peer["seconds"] * options.targets / count
    print(
        f"pinocchio     {theirs:.2f} s, solved {100 * solved(np.array(peer['angles'])):.1f} % (of {count}, scaled)"
    )
    print(f"ratio         {theirs / best:.0f}")


if __name__ == "__main__":
    main()
