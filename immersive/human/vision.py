"""Lines of sight: eyes of a posture, viewing distance and angles, and the zones recommended for them.

Angles are radians. *Elevation* is above the horizontal, *lateral* to the left. Three frames are told apart:

=====================  ======================================================================================
trunk                  lateral from where the thorax faces, seen from above or, where that is less, in the
                       leaning trunk's own frame; elevation from the true horizontal
head                   lateral and elevation from the head's own axes: how far the eyes turn in a held head
normal line of sight   angle to the line on which the eyes rest: ahead of the trunk, 10° below the horizontal
                       standing, 15° sitting (from memory); kneeling is taken as standing
=====================  ======================================================================================

A boundary angle belongs to the better zone. Figures, sources and confidence: ``assets/methods/vision.json``.
No recommended viewing distance is established; the distance is information.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.errors import UsageError, choices, suggestion
from immersive.geometry.tolerance import ARITHMETIC
from immersive.human.kinematics import Figure
from immersive.human.people import Words
from immersive.human.skeleton import SEGMENT
from immersive.resources import resource

FloatArray = NDArray[np.float64]

EYE_UNCERTAINTY: Final = 0.02
"""Half width of what an eye's place leaves open, metres: the neck's rest, the head's inclination and the stature
in shoes differ by some centimetres from the model's between upright and relaxed. Set by this project."""

COMPONENTS: Final[tuple[Words, ...]] = (
    {"en": "to the side", "fr": "latéralement"},
    {"en": "above the horizontal", "fr": "au-dessus de l'horizontale"},
    {"en": "below the horizontal", "fr": "au-dessous de l'horizontale"},
    {"en": "off the normal line of sight", "fr": "par rapport à la ligne de regard normale"},
)
"""What an angle that leaves a zone is measured as; the order of :meth:`Zone.excess`."""


@dataclass(frozen=True)
class Eyes:
    """Eyes and the frames that angles are told in, of any number of postures.

    Attributes:
        right, left: (…, 3) world, metres.
        head: (…, 3, 3) world-from-head rotation.
        ahead: (…, 3) horizontal unit vector: where the thorax faces, however far it leans.
        trunk: (…, 3, 3) world-from-thorax rotation; None: the trunk is upright.
    """

    right: FloatArray
    left: FloatArray
    head: FloatArray
    ahead: FloatArray
    trunk: FloatArray | None = None

    @property
    def centre(self) -> FloatArray:
        """(…, 3) the cyclopean eye: midway."""
        return 0.5 * (self.right + self.left)

    def at(self, index: Any, /) -> Eyes:
        """Some of them, by any index into the leading axes."""
        trunk = None if self.trunk is None else self.trunk[index]
        return Eyes(self.right[index], self.left[index], self.head[index], self.ahead[index], trunk)

    def shifted(self, offset: ArrayLike, /) -> Eyes:
        """The same, moved in the world by (3,) or (…, 3) metres."""
        by = np.asarray(offset, np.float64)
        return Eyes(self.right + by, self.left + by, self.head, self.ahead, self.trunk)


def eyes_of(figure: Figure, /) -> Eyes:
    """The eyes of a figure."""
    thorax = figure.rotations[..., SEGMENT["thorax"], :, :]
    # From the axis to the right: it stays level when the trunk leans, the one ahead does not.
    right = thorax[..., :, 0]
    ahead = np.stack([-right[..., 1], right[..., 0], np.zeros(right.shape[:-1])], axis=-1)
    length = np.linalg.norm(ahead, axis=-1, keepdims=True)
    return Eyes(
        figure.point("right_eye"),
        figure.point("left_eye"),
        figure.rotations[..., SEGMENT["head"], :, :],
        ahead / np.where(length > 0.0, length, 1.0),
        thorax,
    )


