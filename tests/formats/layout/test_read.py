"""Everything that can be wrong in a layout, and the exact words with which it is refused."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import LayoutError
from immersive.formats.layout.quantities import suffixes, to_memory
from immersive.formats.layout.read import LayoutMistakes, parse_layout, read_layout
from immersive.scene.model import Role
from tests.builders import HANG

EVERYTHING = """
schema = 1
name = "cell"
title = "A cell"

[units]
length = "mm"
up_axis = "Z"

[options]
deflection_mm = 0.1
angular_deflection_deg = 20
representation = "visual"
floor_mm = -50

[[parts]]
id = "bench"
name = "Assembly bench"
file = "bench.glb"
node = "frame/leg"
role = "furniture"
groups = ["station_1"]
moving = false
position_mm = [1200, 0, 0]
rotation_deg = [0, 0, 90]
scale = [1, 2.5, -1]
color = "#c8ccd0"
uncertainty_mm = 0.5
count = [4, 1, 1]
pitch_mm = [900, 0, 0]

[[parts]]
id = "plate/top"
box_m = [8, 6, 0.02]
position_in = [0, 0, -10]
quaternion = [1, 0, 0, 0]

[[parts]]
id = "post"
cylinder_cm = [5, 200]
matrix = [1,0,0,1, 0,1,0,2, 0,0,1,3, 0,0,0,1]

[[parts]]
id = "ball"
sphere = 1
scale = 2

[[assign]]
match = "bench/**"
role = "fence"
groups = ["fence"]
moving = false
exclude = false
uncertainty_mm = 2

[[assign]]
match = ["a", "!b"]
color = "#11223344"

[groups]
robot_1 = ["robot", "gripper"]

[[robots]]
id = "robot"
file = "robot.urdf"
position_mm = [0, 0, 800]
[robots.joints_deg]
a = -90
[robots.joints_mm]
slide = 250

[[workstations]]
id = "assembly"
name = "Manual assembly"
position_mm = [0, -700, 0]
heading_deg = 90
posture = "sitting"
seat_height_cm = 45
footrest_height_mm = 100
[[workstations.work_points]]
id = "bin"
position_mm = [-350, 200, 1350]
hand = "left"
grasp = "pinch"
load_g = 400
frequency_per_min = 4
precision = "light"
duration_min = 240
approach = [0, 3, 4]
[[workstations.displays]]
id = "screen"
position_m = [0, 1, 1.5]

[[walkways]]
id = "aisle"
path_mm = [[-3000, -2000], [3000, -2000], [3000, 0]]
width_mm = 1200
floor_mm = 10
traffic = "two_way"
users = "trucks"
load_width_mm = 800

[[doors]]
id = "door"
position_mm = [1500, 0, 0]
width_mm = 900
height_mm = 2000
heading_deg = 180
kind = "sliding"
parts = ["leaf"]
interlocked = true
stopping_time_ms = 300

[[hazard_zones]]
id = "zone"
select = ["robot"]
risk = "medium"
[[hazard_zones]]
id = "zone_2"
box_mm = [[1000, 2, 3], [0, 5, 6]]

[[safeguards]]
id = "curtain"
kind = "light_curtain"
segment_mm = [[-500, -300, 300], [500, -300, 300]]
height_mm = 900
resolution_mm = 30
response_time_ms = 20
stopping_time_ms = 250
protects = ["zone"]
parts = ["tx"]

[[populations]]
id = "default"
smallest = "F05"
largest = "M95"
shoe_height_mm = 25
source = "ansur2"
people = "sampled"
percentiles = ["F02.5", "M50", "M99.9"]
dimensions = "proportional"
sample_size = 200
seed = 12
share_of_women = 0.4
clothing_mm = 5
slump_cm = 2

