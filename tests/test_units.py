from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immersive.errors import UsageError
from immersive.units import LENGTH_UNITS, SUFFIXES, degrees, length_unit, metres, mm


@pytest.mark.parametrize(
    ("word", "short"),
    [("mm", "mm"), ("Millimetres", "mm"), ("INCH", "in"), ("feet", "ft"), (" m ", "m"), ("micron", "um")],
)
def test_length_unit_words(word: str, short: str) -> None:
    assert length_unit(word) == short


def test_exact_conversions() -> None:
    assert LENGTH_UNITS["in"] == 0.0254
    assert LENGTH_UNITS["ft"] == pytest.approx(12 * LENGTH_UNITS["in"], abs=1e-15)


def test_unknown_unit_lists_choices_and_suggests() -> None:
    with pytest.raises(UsageError, match=r"did you mean 'millimet.*use 'm', 'dm'"):
        length_unit("milimetre")


def test_french_numbers_have_a_decimal_comma() -> None:
    assert mm(0.0474, 1).text("en") == "47.4\u00a0mm"
    assert mm(0.0474, 1).text("fr") == "47,4\u00a0mm"
    assert metres(1234.5).text("fr") == "1\u202f234,50\u00a0m"
    assert degrees(math.pi / 2).text() == "90°"
    assert degrees(-0.28, 1).text("fr") == "−16,0°"  # a minus sign, no hyphen


def test_no_minus_zero() -> None:
    assert mm(-1e-9).text() == "0\u00a0mm"


@given(st.floats(-1e3, 1e3))
def test_printed_value_is_within_half_a_digit(value: float) -> None:
    shown = float(mm(value, 1).text().split("\u00a0")[0].replace("\u202f", "").replace("−", "-"))
    assert abs(shown - value * 1000.0) <= 0.05 + 1e-6 * abs(value)


def test_suffix_factors_are_si() -> None:
    assert SUFFIXES["_deg"] == ("angle", math.pi / 180.0)
    assert SUFFIXES["_mm"] == ("length", 0.001)
    assert SUFFIXES["_min"] == ("time", 60.0)
