"""3MF packages: meshes, components, build items, plain colours, production paths. Unit stated, Z up.

Left out and said so: beam lattices, textures. Packages that require an extension not read here are
refused by its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from immersive.errors import InputError, LimitError, UnsupportedError, choices, suggestion
from immersive.formats._base import Folder, Format, Instance, Model, ReadOptions
from immersive.formats._meshes import PLAIN, Color, clean_mesh, notice, rgba8
from immersive.formats._threemf_mesh import FloatArray, Triangles, take_lists, triangles_of, vertices_of
from immersive.formats._xml import Element, children, find, floats, local, parse, place
from immersive.formats._zip import Package
from immersive.scene.model import Mesh, Notice, Severity

UNITS: Final = {
    "micron": "um", "millimeter": "mm", "centimeter": "cm", "inch": "in", "foot": "ft", "meter": "m",
}  # fmt: skip
MAX_INSTANCES: Final = 200_000
MAX_DEPTH: Final = 64

_MODEL_TYPE: Final = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
_CORE: Final = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_MATERIAL: Final = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
_PRODUCTION: Final = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
_BEAMS: Final = "http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"
_SETS: Final = "http://schemas.microsoft.com/3dmanufacturing/trianglesets/2021/07"
_UNDERSTOOD: Final = (_CORE, _MATERIAL, _PRODUCTION, _BEAMS, _SETS)


def read(folder: Folder, relative: str, options: ReadOptions) -> Model:
    """Read a 3MF package.

    Raises:
        InputError: Damaged, references to nothing, objects that contain themselves.
        LimitError: Sizes or counts beyond the limits.
        UnsupportedError: It requires an extension that is not read.
    """
    package = _Model(Package(folder.read(relative), relative), relative)
    return Model(tuple(package.build()), package.unit, "file", "Z", tuple(package.notices.values()))


@dataclass(eq=False)
class _Part:
    """One model part of the package: its objects and colours."""

    name: str
    root: Element
    lists: dict[str, FloatArray | Triangles]
    objects: dict[str, Element] = field(default_factory=dict)
    colors: dict[str, list[Color | None]] = field(default_factory=dict)


class _Model:
    def __init__(self, package: Package, file: str) -> None:
        self.package = package
        self.file = file
        self.notices: dict[str, Notice] = {}
        self._parts: dict[str, _Part] = {}
        self._meshes: dict[tuple[str, str], tuple[Mesh, Color | None] | None] = {}
        self.start = self._root_part()
        part = self.part(self.start)
        self.unit = self._unit(part)

    def _root_part(self) -> str:
        if not self.package.has("_rels/.rels"):
            raise InputError(self.file, "is no 3MF package: it has no _rels/.rels")
        root = parse(self.package.read("_rels/.rels"), f"{self.file}/_rels/.rels", dtd=False)
        for item in children(root, "Relationship"):
            if item.get("Type") == _MODEL_TYPE:
                target = "/" + (item.get("Target") or "").lstrip("/")
                if not self.package.has(target):
                    raise InputError(
                        self.file, f"names the 3D model {target!r}, which does not exist", place="_rels/.rels"
                    )
                return target
        raise InputError(self.file, "names no 3D model in its relationships", place="_rels/.rels")

    def part(self, name: str) -> _Part:
        """A model part, parsed once."""
        key = name.lower()
        if key not in self._parts:
            if not self.package.has(name):
                raise InputError(self.file, f"refers to the model part {name!r}, which does not exist")
            shown = f"{self.file}{name}"
            data, lists = take_lists(self.package.read(name), shown)
            root = parse(data, shown, dtd=False)
            if local(root) != "model":
                raise InputError(shown, f"is no 3MF model: its root is <{local(root)}>", place=place(root))
            part = _Part(name, root, lists)
            self._require(root, shown)
            self._resources(part, shown)
            self._parts[key] = part
            if name.lower() != self.start.lower() and self._unit(part) != self.unit:
                raise UnsupportedError(shown, f"is in {self._unit(part)!r}, the package in {self.unit!r}")
        return self._parts[key]

    def _unit(self, part: _Part) -> str:
        stated = part.root.get("unit") or "millimeter"
        if stated not in UNITS:
            raise InputError(
                self.file,
                f"has the unit {stated!r}{suggestion(stated, UNITS)}; use {choices(UNITS)}",
                place="<model>",
            )
        return UNITS[stated]

    def _require(self, root: Element, shown: str) -> None:
        for prefix in (root.get("requiredextensions") or "").split():
            namespace = root.nsmap.get(prefix, "")
            if namespace not in _UNDERSTOOD:
                raise UnsupportedError(
                    shown,
                    f"requires the extension {namespace or prefix!r}, which is not read",
                    place="<model>",
                )

    def _resources(self, part: _Part, shown: str) -> None:
        resources = find(part.root, "resources")
        for item in () if resources is None else children(resources):
            name = item.get("id") or ""
            kind = local(item)
            if kind == "object":
                if name in part.objects:
                    raise InputError(shown, f"has two objects with the id {name!r}", place=place(item))
                part.objects[name] = item
            elif kind == "basematerials":
                part.colors[name] = [_color(base.get("displaycolor")) for base in children(item, "base")]
            elif kind == "colorgroup":
                part.colors[name] = [_color(one.get("color")) for one in children(item, "color")]

    # Build --------------------------------------------------------------------------------

    def build(self) -> list[Instance]:
        """Every mesh that the build places, in file order."""
        part = self.part(self.start)
        build = find(part.root, "build")
        if build is None:
            raise InputError(f"{self.file}{part.name}", "has no <build>: nothing says what is placed where")
        instances: list[Instance] = []
        for item in children(build, "item"):
            self._place(part, item, (), np.eye(4), (), instances)
        return instances

    def _place(
        self,
        part: _Part,
        use: Element,
        path: tuple[str, ...],
        outer: FloatArray,
        inside: tuple[tuple[str, str], ...],
        instances: list[Instance],
    ) -> None:
        """Place the object that an item or component uses."""
        shown = f"{self.file}{part.name}"
        other = use.get(f"{{{_PRODUCTION}}}path")
        matrix = outer @ _transform(use, shown)
        if other:
            part = self.part("/" + other.lstrip("/"))
        name = use.get("objectid") or ""
        if name not in part.objects:
            raise InputError(shown, f"refers to the object {name!r}, which does not exist", place=place(use))
        if (part.name, name) in inside:
            raise InputError(shown, f"the object {name!r} contains itself", place=place(use))
        if len(inside) >= MAX_DEPTH:
            raise LimitError(shown, f"components are nested more than {MAX_DEPTH} deep", place=place(use))
        element = part.objects[name]
        path = (*path, (element.get("name") or "").strip() or f"object {name}")
        mesh = self._mesh(part, name, element)
        if mesh is not None:
            instances.append(Instance(path, mesh[0], matrix, mesh[1]))
        elif (components := find(element, "components")) is not None:
            below = (*inside, (part.name, name))
            for component in children(components, "component"):
                self._place(part, component, path, matrix, below, instances)
        elif find(element, "mesh") is None:
            self._say(
                "shape-not-read", Severity.ERROR,
                "The object {name!r} is of a kind that is not read: it is missing in the scene.",
                "L’objet {name!r} est d’un type qui n’est pas lu : il manque dans la scène.",
                element, name=path[-1],
            )  # fmt: skip
        self._budget -= 1
        if self._budget < 0:
            raise LimitError(self.file, f"places more than {MAX_INSTANCES:,} objects")

    _budget = MAX_INSTANCES

    def _mesh(self, part: _Part, name: str, element: Element) -> tuple[Mesh, Color | None] | None:
        """The mesh of an object with its colour if it has a single one; None for other objects."""
        key = (part.name, name)
        if key not in self._meshes:
            mesh = find(element, "mesh")
            self._meshes[key] = None if mesh is None else self._read_mesh(part, element, mesh)
        return self._meshes[key]

    def _read_mesh(self, part: _Part, element: Element, mesh: Element) -> tuple[Mesh, Color | None] | None:
        shown = f"{self.file}{part.name}"
        if find(mesh, "beamlattice") is not None:
            self._say(
                "beam-lattice-not-shown", Severity.ERROR,
                "The object {name!r} has a beam lattice, which is not read: its beams are missing in the scene.",
                "L’objet {name!r} comporte un treillis de poutres, qui n’est pas lu : ses poutres manquent "
                "dans la scène.",
                element, name=element.get("name") or element.get("id") or "",
            )  # fmt: skip
        vertices = vertices_of(find(mesh, "vertices"), part.lists, shown)
        triangles = triangles_of(find(mesh, "triangles"), part.lists, shown)
        if not len(triangles.corners):
            return None
        colors, single = self._colors(part, element, triangles)
        made = clean_mesh(
            vertices, triangles.corners, file=shown, place=place(element),
            name=element.get("name") or "", face_colors=colors,
        )  # fmt: skip
        return made, single

    def _colors(
        self, part: _Part, element: Element, triangles: Triangles
    ) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None, Color | None]:
        """Colours of the triangles, or the single colour of all, or neither."""
        own_group, own_index = (_integer(element.get(key)) for key in ("pid", "pindex"))
        group = np.where(triangles.group < 0, own_group, triangles.group)
        index = np.where(triangles.index < 0, own_index, triangles.index)
        result = np.tile(rgba8(PLAIN), (len(group), 1))
        any_color = False
        for number in np.unique(group):
            palette = part.colors.get(str(number))
            if palette is None:
                continue
            rows = group == number
            wanted = index[rows]
            if not palette or wanted.min() < 0 or wanted.max() >= len(palette):
                self._say(
                    "bad-colors", Severity.WARNING,
                    "The colours of {name!r} refer to entries that do not exist: it is shown without colours.",
                    "Les couleurs de {name!r} renvoient à des entrées inexistantes : l’objet est montré sans couleur.",
                    element, name=element.get("name") or element.get("id") or "",
                )  # fmt: skip
                return None, None
            table = np.stack([rgba8(PLAIN if color is None else color) for color in palette]).astype(
                np.float64
            )
            result[rows] = np.round(table[wanted].mean(axis=1)).astype(np.uint8)
            any_color = True
        if not any_color:
            return None, None
        if (result == result[0]).all():
            r, g, b, a = (result[0] / 255.0).tolist()
            return None, (r, g, b, a)
        return result, None

    def _say(self, code: str, severity: Severity, en: str, fr: str, at: Element, *, name: str) -> None:
        where = place(at)
        made = notice(code, severity, self.file, en, fr, place=where, name=name)
        self.notices.setdefault(f"{code}\0{where}", made)


def _transform(element: Element, file: str) -> FloatArray:
    """(4, 4) from the 12 numbers of a row-vector matrix (3MF core, 3.3); identity without one."""
    text = element.get("transform")
    if text is None:
        return np.eye(4)
    values = floats(text, file, place(element), count=12)
    if not np.isfinite(values).all():
        raise InputError(file, "has a transform that is not finite", place=place(element))
    matrix = np.eye(4)
    matrix[:3] = values.reshape(4, 3).T
    return matrix


def _color(text: str | None) -> Color | None:
    """``#RRGGBB`` or ``#RRGGBBAA``; fully transparent is taken as opaque, which exporters mean by it."""
    found = re.fullmatch(r"#([0-9A-Fa-f]{6})([0-9A-Fa-f]{2})?", (text or "").strip())
    if found is None:
        return None
    r, g, b = (int(found[1][k : k + 2], 16) / 255.0 for k in (0, 2, 4))
    alpha = int(found[2], 16) / 255.0 if found[2] else 1.0
    return (r, g, b, alpha or 1.0)


def _integer(text: str | None) -> int:
    return int(text) if text is not None and text.strip().isdecimal() and len(text) < 18 else -1


FORMATS = (
    Format(
        name="3mf",
        title="3D Manufacturing Format",
        suffixes=(".3mf",),
        sniff=lambda head: head.startswith(b"PK\x03\x04"),
        read=read,
        options_used=(),
    ),
)
