"""Small files that tests make for themselves."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

HANG = 60.0
"""Seconds of processor time after which reading a small hostile file counts as hanging. Far above what it
takes on any machine, far below what unbounded or quadratic work would take: no measurement, a tripwire."""

BOX_FACES = np.array(
    [
        [0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4],
        [2, 3, 7], [2, 7, 6], [1, 2, 6], [1, 6, 5], [3, 0, 4], [3, 4, 7],
    ],
    np.int32,
)  # fmt: skip
"""Twelve triangles of a box, wound outwards, on the corners of :func:`box_vertices`."""


def box_vertices(
    size: tuple[float, float, float], center: tuple[float, float, float] = (0, 0, 0)
) -> np.ndarray:
    """(8, 3) corners of a box."""
    unit = np.array(
        [[-1, -1, -1], [1, -1, -1], [1, 1, -1], [-1, 1, -1], [-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]]
    )
    return unit * (np.asarray(size) / 2.0) + np.asarray(center)


def write_stl(path: Path, triangles: np.ndarray) -> Path:
    """Binary STL of (F, 3, 3) triangles."""
    records = np.zeros(len(triangles), np.dtype([("n", "<3f4"), ("v", "<9f4"), ("a", "<u2")]))
    records["v"] = triangles.reshape(-1, 9)
    path.write_bytes(b"\0" * 80 + struct.pack("<I", len(triangles)) + records.tobytes())
    return path


def write_box_stl(
    path: Path, size: tuple[float, float, float], center: tuple[float, float, float] = (0, 0, 0)
) -> Path:
    """Binary STL of one box."""
    return write_stl(path, box_vertices(size, center)[BOX_FACES])
