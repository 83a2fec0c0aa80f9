"""What bodies sweep when they move, as a closed surface to look at.

Points of the surfaces are followed through the motion and mark the cells of a lattice; what the marked cells
enclose belongs to it; naive surface nets (Gibson 1998) round the steps off. It needs no closed meshes and is for
display: distances to what moves are told by :mod:`immersive.geometry.swept`, not by this surface.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.bodies import Body
from immersive.geometry.chains import Chain, box_corners, spans

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_POSES: Final = 2000
_FINEST: Final = 0.005
"""Metres; finer cells would show the triangles of the parts."""


@dataclass(frozen=True, eq=False)
class SweptVolume:
    """A closed surface around what was swept.

    Attributes:
        vertices: (V, 3) world, metres.
        faces: (F, 3) outward by the right-hand rule.
        deviation: No swept point is farther outside the surface, and no point of the surface farther from what
            was swept (or from a hollow that it encloses), metres.
    """

    vertices: FloatArray
    faces: IntArray
    deviation: float


def swept_volume(
    chain: Chain,
    bodies: Sequence[Body],
    links: Sequence[int],
    start: float,
    end: float,
    /,
    *,
    most: int = 3000,
) -> SweptVolume:
    """The surface of what bodies of one chain sweep from one time to another.

    Args:
        chain: What moves them.
        bodies: At least one, where they rest.
        links: The link that carries each.
        start, end: Seconds.
        most: Faces; the lattice is as fine as this allows.
    """
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    edges = np.linspace(start, end, 65)
    for body, link in zip(bodies, links, strict=True):
        made = spans(chain, np.array([link]), _box(body)[None], edges[:-1], edges[1:])
        reach = made.reach[:, :, None, None]
        low = np.minimum(low, (made.corners - reach).min(axis=(0, 1, 2)))
        high = np.maximum(high, (made.corners + reach).max(axis=(0, 1, 2)))
    size = np.maximum(high - low, 1e-3)
    # A box's surface has that many cells, two triangles each; swept shapes have about twice as much.
    area = 2.0 * float(size[0] * size[1] + size[1] * size[2] + size[2] * size[0])
    cell = max(float(np.sqrt(2.0 * area / most)), _FINEST)
    while True:
        origin, solid, stray = _marked(chain, bodies, links, start, end, cell, low, high)
        vertices, faces = _surface(solid)
        if len(faces) <= most:
            # The cell's diagonal where a point lies in it, and again where the net rounds it off.
            deviation = stray + 2.0 * np.sqrt(3.0) * cell
            return SweptVolume(origin + vertices * cell, faces, deviation)
        cell *= max(1.05, float(np.sqrt(len(faces) / most)))


def _marked(
    chain: Chain,
    bodies: Sequence[Body],
    links: Sequence[int],
    start: float,
    end: float,
    cell: float,
    low: FloatArray,
    high: FloatArray,
) -> tuple[FloatArray, NDArray[np.bool_], float]:
    """Origin and cells of the lattice, and how far a swept point may be from a marked one."""
    # Two empty cells all around.
    origin = low - 2.0 * cell
    solid = np.zeros(tuple(np.ceil((high - low) / cell).astype(np.int64) + 5), bool)
    strides = np.array([solid.shape[1] * solid.shape[2], solid.shape[2], 1])
    flat = solid.reshape(-1)
    stray = 0.0
    for body, link in zip(bodies, links, strict=True):
        points = body.to_world(_sampled(body, 0.5 * cell))
        corners = _box(body)[None]
        count = 16
        while True:
            edges = np.linspace(start, end, count + 1)
            made = spans(chain, np.array([link]), corners, edges[:-1], edges[1:])
            far = float(made.reach.max())
            if far <= 0.5 * cell or count >= _POSES:
                break
            count = min(_POSES, int(count * max(1.3, far / (0.5 * cell))) + 1)
        # Half a cell along the surface, and until the next pose.
        stray = max(stray, far + 0.5 * cell)
        for first in range(0, count, 64):
            frame = made.frames[first : first + 64, 0]
            at = np.einsum("nij,kj->nki", frame[:, :3, :3], points) + (frame[:, None, :3, 3] - origin)
            flat[(at / cell).astype(np.int64) @ strides] = True
    return origin, _filled(solid), stray


def _box(body: Body) -> FloatArray:
    """(8, 3) corners of the body's box, world."""
    box = body.shape.tree.boxes[0]
    return body.to_world(box_corners(box[:3] - box[3:], box[:3] + box[3:]))


