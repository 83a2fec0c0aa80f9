"""Files of one layout: where they may lie, each read once, equal meshes shared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from immersive.errors import InputError
from immersive.formats._base import Folder, Instance, Model, ReadOptions
from immersive.resources import resource
from immersive.scene.model import Mesh, Part, Source

ASSET = "asset:"
"""In front of a file that comes with the program."""


@dataclass(frozen=True, slots=True)
class Located:
    """A file that a layout names, found to lie where it may.

    Attributes:
        folder: The folder it may be read from.
        relative: Its path there.
        asset: Whether it comes with the program.
    """

    folder: Folder
    relative: str
    asset: bool

    @property
    def shown(self) -> str:
        """The file as the layout names it."""
        return self.name_of(self.relative)

    def name_of(self, relative: str) -> str:
        """Any file of the same folder as the layout would name it."""
        return f"{ASSET}{relative}" if self.asset and not relative.startswith(ASSET) else relative


class Files:
    """Reads the files of one layout.

    Args:
        folder: The layout's.
        shown: The layout's name, for messages.
    """

    def __init__(self, folder: Folder, shown: str) -> None:
        self.folder = folder
        self.shown = shown
        self.sources: dict[str, Source] = {}
        self._assets: Folder | None = None
        self._merged: dict[tuple[int, str, str], tuple[Model, Model]] = {}
        self._meshes: dict[tuple[str, str, float], Mesh] = {}

    def locate(self, file: str) -> Located:
        """A ``file`` of the layout.

        Raises:
            InputError: It is an address, absolute, or outside the folder it may lie in.
        """
        if file.startswith(ASSET):
            if self._assets is None:
                self._assets = Folder(resource("assets"))
            try:
                return Located(self._assets, self._assets.locate(file.removeprefix(ASSET)), True)
            except InputError as error:
                raise InputError(
                    self.shown, f"{file!r} is no path inside the program's assets", hint=error.hint
                ) from error
        try:
            return Located(self.folder, self.folder.locate(file, wanted_by=self.shown), False)
        except InputError as error:
            hint = error.hint or (
                "files lie in the layout's folder or below it; 'asset:…' names those that come with the program"
            )
            raise InputError(self.shown, f"{file!r}: {_tail(error.defect, file)}", hint=hint) from error

    def read(self, located: Located, options: ReadOptions) -> tuple[Model, Source]:
        """One file; the same Model object for the same file and options."""
        from immersive.formats._read import read_model

        model, source = read_model(located.folder, located.relative, options, wanted_by=located.relative)
        return model, replace(source, file=located.shown)

    def joint_names(self, located: Located) -> tuple[str, ...] | None:
        """Names of the movable joints of a robot file, or None where the format has no joints."""
        from immersive.formats.urdf import joint_names

        if not located.relative.lower().endswith(".urdf"):
            return None
        return joint_names(located.folder, located.relative)

    def used(self, located: Located, source: Source, model: Model) -> None:
        """Remember a file and those it refers to as read."""
        from immersive.formats._read import reference_sources

        for item in (source, *reference_sources(located.folder, model)):
            name = located.name_of(item.file)
            self.sources.setdefault(name, replace(item, file=name))

    def shared(self, parts: Iterable[Part]) -> tuple[Part, ...]:
        """The same parts; equal meshes (of two robots read for different joints) are one object."""
        out = []
        for part in parts:
            mesh = part.mesh
            if mesh.face_colors is None:
                kept = self._meshes.setdefault((mesh.key, mesh.name, mesh.deflection), mesh)
                if kept is not mesh:
                    part = replace(part, mesh=kept)
            out.append(part)
        return tuple(out)

    def merged(self, model: Model, key: tuple[str, str]) -> Model:
        """The model with all its meshes made one, named like its only or first instance's root."""
        known = self._merged.get((id(model.instances[0].mesh), *key))
        if known is not None and known[0].instances == model.instances:
            return known[1]
        one = replace(model, instances=(merge(model.instances),))
        self._merged[id(model.instances[0].mesh), *key] = (model, one)
        return one


def merge(instances: tuple[Instance, ...]) -> Instance:
    """Several placed meshes as one in file coordinates; triangles keep their order and colours."""
    if len(instances) == 1:
        return instances[0]
    vertices, faces, colors = [], [], []
    start = 0
    deflection = 0.0
    dropped: dict[str, int] = {}
    for item in instances:
        matrix = item.file_from_mesh
        vertices.append(item.mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3])
        mirrored = np.linalg.det(matrix[:3, :3]) < 0.0
        faces.append((item.mesh.faces[:, ::-1] if mirrored else item.mesh.faces) + start)
        start += len(item.mesh.vertices)
        plain = np.round(np.multiply(item.color or (0.7, 0.7, 0.7, 1.0), 255.0)).astype(np.uint8)
        own = item.mesh.face_colors
        colors.append(own if own is not None else np.tile(plain, (len(item.mesh.faces), 1)))
        deflection = max(deflection, float(np.linalg.norm(matrix[:3, :3], 2)) * item.mesh.deflection)
        for what, number in item.mesh.dropped.items():
            dropped[what] = dropped.get(what, 0) + number
    one_color = len({item.color for item in instances}) == 1 and all(
        item.mesh.face_colors is None for item in instances
    )
    mesh = Mesh(
        np.concatenate(vertices),
        np.concatenate(faces),
        name=instances[0].path[0],
        face_colors=None if one_color else np.concatenate(colors),
        deflection=deflection,
        dropped=dropped,
    )
    first = instances[0]
    return Instance(
        path=first.path[:1],
        mesh=mesh,
        color=first.color if one_color else None,
        role=first.role,
        moving=any(item.moving for item in instances),
        source=first.source if len({item.source for item in instances}) == 1 else "",
    )


def _tail(defect: str, file: str) -> str:
    """A defect without the reference it repeats."""
    return defect.removeprefix(f"refers to {file!r}").lstrip(":, ")
