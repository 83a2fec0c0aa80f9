"""Makes ``assets/anthropometry/ansur2_covariance.json`` from the raw ANSUR II survey.

    python assets/workshop/anthropometry.py FOLDER

FOLDER holds ``ANSUR_II_FEMALE_Public.csv`` and ``ANSUR_II_MALE_Public.csv`` (public domain, not part of the
repository). Only body dimensions are read; demographic columns never are. Per sex the file has, of every
measured dimension of ``ansur2.csv``:

- ``mean``, ``sd``, ``correlation``: of the values as measured, for conditional means;
- ``knots``: percentiles (0 and 100 are the smallest and largest person met);
- ``latent``: the correlation of the normal deviates that, each bent through its dimension's knots, reproduce
  ``correlation``. A plain multivariate normal misses the 5th or 95th percentile of 13 of 68 dimensions of the women
  by more than 1 % (masses, girths and depths are skewed), so each marginal is bent ("normal to anything":
  Cario and Nelson 1997). For each pair the latent correlation solves
  sum_k a_ik a_jk rho^k = correlation · |a_i| · |a_j|, a being the Hermite coefficients of the two bends.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from statistics import NormalDist

import numpy as np

HERE = Path(__file__).resolve().parents[1] / "anthropometry"
PERCENTILES = (
    0,
    0.1,
    0.5,
    1,
    2.5,
    5,
    10,
    15,
    20,
    25,
    30,
    40,
    50,
    60,
    70,
    75,
    80,
    85,
    90,
    95,
    97.5,
    99,
    99.5,
    99.9,
    100,
)
ORDER = 40
"""Hermite terms kept; the rest is below 1e-4 of the variance."""


def read(folder: Path, sex: str) -> tuple[list[str], np.ndarray]:
    """Names by ISO 7250-1 and (n, d) values in mm, body mass in kg."""
    with (HERE / "ansur2.csv").open(encoding="utf-8", newline="") as file:
        table = [row for row in csv.DictReader(file) if row["sex"] == sex and row["kind"] == "measured"]
    path = folder / f"ANSUR_II_{sex.upper()}_Public.csv"
    with path.open(encoding="latin-1", newline="") as file:
        rows = list(csv.DictReader(file))
    tenths = {"weightkg", "interpupillarybreadth"}
    columns = [
        np.array([float(row[item["ansur"]]) for row in rows]) * (0.1 if item["ansur"] in tenths else 1.0)
        for item in table
    ]
    return [item["name"] for item in table], np.stack(columns, axis=1)


def deviates(n: int) -> np.ndarray:
    """Normal deviates of :data:`PERCENTILES`; those of the smallest and largest of n persons at the ends."""
    inner = [NormalDist().inv_cdf(p / 100.0) for p in PERCENTILES[1:-1]]
    end = NormalDist().inv_cdf(0.5 / n)
    return np.array([end, *inner, -end])


def hermite(z: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(d, ORDER) coefficients, from the first on, of the d bends z → values (K, d) in normalised polynomials."""
    grid = np.linspace(-8.0, 8.0, 32001)
    weight = np.exp(-0.5 * grid**2) / np.sqrt(2.0 * np.pi) * (grid[1] - grid[0])
    bent = np.stack([np.interp(grid, z, column) for column in values.T])
    before, now = np.ones_like(grid), grid.copy()
    out = []
    for k in range(1, ORDER + 1):
        out.append(bent @ (weight * now))
        before, now = now, (grid * now - np.sqrt(k) * before) / np.sqrt(k + 1.0)
    return np.stack(out, axis=1)


def latent_correlation(correlation: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """(d, d) latent correlations by bisection: the sum grows with rho where both bends grow."""
    unit = coefficients / np.linalg.norm(coefficients, axis=1, keepdims=True)
    low, high = -np.ones_like(correlation), np.ones_like(correlation)
    for _ in range(60):
        rho = 0.5 * (low + high)
        power, total = np.ones_like(rho), np.zeros_like(rho)
        for k in range(ORDER):
            power = power * rho
            total += np.outer(unit[:, k], unit[:, k]) * power
        above = total > correlation
        high, low = np.where(above, rho, high), np.where(above, low, rho)
    rho = 0.5 * (low + high)
    np.fill_diagonal(rho, 1.0)
    return rho


def upper(matrix: np.ndarray) -> list[list[float]]:
    """Rows right of the diagonal."""
    return [[round(float(v), 6) for v in matrix[i, i + 1 :]] for i in range(len(matrix) - 1)]


def statistics(folder: Path, sex: str) -> dict[str, object]:
    """Everything kept of one sex."""
    names, values = read(folder, sex)
    n = len(values)
    correlation = np.corrcoef(values, rowvar=False)
    knots = np.percentile(values, PERCENTILES, axis=0)
    latent = latent_correlation(correlation, hermite(deviates(n), knots))
    smallest = float(np.linalg.eigvalsh(latent)[0])
    if smallest < 1e-4:
        raise SystemExit(
            f"{sex}: the latent correlations are no correlation matrix (eigenvalue {smallest:.2g})"
        )
    print(f"{sex}: {n} persons, {len(names)} dimensions, smallest latent eigenvalue {smallest:.4f}")
    return {
        "n": n,
        "names": names,
        "mean": [round(float(v), 5) for v in values.mean(axis=0)],
        "sd": [round(float(v), 5) for v in values.std(axis=0, ddof=1)],
        "knots": [[round(float(v), 4) for v in column] for column in knots.T],
        "correlation": upper(correlation),
        "latent": upper(latent),
    }


def written(document: dict[str, object]) -> str:
    """JSON with one line for each row of numbers."""
    text = json.dumps(document, indent=1, ensure_ascii=False)
    lines: list[str] = []
    depth = 0
    for line in text.splitlines():
        stripped = line.strip()
        number = stripped[:1] in "-0123456789"
        if lines and (number or (depth and stripped[:1] == "]")):
            lines[-1] += stripped if stripped[:1] == "]" or lines[-1].endswith("[") else " " + stripped
            depth = 0 if stripped[:1] == "]" else 1
        else:
            lines.append(line)
            depth = 0
    return "\n".join(lines) + "\n"


def main(folder: str) -> None:
    """Write the file."""
    document: dict[str, object] = {
        "title": "ANSUR II (2012): means, standard deviations, correlations and percentiles by sex",
        "source": "ANSUR II 2012, Gordon et al. 2014, NATICK/TR-15/007; computed from the public raw survey",
        "confidence": "raw data confirmed by two public copies",
        "licence": "public domain",
        "units": "mm; body mass in kg",
        "made_by": "assets/workshop/anthropometry.py",
        "percentiles": list(PERCENTILES),
        "sexes": {sex: statistics(Path(folder), sex) for sex in ("female", "male")},
    }
    target = HERE / "ansur2_covariance.json"
    target.write_text(written(document), encoding="utf-8", newline="\n")
    assert json.loads(target.read_text(encoding="utf-8")) == json.loads(json.dumps(document))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
