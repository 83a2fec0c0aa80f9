"""One entry of ``[[parts]]`` or ``[[robots]]`` to placed parts: file or solid, node, pose, repeats."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from immersive.errors import ImmersiveError, InputError, suggestion
from immersive.findings import text
from immersive.formats._base import Instance, Model, ReadOptions
from immersive.formats.layout import models
from immersive.formats.layout.files import Files, Located
from immersive.formats.layout.mechanism import mechanisms
from immersive.formats.layout.moving import RobotJoints
from immersive.formats.layout.normalise import Mistake, Path
from immersive.formats.layout.references import known
from immersive.geometry import frames, shapes
from immersive.scene.model import FloatArray, Mesh, Notice, Part, Role, Severity
from immersive.units import LENGTH_UNITS

Color = tuple[float, float, float, float]


@dataclass(slots=True)
class Expanded:
    """What one entry became.

    Attributes:
        id: Of the entry.
        path: Of the entry in the layout.
        parts: With final ids; empty if its file could not be read.
        notices: What the readers had to tell, and errors for what is missing.
        failed: True if geometry that was asked for is absent.
        joints: How it moves, for a robot.
    """

    id: str
    path: Path
    parts: tuple[Part, ...] = ()
    notices: tuple[Notice, ...] = ()
    failed: bool = False
    joints: RobotJoints | None = None


@dataclass
class Expander:
    """Expands the entries of one layout; mistakes are gathered, not raised.

    Attributes:
        files: Where files come from.
        options: The layout's and the caller's reading options together.
        say: Makes a mistake at a key of the layout.
    """

    files: Files
    options: ReadOptions
    say: Callable[[Path, str], Mistake]
    mistakes: list[Mistake] = field(default_factory=list)
    _solids: dict[tuple[str, tuple[float, ...]], Mesh] = field(default_factory=dict)
    _only_link: str = ""

    def part(self, index: int, entry: models.Part) -> Expanded:
        """The parts of one ``[[parts]]`` entry."""
        path: Path = ("parts", index)
        pose = pose_of(entry, entry.scale)
        if entry.file is None:
            found = Expanded(entry.id, path, (self._solid(entry, pose),))
        else:
            found = self._from_file(
                entry,
                path,
                pose,
                options=replace(
                    self.options,
                    unit=entry.unit,
                    unit_origin="layout" if entry.unit else self.options.unit_origin,
                    up_axis=entry.up_axis or self.options.up_axis,
                ),
                role=entry.role or Role.OTHER,
                groups=entry.groups,
                moving=bool(entry.moving),
                node=entry.node,
                merge=entry.merge,
            )
        if entry.count != (1, 1, 1) and found.parts and entry.pitch is not None:
            found.parts = tuple(_repeated(found.parts, entry.id, entry.count, entry.pitch))
        return found

    def robot(self, index: int, entry: models.Robot) -> Expanded:
        """The parts of one ``[[robots]]`` entry."""
        options = replace(
            self.options,
            unit=entry.unit,
            unit_origin="layout" if entry.unit else self.options.unit_origin,
            joints=dict(entry.joints),
            representation=entry.representation or self.options.representation,
        )
        found = self._from_file(
            entry,
            ("robots", index),
            pose_of(entry),
            options=options,
            role=Role.OTHER,
            groups=entry.groups,
            moving=False,
        )
        if found.parts:
            found.joints = self._joints(entry, found.parts)
            found.parts = self._as_robot(entry, found.parts)
        return found

    def _joints(self, entry: models.Robot, parts: tuple[Part, ...]) -> RobotJoints | None:
        from immersive.formats.urdf import kinematics

        located = self.files.locate(entry.file)
        if not located.relative.lower().endswith(".urdf"):
            return None
        root, joints = kinematics(located.folder, located.relative)
        depth = len(entry.id.split("/"))
        # A lone part goes by the entry's id: the path is that of the entry then, and the link is its own.
        alone = self._only_link if len(parts) == 1 else ""
        links = {part.id: alone or (part.path[depth] if len(part.path) > depth else "") for part in parts}
        return RobotJoints(root, joints, dict(entry.joints), links, pose_of(entry), located.shown)

    def _as_robot(self, entry: models.Robot, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Role, group and motion for what belongs to a mechanism; all of it where the file has none.

        What stands still beside it in the same file, and every further mechanism, is a group of its own:
        it must be compared with the robot.
        """
        located = self.files.locate(entry.file)
        found = mechanisms(located.folder, located.relative)
        chains = found.chains if found is not None else {}
        depth = len(entry.id.split("/"))
        links = {part.id: part.path[depth] if len(part.path) > depth else "" for part in parts}
        several = len({chains[link] for link in links.values() if link in chains}) > 1
        made = []
        for part in parts:
            link = links[part.id]
            if chains and link and link not in chains:
                own = f"{entry.id}/{link}"
                made.append(replace(part, groups=tuple(sorted({*part.groups, own}))))
                continue
            own = f"{entry.id}/{chains[link]}" if several else entry.id
            moving = part.moving if entry.moving is False else True
            made.append(
                replace(part, role=entry.role, moving=moving, groups=tuple(sorted({*part.groups, own})))
            )
        return tuple(made)

    def _solid(self, entry: models.Part, pose: FloatArray) -> Part:
        kind, size = next(
            (name, tuple(np.atleast_1d(getattr(entry, name)).tolist()))
            for name in ("box", "cylinder", "sphere")
            if getattr(entry, name) is not None
        )
        mesh = self._solids.get((kind, size))
        if mesh is None:
            if kind == "box":
                shape = shapes.box(cast("tuple[float, float, float]", size))
            elif kind == "cylinder":
                shape = shapes.cylinder(size[0], size[1])
            else:
                shape = shapes.sphere(size[0])
            mesh = Mesh(shape.vertices, shape.faces, name=kind, deflection=shape.deflection)
            self._solids[kind, size] = mesh
        names = tuple(entry.id.split("/"))
        return Part(
            id=entry.id,
            name=entry.name or names[-1],
            path=names,
            mesh=mesh,
            world_from_mesh=pose,
            color=color_of(entry.color),
            role=entry.role or Role.OTHER,
            groups=tuple(sorted(set(entry.groups))),
            moving=bool(entry.moving),
            uncertainty=entry.uncertainty + float(np.linalg.norm(pose[:3, :3], 2)) * mesh.deflection,
        )

    def _from_file(
        self,
        entry: models.Part | models.Robot,
        path: Path,
        pose: FloatArray,
        *,
        options: ReadOptions,
        role: Role,
        groups: tuple[str, ...],
        moving: bool,
        node: str | None = None,
        merge: bool = False,
    ) -> Expanded:
        from immersive.formats._assemble import assemble

        nothing = Expanded(entry.id, path, failed=True)
        try:
            located = self.files.locate(cast(str, entry.file))
        except InputError as error:
            self.mistakes.append(self.say((*path, "file"), error.defect + _hint(error)))
            return nothing
        if not located.folder.exists(located.relative):
            nothing.notices = (self._missing(entry, path, located),)
            return nothing
        try:
            if isinstance(entry, models.Robot) and not self._joints_fit(entry, path, located):
                return nothing
            model, source = self.files.read(located, options)
            if node is not None:
                chosen = below(model, node)
                if chosen is None:
                    self.mistakes.append(self.say((*path, "node"), _no_node(model, node, located.shown)))
                    return nothing
                model = chosen
            if not self._unit_fits(entry, path, model, options, located):
                return nothing
            if merge and model.instances:
                model = self.files.merged(model, entry.id.split("/")[-1])
            parts, notices, source = assemble(
                model,
                source,
                # Only what the entry itself says may contradict the file.
                replace(
                    options,
                    up_axis=options.up_axis if model.up_axis is None else getattr(entry, "up_axis", None),
                ),
                prefix=tuple(entry.id.split("/")),
                world_from_assembly=pose,
                role=role,
                groups=tuple(sorted(set(groups))),
                moving=moving,
                color=color_of(entry.color),
                uncertainty=entry.uncertainty,
            )
        except ImmersiveError as error:
            nothing.notices = (self._unreadable(entry, path, located, error),)
            return nothing
        self.files.used(located, source, model)
        if len(parts) == 1:
            old = parts[0].id
            depth = len(entry.id.split("/"))
            self._only_link = parts[0].path[depth] if len(parts[0].path) > depth else ""
            only = replace(
                parts[0], id=entry.id, name=entry.name or parts[0].name, path=tuple(entry.id.split("/"))
            )
            parts = (only,)
            notices = tuple(_about(n, old, entry.id) if n.subject == old else n for n in notices)
        parts = tuple(replace(p, source=located.name_of(p.source)) for p in parts)
        notices = tuple(replace(n, file=located.name_of(n.file)) for n in notices)
        failed = any(n.severity == Severity.ERROR for n in notices)
        return Expanded(entry.id, path, self.files.shared(parts), notices, failed)

    def _unit_fits(
        self,
        entry: models.Part | models.Robot,
        path: Path,
        model: Model,
        options: ReadOptions,
        located: Located,
    ) -> bool:
        if model.unit is None and options.unit is None and options.default_unit is None:
            self.mistakes.append(
                self.say(
                    (*path, "file"),
                    f"{located.shown!r} states no length unit; give this entry a unit (most CAD exports are in "
                    "'mm', most robot meshes in 'm'), or set [units] length for all such files",
                )
            )
            return False
        if entry.unit is not None and model.unit is not None:
            stated, own = LENGTH_UNITS[entry.unit], LENGTH_UNITS.get(model.unit, float("nan"))
            if stated != own:
                why = "its format fixes" if model.unit_origin == "format" else "the file itself says"
                self.mistakes.append(
                    self.say(
                        (*path, "unit"),
                        f"found {entry.unit!r}, but {why} {model.unit!r}; leave the unit out "
                        "(to resize a part on purpose use scale)",
                    )
                )
                return False
        return True

    def _joints_fit(self, entry: models.Robot, path: Path, located: Located) -> bool:
        if not entry.joints:
            return True
        found = mechanisms(located.folder, located.relative)
        if found is None:
            return True
        kinds = found.joints
        good = True
        for name in entry.joints:
            mistake = self.say((*path, "joints", name), "")
            table = str(mistake.path[-2])
            wrong = ""
            if name not in kinds:
                wrong = f"{located.shown!r} has no movable joint {name!r}{suggestion(name, kinds)}; {known(kinds)}"
            elif kinds[name] == "prismatic" and table.endswith(("_deg", "_rad")):
                wrong = f"the joint {name!r} slides: give a length, in [robots.joints_mm]"
            elif kinds[name] != "prismatic" and not table.endswith(("_deg", "_rad", "joints")):
                wrong = f"the joint {name!r} turns: give an angle, in [robots.joints_deg]"
            if wrong:
                self.mistakes.append(replace(mistake, defect=wrong))
                good = False
        return good

    def _missing(self, entry: models.Part | models.Robot, path: Path, located: Located) -> Notice:
        return Notice(
            "missing-file",
            Severity.ERROR,
            located.shown,
            text(
                "{id}: the file {file} does not exist; nothing was checked against this part",
                "{id} : le fichier {file} n’existe pas ; rien n’a été contrôlé par rapport à cette pièce",
                id=entry.id,
                file=located.shown,
            ),
            place=self._place((*path, "file")),
            subject=entry.id,
        )

    def _unreadable(
        self, entry: models.Part | models.Robot, path: Path, located: Located, error: ImmersiveError
    ) -> Notice:
        return Notice(
            "unreadable-file",
            Severity.ERROR,
            located.shown,
            text(
                "{id}: the file cannot be used: {why}; nothing was checked against this part",
                "{id} : le fichier est inutilisable ({why}) ; rien n’a été contrôlé par rapport à cette pièce",
                id=entry.id,
                why=error.message,
            ),
            place=self._place((*path, "file")),
            subject=entry.id,
            data={"hint": error.hint} if error.hint else {},
        )

    def _place(self, path: Path) -> str:
        from immersive.formats.layout.read import place_text

        return place_text(self.say(path, ""))


