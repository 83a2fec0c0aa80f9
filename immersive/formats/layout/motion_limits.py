"""Motions that take a joint past the limits that its robot's file, or the layout, states."""

from __future__ import annotations

from collections.abc import Iterator

from immersive.formats._meshes import notice
from immersive.scene.model import Notice, Severity
from immersive.scene.motion import Mechanism, Motion
from immersive.units import degrees, metres

_NOISE = 1e-6
"""Metres or radians: degrees written with a few digits, and their sums."""


def outside_limits(mechanism: Mechanism, motion: Motion, file: str) -> Iterator[Notice]:
    """A warning for each joint that the motion takes past its limits; ``file`` is what states the motion."""
    for joint in mechanism.joints:
        if joint.coordinate < 0:
            continue
        positions = joint.factor * motion.positions[:, joint.coordinate] + joint.offset
        for end, limit, value in (
            ("lower", joint.lower, float(positions.min())),
            ("upper", joint.upper, float(positions.max())),
        ):
            if limit is None or (limit - value if end == "lower" else value - limit) <= _NOISE:
                continue
            yield notice(
                "joint-outside-limits",
                Severity.WARNING,
                file,
                "Motion {motion!r} takes joint {name!r} to {value}, past its {which} limit of {limit}: it cannot get there.",
                "Le mouvement {motion!r} amène l’articulation {name!r} à {value}, au-delà de sa limite {which} de "
                "{limit} : elle ne peut pas y aller.",
                place=f"motion {motion.id!r}",
                data={"motion": motion.id, "joint": joint.id, "position": value, "limit": limit},
                motion=motion.id,
                name=joint.id,
                value=_shown(joint.kind, value),
                limit=_shown(joint.kind, limit),
                which={"en": end, "fr": "inférieure" if end == "lower" else "supérieure"},
            )


def _shown(kind: str, value: float) -> object:
    return degrees(value, 2) if kind == "turn" else metres(value, 4)
