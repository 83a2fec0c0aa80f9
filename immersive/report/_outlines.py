"""Outlines of parts in a drawing plane, made once for each mesh and orientation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.silhouette import clip, section, silhouette
from immersive.scene.model import Part

FloatArray = NDArray[np.float64]

SLOP = 1e-9


@dataclass(frozen=True, slots=True)
class Plane:
    """A way to look at the world: right, up and depth (away from the viewer, or down in a plan).

    ``axes`` is a (3, 3) rotation whose rows are u, v and depth.
    """

    axes: tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]

    @property
    def matrix(self) -> FloatArray:
        return np.array(self.axes, np.float64)

    def point(self, position: Sequence[float]) -> tuple[float, float, float]:
        """(u, v, depth) of a world point."""
        u, v, depth = self.matrix @ np.asarray(position, np.float64)
        return float(u), float(v), float(depth)

    def box(self, bounds: FloatArray) -> FloatArray:
        """(2, 3) box in (u, v, depth) around a (2, 3) world box."""
        corners = np.array([[bounds[i, 0], bounds[j, 1], bounds[k, 2]]
                            for i in (0, 1) for j in (0, 1) for k in (0, 1)])  # fmt: skip
        seen = corners @ self.matrix.T
        return np.stack([seen.min(axis=0), seen.max(axis=0)])


PLAN = Plane(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0)))


def elevation(azimuth: float) -> Plane:
    """A side view whose right is the horizontal direction ``azimuth`` (radians from +X), up is Z."""
    # Rounded, so that a view along an axis has no 6e-17 in it and reads the same on every machine.
    c, s = round(math.cos(azimuth), 12) + 0.0, round(math.sin(azimuth), 12) + 0.0
    return Plane(((c, s, 0.0), (0.0, 0.0, 1.0), (-s + 0.0, c, 0.0)))


@dataclass
class Outlines:
    """Outlines with a memory: many parts share a mesh in the same orientation.

    The memory lives as long as one report; nothing in it depends on the order of the calls.
    """

    _kept: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def whole(self, part: Part, plane: Plane, cell: float, *, thin: float = 0.0) -> Any:
        """Silhouette of the whole part in (u, v)."""
        linear = plane.matrix @ part.world_from_mesh[:3, :3]
        offset = plane.matrix @ part.world_from_mesh[:3, 3]
        key = (part.mesh.key, np.round(linear[:2], 9).tobytes(), round(cell, 9), round(thin, 9))
        if key not in self._kept:
            flat = part.mesh.vertices @ linear[:2].T
            self._kept[key] = silhouette(flat[part.mesh.faces], cell, thin=thin)
        return _moved(self._kept[key], float(offset[0]), float(offset[1]))

    def between(
        self, part: Part, plane: Plane, cell: float, lower: float, upper: float, *, thin: float = 0.0
    ) -> Any:
        """Silhouette of what of the part lies at depths from ``lower`` to ``upper``."""
        from shapely import union_all

        box = None if part.bounds is None else plane.box(part.bounds)
        if box is None:
            return self.whole(part, plane, cell)
        if box[0, 2] >= lower - SLOP and box[1, 2] <= upper + SLOP:
            return self.whole(part, plane, cell, thin=thin)
        linear = plane.matrix @ part.world_from_mesh[:3, :3]
        offset = plane.matrix @ part.world_from_mesh[:3, 3]
        low, high = lower - float(offset[2]), upper - float(offset[2])
        key = (part.mesh.key, np.round(linear, 9).tobytes(), round(cell, 9), round(thin, 9),
               round(low, 6), round(high, 6))  # fmt: skip
        if key not in self._kept:
            seen = (part.mesh.vertices @ linear.T)[part.mesh.faces]
            shape = silhouette(clip(seen, 2, low, high)[:, :, :2], cell, thin=thin)
            if box[0, 2] < lower - SLOP:
                # A solid that is cut open shows its cut face, not only its rim.
                shape = union_all([shape, section(seen, 2, low)])
            self._kept[key] = shape
        return _moved(self._kept[key], float(offset[0]), float(offset[1]))

    def window(
        self,
        part: Part,
        plane: Plane,
        cell: float,
        window: tuple[float, float, float, float],
        *,
        lower: float = -math.inf,
        upper: float = math.inf,
        thin: float = 0.0,
    ) -> Any:
        """Silhouette of what lies in a window (least u, v, greatest u, v) and between two depths.

        Not remembered: each picture has its own window.
        """
        from shapely import Polygon, clip_by_rect

        if part.bounds is None:
            return Polygon()
        box = plane.box(part.bounds)
        if (box[0, 0] > window[2] or box[1, 0] < window[0] or box[0, 1] > window[3]
                or box[1, 1] < window[1] or box[0, 2] > upper or box[1, 2] < lower):  # fmt: skip
            return Polygon()
        linear = plane.matrix @ part.world_from_mesh[:3, :3]
        offset = plane.matrix @ part.world_from_mesh[:3, 3]
        seen = (part.mesh.vertices @ linear.T + offset)[part.mesh.faces]
        # A margin keeps the outline's own line outside the picture where the part goes on.
        margin = 4.0 * cell
        seen = clip(seen, 2, lower, upper)
        seen = clip(seen, 0, window[0] - margin, window[2] + margin)
        seen = clip(seen, 1, window[1] - margin, window[3] + margin)
        region = silhouette(seen[:, :, :2], cell, thin=thin)
        return clip_by_rect(
            region, window[0] - margin, window[1] - margin, window[2] + margin, window[3] + margin
        )


def cut_at(part: Part, plane: Plane, depths: Sequence[float]) -> Any:
    """The part's sections at some depths, together, in (u, v): what is solid there, not only its rim."""
    from shapely import union_all

    linear = plane.matrix @ part.world_from_mesh[:3, :3]
    offset = plane.matrix @ part.world_from_mesh[:3, 3]
    seen = (part.mesh.vertices @ linear.T + offset)[part.mesh.faces]
    return union_all([section(seen, 2, depth) for depth in depths])


def _moved(region: Any, u: float, v: float) -> Any:
    from shapely.affinity import translate

    return translate(region, u, v)
