from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import LayoutError, UsageError
from immersive.formats.layout.document import LayoutDocument

TEXT = """# Our cell, drawn by hand.\x20\x20\x20

schema   = 1     # the vocabulary
name = 'cell'    # keep me
units = { length = "mm" }  # inline

  # an indented comment
[[parts]]   # the bench
id = "bench"
file = "bench.glb"      # made by a script
position_mm = [ 1200,0 , 0 ]   # x y z

[[parts]]
id = "floor"
box_mm = [
  8000, # long
  6000,
  20,
]


[options]
deflection_mm = 0.1

# the end, without a newline"""


def differing_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines only in one of the two, in order."""
    import difflib

    diff = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    return [line[2:] for line in diff if line[0] == "-"], [line[2:] for line in diff if line[0] == "+"]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_nothing_changed_nothing_different(tmp_path: Path, ends: str, bom: str) -> None:
    data = (bom + TEXT.replace("\n", ends)).encode()
    file = tmp_path / "cell.toml"
    file.write_bytes(data)
    document = LayoutDocument.open(file)
    assert document.text.encode() == data
    document.save()
    assert file.read_bytes() == data


def test_every_demo_layout_survives_unchanged(root: Path) -> None:
    for file in sorted((root / "layouts").glob("*.toml")):
        assert LayoutDocument.open(file).text.encode() == file.read_bytes()


def test_setting_a_value_changes_its_line_alone_and_keeps_its_comment() -> None:
    document = LayoutDocument(TEXT)
    document.set(("parts", 0, "file"), "other.glb")
    document.set(("name",), "new")
    gone, new = differing_lines(TEXT, document.text)
    assert gone == ["name = 'cell'    # keep me\n", 'file = "bench.glb"      # made by a script\n']
    assert new == ['name = "new"    # keep me\n', 'file = "other.glb"      # made by a script\n']


def test_setting_lists_tables_and_new_keys() -> None:
    document = LayoutDocument(TEXT)
    document.set(("parts", 0, "position_mm"), (1, 2, 3.5))
    document.set(("parts", 0, "role"), "furniture")
    document.set(("units", "up_axis"), "Y")
    document.set(("options", "floor_mm"), 0)
    document.set(("groups", "all"), ["*"])
    data = tomllib.loads(document.text)
    assert data["parts"][0]["position_mm"] == [1, 2, 3.5]
    assert data["parts"][0]["role"] == "furniture"
    assert data["units"] == {"length": "mm", "up_axis": "Y"}
    assert data["groups"] == {"all": ["*"]}
    gone, _ = differing_lines(TEXT, document.text)
    assert [line.split(" =")[0] for line in gone[:2]] == ["units", "position_mm"]
    assert "# x y z" in document.text
    assert "# the end, without a newline" in document.text


def test_get_and_contains() -> None:
    document = LayoutDocument(TEXT)
    assert document.get(("parts", 1, "box_mm")) == [8000, 6000, 20]
    assert type(document.get(("parts", 1, "box_mm", 0))) is int
    assert document.get(("parts", 7, "id")) is None
    assert document.get(("name", "x"), 5) == 5
    assert ("units", "length") in document
    assert ("units", "axis") not in document


def test_remove_a_key_and_a_table() -> None:
    document = LayoutDocument(TEXT)
    document.remove(("parts", 0, "file"))
    document.remove(("parts", 1))
    data = tomllib.loads(document.text)
    assert data["parts"] == [{"id": "bench", "position_mm": [1200, 0, 0]}]
    document.remove(("parts", 0))
    assert "parts" not in tomllib.loads(document.text)
    assert tomllib.loads(document.text)["options"] == {"deflection_mm": 0.1}
    with pytest.raises(UsageError, match=r"there is no unitz, did you mean 'units'\?"):
        document.remove(("unitz",))
    with pytest.raises(UsageError, match=r"there is no parts"):
        document.remove(("parts", 0, "id"))


def test_append_to_existing_new_and_inline_arrays() -> None:
    document = LayoutDocument(TEXT + "\nwalkways_note = 1\n")
    assert document.append(("parts",), {"id": "post", "sphere_mm": 3, "position_mm": (0, 0, 1)}) == 2
    assert document.append(("rules",), {"id": "r", "check": "clearance"}, comment="made by hand") == 0
    data = tomllib.loads(document.text)
    assert data["parts"][2] == {"id": "post", "sphere_mm": 3, "position_mm": [0, 0, 1]}
    assert data["rules"] == [{"id": "r", "check": "clearance"}]
    assert "# made by hand\n" in document.text
    gone, _ = differing_lines(TEXT, document.text)
    assert gone == ["# the end, without a newline"]
    inline = LayoutDocument('parts = [ { id = "a" } ]  # short\n')
    assert inline.append(("parts",), {"id": "b"}) == 1
    assert tomllib.loads(inline.text)["parts"] == [{"id": "a"}, {"id": "b"}]
    with pytest.raises(UsageError, match="options is no array of tables"):
        document.append(("options",), {"id": "a"})


APART = """# parts in two places
[[parts]]
id = "a"

# the robot between them
[[robots]]
id = "r"
[robots.joints_deg]
j = 1   # degrees

[[parts]]
id = "b"
# about c
[[parts]]
id = "c"

