"""What every reader does with raw triangles: clean them, colour them, join several into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.errors import InputError
from immersive.findings import text
from immersive.formats._base import Instance
from immersive.scene.model import FloatArray, Mesh, Notice, Severity

Color = tuple[float, float, float, float]

PLAIN: Color = (0.8, 0.8, 0.8, 1.0)
"""For triangles without a colour in a mesh where others have one."""


def notice(
    code: str,
    severity: Severity,
    file: str,
    en: str,
    fr: str,
    *,
    place: str | None = None,
    subject: str | None = None,
    data: Mapping[str, Any] | None = None,
    **values: object,
) -> Notice:
    """A notice with its sentence in both languages, ``{name}`` fields filled from ``values``."""
    return Notice(code, severity, file, text(en, fr, **values), place, subject, data or {})


def rgba8(color: Color) -> NDArray[np.uint8]:
    """(4,) uint8 of a colour in 0…1, clipped."""
    return np.round(np.clip(color, 0.0, 1.0) * 255.0).astype(np.uint8)


def clean_mesh(
    vertices: ArrayLike,
    faces: ArrayLike,
    *,
    file: str,
    place: str,
    name: str = "",
    face_colors: NDArray[np.uint8] | None = None,
    deflection: float = 0.0,
) -> Mesh:
    """A mesh of raw triangles: indices checked, triangles with corners that are no numbers counted and left out.

    Args:
        vertices: (V, 3).
        faces: (F, 3) integers.
        file: For messages.
        place: For messages.
        name: Of the mesh.
        face_colors: (F, 4) uint8 or None.
        deflection: See :class:`Mesh`.

    Raises:
        InputError: An index outside ``[0, V)``.
    """
    points = np.ascontiguousarray(vertices, np.float64).reshape(-1, 3)
    corners = np.asarray(faces).reshape(-1, 3)
    if len(corners) and (corners.min() < 0 or corners.max() >= len(points)):
        wrong = int(corners.min()) if corners.min() < 0 else int(corners.max())
        raise InputError(file, f"refers to vertex {wrong:,}, but there are {len(points):,}", place=place)
    dropped: dict[str, int] = {}
    good: NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=1))
    if not good.all():
        keep: NDArray[np.bool_] = good[corners].all(axis=1)
        if not keep.all():
            dropped["nan_triangles"] = int(len(keep) - keep.sum())
        number = np.cumsum(good) - 1
        points, corners = points[good], number[corners[keep]]
        face_colors = None if face_colors is None else face_colors[keep]
    return Mesh(points, corners.astype(np.int32), name, "", face_colors, deflection, dropped)


class Placed(NamedTuple):
    """One mesh with the transform and colour of its use."""

    mesh: Mesh
    file_from_mesh: FloatArray
    color: Color | None


def joined(instances: Sequence[Instance], *, name: str) -> Placed:
    """All instances of a file as one mesh: itself where there is one, else joined in file coordinates.

    Where colours differ they become colours of triangles. Mirrored instances are wound outwards.
    """
    if len(instances) == 1:
        only = instances[0]
        return Placed(only.mesh, only.file_from_mesh, only.color)
    points: list[FloatArray] = []
    faces: list[NDArray[np.int32]] = []
    colors: list[NDArray[np.uint8]] = []
    dropped: dict[str, int] = {}
    deflection = 0.0
    start = 0
    plain = {item.color for item in instances if len(item.mesh.faces)}
    several = len(plain) > 1 or any(item.mesh.face_colors is not None for item in instances)
    for item in instances:
        matrix, mesh = item.file_from_mesh, item.mesh
        points.append(mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3])
        mirrored = np.linalg.det(matrix[:3, :3]) < 0.0
        faces.append((mesh.faces[:, ::-1] if mirrored else mesh.faces) + np.int32(start))
        start += len(mesh.vertices)
        if several:
            own = mesh.face_colors
            if own is None:
                own = np.tile(rgba8(item.color or PLAIN), (len(mesh.faces), 1))
            colors.append(own)
        for key, count in mesh.dropped.items():
            dropped[key] = dropped.get(key, 0) + count
        deflection = max(deflection, mesh.deflection * float(np.linalg.norm(matrix[:3, :3], 2)))
    whole = Mesh(
        np.concatenate(points) if points else np.empty((0, 3)),
        np.concatenate(faces) if faces else np.empty((0, 3), np.int32),
        name,
        "",
        np.concatenate(colors) if several else None,
        deflection,
        dropped,
    )
    return Placed(whole, np.eye(4), None if several else next(iter(plain), None))
