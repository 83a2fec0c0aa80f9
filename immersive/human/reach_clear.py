"""Reach among obstacles: the hand arrives, and neither arm, trunk nor legs cut the cell.

The posture of :func:`immersive.human.reach_ik.solve_reach` is kept where it is clear. Where it cuts a part, others
are looked for that bring the same hand (either hand, where both may) to the same point:

1. on the same trunk: other swivels of the elbow, turns of the forearm and bends of the wrist, and so other
   directions of the hand;
2. on other trunks: bent, leaning and turned more or less, hips lower, feet elsewhere if a step is allowed.

They are looked at in the order of discomfort and the first clear one is taken. It is the best on a grid,
polished with smaller steps; a way round that only postures between the grid's lead through may be missed. Where
all are blocked, the one that cuts least is given, and what it cuts. What does not count: see
:mod:`immersive.human.obstacles`; forearm and hand also keep out of the own trunk, head and thighs.

A posture is one moment: whether the hand gets there without passing through something is not asked.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.human._arm_kernels import AXIS_SET, WRIST_SET
from immersive.human._clear_kernels import search_all
from immersive.human.arm_ik import in_chunks
from immersive.human.body_capsules import Tool, moves_with, tool_of
from immersive.human.body_states import around
from immersive.human.clear_judge import FAR, GIVE, Judge, Obstruction, Verdict
from immersive.human.obstacles import GRASP, Obstacles
from immersive.human.people import People
from immersive.human.posing import Poses, Stance, Target
from immersive.human.reach_ik import solve_reach
from immersive.human.skeleton import HAND_POINTS, LINK

__all__ = [
    "FAR",
    "GIVE",
    "RULE_TEXTS",
    "ClearPoses",
    "Obstruction",
    "Tool",
    "judge_poses",
    "solve_reach_clear",
    "tool_of",
]

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]


@dataclass(frozen=True)
class ClearPoses(Poses):
    """Postures that look at obstacles; see :class:`immersive.human.posing.Poses` for the rest.

    Attributes:
        clearance: (n, m) least distance of the body to what counts, metres, up to ``FAR``; negative: it cuts.
        blocked: (n, m) True where every posture that was looked at cuts something.
        in_the_way: n × m tuples: what the posture cuts, deepest first; empty where it is clear.
        avoided: n × m tuples: what the posture without regard to obstacles would have cut.
        obstacles: What was looked at.
    """

    clearance: FloatArray
    blocked: NDArray[np.bool_]
    in_the_way: tuple[tuple[tuple[Obstruction, ...], ...], ...]
    avoided: tuple[tuple[tuple[Obstruction, ...], ...], ...]
    obstacles: Obstacles


RULE_TEXTS: Final = (
    {
        "en": "Floors and what ends less than 30 mm above the soles may be trodden on; the seat may be sat on",
        "fr": "On peut marcher sur les sols et sur ce qui finit à moins de 30 mm au-dessus des semelles, "
        "et s'asseoir sur le siège",
    },
    {
        "en": "Within 60 mm of the work point the hand may touch anything, and workpieces and tools within 100 mm "
        "of it are what the hand takes",
        "fr": "À moins de 60 mm du point de travail, la main peut tout toucher ; les pièces et outils à moins de "
        "100 mm du point sont ce que la main saisit",
    },
    {
        "en": "Such a workpiece or tool of up to 300 mm does not count for the forearm either",
        "fr": "Une telle pièce ou un tel outil de 300 mm au plus ne compte pas non plus pour l'avant-bras",
    },
    {
        "en": "A body may sink in by 5 mm before it counts as a cut",
        "fr": "Un contact de moins de 5 mm de profondeur ne compte pas comme une pénétration",
    },
    {
        "en": "Moving parts are where they are drawn; how the hand gets to the point is not examined",
        "fr": "Les pièces mobiles sont là où elles sont dessinées ; le trajet de la main jusqu'au point n'est pas "
        "examiné",
    },
)
"""What the reader of a result has to know, for ``Evaluation.assumptions``."""


def solve_reach_clear(
    people: People,
    links: FloatArray,
    stance: Stance,
    targets: Sequence[Target],
    obstacles: Obstacles,
    /,
    *,
    clearance: float = 0.0,
    tools: Sequence[Tool | None] = (),
    arm_shorter: float = 0.0,
    any_clear: bool = False,
    threads: int | None = None,
) -> ClearPoses:
    """The least uncomfortable posture of each person for each target that cuts nothing.

    Args:
        people: n persons, with the dimensions of :func:`immersive.human.volume.capsules_of`.
        links: (n, 31) their link lengths.
        stance: Where they stand, sit or kneel.
        targets: m targets.
        obstacles: Of :func:`immersive.human.obstacles.obstacles_of`.
        clearance: Metres to keep from everything that counts.
        tools: What the working hand holds at each target (``tool_of`` a work point); empty: nothing.
        arm_shorter: As in :func:`immersive.human.reach_ik.solve_reach`.
        any_clear: Take the first clear posture that is found, be it uncomfortable: sooner done for who only asks
            whether there is one, and what is in the way where there is none.
        threads: Of the processor; every core by default. The result does not depend on it.

    Returns:
        Postures; where a target is out of reach, the nearest posture as it is, with what it cuts.
    """
    if not clearance >= 0.0:
        raise ValueError(f"clearance must not be negative, found {clearance!r}")
    natural = solve_reach(people, links, stance, targets, arm_shorter=arm_shorter, threads=threads)
    judge = Judge(natural, obstacles, clearance=clearance, tools=tools, threads=threads)
    first = judge.judge(natural)
    found, best = natural, first
    blocked = first.cuts & natural.reached
    if blocked.any():
        found, best = _Search(judge).ways_round(natural, first, blocked, any_clear=any_clear)
    return ClearPoses(
        **{name: getattr(found, name) for name in Poses.__dataclass_fields__},
        clearance=best.clearance,
        blocked=best.cuts,
        in_the_way=best.what,
        avoided=first.what,
        obstacles=obstacles,
    )


def judge_poses(
    poses: Poses,
    obstacles: Obstacles,
    /,
    *,
    clearance: float = 0.0,
    tools: Sequence[Tool | None] = (),
    threads: int | None = None,
) -> ClearPoses:
    """What given postures cut, without looking for others."""
    seen = Judge(poses, obstacles, clearance=clearance, tools=tools, threads=threads).judge(poses)
    return ClearPoses(
        **{name: getattr(poses, name) for name in Poses.__dataclass_fields__},
        clearance=seen.clearance,
        blocked=seen.cuts,
        in_the_way=seen.what,
        avoided=seen.what,
        obstacles=obstacles,
    )


class _Search:
    """Looks for ways round, for one call."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.people, self.links, self.stance, self.targets = (
            judge.people,
            judge.links,
            judge.stance,
            judge.targets,
        )

    def ways_round(
        self, natural: Poses, first: Verdict, blocked: NDArray[np.bool_], *, any_clear: bool
    ) -> tuple[Poses, Verdict]:
        """Better postures for those that are blocked."""
        starts = [natural]
        if any(target.hand == "either" for target in self.targets):
            starts += self.other_hand(natural)
        # Where nothing is clear any posture will do; where something is, only an easier one.
        best, verdict = replace(natural, discomfort=np.where(blocked, np.inf, natural.discomfort)), first
        for spread, level, whence in PASSES:
            left = blocked & (verdict.cuts | (best.discomfort > natural.discomfort + WORTH))
            begin = starts if whence == "natural" else [best]
            for start in begin:
                if any_clear:
                    left &= verdict.cuts
                # A bound keeps a search with small steps short; without one only large steps are affordable.
                bounds = np.where(verdict.cuts, np.inf, best.discomfort)
                open_, closed = left & start.reached & ~verdict.cuts, left & start.reached & verdict.cuts
                asked = [(open_, level)]
                if whence == "natural":
                    asked.append((closed, level if spread == 0.0 else COARSE))
                tried = self.search(start, asked, spread, bounds)
                if tried is not None:
                    best, verdict = self.better(best, verdict, *tried)
        still = np.isinf(best.discomfort)
        return replace(best, discomfort=np.where(still, natural.discomfort, best.discomfort)), verdict

    def other_hand(self, natural: Poses) -> list[Poses]:
        """The solver's postures with the right and with the left hand, where either may be used."""
        out = []
        for hand in ("right", "left"):
            asked = [replace(t, hand=hand) if t.hand == "either" else t for t in self.targets]
            one = solve_reach(self.people, self.links, self.stance, asked, threads=self.judge.threads)
            # Targets that ask for a hand, and those already solved with this one, are looked at once.
            same = np.asarray(one.hand == natural.hand)
            missing = np.where(same, np.inf, one.missing)
            out.append(replace(one, missing=missing, targets=self.targets))
        return out

    def better(
        self, best: Poses, verdict: Verdict, tried: Poses, asked: NDArray[np.bool_]
    ) -> tuple[Poses, Verdict]:
        """Take what clears at less discomfort, or else cuts less."""
        seen = self.judge.judge(tried, asked)
        arrives = tried.reached & asked
        clearer = verdict.cuts & (~seen.cuts | (seen.clearance > verdict.clearance + 1e-6))
        easier = ~verdict.cuts & ~seen.cuts & (tried.discomfort < best.discomfort)
        take = arrives & (clearer | easier)

        def mix(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
            return np.where(take.reshape(*take.shape, *(1,) * (a.ndim - 2)), b, a)

        made = replace(
            best,
            angles=mix(best.angles, tried.angles),
            root=mix(best.root, tried.root),
            hand=mix(best.hand, tried.hand),
            missing=mix(best.missing, tried.missing),
            discomfort=mix(best.discomfort, tried.discomfort),
        )
        what = tuple(
            tuple(seen.what[i][j] if take[i, j] else verdict.what[i][j] for j in range(take.shape[1]))
            for i in range(take.shape[0])
        )
        return made, Verdict(mix(verdict.clearance, seen.clearance), mix(verdict.cuts, seen.cuts), what)

    def search(
        self,
        start: Poses,
        asked: Sequence[tuple[NDArray[np.bool_], int]],
        spread: float,
        bounds: FloatArray,
    ) -> tuple[Poses, NDArray[np.bool_]] | None:
        """Arms on the given trunks, or on trunks ``spread`` around them, that cost less than ``bounds`` (n, m).

        Args:
            start: The given postures.
            asked: (n, m) which of them, and the level of their steps; none twice.
            spread: 0: the trunks as they are.
            bounds: Discomfort that has to be beaten.

        Returns:
            Postures and (n, m) which were asked for; None where nothing is.
        """
        jobs = [(i, j, level) for wanted, level in asked for j, i in np.argwhere(wanted.T)]
        if not jobs:
            return None
        angles, root = start.angles.copy(), start.root.copy()
        discomfort, tried = start.discomfort.copy(), np.zeros(start.missing.shape, bool)
        for j in {j for _, j, _ in jobs}:
            self.judge.volume(j)

        def work(at: int, _: int) -> None:
            i, j, level = jobs[at]
            rows = np.array([i])
            q, r, scores = self.search_target(start, rows, j, spread, level, bounds[rows, j])
            clear = scores[0, 0] < bounds[i, j]
            if clear or np.isfinite(scores[0, 1]):
                angles[i, j], root[i, j] = q[0], r[0]
                discomfort[i, j] = scores[0, 0] if clear else scores[0, 2]
                tried[i, j] = True

        in_chunks(work, len(jobs), chunk=1, threads=self.judge.threads)
        made = replace(start, angles=angles, root=root, discomfort=discomfort)
        whole = np.logical_or.reduce([wanted for wanted, _ in asked])
        return replace(made, missing=self.judge.missing(made, tried)), whole

    def search_target(
        self, start: Poses, rows: IndexArray, j: int, spread: float, level: int, bounds: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        assert self.judge.obstacles.around is not None
        target = self.targets[j]
        volume = self.judge.volume(j)
        hand = start.hand[rows, j]
        states = around(
            self.links[rows], self.stance, start.angles[rows, j], start.root[rows, j], hand, spread=spread
        )
        count = len(rows)
        axes = np.zeros((count, 3, 3))
        mode = WRIST_SET
        if target.approach is not None:
            axes[:, :, 2] = -np.asarray(target.approach) / np.linalg.norm(target.approach)
            mode = AXIS_SET
        problems = (
            rows,
            hand.astype(np.int64),
            np.tile(self.judge.goals(j), (count, 1, 1)),
            axes,
            np.full(count, mode, np.int64),
            np.full(count, LINK[HAND_POINTS[target.grasp]], np.int64),
            self.judge.rules(j, hand),
        )
        bodies = (self.links, volume.segments, moves_with(volume.segments), volume.ends, volume.radii)
        results = (np.zeros((count, 39)), np.zeros((count, 4)), np.full((count, 3), np.inf))
        results[2][:, 0] = bounds
        limits = (
            self.judge.limit,
            self.judge.floor,
            GRASP,
            self.judge.hand_rule,
            _TURNS[level],
        )
        wrists = _wrists(level)
        scene = self.judge.obstacles.around.arrays()
        search_all(
            problems,
            states,
            bodies,
            wrists,
            _IDLE,
            limits,
            self.judge.skips,
            scene,
            np.arange(count),
            results,
        )
        return results


COARSE: Final = 0
MEDIUM: Final = 1
DENSE: Final = 2
"""How small the steps are in which wrists and swivels are looked at."""
PASSES: Final = (
    (0.0, MEDIUM, "natural"),
    (0.0, DENSE, "natural"),
    (1.0, MEDIUM, "natural"),
    (0.35, MEDIUM, "found"),
    (0.0, DENSE, "found"),
)
"""How far around which trunk (the solver's, or what was found so far), and in what steps of the arm."""
WORTH: Final = 0.3
"""Discomfort above the natural posture's from which on easier trunks are looked for."""
_TURNS: Final = (0.45, 0.3, 0.15)
"""Radians between the swivels that are tried, of each level."""

_IDLE: Final = np.radians(
    [
        (0.0, 8.0, 0.0, 90.0, 0.0, 0.0, 0.0),
        (-20.0, 10.0, 0.0, 30.0, 0.0, 0.0, 0.0),
        (0.0, 25.0, 0.0, 20.0, 0.0, 0.0, 0.0),
        (-30.0, 20.0, 0.0, 100.0, 0.0, 0.0, 0.0),
        (30.0, 10.0, 0.0, 120.0, 0.0, 0.0, 0.0),
        (0.0, 5.0, 60.0, 100.0, 0.0, 0.0, 0.0),
    ]
)
"""Where an idle arm goes when it cannot hang: bent, behind, aside, behind and bent, raised, before the body."""


_WRISTS: Final = (
    ([-50, 0, 50], [-45, 0, 45], [0]),
    ([-80, -40, 0, 40, 80], [-50, -25, 0, 25, 50], [-15, 0, 12]),
    (list(range(-80, 81, 20)), list(range(-60, 61, 20)), [-15, 0, 12]),
)
"""Degrees of pronation, wrist flexion and radial deviation that are tried, of each level."""


def _wrists(level: int) -> FloatArray:
    """(W, 3) pronation, wrist flexion and radial deviation to try, radians."""
    return np.asarray(np.radians(np.array([*itertools.product(*_WRISTS[level])], np.float64)))
