"""A person as the reach check sees one: two fixed shoulders and arms of one length."""

from __future__ import annotations

import math
from dataclasses import dataclass

from immersive.human.anthropometry import Body, Dimension, dimension
from immersive.scene.station import Point3, WorkPoint, Workstation

PINCH_OVER_GRIP = 0.050
"""Metres from grip centre to thumb tip: the low end of the 50–75 mm correction (from memory)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The dimensions of one person that this model uses, metres.

    Attributes:
        shoulder_height: Above the floor, shoes and seat included.
        half_breadth: Of the shoulders.
        wrist_height: Above the floor with the arm hanging, standing; for remarks only.
    """

    body: Body
    shoulder_height: float
    half_breadth: float
    wrist_height: float

    def arm(self, grasp: str) -> tuple[float, Dimension]:
        """Reach from the shoulder for a grasp, and the dimension behind it."""
        found = dimension(
            "acromion-fingertip length" if grasp == "press" else "acromion-grip length", self.body
        )
        return found.value + (PINCH_OVER_GRIP if grasp == "pinch" else 0.0), found


def figure_for(body: Body, station: Workstation, posture: str, shoe: float, /) -> Figure:
    """The person at the station; sitting takes the station's seat height and no shoes."""
    breadth = dimension("shoulder (biacromial) breadth", body)
    if posture == "sitting":
        shoulder = dimension("shoulder height, sitting", body)
        height = (station.seat_height or 0.0) + shoulder.value
        raised = height - dimension("shoulder height", body).value
    else:
        shoulder = dimension("shoulder height", body)
        height, raised = shoulder.value + shoe, shoe
    wrist = dimension("wrist height", body).value + raised
    return Figure(body, height, 0.5 * breadth.value, wrist)


def shoulder_point(station: Workstation, figure: Figure, side: str) -> Point3:
    """World position of the shoulder; the left one is to the left of the heading."""
    x, y, z = station.position
    along = figure.half_breadth if side == "left" else -figure.half_breadth
    return (
        x - along * math.sin(station.heading),
        y + along * math.cos(station.heading),
        z + figure.shoulder_height,
    )


def deciding_shoulder(station: Workstation, figure: Figure, point: WorkPoint) -> tuple[str, Point3, float]:
    """The shoulder that decides: side, position, distance to the point."""
    sides = (point.hand,) if point.hand in ("left", "right") else ("left", "right")
    measured = [
        (math.dist(shoulder, point.position), side, shoulder)
        for side in sides
        for shoulder in [shoulder_point(station, figure, side)]
    ]
    pick = max if point.hand == "both" else min
    distance, side, shoulder = pick(measured, key=lambda item: item[0])
    return side, shoulder, distance
