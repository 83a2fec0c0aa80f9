"""Parsed models, kept on disk by the content of the files they came from.

An entry is one file: magic, header length, JSON header, raw arrays, checksum. Nothing in it is
executed. It is found by the hash of the main file, the reader and its version and the options
that matter; it is used only while every other file the reader looked at is unchanged. Whatever is
wrong with an entry or with the folder, the file is simply parsed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import sys
import tempfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import ImmersiveError
from immersive.formats._base import Folder, Instance, Model
from immersive.geometry.topology import MeshTopology
from immersive.scene.model import Mesh, Notice, Severity

CACHE_BYTES: Final = 4 << 30
"""Largest total size of the cache; the entries that were not used for longest go first."""

_MAGIC: Final = b"IMMERSIVE-MODEL\x01"
_LAYOUT: Final = struct.Struct("<16sQQ")
_ALIGN: Final = 64
_SUFFIX: Final = ".model"
_used_bytes: dict[str, int] = {}


def folder_path() -> Path | None:
    """Where entries are kept: ``$IMMERSIVE_CACHE_DIR`` or the user's cache folder; None if there is none."""
    stated = os.environ.get("IMMERSIVE_CACHE_DIR")
    if stated:
        return Path(stated) / "models"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "immersive" / "models"


def key(name: str, version: int, relative: str, digest: str, options: str) -> str:
    """The name of an entry. ``relative`` takes part because messages and references hold it."""
    text = "\x1f".join([name, str(version), relative, digest, options, str(_MAGIC)])
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=20).hexdigest()


def fetch(entry: str, folder: Folder) -> Model | None:
    """The model kept under a key, or None if there is none that still holds.

    Files that the model refers to are hashed through ``folder``, as if they had been parsed.
    """
    place = folder_path()
    if place is None:
        return None
    file = place / (entry + _SUFFIX)
    try:
        data = file.read_bytes()
    except OSError:
        return None
    try:
        header, body = _open(data, entry)
        if not _references_hold(header["references"], folder):
            return None
        model = _decode(header, data, body)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, struct.error):
        return None  # damaged or foreign: the file is parsed again and the entry replaced
    with contextlib.suppress(OSError):
        os.utime(file)
    return model


def keep(entry: str, model: Model, trace: dict[str, str | None], relative: str) -> None:
    """Keep a model. ``trace`` is what was read for it (see :class:`Folder`). Never fails."""
    place = folder_path()
    if place is None:
        return
    references = {path: digest for path, digest in trace.items() if path != relative}
    blocks = _encode(entry, model, references)
    if blocks is None:
        return
    size = sum(len(block) for block in blocks)
    if size > CACHE_BYTES // 2:
        return
    temporary = ""
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=place, prefix=".new-")
        with os.fdopen(handle, "wb") as stream:
            for block in blocks:
                stream.write(block)
        os.replace(temporary, place / (entry + _SUFFIX))
    except OSError:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        return
    _bound(place, size)


def _references_hold(references: dict[str, str | None], folder: Folder) -> bool:
    for relative, digest in references.items():
        if digest is None:
            if folder.exists(relative):
                return False
            continue
        if relative not in folder.digests:
            try:
                # The entry may have been made under another root: only what may be read is read.
                if folder.locate(relative) != relative:
                    return False
                folder.digest(relative)
            except ImmersiveError:
                return False
        if folder.digests[relative][0] != digest:
            return False
        folder.trace[relative] = digest
    return True


def _bound(place: Path, added: int) -> None:
    """Remove the entries unused for longest while the total is over ``CACHE_BYTES``."""
    name = str(place)
    if name in _used_bytes:
        _used_bytes[name] += added
        if _used_bytes[name] <= CACHE_BYTES:
            return
    entries = []
    with contextlib.suppress(OSError), os.scandir(place) as listing:
        for item in listing:
            with contextlib.suppress(OSError):
                status = item.stat()
                entries.append((status.st_mtime_ns, status.st_size, item.path))
    total = sum(size for _, size, _ in entries)
    entries.sort()
    if total > CACHE_BYTES:
        # Down to nine tenths, so that the next few entries do not each pay for a scan.
        for _, size, path in entries:
            if total <= CACHE_BYTES * 9 // 10:
                break
            with contextlib.suppress(OSError):
                os.unlink(path)
                total -= size
    _used_bytes[name] = total


# The container ---------------------------------------------------------------------------


