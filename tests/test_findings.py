from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immersive.findings import Finding, Verdict, text, verdict_for
from immersive.scene.model import Severity
from immersive.units import mm


def finding(**changes: object) -> Finding:
    base = Finding(
        code="clearance.gap",
        rule="robot-fence",
        subjects=("robot", "fence"),
        verdict=Verdict.FAIL,
        severity=Severity.ERROR,
        message=text("a", "b"),
        measured=0.084,
        limit=0.120,
        limit_kind="min",
        unit="m",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_identity_survives_moves_and_worsening_but_not_other_subjects() -> None:
    one = finding()
    assert one.id == finding(measured=0.02, code="clearance.clash").id
    assert one.id == finding(subjects=("fence", "robot")).id
    assert one.id != finding(subjects=("robot", "cabinet")).id
    assert one.id != finding(rule="other").id
    assert one.id != finding(key="2").id


def test_shortfall_is_positive_when_the_limit_is_missed() -> None:
    assert finding().shortfall == pytest.approx(0.036)
    assert finding(limit_kind="max").shortfall == pytest.approx(-0.036)
    assert finding(limit=None).shortfall is None


def test_text_fills_both_languages() -> None:
    both = text("{gap} short", "il manque {gap}", gap=mm(0.0364, 1))
    assert both == {"en": "36.4\u00a0mm short", "fr": "il manque 36,4\u00a0mm"}


@pytest.mark.parametrize(
    ("measured", "kind", "uncertainty", "expected"),
    [
        (0.80, "min", 0.0, Verdict.PASS),
        (0.7999, "min", 0.0, Verdict.FAIL),
        (0.15 - 0.1, "min", 0.0, Verdict.FAIL),
        (0.8 - 1e-16, "min", 0.0, Verdict.PASS),
        (0.8 - 1e-8, "min", 0.0, Verdict.FAIL),
        (0.7999, "min", 0.001, Verdict.INDETERMINATE),
        (0.8005, "min", 0.001, Verdict.INDETERMINATE),
        (0.801, "min", 0.0009, Verdict.PASS),
        (0.79, "min", 0.001, Verdict.FAIL),
        (0.8 - 0.25 - 1e-12, "min", 0.25, Verdict.INDETERMINATE),
        (0.8 + 0.25 + 1e-12, "max", 0.25, Verdict.INDETERMINATE),
        (0.79, "max", 0.001, Verdict.PASS),
        (0.81, "max", 0.001, Verdict.FAIL),
    ],
)
def test_verdict(measured: float, kind: str, uncertainty: float, expected: Verdict) -> None:
    assert verdict_for(measured, 0.8, kind, uncertainty) == expected


@given(
    st.floats(-10, 10), st.floats(-10, 10), st.sampled_from(["min", "max"]), st.floats(0, 1), st.floats(0, 1)
)
def test_more_uncertainty_never_makes_a_verdict_surer(
    measured: float, limit: float, kind: str, small: float, extra: float
) -> None:
    before = verdict_for(measured, limit, kind, small)
    after = verdict_for(measured, limit, kind, small + extra)
    assert after in (before, Verdict.INDETERMINATE)
