"""The scene: meshes, parts and where they came from. Immutable; an edit makes a new Scene.

World is right-handed, metres, Z up, +X right, +Y forward. A :class:`Mesh` is one
shape, a :class:`Part` is one placed use of it, and many parts may share a mesh
(one mesh, many poses).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.frames import box_of

if TYPE_CHECKING:
    from immersive.geometry.topology import MeshTopology
    from immersive.scene.motion import Mechanism, Motion
    from immersive.scene.station import Station

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


class Role(StrEnum):
    """What a part is in the cell. Checks select parts by role."""

    MACHINE = "machine"
    ROBOT = "robot"
    FENCE = "fence"
    FURNITURE = "furniture"
    CONVEYOR = "conveyor"
    WORKPIECE = "workpiece"
    TOOL = "tool"
    CONTAINER = "container"
    VEHICLE = "vehicle"
    DOOR = "door"
    SAFEGUARD = "safeguard"
    CABINET = "cabinet"
    FLOOR = "floor"
    WALL = "wall"
    CEILING = "ceiling"
    MARKING = "marking"
    SIGN = "sign"
    OTHER = "other"


class Severity(StrEnum):
    """How much a notice or finding matters."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader of a file has to tell: a defect, an assumption, a thing left out.

    Attributes:
        code: Stable, dotted word, e.g. ``"nan-vertices"``, ``"unit-implausible"``.
        severity: ``ERROR`` when geometry asked for is missing or cannot be trusted.
        file: The file it is about, as the layout names it.
        place: Node, line or key in that file; or None.
        text: One sentence in each language: ``{"en": …, "fr": …}``.
        subject: Part id when it is about one part; else None.
        data: Plain numbers and words behind the sentence (JSON types only).
    """

    code: str
    severity: Severity
    file: str
    text: Mapping[str, str]
    place: str | None = None
    subject: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was read.

    Attributes:
        file: Path relative to the layout's folder (or the name the user gave), with ``/``.
        sha256: Of the bytes, in hexadecimal.
        size: In bytes.
        format: ``"glb"``, ``"stl"``, …
        unit: Short name of the length unit applied (``"mm"``).
        unit_origin: ``"format"`` (fixed by it), ``"file"`` (said in it), ``"layout"``, ``"command line"``.
        up_axis: ``"Z"`` or ``"Y"`` of the file, as applied.
    """

    file: str
    sha256: str
    size: int
    format: str
    unit: str
    unit_origin: str
    up_axis: str = "Z"


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only view of the array. The caller gives it away and must not write to it afterwards."""
    view = array.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles of one shape, in its own frame.

    Attributes:
        vertices: (V, 3) float64, finite, in mesh units (see ``Part.world_from_mesh``).
        faces: (F, 3) int32, each index in ``[0, V)``. Zero-area triangles are kept.
        name: The mesh's name in its file.
        key: Content hash; equal keys mean equal geometry.
        face_colors: (F, 4) uint8 sRGB with alpha, or None for a single part colour.
        deflection: Bound on the distance from the true surface by tessellation, in mesh
            units; 0.0 where the triangles are the definition (unknown to the file).
        dropped: Counts of what was removed while reading, e.g. ``{"nan_triangles": 2}``.
    """

    vertices: FloatArray
    faces: IntArray
    name: str = ""
    key: str = ""
    face_colors: NDArray[np.uint8] | None = None
    deflection: float = 0.0
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices", read_only(np.ascontiguousarray(self.vertices, np.float64)))
        object.__setattr__(self, "faces", read_only(np.ascontiguousarray(self.faces, np.int32)))
        if not self.key:
            digest = hashlib.blake2b(digest_size=16)
            digest.update(self.vertices.tobytes())
            digest.update(self.faces.tobytes())
            object.__setattr__(self, "key", digest.hexdigest())

    @cached_property
    def bounds(self) -> FloatArray | None:
        """(2, 3) lower and upper corner in the mesh frame of the vertices used by faces; None if no face."""
        if len(self.faces) == 0:
            return None
        return box_of(self.used_vertices)

    @cached_property
    def _all_used(self) -> bool:
        seen = np.zeros(len(self.vertices), bool)
        seen[self.faces.ravel()] = True
        return bool(seen.all())

    @cached_property
    def used_vertices(self) -> FloatArray:
        """(U, 3) the vertices that some face uses."""
        if self._all_used:
            return self.vertices
        return np.ascontiguousarray(self.vertices[np.unique(self.faces)])

    @cached_property
    def topology(self) -> MeshTopology:
        """Closed or not, and the defects that say why; counted when first asked for."""
        from immersive.geometry.topology import mesh_topology

        return mesh_topology(self.vertices, self.faces)


