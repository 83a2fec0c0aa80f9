"""SDF (Gazebo) models and worlds: poses, frames, nested and included models, in metres, Z up.

Joints stand at zero. COLLADA's unit is applied and its up axis is not, as Gazebo has it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from immersive.errors import InputError, UnsupportedError
from immersive.formats._base import Folder, Format, Instance, Model, ReadOptions
from immersive.formats._meshes import Color, notice
from immersive.formats._references import Meshes, missing_file
from immersive.formats._robot_files import resolve
from immersive.formats._sdf_frames import read_pose
from immersive.formats._sdf_tree import Link, SdfModel, Tree
from immersive.formats._xml import Element, children, find, floats, local, place, sniff_root
from immersive.geometry import shapes
from immersive.geometry.frames import FloatArray, scaling, translation
from immersive.scene.model import Mesh, Notice, Role, Severity

_NOT_READ: Final = ("heightmap", "image", "polyline", "empty")

Placed = tuple[Mesh, FloatArray, Color | None, str]


def read(folder: Folder, relative: str, options: ReadOptions) -> Model:
    """Read an SDF model or world.

    Raises:
        InputError: Not SDF, frames that do not exist, includes that climb out or contain themselves.
        UnsupportedError: Joint positions are asked for.
    """
    if options.joints:
        raise UnsupportedError(
            relative,
            "joint positions are not applied to SDF",
            hint="use the robot's URDF for poses other than zero",
        )
    return _Reader(folder, relative, options).model()


class _Reader:
    def __init__(self, folder: Folder, file: str, options: ReadOptions) -> None:
        self.folder = folder
        self.file = file
        self.kind = options.representation
        self.meshes = Meshes(folder, file, options)
        self.notices: list[Notice] = []
        self.instances: list[Instance] = []
        self._shapes: dict[tuple[object, ...], Mesh] = {}

    def model(self) -> Model:
        """Everything the file places."""
        tree = Tree(self.folder, self.file)
        for model in tree.models():
            self._model(model, (), np.eye(4))
        return Model(
            tuple(self.instances),
            "m",
            "format",
            "Z",
            (*tree.notices, *self.meshes.notices, *self.notices),
            (*dict.fromkeys((*tree.references, *self.meshes.references)),),
        )

    def _model(self, model: SdfModel, above: tuple[str, ...], outer: FloatArray) -> None:
        path, pose = (*above, model.name), outer @ model.pose
        for link in model.links:
            for index, item in enumerate(children(link.element, self.kind)):
                self._item(model, link, item, index, path, pose)
        for inner in model.nested:
            self._model(inner, path, pose)

    def _item(
        self, model: SdfModel, link: Link, item: Element, index: int, path: tuple[str, ...], pose: FloatArray
    ) -> None:
        where = f"link {'::'.join((*path, link.name))!r}"
        holder = find(item, "geometry")
        geometry = None if holder is None else next(children(holder), None)
        if geometry is None:
            raise InputError(model.file, f"a {self.kind} has no geometry", place=where)
        made = self._geometry(model, geometry, where)
        if made is None:
            return
        mesh, item_from_mesh, color, source = made
        own, relative_to = read_pose(item, model.file, self.notices)
        model_from_item = model.scope.place(own, relative_to or link.name)
        role = Role.FLOOR.value if local(geometry) == "plane" and _is_level(geometry, model.file) else ""
        self.instances.append(
            Instance(
                (*path, link.name, (item.get("name") or "").strip() or f"{self.kind}{index}"),
                mesh,
                pose @ model_from_item @ item_from_mesh,
                _color(item, model.file) or color,
                source,
                role,
                link.moving,
            )
        )

    def _geometry(self, model: SdfModel, element: Element, where: str) -> Placed | None:
        kind = local(element)
        if kind in _NOT_READ:
            if kind != "empty":
                self.notices.append(
                    notice(
                        "shape-not-read", Severity.ERROR, model.file,
                        "A {kind} is not read: it is missing in the scene.",
                        "Un élément de type {kind} n’est pas lu : il manque dans la scène.",
                        place=where, kind=kind,
                    )
                )  # fmt: skip
            return None
        if kind == "mesh":
            return self._mesh(model, element, where)
        key = (kind, *(f"{local(child)}={child.text}" for child in children(element)))
        if key not in self._shapes:
            try:
                self._shapes[key] = _primitive(kind, element, model.file, where)
            except ValueError as error:
                raise InputError(model.file, f"has a {kind} that is none: {error}", place=where) from None
        return self._shapes[key], np.eye(4), None, ""

    def _mesh(self, model: SdfModel, element: Element, where: str) -> Placed | None:
        uri = _word(element, "uri")
        relative = (
            None
            if uri.lower().startswith(("http://", "https://"))
            else resolve(self.folder, uri, base=model.file, place=where)
        )
        if relative is None:
            subject = where.partition(" ")[2].strip("'\"")
            self.notices.append(missing_file(model.file, uri, subject=subject, kind="link"))
            return None
        scale = np.ones(3)
        if find(element, "scale") is not None:
            scale = _numbers(element, "scale", 3, model.file, where)
            if not scale.all():
                raise InputError(model.file, "has a mesh scaled by zero", place=where)
        submesh = find(element, "submesh")
        found = self.meshes.get(relative, submesh="" if submesh is None else _word(submesh, "name"))
        raw = found.raw_from_mesh
        if (
            submesh is not None
            and _word(submesh, "center").lower() in ("true", "1")
            and len(found.mesh.faces)
        ):
            points = found.mesh.used_vertices @ raw[:3, :3].T + raw[:3, 3]
            raw = translation(-(points.min(axis=0) + points.max(axis=0)) / 2.0) @ raw
        metres = 1.0 if found.metres is None else found.metres
        return found.mesh, scaling(scale * metres) @ raw, found.color, relative


def _primitive(kind: str, element: Element, file: str, where: str) -> Mesh:
    def one(name: str) -> float:
        return float(_numbers(element, name, 1, file, where)[0])

    stretch = np.ones(3)
    if kind == "box":
        x, y, z = _numbers(element, "size", 3, file, where).tolist()
        shape = shapes.box((x, y, z))
    elif kind == "plane":
        return _plane(element, file, where)
    elif kind == "cylinder":
        shape = shapes.cylinder(one("radius"), one("length"))
    elif kind == "cone":
        shape = shapes.cone(one("radius"), one("length"))
    elif kind == "sphere":
        shape = shapes.sphere(one("radius"))
    elif kind == "capsule":
        shape = shapes.capsule(one("radius"), one("length"))
    elif kind == "ellipsoid":
        radii = _numbers(element, "radii", 3, file, where)
        if not (radii > 0.0).all():
            raise ValueError("radii must be positive numbers")
        shape = shapes.sphere(float(radii.max()))
        stretch = radii / radii.max()
    else:
        raise UnsupportedError(file, f"has the geometry <{kind}>, which is not read", place=where)
    return Mesh(shape.vertices * stretch, shape.faces, kind, deflection=shape.deflection)


def _plane(element: Element, file: str, where: str) -> Mesh:
    """A rectangle; Gazebo's planes are drawn by their size and have one side."""
    x, y = (
        _numbers(element, "size", 2, file, where) if find(element, "size") is not None else np.ones(2)
    ).tolist()
    if not (x > 0.0 and y > 0.0):
        raise ValueError("size must be positive numbers")
    normal = _normal(element, file)
    # Any frame with the normal as its Z; upright planes keep X and Y.
    side = np.array([1.0, 0.0, 0.0]) if abs(normal[0]) < 0.9 else np.array([0.0, 1.0, 0.0])
    u = side - normal * (normal @ side)
    u /= np.linalg.norm(u)
    v = np.cross(normal, u)
    corners = np.array([[-x, -y], [x, -y], [x, y], [-x, y]]) / 2.0
    return Mesh(corners @ np.stack([u, v]), np.array([[0, 1, 2], [0, 2, 3]], np.int32), "plane")


