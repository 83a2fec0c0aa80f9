"""What of a point or a surface the eyes see, and what hides the rest: rays from both eyes to samples.

A surface is sampled evenly by area with a low-discrepancy sequence: deterministic, and closer to the true share
than as many random points. The half width stated for a share is that of random points: half of 1/√k for k.
The person's own body hides nothing here: it is not in the scene.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.geometry.rays import RayScene
from immersive.human.vision import Eyes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

EYE_OFFSET: Final = 0.01
"""What lies closer to an eye hides nothing, metres: the eye's place in the head is a model."""
SURFACE_OFFSET: Final = 0.002
"""What lies closer to a sample of a surface hides nothing, metres: a label, a foil, the surface itself."""
SAMPLES: Final = 400
"""Samples of a surface: shares to within 2.5 %."""
PATCH_DEPTH: Final = 0.03
"""A rectangle that a layout gives lies this well on its part: the part hides it from farther only, metres."""
FLAT: Final = math.radians(10.0)
"""Triangles turned less from the one at the place of interest belong to its face."""
FLAT_DEPTH: Final = 0.005
"""And those whose middle lies within this of its plane, metres."""

_R2: Final = (0.7548776662466927, 0.5698402909980532)
"""Steps of the R2 sequence: powers of the inverse plastic number (Roberts 2018)."""


@dataclass(frozen=True, eq=False)
class Samples:
    """What is looked at, as k points.

    Attributes:
        points: (k, 3) world, metres; each stands for the same share.
        normals: (k, 3) unit vectors to the front; zero where both sides can be seen, or there is no side.
        own: (k,) body of the ray scene that a sample lies on; -1: none.
        offset: What lies closer to a sample hides nothing, metres.
        area: Square metres; 0 for points.
        own_offset: The body a sample lies on hides it only from farther than this, metres (or ``offset``).
    """

    points: FloatArray
    normals: FloatArray
    own: IntArray
    offset: float
    area: float = 0.0
    own_offset: float = 0.0

    @property
    def center(self) -> FloatArray:
        """(3,) mean."""
        return np.asarray(self.points.mean(axis=0))

    @property
    def normal(self) -> FloatArray:
        """(3,) unit mean normal; zero if there is none."""
        mean = self.normals.mean(axis=0)
        length = float(np.linalg.norm(mean))
        return np.asarray(mean / length if length > 0.0 else mean)

    @property
    def uncertainty(self) -> float:
        """Half width of a share for want of more samples."""
        return 0.5 / math.sqrt(len(self.points)) if len(self.points) > 1 else 0.0


def point_sample(point: ArrayLike, /, *, offset: float) -> Samples:
    """One point that can be seen from everywhere."""
    at = np.asarray(point, np.float64).reshape(1, 3)
    return Samples(at, np.zeros((1, 3)), np.full(1, -1, np.int64), offset)


def surface_samples(
    triangles: ArrayLike,
    /,
    *,
    own: ArrayLike = -1,
    two_sided: bool = False,
    count: int = SAMPLES,
    offset: float = SURFACE_OFFSET,
) -> Samples:
    """Samples of a surface, evenly by area.

    Args:
        triangles: (F, 3, 3) world, metres, wound counter-clockwise seen from the front; some area in all.
        own: Body that each triangle belongs to, one or (F,).
        two_sided: True if the winding does not tell the front.
        count: Of samples.
        offset: See :class:`Samples`.
    """
    corners = np.asarray(triangles, np.float64).reshape(-1, 3, 3)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normal, axis=1)
    area = 0.5 * float(size.sum())
    if not area > 0.0:
        raise ValueError("a surface without area cannot be sampled")
    ends = np.cumsum(size) / size.sum()
    steps = (np.arange(count) + 0.5) / count
    chosen = np.minimum(np.searchsorted(ends, steps, side="right"), len(size) - 1)
    u, v = _r2(count)
    over = u + v > 1.0
    u, v = np.where(over, 1.0 - u, u), np.where(over, 1.0 - v, v)
    a, b, c = (corners[chosen, k] for k in range(3))
    front = np.zeros((count, 3)) if two_sided else normal[chosen] / size[chosen, None]
    owner = np.broadcast_to(np.asarray(own, np.int64), size.shape)[chosen]
    return Samples(
        a + u[:, None] * (b - a) + v[:, None] * (c - a),
        front,
        owner.copy(),
        offset,
        area,
    )


