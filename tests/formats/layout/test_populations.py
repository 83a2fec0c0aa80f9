"""Populations of a layout: files of measured people, read inside the layout's folder or named by the user."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from immersive.cli import main
from immersive.errors import InputError, LayoutError
from immersive.formats.load import load
from immersive.formats.people import with_population
from immersive.human.population import people_of
from immersive.scene.model import Scene, Severity
from immersive.scene.station import Population

HEAD = """
schema = 1

[[parts]]
id = "block"
box_mm = [100, 100, 100]

[[workstations]]
id = "w"
position_mm = [0, -500, 0]
"""
TEAM = "sexe;stature_cm;couleur\r\nF;165,5;bleu\r\nH;180;\r\nF;;\r\n"


def cell(folder: Path, population: str, *, head: str = HEAD) -> Path:
    path = folder / "cell.toml"
    path.write_text(f"{head}\n{population}", encoding="utf-8")
    return path


def populations(scene: Scene) -> tuple[Population, ...]:
    assert scene.station is not None
    return scene.station.populations


def test_a_layout_without_more_words_is_as_before(tmp_path: Path) -> None:
    scene = load(cell(tmp_path, '[[populations]]\nid = "p"\nsmallest = "F05"\nlargest = "M95"'))
    (population,) = populations(scene)
    assert population.table is None
    assert (population.people, population.sample_size, population.seed) == ("", 500, 1)
    assert (population.clothing, population.slump, population.share_of_women) == (0.0, 0.0, None)


def test_every_key_reaches_the_study(tmp_path: Path) -> None:
    said = (
        '[[populations]]\nid = "p"\nsmallest = "F02.5"\nlargest = "M97.5"\npercentiles = ["F50"]\n'
        'dimensions = "proportional"\npeople = "sampled"\nsample_size = 7\nseed = 3\nshare_of_women = 0.25\n'
        "shoe_height_mm = 30\nclothing_mm = 4\nslump_mm = 20"
    )
    study = people_of(populations(load(cell(tmp_path, said)))[0])
    assert study.named.ids == ("F02.5", "F50", "M97.5")
    assert study.sample is not None
    assert (len(study.sample), study.sample.share_of_women) == (14, 0.25)
    assert "seed 3" in study.sample.how["en"]
    allowed = study.named.allowances
    assert (allowed.shoe_height, allowed.clothing, allowed.slump) == (0.03, 0.004, 0.02)


def test_a_file_of_people_is_read_once_and_told(tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    data = TEAM.encode("cp1252")
    (tmp_path / "people" / "team.csv").write_bytes(data)
    entry = '[[populations]]\nid = "{}"\nsource = "people/team.csv"\n'
    scene = load(cell(tmp_path, entry.format("a") + entry.format("b") + 'people = "percentiles"'))
    first, second = populations(scene)
    assert first.table is second.table
    assert first.table is not None
    assert first.table.dimensions["stature"].tolist() == [1.655, 1.8]
    (source,) = [s for s in scene.sources if s.format == "people"]
    assert (source.file, source.size) == ("people/team.csv", len(data))
    assert source.sha256 == hashlib.sha256(data).hexdigest()
    told = {n.code: n for n in scene.notices}
    assert len(scene.notices) == 3
    assert told["people-read"].text["en"] == "1 woman and 1 man measured one by one"
    assert told["people-read"].data == {"women": 1, "men": 1}
    assert told["people-table"].text["fr"] == "colonnes non lues : couleur"
    assert told["people-left-out"].severity is Severity.WARNING
    assert "line 4" in told["people-left-out"].text["en"]
    study = people_of(first)
    assert study.sample is not None
    assert study.sample.kind == "individuals"
    assert people_of(second).sample is None


@pytest.mark.parametrize(
    ("population", "said"),
    [
        ('source = "absent.csv"', "line 14, populations[0].source: absent.csv: does not exist"),
        ('source = "ansur"', "line 14, populations[0].source: found \"ansur\"; must be 'ansur2' or a CSV file"),
        ('source = "../team.csv"', "line 14, populations[0].source: "),
        ('source = "../team.csv"', "leaves the folder"),
        ('source = "https://example.org/team.csv"', "no address is fetched"),
        ('source = "team.csv"\npeople = "sampled"', "line 15, populations[0].people: a sample is drawn from 'ansur2'"),
        ('people = "individuals"', "line 14, populations[0].people: individuals need a CSV file"),
        ('source = "bad.csv"', "populations[0].source: bad.csv: line 3, column 'stature_mm': 17000 means stature 17 m"),
        ('smallest = "F2.5"', "must be F or M and a percentile from 00.1 to 99.9"),
        ('percentiles = ["F05", "X"]', "populations[0].percentiles[1]"),
        ("sample_size = 0", "line 14, populations[0].sample_size"),
    ],
)  # fmt: skip
def test_mistakes_have_their_place(population: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "team.csv").write_text(TEAM)
    (tmp_path / "in" / "team.csv").write_text(TEAM)
    (tmp_path / "in" / "bad.csv").write_text("sex,stature_mm\nF,1700\nF,17000\n")
    with pytest.raises(LayoutError) as caught:
        load(cell(tmp_path / "in", f'[[populations]]\nid = "p"\n{population}'))
    assert said in str(caught.value)


# --- check --population ---------------------------------------------------------------------------


def test_measured_people_take_the_place_of_every_population(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    team = tmp_path / "elsewhere" / "team.csv"
    team.write_bytes(TEAM.encode())
    said = '[[populations]]\nid = "a"\nsmallest = "F01"\nslump_mm = 30\nshare_of_women = 0.1\n[[populations]]\nid = "b"'
    before = load(cell(tmp_path, said))
    after = with_population(before, team)
    a, b = populations(after)
    assert (a.id, a.smallest, a.slump, a.share_of_women) == ("a", "F01", 0.03, None)
    assert a.table is b.table
    study = people_of(a)
    assert study.sample is not None
    np.testing.assert_array_equal(study.sample["stature"], [1.655, 1.8])
    assert study.sample.allowances.slump == 0.03
    assert [s.file for s in after.sources] == ["cell.toml", "team.csv"]
    assert populations(before)[0].table is None  # a scene is never changed
    # A layout without population gets one.
    assert [p.id for p in populations(with_population(load(cell(tmp_path, "")), team))] == ["measured"]


def test_people_nobody_asks_for_are_told(tmp_path: Path) -> None:
    team = tmp_path / "team.csv"
    team.write_bytes(TEAM.encode())
    bare = load(cell(tmp_path, "", head='schema = 1\n[[parts]]\nid = "b"\nbox_mm = [1, 1, 1]'))
    notices = with_population(bare, team).notices
    assert [n.severity for n in notices if n.code == "people-unused"] == [Severity.WARNING]
    without_layout = Scene("s", ())
    assert with_population(without_layout, team).station is None
    with pytest.raises(InputError, match="does not exist"):
        with_population(bare, tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder"):
        with_population(bare, tmp_path)


def test_check_with_a_population(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    team = tmp_path / "team.csv"
    team.write_text("sex,stature_mm,age\nF,1655,30\nM,1800,40\n")
    path = cell(tmp_path, '[[populations]]\nid = "p"')
    code = main(["check", str(path), "--only", "inputs", "--population", str(team), "--json", "-"])
    document = json.loads(capsys.readouterr().out)
    assert code == 0
    (source,) = [s for s in document["scene"]["sources"] if s["format"] == "people"]
    assert (source["file"], source["sha256"]) == ("team.csv", hashlib.sha256(team.read_bytes()).hexdigest())
    told = {n["code"]: n["text"]["en"] for n in document["notices"]}
    assert told["people-read"] == "1 woman and 1 man measured one by one"
    assert told["people-table"] == "columns not read: age"
    team.write_text("sex,stature_mm\nF,165\n")
    assert main(["check", str(path), "--population", str(team)]) == 2
    assert "line 2, column 'stature_mm'" in capsys.readouterr().err
