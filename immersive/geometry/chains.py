"""Kinematic trees on a clock: where each link is, how fast its points move, and how far they can get.

What proofs about moving bodies stand on. For an interval of time, and a body by the corners of its box:

- *reach*: no point of the body gets farther than this from where it is at a time in between. Joints are moved
  one by one, the outermost first; each adds its chord at the lever arm it then has at most.
- *twist* and *bend*: between two knots of the clock joint rates are constant, the velocity field at a time
  is exact, and no acceleration exceeds ``bend``: for joints i inside k the second derivative of a point is
  z_i x (z_k x r), no longer than the lever arm about axis k.

World frame, metres, radians, seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FIXED, TURN, SLIDE = 0, 1, 2


_Arrays = tuple[
    IntArray, IntArray, IntArray, FloatArray, FloatArray, FloatArray, FloatArray, IntArray, IntArray
]


@dataclass(frozen=True, eq=False)
class Chain:
    """A tree of joints with positions at times, straight lines in joint space in between.

    Attributes:
        parents, children: (N,) links that each joint joins; link 0 stands still; parents come first.
        kinds: (N,) ``FIXED``, ``TURN`` or ``SLIDE``.
        frames: (N, 4, 4) parent link from joint at zero.
        axes: (N, 3) unit vectors in the joint's frame.
        coordinates: (N,) column of the positions that drives it; -1: none.
        factors, offsets: (N,) position = factor · column + offset.
        base: (4, 4) world from link 0.
        rest: (J,) positions at which the bodies are given.
        times: (K,) seconds, ascending, K ≥ 1.
        positions: (K, J).
    """

    parents: IntArray
    children: IntArray
    kinds: IntArray
    frames: FloatArray
    axes: FloatArray
    coordinates: IntArray
    factors: FloatArray
    offsets: FloatArray
    base: FloatArray
    rest: FloatArray
    times: FloatArray
    positions: FloatArray

    def at(self, times: FloatArray, /) -> FloatArray:
        """(n, J) positions at (n,) times; before the first and after the last it stands still."""
        columns = [np.interp(times, self.times, column) for column in self.positions.T]
        return np.stack(columns, axis=1) if columns else np.empty((len(times), 0))

    @cached_property
    def path(self) -> tuple[tuple[int, ...], ...]:
        """For each link the movable joints from the base to it."""
        found: list[tuple[int, ...]] = [()] * (int(self.children.max(initial=0)) + 1)
        for n, (parent, child) in enumerate(zip(self.parents, self.children, strict=True)):
            moves = self.kinds[n] != FIXED and self.coordinates[n] >= 0
            found[child] = (*found[parent], n) if moves else found[parent]
        return tuple(found)

    @cached_property
    def arrays(self) -> _Arrays:
        """The tree as the kernel wants it, with the inverse poses at rest and the paths one after the other."""
        rest = np.linalg.inv(self.poses(self.rest[None])[0][0])
        joints = np.array([n for path in self.path for n in path], np.int64)
        firsts = np.cumsum([0, *map(len, self.path)]).astype(np.int64)
        parents, children, kinds = (
            np.ascontiguousarray(one, np.int64) for one in (self.parents, self.children, self.kinds)
        )
        frames, axes, base, back = (
            np.ascontiguousarray(one, np.float64) for one in (self.frames, self.axes, self.base, rest)
        )
        return parents, children, kinds, frames, axes, base, back, joints, firsts

    def joints(self, positions: FloatArray, /) -> FloatArray:
        """(n, N) positions of all joints from (n, J) of those that may be set."""
        driven = self.coordinates >= 0
        out = np.zeros((len(positions), len(self.kinds)))
        out[:, driven] = positions[:, self.coordinates[driven]] * self.factors[driven] + self.offsets[driven]
        return out

    def poses(self, positions: FloatArray, /) -> tuple[FloatArray, FloatArray, FloatArray]:
        """World from link (n, L, 4, 4), and axes in the world: points (n, N, 3), directions (n, N, 3)."""
        count = len(positions)
        links = np.empty((count, int(self.children.max(initial=0)) + 1, 4, 4))
        links[:] = self.base
        points = np.empty((count, len(self.kinds), 3))
        directions = np.empty((count, len(self.kinds), 3))
        values = self.joints(positions)
        for n in range(len(self.kinds)):
            frame = links[:, self.parents[n]] @ self.frames[n]
            points[:, n] = frame[:, :3, 3]
            directions[:, n] = frame[:, :3, :3] @ self.axes[n]
            links[:, self.children[n]] = frame @ _moved(self.kinds[n], self.axes[n], values[:, n])
        return links, points, directions

    def world_from_rest(self, times: FloatArray, /) -> FloatArray:
        """(n, L, 4, 4) isometries that carry each link from where it rests to where it is at (n,) times."""
        rest = np.linalg.inv(self.poses(self.rest[None])[0][0])
        moved: FloatArray = self.poses(self.at(times))[0] @ rest
        return moved


def _moved(kind: int, axis: FloatArray, values: FloatArray) -> FloatArray:
    """(n, 4, 4) joint frame at zero from joint frame at (n,) positions; turns by Rodrigues' formula."""
    out = np.zeros((len(values), 4, 4))
    out[:, range(4), range(4)] = 1.0
    if kind == TURN:
        x, y, z = axis
        cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        s, c = np.sin(values)[:, None, None], np.cos(values)[:, None, None]
        out[:, :3, :3] += s * cross + (1.0 - c) * (cross @ cross)
    elif kind == SLIDE:
        out[:, :3, 3] = values[:, None] * axis
    return out


