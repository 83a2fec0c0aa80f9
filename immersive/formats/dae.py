"""COLLADA 1.4 and 1.5 (``.dae``): own reader of shapes, node hierarchy, unit, up axis and plain colours.

Left out and said so: lines, morphs and joints of skins (the bind shape is shown), boundary
representations, textures (colour only). Other files are never opened.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from immersive.errors import InputError, LimitError
from immersive.findings import text
from immersive.formats import _dae_materials as materials
from immersive.formats._base import Folder, Format, Instance, Model, ReadOptions
from immersive.formats._dae_geometry import Geometry, read_geometry
from immersive.formats._dae_transform import node_transform
from immersive.formats._meshes import PLAIN, Color, clean_mesh, notice, rgba8
from immersive.formats._xml import Element, children, find, floats, local, number, parse, place, sniff_root
from immersive.geometry.frames import scaling
from immersive.scene.model import FloatArray, Mesh, Notice, Severity
from immersive.units import LENGTH_UNITS

MAX_INSTANCES: Final = 200_000
"""Most placed shapes, so that nodes that instance nodes cannot multiply without end."""

ZUP_FROM_XUP: Final[FloatArray] = np.array(
    [[0.0, -1.0, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
)
"""COLLADA's X_UP (right −Y, up +X, in +Z) to Z up (right +X, up +Z, in −Y)."""
ZUP_FROM_XUP.flags.writeable = False

_UNIT_MATCH: Final = 1e-9


def read(folder: Folder, relative: str, options: ReadOptions) -> Model:
    """Read a COLLADA document.

    Raises:
        InputError: Not well-formed, counts that lie, references to nothing, a unit that is no length.
        LimitError: More markup, depth or instances than the limits allow.
    """
    root = parse(folder.read(relative), relative)
    if local(root) != "COLLADA":
        raise InputError(relative, f"is no COLLADA document: its root is <{local(root)}>", place=place(root))
    document = _Document(root, relative)
    unit, scale = document.unit()
    axis, turn = document.up_axis()
    file_from_raw = turn @ scaling(scale)
    identity = np.array_equal(file_from_raw, np.eye(4))
    instances = []
    for path, element, matrix in document.placed():
        for mesh, color in document.shape(element):
            pose = matrix if identity else file_from_raw @ matrix
            instances.append(Instance(path, mesh, pose, color))
    return Model(tuple(instances), unit, "file", axis, tuple(document.notices()))


