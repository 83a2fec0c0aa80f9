"""The loader contract: one file in ``formats/`` that reads one kind of file.

A reader gets a :class:`Folder` (the only way to bytes: nothing outside its root can be opened,
no address is fetched) and gives a :class:`Model` in the file's own units and axes. Units, up
axis and world pose are applied in one place, ``formats._assemble``.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from immersive.errors import InputError, LimitError
from immersive.scene.model import FloatArray, Mesh, Notice, read_only

MAX_FILE_BYTES = 4 << 30
"""Largest single file that is read."""

_IDENTITY = read_only(np.eye(4))


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the caller may choose.

    Attributes:
        unit: Short name of the length unit the caller states for this very file, or None. It is an
            error if the file states another one.
        default_unit: Length unit of files that state none and for which ``unit`` is None (the
            layout's ``[units]``, the command line's ``--unit``); quietly unused elsewhere.
        unit_origin: Who stated ``unit`` and ``default_unit``: ``"layout"`` or ``"command line"``.
        up_axis: ``"Z"`` or ``"Y"`` for a file that does not say its own, or None (then ``"Z"``).
        deflection: Largest linear deviation when a B-rep is tessellated, metres.
        angular_deflection: Largest angle between facet normals, radians.
        representation: ``"visual"`` or ``"collision"`` where a file has both.
        joints: Joint name → position (radians or metres) for robots.
        cache: Whether parsed files may be kept and reused.
    """

    unit: str | None = None
    default_unit: str | None = None
    unit_origin: str = "layout"
    up_axis: str | None = None
    deflection: float = 1e-4
    angular_deflection: float = 0.5
    representation: str = "visual"
    joints: Mapping[str, float] = field(default_factory=dict)
    cache: bool = True


@dataclass(frozen=True, eq=False)
class Instance:
    """One placed mesh of a file.

    Attributes:
        path: Names of the nodes from the root to this one, at least one, none empty.
        mesh: In mesh coordinates; the same object for every instance of one shape.
        file_from_mesh: (4, 4) float64 affine: file coordinates from mesh coordinates.
        color: sRGB and alpha in 0…1, or None.
        source: File the mesh came from when it is not the file read (a URDF's STL), relative to the root.
        role: A role the file itself states (rare), or "".
        moving: True for what a joint moves.
        expected: What the file claims and an assembler verifies, e.g. ``{"triangles": 12}``.
    """

    path: tuple[str, ...]
    mesh: Mesh
    file_from_mesh: FloatArray = field(default_factory=lambda: _IDENTITY)
    color: tuple[float, float, float, float] | None = None
    source: str = ""
    role: str = ""
    moving: bool = False

    @property
    def name(self) -> str:
        return self.path[-1]


