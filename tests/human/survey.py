"""Everybody in the raw ANSUR II survey, barefoot, for tests marked ``shared``."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np

from immersive.human._derived import DERIVED, derived
from immersive.human.people import Allowances, People
from immersive.resources import resource

TENTHS = {"weightkg": 0.1, "interpupillarybreadth": 1e-4}


@cache
def survey(shared: Path) -> People:
    """All 6,068 persons, no shoes; only body dimensions are read."""
    with resource("assets/anthropometry/ansur2.csv").open(encoding="utf-8", newline="") as file:
        names = {
            row["ansur"]: row["name"]
            for row in csv.DictReader(file)
            if row["sex"] == "male" and row["kind"] == "measured"
        }
    rows: list[dict[str, str]] = []
    female: list[bool] = []
    for sex in ("FEMALE", "MALE"):
        path = shared / f"reference/ansur2/ANSUR_II_{sex}_Public.csv"
        with path.open(encoding="latin-1", newline="") as file:
            rows += csv.DictReader(file)
        female += [sex == "FEMALE"] * (len(rows) - len(female))
    values = {
        name: np.array([float(row[column]) for row in rows]) * TENTHS.get(column, 1e-3)
        for column, name in names.items()
    }
    for name in DERIVED:
        values[name] = derived(name, values)
    ids = tuple(f"subject {i}" for i in range(len(rows)))
    return People(ids, np.array(female), values, "individuals", {}, "ANSUR II", Allowances(shoe_height=0.0))
