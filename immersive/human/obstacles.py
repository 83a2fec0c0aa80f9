"""What a person's body must not cut: the parts of a cell, and the rules for what may be touched.

The rules, the same for every check:

* Floors may be trodden on: floor parts, and whatever ends less than :data:`SOLE` above the soles, do not
  count for the legs. Feet and shanks are looked at from :data:`SOLE` above the soles.
* Who sits, sits on something: the seat — the smallest assembly of parts around the seat reference
  point, no larger than a chair — does not count.
* The hand is there to touch: what lies within :data:`GRASP` of the work point does not count for
  the hand, nor do workpieces and tools within :data:`AT_POINT`. Of these, what is no larger than
  :data:`HAND_HELD` does not count for the forearm either: hands take such a part where it suits them, while a
  layout's work point often lies inside it. For upper arms, trunk and head all count, and for
  forearms every container, fence, machine and piece of furniture.
* Paint on the floor, and parts farther away than coordinates are sound, do not count.

Surfaces are what counts: an open mesh is as good as a closed one. Moving parts are where they are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import UsageError
from immersive.geometry.capsules import Surroundings, capsule_distances, capsule_rows, surroundings
from immersive.geometry.tolerance import COORDINATE_LIMIT
from immersive.human.posing import Stance, Target
from immersive.scene.bodies import body_of
from immersive.scene.model import Part, Role, Scene

FloatArray = NDArray[np.float64]
Words = dict[str, str]

SOLE: Final = 0.03
"""Metres above the soles up to which feet may touch: a mat, a threshold, the bar of a footrest."""
GRASP: Final = 0.06
"""Metres around the work point where the hand may touch anything: half a fist and the part in it."""
AT_POINT: Final = 0.1
"""Metres around the work point within which workpieces and tools are what the hand takes: a hand's breadth."""
HAND_HELD: Final = 0.3
"""Metres in every direction up to which a part is taken in the hands as a whole."""
SEAT_NEAR: Final = 0.12
"""Metres around the seat reference point within which the seat is looked for: cushion and wear."""
CHAIR: Final = (1.0, 1.0, 1.5)
"""Metres, width, depth, height: an assembly of parts larger than this is no chair."""

BODY_RULE: Final = 0
LEG_RULE: Final = 1
TRUNK_RULE: Final = 2
FOREARM_RULES: Final = 3
"""Rules, rows of :meth:`Obstacles.skips`; from ``FOREARM_RULES`` on one for the forearm at each target, then one
for the hand at each."""