@dataclass(frozen=True, eq=False)
class Model:
    """A file's content in its own units and axes.

    Attributes:
        instances: In file order.
        unit: Short name of the unit the file states or its format fixes; None if neither.
        unit_origin: ``"format"``, ``"file"`` or ``""`` when unit is None.
        up_axis: ``"Z"``, ``"Y"`` or None when the file does not say.
        notices: Defects and assumptions.
        references: Other files that were read, by path relative to the root.
    """

    instances: tuple[Instance, ...]
    unit: str | None
    unit_origin: str = ""
    up_axis: str | None = None
    notices: tuple[Notice, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """One reader.

    Attributes:
        name: Short lower-case name, e.g. ``"glb"``.
        title: For people: ``"glTF 2.0 binary"``.
        suffixes: Lower-case file name endings with the dot.
        sniff: Whether these first bytes (up to 1,024) look like this format.
        read: ``(folder, relative path, options) -> Model``.
        version: Raise when the reader's output changes: cached models of other versions are dropped.
        cacheable: False where parsing is as fast as reading the cache. A file that places others is
            kept whole too: its entry holds only while each of them is unchanged.
        options_used: Names of the :class:`ReadOptions` that change what ``read`` gives; a cached
            model is reused only for equal ones.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    read: Callable[[Folder, str, ReadOptions], Model]
    version: int = 1
    cacheable: bool = True
    options_used: tuple[str, ...] = (
        "unit",
        "default_unit",
        "up_axis",
        "deflection",
        "angular_deflection",
        "representation",
        "joints",
    )


_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]+:")


class Folder:
    """A folder that files may be read from, and nothing outside it.

    Symbolic links are followed only as far as the target stays inside. Paths use ``/``.

    One Folder is one loading session, used by one thread: what was read through it is remembered
    (``digests``), so that every file is hashed once and exactly as it was parsed.

    Args:
        root: The folder.

    Attributes:
        digests: Relative path → (SHA-256, size in bytes) of each file read so far.
        trace: Relative path → SHA-256, or None for a file that was looked for and is absent; of
            the files asked for since :mod:`immersive.formats._read` last emptied it.
        memory: Models already read in this session; belongs to :mod:`immersive.formats._read`.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)
        self.digests: dict[str, tuple[str, int]] = {}
        self.trace: dict[str, str | None] = {}
        self.memory: dict[Any, Any] = {}
        self._held: dict[str, bytes] = {}
        self._hashed: dict[str, tuple[int, int, int]] = {}

    @cached_property
    def _real_root(self) -> str:
        return os.path.realpath(self.root)

    def locate(self, relative: str, *, base: str = "", wanted_by: str = "") -> str:
        """A reference found in a file as a clean path relative to the root.

        Args:
            relative: As written; may be percent-encoded only where the caller decoded it.
            base: Path of the file that holds the reference (its folder is the start).
            wanted_by: For the message: file that refers to it (default ``base``).

        Raises:
            InputError: An address, an absolute path, or a path that leaves the root.
        """
        asker = wanted_by or base or str(self.root)
        if _SCHEME.match(relative) and not re.match(r"^[A-Za-z]:[\\/]", relative):
            raise InputError(
                asker,
                f"refers to {relative!r}: only files of the same folder are read, no address is fetched",
            )
        clean = relative.replace("\\", "/")
        if clean.startswith("/") or re.match(r"^[A-Za-z]:/", clean) or "\0" in clean:
            raise InputError(
                asker,
                f"refers to {relative!r}: absolute paths are not read",
                hint="write a path relative to the layout",
            )
        joined = os.path.normpath(os.path.join(os.path.dirname(base), clean)).replace(os.sep, "/")
        if joined == ".." or joined.startswith("../"):
            raise InputError(asker, f"refers to {relative!r}: it leaves the folder {self.root}")
        real = os.path.realpath(os.path.join(self._real_root, joined))
        if real != self._real_root and not real.startswith(self._real_root.rstrip(os.sep) + os.sep):
            raise InputError(
                asker, f"refers to {relative!r}: it is a link that leaves the folder {self.root}"
            )
        return joined

    def locate_uri(self, uri: str, *, base: str) -> str:
        """Like :meth:`locate` for a percent-encoded relative URI."""
        return self.locate(unquote(uri), base=base)

    def path(self, relative: str) -> Path:
        """Absolute path of a located file."""
        return Path(self._real_root) / relative

    def exists(self, relative: str) -> bool:
        there = os.path.isfile(self.path(relative))
        if not there:
            self.trace.setdefault(relative, None)
        return there

    def hold(self, relative: str, data: bytes) -> None:
        """Keep bytes just read for the next :meth:`read` of the same file, which hands them over."""
        self._held[relative] = data

    def release(self, relative: str) -> None:
        """Forget held bytes that nobody asked for."""
        self._held.pop(relative, None)

    def size(self, relative: str, *, wanted_by: str = "", limit: int = MAX_FILE_BYTES) -> int:
        """Size in bytes of a located file; errors as :meth:`read`."""
        return self._status(relative, wanted_by, limit).st_size

    def read(self, relative: str, *, wanted_by: str = "", limit: int = MAX_FILE_BYTES) -> bytes:
        """The bytes of a located file.

        Raises:
            InputError: It does not exist, is no plain file, or cannot be read; names who wanted it.
            LimitError: It is larger than ``limit`` bytes.
        """
        held = self._held.pop(relative, None)
        if held is not None:
            return held
        status = self._status(relative, wanted_by, limit)
        try:
            data = self.path(relative).read_bytes()
        except OSError as error:
            raise _unreadable(error, relative, wanted_by) from error
        known = self._hashed.get(relative) == _stamp(status) and self.digests[relative][1] == len(data)
        self._record(relative, self.digests[relative][0] if known else sha256(data), len(data))
        return data

    def digest(self, relative: str, *, wanted_by: str = "") -> str:
        """SHA-256 of a located file without holding it in memory; errors as :meth:`read`."""
        status = self._status(relative, wanted_by, MAX_FILE_BYTES)
        made, size = hashlib.sha256(), 0
        for chunk in self.chunks(relative, min(status.st_size + 1, 1 << 20), wanted_by=wanted_by):
            made.update(chunk)
            size += len(chunk)
        self._record(relative, made.hexdigest(), size)
        self._hashed[relative] = _stamp(status)
        return made.hexdigest()

    def chunks(self, relative: str, size: int, *, skip: int = 0, wanted_by: str = "") -> Iterator[memoryview]:
        """The bytes of a located file in pieces of ``size``; a piece is only good until the next one.

        Raises:
            InputError: As :meth:`read`, or the file changed since :meth:`digest`.
        """
        buffer = bytearray(size)
        try:
            with open(self.path(relative), "rb", buffering=0) as stream:
                stamp = self._hashed.get(relative)
                if stamp is not None and _stamp(os.fstat(stream.fileno())) != stamp:
                    raise InputError(wanted_by or relative, "changed while it was being read")
                stream.seek(skip)
                while True:
                    count, more = 0, -1
                    while count < size and more:
                        more = stream.readinto(memoryview(buffer)[count:]) or 0
                        count += more
                    if count:
                        yield memoryview(buffer)[:count]
                    if count < size:
                        return
        except OSError as error:
            raise _unreadable(error, relative, wanted_by) from error

    def _status(self, relative: str, wanted_by: str, limit: int) -> os.stat_result:
        shown, place = _asker(relative, wanted_by)
        path = self.path(relative)
        try:
            if not path.is_file():
                self.trace.setdefault(relative, None)
                kind = "is a folder" if path.is_dir() else "does not exist"
                raise InputError(shown, f"{place}, which {kind}" if place else kind)
            status = path.stat()
        except OSError as error:
            raise _unreadable(error, relative, wanted_by) from error
        if status.st_size > limit:
            raise LimitError(shown, f"{status.st_size:,} bytes; at most {limit:,} are read", place=place)
        return status

    def _record(self, relative: str, digest: str, size: int) -> None:
        self.digests[relative] = (digest, size)
        self.trace[relative] = digest


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino


def _asker(relative: str, wanted_by: str) -> tuple[str, str | None]:
    shown = wanted_by or relative
    return shown, None if shown == relative else f"refers to {relative!r}"


def _unreadable(error: OSError, relative: str, wanted_by: str) -> InputError:
    shown, place = _asker(relative, wanted_by)
    return InputError(shown, f"cannot be read: {error.strerror}", place=place)


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def looks_like_lfs_pointer(head: bytes) -> bool:
    """True for the text that Git LFS leaves in place of a file that was not fetched."""
    return head.startswith(b"version https://git-lfs.github.com/spec/")
