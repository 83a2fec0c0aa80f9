"""The surface of what a motion sweeps."""

from __future__ import annotations

import numpy as np
import pytest

from immersive.geometry.chains import SLIDE, TURN
from immersive.geometry.swept_volume import swept_volume
from immersive.geometry.topology import mesh_topology
from tests.geometry import meshes
from tests.geometry.test_swept import X, Z, box, joint


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    corners = vertices[faces]
    return float(np.einsum("fi,fi->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6.0)


@pytest.mark.parametrize("most", [800, 3000, 12000])
def test_a_sliding_box_sweeps_a_longer_box(most: int) -> None:
    slide = joint(SLIDE, X, (0, 0, 0), [0.0, 1.0], [0.0, 1.5])
    made = swept_volume(slide, [box((0.5, 0.4, 0.3))], [1], 0.0, 1.0, most=most)
    assert len(made.faces) <= most
    low, high = made.vertices.min(axis=0), made.vertices.max(axis=0)
    assert low == pytest.approx([-0.25, -0.2, -0.15], abs=made.deviation)
    assert high == pytest.approx([1.75, 0.2, 0.15], abs=made.deviation)
    # Every vertex near the true surface, and the volume between those of the boxes that wide around it.
    outside = np.maximum(
        np.maximum([-0.25, -0.2, -0.15] - made.vertices, made.vertices - [1.75, 0.2, 0.15]), 0.0
    )
    assert np.linalg.norm(outside, axis=1).max() <= made.deviation
    d = made.deviation
    assert max(0, 2 - 2 * d) * max(0, 0.4 - 2 * d) * max(0, 0.3 - 2 * d) < volume(made.vertices, made.faces)
    assert volume(made.vertices, made.faces) < (2 + 2 * d) * (0.4 + 2 * d) * (0.3 + 2 * d)


def test_it_is_closed_and_faces_outwards() -> None:
    turn = joint(TURN, Z, (0, 0, 0), [0.0, 1.0], [0.0, 1.8])
    made = swept_volume(turn, [box((1.0, 0.05, 0.05), (0.6, 0, 0)), box((0.2, 0.2, 0.4))], [1, 1], 0.0, 1.0)
    edges = np.concatenate([made.faces[:, [0, 1]], made.faces[:, [1, 2]], made.faces[:, [2, 0]]])
    # Each edge as often one way as the other: no rim, whichever way pieces touch.
    forward = {tuple(edge) for edge in edges.tolist()}
    assert all((b, a) in forward for a, b in forward)
    sector = 0.5 * 1.8 * (1.1**2 - 0.1**2) * 0.05
    assert sector < volume(made.vertices, made.faces) < sector + 0.016 + 40 * made.deviation * 0.1
    assert mesh_topology(made.vertices, made.faces.astype(np.int32)) is not None


def test_what_it_encloses_is_filled_and_an_open_shell_is_no_trouble() -> None:
    slide = joint(SLIDE, X, (0, 0, 0), [0.0, 1.0], [0.0, 0.1])
    shell = meshes.body(meshes.opened(meshes.box(1.0), 2))
    whole = swept_volume(slide, [box((1, 1, 1))], [1], 0.0, 1.0, most=4000)
    lidless = swept_volume(slide, [shell], [1], 0.0, 1.0, most=4000)
    assert volume(whole.vertices, whole.faces) > 0.9
    assert volume(lidless.vertices, lidless.faces) < 0.6
