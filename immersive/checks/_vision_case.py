"""One thing that people look at, with all that was measured of it, and its marks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context
from immersive.checks._points import point3
from immersive.checks._tasks import person
from immersive.checks._vision_measure import Sight
from immersive.checks._vision_targets import Looked, View
from immersive.checks._vision_words import zone_words
from immersive.findings import (
    ConeMark,
    FigureMark,
    Finding,
    PointMark,
    SegmentMark,
    Text,
    Verdict,
    text,
)
from immersive.human.people import People
from immersive.human.vision import Eyes, Zone, normal_line_of_sight, turn_beyond_eyes
from immersive.scene.station import Workstation
from immersive.units import mm

FloatArray = NDArray[np.float64]

BLAMED: Final = 0.005
"""Parts that hide less than this are left to the rest."""


@dataclass(frozen=True, eq=False)
class Case:
    """One thing that the people of a workstation look at.

    Attributes:
        context: Of the rule.
        station: Where they are.
        posture: ``"standing"`` …
        looked: At what.
        view: What can hide it.
        people: n named ones.
        eyes: Theirs, (n,).
        sight: What was measured of them.
        figure: Mark of the person with this number.
        sample: The population, or None.
        groups: (N,) of the sample: 0 seen and in the zone, 1 seen outside of it, 2 not enough of it is seen.
        eye: Half width of the eyes' places, metres.
        unreached: Numbers of the named people whose hands do not arrive: they look from the nearest posture.
    """

    context: Context
    station: Workstation
    posture: str
    looked: Looked
    view: View
    people: People
    eyes: Eyes
    sight: Sight
    figure: Callable[[int], FigureMark]
    sample: People | None
    groups: NDArray[np.int64] | None
    eye: float
    unreached: tuple[int, ...]

    def finding(self, code: str, verdict: Verdict, message: Text, **more: Any) -> Finding:
        """A finding about it."""
        return Finding(
            code,
            self.context.rule.id,
            (self.station.id, f"{self.station.id}/{self.looked.id}"),
            verdict,
            self.context.severity,
            message,
            # A code of its own for each question: they are different statements.
            key=f"{self.looked.kind}:{code.partition('.')[2]}",
            **more,
        )

    def words(self, who: int) -> dict[str, object]:
        """What every sentence says."""
        return {
            "what": self.looked.id,
            "station": self.station.id,
            "who": person(self.people, who),
            "distance": mm(float(self.sight.gaze.distance[who])),
        }

    def line(self, who: int) -> SegmentMark:
        """The line of sight."""
        a, b = point3(self.eyes.centre[who]), point3(self.looked.fine.center)
        distance = mm(float(self.sight.gaze.distance[who]))
        return SegmentMark(a, b, text("line of sight {d}", "ligne de regard {d}", d=distance))

    def with_posture(self, message: Text, who: int) -> Text:
        """The message, and that the person is in no working posture if so."""
        if who not in self.unreached:
            return message
        return text(
            "{said} {id} does not reach it; this is from the nearest posture.",
            "{said} {id} ne l'atteint pas ; vu depuis la posture la plus proche.",
            said=message,
            id=self.people.ids[who],
        )

    def told(self) -> list[dict[str, Any]]:
        """Each of the named people, as data."""
        sight, angles = self.sight, self.sight.gaze
        lateral, vertical = turn_beyond_eyes(angles)
        return [
            {
                "person": self.people.ids[k],
                "in_working_posture": k not in self.unreached,
                "eye": [float(v) for v in self.eyes.centre[k]],
                "distance": float(angles.distance[k]),
                "elevation": float(angles.elevation[k]),
                "lateral": float(angles.lateral[k]),
                "eye_elevation_in_head": float(angles.head_elevation[k]),
                "eye_lateral_in_head": float(angles.head_lateral[k]),
                "off_normal_line_of_sight": float(angles.off_normal[k]),
                "head_turn_lateral": float(lateral[k]),
                "head_turn_vertical": float(vertical[k]),
                "share_seen": float(sight.seen.either[k]),
                "share_seen_right_eye": float(sight.seen.right[k]),
                "share_seen_left_eye": float(sight.seen.left[k]),
                "share_seen_both_eyes": float(sight.seen.both[k]),
                "face_angle": None if math.isnan(sight.face[k]) else float(sight.face[k]),
            }
            for k in range(len(self.people))
        ]

    def lost(self, who: int) -> list[tuple[str, float]]:
        """What hides it from one of the people: part and share, the most first."""
        blamed = [
            (self.view.ids[body], float(shares[who]))
            for body, shares in self.sight.seen.hidden_by.items()
            if float(shares[who]) >= BLAMED
        ]
        return sorted(blamed, key=lambda item: (-item[1], item[0]))


def cone_of(case: Case, zone: Zone, who: int) -> ConeMark:
    """The zone as a pyramid of sight from the eyes."""
    apex = case.eyes.centre[who]
    if zone.about == "head":
        axis, right = case.eyes.head[who][:, 1], case.eyes.head[who][:, 0]
    else:
        ahead = case.eyes.ahead[who]
        down = normal_line_of_sight(case.posture) if zone.cone is not None else 0.0
        axis = ahead * math.cos(down) + np.array([0.0, 0.0, math.sin(down)])
        right = np.array([ahead[1], -ahead[0], 0.0])
    across, up, below, cone = zone.limits
    if math.isfinite(cone):
        across = up = below = cone
    widest = math.radians(80.0)
    sides = [min(max(angle, 0.0), widest) for angle in (across, up, below)]
    return ConeMark(
        point3(apex),
        point3(axis),
        point3(right),
        sides[0],
        sides[1],
        sides[2],
        float(case.sight.gaze.distance[who]),
        zone_words(zone),
    )


def target_of(case: Case) -> PointMark:
    """The middle of what is looked at."""
    return PointMark(point3(case.looked.fine.center), text("{id}", "{id}", id=case.looked.id))
