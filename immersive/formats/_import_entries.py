"""A placement as one ``[[parts]]`` entry for each of its parts, so that each can be edited."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from immersive.errors import ImmersiveError
from immersive.formats._import_pose import length_mm, pose_lines
from immersive.geometry.frames import scaling
from immersive.scene.model import FloatArray, Notice, Part, Role
from immersive.units import LENGTH_UNITS

if TYPE_CHECKING:
    from immersive.formats._import_roles import Guess
    from immersive.formats.importing import Imported


def layout_ids(imported: Imported) -> dict[str, str]:
    """Part id → an id that a layout can have."""
    taken: set[str] = set()
    return {part.id: _free_id(part.id, taken) for part in imported.scene}


def placed_entries(
    imported: Imported, base: str, ids: Mapping[str, str], guesses: Mapping[str, Guess]
) -> Iterator[str]:
    """The lines of all entries, with a heading for each assembly."""
    reader = _Own(imported)
    heading = ""
    taken = set(ids.values())
    for part in imported.scene:
        first = part.path[0]
        if first != heading:
            heading = first
            yield ""
            yield f"# ---- {_clean(first)}"
        yield ""
        yield "[[parts]]"
        yield f"id = {_string(ids[part.id])}"
        last = ids[part.id].split("/")[-1]
        if part.source == imported.relative:
            yield from _solid(part, last)
        else:
            yield from _file(part, last, base, reader)
        guess = guesses.get(part.id)
        if guess is not None:
            yield f"role = {_string(guess.role)}  # guess: {_clean(guess.reason)}"
        elif part.role is not Role.OTHER:
            yield f"role = {_string(part.role)}"
        if part.moving:
            yield "moving = true"
    for notice in imported.scene.notices:
        if notice.code == "missing-file" and notice.subject is not None:
            yield from _absent(imported, notice, base, taken)


def _solid(part: Part, last: str) -> Iterator[str]:
    linear = part.world_from_mesh[:3, :3]
    unit = float(np.linalg.norm(linear[:, 0]))
    size = np.ptp(part.mesh.bounds, axis=0) * unit if part.mesh.bounds is not None else np.zeros(3)
    kind = part.mesh.name
    if kind == "box":
        yield f"box_mm = [{', '.join(length_mm(value) for value in size)}]"
    elif kind == "cylinder":
        yield f"cylinder_mm = [{length_mm(size[0] / 2.0)}, {length_mm(size[2])}]"
    elif kind == "sphere":
        yield f"sphere_mm = {length_mm(size[0] / 2.0)}"
    else:
        raise ImmersiveError(f"the primitive {kind!r} of part {part.id!r} has no layout entry")
    yield from _name(part, last)
    yield from pose_lines(
        part.world_from_mesh @ scaling(1.0 / unit), _corners(part.mesh.bounds, scaling(unit))
    )
    yield from _color(part, None)


def _file(part: Part, last: str, base: str, reader: _Own) -> Iterator[str]:
    yield f"file = {_string(base + part.source)}"
    unit, own = reader.fitting(part)
    if reader.several(part.source):
        yield "merge = true"
    if unit:
        yield f"unit = {_string(unit)}"
    yield from _name(part, last if reader.several(part.source) else own.name)
    pose = part.world_from_mesh @ np.linalg.inv(own.world_from_mesh)
    yield from pose_lines(pose, _corners(part.mesh.bounds, own.world_from_mesh))
    yield from _color(part, own.color)


def _name(part: Part, default: str) -> Iterator[str]:
    if part.name != default:
        yield f"name = {_string(part.name)}"


def _color(part: Part, default: tuple[float, ...] | None) -> Iterator[str]:
    if part.color is None or part.mesh.face_colors is not None:
        return
    text = _hex(part.color)
    if default is None or text != _hex(default):
        yield f'color = "{text}"'


def _hex(color: tuple[float, ...]) -> str:
    values = [round(min(max(value, 0.0), 1.0) * 255.0) for value in color]
    return "#" + "".join(f"{value:02x}" for value in (values if values[3] != 255 else values[:3]))


def _corners(bounds: FloatArray | None, own_from_mesh: FloatArray) -> FloatArray:
    """(8, 3) corners of a mesh's box in the entry's own coordinates."""
    if bounds is None:
        return np.zeros((0, 3))
    picked = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)])
    corners = np.take_along_axis(bounds, picked, axis=0)
    return np.asarray(corners @ own_from_mesh[:3, :3].T + own_from_mesh[:3, 3])


class _Own:
    """The placed files as a layout's entry reads them: in their own coordinates, metres."""

    def __init__(self, imported: Imported) -> None:
        self._imported = imported
        self._known: dict[tuple[str, str], tuple[Part, bool, bool]] = {}

    def _read(self, file: str, unit: str) -> tuple[Part, bool, bool]:
        """(the file as one part, whether it needs a unit, whether it holds several meshes)"""
        from dataclasses import replace

        from immersive.formats._assemble import assemble
        from immersive.formats.layout.files import Files, Located

        if (file, unit) not in self._known:
            imported = self._imported
            files = Files(imported.folder, str(imported.file))
            options = replace(imported.options, default_unit="m", joints={})
            model, source = files.read(Located(imported.folder, file, False), options)
            several = len(model.instances) > 1
            needs = model.unit is None
            if several:
                model = files.merged(model, "merged")
            parts, _, _ = assemble(model, source, replace(options, default_unit=unit, up_axis=None))
            if len(parts) != 1:
                raise ImmersiveError(f"{file!r} holds no shape")
            self._known[file, unit] = (parts[0], needs, several)
        return self._known[file, unit]

    def several(self, file: str) -> bool:
        return self._read(file, "m")[2]

    def fitting(self, part: Part) -> tuple[str, Part]:
        """(unit to state, or empty where the file has its own; the part as read with it)"""
        own, needs, _ = self._read(part.source, "m")
        if not needs:
            return "", own
        factors = np.linalg.norm((part.world_from_mesh @ np.linalg.inv(own.world_from_mesh))[:3, :3], axis=0)
        for name, metres in LENGTH_UNITS.items():
            if np.abs(factors / metres - 1.0).max() < 1e-6:
                return name, self._read(part.source, name)[0]
        return "m", own


