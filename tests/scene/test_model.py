from __future__ import annotations

import numpy as np
import pytest

from immersive.scene.model import Mesh, Part, Role, Scene

TETRA = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
FACES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]])


def volume(triangles: np.ndarray) -> float:
    return float(np.einsum("ij,ij->i", triangles[:, 0], np.cross(triangles[:, 1], triangles[:, 2])).sum() / 6)


def part(matrix: np.ndarray, **kwargs: object) -> Part:
    return Part("p", "p", ("p",), Mesh(TETRA, FACES), matrix, **kwargs)  # type: ignore[arg-type]


def test_mesh_is_read_only_and_keyed_by_content() -> None:
    mesh = Mesh(TETRA, FACES)
    with pytest.raises(ValueError, match="read-only"):
        mesh.vertices[0, 0] = 1.0
    assert mesh.key == Mesh(TETRA.copy(), FACES.copy(), name="other").key
    assert mesh.key != Mesh(TETRA * 2.0, FACES).key
    assert TETRA.flags.writeable, "the caller's own array keeps its flag"


def test_bounds_ignore_vertices_no_face_uses() -> None:
    mesh = Mesh(np.vstack([TETRA, [[99.0, 99, 99]]]), FACES)
    assert mesh.bounds is not None
    assert mesh.bounds[1].tolist() == [1.0, 1.0, 1.0]
    assert Mesh(TETRA, np.zeros((0, 3), int)).bounds is None


def test_rotated_bounds_are_exact_not_the_box_of_a_box() -> None:
    angle = np.pi / 4
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    bounds = part(matrix).bounds
    assert bounds is not None
    np.testing.assert_allclose(bounds, [[-np.sqrt(0.5), 0, 0], [np.sqrt(0.5), np.sqrt(0.5), 1]], atol=1e-15)


def test_mirrored_part_keeps_outward_winding() -> None:
    assert volume(part(np.eye(4)).world_triangles()) == pytest.approx(1 / 6)
    mirrored = part(np.diag([-2.0, 1, 1, 1]))
    assert mirrored.mirrored
    assert volume(mirrored.world_triangles()) == pytest.approx(2 / 6)


def test_part_refuses_nan_pose() -> None:
    with pytest.raises(ValueError, match=r"'p'.*finite"):
        part(np.full((4, 4), np.nan))


def test_scene_refuses_double_ids_and_counts_instances() -> None:
    one = part(np.eye(4), role=Role.FENCE)
    with pytest.raises(ValueError, match="two parts have the id 'p'"):
        Scene("s", (one, one))
    mesh = one.mesh
    two = Scene("s", (one, Part("q", "q", ("q",), mesh, np.eye(4))))
    assert two.triangles == 8
    assert len(two.meshes) == 1
    assert Scene("empty", ()).bounds is None
