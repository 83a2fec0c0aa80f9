"""From a Model in file units and axes to Parts in the world: the one place where both are applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from immersive.errors import InputError, UnitMissingError
from immersive.formats._base import Instance, Model, ReadOptions
from immersive.formats._defects import defect_notices
from immersive.formats._plausible import size_notices
from immersive.geometry.frames import ZUP_FROM_YUP
from immersive.scene.model import Mesh, Notice, Part, Role, Severity, Source
from immersive.units import LENGTH_UNITS, length_unit

Color = tuple[float, float, float, float]


def assemble(
    model: Model,
    source: Source,
    options: ReadOptions,
    *,
    prefix: tuple[str, ...] = (),
    world_from_assembly: NDArray[np.float64] | None = None,
    role: Role = Role.OTHER,
    groups: tuple[str, ...] = (),
    moving: bool = False,
    color: Color | None = None,
    uncertainty: float = 0.0,
) -> tuple[tuple[Part, ...], tuple[Notice, ...], Source]:
    """Place a file's content in the world.

    Args:
        model: What a reader gave.
        source: The file, from :func:`immersive.formats._read.read_model`.
        options: Unit and up axis for a file that states none.
        prefix: Names put before every path.
        world_from_assembly: (4, 4) affine in metres, applied after unit and up axis.
        role: Of every part whose file states none.
        groups: Of every part.
        moving: Makes every part a moving one.
        color: Replaces every colour of the file, those of single triangles too.
        uncertainty: Stated bound on the distance from the true surface, metres; the bound that
            tessellation adds to it is taken from the mesh.

    Returns:
        Parts in file order with unique ids; the model's notices and those found here; and the
        source with the unit and axis that were applied.

    Raises:
        InputError: The file states no unit and none is given, or another than the one given.
    """
    unit, unit_origin, notices = _unit(model, source, options)
    axis, axis_notices = _up_axis(model, source, options)
    applied = replace(source, unit=unit, unit_origin=unit_origin, up_axis=axis)

    world_from_file = np.diag([LENGTH_UNITS[unit]] * 3 + [1.0])
    if axis == "Y":
        world_from_file = ZUP_FROM_YUP @ world_from_file
    if world_from_assembly is not None:
        world_from_file = np.asarray(world_from_assembly, np.float64) @ world_from_file

    worlds = _worlds(model.instances, world_from_file)
    finite = np.isfinite(worlds).all(axis=(1, 2))
    ids = _unique_ids(model.instances, prefix)
    if not finite.all():
        raise InputError(source.file, "the pose is not finite", place=f"part {ids[int(finite.argmin())]!r}")
    sorted_groups = tuple(sorted(groups))
    parts = []
    plain: dict[int, Mesh] = {}
    for instance, name, world_from_mesh in zip(model.instances, ids, worlds, strict=True):
        mesh = instance.mesh
        if color is not None and mesh.face_colors is not None:
            if id(mesh) not in plain:
                plain[id(mesh)] = _without_colors(mesh)
            mesh = plain[id(mesh)]
        stretch = _stretch(world_from_mesh) if mesh.deflection else 0.0
        parts.append(
            Part(
                id=name,
                name=instance.name,
                path=(*prefix, *instance.path),
                mesh=mesh,
                world_from_mesh=world_from_mesh,
                color=color if color is not None else instance.color,
                role=_role(instance, role),
                groups=sorted_groups,
                source=instance.source or source.file,
                moving=moving or instance.moving,
                uncertainty=uncertainty + stretch * mesh.deflection,
            )
        )
    found = (*model.notices, *notices, *axis_notices)
    found += defect_notices(parts, applied)
    found += size_notices(parts, applied)
    return tuple(parts), found, applied


def _unit(model: Model, source: Source, options: ReadOptions) -> tuple[str, str, tuple[Notice, ...]]:
    stated = None if options.unit is None else length_unit(options.unit)
    default = None if options.default_unit is None else length_unit(options.default_unit)
    if model.unit is None:
        unit = stated or default
        if unit is None:
            raise UnitMissingError(
                source.file,
                "states no length unit; give unit= in the layout or --unit",
                hint="most CAD exports are in mm, most robot descriptions in m",
            )
        return unit, options.unit_origin, ()
    own = length_unit(model.unit)
    if stated is not None and LENGTH_UNITS[stated] != LENGTH_UNITS[own]:
        why = "its format fixes" if model.unit_origin == "format" else "the file states"
        raise InputError(
            source.file,
            f"unit {stated!r} is given, but {why} {own!r}",
            hint="leave the unit out; to resize a part on purpose use scale",
        )
    if (
        default is not None
        and options.unit_origin == "command line"
        and LENGTH_UNITS[default] != LENGTH_UNITS[own]
    ):
        notice = Notice(
            "unit-unused",
            Severity.INFO,
            source.file,
            {
                "en": f"Unit {default} was given for files that state none; this one states {own}, which is used.",
                "fr": f"L’unité {default} vaut pour les fichiers sans unité ; celui-ci indique {own}, qui est retenue.",
            },
            data={"given": default, "applied": own},
        )
        return own, model.unit_origin or "file", (notice,)
    return own, model.unit_origin or "file", ()


def _up_axis(model: Model, source: Source, options: ReadOptions) -> tuple[str, tuple[Notice, ...]]:
    if model.up_axis is None:
        return options.up_axis or "Z", ()
    if options.up_axis is None or options.up_axis == model.up_axis:
        return model.up_axis, ()
    notice = Notice(
        "up-axis-unused",
        Severity.INFO,
        source.file,
        {
            "en": f"Up axis {options.up_axis} was given for files that state none; this one states {model.up_axis}, which is used.",
            "fr": f"L’axe vertical {options.up_axis} vaut pour les fichiers qui n’en indiquent pas ; celui-ci indique {model.up_axis}, qui est retenu.",
        },
        data={"given": options.up_axis, "applied": model.up_axis},
    )
    return model.up_axis, (notice,)


def _worlds(instances: Sequence[Instance], world_from_file: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 4, 4) of all instances at once: an assembly may have ten thousand."""
    if not instances:
        return np.empty((0, 4, 4))
    worlds: NDArray[np.float64] = world_from_file @ np.array([item.file_from_mesh for item in instances])
    return worlds


_ROLES = {role.value: role for role in Role}


def _role(instance: Instance, role: Role) -> Role:
    return _ROLES.get(instance.role, role) if role is Role.OTHER else role


def _without_colors(mesh: Mesh) -> Mesh:
    bare = replace(mesh, face_colors=None)
    bare.__dict__["topology"] = mesh.topology
    return bare


def _stretch(matrix: NDArray[np.float64]) -> float:
    """Largest factor by which the linear part lengthens a vector."""
    return float(np.linalg.norm(matrix[:3, :3], 2))


def _unique_ids(instances: Iterable[Instance], prefix: tuple[str, ...]) -> list[str]:
    """Path joined by ``/``; the second of the same path gets ``#2``, and so on."""
    wanted = ["/".join((*prefix, *(name or "unnamed" for name in item.path))) for item in instances]
    taken = set(wanted)
    seen: dict[str, int] = {}
    ids = []
    for name in wanted:
        number = seen.get(name, 0) + 1
        given = name
        while number > 1 and (given := f"{name}#{number}") in taken:
            number += 1
        seen[name] = number
        taken.add(given)
        ids.append(given)
    return ids
