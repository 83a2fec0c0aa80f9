"""Meshes of files that only place other files: URDF, SDF, placement.json.

Each file is read once and is one mesh however often it is used. What COLLADA's own up axis asks
for is not applied here: robot descriptions and the placement format say so.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from immersive.errors import InputError, UnsupportedError
from immersive.formats._base import Folder, Instance, Model, ReadOptions
from immersive.formats._meshes import Color, joined, notice
from immersive.formats._read import read_model
from immersive.geometry.frames import scaling
from immersive.scene.model import FloatArray, Mesh, Notice, Severity
from immersive.units import LENGTH_UNITS

_PLACING: Final = (".json", ".urdf", ".sdf", ".world", ".xacro", ".toml")
_TURNED: Final = ("up-axis-assumed", "x-up-baked")
_UNIT: Final = ("unit-assumed", "unit-baked")


class Referenced(NamedTuple):
    """A mesh file as another file uses it.

    Attributes:
        mesh: The whole file as one mesh.
        raw_from_mesh: (4, 4): coordinates as they stand in the file, from the mesh.
        metres: Metres in one of those coordinates; None where the file does not say.
        color: Of the whole, or None.
        up_axis: What the file says of its up axis (``"X"``, ``"Y"``, ``"Z"`` or None), not applied.
    """

    mesh: Mesh
    raw_from_mesh: FloatArray
    metres: float | None
    color: Color | None
    up_axis: str | None


class Meshes:
    """The mesh files that one file refers to, and what there is to say about them.

    Args:
        folder: Where files may be read.
        file: The referring file, for messages.
        options: What the caller chose.
        unit_stated: True where the referring file states the unit of each mesh itself.
    """

    def __init__(self, folder: Folder, file: str, options: ReadOptions, *, unit_stated: bool = False) -> None:
        self._folder = folder
        self._file = file
        # A unit stated for the referring file says nothing about the files it places.
        self._options = replace(options, unit=None, joints={})
        self._muted = _TURNED + (_UNIT if unit_stated else ())
        self._known: dict[tuple[str, str], Referenced] = {}
        self._models: dict[str, Model] = {}
        self.notices: list[Notice] = []

    @property
    def references(self) -> tuple[str, ...]:
        """The files read, in order of first use."""
        return tuple(self._models)

    def get(self, relative: str, *, submesh: str = "") -> Referenced:
        """The mesh of a located file, or of one named node of it.

        Raises:
            InputError: It cannot be read, or has no such node.
            UnsupportedError: It only places other files.
        """
        key = (relative, submesh)
        if key not in self._known:
            self._known[key] = self._load(relative, submesh)
        return self._known[key]

    def _load(self, relative: str, submesh: str) -> Referenced:
        if os.path.splitext(relative)[1].lower() in _PLACING:
            raise UnsupportedError(self._file, f"refers to {relative!r}, which is no mesh file")
        if relative not in self._models:
            model, _ = read_model(self._folder, relative, self._options, wanted_by=self._file)
            self._models[relative] = model
            for item in model.notices:
                if item.code in _UNIT:
                    # A mesh of a robot is in metres unless it says otherwise: no news for its user.
                    item = replace(item, severity=Severity.INFO)
                if item.code not in self._muted:
                    self.notices.append(item)
        model = self._models[relative]
        instances = model.instances
        if submesh:
            instances = tuple(item for item in instances if submesh in (*item.path, item.mesh.name))
            if not instances:
                names = sorted({item.name for item in model.instances})[:12]
                raise InputError(
                    self._file,
                    f"asks for {submesh!r} of {relative!r}, which has {', '.join(names) or 'nothing'}",
                )
        placed = joined(instances, name=_stem(relative)) if instances else _nothing(relative)
        metres = None if model.unit is None else LENGTH_UNITS[model.unit]
        raw_from_mesh, axis = placed.file_from_mesh, model.up_axis
        for item in model.notices:
            if item.code == "x-up-baked":
                from immersive.formats.dae import ZUP_FROM_XUP

                raw_from_mesh, axis = ZUP_FROM_XUP.T @ raw_from_mesh, "X"
        for item in model.notices:
            if item.code == "unit-baked":
                metres = float(item.data["metres"])
                raw_from_mesh = scaling(1.0 / metres) @ raw_from_mesh
        return Referenced(placed.mesh, raw_from_mesh, metres, placed.color, axis)


def _nothing(relative: str) -> Instance:
    return Instance((_stem(relative),), Mesh(np.empty((0, 3)), np.empty((0, 3), np.int32), _stem(relative)))


def _stem(relative: str) -> str:
    return os.path.splitext(os.path.basename(relative))[0]


def missing_file(file: str, wanted: str, *, subject: str, kind: str) -> Notice:
    """A referenced file is not there: the rest is loaded, and this is an error for whoever relies on it."""
    return notice(
        "missing-file",
        Severity.ERROR,
        file,
        "The file {wanted!r} of {kind} {id!r} does not exist: the part is missing in the scene and is not checked.",
        "Le fichier {wanted!r} de {kind} {id!r} n’existe pas : la pièce manque dans la scène et n’est pas contrôlée.",
        subject=subject,
        place=f"{kind} {subject!r}",
        data={"missing": wanted},
        wanted=wanted,
        id=subject,
        kind=kind,
    )
