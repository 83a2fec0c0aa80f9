"""A smooth body for display: one person's skin, and the skin in any posture.

The template (our own, ``assets/workshop/manikin*.py``) has the same vertices and faces for everybody; it is
stretched to a person's joints and dimensions, and follows a posture by linear blending between frames with
helpers at the joints (:mod:`immersive.human._skin`). For looking at: what checks measure against are the
capsules of :mod:`immersive.human.volume`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.human._body_fit import DIMENSIONS, LIFT, Template, fit, share_of
from immersive.human._skin import FRAMES, SEGMENT_OF, skin_frames
from immersive.human.kinematics import Figure, figure
from immersive.human.people import People
from immersive.human.skeleton import ANGLE, ANGLES, LINK
from immersive.resources import resource

__all__ = ["DIMENSIONS", "BodyMesh", "body_mesh", "body_mesh_of", "posed"]

FloatArray = NDArray[np.float64]

_FILE: Final = "assets/manikin/template.npz"
_ARM: Final = ("shoulder", "upper_arm", "elbow", "forearm", "wrist", "hand")
_LEG: Final = ("hip", "thigh", "knee", "shank", "foot")


@dataclass(frozen=True)
class BodyMesh:
    """One person's skin.

    Attributes:
        vertices: (V, 3) in the bind posture (upright, arms lifted 40° sideways), hip centre over the origin,
            bare soles at z = 0, facing +Y, metres.
        faces: (F, 3) corners, wound outwards; the same for everybody.
        weights: (V, 33) share of each frame of ``_skin.FRAMES``; rows add up to 1.
        segments: (F,) segment of ``skeleton.SEGMENTS`` that a face is counted to.
        links: (31,) the person's link lengths.
    """

    vertices: FloatArray
    faces: NDArray[np.int32]
    weights: FloatArray
    segments: NDArray[np.int32]
    links: FloatArray

    def __post_init__(self) -> None:
        origin, rotation = skin_frames(_bind(self.links))
        # Skin relative to each frame is rotation^T (v - origin): kept as one matrix a frame.
        object.__setattr__(self, "_inverse", (origin, np.swapaxes(rotation, 1, 2)))


def body_mesh(
    dimensions: Mapping[str, float], links: ArrayLike, /, *, female: bool, clothing: float = 0.0
) -> BodyMesh:
    """The skin of a person.

    Args:
        dimensions: ISO 7250-1 name → metres; those of :data:`DIMENSIONS` are needed.
        links: (31,) link lengths, metres; see ``skeleton.LINKS``.
        female: Sex.
        clothing: Thickness all around except head and hands, metres.
    """
    template = _template()
    lengths = np.array(links, np.float64)
    vertices = fit(template, dimensions, lengths, female=female, clothing=clothing)
    for array in (vertices, lengths):
        array.setflags(write=False)
    return BodyMesh(vertices, template.faces, template.weights, _segments(), lengths)


def body_mesh_of(people: People, links: FloatArray, index: int, /) -> BodyMesh:
    """The skin of one of several people; ``links`` is (n, 31)."""
    dimensions = {name: float(people[name][index]) for name in DIMENSIONS}
    return body_mesh(
        dimensions, links[index], female=bool(people.female[index]), clothing=people.allowances.clothing
    )


def posed(mesh: BodyMesh, posture: Figure, /) -> FloatArray:
    """(V, 3) the skin in a posture, world, metres.

    Args:
        mesh: The person's skin.
        posture: Landmarks (32, 3) and rotations (19, 3, 3) of one body with the same links.
    """
    origin, rotation = skin_frames(posture)
    bind, back = mesh._inverse  # type: ignore[attr-defined]
    turn = rotation @ back
    shift = origin - np.einsum("fij,fj->fi", turn, bind)
    moves = np.concatenate([turn.reshape(-1, 9), shift], axis=1)
    blended = mesh.weights @ moves
    out: FloatArray = np.einsum("vij,vj->vi", blended[:, :9].reshape(-1, 3, 3), mesh.vertices)
    out += blended[:, 9:]
    return out


def _bind(links: FloatArray) -> Figure:
    angles = np.zeros(len(ANGLES))
    for side in ("right", "left"):
        angles[ANGLE[f"{side}_shoulder_abduction"]] = LIFT
    height = links[LINK["ankle_height"]] + links[LINK["shank"]] + links[LINK["thigh"]]
    return figure(links, angles, (0.0, 0.0, height, 0.5 * np.pi))


@cache
def _template() -> Template:
    with np.load(resource(_FILE), allow_pickle=False) as file:
        vertices = file["low"] + file["vertices"].astype(np.float64) * file["step"]
        faces = file["faces"].astype(np.int32)
        weights = file["weights"].astype(np.float64)
    weights /= weights.sum(axis=1, keepdims=True)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    # Each edge has two faces: of a sorted pair every second is kept.
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    edges = edges[order][::2]
    arrays = (vertices, faces, weights, edges, share_of(weights, *_ARM), share_of(weights, *_LEG),
              share_of(weights, "foot"))  # fmt: skip
    for array in arrays:
        array.setflags(write=False)
    return Template(*arrays)


@cache
def _segments() -> NDArray[np.int32]:
    template = _template()
    whole = np.zeros((len(template.vertices), SEGMENT_OF.max() + 1))
    for frame in range(len(FRAMES)):
        whole[:, SEGMENT_OF[frame]] += template.weights[:, frame]
    out: NDArray[np.int32] = np.argmax(whole[template.faces].sum(axis=1), axis=1).astype(np.int32)
    out.setflags(write=False)
    return out
