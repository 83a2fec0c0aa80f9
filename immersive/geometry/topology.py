"""How the triangles of a mesh hang together: closed or not, and the defects that say why.

Vertices count as one where all three coordinates are equal (0.0 and -0.0 are), so that a file that
repeats its corners for every triangle (STL) is judged like one that shares them. Triangles that
are degenerate after that (two equal corners) have no edges to match and are left out of the edge
counts; they are among ``zero_area``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


EDGES_AT_ONCE: Final = 1 << 19
"""Edges that are sorted at a time at least, 8 bytes each; a larger mesh takes at most eight turns."""


@dataclass(frozen=True, slots=True)
class MeshTopology:
    """What was counted on one mesh.

    Attributes:
        watertight: Each edge is shared by exactly two triangles that run along it in opposite
            directions, and there is at least one triangle.
        open_edges: Edges with one triangle only.
        nonmanifold_edges: Edges with three or more triangles.
        inconsistent_edges: Edges with two triangles that run along them in the same direction:
            one of the two is wound inside out.
        duplicate_faces: Triangles with the same three corners as an earlier one, in any order.
        zero_area: Triangles without area (corners equal or exactly on a line).
        shells: Pieces that no shared vertex connects.
        volume: Signed volume in cubed mesh units, positive when wound outwards; only meaningful
            if ``watertight``.
    """

    watertight: bool
    open_edges: int
    nonmanifold_edges: int
    inconsistent_edges: int
    duplicate_faces: int
    zero_area: int
    shells: int
    volume: float

    @property
    def clean(self) -> bool:
        """Closed, and nothing to report."""
        return self.watertight and self.duplicate_faces == 0 and self.zero_area == 0


def welded(vertices: NDArray[np.floating], faces: IntArray, /) -> tuple[FloatArray, IntArray]:
    """The same triangles with vertices of equal coordinates made one.

    Args:
        vertices: (V, 3), finite.
        faces: (F, 3) indices into them.

    Returns:
        (U, 3) float64 distinct vertices in order of first appearance, and (F, 3) int32 faces. An
        unused vertex stays. A coordinate of -0.0 comes back as 0.0.
    """
    index, distinct = _weld(vertices)
    return distinct, index[np.ascontiguousarray(faces, np.int32)]


def _weld(vertices: NDArray[np.floating]) -> tuple[IntArray, FloatArray]:
    from immersive.geometry._weld_kernels import weld

    array = np.ascontiguousarray(vertices)
    if array.dtype == np.float32:
        index, rows = weld(array.view(np.uint32), np.uint32(1 << 31))
        return index, rows.view(np.float32).astype(np.float64)
    array = np.ascontiguousarray(array, np.float64)
    index, rows = weld(array.view(np.uint64), np.uint64(1 << 63))
    return index, rows.view(np.float64)


def mesh_topology(vertices: NDArray[np.floating], faces: IntArray, /) -> MeshTopology:
    """Count the defects of a mesh.

    Args:
        vertices: (V, 3), finite.
        faces: (F, 3) indices into them.
    """
    if len(faces) == 0:
        return MeshTopology(False, 0, 0, 0, 0, 0, 0, 0.0)
    from immersive.geometry import _topology_kernels as kernels
    from immersive.geometry._weld_kernels import first_equal

    points = np.ascontiguousarray(vertices, np.float64)
    corners: IntArray = np.ascontiguousarray(faces, np.int32)
    index = first_equal(points.view(np.uint64), np.uint64(1 << 63))
    ends = np.zeros(len(points) + 1, np.int32 if 3 * len(corners) < 2**31 else np.int64)
    at_once = max(EDGES_AT_ONCE, 3 * len(corners) // 8)
    open_, nonmanifold, inconsistent, duplicates = kernels.edge_defects(corners, index, ends, at_once)
    zero_area, volume = kernels.areas(points, corners)
    shells = kernels.count_shells(corners, index)
    watertight = open_ == 0 and nonmanifold == 0 and inconsistent == 0 and zero_area < len(faces)
    return MeshTopology(
        bool(watertight),
        int(open_),
        int(nonmanifold),
        int(inconsistent),
        int(duplicates),
        int(zero_area),
        int(shells),
        float(volume),
    )
