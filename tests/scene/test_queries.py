from __future__ import annotations

import numpy as np
import pytest

from immersive.errors import UsageError
from immersive.scene.model import Mesh, Part, Role, Scene
from immersive.scene.queries import select, unmatched

MESH = Mesh(np.eye(3), np.array([[0, 1, 2]]))


def part(id_: str, role: Role = Role.OTHER, *groups: str) -> Part:
    return Part(id_, id_.rpartition("/")[2], tuple(id_.split("/")), MESH, np.eye(4), role=role, groups=groups)


SCENE = Scene(
    "cell",
    (
        part("robot/base", Role.ROBOT, "robot"),
        part("robot/link_1", Role.ROBOT, "robot"),
        part("fence/post_1", Role.FENCE),
        part("fence/post_10", Role.FENCE),
        part("fence_door", Role.DOOR),
        part("bench/frame/leg", Role.FURNITURE, "station"),
        part("rack[0]"),
        part("rack[1]/box"),
    ),
)


@pytest.mark.parametrize(
    ("selectors", "ids"),
    [
        ("*", [p.id for p in SCENE]),
        ("role:fence", ["fence/post_1", "fence/post_10"]),
        ("group:robot", ["robot/base", "robot/link_1"]),
        ("part:fence", ["fence/post_1", "fence/post_10"]),
        ("part:fence/post_1", ["fence/post_1"]),
        ("fence*", ["fence/post_1", "fence/post_10"]),
        ("part:fence*", ["fence/post_1", "fence/post_10", "fence_door"]),
        ("bench", ["bench/frame/leg"]),
        ("leg", ["bench/frame/leg"]),
        (["role:fence", "!part:*_10"], ["fence/post_1"]),
        (["!role:fence", "!role:robot"], ["fence_door", "bench/frame/leg", "rack[0]", "rack[1]/box"]),
        ([], []),
        ("part:rack[1]", ["rack[1]/box"]),
        ("part:rack[[]0]", ["rack[0]"]),
        ("part:rack*", ["rack[0]", "rack[1]/box"]),
    ],
)
def test_select(selectors: str | list[str], ids: list[str]) -> None:
    assert [p.id for p in select(SCENE, selectors)] == ids


def test_unknown_role_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match="unknown role 'fense', did you mean 'fence'"):
        select(SCENE, "role:fense")


def test_unmatched_names_the_misspelt() -> None:
    assert unmatched(SCENE, ["robot", "robbot", "!group:nobody"]) == ("robbot", "!group:nobody")
