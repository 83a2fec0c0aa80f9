"""The node tree of a glTF file → placed instances. No recursion: chains may be thousands deep.

Source: Khronos glTF 2.0 specification, section 3.5; ``EXT_mesh_gpu_instancing``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from immersive.errors import LimitError
from immersive.formats._base import Instance
from immersive.formats._gltf_accessors import Accessors
from immersive.formats._gltf_json import Item
from immersive.formats._gltf_meshes import Meshes, Shape
from immersive.formats._gltf_notices import Gathered
from immersive.scene.model import FloatArray

MAX_PATH_NAMES = 20_000_000
"""Names in the paths of all instances together: a deep chain with a mesh at every node is quadratic."""

INSTANCING = "EXT_mesh_gpu_instancing"

_HARMLESS = {
    INSTANCING, "KHR_lights_punctual", "KHR_audio_emitter", "KHR_xmp", "KHR_xmp_json_ld", "MSFT_lod",
    "EXT_instance_features", "EXT_structural_metadata", "KHR_node_selectability", "KHR_node_hoverability",
    "KHR_physics_rigid_bodies", "KHR_rigid_bodies", "KHR_collision_shapes", "OMI_collider",
    "OMI_physics_body", "EXT_lights_ies", "EXT_lights_image_based", "KHR_lights",
}  # fmt: skip


def clean_name(name: str) -> str:
    """A node's name without control characters or broken Unicode; may be empty."""
    if name.isascii() and name.isprintable():
        return name.strip()
    sound = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(" " if unicodedata.category(char) == "Cc" else char for char in sound).strip()


