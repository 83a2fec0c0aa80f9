"""Figures as people read them: units, decimals, and never a miss that prints like its limit."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immersive.review.values import Figures, figures


@pytest.mark.parametrize(
    ("arguments", "lang", "measured", "limit", "difference", "uncertainty"),
    [
        ((0.0873, 0.12, "min", "m", 0.0005), "fr", "87,3 mm", "≥ 120,0 mm", "32,7 mm", "± 0,5 mm"),
        ((0.412, 0.6, "min", "m"), "en", "412 mm", "≥ 600 mm", "188 mm", ""),
        ((0.09996, 0.1, "min", "m"), "en", "99.96 mm", "≥ 100.00 mm", "0.04 mm", ""),
        ((12.3, 15.0, "max", "m"), "en", "12.30 m", "≤ 15.00 m", "2.70 m", ""),
        ((-0.004, 0.0, "min", "m"), "en", "−4 mm", "≥ 0 mm", "4 mm", ""),
        ((1.2, 1.0, "max", "rad"), "en", "68.8°", "≤ 57.3°", "11.5°", ""),
        ((3.0, 0.0, "max", ""), "en", "3", "≤ 0", "3", ""),
        ((None, 0.1, "min", "m"), "en", "", "≥ 100 mm", "", ""),
        ((0.2, None, "", "m"), "en", "200 mm", "", "", ""),
        ((1234.5, 1500.0, "max", "N"), "fr", "1 234 N", "≤ 1 500 N", "266 N", ""),
        ((math.inf, 0.1, "min", "m"), "en", "∞", "≥ 100 mm", "∞", ""),
    ],
)
def test_figures(
    arguments: tuple[object, ...], lang: str, measured: str, limit: str, difference: str, uncertainty: str
) -> None:
    shown = figures(*arguments, lang=lang)  # type: ignore[arg-type]
    plain = [s.replace("\u00a0", " ").replace("\u202f", " ") for s in
             (shown.measured, shown.limit, shown.difference, shown.uncertainty)]  # fmt: skip
    assert plain == [measured, limit, difference, uncertainty]


def test_nothing_measured_prints_nothing() -> None:
    assert figures(None, None, "", "m") == Figures()


@given(
    limit=st.floats(0.001, 5.0), gap=st.floats(2e-9, 1.0), unit=st.sampled_from(["m", "rad", "kg", "s", ""])
)
def test_a_missed_limit_never_prints_like_the_limit(limit: float, gap: float, unit: str) -> None:
    shown = figures(limit - gap, limit, "min", unit)
    if gap > 1e-5:
        assert shown.measured != shown.limit.removeprefix("≥ ")
        assert float(shown.difference.replace("\u202f", "").split("\u00a0")[0].rstrip("°")) > 0.0
