"""People in postures, with capsules made by hand, for tests of pictures and documents."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from immersive.findings import BodyCapsule, BodyPosture, FigureMark, ShareChart, text
from immersive.human.body_mesh import DIMENSIONS
from immersive.human.kinematics import figure
from immersive.human.links import links_of
from immersive.human.people import People
from immersive.human.percentiles import percentile_people
from immersive.human.skeleton import ANGLE, ANGLES, LANDMARK, LINK

STANDING: Mapping[str, float] = {
    "right_shoulder_flexion": 68, "right_elbow_flexion": 35, "right_shoulder_abduction": 12,
    "lumbar_flexion": 14, "thoracic_flexion": 8, "pelvis_tilt": 6, "neck_flexion": 14, "right_hip_flexion": 6,
    "left_hip_flexion": 6, "left_elbow_flexion": 25, "left_shoulder_flexion": 8,
}  # fmt: skip
SITTING: Mapping[str, float] = {
    "right_shoulder_flexion": 40, "right_elbow_flexion": 60, "left_shoulder_flexion": 30,
    "left_elbow_flexion": 75, "left_shoulder_internal_rotation": 25, "right_shoulder_internal_rotation": 20,
    "lumbar_flexion": 8, "neck_flexion": 20, "right_hip_flexion": 88, "left_hip_flexion": 88,
    "right_knee_flexion": 85, "left_knee_flexion": 85,
}  # fmt: skip


def angles_of(degrees: Mapping[str, float]) -> np.ndarray:
    """(39,) radians; what is not named is zero."""
    out = np.zeros(len(ANGLES))
    for name, value in degrees.items():
        out[ANGLE[name]] = math.radians(value)
    return out


_RADII = (
    ("pelvis", "right_hip", "left_hip", 0.105, 0.105), ("pelvis", "hip_centre", "lumbosacral", 0.12, 0.12),
    ("lumbar", "lumbosacral", "thoracolumbar", 0.12, 0.125), ("thorax", "thoracolumbar", "cervicale", 0.125, 0.075),
    ("neck", "cervicale", "atlanto_occipital", 0.058, 0.055), ("head", "atlanto_occipital", "vertex", 0.075, 0.0),
)  # fmt: skip
_SIDE = (
    ("clavicle", "sternoclavicular", "shoulder", 0.07, 0.06), ("upper_arm", "shoulder", "elbow", 0.055, 0.042),
    ("forearm", "elbow", "wrist", 0.043, 0.029), ("hand", "wrist", "fingertip", 0.034, 0.016),
    ("thigh", "hip", "knee", 0.088, 0.06), ("shank", "knee", "ankle", 0.058, 0.04),
    ("foot", "ankle", "toe", 0.042, 0.025),
)  # fmt: skip


def person(word: str = "M50") -> tuple[People, np.ndarray]:
    """One person of a percentile with (31,) links."""
    people = percentile_people([word])
    return people, links_of(people)[0]


def figure_mark(
    degrees: Mapping[str, float],
    at: tuple[float, float],
    heading: float,
    *,
    word: str = "F05",
    seat: float | None = None,
    levels: Mapping[str, int] | None = None,
    smooth: bool = True,
) -> FigureMark:
    """A standing or sitting person at a place of the floor; ``smooth``: with what its skin is made from."""
    people, links = person(word)
    height = links[LINK["thigh"]] + links[LINK["shank"]] + links[LINK["ankle_height"]] + links[LINK["shoe"]]
    if seat is not None:
        height = seat + links[LINK["sitting_hip_height"]]
    root = (at[0], at[1], float(height), heading)
    points = figure(links, angles_of(degrees), root).points
    capsules = []
    chains = [
        *_RADII,
        *((f"{s}_{a}", f"{s}_{b}", f"{s}_{c}", r, q) for s in ("right", "left") for a, b, c, r, q in _SIDE),
    ]
    for segment, start, end, r, q in chains:
        a, b = points[LANDMARK[start]], points[LANDMARK[end]]
        if segment == "head":
            b, q = a + 0.75 * (b - a), 0.085
        capsules.append(
            BodyCapsule(segment, tuple(a.tolist()), tuple(b.tolist()), r, q, (levels or {}).get(segment, 0))
        )
    dimensions = tuple((name, float(people[name][0])) for name in DIMENSIONS)
    body = BodyPosture(
        word[0] == "F", dimensions, tuple(links.tolist()), tuple(angles_of(degrees).tolist()), root
    )
    return FigureMark(tuple(capsules), heading, text(f"{word}", f"{word}"), body if smooth else None)


SHARES = ShareChart(
    text("Who reaches the bin", "Qui atteint le bac"),
    ((text("reached", "atteint"), 1), (text("with trunk bent", "tronc penché"), 2), (text("not reached", "non atteint"), 3)),
    (
        (text("women", "femmes"), (0.624, 0.286, 0.09)),
        (text("men", "hommes"), (0.912, 0.084, 0.004)),
        (text("all", "ensemble"), (0.768, 0.185, 0.047)),
    ),
)  # fmt: skip
