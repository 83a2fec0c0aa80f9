"""The manikin's joints: names, angles with sign and zero, limits with their source, and segments.

Zero is standing upright, arms hanging, palms to the thighs, thumbs forward. In that posture every
segment's own axes are the body's: +X right, +Y forward, +Z up. All angles are relative to the segment
above in the chain, except the shoulder's, which are relative to the *thorax* (the clavicle only moves
the shoulder's centre), as an observer reads an upper arm against the trunk.

Signs, for both sides alike: flexion forward (knee: heel to the buttock; wrist: palm to the forearm),
abduction and elevation away from the body's middle or up, internal rotation and pronation turn the
thumb to the middle. Trunk and neck: flexion forward, lateral flexion to the right, rotation to the left.

Rotations, column vectors, positive angles about +X, +Y, +Z; ``s`` is +1 on the right, −1 on the left:

==============================  ==========================================================
pelvis in the world             Rz(heading − 90°) · Rx(−pelvis_tilt)
lumbar, thoracic, neck          Rx(−flexion) · Ry(lateral_flexion) · Rz(rotation)
head                            Rx(−head_flexion)
shoulder centre                 Rz(s·protraction) · Ry(−s·elevation) turns the clavicle
upper arm in the thorax         Rx(flexion) · Ry(−s·abduction) · Rz(s·internal_rotation)
forearm in the upper arm        Rx(elbow_flexion) · Rz(s·pronation)
hand in the forearm             Ry(s·wrist_flexion) · Rx(radial_deviation)
thigh in the pelvis             Rx(flexion) · Ry(−s·abduction) · Rz(s·internal_rotation)
shank in the thigh              Rx(−knee_flexion)
foot in the shank               Rx(ankle_dorsiflexion)
==============================  ==========================================================

So shoulder flexion is the angle of the upper arm's projection on the thorax's sagittal plane, as RULA's
figures show it, and abduction its angle out of that plane; at 90° abduction flexion loses its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SIDES: Final = ("right", "left")
"""Order of sides wherever an array has one."""

SEGMENTS: Final = (
    "pelvis", "lumbar", "thorax", "neck", "head",
    "right_clavicle", "right_upper_arm", "right_forearm", "right_hand",
    "left_clavicle", "left_upper_arm", "left_forearm", "left_hand",
    "right_thigh", "right_shank", "right_foot",
    "left_thigh", "left_shank", "left_foot",
)  # fmt: skip
"""Rigid segments, each with a frame; a segment's origin is the joint that carries it."""

LANDMARKS: Final = (
    "hip_centre", "lumbosacral", "thoracolumbar", "cervicale", "atlanto_occipital", "vertex",
    "right_eye", "left_eye",
    "right_sternoclavicular", "right_shoulder", "right_elbow", "right_wrist",
    "right_grip", "right_fingertip", "right_thumbtip",
    "left_sternoclavicular", "left_shoulder", "left_elbow", "left_wrist",
    "left_grip", "left_fingertip", "left_thumbtip",
    "right_hip", "right_knee", "right_ankle", "right_toe", "right_heel",
    "left_hip", "left_knee", "left_ankle", "left_toe", "left_heel",
)  # fmt: skip
"""Points that forward kinematics gives; toe and heel are on the sole, barefoot."""

HAND_POINTS: Final = {"grip": "grip", "press": "fingertip", "pinch": "thumbtip"}
"""Grasp of a work point → end of the landmark's name that has to arrive there."""


@dataclass(frozen=True, slots=True)
class Angle:
    """One degree of freedom.

    Attributes:
        name: ``"right_shoulder_flexion"``.
        lower, upper: Range in degrees.
        source: Where the range comes from.
        confidence: As in ``findings.Confidence``.
    """

    name: str
    lower: float
    upper: float
    source: str
    confidence: str


_AAOS = "AAOS (1965; Greene and Heckman 1994)"
_TWO, _MEMORY = "confirmed by two sources", "from memory"
_OWN = "set by this project"


def _spine() -> list[Angle]:
    # AAOS gives thoracolumbar ranges (80/25, 35, 45); their split is ours: most flexion is lumbar,
    # most rotation thoracic.
    split = f"{_AAOS}, thoracolumbar; split between lumbar and thoracic set by this project"
    return [
        Angle("pelvis_tilt", -10, 70, f"{_OWN}: part of hip flexion with straight knees", _OWN),
        Angle("lumbar_flexion", -15, 50, split, _MEMORY),
        Angle("lumbar_lateral_flexion", -20, 20, split, _MEMORY),
        Angle("lumbar_rotation", -10, 10, split, _MEMORY),
        Angle("thoracic_flexion", -10, 30, split, _MEMORY),
        Angle("thoracic_lateral_flexion", -15, 15, split, _MEMORY),
        Angle("thoracic_rotation", -35, 35, split, _MEMORY),
        Angle("neck_flexion", -30, 30, f"{_AAOS}, cervical 45; 30 below, 15 at the head", _MEMORY),
        Angle("neck_lateral_flexion", -45, 45, f"{_AAOS}, cervical", _MEMORY),
        Angle("neck_rotation", -60, 60, f"{_AAOS}, cervical", _MEMORY),
        Angle("head_flexion", -15, 15, f"{_AAOS}, cervical 45; 30 below, 15 at the head", _MEMORY),
    ]


