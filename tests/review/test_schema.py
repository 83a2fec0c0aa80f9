"""The editors' schema and the loader must say the same of the same layout."""

from __future__ import annotations

import copy
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from immersive.checks._registry import checks
from immersive.checks._run import rules_for
from immersive.errors import ImmersiveError
from immersive.formats.layout.read import parse_layout
from immersive.formats.layout.stations import build_station
from immersive.review.layout_reference import layout_reference
from immersive.review.schema import layout_schema
from immersive.scene.model import Scene
from tests.formats.layout.test_read import EVERYTHING

VALIDATOR = Draft202012Validator(layout_schema())
GOOD: dict[str, Any] = {
    key: value for key, value in tomllib.loads(EVERYTHING).items() if key != "rules"
} | {
    "rules": [
        {"id": "a", "check": "clearance", "between": ["*"], "to": "role:fence", "clearance_mm": 120, "contact": "forbidden"},
        {"id": "b", "check": "walkway", "severity": "info", "min_width": 0.9},
    ]
}  # fmt: skip


def loader_accepts(data: dict[str, Any]) -> bool:
    """Whether models, references and checks all take it; no file is opened."""
    try:
        found = parse_layout(tomlkit.dumps(data), "cell.toml")
        rules_for(Scene("cell", (), station=build_station(found)))
    except ImmersiveError:
        return False
    return True


def schema_accepts(data: dict[str, Any]) -> bool:
    return not list(VALIDATOR.iter_errors(data))


def test_the_schema_is_one_and_stable() -> None:
    Draft202012Validator.check_schema(layout_schema())
    assert json.dumps(layout_schema()) == json.dumps(layout_schema())
    assert len(json.dumps(layout_schema(), indent=1)) < 600_000


def test_everything_at_once_is_accepted_by_both() -> None:
    assert list(VALIDATOR.iter_errors(GOOD)) == []
    assert loader_accepts(GOOD)


def test_every_demo_layout_is_accepted(root: Path) -> None:
    files = sorted((root / "layouts").glob("*.toml"))
    for file in files:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        assert [error.json_path + " " + error.message for error in VALIDATOR.iter_errors(data)] == [], (
            file.name
        )
        assert loader_accepts(data), file.name
    assert files


REMOVE = object()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), 2),
        (("nme",), "x"),
        (("name",), ""),
        (("name",), 3),
        (("units", "length"), "milimetre"),
        (("units", "axis"), "Z"),
        (("options", "deflection_mm"), 0),
        (("options", "deflection"), 0.1),
        (("options", "representation"), "both"),
        (("parts",), {}),
        (("parts", 0), 5),
        (("parts", 0, "id"), REMOVE),
        (("parts", 0, "id"), "a*"),
        (("parts", 0, "id"), ""),
        (("parts", 0, "file"), REMOVE),
        (("parts", 0, "box_mm"), [1, 1, 1]),
        (("parts", 0, "role"), "fense"),
        (("parts", 0, "position_mm"), [1, 2]),
        (("parts", 0, "position_mm"), [1, 2, 3, 4]),
        (("parts", 0, "position_mm"), [1, 2, "3"]),
        (("parts", 0, "position_mm"), [1, 2, 1e12]),
        (("parts", 0, "position_m"), [1, 2, 3]),
        (("parts", 0, "position"), [1, 2, 3]),
        (("parts", 0, "position_deg"), [1, 2, 3]),
        (("parts", 0, "quaternion"), [1, 0, 0, 0]),
        (("parts", 0, "matrix"), [1.0] * 16),
        (("parts", 0, "matrix"), [1.0] * 15),
        (("parts", 0, "scale"), "2"),
        (("parts", 0, "scale"), [1, 2]),
        (("parts", 0, "color"), "#12345"),
        (("parts", 0, "uncertainty_mm"), -1),
        (("parts", 0, "count"), [1, 0, 1]),
        (("parts", 0, "pitch_mm"), REMOVE),
        (("parts", 0, "count"), REMOVE),
        (("parts", 0, "moving"), "yes"),
        (("parts", 0, "moving"), 1),
        (("parts", 1, "box_m"), [1, 1, 0]),
        (("parts", 1, "unit"), "mm"),
        (("parts", 1, "node"), "x"),
        (("parts", 2, "cylinder_cm"), [1]),
        (("parts", 2, "position"), [0, 0, 0]),
        (("assign", 0, "match"), REMOVE),
        (("assign", 0, "match"), []),
        (("assign", 0, "match"), ""),
        (("groups", "robot_1"), []),
        (("groups", "robot_1"), "robot"),
        (("groups", "a*"), ["robot"]),
        (("robots", 0, "file"), REMOVE),
        (("robots", 0, "joints_deg"), {"a": "x"}),
        (("robots", 0, "joints_deg"), [1]),
        (("workstations", 0, "position_mm"), REMOVE),
        (("workstations", 0, "seat_height_cm"), REMOVE),
        (("workstations", 0, "seat_height_cm"), 300),
        (("workstations", 0, "posture"), "lying"),
        (("workstations", 0, "heading_mm"), 3),
        (("workstations", 0, "work_points", 0, "hand"), "lefft"),
        (("workstations", 0, "work_points", 0, "load_g"), -1),
        (("workstations", 0, "work_points", 0, "load_kg"), 1),
        (("workstations", 0, "work_points", 0, "frequency_min"), 1),
        (("workstations", 0, "displays", 0, "position_m"), REMOVE),
        (("walkways", 0, "path_mm"), [[0, 0]]),
        (("walkways", 0, "path_mm"), [[0, 0], [1]]),
        (("walkways", 0, "width_mm"), 0),
        (("walkways", 0, "width_mm"), 100_001),
        (("walkways", 0, "width_mm"), REMOVE),
        (("doors", 0, "height_mm"), REMOVE),
        (("doors", 0, "kind"), "round"),
        (("doors", 0, "stopping_time_ms"), -1),
        (("hazard_zones", 0, "select"), REMOVE),
        (("hazard_zones", 0, "box_mm"), [[0, 0, 0], [1, 1, 1]]),
        (("safeguards", 0, "kind"), REMOVE),
        (("safeguards", 0, "segment_mm"), [[0, 0, 0]]),
        (("populations", 0, "smallest"), "W05"),
        (("populations", 0, "largest"), "M00"),
        (("populations", 0, "percentiles"), ["F2.5"]),
        (("populations", 0, "people"), "everyone"),
        (("populations", 0, "dimensions"), "regression"),
        (("populations", 0, "sample_size"), 0),
        (("populations", 0, "seed"), -1),
        (("populations", 0, "share_of_women"), 1.5),
        (("populations", 0, "slump_cm"), 30),
        (("populations", 0, "shoe_height_mm"), 300),
        (("rules", 0, "id"), REMOVE),
        (("rules", 0, "check"), REMOVE),
        (("rules", 0, "check"), "clearence"),
        (("rules", 0, "severity"), "fatal"),
        (("rules", 0, "clearance_mm"), -1),
        (("rules", 0, "clearance_mm"), "5"),
        (("rules", 0, "clearance_m"), 1),
        (("rules", 0, "clearance_deg"), 1),
        (("rules", 0, "clearence_mm"), 1),
        (("rules", 0, "contact"), "maybe"),
        (("rules", 0, "between"), 5),
        (("rules", 0, "between"), [5]),
        (("rules", 1, "clearance_mm"), 5),
        (("rules", 1, "passage_units"), 1.5),
    ],
)  # fmt: skip
def test_both_refuse(path: tuple[Any, ...], value: object) -> None:
    data = copy.deepcopy(GOOD)
    node: Any = data
    for key in path[:-1]:
        node = node[key]
    if value is REMOVE:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    assert not schema_accepts(data)
    assert not loader_accepts(data)


