"""Where the mesh files are that URDF and SDF name by ``package://``, ``model://``, ``file://`` or a path.

There is no ROS here: a package or model is a folder of that name inside the root, looked for from
the referring file's folder upwards. Nothing outside the root is looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from immersive.errors import InputError
from immersive.formats._base import Folder

_MANIFEST = "package.xml"
_LOOKED_AT = 1 << 24
_PACKAGE = re.compile(r"^(?:package|model)://([^/]*)/?(.*)$", re.DOTALL)


def reading_root(file: Path) -> Path:
    """The folder that a file's references may lie in: its own, or the ROS package that a URDF lies in.

    A package keeps ``urdf/`` beside ``meshes/``: one that says ``package://`` means the whole package,
    the nearest folder above with a ``package.xml``.

    Args:
        file: An existing file, links resolved.
    """
    own = file.parent
    if file.suffix.lower() not in (".urdf", ".sdf", ".world"):
        return own
    try:
        with open(file, "rb") as stream:
            named = b"package://" in stream.read(_LOOKED_AT)
    except OSError:
        return own
    if not named:
        return own
    return next((folder for folder in (own, *own.parents) if (folder / _MANIFEST).is_file()), own)


def resolve(folder: Folder, uri: str, *, base: str, place: str) -> str | None:
    """The located path of an existing file, or None if there is none.

    Args:
        folder: Where files may be read.
        uri: As the file names it.
        base: The referring file.
        place: For messages.

    Raises:
        InputError: An address, or a path that leaves the root.
    """
    written = uri.strip()
    if not written:
        raise InputError(base, "names no file", place=place)
    for name in dict.fromkeys((written, unquote(written))):
        for number, (candidate, start) in enumerate(_candidates(folder, name, base)):
            try:
                located = folder.locate(candidate, base=start, wanted_by=base)
            except InputError as error:
                if number:
                    continue
                text = f"refers to {written!r}: {_reason(error)}"
                raise InputError(base, text, place=place, hint=error.hint) from None
            if folder.exists(located):
                return located
    return None


def _reason(error: InputError) -> str:
    text = error.defect
    if "leaves the folder" in text:
        return "it leaves the folder that files are read from"
    if "address" in text:
        return "no address is fetched"
    return text.rpartition(": ")[2]


def _candidates(folder: Folder, uri: str, base: str) -> Iterator[tuple[str, str]]:
    """(relative path, file whose folder it starts from), likeliest first.

    The first one is the reference as written, so that one that climbs out is refused, not passed over.
    """
    levels = list(_upwards(base))
    package = _PACKAGE.match(uri)
    if package is None:
        path = uri
        if path.lower().startswith("file://"):
            path = path[7:]
            if path.startswith("/"):
                path = os.path.relpath(path, folder.path("")).replace(os.sep, "/")
                yield path, ""
                return
        yield path, base
        for level in levels[1:]:
            yield path, level + "_"
        return
    name, rest = package[1], package[2].lstrip("/")
    yield f"{name}/{rest}", ""
    for level in levels:
        yield f"{name}/{rest}", level + "_"
        yield f"models/{name}/{rest}", level + "_"
    for level in levels:
        own = os.path.basename(level.rstrip("/")) or os.path.basename(os.path.realpath(folder.root))
        if own == name:
            yield rest, level + "_"
    for level in levels:
        yield rest, level + "_"


def _upwards(base: str) -> Iterator[str]:
    """The folders of a file from its own to the root, each with a trailing slash; the root is empty."""
    parts = base.split("/")[:-1]
    for length in range(len(parts), -1, -1):
        yield "".join(f"{part}/" for part in parts[:length])