def _normal(element: Element, file: str) -> FloatArray:
    if find(element, "normal") is None:
        return np.array([0.0, 0.0, 1.0])
    normal = _numbers(element, "normal", 3, file, place(element))
    length = float(np.linalg.norm(normal))
    if length == 0.0:
        raise InputError(file, "has a plane whose normal has no direction", place=place(element))
    return normal / length


def _is_level(element: Element, file: str) -> bool:
    return bool(_normal(element, file)[2] > 0.999)


def _color(item: Element, file: str) -> Color | None:
    material = find(item, "material")
    stated = None
    if material is not None:
        stated = find(material, "diffuse")
        stated = find(material, "ambient") if stated is None else stated
    if stated is None:
        return None
    values = floats(stated.text, file, place(item))
    if len(values) not in (3, 4) or not np.isfinite(values).all():
        raise InputError(file, f"has the colour {stated.text!r}; 3 or 4 numbers are due", place=place(item))
    r, g, b, a = np.clip([*values, 1.0][:4], 0.0, 1.0).tolist()
    transparency = find(item, "transparency")
    if transparency is not None:
        a *= 1.0 - float(np.clip(floats(transparency.text, file, place(item), count=1)[0], 0.0, 1.0))
    return (r, g, b, a)


def _numbers(element: Element, name: str, count: int, file: str, where: str) -> FloatArray:
    found = find(element, name)
    values = floats(None if found is None else found.text, file, f"{where} <{name}>", count=count)
    if not np.isfinite(values).all():
        raise InputError(file, "has a number that is not finite", place=f"{where} <{name}>")
    return values


def _word(element: Element, name: str) -> str:
    found = find(element, name)
    return "" if found is None else (found.text or "").strip()


FORMATS = (
    Format(
        name="sdf",
        title="SDF model or world",
        suffixes=(".sdf", ".world"),
        sniff=lambda head: sniff_root(head, "sdf"),
        read=read,
        options_used=(
            "default_unit",
            "up_axis",
            "deflection",
            "angular_deflection",
            "representation",
            "joints",
        ),
    ),
)
