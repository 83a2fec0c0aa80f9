"""Mechanisms and motions as the chains that geometry computes with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from immersive.geometry.chains import FIXED, SLIDE, TURN, Chain
from immersive.scene.model import Part, Scene
from immersive.scene.motion import Mechanism, Motion

FloatArray = NDArray[np.float64]

_KINDS = {"fixed": FIXED, "turn": TURN, "slide": SLIDE}


def chain_of(mechanism: Mechanism, motion: Motion | None = None, /) -> Chain:
    """The mechanism driven by a motion; without one it stays where the layout shows it."""
    joints = mechanism.joints
    times = np.zeros(1) if motion is None else motion.times
    positions = mechanism.rest[None] if motion is None else motion.positions
    return Chain(
        np.array([joint.parent for joint in joints], np.int64),
        np.array([joint.child for joint in joints], np.int64),
        np.array([_KINDS[joint.kind] for joint in joints], np.int64),
        np.array([joint.parent_from_joint for joint in joints], np.float64).reshape(-1, 4, 4),
        np.array([joint.axis for joint in joints], np.float64).reshape(-1, 3),
        np.array([-1 if joint.kind == "fixed" else joint.coordinate for joint in joints], np.int64),
        np.array([joint.factor for joint in joints], np.float64),
        np.array([joint.offset for joint in joints], np.float64),
        np.asarray(mechanism.world_from_base, np.float64),
        np.asarray(mechanism.rest, np.float64),
        np.asarray(times, np.float64),
        np.asarray(positions, np.float64),
    )


def mechanism_of(scene: Scene, motion: Motion, /) -> Mechanism | None:
    """The mechanism that a motion is about."""
    return next((one for one in scene.mechanisms if one.id == motion.mechanism), None)


def cycles(scene: Scene, /) -> tuple[tuple[Motion, ...], ...]:
    """Motions that run together on one clock, in the order of their first; most are alone."""
    found: dict[str, list[Motion]] = {}
    for n, motion in enumerate(scene.motions):
        found.setdefault(f"c:{motion.cycle}" if motion.cycle else f"m:{n}", []).append(motion)
    return tuple(tuple(group) for group in found.values())


def motions_named(scene: Scene, name: str, /) -> tuple[Motion, ...]:
    """The motion with this id, or all motions of the cycle with this name; maybe none."""
    exact = tuple(motion for motion in scene.motions if motion.id == name)
    return exact or tuple(motion for motion in scene.motions if motion.cycle == name)


def moving_parts(scene: Scene, mechanism: Mechanism, motion: Motion, /) -> tuple[tuple[Part, int], ...]:
    """Parts that the motion moves, each with the link that carries it, in scene order."""
    links = set(mechanism.moved_links(motion.used))
    return tuple(
        (part, mechanism.parts[part.id]) for part in scene if mechanism.parts.get(part.id, -1) in links
    )


def clock(motions: Sequence[Motion], /) -> FloatArray:
    """(K,) ascending: every time at which one of the motions has a position of its own."""
    return np.unique(np.concatenate([motion.times for motion in motions]))