class _Document:
    """One document with its shapes and materials as far as they were asked for."""

    def __init__(self, root: Element, file: str) -> None:
        self.root = root
        self.file = file
        self._notices: dict[str, Notice] = {}
        self._lines = 0
        self._shapes: dict[str, Geometry] = {}
        self._meshes: dict[tuple[object, ...], Mesh] = {}
        self.ids: dict[str, dict[str, Element]] = {}
        for library in children(root):
            if local(library).startswith("library_"):
                for item in (
                    library.iter("{*}node") if local(library) == "library_nodes" else children(library)
                ):
                    self._remember(item)
        for item in root.iter("{*}node"):
            self._remember(item)

    def _remember(self, item: Element) -> None:
        name = item.get("id")
        if name:
            self.ids.setdefault(local(item), {}).setdefault(name, item)

    def notices(self) -> list[Notice]:
        found = list(self._notices.values())
        if self._lines:
            found.append(
                notice(
                    "lines-left-out",
                    Severity.INFO,
                    self.file,
                    "{n} line elements have no surface and are left out.",
                    "{n} éléments linéaires n’ont pas de surface et sont ignorés.",
                    n=self._lines,
                    data={"lines": self._lines},
                )
            )
        return found

    def say(
        self, code: str, severity: Severity, en: str, fr: str, *, at: Element | None = None, **values: object
    ) -> None:
        """Add a notice, each code once per place."""
        where = None if at is None else place(at)
        data = {key: value for key, value in values.items() if isinstance(value, str | int | float)}
        made = Notice(code, severity, self.file, text(en, fr, **values), where, data=data)
        self._notices.setdefault(f"{code}\0{where}", made)

    def target(self, element: Element, kind: str) -> Element | None:
        """The element that ``url`` refers to; None with a notice where it is in another file.

        Raises:
            InputError: No such element.
        """
        url = (element.get("url") or element.get("target") or element.get("source") or "").strip()
        if not url.startswith("#"):
            self.say(
                "external-reference", Severity.ERROR,
                "A {kind} in another document ({url!r}) is not read: it is missing here.",
                "Un élément {kind} d’un autre document ({url!r}) n’est pas lu : il manque ici.",
                at=element, kind=kind, url=url,
            )  # fmt: skip
            return None
        found = self.ids.get(kind, {}).get(url[1:])
        if found is None:
            raise InputError(
                self.file, f"refers to the {kind} {url!r}, which does not exist", place=place(element)
            )
        return found

    # Unit and axis ------------------------------------------------------------------------

    def unit(self) -> tuple[str, float]:
        """Short name of the unit, and the factor to it from the file's numbers (1 for named units)."""
        element = find(self.root, "asset/unit")
        stated = None if element is None else element.get("meter")
        if element is None or stated is None:
            self.say(
                "unit-assumed", Severity.WARNING,
                "The file states no unit: 1 metre is applied, as COLLADA lays down; up is {axis}.",
                "Le fichier n’indique pas d’unité : 1 mètre est appliqué, comme le prévoit COLLADA ; "
                "le haut est {axis}.",
                axis=self._axis_text() or "Y_UP",
            )  # fmt: skip
            return "m", 1.0
        metres = number(stated, self.file, place(element), finite=False)
        if not (math.isfinite(metres) and metres > 0.0):
            raise InputError(
                self.file,
                f"the unit is {stated!r} metres; it must be a positive length",
                place=place(element),
            )
        for name, factor in LENGTH_UNITS.items():
            if abs(metres - factor) <= _UNIT_MATCH * factor:
                return name, 1.0
        self.say(
            "unit-baked", Severity.INFO,
            "The file’s unit is {metres} m, which has no name; it is converted to metres.",
            "L’unité du fichier vaut {metres} m et n’a pas de nom ; elle est convertie en mètres.",
            metres=metres,
        )  # fmt: skip
        return "m", metres

    def _axis_text(self) -> str:
        element = find(self.root, "asset/up_axis")
        return "" if element is None else (element.text or "").strip()

    def up_axis(self) -> tuple[str, FloatArray]:
        """The model's up axis, and the turn that has to be baked in for it (X_UP only)."""
        word = self._axis_text()
        if word == "X_UP":
            self.say(
                "x-up-baked", Severity.INFO,
                "The file is X up; it is turned to Z up.",
                "Le fichier a l’axe X vers le haut ; il est tourné pour avoir Z vers le haut.",
            )  # fmt: skip
            return "Z", ZUP_FROM_XUP
        if word and word not in ("Y_UP", "Z_UP"):
            raise InputError(
                self.file, f"the up axis is {word!r}; it must be 'X_UP', 'Y_UP' or 'Z_UP'", place="<up_axis>"
            )
        if not word:
            self.say(
                "up-axis-assumed", Severity.INFO,
                "The file states no up axis: Y up is applied, as COLLADA lays down.",
                "Le fichier n’indique pas d’axe vertical : Y vers le haut est appliqué, comme le prévoit COLLADA.",
            )  # fmt: skip
        return ("Z" if word == "Z_UP" else "Y"), np.eye(4)

    # Nodes --------------------------------------------------------------------------------

    def placed(self) -> Iterator[tuple[tuple[str, ...], Element, FloatArray]]:
        """Each instance of a shape: names from the root, the instancing element, file from shape."""
        scenes = self.ids.get("visual_scene", {})
        used = find(self.root, "scene/instance_visual_scene")
        scene = None if used is None else self.target(used, "visual_scene")
        if scene is None and scenes:
            scene = next(iter(scenes.values()))
            self.say(
                "scene-assumed", Severity.INFO,
                "The file names no scene to show; its first, {name!r}, is used.",
                "Le fichier ne désigne pas de scène ; la première, {name!r}, est prise.",
                name=scene.get("name") or scene.get("id") or "",
            )  # fmt: skip
        if scene is None:
            yield from self._without_scene()
            return
        stack: list[tuple[Element, tuple[str, ...], FloatArray, frozenset[Element]]] = [
            (node, (), np.eye(4), frozenset()) for node in reversed(list(children(scene, "node")))
        ]
        visited = shown = 0
        while stack:
            node, above, outer, open_ = stack.pop()
            visited += 1
            if node in open_:
                raise InputError(self.file, "a node contains itself", place=place(node))
            path = (*above, _name(node, "node"))
            if len(path) > 1000:
                raise LimitError(self.file, "nodes are nested more than 1,000 deep", place=place(node))
            matrix = outer @ node_transform(node, self.file)
            items = [item for item in children(node) if local(item) in _SHAPES]
            for item in items:
                shown += 1
                yield (path if len(items) == 1 else (*path, self._shape_name(item))), item, matrix
            inner = open_ | {node}
            below = list(children(node, "node"))
            for item in children(node, "instance_node"):
                found = self.target(item, "node")
                below += [] if found is None else [found]
            stack += [(child, path, matrix, inner) for child in reversed(below)]
            if max(visited + len(stack), shown) > MAX_INSTANCES:
                raise LimitError(self.file, f"places more than {MAX_INSTANCES:,} nodes or shapes")

    def _without_scene(self) -> Iterator[tuple[tuple[str, ...], Element, FloatArray]]:
        geometries = self.ids.get("geometry", {})
        if geometries:
            self.say(
                "no-scene", Severity.WARNING,
                "The file has no scene: each of its {n} shapes is placed once, untransformed.",
                "Le fichier n’a pas de scène : chacune de ses {n} formes est placée une fois, sans transformation.",
                n=len(geometries),
            )  # fmt: skip
        for item in geometries.values():
            yield (_name(item, "geometry"),), item, np.eye(4)

    def _shape_name(self, item: Element) -> str:
        name = (item.get("url") or "").lstrip("#")
        kind = "controller" if local(item) == "instance_controller" else "geometry"
        found = self.ids.get(kind, {}).get(name)
        return _name(item if found is None else found, "shape")

    # Shapes -------------------------------------------------------------------------------

    def shape(self, item: Element) -> Iterator[tuple[Mesh, Color | None]]:
        """The mesh that an ``instance_geometry`` or ``instance_controller`` shows, with its colour."""
        geometry: Element | None = item
        bind: FloatArray | None = None
        if local(item) == "instance_geometry":
            geometry = self.target(item, "geometry")
        elif local(item) == "instance_controller":
            geometry, bind = self._controlled(item)
        if geometry is None:
            return
        mesh_element = next(children(geometry, "mesh"), None)
        if mesh_element is None:
            other = next(
                (local(child) for child in children(geometry) if local(child) not in ("asset", "extra")), ""
            )
            self.say(
                "shape-not-read", Severity.ERROR,
                "The shape {name!r} is a {other!r}, which is not read: it is missing here.",
                "La forme {name!r} est de type {other!r}, qui n’est pas lu : elle manque ici.",
                at=geometry, name=_name(geometry, "geometry"), other=other or "empty geometry",
            )  # fmt: skip
            return
        name = geometry.get("id") or ""
        key = name or str(geometry.sourceline)
        if key not in self._shapes:
            self._shapes[key] = read_geometry(mesh_element, self.file)
            self._lines += self._shapes[key].lines
        shape = self._shapes[key]
        if not len(shape.faces):
            return
        yield self._mesh(geometry, key, shape, bind, materials.bound(self, item, shape.symbols))

    def _mesh(
        self,
        geometry: Element,
        key: str,
        shape: Geometry,
        bind: FloatArray | None,
        colors: tuple[Color | None, ...],
    ) -> tuple[Mesh, Color | None]:
        present = {color for color, size in zip(colors, shape.sizes, strict=True) if size}
        single = len(present) == 1
        pose = () if bind is None else tuple(bind.ravel().tolist())
        mesh_key = (key, pose, None if single else colors)
        if mesh_key not in self._meshes:
            per_face = None
            if not single:
                table = np.stack([rgba8(PLAIN if color is None else color) for color in colors])
                per_face = np.repeat(table, shape.sizes, axis=0)
            vertices = shape.vertices
            if bind is not None:
                vertices = vertices @ bind[:3, :3].T + bind[:3, 3]
            self._meshes[mesh_key] = clean_mesh(
                vertices, shape.faces, file=self.file, place=place(geometry),
                name=_name(geometry, "geometry"), face_colors=per_face,
            )  # fmt: skip
        return self._meshes[mesh_key], next(iter(present)) if single else None

    def _controlled(self, item: Element) -> tuple[Element | None, FloatArray | None]:
        """The geometry under skins and morphs, and the bind shape matrix."""
        bind: FloatArray | None = None
        controller = self.target(item, "controller")
        for _ in range(8):
            if controller is None:
                return None, None
            inner = next(children(controller, "skin", "morph"), None)
            if inner is None:
                raise InputError(self.file, "has neither skin nor morph", place=place(controller))
            matrix = find(inner, "bind_shape_matrix")
            if matrix is not None:
                own = floats(matrix.text, self.file, place(matrix), count=16).reshape(4, 4)
                bind = own if bind is None else bind @ own
            self.say(
                "skin-at-rest", Severity.WARNING,
                "The shape of {name!r} is moved by joints or morphs, which are not read: its rest shape is shown.",
                "La forme de {name!r} est déformée par des articulations, qui ne sont pas lues : "
                "sa forme au repos est montrée.",
                at=controller, name=_name(controller, "controller"),
            )  # fmt: skip
            url = (inner.get("source") or "").lstrip("#")
            if url in self.ids.get("geometry", {}):
                return self.ids["geometry"][url], bind
            controller = self.target(inner, "controller")
        raise LimitError(self.file, "controllers refer to each other without end", place=place(item))


_SHAPES: Final = ("instance_geometry", "instance_controller")


def _name(element: Element, otherwise: str) -> str:
    return (element.get("name") or element.get("id") or element.get("sid") or "").strip() or otherwise


FORMATS = (
    Format(
        name="dae",
        title="COLLADA",
        suffixes=(".dae",),
        sniff=lambda head: sniff_root(head, "COLLADA"),
        read=read,
        options_used=(),
    ),
)
