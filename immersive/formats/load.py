"""The one way in: any readable file → Scene."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from immersive.errors import InputError, UsageError
from immersive.formats._base import Folder, ReadOptions
from immersive.scene.model import Scene
from immersive.units import length_unit

Progress = Callable[[str, float], None]
"""Called with what is being done and how far it is (0…1)."""


def load(
    path: str | os.PathLike[str],
    *,
    unit: str | None = None,
    up_axis: str | None = None,
    options: ReadOptions | None = None,
    root: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Scene:
    """Read a layout, an assembly or a single mesh file.

    Args:
        path: ``.toml`` layout, ``placement.json``, URDF, SDF, or a CAD mesh.
        unit: Length unit for files that state none; where a file states another one, the file
            wins and a notice says so.
        up_axis: ``"Z"`` or ``"Y"`` for a file that does not say.
        options: Everything else a reader can be told.
        root: Folder that references may not leave; default the file's own folder, or the ROS package
            that a URDF lies in.
        progress: Told what is being done.

    Raises:
        InputError: The file cannot be used; names file, place and defect.
        UsageError: No such unit or axis, or a root for a layout.
    """
    chosen = options or ReadOptions()
    if unit is not None:
        chosen = replace(chosen, default_unit=length_unit(unit), unit_origin="command line")
    if up_axis is not None:
        if up_axis.upper() not in ("Y", "Z"):
            raise UsageError(f"unknown up axis {up_axis!r}; use 'Z' or 'Y'")
        chosen = replace(chosen, up_axis=up_axis.upper())
    file = Path(path)
    if not file.exists():
        raise InputError(path, "does not exist")
    if file.is_dir():
        raise InputError(path, "is a folder, not a file", hint="name a layout (.toml) or a mesh file in it")
    if not file.is_file():
        raise InputError(path, "is not a plain file")
    if file.suffix.lower() == ".toml":
        if root is not None:
            raise UsageError("a layout reads the files of its own folder only: root is for other files")
        from immersive.formats.layout import load_layout

        return load_layout(file, options=chosen, progress=progress)
    return _load_file(file, chosen, root, progress)


def _load_file(
    file: Path, options: ReadOptions, root: str | os.PathLike[str] | None, progress: Progress | None
) -> Scene:
    from immersive.formats._assemble import assemble
    from immersive.formats._read import read_model, reference_sources
    from immersive.formats._robot_files import reading_root

    # A link is followed once, here: the user named it, so its folder is the root.
    folder = Folder(reading_root(file.resolve()) if root is None else root)
    relative = os.path.relpath(file.resolve(), os.path.realpath(folder.root)).replace(os.sep, "/")
    relative = folder.locate(relative, wanted_by=str(file))
    if progress is not None:
        progress(f"reading {file.name}", 0.0)
    model, source = read_model(folder, relative, options)
    if progress is not None:
        progress(f"placing the parts of {file.name}", 0.9)
    parts, notices, source = assemble(model, source, options)
    if progress is not None:
        progress(f"read {file.name}", 1.0)
    sources = (source, *reference_sources(folder, model))
    return Scene(name=file.stem, parts=parts, sources=sources, notices=notices)