def pose_of(entry: models.Placed, scale: float | tuple[float, ...] = 1.0) -> FloatArray:
    """(4, 4) world from the entry's own coordinates in metres: scale, then rotation, then position."""
    if entry.matrix is not None:
        return np.array(entry.matrix, np.float64).reshape(4, 4)
    pose = frames.translation(entry.position)
    if entry.rotation is not None:
        pose = pose @ frames.rotation_rpy(*entry.rotation)
    elif entry.quaternion is not None:
        pose = pose @ frames.rotation_quaternion(entry.quaternion)
    return pose @ frames.scaling(scale)


def color_of(text_: str | None) -> Color | None:
    """``"#rrggbb"`` or ``"#rrggbbaa"`` as four numbers in 0…1."""
    if text_ is None:
        return None
    values = [int(text_[i : i + 2], 16) / 255.0 for i in range(1, len(text_), 2)]
    return (values[0], values[1], values[2], values[3] if len(values) > 3 else 1.0)


def below(model: Model, node: str) -> Model | None:
    """The model's instances at or below a node: names joined by ``/``, from the root or from anywhere."""
    found: list[Instance] = []
    for instance in model.instances:
        path = instance.path
        cut = next(
            (
                end
                for start, end in itertools.combinations(range(len(path) + 1), 2)
                if "/".join(path[start:end]) == node
            ),
            None,
        )
        if cut is not None:
            found.append(replace(instance, path=path[cut:] or path[-1:]))
    return replace(model, instances=tuple(found)) if found else None