def _absent(imported: Imported, notice: Notice, base: str, taken: set[str]) -> Iterator[str]:
    """A part whose file is missing stays in the layout: its absence must not go unnoticed."""
    entry = _document_entry(imported, str(notice.subject))
    file = imported.folder.locate(str(notice.data.get("missing", "")), base=imported.relative)
    yield ""
    yield "# Missing when imported. Once the file is there, look at its pose."
    yield "[[parts]]"
    yield f"id = {_string(_free_id(str(notice.subject), taken))}"
    yield f"file = {_string(base + file)}"
    rows = entry.get("world_from_part")
    if isinstance(rows, list):
        pose = np.array(rows, np.float64)
        pose[:3, 3] *= LENGTH_UNITS[imported.model.unit or "m"]
        yield from pose_lines(pose, np.array([[1.0, 1.0, 1.0]]))


def _document_entry(imported: Imported, id_: str) -> dict[str, Any]:
    document = json.loads(imported.folder.read(imported.relative).decode("utf-8-sig"))
    found = [entry for entry in document["parts"] if entry.get("id") == id_]
    return found[0] if found else {}


def _free_id(text: str, taken: set[str]) -> str:
    """The id as it is, unless a layout cannot have it or has it already."""
    words = [re.sub(r"[\x00-\x1f!*?]+", "_", word).strip() for word in text.split("/")]
    wanted = name = "/".join(word for word in words if word) or "part"
    number = 1
    while name in taken:
        number += 1
        name = f"{wanted}#{number}"
    taken.add(name)
    return name


def _string(text: str) -> str:
    from immersive.formats._import_write import string

    return string(text)


def _clean(text: str) -> str:
    from immersive.formats._import_write import one_line

    return one_line(text)
