"""Ways over a lattice of places (and headings): shortest, or widest. One kernel, deterministic.

A state is (heading, row, column); moves lead from one heading to one heading and from cell to cell.
Which moves are free is the caller's to prove.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import kernel

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@kernel
def _spread(allowed, first, to_heading, step, cost, weight, keys, states, widest, value, came):  # type: ignore[no-untyped-def]
    """Dijkstra: value (H, R·C) and came (H·R·C,) previous state, both prefilled, the seeds' values set.

    allowed (M, R·C), moves of heading h are first[h]:first[h + 1]; step (M,) cells. keys and states come
    in as the seeds in ascending order, which is a heap. Of equal keys the smaller state comes first, so
    that nothing is left to chance.
    """
    plane = allowed.shape[1]
    size = len(keys)
    count = size
    while count > 0:
        key = keys[0]
        state = states[0]
        count -= 1
        a = keys[count]
        b = states[count]
        k = 0
        while True:
            child = 2 * k + 1
            if child >= count:
                break
            if child + 1 < count and (
                keys[child + 1] < keys[child]
                or (keys[child + 1] == keys[child] and states[child + 1] < states[child])
            ):
                child += 1
            if keys[child] > a or (keys[child] == a and states[child] >= b):
                break
            keys[k] = keys[child]
            states[k] = states[child]
            k = child
        keys[k] = a
        states[k] = b
        h = state // plane
        cell = state - h * plane
        if key > value[h, cell]:
            continue
        for m in range(first[h], first[h + 1]):
            if not allowed[m, cell]:
                continue
            other = cell + step[m]
            g = to_heading[m]
            new = max(key, -weight[other]) if widest else key + cost[m] * weight[other]
            if not new < value[g, other]:
                continue
            value[g, other] = new
            b = g * plane + other
            came[b] = state
            if count == size:
                size *= 2
                more = np.empty(size)
                more_states = np.empty(size, np.int64)
                for k in range(count):
                    more[k] = keys[k]
                    more_states[k] = states[k]
                keys = more
                states = more_states
            k = count
            count += 1
            while k > 0:
                up = (k - 1) // 2
                if keys[up] < new or (keys[up] == new and states[up] <= b):
                    break
                keys[k] = keys[up]
                states[k] = states[up]
                k = up
            keys[k] = new
            states[k] = b


@dataclass(frozen=True, eq=False)
class Moves:
    """What can be done on a lattice.

    Attributes:
        first: (H + 1,) moves of heading h are ``first[h]:first[h + 1]``.
        to_heading: (M,) heading after the move.
        step: (M, 2) rows and columns.
        cost: (M,).
    """

    first: IndexArray
    to_heading: IndexArray
    step: IndexArray
    cost: FloatArray

    @property
    def headings(self) -> int:
        return len(self.first) - 1


@dataclass(frozen=True, eq=False)
class Spread:
    """Values of all states from some seeds, and where each was come from.

    Attributes:
        value: (H, R, C); inf where no way leads. For widest ways: minus the least weight on the way.
        came: (H·R·C,) the state before, -1 for seeds and for states without a way.
    """

    value: FloatArray
    came: IndexArray

    def way(self, state: int, /) -> IndexArray:
        """States from the seed to ``state``."""
        found = [int(state)]
        while self.came[found[-1]] >= 0:
            found.append(int(self.came[found[-1]]))
        return np.array(found[::-1], np.int64)


def spread(
    moves: Moves,
    allowed: BoolArray,
    seeds: IndexArray,
    begin: FloatArray,
    /,
    *,
    weight: FloatArray,
    widest: bool = False,
) -> Spread:
    """Shortest or widest ways from the seeds to everywhere.

    Args:
        moves: What can be done.
        allowed: (M, R, C) which move may be made from which cell; none may lead off the lattice.
        seeds: (S,) states heading · R · C + row · C + column.
        begin: (S,) value each begins with.
        weight: (R, C) factor on the cost of entering a cell; for widest ways the cell's width.
        widest: Maximise the least weight instead of minimising the sum of costs.
    """
    shape = (moves.headings, *allowed.shape[1:])
    value = np.full(shape, np.inf)
    came = np.full(value.size, -1, np.int64)
    flat = value.reshape(-1)
    np.minimum.at(flat, seeds, begin)
    states = np.unique(np.asarray(seeds, np.int64))
    states = states[np.argsort(flat[states], kind="stable")]
    states = states[np.isfinite(flat[states]) | widest]
    if len(states) == 0:
        return Spread(value, came)
    _spread(
        np.ascontiguousarray(allowed).reshape(len(allowed), -1),
        moves.first,
        moves.to_heading,
        moves.step[:, 0] * shape[2] + moves.step[:, 1],
        moves.cost,
        np.ascontiguousarray(weight, np.float64).ravel(),
        flat[states],
        states,
        widest,
        value.reshape(shape[0], -1),
        came,
    )
    return Spread(value, came)