@dataclass(frozen=True)
class Gaze:
    """Lines of sight, all of the broadcast shape (…) of eyes and points.

    Attributes:
        distance: From the cyclopean eye to the point, metres.
        elevation: Of the line above the horizontal; negative below.
        lateral: Left of where the trunk faces, −π to π. Who bends over a point looks straight down at it: seen from
            above, that line has any direction; in the frame of the bent trunk it is ahead. The smaller counts.
        head_elevation, head_lateral: The same in the head's frame: how far the eyes turn in it.
        off_normal: Angle to the normal line of sight.
    """

    distance: FloatArray
    elevation: FloatArray
    lateral: FloatArray
    head_elevation: FloatArray
    head_lateral: FloatArray
    off_normal: FloatArray


def gaze(eyes: Eyes, points: ArrayLike, /, *, posture: str = "standing") -> Gaze:
    """Distance and angles from eyes to points.

    Args:
        eyes: Of shape (…).
        points: (…, 3) world, metres; broadcast against the eyes.
        posture: ``"standing"``, ``"sitting"`` or ``"kneeling"``: where the normal line of sight lies.
    """
    line = np.asarray(points, np.float64) - eyes.centre
    distance = np.linalg.norm(line, axis=-1)
    unit = line / np.where(distance > 0.0, distance, 1.0)[..., None]
    ahead = eyes.ahead
    forward = np.einsum("...i,...i->...", unit, ahead)
    left = unit[..., 1] * ahead[..., 0] - unit[..., 0] * ahead[..., 1]
    lateral = np.arctan2(left, forward)
    if eyes.trunk is not None:
        bent = np.einsum("...ji,...j->...i", eyes.trunk, unit)
        own = np.arctan2(-bent[..., 0], bent[..., 1])
        lateral = np.where(np.abs(own) < np.abs(lateral), own, lateral)
    inner = np.einsum("...ji,...j->...i", eyes.head, unit)
    down = normal_line_of_sight(posture)
    along = forward * math.cos(down) + unit[..., 2] * math.sin(down)
    across = np.hypot(left, unit[..., 2] * math.cos(down) - forward * math.sin(down))
    return Gaze(
        distance,
        np.arctan2(unit[..., 2], np.hypot(unit[..., 0], unit[..., 1])),
        lateral,
        np.arctan2(inner[..., 2], np.hypot(inner[..., 0], inner[..., 1])),
        np.arctan2(-inner[..., 0], inner[..., 1]),
        np.arctan2(across, along),
    )


# Zones -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Zone:
    """A region of directions; radians, None: not limited.

    Attributes:
        name: ``"acceptable"``, ``"A"`` …
        about: ``"trunk"``, ``"head"`` or ``"normal_line_of_sight"``: what it is measured from.
        lateral, up, down: Greatest angles to either side, above and below the horizontal.
        cone: Greatest angle to the normal line of sight.
    """

    name: str
    about: str
    lateral: float | None = None
    up: float | None = None
    down: float | None = None
    cone: float | None = None

    def angles(self, seen: Gaze, /) -> FloatArray:
        """(…, 4) what each limit is held against: to the side, up, down, off the normal line."""
        head = self.about == "head"
        side, up = (seen.head_lateral, seen.head_elevation) if head else (seen.lateral, seen.elevation)
        return np.stack([np.abs(side), up, -up, seen.off_normal], axis=-1)

    @property
    def limits(self) -> tuple[float, float, float, float]:
        """The four limits, infinite where there is none."""
        to_side, up, down, cone = (
            math.inf if v is None else v for v in (self.lateral, self.up, self.down, self.cone)
        )
        return to_side, up, down, cone

    def excess(self, seen: Gaze, /) -> FloatArray:
        """(…, 4) by how much each limit is passed; negative inside."""
        passed: FloatArray = self.angles(seen) - np.array(self.limits)
        return passed

    def holds(self, seen: Gaze, /) -> NDArray[np.bool_]:
        """(…) whether the line lies inside; a boundary is inside, float noise does not decide."""
        return np.asarray(self.excess(seen).max(axis=-1) <= ARITHMETIC)


