"""A validated layout to a :class:`Scene`: reads the files, then assigns roles and groups by selector."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

import numpy as np

from immersive.errors import UsageError, suggestion
from immersive.findings import text
from immersive.formats._base import Folder, ReadOptions
from immersive.formats.layout import models
from immersive.formats.layout.entries import Expanded, Expander, color_of
from immersive.formats.layout.files import Files
from immersive.formats.layout.measured import read_populations
from immersive.formats.layout.moving import moving_of
from immersive.formats.layout.normalise import Mistake, Path
from immersive.formats.layout.read import LayoutFile, LayoutMistakes, place_text
from immersive.formats.layout.references import known
from immersive.formats.layout.stations import build_station
from immersive.scene.model import Mesh, Notice, Part, Scene, Severity, Source
from immersive.scene.queries import select, select_one

Progress = Callable[[str, float], None]


def build_scene(
    found: LayoutFile,
    path: str | os.PathLike[str],
    *,
    options: ReadOptions | None = None,
    progress: Progress | None = None,
) -> Scene:
    """Read every file of a layout and put the scene together.

    Args:
        found: From :func:`~immersive.formats.layout.read.read_layout`.
        path: The layout's file: its folder is the root of all others.
        options: What the caller chooses where the layout says nothing.
        progress: Told what is being read and how far it is.

    Raises:
        LayoutError: A file outside the folder, a unit that contradicts a file, a node, joint or
            part that does not exist. All of them are listed.
    """
    layout = found.layout
    folder = Folder(FilePath(path).resolve().parent)
    expander = Expander(Files(folder, found.file), reading_options(layout, options), found.mistake)
    expanded: list[Expanded] = []
    total = max(len(layout.parts) + len(layout.robots), 1)
    entries: list[models.Part | models.Robot] = [*layout.parts, *layout.robots]
    for i, entry in enumerate(entries):
        if progress is not None:
            progress(f"reading {entry.id}", i / total)
        if isinstance(entry, models.Robot):
            expanded.append(expander.robot(i - len(layout.parts), entry))
        else:
            expanded.append(expander.part(i, entry))
    people = read_populations(found, expander.files)
    mistakes = [*expander.mistakes, *_same_ids(expanded, found), *people.mistakes]
    if mistakes:
        raise LayoutMistakes(found.file, mistakes)
    if progress is not None:
        progress("assigning roles and groups", 1.0)

    parts = tuple(part for item in expanded for part in item.parts)
    choice = Choice(found, tuple(item for item in expanded if item.failed))
    parts = choice.apply(parts)
    choice.check_references(parts)
    if choice.mistakes:
        raise LayoutMistakes(found.file, choice.mistakes)
    robots = {
        int(item.path[1]): item.joints
        for item in expanded
        if item.path[0] == "robots" and item.joints is not None
    }
    moving = moving_of(found, Scene("", parts), robots, expander.files)
    if moving.mistakes:
        raise LayoutMistakes(found.file, moving.mistakes)
    moved = moving.moved
    parts = tuple(replace(p, moving=True) if p.id in moved and not p.moving else p for p in parts)
    name = os.path.basename(found.file)
    own = Source(name, found.sha256, found.size, "layout", "m", "format")
    return Scene(
        name=layout.name or FilePath(name).stem,
        parts=parts,
        sources=(own, *expander.files.sources.values(), *people.sources, *moving.sources),
        notices=(
            *(notice for item in expanded for notice in item.notices),
            *choice.notices,
            *people.notices,
            *moving.notices,
        ),
        station=build_station(found, people.tables),
        title=layout.title,
        mechanisms=tuple(moving.mechanisms),
        motions=tuple(moving.motions),
    )


def reading_options(layout: models.Layout, options: ReadOptions | None) -> ReadOptions:
    """What the layout says, and where it says nothing, the caller."""
    given = options or ReadOptions()
    own = layout.options
    default = layout.units.length or given.default_unit or given.unit
    return replace(
        given,
        unit=None,
        default_unit=default,
        unit_origin="layout" if layout.units.length else given.unit_origin,
        up_axis=layout.units.up_axis or given.up_axis,
        deflection=given.deflection if own.deflection is None else own.deflection,
        angular_deflection=given.angular_deflection
        if own.angular_deflection is None
        else own.angular_deflection,
        representation=own.representation or given.representation,
    )


def _same_ids(expanded: Iterable[Expanded], found: LayoutFile) -> Iterable[Mistake]:
    owner: dict[str, Expanded] = {}
    for item in expanded:
        for part in item.parts:
            first = owner.setdefault(part.id, item)
            if first is not item:
                yield found.mistake(
                    (*item.path, "id"), f"a part {part.id!r} comes from the entry {first.id!r} already"
                )
                break


@dataclass
class Choice:
    """Applies ``[[assign]]`` and ``[groups]``, and checks that selectors elsewhere find something.

    Attributes:
        found: The layout.
        failed: Entries whose geometry is missing: a selector that finds nothing may mean them.
    """

    found: LayoutFile
    failed: tuple[Expanded, ...]

    def __post_init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self.notices: list[Notice] = []

    def apply(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """The parts with roles, groups, colours … as the layout says, without those excluded.

        Groups are looked up twice: assignments may choose by group, and groups by assigned role.
        """
        layout = self.found.layout
        own = {part.id: part.groups for part in parts}
        scene = self._grouped(Scene("", parts), own, tolerant=True)
        excluded: dict[str, int] = {}
        plain: dict[int, Mesh] = {}
        for i, entry in enumerate(layout.assign):
            matches = (entry.match,) if isinstance(entry.match, str) else entry.match
            chosen = {part.id for part in self._select(scene, matches, ("assign", i, "match"), fatal=False)}
            for id_ in chosen:
                own[id_] = tuple(sorted({*own[id_], *entry.groups}))
            if entry.exclude:
                excluded.update(dict.fromkeys(chosen, i))
            elif entry.exclude is False and "exclude" in entry.model_fields_set:
                for id_ in chosen:
                    excluded.pop(id_, None)
            scene = scene.with_parts(_assigned(p, entry, plain) if p.id in chosen else p for p in scene)
        scene = self._grouped(scene, own, tolerant=False)
        for i in sorted(set(excluded.values())):
            left_out = [part.id for part in scene if excluded.get(part.id) == i]
            self.notices.append(self._excluded(i, left_out))
        return tuple(part for part in scene if part.id not in excluded)

    def _grouped(self, scene: Scene, own: dict[str, tuple[str, ...]], *, tolerant: bool) -> Scene:
        scene = scene.with_parts(replace(p, groups=own[p.id]) if p.groups != own[p.id] else p for p in scene)
        for name, selectors in self.found.layout.groups.items():
            path: Path = ("groups", name)
            chosen = {p.id for p in self._select(scene, selectors, path, fatal=not tolerant, silent=tolerant)}
            scene = scene.with_parts(
                replace(p, groups=tuple(sorted({*p.groups, name}))) if p.id in chosen else p for p in scene
            )
        return scene

    def check_references(self, parts: tuple[Part, ...]) -> None:
        """Doors, hazard zones and safeguards name parts that exist."""
        scene = Scene("", parts)
        layout = self.found.layout
        for i, door in enumerate(layout.doors):
            self._select(scene, door.parts, ("doors", i, "parts"), fatal=True)
        for i, zone in enumerate(layout.hazard_zones):
            self._select(scene, zone.select or (), ("hazard_zones", i, "select"), fatal=True)
        for i, guard in enumerate(layout.safeguards):
            self._select(scene, guard.parts, ("safeguards", i, "parts"), fatal=True)
        for i, point in enumerate(layout.access_points):
            self._select(scene, point.removed, ("access_points", i, "removed"), fatal=True)
        for i, contact in enumerate(layout.contacts):
            self._select(scene, contact.between, ("contacts", i, "between"), fatal=True)
            self._select(scene, contact.to, ("contacts", i, "to"), fatal=True)

    def _select(
        self, scene: Scene, selectors: tuple[str, ...], path: Path, *, fatal: bool, silent: bool = False
    ) -> tuple[Part, ...]:
        single = path[-1] == "match" and isinstance(self.found.layout.assign[int(path[1])].match, str)
        for n, word in enumerate(selectors):
            place = path if single else (*path, n)
            try:
                if select_one(scene, word.removeprefix("!")) or silent or self._may_mean_failed(word):
                    continue
            except UsageError as error:
                if not silent:
                    self.mistakes.append(self.found.mistake(place, error.message))
                return ()
            if fatal:
                self.mistakes.append(self.found.mistake(place, _nothing(scene, word)))
            else:
                self.notices.append(self._unmatched(scene, word, place))
        try:
            return select(scene, selectors)
        except UsageError:
            return ()

    def _may_mean_failed(self, word: str) -> bool:
        import fnmatch

        kind, colon, value = word.removeprefix("!").partition(":")
        bare = word.removeprefix("!")
        for item in self.failed:
            entry = getattr(self.found.layout, str(item.path[0]))[int(item.path[1])]
            if colon and kind == "role":
                if entry.role is None or entry.role == value:
                    return True
                continue
            glob = value if colon and kind in ("part", "group") else bare
            groups = {*entry.groups, item.id}
            if any(fnmatch.fnmatchcase(group, glob) for group in groups):
                return True
            if glob == item.id or glob.startswith((item.id + "/", item.id + "[")):
                return True
        return False

    def _unmatched(self, scene: Scene, word: str, path: Path) -> Notice:
        return Notice(
            "assign-unmatched",
            Severity.WARNING,
            os.path.basename(self.found.file),
            text(
                "the selector {word} matches no part{close}",
                "le sélecteur « {word} » ne désigne aucune pièce{close}",
                word={"en": repr(word), "fr": word},
                close={
                    "en": suggestion(word, candidates(scene)),
                    "fr": suggestion(word, candidates(scene)).replace("did you mean", "vouliez-vous dire"),
                },
            ),
            place=place_text(self.found.mistake(path, "")),
            data={"selector": word},
        )

    def _excluded(self, index: int, ids: list[str]) -> Notice:
        return Notice(
            "excluded",
            Severity.INFO,
            os.path.basename(self.found.file),
            text(
                "{count} parts are left out of the cell as the layout says: {ids}",
                "{count} pièces sont exclues de la cellule par le fichier : {ids}",
                count=len(ids),
                ids=", ".join(ids[:5]) + (" …" if len(ids) > 5 else ""),
            ),
            place=place_text(self.found.mistake(("assign", index), "")),
            data={"parts": ids},
        )


def candidates(scene: Scene) -> list[str]:
    """Words that a selector may name: groups, ids and the nodes above them, names."""
    words: dict[str, None] = {}
    for part in scene:
        words.update(dict.fromkeys(part.groups))
        pieces = part.id.split("/")
        words.update(dict.fromkeys("/".join(pieces[:n]) for n in range(1, len(pieces) + 1)))
        words[part.name] = None
    prefixed = [f"{kind}:{word}" for kind in ("part", "group") for word in words]
    return [*words, *prefixed]


def _nothing(scene: Scene, word: str) -> str:
    entries = list(dict.fromkeys(part.id.split("/")[0] for part in scene))
    return f"{word!r} matches no part{suggestion(word, candidates(scene))}; top-level ids: {known(entries)}"


def _assigned(part: Part, entry: models.Assign, plain: dict[int, Mesh]) -> Part:
    mesh, color = part.mesh, part.color
    if entry.color is not None:
        color = color_of(entry.color)
        if mesh.face_colors is not None:
            mesh = plain.setdefault(id(mesh), replace(mesh, face_colors=None))
    uncertainty = part.uncertainty
    if entry.uncertainty is not None:
        stretch = float(np.linalg.norm(part.world_from_mesh[:3, :3], 2))
        uncertainty = entry.uncertainty + stretch * part.mesh.deflection
    return replace(
        part,
        role=entry.role or part.role,
        moving=part.moving if entry.moving is None else entry.moving,
        color=color,
        mesh=mesh,
        uncertainty=uncertainty,
    )
