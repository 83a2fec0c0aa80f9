"""Measured people: what a table leaves out is estimated from what it gives."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from immersive.errors import InputError
from immersive.human._ansur import SEXES, SOURCE, Statistics, statistics
from immersive.human._derived import DERIVED, derived
from immersive.human.anthropometry import SAMPLE
from immersive.human.measured import counted, head_count, left_out_words, read_table
from immersive.human.people import Allowances, People, Words
from immersive.scene.station import MeasuredTable

FloatArray = NDArray[np.float64]

TRUST = 0.05
"""Measurements are taken to be good to this many standard deviations (3 mm of stature): a value that contradicts
the others a little does not throw the estimates far off."""
_DECIMALS = 5
_LISTED = 6


def read_individuals(
    data: str | bytes, /, *, file: str, allowances: Allowances | None = None, sex: str = ""
) -> People:
    """Measured people from a CSV file; see :func:`immersive.human.measured.read_table` for what it may hold.

    Raises:
        InputError: The table cannot be used; names file, line, column and what is allowed.
    """
    return individuals(read_table(data, file=file, sex=sex), allowances=allowances)


def individuals(
    table: MeasuredTable,
    /,
    *,
    allowances: Allowances | None = None,
    share_of_women: float | None = None,
) -> People:
    """The people of a table, with every dimension that a manikin needs.

    A measured dimension that the table lacks (for everyone or in one row) is the mean of the persons of ANSUR II,
    of the same sex, who share the dimensions that are there (multivariate normal regression); a derived
    dimension follows from the measured ones. ``notes`` says which were estimated.

    Args:
        table: At least sex and stature of each.
        allowances: Shoes, clothing, slump; the usual ones if None.
        share_of_women: Of the population they stand for; None: as many as there are.

    Raises:
        InputError: A row has no stature.
    """
    n = len(table.ids)
    names = statistics("female").names
    values = np.full((n, len(names)), np.nan)
    for j, name in enumerate(names):
        if name in table.dimensions:
            values[:, j] = table.dimensions[name]
    if np.isnan(values[:, names.index("stature")]).any():
        raise InputError(table.file, "a person without stature cannot be studied")
    given = ~np.isnan(values)
    for sex in SEXES:
        rows = np.flatnonzero(table.female if sex == "female" else ~table.female)
        _estimate(statistics(sex), values, given, rows)
    columns = {name: values[:, j] for j, name in enumerate(names)}
    for name in DERIVED:
        gap = np.isnan(columns[name])
        columns[name][gap] = derived(name, columns)[gap]
    values = np.asfortranarray(np.where(given, values, np.round(values, _DECIMALS)))
    values.flags.writeable = False
    estimated = {
        name: int((~given[:, j]).sum())
        for j, name in enumerate(statistics("female").measured)
        if not given[:, j].all()
    }
    return People(
        ids=table.ids,
        female=table.female,
        dimensions={name: values[:, j] for j, name in enumerate(names)},
        kind="individuals",
        how=_how(table, estimated),
        source=f"{table.file}; {SOURCE}" if estimated and table.survey != "ansur2" else table.file,
        allowances=allowances or Allowances(),
        share_of_women=share_of_women,
        notes=(*left_out_words(table), *table.notes, *_estimate_notes(estimated, n)),
    )


def _estimate(
    stats: Statistics, values: FloatArray, given: NDArray[np.bool_], rows: NDArray[np.intp]
) -> None:
    """Fill the measured dimensions of some rows: one regression for each pattern of gaps."""
    if rows.size == 0:
        return
    patterns, which = np.unique(given[rows], axis=0, return_inverse=True)
    d = len(stats.measured)
    covariance = stats.covariance
    low, high = 0.6 * stats.knots[:, 0], 1.7 * stats.knots[:, -1]
    for number, pattern in enumerate(patterns):
        gaps = np.flatnonzero(~pattern[:d])
        if gaps.size == 0:
            continue
        known = np.flatnonzero(pattern)
        chosen = rows[which.reshape(-1) == number]
        trusted = covariance[np.ix_(known, known)] + np.diag((TRUST * stats.sd[known]) ** 2)
        slopes = np.linalg.solve(trusted, covariance[np.ix_(known, gaps)])
        away = values[np.ix_(chosen, known)] - stats.mean[known]
        # einsum and not a matrix product: a person's figures must not depend on who else is in the table.
        filled = stats.mean[gaps] + np.einsum("nk,kg->ng", away, slopes)
        values[np.ix_(chosen, gaps)] = np.clip(filled, low[gaps], high[gaps])


def _how(table: MeasuredTable, estimated: dict[str, int]) -> Words:
    who = head_count(table)
    # French agrees in gender and number: a noun of its own avoids it.
    en, fr = (
        f"{who['en']} measured one by one ({table.file})",
        f"{who['fr']}, mesures individuelles ({table.file})",
    )
    if table.survey == "ansur2":
        en, fr = f"{en}; {SAMPLE['en']}", f"{fr} ; {SAMPLE['fr']}"
    if estimated:
        whose_en = "" if table.survey == "ansur2" else f"; the estimates rest on {SAMPLE['en']}"
        whose_fr = "" if table.survey == "ansur2" else f" ; ces estimations reposent sur {SAMPLE['fr']}"
        count = counted(len(estimated), "dimension", "dimension")
        en += f"; {count['en']}, absent wholly or in part, estimated from those given{whose_en}"
        fr += f" ; {count['fr']}, en tout ou partie absentes, estimées d'après celles données{whose_fr}"
    return {"en": en, "fr": fr}


def _estimate_notes(estimated: dict[str, int], n: int) -> Iterable[Words]:
    whole = [name for name, count in estimated.items() if count == n]
    partly = [f"{name} ({count})" for name, count in estimated.items() if count < n]
    if whole:
        yield {
            "en": f"estimated for everyone, because the table lacks them: {', '.join(whole)}",
            "fr": f"estimées pour tous, car absentes du tableau : {', '.join(whole)}",
        }
    if partly:
        shown = ", ".join(partly[:_LISTED]) + (f" … ({len(partly)})" if len(partly) > _LISTED else "")
        yield {
            "en": f"estimated for some, whose cells are empty: {shown}",
            "fr": f"estimées pour certaines personnes, dont les cases sont vides : {shown}",
        }
