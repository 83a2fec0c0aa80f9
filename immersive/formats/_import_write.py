"""The text of an imported layout: entries, roles, groups, rules, and examples to fill in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from immersive.formats._import_entries import layout_ids, placed_entries
from immersive.formats._import_examples import examples, rules
from immersive.formats._import_groups import count_units, groups_of
from immersive.formats._import_pose import length_mm, number
from immersive.formats._import_roles import Guess, guess_roles, plain
from immersive.formats.importing import Imported
from immersive.formats.layout.mechanism import mechanisms
from immersive.scene.model import Part, Role

_LINES_OF_GROUPS = 80


@dataclass(frozen=True)
class Written:
    """A layout's text.

    Attributes:
        text: TOML.
        guessed: Parts whose role is a guess.
    """

    text: str
    guessed: int


def layout_text(imported: Imported, *, name: str, base: str) -> Written:
    """The whole layout.

    Args:
        imported: What was read.
        name: Of the cell.
        base: What comes before the source's relative paths.
    """
    scene = imported.scene
    per_part = imported.format == "placement"
    entry = slug(imported.file.stem) if not per_part else ""
    single = len(scene.parts) == 1 and not per_part
    # Ids as the layout will have them.
    ids = {part.id: entry if single else f"{entry}/{part.id}" for part in scene}
    if per_part:
        ids = layout_ids(imported)
    guesses = guess_roles(scene.parts, skip=common_depth(scene.parts))
    roles = {part.id: _role(part, guesses) for part in scene}
    moved = mechanisms(imported.folder, imported.relative)
    robot = bool(imported.options.joints) or (moved is not None and bool(moved.joints))
    lines = list(_head(imported, name))
    lines += _options(imported, roles)
    if per_part:
        lines += placed_entries(imported, base, ids, guesses)
    elif robot:
        lines += _robot(imported, entry, base, None if moved is None else moved.joints)
        lines += _assignments(scene.parts, ids, roles, guesses)
    else:
        lines += _entry(imported, entry, base, guesses if single else {})
        if not single:
            lines += _assignments(scene.parts, ids, roles, guesses)
    groups = groups_of(scene.parts, ids, roles, taken=[entry] if robot else [])
    if groups:
        lines += ["", "# Parts that belong together: they are not compared with each other.", "[groups]"]
        lines += [
            f"{_key(group)} = {_strings(f'part:{id_}' for id_ in members)}"
            for group, members in list(groups.items())[:_LINES_OF_GROUPS]
        ]
        if len(groups) > _LINES_OF_GROUPS:
            lines.append(f"# … and {len(groups) - _LINES_OF_GROUPS} more assemblies")
    lines += examples(scene, roles)
    lines += rules(
        set(roles.values()), alone=robot or count_units(scene.parts, ids, roles, groups.values()) < 2
    )
    return Written("\n".join(lines) + "\n", len(guesses))


def _role(part: Part, guesses: Mapping[str, Guess]) -> Role:
    return guesses[part.id].role if part.id in guesses else part.role


def _head(imported: Imported, name: str) -> Iterator[str]:
    scene = imported.scene
    what = f"{len(scene):,} parts, {scene.triangles:,} triangles"
    yield f"# Made by `immersive import` from {one_line(imported.file.name)}: {what}."
    yield "# Edit freely; comments survive. Lengths end in _mm, angles in _deg. World: X right, Y forward, Z up."
    if scene.bounds is not None:
        low, high = scene.bounds.tolist()
        size = " x ".join(f"{b - a:.3f}" for a, b in zip(low, high, strict=True))
        place = ", ".join(f"{a:.3f}" for a in low)
        yield f"# Everything fills {size} m, from ({place})."
    yield "# A role marked `guess` was told from a name or a shape: look at it once."
    yield ""
    yield "schema = 1"
    yield f"name = {string(name)}"
    yield f"title = {string(imported.file.stem)}"


def _options(imported: Imported, roles: Mapping[str, Role]) -> list[str]:
    from immersive.formats._base import ReadOptions

    standard, used = ReadOptions(), imported.options
    said = []
    if used.deflection != standard.deflection:
        said.append(f"deflection_mm = {length_mm(used.deflection)}")
    if used.angular_deflection != standard.angular_deflection:
        said.append(f"angular_deflection_rad = {number(used.angular_deflection)}")
    if used.representation != standard.representation:
        said.append(f"representation = {string(used.representation)}")
    floors = [
        (float(np.prod((p.bounds[1] - p.bounds[0])[:2])), float(p.bounds[1][2]), p.id)
        for p in imported.scene
        if roles[p.id] is Role.FLOOR and p.bounds is not None
    ]
    if floors:
        _, top, id_ = max(floors)
        if abs(top) > 5e-4:
            said.append(f"floor_mm = {number(round(top * 1000.0, 1))}  # the top of {one_line(id_)}")
    return ["", "[options]", *said] if said else []


def _entry(imported: Imported, entry: str, base: str, guesses: Mapping[str, Guess]) -> list[str]:
    lines = ["", "[[parts]]", f"id = {string(entry)}", f"file = {string(base + imported.relative)}"]
    if imported.model.unit is None:
        lines.append(f"unit = {string(imported.options.default_unit or 'm')}")
    if imported.model.up_axis is None and imported.options.up_axis is not None:
        lines.append(f"up_axis = {string(imported.options.up_axis)}")
    lines += [f"role = {string(g.role)}  # guess: {one_line(g.reason)}" for g in guesses.values()]
    lines.append("position_mm = [0, 0, 0]")
    lines.append("rotation_deg = [0, 0, 0]")
    return lines


def _robot(imported: Imported, entry: str, base: str, kinds: Mapping[str, str] | None) -> list[str]:
    lines = ["", "[[robots]]", f"id = {string(entry)}", f"file = {string(base + imported.relative)}"]
    lines += ["position_mm = [0, 0, 0]", "rotation_deg = [0, 0, 0]"]
    asked = imported.options.joints
    if kinds is None:
        lines += ["", "[robots.joints]  # radians and metres"]
        return lines + [f"{_key(name)} = {number(value)}" for name, value in asked.items()]
    for suffix, slides in (("_deg", False), ("_mm", True)):
        mine = [name for name, kind in kinds.items() if (kind == "prismatic") == slides]
        if mine:
            lines += ["", f"[robots.joints{suffix}]"]
            for name in mine:
                value = asked.get(name, 0.0)
                shown = value * 1000.0 if slides else float(np.degrees(value))
                # A joint that is not named stands at zero or follows the one it mimics.
                lines.append(f"{'' if name in asked else '# '}{_key(name)} = {number(round(shown, 10))}")
    return lines


def _assignments(
    parts: Sequence[Part],
    ids: Mapping[str, str],
    roles: Mapping[str, Role],
    guesses: Mapping[str, Guess],
) -> list[str]:
    """``[[assign]]`` for each role: the highest nodes under which everything has it for the same reason."""
    # What the file says itself is used as it is.
    reasons = {
        part.id: (guesses[part.id].role, guesses[part.id].reason) if part.id in guesses else None
        for part in parts
    }
    chosen: dict[Role, list[tuple[str, str]]] = {}
    lines: list[str] = []
    for node, label, alone in _uniform_nodes({ids[key]: value for key, value in reasons.items()}):
        if label is None:
            continue
        if alone:
            lines += ["", "[[assign]]", f"role = {string(label[0])}  # guess: {one_line(label[1])}"]
            lines.append(f"match = {_strings([f'part:{node}', f'!part:{node}/*'])}")
        else:
            chosen.setdefault(label[0], []).append((node, label[1]))
    for role in Role:
        if role not in chosen:
            continue
        lines += ["", "[[assign]]", f"role = {string(role)}"]
        lines.append("match = [")
        for node, reason in chosen[role]:
            lines.append(f"  {string('part:' + node)},  # guess: {one_line(reason)}")
        lines.append("]")
    unknown = sum(1 for part in parts if roles[part.id] is Role.OTHER)
    if unknown:
        lines += ["", f"# {unknown:,} parts have no role yet. For example:", "# [[assign]]"]
        first = next(part for part in parts if roles[part.id] is Role.OTHER)
        lines += [f"# match = {string('part:' + ids[first.id])}", '# role = "machine"']
    return lines


def _uniform_nodes(
    labels: Mapping[str, tuple[Role, str] | None],
) -> Iterator[tuple[str, tuple[Role, str] | None, bool]]:
    """The fewest ids (of parts or of nodes above them) that tell the labels of all parts, in file order.

    The last value is True for a part that has others below it which are something else.
    """
    below: dict[str, set[tuple[Role, str] | None]] = {}
    for id_, label in labels.items():
        words = id_.split("/")
        for end in range(1, len(words) + 1):
            below.setdefault("/".join(words[:end]), set()).add(label)
    done: set[str] = set()
    for id_, label in labels.items():
        words = id_.split("/")
        for end in range(1, len(words) + 1):
            node = "/".join(words[:end])
            if len(below[node]) == 1:
                if node not in done:
                    done.add(node)
                    yield node, label, False
                break
        else:
            yield id_, label, True


def common_depth(parts: Sequence[Part]) -> int:
    """Names at the beginning of the paths that all parts share: the assembly's own."""
    if len(parts) < 2:
        return 0
    depth = 0
    while all(len(p.path) > depth + 1 for p in parts) and len({p.path[depth] for p in parts}) == 1:
        depth += 1
    return depth


def slug(text: str) -> str:
    """A short id from any text."""
    return re.sub(r"[^a-z0-9]+", "_", plain(text)).strip("_")[:60] or "part"


def string(text: str) -> str:
    """A TOML basic string."""
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def one_line(text: str) -> str:
    """Text for a comment: no line breaks, no control signs."""
    return re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+", " ", text)


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else string(text)


def _strings(values: Iterable[str]) -> str:
    listed = [string(value) for value in values]
    joined = f"[{', '.join(listed)}]"
    return joined if len(joined) < 100 else "[\n  " + ",\n  ".join(listed) + ",\n]"