def _sampled(body: Body, spacing: float) -> FloatArray:
    """Points of the body's surface in its frame, no farther apart than the spacing."""
    corners = body.shape.vertices[body.shape.faces]
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    parts = np.maximum(1, np.ceil(edges / spacing)).astype(np.int64)
    every = [corners[parts == 1].reshape(-1, 3)]
    for n in np.unique(parts[parts > 1]):
        some = corners[parts == n]
        i, j = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
        inside = i + j <= n
        u, v = i[inside] / n, j[inside] / n
        weights = np.stack([1.0 - u - v, u, v], axis=1)
        every.append(np.einsum("wk,tkj->twj", weights, some).reshape(-1, 3))
    points = np.concatenate(every)
    # One in each small cube is enough: the others are no farther than its diagonal.
    small = 0.5 * spacing / np.sqrt(3.0)
    _, first = np.unique(np.floor(points / small).astype(np.int64), axis=0, return_index=True)
    return points[np.sort(first)]


def _filled(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The cells and all that they enclose: what the outside cannot flow into."""
    outside = np.zeros_like(solid)
    outside[0] = outside[-1] = True
    outside[:, 0] = outside[:, -1] = True
    outside[:, :, 0] = outside[:, :, -1] = True
    while True:
        before = int(outside.sum())
        for axis in range(3):
            forward = np.moveaxis(outside, axis, 0)
            free = np.moveaxis(solid, axis, 0)
            for k in range(1, len(forward)):
                forward[k] |= forward[k - 1] & ~free[k]
            for k in range(len(forward) - 2, -1, -1):
                forward[k] |= forward[k + 1] & ~free[k]
        if int(outside.sum()) == before:
            return ~outside


def _surface(solid: NDArray[np.bool_]) -> tuple[FloatArray, IntArray]:
    """Naive surface nets of a lattice whose rim is empty; cell units, closed."""
    shape = np.array(solid.shape)
    strides = np.array([shape[1] * shape[2], shape[2], 1])
    # Corners of the dual cubes are centres of the cells; a cube is named by its lowest corner.
    flat = solid.reshape(-1)
    lowest = np.stack(np.meshgrid(*[np.arange(n - 1) for n in shape], indexing="ij"), axis=-1).reshape(-1, 3)
    bits = np.array([[k >> 2 & 1, k >> 1 & 1, k & 1] for k in range(8)])
    state = flat[(lowest @ strides)[:, None] + bits @ strides]
    mixed = state.any(axis=1) & ~state.all(axis=1)
    cubes, state = lowest[mixed], state[mixed]
    total = np.zeros((len(cubes), 3))
    count = np.zeros(len(cubes))
    for a in range(8):
        for b in range(a + 1, 8):
            if np.abs(bits[a] - bits[b]).sum() == 1:
                cut = state[:, a] != state[:, b]
                total[cut] += 0.5 * (bits[a] + bits[b])
                count[cut] += 1
    # Centres of cells lie half a cell above their lower corner.
    vertices = cubes + 0.5 + total / np.maximum(count, 1)[:, None]
    number = np.full(solid.size, -1)
    number[cubes @ strides] = np.arange(len(cubes))
    quads = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        edge = np.moveaxis(solid, axis, 0)
        change = np.argwhere(edge[1:] != edge[:-1])
        if len(change) == 0:
            continue
        place = np.empty_like(change)
        rest = [k for k in range(3) if k != axis]
        place[:, axis] = change[:, 0]
        place[:, rest[0]], place[:, rest[1]] = change[:, 1], change[:, 2]
        base = place @ strides
        around = np.stack(
            [
                number[base - strides[u] - strides[v]],
                number[base - strides[v]],
                number[base],
                number[base - strides[u]],
            ],
            axis=1,
        )
        outward = flat[base]
        around[~outward] = around[~outward][:, ::-1]
        quads.append(around)
    every = np.concatenate(quads)
    return vertices, np.concatenate([every[:, [0, 1, 2]], every[:, [0, 2, 3]]])
