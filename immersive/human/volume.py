"""The body's volume as tapered capsules, several side by side where a segment is flat, fixed to the segments.

Breadths, depths and girths are the person's own (``NEEDED``). A trunk section of breadth B and depth D is two
capsules of radius min(B, D)/2 whose axes lie (B − D)/2 apart, so that both measures are exact; a girth becomes
the radius of a round limb. What no survey of these dimensions tells (thickness of hands, of the knee, the lordosis of
the back, where the deltoid bulges) is a named constant of ``_volume_trunk`` and ``_volume_limbs``. The constants were set so that the volume of all
capsules together weighs what the person weighs (``tests/human/test_volume.py``).

For clearances and simple drawings; the body for display is another module's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import UsageError, choices, suggestion
from immersive.human._kept import Kept
from immersive.human._volume_build import Builder
from immersive.human._volume_limbs import add_arm, add_hand, add_leg
from immersive.human._volume_trunk import add_head, add_trunk
from immersive.human.kinematics import SEGMENT_ORIGIN, Figure
from immersive.human.people import People
from immersive.human.skeleton import SEGMENT, SEGMENTS

FloatArray = NDArray[np.float64]
Point3 = tuple[float, float, float]
Row = tuple[str, Point3, Point3, float, float]
"""Segment's name, two ends in the world, their radii: what a drawing's capsule is made of."""

NEEDED: Final = (
    "chest breadth, standing",
    "chest depth, standing",
    "chest circumference",
    "chest height",
    "waist breadth",
    "waist depth",
    "waist height",
    "hip breadth, standing",
    "buttock depth",
    "shoulder (bideltoid) breadth",
    "biceps circumference, flexed",
    "forearm circumference, flexed",
    "wrist circumference",
    "hand breadth",
    "palm length",
    "thigh circumference",
    "calf circumference",
    "ankle circumference",
    "foot breadth",
    "heel breadth",
    "neck circumference",
    "head breadth",
    "head length",
    "menton-sellion length",
)
"""Dimensions needed beside those of the links."""

GRASPS: Final = ("open", "grip", "press", "pinch")
"""What the hands do: ``"open"`` is stretched fingers, the others are those of a work point."""


@dataclass(frozen=True, eq=False)
class BodyShape:
    """Capsules of n persons, in the frames of their segments.

    Attributes:
        names: (c) of the capsules: ``"right_palm_1"``.
        segment: (c,) places in ``skeleton.SEGMENTS``.
        starts, ends: (n, c, 3) metres in the segment's frame.
        start_radius, end_radius: (n, c) metres; along the axis the radius changes linearly.
    """

    names: tuple[str, ...]
    segment: NDArray[np.int64]
    starts: FloatArray
    ends: FloatArray
    start_radius: FloatArray
    end_radius: FloatArray

    def __len__(self) -> int:
        return len(self.start_radius)

    def of(self, *segments: str) -> NDArray[np.bool_]:
        """(c,) whether a capsule belongs to one of these segments.

        Raises:
            UsageError: No such segment.
        """
        for name in segments:
            if name not in SEGMENT:
                raise UsageError(
                    f"unknown segment {name!r}{suggestion(name, SEGMENTS)}; use {choices(SEGMENTS)}"
                )
        return np.isin(self.segment, [SEGMENT[name] for name in segments])

    def pick(self, index: NDArray[np.int64] | list[int]) -> BodyShape:
        """Some of the persons."""
        rows = np.asarray(index)
        return BodyShape(
            self.names,
            self.segment,
            self.starts[rows],
            self.ends[rows],
            self.start_radius[rows],
            self.end_radius[rows],
        )


def place(shape: BodyShape, body: Figure, /) -> FloatArray:
    """(n, …, c, 2, 3) ends of the capsules in the world, metres.

    Args:
        shape: Of n persons, or of one for all.
        body: Figures with leading axes (n, …); see :func:`immersive.human.kinematics.figure`.
    """
    lead = body.points.ndim - 3
    spread = (len(shape), *(1,) * lead, len(shape.names), 2, 3)
    local = np.stack([shape.starts, shape.ends], axis=-2).reshape(spread)
    origin = body.points[..., SEGMENT_ORIGIN[shape.segment], None, :]
    turn = body.rotations[..., shape.segment, :, :]
    return np.asarray(origin + np.einsum("...cij,...ckj->...cki", turn, local))


def body_rows(shape: BodyShape, body: Figure, /, person: int = 0) -> tuple[Row, ...]:
    """One posture as plain rows: segment, start, end, start radius, end radius.

    Args:
        shape: Of n persons.
        body: One figure, without leading axes.
        person: Whose capsules.
    """
    ends = place(shape.pick([person]), Figure(body.points[None], body.rotations[None]))[0]
    return tuple(
        (SEGMENTS[segment], _point(a), _point(b), float(r0), float(r1))
        for segment, (a, b), r0, r1 in zip(
            shape.segment, ends, shape.start_radius[person], shape.end_radius[person], strict=True
        )
    )


def capsules_of(people: People, links: FloatArray, /, *, grasp: str = "open") -> BodyShape:
    """The volume of each person, clothing included.

    Args:
        people: n persons; their ``allowances.clothing`` is added to every radius, shoes to the feet.
        links: (n, 31) of :func:`immersive.human.links.links_of`.
        grasp: One of :data:`GRASPS`, for both hands.

    Raises:
        UsageError: A dimension is missing (named), or an unknown grasp.
    """
    missing = [name for name in NEEDED if name not in people.dimensions]
    if missing:
        raise UsageError(
            f"the body's volume needs {'a dimension' if len(missing) == 1 else 'dimensions'} that these people "
            f"lack: {choices(missing).replace(' or ', ' and ')}"
        )
    if grasp not in GRASPS:
        raise UsageError(f"unknown grasp {grasp!r}{suggestion(grasp, GRASPS)}; use {choices(GRASPS)}")
    key = (
        grasp,
        people.allowances,
        people.female.tobytes(),
        tuple((name, values.tobytes()) for name, values in people.dimensions.items()),
        np.asarray(links).tobytes(),
    )
    return _SHAPES.of(key, lambda: _built(people, links, grasp))


def _built(people: People, links: FloatArray, grasp: str) -> BodyShape:
    build = Builder(people, links)
    add_trunk(build)
    add_head(build)
    for side in ("right", "left"):
        add_arm(build, side)
        add_hand(build, side, grasp)
        add_leg(build, side)
    return BodyShape(*build.arrays())


_SHAPES: Final = Kept[BodyShape](64)
"""Every figure of a report and every search asks for the same few people."""


def _point(values: FloatArray) -> Point3:
    return (float(values[0]), float(values[1]), float(values[2]))
