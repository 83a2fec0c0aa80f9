"""``KHR_draco_mesh_compression`` through the optional package DracoPy."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.errors import MissingExtraError
from immersive.formats._gltf_json import Item


def available() -> bool:
    """Whether Draco data can be decoded here."""
    return importlib.util.find_spec("DracoPy") is not None


def decode(data: bytes, attribute: int, where: Item) -> tuple[NDArray[Any], NDArray[np.uint32]]:
    """Positions and triangles of one compressed primitive.

    Args:
        data: The compressed bytes.
        attribute: Draco's unique id of the POSITION attribute.
        where: For messages.

    Returns:
        (V, 3) stored positions, (F, 3) uint32 indices, each below V.

    Raises:
        MissingExtraError: DracoPy is not installed.
        InputError: The data is damaged.
    """
    try:
        import DracoPy
    except ImportError:
        raise MissingExtraError("DracoPy", "draco", f"reading the Draco-compressed {where.file}") from None
    if data[:5] != b"DRACO":
        where.fail("the compressed data does not begin with 'DRACO'")
    try:
        mesh = DracoPy.decode(data)
        faces = getattr(mesh, "faces", None)
        found = mesh.get_attribute_by_unique_id(attribute)
    except MemoryError:
        raise
    except Exception as error:  # DracoPy raises plain Exception subclasses
        where.fail(f"the Draco data is damaged ({error})")
    if faces is None:
        where.fail("the Draco data is a point cloud, not a mesh")
    if found is None:
        where.fail(f"the Draco data has no attribute {attribute}", "attributes")
    points, triangles = np.asarray(found["data"]), np.asarray(faces, np.uint32).reshape(-1, 3)
    if points.ndim != 2 or points.shape[1] != 3:
        where.fail("the Draco positions do not have three components", "attributes")
    if triangles.size and int(triangles.max()) >= len(points):
        where.fail("the Draco data has a triangle with a corner that does not exist")
    return points, triangles
