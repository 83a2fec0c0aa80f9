"""glTF meshes → one :class:`Mesh` each: primitives joined, strips and fans unrolled, bad vertices removed.

Source: Khronos glTF 2.0 specification, section 3.7.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.formats import _draco
from immersive.formats._gltf_accessors import Accessors, Array
from immersive.formats._gltf_json import Item
from immersive.formats._gltf_materials import WHITE, Color, material_color
from immersive.formats._gltf_notices import Gathered
from immersive.scene.model import FloatArray, IntArray, Mesh

Deviation = Callable[[Item, FloatArray, IntArray, Accessors], float]
"""(primitive, positions, triangles, accessors) → distance from the true surface, in file units."""

DRACO = "KHR_draco_mesh_compression"

_TRIANGLES, _STRIP, _FAN = 4, 5, 6

# Extensions of a primitive that only concern its look or its meaning.
_HARMLESS = {
    DRACO, "KHR_materials_variants", "EXT_mesh_features", "EXT_structural_metadata",
    "EXT_feature_metadata", "FB_geometry_metadata", "TM_brep_faces",
}  # fmt: skip


@dataclass
class Shape:
    """A mesh ready to be placed.

    Attributes:
        mesh: Its triangles; the same object where two glTF meshes have the same content.
        color: Of the whole mesh, or None (``mesh.face_colors`` has them, or there is none).
    """

    mesh: Mesh
    color: Color | None


@dataclass
class _Primitive:
    where: Item
    positions: str
    stored: Array
    normalized: bool
    faces: IntArray
    color: Color | None


@dataclass
class Meshes:
    """Reads the meshes of one file, each once."""

    root: Item
    accessors: Accessors
    gathered: Gathered
    deviation: Deviation | None = None
    _shapes: dict[int, Shape | None] = field(default_factory=dict)
    _by_content: dict[str, Mesh] = field(default_factory=dict)
    _vertices: dict[tuple[str, ...], FloatArray] = field(default_factory=dict)
    _tested: dict[str, bool] = field(default_factory=dict)
    _unpacked: dict[str, tuple[Array, NDArray[np.uint32]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._meshes = self.root.items("meshes")
        self._colors = [material_color(entry, self.gathered) for entry in self.root.items("materials")]

    def __len__(self) -> int:
        return len(self._meshes)

    def name(self, index: int) -> str:
        return self._meshes[index].text("name")

    def shape(self, index: int) -> Shape | None:
        """The mesh number ``index``; None where it has no triangles.

        Raises:
            InputError: It refers to what is not there, or its data contradicts itself.
        """
        if index not in self._shapes:
            self._shapes[index] = self._read(self._meshes[index])
        return self._shapes[index]

    def _read(self, item: Item) -> Shape | None:
        name = item.text("name") or item.place
        if any(weight != 0 for weight in item.data.get("weights") or ()) or any(
            "targets" in entry for entry in item.items("primitives")
        ):
            self.gathered.add("morphs-not-applied", name)
        triangular = []
        for entry in item.items("primitives"):
            mode = entry.integer("mode", _TRIANGLES)
            if mode > _FAN:
                entry.fail(f"is {mode}; allowed are 0 to 6", "mode")
            for unknown in set(entry.extension_names()) - _HARMLESS:
                self.gathered.add("unknown-extension", unknown)
            attributes = entry.item("attributes")
            if attributes is None:
                entry.fail("is missing", "attributes")
            if mode < _TRIANGLES:
                self.gathered.add("points-or-lines", name)
            elif "POSITION" not in attributes:
                self.gathered.add("no-positions", name)
            else:
                triangular.append((entry, mode, attributes))
            if "COLOR_0" in attributes:
                self.gathered.add("vertex-colors-ignored", name)
        if not triangular:
            return None

        colors = [self._color(entry) for entry, _, _ in triangular]
        single = all(color == colors[0] for color in colors)
        content = "\x1f".join(
            self._signature(entry, mode, attributes) + ("" if single else repr(color))
            for (entry, mode, attributes), color in zip(triangular, colors, strict=True)
        )
        mesh = self._by_content.get(content)
        if mesh is None:
            mesh = self._join(
                [
                    self._primitive(entry, mode, attributes, color)
                    for (entry, mode, attributes), color in zip(triangular, colors, strict=True)
                ],
                name=item.text("name"),
                key=hashlib.blake2b(
                    f"{self.accessors.identity}\x1f{content}".encode("utf-8", "replace"), digest_size=16
                ).hexdigest(),
                single=single,
                place=name,
            )
            self._by_content[content] = mesh
        if len(mesh.faces) == 0:
            return None
        return Shape(mesh, colors[0] if single else None)

    def _color(self, entry: Item) -> Color | None:
        return self._colors[entry.index("material", len(self._colors))] if "material" in entry else None

    def _signature(self, entry: Item, mode: int, attributes: Item) -> str:
        count = len(self.accessors)
        words = [str(mode), self.accessors.signature(attributes.index("POSITION", count))]
        if "indices" in entry:
            words.append(self.accessors.signature(entry.index("indices", count)))
        draco = entry.extension(DRACO)
        if draco is not None:
            words.append(repr(draco.data))
        return "\x1e".join(words)

    def _primitive(self, entry: Item, mode: int, attributes: Item, color: Color | None) -> _Primitive:
        number = attributes.index("POSITION", len(self.accessors))
        accessor = self.accessors.item(number)
        dtype, width, count = self.accessors.describe(number)
        if width != 3 or accessor.text("type") != "VEC3" or dtype.str == "<u4":
            accessor.fail(
                f"holds POSITION, so it must be VEC3 of floats or short integers, not {accessor.text('type')}"
            )
        draco = entry.extension(DRACO)
        if draco is not None and self._needs_draco(accessor):
            stored, corners = self._draco(draco, entry, count)
            faces = corners.view(np.int32) if corners.dtype.isnative else corners.astype(np.int32)
            positions = f"draco {draco.data!r}"
        else:
            stored = self.accessors.array(number)
            faces = self._faces(entry, mode, len(stored))
            positions = self.accessors.signature(number)
            self._compare_bounds(accessor, stored, positions)
        return _Primitive(entry, positions, stored, accessor.flag("normalized"), faces, color)

    def _needs_draco(self, accessor: Item) -> bool:
        if _draco.available() or "bufferView" not in accessor:
            return True
        if DRACO in self.root.names("extensionsRequired"):
            return True
        self.gathered.add("draco-fallback")
        return False

    def _draco(self, draco: Item, entry: Item, count: int) -> tuple[Array, NDArray[np.uint32]]:
        key = repr(draco.data)
        if key not in self._unpacked:
            attributes = draco.item("attributes")
            if attributes is None or "POSITION" not in attributes:
                draco.fail("names no POSITION", "attributes")
            raw, _ = self.accessors.view(draco.index("bufferView", self.accessors.views()))
            self._unpacked[key] = _draco.decode(raw.tobytes(), attributes.integer("POSITION"), draco)
            stored, corners = self._unpacked[key]
            self.accessors.budget.take(stored.nbytes + corners.nbytes, draco.place)
        stored, corners = self._unpacked[key]
        if len(stored) != count:
            draco.fail(f"the data has {len(stored):,} vertices, the accessor says {count:,}")
        if "indices" in entry:
            number = entry.index("indices", len(self.accessors))
            stated = self.accessors.describe(number)[2]
            self.accessors.used.add(number)
            if entry.integer("mode", _TRIANGLES) == _TRIANGLES and stated != corners.size:
                draco.fail(f"the data has {corners.size:,} corners, the accessor says {stated:,}")
        return stored, corners

    def _faces(self, entry: Item, mode: int, vertices: int) -> IntArray:
        """(F, 3) int32 corner numbers, each below ``vertices``."""
        order: Array
        if "indices" in entry:
            number = entry.index("indices", len(self.accessors))
            dtype, width, _ = self.accessors.describe(number)
            if width != 1 or dtype.kind != "u":
                self.accessors.item(number).fail("holds indices, so it must be SCALAR of unsigned integers")
            order = self.accessors.array(number).reshape(-1)
            if order.size and int(order.max()) >= vertices:
                self.accessors.item(number).fail(
                    f"has the index {int(order.max()):,}, but there are only {vertices:,} vertices"
                )
        else:
            order = np.arange(vertices, dtype=np.int32)
        place = entry.place
        if mode == _TRIANGLES:
            if order.size % 3:
                self.gathered.add("incomplete-triangles", place, int(order.size % 3))
                order = order[: order.size - order.size % 3]
            if order.dtype == np.dtype("<u4") and order.dtype.isnative and order.flags.c_contiguous:
                return order.view(np.int32).reshape(-1, 3)  # no copy: the indices stay in the file's bytes
            self.accessors.budget.take(order.size * 4, place)
            return order.astype(np.int32).reshape(-1, 3)
        count = max(order.size - 2, 0)
        if order.size and count == 0:
            self.gathered.add("incomplete-triangles", place, int(order.size))
        self.accessors.budget.take(count * 12, place)
        faces = np.empty((count, 3), np.int32)
        if mode == _FAN:
            faces[:, 0], faces[:, 1] = order[1:-1], order[2:]
            faces[:, 2] = order[0] if count else 0
        else:
            turned = np.arange(count) % 2  # every second triangle of a strip is wound the other way
            steps = np.arange(count)
            faces[:, 0] = order[:count]
            faces[:, 1] = order[steps + 1 + turned]
            faces[:, 2] = order[steps + 2 - turned]
        return faces

    def _compare_bounds(self, accessor: Item, stored: Array, key: str) -> None:
        """Say so where positions contradict the bounds the file states: they were decoded wrong, or it lies."""
        stated = [accessor.numbers("min", 3), accessor.numbers("max", 3)]
        if key in self._tested or len(stored) == 0:
            return
        columns = [(float(stored[:, axis].min()), float(stored[:, axis].max())) for axis in range(3)]
        self._tested[key] = bool(np.isfinite(columns).all())
        if stated[0] is None or stated[1] is None or not self._tested[key]:
            return
        low, high = np.array(stated[0]), np.array(stated[1])
        found = np.array(columns)
        slack = 0.01 * max(float(np.abs(high - low).max()), float(np.ptp(found, axis=1).max())) + 1e-9
        if np.abs(found[:, 0] - low).max() > slack or np.abs(found[:, 1] - high).max() > slack:
            self.gathered.add("bounds-contradict", accessor.place)

    def _join(self, primitives: list[_Primitive], *, name: str, key: str, single: bool, place: str) -> Mesh:
        """One mesh of all primitives; those with the same positions share their vertices."""
        starts: dict[str, int] = {}
        sources: list[_Primitive] = []
        total = 0
        for primitive in primitives:
            if primitive.positions not in starts:
                starts[primitive.positions] = total
                sources.append(primitive)
                total += len(primitive.stored)
        if len(primitives) == 1:
            faces = primitives[0].faces
        else:
            self.accessors.budget.take(sum(len(p.faces) for p in primitives) * 12, place)
            faces = np.concatenate(
                [
                    p.faces + np.int32(starts[p.positions]) if starts[p.positions] else p.faces
                    for p in primitives
                ]
            )
        colors = None if single else _face_colors(primitives)

        finite = all(self._finite(source) for source in sources)
        if finite and 6 * len(faces) >= total:
            vertices = self._all_vertices(sources, total, place)
            mesh = Mesh(vertices, faces, name=name, key=key, face_colors=colors)
        else:
            mesh = self._compacted(sources, faces, colors, name=name, key=key, place=place)
        if self.deviation is None or not finite:
            return mesh
        found = [
            self.deviation(p.where, Accessors.real(p.stored, p.normalized), p.faces, self.accessors)
            for p in primitives
        ]
        return replace(mesh, deflection=max(found))

    def _finite(self, source: _Primitive) -> bool:
        if source.positions not in self._tested:
            stored = source.stored
            self._tested[source.positions] = stored.dtype.kind != "f" or bool(np.isfinite(stored).all())
        return self._tested[source.positions]

    def _all_vertices(self, sources: list[_Primitive], total: int, place: str) -> FloatArray:
        names = tuple(source.positions for source in sources)
        known = self._vertices.get(names)
        if known is not None:
            return known  # meshes that only differ in their triangles share one array
        self.accessors.budget.take(total * 24, place)
        if len(sources) == 1:
            vertices = Accessors.real(sources[0].stored, sources[0].normalized)
        else:
            vertices = np.empty((total, 3))
            at = 0
            for source in sources:
                vertices[at : at + len(source.stored)] = Accessors.real(source.stored, source.normalized)
                at += len(source.stored)
        vertices.flags.writeable = False
        self._vertices[names] = vertices
        return vertices

    def _compacted(
        self,
        sources: list[_Primitive],
        faces: IntArray,
        colors: NDArray[np.uint8] | None,
        *,
        name: str,
        key: str,
        place: str,
    ) -> Mesh:
        """The mesh with its used vertices only, without triangles that have a corner at NaN or infinity."""
        used, inverse = np.unique(faces, return_inverse=True)
        self.accessors.budget.take(len(used) * 24 + faces.size * 16, place)
        parts = []
        at = 0
        for source in sources:
            mine = used[(used >= at) & (used < at + len(source.stored))] - at
            parts.append(Accessors.real(source.stored[mine], source.normalized))
            at += len(source.stored)
        vertices = np.concatenate(parts) if parts else np.empty((0, 3))
        faces = inverse.reshape(faces.shape).astype(np.int32)
        good: NDArray[np.bool_] = np.asarray(np.isfinite(vertices).all(axis=1))
        if good.all():
            return Mesh(vertices, faces, name=name, key=key, face_colors=colors)
        keep = good[faces].all(axis=1)
        dropped = int(len(faces) - keep.sum())
        self.gathered.add("nan-vertices", place, dropped)
        renumbered = np.cumsum(good, dtype=np.int32) - np.int32(1)
        return Mesh(
            vertices[good],
            renumbered[faces[keep]],
            name=name,
            key=key,
            face_colors=None if colors is None else colors[keep],
            dropped={"nan_triangles": dropped},
        )


def _face_colors(primitives: list[_Primitive]) -> NDArray[np.uint8]:
    table: Any = np.array([primitive.color or WHITE for primitive in primitives])
    rounded = np.rint(table * 255.0).astype(np.uint8)
    found = np.repeat(rounded, [len(primitive.faces) for primitive in primitives], axis=0)
    found.flags.writeable = False
    return found