def _no_node(model: Model, node: str, file: str) -> str:
    names = {name for item in model.instances for name in item.path}
    names |= {"/".join(item.path[:end]) for item in model.instances for end in range(2, len(item.path) + 1)}
    return f"{file!r} has no node {node!r}{suggestion(node, sorted(names))}; {known(sorted(names))}"


def _about(notice: Notice, old: str, new: str) -> Notice:
    """A notice about a part that goes by another id now."""
    said = {key: words.replace(f"{old!r}", f"{new!r}") for key, words in notice.text.items()}
    return replace(
        notice, subject=new, text={k: w.replace(f"« {old} »", f"« {new} »") for k, w in said.items()}
    )


def _repeated(
    parts: tuple[Part, ...], id_: str, count: tuple[int, int, int], pitch: tuple[float, float, float]
) -> Iterator[Part]:
    for index in itertools.product(*(range(n) for n in count)):
        number = ",".join(str(i) for i, n in zip(index, count, strict=True) if n > 1) or "0"
        moved = frames.translation(np.multiply(index, pitch))
        for part in parts:
            rest = part.id[len(id_) :]
            head, *tail = part.path[len(id_.split("/")) - 1 :]
            yield replace(
                part,
                id=f"{id_}[{number}]{rest}",
                path=(*part.path[: len(id_.split("/")) - 1], f"{head}[{number}]", *tail),
                world_from_mesh=moved @ part.world_from_mesh,
            )


def _hint(error: ImmersiveError) -> str:
    return f"; {error.hint}" if error.hint else ""