[[rules]]
id = "robot-fence"
check = "clearance"
severity = "warning"
standard = "layout"
clearance_mm = 120
anything = ["goes"]
"""


def test_every_table_and_key_arrives_in_memory_units() -> None:
    layout = parse_layout(EVERYTHING, "cell.toml").layout
    assert layout.options.deflection == 0.0001
    assert layout.options.angular_deflection == pytest.approx(math.radians(20), abs=1e-15)
    assert layout.options.floor == -0.05
    bench, plate, post, ball = layout.parts
    assert (bench.position, bench.pitch, bench.count) == ((1.2, 0.0, 0.0), (0.9, 0.0, 0.0), (4, 1, 1))
    assert bench.rotation == (0.0, 0.0, pytest.approx(math.pi / 2, abs=1e-15))
    assert (bench.role, bench.scale, bench.uncertainty) == (Role.FURNITURE, (1.0, 2.5, -1.0), 0.0005)
    assert (plate.box, plate.position[2]) == ((8.0, 6.0, 0.02), pytest.approx(-0.254, abs=1e-15))
    assert post.cylinder == (0.05, 2.0)
    assert post.matrix is not None
    assert post.matrix[3::4] == (1.0, 2.0, 3.0, 1.0)
    assert (ball.sphere, ball.scale) == (1.0, 2.0)
    assert layout.assign[1].match == ("a", "!b")
    assert layout.groups == {"robot_1": ("robot", "gripper")}
    assert layout.robots[0].joints == {"a": pytest.approx(-math.pi / 2, abs=1e-15), "slide": 0.25}
    station = layout.workstations[0]
    assert (station.seat_height, station.footrest_height) == (0.45, 0.1)
    point = station.work_points[0]
    assert (point.position, point.load, point.frequency, point.duration) == (
        (-0.35, 0.2, 1.35),
        0.4,
        4.0,
        14400.0,
    )
    assert layout.walkways[0].path[1] == (3.0, -2.0)
    assert (layout.doors[0].stopping_time, layout.safeguards[0].response_time) == (0.3, 0.02)
    crew = layout.populations[0]
    assert (crew.shoe_height, crew.clothing, crew.slump) == (0.025, 0.005, 0.02)
    assert (crew.percentiles, crew.people) == (("F02.5", "M50", "M99.9"), "sampled")
    assert (crew.sample_size, crew.seed, crew.share_of_women) == (200, 12, 0.4)
    assert layout.rules[0].model_extra == {"clearance_mm": 120, "anything": ["goes"]}


def mistakes(text: str) -> list[str]:
    """``"line 3, parts[0].rol: …"`` for each mistake."""
    with pytest.raises(LayoutMistakes) as caught:
        parse_layout(text, "cell.toml")
    lines = str(caught.value).split("\n")
    if len(caught.value.mistakes) == 1:
        return [lines[0].removeprefix("cell.toml: ")]
    assert lines[0] == f"cell.toml: {len(caught.value.mistakes)} mistakes"
    return [line.strip() for line in lines[1:]]


PART = '[[parts]]\nid = "a"\n'
STATION = '[[workstations]]\nid = "w"\nposition_mm = [0, 0, 0]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('nme = "x"', "line 1, nme: unknown key 'nme', did you mean 'name'?; allowed: 'schema', 'name', "),
        ("schema = 2", "line 1, schema: found 2; must be 1"),
        (f'{PART}box_mm = [1, 1, 1]\nrol = "fence"', "line 4, parts[0].rol: unknown key 'rol', did you mean 'role'?; "),
        (
            f'{PART}box_mm = [1, 1, 1]\nrole = "fense"',
            "line 4, parts[0].role: found \"fense\", did you mean 'fence'?; must be 'machine', 'robot', 'fence', ",
        ),
        (f"{PART}box_mm = [1, 1]", "line 3, parts[0].box_mm: found [1, 1]; must be 3 numbers above 0"),
        (f"{PART}box_mm = [1, 1, 0]", "line 3, parts[0].box_mm: found [1, 1, 0]; must be 3 numbers above 0"),
        (f"{PART}box = [1, 1, nan]", "line 3, parts[0].box: found [1, 1, nan]; must be 3 numbers above 0, finite"),
        (
            f"{PART}sphere_mm = 1\nposition_mm = [0, 0, 1e12]",
            "line 4, parts[0].position_mm: found [0, 0, 1000000000000.0]; must be 3 numbers of at least -1e+08 and "
            "at most 1e+08",
        ),
        (f"{PART}sphere_deg = 1", "line 3, parts[0].sphere_deg: unknown key 'sphere_deg': 'sphere' is a length; use "),
        (f"{PART}sphere_mm = 1\nid_mm = 1", "line 4, parts[0].id_mm: unknown key 'id_mm': 'id' takes no unit"),
        (
            f"{PART}sphere_mm = 1\nsphere_m = 1",
            "line 4, parts[0].sphere_m: 'sphere' is given twice, also as 'sphere_mm'",
        ),
        (
            PART,
            "line 1, parts[0]: exactly one of 'file', 'box_mm', 'cylinder_mm' or 'sphere_mm' must be given",
        ),
        (f'{PART}fil = "a.glb"', "line 3, parts[0].fil: unknown key 'fil', did you mean 'file'?; allowed: "),
        (
            f'{PART}file = "a.glb"\nbox_mm = [1, 1, 1]',
            "line 4, parts[0].box_mm: exactly one of 'file', 'box_mm', 'cylinder_mm' or 'sphere_mm' must be given, "
            "found 'file' or 'box_mm'",
        ),
        (
            f"{PART}sphere_mm = 1\nrotation_deg = [0, 0, 1]\nquaternion = [1, 0, 0, 0]",
            "line 5, parts[0].quaternion: only one of 'rotation_deg', 'quaternion' or 'matrix' may be given, found 2",
        ),
        (f"{PART}sphere_mm = 1\nquaternion = [0, 0, 0, 0]", "line 4, parts[0].quaternion: must not be all zeros"),
        (f"{PART}sphere_mm = 1\nscale = 0", "line 4, parts[0].scale: a scale of zero would squash the part flat"),
        (
            f"{PART}sphere_mm = 1\nmatrix = [1,0,0,0, 0,1,0,0, 0,0,1,0, 5,0,0,1]",
            "line 4, parts[0].matrix: the last four numbers of a matrix must be 0, 0, 0, 1 (it is row-major)",
        ),
        (
            f"{PART}sphere_mm = 1\nmatrix = [1,0,0,0, 0,1,0,0, 1,1,0,0, 0,0,0,1]",
            "line 4, parts[0].matrix: the matrix is singular: it would squash the part flat",
        ),
        (f"{PART}sphere_mm = 1\ncount = [2, 1, 1]", "line 4, parts[0].count: makes sense only together with 'pitch_mm'"),
        (
            f"{PART}sphere_mm = 1\ncount = [2, 1, 1]\npitch_mm = [0, 1, 0]",
            "line 5, parts[0].pitch_mm: 2 repeats along x need a pitch that is not 0",
        ),
        (
            f"{PART}sphere_mm = 1\ncount = [200, 200, 200]\npitch_mm = [1, 1, 1]",
            "line 4, parts[0].count: 8,000,000 repeats; at most 100,000 are made",
        ),
        (f'{PART}sphere_mm = 1\nunit = "mm"', "line 4, parts[0].unit: makes sense only together with 'file'"),
        (f'{PART}sphere_mm = 1\ncolor = "red"', "line 4, parts[0].color: found \"red\"; must be a colour as '#rrggbb' or "),
        (f'{PART}sphere_mm = 1\nmoving = "yes"', 'line 4, parts[0].moving: found "yes"; must be true or false'),
        ('[[parts]]\nid = "*"\nsphere_mm = 1', 'line 2, parts[0].id: found "*"; must be an id: text without '),
        ('[[parts]]\nid = "a/"\nsphere_mm = 1', 'line 2, parts[0].id: found "a/"; must be an id: text without '),
        ("[[parts]]\nsphere_mm = 1", "line 1, parts[0]: 'id' is missing: an id: text without "),
        (
            f"{PART}sphere_mm = 1\n{PART}sphere_mm = 2",
            "line 5, parts[1].id: the id 'a' is already taken by parts[0]",
        ),
        (
            f'{PART}sphere_mm = 1\n[[robots]]\nid = "a"\nfile = "r.urdf"',
            "line 5, robots[0].id: the id 'a' is already taken by parts[0]",
        ),
        ("parts = 3", "line 1, parts: found 3; must be a list of tables: [[parts]]"),
        ("parts = [3]", "line 1, parts[0]: found 3; must be a table"),
        ("[parts]\nid = 'a'", 'line 1, parts: found {"id": "a"}; must be a list of tables: [[parts]]'),
        ("units = 3", "line 1, units: found 3; must be a table"),
        ('[units]\nlength = "milimetre"', "line 2, units.length: found \"milimetre\"; must be 'm', 'dm', "),
        ('[units]\nup_axis = "X"', "line 2, units.up_axis: found \"X\"; must be 'Z' or 'Y'"),
        ("[groups]\nrobot = []", "line 2, groups.robot: found []; must be a list of at least 1: each text, not empty"),
        ('[groups]\n"a b" = [3]', 'line 2, groups."a b"[0]: found 3; must be text, not empty'),
        ('[groups]\n"" = ["a"]', 'line 2, groups."": "" cannot be a name here'),
        ('[[robots]]\nid = "r"', "line 1, robots[0]: 'file' is missing: text, not empty"),
        (
            '[[robots]]\nid = "r"\nfile = "r.urdf"\njoints_deg = { a = 1 }\njoints_mm = { a = 2 }',
            "line 5, robots[0].joints_mm.a: 'a' is given twice",
        ),
        (
            '[[robots]]\nid = "r"\nfile = "r.urdf"\njoints_deg = { a = "x" }',
            'line 4, robots[0].joints_deg.a: found "x"; must be a number',
        ),
        (
            f'{STATION}posture = "sitting"',
            "line 1, workstations[0]: posture = 'sitting' needs 'seat_height_mm'",
        ),
        (
            f'{STATION}[[workstations.work_points]]\nid = "p"\nposition_mm = [0, 0, 0]\n'
            '[[workstations.work_points]]\nid = "q"\nposition_mm = [0, 0, 0]\nhand = "lefft"',
            "line 10, workstations[0].work_points[1].hand: found \"lefft\", did you mean 'left'?; must be 'left', "
            "'right', 'either' or 'both'",
        ),
        (
            f'{STATION}[[workstations.work_points]]\nid = "p"\nposition_mm = [0, 0, 0]\n'
            '[[workstations.work_points]]\nid = "p"\nposition_mm = [0, 0, 0]',
            "line 8, workstations[0].work_points[1].id: the id 'p' is already taken by workstations[0].work_points[0]",
        ),
        (
            f'{STATION}work_points = [{{ id = "p", position_mm = [0, 0, 0], load_kg = -1 }}]',
            "line 4, workstations[0].work_points[0].load_kg: found -1; must be a number of at least 0",
        ),
        (
            f"{STATION}[[workstations.work_points]]\nid = 'p'",
            "line 4, workstations[0].work_points[0]: 'position_mm' is missing: 3 numbers",
        ),
        (
            '[[walkways]]\nid = "w"\nwidth_mm = 1\npath_mm = [[0, 0]]',
            "line 4, walkways[0].path_mm: found [[0, 0]]; must be a list of at least 2: each 2 numbers",
        ),
        (
            '[[walkways]]\nid = "w"\nwidth_mm = 1\npath_mm = [[0, 0],\n[0, 0]]',
            "line 5, walkways[0].path_mm[1]: is the same point as the one before it",
        ),
        (
            '[[walkways]]\nid = "w"\nwidth_mm = 1\npath_mm = [[0, 0],\n[0]]',
            "line 5, walkways[0].path_mm[1]: found [0]; must be 2 numbers",
        ),
        ('[[hazard_zones]]\nid = "z"', "line 1, hazard_zones[0]: one of 'select', 'box_mm' or 'motion' must be given"),
        (
            '[[hazard_zones]]\nid = "z"\nbox_mm = [[0,0,0],[1,1,0]]',
            "line 3, hazard_zones[0].box_mm: the box has no volume: two corners share a coordinate",
        ),
        (
            '[[hazard_zones]]\nid = "robot_zone"\nselect = ["*"]\n[[safeguards]]\nid = "s"\nkind = "mat"\n'
            'protects = ["robot_zon"]',
            "line 7, safeguards[0].protects[0]: there is no hazard zone 'robot_zon', did you mean 'robot_zone'?; "
            "use 'robot_zone'",
        ),
        (
            '[[safeguards]]\nid = "s"\nkind = "light_curtan"',
            "line 3, safeguards[0].kind: found \"light_curtan\", did you mean 'light_curtain'?; must be ",
        ),
        (
            '[[populations]]\nid = "p"\nsmallest = "W05"',
            "line 3, populations[0].smallest: found \"W05\"; must be F or M and a percentile from 00.1 to 99.9, such as 'F05'",
        ),
        ('[[rules]]\nid = "r"', "line 1, rules[0]: 'check' is missing: text"),
        (
            '[[rules]]\nid = "r"\ncheck = "clearance"\nseverity = "eror"',
            "line 4, rules[0].severity: found \"eror\", did you mean 'error'?; must be 'error', 'warning' or 'info'",
        ),
        (f"{PART}sphere = 1{'0' * 400}", "line 3, parts[0].sphere: found 1000"),
        ("[[assign]]\nrole = 'fence'", "line 1, assign[0]: 'match' is missing: text, not empty or a list of at least 1"),
    ],
)  # fmt: skip
def test_place_found_and_allowed(text: str, said: str) -> None:
    assert len(found := mistakes(text)) == 1, found
    assert found[0].startswith(said)


def test_all_mistakes_at_once_in_file_order() -> None:
    text = f'{PART}sphere_mm = "x"\nrol = 1\n{STATION}hand = 3\nheading_deg = "n"\n[[doors]]\nid = "d"\n'
    found = mistakes(text)
    assert [line.split(":")[0] for line in found] == [
        "line 3, parts[0].sphere_mm",
        "line 4, parts[0].rol",
        "line 8, workstations[0].hand",
        "line 9, workstations[0].heading_deg",
        "line 10, doors[0]",
        "line 10, doors[0]",
        "line 10, doors[0]",
    ]


def test_a_hundred_mistakes_are_counted_and_the_first_twenty_listed() -> None:
    text = "".join(f'[[parts]]\nid = "a{i}"\nsphere_mm = -1\n' for i in range(100))
    found = mistakes(text)
    assert len(found) == 21
    assert found[-1] == "and 80 more"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = \n", "line 1, column 5"),
        ("a = 1\na = 2\n", "line 2, column 6"),
        ("[parts\n", "line 1, column 7"),
        ("a = [1,", "line 1, column 8"),
        ('x = 1\ny = "abc\n', "line 2, column 9"),
    ],
)
def test_syntax_errors_name_line_and_column(text: str, place: str) -> None:
    with pytest.raises(LayoutError) as caught:
        parse_layout(text, "cell.toml")
    assert caught.value.place == place
    assert "not valid TOML" in caught.value.defect


def test_hostile_text_gives_one_clear_error_quickly() -> None:
    start = time.process_time()
    for text in ("a = " + "[" * 50_000, "a = " + "{a=" * 3000, "a." * 3000 + "b = 1", "[[parts]]\n" * 3000):
        with pytest.raises(LayoutError):
            parse_layout(text, "cell.toml")
    assert time.process_time() - start < HANG


def test_files_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "cell.toml"
    file.write_bytes(b"name = 'a'\ntitle = '\xff'\n")
    with pytest.raises(LayoutError, match="line 2: byte 0xff is not UTF-8"):
        read_layout(file)
    with pytest.raises(LayoutError, match="cannot be read: No such file"):
        read_layout(tmp_path / "absent.toml")
    with pytest.raises(LayoutError, match="cannot be read"):
        read_layout(tmp_path)
    file.write_bytes("\ufeffname = 'é'\r\n".encode())
    assert read_layout(file).layout.name == "é"


def test_every_suffix_of_every_kind_means_what_it_says() -> None:
    assert suffixes("length") == {
        "": 1.0, "_m": 1.0, "_dm": 0.1, "_cm": 0.01, "_mm": 0.001, "_um": 1e-6, "_km": 1000.0, "_in": 0.0254, "_ft": 0.3048,
    }  # fmt: skip
    assert suffixes("time") == {"": 1.0, "_s": 1.0, "_ms": 0.001, "_min": 60.0, "_h": 3600.0}
    assert suffixes("mass") == {"": 1.0, "_kg": 1.0, "_g": 0.001}
    assert suffixes("frequency") == {"": 1.0, "_per_min": 1.0, "_per_h": 1.0 / 60.0, "_per_s": 60.0}
    assert set(suffixes("joint")) == set(suffixes("angle")) | set(suffixes("length"))


@settings(max_examples=200, deadline=None)
@given(st.integers(-(10**9), 10**9))
def test_whole_millimetres_are_the_nearest_float_in_metres(value: int) -> None:
    assert to_memory(value, 0.001) == float(f"{value}e-3")


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    ),
    st.sampled_from(
        ["schema", "name", "units", "options", "parts", "assign", "groups", "robots", "workstations", "walkways", "doors",
         "hazard_zones", "safeguards", "populations", "rules"]
    ),
)  # fmt: skip
def test_any_value_anywhere_is_accepted_or_refused_in_order(value: object, key: str) -> None:
    import tomlkit

    def clean(item: object) -> object:
        if item is None:
            return "none"
        if isinstance(item, int) and not isinstance(item, bool):
            return max(min(item, 10**18), -(10**18))
        if isinstance(item, list):
            return [clean(x) for x in item]
        if isinstance(item, dict):
            return {k: clean(v) for k, v in item.items()}
        return item

    text = tomlkit.dumps({key: clean(value)})
    caught: LayoutMistakes | None = None
    try:
        parse_layout(text, "cell.toml")
    except LayoutMistakes as error:
        caught = error
    if caught is not None:
        assert caught.mistakes
        assert all(mistake.line is not None and mistake.defect for mistake in caught.mistakes)
