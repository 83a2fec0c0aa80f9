"""URDF robot descriptions: links, joints and their meshes, in metres, Z up.

Meshes without a unit of their own are metres times ``scale``, as ROS has it. COLLADA's unit is
applied and its up axis is not. Joints stand where the caller puts them, else at zero.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from immersive.errors import InputError, choices, suggestion
from immersive.formats._base import Folder, Format, Instance, Model, ReadOptions
from immersive.formats._kinematics import MOVABLE, Joint, joint_positions, link_poses, root_link
from immersive.formats._meshes import Color, notice
from immersive.formats._references import Meshes, missing_file
from immersive.formats._robot_files import resolve
from immersive.formats._xml import Element, children, find, floats, local, number, parse, place, sniff_root
from immersive.geometry import shapes
from immersive.geometry.frames import FloatArray, rotation_rpy, scaling
from immersive.scene.model import Mesh, Notice, Role, Severity

KINDS: Final = ("fixed", "revolute", "continuous", "prismatic", "planar", "floating")


def read(folder: Folder, relative: str, options: ReadOptions) -> Model:
    """Read a URDF.

    Raises:
        InputError: No tree of links, a joint that does not exist, a mesh outside the root; names it.
    """
    root = parse(folder.read(relative), relative)
    if local(root) != "robot":
        raise InputError(relative, f"is no URDF: its root is <{local(root)}>, not <robot>", place=place(root))
    return _Robot(root, folder, relative, options).model()


def kinematics(folder: Folder, relative: str) -> tuple[str, tuple[Joint, ...]]:
    """The link that stands still and all joints of a URDF, without its shapes.

    Raises:
        InputError: As :func:`read`.
    """
    robot = _Robot(parse(folder.read(relative), relative), folder, relative, ReadOptions())
    return root_link(tuple(robot.links), robot.joints, relative), robot.joints


class _Robot:
    def __init__(self, root: Element, folder: Folder, file: str, options: ReadOptions) -> None:
        self.root = root
        self.folder = folder
        self.file = file
        self.options = options
        self.meshes = Meshes(folder, file, options)
        self.notices: list[Notice] = []
        self._refuse_xacro()
        self.links = self._named("link")
        if not self.links:
            raise InputError(file, "has no links", place=place(root))
        self.joints = tuple(self._joint(item) for item in self._named("joint").values())
        self.colors = {
            name: color
            for item in children(root, "material")
            if (name := item.get("name")) and (color := self._rgba(item)) is not None
        }

    def model(self) -> Model:
        """The robot with its joints where they are asked to be."""
        root = root_link(tuple(self.links), self.joints, self.file)
        positions, found = joint_positions(self.joints, self.options.joints, self.file)
        self.notices += found
        loose = [joint.name for joint in self.joints if joint.kind not in (*MOVABLE, "fixed")]
        if loose:
            self.notices.append(
                notice(
                    "joint-not-moved",
                    Severity.INFO,
                    self.file,
                    "Planar and floating joints stay at their origin: {names}.",
                    "Les articulations planes et flottantes restent à leur origine : {names}.",
                    names=", ".join(loose),
                )
            )
        poses, moving, mechanism = link_poses(root, self.joints, positions)
        instances = []
        for name, link in self.links.items():
            role = Role.ROBOT.value if name in mechanism else ""
            for path, mesh, pose, color, source in self._shapes(name, link):
                instances.append(
                    Instance(path, mesh, poses[name] @ pose, color, source, role, name in moving)
                )
        return Model(
            tuple(instances),
            "m",
            "format",
            "Z",
            (*self.meshes.notices, *self.notices),
            self.meshes.references,
        )

    def _refuse_xacro(self) -> None:
        for element in self.root.iter():
            values = element.attrib.values()
            if "xacro" in element.tag.rpartition("}")[0] or any("${" in v or "$(" in v for v in values):
                raise InputError(
                    self.file,
                    "is a xacro source, not a finished URDF",
                    place=place(element),
                    hint="run it through xacro first: xacro robot.urdf.xacro > robot.urdf",
                )

    def _named(self, kind: str) -> dict[str, Element]:
        found: dict[str, Element] = {}
        for element in children(self.root, kind):
            name = element.get("name")
            if not name:
                raise InputError(self.file, f"a {kind} has no name", place=place(element))
            if name in found:
                raise InputError(self.file, f"has two {kind}s named {name!r}", place=place(element))
            found[name] = element
        return found

    def _joint(self, element: Element) -> Joint:
        name, where = element.get("name") or "", place(element)
        kind = (element.get("type") or "").strip()
        if kind not in KINDS:
            raise InputError(
                self.file,
                f"has the type {kind!r}{suggestion(kind, KINDS)}; use {choices(KINDS)}",
                place=where,
            )
        ends = []
        for end in ("parent", "child"):
            found = find(element, end)
            link = None if found is None else found.get("link")
            if not link:
                raise InputError(self.file, f"has no {end} link", place=where)
            ends.append(link)
        axis = np.array([1.0, 0.0, 0.0])
        stated = find(element, "axis")
        if stated is not None and kind in (*MOVABLE, "planar"):
            axis = self._numbers(stated, "xyz", 3)
            if not axis.any():
                raise InputError(self.file, "has an axis without direction", place=where)
            axis = axis / np.linalg.norm(axis)
        limit, mimic = find(element, "limit"), find(element, "mimic")
        lower = upper = None
        if limit is not None and kind in ("revolute", "prismatic"):
            lower, upper = (self._number(limit, key, 0.0) for key in ("lower", "upper"))
        rule = None
        if mimic is not None:
            rule = (
                mimic.get("joint") or "",
                self._number(mimic, "multiplier", 1.0),
                self._number(mimic, "offset", 0.0),
            )
        return Joint(name, kind, ends[0], ends[1], self._origin(element), axis, lower, upper, rule)

    def _number(self, element: Element, key: str, default: float) -> float:
        stated = element.get(key)
        return default if stated is None else number(stated, self.file, f"{place(element)} {key}")

    def _numbers(self, element: Element, key: str, count: int) -> FloatArray:
        values = floats(element.get(key), self.file, f"{place(element)} {key}", count=count)
        if not np.isfinite(values).all():
            raise InputError(self.file, "has a number that is not finite", place=f"{place(element)} {key}")
        return values

    def _origin(self, element: Element) -> FloatArray:
        origin = find(element, "origin")
        pose = np.eye(4)
        if origin is not None:
            if origin.get("rpy") is not None:
                roll, pitch, yaw = self._numbers(origin, "rpy", 3).tolist()
                pose = rotation_rpy(roll, pitch, yaw)
            if origin.get("xyz") is not None:
                pose[:3, 3] = self._numbers(origin, "xyz", 3)
        return pose

    def _rgba(self, material: Element) -> Color | None:
        color = find(material, "color")
        if color is None or color.get("rgba") is None:
            return None
        values = np.clip(self._numbers(color, "rgba", 4), 0.0, 1.0).tolist()
        return (values[0], values[1], values[2], values[3])

    def _shapes(
        self, link: str, element: Element
    ) -> list[tuple[tuple[str, str], Mesh, FloatArray, Color | None, str]]:
        kind = self.options.representation
        found = []
        for index, item in enumerate(children(element, kind)):
            geometry = find(item, "geometry")
            shape = None if geometry is None else next(children(geometry), None)
            if shape is None:
                raise InputError(self.file, f"the {kind} of link {link!r} has no geometry", place=place(item))
            made = (
                self._mesh(shape, link)
                if local(shape) == "mesh"
                else (self._primitive(shape, link), np.eye(4), None, "")
            )
            if made is None:
                continue
            mesh, pose, color, source = made
            material = find(item, "material")
            if material is not None:
                color = self._rgba(material) or self.colors.get(material.get("name") or "") or color
            path = (link, item.get("name") or f"{kind}{index}")
            found.append((path, mesh, self._origin(item) @ pose, color, source))
        return found

    def _mesh(self, element: Element, link: str) -> tuple[Mesh, FloatArray, Color | None, str] | None:
        uri = element.get("filename") or ""
        where = f"link {link!r}"
        relative = resolve(self.folder, uri, base=self.file, place=where)
        if relative is None:
            self.notices.append(missing_file(self.file, uri, subject=link, kind="link"))
            return None
        scale = np.ones(3) if element.get("scale") is None else self._numbers(element, "scale", 3)
        if not scale.all():
            raise InputError(self.file, f"has a mesh scaled by zero: {element.get('scale')!r}", place=where)
        found = self.meshes.get(relative)
        if found.up_axis in ("X", "Y"):
            self._say_axis(relative, found.up_axis)
        metres = 1.0 if found.metres is None else found.metres
        return found.mesh, scaling(scale * metres) @ found.raw_from_mesh, found.color, relative

    def _say_axis(self, relative: str, axis: str) -> None:
        if any(item.code == "up-axis-not-applied" for item in self.notices):
            return
        self.notices.append(
            notice(
                "up-axis-not-applied",
                Severity.INFO,
                self.file,
                "Meshes that say {axis} up ({mesh!r} first) are used as they stand: robot descriptions do not "
                "apply a mesh file’s up axis.",
                "Les maillages avec l’axe {axis} vers le haut ({mesh!r} le premier) sont pris tels quels : "
                "les descriptions de robots n’appliquent pas l’axe vertical du fichier.",
                axis=axis,
                mesh=relative,
            )
        )

    def _primitive(self, element: Element, link: str) -> Mesh:
        kind = local(element)
        known = {"box", "cylinder", "sphere", "capsule"}
        if kind not in known:
            raise InputError(
                self.file,
                f"has the geometry <{kind}>{suggestion(kind, known)}; use {choices(sorted(known | {'mesh'}))}",
                place=f"link {link!r}",
            )
        try:
            if kind == "box":
                x, y, z = self._numbers(element, "size", 3).tolist()
                shape = shapes.box((x, y, z))
            else:
                radius = float(self._numbers(element, "radius", 1)[0])
                if kind == "sphere":
                    shape = shapes.sphere(radius)
                else:
                    make = shapes.cylinder if kind == "cylinder" else shapes.capsule
                    shape = make(radius, float(self._numbers(element, "length", 1)[0]))
        except ValueError as error:
            raise InputError(
                self.file, f"has a {kind} that is none: {error}", place=f"link {link!r}"
            ) from None
        return Mesh(shape.vertices, shape.faces, kind, deflection=shape.deflection)


FORMATS = (
    Format(
        name="urdf",
        title="URDF robot description",
        suffixes=(".urdf",),
        sniff=lambda head: sniff_root(head, "robot"),
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
