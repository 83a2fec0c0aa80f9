"""Units, axes, ids and what is said about a file's parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from immersive.errors import InputError
from immersive.formats._assemble import assemble
from immersive.formats._base import Instance, Model, ReadOptions
from immersive.geometry.frames import rotation_rpy, scaling, translation
from immersive.scene.model import Mesh, Notice, Part, Role, Severity, Source
from tests.formats.plain_files import TETRA, TETRA_FACES

SOURCE = Source("cell.obj", "0" * 64, 10, "obj", "", "")
MESH = Mesh(TETRA, TETRA_FACES, "tetra")


def model(*instances: Instance, **values: Any) -> Model:
    return Model(instances or (Instance(("tetra",), MESH),), values.pop("unit", None), **values)


def parts_of(made: Model, options: ReadOptions | None = None, **values: Any) -> tuple[Part, ...]:
    return assemble(made, SOURCE, options or ReadOptions(unit="m"), **values)[0]


def notices_of(made: Model, options: ReadOptions | None = None, **values: Any) -> dict[str, Notice]:
    found = assemble(made, SOURCE, options or ReadOptions(unit="m"), **values)[1]
    assert len({item.code for item in found}) == len(found)
    for item in found:
        assert set(item.text) == {"en", "fr"}
        assert item.text["en"] != item.text["fr"]
        assert "{" not in item.text["en"] + item.text["fr"]
    return {item.code: item for item in found}


# Units and axes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("m", 1), ("mm", 1e-3), ("cm", 1e-2), ("in", 0.0254), ("Inches", 0.0254), ("ft", 0.3048)],
)
def test_the_unit_scales_into_metres(unit: str, factor: float) -> None:
    (part,) = parts_of(model(), ReadOptions(unit=unit))
    np.testing.assert_allclose(part.world_vertices(), TETRA * factor, rtol=1e-15)


@pytest.mark.parametrize(
    ("own", "stated", "default", "who", "wanted"),
    [
        (None, "mm", None, "layout", ("mm", "layout")),
        (None, None, "in", "layout", ("in", "layout")),
        (None, "mm", "in", "layout", ("mm", "layout")),
        (None, None, "cm", "command line", ("cm", "command line")),
        ("mm", None, None, "layout", ("mm", "file")),
        ("mm", "mm", "m", "layout", ("mm", "file")),
        ("mm", None, "m", "layout", ("mm", "file")),
        ("mm", None, "m", "command line", ("mm", "file")),
    ],
)
def test_who_decides_the_unit(
    own: str | None, stated: str | None, default: str | None, who: str, wanted: tuple[str, str]
) -> None:
    options = ReadOptions(unit=stated, default_unit=default, unit_origin=who)
    _, notices, source = assemble(model(unit=own, unit_origin="file" if own else ""), SOURCE, options)
    assert (source.unit, source.unit_origin) == wanted
    ignored = own is not None and default is not None and default != own and who == "command line"
    assert ("unit-unused" in {item.code for item in notices}) == ignored


def test_no_unit_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(InputError, match="states no length unit; give unit= in the layout or --unit"):
        assemble(model(), SOURCE, ReadOptions())


@pytest.mark.parametrize(("origin", "word"), [("format", "its format fixes"), ("file", "the file states")])
def test_a_unit_that_contradicts_the_file_is_an_error_naming_both(origin: str, word: str) -> None:
    with pytest.raises(InputError, match=f"unit 'mm' is given, but {word} 'm'"):
        assemble(model(unit="m", unit_origin=origin), SOURCE, ReadOptions(unit="mm"))


@pytest.mark.parametrize(
    ("own", "given_", "applied"),
    [
        (None, None, "Z"),
        (None, "Y", "Y"),
        (None, "Z", "Z"),
        ("Y", None, "Y"),
        ("Y", "Z", "Y"),
        ("Z", "Y", "Z"),
    ],
)
def test_the_up_axis_of_the_file_wins(own: str | None, given_: str | None, applied: str) -> None:
    options = ReadOptions(unit="m", up_axis=given_)
    parts, notices, source = assemble(model(up_axis=own), SOURCE, options)
    assert source.up_axis == applied
    x, y, z = TETRA.T
    wanted = TETRA if applied == "Z" else np.column_stack([x, -z, y])
    np.testing.assert_array_equal(parts[0].world_vertices(), wanted)
    assert any(item.code == "up-axis-unused" for item in notices) == (
        None not in (own, given_) and own != given_
    )


def test_assembly_pose_comes_after_unit_and_axis() -> None:
    world = translation([10, 0, 0]) @ rotation_rpy(0, 0, np.pi / 2)
    instance = Instance(("a",), MESH, translation([0, 1000, 0]) @ scaling([2, 1, 1]))
    (part,) = parts_of(model(instance), ReadOptions(unit="mm", up_axis="Y"), world_from_assembly=world)
    # File (2, 1000, 0) mm → Z-up (2, 0, 1000) mm → turned about Z (0, 2, 1000) mm → moved by 10 m.
    np.testing.assert_allclose(part.world_vertices()[1], [10.0, 0.002, 1.0], atol=1e-15)


def test_a_pose_that_is_not_finite_is_refused_with_the_part() -> None:
    broken = Instance(("arm", "link"), MESH, np.diag([1, np.nan, 1, 1]))
    with pytest.raises(InputError, match="part 'arm/link': the pose is not finite"):
        parts_of(model(Instance(("a",), MESH), broken))


# Ids and attributes ----------------------------------------------------------------------


def test_ids_are_paths_with_the_prefix() -> None:
    (part,) = parts_of(model(Instance(("base", "bolt"), MESH)), prefix=("cell", "press"))
    assert (part.id, part.path, part.name) == (
        "cell/press/base/bolt",
        ("cell", "press", "base", "bolt"),
        "bolt",
    )


def test_equal_paths_are_numbered_around_what_is_taken() -> None:
    names = ["a", "a#2", "a", "a", "b", "a#2"]
    ids = [part.id for part in parts_of(model(*[Instance((name,), MESH) for name in names]))]
    assert ids == ["a", "a#2", "a#3", "a#4", "b", "a#2#2"]


@given(
    st.lists(
        st.lists(st.sampled_from(["a", "b", "a#2", "a/b", "#2", "é"]), min_size=1, max_size=3), max_size=12
    )
)
def test_ids_are_unique_and_stable(paths: list[list[str]]) -> None:
    made = model(*[Instance(tuple(path), MESH) for path in paths]) if paths else Model((), None)
    ids = [part.id for part in parts_of(made)]
    assert len(set(ids)) == len(ids)
    assert ids == [part.id for part in parts_of(made)]
    for index, path in enumerate(paths):
        if paths.index(path) == index and ["/".join(p) for p in paths].index("/".join(path)) == index:
            assert ids[index] == "/".join(path)


def test_attributes_of_every_part() -> None:
    colored = replace(MESH, face_colors=np.full((4, 4), 9, np.uint8))
    made = model(
        Instance(("a",), colored, color=(1, 0, 0, 1), role="fence", source="meshes/a.stl"),
        Instance(("b",), colored, moving=True, role="no such role"),
    )
    a, b = parts_of(made, groups=("z", "a"))
    assert (a.role, b.role) == (Role.FENCE, Role.OTHER)
    assert (a.groups, a.source, b.source) == (("a", "z"), "meshes/a.stl", "cell.obj")
    assert (a.moving, b.moving) == (False, True)
    assert a.color == (1, 0, 0, 1)
    assert a.mesh is b.mesh is colored
    a, b = parts_of(made, role=Role.ROBOT, moving=True, color=(0, 1, 0, 1))
    assert (a.role, b.role, a.moving, b.moving) == (Role.ROBOT, Role.ROBOT, True, True)
    assert a.color == b.color == (0, 1, 0, 1)
    assert a.mesh.face_colors is None
    assert a.mesh is b.mesh
    assert a.mesh.key == colored.key


def test_uncertainty_is_tessellation_in_metres_plus_what_is_stated() -> None:
    rough = replace(MESH, deflection=0.5)
    stretched = Instance(("a",), rough, rotation_rpy(1, 2, 3) @ scaling([1, 4, 2]))
    (part,) = parts_of(model(stretched), ReadOptions(unit="mm"), uncertainty=0.001)
    assert part.uncertainty == pytest.approx(0.001 + 4 * 0.5e-3, rel=1e-12)


# What is said ----------------------------------------------------------------------------


def test_a_sound_part_gives_no_notice() -> None:
    assert notices_of(model()) == {}


def test_notices_of_the_reader_come_first() -> None:
    told = Notice("told", Severity.INFO, "x", {"en": "a", "fr": "b"})
    assert assemble(model(notices=(told,)), SOURCE, ReadOptions(unit="m"))[1] == (told,)


def test_no_part_and_empty_parts_are_said() -> None:
    assert notices_of(Model((), "m"), ReadOptions())["no-parts"].severity is Severity.WARNING
    empty = Mesh(np.empty((0, 3)), np.empty((0, 3), np.int32))
    one = notices_of(model(Instance(("void",), empty), Instance(("a",), MESH)))
    assert one["empty-part"].subject == "void"
    two = notices_of(model(Instance(("void",), empty), Instance(("nil",), empty)))
    assert two["empty-part"].data == {"count": 2, "first": ["void", "nil"]}


def test_defects_are_summed_up_once_for_a_shared_shape() -> None:
    open_ = Mesh(TETRA, TETRA_FACES[:3])
    found = notices_of(model(*[Instance((f"p{i}",), open_) for i in range(20)], Instance(("whole",), MESH)))
    assert set(found) == {"mesh-open"}
    assert found["mesh-open"].data == {
        "shapes": 1, "of_shapes": 2, "count": 3, "parts": 20, "first": [f"p{i}" for i in range(12)],
    }  # fmt: skip
    assert found["mesh-open"].severity is Severity.INFO


def test_each_kind_of_defect_has_its_notice() -> None:
    twice = Mesh(TETRA, np.concatenate([TETRA_FACES, TETRA_FACES[:1]]))
    flipped = Mesh(TETRA, np.concatenate([TETRA_FACES[:3], TETRA_FACES[3:, ::-1]]))
    flat = Mesh(TETRA, np.concatenate([TETRA_FACES, [[0, 0, 1]]]))
    assert notices_of(model(Instance(("t",), twice)))["mesh-duplicates"].data["count"] == 1
    assert notices_of(model(Instance(("t",), twice)))["mesh-nonmanifold"].data["count"] == 3
    assert notices_of(model(Instance(("t",), flipped)))["mesh-winding"].data["count"] == 3
    zero = notices_of(model(Instance(("t",), flat)))
    assert set(zero) == {"zero-area"}
    assert zero["zero-area"].subject == "t"


def test_single_precision_lost_far_from_the_origin() -> None:
    """At 2,000 km neighbouring float32 numbers are 0.125 m apart."""
    far = Mesh((TETRA + np.array([2.0e6, 0, 0])).astype(np.float32), TETRA_FACES)
    found = notices_of(model(Instance(("far",), far)))
    assert found["precision-lost"].data["step"] == 0.125
    assert "125.0" in found["precision-lost"].text["en"]
    assert found["far-from-origin"].data["distance"] == pytest.approx(2e6, rel=1e-6)
    # The same far away by its pose has all its precision, and a file in doubles too.
    moved = notices_of(model(Instance(("far",), MESH, translation([2e6, 0, 0]))))
    assert set(moved) == {"far-from-origin"}
    double = Mesh(TETRA + np.array([2.0e6 + 1e-7, 0, 0]), TETRA_FACES)
    assert set(notices_of(model(Instance(("far",), double)))) == {"far-from-origin"}


def test_precision_is_judged_in_metres() -> None:
    """A part 20 m off in a millimetre file is good to 2 µm: nothing to say."""
    off = Mesh((TETRA * 100 + np.array([20_000.0, 0, 0])).astype(np.float32), TETRA_FACES)
    assert notices_of(model(Instance(("off",), off)), ReadOptions(unit="mm")) == {}
