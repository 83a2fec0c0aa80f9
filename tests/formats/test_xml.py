"""XML: what it says is read, whatever it asks for beyond itself is not, and nothing grows without bound."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import ImmersiveError, InputError, LimitError, UnsupportedError
from immersive.formats import _xml
from immersive.formats._xml import children, find, floats, integers, local, number, parse, sniff_root
from tests.builders import HANG


@pytest.mark.parametrize(
    "data",
    [
        b"<r><c/></r>",
        b"\xef\xbb\xbf<r><c/></r>",
        b' \n\t<?xml version="1.0"?><!-- hi --><r><c/><!-- x --></r>',
        '<?xml version="1.0" encoding="UTF-16"?><r><c/></r>'.encode("utf-16"),
        '<?xml version="1.0" encoding="UTF-16"?><r><c/></r>'.encode("utf-16-be"),
        b'<?xml version="1.0" encoding="ISO-8859-1"?><r n="\xe9"><c/></r>',
        b'<r xmlns="urn:x"><c/></r>',
        b'<x:r xmlns:x="urn:x"><x:c/></x:r>',
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/never.dtd"><r><c/></r>',
        b"<!DOCTYPE r [<!ELEMENT r ANY>]><r><c/></r>",
    ],
)
def test_plain_documents_in_any_dress(data: bytes) -> None:
    root = parse(data, "f")
    assert local(root) == "r"
    assert [local(child) for child in children(root)] == ["c"]
    assert find(root, "c") is not None
    assert find(root, "c/d") is None


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"<r>", r"line 1: is not well-formed XML"),
        (b"<r>\n<a>\n</r>", r"line 3: is not well-formed XML"),
        (b"\x89PNG\r\n\x1a\n", "is not well-formed"),
        (b"<r/><r/>", "is not well-formed"),
        (b'<!DOCTYPE r [<!ENTITY x "y">]><r>&x;</r>', r"declares the XML entity 'x'"),
        (b'<!DOCTYPE r [<!ENTITY x "y">]><r/>', r"declares the XML entity 'x'"),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r>&x;</r>', "entity 'x'"),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r a="&x;"/>', "entities"),
        (b'<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><r/>', "entity 'p'"),
        (b'<!DOCTYPE r SYSTEM "x.dtd"><r>&x;</r>', "undeclared entity '&x;'"),
        (b'<!DOCTYPE r [<!ELEMENT r ANY><!ATTLIST r a CDATA "zz">]><r/>', "default attributes"),
    ],
)
def test_what_is_refused_says_where_and_why(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        parse(data, "part.xml")
    assert str(caught.value).startswith("part.xml: ")


def test_an_encoding_nobody_reads_is_named() -> None:
    with pytest.raises(UnsupportedError, match="UTF-7"):
        parse(b'<?xml version="1.0" encoding="UTF-7"?><r/>', "f")


def test_a_dtd_can_be_forbidden_altogether() -> None:
    with pytest.raises(InputError, match="DTD"):
        parse(b"<!DOCTYPE r [<!ELEMENT r ANY>]><r/>", "f", dtd=False)


def test_no_file_named_by_a_dtd_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An external subset beside the process, with an entity: it must stay unknown."""
    (tmp_path / "evil.dtd").write_text('<!ENTITY x "opened">')
    monkeypatch.chdir(tmp_path)
    assert parse(b'<!DOCTYPE r SYSTEM "evil.dtd"><r/>', "f").text is None
    with pytest.raises(InputError, match="undeclared entity"):
        parse(b'<!DOCTYPE r SYSTEM "evil.dtd"><r>&x;</r>', "f")


