"""Makes ``assets/manikin/template.npz``: skin, faces and weights of the template person.

    python -m assets.workshop.manikin [FILE]

Our own work, from formulas alone. The left half is the mirror image of the right one, point by point.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from assets.workshop.manikin_shape import body
from assets.workshop.manikin_weights import weights
from assets.workshop.surface_nets import settle, surface_nets

TEMPLATE = Path(__file__).resolve().parents[1] / "manikin" / "template.npz"
LEVELS = (1 << 16) - 1
"""An odd number: the middle of the body is one of them."""
MIRROR = np.array([-1.0, 1.0, 1.0])


def axis(*stops: tuple[float, float]) -> np.ndarray:
    """Grid lines from stop to stop, about so far apart: (end, spacing)."""
    lines = [stops[0][0]]
    for (a, _), (b, step) in pairwise(stops):
        count = max(1, round((b - a) / step))
        lines += list(a + (b - a) * np.arange(1, count + 1) / count)
    return np.array(lines)


def template() -> dict[str, np.ndarray]:
    """Arrays of the file."""
    half = axis((0.0095, 0.0), (0.25, 0.0205), (0.48, 0.0215), (0.66, 0.0095))
    xs = np.concatenate([-half[::-1], half])
    ys = axis((-0.16, 0.0), (0.16, 0.0155), (0.24, 0.019))
    zs = axis((-0.05, 0.0), (0.06, 0.0165), (0.76, 0.027), (0.95, 0.010), (1.42, 0.0225), (1.72, 0.0145))
    vertices, faces = surface_nets(body, xs, ys, zs)
    twin = twins(vertices)
    # Faces are cut along either diagonal, so that the two halves settle a little apart.
    for rounds in (12, 2):
        vertices = settle(body, vertices, faces, rounds=rounds)
        vertices = 0.5 * (vertices + vertices[twin] * MIRROR)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    # Symmetric limits, so that rounding keeps the mirror image.
    low[0] = -high[0]
    step = (high - low) / (LEVELS - 1)
    whole = np.round((vertices - low) / step)
    vertices = low + whole * step
    return {
        "low": low,
        "step": step,
        "vertices": whole.astype(np.uint16),
        "faces": faces.astype(np.uint16),
        "weights": np.round(weights(vertices) * 255.0).astype(np.uint8),
    }


def twins(vertices: np.ndarray) -> np.ndarray:
    """(V,) each vertex's mirror image."""
    distance, partner = cKDTree(vertices * MIRROR).query(vertices)
    if distance.max() > 1e-9 or (partner[partner] != np.arange(len(vertices))).any():
        raise SystemExit(f"the template is not symmetric: {distance.max():.4f} m apart")
    return partner


if __name__ == "__main__":
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else TEMPLATE
    arrays = template()
    into.parent.mkdir(parents=True, exist_ok=True)
    with into.open("wb") as file:
        np.savez_compressed(file, **arrays)
    print(
        f"{into.name}: {len(arrays['vertices'])} vertices, {len(arrays['faces'])} faces, {into.stat().st_size} bytes"
    )
