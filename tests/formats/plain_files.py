"""Small files of the plain mesh formats, written by hand, and a way to read them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.formats._base import Folder, Model, ReadOptions
from immersive.formats._read import read_model

TETRA = np.array([[0, 0, 0], [1.0, 0, 0], [0, 1, 0], [0, 0, 1]])
TETRA_FACES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]])


def read(path: Path) -> Model:
    """The file's model, never from the cache."""
    return read_model(Folder(path.parent), path.name, ReadOptions(cache=False))[0]


def only_mesh(path: Path) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Vertices and faces of a file of one part."""
    (instance,) = read(path).instances
    return instance.mesh.vertices, instance.mesh.faces


def area(vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> float:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def stl_bytes(
    triangles: ArrayLike, *, header: bytes = b"", count: int | None = None, attributes: ArrayLike = 0
) -> bytes:
    """A binary STL of (F, 3, 3) corners."""
    corners = np.asarray(triangles, np.float64).reshape(-1, 3, 3)
    record = np.zeros(len(corners), np.dtype([("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")]))
    record["v"] = corners
    record["a"] = attributes
    said = len(corners) if count is None else count
    return header.ljust(80, b"\0") + struct.pack("<I", said) + record.tobytes()


def stl_text(triangles: ArrayLike, *, name: str = "part") -> str:
    """An ASCII STL of (F, 3, 3) corners."""
    lines = [f"solid {name}"]
    for corners in np.asarray(triangles, np.float64).reshape(-1, 3, 3).tolist():
        lines += ["facet normal 0 0 1", " outer loop"]
        lines += ["  vertex " + " ".join(map(repr, corner)) for corner in corners]
        lines += [" endloop", "endfacet"]
    return "\n".join([*lines, f"endsolid {name}", ""])


def tetra_triangles() -> NDArray[np.float64]:
    return TETRA[TETRA_FACES]