def _arm(side: str) -> list[Angle]:
    return [
        # 40 and not less: the survey's overhead reaches need it (tests/human/test_links.py).
        Angle(f"{side}_clavicle_elevation", -5, 40, f"{_OWN}: sternoclavicular, textbook 0 to 45", _MEMORY),
        Angle(
            f"{side}_clavicle_protraction", -15, 20, f"{_OWN}: sternoclavicular, textbook ±15 to 30", _MEMORY
        ),
        Angle(f"{side}_shoulder_flexion", -60, 180, _AAOS, _TWO),
        Angle(f"{side}_shoulder_abduction", -45, 90, f"{_AAOS}: abduction to 180 goes on as flexion", _TWO),
        Angle(f"{side}_shoulder_internal_rotation", -90, 70, _AAOS, _TWO),
        Angle(f"{side}_elbow_flexion", 0, 150, _AAOS, _TWO),
        Angle(f"{side}_forearm_pronation", -80, 80, _AAOS, _TWO),
        Angle(f"{side}_wrist_flexion", -70, 80, _AAOS, _TWO),
        Angle(f"{side}_wrist_radial_deviation", -30, 20, _AAOS, _TWO),
    ]


def _leg(side: str) -> list[Angle]:
    return [
        Angle(f"{side}_hip_flexion", -30, 120, _AAOS, _MEMORY),
        Angle(f"{side}_hip_abduction", -30, 45, _AAOS, _MEMORY),
        Angle(f"{side}_hip_internal_rotation", -45, 45, _AAOS, _MEMORY),
        Angle(f"{side}_knee_flexion", 0, 135, _AAOS, _MEMORY),
        # AAOS has 20 for the unloaded foot; standing with bent knees ankles go farther (lunge test, 35 to 45).
        Angle(f"{side}_ankle_dorsiflexion", -50, 35, f"{_AAOS}; 35 under load, lunge tests", _MEMORY),
    ]


ANGLES: Final = (*_spine(), *_arm("right"), *_arm("left"), *_leg("right"), *_leg("left"))
"""All 39 degrees of freedom, in the order of a posture's last axis."""

ANGLE: Final = {angle.name: index for index, angle in enumerate(ANGLES)}
"""Name → place in a posture."""

SEGMENT: Final = {name: index for index, name in enumerate(SEGMENTS)}
LANDMARK: Final = {name: index for index, name in enumerate(LANDMARKS)}

# First angle of each arm, for kernels.
ARM: Final = (ANGLE["right_clavicle_elevation"], ANGLE["left_clavicle_elevation"])

LOWER: Final = np.radians([angle.lower for angle in ANGLES])
UPPER: Final = np.radians([angle.upper for angle in ANGLES])
LOWER.setflags(write=False)
UPPER.setflags(write=False)


# Lengths that differ between persons, in the order of the links array's last axis. -------------------

LINKS: Final = (
    "ankle_height",  # ankle joint above the sole
    "shank",  # knee to ankle
    "thigh",  # hip to knee
    "hip_half_spacing",  # middle to hip joint
    "pelvis_up",  # hip centre to lumbosacral joint, pelvis frame
    "pelvis_forward",
    "lumbar_up",  # lumbosacral to thoracolumbar joint, lumbar frame
    "lumbar_forward",
    "thorax_up",  # thoracolumbar joint to cervicale (C7), thorax frame
    "thorax_forward",
    "neck_up",  # cervicale to atlanto-occipital joint, neck frame
    "neck_forward",
    "vertex_up",  # atlanto-occipital joint to top of the head, head frame
    "eye_up",  # atlanto-occipital joint to the eyes
    "eye_forward",
    "eye_half_spacing",
    "sternum_up",  # thoracolumbar joint to sternoclavicular joint, thorax frame
    "sternum_forward",
    "sternum_half_spacing",
    "clavicle_out",  # sternoclavicular joint to shoulder centre at zero clavicle angles, thorax frame
    "clavicle_forward",
    "clavicle_up",
    "upper_arm",  # shoulder centre to elbow
    "forearm",  # elbow to wrist
    "grip",  # wrist to grip centre, along the hand
    "fingertip",  # wrist to tip of the middle finger
    "thumbtip",  # wrist to tip of the thumb held forward along the hand
    "foot_forward",  # ankle to toe tip, along the sole
    "foot_back",  # ankle to back of the heel
    "sitting_hip_height",  # hip centre above the compressed seat
    "shoe",  # sole of the shoe under the bare sole
)
"""Metres. ``_up`` is along +Z of the named frame, ``_forward`` +Y, ``_out`` away from the middle."""

LINK: Final = {name: index for index, name in enumerate(LINKS)}
