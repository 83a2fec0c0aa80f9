"""Builds small glTF files for tests: arrays in, bytes out."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from immersive.formats import gltf
from immersive.formats._base import Folder, Model, ReadOptions

CUBE_VERTICES = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
CUBE_FACES = np.array(
    [
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
        [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
    ],
    np.uint16,
)  # fmt: skip

_CODES = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


class Glb:
    """A glTF document under construction; ``json`` may be changed at will before writing."""

    def __init__(self) -> None:
        self.blob = bytearray()
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "accessors": [],
            "bufferViews": [],
            "meshes": [],
            "nodes": [],
        }

    def view(self, data: bytes, **extra: Any) -> int:
        self.blob += b"\0" * (-len(self.blob) % 4)
        entry = {"buffer": 0, "byteOffset": len(self.blob), "byteLength": len(data), **extra}
        self.json["bufferViews"].append(entry)
        self.blob += data
        return len(self.json["bufferViews"]) - 1

    def accessor(self, values: np.ndarray, **extra: Any) -> int:
        table = values.reshape(len(values), -1)
        entry = {
            "bufferView": self.view(np.ascontiguousarray(table).tobytes()),
            "componentType": _CODES[table.dtype.str[1:]],
            "count": len(table),
            "type": _TYPES[table.shape[1]],
            **extra,
        }
        self.json["accessors"].append(entry)
        return len(self.json["accessors"]) - 1

    def mesh(self, *primitives: dict[str, Any], **extra: Any) -> int:
        self.json["meshes"].append({"primitives": list(primitives), **extra})
        return len(self.json["meshes"]) - 1

    def primitive(
        self, vertices: np.ndarray, faces: np.ndarray | None = None, **extra: Any
    ) -> dict[str, Any]:
        made: dict[str, Any] = {"attributes": {"POSITION": self.accessor(vertices)}, **extra}
        if faces is not None:
            made["indices"] = self.accessor(faces.reshape(-1))
        return made

    def cube(self, **extra: Any) -> int:
        return self.mesh(self.primitive(CUBE_VERTICES, CUBE_FACES), **extra)

    def node(self, **entry: Any) -> int:
        self.json["nodes"].append(entry)
        return len(self.json["nodes"]) - 1

    def scene(self, *roots: int) -> None:
        self.json.setdefault("scenes", []).append({"nodes": list(roots)})

    def glb(self) -> bytes:
        document = {key: value for key, value in self.json.items() if value != []}
        if self.blob:
            document.setdefault("buffers", [{"byteLength": len(self.blob)}])
        return pack(json.dumps(document).encode(), bytes(self.blob))

    def gltf(self, uri: str | None = None) -> bytes:
        """As text with an embedded buffer, or with one at ``uri``."""
        address = uri or "data:application/octet-stream;base64," + base64.b64encode(self.blob).decode()
        buffers = [{"byteLength": len(self.blob), "uri": address}]
        return json.dumps({**{k: v for k, v in self.json.items() if v != []}, "buffers": buffers}).encode()

    def read(self, folder: Path, name: str = "made.glb") -> Model:
        return read(folder, name, self.glb())


def pack(text: bytes, binary: bytes = b"", *, version: int = 2) -> bytes:
    """GLB chunks around JSON text and binary data."""
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    if binary:
        chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", version, 12 + len(chunks)) + chunks


def read(folder: Path, name: str, data: bytes) -> Model:
    """Write a file and read it."""
    (folder / name).write_bytes(data)
    return gltf.read(Folder(folder), name, ReadOptions())


def box(model: Model) -> np.ndarray:
    """(2, 3) corners of everything a model shows, in file coordinates."""
    corners = [
        i.mesh.used_vertices @ i.file_from_mesh[:3, :3].T + i.file_from_mesh[:3, 3] for i in model.instances
    ]
    return np.array([np.min([c.min(0) for c in corners], 0), np.max([c.max(0) for c in corners], 0)])


def triangles(model: Model) -> int:
    return sum(len(instance.mesh.faces) for instance in model.instances)


def codes(model: Model) -> dict[str, int]:
    """Notice code → count."""
    return {notice.code: notice.data.get("count", 1) for notice in model.notices}


def volume(model: Model) -> float:
    """Signed volume, positive where the triangles face outwards (mirrors undone as parts do it)."""
    total = 0.0
    for instance in model.instances:
        linear, move = instance.file_from_mesh[:3, :3], instance.file_from_mesh[:3, 3]
        corners = (instance.mesh.vertices @ linear.T + move)[instance.mesh.faces]
        if np.linalg.det(linear) < 0:
            corners = corners[:, ::-1]
        total += float(np.linalg.det(corners).sum()) / 6.0
    return total