def _encode(entry: str, model: Model, references: dict[str, str | None]) -> list[Any] | None:
    arrays: list[NDArray[Any]] = []
    offset = 0

    def put(array: NDArray[Any]) -> list[Any]:
        nonlocal offset
        array = np.ascontiguousarray(array)
        offset += -offset % _ALIGN
        spot = [offset, array.dtype.str, list(array.shape)]
        arrays.append(array)
        offset += array.nbytes
        return spot

    meshes = list({id(item.mesh): item.mesh for item in model.instances}.values())
    index = {id(mesh): number for number, mesh in enumerate(meshes)}
    header: dict[str, Any] = {
        "entry": entry,
        "references": references,
        "unit": model.unit,
        "unit_origin": model.unit_origin,
        "up_axis": model.up_axis,
        "model_references": list(model.references),
        "notices": [asdict(notice) for notice in model.notices],
        "meshes": [
            {
                "vertices": put(mesh.vertices),
                "faces": put(mesh.faces),
                "face_colors": None if mesh.face_colors is None else put(mesh.face_colors),
                "name": mesh.name,
                "key": mesh.key,
                "deflection": mesh.deflection,
                "dropped": dict(mesh.dropped),
                "bounds": None if mesh.bounds is None else mesh.bounds.tolist(),
                "all_used": mesh._all_used,
                "topology": asdict(mesh.topology),
            }
            for mesh in meshes
        ],
        "instances": [
            [list(item.path), index[id(item.mesh)], item.color, item.source, item.role, item.moving]
            for item in model.instances
        ],
        "matrices": put(
            np.array([item.file_from_mesh for item in model.instances], np.float64).reshape(-1, 4, 4)
        ),
    }
    try:
        text = json.dumps(header, separators=(",", ":")).encode()
    except (TypeError, ValueError):
        return None  # a notice holds what JSON cannot: such a model is not kept
    blocks: list[Any] = [_LAYOUT.pack(_MAGIC, len(text), offset), text]
    blocks.append(b"\0" * (-(_LAYOUT.size + len(text)) % _ALIGN))
    position = 0
    for array in arrays:
        blocks.append(b"\0" * (-position % _ALIGN))
        position += len(blocks[-1]) + array.nbytes
        blocks.append(array.data.cast("B") if array.nbytes else b"")
    checksum = 0
    for block in blocks:
        checksum = zlib.crc32(block, checksum)
    blocks.append(struct.pack("<I", checksum))
    return blocks


def _open(data: bytes, entry: str) -> tuple[dict[str, Any], int]:
    """The header and where the arrays begin; ValueError if the entry is not whole or not ours."""
    magic, length, size = _LAYOUT.unpack_from(data)
    body = _LAYOUT.size + length
    body += -body % _ALIGN
    if magic != _MAGIC or len(data) != body + size + 4:
        raise ValueError("not an entry, or cut off")
    if zlib.crc32(memoryview(data)[:-4]) != struct.unpack_from("<I", data, len(data) - 4)[0]:
        raise ValueError("damaged")
    header = json.loads(data[_LAYOUT.size : _LAYOUT.size + length])
    if header["entry"] != entry:
        raise ValueError("entry of another file")
    return header, body


def _decode(header: dict[str, Any], data: bytes, body: int) -> Model:
    def get(spot: list[Any]) -> NDArray[Any]:
        offset, kind, shape = spot
        count = int(np.prod(shape, dtype=np.int64))
        return np.frombuffer(data, np.dtype(kind), count, body + offset).reshape(shape)

    meshes = []
    for item in header["meshes"]:
        colors = item["face_colors"]
        mesh = Mesh(
            get(item["vertices"]),
            get(item["faces"]),
            item["name"],
            item["key"],
            None if colors is None else get(colors),
            item["deflection"],
            item["dropped"],
        )
        # What is known of the shape is kept with it, so that a second load analyses nothing.
        bounds = None if item["bounds"] is None else np.array(item["bounds"], np.float64)
        if bounds is not None:
            bounds.flags.writeable = False
        mesh.__dict__["bounds"] = bounds
        mesh.__dict__["_all_used"] = item["all_used"]
        mesh.__dict__["topology"] = MeshTopology(**item["topology"])
        meshes.append(mesh)
    matrices = get(header["matrices"])
    instances = tuple(
        Instance(
            tuple(path), meshes[mesh], matrix, None if color is None else tuple(color), source, role, moving
        )
        for (path, mesh, color, source, role, moving), matrix in zip(
            header["instances"], matrices, strict=True
        )
    )
    notices = tuple(Notice(**{**item, "severity": Severity(item["severity"])}) for item in header["notices"])
    return Model(
        instances,
        header["unit"],
        header["unit_origin"],
        header["up_axis"],
        notices,
        tuple(header["model_references"]),
    )
