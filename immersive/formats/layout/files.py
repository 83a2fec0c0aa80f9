"""Files of one layout: where they may lie, each read once, equal meshes shared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from immersive.errors import InputError
from immersive.formats._base import Folder, Instance, Model, ReadOptions
from immersive.formats._meshes import joined
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
        self._merged: dict[tuple[str | int, ...], tuple[Model, Model]] = {}
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

    def merged(self, model: Model, name: str) -> Model:
        """The model with all its meshes made one; the same mesh for the same model."""
        key: tuple[str | int, ...] = (name, *(id(item.mesh) for item in model.instances))
        if key not in self._merged:
            whole = joined(model.instances, name=name)
            first = model.instances[0]
            sources = {item.source for item in model.instances}
            one = Instance(
                (name,),
                whole.mesh,
                whole.file_from_mesh,
                whole.color,
                first.source if len(sources) == 1 else "",
                first.role if len({item.role for item in model.instances}) == 1 else "",
                any(item.moving for item in model.instances),
            )
            # The model is kept with it: its meshes' addresses are the key.
            self._merged[key] = (model, replace(model, instances=(one,)))
        return self._merged[key][1]


def _tail(defect: str, file: str) -> str:
    """A defect without the reference it repeats."""
    return defect.removeprefix(f"refers to {file!r}").lstrip(":, ")
