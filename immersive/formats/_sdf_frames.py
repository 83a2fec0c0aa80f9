"""Poses and named frames of SDF: what is placed relative to what."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from immersive.errors import InputError, choices, suggestion
from immersive.formats._meshes import notice
from immersive.formats._xml import Element, find, floats, place
from immersive.geometry.frames import FloatArray, rotation_quaternion, rotation_rpy
from immersive.scene.model import Notice, Severity

MODEL, WORLD = "__model__", "world"


def read_pose(element: Element, file: str, notices: list[Notice]) -> tuple[FloatArray, str]:
    """``(pose, relative_to)`` of the ``<pose>`` child of an element; identity and "" without one.

    A pose of three to five numbers is filled up with zeros, as Gazebo does, and noticed.

    Raises:
        InputError: A wrong count, a number that is not finite, an unknown rotation format.
    """
    pose = find(element, "pose")
    if pose is None:
        return np.eye(4), ""
    relative = (pose.get("relative_to") or pose.get("frame") or "").strip()
    style = pose.get("rotation_format") or "euler_rpy"
    where = place(element)
    if style not in ("euler_rpy", "quat_xyzw"):
        allowed = choices(["euler_rpy", "quat_xyzw"])
        raise InputError(file, f"has the rotation format {style!r}; use {allowed}", place=where)
    count = 6 if style == "euler_rpy" else 7
    values = floats(pose.text, file, where)
    if len(values) == 0:
        values = np.zeros(6)
    elif count == 6 and 3 <= len(values) < 6:
        notices.append(
            notice(
                "pose-too-short",
                Severity.WARNING,
                file,
                "A pose has {n} numbers instead of 6 ({text!r}); the missing angles are taken as zero.",
                "Une pose a {n} nombres au lieu de 6 ({text!r}) ; les angles absents sont pris nuls.",
                place=where,
                n=len(values),
                text=(pose.text or "").strip(),
            )
        )
        values = np.concatenate([values, np.zeros(6 - len(values))])
    elif len(values) != count:
        raise InputError(file, f"has a pose of {len(values)} numbers where {count} are due", place=where)
    if not np.isfinite(values).all():
        raise InputError(file, "has a pose that is not finite", place=where)
    if len(values) == 7:
        x, y, z, w = values[3:].tolist()
        if not values[3:].any():
            raise InputError(file, "has a pose with a quaternion of zeros", place=where)
        matrix = rotation_quaternion([w, x, y, z])
    else:
        degrees = (pose.get("degrees") or "").strip().lower() in ("true", "1")
        roll, pitch, yaw = (values[3:] * (math.pi / 180.0 if degrees else 1.0)).tolist()
        matrix = rotation_rpy(roll, pitch, yaw)
    matrix = matrix.copy()
    matrix[:3, 3] = values[:3]
    return matrix, relative


@dataclass(eq=False)
class Scope:
    """The names that poses inside one model (or the world) may be relative to.

    Attributes:
        file: For messages.
        where: For messages.
        frames: Name → (pose, name it is relative to; "" is the model itself).
        nested: Name of a nested model → its own scope.
    """

    file: str
    where: str
    frames: dict[str, tuple[FloatArray, str]] = field(default_factory=dict)
    nested: dict[str, Scope] = field(default_factory=dict)

    def pose_of(self, name: str) -> FloatArray:
        """(4, 4) model from the named frame; ``a::b`` is ``b`` in the nested model ``a``.

        Raises:
            InputError: No such frame, or frames that are relative to each other in a circle.
        """
        result = np.eye(4)
        seen: list[str] = []
        while name not in ("", MODEL, WORLD):
            if name in seen:
                trail = " → ".join([*seen[seen.index(name) :], name])
                raise InputError(self.file, f"has frames relative to each other: {trail}", place=self.where)
            seen.append(name)
            outer, _, inner = name.partition("::")
            if inner and name not in self.frames:
                if outer not in self.nested:
                    raise self._unknown(name)
                result = self.nested[outer].pose_of(inner) @ result
                name = outer
                continue
            if name not in self.frames:
                raise self._unknown(name)
            pose, name = self.frames[name]
            result = pose @ result
        return result

    def place(self, pose: FloatArray, relative_to: str) -> FloatArray:
        """(4, 4) model from something with a pose relative to a named frame."""
        return self.pose_of(relative_to) @ pose

    def _unknown(self, name: str) -> InputError:
        return InputError(
            self.file,
            f"has a pose relative to {name!r}, which does not exist{suggestion(name, self.frames)}",
            place=self.where,
        )
