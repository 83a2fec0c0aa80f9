"""A strip of floor around a centre polyline: its two edges, mitred at the bends, and one quad per leg.

Everything is on the floor plan, metres. "Left" and "right" are seen in walking direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.errors import UsageError

FloatArray = NDArray[np.float64]

SHARPEST_TURN: Final = np.deg2rad(150.0)
"""A mitre is 3.9 half-widths long at this turn; beyond it the strip has no sensible outer corner."""


class StripError(UsageError):
    """The polyline cannot carry a strip of that width.

    Attributes:
        kind: ``"short"`` (fewer than two different points), ``"sharp"`` (turns back on itself)
            or ``"tight"`` (a leg is too short for the bends at its ends).
        index: Index in ``path`` of the point or leg it is about.
    """

    def __init__(self, message: str, kind: str, index: int) -> None:
        super().__init__(message)
        self.kind = kind
        self.index = index


@dataclass(frozen=True, eq=False)
class Strip:
    """Edges of a strip. Make it with :func:`mitred_strip`.

    Attributes:
        path: (P, 2) centre line, repeated points removed.
        width: Metres, across the path.
        left, right: (P, 2) edges.
    """

    path: FloatArray
    width: float
    left: FloatArray
    right: FloatArray

    @property
    def legs(self) -> int:
        return len(self.path) - 1

    @cached_property
    def directions(self) -> FloatArray:
        """(legs, 2) unit vectors along the path."""
        step = np.diff(self.path, axis=0)
        unit: FloatArray = step / np.linalg.norm(step, axis=1)[:, None]
        return unit

    @cached_property
    def quads(self) -> FloatArray:
        """(legs, 4, 2) convex counter-clockwise quads that tile the strip."""
        return np.stack([self.right[:-1], self.right[1:], self.left[1:], self.left[:-1]], axis=1)

    @cached_property
    def stations(self) -> FloatArray:
        """(P,) length along the path up to each point."""
        return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(self.path, axis=0), axis=1))])

    @cached_property
    def inner(self) -> FloatArray:
        """(legs + 1,) running sum of each leg's shorter edge.

        A straight line inside the strip that crosses legs i+1 … j-1 whole is at least
        ``inner[j] - inner[i + 1]`` long.
        """
        shorter = np.minimum(
            np.linalg.norm(np.diff(self.left, axis=0), axis=1),
            np.linalg.norm(np.diff(self.right, axis=0), axis=1),
        )
        return np.concatenate([[0.0], np.cumsum(shorter)])

    @cached_property
    def bounds(self) -> FloatArray:
        """(2, 2) lower and upper corner."""
        both = np.concatenate([self.left, self.right])
        return np.stack([both.min(axis=0), both.max(axis=0)])


def mitred_strip(path: ArrayLike, width: float, /) -> Strip:
    """The strip of constant ``width`` around the (P, 2) polyline ``path``.

    Raises:
        StripError: Fewer than two different points, a turn sharper than
            :data:`SHARPEST_TURN`, or a leg shorter than the bends at its ends need.
        ValueError: ``width`` is not positive or something is not finite.
    """
    points = np.asarray(path, np.float64).reshape(-1, 2)
    if not (np.isfinite(points).all() and np.isfinite(width) and width > 0.0):
        raise ValueError("path must be finite and width positive")
    if len(points):
        points = points[np.concatenate([[True], (np.diff(points, axis=0) != 0.0).any(axis=1)])]
    if len(points) < 2:
        raise StripError("a path needs two different points", "short", 0)
    step = np.diff(points, axis=0)
    along = step / np.linalg.norm(step, axis=1)[:, None]
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    mitre = np.concatenate([normal[:1], normal[1:] + normal[:-1], normal[-1:]])
    cosines = np.einsum("ij,ij->i", along[1:], along[:-1])
    sharp = np.flatnonzero(cosines < np.cos(SHARPEST_TURN))
    if len(sharp):
        turn = np.rad2deg(np.arccos(np.clip(cosines[sharp[0]], -1.0, 1.0)))
        raise StripError(f"the path turns by {turn:.0f} degrees", "sharp", int(sharp[0]) + 1)
    mitre[1:-1] /= (1.0 + cosines)[:, None]
    left, right = points + 0.5 * width * mitre, points - 0.5 * width * mitre
    for edge in (left, right):
        tight = np.flatnonzero(np.einsum("ij,ij->i", np.diff(edge, axis=0), along) <= 0.0)
        if len(tight):
            raise StripError("the path bends tighter than half its width", "tight", int(tight[0]))
    return Strip(points, float(width), left, right)