def every_place(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += every_place(inner, (*path, key))
    return found


# Values whose only possible fault is their type or range: what a schema can say.
changes = st.sampled_from(
    [7, -3, 0.25, 1e9, True, "text", "mm", "Z", "#aabbcc", "fence", "left", [], [1.5, 2.5, 3.5], [[1.0, 2.0], [3.0, 4.0]],
     {"a": 1.5}, ["role:robot"]]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(every_place(GOOD)), changes)
def test_both_agree_on_any_single_change(path: tuple[Any, ...], value: Any) -> None:
    data = copy.deepcopy(GOOD)
    node: Any = data
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    by_schema, by_loader = schema_accepts(data), loader_accepts(data)
    if by_schema and not by_loader:
        # Only what a schema cannot say: references, equal points, zero vectors, singular matrices.
        try:
            parse_layout(tomlkit.dumps(data), "cell.toml")
        except ImmersiveError as error:
            message = str(error)
        else:
            message = "rules"
        beyond = ("there is no hazard zone", "need a pitch", "no volume", "same point", "last four", "singular", "zero",
                  "already taken")  # fmt: skip
        assert any(words in message for words in beyond), message
    else:
        assert by_schema == by_loader


def test_each_parameter_of_each_check_is_in_the_schema() -> None:
    import dataclasses

    definitions = layout_schema()["$defs"]
    for code, check in checks().items():
        properties = definitions[f"Rule_{code}"]["properties"]
        for item in dataclasses.fields(check.params):
            assert item.name in properties
            if item.metadata["kind"] == "length":
                assert f"{item.name}_mm" in properties
    rule = definitions["Rule_clearance"]["properties"]
    assert rule["touch_mm"]["minimum"] == pytest.approx(1000 * rule["touch"]["minimum"])


def test_the_committed_reference_is_current(root: Path) -> None:
    committed = (root / "docs" / "layout.md").read_text(encoding="utf-8")
    assert committed == layout_reference(), "run: python -m immersive.review.layout_reference"


def test_the_example_of_the_reference_is_a_layout() -> None:
    page = layout_reference()
    example = page.split("```toml\n")[1].split("```")[0]
    data = tomllib.loads(example)
    assert schema_accepts(data)
    assert loader_accepts(data)
    for table in ("parts", "robots", "workstations", "walkways", "doors", "safeguards", "rules"):
        assert f"## `[[{table}]]`" in page
    for code in checks():
        assert f'### `check = "{code}"`' in page