@dataclass
class Nodes:
    """Walks the nodes of one file.

    Args:
        root: The file's JSON.
        meshes: For the shapes; its accessors for instance poses.
        gathered: For notices.
        rename: Gives the name of a node from its name in the file.
    """

    root: Item
    meshes: Meshes
    accessors: Accessors
    gathered: Gathered
    rename: Callable[[str], str] | None = None
    _parents: dict[int, int] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._nodes = self.root.items("nodes")
        self._children = [node.indices("children", len(self._nodes)) for node in self._nodes]
        self._check_tree()

    def _check_tree(self) -> None:
        """Each node has at most one parent and none is its own ancestor, else walking never ends."""
        for number, children in enumerate(self._children):
            for child in children:
                if child in self._parents:
                    self._nodes[child].fail(
                        f"is a child of nodes[{self._parents[child]}] and of nodes[{number}]"
                    )
                self._parents[child] = number
        reached = [number for number in range(len(self._nodes)) if number not in self._parents]
        for number in reached:
            reached.extend(self._children[number])
        if len(reached) < len(self._nodes):
            lost = min(set(range(len(self._nodes))) - set(reached))
            self._nodes[lost].fail("is its own ancestor: the nodes form a cycle", "children")

    def instances(self) -> tuple[Instance, ...]:
        """Everything the default scene shows, in file order.

        Raises:
            InputError: A cycle, a node with two parents, a transform that is none.
        """
        order = self._order()
        world = self._world(order)
        self._name(order)
        found: list[Instance] = []
        path_names = 0
        for number in order:
            node = self._nodes[number]
            for unknown in set(node.extension_names()) - _HARMLESS:
                self.gathered.add("unknown-extension", unknown)
            if "mesh" not in node:
                continue
            shape = self.meshes.shape(node.index("mesh", len(self.meshes)))
            if "skin" in node:
                self.gathered.add("skins-not-applied", self._names[number])
            if any(weight != 0 for weight in node.data.get("weights") or ()):
                self.gathered.add("morphs-not-applied", self._names[number])
            if shape is None:
                continue
            path = self._path(number)
            for name, matrix in self._placed(node, number, world[number]):
                full = path if name is None else (*path, name)
                path_names += len(full)
                if path_names > MAX_PATH_NAMES:
                    raise LimitError(
                        self.root.file, "its nodes are nested too deeply for so many parts", place=node.place
                    )
                found.append(Instance(full, shape.mesh, matrix, shape.color))
        self._note_scale(found)
        self._note_left_out(set(order))
        return tuple(found)

    def _order(self) -> list[int]:
        """Nodes of the default scene, parents first and in file order."""
        scenes = self.root.items("scenes")
        if scenes:
            chosen = self.root.index("scene", len(scenes)) if "scene" in self.root else 0
            roots = scenes[chosen].indices("nodes", len(self._nodes))
            if len(scenes) > 1:
                shown = clean_name(scenes[chosen].text("name")) or f"scenes[{chosen}]"
                self.gathered.add("several-scenes", shown, len(scenes))
        else:
            if "scene" in self.root and self.root.data["scene"] is not None:
                self.root.fail("refers to a scene, but there is none", "scene")
            roots = [number for number in range(len(self._nodes)) if number not in self._parents]
            if roots:
                self.gathered.add("no-scene", count=len(roots))
        order: list[int] = []
        seen: set[int] = set()
        stack = list(reversed(roots))
        while stack:
            number = stack.pop()
            if number in seen:
                continue  # the scene lists it twice, or a child as a root
            seen.add(number)
            order.append(number)
            stack.extend(reversed(self._children[number]))
        return order

    def _world(self, order: list[int]) -> dict[int, FloatArray]:
        """Node → (4, 4) file coordinates from node coordinates; a whole depth of the tree at once."""
        local = self._local(order)
        row = {number: at for at, number in enumerate(order)}
        world = np.empty_like(local)
        level = [n for n in order if self._parents.get(n) not in row]
        world[[row[n] for n in level]] = local[[row[n] for n in level]]
        while level:
            below = [child for n in level for child in self._children[n]]
            if below:
                rows = [row[n] for n in below]
                with np.errstate(over="ignore", invalid="ignore"):
                    world[rows] = world[[row[self._parents[n]] for n in below]] @ local[rows]
            level = below
        bad = ~np.isfinite(world).all(axis=(1, 2))
        if bad.any():
            self._nodes[order[int(np.argmax(bad))]].fail("its transform is too large for a number")
        world.flags.writeable = False
        return {number: world[at] for at, number in enumerate(order)}

    def _local(self, order: list[int]) -> FloatArray:
        moves = np.zeros((len(order), 3))
        turns = np.tile([0.0, 0.0, 0.0, 1.0], (len(order), 1))
        scales = np.ones((len(order), 3))
        given: list[tuple[int, list[float]]] = []
        for at, number in enumerate(order):
            node = self._nodes[number]
            matrix = node.numbers("matrix", 16)
            if matrix is not None:
                given.append((at, matrix))
                continue
            for key, target, count in (
                ("translation", moves, 3),
                ("rotation", turns, 4),
                ("scale", scales, 3),
            ):
                if key in node:
                    values = node.numbers(key, count)
                    if values is not None:
                        target[at] = values
        lengths = np.linalg.norm(turns, axis=1)
        if (lengths < 1e-6).any():
            self._nodes[order[int(np.argmin(lengths))]].fail(
                "is not a rotation: its length is zero", "rotation"
            )
        local = compose(moves, turns, scales)
        for at, values in given:
            matrix4 = np.array(values).reshape(4, 4).T
            node = self._nodes[order[at]]
            if np.abs(matrix4[3] - (0.0, 0.0, 0.0, 1.0)).max() > 1e-6:
                node.fail("is not an affine transform: its last row is not 0 0 0 1", "matrix")
            matrix4[3] = (0.0, 0.0, 0.0, 1.0)
            local[at] = matrix4
            if _sheared(matrix4):
                self.gathered.add("sheared", clean_name(node.text("name")) or node.place)
        return local

    def _name(self, order: list[int]) -> None:
        """A name for every node, unlike its siblings' and the same from run to run."""
        taken: dict[int, set[str]] = {}
        for number in order:
            node = self._nodes[number]
            name = clean_name(node.text("name"))
            if self.rename is not None:
                name = self.rename(name)
            if not name and "mesh" in node:
                name = clean_name(self.meshes.name(node.index("mesh", len(self.meshes))))
            name = name or f"node_{number}"
            siblings = taken.setdefault(self._parents.get(number, -1), set())
            if name in siblings:
                self.gathered.add("renamed", name)
                name = next(c for c in _numbered(name, len(siblings)) if c not in siblings)
            siblings.add(name)
            self._names[number] = name

    def _path(self, number: int) -> tuple[str, ...]:
        names = []
        at: int | None = number
        while at is not None and at in self._names:
            names.append(self._names[at])
            at = self._parents.get(at)
        return tuple(reversed(names))

    def _placed(self, node: Item, number: int, world: FloatArray) -> Iterator[tuple[str | None, FloatArray]]:
        """(extra name, matrix) of each use of the node's mesh: one, or as many as instancing asks for."""
        instancing = node.extension(INSTANCING)
        if instancing is None:
            yield None, world
            return
        attributes = instancing.item("attributes")
        if attributes is None or not attributes.data:
            instancing.fail("is missing", "attributes")
        columns: dict[str, FloatArray] = {}
        for key, width in (("TRANSLATION", 3), ("ROTATION", 4), ("SCALE", 3)):
            if key in attributes:
                values = self.accessors.floats(attributes.index(key, len(self.accessors)))
                if values.shape[1] != width or not np.isfinite(values).all():
                    attributes.fail(f"must be {width} finite numbers for each instance", key)
                columns[key] = values
        counts = {len(values) for values in columns.values()}
        if not counts:  # only attributes of the look, e.g. _COLOR_0: their length is the number of instances
            own = [attributes.index(key, len(self.accessors)) for key in attributes.data]
            counts = {self.accessors.describe(index)[2] for index in own}
        if len(counts) != 1:
            attributes.fail(f"have different lengths: {', '.join(map(str, sorted(counts)))}")
        count = counts.pop()
        self.accessors.budget.take(count * 1024, instancing.place)  # an Instance and its matrix
        turns = columns.get("ROTATION", np.tile([0.0, 0.0, 0.0, 1.0], (count, 1)))
        if count and np.linalg.norm(turns, axis=1).min() < 1e-6:
            attributes.fail("holds a rotation of length zero", "ROTATION")
        matrices = world @ compose(
            columns.get("TRANSLATION", np.zeros((count, 3))), turns, columns.get("SCALE", np.ones((count, 3)))
        )
        matrices.flags.writeable = False
        for at in range(count):
            yield f"{self._names[number]}[{at}]", matrices[at]

    def _note_scale(self, found: list[Instance]) -> None:
        if not found:
            return
        linear = np.array([instance.file_from_mesh[:3, :3] for instance in found])
        lengths = np.linalg.norm(linear, axis=1)
        with np.errstate(over="ignore", under="ignore"):
            volume = lengths.prod(axis=1)
            ratio = np.linalg.det(linear) / np.where(volume > 0.0, volume, 1.0)
        flat = (lengths.min(axis=1) == 0.0) | (np.abs(ratio) <= 1e-12)
        for code, hit in (("zero-scale", flat), ("mirrored", ~flat & (ratio < 0.0))):
            for at in np.flatnonzero(hit):
                self.gathered.add(code, found[at].name)

    def _note_left_out(self, shown: set[int]) -> None:
        used = set()
        for number, node in enumerate(self._nodes):
            if "mesh" in node:
                used.add(node.index("mesh", len(self.meshes)))
                if number not in shown:
                    self.gathered.add("outside-scene", clean_name(node.text("name")) or node.place)
        for number in range(len(self.meshes)):
            if number in used:
                continue
            self.gathered.add("unplaced-meshes", clean_name(self.meshes.name(number)) or f"meshes[{number}]")
            shape = self.meshes.shape(number)
            if shape is not None:
                self._note_degenerate(shape, number)

    def _note_degenerate(self, shape: Shape, number: int) -> None:
        # Placed meshes are examined where the scene is put together; this one never gets there.
        a, b, c = shape.mesh.faces.T
        count = int(((a == b) | (b == c) | (c == a)).sum())
        if count:
            self.gathered.add("degenerate-triangles", f"meshes[{number}]", count)


