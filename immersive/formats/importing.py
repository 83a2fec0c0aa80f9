"""``immersive import``: a working, commented layout from a CAD assembly, ready to edit.

What is written is read back before it is kept, and compared with the source part by part: names,
triangles and world boxes must agree.
"""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from immersive.errors import ImmersiveError, InputError, UnitMissingError, UsageError
from immersive.formats._base import Folder, Model, ReadOptions
from immersive.scene.model import Notice, Scene, Severity
from immersive.units import LENGTH_UNITS, length_unit

BOX_ERROR = 1e-6
"""Metres by which a box read from the layout may differ from the source's."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        output: The layout that was written.
        source: What it was made from.
        parts: Parts in the layout.
        triangles: In all of them.
        roles: Role → parts that have it, stated or guessed.
        guessed: Parts whose role is a guess.
        copied: Files that were copied beside the layout, relative to its folder.
        copied_bytes: Their total size.
        notices: What the readers had to tell.
    """

    output: Path
    source: Path
    parts: int
    triangles: int
    roles: dict[str, int] = field(default_factory=dict)
    guessed: int = 0
    copied: tuple[str, ...] = ()
    copied_bytes: int = 0
    notices: tuple[Notice, ...] = ()

    def lines(self) -> list[str]:
        """For people, in English."""
        lines = [f"{self.output}: {self.parts:,} parts, {self.triangles:,} triangles from {self.source}"]
        named = [f"{count:,} {role}" for role, count in self.roles.items() if role != "other"]
        unknown = self.roles.get("other", 0)
        if named:
            how = (
                f"{self.guessed:,} of them guessed, see the comments" if self.guessed else "as the file says"
            )
            lines.append(f"roles: {', '.join(named)}; {how}")
        if unknown:
            lines.append(f"{unknown:,} parts have no role yet")
        if self.copied:
            lines.append(
                f"copied {len(self.copied):,} files ({self.copied_bytes:,} bytes) to {self.copied[0].split('/')[0]}/"
            )
        for severity, mark in ((Severity.ERROR, "error"), (Severity.WARNING, "warning")):
            kinds: dict[str, list[Notice]] = {}
            for item in self.notices:
                if item.severity == severity:
                    kinds.setdefault(item.code, []).append(item)
            for same in kinds.values():
                more = f" (and {len(same) - 1:,} more of this kind)" if len(same) > 1 else ""
                lines.append(f"{mark}: {same[0].text['en']}{more}")
        lines.append(f"next: immersive check {self.output}")
        return lines


@dataclass(frozen=True, eq=False)
class Imported:
    """A source that was read.

    Attributes:
        file: The source.
        folder: Its folder: nothing outside is read.
        relative: Its path there.
        model: Its content.
        scene: Its parts in the world.
        options: With which it was read.
    """

    file: Path
    folder: Folder
    relative: str
    model: Model
    scene: Scene
    options: ReadOptions

    @property
    def format(self) -> str:
        return self.scene.sources[0].format


