from __future__ import annotations

import numpy as np
import pytest

from immersive.checks._run import run
from immersive.findings import Verdict
from immersive.scene.labels import common_prefix, shortener
from immersive.scene.model import Mesh, Part, Scene
from tests.geometry import meshes

MESH = Mesh(np.eye(3), np.array([[0, 1, 2]]))


def scene(*ids: str) -> Scene:
    return Scene("s", tuple(Part(i, i.split("/")[-1], tuple(i.split("/")), MESH, np.eye(4)) for i in ids))


@pytest.mark.parametrize(
    ("ids", "prefix"),
    [
        ((), ""),
        (("a/b",), ""),
        (("a/b/c", "a/b/d"), "a/b/"),
        (("a/b", "a/b/c"), "a/"),
        (("a/b", "a"), ""),
        (("ab/c", "a/c"), ""),
        (("a/b/c/d", "a/x/c/d"), "a/"),
    ],
)
def test_what_all_ids_begin_with(ids: tuple[str, ...], prefix: str) -> None:
    assert common_prefix(scene(*ids)) == prefix


def test_only_whole_ids_are_shortened() -> None:
    short = shortener(scene("a/b (1)/x", "a/b (1)/y"))
    said = {"en": "'a/b (1)/x' and data/b (1)/x, a/b (1)/y: a/b (1)/ rest", "fr": "« a/b (1)/x »"}
    assert short(said) == {"en": "'x' and data/b (1)/x, y: a/b (1)/ rest", "fr": "« x »"}


def test_findings_say_short_names_and_keep_whole_ids() -> None:
    vertices, faces, _ = meshes.box(1.0)
    parts = tuple(
        Part(
            f"cell/z_up/{n}/visual", "visual", ("cell", "z_up", n, "visual"), Mesh(vertices, faces), np.eye(4)
        )
        for n in ("left", "right")
    )
    (found,) = [f for f in run(Scene("s", parts), only=["clearance"]) if f.verdict == Verdict.FAIL]
    for words in (*found.message.values(), *found.hint.values()):
        assert "left/visual" in words
        assert "cell/z_up" not in words
    assert found.subjects == ("cell/z_up/left", "cell/z_up/right")
    assert found.data["a"] == "cell/z_up/left/visual"
