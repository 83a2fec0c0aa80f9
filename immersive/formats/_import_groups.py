"""Which parts of an import belong together: assemblies of the file, and the links of one robot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from immersive.scene.model import Part, Role

NEIGHBOUR = 0.02
"""Metres between the boxes of two links of one robot at most: neighbours overlap or nearly touch."""


def groups_of(
    parts: Sequence[Part], ids: Mapping[str, str], roles: Mapping[str, Role], *, taken: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Group name → ids of parts or of the nodes above them.

    Args:
        parts: Of the cell.
        ids: Part id → id in the layout.
        roles: Part id → role.
        taken: Names of groups that exist without being listed (robots).
    """
    used = set(taken)
    whole_robot = bool(used)
    groups: dict[str, tuple[str, ...]] = {}
    robots = [part for part in parts if roles[part.id] is Role.ROBOT and part.bounds is not None]
    in_robot: set[str] = set()
    if not whole_robot:
        for members in _touching(robots):
            if len(members) > 1:
                name = _free(_robot_name(members), used)
                groups[name] = tuple(ids[part.id] for part in members)
                in_robot |= {part.id for part in members}
    level = _level([ids[part.id] for part in parts])
    below: dict[str, list[Part]] = {}
    for part in parts:
        below.setdefault("/".join(ids[part.id].split("/")[:level]), []).append(part)
    if not whole_robot:
        for node, members in below.items():
            if len(members) > 1 and len(below) > 1 and not any(part.id in in_robot for part in members):
                groups[_free(_group_name(node.split("/")[-1]), used)] = (node,)
    return groups


def count_units(
    parts: Sequence[Part], ids: Mapping[str, str], roles: Mapping[str, Role], groups: Iterable[Iterable[str]]
) -> int:
    """How many units the clearance check will compare: groups, and entries of the hierarchy without one."""
    level = _level([ids[part.id] for part in parts])
    listed = [tuple(members) for members in groups]
    found: set[tuple[str, object]] = set()
    for part in parts:
        id_ = ids[part.id]
        group = next(
            (n for n, members in enumerate(listed) if any(f"{id_}/".startswith(f"{m}/") for m in members)),
            None,
        )
        if not part.triangles:
            continue
        if group is not None:
            found.add(("group", group))
        elif roles[part.id] is Role.ROBOT:
            found.add(("robot", ""))
        else:
            found.add(("entry", "/".join(id_.split("/")[:level])))
    return len(found)


def _level(ids: Sequence[str]) -> int:
    """Words of an id up to the first level where the parts differ."""
    split = [id_.split("/") for id_ in ids]
    level = 1
    while len({tuple(words[:level]) for words in split}) == 1 and all(len(words) > level for words in split):
        level += 1
    return level


def _touching(parts: Sequence[Part]) -> list[list[Part]]:
    """Parts whose boxes nearly touch, directly or through others, in file order."""
    if not parts:
        return []
    boxes = np.stack([part.bounds for part in parts if part.bounds is not None])
    left = list(range(len(parts)))
    found: list[list[Part]] = []
    while left:
        members, todo = {left[0]}, [left.pop(0)]
        while todo:
            box = boxes[todo.pop()]
            near = [
                i
                for i in left
                if (boxes[i][0] <= box[1] + NEIGHBOUR).all() and (box[0] <= boxes[i][1] + NEIGHBOUR).all()
            ]
            members.update(near)
            todo += near
            left = [i for i in left if i not in members]
        found.append([parts[i] for i in sorted(members)])
    return found


def _robot_name(members: Sequence[Part]) -> str:
    """What the names of the links begin with, with the word robot."""
    words = [
        re.split(r"[^A-Za-z0-9]+", part.path[0] if len(part.path) == 1 else part.path[-2]) for part in members
    ]
    first = []
    for column in zip(*words, strict=False):
        if len(set(column)) > 1:
            break
        first.append(column[0])
    name = _group_name("_".join(first))
    if not name or name == "part":
        return "robot_1"
    return name if "robot" in name.lower() else f"robot_{name}"


def _group_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("_.-")[:60] or "part"


def _free(name: str, used: set[str]) -> str:
    number = 1
    wanted = name
    while name in used:
        number += 1
        name = f"{wanted.removesuffix('_1')}_{number}"
    used.add(name)
    return name
