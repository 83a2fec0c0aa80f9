"""The capsules of bodies as the obstacle search wants them, held tools among them, and where a hand may touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import UsageError, choices, suggestion
from immersive.human.kinematics import SEGMENT_ORIGIN, Figure
from immersive.human.obstacles import BODY_RULE, GRASP, LEG_RULE, TRUNK_RULE
from immersive.human.people import People
from immersive.human.skeleton import LINK, SEGMENT, SEGMENTS
from immersive.human.volume import capsules_of
from immersive.scene.station import WorkPoint

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

TOOL_AXES: Final = {"fingers": (0.0, 0.0, -1.0), "thumb": (0.0, 1.0, 0.0), "little_finger": (0.0, -1.0, 0.0)}
"""Where a tool stands out of the fist → direction in the hand's frame."""
FIST: Final = 0.045
"""Metres from the grip's centre to where the hand ends and the tool begins to stand out: half a hand's breadth."""


@dataclass(frozen=True, slots=True)
class Tool:
    """What a working hand holds: a rod through the grip's centre.

    Attributes:
        length: How far it stands out of the hand, metres.
        diameter: Metres.
        axis: One of :data:`TOOL_AXES`.
    """

    length: float
    diameter: float = 0.04
    axis: str = "thumb"

    def __post_init__(self) -> None:
        if self.axis not in TOOL_AXES:
            raise UsageError(
                f"unknown tool axis {self.axis!r}{suggestion(self.axis, TOOL_AXES)}; use {choices(TOOL_AXES)}"
            )
        if not (self.length > 0.0 and self.diameter > 0.0):
            raise UsageError("a tool's length and diameter must be positive")


def tool_of(point: WorkPoint, /) -> Tool | None:
    """The tool that a layout's work point names, or None."""
    if point.tool_length <= 0.0:
        return None
    return Tool(point.tool_length, point.tool_diameter, point.tool_axis)


@dataclass(frozen=True, eq=False, slots=True)
class Volume:
    """Capsules of n persons.

    Attributes:
        segments: (C,) of ``skeleton.SEGMENTS``.
        ends: (n, C, 2, 3) in the segments' frames.
        radii: (n, C, 2).
        names: (C) segment's name, or ``"right_tool"``, ``"left_tool"``.
    """

    segments: IndexArray
    ends: FloatArray
    radii: FloatArray
    names: tuple[str, ...]

    @property
    def tools(self) -> NDArray[np.bool_]:
        """(C,) which capsules are held tools."""
        return np.array([name.endswith("_tool") for name in self.names])

    def pick(self, people: IndexArray, /) -> Volume:
        """Some of the persons."""
        return Volume(self.segments, self.ends[people], self.radii[people], self.names)


def volume_of(people: People, links: FloatArray, grasp: str, tool: Tool | None, /) -> Volume:
    """The people's capsules with their hands in a grasp, and a tool in each hand if there is one."""
    shape = capsules_of(people, links, grasp=grasp)
    segments = shape.segment.astype(np.int64)
    ends = np.stack([shape.starts, shape.ends], axis=2)
    radii = np.stack([shape.start_radius, shape.end_radius], axis=2)
    names = [SEGMENTS[k] for k in segments]
    if tool is not None:
        rod = np.zeros((len(people), 1, 2, 3))
        rod[:, 0, :, 2] = -np.asarray(links)[:, None, LINK["grip"]]
        rod[:, 0, 1] += (FIST + tool.length - 0.5 * tool.diameter) * np.array(TOOL_AXES[tool.axis])
        wide = np.full((len(people), 1, 2), 0.5 * tool.diameter)
        for side in ("right", "left"):
            segments = np.append(segments, SEGMENT[f"{side}_hand"])
            ends, radii = np.concatenate([ends, rod], axis=1), np.concatenate([radii, wide], axis=1)
            names.append(f"{side}_tool")
    return Volume(segments, np.ascontiguousarray(ends), np.ascontiguousarray(radii), tuple(names))


def base_rules(volume: Volume) -> IndexArray:
    """(C,) rules that hold whatever the hands do."""
    legs = volume.segments > SEGMENT["left_hand"]
    trunk = volume.segments <= SEGMENT["lumbar"]
    return np.where(legs, LEG_RULE, np.where(trunk, TRUNK_RULE, BODY_RULE)).astype(np.int64)


def moves_with(segments: IndexArray) -> IndexArray:
    """(C,) what each capsule moves with, as in ``_cut_kernels``."""
    out = np.zeros(len(segments), np.int64)
    for mark, side in ((1, "right"), (2, "left")):
        first = SEGMENT[f"{side}_upper_arm"]
        out[(segments >= first) & (segments <= first + 2)] = mark
    return out


def world_capsules(volume: Volume, body: Figure) -> FloatArray:
    """(n, C, 8) capsules of figures (n)."""
    origin = body.points[:, SEGMENT_ORIGIN[volume.segments]]
    turn = body.rotations[:, volume.segments]
    ends = origin[:, :, None] + np.einsum("ncij,nckj->ncki", turn, volume.ends)
    return np.concatenate([ends.reshape(*ends.shape[:2], 6), volume.radii], axis=2)


def trimmed(
    rows: FloatArray, rule: IndexArray, first: int, segments: IndexArray, goals: FloatArray
) -> tuple[FloatArray, IndexArray]:
    """Capsules (K, 8) with those of working hands cut to what is outside the ball at the work point; owners (K,).

    Args:
        rows: (n, C, 8).
        rule: (n, C); working hands are those from rule ``first`` on; below 0: left out.
        segments: (C,).
        goals: (2, 3) where the right and the left hand go.
    """
    flat = rows.reshape(-1, 8)
    owner = np.arange(len(flat))
    hand = rule.reshape(-1) >= first
    left = np.tile(segments == SEGMENT["left_hand"], len(rows))
    counts = (rule.reshape(-1) >= 0) & ~hand
    pieces, owners = [flat[counts]], [owner[counts]]
    for side, which in ((0, hand & ~left), (1, hand & left)):
        part = flat[which]
        u, w = part[:, 3:6] - part[:, :3], part[:, :3] - goals[side]
        uu = np.maximum(np.einsum("ki,ki->k", u, u), 1e-18)
        uw = np.einsum("ki,ki->k", u, w)
        inside = uw * uw - uu * (np.einsum("ki,ki->k", w, w) - GRASP * GRASP)
        root = np.sqrt(np.maximum(inside, 0.0))
        enter = np.where(inside > 0.0, (-uw - root) / uu, 2.0)
        leave = np.where(inside > 0.0, (-uw + root) / uu, 2.0)
        misses = (enter >= 1.0) | (leave <= 0.0)
        until = np.where(misses, 1.0, enter)
        for low, high in ((np.zeros(len(part)), until), (np.where(misses, 1.0, leave), np.ones(len(part)))):
            keep = low < high
            if not keep.any():
                continue
            a, b, piece = low[keep, None], high[keep, None], part[keep].copy()
            piece[:, :3], piece[:, 3:6] = part[keep, :3] + a * u[keep], part[keep, :3] + b * u[keep]
            taper = part[keep, 7:8] - part[keep, 6:7]
            piece[:, 6:7], piece[:, 7:8] = part[keep, 6:7] + a * taper, part[keep, 6:7] + b * taper
            pieces.append(piece)
            owners.append(owner[which][keep])
    return np.concatenate(pieces), np.concatenate(owners)