def compose(moves: FloatArray, turns: FloatArray, scales: FloatArray) -> FloatArray:
    """(N, 4, 4) translation · rotation · scale from (N, 3), (N, 4) quaternions x y z w, (N, 3).

    Quaternions are normalised here and must not be zero.
    """
    x, y, z, w = (turns / np.linalg.norm(turns, axis=1, keepdims=True)).T
    matrices: NDArray[np.float64] = np.zeros((len(moves), 4, 4))
    matrices[:, 0, 0] = 1.0 - 2.0 * (y * y + z * z)
    matrices[:, 0, 1] = 2.0 * (x * y - z * w)
    matrices[:, 0, 2] = 2.0 * (x * z + y * w)
    matrices[:, 1, 0] = 2.0 * (x * y + z * w)
    matrices[:, 1, 1] = 1.0 - 2.0 * (x * x + z * z)
    matrices[:, 1, 2] = 2.0 * (y * z - x * w)
    matrices[:, 2, 0] = 2.0 * (x * z - y * w)
    matrices[:, 2, 1] = 2.0 * (y * z + x * w)
    matrices[:, 2, 2] = 1.0 - 2.0 * (x * x + y * y)
    matrices[:, :3, :3] *= scales[:, None, :]
    matrices[:, :3, 3] = moves
    matrices[:, 3, 3] = 1.0
    return matrices


def _sheared(matrix: FloatArray) -> bool:
    linear = matrix[:3, :3]
    gram = linear.T @ linear
    off = np.abs(gram - np.diag(np.diag(gram))).max()
    return bool(off > 1e-4 * max(float(np.diag(gram).max()), 1e-30))


def _numbered(name: str, start: int) -> Iterator[str]:
    yield f"{name}#{start + 1}"
    number = 2
    while True:
        yield f"{name}#{number}"
        number += 1
