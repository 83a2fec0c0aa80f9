"""``placement.json``: a cell as a list of posed mesh files, each with the box it is expected to fill.

``point_world = world_from_part · diag(mesh_scale · file_unit_m) · point_file``. The lengths of the
poses and primitives are in the document's ``length_unit``; ``file_unit_m`` and ``bbox_world_m`` are
metres always. What the document claims of each part (triangles, box) and in total is verified.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any, Final

import numpy as np

from immersive.errors import InputError, UsageError, choices, suggestion
from immersive.formats._base import Folder, Format, Instance, Model, ReadOptions
from immersive.formats._meshes import Color, notice
from immersive.formats._placement_claims import check_part, check_totals
from immersive.formats._references import Meshes, Referenced, missing_file
from immersive.geometry import shapes
from immersive.geometry.frames import is_rigid, scaling
from immersive.scene.model import FloatArray, Mesh, Notice, Role, Severity
from immersive.units import LENGTH_UNITS, length_unit

ROLES: Final[dict[str, Role]] = {
    "robot": Role.ROBOT, "gripper": Role.TOOL, "tool": Role.TOOL, "fixture": Role.TOOL,
    "gantry": Role.MACHINE, "robot_rail": Role.MACHINE, "positioner": Role.MACHINE,
    "pedestal": Role.MACHINE, "sensor": Role.MACHINE, "machine": Role.MACHINE,
    "fence": Role.FENCE, "table": Role.FURNITURE, "bench": Role.FURNITURE, "shelf": Role.FURNITURE,
    "rack": Role.FURNITURE, "chair": Role.FURNITURE, "tool_stand": Role.FURNITURE, "stand": Role.FURNITURE,
    "furniture": Role.FURNITURE, "workpiece": Role.WORKPIECE, "part": Role.WORKPIECE,
    "conveyor": Role.CONVEYOR, "bin": Role.CONTAINER, "tray": Role.CONTAINER, "pallet": Role.CONTAINER,
    "box": Role.CONTAINER, "container": Role.CONTAINER, "agv": Role.VEHICLE, "amr": Role.VEHICLE,
    "forklift": Role.VEHICLE, "vehicle": Role.VEHICLE, "floor_marking": Role.MARKING, "marking": Role.MARKING,
    "building": Role.WALL, "wall": Role.WALL, "column": Role.WALL, "floor": Role.FLOOR,
    "ceiling": Role.CEILING, "roof": Role.CEILING, "door": Role.DOOR, "gate": Role.DOOR,
    "cabinet": Role.CABINET, "sign": Role.SIGN, "light_curtain": Role.SAFEGUARD, "scanner": Role.SAFEGUARD,
    "safeguard": Role.SAFEGUARD,
}  # fmt: skip
"""Category of the document → role in the scene; a guess that a layout may correct."""

_MOVING: Final = ("robot", "gripper", "positioner", "agv", "amr", "forklift", "vehicle")
_POSE_TOLERANCE: Final = 2e-3
"""How far a pose may be from a rotation: writers round its elements to five or six digits."""


def sniff(head: bytes) -> bool:
    """Whether a JSON begins like a placement."""
    text = head.decode("utf-8", "ignore").lstrip("\ufeff \t\r\n")
    return text.startswith("{") and '"cell-placement"' in text


def read(folder: Folder, relative: str, options: ReadOptions) -> Model:
    """Read a placement.

    Raises:
        InputError: Not a placement, or a part that cannot be placed; names the part.
    """
    document = _document(folder.read(relative), relative)
    unit, axis = _unit(document, relative), _axis(document, relative)
    entries = document.get("parts")
    if not isinstance(entries, list):
        raise InputError(relative, "has no list of parts", place="parts")
    parts = [_Entry(entry, index, relative, LENGTH_UNITS[unit]) for index, entry in enumerate(entries)]
    meshes = Meshes(folder, relative, options, unit_stated=True)
    notices: list[Notice] = []
    instances: list[Instance] = []
    absent = 0
    wanted = [part for part in parts if part.representation == options.representation]
    for part in wanted:
        found = part.mesh(folder, meshes)
        if found is None:
            absent += 1
            notices.append(missing_file(relative, str(part.file), subject=part.id, kind="part"))
            continue
        instance, own = found
        instances.append(instance)
        notices += own
        notices += check_part(part.entry, part.id, instance, LENGTH_UNITS[unit], relative)
    notices += _about_ids(wanted, relative)
    if parts and not wanted:
        notices.append(
            notice(
                "no-such-representation",
                Severity.ERROR,
                relative,
                "None of the {n} parts has the role {role!r}: nothing is shown.",
                "Aucune des {n} pièces n’a le rôle {role!r} : rien n’est montré.",
                n=len(parts),
                role=options.representation,
            )
        )
    notices += check_totals(
        document.get("totals"), options.representation, instances, LENGTH_UNITS[unit], relative, absent=absent
    )
    return Model(tuple(instances), unit, "file", axis, (*meshes.notices, *notices), meshes.references)


def _document(data: bytes, file: str) -> dict[str, Any]:
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(file, "is no UTF-8 text", place=f"byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise InputError(
            file, f"is no valid JSON: {error.msg}", place=f"line {error.lineno}, column {error.colno}"
        ) from None
    if not isinstance(document, dict) or document.get("format") != "cell-placement":
        found = document.get("format") if isinstance(document, dict) else type(document).__name__
        raise InputError(
            file, f"is no placement: its format is {found!r}, it must be 'cell-placement'", place="format"
        )
    if document.get("version", 1) != 1:
        raise InputError(
            file, f"has version {document['version']!r}; only version 1 is read", place="version"
        )
    if str(document.get("handedness", "right")) != "right":
        raise InputError(file, "is left-handed; only right-handed placements are read", place="handedness")
    return document


def _unit(document: dict[str, Any], file: str) -> str:
    stated = document.get("length_unit")
    if not isinstance(stated, str):
        raise InputError(file, f"must state its unit, found {stated!r}", place="length_unit", hint='"metre"')
    try:
        return length_unit(stated)
    except UsageError as error:
        raise InputError(file, error.message, place="length_unit") from None


def _axis(document: dict[str, Any], file: str) -> str:
    stated = str(document.get("up_axis", "+Z")).strip().upper().removesuffix("_UP")
    if stated.removeprefix("+") not in ("Y", "Z"):
        raise InputError(
            file, f"is {document.get('up_axis')!r}; use {choices(['+Z', '+Y'])}", place="up_axis"
        )
    return stated.removeprefix("+")


def _about_ids(parts: list[_Entry], file: str) -> list[Notice]:
    counts = Counter(part.id for part in parts)
    return [
        notice(
            "duplicate-id", Severity.WARNING, file,
            "{n} parts have the id {id!r}; the later ones are renamed.",
            "{n} pièces ont l’identifiant {id!r} ; les suivantes sont renommées.",
            subject=name, data={"count": count}, n=count, id=name,
        )
        for name, count in counts.items() if count > 1
    ]  # fmt: skip


class _Entry:
    """One entry of ``parts``, validated before any file is opened."""

    def __init__(self, entry: object, index: int, document: str, metres: float) -> None:
        self.document = document
        self._unit = metres
        self._where = f"parts[{index}]"
        if not isinstance(entry, dict):
            raise self._wrong(f"must be an object, not {type(entry).__name__}")
        self.entry: dict[str, Any] = entry
        name = entry.get("id")
        if not isinstance(name, str) or not name.strip("/ "):
            raise self._wrong(f"must have an id, found {name!r}")
        self.id: str = name
        self._where = f"part {self.id!r}"
        self.representation = str(entry.get("role", "visual"))
        if self.representation not in ("visual", "collision"):
            raise self._wrong(
                f"has the role {self.representation!r}"
                f"{suggestion(self.representation, ['visual', 'collision'])}; use 'visual' or 'collision'"
            )
        self.file = entry.get("file")
        self.pose = self._pose()
        self.scale = self._scale()
        self.unit_m = self._number(entry.get("file_unit_m", 1.0), "file_unit_m", positive=True)
        self.color = self._color()
        if self.file is None and not isinstance(entry.get("primitive"), dict):
            raise self._wrong("has neither a file nor a primitive")
        if self.file is not None and not isinstance(self.file, str):
            raise self._wrong(f"has the file {self.file!r}; it must be a path")

    def _wrong(self, defect: str) -> InputError:
        return InputError(self.document, defect, place=self._where)

    def _number(self, value: object, key: str, *, positive: bool = False) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._wrong(f"has {key} {value!r}; it must be a finite number")
        if positive and value <= 0:
            raise self._wrong(f"has {key} {value!r}; it must be positive")
        return float(value)

    def _numbers(self, values: object, key: str, count: int) -> list[float]:
        if not isinstance(values, list) or len(values) != count:
            raise self._wrong(f"has {key} {values!r}; it must be a list of {count} numbers")
        return [self._number(value, key) for value in values]

    def _pose(self) -> FloatArray:
        rows = self.entry.get("world_from_part")
        if not isinstance(rows, list) or len(rows) != 4:
            raise self._wrong("must have a world_from_part of 4 rows of 4 numbers")
        pose = np.array([self._numbers(row, "a row of world_from_part", 4) for row in rows])
        if not np.array_equal(pose[3], [0.0, 0.0, 0.0, 1.0]):
            raise self._wrong("has a world_from_part whose last row is not 0 0 0 1")
        if not is_rigid(pose, tolerance=_POSE_TOLERANCE):
            raise self._wrong(
                "has a world_from_part that is no rotation and translation: it is scaled, sheared or mirrored"
            )
        return pose

    def _scale(self) -> FloatArray:
        stated = self.entry.get("mesh_scale", [1.0, 1.0, 1.0])
        if isinstance(stated, int | float):
            stated = [stated] * 3
        scale = np.array(self._numbers(stated, "mesh_scale", 3))
        if not scale.all():
            raise self._wrong("has a mesh_scale of zero")
        return scale

    def _color(self) -> Color | None:
        stated = self.entry.get("color_rgba")
        if stated is None:
            return None
        values = np.clip(self._numbers(stated, "color_rgba", 4), 0.0, 1.0).tolist()
        return (values[0], values[1], values[2], values[3])

    def mesh(self, folder: Folder, meshes: Meshes) -> tuple[Instance, list[Notice]] | None:
        """The placed part with what there is to say about it; None where its file is absent."""
        if self.file is None:
            mesh = self._primitive()
            return self._placed(mesh, np.eye(4), None, ""), []
        try:
            relative = folder.locate(self.file, base=self.document)
        except InputError as error:
            raise InputError(
                self.document,
                error.defect,
                place=self._where,
                hint="a wider folder is given with --root (root= in Python)",
            ) from None
        if not folder.exists(relative):
            return None
        found = meshes.get(relative)
        part_from_mesh = scaling(self.scale * self.unit_m / self._unit) @ found.raw_from_mesh
        return self._placed(found.mesh, part_from_mesh, found.color, relative), self._about_unit(found)

    def _about_unit(self, found: Referenced) -> list[Notice]:
        if found.metres is None or math.isclose(found.metres, self.unit_m, rel_tol=1e-6):
            return []
        return [
            notice(
                "unit-contradicts",
                Severity.WARNING,
                self.document,
                "Part {id!r} says that one unit of {mesh!r} is {said} m; the file itself says {own} m. "
                "What the placement says is applied.",
                "La pièce {id!r} indique qu’une unité de {mesh!r} vaut {said} m ; le fichier lui-même indique "
                "{own} m. C’est l’indication du placement qui est appliquée.",
                subject=self.id,
                data={"stated": self.unit_m, "file": found.metres},
                id=self.id,
                mesh=self.file,
                said=f"{self.unit_m:g}",
                own=f"{found.metres:g}",
            )
        ]

    def _placed(self, mesh: Mesh, part_from_mesh: FloatArray, color: Color | None, source: str) -> Instance:
        category = str(self.entry.get("category") or "")
        return Instance(
            tuple(name for name in self.id.split("/") if name),
            mesh,
            self.pose @ part_from_mesh,
            self.color or color,
            source,
            _role(category, self.id),
            category in _MOVING,
        )

    def _primitive(self) -> Mesh:
        stated: dict[str, Any] = self.entry["primitive"]
        kind = stated.get("type")
        metres = (
            self._unit
        )  # tessellated at true size, so that the number of chords does not depend on the unit
        try:
            if kind == "box":
                size = self._numbers(stated.get("size"), "primitive size", 3)
                shape = shapes.box((size[0] * metres, size[1] * metres, size[2] * metres))
            elif kind == "cylinder":
                radius = self._number(stated.get("radius"), "primitive radius")
                length = self._number(stated.get("length", stated.get("height")), "primitive length")
                shape = shapes.cylinder(radius * metres, length * metres)
            elif kind == "sphere":
                shape = shapes.sphere(self._number(stated.get("radius"), "primitive radius") * metres)
            else:
                raise self._wrong(f"has the primitive {kind!r}; use {choices(['box', 'cylinder', 'sphere'])}")
        except ValueError as error:
            raise self._wrong(f"has a {kind} that is none: {error}") from None
        return Mesh(shape.vertices / metres, shape.faces, str(kind), deflection=shape.deflection / metres)


def _role(category: str, name: str) -> str:
    role = ROLES.get(category.lower())
    if role is Role.WALL:
        for word, meant in (
            ("floor", Role.FLOOR),
            ("roof", Role.CEILING),
            ("ceiling", Role.CEILING),
            ("tape", Role.MARKING),
        ):
            if word in name.lower():
                return meant.value
    return "" if role is None else role.value


FORMATS = (
    Format(
        name="placement",
        title="cell placement (JSON)",
        suffixes=(".json",),
        sniff=sniff,
        read=read,
        options_used=("default_unit", "up_axis", "deflection", "angular_deflection", "representation"),
    ),
)
