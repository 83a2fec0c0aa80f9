"""Statistics of ANSUR II by sex: means, standard deviations, correlations and the shape of each dimension."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.human._derived import DERIVED
from immersive.resources import resource

FloatArray = NDArray[np.float64]

SEXES: Final = ("female", "male")
SOURCE: Final = "ANSUR II 2012 (Gordon et al. 2014, NATICK/TR-15/007)"


@dataclass(frozen=True, eq=False)
class Statistics:
    """What is kept of one sex of the survey. Metres; body mass in kilograms.

    Attributes:
        n: Persons measured.
        measured: Names of the d dimensions that were measured.
        measured_mean, measured_sd: (d,).
        correlation: (d, d) of the values.
        latent: (d, d) of the normal deviates behind the values, see ``assets/workshop/anthropometry.py``.
        percentiles: (K,) of the knots, from 0 (smallest person met) to 100.
        deviates: (K,) normal deviates of the knots.
        knots: (d, K) values there, never falling.
    """

    n: int
    measured: tuple[str, ...]
    measured_mean: FloatArray
    measured_sd: FloatArray
    correlation: FloatArray
    latent: FloatArray
    percentiles: FloatArray
    deviates: FloatArray
    knots: FloatArray

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All dimensions: the measured ones, then the derived."""
        return (*self.measured, *DERIVED)

    @cached_property
    def index(self) -> dict[str, int]:
        """Dimension → its place in ``names``."""
        return {name: i for i, name in enumerate(self.names)}

    @cached_property
    def all_from_measured(self) -> FloatArray:
        """(D, d) matrix that gives all dimensions from the measured ones."""
        matrix = np.vstack([np.eye(len(self.measured)), np.zeros((len(DERIVED), len(self.measured)))])
        for name, terms in DERIVED.items():
            for part, sign in terms.items():
                matrix[self.index[name], self.index[part]] = sign
        return matrix

    @cached_property
    def mean(self) -> FloatArray:
        """(D,) means."""
        return self.all_from_measured @ self.measured_mean

    @cached_property
    def covariance(self) -> FloatArray:
        """(D, D) of all dimensions; singular, because the derived follow from the measured."""
        scaled = self.correlation * np.outer(self.measured_sd, self.measured_sd)
        return self.all_from_measured @ scaled @ self.all_from_measured.T

    @cached_property
    def sd(self) -> FloatArray:
        """(D,) standard deviations."""
        sd: FloatArray = np.sqrt(np.diagonal(self.covariance))
        return sd

    @cached_property
    def factor(self) -> FloatArray:
        """(d, d) lower triangular: ``latent = factor @ factor.T``."""
        factor: FloatArray = np.linalg.cholesky(self.latent).astype(np.float64)
        return factor

    def stature_at(self, percentile: float) -> float:
        """The sample's stature at a percentile within its knots; between two knots along the normal deviate."""
        row = self.knots[self.index["stature"]]
        return float(np.interp(NormalDist().inv_cdf(percentile / 100.0), self.deviates, row))

    def given_stature(self, stature: FloatArray) -> FloatArray:
        """(n, D) mean dimensions of persons of these (n,) statures: linear regression on stature."""
        i = self.index["stature"]
        slope = self.covariance[:, i] / self.covariance[i, i]
        return self.mean + np.outer(stature - self.mean[i], slope)


def _square(rows: list[list[float]]) -> FloatArray:
    d = len(rows) + 1
    matrix = np.eye(d)
    for i, row in enumerate(rows):
        matrix[i, i + 1 :] = row
        matrix[i + 1 :, i] = row
    return matrix


@cache
def _document() -> dict[str, Any]:
    path = resource("assets/anthropometry/ansur2_covariance.json")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@cache
def statistics(sex: str, /) -> Statistics:
    """Statistics of ``"female"`` or ``"male"``."""
    document = _document()
    data = document["sexes"][sex]
    names = tuple(data["names"])
    unit = np.array([1.0 if name == "body mass" else 0.001 for name in names])
    percentiles = np.array(document["percentiles"], np.float64)
    end = NormalDist().inv_cdf(0.5 / data["n"])
    inner = [NormalDist().inv_cdf(p / 100.0) for p in percentiles[1:-1].tolist()]
    return Statistics(
        n=data["n"],
        measured=names,
        measured_mean=np.array(data["mean"]) * unit,
        measured_sd=np.array(data["sd"]) * unit,
        correlation=_square(data["correlation"]),
        latent=_square(data["latent"]),
        percentiles=percentiles,
        deviates=np.array([end, *inner, -end]),
        knots=np.array(data["knots"]) * unit[:, None],
    )
