"""Surface nets: a closed mesh of the zero level of a field on a rectilinear grid, then drawn onto the field.

Gibson 1998, "Constrained elastic surface nets": one vertex in each cell that the surface crosses, at the
mean of its crossings, one quadrilateral across each grid edge with a change of sign.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Field = Callable[[np.ndarray], np.ndarray]
"""(n, 3) points → (n,) signed distance, negative inside."""


def surface_nets(
    field: Field, xs: np.ndarray, ys: np.ndarray, zs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(V, 3) vertices and (F, 3) faces wound outwards; the grid's border must lie outside."""
    axes = (xs, ys, zs)
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    value = field(grid.reshape(-1, 3)).reshape(grid.shape[:3])
    value = unambiguous(value)
    inside = value < 0.0
    cells = tuple(n - 1 for n in value.shape)
    total, count = np.zeros((*cells, 3)), np.zeros(cells)
    for axis in range(3):
        low = [slice(None)] * 3
        high = [slice(None)] * 3
        low[axis], high[axis] = slice(0, -1), slice(1, None)
        a, b = value[tuple(low)], value[tuple(high)]
        crossing = inside[tuple(low)] != inside[tuple(high)]
        share = np.where(crossing, a / np.where(crossing, a - b, 1.0), 0.0)
        at = grid[tuple(low)] + share[..., None] * (grid[tuple(high)] - grid[tuple(low)])
        others = [i for i in range(3) if i != axis]
        for du in (0, 1):
            for dv in (0, 1):
                part = [slice(None)] * 3
                for other, d in zip(others, (du, dv), strict=True):
                    part[other] = slice(d, d + cells[other])
                total += np.where(crossing[tuple(part)][..., None], at[tuple(part)], 0.0)
                count += crossing[tuple(part)]
    used = count > 0
    index = np.full(cells, -1)
    index[used] = np.arange(used.sum())
    vertices = total[used] / count[used][:, None]
    faces = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        low = [slice(1, -1)] * 3
        high = [slice(1, -1)] * 3
        low[axis], high[axis] = slice(0, -1), slice(1, None)
        crossing = inside[tuple(low)] != inside[tuple(high)]
        outward = inside[tuple(low)][crossing]
        place = np.argwhere(crossing)
        place[:, u] += 1
        place[:, v] += 1
        corner = []
        for du, dv in ((-1, -1), (0, -1), (0, 0), (-1, 0)):
            cell = place.copy()
            cell[:, u] += du
            cell[:, v] += dv
            corner.append(index[tuple(cell.T)])
        quad = np.stack(corner, axis=1)
        quad = np.where(outward[:, None], quad, quad[:, ::-1])
        faces.append(quad)
    return vertices, triangles(vertices, np.concatenate(faces))


def unambiguous(value: np.ndarray) -> np.ndarray:
    """Where a ridge grazes a face of the grid, its corners alternate in and out: the nearer of
    those outside is taken in.

    The grid is symmetric in x.
    """
    value = value.copy()
    for _ in range(20):
        found = 0
        for axis in range(3):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            corners = []
            for du, dv in ((0, 0), (1, 0), (1, 1), (0, 1)):
                part = [slice(None)] * 3
                part[u] = slice(du, du + value.shape[u] - 1)
                part[v] = slice(dv, dv + value.shape[v] - 1)
                corners.append(value[tuple(part)])
            a, b, c, d = (corner < 0.0 for corner in corners)
            for place in np.argwhere((a == c) & (b == d) & (a != b)):
                options = []
                for du, dv in ((0, 0), (1, 0), (1, 1), (0, 1)):
                    at = place.copy()
                    at[u] += du
                    at[v] += dv
                    if value[tuple(at)] >= 0.0:
                        options.append((value[tuple(at)], tuple(at)))
                if len(options) == 2:
                    value[min(options)[1]] = -1e-6
                found += 1
        # The left half stays the right one's mirror image.
        half = value.shape[0] // 2
        value[:half] = value[-half:][::-1]
        if not found:
            break
    return value


def triangles(vertices: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """(2 n, 3) faces of (n, 4) quadrilaterals, cut along the shorter diagonal that is no edge of another."""
    p = vertices[quads]
    one = np.linalg.norm(p[:, 0] - p[:, 2], axis=1) <= np.linalg.norm(p[:, 1] - p[:, 3], axis=1) + 1e-9
    for _ in range(4):
        faces = np.concatenate([quads[one][:, [0, 1, 2]], quads[one][:, [0, 2, 3]],
                                quads[~one][:, [0, 1, 3]], quads[~one][:, [1, 2, 3]]])  # fmt: skip
        diagonal = np.sort(np.where(one[:, None], quads[:, [0, 2]], quads[:, [1, 3]]), axis=1)
        edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
        size = len(vertices)
        keys, counts = np.unique(edges[:, 0].astype(np.int64) * size + edges[:, 1], return_counts=True)
        taken = np.isin(diagonal[:, 0].astype(np.int64) * size + diagonal[:, 1], keys[counts > 2])
        if not taken.any():
            break
        one = one ^ taken
    return faces.astype(np.int32)


def gradient(field: Field, points: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """(n, 3) by central differences."""
    out = np.empty_like(points)
    for axis in range(3):
        d = np.zeros(3)
        d[axis] = step
        out[:, axis] = (field(points + d) - field(points - d)) / (2.0 * step)
    return out


def settle(field: Field, vertices: np.ndarray, faces: np.ndarray, *, rounds: int = 12) -> np.ndarray:
    """Vertices spread evenly along the surface and put onto it."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    both = np.concatenate([edges, edges[:, ::-1]])
    degree = np.bincount(both[:, 0], minlength=len(vertices))
    p = vertices.copy()
    for turn in range(rounds):
        slope = gradient(field, p)
        steep = np.maximum((slope**2).sum(axis=1), 0.05)
        normal = slope / np.sqrt(steep)[:, None]
        mean = np.stack([np.bincount(both[:, 0], p[both[:, 1], i], len(p)) for i in range(3)], axis=1)
        pull = mean / degree[:, None] - p
        if turn < rounds - 2:
            p = p + 0.5 * (pull - (pull * normal).sum(axis=1)[:, None] * normal)
        p = p - np.clip(field(p) / steep, -0.006, 0.006)[:, None] * slope
    return p