@dataclass(frozen=True, eq=False, slots=True)
class Obstacles:
    """The parts of a scene that count, ready for queries.

    Attributes:
        parts: Those that count, in scene order; body numbers are positions in it.
        around: Their meshes; None if no part counts.
        left_out: Part id → why it does not count, in English and French.
    """

    parts: tuple[Part, ...]
    around: Surroundings | None
    left_out: dict[str, Words]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the parts that count."""
        return tuple(part.id for part in self.parts)

    def seat(self, stance: Stance, /) -> tuple[int, ...]:
        """Numbers of the parts that make up the seat under a sitting person; none if not sitting."""
        if stance.posture != "sitting" or stance.seat_height is None or not self.parts:
            return ()
        x, y, z = stance.position
        place = np.array([x, y, z + stance.seat_height])
        gaps = self._gaps(place, SEAT_NEAR)
        if not np.isfinite(gaps).any():
            return ()
        nearest = self.parts[int(np.argmin(gaps))]
        seat = {int(np.argmin(gaps))}
        for depth in range(len(nearest.path) - 1, 0, -1):
            below = [k for k, part in enumerate(self.parts) if part.path[:depth] == nearest.path[:depth]]
            boxes = np.array([self.parts[k].bounds for k in below])
            size = boxes[:, 1].max(axis=0) - boxes[:, 0].min(axis=0)
            if (np.sort(size[:2]) > CHAIR[:2]).any() or size[2] > CHAIR[2]:
                break
            seat |= set(below)
        return tuple(sorted(seat))

    def taken(self, target: Target, /) -> tuple[int, ...]:
        """Numbers of the workpieces and tools that the hand takes at a target."""
        hold = [k for k, part in enumerate(self.parts) if part.role in (Role.WORKPIECE, Role.TOOL)]
        if not hold:
            return ()
        gaps = self._gaps(np.asarray(target.position, np.float64), AT_POINT)
        return tuple(k for k in hold if np.isfinite(gaps[k]))

    def underfoot(self, stance: Stance, /) -> tuple[int, ...]:
        """Numbers of the parts that legs may touch: floors, and what ends below the soles' edge."""
        edge = sole_height(stance) + SOLE
        return tuple(
            k
            for k, part in enumerate(self.parts)
            if part.role == Role.FLOOR or (part.bounds is not None and part.bounds[1, 2] <= edge)
        )

    def skips(self, stance: Stance, targets: Iterable[Target], /) -> NDArray[np.uint8]:
        """(3 + 2m, B) what does not count: for arms and head, legs, trunk, each target's forearm, each one's hand."""
        wanted = tuple(targets)
        out = np.zeros((FOREARM_RULES + 2 * len(wanted), len(self.parts)), np.uint8)
        out[:, list(self.seat(stance))] = 1
        out[LEG_RULE, list(self.underfoot(stance))] = 1
        if stance.posture != "standing":
            out[TRUNK_RULE, list(self.underfoot(stance))] = 1
        for j, target in enumerate(wanted):
            taken = self.taken(target)
            out[FOREARM_RULES + j, [k for k in taken if self._hand_held(k)]] = 1
            out[FOREARM_RULES + len(wanted) + j, list(taken)] = 1
        return out

    def _hand_held(self, k: int) -> bool:
        bounds = self.parts[k].bounds
        return bounds is not None and bool((bounds[1] - bounds[0]).max() <= HAND_HELD)

    def _gaps(self, point: FloatArray, within: float) -> FloatArray:
        """(B,) distances of the bodies from a point; ``inf`` beyond ``within``."""
        count = len(self.parts)
        assert self.around is not None
        each = np.ones((count, count), np.uint8) - np.eye(count, dtype=np.uint8)
        balls = capsule_rows(np.tile(point, (count, 1)), np.tile(point, (count, 1)), 0.0, 0.0)
        found = capsule_distances(
            self.around, balls, limit=within, skips=each, rule=np.arange(count), inside=False, threads=1
        )
        return np.where(found.body >= 0, np.maximum(found.distance, 0.0), np.inf)


def sole_height(stance: Stance, /) -> float:
    """Height in the world of what the soles stand on, metres."""
    return stance.position[2] + stance.footrest_height


def obstacles_of(scene: Scene, /, *, leave_out: Iterable[str] = ()) -> Obstacles:
    """The parts of a scene that a body must not cut.

    Args:
        scene: The cell.
        leave_out: Ids of parts that are not to count.

    Raises:
        UsageError: A part that is to be left out does not exist.
    """
    unwanted = set(leave_out)
    unknown = sorted(unwanted - set(scene.by_id))
    if unknown:
        raise UsageError(f"no part has the id {unknown[0]!r}")
    parts, bodies, left_out = [], [], {}
    for part in scene:
        why = _why_not(part, part.id in unwanted)
        body = None if why else body_of(part)
        if body is None:
            left_out[part.id] = why or {"en": "it has no triangles", "fr": "elle n'a aucun triangle"}
            continue
        parts.append(part)
        bodies.append(body)
    return Obstacles(tuple(parts), surroundings(bodies) if bodies else None, left_out)


def _why_not(part: Part, unwanted: bool) -> Words | None:
    if unwanted:
        return {"en": "the rule leaves it out", "fr": "la règle l'exclut"}
    if part.role == Role.MARKING:
        return {"en": "it is paint on the floor", "fr": "c'est un marquage au sol"}
    if part.bounds is not None and float(np.abs(part.bounds).max()) > COORDINATE_LIMIT:
        return {
            "en": "it lies more than 100 km from the origin",
            "fr": "elle se trouve à plus de 100 km de l'origine",
        }
    return None