def rectangle(
    center: ArrayLike,
    normal: ArrayLike,
    width: float,
    height: float,
    /,
    *,
    own: int = -1,
    count: int = SAMPLES,
    offset: float = SURFACE_OFFSET,
) -> Samples:
    """Samples of an upright rectangle: ``width`` is level, ``normal`` (3,) points to its front.

    Of a level one (a normal straight up or down) the height runs along +Y.
    """
    middle, front = np.asarray(center, np.float64), np.asarray(normal, np.float64)
    front = front / np.linalg.norm(front)
    level = np.array([-front[1], front[0], 0.0])
    length = float(np.linalg.norm(level))
    right = level / length if length > 1e-9 else np.array([1.0, 0.0, 0.0])
    up = np.cross(front, right)
    # Not a grid: edges that hide are often level or upright, and would take or leave whole rows of it.
    u, v = _r2(count)
    x, y = (u - 0.5) * width, (v - 0.5) * height
    return Samples(
        middle + x[:, None] * right + y[:, None] * up,
        np.tile(front, (count, 1)),
        np.full(count, own, np.int64),
        offset,
        width * height,
        PATCH_DEPTH,
    )


def _r2(count: int) -> tuple[FloatArray, FloatArray]:
    steps = np.arange(1, count + 1, dtype=np.float64)
    return (0.5 + steps * _R2[0]) % 1.0, (0.5 + steps * _R2[1]) % 1.0


def flat_face(triangles: ArrayLike, nearest: int, /, *, about: ArrayLike, radius: float) -> IntArray:
    """Numbers of the triangles of the flat face that one of them lies in.

    Args:
        triangles: (F, 3, 3) world, metres.
        nearest: The triangle the face is taken from.
        about: (3,) place of interest.
        radius: Triangles whose middle is farther from it are left out, metres.
    """
    corners = np.asarray(triangles, np.float64)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normal, axis=1)
    unit = normal / np.where(size > 0.0, size, 1.0)[:, None]
    middle = corners.mean(axis=1)
    like = unit @ unit[nearest] >= math.cos(FLAT)
    level = np.abs((middle - middle[nearest]) @ unit[nearest]) <= FLAT_DEPTH
    near = np.linalg.norm(middle - np.asarray(about, np.float64), axis=1) <= radius
    chosen = like & level & near & (size > 0.0)
    chosen[nearest] = True
    return np.flatnonzero(chosen)


@dataclass(frozen=True, eq=False)
class Seen:
    """Shares of what is looked at, 0 to 1, of the shape (…) of the eyes.

    Attributes:
        right, left: Seen by each eye.
        either, both: Seen by at least one, by both.
        hidden_by: Body → (…) share that it hides; what the two eyes lose to different bodies is halved.
        turned_away: (…) share hidden by its own front being turned away from both eyes.
    """

    right: FloatArray
    left: FloatArray
    either: FloatArray
    both: FloatArray
    hidden_by: dict[int, FloatArray]
    turned_away: FloatArray


def look(rays: RayScene | None, eyes: Eyes, samples: Samples, /, *, threads: int | None = None) -> Seen:
    """How much of the samples the eyes see.

    Args:
        rays: What can hide; None: nothing.
        eyes: Of shape (…).
        samples: What they look at.
        threads: See :class:`immersive.geometry.rays.RayScene`; does not change the answer.
    """
    pair = np.stack([eyes.right, eyes.left], axis=-2)
    shape = pair.shape[:-2]
    starts = pair.reshape(-1, 1, 3)
    line = starts - samples.points
    fronted = (samples.normals != 0.0).any(axis=1)
    away = fronted & (np.einsum("nki,ki->nk", line, samples.normals) <= 0.0)
    k = len(samples.points)
    blocker = np.full((len(starts), k), -1, np.int64)
    todo = np.flatnonzero(~away.ravel())
    if rays is not None and len(todo):
        eye, sample = np.divmod(todo, k)
        blocker.ravel()[todo] = rays.between(
            starts[eye, 0],
            samples.points[sample],
            start_offset=EYE_OFFSET,
            end_offset=samples.offset,
            own=samples.own[sample],
            own_offset=samples.own_offset,
            threads=threads,
        ).body
    by, away = blocker.reshape(-1, 2, k), away.reshape(-1, 2, k)
    clear = (by < 0) & ~away

    def shares(of: NDArray[np.bool_]) -> FloatArray:
        return np.asarray(of.sum(axis=-1) / k).reshape(shape)

    lost = ~clear.any(axis=1)
    hidden_by = {
        int(body): np.asarray(((by == body) & lost[:, None]).sum(axis=(1, 2)) / (2 * k)).reshape(shape)
        for body in np.unique(np.where(lost[:, None], by, -1))
        if body >= 0
    }
    return Seen(
        shares(clear[:, 0]),
        shares(clear[:, 1]),
        shares(clear.any(axis=1)),
        shares(clear.all(axis=1)),
        hidden_by,
        np.asarray((away & lost[:, None]).sum(axis=(1, 2)) / (2 * k)).reshape(shape),
    )
