"""All pairs of bodies within a distance: sweep over world boxes, then exact distances on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.bodies import Body, Pack
from immersive.geometry.distance import FOUND, pair_distances

FloatArray = NDArray[np.float64]
PairArray = NDArray[np.int64]
Progress = Callable[[float], None]

_CHUNK: Final = 16
"""Pairs a thread takes at a time: few enough to balance, enough to hide the call."""
_LONGEST: Final = 1024
"""Most pairs in a chunk, so that progress is told now and then."""
_SAME_MOTION: Final = 4e-15
"""Motions that differ by less, per metre from the origin, are one motion written with other roundings."""
_INCLUSIVE: Final = 1e-12
"""Relative widening of the search distance, so that a pair exactly at it is found."""


@dataclass(frozen=True, eq=False)
class PairDistances:
    """Exact surface distances of pairs of bodies.

    Attributes:
        pairs: (P, 2) int64 body numbers.
        distance: (P,) metres, 0 up to rounding where surfaces meet; ``inf`` beyond the bound.
        point_a, point_b: (P, 3) closest points in the world; only where finite.
        row_a, row_b: (P,) int64 rows of the closest triangles in the pack; only where finite.
    """

    pairs: PairArray
    distance: FloatArray
    point_a: FloatArray
    point_b: FloatArray
    row_a: PairArray
    row_b: PairArray


def box_gaps(bounds: FloatArray, pairs: PairArray, /) -> FloatArray:
    """(P,) distances of the world boxes (B, 6) of pairs (P, 2)."""
    a, b = bounds[pairs[:, 0]], bounds[pairs[:, 1]]
    apart = np.maximum(np.maximum(a[:, :3] - b[:, 3:], b[:, :3] - a[:, 3:]), 0.0)
    gaps: FloatArray = np.sqrt(np.einsum("pi,pi->p", apart, apart))
    return gaps


def box_pairs(bounds: FloatArray, within: float, /, *, labels: NDArray[np.int64] | None = None) -> PairArray:
    """Pairs (a < b) whose world boxes are at most ``within`` apart, in ascending order.

    Args:
        bounds: (B, 6) lower and upper corners, finite.
        within: Metres, may be ``inf``.
        labels: (B,) pairs with equal labels are left out.
    """
    count = len(bounds)
    if count < 2:
        return np.empty((0, 2), np.int64)
    reach = within * (1.0 + _INCLUSIVE)
    spans = bounds[:, 3:].max(axis=0) - bounds[:, :3].min(axis=0)
    axis = int(np.argmax(spans / np.maximum((bounds[:, 3:] - bounds[:, :3]).mean(axis=0), 1e-9)))
    order = np.argsort(bounds[:, axis], kind="stable")
    low = bounds[order, axis]
    end = np.searchsorted(low, bounds[order, axis + 3] + reach, side="right")
    found = []
    # In slices, so that memory stays bounded for thousands of bodies that all overlap.
    for start in range(0, count, 512):
        stop = min(start + 512, count)
        n = np.maximum(end[start:stop] - np.arange(start, stop) - 1, 0)
        first = np.repeat(np.arange(start, stop), n)
        second = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n) + first + 1
        pairs = np.stack([order[first], order[second]], axis=1)
        if labels is not None:
            pairs = pairs[labels[pairs[:, 0]] != labels[pairs[:, 1]]]
        pairs = pairs[box_gaps(bounds, pairs) <= reach]
        pairs.sort(axis=1)
        found.append(pairs)
    every = np.concatenate(found).astype(np.int64)
    return every[np.lexsort((every[:, 1], every[:, 0]))]


def thread_count(threads: int | None) -> int:
    """``threads``, or the cores this process may use."""
    if threads is not None:
        return max(1, threads)
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def distances(
    pack: Pack,
    pairs: PairArray,
    limits: FloatArray | float,
    /,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> PairDistances:
    """Exact distances of the given pairs, each up to its own limit.

    The result does not depend on ``threads`` or on the order of the pairs.

    Args:
        pack: The bodies.
        pairs: (P, 2) body numbers.
        limits: Metres, one or (P,); may be ``inf``.
        threads: Number of threads; default all cores this process may use.
        progress: Told the fraction done.
    """
    count = len(pairs)
    pairs = np.ascontiguousarray(pairs, np.int64).reshape(-1, 2)
    # The kernel keeps what is strictly below its bound; touching is kept at limit 0 as well.
    bounds = np.empty(count)
    bounds[:] = np.asarray(limits, np.float64) * (1.0 + _INCLUSIVE) + 1e-12
    # Each pair is measured from the lower body number, so that swapping a pair changes nothing.
    swapped = pairs[:, 0] > pairs[:, 1]
    ordered = np.sort(pairs, axis=1)
    results = np.empty((count, FOUND))

    trees, roots = pack.blocks, pack.block_roots
    alike = _alike(pack, ordered, bounds)
    todo = np.flatnonzero(alike == np.arange(count))

    def work(chunk: PairArray) -> int:
        pair_distances(
            trees.boxes, trees.links, trees.lanes, trees.starts, pack.rows,
            roots, pack.frames, ordered, bounds, chunk, results,
        )  # fmt: skip
        return len(chunk)

    # Few chunks for many pairs, since each costs a hand-over; enough of them that no core waits long.
    chunk = min(max(len(todo) // (16 * thread_count(threads)), _CHUNK), _LONGEST)
    run_chunks(work, todo, threads=threads, progress=progress, chunk=chunk)
    _copy_alike(pack, ordered, alike, results)
    results[:, 0] = np.where(results[:, 0] <= bounds, results[:, 0], np.inf)
    finite = np.isfinite(results[:, 0])
    rows = np.where(finite[:, None], results[:, 7:9], -1.0).astype(np.int64)
    points = np.where(finite[:, None], results[:, 1:7], np.nan)
    flip = swapped[:, None]
    return PairDistances(
        pairs,
        results[:, 0].copy(),
        np.where(flip, points[:, 3:], points[:, :3]),
        np.where(flip, points[:, :3], points[:, 3:]),
        np.where(swapped, rows[:, 1], rows[:, 0]),
        np.where(swapped, rows[:, 0], rows[:, 1]),
    )


def _alike(pack: Pack, pairs: PairArray, bounds: FloatArray) -> PairArray:
    """(P,) number of a pair of the same two shapes at the same motion from one to the other, or of itself.

    Of pairs that are the same but for rounding the one with the least body numbers stands for all.
    """
    count = len(pairs)
    alike = np.arange(count)
    if count < _CHUNK:
        return alike
    shapes = pack.first[pairs]
    order = np.lexsort((shapes[:, 1], shapes[:, 0]))
    same = (shapes[order[1:]] == shapes[order[:-1]]).all(axis=1)
    often = np.zeros(count, bool)
    often[order[1:]] = same
    often[order[:-1]] |= same
    some = np.flatnonzero(often)
    if len(some) == 0:
        return alike
    a, b = pack.frames[pairs[some, 0]], pack.frames[pairs[some, 1]]
    back = b[:, :9].reshape(-1, 3, 3).transpose(0, 2, 1)
    turn = back @ a[:, :9].reshape(-1, 3, 3)
    shift = np.einsum("pij,pj->pi", back, a[:, 9:] - b[:, 9:])
    motion = np.hstack([turn.reshape(-1, 9), shift])
    coarse = np.round(motion * 1e6) + 0.0
    keys = (pairs[some, 1], pairs[some, 0], bounds[some], *coarse.T, shapes[some, 1], shapes[some, 0])
    order = np.lexsort(keys)
    some, motion, coarse = some[order], motion[order], coarse[order]
    fixed = np.hstack([shapes[some], bounds[some, None], coarse])
    fresh = np.ones(len(some), bool)
    fresh[1:] = (fixed[1:] != fixed[:-1]).any(axis=1)
    leader = np.maximum.accumulate(np.where(fresh, np.arange(len(some)), 0))
    size = 1.0 + np.abs(pack.frames[pairs[some]][:, :, 9:]).max(axis=(1, 2))
    close = np.abs(motion - motion[leader]).max(axis=1) <= _SAME_MOTION * size
    alike[some] = np.where(close, some[leader], some)
    return alike


def _copy_alike(pack: Pack, pairs: PairArray, alike: PairArray, results: FloatArray) -> None:
    """Give each pair that another stands for the result of that one, its points moved along."""
    copies = np.flatnonzero(alike != np.arange(len(alike)))
    if len(copies) == 0:
        return
    source = alike[copies]
    results[copies] = results[source]
    old, new = pack.frames[pairs[source, 1]], pack.frames[pairs[copies, 1]]
    for columns in (slice(1, 4), slice(4, 7)):
        local = np.einsum("pij,pi->pj", old[:, :9].reshape(-1, 3, 3), results[source, columns] - old[:, 9:])
        results[copies, columns] = np.einsum("pij,pj->pi", new[:, :9].reshape(-1, 3, 3), local) + new[:, 9:]


def run_chunks(
    work: Callable[[PairArray], int],
    todo: PairArray,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    chunk: int = _CHUNK,
) -> None:
    """Call ``work`` on slices of ``todo`` on several threads; it writes to places of its own."""
    chunks = [todo[start : start + chunk] for start in range(0, len(todo), chunk)]
    workers = min(thread_count(threads), len(chunks))
    done = 0

    def tell(made: int) -> None:
        nonlocal done
        done += made
        if progress is not None:
            progress(done / len(todo))

    if workers <= 1:
        for part in chunks:
            tell(work(part))
        return
    with ThreadPoolExecutor(workers) as pool:
        for made in pool.map(work, chunks):
            tell(made)


def within(
    pack: Pack,
    distance: float,
    /,
    *,
    labels: Sequence[int] | NDArray[np.int64] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> PairDistances:
    """All pairs of bodies whose surfaces are at most ``distance`` metres apart, ascending by number.

    Surfaces only: a body wholly inside another counts by its gap; see ``containment``.

    Args:
        pack: The bodies.
        distance: Metres.
        labels: (B,) bodies with equal labels are not compared.
        threads: See :func:`distances`.
        progress: Told the fraction done.
    """
    marks = None if labels is None else np.asarray(labels, np.int64)
    candidates = box_pairs(pack.bounds, distance, labels=marks)
    return _finite(distances(pack, candidates, distance, threads=threads, progress=progress))


def moved(
    pack: Pack,
    places: Mapping[int, Body],
    distance: float,
    /,
    *,
    labels: Sequence[int] | NDArray[np.int64] | None = None,
    threads: int | None = None,
) -> PairDistances:
    """Distances of some bodies at new places to all bodies at most ``distance`` metres away.

    What a part that is dragged, or the links of a robot that moves, come near to: made for each frame of
    a display. Nothing is built but the boxes of what moved.

    Args:
        pack: The bodies where they were.
        places: New body of each body number that moved, see ``Pack.moved``; others stay.
        distance: Metres, may be ``inf``.
        labels: (B,) bodies with equal labels are not compared: parts that move as one, say.
        threads: See :func:`distances`; few pairs are measured on the calling thread.

    Returns:
        Pairs (one that moved, another), by number; two that both moved come once, lower number first.
    """
    there = pack.moved(places)
    reach = distance * (1.0 + _INCLUSIVE)
    marks = np.arange(len(pack.bodies)) if labels is None else np.asarray(labels, np.int64)
    low, high = there.bounds[:, :3], there.bounds[:, 3:]
    still = np.ones(len(pack.bodies), bool)
    found = []
    for k in sorted(places):
        near = ((low <= high[k] + reach) & (high >= low[k] - reach)).all(axis=1)
        near &= (marks != marks[k]) & still
        still[k] = False
        others = np.flatnonzero(near)
        found.append(np.stack([np.full(len(others), k, np.int64), others], axis=1))
    pairs = np.concatenate([np.empty((0, 2), np.int64), *found])
    pairs = pairs[box_gaps(there.bounds, pairs) <= reach]
    return _finite(distances(there, pairs, distance, threads=threads))


def _finite(found: PairDistances) -> PairDistances:
    near = np.isfinite(found.distance)
    return PairDistances(
        found.pairs[near],
        found.distance[near],
        found.point_a[near],
        found.point_b[near],
        found.row_a[near],
        found.row_b[near],
    )
