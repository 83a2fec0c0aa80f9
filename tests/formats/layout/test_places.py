from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.formats.layout.places import Places

TEXT = '''# a comment with [brackets] and = signs
schema = 1
"quoted key" = "a # no comment"
dotted.inner . deep = 3

[units]
length = "mm"   # [[parts]] in a comment

[[parts]]
id = "a"
text = """
[[parts]]
id = "not this"
"""
list = [
  1,
  [2, 3], # comment ]
  { x = 1, y = { z = [ 4,
    5 ] } },
]

[[parts]]
id = 'b'
[parts.sub]
k = 1
[[parts.points]]
p = 1
[[parts.points]]
p = 2

[[robots]]
file = "r.urdf"
[robots.joints_deg]
"joint.1" = -90
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("schema",), 2),
        (("quoted key",), 3),
        (("dotted",), 4),
        (("dotted", "inner", "deep"), 4),
        (("units",), 6),
        (("units", "length"), 7),
        (("parts",), 9),
        (("parts", 0), 9),
        (("parts", 0, "id"), 10),
        (("parts", 0, "text"), 11),
        (("parts", 0, "list"), 15),
        (("parts", 0, "list", 0), 16),
        (("parts", 0, "list", 1, 1), 17),
        (("parts", 0, "list", 2, "x"), 18),
        (("parts", 0, "list", 2, "y", "z", 1), 19),
        (("parts", 1), 22),
        (("parts", 1, "id"), 23),
        (("parts", 1, "sub"), 24),
        (("parts", 1, "sub", "k"), 25),
        (("parts", 1, "points", 0), 26),
        (("parts", 1, "points", 1, "p"), 29),
        (("robots", 0, "joints_deg"), 33),
        (("robots", 0, "joints_deg", "joint.1"), 34),
        (("parts", 1, "nothing"), 22),
        (("nothing",), None),
    ],
)
def test_line_of_each_key(path: tuple[str | int, ...], line: int | None) -> None:
    tomllib.loads(TEXT)
    assert Places(TEXT).line(path) == line


def test_windows_line_ends_count_once() -> None:
    text = TEXT.replace("\n", "\r\n")
    assert Places(text).line(("parts", 1, "points", 1, "p")) == 29


def test_text_that_is_no_toml_gives_no_exception() -> None:
    for text in ("[", "a = ", "a = [1,", '"""', "= 1", "[[a]\n", "\x00", "a = {"):
        Places(text)
    assert Places("good = 1\nbad = [[[").line(("good",)) == 1


plain = st.recursive(
    st.integers(-5, 5) | st.booleans() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def every_path(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += every_path(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += every_path(inner, (*path, index))
    return found


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=5), plain, max_size=4))
def test_every_key_of_any_document_is_found_and_in_order(data: dict[str, Any]) -> None:
    text = tomlkit.dumps(data)
    parsed = tomllib.loads(text)
    places = Places(text)
    for path in every_path(parsed):
        # An array of no tables has no place of its own.
        assert path in places.lines, (path, text)
        line = text.split("\n")[places.lines[path] - 1]
        assert line.strip()
