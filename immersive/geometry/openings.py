"""How large an opening is: the smallest slot, square and circle that it fits into, exact on its hull.

An opening is a ring of corners in its plane, metres. Whatever is convex and passes an opening passes every
convex opening that encloses it, so all three sizes are those of the convex hull.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SAME: Final = 2e-5
"""Sides that differ by less make a square, corners that miss a right angle by less a rectangle: float32 files
round a coordinate at ten metres by a tenth of it."""

ROUND_CORNERS: Final = 8
"""A ring with fewer corners is no circle, however regular."""

ROUND_SHARE: Final = 0.01
"""A circle's corners lie within this share of the radius from one circle."""


@dataclass(frozen=True, slots=True)
class OpeningSize:
    """Size of one opening, metres.

    Attributes:
        shape: ``"slot"`` (a rectangle that is not square), ``"square"``, ``"round"`` or ``"irregular"``.
        slot: Width of the narrowest slot it fits into.
        length: Its extent along that slot.
        square: Side of the smallest square it fits into, turned as it fits best.
        round: Diameter of the smallest circle it fits into.
    """

    shape: str
    slot: float
    length: float
    square: float
    round: float

    @property
    def e(self) -> float:
        """The smallest dimension, as the shape has it: narrow side, side, diameter; of an irregular one the slot."""
        return {"square": self.square, "round": self.round}.get(self.shape, self.slot)


def opening_size(ring: FloatArray, /) -> OpeningSize:
    """Measure the opening with corners (K, 2) in order, K ≥ 3, first not repeated.

    Raises:
        ValueError: The corners lie on one line: there is no opening.
    """
    import shapely

    corners = straightened(np.asarray(ring, np.float64))
    hull = convex_hull(corners)
    if len(hull) < 3:
        raise ValueError("the corners of an opening lie on one line")
    slot, length = least_width(hull)
    square = least_square(hull)
    diameter = 2.0 * float(shapely.minimum_bounding_radius(shapely.linestrings(hull)))
    return OpeningSize(_shape(corners, hull, slot, length, diameter), slot, length, square, diameter)


def _shape(corners: FloatArray, hull: FloatArray, slot: float, length: float, diameter: float) -> str:
    if len(corners) == 4 and len(hull) == 4:
        side = np.roll(corners, -1, axis=0) - corners
        opposite = np.abs(side[:2] + side[2:]).max()
        square_on = abs(float(side[0] @ side[1])) / max(float(np.linalg.norm(side[1])), SAME)
        if opposite <= SAME and square_on <= SAME:
            return "square" if abs(length - slot) <= SAME else "slot"
    if len(hull) >= ROUND_CORNERS and len(hull) == len(corners):
        radius = 0.5 * diameter
        middle = _circle_centre(hull)
        off = np.abs(np.linalg.norm(hull - middle, axis=1) - radius)
        chords = np.linalg.norm(np.roll(hull, -1, axis=0) - hull, axis=1)
        if off.max() <= ROUND_SHARE * radius and chords.max() < radius:
            return "round"
    return "irregular"


def _circle_centre(points: FloatArray) -> FloatArray:
    """Centre of the circle that fits the points best (least squares)."""
    middle = points.mean(axis=0)
    local = points - middle
    system = np.column_stack([2.0 * local, np.ones(len(local))])
    found = np.linalg.lstsq(system, (local**2).sum(axis=1), rcond=None)[0]
    centre: FloatArray = middle + found[:2]
    return centre


def straightened(ring: FloatArray) -> FloatArray:
    """The ring without corners that lie (to a tenth of :data:`SAME`) on the line between their neighbours."""
    points = ring
    while len(points) > 3:
        before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
        span = after - before
        length = np.hypot(span[:, 0], span[:, 1])
        off = np.abs(
            span[:, 0] * (points[:, 1] - before[:, 1]) - span[:, 1] * (points[:, 0] - before[:, 0])
        ) / np.maximum(length, 1e-12)
        flat = off <= 0.1 * SAME
        # Two neighbours must not go in one pass: each is judged by the other.
        flat[1:] &= ~flat[:-1]
        if flat[0] and flat[-1]:
            flat[-1] = False
        if not flat.any():
            break
        points = points[~flat]
    return points


def convex_hull(points: FloatArray, /) -> FloatArray:
    """(H, 2) corners of the hull, counter-clockwise, none on a straight line; H < 3 where they are collinear."""
    ordered = np.unique(points, axis=0)
    if len(ordered) < 3:
        return ordered

    def half(sequence: FloatArray) -> list[FloatArray]:
        kept: list[FloatArray] = []
        for point in sequence:
            while len(kept) > 1:
                a, b = kept[-1] - kept[-2], point - kept[-1]
                if a[0] * b[1] - a[1] * b[0] > 1e-15:
                    break
                kept.pop()
            kept.append(point)
        return kept

    return np.array(half(ordered)[:-1] + half(ordered[::-1])[:-1])


def least_width(hull: FloatArray, /) -> tuple[float, float]:
    """Least distance between two parallel lines that hold the hull (H, 2), and the extent along them.

    One of the two lines runs along a side of the hull.
    """
    side = np.roll(hull, -1, axis=0) - hull
    along = side / np.linalg.norm(side, axis=1)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    widths = np.ptp(hull @ across.T, axis=0)
    lengths = np.ptp(hull @ along.T, axis=0)
    narrow = np.flatnonzero(widths <= widths.min() + 1e-12)
    best = narrow[np.argmin(lengths[narrow])]
    # The narrow side of a square is as good as the other.
    return float(widths[best]), max(float(lengths[best]), float(widths[best]))


def least_square(hull: FloatArray, /) -> float:
    """Side of the smallest square, at any angle, that holds the hull (H, 2).

    Between two directions of sides both extents are sinusoids of known corners; the larger of them is
    least at an end or where the two are equal.
    """
    side = np.roll(hull, -1, axis=0) - hull
    quarter = 0.5 * np.pi
    breaks = np.unique(np.append(np.arctan2(side[:, 1], side[:, 0]) % quarter, [0.0, quarter]))
    angles = [breaks]
    middle = 0.5 * (breaks[1:] + breaks[:-1])
    u = np.stack([np.cos(middle), np.sin(middle)])
    v = np.stack([-np.sin(middle), np.cos(middle)])
    first = hull[np.argmax(hull @ u, axis=0)] - hull[np.argmin(hull @ u, axis=0)]
    second = hull[np.argmax(hull @ v, axis=0)] - hull[np.argmin(hull @ v, axis=0)]
    equal = np.arctan2(second[:, 1] - first[:, 0], first[:, 1] + second[:, 0]) % np.pi
    equal = np.where(equal > quarter, equal - quarter, equal)
    angles.append(equal[(equal >= breaks[:-1]) & (equal <= breaks[1:])])
    turned = np.concatenate(angles)
    extents_u = np.ptp(hull @ np.stack([np.cos(turned), np.sin(turned)]), axis=0)
    extents_v = np.ptp(hull @ np.stack([-np.sin(turned), np.cos(turned)]), axis=0)
    return float(np.maximum(extents_u, extents_v).min())