def test_bombs_end_at_once() -> None:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 20))
    bombs = [
        f'<!DOCTYPE r [<!ENTITY e0 "x">{entities}]><r>&e19;</r>'.encode(),
        f'<!DOCTYPE r [<!ENTITY e0 "x">{entities}]><r a="&e19;"/>'.encode(),
        b"<r>" * 1_000_000,
        b"<r>" + b"<a/>" * (_xml.MAX_MARKUP + 1) + b"</r>",
        b"<r " + b" ".join(b'a%d=""' % i for i in range(_xml.MAX_MARKUP // 8)) * 9 + b"/>",
        b"<r>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</r>",
    ]
    for bomb in bombs:
        start = time.process_time()
        with pytest.raises(ImmersiveError):
            parse(bomb, "f")
        assert time.process_time() - start < HANG


def test_size_and_depth_are_limits_of_their_own_kind() -> None:
    with pytest.raises(LimitError, match="11 bytes of XML; at most 10"):
        parse(b"<r>1234</r>", "f", limit=10)
    with pytest.raises(LimitError, match="nested too deeply"):
        parse(b"<a>" * 5000 + b"</a>" * 5000, "f")


number_text = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**17), 10**17).map(str),
    st.decimals(-1000, 1000, places=7).map(str),
    st.sampled_from(
        ["1e-320", "4.9406564584124654e-324", "123456789012345678901234567890", "+.5", "5.", "-0", "1E+5"]
    ),
)


@given(st.lists(number_text, min_size=1, max_size=30), st.sampled_from([" ", "\n", "\t \r\n"]))
@settings(max_examples=60, deadline=None)
def test_numbers_are_those_of_python_to_the_last_bit_short_and_long(words: list[str], space: str) -> None:
    expected = np.array([float(word) for word in words])
    text = space + space.join(words) + space
    assert np.array_equal(floats(text, "f", "w"), expected)
    times = _xml._LONG // len(text) + 1
    assert np.array_equal(floats(text * times, "f", "w"), np.tile(expected, times))


@given(st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_integers_short_and_long(values: list[int]) -> None:
    text = " ".join(map(str, values)) + "\n"
    assert integers(text, "f", "w").tolist() == values
    times = _xml._LONG // len(text) + 1
    assert integers(text * times, "f", "w").tolist() == values * times


@pytest.mark.parametrize("pad", [0, _xml._LONG])
def test_not_a_number_in_every_spelling(pad: int) -> None:
    text = "nan NaN -inf INF 1.#QNAN -1.#IND 1.#INF" + " " * pad
    values = floats(text, "f", "w")
    assert len(values) == 7
    assert not np.isfinite(values).any()
    assert values[2] == -math.inf


@pytest.mark.parametrize("pad", [0, _xml._LONG])
@pytest.mark.parametrize("bad", ["1,5", "x", "1.5.5", "0x10", "1_000", "--1", "1e", "½"])
def test_what_is_no_number_is_quoted(bad: str, pad: int) -> None:
    with pytest.raises(InputError) as caught:
        floats(f"1 2 {bad} 3" + " " * pad, "f.dae", "line 7")
    assert caught.value.place == "line 7"
    assert "is not a number" in str(caught.value) or "holds" in str(caught.value)


@pytest.mark.parametrize("pad", [0, _xml._LONG])
@pytest.mark.parametrize("bad", ["1.5", "x", "99999999999999999999999", "-", "1-2"])
def test_what_is_no_integer_is_quoted(bad: str, pad: int) -> None:
    with pytest.raises(InputError, match=r"integer|holds"):
        integers(f"1 2 {bad} 3" + " " * pad, "f", "w")


def test_counts_and_single_numbers() -> None:
    assert floats(None, "f", "w").shape == (0,)
    assert integers("  \n", "f", "w").shape == (0,)
    with pytest.raises(InputError, match="has 2 numbers where 3 are due"):
        floats("1 2", "f", "w", count=3)
    assert number(" 2.5 ", "f", "w") == 2.5
    with pytest.raises(InputError, match="not a finite number"):
        number("nan", "f", "w")


def test_sniffing_sees_through_what_comes_before_the_root() -> None:
    assert sniff_root(b'<?xml version="1.0"?><!-- <sdf> --><robot name="r">', "robot")
    assert sniff_root("\ufeff<COLLADA >".encode("utf-16-le"), "COLLADA")
    assert sniff_root(b'<!DOCTYPE r [<!ENTITY x "y">]>\n<robot>', "robot")
    assert sniff_root(b'<c:COLLADA xmlns:c="x">', "COLLADA")
    assert not sniff_root(b"<robots>", "robot")
    assert not sniff_root(b"\x00\x01\x02", "robot")
