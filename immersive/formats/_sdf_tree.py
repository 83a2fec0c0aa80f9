"""The models of an SDF file with what they include, before any mesh is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from immersive.errors import InputError, LimitError
from immersive.formats._base import Folder
from immersive.formats._meshes import notice
from immersive.formats._references import missing_file
from immersive.formats._robot_files import resolve
from immersive.formats._sdf_frames import Scope, read_pose
from immersive.formats._xml import Element, children, find, local, parse, place
from immersive.scene.model import FloatArray, Notice, Severity

MAX_MODELS: Final = 50_000
MAX_DEPTH: Final = 32
MOVABLE: Final = ("revolute", "revolute2", "prismatic", "continuous", "screw", "universal", "ball", "gearbox")


@dataclass(eq=False)
class Link:
    """One link: its element, its pose in the model, and whether a joint moves it."""

    name: str
    element: Element
    pose: FloatArray
    moving: bool


@dataclass(eq=False)
class SdfModel:
    """One model, its links and nested models, posed in its parent.

    Attributes:
        name: In its parent.
        file: The file it stands in, from which its meshes are looked for.
        pose: (4, 4) parent from model.
        scope: Its frames.
        links: In file order.
        nested: In file order.
    """

    name: str
    file: str
    pose: FloatArray
    scope: Scope
    links: list[Link] = field(default_factory=list)
    nested: list[SdfModel] = field(default_factory=list)


class Tree:
    """Builds the models of a file.

    Args:
        folder: Where files may be read.
        file: The file that is read.
    """

    def __init__(self, folder: Folder, file: str) -> None:
        self.folder = folder
        self.file = file
        self.notices: list[Notice] = []
        self.references: list[str] = []
        self._roots: dict[str, Element] = {}
        self._models = 0

    def models(self) -> list[SdfModel]:
        """The models at the top of the file: those of its worlds, or its own."""
        root = self._root(self.file)
        worlds = list(children(root, "world"))
        found: list[SdfModel] = []
        for holder in worlds or [root]:
            scope = Scope(self.file, place(holder))
            self._frames(holder, scope, self.file)
            if find(holder, "state") is not None:
                self.notices.append(
                    notice(
                        "world-state-ignored", Severity.WARNING, self.file,
                        "The saved simulation state is not applied: models stand where the world places them.",
                        "L’état de simulation enregistré n’est pas appliqué : les modèles sont placés comme le "
                        "monde les décrit.",
                    )
                )  # fmt: skip
            members = list(self._members(holder, scope, self.file, (self.file,), ()))
            for model, relative in members:
                model.pose = scope.place(model.pose, relative)
            found += [model for model, _ in members]
        return found

    def _root(self, file: str) -> Element:
        if file not in self._roots:
            root = parse(self.folder.read(file, wanted_by=self.file), file)
            if local(root) != "sdf":
                raise InputError(
                    file, f"is no SDF: its root is <{local(root)}>, not <sdf>", place=place(root)
                )
            version = (root.get("version") or "").strip()
            if not re.match(r"1\.\d+", version):
                raise InputError(
                    file, f"has SDF version {version!r}; 1.5 and later 1.x are read", place=place(root)
                )
            self._roots[file] = root
        return self._roots[file]

    def _members(
        self, holder: Element, scope: Scope, file: str, files: tuple[str, ...], path: tuple[str, ...]
    ) -> Iterator[tuple[SdfModel, str]]:
        """Models and includes of a world, model or file, each with what its pose is relative to."""
        for item in children(holder, "model", "include"):
            made = (
                self._model(item, file, files, path)
                if local(item) == "model"
                else self._include(item, file, files, path)
            )
            if made is None:
                continue
            model, relative = made
            self._models += 1
            if self._models > MAX_MODELS:
                raise LimitError(self.file, f"has more than {MAX_MODELS:,} models")
            scope.frames.setdefault(model.name, (model.pose, relative))
            scope.nested.setdefault(model.name, model.scope)
            yield model, relative

    def _model(
        self, element: Element, file: str, files: tuple[str, ...], path: tuple[str, ...], *, name: str = ""
    ) -> tuple[SdfModel, str]:
        name = name or (element.get("name") or "").strip() or "model"
        if len(path) >= MAX_DEPTH:
            raise LimitError(file, f"models are nested more than {MAX_DEPTH} deep", place=place(element))
        scope = Scope(file, f"model {name!r}")
        pose, relative = read_pose(element, file, self.notices)
        model = SdfModel(name, file, pose, scope)
        self._frames(element, scope, file)
        members = list(self._members(element, scope, file, files, (*path, name)))
        for inner, inner_relative in members:
            inner.pose = scope.place(inner.pose, inner_relative)
        model.nested = [inner for inner, _ in members]
        moved = self._moved(element)
        for link in children(element, "link"):
            link_name = (link.get("name") or "").strip()
            model.links.append(Link(link_name, link, scope.pose_of(link_name), link_name in moved))
        self._put_by_frame(model, element.get("placement_frame"))
        return model, relative

    def _put_by_frame(self, model: SdfModel, frame: str | None) -> None:
        """The pose of a model may be that of one of its frames."""
        if frame:
            model.pose = model.pose @ np.linalg.inv(model.scope.pose_of(frame.strip()))

    def _moved(self, element: Element) -> set[str]:
        if (_text(element, "static") or "").lower() in ("true", "1"):
            return set()
        below: dict[str, list[str]] = {}
        moved: list[str] = []
        for joint in children(element, "joint"):
            parent, child = _text(joint, "parent") or "", _text(joint, "child") or ""
            below.setdefault(parent, []).append(child)
            if joint.get("type") in MOVABLE:
                moved.append(child)
        seen: set[str] = set()
        while moved:
            name = moved.pop()
            if name not in seen:
                seen.add(name)
                moved += below.get(name, [])
        return seen

    def _frames(self, holder: Element, scope: Scope, file: str) -> None:
        for item in children(holder, "link", "joint", "frame"):
            name = (item.get("name") or "").strip()
            kind = local(item)
            if not name:
                raise InputError(file, f"a {kind} has no name", place=place(item))
            if name in scope.frames:
                raise InputError(file, f"has two things named {name!r}", place=scope.where)
            pose, relative = read_pose(item, file, self.notices)
            if not relative and kind == "joint":
                relative = _text(item, "child") or ""
            if not relative and kind == "frame":
                relative = (item.get("attached_to") or "").strip()
            scope.frames[name] = (pose, relative)

    # Includes -----------------------------------------------------------------------------

    def _include(
        self, element: Element, file: str, files: tuple[str, ...], path: tuple[str, ...]
    ) -> tuple[SdfModel, str] | None:
        uri = _text(element, "uri") or ""
        shown = _text(element, "name") or uri.rstrip("/").rpartition("/")[2] or "include"
        located = self._locate(uri, file, f"include {shown!r}")
        if located is None:
            self.notices.append(missing_file(file, uri, subject=shown, kind="include"))
            return None
        if located in files:
            trail = " → ".join([*files[files.index(located) :], located])
            raise InputError(file, f"includes itself: {trail}", place=place(element))
        root = self._root(located)
        if located not in self.references:
            self.references.append(located)
        inner = next(children(root, "model"), None)
        if inner is None:
            raise InputError(located, "holds no model to include", place=place(root))
        model, relative = self._model(
            inner, located, (*files, located), path, name=_text(element, "name") or ""
        )
        if find(element, "pose") is not None:
            model.pose, relative = read_pose(element, file, self.notices)
            self._put_by_frame(model, _text(element, "placement_frame") or inner.get("placement_frame"))
        elif relative:
            relative = ""  # a frame of the included file's surroundings, which are not here
        if (_text(element, "static") or "").lower() in ("true", "1"):
            _hold(model)
        return model, relative

    def _locate(self, uri: str, file: str, where: str) -> str | None:
        if re.match(r"https?://", uri.strip(), re.IGNORECASE):
            return None
        if uri.lower().rstrip("/").endswith((".sdf", ".world")):
            return resolve(self.folder, uri, base=file, place=where)
        name = uri.rstrip("/")
        config = resolve(self.folder, f"{name}/model.config", base=file, place=where)
        if config is not None:
            listed = [
                (item.get("version") or "", (item.text or "").strip())
                for item in children(parse(self.folder.read(config), config), "sdf")
            ]
            self.references.append(config)
            for _, named in sorted(listed, key=lambda item: _version(item[0]), reverse=True):
                beside = resolve(self.folder, named, base=config, place=where) if named else None
                if beside is not None:
                    return beside
        return resolve(self.folder, f"{name}/model.sdf", base=file, place=where)


def _hold(model: SdfModel) -> None:
    for link in model.links:
        link.moving = False
    for inner in model.nested:
        _hold(inner)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _text(element: Element, name: str) -> str | None:
    found = find(element, name)
    return None if found is None else (found.text or "").strip()
