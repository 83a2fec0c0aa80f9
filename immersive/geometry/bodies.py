"""Placed meshes ready for distance queries: trees shared between instances, exact under any transform.

``world_from_mesh`` = isometry · stretch (polar decomposition). The stretch — unit, scale, shear — is
applied to the vertices before the tree is built; instances whose stretch agrees share a tree, and
what is left per instance is a rotation, maybe with a reflection, which keeps every distance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.blocks import Blocks, blocks
from immersive.geometry.bvh import Tree, build
from immersive.geometry.distance import world_boxes

if TYPE_CHECKING:
    from immersive.geometry.shells import Shells

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

SAME_SHAPE: Final = 1e-10
"""Two stretches make one shape if no vertex differs by more, in metres: far below every tolerance."""


@dataclass(frozen=True, eq=False)
class Shape:
    """A mesh with its stretch applied, in metres, centred on its box.

    Attributes:
        vertices: (V, 3) float64.
        faces: (F, 3) int32, F ≥ 1; triangles with a non-finite corner are left out.
        center: (3,) what was subtracted.
        stretch: (3, 3) symmetric matrix that was applied.
        tree: Over the faces.
        dropped: Triangles left out because they are not finite.
    """

    vertices: FloatArray
    faces: IntArray
    center: FloatArray
    stretch: FloatArray
    tree: Tree
    dropped: int

    @cached_property
    def shells(self) -> Shells:
        """The closed and open pieces, found on first use."""
        from immersive.geometry.shells import shells

        return shells(self.vertices, self.faces)

    @cached_property
    def used(self) -> FloatArray:
        """(U, 3) distinct corners of the faces."""
        return np.ascontiguousarray(self.vertices[np.unique(self.faces)])


@dataclass(frozen=True, eq=False, slots=True)
class Body:
    """A shape with its isometry: world = rotation · point + origin (rotation may reflect)."""

    shape: Shape
    rotation: FloatArray
    origin: FloatArray

    def to_world(self, points: FloatArray) -> FloatArray:
        """(…, 3) points of the shape in the world."""
        moved: FloatArray = points @ self.rotation.T + self.origin
        return moved

    def to_shape(self, points: FloatArray) -> FloatArray:
        """(…, 3) world points in the frame of the shape."""
        moved: FloatArray = (points - self.origin) @ self.rotation
        return moved


class Shapes:
    """Makes bodies and remembers their shapes, so that instances of a mesh share one tree."""

    def __init__(self) -> None:
        # The arrays are kept beside the shapes: an id is only unique while its object lives.
        self._known: dict[tuple[int, int], tuple[object, object, list[Shape]]] = {}

    def body(self, vertices: FloatArray, faces: IntArray, world_from_mesh: FloatArray, /) -> Body | None:
        """The body of a mesh (V, 3), (F, 3) placed by a (4, 4) affine; None without finite triangles."""
        matrix = np.asarray(world_from_mesh, np.float64)
        u, s, vt = np.linalg.svd(matrix[:3, :3])
        rotation = u @ vt
        stretch = (vt.T * s) @ vt
        key = (id(vertices), id(faces))
        entry = self._known.setdefault(key, (vertices, faces, []))
        shape = next((known for known in entry[2] if _same(known, stretch)), None)
        if shape is None:
            shape = _shape(np.asarray(vertices, np.float64), np.asarray(faces, np.int32), stretch)
            if shape is None:
                return None
            entry[2].append(shape)
        return Body(shape, rotation, matrix[:3, 3] + rotation @ shape.center)


def _same(shape: Shape, stretch: FloatArray) -> bool:
    difference = np.abs(shape.stretch - stretch).max()
    if difference == 0.0:
        return True
    smallest = np.linalg.eigvalsh(shape.stretch)[0]
    if smallest <= 0.0:
        return False
    extent = np.abs(shape.vertices).max() + np.abs(shape.center).max()
    return bool(3.0 * difference / smallest * extent <= SAME_SHAPE)


def _shape(vertices: FloatArray, faces: IntArray, stretch: FloatArray) -> Shape | None:
    with np.errstate(invalid="ignore", over="ignore"):
        stretched = vertices @ stretch.T
    finite = np.asarray(np.isfinite(stretched).all(axis=1), bool)
    dropped = 0
    if not finite.all():
        sound = finite[faces].all(axis=1)
        dropped = int(len(faces) - sound.sum())
        faces = faces[sound]
        stretched = np.where(finite[:, None], stretched, 0.0)
    if len(faces) == 0:
        return None
    corners = stretched[faces]
    center = 0.5 * (corners.min(axis=(0, 1)) + corners.max(axis=(0, 1)))
    stretched = stretched - center
    return Shape(
        np.ascontiguousarray(stretched),
        np.ascontiguousarray(faces),
        center,
        stretch,
        build(corners - center),
        dropped,
    )


@dataclass(frozen=True, eq=False)
class Pack:
    """Bodies with all their trees in common arrays, as the kernels want them.

    Attributes:
        bodies: What was packed, in order; body numbers below are positions in it.
        boxes, links, rows: All distinct trees one after the other.
        roots: (B,) int64 root node of each body.
        first, last: (B,) int64 range of rows of each body.
        frames: (B, 12) rotation, row-major, and origin.
        bounds: (B, 6) exact world box, lower then upper corner.
    """

    bodies: tuple[Body, ...]
    boxes: FloatArray
    links: IntArray
    rows: FloatArray
    roots: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    frames: FloatArray
    bounds: FloatArray

    @cached_property
    def size(self) -> int:
        return len(self.bodies)

    @cached_property
    def blocks(self) -> Blocks:
        """The distinct trees cut to blocks, for distances of pairs; made on first use."""
        return blocks(self.boxes, self.links, self.rows, np.unique(self.roots))

    @cached_property
    def block_roots(self) -> NDArray[np.int64]:
        """(B,) root node of each body among the blocks."""
        return np.searchsorted(np.unique(self.roots), self.roots).astype(np.int64)

    def moved(self, places: Mapping[int, Body], /) -> Pack:
        """The same pack with some bodies elsewhere; all trees are shared, only their boxes are made anew.

        Args:
            places: New body of each body number that moved, of the shape it has in this pack.

        Raises:
            ValueError: A number is not in the pack, or its new body has another shape.
        """
        bodies = list(self.bodies)
        for k, body in places.items():
            if not 0 <= k < len(bodies):
                raise ValueError(f"no body {k} in a pack of {len(bodies)}")
            if body.shape is not bodies[k].shape:
                raise ValueError(f"body {k} has another shape than in the pack: it cannot be moved there")
            bodies[k] = body
        which = np.fromiter(places, np.int64, len(places))
        frames = self.frames.copy()
        for k in which:
            frames[k, :9] = bodies[k].rotation.ravel()
            frames[k, 9:] = bodies[k].origin
        bounds = self.bounds.copy()
        boxes = np.empty((len(which), 6))
        world_boxes(self.rows, self.first[which], self.last[which], frames[which], boxes)
        bounds[which] = boxes
        made = replace(self, bodies=tuple(bodies), frames=frames, bounds=bounds)
        for name in ("blocks", "block_roots"):
            made.__dict__[name] = getattr(self, name)
        return made


def pack(bodies: Iterable[Body], /) -> Pack:
    """Put bodies (at least one) into common arrays."""
    placed = tuple(bodies)
    shapes = list({id(body.shape): body.shape for body in placed}.values())
    number = {id(shape): k for k, shape in enumerate(shapes)}
    nodes = _starts([len(shape.tree.boxes) for shape in shapes])
    rows = _starts([len(shape.tree.triangles) for shape in shapes])
    links = []
    for shape, node, row in zip(shapes, nodes, rows, strict=False):
        own = shape.tree.links
        leaf = own[:, 1] >= 0
        moved = own.copy()
        moved[leaf] += np.int32(row)
        moved[~leaf, 0] += np.int32(node)
        links.append(moved)
    which = np.array([number[id(body.shape)] for body in placed], np.int64)
    frames = np.empty((len(placed), 12))
    for k, body in enumerate(placed):
        frames[k, :9] = body.rotation.ravel()
        frames[k, 9:] = body.origin
    all_rows = np.concatenate([shape.tree.triangles for shape in shapes])
    first, last = rows[which], rows[which + 1]
    bounds = np.empty((len(placed), 6))
    world_boxes(all_rows, first, last, frames, bounds)
    return Pack(
        placed,
        np.concatenate([shape.tree.boxes for shape in shapes]),
        np.concatenate(links),
        all_rows,
        nodes[which],
        first,
        last,
        frames,
        bounds,
    )


def _starts(counts: Sequence[int]) -> NDArray[np.int64]:
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts
