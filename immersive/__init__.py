"""Stand inside a production cell before it exists, and check it: reach, clearance, walkways.

>>> import immersive
>>> scene = immersive.load("layouts/bench.toml")
>>> findings = immersive.check(scene)

Importing the package loads nothing heavy; the work is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from immersive.checks._run import Results
    from immersive.scene.model import Scene

__version__ = "0.1.0"
__all__ = ["__version__", "check", "load"]


def load(path: str | os.PathLike[str], *, unit: str | None = None, up_axis: str | None = None) -> Scene:
    """Read a layout, an assembly or a single mesh file.

    Args:
        path: ``.toml`` layout, ``placement.json``, URDF, SDF, or a CAD mesh.
        unit: Length unit for a file that states none (``"mm"``); ignored where the file says.
        up_axis: ``"Z"`` or ``"Y"`` for a file that does not say.

    Raises:
        immersive.errors.InputError: The file cannot be used; names file, place and defect.
    """
    from immersive.formats.load import load as load_

    return load_(path, unit=unit, up_axis=up_axis)


def check(scene: Scene, *, only: Iterable[str] = ()) -> Results:
    """Run the scene's rules (all checks, or those named in ``only``) and return the findings."""
    from immersive.checks._run import run

    return run(scene, only=only)
