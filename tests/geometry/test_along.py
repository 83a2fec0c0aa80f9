"""How far one body lies beyond another along a direction while both move, against every corner at both ends."""

from __future__ import annotations

import numpy as np

from immersive.geometry import shapes
from immersive.geometry._along_kernels import bodies_apart
from immersive.geometry._jit import kernel
from immersive.geometry.bodies import Shapes, pack
from immersive.geometry.bvh import STACK
from tests.geometry import meshes


@kernel
def _wholes(n, fa, fb, h, roots, r, t, boxes, links, rows, stack, keys):  # type: ignore[no-untyped-def]
    return bodies_apart(n, fa, fb, h, roots[0], roots[1], r, t, boxes, links, rows, stack, keys)


def test_wholes_against_every_corner() -> None:
    rng = np.random.default_rng(7)
    one, two = shapes.sphere(0.3, segments=12), shapes.capsule(0.2, 0.5, segments=12)
    bodies = [Shapes().body(made.vertices, made.faces, np.eye(4)) for made in (one, two)]
    both = pack([body for body in bodies if body is not None])
    corners = [body.shape.used for body in both.bodies]
    for _ in range(50):
        place = meshes.random_motion(rng, 1.0)
        n = rng.normal(size=3)
        n /= np.linalg.norm(n)
        fields = rng.normal(size=(2, 6))
        h = float(rng.uniform(0.0, 0.5))
        r, t = np.ascontiguousarray(place[:3, :3]), np.ascontiguousarray(place[:3, 3])
        a, b = corners[0] @ r.T + t, corners[1]
        truth = []
        for side in (-h, h):
            there = [p + side * (f[:3] + np.cross(f[3:], p)) for p, f in zip((a, b), fields, strict=True)]
            truth.append((there[1] @ n).min() - (there[0] @ n).max())
        found = _wholes(
            n, fields[0], fields[1], h, both.roots, r, t, both.boxes, both.links, both.rows,
            np.empty((STACK, 2), np.int32), np.empty(STACK),
        )  # fmt: skip
        assert abs(found - min(truth)) < 1e-12
