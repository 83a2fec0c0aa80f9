"""The motions of a cell ready to be examined: motions of one cycle together, each other one alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context
from immersive.checks._clearance_scope import unusable
from immersive.findings import Skipped, Text, text
from immersive.scene.model import Part
from immersive.scene.motion import Mechanism, Motion
from immersive.units import degrees, mm, number

if TYPE_CHECKING:
    from immersive.geometry.bodies import Pack
    from immersive.geometry.chains import Chain
    from immersive.geometry.swept import Movers

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Moving:
    """All parts of the scene that can be measured, packed once for all checks on motions.

    Attributes:
        parts: As packed.
        pack: Their bodies where the layout shows them.
        machine: (B,) index in ``scene.mechanisms`` of the machine that a part belongs to; -1: none.
        uncertainty: (B,) metres.
        skipped: Parts that cannot be measured, and why.
    """

    parts: tuple[Part, ...]
    pack: Pack
    machine: IntArray
    uncertainty: NDArray[np.float64]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, eq=False)
class Run:
    """Motions that run together.

    Attributes:
        id: Of the cycle, or of the motion that is alone.
        motions: In the order of the layout.
        mechanisms: What each of them moves.
        movers: For the swept engine.
        owner: (B,) index in ``mechanisms`` of what moves a part; -1: it stands still.
        start, end: Seconds, or 0 and 1 of the way where the layout gives no times.
        timed: Whether they are seconds.
    """

    id: str
    motions: tuple[Motion, ...]
    mechanisms: tuple[Mechanism, ...]
    movers: Movers
    owner: IntArray
    start: float
    end: float
    timed: bool

    def moment(self, time: float) -> Text:
        """``"after 2.3 s"`` or ``"at 40 % of the way"``."""
        if self.timed:
            return text("after {s} s", "après {s} s", s=number(time, 2))
        share = (time - self.start) / max(self.end - self.start, 1e-12)
        return text("at {s}\u00a0% of the way", "à {s}\u00a0% de la course", s=number(100.0 * share, 0))

    def positions(self, time: float) -> dict[str, dict[str, float]]:
        """Mechanism id → joint → position at a time; radians and metres."""
        out = {}
        for motion, mechanism in zip(self.motions, self.mechanisms, strict=True):
            at = motion.at(np.array([time]))[0]
            out[mechanism.id] = {
                name: float(value) for name, value in zip(mechanism.coordinates, at, strict=True)
            }
        return out

    def pose(self, time: float) -> Text:
        """The joints that move, in words: ``"joint_1 40°, lift 120 mm"``; empty if there are many."""
        said = []
        for motion, mechanism in zip(self.motions, self.mechanisms, strict=True):
            at = motion.at(np.array([time]))[0]
            kinds = {joint.coordinate: joint.kind for joint in reversed(mechanism.joints)}
            for k, name in enumerate(mechanism.coordinates):
                if motion.used[k]:
                    value = degrees(float(at[k]), 1) if kinds.get(k) == "turn" else mm(float(at[k]), 0)
                    said.append((name, value))
        if len(said) > 8:
            return text("", "")
        return {
            lang: ", ".join(f"{name} {value.text(lang)}" for name, value in said) for lang in ("en", "fr")
        }


def moving(context: Context) -> Moving | None:
    """All measurable parts; None if there are none. Kept for the other checks of the run."""
    key = ("motions: parts",)
    if key not in context.memo:
        context.memo[key] = _moving(context)
    made: Moving | None = context.memo[key]
    return made


def _moving(context: Context) -> Moving | None:
    from immersive.geometry.bodies import pack
    from immersive.scene.bodies import body_of

    scene = context.scene
    parts, bodies, skipped = [], [], []
    for part in scene:
        reason = unusable(part)
        body = None if reason is not None else body_of(part)
        if body is None:
            skipped.append(Skipped(part.id, reason or text("it has no triangles", "elle n'a aucun triangle")))
            continue
        parts.append(part)
        bodies.append(body)
    if not parts:
        return None
    machine = np.full(len(parts), -1)
    number_of = {part.id: k for k, part in enumerate(parts)}
    for m, mechanism in enumerate(scene.mechanisms):
        for id_ in mechanism.parts:
            if id_ in number_of:
                machine[number_of[id_]] = m
    return Moving(
        tuple(parts), pack(bodies), machine, np.array([part.uncertainty for part in parts]), tuple(skipped)
    )


def runs(context: Context, made: Moving, wanted: Iterable[str]) -> tuple[list[Run], list[Skipped]]:
    """The runs asked for (ids of motions or cycles; empty: all), and what could not be made of the rest.

    A mechanism without a motion is told, as nobody knows what it does.
    """
    from immersive.geometry.swept import STILL, Movers
    from immersive.scene.trajectories import chain_of, cycles, mechanism_of, moving_parts

    scene = context.scene
    names = set(wanted)
    index = {part.id: k for k, part in enumerate(made.parts)}
    out, skipped = [], []
    for group in cycles(scene):
        if names and not names & {name for motion in group for name in (motion.id, motion.cycle)}:
            continue
        owner = np.full(len(made.parts), -1)
        chain = np.full(len(made.parts), STILL)
        link = np.zeros(len(made.parts), np.int64)
        motions: list[Motion] = []
        mechanisms: list[Mechanism] = []
        chains: list[Chain] = []
        for motion in group:
            mechanism = mechanism_of(scene, motion)
            found = () if mechanism is None else moving_parts(scene, mechanism, motion)
            own = [(index[part.id], carried) for part, carried in found if part.id in index]
            if mechanism is None or not own:
                reason = text("the motion moves no part", "le mouvement ne déplace aucune pièce")
                skipped.append(Skipped(motion.id, reason))
                continue
            for k, carried in own:
                owner[k] = chain[k] = len(chains)
                link[k] = carried
            motions.append(motion)
            mechanisms.append(mechanism)
            chains.append(chain_of(mechanism, motion))
        if motions:
            out.append(
                Run(
                    group[0].cycle or group[0].id,
                    tuple(motions),
                    tuple(mechanisms),
                    Movers(chains, chain, link),
                    owner,
                    min(float(motion.times[0]) for motion in motions),
                    max(float(motion.times[-1]) for motion in motions),
                    all(motion.timed for motion in motions),
                )
            )
    known = {motion.mechanism for motion in scene.motions}
    if not names:
        for mechanism in scene.mechanisms:
            if mechanism.id not in known:
                reason = text(
                    "the layout gives it no motion: examined where it stands, not as it moves",
                    "le fichier de cellule ne lui donne aucun mouvement : examiné à l'arrêt, non en mouvement",
                )
                skipped.append(Skipped(mechanism.id, reason))
    return out, skipped


def pairs_of(
    run: Run, made: Moving, left: NDArray[np.bool_], right: NDArray[np.bool_], *, own: bool
) -> IntArray:
    """(P, 2) what moves against what does not move with it, one of each pair in ``left``, the other in ``right``.

    ``own``: also parts of one machine on different links.
    """
    first = np.flatnonzero(run.owner >= 0)
    a = np.repeat(first, len(made.parts))
    b = np.tile(np.arange(len(made.parts)), len(first))
    # Two that both move come once.
    wanted = (run.owner[b] < 0) | (a < b)
    same = (made.machine[a] == made.machine[b]) & (made.machine[a] >= 0)
    if own:
        wanted &= ~same | (run.movers.link[a] != run.movers.link[b]) | (run.owner[b] < 0)
        wanted &= a != b
    else:
        wanted &= ~same & ~((run.owner[b] >= 0) & (run.owner[a] == run.owner[b]))
    wanted &= (left[a] & right[b]) | (left[b] & right[a])
    return np.stack([a[wanted], b[wanted]], axis=1)
