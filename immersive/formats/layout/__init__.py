"""The layout file: one TOML file that describes a cell. Importing this package is cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from immersive.formats._base import ReadOptions
    from immersive.scene.model import Scene

__all__ = ["load_layout"]


def load_layout(
    path: str | os.PathLike[str],
    *,
    options: ReadOptions | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Scene:
    """Read a layout and every file it names.

    A part whose file is absent or broken is left out and told of by a notice of severity error
    that names the entry, so that no check can pass for want of it.

    Args:
        path: The ``.toml`` file. Its files are found relative to its folder and may not lie outside.
        options: What the caller chooses where the layout says nothing.
        progress: Called with what is being done and how far it is (0…1).

    Raises:
        immersive.errors.LayoutError: The layout itself is wrong; every mistake is listed with its
            line and key path.
    """
    from pathlib import Path

    from immersive.formats.layout.build import build_scene
    from immersive.formats.layout.read import read_layout

    return build_scene(read_layout(Path(path)), path, options=options, progress=progress)