@dataclass(frozen=True, eq=False)
class Part:
    """One placed shape.

    Attributes:
        id: Unique in the scene and stable from run to run: the hierarchy path joined by ``/``.
        name: What the file calls it.
        path: Names from the root to the part (the last is usually ``name``).
        mesh: The shape, shared between instances.
        world_from_mesh: (4, 4) float64 affine, column vectors: metres in the world from mesh
            coordinates. Holds file unit, up axis, scale and mirroring too.
        color: sRGB and alpha in 0…1, or None when the file gives none.
        role: What it is in the cell.
        groups: Names of the layout's groups it belongs to (sorted).
        source: The ``Source.file`` it came from, or ``""`` for a primitive of the layout.
        moving: True if it moves in operation (robot link, door, carriage).
        uncertainty: Bound in metres on the distance of this geometry from the true surface
            (tessellation, stated mesh tolerance). 0.0 means none stated.
    """

    id: str
    name: str
    path: tuple[str, ...]
    mesh: Mesh
    world_from_mesh: FloatArray
    color: tuple[float, float, float, float] | None = None
    role: Role = Role.OTHER
    groups: tuple[str, ...] = ()
    source: str = ""
    moving: bool = False
    uncertainty: float = 0.0

    def __post_init__(self) -> None:
        matrix = np.array(self.world_from_mesh, np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise ValueError(f"part {self.id!r}: world_from_mesh must be a finite 4x4 matrix")
        object.__setattr__(self, "world_from_mesh", read_only(matrix))

    @property
    def mirrored(self) -> bool:
        """True if the transform flips the winding."""
        return bool(np.linalg.det(self.world_from_mesh[:3, :3]) < 0.0)

    @property
    def triangles(self) -> int:
        return len(self.mesh.faces)

    def world_vertices(self) -> FloatArray:
        """(V, 3) all vertices of the mesh in the world, metres."""
        matrix = self.world_from_mesh
        return self.mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3]

    def world_triangles(self) -> FloatArray:
        """(F, 3, 3) corners in the world, wound outwards also where the part is mirrored."""
        faces = self.mesh.faces[:, ::-1] if self.mirrored else self.mesh.faces
        return self.world_vertices()[faces]

    @cached_property
    def bounds(self) -> FloatArray | None:
        """(2, 3) exact axis-aligned box in the world, metres; None for a part without triangles."""
        if len(self.mesh.faces) == 0:
            return None
        return box_of(self.mesh.used_vertices, self.world_from_mesh)


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything there is in the cell.

    Attributes:
        name: Of the cell.
        parts: In file order; ids are unique.
        sources: Every file read, each once.
        notices: What the readers had to tell, worst first is not promised: file order.
        station: What the layout says beyond shapes: workstations, walkways, rules, …
        title: What people call it.
        mechanisms: The machines that move, one for each robot, door and mechanism.
        motions: What they do; a door's opening and a drawer's stroke are there without being asked for.
    """

    name: str
    parts: tuple[Part, ...]
    sources: tuple[Source, ...] = ()
    notices: tuple[Notice, ...] = ()
    station: Station | None = None
    title: str = ""
    mechanisms: tuple[Mechanism, ...] = ()
    motions: tuple[Motion, ...] = ()

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for part in self.parts:
            if part.id in seen:
                raise ValueError(f"two parts have the id {part.id!r}")
            seen.add(part.id)

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    @cached_property
    def by_id(self) -> Mapping[str, Part]:
        return {part.id: part for part in self.parts}

    @cached_property
    def bounds(self) -> FloatArray | None:
        """(2, 3) box of all parts in metres, or None if nothing has triangles."""
        boxes = [part.bounds for part in self.parts if part.bounds is not None]
        if not boxes:
            return None
        stacked = np.stack(boxes)
        return np.stack([stacked[:, 0].min(axis=0), stacked[:, 1].max(axis=0)])

    @property
    def triangles(self) -> int:
        """Triangles with every instance counted."""
        return sum(part.triangles for part in self.parts)

    @cached_property
    def meshes(self) -> tuple[Mesh, ...]:
        """The distinct meshes, in order of first use."""
        return tuple({id(part.mesh): part.mesh for part in self.parts}.values())

    def with_parts(self, parts: Iterable[Part]) -> Scene:
        """The same scene with other parts."""
        return replace(self, parts=tuple(parts))