@dataclass(frozen=True, eq=False)
class Spans:
    """Bodies over intervals of time; n intervals, M bodies.

    Attributes:
        frames: (n, M, 4, 4) world from rest at the middle of each interval.
        corners: (n, M, 8, 3) corners of the boxes then, world.
        reach: (n, M) no point gets farther from where it is then, metres.
        twist: (n, M, 6) velocity of the points then: v + w x p, v first; zero where ``bend`` is infinite.
        bend: (n, M) bound on acceleration in the interval; infinite where it holds a knot.
    """

    frames: FloatArray
    corners: FloatArray
    reach: FloatArray
    twist: FloatArray
    bend: FloatArray


def spans(chain: Chain, links: IntArray, corners: FloatArray, starts: FloatArray, ends: FloatArray) -> Spans:
    """What bodies do in intervals of time.

    Args:
        chain: What moves them.
        links: (M,) the link that carries each.
        corners: (M, 8, 3) of a box around each, world, where they rest.
        starts, ends: (n,) seconds, starts ≤ ends.
    """
    from immersive.geometry._span_kernels import span_rows

    count, bodies = len(starts), len(links)
    before, after, positions = np.split(
        chain.at(np.concatenate([starts, ends, 0.5 * (starts + ends)])), [count, 2 * count]
    )
    low, high = _extremes(chain, before, after, starts, ends)
    swing = np.abs(chain.factors) * _driven(chain, np.maximum(high - positions, positions - low))
    inner = np.searchsorted(chain.times, starts, side="right") < np.searchsorted(
        chain.times, ends, side="left"
    )
    length = np.maximum(ends - starts, 1e-300)[:, None]
    rate = np.where(inner[:, None], 0.0, chain.factors * _driven(chain, (after - before) / length))
    made = Spans(
        np.empty((count, bodies, 4, 4)), np.empty((count, bodies, 8, 3)), np.empty((count, bodies)),
        np.empty((count, bodies, 6)), np.empty((count, bodies)),
    )  # fmt: skip
    span_rows(
        *chain.arrays, np.ascontiguousarray(links, np.int64), np.ascontiguousarray(corners, np.float64),
        chain.joints(positions), swing, rate, made.frames, made.corners, made.reach, made.bend, made.twist,
    )  # fmt: skip
    # An interval that reaches beyond the clock is as good as one with a knot.
    made.bend[inner] = np.inf
    return made


def _driven(chain: Chain, columns: FloatArray) -> FloatArray:
    """(n, N) values of the column that drives each joint; 0 for none."""
    out = np.zeros((len(columns), len(chain.kinds)))
    driven = chain.coordinates >= 0
    out[:, driven] = columns[:, chain.coordinates[driven]]
    return out


def _extremes(
    chain: Chain, before: FloatArray, after: FloatArray, starts: FloatArray, ends: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Least and greatest (n, J) positions in each interval: at its ends or at a knot inside."""
    low, high = np.minimum(before, after), np.maximum(before, after)
    first = np.searchsorted(chain.times, starts, side="right")
    last = np.searchsorted(chain.times, ends, side="left")
    some = first < last
    if some.any():
        # reduceat over [first, last) of each: pairs of indices, the odd results are thrown away.
        index = np.stack([first[some], last[some]], axis=1).ravel()
        padded = np.concatenate([chain.positions, chain.positions[-1:]])
        low[some] = np.minimum(low[some], np.minimum.reduceat(padded, index, axis=0)[::2])
        high[some] = np.maximum(high[some], np.maximum.reduceat(padded, index, axis=0)[::2])
    return low, high


def box_corners(lower: FloatArray, upper: FloatArray, /) -> FloatArray:
    """(…, 8, 3) corners of boxes from (…, 3) lower and upper corners."""
    bits = np.array([[k & 1, k >> 1 & 1, k >> 2 & 1] for k in range(8)], bool)
    corners: FloatArray = np.where(bits, upper[..., None, :], lower[..., None, :])
    return corners
