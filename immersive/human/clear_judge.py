"""What postures cut, and by how much: every capsule of a body against the cell, by the rules of ``obstacles``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.capsules import capsule_distances
from immersive.human.body_capsules import Tool, Volume, base_rules, trimmed, volume_of, world_capsules
from immersive.human.kinematics import Figure
from immersive.human.obstacles import FOREARM_RULES, SOLE, Obstacles, sole_height
from immersive.human.posing import BOTH, LEFT, RIGHT, Poses
from immersive.human.reach_ik import hand_targets
from immersive.human.skeleton import HAND_POINTS, SEGMENT

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

GIVE: Final = 0.005
"""Metres a body may sink in before it counts as a cut: flesh gives, and capsules are no more exact."""
FAR: Final = 1.0
"""Clearances are measured up to this, metres."""


@dataclass(frozen=True, slots=True)
class Obstruction:
    """One piece of the body in one part's way.

    Attributes:
        part: Id.
        segment: Name of ``skeleton.SEGMENTS``, or ``"right_tool"``, ``"left_tool"``.
        depth: How far the capsule cuts into it, metres, beyond the clearance asked for.
        point: On the part, world.
        body_point: On the axis of the body's capsule.
    """

    part: str
    segment: str
    depth: float
    point: tuple[float, float, float]
    body_point: tuple[float, float, float]


@dataclass(frozen=True)
class Verdict:
    """Of n × m postures: least clearance, whether they cut, and what; see ``reach_clear.ClearPoses``."""

    clearance: FloatArray
    cuts: NDArray[np.bool_]
    what: tuple[tuple[tuple[Obstruction, ...], ...], ...]


class Judge:
    """One study's obstacles, rules and volumes.

    Args:
        poses: Whose people, links, stance and targets are meant.
        obstacles: The cell.
        clearance: Metres to keep from everything that counts.
        tools: What the working hand holds at each target; empty: nothing.
        threads: Of the processor; every core by default.
    """

    def __init__(
        self,
        poses: Poses,
        obstacles: Obstacles,
        /,
        *,
        clearance: float = 0.0,
        tools: Sequence[Tool | None] = (),
        threads: int | None = None,
    ) -> None:
        self.people, self.links = poses.people, poses.links
        self.stance, self.targets = poses.stance, poses.targets
        if tools and len(tools) != len(self.targets):
            raise ValueError(f"{len(tools)} tools for {len(self.targets)} targets")
        self.obstacles, self.clearance, self.threads = obstacles, clearance, threads
        self.limit = clearance - GIVE
        self._tools = tuple(tools) if tools else (None,) * len(self.targets)
        self._volumes: dict[tuple[str, Tool | None], Volume] = {}
        self.hand_rule = FOREARM_RULES + len(self.targets)
        self.skips = obstacles.skips(self.stance, self.targets)
        self.floor = sole_height(self.stance) + SOLE

    def volume(self, j: int, /) -> Volume:
        """The people's capsules at target j."""
        key = (self.targets[j].grasp, self._tools[j])
        if key not in self._volumes:
            self._volumes[key] = volume_of(self.people, self.links, *key)
        return self._volumes[key]

    def rules(self, j: int, hands: NDArray[np.int8], /) -> IndexArray:
        """(k, C) the rule of each capsule at target j for each of k working hands; −1: does not count."""
        volume = self.volume(j)
        out = np.tile(base_rules(volume), (len(hands), 1))
        for side, name in ((RIGHT, "right"), (LEFT, "left")):
            works = (hands == side) | (hands == BOTH)
            of_hand = volume.segments == SEGMENT[f"{name}_hand"]
            of_forearm = volume.segments == SEGMENT[f"{name}_forearm"]
            out[np.ix_(works, of_forearm)] = FOREARM_RULES + j
            out[np.ix_(works, of_hand)] = self.hand_rule + j
            out[np.ix_(~works, of_hand & volume.tools)] = -1
        return out

    def goals(self, j: int, /) -> FloatArray:
        """(2, 3) where the right and the left hand go."""
        return hand_targets(self.stance, self.targets[j])

    def judge(self, poses: Poses, asked: NDArray[np.bool_] | None = None, /) -> Verdict:
        """Every capsule of the postures against the scene; of those not ``asked`` (n, m) nothing is found."""
        n, m = poses.missing.shape
        clearance = np.full((n, m), FAR)
        cells: list[list[dict[tuple[str, str], Obstruction]]] = [[{} for _ in range(m)] for _ in range(n)]
        body = poses.figure()
        for j in range(m if self.obstacles.around is not None else 0):
            assert self.obstacles.around is not None
            people = np.arange(n) if asked is None else np.flatnonzero(asked[:, j])
            if len(people) == 0:
                continue
            volume = self.volume(j)
            rows = world_capsules(
                volume.pick(people), Figure(body.points[people, j], body.rotations[people, j])
            )
            self._lift_legs(rows, volume)
            rule = self.rules(j, poses.hand[people, j])
            pieces, owner = trimmed(rows, rule, self.hand_rule, volume.segments, self.goals(j))
            found = capsule_distances(
                self.obstacles.around,
                pieces,
                limit=FAR,
                skips=self.skips,
                rule=rule.reshape(-1)[owner],
                threads=self.threads,
            )
            count = len(volume.segments)
            np.minimum.at(clearance[:, j], people[owner // count], np.minimum(found.distance, FAR))
            for k in np.flatnonzero(found.distance < self.limit):
                row, c = divmod(int(owner[k]), count)
                i = int(people[row])
                one = Obstruction(
                    self.obstacles.parts[found.body[k]].id,
                    volume.names[c],
                    float(self.clearance - found.distance[k]),
                    _point(found.point[k]),
                    _point(found.axis_point[k]),
                )
                known = cells[i][j].get((one.part, one.segment))
                if known is None or known.depth < one.depth:
                    cells[i][j][one.part, one.segment] = one
        ordered = tuple(
            tuple(
                tuple(sorted(cell.values(), key=lambda one: (-one.depth, one.part, one.segment)))
                for cell in row
            )
            for row in cells
        )
        return Verdict(clearance, clearance < self.limit, ordered)

    def missing(self, poses: Poses, asked: NDArray[np.bool_], /) -> FloatArray:
        """(n, m) distance of hand and goal by forward kinematics where ``asked``, else infinite."""
        body = poses.figure()
        out = np.where(asked, 0.0, np.inf)
        for j, target in enumerate(poses.targets):
            for side, name in ((RIGHT, "right"), (LEFT, "left")):
                works = (poses.hand[:, j] == side) | (poses.hand[:, j] == BOTH)
                at = body.point(f"{name}_{HAND_POINTS[target.grasp]}")[:, j]
                gap = np.linalg.norm(at - self.goals(j)[side], axis=1)
                out[works, j] = np.maximum(out[works, j], gap[works])
        return out

    def _lift_legs(self, rows: FloatArray, volume: Volume) -> None:
        """Legs are looked at from ``SOLE`` above the soles; changes ``rows`` (n, C, 8)."""
        legs = volume.segments > SEGMENT["left_hand"]
        for end in range(2):
            low = self.floor + rows[:, legs, 6 + end]
            rows[:, legs, 3 * end + 2] = np.maximum(rows[:, legs, 3 * end + 2], low)


def _point(values: FloatArray) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z
