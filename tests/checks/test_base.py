from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from immersive.checks._base import Check, bind, param
from immersive.checks._registry import check_named, checks
from immersive.checks._run import run
from immersive.errors import LayoutError, UsageError
from immersive.findings import Evaluation, Verdict
from immersive.scene.model import Notice, Scene, Severity
from immersive.scene.station import Origin, Rule, Station


@dataclass(frozen=True)
class Params:
    gap: float = param(0.1, kind="length", doc="Gap.", minimum=0.0)
    tilt: float = param(0.0, kind="angle", doc="Tilt.")
    names: tuple[str, ...] = param((), doc="Names.")
    mode: Literal["strict", "loose"] = param("strict", doc="Mode.")
    top: float | None = param(None, kind="length", doc="Top.")
    count: int = param(1, doc="Count.")
    deep: bool = param(False, doc="Deep.")


CHECK = Check("sample", {"en": "", "fr": ""}, Params, (), lambda c, p: Evaluation(), lambda s: True, "")


def bound(**params: Any) -> Any:
    return bind(CHECK, Rule("r", "sample", params, origin=Origin("cell.toml", "rules[0]", 7)))


def test_units_are_converted_once_to_si() -> None:
    assert bound(gap_mm=120).gap == pytest.approx(0.12)
    assert bound(gap=0.12).gap == 0.12
    assert bound(tilt_deg=180).tilt == pytest.approx(math.pi)
    assert bound(top_in=1).top == pytest.approx(0.0254)
    assert bound(names="one").names == ("one",)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"gapp_mm": 1},
            r"cell\.toml: line 7, rules\[0\]\.gapp_mm: unknown parameter.*did you mean 'gap_mm'",
        ),
        ({"gap_deg": 1}, "unknown parameter"),
        ({"gap": "wide"}, "found 'wide', must be a finite number"),
        ({"gap": True}, "must be a finite number"),
        ({"gap": math.inf}, "must be a finite number"),
        ({"gap_mm": -1}, "must be at least 0"),
        ({"gap_mm": 1, "gap_cm": 1}, "'gap' is given twice"),
        ({"mode": "lose"}, "must be 'strict' or 'loose'"),
        ({"count": 1.5}, "must be a whole number"),
        ({"names": [1]}, "must be a list of text"),
        ({"deep": "yes"}, "must be true or false"),
    ],
)
def test_bad_parameters_name_place_and_choices(params: dict[str, Any], message: str) -> None:
    with pytest.raises(LayoutError, match=message):
        bound(**params)


def test_required_parameter() -> None:
    @dataclass(frozen=True)
    class Needs:
        gap: float = param(kind="length", doc="The gap.")

    check = Check("needs", {}, Needs, (), lambda c, p: Evaluation(), lambda s: True, "")
    with pytest.raises(LayoutError, match=r"needs this parameter: The gap"):
        bind(check, Rule("r", "needs"))


def test_registry_and_every_check_keeps_the_contract() -> None:
    assert {"clearance", "inputs", "reach", "walkway"} <= set(checks())
    for code, check in checks().items():
        assert check.code == code
        assert set(check.name) == {"en", "fr"}
        for section in ("What\n", "Why\n", "Method\n", "Limits\n", "References\n"):
            assert section in check.doc, (code, section)
        assert bind(check, Rule("r", code)) is not None, "every check must have usable defaults"
        import dataclasses

        for field in dataclasses.fields(check.params):
            assert field.metadata.get("doc"), (code, field.name)
    with pytest.raises(UsageError, match="did you mean 'clearance'"):
        check_named("clearence")


def notice(code: str, severity: Severity, **more: Any) -> Notice:
    return Notice(code, severity, "cell.toml", {"en": code, "fr": code}, **more)


def test_a_missing_file_is_never_a_clean_result() -> None:
    scene = Scene("cell", (), notices=(notice("missing-file", Severity.ERROR, subject="fence"),))
    (found,) = run(scene, only=["inputs"])
    assert found.code == "inputs.missing-file"
    assert found.verdict == Verdict.NOT_EVALUATED
    assert found.severity == Severity.ERROR
    assert run(scene, only=["inputs"]).not_passed("error") == (found,)


def test_an_empty_scene_is_never_a_clean_result() -> None:
    (found,) = run(Scene("cell", ()), only=["inputs"])
    assert found.verdict == Verdict.NOT_EVALUATED


def test_accepted_notices_pass_and_say_so() -> None:
    rule = Rule("looked-at", "inputs", {"accept": ["unit-implausible"]})
    scene = Scene(
        "cell",
        (),
        notices=(notice("unit-implausible", Severity.WARNING, subject="pin"), notice("x", Severity.INFO)),
        station=Station(rules=(rule,)),
    )
    (found,) = run(scene, only=["inputs"])
    assert found.verdict == Verdict.PASS
    assert found.message["en"].startswith("Accepted by the layout")


def test_rules_are_bound_before_anything_runs() -> None:
    station = Station(rules=(Rule("a", "inputs"), Rule("b", "inputs", {"acept": []})))
    with pytest.raises(LayoutError, match="did you mean 'accept'"):
        run(Scene("cell", (), station=station))
