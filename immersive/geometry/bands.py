"""How near triangles come on the floor plan, height by height.

Tables of safety distances ask for the horizontal distance to what lies between two heights. Each triangle
is cut to the band exactly; the outline of what is left, seen from above, is five segments at most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class BandDistances:
    """The nearest of each band.

    Attributes:
        distance: (K,) metres on the plan; ``inf`` where nothing lies in the band.
        near: (K, 2) point of the line.
        far: (K, 3) point of the triangles; NaN without any.
    """

    distance: FloatArray
    near: FloatArray
    far: FloatArray


def band_distances(
    triangles: FloatArray, levels: ArrayLike, line: ArrayLike, /, *, within: float = np.inf
) -> BandDistances:
    """Plan distance of a line to the triangles between each two levels.

    Args:
        triangles: (F, 3, 3) world, metres.
        levels: (K + 1,) ascending heights; a band takes in both its ends.
        line: (2, 2) the two ends of a straight line on the floor plan; they may be equal.
        within: Metres; what is farther need not be found.
    """
    edges = np.asarray(levels, np.float64)
    ends = np.asarray(line, np.float64).reshape(2, 2)
    count = len(edges) - 1
    out = BandDistances(np.full(count, np.inf), np.full((count, 2), np.nan), np.full((count, 3), np.nan))
    if np.isfinite(within):
        a, b, c = triangles[:, 0, :2], triangles[:, 1, :2], triangles[:, 2, :2]
        nearest = np.maximum(np.minimum(np.minimum(a, b), c) - ends.max(axis=0), 0.0)
        nearest += np.maximum(ends.min(axis=0) - np.maximum(np.maximum(a, b), c), 0.0)
        triangles = triangles[np.einsum("fi,fi->f", nearest, nearest) <= within * within]
    heights = triangles[:, :, 2]
    low = np.minimum(np.minimum(heights[:, 0], heights[:, 1]), heights[:, 2])
    high = np.maximum(np.maximum(heights[:, 0], heights[:, 1]), heights[:, 2])
    for k in range(count):
        chosen = triangles[(high >= edges[k]) & (low <= edges[k + 1])]
        if len(chosen) == 0:
            continue
        segments = _outlines(chosen, edges[k], edges[k + 1])
        distance, near, far = _nearest(segments, ends)
        inside = _over(chosen, edges[k], edges[k + 1], ends[0])
        if inside is not None and distance > 0.0:
            distance, near, far = 0.0, ends[0], inside
        out.distance[k], out.near[k], out.far[k] = distance, near, far
    return out


def _outlines(triangles: FloatArray, low: float, high: float) -> FloatArray:
    """(S, 2, 3) edges of the triangles cut to the band, and the cuts themselves."""
    starts, ends = triangles, np.roll(triangles, -1, axis=1)
    rise = ends[:, :, 2] - starts[:, :, 2]
    level = rise == 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        t_low = np.where(level, 0.0, (low - starts[:, :, 2]) / rise)
        t_high = np.where(level, 1.0, (high - starts[:, :, 2]) / rise)
    first = np.clip(np.minimum(t_low, t_high), 0.0, 1.0)
    last = np.clip(np.maximum(t_low, t_high), 0.0, 1.0)
    inside_level = level & (starts[:, :, 2] >= low) & (starts[:, :, 2] <= high)
    crosses = ~level & (np.maximum(starts[:, :, 2], ends[:, :, 2]) >= low)
    crosses &= np.minimum(starts[:, :, 2], ends[:, :, 2]) <= high
    kept = inside_level | crosses
    way = ends - starts
    made = [
        np.stack([starts + first[..., None] * way, starts + last[..., None] * way], axis=2)[kept],
    ]
    for height in (low, high):
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (height - starts[:, :, 2]) / rise
        hits = ~level & (t >= 0.0) & (t <= 1.0)
        several = hits.sum(axis=1) >= 2
        if not several.any():
            continue
        points = starts + np.where(hits, t, 0.0)[..., None] * way
        # The two hits farthest apart are the cut, also where it runs through a corner.
        chosen, mask = points[several], hits[several]
        best = np.full(len(chosen), -1.0)
        cut = np.zeros((len(chosen), 2, 3))
        for i, j in ((0, 1), (1, 2), (0, 2)):
            length = np.where(
                mask[:, i] & mask[:, j], np.linalg.norm(chosen[:, i] - chosen[:, j], axis=1), -1.0
            )
            longer = length > best
            best = np.where(longer, length, best)
            cut[longer] = np.stack([chosen[:, i], chosen[:, j]], axis=1)[longer]
        made.append(cut)
    return np.concatenate(made)


def _nearest(segments: FloatArray, line: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Plan distance of segments (S, 2, 3) to the line, with the points."""
    a, b = segments[:, 0, :2], segments[:, 1, :2]
    p, q = line
    d, e = b - a, q - p
    cross = d[:, 0] * e[1] - d[:, 1] * e[0]
    w = p - a
    skew = cross != 0.0
    divisor = np.where(skew, cross, 1.0)
    s = (w[:, 0] * e[1] - w[:, 1] * e[0]) / divisor
    t = (w[:, 0] * d[:, 1] - w[:, 1] * d[:, 0]) / divisor
    meets = skew & (s >= 0.0) & (s <= 1.0) & (t >= 0.0) & (t <= 1.0)
    best = (np.inf, p, segments[0, 0])
    if meets.any():
        k = int(np.argmax(meets))
        return 0.0, p + t[k] * e, segments[k, 0] + s[k] * (segments[k, 1] - segments[k, 0])
    length2 = np.einsum("si,si->s", d, d)
    for point in line:
        u = np.einsum("si,si->s", point - a, d) / np.where(length2 > 0.0, length2, 1.0)
        u = np.clip(u, 0.0, 1.0)
        gaps = np.linalg.norm(a + u[:, None] * d - point, axis=1)
        k = int(np.argmin(gaps))
        if gaps[k] < best[0]:
            best = (float(gaps[k]), point, segments[k, 0] + u[k] * (segments[k, 1] - segments[k, 0]))
    whole = float(e @ e)
    for end, corner in ((a, segments[:, 0]), (b, segments[:, 1])):
        v = np.clip((end - p) @ e / (whole or 1.0), 0.0, 1.0)
        feet = p + v[:, None] * e
        gaps = np.linalg.norm(end - feet, axis=1)
        k = int(np.argmin(gaps))
        if gaps[k] < best[0]:
            best = (float(gaps[k]), feet[k], corner[k])
    return best


def _over(triangles: FloatArray, low: float, high: float, point: FloatArray) -> FloatArray | None:
    """A point of the triangles within the band, right above or below a point of the plan; None without one."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    u, v, w = b[:, :2] - a[:, :2], c[:, :2] - a[:, :2], point - a[:, :2]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    upright = area == 0.0
    divisor = np.where(upright, 1.0, area)
    s = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / divisor
    t = (u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) / divisor
    held = ~upright & (s >= 0.0) & (t >= 0.0) & (s + t <= 1.0)
    z = a[:, 2] + np.where(held, s, 0.0) * (b[:, 2] - a[:, 2]) + np.where(held, t, 0.0) * (c[:, 2] - a[:, 2])
    held &= (z >= low) & (z <= high)
    if not held.any():
        return None
    return np.array([point[0], point[1], z[int(np.argmax(held))]])
