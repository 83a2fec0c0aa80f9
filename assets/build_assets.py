"""Makes every mesh of the demo cells: ``python assets/build_assets.py`` (numpy only).

Running it again writes the same bytes. ``--check`` writes nothing and exits 1 if a file differs.
The parts are drawn in ``assets/workshop``, in millimetres, Z up.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # this folder travels in the wheel

from workshop import conveyor, hall, robot, safety, station  # noqa: E402
from workshop.glb import Node, glb, stl  # noqa: E402


def cells() -> dict[str, list[Node]]:
    """File name (without suffix) → its root nodes."""
    return {
        "bench": station.bench(),
        "display": station.display(),
        "bin_small_blue": station.small_bin(station.BLUE),
        "bin_small_red": station.small_bin("#b8433a"),
        "bin_large": station.large_bin("#5c6b3a"),
        "small_parts": station.small_parts(),
        "stool": station.stool(),
        "mat": station.mat(),
        "balancer": station.balancer(),
        "fixture": station.fixture(),
        "gear_unit": station.gear_unit(),
        "carrier": station.carrier(),
        "two_hand_control": station.two_hand_control(),
        "trolley": station.trolley(),
        "dustbin": station.dustbin(),
        "conveyor_2000": conveyor.conveyor(2000),
        "conveyor_1000": conveyor.conveyor(1000, drive=False),
        "end_stop": conveyor.end_stop(),
        "tunnel": conveyor.tunnel(),
        "fence_post": safety.fence_post(),
        "fence_panel_500": safety.fence_panel(500),
        "fence_panel_1000": safety.fence_panel(1000),
        "fence_panel_opening": safety.fence_panel_opening(),
        "fence_door": safety.fence_door(),
        "light_curtain": safety.light_curtain(),
        "signal_tower": safety.signal_tower(),
        "operator_panel": safety.operator_panel(),
        "extinguisher": safety.extinguisher(),
        "exit_sign": safety.exit_sign(),
        "cabinet": hall.cabinet(),
        "robot_pedestal": hall.robot_pedestal(),
        "pallet": hall.pallet(),
        "carton": hall.carton(),
        "pallet_place": hall.pallet_place(),
        "column": hall.column(),
        "beam_6000": hall.beam(6000),
        "lamp": hall.lamp(),
        "cable_tray_3000": hall.cable_tray(3000),
        "tray_hanger": hall.tray_hanger(900),
        "cable_duct": hall.cable_duct(),
        "agv": hall.agv(),
    }


def files() -> dict[str, bytes]:
    """Path below ``assets/`` → bytes."""
    made = {f"cells/{name}.glb": glb(nodes) for name, nodes in cells().items()}
    made["cells/camera_bracket.stl"] = stl(safety.camera_bracket())
    folder = "robots/demo6"
    made |= {f"{folder}/meshes/{name}.glb": glb(nodes) for name, nodes in robot.links().items()}
    made[f"{folder}/robot.urdf"] = robot.urdf().encode()
    return made


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or compare them; the exit code."""
    parser = argparse.ArgumentParser(description="Make the meshes of the demo cells.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs")
    parser.add_argument("--into", type=Path, default=Path(__file__).resolve().parent, help="assets folder")
    options = parser.parse_args(arguments)
    different = []
    for name, data in files().items():
        path: Path = options.into / name
        if path.is_file() and path.read_bytes() == data:
            continue
        different.append(name)
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    print(f"{len(different)} of {len(files())} files {'differ' if options.check else 'written'}")
    for name in different:
        print(f"  {name}")
    return 1 if options.check and different else 0


if __name__ == "__main__":
    sys.exit(main())
