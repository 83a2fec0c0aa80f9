"""Tables of measured people: what is read, what is refused, and what is estimated."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import InputError
from immersive.human._ansur import statistics
from immersive.human._derived import DERIVED
from immersive.human.individuals import TRUST, individuals, read_individuals
from immersive.human.measured import read_table
from immersive.human.sampling import sampled

FRENCH = (
    "\ufeffid;Sexe;Stature (cm);masse corporelle_kg;Sitting height [mm];Couleur\r\n"
    "A;Femme;165,5;60,2;870;bleu\r\n"
    "B;h;178;;;\r\n"
    ";;;;;\r\n"
    "C;F;;55;800;\r\n"
    "A;F;1,70e2;50;800;\r\n"
)


def test_a_table_as_a_french_spreadsheet_writes_it() -> None:
    for data in (FRENCH, FRENCH.encode("utf-8"), FRENCH.encode("utf-16"), FRENCH[1:].encode("cp1252")):
        table = read_table(data, file="équipe.csv")
        assert table.ids == ("A (line 2)", "B", "A (line 6)")
        assert table.female.tolist() == [True, False, True]
        assert table.dimensions["stature"].tolist() == pytest.approx([1.655, 1.78, 1.70], abs=1e-12)
        np.testing.assert_allclose(table.dimensions["body mass"], [60.2, np.nan, 50.0])
        np.testing.assert_allclose(table.dimensions["sitting height"], [0.87, np.nan, 0.8])
        assert table.left_out == (5,)
        assert [note["en"] for note in table.notes] == [
            "columns not read: Couleur",
            "2 persons share an id with another; their line tells them apart",
            "values beyond anyone met in ANSUR II, kept as they are: ",
        ][:2]


def test_separators_and_numbers() -> None:
    for text in (
        'sex,stature_mm,"eye height, sitting_mm"\nF,1650,760.5\n',
        "sex;stature_mm;eye height, sitting_mm\nF;1 650;760,5\n",
        "sex\tstature_mm\teye height, sitting_mm\nF\t1650,0\t760.5\n",
        "sep=;\r\nsex;stature_cm;eye height, sitting_m\r\nF;165;0,7605\r\n",
        "SEX;STATURE_MM;EYE HEIGHT, SITTING (CM)\nw;1\u202f650;76,05\n",
        '"sex";"stature_in";"eye height, sitting_mm"\n"female";"64.96062992125984";"760.5"\n',
    ):
        table = read_table(text, file="t.csv")
        assert table.dimensions["stature"][0] == pytest.approx(1.65, abs=1e-12), text
        assert table.dimensions["eye height, sitting"][0] == pytest.approx(0.7605, abs=1e-12), text
        assert table.female.tolist() == [True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "t.csv: is empty"),
        ("\n\n", "t.csv: is empty"),
        ("sex,stature_mm\n", "t.csv: holds no person"),
        ("sex,stature_mm\nF,\n", "t.csv: holds no person: 1 lines have no stature"),
        ("sex,stature\nF,1700", "line 1: column 'stature' names no unit; use 'm', 'dm', 'cm'"),
        ("sex,stature_kg\nF,1700", "the unit 'kg' of column 'stature_kg' is none of"),
        ("sex,stature_mm,body mass_mm\nF,1700,70", "none of 'kg', 'g' or 'lb'"),
        ("sex,statur_mm\nF,1700", "line 1: has no column for stature, did you mean 'statur_mm'"),
        ("stature_mm\n1700", "line 1: has no column for sex"),
        ("sex,stature_mm\nX,1700", "line 2: sex 'X'; write F or M"),
        ("sex,stature_mm\n,1700", "line 2: no sex"),
        ("sex,stature_mm\nF,1.7", "line 2, column 'stature_mm': 1.7 means stature 0.0017 m"),
        ("sex,stature_mm\nF,1.7", "it would be plausible in 'm'"),
        ("sex,stature_mm\nF,1700\nF,17000", "line 3, column 'stature_mm': 17000 means stature 17 m"),
        ("sex,stature_mm\nF,1700\nF,17000", "out by a power of ten"),
        ("sex,stature_cm\nF,1650\nF,1700", "1 more such cells"),
        ("sex,stature_mm\nF,66", "plausible in 'in'"),
        ("sex,stature_mm\nF,-1700", "column 'stature_mm'"),
        ("sex,stature_mm\nF,tall", "'tall' is no number"),
        ("sex,stature_mm\nF,inf", "'inf' is no number"),
        ("sex,stature_mm\nF,1_700", "'1_700' is no number"),
        ('sex,stature_cm\nF,"170,5"', "could mean a decimal comma or thousands"),
        ("sex,stature_cm\nF,170,5", "line 2: 3 cells; the header has 2"),
        ("sex,stature_cm\nF,170,5", "a decimal comma needs semicolons"),
        ("sex,stature_cm,Stature (mm)\nF,170,1700", "columns 'stature_cm' and 'Stature (mm)' both hold stature"),
        ('sex,stature_mm\nF,"1700', "is no CSV"),
        ("sex;stature_mm\nF;1700;;\n", "4 cells; the header has 2"),
    ],
)  # fmt: skip
def test_tables_that_are_refused(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_table(text, file="t.csv")
    assert said in str(caught.value)
    assert str(caught.value).startswith("t.csv")


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(InputError, match="is no text"):
        read_table(b"PK\x03\x04\0\0\0\0", file="t.xlsx")


def test_the_sex_of_everybody_may_be_said() -> None:
    assert not read_table("stature_mm\n1700\n1800", file="t.csv", sex="male").female.any()


def test_the_surveys_own_columns() -> None:
    header = (
        "subjectid,stature,sittingheight,acromialheight,span,handlength,weightkg,interpupillarybreadth,Gender"
    )
    rest = ",DODRace,PrimaryMOS,Installation"
    line = "7,1600,850,1300,1620,180,612,640,Female"
    table = read_table(f"{header}{rest}\n{line},1,x,y", file="a.csv")
    assert table.survey == "ansur2"
    assert table.dimensions["stature"][0] == 1.6
    assert table.dimensions["body mass"][0] == pytest.approx(61.2, abs=1e-12)
    assert table.dimensions["interpupillary breadth"][0] == pytest.approx(0.064, abs=1e-12)
    assert "DODRace" in table.notes[0]["en"]
    with pytest.raises(InputError, match="tenths of a kilogram"):
        read_table(f"{header}\n{line.replace('612', '61.2')}", file="a.csv")


# --- estimates ------------------------------------------------------------------------------------


def test_nothing_but_stature_gives_the_regression_on_stature() -> None:
    stats = statistics("male")
    people = read_individuals("sex,stature_mm\nM,1850\n", file="t.csv")
    i = stats.index["stature"]
    away = (1.85 - stats.mean[i]) / (1.0 + TRUST**2)
    for name in stats.measured:
        j = stats.index[name]
        wanted = (
            1.85
            if name == "stature"
            else stats.mean[j] + stats.covariance[i, j] / stats.covariance[i, i] * away
        )
        assert people[name][0] == pytest.approx(wanted, abs=6e-6), name
    assert "67 dimensions" in people.how["en"]
    assert any(
        "estimated for everyone" in note["en"] and "hand length" in note["en"] for note in people.notes
    )
    assert "ANSUR II" in people.source


def test_a_complete_table_is_left_as_it_is() -> None:
    drawn = sampled(20, seed=3)
    names = statistics("female").measured
    buffer = ["sex;" + ";".join(f"{n}_{'kg' if n == 'body mass' else 'm'}" for n in names)]
    for i in range(40):
        values = ";".join(repr(float(drawn[n][i])).replace(".", ",") for n in names)
        buffer.append(f"{'F' if drawn.female[i] else 'M'};{values}")
    people = read_individuals("\n".join(buffer), file="t.csv")
    for name in names:
        np.testing.assert_array_equal(people[name], drawn[name], err_msg=name)
    for name in DERIVED:
        np.testing.assert_allclose(people[name], drawn[name], atol=1.1e-5, err_msg=name)
    assert people.how["en"] == "20 women and 20 men measured one by one (t.csv)"
    assert people.source == "t.csv"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_estimates_are_persons_and_do_not_depend_on_the_others(seed: int, data: st.DataObject) -> None:
    drawn = sampled(6, seed=seed)
    names = data.draw(st.lists(st.sampled_from(statistics("female").names), max_size=12, unique=True))
    names = ["stature", *(n for n in names if n != "stature")]

    def table(rows: list[int]) -> str:
        head = "id;sex;" + ";".join(f"{n}_{'kg' if n == 'body mass' else 'mm'}" for n in names)
        lines = []
        for i in rows:
            cells = [
                ""
                if (i + k) % 4 == 3 and n != "stature"
                else f"{drawn[n][i] * (1 if n == 'body mass' else 1000):.6f}"
                for k, n in enumerate(names)
            ]
            lines.append(f"p{i};{'F' if drawn.female[i] else 'M'};" + ";".join(cells))
        return "\n".join([head, *lines])

    order = data.draw(st.permutations(list(range(12))))
    people = read_individuals(table(list(range(12))), file="t.csv")
    other = read_individuals(table(list(order)), file="t.csv")
    alone = read_individuals(table([order[0]]), file="t.csv")
    for name in people.dimensions:
        np.testing.assert_array_equal(people[name][list(order)], other[name])
        assert alone[name][0] == other[name][0]
        assert np.isfinite(people[name]).all()
    for name, terms in DERIVED.items():
        if name not in names:
            total = sum(sign * people[part] for part, sign in terms.items())
            np.testing.assert_allclose(people[name], total, atol=1.1e-5)
    for sex, rows in (("female", people.female), ("male", ~people.female)):
        stats = statistics(sex)
        for name in stats.measured:
            j = stats.index[name]
            assert (np.abs(people[name][rows] - stats.mean[j]) < 8.0 * stats.sd[j]).all(), name


def test_more_measurements_estimate_better() -> None:
    """Removed dimensions come back closer when more of the others are given, and unbiased."""
    drawn = sampled(1500, seed=11, sexes=["female"])

    def errors(given: tuple[str, ...]) -> np.ndarray:
        head = "sex," + ",".join(f'"{n}_{"kg" if n == "body mass" else "mm"}"' for n in given)
        lines = [
            "F," + ",".join(repr(float(drawn[n][i]) * (1 if n == "body mass" else 1000)) for n in given)
            for i in range(1500)
        ]
        return (
            read_individuals("\n".join([head, *lines]), file="t.csv")["radiale-stylion length"]
            - drawn["radiale-stylion length"]
        )

    few, more = errors(("stature",)), errors(("stature", "span", "forearm-fingertip length"))
    assert abs(few.mean()) < 0.0015
    assert abs(more.mean()) < 0.0015
    assert more.std() < 0.6 * few.std()


def test_a_contradiction_does_not_throw_estimates_far() -> None:
    """An elbow height measured to another landmark, 20 mm (0.4 standard deviations) lower."""
    base = "sex,stature_mm,shoulder height_mm,acromion-radiale length_mm,elbow height_mm\nM,1755,1440,335,"
    right, low = (read_individuals(base + value, file="t.csv") for value in ("1105", "1085"))
    stats = statistics("male")
    for name in stats.measured:
        assert abs(right[name][0] - low[name][0]) < 0.4 * stats.sd[stats.index[name]], name


def test_values_beyond_the_survey_are_kept_and_told() -> None:
    people = read_individuals("sex,stature_mm\nM,2200\nM,1755", file="t.csv")
    assert people["stature"].tolist() == [2.2, 1.755]
    assert any("beyond anyone met" in note["en"] and "stature (1)" in note["en"] for note in people.notes)


def test_a_table_made_in_memory_needs_a_stature() -> None:
    table = read_table("sex,stature_mm\nF,1700", file="t.csv")
    table.dimensions["stature"][0] = np.nan
    with pytest.raises(InputError, match="without stature"):
        individuals(table)


@pytest.mark.shared
@pytest.mark.parametrize("sex", ["FEMALE", "MALE"])
def test_the_raw_survey(sex: str, shared: Path) -> None:
    path = shared / f"reference/ansur2/ANSUR_II_{sex}_Public.csv"
    people = read_individuals(path.read_bytes(), file=path.name)
    with path.open(encoding="latin-1", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(people) == len(rows) == {"FEMALE": 1986, "MALE": 4082}[sex]
    assert people.female.all() == (sex == "FEMALE")
    for i in (0, 777, len(rows) - 1):
        assert people["stature"][i] == float(rows[i]["stature"]) / 1000.0
        assert people["body mass"][i] == pytest.approx(float(rows[i]["weightkg"]) / 10.0, abs=1e-12)
        elbow = float(rows[i]["acromialheight"]) - float(rows[i]["acromionradialelength"])
        assert people["elbow height"][i] == pytest.approx(elbow / 1000.0, abs=1e-9)
    stats = statistics(sex.lower())
    for name in stats.names:
        assert people[name].mean() == pytest.approx(stats.mean[stats.index[name]], abs=1e-5), name
    assert "United States Army" in people.how["en"]
    assert not any("estimated" in note["en"] for note in people.notes)
