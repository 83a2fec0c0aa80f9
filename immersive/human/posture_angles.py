"""From a posture to what the posture methods read: angles in degrees, vectorised, both sides.

One definition for RULA, REBA, OWAS, ISO 11226 and EN 1005-4, so that they judge the same posture. All are
0 standing upright with hanging arms, thumbs forward.

==========================  ==================================================================================
trunk inclination           of the line hip centre – seventh cervical vertebra against its direction in the
                            upright body, out of the frontal plane, forward positive, standing and seated
                            alike: the trunk as a whole, so that a rounded back counts as far as it bends it
trunk twist, side bend      thorax against pelvis: the lumbar and thoracic angles added; to the left, right
neck flexion                head against thorax: neck and head flexion added, forward positive
neck twist, side bend       the neck's own angles; to the left, right
head inclination            of the head against the vertical, however it is turned, forward positive
sight below horizontal      of the line from the eyes to what is looked at
upper arm flexion           of the upper arm's projection on the thorax's sagittal plane, forward positive
upper arm abduction         of the upper arm out of that plane, away from the body positive
upper arm elevation         of the upper arm from hanging down along the vertical, in any direction
shoulder elevation          of the clavicle, up positive
elbow, wrist, knee flexion  0 straight; the wrist to the palm's side positive
forearm pronation           0 with the thumb forward (mid-range), thumb to the middle positive
wrist deviation             to the thumb's side positive
==========================  ==================================================================================

The upper arm's flexion says nothing where the arm is raised sideways: at 90° of abduction it may be any
number. :meth:`PostureAngles.upper_arm_band_deg` then gives the elevation against the trunk instead.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.geometry.tolerance import ARITHMETIC
from immersive.human.kinematics import Figure, figure
from immersive.human.skeleton import ANGLE, LANDMARK, LINK, SEGMENT, SIDES

if TYPE_CHECKING:
    from immersive.human.posing import Poses

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SIDEWAYS_DEG: Final = 45.0
"""Abduction above which an upper arm is read by its elevation: nearer to the frontal plane than to the
sagittal one, its projection on the latter is no longer where the arm points. Set by this project."""


@dataclass(frozen=True)
class PostureAngles:
    """Angles of any number of postures, degrees; (…,) of the body, (…, 2) of right and left side.

    Attributes:
        trunk_inclination, trunk_twist, trunk_side_bend: (…,) see the module.
        neck_flexion, neck_twist, neck_side_bend, head_inclination: (…,).
        sight_below_horizontal: (…,); NaN where nothing is looked at.
        upper_arm_flexion, upper_arm_abduction, upper_arm_rotation: (…, 2) against the thorax; rotation
            internal positive.
        upper_arm_elevation: (…, 2) against the vertical, 0 to 180.
        shoulder_elevation, elbow_flexion, forearm_pronation, wrist_flexion, wrist_deviation: (…, 2).
        hip_flexion, knee_flexion: (…, 2).
        wrist_from_middle: (…, 2) metres of the wrist from the thorax's middle plane, to its own side positive.
        wrist_from_shoulder: (…, 2) metres of the wrist outwards of its own shoulder.
        arm_above_shoulder: (…, 2) whether elbow or wrist is at or above the height of its shoulder.
    """

    trunk_inclination: FloatArray
    trunk_twist: FloatArray
    trunk_side_bend: FloatArray
    neck_flexion: FloatArray
    neck_twist: FloatArray
    neck_side_bend: FloatArray
    head_inclination: FloatArray
    sight_below_horizontal: FloatArray
    upper_arm_flexion: FloatArray
    upper_arm_abduction: FloatArray
    upper_arm_rotation: FloatArray
    upper_arm_elevation: FloatArray
    shoulder_elevation: FloatArray
    elbow_flexion: FloatArray
    forearm_pronation: FloatArray
    wrist_flexion: FloatArray
    wrist_deviation: FloatArray
    hip_flexion: FloatArray
    knee_flexion: FloatArray
    wrist_from_middle: FloatArray
    wrist_from_shoulder: FloatArray
    arm_above_shoulder: BoolArray

    def __getitem__(self, index: Any) -> PostureAngles:
        """Some of the postures: ``angles[person, point]``."""
        return PostureAngles(**{f.name: np.asarray(getattr(self, f.name)[index]) for f in fields(self)})

    def upper_arm_band_deg(self, sideways_deg: float = SIDEWAYS_DEG) -> FloatArray:
        """(…, 2) the upper arm's angle against the trunk that a flexion band takes.

        Flexion up to ``sideways_deg`` of abduction or adduction, beyond it the elevation from the trunk's
        line, so that an arm raised sideways does not read as hanging.
        """
        flexion, abduction = np.radians(self.upper_arm_flexion), np.radians(self.upper_arm_abduction)
        raised = np.degrees(np.arccos(np.clip(np.cos(abduction) * np.cos(flexion), -1.0, 1.0)))
        return np.where(np.abs(self.upper_arm_abduction) > sideways_deg, raised, self.upper_arm_flexion)

    def as_data(self) -> dict[str, Any]:
        """One posture as JSON types: ``trunk_inclination_deg``, and a list right, left for sides."""
        if self.trunk_inclination.ndim:
            raise ValueError("pick one posture first")
        out: dict[str, Any] = {}
        for item in fields(self):
            values = getattr(self, item.name)
            name = item.name
            if values.dtype == bool:
                rounded: Any = values.tolist()
            elif name.startswith("wrist_from"):
                rounded = [round(float(v), 4) for v in values]
            else:
                name += "_deg"
                rounded = np.round(values, 2).tolist()
                rounded = None if rounded != rounded else rounded  # NaN: nothing is looked at
            out[name] = dict(zip(SIDES, rounded, strict=True)) if values.ndim else rounded
        return out


def posture_angles(
    links: ArrayLike, angles: ArrayLike, root: ArrayLike, /, *, looks_at: ArrayLike | None = None,
    posed: Figure | None = None,
) -> PostureAngles:  # fmt: skip
    """The angles that posture methods read.

    Args:
        links: (…, 31) link lengths, metres.
        angles: (…, 39) posture, radians.
        root: (…, 4) hip centre and heading.
        looks_at: (…, 3) points in the world that the eyes look at.
        posed: The forward kinematics of just these, if it is there already.
    """
    link, q, base = (np.asarray(a, np.float64) for a in (links, angles, root))
    shown = figure(link, q, base) if posed is None else posed
    shape = shown.points.shape[:-2]
    degrees = np.degrees(np.broadcast_to(q, (*shape, q.shape[-1])))

    def own(*names: str) -> FloatArray:
        return np.asarray(sum(degrees[..., ANGLE[name]] for name in names), np.float64)

    def sides(name: str) -> FloatArray:
        return np.stack([degrees[..., ANGLE[f"{side}_{name}"]] for side in SIDES], axis=-1)

    points = {
        name: np.stack([shown.point(f"{side}_{name}") for side in SIDES], axis=-2)
        for name in ("shoulder", "elbow", "wrist")
    }
    upper = points["elbow"] - points["shoulder"]
    head = shown.rotations[..., SEGMENT["head"], :, :]
    thorax = shown.rotations[..., SEGMENT["thorax"], :, :]
    outwards = thorax[..., None, :, 0] * np.array([[1.0], [-1.0]])
    from_middle = points["wrist"] - shown.point("thoracolumbar")[..., None, :]
    height = points["shoulder"][..., 2]
    return PostureAngles(
        trunk_inclination=_trunk_inclination(shown, np.broadcast_to(link, (*shape, link.shape[-1])), base),
        trunk_twist=own("lumbar_rotation", "thoracic_rotation"),
        trunk_side_bend=own("lumbar_lateral_flexion", "thoracic_lateral_flexion"),
        neck_flexion=own("neck_flexion", "head_flexion"),
        neck_twist=own("neck_rotation"),
        neck_side_bend=own("neck_lateral_flexion"),
        # Pitch of the head in the order turn, nod, tilt: a turned head keeps its inclination.
        head_inclination=np.degrees(
            np.arctan2(
                -head[..., 2, 1], np.copysign(np.hypot(head[..., 2, 0], head[..., 2, 2]), head[..., 2, 2])
            )
        ),
        sight_below_horizontal=_sight(shown, looks_at),
        upper_arm_flexion=sides("shoulder_flexion"),
        upper_arm_abduction=sides("shoulder_abduction"),
        upper_arm_rotation=sides("shoulder_internal_rotation"),
        upper_arm_elevation=np.degrees(np.arctan2(np.hypot(upper[..., 0], upper[..., 1]), -upper[..., 2])),
        shoulder_elevation=sides("clavicle_elevation"),
        elbow_flexion=sides("elbow_flexion"),
        forearm_pronation=sides("forearm_pronation"),
        wrist_flexion=sides("wrist_flexion"),
        wrist_deviation=sides("wrist_radial_deviation"),
        hip_flexion=sides("hip_flexion"),
        knee_flexion=sides("knee_flexion"),
        wrist_from_middle=np.sum(from_middle * outwards, axis=-1),
        wrist_from_shoulder=np.sum((points["wrist"] - points["shoulder"]) * outwards, axis=-1),
        arm_above_shoulder=np.maximum(points["elbow"][..., 2], points["wrist"][..., 2])
        >= height - ARITHMETIC,
    )


def angles_of(poses: Poses, /) -> PostureAngles:
    """Of every person at every target, (n, m): the eyes look at the target."""
    at = np.array([target.position for target in poses.targets], np.float64)
    return posture_angles(
        poses.links[:, None, :], poses.angles, poses.root, looks_at=at, posed=poses.figure()
    )


def _trunk_inclination(shown: Figure, links: FloatArray, root: FloatArray) -> FloatArray:
    line = shown.points[..., LANDMARK["cervicale"], :] - shown.points[..., LANDMARK["hip_centre"], :]
    heading = root[..., 3]
    forward = line[..., 0] * np.cos(heading) + line[..., 1] * np.sin(heading)
    right = line[..., 0] * np.sin(heading) - line[..., 1] * np.cos(heading)
    up = line[..., 2]
    leaning = np.arctan2(forward, np.copysign(np.hypot(right, up), up))
    upright = np.arctan2(
        sum(links[..., LINK[f"{name}_forward"]] for name in ("pelvis", "lumbar", "thorax")),
        sum(links[..., LINK[f"{name}_up"]] for name in ("pelvis", "lumbar", "thorax")),
    )
    return np.asarray(np.degrees(leaning - upright), np.float64)


def _sight(shown: Figure, looks_at: ArrayLike | None) -> FloatArray:
    eyes = 0.5 * (shown.point("right_eye") + shown.point("left_eye"))
    if looks_at is None:
        return np.full(eyes.shape[:-1], np.nan)
    line = np.asarray(looks_at, np.float64) - eyes
    return np.asarray(np.degrees(np.arctan2(-line[..., 2], np.hypot(line[..., 0], line[..., 1]))), np.float64)