@dataclass(frozen=True, slots=True)
class ZoneMethod:
    """The zones of one publication, the best one first.

    Attributes:
        standard, edition, clause, source, confidence, note: Where they come from.
        default: Name of the zone that a display has to lie in unless a rule says otherwise.
        face_min: Least angle between a display's face and the line of sight, or None.
    """

    name: str
    standard: str
    edition: str
    clause: str
    source: str
    confidence: str
    note: str
    zones: tuple[Zone, ...]
    default: str
    face_min: float | None

    def zone(self, name: str = "", /) -> Zone:
        """The zone of this name; empty: the default one.

        Raises:
            UsageError: There is none.
        """
        wanted = name or self.default
        for zone in self.zones:
            if zone.name == wanted:
                return zone
        names = [zone.name for zone in self.zones]
        raise UsageError(
            f"{self.standard} has no zone {wanted!r}{suggestion(wanted, names)}; use {choices(names)}"
        )

    def classify(self, seen: Gaze, /) -> NDArray[np.int64]:
        """(…) number of the best zone that each line lies in; ``len(zones)`` where in none."""
        inside = np.stack([zone.holds(seen) for zone in self.zones], axis=-1)
        return np.where(inside.any(axis=-1), inside.argmax(axis=-1), len(self.zones))


@cache
def data() -> Mapping[str, Any]:
    """The committed figures with source and confidence, degrees."""
    found: dict[str, Any] = json.loads(resource("assets/methods/vision.json").read_text(encoding="utf-8"))
    return found


def zone_names() -> tuple[str, ...]:
    """Names of the methods that :func:`zone_method` knows."""
    return tuple(data()["zones"])


@cache
def zone_method(name: str, /) -> ZoneMethod:
    """The zones of ``"nureg_0700"``, ``"iso_9241_5"``, ``"en_894_2"`` or ``"mil_std_1472"``.

    Raises:
        UsageError: Another name.
    """
    if name not in data()["zones"]:
        raise UsageError(
            f"unknown zones of sight {name!r}{suggestion(name, zone_names())}; use {choices(zone_names())}"
        )
    said = data()["zones"][name]

    def angle(entry: Mapping[str, Any], key: str) -> float | None:
        return math.radians(entry[key]) if key in entry else None

    return ZoneMethod(
        name,
        said["standard"],
        said["edition"],
        said["clause"],
        said["source"],
        said["confidence"],
        said["note"],
        tuple(
            Zone(
                entry["name"],
                entry.get("about", said["about"]),
                *(angle(entry, key) for key in ("lateral", "up", "down", "cone")),
            )
            for entry in said["zones"]
        ),
        said["default"],
        angle(said, "display_face_to_line_of_sight_min"),
    )


def normal_line_of_sight(posture: str, /) -> float:
    """Elevation of the line on which the eyes rest, radians, negative: below the horizontal."""
    figures = data()["normal_line_of_sight"]
    return math.radians(figures["sitting" if posture == "sitting" else "standing"])


def turn_beyond_eyes(seen: Gaze, /) -> tuple[FloatArray, FloatArray]:
    """How far the head has to turn besides, where the eyes alone do not get there (MIL-STD-1472, from memory).

    Returns:
        (…) lateral and (…) vertical radians that are left when the eyes turn as far as they can in the head
        as it is held: left and up positive, 0 where the eyes suffice.
    """
    reach = zone_method("mil_std_1472").zone("eye_rotation")
    side, up, down, _ = reach.limits
    lateral = np.sign(seen.head_lateral) * np.maximum(np.abs(seen.head_lateral) - side, 0.0)
    vertical = np.maximum(seen.head_elevation - up, 0.0) - np.maximum(-seen.head_elevation - down, 0.0)
    return lateral, vertical


def face_angle(eyes: Eyes, center: ArrayLike, normal: ArrayLike, /) -> FloatArray:
    """(…) angle between a face and the line of sight to its centre: 90° seen straight on, 0 edge-on.

    Negative where the face is seen from behind; the sign of ``normal`` (3,) is its front.
    """
    line = np.asarray(center, np.float64) - eyes.centre
    across = -np.einsum("...i,i->...", line, np.asarray(normal, np.float64))
    length = np.linalg.norm(line, axis=-1) * np.linalg.norm(normal)
    angle: FloatArray = np.arcsin(np.clip(across / np.where(length > 0.0, length, 1.0), -1.0, 1.0))
    return angle
