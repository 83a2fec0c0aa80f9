"""Parts as bodies for distance queries. The trees of a mesh are built once and live as long as it does."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from immersive.geometry.bodies import Body, Shapes
from immersive.scene.model import Mesh, Part

_SHAPES: WeakKeyDictionary[Mesh, Shapes] = WeakKeyDictionary()


def body_of(part: Part, /) -> Body | None:
    """The part's body in the world; None for a part without triangles."""
    if part.triangles == 0:
        return None
    shapes = _SHAPES.get(part.mesh)
    if shapes is None:
        shapes = _SHAPES[part.mesh] = Shapes()
    return shapes.body(part.mesh.vertices, part.mesh.faces, part.world_from_mesh)