def import_source(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    unit: str | None = None,
    up_axis: str | None = None,
    options: ReadOptions | None = None,
    root: str | os.PathLike[str] | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Write a layout that holds everything a CAD file holds.

    A source beside or below the output is referred to where it lies; of any other, the files that
    are really used are copied to a folder beside the output, because a layout refers to nothing outside.

    Args:
        source: GLB, glTF, STEP, URDF, SDF, ``placement.json`` or a single mesh.
        output: The layout to write, ``.toml``.
        unit: Length unit of a source that states none.
        up_axis: ``"Z"`` or ``"Y"`` for a source that does not say.
        options: How it is read; kept in the layout where it matters.
        root: Folder that the source's references may not leave; default as in
            :func:`immersive.formats.load.load`.
        force: Overwrite an existing layout (and copied files).
        progress: Told what is being done.

    Raises:
        InputError: The source cannot be used.
        UnitMissingError: It states no unit and none is given; names the likely one.
        UsageError: The output exists, is no ``.toml``, or its folder does not exist.
    """
    from immersive.formats._import_write import layout_text
    from immersive.formats.layout.build import build_scene
    from immersive.formats.layout.document import write_atomically
    from immersive.formats.layout.read import parse_layout

    say = progress or (lambda what, fraction: None)
    file, target = Path(source), Path(output)
    _check_output(target, force=force)
    say(f"reading {file.name}", 0.0)
    imported = read_source(file, unit=unit, up_axis=up_axis, options=options, root=root)
    if not imported.scene.parts:
        why = next((n.text["en"] for n in imported.scene.notices if n.severity == Severity.ERROR), "")
        raise InputError(source, f"holds no part that can be read{': ' if why else ''}{why}")
    base, copies = _placement_of_files(imported, target)
    say("writing the layout", 0.5)
    written = layout_text(imported, name=target.stem, base=base)
    made = _copy(copies, target, force=force)
    try:
        say("reading it back", 0.6)
        found = parse_layout(written.text, str(target))
        scene = build_scene(found, target, options=replace(imported.options, joints={}))
        _compare(imported.scene, scene)
        write_atomically(target, written.text)
    except BaseException:  # an interrupt too leaves no half-made copy behind
        for path in made:
            path.unlink(missing_ok=True)
        raise
    say("done", 1.0)
    roles: dict[str, int] = {}
    for part in scene:
        roles[part.role.value] = roles.get(part.role.value, 0) + 1
    return ImportReport(
        output=target,
        source=file,
        parts=len(scene),
        triangles=scene.triangles,
        roles=dict(sorted(roles.items(), key=lambda item: (-item[1], item[0]))),
        guessed=written.guessed,
        copied=tuple(relative for relative, _ in copies),
        copied_bytes=sum(path.stat().st_size for _, path in copies),
        notices=scene.notices,
    )


def read_source(
    file: Path,
    *,
    unit: str | None = None,
    up_axis: str | None = None,
    options: ReadOptions | None = None,
    root: str | os.PathLike[str] | None = None,
) -> Imported:
    """Read a source with everything it refers to.

    Raises:
        InputError: It cannot be used, or is a layout already.
        UnitMissingError: See :func:`import_source`.
    """
    from immersive.formats._assemble import assemble
    from immersive.formats._read import read_model, reference_sources
    from immersive.formats._robot_files import reading_root

    if not file.exists():
        raise InputError(file, "does not exist")
    if file.is_dir():
        raise InputError(file, "is a folder, not a file", hint="name the assembly file in it")
    if file.suffix.lower() == ".toml":
        raise InputError(file, "is a layout already", hint="import makes one from a CAD file")
    chosen = options or ReadOptions()
    default = unit or chosen.unit or chosen.default_unit
    axis = up_axis or chosen.up_axis
    if axis is not None and axis.upper() not in ("Y", "Z"):
        raise UsageError(f"unknown up axis {axis!r}; use 'Z' or 'Y'")
    chosen = replace(
        chosen,
        unit=None,
        default_unit=None if default is None else length_unit(default),
        unit_origin="command line",
        up_axis=None if axis is None else axis.upper(),
    )
    real = file.resolve()
    folder = Folder(reading_root(real) if root is None else root)
    relative = os.path.relpath(real, os.path.realpath(folder.root)).replace(os.sep, "/")
    relative = folder.locate(relative, wanted_by=str(file))
    model, read = read_model(folder, relative, chosen)
    if model.unit is None and chosen.default_unit is None:
        raise UnitMissingError(file, _which_unit(model), hint="give it with --unit, for instance --unit mm")
    parts, notices, read = assemble(model, read, chosen)
    sources = (read, *reference_sources(folder, model))
    return Imported(file, folder, relative, model, Scene(file.stem, parts, sources, notices), chosen)


def _which_unit(model: Model) -> str:
    """What the size would be in each unit, and which of them is believable."""
    from immersive.formats._plausible import ASSEMBLY_SIZE, intended_units

    boxes = [
        item.mesh.used_vertices @ item.file_from_mesh[:3, :3].T + item.file_from_mesh[:3, 3]
        for item in model.instances
        if len(item.mesh.faces)
    ]
    if not boxes:
        return "states no length unit"
    size = np.max([box.max(axis=0) for box in boxes], axis=0) - np.min(
        [box.min(axis=0) for box in boxes], axis=0
    )
    likely = intended_units(float(size.max()) * LENGTH_UNITS["km"], "km", (max(ASSEMBLY_SIZE[0], 0.05), 50.0))
    said = ", ".join(
        f"{name}: {' x '.join(f'{value * LENGTH_UNITS[name]:.4g}' for value in size)} m"
        + (" (likely)" if likely and name == likely[0] else "")
        for name in ("mm", "cm", "m", "in", "ft")
    )
    return f"states no length unit; its size would be, in {said}"


def _check_output(target: Path, *, force: bool) -> None:
    if target.suffix.lower() != ".toml":
        raise UsageError(f"the output {str(target)!r} must end in .toml")
    if not target.parent.is_dir():
        raise UsageError(f"the folder {str(target.parent)!r} does not exist")
    if target.is_dir():
        raise UsageError(f"{str(target)!r} is a folder")
    if target.exists() and not force:
        raise UsageError(f"{str(target)!r} exists already; --force overwrites it")


def _placement_of_files(imported: Imported, target: Path) -> tuple[str, tuple[tuple[str, Path], ...]]:
    """(what to put before the source's relative paths, files to copy as (path beside the output, file))."""
    root = Path(os.path.realpath(imported.folder.root))
    home = Path(os.path.realpath(target.parent))
    if root == home or home in root.parents:
        below = root.relative_to(home).as_posix()
        return ("" if below == "." else f"{below}/"), ()
    base = f"{target.stem}_files/"
    used = used_files(imported)
    return base, tuple((base + relative, root / relative) for relative in used)


def used_files(imported: Imported) -> tuple[str, ...]:
    """Every file that was read for the source, relative to its folder; without a list of placed files itself."""
    names = {name for name in imported.folder.digests if imported.folder.exists(name)}
    names |= {source.file for source in imported.scene.sources}
    if imported.format == "placement":
        names.discard(imported.relative)
    return tuple(sorted(names))


def _copy(copies: tuple[tuple[str, Path], ...], target: Path, *, force: bool) -> list[Path]:
    """Copy what is not there yet; the new files are returned."""
    made: list[Path] = []
    for relative, file in copies:
        place = target.parent / relative
        if place.exists() and not filecmp.cmp(file, place, shallow=False) and not force:
            raise UsageError(f"{str(place)!r} exists already with other content; --force overwrites it")
    try:
        for relative, file in copies:
            place = target.parent / relative
            if place.exists() and filecmp.cmp(file, place, shallow=False):
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.exists():
                made.append(place)
            shutil.copyfile(file, place)
    except OSError as error:
        for path in made:
            path.unlink(missing_ok=True)
        raise UsageError(f"{error.filename!r} cannot be written: {error.strerror}") from error
    return made


def _compare(source: Scene, written: Scene) -> None:
    """The layout must give the same parts.

    Raises:
        ImmersiveError: It does not; a defect of this program.
    """
    if len(source) != len(written):
        raise ImmersiveError(
            f"the layout gives {len(written)} parts instead of {len(source)}; please report this"
        )
    for old, new in zip(source, written, strict=True):
        wrong = ""
        if old.name != new.name:
            wrong = f"the name {new.name!r} instead of {old.name!r}"
        elif old.triangles != new.triangles:
            wrong = f"{new.triangles} triangles instead of {old.triangles}"
        elif (old.bounds is None) != (new.bounds is None):
            wrong = "a box where there is none, or none where there is one"
        elif old.bounds is not None and new.bounds is not None:
            error = float(np.abs(old.bounds - new.bounds).max())
            if not error <= BOX_ERROR:
                wrong = f"a box that is off by {error:.3g} m"
        if wrong:
            raise ImmersiveError(f"the layout gives the part {old.id!r} {wrong}; please report this")