[[assign]]
match = "a"
[[parts]]
id = "d"
"""


def test_arrays_that_stand_apart_stay_apart() -> None:
    document = LayoutDocument(APART)
    assert document.text == APART
    assert [part["id"] for part in document.get(("parts",))] == ["a", "b", "c", "d"]
    document.set(("parts", 2, "id"), "c2")
    document.set(("parts", 0, "role"), "fence")
    document.set(("robots", 0, "joints_deg", "j"), 2)
    assert document.text == (
        APART.replace('id = "c"', 'id = "c2"')
        .replace('id = "a"\n', 'id = "a"\nrole = "fence"\n')
        .replace("j = 1", "j = 2")
    )
    assert document.append(("parts",), {"id": "e"}) == 4
    assert document.text.endswith('id = "d"\n\n[[parts]]\nid = "e"\n')
    assert document.append(("robots",), {"id": "q"}) == 1
    assert 'degrees\n\n[[robots]]\nid = "q"\n\n[[parts]]\nid = "b"\n' in document.text
    document.remove(("robots", 1))
    assert [part["id"] for part in document.get(("parts",))] == ["a", "b", "c2", "d", "e"]
    document.remove(("parts", 3))
    document.remove(("parts", 3))
    document.remove(("parts", 0))
    assert [part["id"] for part in tomllib.loads(document.text)["parts"]] == ["b", "c2"]
    assert document.append(("robots",), {"id": "r2"}) == 1
    assert [robot["id"] for robot in tomllib.loads(document.text)["robots"]] == ["r", "r2"]
    document.set(("title",), "x")
    document.set(("groups", "g"), ["a"])
    data = tomllib.loads(document.text)
    assert (data["title"], data["groups"]) == ("x", {"g": ["a"]})
    with pytest.raises(UsageError, match=r"there is no parts\[9\]"):
        document.set(("parts", 9, "id"), "x")


def test_text_that_would_have_to_move_is_refused() -> None:
    text = '[[robots]]\nid = "r"\n[[parts]]\nid = "a"\n[robots.joints_deg]\nj = 1\n'
    try:
        document = LayoutDocument(text)
    except LayoutError as error:
        assert "cannot be edited" in str(error)  # noqa: PT017
    else:
        assert document.text == text


def test_paths_that_lead_nowhere() -> None:
    document = LayoutDocument(TEXT)
    with pytest.raises(UsageError, match="name is a value and holds no keys"):
        document.set(("name", "x"), 1)
    with pytest.raises(UsageError, match=r"there is no parts\[5\]"):
        document.set(("parts", 5, "id"), "x")
    with pytest.raises(UsageError, match="empty key path"):
        document.set((), 1)
    assert document.text == TEXT


def test_open_says_where_the_syntax_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "cell.toml"
    file.write_text("a = 1\nb = \n")
    with pytest.raises(LayoutError, match="line 2, column 5: not valid TOML"):
        LayoutDocument.open(file)
    with pytest.raises(LayoutError, match="cannot be read"):
        LayoutDocument.open(tmp_path / "absent.toml")


def test_save_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cell.toml"
    file.write_text(TEXT)
    file.chmod(0o640)
    document = LayoutDocument.open(file)
    document.set(("name",), "new")

    def broken(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", broken)
        with pytest.raises(LayoutError, match="cannot be written: No space left on device"):
            document.save()
    assert file.read_text() == TEXT
    assert [p.name for p in tmp_path.iterdir()] == ["cell.toml"]
    document.save()
    assert tomllib.loads(file.read_text())["name"] == "new"
    assert file.stat().st_mode & 0o777 == 0o640
    with pytest.raises(UsageError, match="give a path"):
        LayoutDocument("a = 1").save()


scalars = st.integers(-1000, 1000) | st.booleans() | st.text(max_size=6) | st.floats(-1e6, 1e6)
values = (
    scalars | st.lists(scalars, max_size=3) | st.lists(st.lists(st.integers(0, 9), max_size=2), max_size=2)
)
keys = st.sampled_from(["id", "file", "role", "name", "x y", "box_mm", "ü"])
edits = st.one_of(
    st.tuples(st.just("set"), st.integers(0, 1), keys, values),
    st.tuples(st.just("remove"), st.integers(0, 1), keys, st.none()),
    st.tuples(st.just("append"), st.just(0), keys, values),
    st.tuples(st.just("top"), st.just(0), keys, values),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(edits, max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_edits_give_the_data_they_say_and_touch_no_other_comment(
    steps: list[tuple[str, int, str, Any]], ends: str, apart: bool
) -> None:
    text = (
        TEXT.replace('\n[[parts]]\nid = "floor"', '\n[[assign]]\nmatch = "a"\n[[parts]]\nid = "floor"')
        if apart
        else TEXT
    )
    text = text.replace("\n", ends)
    document = LayoutDocument(text)
    expected: dict[str, Any] = tomllib.loads(text)
    for what, index, key, value in steps:
        if what == "set":
            document.set(("parts", index, key), value)
            expected["parts"][index][key] = value
        elif what == "remove" and key in expected["parts"][index]:
            document.remove(("parts", index, key))
            del expected["parts"][index][key]
        elif what == "append":
            document.append(("parts",), {key: value})
            expected["parts"].append({key: value})
        elif what == "top":
            document.set(("options", key), value)
            expected["options"][key] = value
        assert tomllib.loads(document.text) == expected
    for comment in ("# Our cell, drawn by hand.   ", "# the vocabulary", "# keep me", "# the bench", "# inline",
                    "  # an indented comment", "# the end, without a newline"):  # fmt: skip
        assert comment in document.text
    assert document.text.count("\n") == document.text.count(ends)
    again = LayoutDocument(document.text)
    assert again.text == document.text
