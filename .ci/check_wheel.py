"""Builds the wheel, installs it into a venv of its own and runs the demo from an empty folder.

Proves that assets and layouts travel in the wheel and that ``check`` works without a clone,
an OpenGL, an OpenXR or a window package.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROBE = """
import importlib.util, shutil, sys
from immersive.cli import main
from immersive.resources import resource
for absent in ("OpenGL", "xr", "glfw"):
    assert importlib.util.find_spec(absent) is None, absent
shutil.copy(resource("layouts/bench.toml"), "bench.toml")
code = main(["check", "bench.toml", "--json", "review.json"])
assert "_data" in str(resource("assets")), resource("assets")
sys.exit(code)
"""


def run(*command: str | Path, cwd: Path) -> None:
    """Say and run a command; its failure is ours."""
    print("+", *command, flush=True)
    subprocess.run([str(word) for word in command], cwd=cwd, check=True)


def look_inside(wheel: Path) -> None:
    """Every folder of assets but the drawings travels, and nothing that is made while working."""
    names = zipfile.ZipFile(wheel).namelist()
    for folder in (ROOT / "assets").iterdir():
        if folder.is_dir() and folder.name not in ("workshop", "__pycache__"):
            start = f"immersive/_data/assets/{folder.name}/"
            assert any(name.startswith(start) for name in names), f"the wheel lacks {start}"
    tops = ("immersive/", wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info/")
    stray = [n for n in names if not n.startswith(tops) or "__pycache__" in n or "workshop" in n]
    assert not stray, f"the wheel holds {stray[:5]}"


def main() -> None:
    """Build, install, run."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", work, ROOT, cwd=work)
        wheel = next(work.glob("immersive-*.whl"))
        look_inside(wheel)
        venv.create(work / "venv", with_pip=True)
        bin_ = work / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
        run(
            bin_ / "python",
            "-m",
            "pip",
            "install",
            "-q",
            "-c",
            ROOT / ".ci" / "requirements.lock",
            wheel,
            cwd=work,
        )
        empty = work / "elsewhere"
        empty.mkdir()
        run(bin_ / "python", "-c", PROBE, cwd=empty)
        run(bin_ / "immersive", "explain", "clearance", cwd=empty)


if __name__ == "__main__":
    main()
