"""Writes GLB files (named nodes, shared meshes, one colour each) and plain STL. Same input, same bytes.

The workshop thinks in millimetres with Z up; a glTF file is in metres with Y up, so every
position goes through (x, y, z) -> (x, z, -y) / 1000 here and nowhere else.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workshop.shapes import Shape, turn

YUP_FROM_ZUP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


@dataclass(frozen=True, eq=False)
class Node:
    """A named place in the tree, with a shape or with children.

    ``at`` in millimetres in the parent's frame; ``turn`` is (axis, degrees) or None.
    """

    name: str
    shape: Shape | None = None
    color: str = "#c0c4c8"
    at: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turn: tuple[str, float] | None = None
    children: tuple[Node, ...] = ()


def linear(color: str) -> list[float]:
    """glTF wants linear light; ``#rrggbb`` is sRGB."""
    channels = [int(color[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    return [round(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4, 6) for c in channels] + [1.0]


def _quaternion(axis: str, degrees: float) -> list[float]:
    half = math.radians(degrees) / 2.0
    vector = YUP_FROM_ZUP @ np.array([axis == "x", axis == "y", axis == "z"], np.float64) * math.sin(half)
    return [round(float(x), 9) + 0.0 for x in (*vector, math.cos(half))]


def _metres(points: NDArray[np.float64]) -> NDArray[np.float64]:
    # Whole micrometres: the same bytes whatever the last bit of a sine on this machine.
    return np.round(points @ YUP_FROM_ZUP.T * 1e-3, 6) + 0.0


class _Writer:
    def __init__(self) -> None:
        self.blob = bytearray()
        self.views: list[dict[str, object]] = []
        self.accessors: list[dict[str, object]] = []
        self.meshes: list[dict[str, object]] = []
        self.materials: list[dict[str, object]] = []
        self.nodes: list[dict[str, object]] = []
        self._mesh_of: dict[tuple[int, str], int] = {}
        self._keep: list[Shape] = []
        self._material_of: dict[str, int] = {}

    def _accessor(
        self, array: NDArray[np.generic], target: int, kind: str, component: int, **more: object
    ) -> int:
        data = array.tobytes()
        self.views.append(
            {"buffer": 0, "byteOffset": len(self.blob), "byteLength": len(data), "target": target}
        )
        self.blob += data + bytes(-len(data) % 4)
        self.accessors.append(
            {
                "bufferView": len(self.views) - 1,
                "componentType": component,
                "count": len(array),
                "type": kind,
                **more,
            }
        )
        return len(self.accessors) - 1

    def material(self, color: str) -> int:
        if color not in self._material_of:
            self._material_of[color] = len(self.materials)
            shine = {"baseColorFactor": linear(color), "metallicFactor": 0.0, "roughnessFactor": 0.6}
            self.materials.append({"name": color, "pbrMetallicRoughness": shine})
        return self._material_of[color]

    def mesh(self, name: str, shape: Shape, color: str) -> int:
        key = (id(shape), color)
        if key not in self._mesh_of:
            self._keep.append(shape)
            points = _metres(shape.v).astype("<f4")
            low, high = points.min(axis=0), points.max(axis=0)
            bounds = {"min": [float(x) for x in low], "max": [float(x) for x in high]}
            position = self._accessor(points, 34962, "VEC3", 5126, **bounds)
            small = len(points) < 65536
            indices = shape.f.ravel().astype("<u2" if small else "<u4")
            index = self._accessor(indices, 34963, "SCALAR", 5123 if small else 5125)
            primitive = {
                "attributes": {"POSITION": position},
                "indices": index,
                "material": self.material(color),
            }
            self._mesh_of[key] = len(self.meshes)
            self.meshes.append({"name": name, "primitives": [primitive]})
        return self._mesh_of[key]

    def node(self, node: Node) -> int:
        entry: dict[str, object] = {"name": node.name}
        place = len(self.nodes)
        self.nodes.append(entry)
        if any(node.at):
            entry["translation"] = [float(x) for x in _metres(np.array([node.at], np.float64))[0]]
        if node.turn is not None:
            entry["rotation"] = _quaternion(*node.turn)
        if node.shape is not None:
            entry["mesh"] = self.mesh(node.name, node.shape, node.color)
        if node.children:
            entry["children"] = [self.node(child) for child in node.children]
        return place


def glb(nodes: Sequence[Node]) -> bytes:
    """The file's bytes for these root nodes."""
    writer = _Writer()
    roots = [writer.node(node) for node in nodes]
    document = {
        "asset": {"version": "2.0", "generator": "immersive assets/build_assets.py"},
        "scene": 0,
        "scenes": [{"nodes": roots}],
        "nodes": writer.nodes,
        "meshes": writer.meshes,
        "materials": writer.materials,
        "accessors": writer.accessors,
        "bufferViews": writer.views,
        "buffers": [{"byteLength": len(writer.blob)}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    chunks += struct.pack("<II", len(writer.blob), 0x004E4942) + bytes(writer.blob)
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def stl(shape: Shape) -> bytes:
    """A binary STL in metres, Z up: a format that cannot say either."""
    corners = (np.round(shape.v * 1e-3, 6) + 0.0)[shape.f]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.round(normals / np.linalg.norm(normals, axis=1, keepdims=True), 6) + 0.0
    record = np.zeros(len(corners), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")])
    record["normal"], record["corners"] = normals, corners
    return (
        b"immersive assets/build_assets.py, metres".ljust(80)
        + struct.pack("<I", len(record))
        + record.tobytes()
    )


def triangles(
    nodes: Sequence[Node], matrix: NDArray[np.float64] | None = None
) -> list[tuple[str, str, NDArray]]:
    """(path, colour, (F, 3, 3) millimetres) of every shape as placed, for looking at."""
    matrix = np.eye(4) if matrix is None else matrix
    found = []
    for node in nodes:
        local = np.eye(4)
        local[:3, 3] = node.at
        if node.turn is not None:
            local[:3, :3] = turn(*node.turn)
        world = matrix @ local
        if node.shape is not None:
            corners = (node.shape.v @ world[:3, :3].T + world[:3, 3])[node.shape.f]
            found.append((node.name, node.color, corners))
        found += [(f"{node.name}/{p}", c, t) for p, c, t in triangles(node.children, world)]
    return found
