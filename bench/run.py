"""Every speed goal of the project, measured in one run and printed as a table.

    python bench/run.py [--shared DIR] [--rounds 3]

Each figure is a ratio of two things timed in turns on the same machine, so that it holds on a slow or
shared one. The goals on real cells need ``--shared``, the folder of real cells beside the checkout;
without it they are shown as not measured. Exit code 1 if a measured goal is missed.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Goal:
    """One line of the table: what, the measured figure (None: not measured), the goal."""

    what: str
    measured: float | None
    goal: float
    at_least: bool

    @property
    def met(self) -> bool | None:
        if self.measured is None:
            return None
        return self.measured >= self.goal if self.at_least else self.measured <= self.goal


def cpu_seconds(*arguments: str, rounds: int, cwd: Path | None = None) -> float:
    """User and system seconds of a Python process, the least of some runs; 0 or 1 is a good end."""
    spent = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        made = subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if made.returncode not in (0, 1):
            raise SystemExit(f"{' '.join(arguments)} failed:\n{made.stderr.decode()}")
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


def script(name: str, *arguments: str) -> str:
    """Output of another bench; its own exit code (goal missed) does not matter here."""
    made = subprocess.run(
        [sys.executable, str(HERE / name), *arguments], capture_output=True, text=True, check=False
    )
    print(made.stdout, file=sys.stderr)
    if made.stderr and "Traceback" in made.stderr:
        raise SystemExit(f"{name} failed:\n{made.stderr}")
    return made.stdout


def figure(pattern: str, text: str) -> float:
    """The last number the pattern finds; a bench that no longer prints it is an error."""
    found = re.findall(pattern, text)
    if not found:
        raise SystemExit(f"no figure for {pattern!r} in:\n{text}")
    return float(found[-1])


def start_up(rounds: int) -> list[Goal]:
    """Starting the program against starting Python with argparse and with trimesh."""
    own = ("-m", "immersive")
    root = HERE.parent
    base = cpu_seconds("-c", "import argparse", rounds=rounds)
    trimesh = cpu_seconds("-c", "import trimesh", rounds=rounds)
    lines = []
    for what, arguments, absolute, share in (
        ("--version", [*own, "--version"], 0.1, 0.1),
        ("--help", [*own, "--help"], 0.25, 0.25),
    ):
        spent = cpu_seconds(*arguments, rounds=rounds, cwd=root)
        lines.append(Goal(f"immersive {what}, CPU s", spent, absolute, False))
        lines.append(Goal(f"immersive {what} / import trimesh", spent / trimesh, share, False))
        print(f"immersive {what}: {spent / base:.1f} x python -c 'import argparse'", file=sys.stderr)
    numpy = cpu_seconds("-c", "import numpy", rounds=rounds)
    both = cpu_seconds("-c", "import numpy, immersive", rounds=rounds, cwd=root)
    lines.append(Goal("import immersive beyond numpy, CPU s", both - numpy, 0.3, False))
    for layout in sorted((root / "layouts").glob("*.toml")):
        check = [*own, "check", str(layout), "-q"]
        cpu_seconds(*check, rounds=1, cwd=root)  # compiles, fills the cache
        spent = cpu_seconds(*check, rounds=rounds, cwd=root)
        lines.append(Goal(f"check {layout.name}, warm, CPU s", spent, 3.0, False))
        print(f"check {layout.name}: {spent / trimesh:.2f} x import trimesh", file=sys.stderr)
    first = figure(r": ([\d.]+) s by the clock", script("first_run.py"))
    lines.append(Goal("check assembly_cell, nothing compiled yet, s by the clock", first, 20.0, False))
    return lines


def files(rounds: int) -> list[Goal]:
    """Reading files of a million triangles against trimesh."""
    glb = script("load_glb.py")
    stl = script("load_stl.py", "--rounds", str(rounds))
    return [
        Goal("GLB of 1 M triangles, trimesh / own", figure(r"ratio ([\d.]+)", glb.split("normals")[0]), 3.0, True),
        Goal("GLB with normals, trimesh / own", figure(r"ratio ([\d.]+)", glb), 3.0, True),
        Goal("GLB peak memory / arrays kept", figure(r"= ([\d.]+) x arrays", glb), 1.5, False),
        Goal("STL of 1 M triangles, trimesh / own", figure(r"alone .*ms +([\d.]+) x", stl), 3.0, True),
        Goal("STL with defects counted, trimesh / own", figure(r"cold .*ms +([\d.]+) x", stl), 3.0, True),
    ]  # fmt: skip


def reach() -> list[Goal]:
    """Inverse kinematics of one arm against pinocchio, and a population study."""
    arm = script("arm_ik.py")
    ratio = figure(r"ratio +([\d.]+)", arm) if "ratio" in arm else None
    study = script("reach_population.py")
    return [
        Goal("10,000 arm targets, pinocchio / own", ratio, 100.0, True),
        Goal("10,000 arm targets, solved %", figure(r"own .*solved ([\d.]+)", arm), 99.5, True),
        Goal("6,000 people x 20 points, s on two cores", figure(r"two cores +([\d.]+)", study), 5.0, False),
    ]


def cells(shared: Path | None, rounds: int) -> list[Goal]:
    """Real cells: loading against trimesh."""
    cold = warm = None
    if shared is not None:
        ariac = script(
            "load_cell.py", str(shared / "cells/cell-ariac/placement.json"), "--rounds", str(rounds)
        )
        cold = figure(r"cold .*ms +([\d.]+) of", ariac)
        warm = figure(r"warm .*ms +([\d.]+) of", ariac)
    return [
        Goal("cell-ariac cold / trimesh", cold, 1.0, False),
        Goal("cell-ariac warm / trimesh", warm, 0.15, False),
    ]


def swept(shared: Path | None, rounds: int) -> list[Goal]:
    """A robot in motion in a real cell, proven, against coal stepped at 100 Hz where a Python has it."""
    text = "" if shared is None else script("swept.py", str(shared), "--rounds", str(rounds))
    found = [float(ratio) for ratio in re.findall(r"ratio coal / own +([\d.]+)", text)]
    names = [
        f"robot 10 s in cell-twc, {motion}, coal 100 Hz{boxes} / own"
        for motion in ("runs into it", "stays clear")
        for boxes in ("", " with boxes first")
    ]
    ratios = found if len(found) == len(names) else [None] * len(names)
    return [Goal(name, ratio, 10.0, True) for name, ratio in zip(names, ratios, strict=True)]


def clearances(shared: Path | None, rounds: int) -> list[Goal]:
    """Distances of all pairs of parts, against coal where a Python that has it is named, and against fcl."""
    places: list[tuple[str, str | None]] = [
        ("500 parts, 1.04 M tri.", "500x1040000"),
        ("2,000 parts, 4.98 M tri.", "2000x4980000"),
        ("cell-ariac", None if shared is None else str(shared / "cells/cell-ariac/placement.json")),
        ("cell-twc", None if shared is None else str(shared / "cells/cell-twc/cell-twc-positioner.glb")),
    ]
    goals = []
    for name, place in places:
        text = "" if place is None else script("clearance.py", place, "--rounds", str(max(5, rounds)))
        coal = "ratio coal" in text
        errors = [float(e) for e in re.findall(r"largest difference to \w+ +([\d.e+-]+) m", text)]
        goals += [
            Goal(f"{name}: pairs near, coal / own",
                 figure(r"ratio coal / own near +([\d.]+)", text) if coal else None, 15.0, True),
            Goal(f"{name}: pairs, no bound, coal / own",
                 figure(r"ratio coal / own full +([\d.]+)", text) if coal else None, 3.0, True),
            Goal(f"{name}: largest difference, m", max(errors) if errors else None, 1e-6, False),
            Goal(f"{name}: one part moved, worst, ms",
                 figure(r"one part moved .*worst ([\d.]+) ms", text) if text else None, 11.0, False),
            Goal(f"{name}: full matrix / one part moved",
                 figure(r"ratio full matrix / moved (\d+)", text) if text else None, 100.0, True),
        ]  # fmt: skip
    return goals


def queries(rounds: int) -> list[Goal]:
    """Points, capsules and rays against 500 parts; open3d and coal where a Python that has them is named."""
    text = script("queries.py", "--rounds", str(rounds))

    def ratio(what: str) -> float | None:
        found = re.findall(rf"ratio {re.escape(what)} +([\d.]+) in wall", text)
        return float(found[-1]) if found else None

    return [
        Goal("100,000 signed points, open3d / own", ratio("open3d / own, signed points"), 4.0, True),
        Goal("signed points: wrong signs", figure(r"wrong signs (\d+), largest error", text), 0.0, False),
        Goal(
            "signed points: largest error, m", figure(r"largest error of 300 ([\d.e+-]+)", text), 1e-6, False
        ),
        Goal(
            "20 capsules of many poses, ms a pose", figure(r"all in one call +([\d.]+) ms", text), 0.1, False
        ),
        Goal(
            "20 capsules of a moving person, ms a pose",
            figure(r"a moving person +([\d.]+) ms", text),
            0.1,
            False,
        ),
        Goal("20 capsules, coal / own", ratio("coal / own, all in one call"), 30.0, True),
        Goal("incoherent rays, embreex / own", ratio("embreex / own, incoherent rays"), 1.0, True),
        Goal("camera rays, embreex / own", ratio("embreex / own, camera rays"), 1.0, True),
    ]


def obstacles(rounds: int) -> list[Goal]:
    """People among the parts of the demo cell."""
    text = script("reach_clear.py", "--rounds", str(rounds))
    return [
        Goal("8 people x 20 points past obstacles, s", figure(r"two cores +([\d.]+) s", text), 5.0, False),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, help="folder of real cells")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    os.environ["PYTHONPATH"] = str(HERE.parent)
    goals = [
        *start_up(arguments.rounds),
        *files(arguments.rounds),
        *reach(),
        *cells(arguments.shared, arguments.rounds),
        *clearances(arguments.shared, arguments.rounds),
        *swept(arguments.shared, arguments.rounds),
        *queries(arguments.rounds),
        *obstacles(arguments.rounds),
    ]
    words = {True: "yes", False: "NO", None: "not measured"}
    print(f"{'':52} {'goal':>10} {'measured':>10}  met")
    for one in goals:
        goal = f"{'>=' if one.at_least else '<='} {one.goal:g}"
        value = "-" if one.measured is None else f"{one.measured:.3g}"
        print(f"{one.what:52} {goal:>10} {value:>10}  {words[one.met]}")
    return int(any(one.met is False for one in goals))


if __name__ == "__main__":
    sys.exit(main())
